"""Attributes and methods of values."""

from __future__ import annotations

import types
from typing import Any, TypeVar

import gast
import numpy as np

from sct_ad.rules.typing import matrices
from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.indexing import shape_of
from sct_ad.rules.typing.probe import describe, unit_type
from sct_ad.rules.typing.sizes import fresh, int_of, product
from sct_ad.rules.typing.table import NONE, members, rule
from sct_ad.syntax import nodes
from sct_ad.syntax.values import (
    INT,
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
    kind_of_dtype,
)

_A = TypeVar("_A", Abstract, gast.expr)

# Methods that do exactly what the NumPy function of the same name does.
_NAMES = (
    "all any argmax argmin argpartition argsort choose clip conj copy cumprod cumsum diagonal dot max mean min nonzero "
    "prod ptp ravel repeat reshape round searchsorted squeeze std sum swapaxes take trace transpose var compress"
)
_SHARED = frozenset(_NAMES.split())
_RENAMED = {"conjugate": np.conjugate}
_PARAMETERS = {"clip": {"min": "a_min", "max": "a_max"}}
_PACKED = {"reshape": "shape", "transpose": "axes", "squeeze": "axis"}
_LIBRARIES = ("numpy", "math", "cmath", "operator", "scipy", "builtins")
_CLASSES = {"": {"bool": bool, "int": int, "float": float, "complex": complex}}


def attribute_type(value: Abstract, attr: str) -> Abstract:
    """The type of `value.attr`; Unknown for methods."""
    if isinstance(value, Array):
        return _array_attribute(value, attr)
    if isinstance(value, Scalar):
        return _scalar_attribute(value, attr)
    if isinstance(value, Matrix):
        return matrices.attribute(value, attr)
    if isinstance(value, Constant):
        return _constant_attribute(value.value, attr)
    return UNKNOWN


def _array_attribute(value: Array, attr: str) -> Abstract:
    dims = value.dims
    if attr == "shape":
        return shape_of(value)
    if attr == "ndim":
        return INT if dims is None else int_of(len(dims))
    if attr == "size":
        return INT if dims is None else int_of(product(dims))
    if attr == "dtype":
        return Constant(np.dtype(value.dtype)) if kind_of_dtype(value.dtype) not in ("", "object") else Opaque(np.dtype)
    if attr == "T":
        return Array(value.dtype, None if dims is None else dims[::-1])
    if attr == "mT":
        return Array(value.dtype, None if dims is None else (*dims[:-2], *dims[:-3:-1]))
    if attr in ("real", "imag"):
        like = unit_type(getattr(np, attr), [Array(value.dtype, (1,))])
        return Array(like.dtype if isinstance(like, Array) else "", dims)
    if attr == "flat":
        return Array(value.dtype, (fresh() if dims is None else product(dims),))
    return INT if attr in ("itemsize", "nbytes") else UNKNOWN


def _scalar_attribute(value: Scalar, attr: str) -> Abstract:
    if attr in ("real", "imag"):
        part = (
            "float"
            if value.kind == "complex"
            else "int"
            if value.kind == "bool" and value.dtype in ("", "?")
            else value.kind
        )
        if value.dtype == "?":
            return Scalar(part, "?")
        return Scalar(part) if not value.dtype else unit_type(getattr(np, attr), [value]) or UNKNOWN
    if value.dtype in ("", "?"):
        return UNKNOWN
    if attr == "T":
        return value
    shared = attr in ("shape", "ndim", "size", "dtype", "itemsize")
    return _array_attribute(as_array(value), attr) if shared else UNKNOWN


def _constant_attribute(value: Any, attr: str) -> Abstract:
    """Attributes of what NumPy and Python themselves define never change; others may."""
    home = value.__name__ if isinstance(value, types.ModuleType) else type(value).__module__
    if isinstance(value, type):
        home = value.__module__
    if home.partition(".")[0] not in _LIBRARIES or not hasattr(value, attr):
        return UNKNOWN
    found = getattr(value, attr)
    described = describe(found, keep=True)
    if described != UNKNOWN:
        return described
    return Constant(found) if callable(found) or isinstance(found, types.ModuleType) else UNKNOWN


