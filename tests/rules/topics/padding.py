"""`np.pad` in all modes, by less and by more than the size of an axis."""

import numpy as np

from tests.rules.array_cases import Call, numbers

TOPIC = "padding"
WIDE, BOTH = ((1, 2), (5, 1)), ((1, 2), (0, 1))

CASES = {
    np.pad: [Call(numbers(3, 4), WIDE, mode) for mode in ("edge", "reflect", "symmetric", "wrap", "linear_ramp")]
    + [Call(numbers(3, 4), WIDE, mode=m, reflect_type=t) for m in ("reflect", "symmetric") for t in ("odd", "even")]
    + [Call(numbers(2, 3), BOTH, mode=mode) for mode in ("maximum", "mean", "median", "minimum")]
    + [Call(numbers(3, 4), BOTH, m, stat_length=((1, 2), (2, 3))) for m in ("maximum", "mean", "median")]
    + [Call(numbers(2), 1), Call(numbers(2, 3), ((1, 2), (0, 1))), Call(numbers(2, 3), (1, 2)), Call(numbers(1, 2), 1, "reflect")]
    + [Call(numbers(2), 1, constant_values=3.0), Call(numbers(2, 3), 1, constant_values=(1.5, 2.0))]
    + [Call(numbers(2, 3), BOTH, constant_values=numbers(2, 2)), Call(numbers(2, 3), 2, "linear_ramp", end_values=0.5)]
    + [Call(numbers(2, 3), BOTH, "linear_ramp", end_values=(0.5, -1.0)), Call(numbers(0, 3), ((0, 0), (1, 1)))]
    + [Call(numbers(1, 3), ((2, 0), (1, 1)), "reflect", reflect_type="odd"), Call(numbers(3, dtype=np.float32), 2, "reflect", reflect_type="odd")],
}  # fmt: skip
