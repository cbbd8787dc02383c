"""Cotangents of distributions and descriptive statistics that are more than a line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.reductions import axis_count, deviations


def over_probability(slope: Any, log_probability: Any, inside: Any) -> Any:
    """The quotient slope / exp(log_probability) where `inside`, else 0; NaN where it cannot be computed."""
    whole = np.where(inside, log_probability, 0.0)
    tiny = whole < -700.0
    quotient = slope / np.exp(np.where(tiny, 0.0, whole))
    return np.where(inside, np.where(tiny, np.nan, quotient), 0.0)[()]


# Multivariate distributions ----------------------------------------------------------------------------------------


def multivariate_normal_cotangents(dz: Any, x: Any, mean: Any, cov: Any) -> tuple[Any, Any, Any]:
    """The cotangents of points, mean and covariance, where `dz` is that of the density's logarithm.

    As SciPy does, take a number for a multiple of the identity, a vector for a diagonal, and a matrix's lower triangle.
    """
    whitened, full = _whitened(x, mean, cov)
    dim = len(full)
    whitened = whitened.reshape(-1, dim)
    shares = np.reshape(dz, (-1, 1))
    pulled = shares * whitened
    of_full = 0.5 * (pulled.T @ whitened - np.sum(shares) * np.linalg.inv(full))
    if np.ndim(cov) == 2:
        of_cov = np.tril(of_full) + np.tril(of_full.T, -1)
    else:
        of_cov = np.trace(of_full) if np.size(cov) == 1 else np.diag(of_full).copy()
        of_cov = np.reshape(of_cov, np.shape(cov))[()]
    of_mean = None if mean is None else np.reshape(np.sum(pulled, axis=0), np.shape(mean))[()]
    return np.reshape(-pulled, np.shape(x))[()], of_mean, of_cov


def _dimension(mean: Any, cov: Any) -> int:
    return np.size(mean) if mean is not None else len(cov) if np.ndim(cov) == 2 else 1


def _whitened(x: Any, mean: Any, cov: Any) -> tuple[Any, Any]:
    """inv(cov) (x - mean) for each point, and the covariance as a matrix."""
    dim = _dimension(mean, cov)
    points = np.reshape(x, (-1, dim) if np.ndim(x) < 2 else np.shape(x))
    deviations = points - (0.0 if mean is None else np.ravel(mean))
    full = _covariance(cov, dim)
    return np.linalg.solve(full, deviations.reshape(-1, dim).T).T.reshape(deviations.shape), full


def _covariance(cov: Any, dim: int) -> Any:
    full = cov * np.eye(dim) if np.ndim(cov) == 0 else np.diag(cov) if np.ndim(cov) == 1 else cov
    return np.tril(full) + np.tril(full, -1).T


def multivariate_normal_tangent(x: Any, mean: Any, cov: Any, dx: Any, dmean: Any, dcov: Any) -> Any:
    """The tangent of the density's logarithm, along dx, dmean and dcov, each of which may be None."""
    whitened, full = _whitened(x, mean, cov)
    found = np.zeros(whitened.shape[:-1], whitened.dtype)
    if dx is not None:
        found = found - np.sum(whitened * np.reshape(dx, whitened.shape), axis=-1)
    if dmean is not None:
        found = found + whitened @ np.ravel(dmean)
    if dcov is not None:
        moved = _covariance(dcov, len(full))
        found = (
            found + 0.5 * np.sum(whitened @ moved * whitened, axis=-1) - 0.5 * np.trace(np.linalg.solve(full, moved))
        )
    if np.ndim(x) > 1:
        return found
    return found if np.size(found) > 1 else found[0]


def dirichlet_cotangents(dz: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """The cotangents of points, one in a column, and of concentrations, where `dz` is that of the density's logarithm.

    Where the last part of the points is not given it is one minus the others.
    """
    x, alpha = np.asarray(x), np.asarray(alpha)
    implied = len(x) != len(alpha)
    whole = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)]) if implied else x
    powers = np.reshape(alpha - 1.0, (-1,) + (1,) * (x.ndim - 1))
    of_whole = dz * powers / np.where(powers == 0, 1.0, whole)
    of_x = of_whole[:-1] - of_whole[-1] if implied else of_whole
    of_log = special.digamma(np.sum(alpha)) - special.digamma(alpha)
    logs = np.log(np.where(whole > 0, whole, 1.0))
    return of_x, np.sum((dz * logs).reshape(len(alpha), -1), axis=1) + np.sum(dz) * of_log


def dirichlet_tangent(x: Any, alpha: Any, dx: Any, dalpha: Any) -> Any:
    """The tangent of the density's logarithm, along dx and dalpha, each of which may be None."""
    x, alpha, found = np.asarray(x), np.asarray(alpha), 0.0
    whole = _with_last_part(x, alpha, 1.0)
    if dx is not None:
        powers = np.reshape(alpha - 1.0, (-1,) + (1,) * (x.ndim - 1))
        moved = _with_last_part(np.asarray(dx), alpha, 0.0)
        found = found + np.sum(powers / np.where(powers == 0, 1.0, whole) * moved, axis=0)
    if dalpha is not None:
        of_log = special.digamma(np.sum(alpha)) - special.digamma(alpha)
        logs = np.log(np.where(whole > 0, whole, 1.0))
        found = found + np.tensordot(dalpha, logs, 1) + np.sum(of_log * dalpha)
    return found


