"""Arrays are let go once nobody reads them any more."""

from __future__ import annotations

from collections import Counter

import gast

from sct_ad.analysis.alias import base_of
from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import parameters
from sct_ad.optimise.rebinding import captured, lives
from sct_ad.optimise.workspace import same_line, single_target
from sct_ad.syntax.nodes import Block, Stmt, defines, mentions, names_in, statements
from sct_ad.syntax.values import Abstract, Array, List

_LOOPS = (gast.For, gast.While)
_WIDTH = 90
_TOGETHER = 3
"""How many names are let go at least, for fewer lines, where no loop follows."""


def release(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Delete the names of arrays after their last use: several at once, and those that a loop would keep.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.values import Array
    >>> text = "def f(x):\\n    y = x * x\\n    z = y + 1.0\\n    for k in range(3):\\n        z = z * x\\n    return z"
    >>> show(release, text, y=Array("float64", None))
    def f(x):
        y = x * x
        z = y + 1.0
        del y
        for k in range(3):
            z = z * x
        return z
    """
    large = {name for name, type_ in facts.types.items() if _is_large(type_, facts)}
    large -= (captured(fn) | _given(fn)) if large else set()
    if not large:
        return fn
    mentioned = list(map(names_in, fn.body))
    last = {name: place for place, names in enumerate(mentioned) for name in names}
    going = {name for stmt in fn.body if isinstance(stmt, gast.Assign) for name in defines(stmt)} & large
    times = Counter(name for name in mentions(fn) if name in large)
    final_loop = max((place for place, stmt in enumerate(fn.body) if isinstance(stmt, _LOOPS)), default=-1)
    body: Block = []
    pending: list[str] = []
    for place, stmt in enumerate(fn.body):
        body.append(_released_inside(stmt, times) if place < final_loop else stmt)
        pending += sorted(name for name in mentioned[place] & going if last[name] == place)
        following = fn.body[place + 1] if place < len(fn.body) - 2 else None
        if following is not None and pending and _is_time(stmt, following, pending, facts):
            body += map(_deleted, _lines(pending))
            pending = []
    return _with_body(fn, body)


def _is_time(stmt: Stmt, following: Stmt, pending: list[str], facts: Facts) -> bool:
    """Whether to let go of names between two statements: around a loop, or where there are several."""
    if isinstance(stmt, _LOOPS) or isinstance(following, _LOOPS):
        return True
    return len(pending) >= _TOGETHER and (facts.releases or not same_line(stmt, following))


def _given(fn: gast.FunctionDef) -> set[str]:
    """The parameters, and names of nothing but parts of arguments: the caller holds these anyway."""
    plain = [(name, stmt.value) for stmt in statements(fn.body) if (name := single_target(stmt)) is not None]
    own = {name for name, value in plain if base_of(value) is None}
    found = set(parameters(fn))
    for name, value in plain:
        if name not in own and base_of(value) in found:
            found.add(name)
    return found


def _released_inside(stmt: Stmt, times: Counter[str]) -> Stmt:
    """A loop that lets go of what a trip computes for itself, so that the arrays of the last trip are not kept."""
    if not isinstance(stmt, _LOOPS):
        return stmt
    over = [life for life in lives(stmt.body, times) if not _is_held(life.name, stmt.body[life.first : life.last + 1])]
    if not over:
        return stmt
    end = max(life.last for life in over) + 1
    deleted = map(_deleted, _lines([life.name for life in over]))
    return _with_body(stmt, [*stmt.body[:end], *deleted, *stmt.body[end:]])


def _is_held(name: str, block: Block) -> bool:
    """Whether what a name denotes is given to a call by itself, as to a tape's."""
    calls = [stmt.value for stmt in block if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call)]
    return any(isinstance(arg, gast.Name) and arg.id == name for call in calls for arg in call.args)


def _with_body(stmt: Stmt, body: Block) -> Stmt:
    """The statement with another body; the statements in it are shared."""
    made = stmt.__class__.__new__(stmt.__class__)
    made.__dict__.update(stmt.__dict__, body=body)
    return made


def _lines(names: list[str]) -> list[list[str]]:
    """The names in as many lines as they need."""
    lines: list[list[str]] = [[]]
    for name in names:
        if lines[-1] and len(", ".join([*lines[-1], name])) > _WIDTH:
            lines.append([])
        lines[-1].append(name)
    return lines


def _deleted(names: list[str]) -> gast.Delete:
    return gast.Delete(targets=[gast.Name(id=n, ctx=gast.Del(), annotation=None, type_comment=None) for n in names])


def _is_large(type_: Abstract, facts: Facts) -> bool:
    """Whether a value is worth letting go: an array, or a list, though tapes are empty when they are read."""
    return (isinstance(type_, Array) and type_.dims != ()) or (isinstance(type_, List) and facts.releases)
