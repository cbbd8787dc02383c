"""Symbolic sizes: what is said to be equal must be equal, whatever the sizes are."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from sct_ad.rules.typing import result_type, sizes
from sct_ad.rules.typing.table import NONE
from sct_ad.syntax.dims import (
    ANY,
    Dim,
    broadcast,
    is_not_one,
    join_size,
    same_size,
)
from sct_ad.syntax.values import (
    INT,
    Array,
    Scalar,
    join,
)
from tests.rules.covering import Sizes

N, M = Dim(("n",)), Dim(("m",))


class Bound(Sizes):
    """Sizes of n and m are given."""

    def __init__(self, n: int, m: int) -> None:
        super().__init__()
        self.given = {"n": n, "m": m}

    def _key(self, key):
        return self.given[key[0]] if len(key) == 1 else super()._key(key)


BINDINGS = [Bound(n, m) for n, m in itertools.product((0, 1, 2, 3, 5), repeat=2)]
NOT_ONE = [Dim(("n",), 0, True), Dim(("m",), 0, True)]


def int_(value):
    return Scalar("int", "", value)


def test_any_equals_nothing_but_is_stable_under_joins() -> None:
    assert not same_size(ANY, ANY)
    joined = join_size(N, M)
    assert not same_size(joined, joined)
    assert join_size(joined, 3) == joined
    assert join_size(joined, joined) == joined


def test_joins_of_array_types_reach_a_fixpoint() -> None:
    rng = random.Random(0)
    dims = [1, 2, 3, N, M, Dim(("n",), 0, True), Dim(("n",), 1), ANY, sizes.fresh()]
    for _ in range(200):
        type_ = Array("float64", tuple(rng.choice(dims) for _ in range(2)))
        for step in range(6):
            wider = join(type_, Array("float64", tuple(rng.choice(dims) for _ in range(2))))
            assert join(wider, type_) == join(type_, wider) or step == 0
            assert join(wider, wider) == wider
            type_ = wider
        for dim in dims:
            last = join(type_, Array("float64", (dim, dim)))
            assert join(last, Array("float64", (dim, dim))) == last


def test_a_join_promises_only_what_both_promise() -> None:
    assert is_not_one(join_size(2, 3))
    assert not is_not_one(join_size(1, 3))
    assert join_size(Dim("n", 0, True), Dim("n")) == Dim("n")


def test_broadcasting_does_not_trust_sizes_of_which_nothing_is_known() -> None:
    assert broadcast((ANY,), (ANY,)) == (ANY,)
    assert broadcast((ANY,), (N,)) == (ANY,)
    assert broadcast((N,), (N,)) == (N,)
    assert broadcast((N,), (1,)) == (N,)
    assert broadcast((ANY,), (3,)) == (3,)


def test_broadcasting_is_commutative_and_associative() -> None:
    k = Dim(("k",))
    assert broadcast((N,), (M,)) == broadcast((M,), (N,))
    once = broadcast(broadcast((N,), (M,)), (k,))
    assert once == broadcast((N,), broadcast((M,), (k,)))
    assert broadcast(once, (M,)) == once
    assert not same_size(once[0], N)


@pytest.mark.parametrize("start", [None, 0, 1, 2, 3, -1, -2, -4])
@pytest.mark.parametrize("stop", [None, 0, 1, 2, 4, -1, -2, -3])
@pytest.mark.parametrize("step", [None, 1, 2, 3, -1, -2])
def test_slices_of_every_length(start, stop, step) -> None:
    bounds = [NONE if b is None else int_(b) for b in (start, stop, step)]
    for given in (N, Dim(("n",), 1), Dim(("n",), 0, True), 4):
        size = sizes.slice_size(given, *bounds)
        for binding in [Bound(n, 0) for n in range(24)]:
            if is_not_one(given) and binding.of(given) == 1:
                continue
            expected = len(range(binding.of(given))[slice(start, stop, step)])
            assert binding.of(size) == expected
            assert expected != 1 or not is_not_one(size)


def test_equal_slices_have_equal_sizes() -> None:
    def size(start, stop, step=None):
        return sizes.slice_size(NOT_ONE[0], *(NONE if b is None else int_(b) for b in (start, stop, step)))

    assert same_size(size(1, 3), size(-3, -1))
    assert same_size(size(0, 2), size(-2, None))
    assert same_size(size(None, None, 2), size(0, None, 2))
    assert size(5, 5) == 0
    assert same_size(size(0, 10**6), size(0, 10**6))
    assert not same_size(*(sizes.slice_size(ANY, NONE, int_(2), NONE) for _ in range(2)))
    assert not same_size(size(0, 2), size(1, 3))  # of two entries the second has one
    assert is_not_one(size(0, 2)) and not is_not_one(size(1, 3)) and not is_not_one(size(0, 1))


def test_sums_and_products_that_are_not_one() -> None:
    n, m = NOT_ONE
    for whole in ([n, m], [n, n], [n, M], [N, M], [N, 2], [n, 1], [n, 3], [N, 1], [Dim(("n",), -2), M]):
        for combine, truth in ((sizes.total, sum), (sizes.product, math.prod)):
            found = [
                truth(map(binding.of, whole))
                for binding in BINDINGS
                if not any(is_not_one(size) and binding.of(size) == 1 for size in whole)
            ]
            assert is_not_one(combine(whole)) <= (1 not in found)
    assert is_not_one(sizes.total([n, m])) and is_not_one(sizes.product([n, M])) and is_not_one(sizes.plus(N, 2))
    assert not is_not_one(sizes.total([n, M])) and not is_not_one(sizes.plus(n, 1))


@pytest.mark.parametrize("less", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("start", [None, 0, 1, 2])
def test_slices_up_to_the_length_less_something(less, start) -> None:
    stop = Scalar("int", "", size=Dim(("n",), less))
    size = sizes.slice_size(N, NONE if start is None else int_(start), stop, NONE)
    if isinstance(size.key, tuple):
        for binding in BINDINGS:
            n = binding.of(N)
            assert binding.of(size) == len(range(n)[slice(start, n - less)])


def test_sums_and_products() -> None:
    parts = [N, M, Dim(("n",), 1), Dim(("m",), -1), 0, 1, 3, sizes.product([N, M]), sizes.product([2, N])]
    for left, right in itertools.product(parts, repeat=2):
        for binding in BINDINGS:
            assert binding.of(sizes.total([left, right])) == binding.of(left) + binding.of(right)
            assert binding.of(sizes.product([left, right])) == binding.of(left) * binding.of(right)
        assert sizes.product([left, right]) == sizes.product([right, left])
        assert sizes.total([left, right]) == sizes.total([right, left])


def test_quotients() -> None:
    assert sizes.quotient([N, M], [N]) == M
    assert sizes.quotient([N, 6], [2]) == sizes.product([N, 3])
    assert sizes.quotient([sizes.product([N, M])], [M]) == N
    assert sizes.quotient([6], [4]) != 1.5
    assert not same_size(sizes.quotient([N, ANY], [M]), sizes.quotient([N, ANY], [M]))


def test_adding_to_a_difference_is_exact_or_not_done() -> None:
    for less, number in itertools.product((-2, -1, 0, 1, 2), (-2, -1, 0, 1, 2)):
        size = sizes.plus(Dim(("n",), less), number)
        for binding in BINDINGS:
            assert binding.of(size) == max(0, binding.of(Dim(("n",), less)) + number)


def test_unknown_lengths_are_equal_to_themselves_only() -> None:
    one, other = sizes.length(INT), sizes.length(INT)
    assert same_size(one, one) and not same_size(one, other)


def test_diagonals() -> None:
    from sct_ad.rules.typing.constructors import diagonal_size

    for rows, columns, offset in itertools.product((0, 1, 2, 3), (0, 1, 2, 3), (-2, -1, 0, 1, 2)):
        if rows and columns:
            assert diagonal_size(rows, columns, offset) == len(np.diagonal(np.zeros((rows, columns)), offset))


def test_a_rank_that_is_a_size_is_not_known():
    """A histogram of points in m dimensions has m axes, and there are m lists of edges."""
    points = Array("float64", (N, M))
    grid, edges = result_type(np.histogramdd, [points], {}).items
    assert grid.dims is None
    assert edges.items is None or len(edges.items) == 0
    fixed = result_type(np.histogramdd, [Array("float64", (N, 2))], {}).items
    assert len(fixed[0].dims) == len(fixed[1].items) == 2
