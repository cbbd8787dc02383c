"""Programs about objects: made inside, passed in, found outside; methods, properties, operators, aliases, loops."""

import copy
import dataclasses
import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.program import arr, gauss, register, u


class Box:
    """One attribute."""

    def __init__(self, value):
        self.value = value

    def __iadd__(self, other):
        self.value = self.value + other
        return self


# --- made inside -----------------------------------------------------------------------------------------


class Tally:
    def __init__(self):
        self.n = 0
        self.history = []

    def tick(self, value):
        self.n += 1
        self.history.append(value)
        return value * self.n


def counting_object(x):
    tally = Tally()
    total = tally.tick(x) + tally.tick(x * x)
    return total + sum(tally.history) * tally.n


register(counting_object, lambda r: (u(r),), tags="object")


class Shape(ABC):
    def __init__(self, name):
        self.name = name

    @abstractmethod
    def area(self): ...

    @property
    def twice(self):
        return 2.0 * self.area()


class Circle(Shape):
    PI = math.pi

    def __init__(self, r):
        super().__init__("circle")
        self.r = r

    def area(self):
        return self.PI * self.r**2


class Ring(Circle):
    def __init__(self, r, inner):
        super().__init__(r)
        self.inner = inner

    def area(self):
        return super().area() - self.PI * self.inner**2


def inheritance_and_super(x):
    total = 0.0
    for shape in [Circle(x), Ring(2 * x, x)]:
        if shape.name == "circle":
            total += shape.twice
    return total


register(inheritance_and_super, lambda r: (u(r),), tags="object loop")


@dataclass(frozen=True)
class Pendulum:
    angle: float
    speed: float

    def step(self, dt):
        return dataclasses.replace(
            self, angle=self.angle + dt * self.speed, speed=self.speed - dt * math.sin(self.angle)
        )


def frozen_state_in_loop(x, n):
    state = Pendulum(x, 0.0)
    for _ in range(n):
        state = state.step(0.1)
    return state.angle * state.speed


register(frozen_state_in_loop, lambda r: (u(r), 20), tags="object loop dataclass")
register(frozen_state_in_loop, lambda r: (u(r), 0), tags="object loop dataclass", name="frozen_state_without_steps")


@dataclass
class Settings:
    rate: float = 0.1
    steps: int = 5
    sizes: list = field(default_factory=lambda: [1.0, 2.0])
    total: float = field(init=False)
    scale: dataclasses.InitVar[float] = 2.0

    def __post_init__(self, scale):
        self.total = self.rate * sum(self.sizes) * scale


def dataclass_with_defaults(x):
    settings = Settings(rate=x)
    w = 1.0
    for _ in range(settings.steps):
        w -= settings.rate * w
    return w + settings.total


register(dataclass_with_defaults, lambda r: (u(r, 0.1, 0.5),), tags="object loop dataclass")


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        result = 0.0
        for c in reversed(self.coefficients):
            result = result * x + c
        return result

    def __getitem__(self, k):
        return self.coefficients[k]

    def __setitem__(self, k, value):
        self.coefficients[k] = value

    def __len__(self):
        return len(self.coefficients)

    def __neg__(self):
        return Polynomial(*[-c for c in self.coefficients])

    def __contains__(self, value):
        return value in self.coefficients


def special_methods(x):
    p = Polynomial(1.0, x, x * x)
    p[0] = 3 * x
    q = -p
    factor = 2.0 if 1.0 in p else 3.0
    return factor * p(x) + q(2.0) + p[1] * len(p)


register(special_methods, lambda r: (u(r),), tags="object")


class Vector:
    __slots__ = ("x", "y")
    __array_ufunc__ = None

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __radd__(self, other):
        return Vector(self.x + other, self.y + other)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def __rmul__(self, k):
        return Vector(k * self.x, k * self.y)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __bool__(self):
        return self.x > 0.0


def operators_of_vectors(x):
    v = Vector(x, 2.0)
    w = 3 * v + v
    w = 1.0 + w
    return w @ v + abs(w)


register(operators_of_vectors, lambda r: (u(r),), tags="object")


