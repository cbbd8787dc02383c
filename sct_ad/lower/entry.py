"""The lowering: a tidied function over arrays -> the same function as loops over elements."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.lower.context import Context
from sct_ad.lower.flatten import flatten
from sct_ad.lower.groups import fuse
from sct_ad.lower.settled import settle_types


def lower(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Write elementwise operations, reductions and stores as fused loops over elements; other calls stay.

    Numbers, dtypes and broadcasting are those of NumPy, except that sums are rounded in another order. What is not
    known to be safe stays as it is. Names must be those that the facts know: it runs before the pass `names`.
    """
    return _lowered(fn, Context(fn, facts))


def lower_to_vectors(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """`lower`, with exp, log and tanh of double precision by code that LLVM turns into vector instructions."""
    return _lowered(fn, Context(fn, facts, vector=True))


def _lowered(fn: gast.FunctionDef, context: Context) -> gast.FunctionDef:
    settle_types(fn, context.facts)
    return fuse(flatten(fn, context), context)
