"""Functions that leave out missing numbers; without any they are as the others, which the differences tell."""

import numpy as np

from tests.rules.array_cases import CHOICE, Call, along_axes, numbers

TOPIC = "missing"
PARTLY = [{"where": CHOICE}, {"axis": 1, "where": CHOICE, "keepdims": True}]
LEVELS = [Call(numbers(6), 0.3), Call(numbers(2, 5), [0.1, 0.65], axis=1), Call(numbers(3, 4), 0.4, axis=(0, 1), keepdims=True, literal=(1,))]  # fmt: skip
METHODS = ("hazen", "weibull", "lower", "midpoint", "inverted_cdf", "averaged_inverted_cdf")

CASES = {
    np.nansum: [*along_axes(), Call(numbers(2)), *(Call(numbers(2, 3), initial=0.5, **k) for k in PARTLY)],
    np.nanmean: [*along_axes(), Call(numbers(2)), *(Call(numbers(2, 3), **k) for k in PARTLY)],
    np.nanprod: [Call(numbers(4)), Call(numbers(2, 3)), Call(numbers(2, 3), axis=1), Call([0.5, 2.0])]
    + [Call(numbers(2, 3), initial=1.5, **k) for k in PARTLY],
    np.nanvar: [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(3, 2), axis=0, ddof=1, keepdims=True)]
    + [Call(numbers(3, dtype=np.float32)), *(Call(numbers(2, 3), **k) for k in PARTLY)],
    np.nanstd: [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(3, 2), axis=0, ddof=1, keepdims=True)]
    + [Call(numbers(2, 3), **k) for k in PARTLY],
    np.nanmax: [Call(numbers(2, 3)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3), axis=0, initial=0.1)],
    np.nanmin: [Call(numbers(2, 3)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3), initial=0.1, **PARTLY[1])],
    np.nancumsum: [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3))],
    np.nancumprod: [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3))],
    np.nanmedian: [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3, 2), axis=(0, 2), keepdims=True)],
    np.nanquantile: LEVELS + [Call(numbers(2, 5), 0.3, axis=1, method=m, literal=(1,)) for m in METHODS],
    np.nanpercentile: [Call(numbers(6), 30), Call(numbers(3, 4), [10, 65], axis=1)],
}
if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
    CENTRE = np.array([[0.3], [0.1]])
    CASES[np.nanvar] += [Call(numbers(2, 3), axis=1, correction=1), Call(numbers(2, 3), axis=1, mean=CENTRE)]
    CASES[np.nanstd] += [Call(numbers(2, 3), axis=1, correction=1), Call(numbers(2, 3), axis=1, mean=CENTRE)]
    CASES[np.nanquantile] += [
        Call(numbers(4), 0.6, method="inverted_cdf", weights=np.array([1, 2, 3, 1]), literal=(1,))
    ]
