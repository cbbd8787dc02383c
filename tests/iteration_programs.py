"""Programs over iteration: generators, itertools, map, filter, zip and what uses iterators up."""

import functools
import itertools
import math
import operator

import numpy as np

from tests.program import arr, register, u

# --- generators consumed in a loop ---------------------------------------------------------------------------------


def powers(x, n):
    p = 1.0
    for _ in range(n):
        p = p * x
        yield p


def generator_numbered(x):
    s = 0.0
    for k, p in enumerate(powers(x, 4)):
        s += p * (k + 1)
    return s


def generator_left_by_break(x):
    s = 0.0
    for p in powers(x, 10):
        s += math.sin(p)
        if s > 2.0:
            break
    return s * x


def approach(x):
    while True:
        yield x
        x = x * 0.5 + 1.0


def endless_generator_left_by_break(x):
    t = 0.0
    for v in approach(x):
        if v > 1.9:
            break
        t += v * v
    else:
        t = -1.0
    return t * x


def pair_of(x, log):
    log.append("before")
    yield x
    log.append("between")
    yield x * x
    log.append("behind")


def several_yields(x):
    log = []
    s = 1.0
    for v in pair_of(x, log):
        log.append("got")
        s = s * v + len(log)
    return s


def several_yields_and_break(x):
    log = []
    s = 1.0
    for v in pair_of(x, log):
        s = s * v + len(log)
        if s > 2.5:
            break
        s += v
    return s * len(log)


def return_from_a_loop_over_a_generator(x):
    for v in pair_of(x, []):
        if v > 1.5:
            return v * 3.0
    return x


def continue_in_a_loop_over_a_generator(x):
    s = x
    for v in pair_of(x, []):
        if v > 1:
            continue
        s += v
    return s


for function in (
    generator_numbered,
    generator_left_by_break,
    endless_generator_left_by_break,
    several_yields,
    several_yields_and_break,
    return_from_a_loop_over_a_generator,
    continue_in_a_loop_over_a_generator,
):
    register(function, lambda r: (u(r, 1.1, 1.4),), tags="generator")
    register(function, lambda r: (u(r, 0.6, 0.8),), tags="generator", name=function.__name__ + "_below")


def nested_generator(xs):
    for x in xs:
        yield from powers(x, 3)
    yield 2.0
    yield from [xs[0], xs[1] * 3]


def yield_from_a_generator(xs):
    t = 0.0
    for k, v in enumerate(nested_generator(xs), 1):
        t += v * k
    return t


def yield_from_and_break(xs):
    t = 0.0
    for v in nested_generator(xs):
        t += v * v
        if t > 4.0:
            break
    return t * xs[0]


def generators_of_each_other(xs):
    def scaled(items):
        for item in items:
            yield item * 2.0

    def shifted(items):
        for item in items:
            if item < 0.5:
                continue
            yield item + xs[0]
            if item > 3.0:
                return

    t = 1.0
    for v in shifted(scaled(xs)):
        t = t * v + 0.1
    return t


def generator_that_reads_what_the_loop_changes(xs):
    total = 0.0

    def items():
        for x in xs:
            yield x * (1.0 + total)

    for v in items():
        total = total + v * v
    return total


def generator_over_an_array_that_changes(xs):
    def items():
        for k in range(len(xs)):
            yield k, xs[k] * xs[k]

    s = 0.0
    for k, v in items():
        if k + 1 < len(xs):
            xs[k + 1] = xs[k + 1] + v
        s += v
    return s


def generator_that_writes_an_array(xs):
    work = np.zeros(4)

    def rows():
        for k in range(3):
            work[k] = xs[k] * (k + 1)
            yield work
            work[k + 1] += 1.0

    s = 0.0
    for row in rows():
        s += np.sum(row * row)
    return s + work[3]


def loops_nested_over_generators(xs):
    s = 0.0
    for a in powers(xs[0], 5):
        for b in powers(a, 3):
            if b > 1.7:
                break
            s += b * xs[1]
        else:
            s += 10 * a
            continue
        break
    else:
        s = s * 2
    return s


