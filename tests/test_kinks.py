"""Derivatives where the mathematics has none: the documented conventions."""

import math

import numpy as np
import pytest

from sct_ad import grad


def gradient_at(function, *args, argnums=0):
    """The gradient, with the warnings of the primal itself (roots of negative numbers and such) silenced."""
    with np.errstate(all="ignore"):
        return grad(function, argnums=argnums)(*args)


# --- absolute value, sign, rounding ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: abs(x),
        lambda x: math.fabs(x),
        lambda x: np.abs(x),
        lambda x: np.absolute(x),
        lambda x: np.fabs(x),
        lambda x: abs(x) * 3.0 + np.sign(x) + math.copysign(0.0, x),
        lambda x: math.floor(x) + math.ceil(x) + np.floor(x) + np.round(x) + np.sign(x),
    ],
)
def test_absolute_value_and_steps_at_zero(function):
    gradient = gradient_at(function, 0.0)
    assert gradient == 0.0
    assert type(gradient) is float


def test_absolute_value_of_arrays():
    assert gradient_at(lambda x: np.sum(np.abs(x)), np.array([-2.0, 0.0, 3.0])).tolist() == [-1.0, 0.0, 1.0]
    assert gradient_at(lambda x: abs(x).sum(), np.zeros((2, 2), np.float32)).tolist() == [[0.0] * 2] * 2
    assert gradient_at(lambda x: np.linalg.norm(x, 1), np.array([0.0, 2.0])).tolist() == [0.0, 1.0]


# --- ties share equally ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: np.maximum(x, y),
        lambda x, y: np.minimum(x, y),
        lambda x, y: max(x, y),
        lambda x, y: min(x, y),
        lambda x, y: np.max(np.array([x, y])),
        lambda x, y: np.array([x, y]).min(),
        lambda x, y: max([x, y]),
        lambda x, y: min((x, y)),
    ],
)
def test_ties_of_two(function):
    assert gradient_at(function, 1.5, 1.5, argnums=(0, 1)) == (0.5, 0.5)


@pytest.mark.parametrize("function", [max, min], ids=["max", "min"])
def test_ties_of_three(function):
    got = gradient_at(lambda x, y, z: function(x, y, z), 2.0, 2.0, 2.0, argnums=(0, 1, 2))
    assert got == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_maximum_against_itself_and_constants():
    assert gradient_at(lambda x: np.maximum(x, 0.0 * x), 0.0) == 0.5
    assert gradient_at(lambda x: np.maximum(x, 0.0), 0.0) == 0.5
    assert gradient_at(lambda x: max(x, 0.0), 0.0) == 0.5
    assert gradient_at(lambda x: np.maximum(x, x), 1.0) == 1.0
    assert gradient_at(lambda x: max(x, x), 1.0) == 1.0


def test_ties_in_arrays():
    x = np.array([1.0, 3.0, 3.0, 2.0])
    assert gradient_at(lambda x: np.max(x), x).tolist() == [0.0, 0.5, 0.5, 0.0]
    assert gradient_at(lambda x: x.max() * 2.0, x).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert gradient_at(lambda x: np.min(x), np.full(4, 7.0)).tolist() == [0.25] * 4
    assert gradient_at(lambda x: max(x), x).tolist() == [0.0, 0.5, 0.5, 0.0]
    matrix = np.array([[1.0, 1.0, 0.0], [2.0, 0.0, 2.0]])
    rows = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    assert gradient_at(lambda x: np.sum(np.max(x, axis=1)), matrix).tolist() == rows
    assert gradient_at(lambda x: np.sum(np.max(x, axis=1, keepdims=True)), matrix).tolist() == rows
    assert gradient_at(lambda x: np.sum(-np.min(-x, axis=-1)), matrix).tolist() == rows
    assert gradient_at(lambda x: np.max(x), matrix).tolist() == [[0.0, 0.0, 0.0], [0.5, 0.0, 0.5]]


def test_elementwise_ties_with_broadcasting():
    x, y = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1.0, 0.0])
    gradient = gradient_at(lambda x, y: np.sum(np.maximum(x, y)), x, y, argnums=(0, 1))
    assert gradient[0].tolist() == [[0.5, 1.0], [1.0, 0.5]]
    assert gradient[1].tolist() == [0.5, 0.5]


# --- clip ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [lambda x: np.sum(np.clip(x, 0.0, 1.0)), lambda x: x.clip(0.0, 1.0).sum()],
    ids=["function", "method"],
)
def test_clip_at_its_bounds(function):
    x = np.array([-0.5, 0.0, 0.5, 1.0, 1.5])
    assert gradient_at(function, x).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_clip_of_a_float():
    for x, expected in [(-0.5, 0.0), (0.0, 1.0), (1.0, 1.0), (2.0, 0.0)]:
        assert gradient_at(lambda x: np.clip(x, 0.0, 1.0), x) == expected


