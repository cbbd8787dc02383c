"""jacfwd, jacobian, hessian and derivative: values, blocks, types, and what is refused."""

import copy
import pickle

import numpy as np
import pytest
from scipy import optimize

from sct_ad import (
    ArgumentError,
    UnsupportedError,
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    value_and_jacobian,
    vjp,
)
from sct_ad.pytree import flatten
from tests.numerical import assert_close, identical
from tests.test_jacobians import Model, Split, by_differences, mixed

X = np.array([0.5, -1.2, 2.0])
EITHER = pytest.mark.parametrize("operator", [jacfwd, jacobian], ids=["jacfwd", "jacobian"])


def structured(x, p):
    return {"a": x * p["k"], "b": (np.sum(x), Split(p["W"] * 2.0, [3, None]))}


def gathered(*args, **kwargs):
    return args[0] * args[1] * kwargs["scale"]


def normalised(model, x):
    return Model(model.W @ x, model.b * model.b)


def moduli(z):
    return np.abs(z) + np.real(z * z)


CASES = {
    "written in place": (mixed, 0, (X,)),
    "matrix": (lambda A: A @ A.T, 0, (np.arange(6.0).reshape(2, 3),)),
    "float to float": (lambda x: x * x, 0, (3.0,)),
    "array to float": (lambda x: np.sum(x**3), 0, (X,)),
    "float to array": (lambda t: np.array([t, t * t]), 0, (3.0,)),
    "structure": (structured, (0, "p"), (X, {"k": 2.0, "W": np.ones((2, 2)), "n": 3})),
    "structure by one": (structured, "p", (X, {"k": 2.0, "W": np.ones((2, 2)), "n": 3})),
    "objects": (normalised, (0, 1), (Model(np.ones((2, 3)), 3.0), X)),
    "complex result": (lambda t: np.exp(1j * t), 0, (X,)),
    "complex number": (lambda t: np.exp(1j * t), 0, (0.3,)),
    "complex argument": (moduli, 0, (X + 1j,)),
    "complex scalar": (lambda z: abs(z), 0, (3.0 + 4.0j,)),
    "single precision": (lambda x: np.sin(x) * 2.0, 0, (X.astype(np.float32),)),
    "NumPy scalar": (lambda x: x * x, 0, (np.float64(3.0),)),
    "empty result": (lambda x: x[:0] * 2.0, 0, (X,)),
    "empty argument": (lambda x, y: x.sum() + y, 0, (np.zeros(0), X)),
    "no dimensions": (lambda x: np.stack([x, x * x]), 0, (np.array(2.0),)),
    "a list": (lambda xs: [xs[0] * xs[1], np.sin(xs[1])], 0, ([2.0, X],)),
    "bound to *args": (gathered, "args", (2.0, X)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@EITHER
def test_by_columns_as_by_rows(operator, case):
    f, argnums, args = case
    kwargs = {"scale": 1.5} if f is gathered else {}
    before = copy.deepcopy(args)
    found, expected = operator(f, argnums)(*args, **kwargs), jacrev(f, argnums)(*args, **kwargs)
    assert_same_blocks(found, expected)
    assert_same_blocks(jacobian(f, argnums, mode="fwd")(*args, **kwargs), expected)
    assert args[0] is not None and same_arguments(args, before)


def same_arguments(args, before):
    if isinstance(args[0], Model):
        return identical((args[0].W, args[0].b, args[1:]), (before[0].W, before[0].b, before[1:]))
    return identical(args, before)


def assert_same_blocks(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            assert_same_blocks(a, b)
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same_blocks(found[key], expected[key])
    elif isinstance(expected, Model):
        assert_same_blocks(vars(found), vars(expected))
    elif isinstance(expected, (np.ndarray, np.generic)):
        assert found.shape == expected.shape and found.dtype == expected.dtype
        assert_close(found, expected, 1e-6 if found.dtype.itemsize < 8 else 1e-12)
    elif isinstance(expected, (float, complex)):
        assert found == pytest.approx(expected, rel=1e-12)
    else:
        assert found == expected


def test_by_differences():
    assert_close(jacfwd(mixed)(X), by_differences(mixed, X), 1e-8)


def test_holomorphic():
    z = X + 1j
    assert_close(jacfwd(lambda z: z * z, holomorphic=True)(z), np.diag(2.0 * z))
    with pytest.raises(
        ArgumentError, match=r"jacfwd of <lambda>: result and argument are complex\n  instead: jacfwd\(f, h"
    ):
        jacfwd(lambda z: z * z)(z)


def test_aux_and_value():
    def f(x):
        return x * 2.0, {"x": x, "n": 3}

    assert identical(jacfwd(f, has_aux=True)(X), (2.0 * np.eye(3), {"x": X, "n": 3}))
    for mode in (None, "fwd", "rev"):
        value, found = value_and_jacobian(mixed, mode=mode)(X)
        assert identical(value, mixed(X)) and identical(found.shape, (3, 3))
        (value, aux), found = value_and_jacobian(f, 0, mode, has_aux=True)(X)
        assert identical((value, aux, found), (2.0 * X, {"x": X, "n": 3}, 2.0 * np.eye(3)))


def test_the_mode_is_chosen_by_the_sizes():
    def f(x, n):
        return np.concatenate([x * k for k in range(1, n)])

    tall = jacobian(f)
    assert_close(tall(X, 9), np.concatenate([k * np.eye(3) for k in range(1, 9)]))
    assert "f_jvp(" in tall.source(X, 9)
    assert_close(tall(X, 2), np.eye(3))
    assert "f_forward(" in tall.source(X, 2)
    assert "f_jvp(" in jacobian(f, mode="fwd").source(X, 2)
    assert "f_forward(" in jacobian(f, mode="rev").source(X, 9)


def test_what_draws_at_random_is_refused():
    rng = np.random.default_rng(0)

    def f(x):
        return x * rng.normal()

    for chunk_size in (1, 2):
        with pytest.raises(ArgumentError, match="the result differs from call to call"):
            jacfwd(f, chunk_size=chunk_size)(X)
    whole = jacfwd(f)(X)  # one sweep, and so one draw
    assert np.array_equal(whole, whole[0, 0] * np.eye(X.size)) and whole[0, 0] != 0.0
    with pytest.raises(ArgumentError, match="hessian of <lambda>: the result differs from call to call"):
        hessian(lambda x: np.sum(x**2) * rng.normal())(X)


@pytest.mark.parametrize("chunk_size", [None, 1, 2, 100])
def test_chunks_give_the_same_blocks(chunk_size):
    tree = {"W": np.array([[0.5, -1.0], [2.0, 0.1]]), "b": 0.7, "n": 3, "empty": np.zeros(0)}

    def f(p, x):
        y = p["W"] @ x[:2] * p["b"] * p["n"]
        return {"y": y, "s": np.sum(y**2), "k": 2, "e": p["empty"] * 2.0, "m": np.outer(y, x)}

    expected = jacfwd(f, (0, 1), chunk_size=1)(tree, X)
    for operator in (jacfwd, jacrev, jacobian):
        found = operator(f, (0, 1), chunk_size=chunk_size)(tree, X)
        (a, shape), (b, same) = flatten(found), flatten(expected)
        assert shape == same
        for one, other in zip(a, b, strict=True):
            assert np.shape(one) == np.shape(other) and np.asarray(one).dtype == np.asarray(other).dtype
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chunks_keep_the_dtype_and_the_data(dtype):
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3).astype(dtype))[:, ::-1]
    before = x.copy()

    def f(x):
        y = x.reshape(-1).copy()
        y[1:] *= y[:-1]
        return y.reshape(3, 2) + x.T

    for operator in (jacfwd, jacrev):
        found, alone = operator(f)(x), operator(f, chunk_size=1)(x)
        assert found.dtype == dtype and found.shape == (3, 2, 2, 3)
        np.testing.assert_allclose(found, alone, rtol=1e-6)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("chunk_size", [0, -1, True, 2.0, "all"])
@pytest.mark.parametrize("operator", [jacfwd, jacrev, jacobian, hessian])
def test_a_chunk_has_a_positive_number_of_directions(operator, chunk_size):
    with pytest.raises(ArgumentError, match="chunk_size must be a positive integer or None"):
        operator(mixed, chunk_size=chunk_size)


def test_many_columns_in_one_sweep_run_the_function_once():
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x) * x[0]

    jacfwd(f)(X)
    assert len(calls) == 1
    pickled = pickle.loads(pickle.dumps(jacfwd(np.tanh, chunk_size=2)))
    assert pickled.chunk_size == 2


