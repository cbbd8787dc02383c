"""What goes wrong in source transformation of Python, one test or more for each trap."""

import copy
import functools
import importlib
import inspect
import linecache
import math
import os
import pickle
import sys
import threading
import types

import numpy as np
import pytest

from sct_ad import grad, value_and_grad
from sct_ad.errors import ArgumentError, SctError, UnsupportedError
from tests import other_module, other_module_inner
from tests.numerical import assert_close, difference_gradient, identical


def check(function, *args, argnums=0, rtol=1e-6):
    """Gradient and value agree with finite differences and the function itself."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    before = copy.deepcopy(args)
    value, gradients = value_and_grad(function, argnums=numbers)(*args)
    assert identical(args, before)
    assert identical(value, function(*copy.deepcopy(args)))
    for argnum, gradient in zip(numbers, gradients):
        assert_close(gradient, difference_gradient(function, args, argnum), rtol)
    alone = grad(function, argnums=numbers)(*args)
    assert_close(alone, gradients, 1e-12)


def check_once(function, x):
    """The value and the derivative of what takes long to compile."""
    value, gradient = value_and_grad(function)(x)
    assert identical(value, function(x))
    assert_close(gradient, difference_gradient(function, (x,)), 1e-6)


def right_or_refused(function, args, expected):
    """Never a silent wrong number: the true gradient, or an error of ours."""
    try:
        gradient = grad(function)(*args)
    except SctError as error:
        assert str(error)
        return
    assert_close(gradient, expected)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Make a module of given text, in a file."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(text, name=None):
        name = name or f"trap_module_{len(made)}_{os.path.basename(tmp_path)}"
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        made.append(name)
        return importlib.import_module(name)

    yield make
    for name in made:
        sys.modules.pop(name, None)


# --- where the source comes from -------------------------------------------------------------------------


def test_no_source_is_a_clear_error_and_source_helps():
    text = "def f(x):\n    return x * x * x\n"
    namespace = {}
    exec(text, namespace)
    with pytest.raises(UnsupportedError, match="source="):
        grad(namespace["f"])(2.0)
    assert grad(namespace["f"], source=text)(2.0) == pytest.approx(12.0)


def test_source_from_linecache_as_in_a_notebook():
    text = "def f(x):\n    y = x * x\n    return y * 3\n"
    file = "<cell 17>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {}
    exec(compile(text, file, "exec"), namespace)
    assert grad(namespace["f"])(2.0) == pytest.approx(12.0)
    del linecache.cache[file]


def test_functions_without_source_or_rule_are_named():
    with pytest.raises(SctError, match="crc32"):
        import zlib

        def f(x):
            return x * zlib.crc32(x)

        grad(f)(2.0)


# fmt: off
first, second = lambda x: x * x, lambda x: x * x * x
in_list = [lambda x: 2.0 * x, lambda x: 5.0 * x, lambda y: 2.0 * y]
in_call = functools.partial(max, 1.0), (lambda x: math.sin(x) + (lambda x: x * 7)(x))
in_dict = {"a": lambda x, k=2: x * k, "b": lambda x, k=3: x * k}
nested_pair = lambda x: (lambda x: x * 3)(x) * x
over_lines = [
    lambda x:
        x * 11.0, lambda x: (x *
    13.0)]
# fmt: on


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (first, 4.0),
        (second, 12.0),
        (in_list[0], 2.0),
        (in_list[1], 5.0),
        (in_list[2], 2.0),
        (in_call[1], math.cos(2.0) + 7.0),
        (in_dict["a"], 2.0),
        (in_dict["b"], 3.0),
        (nested_pair, 12.0),
        (over_lines[0], 11.0),
        (over_lines[1], 13.0),
    ],
)
def test_lambdas_on_one_line(function, expected):
    assert grad(function)(2.0) == pytest.approx(expected)


def test_lambdas_on_one_line_inside_a_function():
    functions = [lambda x: x * 2, lambda x: x * 3]
    assert [grad(f)(1.5) for f in functions] == [2.0, 3.0]
    assert grad(lambda x: x * 4)(1.5) + grad(lambda x: x * 5)(1.5) == 9.0


def returns_lambda(function):
    return lambda x: function(x) * 10.0


@returns_lambda
def decorated_by_lambda(x):
    return x * x


def test_decorator_that_returns_a_lambda():
    assert grad(decorated_by_lambda)(3.0) == pytest.approx(60.0)


def test_nested_function_with_text_in_column_zero():
    def nested(x):
        """A docstring
        that goes on in column zero
        """
        text = """
