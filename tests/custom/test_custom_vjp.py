"""custom_vjp: the user's derivative in place of ours, wherever the call is; against differences and closed forms."""

from __future__ import annotations

import copy
import ctypes
import ctypes.util
import functools
import math
import pickle
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad import NoRuleError, UnsupportedError, custom_vjp, grad, jacrev, stop_gradient, value_and_grad, vjp
from sct_ad.errors import ArgumentError
from sct_ad.pushforward import jvp
from sct_ad.testing import check_grads

X = np.array([0.3, -1.0, 2.0])
Y = np.array([1.5, 0.2, -0.7])


@custom_vjp
def log1pexp(x):
    return np.log1p(np.exp(x))


def log1pexp_fwd(x):
    e = np.exp(x)
    return np.log1p(e), e


def log1pexp_bwd(residuals, bz):
    return (bz * (residuals / (1.0 + residuals)),)


log1pexp.defvjp(log1pexp_fwd, log1pexp_bwd)


@custom_vjp
def doubled_back(x, y):
    """Its derivative is told to be twice what it is, so that it shows whose derivative is used."""
    return x * y


doubled_back.defvjp(lambda x, y: (x * y, (x, y)), lambda r, g: (2.0 * g * r[1], 2.0 * g * r[0]))


def test_outside_of_differentiation_the_function_runs():
    assert log1pexp(0.0) == math.log(2.0)
    assert log1pexp.__name__ == "log1pexp"
    np.testing.assert_array_equal(log1pexp(X), np.log1p(np.exp(X)))


def test_the_text_reads_as_an_expert_writes_it():
    def loss(x):
        z = log1pexp(x)
        return np.sum(z * z)

    assert grad(loss).source(X) == (
        "def loss_grad(x, bloss=1.0):\n"
        "    z, residuals = log1pexp_fwd(x)\n"
        "    bx = log1pexp_bwd(residuals, bloss * 2.0 * z)[0]  # z = log1pexp(x)\n"
        "    return bx\n"
    )


def test_it_is_the_users_derivative_that_counts():
    gx, gy = grad(lambda x, y: np.sum(doubled_back(x, y)), argnums=(0, 1))(X, Y)
    np.testing.assert_array_equal(gx, 2.0 * Y)
    np.testing.assert_array_equal(gy, 2.0 * X)


def test_the_gradient_of_the_function_itself():
    assert grad(log1pexp)(0.5) == pytest.approx(1.0 / (1.0 + math.exp(-0.5)), rel=1e-14)
    assert value_and_grad(log1pexp)(0.5)[0] == log1pexp(0.5)


@pytest.mark.parametrize(
    "x", [0.7, X, X.reshape(3, 1), X[:1], X[:0], np.float64(0.3), np.asfortranarray(np.ones((2, 3)))]
)
def test_all_shapes(x):
    def loss(x):
        return np.sum(log1pexp(np.sin(x)) ** 2)

    check_grads(loss, (x,))


def test_single_precision_stays_single():
    g = grad(lambda x: np.sum(log1pexp(x)))(X.astype(np.float32))
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, 1.0 / (1.0 + np.exp(-X)), rtol=1e-6)

    def wide_bwd(residuals, g):
        return (np.asarray(g * residuals, np.float64),)

    wide = custom_vjp(lambda x: x * x / 2, lambda x: (x * x / 2, x), wide_bwd)
    assert grad(lambda x: np.sum(np.sin(wide(x))))(X.astype(np.float32)).dtype == np.float32


# Where calls may be


def in_loop(x, y):
    s = 0.0
    for k in range(4):
        x = log1pexp(x * y) - k
        s = s + np.sum(x)
    return s


def in_branch(x, y):
    z = x
    if np.sum(x) > 0:
        z = log1pexp(x)
    else:
        z = log1pexp(log1pexp(x))
    return np.sum(z * y)


def in_while(x, y):
    n = 0
    while np.sum(x) < 9.0:
        x = log1pexp(x) + 0.5
        n += 1
    return np.sum(x * y) * n


def in_comprehension(x, y):
    return sum([log1pexp(v) * w for v, w in zip(x, y)])


def helper(x):
    return log1pexp(x) * 2.0


def in_helper(x, y):
    return np.sum(helper(helper(x)) * y)


