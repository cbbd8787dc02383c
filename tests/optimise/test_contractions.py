"""Adjoints of `np.einsum` as products of matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sct_ad import grad
from tests.numerical import assert_close, difference_gradient

SIZES = {"n": 3, "k": 2, "i": 4, "j": 5}


def subject(subscripts: str):
    text = f"def f(x, y, w):\n    z = np.einsum({subscripts!r}, x, y)\n    return np.sum(z * z * w)\n"
    namespace = {"np": np}
    exec(text, namespace)
    return namespace["f"], grad(namespace["f"], (0, 1), source=text)


def arrays(subscripts: str, sizes: dict[str, int]) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(3)
    inputs, result = subscripts.split("->")
    return tuple(generator.normal(size=[sizes[c] for c in letters]) for letters in [*inputs.split(","), result])


STACKS = [
    f"{''.join(one)},{''.join(two)}->{''.join(result)}"
    for one, two, result in itertools.product(
        list(itertools.permutations("kij"))[::2], list(itertools.permutations("nkj"))[::2], ("nki", "kin", "ikn")
    )
]


@pytest.mark.parametrize("subscripts", [*STACKS, "ij,jn->in", "ij,nj->ni", "ji,nj->in"])
def test_products(subscripts: str) -> None:
    f, gradient = subject(subscripts)
    args = arrays(subscripts, SIZES)
    text = gradient.source(*args)
    assert text.count(" @ ") == 2 and text.count("einsum") <= 2 and "copy" not in text  # the value, and its comment
    assert_close(gradient(*args), (difference_gradient(f, args, 0), difference_gradient(f, args, 1)))
    single = tuple(a.astype("float32") for a in args)
    assert all(part.dtype == np.float32 for part in gradient(*single))


@pytest.mark.parametrize("subscripts", ["nki,nki->ki", "ki,kij->kj", "i,j->ij", "nki,nkj->k", "nkij,nkj->i", "ij,ij->"])
def test_what_is_no_product_of_matrices_stays(subscripts: str) -> None:
    f, gradient = subject(subscripts)
    args = arrays(subscripts, SIZES)
    assert_close(gradient(*args), (difference_gradient(f, args, 0), difference_gradient(f, args, 1)))


@pytest.mark.parametrize("empty", "nkij")
def test_empty_axes(empty: str) -> None:
    args = arrays("kij,nkj->nki", {**SIZES, empty: 0})
    got = subject("kij,nkj->nki")[1](*args)
    assert [part.shape for part in got] == [part.shape for part in args[:2]]
    assert not any(map(np.any, got))


@pytest.mark.parametrize("ones", ["n", "k", "i", "j", "kn", "ij"])
def test_axes_of_size_one(ones: str) -> None:
    subscripts = "kij,nkj->nki"
    f, gradient = subject(subscripts)
    x, y, w = arrays(subscripts, SIZES)
    shrunk = tuple(
        a[tuple(slice(0, 1) if c in ones else slice(None) for c in own)] for a, own in ((x, "kij"), (y, "nkj"))
    )
    for args in ((shrunk[0], y, w), (x, shrunk[1], w), (*shrunk, w)):
        assert_close(gradient(*args), (difference_gradient(f, args, 0), difference_gradient(f, args, 1)))
    transposed = tuple(np.asfortranarray(a) for a in (x, y, w))
    assert_close(gradient(*transposed), gradient(x, y, w))


def test_nan_reaches_what_it_is_multiplied_into() -> None:
    _, gradient = subject("kij,nkj->nki")
    x, y, w = arrays("kij,nkj->nki", SIZES)
    y[0, 1, 2] = np.nan
    bx, by = gradient(x, y, w)
    assert np.isnan(bx[1]).all() and not np.isnan(bx[0]).any()
    assert np.isnan(by[0, 1]).all() and not np.isnan(by[1:]).any()


def scaled(x, w, n):
    s = 0.0
    for k in range(n):
        s = s + np.sum(np.sin(w[k] * x) * x)
    return s


def stretched(x, y):
    return np.sum(np.sin(np.sum(x * y) * x * y))


def test_sums_of_products_of_vectors_are_written_as_matrix_products() -> None:
    x, w = np.array([0.5, -1.0, 2.0]), np.array([0.3, 0.7])
    gradient = grad(scaled, (0, 1))
    assert " @ x" in gradient.source(x, w, 2)
    assert_close(gradient(x, w, 2), tuple(difference_gradient(scaled, (x, w, 2), k) for k in (0, 1)))


@pytest.mark.parametrize("sizes", [(3, 3), (1, 3), (3, 1), (1, 1), (0, 0)])
def test_sums_of_products_where_one_vector_may_be_stretched(sizes: tuple[int, int]) -> None:
    x, y = (np.linspace(0.5, 1.5, size) for size in sizes)
    found = grad(stretched, (0, 1))(x, y)
    assert_close(found, tuple(difference_gradient(stretched, (x, y), k) for k in (0, 1)))


def steps(W, x, n):
    for _ in range(n):
        x = np.tanh(W @ x)
    return np.sum(x)


def test_outer_products_in_loops_are_written_as_products() -> None:
    W, x = np.random.default_rng(0).normal(size=(3, 3)), np.array([0.5, -1.0, 2.0])
    gradient = grad(steps, (0, 1))
    text = gradient.source(W, x, 3)
    assert "np.outer" not in text and "[:, None] * x" in text, text
    assert_close(gradient(W, x, 3), tuple(difference_gradient(steps, (W, x, 3), k) for k in (0, 1)))


def windows(kernel, x):
    h = x.shape[1] - kernel.shape[0] + 1
    total = 0.0
    for i in range(kernel.shape[0]):
        total = total + np.sum((x[:, i : i + h, :] @ kernel[i]) ** 2)
    return total


def test_stacks_of_rows_are_one_matrix() -> None:
    kernel, x = (np.random.default_rng(4).normal(size=size) for size in ((2, 3, 4), (5, 6, 3)))
    gradient = grad(windows, (0, 1))
    assert "tensordot" not in gradient.source(kernel, x)
    assert_close(gradient(kernel, x), tuple(difference_gradient(windows, (kernel, x), k) for k in (0, 1)))
    for kernel, x in (
        (kernel[:, :, :0], x),
        (kernel[:, :0], x[:, :, :0]),
        (kernel, x[:0]),
        (kernel[:, :1], x[:, :, :1]),
    ):
        found = gradient(kernel, x)
        assert [part.shape for part in found] == [kernel.shape, x.shape]
        assert_close(found, tuple(difference_gradient(windows, (kernel, x), k) for k in (0, 1)))
