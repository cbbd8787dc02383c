# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of the linear filters of `scipy.ndimage`.

A filter with symmetric weights is its own transpose where what lies beyond the edges is zero, the other end, or the
array itself read backwards from the edge (the modes constant, wrap and reflect).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, array_emitter
from sct_ad.rules.gradients import pushed
from sct_ad.rules.macros import change_of
from sct_ad.rules.mirrored import arranges
from sct_ad.rules.parse import REQUIRED, parameters_from_text
from sct_ad.rules.registry import Rule, active, adjoint, d, linear_in, tangent
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing import transforms
from sct_ad.runtime.scipy.ndimage import (
    any_correlation,
    any_gaussian,
    convolve1d_cotangent,
    correlate1d_cotangent,
    correlate_cotangents_nd,
    correlate_cotangents_tangent,
    gaussian1d_cotangent,
    gaussian_cotangent,
    gaussian_laplace_cotangent,
    gaussian_magnitude_cotangent,
    gaussian_magnitude_cotangent_tangent,
    gaussian_magnitude_tangent,
    laplace_cotangent,
    slope_cotangent,
    smoothed_slope,
    uniform_cotangent,
    weights1d_cotangent,
)
from sct_ad.syntax import nodes

_SELF_ADJOINT = ("reflect", "grid-mirror", "wrap", "grid-wrap", "constant", "grid-constant")
_FILTERS = (
    "convolve correlate convolve1d correlate1d gaussian_filter gaussian_filter1d uniform_filter uniform_filter1d sobel "
    "prewitt laplace gaussian_laplace gaussian_gradient_magnitude"
)
transforms.same_shape(*(getattr(scipy.ndimage, name) for name in _FILTERS.split()), names=("input",))
for _helper in (
    convolve1d_cotangent, correlate1d_cotangent, gaussian1d_cotangent, gaussian_cotangent, gaussian_laplace_cotangent,
    laplace_cotangent, slope_cotangent, uniform_cotangent,
):  # fmt: skip
    transforms.like(_helper, 1)
transforms.like(gaussian_magnitude_cotangent, 2)
arranges(gaussian_cotangent, gaussian_laplace_cotangent, laplace_cotangent, slope_cotangent, uniform_cotangent)
pushed("cotangent z x", gaussian_magnitude_cotangent, gaussian_magnitude_cotangent_tangent)
transforms.like(weights1d_cotangent, 2)
transforms.like(correlate_cotangents_nd, 1, 2)


def _register(name: str, params: str, helper: Any, symmetric: Any = None) -> Rule:
    """A filter that is linear in `input`: itself where `symmetric(site)` says that it is symmetric, or a helper.

    The helper gets the cotangent, the input, and of the other parameters those that differ from the default by name.
    """
    function = getattr(scipy.ndimage, name)
    dropped = ("input", "output", "cval")

    def emit(site: Site) -> Adjoint:
        _refuse(site, name)
        x, given = site.arguments["input"], _given(site, params, dropped)
        mode = site.arguments["mode"]
        if site.known(mode) in _SELF_ADJOINT and symmetric is not None and symmetric(site):
            call = nodes.call(
                nodes.attribute(site.bind(scipy.ndimage, "ndimage"), name), nodes.copy(site.cotangent), **given
            )
        else:
            call = nodes.call(site.bind(helper, helper.__name__), nodes.copy(site.cotangent), nodes.copy(x), **given)
        return Adjoint([], [(x, call)])

    return array_emitter(function, params=params, topic=__name__)(emit)


def _given(site: Site, params: str, dropped: tuple[str, ...]) -> dict[str, Any]:
    """The arguments that differ from the defaults, by name."""
    found = {}
    for parameter in parameters_from_text(params):
        argument = site.arguments[parameter.name]
        default = parameter.default
        if parameter.name in dropped or (default is not REQUIRED and site.known(argument) == default):
            continue
        found[parameter.name] = nodes.copy(argument)
    return found


