"""Programs that write in place through NumPy's functions: outputs, masks, ufunc methods, copyto, put and the like."""

import operator

import numpy as np

from tests.program import arr, gauss, register


def outputs_of_ufuncs(x, y):
    z = np.empty_like(x)
    q = np.multiply(x, y, out=z)
    q[0] *= 2
    np.add(x, z, z)
    np.sin(z, out=(z,))
    a, b = np.empty_like(x), np.empty_like(x)
    np.modf(y, out=(a, b))
    b += a
    u, v = np.divmod(y, x * x + 2.5, a, None)
    return np.sum(z**2 * x) + np.sum(b * z) + np.sum(u * v)


register(outputs_of_ufuncs, lambda r: (gauss(r, 2, 3), arr(r, 2, 3, low=1.1)), (0, 1), tags="views")


def outputs_over_inputs(x, y):
    np.multiply(x, 2.0, out=x)
    np.add(x, y, out=x)
    np.multiply(x[1:], x[:-1], out=x[:-1])
    np.add(x, x[::-1], out=x)
    np.clip(x, -1.5, 2.5, out=y)
    return np.sum(x**2 * np.arange(4)) + np.sum(y)


register(outputs_over_inputs, lambda r: (gauss(r, 4), gauss(r, 4)), (0, 1), tags="mutated_argument view")


def leapfrog_with_buffers(q0, p0):
    q, p, kick = q0.copy(), p0.copy(), np.empty(4)
    for i in range(5):
        np.sin(q, out=kick)
        np.multiply(kick, 0.1 + 0.01 * i, out=kick)
        np.subtract(p, kick, out=p)
        np.multiply(p, 0.1, out=kick)
        np.add(q, kick, out=q)
    return np.sum(q * p)


register(leapfrog_with_buffers, lambda r: (gauss(r, 4), gauss(r, 4)), (0, 1), tags="loop")


def buffers_that_swap(x):
    a, b = x.copy(), np.empty(4)
    for _ in range(4):
        np.multiply(a, x, out=b)
        if b[0] > 0:
            np.tanh(b, out=b)
        a, b = b, a
    return np.sum(a) + np.sum(b**2)


register(buffers_that_swap, lambda r: (gauss(r, 4),), tags="loop swap")


def outputs_of_reductions(x):
    o, p = np.empty(3), np.empty(2)
    np.sum(x * x, axis=0, out=o)
    s = o[0] * o[1]
    np.mean(x, 1, None, p)
    s += p[0] * p[1]
    x.max(axis=0, out=o)
    np.cumsum(o, out=o)
    s += np.sum(o**2)
    x.std(axis=1, out=p)
    return s * np.sum(p)


register(outputs_of_reductions, lambda r: (gauss(r, 2, 3),), tags="reduction")


def outputs_of_products(a, x):
    y, b = np.empty(3), np.empty((3, 3))
    for _ in range(3):
        np.dot(a, x, out=y)
        np.tanh(y, out=x)
    np.matmul(a, a, out=b)
    np.einsum("ij,jk->ik", a, b, out=a)
    both = np.empty((2, 3))
    np.stack([x, y], out=both)
    return np.sum(a) + np.sum(both[0] * both[1])


register(outputs_of_products, lambda r: (gauss(r, 3, 3), gauss(r, 3)), (0, 1), tags="linear_algebra mutated_argument")


def where_the_divisor_is_not_zero(x, y):
    z = np.zeros(4)
    np.divide(x, y, out=z, where=y != 0)
    w = np.log(y, out=x.copy(), where=y > 0)
    np.multiply(w, z, out=w, where=[True, False, True, True])
    return np.sum(z**2) + np.sum(w)


register(where_the_divisor_is_not_zero, lambda r: (gauss(r, 4), np.array([1.5, 0.0, 2.0, 0.0])), tags="mask")


def masked_in_a_loop(x, m):
    z = x.copy()
    for i in range(3):
        np.multiply(z, x[0], out=z, where=z > -0.5 * i)
        np.sqrt(z, out=z, where=(z > 0) & m)
        np.copyto(z, x, where=z < -1)
    return np.sum(z)


register(masked_in_a_loop, lambda r: (gauss(r, 2, 3), np.array([True, False, True])), tags="loop mask")


def masked_reductions(x, m, s):
    t = np.sum(x, axis=1, where=m) * np.mean(x, axis=1, where=m)
    t += np.var(x, axis=1, where=m) + np.std(x, axis=1, where=m, ddof=0)
    t += np.max(x, axis=1, where=m, initial=-9.0) * np.prod(x, axis=1, where=m)
    t += np.add.reduce(x, axis=1, where=m, initial=s) * np.minimum.reduce(x, axis=1, where=m, initial=s)
    return np.sum(t**2)


register(
    masked_reductions,
    lambda r: (gauss(r, 2, 3), np.array([[True, False, True], [True, True, True]]), 3.0),
    (0, 2),
    tags="reduction mask",
)


def reductions_by_ufuncs(x, w):
    t = np.sum(np.logaddexp.reduce(x, axis=1) ** 2) + np.hypot.reduce(x, axis=None)
    t += np.sum(np.subtract.reduce(x)) + np.sum(np.divide.reduce(w, axis=1, keepdims=True) * x)
    t += np.sum(np.subtract.accumulate(x, axis=1) ** 2) + np.sum(np.logaddexp.accumulate(x)[1])
    t += np.sum(np.add.reduceat(x, [0, 2, 1], axis=1) ** 2) + np.sum(np.maximum.reduceat(x, [0, 1], axis=1))
    t += np.sum(np.hypot.outer(w[0], x) ** 2) + np.sum(np.maximum.outer(x[0], w[1]) ** 3)
    return t


