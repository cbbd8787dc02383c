"""`vjp` and `jacrev` by the Numba backend, beside the Python backend."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("numba")

from sct_ad import BackendWarning, UnsupportedError, grad, jacobian, jacrev, vjp  # noqa: E402
from sct_ad.errors import ArgumentError  # noqa: E402
from tests.numerical import assert_close, leaves  # noqa: E402

RNG = np.random.default_rng(3)
X, W = RNG.normal(size=3), RNG.normal(size=(2, 3))


def recurrence(W, x, n):
    h = np.zeros(len(W))
    for i in range(n):
        h = np.tanh(h * W[0, 0] + W @ x * (i + 1.0))
    return h


def several(W, x):
    y = W @ x
    return {"y": y * y, "total": (np.sum(y), x[0] * 2.0), "n": 3}


def in_place(x):
    y = x * 2.0
    x[0] = x[1] * x[2]
    y[1:] = x[:2]
    return y * x


def unchanged(x):
    return x


def spectrum_of(x):
    return (x * 1.0j + x**2) * np.exp(1j * x)


def tall(x):
    return np.outer(x, x)


def spread(x):
    return np.sin(x) * x[0]


def number(x):
    return np.sum(x**3)


@dataclass
class Model:
    W: np.ndarray
    b: float


def modelled(model, x):
    return np.tanh(model.W @ x + model.b), model.b * x


CASES = [
    (recurrence, (W, X, 4), np.array([1.0, -2.0])),
    (several, (W, X), {"y": np.array([1.0, 2.0]), "total": (0.5, -1.0), "n": None}),
    (in_place, (X,), np.array([1.0, 2.0, 3.0])),
    (unchanged, (X,), np.array([1.0, 2.0, 3.0])),
    (spectrum_of, (X,), np.array([1.0, 2.0j, 3.0 - 1.0j])),
    (number, (X,), 2.0),
    (modelled, (Model(W, 0.5), X), (np.array([1.0, 2.0]), np.array([3.0, 1.0, -1.0]))),
]


def leaves_of(found):
    return [found.W, found.b] if isinstance(found, Model) else leaves(found)


def assert_equal_but_for_rounding(found, expected):
    """Numbers of Numba's are Python's, also where NumPy's functions make others of them."""
    found, expected = leaves_of(found), leaves_of(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert np.shape(one) == np.shape(other) and np.asarray(one).dtype == np.asarray(other).dtype
        assert_close(one, other, 1e-12)


@pytest.mark.parametrize(("function", "args", "cotangent"), CASES, ids=[case[0].__name__ for case in CASES])
def test_pullbacks(function, args, cotangent):
    before = pickle.dumps(args)
    value, pullback = vjp(function, *args, backend="numba")
    expected_value, expected = vjp(function, *args)
    assert_equal_but_for_rounding(value, expected_value)
    for _ in range(2):
        found = pullback(cotangent)
        assert len(found) == len(args)
        for one, other in zip(found, expected(cotangent)):
            assert_equal_but_for_rounding(one, other)
    assert pickle.dumps(args) == before


def test_what_is_returned_may_be_changed():
    x, cotangent = X.copy(), np.ones(3)
    value, pullback = vjp(unchanged, x, backend="numba")
    value[0] = 100.0
    np.testing.assert_array_equal(x, X)
    (found,) = pullback(cotangent)
    found[0] = 5.0
    np.testing.assert_array_equal(cotangent, np.ones(3))


def test_arguments_are_kept_as_they_were():
    x = X.copy()
    _, pullback = vjp(number, x, backend="numba")
    x[...] = 0.0
    np.testing.assert_allclose(pullback(1.0)[0], 3.0 * X**2)


def test_cotangents_are_checked():
    _, pullback = vjp(recurrence, W, X, 2, backend="numba")
    with pytest.raises(ArgumentError, match="shape"):
        pullback(np.ones(3))


def test_aux_and_argnums():
    def pair(W, x):
        y = W @ x
        return y, np.sum(x)

    value, pullback, aux = vjp(pair, W, X, has_aux=True, argnums="x", backend="numba")
    np.testing.assert_allclose(value, W @ X)
    np.testing.assert_allclose(aux, np.sum(X))
    np.testing.assert_allclose(pullback(np.ones(2))[0], W.sum(axis=0))


def drawn(x):
    return x * np.random.normal(size=3)


def test_what_is_drawn_is_refused():
    state = np.random.get_state()
    try:
        _, pullback = vjp(drawn, X, backend="numba")
        with pytest.raises(ArgumentError, match="differs from call to call"):
            pullback(np.ones(3))
    except UnsupportedError:
        pass
    finally:
        np.random.set_state(state)


@pytest.mark.parametrize(
    ("function", "args"), [case[:2] for case in CASES[:4]], ids=lambda v: getattr(v, "__name__", "")
)
def test_jacobians_by_rows(function, args):
    argnums = tuple(k for k, arg in enumerate(args) if isinstance(arg, np.ndarray))
    found = jacrev(function, argnums=argnums, backend="numba")(*args)
    assert_equal_but_for_rounding(found, jacrev(function, argnums=argnums)(*args))


def test_holomorphic_jacobians():
    found = jacrev(spectrum_of, holomorphic=True, backend="numba")(X + 0.1j)
    assert_equal_but_for_rounding(found, jacrev(spectrum_of, holomorphic=True)(X + 0.1j))


def test_objects_that_know_their_backend():
    jacobian = pickle.loads(pickle.dumps(jacrev(recurrence, backend="numba")))
    assert "recurrence_pullback_kernel(" in jacobian.source(W, X, 2)
    assert_equal_but_for_rounding(jacobian(W, X, 2), jacrev(recurrence)(W, X, 2))
    twice = vjp(recurrence, backend="numba")
    for _ in range(4):
        value, pullback = twice(W, X, 2)
        np.testing.assert_allclose(value, recurrence(W, X, 2))
        np.testing.assert_allclose(pullback(np.ones(2))[1], vjp(recurrence, W, X, 2)[1](np.ones(2))[1])


def beyond(x):
    d = {}
    for k in range(3):
        d[repr(k) * k] = x * k
    return d["22"] * x


def test_what_numba_cannot_compile():
    with pytest.raises(UnsupportedError, match="Numba"):
        vjp(beyond, X, backend="numba")
    with pytest.warns(BackendWarning, match="runs in Python"):
        found = jacrev(beyond, backend="auto")(X)
    np.testing.assert_allclose(found, np.diag(4.0 * X))


def test_options():
    found = vjp(recurrence, W, X, 2, backend="numba", numba_options={"boundscheck": True})[1](np.ones(2))
    assert_equal_but_for_rounding(found[:2], vjp(recurrence, W, X, 2)[1](np.ones(2))[:2])
    with pytest.raises(ArgumentError, match="backend must be one of"):
        vjp(recurrence, W, X, 2, backend="c")
    with pytest.raises(ArgumentError, match="without Numba"):
        jacrev(recurrence, numba_options={"fastmath": True})


@pytest.mark.parametrize("mode", [None, "rev"])
@pytest.mark.parametrize("function", [in_place, tall], ids=["square", "tall"])
def test_jacobians_in_either_mode(mode, function):
    assert_equal_but_for_rounding(jacobian(function, mode=mode, backend="numba")(X), jacobian(function, mode=mode)(X))


def test_pullbacks_inside_of_what_is_differentiated():
    def steep(x):
        return np.sum(vjp(spread, x, backend="numba")[1](np.ones(3))[0] ** 2) + np.sum(
            jacrev(spread, backend="numba")(x)
        )

    def as_in_python(x):
        return np.sum(vjp(spread, x)[1](np.ones(3))[0] ** 2) + np.sum(jacrev(spread)(x))

    assert_equal_but_for_rounding(grad(steep)(X), grad(as_in_python)(X))
