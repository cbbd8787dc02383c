"""Folding: temporaries back into expressions, and the cases where that would change a value."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.fold import fold
from tests.optimise.before_after import becomes, stays
from tests.optimise.derived import facts_of, parse

A = np.array([1.0, 2.0, 3.0])


def test_the_user_expression_is_restored() -> None:
    becomes(
        fold,
        """
        def f(x, i):
            t = i - 1                   #: y = x[i - 1] * x[i + 1] + np.sin(x[i]) ** 2
            t1 = x[t]
            t2 = i + 1
            t3 = x[t2]
            t4 = t1 * t3
            t5 = x[i]
            t6 = np.sin(t5)
            t7 = t6 ** 2
            y = t4 + t7
            return y
        """,
        """
        def f(x, i):
            y = x[i - 1] * x[i + 1] + np.sin(x[i]) ** 2
            return y
        """,
        (A, 1),
        "y",
    )


def test_a_use_is_hoisted_over_the_store_that_blocks_it() -> None:
    becomes(
        fold,
        """
        def f(bA, i):
            t = bA[i]
            bA[i] = 0.0
            u = t / 3.0
            return u + bA[i]
        """,
        """
        def f(bA, i):
            u = bA[i] / 3.0
            bA[i] = 0.0
            return u + bA[i]
        """,
        (A, 1),
        "u",
    )


@pytest.mark.parametrize("store", ["x[0] = 5.0", "v[0] = 5.0", "x += 1.0", "x.fill(0.0)", "v[...] = x * 2.0"])
def test_a_read_does_not_pass_a_store_to_the_same_memory(store: str) -> None:
    text = f"""
        def f(x):
            v = x[:]
            t = x[0]
            {store}
            return t + x[0]
        """
    stays(fold, text, (A,), "v")


def test_reading_a_shape_passes_a_store() -> None:
    becomes(
        fold,
        """
        def f(x):
            t = np.zeros_like(x)
            x[0] = 2.0
            y = t + x
            return y
        """,
        """
        def f(x):
            x[0] = 2.0
            y = np.zeros_like(x) + x
            return y
        """,
        (A,),
        "y",
    )


def test_nothing_expensive_moves_into_a_loop_or_branch() -> None:
    stays(
        fold,
        """
        def f(x, n):
            t = math.exp(x)
            s = 0.0
            for i in range(n):
                s += t
            t1 = math.cos(x)
            if s > 2.0:
                s += t1
            return s
        """,
        (1.0, 3),
        "s",
    )


def test_index_arithmetic_moves_anywhere_unless_it_changes() -> None:
    becomes(
        fold,
        """
        def f(x, n, k):
            t = n - 1
            t1 = k + 1
            s = 0.0
            for i in range(3):
                s += x[t] * x[t] + x[t1]
                k = k - 1
            return s
        """,
        """
        def f(x, n, k):
            t1 = k + 1
            s = 0.0
            for i in range(3):
                s += x[n - 1] * x[n - 1] + x[t1]
                k = k - 1
            return s
        """,
        (A, 3, 1),
        "s",
    )


def test_calls_stay_in_order() -> None:
    stays(
        fold,
        """
        def f(xs, x):
            t = xs.pop()
            log(x)
            xs.append(x)
            return t
        """,
        ([1.0, 2.0], 3.0),
    )
    becomes(
        fold,
        """
        def f(xs):
            t = xs.pop()
            t1 = xs.pop()
            y = t - t1
            t2 = xs.pop()
            t3 = xs.pop()
            z = t3 - t2
            return (y, z)
        """,
        """
        def f(xs):
            y = xs.pop() - xs.pop()
            t2 = xs.pop()
            z = xs.pop() - t2
            return (y, z)
        """,
        ([1.0, 2.0, 5.0, 7.0],),
        "y z",
    )


def test_while_tests_are_restored() -> None:
    becomes(
        fold,
        """
        def f(x):
            t = x * x
            c = t < 9.0
            while c:
                x = x * 1.5
                t = x * x
                c = t < 9.0
            return x
        """,
        """
        def f(x):
            while x * x < 9.0:
                x = x * 1.5
            return x
        """,
        (1.0,),
    )


def test_a_while_test_that_is_read_elsewhere_stays() -> None:
    stays(
        fold,
        """
        def f(x):
            c = x < 9.0
            while c:
                x = x * 1.5
                c = x < 9.0
            return c
        """,
        (1.0,),
    )


def test_ranges_are_repeated_unless_their_bounds_change() -> None:
    becomes(
        fold,
        """
        def f(x, n, m):
            t = n - 1
            r = range(1, t)
            q = range(m)
            for i in r:
                x = x * i
            for i in q:
                m = m + 1
            for i in reversed(r):
                x = x + i
            for i in reversed(q):
                x = x + i
            return x
        """,
        """
        def f(x, n, m):
            q = range(m)
            for i in range(1, n - 1):
                x = x * i
            for i in q:
                m = m + 1
            for i in reversed(range(1, n - 1)):
                x = x + i
            for i in reversed(q):
                x = x + i
            return x
        """,
        (1.0, 4, 2),
    )


def test_user_variables_are_not_folded() -> None:
    stays(
        fold,
        """
        def f(x):
            y = x * 2.0
            z = y + 1.0
            return z
        """,
        (1.0,),
        "y z",
    )


def test_a_value_carried_into_the_next_iteration_stays() -> None:
    stays(
        fold,
        """
        def f(x, n):
            t = x * 2.0
            for i in range(n):
                y = t + 1.0
                t = y * x
            return y
        """,
        (1.0, 3),
        "y",
    )


def test_lines_of_different_origin_do_not_grow_without_end() -> None:
    lines = [f"    t{k + 1} = t{k} * x + {k}.5 #~ line {k}" for k in range(40)]
    text = "\n".join(["def f(x):", "    t0 = x * 2.0 #~ line", *lines, "    return t40"])
    fn = parse(text)
    folded = text_of(fold(fn, facts_of(fn, (0.3,))))
    assert max(map(len, folded.split("\n"))) <= 110
    assert len(folded.split("\n")) < 20


def test_a_user_line_of_400_terms() -> None:
    lines = [f"    t{k + 1} = t{k} + x #: return x + ... + x" for k in range(400)]
    text = "\n".join(["def f(x):", "    t0 = x * 2.0 #: return x + ... + x", *lines, "    return t400"])
    fn = parse(text)
    folded = text_of(fold(fn, facts_of(fn, (0.5,))))
    assert len(folded.split("\n")) < 20
