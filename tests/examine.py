"""One program against its independent reference: what is computed once and shared by the tests and the README."""

import zlib
from functools import cache

import numpy as np

from sct_ad import grad, value_and_grad
from tests.numerical import assert_close, assert_like, difference_gradient, identical, map_leaves
from tests.programs import PROGRAMS

BY_NAME = {program.name: program for program in PROGRAMS}
SAMPLE = [
    program.name
    for program in PROGRAMS
    if program.function.__module__ == "tests.programs" or zlib.crc32(program.name.encode()) % 4 == 0
]
"""All programs of `tests/programs.py`, and one in four of those of other modules, in turn by name."""


def tolerance(program):
    return 2e-3 if "float32" in program.tags else 1e-6


@cache
def expected(name, argnum):
    """The gradient by one argument, from finite differences."""
    program = BY_NAME[name]
    return difference_gradient(program.primal, program.args(), argnum)


@cache
def derivative(operator, name, argnums):
    """One object for each, so that the tests share what is compiled."""
    return operator(BY_NAME[name].function, argnums=argnums)


def call(operator, name, argnums, *args):
    """The derivative at the arguments; what it changes outside is undone."""
    chosen = once(operator, argnums)
    with BY_NAME[name].undone():
        found = derivative(operator, name, chosen)(*args)
    return found if chosen is argnums else (found,)


def once(operator, argnums):
    """The gradient by one argument, for a tuple of one: compiled once for both; `value_and_grad` has the tuple."""
    return argnums[0] if operator is grad and isinstance(argnums, tuple) and len(argnums) == 1 else argnums


def text_of(operator, name):
    """The emitted text of a derivative by all arguments that the program is differentiated by."""
    program = BY_NAME[name]
    with program.undone():
        return derivative(operator, name, once(operator, program.argnums)).source(*program.args())


def check_value_and_gradients(name):
    """The value is the primal's bit for bit, and the gradients agree with finite differences."""
    program = BY_NAME[name]
    args = program.args()
    value, gradients = call(value_and_grad, name, program.argnums, *args)
    assert identical(value, program.primal(*program.args()))
    for argnum, gradient in zip(program.argnums, gradients):
        assert_like(gradient, args[argnum])
        assert_close(gradient, expected(name, argnum), tolerance(program))


def check_effects(name):
    """One call has the effects of one primal call, in order, and leaves arguments alone but for their generators."""
    program = BY_NAME[name]
    primal = program.effects(program.function)
    for operator in (value_and_grad, grad):
        assert program.effects(derivative(operator, name, once(operator, program.argnums))) == primal
        args = program.args()
        call(operator, name, program.argnums, *args)
        assert identical(without_generators(args), without_generators(program.args()))


def without_generators(args):
    """The arguments without the random generators, which a call draws from."""
    return map_leaves(lambda leaf: None if isinstance(leaf, np.random.Generator) else leaf, args)