register(reductions_by_ufuncs, lambda r: (gauss(r, 2, 3), arr(r, 2, 3)), (0, 1), tags="reduction")


def updates_at_repeated_places(x, k, w):
    z = np.zeros(4)
    for i in range(3):
        np.add.at(z, k, w * (z.sum() + i) + x)
        np.multiply.at(z, k, x)
    np.divide.at(z, [0, 0, -1], w[:3] + 2.0)
    np.maximum.at(z, k, w)
    np.negative.at(z, np.array([[1, 1], [1, 0]]))
    a = np.outer(x, w)
    np.multiply.at(a, (k, np.array([0, 1, 1, 2])), w)
    np.subtract.at(a, (slice(None), [0, 0]), x[:2])
    np.multiply.at(a, [0, 0], w)
    return np.sum(z**2 * x) + np.sum(a**2)


register(
    updates_at_repeated_places,
    lambda r: (gauss(r, 4), np.array([0, 2, 2, 1]), arr(r, 4)),
    (0, 2),
    tags="loop fancy",
)


def copies_and_puts(x, w):
    np.copyto(x[0], w[:3])
    np.copyto(dst=x[1], src=w[0], where=np.array([True, False, True]))
    s = np.sum(x**2)
    np.put(x, [0, 4, 0], w)
    x.put([7, -8], w[1:], mode="wrap")
    np.put(x.T, [1, 1, -1], w[:1])
    np.place(x, x > 0.8, w[:2])
    np.putmask(x, x < 0.0, w * w[0])
    return s + np.sum(x**3)


register(copies_and_puts, lambda r: (gauss(r, 2, 3), arr(r, 4)), (0, 1), tags="mutated_argument view")


def diagonals_and_axes(a, w):
    b = a * w[0]
    np.fill_diagonal(a, w)
    np.fill_diagonal(b[1:], w[1])
    tall = np.outer(np.concatenate([w, w, w]), w)
    np.fill_diagonal(tall, [w[0], 2.0, w[1] ** 2], wrap=True)
    order = np.argsort(b, axis=1)
    c = np.zeros_like(b)
    np.put_along_axis(c, order, np.take_along_axis(b, order, axis=1) * np.arange(3), axis=1)
    np.put_along_axis(c, np.array([[0, 1, 1]]), w, 0)
    return np.sum(a**2) + np.sum(b**2) + np.sum(tall**2) + np.sum(c**2)


register(diagonals_and_axes, lambda r: (gauss(r, 3, 3), gauss(r, 3)), (0, 1), tags="fancy")


def sorted_and_filled_in_place(x, w):
    z = x.copy()
    for i in range(3):
        z.sort(axis=i % 2)
        z *= w
        z[0].sort()
        z[:, 2].fill(w[i])
    return np.sum(z**2 * np.arange(6).reshape(2, 3))


register(sorted_and_filled_in_place, lambda r: (gauss(r, 2, 3), arr(r, 3)), (0, 1), tags="loop view")


def flat_items(x, v):
    t = x.flat[4] * x.flat[-1] + np.sum(x.flat[1:5:2] ** 2) + np.sum(x.flat[[0, 0, 5]]) * len(x.flat)
    x.flat[1:5] = v
    x.T.flat[[0, 3]] = v[1:3]
    x.flat[::4] += v[0]
    for i in range(x.size):
        x.flat[i] = x.flat[(i + 1) % 6] * v[2] + x.flat[i - 1]
    t += np.sum(x**2)
    x.flat = v
    return t + np.sum(x**3 * np.arange(6).reshape(2, 3))


register(flat_items, lambda r: (gauss(r, 2, 3), gauss(r, 4)), (0, 1), tags="loop mutated_argument")
register(
    flat_items, lambda r: (np.asfortranarray(gauss(r, 2, 3)), gauss(r, 4)), (0, 1), "fortran", "flat_items_in_columns"
)


def operators_by_name(x, w):
    z = operator.imul(x, w)
    z[0] = 1.0
    operator.isub(x[1:], w[1:])
    x.__iadd__(w)
    operator.imod(x, 5.0)
    y = x.__mul__(w).__radd__(2.0).__neg__() + w.__rtruediv__(1.0).__pow__(2)
    y.__setitem__(slice(0, 2), w[0])
    y.real *= 2.0
    return np.sum(x**2) + np.sum(np.ndarray.__add__(y, x.__abs__()) ** 2) * y.__getitem__(1)


register(operators_by_name, lambda r: (gauss(r, 4), arr(r, 4)), (0, 1), tags="mutated_argument")


def single_precision_in_place(f, x):
    o = np.empty(3, np.float32)
    np.multiply(f, f, out=o)
    np.add(o, 2.5, out=o)
    wide = np.empty(3)
    np.sqrt(o, out=wide)
    np.multiply.at(f, [0, 0, 1], np.float32(1.5))
    f += np.r_[f[:2], 1.0]
    return float(np.sum(o * f)) + np.sum(wide * x)


register(single_precision_in_place, lambda r: (gauss(r, 3).astype(np.float32), gauss(r, 3)), 1, tags="float32")


def nothing_to_write(e, s):
    o = np.empty(0)
    np.multiply(e, s, out=o)
    np.put(e, [], s)
    np.add.at(e, np.array([], dtype=int), s)
    np.multiply.at(e, np.array([], dtype=int), s)
    np.place(e, e > 0, [s])
    e.sort()
    point = np.array(s)
    np.sin(point, out=point)
    np.copyto(point, point * s, where=True)
    point += s
    return np.sum(o) + np.sum(e) + point.item() ** 2


register(nothing_to_write, lambda r: (np.zeros(0), 0.7), 1, tags="empty rank0")
