"""Chains of products and quotients: constants combined, signs in front, scalars before arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.syntax.dims import equal_dims, fills, is_one, same_size
from sct_ad.syntax.nodes import Expr, binary, constant, dotted, same, subscript
from sct_ad.syntax.values import (
    Abstract,
    Array,
    Scalar,
    dims_of,
    kind,
)


@dataclass
class Chain:
    """`sign * numerator / denominator * factors`; a factor is an expression and whether it divides."""

    factors: list[tuple[Expr, bool]] = field(default_factory=list)
    numerator: list[int | float] = field(default_factory=list)
    denominator: list[int | float] = field(default_factory=list)
    negative: bool = False
    signs: int = 0
    """How many signs were met on the way."""
    absorbed: bool = False
    """Whether who reads the product takes its sign, as `bx -= e` does."""
    opened: bool = False
    """Whether a nested product was opened, or a broadcast dropped."""

    @property
    def number(self) -> float:
        """What the numbers come to, without the sign."""
        return math.prod(self.numerator) / math.prod(self.denominator)


def place_of(item: tuple[Expr, bool], items: list[tuple[Expr, bool]]) -> int | None:
    """Where the same factor is among others, dividing or not as it does."""
    return next((k for k, (factor, divides) in enumerate(items) if divides == item[1] and same(factor, item[0])), None)


def is_product(expr: Expr) -> bool:
    """Whether the expression is a product, a quotient or a negation of something."""
    if isinstance(expr, gast.UnaryOp):
        return isinstance(expr.op, gast.USub) and not isinstance(expr.operand, gast.Constant)
    return isinstance(expr, gast.BinOp) and isinstance(expr.op, (gast.Mult, gast.Div))


def simplify_product(expr: Expr, facts: Facts, absorbed: bool = False) -> Expr:
    """The same product written shorter; the expression itself where its type is unknown or would change."""
    before = facts.type_of(expr)
    if kind(before) not in ("float", "complex"):
        return expr
    chain = chain_of(expr, facts)
    chain.absorbed = absorbed
    _drop_broadcasts(chain, facts)
    _drop_gates(chain, facts)
    if mixes_precisions(chain, facts):
        return expr
    as_it_is = not (chain.opened or _has_redundancy(expr, chain) or _negates_array(chain, facts))
    if as_it_is and _scalars_first(chain, facts) == chain.factors:
        return expr
    if not combine(chain):
        return expr
    result = built(chain, facts)
    return result if alike(before, facts.type_of(result)) else expr


def alike(one: Abstract, two: Abstract) -> bool:
    """Whether two values have the same class, kind, dtype and rank."""
    if isinstance(one, Scalar) and isinstance(two, Scalar):
        return (one.kind, one.dtype) == (two.kind, two.dtype)
    if isinstance(one, Array) and isinstance(two, Array):
        return one.dtype == two.dtype != "" and one.ndim == two.ndim is not None
    return False


def same_shape(one: Abstract, two: Abstract) -> bool:
    """Whether two values surely have equal shapes."""
    return equal_dims(dims_of(one), dims_of(two))


def filling(part: Abstract, whole: Abstract) -> bool:
    """Whether a value that broadcasts to another's shape surely has that shape."""
    return fills(dims_of(part), dims_of(whole))


def mixes_precisions(chain: Chain, facts: Facts) -> bool:
    """Whether another order could round to a shorter format on the way."""
    types = [facts.type_of(factor) for factor, _ in chain.factors]
    dtypes = {found.dtype for found in types if isinstance(found, Array) or (isinstance(found, Scalar) and found.dtype)}
    return len(dtypes) > 1 and not dtypes <= {"float64", "complex128", "int64", "int32", "bool"}


def _has_redundancy(expr: Expr, chain: Chain) -> bool:
    """Whether there are several constants, a factor of one, or a sign that is not in front."""
    constants = chain.numerator + chain.denominator
    signs = chain.signs + sum(value < 0 for value in constants)
    if len(constants) > 1 or any(abs(value) == 1 for value in constants):
        return True
    return signs > 1 or (signs == 1 and not _starts_negative(expr))


def _counts_sign(chain: Chain) -> bool:
    """Whether a sign in front of an array would be a product by itself."""
    return chain.negative and not chain.absorbed


