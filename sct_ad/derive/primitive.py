"""Primitives in the reverse transformation: what the rule of a call gives to the cotangents of its operands."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import gast

from sct_ad.analysis.activity import called_value
from sct_ad.derive.accumulate import Accumulator, Cotangent, spans, spreads_over
from sct_ad.derive.masks import FILLED, NO_SIDES, Sides, may_blow_up, side_taken
from sct_ad.derive.operation import check_atoms, no_rule, operation, refuse_matrices
from sct_ad.rules import registry, template
from sct_ad.runtime import unbroadcast
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Array, Scalar, may_carry_derivative


class Primitive:
    """Applies rules; `give` takes a contribution to the cotangent of a variable."""

    def __init__(self, accumulator: Accumulator, active: set[str], give: Callable[..., None]) -> None:
        self.acc, self.active, self.give = accumulator, active, give
        self.typer = accumulator.typer
        self.applied = count()
        """Tells one use of a selection from any other."""

    def apply(self, variable: str, value: Expr, cotangent: Cotangent) -> None:
        """A primitive: the statements and contributions of its rule."""
        what = operation(value, self.typer)
        function, args, keywords = what.function, what.args, what.keywords
        operands = [*args, *keywords.values()]
        check_atoms(operands, self.typer, self.active)
        called = [called_value(value.func)] if function is None and isinstance(value, gast.Call) else []
        if not any(map(self.is_active, [*operands, *called])):
            return
        rule = registry.lookup(function) if function is not None else None
        if rule is None:
            raise no_rule(function, value, self.acc.origin)
        if rule.kind == "zero":
            return
        refuse_matrices(rule, operands, self.typer, self.acc.origin)
        if rule.of_class:
            assert isinstance(value, gast.Call)
            args = [value.func, *args]
        elementwise = rule.kind == "elementwise"
        if not elementwise:
            cotangent = self.acc.full(variable, cotangent)
        seed = self._atom(variable, cotangent)
        site = template.Site(
            result=nodes.name(variable),
            cotangent=seed,
            arguments=template.bind_arguments(rule, args, keywords),
            is_active=self.is_active,
            type_of=self.typer.type_of,
            fresh=self.acc.fresh,
            bind=self.acc.bind,
        )
        adjoint = template.instantiate(rule, site)
        for statement in adjoint.statements:
            self._rule_statement(statement)
        calm = cotangent.sides == FILLED and not may_blow_up(rule, function, args, self.typer)
        alone = self._is_alone([*args, *keywords.values()])
        self._contributions(variable, adjoint.contributions, cotangent, elementwise, rule.selects, calm, alone)

    def _rule_statement(self, statement: Stmt) -> None:
        target = statement.targets[0] if isinstance(statement, gast.Assign) else None
        if isinstance(target, gast.Name):
            self.acc.define(target.id, statement.value)
        else:
            self.acc.emit(statement)

    def _contributions(
        self,
        variable: str,
        contributions: list[tuple[Expr, Expr]],
        cotangent: Cotangent,
        elementwise: bool,
        selects: bool,
        calm: bool,
        alone: bool,
    ) -> None:
        selection = next(self.applied)
        plain = sum(isinstance(e, gast.Name) and nodes.same(e, cotangent.expr) for _, e in contributions)
        for receiver, expr in self._seed_overwritten_last(contributions, cotangent.expr):
            assert isinstance(receiver, gast.Name)
            bare = isinstance(expr, gast.Name) and nodes.same(expr, cotangent.expr)
            masked = cotangent.masked or selects
            sides = self._sides(cotangent, expr, selection, selects) if elementwise else NO_SIDES
            if cotangent.masked and elementwise and not selects and not calm and self._scales(expr, cotangent.expr):
                expr = self._masked(cotangent.expr, expr)
            if elementwise:
                whole = self.acc.is_full(cotangent, variable) or spreads_over(expr, variable)
                reduced = (
                    expr
                    if alone and self._keeps_shape(receiver.id, whole)
                    else self.acc.reduce_to(receiver.id, expr, variable, whole)
                )
                whole = whole or (spreads_over(expr, receiver.id) if reduced is expr else self._is_unbroadcast(reduced))
                sides = sides if reduced is expr else NO_SIDES
                expr = reduced
            else:
                whole = spans(self.typer.type_of(expr), self.typer.types[receiver.id])
            owned = bare and plain == 1 and cotangent.owned and isinstance(expr, gast.Name)
            self.give(receiver.id, expr, owned, masked, whole, sides)

    def _is_alone(self, operands: list[Expr]) -> bool:
        """Whether there is one array among numbers: its shape is that of an elementwise result."""
        types = [self.typer.type_of(operand) for operand in operands]
        arrays = [found for found in types if not isinstance(found, Scalar)]
        return len(arrays) == 1 and isinstance(arrays[0], Array)

    def _is_unbroadcast(self, expr: Expr) -> bool:
        """Whether a contribution is given its operand's shape at run time."""
        return isinstance(expr, gast.Call) and self.typer.resolve(expr.func) is unbroadcast

    def _keeps_shape(self, receiver: str, whole: bool) -> bool:
        """Whether a contribution needs no sum: to the only array, if it is whole or can be widened later."""
        found = self.typer.types[receiver]
        return isinstance(found, Array) and (whole or bool(found.dims))

    def _sides(self, cotangent: Cotangent, expr: Expr, selection: int, selects: bool) -> Sides:
        """The sides of selections that a contribution is on, if they are all known."""
        if not selects:
            return cotangent.sides
        side = side_taken(expr, cotangent.expr, self.typer)
        if side is None or (cotangent.masked and not cotangent.sides):
            return NO_SIDES
        return cotangent.sides | {(selection, side)}

    def _seed_overwritten_last(self, contributions: list[tuple[Expr, Expr]], seed: Expr) -> list[tuple[Expr, Expr]]:
        """Contributions in the order of emission: what assigns the seed's own name comes last, in one sum."""
        others: list[tuple[Expr, Expr]] = []
        own: list[tuple[Expr, Expr]] = []
        for receiver, expr in reversed(contributions):
            holds = isinstance(seed, gast.Name) and self.acc.names.get(receiver.id) == seed.id
            (own if holds else others).append((receiver, expr))
        if len(own) > 1:
            total = own[0][1]
            for _, expr in own[1:]:
                total = nodes.binary(total, gast.Add(), expr)
            own = [(own[0][0], total)]
        return others + own

    def _scales(self, expr: Expr, cotangent: Expr) -> bool:
        """Whether a contribution multiplies the cotangent by run-time values, which may be infinite or NaN."""
        return bool((nodes.names_in(expr) & self.typer.types.keys()) - nodes.names_in(cotangent))

    def _masked(self, cotangent: Expr, expr: Expr) -> Expr:
        """Zero where the cotangent is zero, also if the derivative there is infinite or NaN."""
        zero = nodes.constant(0.0)
        if isinstance(self.typer.type_of(expr), Scalar):
            return gast.IfExp(test=nodes.copy(cotangent), body=expr, orelse=zero)
        return self.acc.numpy("where", nodes.copy(cotangent), expr, zero)

    def _atom(self, variable: str, cotangent: Cotangent) -> Expr:
        if isinstance(cotangent.expr, (gast.Name, gast.Constant)):
            return cotangent.expr
        return self.acc.define(self.acc.fresh("b" + variable), cotangent.expr, cotangent.type)

    def is_active(self, expr: Expr) -> bool:
        """Whether an operand, or an item of a display, carries a cotangent."""
        if isinstance(expr, (gast.Tuple, gast.List)):
            return any(map(self.is_active, expr.elts))
        return (
            isinstance(expr, gast.Name)
            and expr.id in self.active
            and may_carry_derivative(self.typer.types.get(expr.id, UNKNOWN))
        )
