"""Checks of what the user's own derivative functions return, where types do not show that it is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import spread_over
from sct_ad.runtime.containers import zeros_like


def value_and_residuals(result: Any, fwd: Any) -> Any:
    """What the `fwd` of a custom_vjp returned, if it is a pair."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"{_named(fwd)} must return (value, residuals), not {_shown(result)}")
    return result


def checked(cotangents: Any, bwd: Any, *primals: Any) -> tuple[Any, ...]:
    """What the `bwd` of a custom_vjp returned, in the shapes and precision of the primals; None becomes zero.

    The primal of an argument whose cotangent is not needed is `...`.
    """
    count = len(primals)
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != count:
        what = f"{count} cotangent{'s' if count != 1 else ''}, one for each argument"
        raise TypeError(f"{_named(bwd)} must return a tuple of {what}, not {_shown(cotangents)}")
    return tuple([_fitted(c, p, bwd, str(k)) for k, (c, p) in enumerate(zip(cotangents, primals, strict=True))])


def checked_tangents(tangents: Any, bwd: Any, *primals: Any) -> tuple[Any, ...]:
    """The tangents of what `checked` returns; the tangent of None is the number 0.0."""
    pairs = zip(tangents, primals, strict=True)
    found = [None if np.ndim(t) == 0 and np.ndim(p) and not np.any(t) else t for t, p in pairs]
    return checked(found, bwd, *primals)


def replaced_tangent(tangent: Any, function: Any, before: Any, cotangent: Any) -> Any:
    """The tangent of what `replaced` returns for a cotangent."""
    return before if cotangent is None else tangent


def replaced(cotangent: Any, function: Any, before: Any) -> Any:
    """The cotangent that the function of a `with_cotangent` returned, or the one before where that was None."""
    if cotangent is None:
        return before
    if np.shape(cotangent) != np.shape(before):
        raise ValueError(
            f"{_named(function)} made a cotangent of shape {np.shape(cotangent)} from one of shape {np.shape(before)}"
        )
    return _precise(cotangent, before)


def tangent_cotangent(cotangent: Any, tangent: Any, value: Any) -> Any:
    """The cotangent of the tangent that the rule of a custom_jvp returned, which must have the shape of the value."""
    if np.shape(tangent) != np.shape(value):
        raise ValueError(
            f"the rule of a custom_jvp made a tangent of shape {np.shape(tangent)} for a value of shape "
            f"{np.shape(value)}"
        )
    return spread_over(cotangent, value)


def agreeing(
    tangent: Any, fwd: Any, bwd: Any, nondiff: tuple[int, ...], args: tuple[Any, ...], changes: tuple[Any, ...]
) -> Any:
    """The tangent that the statements of a function with a custom_vjp give, if `bwd` gives the same.

    Both are compared by the dot product with one cotangent: <c, J dx> = <J^T c, dx>.
    """
    value, residuals = fwd(*args)
    cotangent = _direction(value, 1)
    given = bwd(*(args[k] for k in nondiff), residuals, cotangent)
    moved = [change for k, change in enumerate(changes) if k not in nondiff]
    here, size = _paired(cotangent, tangent)
    there, other_size = _paired(tuple(given), tuple(moved))
    dtypes = {np.result_type(*[np.asarray(leaf) for leaf in _numbers(value)])} if _numbers(value) else set()
    tolerance = 1e-2 if dtypes & {np.dtype(np.float32), np.dtype(np.complex64)} else 1e-6
    if abs(here - there) > tolerance * (size + other_size):
        raise ValueError(
            f"{_named(fwd)} calls the function, whose statements have another derivative than {_named(bwd)} gives\n"
            "  instead: write out the value in it, or give the function a custom_jvp"
        )
    return tangent


def _numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _numbers(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _numbers(item)]
    return [value] if isinstance(value, (int, float, complex, np.generic, np.ndarray)) else []


