"""Functions of Python that look into objects, decided at compile time; None stands for an ordinary call after all."""

from __future__ import annotations

import builtins
import copy
import dataclasses
from typing import Any

import gast

from sct_ad.objects import attributes_of
from sct_ad.specialise import calls, expressions, heap, instances, operators
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import NONE, Instance, Record, Runtime, Sequence, Symbol, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Constant, Scalar


def special_call(
    state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol | None:
    """A call of `value` that concerns an object; None for any other call."""
    if value is builtins.super and not args:
        return instances.super_of(state, frame)
    if value is dataclasses.fields and len(args) == 1:
        return _fields_of(state, args[0])
    if not args or not isinstance(args[0], Instance):
        return None
    owner = args[0]
    if value is object.__init__:
        return NONE
    if instances.is_generated(value) and value.__name__ == "__init__":
        instances.set_fields(state, frame, owner, value, args[1:], keywords, node)
        return NONE
    special = _SPECIAL.get(value) if isinstance(value, (type, *calls.DECIDABLE, _SLOT)) else None
    if special is not None:
        return special(state, owner, args[1:], keywords)
    dunder = _DUNDERS.get(value) if isinstance(value, (type, *calls.DECIDABLE)) else None
    return None if dunder is None else instances.call_special(state, owner, dunder, args[1:], node)


def _fields_of(state: State, owner: Symbol) -> Symbol | None:
    """`dataclasses.fields(x)` of an object or class: constants."""
    cls = owner.cls if isinstance(owner, Instance) else expressions.static_value(owner)
    if not dataclasses.is_dataclass(cls):
        return None
    denote = state.namespace.denote
    return Sequence(tuple(Runtime(Constant(f), denote(f, f"field_{f.name}")) for f in dataclasses.fields(cls)))


def _text(state: State, symbol: Symbol) -> str:
    name = expressions.static_value(symbol)
    if not isinstance(name, str):
        raise state.refuse("an attribute whose name is not known at compile time", "write x.name")
    return name


def _hasattr(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return literal(instances.has_attribute(state, owner, _text(state, args[0])))


def _getattr(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    name = _text(state, args[0])
    if len(args) > 1 and not instances.has_attribute(state, owner, name):
        return args[1]
    return instances.attribute(state, owner, name, nodes.constant(None))


def _setattr(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    instances.store(state, owner, _text(state, args[0]), args[1])
    return NONE


def _set_directly(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    instances.set_attribute(state, owner, _text(state, args[0]), args[1])
    return NONE


def _delattr(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    name = _text(state, args[0])
    known = heap.attributes(state, owner).get(name)
    if owner.outside is not None or known is None:
        raise state.refuse(f"del of the attribute '{name}'", "give it the value None")
    heap.change(state, owner)
    state.changed.add(owner.key)
    del state.env[known]
    return NONE


def _vars(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Record(tuple(_attributes(state, owner).items()))


def _attributes(state: State, owner: Instance) -> dict[str, Symbol]:
    known = heap.attributes(state, owner)
    names = list(attributes_of(owner.outside)) if owner.outside is not None else []
    return {n: instances.attribute(state, owner, n, nodes.constant(None)) for n in dict.fromkeys([*names, *known])}


def _copy(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    if instances.method_of(state, owner, "__copy__") is not None:
        return instances.call_special(state, owner, "__copy__", [], None)
    return instances.copied(state, owner)


def _replace(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    names = [field.name for field in dataclasses.fields(owner.cls) if field.init]  # type: ignore[arg-type]
    values = {n: v for n, v in _attributes(state, owner).items() if n in names}
    return instances.create(state, None, owner.cls, [], {**values, **keywords}, None)  # type: ignore[arg-type]


def _asdict(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Record(tuple((n, _plain(state, v, _asdict)) for n, v in _fields(state, owner).items()))


def _astuple(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    return Sequence(tuple(_plain(state, v, _astuple) for v in _fields(state, owner).values()))


def _fields(state: State, owner: Instance) -> dict[str, Symbol]:
    names = [field.name for field in dataclasses.fields(owner.cls)]  # type: ignore[arg-type]
    return {n: instances.attribute(state, owner, n, nodes.constant(None)) for n in names}


def _plain(state: State, symbol: Symbol, convert: Any) -> Symbol:
    """A field's value for `asdict` and `astuple`, which copy what is in it."""
    if isinstance(symbol, Instance):
        return convert(state, symbol, [], {})  # type: ignore[no-any-return]
    if isinstance(symbol, Sequence):
        return Sequence(tuple(_plain(state, item, convert) for item in symbol.items), symbol.is_list)
    if isinstance(symbol, Record):
        return Record(tuple((key, _plain(state, item, convert)) for key, item in symbol.items))
    if isinstance(symbol, Runtime) and not isinstance(symbol.type, (Scalar, Constant)):
        made = nodes.attribute(state.namespace.denote(copy, "copy"), "deepcopy")
        return calls.primitive(state, made, [symbol], {}, None)
    return symbol


def _deepcopy(state: State, owner: Instance, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    given = {}
    for name, symbol in _attributes(state, owner).items():
        given[name] = _deepcopy(state, symbol, [], {}) if isinstance(symbol, Instance) else _plain(state, symbol, None)
        found = given[name]
        if isinstance(found, (Sequence, Record)):
            raise state.refuse("deepcopy of an object that holds containers of objects", "build the copy yourself")
        if isinstance(found, Runtime) and not isinstance(found.atom, (gast.Name, gast.Constant)):
            given[name] = state.temporary(found.atom, found.type)
    return instances.copied(state, owner, given)  # type: ignore[arg-type]


_SLOT = type(object.__setattr__)
_SPECIAL: dict[Any, Any] = {
    builtins.hasattr: _hasattr,
    builtins.getattr: _getattr,
    builtins.setattr: _setattr,
    builtins.delattr: _delattr,
    builtins.vars: _vars,
    object.__setattr__: _set_directly,
    copy.copy: _copy,
    copy.deepcopy: _deepcopy,
    dataclasses.replace: _replace,
    dataclasses.asdict: _asdict,
    dataclasses.astuple: _astuple,
    builtins.callable: lambda state, owner, args, keywords: literal(
        instances.method_of(state, owner, "__call__") is not None
    ),
    builtins.bool: lambda state, owner, args, keywords: operators.truth(state, owner) or literal(True),
}
_DUNDERS: dict[Any, str] = {
    builtins.len: "__len__",
    builtins.abs: "__abs__",
    builtins.float: "__float__",
    builtins.int: "__int__",
    builtins.complex: "__complex__",
    builtins.round: "__round__",
    builtins.str: "__str__",
    builtins.repr: "__repr__",
}
