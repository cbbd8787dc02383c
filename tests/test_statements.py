"""Statements with effects: what happens once and in order, which exceptions come out, and what is refused."""

import contextlib
import math
import warnings

import numpy as np
import pytest

from sct_ad import grad, value_and_grad
from sct_ad.errors import UnsupportedError

LOG = []


class Managed:
    """A context manager that is looked into."""

    def __init__(self, name, swallows=False):
        self.name, self.swallows = name, swallows

    def __enter__(self):
        LOG.append(("enter", self.name))
        return self

    def __exit__(self, kind, error, traceback):
        LOG.append(("exit", self.name, kind))
        return self.swallows


class Foreign(contextlib.ContextDecorator):
    """One that is not, for the class of its class."""

    __slots__ = ("swallows",)

    def __init__(self, swallows=False):
        self.swallows = swallows

    def __enter__(self):
        LOG.append("enter")

    def __exit__(self, kind, error, traceback):
        LOG.append(kind)
        return self.swallows


@contextlib.contextmanager
def announced(name):
    LOG.append(("before", name))
    yield
    LOG.append(("after", name))


@contextlib.contextmanager
def swallowing():
    try:
        yield
    except ValueError:
        LOG.append("swallowed")


SWALLOWS = Foreign(True)
PASSES = Foreign(False)


def events(function, *args):
    """What a call appends to the log, and what it raises."""
    LOG.clear()
    try:
        function(*args)
    except Exception as error:
        return [*LOG, (type(error), str(error))]
    return list(LOG)


def effects_in_try(x):
    try:
        LOG.append("start")
        y = math.log(x)
        LOG.append("went well")
    except ValueError as error:
        LOG.append(f"caught {error}")
        y = x * x
    else:
        LOG.append("else")
    finally:
        LOG.append("finally")
    LOG.append("end")
    return y


def effects_in_a_loop(x):
    s = 0.0
    for k in range(4):
        try:
            LOG.append(k)
            if k == 2:
                raise KeyError(k)
            s = s + math.log(x - k)
        except ValueError:
            LOG.append("value")
            continue
        except KeyError:
            LOG.append("key")
            break
        finally:
            LOG.append("finally")
    return s * x


def effects_of_contexts(x):
    with Managed("a") as a, announced("b"), PASSES:
        LOG.append(a.name)
        if x > 0:
            with Managed("c", True):
                y = math.log(x - 5.0)
                LOG.append(y)
        else:
            y = x / (x - x)
    LOG.append("out")
    return x * x


def not_caught(x):
    try:
        y = math.log(x)
    except KeyError:
        y = x
    return y * x


def raised_on_purpose(x):
    s = 1.0
    for k in range(5):
        with PASSES:
            s = s * x
            if s > 10.0:
                raise OverflowError(f"too large after {k} steps")
    return s


def raised_from(x):
    try:
        return x / (x - x)
    except ZeroDivisionError as error:
        raise RuntimeError("no quotient") from error


def raised_again(x):
    seen = []
    try:
        seen.append(1)
        y = math.sqrt(x)
        seen.append(y)
        return y / (x - x)
    except ZeroDivisionError:
        LOG.append(f"failed after {len(seen)}")
        raise
    finally:
        LOG.append("finally")


CALLS = [
    (effects_in_try, 2.0),
    (effects_in_try, -2.0),
    (effects_in_a_loop, 0.5),
    (effects_in_a_loop, 1.5),
    (effects_of_contexts, 2.0),
    (effects_of_contexts, -2.0),
    (not_caught, -1.0),
    (raised_on_purpose, 3.0),
    (raised_on_purpose, 1.1),
    (raised_from, 1.0),
    (raised_again, 1.0),
    (raised_again, -1.0),
]


@pytest.mark.parametrize(("function", "x"), CALLS, ids=[f"{f.__name__}({x})" for f, x in CALLS])
@pytest.mark.parametrize("operator", [grad, value_and_grad])
def test_effects_and_exceptions_are_those_of_one_call(operator, function, x):
    derivative = operator(function)
    wanted = events(function, x)
    assert events(derivative, x) == wanted
    assert events(derivative, x) == wanted


