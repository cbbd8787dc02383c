"""Real parts in emitted texts: none in programs of real numbers, and none of what is real already."""

import re

import numpy as np
import pytest

from sct_ad import grad
from tests.examine import BY_NAME, text_of
from tests.numerical import leaves
from tests.programs import PROGRAMS

# What makes complex numbers of real ones, as texts show it.
_COMPLEX = re.compile(
    r"\dj\b|\b(complex\w*|cmath|emath|eig|eigvals|\w*fftn?2?|hilbert|sqrtm|logm|\w*roots|angle|sosfreqz|freqz)\b"
)
_REAL_PART = re.compile(r"\.real\b(?!\()|\breal_part_if_real\(|\brequire_real\(")
_UNKNOWN = [
    "momentum_per_name", "optimiser_with_state", "unrolled_training", "try_shapes", "try_shapes_that_do_not_fit",
    "scalar_becomes_array", "list_slots_filled_in_a_loop", "vectorized_functions", "cholesky_with_scaled_jitter",
    "reused_factors", "words_counted", "largest_and_smallest", "draws_from_a_seed", "fit_and_its_singular_values", "diffusion_on_a_graph",
]  # fmt: skip
"""Programs of real numbers of which the types do not show it."""


def _text(program):
    return text_of(grad, program.name)


def _has_complex_arguments(program):
    return any(np.iscomplexobj(leaf) for leaf in leaves(program.args()) if isinstance(leaf, (complex, np.ndarray)))


WITH_COMPLEX = [p.name for p in PROGRAMS if "complex" in p.tags or _has_complex_arguments(p)]
REAL = [p.name for p in PROGRAMS[::20] if p.name not in WITH_COMPLEX]


def test_there_are_programs_of_both_kinds():
    assert len(WITH_COMPLEX) >= 20 and len(REAL) >= 40


@pytest.mark.parametrize("name", WITH_COMPLEX)
def test_no_real_part_of_a_real_part(name):
    text = _text(BY_NAME[name])
    assert ".real.real" not in text
    assert ".real.T.real" not in text


@pytest.mark.parametrize("name", sorted({*_UNKNOWN, *REAL}))
def test_no_real_parts_where_all_is_real(name):
    text = _text(BY_NAME[name])
    if not _COMPLEX.search(text):
        assert not _REAL_PART.search(text)


def norms_of_complex_signals(z, x):
    y = z * x
    return np.sum(np.convolve(np.abs(y), x, "same") * np.interp(x, np.sort(x), np.abs(z)))


def test_cotangents_that_come_in_tuples_are_known_to_be_real():
    z, x = np.array([1.0 + 2.0j, 0.5 - 1.0j, 2.0 + 0.0j]), np.array([0.3, 1.4, 0.9])
    text = grad(norms_of_complex_signals, argnums=(0, 1)).source(z, x)
    assert "convolve_cotangents" in text and "interp_cotangents" in text
    assert text.count(".real") == 1  # of the cotangent of x in z * x
