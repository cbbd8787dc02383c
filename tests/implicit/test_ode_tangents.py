"""Second derivatives of solutions of differential equations, against closed forms and differences of gradients."""

import numpy as np
import pytest
from scipy.linalg import expm

from sct_ad import NoRuleError, grad, hessian, hvp, jvp, odeint
from tests.directions import moved, paired

TIMES = np.array([0.0, 0.4, 1.0])
MATRIX = np.array([[-0.5, 1.2, 0.1], [-1.1, -0.3, 0.4], [0.2, -0.6, -0.9]])
START = np.array([1.0, -0.5, 0.8])
WEIGHTS = np.array([0.7, 1.3, -0.4])


def growth(y, t, k):
    return k * y


def grown(k):
    return odeint(growth, 2.0, TIMES, k)[2]


def test_growth():
    expected = 2.0 * np.exp(0.7)
    assert hvp(grown)(0.7, 1.0) == pytest.approx(expected, rel=1e-8)
    assert grad(grad(grown))(0.7) == pytest.approx(expected, rel=1e-8)
    assert hessian(grown)(0.7) == pytest.approx(expected, rel=1e-8)
    assert jvp(grad(grown), (0.7,), (1.0,)) == pytest.approx((expected, expected), rel=1e-8)

    def slope(k):
        return jvp(grown, (k,), (1.0,))[1]

    assert jvp(slope, (0.7,), (1.0,)) == pytest.approx((expected, expected), rel=1e-8)


def linear(y, t, matrix):
    return matrix @ y


def by_odeint(matrix, y0):
    y = odeint(linear, y0, TIMES, matrix)
    return np.sum(WEIGHTS * y[2]) ** 2 + y[1, 0]


def by_exponential(matrix, y0):
    return np.sum(WEIGHTS * (expm(matrix) @ y0)) ** 2 + (expm(0.4 * matrix) @ y0)[0]


def test_linear_equations_by_the_matrix_exponential():
    rng = np.random.default_rng(2)
    along = rng.normal(size=(3, 3)), rng.normal(size=3)
    found = hvp(by_odeint, (0, 1))(MATRIX, START, *along)
    expected = hvp(by_exponential, (0, 1))(MATRIX, START, *along)
    for left, right in zip(found, expected):
        np.testing.assert_allclose(left, right, rtol=1e-6)

    def slope(matrix, y0, of_matrix, of_start):
        return jvp(by_odeint, (matrix, y0), (of_matrix, of_start))[1]

    _, second = jvp(slope, (MATRIX, START, *along), (*along, None, None))
    assert second == pytest.approx(paired(list(expected), list(along))[0], rel=1e-6)


def pendulum(state, t, parameters, count):
    return {
        "angle": state["speed"] * count,
        "speed": -parameters["g"] * np.sin(state["angle"]) + parameters["drive"][0] * np.cos(t),
    }


def swung(start, times, parameters):
    found = odeint(pendulum, start, times, parameters, 1)
    return np.sum(found["angle"] ** 2 * np.arange(4.0)) + found["speed"][2] * found["angle"][3]


def test_containers_and_times_that_move():
    """Two of the times are equal, and move apart."""
    args = ({"angle": 0.7, "speed": -0.2}, np.array([0.1, 0.5, 0.5, 1.2]), {"g": 2.0, "drive": np.array([0.4])})
    along = ({"angle": 0.3, "speed": 0.5}, np.array([0.2, -0.3, 0.4, 0.1]), {"g": -0.6, "drive": np.array([0.8])})
    weights = ({"angle": 1.3, "speed": -0.4}, np.array([0.5, 0.2, -0.7, 0.3]), {"g": 0.9, "drive": np.array([0.2])})
    apart = (args[0], np.array([0.1, 0.45, 0.55, 1.2]), args[2])
    gradient = grad(swung, (0, 1, 2))

    def change(step):
        return paired(list(gradient(*map(moved, apart, along, [step] * 3))), list(weights))[0]

    got = paired(list(hvp(swung, (0, 1, 2))(*apart, *along)), list(weights))[0]
    expected = (8.0 * (change(1e-2) - change(-1e-2)) - (change(2e-2) - change(-2e-2))) / 12e-2
    assert got == pytest.approx(expected, rel=1e-5)
    near = (args[0], np.array([0.1, 0.5 - 1e-7, 0.5 + 1e-7, 1.2]), args[2])  # no time passes, and next to none
    together = paired(list(hvp(swung, (0, 1, 2))(*args, *along)), list(weights))[0]
    assert together == pytest.approx(paired(list(hvp(swung, (0, 1, 2))(*near, *along)), list(weights))[0], rel=1e-5)


def test_backward_in_time():
    times = TIMES[::-1].copy()

    def back(k):
        return odeint(growth, 2.0, times, k)[2] ** 2

    assert hvp(back)(0.7, 1.0) == pytest.approx(16.0 * np.exp(-1.4), rel=1e-7)


def test_what_is_refused():
    def slope(times):
        return jvp(lambda t: odeint(growth, 2.0, t, 0.7)[2], (times,), (np.ones(3),))[1]

    with pytest.raises(NoRuleError, match="by its times"):
        jvp(slope, (TIMES,), (np.ones(3),))
    with pytest.raises(NoRuleError, match="a part of the derivative of a solution of equations"):
        grad(grad(grad(grown)))(0.7)
