"""The user's side: what grad and value_and_grad accept, return, show and refuse."""

import ast
import collections
import functools
import inspect
import math
import pickle
import re
import traceback
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import sct_ad
from sct_ad import adjoint_source, grad, value_and_grad, vjp
from sct_ad.errors import ArgumentError, NoRuleError, SctError, UnsupportedError
from sct_ad.rules.registry import adjoint, d
from tests.numerical import assert_close, assert_like, difference_gradient


def product(x, y, z=2.0):
    """The product, and a bit more."""
    return x * y * y * z + x


def squares(a, b):
    return np.sum(a * a * b)


# --- forms -----------------------------------------------------------------------------------------------


@grad
def bare(x):
    return x * x


@grad(argnums=(0, 2))
def chosen(x, y, z):
    return x * y + z * z


@value_and_grad
def bare_value(x):
    return x * x


@value_and_grad(argnums="y", has_aux=True)
def value_with_aux(x, y):
    return x * y, {"x": x}


def test_decorators():
    assert bare(3.0) == 6.0
    assert chosen(2.0, 3.0, 4.0) == (3.0, 8.0)
    assert bare_value(3.0) == (9.0, 6.0)
    assert value_with_aux(2.0, 3.0) == ((6.0, {"x": 2.0}), 2.0)


def test_functions():
    assert grad(product)(1.0, 3.0) == 19.0
    assert grad(product, 1)(1.0, 3.0) == 12.0
    assert grad(argnums=1)(product)(1.0, 3.0) == 12.0
    assert value_and_grad(product, 1)(1.0, 3.0) == (19.0, 12.0)
    assert value_and_grad(argnums=(1,))(product)(1.0, 3.0) == (19.0, (12.0,))


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 19.0),
        (1, 12.0),
        (2, 9.0),
        ((0,), (19.0,)),
        ((0, 1), (19.0, 12.0)),
        ((2, 0), (9.0, 19.0)),
        ("x", 19.0),
        ("z", 9.0),
        (("z", "y"), (9.0, 12.0)),
        (("x", 1), (19.0, 12.0)),
        (["x", 1], (19.0, 12.0)),
        (range(2), (19.0, 12.0)),
        (range(1), (19.0,)),
        (np.array([0, 1]), (19.0, 12.0)),
        (np.array(["x", "y"]), (19.0, 12.0)),
        (np.int64(1), 12.0),
    ],
)
def test_argnums(argnums, expected):
    gradient = grad(product, argnums=argnums)(1.0, 3.0, 2.0)
    assert gradient == expected
    assert type(gradient) is type(expected)


def test_argnums_are_taken_as_they_are_when_given():
    argnums = [0]
    gradient = grad(product, argnums)
    argnums.append(1)
    assert gradient(1.0, 3.0) == (19.0,)


def test_keyword_and_default_arguments():
    gradient = grad(product, argnums=("x", "y", "z"))
    expected = gradient(1.0, 3.0, 5.0)
    assert expected == (46.0, 30.0, 9.0)
    assert gradient(1.0, z=5.0, y=3.0) == expected
    assert gradient(z=5.0, y=3.0, x=1.0) == expected
    assert gradient(1.0, 3.0) == (19.0, 12.0, 9.0)
    assert grad(product, argnums=0)(y=3.0, x=1.0) == 19.0


@pytest.mark.parametrize(
    ("args", "keywords"),
    [((), {}), ((1.0,), {}), ((1.0, 2.0, 3.0, 4.0), {}), ((1.0, 2.0), {"w": 1.0}), ((1.0,), {"x": 1.0})],
)
def test_wrong_calls_are_type_errors_as_for_the_function(args, keywords):
    with pytest.raises(TypeError):
        product(*args, **keywords)
    with pytest.raises(TypeError):
        grad(product)(*args, **keywords)


def test_has_aux():
    def f(x, n):
        history = []
        for _ in range(n):
            x = x * x
            history.append(x)
        return x, history

    assert grad(f, has_aux=True)(2.0, 2) == (32.0, [4.0, 16.0])
    assert value_and_grad(f, has_aux=True)(2.0, 2) == ((16.0, [4.0, 16.0]), 32.0)
    with pytest.raises(ArgumentError, match="has_aux"):
        grad(lambda x: x * x, has_aux=True)(2.0)
    with pytest.raises(ArgumentError, match="has_aux"):
        grad(lambda x: (x * x, x))(2.0)


def test_aux_may_be_anything():
    def f(x):
        y = x * 2
        return np.sum(y * y), (y, "text", None, {"shape": x.shape})

    x = np.array([1.0, 2.0])
    gradient, aux = grad(f, has_aux=True)(x)
    assert gradient.tolist() == [8.0, 16.0]
    assert aux[0].tolist() == [2.0, 4.0] and aux[1:] == ("text", None, {"shape": (2,)})


# --- *args and **kwargs ----------------------------------------------------------------------------------


def weighted(x, *factors, k=1.0, **powers):
    for factor in factors:
        x = x * factor
    return np.sum(x * k) ** powers["n"] if "n" in powers else x * k


@pytest.mark.parametrize("function", [lambda x, *a: x * x, lambda x, **k: x * x, lambda x, *a, k=1.0, **w: x * x * k])
def test_variadic_functions_called_without_extra_arguments(function):
    for _ in range(3):
        assert grad(function)(3.0) == 6.0
    assert "_grad(x" in grad(function).source(3.0)


