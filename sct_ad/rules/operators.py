# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of Python's operators and builtins; NumPy's ufuncs for the same operators share them."""

from __future__ import annotations

import builtins
import operator

import gast
import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.macros import change_or_zero, log, log_of_base, real_power, selected, sign
from sct_ad.rules.registry import (
    adjoint,
    d,
    emitter,
    is_python,
    is_scalar,
    is_sequence,
    kind,
    linear_in,
    same,
    static,
    tangent,
    tangent_emitter,
    zero_derivative,
)
from sct_ad.rules.tangents import Tangent, tangent_of
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing.indexing import item_type, items_of
from sct_ad.rules.vocabulary import type_of_argument
from sct_ad.runtime import patterns
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.cotangents import absolute_cotangent
from sct_ad.runtime.sequences import extreme_tangent, sum_cotangents, tie_cotangents
from sct_ad.syntax import nodes, values
from sct_ad.syntax.nodes import Expr


@adjoint(operator.add, np.add, elementwise=True)
def add(z, x, y):
    if is_sequence(x):
        raise NotImplementedError("concatenation of tuples or lists that carry derivatives; append the items instead")
    else:
        d[x] = d[z]
        d[y] = d[z]


@adjoint(operator.sub, np.subtract, elementwise=True)
def subtract(z, x, y):
    d[x] = d[z]
    d[y] = -d[z]


@adjoint(operator.mul, np.multiply, elementwise=True)
def multiply(z, x, y):
    if is_sequence(x) or is_sequence(y):
        raise NotImplementedError("repetition of a tuple or list that carries derivatives")
    elif same(x, y):
        d[x] = d[z] * 2.0 * x
    else:
        d[x] = d[z] * y
        d[y] = d[z] * x


@adjoint(operator.truediv, np.divide, elementwise=True, singular=True)
def divide(z, x, y):
    d[x] = d[z] / y
    d[y] = -d[z] * z / y


