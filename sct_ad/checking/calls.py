"""One call of a function with a rule: its arguments, its value, and the cotangents that the rule gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sct_ad.rules.evaluate import is_float, pull_arguments, push
from sct_ad.rules.registry import lookup, qualified_name


class Subject:
    """A function, its rule, and the arguments of one call; those that have derivatives are the `active` ones."""

    def __init__(
        self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], literal: tuple[int | str, ...]
    ) -> None:
        rule = lookup(function)
        if rule is None:
            raise AssertionError(f"check_rule: {qualified_name(function)} has no rule")
        self.function, self.rule, self.literal = function, rule, literal
        self.arguments: dict[int | str, Any] = dict(enumerate(args))
        self.arguments.update(keywords.items())
        self.active = [key for key, value in self.arguments.items() if is_float(value) and key not in literal]

    def primal(self, arguments: Mapping[int | str, Any]) -> Any:
        """The function's value; several results are a tuple."""
        args = [value for key, value in arguments.items() if isinstance(key, int)]
        z = self.function(*args, **{key: value for key, value in arguments.items() if isinstance(key, str)})
        return tuple(z) if isinstance(z, tuple) else z

    def cotangents(
        self, arguments: Mapping[int | str, Any], z: Any, dz: Any, knowledge: str, displays: bool
    ) -> dict[int | str, Any]:
        """What the rule gives for the active arguments, as it comes out of the emitted text."""
        args = tuple(value for key, value in arguments.items() if isinstance(key, int))
        named = {key: value for key, value in arguments.items() if isinstance(key, str)}
        found = pull_arguments(self.rule, z, dz, args, named, knowledge, displays, self.literal)
        return {key: found[key] for key in self.active}

    def tangent(
        self, arguments: Mapping[int | str, Any], z: Any, direction: Mapping[Any, Any], knowledge: str, displays: bool
    ) -> Any:
        """The tangent of the result along a direction, as it comes out of the emitted text."""
        args = tuple(value for key, value in arguments.items() if isinstance(key, int))
        named = {key: value for key, value in arguments.items() if isinstance(key, str)}
        return push(self.function, self.rule, z, args, named, dict(direction), knowledge, displays, self.literal)

    @property
    def name(self) -> str:
        """The function as an error names it."""
        return qualified_name(self.function)


def cotangent_like(z: Any) -> Any:
    """A cotangent of the shape and type of a result, with no entry near zero."""
    if isinstance(z, (tuple, list)):
        parts = map(cotangent_like, z)
        return type(z)(parts) if type(z) in (tuple, list) else tuple(parts)
    generator = np.random.default_rng(3)
    numbers, dtype = generator.uniform(0.5, 1.5, np.shape(z)), np.asarray(z).dtype
    if dtype.kind == "c":
        numbers = numbers + 1j * generator.uniform(-1.5, 1.5, np.shape(z))
    if isinstance(z, (np.ndarray, np.generic)) and dtype.kind in "fc":
        return np.asarray(numbers).astype(dtype)[()] if np.ndim(z) == 0 else numbers.astype(dtype)
    return numbers if np.ndim(z) else np.asarray(numbers).item()


def finished(part: Any, argument: Any) -> Any:
    """A cotangent as the interface hands it out: in the structure and the types of its argument."""
    if isinstance(argument, (tuple, list)):
        parts = [None] * len(argument) if part is None else part
        assert len(parts) == len(argument), f"{len(parts)} cotangents for a sequence of {len(argument)}"
        return type(argument)(map(finished, parts, argument))
    if not is_float(argument):
        return argument
    if part is None:
        return np.zeros_like(argument) if isinstance(argument, np.ndarray) else type(argument)(0.0)
    if np.ndim(argument) == 0:
        assert np.ndim(part) == 0, f"the cotangent of a number has shape {np.shape(part)}"
    if np.iscomplexobj(part) and not np.iscomplexobj(argument):
        part = np.real(part)
    if isinstance(argument, np.ndarray):
        return np.array(np.broadcast_to(part, argument.shape), argument.dtype)
    return type(argument)(part)


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal entry by entry."""
    if isinstance(left, (tuple, list)):
        return all(map(same, left, right))
    return np.array_equal(left, right, equal_nan=dtype_of(left).kind in "fc")


def dtype_of(value: Any) -> np.dtype[Any]:
    """The dtype of a number or an array."""
    return np.asarray(value).dtype


def is_single(value: Any) -> bool:
    """Whether a value consists of numbers in single precision."""
    if isinstance(value, (tuple, list)):
        return bool(value) and all(map(is_single, value))
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype in (np.float32, np.complex64)
