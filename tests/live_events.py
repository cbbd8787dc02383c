"""What may change between two calls of one gradient: each event changes a small world, in which functions are differentiated.

A world is a module of its own, written from SOURCE, so that every example starts anew.
"""

import importlib
import importlib.util
import itertools
import linecache
import sys
import types

import numpy as np

SOURCE = """
import math
from dataclasses import dataclass
from functools import partial, wraps
from types import SimpleNamespace

SCALE = 1.5
ARRAY = np.array([0.5, 2.0])
NUMBERS = [1.0, 2.0, 3.0]
PAIR = (0.5, 1.5)
OPTIONS = {"kind": "sin", "gain": 0.7, "limit": None}
FUNCTIONS = {"f": lambda t: t * t}


class Base:
    factor = 1.25

    def bend(self, x):
        return self.factor * x * x


class Model(Base):
    def __init__(self, slope, offset):
        self.slope = slope
        self.offset = offset

    def __call__(self, x):
        return self.slope * self.bend(x) + self.offset

    @property
    def twice(self):
        return 2.0 * self.slope


MODEL = Model(0.8, 0.1)


def make():
    weight = 0.3

    def set_weight(value):
        nonlocal weight
        weight = value

    def weighted(x):
        return weight * x * x

    return weighted, set_weight


WEIGHTED, SET_WEIGHT = make()


def callee(x, power=2.0, *, shift=0.25):
    return x ** power + shift * x


PARTIAL = partial(callee, shift=0.3)
LAYERS = [Model(0.5, 0.1), Model(0.6, 0.2)]
CONFIG = SimpleNamespace(inner=SimpleNamespace(rate=0.9, mode="plain"), state=None)


@dataclass
class Settings:
    rate: float = 0.4
    steps: int = 2


SETTINGS = Settings()


def doubled(f):
    @wraps(f)
    def wrapper(*args):
        return FACTOR * f(*args)

    return wrapper


FACTOR = 2.0


@doubled
def decorated(x):
    return x * x


def reads_globals(x):
    return SCALE * x * x + np.sum(ARRAY * x)


def reads_containers(x):
    total = PAIR[0] * x + PAIR[1] * x * x
    for n in NUMBERS:
        total += n * math.sin(x)
    return total


def reads_options(x):
    y = OPTIONS["gain"] * x
    if OPTIONS["kind"] == "sin":
        y = math.sin(y)
    if OPTIONS["limit"] is not None:
        y = y * OPTIONS["limit"]
    return y


def calls_callee(x):
    return callee(x) + callee(2.0 * x, shift=0.5)


def calls_table(x):
    return FUNCTIONS["f"](x) * x


def calls_object(x):
    return MODEL(x) + MODEL.twice * x


def makes_object(x):
    return Model(x, 0.2)(x) + Base.factor * x


def calls_closure(x):
    return WEIGHTED(x) + x


def calls_partial(x):
    return PARTIAL(x) + decorated(x)


def loops_over_objects(x):
    for layer in LAYERS:
        x = layer(x)
    return x


def reads_nested_attributes(x):
    y = x if CONFIG.state is None else x * CONFIG.state
    for _ in range(SETTINGS.steps):
        y = y * CONFIG.inner.rate + (math.sin(y) if CONFIG.inner.mode == "plain" else SETTINGS.rate)
    return y


def calls_module(x):
    return helpers.tilt(x) + helpers.RATE * x
"""

HELPERS = """
RATE = {rate}


def tilt(x):
    return x * x * {tilt}
"""

FUNCTIONS = [
    "reads_globals", "reads_containers", "reads_options", "calls_callee", "calls_table", "calls_object", "makes_object",
    "calls_closure", "calls_module", "calls_partial", "loops_over_objects", "reads_nested_attributes",
]  # fmt: skip

EVENTS = {}
_numbers = itertools.count()


def event(function):
    """Registers a change of the world by a number."""
    EVENTS[function.__name__] = function
    return function


def run_cell(world, text):
    """Define what a notebook cell defines: compiled from text that only linecache knows."""
    name = f"<cell {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    exec(compile(text, name, "exec"), vars(world))


class World:
    """A module with functions to differentiate, and another one that it uses."""

    def __init__(self, folder):
        self.number = next(_numbers)
        self.name = f"live_helpers_{self.number}"
        self.path = folder / f"{self.name}.py"
        self.write(1.0, 0.4)
        sys.path.insert(0, str(folder))
        self.helpers = importlib.import_module(self.name)
        self.module = types.ModuleType(f"live_world_{self.number}")
        vars(self.module).update(np=np, helpers=self.helpers)
        run_cell(self.module, SOURCE)

    def write(self, tilt, rate):
        self.path.write_text(HELPERS.format(tilt=tilt, rate=rate), encoding="utf-8")

    def close(self):
        sys.path.remove(str(self.path.parent))
        sys.modules.pop(self.name, None)

    def functions(self):
        """By name, those that are there now."""
        return {name: getattr(self.module, name) for name in FUNCTIONS}


@event
def global_rebound(world, v):
    world.module.SCALE = v


@event
def global_becomes_an_integer(world, v):
    world.module.SCALE = int(10 * v)


@event
def global_becomes_an_array(world, v):
    world.module.SCALE = np.float64(v)


@event
def array_replaced(world, v):
    world.module.ARRAY = np.array([v, 1.0, 2.0])


