"""vjp: value and pullback of functions with any result."""

import copy
import math
import pickle
import threading
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import sct_ad
from sct_ad import ArgumentError, UnsupportedError, grad, hvp, vjp
from tests.numerical import assert_close, identical

X = np.array([0.5, -1.2, 2.0])


class Split(NamedTuple):
    head: float
    rest: object


@dataclass
class Model:
    W: object
    b: float
    name: str = "model"


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def swept(x):
    y = x * 2.0
    for i in range(1, len(y)):
        y[i] += y[i - 1] * y[i]
    return y


# --- the call ------------------------------------------------------------------------------------------------------


def test_value_and_pullback_of_a_scalar():
    value, pullback = vjp(energy, 0.5, 10)
    assert value == energy(0.5, 10)
    assert pullback(1.0) == (grad(energy)(0.5, 10), None)
    assert pullback(2)[0] == 2.0 * pullback(1.0)[0]
    assert type(pullback(1)[0]) is float


def test_one_argument_gives_a_tuple_of_one():
    _, pullback = vjp(np.tanh, X)
    (bx,) = pullback(np.ones(3))
    assert_close(bx, 1.0 - np.tanh(X) ** 2)


def test_what_has_no_derivative_gets_none():
    def f(x, n, name, nothing, flags, p):
        return x * n + (0.0 if nothing is None else 1.0) + p["k"]

    _, pullback = vjp(f, 2.0, 3, "a", None, [1, True], {"k": 1.0, "n": 2})
    assert pullback(1.0) == (3.0, None, None, None, None, {"k": 1.0, "n": 2})


def test_defaults_are_not_primals():
    def f(x, scale=2.0, *, shift=1.0):
        return x * scale + shift

    value, pullback = vjp(f, 3.0)
    assert (value, pullback(1.0)) == (7.0, (2.0,))
    value, pullback = vjp(f)(3.0, shift=5.0)
    assert (value, pullback(1.0)) == (11.0, (2.0,))
    value, pullback = vjp(f)(3.0, 4.0)
    assert (value, pullback(1.0)) == (13.0, (4.0, 3.0))
    assert vjp(f)(3.0, scale=4.0)[1](1.0) == (4.0,)
    assert vjp(f, argnums="shift")(3.0)[1](1.0) == (1.0,)


def test_argnums():
    def f(x, y, z):
        return x * y * z

    assert vjp(f, 2.0, 3.0, 5.0, argnums=1)[1](1.0) == (10.0,)
    assert vjp(f, 2.0, 3.0, 5.0, argnums=(2, "x"))[1](1.0) == (6.0, 15.0)
    assert vjp(f, argnums=-1)(2.0, 3.0, 5.0)[1](1.0) == (6.0,)
    with pytest.raises(ArgumentError, match="vjp of f: argument 'y' is an int"):
        vjp(f, 2.0, 3, 5.0, argnums=1)
    with pytest.raises(ArgumentError, match="has no parameter number 3"):
        vjp(f, argnums=3)


def test_variadic_functions():
    def f(*args, **kwargs):
        return args[0] * args[1] * kwargs["k"]

    assert vjp(f)(2.0, 3.0, k=5.0)[1](1.0) == (15.0, 10.0)
    assert vjp(f, argnums="kwargs")(2.0, 3.0, k=5.0)[1](1.0) == ({"k": 6.0},)


def test_aux():
    def f(x):
        y = np.sin(x)
        return np.sum(y), {"y": y, "n": 3}

    value, pullback, aux = vjp(f, X, has_aux=True)
    assert value == np.sum(np.sin(X))
    aux["y"][...] = 7.0
    assert_close(pullback(1.0)[0], np.cos(X))
    with pytest.raises(ArgumentError, match=r"has_aux: g must return \(value, aux\)"):

        def g(x):
            return x

        vjp(g, 1.0, has_aux=True)


