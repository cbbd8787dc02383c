"""Variants of calls that rules do not serve yet: function -> variant -> reason. It shrinks to nothing."""

import numpy as np

ORDER = "Python's complex numbers have no order"

TABLE = {
    ORDER: {"complex": [np.maximum, np.minimum, np.fmax, np.fmin, np.clip]},
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) < "2.0.0":
    TABLE["a float32 number with a Python number is float64 in NumPy 1"] = {
        "float32": [np.mean, np.average, np.std, np.select, np.nansum, np.nanstd]
    }
PENDING = {}
for _reason, _variants in TABLE.items():
    for _variant, _functions in _variants.items():
        for _function in _functions:
            PENDING.setdefault(_function, {})[_variant] = _reason