def _negates_array(chain: Chain, facts: Facts) -> bool:
    """Whether the sign could be that of a constant, but an array is in front."""
    in_front = chain.factors[0] if chain.factors else None
    if in_front is None or in_front[1] or not chain.numerator or not _counts_sign(chain):
        return False
    return not isinstance(facts.type_of(in_front[0]), Scalar)


def _starts_negative(expr: Expr) -> bool:
    while isinstance(expr, gast.BinOp):
        expr = expr.left
    return isinstance(expr, gast.UnaryOp)


def _number(expr: Expr) -> int | float | None:
    if isinstance(expr, gast.Constant) and type(expr.value) in (int, float):
        value: int | float = expr.value
        return value if value != 0 and math.isfinite(value) else None
    return None


def chain_of(expr: Expr, facts: Facts) -> Chain:
    """What a product or quotient consists of."""
    chain = Chain()
    _collect(expr, facts, chain)
    return chain


def _collect(expr: Expr, facts: Facts, chain: Chain) -> None:
    """Add the factors of `expr` in order; whole numbers may wrap around, so their products stay as they are."""
    number = _number(expr)
    if number is None and isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub):
        opposite = _number(expr.operand)
        number = None if opposite is None else -opposite
    if number is not None:
        chain.numerator.append(number)
    elif isinstance(expr, gast.Subscript):
        _collect_part(expr, facts, chain)
    elif not is_product(expr) or not _is_real(facts.type_of(expr)):
        chain.factors.append((expr, False))
    elif isinstance(expr, gast.UnaryOp):
        chain.negative = not chain.negative
        chain.signs += 1
        _collect(expr.operand, facts, chain)
    elif isinstance(expr.op, gast.Mult):
        _collect(expr.left, facts, chain)
        if _may_open(expr, facts):
            chain.opened |= is_product(expr.right)
            _collect(expr.right, facts, chain)
        else:
            chain.factors.append((expr.right, False))
    else:
        _collect(expr.left, facts, chain)
        divisor = _number(expr.right)
        if divisor is not None:
            chain.denominator.append(divisor)
        else:
            chain.factors.append((expr.right, True))


def _collect_part(expr: gast.Subscript, facts: Facts, chain: Chain) -> None:
    """`(s * x)[:, None]` as s and `x[:, None]`, if no part is left out; of several arrays in front only a number."""
    inner = Chain()
    if is_product(expr.value) and adds_axes(expr) and _is_real(facts.type_of(expr.value)):
        _collect(expr.value, facts, inner)
        arrays = [k for k, (factor, _) in enumerate(inner.factors) if not isinstance(facts.type_of(factor), Scalar)]
        if len(arrays) > 1 and not chain.factors and (inner.numerator or inner.denominator):
            arrays, inner.factors = [0], [(built(Chain(inner.factors), facts), False)]
        if len(arrays) == 1 and alike(facts.type_of(inner.factors[arrays[0]][0]), facts.type_of(expr.value)):
            factor, divides = inner.factors[arrays[0]]
            inner.factors[arrays[0]] = subscript(factor, expr.slice), divides
            chain.factors += inner.factors
            chain.numerator += inner.numerator
            chain.denominator += inner.denominator
            chain.negative ^= inner.negative
            chain.signs += inner.signs
            chain.opened = True
            return
    chain.factors.append((expr, False))


def adds_axes(expr: gast.Subscript) -> bool:
    """Whether an index leaves nothing out, as in `x[:, None]`."""
    return all(map(_is_whole_axis, expr.slice.elts if isinstance(expr.slice, gast.Tuple) else [expr.slice]))


def _is_whole_axis(part: Expr) -> bool:
    """`:`, or a new axis."""
    if isinstance(part, gast.Slice):
        return part.lower is part.upper is part.step is None
    return isinstance(part, gast.Constant) and part.value is None


