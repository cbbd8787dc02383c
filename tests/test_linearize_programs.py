"""linearize of the programs: the tangent of forward mode, as often as asked, whatever happens to the arguments."""

import copy
import zlib

import numpy as np
import pytest

from sct_ad import NoRuleError, UnsupportedError, jvp, linearize
from tests.directions import direction
from tests.examine import BY_NAME, SAMPLE
from tests.numerical import assert_close, identical, leaves
from tests.test_pullback_programs import overwrite

REFUSED = {"smoothed_image": "a derivative by sigma"}
"""Programs that it refuses: one with an argument that is no constant here."""


@pytest.mark.parametrize("name", SAMPLE[::5])
def test_the_linear_map_is_the_tangent(name):
    program = BY_NAME[name]
    args, again = program.args(), program.args()
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    tangents = [direction(arg, rng) if k in program.argnums else None for k, arg in enumerate(args)]
    if name in REFUSED:
        with pytest.raises((UnsupportedError, NoRuleError), match=REFUSED[name]), program.undone():
            linearize(program.function, *args)
        return
    with program.undone():
        _, expected = jvp(program.function, program.args(), tangents)
    with program.undone():
        value, linear = linearize(program.function, *args)
        assert identical(value, program.primal(*program.args()))
        shared = [a for a, b in zip(leaves(args), leaves(again)) if isinstance(a, np.ndarray) and a is b]
        overwrite(args, shared)
        overwrite(value, shared)
        found = linear(*tangents)
        first = copy.deepcopy(found)
        overwrite(found, [leaf for leaf in leaves(tangents) if isinstance(leaf, np.ndarray)])
        assert_close(first, expected, 1e-4 if "float32" in program.tags else 1e-12)
        assert identical(linear(*tangents), first)
