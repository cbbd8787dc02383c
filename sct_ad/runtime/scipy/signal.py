"""Transposes of filters: convolutions of any rank, resampling, and smoothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.fft import fitted
from sct_ad.runtime.scipy.edges import folded, spread_axis
from sct_ad.runtime.scipy.ndimage import correlate1d_cotangent

"""The boundaries of `convolve2d` as the modes of `scipy.ndimage`."""


def filter_cotangents(
    cotangent: Any, in1: Any, in2: Any, mode: str = "full", axes: Any = None, fast: bool = False
) -> tuple[Any, Any]:
    """The cotangents of both arguments in `convolve(in1, in2, mode)`, or in `fftconvolve` along some axes.

    The full convolution is z[k] = sum_l in1[l] in2[k - l]; of the cotangent in the full shape, each argument gets the
    convolution with the other one read backwards, where both overlap completely.
    """
    x, y, dz = np.asarray(in1), np.asarray(in2), np.asarray(cotangent)
    places = tuple(range(x.ndim)) if axes is None else tuple(axis % x.ndim for axis in np.atleast_1d(axes))
    if 0 in x.shape or 0 in y.shape:
        return np.zeros_like(x), np.zeros_like(y)
    whole = _whole(dz, x, y, mode, places)
    return _other(whole, y, x, places, fast), _other(whole, x, y, places, fast)


def _whole(dz: Any, x: Any, y: Any, mode: str, places: tuple[int, ...], late: bool = False) -> Any:
    """The cotangent in the shape of the full convolution; a correlation of even length rounds the middle up."""
    if mode == "full":
        return dz
    shape, where = list(dz.shape), [slice(None)] * dz.ndim
    for axis, sizes in enumerate(zip(x.shape, y.shape)):
        shape[axis] = sum(sizes) - 1 if axis in places else max(sizes)
        start = (shape[axis] - dz.shape[axis] + late) // 2
        if mode == "valid" and axis in places:
            start = min(sizes) - 1
        where[axis] = slice(start, start + dz.shape[axis])
    whole = np.zeros(shape, dz.dtype)
    whole[tuple(where)] = dz
    return whole


def _other(whole: Any, known: Any, wanted: Any, places: tuple[int, ...], fast: bool) -> Any:
    backwards = np.flip(known, places)
    if fast:
        part = scipy.signal.fftconvolve(whole, backwards, mode="full", axes=places)
        where = [slice(None)] * part.ndim
        for axis in places:
            first = known.shape[axis] - 1
            where[axis] = slice(first, first + wanted.shape[axis])
        part = part[tuple(where)]
    else:
        part = scipy.signal.convolve(whole, backwards, mode="valid")
    stretched = tuple(k for k, n in enumerate(wanted.shape) if n == 1 and part.shape[k] != 1)
    return np.array(fitting(np.sum(part, axis=stretched, keepdims=True), wanted))


def correlation_cotangents_of(
    cotangent: Any, in1: Any, in2: Any, mode: str = "full", boundary: str | None = None, fillvalue: Any = 0.0
) -> tuple[Any, Any]:
    """The cotangents in `correlate(in1, in2, mode)`: a convolution with `in2` conjugated and read backwards."""
    kernel = np.conj(np.flip(np.asarray(in2)))
    if boundary is None:
        left, right = filter_cotangents(cotangent, in1, kernel, mode)
    else:
        left, right = plane_cotangents(cotangent, in1, kernel, mode, boundary, fillvalue, True)
    return left, np.conj(np.flip(right)).copy()


def plane_cotangents(
    cotangent: Any,
    in1: Any,
    in2: Any,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: float = 0.0,
    late: bool = False,
) -> tuple[Any, Any]:
    """The cotangents of both arguments in `convolve2d(in1, in2, mode, boundary, fillvalue)`."""
    x, y, dz = np.asarray(in1), np.asarray(in2), np.asarray(cotangent)
    if 0 in x.shape or 0 in y.shape:
        return np.zeros_like(x), np.zeros_like(y)
    whole = dz if mode == "full" else _whole(dz, x, y, mode, (0, 1), late)
    if mode == "valid" or boundary in ("fill", "pad"):
        left, right = filter_cotangents(whole, x, y)
        if mode != "valid" and fillvalue != 0:
            right = right + _filled(whole, x, y, fillvalue)
        return left, fitting(right, y)
    rule = {"wrap": "wrap", "circular": "wrap", "symm": "reflect", "symmetric": "reflect", "reflect": "mirror"}[
        boundary
    ]
    pads = [n - 1 for n in y.shape]
    wide = x
    for axis, pad in enumerate(pads):
        wide = spread_axis(wide, axis, pad, pad, rule)
    left = scipy.signal.convolve(whole, np.flip(y), mode="full")
    right = scipy.signal.convolve(wide, np.flip(whole), mode="valid")
    right = np.flip(right)
    for axis, pad in enumerate(pads):
        left = folded(left, axis, pad, x.shape[axis], rule)
    return fitting(left, x), np.array(fitting(right, y))


def _filled(whole: Any, x: Any, y: Any, fillvalue: Any) -> Any:
    """What the constant around `x` adds to the cotangent of the kernel."""
    pads = [(n - 1, n - 1) for n in y.shape]
    around = np.pad(np.zeros_like(x), pads, constant_values=fillvalue)
    return np.flip(scipy.signal.convolve(around, np.flip(whole), mode="valid"))


# Recursive filters ----------------------------------------------------------------------------------------------------


def lfilter_cotangents(
    cotangent: Any, final: Any, z: Any, b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None
) -> tuple[Any, Any, Any, Any]:
    """The cotangents of b, a, x and zi in `z = lfilter(b, a, x, axis, zi)`, where z has the final state if zi is given.

    The filter is a[0] z[t] = sum_k b[k] x[t - k] - sum_(k > 0) a[k] z[t - k] + a[0] zi[t]. With g the cotangent run
    backwards through 1 / a, that of b[k] is sum_t g[t] x[t - k], and that of a[k] is -sum_t g[t] z[t - k]. The final
    state is what the sums give for the next steps, with nothing new coming in.
    """
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    out = z[0] if zi is not None else z
    x, out = np.moveaxis(np.asarray(x), axis, -1), np.moveaxis(np.asarray(out), axis, -1)
    steps, order = out.shape[-1], max(len(a), len(b)) - 1
    start = None if zi is None else np.moveaxis(np.asarray(zi), axis, -1)
    dz = np.zeros_like(out) if cotangent is None else np.moveaxis(np.asarray(cotangent), axis, -1).copy()
    ends = None if final is None else np.moveaxis(np.asarray(final), axis, -1)
    numerator, denominator = b / a[0], a / a[0]
    of_b, of_a = (np.zeros(len(v), np.result_type(dz, v, x)) for v in (b, a))
    of_x = np.zeros(x.shape, np.result_type(dz, b, a))
    of_start = None if start is None else np.zeros((*x.shape[:-1], order), np.result_type(dz, start))
    if ends is not None:
        for i in range(order):
            for k in range(i + 1, order + 1):
                t = steps + i - k
                if t < 0:
                    continue
                if k < len(b):
                    of_x[..., t] += ends[..., i] * numerator[k]
                    of_b[k] += np.sum(ends[..., i] * x[..., t]) / a[0]
                    of_a[0] -= np.sum(ends[..., i] * x[..., t]) * numerator[k] / a[0]
                if k < len(a):
                    dz[..., t] -= ends[..., i] * denominator[k]
                    of_a[k] -= np.sum(ends[..., i] * out[..., t]) / a[0]
                    of_a[0] += np.sum(ends[..., i] * out[..., t]) * denominator[k] / a[0]
            if of_start is not None and i + steps < order:
                of_start[..., i + steps] += ends[..., i]
    if dz.size:
        g = scipy.signal.lfilter([1.0], a, dz[..., ::-1])[..., ::-1]
        of_x += scipy.signal.lfilter(b, [1.0], g[..., ::-1])[..., ::-1]
        for k in range(min(len(b), steps)):
            of_b[k] += np.sum(g[..., k:] * x[..., : steps - k])
        for k in range(min(len(a), steps)):
            of_a[k] -= np.sum(g[..., k:] * out[..., : steps - k])
        if of_start is not None and start is not None:
            count = min(order, steps)
            of_start[..., :count] += g[..., :count] * a[0]
            of_a[0] += np.sum(g[..., :count] * start[..., :count])
    found = None if of_start is None else fitting(np.array(unbroadcast(np.moveaxis(of_start, -1, axis), zi)), zi)
    return fitting(of_b, b), fitting(of_a, a), fitting(np.moveaxis(of_x, -1, axis), x), found


def sosfilt_cotangents(
    cotangent: Any, final: Any, sos: Any, x: Any, axis: int = -1, zi: Any = None
) -> tuple[Any, Any, Any]:
    """The cotangents of sos, x and zi in `sosfilt(sos, x, axis, zi)`, section by section."""
    sos, inputs = np.asarray(sos), [np.asarray(x)]
    for k, section in enumerate(sos):
        state = None if zi is None else np.asarray(zi)[k]
        passed = scipy.signal.lfilter(section[:3], section[3:], inputs[-1], axis, state)
        inputs.append(passed[0] if zi is not None else passed)
    of_sos, dz = np.zeros(sos.shape, np.result_type(sos, inputs[-1])), cotangent
    of_zi = None if zi is None else np.zeros(np.shape(zi), np.result_type(np.asarray(zi), inputs[-1]))
    for k in reversed(range(len(sos))):
        state = None if zi is None else np.asarray(zi)[k]
        ends = None if final is None else np.asarray(final)[k]
        passed = inputs[k + 1] if zi is None else (inputs[k + 1], None)
        numerator, denominator = sos[k, :3], sos[k, 3:]
        of_b, of_a, dz, of_state = lfilter_cotangents(dz, ends, passed, numerator, denominator, inputs[k], axis, state)
        of_sos[k, :3], of_sos[k, 3:] = of_b, of_a
        if of_zi is not None:
            of_zi[k] = of_state
    return fitting(of_sos, sos), dz, None if of_zi is None else fitting(of_zi, zi)


def filtfilt_cotangent(
    cotangent: Any, x: Any, b: Any, a: Any, axis: int = -1, padtype: str | None = "odd", padlen: int | None = None
) -> Any:
    """The cotangent of `x` in `filtfilt(b, a, x, axis, padtype, padlen)`."""
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    edge = 3 * max(len(a), len(b)) if padlen is None else padlen
    start = scipy.signal.lfilter_zi(b, a)

    def run(v: Any) -> Any:
        return scipy.signal.lfilter(b, a, v)

    def response(n: int) -> Any:
        return scipy.signal.lfilter(b, a, np.zeros(n), zi=start)[0]

    return _there_and_back(cotangent, x, axis, padtype, edge, run, response)


def sosfiltfilt_cotangent(
    cotangent: Any, x: Any, sos: Any, axis: int = -1, padtype: str | None = "odd", padlen: int | None = None
) -> Any:
    """The cotangent of `x` in `sosfiltfilt(sos, x, axis, padtype, padlen)`."""
    sos = np.asarray(sos)
    taps = 2 * len(sos) + 1 - min(np.sum(sos[:, 2] == 0), np.sum(sos[:, 5] == 0))
    edge = int(3 * taps) if padlen is None else padlen
    start = scipy.signal.sosfilt_zi(sos)

    def run(v: Any) -> Any:
        return scipy.signal.sosfilt(sos, v)

    def response(n: int) -> Any:
        return scipy.signal.sosfilt(sos, np.zeros(n), zi=start)[0]

    return _there_and_back(cotangent, x, axis, padtype, edge, run, response)


def _there_and_back(cotangent: Any, x: Any, axis: int, padtype: str | None, edge: int, run: Any, response: Any) -> Any:
    """The transpose of a filter run forwards and backwards over the extended signal, from its steady state."""
    edge = 0 if padtype is None else edge
    dz = np.moveaxis(np.asarray(cotangent), axis, -1)
    wide = np.zeros((*dz.shape[:-1], dz.shape[-1] + 2 * edge), dz.dtype)
    wide[..., edge : edge + dz.shape[-1]] = dz
    settling = response(wide.shape[-1])
    for _ in range(2):
        turned = wide[..., ::-1]  # the transpose of filtering is filtering backwards
        first = np.sum(turned * settling, axis=-1)
        wide = run(turned[..., ::-1])[..., ::-1].copy()
        wide[..., 0] += first
    result = wide[..., edge : edge + dz.shape[-1]].copy()
    left, right = wide[..., :edge], wide[..., edge + dz.shape[-1] :]
    if padtype == "constant":
        result[..., 0] += np.sum(left, axis=-1)
        result[..., -1] += np.sum(right, axis=-1)
    elif edge:
        sign = -1.0 if padtype == "odd" else 1.0
        result[..., 1 : edge + 1] += sign * left[..., ::-1]
        result[..., -edge - 1 : -1] += sign * right[..., ::-1]
        if padtype == "odd":
            result[..., 0] += 2.0 * np.sum(left, axis=-1)
            result[..., -1] += 2.0 * np.sum(right, axis=-1)
    return fitting(np.moveaxis(result, -1, axis), x)


# Changes of rate, smoothing -------------------------------------------------------------------------------------------


def hilbert_cotangent(cotangent: Any, x: Any, N: int | None = None, axis: int = -1) -> Any:
    """The cotangent of the real `x` in `hilbert(x, N, axis)`: the matrix is F^-1 H F, with F symmetric."""
    n = np.shape(x)[axis] if N is None else N
    gains = np.zeros(n)
    gains[0] = 1.0
    gains[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        gains[n // 2] = 1.0
    shape = [1] * np.ndim(x)
    shape[axis] = n
    part = np.fft.fft(np.fft.ifft(np.asarray(cotangent), axis=axis) * gains.reshape(shape), axis=axis)
    return fitting(fitted(part.real, np.shape(x)[axis], axis), x)


def upfirdn_cotangents(cotangent: Any, h: Any, x: Any, up: int = 1, down: int = 1, axis: int = -1) -> tuple[Any, Any]:
    """The cotangents of h and x in `upfirdn(h, x, up, down, axis)`: z[k] = sum_j h[k * down - j * up] x[j]."""
    h, x = np.asarray(h), np.moveaxis(np.asarray(x), axis, -1)
    dz = np.moveaxis(np.asarray(cotangent), axis, -1)
    taps = len(h) + (-(len(h) - 1)) % up  # with zeros, so that the cotangent is read at whole steps
    backwards = np.append(h, np.zeros(taps - len(h), h.dtype))[::-1]
    first = (taps - 1) // up
    of_x = scipy.signal.upfirdn(backwards, dz, up=down, down=up)[..., first : first + x.shape[-1]]
    of_x = fitted(of_x, x.shape[-1])
    of_h = np.zeros(len(h), np.result_type(dz, x))
    for k in range(dz.shape[-1]):
        j = np.arange(x.shape[-1])
        places = k * down - j * up
        j = j[(places >= 0) & (places < len(h))]
        columns = dz[..., k : k + 1] * x[..., j]
        of_h[k * down - j * up] += np.sum(columns, axis=tuple(range(columns.ndim - 1)))
    return fitting(of_h, h), fitting(np.moveaxis(of_x, -1, axis), x)


def resample_poly_cotangent(cotangent: Any, x: Any, up: int, down: int, axis: int = 0, window: Any = None) -> Any:
    """The cotangent of `x` in `resample_poly(x, up, down, axis, window)`: the filter is the same the other way."""
    window = ("kaiser", 5.0) if window is None else window
    if not isinstance(window, (str, tuple, float, int)):
        window = np.asarray(window)[::-1]
        if window.size % 2 == 0:
            raise NotImplementedError("resample_poly with a filter of even length has no derivative rule")
    divisor = int(np.gcd(up, down))
    scale = up / down
    back = scipy.signal.resample_poly(cotangent, down // divisor, up // divisor, axis=axis, window=window)
    return fitting(fitted(back * scale, np.shape(x)[axis], axis), x)


def resample_cotangent(cotangent: Any, x: Any, axis: int = 0) -> Any:
    """The cotangent of `x` in `resample(x, num, axis=axis)`: the spectrum is cropped or filled up the other way."""
    dz, size = np.moveaxis(np.asarray(cotangent), axis, -1), np.shape(x)[axis]
    number = dz.shape[-1]
    spectrum = np.fft.ifft(dz) * (number / size)
    common = min(number, size)
    middle = common // 2 + 1
    back = np.zeros((*dz.shape[:-1], size), spectrum.dtype)
    back[..., :middle] = spectrum[..., :middle]
    if common > 2:
        back[..., middle - common :] = spectrum[..., middle - common :]
    if common % 2 == 0 and number < size:  # both numbers of the highest frequency are folded into one
        back[..., size - common // 2] += spectrum[..., common // 2]
    elif common % 2 == 0 and size < number:  # and one is shared out to both
        back[..., common // 2] = (spectrum[..., common // 2] + spectrum[..., number - common // 2]) / 2
    return fitting(np.moveaxis(np.fft.fft(back), -1, axis), x)


def savgol_cotangent(
    cotangent: Any,
    x: Any,
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: float = 1.0,
    axis: int = -1,
    mode: str = "interp",
) -> Any:
    """The cotangent of `x` in `savgol_filter`: a correlation, but for the edges of the mode interp."""
    weights = scipy.signal.savgol_coeffs(window_length, polyorder, deriv=deriv, delta=delta, use="dot")
    dz = np.moveaxis(np.asarray(cotangent), axis, -1)
    origin = 0 if window_length % 2 else -1
    if mode != "interp":
        part = correlate1d_cotangent(dz, dz, weights, -1, mode, origin)
        return fitting(np.moveaxis(part, -1, axis), x)
    half = window_length // 2
    inner = dz.copy()
    inner[..., :half] = 0.0
    inner[..., dz.shape[-1] - half :] = 0.0
    result = correlate1d_cotangent(inner, inner, weights, -1, "constant", origin)
    at_ends = scipy.signal.savgol_filter(np.eye(window_length), window_length, polyorder, deriv, delta, axis=0)
    result[..., :window_length] += dz[..., :half] @ at_ends[:half]
    result[..., dz.shape[-1] - window_length :] += dz[..., dz.shape[-1] - half :] @ at_ends[window_length - half :]
    return fitting(np.moveaxis(result, -1, axis), x)


# Tangents of recursive filters ----------------------------------------------------------------------------------------


def lfilter_tangent(z: Any, b: Any, a: Any, x: Any, axis: int, zi: Any, db: Any, da: Any, dx: Any, dzi: Any) -> Any:
    """The tangent of `z = lfilter(b, a, x, axis, zi)` along db, da, dx and dzi, each of which may be None.

    With a[0] = 1, dz goes through 1 / a from db x - da z and from b dx + dzi; the states of the parts add up.
    """
    scaled_b, scaled_a, order, rank = np.atleast_1d(b), np.atleast_1d(a), max(np.size(a), np.size(b)), np.ndim(x)
    first, out = scaled_a[0], z if zi is None else z[0]
    scaled_b, scaled_a = _extended(scaled_b / first, order), _extended(scaled_a / first, order)
    change_b = np.zeros_like(scaled_b) if db is None else _extended(np.atleast_1d(db) / first, order)
    change_a = np.zeros_like(scaled_a)
    if da is not None:
        rate = np.atleast_1d(da)[0] / first
        change_b = change_b - rate * scaled_b
        change_a = _extended(np.atleast_1d(da) / first, order) - rate * scaled_a
    one = np.zeros(order, scaled_b.dtype)
    one[0] = 1.0
    shape = list(np.shape(x))
    shape[axis % rank] = order - 1
    none = np.zeros(shape, np.result_type(out, one))
    source, state = scipy.signal.lfilter(change_b, one, x, axis, none)
    less, less_state = scipy.signal.lfilter(change_a, one, out, axis, none)
    found, other_state = scipy.signal.lfilter(one, scaled_a, source - less, axis, none)
    state = state - less_state + other_state
    if dx is not None or dzi is not None:
        signal = np.zeros_like(x) if dx is None else dx
        part, part_state = scipy.signal.lfilter(scaled_b, scaled_a, signal, axis, none if dzi is None else dzi)
        found, state = found + part, state + part_state
    return found if zi is None else (found, state)


def _extended(c: Any, size: int) -> Any:
    """Coefficients with zeros up to a size."""
    return np.concatenate([c, np.zeros(size - np.size(c), c.dtype)])


def sosfilt_tangent(sos: Any, x: Any, axis: int, zi: Any, dsos: Any, dx: Any, dzi: Any) -> Any:
    """The tangent of `sosfilt(sos, x, axis, zi)` along dsos, dx and dzi, each of which may be None."""
    sos, signal, change, states = np.asarray(sos), x, dx, []
    for k in range(len(sos)):
        b, a, db, da = sos[k, :3], sos[k, 3:], None, None
        if dsos is not None:
            db, da = dsos[k, :3], dsos[k, 3:]
        if zi is None:
            passed = scipy.signal.lfilter(b, a, signal, axis)
            change = lfilter_tangent(passed, b, a, signal, axis, None, db, da, change, None)
            signal = passed
        else:
            both = scipy.signal.lfilter(b, a, signal, axis, zi[k])
            found = lfilter_tangent(both, b, a, signal, axis, zi[k], db, da, change, None if dzi is None else dzi[k])
            signal, change = both[0], found[0]
            states.append(found[1])
    return change if zi is None else (change, np.stack(states))


# Derivatives of transposes --------------------------------------------------------------------------------------------


def any_convolution(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """The convolution along some axes or all."""
    if 0 in (np.size(in1), np.size(in2)):
        return np.zeros(np.shape(in1))
    if axes is None:
        return scipy.signal.convolve(in1, in2, mode)
    return scipy.signal.fftconvolve(in1, in2, mode, axes)


def filter_cotangents_tangent(
    cotangent: Any, in1: Any, in2: Any, mode: str, axes: Any, fast: bool, dz: Any, dx: Any, dy: Any
) -> tuple[Any, Any]:
    """The tangents of `filter_cotangents(cotangent, in1, in2, mode, axes, fast)`; None is a tangent of zero."""
    left, right = np.zeros_like(in1), np.zeros_like(in2)
    if dz is not None:
        left, right = filter_cotangents(dz, in1, in2, mode, axes, fast)
    if dx is not None:
        right = right + filter_cotangents(cotangent, dx, in2, mode, axes, fast)[1]
    if dy is not None:
        left = left + filter_cotangents(cotangent, in1, dy, mode, axes, fast)[0]
    return left, right
