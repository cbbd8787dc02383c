"""Running a rule on actual numbers, through the text that it would emit."""

from __future__ import annotations

import ast
import builtins
import types
from typing import Any

import gast
import numpy as np

from sct_ad.rules.registry import Rule
from sct_ad.rules.tangents import summed, tangent
from sct_ad.rules.template import Site, bind_arguments, instantiate
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import UNKNOWN, Abstract

KNOWLEDGE = ("constants", "types", "nothing")
"""What the compiler is taken to know: all inactive Python values; types alone; nothing but None."""


def pull(
    rule: Rule,
    z: Any,
    dz: Any,
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    knowledge: str = "constants",
    constant: tuple[int | str, ...] = (),
) -> dict[str, Any]:
    """The cotangents of the float arguments by parameter; of `*xs` a tuple. Arguments in `constant` are literals."""
    call, bound, sums = _run(rule, z, dz, args, keywords, knowledge, constant, False)[:3]
    return {p: c for p, e in bound.items() if (c := _collect(e, sums, call)) is not None}


def pull_arguments(
    rule: Rule,
    z: Any,
    dz: Any,
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    knowledge: str = "types",
    displays: bool = False,
    constant: tuple[int | str, ...] = (),
) -> dict[int | str, Any]:
    """The cotangents of the arguments by position or keyword, with None for zero.

    Those of a sequence are a list; with `displays`, sequences of floats are written out in the call, as `[x, y]`.
    """
    _, _, sums, structures = _run(rule, z, dz, args, keywords, knowledge, constant, displays)

    def collect(expression: Expr) -> Any:
        if isinstance(expression, gast.Name):
            return sums.get(expression.id)
        return [collect(item) for item in expression.elts] if hasattr(expression, "elts") else None

    return {name: collect(expression) for name, expression in structures.items()}


def push(
    function: Any,
    rule: Rule,
    z: Any,
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    tangents: dict[int | str, Any],
    knowledge: str = "types",
    displays: bool = False,
    constant: tuple[int | str, ...] = (),
) -> Any:
    """The tangent of the result, from the tangents of arguments by position or keyword; those not given are zero."""
    call = _Call(knowledge)
    shown = {k: call.express(f"a{k}", value, k in constant, displays) for k, value in enumerate(args)}
    named = {key: call.express(key, value, key in constant, displays) for key, value in keywords.items()}
    changes: dict[str, Expr] = {}
    for key, expression in [*shown.items(), *named.items()]:
        if key in tangents:
            call.name_tangents(expression, tangents[key], changes)
    bound = bind_arguments(rule, list(shown.values()), named)

    def again(replaced: dict[str, Expr]) -> Expr:
        place = {id(bound[parameter]): new for parameter, new in replaced.items()}
        for parameter in rule.parameters:
            if parameter.variadic and parameter.name in replaced:
                items = zip(bound[parameter.name].elts, replaced[parameter.name].elts, strict=True)
                place |= {id(old): new for old, new in items}
        given = {name: nodes.copy(place.get(id(e), e)) for name, e in named.items()}
        return nodes.call(
            call.bind(function, "function"), *[nodes.copy(place.get(id(e), e)) for e in shown.values()], **given
        )

    def is_active(expression: Expr) -> bool:
        if isinstance(expression, (gast.Tuple, gast.List)):
            return any(map(is_active, expression.elts))
        return isinstance(expression, gast.Name) and expression.id in changes

    site = Site(call.argument("z", z), nodes.constant(None), bound, is_active, call.type_of, call.fresh, call.bind)
    site.tangent_of = lambda e: changes[e.id]
    found = tangent(rule, site, again)
    call.run(found.statements)
    return _real_where_real(call.value(summed(found.terms)), z)


