"""The tangent of a primitive's result: rule + call site -> statements, and terms whose sum is the tangent.

Where a rule has no tangent template of its own, the tangent follows from what is known of the rule:

- linear: the primitive itself, applied to the tangents (one term for each factor of a product);
- elementwise: the contributions are multiples of `d[z]`, and `d[z]` stands for the tangent of the argument instead.
  For a real result of complex arguments the real part is left out here: whoever gives the result its tangent takes it;
- elementwise with a tuple of results: the same for each of them, the others' `d[z]` being zero;
- a reduction whose contributions multiply `d[z]`, spread along the axes, entry by entry: their multiples of the
  tangent, summed along the axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.arrays import array_type
from sct_ad.rules.registry import Rule
from sct_ad.rules.template import Instantiation, Site, instantiate
from sct_ad.rules.vocabulary import is_scalar, is_sequence, type_of_argument
from sct_ad.runtime import zero_tangent
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Abstract, Constant, Dict, List, Scalar, Tuple

Again = Callable[[dict[str, Expr]], Expr]
"""The primal call with other expressions for some of its parameters."""


@dataclass
class Tangent:
    """What a rule emits for the tangent of a result at one site: the sum of `terms`."""

    statements: list[Stmt] = field(default_factory=list)
    terms: list[Expr] = field(default_factory=list)


def tangent(rule: Rule, site: Site, again: Again) -> Tangent:
    """The tangent of the result at a site, whose `tangent_of` gives the tangents of active arguments."""
    _refuse_as_reverse(rule, site)
    if rule.tangent is not None:
        found: Tangent = rule.tangent(site) if rule.tangent_is_emitter else _from_template(rule, site)
        return found
    if rule.linear and _covers(rule, site):
        return _linear(rule, site, again)
    if rule.reduces:
        return _reduction(rule, site)
    if rule.results:
        return _elementwise_tuple(rule, site)
    if rule.elementwise:
        return _elementwise(rule, site)
    raise NoRuleError(
        f"no tangent rule for {rule.name}\n"
        "  instead: use reverse mode, or register one with @sct_ad.rules.registry.tangent"
    )


def _refuse_as_reverse(rule: Rule, site: Site) -> None:
    """Raise NoRuleError for what the rule of reverse mode refuses: arguments that are overwritten, options, parameters.

    Entry by entry the rule itself makes the tangent; a rule of a user's own is taken at its word.
    """
    if rule.form != "tangent" and rule.of_library and (rule.tangent is not None or rule.linear):
        placeholder = nodes.name("cotangent")
        instantiate(rule, replace(site, cotangent=placeholder, fresh=str, bind=lambda _, hint: nodes.name(hint)))


def tangent_of(site: Site, argument: Expr) -> Expr:
    """The tangent of an argument, or of a display of arguments; zeros for what is not active."""
    if isinstance(argument, (gast.Tuple, gast.List)) and site.is_active(argument):
        items = [tangent_of(site, item) for item in argument.elts]
        return nodes.tuple_(items) if isinstance(argument, gast.Tuple) else gast.List(elts=items, ctx=nodes.LOAD)
    if site.is_active(argument):
        assert site.tangent_of is not None
        return nodes.copy(site.tangent_of(argument))
    return zero_of(site, argument)


def zero_of(site: Site, argument: Expr) -> Expr:
    """A zero in place of an argument that has no derivative."""
    if isinstance(argument, (gast.Tuple, gast.List)):
        items = [zero_of(site, item) for item in argument.elts]
        return nodes.tuple_(items) if isinstance(argument, gast.Tuple) else gast.List(elts=items, ctx=nodes.LOAD)
    type_ = type_of_argument(site, argument)
    if isinstance(type_, (Scalar, Constant)):
        return nodes.constant(0j if getattr(type_, "kind", "") == "complex" else 0.0)
    if isinstance(type_, (Tuple, List, Dict)):
        return nodes.call(site.bind(zero_tangent, "zero_tangent"), nodes.copy(argument))
    return nodes.call(nodes.attribute(site.bind(np, "np"), "zeros_like"), nodes.copy(argument))


# Linear in some arguments ---------------------------------------------------------------------------------------------


def _covers(rule: Rule, site: Site) -> bool:
    """Whether the rule is linear in all active arguments."""
    known = {name.lstrip("*") for group in rule.linear for name in group}
    return all(name in known for name, argument in site.arguments.items() if site.is_active(argument))


def _linear(rule: Rule, site: Site, again: Again) -> Tangent:
    terms: list[Expr] = []
    for group in rule.linear:
        if len(group) == 1 and group[0].startswith("*"):
            terms += _each(site, group[0][1:], again)
        elif any(site.is_active(site.arguments[name]) for name in group):
            given = {name: site.arguments[name] for name in group}
            replaced = {
                name: tangent_of(site, argument) for name, argument in given.items() if not _is_none(site, argument)
            }
            terms.append(again(replaced))
    return Tangent([], terms)


def _is_none(site: Site, argument: Expr) -> bool:
    return site.known(argument) is None


def _each(site: Site, name: str, again: Again) -> list[Expr]:
    """One term for each active item of a display, the others as they are."""
    display = site.arguments[name]
    if not isinstance(display, (gast.Tuple, gast.List)):
        raise NoRuleError(f"the argument {name} is not written out in the call")
    terms = []
    for k, item in enumerate(display.elts):
        if site.is_active(item):
            items = [tangent_of(site, e) if j == k else nodes.copy(e) for j, e in enumerate(display.elts)]
            terms.append(again({name: type(display)(elts=items, ctx=nodes.LOAD)}))
    return terms


# Entry by entry ------------------------------------------------------------------------------------------------------


def _elementwise(rule: Rule, site: Site) -> Tangent:
    """`d[x] = d[z] / y` gives the term `dx / y`."""
    site, made = _as_arrays(site)
    found = Tangent(made)
    placeholder = nodes.name(site.fresh("tangent"))
    common = instantiate(rule, replace(site, cotangent=placeholder))
    if placeholder.id not in nodes.names_in([s.value for s in common.statements]):
        found.statements += common.statements
        for receiver, expression in common.contributions:
            found.terms.append(_in_place_of(placeholder.id, expression, tangent_of(site, receiver)))
        return found
    for argument in _distinct(site):
        only = replace(site, cotangent=_atom(site, found, argument), is_active=_only(site, argument))
        adjoint = instantiate(rule, only)
        found.statements += adjoint.statements
        found.terms += [expression for _, expression in adjoint.contributions]
    return found


def _elementwise_tuple(rule: Rule, site: Site) -> Tangent:
    """Results that are several numbers or arrays: each is the result of an elementwise function."""
    site, made = _as_arrays(site)
    found, size = Tangent(made), rule.results
    parts: list[list[Expr]] = [[] for _ in range(size)]
    for argument in _distinct(site):
        given = _atom(site, found, argument)
        for k, part in enumerate(parts):
            display = nodes.tuple_([nodes.copy(given) if j == k else nodes.constant(0.0) for j in range(size)])
            adjoint = instantiate(rule, replace(site, cotangent=display, is_active=_only(site, argument)))
            found.statements += [_without_zeros(s) for s in adjoint.statements]
            part += [_without_zeros(expression) for _, expression in adjoint.contributions]
    found.terms = [nodes.tuple_([summed(part) for part in parts])]
    return found


def _without_zeros(node: Any) -> Any:
    """`(dx, 0.0)[0] * y + (dx, 0.0)[1] * z` -> `dx * y`: what the literal zeros of a display leave."""
    if isinstance(node, list):
        return [_without_zeros(item) for item in node]
    if not isinstance(node, gast.AST) or not node._fields:
        return node
    node = type(node)(**{name: _without_zeros(getattr(node, name, None)) for name in node._fields})
    if (
        isinstance(node, gast.Subscript)
        and isinstance(node.value, gast.Tuple)
        and isinstance(node.slice, gast.Constant)
    ):
        return node.value.elts[node.slice.value]
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and _is_zero(node.operand):
        return node.operand
    if isinstance(node, gast.BinOp):
        left, right = _is_zero(node.left), _is_zero(node.right)
        if isinstance(node.op, gast.Mult) and (left or right):
            return nodes.constant(0.0)
        if isinstance(node.op, (gast.Add, gast.Sub)) and right:
            return node.left
        if isinstance(node.op, gast.Div) and left:
            return node.left
        if isinstance(node.op, (gast.Add, gast.Sub)) and left:
            return node.right if isinstance(node.op, gast.Add) else gast.UnaryOp(op=gast.USub(), operand=node.right)
    return node


def _is_zero(node: Expr) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is float and node.value == 0.0


def _reduction(rule: Rule, site: Site) -> Tangent:
    """`dz = np.sum(g * da, axis)`, where the contribution to `a` is `g` times the cotangent, spread along the axes."""
    site, made = _as_arrays(site)
    found = Tangent(made)
    numpy = site.bind(np, "np")
    one: Expr = nodes.constant(1.0)
    if is_scalar.answer(site, site.result) is not True:
        one = nodes.name(site.fresh("ones"))
        ones = nodes.call(nodes.attribute(numpy, "ones_like"), nodes.copy(site.result))
        found.statements.append(nodes.assign(one.id, ones))
    adjoint = instantiate(rule, replace(site, cotangent=one))
    found.statements += adjoint.statements
    keywords = {
        name: nodes.copy(site.arguments[name])
        for name in ("axis", "keepdims")
        if name in site.arguments and not _is_off(site.arguments[name])
    }
    for receiver, expression in adjoint.contributions:
        product = nodes.binary(expression, gast.Mult(), tangent_of(site, receiver))
        found.terms.append(nodes.call(nodes.attribute(nodes.copy(numpy), "sum"), product, **keywords))
    return found


def _is_off(argument: Expr) -> bool:
    """Whether an argument is literally None or False."""
    return isinstance(argument, gast.Constant) and (argument.value is None or argument.value is False)


def _as_arrays(site: Site) -> tuple[Site, list[Stmt]]:
    """The site with arrays in place of active tuples and lists of numbers, and of their tangents."""
    made: list[Stmt] = []
    arguments = dict(site.arguments)
    tangents: dict[str, Expr] = {}
    types: dict[str, Abstract] = {}
    array = nodes.attribute(site.bind(np, "np"), "array")
    for parameter, argument in site.arguments.items():
        if site.is_active(argument) and is_sequence.answer(site, argument) is True:
            items, changes = site.fresh("items"), site.fresh("ditems")
            made.append(nodes.assign(items, nodes.call(nodes.copy(array), nodes.copy(argument))))
            made.append(nodes.assign(changes, nodes.call(nodes.copy(array), tangent_of(site, argument))))
            arguments[parameter], tangents[items] = nodes.name(items), nodes.name(changes)
            types[items] = array_type(type_of_argument(site, argument))
    if not made:
        return site, made
    inner = site

    def type_of(expression: Expr) -> Abstract:
        return types.get(getattr(expression, "id", "")) or inner.type_of(expression)

    def is_active(expression: Expr) -> bool:
        return getattr(expression, "id", "") in tangents or inner.is_active(expression)

    def tangent_in(expression: Expr) -> Expr:
        found = tangents.get(getattr(expression, "id", ""))
        return tangent_of(inner, expression) if found is None else found

    return replace(site, arguments=arguments, type_of=type_of, is_active=is_active, tangent_of=tangent_in), made


def _distinct(site: Site) -> list[Expr]:
    """The active arguments, each variable once."""
    found: dict[str, Expr] = {}
    for argument in site.arguments.values():
        if site.is_active(argument):
            found.setdefault(getattr(argument, "id", str(id(argument))), argument)
    return list(found.values())


def _only(site: Site, argument: Expr) -> Callable[[Expr], bool]:
    return lambda e: site.is_active(e) and nodes.same(e, argument)


def _atom(site: Site, found: Tangent, argument: Expr) -> Expr:
    value = tangent_of(site, argument)
    if isinstance(value, (gast.Name, gast.Constant)):
        return value
    name = site.fresh("tangent")
    found.statements.append(nodes.assign(name, value))
    return nodes.name(name)


def _in_place_of(name: str, expression: Expr, tangent_: Expr) -> Expr:
    return nodes.substitute(expression, {name: tangent_})


def summed(terms: list[Expr]) -> Expr:
    """The sum of terms; those that start with a minus are subtracted."""
    if not terms:
        return nodes.constant(0.0)
    if len(terms) > 1 and all(isinstance(term, gast.Tuple) for term in terms):
        columns = zip(*[term.elts for term in terms], strict=True)
        return nodes.tuple_([summed([item for item in column if not _is_zero(item)]) for column in columns])
    total = terms[0]
    for term in terms[1:]:
        negated = _without_minus(term)
        total = nodes.binary(total, gast.Add() if negated is None else gast.Sub(), term if negated is None else negated)
    return total


def _without_minus(term: Expr) -> Expr | None:
    """`x * y` of `-x * y`; None for what starts with no minus."""
    if isinstance(term, gast.UnaryOp) and isinstance(term.op, gast.USub):
        return term.operand
    if isinstance(term, gast.BinOp) and isinstance(term.op, (gast.Mult, gast.Div)):
        left = _without_minus(term.left)
        if left is not None:
            return gast.BinOp(left=left, op=term.op, right=term.right)
    return None


# Tangent templates ---------------------------------------------------------------------------------------------------


def _from_template(rule: Rule, site: Site) -> Tangent:
    site, made = _as_arrays(site)
    adjoint = _TangentInstantiation(rule, rule.tangent_template, site).run()
    return Tangent([*made, *adjoint.statements], [expression for _, expression in adjoint.contributions])


class _TangentInstantiation(Instantiation):
    """A tangent template at a site: a statement that reads the tangent of an inactive argument is left out."""

    def receiver(self, target: Expr) -> Expr:
        return self.site.result

    def needed(self, assignments: list[tuple[Expr, Expr]]) -> list[tuple[Expr, Expr]]:
        dead: set[str] = set()
        possible: list[tuple[Expr, Expr]] = []
        for target, value in assignments:
            lost = bool(nodes.names_in(value) & dead) or any(
                not self.site.is_active(self.site.arguments[p]) for p in self.tangents_read(value)
            )
            if isinstance(target, gast.Name):
                dead = dead | {target.id} if lost else dead - {target.id}
            if not lost:
                possible.append((target, value))
        kept: list[tuple[Expr, Expr]] = []
        live: set[str] = set()
        for target, value in reversed(possible):
            if not isinstance(target, gast.Name) or target.id in live:
                live -= {getattr(target, "id", "")}
                live |= nodes.names_in(value)
                kept.append((target, value))
        self.known_locals = {}
        return kept[::-1]

    def tangents_read(self, value: Expr) -> set[str]:
        return {node.slice.id for node in nodes.walk(value) if self.is_d(node)}

    def differential(self, name: str) -> Expr:
        return tangent_of(self.site, self.site.arguments[name])
