"""Python's builtins and the methods of its own types."""

from __future__ import annotations

import builtins
import cmath
import collections
import copy
import math
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.rules.typing import operators
from sct_ad.rules.typing.attributes import attribute_type
from sct_ad.rules.typing.constructors import is_none, range_size
from sct_ad.rules.typing.indexing import indexed, item_type, items_of
from sct_ad.rules.typing.operators import fold
from sct_ad.rules.typing.probe import unit_type
from sct_ad.rules.typing.sizes import int_of, int_size, is_from_zero, static, static_int
from sct_ad.rules.typing.table import LAST, NO_ITEMS, NONE, ONE, ZERO, members, rule
from sct_ad.runtime import patterns, sequences
from sct_ad.syntax.values import (
    BOOL,
    FLOAT,
    INT,
    NO_VALUE,
    UNDEFINED,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    Factory,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
    Unknown,
    forget_value,
    join,
    join_all,
    may_carry_derivative,
    opened,
)

_PYTHON = {"bool": bool, "int": int, "float": float, "complex": complex}


@rule(builtins.max, builtins.min)
def extreme(function: Any, *args: Abstract, key: Abstract = NONE, default: Abstract | None = None) -> Abstract:
    """`max(a, b)`, `max(values)`."""
    candidates = list(args)
    if len(args) == 1:
        found = items_of(args[0])
        candidates = found if found else [item_type(args[0])]
    if is_none(key) and default is None:
        known = fold(function, candidates)
        if known is not None and len(candidates) > 1:
            return known
    if default is not None:
        candidates.append(default)
    return join_all([forget_value(c) for c in candidates]) if len(candidates) > 1 else candidates[0]


@rule(builtins.sum)
def sum_(function: Any, iterable: Abstract, start: Abstract = ZERO) -> Abstract:
    """`sum(values)`."""
    found = items_of(iterable)
    total = start
    if found is not None:
        for item in found:
            total = operators.arithmetic(operator.add, total, item)
        return total
    item = item_type(iterable)
    if item == UNDEFINED:  # nothing has been put in yet
        return forget_value(start)
    once = operators.arithmetic(operator.add, forget_value(start), item)
    twice = join(once, operators.arithmetic(operator.add, once, item))
    # An empty sequence gives the start itself.
    nonempty = isinstance(iterable, Array) and iterable.dims and isinstance(iterable.dims[0], int) and iterable.dims[0]
    return twice if nonempty else join(forget_value(start), twice)


@rule(builtins.len)
def len_(function: Any, value: Abstract) -> Abstract:
    """`len(x)`."""
    if isinstance(value, (Tuple, List, Dict)) and value.items is not None:
        return int_of(len(value.items))
    if isinstance(value, Array) and value.dims:
        return int_of(value.dims[0])
    if isinstance(value, Range) and value.size is not None:
        return int_of(value.size)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return int_of(len(value.value))
    return INT


@rule(builtins.range)
def range_(function: Any, *args: Abstract) -> Abstract:
    """`range(n)`."""
    start = args[0] if len(args) > 1 else ZERO
    stop = args[1] if len(args) > 1 else args[0]
    step = args[2] if len(args) > 2 else ONE
    numbers = [static_int(part) for part in (start, stop, step)]
    known = range(*numbers) if None not in numbers and numbers[2] else None  # type: ignore[arg-type]
    by = numbers[2]
    rises = by is not None and by > 0 and is_from_zero(start)
    falls = by is not None and by < 0 and (numbers[1] == -1 or is_from_zero(stop))
    return Range(range_size(start, stop, step), known, rises or falls)


@rule(builtins.pow)
def pow_(function: Any, base: Abstract, exp: Abstract, mod: Abstract = NONE) -> Abstract:
    """`pow(x, y)`."""
    return operators.arithmetic(operator.pow, base, exp) if is_none(mod) else INT


@rule(builtins.round)
def round_(function: Any, number: Abstract, ndigits: Abstract = NONE) -> Abstract:
    """`round(x)`: an int; `round(x, 2)`: of the type of x."""
    given = [number] if is_none(ndigits) else [number, ndigits]
    return fold(function, given) or unit_type(function, given) or UNKNOWN


