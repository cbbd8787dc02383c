"""Typing by trying out: call the function on tiny values of the given types and look at what comes back.

The running NumPy's own promotion, and its own choice between scalars and arrays, are then right automatically.
"""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from sct_ad.rules.typing.sizes import fresh_dims, static
from sct_ad.rules.typing.table import GIVE_UP
from sct_ad.syntax.dims import Dim, Dims, is_not_one
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    List,
    Matrix,
    Range,
    Scalar,
    Tuple,
    Unknown,
    is_matrix_class,
    join_all,
    kind_of_dtype,
    map_leaves,
)

_ANY_DTYPE = ("bool", "int64", "float32", "float64", "complex128")
_OF_KIND = {
    "bool": ("", "bool"),
    "int": ("", "int32", "int64"),
    "float": ("", "float32", "float64"),
    "complex": ("", "complex64", "complex128"),
}
_LOWER = {"bool": (), "int": (), "float": ("int",), "complex": ("float", "int")}
"""What else a number may be of which it is known only that it is at most of a kind."""
_PYTHON = {"bool": True, "int": 1, "float": 0.5, "complex": 0.5 + 0.5j}
_MOST_TRIALS = 256
_MOST_ELEMENTS = 64
# warnings.catch_warnings changes the state of the process, so trials take turns.
_TURN = threading.RLock()


class CannotSampleError(ValueError):
    """No value of a type can be made up."""


def describe(value: Any, keep: bool = False) -> Abstract:
    """The type of a concrete value; sizes and numbers are forgotten unless `keep`."""
    cls = type(value)
    if cls is np.ndarray:
        return Array(value.dtype.name, tuple(value.shape) if keep else fresh_dims(value.ndim))
    if cls in (bool, int, float, complex):
        return Scalar(cls.__name__, "", value if keep else NO_VALUE)
    if isinstance(value, np.generic):
        found = kind_of_dtype(value.dtype.name)
        return UNKNOWN if found == "object" else Scalar(found, value.dtype.name)
    if isinstance(value, tuple):
        return Tuple(tuple(describe(item, keep) for item in value), getattr(value, "_fields", ()))
    if cls is list:
        return List(tuple(describe(item, keep) for item in value))
    if is_matrix_class(cls):
        name = getattr(getattr(value, "dtype", None), "name", "")
        return Matrix(cls, name, fresh_dims(2) if len(value.shape) == 2 else None)
    if value is None or cls is str or isinstance(value, (type, np.dtype, np.finfo, np.iinfo)):
        return Constant(value)
    return UNKNOWN


def trial(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """The function's value, with floating point and other warnings off."""
    with _TURN, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*args, **keywords)


def alternatives(value: Abstract) -> list[Abstract]:
    """The types, each with a definite dtype, that a type stands for."""
    if isinstance(value, Unknown):
        value = Array()
    if isinstance(value, Array):
        return [value] if value.dtype else [Array(dtype, value.dims) for dtype in _ANY_DTYPE]
    if isinstance(value, Scalar):
        if value.dtype == "?":
            kinds = (value.kind, *(_LOWER[value.kind] if value.value is NO_VALUE else ()))
            return [Scalar(kind, dtype, value.value) for kind in kinds for dtype in _OF_KIND[kind]]
        if value.kind == "bool" and value.value is NO_VALUE:
            return [Scalar("bool", value.dtype, flag) for flag in (True, False)]
    if isinstance(value, Tuple):
        return [Tuple(items) for items in itertools.product(*map(alternatives, value.items))]
    if isinstance(value, List) and value.items is not None:
        return [List(items) for items in itertools.product(*map(alternatives, value.items))]
    return [value]


def sample(value: Abstract, shape_of: Callable[[Dims], tuple[int, ...]]) -> Any:
    """A value of a type that has a definite dtype and rank."""
    if isinstance(value, Scalar):
        number = _PYTHON[value.kind] if value.value is NO_VALUE else value.value
        return np.dtype(value.dtype).type(number) if value.dtype else number
    if isinstance(value, Array):
        if value.dims is None:
            raise CannotSampleError("unknown rank")
        return _filled(shape_of(value.dims), value.dtype)
    if isinstance(value, (Tuple, List)):
        items = (value.element,) * 2 if isinstance(value, List) and value.items is None else value.items or ()
        made = [sample(item, shape_of) for item in items]
        return tuple(made) if isinstance(value, Tuple) else made
    if isinstance(value, Range):
        return range(2)
    if isinstance(value, Constant):
        return value.value
    raise CannotSampleError(type(value).__name__)


