"""Calls of functions of `cmath` and of methods of complex numbers."""

import cmath

from sct_ad.testing import Call

TOPIC = "complex_numbers"
POINTS = [Call(0.7 + 0.4j), Call(-0.6 + 0.9j), Call(-0.3 - 1.2j)]
CASES = {
    function: POINTS
    for function in (
        cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos, cmath.atan,
        cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh, cmath.acosh, cmath.atanh, cmath.phase, cmath.polar,
    )
}  # fmt: skip
CASES[cmath.log] = [*POINTS, Call(0.7 + 0.4j, 2.5), Call(0.7 + 0.4j, 2.5 - 1j), Call(3, 2.5 - 1j)]
CASES[cmath.sqrt] = [*POINTS, Call(2.0), Call(-2.0)]
CASES[cmath.phase] = [*POINTS, Call(2.0)]
CASES[cmath.rect] = [Call(1.5, 0.7), Call(2, 0.7)]
CASES |= {complex.conjugate: POINTS, float.conjugate: [Call(0.5)]}
