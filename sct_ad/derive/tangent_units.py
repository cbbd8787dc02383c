"""Recursive callees in forward mode: each is one function, `f_jvp(x, dx) -> (f(x), its tangent)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Unit


@dataclass(eq=False)
class TangentUnit:
    """The emitted function of one unit, for one set of active parameters."""

    unit: Unit
    active: tuple[str, ...]
    name: str
    functions: list[gast.FunctionDef] = field(default_factory=list)
    facts: Facts | None = None
    loop_names: dict[str, str] = field(default_factory=dict)


class TangentUnits:
    """The functions that emitted code calls; whoever asked derives those that are pending until none is new."""

    def __init__(self, customs: tuple[Any, ...] | None = None) -> None:
        self.customs = customs
        """See `TangentRequest.customs`."""
        self.found: dict[tuple[int, tuple[str, ...]], TangentUnit] = {}
        self.pending: list[TangentUnit] = []

    def request(self, unit: Unit, active: tuple[str, ...]) -> str:
        """The name of the function for calls of a unit in which these parameters are active."""
        key = id(unit), active
        if key not in self.found:
            name = unit.flat.namespace.names.fresh(f"{unit.name}_jvp")
            unit.flat.namespace.locals.add(name)
            self.found[key] = TangentUnit(unit, active, name)
            self.pending.append(self.found[key])
        return self.found[key].name