def test_variadic_parameters_by_name():
    gradient = grad(weighted, argnums="factors")
    assert gradient(2.0, 3.0, 4.0, k=5.0) == (40.0, 30.0)
    assert gradient(2.0, 3.0) == (2.0,)
    assert gradient(2.0) == ()
    assert grad(weighted, argnums=("x", "factors", "k"))(2.0, 3.0, 4.0, k=5.0) == (60.0, (40.0, 30.0), 24.0)
    assert grad(weighted, argnums="powers")(1.0) == {}
    assert value_and_grad(weighted, argnums="powers")(2.0, n=2.0) == (4.0, {"n": pytest.approx(4.0 * math.log(2.0))})
    assert grad(lambda *a: a[0] * a[1], argnums="a")(2.0, 3.0) == (3.0, 2.0)
    assert grad(lambda **kw: kw["a"] * kw["b"], argnums="kw")(a=2.0, b=3.0) == {"a": 3.0, "b": 2.0}


def test_variadic_parameters_keep_the_structure_of_their_items():
    def f(*layers, **scale):
        return np.sum(layers[0]["w"] * layers[1]) * scale["s"]

    layers = ({"w": np.ones(2)}, np.arange(2.0))
    assert_like(grad(f, argnums="layers")(*layers, s=2.0), layers)
    assert_like(grad(f, argnums="scale")(*layers, s=2.0), {"s": 2.0})


def test_items_of_variadic_parameters():
    assert grad(weighted, argnums=1)(2.0, 3.0, 4.0) == 8.0
    assert grad(weighted, argnums="factors[1]")(2.0, 3.0, 4.0) == 6.0
    with pytest.raises(ArgumentError, match=r"1: factors\[0\], 2: k"):
        grad(weighted, argnums="n")(2.0, 3.0)
    with pytest.raises(ArgumentError, match=r"'factors\[0\]' is an int"):
        grad(weighted, argnums="factors")(2.0, 3)
    for argnums in [("factors", "factors[0]"), ("factors", "factors"), ("powers", "powers")]:
        with pytest.raises(ArgumentError, match="twice"):
            grad(weighted, argnums=argnums)(2.0, 3.0)


def test_shared_memory_among_variadic_arguments_is_named():
    def f(x, *arrays):
        arrays[0][0] = x
        return np.sum(arrays[0] * arrays[1])

    a = np.ones(3)
    with pytest.raises(ArgumentError, match=r"instead: pass arrays\[0\].copy\(\)"):
        grad(f)(2.0, a, a)
    assert grad(f)(2.0, a.copy(), a) == 1.0


# --- callables that are not plain functions --------------------------------------------------------------


class Model:
    def __init__(self, weight):
        self.weight = weight

    def loss(self, x: float, n: int = 2) -> float:
        """A method."""
        s = 0.0
        for _ in range(n):
            s = s + self.weight * x**2
        return s

    @classmethod
    def cube(cls, x):
        return x**3

    @staticmethod
    def square(x):
        return x * x

    def __call__(self, x, y=1.0):
        return self.weight * x * y


@dataclass
class Quadratic:
    """Callable, and a dataclass."""

    weight: float

    def __call__(self, x):
        return np.sum(self.weight * x**2)


def of_four(x, y, z=2.0, *, k=1.0):
    """Doc of four."""
    return x * y * y * z * k


model = Model(5.0)
foreign = np.frompyfunc(math.sin, 1, 1)


@pytest.mark.parametrize(
    ("function", "argnums", "args", "keywords", "expected"),
    [
        (functools.partial(of_four, 1.0), 0, (3.0,), {}, 12.0),
        (functools.partial(of_four, 1.0), 1, (3.0,), {}, 9.0),
        (functools.partial(of_four, 1.0), "k", (3.0,), {}, 18.0),
        (functools.partial(of_four, y=3.0), 0, (1.0,), {}, 18.0),
        (functools.partial(of_four, y=3.0), ("z", "x"), (1.0,), {"z": 1.0}, (9.0, 9.0)),
        (functools.partial(of_four, x=1.0), 0, (), {"y": 3.0}, 12.0),
        (functools.partial(functools.partial(of_four, 1.0), k=4.0), 0, (3.0,), {}, 48.0),
        (functools.partial(lambda a, b: a * b, 3.0), 0, (2.0,), {}, 3.0),
        (functools.partial(np.multiply, 3.0), 0, (2.0,), {}, 3.0),
        (functools.partial(model.loss, n=4), 0, (3.0,), {}, 120.0),
        (model.loss, 0, (3.0,), {}, 60.0),
        (model.loss, "x", (), {"n": 1, "x": 3.0}, 30.0),
        (Model.cube, 0, (3.0,), {}, 27.0),
        (model.cube, 0, (3.0,), {}, 27.0),
        (model.square, 0, (3.0,), {}, 6.0),
        (model, 0, (3.0,), {}, 5.0),
        (model, (0, 1), (3.0, 2.0), {}, (10.0, 15.0)),
        (functools.lru_cache(Model.square), 0, (3.0,), {}, 6.0),
        (np.sin, 0, (0.5,), {}, math.cos(0.5)),
        (np.multiply, (0, 1), (2.0, 3.0), {}, (3.0, 2.0)),
        (math.sin, 0, (0.5,), {}, math.cos(0.5)),
        (math.hypot, 0, (3.0, 4.0), {}, 0.6),
        (math.log, 0, (2.0,), {}, 0.5),
        (abs, 0, (-2.0,), {}, -1.0),
        (max, (0, 1), (1.0, 2.0), {}, (0.0, 1.0)),
        (float, 0, (2.0,), {}, 1.0),
    ],
)
def test_callables(function, argnums, args, keywords, expected):
    gradient = grad(function, argnums)
    for _ in range(4):
        found = gradient(*args, **keywords)
        assert found == pytest.approx(expected, rel=1e-15)
        assert type(found) is type(expected)
    assert gradient.primal is function


