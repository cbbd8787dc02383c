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
