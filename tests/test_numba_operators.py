"""The operators besides `grad` by the Numba backend, against those of the Python backend, and which have none."""

import math
import pickle

import numpy as np
import pytest

from sct_ad import (
    ArgumentError,
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_jacobian,
    vjp,
)
from sct_ad.errors import BackendWarning
from tests.lower.test_programs import assert_equal_but_for_rounding

pytest.importorskip("numba")


def coupled(x, n):
    s = 0.0
    for _ in range(n):
        for k in range(len(x)):
            x[k] = math.sin(x[k]) * 1.1 + 0.1 * x[k - 1]
            s += x[k] ** 2
    return s


def sums(x, a):
    return np.array([np.sum(x**2), np.sum(x) * a, 3.0 * a * x[0]])


def layers(p):
    return {"y": p["w"] * np.sum(p["b"]), "z": p["b"] ** 2}


def waves(x, a):
    return np.exp(a * x) * x


X = np.array([0.3, 0.5, -0.2])
LAYERS = {"w": 2.0, "b": X}
CALLS = {
    "jvp of a number": (jvp, coupled, {}, ((X, 3), (X + 1.0, None))),
    "jvp of an array": (jvp, sums, {}, ((X, 3.0), (X + 1.0, 0.5))),
    "jvp of a dict": (jvp, layers, {}, ((LAYERS,), ({"w": 1.0, "b": X * 2},))),
    "hvp": (hvp, coupled, {}, (X, 3, np.arange(3.0))),
    "hessian": (hessian, coupled, {}, (X, 3)),
    "jacfwd by two arguments": (jacfwd, sums, {"argnums": (0, 1)}, (X, 3.0)),
    "jacfwd of a dict": (jacfwd, layers, {}, (LAYERS,)),
    "jacobian": (jacobian, sums, {"mode": "fwd"}, (X, 3.0)),
    "value_and_jacobian": (value_and_jacobian, sums, {"mode": "fwd"}, (X, 3.0)),
    "derivative of an array": (derivative, waves, {}, (X, 2.0)),
    "derivative of a number": (derivative, waves, {"argnum": 1}, (0.5, 2.0)),
    "derivative in single precision": (derivative, waves, {}, (X.astype(np.float32), np.float32(2.0))),
}


@pytest.mark.parametrize("name", CALLS)
def test_agrees_with_python(name):
    operator, function, options, args = CALLS[name]
    before = pickle.dumps(args)
    made = operator(function, **options, backend="numba")
    expected = operator(function, **options)(*args)
    assert_equal_but_for_rounding(_in_kind(made(*args)), _in_kind(expected))
    assert pickle.dumps(args) == before
    if operator is not jvp:
        assert_equal_but_for_rounding(_in_kind(pickle.loads(pickle.dumps(made))(*args)), _in_kind(expected))


def _in_kind(found):
    """Numba has one kind of double, so numbers that NumPy's functions return may be Python's."""
    if isinstance(found, tuple):
        return tuple(map(_in_kind, found))
    return float(found) if type(found) is np.float64 and found.ndim == 0 else found


@pytest.mark.parametrize("operator", [hvp, jacfwd, derivative, hessian])
def test_options(operator):
    operator(waves, backend="numba", numba_options={"fastmath": True})
    with pytest.raises(ArgumentError, match="knows no 'fast'"):
        operator(waves, backend="numba", numba_options={"fast": True})
    with pytest.raises(ArgumentError, match="without Numba"):
        operator(waves, numba_options={"fastmath": True})
    with pytest.raises(ArgumentError, match="one of 'python', 'numba', 'auto'"):
        operator(waves, backend="jax")


def counted(x):
    d = {}
    for k in range(3):
        d[repr(k) * k] = x * k
    return sum(d.values())


def test_auto():
    with pytest.warns(BackendWarning, match="the derivative of counted runs in Python"):
        assert derivative(counted, backend="auto")(2.0) == 3.0
    assert jvp(counted, (2.0,), (1.0,), backend="auto") == (6.0, 3.0)


@pytest.mark.parametrize("backend", ["numba", "auto"])
def test_operators_without_numba(backend):
    for call, message in [
        (lambda: jacobian(sums, sparsity="auto", backend=backend), "which is dense"),
        (lambda: hessian(coupled, sparsity="auto", backend=backend), "which is dense"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            call()
    with pytest.raises(ArgumentError, match="one of 'python', 'numba', 'auto'"):
        vjp(sums, backend="jax")


def test_reverse_mode():
    value, found = value_and_jacobian(sums, mode="rev", backend="numba")(X, 3.0)
    assert_equal_but_for_rounding(found, jacrev(sums)(X, 3.0))
    assert_equal_but_for_rounding(jacobian(sums, backend="numba")(X, 3.0), found)
    np.testing.assert_allclose(value, sums(X, 3.0))


def nested(x):
    return grad(waves, backend="numba")(x, 2.0) * x


def test_derivatives_within_functions_are_those_of_python():
    assert_equal_but_for_rounding(grad(nested)(0.5), grad(lambda x: grad(waves)(x, 2.0) * x)(0.5))
