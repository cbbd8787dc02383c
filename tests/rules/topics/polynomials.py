"""Test data of the rules of NumPy's functions of polynomials."""

import numpy as np

from sct_ad.rules.registry import ObjectsOf
from sct_ad.runtime.polynomials import slope_of
from sct_ad.runtime.series import without_leading_zeros
from tests.rules.array_cases import Call, numbers, other

TOPIC = "polynomials"
CLASSES = [
    np.poly1d,
    *(getattr(np.polynomial, name) for name in "Polynomial Chebyshev Legendre Hermite HermiteE Laguerre".split()),
]
ROUNDED = {"float32": "rounding decides whether the remainder has leading zeros"}
KNOTS = np.array([-1.0, -0.3, 0.4, 1.1, 2.0])
COMPLEX = numbers(3) + 1j * other(3)
SUMS = [
    Call(numbers(3), other(3)),
    Call(numbers(2), other(4)),
    Call(numbers(3), other(1)),
    Call([0.5, 2.0], numbers(2)),
    Call(COMPLEX, numbers(2)),
]

CASES = {
    np.polyval: [Call(numbers(3), other(2)), Call(numbers(3), 1.5), Call(numbers(2), other(2, 2)), Call([0.5, 1.5], 2.0), Call(numbers(1), other(2))]
    + [Call(numbers(3, 2), other(2)), Call(numbers(3, 2), 1.5), Call(COMPLEX, COMPLEX)],
    np.polyadd: SUMS,
    np.polysub: SUMS,
    np.polymul: [*SUMS, Call(1.5, numbers(2))],
    np.polydiv: [Call(numbers(5), other(3), leave_out=ROUNDED), Call(numbers(3), other(3), leave_out=ROUNDED), Call(numbers(3), other(1), leave_out=ROUNDED), Call(numbers(2), other(3), leave_out=ROUNDED), Call(numbers(6), other(2), leave_out=ROUNDED), Call(COMPLEX, other(2), leave_out=ROUNDED)],
    np.polyder: [Call(numbers(4)), Call(numbers(4), 2), Call(numbers(2), m=1), Call([0.5, 2.0, 1.0]), Call(numbers(4), 0), Call(COMPLEX)],
    np.polyint: [Call(numbers(3)), Call(numbers(3), 2), Call(numbers(3), 2, 0.7), Call(numbers(3), 2, other(2)), Call(numbers(3), 2, other(3)), Call(numbers(3), k=1.5), Call([0.5, 2.0]), Call(COMPLEX), Call(numbers(3), 2, [0.5, 1.5])],
    np.poly: [Call(numbers(3)), Call([0.5, 2.0]), Call(numbers(3, 3)), Call(COMPLEX), Call(numbers(1))],
    np.roots: [Call(np.array([1.0, -6.0, 11.0, -5.5])), Call(np.array([1.0, 0.5, 2.0])), Call([2.0, 1.0, -3.0]), Call(COMPLEX), Call(np.array([2.0]))],
    np.polyfit: [Call(KNOTS, numbers(5), 2), Call(KNOTS, numbers(5, 2), 1), Call(KNOTS, numbers(5), 2, w=abs(other(5))), Call(KNOTS, numbers(5), 4), Call(KNOTS, numbers(5, 2), 1, w=abs(other(5)))],
    without_leading_zeros: [Call(numbers(3)), Call(1.5), Call([0.5, 2.0])],
    **{ObjectsOf(cls): [Call(cls([0.5, 1.5, -2.0]), numbers(3)), Call(cls([0.5, 1.5, -2.0]), 0.7)] for cls in CLASSES},
    slope_of: [Call(cls([0.5, 1.5, -2.0, 1.0]), numbers(3), order) for cls, order in ((np.poly1d, 1), (np.polynomial.Legendre, 2))],
    np.vander: [Call(numbers(3)), Call(numbers(3), 2), Call(numbers(3), 4, increasing=True), Call([0.5, 2.0]), Call(numbers(3), 1), Call(COMPLEX)],
}  # fmt: skip
