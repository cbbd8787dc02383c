"""What the primal function hands over to the linear one: variables as they are, and tapes of what changes.

A value is recorded once, as far out of loops and branches as it stays the same. The linear function reads it in the
same place, so that a tape is read in the order in which it was written: forwards, as often as the function is called.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import gast

from sct_ad import runtime
from sct_ad.analysis.raising import half_done
from sct_ad.derive.emission import Emission
from sct_ad.derive.steps import Record, Step, with_blocks
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Array, List, Opaque, Range, Scalar

if TYPE_CHECKING:
    from sct_ad.derive.splitting import EveryMemory

Path = list[tuple[list[Step], int]]
"""From the outermost block to a step: the blocks, and the position in each."""


class Recording:
    """Decides what is recorded where, and writes the two blocks."""

    def __init__(
        self, emission: Emission, access: EveryMemory, linear: set[str], local: set[str], steps: list[Step]
    ) -> None:
        self.emission, self.typer, self.access = emission, emission.typer, access
        self.linear, self.local, self.steps = linear, local, steps
        self.parameters = set(emission.flat.parameters.values())
        self.defined: dict[int, set[str]] = {}
        self.written: dict[int, set[str]] = {}
        self.count = Counter(self.parameters)
        self.places: dict[str, Path] = {}
        """Where the variables are defined that are defined once."""
        self.found: dict[str, list[tuple[Record, Path]]] = {}
        self.tapes: list[str] = []
        self._survey(steps, [])

    def blocks(self) -> tuple[Block, Block]:
        """The primal block and the linear one."""
        self._visit(self.steps, [])
        for variable, found in self.found.items():
            self._settle(variable, found)
        primal, linear = self._build(self.steps)
        begin: Block = [nodes.assign(tape, gast.List(elts=[], ctx=nodes.LOAD)) for tape in self.tapes]
        iter_ = self.emission.namespace.builtin
        read: Block = [nodes.assign(tape, nodes.call(iter_("iter"), nodes.name(tape))) for tape in self.tapes]
        return [*begin, *primal], [*read, *linear]

    # What statements change

    def _survey(self, steps: list[Step], path: Path) -> None:
        for index, step in enumerate(steps):
            here = [*path, (steps, index)]
            defined, written = set(), set()
            if step.primal is not None:
                defined = nodes.defines(step.primal)
                written = {self.access.memory.find(v) for v in self.access.written(step.primal)}
                for name in defined:
                    self.count[name] += 1
                    self.places[name] = here
            for inner in step.inner:
                self._survey(inner, here)
                for one in inner:
                    defined |= self.defined[id(one)]
                    written |= self.written[id(one)]
            self.defined[id(step)], self.written[id(step)] = defined, written

    def _changes(self, step: Step, variable: str, content: bool) -> bool:
        if variable in self.defined[id(step)]:
            return True
        return content and self.access.place(variable) in self.written[id(step)]

    def _is_surely_defined(self, variable: str, path: Path) -> bool:
        """Whether a variable is defined on every way to a step."""
        if variable in self.parameters:
            return True
        for level, (steps, index) in enumerate(path):
            if any(_surely_defines(step, variable) for step in steps[:index]):
                return True
            header = steps[index].primal
            if level < len(path) - 1 and isinstance(header, (gast.For, gast.With)) and header is not None:
                if variable in nodes.defines(header):
                    return True
        return False

    # What is needed where

    def _visit(self, steps: list[Step], path: Path) -> None:
        for index, step in enumerate(steps):
            here = [*path, (steps, index)]
            if step.linear is not None:
                self._visit_statement(step, here)
            for inner in step.inner:
                self._visit(inner, here)

    def _visit_statement(self, step: Step, here: Path) -> None:
        stmt = step.linear
        assert stmt is not None
        read = (nodes.reads(stmt) & self.local) - self.linear
        contents = self.access.contents(self.access.value_reads(stmt))
        if step.late:
            in_loop = any(steps[index].is_loop for steps, index in here[:-1])
            record = Record(step.late, in_loop, False, late=True)
            step.records.append(record)
            self.found.setdefault(step.late, []).append((record, here))
            read -= {step.late}
        for variable in sorted(read):
            self._need(variable, here, self.access.place(variable) in contents)

    def _need(self, variable: str, here: Path, content: bool) -> None:
        if self._is_repeated(variable, here):
            return
        level = len(here) - 1
        while level > 0:
            steps, index = here[level - 1]
            if self._changes(steps[index], variable, content) or not self._is_surely_defined(variable, here[:level]):
                break
            level -= 1
        path = here[: level + 1]
        steps, index = path[-1]
        for position in range(index, -1, -1):
            same = [r for r in steps[position].records if r.variable == variable and not r.late]
            if same:
                same[0].content |= content
                return
            if position == 0 or self._changes(steps[position - 1], variable, content):
                break
        in_loop = any(outer[at].is_loop for outer, at in path[:-1])
        record = Record(variable, in_loop, content)
        steps[index].records.append(record)
        self.found.setdefault(variable, []).append((record, path))

    def _is_repeated(self, variable: str, here: Path) -> bool:
        """Whether the linear function computes a variable by itself: a loop's target, or arithmetic of integers."""
        if self.count[variable] != 1 or variable not in self.places:
            return False
        place = self.places[variable]
        level = len(place) - 1
        if any(one != other for one, other in zip(place[:level], here)) or len(place) > len(here):
            return False
        steps, index = place[-1]
        step = steps[index]
        if isinstance(step.primal, gast.For):
            return here[level] == place[-1] and len(here) > len(place) and step.linear is not None
        if index >= here[level][1] or not isinstance(step.primal, gast.Assign) or step.inner:
            return False
        if not is_counting(step.primal.value, self.typer):
            return False
        if step.linear is None:
            step.linear = nodes.copy(step.primal)
            self._visit_statement(step, place)
        return True

    def _settle(self, variable: str, found: list[tuple[Record, Path]]) -> None:
        """Where the value goes: it stays in its variable, is kept in another one, or goes on a tape."""
        stays = all(not record.in_loop and not self._changes_after(record, path) for record, path in found)
        type_ = self.typer.types.get(variable, UNKNOWN)
        base = "t" if variable in self.emission.temporaries else variable
        for record, path in found:
            if record.in_loop:
                record.copied = record.content and self.access.place(variable) in self.written_anywhere
                record.home = self._fresh(f"{base}_tape", List(None, type_))
                self.tapes.append(record.home)
            elif not stays:
                record.copied = record.content and self._changes_after(record, path)
                record.home = self._fresh(f"{base}_kept", type_)

    @property
    def written_anywhere(self) -> set[str]:
        """The classes of memory that the primal function writes."""
        return set().union(*(self.written[id(step)] for step in self.steps))

    def _changes_after(self, record: Record, path: Path) -> bool:
        """Whether a variable changes after it is recorded, outside of loops."""
        for level, (steps, index) in enumerate(path):
            at = steps[index].primal
            own = not record.late if level == len(path) - 1 else isinstance(at, gast.Try)
            for step in steps[index if own else index + 1 :]:
                if self._changes(step, record.variable, record.content):
                    return True
        return False

    def _fresh(self, base: str, type_: Any) -> str:
        name = self.emission.fresh(base)
        self.typer.types[name] = type_
        return name

    # The two blocks

    def _build(self, steps: list[Step]) -> tuple[Block, Block]:
        primal: Block = []
        linear: Block = []
        for step in steps:
            after: Block = []
            for record in step.records:
                if not record.home:
                    continue
                (after if record.late else primal).append(self._record(record))
                linear.append(self._read(record))
            if not step.inner:
                primal += [] if step.primal is None else [step.primal]
                linear += [] if step.linear is None else [step.linear]
            else:
                built = [self._build(inner) for inner in step.inner]
                primal += self._primal_header(step, [block for block, _ in built])
                linear += self._linear_header(step, [block for _, block in built])
            primal += after
        return primal, linear

    def _record(self, record: Record) -> Stmt:
        value: Expr = nodes.name(record.variable)
        if record.copied:
            value = self._copied(record.variable)
        if not record.in_loop:
            return nodes.assign(record.home, value)
        return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(record.home), "append"), value))

    def _copied(self, variable: str) -> Expr:
        type_ = self.typer.types.get(variable, UNKNOWN)
        if isinstance(type_, (Scalar, Opaque)):
            return nodes.name(variable)
        if isinstance(type_, Array) and type_.dtype and type_.dtype != "object":
            return nodes.call(nodes.attribute(nodes.name(variable), "copy"))
        return nodes.call(self.emission.bind(runtime.copy_structure, "copy_structure"), nodes.name(variable))

    def _read(self, record: Record) -> Stmt:
        value: Expr = nodes.name(record.home)
        if record.in_loop:
            value = nodes.call(self.emission.namespace.builtin("next"), value)
            value.reads_tape = True
        return nodes.assign(record.variable, value)

    def _primal_header(self, step: Step, bodies: list[Block]) -> Block:
        stmt = step.primal
        assert stmt is not None
        if isinstance(stmt, gast.Try):
            return self._primal_try(step, stmt, bodies)
        return [with_blocks(stmt, bodies)] if any(bodies) or not isinstance(stmt, gast.If) else []

    def _primal_try(self, step: Step, stmt: gast.Try, bodies: list[Block]) -> Block:
        """A handler that goes on takes off the tapes what the body has put there."""
        (clause,) = stmt.handlers
        around: Block = [nodes.assign(step.late, nodes.constant(False))] if step.late else []
        if not bodies[0]:
            return [*around, *bodies[2]]
        back: Block = []
        early = half_done(bodies[0], self.typer.type_of, self.typer.resolve)
        for tape in [] if getattr(clause, "leaves", True) else sorted(set(self.tapes) & nodes.names_in(early)):
            height = self._fresh("height", Scalar("int"))
            around.append(nodes.assign(height, nodes.call(self.emission.namespace.builtin("len"), nodes.name(tape))))
            above = gast.Slice(lower=nodes.name(height), upper=None, step=None)
            place = gast.Subscript(value=nodes.name(tape), slice=above, ctx=gast.Del())
            back.append(gast.Delete(targets=[place]))
        return [*around, with_blocks(stmt, [bodies[0], [*back, *bodies[1]], bodies[2]])]

    def _linear_header(self, step: Step, bodies: list[Block]) -> Block:
        if isinstance(step.primal, gast.Try):
            body, handled, orelse = bodies
            if step.linear is None:
                return [*body, *orelse]
            return [with_blocks(step.linear, [handled, [*body, *orelse]])]
        if step.linear is None:
            return bodies[0] if step.transparent else []
        return [with_blocks(step.linear, bodies)] if any(bodies) else []


