"""Test data of the rules of `scipy.integrate`."""

import numpy as np
import scipy.integrate

from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.integrate"
KNOTS = np.array([-1.0, -0.3, 0.4, 1.1, 2.0, 2.2])
PLANE = np.cumsum(abs(other(2, 5)), axis=1)
RISING = {"complex": "the points have to increase"}


def sampled(**more):
    """Calls of an integral of a sampled function, by points as a keyword."""
    return [
        *(Call(numbers(n), **more) for n in (2, 3, 4, 5, 6)),
        *(Call(numbers(n), x=KNOTS[:n], **more, leave_out=RISING) for n in (2, 3, 4, 5, 6)),
        Call(numbers(2, 5), dx=0.5, **more),
        Call(numbers(4, 2), axis=0, dx=0.5, **more),
        Call(numbers(2, 5), x=PLANE, **more, leave_out=RISING),
        Call(numbers(3, 2), x=KNOTS[:3], axis=0, **more, leave_out=RISING),
    ]


CASES = {
    scipy.integrate.trapezoid: [Call(numbers(4)), Call(numbers(4), KNOTS[:4]), Call(numbers(2, 3), dx=0.5, axis=0)],
    scipy.integrate.simpson: sampled(),
    scipy.integrate.cumulative_trapezoid: [*sampled(), Call(numbers(4), initial=0), Call(numbers(3), KNOTS[:3], initial=0)],
    scipy.integrate.cumulative_simpson: [*sampled(), Call(numbers(4), initial=1.5), Call(numbers(2, 3), dx=0.5, initial=numbers(2, 1))],
    scipy.integrate.romb: [Call(numbers(n), 0.5) for n in (2, 3, 5, 9)] + [Call(numbers(3, 2), axis=0), Call(numbers(2, 5))],
}  # fmt: skip
