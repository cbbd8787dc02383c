"""Programs about dicts whose keys are found out while they run: counted, grouped, remembered, updated, emptied."""

import math
from collections import OrderedDict, defaultdict

import numpy as np

from tests.program import arr, register, u


def names(r):
    """A few words, some of them several times."""
    return ["oak", "elm", "ash", "oak", "fir", "elm", "oak"]


# --- stores and loads under keys that are found out ------------------------------------------------------


def filled_by_position(x):
    d = {}
    for i in range(4):
        d[i] = x * i + math.sin(x)
    return d[1] * d[3] + sum(d.values())


def filled_twice(x):
    d = {}
    for i in range(6):
        d[i % 3] = x**i
    return d[0] * d[1] + d[2]


def overwritten_after_use(x):
    d = {0: x, 1: x * x}
    s = 0.0
    for i in range(5):
        s += d[i % 2] * x
        d[i % 2] = s * 0.5
    return s * d[0] + d[1]


def recurrence_under_keys(x):
    d = {0: 1.0, 1: x}
    for n in range(2, 8):
        d[n] = 2 * x * d[n - 1] - d[n - 2]
    return d[7] * d[4]


def remembered(x):
    memo = {}

    def power(n):
        if n in memo:
            return memo[n]
        found = x**n + math.cos(x * n)
        memo[n] = found
        return found

    total = 0.0
    for n in (1, 2, 1, 3, 2, 2):
        total += power(n)
    return total * len(memo)


def grid_under_pairs(x):
    d = {}
    for i in range(3):
        for j in range(3):
            if i == 0 or j == 0:
                d[i, j] = x + i * 0.5 + j * 0.25
            else:
                d[i, j] = d[i - 1, j] * 0.5 + d[i, j - 1] * x
    return d[2, 2] * d[(1, 2)]


def keys_as_text(x):
    d = {}
    for k in range(4):
        d[f"w{k}"] = x * k if k else x
    for k in range(1, 4):
        d[f"w{k}"] *= d[f"w{k - 1}"]
    return d["w3"] + d["w2"]


def zero_trips(x):
    d = {}
    for i in range(0):
        d[i] = x
    s = x
    for k in d:
        s += d[k]
    for v in d.values():
        s *= v
    return s * x + len(d)


