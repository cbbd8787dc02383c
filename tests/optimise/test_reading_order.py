"""Accumulations of one user line are put into the order in which the line reads."""

from __future__ import annotations

import numpy as np

from sct_ad.optimise.reading_order import reading_order
from tests.optimise.before_after import becomes, stays

A = np.array([1.0, 2.0, 3.0, 4.0])


def test_a_run_into_one_shadow_is_reversed() -> None:
    becomes(
        reading_order,
        """
        def f(bA, i, t):
            bA[i + 2] += 3.0 * t        #~ y = A[i] + 2 * A[i + 1] + 3 * A[i + 2]
            bA[i + 1] += 2.0 * t
            bA[i] += t
            bA[i] -= t                  #~ another line
            return bA
        """,
        """
        def f(bA, i, t):
            bA[i] += t
            bA[i + 1] += 2.0 * t
            bA[i + 2] += 3.0 * t
            bA[i] -= t
            return bA
        """,
        (A, 1, 0.5),
    )


def test_values_that_read_what_is_written_stay_in_order() -> None:
    stays(
        reading_order,
        """
        def f(bA, i):
            bA[i] += 2.0                #~ line
            bA[i + 1] += bA[i]
            i += 1
            bA[i] += 2.0
            return bA
        """,
        (A, 1),
    )


def test_the_users_own_lines_stay() -> None:
    stays(
        reading_order,
        """
        def f(a, b):
            a += 1.0    #: a += 1.0; b += 2.0
            b += 2.0
            return a, b
        """,
        (0.5, 0.7),
    )
