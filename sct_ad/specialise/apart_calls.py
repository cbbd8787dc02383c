"""Calls of functions with derivatives of their own that take objects: these are passed attribute by attribute.

`custom.taking_apart(forms)` is the function of tuples of attributes, which puts the objects together again; `forms`
say what stands for what (`sct_ad.pytree`).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from sct_ad.pytree import AS_IT_IS, Form
from sct_ad.rules.custom import CustomFunction
from sct_ad.specialise import heap, instances
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Instance, Record, Runtime, Sequence, Symbol, display, symbol_type
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Abstract, Constant, Tuple


def is_for_objects(custom: CustomFunction, given: list[Symbol]) -> bool:
    """Whether a function takes objects apart, and is given any."""
    return hasattr(custom, "taking_apart") and any(map(heap.keys_in, given))


def taken_apart(state: State, given: list[Symbol]) -> tuple[tuple[Form, ...], list[Symbol]]:
    """The form of each argument, and the arguments without objects."""
    pairs = [_apart(state, symbol, ()) for symbol in given]
    return tuple(form for form, _ in pairs), [symbol for _, symbol in pairs]


def _apart(state: State, symbol: Symbol, around: tuple[str, ...]) -> tuple[Form, Symbol]:
    if not heap.keys_in(symbol):
        return AS_IT_IS, symbol
    if isinstance(symbol, Instance):
        if symbol.key in around:
            raise state.refuse("an object that refers to itself, given to a function with a derivative of its own")
        values = _attributes(state, symbol)
        pairs = [_apart(state, value, (*around, symbol.key)) for value in values.values()]
        return _form(symbol.cls, tuple(values), pairs)
    if isinstance(symbol, Sequence) and symbol.maker is None:
        cls = list if symbol.is_list else tuple
        return _form(cls, (), [_apart(state, item, around) for item in symbol.items])
    if isinstance(symbol, Record):
        keys = tuple(key for key, _ in symbol.items)
        return _form(dict, keys, [_apart(state, item, around) for _, item in symbol.items])
    raise state.refuse(
        "a container of objects that is given to a function with a derivative of its own",
        "pass the objects, or tuples, lists and dicts of them",
    )


def _form(cls: type, keys: tuple[Hashable, ...], pairs: list[tuple[Form, Symbol]]) -> tuple[Form, Symbol]:
    return (cls, keys, tuple(form for form, _ in pairs)), Sequence(tuple(symbol for _, symbol in pairs))


def _attributes(state: State, instance: Instance) -> dict[str, Symbol]:
    if instance.outside is not None:
        twin = instances.copied(state, instance)
        return _attributes(state, twin)
    return {attr: state.env[v] for attr, v in heap.attributes(state, instance).items()}


def put_together(state: State, like: Symbol, form: Form, found: Symbol) -> Symbol:
    """A result in parts as what it stands for: objects like those of an argument."""
    if form == AS_IT_IS:
        return found
    if isinstance(like, Instance):
        values = _attributes(state, like)
        items = {
            attr: put_together(state, value, inner, _part(state, found, k))
            for k, ((attr, value), inner) in enumerate(zip(values.items(), form[2]))
            if not _is_kept(value)
        }
        return instances.copied(state, like, items)
    if isinstance(like, Sequence):
        made = [
            put_together(state, item, inner, _part(state, found, k))
            for k, (item, inner) in enumerate(zip(like.items, form[2]))
        ]
        return replace(like, items=tuple(made), homes=frozenset())
    assert isinstance(like, Record)
    entries = [
        (key, put_together(state, item, inner, _part(state, found, k)))
        for k, ((key, item), inner) in enumerate(zip(like.items, form[2]))
    ]
    return Record(tuple(entries))


def _is_kept(symbol: Symbol) -> bool:
    """Whether a value, such as a string, is in the result what it is in the argument."""
    return isinstance(symbol, Runtime) and isinstance(symbol.type, Constant)


def _part(state: State, whole: Symbol, k: int) -> Symbol:
    if isinstance(whole, Sequence):
        return whole.items[k]
    type_: Abstract = symbol_type(whole)
    expr: Any = nodes.subscript(display(whole), nodes.constant(k))
    known = type_.items[k] if isinstance(type_, Tuple) else state.typer.type_of(expr)
    return state.temporary(expr, known)
