"""All operators against JAX, on small functions written once for both."""

from types import SimpleNamespace

import numpy as np
import pytest

from sct_ad import grad, hessian, hvp, jacfwd, jacrev, jvp, vjp
from tests.both_modules import functions
from tests.numerical import assert_close

OURS = functions(np)
X = np.array([0.7, 1.3, 0.45, 0.9])
V = np.array([0.3, -1.1, 0.8, 0.5])
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@pytest.fixture(scope="module")
def theirs():
    """From a function's name to all its derivatives by JAX."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    everything = functions(jax.numpy)

    def derivatives(name):
        f = everything[name]

        def scalar(x):
            return jax.numpy.sum(jax.numpy.sin(f(x)) * f(x))

        def run(x, v):
            value, tangent = jax.jvp(f, (x,), (v,))
            gradient, product = jax.jvp(jax.grad(scalar), (x,), (v,))
            return value, tangent, jax.jacrev(f)(x), gradient, product, jax.hessian(scalar)(x)

        found = map(np.asarray, jax.jit(run, compiler_options=QUICK)(X, V))
        return SimpleNamespace(**dict(zip(("value", "jvp", "jacobian", "grad", "hvp", "hessian"), found)))

    return derivatives


def test_there_are_enough():
    assert len(OURS) >= 60


@pytest.mark.parametrize("name", OURS)
def test_all_operators(theirs, name):
    f, expected, x = OURS[name], theirs(name), X.copy()
    value, tangent = jvp(f, (x,), (V,))
    close(value, expected.value)
    close(tangent, expected.jvp)
    w = np.cos(np.arange(value.size) + 1.0).reshape(value.shape)
    value, pullback = vjp(f, x)
    close(value, expected.value)
    close(pullback(w)[0], np.tensordot(w, expected.jacobian, w.ndim))
    for operator in (jacfwd, jacrev):
        close(operator(f)(x), expected.jacobian)

    def scalar(x):
        return np.sum(np.sin(f(x)) * f(x))

    close(grad(scalar)(x), expected.grad)
    close(hvp(scalar)(x, V), expected.hvp)
    close(hessian(scalar)(x), expected.hessian)
    assert np.array_equal(x, X)


def close(found, expected):
    assert found.shape == expected.shape
    assert_close(found, expected, 1e-10)
