"""The boolean propagation of a function: the forward transformation with sets of inputs in place of tangents.

Each statement of the core is followed by the statement that says what the variable depends on; the primal runs beside
it, so that branches, loops and indices are those of the arguments.
"""

from __future__ import annotations

import operator

import gast
import numpy as np

from sct_ad.analysis.alias import sources_of
from sct_ad.derive.forward import Forward, is_at
from sct_ad.derive.operation import Operation, operation
from sct_ad.errors import NoRuleError, UnsupportedError
from sct_ad.rules import custom, registry, template
from sct_ad.runtime import containers, diagonal_view, sequences
from sct_ad.runtime.objects import object_like
from sct_ad.sparse.propagation import LINEAR, elementwise, general, no_dependence, unite_at
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Array, Constant, Scalar

_MIRRORED = (
    diagonal_view,
    object_like,
    sequences.new_slots,
    sequences.take_items,
    containers.copy_structure,
    containers.copy_in_layout,
)
_SUMS = (operator.add, operator.sub, operator.neg, operator.pos)
_PRODUCTS = (operator.mul,)


class Dependences(Forward):
    """Emits what each active variable depends on; a tangent here is a set of inputs for each number."""

    NUMERIC = False

    def tangent(self, variable: str) -> str:
        """The variable that holds the dependence of a variable."""
        name = super().tangent(variable)
        self.typer.types[name] = UNKNOWN
        return name

    def zero(self, expr: Expr) -> Expr:
        """Empty sets for an atom that is not active."""
        if isinstance(self.typer.type_of(expr), (Scalar, Constant)) or not isinstance(expr, gast.Name):
            return nodes.constant(0)
        return nodes.call(self.bind(no_dependence, "no_dependence"), nodes.copy(expr))

    def _arranged(self, call: gast.Call) -> Expr:
        function = self.typer.resolve(call.func)
        if not any(function is each for each in _MIRRORED):
            raise UnsupportedError("this function in boolean propagation", self.origin)
        found: Expr = super()._arranged(call)
        return found

    # Stores

    def _store(self, stmt: gast.Assign) -> None:
        target = stmt.targets[0]
        owner = target.value
        if isinstance(owner, gast.Name) and owner.id in self.active and not self.is_active(stmt.value):
            if isinstance(self.typer.type_of(owner), Array):
                self.keep(stmt)
                place = nodes.subscript(nodes.name(self.tangent(owner.id)), nodes.copy(target.slice), store=True)
                self.emit(nodes.assign(place, nodes.constant(0)))
                return
        super()._store(stmt)

    def _augmented(self, stmt: gast.AugAssign) -> None:
        start = len(self.out)
        super()._augmented(stmt)
        for emitted in self.out[start:]:
            if emitted is not stmt and isinstance(emitted, gast.AugAssign):
                emitted.op = gast.BitOr()

    def _mutating_call(self, stmt: Stmt) -> bool:
        function, args, _ = self.typer.call_parts(stmt.value)
        if is_at(function) and isinstance(args[0], gast.Name) and args[0].id in self.active:
            self.keep(stmt)
            if self.is_active(args[2]):
                place = nodes.name(self.tangent(args[0].id)), nodes.copy(args[1]), self.tangent_of(args[2])
                self.emit(gast.Expr(value=nodes.call(self.bind(unite_at, "unite_at"), *place)))
            return True
        return super()._mutating_call(stmt)

    # Operations

    def _primitive(self, stmt: gast.Assign) -> None:
        variable, value = stmt.targets[0].id, stmt.value
        what = operation(value, self.typer)
        rule = registry.lookup(what.function) if what.function is not None else None
        operands = [*what.args, *what.keywords.values()]
        if isinstance(value, gast.Call) and what.function is None and isinstance(value.func, gast.Name):
            operands.append(value.func)
        if not any(map(self.is_active, operands)) or (rule is not None and rule.zero):
            self.define_after_zero(stmt)
            return
        result = self.fresh(variable) if variable in nodes.names_in(value) else variable
        self.typer.types[result] = self.typer.types.get(variable, UNKNOWN)
        self.out.append(nodes.assign(result, value, self.origin))
        if rule is not None and rule.elementwise and self._is_plain(value, what):
            self.define_tangent(variable, self._elementwise(what.function, result, operands))
        else:
            self.define_tangent(variable, self._general(what, rule, result, operands))
        if result != variable:
            self.out.append(nodes.assign(variable, nodes.name(result), self.origin))

    def _is_plain(self, value: Expr, what: Operation) -> bool:
        """Whether an elementwise function makes new memory, and nothing is passed that changes what it does."""
        if not isinstance(value, (gast.BinOp, gast.UnaryOp)) and sources_of(value, self.typer):
            return False
        if what.function is custom.with_cotangent:  # which may do anything in reverse mode
            return False
        starred = any(isinstance(arg, gast.Starred) for arg in what.args)
        return not starred and not {"where", "out"} & set(what.keywords)

    def _elementwise(self, function: object, result: str, operands: list[Expr]) -> Expr:
        if function is np.select:
            operands = [item for operand in operands for item in getattr(operand, "elts", [operand])]
        moving = [operand for operand in operands if self.is_active(operand)]
        if getattr(function, "__name__", "") == "full_like" and len(operands) > 1:
            moving = [operand for operand in operands[1:] if self.is_active(operand)] or moving
        product = any(function is each for each in _PRODUCTS) or getattr(function, "__name__", "") == "multiply"
        if any(function is each for each in _SUMS) or (isinstance(function, object) and _in(function, LINEAR)):
            how = "linear"
        elif product:
            how = "product" if len(moving) == 2 else "linear"
        elif function is operator.truediv and len(moving) == 1 and moving[0] is operands[0]:
            how = "linear"
        else:
            how = "nonlinear"
        return nodes.call(
            self.bind(elementwise, "elementwise"),
            nodes.name(result),
            nodes.constant(how),
            *map(self.tangent_of, moving),
        )

    def _general(self, what, rule, result: str, operands: list[Expr]) -> Expr:  # type: ignore[no-untyped-def]
        given: dict[int | str, Expr] = {}
        given.update(enumerate(what.args))
        given.update(what.keywords)
        data, linear = self._data(what, rule)
        moving = {key: expr for key, expr in given.items() if self.is_active(expr) or id(expr) in data}
        rest = [operand for operand in operands if self.is_active(operand) and operand not in moving.values()]
        dependences = gast.Dict(
            keys=list(map(nodes.constant, moving)), values=[self.tangent_of(expr) for expr in moving.values()]
        )
        known = isinstance(what.function, object) and what.function is not None
        function = self.bind(what.function, getattr(what.function, "__name__", "function")) if known else None
        starred = any(isinstance(arg, gast.Starred) for arg in what.args) or rest
        if starred or function is None:
            return nodes.call(self.bind(_all_of, "all_of"), nodes.name(result), *map(self._mixed, operands))
        return nodes.call(
            self.bind(general, "general"),
            function,
            nodes.name(result),
            nodes.tuple_(map(nodes.copy, what.args)),
            gast.Dict(
                keys=[nodes.constant(key) for key in what.keywords], values=nodes.copy([*what.keywords.values()])
            ),
            dependences,
            nodes.constant(linear),
        )

    def _mixed(self, operand: Expr) -> Expr:
        return self.tangent_of(operand.value if isinstance(operand, gast.Starred) else operand)

    def _data(self, what, rule) -> tuple[set[int], bool]:  # type: ignore[no-untyped-def]
        """The operands that are numbers to be moved with the active ones; whether the result is linear in these."""
        if rule is None or not rule.linear or rule.of_class:
            return set(), False
        try:
            bound = template.bind_arguments(rule, what.args, what.keywords)
        except NoRuleError:
            return set(), False
        names = {name for name, expr in bound.items() if self.is_active(expr)}
        for group in rule.linear:
            group_names = {name.lstrip("*") for name in group}
            starred = any(name.startswith("*") for name in group)
            if names <= group_names:
                several = starred and sum(map(self.is_active, getattr(bound[group[0][1:]], "elts", []))) > 1
                given = {id(e) for e in [*what.args, *what.keywords.values()]}
                data = {id(bound[n]) for n in group_names if n in bound and id(bound[n]) in given}
                return data, not several
        return set(), False


def _all_of(result: object, *dependences: object) -> object:
    return general(None, result, dependences, {}, dict(enumerate(dependences)), False)


def _in(function: object, found: frozenset[object]) -> bool:
    try:
        return function in found
    except TypeError:
        return False