def operators_with_arrays(x):
    v = Vector(x, x**2)
    w = x * v
    return np.sum(w @ v)


register(operators_with_arrays, lambda r: (arr(r, 3),), tags="object")


def vectors_in_loop(x, n):
    v = Vector(x, 1.0)
    w = Vector(0.0, x)
    for _ in range(n):
        v = v + 0.1 * w
        if v @ v > 2.0:
            w = w * 0.5
        w = w + (-0.1) * v
    return v @ v + w.x


register(vectors_in_loop, lambda r: (u(r, 0.5, 0.8), 6), tags="object loop branch")


def truth_of_object(x):
    v = Vector(x - 1.0, x)
    w = v if v else Vector(x, 3.0)
    return w.x * w.y if not w else w.x + w.y**2


register(truth_of_object, lambda r: (u(r, 1.1, 2.0),), tags="object branch")
register(truth_of_object, lambda r: (u(r, 0.3, 0.9),), tags="object branch", name="truth_of_object_false")


def alias_of_object(x):
    a = Box(x)
    b = a
    b.value = b.value * 3
    return a.value + b.value


register(alias_of_object, lambda r: (u(r),), tags="object alias")


def augmented_object(x):
    a = Box(x)
    b = a
    a += x * x
    return a.value * b.value


register(augmented_object, lambda r: (u(r),), tags="object alias")


def object_chosen_by_branch(x):
    a, b = Box(x), Box(2 * x)
    c = a if x > 1.0 else b
    return c.value * a.value


register(object_chosen_by_branch, lambda r: (u(r, 1.1, 2.0),), tags="object branch")
register(
    object_chosen_by_branch, lambda r: (u(r, 0.3, 0.9),), tags="object branch", name="object_chosen_by_branch_else"
)


def objects_trade_places(x):
    a, b = Box(x), Box(2 * x)
    for _ in range(3):
        a, b = b, a
        a.value = a.value * 1.5
    return a.value - b.value * x


register(objects_trade_places, lambda r: (u(r),), tags="object loop alias")


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right


def _total(node):
    if node is None:
        return 0.0
    return node.value + _total(node.left) * 2 + _total(node.right) ** 2


def tree_of_objects(x):
    return _total(Node(x, Node(x * x), Node(3 * x, Node(x**3))))


register(tree_of_objects, lambda r: (u(r),), tags="object recursion")


class Lazy:
    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def cube(self):
        return self.x**3

    @staticmethod
    def double(value):
        return 2 * value

    @classmethod
    def make(cls, value):
        return cls(value * 5)


def kinds_of_methods(x):
    lazy = Lazy.make(x)
    return lazy.cube + lazy.cube * Lazy.double(lazy.x) + lazy.double(x)


register(kinds_of_methods, lambda r: (u(r),), tags="object")


class Guarded:
    def __init__(self, value):
        self._value = value

    @property
    def value(self):
        return self._value * 2

    @value.setter
    def value(self, new):
        self._value = new + 1


def property_with_setter(x):
    guarded = Guarded(x)
    guarded.value = guarded.value * x
    guarded.value += 1
    return guarded.value


register(property_with_setter, lambda r: (u(r),), tags="object")


class Momentum:
    def __init__(self, rate):
        self.rate = rate
        self.speed = None

    def update(self, w, g):
        if self.speed is None:
            self.speed = np.zeros_like(w)
        self.speed = 0.9 * self.speed + g
        return w - self.rate * self.speed


def optimiser_with_state(w):
    optimiser = Momentum(0.1)
    for _ in range(4):
        w = optimiser.update(w, 2 * w)
    return np.sum(w * w)


register(optimiser_with_state, lambda r: (arr(r, 3),), tags="object loop")


def objects_by_index(x):
    boxes = [Box(x * k) for k in range(4)]
    total = 0.0
    for i in range(len(boxes)):
        total += boxes[i].value ** 2
    for box in boxes:
        box.value += 1
    return total + boxes[2].value


register(objects_by_index, lambda r: (u(r),), tags="object loop")


def array_attribute_in_place(x):
    box = Box(np.zeros(3))
    box.value[0] = x[0]
    box.value += x
    box.value[1:] *= x[1:]
    same = box.value
    same[2] = 7 * x[2]
    return np.sum(box.value**2)


