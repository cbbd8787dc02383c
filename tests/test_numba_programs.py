"""One in 25 of the ordinary programs by the Numba backend, against the Python backend: it agrees, or it refuses.

Some that once were refused are there as well.

All of them would take half an hour, as each is compiled. Which ones it is depends on the name alone.
"""

import copy
import zlib

import pytest

from sct_ad import UnsupportedError, grad
from tests.examine import without_generators
from tests.lower.test_programs import assert_equal_but_for_rounding
from tests.numerical import identical
from tests.programs import PROGRAMS

pytest.importorskip("numba")

SAMPLE = [program for program in PROGRAMS if zlib.crc32(program.name.encode()) % 25 == 0]
ALSO = set(
    """
array_methods array_without_dimensions arrays_popped arrays_under_keys arrays_updated_in_place cumulative_products
cumulative_products_empty factor_that_is_real_on_one_path for_target_after_loop gram_schmidt_energy masks_in_a_list
pairs_store reshape_written rest_after_an_inner_loop rest_of_the_last_trip spectral_loss statistics_of_complex_numbers
tuple_of_index_arrays view_or_copy_in_a_branch
""".split()
)
"""Programs that Numba compiles as they are, so that it has to compile their gradients."""
SAMPLE += [program for program in PROGRAMS if program.name in ALSO and program not in SAMPLE]
REFUSED = set(
    """
argument_looked_up coulomb_energy draws_from_a_seed global_written_in_a_loop_without_trips
hidden_markov_forward horner_at_a_complex_point logged_training match_on_a_larger_float roots_pushed_apart
try_inside_while try_match_together_square unreachable_states vectorized_in_a_loop
""".split()
)
"""Those of the sample that Numba cannot compile."""


@pytest.mark.parametrize("program", SAMPLE, ids=lambda program: program.name)
def test_agrees_with_python_or_is_refused(program):
    gradient = grad(program.function, argnums=program.argnums, backend="numba")
    args = program.args()
    if program.name in REFUSED:
        with program.undone(), pytest.raises(UnsupportedError, match="Numba"):
            gradient(*args)
        return
    with program.undone():
        expected = copy.deepcopy(grad(program.function, argnums=program.argnums)(*program.args()))
    with program.undone():
        found = gradient(*args)
    assert_equal_but_for_rounding(found, expected)
    assert identical(without_generators(args), without_generators(program.args()))
