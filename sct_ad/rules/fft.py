"""Rules of discrete Fourier transforms: `numpy.fft`, and the functions of the same names in `scipy.fft`.

A transform is linear, so a rule is its transpose (and not its conjugate transpose, see the convention of cotangents of
complex numbers). The matrix of `fft` and that of `ifft` are symmetric: each is its own transpose. `rfft` is the upper
half of `fft`, so its transpose is `fft` of the cotangent, filled up with zeros, of which a real argument takes the
real part. `irfft` reads half a spectrum, where each number but the first (and the last of an even length) stands for
itself and for its conjugate: its transpose is the half spectrum `ihfft` with these numbers doubled.
"""

from __future__ import annotations

import types
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_adjoint, array_emitter, length_of
from sct_ad.rules.registry import Rule, d, linear_in, tangent_emitter
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.runtime.fft import doubled_inside, fitted, many_cotangent
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE

# Name -> its transpose, and whether it (makes, reads) a half spectrum.
_ONE = {
    "fft": ("fft", False, False),
    "ifft": ("ifft", False, False),
    "rfft": ("fft", True, False),
    "ihfft": ("ifft", True, False),
    "irfft": ("ihfft", False, True),
    "hfft": ("rfft", False, True),
}
_MANY = {
    "fftn": ("fftn", False, False),
    "ifftn": ("ifftn", False, False),
    "rfftn": ("fftn", True, False),
    "ihfftn": ("ifftn", True, False),
    "irfftn": ("ihfftn", False, True),
    "hfftn": ("rfftn", False, True),
}
_OTHER_WAY = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": None}


def register(module: types.ModuleType, array: str, rest: str = "", topic: str = __name__) -> None:
    """Register the rules of the transforms of one module; `array` is its name for the first parameter."""
    for name in _ONE:
        _register_one(module, name, f"{array}, n=None, axis=-1, norm=None{rest}", topic)
    for name in _MANY:
        for ending, axes in (("n", None), ("2", (-2, -1))):
            if hasattr(module, name[:-1] + ending):
                _register_many(
                    module, name[:-1] + ending, name, f"{array}, s=None, axes={axes}, norm=None{rest}", topic
                )


def _register_one(module: types.ModuleType, name: str, params: str, topic: str) -> Rule:
    transpose, makes_half, reads_half = _ONE[name]
    array = params.partition(",")[0]

    def emit(site: Site) -> Adjoint:
        refuse_overwriting(site, name)
        x, n, axis, norm = site.arguments[array], *(site.arguments[key] for key in ("n", "axis", "norm"))
        given = site.known(n) is not None
        number = site.known(axis)
        if type(number) is not int:
            raise NoRuleError(f"{module.__name__}.{name}: an axis that is not known at compile time")
        length = length_of(site, x, number)
        keywords = _options(site, [("axis", axis, -1), ("norm", norm, None)])
        function = nodes.attribute(module_of(site, module), transpose)
        if makes_half:
            full = nodes.copy(n) if given else length
            expression = nodes.call(function, nodes.copy(site.cotangent), full, **keywords)
        else:
            expression = nodes.call(function, nodes.copy(site.cotangent), **keywords)
        if reads_half:
            size = length_of(site, site.result, number)
            where = [] if number == -1 else [nodes.copy(axis)]
            expression = nodes.call(site.bind(doubled_inside, "doubled_inside"), expression, size, *where)
        if given or reads_half:
            where = [] if number == -1 else [nodes.copy(axis)]
            exact = reads_half and not given
            if not exact:
                fit = site.bind(fitted, "fitted")
                expression = nodes.call(fit, expression, length_of(site, x, number), *where)
        return Adjoint([], [(x, expression)])

    rule = array_emitter(getattr(module, name), params=params, topic=topic)(emit)
    linear_in(array, rule)
    return rule