register(array_attribute_in_place, lambda r: (arr(r, 3),), tags="object store view")


@functools.total_ordering
class Ranked:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value


def total_ordering_of_objects(x):
    a, b = Ranked(x), Ranked(x * x)
    largest = a if a > b else b
    return largest.value * 3 + (1.0 if a >= b else 2.0) * x


register(total_ordering_of_objects, lambda r: (u(r, 0.3, 0.9),), tags="object branch")


@dataclass(order=True)
class Point:
    x: float
    y: float


def comparison_of_dataclasses(x):
    a, b = Point(x, 1.0), Point(x, 1.0)
    c = Point(x, 2.0)
    first = x * 2 if a == b else x * 3
    return first * (2.0 if a < c else 5.0) + (x if a != c else 0.0)


register(comparison_of_dataclasses, lambda r: (u(r),), tags="object branch dataclass")


def best_of_objects(x):
    points = [Point(x * k, (k - 2.2) ** 2) for k in range(5)]
    best = points[0]
    for point in points[1:]:
        if point.y < best.y:
            best = point
    return best.x * best.y


register(best_of_objects, lambda r: (u(r),), tags="object loop branch dataclass")


def namespace_with_closure(x):
    box = SimpleNamespace(f=lambda v: v * x, k=2.0)
    return box.f(box.k) + box.f(x)


register(namespace_with_closure, lambda r: (u(r),), tags="object closure")


def method_as_value(x):
    tally = Tally()
    tick, double = tally.tick, Lazy(x).double
    return double(x) + tick(x) + tick(x)


register(method_as_value, lambda r: (u(r),), tags="object")


def object_of_the_last_trip(x, n):
    total = 0.0
    before = Point(x, 1.0)
    for _ in range(n):
        now = Point(before.x * 1.1, before.y + x)
        total += now.x * before.y
        before = now
    return total + before.y


register(object_of_the_last_trip, lambda r: (u(r), 6), tags="object loop dataclass")


def attributes_by_name(x):
    p = Point(x, 2.0)
    if hasattr(p, "z"):
        return 0.0 * x
    p.z = x * 3
    setattr(p, "w", x)
    return getattr(p, "z") * getattr(p, "missing", 2.0) * p.w


register(attributes_by_name, lambda r: (u(r),), tags="object")


def object_changed_by_helper(x):
    p = Point(x, 2.0)

    def scale(q, k):
        q.x *= k
        return q

    r = scale(p, 3.0)
    scale(r, x)
    return p.x + r.y * p.x


register(object_changed_by_helper, lambda r: (u(r),), tags="object alias")


def copies_of_objects(x):
    a = Point(x, [x, 2.0][1])
    b = copy.copy(a)
    b.x = b.x * x
    c = dataclasses.replace(a, y=x**2)
    parts = dataclasses.asdict(c)
    return a.x + b.x * 2 + parts["y"] * sum(dataclasses.astuple(a))


register(copies_of_objects, lambda r: (u(r),), tags="object dataclass")


def object_in_branches_of_loop(x, n):
    p = Point(x, 0.0)
    for i in range(n):
        if i % 2 == 0:
            p = Point(p.x * 1.2, p.y + p.x)
        else:
            p.y = p.y * x
    return p.x + p.y


register(object_in_branches_of_loop, lambda r: (u(r), 5), tags="object loop branch dataclass")


class Linked:
    def __init__(self, value, rest=None):
        self.value, self.rest = value, rest


def linked_list(x):
    head = None
    for k in range(4):
        head = Linked(x**k, head)
    total = 0.0
    while head is not None:
        total = total * x + head.value
        head = head.rest
    return total


def objects_by_computed_index(x):
    points = [Point(x * k, x + k) for k in range(4)]
    total, k = 0.0, 0
    while k < 3:
        total += points[k].x * points[k].y
        k += 1
    return total


register(objects_by_computed_index, lambda r: (u(r),), tags="object loop")


