"""Names of what is left: few numbers, no collisions."""

from __future__ import annotations

from sct_ad.optimise.names import names
from tests.optimise.before_after import becomes


def test_numbers_in_order_of_appearance() -> None:
    becomes(
        names,
        """
        def f(x, x1, t):
            t9 = x + x1
            y_tape2 = []
            t4 = t9 * t
            bx7 = t4 + 1.0      #~ line
            bx1 = t9 + 2.0
            bt3 = bx7
            y_tape2.append(bt3)
            return bx1, bx7
        """,
        """
        def f(x, x1, t):
            t1 = x + x1
            y_tape = []
            t2 = t1 * t
            bx = t2 + 1.0
            bx1 = t1 + 2.0
            bt = bx
            y_tape.append(bt)
            return bx1, bx
        """,
        (1.0, 2.0, 3.0),
    )


def test_globals_and_users_variables_are_in_nobodys_way() -> None:
    becomes(
        names,
        """
        def f(x, bx):
            t = math.log(x)     #: t = math.log(x)
            t5 = x + t          #~ line
            bx3 = t5 * bx
            return bx3
        """,
        """
        def f(x, bx):
            t = math.log(x)
            t1 = x + t
            bx1 = t1 * bx
            return bx1
        """,
        (1.0, 2.0),
        "t",
    )
