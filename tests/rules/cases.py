"""Test data of the rules: one line for each function, by domain of its arguments; and the check itself.

A new elementwise rule needs one line in ELEMENTWISE (arrays and scalars) or SCALAR (Python numbers only), any other
rule one in GENERAL with the arguments themselves.
"""

import builtins
import math
import operator
import sys
import warnings
from dataclasses import dataclass, field

import numpy as np

from sct_ad import testing
from tests.rules.pending import PENDING

DOMAINS = {
    "real": (-2.0, 2.0),
    "nonzero": (0.4, 2.0),  # of either sign
    "positive": (0.3, 2.5),
    "unit": (-0.8, 0.8),
    "above one": (1.2, 3.0),
    "above minus one": (-0.8, 2.0),
    "acute": (-1.2, 1.2),
}


@dataclass(frozen=True)
class Case:
    """One call; positions in `constant` are passed as literals."""

    args: tuple
    keywords: dict = field(default_factory=dict)
    constant: tuple = ()


ELEMENTWISE = {
    operator.add: ["real", "real"],
    np.add: ["real", "real"],
    operator.sub: ["real", "real"],
    np.subtract: ["real", "real"],
    operator.mul: ["real", "real"],
    np.multiply: ["real", "real"],
    operator.truediv: ["real", "nonzero"],
    np.divide: ["real", "nonzero"],
    operator.mod: ["real", "nonzero"],
    np.remainder: ["real", "nonzero"],
    operator.pow: ["positive", "real"],
    builtins.pow: ["positive", "real"],
    np.power: ["positive", "real"],
    np.float_power: ["positive", "real"],
    operator.neg: ["real"],
    np.negative: ["real"],
    operator.pos: ["real"],
    np.positive: ["real"],
    builtins.abs: ["nonzero"],
    operator.abs: ["nonzero"],
    np.absolute: ["nonzero"],
    np.fabs: ["nonzero"],
    builtins.divmod: ["real", "nonzero"],
    np.divmod: ["real", "nonzero"],
    np.exp: ["real"],
    np.exp2: ["real"],
    np.expm1: ["real"],
    np.log: ["positive"],
    np.log2: ["positive"],
    np.log10: ["positive"],
    np.log1p: ["above minus one"],
    np.logaddexp: ["real", "real"],
    np.logaddexp2: ["real", "real"],
    np.sqrt: ["positive"],
    np.cbrt: ["nonzero"],
    np.square: ["real"],
    np.reciprocal: ["nonzero"],
    np.hypot: ["nonzero", "nonzero"],
    np.sin: ["real"],
    np.cos: ["real"],
    np.tan: ["acute"],
    np.arcsin: ["unit"],
    np.arccos: ["unit"],
    np.arctan: ["real"],
    np.arctan2: ["nonzero", "nonzero"],
    np.sinh: ["real"],
    np.cosh: ["real"],
    np.tanh: ["real"],
    np.arcsinh: ["real"],
    np.arccosh: ["above one"],
    np.arctanh: ["unit"],
    np.sinc: ["real"],
    np.i0: ["real"],
    np.degrees: ["real"],
    np.rad2deg: ["real"],
    np.radians: ["real"],
    np.deg2rad: ["real"],
    np.copysign: ["nonzero", "nonzero"],
    np.maximum: ["real", "real"],
    np.minimum: ["real", "real"],
    np.fmax: ["real", "real"],
    np.fmin: ["real", "real"],
    np.fmod: ["real", "nonzero"],
    np.modf: ["nonzero"],
    np.frexp: ["nonzero"],
    np.nan_to_num: ["real"],
    np.real: ["real"],
    np.imag: ["real"],
    np.conjugate: ["real"],
}
SCALAR = {
    math.exp: ["real"],
    math.expm1: ["real"],
    math.log: ["positive"],
    math.log2: ["positive"],
    math.log10: ["positive"],
    math.log1p: ["above minus one"],
    math.sqrt: ["positive"],
    math.pow: ["positive", "real"],
    math.hypot: ["nonzero", "nonzero", "nonzero"],
    math.sin: ["real"],
    math.cos: ["real"],
    math.tan: ["acute"],
    math.asin: ["unit"],
    math.acos: ["unit"],
    math.atan: ["real"],
    math.atan2: ["nonzero", "nonzero"],
    math.sinh: ["real"],
    math.cosh: ["real"],
    math.tanh: ["real"],
    math.asinh: ["real"],
    math.acosh: ["above one"],
    math.atanh: ["unit"],
    math.degrees: ["real"],
    math.radians: ["real"],
    math.erf: ["real"],
    math.erfc: ["real"],
    math.gamma: ["positive"],
    math.lgamma: ["positive"],
    math.fabs: ["nonzero"],
    math.copysign: ["nonzero", "nonzero"],
    math.fmod: ["real", "nonzero"],
    math.remainder: ["real", "nonzero"],
    math.modf: ["nonzero"],
    math.frexp: ["nonzero"],
    builtins.float: ["real"],
    builtins.max: ["real", "real"],
    builtins.min: ["real", "real"],
}
GENERAL = {
    operator.mul: [Case((np.array([1.0, -2.0]), 3))],
    operator.mod: [Case((-7.3, 2)), Case((np.array([-7.3, 7.3]), np.array([2, -2])))],
    operator.pow: [
        Case((x, y), constant=(1,)) for x in (1.3, np.array([0.5, 2.0])) for y in (0, 1, 2, 2.0, 3, 0.5, -1, -0.7)
    ]
    + [Case((x, y), constant=(1,)) for x in (-1.3, np.array([-0.5, 2.0])) for y in (0.0, 1.0, 2, -2, 3.0)]
    + [
        Case((2, np.array([0.5, -1.0]))),
        Case((2.5, 1.5), constant=(0,)),
        Case((np.array([[1.0], [2.0]]), np.arange(3))),
    ],
    math.pow: [Case((1.3, y), constant=(1,)) for y in (0, 1, 2, 0.5, -1, -0.7)] + [Case((2.5, 1.5), constant=(0,))],
    math.log: [Case((3.0, 2)), Case((3.0, 2.5)), Case((3, 2.5))],
    math.gamma: [Case((-1.5,)), Case((11.5,))],
    math.lgamma: [Case((-1.5,)), Case((41.5,))],
    math.hypot: [Case((-1.5,)), Case((-1.5, 2))],
    math.ldexp: [Case((1.5, 3))],
    math.nextafter: [],  # a step too small for finite differences
    np.nextafter: [],
    math.fsum: [Case(([0.5, 1.5, -2.0],)), Case(((0.5, 1.5),)), Case((np.array([0.5, 1.5]),))],
    math.prod: [Case(([0.5, 1.5, -2.0],)), Case(((0.5, 0.0, 3.0),)), Case(([0.5, 2.0],), {"start": 3.0})],
    math.dist: [Case(([0.5, 1.5], [2.0, -1.0])), Case(((0.5, 1.5), (2, 3))), Case((np.array([0.5, 1.5]), [2.0, -1.0]))],
    builtins.float: [Case((np.float32(2.0),)), Case((np.array(1.5),))],
    builtins.complex: [],  # complex results are checked in test_ufuncs.py
    np.angle: [Case((np.array([0.5, 2.0]),)), Case((np.array([0.5 + 1.0j, -2.0 + 0.3j]),), {"deg": True})],
    np.sign: [Case((np.array([0.5, -2.0]),)), Case((0.5 + 1.0j,))],
    np.real_if_close: [Case((np.array([0.5, 2.0]),)), Case((np.array([0.5 + 1.0j, 2.0]),))],
    builtins.max: [
        Case((1.0, 3, 2.5)),
        Case(([1.0, 3.0, 2.0],)),
        Case(((1.0, 3.0),)),
        Case((np.array([1.0, 3.0, 2.0]),)),
    ],
    builtins.min: [
        Case((1.0, 3, 2.5)),
        Case(([1.0, 3.0, 2.0],)),
        Case((2.0, np.float64(1.0))),
        Case((np.array([2.0]),)),
    ],
    builtins.sum: [
        Case(([0.5, 1.5],)),
        Case(((0.5, 1.5), 2.0)),
        Case((np.array([0.5, 1.5]),)),
        Case((np.ones((3, 2)),)),
        Case(([np.ones(2), 2.0 * np.ones((3, 1))],)),
    ],
    np.clip: [
        Case((np.array([-0.5, 0.5, 1.5]), 0.0, 1.0)),
        Case((0.5, 0.0, 1.0)),
        Case((np.array([-0.5, 0.5, 1.5]), None, 1)),
        Case((np.array([-0.5, 0.5, 1.5], np.float32), 0, None)),
        Case((np.array([[-0.5], [0.5]]), np.array([-0.2, 0.7]), np.array([0.1, 0.9]))),
    ],
    np.where: [
        Case((np.array([True, False]), np.array([0.5, 1.5]), np.array([2.0, 3.0]))),
        Case((np.array([[True], [False]]), 1.5, np.array([2.0, 3.0]))),
        Case((np.array([True, False]), np.array([0.5, 1.5], np.float32), 0)),
        Case((True, 0.5, 1.5)),
    ],
    np.heaviside: [Case((np.array([-1.0, 1.0]), 0.5)), Case((np.zeros(3), np.array([0.5, 1.0, 0.0])), constant=(0,))],
    np.ldexp: [Case((np.array([0.5, 1.5]), 3)), Case((1.5, np.array([1, 2])))],
}
if sys.version_info >= (3, 11):
    SCALAR |= {math.cbrt: ["nonzero"], math.exp2: ["real"]}