def test_methods_and_callable_objects():
    class Line:
        def __init__(self, slope):
            self.slope = slope

        def __call__(self, x):
            return self.slope * x

        def at(self, x):
            return self.slope * x

        pulled = vjp(at)

    line = Line(3.0)
    assert vjp(line, 2.0)[1](1.0) == (3.0,)
    assert vjp(line.at, 2.0)[1](1.0) == (3.0,)
    value, pullback = line.pulled(2.0)
    self_, bx = pullback(1.0)
    assert (value, self_.slope, bx) == (6.0, 2.0, 3.0)


def test_the_object_looks_like_the_function():
    made = vjp(energy)
    assert made.__name__ == "energy"
    assert made.primal is energy
    assert repr(made) == "<vjp of energy>"
    assert repr(made(0.5, 3)[1]) == "<pullback of energy>"
    assert pickle.loads(pickle.dumps(made))(0.5, 3)[0] == energy(0.5, 3)
    made.cache_clear()
    made(0.5, 3), made(0.5, 3)
    assert made.cache_info()[:2] == (1, 1)


def test_source_shows_both_functions():
    assert (
        vjp(energy).source(0.5, 10)
        == """\
def energy_forward(x, n):
    s = 0.0
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = math.sin(x) * 1.1
        s = s + x * x
    return s, (x, n, x_tape)


def energy_reverse(tape, bs):
    x, n, x_tape = tape
    x_tape = x_tape.copy()
    bx = 0.0
    for i in reversed(range(n)):
        bx += bs * 2.0 * x           # s = s + x * x
        x = x_tape.pop()
        bx = bx * 1.1 * math.cos(x)  # x = math.sin(x) * 1.1
    return bx, None
"""
    )


def test_stages_show_both_functions():
    stages = vjp(energy).stages(0.5, 10)
    for name in ("derived", "dead code", "text"):
        assert "def energy_forward(" in stages[name] and "def energy_reverse(" in stages[name]


def test_source_without_arguments():
    def f(x: float, n: int):
        return x * n

    assert "bx = bf * n  # return x * n\n    return bx, None" in vjp(f).source()


def test_pullbacks_of_pullbacks_are_refused():
    with pytest.raises(UnsupportedError, match="a pullback of a pullback"):
        vjp(vjp(energy))


def test_the_pullback_of_a_gradient_is_a_second_derivative():
    slope, pull = vjp(grad(energy), 0.5, 10)
    assert slope == grad(energy)(0.5, 10)
    assert pull(2.0)[0] == pytest.approx(2.0 * hvp(energy)(0.5, 10, 1.0), rel=1e-12)


def test_nothing_to_differentiate():
    with pytest.raises(ArgumentError, match="no positional argument holds real or complex numbers"):
        vjp(lambda n: n * 2, 3)
    with pytest.raises(ArgumentError, match="vjp expects a function, not 3"):
        vjp(3, 1.0)


# --- results -------------------------------------------------------------------------------------------------------


def nested(x):
    y = np.sin(x)
    return {"pair": (y, x[0] * x[1]), "model": Model(y * x, x[2]), "split": Split(x[0], [x, y[1:]]), "n": 3, "no": None}


def weigh(value, weights):
    pair, model, split = value["pair"], value["model"], value["split"]
    found = np.sum(weights[0] * pair[0]) + weights[1] * pair[1] + np.sum(weights[2] * model.W) + weights[3] * model.b
    return found + weights[4] * split.head + np.sum(weights[5] * split.rest[0]) + np.sum(weights[6] * split.rest[1])


def test_results_of_any_structure():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=n) if n else float(rng.normal()) for n in (3, 0, 3, 0, 0, 3, 2)]
    value, pullback = vjp(nested, X)
    assert repr(value) == repr(nested(X))
    assert type(value["split"]) is Split and type(value["model"]) is Model
    cotangent = {
        "pair": (weights[0], weights[1]),
        "model": Model(weights[2], weights[3]),
        "split": Split(weights[4], [weights[5], weights[6]]),
        "n": None,
        "no": None,
    }

    def contracted(x):
        return weigh(nested(x), weights)

    assert_close(pullback(cotangent)[0], grad(contracted)(X))


