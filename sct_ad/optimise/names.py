"""Names for the temporaries that are left."""

from __future__ import annotations

import re

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import parameters
from sct_ad.optimise.workspace import Workspace
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import names_in, substitute, walk

NUMBER = re.compile(r"(?<=[A-Za-z])(_?\d+)+(?=$|_tape$)")


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
    space = Workspace(fn, facts)
    renamable = (facts.temporaries | space.adjoint_names) & space.footprints.local - set(parameters(fn))
    supply = Names((names_in(fn) | {fn.name}) - renamable)
    mapping: dict[str, str] = {}
    for node in walk(fn):
        if isinstance(node, gast.Name) and node.id in renamable and node.id not in mapping:
            mapping[node.id] = supply.fresh(_stem(node.id, facts))
    return substitute(space.fn, mapping)


def _stem(name: str, facts: Facts) -> str:
    """The name without a number that only kept it apart from others; the number of a user's variable stays."""
    stem = NUMBER.sub("", name)
    own = name.removesuffix("_tape")
    for variable in (own, own[1:]):
        if variable in facts.types and variable not in facts.temporaries and (variable != own or own != name):
            return name
    return stem
