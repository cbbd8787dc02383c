"""Budgets of memory: the same gradient to the bit, within the budget, with as much computed again as foretold."""

import contextlib
import gc
import io
import math
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest

from sct_ad import checkpoint, checkpointed, grad, value_and_grad
from sct_ad.errors import ArgumentError
from tests import test_checkpointed as loops
from tests.numerical import leaves
from tests.programs import PROGRAMS
from tests.test_checkpointed import copied, plain


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1 + 0.1 * x
        s = s + x * x
    return s


def evolved(u, n):
    for i in range(n):
        u = u + 0.01 * np.sin(u) * u
    return np.sum(u)


def diffused(u, n):
    for i in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


def while_it_grows(x, limit):
    k = 0
    while x < limit:
        x = x * (1.001 + 0.0005 * math.sin(x))
        k += 1
    return x * k


def peak_of(call):
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Budgets are met at a hundredth of the sizes for which they are meant; `benchmarks/checkpointing.py` runs them in full.
@pytest.mark.parametrize(
    ("function", "args", "budget", "strategy"),
    [
        (energy, (0.5, 20_000), 1_000_000, "store"),
        (energy, (0.5, 20_000), 50_000, "recompute"),
        (energy, (0.5, 20_000), 5_000, "binomial"),
        (evolved, (np.linspace(0.0, 1.0, 20_000), 100), 8_000_000, "recompute"),
        (evolved, (np.linspace(0.0, 1.0, 20_000), 100), 2_000_000, "binomial"),
        (diffused, (np.linspace(0.0, 1.0, 20_000), 100), 8_000_000, "recompute"),
        (diffused, (np.linspace(0.0, 1.0, 20_000), 100), 2_000_000, "binomial"),
    ],
)
def test_loops_keep_within_the_budget(function, args, budget, strategy):
    expected = grad(function)(*args)
    gradient = grad(function, memory=budget)
    for _ in range(2):
        assert np.array_equal(gradient(*args), expected)
        report = gradient.memory_report()
        assert report.actual_steps == report.predicted_steps
        assert report.predicted_bytes <= report.budget == budget
    (loop,) = report.loops
    assert loop.strategy == strategy and loop.trips == args[1]
    working = 12 * getattr(args[0], "nbytes", 0) + 20_000  # arrays of the moment, and the schedule
    assert peak_of(lambda: gradient(*args)) <= 1.1 * budget + working
    if strategy != "store":
        assert loop.stored_bytes > budget
        assert peak_of(lambda: grad(function)(*args)) > budget


def test_loops_of_unknown_length_keep_within_the_budget():
    expected = grad(while_it_grows)(1.0, 2000.0)
    gradient = grad(while_it_grows, memory=20_000)
    for _ in range(2):
        assert gradient(1.0, 2000.0) == expected
        report = gradient.memory_report()
        assert report.predicted_bytes <= 20_000 and report.actual_steps == report.predicted_steps
    assert report.loops[0].trips > 5_000
    assert peak_of(lambda: gradient(1.0, 2000.0)) < 60_000 < peak_of(lambda: grad(while_it_grows)(1.0, 2000.0))


@pytest.mark.parametrize("budget", [1, 700, 3000, 10**9])
@pytest.mark.parametrize(("program", "args"), loops.PROGRAMS, ids=loops.IDS)
def test_the_same_gradient_to_the_bit(program, args, budget):
    expected = value_and_grad(program)(*copied(args), plain)
    gradient = value_and_grad(program, memory=budget)
    given = copied(args)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(3):
            value, found = gradient(*given, plain)
            assert value == expected[0] and np.array_equal(found, expected[1])
    assert all(np.array_equal(a, b) for a, b in zip(given, args))
    assert gradient.memory_report().loops


LOOPED = [program for program in PROGRAMS if {"loop", "while", "view", "store"} & program.tags][::9]


