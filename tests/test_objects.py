"""Gradients with respect to objects, objects outside of the function, and what is refused of objects."""

import copy
import functools
import types
from dataclasses import FrozenInstanceError, dataclass, field

import numpy as np
import pytest

from sct_ad import grad, register_container, value_and_grad
from sct_ad.errors import ArgumentError, UnsupportedError
from sct_ad.objects import attributes_of, is_plain
from sct_ad.testing import check_grads


class Box:
    def __init__(self, value):
        self.value = value


@dataclass
class Pair:
    left: float
    right: np.ndarray
    label: str = "pair"
    count: int = 2
    extra: object = None

    def total(self, x):
        return self.left * x * np.sum(self.right) * self.count


def pair():
    return Pair(0.5, np.array([1.0, 2.0]), "p", 3)


def loss(p, x):
    return p.total(x) ** 2


# --- the object that comes back --------------------------------------------------------------------------


def test_the_gradient_is_an_object_of_the_same_class_with_all_other_attributes_unchanged():
    gradient = grad(loss)(pair(), 2.0)
    assert type(gradient) is Pair
    assert (gradient.label, gradient.count, gradient.extra) == ("p", 3, None)
    assert list(vars(gradient)) == ["left", "right", "label", "count", "extra"]
    assert gradient.left == pytest.approx(2 * pair().total(2.0) * 2.0 * 3.0 * 3)
    np.testing.assert_allclose(gradient.right, 2 * pair().total(2.0) * 0.5 * 2.0 * 3 * np.ones(2))


def test_the_init_of_the_class_is_not_called_for_the_gradient():
    class Strict:
        made = 0

        def __init__(self, w):
            Strict.made += 1
            self.w = w
            self.norm = None

    strict = Strict(2.0)
    gradient = grad(lambda s: s.w**2)(strict)
    assert (gradient.w, gradient.norm, Strict.made) == (4.0, None, 1)


def test_value_and_grad_and_several_argnums_of_objects():
    value, (by_pair, by_x) = value_and_grad(loss, argnums=(0, 1))(pair(), 2.0)
    assert value == loss(pair(), 2.0)
    assert isinstance(by_pair, Pair)
    assert by_x == pytest.approx(2 * pair().total(2.0) ** 2 / 2.0)


def test_check_grads_takes_objects():
    assert check_grads(loss, (pair(), 2.0), (0, 1)) < 1e-6
    assert check_grads(lambda b: b.value["a"] * b.value["b"][0].value, (Box({"a": 2.0, "b": [Box(3.0)]}),)) < 1e-6


def test_a_shared_object_is_one_object_in_the_gradient_too():
    shared = Box(3.0)
    both = types.SimpleNamespace(encoder=shared, decoder=shared)

    def tied(m):
        m.encoder.value = m.encoder.value * 2
        return m.decoder.value**2

    gradient = grad(tied)(both)
    assert gradient.encoder is gradient.decoder
    assert gradient.encoder.value == 2 * 6.0 * 2
    apart = types.SimpleNamespace(encoder=Box(3.0), decoder=Box(3.0))
    gradient = grad(tied)(apart)
    assert (gradient.encoder.value, gradient.decoder.value) == (0.0, 6.0)


def test_an_object_that_refers_to_itself():
    parent = Box(2.0)
    parent.child = Box(3.0)
    parent.child.parent = parent
    gradient = grad(lambda p: p.child.parent.value * p.child.value)(parent)
    assert (gradient.value, gradient.child.value) == (3.0, 2.0)
    assert gradient.child.parent is parent
    assert check_grads(lambda p: p.child.parent.value * p.child.value, (parent,)) < 1e-6


def test_the_attributes_of_the_argument_are_as_they_were_and_new_ones_are_not_left_behind():
    def changes(p, x):
        p.left = p.left * x
        p.fresh = p.left
        p.right[0] = x
        return p.fresh * np.sum(p.right)

    given = pair()
    before = copy.deepcopy(given)
    grad(changes)(given, 2.0)
    assert vars(given).keys() == vars(before).keys()
    assert given.left == before.left
    np.testing.assert_array_equal(given.right, before.right)