@pytest.mark.parametrize("function", [np.sum, np.mean, np.linalg.norm, np.max])
def test_numpy_functions_with_optional_arguments(function):
    x = np.array([1.0, 2.0, 4.0])
    assert_close(grad(function)(x), difference_gradient(function, (x,)), 1e-6)
    assert_close(grad(function)(x, axis=0), difference_gradient(function, (x,)), 1e-6)


def test_arrays_and_objects_may_be_bound():
    assert grad(functools.partial(squares, b=np.arange(2.0)))(np.ones(2)).tolist() == [0.0, 2.0]
    assert grad(Quadratic(3.0))(np.ones(2)).tolist() == [6.0, 6.0]


def test_attributes_of_a_bound_object_stay_live():
    own = Model(1.0)
    gradient = grad(own.loss)
    for weight in (1.0, 2.0, 3.0, 4.0):
        own.weight = weight
        assert gradient(3.0) == 12.0 * weight


def test_a_function_with_a_rule_is_differentiated_by_it():
    def steps(x):
        return foreign(x)

    with pytest.raises(NoRuleError):
        grad(steps)(2.0)

    @adjoint(steps)
    def steps_rule(z, x):
        d[x] = 7.0 * d[z]

    assert grad(steps)(2.0) == 7.0


def test_name_doc_and_signature_of_other_callables():
    loss, bound, keyword = (
        grad(model.loss),
        grad(functools.partial(of_four, 1.0)),
        grad(functools.partial(of_four, k=3.0)),
    )
    assert (loss.__name__, loss.__qualname__, loss.__doc__) == ("loss", "Model.loss", "A method.")
    assert (bound.__name__, bound.__qualname__, bound.__doc__) == ("of_four", "of_four", "Doc of four.")
    assert loss.__module__ == bound.__module__ == __name__
    assert inspect.signature(loss) == inspect.signature(model.loss)
    assert inspect.signature(bound) == inspect.signature(functools.partial(of_four, 1.0))
    assert str(inspect.signature(keyword)) == "(x, y, z=2.0)"
    assert str(inspect.signature(grad(math.sin))) == "(x, /)"
    assert grad(model).__name__ == "Model"
    assert "Model.loss" in repr(loss) and "of_four" in repr(bound)


def test_source_of_other_callables_is_that_of_what_they_call():
    assert "def loss_grad(x, n, bloss=1.0):" in grad(model.loss).source(3.0)
    assert "# s = s + self.weight * x**2" in grad(model.loss).source(3.0)
    assert grad(model.loss).source() == grad(model.loss).source(3.0, 2)
    assert "9.0" in grad(functools.partial(of_four, y=3.0)).source(1.0)


@pytest.mark.parametrize(
    "function", [functools.partial(of_four, 1.0), model.loss, Model.cube, model, np.sin, math.sin, bare.primal]
)
def test_pickles_where_the_parts_do(function):
    if function is bare.primal:
        assert pickle.loads(pickle.dumps(bare)) is bare
        return
    gradient = grad(function)
    assert pickle.loads(pickle.dumps(gradient))(0.5) == gradient(0.5)


def test_what_cannot_be_called_or_has_no_rule():
    with pytest.raises(NoRuleError, match="no derivative rule for sin"):
        grad(foreign)(1.0)
    with pytest.raises(ArgumentError, match="unexpected keyword argument 'y'"):
        grad(functools.partial(of_four, y=3.0))(1.0, y=4.0)
    with pytest.raises(UnsupportedError, match="gradient of a pullback"):
        grad(vjp(of_four))


def test_source_of_a_method_from_text():
    text = "class Made:\n    def power(self, x):\n        return x ** 3\n"
    namespace = {}
    exec(text, namespace)
    power = namespace["Made"]().power
    with pytest.raises(UnsupportedError, match="source text"):
        grad(power)(2.0)
    assert grad(power, source=text)(2.0) == 12.0


# --- methods -----------------------------------------------------------------------------------------------


class Net:
    def __init__(self, weight):
        self.weight = weight

    @grad(argnums=1)
    def loss(self, x):
        """The loss."""
        return self.weight * x * x

    @grad(argnums=1)
    @classmethod
    def cube(cls, x):
        return x**3

    @value_and_grad
    @staticmethod
    def square(x):
        return x * x


