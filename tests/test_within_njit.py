"""Derivatives by Numba called from other functions compiled by Numba, against the same ones called from Python."""

import math
import threading

import numpy as np
import pytest

from sct_ad import ArgumentError, UnsupportedError, grad, value_and_grad
from tests.numerical import assert_close

numba = pytest.importorskip("numba")
from numba.core.errors import NumbaError, NumbaWarning  # noqa: E402


def product(x, b, p=2.0):
    return np.sum(x * b) * p


slopes = grad(product, argnums=(0, 1), backend="numba")


@numba.njit
def called_with(x, b):
    return slopes(x, b), slopes(b=b, x=x, p=3.0), slopes(x, b, 0.5)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("m", [1, 3])
def test_one_compiled_function_serves_all_sizes(n, m):
    x, b = np.arange(n) + 1.0, np.arange(m) + 2.0
    own = grad(product, argnums=(0, 1))
    for found, p in zip(called_with(x, b), (2.0, 3.0, 0.5)):
        for one, other in zip(found, own(x, b, p), strict=True):
            assert one.shape == other.shape
            assert_close(one, other, 1e-14)


def test_compiled_for_some_sizes_serves_others():
    gradient = slopes.compiled(np.ones(3), np.ones(3))
    for n, m in [(3, 3), (3, 1), (1, 3), (1, 1)]:
        x, b = np.arange(n) + 1.0, np.arange(m) + 2.0
        for one, other in zip(gradient(x, b, 2.0), grad(product, argnums=(0, 1))(x, b), strict=True):
            assert one.shape == other.shape
            assert_close(one, other, 1e-14)
    with pytest.raises(TypeError, match="No matching definition"):
        gradient(np.ones((2, 3)), np.ones(3), 2.0)


def test_other_types_of_numbers():
    x, b = np.ones(3, np.float32), np.arange(6.0, dtype=np.float32)[::2]
    for found, p in zip(called_with(x, b), (2.0, 3.0, 0.5)):
        for one, other in zip(found, grad(product, argnums=(0, 1))(x, b, p), strict=True):
            assert one.dtype == other.dtype == np.float32
            assert_close(one, other, 1e-6)


def switched(x, up):
    return x * 3.0 if up else x * 5.0


def test_flags_are_not_taken_for_constants():
    slope = grad(switched, backend="numba")

    @numba.njit
    def both(x):
        return slope(x, x > 0.0), slope(x, x < 0.0)

    assert both(1.0) == (3.0, 5.0)
    gradient = slope.compiled(1.0, True)
    assert (gradient(1.0, True), gradient(1.0, False)) == (3.0, 5.0)


def decay(x, n):
    s = 0.0
    for _ in range(n):
        x = math.sin(x) * 1.1
        s += x * x
    return s


def test_a_derivative_as_an_argument_and_in_parallel_loops():
    both = value_and_grad(decay, backend="numba")

    @numba.njit(parallel=True)
    def all_of(derivative, xs):
        found = np.empty(len(xs))
        for i in numba.prange(len(xs)):
            found[i] = derivative(xs[i], 3)[1]
        return found

    xs = np.linspace(0.1, 1.0, 9)
    assert_close(all_of(both, xs), np.array([grad(decay)(x, 3) for x in xs]), 1e-14)


def layered(p, x, q):
    return np.sum(p[0] * x) * p[1] * q[0] * q[1]


def test_tuples():
    slope = grad(layered, argnums=("p", "q"), backend="numba")

    @numba.njit
    def of_tuples(w, c, x):
        return slope((w, c, 4), x, (0.5, 0.25))

    w, x = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    (found, factor, number), last = of_tuples(w, 2.0, x)
    (expected, other, same), own = grad(layered, argnums=("p", "q"))((w, 2.0, 4), x, (0.5, 0.25))
    assert_close(found, expected, 1e-14)
    assert_close([factor, *last], [other, *own], 1e-14)
    assert number == same == 4