def test_looks_and_copies():
    for operator, shown in (
        (jacfwd, "jacfwd"),
        (jacobian, "jacobian"),
        (hessian, "hessian"),
        (derivative, "derivative"),
    ):
        made = operator(mixed)
        assert repr(made) == f"<{shown} of mixed, argnums 0>" and made.__name__ == "mixed"
    for made in (jacfwd(mixed), jacobian(mixed, mode="fwd"), value_and_jacobian(mixed)):
        again = pickle.loads(pickle.dumps(made))
        assert repr(again) == repr(made)
        assert identical(again(X), made(X))
    made = jacfwd(mixed)
    made(X)
    assert "def mixed_jvp(" in made.source(X) and "derived" in made.stages(X)
    assert made.cache_info().misses == 1
    made.cache_clear()


class Line:
    def __init__(self, slope):
        self.slope = slope

    def at(self, x):
        return self.slope * x

    jacobian = jacfwd(at, argnums=1)

    @hessian(argnums=1)
    def bend(self, x):
        return np.sum(self.slope * x**3)


@jacobian(argnums=1)
def decorated(a, x):
    return a * x


def test_methods_and_decorators():
    line = Line(np.array([2.0, 3.0]))
    assert identical(line.jacobian(4.0), line.slope)
    assert identical(jacfwd(line.at)(4.0), line.slope)
    assert line.bend(0.5) == pytest.approx(15.0)
    assert identical(decorated(2.0, X), 2.0 * np.eye(3))
    assert identical(decorated(a=2.0, x=X), 2.0 * np.eye(3))


