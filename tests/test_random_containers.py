"""Random programs about lists and dicts: gradients against differences, values bit for bit, arguments left alone."""

import numpy as np
import pytest

from sct_ad import value_and_grad
from sct_ad.errors import UnsupportedError
from tests import random_dicts, random_lists
from tests.written import function_of

NUMBERS = (0.61, 0.93, 0.37, 0.71, 0.84)
GENERATORS = {
    # a generator, how many of its programs, how many of these must be smooth, and the container of three numbers
    "lists": (random_lists.Generator, 40, 24, list),
    "dicts": (random_dicts.Generator, 24, 12, lambda numbers: dict(zip("abc", numbers))),
}


def arguments(container, numbers=NUMBERS):
    return container(map(float, numbers[:3])), float(numbers[3]), float(numbers[4])


def differences(f, container, step):
    found = []
    for k in range(5):
        ends = []
        for sign in (1, -1):
            numbers = list(NUMBERS)
            numbers[k] += sign * step
            ends.append(f(*arguments(container, numbers)))
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


def check(f, container, text):
    """Whether the program is smooth at the arguments and was differentiated; fails where the gradient is wrong."""
    try:
        coarse, fine = differences(f, container, 1e-5), differences(f, container, 3e-6)
    except LookupError:  # a list ran empty, or a key is missing: the program itself fails
        return False
    largest = np.max(np.abs(fine))
    if largest > 1e3 or np.max(np.abs(coarse - fine)) > 1e-4 * (1.0 + largest):  # not smooth, or not tame
        return False
    given = arguments(container)
    try:
        value, (dp, dx, dy) = value_and_grad(f, (0, 1, 2))(*given)
    except UnsupportedError:
        return False
    assert given == arguments(container), text
    assert value == f(*arguments(container)), text
    assert type(dp) is type(given[0]) and len(dp) == 3, text
    if isinstance(dp, dict):
        assert list(dp) == ["a", "b", "c"], text
    assert np.allclose([*(dp.values() if isinstance(dp, dict) else dp), dx, dy], fine, rtol=1e-4, atol=1e-5), text
    return True


@pytest.mark.parametrize("group", range(4))
@pytest.mark.parametrize("kind", GENERATORS)
def test_gradients_of_random_programs(kind, group, tmp_path):
    generator, programs, fewest, container = GENERATORS[kind]
    checked = 0
    for seed in range(group, programs, 4):
        text = generator(seed).program()
        f = function_of(text, tmp_path / f"program_{seed}.py")
        checked += check(f, container, text)
    assert checked >= fewest // 4