def test_bound_methods_decorated_methods_and_callable_objects():
    class Model:
        def __init__(self, w):
            self.w = w

        def loss(self, x):
            return self.w * x**2

        @grad(argnums=("self", "x"))
        def gradient(self, x):
            return self.loss(x) + self.w

        __call__ = loss

    model = Model(3.0)
    assert grad(model.loss)(2.0) == 12.0
    by_self, by_x = model.gradient(2.0)
    assert (type(by_self), by_self.w, by_x) == (Model, 5.0, 12.0)
    assert grad(Model.loss)(model, 2.0).w == 4.0
    assert grad(lambda m, x: m(x))(model, 2.0).w == 4.0
    assert grad(model)(2.0) == 12.0
    model.w = 4.0
    assert grad(model.loss)(2.0) == 16.0


def test_variadic_objects():
    def total(*boxes, **named):
        return sum(b.value for b in boxes) * named["scale"].value

    by_boxes, by_named = grad(total, argnums=("boxes", "named"))(Box(1.0), Box(2.0), scale=Box(4.0))
    assert [b.value for b in by_boxes] == [4.0, 4.0]
    assert by_named["scale"].value == 3.0


def test_the_same_class_with_other_attributes_compiles_anew():
    gradient = grad(lambda b: np.sum(b.value) ** 2)
    assert gradient(Box(2.0)).value == 4.0
    np.testing.assert_array_equal(gradient(Box(np.array([1.0, 2.0]))).value, [6.0, 6.0])
    assert gradient(Box(np.float32(2.0))).value.dtype == np.float32
    other = Box(2.0)
    other.more = 1.0
    assert vars(gradient(other)) == {"value": 4.0, "more": 0.0}
    assert gradient.cache_info().currsize == 4


# --- registered classes ----------------------------------------------------------------------------------


def test_a_registered_class_is_built_by_its_own_function():
    class Weights:
        def __init__(self, w, name):
            self.w, self.name, self.norm = w, name, float(np.sum(w**2))

    register_container(Weights, lambda p: ((p.w,), p.name), lambda name, children: Weights(children[0], name))
    gradient = grad(lambda p: np.sum(p.w**3))(Weights(np.array([1.0, 2.0]), "w"))
    np.testing.assert_array_equal(gradient.w, [3.0, 12.0])
    assert (gradient.name, gradient.norm) == ("w", 153.0)
    assert check_grads(lambda p: np.sum(p.w**3), (Weights(np.array([1.0, 2.0]), "w"),)) < 1e-6


def test_registration_takes_effect_on_gradients_compiled_before():
    class Late:
        def __init__(self, w):
            self.w = w

    gradient = grad(lambda p: p.w**2)
    assert not hasattr(gradient(Late(3.0)), "built")

    def build(rest, children):
        made = Late(*children)
        made.built = True
        return made

    assert register_container(Late, lambda p: ([p.w], None), build) is Late
    assert gradient(Late(3.0)).built


@pytest.mark.parametrize("wrong", [(3, len, len), (Box, None, len), (list, len, len)])
def test_what_cannot_be_registered(wrong):
    with pytest.raises(ArgumentError, match="container"):
        register_container(*wrong)


# --- which classes are looked into -----------------------------------------------------------------------


def test_plain_classes():
    class Strange:
        def __getattribute__(self, name):
            return object.__getattribute__(self, name)

    class Words(dict):
        pass

    assert is_plain(Box)
    assert is_plain(types.SimpleNamespace)
    for cls in (Strange, Words, np.random.Generator, type(np.random.default_rng), functools.partial, ValueError, int):
        assert not is_plain(cls)


def test_attributes_of_slots_and_dictionaries():
    class Base:
        __slots__ = ("a", "__private")

        def __init__(self):
            self.a = 1.0
            self.__private = 2.0

    class Inner(Base):
        def __init__(self):
            super().__init__()
            self.b = 3.0

    assert attributes_of(Inner()) == {"a": 1.0, "_Base__private": 2.0, "b": 3.0}
    gradient = grad(lambda p: p.a**2 * p.b)(Inner())
    assert attributes_of(gradient) == {"a": 6.0, "_Base__private": 0.0, "b": 1.0}


# --- objects outside of the function ---------------------------------------------------------------------


STORE = types.SimpleNamespace(count=0, last=None, rate=2.0)