def test_refused():
    with pytest.raises(ArgumentError, match="jacobian: mode must be 'fwd', 'rev' or None, not 'forward'"):
        jacobian(mixed, mode="forward")
    with pytest.raises(ArgumentError, match=r"jacfwd expects a function first, not 1"):
        jacfwd(1)
    with pytest.raises(ArgumentError, match="jacfwd of <lambda>: argument 'n' is an int"):
        jacfwd(lambda n: n * 2.0)(3)
    with pytest.raises(ArgumentError, match="argument 'n' is an int"):
        hessian(lambda n: n * 2.0)(3)
    with pytest.raises(ArgumentError, match="hessian of f: an argument is complex"):

        def f(z):
            return np.sum(np.abs(z) ** 2)

        hessian(f)(X + 1j)
    with pytest.raises(ArgumentError):
        hessian(mixed)(X)


# Hessians in closed form


def test_rosenbrock():
    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    x = np.linspace(-1.0, 1.5, 7)
    v = np.cos(np.arange(7.0))
    assert_close(hessian(rosenbrock)(x), optimize.rosen_hess(x), 1e-12)
    assert_close(hvp(rosenbrock)(x, v), optimize.rosen_hess_prod(x, v), 1e-12)


def test_helmholtz_energy():
    n = 5
    index = np.arange(n)
    A, b = 1.0 / (1.0 + index[:, None] + index), 1.0 / (4.0 + index)

    def energy(x):
        bx, xAx = b @ x, x @ A @ x
        entropy = np.sum(x * np.log(x / (1.0 - bx)))
        low, high = 1.0 + (1.0 - np.sqrt(2.0)) * bx, 1.0 + (1.0 + np.sqrt(2.0)) * bx
        return entropy - xAx / (np.sqrt(8.0) * bx) * np.log(high / low)

    x = np.full(n, 0.1) + 0.01 * index
    found = hessian(energy)(x)

    def gradient_by_steps(x):
        return np.array([energy(x + 1e-30j * e).imag / 1e-30 for e in np.eye(n)])

    assert_close(found, by_differences(gradient_by_steps, x), 1e-7)
    assert_close(found, found.T, 1e-12)


def brusselator(y):
    u, v = y[::2], y[1::2]
    rate = np.zeros(y.size)
    rate[::2] = 1.0 + u**2 * v - 4.0 * u
    rate[1::2] = 3.0 * u - u**2 * v
    rate[2:-2] += 0.5 * (y[:-4] - 2.0 * y[2:-2] + y[4:])
    return rate


def test_brusselator():
    y = np.linspace(0.5, 2.0, 10)
    u, v = y[::2], y[1::2]
    expected = np.zeros((10, 10))
    even, odd = np.arange(0, 10, 2), np.arange(1, 10, 2)
    expected[even, even], expected[even, odd] = 2.0 * u * v - 4.0, u**2
    expected[odd, even], expected[odd, odd] = 3.0 - 2.0 * u * v, -(u**2)
    inner = np.arange(2, 8)
    expected[inner, inner - 2] += 0.5
    expected[inner, inner + 2] += 0.5
    expected[inner, inner] -= 1.0
    for operator in (jacfwd, jacrev, jacobian):
        assert_close(operator(brusselator)(y), expected, 1e-12)


def test_newton_steps_of_a_logistic_regression():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(40, 3))
    y = (A @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=40) > 0.0).astype(float)

    def loss(w):
        z = A @ w
        return np.mean(np.logaddexp(0.0, z) - y * z) + 0.05 * np.sum(w**2)

    gradient, curvature, w = grad(loss), hessian(loss), np.zeros(3)
    p = 1.0 / (1.0 + np.exp(-(A @ w)))
    assert_close(curvature(w), (A.T * (p * (1.0 - p))) @ A / 40 + 0.1 * np.eye(3), 1e-12)
    for _ in range(7):
        w = w - np.linalg.solve(curvature(w), gradient(w))
    assert np.linalg.norm(gradient(w)) < 1e-13