def objects_from_an_argument_list(x, masses):
    points = [Point(x * k, m) for k, m in enumerate(masses)]
    for point, m in zip(points, masses):
        point.x += m * x
    return sum(p.x * p.y for p in points)


register(objects_from_an_argument_list, lambda r: (u(r), [u(r), u(r), u(r)]), (0, 1), tags="object loop")


def fields_by_name(x):
    point = Point(x, x**2)
    total = 0.0
    for f in dataclasses.fields(point):
        total = total * 2 + getattr(point, f.name)
    return total


register(fields_by_name, lambda r: (u(r),), tags="object loop dataclass")


def _counted(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args) * wrapper.calls

    wrapper.calls = 0
    return wrapper


@_counted
def _square(x):
    return x * x


def function_attribute_as_counter(x):
    _square.calls = 0
    return _square(x) + _square(x)


register(function_attribute_as_counter, lambda r: (u(r),), tags="object effect")


class Several:
    def __init__(self, *items):
        self.items = list(items)

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)


class Multiples:
    def __init__(self, n, x):
        self.n, self.x = n, x

    def __iter__(self):
        for k in range(self.n):
            yield self.x * k


class Ordered(Node):
    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


def loops_over_objects(x):
    total = 0.0
    for value in Several(x, x * x, 2.0):
        total = total * x + value
    for value in Multiples(4, x):
        if value > 3.0:
            break
        total += value * value
    a, b, c = list(Multiples(3, x))
    total += sum(Several(x, x * x)) + len(Several(x)) + max(list(Several(x, 0.1))) + b * c + a
    for value in Ordered(x, Ordered(x * x), Ordered(3 * x, None, Ordered(x**3))):
        total = total * 1.1 + value
    return total + sum(v * w for v, w in zip(Several(x, 2.0), Several(3.0, x)))


register(loops_over_objects, lambda r: (u(r),), tags="object loop generator")


def objects_chosen_by_value(x):
    points = [Point(x * k, (k - 2.2) ** 2 + x) for k in range(5)]
    nearest = min(points, key=lambda p: p.y)
    order = sorted(points, key=lambda p: p.y, reverse=True)
    largest = max(Ranked(x), Ranked(x * x), Ranked(0.1))
    total = sum((k + 1) * p.x * p.y for k, p in enumerate(order))
    return nearest.x * nearest.y + total + largest.value * min([Ranked(x), Ranked(3 * x)]).value


register(objects_chosen_by_value, lambda r: (u(r, 1.1, 2.0),), tags="object loop branch")


class Meter:
    """What is counted starts as an attribute of the class."""

    total = 0.0

    def add(self, value):
        self.total += value


def attribute_that_shadows_the_class(x, n):
    meter = Meter()
    for k in range(n):
        meter.add(x * k)
        meter.total = meter.total * x
    return meter.total + Meter.total


register(attribute_that_shadows_the_class, lambda r: (u(r), 4), tags="object loop")


def attribute_that_shadows_on_one_path(x):
    meter = Meter()
    if x > 10.0:
        meter.total = x
    return meter.total + x


register(attribute_that_shadows_on_one_path, lambda r: (u(r),), tags="object branch")


class Instances:
    made = 0
    total = 0.0

    def __init__(self, x):
        Instances.made += 1
        self.x = x

    def add(self, value):
        Instances.total += value
        return Instances.total


def attributes_of_classes_changed(x):
    Instances.made, Instances.total = 0, 0.0
    objects = [Instances(x * k) for k in range(3)]
    for k in range(4):
        objects[0].add(x * k)
    return sum(o.x for o in objects) * Instances.made * objects[1].made * objects[2].total


register(attributes_of_classes_changed, lambda r: (u(r),), tags="object loop effect")


def names_like_those_of_items(x):
    xs_0, d_a = 5.0 * x, 3.0 * x
    xs, d = [x, x * x], {"a": x}
    d["a"] = x**3
    xs_1 = x * 7.0
    return xs_0 * xs[1] + d_a * d["a"] + xs_1 * xs[0]


register(names_like_those_of_items, lambda r: (u(r),), tags="object list dict")


# --- passed in -------------------------------------------------------------------------------------------