def in_map(x, y):
    return sum(map(log1pexp, x)) * y[0]


def in_recursion(x, y):
    def again(x, n):
        return x if n == 0 else log1pexp(again(x, n - 1))

    return np.sum(again(x, 3) * y)


def recursive(x, n):
    if n <= 0.0:
        return x
    return log1pexp(recursive(x, n - 1.0)) * x


def in_recursive_unit(x, y):
    return np.sum(recursive(x, 3.0) * y)


def in_try(x, y):
    try:
        z = log1pexp(x)
    except ValueError:
        z = x
    return np.sum(z * y)


def by_keyword(x, y):
    return np.sum(log1pexp(x=x) * y)


def stored(x, y):
    z = np.zeros((2, 3))
    z[0] = log1pexp(x)
    z[1] = log1pexp(z[0]) * y
    z[0] *= 2.0
    return np.sum(z**2)


def stores_around(x, y):
    z = x * 1.0
    s = 0.0
    for k in range(3):
        z = log1pexp(z)
        z[0] = z[1] * y[k]
        s = s + np.sum(z**2)
        z[k] += 1.0
    return s


def in_place_argument(x, y):
    z = x.copy()
    out = np.zeros(3)
    for k in range(3):
        out += log1pexp(z) * y
        z[k] = out[k] * 0.5
    return np.sum(out * z)


@pytest.mark.parametrize(
    "program",
    [
        in_loop,
        in_branch,
        in_while,
        in_comprehension,
        in_helper,
        in_map,
        in_recursion,
        in_recursive_unit,
        in_try,
        by_keyword,
        stored,
        stores_around,
        in_place_argument,
    ],
    ids=lambda f: f.__name__,
)
def test_wherever_the_call_is(program):
    x, y = X.copy(), Y.copy()
    check_grads(program, (x, y), (0, 1))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    value, _ = value_and_grad(program)(X, Y)
    assert value == program(X, Y)


def test_residuals_that_alias_what_is_written_afterwards():
    """Both halves of what `fwd` returns, and its argument, are one array, which the caller then writes."""
    exponential = custom_vjp(lambda x: np.exp(x), lambda x: (lambda z: (z, z))(np.exp(x)), lambda z, g: (g * z,))
    square = custom_vjp(lambda x: x * x, lambda x: (x * x, x), lambda x, g: (2.0 * g * x,))

    def loss(x):
        z = x * 0.5
        s = 0.0
        for k in range(3):
            z = exponential(z) * 0.1
            w = square(z)
            z[k] = 3.0 * w[k]
            w[0] = 0.0
            s = s + np.sum(w) + np.sum(z)
        return s

    check_grads(loss, (X,))


# Structure


@custom_vjp
def linear(p, xs):
    return p["a"] * xs[0] + p["b"] * xs[1], np.sum(xs[0])


def linear_fwd(p, xs):
    return linear(p, xs), (p, xs)


def linear_bwd(residuals, g):
    p, xs = residuals
    assert isinstance(g, tuple)
    return {"a": np.sum(g[0] * xs[0]), "b": np.sum(g[0] * xs[1])}, (g[0] * p["a"] + g[1], g[0] * p["b"])


linear.defvjp(linear_fwd, linear_bwd)


def test_containers_in_and_out():
    def loss(a, x):
        z, t = linear({"a": a, "b": 2.0}, (x, np.sin(x)))
        return np.sum(z**2) * t

    def of_dict(p, x):
        z, t = linear(p, [x, np.sin(x)])
        return np.sum(z**2) * t

    check_grads(loss, (1.5, X), (0, 1))
    check_grads(of_dict, ({"a": 1.5, "b": 0.5}, X), (0, 1))


class Point(NamedTuple):
    a: float
    b: float


