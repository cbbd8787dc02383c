"""What looks like ordinary Python and is refused: functions with arguments, by the name of the function."""

import re
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from sct_ad import grad
from sct_ad.errors import NoRuleError, UnsupportedError

OUTER = np.frompyfunc(lambda v: v * v, 1, 1)


@dataclass(frozen=True)
class Refusal:
    """A call of `grad` that must end in an error at the user's line, and what it says."""

    function: Callable
    args: tuple

    def error(self):
        """The error of the gradient call."""
        try:
            grad(self.function)(*self.args)
        except (UnsupportedError, NoRuleError) as error:
            return error
        raise AssertionError(f"{self.function.__name__} is not refused any more: make it a program")

    def message(self):
        """What is refused, in few words and without the place."""
        first = str(getattr(self.error(), "what", None) or self.error()).splitlines()[0]
        return re.sub(r" at \S+:\d+: .*| is not supported$", "", first)


REFUSALS = {}


def refused(*args):
    """Registers a function that is refused with these arguments."""

    def enter(function):
        REFUSALS[function.__name__] = Refusal(function, args)
        return function

    return enter


@refused(1.5)
def coroutine(x):
    async def later():
        return x

    return later()


@refused(1.5)
def foreign_function(x):
    return OUTER(x)


@refused(1.5)
def class_inside(x):
    class Box:
        value = x

    return Box.value


@refused(1.5)
def set_of_values(x):
    return sum({x, x * x})


@refused(1.5)
def deque_of_values(x):
    window = deque([x, x * x])
    return window.popleft() * window[0]


class Stopped(Exception):
    def __init__(self, best):
        super().__init__("stopped")
        self.best = best


@refused(1.5)
def exception_that_carries_a_value(x):
    try:
        for _ in range(9):
            x = x * 1.5
            if x > 4.0:
                raise Stopped(x)
    except Stopped as error:
        return error.best
    return x


@contextmanager
def reciprocal(x):
    try:
        yield 1.0 / x
    finally:
        pass


@refused(1.5)
def context_that_tries(x):
    with reciprocal(x) as factor:
        return factor * x * x


@refused(1.5, np.ones(3))
def number_of_either_kind(x, values):
    total = np.float64(0.0)
    for value in values:
        total += value * x
        if isinstance(total, np.floating) and total > 2.0:
            total = total.item() / 2.0
    return total


@refused(1.5)
def array_of_objects(x):
    pair = np.empty(2, dtype=object)
    pair[0] = x
    pair[1] = x * x
    return pair[0] * pair[1]
