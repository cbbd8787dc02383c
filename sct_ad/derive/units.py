"""Recursive callees: each is differentiated as a pair, `f_forward(...) -> (result, tape)` and `f_reverse(tape, bz)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.units import Unit
from sct_ad.derive.accumulate import Accumulator
from sct_ad.errors import UnsupportedError
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Tuple

if TYPE_CHECKING:
    from sct_ad.derive.halves import Halves
    from sct_ad.derive.pairs import Pair
    from sct_ad.specialise.namespace import Namespace


@dataclass(eq=False)
class UnitPair:
    """The two emitted functions of one unit, for one set of active parameters."""

    unit: Unit
    active: tuple[str, ...]
    forward: str
    reverse: str
    functions: list[gast.FunctionDef] = field(default_factory=list)
    facts: Facts | None = None
    loop_names: dict[str, str] = field(default_factory=dict)


class Pairs:
    """The pairs that emitted code calls; derived one after the other until none is new."""

    def __init__(self, repeatable: bool = False, copy: bool = True) -> None:
        self.repeatable, self.copy = repeatable, copy
        """Whether reverse functions may be called several times, and what they read outside is copied."""
        self.found: dict[tuple[int, tuple[str, ...]], UnitPair] = {}
        self._pending: list[UnitPair] = []

    def request(self, unit: Unit, active: tuple[str, ...]) -> UnitPair:
        """The pair for a call of a unit in which these parameters are active."""
        key = id(unit), active
        if key not in self.found:
            names = unit.flat.namespace.names
            pair = UnitPair(unit, active, names.fresh(f"{unit.name}_forward"), names.fresh(f"{unit.name}_reverse"))
            unit.flat.namespace.locals |= {pair.forward, pair.reverse}
            self.found[key] = pair
            self._pending.append(pair)
        return self.found[key]

    def derive_all(self) -> list[UnitPair]:
        """Derive every requested pair."""
        done = []
        while self._pending:
            pair = self._pending.pop(0)
            self._derive(pair)
            done.append(pair)
        return done

    def primals(self, namespace: Namespace, functions: list[gast.FunctionDef]) -> list[UnitPair]:
        """Nested recursive functions that emitted text calls as they are."""
        made: list[UnitPair] = []
        pending = list(functions)
        while pending:
            for name in sorted(nodes.names_in(pending.pop())):
                unit = namespace.objects.get(name)
                if not isinstance(unit, Unit) or unit.function is not None or any(p.unit is unit for p in made):
                    continue
                pair = UnitPair(unit, (), name, name)
                sweeps = self._sweeps(unit, set())
                parameters, body = list(unit.flat.parameters.values()), nodes.copy(sweeps.flat.function.body)
                pair.functions = [self._function(name, parameters, body)]
                pair.facts, pair.loop_names = sweeps.facts(body), sweeps.assembler.loop_names
                made.append(pair)
                pending += pair.functions
        return made

    def _sweeps(self, unit: Unit, inputs: set[str]) -> Any:
        from sct_ad.derive.sweeps import Sweeps

        return Sweeps(unit.flat, inputs, nodes.copy(unit.flat.function.body[-1].value), self)

    def _function(self, name: str, parameters: list[str], body: Block) -> gast.FunctionDef:
        from sct_ad.derive.sweeps import function_of

        return function_of(name, parameters, body)

    def _derive(self, wanted: UnitPair) -> None:
        flat = wanted.unit.flat
        result = nodes.copy(flat.function.body[-1].value)
        sweeps = self._sweeps(wanted.unit, {flat.parameters[n] for n in wanted.active})
        if any(sweeps.memory.has_identity(v) for v in flat.parameters.values()):
            raise UnsupportedError(
                f"the recursive function '{wanted.unit.name}' writes into its arguments",
                nodes.origin_of(flat.function.body[-1]),
                "write the recursion as a loop",
            )
        acc = sweeps.acc
        seed = acc.fresh("b" + (result.id if isinstance(result, gast.Name) else wanted.unit.name))
        acc.typer.types[seed] = acc.typer.type_of(result)
        seeds, unpacked = _seeds(acc, result, seed)
        pair = sweeps.pair(seeds)
        acc.out, acc.origin = [], None
        grads = [self._cotangent(sweeps, flat.parameters[n]) for n in wanted.active]
        closing = acc.out
        forward, reverse = sweeps.blocks(pair, [*grads, result], closing)
        back = [*reverse, *closing, gast.Return(value=nodes.tuple_(grads))]
        halves = self._halves(sweeps, forward, back, result, pair) if self.repeatable else None
        if halves is not None:
            forward, back = [*forward, *halves.held_outside()], halves.reverse
        known = {*flat.parameters.values()}.union(*(nodes.defines(s) for s in nodes.statements(forward)))
        taped = sorted({n for s in nodes.statements(back) for n in nodes.reads(s)} & known - {seed})
        tape = acc.fresh("tape")
        head = [
            nodes.assign(name, nodes.subscript(nodes.name(tape), nodes.constant(k))) for k, name in enumerate(taped)
        ]
        unsure = [n for n in taped if n not in flat.parameters.values() and not surely_defined(forward, n)]
        acc.namespace.unsure |= set(unsure)
        forward = [*(nodes.assign(n, nodes.constant(None)) for n in unsure), *forward]
        packed = nodes.tuple_([nodes.copy(result), nodes.tuple_([nodes.name(n) for n in taped])])
        acc.typer.types[tape] = Tuple(tuple(acc.typer.types.get(n, UNKNOWN) for n in taped))
        head += [] if halves is None else halves.own_copies(taped)
        head += unpacked
        wanted.functions = [
            self._function(wanted.forward, list(flat.parameters.values()), [*forward, gast.Return(value=packed)]),
            self._function(wanted.reverse, [tape, seed], [*head, *back]),
        ]
        wanted.facts = sweeps.facts([*forward, *back])
        wanted.loop_names = sweeps.assembler.loop_names

    def _halves(self, sweeps, forward: Block, back: Block, result: Expr, pair: Pair) -> Halves:  # type: ignore[no-untyped-def]
        from sct_ad.derive.halves import Halves, known_of, tapes_of
        from sct_ad.derive.outside import Outside

        outside = Outside(sweeps.acc)
        back = outside.replace(back)
        return Halves(known_of(sweeps), forward, outside.reads, back, [result], tapes_of(pair), self.copy)

    def _cotangent(self, sweeps, variable: str) -> Expr:  # type: ignore[no-untyped-def]
        if sweeps.shadows.has(variable):
            return nodes.name(sweeps.shadows.name(variable))
        present = sweeps.acc.state.get(variable)
        return sweeps.acc.zero(variable) if present is None else sweeps.acc.full(variable, present).expr


def _seeds(acc: Accumulator, result: Expr, seed: str) -> tuple[list[tuple[Expr, Expr]], Block]:
    """Each returned variable with its cotangent, and the statements that take a tuple of cotangents apart."""
    if not isinstance(result, gast.Tuple):
        return [(result, nodes.name(seed))], []
    seeds: list[tuple[Expr, Expr]] = []
    unpacked: Block = []
    for k, item in enumerate(result.elts):
        name = acc.fresh(seed)
        acc.typer.types[name] = acc.typer.type_of(item)
        unpacked.append(nodes.assign(name, nodes.subscript(nodes.name(seed), nodes.constant(k))))
        seeds.append((item, nodes.name(name)))
    return seeds, unpacked


def surely_defined(block: Block, name: str) -> bool:
    """Whether a block assigns a name on every path."""
    for stmt in block:
        if name in nodes.defines(stmt) and not isinstance(stmt, (gast.For, gast.AugAssign)):
            return True
        if isinstance(stmt, gast.If) and all(surely_defined(inner, name) for inner in nodes.blocks(stmt)):
            return True
    return False