@rule(builtins.divmod)
def divmod_(function: Any, x: Abstract, y: Abstract) -> Abstract:
    """`divmod(x, y)`."""
    return Tuple(tuple(operators.arithmetic(part, x, y) for part in (operator.floordiv, operator.mod)))


@rule(builtins.float, builtins.complex)
def float_(function: Any, value: Abstract = ZERO, imag: Abstract = ZERO) -> Abstract:
    """`float(x)`."""
    given = [value] if function is float else [value, imag]
    return fold(function, given) or Scalar(function.__name__)


@rule(builtins.int)
def int_(function: Any, value: Abstract = ZERO, base: Abstract = NONE) -> Abstract:
    """`int(x)`: keeps what is known of an int."""
    known = fold(function, [value])
    if known is not None:
        return known
    size = int_size(value)
    return INT if size is None else Scalar("int", "", size=size)


def classes_of(value: Abstract) -> list[type] | None:
    """The classes that a value of this type can have; None where not all are known.

    A number of kind float may also be an int or bool: where paths meet, the wider kind stands for both.
    """
    if isinstance(value, Scalar):
        if value.dtype not in ("", "?"):
            return [np.dtype(value.dtype).type]
        narrower = list(_PYTHON)[: list(_PYTHON).index(value.kind) + 1]
        return [_PYTHON[k] for k in narrower] if value.dtype == "" else None
    if isinstance(value, Array):
        return [np.ndarray] if value.dims else None
    if isinstance(value, Constant):
        return [type(value.value)]
    for cls, python in ((Tuple, tuple), (List, list), (Dict, dict), (Range, range)):
        if isinstance(value, cls):
            return [python]
    return [value.cls] if isinstance(value, Opaque) and value.cls is not object else None


@rule(builtins.isinstance)
def isinstance_(function: Any, value: Abstract, cls: Abstract) -> Abstract:
    """`isinstance(x, cls)`, decided where the type tells."""
    wanted, classes = static(cls), classes_of(value)
    if wanted is NO_VALUE or classes is None:
        return BOOL
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    # A class may stand for its subclasses (a tuple for a NamedTuple): only a yes is sure if one is asked for.
    exact = isinstance(value, (Scalar, Constant))
    if not exact and any(issubclass(w, c) and w is not c for w in wanted for c in classes):
        return BOOL
    answers = {issubclass(c, wanted) for c in classes}
    return Scalar("bool", "", answers.pop()) if len(answers) == 1 else BOOL


@rule(builtins.issubclass)
def issubclass_(function: Any, cls: Abstract, parent: Abstract) -> Abstract:
    """`issubclass(cls, parent)`."""
    given = static(cls), static(parent)
    return BOOL if NO_VALUE in given else Scalar("bool", "", issubclass(*given))


@rule(builtins.callable)
def callable_(function: Any, value: Abstract) -> Abstract:
    """`callable(f)`."""
    if isinstance(value, Constant):
        return Scalar("bool", "", callable(value.value))
    return BOOL if isinstance(value, (Unknown, Opaque)) else Scalar("bool", "", False)


@rule(builtins.hasattr)
def hasattr_(function: Any, value: Abstract, name: Abstract) -> Abstract:
    """`hasattr(x, "shape")`."""
    attr, classes = static(name), classes_of(value)
    if not isinstance(attr, str) or classes is None:
        return BOOL
    if isinstance(value, Constant):
        return Scalar("bool", "", hasattr(value.value, attr))
    answers = {hasattr(c, attr) for c in classes}
    # An object can have more attributes than its class tells.
    plain = isinstance(value, (Scalar, Array, Tuple, List, Dict, Range))
    return Scalar("bool", "", answers.pop()) if len(answers) == 1 and plain else BOOL


@rule(builtins.getattr)
def getattr_(function: Any, value: Abstract, name: Abstract, default: Abstract | None = None) -> Abstract:
    """`getattr(x, "shape")`."""
    attr = static(name)
    found = attribute_type(value, attr) if isinstance(attr, str) else UNKNOWN
    return found if default is None else join(found, default)


@rule(builtins.type)
def type_(function: Any, value: Abstract) -> Abstract:
    """`type(x)`."""
    classes = classes_of(value)
    sure = classes is not None and len(classes) == 1 and not isinstance(value, (Tuple, Opaque))
    return Constant(classes[0]) if sure and classes else Opaque(type)


