"""Variants of calls that rules do not serve yet: function -> variant -> reason. It shrinks to nothing."""

import numpy as np

ORDER = "Python's complex numbers have no order"

TABLE = {
    ORDER: {"complex": [np.maximum, np.minimum, np.fmax, np.fmin, np.clip]},
}  # fmt: skip
PENDING = {}
for _reason, _variants in TABLE.items():
    for _variant, _functions in _variants.items():
        for _function in _functions:
            PENDING.setdefault(_function, {})[_variant] = _reason
