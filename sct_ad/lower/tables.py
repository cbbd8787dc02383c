"""What NumPy functions are to the lowering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sct_ad.runtime.vector_math import vector_cos, vector_exp, vector_log, vector_sin, vector_tanh

SUPPORTED = frozenset({"float64", "float32", "int64", "bool", "complex128"})
"""The dtypes whose scalars Numba computes with as NumPy does with arrays."""

CHEAP = frozenset(
    "add subtract multiply true_divide divide negative positive absolute fabs sign maximum minimum greater "
    "greater_equal less less_equal equal not_equal logical_and logical_or logical_not logical_xor isnan isinf "
    "isfinite signbit copysign square conjugate reciprocal".split()
)
"""Functions that may be computed once more rather than stored."""

UFUNCS = CHEAP | frozenset(
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan arctan2 hypot sinh cosh tanh "
    "arcsinh arccosh arctanh deg2rad rad2deg degrees radians floor ceil trunc rint fmax fmin power logaddexp "
    "logaddexp2".split()
)
"""Ufuncs that Numba applies to scalars with NumPy's results."""

COPIES = frozenset("copy array asarray ascontiguousarray".split())
CONSTANTS = frozenset("zeros ones full".split())
CONSTANT_LIKE = frozenset("zeros_like ones_like full_like".split())
OTHERS = frozenset("where transpose outer broadcast_to clip".split())
REDUCTIONS = frozenset("sum mean prod max min amax amin any all".split())

VECTOR: dict[str, Callable[[Any], Any]] = {
    "exp": vector_exp,
    "log": vector_log,
    "tanh": vector_tanh,
    "sin": vector_sin,
    "cos": vector_cos,
}
"""What stands for functions of double precision where code for vector instructions is asked for."""

LIMITED = frozenset({"sin", "cos"})
"""Those of them that are right for arguments up to `WIDEST` only."""
