"""Cotangents of functions of matrices.

The Frechet derivative of a matrix function stands in a block of the same function of a larger matrix (Mathias 1996;
Higham 2008, theorem 3.6): f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]]. The transpose of L(A, .) is L(A.T, .).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sct_ad.runtime.linalg import adjugated, real_if_real, transposed


def matrix_function_cotangent(cotangent: Any, a: Any, name: str, t: Any = None) -> Any:
    """The cotangent of `a` in the function of matrices of this name in `scipy.linalg`."""
    a = np.asarray(a)
    size = np.max(np.abs(cotangent), initial=0.0)
    if size == 0 or not np.isfinite(size):
        return np.full(a.shape, size, np.result_type(a, np.float32))
    scale = size / max(np.max(np.abs(a), initial=0.0), 1.0)
    found = np.empty(a.shape, np.result_type(a, cotangent))  # some functions compute in double precision only
    for index in np.ndindex(a.shape[:-2]):
        part = scale * _frechet(transposed(a[index]), cotangent[index] / scale, name, t)
        found[index] = real_if_real(part, found)
    return real_if_real(found, a)


def _function(a: Any, name: str, t: Any) -> Any:
    """The function of matrices of this name, which is given the exponent if there is one."""
    return getattr(linalg, name)(a) if t is None else getattr(linalg, name)(a, t)


def _frechet(a: Any, direction: Any, name: str, t: Any) -> Any:
    """The derivative of a matrix function at a matrix in a direction."""
    n = a.shape[-1]
    larger = np.zeros((2 * n, 2 * n), np.result_type(a, direction))
    larger[:n, :n], larger[:n, n:], larger[n:, n:] = a, direction, a
    return _function(larger, name, t)[:n, n:]


def root_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = scipy.linalg.sqrtm(a)`: z.T w + w z.T = dz."""
    z, given = np.asarray(z), np.asarray(cotangent)
    found = np.empty(z.shape, np.result_type(z, given))
    for index in np.ndindex(z.shape[:-2]):
        back = z[index].T
        found[index] = linalg.solve_sylvester(back, back, given[index])
    return real_if_real(found, a)


def power_exponent_cotangent(cotangent: Any, z: Any, a: Any, t: Any) -> Any:
    """The cotangent of `t` in `z = scipy.linalg.fractional_matrix_power(a, t)`: the slope is z log(a)."""
    logarithm = linalg.logm(np.asarray(a, np.result_type(a, float)))  # which warns of what rounds
    return real_if_real(np.sum(cotangent * (z @ logarithm)), t)


def frechet_cotangents(cotangents: Any, a: Any, e: Any) -> tuple[Any, Any]:
    """The cotangents of `a` and `e` in `scipy.linalg.expm_frechet(a, e)`: the exponential, or None, and its derivative.

    Both are blocks of the exponential of one larger matrix.
    """
    a, e = np.asarray(a), np.asarray(e)
    n, (first, second) = a.shape[-1], cotangents
    larger = np.zeros((2 * n, 2 * n), np.result_type(a, e))
    larger[:n, :n], larger[:n, n:], larger[n:, n:] = a, e, a
    given = np.zeros(larger.shape, np.result_type(larger, second))
    given[:n, n:] = second
    if first is not None:
        given[:n, :n] = first
    found = matrix_function_cotangent(given, larger, "expm")
    return found[:n, :n] + found[n:, n:], found[:n, n:]


def polar_cotangent(u_cotangent: Any, p_cotangent: Any, u: Any, p: Any, a: Any, side: str = "right") -> Any:
    """The cotangent of `a` in `u, p = scipy.linalg.polar(a, side)`; singular matrices give NaN.

    With p = u^H a (or a u^H), what is left is the cotangent of the unitary factor: it is du = u K or K u with a skew K
    that solves a Sylvester equation (Higham 2008, section 8).
    """
    return np.conj(_unitary_gradient(np.conj(u_cotangent), np.conj(p_cotangent), np.asarray(a), side))


def _unitary_gradient(u_gradient: Any, p_gradient: Any, a: Any, side: str) -> Any:
    left, s, right = np.linalg.svd(a, full_matrices=False)
    u = left @ right
    if side == "right":
        u_gradient, direct = u_gradient + a @ adjugated(p_gradient), u @ p_gradient
    else:
        u_gradient, direct = u_gradient + adjugated(p_gradient) @ a, p_gradient @ u
    return isometry_gradient(u_gradient, left, s, right) + direct


def isometry_gradient(given: Any, u: Any, s: Any, vh: Any) -> Any:
    """The gradient in `U S V^H` of a function with gradient `given` in `U V^H`; NaN where a singular value is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = adjugated(u) @ given @ adjugated(vh)
        found = u @ ((inner - adjugated(inner)) / (s[..., :, None] + s[..., None, :])) @ vh
        if u.shape[-2] > s.shape[-1]:
            found = found + (given @ adjugated(vh) - u @ inner) / s[..., None, :] @ vh
        if vh.shape[-1] > s.shape[-1]:
            found = found + u / s[..., None, :] @ (adjugated(u) @ given - inner @ vh)
        return found


def procrustes_cotangents(rotation_cotangent: Any, scale_cotangent: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `scipy.linalg.orthogonal_procrustes(a, b)`: the polar factor of `a^H b`."""
    a, b = np.asarray(a), np.asarray(b)
    u, s, vh = np.linalg.svd(adjugated(a) @ b)
    given = isometry_gradient(np.conj(rotation_cotangent), u, s, vh) + np.real(scale_cotangent) * (u @ vh)
    return real_if_real(np.conj(b @ adjugated(given)), a), real_if_real(np.conj(a @ given), b)


