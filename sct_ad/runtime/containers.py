"""Containers at run time: shadows of lists, tuples and dicts, copies, and gradients in the caller's structure."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from sct_ad.runtime.objects import object_like

_CARRIERS = (float, complex, np.inexact, np.ndarray, tuple, list, dict)


def zeros_like(value: Any) -> Any:
    """A zero of a value whose type is known only now: 0.0 for numbers, zeros for arrays, a shadow for containers."""
    if isinstance(value, np.ndarray):
        return np.zeros_like(value) if value.dtype.kind in "fc" else np.zeros(value.shape)
    if isinstance(value, (list, tuple, dict)):
        return zero_shadow(value)
    return 0j if isinstance(value, (complex, np.complexfloating)) else 0.0


def zero_shadow(value: Any) -> Any:
    """The shadow of a container: lists for tuples and lists, so that every slot can be added to."""
    if isinstance(value, (list, tuple)):
        return [zero_shadow(item) for item in value]
    if isinstance(value, dict):
        return {key: zero_shadow(item) for key, item in value.items()}
    return zeros_like(value)


def zero_tangent(value: Any) -> Any:
    """A zero tangent in the structure of a value: zeros for numbers and arrays; what is none of these stays."""
    if isinstance(value, tuple):
        items = [zero_tangent(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [zero_tangent(item) for item in value]
    if isinstance(value, dict):
        return {key: zero_tangent(item) for key, item in value.items()}
    if isinstance(value, (int, float, complex, np.generic, np.ndarray)) or not hasattr(value, "__dict__"):
        return zeros_like(value)
    held = {name: item for name, item in vars(value).items() if isinstance(item, _CARRIERS)}
    return object_like(value, **{name: zero_tangent(item) for name, item in held.items()}) if held else value


def added(left: Any, right: Any) -> Any:
    """The sum of two derivatives, item by item."""
    if isinstance(left, (tuple, list)):
        items = [added(a, b) for a, b in zip(left, right, strict=True)]
        return type(left)(*items) if hasattr(left, "_fields") else type(left)(items)
    if isinstance(left, dict):
        return {key: added(item, right[key]) for key, item in left.items()}
    return left + right


def number_like(tangent: Any, value: Any) -> Any:
    """The tangent of a number as a number, where it came out as an array of no dimensions."""
    if isinstance(tangent, np.ndarray) and tangent.ndim == 0 and not isinstance(value, np.ndarray):
        return tangent[()]
    return tangent


def as_structure(template: Any, shadow: Any) -> Any:
    """The shadow in the structure of the template; leaves without derivative (strings, None, ints) pass through."""
    if isinstance(template, tuple):
        items = [as_structure(a, b) for a, b in zip(template, shadow, strict=True)]
        return type(template)(*items) if hasattr(template, "_fields") else tuple(items)
    if isinstance(template, list):
        return [as_structure(a, b) for a, b in zip(template, shadow, strict=True)]
    if isinstance(template, dict):
        return _with_items(template, {key: as_structure(item, shadow[key]) for key, item in template.items()})
    if isinstance(template, (float, complex, np.generic, np.ndarray)) and np.asarray(template).dtype.kind in "fc":
        return as_gradient(shadow, template)
    return template


def _with_items(like: dict[Any, Any], items: dict[Any, Any]) -> dict[Any, Any]:
    """The items in a dict of the class of another one that has the same keys."""
    if type(like) is dict:
        return items
    result = copy.copy(like)
    for key, item in items.items():
        result[key] = item
    return result


def as_gradient(cotangent: Any, primal: Any) -> Any:
    """A cotangent with the type, dtype and shape of the primal, in memory of its own."""
    if isinstance(primal, np.ndarray):
        value = np.asarray(cotangent)
        if value.dtype.kind == "c" and primal.dtype.kind != "c":
            value = value.real
        if value.shape != primal.shape:
            value = np.broadcast_to(value, primal.shape)
        return np.array(value, dtype=primal.dtype)
    if isinstance(primal, np.generic):
        return primal.dtype.type(cotangent)
    return complex(cotangent) if isinstance(primal, complex) else float(np.real(cotangent))


def copy_structure(value: Any) -> Any:
    """A copy of the containers and arrays of a value; what they share stays shared."""
    return _copy(value, {})


def _copy(value: Any, done: dict[int, Any]) -> Any:
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, np.ndarray):
        result: Any = value.copy()
    elif isinstance(value, list):
        result = [_copy(item, done) for item in value]
    elif isinstance(value, tuple):
        items = [_copy(item, done) for item in value]
        result = type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    elif isinstance(value, dict):
        result = _with_items(value, {key: _copy(item, done) for key, item in value.items()})
    else:
        return value
    done[id(value)] = result
    return result


def zeros_in_layout(array: np.ndarray) -> np.ndarray:
    """Zeros with exactly the strides of an array, so that `reshape` and `ravel` give views of both or of neither."""
    if array.size == 0 or any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        return np.zeros_like(array)
    spans = [stride * (size - 1) for stride, size in zip(array.strides, array.shape, strict=True)]
    low = sum(span for span in spans if span < 0)
    high = sum(span for span in spans if span > 0) + array.itemsize
    buffer = np.zeros(high - low, dtype=np.uint8)
    return np.ndarray(array.shape, array.dtype, buffer.data, -low, array.strides)


def copy_in_layout(array: np.ndarray) -> np.ndarray:
    """A copy with exactly the strides of an array."""
    result = zeros_in_layout(array)
    result[...] = array
    return result


def in_layout_of(array: np.ndarray, tangent: Any) -> np.ndarray:
    """A copy of a tangent with the strides of its primal, so that reshaping makes views of both or of neither."""
    result = zeros_in_layout(array)
    result[...] = tangent
    return result


def add_unless_view(shadow: np.ndarray, result: np.ndarray, cotangent: Any) -> None:
    """Add the cotangent of `reshape` or `ravel` to its operand's shadow, unless the result's shadow is a view of it."""
    if not np.may_share_memory(shadow, result):
        shadow += cotangent


def diagonal_view(array: np.ndarray) -> np.ndarray:
    """The main diagonal of a matrix as a view that can be written."""
    size = min(array.shape)
    return np.einsum("ii->i", array[:size, :size])


def view_or_zeros(shadow: np.ndarray, result: np.ndarray) -> np.ndarray:
    """The shadow of the result of `reshape` or `ravel`: a view of the operand's shadow, or a new array."""
    return result if np.may_share_memory(shadow, result) else np.zeros_like(result)
