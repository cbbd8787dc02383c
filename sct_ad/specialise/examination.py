"""What is known of a call of a user function that stays a call: its result's type, and what it shares and writes.

The function is specialised to the types of the arguments on the side; nothing of it gets into the text.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gast

from sct_ad.analysis.alias import Memory, analyse_memory, effects_of, holds_memory, is_pure, sources_of
from sct_ad.errors import SctError
from sct_ad.rules.custom import CustomFunction
from sct_ad.rules.typing.sizes import fresh
from sct_ad.specialise import entry
from sct_ad.specialise.heap import NeedsUnrolling
from sct_ad.specialise.namespace import Namespace
from sct_ad.specialise.signature import NeedsValues, abstract_of
from sct_ad.specialise.symbols import symbol_type
from sct_ad.specialise.wrappers import unwrap
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    forget_length,
    forget_value,
    map_leaves,
)

if TYPE_CHECKING:
    from sct_ad.analysis.typer import Typer
    from sct_ad.specialise.entry import Specialised


@dataclass(frozen=True)
class Examined:
    """What is known of a call, which is nothing where the function has no source or cannot be specialised."""

    result: Abstract = UNKNOWN
    shares: tuple[frozenset[int], ...] | None = None
    """For each item of the tuple that is returned, or for the one result, the arguments that it may share memory with;
    None where that is not known."""
    apart: bool = False
    """Whether no two items of the tuple share memory."""
    writes: frozenset[int] | None = None
    """The arguments that are written in place; None where that is not known."""
    pure: bool = False
    """Whether nothing else happens than that a result is computed."""

    def shared_by(self, item: int, count: int) -> frozenset[int]:
        """The arguments, of so many, that an item of the result may share memory with."""
        if self.shares is None or item >= len(self.shares):
            return frozenset(range(count))
        return self.shares[item]

    def shared(self, count: int) -> tuple[int, ...]:
        """The arguments, of so many, that the result may share memory with."""
        if self.shares is None:
            return tuple(range(count))
        return tuple(sorted(frozenset().union(*self.shares)))


def examine(namespace: Namespace, function: Any, given: Sequence[Abstract], by_value: bool = False) -> Examined:
    """Find out about a call of `function` with positional arguments of the given types."""
    if hasattr(type(function), "result_type"):  # a function of our own that tells
        shares = function.shares(len(given))
        return Examined(function.result_type(given), shares, apart=shares is not None)
    inner, given, extra = _innermost(function, list(given))
    if inner is None:
        return Examined(_told(function))
    try:
        named = _named_types(inner, given, extra)
        flat = entry.specialise(inner, named, by_value=by_value)
        found = _examined(flat, list(named), len(given))
    except (SctError, NeedsValues, NeedsUnrolling, TypeError, ValueError):
        return Examined(_told(inner))
    namespace.guards.update(flat.namespace.guards)
    bound = len(given) - len(given[_bound(function) :])
    return found if not bound else _without_bound(found, bound)


def _innermost(
    function: Any, given: list[Abstract]
) -> tuple[types.FunctionType | None, list[Abstract], dict[str, Abstract]]:
    """The function written in Python that is run, and the types of all its arguments."""
    extra: dict[str, Abstract] = {}
    while True:
        function = unwrap(function)
        if isinstance(function, CustomFunction):
            function = function.function
        elif isinstance(function, partial):
            given = [*(abstract_of(a, ("bound", id(a))) for a in function.args), *given]
            extra = {**{k: abstract_of(a, ("bound", id(a))) for k, a in function.keywords.items()}, **extra}
            function = function.func
        elif isinstance(function, types.MethodType):
            given = [abstract_of(function.__self__, ("bound", id(function.__self__))), *given]
            function = function.__func__
        else:
            return function if isinstance(function, types.FunctionType) else None, given, extra


def _bound(function: Any) -> int:
    """How many arguments are bound in front of those of a call."""
    count = 0
    while True:
        function = unwrap(function)
        if isinstance(function, CustomFunction):
            function = function.function
        elif isinstance(function, partial):
            count, function = count + len(function.args), function.func
        elif isinstance(function, types.MethodType):
            count, function = count + 1, function.__func__
        else:
            return count


def _without_bound(found: Examined, bound: int) -> Examined:
    """With the positions of the arguments that a call passes."""

    def moved(positions: frozenset[int]) -> frozenset[int]:
        return frozenset(k - bound for k in positions if k >= bound)

    shares = None if found.shares is None else tuple(map(moved, found.shares))
    writes = None if found.writes is None else moved(found.writes)
    return Examined(found.result, shares, found.apart, writes, found.pure)


def _named_types(
    function: types.FunctionType, given: list[Abstract], extra: dict[str, Abstract]
) -> dict[str, Abstract]:
    """Parameter -> type, as for a call by position."""
    bound = inspect.signature(function, follow_wrapped=False).bind(*given, **extra)
    found: dict[str, Abstract] = {}
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            found |= {f"{name}[{k}]": type_ for k, type_ in enumerate(bound.arguments.get(name, ()))}
        elif parameter.kind is parameter.VAR_KEYWORD:
            found |= {f"{name}[{k!r}]": type_ for k, type_ in bound.arguments.get(name, {}).items()}
        elif name in bound.arguments:
            found[name] = bound.arguments[name]
        else:
            found[name] = abstract_of(parameter.default, ("default", name))
    return found


def _told(function: Any) -> Abstract:
    """What a function that is not looked into says of its result."""
    told = getattr(function, "restype", None)  # of ctypes
    if told is not None and getattr(told, "_type_", "") in ("d", "f"):
        return Scalar("float")
    told = getattr(function, "__annotations__", {}).get("return")
    if told in (float, "float"):
        return Scalar("float", "?")
    return Scalar("complex", "?") if told in (complex, "complex") else UNKNOWN


def _examined(flat: Specialised, names: list[str], count: int) -> Examined:
    body, typer = flat.function.body, flat.typer
    memory = analyse_memory(body, typer)
    owned = [set(flat.variables(name)) | {flat.parameters.get(name, "")} for name in names[:count]]
    roots = [{memory.find(v) for v in own if v in memory.parent} for own in owned]

    def classes(value: Expr) -> set[str]:
        return {memory.find(v) for v in nodes.names_in(value) if v in memory.parent}

    returned = body[-1].value
    parts = returned.elts if isinstance(returned, gast.Tuple) else [returned]
    reached = [classes(part) for part in parts]
    known = {v for own in owned for v in own}.union(*(nodes.defines(stmt) for stmt in nodes.statements(body)))
    if any(v not in known and holds_memory(typer.type_of(nodes.name(v))) for v in nodes.names_in(returned)):
        shares = None  # an array that lives outside
    else:
        shares = tuple(frozenset(k for k, own in enumerate(roots) if own & classes_) for classes_ in reached)
    apart = shares is not None and sum(map(len, reached)) == len(set().union(*reached))
    written = _written_arrays(body, typer, memory)
    writes = frozenset(
        k
        for k, own in enumerate(owned)
        if any(memory.find(v) in written if _is_leaf(v, typer) else memory.has_identity(v) for v in own)
    )
    changed = frozenset(k for k, name in enumerate(names[:count]) if flat.is_changed(name))
    result = map_leaves(forget_length(symbol_type(flat.result)), _lasting)
    return Examined(result, shares, apart, writes | changed, is_pure(body, typer, set(flat.parameters.values())))


def _is_leaf(variable: str, typer: Typer) -> bool:
    """Whether a variable is no container, so that it is not written where a list that holds it is changed."""
    return isinstance(typer.types.get(variable), (Array, Scalar, Constant))


def _written_arrays(body: Block, typer: Typer, memory: Memory) -> set[str]:
    """The classes of memory that are written in place otherwise than as lists or dicts."""
    found: set[str] = set()
    for stmt in nodes.statements(body):
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        owners = [target.value] if isinstance(target, gast.Subscript) else []
        owners += [target] if isinstance(stmt, gast.AugAssign) and isinstance(target, gast.Name) else []
        for expr in nodes.expressions(stmt):
            for node in nodes.walk(expr):
                if isinstance(node, gast.Call):
                    _, args, _ = typer.call_parts(node)
                    owners += [args[k] for k in effects_of(node, typer).mutates if k < len(args)]
                    owners += [k.value for k in node.keywords if k.arg == "out"]
        arrays = [owner for owner in owners if not isinstance(typer.type_of(owner), (List, Dict, Tuple))]
        found |= {memory.find(v) for owner in arrays for v in sources_of(owner, typer)}
    return found


def _lasting(leaf: Abstract) -> Abstract:
    """The type of a result, without what only the specialisation on the side knew."""
    if isinstance(leaf, Array):
        dims = None if leaf.dims is None else tuple(d if _is_computed(d) else fresh() for d in leaf.dims)
        return Array(leaf.dtype, dims)
    if isinstance(leaf, Constant):
        return leaf if leaf.value is None else UNKNOWN
    return forget_value(leaf)


def _is_computed(part: Any) -> bool:
    """Whether a size is a number, or computed from the sizes of arguments."""
    if isinstance(part, Dim):
        return _is_computed(part.key)
    if isinstance(part, (tuple, frozenset)):
        return all(map(_is_computed, part))
    return isinstance(part, (int, str))