def _with_last_part(x: Any, alpha: Any, total: float) -> Any:
    """Points with the last part that is implied if it is not given."""
    return x if len(x) == len(alpha) else np.concatenate([x, total - np.sum(x, axis=0, keepdims=True)])


# Descriptive statistics --------------------------------------------------------------------------------------------


def _centred(a: Any, axis: Any) -> tuple[Any, int]:
    """Deviations from the mean, and how many entries go into one."""
    return deviations(a, axis), max(1, axis_count(a, axis))


def _spread(a: Any, axis: Any, ddof: int) -> Any:
    """The standard deviation to divide by, 1 where all entries are equal."""
    deviation = np.std(a, axis=axis, ddof=ddof, keepdims=True)
    return deviation + (deviation == 0)


def zscore_cotangent(dz: Any, z: Any, a: Any, axis: Any, ddof: int) -> Any:
    """The cotangent of `a` in its standard scores."""
    n = axis_count(a, axis)
    along = np.sum(dz * z, axis=axis, keepdims=True) / (n - ddof)
    centred = dz - np.mean(dz, axis=axis, keepdims=True)
    return (centred - z * along) / _spread(a, axis, ddof)


def sem_slope(a: Any, axis: Any, ddof: int) -> Any:
    """The derivative of the standard error of the mean by each entry."""
    e, n = _centred(a, axis)
    return e / ((n - ddof) * math.sqrt(n) * _spread(a, axis, ddof))


def variation_slope(a: Any, axis: Any, ddof: int) -> Any:
    """The derivative of the standard deviation over the mean by each entry."""
    e, n = _centred(a, axis)
    mean, deviation = np.mean(a, axis=axis, keepdims=True), np.std(a, axis=axis, ddof=ddof, keepdims=True)
    return (e / ((n - ddof) * _spread(a, axis, ddof)) - deviation / (n * mean)) / mean


def skew_slope(a: Any, axis: Any, bias: bool) -> Any:
    """The derivative of the skewness m3 / m2**1.5 by each entry."""
    e, n = _centred(a, axis)
    m2, m3 = np.mean(e**2, axis=axis, keepdims=True), np.mean(e**3, axis=axis, keepdims=True)
    slope = 3.0 / n * (e**2 - m2 - m3 * e / m2) / m2**1.5
    return slope if bias or n < 3 else slope * (math.sqrt(n * (n - 1)) / (n - 2))


def kurtosis_slope(a: Any, axis: Any, bias: bool) -> Any:
    """The derivative of the kurtosis m4 / m2**2 by each entry."""
    e, n = _centred(a, axis)
    m2, m3, m4 = (np.mean(e**k, axis=axis, keepdims=True) for k in (2, 3, 4))
    slope = 4.0 / n * (e**3 - m3 - m4 * e / m2) / m2**2
    return slope if bias or n < 4 else slope * ((n * n - 1) / ((n - 2) * (n - 3)))


def moment_slope(a: Any, order: int, axis: Any, center: Any) -> Any:
    """The derivative of a moment, central unless a center is given, by each entry."""
    if order == 0:
        return np.zeros_like(a)
    e, n = _centred(a, axis)
    if center is not None:
        return order / n * (a - center) ** (order - 1)
    powers = e ** (order - 1)
    return order / n * (powers - np.mean(powers, axis=axis, keepdims=True))


def entropy_cotangents(dz: Any, z: Any, pk: Any, qk: Any, base: Any, axis: Any, keepdims: bool) -> tuple[Any, Any]:
    """The cotangents of both distributions, which are made to sum to 1 first, in their entropy."""
    pk = np.asarray(pk)
    axis = tuple(range(pk.ndim)) if axis is None else axis
    if not keepdims:
        dz, z = np.expand_dims(dz, axis), np.expand_dims(z, axis)
    if base is not None:
        dz, z = dz / math.log(base), z * math.log(base)
    total = np.sum(pk, axis=axis, keepdims=True)
    p = pk / total
    if qk is None:
        return -dz * (np.log(p) + z) / total, None
    mass = np.sum(qk, axis=axis, keepdims=True)
    q = qk / mass
    of_pk, of_qk = dz * (np.log(p / q) - z) / total, dz * (1.0 - p / q) / mass
    return unbroadcast(of_pk, pk), unbroadcast(of_qk, qk)


def entropy_tangent(z: Any, pk: Any, qk: Any, base: Any, axis: Any, keepdims: bool, dpk: Any, dqk: Any) -> Any:
    """The tangent of the entropy, along dpk and dqk, each of which may be None."""
    pk = np.asarray(pk)
    axis = tuple(range(pk.ndim)) if axis is None else axis
    z = z if keepdims else np.expand_dims(z, axis)
    scale = 1.0 if base is None else math.log(base)
    total, found = np.sum(pk, axis=axis, keepdims=True), 0.0
    p = pk / total
    if qk is None:
        found = -(np.log(p) + z * scale) / total * dpk
    else:
        mass = np.sum(qk, axis=axis, keepdims=True)
        q = qk / mass
        if dpk is not None:
            found = found + (np.log(p / q) - z * scale) / total * dpk
        if dqk is not None:
            found = found + (1.0 - p / q) / mass * dqk
    return np.sum(found, axis=axis, keepdims=keepdims) / scale
