"""Programs in which NumPy calls a function back, and those with indices of every form."""

import functools
import math

import numpy as np

from tests.program import arr, gauss, register


def _bend(a):
    return math.sin(a) if a > 0 else a * a


bend = np.vectorize(_bend)


@np.vectorize
def larger_product(a, b):
    return a * b if a > b else a


def vectorized_functions(x, w, s):
    t = np.sum(bend(x) ** 2) + np.sum(larger_product(x, s)) + np.sum(larger_product(x[:, :1], w) ** 2)
    halves = np.vectorize(lambda a, b=2.0: (a * b, a / b), otypes=[float, float])
    p, q = halves(x, b=3.0)
    poly = np.vectorize(lambda c, a: c[0] + c[1] * a + c[2] * a * a, excluded=[0])
    return t + np.sum(p * q) + np.sum(poly(w, x) ** 2) + float(bend(s))


register(vectorized_functions, lambda r: (gauss(r, 2, 3), gauss(r, 3), 0.7), (0, 1, 2), tags="callback")


def vectorized_in_a_loop(x, w):
    step = np.vectorize(lambda a, b: a * b if a > 0 else b - a, otypes="d")
    z = x
    for _ in range(3):
        z = step(z, w)
    rows = np.vectorize(lambda r, c: r * r.sum() + c, signature="(n),()->(n)")
    norm = np.vectorize(lambda r: np.sqrt(np.sum(r * r)), signature="(n)->()")
    return np.sum(rows(z, w[:2, 0])) + np.sum(norm(z) ** 3)


register(vectorized_in_a_loop, lambda r: (gauss(r, 2, 3), gauss(r, 2, 3)), (0, 1), tags="callback loop")


def along_axes(x, s):
    t = np.sum(np.apply_along_axis(np.sum, 0, x) ** 2)
    t += np.sum(np.apply_along_axis(lambda r: r[0] * r[1], 2, x) ** 2)
    t += np.sum(np.apply_along_axis(lambda r, a, b=1: r[:2] * r.sum() * a * b, 1, x, s, b=2.0)[:, 1] ** 2)
    t += np.sum(np.apply_along_axis(lambda r: np.outer(r, r), -1, x[0]) ** 2)
    t += np.sum(np.apply_over_axes(np.sum, x, [0, -1]) ** 2 * x)
    return t + np.sum(np.apply_over_axes(np.cumsum, x[0], (0, 1)) ** 2)


register(along_axes, lambda r: (gauss(r, 2, 3, 2), 0.7), (0, 1), tags="callback reduction")


def along_an_axis_in_place(x):
    def shift(row):
        row[0] = 2.0 * row[1]
        return row.sum()

    z = np.apply_along_axis(shift, 1, x)
    return np.sum(z * z) + np.sum(x**2)


register(along_an_axis_in_place, lambda r: (gauss(r, 2, 3),), tags="callback mutated_argument")


def functions_of_indices(x, s):
    grid = np.fromfunction(lambda i, j: (i + s) * (j * s + x[0]), (2, 3))
    flipped = np.fromfunction(lambda i: x[i] * x[3 - i], (4,), dtype=int)
    squares = np.fromiter((a * a for a in x), dtype=float, count=3)
    return np.sum(grid**2) + np.sum(flipped) + np.sum(squares**2)


register(functions_of_indices, lambda r: (gauss(r, 4), 0.7), (0, 1), tags="callback")


def pieces(x, s):
    z = x
    for _ in range(3):
        z = np.piecewise(z, [z < -0.5, z > 0.5], [lambda t: -0.1 * t, lambda t: t * t, lambda t: t**3])
    y = np.piecewise(x, x < 0, [lambda t, a: t * a, lambda t, a: t + a], s)
    y[0] = 9.0
    constant = np.piecewise(x, [x < 0, x >= 0.5, x > 99], [s, lambda t: t * 3, np.max])
    return np.sum(z * x) + np.sum(x * y * constant) + np.piecewise(s, [s < 0, s >= 0], [np.exp, np.sin]) * s


register(pieces, lambda r: (gauss(r, 5), 0.7), (0, 1), tags="callback mask")


