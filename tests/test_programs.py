"""Each ordinary program: its gradient against finite differences, and what a gradient call must leave alone."""

import copy
import math

import numpy as np
import pytest

from sct_ad import grad
from tests.examine import (
    BY_NAME,
    call,
    check_effects,
    check_value_and_gradients,
    expected,
    tolerance,
    without_generators,
)
from tests.numerical import assert_close, assert_like, difference_gradient, identical, leaves
from tests.programs import PROGRAMS, programs

SEVERAL = [program.name for program in PROGRAMS if len(program.argnums) > 1]
SINGLE = [(program.name, argnum) for program in PROGRAMS for argnum in program.argnums]


@pytest.mark.parametrize("name", BY_NAME)
def test_primal_is_a_finite_float_and_repeatable(name):
    program = BY_NAME[name]
    value = program.primal(*program.args())
    assert isinstance(value, (float, np.floating))
    assert math.isfinite(value)
    assert identical(value, program.primal(*program.args()))


@pytest.mark.parametrize(("name", "argnum"), SINGLE)
def test_differences_are_far_from_kinks(name, argnum):
    program = BY_NAME[name]
    finer = difference_gradient(program.primal, program.args(), argnum, step=1e-3)
    assert_close(expected(name, argnum), finer, rtol=2e-8)


@pytest.mark.parametrize(("name", "argnum"), SINGLE)
def test_gradient(name, argnum):
    program = BY_NAME[name]
    args = program.args()
    gradient = call(grad, name, argnum, *args)
    assert_like(gradient, args[argnum])
    assert_close(gradient, expected(name, argnum), tolerance(program))


@pytest.mark.parametrize("name", SEVERAL)
def test_gradient_of_several_arguments(name):
    program = BY_NAME[name]
    args = program.args()
    gradients = call(grad, name, program.argnums, *args)
    assert type(gradients) is tuple
    assert len(gradients) == len(program.argnums)
    for argnum, gradient in zip(program.argnums, gradients):
        assert_like(gradient, args[argnum])
        assert_close(gradient, expected(name, argnum), tolerance(program))


@pytest.mark.parametrize("name", BY_NAME)
def test_value_is_the_primal_bit_for_bit(name):
    check_value_and_gradients(name)


@pytest.mark.parametrize("name", BY_NAME)
def test_effects_are_those_of_one_primal_call(name):
    check_effects(name)


@pytest.mark.parametrize("name", [program.name for program in PROGRAMS if program.outside])
def test_the_outside_is_changed(name):
    """Else the programs that say that they change something would prove nothing."""
    program = BY_NAME[name]
    assert program.effects(program.function)["outside"] != program.effects(lambda *args: None)["outside"]


@pytest.mark.parametrize("name", BY_NAME)
def test_arguments_are_left_alone_and_calls_repeat(name):
    program = BY_NAME[name]
    args = program.args()
    before = copy.deepcopy(without_generators(args))
    first = copy.deepcopy(call(grad, name, program.argnums, *args))
    assert identical(without_generators(args), before)
    args = args if identical(args, program.args()) else program.args()
    assert identical(first, call(grad, name, program.argnums, *args))
    assert identical(without_generators(args), before)
    with program.undone():
        assert identical(first, grad(program.function, argnums=program.argnums)(*program.args()))


@pytest.mark.parametrize("name", BY_NAME)
def test_gradients_do_not_share_memory_with_arguments(name):
    program = BY_NAME[name]
    args = program.args()
    gradients = call(grad, name, program.argnums, *args)
    arrays = [leaf for leaf in _arrays(args) if leaf.size]
    results = [leaf for leaf in _arrays(gradients) if leaf.size]
    assert not any(np.shares_memory(a, b) for a in results for b in arrays)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(results) for b in results[:i])


def _arrays(value):
    return [leaf for leaf in leaves(value) if isinstance(leaf, np.ndarray)]


def test_corpus_is_broad():
    assert len(PROGRAMS) >= 130
    assert len({program.function for program in PROGRAMS}) >= 130
    for tag in ("float32", "empty", "size1", "recursion", "swap", "view", "fancy", "mutated_argument", "containers"):
        assert len(programs(tag)) >= 2, tag
