"""Python's operators, on numbers, arrays and sequences."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.rules.typing import matrices, sizes
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.probe import describe, shaped, trial, unit_type
from sct_ad.rules.typing.sizes import int_size, static, static_int
from sct_ad.rules.typing.table import FALSE, find, members, rule
from sct_ad.syntax.dims import Dims, Size, broadcast, is_exact
from sct_ad.syntax.values import (
    BOOL,
    INT,
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Matrix,
    Opaque,
    Range,
    Scalar,
    Tuple,
    Unknown,
    dims_of,
    join_all,
    kind_of_dtype,
    opened,
)

_ARITHMETIC = "add sub mul truediv floordiv mod pow and_ or_ xor lshift rshift neg pos invert abs"
_COMPARISONS = "eq ne lt le gt ge"
_IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift imatmul"
_BIGGEST_POWER = 4096
_LONGEST = 1000


def fold(function: Callable[..., Any], args: list[Abstract]) -> Abstract | None:
    """The value itself, for Python numbers known at compile time."""
    if not args or not all(isinstance(a, Scalar) and a.dtype == "" and a.value is not NO_VALUE for a in args):
        return None
    values = [a.value for a in args if isinstance(a, Scalar)]
    if function in (operator.pow, pow, operator.lshift) and all(isinstance(v, int) for v in values):
        if values[0].bit_length() * abs(values[1]) > _BIGGEST_POWER:
            return None
    try:
        return describe(trial(function, *values), keep=True)
    except Exception:  # the program raises this at run time, if it gets there
        return None


def is_array_like(value: Abstract) -> bool:
    """Whether NumPy decides what an operator does with this operand."""
    return isinstance(value, Array) or (isinstance(value, Scalar) and value.dtype not in ("", "?"))


def is_sequence(value: Abstract) -> bool:
    """Whether a value is a tuple or list."""
    return isinstance(value, (Tuple, List))


_STRING = Opaque(str)


def is_string(value: Abstract) -> bool:
    """Whether a value is a string."""
    if isinstance(value, Constant):
        return isinstance(value.value, str)
    return isinstance(value, Opaque) and value == _STRING


def elementwise(function: Any, args: list[Abstract], keywords: dict[str, Abstract] | None = None) -> Abstract:
    """The result of broadcasting a function over all its array and number arguments."""
    args = [as_array(a) if isinstance(a, (Tuple, List, Range)) else a for a in args]
    dims: Dims | None = ()
    for value in [*args, *(keywords or {}).values()]:
        if not isinstance(value, Constant):
            dims = broadcast(dims, dims_of(value))
    return shaped(function, dims, args, keywords)


@rule(*members(operator, _ARITHMETIC), abs)
def arithmetic(function: Any, *args: Abstract) -> Abstract:
    """`x + y`, `-x` and the like."""
    known = fold(function, list(args))
    if known is not None:
        return known
    if not all(isinstance(a, (Array, Scalar)) for a in args) and (other := _of_others(function, args)) is not None:
        return other
    if function is operator.pow and isinstance(args[0], Array):
        return join_all([elementwise(function, [args[0], exponent]) for exponent in _exponents(args[1])])
    result = elementwise(function, list(args))
    if isinstance(result, Scalar) and result.kind == "int":
        size = _int_arithmetic(function, args)
        return Scalar("int", result.dtype, size=size) if size is not None else result
    return result


def _of_others(function: Any, args: tuple[Abstract, ...]) -> Abstract | None:
    """The result where some argument is no number or array; None where there are only such and what may be one."""
    if any(map(is_string, args)):
        return _string(function, args)
    if any(map(is_sequence, args)):
        return _sequence(function, args)
    if any(isinstance(a, Unknown) for a in args) and not any(map(is_array_like, args)):
        return UNKNOWN
    if function is operator.or_ and len(args) == 2 and all(isinstance(a, Dict) for a in args):
        return join_all([opened(a) for a in args if isinstance(a, Dict)])
    if any(isinstance(a, Matrix) for a in args):
        return matrices.arithmetic(list(args))
    if any(isinstance(a, (Constant, Opaque, Dict, Range)) for a in args):
        return UNKNOWN
    return None


def _exponents(value: Abstract) -> list[Abstract]:
    """NumPy raises to a scalar of its own by squaring or the like where it can, without promotion."""
    if isinstance(value, Array) and value.dims == () and kind_of_dtype(value.dtype) in ("int", "float"):
        value = Scalar(kind_of_dtype(value.dtype), value.dtype)
    if isinstance(value, Scalar) and value.dtype and value.value is NO_VALUE and value.kind != "bool":
        return [Scalar(value.kind, value.dtype, number) for number in (2, 3)]
    return [value]


def _string(function: Any, args: tuple[Abstract, ...]) -> Abstract:
    values = [static(a) for a in args]
    if function is operator.add and all(isinstance(v, str) for v in values):
        return Constant("".join(values))
    return Opaque(str) if function in (operator.add, operator.mod, operator.mul) else UNKNOWN


def _sequence(function: Any, args: tuple[Abstract, ...]) -> Abstract:
    if len(args) == 2:
        left, right = args
        if function is operator.add and isinstance(left, Tuple) and isinstance(right, Tuple):
            return Tuple(left.items + right.items)
        if function is operator.add and isinstance(left, List) and isinstance(right, List):
            return joined_lists(left, right)
        if function is operator.mul and not any(isinstance(a, Array) for a in args):
            sequence, times = (left, right) if is_sequence(left) else (right, left)
            if isinstance(times, Scalar) and times.kind in ("int", "bool"):
                return _repeated(sequence, static_int(times))
    return elementwise(function, list(args)) if any(map(is_array_like, args)) else UNKNOWN


def joined_lists(left: List, right: List) -> List:
    """The type of `left + right`."""
    if left.items is not None and right.items is not None:
        return List(left.items + right.items)
    return List(None, join_all(elements(left) + elements(right)))


def elements(value: List | Tuple) -> list[Abstract]:
    """The types that the elements of a sequence have."""
    items = value.items
    return list(items) if items is not None else [value.element]  # type: ignore[union-attr]


def _repeated(sequence: Abstract, times: int | None) -> Abstract:
    assert isinstance(sequence, (Tuple, List))
    if sequence.items is not None and times is not None and len(sequence.items) * times <= _LONGEST:
        return type(sequence)(sequence.items * times)
    return List(None, join_all(elements(sequence))) if isinstance(sequence, List) else UNKNOWN


def _int_arithmetic(function: Any, args: tuple[Abstract, ...]) -> Size | None:
    """The size that an int result equals, for what is exact on sizes."""
    if len(args) != 2:
        return None
    left, right = args
    number = static_int(right)
    if function is operator.sub and number is not None and int_size(left) is not None:
        return sizes.plus(int_size(left) or 0, -number)
    if function is operator.add:
        for size, other in ((int_size(left), right), (int_size(right), left)):
            more = static_int(other)
            if more is not None and size is not None:
                # A difference that was perhaps cut off at 0 cannot be added to exactly.
                return sizes.plus(size, more) if is_exact(size) or more <= 0 else None
    both = (int_size(left), int_size(right))
    if any(s is None or not is_exact(s) for s in both):
        return None
    if function is operator.add:
        return sizes.total(s for s in both if s is not None)
    if function is operator.mul and not any((static_int(a) or 0) < 0 for a in args):
        return sizes.product(s for s in both if s is not None)
    if function is operator.floordiv and number is not None and number > 0:
        return sizes.derived("floordiv", both[0], number)
    return None


@rule(*members(operator, _COMPARISONS))
def comparison(function: Any, left: Abstract, right: Abstract) -> Abstract:
    """`x < y` and the like."""
    known = fold(function, [left, right])
    if known is not None:
        return known
    if isinstance(left, Array) or isinstance(right, Array):
        return elementwise(function, [left, right])
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return unit_type(function, [left, right]) or BOOL
    if function in (operator.eq, operator.ne):
        equal = _equal(left, right)
        if equal is not None:
            return Scalar("bool", "", equal == (function is operator.eq))
    return UNKNOWN if isinstance(left, Unknown) or isinstance(right, Unknown) else BOOL


def _equal(left: Abstract, right: Abstract) -> bool | None:
    """Whether two values other than numbers are equal, as far as their types tell."""
    values = static(left), static(right)
    if NO_VALUE not in [v if v is NO_VALUE else None for v in values] and all(map(_plain, values)):
        return bool(values[0] == values[1])
    if isinstance(left, Tuple) and isinstance(right, Tuple) and len(left.items) != len(right.items):
        return False
    nothing = Constant(None)
    if left == nothing or right == nothing:
        other = right if left == nothing else left
        return False if isinstance(other, (Scalar, Tuple, List, Dict, Range)) else None
    return None


def _plain(value: Any) -> bool:
    """Whether comparing a constant calls no code but Python's own."""
    if isinstance(value, (tuple, list)):
        return all(map(_plain, value))
    return value is None or isinstance(value, (str, int, float, complex, type, np.dtype)) or callable(value)