def generator_in_a_while_loop(xs):
    k, s = 0, 0.0
    while k < len(xs):
        for v in powers(xs[k], k):
            s += v
            if v > 2.0:
                k += 1
                break
        k += 1
    return s


def generator_in_branches(xs):
    s = 0.0
    for k in range(len(xs)):
        if xs[k] > 1.0:
            for v in powers(xs[k], 2):
                s += v
        else:
            for v in powers(2 * xs[k], 3):
                s -= v
    return s


def evens(n):
    k = 0
    while k < n:
        if k % 2:
            k += 1
            continue
        yield k
        k += 1


def generator_of_positions(xs):
    s = 0.0
    for k in evens(len(xs)):
        s += xs[k] ** 2
    return s


def generator_as_list(xs):
    items = list(powers(xs[0], 3))
    return sum(items) * items[1] + np.sum(np.array(list(powers(xs[1], 4))) ** 2) + list(nested_generator(xs))[-2]


def generator_used_up(xs):
    s = sum(powers(xs[0], 3)) + max(powers(xs[1], 3)) * min(powers(xs[2], 3))
    return s + sum(sorted(nested_generator(xs))[:3]) + math.fsum(powers(xs[1], 2))


def generator_unpacked(xs):
    a, b = pair_of(xs[0], [])
    c, *d = powers(xs[1], 4)
    e = [*powers(xs[2], 2)]
    return a * b + c * d[1] + e[-1]


register(generator_unpacked, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="generator unpacked")


def generator_zipped(xs):
    s = 0.0
    for x, p in zip(xs, powers(xs[1], 10)):
        s += x * p
    for p, x in zip(powers(xs[1], 10), xs):
        s += x * p * p
    for p, x in zip(powers(xs[1], 2), xs):
        s += x * p * p
    for k, p in zip(itertools.count(1), powers(xs[0], 3)):
        s += k * p
    return s


def generator_expression_kept(xs):
    squares = (x * x for x in xs if x > 0.6)
    s = 1.0
    for v in squares:
        s = s * v + 0.5
    products = (a * b for a in xs for b in xs if a < b)
    return s + sum(products)


def generator_expression_handed_on(xs):
    def total(items, weight):
        t = 0.0
        for item in items:
            t = t * weight + item
        return t

    return total((x * x for x in xs), xs[0]) + total((x for x in xs[1:]), 0.5)


def generator_expression_binds_its_first_iterable(xs):
    items = xs * 1.0
    lazy = (items[0] * v for v in items)
    items = xs * 2.0
    s = 0.0
    for v in lazy:
        s += v * v
    return s


def next_of_a_generator(xs):
    first = next(x for x in xs if x > 0.4)
    other = next((x for x in xs if x > 100.0), xs[1])
    return first * other * next(powers(xs[2], 3))


def any_and_all_of_generators(xs):
    s = np.sum(xs)
    if any(v > 1.5 for v in nested_generator(xs)):
        s = s * xs[0]
    flags = (x > 0 for x in xs)
    if all(flags):
        s = s * xs[1]
    if not any(map(lambda x: x > 100, xs)):
        s = s * xs[2]
    return s


def generator_with_defaults_and_keywords(xs):
    def steps(start, *more, scale=2.0, **named):
        yield start * scale
        for item in more:
            yield item
        yield named["end"]

    s = 1.0
    for v in steps(xs[0], xs[1], xs[2], end=xs[0] * xs[1]):
        s = s * v + v
    for v in steps(xs[0], scale=xs[1], end=1.5):
        s = s * v + v
    return s


def generator_without_items(xs):
    def nothing():
        return
        yield 1.0

    s = np.sum(xs)
    for v in nothing():
        s = s * v
    else:
        s = s * xs[0]
    return s + sum(nothing())


def tree_leaves(tree):
    if isinstance(tree, tuple):
        for branch in tree:
            yield from tree_leaves(branch)
    else:
        yield tree


