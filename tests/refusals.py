"""What looks like ordinary Python and is refused: functions with arguments, by the name of the function."""

import re
from collections.abc import Callable
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