@rule(operator.is_, operator.is_not)
def identity(function: Any, left: Abstract, right: Abstract) -> Abstract:
    """`x is None`, `f is np.sin`."""
    same = _identical(left, right)
    return BOOL if same is None else Scalar("bool", "", same == (function is operator.is_))


def _identical(left: Abstract, right: Abstract) -> bool | None:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, Constant) and isinstance(right, Constant):
        if isinstance(left.value, str) and isinstance(right.value, str):
            return None if left.value == right.value else False
        return left.value is right.value
    if isinstance(left, Constant) or isinstance(right, Constant):
        constant, other = (left, right) if isinstance(left, Constant) else (right, left)
        return False if isinstance(constant, Constant) and constant.value is None and other != Opaque(object) else None
    if isinstance(left, Scalar) and isinstance(right, Scalar) and left.kind == right.kind == "bool":
        if left.dtype == right.dtype == "" and NO_VALUE not in (left.value, right.value):
            return left.value is right.value
    return None


def truth(value: Abstract) -> bool | None:
    """Whether a value counts as true, as far as its type tells."""
    if isinstance(value, Scalar):
        return None if value.value is NO_VALUE else bool(value.value)
    if isinstance(value, Constant):
        return bool(value.value) if value.value is None or isinstance(value.value, (str, type)) else _callable(value)
    if is_sequence(value) and value.items is not None:  # type: ignore[attr-defined]
        return bool(value.items)  # type: ignore[attr-defined]
    if isinstance(value, Dict) and value.items is not None:
        return bool(value.items)
    return None