def recursive_generator(xs):
    tree = (xs[0], (xs[1], (xs[2], xs[0] * xs[1])), xs[2])
    s = 1.0
    for k, leaf in enumerate(tree_leaves(tree)):
        s = s * leaf + k
    return s


for function in (
    yield_from_a_generator,
    yield_from_and_break,
    generators_of_each_other,
    generator_that_reads_what_the_loop_changes,
    generator_over_an_array_that_changes,
    generator_that_writes_an_array,
    loops_nested_over_generators,
    generator_in_a_while_loop,
    generator_in_branches,
    generator_of_positions,
    generator_as_list,
    generator_used_up,
    generator_zipped,
    generator_expression_kept,
    generator_expression_handed_on,
    generator_expression_binds_its_first_iterable,
    next_of_a_generator,
    any_and_all_of_generators,
    generator_with_defaults_and_keywords,
    generator_without_items,
    recursive_generator,
):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="generator")


def batches(x, size):
    for start in range(0, len(x), size):
        yield x[start : start + size]


def generator_of_views(x, w):
    s = 0.0
    for batch in batches(x, 2):
        batch *= 2.0
        s += np.sum(np.tanh(batch @ w))
    return s + np.sum(x**2)


register(generator_of_views, lambda r: (arr(r, 5, 3), arr(r, 3)), (0, 1), tags="generator view mutated_argument")


# --- itertools ------------------------------------------------------------------------------------------------------


def chained(xs):
    s = 1.0
    for x in itertools.chain(xs, [xs[0] * 2, 3.0], xs[1:]):
        s = s * 0.5 + x * x
    for x in itertools.chain.from_iterable([xs, xs[:2]]):
        s = s * 0.5 + x
    return s


def accumulated(xs):
    s = 0.0
    for k, x in enumerate(itertools.accumulate(xs)):
        s += x**2 * (k + 1)
    for x in itertools.accumulate(xs, operator.mul, initial=1.5):
        s += x
    return s + list(itertools.accumulate(xs, lambda a, b: a * b + 1.0))[-1]


def accumulated_generator(xs):
    s = 0.0
    for x in itertools.accumulate((x * x for x in xs), func=lambda a, b: a * b):
        s += x
    for x in itertools.accumulate(powers(xs[0], 3), initial=0.0):
        s += x * x
    return s


def pairs_of_neighbours(xs):
    s = 0.0
    for a, b in itertools.pairwise(xs):
        s += (b - 2 * a) ** 2
    for k, (a, b) in enumerate(itertools.pairwise(x * x for x in xs)):
        s += k * a * b
    for a, b in itertools.pairwise(powers(xs[0], 4)):
        s += a * b
    return s


def sliced(xs):
    s = 0.0
    for x in itertools.islice(xs, 2):
        s += x
    for x in itertools.islice(xs, 1, None):
        s += x**2
    for x in itertools.islice(xs, 0, 3, 2):
        s += x**3
    for x in itertools.islice(approach(xs[0]), 4):
        s += x
    for x in itertools.islice(powers(xs[0], 9), 1, 6, 2):
        s += x
    for x in itertools.islice(itertools.cycle(xs), 5):
        s = s * 0.9 + x
    return s


def products_of_ranges(xs):
    s = 0.0
    for i, j in itertools.product(range(2), range(3)):
        s += xs[i] ** (j + 1)
    for i, (a, b) in enumerate(itertools.product(xs, repeat=2)):
        s += a * b * b * i
    return s


def choices(xs):
    s = 0.0
    for a, b in itertools.combinations(xs, 2):
        s += a * b * b
    for a, b, c in itertools.permutations(xs, 3):
        s += a * b * b * c**3
    for a, b in itertools.combinations_with_replacement(xs, 2):
        s += math.sin(a) * b
    for i, j in itertools.combinations(range(len(xs)), 2):
        s += xs[i] * xs[j]
    return s


