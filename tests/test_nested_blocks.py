"""Derivatives of functions that call jacobian, hessian, vjp and linearize themselves."""

import math
from functools import partial

import numpy as np
import pytest

from sct_ad import (
    UnsupportedError,
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_jacobian,
    vjp,
)
from sct_ad.testing import check_grads
from tests.numerical import assert_close

X = np.array([0.3, -0.4, 1.1])
V = np.array([1.0, 2.0, -0.5])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def waves(x):
    return np.sin(x) * x[0] + np.array([1.0, 2.0, 3.0]) * x[1] ** 2


def tall(t):
    return np.arange(1.0, 6.0) * t[0] ** 2 + t[1] ** 3


def pair(x, a):
    return {"u": np.tanh(x * a), "n": 3, "s": (np.sum(x**2) * a, x)}


def loss(W, b, x):
    return np.sum(np.tanh(W @ x + b) ** 2)


PAIR_JACOBIAN = jacobian(pair, argnums=(0, 1))
PAIR_PULLBACK = vjp(pair)
PAIR_LINEAR = linearize(pair)
SPARSE = jacobian(waves, sparsity="auto")
LOSS_HESSIAN = hessian(loss, argnums=(0, 1))


def total(tree):
    """A nonlinear function of all numbers in a structure."""
    if isinstance(tree, dict):
        return sum([total(item) for item in tree.values()])
    if isinstance(tree, (tuple, list)):
        return sum([total(item) for item in tree])
    return 0.0 if tree is None else np.sum(np.sin(tree))


def newton(x, n):
    for _ in range(n):
        residual = x**3 - np.array([1.0, 2.0, 3.0])
        x = x - np.linalg.solve(jacobian(lambda z: z**3)(x), residual)
    return np.sum(x * V)


def with_pullback(x):
    value, pull = vjp(waves, x)
    return np.sum(value) + np.sum(pull(x * x)[0] ** 2)


def with_linear_map(x):
    value, linear = linearize(waves, x)
    return np.sum(value) * np.sum(linear(x * V) ** 2) + linear(V)[0]


def by_several(x, a):
    value, pull = PAIR_PULLBACK(x, a)
    bx, ba = pull({"u": x, "n": 0, "s": (a, x)})
    return value["s"][0] + np.sum(bx**2) * ba


def moved_by_several(x, a):
    value, linear = PAIR_LINEAR(x, a)
    return total(linear(x * a, a * a)) + value["s"][0]


ONE = {
    "hessian": lambda x: np.sum(hessian(rosenbrock)(x) ** 2),
    "jacobian": lambda x: np.sum(np.cos(jacobian(waves)(x))),
    "jacrev": lambda x: np.sum(np.cos(jacrev(waves)(x))),
    "jacfwd": lambda x: np.sum(np.cos(jacfwd(waves)(x))),
    "vjp": with_pullback,
    "linearize": with_linear_map,
    "jacobian of a gradient": lambda x: np.sum(jacfwd(grad(rosenbrock))(x) ** 2),
    "jacobian of a Jacobian": lambda x: np.sum(jacrev(jacfwd(waves))(x) ** 2),
    "value and Jacobian": lambda x: total(value_and_jacobian(waves)(x)),
    "a nested function": lambda x: np.sum(jacobian(lambda y: y * x)(x * 2.0) ** 2),
    "the Hessian of a nested function": lambda x: np.sum(hessian(lambda y: np.sum(y**3 * x))(x * 2.0) ** 2),
    "numbers": lambda x: jacobian(lambda t: x * t**2)(x[0])[1] + hessian(lambda t: t**3)(x[1]),
    "a literal": lambda x: np.sum(jacobian(lambda t: x * t**2)(2.0) ** 2),
    "keywords": lambda x: total(jacobian(pair)(x, a=2.0)),
    "argnums by name": lambda x: total(jacobian(pair, argnums="a")(x, 2.0)),
    "aux": lambda x: total(jacobian(lambda y: (y * y, np.sum(y)), has_aux=True)(x)),
    "value and aux": lambda x: total(value_and_jacobian(lambda y: (y * y, np.sum(y)), has_aux=True)(x)),
    "partial": lambda x: np.sum(hessian(partial(loss, np.outer(V, V) / 9), argnums=1)(x, x * V) ** 2),
    "a pullback with aux": lambda x: total(vjp(lambda y: (y * y, np.sum(y)), x, has_aux=True)[1](x)),
    "a pullback of integers": lambda x: total(vjp(lambda y, n: y**n, x, 3)[1](x)),
    "a pullback of lists": lambda x: total(vjp(lambda y: [y[0] * y[1], y[2]], [x, x * 2.0, 3.0 * x])[1]([x, x])),
    "a pullback of dicts": lambda x: total(vjp(lambda y: {"z": y["a"] * y["b"]}, {"a": x, "b": 2.0 * x})[1]({"z": x})),
    "chosen arguments": lambda x: total(vjp(loss, np.outer(x, V), x, V, argnums=(1, 0))[1](1.0)),
    "complex numbers": lambda x: np.real(np.sum(vjp(lambda z: z * z, x * (1 + 2j))[1](x * 1j)[0])),
    "a gradient of a container": lambda x: np.sum(grad(lambda d: np.sum(d["a"] ** 3))({"a": x})["a"]),
}


