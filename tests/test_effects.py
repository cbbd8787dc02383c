"""A gradient call does what one primal call does: the same effects, once, in order, also where an exception ends it."""

import contextlib
import io
import logging
import math
import random
from contextlib import contextmanager

import numpy as np
import pytest

from sct_ad import grad, value_and_grad
from tests.numerical import assert_close, derivative

LOG = []
TABLE = {"seen": []}
ARRAY = np.zeros(3)
COUNTS = {"calls": 0}
TOTAL = 0
PATH = []
SETTINGS = [1.0, 2.0]
logger = logging.getLogger("effects")


class Recorder:
    events = []

    def __init__(self, label):
        self.label = label

    def __enter__(self):
        self.events.append(f"enter {self.label}")
        return self

    def __exit__(self, kind, error, trace):
        Recorder.events.append(f"exit {self.label} {kind is None}")

    def note(self, value):
        self.events.append((self.label, value))
        return value


RECORDER = Recorder("outside")


@contextmanager
def announced(name, factor):
    LOG.append(f"begin {name}")
    yield 1.0 / factor
    LOG.append(f"end {name}")


def prints_and_logs(x):
    print("start", x)
    for k in range(2):
        logger.warning("step %d: %s", k, x)
        x = x * 1.5
    print(f"{x:.3f}", end="!")
    return x * x


def list_behind_another_name(x):
    known = LOG
    known.append("first")
    rows = [LOG, TABLE["seen"]]
    for row in rows:
        row.append(len(LOG))
    return x * x


def list_behind_a_method(x):
    seen = TABLE.get("seen")
    seen.append(x)
    more = TABLE.setdefault("more", [])
    more.append(1)
    return x * x


def default_that_is_kept(x):
    def inner(value, kept=LOG):
        kept.append(value)
        return value * x

    return inner(x) + inner(2.0)


def view_of_an_array_outside(x):
    tail = ARRAY[1:]
    tail[0] += 1.0
    column = ARRAY.reshape(3, 1)
    column[2] += 2.0
    return x * x


def copies_of_what_is_outside(x):
    own, part, joined = list(SETTINGS), SETTINGS[:], SETTINGS + [1.0]
    own[0], part[1], joined[0] = x, x * x, 2.0 * x
    array = ARRAY.copy()
    array[0] = x
    return own[0] * part[1] * joined[0] + np.sum(array)


def counters(x):
    global TOTAL
    for _ in range(3):
        COUNTS["calls"] += 1
        TOTAL = TOTAL + COUNTS["calls"]
        x = x * 1.1
    return x


def class_attribute_list(x):
    recorder = Recorder("inside")
    return recorder.note(x) * RECORDER.note(2.0)


def contexts(x):
    with Recorder("outer"), Recorder("inner") as inner:
        y = x * len(inner.label)
        with announced("scaled", x) as factor:
            y = y * factor * x
    return y * x


def effects_in_branches(x):
    if x > 0.5:
        LOG.append("large")
    else:
        LOG.append("small")
    for k in range(4):
        if k == 2:
            LOG.append("two")
            continue
        if k == 3:
            break
        x = x * 1.2
    return x if LOG.append("last") is None else 0.0


def values_in_the_order_of_python(x):
    def say(name, value):
        LOG.append(name)
        return value

    return say("a", x) * say("b", x) + (say("c", x) if say("d", x) > 0.0 else say("e", 1.0))


def random_draws(x):
    a = random.random()
    for _ in range(3):
        x = x * (1.0 + 0.1 * np.random.rand()) + a
    return x + random.gauss(0.0, 1.0)


def file_written(x):
    with open(PATH[0], "a", encoding="utf-8") as file:
        for k in range(2):
            file.write(f"{k} {x}\n")
            x = x * 1.5
    return x * x


FUNCTIONS = [
    prints_and_logs, list_behind_another_name, list_behind_a_method, default_that_is_kept, view_of_an_array_outside,
    copies_of_what_is_outside, counters, class_attribute_list, contexts, effects_in_branches,
    values_in_the_order_of_python, random_draws, file_written,
]  # fmt: skip


def raises_after_effects(x):
    for k in range(5):
        LOG.append(k)
        if k == 3:
            raise ValueError(f"at {k}")
        x = x * 1.5
    LOG.append("never")
    return x


def raises_in_a_helper(x):
    def checked(value):
        print("checking", value)
        if value > 2.0:
            raise ValueError("too large")
        return value

    return checked(x) + checked(x + 1.0) + checked(x + 2.0)


def raises_in_a_context(x):
    with Recorder("failing"):
        RECORDER.note("before")
        y = x / (x - x)
    RECORDER.note("after")
    return y


FAILING = [raises_after_effects, raises_in_a_helper, raises_in_a_context]


def forget():
    """Put everything outside back to its beginning."""
    global TOTAL
    TOTAL = 0
    for places in (LOG, Recorder.events):
        places.clear()
    TABLE.clear()
    TABLE["seen"] = []
    ARRAY[:] = 0.0
    COUNTS["calls"] = 0
    if PATH:
        PATH[0].write_text("", encoding="utf-8")
    random.seed(1)
    np.random.seed(1)


def effects(call, caplog):
    """What a call does to the world, and the exception that ends it."""
    forget()
    caplog.clear()
    out, failure = io.StringIO(), None
    with contextlib.redirect_stdout(out):
        try:
            call(0.7)
        except Exception as error:
            failure = type(error), str(error)
    written = PATH[0].read_text(encoding="utf-8") if PATH else ""
    drawn = random.getstate(), np.random.get_state()[2]
    kept = repr((LOG, TABLE, ARRAY, COUNTS, TOTAL, Recorder.events, SETTINGS))
    forget()
    return out.getvalue(), list(caplog.messages), kept, written, drawn, failure


@pytest.fixture(autouse=True)
def _file(tmp_path):
    PATH[:] = [tmp_path / "notes.txt"]
    yield
    PATH.clear()


@pytest.mark.parametrize("operator", [grad, value_and_grad])
@pytest.mark.parametrize("function", FUNCTIONS + FAILING, ids=lambda f: f.__name__)
def test_effects_of_one_call(function, operator, caplog):
    expected = effects(function, caplog)
    derived = operator(function)
    assert effects(derived, caplog) == expected
    assert effects(derived, caplog) == expected  # the call that compiles and the next one
    assert (expected[-1] is not None) == (function in FAILING)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradient_beside_the_effects(function, capsys):
    def along(s):
        forget()
        return float(function(0.7 + s))

    forget()
    gradient = grad(function)(0.7)
    assert_close(gradient, derivative(along))
    assert math.isfinite(gradient)
