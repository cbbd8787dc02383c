"""Patterns of ordinary programs: no entry of a gradient is left out."""

import numpy as np
import pytest

from sct_ad import ArgumentError, grad
from sct_ad.pytree import flatten
from sct_ad.sparse.bits import members
from sct_ad.sparse.patterns import DependenceOn, DependenceOptions, inputs_in, jacobian_pattern
from tests.examine import BY_NAME, call
from tests.programs import PROGRAMS

CASES = [
    (program.name, argnum)
    for program in PROGRAMS
    for argnum in program.argnums
    if all(np.asarray(leaf).dtype.kind == "f" for leaf in flatten(program.args()[argnum])[0])
][::20]


@pytest.mark.parametrize(("name", "argnum"), CASES)
def test_no_entry_is_left_out(name, argnum):
    program = BY_NAME[name]
    gradient = call(grad, name, argnum, *program.args())
    try:
        dependence = DependenceOn(program.function, DependenceOptions(argnum, "Jacobian"))
        args = dependence.bound(program.args(), {})
        width = inputs_in(args[dependence.position()], "Jacobian", name)
    except ArgumentError as error:
        pytest.skip(str(error))
    with program.undone():
        pattern = jacobian_pattern(dependence, args, width)
    if pattern is None:
        pytest.skip("a full pattern")
    numbers = np.concatenate([np.ravel(leaf) for leaf in flatten(gradient)[0]] or [np.zeros(0)])
    assert set(np.flatnonzero(numbers)) <= set(pattern.columns)


def test_members():
    sets = [0, 1 << 200 | 1, (1 << 64) - 1]
    rows, columns = members(sets, 201)
    assert [sorted(columns[rows == k].tolist()) for k in range(3)] == [[], [0, 200], list(range(64))]
