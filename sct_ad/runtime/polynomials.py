"""Cotangents of NumPy's functions of polynomials, whose coefficients begin with that of the highest power."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.cotangents import fitting
from sct_ad.runtime.series import fit_cotangents, series_of_roots_cotangent


def polyval_cotangents(cotangent: Any, p: Any, x: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments in `np.polyval(p, x)`, by its own recurrence y = y * x + p[k]."""
    p, x = np.asarray(p), np.asarray(x)
    values: list[Any] = [np.zeros_like(x)]
    for k in range(len(p)):
        values.append(values[-1] * x + p[k])
    of_p, of_x, carried = [], np.zeros(x.shape, np.result_type(np.asarray(cotangent), x, p)), np.asarray(cotangent)
    for k in reversed(range(len(p))):
        of_p.append(unbroadcast(carried, p[k]))
        of_x = of_x + unbroadcast(carried * values[k], x)
        carried = carried * x
    return fitting(np.stack(of_p[::-1]) if of_p else np.zeros_like(p), p), fitting(of_x, x)


def sum_cotangent(cotangent: Any, c: Any) -> Any:
    """The cotangent of one of two polynomials in their sum: the powers that it has."""
    cotangent, size = np.asarray(cotangent), np.size(c)
    part = cotangent[len(cotangent) - size :] if size else cotangent[:0]
    return np.array(fitting(np.reshape(part, np.shape(c)), c))


def polymul_cotangents(cotangent: Any, a1: Any, a2: Any) -> tuple[Any, Any]:
    """The cotangents of both factors in `np.polymul(a1, a2)`, which cuts off leading zeros."""
    first, second = np.atleast_1d(a1), np.atleast_1d(a2)
    if 0 in (first.size, second.size):
        return np.zeros(np.shape(a1), first.dtype), np.zeros(np.shape(a2), second.dtype)
    missing = len(first) + len(second) - 1 - len(cotangent)
    whole = np.concatenate([np.zeros(missing, np.asarray(cotangent).dtype), cotangent])
    left = np.correlate(whole, np.conj(second), "valid")
    right = np.correlate(whole, np.conj(first), "valid")
    return fitting(left.reshape(np.shape(a1)), a1), fitting(right.reshape(np.shape(a2)), a2)