def folded(x, w):
    total = functools.reduce(np.logaddexp, [x, w, x * w])
    product = functools.reduce(np.dot, [np.outer(x, w)] * 3)
    return np.sum(total**2) + np.sum(product) + functools.reduce(lambda a, b: a * b + 1, x)


register(folded, lambda r: (gauss(r, 3), gauss(r, 3)), (0, 1), tags="callback")


def joined_by_index(x, v, s):
    t = np.sum(np.c_[v, v * v] ** 2 * np.arange(8).reshape(4, 2))
    t += np.sum(np.c_[x, v[:2], x] ** 2) + np.sum(np.c_[v[:3], np.zeros(3), 1:4] ** 2)
    t += np.sum(np.r_[v, s, 0.0, 1:3, 0:s:3j, [1.0, s]] ** 2 * np.arange(13))
    return t + np.sum(np.r_[x, x] ** 2 * np.arange(12).reshape(4, 3))


register(joined_by_index, lambda r: (gauss(r, 2, 3), gauss(r, 4), 0.7), (0, 1, 2), tags="fancy")


def index_objects(x, v, n):
    t = np.sum(v[np.s_[1:3]] ** 2) + np.sum(x[np.s_[:, 1:]] ** 2) * np.sum(x[np.s_[0, : n - 1]])
    t += np.sum(x[np.index_exp[..., 1]]) * np.sum(x[np.ix_([0, 1, 1], [0, 2])] ** 2)
    x[np.ix_([True, False], [True, False, True])] = v[0]
    where = (slice(None), 1)
    x[where] *= v[1]
    x[where] += x[0, 0]
    part = slice(n - 2, n)
    v[part] = v[0] * v[part]
    a, b = np.ogrid[0:2, 0:1:3j]
    return t + np.sum((a * v[2] + b) ** 2 * x) + np.sum(v**2)


register(index_objects, lambda r: (gauss(r, 2, 3), gauss(r, 4), 3), (0, 1), tags="fancy mutated_argument")


def indices_of_every_form(x, v, m):
    t = np.sum(x[..., 0] ** 2) + np.sum(x[0, ..., None] * x[None, 1, ..., ::-1][0][..., None])
    t += np.sum(x[[0, 1, 1], :, [0, 1, 0]] ** 2) + np.sum(x[:, [0, 1], [0, 1]] ** 2) + np.sum(x[m] ** 2)
    t += np.sum(x[1, m[1]] * v[-1:0:-2].sum()) + v[np.int64(2)] * np.sum(v[:, None] * v[np.newaxis] ** 2)
    x[x > 0.5] *= v[0]
    x[m] /= 2.0 + v[1] ** 2
    x[:, [0, 0, 2]] += v[1]
    x[[0, 1]] = x[[1, 0]]
    x[0, 1:] **= 2
    return t + np.sum(x**2 * np.arange(12).reshape(2, 3, 2))


register(
    indices_of_every_form,
    lambda r: (gauss(r, 2, 3, 2), arr(r, 4), np.array([[True, False, True], [True, True, False]])),
    (0, 1),
    tags="fancy mask mutated_argument",
)


def arrays_as_lists(x, v):
    rows, items = x.tolist(), v.tolist()
    items[0] = 3.0 * items[1]
    t = rows[0][1] * rows[1][2] + items[0] * v[0] + sum(items)
    for row in rows:
        for entry in row:
            t += entry**2
    for (i, j), entry in np.ndenumerate(x):
        t += entry * entry * (i + 2 * j)
    for where in np.ndindex(x.shape):
        t += x[where] ** 3
    return t + x.item(4) * x.item((0, 1)) * v.view().sum()


register(arrays_as_lists, lambda r: (gauss(r, 2, 3), gauss(r, 4)), (0, 1), tags="loop containers")


def iterators_of_names_bound_anew(x, w):
    pairs, items, total = zip(x, w), x.flat, x.sum
    x = x * 2
    t = total() * np.sum(x)
    for a, b in pairs:
        t += a * b * b
    for a in items:
        t += a * a
    return t


register(iterators_of_names_bound_anew, lambda r: (gauss(r, 4), gauss(r, 4)), (0, 1), tags="loop")
