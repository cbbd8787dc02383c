"""Programs about sizes that are known by where they come from: counts of masks, slices from a loop's index."""

import numpy as np

from tests.program import arr, gauss, register


def mask_that_is_written(x, y):
    mask = x > 0
    chosen = x[mask]
    mask[0] = not mask[0]
    return np.sum(chosen) * 2 + np.sum(y[mask] ** 2)


def mask_under_two_names(x, y):
    mask = x > 0
    same = mask
    before = x[mask]
    same[:2] = True
    return np.sum(np.outer(before, x[same] * y[mask]))


def mask_written_by_a_closure(x, y):
    mask = x > 0

    def flip():
        mask[:] = ~mask

    before = x[mask]
    flip()
    return np.sum(before) ** 2 * np.sum(y[mask] ** 3)


def mask_of_an_earlier_trip(x, y):
    total = 0.0
    mask = x > 10
    for k in range(4):
        now = x > k
        if k == 2:
            mask = now
        picked = y[mask]
        if picked.size:
            total += np.sum(y[now][:1] * picked)
    return total


def mask_that_grows(x, y):
    mask = np.zeros(len(x), bool)
    total = 0.0
    for k in range(len(x)):
        mask[k] = True
        total = total + np.sum(x[mask] * y[mask] * x[k])
    return total


def masks_in_a_list(x, y):
    total = 0.0
    for mask in [x > 0, y > 0]:
        total = total + np.sum(x[mask] * y[mask] ** 2) + x[~mask].sum() * y[~mask].prod()
    return total


def mask_among_the_arguments(x, y, mask):
    x = x * 1.0
    x[mask] = x[mask] * y[mask] + y[0]
    x[~mask] *= np.sin(y[~mask])
    return np.sum(x**2)


def entries_of_the_first_trip(x, y):
    total, kept = 0.0, None
    for k in range(3):
        where = np.nonzero(x < k)[0]
        if k == 0:
            kept = y[where]
        total += np.sum(kept * y[where])
    return total


def rest_of_the_first_trip(x, y):
    total, kept = 0.0, None
    for k in range(len(x) - 2, -1, -1):
        if kept is None:
            kept = x[k + 1 :]
        total = total + np.sum(kept * y[k + 1 :])
    return total + np.sum(kept)


def rest_of_every_other_trip(x, y):
    total, last = 0.0, x[:1]
    for k in range(len(x)):
        total = total + np.sum(last * x[k:])
        if k % 2 == 0:
            last = x[k : k + 1] * y[k]
    return total


def rest_of_the_last_trip(x, y):
    for k in range(len(x) - 2):
        rest = x[k:]
    weights = np.ones(len(x))
    weights[k:] = rest * y[k:]
    return np.sum(weights**2)


def rest_after_an_inner_loop(x, y):
    total = 0.0
    for j in range(3):
        for k in range(j, len(x)):
            rest = x[k:]
            total = total + np.sum(rest * y[k:][::-1])
        total = total + np.sum(rest * y[k:] * x[j])
    return total


def parts_of_equal_length(x, y):
    return np.sum(x[1:3] * x[-3:-1]) + np.sum(np.concatenate([x, x]) * np.concatenate([y, y]) + x[0])


for function in (
    mask_that_is_written, mask_under_two_names, mask_written_by_a_closure, mask_of_an_earlier_trip, mask_that_grows,
    masks_in_a_list, rest_of_the_first_trip, rest_of_every_other_trip, rest_of_the_last_trip, rest_after_an_inner_loop,
):  # fmt: skip
    register(function, lambda r: (gauss(r, 5), arr(r, 5)), argnums=(0, 1), tags="sizes")
register(entries_of_the_first_trip, lambda r: (np.array([-0.5, 0.5, 1.5, 1.7]), arr(r, 4)), argnums=1, tags="sizes")
register(parts_of_equal_length, lambda r: (arr(r, 2), arr(r, 2)), argnums=(0, 1), tags="sizes")
register(
    mask_among_the_arguments, lambda r: (gauss(r, 5), arr(r, 5), np.arange(5) % 3 > 0), argnums=(0, 1), tags="sizes"
)
