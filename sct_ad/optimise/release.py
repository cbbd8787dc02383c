"""Arrays are let go once nobody reads them any more."""

from __future__ import annotations

from copy import copy

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import parameters
from sct_ad.optimise.rebinding import captured
from sct_ad.optimise.workspace import same_line
from sct_ad.syntax.nodes import Block, defines, names_in, statements
from sct_ad.syntax.values import UNKNOWN, Array, List

_WIDTH = 90
_MANY, _FEW = 8, 4
"""How many names are let go together, for fewer lines; few where the user wants memory to be saved."""


def release(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Delete the names of arrays after their last use, several at once: few where the function calls checkpointed ones.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(release, "def f(x):\\n    y = x * x\\n    return y")
    def f(x):
        y = x * x
        return y
    """
    enough = _FEW if facts.releases else _MANY
    plain = {name for stmt in fn.body if isinstance(stmt, gast.Assign) for name in defines(stmt)}
    large = {name for name in plain if _is_large(name, facts)}
    if len(large) < enough:
        return fn
    mentioned = list(map(names_in, fn.body))
    last = {name: place for place, mentions in enumerate(mentioned) for name in mentions}
    inside = {name for stmt in fn.body for inner in statements([stmt]) if inner is not stmt for name in defines(inner)}
    going = large - inside - set(parameters(fn)) - captured(fn)
    body: Block = []
    pending: list[str] = []
    for place, stmt in enumerate(fn.body):
        body.append(stmt)
        pending += sorted(name for name in mentioned[place] & going if last[name] == place)
        ends_group = facts.releases or not (place + 1 < len(fn.body) and same_line(stmt, fn.body[place + 1]))
        if len(pending) >= enough and place < len(fn.body) - 2 and ends_group:
            body += map(_deleted, _lines(pending))
            pending = []
    released = copy(fn)  # whose statements are those that were given
    released.body = body
    return released


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


def _is_large(name: str, facts: Facts) -> bool:
    """Whether a name is worth letting go: that of an array, or of a list, though tapes are empty when they are read."""
    found = facts.types.get(name, UNKNOWN)
    return (isinstance(found, Array) and found.dims != ()) or (isinstance(found, List) and facts.releases)
