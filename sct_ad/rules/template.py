"""Instantiating rules: rule + call site -> statements and contributions to cotangents.

API::

    arguments = bind_arguments(rule, args, keywords)     # {parameter: expression}, defaults filled in as constants
    site = Site(result, cotangent, arguments, is_active, type_of, fresh, bind)
    adjoint = instantiate(rule, site)                    # Adjoint(statements, contributions)

`contributions` holds (receiving atom, expression) for active receivers only, in the rule's order; a receiver can occur
twice (`np.hypot(x, x)`). `statements` holds only temporaries that some contribution reads. A `*xs` parameter is bound
to a Tuple display of its arguments. Where a primitive returns a tuple, rules read `d[z][0]`.

For a receiver that is a tuple or list at run time, the contribution is a tuple or list of the items' cotangents: to be
added item by item (`runtime.sequences.add_to_shadow`), never by `+=`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError, RuleError
from sct_ad.rules import vocabulary
from sct_ad.rules.parse import MISSING, REQUIRED, Template, refusal
from sct_ad.rules.registry import Rule
from sct_ad.rules.vocabulary import StaticFunction, is_macro, known_value, literal_value
from sct_ad.runtime.cotangents import zero_if_none
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import NO_VALUE, Abstract


@dataclass
class Site:
    """One call whose derivative is wanted, as the differentiator presents it to a rule."""

    result: Expr
    """The Name of z."""
    cotangent: Expr
    """The Name of d[z]."""
    arguments: dict[str, Expr]
    """Atoms, displays of atoms, slices."""
    is_active: Callable[[Expr], bool]
    type_of: Callable[[Expr], Abstract]
    fresh: Callable[[str], str]
    bind: Callable[[object, str], Expr]
    """An expression that denotes an object in the emitted text; the string is a hint for its name."""
    tangent_of: Callable[[Expr], Expr] | None = None
    """The tangent of an active argument, in forward mode."""

    def known(self, expression: Expr) -> Any:
        """The compile-time value of an argument; NO_VALUE where it has none."""
        return known_value(self, expression)

    def is_number(self, expression: Expr) -> bool:
        """Whether an argument is known to be a number, of Python or of NumPy."""
        return vocabulary.is_scalar.answer(self, expression) is True

    def ndim(self, expression: Expr) -> Any:
        """The rank of an argument; NO_VALUE where it is not known."""
        return vocabulary.ndim.answer(self, expression)


@dataclass
class Adjoint:
    """What a rule emits at one site."""

    statements: list[Stmt] = field(default_factory=list)
    contributions: list[tuple[Expr, Expr]] = field(default_factory=list)


def bind_arguments(rule: Rule, args: list[Expr], keywords: dict[str, Expr]) -> dict[str, Expr]:
    """The arguments of a call by parameter; NoRuleError names an argument that the rule does not list."""
    bound: dict[str, Expr] = {}
    rest, remaining = list(args), dict(keywords)
    for parameter in rule.parameters:
        if parameter.variadic:
            bound[parameter.name], rest = nodes.tuple_(rest), []
        elif rest and not parameter.keyword_only:
            if isinstance(rest[0], gast.Starred):
                raise NoRuleError(f"the rule of {rule.name} cannot take a starred argument")
            bound[parameter.name] = rest.pop(0)
        elif parameter.name in remaining:
            bound[parameter.name] = remaining.pop(parameter.name)
        elif parameter.default is REQUIRED:
            raise NoRuleError(f"the call of {rule.name} does not give the argument {parameter.name}")
        else:
            bound[parameter.name] = nodes.constant(parameter.default)
    if any(isinstance(function, np.ufunc) for function in rule.functions):
        remaining.pop("dtype", None)  # which rounds, and does nothing else
    if rest:
        raise NoRuleError(f"the rule of {rule.name} takes {len(bound)} arguments, the call gives {len(args)}")
    if remaining:
        raise NoRuleError(f"the rule of {rule.name} does not know the argument {', '.join(map(str, remaining))}")
    return bound


def instantiate(rule: Rule, site: Site) -> Adjoint:
    """The statements and contributions of a rule at a site."""
    if rule.form == "template":
        if rule.elementwise and vocabulary.is_array.answer(site, site.result) is True:
            from sct_ad.rules.arrays import on_arrays  # which is built on this module

            return on_arrays(site, lambda at: Instantiation(rule, rule.template, at).run(), elementwise=True)
        return Instantiation(rule, rule.template, site).run()
    if rule.form == "emitter" and rule.body is not None:
        adjoint: Adjoint = rule.body(site)
        adjoint.contributions = [(to, e) for to, e in adjoint.contributions if _wanted(site, to)]
        return adjoint
    if rule.form == "pullback":
        return _call_pullback(rule, site)
    return Adjoint()


def _wanted(site: Site, receiver: Expr) -> bool:
    return literal_value(receiver) is NO_VALUE and not isinstance(receiver, gast.Slice) and site.is_active(receiver)


def _call_pullback(rule: Rule, site: Site) -> Adjoint:
    """`t = f_pullback(dz, z, x, y)`, then a contribution `t[i]` for each active argument."""
    assert rule.body is not None
    positional: list[Expr] = []
    keywords: dict[str, Expr] = {}
    receivers: list[Expr] = []
    for parameter in rule.parameters:
        argument = site.arguments[parameter.name]
        if parameter.keyword_only:
            keywords[parameter.name] = nodes.copy(argument)
            receivers.append(argument)
        else:
            several = argument.elts if parameter.variadic and isinstance(argument, gast.Tuple) else [argument]
            positional += map(nodes.copy, several)
            receivers += several
    if not any(_wanted(site, receiver) for receiver in receivers):
        return Adjoint()
    function = site.bind(rule.body, rule.body.__name__)
    call = nodes.call(function, nodes.copy(site.cotangent), nodes.copy(site.result), *positional, **keywords)
    temporary = site.fresh("cotangents")
    adjoint = Adjoint([nodes.assign(temporary, call)])
    for index, receiver in enumerate(receivers):
        if _wanted(site, receiver):
            item = nodes.subscript(nodes.name(temporary), nodes.constant(index))
            guard = site.bind(zero_if_none, "zero_if_none")
            adjoint.contributions += displayed(receiver, nodes.call(guard, item, nodes.copy(receiver)))
    adjoint.contributions = [(to, e) for to, e in adjoint.contributions if _wanted(site, to)]
    return adjoint


def displayed(sequence: Expr, container: Expr) -> list[tuple[Expr, Expr]]:
    """Each item of a display, nested ones included, with the same place of a container."""
    if not isinstance(sequence, (gast.Tuple, gast.List)):
        return [(sequence, container)]
    return [
        pair
        for k, item in enumerate(sequence.elts)
        for pair in displayed(item, nodes.subscript(nodes.copy(container), nodes.constant(k)))
    ]


_FOLDED: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul,
}  # fmt: skip
_STATIC_OPERATORS: dict[type, Callable[..., Any]] = {
    **_FOLDED, gast.Mod: operator.mod, gast.FloorDiv: operator.floordiv, gast.Div: operator.truediv,
    gast.Pow: operator.pow, gast.Eq: operator.eq, gast.NotEq: operator.ne, gast.Lt: operator.lt, gast.LtE: operator.le,
    gast.Gt: operator.gt, gast.GtE: operator.ge, gast.Is: operator.is_, gast.IsNot: operator.is_not,
    gast.In: lambda a, b: a in b, gast.NotIn: lambda a, b: a not in b, gast.USub: operator.neg, gast.UAdd: operator.pos,
}  # fmt: skip


class Instantiation:
    """One template at one site: choose branches, keep what is needed, then replace names."""

    def __init__(self, rule: Rule, template: Template, site: Site) -> None:
        self.rule, self.template, self.site = rule, template, site
        self.known_locals: dict[str, Any] = {}
        self.locals: dict[str, Expr] = {}

    def run(self) -> Adjoint:
        """What the rule emits at the site."""
        adjoint = Adjoint()
        for target, value in self.needed(self.chosen(self.template.body)):
            if isinstance(target, gast.Subscript):
                adjoint.contributions.append((self.receiver(target), self.expand(value)))
            elif (constant := self.evaluate(value)) is not NO_VALUE and _prints(constant):
                self.locals[target.id] = nodes.constant(constant)
            elif isinstance(expanded := self.expand(value), (gast.Name, gast.Constant)):
                self.locals[target.id] = expanded
            else:
                fresh = self.site.fresh(target.id)
                adjoint.statements.append(nodes.assign(fresh, expanded))
                self.locals[target.id] = nodes.name(fresh)
        return adjoint

    def receiver(self, target: Expr) -> Expr:
        """What `d[p]` on the left stands for."""
        receiver: Expr = nodes.copy(self.site.arguments[target.slice.id])
        return receiver

    def differential(self, name: str) -> Expr:
        """What `d[z]` on the right stands for."""
        cotangent: Expr = nodes.copy(self.site.cotangent)
        return cotangent

    def is_d(self, node: Any) -> bool:
        """Whether this is `d[...]`."""
        plain = isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name)
        return plain and self.denotes(node.value.id) is vocabulary.d

    def chosen(self, body: list[Stmt]) -> list[tuple[Any, Expr]]:
        """The assignments of the branches that the static tests select, as (target, value)."""
        found: list[tuple[Any, Expr]] = []
        for stmt in body:
            if isinstance(stmt, gast.If):
                found += self.chosen(stmt.body if self.evaluate(stmt.test) is True else stmt.orelse)
            elif isinstance(stmt, gast.Raise):
                raise NoRuleError(f"{self.rule.name}: {refusal(stmt)}")
            elif isinstance(stmt, gast.Assign):
                found.append((stmt.targets[0], stmt.value))
                if isinstance(stmt.targets[0], gast.Name):
                    self.known_locals[stmt.targets[0].id] = self.evaluate(stmt.value)
        return found

    def needed(self, assignments: list[tuple[Any, Expr]]) -> list[tuple[Any, Expr]]:
        """The contributions to active arguments, and the locals that they read."""
        kept: list[tuple[Any, Expr]] = []
        live: set[str] = set()
        for target, value in reversed(assignments):
            if isinstance(target, gast.Name):
                wanted = target.id in live
                live.discard(target.id)
            else:
                wanted = _wanted(self.site, self.site.arguments[target.slice.id])
            if wanted:
                kept.append((target, value))
                live |= nodes.names_in(value)
        self.known_locals = {}  # a local that is assigned twice: follow the order of the text again
        return kept[::-1]

    def denotes(self, identifier: str) -> Any:
        """The object behind a free name; MISSING for parameters and locals."""
        if identifier in self.site.arguments or identifier == self.template.result or identifier in self.locals:
            return MISSING
        return self.template.denotes(identifier)

    # Compile-time evaluation -------------------------------------------------------------------------------------

    def evaluate(self, node: Any) -> Any:
        """The compile-time value of an expression of the template, NO_VALUE where it has none."""
        if isinstance(node, gast.Constant):
            return node.value
        if isinstance(node, gast.Name):
            return self.evaluate_name(node.id)
        if isinstance(node, gast.BoolOp):
            return self.evaluate_bool(node)
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            operand = self.evaluate(node.operand)
            return NO_VALUE if operand is NO_VALUE else _try(operator.not_, operand)
        if isinstance(node, gast.UnaryOp) and type(node.op) in _STATIC_OPERATORS:
            return _try(_STATIC_OPERATORS[type(node.op)], self.evaluate(node.operand))
        if isinstance(node, gast.BinOp) and type(node.op) in _STATIC_OPERATORS:
            return _try(_STATIC_OPERATORS[type(node.op)], self.evaluate(node.left), self.evaluate(node.right))
        if isinstance(node, gast.Compare):
            return self.evaluate_compare(node)
        if isinstance(node, (gast.Tuple, gast.List)):
            return _try(lambda *items: items, *map(self.evaluate, node.elts))
        if isinstance(node, gast.IfExp):
            choice = self.evaluate(node.test)
            return self.evaluate(node.body if choice else node.orelse) if isinstance(choice, bool) else NO_VALUE
        if isinstance(node, gast.Call):
            return self.evaluate_call(node)
        return NO_VALUE

    def evaluate_name(self, identifier: str) -> Any:
        """The compile-time value of a name."""
        if identifier in self.site.arguments:
            return self.site.known(self.site.arguments[identifier])
        if identifier in self.known_locals or identifier in self.locals:
            return self.known_locals.get(identifier, literal_value(self.locals.get(identifier)))
        value = self.denotes(identifier)
        return value if isinstance(value, (int, float, str, type, tuple)) else NO_VALUE

    def evaluate_bool(self, node: Any) -> Any:
        """and/or with three truth values, so that one decided operand can decide."""
        deciding = isinstance(node.op, gast.Or)
        operands = [self.evaluate(operand) for operand in node.values]
        truths = [NO_VALUE if value is NO_VALUE else _try(bool, value) for value in operands]
        if any(truth is deciding for truth in truths):
            return deciding
        return NO_VALUE if NO_VALUE in truths else not deciding

    def evaluate_compare(self, node: Any) -> Any:
        """The truth of a comparison of static values."""
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            values_ = self.evaluate(left), self.evaluate(right)
            if isinstance(op, (gast.Is, gast.IsNot)) and values_[0] is NO_VALUE and values_[1] is None:
                outcome = self.compare_with_none(left, op)
            else:
                outcome = _try(_STATIC_OPERATORS[type(op)], *values_)
            if outcome is not True:
                return outcome if isinstance(outcome, bool) else NO_VALUE
            left = right
        return True

    def compare_with_none(self, node: Any, op: Any) -> Any:
        """`p is None` where the value of `p` is not known but its type tells that it is something."""
        if isinstance(node, gast.Name) and node.id in self.site.arguments:
            abstract = vocabulary.type_of_argument(self.site, self.site.arguments[node.id])
            if not isinstance(abstract, values.Unknown):
                return isinstance(op, gast.IsNot)
        return NO_VALUE

    def evaluate_call(self, node: Any) -> Any:
        """The answer of a static function, or of a builtin on static values."""
        function = self.denotes(node.func.id) if isinstance(node.func, gast.Name) else MISSING
        if isinstance(function, StaticFunction):
            return function.answer(self.site, *map(self.expand, node.args))
        if function in (len, isinstance, min, max, abs, tuple, sorted) and not node.keywords:
            return _try(function, *map(self.evaluate, node.args))
        return NO_VALUE

    # Expansion ---------------------------------------------------------------------------------------------------

    def expand(self, node: Any) -> Any:
        """An expression of the template in terms of the site."""
        if isinstance(node, list):
            return [self.expand(item) for item in node]
        if isinstance(node, gast.Name):
            return self.expand_name(node.id)
        if self.is_d(node):
            return self.differential(node.slice.id)
        if isinstance(node, gast.Call) and isinstance(node.func, (gast.Name, gast.Attribute)):
            replacement = self.expand_call(node)
            if replacement is not None:
                return replacement
        if isinstance(node, gast.IfExp) and isinstance(choice := self.evaluate(node.test), bool):
            return self.expand(node.body if choice else node.orelse)
        if not isinstance(node, gast.AST):
            return node
        return _fold(type(node)(**{name: self.expand(getattr(node, name, None)) for name in node._fields}))

    def expand_name(self, identifier: str) -> Expr:
        """A parameter, local or free name in terms of the site."""
        if identifier == self.template.result:
            return nodes.copy(self.site.result)
        if identifier in self.site.arguments:
            return nodes.copy(self.site.arguments[identifier])
        if identifier in self.locals:
            return nodes.copy(self.locals[identifier])
        value = self.template.denotes(identifier)
        if value is MISSING or isinstance(value, Rule):
            what = "is not defined" if value is MISSING else "is a rule, not a function"
            raise RuleError(f"rule of {self.rule.name}: {identifier} {what} in {self.template.function.__module__}")
        return nodes.constant(value) if _prints(value) else self.site.bind(value, identifier)

    def expand_call(self, node: Any) -> Expr | None:
        """A macro or static function expanded; None for any other call."""
        path = nodes.dotted(node.func)
        function = self.denotes(path[0]) if path else MISSING
        for attr in path[1:] if path else ():
            function = getattr(function, attr, MISSING)
        if is_macro(function):
            expanded: Expr = function(self.site, *map(self.expand, node.args))
            return expanded
        if isinstance(function, StaticFunction):
            answer = function.answer(self.site, *map(self.expand, node.args))
            if answer is not NO_VALUE:
                return nodes.constant(answer)
            if function.runtime is None:
                raise NoRuleError(f"{self.rule.name}: {function.name} of an argument is not known at compile time")
            return nodes.call(self.site.bind(function.runtime, function.name), *map(self.expand, node.args))
        return None


def _fold(node: Any) -> Any:
    """`3 - 1` -> `2`: constants that the site has put in place of parameters; exact, since Python computes both."""
    if isinstance(node, gast.BinOp) and type(node.op) in _FOLDED:
        left, right = literal_value(node.left), literal_value(node.right)
        if type(left) in (int, float) and type(right) in (int, float):
            folded = _FOLDED[type(node.op)](left, right)
            if _prints(folded):
                return nodes.constant(folded)
    return node


def _prints(value: Any) -> bool:
    """Whether a literal in the emitted text can stand for the value."""
    if isinstance(value, tuple):
        return all(map(_prints, value))
    if type(value) is float:
        return value - value == 0.0
    return value is None or value is Ellipsis or type(value) in (bool, int, str)


def _try(function: Callable[..., Any], *operands: Any) -> Any:
    """`function(*operands)`; NO_VALUE where an operand is not known or does not fit."""
    if any(operand is NO_VALUE for operand in operands):
        return NO_VALUE
    try:
        result = function(*operands)
    except Exception:  # static values are any Python objects, and so are their failures
        return NO_VALUE
    return result if isinstance(result, (bool, int, float, str, tuple, list)) else NO_VALUE
