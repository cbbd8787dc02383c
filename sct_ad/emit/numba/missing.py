"""Variables that may have no value yet, for Numba: its type for them is that of None or of a value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from sct_ad import runtime
from sct_ad.emit.numba.support import implements


def or_zero(value: Any) -> Any:
    """A number to record of a variable: 0 stands for no value, which nothing reads from the tape."""
    return 0 if value is None else value


@implements(or_zero)
def _or_zero(value: Any) -> Any:
    if isinstance(value, types.NoneType):
        return lambda value: 0
    if not isinstance(value, types.Optional):
        return lambda value: value
    zero = as_dtype(value.type).type(0)

    def found(value: Any) -> Any:
        return zero if value is None else value

    return found


OF_WHAT_MAY_BE_MISSING: dict[Any, Any] = {np.zeros_like: runtime.zeros_like}
"""Functions of NumPy -> those that take a variable without value as well."""