def choices_of_a_display(xs):
    a, b, c = xs[0], xs[1], xs[2]
    s = 0.0
    for x, y in itertools.combinations([a, b, a * c], 2):
        s += x * y * y
    for f, g in itertools.permutations((math.sin, math.exp), 2):
        s += f(g(a))
    for f, x in itertools.product([math.sin, math.cos], (a, b)):
        s += f(x)
    return s


def endless_iterators(xs):
    s = 0.0
    for k, x in zip(itertools.count(), xs):
        s += k * x
    for x, k in zip(xs, itertools.count(0.5, xs[1])):
        s += k * x
    for x, w in zip(xs, itertools.cycle([1.0, xs[0]])):
        s += w * x
    for x, w in zip(xs, itertools.repeat(xs[1])):
        s += w * x
    for w in itertools.repeat(xs[2], 2):
        s = s * w
    for k in itertools.count(1, 2):
        if k > 4:
            break
        s += xs[0] * k
    return s


def while_true_iterators(xs):
    s = 0.0
    for x in itertools.cycle(xs):
        s = s * 0.5 + x
        if s > 2.0:
            break
    for f in itertools.islice(itertools.cycle([math.sin, math.tanh]), 3):
        s = f(s)
    return s * xs[0]


def taken_and_dropped(xs):
    s = 0.0
    for x in itertools.takewhile(lambda v: v < 1.2, xs):
        s += x * x
    for x in itertools.dropwhile(lambda v: v < 1.0, xs):
        s += x**3
    for x in itertools.filterfalse(lambda v: v < 1.0, xs):
        s += x**4
    for x in itertools.compress(xs, [True, False, True]):
        s += x
    for v in itertools.starmap(operator.mul, zip(xs, xs)):
        s += v
    return s


def zip_longest_of_displays(xs):
    s = 0.0
    for a, b in itertools.zip_longest([xs[0], xs[1], xs[2]], (xs[1],), fillvalue=xs[0]):
        s += a * b
    return s


def tee_of_an_array(xs):
    s = 0.0
    first, second = itertools.tee(xs)
    for x in first:
        s += x
    for x in second:
        s *= x
    return s


for function in (
    chained,
    accumulated,
    accumulated_generator,
    pairs_of_neighbours,
    sliced,
    products_of_ranges,
    choices,
    choices_of_a_display,
    endless_iterators,
    while_true_iterators,
    taken_and_dropped,
    zip_longest_of_displays,
    tee_of_an_array,
):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="itertools")
    register(
        function,
        lambda r: (list(map(float, arr(r, 3, low=0.7, high=1.6))),),
        tags="itertools",
        name=function.__name__ + "_list",
    )


# --- builtins over iterables ----------------------------------------------------------------------------------------


def reduced(xs):
    s = functools.reduce(lambda a, b: a * b, xs)
    s += functools.reduce(operator.add, xs, 1.0)
    s += functools.reduce(lambda a, f: f(a), [math.sin, math.exp], xs[0])
    return s + functools.reduce(lambda a, b: a * b + 1.0, (x * x for x in xs))


def mapped_and_filtered(xs):
    s = sum(map(lambda v: v * v, xs)) + sum(filter(lambda v: v > 0.9, xs)) + max(map(abs, xs))
    for a, b in zip(map(math.sin, xs), map(math.cos, xs)):
        s += a * b
    for v in map(lambda a, b: a * b, xs, xs[1:]):
        s += v
    for k, v in enumerate(filter(None, xs)):
        s += k * v
    a, b, c = map(math.exp, xs)
    return s + a * b + c + sum(list(map(operator.mul, xs, xs)))


def nested_targets(xs):
    s = 0.0
    for (i, x), y in zip(enumerate(xs), xs[::-1]):
        s += i * x * y
    for i, (x, y) in enumerate(zip(xs, xs[1:]), start=2):
        s += i * x * y
    for i, x in reversed(list(enumerate(xs))):
        s = s * 0.5 + i * x
    return s


def rows_of_lists(xs):
    pairs = [(xs[0], xs[1]), (xs[1], xs[2])]
    a, b = zip(*pairs)
    s = a[0] * b[1] + a[1] * b[0]
    for column in zip(*pairs):
        s += column[0] * column[1]
    return s