def polydiv_cotangents(quotient: Any, remainder: Any, q: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments in `q, r = np.polydiv(u, v)`, from those of q and r.

    From u = q v + r, where the leading coefficients of u determine q and the others then r.
    """
    first, second = u, v
    u, v, q = np.atleast_1d(u), np.atleast_1d(v), np.asarray(q)
    count, rest = len(u) - len(v) + 1, min(len(v) - 1, len(u))
    dtype = np.result_type(u, v, np.float32, *(part for part in (quotient, remainder) if part is not None))
    lower = np.zeros(len(u), dtype)
    if remainder is not None and (rest or count <= 0):
        part = np.asarray(remainder)[-len(u) :]
        tail = part[-rest:] if rest else part[:0]
        lower[len(u) - len(tail) :] = tail
    if count <= 0:
        return fitting(lower.reshape(np.shape(first)), first), fitting(np.zeros(np.shape(second), dtype), second)
    steps = np.zeros((count, count), dtype)
    for k in range(min(count, len(v))):
        steps += np.diag(np.full(count - k, v[k]), -k)
    top = -np.correlate(lower, np.conj(v), "valid")
    if quotient is not None:
        top = top + quotient
    left = lower + np.append(np.linalg.solve(steps.T, top), np.zeros(len(u) - count))
    right = -np.correlate(left, np.conj(q), "valid")
    return fitting(left.reshape(np.shape(first)), first), fitting(right.reshape(np.shape(second)), second)


def polyder_cotangent(cotangent: Any, p: Any, m: int = 1) -> Any:
    """The cotangent of `p` in `np.polyder(p, m)`."""
    size = np.size(p)
    left = np.asarray(cotangent)
    for k in range(1, m + 1):  # the last differentiation was that of the polynomial with the fewest coefficients
        n = size - m + k
        if n > 0:
            left = np.append(left * np.arange(n - 1, 0, -1), np.zeros(1, left.dtype))
    return fitting(np.reshape(left, np.shape(p)), p)


def polyint_cotangents(cotangent: Any, p: Any, m: int, k: Any) -> tuple[Any, Any]:
    """The cotangents of `p` and of the constants `k` in `np.polyint(p, m, k)`."""
    left, constants = np.asarray(cotangent), []
    for step in reversed(range(m)):
        constants.append(left[-1])
        left = left[:-1] / np.arange(np.size(p) + step, 0, -1)
    found = np.array(constants[::-1])
    left = fitting(np.reshape(left, np.shape(p)), p)
    if k is None:
        return left, found
    if np.size(k) == 1:
        return left, fitting(np.reshape(np.sum(found), np.shape(k)), k)
    unused = np.zeros(np.size(k) - m, found.dtype)
    return left, fitting(np.concatenate([found, unused]), k)


def poly_cotangent(cotangent: Any, z: Any, seq_of_zeros: Any) -> Any:
    """The cotangent of the roots, or of the matrix, in `np.poly(seq_of_zeros)`.

    By a root r_k, the derivative is minus the polynomial of the other roots. The coefficients of a matrix are those of
    det(t I - A), whose derivative is -tr(adj(t I - A) dA), with the adjugate by the recurrence of Faddeev and
    LeVerrier.
    """
    a, cotangent = np.asarray(seq_of_zeros), np.asarray(cotangent)
    if a.ndim == 2 and a.shape[0] == a.shape[1] != 0:
        adjugate, total = np.eye(len(a)), np.zeros(a.shape, np.result_type(a, cotangent))
        for k in range(1, len(z)):
            total = total - cotangent[k] * adjugate.T
            adjugate = a @ adjugate + z[k] * np.eye(len(a))
        return fitting(total, a)
    if a.size == 0:
        return fitting(np.zeros(a.shape), a)
    return series_of_roots_cotangent(cotangent[::-1], a, np.polynomial.polynomial.polymulx)


def roots_cotangent(cotangent: Any, z: Any, p: Any) -> Any:
    """The cotangent of `p` in its roots `z`; infinite where a root is a multiple one.

    From p(r) = 0: dr = -sum_k dp_k r^(n - k) / p'(r).
    """
    p = np.asarray(p)
    if np.size(z) == 0:
        return np.zeros_like(p, dtype=np.result_type(p, float))
    part = -(np.asarray(cotangent) / np.polyval(np.polyder(p), z)) @ np.vander(z, p.size)
    return np.array(fitting(np.reshape(part, p.shape), p))


def polyfit_cotangents(cotangent: Any, z: Any, x: Any, y: Any, deg: int, w: Any = None) -> tuple[Any, Any, Any]:
    """The cotangents of x, y and w in `z = np.polyfit(x, y, deg, w=w)`."""
    x = np.asarray(x)
    basis = np.vander(x, deg + 1)
    slopes = np.zeros_like(basis)
    slopes[:, :-1] = basis[:, 1:] * np.arange(deg, 0, -1)
    return fit_cotangents(cotangent, z, x, y, w, basis, slopes)


def vander_cotangent(cotangent: Any, x: Any, increasing: bool = False) -> Any:
    """The cotangent of `x` in `np.vander(x, N, increasing)`."""
    cotangent = np.asarray(cotangent)
    rising = cotangent if increasing else cotangent[:, ::-1]
    n = cotangent.shape[1]
    if n < 2:
        return np.zeros(np.shape(x), fitting(cotangent, x).dtype)
    return fitting(np.sum(rising[:, 1:] * np.arange(1, n) * np.vander(x, n - 1, increasing=True), axis=1), x)


def slope_of(p: Any, x: Any, order: int = 1) -> Any:
    """A derivative of a polynomial that is an object, at `x`."""
    return p.deriv(order)(x)
