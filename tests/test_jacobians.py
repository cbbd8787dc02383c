"""jacrev: shapes, blocks and values of Jacobians."""

import pickle
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad import ArgumentError, UnsupportedError, grad, jacrev, vjp
from tests.numerical import assert_close, identical

X = np.array([0.5, -1.2, 2.0])


class Split(NamedTuple):
    head: float
    rest: object


@dataclass
class Model:
    W: object
    b: float
    name: str = "model"


def mixed(x):
    y = np.tanh(x) * x[0]
    for i in range(1, len(y)):
        y[i] = y[i] * y[i - 1]
    return y


def by_differences(f, x, step=1e-6):
    columns = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(x.size).reshape(-1, *x.shape)]
    return np.stack(columns, -1).reshape(np.shape(f(x)) + x.shape)


def test_arrays():
    assert_close(jacrev(mixed)(X), by_differences(mixed, X), 1e-8)
    A = np.arange(6.0).reshape(2, 3)
    assert_close(jacrev(np.matmul, argnums=1)(A, X), A)
    found = jacrev(lambda A: A @ A.T)(A)
    assert found.shape == (2, 2, 2, 3)
    assert_close(found, by_differences(lambda A: A @ A.T, A), 1e-8)


def test_numbers():
    assert jacrev(lambda x: x * x)(3.0) == 6.0
    assert type(jacrev(lambda x: x * x)(3.0)) is float
    assert_close(jacrev(lambda x: np.sum(x**3))(X), 3.0 * X**2)
    assert_close(jacrev(lambda t: np.array([t, t * t]))(3.0), np.array([1.0, 6.0]))


def test_structure_of_the_result_is_outside_and_that_of_the_arguments_inside():
    def f(x, p):
        return {"a": x * p["k"], "b": (np.sum(x), Split(p["W"] * 2.0, [3, None]))}

    x, p = X, {"k": 2.0, "W": np.ones((2, 2)), "n": 3}
    found = jacrev(f, argnums=(0, "p"))(x, p)
    assert set(found) == {"a", "b"} and type(found["b"][1]) is Split
    a, (b0, split) = found["a"], found["b"]
    assert identical(a[0], 2.0 * np.eye(3)) and identical(a[1]["k"], X) and a[1]["W"].shape == (3, 2, 2)
    assert identical(b0[0], np.ones(3)) and b0[1]["k"] == 0.0 and a[1]["n"] == 3
    assert identical(split.head[1]["W"], 2.0 * np.eye(4).reshape(2, 2, 2, 2)) and split.rest == [None, None]
    assert identical(jacrev(f, argnums="p")(x, p)["a"]["k"], X)


def test_objects():
    def f(model, x):
        return Model(model.W @ x, model.b * model.b)

    found = jacrev(f)(Model(np.ones((2, 3)), 3.0), X)
    assert type(found) is Model and type(found.W) is Model
    assert found.W.W.shape == (2, 2, 3) and found.b.b == 6.0 and found.W.name == "model"
    assert_close(found.W.W[0, 0], X)


def test_aux():
    def f(x):
        return x * 2.0, {"x": x, "n": 3}

    jacobian, aux = jacrev(f, has_aux=True)(X)
    assert identical((jacobian, aux), (2.0 * np.eye(3), {"x": X, "n": 3}))


def test_complex_results_of_real_arguments():
    def f(t):
        return np.exp(1j * t)

    assert_close(jacrev(f)(X), np.diag(1j * np.exp(1j * X)))
    assert_close(jacrev(f)(0.3), 1j * np.exp(0.3j))


def test_complex_arguments():
    z = X + 1j
    assert_close(jacrev(lambda z: np.abs(z))(z), np.diag(np.conj(z) / np.abs(z)))
    with pytest.raises(
        ArgumentError, match=r"jacrev of square: result and argument are complex\n  instead: jacrev\(f,"
    ):

        def square(z):
            return z * z

        jacrev(square)(z)
    assert_close(jacrev(square, holomorphic=True)(z), np.diag(2.0 * z))


def test_empty_results_and_precision():
    assert jacrev(lambda x: x[:0] * 2.0)(X).shape == (0, 3)
    found = jacrev(lambda x: np.sin(x))(X.astype(np.float32))
    assert found.dtype == np.float32


def test_the_function_runs_once(capsys):
    def f(x):
        print("running")
        return x * 2.0

    jacrev(f)(X)
    assert capsys.readouterr().out == "running\n"


def test_rows_are_gradients():
    found = jacrev(mixed)(X)
    for k in range(3):
        assert_close(found[k], grad(lambda x: mixed(x)[k])(X))


class Line:
    def __init__(self, slope):
        self.slope = slope

    def at(self, x):
        return self.slope * x

    jacobian = jacrev(at, argnums=1)


@jacrev(argnums=1)
def decorated(a, x):
    return a * x


def test_methods_decorators_and_looks():
    line = Line(np.array([2.0, 3.0]))
    assert identical(line.jacobian(4.0), line.slope)
    assert identical(jacrev(line.at)(4.0), line.slope)
    assert identical(decorated(2.0, X), 2.0 * np.eye(3))
    made = jacrev(mixed)
    assert repr(made) == "<jacrev of mixed, argnums 0>" and made.__name__ == "mixed"
    assert "def mixed_forward(" in made.source(X) and "derived" in made.stages(X)
    assert identical(pickle.loads(pickle.dumps(made))(X), made(X))
    assert made.cache_info().misses == 1
    made.cache_clear()


def test_refused():
    with pytest.raises(UnsupportedError, match="a Jacobian of a pullback"):
        jacrev(vjp(mixed))
    with pytest.raises(UnsupportedError, match="a gradient of a pullback"):
        grad(vjp(mixed))
    with pytest.raises(ArgumentError, match=r"jacrev expects a function first, not 1\n  instead: jacrev\(argnums=1\)"):
        jacrev(1)
    with pytest.raises(ArgumentError, match="argument 'n' is an int"):
        jacrev(lambda n: n * 2.0)(3)


def test_against_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    def f(x):
        return anp.stack([anp.sin(x) * x[0], anp.cumsum(x**2)])

    def g(x):
        return np.stack([np.sin(x) * x[0], np.cumsum(x**2)])

    assert_close(jacrev(g)(X), autograd.jacobian(f)(X))


def test_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def f(numpy):
        def inner(p, x):
            h = numpy.tanh(p["W"] @ x + p["b"])
            return {"h": h, "norm": numpy.sum(h**2)}

        return inner

    def ours(p, x):
        h = np.tanh(p["W"] @ x + p["b"])
        return {"h": h, "norm": np.sum(h**2)}

    p = {"W": np.arange(6.0).reshape(2, 3) / 7.0, "b": np.array([0.1, -0.3])}
    expected = jax.jacrev(f(jnp), argnums=(0, 1))(p, X)
    found = jacrev(ours, argnums=(0, 1))(p, X)
    leaves, structure = jax.tree_util.tree_flatten(expected)
    own, own_structure = jax.tree_util.tree_flatten(found)
    assert structure == own_structure
    for a, b in zip(own, leaves):
        assert a.shape == b.shape
        assert_close(a, np.asarray(b), 1e-12)
