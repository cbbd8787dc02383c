"""Liveness at the ends of blocks."""

from __future__ import annotations

from sct_ad.analysis.liveness import Liveness
from tests.optimise.derived import parse


def test_loops_carry_values_round() -> None:
    fn = parse(
        """
        def f(x, n):
            t = 0.0
            for i in range(n):
                y = t + x
                u = y
                t = u * 2.0
            return y
        """
    )
    loop = fn.body[1]
    liveness = Liveness(fn)
    assert liveness.at_end(loop.body) == {"t", "x", "y"}
    assert all(liveness.any_live_after(fn.body[0], {name}) for name in ("t", "x", "n", "y", "range"))
    assert liveness.any_live_after(loop, {"x", "y"}) and not liveness.any_live_after(loop, {"t", "x", "n", "range"})


def test_branches_and_while() -> None:
    fn = parse(
        """
        def f(x, c):
            while c:
                if x > 1.0:
                    y = x
                else:
                    z = 2.0
                c = x < y
            return z
        """
    )
    loop = fn.body[0]
    liveness = Liveness(fn)
    assert liveness.at_end(loop.body[0].body) == {"x", "y", "z"}
    assert liveness.at_end(loop.body) == {"c", "x", "y", "z"}
