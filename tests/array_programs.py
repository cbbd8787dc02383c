"""Programs about arrays that are written in place, in less usual ways."""

import numpy as np

from tests.program import arr, gauss, register


def lists_stored_into_arrays(x):
    y = np.zeros(4)
    y[:2] = [x[0], x[1] * 2]
    y[2:] = x[2], x[3]
    z = np.ones((2, 2))
    z[0] += [x[0], x[1]]
    z[1] *= (x[2], x[3])
    y += [x[3], x[2], x[1], x[0]]
    return np.sum(y**2) * np.sum(z**2)


def lists_times_arrays(x):
    return np.sum(x[:2] * [x[2], x[3]] + [x[0], 1.0]) * np.sum(np.array([3.0, 4.0]) * [x[1], x[2]])


def tuple_of_index_arrays(x):
    y = x * 1.0
    y[np.nonzero(y < 0)] *= 0.1
    where = np.where(y > 0.5)
    y[where] = y[where] ** 2
    return np.sum(y**2)


def loop_over_rebound_names(x):
    a, b, s = x * 1.0, x * 2.0, 0.0
    for w in (a, b):
        s += np.sum(w * w)
        b = b * 2
    for i, p in enumerate(a):
        s += p * p * i
        a = a * 2
    for p, q in zip(a, b):
        s += p * q * q
        a, b = b, a
    return s


def part_of_an_array_added_twice(x):
    a = x.reshape(2, 2)
    b = a * 1.0
    for r, q in zip(b, a):
        r += q[0]
        r += q
    return np.sum(b * b)


def view_or_copy_in_a_branch(x):
    a, s = x.reshape(2, 2), 0.0
    if a[0, 0] > 100.0:
        a *= 2
    else:
        s = np.sum(a.T.ravel()[:3] ** 2)
    for i in range(2):
        a[i] *= 2
        r = a.T.ravel()
    return np.sum(a**2) * np.sum(r) + s


def row_kept_after_the_loop(x):
    a = np.outer(x, x)
    for i in range(3):
        row = a[i]
        row *= 2.0
    row[0] = x[1] ** 3
    return np.sum(a[2] * row) + np.sum(row)


def number_in_an_array_of_no_dimensions(x):
    y = x * 1.0
    v = y[1, ...]
    v[...] = x[0] * 3
    s = np.zeros(())
    t = s
    s += x[2]
    return np.sum(y**2) * t


def diagonal_of_a_written_array(x):
    b = np.outer(x, x[:3])
    b[0, 0] = x[3]
    return np.sum(b.diagonal() ** 2)


def assigned_by_an_earlier_trip(x):
    s = 0.0
    for i in range(len(x)):
        if i > 0:
            s += previous * x[i]  # noqa: F821
        previous = x[i] ** 2
    return s


def transposed_by_axes_of_run_time(x, axes):
    return np.sum(np.transpose(x.reshape(2, 1, 2), axes) * np.arange(4.0).reshape(1, 2, 2) ** 2)


for function in (
    row_kept_after_the_loop, lists_stored_into_arrays, lists_times_arrays, loop_over_rebound_names,
    part_of_an_array_added_twice, view_or_copy_in_a_branch, number_in_an_array_of_no_dimensions, diagonal_of_a_written_array,
    assigned_by_an_earlier_trip,
):  # fmt: skip
    register(function, lambda r: (arr(r, 4),), tags="store identity")
register(tuple_of_index_arrays, lambda r: (gauss(r, 6),), tags="store identity")
register(transposed_by_axes_of_run_time, lambda r: (gauss(r, 4), (-2, 0, 2)), tags="views")
