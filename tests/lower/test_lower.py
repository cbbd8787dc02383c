"""What the lowering makes of statements, and what it must leave alone."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.lower.entry import lower_to_vectors
from tests.lower.lowering import PASSES, PLACE, lowered_gradient, lowered_text, lowering


def chain(x, y):
    z = np.exp(x) * np.sin(y) + x**2
    return np.sum(np.log(1.0 + z * z))


def test_a_chain_is_one_loop_without_arrays_for_what_lies_between():
    text = lowered_text(chain, (0, 1), np.ones(3), np.ones(3))
    assert text.count("for ") == 1
    assert text.count("np.empty") == 2


def test_operands_of_other_sizes_are_refused_as_by_numpy():
    with pytest.raises(ValueError, match="broadcast"):
        lowered_gradient(chain, (0, 1), np.ones(3), np.ones(4))


def test_a_size_of_one_is_broadcast():
    x, y = np.array([0.3, 0.4, 0.5]), np.array([0.7])
    bx, by = lowered_gradient(chain, (0, 1), x, y)
    wide = lowered_gradient(chain, (0, 1), x, np.full(3, 0.7))
    np.testing.assert_allclose(bx, wide[0], rtol=1e-13)
    np.testing.assert_allclose(by, [wide[1].sum()], rtol=1e-13)


def shifted(x):
    x[1:] += 2.0 * x[:-1]
    return np.sum(x**2)


def test_an_update_reads_what_was_there_before_it():
    found = lowered_gradient(shifted, 0, np.array([1.0, 2.0, 3.0, 4.0]))
    moved = np.array([[1.0, 0, 0, 0], [2, 1, 0, 0], [0, 2, 1, 0], [0, 0, 2, 1]])
    np.testing.assert_allclose(found, 2.0 * moved.T @ moved @ [1.0, 2.0, 3.0, 4.0])


def growing(x):
    return np.sum(np.exp(x) + np.tanh(x) * np.log(x * x + 1.0))


def test_functions_for_vector_instructions_where_they_are_asked_for():
    x = np.linspace(-2.0, 3.0, 11)
    with lowering([*PASSES[:PLACE], ("lower", lower_to_vectors), *PASSES[PLACE:]]):
        function = grad(growing)
        assert "vector_exp(x[i])" in function.stages(x)["text"]
        found = function(x)
    np.testing.assert_allclose(found, grad(growing)(x), rtol=1e-13)
    assert "vector" not in lowered_text(growing, 0, x)


def waves(x, y):
    return np.sum(np.sin(x) * np.cos(y * x))


@pytest.mark.parametrize("size", [1.0, 1e7, np.inf])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_sines_of_large_arguments_are_computed_once_more(size):
    x, y = np.array([0.3, -0.7, size]), np.array([1.1, 1.2, 1.3])
    with lowering([*PASSES[:PLACE], ("lower", lower_to_vectors), *PASSES[PLACE:]]):
        found = grad(waves, argnums=(0, 1))(x, y)
    for one, other in zip(found, grad(waves, argnums=(0, 1))(x, y)):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def single(x):
    return np.sum(np.exp(0.1 * x) / 3.0 + x**2)


def test_single_precision_stays_single():
    x = np.array([0.25, 1.5], np.float32)
    found = lowered_gradient(single, 0, x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 0.1 * np.exp(0.1 * x) / 3.0 + 2.0 * x, rtol=1e-6)


def largest(x):
    return np.sum(np.max(x, axis=1))


def test_the_maximum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="zero-size"):
        lowered_gradient(largest, 0, np.ones((3, 0)))


def reciprocal(x):
    return np.sum(1.0 / x)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_division_by_zero_is_infinite():
    assert lowered_gradient(reciprocal, 0, np.array([0.0, 2.0])).tolist() == [-np.inf, -0.25]


def scaled(x, s):
    return np.sum(np.sin(x) * (s * 3.0))


def test_scalars_are_computed_before_the_loops():
    text = lowered_text(scaled, 0, np.ones(3), 2.0)
    before, loop = text.split("for i")
    assert "3.0 * s" in before
    assert "3.0" not in loop
