"""specialise: a user function and the types of its arguments -> one flat core function with typed variables."""

from __future__ import annotations

import builtins
import types
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Unit
from sct_ad.errors import UnsupportedError
from sct_ad.rules.typing.sizes import with_identity
from sct_ad.specialise import calls, capture, expressions, flow, instances, outer_names, recursion
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.identity import Reconsider
from sct_ad.specialise.namespace import Guard, Namespace
from sct_ad.specialise.parameters import Given, take_apart
from sct_ad.specialise.symbols import Record, Runtime, Sequence, Symbol, display, is_concrete
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.source import Source
from sct_ad.syntax.values import Abstract, Opaque, holds_objects


@dataclass
class Specialised:
    """A flat core function: no user calls, loops over ranges only, one Return."""

    function: gast.FunctionDef
    parameters: dict[str, str]
    """The user's parameter -> the variable."""
    definition_types: dict[int, tuple[Stmt, Abstract]]
    parameter_types: dict[str, Abstract]
    """Types of the parameters' variables."""
    result: Symbol
    namespace: Namespace
    typer: Typer
    temporaries: set[str]
    source: Source
    written: set[str] = field(default_factory=set)
    """Parameters whose arrays the function writes in place."""
    units: dict[Any, Unit] = field(default_factory=dict)
    """The recursive functions that it calls."""
    widened: dict[str, Abstract] = field(default_factory=dict)
    """Lists into which elements were put after their definition."""
    signature: list[str] = field(default_factory=list)
    """The variables that a call passes, in order; the parts of those in `given` are parameters too."""
    given: dict[str, Given] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    """Keys of objects and homes of containers that are changed."""
    """The user's parameter -> its parts, where it holds objects."""

    def roots(self) -> list[str]:
        """The user's parameters, without the parts of those that hold objects."""
        return [name for name, variable in self.parameters.items() if variable in self.signature]

    def is_changed(self, name: str) -> bool:
        """Whether an object, or a container of objects, in a parameter is changed."""
        return name in self.given and any(part.key in self.changed for part in self.given[name].all())

    def variables(self, name: str) -> list[str]:
        """The variables that a user's parameter consists of."""
        if name in self.given:
            return [leaf.variable for leaf in self.given[name].leaves()]
        return [self.parameters[name]]


def specialise(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    text: str | None = None,
    by_value: bool = False,
) -> Specialised:
    """Specialise a function to argument types; user calls are inlined.

    With `by_value`, integers outside are known by their values, as those in the argument types may be. Raises
    UnsupportedError, at the user's line, for what cannot be lowered; NeedsValues where `by_value` may help.
    """
    found = _Findings(by_value)
    while True:
        try:
            return _specialise(function, argument_types, text, found)
        except Reconsider as reason:
            if not found.add(reason):
                raise UnsupportedError(
                    "a list or dict of functions that changes under several names", None, "give each name its own"
                ) from None


@dataclass
class _Findings:
    """What attempts have found out that specialisation has to know from the start."""

    by_value: bool
    made: frozenset[str] = frozenset()
    hoisted: dict[int, tuple[Any, set[str]]] = field(default_factory=dict)
    shadowed: set[tuple[type, str]] = field(default_factory=set)

    def add(self, reason: Reconsider) -> bool:
        """Take note; False if it was known."""
        if reason.stored is not None:
            owner, attr = reason.stored
            self.hoisted.setdefault(id(owner), (owner, set()))[1].add(attr)
        elif reason.shadowed is not None:
            self.shadowed.add(reason.shadowed)
        elif reason.homes <= self.made:
            return False
        self.made |= reason.homes
        return True


def _specialise(
    function: types.FunctionType, argument_types: dict[str, Abstract], text: str | None, found: _Findings
) -> Specialised:
    core, source = calls.lowered(function, text)
    if core.stopped is not None:
        raise UnsupportedError(
            "the gradient of a generator function", nodes.origin_of(core.body[-2]), "loop over it in another function"
        )
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    frame = Frame(core, source, function.__globals__, cells, is_root=True)
    namespace = Namespace(Names(_outer_names(frame)), function.__globals__)
    state = State(namespace, Typer({}, namespace.objects), **vars(found))
    namespace.guard(Guard(function, ("__code__",), expected=function.__code__))
    exact = tuple(argument_types.values())
    state.stack.append((function.__code__, tuple(recursion.widen(t, "") for t in exact), exact))
    return run(state, frame, argument_types, {})


RECURSIVE = "recursive"
"""The signature of a unit on the stack: every further call of the same code is a recursive one."""


