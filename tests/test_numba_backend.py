"""The Numba backend against the Python backend and finite differences."""

import importlib.util
import math
import threading
import time
import types
import warnings
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from sct_ad import ArgumentError, UnsupportedError, custom_vjp, grad, value_and_grad
from sct_ad.errors import BackendWarning
from tests.examine import BY_NAME
from tests.golden.cases import CASES
from tests.numerical import assert_close, assert_like, difference_gradient, identical

numba = pytest.importorskip("numba")

GOLDEN = ["energy", "sweep", "newton", "swapped_buffers", "dataclass_loss", "method_loss"]
PROGRAMS = ["adam_steps", "cube", "curried", "kepler_anomaly", "leapfrog_springs", "list_methods", "newton_root"]


def in_numba(function, **options):
    return grad(function, backend="numba", **options)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_programs(name):
    function, make, argnums = CASES[name]
    args = make(np.random.default_rng(7))
    assert_close(
        in_numba(function, argnums=argnums)(*args),
        grad(function, argnums=argnums)(*make(np.random.default_rng(7))),
        1e-13,
    )
    assert identical(args, make(np.random.default_rng(7)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    program = BY_NAME[name]
    args = program.args()
    gradients = in_numba(program.function, argnums=program.argnums)(*args)
    assert identical(args, program.args())
    for argnum, gradient in zip(program.argnums, gradients, strict=True):
        assert_like(gradient, args[argnum])
        assert_close(gradient, difference_gradient(program.primal, program.args(), argnum))


def decay(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s += x * x
    return s


def test_many_calls_and_several_types():
    gradient = in_numba(decay)
    expected = grad(decay)
    for x in (0.5, 0.7, np.float64(0.2), 0.4, np.float32(0.3)):
        for n in (0, 3):
            found = gradient(x, n)
            assert type(found) is type(expected(x, n))
            assert_close(found, expected(x, n), 1e-6 if isinstance(x, np.float32) else 1e-14)
    assert_close(gradient(n=3, x=0.5), expected(0.5, 3), 1e-14)
    assert "range(n - 1, -1, -1)" in gradient.source(0.5, 3)


def test_value_and_gradient():
    value, gradient = value_and_grad(decay, backend="numba")(0.5, 4)
    assert type(value) is float
    assert_close(value, decay(0.5, 4), 1e-14)
    assert_close(gradient, grad(decay)(0.5, 4), 1e-14)


Point = namedtuple("Point", "x y")


@dataclass
class Layer:
    weights: np.ndarray
    scale: float


def of_containers(p):
    total = p["layer"].scale * p["at"].x
    for k in range(len(p["layer"].weights)):
        total += p["layer"].weights[k] ** 2 * p["at"].y + p["pair"][0][1]
    return total


def test_containers_are_taken_apart_at_the_boundary():
    def make():
        return {"layer": Layer(np.array([1.0, 2.0]), 0.5), "at": Point(1.5, 2.5), "pair": ([1.0, 2.0], "text")}

    found, expected = in_numba(of_containers)(make()), grad(of_containers)(make())
    assert type(found["at"]) is Point
    assert type(found["layer"]) is Layer
    assert found["pair"][1] == "text"
    for a, b in [
        (found["layer"].weights, expected["layer"].weights),
        (found["layer"].scale, expected["layer"].scale),
        (found["at"], expected["at"]),
        (found["pair"][0], expected["pair"][0]),
    ]:
        assert_like(a, b)
        assert_close(a, b, 1e-14)


def chain(layers, x):
    for w, b in layers:
        x = x * w + b
    return np.sum(x)


def test_lists_of_tuples_of_arrays():
    layers = [(np.full(3, 0.5 * k), np.ones(3)) for k in range(1, 4)]
    found, expected = in_numba(chain)(layers, np.arange(3.0)), grad(chain)(layers, np.arange(3.0))
    assert_like(found, expected)
    assert_close(found, expected, 1e-14)


factor = 2.0
table = np.arange(3.0)
settings = SimpleNamespace(power=2)


def of_globals(x):
    return np.sum(factor * x**settings.power * table)


def test_globals_are_never_stale(monkeypatch):
    x = np.array([1.0, 2.0, 3.0])
    gradient, own = in_numba(of_globals), grad(of_globals)
    assert_close(gradient(x), own(x), 1e-14)
    monkeypatch.setitem(globals(), "factor", 3.0)
    assert_close(gradient(x), own(x), 1e-14)
    table[0] += 7.0
    assert_close(gradient(x), own(x), 1e-14)
    monkeypatch.setitem(globals(), "table", np.ones(3))
    assert_close(gradient(x), own(x), 1e-14)
    monkeypatch.setattr(settings, "power", 3)
    assert_close(gradient(x), own(x), 1e-14)
    assert_close(gradient(x), 9.0 * x**2, 1e-14)
    with pytest.raises(UnsupportedError, match="reads .* from outside"):
        gradient.compiled(x)


def test_closures_are_never_stale():
    rate = 2.0

    def f(x):
        return rate * x * x

    gradient = in_numba(f)
    assert gradient(3.0) == 12.0
    rate = 5.0
    assert gradient(3.0) == 30.0


@numba.njit
def cubed(x):
    return x * x * x


@numba.njit
def through_njit(x):
    s = 0.0
    for i in numba.prange(len(x)):
        s += cubed(x[i])
    return s


def test_njit_functions_and_prange():
    x = np.array([1.0, 2.0, 3.0])
    assert_close(grad(through_njit)(x), 3.0 * x**2, 1e-14)
    assert_close(in_numba(through_njit)(x), 3.0 * x**2, 1e-14)


def test_the_gradient_in_other_njit_functions():
    slope = in_numba(decay).compiled(1.0, 3)

    @numba.njit
    def descend(x, n):
        for _ in range(5):
            x -= 0.1 * slope(x, n)
        return x

    x = 1.0
    for _ in range(5):
        x -= 0.1 * grad(decay)(x, 3)
    assert_close(descend(1.0, 3), x, 1e-13)
    with pytest.raises(ArgumentError, match="backend='numba'"):
        grad(decay).compiled(1.0, 3)


def words(x):
    t = x
    for k in range(3):
        t = t * len(f"{k:>{k + 2}}")
    return t


def beyond(x):
    d = {}
    for k in range(3):
        d[repr(k) * k] = x * k
    return sum(d.values())


def test_what_numba_cannot_compile_is_an_error_at_the_line_of_the_user():
    with pytest.raises(UnsupportedError, match="Numba cannot compile this") as caught:
        in_numba(beyond)(1.0)
    assert caught.value.filename == __file__
    assert "d[repr(k)" in caught.value.text or "d.values()" in caught.value.text


def spectrum(a):
    w = np.linalg.eigvals(a)
    return np.sum(w.real**2)


def test_what_numba_cannot_compile_of_what_is_called_is_an_error_at_the_line_of_the_user():
    with pytest.raises(UnsupportedError, match="Numba cannot compile this") as caught:
        in_numba(spectrum)(np.eye(2) + 0.1)
    assert caught.value.filename == __file__
    assert "w.real" in caught.value.text or "eigvals" in caught.value.text


def test_auto_falls_back_with_one_warning():
    gradient = grad(beyond, backend="auto")
    with pytest.warns(BackendWarning, match="the derivative of beyond runs in Python") as caught:
        assert gradient(2.0) == 3.0
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [gradient(2.0) for _ in range(4)] == [3.0] * 4


def test_auto_without_numba(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    def f(x):
        return x * x

    with pytest.warns(BackendWarning, match="Numba is not installed"):
        assert grad(f, backend="auto")(3.0) == 6.0
    with pytest.raises(ArgumentError, match=r"pip install sct-ad\[numba\]"):
        grad(f, backend="numba")


def test_options():
    assert_close(in_numba(decay, numba_options={"fastmath": True})(0.5, 4), grad(decay)(0.5, 4), 1e-13)
    with pytest.raises(ArgumentError, match="knows no 'fast'"):
        in_numba(decay, numba_options={"fast": True})
    with pytest.raises(ArgumentError, match="cache must be True or False, not 'yes'"):
        in_numba(decay, numba_options={"cache": "yes"})
    with pytest.raises(ArgumentError, match="without Numba"):
        grad(decay, numba_options={"fastmath": True})
    with pytest.raises(ArgumentError, match="one of 'python', 'numba', 'auto'"):
        grad(decay, backend="jax")
    with pytest.raises(ArgumentError, match="budget of memory"):
        in_numba(decay, memory="1MB")


def drawn(x):
    return x * np.random.normal()


def remainder(x, n):
    return x * (7 // n)


def test_what_would_be_silently_different_is_refused():
    with pytest.raises(UnsupportedError, match="another generator"):
        in_numba(drawn)(1.0)
    with pytest.raises(ZeroDivisionError):
        in_numba(remainder)(1.0, 0)


def test_threads():
    gradient = in_numba(decay)
    found = {}

    def work(n):
        found[n] = gradient(0.5, n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    own = grad(decay)
    assert all(abs(found[n] - own(0.5, n)) < 1e-13 for n in range(6))


def left_early(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            x = math.sin(x) + 0.1 * j
            if x > 1.0:
                x = x * x * 0.3
            s += x * x
        if s > 40.0:
            break
    while s > 5.0:
        s = s * s / (s + 3.0)
    return s


def of_three_kinds(z, n):
    s = 0.0
    for i in range(n):
        z = z * z + 0.1
        k = 2 if z.real > 0.3 else 3
        s += abs(z) ** k
    return s


@pytest.mark.parametrize(("function", "x"), [(left_early, 0.3), (of_three_kinds, 0.3 + 0.2j)])
@pytest.mark.parametrize("n", [0, 1, 40])
def test_tapes_in_arrays(function, x, n):
    found = derivative(function)(x, n)
    expected = grad(function)(x, n)
    assert type(found) is type(expected)
    assert_close(found, expected, 1e-12)


@cache
def derivative(function):
    return in_numba(function)


def test_tapes_are_arrays_of_known_size_where_that_is_known():
    text = in_numba(decay).source(0.5, 4)
    assert "x_tape = np.empty(max(n, 0), np.float64)" in text
    assert "longer" not in text
    assert "longer(" in in_numba(left_early).source(0.5, 4)


def texts(x, n):
    return x * len(f"{n}{n > 2}{str(n)}{n!s}")


def text_of_a_float(x):
    return x * len(f"{x}")


def str_of_an_array(x, n):
    return x * len(str(np.ones(n)))


def repr_of_a_tuple(x, n):
    return x * len(repr((n, 2)))


def test_text_is_that_of_python_or_refused():
    assert in_numba(texts)(1.5, 13) == grad(texts)(1.5, 13)
    for function, args in [(text_of_a_float, (1.5,)), (str_of_an_array, (1.5, 3)), (repr_of_a_tuple, (1.5, 3))]:
        with pytest.raises(UnsupportedError, match="Numba cannot compile this"):
            in_numba(function)(*args)
        with pytest.warns(BackendWarning):
            assert grad(function, backend="auto")(*args) == grad(function)(*args)


SEEN = []


def counts(x, seen):
    return x * (2 + len(seen) + len(SEEN))


def summed(xs):
    s = 0.0
    for x in xs:
        s += x * x
    return s


def walked(tree):
    value, children = tree
    s = value * value
    for child in children:
        s += child[0]
    return s


@pytest.mark.parametrize(
    ("function", "argument", "what"),
    [(summed, [1.0, 2], "several types"), (walked, (2.0, []), "an empty list")],
)
def test_lists_of_no_type_or_several(function, argument, what):
    with pytest.raises(UnsupportedError, match=what):
        in_numba(function)(argument)
    with pytest.warns(BackendWarning, match=what):
        assert grad(function, backend="auto")(argument) == grad(function)(argument)


def test_empty_lists_have_no_type():
    with pytest.raises(UnsupportedError, match="an empty list"):
        in_numba(counts)(1.0, [])
    with pytest.warns(BackendWarning, match="an empty list"):
        assert grad(counts, backend="auto")(1.0, []) == 2.0


def long_sum(x, n):
    s = 0.0
    for i in range(n):
        s += math.sin(x * i)
    return s


def ticks_meanwhile(gradient, n):
    """How often this thread gets to run while another one is in the gradient, and the results."""
    found = []
    thread = threading.Thread(target=lambda: found.append(gradient(0.5, n)))
    thread.start()
    ticks = 0
    while thread.is_alive():
        time.sleep(0.001)
        ticks += 1
    return ticks, found[0]


def test_other_threads_run_meanwhile():
    free, held = in_numba(long_sum), in_numba(long_sum, numba_options={"nogil": False})
    expected = [gradient(0.5, 4_000_000) for gradient in (free, held)]
    ticks, results = zip(*(ticks_meanwhile(gradient, 4_000_000) for gradient in (free, held)))
    assert list(results) == expected and ticks[0] > 4 * ticks[1]


def test_threads_get_what_one_thread_gets():
    gradient = in_numba(long_sum)
    points = [0.1 * k for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: gradient(x, 20_000), points))
    assert found == [gradient(x, 20_000) for x in points]


SCALE, shape = 2.0, 5
module_of_the_users = types.ModuleType("module_of_the_users")
module_of_the_users.SCALE = 2.0


def with_rule(backward):
    @custom_vjp
    def square(x):
        return np.sum(x * x)

    def forward(x):
        return np.sum(x * x), x

    square.defvjp(forward, backward)

    def loss(x):
        return square(x) * 3.0

    return loss


def scaled_from_around():
    scale = 2.0

    def change():
        nonlocal scale
        scale = 5.0

    def backward(x, b):
        return (b * scale * x,)

    return backward


def scaled_by_a_global(x, b):
    return (b * SCALE * x,)


def scaled_by_a_module(x, b):
    return (b * module_of_the_users.SCALE * x,)


def plainly_scaled(x, b):
    return (b * 2.0 * x.reshape(x.shape),)


def test_rules_that_read_what_may_change_are_refused():
    x = np.array([0.5, 1.5])
    for backward, what in [
        (scaled_from_around(), "scale of the function around it"),
        (scaled_by_a_global, "the global SCALE"),
        (scaled_by_a_module, "module_of_the_users.SCALE"),
    ]:
        loss = with_rule(backward)
        with pytest.raises(UnsupportedError, match=f"cannot call {backward.__name__}, which reads {what}"):
            in_numba(loss)(x)
        with pytest.warns(BackendWarning, match="runs in Python"):
            assert_close(grad(loss, backend="auto")(x), 6.0 * x, 1e-12)
    loss = with_rule(plainly_scaled)
    assert_close(in_numba(loss)(x), 6.0 * x, 1e-12)