def _refuse(site: Site, name: str) -> None:
    if site.known(site.arguments["output"]) is not None:
        raise NoRuleError(f"scipy.ndimage.{name} with output=; assign the result instead")
    for parameter in ("cval", "sigma"):
        if parameter in site.arguments and site.is_active(site.arguments[parameter]):
            raise NoRuleError(f"scipy.ndimage.{name}: a derivative by {parameter}")


def _even_order(site: Site) -> bool:
    order = site.known(site.arguments["order"])
    orders = order if isinstance(order, (tuple, list)) else [order]
    return all(type(k) is int and k % 2 == 0 for k in orders)


def _odd_size(site: Site) -> bool:
    size, origin = (site.known(site.arguments[name]) for name in ("size", "origin"))
    sizes = size if isinstance(size, (tuple, list)) else [size]
    return origin == 0 and all(type(k) is int and k % 2 == 1 for k in sizes)


def _always(site: Site) -> bool:
    return True


_END = "output=None, mode='reflect', cval=0.0"
_register(
    "gaussian_filter1d",
    f"input, sigma, axis=-1, order=0, {_END}, truncate=4.0, *, radius=None",
    gaussian1d_cotangent,
    _even_order,
)
_register(
    "gaussian_filter",
    f"input, sigma, order=0, {_END}, truncate=4.0, *, radius=None, axes=None",
    gaussian_cotangent,
    _even_order,
)
_register("uniform_filter", f"input, size=3, {_END}, origin=0, *, axes=None", uniform_cotangent, _odd_size)
_register("laplace", f"input, {_END}, *, axes=None", laplace_cotangent, _always)
_register("gaussian_laplace", f"input, sigma, {_END}, *, axes=None, truncate=4.0", gaussian_laplace_cotangent, _always)


