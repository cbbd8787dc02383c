"""Enumerations: their members are constants, also where a loop goes over them or they are found by value."""

from __future__ import annotations

from enum import Enum, EnumMeta
from typing import Any

from sct_ad.specialise import calls, expressions
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Runtime, Sequence, Symbol
from sct_ad.syntax.values import Constant


def members(state: State, symbol: Symbol) -> Sequence | None:
    """The members of an enumeration, in order; None where the symbol is none."""
    cls: Any = symbol.type.value if isinstance(symbol, Runtime) and isinstance(symbol.type, Constant) else None
    if not isinstance(cls, EnumMeta):
        return None
    found: list[Enum] = list(cls)
    return Sequence(tuple(calls.symbol_of(state, member, member.name) for member in found))


def by_value(state: State, cls: Any, args: list[Symbol]) -> Symbol | None:
    """`cls(value)`, where that is a member of an enumeration."""
    if not isinstance(cls, EnumMeta) or len(args) != 1:
        return None
    value = expressions.static_value(args[0])
    found = next((member for member in cls if member.value == value), None)  # type: ignore[var-annotated]
    return None if found is None else calls.symbol_of(state, found, found.name)
