"""What is known at compile time of a symbol's value, rank, sizes and dtype."""

from __future__ import annotations

from typing import Any

from sct_ad.specialise.symbols import Runtime, Sequence, Symbol
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import (
    Dim,
    Dims,
    Size,
    equal_dims,
    is_not_one,
    same_size,
)
from sct_ad.syntax.values import (
    NO_VALUE,
    Array,
    Constant,
    Scalar,
    Tuple,
    kind,
)

Keywords = dict[str, Symbol]

WHOLE = nodes.constant(...)
"""The index of all there is."""


def is_number(symbol: Symbol) -> bool:
    """Whether something surely is a number."""
    return isinstance(symbol, Runtime) and isinstance(symbol.type, Scalar)


def is_array(symbol: Symbol) -> bool:
    """Whether something surely is an array, of whatever rank."""
    return isinstance(symbol, Runtime) and isinstance(symbol.type, Array)


def rank(symbol: Symbol) -> int | None:
    """The rank of a number or array; None where it is not known."""
    if is_number(symbol):
        return 0
    return symbol.type.ndim if isinstance(symbol, Runtime) and isinstance(symbol.type, Array) else None


def dims(symbol: Symbol) -> Dims | None:
    """The sizes of an array's dimensions as far as they are known."""
    if is_number(symbol):
        return ()
    return symbol.type.dims if isinstance(symbol, Runtime) and isinstance(symbol.type, Array) else None


def same_shape(left: Symbol, right: Symbol) -> bool:
    """Whether two values surely have equal shapes."""
    return equal_dims(dims(left), dims(right))


def fills(value: Dims | None, whole: Dims | None) -> bool:
    """Whether a shape that broadcasts to another one is that other one."""
    if value is None or whole is None or len(value) != len(whole):
        return False
    return all(same_size(a, b) or (is_not_one(a) and is_not_one(b)) for a, b in zip(value, whole))


def surely_differ(left: Size, right: Size) -> bool:
    """Whether two sizes cannot be equal."""
    if isinstance(left, int) and isinstance(right, int):
        return left != right
    return isinstance(left, Dim) and isinstance(right, Dim) and left.key == right.key and left.less != right.less


def dtype_of(symbol: Symbol) -> str:
    """The name of the dtype of an array or NumPy scalar; "" for a Python number, and where it is not known."""
    known = symbol.type.dtype if isinstance(symbol, Runtime) and isinstance(symbol.type, (Array, Scalar)) else ""
    return "" if known == "?" else known


def is_boolean(symbol: Symbol) -> bool:
    """Whether something is a bool, or an array of them."""
    return isinstance(symbol, Runtime) and kind(symbol.type) == "bool"


def known(symbol: Symbol | None, default: Any = NO_VALUE) -> Any:
    """The value of a symbol where it is known at compile time, a tuple or list of them included."""
    if symbol is None:
        return default
    if isinstance(symbol, Sequence):
        items = [known(part) for part in symbol.items]
        return NO_VALUE if any(i is NO_VALUE for i in items) else (list(items) if symbol.is_list else tuple(items))
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Tuple):
        items = [known(Runtime(part, symbol.atom)) for part in symbol.type.items]
        return NO_VALUE if any(i is NO_VALUE for i in items) else tuple(items)
    if isinstance(symbol, Runtime) and isinstance(symbol.type, (Constant, Scalar)):
        return symbol.type.value
    return NO_VALUE
