"""What is around a function: what is followed, what is given up, and what must not be touched."""

import linecache
import sys
import threading

import numpy as np
import pytest

import sct_ad
from sct_ad.disk.homes import Undescribed
from sct_ad.disk.surroundings import Surroundings
from tests.disk.fresh import imported, keeping


@pytest.fixture
def kept(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "user_module", None)
    with keeping(monkeypatch, tmp_path / "cache") as counter:
        yield counter


def compiled_twice(kept, folder, text, *arguments, ask=sct_ad.grad, change=None):
    """How often a function `f` is compiled the first and the second time; results are the same unless it is changed."""
    first = ask(imported(folder, "user_module", text).f)(*arguments)
    cold = kept.taken()
    module = imported(folder, "user_module", text if change is None else text.replace(*change))
    second = ask(module.f)(*arguments)
    assert change is not None or np.array_equal(first, second)
    return cold, kept.taken()


CUSTOM = """
import numpy as np
from sct_ad import custom_vjp, custom_jvp, grad

@custom_vjp
def clipped(x):
    return x * 1.0

def forward(x):
    return x * 1.0, None

def backward(rest, c):
    return (c * 2.0,)

clipped.defvjp(forward, backward)

@custom_jvp
def smooth(x):
    return x * x

@smooth.defjvp
def smooth_jvp(primals, tangents):
    return smooth(primals[0]), tangents[0] * 5.0

def square(x):
    return x ** 2

slope = grad(square)

def f(x):
    return clipped(x) * smooth(x) + slope(x)
"""


@pytest.mark.parametrize(
    "change", [("c * 2.0", "c * 3.0"), ("tangents[0] * 5.0", "tangents[0] * 6.0"), ("x ** 2", "x ** 3")]
)
def test_derivatives_of_users_are_followed(kept, tmp_path, change):
    cold, warm = compiled_twice(kept, tmp_path, CUSTOM, 0.7)
    assert cold and not warm
    assert compiled_twice(kept, tmp_path, CUSTOM, 0.7, change=change)[1]


OBJECTS = """
import functools
import numpy as np

class Store(dict):
    pass

class Meta(type):
    scale = 2.0

class Thing(metaclass=Meta):
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate

    @property
    def doubled(self):
        return self.rate * 2.0

    @staticmethod
    def shifted(x):
        return x + 1.0

    @classmethod
    def made(cls, rate):
        return cls(rate)

    @functools.cached_property
    def never(self):
        return 1.0

def decorated(g):
    @functools.wraps(g)
    def wrapper(*args):
        return g(*args) * 3.0
    return wrapper

@functools.lru_cache
def cached(x):
    return x * 2.0

@decorated
def wrapped(x):
    return cached(x)

THING = Thing(1.5)
DEEP = {"a": [THING, (1.0, 2.0)], "b": wrapped}

def f(x):
    return wrapped(x) * THING.doubled + Thing.shifted(x) * Thing.made(2.0).rate + DEEP["b"](x) + DEEP["a"][1][0] * x
"""
OBJECTS = OBJECTS.replace('    __slots__ = ("rate",)\n\n    def', "    def")


@pytest.mark.parametrize(
    "change",
    [
        ("self.rate * 2.0", "self.rate * 3.0"),
        ("return x + 1.0", "return x * 2.0"),
        ("return cls(rate)", "return cls(rate * 2.0)"),
        ("g(*args) * 3.0", "g(*args) * 4.0"),
        ("def cached(x):\n    return x * 2.0", "def cached(x):\n    return x * 5.0"),
    ],
)
def test_objects_and_decorators_are_followed(kept, tmp_path, change):
    assert compiled_twice(kept, tmp_path, OBJECTS, 0.7) == (1, 0)
    assert compiled_twice(kept, tmp_path, OBJECTS, 0.7, change=change) == (0, 1)


def test_slots_are_values(kept, tmp_path):
    text = """
class Thing:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate

THING = Thing(1.5)

def f(x):
    return x * THING.rate
"""
    assert compiled_twice(kept, tmp_path, text, 0.7) == (1, 0)
    assert compiled_twice(kept, tmp_path, text, 0.7, change=("1.5", "2.5")) == (0, 1)


def test_integers_that_loops_are_written_out_for(kept, tmp_path):
    text = """
COUNT = 3

def f(x):
    found = []
    for k in range(COUNT):
        found.append(lambda y, k=k: y * (k + 1.0))
    return sum([g(x) for g in found])
"""
    cold, warm = compiled_twice(kept, tmp_path, text, 0.7)
    assert cold == 2 and warm == 0  # that values are needed is remembered as well
    assert sct_ad.grad(imported(tmp_path, "user_module", text.replace("3", "4")).f)(0.7) == 10.0
    assert kept.taken()


