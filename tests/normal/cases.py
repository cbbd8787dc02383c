"""Ordinary functions, with inputs: what they return and print must survive lowering."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CASES = []
SCALE = 3.0
COUNT = [0]


def case(*inputs):
    def register(function):
        CASES.append((function, inputs))
        return function

    return register


def noisy(value, label=""):
    """The value, after saying that it was asked for."""
    print("noisy", label, value)
    return value


def push(items, value):
    items.append(value)
    return value


def overwrite(a, value):
    a[0] = 100.0
    return value


class Box:
    def __init__(self, value):
        self.value = value
        self.items = [1.0, 2.0, 3.0]

    def bump(self):
        self.value += 1
        return self.value


# --- branches and early returns ---------------------------------------------------------------------------------


@case((1.0,), (-1.0,), (0.0,))
def elif_chain(x):
    if x > 0:
        y = x * 2
    elif x < 0:
        y = -x
    else:
        y = 7.0
    return y + 1


@case((1.0,), (-1.0,), (0.0,))
def early_returns(x):
    """A docstring is no statement."""
    if x > 0:
        return noisy(x)
    print("not positive")
    if x < 0:
        return -x
    print("zero")
    return 5.0


@case((1.0,), (-1.0,), (0.0,))
def falls_off_the_end(x):
    if x > 0:
        return x
    elif x < 0:
        print("negative")


@case((1, 1), (1, -1), (-1, 1), (-1, -1))
def nested_early_returns(x, y):
    if x > 0:
        if y > 0:
            return "both"
        print("only x")
    else:
        if y > 0:
            return "only y"
        print("none")
    z = x + y
    if z > 0:
        return z
    return -z


@case((3,), (-3,))
def return_in_one_branch_only(x):
    if x > 0:
        x = x + 1
    else:
        return "no"
    x *= 2
    return x


@case((1,), (-1,))
def unreachable_code(x):
    if x > 0:
        return 1
        print("never")
    else:
        raise_later = 2
    return raise_later
    print("never")


@case((1,), (-1,), (0,))
def raise_in_branch(x):
    if x > 0:
        y = 1
    elif x == 0:
        raise ValueError(f"x is {x}")
    else:
        return "negative"
    return y


@case((True,), (False,))
def only_pass(x):
    pass


@case((2,), (0,))
def bare_return(x):
    print("start")
    if not x:
        return
    print("end")


# --- loops and their exits --------------------------------------------------------------------------------------


@case(([1, 2, 3],), ([],), ([5, -1, 7],))
def break_and_else(xs):
    s = 0
    for x in xs:
        if x < 0:
            print("found", x)
            break
        s += x
    else:
        print("all")
        s = s * 10
    return s


@case(([1, 2, 3],), ([],), ([5, -1, 7, -2, 8],))
def continue_in_for(xs):
    s = 0
    for x in xs:
        if x < 0:
            continue
        s += x
        print(s)
    return s


@case(([1, 2, -3, 40],), ([],), ([-5, 50, 2],), ([1, 2],))
def continue_and_break(xs):
    s = 0
    for x in xs:
        if x < 0:
            print("skip")
            continue
        elif x > 10:
            print("stop")
            break
        s += x
        if s % 2:
            continue
        print("even", s)
    return s


@case(([[1, 2], [3, -1, 4], [5]],), ([[]],), ([],), ([[0, 1], [2]],))
def return_in_nested_loops(rows):
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            print(i, j)
            if x < 0:
                return i, j
            if x == 0:
                break
        else:
            print("row", i, "is fine")
        print("after", i)
    return None


@case(([[1, 2], [3, -1, 4], [5]],), ([[0, 9], [0, 8], [7]],), ([],), ([[99], [1]],))
def exits_at_three_depths(rows):
    total = 0
    for row in rows:
        k = 0
        while k < len(row):
            x = row[k]
            k += 1
            if x == 0:
                continue
            for d in range(3):
                if d * x > 150:
                    return "deep", total
                if d > x:
                    break
                if d == 1:
                    continue
                total += d * x
            else:
                print("inner complete", x)
                if x == 9:
                    break
                continue
            print("inner broken", x)
            if x < 0:
                break
        else:
            print("row complete")
            continue
        print("row broken")
        total += 1000
    else:
        print("all rows")
    return total


@case(([1, 2, 3], 2), ([1, 2, 3], 9), ([], 1))
def return_inside_for_else(xs, y):
    for x in xs:
        if x == y:
            break
    else:
        return "missing"
    print("still here")
    return x


@case((10, 3), (10, 20), (0, 3))
def while_else(n, stop):
    k = 0
    while k < n:
        k += 1
        if k == stop:
            break
    else:
        print("exhausted")
        return -k
    return k


@case((10,), (0,), (1,))
def continue_in_while(n):
    k, s = 0, 0
    while k < n:
        k += 1
        if k % 2:
            continue
        s += k
        if s > 20:
            print("enough")
            break
    return s


@case(([3, 1, -1],), ([1, 2, 3],), ([-1],))
def while_test_may_not_be_evaluated_after_break(xs):
    i = 0
    while xs[i] > 0:
        i += 1
        if i == len(xs):
            break
    return i


@case((3,), (1,), (10,))
def while_test_with_effects_and_break(n):
    k = 0
    while noisy(k, "test") < 5:
        k += 1
        if k == n:
            break
        print("body", k)
    else:
        print("no break")
    return k


@case((3,), (1,), (10,))
def while_test_with_effects_and_return(n):
    k = 0
    while noisy(k, "test") < 5 and noisy(k + 1) < 9:
        k += 1
        if k == n:
            return "early"
    return k


@case((0,), (5,))
def while_true(x):
    while True:
        x += 3
        if x > 20:
            return x
        if x % 7 == 0:
            break
    return -x


@case((3,))
def while_true_with_else(n):
    k = 0
    while 1:
        k += 1
        if k > n:
            break
    else:
        k = "never"
    while 0:
        k = "never either"
    return k


@case(([4, 5, 6], 5), ([4], 1), ([], 1))
def loop_variable_after_the_loop(xs, y):
    x = None
    for x in xs:
        if x == y:
            break
    return x


@case((4,))
def loop_variable_rebound_in_the_body(n):
    out = []
    for i in range(n):
        i = i * 2
        out.append(i)
        i += 1
    return out, i


@case(([1, 2, 3],))
def iterable_rebound_in_the_body(xs):
    s = 0
    for x in xs:
        xs = [100, 200, 300]
        s += x
    return s, xs


@case(([1, 2, 3],))
def iterable_is_the_target(x):
    s = 0
    for x in x:
        s += x
    return s, x


@case(([1, 2], [3, 4]), ([], [1]))
def zip_enumerate_reversed(xs, ys):
    s = 0
    for i, (x, y) in enumerate(zip(xs, ys), 1):
        s += i * x * y
    for y in reversed(ys):
        print(y)
    return s


@case(([(1, (2, 3)), (4, (5, 6))],))
def nested_loop_targets(rows):
    s = []
    for a, (b, c) in rows:
        s += [a + b * c]
    for [a, (b, *c)] in rows:
        s.append((a, b, c))
    return s


@case(([0.0, 0.0],))
def store_as_loop_target(a):
    for a[0] in range(3):
        print(a)
    for k, a[1] in enumerate("xy"):
        print(k, a)
    return a


@case(({"a": 1, "b": 2},))
def loops_over_a_dict(table):
    s = 0
    for key in table:
        s += table[key]
    for key, value in table.items():
        print(key, value)
    return s


@case(([1, 2, 3, 4],), ([],))
def pass_in_loops(xs):
    for x in xs:
        pass
    for x in xs:
        if x > 2:
            continue
        else:
            pass
    return len(xs)


@case(([1, 2, 3], True), ([1, 2, 3], False))
def loop_in_a_branch_with_return(xs, flag):
    if flag:
        for x in xs:
            if x == 2:
                return "found"
        print("after loop")
    else:
        print("else")
    print("tail")
    return 0


@case((1,), (2,), (3,), (4,))
def two_exits_in_one_branch(x):
    out = []
    for k in range(4):
        if k == x:
            if x == 2:
                continue
            if x == 3:
                break
            print("neither")
        else:
            if k > x + 1:
                return out
        out.append(k)
    out.append("end")
    return out


# --- expressions ------------------------------------------------------------------------------------------------


@case((1,), (-1,), (0,))
def ternaries(x):
    y = noisy(1) if x > 0 else noisy(2) if x < 0 else noisy(3)
    return (y if y > 1 else -y) + (x if x else y)


@case((1, 2), (3, 2), (1, 9))
def chained_comparisons(x, y):
    a = noisy(0) < noisy(x) < noisy(y) < noisy(5)
    b = x < y == 2
    return a, b, x < y, not 0 < x < y


@case((0, 0), (0, 1), (1, 0), (2, 3))
def and_or_not(x, y):
    a = noisy(x) and noisy(y)
    b = noisy(x) or noisy(y)
    c = not noisy(x) or (noisy(y) and noisy(4))
    if x and y or not x:
        print("then")
    return a, b, c


@case((0, 1), (3, 0))
def and_or_reading_the_target(x, y):
    y = x and y
    x = x or y or (x, y)
    y = y if x else x
    return x, y


@case((5,))
def walrus_in_while(n):
    out = []
    while (k := n - 1) > 0:
        n = k
        if k == 2:
            continue
        out.append(k)
    return out, k


@case((5,), (-5,))
def walrus_in_tests(x):
    if (y := x * 2) > 0 and (z := y + 1) > 3:
        return y, z
    return (w := y - 1), w


@case((5,))
def walrus_rebinds_what_was_read(x):
    a = x + (x := 3) * x
    b = [x, (x := 4), x]
    c = max(x, (x := 1), x)
    d = x < (x := 7) < (x := 9)
    e = {x: (x := 2), x + 1: x}
    x, y = (x := 10), x
    f = f"{x} {(x := 6)} {x}"
    return a, b, c, d, e, x, y, f


@case(([1.0, 2.0, 3.0],))
def walrus_in_indices(a):
    i = 0
    a[(i := 1)] = i
    s = a[i : (i := 2)]
    a[i] += (i := 0) + 5
    i += (i := 3)
    return a, s, i


@case(([3, 4, 5],))
def walrus_in_comprehension(xs):
    ys = [last := x * x for x in xs if (half := x / 2) > 1]
    return ys, last, half


@case((1,), (2,))
def dict_set_and_slices(x):
    table = {noisy("a"): noisy(x), "b": [x], (x, 1): {x, 2}}
    xs = [1, 2, 3, 4, 5, 6]
    return table, xs[x:], xs[:-x], xs[::2], xs[x:5:2], xs[-1]


@case((np.arange(12.0).reshape(3, 4),))
def array_indexing(A):
    n = 1
    return A[n], A[n, 2], A[n:, ::2], A[..., -1], A[:, None, n + 1].shape, A[A > 5].sum(), A[[0, n]], A[n][n + 1]


@case((2.5,))
def f_strings(x):
    width = 8
    print(f"x={x:.2f} {x!r:>{width}} {{}} {x + 1=}")
    return f"{x}" + f"{x * 2:{width}.{1 + 1}f}"


@case((2, 3))
def starred_calls(x, y):
    args = [x, y]
    options = {"sep": "-"}
    print(*args, *(k for k in args), 9, **options)
    print(noisy(1), sep=noisy("+"), end=noisy("\n"))
    return [*args, 1, *args], (*args, 5), {*args}


@case((4.0,))
def globals_and_attributes(x):
    return SCALE * math.sqrt(x) + np.linalg.norm(np.ones(4)) + math.pi


@case((2.0,))
def attributes_and_methods(x):
    box = Box(x)
    box.value = box.value * 3
    box.items[1] += box.bump() + box.value
    box.value += box.bump()
    return box.value + box.bump() * box.value, box.items, box.items.index(1.0), "-".join(["a", "b"])


@case(([3.0, 1.0, 2.0],))
def method_chains(xs):
    return np.array(xs).reshape(3, 1).sum(axis=0).tolist()[0], sorted(xs)[::-1].index(2.0)


# --- assignments ------------------------------------------------------------------------------------------------


@case(([1, 2, 3], 0, 2))
def swaps(a, i, j):
    a[i], a[j] = a[j], a[i]
    i, j = j, i
    x, y, z = i, j, a
    x, y, z = z, x, y
    return a, i, j, x, y, z


@case((1, 2))
def shifts(a, b):
    for _ in range(4):
        a, b = b, a + b
    (a, b), c = (b, a), a
    return a, b, c


@case((3,))
def multiple_targets(n):
    x = y = []
    x.append(n)
    a = b = c = n
    b += 1
    i = y[0] = 0
    i = xs = [i, i]
    i = i[1] = 1 if False else xs
    return x, y, a, b, c, xs is i


@case(([1, 2],))
def target_is_the_value(x):
    x, y = z = x
    return x, y, z


@case(([1, 2, 3, 4, 5],), ((6, 7),))
def star_unpacking(xs):
    a, *b, c = xs
    *d, e = xs
    f, *g = xs
    (h, *i), j = xs, 9
    return a, b, c, d, e, f, g, h, i, j


@case(([1, 2, 3],))
def star_unpacking_beside_a_variable_named_list(xs):
    list = 3
    a, *b = xs
    return a, b, list


@case(([1, [2, (3, 4)]],))
def nested_targets(x):
    a, [b, (c, d)] = x
    [a, b] = b, a
    return a, b, c, d


@case(([1.0, 2.0],))
def unpacking_into_what_is_unpacked(a):
    a[1], b = a
    return a, b


@case(([1, 2, 3],))
def targets_in_order(a):
    i = 0
    i, a[i] = 2, 9
    a[noisy(0)], a[noisy(1)] = noisy(5), noisy(6)
    a[noisy(2, "index")] = noisy(7, "value")
    return a


@case((1,))
def annotated(x):
    y: float
    y: float = x + 1
    z: list[int] = [y]
    z[0]: int = 3
    return y, z


@case(([[1.0, 2.0], [3.0, 4.0]],))
def augmented_subscripts(a):
    a[noisy(1)][noisy(0)] += noisy(5)
    a[0][1] *= a[1][0] - 1
    a[0] += [9.0]
    x = 3
    x -= 1
    x **= 2
    x //= 3
    return a, x


@case((np.zeros(4), 3), (np.ones(6), 2))
def augmented_slices(a, n):
    b = a[1:]
    b[:n] += 2
    a[a > 1] -= 0.5
    a[..., -1] *= noisy(n)
    a += 1
    return a, b


@case(([1.0, 2.0],))
def augmented_value_changes_the_target(a):
    a[0] += overwrite(a, 1.0)
    total = 0

    def bump():
        nonlocal total
        total += 10
        return 1

    total += bump()
    x = total + bump()
    y = max(total, bump(), total)
    return a, total, x, y


@case((1,))
def deleted(x):
    y = x
    del x
    x = y + 1
    z = w = 2
    del z, w
    return x


@case((1,), (-1,))
def asserted(x):
    assert x > 0, f"{noisy(x)} is not positive"
    assert noisy(x)
    return x


@case((1,), (2,), (3,))
def raised(x):
    if x == 1:
        raise ValueError
    if x == 2:
        error = KeyError(noisy(x))
        raise TypeError(noisy("a")) from error
    raise RuntimeError("c", noisy(x)) from ValueError(noisy(4))


@case((3,))
def expression_statements(x):
    x
    "text"
    x + noisy(1)
    [noisy(k) for k in range(x)]
    noisy(1) if x > 5 else noisy(2)
    x > 1 and noisy(3)
    (noisy(1), noisy(2))
    return ...


# --- comprehensions ---------------------------------------------------------------------------------------------


@case(([1, 2, 3, 4],), ([],))
def list_comprehensions(xs):
    x = "mine"
    ys = [x * x for x in xs if x % 2 if x > 1]
    zs = [(x, y) for x in xs for y in range(x) if x != y]
    return x, ys, zs


@case(([[1, 2], [3]],))
def comprehensions_in_comprehensions(rows):
    x = [[x + len(row) for x in row] for row in rows]
    row = [x for x in x]
    x = [[x for x in x] for x in x if x]
    return x, row


@case(([("a", 1), ("b", 2)],))
def dict_comprehensions(pairs):
    return {noisy(k): noisy(v) for k, v in pairs if v}, {v: k for k, v in pairs}, {1: k for k, _ in pairs}


@case(([1.0, 2.0, 3.0],), ([0.0],))
def generators_used_up(xs):
    y = sum(x * x for x in xs) + max((x for x in xs), default=0) + math.fsum(x for x in xs if x > 1)
    return y, ",".join(str(x) for x in xs), tuple(x for x in xs), np.array(list(k for k in xs))


@case(([1, 2, 3],), ([],), ([0, 0, 1],), ([0],))
def any_and_all_stop_early(xs):
    a = any(noisy(x) > 1 for x in xs)
    b = all(noisy(x) for x in xs if x < 3)
    c = any(noisy(x * y) == 2 for x in xs for y in xs)
    while not all(x > 2 for x in xs):
        xs = [x + 1 for x in xs]
    return a, b, c, xs


@case(([1, -2, 3],))
def witness(xs):
    if any((found := x) < 0 for x in xs):
        return found
    return None


@case(([1, 2, 3],))
def loop_over_a_generator(xs):
    s = 0
    for y in (x * 2 for x in xs):
        s += y
    a, b, c = (x + 1 for x in xs)
    return s, a, b, c


@case((3,))
def lambdas_in_comprehensions(n):
    fs = [(lambda y, k=k: y * k) for k in range(n)]
    gs = [(lambda k: k + 1)(k=k) for k in range(n)]
    return [f(10) for f in fs], gs


@case((6,))
def comprehension_in_a_loop_with_exits(n):
    out = []
    for i in range(n):
        row = [j for j in range(i) if j % 2]
        if not row:
            continue
        if len(row) > 2:
            break
        out.append([i for i in row])
    return out, i


# --- functions in functions -------------------------------------------------------------------------------------


@case((2,))
def lambdas(x):
    f = lambda y, k=x * 2: y + k + x
    g = lambda *args, **options: (args, options)
    x = 100
    return f(1), f(1, 2), f(y=1, k=3), g(1, a=x), (lambda: x)()


@case((2,))
def nested_defs(x):
    def outer(y, z=noisy(x) + 1, *, w=[x, 1][0]):
        """Kept as it is."""

        def inner():
            return y + z + w

        if y > 5:
            return 0
        return inner()

    x = 50
    return outer(1) + outer(y=7) + outer(1, 2, w=3)


@case((3,))
def nonlocals(n):
    count = 0

    def bump(by):
        nonlocal count
        count += by
        return count

    a = count + bump(1) + count
    b = [count, bump(2), count]
    c = count < bump(3) < count + 1
    for i in range(n):
        count -= bump(i)
    return a, b, c, count


@case((1,))
def global_writes(x):
    global SCALE
    before = SCALE
    SCALE = x
    y = SCALE + x
    SCALE = before
    return y


@case((4.0,))
def imports_inside(x):
    import math as t
    import os.path
    from operator import add as plus

    y = t.sqrt(x) * (x + 1)
    return plus(y, t.pi), os.path.basename("a/b")


@case((3,), (0,))
def names_like_ours(t):
    stop = t + 1
    result = [stop * 2 + t]
    done = skip = items = t
    for t1 in range(t):
        if t1 == 1:
            return result, done
        items += t1
    return stop, skip, items


@case((5,), (0,))
def recursion(n):
    return 1 if n <= 1 else n * recursion(n - 1)


@case((1, 2), (1,))
def signature(a, b=5, *rest, c=3, **options):
    return a + b * c, rest, options


@case((1,))
def values_and_targets_in_python_s_order(x):
    out = []
    out.append(push(out, 1) + push(out, 2))
    table = {push(out, 3): push(out, 4), push(out, 5): push(out, 6)}
    table[push(out, 7)] = push(out, 8)
    y = push(out, 9) * (push(out, 10) - push(out, 11)) ** push(out, 2)
    return out, table, y, out[push(out, 0)], push(out, x) if push(out, 0) else push(out, 13)


# --- match --------------------------------------------------------------------------------------------------------


@dataclass
class Pair:
    left: object
    right: object


class Empty:
    pass


ANYTHING = (
    (0,), (1,), (2.5,), ("a",), ("b",), (None,), (True,), ((),), ([1],), ([1, 2],), ((1, 2, 3),), ([3, [4, 5]],),
    ({},), ({"k": 1},), ({"k": 1, "m": 2},), ({"k": [1, 2]},), (Pair(1, 2),), (Pair(2, 1),), (Pair("a", [1, 2]),),
    (range(2),), (b"ab",), (np.arange(2),),
)  # fmt: skip


@case(*ANYTHING)
def match_everything(x):
    match x:
        case 0 | "a":
            return "literal"
        case True | None:
            return "singleton"
        case [a]:
            return "one", a
        case [a, [b, *c]] | (a, b, c):
            return "nested", a, b, c
        case {"k": [*ks], **rest}:
            return "lists", ks, rest
        case {"k": k, **rest} if noisy(rest, "rest"):
            return "rest", k, rest
        case {"k": k}:
            return "mapping", k
        case Pair(left=1) as p:
            return "keyword", p.right
        case Pair(a, [*b]) | Pair(1 as a, b):
            return "positional", a, b
        case Pair(right=int(n)):
            return "int", n
        case Pair(missing=_):
            return "never"
        case str(text) | bytes(text):
            return "text", text
        case float() as f if noisy(f, "guard") > 100:
            return "large"
        case int() | float():
            return "number", x
        case (*items, last):
            return "sequence", list(items), last
        case np.ndarray(shape=(n,)):
            return "array", n
    return "nothing"


@case(*ANYTHING)
def match_without_a_return(x):
    y = "unset"
    match noisy(x, "subject"):
        case [y, z] if noisy(y, "y") == 1:
            out = z
        case [x, *_]:
            out = x
        case {"k": out}:
            pass
        case Pair(y, out):
            pass
        case other:
            out = other
    return x, y, out


@case(([1, "skip", [2, 3], "stop", 9],), ([],), (["stop"],), ([{"k": 5}, 7],))
def match_in_a_loop(items):
    found = []
    for item in items:
        match item:
            case "skip":
                continue
            case "stop":
                break
            case [a, b]:
                found += [a, b]
            case {"k": v}:
                return found, v
            case _:
                found.append(item)
        found.append("after")
    else:
        found.append("else")
    return found


@case((1,), ([1, 2],), ("x",))
def match_nested_in_match(x):
    match x:
        case [a, b]:
            match a:
                case 1:
                    match b:
                        case 2:
                            return "one two"
            return "list"
        case int(n):
            match n:
                case 5:
                    y = "five"
                case m:
                    y = m
    return y


@case(([1, 2],), ([3],))
def match_names_like_its_own(matched):
    part = subject = 1
    match matched:
        case [matched1, part]:
            matched = matched1
        case [[]] | _:
            pass
    return matched, part, subject


# --- try and with -------------------------------------------------------------------------------------------------


class Managed:
    def __init__(self, name, swallows=False):
        self.name, self.swallows = name, swallows

    def __enter__(self):
        print("enter", self.name)
        return [self.name, 1]

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, kind)
        return self.swallows


@case((1,), (0,), ("a",), ([],))
def several_handlers(x):
    try:
        y = noisy(1 / x, "quotient")
    except ZeroDivisionError as error:
        return "zero", str(error)
    except (TypeError, ValueError) as e:
        y = type(e).__name__
    else:
        y = y + noisy(1, "else")
    finally:
        print("finally")
    return y


@case((1,), (0,), ("a",))
def handlers_that_return(x):
    for k in range(3):
        try:
            if k == 1:
                return 1 / x, k
            x = x - 0
        except ZeroDivisionError:
            continue
        except TypeError:
            break
        print("after", k)
    else:
        return "else"
    return "end", k


@case((1,), (0,), ("a",))
def raised_again(x):
    try:
        try:
            return 1 / x
        except ZeroDivisionError as error:
            raise KeyError("zero") from error
        except TypeError:
            print("again")
            raise
    except KeyError as error:
        return repr(error), repr(error.__cause__)


@case((1,), (0,), ("a",))
def bare_handler(x):
    try:
        return [1 / x][0]
    except:  # noqa: E722
        return "any"


@case((1,), (0,), ("a",))
def managed(x):
    with Managed("a") as (name, one), Managed("b", True):
        y = noisy(one / x, name)
        if y == 1:
            return y
    with Managed("c"):
        print("body")
    return name, one


class Early(Exception):
    pass


@case((0,), (1,), (2,), (5,), (9,))
def jumps_to_handlers(n):
    found = []
    for k in range(n):
        try:
            for j in range(5):
                found.append(j)
                if j > k:
                    raise Early(j, noisy(k))
                if k == 3:
                    raise Early
                if k == 7:
                    return found
            found.append("whole")
        except Early as early:
            found.append(early.args)
            if k == 4:
                break
        except ValueError:
            found.append("never")
        else:
            found.append("else")
            continue
        finally:
            found.append("finally")
        found.append("after")
    return found, "end"


@case((0,), (1,), (2,))
def jumps_without_a_name(n):
    try:
        if n == 1:
            raise Early(noisy("made", n))
        if n == 2:
            raise StopIteration
        print("no jump")
    except (Early, StopIteration):
        print("jumped")


@case((3,), (0,))
def managed_in_a_loop(n):
    total = 0
    while n > 0:
        n -= 1
        with Managed(n):
            if n == 1:
                continue
            try:
                total += 10 // n
            finally:
                total += 1
    return total


LAMBDAS = [
    (lambda x, y=2: x * y + 1 if x > 0 else -x, ((1,), (-1, 3))),
    (lambda xs: [x + 1 for x in xs if 0 < x < 9], (([1, 10, 3],),)),
]
