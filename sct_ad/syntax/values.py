"""Abstract values: what the compiler knows of a run-time value before the program runs.

Unknown is always allowed and always means "fall back to general code".
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sct_ad.objects import is_plain
from sct_ad.syntax.dims import Dim, Dims, Size, join_size


class _NoValue:
    def __repr__(self) -> str:
        return "?"


NO_VALUE: Any = _NoValue()
"""Stands for "value not known at compile time"."""


@dataclass(frozen=True, slots=True)
class Abstract:
    """Base of all abstract values."""


@dataclass(frozen=True, slots=True)
class Unknown(Abstract):
    """Anything at all."""


@dataclass(frozen=True, slots=True)
class Undefined(Abstract):
    """No value yet: the placeholder that a variable holds before an early exit gives it one."""


@dataclass(frozen=True, slots=True)
class Scalar(Abstract):
    """A number: `kind` is bool, int, float or complex.

    `dtype` is "" for a Python number, a NumPy dtype name for a NumPy scalar, "?" for either.
    `value` is the number itself where it is a compile-time constant; `size` the Dim that an int is equal to.
    """

    kind: str
    dtype: str = ""
    value: Any = field(default=NO_VALUE, compare=True)
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Array(Abstract):
    """An ndarray; dtype "" is unknown, dims None is unknown rank. Rank 0 is `dims == ()`.

    `chosen` is how many entries a mask chooses: what two uses of the same mask choose is equally long.
    """

    dtype: str = ""
    dims: Dims | None = None
    chosen: Size | None = None

    @property
    def ndim(self) -> int | None:
        """The rank, or None."""
        return None if self.dims is None else len(self.dims)


class Factory:
    """What a defaultdict calls for a missing key; equal where it is the same function."""

    __slots__ = ("identity", "value")

    def __init__(self, value: Any, identity: Any = None) -> None:
        self.value = value
        self.identity = value if identity is None else identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Factory) and self.identity is other.identity

    def __hash__(self) -> int:
        return id(self.identity)


@dataclass(frozen=True, slots=True)
class Tuple(Abstract):
    """A tuple of known length; `names` are the fields of a NamedTuple."""

    items: tuple[Abstract, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class List(Abstract):
    """A list; `items` where the length is known, else None and `element` is the join of all elements."""

    items: tuple[Abstract, ...] | None
    element: Abstract = Unknown()


@dataclass(frozen=True, slots=True)
class Dict(Abstract):
    """A dict; `items` in order where all keys are known, else None, and `element` covers all values, `key` all keys."""

    items: tuple[tuple[Hashable, Abstract], ...] | None
    element: Abstract = Unknown()
    key: Abstract = Unknown()
    default: Factory | None = None
    """What makes the value of a key that a defaultdict is asked for and does not have."""


@dataclass(frozen=True, slots=True)
class Object(Abstract):
    """An object of a class written in Python, known attribute by attribute."""

    cls: type
    items: tuple[tuple[str, Abstract], ...]
    key: Hashable = field(default=None, compare=False)
    """What `Same` calls it by."""


@dataclass(frozen=True, slots=True)
class Same(Abstract):
    """An object that has been met before in the same argument, under this key."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class Bound(Abstract):
    """A method of an object that is met in the same argument."""

    function: Any
    owner: Abstract


@dataclass(frozen=True, slots=True)
class Range(Abstract):
    """A range object; `size` is its length where known, `value` the range itself where its numbers are.

    `from_zero` promises that all of them are 0 or more.
    """

    size: Size | None = None
    value: range | None = None
    from_zero: bool = False


