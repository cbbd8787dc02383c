"""`np.emath` within the real domain; beyond it, see tests/array_function_programs.py."""

import numpy as np

from tests.rules.array_cases import Call, numbers

TOPIC = "emath"
POSITIVE, SMALL = abs(numbers(2, 3)), numbers(2, 3) / 3.0

CASES = {
    np.emath.sqrt: [Call(POSITIVE), Call(1.5)],
    np.emath.log: [Call(POSITIVE), Call(1.5)],
    np.emath.log2: [Call(POSITIVE)],
    np.emath.log10: [Call(POSITIVE)],
    np.emath.logn: [Call(1.5, POSITIVE), Call(2, POSITIVE)],
    np.emath.power: [Call(POSITIVE, 1.5), Call(POSITIVE, numbers(3)), Call(1.5, 2.5)],
    np.emath.arcsin: [Call(SMALL)],
    np.emath.arccos: [Call(SMALL)],
    np.emath.arctanh: [Call(SMALL)],
}
