"""Zeros that are added to: replaced by the first contribution only where that has the same type and nobody looks."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad.optimise.buffers import accumulations, buffers
from tests.optimise.before_after import becomes, stays

A, B32, M = np.array([1.5, -2.0, 3.0]), np.array([0.5, 2.0, -1.0], "float32"), np.array([[1.0, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("zeros", "added", "first"),
    [
        ("0.0", "s * s", "s * s"),
        ("0.0", "a[0]", "a[0]"),
        ("np.zeros_like(a)", "s * a", "s * a"),
        ("np.zeros(a.shape)", "np.sin(a)", "np.sin(a)"),
        ("np.zeros_like(a)", "s", "np.full(a.shape, s)"),
        ("np.zeros_like(b)", "s", "np.full_like(b, s)"),
        ("np.zeros_like(b)", "s * b", "s * b"),
        ("0.0", "n", None),  # an int must become a float
        ("0.0", "a", None),  # adding makes the fresh array
        ("np.zeros_like(a)", "a", "a.copy()"),  # not a fresh array
        ("np.zeros_like(a)", "a[...]", None),
        ("np.zeros_like(a)", "np.reshape(a, (3,))", None),
        ("np.zeros_like(M)", "s * a", None),  # a smaller one
        ("np.zeros_like(a)", "s * b", None),  # float32
        ("np.zeros_like(b)", "np.float64(s)", "np.full_like(b, np.float64(s))"),
        ("np.zeros_like(a)", "bx * s", None),
    ],
)
def test_first_contributions(zeros: str, added: str, first: str | None) -> None:
    text = f"""
        def f(s, n, a, b, M):
            bx = {zeros}        #~ line
            bx += {added}
            bx += s
            return bx
        """
    args = (0.7, 3, A, B32, M)
    if first is None:
        stays(buffers, text, args)
    else:
        merged = f"""
        def f(s, n, a, b, M):
            bx = {first}
            bx += s
            return bx
        """
        becomes(buffers, text, merged, args)


def test_zeros_sink_to_their_first_use() -> None:
    becomes(
        buffers,
        """
        def f(x, n, s):
            bx = np.zeros_like(x)       #~ line
            by = 0.0
            y = np.sin(x)               #: y = np.sin(x)
            for i in range(n):          #~ line
                bx += s * x
                by -= s
            return bx, by, y
        """,
        """
        def f(x, n, s):
            y = np.sin(x)
            bx = np.zeros_like(x)
            by = 0.0
            for i in range(n):
                bx += s * x
                by -= s
            return bx, by, y
        """,
        (A, 3, 0.5),
        "y",
    )


def test_the_sum_of_the_user_stays() -> None:
    stays(
        buffers,
        """
        def f(x):
            s = 0.0     #: s = 0.0
            s += x      #: s += x
            s = s + x   #: s = s + x
            return s
        """,
        (0.5,),
        "s",
    )


def test_numbers_accumulate_in_place_and_arrays_do_not() -> None:
    becomes(
        accumulations,
        """
        def f(x, a):
            bx = x * x      #~ line
            bx = bx + x
            ba = a * x
            ba = ba + a
            return bx, ba
        """,
        """
        def f(x, a):
            bx = x * x
            bx += x
            ba = a * x
            ba = ba + a
            return bx, ba
        """,
        (0.5, A),
    )
