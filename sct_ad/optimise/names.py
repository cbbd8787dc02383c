"""Names for the temporaries that are left."""

from __future__ import annotations

import re

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import tapes_of
from sct_ad.optimise.workspace import made_up, single_target
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import mentions, names_in, origin_of, statements, substitute

NUMBER = re.compile(r"(?<=[A-Za-z])(_?\d+)+(?=$|_(tape|old|pair)\d*$)|(?<=_tape|_pair)\d+$|(?<=_old)\d+$")
SUFFIX = re.compile(r"_(tape|old|pair)\d*$")
TARGET = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:[-+*/@%]|//|\*\*)?=(?!=)")
"""A user's line that assigns one variable."""


def names(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Number temporaries in order of appearance, and drop numbers that tell nothing apart.

    >>> from sct_ad.optimise.demonstrate import show
    >>> text = "def f(x):\\n    t7 = x + 1\\n    t9 = t7 * t7\\n    bx3 = t9\\n    return bx3"
    >>> show(names, text, {"t7", "t9", "bx3"})
    def f(x):
        t = x + 1
        t1 = t * t
        bx = t1
        return bx
    """
    renamable = made_up(fn, facts)
    supply = Names((names_in(fn) | {fn.name}) - renamable)
    stems = {name: stem(name, facts) for name in renamable}
    recorded = _recorded(fn, facts, stems)
    mapping: dict[str, str] = {}
    in_order = [name for name in mentions(fn) if name in renamable]
    for name in [*(n for n in in_order if n not in recorded), *in_order]:  # what the user named comes first
        if name not in mapping:
            mapping[name] = supply.fresh(recorded.get(name, stems[name]))
    return substitute(fn, mapping)


def _recorded(fn: gast.FunctionDef, facts: Facts, stems: dict[str, str]) -> dict[str, str]:
    """Names of the tapes that record temporaries: after the variable that the user's statement assigns."""
    tapes = tapes_of(fn)
    if not tapes:
        return {}
    assigned: dict[str, str] = {}
    for stmt in statements(fn.body):
        name, origin = single_target(stmt), origin_of(stmt)
        if name in facts.temporaries and origin is not None and (found := TARGET.match(origin.text)):
            assigned.setdefault(str(name), found[1])
    result: dict[str, str] = {}
    for stmt in statements(fn.body):
        call = stmt.value if isinstance(stmt, gast.Expr) else None
        if isinstance(call, gast.Call) and call.args and isinstance(call.args[0], gast.Name):
            owner = getattr(getattr(call.func, "value", None), "id", None)
            if owner in tapes and stems.get(owner) == "t_tape" and call.args[0].id in assigned:
                result[owner] = assigned[call.args[0].id] + "_tape"
    return result


def stem(name: str, facts: Facts) -> str:
    """The name without a number that only kept it apart from others; the number of a user's variable stays."""
    stem = NUMBER.sub("", name)
    own = SUFFIX.sub("", name)
    for variable in (own, own[1:]):
        if variable in facts.types and variable not in facts.temporaries and (variable != own or own != name):
            return name
    return stem
