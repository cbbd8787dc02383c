"""Hessians of programs are symmetric, and their columns are Hessian-vector products."""

import numpy as np
import pytest

from sct_ad import hessian, hvp
from tests.directions import direction
from tests.examine import BY_NAME


def _simple(program):
    """Whether all that is differentiated is float64 in arrays and numbers, few of them, and nothing outside changes."""
    args = program.args()
    chosen = [args[k] for k in program.argnums]
    if program.outside or not all(isinstance(arg, (float, np.ndarray)) for arg in chosen):
        return False
    return all(np.asarray(arg).dtype == float for arg in chosen) and sum(map(np.size, chosen)) <= 12


SAMPLE = [name for name, program in BY_NAME.items() if _simple(program)][5::97]


@pytest.mark.parametrize("name", SAMPLE)
def test_symmetric(name):
    program = BY_NAME[name]
    found = hessian(program.function, program.argnums)(*program.args())
    sizes = [np.size(program.args()[k]) for k in program.argnums]
    rows = [[np.reshape(b, (m, n)) for b, n in zip(row, sizes)] for row, m in zip(found, sizes)]
    matrix = np.block(rows)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-8, atol=1e-10 * (1.0 + np.max(np.abs(matrix))))
    v = [direction(program.args()[k], np.random.default_rng(5)) for k in program.argnums]
    product = hvp(program.function, program.argnums)(*program.args(), *v)
    flat = np.concatenate([np.ravel(part) for part in v])
    np.testing.assert_allclose(
        np.concatenate([np.ravel(part) for part in product]),
        matrix @ flat,
        rtol=1e-9,
        atol=1e-11 * (1.0 + np.max(np.abs(matrix))),
    )
