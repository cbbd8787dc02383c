"""Cotangents of inverses, determinants, powers and solutions, for stacks of matrices too, and where one is singular.

Cotangents are those of `sct_ad`: dL = Re(c * dx), so that the transposes of holomorphic functions have no conjugates.
The formulas are those of Giles, "Collected matrix derivative results for forward and reverse mode" (2008), section 2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.reductions import products_of_others

_WELL_CONDITIONED = 1e8


def transposed(a: Any) -> Any:
    """Each matrix of a stack transposed."""
    return np.swapaxes(a, -1, -2)


def adjugated(a: Any) -> Any:
    """Each matrix of a stack transposed and conjugated."""
    return np.conj(np.swapaxes(a, -1, -2))


def real_if_real(cotangent: Any, a: Any) -> Any:
    """The real part of a complex cotangent whose primal is real."""
    return cotangent if np.iscomplexobj(a) else np.real(cotangent)


def solved(a: Any, b: Any) -> Any:
    """The solutions for the matrices `b`, of two or more axes; NaN where a matrix `a` is singular."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.nan * (a @ b)  # of the shape of a solution


def inverse_transposed(a: Any) -> Any:
    """The transposed inverse, with which the logarithm of the determinant grows; NaN where a matrix is singular."""
    try:
        return transposed(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        return np.full(np.shape(a), np.nan, np.result_type(a, np.float32))


def log_of_determinant(a: Any, inverse: Any = None) -> Any:
    """`np.log(np.linalg.det(a))` of a real matrix, whose inverse may be known."""
    return np.log(np.linalg.det(a))


def slogdet_cotangent(cotangent: Any, sign_cotangent: Any, sign: Any, a: Any) -> Any:
    """The cotangent of `a` in `np.linalg.slogdet(a)`: d sign = i sign Im(tr(inv(a) da)), 0 for real numbers."""
    a = np.asarray(a)
    given = np.asarray(np.real(cotangent))
    if np.iscomplexobj(a) and sign_cotangent is not None:
        given = (given + 1j * np.imag(sign_cotangent * sign)).astype(a.dtype)
    return given[..., None, None] * inverse_transposed(a)


def _is_well_conditioned(a: Any, inverse: Any) -> Any:
    """Whether all matrices of a stack are far from singular; the norm of one bounds its largest element."""
    if np.ndim(a) == 2 and float(np.vdot(a, a).real) * float(np.vdot(inverse, inverse).real) < _WELL_CONDITIONED**2:
        return True
    return np.abs(inverse).max(initial=0.0) * np.abs(a).max(initial=0.0) < _WELL_CONDITIONED


def cofactors(a: Any) -> Any:
    """The derivative of the determinant, `det(a) * inv(a).T`; finite and right for singular matrices too."""
    try:
        inverse = np.linalg.inv(a)
        if _is_well_conditioned(a, inverse):
            value = np.linalg.det(a)
            return (value if np.ndim(a) == 2 else value[..., None, None]) * transposed(inverse)
    except np.linalg.LinAlgError:
        pass
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan)
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return np.conj((np.conj(sign)[..., None, None] * u * products_of_others(s, -1)[..., None, :]) @ vh)


