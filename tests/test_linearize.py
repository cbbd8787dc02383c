"""linearize: the value of a function, and its derivative as a linear function."""

import math
import pickle
import threading

import numpy as np
import pytest

import sct_ad
from sct_ad import ArgumentError, NoRuleError, UnsupportedError, custom_jvp, custom_vjp, jacfwd, jvp, linearize
from tests.numerical import assert_close, identical
from tests.test_pullbacks import Model, Split, X, energy, swept

V = np.array([1.0, 0.5, -2.0])


def factorial(x, n):
    return 1.0 if n == 0 else x * math.sin(x) * factorial(x, n - 1)


def without_comments(text):
    return "\n".join(line.partition("#")[0] for line in text.splitlines())


# --- the call ------------------------------------------------------------------------------------------------------


def test_value_and_linear_map_of_a_scalar():
    value, linear = linearize(energy, 0.5, 10)
    assert value == energy(0.5, 10)
    step = 1e-6
    expected = (energy(0.5 + step, 10) - energy(0.5 - step, 10)) / (2 * step)
    assert abs(linear(1.0, None) - expected) < 1e-8
    assert linear(2.0, None) == 2.0 * linear(1.0, None)
    assert linear(2, 0) == linear(2.0, None)
    assert type(linear(1, None)) is float
    assert linear(None, None) == 0.0


def test_it_is_the_jacobian():
    value, linear = linearize(swept, X)
    assert identical(value, swept(X))
    columns = [linear(unit) for unit in np.eye(3)]
    assert_close(np.stack(columns, axis=-1), jacfwd(swept)(X), 1e-14)


def test_the_function_runs_once():
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x) * x

    _, linear = linearize(f, X)
    linear(V)
    linear(V)
    assert len(calls) == 1


def test_results_and_arguments_with_structure():
    def f(model, pair):
        h = np.tanh(model.W @ pair[0]) + model.b
        return Split(np.sum(h) * pair[1]["scale"], [h, {"n": 3, "name": model.name, "first": h[0]}])

    args = Model(np.full((2, 3), 0.1), 0.5), (X, {"scale": 2.0})
    tangents = Model(np.full((2, 3), 0.3), 1.0), (V, {"scale": -1.0})
    expected = jvp(f, args, tangents)
    value, linear = linearize(f, *args)
    assert identical(value, expected[0])
    found = linear(*tangents)
    assert type(found) is Split
    assert_close(found, expected[1], 1e-14)
    assert_close(linear(None, tangents[1]), jvp(f, args, (None, tangents[1]))[1], 1e-14)


def test_aux():
    def f(x):
        h = np.sin(x)
        return np.sum(h), {"h": h, "n": 3}

    value, linear, aux = linearize(f, X, has_aux=True)
    assert value == np.sum(np.sin(X)) and identical(aux, {"h": np.sin(X), "n": 3})
    assert_close(linear(V), np.cos(X) @ V, 1e-14)
    aux["h"][:] = 0.0
    assert_close(linear(V), np.cos(X) @ V, 1e-14)


def test_an_object_to_call():
    made = linearize(energy)
    assert made(0.5, n=10)[1](1.0) == linearize(energy, 0.5, 10)[1](1.0, None)
    assert made(0.5, 10)[0] == energy(0.5, 10)
    assert repr(made) == "<linearize of energy>"
    assert pickle.loads(pickle.dumps(made))(0.5, 10)[0] == made(0.5, 10)[0]
    assert made.cache_info().misses == 2
    assert repr(made(0.5, 10)[1]) == "<linear map of energy>"


def test_methods_partials_and_ufuncs():
    class Scaled:
        factor = 2.0

        def value(self, x):
            return np.exp(x) * self.factor

    assert_close(linearize(Scaled().value, X)[1](V), 2.0 * np.exp(X) * V, 1e-14)
    assert_close(linearize(np.tanh, X)[1](V), (1.0 - np.tanh(X) ** 2) * V, 1e-14)


# --- what is recorded ----------------------------------------------------------------------------------------------


def test_the_linear_function_repeats_no_operation():
    def f(x, y):
        return np.sum(np.sin(x) * y / np.exp(y))

    primal, linear = map(without_comments, linearize(f).source(X, X).split("\n\n\n"))
    assert primal.count("np.cos(x)") == 1 and primal.count("np.exp(y)") == 1
    assert not any(name in linear for name in ("np.sin", "np.cos", "np.exp"))