def _callable(value: Constant) -> bool | None:
    return True if callable(value.value) and type(value.value).__module__ in ("builtins", "numpy", "types") else None


@rule(operator.not_, operator.truth, bool)
def truth_value(function: Any, value: Abstract = FALSE) -> Abstract:
    """`not x`, `bool(x)`: always a Python bool."""
    known = truth(value)
    return BOOL if known is None else Scalar("bool", "", known != (function is operator.not_))


@rule(operator.contains)
def membership(function: Any, container: Abstract, item: Abstract) -> Abstract:
    """`item in container`."""
    where, what = static(container), static(item)
    if isinstance(container, Dict) and container.items is not None:
        where = tuple(key for key, _ in container.items)
    if where is not NO_VALUE and what is not NO_VALUE and _plain(what):
        if (isinstance(where, (tuple, list)) and _plain(where)) or (isinstance(where, str) and isinstance(what, str)):
            return Scalar("bool", "", what in where)
    return BOOL


@rule(*members(operator, _IN_PLACE))
def in_place(function: Any, left: Abstract, right: Abstract) -> Abstract:
    """`x += y`: arrays keep their type, lists grow, everything else is replaced."""
    if isinstance(left, Array) and left.dims is not None:
        return left
    if isinstance(left, List) and function is operator.iadd:
        if isinstance(right, (List, Tuple)):
            return joined_lists(left, right if isinstance(right, List) else List(right.items))
        return List(None, UNKNOWN)
    name = function.__name__[1:]
    plain = getattr(operator, name, None) or getattr(operator, name + "_")
    plain_rule = find(plain)
    found = plain_rule(plain, left, right) if plain_rule else UNKNOWN
    if isinstance(left, Array):  # of unknown rank: an array that keeps its dtype, or a number that is replaced
        return Array(left.dtype if isinstance(found, Array) and found.dtype == left.dtype else "")
    return found


@rule(operator.index)
def index(function: Any, value: Abstract) -> Abstract:
    """The Python int of an integer."""
    return INT
