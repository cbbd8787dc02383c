"""Hessian-vector products of programs against differences of their gradients: one program in twelve, in turn by name."""

import zlib

import numpy as np
import pytest

from sct_ad import NoRuleError, UnsupportedError, grad, hvp
from tests.directions import direction, moved
from tests.examine import BY_NAME, call, tolerance
from tests.numerical import leaves
from tests.program import PROGRAMS

ALSO = "vectorized_in_a_loop nested_objects blind_deconvolution decorated_target spectral_energy recursive_try".split()
CHOSEN = sorted(
    {p.name for p in PROGRAMS if zlib.crc32(p.name.encode()) % 12 == 0 and "float32" not in p.tags}.union(ALSO)
)
REFUSED = ("is not known", "no tangent rule")
"""What an error may say in place of a product."""


def floats(value):
    """All real and complex entries of a value."""
    arrays = [np.ravel(np.asarray(leaf)) for leaf in leaves(value) if np.asarray(leaf).dtype.kind in "fc"]
    return np.concatenate(arrays) if arrays else np.zeros(0)


@pytest.mark.parametrize("name", CHOSEN)
def test_the_product_is_the_change_of_the_gradient(name):
    program = BY_NAME[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    args = program.args()
    along = {k: direction(args[k], rng) for k in program.argnums}
    try:
        with program.undone():
            product = floats(hvp(program.function, program.argnums)(*program.args(), *along.values()))
    except (UnsupportedError, NoRuleError) as error:
        assert any(reason in str(error) for reason in REFUSED), error
        pytest.skip(f"refused: {str(error).splitlines()[0]}")

    def gradient(step):
        given = [moved(arg, along[k], step) if k in along else arg for k, arg in enumerate(program.args())]
        return floats(call(grad, name, program.argnums, *given))

    near, far = (gradient(step) - gradient(-step) for step in (1e-5, 2e-5))
    expected = (8 * near - far) / 12e-5
    assert product.shape == expected.shape
    size = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(product, expected, rtol=0, atol=max(1e-5, tolerance(program)) * size)
