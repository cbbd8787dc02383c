"""Gradients whose text went through the lowering, executed by Python."""

import contextlib

from sct_ad import compilation, compiler, grad
from sct_ad.lower.entry import lower
from sct_ad.lowering import IN_PYTHON
from sct_ad.optimise.tidy import PASSES as TIDY

PASSES = [(name, optimise) for name, optimise in TIDY if name not in IN_PYTHON]
PLACE = [name for name, _ in PASSES].index("names")
LOWERED = [*PASSES[:PLACE], ("lower", lower), *PASSES[PLACE:]]


@contextlib.contextmanager
def lowering(passes=LOWERED):
    """While entered, what is compiled is lowered."""
    before = compiler.PASSES, compilation.kept
    compiler.PASSES = passes
    compilation.kept = lambda make, has_source: make()  # nothing is found, nothing is left
    try:
        yield
    finally:
        compiler.PASSES, compilation.kept = before


def lowered_gradient(function, argnums, *args):
    """The gradient, from lowered text."""
    with lowering():
        return grad(function, argnums=argnums)(*args)


def lowered_text(function, argnums, *args):
    """The lowered text of a gradient."""
    with lowering():
        return grad(function, argnums=argnums).stages(*args)["text"]
