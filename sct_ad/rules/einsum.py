"""The rule of einsum: the transpose of an einsum is an einsum with the subscripts swapped."""

from __future__ import annotations

from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import on_arrays
from sct_ad.rules.registry import emitter, linear_in
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime.einsum import einsum_cotangent, read_subscripts
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import is_not_one, same_size
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import NO_VALUE

LETTERS = ascii_uppercase + ascii_lowercase
"""What NumPy counts by 0, 1, 2, ..."""


@emitter(np.einsum, params="subscripts, *operands, optimize=False, dtype=None, order='K', casting='safe'")
def einsum(site: Site) -> Adjoint:
    """`np.einsum("ik,jk->ij", dz, y)` for `x` in `np.einsum("ij,jk->ik", x, y)`."""
    if not is_text(site, site.arguments["subscripts"]):
        site = _in_letters(site)
    operands = site.arguments["operands"].elts
    names = {f"operand{k}": operand for k, operand in enumerate(operands)}
    optimize = site.arguments["optimize"]
    extra = {} if site.known(optimize) is False else {"optimize": optimize}
    subscripts = site.arguments["subscripts"]

    def emit(converted: Site) -> Adjoint:
        arrays = [converted.arguments[name] for name in names]
        adjoint = Adjoint()
        for number, array in enumerate(arrays):
            if converted.is_active(array):
                adjoint.contributions.append((array, _cotangent(converted, subscripts, arrays, number, extra)))
        return adjoint

    inner = Site(site.result, site.cotangent, names, site.is_active, site.type_of, site.fresh, site.bind)
    return on_arrays(inner, emit)


linear_in("subscripts | *operands", np.einsum)


def is_text(site: Site, subscripts: Expr) -> bool:
    """Whether the first argument holds subscripts, and is no operand."""
    kind = type_of_argument(site, subscripts)
    return isinstance(getattr(kind, "value", None), str) or (isinstance(kind, values.Opaque) and kind.cls is str)


def _in_letters(site: Site) -> Site:
    """`np.einsum(x, [0, 1], y, [1, 2])` as `np.einsum("AB,BC", x, y)`."""
    given = [site.arguments["subscripts"], *site.arguments["operands"].elts]
    labels = [site.known(numbers) for numbers in given[1::2] + (given[-1:] if len(given) % 2 else [])]
    if not all(isinstance(label, (list, tuple)) for label in labels):
        raise NoRuleError("numpy.einsum: subscripts that are not known at compile time")
    texts = ["".join("..." if k is Ellipsis else LETTERS[k] for k in label) for label in labels]
    count = len(given) // 2
    subscripts = ",".join(texts[:count]) + ("->" + texts[count] if len(given) % 2 else "")
    operands = nodes.tuple_(given[: 2 * count : 2])
    return replace(site, arguments={**site.arguments, "subscripts": nodes.constant(subscripts), "operands": operands})


def _cotangent(site: Site, subscripts: Expr, arrays: list[Expr], number: int, extra: dict[str, Expr]) -> Expr:
    known, ranks = site.known(subscripts), [site.ndim(array) for array in arrays]
    if isinstance(known, str) and NO_VALUE not in ranks:
        found = read_subscripts(known, ranks)
        if found is not None and _is_plain(site, found[0], found[0][number], arrays):
            return _swapped(site, found[0], found[1], arrays, number, extra)
    copies = [nodes.copy(array) for array in arrays]
    helper = site.bind(einsum_cotangent, "einsum_cotangent")
    return nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(subscripts), nodes.constant(number), *copies)


def _is_plain(site: Site, inputs: list[str], mine: str, arrays: list[Expr]) -> bool:
    """Whether no letter repeats in the operand, and none of its axes is stretched from size 1 by another operand."""
    if len(set(mine)) != len(mine):
        return False
    sizes: dict[str, list[Any]] = {}
    for letters, array in zip(inputs, arrays, strict=True):
        dims = values.dims_of(type_of_argument(site, array))
        for letter, size in zip(letters, dims or (), strict=True):
            sizes.setdefault(letter, []).append(size)
    return all(
        all(same_size(size, sizes[c][0]) for size in sizes[c]) or all(map(is_not_one, sizes[c]))
        for c in mine
        if len(sizes[c]) > 1
    )


def _swapped(
    site: Site, inputs: list[str], result: str, arrays: list[Expr], number: int, extra: dict[str, Expr]
) -> Expr:
    mine = inputs[number]
    others = [k for k in range(len(arrays)) if k != number]
    labels = [result, *(inputs[k] for k in others)]
    kept = "".join(c for c in mine if any(c in label for label in labels))
    factors = [nodes.copy(site.cotangent), *(nodes.copy(arrays[k]) for k in others)]
    if not result and others:
        product = _times(site, labels[1:], kept, factors, extra)
    else:
        product = _einsum(site, labels, kept, factors, extra)
    if kept == mine or mine.endswith(kept):
        return product  # what is missing are leading axes: broadcasting restores them
    index = [nodes.whole() if c in kept else nodes.constant(None) for c in mine]
    return nodes.subscript(product, nodes.tuple_(index))


def _times(site: Site, labels: list[str], kept: str, factors: list[Expr], extra: dict[str, Expr]) -> Expr:
    """A number times an einsum of the other operands."""
    return nodes.binary(factors[0], gast.Mult(), _einsum(site, labels, kept, factors[1:], extra))


def _einsum(site: Site, labels: list[str], kept: str, factors: list[Expr], extra: dict[str, Expr]) -> Expr:
    if labels == [kept]:
        return factors[0]
    if len(labels) == 1 and len(kept) == 2 and labels[0] == kept[::-1]:
        return nodes.attribute(factors[0], "T")
    text = nodes.constant(",".join(labels) + "->" + kept)
    return nodes.call(nodes.attribute(site.bind(np, "np"), "einsum"), text, *factors, **extra)