def run(
    state: State,
    frame: Frame,
    argument_types: dict[str, Abstract],
    static: dict[str, Symbol],
    outside: dict[str, Symbol] | None = None,
) -> Specialised:
    """Specialise the body of a frame whose parameters have the given types, or are known symbols.

    `outside` are the variables of functions around it; those that exist at run time become parameters, too.
    """
    core = frame.core
    parameters: dict[str, str] = {}
    given: dict[str, Given] = {}
    own_types: dict[str, Abstract] = {}
    signature: list[str] = []
    for local in frame.ordered_locals:
        if local not in frame.temporaries:
            state.variable(frame, local)
    for name, type_ in {name: with_identity(type_) for name, type_ in argument_types.items()}.items():
        variable = state.variable(frame, name) if name in frame.locals else state.parameter(name)
        signature.append(variable)
        if holds_objects(type_):
            symbol, given[name] = take_apart(state, name, variable, type_, parameters)
            own_types |= {leaf.variable: leaf.type for leaf in given[name].leaves()}
            state.bind(variable, symbol)
            own_types[variable] = state.typer.types[variable] = Opaque(object)
            continue
        parameters[name] = variable
        state.env[variable] = Runtime(type_, nodes.name(variable))
        own_types[variable] = state.typer.types[variable] = type_
    state.enter(frame)
    state.env.update(outside or {})
    for variable, symbol in (outside or {}).items():
        if isinstance(symbol, Runtime) and capture.is_data(symbol):
            parameters[capture.parameter(variable)] = variable
            signature.append(variable)
            own_types[variable] = state.typer.types[variable] = symbol.type
            state.env[variable] = Runtime(symbol.type, nodes.name(variable))
    for place, names in state.hoisted.values():
        follow = outer_names.hoist if isinstance(place, (dict, types.CellType)) else instances.hoist
        follow(state, place, sorted(names))
    for name, symbol in static.items():
        state.env[state.variable(frame, name)] = symbol
    for name, symbol in _variadic(core, signature[: len(argument_types)], argument_types, state).items():
        state.assign(frame, name, symbol)
    flow.block(state, frame, core.body[:-1])
    if state.environment is None:
        raise state.refuse("a function that always raises, or recurses without end")
    returns = core.body[-1]
    with state.at(frame, returns):
        result = state_result(state, frame, returns)
        plain = _without_makers(result)
        value = display(plain) if is_concrete(plain) else display(state.runtime(plain, "the result"))
        state.emit(gast.Return(value=value))
    flat = gast.FunctionDef(
        name=core.name,
        args=nodes.parameters(signature),
        body=state.out,
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    return Specialised(
        flat,
        parameters,
        state.definition_types,
        own_types,
        result,
        state.namespace,
        state.typer,
        state.temporaries,
        frame.source,
        set(),
        state.units,
        state.widened,
        signature,
        given,
        state.changed,
    )


def _variadic(
    core: gast.FunctionDef, signature: list[str], argument_types: dict[str, Abstract], state: State
) -> dict[str, Symbol]:
    """`*args` and `**kwargs` as displays of the parameters that stand for their items."""
    found: dict[str, Symbol] = {}
    variables = dict(zip(argument_types, signature, strict=True))
    for star, is_dict in ((core.args.vararg, False), (core.args.kwarg, True)):
        if star is None or star.id in variables:
            continue
        own = {n[len(star.id) + 1 : -1]: v for n, v in variables.items() if n.startswith(star.id + "[")}
        items = [state.env[variable] for variable in own.values()]
        if is_dict:
            found[star.id] = Record(tuple(zip([key[1:-1] for key in own], items, strict=True)))
        else:
            found[star.id] = Sequence(tuple(items))
    return found


def state_result(state: State, frame: Frame, returns: gast.Return) -> Symbol:
    """The symbol of the one Return; parts that are expressions get variables."""
    return _settle(state, expressions.evaluate(state, frame, returns.value))


def _settle(state: State, symbol: Symbol) -> Symbol:
    if isinstance(symbol, Sequence):
        return replace(symbol, items=tuple(_settle(state, item) for item in symbol.items))
    if isinstance(symbol, Runtime) and not isinstance(symbol.atom, (gast.Name, gast.Constant)):
        return state.temporary(symbol.atom, symbol.type)
    return symbol


def _without_makers(symbol: Symbol) -> Symbol:
    """Named tuples as plain ones."""
    if isinstance(symbol, Sequence):
        return Sequence(tuple(map(_without_makers, symbol.items)), symbol.is_list)
    return symbol


def named_result(flat: Specialised) -> Expr:
    """The returned expression with named tuples as such, which core returns as plain tuples."""
    return _named(nodes.copy(flat.function.body[-1].value), flat.result)


def _named(value: Expr, symbol: Symbol) -> Expr:
    if isinstance(symbol, Sequence) and isinstance(value, (gast.Tuple, gast.List)):
        value.elts = [_named(item, part) for item, part in zip(value.elts, symbol.items, strict=True)]
        if symbol.maker is not None:
            return nodes.call(nodes.copy(symbol.maker), *value.elts)
    return value


def _outer_names(frame: Frame) -> set[str]:
    """Names that the function reads from outside: they must stay free in the emitted text."""
    outside = nodes.names_in(frame.core) - frame.locals
    return {n for n in outside if n in frame.function_globals or n in frame.cells or hasattr(builtins, n)}