# Tangents ----------------------------------------------------------------------------------------------------------


def matrix_function_tangent(da: Any, a: Any, name: str, t: Any = None) -> Any:
    """The tangent of the function of matrices of this name in `scipy.linalg`."""
    a, da = np.asarray(a), np.asarray(da)
    size = np.max(np.abs(da), initial=0.0)
    if size == 0 or not np.isfinite(size):
        return np.full(a.shape, size, np.result_type(a, np.float32))
    scale = size / max(np.max(np.abs(a), initial=0.0), 1.0)
    found = np.empty(a.shape, np.result_type(a, da, np.complex64))
    for index in np.ndindex(a.shape[:-2]):
        found[index] = scale * _frechet(a[index], da[index] / scale, name, t)
    return found if np.iscomplexobj(a) or np.any(found.imag) else found.real.copy()


def root_tangent(da: Any, z: Any) -> Any:
    """The tangent of `z = scipy.linalg.sqrtm(a)`: z dz + dz z = da."""
    z, given = np.asarray(z), np.asarray(da)
    found = np.empty(z.shape, np.result_type(z, given))
    for index in np.ndindex(z.shape[:-2]):
        found[index] = linalg.solve_sylvester(z[index], z[index], given[index])
    return found


def power_exponent_tangent(dt: Any, z: Any, a: Any) -> Any:
    """The tangent of `z = scipy.linalg.fractional_matrix_power(a, t)` by t: z log(a) dt."""
    return z @ linalg.logm(np.asarray(a, np.result_type(a, float))) * dt


def frechet_tangent(a: Any, e: Any, da: Any, de: Any, compute_expm: bool = True) -> Any:
    """The tangents of `scipy.linalg.expm_frechet(a, e)`, by the exponential of one larger matrix."""
    a, e = np.asarray(a), np.asarray(e)
    n = a.shape[-1]
    larger = np.zeros((2 * n, 2 * n), np.result_type(a, e))
    larger[:n, :n], larger[:n, n:], larger[n:, n:] = a, e, a
    moved = np.zeros(larger.shape, np.result_type(*(v for v in (larger, da, de) if v is not None)))
    if da is not None:
        moved[:n, :n] = moved[n:, n:] = da
    if de is not None:
        moved[:n, n:] = de
    found = matrix_function_tangent(moved, larger, "expm")
    return (found[:n, :n].copy(), found[:n, n:].copy()) if compute_expm else found[:n, n:].copy()


def polar_tangent(da: Any, u: Any, a: Any, side: str = "right") -> tuple[Any, Any]:
    """The tangents of `u, p = scipy.linalg.polar(a, side)`; singular matrices give NaN."""
    a, da = np.asarray(a), np.asarray(da)
    left, s, right = np.linalg.svd(a, full_matrices=False)
    du = isometry_gradient(da, left, s, right)  # which is a symmetric map
    dp = adjugated(du) @ a + adjugated(u) @ da if side == "right" else da @ adjugated(u) + a @ adjugated(du)
    return du, dp


def procrustes_tangent(a: Any, b: Any, da: Any, db: Any) -> tuple[Any, Any]:
    """The tangents of `scipy.linalg.orthogonal_procrustes(a, b)` along da and db, each of which may be None."""
    a, b = np.asarray(a), np.asarray(b)
    u, s, vh = np.linalg.svd(adjugated(a) @ b)
    moved = np.zeros(vh.shape, vh.dtype)
    if da is not None:
        moved = moved + adjugated(da) @ b
    if db is not None:
        moved = moved + adjugated(a) @ db
    return isometry_gradient(moved, u, s, vh), np.sum(np.real(np.conj(u @ vh) * moved))


def matrix_function_second(a: Any, first: Any, second: Any, name: str, t: Any = None) -> Any:
    """The second derivative of a function of matrices along two directions (Higham and Relton 2014, algorithm 4.1).

    A block of the same function of a matrix of four times the size.
    """
    a, first, second = np.asarray(a), np.asarray(first), np.asarray(second)
    sizes = [np.max(np.abs(e), initial=0.0) for e in (first, second)]
    if 0.0 in sizes or not np.all(np.isfinite(sizes)):
        return np.full(a.shape, sizes[0] * sizes[1], np.result_type(a, first, second, np.float32))
    scales = [size / max(np.max(np.abs(a), initial=0.0), 1.0) for size in sizes]
    found = np.empty(a.shape, np.result_type(a, first, second, np.complex64))
    n = a.shape[-1]
    for index in np.ndindex(a.shape[:-2]):
        larger = np.zeros((4 * n, 4 * n), np.result_type(a, first, second))
        for k in range(4):
            larger[k * n : (k + 1) * n, k * n : (k + 1) * n] = a[index]
        larger[:n, n : 2 * n] = larger[2 * n : 3 * n, 3 * n :] = first[index] / scales[0]
        larger[:n, 2 * n : 3 * n] = larger[n : 2 * n, 3 * n :] = second[index] / scales[1]
        found[index] = scales[0] * scales[1] * _function(larger, name, t)[:n, 3 * n :]
    real = not any(map(np.iscomplexobj, (a, first, second)))
    return found.real.copy() if real and not np.any(found.imag) else found