def squares(x, out):
    for i in range(len(x)):
        out[i] = x[i] ** 2
    return np.sum(out)


def test_what_is_written_must_not_overlap():
    slope = grad(squares, backend="numba")

    @numba.njit
    def of(x, out):
        return slope(x, out)

    x, out = np.arange(4.0), np.full(4, 7.0)
    assert of(x, out).tolist() == [0.0, 2.0, 4.0, 6.0]
    assert out.tolist() == [7.0] * 4
    assert of(x[:2], x[2:]).tolist() == [0.0, 2.0]
    for shared in (x, x[::-1]):
        with pytest.raises(ArgumentError, match="shares memory"):
            of(x, shared)
    with pytest.raises(ArgumentError, match="shares memory"):
        of(x[:3], x[2:])
    assert x.tolist() == [0.0, 1.0, 2.0, 3.0]


FACTOR = 3.0


def with_a_global(x):
    return x * FACTOR


def of_a_dict(d):
    return d["a"] ** 2


def of_any_number(*xs):
    return xs[0] * 2.0


def with_text(x):
    return x * len(repr(x))


def test_what_cannot_be_compiled_into_a_call():
    of_global, of_dict, of_any = (grad(f, backend="numba") for f in (with_a_global, of_a_dict, of_any_number))
    in_python = grad(decay)

    @numba.njit
    def call_global(x):
        return of_global(x)

    @numba.njit
    def call_dict(d):
        return of_dict(d)

    @numba.njit
    def call_any(x):
        return of_any(x)

    @numba.njit
    def call_python(x):
        return in_python(x, 3)

    of_text = grad(with_text, backend="numba")

    @numba.njit
    def call_text(x):
        return of_text(x)

    @numba.njit
    def call_wrongly(x):
        return slopes(x, x, x, x)

    with pytest.raises(UnsupportedError, match="reads FACTOR from outside"):
        call_global(1.0)
    items = numba.typed.Dict()
    items["a"] = 2.0
    with pytest.raises(ArgumentError, match="numbers, arrays and tuples of these, and 'd' is DictType"):
        call_dict(items)
    with pytest.raises(ArgumentError, match="any number of arguments"):
        call_any(1.0)
    with pytest.raises(UnsupportedError, match="Numba cannot compile this"):
        call_text(1.0)
    with pytest.raises(NumbaError, match="is not for Numba"):
        call_python(1.0)
    with pytest.raises(TypeError, match="too many positional arguments"):
        call_wrongly(np.ones(2))


def test_threads_that_compile_at_the_same_time():
    slope = grad(decay, backend="numba")

    @numba.njit
    def within(x, n):
        return slope(x, n)

    found = {}
    calls = [lambda: slope(0.5, 3), lambda: within(0.5, 3), lambda: slope(np.float32(0.5), 3)]
    threads = [threading.Thread(target=lambda k=k: found.update({k: calls[k]()}), daemon=True) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    expected = grad(decay)(0.5, 3)
    assert_close([found[0], found[1]], [expected] * 2, 1e-14)
    assert_close(found[2], expected, 1e-5)


def test_callers_are_not_kept_on_disk_by_numba():
    """Numba's own cache looks at the caller's file, not at the function that is differentiated."""

    @numba.njit(cache=True)
    def inner(x):
        return power_slope(x)

    made = power_slope.compiled(1.0)

    @numba.njit(cache=True)
    def calling_made(x):
        return made(x)

    @numba.njit(cache=True)
    def outer(x):
        return inner(x) + calling_made(x)

    with pytest.warns(NumbaWarning, match="Cannot cache compiled function") as told:
        assert outer(2.0) == 2.0 * grad(power)(2.0)
    assert {str(each.message).split('"')[1] for each in told} >= {"inner", "calling_made", "outer"}


def power(x):
    return x**3


power_slope = grad(power, backend="numba")
