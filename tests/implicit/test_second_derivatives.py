"""Second and higher derivatives of solutions of equations, against closed forms and differences of gradients."""

import numpy as np
import pytest
from scipy import optimize

from sct_ad import NoRuleError, custom_root, fixed_point, grad, hessian, hvp, jvp
from tests.directions import moved, paired

root = custom_root(lambda x0, a: a**0.5, lambda x, a: x**2 - a)
settled = fixed_point(lambda x, a: 0.5 * (x + a / x))


def potential(x, a):
    return 0.25 * x**4 - a * x


minimum = custom_root(lambda x0, a: np.cbrt(a), grad(potential))


def of_root(a):
    return root(1.0, a)


def of_settled(a):
    return settled(1.0, a)


def of_minimum(a):
    return minimum(1.0, a)


def power(p, order, a):
    """The derivative of a ** p."""
    return np.prod(p - np.arange(order)) * a ** (p - order)


CASES = [(of_root, 0.5), (of_settled, 0.5), (of_minimum, 1.0 / 3.0)]


@pytest.mark.parametrize("function, p", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_second_derivatives_are_those_of_the_power(function, p):
    expected = power(p, 2, 4.0)
    assert hvp(function)(4.0, 1.0) == pytest.approx(expected, rel=1e-10)
    assert hvp(function)(4.0, -2.0) == pytest.approx(-2.0 * expected, rel=1e-10)
    assert hessian(function)(4.0) == pytest.approx(expected, rel=1e-10)
    assert jvp(grad(function), (4.0,), (1.0,)) == pytest.approx((power(p, 1, 4.0), expected), rel=1e-10)

    def slope(a):
        return jvp(function, (a,), (1.0,))[1]

    assert jvp(slope, (4.0,), (1.0,)) == pytest.approx((power(p, 1, 4.0), expected), rel=1e-10)


@pytest.mark.parametrize("function, p", CASES[:2], ids=lambda v: getattr(v, "__name__", ""))
def test_derivatives_of_all_orders_by_nested_tangents(function, p):
    def first(a):
        return jvp(function, (a,), (1.0,))[1]

    def second(a):
        return jvp(first, (a,), (1.0,))[1]

    def third(a):
        return jvp(second, (a,), (1.0,))[1]

    assert jvp(second, (4.0,), (1.0,)) == pytest.approx((power(p, 2, 4.0), power(p, 3, 4.0)), rel=1e-9)
    assert jvp(third, (4.0,), (1.0,))[1] == pytest.approx(power(p, 4, 4.0), rel=1e-8)


def test_gradients_of_gradients():
    assert grad(grad(of_root))(4.0) == pytest.approx(-1.0 / 32.0)
    assert grad(grad(lambda a: root(1.0, a) ** 3))(4.0) == pytest.approx(0.375)


def residual(x, matrix, offset, count, names):
    return matrix @ x + x**3 * count - offset["b"] * names[1]


def newton(x0, *params):
    return optimize.root(residual, x0, params, tol=1e-13)


solve = custom_root(newton, residual)
MATRIX = np.array([[3.0, 0.5, -0.2], [0.1, 2.0, 0.4], [0.3, -0.6, 4.0]])
OFFSET = {"b": np.array([0.7, -1.2, 2.0])}


def of_solution(matrix, offset, scale):
    x = solve(np.zeros(3), matrix, offset, 2, (1, scale))
    return np.sum(x**2 * np.array([0.5, 1.5, -0.8])) * scale


def of_loop(matrix, offset, scale):
    x = np.zeros(3)
    total = 0.0
    for k in range(3):
        x = solve(x, matrix + 0.1 * k, {"b": offset["b"] + x}, 1, (1, scale))
        total = total + np.sum(np.sin(x))
    return total


def energy(x, matrix, offset, scale):
    return 0.5 * x @ matrix @ matrix.T @ x + np.sum(x**4) - scale * (x @ offset["b"])


def newton_steps(x0, *params):
    x, slope, curvature = x0, grad(energy), hessian(energy)
    for _ in range(30):
        x = x - np.linalg.solve(curvature(x, *params), slope(x, *params))
    return x


least = custom_root(newton_steps, grad(energy))


def of_least(matrix, offset, scale):
    return np.sum(np.exp(least(np.zeros(3), matrix, offset, scale)))


def parts(x, a):
    return [x["u"] ** 3 + np.sum(x["v"]) - a[0], x["v"] * np.exp(x["v"]) - x["u"] * a[1:]]


def find(x0, a):
    def flat(y):
        u, v = parts({"u": y[0], "v": y[1:]}, a)
        return np.append(u, v)

    found = optimize.root(flat, np.append(x0["u"], x0["v"]), tol=1e-13).x
    return {"u": float(found[0]), "v": found[1:]}


container = custom_root(find, parts)


def of_container(a):
    x = container({"u": 1.0, "v": np.ones(2)}, a)
    return x["u"] * np.sum(x["v"] ** 2)


def test_unknowns_in_containers():
    a, along = np.array([2.0, 0.8, 1.4]), np.array([0.3, -0.7, 0.5])
    gradient = grad(of_container)
    expected = (gradient(a + 1e-5 * along) - gradient(a - 1e-5 * along)) / 2e-5
    np.testing.assert_allclose(hvp(of_container)(a, along), expected, rtol=1e-6)

    def slope(a, along):
        return jvp(of_container, (a,), (along,))[1]

    assert jvp(slope, (a, along), (along, None))[1] == pytest.approx(along @ expected, rel=1e-6)


@pytest.mark.parametrize("function", [of_solution, of_loop, of_least], ids=lambda f: f.__name__)
def test_products_are_changes_of_the_gradient(function):
    rng = np.random.default_rng(4)
    args = (MATRIX, OFFSET, 1.3)
    along = (rng.normal(size=(3, 3)), {"b": rng.normal(size=3)}, 0.4)
    weights = (rng.normal(size=(3, 3)), {"b": rng.normal(size=3)}, 1.1)
    gradient = grad(function, (0, 1, 2))

    def change(step):
        return paired(list(gradient(*map(moved, args, along, [step] * 3))), list(weights))[0]

    got = paired(list(hvp(function, (0, 1, 2))(*args, *along)), list(weights))[0]
    expected = (8.0 * (change(1e-4) - change(-1e-4)) - (change(2e-4) - change(-2e-4))) / 12e-4
    assert got == pytest.approx(expected, rel=2e-6)
    for position in range(3):  # the others do not move
        product = hvp(function, position)(*args, along[position])
        partial = grad(function, position)

        def moving(step, position=position, partial=partial):
            given = list(args)
            given[position] = moved(args[position], along[position], step)
            return paired([partial(*given)], [weights[position]])[0]

        expected = (8.0 * (moving(1e-4) - moving(-1e-4)) - (moving(2e-4) - moving(-2e-4))) / 12e-4
        assert paired([product], [weights[position]])[0] == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("function", [of_solution, of_loop, of_least], ids=lambda f: f.__name__)
def test_tangents_of_tangents(function):
    rng = np.random.default_rng(5)
    args = (MATRIX, OFFSET, 1.3)
    along = (rng.normal(size=(3, 3)), {"b": rng.normal(size=3)}, 0.4)

    of_matrix, of_offset, of_scale = along

    def slope(matrix, offset, scale):
        return jvp(function, (matrix, offset, scale), (of_matrix, of_offset, of_scale))[1]

    def slope_at(step):
        return jvp(function, tuple(map(moved, args, along, [step] * 3)), along)[1]

    _, found = jvp(slope, args, along)
    assert found == pytest.approx(paired(list(hvp(function, (0, 1, 2))(*args, *along)), list(along))[0], rel=1e-9)
    assert found == pytest.approx((slope_at(1e-5) - slope_at(-1e-5)) / 2e-5, rel=1e-5)


def test_products_with_jacobians_alone():
    by_products = custom_root(newton, residual, linear_solve="gmres")

    def other(matrix, offset, scale):
        x = by_products(np.zeros(3), matrix, offset, 2, (1, scale))
        return np.sum(x**2 * np.array([0.5, 1.5, -0.8])) * scale

    expected = hvp(of_solution)(MATRIX, OFFSET, 1.3, np.ones((3, 3)))
    np.testing.assert_allclose(hvp(other)(MATRIX, OFFSET, 1.3, np.ones((3, 3))), expected, rtol=1e-7)


def test_what_is_refused():
    with pytest.raises(NoRuleError, match=r"(?s)a solution of equations.*nested jvp"):
        grad(grad(grad(of_root)))(4.0)
    with pytest.raises(NoRuleError, match=r"(?s)a solution of equations.*jvp of the gradient"):
        grad(lambda a: jvp(of_root, (a,), (1.0,))[1])(4.0)