def test_decorated_methods_bind_self():
    net, other = Net(3.0), Net(4.0)
    assert net.loss(2.0) == 12.0 and other.loss(x=2.0) == 16.0
    assert Net.loss(net, 2.0) == 12.0
    assert net.loss.primal(2.0) == 12.0
    assert net.loss.source(2.0) == Net.loss.source(net, 2.0)
    assert net.loss.source() == Net.loss.source()
    assert net.loss.stages(2.0) == Net.loss.stages(net, 2.0)
    assert net.loss.cache_info() == Net.loss.cache_info()
    assert (net.loss.__name__, net.loss.__doc__, net.loss.__self__) == ("loss", "The loss.", net)
    assert str(inspect.signature(net.loss)) == "(x)"
    assert net.loss == net.loss != other.loss and len({net.loss, net.loss, other.loss}) == 2
    assert "loss" in repr(net.loss) and pickle.loads(pickle.dumps(net.loss))(2.0) == 12.0
    net.loss.cache_clear()
    assert other.loss.cache_info().misses == 0
    with pytest.raises(UnsupportedError):
        grad(net.loss)


def test_decorated_static_methods_have_no_self():
    assert Net(1.0).square(3.0) == Net.square(3.0) == (9.0, 6.0)


def test_decorated_class_methods_are_bound_to_the_class():
    assert Net(1.0).cube(2.0) == Net.cube(2.0) == 12.0
    assert Net.cube.primal(2.0) == 8.0 and Net.cube.__self__ is Net


# --- what comes back -------------------------------------------------------------------------------------


def test_float_in_float_out():
    assert type(grad(lambda x: np.sin(x) * np.sum(np.ones(3) * x))(0.5)) is float
    assert type(grad(lambda x: math.sin(x))(0.5)) is float
    assert type(grad(lambda x, a: np.sum(a * x))(0.5, np.ones(3, np.float32))) is float
    value, gradient = value_and_grad(lambda x: x * x)(0.5)
    assert type(value) is float and type(gradient) is float


def tanh_twice(x):
    for _ in range(2):
        x = np.tanh(x)
    return x


def halved(x):
    while x > 1.0:
        x = np.divide(x, 2.0)
    return x


def one_branch(x):
    if x > 0:
        x = np.sin(x)
    return x * x


def plain_loop(x):
    for _ in range(3):
        x = x * x
    return x


@pytest.mark.parametrize("function", [tanh_twice, halved, one_branch, plain_loop, lambda x: x, lambda x: np.sin(x) + x])
@pytest.mark.parametrize("x", [0.5, 3.0, -0.5])
def test_float_in_float_out_through_loops_and_branches(function, x):
    for _ in range(3):
        assert type(grad(function)(x)) is float
    assert type(grad(function)(np.float64(x))) is np.float64
    assert type(grad(function)(np.float32(x))) is np.float32


def test_pure_floats_are_not_converted():
    assert "float(" not in grad(plain_loop).source(0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3), (2, 0, 1), (1, 1, 1)])
def test_arrays_keep_dtype_and_shape(dtype, shape):
    a = np.linspace(0.5, 1.5, math.prod(shape), dtype=dtype).reshape(shape)
    gradient = grad(lambda a: np.sum(np.sin(a) * a * 2.0 + np.exp(a)))(a)
    assert_like(gradient, a)
    gradient = grad(lambda a, b: np.sum(a * b), argnums=(0, 1))(a, 2.0)
    assert_like(gradient, (a, 2.0))


def test_float32_stays_float32_in_mixed_expressions():
    a, b = np.ones((2, 3), np.float32), np.ones(3)

    def f(a, b):
        return np.mean((a @ b) ** 2) + np.sum(a * 3.0) / 7

    gradients = grad(f, argnums=(0, 1))(a, b)
    assert gradients[0].dtype == np.float32 and gradients[1].dtype == np.float64


Layer = namedtuple("Layer", "weights bias")


@pytest.mark.parametrize(
    "parameters",
    [
        [1.5, 2.5],
        (1.5, np.ones(2)),
        {"a": 1.5, "b": np.ones(2)},
        [(np.ones((2, 2)), 0.5), (np.ones((2, 2)) * 2, 1.5)],
        {"outer": {"inner": [0.5, (1.5,)]}},
        [np.ones(2, np.float32), {"x": np.zeros((1, 0))}],
    ],
)
def test_results_have_the_structure_of_the_arguments(parameters):
    def total(node):
        if isinstance(node, dict):
            s = 0.0
            for key in node:
                s = s + total(node[key])
            return s
        if isinstance(node, (list, tuple)):
            s = 0.0
            for item in node:
                s = s + total(item)
            return s
        return np.sum(node * node)

    gradient = grad(total)(parameters)
    assert_like(gradient, parameters)
    assert_close(gradient, difference_gradient(total, (parameters,)), 1e-3)


def test_containers_read_by_index_and_key():
    def f(p, x):
        return p["w"][1] * x[0] + p["b"] * x[1] ** 2

    p, x = {"w": [1.0, 2.0], "b": 3.0, "unused": np.ones(2)}, (4.0, 5.0)
    gradient = grad(f, argnums=(0, 1))(p, x)
    assert gradient[0]["w"] == [0.0, 4.0] and gradient[0]["b"] == 25.0
    assert gradient[0]["unused"].tolist() == [0.0, 0.0]
    assert gradient[1] == (2.0, 30.0)


def test_named_tuples():
    def f(layer, x):
        return np.sum(layer.weights * x) + layer.bias**2

    gradient = grad(f)(Layer(np.ones(2), 3.0), np.array([1.0, 2.0]))
    assert type(gradient) is Layer
    assert gradient.weights.tolist() == [1.0, 2.0] and gradient.bias == 6.0


def test_an_argument_that_does_not_matter_gets_zeros():
    gradient = grad(lambda x, y: x * 2.0, argnums=(0, 1))(1.0, np.ones((2, 1), np.float32))
    assert gradient[0] == 2.0
    assert_like(gradient[1], np.ones((2, 1), np.float32))
    assert not gradient[1].any()