def _surely_defines(step: Step, variable: str) -> bool:
    if step.primal is None:
        return False
    if isinstance(step.primal, gast.If):
        return all(any(_surely_defines(one, variable) for one in inner) for inner in step.inner)
    if isinstance(step.primal, gast.With):
        return any(_surely_defines(one, variable) for inner in step.inner for one in inner)
    if step.inner or isinstance(step.primal, gast.AugAssign):
        return False
    return variable in nodes.defines(step.primal)


def is_counting(value: Expr, typer: Any) -> bool:
    """Whether an expression is arithmetic of integers, such as an index `k - 1`, a range, or a tuple of them."""
    if isinstance(value, gast.Tuple):
        return all(is_counting(item, typer) for item in value.elts)
    if isinstance(value, gast.Call):
        is_range = isinstance(typer.type_of(value), Range) and typer.resolve(value.func) is range
        return is_range and all(is_counting(arg, typer) for arg in value.args)
    if isinstance(value, gast.Compare):
        return all(is_counting(item, typer) for item in [value.left, *value.comparators])
    if isinstance(value, gast.BinOp):
        return is_counting(value.left, typer) and is_counting(value.right, typer)
    if isinstance(value, gast.UnaryOp):
        return is_counting(value.operand, typer)
    if isinstance(value, gast.Constant):
        return type(value.value) is int
    type_ = typer.type_of(value)
    return isinstance(value, gast.Name) and isinstance(type_, Scalar) and type_.kind == "int" and not type_.dtype
