"""Programs about lists, dicts and tuples: changed, copied, sliced, shared under several names, nested."""

import copy
import math
from collections import Counter, namedtuple
from typing import NamedTuple

import numpy as np

from tests.program import arr, register, u


def floats(r, n=4):
    """A list of floats far apart."""
    return [float(v) for v in np.linspace(0.5, 2.0, n)[r.permutation(n)] + r.uniform(0.0, 0.1, n)]


# --- several names for one container ---------------------------------------------------------------------


def list_changed_by_nested_function(x):
    xs = [x]

    def add(v):
        xs.append(v * x)

    add(2.0)
    add(x)
    return sum(xs) * xs[2]


def list_changed_by_lambda(x):
    append = lambda values: values.append(x)
    values = [1.0]
    append(values)
    append(values)
    return sum(values) * values[2]


def dict_filled_by_nested_function(x):
    found = {"a": x}

    def put(value):
        found["b"] = value

    put(x * x)
    return found["a"] * found["b"]


def item_stored_through_an_alias(x):
    a = [x, x * x]
    b = a
    b[0] = x * x * x
    return a[0] + b[1]


def two_names_at_once(x):
    a = b = [x, 2.0]
    a[0] = x * x
    return b[0] * a[1]


def alias_chosen_by_branch(x):
    a, b = [x, 2.0], [x * x, x]
    if x > 0.1:
        c = a
    else:
        c = b
    c[0] = x**3
    return a[0] * b[0]


def alias_kept_while_the_list_grows(x):
    xs = [x]
    ys = xs
    for i in range(3):
        xs.append(xs[-1] * x)
    return ys[-1] + len(ys) * x


def old_name_of_a_replaced_list(x):
    previous = [x, 1.0]
    for i in range(3):
        old = previous
        previous[0] = previous[0] * x
        previous = [old[0] + 1, previous[1] * x]
    return previous[0] * previous[1]


def list_inside_a_tuple(x):
    xs = [x, x]
    both = (xs, 1.0)
    xs[0] = x * x
    return both[0][0] * both[1]


def rows_that_are_one_list(x):
    rows = [[0.0] * 2] * 2
    rows[0][1] = x
    return rows[1][1] * x


def nested_lists_stored_into(x):
    rows = [[x, x], [x * x, x]]
    rows[0][1] = x**3
    row = rows[1]
    row[0] = x * rows[0][1]
    return rows[0][0] + rows[0][1] * rows[1][0]


def nested_dicts_stored_into(x):
    config = {"a": {"b": x}, "c": [x, x]}
    config["a"]["b"] = x * x
    config["c"][0] = config["a"]["b"] * x
    return config["a"]["b"] * config["c"][0]


def row_replaced_by_another(x):
    grid = [[0.0 for _ in range(3)] for _ in range(3)]
    grid[1][1] = x
    grid[0] = grid[1]
    grid[1][2] = x * x
    return grid[0][2] * grid[0][1]


def state_advanced_by_a_function(x):
    state = {"p": x, "v": 1.0}

    def step(s, dt):
        s["v"] = s["v"] - dt * s["p"]
        s["p"] = s["p"] + dt * s["v"]

    for _ in range(5):
        step(state, 0.1)
    return state["p"] * state["v"]


def lists_built_by_a_function(x):
    def make(n):
        out = []
        out.append(x * n)
        out.append(n)
        return out

    a, b = make(2.0), make(3.0)
    a[0] = a[0] * b[0]
    a.append(b[1])
    return sum(a) * a[0]


def list_that_grows_while_looped_over(x):
    queue = [x]
    for v in queue:
        if len(queue) < 4:
            queue.append(v * x)
    return sum(queue)


def items_ahead_changed_while_looped_over(x):
    values = [x, 2 * x, 3 * x]
    for i, v in enumerate(values):
        if i < 2:
            values[i + 1] = v * x
    return sum(values)


for function in (
    list_changed_by_nested_function, list_changed_by_lambda, dict_filled_by_nested_function,
    item_stored_through_an_alias, two_names_at_once, alias_chosen_by_branch, alias_kept_while_the_list_grows,
    old_name_of_a_replaced_list, list_inside_a_tuple, rows_that_are_one_list, nested_lists_stored_into,
    nested_dicts_stored_into, row_replaced_by_another, state_advanced_by_a_function, lists_built_by_a_function,
    list_that_grows_while_looped_over, items_ahead_changed_while_looped_over,
):  # fmt: skip
    register(function, lambda r: (u(r),), tags="scalar list identity")


# --- copies, slices, sums and products of lists ----------------------------------------------------------


def slices_of_a_list(p):
    return sum(p[1:]) * p[0] + sum(p[::2]) * p[-1] + p[:2][1] * p[2]


