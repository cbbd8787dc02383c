"""Quotients that other contributions of the same line contain are divided once."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import commute
from sct_ad.optimise.products import Chain, alike, built, chain_of, is_product, place_of
from sct_ad.optimise.workspace import Workspace, all_blocks, is_adjoint, same_line, single_target
from sct_ad.syntax.nodes import Block, Expr, Stmt, name, names_in, statements, walk
from sct_ad.syntax.values import kind


def quotients(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Take a quotient from the cotangent that is nothing else, where another contribution has it as a factor.

    >>> from sct_ad.optimise.demonstrate import show
    >>> text = "def f(x, y, bz):\\n    by = -bz * x / y / y\\n    bx = bz / y\\n    return bx, by"
    >>> show(quotients, text, adjoint=True)
    def f(x, y, bz):
        bx = bz / y
        by = -bx * x / y
        return (bx, by)
    """
    if not any(_divides(stmt) for stmt in statements(fn.body)):
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        position = 0
        while position < len(block):
            found = _quotient(block[position], space)
            if found is not None:
                _share(space, block, position, found)
            position += 1
    return space.leave()


def _divides(stmt: Stmt) -> bool:
    value = getattr(stmt, "value", None)
    is_plain = is_adjoint(stmt) and single_target(stmt) is not None
    return is_plain and any(isinstance(node, gast.BinOp) and isinstance(node.op, gast.Div) for node in walk(value))


def _quotient(stmt: Stmt, space: Workspace) -> Chain | None:
    """What the cotangent consists of that a statement makes a plain quotient."""
    target = single_target(stmt)
    if target is None or not space.is_cotangent(stmt) or not is_product(stmt.value):
        return None
    if target in names_in(stmt.value) or not space.footprints.expression(stmt.value).effect_free:
        return None
    chain = chain_of(stmt.value, space.facts)
    divisors = sum(divides for _, divides in chain.factors)
    is_plain = not (chain.numerator or chain.denominator or chain.negative)
    return chain if is_plain and 0 < divisors < len(chain.factors) else None


def _share(space: Workspace, block: Block, position: int, quotient: Chain) -> None:
    """Let the other contributions of the line have the quotient as a factor, which is moved up where it must be."""
    stmt = block[position]
    first = last = position
    while first and same_line(block[first - 1], stmt) and _contributes(block[first - 1]):
        first -= 1
    while last + 1 < len(block) and same_line(block[last + 1], stmt) and _contributes(block[last + 1]):
        last += 1
    for index in [*range(first, position), *range(position + 1, last + 1)]:
        value = _with_factor(block[index], stmt, quotient, space)
        if value is None or not _reaches(space, block, position, index):
            continue
        block[index].value = value
        space.footprints.forget(block[index])
        if index < position:
            block.insert(index, block.pop(position))
            position = index  # those between are contributions that have been looked at


def _contributes(stmt: Stmt) -> bool:
    return isinstance(stmt, (gast.Assign, gast.AugAssign))


def _with_factor(user: Any, stmt: Any, quotient: Chain, space: Workspace) -> Expr | None:
    """What a statement adds, with the quotient's name for its factors; None where it has not all of them."""
    facts, target = space.facts, str(single_target(stmt))
    if not space.is_cotangent(user) or not is_product(user.value) or target in space.footprints.statement(user).defines:
        return None
    before = facts.type_of(user.value)
    if kind(before) not in ("float", "complex"):
        return None
    chain = chain_of(user.value, facts)
    rest = list(chain.factors)
    place = len(rest)
    for item in quotient.factors:
        found = place_of(item, rest)
        if found is None:
            return None
        del rest[found]
        place = place if item[1] else min(place, found)
    rest.insert(place, (name(target), False))
    chain.factors = rest
    value = built(chain, facts)
    return value if alike(before, facts.type_of(value)) else None


def _reaches(space: Workspace, block: Block, position: int, index: int) -> bool:
    """Whether the quotient has its value where `block[index]` is evaluated, moved there if that is earlier."""
    own = space.footprints.statement(block[position])
    if index < position:
        return all(commute(own, space.footprints.statement(stmt)) for stmt in block[index:position])
    kept = own.content | space.footprints.expression(name(str(single_target(block[position])))).content
    for stmt in block[position + 1 : index]:
        touched = space.footprints.statement(stmt)
        if touched.barrier or touched.impure or not touched.writes.isdisjoint(kept):
            return False
        if not touched.defines.isdisjoint(own.defines | own.reads.keys()):
            return False
    return True
