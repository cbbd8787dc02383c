"""The tidier: derivative code as the differentiator writes it -> derivative code as a person would."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.buffers import accumulations, buffers
from sct_ad.optimise.constants import constants
from sct_ad.optimise.contractions import contractions, dot_products, outer_products
from sct_ad.optimise.copies import copies
from sct_ad.optimise.dead_code import dead_code
from sct_ad.optimise.determinants import determinants
from sct_ad.optimise.factors import factors
from sct_ad.optimise.fold import fold
from sct_ad.optimise.invariants import invariants
from sct_ad.optimise.known import known
from sct_ad.optimise.marks import marks
from sct_ad.optimise.names import names
from sct_ad.optimise.one_tape import one_tape
from sct_ad.optimise.ownership import in_place
from sct_ad.optimise.quotients import quotients
from sct_ad.optimise.reading_order import reading_order
from sct_ad.optimise.rebinding import rebinding
from sct_ad.optimise.release import release
from sct_ad.optimise.repeated import repeated
from sct_ad.optimise.shape_tapes import shape_tapes
from sct_ad.optimise.shapes import shapes
from sct_ad.optimise.simplify import simplify
from sct_ad.optimise.stores import breaks, stores
from sct_ad.optimise.sums import at_once, into_branches
from sct_ad.optimise.sums_first import sums_first
from sct_ad.optimise.targets import targets
from sct_ad.optimise.unpacking import unpacking
from sct_ad.optimise.views import loans, views
from sct_ad.syntax.nodes import copy

Pass = Callable[[gast.FunctionDef, Facts], gast.FunctionDef]
"""Leaves its input as it is, unless that is the tree of the workspace that the pass before has left in the facts."""

PASSES: list[tuple[str, Pass]] = [
    ("marks", marks),
    ("determinants", determinants),
    ("dead code", dead_code),
    ("shapes", shapes),
    ("shape tapes", shape_tapes),
    ("dead after shapes", dead_code),
    ("copies", copies),
    ("sums first", sums_first),
    ("views", views),
    ("breaks", breaks),
    ("stores", stores),
    ("loans", loans),
    ("contractions", contractions),
    ("accumulations", accumulations),
    ("first fold", fold),
    ("buffers", buffers),
    ("second fold", fold),
    ("simplify", simplify),
    ("quotients", quotients),
    ("constants", constants),
    ("third fold", fold),
    ("simplify again", simplify),
    ("invariants", invariants),
    ("in place", in_place),
    ("stores in place", stores),
    ("factors", factors),
    ("known", known),
    ("repeated", repeated),
    ("reading order", reading_order),
    ("into branches", into_branches),
    ("at once", at_once),
    ("late buffers", buffers),
    ("loop targets", targets),
    ("dot products", dot_products),
    ("outer products", outer_products),
    ("rebinding", rebinding),
    ("release", release),
    ("one tape", one_tape),
    ("names", names),
    ("unpacking", unpacking),
]
"""The passes in order; each may be left out."""


def tidy(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Run all passes; the input is left as it is."""
    return run(PASSES, fn, facts)


def run(
    passes: Sequence[tuple[str, Pass]],
    fn: gast.FunctionDef,
    facts: Facts,
    note: Callable[[str, gast.FunctionDef], None] | None = None,
) -> gast.FunctionDef:
    """Run passes in order, and tell `note` the name and the result of each; the input is left as it is."""
    for name, optimise in passes:
        fn = optimise(fn, facts)
        if note is not None:
            note(name, copy(fn))  # the next pass may go on in the tree itself
    facts.workspace = None
    return fn
