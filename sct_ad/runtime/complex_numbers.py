"""Cotangents at numbers of which it is known only at run time whether they are real or complex."""

from __future__ import annotations

from typing import Any

import numpy as np

_SIGN_IS_PHASE = np.sign(1j) == 1j
"""Whether `np.sign` of a complex number is the number divided by its size (NumPy 2), not the sign of its real part."""


def real_part_if_real(cotangent: Any, primal: Any) -> Any:
    """The real part of the cotangent of a real number or array; the cotangent itself for a complex one."""
    if isinstance(primal, (int, float, np.ndarray, np.generic)) and np.iscomplexobj(cotangent):
        return cotangent if np.iscomplexobj(primal) else cotangent.real
    return cotangent


def require_real(result: Any) -> None:
    """Refuse to differentiate a result that turns out to be complex."""
    if np.iscomplexobj(result):
        raise TypeError(
            "the result is a complex number; a gradient needs one real number\n"
            "  instead: return result.real or abs(result), or pass holomorphic=True if the function is holomorphic"
        )


def sign_cotangent(dz: Any, x: Any) -> Any:
    """The cotangent of the argument of `np.sign`, from `dz = (dx - z Re(conj(z) dx)) / abs(x)` for `z = x / abs(x)`."""
    if not (_SIGN_IS_PHASE and np.iscomplexobj(x)):
        return np.zeros(np.broadcast_shapes(np.shape(dz), np.shape(x)), np.asarray(x).real.dtype)[()]
    size = np.abs(x)
    size = size + (size == 0)
    z = x / size
    return (dz - np.conj(z) * np.real(z * dz)) / size
