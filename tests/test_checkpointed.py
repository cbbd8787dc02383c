"""Checkpointed loops and functions: the same gradient to the bit, nothing recorded in the forward sweep, effects once."""

import math
import tracemalloc
import warnings

import numpy as np
import pytest

from sct_ad import checkpoint, checkpointed, grad, hvp, jvp, value_and_grad, vjp
from sct_ad.errors import UnsupportedError
from tests.numerical import assert_close, difference_gradient


def plain(trips):
    return trips


def by_root(trips):
    return checkpointed(trips)


def every_three(trips):
    return checkpointed(trips, every=3)


def two_states(trips):
    return checkpointed(trips, snapshots=2)


def three_states(trips):
    return checkpointed(trips, every=2, snapshots=3)


LOOPS = [by_root, every_three, two_states, three_states]


def energy(x, n, loop):
    s = 0.0
    for i in loop(range(n)):
        x = math.sin(x) * 1.1 + 0.01 * i
        s = s + x * x
    return s


def several_states(x, v, n, loop):
    for i in loop(range(2, 2 * n, 2)):
        v = v - 0.1 * math.sin(x) * i
        x = x + 0.1 * v
    return x * v


def in_place(u, n, loop):
    for _ in loop(range(n)):
        u[1:-1] += 0.1 * np.sin(u[2:]) * u[:-2]
        u[0] = u[-1] * u[1]
    return np.sum(u**2)


def swapped(u, n, loop):
    v = np.zeros(u.shape)
    for _ in loop(range(n)):
        v[1:-1] = np.sin(u[1:-1]) + 0.1 * (u[2:] * u[:-2])
        u, v = v, u
    return np.sum(u**2)


def made_anew(u, n, loop):
    for _ in loop(range(n)):
        v = np.empty_like(u)
        v[0], v[-1] = u[0], u[-1]
        v[1:-1] = np.sin(u[1:-1]) + 0.1 * (u[2:] * u[:-2])
        u = v
    return np.sum(v**2) + np.sum(u)


def views(u, n, loop):
    left, right = u[:-1], u[1:]
    for k in loop(range(n)):
        left *= np.cos(right)
        middle = u[1:-1]
        middle += 0.1 * k * u[0]
    return np.sum(left**2)


def branches(x, n, loop):
    last = x
    for i in loop(range(n)):
        if i % 3 == 0:
            last = x
            x = math.sin(x) + 0.5
        elif x > 0.9:
            x = x * x * 0.7
        else:
            x = x + last * 0.3
    return x * last


def inner_loops(u, n, loop):
    total = 0.0
    for i in loop(range(n)):
        while np.sum(u) > 2.0:
            u = u * 0.7
        for j in range(i % 3):
            u = u * np.cos(u) + 0.1 * j
            if u[0] < 0.2:
                break
        total = total + u[i % 2]
    return total + np.sum(u)


def left_early(x, n, loop):
    for i in loop(range(n)):
        x = x * (1.0 + 0.1 * math.sin(x))
        if x > 1.5:
            break
        x = x + 0.01
    return x * x


