"""Products of arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from sct_ad.rules.typing import matrices
from sct_ad.rules.typing.constructors import as_array, is_none
from sct_ad.rules.typing.operators import elementwise
from sct_ad.rules.typing.probe import probe, shaped
from sct_ad.rules.typing.sizes import fresh, product, static
from sct_ad.rules.typing.table import FALSE, NONE, TWO, members, rule
from sct_ad.syntax.asking import ask_for_sizes
from sct_ad.syntax.dims import Dims, Size, broadcast, lower_bound
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    List,
    Matrix,
    Scalar,
    Tuple,
    Unknown,
    dims_of,
)


def matmul_dims(left: Dims | None, right: Dims | None) -> Dims | None:
    """The dims of `left @ right`."""
    if left is None or right is None:
        return None
    if not left or not right:
        raise ValueError("matmul of a scalar")
    batch = broadcast(left[:-2], right[:-2]) or ()
    return (*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))


def dot_dims(left: Dims | None, right: Dims | None) -> Dims | None:
    """The dims of `np.dot(left, right)`."""
    if left is None or right is None:
        return None
    if not left or not right:
        return left or right
    return (*left[:-1], *(right[:-2] + right[-1:] if len(right) > 1 else ()))


def _number_or_array(value: Abstract) -> Abstract:
    return value if isinstance(value, Scalar) else as_array(value)


@rule(np.matmul, operator.matmul, *members(np.linalg, "matmul"))
def matmul(function: Any, x1: Abstract, x2: Abstract, out: Abstract = NONE, **keywords: Abstract) -> Abstract:
    """`a @ b`."""
    if isinstance(x1, Matrix) or isinstance(x2, Matrix):
        return matrices.product(x1, x2)
    if isinstance(x1, Unknown) and isinstance(x2, Unknown) and function is operator.matmul:
        return UNKNOWN
    left, right = as_array(x1), as_array(x2)
    return shaped(np.matmul, matmul_dims(left.dims, right.dims), [left, right]) if is_none(out) else out


@rule(np.dot)
def dot(function: Any, a: Abstract, b: Abstract, out: Abstract = NONE) -> Abstract:
    """`np.dot(a, b)`."""
    if not is_none(out):
        return out
    left, right = _number_or_array(a), _number_or_array(b)
    return shaped(function, dot_dims(dims_of(left), dims_of(right)), [left, right])


@rule(np.outer, *members(np.linalg, "outer"))
def outer(function: Any, a: Abstract, b: Abstract, out: Abstract = NONE) -> Abstract:
    """`np.outer(a, b)`: both flattened."""
    left, right = as_array(a), as_array(b)
    dims = [fresh() if v.dims is None else product(v.dims) for v in (left, right)]
    return shaped(function, tuple(dims), [left, right])


@rule(np.inner)
def inner(function: Any, a: Abstract, b: Abstract) -> Abstract:
    """`np.inner(a, b)`."""
    left, right = _number_or_array(a), _number_or_array(b)
    one, other = dims_of(left), dims_of(right)
    dims = None if one is None or other is None else (*one[:-1], *other[:-1]) if one and other else one or other
    return shaped(function, dims, [left, right])


@rule(np.vdot)
def vdot(function: Any, a: Abstract, b: Abstract) -> Abstract:
    """`np.vdot(a, b)`."""
    left, right = as_array(a), as_array(b)
    return shaped(function, (), [Array(left.dtype, (1,)), Array(right.dtype, (1,))])


@rule(np.tensordot, *members(np.linalg, "tensordot"))
def tensordot(function: Any, a: Abstract, b: Abstract, axes: Abstract = TWO) -> Abstract:
    """`np.tensordot(a, b, axes)`."""
    left, right, where = as_array(a), as_array(b), static(axes)
    if left.dims is None or right.dims is None or where is NO_VALUE:
        return Array()
    if isinstance(where, int):
        dims = left.dims[: len(left.dims) - where] + right.dims[where:]
    else:
        mine, yours = ([w] if isinstance(w, int) else w for w in where)
        mine, yours = {k % len(left.dims) for k in mine}, {k % len(right.dims) for k in yours}
        dims = tuple(d for k, d in enumerate(left.dims) if k not in mine)
        dims += tuple(d for k, d in enumerate(right.dims) if k not in yours)
    return shaped(function, dims, [left, right], {"axes": axes})


@rule(np.einsum)
def einsum(
    function: Any, subscripts: Abstract, *operands: Abstract, optimize: Abstract = FALSE, out: Abstract = NONE
) -> Abstract:
    """`np.einsum("ij,j->i", a, b)`."""
    arrays = [as_array(v) for v in operands]
    text = static(subscripts)
    if not isinstance(text, str) or any(a.dims is None for a in arrays):
        return Array()
    return shaped(function, einsum_dims(text, [a.dims or () for a in arrays]), [subscripts, *arrays])


def einsum_dims(subscripts: str, operands: list[Dims]) -> Dims:
    """The dims of an einsum, from its subscripts."""
    text = subscripts.replace(" ", "")
    inputs, _, output = text.partition("->")
    sizes: dict[str, list[Size]] = {}
    rest: Dims | None = ()
    for term, dims in zip(inputs.split(","), operands, strict=True):
        before, dots, after = term.partition("...")
        if dots:
            rest = broadcast(rest, dims[len(before) : len(dims) - len(after)])
        labelled = [*zip(before, dims)]
        labelled += zip(after, dims[len(dims) - len(after) :], strict=True)
        for label, size in labelled:
            sizes.setdefault(label, []).append(size)
    if "->" not in text:
        letters = inputs.replace(",", "").replace(".", "")
        output = ("..." if "..." in inputs else "") + "".join(c for c in sorted(sizes) if letters.count(c) == 1)
    result: list[Size] = []
    before, dots, after = output.partition("...")
    result += [_label_size(sizes[label]) for label in before]
    result += (rest or ()) if dots else ()
    return (*result, *(_label_size(sizes[label]) for label in after))


def _label_size(sizes: list[Size]) -> Size:
    """Sizes under one label are equal or 1."""
    found: Dims = ()
    for size in sizes:
        found = broadcast(found, (size,)) or ()
    return found[0]


@rule(np.cross, *members(np.linalg, "cross"))
def cross(function: Any, a: Abstract, b: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`np.cross(a, b)` of three-dimensional vectors along the last axis."""
    left, right = as_array(a), as_array(b)
    if args or keywords or left.dims is None or right.dims is None:
        return _tried_cross(function, left, right, args, keywords)
    if left.dims[-1] == 2 or right.dims[-1] == 2:
        return Array()
    if 3 not in (left.dims[-1], right.dims[-1]) and max(map(lower_bound, (left.dims[-1], right.dims[-1]))) < 3:
        ask_for_sizes()
        # In NumPy 2 vectors of length 2 are on their way out; where they still work the rank is lower.
        return Array(elementwise_dtype(left, right))
    return Array(elementwise_dtype(left, right), (*(broadcast(left.dims[:-1], right.dims[:-1]) or ()), 3))