@adjoint(operator.mod, np.remainder, elementwise=True)
def remainder(z, x, y):
    """The derivative of the quotient, which jumps, is 0."""
    d[x] = d[z]
    d[y] = -d[z] * (x // y)


@adjoint(operator.pow, builtins.pow, np.power, np.float_power, elementwise=True, singular=True)
def power(z, x, y):
    """`y - (y != 0)` keeps `y * x ** (y - 1)` at 0 where y is 0; `x + (x == 0)` keeps the logarithm finite at 0."""
    if static(y) and is_scalar(y):
        if y == 0:
            pass
        elif y == 1:
            d[x] = d[z]
        elif y == 2:
            d[x] = d[z] * 2.0 * x
        elif y == 0.5:
            d[x] = d[z] * 0.5 / real_power(z, x, y)
        elif y == -1:
            d[x] = -d[z] * z * z
        elif kind(y) == "float" and y % 1 == 0:
            d[x] = d[z] * y * x ** (y - 1)
        else:
            d[x] = d[z] * y * real_power(x ** (y - 1), x, y)
    elif kind(y) == "bool":
        d[x] = d[z] * y
    else:
        d[x] = d[z] * y * real_power(x ** (y - (y != 0)), x, y)
    if static(x) and is_scalar(x) and x > 0:
        d[y] = d[z] * z * log(x)
    else:
        d[y] = d[z] * z * log_of_base(x)


@adjoint(operator.neg, np.negative, elementwise=True)
def negative(z, x):
    d[x] = -d[z]


@adjoint(operator.pos, np.positive, elementwise=True)
def positive(z, x):
    d[x] = d[z]


@adjoint(builtins.abs, operator.abs, np.absolute, elementwise=True)
def absolute(z, x):
    """The derivative is 0 at 0."""
    if kind(x) == "complex":
        d[x] = d[z] * np.conj(x) / (z + (z == 0))
    elif is_python(x):
        d[x] = d[z] * sign(x)
    elif kind(x) in ("float", "int", "bool"):
        d[x] = d[z] * np.sign(x)
    else:
        d[x] = absolute_cotangent(d[z], x)


@tangent(np.absolute)
def absolute_tangent(z, x):
    if kind(x) in ("float", "int", "bool"):
        if is_python(x):
            d[z] = d[x] * sign(x)
        else:
            d[z] = d[x] * np.sign(x)
    else:
        d[z] = np.real(np.conj(x) * d[x]) / (z + (z == 0))


@adjoint(builtins.divmod, np.divmod)
def quotient_and_remainder(z, x, y):
    """Not elementwise, since the result is a tuple; so it reduces to the operands' shapes itself."""
    if is_scalar(x) and is_scalar(y):
        d[x] = d[z][1]
        d[y] = -d[z][1] * z[0]
    else:
        d[x] = unbroadcast(d[z][1], x)
        d[y] = unbroadcast(-d[z][1] * z[0], y)


@tangent(np.divmod)
def quotient_and_remainder_tangent(z, x, y):
    if is_scalar(x) and is_scalar(y):
        d[z] = (0.0, change_or_zero(x) - change_or_zero(y) * z[0])
    else:
        d[z] = (np.zeros_like(z[0]), change_or_zero(x) - change_or_zero(y) * z[0])


@adjoint(builtins.float)
def to_float(z, x):
    d[x] = d[z]


linear_in("x", builtins.float)


@adjoint(builtins.complex, elementwise=True)
def to_complex(z, real, imag=0):
    d[real] = d[z]
    d[imag] = 1j * d[z]


@emitter(builtins.max, params="*values")
def largest(site: Site) -> Adjoint:
    return _extremum(site, gast.Gt())


@emitter(builtins.min, params="*values")
def smallest(site: Site) -> Adjoint:
    return _extremum(site, gast.Lt())


def _extremum(site: Site, better: gast.cmpop) -> Adjoint:
    """Ties share equally; two numbers by comparison, anything else at run time."""
    items = site.arguments["values"].elts
    types = [type_of_argument(site, item) for item in items]
    compared = (items_of(types[0]) or [item_type(types[0])]) if len(types) == 1 else types
    if any(isinstance(value, (values.Tuple, values.List)) for value in compared):
        raise NoRuleError("max or min of tuples or lists\n  instead: compare the numbers in them")
    if len(items) == 1 and not isinstance(items[0], (gast.Tuple, gast.List)):
        return Adjoint([], [(items[0], _shared(site, items[0]))])
    items = items[0].elts if len(items) == 1 else items
    if len(items) == 1:
        return Adjoint([], [(items[0], nodes.copy(site.cotangent))])
    if len(items) == 2 and all(map(site.is_number, items)):
        return Adjoint([], [(p, _half_each(site, p, q, better)) for p, q in (items, items[::-1])])
    shares = site.fresh("shares")
    statement = nodes.assign(shares, _shared(site, nodes.tuple_(map(nodes.copy, items))))
    return Adjoint([statement], _items_of(shares, items))


@tangent_emitter(builtins.max)
def largest_tangent(site: Site) -> Tangent:
    return _extremum_tangent(site, gast.Gt())


@tangent_emitter(builtins.min)
def smallest_tangent(site: Site) -> Tangent:
    return _extremum_tangent(site, gast.Lt())


def _extremum_tangent(site: Site, better: gast.cmpop) -> Tangent:
    """`dp if p > q else dq if q > p else 0.5 * (dp + dq)`; of more than two numbers at run time."""
    items = site.arguments["values"].elts
    if len(items) == 1 and not isinstance(items[0], (gast.Tuple, gast.List)):
        call = nodes.call(site.bind(extreme_tangent, "extreme_tangent"), tangent_of(site, items[0]))
        call.args += [nodes.copy(site.result), nodes.copy(items[0])]
        return Tangent([], [call])
    items = items[0].elts if len(items) == 1 else items
    if len(items) == 1:
        return Tangent([], [tangent_of(site, items[0])])
    changes = [tangent_of(site, item) for item in items]
    if len(items) == 2 and all(map(site.is_number, items)):
        tests = [
            gast.Compare(left=nodes.copy(p), ops=[better], comparators=[nodes.copy(q)]) for p, q in (items, items[::-1])
        ]
        mean = nodes.binary(
            nodes.constant(0.5), gast.Mult(), nodes.binary(nodes.copy(changes[0]), gast.Add(), nodes.copy(changes[1]))
        )
        second = gast.IfExp(test=tests[1], body=nodes.copy(changes[1]), orelse=mean)
        return Tangent([], [gast.IfExp(test=tests[0], body=nodes.copy(changes[0]), orelse=second)])
    call = nodes.call(site.bind(extreme_tangent, "extreme_tangent"), nodes.tuple_(changes))
    call.args += [nodes.copy(site.result), nodes.tuple_(map(nodes.copy, items))]
    return Tangent([], [call])


@emitter(builtins.sum, params="iterable, start=0")
def total(site: Site) -> Adjoint:
    iterable, start = site.arguments["iterable"], site.arguments["start"]
    cotangent = site.cotangent
    adjoint = Adjoint([], [(start, nodes.copy(cotangent))])
    if isinstance(iterable, (gast.Tuple, gast.List)):
        if all(map(site.is_number, iterable.elts)):
            adjoint.contributions += [(item, nodes.copy(cotangent)) for item in iterable.elts]
        else:
            parts = site.fresh("parts")
            call = nodes.call(site.bind(sum_cotangents, "sum_cotangents"), nodes.copy(cotangent), nodes.copy(iterable))
            adjoint.statements.append(nodes.assign(parts, call))
            adjoint.contributions += _items_of(parts, iterable.elts)
    elif isinstance(site.type_of(iterable), values.Array):
        adjoint.contributions.append((iterable, nodes.copy(cotangent)))
    else:
        call = nodes.call(site.bind(sum_cotangents, "sum_cotangents"), nodes.copy(cotangent), nodes.copy(iterable))
        adjoint.contributions.append((iterable, call))
    return adjoint


linear_in("iterable start", builtins.sum)


def _shared(site: Site, items: Expr) -> Expr:
    function = site.bind(tie_cotangents, "tie_cotangents")
    return nodes.call(function, nodes.copy(site.cotangent), nodes.copy(site.result), nodes.copy(items))


def _half_each(site: Site, p: Expr, q: Expr, better: gast.cmpop) -> Expr:
    """`dz * ((p > q) + 0.5 * (p == q))`."""
    wins, ties = (gast.Compare(left=nodes.copy(p), ops=[op], comparators=[nodes.copy(q)]) for op in (better, gast.Eq()))
    shared: Expr = selected(site, nodes.copy(site.cotangent), wins, ties)
    return shared


def _items_of(variable: str, items: list[Expr]) -> list[tuple[Expr, Expr]]:
    return [
        (nodes.copy(item), nodes.subscript(nodes.name(variable), nodes.constant(k))) for k, item in enumerate(items)
    ]


zero_derivative(
    operator.floordiv, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.is_,
    operator.is_not, operator.not_, operator.truth, operator.contains, operator.and_, operator.or_, operator.xor,
    operator.invert, operator.lshift, operator.rshift, operator.index, operator.countOf, operator.indexOf,
)  # fmt: skip
zero_derivative(
    builtins.round, builtins.int, builtins.bool, builtins.len, builtins.range, builtins.isinstance, builtins.issubclass,
    builtins.type, builtins.callable, builtins.hasattr, builtins.all, builtins.any, builtins.str, builtins.repr,
    builtins.format, builtins.hash, builtins.id, builtins.print, builtins.bytes, builtins.chr, builtins.ord,
    builtins.bin, builtins.hex, builtins.oct, builtins.slice, patterns.is_sequence, patterns.is_mapping,
)  # fmt: skip
