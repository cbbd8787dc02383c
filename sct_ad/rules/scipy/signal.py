# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `scipy.signal`: convolutions, recursive filters, changes of rate, smoothing.

All are linear in the signal. Convolutions, `lfilter`, `sosfilt` and `upfirdn` have derivatives by what the filter is
made of as well; the others refuse them.
"""

from __future__ import annotations

from typing import Any

import scipy.signal

from sct_ad.rules.arrays import array_adjoint, array_emitter
from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, adjoint, d, linear_in, tangent, zero_derivative
from sct_ad.rules.series import dealt
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing import transforms
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.sizes import fresh_dims, static
from sct_ad.rules.typing.table import LAST, NONE, rule
from sct_ad.runtime.scipy.signal import (
    any_convolution,
    correlation_cotangents_of,
    filter_cotangents,
    filter_cotangents_tangent,
    filtfilt_cotangent,
    hilbert_cotangent,
    lfilter_cotangents,
    lfilter_tangent,
    plane_cotangents,
    resample_cotangent,
    resample_poly_cotangent,
    savgol_cotangent,
    sosfilt_cotangents,
    sosfilt_tangent,
    sosfiltfilt_cotangent,
    upfirdn_cotangents,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Array, Tuple

transforms.same_shape(scipy.signal.detrend, names=("data",))
transforms.same_shape(scipy.signal.savgol_filter, names=("x",))
transforms.same_shape(scipy.signal.filtfilt, position=2, names=("x",))
transforms.same_shape(scipy.signal.sosfiltfilt, position=1, names=("x",))


@rule(scipy.signal.lfilter)
def filtered(function, b, a, x, axis=LAST, zi=NONE):
    return _filtered(x, zi, [b, a, x])


@rule(scipy.signal.sosfilt)
def filtered_by_sections(function, sos, x, axis=LAST, zi=NONE):
    return _filtered(x, zi, [sos, x])


def _filtered(x, zi, used):
    """The shape of the signal; with an initial state there is a final one."""
    if static(zi) is None:
        return transforms.double_like(as_array(x), used)
    state = as_array(zi)  # of which an axis of size 1 may stand for many
    final = transforms.double_like(
        Array(state.dtype, None if state.ndim is None else fresh_dims(state.ndim)), [*used, zi]
    )
    return Tuple((transforms.double_like(as_array(x), [*used, zi]), final))


transforms.like(filter_cotangents, 1, 2)
transforms.like(correlation_cotangents_of, 1, 2)
transforms.like(plane_cotangents, 1, 2)
transforms.like(upfirdn_cotangents, 1, 2)
for _helper in (
    filtfilt_cotangent, sosfiltfilt_cotangent, hilbert_cotangent, savgol_cotangent, resample_poly_cotangent,
    resample_cotangent,
):  # fmt: skip
    transforms.like(_helper, 1)
transforms.like(lfilter_cotangents, 3, 4, 5, 7)
transforms.like(sosfilt_cotangents, 2, 3, 5)


@array_adjoint(scipy.signal.convolve)
def convolve(z, in1, in2, mode="full", method="auto"):
    parts = filter_cotangents(d[z], in1, in2, mode)
    d[in1] = parts[0]
    d[in2] = parts[1]


@array_adjoint(scipy.signal.fftconvolve, scipy.signal.oaconvolve)
def fftconvolve(z, in1, in2, mode="full", axes=None):
    parts = filter_cotangents(d[z], in1, in2, mode, axes, True)
    d[in1] = parts[0]
    d[in2] = parts[1]


@array_adjoint(scipy.signal.correlate)
def correlate(z, in1, in2, mode="full", method="auto"):
    """Conjugates its second argument."""
    parts = correlation_cotangents_of(d[z], in1, in2, mode)
    d[in1] = parts[0]
    d[in2] = parts[1]


@array_adjoint(scipy.signal.convolve2d)
def convolve2d(z, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if active(fillvalue):
        raise NotImplementedError("a derivative by fillvalue")
    else:
        parts = plane_cotangents(d[z], in1, in2, mode, boundary, fillvalue)
        d[in1] = parts[0]
        d[in2] = parts[1]


@array_adjoint(scipy.signal.correlate2d)
def correlate2d(z, in1, in2, mode="full", boundary="fill", fillvalue=0):
    """Conjugates its second argument."""
    if active(fillvalue):
        raise NotImplementedError("a derivative by fillvalue")
    else:
        parts = correlation_cotangents_of(d[z], in1, in2, mode, boundary, fillvalue)
        d[in1] = parts[0]
        d[in2] = parts[1]


@array_emitter(scipy.signal.lfilter, params="b, a, x, axis=-1, zi=None", topic=__name__)
def lfilter(site: Site) -> Adjoint:
    """The filter run backwards."""
    return _recursive(site, lfilter_cotangents, ["b", "a", "x"])


@array_emitter(scipy.signal.sosfilt, params="sos, x, axis=-1, zi=None", topic=__name__)
def sosfilt(site: Site) -> Adjoint:
    """The sections run backwards, from the last to the first."""
    return _recursive(site, sosfilt_cotangents, ["sos", "x"])


def _recursive(site: Site, helper: Any, names: list[str]) -> Adjoint:
    state = site.known(site.arguments["zi"]) is not None
    cotangents = [nodes.copy(site.cotangent), nodes.constant(None)]
    if state:
        cotangents = [nodes.subscript(nodes.copy(site.cotangent), nodes.constant(k)) for k in (0, 1)]
    primal = [nodes.copy(site.result)] if helper is lfilter_cotangents else []
    given = [nodes.copy(site.arguments[name]) for name in (*names, "axis", "zi")]
    call = nodes.call(site.bind(helper, helper.__name__), *cotangents, *primal, *given)
    return dealt(site, call, [*names, "zi"])


@array_adjoint(scipy.signal.filtfilt)
def filtfilt(z, b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    if active(b) or active(a):
        raise NotImplementedError("a derivative by the coefficients of filtfilt; use lfilter twice")
    elif method == "pad":
        d[x] = filtfilt_cotangent(d[z], x, b, a, axis, padtype, padlen)
    else:
        raise NotImplementedError("a method of filtfilt other than 'pad'")


@array_adjoint(scipy.signal.sosfiltfilt)
def sosfiltfilt(z, sos, x, axis=-1, padtype="odd", padlen=None):
    if active(sos):
        raise NotImplementedError("a derivative by the coefficients of sosfiltfilt; use sosfilt twice")
    else:
        d[x] = sosfiltfilt_cotangent(d[z], x, sos, axis, padtype, padlen)


@array_adjoint(scipy.signal.detrend)
def detrend(z, data, axis=-1, type="linear", bp=0, overwrite_data=False):
    """A projection, which is symmetric."""
    if overwrite_data:
        raise NotImplementedError("overwrite_data; leave it out")
    elif not overwrite_data:
        d[data] = scipy.signal.detrend(d[z], axis, type, bp)
    else:
        raise NotImplementedError("overwrite_data that is not known at compile time")


@array_adjoint(scipy.signal.hilbert)
def hilbert(z, x, N=None, axis=-1):
    d[x] = hilbert_cotangent(d[z], x, N, axis)


@array_adjoint(scipy.signal.savgol_filter)
def savgol_filter(z, x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0):
    if active(delta) or active(cval):
        raise NotImplementedError("a derivative by delta or cval")
    else:
        d[x] = savgol_cotangent(d[z], x, window_length, polyorder, deriv, delta, axis, mode)


@array_adjoint(scipy.signal.upfirdn)
def upfirdn(z, h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    if mode == "constant" and cval == 0:
        parts = upfirdn_cotangents(d[z], h, x, up, down, axis)
        d[h] = parts[0]
        d[x] = parts[1]
    else:
        raise NotImplementedError("a mode of upfirdn other than 'constant' with zeros; extend the signal first")


@array_adjoint(scipy.signal.resample_poly)
def resample_poly(z, x, up, down, axis=0, window=("kaiser", 5.0), padtype="constant", cval=None):
    if active(window):
        raise NotImplementedError("a derivative by the filter of resample_poly; use upfirdn")
    elif padtype == "constant" and (cval is None or cval == 0):
        d[x] = resample_poly_cotangent(d[z], x, up, down, axis, window)
    else:
        raise NotImplementedError("a padtype of resample_poly other than 'constant' with zeros")


@array_adjoint(scipy.signal.resample)
def resample(z, x, num, t=None, axis=0, window=None, domain="time"):
    if t is None and window is None and domain == "time":
        d[x] = resample_cotangent(d[z], x, axis)
    else:
        raise NotImplementedError("t=, window= or domain= of resample")


zero_derivative(scipy.signal.argrelextrema, scipy.signal.argrelmax, scipy.signal.argrelmin, scipy.signal.find_peaks)


linear_in("in1 | in2", scipy.signal.convolve, scipy.signal.fftconvolve, scipy.signal.correlate)
linear_in("in1 fillvalue | in2", scipy.signal.convolve2d, scipy.signal.correlate2d)
linear_in("x", scipy.signal.filtfilt, scipy.signal.sosfiltfilt, scipy.signal.hilbert)
linear_in("x", scipy.signal.resample_poly, scipy.signal.resample)
linear_in("x cval", scipy.signal.savgol_filter)
linear_in("data", scipy.signal.detrend)
linear_in("h | x", scipy.signal.upfirdn)


@tangent(scipy.signal.lfilter)
def lfilter_change(z, b, a, x, axis=-1, zi=None):
    """By the signal alone the same filter."""
    if zi is None and not active(b) and not active(a):
        d[z] = scipy.signal.lfilter(b, a, d[x], axis)
    else:
        d[z] = lfilter_tangent(z, b, a, x, axis, zi, change_of(b), change_of(a), change_of(x), change_of(zi))


@tangent(scipy.signal.sosfilt)
def sosfilt_change(z, sos, x, axis=-1, zi=None):
    """By the signal alone the same filter."""
    if zi is None and not active(sos):
        d[z] = scipy.signal.sosfilt(sos, d[x], axis)
    else:
        d[z] = sosfilt_tangent(sos, x, axis, zi, change_of(sos), change_of(x), change_of(zi))


@adjoint(filter_cotangents)
def of_filter_cotangents(z, cotangent, in1, in2, mode="full", axes=None, fast=False):
    """Bilinear, as the convolution of which they are the transposes."""
    d[cotangent] = any_convolution(d[z][0], in2, mode, axes) + any_convolution(in1, d[z][1], mode, axes)
    d[in1] = filter_cotangents(cotangent, in1, d[z][1], mode, axes, fast)[0]
    d[in2] = filter_cotangents(cotangent, d[z][0], in2, mode, axes, fast)[1]


@tangent(filter_cotangents)
def of_filter_cotangents_change(z, cotangent, in1, in2, mode="full", axes=None, fast=False):
    d[z] = filter_cotangents_tangent(
        cotangent, in1, in2, mode, axes, fast, change_of(cotangent), change_of(in1), change_of(in2)
    )