for function in (reduced, mapped_and_filtered, nested_targets, rows_of_lists):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="iteration unpacked")
    register(
        function,
        lambda r: (list(map(float, arr(r, 3, low=0.7, high=1.6))),),
        tags="iteration unpacked",
        name=function.__name__ + "_list",
    )


def extremes_with_defaults(xs):
    s = max(xs, default=0.0) + min((x for x in xs), default=1.0) + max((x for x in xs if x > 100), default=xs[0])
    return s + max(xs, key=lambda v: -v) * min(xs, key=lambda v: -v, default=2.0) + sum(sorted(xs, reverse=True)[:2])


def iterators_advanced_by_next(xs):
    it = iter(xs)
    first = next(it)
    s = first
    for x in it:
        s = s * x + first
    s += next(it, 2.0) * xs[0]
    it = iter(xs)
    for x in it:
        y = next(it, 0.5)
        s += x * y * y
    it = iter(xs)
    for x in it:
        s += x
        if x > 0.1:
            break
    for x in it:
        s *= x
    it = iter(xs)
    return s + next(it) * sum(it)


def iterator_until_it_is_empty(xs):
    it, s = iter(xs), 0.0
    while True:
        x = next(it, None)
        if x is None:
            break
        s += x * x
    found = next((x for x in xs if x > 100), None)
    if found is None:
        s = s * xs[0]
    return s


def iterator_unpacked(xs):
    it = iter(xs)
    head, *rest = it
    a, b = next(zip(xs, xs[1:]))
    return head * sum(rest) * len(rest) + a * b


def grouped_by_one_iterator(xs):
    s = 0.0
    for a, b in zip(*[iter([*xs, xs[0], 2.0])] * 2):
        s += a * b * b
    it = iter(xs)
    for a, b in zip(it, it):
        s += a * b
    return s


for function in (
    extremes_with_defaults,
    iterators_advanced_by_next,
    iterator_until_it_is_empty,
    iterator_unpacked,
    grouped_by_one_iterator,
):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="iteration unpacked")
    register(
        function,
        lambda r: (list(map(float, arr(r, 3, low=0.7, high=1.6))),),
        tags="iteration unpacked",
        name=function.__name__ + "_list",
    )


def functions_from_an_iterator(x):
    it = iter([math.sin, math.cos, math.exp])
    s = next(it)(x)
    for function in it:
        s = function(s)
    return s


register(functions_from_an_iterator, lambda r: (u(r),), tags="iteration")


def flat_and_indexed(a):
    s = 0.0
    for index in np.ndindex(2, 3):
        s += a[index] * (index[0] + 1)
    for i, j in np.ndindex(a.shape):
        s += a[i, j] * a[j % 2, i]
    for (_, j), v in np.ndenumerate(a):
        s += v * v * j
    for v in a.flat:
        s = s * 0.5 + v**3
    return s + sum(a.flat) + a.flat[2]


register(flat_and_indexed, lambda r: (arr(r, 2, 3),), tags="iteration")


def dictionary_views(d):
    s = 0.0
    for key in d:
        s += d[key] * 2
    for (_, v), w in zip(d.items(), [1.0, 2.0]):
        s += v * w
    for k, v in enumerate(d.values()):
        s = s * v + k
    return s + sum(d.values()) * max(d.values()) + min(map(lambda v: v**2, d.values()))


register(dictionary_views, lambda r: ({"a": u(r), "b": u(r)},), tags="iteration containers")


def array_as_list(xs):
    items = list(xs)
    items.append(xs[0] * 2)
    first, *others = xs
    return sum(items) * items[1] + first * others[-1] + sum(sorted(xs)[:2])


register(array_as_list, lambda r: (arr(r, 3),), tags="iteration")


def array_rows(a):
    s = 0.0
    for row in a:
        s += row[0] * row[1]
    for k, row in enumerate(reversed(a)):
        s += k * np.sum(row**2)
    first, *others = a
    for row in others:
        s += first @ row
    return s