def test_a_loop_reads_its_tapes_forwards():
    def f(x, n):
        for k in range(n):
            if k > 1:
                x = math.sin(x) * 1.1
        return x

    text = linearize(f).source(0.3, 4)
    assert text.split("\n\n\n")[1] == (
        "def f_linear(tape, dx):\n"
        "    n, t_tape = tape\n"
        "    t_tape = iter(t_tape)\n"
        "    for k in range(n):\n"
        "        if k > 1:\n"
        "            dx = dx * next(t_tape) * 1.1  # x = math.sin(x) * 1.1\n"
        "    return dx\n"
    )


def test_a_linear_function_records_nothing():
    def f(x):
        y = x.copy()
        y[1:] -= 0.5 * x[:-1]
        return np.cumsum(y) * 2.0

    text = linearize(f).source(X)
    assert ", ()" in text.split("\n\n\n")[0]
    assert_close(linearize(f, X)[1](V), f(V), 1e-15)


def test_what_does_not_change_in_a_loop_is_recorded_once():
    def f(x, a, n):
        for _ in range(n):
            x = x * a
        return x

    text = linearize(f).source(X, X, 3)
    assert text.count("_tape = []") == 1  # that of x
    assert_close(linearize(f, X, X, 3)[1](V, V, None), jvp(f, (X, X, 3), (V, V, None))[1], 1e-14)


def test_while_loops_breaks_and_nested_loops():
    def f(x):
        s, k = 0.0, 0
        a = x.copy()
        while k < 4:
            for i in range(len(a)):
                if s > 20.0:
                    break
                if a[i] > 0.3 and i > 0:
                    a[i] = a[i] * a[i - 1] + math.sin(a[i])
                m = 0
                while m <= i:
                    s = s + a[m] ** 2
                    m += 1
                    if s > 15.0:
                        break
            k += 1
        return s, a

    for x in (X, 3.0 * X, X + 1.0):
        value, linear = linearize(f, x)
        assert identical(value, f(x))
        expected = jvp(f, (x,), (V,))[1]
        assert_close(linear(V), expected, 1e-13)
        assert_close(linear(V), expected, 1e-13)


def test_values_read_after_they_were_overwritten():
    def f(x):
        y = np.sin(x)
        a = y * 1.0
        y[0] = 3.0
        b = y * x
        y[1:] = x[1:] ** 2
        return a * b * y

    assert_close(linearize(f, X)[1](V), jvp(f, (X,), (V,))[1], 1e-14)


def test_branches():
    def f(x, k):
        c = 1.0
        if k > 0:
            c = x * x
        if k > 1:
            w = math.exp(x)
        if x > 0:
            c = c * (w if k > 1 else 2.0)
        return c * x

    for k in range(3):
        for x in (0.7, -0.7):
            assert_close(linearize(f, x, k)[1](1.0, None), jvp(f, (x, k), (1.0, None))[1], 1e-14)


def test_exceptions():
    def f(x, n):
        s = x
        for k in range(n):
            try:
                t = math.log(s - k)
                s = s + t * x
            except ValueError:
                s = s * math.cos(x)
        return s

    for x in (0.5, 1.5, 4.0):
        value, linear = linearize(f, x, 4)
        assert value == f(x, 4)
        expected = jvp(f, (x, 4), (1.0, None))[1]
        assert_close(linear(1.0, None), expected, 1e-13)
        assert_close(linear(1.0, None), expected, 1e-13)


def test_a_value_left_from_before_an_exception_is_refused():
    def f(x):
        y = x * 2.0
        try:
            y[0] = math.sin(x[1])
            z = math.log(x[0] - 5.0)
        except ValueError:
            z = 1.0
        return y * z

    with pytest.raises(UnsupportedError, match="before something that may raise"):
        linearize(f, X)


def test_recursion():
    value, linear = linearize(factorial, 0.7, 5)
    assert value == factorial(0.7, 5)
    assert_close(linear(1.0, None), jvp(factorial, (0.7, 5), (1.0, None))[1], 1e-14)


def applied(m, k, function, x):
    if k == 0:
        return function(m)
    return applied(m * x, k - 1, function, x)


def test_recursion_around_a_constant_function():
    def f(x, n):
        return applied(x, n, math.sin, x) * x

    assert_close(linearize(f, 0.7, 3)[1](1.0, None), jvp(f, (0.7, 3), (1.0, None))[1], 1e-14)


def test_own_rules():
    @custom_jvp
    def square(x):
        return x * x

    @square.defjvp
    def square_jvp(primals, tangents):
        return primals[0] * primals[0], 3.0 * primals[0] * tangents[0]

    assert linearize(lambda x: square(x) * x, 2.0)[1](1.0) == 3.0 * 2.0 * 2.0 + 4.0

    @custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, bz: (3.0 * x * x * bz,))
    with pytest.raises(NoRuleError, match="custom_vjp"):
        linearize(lambda x: cube(x), 2.0)


