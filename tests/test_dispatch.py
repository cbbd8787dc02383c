"""The short way of a call: the same results and errors as the general way, for every kind of parameter and argument."""

import math
import types

import numpy as np
import pytest

from sct_ad import grad, value_and_grad
from sct_ad.dispatch import uninstall
from sct_ad.errors import ArgumentError
from tests import other_module


def is_short(gradient):
    return "__call__" in vars(type(gradient))


def warmed(gradient, *args, **kwargs):
    """The gradient after enough calls that the short way is installed."""
    for _ in range(3):
        gradient(*args, **kwargs)
    return gradient


def of_all_kinds(a, /, b, *, c, d=2.0):
    return a * b * b * c**3 * d


def test_short_way_takes_arguments_as_the_function_does():
    gradient = warmed(grad(of_all_kinds, argnums="b"), 1.5, 2.0, c=1.0, d=3.0)
    assert is_short(gradient)
    expected = 2 * 1.5 * 2.0 * 3.0
    assert gradient(1.5, 2.0, c=1.0, d=3.0) == expected
    assert gradient(1.5, b=2.0, d=3.0, c=1.0) == expected
    assert gradient(1.5, 2.0, c=1.0) == expected / 3.0 * 2.0


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f(),
        lambda f: f(1.0),
        lambda f: f(1.0, 2.0),
        lambda f: f(1.0, 2.0, 3.0),
        lambda f: f(a=1.0, b=2.0, c=3.0),
        lambda f: f(1.0, 2.0, c=3.0, e=1.0),
        lambda f: f(1.0, 2.0, b=2.0, c=3.0),
    ],
)
def test_calls_that_do_not_fit_raise_as_the_first_call_does(call):
    with pytest.raises(ArgumentError):
        call(grad(of_all_kinds))
    short = warmed(grad(of_all_kinds), 1.0, 2.0, c=1.0, d=1.0)
    with pytest.raises(TypeError):
        call(short)
    assert short(1.0, 2.0, c=1.0, d=1.0) == 4.0


def switched(x, kind, weights, flag=False):
    if flag:
        return math.sin(x)
    if kind == "square":
        return x * x * weights["w"]
    return x**3 * weights["w"] if weights["v"] is None else np.sum(x * weights["v"])


def test_arguments_of_every_type_are_told_apart():
    gradient = grad(switched)
    calls = [
        ((2.0, "square", {"w": 3.0, "v": None}), 12.0),
        ((2.0, "cube", {"w": 3.0, "v": None}), 36.0),
        ((2.0, "cube", {"w": 3.0, "v": np.arange(3.0)}), 3.0),
        ((2.0, "cube", {"w": 3.0, "v": np.ones((1, 3))}), 3.0),
        ((2.0, "square", {"w": 3.0, "v": None}, True), math.cos(2.0)),
        ((np.float64(2.0), "square", {"w": 3.0, "v": None}), 12.0),
        ((2.0, None, {"w": 3, "v": None}), 36.0),
    ]
    for order in (calls, calls[::-1], [c for c in calls for _ in range(4)]):
        for args, expected in order:
            assert gradient(*args) == expected


def test_size_one_is_told_apart():
    def total(x, y):
        return np.sum(x * y)

    gradient = warmed(grad(total), np.ones(3), np.ones(3))
    assert gradient(np.ones(3), np.ones(1)).shape == (3,)
    assert gradient(np.ones(1), np.ones(3)).tolist() == [3.0]
    assert gradient(np.ones(3, np.float32), np.ones(3)).dtype == np.float32


scale = 2.0


def uses_names(x):
    return scale * x * x + other_module.helper(x)


def test_names_stay_live(monkeypatch):
    gradient = warmed(grad(uses_names), 3.0)
    before = gradient(3.0)
    monkeypatch.setitem(globals(), "scale", 5.0)
    assert gradient(3.0) == before + 18.0
    monkeypatch.setattr(other_module, "helper", lambda x: 7.0 * x)
    assert gradient(3.0) == 37.0
    monkeypatch.delitem(globals(), "scale")
    with pytest.raises(Exception, match="scale"):
        gradient(3.0)


def test_code_of_the_function_replaced():
    def f(x):
        return x * x

    def g(x):
        return x * x * x

    gradient = warmed(grad(f), 3.0)
    f.__code__ = g.__code__
    assert gradient(3.0) == 27.0


def test_errors_name_the_users_line():
    def root(x):
        return math.sqrt(x)

    gradient = warmed(grad(root), 1.0)
    with pytest.raises(ZeroDivisionError) as caught:
        gradient(0.0)
    assert any("return math.sqrt(x)" in note for note in caught.value.__notes__)


def test_hits_are_counted_on_both_ways():
    gradient = grad(lambda x: x * x)
    for _ in range(10):
        gradient(1.0)
    assert gradient.cache_info()[:2] == (9, 1)
    uninstall(type(gradient))
    gradient(1.0)
    assert gradient.cache_info()[:2] == (10, 1)


def hostile(type, float, missing, rest, fits, gradient, hits, again):
    return type * float * missing * rest * fits * gradient * hits * again


def test_names_of_the_user_do_no_harm():
    value, gradient = warmed(value_and_grad(hostile, argnums=3), *[2.0] * 8)(*[2.0] * 8)
    assert (value, gradient) == (256.0, 128.0)


def test_objects_are_independent():
    first, second = grad(of_all_kinds), grad(of_all_kinds, argnums=1)
    warmed(first, 1.0, 2.0, c=1.0, d=1.0)
    assert not is_short(second)
    assert second(1.0, 3.0, c=1.0, d=1.0) == 6.0


def test_objects_and_containers_are_told_apart_by_short_calls():
    class Point:
        def __init__(self, x, kind="a"):
            self.x, self.kind = x, kind

    gradient = grad(lambda p: np.sum(p.x) ** 2 if p.kind == "a" else np.sum(p.x))
    for _ in range(4):
        assert gradient(Point(2.0)).x == 4.0
    assert gradient(Point(2.0, "b")).x == 1.0
    assert gradient(Point(np.array([1.0, 2.0]))).x.tolist() == [6.0, 6.0]
    assert gradient(Point(np.float32(2.0))).x.dtype == np.float32
    more = Point(2.0)
    more.z = 1.0
    assert vars(gradient(more)) == {"x": 4.0, "kind": "a", "z": 0.0}
    other = types.SimpleNamespace(x=2.0, kind="a")
    assert gradient(other).x == 4.0
    assert gradient(Point(2.0)).x == 4.0

    nested = grad(lambda p: p["a"][0].x * p["a"][1] if p["b"] is None else p["a"][1])
    for _ in range(4):
        assert nested({"a": [Point(2.0), 3.0], "b": None})["a"][0].x == 3.0
    assert nested({"a": [Point(2.0), 3.0], "b": 1.0})["a"][0].x == 0.0
    assert nested({"a": [Point(2.0), 3.0], "b": None, "c": 1.0})["a"][1] == 2.0