def simplify_sum(call: gast.Call, facts: Facts) -> Expr:
    """`np.sum(-x * s, ...)` -> `-s * np.sum(x, ...)`: what all terms share is taken out of the sum.

    Shared are signs, numbers, and what has size 1 along the axes of a sum that keeps these.
    """
    before = facts.type_of(call)
    if facts.resolve(call.func) is not np.sum or len(call.args) != 1 or kind(before) not in ("float", "complex"):
        return call
    if not {keyword.arg for keyword in call.keywords} <= {"axis", "keepdims"}:
        return call
    if not is_product(call.args[0]) or not _is_real(facts.type_of(call.args[0])):
        return call
    chain = chain_of(call.args[0], facts)
    shared = [item for item in chain.factors if _is_shared(item[0], call, facts)]
    summed = [item for item in chain.factors if not any(item is other for other in shared)]
    if not summed or summed[0][1] or mixes_precisions(chain, facts):
        return call
    if not (shared or chain.numerator or chain.denominator or chain.negative):
        return call
    terms = built(Chain(summed), facts)
    if not all(isinstance(facts.type_of(factor), Scalar) for factor, _ in shared) and not _spans(terms, call, facts):
        return call
    value = gast.Call(func=call.func, args=[terms], keywords=call.keywords)
    chain.factors = [(value, False), *shared]
    if not combine(chain):
        return call
    result = built(chain, facts)
    return result if alike(before, facts.type_of(result)) else call


def _is_shared(factor: Expr, call: gast.Call, facts: Facts) -> bool:
    type_ = facts.type_of(factor)
    if isinstance(type_, Scalar):
        return True
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    axis, keeps = named.get("axis"), named.get("keepdims")
    if not (isinstance(axis, gast.Constant) and type(axis.value) is int and isinstance(keeps, gast.Constant)):
        return False
    dims, terms = dims_of(type_), dims_of(facts.type_of(call.args[0]))
    if keeps.value is not True or dims is None or terms is None or len(dims) != len(terms):
        return False
    return is_one(dims[axis.value])


def _spans(terms: Expr, call: gast.Call, facts: Facts) -> bool:
    """Whether terms surely have the rank of all that a sum along one axis is over, and its size along this axis."""
    axis = next(keyword.value.value for keyword in call.keywords if keyword.arg == "axis")
    own, whole = dims_of(facts.type_of(terms)), dims_of(facts.type_of(call.args[0]))
    return own is not None and whole is not None and len(own) == len(whole) and same_size(own[axis], whole[axis])


def _is_real(value: Abstract) -> bool:
    return kind(value) in ("float", "complex")


def _may_open(expr: gast.BinOp, facts: Facts) -> bool:
    """Whether `a * (b * c)` may become `a * b * c` at no cost: not if b * c is the smaller array."""
    right = expr.right
    if not is_product(right):
        return True
    inner = facts.type_of(right)
    if isinstance(inner, Scalar) or not _is_real(inner):
        return isinstance(inner, Scalar) and _is_real(inner)
    left = facts.type_of(expr.left)
    return isinstance(left, Scalar) or same_shape(left, inner)


def _drop_broadcasts(chain: Chain, facts: Facts) -> None:
    """`np.broadcast_to(s, x.shape) * y` -> `s * y` where y has that shape anyway."""
    for index, (factor, divides) in enumerate(chain.factors):
        if not isinstance(factor, gast.Call) or divides or len(factor.args) != 2 or factor.keywords:
            continue
        if (dotted(factor.func) or ("",))[-1] not in ("broadcast_to", "full"):
            continue
        function, shape = facts.resolve(factor.func), facts.type_of(factor)
        module = getattr(function, "__module__", "") or ""
        others = [other for place, (other, _) in enumerate(chain.factors) if place != index]
        if module.startswith("numpy") and isinstance(facts.type_of(factor.args[0]), (Scalar, Array)):
            if any(same_shape(facts.type_of(other), shape) for other in others):
                chain.factors[index] = (factor.args[0], False)
                chain.opened = True


def _drop_gates(chain: Chain, facts: Facts) -> None:
    """`np.maximum(y, 0.0) * ((y > 0.0) + 0.5 * (y == 0.0))` -> `np.maximum(y, 0.0)`, 0 where the other is not 1."""
    opened = [_rectified(factor, facts) for factor, divides in chain.factors if not divides]
    for factor, divides in chain.factors:
        gated = _gated(factor)
        if gated is not None and not divides and any(one is not None and same(one, gated) for one in opened):
            chain.factors = [item for item in chain.factors if item[0] is not factor]
            chain.opened = True


