"""Transposes of cosine and sine transforms.

Without normalisation, and with w = 1 for the first and the last index (of types 1), for the first index of a cosine
transform of type 3 or the last index of a sine transform of type 3, and w = 2 otherwise, the matrix is a symmetric one
(or, of types 2 and 3, the transpose of one another) with its columns scaled by w. See the formulas in the documentation
of `scipy.fft.dct` and `scipy.fft.dst`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft

from sct_ad.runtime.fft import fitted

_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}
_OTHER_WAY = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def real_transform_cotangent(
    cotangent: Any,
    x: Any,
    name: str,
    type: int = 2,
    n: Any = None,
    axis: int = -1,
    norm: str | None = None,
    orthogonalize: bool | None = None,
    s: Any = None,
    axes: Any = None,
) -> Any:
    """The cotangent of `x` in `dct`, `idct`, `dst`, `idst` and the same along several axes."""
    shape = np.shape(x)
    places, sizes = [axis], [n]
    if name.endswith("n"):
        if axes is None:
            axes = range(len(shape)) if s is None else range(len(shape) - np.size(s), len(shape))
        places = [int(place) for place in np.atleast_1d(np.asarray(axes, dtype=int))]
        sizes = [None] * len(places) if s is None else list(np.atleast_1d(s))
    if orthogonalize is None:
        orthogonalize = norm == "ortho"
    elif np.iscomplexobj(x) and orthogonalize != (norm == "ortho"):
        raise NotImplementedError(
            f"{name} of complex numbers with orthogonalize=, which SciPy does not look at, has no rule"
        )
    if name.startswith("i"):
        type, norm = _INVERSE[type], _OTHER_WAY[norm]
    sine = "dst" in name
    result = np.asarray(cotangent) if places else np.array(cotangent)
    for place, size in zip(places, sizes):
        result = _transposed(result, sine, type, place, norm, bool(orthogonalize))
        if size is not None:
            result = fitted(result, shape[place], place)
    return result


def _transposed(v: Any, sine: bool, type: int, axis: int, norm: Any, orthogonalize: bool) -> Any:
    """The transpose of one transform of a type along one axis, applied to `v`."""
    transform = scipy.fft.dst if sine else scipy.fft.dct
    if np.iscomplexobj(v):
        parts = (_transposed(part, sine, type, axis, norm, orthogonalize) for part in (v.real, v.imag))
        return next(parts) + 1j * next(parts)
    if type == 4 or orthogonalize or (sine and type == 1):
        return transform(v, _INVERSE[type], axis=axis, norm=norm, orthogonalize=orthogonalize)
    ends = slice(-1, None) if sine else slice(0, 1)
    if type == 1:
        ends = slice(None, None, max(v.shape[axis] - 1, 1))
    if type in (1, 2):  # the columns of the transpose are scaled; undo it
        v = _scaled(v, 2.0, ends, axis)
    v = transform(v, _INVERSE[type], axis=axis, norm=norm, orthogonalize=False)
    return _scaled(v, 0.5, ends, axis) if type in (1, 3) else v


def _scaled(v: Any, factor: float, ends: slice, axis: int) -> Any:
    """A copy whose entries at the ends of an axis are scaled."""
    v = np.array(v)
    where = [slice(None)] * v.ndim
    where[axis] = ends
    v[tuple(where)] *= factor
    return v


def real_transform(
    v: Any, name: str, type: int, n: Any, axis: int, norm: Any, orthogonalize: Any, s: Any, axes: Any
) -> Any:
    """The transform of this name in `scipy.fft`, of complex numbers part by part."""
    if np.iscomplexobj(v):
        real, imaginary = np.real(v), np.imag(v)
        turned = real_transform(imaginary, name, type, n, axis, norm, orthogonalize, s, axes)
        return real_transform(real, name, type, n, axis, norm, orthogonalize, s, axes) + 1j * turned
    where = (s, axes) if name.endswith("n") else (n, axis)
    return getattr(scipy.fft, name)(v, type, *where, norm, orthogonalize=orthogonalize)
