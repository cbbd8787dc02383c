"""What a program under test is, and the registry of all of them."""

import contextlib
import copy
import io
import logging
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.numerical import leaves


@dataclass(frozen=True)
class Program:
    """A function, deterministic arguments for it, and what to differentiate it by.

    `outside` are the places that the function changes though it is not given them: lists, dicts and objects, names of
    globals that it rebinds, and pairs of an object and the name of an attribute.
    """

    name: str
    function: Callable
    make: Callable
    argnums: tuple
    tags: frozenset
    outside: tuple = ()

    def args(self):
        """Fresh arguments, the same each time."""
        return self.make(np.random.default_rng(zlib.crc32(self.name.encode())))

    def primal(self, *args):
        """What the function returns; the outside is left as it was."""
        with self.undone():
            return self.function(*args)

    @contextlib.contextmanager
    def undone(self):
        """Undo, at the end of the block, what happens in it to the outside and to NumPy's global generator."""
        before = [_contents(self._find(place)) for place in self.outside]
        drawn, shared = random.getstate(), np.random.get_state()
        try:
            yield
        finally:
            random.setstate(drawn)
            np.random.set_state(shared)
            for place, contents in zip(self.outside, before):
                if isinstance(place, str):
                    self.function.__globals__[place] = contents
                elif isinstance(place, tuple):
                    setattr(*place, contents)
                else:
                    _restore(place, contents)

    def effects(self, call):
        """What `call(*args)` prints, logs, changes outside, and draws, with fresh arguments."""
        args = self.args()
        out, records = io.StringIO(), _Records()
        with self.undone(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), records:
            call(*args)
            return {
                "printed": out.getvalue(),
                "logged": records.messages,
                "outside": [_contents(self._find(place)) for place in self.outside],
                "drawn": [_state(leaf) for leaf in leaves(args) if isinstance(leaf, np.random.Generator)],
                "drawn from the shared generators": (random.getstate(), np.random.get_state()[2]),
            }

    def _find(self, place):
        if isinstance(place, tuple):
            return getattr(*place)
        return self.function.__globals__[place] if isinstance(place, str) else place


def _state(generator):
    """The state of a generator, which says what has been drawn from it."""
    return copy.deepcopy(generator.bit_generator.state)


def _contents(value):
    return copy.deepcopy(vars(value) if hasattr(value, "__dict__") else value)


def _restore(place, contents):
    if isinstance(place, np.ndarray):
        place[...] = contents
        return
    target = vars(place) if hasattr(place, "__dict__") else place
    target.clear()
    (target.update if isinstance(target, (dict, set)) else target.extend)(contents)


class _Records(logging.Handler):
    """While entered: the messages of all loggers, in order."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        self.messages.append((record.levelname, record.getMessage()))

    def __enter__(self):
        root = logging.getLogger()
        self.before = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self)
        return self

    def __exit__(self, *_):
        logging.getLogger().setLevel(self.before)
        logging.getLogger().removeHandler(self)


PROGRAMS = []


def register(function, make, argnums=0, tags="", name=None, outside=()):
    argnums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    name = name or function.__name__
    assert all(name != other.name for other in PROGRAMS), name
    PROGRAMS.append(Program(name, function, make, argnums, frozenset(tags.split()), tuple(outside)))


def programs(tag=None):
    """All programs, or those with a tag."""
    return [program for program in PROGRAMS if tag is None or tag in program.tags]


def u(rng, low=0.5, high=2.0):
    """A Python float."""
    return float(rng.uniform(low, high))


def arr(rng, *shape, low=0.3, high=1.7):
    """A positive array."""
    return rng.uniform(low, high, size=shape)


def gauss(rng, *shape):
    """A normal array, entries kept away from zero."""
    values = rng.normal(size=shape)
    return values + 0.1 * np.sign(values)