def collects(x, n, loop):
    seen = [x]
    for i in loop(range(n)):
        x = math.sin(x) + 0.1 * seen[i]
        seen.append(x * x)
    return sum(seen) + seen[-1] * seen[n // 2]


def list_of_states(x, n, loop):
    q = [x, 1.0, 0.5]
    for i in loop(range(n)):
        q[0] = q[0] + 0.1 * q[1] * q[2]
        q[1] = math.sin(q[0])
        q[2] = q[2] * q[1]
    return q[0] * q[2]


def over_rows(A, loop):
    h = np.zeros(A.shape[1])
    for row in loop(A):
        h = np.tanh(h * row + 0.3)
    return np.sum(h)


def zipped(xs, ys, loop):
    s = 1.0
    for k, (x, y) in loop(enumerate(zip(xs, ys))):
        s = math.sin(s * x) + y * k
    return s


def nested(u, n, loop):
    for i in loop(range(n)):
        s = u
        for j in loop(range(4)):
            u = u * np.cos(s) + 0.1 * np.sin(u)
        u = u + 0.1 * s * u
    return np.sum(u)


def within_a_loop(x, n, loop):
    s = 0.0
    for k in range(3):
        for i in loop(range(n + k)):
            x = math.sin(x + k)
            s = s + 0.1 * x * x
        x = x + s
    return x


def complex_state(z, n, loop):
    for _ in loop(range(n)):
        z = z * z * 0.5 + 0.1j
    return abs(z)


U = np.linspace(0.1, 1.0, 6)
PROGRAMS = [
    (energy, (0.5, 11)),
    (several_states, (0.5, 1.2, 8)),
    (in_place, (U, 7)),
    (swapped, (U, 7)),
    (made_anew, (U, 7)),
    (views, (U, 7)),
    (branches, (0.4, 12)),
    (inner_loops, (U, 9)),
    (left_early, (0.7, 12)),
    (collects, (0.4, 9)),
    (list_of_states, (0.4, 9)),
    (over_rows, (np.cos(np.arange(24.0)).reshape(8, 3),)),
    (zipped, (np.linspace(0.1, 1.0, 7), np.linspace(1.0, 0.2, 7))),
    (nested, (U, 5)),
    (within_a_loop, (0.4, 5)),
    (complex_state, (0.3 + 0.4j, 8)),
]
IDS = [program.__name__ for program, _ in PROGRAMS]


def copied(args):
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("program", "args"), PROGRAMS, ids=IDS)
def test_the_same_gradient_to_the_bit(program, args, loop):
    if program is left_early and loop in (two_states, three_states):
        with pytest.raises(UnsupportedError, match="snapshots= of a loop that may end early"):
            grad(program)(*copied(args), loop)
        return
    expected = value_and_grad(program)(*copied(args), plain)
    given = copied(args)
    value, gradient = value_and_grad(program)(*given, loop)
    assert value == expected[0] and np.array_equal(gradient, expected[1]), "computed otherwise than recorded"
    assert all(np.array_equal(a, b) for a, b in zip(given, args)), "arguments are left alone"
    assert program(*copied(args), loop) == value


@pytest.mark.parametrize(("program", "args"), PROGRAMS[:-1], ids=IDS[:-1])
def test_the_gradient_is_right(program, args):
    assert_close(grad(program)(*copied(args), every_three), difference_gradient(program, (*copied(args), plain)))


@pytest.mark.parametrize("loop", LOOPS)
def test_loops_that_make_no_trip(loop):
    assert grad(energy)(0.5, 0, loop) == 0.0
    assert np.array_equal(grad(in_place)(U, 0, loop), 2.0 * U)
    assert np.array_equal(grad(swapped)(U, -1, loop), 2.0 * U)


def test_the_text_is_two_nested_loops():
    def f(x, n):
        for i in checkpointed(range(n), every=10):
            x = math.sin(x)
        return x

    assert (
        grad(f).source(0.5, 30)
        == """\
def f_grad(x, n, bx=1.0):
    x_kept = []
    for first in range(0, n, 10):
        x_kept.append(x)
        for i in range(first, min(first + 10, n)):
            x = math.sin(x)
    x_tape = []
    for first in reversed(range(0, n, 10)):
        x = x_kept.pop()
        for i in range(first, min(first + 10, n)):
            x_tape.append(x)
            x = math.sin(x)
        for i in reversed(range(first, min(first + 10, n))):
            x = x_tape.pop()
            bx = bx * math.cos(x)  # x = math.sin(x)
    return bx
"""
    )


def test_outside_of_differentiation_they_do_nothing():
    assert checkpointed(range(3)) == range(3)
    assert checkpoint(math_helper)(0.5) == math_helper(0.5)
    assert checkpoint(math_helper).__name__ == "math_helper"
    with pytest.raises(ValueError, match="every must be at least 1"):
        checkpointed(range(3), every=0)
    with pytest.raises(TypeError, match="checkpoint expects a function"):
        checkpoint(math.sin)


def math_helper(x):
    y = math.cos(x)
    return y * y * x


LOG = []


def logs(x, n):
    for i in checkpointed(range(n)):
        x = math.sin(x)
        LOG.append(i)
    return x


def prints(x, n):
    for i in checkpointed(range(n)):
        x = math.sin(x)
        print(i)
    return x


def draws(x, n, rng):
    for i in checkpointed(range(n)):
        x = math.sin(x) + rng.normal()
    return x


def tries(x, n):
    for i in checkpointed(range(n)):
        try:
            x = math.log(x)
        except ValueError:
            x = 0.5
    return x


