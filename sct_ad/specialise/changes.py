"""Whether a loop changes the length of a list that it goes through."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from sct_ad.specialise import identity
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Iteration, Runtime, Symbol
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt
from sct_ad.syntax.values import List

_CHANGING = ("append", "clear", "extend", "insert", "pop", "remove", "__delitem__")


def of_length(state: State, emitted: Block, iterable: Symbol) -> bool:
    """Whether emitted code may change how many items there are of what is looped over."""
    lists = set(_lists(iterable))
    if not lists:
        return False
    changed = {name for stmt in nodes.statements(emitted) for name in _changed(stmt)}
    return any(name == other or identity.may_be_same(state, name, other) for name in changed for other in lists)


def _lists(iterable: Symbol) -> Iterator[str]:
    if isinstance(iterable, Iteration):
        for part in iterable.parts:
            yield from _lists(part)
    elif isinstance(iterable, Runtime) and isinstance(iterable.type, List) and isinstance(iterable.atom, gast.Name):
        yield iterable.atom.id


def _changed(stmt: Stmt) -> Iterator[str]:
    """The lists whose length a statement changes."""
    value = stmt.value if isinstance(stmt, (gast.Assign, gast.Expr)) else None
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr in _CHANGING:
        if isinstance(value.func.value, gast.Name):
            yield value.func.value.id
    target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
    if isinstance(target, gast.Subscript) and isinstance(target.slice, gast.Slice):
        if isinstance(target.value, gast.Name):
            yield target.value.id
