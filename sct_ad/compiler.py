"""The pipeline: a user function and the types of its arguments -> its compiled derivative, stage by stage."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import gast

from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Callee, Foreign, Unit
from sct_ad.compiled import Compiled, Record
from sct_ad.derive.batching import batched_where_possible
from sct_ad.derive.directional import derive_directional
from sct_ad.derive.forward import Forward
from sct_ad.derive.gradient import Derived, derive_gradient
from sct_ad.derive.linear import derive_linear
from sct_ad.derive.pullback import DerivedPair, derive_pullback
from sct_ad.derive.requests import (
    AnyRequest,
    DirectionalRequest,
    LinearRequest,
    PullbackRequest,
    SeededRequest,
    TangentRequest,
)
from sct_ad.derive.seeded import derive_seeded
from sct_ad.derive.tangent import derive_tangent
from sct_ad.derive.tangent_units import TangentUnit
from sct_ad.derive.tape import name_as_recorded, pack_tape
from sct_ad.derive.units import UnitPair
from sct_ad.emit.load import load
from sct_ad.emit.numba.options import Backend, lock_of
from sct_ad.emit.pieces import Piece, load_pieces, text_of
from sct_ad.emit.printer import print_function
from sct_ad.optimise.tidy import PASSES, Pass, run
from sct_ad.rules.custom import custom_jvp, custom_vjp, shown_name
from sct_ad.specialise.calls import lowered
from sct_ad.specialise.determinants import resolve_log_determinants
from sct_ad.specialise.entry import Specialised, specialise
from sct_ad.specialise.guards import compile_guards
from sct_ad.specialise.namespace import Guard
from sct_ad.specialise.updates import resolve_updates
from sct_ad.specialise.webs import rename_apart
from sct_ad.specialise.whole_stores import resolve_whole_stores
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names, identifier
from sct_ad.syntax.values import Abstract
from sct_ad.undisturbed import undisturbed


def compile_derivative(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: AnyRequest,
    source: str | None = None,
    record: Record | None = None,
    by_value: bool = False,
    several: bool = False,
    backend: Backend | None = None,
    block_size: int | None = None,
) -> Compiled:
    """Compile a derivative of a function for the given argument types; thread-safe.

    What the request is of says which: the gradient; the function and its tangent, with tangents passed after the
    arguments; derivatives of a gradient along directions, which are passed after the arguments; the function and its
    pullback, or its linear map, as a pair. With `several`, tangents, or the last directions, have an axis of
    directions in front, if the result says that it is `batched`.

    With `by_value`, integers outside of the function are constants, as those in the argument types may be.
    `record(name, show)` is called after each stage; `show()` is its text. Raises the errors of `sct_ad.errors`.
    """
    given = function, argument_types
    derive: Callable[[Specialised], Any]
    match request:
        case PullbackRequest():
            return _compile_pair(*given, partial(derive_pullback, request=request), source, record, by_value)
        case LinearRequest():
            derive = partial(derive_linear, request=request, helpers=_helper_tangent)
            return _compile_pair(*given, derive, source, record, by_value)
        case SeededRequest():
            derive = partial(derive_seeded, request=request)
            return _compile(*given, derive, source, record, by_value, None, backend)
        case TangentRequest():
            derive = partial(derive_tangent, request=request, helpers=_helper_tangent)
            place = (0 if request.has_aux else None) if request.tangent_only else 1
            moving = request.parameters
        case DirectionalRequest():
            derive = partial(derive_directional, request=request, helpers=_helper_tangent)
            place, moving = (0 if request.gradient.has_aux else None), request.moved[-1]
        case _:
            derive = partial(derive_gradient, request=request)
            return _compile(*given, derive, source, record, by_value, None, backend, block_size)
    if several:
        derive = partial(_for_several, derive=derive, count=len(moving), place=place)
    return _compile(*given, derive, source, record, by_value, None, backend)


def compile_dependences(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: TangentRequest,
    walker: type[Forward],
    source: str | None = None,
    record: Record | None = None,
    by_value: bool = False,
) -> Compiled:
    """Compile what a function depends on, as a tangent, by a forward transformation of another kind."""
    derive = partial(derive_tangent, request=request, walker=walker)
    return _compile(function, argument_types, derive, source, record, by_value, ())


def _for_several(flat: Specialised, derive: Callable[[Specialised], Derived], count: int, place: int | None) -> Derived:
    """A derived function for several directions at once, where that is possible: its last parameters are these."""
    derived = derive(flat)
    given = [arg.id for arg in derived.function.args.args[-count:]]
    return batched_where_possible(flat, derived, given, place)


def _helper_tangent(
    function: Any,
    argument_types: dict[str, Abstract],
    active: tuple[str, ...],
    customs: tuple[Any, ...] | None = None,
) -> tuple[types.FunctionType, list[Guard]]:
    """The tangent of a function that emitted text calls; with `customs` of anything that can be called."""
    plain = function if customs is None else _calling(function, list(argument_types))
    request = TangentRequest(active, name=plain.__name__, customs=customs)
    compiled = compile_derivative(plain, argument_types, request)
    return compiled.function, compiled.guards


def _calling(function: Any, parameters: list[str]) -> types.FunctionType:
    """`def f(x0, x1): return f1(x0, x1)`: a plain function that calls it."""
    name, given = identifier(shown_name(function)), ", ".join(parameters)
    called = Names({*parameters, name}).fresh(name)
    return load(f"def {name}({given}):\n    return {called}({given})\n", name, {called: function}, {})


def _compile_pair(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    derive: Callable[[Specialised], DerivedPair],
    source: str | None,
    record: Record | None,
    by_value: bool,
) -> Compiled:
    """A function that records, and one that runs with its tape."""
    with undisturbed():
        note = record or _nothing
        flat = _flat(function, argument_types, source, note, by_value)
        derived = derive(flat)
        everything = derived.forward(derived.taped)
        note("derived", lambda: f"{_show(everything)}\n\n{_show(derived.reverse)}")
        steps: dict[str, Callable[[], str]] = {}
        reverse = _tidied(derived.reverse, derived.reverse_facts, derived.loop_names, steps.__setitem__, PASSES[:-1])
        needed = [name for name in derived.taped if name in nodes.names_in(reverse.body)]
        forward = _tidied(
            derived.forward(needed),
            derived.facts,
            derived.loop_names,
            lambda name, show: note(name, lambda: f"{show()}\n\n{steps[name]()}") if name in steps else None,
        )
        reverse, recorded = name_as_recorded(reverse, needed, forward, derived.seeds, derived.reverse_facts)
        reverse = _tidied(reverse, derived.reverse_facts, derived.loop_names, _nothing, PASSES[-1:])
        reverse = pack_tape(reverse, recorded, derived.seeds)
        helpers = _helpers(derived.units)
        helpers += _helpers(derived.pairs.primals(flat.namespace, [forward, reverse, *helpers]))
        pieces = _pieces(flat, [forward, reverse, *helpers], (), note)
        loaded = load_pieces(pieces, function.__globals__)
        found = _compiled(flat, loaded[0], pieces)
        return replace(found, reverse=loaded[1], slot=derived.slot, batched=derived.batched)


def _compile(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    derive: Callable[[Specialised], Derived],
    source: str | None,
    record: Record | None,
    by_value: bool,
    passes: Sequence[tuple[str, Pass]] | None = None,
    backend: Backend | None = None,
    block_size: int | None = None,
) -> Compiled:
    with lock_of(backend), undisturbed():
        note = record or _nothing
        flat = _flat(function, argument_types, source, note, by_value)
        derived = derive(flat)
        note("derived", lambda: _show(derived.function))
        if backend is not None:
            from sct_ad.lowering import lowering

            passes = lowering(PASSES if passes is None else passes, flat.namespace, backend)
        if block_size is not None:
            from sct_ad.lower.blocks import blocking

            passes = blocking(PASSES if passes is None else passes, block_size)
        main = _tidied(derived.function, derived.facts, derived.loop_names, note, passes)
        helpers = _helpers(derived.units, passes)
        helpers += _helpers(derived.pairs.primals(flat.namespace, [main, *helpers]))
        if backend is not None:
            return _native(function, argument_types, flat, derived, [main, *helpers], backend, note)
        pieces = _pieces(flat, [main, *helpers], derived.defaults, note)
        loaded = load_pieces(pieces, function.__globals__)
        return replace(_compiled(flat, loaded[0], pieces), batched=derived.batched, slot=derived.slot)


def _native(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    flat: Specialised,
    derived: Derived,
    emitted: list[gast.FunctionDef],
    backend: Backend,
    note: Record,
) -> Compiled:
    """The derivative for Numba."""
    from sct_ad.disk.machine_code import storing
    from sct_ad.emit.numba.kernels import load_native
    from sct_ad.lowering import texts_of

    def denotes(value: Any) -> Any:
        return _denoted(value) if isinstance(value, Callee) else value

    texts, read = texts_of(argument_types, flat, derived, emitted, backend, denotes)
    note("text", lambda: texts.text)
    made = load_native(texts, function, backend, storing(backend))
    guards = [*flat.namespace.guards.values(), *read]
    found = Compiled(made.function, texts.text, guards, compile_guards(guards), _written(flat))
    return replace(found, batched=derived.batched, slot=derived.slot, kernel=made.kernel, native=texts)


def _flat(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    source: str | None,
    note: Record,
    by_value: bool,
) -> Specialised:
    core, origin = lowered(function, source)
    note("source", lambda: _show(origin.tree))
    note("core", lambda: _show(core))
    return specialised(function, argument_types, source, note, by_value)


def _helpers(
    pairs: Sequence[UnitPair | TangentUnit], passes: Sequence[tuple[str, Pass]] | None = None
) -> list[gast.FunctionDef]:
    return [
        _tidied(helper, pair.facts, pair.loop_names, _nothing, passes)
        for pair in pairs
        for helper in pair.functions
        if pair.facts is not None
    ]


def _tidied(
    function: gast.FunctionDef,
    facts: Facts,
    loop_names: dict[str, str],
    note: Record,
    passes: Sequence[tuple[str, Pass]] | None = None,
) -> gast.FunctionDef:
    facts.loop_names = loop_names
    shown = None if note is _nothing else (lambda name, tree: note(name, partial(_show, tree)))
    return run(PASSES if passes is None else passes, function, facts, shown)


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
    resolve_log_determinants(flat)
    note("apart", lambda: _show(flat.function))
    return flat


def _pieces(
    flat: Specialised, emitted: list[gast.FunctionDef], defaults: tuple[float, ...], note: Record
) -> tuple[Piece, ...]:
    """The derivative and its helpers as text, with what the free names in it denote."""
    namespace, helpers = flat.namespace, {tree.name for tree in emitted[1:]}
    pieces = []
    for tree in emitted:
        text, lines = print_function(tree)
        used = nodes.names_in(tree)
        objects = {
            name: _denoted(value) if isinstance(value, Callee) else value
            for name, value in namespace.objects.items()
            if name in used and name not in helpers
        }
        cells = {name: cell for name, cell in namespace.cells.items() if name in used and name not in helpers}
        called = tuple(sorted(helpers & used))
        pieces.append(Piece(tree.name, text, objects, cells, called, defaults if tree is emitted[0] else (), lines))
    note("text", lambda: text_of(pieces))
    return tuple(pieces)


def _denoted(callee: Unit | Foreign) -> Any:
    """What text calls: a function with a derivative of its own as such, which a further derivative has to know."""
    custom = getattr(callee, "derivative", None)
    return custom if type(custom) in (custom_vjp, custom_jvp) else callee.function


def _compiled(flat: Specialised, function: types.FunctionType, pieces: tuple[Piece, ...]) -> Compiled:
    guards = list(flat.namespace.guards.values())
    return Compiled(function, text_of(pieces), guards, compile_guards(guards), _written(flat), pieces=pieces)


def _written(flat: Specialised) -> tuple[int, ...]:
    names = flat.roots()
    return tuple(names.index(name) for name in flat.written)


def _nothing(name: str, text: Callable[[], str]) -> None:
    pass


def _show(tree: gast.FunctionDef | gast.Lambda) -> str:
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree))) + "\n"