# --- memory --------------------------------------------------------------------------------------------------------


def test_arguments_and_value_may_be_changed():
    def f(x, y):
        z = x * y
        return z, z * z

    x, y = X.copy(), V.copy()
    value, linear = linearize(f, x, y)
    expected = linear(V, X)
    x[:], y[:] = 0.0, 0.0
    value[0][:] = 0.0
    assert identical(linear(V, X), expected)
    tangent = linear(V, X)
    tangent[0][:] = 0.0
    assert identical(linear(V, X), expected)


def test_tangents_are_left_alone():
    v = V.copy()
    linear = linearize(swept, X)[1]
    linear(v)
    assert identical(v, V)


def test_without_copies():
    x = X.copy()
    value, linear = linearize(lambda x: x * x, x, copy=False)
    x[:] = 1.0
    assert_close(linear(V), 2.0 * V, 1e-15)
    assert "np.copy(x)" not in without_comments(linearize(lambda x: x * x, copy=False).source(X))


def test_what_lives_outside():
    scale = np.array([1.0, 2.0, 3.0])

    def f(x):
        return x * x * scale

    _, linear = linearize(f, X)
    expected = linear(V)
    scale[:] = 0.0
    assert identical(linear(V), expected)


def test_threads():
    def f(x, n):
        for _ in range(n):
            x = np.sin(x) * 1.1
        return x

    _, linear = linearize(f, X, 50)
    found = {}

    def run(k):
        found[k] = [linear(V * k, None) for _ in range(20)]

    threads = [threading.Thread(target=run, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, tangents in found.items():
        for tangent in tangents:
            assert identical(tangent, linear(V * k, None))


# --- precision and kinds -------------------------------------------------------------------------------------------


def test_single_precision():
    x, v = X.astype(np.float32), V.astype(np.float32)
    value, linear = linearize(lambda x: (np.tanh(x) * 2.0, np.sum(x)), x)
    tangent = linear(v)
    assert tangent[0].dtype == np.float32 and tangent[1].dtype == np.float32


def test_complex():
    z, w = X + 1j * V, V * (1.0 + 0.5j)

    def f(z):
        return np.abs(z) * np.exp(z), np.real(z * z)

    value, linear = linearize(f, z)
    step = 1e-6
    for found, above, below in zip(linear(w), f(z + step * w), f(z - step * w)):
        assert_close(found, (above - below) / (2 * step), 1e-7)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 1)])
def test_shapes(shape):
    x = np.full(shape, 0.5)
    value, linear = linearize(lambda x: np.sin(x) * x, x)
    tangent = linear(np.ones(shape))
    assert np.shape(tangent) == shape
    assert_close(tangent, np.cos(x) * x + np.sin(x), 1e-14)


# --- errors --------------------------------------------------------------------------------------------------------


def test_tangents_that_do_not_fit():
    _, linear = linearize(energy, 0.5, 10)
    with pytest.raises(ArgumentError, match="takes 2 tangents, one for each argument, not 1"):
        linear(1.0)
    with pytest.raises(ArgumentError, match="argument 1 has no tangent"):
        linear(1.0, 2.0)
    with pytest.raises(ArgumentError, match=r"the tangent of argument 0 has shape \(2,\)"):
        linearize(swept, X)[1](np.ones(2))


def test_no_numbers_to_move():
    with pytest.raises(ArgumentError, match="no positional argument holds real or complex numbers"):
        linearize(lambda n: n * 2, 3)


def test_no_derivative_of_it():
    with pytest.raises(UnsupportedError, match="of a linear map"):
        sct_ad.grad(linearize(energy))


# --- against JAX ---------------------------------------------------------------------------------------------------


def test_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def f(np):
        def function(x, y):
            h = x
            for _ in range(3):
                h = np.tanh(h * y + x)
            return {"h": h, "norm": np.sum(h**2), "pair": (h[0] * y[1], np.cumsum(y))}

        return function

    value, linear = linearize(f(np), X, V)
    expected, theirs = jax.linearize(f(jax.numpy), X, V)
    for found, other in ((value, expected), (linear(V, X), theirs(V, X)), (linear(X, None), theirs(X, 0.0 * X))):
        for key in ("h", "norm"):
            assert_close(found[key], np.asarray(other[key]), 1e-12)
        for one, two in zip(found["pair"], other["pair"]):
            assert_close(one, np.asarray(two), 1e-12)
