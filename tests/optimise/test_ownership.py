"""Array cotangents grow in place only where nobody else sees the array."""

from __future__ import annotations

import numpy as np
import pytest

from sct_ad.optimise.ownership import in_place
from tests.optimise.before_after import becomes, stays

A, B32, M = np.array([1.5, -2.0, 3.0]), np.array([0.5, 2.0, -1.0], "float32"), np.array([[1.0, 2, 3], [4, 5, 6]])
ARGUMENTS = (A, B32, M)


@pytest.mark.parametrize(
    "use", ["y = np.sum(bx)", "y = bx * 2.0", "y = bx[0] * 2.0", "y = bx.shape", "a[:] = bx", "y = np.outer(bx, bx)"]
)
def test_uses_that_keep_nothing(use: str) -> None:
    text = """
        def f(a, b, M):
            bx = a * a      #~ line
            {}
            bx = bx {} a
            return bx
        """
    becomes(in_place, text.format(use, "+"), text.format(use, "+=").replace("bx = bx += a", "bx += a"), ARGUMENTS)


@pytest.mark.parametrize(
    "use",
    [
        "y = bx",
        "y = bx[1:]",
        "y = np.reshape(bx, (3,))",
        "y = (bx, 1)",
        "tape = []\n            tape.append(bx)",
        "y = bx.T",
    ],
)
def test_uses_that_keep_the_array(use: str) -> None:
    stays(
        in_place,
        f"""
        def f(a, b, M):
            bx = a * a      #~ line
            {use}
            bx = bx + a
            return bx
        """,
        ARGUMENTS,
    )


@pytest.mark.parametrize(("first", "added"), [("a", "a"), ("b * b", "a"), ("a * a", "M"), ("a[...]", "a")])
def test_arrays_that_are_not_fresh_or_change_type(first: str, added: str) -> None:
    stays(
        in_place,
        f"""
        def f(a, b, M):
            bx = {first}    #~ line
            bx = bx + {added}
            return bx
        """,
        ARGUMENTS,
    )


@pytest.mark.parametrize(
    "use",
    [
        "bx = M * a",  # fresh, whatever its shape is
        "bx = M * a\n            bx[0] += a\n            y = bx[0, 0]",
        "bx = M * a\n            np.add.at(bx, [0, 1, 0], a)",
        "bx = M * a\n            np.add.at(a, [0, 1], bx[0, 0])",
    ],
)
def test_a_last_copy_of_an_array_that_nobody_else_sees(use: str) -> None:
    text = """
        def f(a, b, M):
            {}
            return {}
        """
    becomes(in_place, text.format(use, "bx.copy()"), text.format(use, "bx"), ARGUMENTS)


@pytest.mark.parametrize(
    "use",
    [
        "bx = M",
        "bx = M[...]",
        "bx = M.T",
        "bx = M * a\n            y = bx",
        "bx = M * a\n            M = bx[1:]",
        "bx = M * a\n            tape = []\n            tape.append(bx)",
        "bx = M * a\n            tape = [0]\n            tape[0] = bx",
        "bx = M * a\n            y = unknown(bx)",
        "bx = M * a\n            bx = np.asarray(bx)",
    ],
)
def test_a_last_copy_of_an_array_that_somebody_may_see_stays(use: str) -> None:
    stays(
        in_place,
        f"""
        def f(a, b, M, unknown=lambda x: x):
            {use}
            return bx.copy()
        """,
        ARGUMENTS,
    )


def test_a_copy_of_an_array_that_nobody_else_sees() -> None:
    text = """
        def f(a, b, M):
            bx = a * a      #~ line
            for k in range(2):
                {}
                bx[1:] += a[:-1]
            return bx
        """
    becomes(in_place, text.format("bx = bx.copy()"), text.format("").replace("#~ line", ""), ARGUMENTS)


@pytest.mark.parametrize(
    "use",
    [
        "y = bx\n            bx = bx.copy()",
        "y = bx[1:]\n            bx = bx.copy()",
        "tape = [bx]\n            bx = bx.copy()",
        "bx = a\n            bx = bx.copy()",  # the caller's
        "y = bx * 2.0\n            bx = y\n            bx = bx.copy()",
    ],
)
def test_a_copy_of_an_array_that_somebody_sees_stays(use: str) -> None:
    stays(
        in_place,
        f"""
        def f(a, b, M):
            bx = a * a      #~ line
            {use}
            bx[1:] += a[:-1]
            return bx, M, 0
        """,
        ARGUMENTS,
    )


@pytest.mark.parametrize("op", ["*", "/"])
def test_products_with_what_is_as_large(op: str) -> None:
    text = """
        def f(a, b, M):
            bx = a * a      #~ line
            bx = bx {} a
            by = a * a
            by = by {} M
            return bx, by
        """
    after = text.replace("bx = bx {}", "bx {}=").replace("#~ line", "")
    becomes(in_place, text.format(op, op), after.format(op, op), ARGUMENTS)