@event
def array_changed_in_place(world, v):
    world.module.ARRAY[0] = v


@event
def list_item_replaced(world, v):
    world.module.NUMBERS[0] = v


@event
def list_extended(world, v):
    world.module.NUMBERS.append(v)


@event
def list_rebound(world, v):
    world.module.NUMBERS = [v]


@event
def tuple_rebound(world, v):
    world.module.PAIR = (v, 2.0 * v)


@event
def option_changed(world, v):
    world.module.OPTIONS["gain"] = v


@event
def switch_changed(world, v):
    world.module.OPTIONS["kind"] = "none" if v > 1.0 else "sin"


@event
def option_no_longer_none(world, v):
    world.module.OPTIONS["limit"] = v


@event
def options_rebound(world, v):
    world.module.OPTIONS = {"kind": "sin", "gain": v, "limit": 2.0}


@event
def function_in_a_table_replaced(world, v):
    run_cell(world.module, f"def replacement(t):\n    return {v} * t\n\nFUNCTIONS['f'] = replacement\n")


@event
def callee_redefined(world, v):
    run_cell(world.module, f"def callee(x, power=3.0, *, shift={v}):\n    return x ** power - shift * x\n")


@event
def callee_monkey_patched(world, v):
    world.module.callee.__code__ = (lambda x, power=2.0, *, shift=0.25: power * x).__code__


@event
def default_changed(world, v):
    world.module.callee.__defaults__ = (v,)


@event
def keyword_default_changed(world, v):
    world.module.callee.__kwdefaults__ = {"shift": v}


@event
def function_itself_redefined(world, v):
    run_cell(world.module, f"def reads_globals(x):\n    return SCALE * x ** 3 * {v}\n")


@event
def cell_changed(world, v):
    world.module.SET_WEIGHT(v)


@event
def closure_made_anew(world, v):
    world.module.WEIGHTED, world.module.SET_WEIGHT = world.module.make()
    world.module.SET_WEIGHT(v)


@event
def class_attribute_changed(world, v):
    world.module.Base.factor = v


@event
def class_attribute_hidden_in_a_subclass(world, v):
    world.module.Model.factor = v


@event
def instance_attribute_changed(world, v):
    world.module.MODEL.slope = v


@event
def instance_attribute_becomes_an_integer(world, v):
    world.module.MODEL.offset = int(v)


@event
def instance_attribute_hides_that_of_the_class(world, v):
    world.module.MODEL.factor = v


@event
def instance_replaced(world, v):
    world.module.MODEL = world.module.Model(v, 0.2)


@event
def method_monkey_patched(world, v):
    run_cell(world.module, f"def bend(self, x):\n    return x * {v}\n\nBase.bend = bend\n")


@event
def call_method_monkey_patched(world, v):
    run_cell(world.module, f"def call(self, x):\n    return self.slope * x * {v}\n\nModel.__call__ = call\n")


@event
def property_monkey_patched(world, v):
    run_cell(world.module, f"Model.twice = property(lambda self: self.slope * {v})\n")


@event
def method_on_the_instance(world, v):
    run_cell(world.module, f"MODEL.bend = lambda x: x * {v}\n")


@event
def init_monkey_patched(world, v):
    run_cell(
        world.module,
        f"def init(self, slope, offset):\n    self.slope = slope * {v}\n    self.offset = offset\n\nModel.__init__ = init\n",
    )


@event
def class_redefined(world, v):
    run_cell(
        world.module,
        f"class Model(Base):\n    def __init__(self, slope, offset):\n        self.slope, self.offset = slope, offset\n\n"
        f"    def __call__(self, x):\n        return self.slope * x + {v} * x * self.offset\n",
    )


@event
def module_reloaded(world, v):
    world.write(v, 1.0 + v)
    importlib.invalidate_caches()
    linecache.checkcache(str(world.path))
    importlib.reload(world.helpers)


@event
def function_of_a_module_replaced(world, v):
    run_cell(world.module, f"def tilt(x):\n    return x * {v}\n\nhelpers.tilt = tilt\n")


@event
def builtin_hidden(world, v):
    world.module.math = types.SimpleNamespace(sin=lambda t: t * v) if v > 1.2 else __import__("math")


@event
def partial_rebound(world, v):
    world.module.PARTIAL = world.module.partial(world.module.callee, power=v)


@event
def decorated_function_replaced(world, v):
    run_cell(world.module, f"@doubled\ndef decorated(x):\n    return x * {v}\n")


@event
def global_of_a_decorator_rebound(world, v):
    world.module.FACTOR = v


@event
def object_in_a_list_changed(world, v):
    world.module.LAYERS[1].slope = v


@event
def object_in_a_list_replaced(world, v):
    world.module.LAYERS[0] = world.module.Model(v, v)


@event
def object_appended(world, v):
    world.module.LAYERS.append(world.module.Model(0.5, v))


@event
def nested_attribute_changed(world, v):
    world.module.CONFIG.inner.rate = v


@event
def nested_object_replaced(world, v):
    world.module.CONFIG.inner = world.module.SimpleNamespace(rate=v, mode="other")


@event
def none_attribute_set(world, v):
    world.module.CONFIG.state = v


@event
def integer_field_changed(world, v):
    world.module.SETTINGS.steps = int(3 * v)


@event
def field_of_a_dataclass_changed(world, v):
    world.module.SETTINGS.rate = v
    world.module.CONFIG.inner.mode = "other"
