"""Tangents of the functions that gradients call: what second derivatives need where forward mode cannot read these.

`pushed("cotangent x", f, f_tangent)` says that the tangent of `f(cotangent, x, axis)` is
`f_tangent(cotangent, x, axis, dcotangent, dx)`, None standing for the tangent of what does not change. Other arguments
never change. A variadic parameter is passed as a tuple.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import gast

from sct_ad.errors import NoRuleError
from sct_ad.rules import registry
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Site
from sct_ad.runtime import (
    einsum,
    linalg,
    linear,
    quantile_tangents,
    quantiles,
    reduction_tangents,
    reductions,
    sequence_tangents,
    sequences,
    series,
    series_second,
    statistics,
)
from sct_ad.syntax import nodes


def pushed(changing: str, function: Callable[..., Any], tangent: Callable[..., Any], inert: str = "") -> None:
    """Say which function gives the tangent of another one, which parameters change, and which change nothing."""
    names, ignored = changing.split(), inert.split()
    parameters = inspect.signature(function).parameters.values()
    text = ", ".join(
        f"*{p.name}" if p.kind is p.VAR_POSITIONAL else p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters
    )

    def emit(site: Site) -> Tangent:
        given = list(site.arguments.values())
        for name, argument in site.arguments.items():
            if name not in names + ignored and site.is_active(argument):
                raise NoRuleError(f"{name} of {function.__name__}, where that changes")
        changes = [_change(site, site.arguments[name]) for name in names]
        call = nodes.call(site.bind(tangent, tangent.__name__), *map(nodes.copy, given), *changes)
        return Tangent([], [call])

    rule = registry.Rule((function,), "tangent", emit, params=text, tangent=emit, tangent_is_emitter=True)
    registry.gradient_tangent(function, rule)


def _change(site: Site, argument: Any) -> Any:
    if isinstance(argument, gast.Tuple) and site.is_active(argument):
        return nodes.tuple_([_change(site, item) for item in argument.elts])
    return tangent_of(site, argument) if site.is_active(argument) else nodes.constant(None)


pushed("x", reductions.products_of_others, reduction_tangents.products_of_others_tangent)
pushed("cotangent x q", quantiles.quantile_cotangents, quantile_tangents.quantile_cotangents_tangent)
pushed("cotangent of_total x weights", statistics.average_cotangents, statistics.average_cotangents_tangent)
pushed("cotangent operands", einsum.einsum_cotangent, einsum.einsum_cotangent_tangent)
pushed("cotangent x y", linear.correlate_cotangents, linear.correlation_pair_tangent)
pushed("cotangent z a", linalg.tensorsolve_cotangents, linalg.tensorsolve_cotangents_tangent, inert="b")
pushed("cotangent arrays", linalg.chain_cotangents, sequence_tangents.chain_cotangents_tangent)
pushed("cotangent items", sequences.product_cotangents, sequence_tangents.product_cotangents_tangent)
pushed("cotangent args", series.series_map_cotangent, series_second.series_map_cotangent_tangent, inert="c")
pushed("cotangent points c", series.series_points_cotangents, series_second.series_points_cotangents_tangent)
pushed(
    "cotangent c lbnd scl",
    series.series_integral_cotangents,
    series_second.series_integral_cotangents_tangent,
    inert="k",
)
pushed("cotangent c1 c2", series.series_product_cotangents, series_second.series_product_cotangents_tangent)
pushed("cotangent points", series.series_vander_cotangents, series_second.series_vander_cotangents_tangent)
pushed("cotangent items", sequences.scaled_items, sequence_tangents.scaled_items_tangent)
pushed("cotangent distance p q", sequences.distance_cotangents, sequence_tangents.distance_cotangents_tangent)
