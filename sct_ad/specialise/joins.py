"""Where paths meet: the symbols that cover both sides, and what each side must do to agree with them."""

from __future__ import annotations

from dataclasses import replace

import gast

from sct_ad.specialise import heap, identity
from sct_ad.specialise.frames import Environment, State
from sct_ad.specialise.symbols import (
    Closure,
    Instance,
    Iteration,
    Method,
    Partial,
    Poison,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Constant, forget_length, join


def join_environments(left: Environment, right: Environment, conflicts: set[str]) -> Environment:
    """The environment where two paths meet; variables to be materialised first are added to `conflicts`."""
    joined: Environment = {}
    for name in [*left, *(n for n in right if n not in left)]:
        if name not in left or name not in right:
            joined[name] = left.get(name, right.get(name))  # type: ignore[assignment]
        else:
            joined[name] = join_symbols(name, left[name], right[name], conflicts)
    return joined


def join_symbols(name: str, left: Symbol, right: Symbol, conflicts: set[str]) -> Symbol:
    """The symbol that covers both."""
    if isinstance(left, Poison) or isinstance(right, Poison):
        return left if isinstance(left, Poison) else right
    if isinstance(left, Instance) and isinstance(right, Instance):
        if left.key == right.key:
            return left
        if left.cls is not right.cls:
            what = f"objects of the classes '{left.cls.__name__}' and '{right.cls.__name__}'"
            return Poison(f"'{name}' stands for {what} on different paths")
        conflicts.add(name)
        return heap.met(name, left)
    if isinstance(left, Runtime) and isinstance(right, Runtime):
        if left.type == right.type and isinstance(left.atom, gast.Constant) and nodes.same(left.atom, right.atom):
            return left  # what is known on both paths need not have been assigned
        if left is right and isinstance(left.type, Constant):
            return left
        return Runtime(join(left.type, right.type), nodes.name(name))
    if (
        isinstance(left, Sequence)
        and isinstance(right, Sequence)
        and len(left.items) == len(right.items)
        and left.is_list == right.is_list
        and left.names == right.names
    ):
        items: list[Symbol] = []
        for a, b in zip(left.items, right.items):
            if isinstance(a, Runtime) and isinstance(b, Runtime):
                if not nodes.same(a.atom, b.atom):
                    break
                items.append(Runtime(join(a.type, b.type), a.atom))
            elif a is b or (isinstance(a, Instance) and a == b):
                items.append(a)
            elif isinstance(a, Sequence) and isinstance(b, Sequence):
                nested: set[str] = set()
                inner = join_symbols(name, a, b, nested)
                if nested:
                    break
                items.append(inner)
            else:
                break
        else:
            return replace(left, items=tuple(items), homes=left.homes | right.homes)
    if isinstance(left, Record) and isinstance(right, Record):
        if {key for key, _ in left.items} != {key for key, _ in right.items} and not _can_be_one_dict(left, right):
            return Poison(f"'{name}' is a dict whose keys differ from path to path: give it all keys where it is made")
        keys = [key for key, _ in left.items]
        if keys == [key for key, _ in right.items]:
            conflicting: set[str] = set()
            ours, theirs = (Sequence(tuple(item for _, item in side.items)) for side in (left, right))
            merged = join_symbols(name, ours, theirs, conflicting)
            if isinstance(merged, Sequence) and not conflicting:
                return Record(tuple(zip(keys, merged.items, strict=True)), left.homes | right.homes)
    if left is right or (isinstance(left, Closure) and isinstance(right, Closure) and _same_closure(left, right)):
        return left
    if isinstance(left, (Method, Partial, Iteration)) and left == right:
        return left
    displays = (Sequence, Record)
    if isinstance(left, displays) and isinstance(right, displays) and not (is_concrete(left) and is_concrete(right)):
        what = f"'{name}' holds objects or functions, and differs from path to path or grows in a loop"
        return Poison(what, "loop over a range of known length, or keep what is needed of the objects in lists")
    if isinstance(left, Instance) or isinstance(right, Instance):
        return Poison(f"'{name}' is an object on one path, and something else on another", "make an object on both")
    if is_concrete(left) and is_concrete(right):
        conflicts.add(name)
        return Runtime(join(symbol_type(left), symbol_type(right)), nodes.name(name))
    return Poison(f"'{name}' stands for different functions on different paths")


def _can_be_one_dict(left: Symbol, right: Symbol) -> bool:
    """Whether dicts of different keys are one at run time: their values are of one kind."""
    return is_concrete(left) and is_concrete(right) and join(symbol_type(left), symbol_type(right)) != UNKNOWN


def _same_closure(left: Closure, right: Closure) -> bool:
    """Whether two closures are the same function and read the same variables."""
    if left.node is not right.node or set(left.defaults) != set(right.defaults):
        return False
    ours, theirs = left.frame, right.frame
    while ours is not theirs:
        if ours is None or theirs is None or ours.variables != theirs.variables:
            return False
        ours, theirs = ours.parent, theirs.parent  # type: ignore[assignment]
    return all(_same_default(symbol, right.defaults[name]) for name, symbol in left.defaults.items())


def _same_default(left: Symbol, right: Symbol) -> bool:
    if isinstance(left, Runtime) and isinstance(right, Runtime):
        return nodes.same(left.atom, right.atom)
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        return len(left.items) == len(right.items) and all(map(_same_default, left.items, right.items))
    return left is right


def meet(state: State, sides: list[tuple[Block, Environment]]) -> tuple[Environment, set[str]]:
    """The environment where two paths meet, objects united, and the variables that need a run-time container."""
    while True:
        conflicts: set[str] = set()
        joined = join_environments(sides[0][1], sides[1][1], conflicts)
        objects = {name for name in conflicts if isinstance(joined[name], Instance)}
        if not objects:
            state.unsure |= {n for n in state.owners if (n in sides[0][1]) != (n in sides[1][1])}
            return joined, conflicts
        for out, env in sides:
            heap.unite(state, out, env, objects)


def unchanged(state: State, atom: Expr, block_: Block) -> Expr:
    """A header's atom under a name that the block does not assign: the reverse sweep reads it after the block."""
    assigned = {n for stmt in nodes.statements(block_) for n in nodes.defines(stmt)}
    if not (isinstance(atom, gast.Name) and atom.id in assigned):
        return atom
    type_ = state.typer.type_of(atom)
    name = state.fresh("kept")
    stmt = state.emit(nodes.assign(name, atom))
    state.definition_types[id(stmt)] = (stmt, type_)
    return nodes.name(name)


def materialise(state: State, out: Block, env: Environment, names: set[str]) -> None:
    """Give displays that exist only at compile time a run-time variable at the end of `out`."""
    shown = {name: symbol for name in sorted(names) if isinstance(symbol := env.get(name), (Sequence, Record))}
    with heap.at_end(state, out, env):
        for name, symbol in shown.items():
            identity.make(state, name, symbol)
            state.define(name, display(symbol), forget_length(symbol_type(symbol)))


def widen(state: State, names: set[str]) -> None:
    """Displays that came to exist at run time have the type of all paths, though each path defines its own."""
    for name in names:
        symbol = state.env.get(name)
        if isinstance(symbol, Runtime):
            state.widened[name] = join(state.widened.get(name, symbol.type), symbol.type)


def note_types(state: State, env: Environment) -> None:
    """Let the typer know the types of an environment."""
    for name, symbol in env.items():
        if isinstance(symbol, Runtime):
            state.typer.types[name] = symbol.type