def _filled(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers near 1/2 or 1; matrices are symmetric positive definite where they are square."""
    if kind_of_dtype(dtype) == "object":
        raise CannotSampleError(dtype)
    result = np.full(shape, 0.5 if kind_of_dtype(dtype) in ("float", "complex") else 1).astype(dtype)
    if len(shape) > 1 and dtype != "bool":
        result = result + np.eye(shape[-2], shape[-1], dtype=dtype)
    return result


def _trials(
    args: list[Abstract], keywords: dict[str, Abstract]
) -> Iterator[tuple[list[Abstract], dict[str, Abstract]]]:
    choices = [alternatives(v) for v in [*args, *keywords.values()]]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_TRIALS:
        raise CannotSampleError("too many alternatives")
    for chosen in itertools.product(*choices):
        yield list(chosen[: len(args)]), dict(zip(keywords, chosen[len(args) :], strict=True))


def _outcomes(
    function: Any, args: list[Abstract], keywords: dict[str, Abstract], shape_of: Callable[[Dims], tuple[int, ...]]
) -> list[Abstract]:
    found = []
    for arg_types, keyword_types in _trials(args, keywords):
        try:
            made = [sample(v, shape_of) for v in arg_types]
            named = {k: sample(v, shape_of) for k, v in keyword_types.items()}
            found.append(describe(trial(function, *made, **named)))
        except CannotSampleError:
            raise
        except Exception:  # whatever the function raises, there is no result of these types
            continue
    return found


def _units(dims: Dims) -> tuple[int, ...]:
    return (1,) * len(dims)


def unit_type(function: Any, args: Sequence[Abstract], keywords: dict[str, Abstract] | None = None) -> Abstract | None:
    """What the function gives for arrays of sizes 1 (rank 1 where unknown): dtype and class of its result."""
    found = _of_units(function, args, keywords)
    return None if found is None else forget_sizes(found)


def _of_units(function: Any, args: Sequence[Abstract], keywords: dict[str, Abstract] | None) -> Abstract | None:
    """The same with sizes of 1."""
    named = tuple((k, _unit(v)) for k, v in keywords.items()) if keywords else ()
    try:
        return _unit_type(function, tuple(map(_unit, args)), named)
    except GIVE_UP:
        return None


def _unit(value: Abstract) -> Abstract:
    if isinstance(value, Unknown):
        value = Array()
    if isinstance(value, Array):
        return Array(value.dtype, (1,) if value.dims is None else (1,) * len(value.dims))
    if isinstance(value, Scalar):
        return Scalar(value.kind, value.dtype, value.value if type(value.value) in (int, bool) else NO_VALUE)
    if isinstance(value, Tuple):
        return Tuple(tuple(map(_unit, value.items)))
    if isinstance(value, List) and value.items is not None:
        return List(tuple(map(_unit, value.items)))
    return value


@lru_cache(maxsize=4096)
def _unit_type(
    function: Any, args: tuple[Abstract, ...], keywords: tuple[tuple[str, Abstract], ...]
) -> Abstract | None:
    found = _outcomes(function, list(args), dict(keywords), _units)
    return join_all(found) if found else None


def forget_sizes(value: Abstract) -> Abstract:
    """The same type with dims that equal nothing else."""
    if isinstance(value, (Tuple, List)):
        return map_leaves(value, forget_sizes)
    if isinstance(value, Array) and value.dims is not None:
        return Array(value.dtype, fresh_dims(len(value.dims)))
    return value


def shaped(
    function: Any, dims: Dims | None, args: Sequence[Abstract], keywords: dict[str, Abstract] | None = None
) -> Abstract:
    """The result of a function whose result's dims are known: its dtype is tried out."""
    return with_dims(_of_units(function, args, keywords), dims)


def with_dims(like: Abstract | None, dims: Dims | None) -> Abstract:
    """An array of these dims with a trial's dtype; what the trial gave where the rank is 0."""
    dtype = like.dtype if isinstance(like, (Array, Scalar)) else ""
    if dims == ():
        # An unknown number is not an array: it has no memory of its own.
        return like if isinstance(like, Scalar) or (isinstance(like, Array) and like.dims == ()) else Array()
    return Array("" if dtype == "?" else dtype, dims)


def number(dtype: str) -> Abstract:
    """The NumPy scalar of a dtype; unknown where the dtype is."""
    found = kind_of_dtype(dtype)
    return Scalar(found, dtype) if found not in ("", "object") else Array()


def probe(function: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """What a pure function gives for tiny arrays of the given ranks: dtypes, ranks and classes of its results.

    Dims that may be 1 are tried with 1 as well, since some functions drop such dims; and other sizes, since of some
    the rank of the result, or how many there are, is the size of an argument.
    """
    args = [Array() if isinstance(v, Unknown) else v for v in args]
    dims = [d for v in [*args, *keywords.values()] for d in _dims_in(v)]
    loose = {d for d in dims if not isinstance(d, int) and not is_not_one(d)}
    try:
        found = []
        for sizes, others in (((2, 3, 4, 5), (3, 2, 5, 4)), ((3, 3, 3, 3), (2, 2, 2, 2)), ((2, 2, 2, 2), ())):
            found = _outcomes(function, args, keywords, _Assigned(sizes, set()))
            if found:
                if others and dims:
                    found += _outcomes(function, args, keywords, _Assigned(others, set()))
                break
        if found and loose:
            found += _outcomes(function, args, keywords, _Assigned((2, 3, 4, 5), loose))
    except GIVE_UP:
        return UNKNOWN
    return forget_sizes(join_all(found))


def _dims_in(value: Abstract) -> Iterator[int | Dim]:
    if isinstance(value, Array) and value.dims is not None:
        yield from value.dims
    elif isinstance(value, (Tuple, List)):
        for item in value.items or ():
            yield from _dims_in(item)


class _Assigned:
    """Small sizes for dims, the same for the same dim."""

    def __init__(self, sizes: tuple[int, ...], ones: set[Any]) -> None:
        self.sizes, self.ones, self.seen = sizes, ones, dict[Any, int]()

    def __call__(self, dims: Dims) -> tuple[int, ...]:
        shape = tuple(self._size(d) for d in dims)
        count = 1
        for n in shape:
            count *= n
        return shape if count <= _MOST_ELEMENTS else tuple(min(n, 2) for n in shape)

    def _size(self, dim: int | Dim) -> int:
        if isinstance(dim, int):
            return dim
        if dim in self.ones:
            return 1
        return self.seen.setdefault(dim, self.sizes[len(self.seen) % len(self.sizes)])


def constant_keywords(**keywords: Abstract) -> dict[str, Abstract]:
    """The keywords that are given and not None."""
    return {k: v for k, v in keywords.items() if static(v) is not None}