def test_text_that_was_given(kept, tmp_path):
    text = "def f(x):\n    return x * x  # {}\n"

    def ask(remark):
        space = {}
        exec(text.format(remark), space)
        gradient = sct_ad.grad(space["f"], source=text.format(remark))
        assert gradient(0.7) == 1.4
        assert remark in gradient.source(0.7)
        return kept.taken()

    assert [ask(remark) for remark in ("one", "one", "two", "one")] == [1, 0, 1, 0]


class Touchy:
    """An object that must be left alone."""

    def __getattr__(self, name):
        raise RuntimeError(f"asked for {name}")

    def __bool__(self):
        raise RuntimeError("asked for its truth")

    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None


def test_objects_are_not_touched(kept, tmp_path):
    text = (
        "from tests.disk.test_surroundings import Touchy\nTOUCHY = Touchy()\ndef f(x):\n    TOUCHY\n    return x * x\n"
    )
    compiled_twice(kept, tmp_path, text, 0.7)


def test_what_cannot_be_found_again_is_compiled_anew(kept, tmp_path):
    text = "import numpy as np\nweird = np.frompyfunc(lambda x: x, 1, 1)\ndef f(x):\n    return x * x + len(str(weird)) * x\n"
    cold, warm = compiled_twice(kept, tmp_path, text, 0.7)
    assert cold == warm == 1


def test_text_that_calls_other_emitted_text(kept, tmp_path):
    text = "import numpy as np\ndef f(x):\n    return np.sum(np.pad(x, 1, mode='wrap') ** 3)\n"
    x = np.arange(3.0)
    cold, warm = compiled_twice(kept, tmp_path, text, x, np.ones(3), ask=sct_ad.hvp)
    assert cold > 1 and warm == 0


def test_virtual_subclasses_count(kept, tmp_path):
    text = """
import abc

class Kind(abc.ABC):
    pass

class Other(abc.ABC):
    pass

class Thing:
    pass

Kind.register(Thing)
THING = Thing()

def f(x):
    return x * 2.0 if isinstance(THING, Kind) else x * 3.0
"""
    assert compiled_twice(kept, tmp_path, text, 0.7) == (1, 0)
    change = ("Kind.register", "Other.register")
    assert compiled_twice(kept, tmp_path, text, 0.7, change=change) == (0, 1)
    assert sct_ad.grad(imported(tmp_path, "user_module", text.replace(*change)).f)(0.7) == 3.0


def test_cells_of_notebooks(kept):
    """Their files have other names each time."""
    text = "import numpy as np\ndef f(x):\n    y = np.sqrt(x)\n    return y[3] * 2.0\n"
    for number in (1, 2):
        file = f"<ipython-input-{number}-0a{number}f>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        space = {"__name__": "__main__"}
        exec(compile(text, file, "exec"), space)
        with pytest.raises(IndexError) as caught:
            sct_ad.grad(space["f"])(np.ones(2))
        assert kept.taken() == (number == 1)
        assert f"{file}:4" in "".join(getattr(caught.value, "__notes__", [])) + str(caught.value)


def test_generators_of_random_numbers(kept, tmp_path):
    text = "import numpy as np\nrng = np.random.default_rng(3)\ndef f(x):\n    return x * rng.normal()\n"
    assert compiled_twice(kept, tmp_path, text, 0.7) == (1, 0)


def test_large_surroundings_are_given_up():
    chain = [0.0]
    for _ in range(5_000):
        chain = [chain]
    with pytest.raises(Undescribed, match="things"):
        Surroundings((lambda x: chain,))
    numbers = [0.0] * 200_000
    with pytest.raises(Undescribed, match="items"):
        Surroundings((lambda x: numbers,))


def test_what_is_alike_has_the_same_digest():
    def made(value):
        return lambda x: (x, value)

    def digest(value):
        return Surroundings((made(value), ("grad", 1))).digest()

    alike = [
        (0.5, 1.5),
        (np.arange(3.0), np.ones(3)),
        ([1.0, 2.0], [3.0, 4.0]),
        ({"a": 1.0}, {"a": 2.0}),
        ({1, 2, 3}, {3, 2, 1}),
        (threading.Lock(), threading.Lock()),
        (np.float32(1.0), np.float32(2.0)),
    ]
    for left, right in alike:
        assert digest(left) == digest(right)
    same = [1.0]
    different = [
        (0.5, 1),
        (1, 2),
        (1, True),
        ("a", "b"),
        (b"a", "a"),
        (np.arange(3.0), np.arange(3)),
        (np.arange(3.0), np.ones((3, 1))),
        (np.ones(3), np.ones(1)),
        ([1.0], [1.0, 2.0]),
        ([1.0], (1.0,)),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0, "b": 1.0}, {"b": 1.0, "a": 1.0}),
        ([same, same], [[1.0], [1.0]]),
        (np.sin, np.cos),
        (np.float32(1.0), np.float64(1.0)),
        (None, ...),
        (len, abs),
        (made(1), made(2)),
        (made, digest),
        (int, float),
    ]
    for left, right in different:
        assert digest(left) != digest(right)
