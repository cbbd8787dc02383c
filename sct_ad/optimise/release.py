"""Arrays are let go once nobody reads them any more, where the user wants memory to be saved."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import parameters
from sct_ad.syntax.nodes import Block, copy, defines, names_in, statements
from sct_ad.syntax.values import UNKNOWN, Array, List

_AT_ONCE = 4
"""How many names are let go together, for fewer lines."""


def release(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Delete the names of arrays after their last use, if the function calls checkpointed ones.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(release, "def f(x):\\n    y = x * x\\n    return y")
    def f(x):
        y = x * x
        return y
    """
    if not facts.releases:
        return fn
    fn = copy(fn)
    last = {name: place for place, stmt in enumerate(fn.body) for name in names_in(stmt)}
    inside = {name for stmt in fn.body for inner in statements([stmt]) if inner is not stmt for name in defines(inner)}
    plain = {name for stmt in fn.body if isinstance(stmt, gast.Assign) for name in defines(stmt)}
    going = plain - inside - set(parameters(fn))
    body: Block = []
    pending: list[str] = []
    for place, stmt in enumerate(fn.body):
        body.append(stmt)
        ending = sorted(name for name in names_in(stmt) & going if last[name] == place)
        pending += [name for name in ending if isinstance(facts.types.get(name, UNKNOWN), (Array, List))]
        if len(pending) >= _AT_ONCE and place < len(fn.body) - 2:
            targets = [gast.Name(id=name, ctx=gast.Del(), annotation=None, type_comment=None) for name in pending]
            body.append(gast.Delete(targets=targets))
            pending = []
    fn.body = body
    return fn