# --- powers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [lambda x: x**0.0, lambda x: x**0, lambda x: np.power(x, 0.0), lambda x: pow(x, 0)]
)
def test_power_zero_at_zero(function):
    gradient = gradient_at(function, 0.0)
    assert gradient == 0.0
    assert type(gradient) is float


def test_powers_at_zero():
    assert gradient_at(lambda x: np.sum(x**0.0), np.array([0.0, 2.0])).tolist() == [0.0, 0.0]
    assert gradient_at(lambda x, n: x**n, 0.0, 0.0) == 0.0
    assert gradient_at(lambda x, n: np.sum(x**n), np.zeros(2), np.array([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert gradient_at(lambda x: x**1, 0.0) == 1.0
    assert gradient_at(lambda x: x**1.0, 0.0) == 1.0
    assert gradient_at(lambda x: x**2, 0.0) == 0.0
    assert gradient_at(lambda x: x**3.0, -2.0) == 12.0
    assert gradient_at(lambda x: np.sum(x**2), np.array([0.0, -3.0])).tolist() == [0.0, -6.0]
    assert gradient_at(lambda x: np.sum(x**3.0), np.array([0.0, -2.0])).tolist() == [0.0, 12.0]
    assert gradient_at(lambda x: x**-2, -2.0) == pytest.approx(0.25)


def test_exponent_when_the_base_is_not_positive():
    assert gradient_at(lambda x, y: x**y, 0.0, 2.0, argnums=(0, 1)) == (0.0, 0.0)
    gradient = gradient_at(lambda x, y: np.sum(x**y), np.array([0.0, 2.0]), np.array([2.0, 3.0]), argnums=1)
    assert gradient[0] == 0.0
    assert gradient[1] == pytest.approx(8.0 * math.log(2.0))


# --- norms and deviations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.linalg.norm(x),
        lambda x: np.linalg.norm(x, 2),
        lambda x: np.linalg.norm(x * 3.0) * 2.0,
        lambda x: np.std(x),
        lambda x: x.std() * 4.0,
        lambda x: np.std(x, ddof=1),
    ],
)
def test_norm_and_deviation_of_zeros(function):
    assert gradient_at(function, np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_deviation_of_equal_entries():
    assert gradient_at(lambda x: np.std(x), np.full(4, 2.5)).tolist() == [0.0] * 4
    matrix = np.array([[1.0, 1.0], [1.0, 3.0]])
    gradient = gradient_at(lambda x: np.sum(np.std(x, axis=1)), matrix)
    assert gradient.tolist() == [[0.0, 0.0], [-0.5, 0.5]]


def test_norm_along_an_axis_with_a_row_of_zeros():
    matrix = np.array([[0.0, 0.0], [3.0, 4.0]])
    expected = [[0.0, 0.0], [0.6, 0.8]]
    assert gradient_at(lambda x: np.sum(np.linalg.norm(x, axis=1)), matrix) == pytest.approx(np.array(expected))
    assert gradient_at(lambda x: np.linalg.norm(x), np.zeros((2, 2))).tolist() == [[0.0, 0.0]] * 2


# --- products --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([0.0, 3.0], [3.0, 0.0]),
        ([2.0, 0.0, 5.0], [0.0, 10.0, 0.0]),
        ([0.0, 0.0, 5.0], [0.0, 0.0, 0.0]),
        ([2.0, -3.0, 5.0], [-15.0, 10.0, -6.0]),
        ([0.0], [1.0]),
        ([], []),
    ],
)
def test_product_with_zeros(entries, expected):
    x = np.array(entries)
    assert gradient_at(lambda x: np.prod(x), x).tolist() == pytest.approx(expected)
    assert gradient_at(lambda x: x.prod(), x).tolist() == pytest.approx(expected)


def test_product_along_an_axis_with_zeros():
    matrix = np.array([[0.0, 3.0], [2.0, 4.0], [0.0, 0.0]])
    expected = [[3.0, 0.0], [4.0, 2.0], [0.0, 0.0]]
    assert gradient_at(lambda x: np.sum(np.prod(x, axis=1)), matrix).tolist() == expected
    assert gradient_at(lambda x: np.sum(np.prod(x, axis=1, keepdims=True)), matrix).tolist() == expected
    assert gradient_at(lambda x: np.prod(x), np.array([[0.0, 3.0], [2.0, 4.0]])).tolist() == [[24.0, 0.0], [0.0, 0.0]]