@array_adjoint(scipy.ndimage.uniform_filter1d)
def uniform_filter1d(z, input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    elif size == 1:
        d[input] = d[z]
    else:
        d[input] = correlate1d_cotangent(d[z], input, np.full(size, 1.0 / size), axis, mode, origin)


@array_adjoint(scipy.ndimage.sobel)
def sobel(z, input, axis=-1, output=None, mode="reflect", cval=0.0):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        d[input] = slope_cotangent(d[z], input, [1.0, 2.0, 1.0], axis, mode)


@array_adjoint(scipy.ndimage.prewitt)
def prewitt(z, input, axis=-1, output=None, mode="reflect", cval=0.0):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        d[input] = slope_cotangent(d[z], input, [1.0, 1.0, 1.0], axis, mode)


@array_adjoint(scipy.ndimage.correlate1d)
def correlate1d(z, input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        d[input] = correlate1d_cotangent(d[z], input, weights, axis, mode, origin)
        d[weights] = weights1d_cotangent(d[z], input, weights, axis, mode, cval, origin)


@array_adjoint(scipy.ndimage.convolve1d)
def convolve1d(z, input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        d[input] = convolve1d_cotangent(d[z], input, weights, axis, mode, origin)
        d[weights] = weights1d_cotangent(d[z], input, weights, axis, mode, cval, origin, True)


@array_adjoint(scipy.ndimage.correlate)
def correlate(z, input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        parts = correlate_cotangents_nd(d[z], input, weights, mode, cval, origin, axes)
        d[input] = parts[0]
        d[weights] = parts[1]


@array_adjoint(scipy.ndimage.convolve)
def convolve(z, input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    if output is not None or active(cval):
        raise NotImplementedError("output=, or a derivative by cval")
    else:
        parts = correlate_cotangents_nd(d[z], input, weights, mode, cval, origin, axes, True)
        d[input] = parts[0]
        d[weights] = parts[1]


@array_adjoint(scipy.ndimage.gaussian_gradient_magnitude)
def gaussian_gradient_magnitude(z, input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None):
    if output is not None or active(cval) or active(sigma):
        raise NotImplementedError("output=, or a derivative by cval or sigma")
    elif axes is None:
        d[input] = gaussian_magnitude_cotangent(d[z], z, input, sigma, mode, cval)
    else:
        d[input] = gaussian_magnitude_cotangent(d[z], z, input, sigma, mode, cval, axes)


_CORRELATIONS, _OTHERS = _FILTERS.split()[:4], _FILTERS.split()[4:-1]
linear_in("input cval | weights", *(getattr(scipy.ndimage, name) for name in _CORRELATIONS))
linear_in("input cval", *(getattr(scipy.ndimage, name) for name in _OTHERS))


@tangent(scipy.ndimage.gaussian_gradient_magnitude)
def gaussian_gradient_magnitude_change(z, input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None):
    d[z] = gaussian_magnitude_tangent(d[input], z, input, sigma, mode, cval, axes)


# Derivatives of transposes, of whose arrays only the shapes count ----------------------------------------------------


@adjoint(correlate1d_cotangent)
def of_correlate1d_cotangent(z, cotangent, x, weights, axis=-1, mode="reflect", origin=0):
    d[cotangent] = scipy.ndimage.correlate1d(d[z], weights, axis, mode=mode, origin=origin)
    d[weights] = weights1d_cotangent(cotangent, d[z], weights, axis, mode, 0.0, origin)


@tangent(correlate1d_cotangent)
def of_correlate1d_cotangent_change(z, cotangent, x, weights, axis=-1, mode="reflect", origin=0):
    d[z] = correlate1d_cotangent(d[cotangent], x, weights, axis, mode, origin)
    d[z] = correlate1d_cotangent(cotangent, x, d[weights], axis, mode, origin)


@adjoint(slope_cotangent)
def of_slope_cotangent(z, cotangent, x, smoothing, axis=-1, mode="reflect"):
    if active(smoothing):
        raise NotImplementedError("a derivative by the weights of sobel and prewitt")
    else:
        d[cotangent] = smoothed_slope(d[z], smoothing, axis, mode)


@tangent(slope_cotangent)
def of_slope_cotangent_change(z, cotangent, x, smoothing, axis=-1, mode="reflect"):
    d[z] = slope_cotangent(d[cotangent], x, smoothing, axis, mode)


@adjoint(gaussian_cotangent)
def of_gaussian_cotangent(z, cotangent, x, sigma, order=0, mode="reflect", truncate=4.0, radius=None, axes=None):
    if active(sigma) or active(truncate):
        raise NotImplementedError("a derivative by sigma or truncate")
    else:
        d[cotangent] = any_gaussian(d[z], sigma, order, mode, truncate, radius, axes)


@tangent(gaussian_cotangent)
def of_gaussian_cotangent_change(z, cotangent, x, sigma, order=0, mode="reflect", truncate=4.0, radius=None, axes=None):
    d[z] = gaussian_cotangent(d[cotangent], x, sigma, order, mode, truncate, radius, axes)


@adjoint(correlate_cotangents_nd)
def of_correlate_cotangents(z, cotangent, x, weights, mode="reflect", cval=0.0, origin=0, axes=None, turned=False):
    """Bilinear, as the filters are; a constant beyond the edges belongs to `x`."""
    if active(cval):
        raise NotImplementedError("a derivative by cval")
    else:
        left = any_correlation(d[z][0], weights, mode, 0.0, origin, axes, turned)
        d[cotangent] = left + any_correlation(x, d[z][1], mode, cval, origin, axes, turned)
        d[x] = correlate_cotangents_nd(cotangent, x, d[z][1], mode, 0.0, origin, axes, turned)[0]
        d[weights] = correlate_cotangents_nd(cotangent, d[z][0], weights, mode, 0.0, origin, axes, turned)[1]


@tangent(correlate_cotangents_nd)
def of_correlate_cotangents_change(
    z, cotangent, x, weights, mode="reflect", cval=0.0, origin=0, axes=None, turned=False
):
    d[z] = correlate_cotangents_tangent(
        cotangent, x, weights, mode, cval, origin, axes, turned, change_of(cotangent), change_of(x), change_of(weights)
    )