@pytest.mark.parametrize("name", ONE)
def test_gradients(name):
    check_grads(ONE[name], (X,), 0)


@pytest.mark.parametrize("name", list(ONE)[::3])
def test_tangents(name):
    check_grads(ONE[name], (X,), 0, modes=("fwd",))


@pytest.mark.parametrize("name", ["hessian", "jacrev", "vjp", "a nested function"])
def test_second_derivatives(name):
    step = 1e-6
    slope = grad(ONE[name])
    columns = [(slope(X + step * unit) - slope(X - step * unit)) / (2 * step) for unit in np.eye(3)]
    found = hessian(ONE[name])(X)
    assert np.max(np.abs(found - np.stack(columns))) <= 1e-7 * np.max(np.abs(found))


def test_several_arguments():
    for f in (by_several, moved_by_several, lambda x, a: total(PAIR_JACOBIAN(x, a))):
        check_grads(f, (X, 0.7), (0, 1), modes=("fwd", "rev"))
    W, b = np.outer([0.3, -0.2], V), np.array([0.1, 0.2])
    check_grads(lambda W, b, x: total(LOSS_HESSIAN(W, b, x)), (W, b, X), (0, 1, 2), modes=("fwd", "rev"))


def test_matrices_and_tall_and_wide_results():
    check_grads(lambda X: np.sum(jacobian(lambda Z: Z @ Z.T * np.sum(Z))(X) ** 2), (np.outer([0.3, 0.7], V),), 0)
    for mode in (None, "fwd", "rev"):
        check_grads(lambda t, m=mode: np.sum(jacobian(tall, mode=mode)(t) ** 2), (X[:2],), 0)


def test_values_are_those_outside():
    def f(x, a):
        return np.sum(x) * 0.0, PAIR_JACOBIAN(x, a)

    found, expected = jvp(f, (X, 0.7), (V, 1.0))[0][1], PAIR_JACOBIAN(X, 0.7)
    assert found["n"] == (None, None) or found["n"] is None
    for key in ("u", "s"):
        assert_close(found[key], expected[key], 1e-13)
    found = jvp(lambda W, b, x: LOSS_HESSIAN(W, b, x), (np.outer(V, V), X, X), (None, None, V))[0]
    assert_close(found, LOSS_HESSIAN(np.outer(V, V), X, X), 1e-12)


def test_what_is_written_instead_of_derivative():
    found = grad(lambda x: np.sum(jvp(np.sin, (x,), (np.ones_like(x),))[1]))(X)
    assert_close(found, -np.sin(X), 1e-14)


def test_parameters_by_keyword_only():
    found = grad(lambda x: np.sum(jacobian(lambda y, *, s: y * s)(x, s=x) ** 2))(X)
    assert_close(found, 2.0 * X, 1e-14)


def test_newtons_method_with_a_jacobian():
    check_grads(newton, (np.array([1.1, 1.3, 1.5]), 3), 0, modes=("fwd", "rev"))


