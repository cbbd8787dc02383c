"""Emitted statements -> statements over atoms, which a further derivative can be taken of.

bx += bs * 2.0 * x   ->   t = bs * 2.0
t1 = t * x
bx += t1
"""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.derive.apart import definitions_apart
from sct_ad.derive.emission import Emission
from sct_ad.derive.operation import without_unit
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import join, may_carry_derivative


def three_address(body: Block, emission: Emission) -> Block:
    """The body with a variable for each intermediate value that may carry a derivative."""
    body, new = definitions_apart(body, emission)
    return _Flattening(emission, new).block(body)


class _Flattening:
    def __init__(self, emission: Emission, new: set[str]) -> None:
        self.emission, self.typer, self.new = emission, emission.typer, new
        self.out: Block = []
        self.origin: Any = None

    def block(self, body: Block) -> Block:
        outer, self.out = self.out, []
        for stmt in body:
            self.origin = nodes.origin_of(stmt)
            self._statement(stmt)
        found, self.out = self.out, outer
        return found

    def _statement(self, stmt: Stmt) -> None:
        new = nodes.copy(stmt)
        if nodes.blocks(stmt):
            for name in ("body", "orelse"):
                if getattr(new, name, None):
                    setattr(new, name, self.block(getattr(stmt, name)))
            if isinstance(new, gast.Try):
                new.handlers[0].body = self.block(stmt.handlers[0].body)
        elif isinstance(new, gast.Assign):
            new.targets[0] = self._place(new.targets[0])
            plain = isinstance(new.targets[0], gast.Name)
            new.value = self._value(new.value) if plain else self._atom(new.value)
            if plain and new.targets[0].id in self.new:
                self.typer.types[new.targets[0].id] = self.typer.type_of(new.value)
        elif isinstance(new, gast.AugAssign):
            new.target = self._place(new.target)
            new.value = self._atom(new.value)
        elif isinstance(new, gast.Expr):
            new.value = self._value(new.value)
        elif isinstance(new, gast.Return):
            new.value = self._returned(new.value)
        self.out.append(nodes.with_origin(new, nodes.origin_of(stmt)))

    def _returned(self, value: Expr) -> Expr:
        if isinstance(value, gast.Tuple):
            return nodes.tuple_(map(self._returned, value.elts))
        if isinstance(value, (gast.List, gast.Dict)):
            return self._value(value)
        return self._atom(value)

    def _place(self, target: Expr) -> Expr:
        if isinstance(target, gast.Subscript):
            return nodes.subscript(self._atom(target.value), target.slice, store=True)
        return target

    def _atom(self, expr: Expr) -> Expr:
        """A variable or a constant of that value; what carries no derivative stays as it is."""
        if isinstance(expr, (gast.Name, gast.Constant, gast.Starred)):
            return expr
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.operand, gast.Constant):
            return expr
        if isinstance(expr, (gast.Tuple, gast.List)):
            return type(expr)(elts=list(map(self._atom, expr.elts)), ctx=nodes.LOAD)
        path = nodes.dotted(expr)
        if path is not None and path[0] not in self.typer.types:
            return expr  # a constant of a module
        if not may_carry_derivative(self.typer.type_of(expr)):
            return expr
        name = self.emission.fresh("t")
        value = self._value(expr)
        self.typer.types[name] = self.typer.type_of(value)
        self.out.append(nodes.assign(name, value, self.origin))
        return nodes.name(name)

    def _operand(self, expr: Expr) -> Expr:
        """As `_atom`, without a factor of 1."""
        plain = without_unit(expr, self.typer)
        return self._atom(expr) if plain is expr else self._operand(plain)

    def _value(self, expr: Expr) -> Expr:
        """The expression over atoms."""
        if isinstance(expr, gast.BinOp):
            return nodes.binary(self._operand(expr.left), expr.op, self._operand(expr.right))
        if isinstance(expr, gast.UnaryOp):
            return gast.UnaryOp(op=expr.op, operand=self._atom(expr.operand))
        if isinstance(expr, gast.Call):
            func = expr.func
            if isinstance(func, gast.Attribute) and self.typer.is_method(func):
                func = nodes.attribute(self._atom(func.value), func.attr)
            keywords = [gast.keyword(arg=k.arg, value=self._atom(k.value)) for k in expr.keywords]
            return gast.Call(func=func, args=list(map(self._atom, expr.args)), keywords=keywords)
        if isinstance(expr, gast.Attribute):
            return nodes.attribute(self._atom(expr.value), expr.attr)
        if isinstance(expr, gast.Subscript):
            return nodes.subscript(self._atom(expr.value), expr.slice)
        if isinstance(expr, (gast.Tuple, gast.List)):
            return type(expr)(elts=list(map(self._atom, expr.elts)), ctx=nodes.LOAD)
        if isinstance(expr, gast.Dict):
            return gast.Dict(keys=expr.keys, values=list(map(self._atom, expr.values)))
        if isinstance(expr, gast.IfExp):
            return self._conditional(expr)
        return expr

    def _conditional(self, expr: gast.IfExp) -> Expr:
        """`t = a if test else b` as a branch."""
        name = self.emission.fresh("t")
        blocks: list[Block] = []
        for side in (expr.body, expr.orelse):
            outer, self.out = self.out, []
            value = self._value(side)
            self.out.append(nodes.assign(name, value, self.origin))
            found, type_ = self.out, self.typer.type_of(value)
            self.out = outer
            blocks.append(found)
            self.typer.types[name] = join(self.typer.types[name], type_) if name in self.typer.types else type_
        branch = gast.If(test=expr.test, body=blocks[0], orelse=blocks[1])
        self.out.append(nodes.with_origin(branch, self.origin))
        return nodes.name(name)
