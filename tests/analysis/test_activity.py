"""Activity: what depends on an input smoothly and reaches the result."""

import numpy as np

from sct_ad.analysis.activity import Flow
from sct_ad.analysis.alias import analyse_memory
from tests.flat import flatten


def flow_of(function, *args):
    flat = flatten(function, *args)
    memory = analyse_memory(flat.function.body, flat.typer)
    return flat, Flow(flat.function.body[:-1], flat.typer, memory, set())


def test_only_what_is_between_input_and_result_is_active():
    def f(x, y):
        used = x * 2.0
        unused = x * 3.0
        other = y + 1.0
        print(unused)
        return used * other

    flat, flow = flow_of(f, 1.0, 2.0)
    result = flat.function.body[-1].value.id
    active = flow.varied({"x"}) & flow.useful({result})
    assert "used" in active and not {"unused", "other", "y"} & active


def test_comparisons_and_integers_carry_no_derivative():
    def f(x):
        flag = x > 0.0
        count = int(x)
        level = np.floor(x)
        return x * count + flag + level

    _, flow = flow_of(f, 1.5)
    varied = flow.varied({"x"})
    assert "x" in varied and not {"flag", "count", "level"} & varied


def test_what_is_stored_makes_the_array_active():
    def f(x):
        y = np.zeros(3)
        y[1] = x
        view = y[1:]
        return np.sum(view)

    _, flow = flow_of(f, 1.5)
    assert {"y", "view"} <= flow.varied({"x"})
