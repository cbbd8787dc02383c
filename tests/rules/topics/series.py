"""Test data of the rules of `numpy.polynomial`."""

import numpy as np

from sct_ad.rules.series import BASES
from tests.rules.array_cases import Call, numbers, other

TOPIC = "series"
KNOTS = np.array([-0.9, -0.3, 0.2, 0.5, 0.8])
COMPLEX = numbers(3) + 1j * other(3)
PAIRS = [Call(numbers(3), other(2)), Call(numbers(2), other(4)), Call([0.5, 2.0], numbers(2))]


def of_all_bases(prefix):
    """Calls of the functions of one basis, by the rest of their names; the first basis gets the most."""
    found = {
        "val": [Call(other(2), numbers(3)), Call(0.7, numbers(3)), Call(other(2), numbers(3, 2))],
        "val2d": [Call(other(2), numbers(2), numbers(2, 3))],
        "val3d": [Call(other(2), numbers(2), KNOTS[:2], numbers(2, 3, 2))],
        "grid2d": [Call(other(2), numbers(1), numbers(2, 3))],
        "grid3d": [Call(other(1), numbers(1), KNOTS[:2], numbers(2, 1, 2))],
        "vander": [Call(numbers(3), 2)],
        "vander2d": [Call(numbers(2), other(2), [1, 2])],
        "vander3d": [Call(numbers(2), other(2), KNOTS[:2], [1, 0, 2])],
        "der": [Call(numbers(4)), Call(numbers(4), 2, 0.5), Call(numbers(2, 3), axis=1)],
        "int": [
            Call(numbers(3)),
            Call(numbers(3), 2, [0.5, 2.0]),
            Call(numbers(2, 3), 1, 0.7, 0.3, 2.0, 1),
            Call(numbers(3), 1, (), 0.3, 2.0),
            Call(numbers(3), 2, (), 1, 2),
        ],
        "line": [Call(0.5, 1.5)],
        "add": PAIRS,
        "sub": PAIRS,
        "mul": PAIRS,
        "mulx": [Call(numbers(3)), Call(numbers(1))],
        "div": [
            Call(numbers(4), other(2)),
            Call(numbers(4), other(3)),
            Call(numbers(2), other(3)),
            Call(numbers(3), other(1)),
        ],
        "pow": [Call(numbers(2), 3), Call(numbers(2), 1), Call(numbers(2), 0)],
        "fromroots": [Call(numbers(3))],
        "roots": [Call(np.array([-0.2, 0.9, 0.4, 1.0])), Call(np.array([2.0, 0.3, 1.0]))],
        "companion": [Call(numbers(4))],
        "fit": [Call(KNOTS, numbers(5), 2), Call(KNOTS, numbers(5, 2), [0, 2], w=abs(other(5)))],
    }
    if prefix == "poly":
        found["val"] += [
            Call(other(2, 2), numbers(3, 2)),
            Call(other(2), numbers(3, 2), False),
            Call([0.5, 2.0], [1.0, 2.0]),
            Call(other(2), numbers(1)),
            Call(COMPLEX, COMPLEX),
        ]
        found["val"] += [Call(other(1), numbers(3, 2), tensor=False)]
        found["val2d"] += [Call(0.7, 0.3, numbers(2, 3)), Call(other(2), numbers(2), numbers(2, 3, 2))]
        found["grid2d"] += [Call(other(2), 0.5, numbers(2, 2, 2))]
        found["int"] += [Call(numbers(2), k=0.5), Call(COMPLEX)]
        found["mul"] = [*PAIRS, Call(COMPLEX, numbers(2))]
        found["roots"] += [Call(COMPLEX)]
    if prefix in ("cheb", "herm", "herme", "lag"):
        found["weight"] = [Call(KNOTS), Call(0.3)]
    if prefix != "poly":
        found["2poly"] = [Call(numbers(4)), Call(numbers(1)), Call([0.5, 2.0])]
    return found


CASES = {getattr(module, prefix + name): calls for prefix, module in BASES.items() for name, calls in of_all_bases(prefix).items()}  # fmt: skip
CASES |= {getattr(m, f"poly2{p}"): [Call(numbers(4)), Call(numbers(2))] for p, m in BASES.items() if p != "poly"}