def test_gradients_are_fresh_arrays():
    a = np.ones(3)
    gradient_of = grad(lambda a, b: np.sum(a + b), argnums=(0, 1))
    first = gradient_of(a, a)
    first[0][:] = 99.0
    assert first[1].tolist() == [1.0] * 3
    assert gradient_of(a, a)[0].tolist() == [1.0] * 3
    assert first[0].flags.writeable and first[0].flags.owndata or first[0].base is not a


def test_value_is_that_of_the_function():
    x = np.linspace(0.1, 1.0, 7)

    def f(x):
        return np.mean(np.sin(x) ** 2 / 3.0) * 7.0

    value, _ = value_and_grad(f)(x)
    assert value == f(x)
    assert type(value) is type(f(x))


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3, True, np.arange(3), np.int32(1), "text", None, [1, 2]])
def test_arguments_that_are_not_floats(value):
    with pytest.raises(ArgumentError) as caught:
        grad(lambda number: 1.0)(value)
    assert "number" in str(caught.value)
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, SctError)


def test_an_integer_argument_is_told_to_be_a_float():
    with pytest.raises(ArgumentError, match="float"):
        grad(product)(1, 2.0)
    with pytest.raises(ArgumentError, match="float"):
        grad(squares)(np.arange(3), 1.0)


@pytest.mark.parametrize("argnums", [3, (0, 3), "w", ("x", "w")])
def test_argnums_that_are_not_parameters(argnums):
    with pytest.raises(ArgumentError) as caught:
        grad(product, argnums=argnums)(1.0, 2.0)
    text = str(caught.value)
    assert "product" in text
    assert all(name in text for name in ("x", "y", "z"))
    assert ("3" in text) or ("w" in text)


@pytest.mark.parametrize(
    "argnums", [1.5, None, (0, None), {0: 1}, {0}, True, b"x", np.array(0), np.array([[0]]), [0.0]]
)
def test_argnums_of_a_wrong_type(argnums):
    with pytest.raises(ArgumentError, match="argnums"):
        grad(product, argnums=argnums)(1.0, 2.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: (np.sum(x), np.sum(x)),
        lambda x: [np.sum(x)],
        lambda x: {"loss": np.sum(x)},
        lambda x: x[:1],
        lambda x: x.reshape(3, 1),
    ],
)
def test_outputs_that_are_not_scalars(function):
    with pytest.raises(ArgumentError) as caught:
        grad(function)(np.ones(3))
    assert "instead: " in str(caught.value)


@pytest.mark.parametrize("function", [lambda x: None, lambda x: "text", lambda x: x > 0])
def test_outputs_that_are_not_numbers(function):
    with pytest.raises(ArgumentError):
        grad(function)(1.0)


def shown(error):
    """The parts of a message: what is wrong, and what to write instead."""
    return str(error.value).split("\n  instead: ")


@pytest.mark.parametrize(
    ("function", "result", "remedy", "remedied"),
    [
        (lambda x: None, "None (is a return missing?)", "return the number to differentiate", lambda x: x),
        (lambda x: "text", "'text'", "return the number", lambda x: x),
        (lambda x: x > 0.0, "a bool", "return a float", lambda x: float(x > 0.0)),
        (lambda x: x * 1j, "a complex number", "np.sum(np.abs(result) ** 2)", lambda x: np.sum(np.abs(x * 1j) ** 2)),
        (lambda x: [x], "a list", "result[0]", lambda x: [x][0]),
        (lambda x: (x, x), "a tuple", "result[0]", lambda x: (x, x)[0]),
        (lambda x: {"loss": x}, "a dict", "result['loss']", lambda x: {"loss": x}["loss"]),
        (lambda x: x * np.ones(3), "an array of 1 dimension", "np.sum(result)", lambda x: np.sum(x * np.ones(3))),
        (
            lambda x: x * np.ones((3, 1)),
            "an array of 2 dimensions",
            "np.sum(v * result)",
            lambda x: np.sum(np.arange(3) * (x * np.ones(3))),
        ),
    ],
)
def test_a_result_that_is_no_number_is_named_and_its_remedy_works(function, result, remedy, remedied):
    with pytest.raises(ArgumentError) as caught:
        grad(function)(2.0)
    what, hint = shown(caught)
    assert what == f"grad of <lambda>: the result is {result}; a gradient needs one real number"
    assert remedy in hint
    assert type(grad(remedied)(2.0)) is float


def test_the_remedy_for_a_tuple_with_has_aux_works():
    function = lambda x: (x * x, x)
    with pytest.raises(ArgumentError, match="with has_aux=True, a tuple of one number and anything"):
        grad(function)(2.0)
    assert grad(function, has_aux=True)(2.0) == (4.0, 2.0)
    with pytest.raises(ArgumentError, match="has_aux: <lambda> must return .value, aux."):
        grad(lambda x: x, has_aux=True)(2.0)


class Weights(list):
    pass


class Metres(float):
    pass


class Parameters(collections.UserDict):
    pass


@dataclass
class State:
    weight: float


