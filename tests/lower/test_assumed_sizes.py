"""Loops for operands that are equally long as a rule: where one of them is of size 1 in truth, it is broadcast."""

import random

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.specialise.signature import dispatch_key
from tests.lower.lowering import lowered_text, lowering
from tests.lower.random_arrays import defined

SLICES = [[":, 1:", ":, :-1"], ["1:, :", ":-1, :"], [":-1, 1:", "1:, :-1", "1:, 1:"]]
SHAPES = [(4, 5), (2, 3), (3, 2), (2, 2), (3, 3)]


def waves(ex, ey, hz):
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for _ in range(3):
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz**2)


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def assert_gradients_agree(function, shapes):
    """Of one lowered derivative for all sizes below 4, and others, against the derivative that is not lowered."""
    argnums = tuple(range(len(shapes[0])))
    plain, lowered = grad(function, argnums=argnums), grad(function, argnums=argnums)
    for given in shapes:
        args = arrays(*given)
        try:
            expected = plain(*(a.copy() for a in args))
        except ValueError:
            expected = None
        with lowering():
            if expected is None:
                with pytest.raises(ValueError):
                    lowered(*(a.copy() for a in args))
                continue
            found = lowered(*(a.copy() for a in args))
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)
    assert lowered.cache_info().misses == len({tuple(map(dispatch_key, arrays(*given))) for given in shapes})


def test_in_place_updates_of_slices_are_loops_with_a_way_out():
    text = lowered_text(waves, (0, 1, 2), *arrays((3, 3), (3, 3), (3, 3)))
    assert "else:\n            t = 0.5 * (hz1[1:, :] - hz1[:-1, :])\n            ey1[1:, :] -= t\n" in text
    assert_gradients_agree(waves, [((3, 3),) * 3, ((2, 2),) * 3, ((3, 3), (3, 3), (2, 3)), ((2, 3), (2, 3), (2, 3))])
    assert_gradients_agree(waves, [((4, 5),) * 3, ((2, 2),) * 3, ((4, 3), (4, 3), (2, 3)), ((4, 3), (4, 3), (4, 3))])
    assert "else:" not in lowered_text(waves, (0, 1, 2), *arrays((4, 5), (4, 5), (4, 5)))


def program(seed):
    """Statements that update slices of two matrices by each other; of one alone where that may broadcast."""
    chosen = random.Random(seed)
    lines = ["def f(x, y):", "    x, y = x.copy(), y.copy()"]
    for _ in range(chosen.randint(2, 4)):
        to, by = "xy" if seed % 2 else chosen.sample("xy", 2)
        alike = chosen.choice(SLICES[seed % 2 :])
        one, two, three = (chosen.choice(alike) for _ in range(3))
        op = chosen.choice(["+=", "-=", "*=", "="])
        lines.append(
            f"    {to}[{one}] {op} 0.3 * {by}[{two}] - {to if seed % 2 else chosen.choice('xy')}[{three}] * {by}[{two}]"
        )
    alike = chosen.choice(SLICES[seed % 2 :])
    lines.append(f"    z = x[{chosen.choice(alike)}] * y[{chosen.choice(alike)}]")
    lines.append("    return np.sum(z * z) + np.sum(x * 0.5) + np.sum(np.sin(y))")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(24))
def test_random_updates(seed):
    function = defined(program(seed), f"<random updates {seed}>")
    assert_gradients_agree(function, [(left, right) for left in SHAPES for right in (left, (2, left[1]), (2, 2))])


def test_the_random_updates_run_and_broadcast():
    """They are no test if all of them raise."""
    ran = 0
    for seed in range(24):
        namespace = {"np": np}
        exec(program(seed), namespace)
        for left in SHAPES:
            try:
                namespace["f"](*arrays(left, (2, left[1])))
                ran += left[0] > 2
            except ValueError:
                pass
    assert ran > 24