def collects_arrays(x, n):
    seen = []
    for i in checkpointed(range(n)):
        x = np.sin(x)
        seen.append(x)
    return sum(np.sum(y) for y in seen)


@checkpoint
def printing(x):
    print(x)
    return x * x


def calls_printing(x):
    return printing(x) * 2.0


@pytest.mark.parametrize(
    ("function", "args", "line"),
    [
        (logs, (0.5, 3), "LOG.append(i)"),
        (prints, (0.5, 3), "print(i)"),
        (draws, (0.5, 3, np.random.default_rng(0)), "x = math.sin(x) + rng.normal()"),
        (tries, (0.5, 3), "try:"),
        (collects_arrays, (np.ones(3), 3), "seen.append(x)"),
        (calls_printing, (0.5,), "print(x)"),
    ],
)
def test_what_would_happen_again_is_refused_at_its_line(function, args, line):
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(*args)
    assert caught.value.text.strip() == line
    assert "instead: " in str(caught.value)


def test_effects_around_them_happen_once(capsys):
    def f(x, n):
        print("before")
        for i in checkpointed(range(n)):
            x = math.sin(x)
        print("after")
        return x

    grad(f)(0.5, 4)
    assert capsys.readouterr().out == "before\nafter\n"


def test_effects_of_loops_that_are_not_differentiated_are_no_obstacle(capsys):
    def f(x, n):
        for i in checkpointed(range(n)):
            print(i)
        return x * x

    assert grad(f)(0.5, 2) == 1.0
    assert capsys.readouterr().out == "0\n1\n"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda xs: checkpointed((xs, 2.0)), "this kind of iterable"),
        (lambda xs: enumerate(checkpointed(xs)), "no loop goes over itself"),
    ],
)
def test_loops_that_cannot_be_checkpointed(make, what):
    def f(x):
        for y in make(x):
            x = x * 2.0
        return x

    with pytest.raises(UnsupportedError, match=what):
        grad(f)(0.5)


def test_raising_in_a_checkpointed_loop_is_as_in_the_function():
    def f(x, n):
        for i in checkpointed(range(n)):
            if x > 2.0:
                raise ValueError("too large")
            x = x * x
        return x

    assert grad(f)(1.1, 3) == pytest.approx(8 * 1.1**7)
    with pytest.raises(ValueError, match="too large"):
        grad(f)(1.5, 5)


# --- functions ------------------------------------------------------------------------------------------------------


def layer(W, x):
    z = W @ x
    return np.tanh(z) * np.sin(z)


def smooth(u, n):
    for _ in range(n):
        u[1:-1] += 0.1 * np.sin(u[2:]) * u[:-2]


def two_results(x, y):
    t = x * y
    return math.sin(t), t * t


def made(x, n):
    y = np.zeros(n)
    for k in range(n):
        y[k] = math.sin(x * k) + (y[k - 1] if k else 0.0)
    return y


def stacked(W, x, layer):
    for _ in range(3):
        x = layer(W, x)
    y = layer(W, x)
    return np.sum(layer(W, y) ** 2)


def smoothed(u, smooth):
    for _ in range(3):
        smooth(u, 2)
    smooth(u, 1)
    return np.sum(u**3)


def unpacked(x, y, two_results):
    a, b = two_results(x, y)
    c, d = two_results(a, b)
    return c * d + a


def outliving(x, made):
    y = made(x, 5)
    y[2] = y[1] * y[2]
    return np.sum(y * y)


def branching(x, helper):
    if x > 0.1:
        x = helper(x)
    k = 0
    while k < 3 and x < 2.0:
        x = helper(x) + 1.0
        k += 1
    return x


class Model:
    def __init__(self, weight):
        self.weight, self.history = weight, [0.5]

    def run(self, n, loop):
        for _ in loop(range(n)):
            self.weight = math.sin(self.weight) * 1.1
            self.history.append(self.weight)
        return sum(self.history) * self.history[2]

    @checkpoint
    def step(self, x):
        self.weight = self.weight * math.cos(x)
        return math.sin(x * self.weight)


W = np.cos(np.arange(16.0)).reshape(4, 4)
CALLS = [
    (stacked, (W, np.ones(4)), (0, 1), layer),
    (smoothed, (U,), 0, smooth),
    (unpacked, (0.7, 1.3), (0, 1), two_results),
    (outliving, (0.7,), 0, made),
    (branching, (0.7,), 0, math_helper),
]


