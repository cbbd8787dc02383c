"""Writing the rules of a distribution's methods from the derivatives that tell distributions apart.

SciPy's distributions are families `f((x - loc) / scale) / scale`. Given the logarithm's derivatives by the standardised
variable and by the shape parameters, and the distribution function's derivatives by the shape parameters, the rules of
all methods follow. They are written down as text, one template for each method, as if they stood in a file.

Points outside of the support, where the density is 0, have cotangent 0.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np
from scipy import special

from sct_ad.rules.registry import active, adjoint, d
from sct_ad.rules.scipy.stats.types import of_elements
from sct_ad.rules.typing.table import rule as typing_rule
from sct_ad.rules.vocabulary import known_value, macro
from sct_ad.runtime.scipy import incomplete
from sct_ad.runtime.scipy.special import exp_difference
from sct_ad.runtime.scipy.stats import over_probability
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


@dataclass
class Family:
    """What tells a distribution from others: expressions in the standardised variable `y` and the shape parameters."""

    score: str
    """The derivative of the density's logarithm by `y`."""
    shapes: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """By shape parameter, in SciPy's order: the derivative of the density's logarithm, and that of the distribution
    function, None where it is not known."""
    inside: float | None = None
    """A point inside the support, whatever the parameters; None where the support is everything."""
    lower_hazard: str | None = None
    """The density over the distribution function, where the difference of the logarithms cancels."""
    upper_hazard: str | None = None
    """The density over the survival function."""
    distribution: bool = True
    """Whether the distribution function has rules."""


@macro
def standardised(site: Any, x: Expr, loc: Expr, scale: Expr) -> Expr:
    """`(x - loc) / scale`, without what is 0 or 1."""
    moved = x if _is(site, loc, 0) else nodes.binary(x, gast.Sub(), loc)
    return moved if _is(site, scale, 1) else nodes.binary(moved, gast.Div(), scale)


@macro
def scaled(site: Any, slope: Expr, scale: Expr) -> Expr:
    """`slope / scale`, without a scale of 1."""
    return slope if _is(site, scale, 1) else nodes.binary(slope, gast.Div(), scale)


@macro
def called(site: Any, method: Expr, *arguments: Expr) -> Expr:
    """`norm.pdf(x, loc, scale)`, without a location of 0 and a scale of 1."""
    *rest, loc, scale = arguments
    given = [*rest, loc] if _is(site, scale, 1) else [*rest, loc, scale]
    return nodes.call(method, *(rest if len(given) == len(arguments) - 1 and _is(site, loc, 0) else given))


def _is(site: Any, argument: Expr, number: int) -> bool:
    known = known_value(site, argument)
    return type(known) in (int, float) and known == number


def write(distribution: Any, family: Family) -> None:
    """Register the rules of a continuous distribution's methods."""
    name = distribution.name
    register(distribution, list(_density_rules(family)))
    if family.distribution:
        register(distribution, [*_distribution_rules(name, family), *_quantile_rules(name, family)])


def register(distribution: Any, rules: list[tuple[str, str]]) -> None:
    """Register rules given as (method, text of the template), in the words of this module."""
    text = "\n\n".join(body for _, body in rules) + "\n"
    filename = f"<rules of scipy.stats.{distribution.name}.{' '.join(method for method, _ in rules)}>"
    words: dict[str, Any] = {
        "np": np, "special": special, "d": d, "active": active, "called": called,
        "standardised": standardised, "scaled": scaled,
        "exp_difference": exp_difference, "over_probability": over_probability, distribution.name: distribution,
        **{name: value for name, value in vars(incomplete).items() if "slope" in name},
        "__name__": "sct_ad.rules.scipy.stats",
    }  # fmt: skip
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    exec(compile(text, filename, "exec"), words)
    for method, _ in rules:
        _registered(getattr(distribution, method), words[method])


def _registered(method: Callable[..., Any], template: Any) -> None:
    adjoint(method, elementwise=True, singular=True)(template)
    typing_rule(method)(of_elements)


def parameters(shapes: Mapping[str, Any]) -> str:
    """`a, b, loc=0, scale=1`."""
    return ", ".join([*shapes, "loc=0", "scale=1"])