def _rectified(factor: Expr, facts: Facts) -> Expr | None:
    """`y` of `np.maximum(y, 0.0)`."""
    if not isinstance(factor, gast.Call) or len(factor.args) != 2 or factor.keywords or not _is_zero(factor.args[1]):
        return None
    return (
        factor.args[0] if facts.resolve(factor.func) is np.maximum and isinstance(factor.args[0], gast.Name) else None
    )


def _gated(factor: Expr) -> Expr | None:
    """`y` of `(y > 0.0) + 0.5 * (y == 0.0)`."""
    if not isinstance(factor, gast.BinOp) or not isinstance(factor.op, gast.Add):
        return None
    above, half = factor.left, factor.right
    if not (isinstance(half, gast.BinOp) and isinstance(half.op, gast.Mult) and _number(half.left) == 0.5):
        return None
    sides = [(above, gast.Gt), (half.right, gast.Eq)]
    if not all(isinstance(e, gast.Compare) and isinstance(e.ops[0], op) and len(e.ops) == 1 for e, op in sides):
        return None
    zeros = all(_is_zero(e.comparators[0]) for e, _ in sides)
    return above.left if zeros and same(above.left, half.right.left) else None


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, gast.Constant) and type(expr.value) in (int, float) and expr.value == 0


def combine(chain: Chain) -> bool:
    """Reduce the constants to at most one numerator and one denominator; False where they overflow."""
    top, bottom = math.prod(chain.numerator), math.prod(chain.denominator)
    if not all(math.isfinite(x) and abs(x) > 1e-300 for x in (float(top), float(bottom))):
        return False
    if bottom != 1 and top != 1:
        if top % bottom == 0:
            top, bottom = top / bottom, 1
        elif bottom % top == 0:
            top, bottom = 1, bottom / top
        elif _is_short(top / bottom):
            top, bottom = top / bottom, 1
    if not _is_short(top):
        chain.denominator = [bottom] if bottom != 1 else []
        return True  # 1.1 * 1.1 reads better than 1.2100000000000002
    chain.negative ^= (top < 0) != (bottom < 0)
    chain.numerator = [abs(top)] if abs(top) != 1 else []
    chain.denominator = [abs(bottom)] if abs(bottom) != 1 else []
    return True


def _is_short(value: float) -> bool:
    return len(repr(value)) <= 10


def built(chain: Chain, facts: Facts) -> Expr:
    """The product, left to right."""
    factors = _scalars_first(chain, facts)
    constants = [constant(value) for value in chain.numerator]
    items: list[tuple[Expr, bool]] = [*factors]
    if not items or items[0][1]:
        items[:0] = [(value, False) for value in constants or [constant(1.0)]]
    else:
        several = constants and len(constants) + len(chain.denominator) + _counts_sign(chain) > 1
        place = 0 if several and not isinstance(facts.type_of(items[0][0]), Scalar) else 1
        items[place:place] = [(value, False) for value in constants]
    place = len(items)
    if isinstance(facts.type_of(items[0][0]), Scalar):  # divide a scalar rather than an array
        place = next((i for i, (item, _) in enumerate(items) if not isinstance(facts.type_of(item), Scalar)), place)
    items[place:place] = [(constant(value), True) for value in chain.denominator]
    result = items[0][0]
    if chain.negative:
        result = gast.UnaryOp(op=gast.USub(), operand=result)
    for item, divides in items[1:]:
        result = binary(result, gast.Div() if divides else gast.Mult(), item)
    return result


def _scalars_first(chain: Chain, facts: Facts) -> list[tuple[Expr, bool]]:
    """Scalar factors before array factors, where there are several with the constants: one product over each array."""
    scalars = [isinstance(facts.type_of(factor), Scalar) for factor, _ in chain.factors]
    multiplying = sum(is_scalar and not item[1] for item, is_scalar in zip(chain.factors, scalars))
    constants = bool(chain.numerator) + bool(chain.denominator) + _counts_sign(chain)
    if all(scalars) or not multiplying or multiplying + constants < 2:
        return chain.factors
    leading = scalars.index(False)
    head, tail = chain.factors[:leading], chain.factors[leading:]
    # a later scalar divisor stays behind the arrays: scalar / 0.0 would raise where array / 0.0 does not
    moved = [item for item, is_scalar in zip(tail, scalars[leading:]) if is_scalar and not item[1]]
    return head + moved + [item for item in tail if not any(item is other for other in moved)]
