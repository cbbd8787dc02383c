"""Primitives in the forward transformation: the tangent that the rule of a call gives, fitted to its result."""

from __future__ import annotations

import inspect
import operator
import types
from typing import TYPE_CHECKING, Any, Protocol

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.activity import called_value
from sct_ad.analysis.alias import effects_of, sources_of
from sct_ad.analysis.realness import is_real_part
from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Foreign
from sct_ad.derive import custom_tangents
from sct_ad.derive.operation import (
    Operation,
    at_line,
    called_there,
    check_atoms,
    located,
    no_rule,
    operation,
    refuse_matrices,
    without_unit,
)
from sct_ad.errors import NoRuleError, UnsupportedError
from sct_ad.rules import registry, tangents, template
from sct_ad.runtime.complex_numbers import real_part_if_real
from sct_ad.specialise.namespace import Guard
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import is_any
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Constant, Dict, List, Scalar, Tuple, dims_of, kind

if TYPE_CHECKING:
    from sct_ad.derive.forward import Forward


class CompileHelper(Protocol):
    """Compiles `f_jvp(*args, *tangents) -> (value, tangent)`, and tells what that relies on."""

    def __call__(
        self,
        function: Any,
        argument_types: dict[str, Abstract],
        active: tuple[str, ...],
        customs: tuple[Any, ...] | None = None,
    ) -> tuple[types.FunctionType, list[Guard]]:
        """The tangent of a function for the types of its arguments, some of which are active.

        With `customs`, see `TangentRequest`, of anything that can be called, by position.
        """


