"""Test data of the rules of `scipy.signal`."""

import numpy as np
import scipy.signal as sig

from sct_ad.runtime.scipy.signal import filter_cotangents
from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.signal"
A = np.array([1.5, 0.4, -0.2])
INTEGER_SOS = np.array([[1, 2, 3, 1, 1, 0], [2, 1, 0, 1, 0, 0]])
FEW = {"sizes 1": "the filter is longer than the signal", "sizes 0": "the filter is longer than the signal"}


def overlaps(lines=True):
    """Calls of a convolution or correlation in all modes."""
    found = [Call(numbers(2, 3), other(2, 2), mode) for mode in ("full", "same", "valid")]
    if lines:
        found += [Call(numbers(4), other(3), mode) for mode in ("full", "same", "valid")]
        found += [
            Call(numbers(2), other(3), "same"),
            Call(numbers(2), other(3), "valid"),
            Call(numbers(4), other(2), "same"),
        ]
    return found


PLANES = overlaps(lines=False) + [
    Call(numbers(2, 3), other(2, 2), mode, boundary, 2) for mode, boundary in (("full", "wrap"), ("same", "symm"), ("full", "symm"), ("full", "fill"), ("same", "fill"), ("same", "wrap"))
] + [Call(numbers(3, 2), other(3, 2), "same", "symm")]  # fmt: skip

CASES = {
    sig.convolve: overlaps(),
    filter_cotangents: [Call(numbers(6), other(4), numbers(3)), Call(numbers(4), other(4), numbers(3), "same"), Call(numbers(2, 4), other(2, 3), numbers(1, 2), "full", 1, True)],
    sig.fftconvolve: [*overlaps(), Call(numbers(2, 3), other(1, 2), "full", 1), Call(numbers(1, 3), other(2, 2), "same", axes=-1)],
    sig.oaconvolve: [Call(numbers(5), other(2)), Call(numbers(2, 3), other(2, 2), "same")],
    sig.correlate: overlaps(),
    sig.convolve2d: PLANES,
    sig.correlate2d: PLANES,
    sig.lfilter: [Call(numbers(2), A, other(5)), Call(numbers(3), A[:2], other(3, 2), axis=0), Call(numbers(2), np.array([2.0]), other(4)), Call(numbers(3), A, other(2))]
    + [Call(numbers(3), A, other(4), zi=numbers(2)), Call(numbers(2), A, other(2, 3), zi=numbers(2, 2)), Call(numbers(2), A, other(1), zi=numbers(2)), Call(numbers(1), A, other(3, 2), 0, numbers(2, 1))],
    sig.sosfilt: [Call(INTEGER_SOS, other(4)), Call(INTEGER_SOS, other(3, 2), axis=0), Call(INTEGER_SOS, other(3), zi=numbers(2, 2))],
    sig.filtfilt: [Call([1, 2], [3, 1, -1], other(12), leave_out=FEW)]
    + [Call([1, 2], [3, 1, -1], other(2, 5), padtype=pad, padlen=n, leave_out=FEW) for pad, n in (("even", 2), ("constant", 3), (None, None), ("odd", 0))]
    + [Call(np.array([2, 1]), [3, 1], other(8, 2), axis=0, leave_out=FEW)],
    sig.sosfiltfilt: [Call(INTEGER_SOS, other(16), leave_out=FEW), Call(INTEGER_SOS, other(6, 2), 0, "even", 3, leave_out=FEW)],
    sig.detrend: [Call(numbers(4)), Call(numbers(3, 2), 0, "constant"), Call(numbers(2, 5), bp=2)],
    sig.hilbert: [Call(numbers(4)), Call(numbers(5)), Call(numbers(4), 6), Call(numbers(3, 2), 2, 0)],
    sig.savgol_filter: [Call(numbers(6), 5, 2, leave_out=FEW)]
    + [Call(numbers(6), 3, 1, mode=mode, leave_out=FEW) for mode in ("mirror", "constant", "nearest", "wrap")]
    + [Call(numbers(6, 2), 5, 3, deriv=1, delta=2, axis=0, leave_out=FEW)],
    sig.upfirdn: [Call(numbers(3), other(4)), Call(numbers(3), other(4), 2, 3), Call(numbers(4), other(4), 3, 2), Call(numbers(3), other(3, 2), 2, 1, 0)],
    sig.resample_poly: [Call(numbers(6), 2, 3), Call(numbers(5, 2), 3, 1), Call(numbers(2, 6), 1, 2, axis=1)]
    + [Call(numbers(6), 2, 1, window=np.array([2, 5, 1]), leave_out=FEW)],
    sig.resample: [Call(numbers(6), 4), Call(numbers(5), 8), Call(numbers(4, 2), 6), Call(numbers(2, 5), 3, axis=1), Call(numbers(4), 5), Call(numbers(6), 6)],
}  # fmt: skip