def copies_of_a_list(p):
    a, b, c, d = list(p), p[:], p.copy(), copy.copy(p)
    a[0], b[1], c[2], d[3] = p[3], p[2] * p[1], 1.0, p[0] ** 2
    return sum(a) * sum(b) + sum(c) * sum(d) + sum(p)


def lists_added_and_repeated(p):
    q, r = p + [1.0], p * 2
    return sum(q) * p[0] + r[0] * r[5] + (q + r)[7]


def neighbours(p):
    return sum(v * w for v, w in zip(p[1:], p[:-1]))


def optimiser_step(weights):
    new = list(weights)
    for k in range(len(weights)):
        new[k] = weights[k] * 0.5 + 1
    return new[0] * new[1] * sum(weights)


def first_two(p):
    a, b = p[:2]
    q = tuple(p)
    return a * b * q[2] * p[3]


def swapped_items(p):
    p[0], p[1] = p[1], p[0]
    return p[0] ** 2 * p[1]


def grown_list_sliced(p):
    history = [p[0]]
    for i in range(5):
        history.append(history[-1] * p[1] + history[max(0, i - 1)])
    return sum(history[2:]) * history[-2] + sum(history[::2])


def comprehensions_added(p):
    q = [v * v for v in p]
    r = [v + 1 for v in q]
    z = q + r
    return z[1] * z[6] + sum(z)


def list_in_a_loop_of_sums(x):
    q = [x]
    for i in range(3):
        q = q + [q[-1] * x]
    return q[-1] + q[0]


register(list_in_a_loop_of_sums, lambda r: (u(r),), tags="scalar list identity")
for function in (
    slices_of_a_list, copies_of_a_list, lists_added_and_repeated, neighbours, optimiser_step, first_two, swapped_items,
    grown_list_sliced, comprehensions_added,
):  # fmt: skip
    register(function, lambda r: (floats(r),), tags="list identity container mutated_argument")


# --- methods of lists ------------------------------------------------------------------------------------


def inserted_and_reversed(p):
    q = p.copy()
    q.append(p[0] * p[1])
    q.insert(1, p[2])
    q.reverse()
    return q[0] * q[3] + q[1]


def sorted_lists(p):
    q, r = sorted(p), sorted(p, key=lambda v: -v * v)
    p.sort(reverse=True)
    return q[0] * q[1] ** 2 + r[0] * r[1] ** 3 + p[1] ** 2 * p[2]


def work_list(p):
    stack, s = list(p), 0.0
    while stack:
        v = stack.pop()
        s = s + v * v * s + v
        if v > 1.0 and len(stack) < 5:
            stack.append(v * 0.4)
    return s


def removed_and_deleted(p):
    q = []
    for v in p:
        q.insert(0, v * 2)
    q.remove(q[1])
    del q[0]
    return q[0] * q[-1] + len(q) * p[0]


def slice_of_a_list_replaced(p):
    q = [v for v in p if v > 0.3]
    q[1:] = [v * v for v in q[1:]]
    q[:1] = [q[0], q[1]]
    return sum(q) * q[1]


def largest_by_key(p):
    best = max(p, key=lambda v: math.sin(v))
    return best * best * p[0] + min(p, key=lambda v: abs(v - 1.0))


def argument_extended(p):
    q = p
    q.append(p[0] * 3)
    return sum(p[2:]) + len(p) * q[0]


def argument_shortened(p):
    last = p.pop()
    first = p.pop(0)
    return last * first * sum(p)


def popped_and_extended(p):
    q = [p[0], p[1]]
    while len(q) < 6:
        q.append(q[-1] + q[-2] * p[2])
    a, b = q.pop(0), q.pop()
    q.extend([a * b, a])
    q.extend(q[:2])
    return sum(v * k for k, v in enumerate(q))


def pairs_sorted_by_their_second(p):
    pairs = []
    for i, v in enumerate(p):
        pairs.append((v * i, v))
    pairs.sort(key=lambda t: t[1])
    return pairs[0][0] * pairs[1][1] + pairs[3][0]


def rows_swapped(p):
    rows = []
    for v in p:
        rows.append([v, v * v])
    rows[1][0] = p[0]
    rows[0], rows[2] = rows[2], rows[0]
    return rows[0][1] * rows[2][0] + rows[1][0]


def del_of_an_item(p):
    q = [p[0], 3.0, p[1] * p[2]]
    del q[1]
    r = list(p)
    del r[1:3]
    return q[1] * r[1]


