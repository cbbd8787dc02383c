"""Variants of calls that rules do not serve yet: function -> variant -> reason. It shrinks to nothing."""

import numpy as np

PRECISION = "the cotangent of float32 is in double precision"
SIZES = "arrays of size 0 raise"
CONVENTION = "wrong at complex numbers"
ORDER = "Python's complex numbers have no order"

TABLE = {
    ORDER: {"complex": [np.maximum, np.minimum, np.fmax, np.fmin, np.clip]},
    CONVENTION: {"complex": [np.corrcoef, np.correlate, np.cov, np.interp, np.nanstd, np.nanvar]},
    PRECISION: {"float32": [np.maximum.reduce, np.minimum.reduce, np.amax, np.amin, np.max, np.min, np.insert]
    + [np.linspace, np.logspace, np.mean, np.nanmax, np.nanmin, np.nanmean, np.nanstd, np.nanvar, np.ptp]},
    SIZES: {"sizes 0": [np.resize, np.take]},
}  # fmt: skip
PENDING = {}
for _reason, _variants in TABLE.items():
    for _variant, _functions in _variants.items():
        for _function in _functions:
            PENDING.setdefault(_function, {})[_variant] = _reason