register(array_rows, lambda r: (arr(r, 3, 2),), tags="iteration view")


def ordered_by_their_keys(xs):
    i = max(range(len(xs)), key=lambda i: xs[i])
    j = min(range(len(xs)), key=xs.__getitem__)
    s = xs[i] * xs[j] + min(xs, key=abs)
    for rank, k in enumerate(sorted(range(len(xs)), key=lambda k: -xs[k])):
        s += rank * xs[k]
    return s


def arrays_from_iterators(xs):
    a, b = list(map(float, xs)), [*map(math.sin, xs)]
    c = np.array([*map(lambda v: v * v, xs)])
    d = np.array(list(zip(xs, xs[::-1])))
    e = np.fromiter((x * x for x in xs), float)
    f = np.fromiter(map(math.cos, xs), dtype=float, count=2)
    s = sum(a) + sum(b) + np.sum(c) + np.sum(d[:, 0] * d[:, 1] ** 2) + np.sum(e) + np.prod(f)
    return s + math.prod(x for x in xs) + np.mean([x * x for x in xs]) + sum(x > 0.5 for x in xs)


def stacked_from_a_generator(xs):
    def rows():
        for k in range(3):
            yield xs * k

    return np.sum(np.stack(list(rows())) ** 2) + np.sum(np.concatenate([*rows()]))


def vectorized_function(xs):
    f = np.vectorize(lambda v: v * v if v > 0.8 else math.sin(v))
    return np.sum(f(xs)) + np.sum(f(np.outer(xs, xs))[0])


def positions_chosen(xs):
    total = 0.0
    for i, j in itertools.combinations(range(len(xs)), 2):
        total += (xs[i] - 2 * xs[j]) ** 2
    for p in itertools.permutations(range(3)):
        total += xs[p[0]] * xs[p[1]] ** 2
    return total


def zip_of_a_display_and_an_array(xs):
    s = 0.0
    for a, b in zip([0.5, 2.0, 1.0, 4.0], xs):
        s += a * b
    return s


for function in (
    ordered_by_their_keys,
    arrays_from_iterators,
    stacked_from_a_generator,
    vectorized_function,
    positions_chosen,
    zip_of_a_display_and_an_array,
):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="iteration unpacked")


def dictionary_sorted(d):
    s = 0.0
    for k in sorted(d):
        s = s * 2 + d[k]
    for _, v in sorted(d.items(), key=lambda kv: kv[1]):
        s = s * 0.5 + v
    return s


register(dictionary_sorted, lambda r: ({"b": u(r), "a": u(r)},), tags="iteration containers")