@rule(builtins.tuple)
def tuple_(function: Any, value: Abstract = NO_ITEMS) -> Abstract:
    """`tuple(values)`."""
    found = items_of(value)
    if found is not None:
        return Tuple(tuple(found))
    return UNKNOWN if may_carry_derivative(value) else Opaque(tuple)


@rule(builtins.list)
def list_(function: Any, value: Abstract = NO_ITEMS) -> Abstract:
    """`list(values)`."""
    found = items_of(value)
    return List(None, item_type(value)) if found is None else List(tuple(found))


@rule(builtins.sorted)
def sorted_(function: Any, values: Abstract, *, key: Abstract = NONE, reverse: Abstract = NONE) -> Abstract:
    """`sorted(values)`: which element comes where is not known."""
    found = items_of(values)
    if not found:
        return List(None, item_type(values))
    return List((join_all([forget_value(v) for v in found]),) * len(found))


@rule(builtins.enumerate, builtins.zip, builtins.reversed, builtins.iter, builtins.filter)
def iterator(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """An iterator; nothing is known of its items where they may carry a derivative."""
    carries = any(may_carry_derivative(a) for a in args)
    # `reversed` and `iter` ask their argument for an iterator of its own class.
    return UNKNOWN if carries else Opaque(function if function in (enumerate, zip, filter) else object)


@rule(builtins.any, builtins.all, patterns.is_sequence, patterns.is_mapping)
def any_(function: Any, values: Abstract) -> Abstract:
    """`any(values)`, `is_sequence(x)`: always a Python bool."""
    return BOOL


@rule(builtins.next)
def next_(function: Any, values: Abstract, default: Abstract = NONE) -> Abstract:
    """`next(iterator)`."""
    return UNKNOWN


@rule(builtins.str, builtins.repr, builtins.format, builtins.chr, builtins.ascii, builtins.hex, builtins.bin)
def text(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`str(x)`."""
    return Opaque(str)


@rule(builtins.hash, builtins.id, builtins.ord)
def number(function: Any, value: Abstract) -> Abstract:
    """An int of which nothing is known."""
    return INT


@rule(builtins.print)
def nothing(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function that returns None."""
    return NONE


@rule(builtins.slice)
def slice_(function: Any, *args: Abstract) -> Abstract:
    """`slice(a, b)`."""
    found = [static(a) for a in args]
    return Opaque(slice) if NO_VALUE in [f if f is NO_VALUE else None for f in found] else Constant(slice(*found))


@rule(builtins.dict)
def dict_(function: Any, *args: Abstract, **items: Abstract) -> Abstract:
    """`dict(a=1)`."""
    if not args:
        return Dict(tuple(items.items()))
    return replace(args[0], default=None) if len(args) == 1 and isinstance(args[0], Dict) and not items else UNKNOWN


@rule(collections.defaultdict, collections.OrderedDict)
def empty_dict(function: Any, *args: Abstract) -> Abstract:
    """`defaultdict(list)`, without items of its own."""
    factory = static(args[0]) if args else None
    known = factory is None or callable(factory)
    return Dict((), default=Factory(factory) if args and callable(factory) else None) if known else UNKNOWN


@rule(builtins.set, builtins.frozenset)
def set_(function: Any, values: Abstract = NO_ITEMS) -> Abstract:
    """`set(values)`."""
    return UNKNOWN if may_carry_derivative(values) else Opaque(function)


@rule(copy.copy, copy.deepcopy, list.copy, dict.copy)
def copied(function: Any, value: Abstract, memo: Abstract = NONE) -> Abstract:
    """A copy has the type of the original."""
    return value


@rule(operator.getitem)
def getitem(function: Any, value: Abstract, index: Abstract) -> Abstract:
    """`value[index]`."""
    return indexed(value, [index] if not isinstance(index, Tuple) else list(index.items), isinstance(index, Tuple))


@rule(
    operator.setitem,
    operator.delitem,
    *members(list, "append extend insert remove clear sort reverse"),
    *members(dict, "clear update"),
    sequences.restore_entry,
)
def mutation(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function that changes its first argument and returns None."""
    return NONE


@rule(list.pop)
def list_pop(function: Any, values: Abstract, index: Abstract = LAST) -> Abstract:
    """`values.pop()`."""
    return indexed(values, [index])


@rule(sequences.sort_order)
def sort_order(function: Any, keys: Abstract, reverse: Abstract = NONE) -> Abstract:
    """`sort_order(keys)`: positions."""
    return List(None, INT)


@rule(sequences.take_items)
def take_items(function: Any, items: Abstract, places: Abstract) -> Abstract:
    """`take_items(items, places)`: a new list."""
    return List(None, opened(items).element if isinstance(items, Dict) else item_type(items))


@rule(list.index, list.count, tuple.index, tuple.count)
def list_index(function: Any, values: Abstract, *args: Abstract) -> Abstract:
    """`values.index(x)`."""
    return INT


@rule(dict.get, dict.pop)
def dict_get(function: Any, mapping: Abstract, key: Abstract, default: Abstract = NONE) -> Abstract:
    """`mapping.get(key)`."""
    name = static(key)
    if not isinstance(mapping, Dict):
        return UNKNOWN
    if mapping.items is None:
        return mapping.element if is_none(default) or default == Constant(...) else join(mapping.element, default)
    if name is not NO_VALUE:
        return dict(mapping.items).get(name, default)
    return opened(mapping).element


@rule(dict.keys, dict.values, dict.items)
def dict_view(function: Any, mapping: Abstract) -> Abstract:
    """`mapping.items()`."""
    return Opaque(object) if function is dict.keys and isinstance(mapping, Dict) else UNKNOWN


@rule(*members(str, "lower upper strip lstrip rstrip startswith endswith replace title capitalize find count isdigit"))
def string_method(function: Any, *args: Abstract) -> Abstract:
    """`text.lower()`, of a known string."""
    values = [static(a) for a in args]
    if NO_VALUE in values:
        return UNKNOWN if function.__name__ not in ("startswith", "endswith", "isdigit") else BOOL
    found = function(*values)
    return Constant(found) if isinstance(found, str) else Scalar(type(found).__name__, "", found)


_MATH_INT = "floor ceil trunc comb factorial gcd isqrt lcm perm"
_MATH_BOOL = "isnan isfinite isinf isclose"
_MATH_OTHER = "frexp modf prod sumprod"
_MATH_FLOAT = [n for n in dir(math) if callable(getattr(math, n)) and not n.startswith("_")]
_MATH_FLOAT = [n for n in _MATH_FLOAT if n not in f"{_MATH_INT} {_MATH_BOOL} {_MATH_OTHER}".split()]


@rule(*members(math, _MATH_FLOAT), *members(math, _MATH_INT), *members(math, _MATH_BOOL))
def math_function(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """Functions of `math`: Python numbers, whatever they are given."""
    known = None if keywords else fold(function, list(args))
    if known is not None:
        return known
    name = function.__name__
    return INT if name in _MATH_INT.split() else BOOL if name in _MATH_BOOL.split() else FLOAT


@rule(math.frexp, math.modf)
def math_parts(function: Any, x: Abstract) -> Abstract:
    """`math.modf(x)`."""
    return Tuple((FLOAT, INT if function is math.frexp else FLOAT))


@rule(*members(cmath, "isnan isfinite isinf isclose"))
def cmath_test(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """Tests of `cmath`."""
    return BOOL


@rule(*[f for f in vars(cmath).values() if callable(f) and not f.__name__.startswith(("is", "_"))])
def cmath_function(function: Any, *args: Abstract) -> Abstract:
    """Functions of `cmath`: Python numbers, whatever they are given."""
    if function is cmath.polar:
        return Tuple((FLOAT, FLOAT))
    return FLOAT if function is cmath.phase else Scalar("complex")


@rule(math.prod)
def math_prod(function: Any, values: Abstract, *, start: Abstract = ONE) -> Abstract:
    """`math.prod(values)`."""
    found = items_of(values)
    if found is None:
        item = item_type(values)
        if item == UNDEFINED:
            return forget_value(start)
        return join(forget_value(start), operators.arithmetic(operator.mul, forget_value(start), item))
    total = start
    for item in found:
        total = operators.arithmetic(operator.mul, total, item)
    return total