def test_lists_dicts_and_named_tuples():
    squares = custom_vjp(
        lambda xs: sum(v * v for v in xs),
        lambda xs: (sum(v * v for v in xs), list(xs)),
        lambda r, g: ([2.0 * v * g for v in r],),
    )

    def grown(x):
        ys = []
        for v in x:
            ys.append(v * v)
        return squares(ys)

    check_grads(lambda xs: squares(xs) * xs[0], ([1.0, 2.0],))
    check_grads(lambda x: squares([x[0], x[1] * 2.0]) * x[0], (X,))
    check_grads(grown, (X,))
    to_list = custom_vjp(lambda x: [x, x * 2.0], lambda x: ([x, x * 2.0], None), lambda r, g: (g[0] + 2.0 * g[1],))
    check_grads(lambda x: np.sum(to_list(x)[0] * to_list(x)[1]), (X,))
    to_dict = custom_vjp(
        lambda x: {"u": x, "v": x * 2.0},
        lambda x: ({"u": x, "v": x * 2.0}, None),
        lambda r, g: (g["u"] + 2.0 * g["v"],),
    )
    check_grads(lambda x: np.sum(to_dict(x * 1.0)["u"] * to_dict(x)["v"]), (X,))
    line = custom_vjp(
        lambda p, x: p.a * x + p.b,
        lambda p, x: (p.a * x + p.b, (p, x)),
        lambda r, g: (Point(np.sum(g * r[1]), np.sum(g)), g * r[0].a),
    )
    check_grads(lambda p, x: np.sum(line(p, x) ** 2), (Point(1.0, 2.0), X), (0, 1))


def test_a_part_of_the_result():
    def loss(x):
        return linear({"a": 1.0, "b": 2.0}, (x, x))[1] * 3.0

    np.testing.assert_allclose(grad(loss)(X), [3.0, 3.0, 3.0])


def test_nondiff_arguments_come_first():
    seen = []

    def bwd(k, name, residuals, g):
        seen.append((k, name))
        return (k * g * residuals,)

    power = custom_vjp(
        lambda x, k, name: x**k, lambda x, k, name: (x**k, x ** (k - 1)), bwd, nondiff_argnums=(1, "name")
    )
    assert grad(lambda x: power(x, 3, name="cube"))(2.0) == 12.0
    assert seen == [(3, "cube")]


def test_functions_as_nondiff_arguments():
    @functools.partial(custom_vjp, nondiff_argnums=(0,))
    def fixed_point(f, a, x):
        for _ in range(100):
            x = f(a, x)
        return x

    def fwd(f, a, x):
        z = fixed_point(f, a, x)
        return z, (a, z)

    def bwd(f, residuals, g):
        a, z = residuals
        slope = -math.sin(a * z) * a
        return g * -math.sin(a * z) * z / (1.0 - slope), None

    fixed_point.defvjp(fwd, bwd)
    assert grad(lambda a: fixed_point(cosine, a, 1.0))(0.8) == pytest.approx(
        (settled(0.8 + 1e-6) - settled(0.8 - 1e-6)) / 2e-6, rel=1e-7
    )


def cosine(a, x):
    return math.cos(a * x)


def settled(a):
    x = 1.0
    for _ in range(200):
        x = math.cos(a * x)
    return x


def test_none_is_zero():
    half = custom_vjp(lambda x, y: x * y, lambda x, y: (x * y, y), lambda y, g: (g * y, None))

    def loss(x, y):
        return np.sum(half(x, y) + y)

    gx, gy = grad(loss, argnums=(0, 1))(X, Y)
    np.testing.assert_array_equal(gx, Y)
    np.testing.assert_array_equal(gy, np.ones(3))
    perhaps = custom_vjp(lambda x: x * 2, lambda x: (x * 2, x), lambda x, g: (g * 2,) if np.sum(x) > 0 else (None,))
    np.testing.assert_array_equal(grad(lambda x: np.sum(perhaps(x)))(X), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(perhaps(x)))(-X), [0.0, 0.0, 0.0])


# Methods


class Layer:
    def __init__(self, k):
        self.k = k

    @custom_vjp(nondiff_argnums=0)
    def act(self, x):
        return self.k * np.tanh(x)

    def act_fwd(self, x):
        return self.act(x), x

    def act_bwd(self, x, g):
        return (g * self.k / np.cosh(x) ** 2,)

    act.defvjp(act_fwd, act_bwd)

    def __call__(self, x):
        return self.act(self.act(x))


LAYER = Layer(0.7)


def test_methods():
    assert np.array_equal(LAYER.act(X), 0.7 * np.tanh(X))

    def inside(x):
        own = Layer(0.5)
        own.k = own.k + 1.0
        return np.sum(own.act(x) ** 2)

    check_grads(lambda x: np.sum(LAYER.act(x) ** 2), (X,))
    check_grads(lambda x: np.sum(LAYER(x) ** 2), (X,))
    check_grads(lambda layer, x: np.sum(layer(x) ** 2), (LAYER, X), 1)
    check_grads(inside, (X,))
    check_grads(LAYER.act, (0.3,))


