"""Programs with several directions at once, against one direction at a time."""

import zlib

import numpy as np
import pytest

from sct_ad import NoRuleError, UnsupportedError
from sct_ad.columns import ColumnOptions, Columns
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.derivative import run
from sct_ad.pytree import flatten, leaves_like, unflatten
from tests.directions import direction
from tests.examine import BY_NAME, SAMPLE

COUNT = 3


def forward(program, several):
    return Columns(program.function, ColumnOptions(tuple(program.argnums), several=several))


def second(program, several):
    chosen = tuple(program.argnums)
    return Directional(program.function, DirectionalOptions(chosen, (chosen,), several=several))


def stacked(trees):
    """Trees of equal structure as one, whose numbers and arrays have one more axis in front."""
    structure = flatten(trees[0])[1]
    columns = zip(*(flatten(tree)[0] for tree in trees))
    return unflatten(structure, [np.array(c) if np.asarray(c[0]).dtype.kind in "fc" else c[0] for c in columns])


def check(name, make, tangent_of):
    """The tangents of all directions at once are those of each, where they do not go one at a time."""
    program, rng = BY_NAME[name], np.random.default_rng(zlib.crc32(name.encode()))
    along = [[direction(program.args()[k], rng) for k in program.argnums] for _ in range(COUNT)]

    def pushed(several, directions):
        with program.undone():
            _, bound, compiled = make(program, several).prepared(tuple(program.args()), {})
            return tangent_of(run(compiled, [*bound, *directions])) if compiled.batched == several else None

    together = pushed(True, [stacked(each) for each in zip(*along)])
    if together is None:
        return
    alone = [pushed(False, each) for each in along]
    structure = flatten(alone[0])[1]
    for found, *expected in zip(leaves_like(structure, together), *(flatten(each)[0] for each in alone), strict=True):
        wanted = np.array(expected)
        if wanted.dtype.kind not in "fc":
            continue
        single = wanted.dtype in (np.float32, np.complex64)
        size = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=(1e-4 if single else 1e-10) * size)


@pytest.mark.parametrize("name", SAMPLE[::6])
def test_tangents(name):
    check(name, forward, lambda found: found[1])


@pytest.mark.parametrize("name", SAMPLE[1::18])
def test_hessian_vector_products(name):
    try:
        check(name, second, lambda found: found)
    except (UnsupportedError, NoRuleError) as error:
        pytest.skip(f"refused: {str(error).splitlines()[0]}")