@pytest.mark.parametrize("program", LOOPED, ids=lambda program: program.name)
def test_programs_with_loops_under_a_tiny_budget(program):
    with program.undone(), contextlib.redirect_stdout(io.StringIO()):
        expected = grad(program.function, program.argnums)(*program.args())
    with program.undone(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = grad(program.function, program.argnums, memory=1)(*program.args())
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        assert type(a) is type(b)
        assert a == b if isinstance(a, str) else np.array_equal(a, b, equal_nan=True)


def test_two_loops_share_the_budget():
    def f(x, u, n):
        for i in range(n):
            x = math.sin(x) + 0.1
        for i in range(n):
            u = np.sin(u) * x
        return np.sum(u)

    args = 0.5, np.ones(500), 200
    gradient = grad(f, (0, 1), memory="100kB")
    expected = grad(f, (0, 1))(*args)
    for _ in range(3):
        found = gradient(*args)
        assert found[0] == expected[0] and np.array_equal(found[1], expected[1])
    first, second = gradient.memory_report().loops
    assert (first.strategy, second.strategy) == ("store", "binomial")
    assert first.predicted_bytes + second.predicted_bytes <= 100_000


def test_a_budget_that_is_too_small_is_a_warning_with_the_numbers():
    def f(u, n):
        for i in range(n):
            u = np.sin(u)
        return np.sum(u)

    message = r"the loop at .*test_memory.py:\d+ needs 16\S* kB, .* for a state and .* for a trip; the budget is 10 kB"
    gradient = grad(f, memory="10kB")
    with pytest.warns(RuntimeWarning, match=message):
        found = gradient(np.ones(1000), 5)
    assert np.array_equal(found, grad(f)(np.ones(1000), 5))


def test_loops_that_cannot_be_computed_again_are_stored_and_reported(capsys):
    def f(x, n):
        for i in range(n):
            x = math.sin(x)
            print(i, end=" ")
        return x

    gradient = grad(f, memory=1000)
    with pytest.warns(RuntimeWarning, match="since it cannot be computed again"):
        assert gradient(0.5, 100) == grad(f)(0.5, 100)
    assert capsys.readouterr().out == 2 * "".join(f"{i} " for i in range(100))
    (loop,) = gradient.memory_report().loops
    assert loop.strategy == "store" and "test_memory.py" in loop.obstacle and loop.predicted_bytes > 1000
    assert "cannot be computed again" in str(gradient.memory_report())


def test_the_budget_goes_with_the_other_options():
    def f(params, n):
        x = params["x"]
        for i in range(n):
            x = math.sin(x) * params["w"]
        return x, n

    params = {"x": 0.5, "w": 1.1}
    gradient = value_and_grad(f, has_aux=True, memory="1kB")
    assert gradient(params, 200) == value_and_grad(f, has_aux=True)(params, 200)
    assert gradient.memory_report().loops[0].strategy != "store"


class Oscillator:
    def __init__(self, stiffness):
        self.stiffness, self.position, self.speed = stiffness, 1.0, 0.0

    def run(self, dt, n):
        for _ in range(n):
            self.speed -= dt * self.stiffness * math.sin(self.position)
            self.position += dt * self.speed
        return self.position**2


def test_methods_and_objects():
    found = grad(Oscillator.run, (0, 1), memory="2kB")
    (by_self, by_dt), (expected_self, expected_dt) = (
        f(Oscillator(2.0), 0.01, 300) for f in (found, grad(Oscillator.run, (0, 1)))
    )
    assert by_dt == expected_dt and vars(by_self) == vars(expected_self)
    assert found.memory_report().actual_steps > 0


@pytest.mark.parametrize("memory", ["lots", "-3MB", 0, "5 parsecs", True, [1], float("nan")])
def test_amounts_that_are_none(memory):
    with pytest.raises(ArgumentError, match="memory must be a number of bytes or text"):
        grad(energy, memory=memory)


def test_reports_need_a_budget():
    with pytest.raises(ArgumentError, match="a memory report without a budget"):
        grad(energy).memory_report()
    assert grad(energy, memory="1MB").memory_report().loops == ()


def test_without_a_budget_the_text_is_as_ever():
    text = grad(energy, memory=None).source(0.5, 3)
    assert text == grad(energy).source(0.5, 3) and "plan" not in text


def test_gradients_with_a_budget_are_pickled():
    gradient = pickle.loads(pickle.dumps(grad(energy, memory="1MB")))
    assert gradient(0.5, 10) == grad(energy)(0.5, 10)


def test_budgets_and_marks_together():
    @checkpoint
    def residual(W, x):
        z = W * x
        return np.tanh(z) * np.sin(z) + x

    def marked(W, x, n):
        for i in range(n):
            for j in checkpointed(range(30)):
                x = residual(W, x) * 0.9
            x = x + 0.1 * i
        return np.sum(x)

    def unmarked(W, x, n):
        for i in range(n):
            for j in range(30):
                z = W * x
                x = (np.tanh(z) * np.sin(z) + x) * 0.9
            x = x + 0.1 * i
        return np.sum(x)

    W = np.linspace(0.1, 1.0, 1000)
    args = W, W[::-1].copy(), 12
    expected = grad(unmarked, (0, 1))(*args)
    for memory in (None, "300kB"):
        gradient = grad(marked, (0, 1), memory=memory)
        for _ in range(2):
            assert all(map(np.array_equal, gradient(*args), expected))
    assert gradient.memory_report().actual_steps > 0
    with pytest.warns(RuntimeWarning, match="mark a loop inside of it: checkpointed"):
        grad(unmarked, memory="300kB")(*args)