class Dense:
    def __init__(self, W, b, activation="tanh"):
        self.W, self.b, self.activation = W, b, activation

    def __call__(self, x):
        z = self.W @ x + self.b
        return np.tanh(z) if self.activation == "tanh" else z


class Network:
    scale = 2.0

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.scale * x


def network_loss(model, x, y):
    r = model.forward(x) - y
    return 0.5 * np.sum(r**2)


def _network(r):
    return Network([Dense(gauss(r, 4, 3), gauss(r, 4)), Dense(gauss(r, 2, 4), gauss(r, 2), "linear")])


register(network_loss, lambda r: (_network(r), gauss(r, 3), gauss(r, 2)), (0, 1, 2), tags="object network loop")


def network_by_index(model, x):
    for i in range(len(model.layers)):
        layer = model.layers[i]
        x = np.tanh(layer.W @ x + layer.b)
    return np.sum(x)


register(network_by_index, lambda r: (_network(r), gauss(r, 3)), (0, 1), tags="object network loop")


@dataclass
class Spring:
    stiffness: float
    rest: np.ndarray
    name: str = "spring"
    count: int = 3
    note: Any = None

    def pull(self, x):
        self.stiffness = self.stiffness * x
        return self.stiffness * np.sum(self.rest) * self.count


def object_changed_by_its_method(spring, x):
    total = spring.pull(x) + spring.pull(x)
    return total * spring.stiffness


register(
    object_changed_by_its_method,
    lambda r: (Spring(u(r), arr(r, 3)), u(r)),
    (0, 1),
    tags="object dataclass mutated_argument",
)


def unused_attribute(spring, x):
    return spring.stiffness * x


register(unused_attribute, lambda r: (Spring(u(r), arr(r, 3)), u(r)), (0, 1), tags="object dataclass")


def array_attribute_of_argument_in_place(spring, x):
    spring.rest[0] = x * spring.stiffness
    spring.rest *= x
    return np.sum(spring.rest**2)


register(
    array_attribute_of_argument_in_place,
    lambda r: (Spring(u(r), arr(r, 3)), u(r)),
    (0, 1),
    tags="object dataclass store mutated_argument",
)


@dataclass(frozen=True)
class Frozen:
    a: float
    inner: Point
    parts: tuple
    table: dict


def nested_objects(p, x):
    return p.a * p.inner.x + p.parts[1].y * x + p.table["k"] * p.parts[0] * p.table["box"].value


register(
    nested_objects,
    lambda r: (Frozen(u(r), Point(u(r), u(r)), (u(r), Point(u(r), u(r))), {"k": u(r), "box": Box(u(r))}), u(r)),
    (0, 1),
    tags="object dataclass",
)


def objects_in_containers(layers, named):
    total = 0.0
    for k, layer in enumerate(layers):
        total += np.sum(layer.W) * (k + 1) + np.sum(layer.b**2)
    for name, box in named.items():
        total *= box.value if name == "a" else 1.0 + box.value
    return total


register(
    objects_in_containers,
    lambda r: (
        [Dense(arr(r, 2, 2), arr(r, 2)), Dense(arr(r, 1, 2), arr(r, 1))],
        {"a": Box(u(r)), "b": Box(u(r))},
    ),
    (0, 1),
    tags="object loop",
)


def slots_as_argument(v, w):
    return (v + 2.0 * w) @ w


register(slots_as_argument, lambda r: (Vector(u(r), u(r)), Vector(u(r), u(r))), (0, 1), tags="object")


def list_attribute_of_argument(p, x):
    p.coefficients.append(x)
    p[0] = p[1] * x
    return p(x) + len(p)


register(
    list_attribute_of_argument,
    lambda r: (Polynomial(u(r), u(r)), u(r)),
    (0, 1),
    tags="object mutated_argument",
)


def tree_as_argument(node):
    return _total(node)


register(
    tree_as_argument,
    lambda r: (Node(u(r), Node(u(r)), Node(u(r), None, Node(u(r)))),),
    tags="object recursion",
)


class Autoencoder:
    def __init__(self, W):
        self.encoder = self.decoder = SimpleNamespace(W=W)

    def loss(self, x):
        return np.sum((self.decoder.W.T @ np.tanh(self.encoder.W @ x) - x) ** 2)