def _call(name: str, method: str, at: str, family: Family) -> str:
    return f"called({name}.{method}, {', '.join([at, *family.shapes, 'loc', 'scale'])})"


def refusals(shapes: Mapping[str, Any], which: int = 1) -> list[str]:
    """The statements that refuse shape parameters without a derivative."""
    return [
        line
        for shape, derivatives in shapes.items()
        if derivatives[which] is None
        for line in (f"    if active({shape}):", f'        raise NotImplementedError("the shape parameter {shape}")')
    ]


def _density_rules(family: Family) -> Any:
    for method, share, outside in (("logpdf", "d[z]", "z != -np.inf"), ("pdf", "d[z] * z", "z != 0")):
        lines = [f"def {method}(z, x, {parameters(family.shapes)}):", "    y = standardised(x, loc, scale)"]
        if family.inside is not None:
            lines += [f"    inside = {outside}", f"    y = np.where(inside, y, {family.inside})"]
            lines += [f"    share = np.where(inside, {share}, 0.0)"]
        else:
            lines += [f"    share = {share}"]
        lines += [f"    slope = share * ({family.score})"]
        lines += ["    d[x] = scaled(slope, scale)", "    d[loc] = -scaled(slope, scale)"]
        lines += ["    d[scale] = -(share + slope * y) / scale"]
        lines += [f"    d[{shape}] = share * ({of_log})" for shape, (of_log, _) in family.shapes.items()]
        yield method, "\n".join(lines)


def _distribution_rules(name: str, family: Family) -> Any:
    for method, sign in (("cdf", ""), ("sf", "-")):
        lines = [f"def {method}(z, x, {parameters(family.shapes)}):", *refusals(family.shapes)]
        lines += [f"    slope = {sign}d[z] * {_call(name, 'pdf', 'x', family)}"]
        lines += ["    d[x] = slope", "    d[loc] = -slope", "    d[scale] = -slope * standardised(x, loc, scale)"]
        lines += _of_shapes(family, "(z > 0) & (z < 1)", sign + "np.where(inside, d[z], 0.0) * ({})")
        yield method, "\n".join(lines)
    for method, sign, hazard in (("logcdf", "", family.lower_hazard), ("logsf", "-", family.upper_hazard)):
        lines = [f"def {method}(z, x, {parameters(family.shapes)}):", *refusals(family.shapes)]
        if hazard is not None:
            lines += ["    y = standardised(x, loc, scale)", f"    slope = {sign}d[z] * scaled({hazard}, scale)"]
        else:
            lines += [f"    slope = {sign}d[z] * exp_difference({_call(name, 'logpdf', 'x', family)}, z)"]
        lines += ["    d[x] = slope", "    d[loc] = -slope", "    d[scale] = -slope * standardised(x, loc, scale)"]
        lines += _of_shapes(family, "(z > -np.inf) & (z < 0)", sign + "d[z] * over_probability({}, z, inside)")
        yield method, "\n".join(lines)


def _of_shapes(family: Family, inside: str, form: str) -> list[str]:
    """The statements for shape parameters in the rules of the distribution function."""
    known = {shape: of_cdf for shape, (_, of_cdf) in family.shapes.items() if of_cdf is not None}
    lines = ["    y = standardised(x, loc, scale)", f"    inside = {inside}"]
    if family.inside is not None:
        lines += [f"    y = np.where(inside, y, {family.inside})"]
    return lines + [f"    d[{shape}] = {form.format(of_cdf)}" for shape, of_cdf in known.items()]


def _quantile_rules(name: str, family: Family) -> Any:
    for method, sign in (("ppf", ""), ("isf", "-")):
        lines = [f"def {method}(z, q, {parameters(family.shapes)}):", *refusals(family.shapes)]
        lines += [f"    density = {_call(name, 'pdf', 'z', family)}", "    y = standardised(z, loc, scale)"]
        lines += [f"    d[q] = {sign}d[z] / density", "    d[loc] = d[z]", "    d[scale] = d[z] * y"]
        lines += [
            f"    d[{shape}] = -d[z] * ({of_cdf}) / density"
            for shape, (_, of_cdf) in family.shapes.items()
            if of_cdf is not None
        ]
        yield method, "\n".join(lines)
