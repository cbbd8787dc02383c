"""Gradients whose text went through the lowering, executed by Python."""

import contextlib

from sct_ad import compiler, grad
from sct_ad.lower.entry import lower
from sct_ad.lowering import IN_PYTHON
from sct_ad.optimise.tidy import PASSES as TIDY

PASSES = [(name, optimise) for name, optimise in TIDY if name not in IN_PYTHON]
PLACE = [name for name, _ in PASSES].index("names")
LOWERED = [*PASSES[:PLACE], ("lower", lower), *PASSES[PLACE:]]


@contextlib.contextmanager
def lowering(passes=LOWERED):
    """While entered, what is compiled is lowered."""
    before = compiler.PASSES, compiler._kept
    compiler.PASSES = passes
    compiler._kept = lambda compile_, *asked: compile_(*asked)  # nothing is found, nothing is left
    try:
        yield
    finally:
        compiler.PASSES, compiler._kept = before


def lowered_gradient(function, argnums, *args):
    """The gradient, from lowered text."""
    with lowering():
        return grad(function, argnums=argnums)(*args)


def lowered_text(function, argnums, *args):
    """The lowered text of a gradient."""
    with lowering():
        return grad(function, argnums=argnums).stages(*args)["text"]
