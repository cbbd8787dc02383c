"""Forward mode of the programs: the dot-product identity with its gradient, value bit for bit, arguments left alone."""

import copy
import zlib

import numpy as np
import pytest

from sct_ad import grad, jvp
from tests.directions import direction, paired
from tests.examine import BY_NAME, SAMPLE, call, without_generators
from tests.numerical import identical, leaves


@pytest.mark.parametrize("name", SAMPLE)
def test_the_tangent_is_the_gradient_times_the_direction(name):
    program = BY_NAME[name]
    args = program.args()
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    tangents = [direction(arg, rng) if k in program.argnums else None for k, arg in enumerate(args)]
    before = copy.deepcopy((without_generators(args), tangents))
    with program.undone():
        value, tangent = jvp(program.function, args, tangents)
    assert identical((without_generators(args), tangents), before)
    assert identical(value, program.primal(*program.args()))
    gradients = call(grad, name, program.argnums, *program.args())
    expected, size = paired(gradients, tuple(tangents[k] for k in program.argnums))
    single = any(getattr(leaf, "dtype", None) in (np.float32, np.complex64) for leaf in leaves(args))
    assert abs(tangent - expected) <= (1e-4 if single else 1e-9) * size + 1e-13
    assert type(tangent) is type(value) or isinstance(tangent, (float, np.floating))
