"""Taking a function and its tangents apart: the statements that depend on tangents, and the rest.

y = np.sin(x)                 y = np.sin(x)
dy = np.cos(x) * dx     ->    t = np.cos(x)
                              ------------- handed over: t
                              dy = t * dx

Operations on primal values inside of linear statements are put before them, into the primal function. What a linear
statement then reads of the primal is handed over (`recording`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.alias import Memory, analyse_memory
from sct_ad.analysis.raising import half_done
from sct_ad.derive.emission import Emission
from sct_ad.derive.reads import Access, around_both_sweeps
from sct_ad.derive.recording import Recording, is_counting
from sct_ad.derive.steps import Step, with_blocks
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import zero_tangent
from sct_ad.runtime.failures import TangentFailure
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Constant, Scalar

_ZEROS = (np.zeros, np.zeros_like, np.full_like, np.empty_like, zero_tangent)
_LAZY = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_LOOPS = (gast.For, gast.While)


class Splitting:
    """Takes one block apart, whose last statement returns the tangent of the result."""

    def __init__(self, emission: Emission, body: Block, linear: set[str], returned: list[Expr]) -> None:
        self.emission, self.typer, self.body = emission, emission.typer, body
        self.memory: Memory = analyse_memory(body, self.typer)
        self.access = EveryMemory(self.typer, self.memory, {})
        self.linear = set(linear)
        """Variables that depend on tangents."""
        self.local = {name for stmt in nodes.statements(body) for name in nodes.defines(stmt)}
        self.local |= {*linear, *emission.flat.parameters.values()}
        self._spread()
        if any(nodes.names_in(expr) & self.linear for expr in returned):
            raise _entangled(body[-1])

    def run(self) -> tuple[Block, Block]:
        """The primal block and the linear one."""
        steps = self._block(self.body, None)
        return Recording(self.emission, self.access, self.linear, self.local, steps).blocks()

    # What depends on tangents

    def _spread(self) -> None:
        """All variables that tangents get into; memory that is written by way of one of its names counts as a whole."""
        members: dict[str, set[str]] = {}
        for name, root in self.memory.classes().items():
            members.setdefault(root, set()).add(name)
        stmts = list(nodes.statements(self.body))
        before = -1
        while len(self.linear) != before:
            before = len(self.linear)
            for stmt in stmts:
                if not (nodes.reads(stmt) & self.linear) or (nodes.blocks(stmt) and not isinstance(stmt, gast.For)):
                    continue
                self.linear |= nodes.defines(stmt)
                for variable in self.access.written(stmt):
                    self.linear.add(variable)
                    if variable in self.memory.parent:
                        self.linear |= members[self.memory.find(variable)]

    def _is_linear(self, stmt: Stmt) -> bool:
        return bool((nodes.reads(stmt) | nodes.defines(stmt)) & self.linear)

    def _holds_linear(self, stmts: Block) -> bool:
        return any(self._is_linear(stmt) for stmt in nodes.statements(stmts))

    # Statements

    def _block(self, block: Block, loop: Stmt | None) -> list[Step]:
        """The steps of a block in the body of `loop`, if that is repeated in the linear function."""
        steps: list[Step] = []
        for stmt in block:
            if isinstance(stmt, gast.Try):
                steps.append(self._try(stmt, loop))
            elif nodes.blocks(stmt):
                steps += self._structured(stmt, loop)
            elif isinstance(stmt, gast.Break):
                steps.append(Step(stmt, gast.Break() if loop is not None else None))
            elif isinstance(stmt, gast.Return) or self._is_linear(stmt):
                hoisting = _Hoisting(self, nodes.origin_of(stmt))
                new = hoisting.statement(stmt)
                steps += [*map(Step, hoisting.out), Step(None, new)]
            else:
                steps.append(Step(stmt))
        return steps

    def _structured(self, stmt: Stmt, loop: Stmt | None) -> list[Step]:
        if isinstance(stmt, gast.With):
            again = around_both_sweeps(stmt, self.typer) and self._holds_linear(stmt.body)
            return [Step(stmt, stmt if again else None, self._blocks(stmt, loop), transparent=True)]
        if nodes.names_in(nodes.expressions(stmt)) & self.linear:
            raise _entangled(stmt)
        if isinstance(stmt, gast.If):
            return self._branch(stmt, loop)
        if not self._holds_linear(stmt.body):
            return [Step(stmt, None, self._blocks(stmt, None))]
        blocks = self._blocks(stmt, stmt)
        if isinstance(stmt, gast.For):
            return [Step(stmt, stmt, blocks)]
        trips = self.fresh("trips", Scalar("int"))
        one = gast.AugAssign(target=nodes.target(trips), op=gast.Add(), value=nodes.constant(1))
        blocks[0].insert(0, Step(one))
        count = nodes.call(self.emission.namespace.builtin("range"), nodes.name(trips))
        target = nodes.target(self.fresh("_", Scalar("int")))
        again = gast.For(target=target, iter=count, body=[], orelse=[], type_comment=None)
        start = Step(nodes.assign(trips, nodes.constant(0)))
        return [start, Step(stmt, nodes.with_origin(again, nodes.origin_of(stmt)), blocks, late=trips)]

    def _branch(self, stmt: gast.If, loop: Stmt | None) -> list[Step]:
        """Branches without tangents are repeated too where they leave a loop that is."""
        leaves = loop is not None and _breaks(stmt)
        blocks = self._blocks(stmt, loop)
        if not leaves and not self._holds_linear([*stmt.body, *stmt.orelse]):
            return [Step(stmt, None, blocks)]
        hoisting = _Hoisting(self, nodes.origin_of(stmt))
        branch = gast.If(test=hoisting.primal(stmt.test), body=stmt.body, orelse=stmt.orelse)
        branch = nodes.with_origin(branch, nodes.origin_of(stmt))
        return [*map(Step, hoisting.out), Step(branch, branch, blocks)]

    def _blocks(self, stmt: Stmt, loop: Stmt | None) -> list[list[Step]]:
        return [self._block(block, loop) for block in nodes.blocks(stmt)]

    def _try(self, stmt: gast.Try, loop: Stmt | None) -> Step:
        """A flag says whether the handler has run; what a body did before it raised must not be asked for."""
        (clause,) = stmt.handlers
        inner = self._blocks(stmt, loop)
        leaves = loop is not None and _breaks(stmt)
        if not leaves and not self._holds_linear([*stmt.body, *clause.body, *stmt.orelse]):
            return Step(stmt, None, inner)
        if _is_shield(stmt, self.typer):
            return Step(stmt, None, inner, transparent=True)
        if not clause.leaves:
            self._refuse_half_done(stmt)
        caught = self.fresh("caught", Scalar("bool"))
        inner[1].insert(0, Step(nodes.assign(caught, nodes.constant(True))))
        again = gast.If(test=nodes.name(caught), body=[], orelse=[])
        return Step(stmt, nodes.with_origin(again, nodes.origin_of(stmt)), inner, late=caught)

    def _refuse_half_done(self, stmt: gast.Try) -> None:
        """Refuse tangents that are left from before an exception: the linear function skips the body as a whole."""
        early = half_done(self._without_tangents(stmt.body), self.typer.type_of, self.typer.resolve)
        inside = {id(s) for s in nodes.statements([*stmt.body, *stmt.orelse])}
        for one in (s.stands_for for s in early if hasattr(s, "stands_for")):
            changed = (nodes.defines(one) | set(self.access.written(one))) & self.linear
            if any(nodes.reads(s) & changed for s in nodes.statements(self.body) if id(s) not in inside):
                raise UnsupportedError(
                    "linearize of a value that changes in a try block before something that may raise",
                    nodes.origin_of(one),
                    "change it after all that may raise, or after the try statement",
                )

    def _without_tangents(self, block: Block) -> Block:
        """A block as far as it may raise what a handler catches: linear statements stand there as `pass`."""
        found: Block = []
        for stmt in block:
            if isinstance(stmt, gast.Try) and _is_shield(stmt, self.typer):
                found += self._without_tangents(stmt.body)
            elif nodes.blocks(stmt):
                found.append(with_blocks(stmt, [self._without_tangents(inner) for inner in nodes.blocks(stmt)]))
            elif self._is_linear(stmt):
                stand_in = gast.Pass()
                stand_in.stands_for = stmt
                found.append(stand_in)
            else:
                found.append(stmt)
        return found

    def fresh(self, base: str, type_: Any) -> str:
        """A fresh variable of the primal function."""
        name = self.emission.fresh(base)
        self.typer.types[name] = type_
        self.local.add(name)
        return name


class EveryMemory(Access):
    """Memory is named by its class also where nobody writes it."""

    def place(self, variable: str) -> str | None:
        """The class of memory that a variable refers to."""
        return self.memory.find(variable) if variable in self.memory.parent else None


class _Hoisting:
    """Moves operations on primal values out of one linear statement."""

    def __init__(self, splitting: Splitting, origin: Any) -> None:
        self.splitting, self.typer = splitting, splitting.typer
        self.origin = replace(origin, adjoint=False) if origin is not None else None
        self.out: Block = []

    def statement(self, stmt: Stmt) -> Stmt:
        """The statement over variables; `out` has what computes them."""
        new = nodes.copy(stmt)
        if isinstance(new, gast.Assign):
            new.targets[0] = self._target(new.targets[0])
            new.value = self._value(new.value)
        elif isinstance(new, gast.AugAssign):
            new.target = self._target(new.target)
            new.value = self._part(new.value)
        elif getattr(new, "value", None) is not None:
            new.value = self._value(new.value)
        return new

    def _target(self, target: Expr) -> Expr:
        if isinstance(target, gast.Subscript):
            target.slice = self._part(target.slice)
        return target

    def _value(self, expr: Expr) -> Expr:
        """A value that may be a new object, which each call of the linear function makes anew."""
        if self._is_primal(expr) and not isinstance(self.typer.type_of(expr), Scalar):
            return self._inside(expr)
        return self._part(expr)

    def _is_primal(self, expr: Any) -> bool:
        return not nodes.names_in(expr) & self.splitting.linear

    def _part(self, expr: Any, sure: bool = True) -> Any:
        """An operand; it is not `sure` where it may not be evaluated at all."""
        if not isinstance(expr, gast.AST) or isinstance(expr, gast.expr_context):
            return expr
        if self._is_primal(expr):
            return self.primal(expr) if sure else expr
        return self._inside(expr, sure)

    def _inside(self, expr: Any, sure: bool = True) -> Any:
        if isinstance(expr, _LAZY):
            return expr
        if isinstance(expr, (gast.IfExp, gast.BoolOp)):
            first = "test" if isinstance(expr, gast.IfExp) else ""
            for key in expr._fields:
                self._replace(expr, key, sure and key == first)
            return expr
        if isinstance(expr, gast.Call):
            if isinstance(expr.func, gast.Attribute) and self.typer.is_method(expr.func):
                expr.func.value = self._part(expr.func.value, sure)
            expr.args = [self._part(arg, sure) for arg in expr.args]
            for keyword in expr.keywords:
                keyword.value = self._part(keyword.value, sure)
            return expr
        for key in expr._fields:
            self._replace(expr, key, sure)
        return expr

    def _replace(self, expr: Any, key: str, sure: bool) -> None:
        value = getattr(expr, key, None)
        if isinstance(value, list):
            setattr(expr, key, [self._part(item, sure) for item in value])
        elif isinstance(value, gast.expr):
            setattr(expr, key, self._part(value, sure))

    def primal(self, expr: Any) -> Any:
        """A variable that holds the value of an expression over primal variables, or the expression if it is short."""
        if isinstance(expr, (gast.Name, gast.Constant)) or not nodes.names_in(expr) & self.splitting.local:
            return expr
        if isinstance(expr, (gast.Slice, gast.Starred, gast.Tuple, gast.List, gast.Dict)) or self._makes_zeros(expr):
            return self._inside(expr)
        if is_counting(expr, self.typer) or isinstance(self.typer.type_of(expr), Constant):
            return expr
        name = self.splitting.fresh("t", self.typer.type_of(expr))
        self.out.append(nodes.assign(name, expr, self.origin))
        return nodes.name(name)

    def _makes_zeros(self, expr: Expr) -> bool:
        """Whether an expression makes a tangent, which may be written in place."""
        return isinstance(expr, gast.Call) and self.typer.call_parts(expr)[0] in _ZEROS


def _is_shield(stmt: gast.Try, typer: Any) -> bool:
    """Whether a try statement only gives exceptions of a tangent another class."""
    body = stmt.handlers[0].body
    first = body[0] if body else None
    return isinstance(first, gast.Raise) and first.exc is not None and typer.resolve(first.exc) is TangentFailure


def _breaks(stmt: Stmt) -> bool:
    """Whether a break in a branch leaves the loop around it."""
    for block in nodes.blocks(stmt):
        for inner in block:
            if isinstance(inner, gast.Break) or (not isinstance(inner, _LOOPS) and _breaks(inner)):
                return True
    return False


def _entangled(stmt: Stmt) -> UnsupportedError:
    return UnsupportedError(
        "linearize of a value that is computed together with its tangent",
        nodes.origin_of(stmt),
        "use jvp, which computes both at each call",
    )