def test_what_is_changed_after_a_pullback_was_made():
    def f(x):
        y = x * 2.0
        a = np.sum(x)
        _, pull = vjp(lambda z: z * z * a, y)
        _, linear = linearize(lambda z: z * z * a, y)
        y[0] = 5.0
        a = 0.0
        return np.sum(pull(x)[0]) + np.sum(linear(y)) + a

    check_grads(f, (X,), 0, modes=("fwd", "rev"))
    by_hand = np.sum(4.0 * X * X * np.sum(X)) + np.sum(4.0 * X * np.sum(X) * np.array([5.0, *2.0 * X[1:]]))
    assert jvp(f, (X,), (V,))[0] == pytest.approx(by_hand, rel=1e-14)


def test_derivatives_of_derivatives_without_a_function_around():
    assert_close(jacfwd(grad(rosenbrock))(X), hessian(rosenbrock)(X), 1e-12)
    assert_close(jacrev(jacfwd(waves))(X), jacfwd(jacrev(waves))(X), 1e-13)
    step = 1e-6
    expected = [(hessian(rosenbrock)(X + step * u) - hessian(rosenbrock)(X - step * u)) / (2 * step) for u in np.eye(3)]
    assert_close(jacobian(hessian(rosenbrock))(X), np.stack(expected, axis=-1), 1e-6)
    assert_close(grad(hessian(lambda x: x**5))(2.0), 60.0 * 4.0, 1e-14)
    assert_close(hvp(hessian(lambda x: x**5))(2.0, 1.0), 120.0 * 2.0, 1e-14)


def test_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    np_ = jax.numpy

    def rosenbrock_(x):
        return np_.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def waves_(x):
        return np_.sin(x) * x[0] + np_.array([1.0, 2.0, 3.0]) * x[1] ** 2

    expected = jax.grad(lambda x: np_.sum(jax.hessian(rosenbrock_)(x) ** 2))(X)
    assert_close(grad(ONE["hessian"])(X), np.asarray(expected), 1e-12)
    expected = jax.hessian(lambda x: np_.sum(np_.cos(jax.jacobian(waves_)(x))))(X)
    assert_close(hessian(ONE["jacobian"])(X), np.asarray(expected), 1e-12)
    expected = jax.grad(lambda x: np_.sum(jax.vjp(waves_, x)[1](x * x)[0] ** 2))(X)
    assert_close(grad(lambda x: np.sum(vjp(waves, x)[1](x * x)[0] ** 2))(X), np.asarray(expected), 1e-12)


# --- what is refused -----------------------------------------------------------------------------------------------


def test_what_is_refused():
    class Model:
        a = 2.0

        def f(self, x):
            return x * self.a

    model = Model()
    refused = {
        "an argument that is neither a float nor an array": lambda x: total(jacobian(lambda d: d["a"])({"a": x})),
        "with holomorphic=True": lambda x: np.sum(jacobian(np.sin, holomorphic=True)(x)),
        "vjp without arguments": lambda x: np.sum(vjp(waves)(x)[1](x)[0]),
        "of a function without floats": lambda x: x[0] * vjp(lambda n: n * 2, 3)[1](1)[0],
        "an object as an argument": lambda x: np.sum(jacobian(model.f)(x)),
        "a call of a derivative": lambda x: np.sum(derivative(np.sin)(x)),
        "a call of a sparse Jacobian": lambda x: np.sum(SPARSE(x)),
        "a Hessian with has_aux=True": lambda x: np.sum(hessian(lambda y: (np.sum(y), y), has_aux=True)(x)[0]),
    }
    for message, f in refused.items():
        with pytest.raises(UnsupportedError, match=message):
            grad(f)(X)
    with pytest.raises(UnsupportedError, match="a gradient of a pullback"):
        grad(vjp(waves))
    with pytest.raises(UnsupportedError, match="a gradient of a linear map"):
        grad(linearize(waves))


def test_a_number_in_plain_python():
    def f(x):
        _, pull = vjp(lambda y: math.sin(y) * y, x)
        return pull(2.0)[0] ** 2

    check_grads(f, (0.7,), 0, modes=("fwd", "rev"))
