"""The pipeline: a user function and the types of its arguments -> its compiled derivative, stage by stage."""

from __future__ import annotations

import ast
import sys
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import gast

from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Unit
from sct_ad.derive.gradient import Derived, Request, derive_gradient
from sct_ad.derive.tangent import TangentRequest, derive_tangent
from sct_ad.derive.tangent_units import TangentUnit
from sct_ad.derive.units import UnitPair
from sct_ad.emit.load import load
from sct_ad.emit.printer import print_function
from sct_ad.optimise.tidy import PASSES
from sct_ad.specialise.calls import lowered
from sct_ad.specialise.entry import Specialised, specialise
from sct_ad.specialise.guards import compile_guards
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.updates import resolve_updates
from sct_ad.specialise.webs import rename_apart
from sct_ad.specialise.whole_stores import resolve_whole_stores
from sct_ad.syntax.values import Abstract

Record = Callable[[str, Callable[[], str]], None]

_lock = threading.RLock()


@dataclass(frozen=True, eq=False)
class Compiled:
    """One derivative, specialised to argument types."""

    function: types.FunctionType
    text: str
    guards: list[Guard]
    holds: Callable[[], bool]
    """Whether everything that the text was specialised to still is as it was."""
    written: tuple[int, ...]
    """Positions of the parameters whose arrays the primal writes: they must not overlap with other arguments."""


def compile_gradient(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: Request,
    source: str | None = None,
    record: Record | None = None,
    by_value: bool = False,
) -> Compiled:
    """Compile the gradient of a function for the given argument types; thread-safe.

    With `by_value`, integers outside of the function are constants, as those in the argument types may be.
    `record(name, show)` is called after each stage; `show()` is its text. Raises the errors of `sct_ad.errors`.
    """
    return _compile(function, argument_types, partial(derive_gradient, request=request), source, record, by_value)


def compile_tangent(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: TangentRequest,
    source: str | None = None,
    record: Record | None = None,
    by_value: bool = False,
) -> Compiled:
    """Compile a function and its tangent, as `compile_gradient` does; tangents are passed after the arguments."""
    return _compile(function, argument_types, partial(derive_tangent, request=request), source, record, by_value)


def _compile(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    derive: Callable[[Specialised], Derived],
    source: str | None,
    record: Record | None,
    by_value: bool,
) -> Compiled:
    with _lock, _recursion_room():
        note = record or _nothing
        core, origin = lowered(function, source)
        note("source", lambda: _show(origin.tree))
        note("core", lambda: _show(core))
        flat = specialised(function, argument_types, source, note, by_value)
        derived = derive(flat)
        note("derived", lambda: _show(derived.function))
        main = _tidied(derived.function, derived.facts, derived.loop_names, note)
        helpers = _helpers(derived.units)
        helpers += _helpers(derived.pairs.primals(flat.namespace, [main, *helpers]))
        return _load(function, flat, [main, *helpers], derived.defaults, note)


def _helpers(pairs: Sequence[UnitPair | TangentUnit]) -> list[gast.FunctionDef]:
    return [
        _tidied(helper, pair.facts, pair.loop_names, _nothing)
        for pair in pairs
        for helper in pair.functions
        if pair.facts is not None
    ]


def _tidied(function: gast.FunctionDef, facts: Facts, loop_names: dict[str, str], note: Record) -> gast.FunctionDef:
    facts.loop_names = loop_names
    for name, run in PASSES:
        function = run(function, facts)
        note(name, partial(_show, function))
    return function


def specialised(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    source: str | None,
    note: Record,
    by_value: bool = False,
) -> Specialised:
    """The flat, typed core whose variables are renamed apart."""
    flat = specialise(function, argument_types, source, by_value)
    note("specialised", lambda: _show(flat.function))
    rename_apart(flat)
    if resolve_updates(flat, analyse_memory(flat.function.body, flat.typer)):
        rename_apart(flat)
    if resolve_whole_stores(flat):
        rename_apart(flat)
    note("apart", lambda: _show(flat.function))
    return flat


def _load(
    function: types.FunctionType,
    flat: Specialised,
    emitted: list[gast.FunctionDef],
    defaults: tuple[float, ...],
    note: Record,
) -> Compiled:
    """Load the derivative and its helpers; helpers are bound to each other through cells."""
    printed = [print_function(tree) for tree in emitted]
    text = "\n\n".join(text for text, _ in printed)
    note("text", lambda: text)
    namespace = flat.namespace
    cells = {tree.name: types.CellType() for tree in emitted[1:]}
    loaded = []
    for tree, (own, lines) in zip(emitted, printed, strict=True):
        used = {n.id for n in ast.walk(ast.parse(own)) if isinstance(n, ast.Name)}
        made = load(
            own,
            tree.name,
            {
                n: v.function if isinstance(v, Unit) else v
                for n, v in namespace.objects.items()
                if n in used and n not in cells
            },
            function.__globals__,
            {name: cell for name, cell in {**namespace.cells, **cells}.items() if name in used},
            (defaults or None) if tree is emitted[0] else None,
            None,
            lines,
        )
        loaded.append(made)
        if tree.name in cells:
            cells[tree.name].cell_contents = made
    names = flat.roots()
    written = tuple(names.index(name) for name in flat.written)
    guards = list(namespace.guards.values())
    return Compiled(loaded[0], text, guards, compile_guards(guards), written)


def _nothing(name: str, text: Callable[[], str]) -> None:
    pass


def _show(tree: gast.FunctionDef | gast.Lambda) -> str:
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree))) + "\n"


class _recursion_room:
    """Room for expressions of several hundred nested operators."""

    def __enter__(self) -> None:
        self.limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.limit, 20_000))

    def __exit__(self, *error: object) -> None:
        sys.setrecursionlimit(self.limit)