def test_an_object_that_is_differentiated_by_is_refused():
    with pytest.raises(UnsupportedError, match="an object whose numbers are differentiated by") as caught:
        grad(lambda layer, x: np.sum(layer.act(x)))(LAYER, X)
    assert "pass these numbers as arguments" in str(caught.value)


# Without source


def test_functions_written_in_c():
    name = ctypes.util.find_library("m")
    if name is None:
        pytest.skip("no libm")
    libm = ctypes.CDLL(name)
    libm.cbrt.restype, libm.cbrt.argtypes = ctypes.c_double, [ctypes.c_double]
    cbrt = custom_vjp(libm.cbrt, lambda x: (libm.cbrt(x), x), lambda x, g: (g / (3.0 * libm.cbrt(x) ** 2),))

    def loss(x):
        s = 0.0
        for k in range(3):
            x = cbrt(x) + k
            s += x * x
        return s

    check_grads(loss, (0.7,))
    assert type(grad(loss)(0.7)) is float


def test_builtins_partials_and_vectorised_functions():
    root = custom_vjp(math.sqrt, lambda x: (math.sqrt(x), math.sqrt(x)), lambda z, g: (0.5 * g / z,))
    check_grads(lambda x: root(x) * x, (2.0,))
    scaled = custom_vjp(functools.partial(np.multiply, 3.0), lambda x: (3.0 * x, None), lambda _, g: (3.0 * g,))
    check_grads(lambda x: np.sum(scaled(x) ** 2), (X,))
    foreign = np.frompyfunc(lambda v: v * v, 1, 1)
    squares = custom_vjp(
        lambda x: foreign(x).astype(float), lambda x: (foreign(x).astype(float), x), lambda x, g: (2 * g * x,)
    )
    check_grads(lambda x: np.sum(np.sin(squares(x))), (X,))


def test_source_that_cannot_be_differentiated():
    @custom_vjp
    def strange(x):
        class Local:
            pass

        return x * 3.0

    strange.defvjp(lambda x: (strange(x), None), lambda r, g: (3.0 * g,))
    check_grads(lambda x: np.sum(strange(x) ** 2), (X,))


# A solver, and gradients clipped


@custom_vjp
def solve(A, b):
    return np.linalg.solve(A, b)


def solve_fwd(A, b):
    x = np.linalg.solve(A, b)
    return x, (A, x)


def solve_bwd(residuals, bx):
    A, x = residuals
    bb = np.linalg.solve(A.T, bx)
    return -np.outer(bb, x), bb


solve.defvjp(solve_fwd, solve_bwd)


def test_linear_solver():
    A = np.array([[3.0, 1.0, 0.2], [0.4, 2.0, -0.5], [0.0, 0.3, 4.0]])

    def loss(A, b):
        x = b
        for k in range(3):
            x = solve(A, x) + 0.1 * k
            x[k] *= 2.0
        return np.sum(x**2)

    check_grads(loss, (A, X), (0, 1))
    mine = grad(lambda A, b: np.sum(solve(A, b) ** 2), argnums=(0, 1))(A, X)
    ours = grad(lambda A, b: np.sum(np.linalg.solve(A, b) ** 2), argnums=(0, 1))(A, X)
    for left, right in zip(mine, ours):
        np.testing.assert_allclose(left, right, rtol=1e-12)


@custom_vjp(nondiff_argnums=(0, 1))
def clip_gradient(lo, hi, x):
    return x


clip_gradient.defvjp(lambda lo, hi, x: (x, None), lambda lo, hi, _, g: (np.clip(g, lo, hi),))


def test_clipped_gradients():
    def loss(x):
        return np.sum(np.sin(clip_gradient(-0.5, 0.5, x)) * 3.0)

    np.testing.assert_allclose(grad(loss)(X), np.clip(3.0 * np.cos(X), -0.5, 0.5))

    def unrolled(x):
        for _ in range(3):
            x = clip_gradient(-1.0, 1.0, x * 3.0)
        return np.sum(x)

    np.testing.assert_allclose(grad(unrolled)(X), np.full(3, 3.0))


