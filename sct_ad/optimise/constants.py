"""A number that all products with a cotangent have is multiplied into the cotangent itself."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.ownership import is_fresh
from sct_ad.optimise.products import Chain, alike, built, chain_of, combine, is_product, mixes_precisions
from sct_ad.optimise.workspace import Workspace, single_target
from sct_ad.syntax.nodes import Expr, copy, every, names_in, statements
from sct_ad.syntax.values import UNKNOWN, Scalar, kind


def constants(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Take a number out of all the products that a cotangent is a factor of.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.values import FLOAT
    >>> t = "def f(x, y, bz):\\n    bt = bz / 2.0\\n    bx = 2.0 * bt * x\\n    by = 2.0 * bt * y\\n    return bx, by"
    >>> show(constants, t, adjoint=True, bt=FLOAT)
    def f(x, y, bz):
        bt = bz
        bx = bt * x
        by = bt * y
        return (bx, by)
    """
    space = Workspace.of(fn, facts)
    candidates = {single_target(s): s for s in statements(space.fn.body) if _is_candidate(s, space)}
    readers: dict[str, list[Any]] = {}
    for stmt in statements(space.fn.body):
        for name in space.footprints.own(stmt).reads.keys() & candidates.keys():
            readers.setdefault(name, []).append(stmt)
    for target, found in readers.items():
        if all(space.is_cotangent(s) and every(s.value, gast.Constant) for s in found):
            _take_out(target, candidates[target], found, space)
    return space.leave()


def _is_candidate(stmt: Any, space: Workspace) -> bool:
    """Whether a statement is the only one that gives a cotangent its value, which is read several times."""
    target = single_target(stmt)
    if target is None or space.definitions[target] != 1 or space.loads[target] < 2 or not space.is_cotangent(stmt):
        return False
    return kind(space.facts.types.get(target, UNKNOWN)) in ("float", "complex")


def _take_out(target: str, stmt: Any, readers: list[Any], space: Workspace) -> None:
    """Move the number from the readers to the definition, if it is the same in all of them."""
    taking = _Taking(target, space.facts)
    values = []
    for reader in readers:
        values.append(taking.without(copy(reader.value)))
        if taking.failed or len(taking.numbers) != 1 or taking.numbers == {1.0}:
            return
    if taking.count != space.loads[target]:
        return
    chain = chain_of(stmt.value, space.facts)
    chain.numerator.append(taking.numbers.pop())
    if mixes_precisions(chain, space.facts) or not combine(chain):
        return
    value = built(chain, space.facts)
    before = space.facts.type_of(stmt.value)
    if not alike(before, space.facts.type_of(value)):
        return
    if not (isinstance(before, Scalar) or is_fresh(value, space.facts)):
        return  # it would be another name for an array that may change
    for changed, new in zip([stmt, *readers], [value, *values], strict=True):
        changed.value = new
        space.footprints.forget(changed)


class _Taking:
    """Products with a name in them, without their numbers."""

    def __init__(self, name: str, facts: Facts) -> None:
        self.name, self.facts = name, facts
        self.count = 0
        """How many products have been met that the name is a factor of."""
        self.numbers: set[float] = set()
        """What these have as numbers."""
        self.failed = False
        """Whether one of them has to stay as it is."""

    def without(self, expr: Any) -> Any:
        """The expression, edited in place, without the numbers in all products with the name."""
        if not isinstance(expr, gast.AST) or self.name not in names_in(expr):
            return expr
        if isinstance(expr, (gast.BinOp, gast.UnaryOp)) and is_product(expr):
            chain = chain_of(expr, self.facts)
            if any(isinstance(factor, gast.Name) and factor.id == self.name for factor, _ in chain.factors):
                return self._product(expr, chain)
        for key in expr._fields:
            child = getattr(expr, key, None)
            setattr(expr, key, [*map(self.without, child)] if isinstance(child, list) else self.without(child))
        return expr

    def _product(self, expr: Expr, chain: Chain) -> Expr:
        self.count += 1
        self.numbers.add(chain.number)
        others = [factor for factor, divides in chain.factors if divides or not _is(factor, self.name)]
        self.failed |= len(others) != len(chain.factors) - 1 or any(self.name in names_in(other) for other in others)
        chain.numerator, chain.denominator = [], []
        value = built(chain, self.facts)
        self.failed |= not others or not alike(self.facts.type_of(expr), self.facts.type_of(value))
        return value


def _is(expr: Expr, name: str) -> bool:
    return isinstance(expr, gast.Name) and expr.id == name