def _register_many(module: types.ModuleType, name: str, kind: str, params: str, topic: str) -> Rule:
    transpose, makes_half, reads_half = _MANY[kind]
    array = params.partition(",")[0]

    def emit(site: Site) -> Adjoint:
        refuse_overwriting(site, name)
        x, s, axes, norm = site.arguments[array], *(site.arguments[key] for key in ("s", "axes", "norm"))
        rank, known = site.ndim(x), site.known(axes)
        places = _places(rank, known)
        if site.known(s) is not None or places is None:
            helper = site.bind(many_cotangent, "many_cotangent")
            arguments = [nodes.copy(e) for e in (site.cotangent, x)]
            options = _options(site, [("s", s, None), ("axes", axes, None), ("norm", norm, None)])
            return Adjoint([], [(x, nodes.call(helper, *arguments, nodes.constant(kind), **options))])
        everything = places == tuple(range(rank))
        where = {} if everything and not makes_half else {"axes": nodes.constant(places)}
        options = where | _options(site, [("norm", norm, None)])
        package = module_of(site, module)
        if makes_half:
            shape = nodes.attribute(nodes.copy(x), "shape") if everything else _sizes(site, x, places)
            function = nodes.attribute(package, transpose)
            return Adjoint([], [(x, nodes.call(function, nodes.copy(site.cotangent), s=shape, **options))])
        if not reads_half:
            function = nodes.attribute(package, transpose)
            return Adjoint([], [(x, nodes.call(function, nodes.copy(site.cotangent), **options))])
        if transpose == "ihfftn":  # which NumPy does not have
            scale = site.known(norm)
            if scale not in _OTHER_WAY:
                raise NoRuleError(f"{module.__name__}.{name}: a norm that is not known at compile time")
            other = _OTHER_WAY[scale]
            options = {**where, **({} if other is None else {"norm": nodes.constant(other)})}
        half = nodes.call(nodes.attribute(package, "rfftn"), nodes.copy(site.cotangent), **options)
        if transpose == "ihfftn":
            half = nodes.call(nodes.attribute(site.bind(np, "np"), "conj"), half)
        size = length_of(site, site.result, places[-1])
        last = [] if places[-1] == rank - 1 else [nodes.constant(places[-1])]
        inside = nodes.call(site.bind(doubled_inside, "doubled_inside"), half, size, *last)
        return Adjoint([], [(x, inside)])

    rule = array_emitter(getattr(module, name), params=params, topic=topic)(emit)
    linear_in(array, rule)
    return rule


def refuse_overwriting(site: Site, name: str) -> None:
    """Whoever lets a transform overwrite its argument can no longer use it."""
    argument = site.arguments.get("overwrite_x")
    if argument is not None and site.known(argument) is not False:
        raise NoRuleError(f"{name} with overwrite_x; leave it out")


def module_of(site: Site, module: types.ModuleType) -> Expr:
    """`np.fft`, or `scipy.fft`."""
    if module is np.fft:
        return nodes.attribute(site.bind(np, "np"), "fft")
    return site.bind(module, module.__name__.rpartition(".")[2])


def _options(site: Site, options: list[tuple[str, Expr, Any]]) -> dict[str, Expr]:
    """The keyword arguments that differ from the defaults."""
    return {key: nodes.copy(given) for key, given, default in options if site.known(given) != default}


def _places(rank: Any, axes: Any) -> tuple[int, ...] | None:
    """The transformed axes, counted from the first, where they are known and all different."""
    if rank is NO_VALUE or axes is NO_VALUE:
        return None
    try:
        found = tuple(range(rank)) if axes is None else tuple(axis % rank for axis in axes)
    except (TypeError, ZeroDivisionError):
        return None
    return found if found and len(set(found)) == len(found) else None


def _sizes(site: Site, x: Expr, places: tuple[int, ...]) -> Expr:
    return nodes.tuple_([length_of(site, x, place) for place in places])


register(np.fft, "a")


@array_adjoint(np.fft.fftshift)
def fftshift(z, x, axes=None):  # type: ignore[no-untyped-def]  # noqa: D103
    d[x] = np.fft.ifftshift(d[z]) if axes is None else np.fft.ifftshift(d[z], axes)


@array_adjoint(np.fft.ifftshift)
def ifftshift(z, x, axes=None):  # type: ignore[no-untyped-def]  # noqa: D103
    d[x] = np.fft.fftshift(d[z]) if axes is None else np.fft.fftshift(d[z], axes)


linear_in("x", np.fft.fftshift, np.fft.ifftshift)


def register_frequencies(*functions: Any, params: str, topic: str = __name__) -> Rule:
    """Register the rule of functions whose result is proportional to 1 / d."""

    def emit(site: Site) -> Adjoint:
        spacing = site.arguments["d"]
        product = nodes.binary(nodes.copy(site.cotangent), gast.Mult(), nodes.copy(site.result))
        total = nodes.call(nodes.attribute(site.bind(np, "np"), "sum"), product)
        slope = nodes.binary(gast.UnaryOp(op=gast.USub(), operand=total), gast.Div(), nodes.copy(spacing))
        return Adjoint([], [(spacing, slope)])

    rule = array_emitter(*functions, params=params, topic=topic)(emit)
    tangent_emitter(rule)(_frequencies_tangent)
    return rule


def _frequencies_tangent(site: Site) -> Tangent:
    """`-dd * z / d`, the tangent of frequencies with the spacing d."""
    spacing = site.arguments["d"]
    product = nodes.binary(tangent_of(site, spacing), gast.Mult(), nodes.copy(site.result))
    negated = gast.UnaryOp(op=gast.USub(), operand=product)
    return Tangent([], [nodes.binary(negated, gast.Div(), nodes.copy(spacing))])


register_frequencies(np.fft.fftfreq, np.fft.rfftfreq, params="n, d=1.0, device=None")