@pytest.mark.parametrize(
    ("argument", "what", "remedy", "remedied"),
    [
        (Parameters(w=2.0), "of type Parameters", "dict(p)", dict),
        (Weights([2.0]), "of type Weights", "list(p)", list),
        (collections.deque([2.0]), "of type deque", "list(p)", list),
        (Metres(2.0), "of type Metres", "float(p)", float),
        (
            State("none"),
            "an object of class State without floats",
            "give it attributes that are floats or float arrays",
            lambda p: State(2.0),
        ),
        (
            Model(2.0).__dict__.keys(),
            "of type dict_keys",
            "as a float, an array, or a tuple, list or dict",
            lambda p: 2.0,
        ),
        ({"w": 1}, "a container without floats", "put floats or float arrays into it", lambda p: {"w": 1.0}),
        (2, "an int", "pass a float, such as 2.0", lambda p: 2.0),
        (np.arange(3), f"an array of {np.arange(3).dtype}", "pass p.astype(float)", lambda p: p.astype(float)),
    ],
)
def test_an_argument_without_derivative_is_named_and_its_remedy_works(argument, what, remedy, remedied):
    with pytest.raises(ArgumentError) as caught:
        grad(lambda p: 1.0)(argument)
    found, hint = shown(caught)
    assert found == f"grad of <lambda>: argument 'p' is {what}, which has no derivative"
    assert remedy in hint
    plain = remedied(argument)
    assert_like(
        vars(grad(lambda p: 1.0)(plain)) if isinstance(plain, State) else grad(lambda p: 1.0)(plain),
        vars(plain) if isinstance(plain, State) else plain,
    )


@pytest.mark.parametrize("argument", [1.0 + 2.0j, np.complex64(1.0 + 2.0j), np.array([1.0 + 2.0j])])
def test_complex_arguments(argument):
    """The change of the result is the real part of gradient times change: that of abs(z)**2 is 2 * conj(z)."""
    gradient = grad(lambda z: np.sum(np.abs(z) ** 2))(argument)
    assert_like(gradient, argument)
    assert np.all(gradient == 2.0 * np.conj(argument))
    parts = grad(lambda re, im: np.sum(np.abs(re + 1j * im) ** 2), argnums=(0, 1))(argument.real, argument.imag)
    assert np.all(gradient == parts[0] - 1j * parts[1])
    assert grad(lambda z: (z["a"] * z["b"]).imag)({"a": 1j, "b": 2.0}) == {"a": -2j, "b": 1.0}


def test_holomorphic_functions_have_a_complex_derivative():
    def f(z):
        return 1j * z * z + np.exp(z)

    z = 0.3 + 0.2j
    assert grad(f, holomorphic=True)(z) == pytest.approx(2j * z + np.exp(z))
    value, gradient = value_and_grad(lambda z: np.sum(z**3), holomorphic=True)(np.array([z, 1.0]))
    assert value == pytest.approx(z**3 + 1.0)
    assert gradient == pytest.approx(np.array([3 * z**2, 3.0]))
    with pytest.raises(ArgumentError, match=r"the result is a complex number(.|\n)*grad\(f, holomorphic=True\)"):
        grad(f)(z)
    with pytest.raises(ArgumentError, match="the result is real, and holomorphic=True"):
        grad(lambda z: abs(z), holomorphic=True)(z)
    with pytest.raises(ArgumentError, match="argument 'z' is real, and holomorphic=True"):
        grad(f, holomorphic=True)(1.0)


@pytest.mark.parametrize("x", [np.float64(1.0), np.array(1.0), np.ones(2)])
def test_a_result_that_turns_out_to_be_complex(x):
    def f(x, n):
        y = x
        for _ in range(n):
            y = y * 1j
        return np.sum(y)

    assert_like(grad(f)(x, 0), x)
    with pytest.raises(TypeError, match="the result is a complex number"):
        grad(f)(x, 1)


def test_the_view_of_imaginary_parts_of_an_array_that_is_written():
    def written(z):
        z.real[:] = z.imag * 2.0
        return np.sum(np.abs(z))

    def remedied(z):
        z.real[:] = z.copy().imag * 2.0
        return np.sum(np.abs(z))

    z = np.array([1.0 + 2.0j, -0.5j])
    with pytest.raises(UnsupportedError, match=r"the view .imag(.|\n)*z.copy\(\).imag"):
        grad(written)(z)
    assert grad(remedied)(z) == pytest.approx(-1j * np.sqrt(5.0) * np.sign(z.imag))


def test_the_gradient_by_self_is_told_to_count_it():
    class Pair:
        def product(self, x):
            return x * x

        gradient = grad(product)
        remedied = grad(product, argnums=1)

    with pytest.raises(ArgumentError, match="argument 'self' is an object of class Pair .*\n  instead: argnums=1"):
        Pair().gradient(2.0)
    assert Pair().remedied(2.0) == 4.0


def test_grad_of_none_is_a_decorator_and_refuses_numbers():
    assert grad(None)(product)(1.0, 3.0) == grad()(product)(1.0, 3.0) == 19.0
    with pytest.raises(ArgumentError, match="grad expects a function, not 2.0"):
        grad(None)(2.0)


def test_source_must_be_text():
    with pytest.raises(ArgumentError) as caught:
        grad(product, source=3)
    assert shown(caught)[1] == "source=inspect.getsource(f)"
    assert grad(product, source=inspect.getsource(product))(1.0, 3.0) == 19.0


