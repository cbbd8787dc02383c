"""Counts in bins. Functions with several results are in tests/array_function_programs.py."""

import numpy as np

from tests.rules.array_cases import Call, numbers

TOPIC = "histograms"

CASES = {
    np.bincount: [Call(np.array([0, 2, 2]), numbers(3)), Call(np.array([0, 1]), weights=numbers(2), minlength=4)]
    + [Call([1, 1], [0.5, 1.5])],
    np.histogram_bin_edges: [Call(numbers(5), 3), Call(numbers(5)), Call(numbers(5), 2, (-2.5, 3.0))]
    + [Call(numbers(5), np.array([-3.0, 0.0, 2.5]))],
    np.histogram: [],
    np.histogram2d: [],
    np.histogramdd: [],
}
