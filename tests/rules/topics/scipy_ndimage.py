"""Test data of the rules of `scipy.ndimage`."""

import scipy.ndimage as ndi

from sct_ad.runtime.scipy.ndimage import (
    correlate1d_cotangent,
    correlate_cotangents_nd,
    gaussian_cotangent,
    slope_cotangent,
)
from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.ndimage"
NO_WEIGHTS = {"sizes 0": "no weights", "sizes 1": "the origin is beyond the weights"}
MODES = ("reflect", "nearest", "mirror", "wrap", "constant")


def kernel_along_an_axis():
    """Calls of a filter with weights along one axis."""
    return [
        *(Call(numbers(4), other(3), mode=mode) for mode in MODES),
        *(Call(numbers(4), other(4), mode=mode, origin=where) for mode, where in (("nearest", 0), ("mirror", 1), ("reflect", -2))),
        Call(numbers(2, 3), other(5), 0),
        Call(numbers(2, 3), other(2), axis=1, mode="constant", cval=0.7, literal=()),
        Call(numbers(3), other(1)),
        Call(numbers(2), other(7), mode="wrap"),
        Call(numbers(3), [1.0, -2.0, 0.5]),
        Call(numbers(3) + 1j * other(3), other(2)),
    ]  # fmt: skip


def kernel():
    """Calls of a filter with weights along all axes."""
    found = [
        *(Call(numbers(2, 3), other(3, 2), mode=mode) for mode in MODES),
        Call(numbers(2, 3), other(2, 2), mode="constant", cval=2),
        Call(numbers(3), other(2), origin=-1),
        Call(numbers(2, 3), other(3, 2), origin=(1, -1)),
    ]  # fmt: skip
    return found


def without_cval(calls):
    """A constant that is a float would have to have a derivative: it is an int instead."""
    return [Call(*c.args, **{**c.keywords, "cval": 2}) if "cval" in c.keywords else c for c in calls]


CASES = {
    ndi.correlate1d: without_cval(kernel_along_an_axis()),
    ndi.convolve1d: without_cval(kernel_along_an_axis()),
    correlate1d_cotangent: [Call(numbers(4), other(4), numbers(3), -1, mode, 1, leave_out=NO_WEIGHTS) for mode in MODES],
    slope_cotangent: [Call(numbers(3, 2), other(3, 2), [1.0, 2.0, 1.0], 0, "nearest", literal=(2,))],
    gaussian_cotangent: [Call(numbers(4), other(4), 1, 1, "nearest"), Call(numbers(2, 3), other(2, 3), (1, 2), 0, "wrap")],
    correlate_cotangents_nd: [Call(numbers(2, 3), other(2, 3), numbers(2, 2), "nearest", turned=turned, leave_out=NO_WEIGHTS) for turned in (False, True)]
    + [Call(numbers(4), other(4), numbers(3), "constant", 2, leave_out=NO_WEIGHTS)],
    ndi.correlate: kernel(),
    ndi.convolve: kernel(),
    ndi.gaussian_filter1d: [Call(numbers(4), 1.3, order=order, mode=mode, literal=(1,)) for mode in MODES for order in (0, 1)]
    + [Call(numbers(3, 2), 0.7, 0, literal=(1,)), Call(numbers(4), 2, -1, 2, None, "nearest", truncate=2)],
    ndi.gaussian_filter: [Call(numbers(2, 3), 1, mode=mode) for mode in MODES]
    + [Call(numbers(2, 3), (1, 2), (0, 1)), Call(numbers(2, 3), (1, 0)), Call(numbers(2, 3), 1, mode=("nearest", "wrap")), Call(numbers(2, 3), 0), Call(numbers(4), 1, 1)],
    ndi.uniform_filter1d: [Call(numbers(4), size, mode=mode) for size, mode in zip((3, 2, 4, 1, 5), MODES)] + [Call(numbers(3, 2), 2, 0, origin=-1)],
    ndi.uniform_filter: [Call(numbers(2, 3), size, mode=mode) for size, mode in zip((3, 2, 4, 5, 3), MODES)] + [Call(numbers(2, 3), (1, 2), origin=(0, -1)), Call(numbers(2, 3), 1)],
    ndi.sobel: [Call(numbers(3, 2), axis, None, mode) for axis, mode in zip((0, 1, -1, 0, -2), MODES)],
    ndi.prewitt: [Call(numbers(3, 2), axis, None, mode) for axis, mode in zip((0, 1, -1, 0, -2), MODES)] + [Call(numbers(4))],
    ndi.laplace: [Call(numbers(3, 2), mode=mode) for mode in MODES],
    ndi.gaussian_laplace: [Call(numbers(3, 2), 1, mode=mode) for mode in MODES],
    ndi.gaussian_gradient_magnitude: [Call(numbers(3, 2), 1), Call(numbers(3, 2), 1, mode="nearest")],
}  # fmt: skip
