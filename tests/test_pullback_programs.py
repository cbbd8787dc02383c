"""vjp of each ordinary program: the gradient, as often as asked, whatever happens to arguments and results."""

import copy
import functools
import math

import numpy as np
import pytest

from sct_ad import grad, vjp
from tests.examine import BY_NAME, SAMPLE, call
from tests.numerical import assert_close, identical, leaves
from tests.programs import PROGRAMS


@functools.cache
def gradients(name):
    program = BY_NAME[name]
    return copy.deepcopy(call(grad, name, program.argnums, *program.args()))


def overwrite(value, kept):
    """Overwrite all arrays of numbers that can be, except for those in `kept`."""
    for leaf in leaves(value):
        if isinstance(leaf, np.ndarray) and leaf.flags.writeable and leaf.dtype.kind in "fc":
            if not any(np.shares_memory(leaf, other) for other in kept):
                leaf[...] = math.nan


@pytest.mark.parametrize("name", SAMPLE)
def test_pullback(name):
    program = BY_NAME[name]
    args, fixed = program.args(), [leaf for leaf in leaves(program.args()) if isinstance(leaf, np.ndarray)]
    again = [leaf for leaf in leaves(program.args()) if isinstance(leaf, np.ndarray)]
    shared = [a for a, b in zip(fixed, again) if a is b]
    expected, gradient = program.primal(*program.args()), gradients(name)
    with program.undone():
        value, pullback = vjp(program.function, argnums=program.argnums)(*args)
        assert identical(value, expected)
        overwrite(args, shared)
        found = pullback(1.0)
        first = copy.deepcopy(found)
        overwrite(found, [])
        assert_like_gradient(first, gradient, 1e-4 if "float32" in program.tags else 1e-12)
        assert identical(pullback(1.0), first)
        assert identical(pullback(1.0), first)


def assert_like_gradient(found, expected, rtol):
    assert type(found) is tuple
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, rtol)


def with_arguments(function):
    """A function whose result has structure and shares memory with its arguments."""

    def extended(*args):
        value = function(*args)
        return {"value": value, "args": [args[0], 3, None]}

    return extended


@pytest.mark.parametrize("name", [program.name for program in PROGRAMS[::9]])
def test_results_that_hold_arguments(name):
    program = BY_NAME[name]
    expected = program.primal(*program.args())
    with program.undone():
        value, pullback = vjp(with_arguments(program.function), argnums=program.argnums)(*program.args())
        assert identical(value["value"], expected)
        first = pullback(value)
        assert identical(pullback(value), first)
        double = {"value": 2.0 * value["value"], "args": value["args"]}
        assert identical(pullback(double), pullback(double))