def _direction(value: Any, seed: int) -> Any:
    """Something to compare two derivatives along, in the structure of a value."""
    if isinstance(value, dict):
        return {key: _direction(item, seed + k) for k, (key, item) in enumerate(value.items())}
    if isinstance(value, (list, tuple)):
        items = [_direction(item, seed + k) for k, item in enumerate(value)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if not isinstance(value, (int, float, complex, np.generic, np.ndarray)):
        return value
    return _precise(np.cos(np.arange(seed, seed + np.size(value))).reshape(np.shape(value)), value)


def _paired(cotangent: Any, tangent: Any) -> tuple[float, float]:
    """The product of a cotangent with a tangent, and the size of its terms."""
    if cotangent is None or tangent is None:
        return 0.0, 0.0
    if isinstance(cotangent, dict):
        parts = [_paired(item, tangent[key]) for key, item in cotangent.items()]
    elif isinstance(cotangent, (list, tuple)):
        parts = [_paired(c, t) for c, t in zip(cotangent, tangent, strict=True)]
    elif not _numbers(cotangent):
        return 0.0, 0.0
    else:
        terms = np.real(np.asarray(cotangent) * tangent)
        return float(np.sum(terms)), float(np.sum(np.abs(terms)))
    return sum(total for total, _ in parts), sum(size for _, size in parts)


def holding(value: Any, *parts: Any) -> Any:
    """An object, given to code that is not looked into, with the numbers in it that this depends on."""
    return value


def _fitted(cotangent: Any, primal: Any, bwd: Any, where: str) -> Any:
    if primal is ...:
        return cotangent
    if cotangent is None:
        return zeros_like(primal)
    if isinstance(primal, dict):
        if not isinstance(cotangent, dict) or cotangent.keys() != primal.keys():
            raise TypeError(f"{_named(bwd)}: cotangent {where} is {_shown(cotangent)} for {_shown(primal)}")
        return {key: _fitted(cotangent[key], item, bwd, f"{where}[{key!r}]") for key, item in primal.items()}
    if isinstance(primal, (list, tuple)):
        if not isinstance(cotangent, (list, tuple)) or len(cotangent) != len(primal):
            raise TypeError(f"{_named(bwd)}: cotangent {where} is {_shown(cotangent)} for {_shown(primal)}")
        pairs = enumerate(zip(cotangent, primal, strict=True))
        return [_fitted(c, p, bwd, f"{where}[{k}]") for k, (c, p) in pairs]
    if not isinstance(primal, (int, float, complex, np.generic, np.ndarray)):
        return cotangent
    if isinstance(cotangent, (list, tuple, dict, str)):
        raise TypeError(f"{_named(bwd)}: cotangent {where} is {_shown(cotangent)} for {_shown(primal)}")
    if np.shape(cotangent) != np.shape(primal):
        raise ValueError(
            f"{_named(bwd)}: cotangent {where} has shape {np.shape(cotangent)}, the argument {np.shape(primal)}"
        )
    return _precise(cotangent, primal)


def _precise(cotangent: Any, primal: Any) -> Any:
    """The cotangent in the precision of the primal, real if that is real; an array for an array, else a number."""
    value = np.asarray(cotangent)
    own = np.asarray(primal).dtype
    if value.dtype.kind not in "biufc":
        raise TypeError(f"a cotangent of dtype {value.dtype}")
    if value.dtype.kind == "c" and own.kind != "c":
        value = value.real
    if own.kind == "f" or (own.kind == "c" and value.dtype.kind == "c"):
        value = value.astype(own, copy=False)
    elif value.dtype.kind in "biu" or own.kind == "c":
        value = value.astype(np.complex64 if own == np.complex64 else float, copy=False)
    if isinstance(primal, np.ndarray):
        return value
    return value[()] if isinstance(primal, np.generic) else value.item()


def _named(function: Any) -> str:
    while hasattr(function, "func") and not hasattr(function, "__name__"):
        function = function.func
    name, code = getattr(function, "__name__", type(function).__name__), getattr(function, "__code__", None)
    if name == "<lambda>" and code is not None:
        return f"<lambda> ({code.co_filename.rpartition('/')[2]}, line {code.co_firstlineno})"
    return f"{name}()"


def _shown(value: Any) -> str:
    if isinstance(value, (tuple, list, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else f"a {type(value).__name__}"
