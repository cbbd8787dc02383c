"""Sums of products of two arrays in adjoints as products of matrices, which are many times as fast."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import alike
from sct_ad.optimise.workspace import is_adjoint
from sct_ad.runtime.einsum import read_subscripts
from sct_ad.syntax.dims import is_not_one, same_size
from sct_ad.syntax.nodes import Expr, attribute, binary, call, constant, copy, statements, walk
from sct_ad.syntax.values import Array, kind

_NUMBERS = ("float", "complex")


def contractions(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write `np.einsum` of two stacks of matrices as `@`, where each product has a row, a column and a sum of its own.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(x, y):\\n    bz = np.einsum('nki,nkj->kij', x, y)"
    >>> whole = Array("float64", tuple(Dim(k, not_one=True) for k in "nki"))
    >>> show(contractions, text, {"bz"}, adjoint=True, x=whole, y=whole)
    def f(x, y):
        bz = x.transpose(1, 2, 0) @ y.transpose(1, 0, 2)
    """
    if not any(_is_contraction(node, facts) for node in walk(fn.body)):
        return fn
    fn = copy(fn)
    for stmt in statements(fn.body):
        if is_adjoint(stmt):
            _rewrite(stmt, facts)
    return fn


def _is_contraction(node: Any, facts: Facts) -> bool:
    """Whether a node calls `np.einsum` for two operands."""
    return isinstance(node, gast.Call) and len(node.args) == 3 and facts.resolve(node.func) is np.einsum


def _rewrite(node: Any, facts: Facts) -> None:
    """Each contraction below a node, but those of statements in it, in place."""
    for key in node._fields:
        child = getattr(node, key, None)
        if isinstance(child, list):
            for index, item in enumerate(child):
                if isinstance(item, gast.AST) and not isinstance(item, gast.stmt):
                    _rewrite(item, facts)
                    child[index] = _as_matrices(item, facts)
        elif isinstance(child, gast.AST):
            _rewrite(child, facts)
            setattr(node, key, _as_matrices(child, facts))


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
    if not (same_size(length, other) or (is_not_one(length) and is_not_one(other))):
        return expr  # one may be stretched from size 1
    product = binary(_turned(operands[0], one, left), gast.MatMult(), _turned(operands[1], two, right))
    product = _turned(product, made, result)
    return product if alike(facts.type_of(expr), facts.type_of(product)) else expr


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
