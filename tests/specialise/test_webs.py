"""Renaming apart: one variable per web of definitions and uses."""

import math

from tests.flat import flatten, text_of


def test_straight_line_redefinition_gets_a_new_name():
    def f(x):
        y = x * 2.0
        z = y
        y = x + 1.0
        return y * z

    assert text_of(flatten(f, 1.0)).count("y = ") == 1


def test_definitions_that_meet_keep_one_name():
    def f(x):
        if x > 0.0:
            y = x
        else:
            y = -x
        return y

    text = text_of(flatten(f, 1.0))
    assert "y = x\n" in text and "y = -x" in text


def test_a_carried_variable_that_reads_itself_gets_a_copy():
    def f(x, n):
        for _ in range(n):
            x = math.sin(x) * 1.1
        return x

    lines = text_of(flatten(f, 1.0, 3)).splitlines()
    assert not any(line.strip().startswith("x = math") for line in lines)
    assert sum(line.strip().startswith("x = ") for line in lines) == 1