def test_causes_survive():
    with pytest.raises(RuntimeError, match="no quotient") as caught:
        grad(raised_from)(1.0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_the_call_after_an_exception_is_right():
    derivative = grad(not_caught)
    for _ in range(2):
        with pytest.raises(ValueError, match="domain"):
            derivative(-1.0)
        assert derivative(2.0) == pytest.approx(math.log(2.0) + 1.0)


def test_no_tape_is_left_by_an_exception_that_was_caught():
    def f(x, n):
        s = x
        for k in range(n):
            try:
                for j in range(k):
                    s_next = math.sin(s) * (j + 1)
                    if j == 2:
                        raise KeyError
                    s = s_next * x
                s = s * 1.5
            except KeyError:
                s = x * x + k
        return s

    with pytest.raises(UnsupportedError, match="'s' may have been assigned"):
        grad(lambda x: _reads_half(x))(1.0)
    for n in range(6):
        step = 1e-6
        wanted = (f(1.3 + step, n) - f(1.3 - step, n)) / (2 * step)
        assert grad(f)(1.3, n) == pytest.approx(wanted, rel=1e-6)


def _reads_half(x):
    s = x
    try:
        for k in range(3):
            s = s * x
            if k == 1:
                raise KeyError
    except KeyError:
        return s
    return s * 2


def test_errstate_holds_in_both_sweeps():
    def f(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.sqrt(x)
        return np.sum(y[1:])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="warn"):
            gradient = grad(f)(np.array([0.0, 4.0]))
    assert gradient[1] == 0.25


@pytest.mark.parametrize("context", ["SWALLOWS", "swallowing()"])
def test_a_foreign_context_that_swallows_is_an_error_when_it_does(context):
    def f(x):
        y = x
        with SWALLOWS:
            y = math.log(x) * x
        return y

    def g(x):
        y = x
        with swallowing():
            y = math.log(x) * x
        return y

    function = f if context == "SWALLOWS" else g
    assert grad(function)(2.0) == pytest.approx(math.log(2.0) + 1.0)
    with pytest.raises(RuntimeError, match="has swallowed an exception"):
        grad(function)(-2.0)


def reads_what_is_half_done(x):
    y = x * x
    try:
        y = math.sin(x)
        z = math.log(x - 2.0)
    except ValueError:
        z = x
    return y * z


def reads_a_list_that_is_half_done(x):
    found = [x]
    try:
        found.append(x * x)
        found.append(math.log(x))
    except ValueError:
        pass
    return found[0] + found[-1]


def reads_an_array_that_is_half_done(x):
    out = np.zeros(3)
    try:
        for k in range(3):
            out[k] = math.log(x - k)
    except ValueError:
        pass
    return np.sum(out)


class Found(Exception):
    def __init__(self, value):
        self.value = value


def reads_a_value_off_an_exception(x):
    try:
        if x > 0:
            raise Found(x * x)
    except Found as found:
        return found.value
    return x


@contextlib.contextmanager
def _kept(value):
    try:
        yield value
    finally:
        pass


def context_around_a_try(x):
    with _kept(x) as y:
        return y * x


REFUSED = {
    context_around_a_try: (
        "what a context manager makes of values that are differentiated",
        "let its generator yield outside of try and with, or compute it before the with statement",
        "with _kept(x) as y:",
    ),
    reads_what_is_half_done: (
        "'y' may have been assigned in a try block before the exception",
        "assign it after all that may raise, or after the try statement",
        "return y * z",
    ),
    reads_a_list_that_is_half_done: (
        "'found' changes in a try block before something that may raise",
        "change it after all that may raise, or after the try statement",
        "found.append(x * x)",
    ),
    reads_an_array_that_is_half_done: (
        "'out' changes in a try block before something that may raise",
        "change it after all that may raise, or after the try statement",
        "out[k] = math.log(x - k)",
    ),
    reads_a_value_off_an_exception: (
        "'value' of a caught exception",
        "return the value, or keep it in a variable, instead of raising it",
        "return found.value",
    ),
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused_at_the_line(function):
    what, hint, line = REFUSED[function]
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(1.0)
    assert (caught.value.what, caught.value.hint) == (what, hint)
    assert caught.value.span.text.strip() == line


def test_what_the_hint_says_works():
    def f(x):
        y = x * x
        try:
            s = math.sin(x)
            z = math.log(x - 2.0)
            y = s
        except ValueError:
            z = x
        return y * z

    assert grad(f)(1.0) == pytest.approx(3.0)


def test_exception_classes_that_are_not_known():
    def f(x, kinds):
        try:
            y = math.log(x)
        except kinds[0]:
            y = x
        return y

    assert grad(f)(-1.0, [ValueError]) == 1.0
    with pytest.raises(UnsupportedError, match="except with a class that is not known"):
        grad(lambda x: decides_what_it_catches(x))(1.0)


def decides_what_it_catches(x):
    kind = ValueError if x > 0 else KeyError
    try:
        return math.log(x)
    except kind:
        return x


COUNT = 0
KEPT = None
HISTORY = [1.0]


def counts(x):
    global COUNT, KEPT
    COUNT += 1
    KEPT = x * COUNT
    return KEPT * KEPT


def test_global_names_are_assigned_once_for_each_call():
    global COUNT, KEPT
    derivative = grad(counts)
    COUNT = 0
    for k in (1, 2, 3):
        assert derivative(2.0) == 2 * 2.0 * k * k
        assert (COUNT, KEPT) == (k, 2.0 * k)
    COUNT = 10
    assert value_and_grad(counts)(1.0) == (121.0, 242.0)


def test_cells_are_assigned_once_for_each_call():
    kept = 1.0

    def step(x):
        nonlocal kept
        kept = kept * x
        return kept * kept

    derivative = grad(step)
    assert derivative(2.0) == 4.0
    assert kept == 2.0
    assert derivative(3.0) == 2 * 4.0 * 3.0
    assert kept == 6.0


def assigns_a_new_name(x):
    global NEW_NAME
    NEW_NAME = x * 2
    return NEW_NAME * x


def test_a_name_that_did_not_exist():
    assert grad(assigns_a_new_name)(3.0) == 12.0
    assert NEW_NAME == 6.0  # noqa: F821
    assert grad(assigns_a_new_name)(4.0) == 16.0


def in_place_outside(x):
    global HISTORY
    HISTORY = [x]
    HISTORY += [x * x]
    return HISTORY[1]


def recursive_count(x, n):
    global COUNT
    COUNT = COUNT + 1
    return x if n == 0 else recursive_count(x * x, n - 1)


def keeps_what_changes(x):
    global KEPT
    y = np.zeros(3)
    KEPT = y
    y[0] = x
    s = np.sum(y**3)
    y[0] = 7.0
    return s * y[0]


def bound_by_a_loop(x):
    global COUNT
    for COUNT in range(3):
        x = x * COUNT
    return x


OUTER = {
    in_place_outside: (
        (2.0,),
        "a change in place of 'HISTORY', which lives outside of the function",
        "assign a new value: HISTORY = HISTORY + ...",
    ),
    recursive_count: (
        (2.0, 3),
        "assignment to the outer name 'COUNT' in a recursive function",
        "return the new value",
    ),
    keeps_what_changes: (
        (2.0,),
        "an array that is changed in place and kept outside of the function",
        "keep a copy there: y.copy()",
    ),
    bound_by_a_loop: (
        (2.0,),
        "the outer name 'COUNT' bound otherwise than by =",
        "bind a local name, and assign it to that one",
    ),
}


@pytest.mark.parametrize("function", OUTER, ids=lambda f: f.__name__)
def test_outer_names_refused(function):
    args, what, hint = OUTER[function]
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(*args)
    assert (caught.value.what, caught.value.hint) == (what, hint)