if sys.version_info >= (3, 12):
    GENERAL[math.sumprod] = [Case(([0.5, 1.5], [2.0, -1.0])), Case(((0.5, 1.5), (2, 3)))]
if sys.version_info >= (3, 13):
    SCALAR[math.fma] = ["real", "real", "real"]

SHAPES = {
    1: [((),), ((2, 3),), ((0,),), ((1, 2),)],
    2: [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (3,)), ((3,), ()), ((), (2,)), ((0, 2), (2,)), ((1,), (1, 3))],
    3: [((2, 3), (3,), ())],
}
"""The shapes that elementwise rules are checked with; () is a Python float."""


def cases_of(function):
    """All cases of a function: generated from its domains, and the listed ones."""
    generator = np.random.default_rng(7)
    found = []
    if function in SCALAR:
        domains = SCALAR[function]
        found += [Case(tuple(draw(generator, name, ()) for name in domains)) for _ in range(3)]
    if function in ELEMENTWISE:
        domains = ELEMENTWISE[function]
        for shapes in [((),) * len(domains), *SHAPES[len(domains)]]:
            found.append(Case(tuple(draw(generator, name, shape) for name, shape in zip(domains, shapes))))
        found.append(Case(tuple(draw(generator, name, (3,)).astype(np.float32) for name in domains)))
        found.append(Case(tuple(np.float64(draw(generator, name, ())) for name in domains)))
    return found + GENERAL.get(function, [])


def draw(generator, domain, shape):
    """Numbers of a domain, away from zero by sign if it is "nonzero"."""
    low, high = DOMAINS[domain]
    numbers = generator.uniform(low, high, shape)
    if domain == "nonzero":
        numbers = numbers * np.where(generator.random(shape) < 0.5, -1.0, 1.0)
    return float(numbers) if shape == () else numbers


def check_rule(function, *args, keywords=None, constant=(), leave_out=None):
    """Check the rule of a function at some arguments against finite differences, and at variants of them."""
    leave_out = {**PENDING.get(function, {}), **(leave_out or {})}
    return testing.check_rule(function, args, keywords, literal=constant, leave_out=leave_out)


def quiet(function, *args):
    """The function's value with NumPy's floating-point warnings silenced."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*args)