class Steps:
    """What can be looped over, by a generator method."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        for k in range(self.count):
            yield k * 0.5

    def scales(self, x):
        for k in range(self.count):
            yield x * (k + 1.0)


STEPS = Steps(3)


def objects_looped_over(x):
    s = 1.0
    for v in STEPS.scales(x):
        s = s * v + v
    for v in STEPS:
        s = s * x + v
    for k, v in enumerate(STEPS):
        s += v * k
    for v, w in zip(STEPS, [x, 2.0, x]):
        s += v * w
    first, *others = STEPS
    own = Steps(2)
    for v in iter(own):
        s = s * x + v
    return s + sum(STEPS) * x + list(STEPS)[1] + first + others[0] + any(own)


register(objects_looped_over, lambda r: (u(r),), tags="generator unpacked")


def list_that_grows_in_its_own_loop(xs):
    items = [x * 1.0 for x in xs]
    s = 0.0
    for x in items:
        s = s * 0.9 + x
        if len(items) < 5:
            items.append(x * 2)
    for k, x in enumerate(items):
        s += k * x
        if len(items) > 4:
            s += 0.1 * items.pop()
    for x in map(lambda v: v * v, items):
        s += x
        if len(items) < 6:
            items.append(x)
    return s * len(items)


def list_that_shrinks_in_a_zip(xs):
    left, right = [x * 1.0 for x in xs], [x * 2.0 for x in xs]
    s = 0.0
    for a, b in zip(left, right):
        s += a * b
        if len(right) > 2:
            s += 0.1 * right.pop()
    return s


def cycle_of_what_changes(xs):
    work, s = xs * 1.0, 0.0
    for x in itertools.islice(itertools.cycle(work), 5):
        s = s * 0.5 + x
        work[1] = 2.0
    for x, y in itertools.product(work, work):
        s += x * y
        work[0] = 3.0
    for k, (x, y) in enumerate(itertools.pairwise(work)):
        s += x * y
        work[k] = 0.5
    return s


def strictly_zipped(xs):
    s = 0.0
    for a, b in zip(xs, xs[::-1], strict=True):
        s += a * b * b
    for a, b in zip([xs[0], 1.0], [xs[1], xs[2]], strict=True):
        s += a * b
    return s


def columns_of_pairs(xs):
    a, b = zip(*[(x, x * x) for x in xs])
    pairs = []
    for x in xs:
        pairs.append((x, 2.0 * x, x**3))
    s = 0.0
    for column in zip(*pairs):
        s = s * 0.5 + column[0] * column[-1]
    return s + sum(a) * sum(b)


for function in (
    list_that_grows_in_its_own_loop,
    list_that_shrinks_in_a_zip,
    cycle_of_what_changes,
    strictly_zipped,
    columns_of_pairs,
):
    register(function, lambda r: (arr(r, 3, low=0.7, high=1.6),), tags="iteration unpacked")


def iterators_that_hold_what_changes(xs):
    items = [xs[0], 1.0]
    doubled = (item * 2 for item in items)
    items.append(xs[1])
    pairs = zip(xs, xs[1:])
    bound = xs.sum
    xs = xs * 3
    s = bound() * xs[0]
    for v in doubled:
        s = s * 0.5 + v
    for a, b in pairs:
        s += a * b
    functions = [lambda: k * xs[0] for k in (1.0, 2.0)]
    lazy = (lambda: k * xs[0] for k in (1.0, 2.0))
    return s + functions[0]() + sum(f() for f in lazy)


register(iterators_that_hold_what_changes, lambda r: (arr(r, 3),), tags="generator")


def strings_as_keys(params, x):
    h = x
    for k in range(len(params) // 2):
        h = np.tanh(params[f"W{k}"] @ h + params["b" + str(k)])
    return np.sum(h)


def _two_layers(r):
    return {"W0": arr(r, 3, 3), "b0": arr(r, 3), "W1": arr(r, 2, 3), "b1": arr(r, 2)}


register(strings_as_keys, lambda r: (_two_layers(r), arr(r, 3)), (0, 1), tags="containers decided")


def longest_of_lists_of_unknown_lengths(xs, n):
    sums = list(itertools.accumulate(xs))
    pairs = itertools.zip_longest(sums, xs[:n], [k * 0.5 for k in range(n)], fillvalue=2.0)
    return sum(a * b + c for a, b, c in pairs)


register(longest_of_lists_of_unknown_lengths, lambda r: ([u(r) for _ in range(5)], 3), tags="list loop")


def held_by_an_iterator(xs):
    pairs, bound = zip(xs, xs[1:]), xs.sum
    xs = xs * 3.0
    s = bound() * xs[0]
    for a, b in pairs:
        s += a * b
    return s


def held_in_a_called_function(xs):
    return held_by_an_iterator(xs * 0.5) + np.sum(xs)


def functions_made_one_by_one(x):
    s = sum(f() for f in (lambda: k * x for k in (1.0, 2.0)))
    for f in (lambda: k * x for k in (3.0, 4.0)):
        s += f()
    return s + sum([f() * j for j, f in enumerate(lambda: k * x for k in (1.0, 2.0, 3.0))])


register(held_by_an_iterator, lambda r: (arr(r, 3),), tags="generator")
register(held_in_a_called_function, lambda r: (arr(r, 3),), tags="generator")
register(functions_made_one_by_one, lambda r: (u(r),), tags="generator closure")