@pytest.mark.parametrize(("program", "args", "argnums", "helper"), CALLS, ids=[c[0].__name__ for c in CALLS])
def test_checkpointed_functions_give_the_same_gradient_to_the_bit(program, args, argnums, helper):
    expected = value_and_grad(program, argnums)(*args, helper)
    value, gradient = value_and_grad(program, argnums)(*args, checkpoint(helper))
    assert value == expected[0]
    pairs = zip(gradient, expected[1]) if isinstance(argnums, tuple) else [(gradient, expected[1])]
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_methods_lambdas_and_calls_of_checkpoint():
    def f(x):
        model = Model(1.3)
        y = model.step(x)
        double = lambda t: math.exp(t) * t  # noqa: E731
        return checkpoint(double)(model.step(y)) * model.weight

    assert_close(grad(f)(0.6), difference_gradient(f, (0.6,)))


@pytest.mark.parametrize("loop", LOOPS)
def test_attributes_are_states_too(loop):
    found, expected = (grad(Model.run)(Model(1.3), 7, how) for how in (loop, plain))
    assert vars(found) == vars(expected)


def test_nothing_in_a_checkpointed_function_is_recorded():
    @checkpoint
    def wave(x, n):
        for _ in range(n):
            x = np.sin(x) * x
        return x

    def f(x):
        return np.sum(wave(x, 4))

    text = grad(f).source(np.ones(3))
    forward, reverse = text.split("tape = []", 1)
    assert "append" not in forward and "append" in reverse


@pytest.mark.parametrize("loop", [every_three, two_states])
@pytest.mark.parametrize("program", [in_place, swapped, made_anew, views])
def test_pullbacks_can_be_called_again(program, loop):
    value, pullback = vjp(program, U, 5, loop, argnums=(0,))
    expected = grad(program)(U, 5, plain)
    for factor in (1.0, 2.0, 1.0):
        (found,) = pullback(factor)
        assert np.array_equal(found, factor * expected)


def test_what_is_computed_again_is_let_go():
    def residual(W, x):
        z = W * x
        a, b = np.tanh(z), np.sin(z)
        return a * b + x

    def network(W, x, layer):
        x = layer(W, layer(W, layer(W, layer(W, x))))
        return np.sum(layer(W, layer(W, layer(W, layer(W, x)))))

    W = np.linspace(0.0, 1.0, 20_000)
    peaks = []
    for layer in (residual, checkpoint(residual)):
        gradient = grad(network)
        expected = gradient(W, W, layer)
        tracemalloc.start()
        try:
            assert np.array_equal(gradient(W, W, layer), expected)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # Of each of the 8 calls two arrays, and two more while one is computed; plainly it is four of each.
    assert peaks[0] > 4 * 8 * W.nbytes
    assert peaks[1] < (2 * 8 + 2) * W.nbytes


@pytest.mark.parametrize("loop", [every_three, two_states])
@pytest.mark.parametrize("program", [in_place, swapped, inner_loops])
def test_tangents_and_second_derivatives(program, loop):
    def marked(u):
        return program(u, 5, loop)

    def unmarked(u):
        return program(u, 5, plain)

    v = np.cos(np.arange(6.0))
    assert_close(hvp(marked)(U, v), hvp(unmarked)(U, v))
    assert jvp(marked, (U,), (v,))[1] == jvp(unmarked, (U,), (v,))[1]


def one_loop_after_another(A, x, n):
    s = 0.1
    for i in range(1, n - 1):
        for j in range(1, n):
            s = s + A[i, j - 1]
            for k in range(i + 1, j + 1):
                A[k, i + 1] = x[0] * s
    for i in range(n - 2, 0, -1):
        s = s + x @ A[2 * i]
    return s + np.sum(A * A)


@pytest.mark.parametrize("memory", ["300B", "10kB"])
def test_the_state_that_a_loop_leaves_is_there_for_its_last_trips(memory):
    A, x = np.random.default_rng(0).normal(size=(4, 4)), np.array([0.5, -1.0, 2.0, 0.3])
    plain = grad(one_loop_after_another, (0, 1))(A, x, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        bounded = grad(one_loop_after_another, (0, 1), memory=memory)(A, x, 3)
    assert all(np.allclose(one, other) for one, other in zip(plain, bounded))
