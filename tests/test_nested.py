"""Derivatives of functions that take derivatives themselves: closed forms, differences, cases of the literature."""

import math

import numpy as np
import pytest

from sct_ad import ArgumentError, NoRuleError, UnsupportedError, grad, hvp, jvp, value_and_grad, vjp
from sct_ad.testing import check_grads


def quartic(x):
    return x**4 + math.sin(x)


def cubic(x, a):
    return a * x**3


def slope_squared(x, a):
    return cubic_slope(x, a) ** 2 + x


cubic_slope = grad(cubic)


def test_gradients_of_gradients_up_to_the_fourth():
    second = grad(grad(quartic))
    third, fourth = grad(second), grad(grad(second))
    x = 0.7
    assert second(x) == pytest.approx(12 * x**2 - math.sin(x), rel=1e-14)
    assert third(x) == pytest.approx(24 * x - math.cos(x), rel=1e-14)
    assert fourth(x) == pytest.approx(24 + math.sin(x), rel=1e-14)


def loop(x, n):
    y = x
    for _ in range(n):
        y = y * y * 0.5 + x
    return y


def test_fourth_derivative_of_a_loop():
    fourth = grad(grad(grad(grad(loop))))
    x, step = 0.3, 0.05
    third = grad(grad(grad(loop)))
    near = [third(x + k * step, 3) for k in (-2, -1, 1, 2)]
    wide = (near[0] - 8 * near[1] + 8 * near[2] - near[3]) / (12 * step)
    assert fourth(x, 3) == pytest.approx(wide, rel=1e-4)
    polynomial = np.polynomial.Polynomial([0.0, 1.0])
    y = polynomial
    for _ in range(3):
        y = y * y * 0.5 + polynomial
    assert fourth(x, 3) == pytest.approx(y.deriv(4)(x), rel=1e-12)


def test_a_gradient_in_a_function():
    x, a = 2.0, 3.0
    assert grad(slope_squared)(x, a) == pytest.approx(2 * 3 * a * x**2 * 6 * a * x + 1)
    by_a = grad(slope_squared, argnums=1)(x, a)
    assert by_a == pytest.approx(2 * 3 * a * x**2 * 3 * x**2)
    assert "f_hvp" not in grad(slope_squared).source(x, a)
    check_grads(slope_squared, (x, a), (0, 1))


def inner_product(x):
    """Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (IFL 2005): x * d/dy (x + y)."""
    return x * grad(lambda y: x + y)(1.0)


def inner_product_with_y(x):
    return x * grad(lambda y: x * y)(2.0)


def nested_twice(x):
    return x * grad(lambda y: y * grad(lambda z: x * y * z * z)(3.0))(2.0)


def test_no_perturbation_confusion():
    assert grad(inner_product)(1.0) == 1.0
    assert grad(inner_product_with_y)(3.0) == 6.0
    assert jvp(inner_product, (1.0,), (1.0,)) == (1.0, 1.0)
    assert jvp(inner_product_with_y, (3.0,), (1.0,)) == (9.0, 6.0)
    # d/dz x y z^2 = 6 x y, times y: d/dy 6 x y^2 = 24 x, times x
    assert nested_twice(1.5) == pytest.approx(24 * 1.5**2)
    assert grad(nested_twice)(1.5) == pytest.approx(48 * 1.5)


def shadowed(x):
    """The inner variable has the name of the outer one."""
    return x * grad(lambda x: x * x)(x)


def test_names_that_are_the_same():
    assert grad(shadowed)(3.0) == pytest.approx(4 * 3.0)


def energy(params, x):
    hidden = np.tanh(params["w"] @ x + params["b"])
    return np.sum(hidden**2)


def penalised(params, x):
    """A gradient penalty, as for Wasserstein critics (Gulrajani et al. 2017)."""
    slope = grad(energy, argnums=1)(params, x)
    return energy(params, x) + 0.1 * (np.sqrt(np.sum(slope**2)) - 1.0) ** 2


def test_gradient_penalty():
    rng = np.random.default_rng(3)
    params = {"w": rng.normal(size=(4, 3)), "b": rng.normal(size=4)}
    check_grads(penalised, (params, rng.normal(size=3)), (0, 1))


def ridge(w, data, target, penalty):
    return np.sum((data @ w - target) ** 2) + penalty * np.sum(w**2)


def fitted(penalty, data, target, steps):
    w = np.zeros(data.shape[1])
    for _ in range(steps):
        w = w - 0.01 * grad(ridge)(w, data, target, penalty)
    return np.sum((data @ w - 1.1 * target) ** 2)