def method_function(value: Abstract, attr: str) -> Any:
    """The function that `value.attr(...)` calls with the value as its first argument, or None.

    It is the NumPy function where that does the same, else the class's own (`np.ndarray.sort`, `list.append`).
    """
    if isinstance(value, Array) or (isinstance(value, Scalar) and value.dtype not in ("", "?")):
        if attr in _SHARED and hasattr(np, attr):
            return getattr(np, attr)
        if attr in _RENAMED:
            return _RENAMED[attr]
        # A NumPy scalar's methods are the array's.
        return getattr(np.ndarray, attr, None) if callable(getattr(np.ndarray, attr, None)) else None
    cls = _class_of(value)
    found = getattr(cls, attr, None) if cls is not None else None
    return found if callable(found) else None


def _class_of(value: Abstract) -> type | None:
    if isinstance(value, Scalar):
        return _CLASSES[""][value.kind] if value.dtype == "" else None
    for kind, cls in ((Tuple, tuple), (List, list), (Dict, dict), (Range, range)):
        if isinstance(value, kind):
            return cls
    if isinstance(value, Opaque):
        return value.cls if value.cls is not object else None
    if isinstance(value, Constant) and not isinstance(value.value, (types.ModuleType, type)):
        return type(value.value)
    return None


def method_arguments(
    function: Any, attr: str, args: list[_A], keywords: dict[str, _A]
) -> tuple[list[_A], dict[str, _A]]:
    """The arguments of a method call as its function takes them; `args[0]` is the object.

    `x.reshape(2, 3)` -> `np.reshape(x, (2, 3))`, `x.clip(min=0)` -> `np.clip(x, a_min=0)`. Works on types and on
    expressions alike.
    """
    if isinstance(getattr(function, "__objclass__", None), type):
        return args, keywords
    if attr in _PACKED and len(args) > 2:
        return [args[0], _packed(args[1:])], keywords
    if attr == "compress" and len(args) > 1:
        return [args[1], args[0], *args[2:]], keywords
    if attr == "clip":
        args, keywords = _clip_arguments(args, keywords)
    return args, keywords


def _clip_arguments(args: list[_A], keywords: dict[str, _A]) -> tuple[list[_A], dict[str, _A]]:
    named = {_PARAMETERS["clip"].get(key, key): v for key, v in keywords.items()}
    # NumPy before 2.1 wants both bounds.
    missing: Any = nodes.constant(None) if isinstance(args[0], gast.AST) else NONE
    if len(args) == 1:
        named.setdefault("a_min", missing)
    if len(args) <= 2:
        named.setdefault("a_max", missing)
    return args, named


def _packed(items: list[_A]) -> Any:
    return nodes.tuple_(items) if isinstance(items[0], gast.AST) else Tuple(tuple(items))


@rule(np.ndarray.item)
def item(function: Any, a: Abstract, *index: Abstract) -> Abstract:
    """`x.item()`: a Python number."""
    kind = kind_of_dtype(as_array(a).dtype)
    return Scalar(kind) if kind not in ("", "object") else UNKNOWN


@rule(np.ndarray.tolist)
def tolist(function: Any, a: Abstract) -> Abstract:
    """`x.tolist()`."""
    found = as_array(a)
    result = item(function, found)
    if found.dims is None:
        return UNKNOWN
    for size in reversed(found.dims):
        result = List((result,) * size) if isinstance(size, int) and size <= 64 else List(None, result)
    return result


@rule(*members(np.ndarray, "fill sort partition put resize setflags itemset"), *members(np, "copyto put place putmask"))
def in_place_method(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function that changes its first argument and returns None."""
    return NONE


@rule(np.fill_diagonal, *members(np, "put_along_axis"))
def in_place_function(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function that changes its first argument and returns None."""
    return NONE


@rule(*members(float, "conjugate __abs__"), *members(int, "conjugate"), *members(complex, "conjugate"))
def conjugate(function: Any, x: Abstract) -> Abstract:
    """`x.conjugate()` of a Python number."""
    return Scalar(x.kind) if isinstance(x, Scalar) else UNKNOWN


@rule(np.ndarray.view)
def view(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`x.view()`; a view of another dtype may have another last dimension."""
    found = as_array(a)
    if not args and not keywords:
        return found
    return Array("", None if found.dims is None else (*found.dims[:-1], fresh()))


@rule(np.ndarray.__getitem__)
def getitem(function: Any, a: Abstract, index: Abstract) -> Abstract:
    """`x.__getitem__(index)`."""
    return Array(as_array(a).dtype)
