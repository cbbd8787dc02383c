"""The abstract-value rule: the type of what a primitive returns, from the types of its arguments.

`result_type` looks the function up in the table that the modules of this package fill, one module per topic. A pure
NumPy function without a rule is tried out on tiny arrays. Unknown is always a correct answer.
"""

from __future__ import annotations

import importlib
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.rules import registry
from sct_ad.rules.effects import effects, home_of
from sct_ad.rules.typing import (
    attributes,
    builtin,
    constructors,
    cotangents,
    elementwise,
    indexing,
    joining,
    linalg,
    operators,
    picking,
    places,
    polynomials,
    products,
    reductions,
    shapes,
    transforms,
)
from sct_ad.rules.typing.attributes import attribute_type, method_arguments, method_function
from sct_ad.rules.typing.indexing import item_type, items_of, subscript_type
from sct_ad.rules.typing.probe import CannotSampleError, describe, probe, trial
from sct_ad.rules.typing.sizes import derived, static
from sct_ad.rules.typing.table import GIVE_UP, Rule, find
from sct_ad.syntax.dims import Dims, broadcast
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    kind,
    map_leaves,
)

__all__ = [
    "attribute_type",
    "item_type",
    "items_of",
    "method_arguments",
    "method_function",
    "result_type",
    "subscript_type",
]

TOPICS = (
    attributes,
    builtin,
    constructors,
    cotangents,
    elementwise,
    indexing,
    joining,
    linalg,
    operators,
    picking,
    places,
    polynomials,
    products,
    reductions,
    shapes,
    transforms,
)

# Their results depend on the values of the arguments, not only on their types.
_BY_VALUE = {
    "eig",
    "eigvals",
    "sqrtm",
    "logm",
    "fractional_matrix_power",
    "signm",
    "funm",
    "roots",
    "real_if_close",
    "fromfunction",
    "vectorize",
    "piecewise",
    "load",
    "loadtxt",
}
_STATIC = {"dtype", "finfo", "iinfo", "result_type", "promote_types", "can_cast", "issubdtype"}


def result_type(function: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """The type of `function(*args, **keywords)`; Unknown where nothing is known of it."""
    try:
        found = _without_chosen(_result_type(function, list(args), dict(keywords)))
    except GIVE_UP:
        return UNKNOWN
    if isinstance(found, Array) and function in _OPPOSITE and isinstance(args[0], Array) and args[0].chosen is not None:
        return replace(found, chosen=derived("not", args[0].chosen))
    return found


_OPPOSITE = (operator.invert, np.invert, np.logical_not)


def _without_chosen(value: Abstract) -> Abstract:
    """A rule may give the type of an argument; its entries may be others."""
    if isinstance(value, (Tuple, List, Dict)):
        return map_leaves(value, _without_chosen)
    return replace(value, chosen=None) if isinstance(value, Array) and value.chosen is not None else value


def _result_type(function: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    rule = find(function) or _random_rule(function)
    if rule is not None:
        try:
            return rule(function, *args, **keywords)
        except GIVE_UP:
            return _tried_out(function, args, keywords)
    if isinstance(function, np.ufunc) and function.signature is None:
        return elementwise.ufunc(function, *args, **keywords)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return elementwise.ufunc_method(function, *args, **keywords)
    if isinstance(function, type) and issubclass(function, np.generic):
        return constructors.cast(function, *args, **keywords)
    found = registry.lookup(function)
    if found is not None and (found.like or found.elementwise) and not found.of_library:
        return _as_its_rule_says(found, args, keywords)
    return _tried_out(function, args, keywords)


def _as_its_rule_says(rule: registry.Rule, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """The type of a result that is like an argument, or broadcasts all of them."""
    if not rule.like:
        arrays = [a for a in (*args, *keywords.values()) if isinstance(a, Array)]
        dims: Dims | None = ()
        for array in arrays:
            dims = broadcast(dims, array.dims)
        return Array("", dims) if arrays else UNKNOWN
    given = dict(zip((p.name for p in rule.parameters), args), **keywords)
    if isinstance(rule.like, tuple):
        return Tuple(tuple(_like(given.get(name, UNKNOWN)) for name in rule.like))
    return _like(given.get(rule.like, UNKNOWN))


def _like(argument: Abstract) -> Abstract:
    """The type of an argument; nobody says what becomes of integers."""
    if isinstance(argument, (Array, Scalar)) and kind(argument) in ("float", "complex"):
        return argument if isinstance(argument, Array) else Scalar(argument.kind, argument.dtype)
    return Array("", argument.dims) if isinstance(argument, Array) else UNKNOWN


def _random_rule(function: Any) -> Rule | None:
    """The rule of a random draw; `numpy.random` is slow to import and needed by few programs."""
    if not home_of(function).startswith("numpy.random"):
        return None
    importlib.import_module(f"{__name__}.random")
    return find(function)


def _tried_out(function: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """The type found by calling a function of NumPy or SciPy, if that is harmless."""
    home, name = home_of(function), getattr(function, "__name__", "")
    if home.partition(".")[0] not in ("numpy", "scipy") or name in _BY_VALUE:
        return UNKNOWN
    if name in _STATIC:
        return _of_constants(function, args, keywords)
    known = effects(function)
    if not known.pure or known.mutates or "out" in keywords or "lib.scimath" in home:
        return UNKNOWN
    try:
        return probe(function, args, keywords)
    except CannotSampleError:
        return UNKNOWN


def _of_constants(function: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
    """A function of dtypes, called."""
    values, named = [static(a) for a in args], {k: static(v) for k, v in keywords.items()}
    if any(v is NO_VALUE for v in (*values, *named.values())):
        return UNKNOWN
    found = trial(function, *values, **named)
    described = describe(found, keep=True)
    return described if described != UNKNOWN else Constant(found)
