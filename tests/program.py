"""What a program under test is, and the registry of all of them."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Program:
    """A function, deterministic arguments for it, and what to differentiate it by."""

    name: str
    function: Callable
    make: Callable
    argnums: tuple
    tags: frozenset

    def args(self):
        """Fresh arguments, the same each time."""
        return self.make(np.random.default_rng(zlib.crc32(self.name.encode())))


PROGRAMS = []


def register(function, make, argnums=0, tags="", name=None):
    argnums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    name = name or function.__name__
    assert all(name != other.name for other in PROGRAMS), name
    PROGRAMS.append(Program(name, function, make, argnums, frozenset(tags.split())))


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