def shared_object(model, x):
    return model.loss(x)


def object_argument_by_computed_index(points, x):
    k = 1 if x > 1.0 else 0
    return points[k].x * points[k].y * x


register(
    object_argument_by_computed_index,
    lambda r: ([Point(u(r), u(r)), Point(u(r), u(r))], u(r, 1.1, 2.0)),
    (0, 1),
    tags="object branch",
)


def shadowing_argument(meter, x, n):
    for k in range(n):
        meter.add(x * k)
    return meter.total * meter.w


def _meter(r):
    meter = Meter()
    meter.w = u(r)
    return meter


register(shadowing_argument, lambda r: (_meter(r), u(r), 3), (0, 1), tags="object loop mutated_argument")


def state_as_argument_in_loop(state, n):
    for _ in range(n):
        state = state.step(0.1)
    return state.angle * state.speed


register(state_as_argument_in_loop, lambda r: (Pendulum(u(r), u(r)), 7), (0,), tags="object loop dataclass")


def _after(state, n):
    if n == 0:
        return state.angle
    return _after(state.step(0.1), n - 1)


def recursion_over_objects(x, n):
    return _after(Pendulum(x, 0.5), n)


register(recursion_over_objects, lambda r: (u(r), 4), tags="object recursion dataclass")


def tree_grown_by_recursion(x):
    def grow(value, depth):
        if depth == 0:
            return Node(value)
        return Node(value, grow(value * x, depth - 1), grow(value + x, depth - 1))

    return _total(grow(1.0, 2))


register(tree_grown_by_recursion, lambda r: (u(r, 0.2, 0.6),), tags="object recursion")


# --- found outside ---------------------------------------------------------------------------------------


OPTIONS = SimpleNamespace(rate=0.5, nested=SimpleNamespace(k=3.0), springs=[Box(1.0), Box(2.0)])


def global_objects(x):
    total = 0.0
    for spring in OPTIONS.springs:
        total += spring.value * x
    return total * OPTIONS.rate * OPTIONS.nested.k


register(global_objects, lambda r: (u(r),), tags="object loop")


class Log:
    def __init__(self):
        self.calls = 0
        self.last = 0.0

    def note(self, value):
        self.calls += 1
        self.last = value * 2
        return self.last * self.calls


LOG = Log()


def global_object_changed(x):
    LOG.calls = 0
    for _ in range(3):
        x = LOG.note(x)
    return x + LOG.last


register(global_object_changed, lambda r: (u(r),), tags="object loop effect")


class Layer:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def __call__(self, x):
        return np.tanh(self.weights @ x + self.bias)


class Perceptron:
    def __init__(self, sizes, parameters):
        self.layers = []
        k = 0
        for m, n in zip(sizes[:-1], sizes[1:]):
            weights = parameters[k : k + m * n].reshape(n, m)
            k += m * n
            self.layers.append(Layer(weights, parameters[k : k + n]))
            k += n

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def layers_in_a_list_of_an_object(parameters, xs):
    network = Perceptron([2, 3, 1], parameters)
    return sum(network(x)[0] ** 2 for x in xs)


register(
    layers_in_a_list_of_an_object, lambda r: (r.normal(size=13), r.normal(size=(3, 2))), (0, 1), tags="object array"
)


class Gain(Enum):
    LOW = 1
    HIGH = 3


def modes_of_an_enumeration(x):
    table = {Gain.LOW: lambda t: t * x, Gain.HIGH: math.sin}
    s = table[Gain(1)](x)
    for gain in Gain:
        s += table[gain](x) * gain.value
    return s + sum(x**gain.value for gain in list(Gain) if gain is not Gain(1))


class Weight:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value


def compared_by_the_other_ones_method(x, y):
    a, b = Weight(x), Weight(y)
    heavier = max(a, b)
    return heavier.value**2 + (x if a > b else 3.0 * y)


register(modes_of_an_enumeration, lambda r: (u(r),), tags="object closure")
register(compared_by_the_other_ones_method, lambda r: (u(r), u(r) + 1.0), (0, 1), tags="object branch")