class TangentPrimitive:
    """Applies rules; the statements go to `forward`."""

    def __init__(self, forward: Forward, helpers: CompileHelper | None) -> None:
        self.forward, self.typer, self.compile_helper = forward, forward.typer, helpers

    def apply(self, stmt: gast.Assign) -> None:
        """The tangent that the rule of a primitive gives."""
        variable, value = stmt.targets[0].id, stmt.value
        what = operation(value, self.typer)
        operands = [*what.args, *what.keywords.values()]
        check_atoms(operands, self.typer, self.forward.active)
        called = [called_value(value.func)] if what.function is None and isinstance(value, gast.Call) else []
        rule = registry.lookup_tangent(what.function) if what.function is not None else None
        if not any(map(self.forward.is_active, [*operands, *called])) or (rule is not None and rule.zero):
            if what.function in (np.zeros, np.zeros_like) and self._is_float(variable):
                self.forward.define_before(stmt, nodes.copy(value))
            else:
                self.forward.define_after_zero(stmt)
            return
        if isinstance(what.function, Foreign) and custom_tangents.through(self.forward, self.compile_helper, stmt):
            return
        if rule is None and isinstance(what.function, types.FunctionType) and self.compile_helper is not None:
            self._helper(stmt, what)
            return
        if rule is None:
            raise no_rule(what.function, value, self.forward.origin)
        refuse_matrices(rule, operands, self.typer, self.forward.origin)
        args = [value.func, *what.args] if rule.of_class else what.args
        result = self.forward.fresh(variable)
        self.typer.types[result] = self.typer.types[variable]
        site = template.Site(
            result=nodes.name(result),
            cotangent=nodes.constant(None),
            arguments=template.bind_arguments(rule, args, what.keywords),
            is_active=self.forward.is_active,
            type_of=self.typer.type_of,
            fresh=self.forward.fresh,
            bind=self.forward.bind,
            tangent_of=self.forward.tangent_of,
        )
        try:
            found = tangents.tangent(rule, site, lambda replaced: self._again(what, value, site, replaced))
        except NoRuleError as error:
            raise self._at_origin(error, rule) from error.__cause__
        terms = [without_unit(term, self.typer) for term in found.terms]
        expr = self._total(variable, terms) if terms else self.forward.zero(nodes.name(result))
        start = len(self.forward.out)
        self._finish(stmt, result, rule, found.statements, expr, bool(found.terms))
        divides = rule.singular and what.function is not operator.truediv
        if divides and not isinstance(self.typer.types.get(variable), Array):
            self.forward.singular |= {
                id(s) for s in self.forward.out[start:] if (at := nodes.origin_of(s)) is not None and at.adjoint
            }

    def _total(self, variable: str, terms: list[Expr]) -> Expr:
        """The sum of terms; those of a container are added item by item."""
        if len(terms) == 1 or not isinstance(self.typer.types.get(variable), (Tuple, List, Dict)):
            return tangents.summed(terms)
        total = terms[0]
        for term in terms[1:]:
            total = nodes.call(self.forward.bind(runtime.added, "added"), total, term)
        return total

    def _is_float(self, variable: str) -> bool:
        return kind(self.typer.types.get(variable, UNKNOWN)) in ("float", "complex")

    def _helper(self, stmt: gast.Assign, what: Operation) -> None:
        """A function of emitted text without rule: its own source is differentiated, as a function by itself."""
        variable, function = stmt.targets[0].id, what.function
        assert isinstance(function, types.FunctionType) and self.compile_helper is not None
        signature = inspect.signature(function)
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
            raise self._no_second()
        bound = signature.bind(*what.args, **what.keywords).arguments
        given = {
            name: bound[name] if name in bound else nodes.constant(parameter.default)
            for name, parameter in signature.parameters.items()
        }
        active = tuple(name for name, value in given.items() if self.forward.is_active(value))
        kinds = {name: self.typer.type_of(value) for name, value in given.items()}
        try:
            made, _ = self.compile_helper(function, kinds, active)
        except (UnsupportedError, NoRuleError) as error:
            if not registry.is_of_library(function):
                raise
            raise self._no_second() from error
        called = self.forward.bind(made, made.__name__)
        args = [*map(nodes.copy, given.values()), *(self.forward.tangent_of(given[name]) for name in active)]
        self.forward.take_pair(variable, nodes.call(called, *args))

    def _at_origin(self, error: NoRuleError, rule: registry.Rule) -> NoRuleError:
        """The error with the user's line, and what is called there instead of what we call."""
        if any(map(registry.is_of_library, rule.functions)):
            message, _, rest = str(error).partition("\n")
            message = f"{called_there(self.forward.origin)}: {message.removeprefix(f'{rule.name}: ')}"
            rest = rest or "  instead: hold that argument fixed, or take differences of the gradient"
            error = NoRuleError(f"{message}\n{rest}")
        return located(error, self.forward.origin)

    def _no_second(self) -> NoRuleError:
        """The error for a function of this package that forward mode cannot read: it names what the user called."""
        origin = self.forward.origin
        return NoRuleError(
            f"no second derivative of {called_there(origin)}, whose gradient is not differentiated{at_line(origin)}\n"
            "  instead: write it with functions that have second derivatives, or take differences of the gradient"
        )

    def _again(self, what: Operation, value: Expr, site: template.Site, replaced: dict[str, Expr]) -> Expr:
        """The primal operation with other operands."""
        place: dict[int, Expr] = {}
        for parameter, new in replaced.items():
            old = site.arguments[parameter]
            place[id(old)] = new
            if isinstance(old, gast.Tuple) and isinstance(new, gast.Tuple):
                place |= {id(a): b for a, b in zip(old.elts, new.elts, strict=True)}
        return what.again(value, place, self.typer, self.forward.bind)

    def _finish(
        self, stmt: gast.Assign, result: str, rule: registry.Rule, before: Block, expr: Expr, terms: bool
    ) -> None:
        """Primal and tangent in an order in which both read what they should."""
        variable = stmt.targets[0].id
        overwrites = variable in nodes.names_in(stmt.value)
        needs_result = result in nodes.names_in([s.value for s in before]) | nodes.names_in(expr)
        expr = self._fitting(variable, result, expr, rule, stmt.value, terms)
        if overwrites and (needs_result or result in nodes.names_in(expr)):
            self.forward.out.append(nodes.assign(result, stmt.value, self.forward.origin))
            self._emit_tangent(variable, before, expr)
            self.forward.out.append(nodes.assign(variable, nodes.name(result), self.forward.origin))
            return
        mapping = {result: variable}
        before, expr = nodes.substitute(before, mapping), nodes.substitute(expr, mapping)
        if overwrites:
            self._emit_tangent(variable, before, expr)
            self.forward.keep(stmt)
        else:
            self.forward.keep(stmt)
            self._emit_tangent(variable, before, expr)

    def _emit_tangent(self, variable: str, before: Block, expr: Expr) -> None:
        for statement in before:
            if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
                self.typer.types[statement.targets[0].id] = self.typer.type_of(statement.value)
            self.forward.emit(statement)
        self.forward.define_tangent(variable, expr)

    def _fitting(self, variable: str, result: str, expr: Expr, rule: registry.Rule, value: Expr, terms: bool) -> Expr:
        """A tangent with shape and kind of its primal, in memory of its own where that is written."""
        expr = self._real(variable, result, expr)
        if not terms:
            return expr
        if rule.elementwise:
            expr = self._spread(variable, result, expr, value)
        is_view = bool(sources_of(value, self.typer)) and not isinstance(value, gast.BinOp)
        if (
            self.forward.memory.has_identity(variable)
            and isinstance(self.typer.types.get(variable), Array)
            and not is_view
        ):
            if self.forward.memory.find(variable) in self.forward.order_sensitive:
                return nodes.call(self.forward.bind(runtime.in_layout_of, "in_layout_of"), nodes.name(result), expr)
            if isinstance(expr, (gast.Name, gast.Subscript, gast.Attribute)) or _is_view_call(expr, self.typer):
                return nodes.call(nodes.attribute(expr, "copy"))
        return expr

    def _real(self, variable: str, result: str, expr: Expr) -> Expr:
        """The real part of a complex tangent of a real result, such as that of `abs(z)`."""
        type_ = self.typer.types.get(variable, UNKNOWN)
        if isinstance(type_, Tuple) and isinstance(expr, gast.Tuple):
            return nodes.tuple_(self._real_of(t, e) for t, e in zip(type_.items, expr.elts, strict=True))
        return self._real_of(type_, expr, result)

    def _real_of(self, type_: Abstract, expr: Expr, result: str = "") -> Expr:
        if not self.forward.may_be_complex(self.typer.type_of(expr)) or is_real_part(expr):
            return expr
        if kind(type_) in ("float", "int", "bool"):
            return nodes.attribute(expr, "real")
        if kind(type_) == "" and result:
            return nodes.call(self.forward.bind(real_part_if_real, "real_part_if_real"), expr, nodes.name(result))
        return expr

    def _spread(self, variable: str, result: str, expr: Expr, value: Expr) -> Expr:
        """An elementwise tangent in the full shape of its result."""
        type_ = self.typer.types.get(variable, UNKNOWN)
        if isinstance(type_, Scalar) or self._covers(expr, value):
            return expr
        have, want = dims_of(self.typer.type_of(expr)), dims_of(type_)
        if have is not None and have == want and not any(map(is_any, have)):
            return expr
        if isinstance(type_, Array) and want:
            if kind(type_) in ("float", "complex"):
                return self.forward.numpy("full_like", nodes.name(result), expr)
            full = self.forward.numpy("broadcast_to", expr, nodes.attribute(nodes.name(result), "shape"))
            return nodes.call(nodes.attribute(full, "copy"))
        return nodes.call(self.forward.bind(runtime.spread_over, "spread_over"), expr, nodes.name(result))

    def _covers(self, expr: Expr, value: Expr) -> bool:
        """Whether each operand that may be an array, or its tangent, is in the expression, which so has its shape."""
        what = operation(value, self.typer)
        mentioned = _values_read(expr)
        for operand in [*what.args, *what.keywords.values()]:
            if isinstance(self.typer.type_of(operand), (Scalar, Constant)) or not isinstance(operand, gast.Name):
                continue
            own = {operand.id, self.forward.names.get(operand.id, operand.id)}
            if not own & mentioned:
                return False
        return True


def _values_read(expr: Expr) -> set[str]:
    """The variables whose values, not only whose shapes, an expression reads."""
    if isinstance(expr, gast.Attribute) and expr.attr in ("shape", "size", "ndim", "dtype"):
        return set()
    if isinstance(expr, gast.Name):
        return {expr.id}
    found: set[str] = set()
    for field in getattr(expr, "_fields", ()):
        value = getattr(expr, field, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, gast.AST):
                found |= _values_read(child)
    return found


def _is_view_call(expr: Expr, typer: Typer) -> bool:
    return isinstance(expr, gast.Call) and bool(effects_of(expr, typer).view_of)