def _tried_cross(
    function: Any, left: Array, right: Array, args: tuple[Abstract, ...], keywords: dict[str, Abstract]
) -> Abstract:
    """Along other axes: the rank and dtype that come out for vectors in space."""
    if left.dims is None or right.dims is None:
        return Array()
    sides = [Array(v.dtype, (3,) * len(v.dims or ())) for v in (left, right)]
    return probe(function, [*sides, *args], keywords)


def elementwise_dtype(left: Array, right: Array) -> str:
    """The dtype of the product of two arrays."""
    found = elementwise(np.multiply, [Array(left.dtype, (1,)), Array(right.dtype, (1,))])
    return found.dtype if isinstance(found, Array) else ""


@rule(np.kron)
def kron(function: Any, a: Abstract, b: Abstract) -> Abstract:
    """`np.kron(a, b)`."""
    left, right = as_array(a), as_array(b)
    if left.dims is None or right.dims is None:
        return Array()
    rank = max(len(left.dims), len(right.dims))
    padded = [(1,) * (rank - len(v.dims or ())) + (v.dims or ()) for v in (left, right)]
    return shaped(function, tuple(map(product, zip(*padded, strict=True))), [left, right])


@rule(np.linalg.multi_dot)
def multi_dot(function: Any, arrays: Abstract) -> Abstract:
    """`np.linalg.multi_dot(arrays)`."""
    if not isinstance(arrays, (Tuple, List)) or not arrays.items:
        return Array()
    found: Abstract = arrays.items[0]
    for item in arrays.items[1:]:
        found = dot(np.dot, found, item)
    return found
