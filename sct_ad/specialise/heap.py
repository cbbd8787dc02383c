"""Objects that are followed at compile time: each attribute is a variable of the flat function.

An `Instance` names its object by a key, so that all names for the object see the same attributes. Where paths meet that
give one name different objects, their attributes are copied to an object of the name's own (`unite`); should one of
them be changed later although others still hold it, that is an error.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import gast

from sct_ad import runtime
from sct_ad.specialise import identity
from sct_ad.specialise.symbols import Instance, Record, Runtime, Sequence, Symbol, display, is_concrete
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import Dict, List, Opaque, Scalar, Tuple, may_carry_derivative

if TYPE_CHECKING:
    from sct_ad.specialise.frames import Environment, Frame, State


class NeedsUnrolling(Exception):
    """Raised where a loop has to be written out, one copy of its body for each trip, to tell objects apart."""


_PARTS = "pass the numbers in it"
_MET = "*"
"""Ends the key of an object that belongs to a name at which paths met."""


def pick(state: State, items: list[Symbol], index: Runtime) -> Symbol | None:
    """The one of several objects of a class that a run-time index says, as an object of its own; None for others."""
    first = items[0] if items else None
    if all(isinstance(item, Runtime) for item in items):
        return _picked_value(state, items, index)
    objects = [item for item in items if isinstance(item, Instance)]
    if not isinstance(first, Instance) or len(objects) < len(items) or any(o.cls is not first.cls for o in objects):
        return None
    if all(o == first for o in objects):
        return first
    known = [attributes(state, o) for o in objects]
    if any(set(own) != set(known[0]) for own in known) or any(o.outside is not None for o in objects):
        return None
    values: dict[str, Symbol] = {}
    for attr in known[0]:
        found = pick(state, [state.env[own[attr]] for own in known], index)
        if found is None:
            return None
        values[attr] = found
    picked = Instance(state.namespace.names.fresh(first.cls.__name__.lower()), first.cls)
    born(state, picked)
    for source in objects:
        split(state, source.key, picked.key)
    for attr, symbol in values.items():
        state.bind(variable_of(state, picked, attr), symbol)
    return picked


def _picked_value(state: State, items: list[Symbol], index: Runtime) -> Symbol | None:
    atoms = [item.atom for item in items if isinstance(item, Runtime)]
    if all(nodes.same(atom, atoms[0]) for atom in atoms):
        return items[0]
    if not all(may_carry_derivative(item.type) or isinstance(item.type, Scalar) for item in items):  # type: ignore[union-attr]
        return None
    column = gast.List(elts=[nodes.copy(atom) for atom in atoms], ctx=nodes.LOAD)
    held = state.temporary(column, state.typer.type_of(column), "column")
    expr = nodes.subscript(display(held), display(index))
    return state.temporary(expr, state.typer.type_of(expr))


def variable_of(state: State, instance: Instance, attr: str) -> str:
    """The variable of an attribute, made up at its first use."""
    own = state.objects.setdefault(instance.key, {})
    if attr not in own:
        base = f"{instance.key.rstrip(_MET)}_{attr.strip('_') or 'item'}"
        own[attr] = base if base not in state.namespace.names.taken else state.namespace.names.fresh(base)
        state.owners[own[attr]] = instance.key
    name = own[attr]
    state.namespace.names.taken.add(name)
    state.namespace.locals.add(name)
    state.temporaries.add(name)
    return name


def attributes(state: State, instance: Instance) -> dict[str, str]:
    """Attribute -> variable, for the attributes that the object has by now."""
    own = state.objects.get(instance.key, {})
    return {attr: name for attr, name in own.items() if name in state.env}


def keys_in(symbol: Symbol) -> set[str]:
    """The objects that a symbol holds directly."""
    if isinstance(symbol, Instance):
        return {symbol.key}
    return set().union(*map(keys_in, identity.parts(symbol)))


def reachable(state: State, env: Environment, besides: set[str]) -> set[str]:
    """The objects that variables other than those in `besides` lead to."""
    found: set[str] = set()
    pending = [s for n, s in env.items() if n not in besides and n not in state.owners]
    while pending:
        for key in keys_in(pending.pop()) - found:
            found.add(key)
            pending += [env[v] for v in state.objects.get(key, {}).values() if v in env]
    return found


def differ(left: Symbol, right: Symbol | None) -> bool:
    """Whether two symbols are different objects of one class."""
    return isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls and left != right


def met(name: str, instance: Instance) -> Instance:
    """The object of a name at which paths meet."""
    return Instance(name + _MET, instance.cls)


def unite(state: State, out: Block, env: Environment, names: set[str]) -> None:
    """At the end of `out`, let each name stand for an object of its own, with the attributes of the one it has."""
    moved = {n: s for n in sorted(names) if isinstance(s := env.get(n), Instance) and s.key != n + _MET}
    if not moved:
        return
    values: list[tuple[Instance, str, Symbol]] = []
    with at_end(state, out, env):
        for name, source in moved.items():
            target = met(name, source)
            others = reachable(state, env, {name})
            if target.key in reachable(state, env, set(moved)):
                raise state.refuse("objects that trade places under several names", "copy them: copy.copy(...)")
            if source.key in others:
                split(state, source.key, target.key)
            values += [(target, attr, env[v]) for attr, v in attributes(state, source).items()]
        written = {variable_of(state, target, attr) for target, attr, _ in values}
        settled = [(target, attr, state.settle(symbol, written)) for target, attr, symbol in values]
        for target, attr, symbol in settled:
            state.bind(variable_of(state, target, attr), symbol)
    for name, source in moved.items():
        env[name] = met(name, source)


@contextlib.contextmanager
def at_end(state: State, out: Block, env: Environment) -> Iterator[None]:
    """Emit at the end of a block, before the statement that may leave the loop of which it is the body."""
    tail = [out.pop()] if out and _is_exit(out[-1]) else []
    outer, outer_env = state.out, state.environment
    state.out, state.environment = out, env
    try:
        yield
    finally:
        out += tail
        state.out, state.environment = outer, outer_env


def split(state: State, key: str, twin: str) -> None:
    """From here on, two keys may stand for one object, and so may all that stood for it before."""
    group = {key, twin, *state.split.get(key, ())}
    for member in group:
        state.split.setdefault(member, set()).update(group - {member})


def born(state: State, instance: Instance) -> None:
    """A new object, which nobody else holds."""
    state.objects[instance.key] = {}
    for twin in state.split.pop(instance.key, set()):
        state.split[twin].discard(instance.key)
    state.shown.discard(instance.key)


def _is_exit(stmt: gast.AST) -> bool:
    return isinstance(stmt, gast.If) and isinstance(stmt.body[-1], gast.Break)


def place_of(state: State, frame: Frame, name: str, owner: Sequence | Record) -> str:
    """The variable through which a container, found under a name, is changed.

    It is the attribute where the container was read from it just for this, as in `self.items.append(x)`.
    """
    variable = state.variable_read(frame, name)
    home = next(iter(owner.homes)) if len(owner.homes) == 1 else variable
    used_up = name in frame.temporaries and frame.mentions[name] == 2
    if home in state.owners and used_up and state.env.get(home) == owner:
        state.forget([variable])
        return home
    return variable


def change(state: State, instance: Instance) -> None:
    """Before an attribute of an object is given a value."""
    twins = state.split.get(instance.key, set())
    if twins & reachable(state, state.env, set()):
        if state.unrollable:
            raise NeedsUnrolling
        raise state.refuse(
            "a change of an object that goes by several names, of which one differs from path to path",
            "work on a copy: copy.copy(...)",
        )
    if instance.key in state.shown:
        raise state.refuse(
            f"a change of an object of class '{instance.cls.__name__}' that other code got hold of",
            "pass that code a copy, or what it needs of the object",
        )


def as_runtime(state: State, instance: Instance) -> Runtime:
    """The object as a run-time value, for code that is not looked into."""
    state.shown.add(instance.key)
    if instance.outside is not None:
        return Runtime(Opaque(instance.cls), state.namespace.denote(instance.outside, instance.cls.__name__.lower()))
    root = nodes.dotted(state.given.get(instance.key, nodes.constant(None)))
    untouched = instance.key not in state.changed and root is not None and state.env.get(root[0]) == instance
    if untouched:
        return Runtime(Opaque(instance.cls), nodes.copy(state.given[instance.key]))
    if instance.key in state.showing:
        raise state.refuse("an object that refers to itself, as data for code that is not looked into", _PARTS)
    state.showing.append(instance.key)
    values = {attr: shown(state, state.env[v]) for attr, v in attributes(state, instance).items()}
    state.showing.pop()
    made = state.namespace.denote(runtime.new_object, "new_object")
    cls = state.namespace.denote(instance.cls, instance.cls.__name__)
    return Runtime(Opaque(instance.cls), nodes.call(made, cls, **{a: display(v) for a, v in values.items()}))


def shown(state: State, symbol: Symbol) -> Runtime:
    """A symbol as a run-time value, objects made anew where they exist at compile time only."""
    if isinstance(symbol, Sequence) and not is_concrete(symbol):
        items = [shown(state, item) for item in symbol.items]
        types = tuple(item.type for item in items)
        elements = [display(item) for item in items]
        if symbol.is_list:
            return Runtime(List(types), gast.List(elts=elements, ctx=nodes.LOAD))
        if symbol.maker is not None:
            return Runtime(Tuple(types, symbol.names), nodes.call(nodes.copy(symbol.maker), *elements))
        return Runtime(Tuple(types), nodes.tuple_(elements))
    if isinstance(symbol, Record) and not is_concrete(symbol):
        entries = [(key, shown(state, item)) for key, item in symbol.items]
        type_ = Dict(tuple((key, item.type) for key, item in entries))
        keys, values = [nodes.constant(key) for key, _ in entries], [display(item) for _, item in entries]
        return Runtime(type_, gast.Dict(keys=keys, values=values))
    return state.runtime(symbol, "a part of what code gets that is not looked into,")