def test_two_layer_network():
    rng = np.random.default_rng(4)
    p = {"W1": rng.normal(size=(4, 3)), "b": rng.normal(size=4), "W2": rng.normal(size=(2, 4))}
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    def loss(p, x):
        return np.sum((np.tanh(x @ p["W1"].T + p["b"]) @ p["W2"].T - y) ** 2)

    h = hessian(loss)(p, x)
    assert list(h) == list(p) and h["W1"]["W2"].shape == (4, 3, 2, 4)
    v = {name: rng.normal(size=value.shape) for name, value in p.items()}
    product = hvp(loss)(p, x, v)
    along = {
        name: (
            grad(loss)({k: p[k] + 1e-6 * v[k] for k in p}, x)[name]
            - grad(loss)({k: p[k] - 1e-6 * v[k] for k in p}, x)[name]
        )
        / 2e-6
        for name in p
    }
    for name in p:
        summed = sum(np.tensordot(h[name][other], v[other], v[other].ndim) for other in p)
        assert_close(summed, product[name], 1e-11)
        assert_close(product[name], along[name], 1e-6)
        for other in p:
            ours, theirs = h[name][other].reshape(p[name].size, -1), h[other][name].reshape(p[other].size, -1)
            assert_close(ours, theirs.T, 1e-11)


def test_hessian_of_several_arguments_and_numbers():
    def f(x, a):
        return a**3 * np.sum(x**2)

    h = hessian(f, argnums=(0, 1))(X, 2.0)
    assert type(h) is tuple and type(h[0]) is tuple
    assert_close(h[0][0], 16.0 * np.eye(3))
    assert_close(h[0][1], 24.0 * X)
    assert_close(h[1][0], 24.0 * X)
    assert h[1][1] == pytest.approx(12.0 * np.sum(X**2)) and type(h[1][1]) is float
    assert hessian(lambda x, a: a * x**3)(2.0, 5.0) == 60.0
    assert hessian(f, "a")(X, 2.0) == h[1][1]
    assert identical(hessian(lambda x: (np.sum(x**2), {"n": 1}), has_aux=True)(X), (2.0 * np.eye(3), {"n": 1}))
    single = hessian(lambda x: np.sum(x**2))(X.astype(np.float32))
    assert single.dtype == np.float32
    assert hessian(lambda x: np.sum(x * 2.0))(np.zeros(0)).shape == (0, 0)


# Elementwise


def test_derivative():
    def f(x, a=2.0):
        return np.where(x > 0.0, np.sin(x), a * x**3)

    assert_close(derivative(f)(X), np.where(X > 0.0, np.cos(X), 6.0 * X**2))
    assert_close(derivative(f, "a")(X), np.where(X > 0.0, 0.0, X**3))
    assert derivative(lambda x: x**3)(2.0) == 12.0
    assert type(derivative(lambda x: x**3)(2.0)) is float
    A = np.arange(6.0).reshape(2, 3)
    assert_close(derivative(np.exp)(A), np.exp(A))
    assert_close(derivative(lambda x: x * X)(A), np.broadcast_to(X, A.shape))
    assert_close(derivative(lambda z: z**2)(X + 1j), 2.0 * (X + 1j))
    assert derivative(lambda x: np.sin(x))(X.astype(np.float32)).dtype == np.float32
    assert identical(derivative(lambda x: (x * 3.0, "aux"), has_aux=True)(X), (np.full(3, 3.0), "aux"))
    assert derivative(np.sin)(np.zeros((0, 2))).shape == (0, 2)
    with np.errstate(all="ignore"):
        assert identical(derivative(lambda x: 1.0 / x)(np.array([0.0, 2.0])), np.array([-np.inf, -0.25]))


@pytest.mark.parametrize("f", [np.cumsum, np.sum, lambda x: x * np.sum(x), lambda x: x[::-1] * 1.0])
def test_what_is_not_elementwise_is_refused(f):
    with pytest.raises(ArgumentError, match=r"elementwise|several elements"):
        derivative(f)(X)


def test_derivative_refuses():
    with pytest.raises(ArgumentError, match="'p' is a container"):
        derivative(lambda p: p[0] * 2.0)([1.0])
    with pytest.raises(ArgumentError, match="the argument is complex and the result real"):
        derivative(np.abs)(X + 1j)
    with pytest.raises(ArgumentError, match="several elements"):
        derivative(np.conj)(X + 1j)
    with pytest.raises(UnsupportedError, match="a derivative of a pullback"):
        derivative(vjp(mixed))


def test_derivative_of_a_gradient():
    assert abs(derivative(grad(lambda x: x**3))(2.0) - 12.0) < 1e-13
