"""Helpers for calls across modules: names that programs.py uses too, with other meanings."""

import math

import numpy as np

SCALE = 5.0
OFFSET = np.array([1.0, -2.0, 0.5])


def helper(x):
    return x * x * SCALE


def scale(x, factor=SCALE):
    return x * factor


def activation(z):
    return math.tanh(z) + SCALE * z


def shift(a):
    return a + OFFSET


def fill_squares(out, a):
    for i in range(len(a)):
        out[i] = a[i] * a[i] * SCALE


def compose(f, x):
    return f(helper(x))


def layered(x):
    from tests import other_module_inner

    return other_module_inner.helper(x) + helper(x)
