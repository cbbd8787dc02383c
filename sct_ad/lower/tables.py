"""What NumPy functions are to the lowering."""

from __future__ import annotations

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
