"""Copies: one name instead of two, only where both always hold the same."""

from __future__ import annotations

import numpy as np

from sct_ad.optimise.copies import copies
from tests.optimise.before_after import becomes, stays

A = np.array([1.0, 2.0, 3.0])


def test_the_original_is_read() -> None:
    becomes(
        copies,
        """
        def f(x, n):
            t = x
            for i in range(n):
                y = t * i
            return y
        """,
        """
        def f(x, n):
            for i in range(n):
                y = x * i
            return y
        """,
        (1.0, 3),
        "y",
    )


def test_the_original_changes_in_a_loop() -> None:
    stays(
        copies,
        """
        def f(x, n):
            t = x
            for i in range(n):
                y = t * i
                x = y + 1.0
            return x
        """,
        (1.0, 3),
        "y",
    )


def test_the_original_changes_before_the_use() -> None:
    stays(
        copies,
        """
        def f(x):
            t = x
            x = x + 1.0
            return t * x
        """,
        (1.0,),
    )


def test_computed_straight_into_the_copy() -> None:
    becomes(
        copies,
        """
        def f(x, n):
            for i in range(n):
                t = x * 1.1
                t1 = t + t
                x = t
                y = t1 + t
            return x + y
        """,
        """
        def f(x, n):
            for i in range(n):
                x = x * 1.1
                t1 = x + x
                y = t1 + x
            return x + y
        """,
        (1.0, 3),
        "y",
    )


def test_the_old_value_is_needed_in_between() -> None:
    stays(
        copies,
        """
        def f(x, n):
            for i in range(n):
                t = x * 1.1
                y = x + t
                x = t
            return x + y
        """,
        (1.0, 3),
        "y",
    )


def test_an_accumulated_temporary() -> None:
    becomes(
        copies,
        """
        def f(x, n):
            t = x * 2.0
            for i in range(n):
                t += x
            y = t
            return y
        """,
        """
        def f(x, n):
            y = x * 2.0
            for i in range(n):
                y += x
            return y
        """,
        (1.0, 3),
        "y",
    )


def test_swap_of_buffers() -> None:
    becomes(
        copies,
        """
        def f(u, v, n):
            for i in range(n):
                t = v
                t1 = u
                u = t
                v = t1
            return u
        """,
        """
        def f(u, v, n):
            for i in range(n):
                t1 = u
                u = v
                v = t1
            return u
        """,
        (A, A * 2, 3),
    )


def test_copies_of_oneself() -> None:
    becomes(
        copies,
        """
        def f(x, c):
            if c:
                x = x
            return x
        """,
        """
        def f(x, c):
            if c:
                pass
            return x
        """,
        (1.0, True),
    )


def test_a_parameter_goes_on_under_its_own_name() -> None:
    text = """
        def f(x, n):
            {} = x
            for i in range(n):
                {} = {} * 2.0
            return {}
        """
    carried = """
        def f(x, n):
            for i in range(n):
                x = x * 2.0
            return x
        """
    becomes(copies, text.replace("{}", "x2"), carried, (1.0, 3), "x2")
    stays(copies, text.replace("{}", "y"), (1.0, 3), "y")
    stays(copies, text.replace("{}", "x2"), (1, 3), "x2")  # an int at first, then a float


def test_an_array_that_grows_in_place_is_still_the_same() -> None:
    becomes(
        copies,
        """
        def f(bx, x):
            t = bx
            bx += x
            t += x
            u = t * 2.0
            return u, bx
        """,
        """
        def f(bx, x):
            bx += x
            bx += x
            u = bx * 2.0
            return u, bx
        """,
        (A, A),
        "u",
    )
