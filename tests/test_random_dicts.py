"""Random programs about dicts: gradients against differences, values bit for bit, arguments left alone."""

import importlib.util

import numpy as np
import pytest

from sct_ad import value_and_grad
from sct_ad.errors import UnsupportedError
from tests.random_dicts import Generator

PROGRAMS = 24
NUMBERS = (0.61, 0.93, 0.37, 0.71, 0.84)


def arguments(numbers=NUMBERS):
    return dict(zip("abc", map(float, numbers[:3]))), float(numbers[3]), float(numbers[4])


def differences(f, step):
    found = []
    for k in range(5):
        ends = []
        for sign in (1, -1):
            numbers = list(NUMBERS)
            numbers[k] += sign * step
            ends.append(f(*arguments(numbers)))
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


def check(f, text):
    """Whether the program is smooth at the arguments and was differentiated; fails where the gradient is wrong."""
    try:
        coarse, fine = differences(f, 1e-5), differences(f, 3e-6)
    except KeyError:  # the program itself fails
        return False
    largest = np.max(np.abs(fine))
    if largest > 1e3 or np.max(np.abs(coarse - fine)) > 1e-4 * (1.0 + largest):  # not smooth, or not tame
        return False
    given = arguments()
    try:
        value, (dp, dx, dy) = value_and_grad(f, (0, 1, 2))(*given)
    except UnsupportedError:
        return False
    assert given == arguments(), text
    assert value == f(*arguments()), text
    assert list(dp) == ["a", "b", "c"], text
    assert np.allclose([*dp.values(), dx, dy], fine, rtol=1e-4, atol=1e-5), text
    return True


@pytest.mark.parametrize("group", range(4))
def test_gradients_of_random_dict_programs(group, tmp_path):
    checked = 0
    for seed in range(group, PROGRAMS, 4):
        text = Generator(seed).program()
        path = tmp_path / f"program_{seed}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        checked += check(module.f, text)
    assert checked >= PROGRAMS // 8
