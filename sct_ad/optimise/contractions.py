"""Sums of products of two arrays in adjoints as products of matrices, which are many times as fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import alike
from sct_ad.optimise.workspace import is_adjoint
from sct_ad.rules.vocabulary import literal_value
from sct_ad.runtime.einsum import read_subscripts
from sct_ad.syntax.dims import Size, is_not_one, lower_bound, same_size
from sct_ad.syntax.nodes import (
    Expr,
    attribute,
    binary,
    call,
    constant,
    copy,
    every,
    rewrite,
    statements,
    subscript,
    tuple_,
)
from sct_ad.syntax.values import Array, kind

_NUMBERS = ("float", "complex")


def contractions(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write `np.einsum` and `np.tensordot` as `@`, where there are a row, a column and a sum, besides stacks of both.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(x, y):\\n    bz = np.einsum('nki,nkj->kij', x, y)"
    >>> whole = Array("float64", tuple(Dim(k, not_one=True) for k in "nki"))
    >>> show(contractions, text, {"bz"}, adjoint=True, x=whole, y=whole)
    def f(x, y):
        bz = x.transpose(1, 2, 0) @ y.transpose(1, 0, 2)
    """
    fn = _rewritten(fn, facts, _is_contraction, _as_matrices)
    return _rewritten(fn, facts, _is_sum_of_outer_products, _as_flat_matrices)


