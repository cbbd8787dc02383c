"""Dead code: what is dropped, and what must stay."""

from __future__ import annotations

import numpy as np

from sct_ad.optimise.dead_code import dead_code
from tests.optimise.before_after import becomes, stays

A = np.array([1.0, 2.0, 3.0])


def test_a_shape_does_not_keep_the_stores_alive() -> None:
    becomes(
        dead_code,
        """
        def f(x, n):
            for i in range(n):
                x[i] = 2.0 * x[i]
            return np.zeros_like(x)
        """,
        """
        def f(x, n):
            return np.zeros_like(x)
        """,
        (A, 3),
    )


def test_a_read_through_another_name_keeps_the_stores_alive() -> None:
    stays(
        dead_code,
        """
        def f(x, n):
            v = x[1:]
            for i in range(n):
                x[i] = 2.0 * x[i]
            return np.sum(v)
        """,
        (A, 3),
    )


def test_a_loop_is_alive_for_its_target() -> None:
    becomes(
        dead_code,
        """
        def f(n):
            for i in range(n):
                x = i
            return i
        """,
        """
        def f(n):
            for i in range(n):
                pass
            return i
        """,
        (3,),
    )


def test_a_later_loop_with_the_same_target_does_not_revive_the_first() -> None:
    becomes(
        dead_code,
        """
        def f(n):
            for i in range(n):
                x = i
            s = 0
            for i in range(n):
                s += i
            return s
        """,
        """
        def f(n):
            s = 0
            for i in range(n):
                s += i
            return s
        """,
        (3,),
    )


def test_unused_tape_goes_with_its_values() -> None:
    becomes(
        dead_code,
        """
        def f(x, n):
            x_tape = []
            for i in range(n):
                x_tape.append(x)
                x = x * 2.0
            for i in reversed(range(n)):
                x = x_tape.pop()
            return n
        """,
        """
        def f(x, n):
            return n
        """,
        (1.0, 3),
    )


def test_all_pops_of_a_live_tape_stay() -> None:
    becomes(
        dead_code,
        """
        def f(x):
            tape = []
            tape.append(x)
            tape.append(x * 2.0)
            y = tape.pop()
            z = tape.pop()
            return z
        """,
        """
        def f(x):
            tape = []
            tape.append(x)
            tape.append(x * 2.0)
            tape.pop()
            z = tape.pop()
            return z
        """,
        (1.0,),
    )


def test_effects_and_what_decides_over_them_stay() -> None:
    becomes(
        dead_code,
        """
        def f(x, n):
            c = x > 0.0
            y = x * 2.0
            if c:
                log(n)
                y = 3.0
            else:
                y = 4.0
            return n
        """,
        """
        def f(x, n):
            c = x > 0.0
            if c:
                log(n)
            return n
        """,
        (1.0, 3),
    )


def test_an_emptied_branch_turns_the_test_around() -> None:
    becomes(
        dead_code,
        """
        def f(x, n):
            c = x > 0.0
            if c:
                y = 3.0
            else:
                n = 4.0
            return n
        """,
        """
        def f(x, n):
            c = x > 0.0
            if not c:
                n = 4.0
            return n
        """,
        (1.0, 3),
    )


def test_a_break_lives_with_its_loop() -> None:
    stays(
        dead_code,
        """
        def f(x, n):
            for i in range(n):
                x = x * 2.0
                stop = x > 3.0
                if stop:
                    break
            return x
        """,
        (1.0, 3),
    )


def test_self_sustaining_values_are_dead() -> None:
    becomes(
        dead_code,
        """
        def f(x, n):
            s = 0.0
            for i in range(n):
                s = s + x
                s *= 2.0
            return x
        """,
        """
        def f(x, n):
            return x
        """,
        (1.0, 3),
    )


def test_mutating_calls_are_stores() -> None:
    becomes(
        dead_code,
        """
        def f(x, k):
            bx = np.zeros_like(x)
            by = np.zeros_like(x)
            np.add.at(bx, k, 1.0)
            np.add.at(by, k, 1.0)
            return bx
        """,
        """
        def f(x, k):
            bx = np.zeros_like(x)
            np.add.at(bx, k, 1.0)
            return bx
        """,
        (A, np.array([0, 0, 1])),
    )


def test_overwritten_before_use() -> None:
    becomes(
        dead_code,
        """
        def f(x):
            y = math.sin(x)
            y = x + 1.0
            return y
        """,
        """
        def f(x):
            y = x + 1.0
            return y
        """,
        (1.0,),
    )
