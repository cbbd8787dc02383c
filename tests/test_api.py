"""The user's side: what grad and value_and_grad accept, return, show and refuse."""

import ast
import inspect
import math
from collections import namedtuple

import numpy as np
import pytest

import sct_ad
from sct_ad import adjoint_source, grad, value_and_grad
from sct_ad.errors import ArgumentError, SctError
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
    ],
)
def test_argnums(argnums, expected):
    gradient = grad(product, argnums=argnums)(1.0, 3.0, 2.0)
    assert gradient == expected
    assert type(gradient) is type(expected)


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


# --- what comes back -------------------------------------------------------------------------------------


def test_float_in_float_out():
    assert type(grad(lambda x: np.sin(x) * np.sum(np.ones(3) * x))(0.5)) is float
    assert type(grad(lambda x: math.sin(x))(0.5)) is float
    assert type(grad(lambda x, a: np.sum(a * x))(0.5, np.ones(3, np.float32))) is float
    value, gradient = value_and_grad(lambda x: x * x)(0.5)
    assert type(value) is float and type(gradient) is float


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


@pytest.mark.parametrize("argnums", [1.5, None, (0, None), {0: 1}])
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
    assert "vjp" in str(caught.value) and "jacobian" in str(caught.value)


@pytest.mark.parametrize("function", [lambda x: None, lambda x: "text", lambda x: x > 0])
def test_outputs_that_are_not_numbers(function):
    with pytest.raises(ArgumentError):
        grad(function)(1.0)


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
    gradient(np.zeros(7), 3.0)
    gradient(np.ones(3), b=4.0)
    assert (gradient.cache_info().hits, gradient.cache_info().misses) == (2, 1)
    gradient(np.ones((3, 3)), 2.0)
    gradient(np.ones(3, np.float32), 2.0)
    gradient(0.5, 2.0)
    assert gradient.cache_info().misses == 4
    assert gradient.cache_info().currsize == 4
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


def test_public_names():
    for name in ("grad", "value_and_grad", "adjoint_source"):
        assert name in sct_ad.__all__
