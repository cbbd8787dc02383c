"""Products of arrays that Numba does not know: `np.einsum`, and `@` of stacks of matrices."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from sct_ad.emit.numba.batches import batched_product
from sct_ad.emit.numba.support import implements, stands_for, tuple_setitem


@stands_for(np.einsum)
def einsum(subscripts: Any, *operands: Any) -> Any:
    """`np.einsum(subscripts, *operands)`."""
    return np.einsum(subscripts, *operands)


@implements(einsum, prefer_literal=True)
def _einsum(subscripts: Any, *operands: Any) -> Any:
    if len(operands) == 1 and isinstance(operands[0], (tuple, types.BaseTuple)):
        items: Any = operands[0]
        operands = tuple(items)
    text = getattr(subscripts, "literal_value", None)
    if not isinstance(text, str) or not all(isinstance(operand, types.Array) for operand in operands):
        return None
    labels, result = _labels(text)
    if len(labels) != len(operands) or not all(len(a) == b.ndim for a, b in zip(labels, operands)):
        return None
    dtype = np.result_type(*(as_dtype(operand.dtype) for operand in operands))
    space: dict[str, Any] = {"np": np, "dtype": dtype, "zero": dtype.type(0)}
    exec(einsum_text(labels, result), space)
    as_product = batched_product(labels, result) if _are_alike(operands) else None
    if as_product is None:
        return space["contracted"]
    space["loops"] = numba.njit(space["contracted"])
    exec(as_product, space)
    return space["as_product"]


def _are_alike(operands: tuple[Any, ...]) -> bool:
    """Whether operands are of one inexact type, of which BLAS has products."""
    dtypes = {operand.dtype for operand in operands}
    return len(dtypes) == 1 and isinstance(dtypes.pop(), types.Float | types.Complex)


def _labels(text: str) -> tuple[list[str], str]:
    """The labels of the operands and of the result."""
    text = text.replace(" ", "")
    given, arrow, result = text.partition("->")
    if not arrow:
        result = "".join(label for label in sorted(set(given) - {","}) if given.count(label) == 1)
    if not (given.replace(",", "") + result).isalpha():
        return [], ""
    return given.split(","), result


def einsum_text(labels: list[str], result: str) -> str:
    """The loops of an `einsum`, one for each label; sizes of 1 broadcast.

    >>> print(einsum_text(["ij", "j"], "i"))
    def contracted(subscripts, *operands):
        a0, a1 = operands
        n_i = n_j = 1
        for n in (a0.shape[0],):
            n_i = n if n_i == 1 else n_i
        for n in (a0.shape[1], a1.shape[0],):
            n_j = n if n_j == 1 else n_j
        if (a0.shape[0] != n_i and a0.shape[0] != 1) or (a0.shape[1] != n_j and a0.shape[1] != 1):
            raise ValueError('operands could not be broadcast together')
        if (a1.shape[0] != n_j and a1.shape[0] != 1):
            raise ValueError('operands could not be broadcast together')
        s0_0 = 0 if a0.shape[0] == 1 else 1
        s0_1 = 0 if a0.shape[1] == 1 else 1
        s1_0 = 0 if a1.shape[0] == 1 else 1
        out = np.empty((n_i,), dtype)
        for i in range(n_i):
            total = zero
            for j in range(n_j):
                total += a0[i * s0_0, j * s0_1] * a1[j * s1_0]
            out[i] = total
        return out
    """
    every = sorted({label for own in labels for label in own})
    places = {
        label: [f"a{k}.shape[{axis}]" for k, own in enumerate(labels) for axis, one in enumerate(own) if one == label]
        for label in every
    }
    names = ", ".join(f"a{k}" for k in range(len(labels)))
    lines = ["def contracted(subscripts, *operands):", f"    {names}{',' if len(labels) == 1 else ''} = operands"]
    if every:
        lines.append(f"    {' = '.join(f'n_{label}' for label in every)} = 1")
    for label in every:
        lines.append(f"    for n in ({', '.join(places[label])},):")
        lines.append(f"        n_{label} = n if n_{label} == 1 else n_{label}")
    for k, own in enumerate(labels):
        tests = [f"(a{k}.shape[{i}] != n_{one} and a{k}.shape[{i}] != 1)" for i, one in enumerate(own)]
        if tests:
            lines.append(f"    if {' or '.join(tests)}:")
            lines.append("        raise ValueError('operands could not be broadcast together')")
    for k, own in enumerate(labels):
        lines += [f"    s{k}_{i} = 0 if a{k}.shape[{i}] == 1 else 1" for i in range(len(own))]
    lines.append(f"    out = np.empty(({''.join(f'n_{label}, ' for label in result)}), dtype)".replace(", )", ",)"))
    depth = 1
    for label in result:
        lines.append("    " * depth + f"for {label} in range(n_{label}):")
        depth += 1
    lines.append("    " * depth + "total = zero")
    inside = depth
    for label in every:
        if label not in result:
            lines.append("    " * inside + f"for {label} in range(n_{label}):")
            inside += 1
    factors = [
        f"a{k}[{', '.join(f'{one} * s{k}_{i}' for i, one in enumerate(own))}]" if own else f"a{k}[()]"
        for k, own in enumerate(labels)
    ]
    lines.append("    " * inside + f"total += {' * '.join(factors)}")
    lines.append("    " * depth + f"out[{', '.join(result) or '()'}] = total")
    lines.append("    return out" if result else "    return out[()]")
    return "\n".join(lines)


def matmul(x: Any, y: Any) -> Any:
    """`x @ y` of arrays of any rank."""
    return np.matmul(x, y)


@implements(matmul)
def _matmul(x: Any, y: Any) -> Any:
    if not (isinstance(x, types.Array) and isinstance(y, types.Array)) or x.dtype != y.dtype:
        return None
    if not isinstance(x.dtype, (types.Float, types.Complex)) or not x.ndim or not y.ndim:
        return None
    if x.ndim <= 2 and y.ndim <= 2:
        return lambda x, y: x @ y
    if (x.ndim > 2 and y.ndim == 1) or x.ndim == 1:
        return None
    if y.ndim == 2:
        return _rows_times_matrix(x.ndim)
    return _stacks(x, y)


def _rows_times_matrix(rank: int) -> Any:
    """A stack of rows times one matrix is one product of matrices."""
    last = rank - 1

    def product(x: Any, y: Any) -> Any:
        rows = 1
        for k in range(last):
            rows *= x.shape[k]
        flat = np.ascontiguousarray(x).reshape((rows, x.shape[last]))
        shape = tuple_setitem(x.shape, last, y.shape[1])
        return (flat @ np.ascontiguousarray(y)).reshape(shape)

    return product


def _stacks(x: Any, y: Any) -> Any:
    """Stacks of matrices, which broadcast."""
    rank = max(x.ndim, y.ndim)
    ones = (1,) * rank
    dtype = as_dtype(x.dtype)
    shifts = rank - x.ndim, rank - y.ndim
    left, right = (0,) * x.ndim, (0,) * y.ndim

    @numba.njit
    def stack_shape(x: Any, y: Any) -> Any:
        shape = ones
        for k in range(shifts[0], rank):
            shape = tuple_setitem(shape, k, x.shape[k - shifts[0]])
        for k in range(shifts[1], rank):
            size = y.shape[k - shifts[1]]
            if k < rank - 2 and size != 1:
                if shape[k] != 1 and shape[k] != size:
                    raise ValueError("operands could not be broadcast together")
                shape = tuple_setitem(shape, k, size)
        return tuple_setitem(shape, rank - 1, y.shape[len(right) - 1])

    def product(x: Any, y: Any) -> Any:
        shape = stack_shape(x, y)
        out = np.empty(shape, dtype)
        rows, columns = shape[rank - 2], shape[rank - 1]
        inner, other = x.shape[len(left) - 1], y.shape[len(right) - 2]
        flat = out.reshape((-1, rows, columns)) if out.size else np.empty((0, rows, columns), dtype)
        if inner != other:
            raise ValueError("matmul: mismatch of the sizes that are summed over")
        xs, ys = np.ascontiguousarray(x), np.ascontiguousarray(y)
        flat_x, flat_y = xs.reshape((-1, rows, inner)), ys.reshape((-1, inner, columns))
        for k in range(len(flat)):
            rest, at_x, step_x, at_y, step_y = k, 0, 1, 0, 1
            for axis in range(rank - 3, -1, -1):
                place = rest % shape[axis]
                rest //= shape[axis]
                if axis >= shifts[0]:
                    size = x.shape[axis - shifts[0]]
                    at_x += step_x * (place if size != 1 else 0)
                    step_x *= size
                if axis >= shifts[1]:
                    size = y.shape[axis - shifts[1]]
                    at_y += step_y * (place if size != 1 else 0)
                    step_y *= size
            flat[k] = flat_x[at_x] @ flat_y[at_y]
        return out

    return product


def tensordot(x: Any, y: Any, of_x: Any, of_y: Any) -> Any:
    """`np.tensordot(x, y, (of_x, of_y))`: the axes are apart, for Numba knows no literals inside of a nested tuple."""
    return np.tensordot(x, y, (of_x, of_y))


@implements(tensordot, prefer_literal=True)
def _tensordot(x: Any, y: Any, of_x: Any, of_y: Any) -> Any:
    if not (isinstance(x, types.Array) and isinstance(y, types.Array)) or x.dtype != y.dtype:
        return None
    axes: list[Any] = [getattr(k, "literal_value", None) for k in (*of_x, *of_y)]
    if not isinstance(x.dtype, (types.Float, types.Complex)) or None in axes:
        return None
    summed_x, summed_y = tuple(axes[: len(axes) // 2]), tuple(axes[len(axes) // 2 :])
    kept_x = tuple(k for k in range(x.ndim) if k not in summed_x)
    kept_y = tuple(k for k in range(y.ndim) if k not in summed_y)

    def size(name: str, kept: tuple[int, ...]) -> str:
        return " * ".join(f"{name}.shape[{k}]" for k in kept) or "1"

    shape = [*(f"x.shape[{k}]" for k in kept_x), *(f"y.shape[{k}]" for k in kept_y)]
    tests = " or ".join(f"x.shape[{i}] != y.shape[{j}]" for i, j in zip(summed_x, summed_y)) or "False"
    code = f"""def product(x, y, of_x, of_y):
    if {tests}:
        raise ValueError("shape-mismatch for sum")
    inner = {size("x", summed_x)}
    left = np.ascontiguousarray(np.transpose(x, {kept_x + summed_x})).reshape(({size("x", kept_x)}, inner))
    right = np.ascontiguousarray(np.transpose(y, {summed_y + kept_y})).reshape((inner, {size("y", kept_y)}))
    return (left @ right).reshape(({"".join(f"{n}, " for n in shape)}))
"""
    space: dict[str, Any] = {"np": np}
    exec(code, space)
    return space["product"]


CONTRACTIONS: dict[Any, Any] = {np.matmul: matmul, np.tensordot: tensordot}
"""Functions of NumPy's -> those here that do the same, with other words for the axes of `tensordot`."""
