"""Which variables depend on a differentiated input and reach the result."""

from __future__ import annotations

import gast

from sct_ad.analysis.alias import Memory, effects_of, sources_of
from sct_ad.analysis.shifts import shifts
from sct_ad.analysis.typer import Typer
from sct_ad.rules import registry
from sct_ad.rules.custom import with_cotangent
from sct_ad.rules.marks import with_checked_tangent, with_moving_value, with_tangent
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Constant, kind, may_carry_derivative


def called_value(func: Expr) -> Expr:
    """The run-time value that a callee belongs to: the object of a method, or what is called itself."""
    return func.value if isinstance(func, gast.Attribute) else func


class Flow:
    """Dependence through smooth operations: flow-insensitive, which is exact enough after renaming apart."""

    def __init__(self, body: Block, typer: Typer, memory: Memory, outputs: set[str]) -> None:
        self.typer, self.memory = typer, memory
        self.edges: list[tuple[str, set[str]]] = []
        """(variable that receives, variables that it depends on smoothly)."""
        for stmt in nodes.statements(body):
            self._statement(stmt)
        held = shifts(body, typer, memory, self.smooth_reads, outputs)
        self.edges = [edge for edge in self.edges if edge[0] not in held]

    def _statement(self, stmt: Stmt) -> None:
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            sources = self.smooth_reads(stmt.value)
            for owner in [target.id] if isinstance(target, gast.Name) else sources_of(target.value, self.typer):
                self.edges.append((owner, sources))
        elif isinstance(stmt, gast.AugAssign):
            target = stmt.target
            sources = self.smooth_reads(stmt.value)
            for owner in [target.id] if isinstance(target, gast.Name) else sources_of(target.value, self.typer):
                self.edges.append((owner, sources))
        elif isinstance(stmt, gast.With):
            for item in stmt.items:
                if isinstance(item.optional_vars, gast.Name):
                    self.edges.append((item.optional_vars.id, self.smooth_reads(item.context_expr)))
        for call in nodes.every(nodes.expressions(stmt), gast.Call):
            self._mutating_call(call)

    def _mutating_call(self, call: gast.Call) -> None:
        function, args, keywords = self.typer.call_parts(call)
        if function is None and isinstance(call.func, gast.Attribute):  # its object may keep what it is given
            reads = {v for a in [*args, *keywords.values()] for v in self.smooth_reads(a)}
            self.edges += [(owner, reads - {owner}) for owner in sources_of(call.func.value, self.typer)]
            return
        written = [args[k] for k in effects_of(call, self.typer).mutates if k < len(args)]
        written += [k.value for k in call.keywords if k.arg == "out"]
        for target in written:
            for owner in sources_of(target, self.typer):
                reads = {v for a in args for v in self.smooth_reads(a)}
                self.edges.append((owner, reads - {owner}))

    def smooth_reads(self, expr: Expr) -> set[str]:
        """The variables that an expression depends on smoothly."""
        if isinstance(expr, gast.Name):
            known = expr.id in self.typer.types
            return {expr.id} if known and may_carry_derivative(self.typer.types.get(expr.id, UNKNOWN)) else set()
        if isinstance(expr, (gast.Compare, gast.Constant, gast.JoinedStr, gast.Slice)):
            return set()
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.Not):
            return set()
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, gast.FloorDiv):
            return set()
        if isinstance(expr, gast.Subscript):
            if isinstance(self.typer.type_of(expr.value), Constant):
                return {v for name in nodes.names_in(expr.slice) for v in self.smooth_reads(nodes.name(name))}
            return self.smooth_reads(expr.value)
        if isinstance(expr, gast.Attribute):
            return self.smooth_reads(expr.value) if may_carry_derivative(self.typer.type_of(expr)) else set()
        if isinstance(expr, gast.Call):
            function, args, keywords = self.typer.call_parts(expr)
            if function is with_cotangent:  # what its function reads is constant
                return self.smooth_reads(args[0])
            if function is with_tangent or function is with_checked_tangent:
                return self.smooth_reads(args[1])
            if function is with_moving_value:
                return self.smooth_reads(args[0])
            rule = registry.lookup(function) if function is not None else None
            if rule is not None and rule.kind == "zero":
                return set()
            if rule is not None and rule.real_is_constant:
                if all(kind(self.typer.type_of(arg)) in ("float", "int", "bool") for arg in args):
                    return set()
            owner = [called_value(expr.func)] if function is None else []
            return {v for e in [*owner, *args, *keywords.values()] for v in self.smooth_reads(e)}
        return {v for child in _children(expr) for v in self.smooth_reads(child)}

    def varied(self, inputs: set[str]) -> set[str]:
        """Everything that depends on the inputs."""
        reached = self._close(set(inputs))
        changed = True
        while changed:
            changed = False
            for receiver, sources in self.edges:
                if receiver not in reached and sources & reached and self._carries(receiver):
                    reached |= self._close({receiver})
                    changed = True
        return reached

    def useful(self, outputs: set[str]) -> set[str]:
        """Everything that the outputs depend on."""
        reached = self._close(set(outputs))
        changed = True
        while changed:
            changed = False
            for receiver, sources in reversed(self.edges):
                if receiver in reached and not sources <= reached:
                    reached |= self._close(sources)
                    changed = True
        return reached

    def _carries(self, variable: str) -> bool:
        return may_carry_derivative(self.typer.types.get(variable, UNKNOWN))

    def _close(self, variables: set[str]) -> set[str]:
        """With everything that shares written memory with one of them."""
        roots = {self.memory.find(v) for v in variables if self.memory.has_identity(v)}
        if not roots:
            return variables
        return variables | {v for v, root in self.memory.classes().items() if root in roots and self._carries(v)}


def _children(expr: Expr) -> list[Expr]:
    found: list[Expr] = []
    for field in expr._fields:
        value = getattr(expr, field, None)
        found += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, gast.expr)]
    return found
