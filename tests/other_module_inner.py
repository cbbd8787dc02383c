"""A third module with the same names once more."""

import numpy

SCALE = -0.25


def helper(x):
    return SCALE * x + numpy.sin(x)


def norm_of(a):
    return numpy.sqrt(numpy.sum(a * a)) * SCALE


def decay(a, rate):
    a *= rate
    return None


def clamp(x, lower, upper):
    if x < lower:
        return lower
    if x > upper:
        return upper
    return x
