"""Arrays that are needed for their shape alone give way to arrays that are there anyway."""

from __future__ import annotations

import numpy as np

from sct_ad.optimise.shapes import shapes
from sct_ad.optimise.tidy import tidy
from tests.optimise.before_after import becomes, stays

A, M = np.array([1.0, 2.0, 3.0]), np.array([[1.0, 2, 3], [4, 5, 6]])


def test_the_copy_of_an_argument() -> None:
    becomes(
        tidy,
        """
        def f(A, n, bs=1.0):
            A1 = A.copy()                   #: def f(A, n):
            for i in range(n):              #: for i in range(n):
                A1[i] = A1[i] * 2.0         #: A[i] = A[i] * 2
            bA = np.zeros_like(A1)          #~ return np.sum(A)
            bA += bs
            for i in reversed(range(n)):    #~ for i in range(n):
                bA[i] *= 2.0                #~ A[i] = A[i] * 2
            return bA
        """,
        """
        def f(A, n, bs=1.0):
            bA = np.full(A.shape, bs)
            for i in reversed(range(n)):
                bA[i] *= 2.0
            return bA
        """,
        (A, 3),
        "A1 i",
    )


def test_only_where_dtype_and_shape_agree_and_the_content_is_not_needed() -> None:
    stays(
        shapes,
        """
        def f(a, M):
            t = M @ a
            t1 = a > 1.0
            t2 = a * 2.0
            return np.zeros_like(t), np.zeros_like(t1), np.zeros_like(t2) + t2
        """,
        (A, M),
    )