for function in (
    inserted_and_reversed, sorted_lists, work_list, removed_and_deleted, slice_of_a_list_replaced, largest_by_key,
    argument_extended, argument_shortened, popped_and_extended, pairs_sorted_by_their_second, rows_swapped,
    del_of_an_item,
):  # fmt: skip
    register(function, lambda r: (floats(r),), tags="list identity container mutated_argument")


# --- arrays in containers --------------------------------------------------------------------------------


def dict_item_replaced(d):
    d["W"] = d["W"] * 2
    return np.sum(d["W"] ** 2)


def descent_on_a_dict(d):
    for _ in range(3):
        d["W"] = d["W"] - 0.1 * d["W"] ** 2
        d["b"] -= 0.1 * d["W"]
    return np.sum(d["W"] ** 2 * d["b"])


def dict_alias_written(d):
    d["b"] = d["W"]
    d["b"][0] = 3.0
    return np.sum(d["W"] ** 2)


def copied_dict_changed(d):
    e = dict(d)
    e["W"] = e["W"] * d["b"]
    f = d.copy()
    f["b"] = e["W"]
    return np.sum(e["W"] * f["b"] + d["W"])


for function in (dict_item_replaced, descent_on_a_dict, dict_alias_written, copied_dict_changed):
    register(
        function,
        lambda r: ({"W": arr(r, 3), "b": arr(r, 3)},),
        tags="dict identity container mutated_argument",
    )


def array_items_exchanged(pair):
    pair[0], pair[1] = pair[1], pair[0]
    pair[0] = pair[1] * 2
    return np.sum(pair[0] ** 2 * pair[1])


def list_slots_filled_in_a_loop(pair):
    x, y = pair
    slots = [None] * 3
    for i in range(3):
        slots[i] = x * y if i else x
    return np.sum(slots[0] * slots[2])


def list_slots_updated_in_a_loop(pair):
    x, y = pair
    slots = [x * 1.0, y * 2.0]
    for i in range(2):
        slots[i] = slots[i] * x
    slots[0], slots[1] = slots[1], slots[0]
    return np.sum(slots[0] * slots[1])


def slots_rotated(pair):
    x, y = pair
    items = []
    for i in range(3):
        items.append(x * i + y)
    for k in range(4):
        items[0], items[1], items[2] = items[1], items[2], items[0]
        items[0] *= items[1]
        items[2][k % 3] = 1.0
    return np.sum(items[0] + 2 * items[1] + 3 * items[2])


for function in (array_items_exchanged, list_slots_filled_in_a_loop, list_slots_updated_in_a_loop, slots_rotated):
    register(function, lambda r: ([arr(r, 3), arr(r, 3)],), tags="list identity container mutated_argument")


# --- named tuples ----------------------------------------------------------------------------------------

Body = namedtuple("Body", "position velocity")


class Spring(NamedTuple):
    stiffness: float
    damping: float = 0.1

    def force(self, body):
        return -self.stiffness * body.position - self.damping * body.velocity


def named_tuples_made_inside(x, v):
    body, spring = Body(x, velocity=v), Spring(1.5)
    for _ in range(4):
        velocity = body.velocity + 0.1 * spring.force(body)
        body = Body(body.position + 0.1 * velocity, velocity)
    position, velocity = body
    return np.sum(position * velocity) + np.sum(body[0])


def named_tuple_replaced(x, v):
    body = Body(x, v)
    moved = body._replace(position=body.position * 2)
    return np.sum(moved.position * moved.velocity) + np.sum(moved._asdict()["position"] ** 2)


for function in (named_tuples_made_inside, named_tuple_replaced):
    register(function, lambda r: (arr(r, 3), arr(r, 3)), (0, 1), tags="namedtuple container")


def words_counted(words, scores, t):
    counts = Counter(words)
    s = 0.0
    for word in counts.keys():
        s += scores[word] * t
    for word, n in sorted(counts.items()):
        s += n * t * t
    return sum(n * scores[word] / t for word, n in counts.items()) + s + sum(counts.values()) * t


register(words_counted, lambda r: (["a", "b", "a"], {"a": u(r), "b": u(r)}, u(r)), (1, 2), tags="dict loop")


def list_replaced_in_a_loop_left_early(x, n):
    xs = [x]
    for i in range(n):
        xs = [x * i, x * x]
        if i == 2:
            break
    return xs[0] * xs[-1]


def dict_replaced_in_a_loop_left_early(x, n):
    d = {"a": x}
    i = 0
    while True:
        d = {"a": d["a"] * x, "b": x}
        i += 1
        if i == n:
            break
    return d["a"] * d["b"]


for function in (list_replaced_in_a_loop_left_early, dict_replaced_in_a_loop_left_early):
    register(function, lambda r: (u(r), 5), tags="scalar list loop break")