@pytest.mark.parametrize("argnums", [0, "x", (0, 1), [0], range(2)])
def test_argnums_in_place_of_the_function(argnums):
    with pytest.raises(ArgumentError) as caught:
        grad(argnums)
    assert shown(caught)[1] == f"grad(argnums={argnums!r})"
    assert grad(argnums=argnums)(product)(1.0, 3.0)


# --- what Python prints for an error -----------------------------------------------------------------------


def with_class(x):
    class Inner:
        pass

    return x * x


def own_frames(error):
    return [frame for frame in traceback.extract_tb(error.__traceback__) if f"{Path('sct_ad')}" in frame.filename]


@pytest.mark.parametrize(
    "call",
    [
        lambda: grad(with_class)(2.0),
        lambda: grad(with_class)(x=2.0),
        lambda: grad(with_class).source(2.0),
        lambda: grad(with_class).stages(2.0),
        lambda: grad(product)(2.0),
        lambda: grad(product)(2, 3.0),
        lambda: grad(lambda x: None)(2.0),
        lambda: grad(lambda x: foreign(x))(1.0),
        lambda: grad(squares)(np.ones(2), 1.0, 3.0),
    ],
)
def test_errors_of_a_call_show_the_call_and_no_frames_of_the_compiler(call):
    with pytest.raises(SctError) as caught:
        call()
    assert len(own_frames(caught.value)) == 1
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("make", [lambda: grad(product, 9), lambda: grad(product, argnums="q"), lambda: grad(3.5)])
def test_errors_of_grad_itself_show_few_frames(make):
    with pytest.raises(SctError) as caught:
        make()
    assert len(own_frames(caught.value)) <= 2


def test_the_line_and_its_carets_end_the_traceback():
    with pytest.raises(UnsupportedError) as caught:
        grad(with_class)(2.0)
    lines = "".join(traceback.format_exception(caught.type, caught.value, caught.tb)).splitlines()
    at = next(k for k, line in enumerate(lines) if line.strip() == "class Inner:")
    assert lines[at - 1].startswith('  File "') and "test_api.py" in lines[at - 1]
    assert lines[at + 2].startswith("sct_ad.errors.UnsupportedError: a class definition inside a function")


def test_faults_of_our_own_keep_their_frames(monkeypatch):
    def broken(*args, **options):
        raise sct_ad.InternalError("broken")

    monkeypatch.setattr("sct_ad.api.compiled_derivative", broken)
    with pytest.raises(sct_ad.InternalError) as caught:
        grad(product)(2.0, 3.0)
    assert len(own_frames(caught.value)) > 3


def test_an_error_while_it_runs_names_the_users_line_in_what_python_prints():
    def root(x):
        return math.sqrt(x)

    for _ in range(4):  # the first call, the following ones, and the short way
        gradient = grad(root)
        with pytest.raises(ZeroDivisionError) as caught:
            gradient(0.0)
        printed = "".join(traceback.format_exception_only(caught.type, caught.value))
        assert printed.count("while differentiating") == 1 and "return math.sqrt(x)" in printed


@pytest.mark.parametrize("exponent", [0.3, 0.5, -2.5])
def test_a_power_that_turns_out_to_be_complex(exponent):
    def real_part(x, p):
        z = x**p
        return z.real

    def literal(x):
        return (x**0.5).real

    for function, args in ((real_part, (exponent,)), (literal, ())):
        difference = difference_gradient(function, (2.0, *args))
        assert grad(function)(2.0, *args) == pytest.approx(difference, rel=1e-8)
        with pytest.raises(TypeError) as caught:
            grad(function)(-2.0, *args)
        printed = "".join(traceback.format_exception_only(caught.type, caught.value))
        assert "complex" in printed and "while differentiating" in printed
    assert grad(real_part)(-2.0, 3.0) == 12.0
    assert grad(lambda x: (complex(x) ** 0.3).real)(-2.0) == pytest.approx((0.3 * (-2.0 + 0j) ** -0.7).real, rel=1e-12)


def test_only_functions_can_be_differentiated():
    for thing in (3, "text", np.ones(2)):
        with pytest.raises(ArgumentError):
            grad(thing)(1.0)
        with pytest.raises(ArgumentError):
            grad(argnums=0)(thing)(1.0)


def test_errors_do_not_spoil_later_calls():
    gradient = grad(squares, argnums=(0, 1))
    with pytest.raises(ArgumentError):
        gradient(np.arange(3), 1.0)
    with pytest.raises(ValueError):
        gradient(np.ones(3), np.ones(2))
    assert gradient(np.ones(2), 2.0)[1] == 2.0


# --- the object ------------------------------------------------------------------------------------------


def test_name_doc_and_signature_are_kept():
    for gradient in (grad(product), value_and_grad(product)):
        assert gradient.__name__ == "product"
        assert gradient.__qualname__ == product.__qualname__
        assert gradient.__doc__ == "The product, and a bit more."
        assert gradient.__module__ == product.__module__
        assert inspect.signature(gradient) == inspect.signature(product)
        assert gradient.primal is product
        assert callable(gradient)
    assert bare.__name__ == "bare"
    assert bare.primal(3.0) == 9.0
    assert "product" in repr(grad(product))


def energy(x: float, n: int) -> float:
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def untyped(a, b):
    return np.sum(np.tanh(a) * b)


def test_source_of_given_arguments():
    text = grad(energy).source(0.5, 10)
    tree = ast.parse(text)
    assert any(isinstance(node, ast.FunctionDef) and node.name == "energy_grad" for node in tree.body)
    assert "math.cos(x)" in text
    assert "unbroadcast" not in text
    assert text == grad(energy).source(0.5, n=10) == grad(energy).source(2.5, 3)
    assert text.endswith("\n") and max(map(len, text.splitlines())) <= 120


