"""Contributions to one cotangent that share factors are multiplied by them once."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.cost import MAX_OPERATORS, MAX_WIDTH, operators, width
from sct_ad.optimise.footprint import commute, tape_class
from sct_ad.optimise.products import Chain, alike, built, chain_of, is_product, mixes_precisions, place_of
from sct_ad.optimise.workspace import Workspace, all_blocks, replace_reads, same_line, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, binary, copy, names_in, statements
from sct_ad.syntax.values import kind

_WIDEST = MAX_WIDTH - 20
"""Of a merged contribution, without its indentation."""


def factors(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Multiply neighbouring contributions of a line by the factors that they share once, as Horner's scheme does.

    >>> from sct_ad.optimise.demonstrate import show
    >>> lines = "bt = bz * x; bx = bz * y; bx += bt * y; bx -= bt * 2.0; return bx"
    >>> show(factors, f"def f(x, y, bz): {lines}", {"bt"}, adjoint=True)
    def f(x, y, bz):
        bx = bz * (y + x * (y - 2.0))
        return bx
    """
    if not any(isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) for stmt in statements(fn.body)):
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = len(block) - 1
        while position > 0:
            first = _contribution_before(block, position, space)
            if first is not None and _merge(block, first, position, space):
                position = _unfold(block, position - 1, space)
            else:
                position -= 1
    return space.leave()


def _target(stmt: Stmt, space: Workspace) -> str | None:
    """The cotangent that a statement makes a product, or adds one to."""
    if not space.is_cotangent(stmt) or not is_product(stmt.value):
        return None
    touched = space.footprints.expression(stmt.value)
    if touched.impure or touched.barrier or not all(w.startswith(tape_class("")) for w in touched.writes):
        return None
    if kind(space.facts.type_of(stmt.value)) not in ("float", "complex"):
        return None
    if isinstance(stmt, gast.AugAssign):
        return str(stmt.target.id) if isinstance(stmt.target, gast.Name) else None
    return single_target(stmt)


def _contribution_before(block: Block, position: int, space: Workspace) -> int | None:
    """Where the contribution is that can be moved down to the one at `position`."""
    stmt = block[position]
    target = _target(stmt, space) if isinstance(stmt, gast.AugAssign) else None
    if target is None or target in names_in(stmt.value):
        return None
    for index in range(position - 1, -1, -1):
        other = block[index]
        touched = space.footprints.statement(other)
        if target not in touched.defines and target not in touched.reads:
            continue
        if not same_line(stmt, other) or _target(other, space) != target or target in names_in(other.value):
            return None
        between = map(space.footprints.statement, block[index + 1 : position])
        kept = touched.writes.isdisjoint(space.footprints.expression(stmt.value).content)
        return index if kept and all(commute(touched, each) for each in between) else None
    return None


def _merge(block: Block, first: int, second: int, space: Workspace) -> bool:
    """Make one contribution of two, where the second is."""
    one, two = block[first], block[second]
    value = _sum(one, two, space)
    if value is None or operators(value) > MAX_OPERATORS or width(value) > _WIDEST:
        return False
    with space.editing(one):
        one.value = value
    space.drop(block, second)
    block.insert(second - 1, block.pop(first))
    return True


def _sum(one: Any, two: Any, space: Workspace) -> Expr | None:
    """What both add, with the factors that they share in front."""
    facts = space.facts
    left, right = chain_of(copy(one.value), facts), chain_of(copy(two.value), facts)
    shared, rests = _split(left, right)
    if not all(space.footprints.expression(factor).effect_free for factor, _ in shared):
        return None  # what comes from a tape comes once
    if not shared or any(not (rest.factors or rest.numerator or rest.denominator) for rest in rests):
        return None
    if not any(rest.factors for rest in rests) or mixes_precisions(left, facts) or mixes_precisions(right, facts):
        return None
    signs = [isinstance(stmt.op, gast.Sub) if isinstance(stmt, gast.AugAssign) else False for stmt in (one, two)]
    number = Chain()
    if all(rest.factors for rest in rests) and rests[0].number == rests[1].number:
        number = Chain(numerator=left.numerator, denominator=left.denominator)
        rests = (Chain(rests[0].factors), Chain(rests[1].factors))
    differ = (signs[0] ^ left.negative) != (signs[1] ^ right.negative)
    inner = binary(built(rests[0], facts), gast.Sub() if differ else gast.Add(), built(rests[1], facts))
    in_front = [item for item in shared if not item[1]]
    divisors = [item for item in shared if item[1]]
    factors = [*in_front, (inner, False), *divisors]
    value = built(Chain(factors, number.numerator, number.denominator, negative=left.negative), facts)
    before = facts.type_of(one.value)
    return value if alike(before, facts.type_of(value)) and alike(before, facts.type_of(two.value)) else None


def _split(left: Chain, right: Chain) -> tuple[list[tuple[Expr, bool]], tuple[Chain, Chain]]:
    """The factors that both products have, and what is left of each, without signs."""
    shared, rest, others = [], [], list(right.factors)
    for item in left.factors:
        found = place_of(item, others)
        if found is None:
            rest.append(item)
        else:
            shared.append(item)
            del others[found]
    return shared, (Chain(rest, left.numerator, left.denominator), Chain(others, right.numerator, right.denominator))


def _unfold(block: Block, position: int, space: Workspace) -> int:
    """Put in what the factors are products of that are read here only; where the contribution is afterwards."""
    stmt = block[position]
    for factor, divides in chain_of(stmt.value, space.facts).factors:
        name = factor.id if isinstance(factor, gast.Name) and not divides else ""
        if space.definitions[name] != 1 or space.loads[name] != 1:
            continue
        index = next((k for k in range(position) if single_target(block[k]) == name), None)
        if index is None or _target(block[index], space) != name:
            continue
        moved = space.footprints.statement(block[index])
        if not all(commute(moved, space.footprints.statement(each)) for each in block[index + 1 : position]):
            continue
        if operators(stmt.value) + operators(block[index].value) > MAX_OPERATORS:
            continue
        if width(stmt.value) + width(block[index].value) > _WIDEST:
            continue
        value = block[index].value
        space.drop(block, index)
        position -= 1
        with space.editing(stmt):
            replace_reads(stmt, name, value)
    return position