def test_results_of_unknown_length():
    def squares(x):
        items = []
        for v in x:
            items.append(v * v)
        return items

    def as_tuple(x):
        return tuple(v * v for v in x)

    value, pullback = vjp(squares, X)
    assert value == list(X * X)
    assert_close(pullback([1.0, 2.0, 3.0])[0], 2.0 * X * [1.0, 2.0, 3.0])
    value, pullback = vjp(as_tuple, (1.0, 2.0))
    assert (value, pullback((1.0, 3.0))) == ((1.0, 4.0), ((2.0, 12.0),))
    with pytest.raises(ArgumentError, match="has 2 items, and the result 3"):
        vjp(squares, X)[1]([1.0, 2.0])


def test_results_that_share_memory():
    def views(x):
        y = x * 2.0
        y[0] = y[1] * y[2]
        return y, y[1:], [y, x]

    value, pullback = vjp(views, X)
    assert identical(value, views(X))
    c = np.array([1.0, 2.0, 3.0])
    by = c + np.array([0.0, 5.0, 7.0]) + 2.0 * c
    expected = np.array([0.0, by[1] + by[0] * 2.0 * X[2], by[2] + by[0] * 2.0 * X[1]]) * 2.0 + c
    assert_close(pullback((c, np.array([5.0, 7.0]), [2.0 * c, c]))[0], expected)


def test_arguments_that_are_returned():
    def f(model):
        model.W[0] = model.b * 5.0
        return model, {"again": model}

    model = Model(np.ones(2), 2.0)
    value, pullback = vjp(f, model)
    assert (value[0].W.tolist(), value[0].b, model.W.tolist()) == ([10.0, 1.0], 2.0, [1.0, 1.0])
    (found,) = pullback((Model(np.array([1.0, 2.0]), 3.0), {"again": Model(np.array([10.0, 20.0]), 30.0)}))
    assert (found.W.tolist(), found.b, found.name) == ([0.0, 22.0], 88.0, "model")


def test_a_result_that_depends_on_the_path():
    def f(x, n):
        if n > 3:
            return None
        return x * 2.0

    value, pullback = vjp(f, X, 5)
    assert value is None and identical(pullback(None), (np.zeros(3), None))
    assert identical(vjp(f, X, 2)[1](X)[0], 2.0 * X)