def test_a_function_that_returns_its_argument_where_that_is_written():
    def loss(x):
        z = x * 2.0
        w = clip_gradient(-1.0, 1.0, z)
        w[0] = 5.0
        return np.sum(z * w)

    with pytest.raises(UnsupportedError, match="clip_gradient, which may return its argument"):
        grad(loss)(X)

    def copied(x):
        z = x * 2.0
        w = clip_gradient(-1.0, 1.0, z.copy()).copy()
        w[0] = 5.0
        return np.sum(z * w)

    np.testing.assert_allclose(
        grad(copied)(X), [10.0, 2.0 * (2.0 * X[1] + max(-1.0, 2.0 * X[1])), 2.0 * (2.0 * X[2] + 1.0)]
    )


def test_cotangents_may_be_changed_by_bwd():
    def bwd(residuals, g):
        g *= 2.0
        return (g,)

    twice = custom_vjp(lambda x: x * 2.0, lambda x: (x * 2.0, None), bwd)

    def loss(x):
        z = twice(x)
        return np.sum(z * Y) + np.sum(x * Y) + np.sum(twice(z) * Y)

    np.testing.assert_allclose(grad(loss)(X), 2.0 * Y + Y + 4.0 * Y)


def test_complex_arguments():
    product = custom_vjp(lambda x, y: x * y, lambda x, y: (x * y, (x, y)), lambda r, g: (g * r[1], g * r[0]))

    def loss(z, x):
        return np.sum(np.abs(product(z, x)) ** 2)

    z = X + 1j * Y
    check_grads(loss, (z, Y), (0, 1))
    assert grad(loss, argnums=1)(z, Y).dtype == np.float64


# Nothing happens where nothing is asked for


def test_inactive_calls_run_the_function_alone():
    ran = []

    def fwd(x):
        ran.append("fwd")
        return x * 2, None

    def bwd(residuals, g):
        ran.append("bwd")
        return (2 * g,)

    @custom_vjp
    def watched(x):
        ran.append("f")
        return x * 2

    watched.defvjp(fwd, bwd)
    grad(lambda x, y: np.sum(x * watched(y)))(X, Y)
    assert ran == ["f"]
    ran.clear()
    grad(lambda x: np.sum(x * watched(stop_gradient(x))))(X)
    assert ran == ["f"]
    ran.clear()
    grad(lambda x: np.sum(watched(x)))(X)
    assert ran == ["fwd", "bwd"]


def test_a_derivative_that_is_given_anew():
    f = custom_vjp(lambda x: x * 1.0, lambda x: (x * 1.0, None), lambda r, g: (g,))

    def loss(x):
        return f(x)

    g = grad(loss)
    assert g(2.0) == 1.0
    f.defvjp(lambda x: (x * 1.0, None), lambda r, g: (7.0 * g,))
    assert g(2.0) == 7.0


def test_two_functions_of_one_name():
    """One is met inside a loop, whose body the compiler goes through more than once, and the other one after it."""
    one = custom_vjp(lambda x: np.sin(x), lambda x: (np.sin(x), x), lambda x, g: (g * np.cos(x),))
    other = custom_vjp(lambda x: np.exp(x), lambda x: (np.exp(x), x), lambda x, g: (g * np.exp(x),))

    def loss(xs):
        return sum([one(v) for v in xs]) * other(xs[0])

    check_grads(loss, ([0.1, 0.2, 0.3],))


def test_copies_and_pickles_are_the_function_itself():
    assert copy.deepcopy(log1pexp) is log1pexp is copy.copy(log1pexp)
    assert pickle.loads(pickle.dumps(log1pexp)) is log1pexp


# Other operators


def test_pullbacks_that_are_called_again():
    def f(x, y):
        z = x * 1.0
        for k in range(3):
            z = log1pexp(z * y)
            z[k] = np.sum(z) * 0.1
        return z

    seed = np.array([1.0, -2.0, 3.0])
    _, pull = vjp(f, X, Y)
    first, again, twice = pull(seed), pull(seed), pull(2.0 * seed)
    expected = grad(lambda x, y: np.sum(f(x, y) * seed), argnums=(0, 1))(X, Y)
    for a, b, c, e in zip(first, again, twice, expected):
        np.testing.assert_allclose(a, e, rtol=1e-13)
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(c, 2.0 * e, rtol=1e-13)
    np.testing.assert_allclose(jacrev(log1pexp)(X), np.diag(1.0 / (1.0 + np.exp(-X))), rtol=1e-13)