def test_attributes_outside_are_stored_once_and_in_order():
    seen = []

    class Recorder:
        def __init__(self):
            self.value = 0.0

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value)
            seen.append((name, value))

    recorder = types.SimpleNamespace(value=0.0, steps=0)

    def run(x):
        for _ in range(3):
            x = x * 1.5
            recorder.value = x
            recorder.steps += 1
        return recorder.value * recorder.steps

    assert grad(run)(2.0) == 1.5**3 * 3
    assert (recorder.value, recorder.steps) == (2.0 * 1.5**3, 3)
    assert grad(run)(2.0) == 1.5**3 * 6
    assert recorder.steps == 6
    with pytest.raises(UnsupportedError, match="defines __setattr__"):
        strict = Recorder()
        grad(lambda x: setattr(strict, "value", x) or x)(1.0)
    assert seen == [("value", 0.0)]


def test_an_attribute_outside_that_does_not_exist_yet():
    holder = types.SimpleNamespace()

    def run(x):
        holder.first = x * 2
        return holder.first**2

    assert grad(run)(3.0) == 24.0
    assert holder.first == 6.0


def test_objects_outside_are_read_as_they_are_at_the_call():
    holder = types.SimpleNamespace(k=2.0, inner=Box(3.0), items=[Box(1.0), Box(2.0)])
    gradient = grad(lambda x: x * holder.k * holder.inner.value * sum(b.value for b in holder.items))
    assert gradient(1.0) == 18.0
    holder.k = 3.0
    assert gradient(1.0) == 27.0
    holder.inner = Box(1.0)
    assert gradient(1.0) == 9.0
    holder.items[0] = Box(4.0)
    assert gradient(1.0) == 18.0
    holder.items[1].value = 5.0
    assert gradient(1.0) == 27.0
    holder.items.append(Box(1.0))
    assert gradient(1.0) == 30.0


def test_methods_and_properties_that_are_replaced_are_noticed():
    class Model:
        scale = 2.0

        def f(self, x):
            return x * self.scale

        @property
        def g(self):
            return 3.0

        @classmethod
        def h(cls, x):
            return x

        @staticmethod
        def s(x):
            return x

    model = Model()
    gradient = grad(lambda x: model.f(x) * model.g + model.h(x) + model.s(x))
    assert gradient(1.0) == 8.0
    Model.f = lambda self, x: x * x * self.scale
    assert gradient(1.0) == 14.0
    Model.g = property(lambda self: 5.0)
    assert gradient(1.0) == 22.0
    Model.h = classmethod(lambda cls, x: 2 * x)
    assert gradient(1.0) == 23.0
    Model.s = staticmethod(lambda x: 3 * x)
    assert gradient(1.0) == 25.0
    Model.scale = 1.0
    assert gradient(1.0) == 15.0
    model.scale = 0.0
    assert gradient(1.0) == 5.0


def test_objects_as_auxiliary_results_and_in_what_is_printed(capsys):
    def moved(x):
        p = Pair(x, np.array([x, 2.0]), "q")
        p.left = p.left * x
        print(p, [p], f"{p}")
        return p.total(x), {"pair": p, "rest": (p, x)}

    gradient, aux = grad(moved, has_aux=True)(2.0)
    assert gradient == pytest.approx(2 * (4 * 2.0**3 + 3 * 2.0 * 2.0**2))
    value, expected = moved(2.0)
    assert type(aux["pair"]) is Pair
    assert str(aux["pair"]) == str(expected["pair"]) == str(aux["rest"][0])
    lines = capsys.readouterr().out.splitlines()
    assert len(set(lines)) == 1
    assert len(lines) == 2


TRIPS = 3


def test_loops_that_collect_objects_are_written_out_for_the_number_of_trips():
    def moved(x, n, options):
        boxes = []
        for k in range(n):
            boxes.append(Box(x * k))
        for k in range(options["steps"] - 1):
            boxes[k].value = boxes[k].value * x
        for k in range(TRIPS):
            boxes.append(Box(x))
        return sum(box.value for box in boxes)

    gradient = grad(moved)
    for n in (4, 2, 4):
        for steps in (1, 3):
            options = {"steps": steps}
            h = 1e-6
            expected = (moved(2.0 + h, n, options) - moved(2.0 - h, n, options)) / (2 * h)
            assert gradient(2.0, n, options) == pytest.approx(expected)
    assert gradient.cache_info()[:2] == (2, 4)
    assert gradient(2.0, n=2, options={"steps": 1}) == pytest.approx(1 + TRIPS)
    globals()["TRIPS"] = 5
    try:
        assert gradient(2.0, 2, {"steps": 1}) == pytest.approx(1 + 5)
    finally:
        globals()["TRIPS"] = 3
    assert gradient.source(2.0, 4, {"steps": 3}) != gradient.source(2.0, 2, {"steps": 3})
    with pytest.raises(ArgumentError, match="depends on the values of integers"):
        grad(moved).source()
    typed = grad(lambda x, n: sum(b.value for b in [Box(x * k) for k in range(n)]))
    assert typed(2.0, 3) == 3.0
    with pytest.raises(UnsupportedError):
        typed(2.0, 100_000)