def cofactors_tangent(change: Any, a: Any) -> Any:
    """The tangent of `cofactors(a)`, a symmetric second derivative; finite and right for singular matrices too.

    The cofactors are det(a) times the transposed inverse (Jacobi), which moves by -inv(a) da inv(a). With the singular
    value decomposition a = u diag(s) vh and m = u^H da vh^H, they are the second-order terms of det(diag(s) + m).
    """
    inverse = transposed(inverse_transposed(a))
    if _is_well_conditioned(a, inverse) or not np.all(np.isfinite(a)):
        growth = np.sum(transposed(inverse) * change, axis=(-2, -1))[..., None, None]
        return np.linalg.det(a)[..., None, None] * transposed(growth * inverse - inverse @ change @ inverse)
    u, s, vh = np.linalg.svd(a)
    moved = adjugated(u) @ change @ adjugated(vh)
    alone = np.eye(s.shape[-1], dtype=bool)
    others = np.where(alone, 0.0, products_of_others(np.where(alone, 1.0, s[..., None, :]), -1))  # without s_i and s_j
    inner = -transposed(others * moved)
    grown = np.sum(others * np.diagonal(moved, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    inner = inner + np.where(alone, grown[..., None, :], 0.0)
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return real_if_real(sign * (np.conj(u) @ inner @ np.conj(vh)), a)


def solve_cotangents(cotangent: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of both arguments of `np.linalg.solve(a, b)`, whatever their ranks."""
    vector = np.ndim(z) < np.ndim(a) or np.ndim(b) == 1
    given, solution = (np.asarray(v)[..., None] if vector else np.asarray(v) for v in (cotangent, z))
    right = np.linalg.solve(transposed(a), given)
    left = -right @ transposed(solution)
    if vector:
        right = right[..., 0]
    left, right = unbroadcast(left, np.asarray(a), left), unbroadcast(right, np.asarray(b), right)
    return real_if_real(left, a), real_if_real(right, b)


def pinv_cotangent(cotangent: Any, z: Any, a: Any) -> Any:
    """The cotangent of `a` in `z = np.linalg.pinv(a)`, as long as the rank stays (Golub and Pereyra 1973, eq. 4.12)."""
    a, p, given = np.asarray(a), adjugated(z), adjugated(np.conj(cotangent))
    outside = np.eye(a.shape[-2], dtype=z.dtype) - a @ z
    beside = np.eye(a.shape[-1], dtype=z.dtype) - z @ a
    found = outside @ given @ z @ p + p @ z @ given @ beside - p @ np.conj(cotangent) @ p
    return np.conj(found)


def truncated_pinv_cotangent(cotangent: Any, z: Any, a: Any, hermitian: bool = False) -> Any:
    """The cotangent of `a` in a pseudo-inverse `z` that leaves out some singular values that are not zero.

    The rank of `z` tells how many are kept. With `hermitian` only the lower triangle of `a` is read.
    """
    a = np.asarray(a)
    kept = kept_count(z, a)
    if hermitian:
        w, v = np.linalg.eigh(a)
        ranks = np.argsort(np.argsort(-np.abs(w), axis=-1), axis=-1)
        f = (ranks < kept).astype(w.dtype) / np.where(ranks < kept, w, 1)
        inner = adjugated(v) @ np.conj(cotangent) @ v * divided_differences(f, w, -(f**2))
        return np.conj(lower_only(v @ inner @ adjugated(v)))
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    chosen = np.arange(s.shape[-1]) < kept
    h = chosen.astype(s.dtype) / np.where(chosen, s, 1)
    return np.conj(generalised_function_cotangent(adjugated(np.conj(cotangent)), u, s, vh, h, -(h**2)))


def kept_count(z: Any, a: Any) -> Any:
    """How many singular values of `a` its pseudo-inverse `z` keeps, with an axis for them."""
    inverted = np.linalg.svd(z, compute_uv=False)
    rounding = 4 * max(np.shape(a)[-2:]) * np.finfo(inverted.dtype).eps * np.max(inverted, axis=-1, initial=0.0)
    return np.sum(inverted > rounding[..., None], axis=-1)[..., None]


def divided_differences(f: Any, x: Any, slope: Any) -> Any:
    """The divided differences of a function with values `f` and slopes `slope` at `x` (Daleckii and Krein)."""
    gaps = x[..., :, None] - x[..., None, :]
    scale = np.max(np.abs(x), axis=-1, initial=0.0)[..., None, None]
    near = np.abs(gaps) <= scale * np.finfo(np.asarray(x).dtype).eps ** 0.5 * 1e-2
    mean = 0.5 * (slope[..., :, None] + slope[..., None, :])
    return np.where(near, mean, (f[..., :, None] - f[..., None, :]) / np.where(near, 1, gaps))


def generalised_function_cotangent(given: Any, u: Any, s: Any, vh: Any, h: Any, slope: Any) -> Any:
    """The gradient in `A = U S V^H` of a function with gradient `given` in `U h(S) V^H`; h has these slopes at S.

    The map is its own adjoint. Hermitian and skew parts of `U^H dA V` are scaled by `(h_i - h_j) / (s_i - s_j)` and by
    `(h_i + h_j) / (s_i + s_j)`, what leaves both spaces by `h_i / s_i` (Noferini 2017).
    """
    inner = adjugated(u) @ given @ adjugated(vh)
    sums = s[..., :, None] + s[..., None, :]
    skewed = (h[..., :, None] + h[..., None, :]) / np.where(sums == 0, 1, sums)
    half = 0.5 * (inner + adjugated(inner))
    found = u @ (divided_differences(h, s, slope) * half + skewed * (inner - half)) @ vh
    ratio = h / np.where(s == 0, 1, s)
    if u.shape[-2] > s.shape[-1]:
        right = given @ adjugated(vh)
        found = found + (right - u @ inner) * ratio[..., None, :] @ vh
    if vh.shape[-1] > s.shape[-1]:
        left = adjugated(u) @ given
        found = found + u * ratio[..., None, :] @ (left - inner @ vh)
    return found


def power_cotangent(cotangent: Any, a: Any, n: int) -> Any:
    """The cotangent of `a` in `np.linalg.matrix_power(a, n)`: the sum of a'^k dz a'^(n - 1 - k), a' the transpose."""
    a = np.asarray(a)
    if n < 0:
        inverse = np.linalg.inv(a)
        back = transposed(inverse)
        return -back @ power_cotangent(cotangent, inverse, -n) @ back
    step = transposed(a)
    result, left = np.zeros_like(step), cotangent
    for k in range(n):
        result = result + left @ np.linalg.matrix_power(step, n - 1 - k)
        left = step @ left
    return result


def chain_cotangents(cotangent: Any, arrays: Any) -> Any:
    """The cotangents of all arrays of `np.linalg.multi_dot(arrays)`, in the container type of `arrays`."""
    shapes = [np.shape(a) for a in arrays]
    first = [np.atleast_2d(arrays[0])]
    last = [np.asarray(arrays[-1]).reshape(-1, 1) if len(shapes[-1]) == 1 else np.asarray(arrays[-1])]
    chain = [*first, *map(np.asarray, arrays[1:-1]), *last]
    given = np.reshape(cotangent, (chain[0].shape[0], chain[-1].shape[1]))
    parts: list[Any] = []
    for k in range(len(chain)):
        part = given
        for left in chain[:k]:
            part = left.T @ part
        for right in reversed(chain[k + 1 :]):
            part = part @ right.T
        parts.append(np.reshape(part, shapes[k]))
    return tuple(parts) if isinstance(arrays, tuple) else parts


def lower_only(a: Any) -> Any:
    """The cotangent of a lower triangle that stands for a Hermitian matrix with cotangent `a`."""
    found = np.tril(a) + np.tril(adjugated(a), -1)
    if np.iscomplexobj(found):
        found = found - 1j * np.imag(np.tril(np.triu(found)))
    return found


def triangle_only(a: Any, lower: bool) -> Any:
    """The cotangent of the triangle that stands for a Hermitian matrix with cotangent `a`."""
    return lower_only(a) if lower else transposed(lower_only(transposed(a)))


def lstsq_cotangents(cotangents: Any, z: Any, a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `np.linalg.lstsq(a, b)`: solution, sums of squares and singular values.

    With A+ the pseudo-inverse and r = b - A x: dx = A+ (db - dA x) + A+ A+^H dA^H r + (1 - A+ A) dA^H A+^H x (Golub and
    Pereyra 1973), and d|r|^2 = 2 Re r^H (db - dA x). The rank is taken to stay.
    """
    a, b = np.asarray(a), np.asarray(b)
    x_cotangent, square_cotangent, values_cotangent = cotangents[0], cotangents[1], cotangents[-1]
    vector = b.ndim == 1
    x, right, given = (v[:, None] if vector else v for v in (z[0], b, np.conj(x_cotangent)))
    rank = int(z[2])
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    u, s, vh = u[:, :rank], s[:rank], vh[:rank]
    plus = adjugated(vh) / s @ adjugated(u)
    y = adjugated(plus) @ given
    rest = right - a @ x
    left = rest @ adjugated(plus @ y) - y @ adjugated(x)
    left = left + adjugated(plus) @ x @ adjugated(given - plus @ (a @ given))
    if np.size(square_cotangent):
        scaled = rest * (2 * np.reshape(np.real(square_cotangent), (1, -1)))
        left, y = left - scaled @ adjugated(x), y + scaled
    if np.any(values_cotangent):
        left = left + np.conj(singular_values_cotangent(values_cotangent, a))
    return real_if_real(np.conj(left), a), real_if_real(np.conj(y[:, 0] if vector else y), b)


def singular_values_cotangent(cotangent: Any, a: Any) -> Any:
    """The cotangent of `a` in its singular values."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.conj((u * np.asarray(np.real(cotangent))[..., None, :]) @ vh)


def _last_axes(a: Any, axes: Any) -> list[int]:
    """The axes of `a` in the order in which `np.tensorsolve` takes them."""
    last = [axis % a.ndim for axis in axes or ()]
    return [k for k in range(a.ndim) if k not in last] + last


def tensorsolve_cotangents(cotangent: Any, z: Any, a: Any, b: Any, axes: Any = None) -> tuple[Any, Any]:
    """The cotangents of both arguments of `np.linalg.tensorsolve(a, b, axes)`."""
    a, b = np.asarray(a), np.asarray(b)
    order = _last_axes(a, axes)
    moved = np.transpose(a, order)
    right = np.linalg.solve(np.reshape(moved, (b.size, b.size)).T, np.reshape(cotangent, -1))
    left = np.reshape(-np.outer(right, np.reshape(z, -1)), moved.shape)
    return np.transpose(left, np.argsort(order)), np.reshape(right, b.shape)


def tensorinv_cotangent(cotangent: Any, z: Any, a: Any, ind: int = 2) -> Any:
    """The cotangent of `a` in `z = np.linalg.tensorinv(a, ind)`."""
    rows = math.prod(np.shape(a)[:ind])
    inverse = np.reshape(z, (rows, rows)).T
    return np.reshape(-inverse @ np.reshape(cotangent, (rows, rows)) @ inverse, np.shape(a))


def solve_tangent(of_a: Any, of_b: Any, z: Any, a: Any, b: Any) -> Any:
    """The tangent of `z = np.linalg.solve(a, b)`, whatever the ranks; None for what does not change."""
    vector = np.ndim(z) < np.ndim(a) or np.ndim(b) == 1
    change = np.zeros_like(b) if of_b is None else np.asarray(of_b)
    solution, change = (np.asarray(z)[..., None], change[..., None]) if vector else (z, change)
    if of_a is not None:
        change = change - of_a @ solution
    result = np.linalg.solve(a, change)
    return result[..., 0] if vector else result


def hermitian_change(change: Any, lower: bool = True) -> Any:
    """The change of the Hermitian matrix of which one triangle is read."""
    if not lower:
        return transposed(hermitian_change(transposed(change)))
    full = np.tril(change) + adjugated(np.tril(change, -1))
    if np.iscomplexobj(full):
        full = full - 1j * np.imag(np.tril(np.triu(full)))
    return full


def slogdet_tangent(change: Any, sign: Any, a: Any) -> tuple[Any, Any]:
    """The tangents of sign and logarithm in `np.linalg.slogdet(a)`: d sign = i sign Im(tr(inv(a) da))."""
    growth = np.sum(inverse_transposed(a) * change, axis=(-2, -1))
    if np.iscomplexobj(growth):
        return 1j * sign * np.imag(growth), np.real(growth)
    return np.zeros_like(sign), growth


def power_tangent(change: Any, a: Any, n: int) -> Any:
    """The tangent of `np.linalg.matrix_power(a, n)`: the sum of a^k da a^(n - 1 - k)."""
    if n == 0:
        return np.zeros_like(a)
    if n < 0:
        inverse = np.linalg.inv(a)
        return power_tangent(-inverse @ change @ inverse, inverse, -n)
    result, power = change, a
    for _ in range(n - 1):
        result = result @ a + power @ change
        power = power @ a
    return result


def chain_tangent(changes: Any, arrays: Any) -> Any:
    """The tangent of `np.linalg.multi_dot(arrays)`."""
    parts = [np.linalg.multi_dot([*arrays[:k], changes[k], *arrays[k + 1 :]]) for k in range(len(arrays))]
    return sum(parts[1:], parts[0])


def tensorsolve_tangent(of_a: Any, of_b: Any, z: Any, a: Any, b: Any, axes: Any = None) -> Any:
    """The tangent of `z = np.linalg.tensorsolve(a, b, axes)`; None for what does not change."""
    a, b = np.asarray(a), np.asarray(b)
    order = _last_axes(a, axes)
    change = np.zeros(b.size) if of_b is None else np.reshape(of_b, -1)
    if of_a is not None:
        change = change - np.reshape(np.transpose(of_a, order), (b.size, b.size)) @ np.reshape(z, -1)
    return np.reshape(np.linalg.solve(np.reshape(np.transpose(a, order), (b.size, b.size)), change), np.shape(z))


def tensorinv_tangent(change: Any, z: Any, a: Any, ind: int = 2) -> Any:
    """The tangent of `z = np.linalg.tensorinv(a, ind)`."""
    rows = math.prod(np.shape(a)[:ind])
    inverse = np.reshape(z, (rows, rows))
    return np.reshape(-inverse @ np.reshape(change, (rows, rows)) @ inverse, np.shape(z))


def tensorsolve_cotangents_tangent(
    cotangent: Any, z: Any, a: Any, b: Any, axes: Any, of_cotangent: Any, of_z: Any, of_a: Any
) -> tuple[Any, Any]:
    """The tangents of both results of `tensorsolve_cotangents`; None for what does not change."""
    a, b = np.asarray(a), np.asarray(b)
    order = _last_axes(a, axes)
    shape = np.transpose(a, order).shape
    matrix = np.reshape(np.transpose(a, order), (b.size, b.size)).T
    right = np.linalg.solve(matrix, np.reshape(cotangent, -1))
    change = np.zeros(b.size) if of_cotangent is None else np.reshape(of_cotangent, -1)
    if of_a is not None:
        change = change - np.reshape(np.transpose(of_a, order), (b.size, b.size)).T @ right
    of_right = np.linalg.solve(matrix, change)
    left = -np.outer(of_right, np.reshape(z, -1))
    if of_z is not None:
        left = left - np.outer(right, np.reshape(of_z, -1))
    return np.transpose(np.reshape(left, shape), np.argsort(order)), np.reshape(of_right, b.shape)