def test_forward_mode_refuses():
    with pytest.raises(NoRuleError, match="forward mode through log1pexp, which has a custom_vjp"):
        jvp(lambda x: log1pexp(x), (0.5,), (1.0,))


# Errors


def failing(fwd, bwd, *args):
    f = custom_vjp(lambda x, y: x * y, fwd, bwd)
    return grad(lambda x, y: np.sum(f(x, y)), argnums=(0, 1))(*args)


def product_fwd(x, y):
    return x * y, (x, y)


def one_bwd(r, g):
    return (g * r[1],)


def array_bwd(r, g):
    return g * r[1]


def shape_bwd(r, g):
    return np.sum(g * r[1]), g * r[0]


def no_pair_fwd(x, y):
    return x * y


def unlike_fwd(x, y):
    return np.sum(x * y), (x, y)


def writing_fwd(x, y):
    x *= y
    return x, (x, y)


def writing_bwd(r, g):
    r[0][0] = 1.0
    return g * r[1], g * r[0]


@pytest.mark.parametrize(
    ("fwd", "bwd", "error", "message"),
    [
        (product_fwd, one_bwd, TypeError, r"one_bwd\(\) must return a tuple of 2 cotangents, .*, not a tuple of 1"),
        (product_fwd, array_bwd, TypeError, r"array_bwd\(\) must return a tuple of 2 cotangents"),
        (product_fwd, shape_bwd, ValueError, r"shape_bwd\(\): cotangent 0 has shape \(\), the argument \(3,\)"),
        (no_pair_fwd, one_bwd, UnsupportedError, "no_pair_fwd, the fwd of .*, does not return a pair"),
        (unlike_fwd, one_bwd, UnsupportedError, "unlike_fwd, the fwd of .*, whose value is not like that of"),
        (np.multiply, one_bwd, TypeError, r"multiply\(\) must return \(value, residuals\)"),
        (writing_fwd, one_bwd, UnsupportedError, "writing_fwd, the fwd of .*, which writes into its argument 0"),
        (product_fwd, writing_bwd, UnsupportedError, "writing_bwd, the bwd of .*, which writes into its argument 0"),
    ],
)
def test_wrong_derivatives_are_named(fwd, bwd, error, message):
    with pytest.raises(error, match=message):
        failing(fwd, bwd, X.copy(), Y.copy())


def test_what_is_refused():
    undefined = custom_vjp(lambda x: x)
    with pytest.raises(NoRuleError, match="is a custom_vjp without a derivative"):
        grad(lambda x: undefined(x))(2.0)
    assert grad(lambda x, y: x * undefined(y))(2.0, 3.0) == 3.0
    constant = custom_vjp(lambda k, x: k * x, lambda k, x: (k * x, None), lambda k, r, g: (k * g,), nondiff_argnums=0)
    with pytest.raises(UnsupportedError, match="argument 0 of <lambda>, which is in nondiff_argnums and depends"):
        grad(lambda x: constant(x, x))(2.0)
    assert grad(lambda x: constant(stop_gradient(x), x))(2.0) == 2.0
    with pytest.raises(UnsupportedError, match="a nested function as an argument"):
        grad(lambda x: constant(lambda t: t * x, x))(2.0)
    with pytest.raises(UnsupportedError, match="log1pexp: missing a required argument"):
        grad(lambda x: log1pexp(y=x))(2.0)


def test_wrong_definitions():
    with pytest.raises(ArgumentError, match="expects a function"):
        custom_vjp(3.0)
    with pytest.raises(ArgumentError, match="put @staticmethod above"):
        custom_vjp(staticmethod(len))
    with pytest.raises(ArgumentError, match="bwd is None"):
        custom_vjp(len, len)
    with pytest.raises(ArgumentError, match="nondiff_argnums of <lambda> has 'z'"):
        custom_vjp(lambda x: x, nondiff_argnums="z")
    with pytest.raises(ArgumentError, match="has 3, but it has 1 parameters"):
        custom_vjp(lambda x: x, nondiff_argnums=3)