def test_an_object_that_is_unpacked():
    class Three:
        def __init__(self, x):
            self.x = x

        def __iter__(self):
            for k in range(3):
                yield self.x**k

    def unpacked(x):
        a, b, c = Three(x)
        return a + b * c

    assert grad(unpacked)(2.0) == 12.0


def test_what_an_object_outside_keeps_is_not_stepped_back():
    holder = types.SimpleNamespace(kept=None)

    def kept(x):
        y = np.zeros(3)
        holder.kept = y
        y[0] = x
        s = np.sum(y**3)
        y[0] = 7.0
        return s * y[0]

    with pytest.raises(UnsupportedError, match="changed in place and kept outside of the function(.|\n)*y.copy()"):
        grad(kept)(2.0)

    def copied(x):
        y = np.zeros(3)
        y[0] = x
        holder.kept = y.copy()
        s = np.sum(y**3)
        y[0] = 7.0
        return s * y[0]

    assert grad(copied)(2.0) == 84.0
    assert holder.kept.tolist() == [2.0, 0.0, 0.0]


def test_a_dataclass_made_inside_follows_its_defaults_and_classes():
    @dataclass
    class Settings:
        rate: float = 2.0
        parts: list = field(default_factory=lambda: [1.0, 3.0])

    gradient = grad(lambda x: Settings(x).rate * sum(Settings().parts) * Settings().rate)
    assert gradient(1.0) == 8.0


# --- refusals --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fixed:
    value: float


class Typed:
    def __get__(self, instance, owner=None):
        return 1.0

    def __set__(self, instance, value):
        raise AttributeError


class Described:
    field = Typed()


class Made:
    def __new__(cls, x):
        return object.__new__(cls)


def store_into_frozen(x):
    fixed = Fixed(x)
    fixed.value = 2.0
    return fixed.value


def missing_attribute(x):
    return Box(x).other


def read_of_descriptor(x):
    return Described().field * x


def class_with_new(x):
    return Made(x).y


def no_operator(x):
    return (Box(x) + Box(x)).value


def not_callable(x):
    return Box(x)(1.0)


def array_on_the_left(x):
    return np.sum(x * Box(2.0))


def changed_under_two_names(x):
    a, b = Box(x), Box(2.0 * x)
    c = a if x > 1.0 else b
    c.value = 3.0 * x
    return a.value * b.value


def list_of_objects_of_unknown_length(x):
    boxes = []
    while len(boxes) * x < 5.0:
        boxes.append(Box(x))
    return sum(box.value for box in boxes)


def two_classes(x):
    p = Box(x) if x > 1.0 else Fixed(x)
    return p.value


def asked_for_on_some_paths(x):
    box = Box(x)
    if x > 1.0:
        box.extra = x
    return x if hasattr(box, "extra") else 2.0 * x


def asked_for_before_the_loop_gives_it(x):
    box = Box(x)
    for _ in range(3):
        if hasattr(box, "extra"):
            x = x * 2
        box.extra = x
    return x


class Cached:
    def __init__(self, value):
        self.value = value

    @functools.cached_property
    def square(self):
        return self.value**2


def cached_in_a_loop(x):
    cached, total = Cached(x), 0.0
    for _ in range(3):
        total += cached.square
        cached.value = cached.value + 1
    return total


def _deeper(box):
    if box.value > 50.0:
        return box.value
    return _deeper(Box(box.value * 2.0))


def recursion_of_unknown_depth(x):
    return _deeper(Box(x))


OUTSIDE = np.zeros(3)


def stored_into_an_array_outside(x):
    y = OUTSIDE
    y[0] = x
    return y[0] ** 2 * OUTSIDE[0]


RATES = types.SimpleNamespace(k=1.0, calls=0)


def _grown(x):
    RATES.calls += 1
    return x if x > 50.0 else _grown(x * 1.5)


def counted_in_recursion(x):
    return _grown(x)


def _scaled(x):
    return x if x > 50.0 else _scaled(x * RATES.k)