def test_source_depends_on_the_types():
    gradient = grad(untyped, argnums=(0, 1))
    ranks = gradient.source(np.ones((2, 3)), np.ones(3))
    assert ranks != gradient.source(np.ones(3), np.ones(3))
    assert gradient.source(0.5, 1.5) != ranks
    assert "axis=0" in ranks or "sum(0)" in ranks


def test_source_without_arguments_is_the_general_text():
    for function in (energy, untyped):
        text = grad(function).source()
        ast.parse(text)
        assert f"{function.__name__}_grad" in text
    assert grad(untyped).source() == grad(untyped).source()


def test_adjoint_source():
    assert adjoint_source(energy, 0.5, 10) == grad(energy).source(0.5, 10)
    a, b = np.ones((2, 3)), np.ones(3)
    assert adjoint_source(untyped, a, b, argnums=(0, 1)) == grad(untyped, argnums=(0, 1)).source(a, b)
    assert adjoint_source(untyped, a, b, argnums="b") == grad(untyped, argnums=1).source(a, b)
    assert adjoint_source(energy) == grad(energy).source()


def test_source_of_value_and_grad_returns_both():
    text = value_and_grad(energy).source(0.5, 10)
    assert text != grad(energy).source(0.5, 10)
    returned = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Return)]
    assert any(isinstance(node.value, ast.Tuple) for node in returned)


def test_stages():
    stages = grad(energy).stages(0.5, 10)
    assert len(stages) >= 4
    for name, text in stages.items():
        assert isinstance(name, str) and name
        assert isinstance(text, str) and text.strip()
    assert grad(energy).source(0.5, 10).strip() in [text.strip() for text in stages.values()]
    assert list(stages) == list(grad(energy).stages(0.5, 10))


def test_cache():
    gradient = grad(untyped)
    assert (gradient.cache_info().hits, gradient.cache_info().misses, gradient.cache_info().currsize) == (0, 0, 0)
    gradient(np.ones(3), 2.0)
    assert (gradient.cache_info().hits, gradient.cache_info().misses, gradient.cache_info().currsize) == (0, 1, 1)
    gradient(np.zeros(2), 3.0)
    gradient(np.ones(3), b=4.0)
    assert (gradient.cache_info().hits, gradient.cache_info().misses) == (2, 1)
    for size in (4, 7, 1000):  # of at least 4 elements more is known
        assert gradient(np.zeros(size), 3.0).tolist() == [3.0] * size
    assert (gradient.cache_info().hits, gradient.cache_info().misses) == (4, 2)
    gradient(np.ones((3, 3)), 2.0)
    gradient(np.ones(3, np.float32), 2.0)
    gradient(0.5, 2.0)
    assert gradient.cache_info().misses == 5
    assert gradient.cache_info().currsize == 5
    gradient.cache_clear()
    assert (gradient.cache_info().hits, gradient.cache_info().misses, gradient.cache_info().currsize) == (0, 0, 0)
    assert gradient(np.zeros(2), 3.0).tolist() == [3.0, 3.0]


def test_types_may_change_between_calls():
    gradient = grad(untyped, argnums=(0, 1))
    cases = [(0.5, 2.0), (np.ones(3), 2.0), (np.ones((2, 3)), np.ones(3)), (np.ones((2, 1)), np.ones((1, 4)))]
    for a, b in cases + cases[::-1]:
        for got, argnum in zip(gradient(a, b), (0, 1)):
            assert_close(got, difference_gradient(untyped, (a, b), argnum))


def test_size_one_dimensions_are_told_apart():
    gradient = grad(lambda a, b: np.sum(a * b), argnums=(0, 1))
    assert gradient(np.ones((2, 3)), np.ones((2, 3)))[1].shape == (2, 3)
    assert gradient(np.ones((2, 3)), np.ones((2, 1)))[1].tolist() == [[3.0], [3.0]]
    assert gradient(np.ones((1, 3)), np.ones((2, 3)))[0].tolist() == [[2.0] * 3]
    assert gradient(np.ones((2, 3)), np.ones((2, 3)))[0].tolist() == [[1.0] * 3] * 2


def test_strings_and_flags_select_code():
    def f(x, kind, twice=False):
        y = x * x if kind == "square" else x * x * x
        return 2 * y if twice else y

    gradient = grad(f)
    assert gradient(2.0, "square") == 4.0
    assert gradient(2.0, "cube") == 12.0
    assert gradient(2.0, "square", twice=True) == 8.0
    assert gradient(2.0, "cube", True) == 24.0


def test_keyword_calls_follow_changed_defaults():
    def f(x, y=2.0, *, k=3.0):
        return x * y * k

    gradient = grad(f)
    assert gradient(x=1.0) == 6.0
    f.__defaults__, f.__kwdefaults__ = (4.0,), {"k": 5.0}
    assert gradient(x=1.0) == 20.0
    assert gradient(1.0, k=1.0) == 4.0


def test_version_is_that_of_the_project():
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^version = "(.*)"$', text, re.MULTILINE).group(1) == sct_ad.__version__


def test_public_names():
    for name in ("grad", "value_and_grad", "adjoint_source"):
        assert name in sct_ad.__all__
