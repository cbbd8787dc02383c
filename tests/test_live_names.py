"""Gradients see what changed since the last call: globals, cells, callees, defaults, classes, objects, modules."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sct_ad import grad, value_and_grad
from tests.live_events import EVENTS, FUNCTIONS, World
from tests.numerical import assert_close, derivative, identical

X = 0.7


class Gradients:
    """One gradient object for each function, kept while the world changes."""

    def __init__(self, world):
        self.world = world
        self.kept = {}

    def check(self, name):
        """The gradient of the function as it is now agrees with its differences."""
        function = getattr(self.world.module, name)
        if self.kept.get(name, (None,))[0] is not function:
            self.kept[name] = (function, grad(function), value_and_grad(function))
        _, gradient, both = self.kept[name]
        expected = derivative(lambda s: float(function(X + s)))
        assert_close(gradient(X), expected, path=name)
        value, again = both(X)
        assert identical(value, function(X)), name
        assert_close(again, expected, path=name)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.close()


def check_event(name, world):
    """Every function before and after one event, and after the same event with another number."""
    gradients = Gradients(world)
    for change in (lambda: None, lambda: EVENTS[name](world, 1.7), lambda: EVENTS[name](world, 0.6)):
        change()
        for function in FUNCTIONS:
            gradients.check(function)


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_is_seen(name, world):
    check_event(name, world)


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_changes_something(name, world):
    before = {key: function(X) for key, function in world.functions().items()}
    EVENTS[name](world, 1.7)
    assert before != {key: function(X) for key, function in world.functions().items()}


STEPS = st.one_of(
    st.tuples(st.sampled_from(sorted(EVENTS)), st.sampled_from([0.3, 0.9, 1.1, 1.6, 2.5])),
    st.tuples(st.sampled_from(FUNCTIONS), st.none()),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_any_sequence_of_events_is_seen(steps, tmp_path_factory):
    world = World(tmp_path_factory.mktemp("live"))
    try:
        gradients = Gradients(world)
        for name in FUNCTIONS[::3]:
            gradients.check(name)
        for name, value in steps:
            if value is None:
                gradients.check(name)
            else:
                EVENTS[name](world, value)
        for name in FUNCTIONS:
            gradients.check(name)
    finally:
        world.close()


def test_nothing_is_compiled_anew_where_nothing_changed(world):
    for name in FUNCTIONS:
        gradient = grad(getattr(world.module, name))
        for _ in range(3):
            gradient(np.float64(X).item())
        info = gradient.cache_info()
        assert info.misses <= 1, (name, info)