def stored_before_recursion(x):
    RATES.k = x
    return _scaled(x)


def read_in_nested_recursion(x):
    box = Box(x)

    def grown(y):
        return y if y > 50.0 else grown(y * box.value)

    return grown(x)


def object_given_to_a_function(x):
    return np.sum(Box(x))


def changed_by_computed_index(x):
    boxes = [Box(x), Box(2.0 * x)]
    boxes[int(x)].value = 3.0
    return boxes[0].value


def attribute_of_array(x):
    y = np.array([x, x])
    y.shape = (2, 1)
    return np.sum(y)


def container_kept_outside(x):
    STORE.last = [x, x]
    return x


@pytest.mark.parametrize(
    ("function", "message", "line"),
    [
        (store_into_frozen, "cannot assign to field 'value' of the frozen 'Fixed'", 2),
        (missing_attribute, "'Box' object has no attribute 'other'", 1),
        (read_of_descriptor, "the descriptor 'field' of class 'Described'", 1),
        (class_with_new, "making an object of class 'Made', which defines __new__", 1),
        (no_operator, "unsupported operands for 'add': 'Box' and 'Box'", 1),
        (not_callable, "'Box' object is not callable", 1),
        (array_on_the_left, "an array on the left of an object of class 'Box'", 1),
        (changed_under_two_names, "a change of an object that goes by several names", 3),
        (list_of_objects_of_unknown_length, "'boxes' holds objects or functions", 3),
        (two_classes, "'p' stands for objects of the classes 'Box' and 'Fixed' on different paths", 2),
        (asked_for_on_some_paths, "a test for the attribute 'extra', which the object has on some paths only", 4),
        (asked_for_before_the_loop_gives_it, "an attribute that an object first gets in a loop", 2),
        (cached_in_a_loop, "an attribute that an object first gets in a loop", 2),
        (recursion_of_unknown_depth, "more than 100 nested calls", -3),
        (stored_into_an_array_outside, "'OUTSIDE', which lives outside of the function and is given values", 1),
        (counted_in_recursion, "the attribute 'calls' of an object outside, which the function changes", -3),
        (stored_before_recursion, "the attribute 'k' of an object outside, which the function changes", -3),
        (read_in_nested_recursion, "recursion of the nested function 'grown'", 4),
        (object_given_to_a_function, "an object as an argument of np.sum", 1),
        (changed_by_computed_index, "a change of an object that goes by several names", 2),
        (attribute_of_array, "assignment to the shape of an array", 2),
        (container_kept_outside, "a store of a container or object into the attribute 'last'", 1),
    ],
)
def test_refused(function, message, line):
    argument = np.array([1.0, 2.0]) if function is array_on_the_left else 2.0
    with pytest.raises(UnsupportedError, match=message) as caught:
        grad(function)(argument)
    assert caught.value.lineno == function.__code__.co_firstlineno + line
    assert "instead: " in str(caught.value) or function in (store_into_frozen, no_operator, not_callable, two_classes)


def test_python_refuses_the_same():
    with pytest.raises(FrozenInstanceError):
        store_into_frozen(1.0)
    with pytest.raises(AttributeError):
        missing_attribute(1.0)
    with pytest.raises(TypeError):
        no_operator(1.0)


def test_one_object_in_two_arguments_is_refused_where_it_is_changed():
    def changes(a, b):
        a.value = a.value * 3
        return a.value * b.value

    def collects(boxes, others):
        boxes.append(Box(1.0))
        return sum(box.value for box in boxes) * len(others)

    box = Box(2.0)
    with pytest.raises(ArgumentError, match="changes writes into 'a', which shares memory with 'b'"):
        grad(changes)(box, box)
    with pytest.raises(ArgumentError, match="collects writes into 'boxes', which shares memory with 'others'"):
        grad(collects)([box], [box])
    assert grad(changes)(box, Box(2.0)).value == 6.0
    assert grad(lambda a, b: a.value * b.value)(box, box).value == 2.0


def test_overlap_inside_objects_is_refused_where_it_is_written():
    def writes(a, b):
        a.value[0] = 1.0
        return np.sum(a.value * b.value)

    shared = np.array([1.0, 2.0])
    with pytest.raises(ArgumentError, match="writes into 'a', which shares memory with 'b'"):
        grad(writes)(Box(shared), Box(shared))
    assert grad(writes)(Box(shared), Box(shared.copy())).value.tolist() == [0.0, 2.0]
