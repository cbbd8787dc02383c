"""Patterns from the source: exact where the code is loops, slices and stencils, and never too small."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse

from sct_ad import hessian, jacobian, jacrev


def slices(x):
    y = x**2
    z = 3 * x
    z[1:] -= y[:-1]
    z[:-1] = z[:-1] + np.sin(x[1:])
    return z


def overlapping_store(x):
    y = x.copy()
    y[1:] += y[:-1]
    return y


def loop(x):
    out = np.zeros(len(x))
    for i in range(1, len(x) - 1):
        out[i] = x[i - 1] * x[i + 1] - 2.0 * x[i]
    return out


def recurrence(x):
    out = np.empty_like(x)
    state = 0.0
    for i in range(len(x)):
        state = math.tanh(state * 0.5 + x[i])
        out[i] = state
    return out


def forgetting(x):
    out = np.zeros_like(x)
    for i in range(len(x)):
        s = x[i]
        if i % 3 == 0:
            s = 1.0
        out[i] = s * s
    return out


def rolled(x):
    return np.roll(x, 1) - 2 * x + np.roll(x, -1) + np.exp(x)


def differences(x):
    return np.diff(x, n=2) * x[1:-1]


def prepended(x):
    return np.diff(x, prepend=x[-1])


def joined(x):
    return np.concatenate([x[:2] ** 2, np.ones(3), x[2:] * x[0]])


def stacked(x):
    return np.stack([x, 2 * x]).T


def summed(x):
    return np.sum(x.reshape(3, 2) ** 2, axis=1)


def totals(x):
    return np.array([np.sum(x), x[0], np.mean(x[3:])])


def scanned(x):
    return np.cumsum(x)[::2]


def listed(x):
    found = []
    for v in x:
        found.append(v * x[0])
    return np.array(found)


def fancy(x):
    k = np.array([3, 1, 0])
    out = np.zeros(5)
    out[k] = x[[0, 2, 4]]
    out[x[:5] > 0.7] += 1.0
    return out * x[:5]


def added_at(x):
    out = np.zeros(3)
    np.add.at(out, np.array([0, 0, 2, 1, 2, 2]), x)
    return out


def alias(x):
    y = x.copy()
    v = y[2:4]
    v[:] = y[0] * 2
    return y


def reshaped_view(x):
    y = 1.0 * x
    v = y.reshape(2, 3)
    v[0] = v[1] * x[0]
    return y


def negative_is_a_copy(x):
    y = -x
    y[0] = y[5]
    return x + 0 * y[::-1]


def transposed(x):
    m = x.reshape(2, 3)
    return (m.T @ np.array([1.0, 0.0])) * 2


def banded_matrix(x):
    return np.diag([1.0] * 5, 1) @ x + x


def from_the_left(x):
    return np.array([[1.0, 0, 0, 0, 0, 0], [0, 0, 2, 0, 3, 0]]) @ x


def from_the_right(x):
    return x @ np.eye(6)[:, :4]


def both(x):
    return x.reshape(2, 3) @ x.reshape(3, 2)


def helper(a, b):
    return a * b, a - b


def calls(x):
    p, q = helper(x[:3], x[3:])
    return np.concatenate([p, q])


def padded(x):
    p = np.pad(x, 1)
    return p[2:] - p[:-2]


def smoothed(x):
    return np.convolve(x, [0.25, 0.5, 0.25], mode="same")


def long_kernel(x):
    return np.convolve(x[:2], np.array([1.0, 0.0, 3.0, 4.0, 5.0]), "same")


def correlated(x):
    return np.correlate(x, np.array([1.0, 2.0, 0.0]))


def correlating(x):
    return np.correlate(np.array([1.0, 0.0, 3.0, 4.0, 5.0, 2.0, 1.0]), x[:3], "full")


def sloped(x):
    return np.gradient(x, 0.5)


def chosen(x):
    return np.where(x > 0.5, x, 2 * x[::-1])


def selected(x):
    return np.select([x < 0.3, x < 0.6], [x, x**2], np.sin(x))


def outer(x):
    return np.outer(x[:2], np.array([1.0, 2.0, 3.0]))


def repeated(x):
    return np.repeat(x[:3], 2) * np.tile(x[3:], 2)


def nothing(x):
    return np.floor(x)


def one_number(x):
    return x[1] * x[4]


def scaled_by_shape(x):
    return x / x.shape[0] + np.zeros_like(x)


def recursive_sum(x, n):
    return x[0] if n == 0 else x[n] + recursive_sum(x, n - 1)


def recursion(x):
    return np.array([recursive_sum(x, 2), x[5]])


def while_loop(x):
    i = 0
    out = np.zeros(6)
    while i < 5:
        out[i] = x[i] * x[i + 1]
        i += 2
    return out


def dictionary(x):
    parts = {"a": x[:3], "b": x[3:]}
    parts["a"] = parts["a"] * 2
    return parts["b"] - parts["a"]


def maximal(x):
    return np.maximum(x[1:], x[:-1] ** 2)


def caught(x):
    try:
        out = np.sqrt(x)
        out[2] = 1.0 / 0.0 if x[0] > 10 else x[3]
    except ZeroDivisionError:
        out = 2 * x
    return out


EXACT = [
    value
    for value in list(globals().values())
    if callable(value) and getattr(value, "__module__", "") == __name__ and value.__code__.co_argcount == 1
]
WIDER = {negative_is_a_copy, fancy, chosen, selected, maximal, both}
"""The patterns of these hold wherever the same branches are taken, and so are wider than at one point."""


def point(n=6):
    return np.linspace(0.2, 0.9, n) ** 1.5 + 0.05


def dense(f, x):
    return np.atleast_1d(jacrev(f)(x)).reshape(-1, x.size)


@pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
def test_patterns_of_jacobians(f):
    x = point()
    reference = dense(f, x)
    found = jacobian(f, sparsity="auto", check=True).pattern(x).toarray()
    assert found.shape == reference.shape
    assert not (~found & (reference != 0)).any()
    if f not in WIDER:
        np.testing.assert_array_equal(found, reference != 0)


@pytest.mark.parametrize("mode", [None, "fwd", "rev"])
@pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
def test_entries_of_jacobians(f, mode):
    x = point()
    found = jacobian(f, sparsity="auto", mode=mode, check=True)(x)
    assert isinstance(found, scipy.sparse.csr_array)
    np.testing.assert_allclose(found.toarray(), dense(f, x), rtol=1e-13, atol=1e-15)


def dense_fallback(x):
    return np.linalg.solve(np.diag(x) + np.eye(6)[::-1], x)


def transform(x):
    return np.fft.rfft(x).real


def ordered(x):
    return np.sort(x * np.array([1.0, -1, 1, -1, 1, -1]))


def determinant(x):
    return np.array([np.linalg.det(x[:4].reshape(2, 2)), x[5]])


def contracted(x):
    return np.einsum("ij,j->i", x.reshape(2, 3), x[:3])


def interpolated(x):
    return np.interp(x, [0.0, 0.5, 1.0], [0.0, 1.0, 4.0])


@pytest.mark.parametrize(
    "f", [dense_fallback, transform, ordered, determinant, contracted, interpolated], ids=lambda f: f.__name__
)
def test_what_is_not_known_is_full(f):
    x = point()
    made = jacobian(f, sparsity="auto", check=True)
    reference = dense(f, x)
    assert not (~made.pattern(x).toarray() & (reference != 0)).any()
    np.testing.assert_allclose(made(x).toarray(), reference, rtol=1e-12, atol=1e-14)


def test_the_pattern_follows_the_branch():
    def f(x):
        return x * 2 if x[0] > 0 else x * x[::-1]

    made = jacobian(f, sparsity="auto")
    assert made(np.array([1.0, 2.0, 3.0])).nnz == 3
    assert made(np.array([-1.0, 2.0, 3.0])).nnz == 5
    union = made.pattern(np.array([1.0, 2.0, 3.0])) + made.pattern(np.array([-1.0, 2.0, 3.0]))
    fixed = jacobian(f, sparsity=union, check=True)
    for x in (np.array([1.0, 2.0, 3.0]), np.array([-1.0, 2.0, 3.0])):
        np.testing.assert_allclose(fixed(x).toarray(), jacrev(f)(x))


def test_zeros_of_constant_matrices_are_those_of_the_call():
    def f(x, A):
        return A @ x**2

    x = point(4)
    made = jacobian(f, sparsity="auto")
    for A in (np.eye(4), np.ones((4, 4)), np.triu(np.ones((4, 4)), 2)):
        found = made(x, A)
        assert found.nnz == np.count_nonzero(A)
        np.testing.assert_allclose(found.toarray(), A * 2 * x)
    found = made(x, scipy.sparse.csr_array(np.eye(4)[::-1]))
    np.testing.assert_allclose(found.toarray(), np.eye(4)[::-1] * 2 * x)


def test_more_inputs_than_are_followed_at_a_time(monkeypatch):
    from sct_ad.sparse import patterns

    monkeypatch.setattr(patterns, "_WIDTH", 4)
    x = point(11)
    np.testing.assert_array_equal(jacobian(slices, sparsity="auto").pattern(x).toarray(), dense(slices, x) != 0)


def test_the_argument_is_not_changed():
    def f(x):
        x[1:] *= x[:-1]
        return x

    x = point()
    before = x.copy()
    found = jacobian(f, sparsity="auto")(x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(found.toarray(), jacrev(f)(x))


# Hessians


def chain(x):
    return np.sum(x[1:] * x[:-1]) + np.dot(x, x) + np.sum((1 - x) ** 3)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def arrow(x):
    return x[0] * np.sum(x[1:] ** 2) + np.sum(np.exp(x))


def blocks(x):
    m = x.reshape(3, 2)
    return np.sum((m[:, 0] * m[:, 1]) ** 2)


def linear(x):
    return 3 * np.sum(x) + x[0]


def partly_linear(x):
    return np.sum(2 * x) + x[1] * x[4]


def of_loops(x):
    s = 0.0
    for i in range(1, len(x)):
        s += math.exp(x[i] - x[i - 1]) / (1.0 + x[i] * x[i])
    return s


def coupled(x):
    return np.sum(x) ** 2 / (1 + x[0])


def quadratic(x):
    K = np.diag([2.0] * 6) - np.diag([1.0] * 5, 1) - np.diag([1.0] * 5, -1)
    return 0.5 * x @ (K @ x) + np.sum(x**4)


SCALAR = [chain, rosenbrock, arrow, blocks, linear, partly_linear, of_loops, coupled, quadratic]


@pytest.mark.parametrize("f", SCALAR, ids=lambda f: f.__name__)
def test_hessians(f):
    x = point()
    reference = hessian(f)(x)
    found = hessian(f, sparsity="auto", check=True)(x)
    assert isinstance(found, scipy.sparse.csr_array)
    np.testing.assert_allclose(found.toarray(), reference, rtol=1e-11, atol=1e-13)
    wider = found.toarray() != 0
    pattern = hessian(f, sparsity="auto").pattern(x).toarray()
    assert (pattern | ~wider).all()
    if f not in (arrow, coupled, blocks):
        np.testing.assert_array_equal(pattern, np.abs(reference) > 1e-14)
