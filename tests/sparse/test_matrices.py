"""Sparse derivatives as their callers see them: patterns of one's own, modes, containers, errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse

from sct_ad import ArgumentError, custom_vjp, grad, hessian, hvp, jacobian, jacrev, jvp
from sct_ad.sparse.colouring import colour_columns, colour_symmetric


def tridiagonal(u):
    r = 2.0 * u - 0.1 * np.exp(u)
    r[1:] -= u[:-1]
    r[:-1] -= u[1:]
    return r


def pentadiagonal(u):
    r = u**2
    r[2:] -= u[:-2] * u[2:]
    r[:-2] += np.sin(u[2:])
    r[1:] += u[:-1]
    r[:-1] *= u[1:]
    return r


def five_point(u):
    r = 4.0 * u + u**3
    r[1:] -= u[:-1]
    r[:-1] -= u[1:]
    r[:, 1:] -= u[:, :-1]
    r[:, :-1] -= u[:, 1:]
    return r


def arrow(x):
    return np.concatenate([[np.sum(x)], x[1:] * x[0]])


def wide(x):
    return np.array([x[0] * x[1], x[5] ** 2, np.sum(x[6:])])


def energy(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def sweeps(derivative):
    """How many columns and rows are summed."""
    columns, rows = next(reversed(derivative._colourings.values()))
    return [None if each is None else int(each.max()) + 1 for each in (columns, rows)]


@pytest.mark.parametrize(
    ("f", "shape", "most"),
    [(tridiagonal, (10_000,), 3), (pentadiagonal, (10_000,), 5), (five_point, (100, 100), 8)],
    ids=["tridiagonal", "pentadiagonal", "five_point"],
)
def test_ten_thousand_inputs_take_a_few_sweeps(f, shape, most):
    x = np.random.default_rng(0).uniform(0.5, 1.0, shape)
    made = jacobian(f, sparsity="auto", check=True)
    matrix = made(x)
    assert sweeps(made)[0] <= most
    v = np.random.default_rng(1).normal(size=shape)
    np.testing.assert_allclose(matrix @ v.ravel(), jvp(f, (x,), (v,))[1].ravel(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("f", [tridiagonal, pentadiagonal, arrow, wide], ids=lambda f: f.__name__)
def test_against_dense(f):
    x = np.random.default_rng(0).uniform(0.5, 1.0, 12)
    for mode in (None, "fwd", "rev"):
        np.testing.assert_allclose(jacobian(f, sparsity="auto", mode=mode)(x).toarray(), jacrev(f)(x), rtol=1e-13)


def test_the_cheaper_mode_is_taken():
    made = jacobian(wide, sparsity="auto")
    made(np.ones(12))
    assert sweeps(made)[1] == 1


def test_hessians_of_ten_thousand_inputs():
    x = np.random.default_rng(0).uniform(0.5, 1.0, 10_000)
    v = np.random.default_rng(1).normal(size=10_000)
    matrix = hessian(energy, sparsity="auto", check=True)(x)
    assert matrix.nnz == 29_998
    np.testing.assert_allclose(matrix @ v, hvp(energy)(x, v), rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose((matrix - matrix.T).toarray()[:50], 0, atol=1e-10)


def test_an_arrow_takes_two_products():
    def f(x):
        return x[0] * np.sum(x[1:] ** 2) + np.sum(np.exp(x))

    made = hessian(f, sparsity="auto")
    x = np.linspace(0.1, 1.0, 40)
    np.testing.assert_allclose(made(x).toarray(), hessian(f)(x), rtol=1e-12)
    ((_, colours, _),) = made._colourings.values()
    assert colours.max() == 1


@pytest.mark.parametrize(
    "convert",
    [np.asarray, lambda p: p.astype(float), scipy.sparse.csr_matrix, scipy.sparse.coo_array, scipy.sparse.csc_array],
)
def test_patterns_of_ones_own(convert):
    x = np.linspace(0.5, 1.0, 9)
    pattern = np.abs(np.subtract.outer(np.arange(9), np.arange(9))) <= 1
    made = jacobian(tridiagonal, sparsity=convert(pattern), check=True)
    np.testing.assert_allclose(made(x).toarray(), jacrev(tridiagonal)(x))
    assert made(x).nnz == 25


def test_patterns_of_hessians_may_be_one_half():
    x = np.linspace(0.5, 1.0, 9)
    half = np.triu(np.abs(np.subtract.outer(np.arange(9), np.arange(9))) <= 1)
    np.testing.assert_allclose(hessian(energy, sparsity=half, check=True)(x).toarray(), hessian(energy)(x), atol=1e-12)


def test_wrong_patterns_are_found():
    x = np.linspace(0.5, 1.0, 9)
    with pytest.raises(ArgumentError, match="the pattern leaves out entries"):
        jacobian(tridiagonal, sparsity=np.eye(9), check=True)(x)
    with pytest.raises(ArgumentError, match="the pattern leaves out entries"):
        jacobian(tridiagonal, sparsity=np.eye(9), check=True, mode="rev")(x)
    with pytest.raises(ArgumentError, match="the pattern leaves out entries"):
        hessian(energy, sparsity=np.eye(9), check=True)(x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sparsity": "yes"}, "sparsity must be 'auto'"),
        ({"sparsity": np.ones(9)}, "sparsity must be 'auto'"),
        ({"sparsity": np.ones((9, 8))}, "the pattern has 8 columns"),
        ({"sparsity": np.ones((8, 9))}, "the pattern has 8 rows"),
        ({"sparsity": np.eye(8, 9), "mode": "rev"}, "the pattern has 8 rows"),
        ({"sparsity": "auto", "mode": "best"}, "mode must be"),
        ({"sparsity": "auto", "argnums": (0,)}, "several arguments"),
        ({"sparsity": "auto", "has_aux": True}, "together with has_aux"),
        ({"sparsity": "auto", "holomorphic": True}, "together with holomorphic"),
    ],
)
def test_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        jacobian(tridiagonal, **options)(np.linspace(0.0, 1.0, 9))


def test_refused_arguments():
    with pytest.raises(ArgumentError, match="complex128"):
        jacobian(tridiagonal, sparsity="auto")(np.ones(3) * 1j)
    with pytest.raises(ArgumentError, match="instead: pass real numbers"):
        jacobian(tridiagonal, sparsity="auto")(np.arange(3))
    with pytest.raises(ArgumentError, match="the pattern has the shape"):
        hessian(energy, sparsity=np.ones((8, 9)))(np.ones(9))


def test_random_functions_are_refused():
    rng = np.random.default_rng(0)

    def f(x):
        return rng.normal() * tridiagonal(x)

    with pytest.raises(ArgumentError, match="differs from call to call"):
        jacobian(f, sparsity="auto", mode="fwd")(np.ones(5))


def test_containers_and_numbers():
    def f(parameters, a):
        return {"u": parameters["w"] ** 2 * a, "v": (parameters["w"][0] * parameters["b"], 2.0 * parameters["b"])}

    point = {"w": np.array([1.0, 2.0, 3.0]), "b": 0.5}
    expected = [[2, 0, 0, 0], [0, 4, 0, 0], [0, 0, 6, 0], [0.5, 0, 0, 1.0], [0, 0, 0, 2.0]]
    for mode in ("fwd", "rev"):
        found = jacobian(f, sparsity="auto", mode=mode, check=True)(point, 1.0)
        np.testing.assert_allclose(found.toarray(), expected)
        assert found.nnz == 6


def test_keywords_argnums_and_dtype():
    def f(a, u):
        return a * tridiagonal(u)

    u = np.linspace(0.0, 1.0, 6)
    np.testing.assert_allclose(jacobian(f, "u", sparsity="auto")(u=u, a=2.0).toarray(), 2 * jacrev(tridiagonal)(u))
    found = jacobian(f, 1, sparsity="auto", check=True)(2.0, u.astype(np.float32))
    assert found.dtype == np.float32


def test_decorators_methods_and_pickles():
    @jacobian(sparsity="auto")
    def f(x):
        return x * x[0]

    assert f(np.array([2.0, 3.0])).toarray().tolist() == [[4.0, 0.0], [3.0, 2.0]]

    class Model:
        scale = 3.0

        def residual(self, x):
            return self.scale * x**2

        slope = jacobian(residual, 1, sparsity="auto")

    assert Model().slope(np.array([1.0, 2.0])).toarray().tolist() == [[6.0, 0.0], [0.0, 12.0]]
    again = pickle.loads(pickle.dumps(jacobian(tridiagonal, sparsity="auto", mode="rev")))
    assert again.mode == "rev"
    assert again(np.ones(4)).nnz == 10
    with pytest.raises(Exception, match="differentiate the function itself"):
        grad(again)


@custom_vjp
def backward_only(x):
    return x[::-1] * x


backward_only.defvjp(
    lambda x: (x[::-1] * x, x), lambda x, ct: (2 * (ct * x)[::-1] * 0 + ct * x[::-1] + (ct * x)[::-1],)
)


def test_rules_of_one_mode():
    def f(x):
        return backward_only(x) * 2

    x = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(jacobian(f, sparsity="auto")(x).toarray(), jacrev(f)(x))


def test_empty():
    assert jacobian(tridiagonal, sparsity="auto")(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: np.floor(x), sparsity="auto")(np.ones(3)).nnz == 0
    assert hessian(lambda x: np.sum(x), sparsity="auto")(np.ones(3)).nnz == 0


@pytest.mark.parametrize("seed", range(20))
def test_colourings(seed):
    rng = np.random.default_rng(seed)
    pattern = rng.random((30, 25)) < rng.uniform(0.02, 0.3)
    rows, columns = np.nonzero(pattern)
    colours = colour_columns(rows, columns, pattern.shape)
    for colour in range(colours.max() + 1):
        assert (pattern[:, colours == colour].sum(axis=1) <= 1).all()
    assert (colours >= 0).tolist() == pattern.any(axis=0).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_star_colourings(seed):
    rng = np.random.default_rng(seed)
    half = rng.random((25, 25)) < rng.uniform(0.02, 0.3)
    pattern = half | half.T
    colours = colour_symmetric(*np.nonzero(pattern), 25)
    for i, j in zip(*np.nonzero(pattern)):
        own = (colours == colours[j]) & pattern[i]
        other = (colours == colours[i]) & pattern[j]
        assert own.sum() == 1 or other.sum() == 1
