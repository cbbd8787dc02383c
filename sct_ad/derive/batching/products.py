"""Products of which one factor, or both, have the axis of directions."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import gast
import numpy as np

from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

if TYPE_CHECKING:
    from sct_ad.derive.batching.expressions import Expressions


def matrix_product(over: Expressions, left: Expr, right: Expr) -> Expr:
    """`left @ right`."""
    ranks, moved = (over.rank(left), over.rank(right)), (over.depends(left), over.depends(right))
    a, b = over.value(left), over.value(right)
    product = gast.MatMult()
    if ranks == (1, 1):
        if all(moved):
            return over.axis.numpy("einsum", nodes.constant("ki,ki->k"), a, b)
        return nodes.binary(a, product, b) if moved[0] else nodes.binary(b, product, a)
    if ranks[0] == 1:
        if not moved[0] or (ranks[1] == 2 and not moved[1]):
            return nodes.binary(a, product, b)
        return _without(nodes.binary(_with_axis(over.axis.expanded(a, 1, ranks[1] - 1), -2), product, b), -2)
    if ranks[1] == 1:
        if not moved[1]:
            return nodes.binary(a, product, b)
        if ranks[0] == 2 and not moved[0]:
            return nodes.binary(b, product, nodes.attribute(a, "T"))
        return _without(nodes.binary(a, product, _with_axis(over.axis.expanded(b, 1, ranks[0] - 1), -1)), -1)
    widest = max(ranks)
    if moved[0]:
        a = over.axis.expanded(a, ranks[0], widest)
    if moved[1]:
        b = over.axis.expanded(b, ranks[1], widest)
    return nodes.binary(a, product, b)


def _with_axis(value: Expr, place: int) -> Expr:
    index = [nodes.constant(...), nodes.constant(None)] + [nodes.whole()] * (-1 - place)
    return nodes.subscript(value, nodes.tuple_(index))


def _without(value: Expr, place: int) -> Expr:
    index = [nodes.constant(...), nodes.constant(0)] + [nodes.whole()] * (-1 - place)
    return nodes.subscript(value, nodes.tuple_(index))


def dot(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.dot` and `np.matmul` of vectors and matrices."""
    if keywords or len(args) != 2:
        return None
    ranks = [over.rank(arg) for arg in args]
    if min(ranks) >= 1 and max(ranks) <= 2:
        return matrix_product(over, *args)
    if min(ranks) == 0:
        return nodes.binary(over.aligned(args[0], max(ranks)), gast.Mult(), over.aligned(args[1], max(ranks)))
    return None


def matmul(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.matmul`."""
    return matrix_product(over, *args) if len(args) == 2 and not keywords else None


def outer(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.outer` of vectors."""
    if keywords or len(args) != 2 or any(over.rank(arg) != 1 for arg in args):
        return None
    left, right = map(over.value, args)
    column = nodes.subscript(left, nodes.tuple_([nodes.constant(...), nodes.constant(None)]))
    if over.depends(args[1]):
        right = nodes.subscript(right, nodes.tuple_([nodes.whole(), nodes.constant(None)]))
    return nodes.binary(column, gast.Mult(), right)


def einsum(over: Expressions, args: list[Expr], keywords: dict[str, Expr]) -> Expr | None:
    """`np.einsum` with subscripts that are known, and without ellipsis."""
    first = args[0]
    if keywords or not isinstance(first, gast.Constant) or not isinstance(first.value, str):
        return None
    text = first.value.replace(" ", "")
    if "..." in text:
        return None
    inputs, arrow, output = text.partition("->")
    if not arrow:
        letters = inputs.replace(",", "")
        output = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    terms = inputs.split(",")
    free = next((letter for letter in string.ascii_letters if letter not in text), None)
    if free is None or len(terms) != len(args) - 1:
        return None
    terms = [free + term if over.depends(arg) else term for term, arg in zip(terms, args[1:])]
    subscripts = nodes.constant(f"{','.join(terms)}->{free}{output}")
    return over.axis.numpy("einsum", subscripts, *map(over.value, args[1:]))


HANDLERS = {np.dot: dot, np.matmul: matmul, np.outer: outer, np.einsum: einsum}