def test_complex_results_and_arguments():
    def f(z, a):
        return z * z * a, np.abs(z)

    z, a = np.array([1.0 + 2.0j, -0.5j]), 1.5
    c, d = np.array([2.0 - 1.0j, 0.5 + 1.0j]), np.array([0.3, -2.0])
    bz, ba = vjp(f, z, a)[1]((c, d))
    assert_close(bz, c * 2.0 * z * a + d * np.conj(z) / np.abs(z))
    assert_close(ba, np.real(np.sum(c * z * z)))
    assert type(ba) is float
    value, pullback = vjp(lambda t: np.exp(1j * t), 0.3)
    assert_close(pullback(1.0)[0], -math.sin(0.3))
    assert_close(pullback(-1j)[0], math.cos(0.3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_precision_is_kept(dtype):
    x = np.array([0.5, 1.5], dtype)
    value, pullback = vjp(lambda x: (np.sin(x), np.sum(x)), x)
    assert value[0].dtype == dtype
    assert pullback((np.ones(2), 1))[0].dtype == dtype


def test_zero_dimensions_and_empty_arrays():
    value, pullback = vjp(lambda x: np.asarray(x * 2.0), np.array(1.5))
    assert value.shape == () and pullback(1.0)[0].shape == ()
    assert pullback(np.array(3))[0] == 6.0
    value, pullback = vjp(lambda x: x * 2.0, np.zeros((0, 3)))
    assert pullback(np.ones((0, 3)))[0].shape == (0, 3)


def test_recursion():
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    def f(x, n):
        return power(x, n), [x]

    value, pullback = vjp(f, 1.5, 4)
    assert value == (1.5**4, [1.5])
    for _ in range(2):
        assert_close(pullback((1.0, [2.0]))[0], 4 * 1.5**3 + 2.0)


weights = np.array([1.0, 2.0, 3.0])


def nested_loops(x, n):
    y = x * scale
    s = 0.0
    for i in range(3):
        y[i] = np.sin(y[i - 1]) * y[i]
        s = s + y[i] * weights[i]
    return s if n == 0 else s + nested_loops(y, n - 1)


def test_recursion_with_loops_and_globals():
    global scale, weights
    expected = grad(nested_loops)(X, 3)
    _, pullback = vjp(nested_loops, X, 3)
    scale, kept = 7.0, weights.copy()
    weights[...] = np.nan
    try:
        for _ in range(3):
            assert identical(pullback(1.0), (expected, None))
    finally:
        scale = 2.0
        weights[...] = kept


# --- what stays as it is -------------------------------------------------------------------------------------------


def test_the_pullback_can_be_repeated():
    for function, args, cotangents in (
        (energy, (0.5, 10), (1.0, 3.0)),
        (swept, (X,), (np.ones(3), np.array([1.0, 0.0, -2.0]))),
        (nested, (X,), (nested(X), nested(2.0 * X))),
    ):
        _, pullback = vjp(function, *args)
        first = [copy.deepcopy(pullback(c)) for c in cotangents]
        for _ in range(3):
            for c, expected in zip(reversed(cotangents), reversed(first)):
                found = pullback(c)
                assert repr(found) == repr(expected)
                if isinstance(found[0], np.ndarray):
                    found[0][...] = np.nan


def test_cotangents_are_left_alone():
    def f(x):
        return x, x * 1.0, [x]

    c = (np.ones(3), np.ones(3), [np.ones(3)])
    before = copy.deepcopy(c)
    (bx,) = vjp(f, X)[1](c)
    bx[...] = 5.0
    assert identical(c, before)
    frozen = np.ones(3)
    frozen.flags.writeable = False
    assert identical(vjp(swept, X)[1](frozen), vjp(swept, X)[1](np.ones(3)))


def test_arguments_and_value_may_be_changed_afterwards():
    table = {"w": np.array([2.0, 3.0, 4.0]), "k": 2.0}

    def f(x, p):
        h = np.tanh(x * table["w"])
        return h, np.sum(h * h * p["s"]) * table["k"]

    x, p = X.copy(), {"s": X + 1.0}
    value, pullback = vjp(f, x, p)
    cotangent = (np.ones(3), 2.0)
    expected = copy.deepcopy(pullback(cotangent))
    x[...] = p["s"][...] = value[0][...] = table["w"][...] = np.nan
    table["k"] = np.nan
    assert identical(pullback(cotangent), expected)


scale = 2.0


def test_globals_may_be_rebound_afterwards():
    global scale

    def f(x):
        return x * scale

    _, pullback = vjp(f, 3.0)
    scale = 5.0
    try:
        assert pullback(1.0) == (2.0,)
        assert vjp(f, 3.0)[1](1.0) == (5.0,)
    finally:
        scale = 2.0


def test_without_copies():
    x = X.copy()
    assert "np.copy(x)" in vjp(np.sin, copy=True).source(x)
    assert "np.copy" not in vjp(np.sin, copy=False).source(x)
    _, pullback = vjp(np.sin, x, copy=False)
    x[...] = 0.0
    assert identical(pullback(np.ones(3))[0], np.ones(3))


def test_nothing_is_copied_that_is_not_changed():
    text = vjp(lambda W, x: np.tanh(W @ x)).source(np.ones((2, 3)), X)
    assert "copy" not in text.partition("_reverse")[2]


def test_views_are_copied_together():
    def f(x, n):
        rows = x * 1.0
        for i in range(n):
            row = rows[i % 2]
            rows[0] = row * rows[1]
            row[0] = row[1] * 2.0
        return np.sum(rows)

    x = np.array([[0.5, 1.5], [1.2, 0.7]])
    _, pullback = vjp(f, x, 5)
    expected = grad(f)(x, 5)
    for _ in range(3):
        assert identical(pullback(1.0), (expected, None))


def test_the_function_runs_once(capsys):
    def f(x):
        print("running", x)
        return x * x

    _, pullback = vjp(f, 3.0)
    assert pullback(1.0) == pullback(1.0) == (6.0,)
    assert capsys.readouterr().out == "running 3.0\n"


def test_threads():
    _, pullback = vjp(energy, 0.5, 200)
    _, other = vjp(swept, np.linspace(0.1, 0.5, 50))
    expected = pullback(1.0), other(np.ones(50))
    wrong = []

    def work():
        for _ in range(30):
            if not identical((pullback(1.0), other(np.ones(50))), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- cotangents that do not fit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "cotangent", "what"),
    [
        (lambda x: np.sum(x), "a", "is a str, and the result a number"),
        (lambda x: np.sum(x), None, "is None, and the result a number"),
        (lambda x: np.sum(x), np.ones(2), r"is an array of shape \(2,\), and the result a number"),
        (lambda x: np.sum(x), 1j, "is complex, and the result is real"),
        (lambda x: x * 2.0, 1.0, r"is a float, and the result an array of shape \(3,\)"),
        (lambda x: x * 2.0, [1.0, 1.0, 1.0], r"is a list, and the result an array of shape \(3,\)"),
        (lambda x: x * 2.0, np.ones((3, 1)), r"has shape \(3, 1\), and the result shape \(3,\)"),
        (lambda x: x * 2.0, np.ones(3) * 1j, "is complex, and the result is real"),
        (lambda x: x * 2.0, np.array(["a"] * 3), "is an array of <U1"),
        (lambda x: (x, x), (X,), "has 1 items, and the result 2"),
        (lambda x: (x, x), [X, X], "is a list, and the result a tuple"),
        (lambda x: [x, x], (X, X), "is a tuple, and the result a list"),
        (lambda x: {"a": x}, {"b": X}, r"has the keys \['b'\], and the result \['a'\]"),
        (lambda x: {"a": x}, X, r"is an array of shape \(3,\), and the result a dict"),
        (lambda x: Model(x, x[0]), {"W": X}, "is a dict, and the result an object of class Model"),
        (lambda x: {"a": [x, (x, 1)]}, {"a": [X, (X[1:], 0)]}, r"\['a'\]\[1\]\[0\] has shape \(2,\)"),
    ],
)
def test_cotangents_that_do_not_fit(function, cotangent, what):
    _, pullback = vjp(function, X)
    with pytest.raises(ArgumentError, match=f"the cotangent of the result of .*{what}.*\n  instead: pass"):
        pullback(cotangent)


def test_cotangents_are_converted():
    _, pullback = vjp(lambda x: (x * 2.0, np.sum(x)), X)
    assert identical(pullback((np.ones(3, int), np.float32(1))), pullback((np.ones(3), 1.0)))


def test_an_error_in_the_reverse_sweep_names_the_line():
    _, pullback = vjp(lambda x: math.sqrt(x), 0.0)
    with pytest.raises(ZeroDivisionError) as caught:
        pullback(1.0)
    assert "math.sqrt(x)" in "\n".join(getattr(caught.value, "__notes__", [str(caught.value)]))


def test_gradients_of_arrays_name_vjp():
    with pytest.raises(ArgumentError, match=r"or use vjp\(f, x\) or jacrev\(f\)"):
        grad(np.sin)(X)
    assert_close(sct_ad.jacrev(np.sin)(X), np.diag(np.cos(X)))


def test_it_is_public():
    assert sct_ad.vjp is vjp


# --- against JAX ---------------------------------------------------------------------------------------------------


def rnn(m):
    def run(p, xs):
        h = m.zeros(2)
        states = []
        for x in xs:
            h = m.tanh(p["W"] @ h + p["U"] @ x + p["b"])
            states.append(h)
        return {"last": h, "all": m.stack(states), "norms": [m.sum(h**2), m.max(h)]}

    return run


def softmax(m):
    def run(W, x):
        z = W @ x
        e = m.exp(z - m.max(z))
        p = e / m.sum(e)
        return p, (-m.sum(p * m.log(p)), m.cumsum(p))

    return run


def waves(m):
    def run(z, k):
        w = m.exp(1j * k * z)
        return m.sum(w) * z[0], m.abs(w) ** 2, m.real(w * z)

    return run


CASES = {
    "rnn": (
        rnn,
        lambda r: (
            {"W": r.normal(size=(2, 2)), "U": r.normal(size=(2, 3)), "b": r.normal(size=2)},
            r.normal(size=(4, 3)),
        ),
    ),
    "softmax": (softmax, lambda r: (r.normal(size=(4, 3)), r.normal(size=3))),
    "waves": (waves, lambda r: (r.normal(size=3) + 1j * r.normal(size=3), 0.7)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_jax(name):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    program, make = CASES[name]
    args = make(np.random.default_rng(3))
    value, pullback = vjp(program(np), *args)
    expected_value, expected_pullback = jax.vjp(program(jax.numpy), *args)
    leaves, structure = jax.tree_util.tree_flatten(expected_value)
    found, own = jax.tree_util.tree_flatten(value)
    assert structure == own
    rng = np.random.default_rng(4)
    cotangents = []
    for a, b in zip(found, leaves):
        assert_close(np.asarray(a), np.asarray(b), 1e-12)
        c = rng.normal(size=np.shape(a))
        c = c + 1j * rng.normal(size=np.shape(a)) if np.iscomplexobj(b) else c
        cotangents.append(c)
    given = jax.tree_util.tree_unflatten(structure, cotangents)
    expected = jax.tree_util.tree_leaves(expected_pullback(jax.tree_util.tree_map(jax.numpy.asarray, given)))
    for a, b in zip(jax.tree_util.tree_leaves(pullback(given)), expected, strict=True):
        assert_close(np.asarray(a), np.asarray(b), 1e-11)


def test_arrays_that_are_stepped_back_start_from_the_cotangent():
    assert (
        vjp(swept).source(X)
        == """\
def swept_forward(x):
    y = x * 2.0
    t_tape = []
    for i in range(1, len(y)):
        t = y[i]
        y[i] += y[i - 1] * t
        t_tape.append(t)
    return np.copy(y), (y, len(y), t_tape)


def swept_reverse(tape, by):
    y, t, t_tape = tape
    t_tape = t_tape.copy()
    by1 = np.copy(by)
    for i in reversed(range(1, t)):
        # y[i] += y[i - 1] * y[i]
        t1 = by1[i]
        by1[i] += t1 * y[i - 1]
        by1[i - 1] += t1 * t_tape.pop()
    bx = by1 * 2.0  # y = x * 2.0
    return (bx,)
"""
    )


def test_the_derivative_of_a_function_is_compiled_once():
    from sct_ad.pullbacks import VjpOptions, remembered

    def f(x):
        return x * x

    class Scale:
        def __init__(self, k):
            self.k = k

        def __call__(self, x):
            return x * self.k

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    assert vjp(f, 3.0)[1](1.0) == vjp(f, 3.0)[1](1.0) == (6.0,)
    options = VjpOptions(positional=1)
    assert remembered(f, options) is remembered(f, options)
    assert remembered(f, options).cache_info().misses == 1
    two, three = Scale(2.0), Scale(3.0)
    assert (vjp(two, 1.0)[1](1.0), vjp(three, 1.0)[1](1.0)) == ((2.0,), (3.0,))
    assert vjp(two.__call__, 1.0)[1](1.0) == vjp(two.__call__, 1.0)[1](1.0) == (2.0,)
