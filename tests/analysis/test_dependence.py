"""Which elements keep their values: against what loops really do, for random nests of loops and for known algorithms."""

import ast
import math
import random

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.analysis.alias import analyse_memory
from sct_ad.analysis.dependence import Dependence, element_of
from sct_ad.analysis.inequalities import Linear, is_empty
from sct_ad.compiler import _show, specialised
from sct_ad.specialise.signature import abstract_of
from sct_ad.syntax import nodes
from tests.numerical import assert_close, difference_gradient
from tests.tapes import recorded

SIZE = 5
VARIABLES = "ijk"


def random_index(rng, known):
    parts = []
    for _ in range(2):
        name = rng.choice(known) if known and rng.random() < 0.9 else ""
        shift = rng.choice([0, 0, 0, 1, -1, 2])
        if not name:
            parts.append(str(abs(shift)))
        elif rng.random() < 0.15:
            parts.append(f"n - 1 - {name}")
        else:
            parts.append(f"{name} + {shift}" if shift > 0 else f"{name} - {-shift}" if shift else name)
    return ", ".join(parts)


def random_loop(rng, known, depth):
    name = VARIABLES[depth]
    low = rng.choice(["0", "1", *known, *(f"{v} + 1" for v in known)])
    end = rng.choice(["n", "n - 1", *known, *(f"{v} + 1" for v in known)])
    if rng.random() < 0.25:
        header = f"for {name} in range({end} - 1, {low} - 1, -1):"
    elif rng.random() < 0.15:
        header = f"for {name} in reversed(range({low}, {end})):"
    else:
        header = f"for {name} in range({low}, {end}):"
    return [header, *("    " + line for line in random_block(rng, [*known, name], depth + 1))]


def random_block(rng, known, depth):
    lines = []
    for _ in range(rng.randint(1, 3)):
        if depth < len(VARIABLES) and rng.random() < (0.9 if depth == 0 else 0.5):
            lines += random_loop(rng, known, depth)
        else:
            load, store = random_index(rng, known), random_index(rng, known)
            lines.append(f"A[{store}] = math.sin(A[{load}]) + 0.3 * A[{random_index(rng, known)}] * A[{load}]")
    return lines


def program(seed):
    """A function of nested loops over a matrix with a rim, so that no index leaves it."""
    rng = random.Random(seed)
    lines = random_block(rng, [], 0)
    return "def f(A, n):\n" + "".join(f"    {line}\n" for line in lines) + "    return np.sum(A)\n"