def stored_in_branches(x):
    d = {}
    for i in range(6):
        if i % 2:
            d[i] = x * i
        elif i > 2:
            d[i // 2] = x * x
            d[i] = d[i // 2] + 1.0
    return sum(d.values()) * d[4] + d[1]


def read_before_and_after(x):
    d = {0: x}
    a = d[0]
    d[0] = a * x
    b = d[0]
    for i in range(2):
        d[i] = b * (i + 1.0)
    return a * b + d[0] * d[1]


def in_a_helper(x):
    def put(table, key, value):
        table[key] = value
        table["last"] = value * x

    d = {}
    for i in range(3):
        put(d, f"k{i}", x + i)
    return d["last"] * d["k1"]


def made_in_a_helper(x):
    def powers(n):
        out = {}
        for i in range(n):
            out[i] = x**i
        return out

    a, b = powers(3), powers(5)
    a[1] = b[4] * a[2]
    return a[1] * b[3] + len(b)


def left_early(x):
    d = {}
    for i in range(8):
        if x * i > 2.5:
            break
        d[i] = x * i
    return sum(d.values()) + len(d) * x


def chosen_dict(x):
    a, b = {0: x}, {0: x * x, 1: 2.0}
    c = a if x > 0.1 else b
    for i in range(3):
        c[i] = x * (i + 1)
    return a[0] * b[0] + a[2]


def two_names(x):
    d = {}
    e = d
    for i in range(3):
        e[i] = x * i
    d[1] = d[2] * x
    return e[1] + e[2] * len(e)


def while_growing(x):
    d, n = {0: x}, 0
    while d[n] < 20.0:
        d[n + 1] = d[n] * 1.5 + x
        n += 1
    return d[n] * d[0]


def replaced_by_a_new_one(x):
    d = {0: x, 1: 2 * x}
    for i in range(3):
        d = {k: v * x + i for k, v in d.items()}
    return d[0] * d[1]


for function in (
    filled_by_position, filled_twice, overwritten_after_use, recurrence_under_keys, remembered, grid_under_pairs,
    keys_as_text, zero_trips, stored_in_branches, read_before_and_after, in_a_helper, made_in_a_helper, left_early,
    chosen_dict, two_names, while_growing, replaced_by_a_new_one,
):  # fmt: skip
    register(function, lambda r: (u(r),), tags="scalar dict identity")


# --- methods ---------------------------------------------------------------------------------------------


def words_weighed(x, words):
    d = {}
    for k, word in enumerate(words):
        if word in d:
            d[word] += x * k
        else:
            d[word] = x * x
    return d["oak"] * d["elm"] + d["fir"]


def words_weighed_with_get(x, words):
    d = {}
    for word in words:
        d[word] = d.get(word, 0.5) * x + 1.0
    return sum(v * v for v in d.values())


def words_grouped(x, words):
    groups = {}
    for k, word in enumerate(words):
        groups.setdefault(word, []).append(x**k)
    return sum(groups["oak"]) * groups["elm"][1] + len(groups)


def words_grouped_by_default(x, words):
    groups = defaultdict(list)
    for k, word in enumerate(words):
        groups[word].append(x * k)
    s = 0.0
    for word, values in groups.items():
        s += sum(values) * len(values) + len(word) * x
    return s + len(groups["none"])


def sums_by_default(x, words):
    d = defaultdict(float)
    for k, word in enumerate(words):
        d[word] += x**k
    return d["oak"] * d["missing"] + d["elm"] ** 2 + len(d)


def products_by_default(x, words):
    d = defaultdict(lambda: 1.0)
    for k, word in enumerate(words):
        d[word] *= x + k
    return sum(d.values())


def popped_in_turn(x, words):
    d = {word: x * (k + 1) for k, word in enumerate(words)}
    s = 1.0
    for word in ("elm", "oak", "elm", "yew"):
        s = s * d.pop(word, x * 0.5) + len(d)
    d["oak"] = s
    return s * d.pop("ash") + d["oak"]


def deleted_and_put_again(x, words):
    d = {}
    for k, word in enumerate(words):
        if word in d:
            del d[word]
        else:
            d[word] = x * (k + 1)
    return sum(d.values()) * len(d) + d["oak"] * x


def updated_in_many_ways(x, words):
    d = dict(zip(words, [x * k for k in range(len(words))]))
    d.update({word: d[word] * 2 for word in words[:2]})
    d.update(oak=x * x)
    d.update([("elm", x), ("yew", 2.0)])
    d.update(zip(words[:1], [d["yew"] * x]))
    e = {**d, "ash": x}
    f = d | {"fir": e["oak"]}
    f |= {"new": x}
    return sum(d.values()) * e["ash"] + sum(e.values()) + f["fir"] * f["new"] + len(f)


def cleared_and_copied(x, words):
    d = {word: x for word in words}
    e, f = d.copy(), dict(d)
    d["oak"] = x * x
    e["elm"] = d["oak"] * x
    s = sum(d.values())
    d.clear()
    d["ash"] = s * x
    return s * e["elm"] + f["oak"] * d["ash"] + len(d)


def items_in_order(x, words):
    d = {}
    for word in words:
        d[word] = d[word] * x if word in d else x
    d.pop("oak")
    d["oak"] = x * 3
    s = 0.0
    for k, (word, value) in enumerate(d.items()):
        s += value * (k + 1) * len(word)
    for k, word in enumerate(d):
        s += d[word] ** 2 * k
    return s + list(d.values())[0] * list(d)[0].count("e")


def largest_and_smallest(x, words):
    d = {word: (x - k * 0.3) ** 2 for k, word in enumerate(words)}
    best = max(d, key=d.get)
    low, value = min(d.items(), key=lambda pair: pair[1])
    ranked = sorted(d.items(), key=lambda pair: -pair[1])
    return d[best] * value + d[low] * max(d.values()) + ranked[0][1] * ranked[1][1] + sorted(d.values())[1]


def last_item_popped(x, words):
    d = {}
    for k, word in enumerate(words):
        d[word] = x + k
    word, value = d.popitem()
    return value * len(word) + sum(d.values()) * x


def views_follow(x, words):
    d = {}
    values, items = d.values(), d.items()
    for word in words:
        d[word] = x * len(values) + 1.0
    return sum(values) * len(items) + sum(v * len(k) for k, v in items)


def ordered(x, words):
    d = OrderedDict()
    for k, word in enumerate(words):
        d[word] = x * k
    return sum(v * k for k, v in enumerate(d.values()))


def from_keys(x, words):
    d = dict.fromkeys(words, x)
    for word in words:
        d[word] = d[word] * x
    return sum(d.values())


def nested_tables(x, words):
    table = {}
    for k, word in enumerate(words):
        row = table.setdefault(word, {})
        row[k % 2] = row.get(k % 2, 0.0) + x * k
    return sum(sum(row.values()) ** 2 for row in table.values())


def nested_by_default(x, words):
    table = defaultdict(lambda: defaultdict(float))
    for k, word in enumerate(words):
        table[word][k % 2] += x**k
    return sum(v * v for row in table.values() for v in row.values())


for function in (
    words_weighed, words_weighed_with_get, words_grouped, words_grouped_by_default, sums_by_default,
    products_by_default, popped_in_turn, deleted_and_put_again, updated_in_many_ways, cleared_and_copied,
    items_in_order, largest_and_smallest, last_item_popped, views_follow, ordered, from_keys, nested_tables,
    nested_by_default,
):  # fmt: skip
    register(function, lambda r: (u(r), names(r)), tags="scalar dict identity")


# --- arrays and lists in dicts ---------------------------------------------------------------------------


def arrays_under_keys(x, n):
    d = {}
    for k in range(n):
        d[k] = x * (k + 1)
    d[1] = d[0] * d[2]
    return np.sum(d[1] * d[n - 1])


def arrays_updated_in_place(x, n):
    d = {}
    for k in range(n):
        d[k % 2] = x * (k + 1.0)
        d[k % 2] += x**2
        d[k % 2][0] = 0.5
    return np.sum(d[0] * d[1])


def arrays_under_two_keys(x, n):
    d = {}
    for k in range(n):
        d[k] = x * k if k != 1 else d[0]
    d[0][1] = 3.0
    d[1] *= 2.0
    return np.sum(d[0] * d[2]) + np.sum(d[1])


def arrays_popped(x, n):
    d = {k: x + k for k in range(n)}
    a = d.pop(1)
    a[0] = 2.0
    d[1] = a * d[0]
    b = d.pop(1)
    return np.sum(a * b) + np.sum(d[n - 1] ** 2) + d.get(1, x)[0]


def momentum_per_name(x, n):
    params, velocity = {"a": x, "b": x * 2}, {}
    for _ in range(n):
        for name in params:
            gradient = 2 * params[name]
            velocity[name] = 0.9 * velocity.get(name, 0.0) + gradient
            params[name] = params[name] - 0.1 * velocity[name]
    return np.sum(params["a"] * velocity["b"]) + np.sum(params["b"])


def rows_in_a_dict(x, n):
    rows = {k: [x[0] * k, x[1]] for k in range(n)}
    rows[1][0] = x[2] * rows[2][1]
    rows[0] = rows[1]
    rows[0].append(x[0])
    return rows[1][2] * rows[0][0] + sum(rows[2])


def stacked_values(x, n):
    d = {}
    for k in range(n):
        d[k] = np.sin(x) * k
    return np.sum(np.stack(list(d.values())) ** 2)


for function in (
    arrays_under_keys, arrays_updated_in_place, arrays_under_two_keys, arrays_popped, momentum_per_name,
    rows_in_a_dict, stacked_values,
):  # fmt: skip
    register(function, lambda r: (arr(r, 3), 4), tags="dict identity")


# --- dicts passed in -------------------------------------------------------------------------------------


def argument_under_computed_keys(p):
    for k in range(3):
        p[f"w{k}"] = p["w0"] * p["w1"] + k
    return sum(p.values())


def argument_with_a_new_key(p):
    p["bias"] = p["w0"] * p["w1"]
    return p["bias"] * p["w0"] + len(p)


def argument_emptied(p):
    s = 0.0
    while p:
        key, value = p.popitem()
        s = s * value + value
    return s


def argument_item_deleted(p):
    a = p["w0"]
    del p["w0"]
    return a * sum(p.values()) * len(p)


def argument_looked_up(p):
    s = 0.0
    for key in ("w1", "w9", "w0", "w1"):
        s += p.get(key, 2.0) * (key in p)
    for key in ["w" + str(k) for k in range(3)]:
        if key in p:
            s *= p[key]
    return s


def argument_copied(p):
    q = dict(p)
    for key in p:
        q[key] = p[key] ** 2
    q["sum"] = sum(q.values())
    return q["sum"] * p["w0"]


for function in (
    argument_under_computed_keys, argument_with_a_new_key, argument_emptied, argument_item_deleted, argument_looked_up,
    argument_copied,
):  # fmt: skip
    register(function, lambda r: ({"w0": u(r), "w1": u(r)},), tags="dict container mutated_argument identity")


def keys_unpacked(x, n):
    d = {0: x, 1: 2.0 * x}
    a, b = d
    grown = {}
    for k in range(n):
        grown[k + 1] = x * k
    first, *others = grown
    return a + b * x + first * grown[others[0]] + d[a] * grown[others[-1]]


def least_by_a_key_function(x, n):
    d = {}
    for k in range(n):
        d[k] = x * (k - 1.7) ** 2
    return d[min(d, key=lambda k: d[k])] + d[max(d)] * d[min(d)] + sorted(d, key=lambda k: -d[k])[0] * x


for function in (keys_unpacked, least_by_a_key_function):
    register(function, lambda r: (u(r), 4), tags="dict loop unpacked")