def _without_gaps(change: Any, value: Any) -> Any:
    """A tangent with zeros in place of None, for what has no derivative, in tuples and lists."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_without_gaps, change, value))
    return np.zeros(np.shape(value))[()] if change is None else change


def _real_where_real(change: Any, z: Any) -> Any:
    if isinstance(z, (tuple, list)):
        return (
            type(z)(map(_real_where_real, change, z))
            if type(z) in (tuple, list)
            else tuple(map(_real_where_real, change, z))
        )
    return change if np.iscomplexobj(z) else np.real(change)


def _run(
    rule: Rule,
    z: Any,
    dz: Any,
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    knowledge: str,
    constant: tuple[int | str, ...],
    displays: bool,
) -> tuple[_Call, dict[str, Expr], dict[str, Any], dict[int | str, Expr]]:
    """The imagined call, its bound arguments, the sums of contributions by variable, and the arguments as given."""
    call = _Call(knowledge)
    given: dict[int | str, Expr] = {
        k: call.express(f"a{k}", value, k in constant, displays) for k, value in enumerate(args)
    }
    named = {key: call.express(key, value, key in constant, displays) for key, value in keywords.items()}
    bound = bind_arguments(rule, list(given.values()), named)
    site = Site(
        call.argument("z", z), call.argument("dz", dz), bound, call.is_active, call.type_of, call.fresh, call.bind
    )
    adjoint = instantiate(rule, site)
    call.run(adjoint.statements)
    sums: dict[str, Any] = {}
    for receiver, expression in adjoint.contributions:
        assert isinstance(receiver, gast.Name), "contributions go to variables"
        cotangent = _shaped(call.value(expression), call.environment[receiver.id], rule.elementwise)
        sums[receiver.id] = _plus(sums[receiver.id], cotangent) if receiver.id in sums else cotangent
    given.update(named.items())
    return call, bound, sums, given


class _Call:
    """The variables and bound objects of one imagined call site."""

    def __init__(self, knowledge: str) -> None:
        self.knowledge = knowledge
        self.environment: dict[str, Any] = {}
        self.names = Names()
        self.types: dict[str, Abstract] = {}

    def argument(self, name: str, value: Any, literal: bool = False) -> Expr:
        """The expression of an argument: a literal where the compiler knows it, else a variable."""
        literal = literal or value is None or (self.knowledge == "constants" and not is_float(value))
        if literal and _is_literal(value):
            return nodes.constant(value) if not isinstance(value, list) else _list(value)
        name = self.names.fresh(name)
        self.environment[name] = value
        self.types[name] = UNKNOWN if self.knowledge == "nothing" else abstract_of(value, name)
        return nodes.name(name)

    def express(self, name: str, value: Any, literal: bool, displays: bool) -> Expr:
        """As `argument`; a sequence of floats is written out where displays are asked for."""
        if not (displays and isinstance(value, (tuple, list)) and is_float(value)):
            return self.argument(name, value, literal)
        items = [self.express(f"{name}_{k}", item, False, True) for k, item in enumerate(value)]
        display = gast.Tuple if isinstance(value, tuple) else gast.List
        return display(elts=items, ctx=nodes.LOAD)

    def name_tangents(self, expression: Expr, value: Any, found: dict[str, Expr]) -> None:
        """Put the tangents of an argument's variables into the environment."""
        if isinstance(expression, gast.Name):
            name = self.names.fresh("d" + expression.id)
            self.environment[name] = _without_gaps(value, self.environment[expression.id])
            self.types[name] = self.types[expression.id]
            found[expression.id] = nodes.name(name)
        for item, each in zip(getattr(expression, "elts", ()), value if hasattr(expression, "elts") else ()):
            if each is not None:
                self.name_tangents(item, each, found)

    def is_active(self, expression: Expr) -> bool:
        if isinstance(expression, (gast.Tuple, gast.List)):
            return any(map(self.is_active, expression.elts))
        return isinstance(expression, gast.Name) and is_float(self.environment.get(expression.id))

    def type_of(self, expression: Expr) -> Abstract:
        return self.types.get(expression.id, UNKNOWN) if isinstance(expression, gast.Name) else UNKNOWN

    def fresh(self, base: str) -> str:
        return self.names.fresh(base)

    def bind(self, value: object, hint: str) -> Expr:
        if getattr(builtins, hint, None) is value:
            return nodes.name(hint)
        for name, known in self.environment.items():
            if known is value and isinstance(value, (types.ModuleType, types.FunctionType)):
                return nodes.name(name)
        name = self.names.fresh(hint)
        self.environment[name] = value
        return nodes.name(name)

    def run(self, statements: list[Any]) -> None:
        module = gast.Module(body=[nodes.copy(s) for s in statements], type_ignores=[])
        exec(_text(module), self.environment)  # the text is the rule's own

    def value(self, expression: Expr) -> Any:
        return eval(_text(expression), self.environment)


def is_float(value: Any) -> bool:
    """Whether a value can carry a derivative."""
    if isinstance(value, (tuple, list)):
        return any(map(is_float, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fc"
    return isinstance(value, (float, complex))


def abstract_of(value: Any, key: Any) -> Abstract:
    """The type of a value; sizes are identified by themselves, as if equal sizes were known to be equal."""
    if type(value) in (bool, int, float, complex):
        return values.Scalar(type(value).__name__)
    if isinstance(value, np.generic):
        return values.Scalar(values.kind_of_dtype(value.dtype.name), value.dtype.name)
    if isinstance(value, np.ndarray):
        return values.Array(value.dtype.name, tuple(1 if n == 1 else Dim(("n", n), 0, True) for n in value.shape))
    if isinstance(value, tuple):
        return values.Tuple(tuple(abstract_of(item, key) for item in value))
    if isinstance(value, list):
        return values.List(tuple(abstract_of(item, key) for item in value))
    return values.Constant(value)


def _text(node: gast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(node)))


def _is_literal(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_literal, value))
    return value is None or value is Ellipsis or type(value) in (bool, int, float, str)


def _list(items: list[Any]) -> Expr:
    return gast.List(elts=[nodes.constant(item) for item in items], ctx=nodes.LOAD)


def _collect(expression: Expr, sums: dict[str, Any], call: _Call) -> Any:
    if isinstance(expression, gast.Name):
        return sums.get(expression.id)
    if isinstance(expression, gast.Tuple) and any(map(call.is_active, expression.elts)):
        return tuple(_collect(item, sums, call) for item in expression.elts)
    return None


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, (list, tuple)):
        return type(left)(map(_plus, left, right))
    return left + right


def _shaped(cotangent: Any, primal: Any, elementwise: bool) -> Any:
    """The cotangent summed, if the rule is elementwise, and broadcast to the primal's shape."""
    if isinstance(primal, (list, tuple)):
        return type(primal)(_shaped(c, p, elementwise) for c, p in zip(cotangent, primal, strict=True))
    shape = np.shape(primal)
    if elementwise and np.shape(cotangent) != shape:
        extra = max(0, np.ndim(cotangent) - len(shape))
        cotangent = np.sum(cotangent, axis=tuple(range(extra)))
        stretched = tuple(k for k in range(np.ndim(cotangent)) if shape[k + len(shape) - np.ndim(cotangent)] == 1)
        cotangent = np.sum(cotangent, axis=stretched, keepdims=True)
    return np.broadcast_to(cotangent, shape) if isinstance(primal, np.ndarray) else cotangent