def loads_and_stores(tree):
    """The statements that read or write an element, in order of text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            place = node.value if isinstance(target, ast.Name) else target
            if isinstance(place, ast.Subscript) and ast.unparse(place.value) == "A":
                found.append((node, place, isinstance(target, ast.Name)))
    return sorted(found, key=lambda item: item[0].lineno)


class Watched:
    """A matrix that notes which statement reads or writes which element."""

    def __init__(self, array):
        self.array, self.events = array, []

    def note(self, number, index):
        self.events.append((number, tuple(k % n for k, n in zip(index, self.array.shape))))
        return index

    def __getitem__(self, index):
        return self.array[index]

    def __setitem__(self, index, value):
        self.array[index] = value


def overwriters(text):
    """For each access of the text, the stores that ever met its element later."""
    tree = ast.parse(text)
    accesses = loads_and_stores(tree)
    for number, (_, place, _) in enumerate(accesses):
        place.slice = ast.parse(f"A.note({number}, {ast.unparse(place.slice)})", mode="eval").body
    tree.body[0].body.pop()
    watched = Watched(np.ones((SIZE + 6, SIZE + 6)))
    namespace = {"np": np, "math": math}
    exec(compile(ast.fix_missing_locations(tree), "<watched>", "exec"), namespace)
    with np.errstate(all="ignore"):
        namespace["f"](watched, SIZE)
    stores = {number for number, (_, _, is_load) in enumerate(accesses) if not is_load}
    found = {number: set() for number in range(len(accesses))}
    for k, (number, place) in enumerate(watched.events):
        found[number] |= {other for other, where in watched.events[k + 1 :] if other in stores and where == place}
    return found


@pytest.mark.parametrize("seed", range(36))
def test_what_is_said_to_stay_does_stay(seed):
    namespace = {"np": np, "math": math}
    text = program(seed)
    exec(compile(text, "<program>", "exec"), namespace)
    argument_types = {"A": abstract_of(np.ones((SIZE + 6, SIZE + 6)), "A"), "n": abstract_of(SIZE, "n")}
    flat = specialised(namespace["f"], argument_types, text, lambda name, show: None)
    body = flat.function.body
    dependence = Dependence(body, flat.typer, analyse_memory(body, flat.typer))
    shown = _show(flat.function).replace(flat.function.name, "f", 1)
    met = overwriters(shown)
    stmts = [s for s in nodes.statements(body) if isinstance(s, (nodes.gast.Assign, nodes.gast.AugAssign))]
    accesses = [s for s in stmts if (place := element_of(s)) is not None and place.value.id == "A"]
    assert len(accesses) == len(met)
    for number, stmt in enumerate(accesses):
        writers = dependence.later_writers(stmt)
        assert {id(accesses[other]) for other in met[number]} <= writers, shown
        assert dependence.is_settled(stmt) == (not writers)


@pytest.mark.parametrize("seed", range(0, 36, 4))
def test_gradients_of_random_nests(seed, tmp_path):
    path = tmp_path / "nest.py"
    path.write_text("import math\nimport numpy as np\n\n" + program(seed))
    namespace = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    A = np.random.default_rng(seed).normal(size=(SIZE + 6, SIZE + 6)) * 0.5

    def f(A, n):
        with np.errstate(all="ignore"):
            return namespace["f"](A.copy(), n)

    expected = difference_gradient(f, (A, 3), 0)
    found = grad(namespace["f"])(A, 3)
    assert_close(found, expected, 1e-5)


def row_program(seed):
    """A function of nested loops over the rows of a matrix."""
    rng = random.Random(1000 + seed)

    def index(known):
        name = rng.choice(known)
        shift = rng.choice([0, 0, 1, -1, 2])
        return f"n - 1 - {name}" if rng.random() < 0.15 else f"{name} + {shift}" if shift >= 0 else f"{name} - {-shift}"

    def block(known, depth):
        lines = []
        for _ in range(rng.randint(1, 2)):
            if depth < 2 and rng.random() < (1.0 if depth == 0 else 0.4):
                low, end = rng.choice(["0", "1", *known]), rng.choice(["n", "n - 1", *(f"{v} + 1" for v in known)])
                lines.append(f"for {VARIABLES[depth]} in range({low}, {end}):")
                lines += ["    " + line for line in block([*known, VARIABLES[depth]], depth + 1)]
            else:
                part = rng.choice(["", ", 1:", ", :-1"]) if rng.random() < 0.5 else ""
                load, other = (f"A[{index(known)}{part}]" for _ in range(2))
                lines.append(f"row = {load}")
                lines.append(
                    f"A[{index(known)}{part}] {rng.choice(['=', '=', '+='])} np.sin(row) * 0.5 * {other} + row"
                )
        return lines

    return "def f(A, n):\n" + "".join(f"    {line}\n" for line in block([], 0)) + "    return np.sum(A * A)\n"


@pytest.mark.parametrize("seed", range(12))
def test_gradients_of_random_rows(seed, tmp_path):
    path = tmp_path / "rows.py"
    path.write_text("import numpy as np\n\n" + row_program(seed))
    namespace = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    A = np.random.default_rng(seed).normal(size=(7, 3)) * 0.5
    expected = difference_gradient(lambda A, n: namespace["f"](A.copy(), n), (A, 4), 0)
    before = A.copy()
    assert_close(grad(namespace["f"])(A, 4), expected, 1e-5)
    assert np.array_equal(A, before)


def states(x0, steps):
    x = np.zeros((steps + 1, len(x0)))
    x[0] = x0
    for t in range(steps):
        x[t + 1] = x[t] + 0.1 * np.sin(x[t]) * x[t]
    return np.sum(x**2)


def test_rows_that_stay_are_not_copied():
    x0 = np.array([0.5, -1.0, 2.0])
    text = grad(states).source(x0, 5)
    assert text.count(".append(") == 1, text
    assert_close(grad(states)(x0, 5), difference_gradient(states, (x0, 5), 0), 1e-6)


def rows_of_one_number(x, n):
    A = np.zeros((n, 3))
    s = 0.0
    for i in range(n):
        t = math.sin(x[i])
        A[i] = t
        s = s + t * t * x[i]
    return s + np.sum(A**2)


def test_a_number_is_not_read_again_from_a_row_of_it():
    x = np.array([0.5, -1.0, 2.0, 0.3])
    found = grad(rows_of_one_number)(x, 4)
    assert_close(found, difference_gradient(rows_of_one_number, (x, 4), 0), 1e-6)


def cholesky(A):
    n = len(A)
    L = A.copy()
    for j in range(n):
        for k in range(j):
            L[j, j] -= L[j, k] * L[j, k]
        L[j, j] = math.sqrt(L[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                L[i, j] -= L[i, k] * L[j, k]
            L[i, j] /= L[j, j]
    return L[n - 1, 0] + np.sum(np.tril(L) ** 2)


def lu(A):
    n = A.shape[0]
    A = A.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A)


def back_substitution(U, b):
    n = len(b)
    x = np.zeros(n)
    for i in reversed(range(n)):
        s = b[i]
        for j in range(i + 1, n):
            s -= U[i, j] * x[j]
        x[i] = s / U[i, i]
    return np.sum(x**2)


def downwards(U, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        s = b[i]
        for j in range(n - 1, i, -1):
            s -= U[i, j] * x[j]
        x[i] = s / U[i, i]
    return np.sum(x**2)


def alignment(D):
    n, m = D.shape
    C = np.zeros((n, m))
    for i in range(1, n):
        for j in range(1, m):
            C[i, j] = D[i, j] - 0.5 * math.log(math.exp(-C[i - 1, j]) + math.exp(-C[i, j - 1]))
    return C[n - 1, m - 1]


def trajectory(x0, steps):
    x = np.zeros(steps + 1)
    x[0] = x0[0] * x0[1]
    for t in range(steps):
        x[t + 1] = x[t] + 0.1 * math.sin(x[t]) * x[t]
    return np.sum(x**2)


RNG = np.random.default_rng(3)
S = RNG.normal(size=(4, 4))
SPD, UPPER = S @ S.T + 4.0 * np.eye(4), np.triu(S) + 3.0 * np.eye(4)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (cholesky, (SPD,)),
        (lu, (SPD,)),
        (back_substitution, (UPPER, S[0])),
        (downwards, (UPPER, S[0])),
        (alignment, (abs(S),)),
        (trajectory, (S[0], 6)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_nothing_is_recorded_that_stays_where_it_is(function, args):
    argnums = tuple(k for k, arg in enumerate(args) if isinstance(arg, np.ndarray))
    gradient = grad(function, argnums)
    text = gradient.source(*args)
    expected = {alignment: 2, trajectory: 1}  # what exp and sin gave, and no element
    assert recorded(text) == expected.get(function, 0)
    for argnum, found in zip(argnums, gradient(*args)):
        assert_close(found, difference_gradient(function, args, argnum), 1e-6)


def solved_from_the_end(d, x):
    x = x * 0.0
    x[-1] = d[-1]
    for i in range(len(d) - 2, -1, -1):
        x[i] = d[i] - d[i + 1] * x[i + 1]
    return np.sum(x**2)


def by_rows(U, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        row = U[i]
        s = b[i]
        for j in range(i + 1, n):
            s -= row[j] * x[j]
        x[i] = s / row[i]
    return np.sum(x**2)


def rows_in_place(A, n):
    for i in range(1, n):
        row, above = A[i], A[i - 1]
        for j in range(1, n):
            row[j] = row[j - 1] * above[j]
    return np.sum(A**2)


def eliminated(A, n):
    A = A.copy()
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            A[i, k + 1 :] -= A[i, k] * A[k, k + 1 :]
    return np.sum(A**2)


def with_pivots(A, n):
    A = A.copy()
    result = 1.0
    for k in range(n):
        pivot = k + np.argmax(np.abs(A[k:, k]))
        if pivot != k:
            A[[k, pivot]] = A[[pivot, k]]
        result += A[k, k] ** 2
        for i in range(k + 1, n):
            A[i, k + 1 :] -= 0.5 * A[k, k + 1 :]
    return result


@pytest.mark.parametrize(
    ("function", "args", "recorded"),
    [
        (solved_from_the_end, (S[0], S[1]), 0),
        (by_rows, (UPPER, S[0]), 0),
        (rows_in_place, (S, 4), 0),
        (eliminated, (SPD, 4), 0),
        (with_pivots, (S, 4), 1),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_only_what_is_written_over_what_is_read_is_recorded(function, args, recorded):
    argnums = tuple(k for k, arg in enumerate(args) if isinstance(arg, np.ndarray))
    gradient = grad(function, argnums)
    text = gradient.source(*args)
    assert text.count(".append(") == recorded, text
    for argnum, found in zip(argnums, gradient(*args)):
        assert_close(found, difference_gradient(function, args, argnum), 1e-6)


def views_of_moving_parts(A, n):
    s = 0.0
    for k in range(1, n):
        w = A[n - k - 1 :]
        t = w[0]
        s += t * t
        w[1] = t * 0.5
    return s + np.sum(A**2)


def swept_twice(A, n):
    for _ in range(2):
        for i in range(1, n):
            A[i] = A[i - 1] * A[i]
    return np.sum(A)


def overwritten_later(A, n):
    for i in range(1, n):
        A[i] = A[i - 1] * A[i]
    A[2] = A[1] * A[3]
    return np.sum(A * A)


def read_from_the_end(A, n):
    for i in range(n):
        A[i] = A[i - 1] * A[i]
    return np.sum(A)


def by_another_name(A, n):
    B = A
    for i in range(1, n):
        A[i] = A[i - 1] * 2.0 * A[i]
        B[n - i] = B[i] * A[0]
    return np.sum(A)


def by_a_view(A, n):
    half = A[n // 2 :]
    for i in range(1, n):
        A[i] = A[i - 1] * A[i]
        half[0] = A[i] * 2.0
    return np.sum(A)


def by_unknown_places(A, n):
    order = [1, 0, 2, 1, 3]
    for i in range(1, n):
        A[order[i]] = A[i - 1] * A[i]
    return np.sum(A)


def while_going_round(A, n):
    i = 1
    while i < 2 * n:
        A[i % n] = A[(i - 1) % n] * A[i % n]
        i += 1
    return np.sum(A)


def over_a_range_that_is_bound_anew(A, n):
    places = range(1, 2)
    for _ in range(2):
        for i in places:
            A[i] = A[i + 1] * A[i]
        places = range(1, n - 1)
    return np.sum(A)


def at_the_end_of_a_range(A, n):
    places = range(1, n)
    for i in range(n):
        A[i] = A[i] * A[places[-1]]
    return np.sum(A)


def in_a_recursion(A, n):
    if n == 1:
        return A[0]
    for i in range(1, n):
        A[i] = A[i - 1] * A[i]
    return A[n - 1] + in_a_recursion(A, n - 1)


@pytest.mark.parametrize(
    "function",
    [
        views_of_moving_parts,
        swept_twice,
        overwritten_later,
        read_from_the_end,
        by_another_name,
        by_a_view,
        by_unknown_places,
        while_going_round,
        over_a_range_that_is_bound_anew,
        at_the_end_of_a_range,
        in_a_recursion,
    ],
    ids=lambda f: f.__name__,
)
def test_what_is_overwritten_is_recorded(function):
    A = np.array([0.7, 1.3, -0.8, 1.1, 0.6])
    assert "tape" in grad(function).source(A, 5)
    assert_close(grad(function)(A, 5), difference_gradient(lambda A, n: function(A.copy(), n), (A, 5), 0), 1e-6)


def test_inequalities():
    i, j, n = map(Linear.of, "ijn")
    one = Linear(1)
    inside = [i, n.plus(i, -1).plus(one, -1)]
    assert is_empty([], [*inside, n.times(-1)])
    assert not is_empty([], inside)
    assert is_empty([i.times(2).plus(j.times(-2)).plus(one)], [])  # an odd number is not even
    assert is_empty([], [i.times(3).plus(one, -1), i.times(-3).plus(Linear(2))])  # no integer between 1/3 and 2/3
    assert not is_empty([], [i.times(2).plus(one, -1), i.times(-2).plus(Linear(3))])


def stored_under_a_computed_index(v, x, n):
    for i in range(n - 2, 0, -1):
        v[2 * i - 1] = v[i] / (2.0 + x * x)
    return np.sum(v)


def stored_under_two_names(v, x, n):
    for k in range(2):
        for i in range(n - 2, 0, -1):
            r = v[i] * x
            u = r * r
            j = 2 * i - 1 + k
            v[j] = r
            x = x + 0.1 * u * math.sin(r)
    return np.sum(v) * x


@pytest.mark.parametrize("function", [stored_under_a_computed_index, stored_under_two_names])
def test_what_is_read_back_is_read_after_its_index_is_there(function):
    v = np.random.default_rng(5).normal(size=9)
    for argnum, found in enumerate(grad(function, (0, 1))(v, 0.7, 4)):
        assert_close(found, difference_gradient(lambda v, x, n: function(v.copy(), x, n), (v, 0.7, 4), argnum), 1e-6)


def test_a_number_under_a_computed_index_is_read_from_there():
    text = grad(stored_under_a_computed_index, (0, 1)).source(np.ones(9), 0.7, 4)
    assert "tape" not in text and "bx -= t1 * v[2 * i - 1] / t" in text