def dot_products(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write the sum of a product of two vectors as `@`.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> vector = Array("float64", (Dim("n"),))
    >>> show(dot_products, "def f(x, y):\\n    bz = np.sum(-x * y)", {"bz"}, adjoint=True, x=vector, y=vector)
    def f(x, y):
        bz = -x @ y
    """
    return _rewritten(fn, facts, _is_dot_product, _as_dot_product)


def outer_products(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write `np.outer` of vectors inside loops as a product, which takes less than half the time where they are small.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(x, y):\\n    for k in range(3):\\n        bz = np.outer(x, y)"
    >>> x, y = (Array("float64", (Dim(k),)) for k in "xy")
    >>> show(outer_products, text, {"bz"}, adjoint=True, x=x, y=y)
    def f(x, y):
        for k in range(3):
            bz = x[:, None] * y
    """
    loops = [stmt for stmt in statements(fn.body) if isinstance(stmt, (gast.For, gast.While))]
    return _rewritten(fn, facts, _is_outer_product, _as_product, repeated=True) if loops else fn


def _rewritten(
    fn: gast.FunctionDef,
    facts: Facts,
    applies: Callable[[Any, Facts], bool],
    change: Callable[[Any, Facts], Any],
    repeated: bool = False,
) -> gast.FunctionDef:
    """The function with some expressions of its adjoint statements, or of those in loops, written in another way."""
    if not any(applies(call, facts) for call in every(fn.body, gast.Call)):
        return fn
    fn = copy(fn)
    loops = [stmt for stmt in statements(fn.body) if isinstance(stmt, (gast.For, gast.While))]
    for block in [loop.body for loop in loops] if repeated else [fn.body]:
        for stmt in statements(block):
            if is_adjoint(stmt):
                rewrite(stmt, lambda expr: change(expr, facts))
    return fn


def _is_outer_product(node: Any, facts: Facts) -> bool:
    """Whether a node is `np.outer(x, y)` of two vectors."""
    if not (isinstance(node, gast.Call) and len(node.args) == 2 and not node.keywords):
        return False
    if facts.resolve(node.func) is not np.outer:
        return False
    types = [facts.type_of(arg) for arg in node.args]
    return all(isinstance(found, Array) and found.ndim == 1 and kind(found) in _NUMBERS for found in types)


def _as_product(expr: Any, facts: Facts) -> Any:
    if not _is_outer_product(expr, facts):
        return expr
    whole = gast.Slice(lower=None, upper=None, step=None)
    column = subscript(expr.args[0], tuple_([whole, constant(None)]))
    return binary(column, gast.Mult(), expr.args[1])


def _is_dot_product(node: Any, facts: Facts) -> bool:
    """Whether a node is `np.sum(x * y)` of two vectors of numbers, neither of which is stretched."""
    if not (isinstance(node, gast.Call) and len(node.args) == 1 and not node.keywords):
        return False
    product = node.args[0]
    if not (isinstance(product, gast.BinOp) and isinstance(product.op, gast.Mult)):
        return False
    if facts.resolve(node.func) is not np.sum:
        return False
    one, other = facts.type_of(product.left), facts.type_of(product.right)
    if not (isinstance(one, Array) and isinstance(other, Array) and one.dtype == other.dtype and kind(one) in _NUMBERS):
        return False
    if one.ndim != 1 or other.ndim != 1 or one.dims is None or other.dims is None:
        return False
    return _are_alike(one.dims[0], other.dims[0])


def _as_dot_product(expr: Any, facts: Facts) -> Any:
    if not _is_dot_product(expr, facts):
        return expr
    return binary(expr.args[0].left, gast.MatMult(), expr.args[0].right)


def _are_alike(one: Size, other: Size) -> bool:
    """Whether neither size is stretched to the other one."""
    return same_size(one, other) or (is_not_one(one) and is_not_one(other))


def _is_contraction(node: Any, facts: Facts) -> bool:
    """Whether a node calls `np.einsum` for two operands."""
    return isinstance(node, gast.Call) and len(node.args) == 3 and facts.resolve(node.func) is np.einsum


def _as_matrices(expr: Any, facts: Facts) -> Any:
    """`x.transpose(...) @ y.transpose(...)` for such a call; anything else as it is."""
    if not _is_contraction(expr, facts):
        return expr
    if not {keyword.arg for keyword in expr.keywords} <= {"optimize"}:
        return expr
    text, *operands = expr.args
    types = [facts.type_of(operand) for operand in operands]
    dims = [found.dims for found in types if isinstance(found, Array) and found.dims and kind(found) in _NUMBERS]
    if not (isinstance(text, gast.Constant) and isinstance(text.value, str)) or len(dims) < 2:
        return expr
    labels = read_subscripts(text.value, list(map(len, dims)))
    if labels is None:
        return expr
    (one, two), result, _ = labels
    found = _orders(one, two, result)
    if found is None:
        return expr
    (left, right), made = found
    length, other = dims[0][one.index(left[-1])], dims[1][two.index(left[-1])]
    if not _are_alike(length, other):
        return expr  # one may be stretched from size 1
    product = binary(_turned(operands[0], one, left), gast.MatMult(), _turned(operands[1], two, right))
    product = _turned(product, made, result)
    return product if alike(facts.type_of(expr), facts.type_of(product)) else expr


def _is_sum_of_outer_products(node: Any, facts: Facts) -> bool:
    """Whether a node is `np.tensordot(x, y, axes)` of names over all axes but the last ones, which are not empty."""
    if not (isinstance(node, gast.Call) and len(node.args) == 3 and not node.keywords):
        return False
    if facts.resolve(node.func) is not np.tensordot or not all(isinstance(arg, gast.Name) for arg in node.args[:2]):
        return False
    for arg in node.args[:2]:
        found, axes = facts.type_of(arg), tuple(range((getattr(facts.type_of(arg), "ndim", None) or 1) - 1))
        if not (isinstance(found, Array) and found.dims and kind(found) in _NUMBERS and lower_bound(found.dims[-1])):
            return False
        if len(axes) < 2 or literal_value(node.args[2]) != (axes, axes):
            return False
    return True


def _as_flat_matrices(expr: Any, facts: Facts) -> Any:
    """`x.reshape(-1, x.shape[-1]).T @ y.reshape(-1, y.shape[-1])`, which copies parts of arrays as they lie."""
    if not _is_sum_of_outer_products(expr, facts):
        return expr
    left, right = map(_flat, expr.args[:2])
    return binary(attribute(left, "T"), gast.MatMult(), right)


def _flat(array: Expr) -> Expr:
    """`x.reshape(-1, x.shape[-1])`."""
    columns = subscript(attribute(array, "shape"), constant(-1))
    return call(attribute(copy(array), "reshape"), constant(-1), columns)


def _orders(one: str, two: str, result: str) -> tuple[tuple[str, str], str] | None:
    """The axes of both operands and of the product, in the order for `@`; None if there are more or fewer than needed.

    >>> _orders("nki", "nkj", "kij")
    (('kin', 'knj'), 'kij')
    """
    if any(len(set(letters)) < len(letters) for letters in (one, two, result)):
        return None
    stack = "".join(c for c in result if c in one and c in two)
    rows, columns = ([c for c in own if c in result and c not in other] for own, other in ((one, two), (two, one)))
    summed = [c for c in one if c in two and c not in result]
    if len(rows) != 1 or len(columns) != 1 or len(summed) != 1:
        return None
    if len(stack) + 2 != len(one) or len(stack) + 2 != len(two) or len(result) != len(stack) + 2:
        return None
    return (stack + rows[0] + summed[0], stack + summed[0] + columns[0]), stack + rows[0] + columns[0]


def _turned(expr: Expr, have: str, want: str) -> Expr:
    """The array with its axes in another order."""
    if have == want:
        return expr
    if want == have[::-1] and len(have) == 2:
        return attribute(expr, "T")
    return call(attribute(expr, "transpose"), *(constant(have.index(c)) for c in want))
