"""One name for arrays that follow each other, so that each is let go when the next one is there."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import DEFERRED
from sct_ad.optimise.names import stem
from sct_ad.optimise.workspace import all_blocks, made_up, single_target
from sct_ad.syntax.nodes import Block, every, mentions, names_in, substitute
from sct_ad.syntax.values import Array

_LATER = (*DEFERRED, gast.FunctionDef)


@dataclass(slots=True)
class Life:
    """From where to where in a block a name holds what is read."""

    name: str
    first: int
    last: int


def rebinding(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Give a temporary array the name of one that is not read any more.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(x, bf):\\n    bt = bf * x\\n    bt1 = bt * x\\n    bx = bt1 + bt1"
    >>> show(rebinding, text, {"bt", "bt1"}, bt=Array("float64", ()), bt1=Array("float64", ()))
    def f(x, bf):
        bt = bf * x
        bt = bt * x
        bx = bt + bt
    """
    if not any(isinstance(type_, Array) for type_ in facts.types.values()):
        return fn
    renamable = made_up(fn, facts)
    renamable = {name for name in renamable if isinstance(facts.types.get(name), Array)} - captured(fn)
    times = Counter(name for name in mentions(fn) if name in renamable)
    mapping: dict[str, str] = {}
    for block in all_blocks(fn):
        _share(block, lives(block, times), facts, mapping)
    return substitute(fn, mapping) if mapping else fn


def captured(fn: gast.FunctionDef) -> set[str]:
    """The names that are read later than where they stand."""
    return names_in(every(fn.body, *_LATER))


def lives(block: Block, times: Counter[str]) -> list[Life]:
    """The lives of the names that are found in this block only, and assigned in it before anything else."""
    lived: dict[str, Life] = {}
    found = Counter[str]()
    for position, stmt in enumerate(block):
        for name in mentions(stmt):
            if name in times:
                found[name] += 1
                life = lived.setdefault(name, Life(name, position, position))
                life.last = position
    return [life for life in lived.values() if found[life.name] == times[life.name] and _is_born(block, life)]


def _is_born(block: Block, life: Life) -> bool:
    stmt = block[life.first]
    return single_target(stmt) == life.name and life.name not in names_in(stmt.value)


def _share(block: Block, lived: list[Life], facts: Facts, mapping: dict[str, str]) -> None:
    """Let each life go on under the name of one that has ended, by preference in the same statement."""
    ended: dict[tuple[str, str, int | None], list[Life]] = defaultdict(list)
    order = {life.name: place for place, life in enumerate(lived)}
    for life in sorted(lived, key=lambda one: one.first):
        type_ = facts.types[life.name]
        assert isinstance(type_, Array)
        holders = ended[stem(life.name, facts), type_.dtype, type_.ndim]
        free = [one for one in holders if one.last <= life.first]
        if free:
            names = {one.name: mapping.get(one.name, one.name) for one in free}
            old = min(free, key=lambda one: (one.last < life.first, order[names[one.name]]))
            mapping[life.name] = names[old.name]
            holders.remove(old)
        holders.append(life)
