"""Variants of calls that rules do not serve yet: function -> variant -> reason. It shrinks to nothing."""

import builtins
import math
import operator

import numpy as np

PRECISION = "the cotangent of float32 is in double precision"
SIZES = "arrays of size 0 raise"
CONVENTION = "wrong at complex numbers"
KINDS = "NumPy's numbers in a function of math"

TABLE = {
    CONVENTION: {"complex": [builtins.abs, operator.abs, np.absolute, np.clip, np.corrcoef, np.correlate, np.cov, np.float_power]
    + [np.fmax, np.fmin, np.maximum, np.minimum, np.interp]
    + [np.nanstd, np.nanvar]},
    PRECISION: {"float32": [operator.pow, builtins.pow, np.power, np.maximum.reduce, np.minimum.reduce, np.amax, np.amin, np.max, np.min]
    + [np.copysign, np.insert]
    + [np.linspace, np.logspace, np.mean, np.nanmax, np.nanmin, np.nanmean, np.nanstd, np.nanvar, np.ptp]},
    SIZES: {"sizes 0": [np.resize, np.take]},
    KINDS: {"NumPy scalars": [math.copysign, math.fabs], "arrays of no dimensions": [math.copysign, math.fabs, math.gamma, math.lgamma]},
}  # fmt: skip
PENDING = {}
for _reason, _variants in TABLE.items():
    for _variant, _functions in _variants.items():
        for _function in _functions:
            PENDING.setdefault(_function, {})[_variant] = _reason