in column zero too
"""
        return x * x * len(text.splitlines())

    assert grad(nested)(3.0) == pytest.approx(12.0)


def test_same_name_defined_twice():
    if first(1.0) > 0:

        def f(x):
            return x * 2.0
    else:

        def f(x):
            return x * 3.0

    g = f

    def f(x):
        return x * 5.0

    assert grad(g)(1.0) == 2.0
    assert grad(f)(1.0) == 5.0


def test_file_edited_after_import_is_never_silently_wrong(module, tmp_path):
    before = "def f(x):\n    return x * x\n"
    after = "def f(x):\n    return x * x * x\n"
    made = module(before)
    captured = grad(made.f)
    fresh = module(before, name="trap_edited_before_any_use")
    for name in (made.__name__, fresh.__name__):
        file = tmp_path / f"{name}.py"
        file.write_text(after)
        os.utime(file, (1, 1))
    linecache.checkcache()
    assert captured(3.0) == pytest.approx(6.0)
    with pytest.raises(UnsupportedError):
        grad(fresh.f)(3.0)


def test_lines_inserted_above_after_import(module, tmp_path):
    text = "def g(x):\n    return x * 7.0\n\n\ndef f(x):\n    return x * x\n"
    made = module(text)
    file = tmp_path / f"{made.__name__}.py"
    file.write_text("# a comment\n\n\n\n" + text)
    os.utime(file, (1, 1))
    linecache.checkcache()
    right_or_refused(made.f, (3.0,), 6.0)


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2.0 * function(*args)

    return wrapper


@doubled
def decorated_callee(x):
    return x * x


def calls_decorated(x):
    return decorated_callee(x) + x


@doubled
@doubled
def decorated_target(x):
    return x * 3.0


def test_decorators_of_callees_and_targets_count():
    right_or_refused(calls_decorated, (3.0,), 13.0)
    right_or_refused(decorated_target, (3.0,), 12.0)


def one_argument_wrapper(function):
    def wrapper(x):
        return function(x) * x

    return wrapper


@one_argument_wrapper
def plainly_decorated(x):
    return x * x


def test_plain_wrapper_is_differentiated():
    assert grad(plainly_decorated)(2.0) == pytest.approx(12.0)


# --- names -----------------------------------------------------------------------------------------------


def test_module_without_numpy(module):
    made = module("def f(a):\n    b = a * a\n    b[0] = b[1] * a[2]\n    return (b * b).sum() + b.max()\n")
    check(made.f, np.array([1.0, 2.0, 0.5]))


def test_module_with_hostile_globals(module):
    text = (
        "import numpy as anp\nnp = 3.0\nmath = 2.0\nrange_ = range\nreversed = None\nsum = 'no'\nlen = None\n"
        "list = float = zip = None\nsct_ad = None\nnumpy = {}\nt = 1.5\nbx = 4.0\n"
        "def f(x):\n    y = anp.zeros(3)\n    for i in range_(3):\n        y[i] = x * np + i * t\n"
        "    return anp.sum(anp.sin(y) * math) * bx\n"
    )
    check(module(text).f, 0.7)


def shadowing(x, t, bx, y_tape):
    np = x * t
    sum = np * bx
    math = sum * y_tape
    z = math * math
    list = z + np
    for range_ in range(3):
        float = list * 1.1
        list = float * t + sum
    _stack = list
    reversed = _stack * bx
    bs = reversed + t
    t1 = bs * bx
    bz, tape, d, dz, z_tape, i_tape = t1, t1 * 2, t1 * 3, 1.0, 2.0, 3.0
    return bz + tape * d + dz + z_tape + i_tape * reversed


def test_shadowed_names():
    check(shadowing, 0.6, 0.8, 0.9, 1.1, argnums=(0, 1, 2, 3))


def shadowed_in_arrays(bA, A, np_):
    sum = A * bA
    bsum = np.sum(sum, axis=0)
    unbroadcast = bsum * np_
    zeros_like = unbroadcast * A
    return np.sum(zeros_like**2)


def test_shadowed_names_in_array_code():
    check(shadowed_in_arrays, np.ones((2, 3)) * 1.3, np.arange(6.0).reshape(2, 3), 0.7, argnums=(0, 1, 2))


SCALE = 3.0


def helper(x):
    return x * SCALE


def across_modules(x):
    return helper(x) * other_module.helper(x) * other_module_inner.helper(x)


def test_each_function_keeps_its_own_globals():
    check(across_modules, 0.8)


def test_same_helper_and_constant_names_in_two_modules(module):
    first_module = module("K = 2.0\ndef h(x):\n    return K * x\ndef apply(f, x):\n    return f(h(x)) + K\n")
    text = f"import {first_module.__name__} as other\nK = 10.0\ndef h(x):\n    return K * x * x\n"
    made = module(text + "def f(x):\n    return other.apply(h, x) * other.h(x) + h(x) * K\n")
    check(made.f, 0.9)


# --- globals, cells, callees, defaults are live ----------------------------------------------------------

FACTOR = 2.0
WEIGHTS = np.array([1.0, 2.0])


def uses_global(x):
    return x * FACTOR


def uses_global_array(x):
    return np.sum(WEIGHTS * x)


def test_global_changed_after_grad(monkeypatch):
    gradient = grad(uses_global)
    assert gradient(1.0) == 2.0
    monkeypatch.setitem(globals(), "FACTOR", 7.0)
    assert gradient(1.0) == 7.0
    assert grad(uses_global)(1.0) == 7.0
    monkeypatch.setitem(globals(), "FACTOR", np.float64(8.0))
    assert gradient(1.0) == 8.0
    monkeypatch.setitem(globals(), "FACTOR", 9)
    assert gradient(1.0) == 9.0
    monkeypatch.setitem(globals(), "FACTOR", np.array(4.0))
    assert gradient(1.0) == 4.0


def test_global_array_mutated_or_replaced(monkeypatch):
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([1.0, 2.0]))
    gradient = grad(uses_global_array)
    assert gradient(1.0) == 3.0
    WEIGHTS[0] = 10.0
    assert gradient(1.0) == 12.0
    monkeypatch.setitem(globals(), "WEIGHTS", np.ones((2, 3)))
    assert gradient(1.0) == 6.0


def test_attribute_of_a_module_changed(monkeypatch):
    def f(x):
        return x * other_module.SCALE

    gradient = grad(f)
    assert gradient(1.0) == 5.0
    monkeypatch.setattr(other_module, "SCALE", 11.0)
    assert gradient(1.0) == 11.0


def branches_on_global(x):
    if MODE == "square":
        return x * x
    return x * 3.0


MODE = "square"


def test_branch_on_a_global_that_changes(monkeypatch):
    gradient = grad(branches_on_global)
    assert gradient(5.0) == 10.0
    monkeypatch.setitem(globals(), "MODE", "linear")
    assert gradient(5.0) == 3.0


def test_closure_cell_changed():
    k = 2.0

    def f(x):
        return x * k

    gradient = grad(f)
    assert gradient(1.0) == 2.0
    k = 5.0
    assert gradient(1.0) == 5.0
    k = np.float64(6.0)
    assert gradient(1.0) == 6.0


def test_late_binding_of_loop_variables():
    functions = [lambda x: x * i for i in range(3)]
    assert [grad(f)(1.0) for f in functions] == [2.0, 2.0, 2.0]
    bound = [lambda x, i=i: x * i for i in range(3)]
    assert [grad(f)(1.0) for f in bound] == [0.0, 1.0, 2.0]


def test_late_binding_inside_the_function():
    def f(x):
        functions = []
        for i in range(3):
            functions.append(lambda z: z * (i + 1))
        total = 0.0
        for g in functions:
            total += g(x)
        return total

    right_or_refused(f, (2.0,), 9.0)


def test_closures_made_in_a_loop_and_collected():
    def make(values):
        def f(x):
            return x * values[0] + np.sum(np.asarray(values)) * x * x

        return f

    for k in range(20):
        assert grad(make([float(k), 1.0]))(1.0) == pytest.approx(k + 2.0 * (k + 1.0))


def test_callee_redefined(monkeypatch):
    def f(x):
        return other_module.scale(x)

    gradient = grad(f)
    assert gradient(1.0) == 5.0
    monkeypatch.setattr(other_module, "scale", lambda x: x * x * 14.0)
    assert gradient(1.0) == 28.0
    monkeypatch.setattr(other_module, "scale", math.exp)
    assert gradient(0.0) == 1.0


def test_callee_redefined_in_the_same_namespace(module):
    made = module("def h(x):\n    return x * 7.0\ndef f(x):\n    return h(x)\n")
    gradient = grad(made.f)
    assert gradient(2.0) == 7.0
    other = module("def h(x):\n    return x * x * 7.0\n")
    made.h = other.h
    assert gradient(2.0) == 28.0


def test_module_reloaded(module, tmp_path):
    made = module("def h(x):\n    return x * 7.0\ndef f(x):\n    return h(x)\n")
    assert grad(made.f)(2.0) == 7.0
    file = tmp_path / f"{made.__name__}.py"
    file.write_text("# edited\ndef h(x):\n    return x * x * 7.0\ndef f(x):\n    return h(x) + x\n")
    importlib.invalidate_caches()
    importlib.reload(made)
    assert grad(made.f)(2.0) == 29.0


SIZE = 4


def default_from_global(x, n=SIZE, table=(1.0, 2.0), *, shift=SIZE * 2.0):
    return x**n * table[1] + shift * x


def test_defaults_are_the_objects_of_definition_time(monkeypatch):
    monkeypatch.delitem(globals(), "SIZE")
    assert grad(default_from_global)(1.0) == pytest.approx(8.0 + 8.0)
    assert grad(default_from_global)(1.0, 2, shift=1.0) == pytest.approx(5.0)


def test_defaults_changed_later():
    def f(x, k=2.0):
        return x * k

    gradient = grad(f)
    assert gradient(1.0) == 2.0
    f.__defaults__ = (6.0,)
    assert gradient(1.0) == f(1.0) == 6.0


def test_missing_defaults_at_call_sites():
    def g(x, a=2.0, *rest, b=3.0):
        return x * a * b

    def f(x):
        return g(x) + g(x, x) + g(x, b=x) + g(x, 1.0, 2.0, 3.0, b=4.0)

    check(f, 1.3)


# --- signatures ------------------------------------------------------------------------------------------


def all_kinds(a, /, b, *, c, d=2.0):
    return a * b**2 * c + d * c


def test_positional_only_and_keyword_only():
    args, keywords = (2.0, 3.0), {"c": 5.0}
    assert grad(all_kinds)(*args, **keywords) == pytest.approx(45.0)
    assert grad(all_kinds, argnums=1)(2.0, b=3.0, c=5.0) == pytest.approx(60.0)
    assert grad(all_kinds, argnums="c")(*args, **keywords) == pytest.approx(20.0)
    assert grad(all_kinds, argnums=("d", "a"))(*args, c=5.0, d=1.0) == pytest.approx((5.0, 45.0))
    with pytest.raises(TypeError):
        grad(all_kinds)(a=2.0, b=3.0, c=5.0)
    with pytest.raises(TypeError):
        grad(all_kinds)(2.0, 3.0)


def variadic(x, *rest, **options):
    s = x
    for r in rest:
        s = s * r
    return s * options.get("scale", 1.0)


def test_variadic_arguments():
    right_or_refused(variadic, (2.0, 3.0, 4.0), 12.0)
    right_or_refused(lambda x: variadic(x, x, scale=5.0), (2.0,), 20.0)


# --- scopes ----------------------------------------------------------------------------------------------


def scopes(x):
    i = 3.0
    values = [i * x for i in range(4)]
    total = 0.0
    for v in values:
        total += v * i
    if any((last := v) > 2.0 * x for v in values):
        total += last
    return total


def test_comprehension_targets_do_not_leak():
    right_or_refused(scopes, (1.3,), 18.0 * 1.0 + 3.0)


def test_global_statement(monkeypatch):
    monkeypatch.setitem(globals(), "COUNTER", 0)

    def f(x):
        global COUNTER
        COUNTER = COUNTER + 1
        return x * x * COUNTER

    try:
        gradient = grad(f)(3.0)
    except UnsupportedError:
        return
    assert gradient == pytest.approx(6.0)
    assert COUNTER == 1


def test_del_and_rebinding():
    def f(x):
        y = x * x
        z = y
        del y
        y = z * x
        del z
        return y

    check(f, 1.4)


def test_for_target_after_loop_rebinding_and_zero_trips():
    def after(xs):
        for i, x in enumerate(xs):
            x = x * 2
        return x * i

    def zero_trips(x, n):
        y = x * x
        i = 10
        for i in range(n):
            y = y * x
        return y * i

    def range_is_evaluated_once(x, n):
        y = x
        for i in range(n):
            n = n + 5
            i = i * 2
            y = y * x + i
        return y * n

    check(after, np.array([0.5, 1.5, 2.5]))
    check(zero_trips, 1.3, 0)
    check(zero_trips, 1.3, 3)
    check(range_is_evaluated_once, 1.3, 3)


def test_for_else_and_while_else():
    def f(x, stop):
        for i in range(4):
            if i == stop:
                break
            x = x * x
        else:
            x = x * 3
        while stop < 5:
            stop += 1
            if stop == 4:
                break
            x = x * 1.5
        else:
            x = x + x * x
        return x

    for stop in (0, 2, 4, 9):
        check(f, 1.1, stop)


def test_and_or_as_values():
    def f(x, y, zero):
        a = zero or x * x
        b = x and y
        c = (x > 100) and y
        d = zero and x
        e = (x > 0) and (y * x)
        return a * b + d + e + (c or 2.0 * x)

    check(f, 1.2, 0.7, 0.0, argnums=(0, 1))


def test_operands_are_evaluated_lazily_and_once():
    log = []

    def note(name, value):
        log.append(name)
        return value

    def f(x):
        y = (note("a", x) and note("b", 0.0)) or note("c", x * x)
        z = note("d", 1.0) < note("e", x) < note("f", 0.0) < note("never", 1.0)
        w = note("g", x) if x > 0 else note("never", x)
        return y + w + z

    f(2.0)
    plain, log[:] = list(log), []
    assert grad(f)(2.0) == pytest.approx(5.0)
    assert log == plain


# --- constructs that peers get silently wrong ------------------------------------------------------------


def generator(x):
    for i in range(3):
        yield x * i


def uses_generator(x):
    total = 0.0
    for v in generator(x):
        total += v * v
    return total


def uses_with(x):
    with np.errstate(divide="ignore"):
        y = x * x
    return y * 2


def uses_try(x):
    try:
        y = x * x
        raise ValueError
    except ValueError:
        y = y * x
    finally:
        x = 3 * x
    return y + x


def uses_exception_in_callee(x):
    try:
        return math.sqrt(-x)
    except ValueError:
        return x * 4


def uses_reduce(x):
    return functools.reduce(lambda a, b: a * b, [x, x, x])


class Model:
    def __init__(self, k):
        self.k = k

    def method(self, x):
        return self.k * x * x

    @staticmethod
    def static(x):
        return x * x * 3

    @classmethod
    def clsmethod(cls, x):
        return x * 5

    def __call__(self, x):
        return self.k * x


@functools.lru_cache
def cached(x):
    return x * x


class Dispatcher:
    """Like a compiled function that keeps its Python original."""

    def __init__(self, function):
        self.py_func = function

    def __call__(self, *args):
        return self.py_func(*args)


model = Model(2.0)
dispatched = Dispatcher(lambda x: x * x * x)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (uses_generator, 2.0 * 3.0 * 5.0),
        (uses_with, 12.0),
        (uses_try, 27.0 + 3.0),
        (uses_exception_in_callee, 4.0),
        (uses_reduce, 27.0),
        (model.method, 12.0),
        (Model.static, 18.0),
        (Model.clsmethod, 5.0),
        (model, 2.0),
        (cached, 6.0),
        (dispatched, 27.0),
        (functools.partial(lambda a, x: a * x * x, 2.0), 12.0),
        (lambda x: model.method(x) + cached(x), 18.0),
        (lambda x: dispatched(x), 27.0),
        (math.exp, math.exp(3.0)),
        (np.sin, math.cos(3.0)),
        (abs, 1.0),
    ],
)
def test_right_or_refused(function, expected):
    right_or_refused(function, (3.0,), expected)


def test_async_is_refused():
    async def f(x):
        return x * x

    with pytest.raises(SctError):
        grad(f)(1.0)


def test_generator_as_target_is_refused():
    with pytest.raises(SctError):
        grad(generator)(1.0)


def test_exceptions_in_the_forward_pass_leave_nothing_behind():
    def f(x, n):
        y = x
        for i in range(10):
            y = y * x
            if i == n:
                raise ValueError("stop here")
        return y

    gradient = grad(f)
    expected = gradient(1.1, 99)
    for n in (0, 5, 9):
        with pytest.raises(ValueError, match="stop here"):
            gradient(1.1, n)
        assert gradient(1.1, 99) == expected
    assert expected == pytest.approx(11 * 1.1**10)


def test_exceptions_of_python_itself_pass_through():
    def f(x, values):
        assert x > 0, "x must be positive"
        return values[3] * x / (x - 1.0)

    gradient = grad(f)
    with pytest.raises(AssertionError, match="x must be positive"):
        gradient(-1.0, [1.0] * 4)
    with pytest.raises(IndexError):
        gradient(2.0, [1.0])
    with pytest.raises(ZeroDivisionError):
        gradient(1.0, [1.0] * 4)
    assert gradient(3.0, [1.0] * 4) == pytest.approx(-0.25)


def test_exception_leaves_the_callers_arrays_alone():
    def f(a):
        a[0] = a[1] * a[0]
        a[1:] *= 2.0
        if a[0] > 1.0:
            raise RuntimeError("too large")
        return np.sum(a * a)

    a = np.array([2.0, 3.0, 1.0])
    with pytest.raises(RuntimeError, match="too large"):
        grad(f)(a)
    assert a.tolist() == [2.0, 3.0, 1.0]


# --- identity --------------------------------------------------------------------------------------------


def test_mutating_callee_leaves_the_callers_arrays_alone():
    def scale_in_place(a, k):
        a *= k
        a[0] = 0.0

    def f(a, b):
        scale_in_place(a, 3.0)
        scale_in_place(b[1:], 2.0)
        return np.sum(a * b)

    check(f, np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 2.5]), argnums=(0, 1))


def test_lists_and_dicts_of_the_caller_are_left_alone():
    def f(parameters, options):
        parameters[0] = parameters[0] * 2.0
        parameters.append(3.0)
        options["scale"] = options["scale"] * parameters[0]
        return parameters[0] * options["scale"] * parameters[2]

    parameters, options = [1.5, 2.0], {"scale": 0.5}
    gradient = grad(f, argnums=(0, 1))(parameters, options)
    assert parameters == [1.5, 2.0] and options == {"scale": 0.5}
    assert_close(gradient, ([8 * 1.5 * 0.5 * 3.0, 0.0], {"scale": 4 * 1.5**2 * 3.0}))


def test_inactive_arguments_are_left_alone_too():
    def f(x, buffer):
        buffer[:] = x
        buffer += 1.0
        return np.sum(buffer**2)

    buffer = np.zeros(3)
    assert grad(f)(2.0, buffer) == pytest.approx(18.0)
    assert buffer.tolist() == [0.0, 0.0, 0.0]


def two_arrays(a, b):
    a[0] = b[1] * 2.0
    b[1] = a[0] * b[0]
    return np.sum(a * b)


@pytest.mark.parametrize("overlap", ["same", "views", "disjoint"])
def test_two_arguments_that_share_memory(overlap):
    def arguments():
        base = np.array([1.0, 2.0, 3.0, 4.0])
        if overlap == "same":
            return base, base
        return (base[:-1], base[1:]) if overlap == "views" else (base[:2], base[2:])

    args = arguments()
    try:
        value, _ = value_and_grad(two_arrays, argnums=(0, 1))(*args)
    except SctError:
        assert overlap != "disjoint"
        return
    assert value == two_arrays(*arguments())
    assert identical(args[0], arguments()[0]) and identical(args[1], arguments()[1])


def scales_first(pair, x):
    pair[0] *= x
    return np.sum(pair[0] * pair[1])


@pytest.mark.parametrize(
    "make",
    [
        lambda a: ([a, a], 2.0),
        lambda a: ([a, a[::-1]], 2.0),
        lambda a: ([a, a.copy()], a),
        lambda a: ([a[:2], a[1:]], 2.0),
    ],
)
def test_containers_whose_arrays_share_memory(make):
    with pytest.raises(ArgumentError, match=r"copy\.deepcopy"):
        grad(scales_first)(*make(np.array([1.0, 2.0, 3.0])))


def test_one_list_given_twice():
    def f(p, q):
        p.append(p[0])
        return sum(q)

    values = [1.0, 2.0]
    with pytest.raises(ArgumentError, match="shares memory with 'q'"):
        grad(f)(values, values)
    assert grad(f, "q")(values, [1.0, 2.0]) == [1.0, 1.0]


def test_read_only_and_non_contiguous_arguments():
    def f(a):
        a = a * 1.0
        a[0] = a[1] * a[2]
        flat = a.ravel()
        flat[2] *= 3.0
        return np.sum(a**2)

    base = np.arange(1.0, 13.0).reshape(3, 4)
    frozen = base.copy()
    frozen.setflags(write=False)
    assert f(base.T) != f(base.T.copy())  # ravel copies the first, and views the second
    assert_close(grad(f)(base.T), difference_gradient(f, (base.T,)))
    assert_close(grad(f)(frozen), difference_gradient(f, (base,)))
    for order in "CF":
        ordered = np.array(base.T, order=order)
        assert_close(grad(f)(ordered), difference_gradient(f, (ordered,)))
    strided = np.arange(24.0).reshape(6, 4)[::2] + 1.0
    assert_close(grad(f)(strided), difference_gradient(f, (strided,)))


def test_reshape_of_a_non_contiguous_array_is_a_copy():
    def f(a):
        b = a * 1.0
        c = b.T.reshape(-1)
        c[0] = 100.0 * a[0, 0]
        d = b[:, ::2].ravel()
        d[1] = a[1, 1] ** 2
        return np.sum(b * b) + np.sum(c) + np.sum(d * d)

    check(f, np.arange(1.0, 7.0).reshape(2, 3))


def test_repeated_fancy_indices():
    index = np.array([0, 0, 1])

    def gather(x):
        return np.sum(x[index] * np.array([1.0, 10.0, 100.0]))

    def add(x):
        y = np.zeros(2)
        y[index] += x
        return np.sum(y * np.array([2.0, 3.0]))

    def store(x):
        y = np.ones(2)
        y[index] = x
        return np.sum(y * np.array([2.0, 3.0]))

    def multiply(x):
        y = np.array([2.0, 3.0])
        y[index] *= x
        return np.sum(y)

    assert grad(gather)(np.array([1.0, 2.0])).tolist() == [11.0, 100.0]
    assert grad(add)(np.array([1.0, 2.0, 3.0])).tolist() == [0.0, 2.0, 3.0]
    assert grad(store)(np.array([1.0, 2.0, 3.0])).tolist() == [0.0, 2.0, 3.0]
    assert grad(multiply)(np.array([1.0, 2.0, 3.0])).tolist() == [0.0, 2.0, 3.0]


def test_augmented_assignment_of_names_depends_on_the_type():
    def f(x):
        y = x
        y += 1.0
        return np.sum(x * y)

    check(f, 1.5)
    check(f, np.array([1.5, 2.0]))


def test_augmented_assignment_to_a_list_extends_the_alias():
    def f(x):
        a = [x]
        b = a
        b += [x * x]
        a = a + [x]
        return b[1] * len(b) + len(a) * x

    right_or_refused(f, (1.5,), 2 * 2 * 1.5 + 3.0)


def with_out(x):
    y = np.zeros(3)
    np.multiply(x, x, out=y)
    return np.sum(y)


def with_dict_of_computed_keys(x):
    table = {0: 1.0, 1: x[0]}
    for k in range(2, 6):
        table[k] = ((2 * k - 1) * x[0] * table[k - 1] - (k - 1) * table[k - 2]) / k
    return table[5] * table[4]


def halves(values):
    if len(values) == 1:
        return values, values
    small = values[: len(values) // 2]
    first, second = halves(small)
    total = np.zeros(len(values))
    total[: len(first)] = first * second
    return total, values


def with_recursion_that_returns_its_argument(x):
    first, second = halves(x)
    return np.sum(first * second)


def with_positional_out(x):
    y = x * 1.0
    np.multiply(y, y, y)
    return np.sum(y)


def with_where_keyword(x):
    return np.sum(np.multiply(x, x, out=np.zeros(3), where=x > 1.5))


def with_copyto(x):
    y = np.zeros(3)
    np.copyto(y, x * x)
    return np.sum(y)


def with_sort_method(x):
    y = x * x
    y.sort()
    return y[0] * 1.0 + y[2] * 10.0


def with_fill_diagonal(x):
    A = np.outer(x, x)
    np.fill_diagonal(A, 0.0)
    return np.sum(A)


def with_flat(x):
    y = x * x
    y.flat[1] = 0.0
    return np.sum(y)


def with_view_method(x):
    y = x * 2.0
    v = y.view()
    v[0] = x[1]
    return np.sum(y * y)


def with_diagonal_view(x):
    A = np.outer(x, x)
    return np.sum(np.diagonal(A)) + np.einsum("ii->i", A)[0] + A.diagonal()[1]


def with_reduceat_and_outer(x):
    return np.sum(np.add.outer(x, x) ** 2) + np.add.reduce(x) + np.multiply.accumulate(x)[2]


def with_map_and_filter(x):
    return sum(map(lambda v: v * v, x)) + sum(filter(lambda v: v > 1.5, [x[0], x[1]]))


def with_vectorize(x):
    return np.sum(np.vectorize(lambda v: v * v)(x))


def with_list_slices(x):
    values = [x[0], x[1], x[2]]
    values[1:] = [x[0] * x[0]]
    values[:0] = [x[2]]
    return sum(values)


def with_nditer(x):
    total = 0.0
    for index, value in np.ndenumerate(x):
        total += value * value * (index[0] + 1)
    for value in x.flat:
        total += value
    return total


def with_tolist(x):
    total = 0.0
    for value in x.tolist():
        total += value * value
    return total


def with_eval(x):
    return np.sum(x) * eval("x[0]")


def with_getattr(x):
    return getattr(np, "sum")(x * x) + getattr(x, "sum")()


def with_complex(x):
    z = x[0] + 1j * x[1]
    return abs(z * z) + z.real


def with_set_and_attributes(x):
    box = types.SimpleNamespace(value=x[0])
    box.value = box.value * x[1]
    return box.value * x[2]


def with_swap_in_place(x):
    y = x * 1.0
    y[:2], y[1:] = y[1:], y[:2]
    return np.sum(y * y * np.array([1.0, 2.0, 3.0]))


def with_take_along_axis(x):
    return np.sum(np.take_along_axis(x, np.array([0, 0, 2]), axis=0) ** 2) + np.roll(x, 1)[0] * np.flip(x)[0]


@pytest.mark.parametrize("function", [value for name, value in list(globals().items()) if name.startswith("with_")])
def test_less_usual_code_is_right_or_refused(function):
    x = np.array([2.0, 1.25, 1.75])
    right_or_refused(function, (x,), difference_gradient(function, (x,)))


# --- effects ---------------------------------------------------------------------------------------------


def test_side_effects_once_and_in_order():
    log = []

    def note(text):
        log.append(text)

    def f(x, n):
        note("start")
        y = x
        for i in range(n):
            note(i)
            y = y * x
            if y > 3.0:
                note("large")
        note("end")
        return y

    for derivative in (grad(f), value_and_grad(f), grad(f)):
        log.clear()
        derivative(1.5, 3)
        assert log == ["start", 0, 1, "large", 2, "large", "end"]


COUNTS = {"calls": 0}


def test_counters_and_prints_are_kept(capsys):
    def f(x):
        COUNTS["calls"] += 1
        print("x is", x)
        unused = x * 7
        print("unused is", unused)
        return 2.0 * x

    COUNTS["calls"] = 0
    gradient = grad(f)
    assert gradient(3.0) == 2.0
    assert COUNTS["calls"] == 1
    assert capsys.readouterr().out == "x is 3.0\nunused is 21.0\n"
    gradient(4.0)
    assert COUNTS["calls"] == 2


def test_nothing_is_printed_of_our_own(capfd):
    grad(lambda x, n: x**n)(2.0, 3)
    grad(lambda x: np.sum(x * 2))(np.ones(3))
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def noisy(w):
    noise = np.random.normal(size=w.shape)
    h = w * noise
    for _ in range(3):
        h = np.tanh(h) + 0.1 * np.random.rand()
    return np.sum(h)


def test_random_draws_are_those_of_the_primal():
    w = np.array([0.5, 1.0, -0.7])
    np.random.seed(5)
    value = noisy(w)
    after = np.random.rand()
    np.random.seed(5)
    ours, gradient = value_and_grad(noisy)(w)
    assert ours == value
    assert np.random.rand() == after
    np.random.seed(5)
    assert_close(grad(noisy)(w), gradient, 1e-12)
    assert np.random.rand() == after

    def seeded(v):
        np.random.seed(5)
        return noisy(v)

    assert_close(gradient, difference_gradient(seeded, (w,)))


def test_generator_argument_advances_once():
    def f(x, rng):
        return x * rng.normal() + x * x * rng.normal()

    a, b = np.random.default_rng(1), np.random.default_rng(1)
    first_draw, second_draw = a.normal(), a.normal()
    assert grad(f)(2.0, b) == pytest.approx(first_draw + 4.0 * second_draw)
    assert a.normal() == b.normal()


# --- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3, True, np.int64(3), np.array([1, 2]), "text", None])
def test_integer_arguments_are_refused(value):
    def f(count):
        return 2.0 if count is None else 3.0

    with pytest.raises(ArgumentError, match="count"):
        grad(f)(value)


def test_integers_elsewhere_are_fine():
    def f(x, n, flags, table):
        return x * n + np.sum(table) * x + (x * x if flags["square"] else x)

    assert grad(f)(2.0, 3, {"square": True}, np.array([1, 2])) == pytest.approx(10.0)


def test_integer_intermediates_do_not_stop_the_derivative():
    def f(x):
        n = 3
        n = n * x
        m = 0
        for i in range(3):
            m += i * x
        total = 0
        values = np.arange(3)
        scaled = values * x
        return n + m + total + np.sum(scaled) + 1

    check(f, 1.5)


def test_integer_array_truncates_what_is_stored():
    def f(x):
        a = np.zeros(2, dtype=int)
        a[0] = x * 2
        b = np.array([1, 2])
        return a[0] * 1.0 + b[1] * x

    right_or_refused(f, (1.3,), 2.0)


def test_floor_division_modulo_and_unary_plus():
    def f(x, y):
        return (x // y) * x + (x % y) * y + +x - (-x) // 1.0 + divmod(x, y)[1] + (7 // 2) * x + (-7) % 3 * y

    check(f, 7.3, 2.1, argnums=(0, 1))


def test_float32_zero_dimensional_and_numpy_scalars():
    def f(x):
        return np.sum(x * x * 3.0)

    result = grad(f)(np.float32(2.0))
    assert result == 12.0 and result.dtype == np.float32
    result = grad(f)(np.array(2.0))
    assert type(result) is np.ndarray and result.shape == () and result == 12.0
    result = grad(f)(np.ones((2, 0), dtype=np.float32))
    assert result.shape == (2, 0) and result.dtype == np.float32
    assert isinstance(grad(f)(np.float64(2.0)), float)


def test_unbroadcasting_of_every_pair_of_shapes():
    shapes = [(), (1,), (3,), (1, 1), (1, 3), (2, 1), (2, 3), (4, 1, 3), (0, 3)]

    def f(a, b):
        return np.sum(a * b + a / (b + 3.0) - b)

    rng = np.random.default_rng(0)
    gradient = grad(f, argnums=(0, 1))
    for left in shapes:
        for right in shapes:
            try:
                np.broadcast_shapes(left, right)
            except ValueError:
                continue
            a, b = rng.random(left) + 0.5, rng.random(right) + 0.5
            a, b = np.asarray(a), np.asarray(b)
            for got, argnum in zip(gradient(a, b), (0, 1)):
                assert_close(got, difference_gradient(f, (a, b), argnum))


def test_non_scalar_output_names_the_right_tools():
    with pytest.raises(ArgumentError, match=r"np\.sum\(v \* result\).*vjp\(f, x\) or jacrev\(f\)"):
        grad(lambda x: x * 2)(np.ones(3))
    with pytest.raises(ArgumentError, match=r"result\[0\]"):
        value_and_grad(lambda x: (x, x))(1.0)


def test_constant_returns_and_unused_arguments():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert type(grad(lambda x: 3.0)(2.0)) is float
    assert grad(lambda x: 3)(np.ones((2, 3))).tolist() == [[0.0] * 3] * 2
    assert grad(lambda x, y: x * 2)(1.0, np.ones(2)) == 2.0
    gradient = grad(lambda x, y: x * 2, argnums=(1, 0))(1.0, np.ones(2, dtype=np.float32))
    assert gradient[0].tolist() == [0.0, 0.0] and gradient[0].dtype == np.float32 and gradient[1] == 2.0
    assert grad(lambda p: 1.0)({"a": [1.0, np.zeros(2)]})["a"][0] == 0.0

    def overwritten(x):
        y = x * 5
        x = 2.0
        return x + 0.0 * y

    assert grad(overwritten)(3.0) == 0.0


def test_returned_argument_itself():
    assert grad(lambda x: x)(3.0) == 1.0
    result = grad(lambda x: x)(np.array(3.0))
    assert result == 1.0 and result.shape == ()
    assert grad(lambda x: x[1])(np.array([3.0, 4.0])).tolist() == [0.0, 1.0]


# --- printing and depth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["+", "*", "-"])
def test_expressions_of_400_terms(module, operator):
    terms = f" {operator} ".join(f"(1.0 + math.sin(x + {k}) / 40)" for k in range(400))
    check_once(module(f"import math\n\n\ndef f(x):\n    return {terms}\n").f, 1.2)


def test_nested_calls_and_long_bodies(module):
    expression = "x"
    for _ in range(80):
        expression = f"math.sin({expression} + x)"
    made = module(f"import math\n\n\ndef f(x):\n    return {expression}\n")
    check_once(made.f, 0.3)
    body = "".join(f"    x = x * 1.001 + {k}.0e-3\n" for k in range(500))
    check_once(module(f"def f(x):\n{body}    return x * x\n").f, 0.5)


@pytest.mark.parametrize(
    "expression",
    [
        "x - (y - x)",
        "x / (y / x) / y",
        "x / (y * x * x)",
        "(x ** y) ** x",
        "x ** y ** x",
        "-x ** 2 + (-x) ** 2 * y",
        "(-1) ** 2 * x + -1 ** 2 * y",
        "2 ** -x - -y",
        "-(-x) * -(y + -1.0)",
        "(x if x > y else y) * (y if not (x > y and y > 0) else x)",
        "x * 1e-320 + y * 1e-5 + x * 1e22 * 1e-22",
        "min(x, 1e400) + max(y, -1e999) * x",
        "x * 123456789012345678901234567890 * 1e-29 + y * 0x1F + x * 1_000",
        "(x + y) @ w @ w if False else x * y",
        "x * len(f'{x:.2f}{y!r:>30}') + y * len(f'{{}}{\"a\"}')",
        "x * len('quo\"te\\'s') + y * len(b'\\x00\"\\'')",
        "x * (not y) + y * (not not x) + x * (~3) + y * (5 & 3 | 8 ^ 1) + x * (1 << 3 >> 1)",
        "[x, y][0] * (x, y)[-1] * {'k': x}['k']",
        "x * (0 < y < 10 != 3) + y * (x is not None) * ('a' in 'abc')",
    ],
)
def test_precedence_and_constants_survive_printing(module, expression):
    check(module(f"def f(x, y):\n    return {expression}\n").f, 1.7, 1.2, argnums=(0, 1))


# --- threads, pickling, deep copies ----------------------------------------------------------------------


def threaded(x, n):
    total = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        total += x * x
    return total


def test_eight_threads_compile_and_call():
    gradient = grad(threaded)
    expected_float = grad(threaded)(0.5, 30)
    results, failures = [], []
    barrier = threading.Barrier(8)

    def work(k):
        try:
            barrier.wait()
            for repeat in range(20):
                results.append(gradient(0.5, 30) == expected_float)
                local = grad(lambda x: x * k + x * repeat)
                results.append(local(1.0) == k + repeat)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(results) == 8 * 20 * 2 and all(results)


def test_gradient_called_recursively_from_its_own_primal():
    inner = grad(lambda x: x * x * x)

    def f(x, k):
        return x * inner(k)

    right_or_refused(f, (2.0, 3.0), 27.0)


module_gradient = grad(threaded)


@grad
def pickled(x):
    """By decoration."""
    return x * x


def test_pickling_and_copying():
    for gradient in (module_gradient, grad(threaded, argnums=(0,)), value_and_grad(threaded)):
        for clone in (pickle.loads(pickle.dumps(gradient)), copy.copy(gradient), copy.deepcopy(gradient)):
            assert clone(0.5, 5) == gradient(0.5, 5)
    clone = pickle.loads(pickle.dumps(pickled))
    assert clone(3.0) == 6.0
    assert clone.__doc__ == "By decoration."


def test_gradient_objects_are_ordinary_callables():
    assert callable(module_gradient)
    assert not isinstance(module_gradient.primal, type(module_gradient))
    assert isinstance(module_gradient.primal, types.FunctionType)
    assert inspect.signature(module_gradient) == inspect.signature(threaded)
    assert list(map(grad(lambda x: x * x), [1.0, 2.0])) == [2.0, 4.0]


# --- stacks ----------------------------------------------------------------------------------------------


def test_stack_order_across_branches_exits_and_recursion():
    def recursive(x, depth):
        if depth == 0:
            return x
        for i in range(3):
            x = x * 1.1 + 0.1
            if x > 2.0 and i == 1:
                return recursive(x * 0.5, depth - 1)
            if i == depth:
                continue
            if x > 2.5:
                break
            x = x * x * 0.4 + recursive(x * 0.3, depth - 1)
        while x < 1.0:
            x = x * 1.7
            if depth == 2:
                break
        return x * recursive(x * 0.1, depth - 1) + x

    for start in (0.3, 0.9, 1.4, 1.9):
        check(lambda x: recursive(x, 3), start)


def test_overwritten_in_one_arm_only():
    def f(x, y, flags):
        total = 0.0
        for flag in flags:
            if flag:
                x = x * y
                t = math.sin(x)
            else:
                t = math.cos(y)
                y = y * 0.9
                if x > 1.0:
                    x = math.sqrt(x)
            total += t * x * y
        return total

    for flags in ([True, False, True, True], [False, False], [], [False, True]):
        check(f, 1.3, 0.8, flags, argnums=(0, 1))