def test_hypergradient_through_an_unrolled_optimiser():
    rng = np.random.default_rng(4)
    data, target = rng.normal(size=(6, 3)), rng.normal(size=6)
    check_grads(fitted, (0.3, data, target, 100), 0)
    value, slope = jvp(fitted, (0.3, data, target, 100), (1.0, None, None, None))
    assert slope == pytest.approx(grad(fitted)(0.3, data, target, 100), rel=1e-10)
    assert value == fitted(0.3, data, target, 100)


def newton_step(x, a):
    value, slope = value_and_grad(cubic)(x, a)
    return x - value / slope


def test_value_and_gradient_inside():
    check_grads(newton_step, (1.5, 2.0), (0, 1))


def curvature_along(x, v):
    return float(np.sum(hvp(rosenbrock)(x, v) * v))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_hessian_vector_products_inside():
    rng = np.random.default_rng(5)
    x, v = rng.normal(size=4), rng.normal(size=4)
    check_grads(curvature_along, (x, v), (0, 1))


def test_forward_mode_of_a_gradient_is_the_product_with_the_hessian():
    x, v = np.array([0.3, -0.4, 1.1]), np.array([1.0, 2.0, -0.5])
    slope, product = jvp(grad(rosenbrock), (x,), (v,))
    np.testing.assert_allclose(slope, grad(rosenbrock)(x), rtol=1e-14)
    np.testing.assert_allclose(product, hvp(rosenbrock)(x, v), rtol=1e-12)
    _, pull = vjp(grad(rosenbrock), x)
    np.testing.assert_allclose(pull(v)[0], product, rtol=1e-12)


def along(x, v):
    """The derivative of the energy along a direction that depends on the argument."""
    value, change = jvp(rosenbrock, (x,), (v * np.sum(x),))
    return value * 0.1 + change


def slope_in_forward_mode(x):
    return x * jvp(lambda y: x * y * y, (2.0,), (1.0,))[1]


def test_forward_mode_inside():
    rng = np.random.default_rng(6)
    check_grads(along, (rng.normal(size=4), rng.normal(size=4)), (0, 1))
    assert grad(slope_in_forward_mode)(3.0) == pytest.approx(8 * 3.0)
    assert jvp(slope_in_forward_mode, (3.0,), (1.0,))[1] == pytest.approx(24.0)


def test_arguments_by_keyword():
    assert grad(lambda x: cubic_slope(x, a=2.0))(3.0) == pytest.approx(36.0)


def scaled(x, *args, **options):
    return x * x * args[0] * args[1] ** 2 * options["k"] ** 3


def test_directions_of_variadic_arguments():
    assert hvp(scaled)(1.5, 2.0, 3.0, 1.0, k=0.5) == 2 * 2.0 * 9.0 * 0.125
    a, b, c = 1.5**2 * 0.125, 2.0, 3.0
    found = hvp(scaled, "args")(1.5, b, c, (1.0, 0.5), k=0.5)
    assert found == pytest.approx((a * 2 * c * 0.5, a * (2 * c * 1.0 + 2 * b * 0.5)))
    dx, options = hvp(scaled, (0, "options"))(1.5, 2.0, 3.0, 1.0, {"k": 0.2}, k=0.5)
    assert dx == pytest.approx(2 * 18.0 * 0.125 + 2 * 1.5 * 18.0 * 3 * 0.25 * 0.2)
    assert options["k"] == pytest.approx(2 * 1.5 * 18.0 * 3 * 0.25 + 1.5**2 * 18.0 * 6 * 0.5 * 0.2)
    with pytest.raises(ArgumentError, match="must be a tuple of 2"):
        hvp(scaled, "args")(1.5, 2.0, 3.0, 1.0, k=0.5)
    with pytest.raises(ArgumentError, match="must be a dict with the keys"):
        hvp(scaled, "options")(1.5, 2.0, 3.0, {"z": 1.0}, k=0.5)


def test_gradients_of_lambdas_inside():
    first = grad(lambda x: x**3)
    assert grad(lambda x: first(x) * 2.0)(1.5) == 12 * 1.5
    assert grad(grad(lambda x: x**3))(1.5) == 6 * 1.5


def test_what_is_refused():
    with pytest.raises(UnsupportedError, match="assigns outer names"):
        grad(assigns)(1.0)
    with pytest.raises(UnsupportedError, match="this call of jvp"):
        grad(lambda x: jvp(cubic)((x, 2.0), (1.0, None))[1])(1.0)
    with pytest.raises(NoRuleError, match="has_aux"):
        grad(lambda x: grad(lambda y: (y * y, y), has_aux=True)(x)[0])(1.0)


def assigns(x):
    count = 0

    def inner(y):
        nonlocal count
        count += 1
        return y * y

    return grad(inner)(x)
