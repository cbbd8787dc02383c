"""Factors of adjoint products that have been multiplied already, mostly by the forward sweep."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import alike, built, chain_of, is_product, mixes_precisions, same_shape
from sct_ad.optimise.workspace import Workspace, all_blocks, single_target
from sct_ad.syntax.nodes import Stmt, name, statements
from sct_ad.syntax.values import kind

Atom = tuple[str, bool]
"""A variable, and whether it divides."""


def known(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Take what factors are together from the variable that holds their product.

    >>> from sct_ad.optimise.demonstrate import show
    >>> lines = "e = x * y; z = e * w; bt = bz * w; bx = bt * y; bw = bt * x * y * k; return bx, bw, z"
    >>> show(known, f"def f(x, y, w, k, bz): {lines}", adjoint=True)
    def f(x, y, w, k, bz):
        e = x * y
        z = e * w
        bt = bz * w
        bx = bt * y
        bw = z * bz * k
        return (bx, bw, z)
    """
    if not any(_is_adjoint_product(stmt, None) for stmt in statements(fn.body)):
        return fn
    space = Workspace.of(fn, facts)
    written = {class_ for stmt in space.fn.body for class_ in space.footprints.statement(stmt).writes}
    for block in all_blocks(space.fn):
        products = _Products(space, written)
        for stmt in block:
            if _is_adjoint_product(stmt, space):
                products.shorten(stmt)
            products.note(stmt)
    return space.leave()


def _is_adjoint_product(stmt: Any, space: Workspace | None) -> bool:
    if not isinstance(stmt, (gast.Assign, gast.AugAssign)) or not is_product(stmt.value):
        return False
    return space is None or space.is_cotangent(stmt)


class _Products:
    """The variables of a block that are products of others, none of which changes."""

    def __init__(self, space: Workspace, written: set[str]) -> None:
        self.space, self.facts, self.written = space, space.facts, written
        self.parts: dict[str, Counter[Atom]] = {}
        """Variable -> what it is a product of, taken apart as far as possible."""

    def note(self, stmt: Stmt) -> None:
        """Remember what a statement multiplies."""
        target = single_target(stmt)
        if target is None or not is_product(stmt.value) or not self._is_fixed(target):
            return
        chain = chain_of(stmt.value, self.facts)
        is_plain = not chain.negative and chain.number == 1.0
        if not is_plain or not all(self._is_atom(factor) for factor, _ in chain.factors):
            return
        found = self._apart(chain.factors)
        if found.total() > 1 or any(divides for _, divides in found):
            self.parts[target] = found

    def _is_atom(self, factor: Any) -> bool:
        return isinstance(factor, gast.Name) and self._is_fixed(factor.id)

    def _is_fixed(self, variable: str) -> bool:
        """Whether a variable has one value throughout."""
        return self.space.definitions[variable] == 1 and self.facts.memory.get(variable) not in self.written

    def _apart(self, factors: list[tuple[Any, bool]]) -> Counter[Atom]:
        found: Counter[Atom] = Counter()
        for factor, divides in factors:
            for (inner, flag), times in self.parts.get(factor.id, Counter({(factor.id, False): 1})).items():
                found[inner, flag ^ divides] += times
        return found

    def shorten(self, stmt: Any) -> None:
        """Let a statement multiply products that there are."""
        before = self.facts.type_of(stmt.value)
        chain = chain_of(stmt.value, self.facts)
        if kind(before) not in ("float", "complex") or mixes_precisions(chain, self.facts):
            return
        variables = [item for item in chain.factors if self._is_atom(item[0])]
        atoms = self._apart(variables)
        for variable, whole in sorted(self.parts.items(), key=lambda item: -item[1].total()):
            while whole <= atoms:
                atoms = atoms - whole + Counter({(variable, False): 1})
        if _cost(atoms) >= _cost(Counter((factor.id, divides) for factor, divides in variables)):
            return
        others = [item for item in chain.factors if not any(item is one for one in variables)]
        items = sorted(atoms.elements(), key=lambda atom: (atom[1], atom[0] not in self.space.adjoint_names))
        chain.factors = [*others, *((name(variable), divides) for variable, divides in items)]
        value = built(chain, self.facts)
        if alike(before, self.facts.type_of(value)) and same_shape(before, self.facts.type_of(value)):
            with self.space.editing(stmt):
                stmt.value = value


def _cost(atoms: Counter[Atom]) -> int:
    """What the product takes, a division counted twice."""
    dividing = sum(times for (_, divides), times in atoms.items() if divides)
    return dividing + sum(atoms.values())
