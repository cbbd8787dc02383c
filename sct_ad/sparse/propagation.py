"""What the inputs that a result depends on are, given those that the arguments of an operation depend on.

The dependence of a number is a set of inputs (see `bits`), that of an array an array of such sets, that of a container
a container of the same structure. Everything here may say too much, and never too little: a function of which nothing
is known depends, in each number of its result, on all that its arguments depend on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sct_ad.sparse.bits import union
from sct_ad.sparse.interactions import is_recording, meet, meet_pairwise
from sct_ad.sparse.products import PRODUCTS, factors
from sct_ad.sparse.structure import RULES, Call

Sets = np.ndarray[Any, Any]


def elementwise(result: Any, how: str, *dependences: Any) -> Any:
    """The union, number by number; `how` is "linear", "product" or "nonlinear"."""
    if isinstance(result, (tuple, list)):
        return type(result)(elementwise(part, how, *dependences) for part in result)
    given = [packed(each) for each in dependences]
    shape = np.shape(result)
    if is_recording() and how == "product" and len(given) == 2:
        left, right = (np.broadcast_to(each, shape).reshape(-1).tolist() for each in given)
        meet_pairwise(zip(left, right))
    found: Any = given[0].copy() if len(given) == 1 else given[0]
    for other in given[1:]:
        found = np.bitwise_or(found, other)
    found = fitted(result, found)
    if how == "nonlinear":
        meet(leaves(found))
    return found


def general(
    function: Any, result: Any, args: tuple[Any, ...], named: dict[str, Any], given: dict[Any, Any], linear: bool
) -> Any:
    """The dependence of the result of `function(*args, **named)`.

    `given` has the dependences of the active arguments, and of those that stand beside them as data, by the positions
    or names of the arguments.
    """
    for key, dependence in given.items():
        argument = args[key] if isinstance(key, int) else named[key]
        if argument is result and isinstance(result, np.ndarray):
            return dependence
    found = _by_rule(function, result, args, named, given)
    if found is None:
        found = filled(result, union(leaves(list(given.values()))))
    _check_memory(result, found, args, named, given)
    if not linear:
        pairs = factors(args, given) if is_recording() and _is_product(function) else None
        if pairs is None:
            meet(leaves(found))
        else:
            meet_pairwise(pairs)
    return found


def _is_product(function: Any) -> bool:
    return any(function is each for each in PRODUCTS)


class UntrackedError(RuntimeError):
    """Memory is shared in a way that sets cannot follow."""


def _check_memory(result: Any, found: Any, args: tuple[Any, ...], named: dict[str, Any], given: dict[Any, Any]) -> None:
    """The sets of a view must be a view, since both may be written."""
    if isinstance(result, (tuple, list)):
        for one, other in zip(result, found):
            _check_memory(one, other, args, named, given)
    if not isinstance(result, np.ndarray):
        return
    for key, dependence in given.items():
        argument = args[key] if isinstance(key, int) else named[key]
        arrays, sets = ([argument], [dependence]) if isinstance(argument, np.ndarray) else (argument, dependence)
        if isinstance(arrays, (tuple, list)):
            for one, other in zip(arrays, sets):
                if isinstance(one, np.ndarray) and np.may_share_memory(one, result):
                    if not (isinstance(other, np.ndarray) and np.may_share_memory(other, found)):
                        raise UntrackedError(f"a result of shape {result.shape} that shares memory with an argument")


def _by_rule(function: Any, result: Any, args: Any, named: Any, given: Any) -> Any:
    try:
        rule = RULES.get(function)
    except TypeError:  # what cannot be hashed
        return None
    if rule is None:
        return None
    try:
        found = rule(Call(function, result, args, named, {key: _data(each) for key, each in given.items()}))
        return None if found is None else _checked(result, found)
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError):
        return None  # a use that the rule does not know


def _data(dependence: Any) -> Any:
    """Numbers as arrays without dimensions, which NumPy does not take for integers of its own."""
    if isinstance(dependence, int):
        return packed(dependence)
    if isinstance(dependence, (tuple, list)):
        return type(dependence)(map(_data, dependence))
    return dependence


def _checked(result: Any, found: Any) -> Any:
    """What a rule found, if it has the structure of the result and holds sets alone."""
    if isinstance(result, (tuple, list)):
        if not isinstance(found, (tuple, list)) or len(found) != len(result):
            return None
        parts = [_checked(r, f) for r, f in zip(result, found)]
        return None if any(part is None for part in parts) else type(result)(parts)
    if not isinstance(result, (np.ndarray, np.generic, float, int, complex)) or np.shape(found) != np.shape(result):
        return None
    if not all(type(each) is int and each >= 0 for each in leaves(found)):
        return None
    return fitted(result, found)


def fitted(result: Any, found: Any) -> Any:
    """Sets in the shape of a result, as an array for an array and as a number for a number."""
    if not isinstance(result, np.ndarray):
        return found[()] if isinstance(found, np.ndarray) and found.ndim == 0 else found
    if isinstance(found, np.ndarray) and found.shape == result.shape and _same_order(found, result):
        return found
    made = np.empty_like(result, dtype=object, subok=False)
    made[...] = found
    return made


def _same_order(found: Sets, result: Sets) -> bool:
    return found.ndim < 2 or (
        found.flags.c_contiguous == result.flags.c_contiguous and found.flags.f_contiguous == result.flags.f_contiguous
    )


def packed(dependence: Any) -> Sets:
    """An array of sets, made of a number, an array, or a list of them."""
    if isinstance(dependence, np.ndarray):
        return dependence
    if isinstance(dependence, (tuple, list)):
        return np.stack([packed(each) for each in dependence]) if dependence else np.zeros(0, dtype=object)
    made = np.empty((), dtype=object)
    made[()] = dependence
    return made


def no_dependence(value: Any) -> Any:
    """Empty sets in the structure of a value."""
    return filled(value, 0)


def filled(value: Any, members: int) -> Any:
    """The same set for each number in a value; objects whose inside is not known are one number."""
    if isinstance(value, np.ndarray):
        made = np.empty_like(value, dtype=object, subok=False)
        made[...] = members
        return made
    if isinstance(value, (tuple, list)):
        items = [filled(each, members) for each in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: filled(each, members) for key, each in value.items()}
    return members


def leaves(dependence: Any) -> Iterator[int]:
    """All sets in a dependence."""
    if isinstance(dependence, np.ndarray):
        yield from dependence.reshape(-1).tolist()
    elif isinstance(dependence, (tuple, list)):
        for each in dependence:
            yield from leaves(each)
    elif isinstance(dependence, dict):
        yield from leaves(list(dependence.values()))
    else:
        yield dependence


def unite_at(dependence: Sets, index: Any, other: Any) -> None:
    """What `np.add.at` does, for sets."""
    np.bitwise_or.at(dependence, index, packed(other))


LINEAR: frozenset[Callable[..., Any]] = frozenset(
    [np.add, np.subtract, np.negative, np.positive, np.real, np.imag, np.conjugate, np.full, np.full_like]
)
"""Elementwise functions that are linear in all arguments together."""