# --- the untaken side ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0 * x)), [0.0, 0.0, 0.25]),
        (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), [0.0, 0.0, 0.25]),
        (lambda x: np.sum(np.where(x <= 0, 0.0, np.sqrt(x))), [0.0, 0.0, 0.25]),
        (lambda x: np.sum(np.where(x > 0, np.log(x), x)), [1.0, 1.0, 0.25]),
        (lambda x: np.sum(np.where(x > 0, 1.0 / x, x * 2)), [2.0, 2.0, -1 / 16]),
        (lambda x: np.sum(np.where(x > 0, x**0.5, 0.0)), [0.0, 0.0, 0.25]),
        (lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)), [0.0, 0.0, math.log(4.0) + 1]),
        (lambda x: np.sum(np.where(x > 0, np.where(x > 3, np.sqrt(x - 3), 0.0), x)), [1.0, 1.0, 0.5]),
        (lambda x: np.sum(np.where(x > 0, np.exp(np.sqrt(x)) / np.sqrt(x), 0.0)), [0.0, 0.0, math.exp(2) / 16]),
    ],
)
def test_where_masks_the_untaken_side(function, expected):
    assert gradient_at(function, np.array([-1.0, 0.0, 4.0])).tolist() == pytest.approx(expected)


def test_where_of_a_float():
    def f(x):
        return np.where(x > 0, np.sqrt(x), 0.0 * x)

    assert gradient_at(f, -1.0) == 0.0
    assert gradient_at(f, 0.0) == 0.0
    assert gradient_at(f, 4.0) == 0.25


def test_where_through_names_that_are_used_elsewhere():
    def f(x):
        root = np.sqrt(x)
        positive = x > 0
        y = np.where(positive, root, -x)
        z = np.where(positive, root * 2.0, 0.0)
        return np.sum(y + z)

    assert gradient_at(f, np.array([-1.0, 4.0])).tolist() == pytest.approx([-1.0, 0.75])


def test_where_with_broadcast_arms():
    def f(x, c):
        return np.sum(np.where(x > 0, c * np.sqrt(x), 1.0))

    x, c = np.array([[-1.0, 4.0], [0.0, 9.0]]), np.array([2.0, 3.0])
    gradient = gradient_at(f, x, c, argnums=(0, 1))
    assert gradient[0] == pytest.approx(np.array([[0.0, 0.75], [0.0, 0.5]]))
    assert gradient[1].tolist() == pytest.approx([0.0, 5.0])


def test_boolean_selection_masks_the_rest():
    def selected(x):
        return np.sum(np.sqrt(x)[x > 0])

    def stored(x):
        y = np.zeros_like(x)
        positive = x > 0
        y[positive] = np.sqrt(x[positive])
        return np.sum(y)

    def overwritten(x):
        y = np.sqrt(x)
        y[x <= 0] = 0.0
        return np.sum(y)

    def overwritten_by_values(x):
        y = np.log(x)
        y[x <= 0] = x[x <= 0]
        return np.sum(y)

    x = np.array([-1.0, 0.0, 4.0])
    assert gradient_at(selected, x).tolist() == pytest.approx([0.0, 0.0, 0.25])
    assert gradient_at(stored, x).tolist() == pytest.approx([0.0, 0.0, 0.25])
    assert gradient_at(overwritten, x).tolist() == pytest.approx([0.0, 0.0, 0.25])
    assert gradient_at(overwritten_by_values, x).tolist() == pytest.approx([1.0, 1.0, 0.25])


def test_branches_take_the_side_that_ran():
    assert gradient_at(lambda x: math.sqrt(x) if x > 0 else 0.0, 0.0) == 0.0
    assert gradient_at(lambda x: math.sqrt(x) if x > 0 else 0.0 * x, -1.0) == 0.0
    assert gradient_at(lambda x: x if x > 0 else 0.0, 0.0) == 0.0

    def relu(x):
        return np.where(x > 0, x, 0.0)

    assert gradient_at(lambda x: np.sum(relu(x)), np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.0, 1.0]


def test_a_gradient_that_is_infinite_stays_infinite():
    assert gradient_at(lambda x: np.sqrt(x), 0.0) == math.inf
    assert gradient_at(lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0])).tolist() == [math.inf, 0.25]


def test_infinite_and_nan_inputs_stay_local():
    x = np.array([1.0, math.inf, math.nan])
    gradient = gradient_at(lambda x: np.sum(x * x), x)
    assert gradient[0] == 2.0 and gradient[1] == math.inf and math.isnan(gradient[2])
