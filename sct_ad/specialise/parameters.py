"""Arguments that are objects, or hold objects, taken apart: a variable for each number, array or plain container."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sct_ad.specialise import calls, heap, instances
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Instance, Partial, Record, Runtime, Sequence, Symbol
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Bound, Constant, Dict, List, Object, Same, Tuple, holds_objects


@dataclass(frozen=True)
class Given:
    """A part of an argument as the caller passed it: a leaf has a variable, anything else has parts."""

    path: Expr
    """How it is reached, such as `model.layers[0].W`."""
    type: Abstract
    variable: str = ""
    key: str = ""
    """What changes of it are noted under: the key of an object, the home of a container."""
    parts: tuple[tuple[Any, Given], ...] = ()

    def leaves(self) -> list[Given]:
        """The parts that have variables."""
        if self.variable:
            return [self]
        return [leaf for _, part in self.parts for leaf in part.leaves()]

    def all(self) -> list[Given]:
        """The part itself and all parts inside it."""
        return [self, *(inner for _, part in self.parts for inner in part.all())]


class _Taking:
    def __init__(self, state: State, name: str, type_: Abstract, parameters: dict[str, str]) -> None:
        self.state, self.parameters, self.name = state, parameters, name
        self.labels = Counter(s for path in _paths(type_, (name,)) for s in _suffixes(path))
        self.met: dict[Any, Instance] = {}

    def part(self, type_: Abstract, path: Expr, where: tuple[str, ...]) -> tuple[Symbol, Given]:
        """The symbol of a part, and what it was as given."""
        if isinstance(type_, Same):
            return self.met[type_.key], Given(path, type_)
        if isinstance(type_, Bound):
            owner, _ = self.part(type_.owner, path, where)
            function = calls.symbol_of(self.state, type_.function, type_.function.__name__)
            return Partial(function, (owner,), {}), Given(path, type_)
        if isinstance(type_, Object):
            return self._object(type_, path, where)
        if isinstance(type_, Constant):
            return calls.constant_item(self.state, Runtime(type_, path)), Given(path, type_)
        if not holds_objects(type_):
            return self._leaf(type_, path, where)
        assert isinstance(type_, (Tuple, List, Dict))
        pairs: list[tuple[Any, Abstract]] = list(
            (type_.items or ()) if isinstance(type_, Dict) else enumerate(type_.items or ())
        )
        keys = [key for key, _ in pairs]
        symbols, parts = [], []
        for key, item in pairs:
            symbol, given = self.part(item, nodes.subscript(nodes.copy(path), nodes.constant(key)), (*where, str(key)))
            symbols.append(symbol)
            parts.append((key, given))
        home = "_".join(where)  # as items of displays are called
        given = Given(path, type_, key=home, parts=tuple(parts))
        if isinstance(type_, Dict):
            return Record(tuple(zip(keys, symbols, strict=True))), given
        return Sequence(tuple(symbols), isinstance(type_, List), names=getattr(type_, "names", ())), given

    def _object(self, type_: Object, path: Expr, where: tuple[str, ...]) -> tuple[Symbol, Given]:
        state = self.state
        key = where[0] if len(where) == 1 else state.namespace.names.fresh("_".join(where))
        instance = self.met[type_.key] = Instance(key, type_.cls)
        own = state.objects.setdefault(key, {})
        state.given[key] = path
        parts = []
        for attr, item in type_.items:
            if not attr.isidentifier():
                continue
            symbol, given = self.part(item, nodes.attribute(nodes.copy(path), attr), (*where, attr))
            if given.variable:
                own[attr] = given.variable
                state.owners[given.variable] = key
            else:
                state.bind(heap.variable_of(state, instance, attr), symbol)
            parts.append((attr, given))
        return instance, Given(path, type_, key=key, parts=tuple(parts))

    def _leaf(self, type_: Abstract, path: Expr, where: tuple[str, ...]) -> tuple[Symbol, Given]:
        state, names = self.state, self.state.namespace.names
        short = [s for s in _suffixes(where) if self.labels[s] == 1 and s.isidentifier() and s not in names.taken]
        variable = short[0] if short else names.fresh("_".join(where))
        names.taken.add(variable)
        state.temporaries.add(variable)
        state.namespace.locals.add(variable)
        self.parameters[".".join(where)] = variable
        symbol = Runtime(type_, nodes.name(variable))
        state.env[variable] = symbol
        state.typer.types[variable] = type_
        return symbol, Given(path, type_, variable)


def take_apart(
    state: State, name: str, variable: str, type_: Abstract, parameters: dict[str, str]
) -> tuple[Symbol, Given]:
    """The symbol of an argument that holds objects; its leaves are entered into `parameters`."""
    parameters[name] = variable
    taking = _Taking(state, variable, type_, parameters)
    found = taking.part(type_, nodes.name(variable), (variable,))
    for instance in taking.met.values():
        instances.inherit(state, instance)
    return found


def _paths(type_: Abstract, where: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Where the leaves of an argument are."""
    if not holds_objects(type_):
        return [] if isinstance(type_, Constant) else [where]
    if isinstance(type_, (Object, Dict)):
        return [p for key, item in type_.items or () for p in _paths(item, (*where, str(key)))]
    items = type_.items if isinstance(type_, (Tuple, List)) else ()
    return [p for k, item in enumerate(items or ()) for p in _paths(item, (*where, str(k)))]


def _suffixes(path: tuple[str, ...]) -> list[str]:
    """Names for a leaf, from the shortest to the longest."""
    return ["_".join(path[k:]).strip("_") for k in reversed(range(len(path)))]