@dataclass(frozen=True, slots=True)
class Constant(Abstract):
    """A Python object known at compile time: None, a string, a module, function, type, dtype, Ellipsis."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and (
            self.value is other.value or (isinstance(self.value, str) and self.value == other.value)
        )

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, str) else id(self.value)


@dataclass(frozen=True, slots=True)
class Opaque(Abstract):
    """An object of a known class, which is not looked into (a generator, a file, a slice, a dict of unknown keys)."""

    cls: type


@dataclass(frozen=True, slots=True)
class Matrix(Opaque):
    """A sparse matrix or linear operator: an object that has a dtype and two dims, and multiplies arrays by `@`."""

    dtype: str = ""
    dims: Dims | None = None


UNKNOWN, UNDEFINED = Unknown(), Undefined()
FLOAT, INT, BOOL = Scalar("float"), Scalar("int"), Scalar("bool")
_KINDS = ("bool", "int", "float", "complex")


@lru_cache(maxsize=256)
def kind_of_dtype(dtype: str) -> str:
    """The scalar kind of a dtype name: "float32" -> "float"; "" (unknown) -> ""."""
    if not dtype or dtype == "?":
        return ""
    if dtype.startswith("uint"):
        return "int"
    return next((kind for kind in _KINDS if dtype.startswith(kind)), "object")


def kind(value: Abstract) -> str:
    """bool, int, float, complex, object; "" where it is not known."""
    if isinstance(value, Scalar):
        return value.kind
    return kind_of_dtype(value.dtype) if isinstance(value, Array) else ""


def may_carry_derivative(value: Abstract) -> bool:
    """Whether a value of this type can depend smoothly on an input."""
    if isinstance(value, (Scalar, Array)):
        return kind(value) in ("float", "complex", "") or value.dtype == "object"
    if isinstance(value, Tuple):
        return any(map(may_carry_derivative, value.items))
    if isinstance(value, List):
        items = value.items if value.items is not None else (value.element,)
        return any(map(may_carry_derivative, items))
    if isinstance(value, Object):
        return any(may_carry_derivative(item) for _, item in value.items)
    if isinstance(value, Dict):
        return any(map(may_carry_derivative, dict_values(value)))
    if isinstance(value, Matrix):
        return kind_of_dtype(value.dtype) in ("float", "complex", "")
    if isinstance(value, Opaque):
        return value.cls in (dict, set, frozenset, collections.deque) or is_plain(value.cls)
    return isinstance(value, Unknown)


def holds_objects(value: Abstract) -> bool:
    """Whether a value is an object, or a container with an object in it."""
    if isinstance(value, (Tuple, List)):
        return any(map(holds_objects, value.items or ()))
    if isinstance(value, Dict):
        return any(map(holds_objects, dict_values(value)))
    return isinstance(value, (Object, Same, Bound))


def is_matrix_class(cls: type) -> bool:
    """Whether objects of a class are sparse matrices or linear operators, as those of SciPy."""
    return hasattr(cls, "tocsr") or hasattr(cls, "rmatvec")


def dims_of(value: Abstract) -> Dims | None:
    """The dims that a value has in broadcasting: () for scalars, None where unknown."""
    if isinstance(value, Scalar):
        return ()
    return value.dims if isinstance(value, Array) else None


def join(left: Abstract, right: Abstract) -> Abstract:
    """The least abstract value that covers both (where two control-flow paths meet)."""
    if left == right or isinstance(right, Undefined):
        return left
    if isinstance(left, Undefined):
        return right
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        wide = max(left.kind, right.kind, key=_KINDS.index)
        alike = left.dtype == right.dtype and (left.kind == right.kind or wide != "complex")
        return Scalar(
            wide,
            left.dtype if alike else "?",
            left.value if left.value is not NO_VALUE and _identical(left.value, right.value) else NO_VALUE,
            left.size if left.size == right.size else None,
        )
    if isinstance(left, Array) and isinstance(right, Array):
        dims = None
        if left.dims is not None and right.dims is not None and len(left.dims) == len(right.dims):
            dims = tuple(map(join_size, left.dims, right.dims))
        return Array(left.dtype if left.dtype == right.dtype else "", dims)
    if isinstance(left, Tuple) and isinstance(right, Tuple) and len(left.items) == len(right.items):
        names = left.names if left.names == right.names else ()
        return Tuple(tuple(map(join, left.items, right.items)), names)
    if isinstance(left, List) and isinstance(right, List):
        if left.items is not None and right.items is not None and len(left.items) == len(right.items):
            return List(tuple(map(join, left.items, right.items)))
        unsized = [v.element for v in (left, right) if v.items is None]
        return List(None, join_all([*(left.items or ()), *(right.items or ()), *unsized]))
    if isinstance(left, (Tuple, List)) and isinstance(right, (Tuple, List)):
        return List(None, join_all([*elements(left), *elements(right)]))
    if isinstance(left, Dict) and isinstance(right, Dict) and left.default == right.default:
        return _join_dicts(left, right)
    if isinstance(left, Range) and isinstance(right, Range):
        return Range()
    if _is_text(left) and _is_text(right):
        return Opaque(str)
    if isinstance(left, Opaque) and isinstance(right, Opaque):
        return Opaque(object)
    if isinstance(left, (Scalar, Array)) and isinstance(right, (Scalar, Array)):
        return Array()
    return UNKNOWN


def _is_text(value: Abstract) -> bool:
    return value == Opaque(str) or (isinstance(value, Constant) and isinstance(value.value, str))


def _join_dicts(left: Dict, right: Dict) -> Abstract:
    if left.items is not None and right.items is not None:
        if [k for k, _ in left.items] == [k for k, _ in right.items]:
            items = tuple((k, join(a, b)) for (k, a), (_, b) in zip(left.items, right.items))
            return Dict(items, default=left.default)
    one, two = opened(left), opened(right)
    element = join(one.element, two.element)
    return UNKNOWN if element == UNKNOWN else Dict(None, element, join_keys(one.key, two.key), left.default)


def cover(left: Abstract, right: Abstract) -> Abstract:
    """The type of a variable that holds the one at first and the other later: a dict whose keys change stays a dict."""
    joined = join(left, right)
    if joined != UNKNOWN or not (isinstance(left, Dict) and isinstance(right, Dict)) or left.default != right.default:
        return joined
    return Dict(None, UNKNOWN, join_keys(opened(left).key, opened(right).key), left.default)


def opened(value: Dict) -> Dict:
    """The type of a dict whose keys are known no longer; Undefined stands for what an empty one holds."""
    if value.items is None:
        return value
    element: Abstract = UNDEFINED
    key: Abstract = UNDEFINED
    for known, item in value.items:
        element, key = join(element, forget_length(forget_value(item))), join_keys(key, key_type(known))
    return Dict(None, element, key, value.default)


def dict_values(value: Dict) -> tuple[Abstract, ...]:
    """The types of all values where the keys are known, else the one type of any value."""
    return (value.element,) if value.items is None else tuple(item for _, item in value.items)


def key_type(key: Any) -> Abstract:
    """The type of a key of a dict."""
    if isinstance(key, tuple):
        return Tuple(tuple(map(key_type, key)))
    if type(key) in (bool, int, float, complex):
        return Scalar(type(key).__name__)
    return Opaque(type(key))


def forget_key(value: Abstract) -> Abstract:
    """The type of a key, without its value."""
    if isinstance(value, Constant):
        return Opaque(type(value.value))
    if isinstance(value, Tuple):
        return Tuple(tuple(map(forget_key, value.items)))
    return forget_value(value)


def join_keys(left: Abstract, right: Abstract) -> Abstract:
    """The type of any of two kinds of keys."""
    joined = join(forget_key(left), forget_key(right))
    smooth = may_carry_derivative(left) or may_carry_derivative(right)
    return Opaque(object) if joined == UNKNOWN and not smooth else joined


def elements(value: Tuple | List) -> tuple[Abstract, ...]:
    """The types of all items where they are known one by one, else the one type of any item."""
    if isinstance(value, List) and value.items is None:
        return (value.element,)
    return value.items or ()


def join_all(values: list[Abstract]) -> Abstract:
    """The join of a list; Unknown for an empty one."""
    result = values[0] if values else UNKNOWN
    for value in values[1:]:
        result = join(result, value)
    return result


def map_leaves(value: Abstract, change: Callable[[Abstract], Abstract]) -> Abstract:
    """The type, in which what containers hold to any depth is changed by a function; what is no container is itself."""

    def inside(item: Abstract) -> Abstract:
        return map_leaves(item, change)

    if isinstance(value, Tuple):
        return replace(value, items=tuple(map(inside, value.items)))
    if isinstance(value, List):
        return List(None if value.items is None else tuple(map(inside, value.items)), inside(value.element))
    if isinstance(value, Dict):
        entries = None if value.items is None else tuple((key, inside(item)) for key, item in value.items)
        return replace(value, items=entries, element=inside(value.element))
    return change(value)


def forget_sizes(value: Abstract) -> Abstract:
    """The same type with sizes that equal no other: those of a recursive call's result differ from call to call."""

    def forgotten(leaf: Abstract) -> Abstract:
        if isinstance(leaf, Array) and leaf.dims is not None:
            return Array(leaf.dtype, tuple(d if isinstance(d, int) else Dim(object()) for d in leaf.dims))
        return forget_value(leaf)

    return map_leaves(value, forgotten)


def forget_length(value: Abstract) -> Abstract:
    """The type of a list that may grow or shrink, where one type covers all items."""
    if isinstance(value, Tuple):
        return replace(value, items=tuple(map(forget_length, value.items)))
    if isinstance(value, Dict):
        if value.items is None:
            return replace(value, element=forget_length(value.element))
        return Dict(tuple((key, forget_length(item)) for key, item in value.items), default=value.default)
    if not isinstance(value, List):
        return value
    if value.items is None:
        return List(None, forget_length(value.element))
    items = [forget_length(forget_value(item)) for item in value.items]
    element = join_all(items) if items else UNDEFINED
    return List(tuple(items)) if element == UNKNOWN else List(None, element)


def forget_value(value: Abstract) -> Abstract:
    """The same type without its compile-time value (what a loop may change)."""
    return replace(value, value=NO_VALUE, size=None) if isinstance(value, Scalar) else value


def _identical(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right and str(left) == str(right)
