"""The right-hand side of an assignment as a function and its operands; what is said where there is no rule for it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import gast
import numpy as np

from sct_ad.analysis.typer import BINARY, UNARY, Typer
from sct_ad.analysis.units import Foreign
from sct_ad.errors import InternalError, NoRuleError, Span
from sct_ad.rules import registry
from sct_ad.rules.custom import custom_jvp
from sct_ad.rules.refused import refusal_of
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Matrix, kind, may_carry_derivative

_ATTRIBUTES = {"T": np.transpose, "real": np.real, "imag": np.imag, "mT": getattr(np, "matrix_transpose", None)}


@dataclass
class Operation:
    """A function applied to operands; a method's object is the first one."""

    function: object
    args: list[Expr]
    keywords: dict[str, Expr]

    def again(self, value: Expr, place: dict[int, Expr], typer: Typer, bind: Callable[[object, str], Expr]) -> Expr:
        """The expression with some operands replaced; `place` has the new ones by the identities of the old ones."""

        def new(operand: Expr) -> Expr:
            found: Expr = nodes.copy(place.get(id(operand), operand))
            return found

        if isinstance(value, gast.BinOp):
            return nodes.binary(new(value.left), value.op, new(value.right))
        if isinstance(value, gast.UnaryOp):
            return gast.UnaryOp(op=value.op, operand=new(value.operand))
        if isinstance(value, gast.Attribute):
            return nodes.attribute(new(value.value), value.attr)
        assert isinstance(value, gast.Call)
        keywords = {name: new(operand) for name, operand in self.keywords.items()}
        args = list(map(new, self.args))
        if not typer.is_method(value.func):
            return nodes.call(nodes.copy(value.func), *args, **keywords)
        if not isinstance(args[0], gast.Constant):
            return nodes.call(nodes.attribute(args[0], value.func.attr), *args[1:], **keywords)
        return nodes.call(bind(self.function, getattr(self.function, "__name__", "function")), *args, **keywords)


def operation(value: Expr, typer: Typer) -> Operation:
    """The function that an operator, attribute or call stands for, and its operands."""
    if isinstance(value, gast.BinOp):
        return Operation(BINARY[type(value.op)], [value.left, value.right], {})
    if isinstance(value, gast.UnaryOp):
        return Operation(UNARY[type(value.op)], [value.operand], {})
    if isinstance(value, gast.Attribute):
        return Operation(_ATTRIBUTES.get(value.attr), [value.value], {})
    if isinstance(value, gast.Call):
        return Operation(*typer.call_parts(value))
    return Operation(None, [], {})


def check_atoms(args: list[Expr], typer: Typer, active: set[str]) -> None:
    """An active operand is a variable or a display of variables: anything else would lose its derivative."""
    for arg in args:
        if isinstance(arg, (gast.Tuple, gast.List)):
            check_atoms(arg.elts, typer, active)
        elif not isinstance(arg, gast.Name) and nodes.names_in(arg) & active:
            if may_carry_derivative(typer.type_of(arg)):
                raise InternalError(f"an operand that is no variable: {ast.unparse(gast.gast_to_ast(arg))}")


def refuse_matrices(rule: registry.Rule, operands: list[Expr], typer: Typer, origin: Span | None) -> None:
    """Refuse sparse matrices and linear operators where the rule does not know them."""
    if not rule.matrices and any(isinstance(typer.type_of(e), Matrix) for e in operands):
        raise NoRuleError(
            f"no derivative rule for {rule.name} with a sparse matrix or linear operator{at_line(origin)}\n"
            "  instead: multiply arrays by it, A @ x, or make it an array, A.toarray()"
        )


def at_line(origin: Span | None) -> str:
    """The user's line, as errors name it."""
    return f" at {origin.where}: {origin.text.strip()}" if origin else ""


def located(error: NoRuleError, origin: Span | None) -> NoRuleError:
    """The error with the user's line, where it does not say it."""
    first, *rest = str(error).split("\n")
    if origin is None or " at " + origin.where in first:
        return error
    return NoRuleError("\n".join([first + at_line(origin), *rest]))


def called_there(origin: Span | None) -> str:
    """The functions that the user calls there, if it is on one line."""
    text = origin.text[origin.column : origin.end_column] if origin and origin.line == origin.end_line else ""
    try:
        found = [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    except SyntaxError:
        found = []
    return " or ".join(dict.fromkeys(found)) or "what is called"


def no_rule(function: object, value: Expr, origin: Span | None) -> NoRuleError:
    """The error for a function without a rule: how to register one, or what to use instead."""
    shown = getattr(function, "__name__", None) or ast.unparse(gast.gast_to_ast(value))
    if hasattr(type(function.function if isinstance(function, Foreign) else function), "result_type"):
        return NoRuleError(
            f"a derivative of {shown}, which is a part of the derivative of a solution of equations{at_line(origin)}\n"
            "  instead: second derivatives with hvp or jvp of the gradient, higher ones of custom_root by nested jvp"
        )
    if isinstance(function, Foreign) and isinstance(function.derivative, custom_jvp):
        return NoRuleError(
            f"the rule of {shown}, which calls {shown} with tangents{at_line(origin)}\n"
            "  instead: write out what it is of a tangent"
        )
    if isinstance(function, Foreign):
        return NoRuleError(
            f"forward mode through {shown}, which has a custom_vjp{at_line(origin)}\n"
            "  instead: give it a custom_jvp, which serves both modes"
        )
    module = getattr(function, "__module__", None)
    label = f"{module}.{shown}" if module else shown
    if registry.is_of_scipy(function):
        label = registry.qualified_name(function)
    where = at_line(origin)
    refused = refusal_of(function)
    if refused is not None:
        return NoRuleError(f"no derivative rule for {label}: {refused[0]}{where}\n  instead: {refused[1]}")
    called = ast.unparse(gast.gast_to_ast(value.func)) if isinstance(value, gast.Call) else shown
    count = len(value.args) if isinstance(value, gast.Call) else 1
    names = ["x", "y", "u", "v"][:count] if count <= 4 else [f"x{k}" for k in range(count)]
    remedy = (
        f"register one with @sct_ad.rules.registry.adjoint({called}), for example, with the derivative in place of "
        "1.0:\n"
        "    from sct_ad.rules.registry import adjoint, d\n"
        f"    @adjoint({called})\n"
        f"    def rule({', '.join(['z', *names])}): d[{names[0] if names else 'x'}] = d[z] * 1.0"
    )
    if function is None and isinstance(value, gast.Call):
        remedy = "make what is called outside of the function, and pass it or let it be a global"
    return NoRuleError(f"no derivative rule for {label}{where}\n  instead: {remedy}")


def without_unit(expr: Expr, typer: Typer) -> Expr:
    """`x` for `1.0 * x` and `x * 1.0`, which the seed of a gradient leaves."""
    if isinstance(expr, gast.BinOp) and isinstance(expr.op, gast.Mult):
        for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
            if isinstance(one, gast.Constant) and type(one.value) is float and one.value == 1.0:
                if kind(typer.type_of(other)) in ("float", "complex"):
                    return other
    return expr
