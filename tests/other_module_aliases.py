"""The usual modules under unusual names."""

import math as m
from math import exp as e
from math import sin

import numpy as xp
import numpy.linalg as la
from numpy import sum as total
from numpy import tanh as squash
from numpy.linalg import norm


def aliased(x, y):
    a = sin(x) * e(-x) + m.cos(x)
    b = squash(y) * xp.cosh(y)
    return a * total(b) + la.norm(y) + norm(y - 3.0) + xp.linalg.det(xp.outer(y, y) + xp.eye(len(y)))
