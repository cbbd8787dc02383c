"""Programs about statements: match, with, try, writes of global names."""

import contextlib
import math
import threading
import time
import warnings
from typing import NamedTuple

import numpy as np

from tests.program import arr, register, u

# --- match -----------------------------------------------------------------------------------------------


class Point(NamedTuple):
    x: float
    y: float


class Kind:
    LINEAR = "linear"
    SQUARE = 2


def one(r):
    return (u(r),)


def match_on_a_string(x, kind):
    match kind:
        case "sin":
            y = math.sin(x)
        case "cos" | "cosine":
            y = math.cos(x)
        case Kind.LINEAR:
            y = 3.0 * x
        case _:
            y = x
    return y * x


for _kind in ("sin", "cosine", "linear", "none"):
    register(match_on_a_string, lambda r, k=_kind: (u(r), k), name=f"match_on_a_string_{_kind}")


def match_returns_from_cases(x, kind):
    match kind:
        case None:
            return x
        case True:
            return x * 7
        case Kind.SQUARE:
            return x * x
        case int(n) if n > 3:
            return x**n
        case int() | float():
            return x / kind
        case (a, b):
            return x * a + b
        case [a, *rest]:
            return x * a + sum(rest) * x * x
        case {"weight": w, **rest}:
            return w * x + len(rest)
        case str() as text:
            return x + len(text)
    return -x


for _k, _kind in enumerate(
    [None, True, 2, 5, 3, 1.5, (2.0, 3.0), [2.0, 1.0, 4.0], [1.0], {"weight": 2.0, "bias": 1.0}, {"other": 1.0}, "text"]
):
    register(match_returns_from_cases, lambda r, k=_kind: (u(r), k), name=f"match_returns_from_cases_{_k}")


def match_on_a_named_tuple(p):
    match p:
        case Point(0.0, y):
            return y
        case Point(x, y) if x > y:
            return x * x * y
        case Point(y=z) as q:
            return q.x + z * z


register(match_on_a_named_tuple, lambda r: (Point(u(r, 2.0, 3.0), u(r)),), tags="containers")
register(
    match_on_a_named_tuple,
    lambda r: (Point(u(r), u(r, 2.0, 3.0)),),
    tags="containers",
    name="match_with_a_failing_guard",
)


def match_on_the_length_of_a_list(xs):
    match xs:
        case []:
            return 0.0
        case [x]:
            return x
        case [x, *rest, y] if len(rest) > 1:
            for r in rest:
                x = x + r * r
            return x * y
        case [x, y, *_]:
            return x * y
    return 1.0


for _n in (1, 2, 3, 4):
    register(
        match_on_the_length_of_a_list,
        lambda r, n=_n: ([u(r) for _ in range(n)],),
        tags="containers",
        name=f"match_on_the_length_of_a_list_{_n}",
    )


def match_takes_a_nested_display_apart(x):
    message = {"op": "add", "args": [x, (x * x, 2.0)]}
    match message:
        case {"op": "mul", "args": [a, b]}:
            return a * b
        case {"op": "add", "args": [a, (b, float(c))]}:
            return a * b + c
    return 0.0


register(match_takes_a_nested_display_apart, one)


def match_takes_arrays_as_python_does(v):
    match v:
        case [a, b, c]:
            return np.sum(a)
        case np.ndarray(shape=(n,)):
            return np.sum(v**2) * n
        case np.ndarray():
            return np.sum(v**3)


register(match_takes_arrays_as_python_does, lambda r: (arr(r, 3),))
register(match_takes_arrays_as_python_does, lambda r: (arr(r, 3, 2),), name="match_on_a_matrix")


def match_in_a_loop_with_break_and_continue(x):
    s = 0.0
    for command in [("add", 2.0), ("skip",), ("mul", 3.0), "stop", ("add", 100.0)]:
        match command:
            case ("add", v):
                s = s + v * x
            case ("mul", v):
                s = s * v * x
            case ("skip",):
                continue
            case "stop":
                break
        s = s + x
    return s


register(match_in_a_loop_with_break_and_continue, one)


def match_at_run_time_in_a_loop(x, codes):
    s = x
    for code in codes:
        match code:
            case 0:
                s = s * x
            case 1 | 2 as n:
                s = s + n * x
            case n if n > 5:
                break
            case _:
                s = math.sin(s)
    return s


register(match_at_run_time_in_a_loop, lambda r: (u(r), np.array([0, 1, 3, 2, 0, 7, 0])))


def evaluate(e, x):
    match e:
        case ("+", a, b):
            return evaluate(a, x) + evaluate(b, x)
        case ("*", a, b):
            return evaluate(a, x) * evaluate(b, x)
        case "x":
            return x
        case float() | int():
            return e
    raise TypeError(e)


def match_interprets_an_expression_tree(x):
    return evaluate(("+", ("*", "x", "x"), ("*", 3.0, "x")), x)


register(match_interprets_an_expression_tree, one)


def match_in_a_helper_called_with_several_types(x):
    def size(value):
        match value:
            case float():
                return value * value
            case [first, *_]:
                return first * 3
            case {"value": v}:
                return v**3
            case None:
                return 1.0

    return size(x) + size([x, 2.0]) * size({"value": x}) + size(None)


register(match_in_a_helper_called_with_several_types, one)


def match_on_a_computed_float(x):
    match x * 2:
        case 3.0:
            return 0.0
        case float(z) | int(z) if z > 2:
            return z * z
        case z:
            return -z * x


register(match_on_a_computed_float, lambda r: (u(r, 0.5, 0.9),))
register(match_on_a_computed_float, lambda r: (u(r, 1.6, 2.0),), name="match_on_a_larger_float")


def match_captures_the_name_of_its_subject(x):
    y = (x, x * x)
    match y:
        case (x, y):
            return x * y
    return 0.0


register(match_captures_the_name_of_its_subject, one)


def match_or_with_captures_in_a_sequence(x):
    total = 0.0
    for item in [("a", x), (x * x, "b"), ("c", 3.0)]:
        match item:
            case ("a" | "c", value) | (value, "b"):
                total = total + value * x
    return total


register(match_or_with_captures_in_a_sequence, one)


def match_evaluates_its_subject_once(x):
    seen = []

    def subject():
        seen.append(x)
        return x * len(seen)

    match subject():
        case 1.0:
            return x
        case y if y > 100.0:
            return x
        case y:
            return y * len(seen)


register(match_evaluates_its_subject_once, one)


def match_keeps_what_fell_through(x):
    y = x * 3
    match x:
        case 100.0:
            y = x
    return y * y


register(match_keeps_what_fell_through, one)


# --- with ------------------------------------------------------------------------------------------------

LOCK = threading.Lock()


class Timer:
    """Measures how long its body takes."""

    def __init__(self):
        self.started = self.elapsed = 0.0

    def __enter__(self):
        self.started = time.perf_counter()
        return self

    def __exit__(self, kind, error, traceback):
        self.elapsed = time.perf_counter() - self.started


class Scaled:
    """What it is given, multiplied in its body and for its length only."""

    def __init__(self, value, by):
        self.value, self.by, self.log = value, by, []

    def __enter__(self):
        self.value = self.value * self.by
        return self

    def __exit__(self, kind, error, traceback):
        self.log.append(self.value)
        self.value = self.value / self.by
        return isinstance(error, ValueError)


@contextlib.contextmanager
def announced(label):
    before = len(label)
    yield before
    assert before == len(label)


def with_a_lock(x):
    with LOCK:
        y = x * x
    return y * x


register(with_a_lock, one)


def with_errstate_around_arrays(v):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(v > 1.0, np.log(v - 1.0), v * v)
    return np.sum(y)


register(with_errstate_around_arrays, lambda r: (np.array([0.5, 1.5, 2.5]),))


def with_return_inside(x):
    with LOCK:
        if x > 1.0:
            return x**3
        y = x * 2
    return y * y


register(with_return_inside, lambda r: (u(r, 1.1, 2.0),))
register(with_return_inside, lambda r: (u(r, 0.5, 0.9),), name="with_return_inside_not_taken")


def with_return_at_the_end(x):
    with np.errstate(all="ignore"):
        return np.exp(x) * x


register(with_return_at_the_end, one)


def with_break_and_continue_in_a_loop(x, n):
    s = 1.0
    for i in range(n):
        with Timer():
            if i == 1:
                continue
            if i == 4:
                break
            s = s * x + i
    return s


register(with_break_and_continue_in_a_loop, lambda r: (u(r), 6))
register(with_break_and_continue_in_a_loop, lambda r: (u(r), 0), argnums=0, name="with_in_a_loop_without_trips")


def with_several_contexts(x):
    with LOCK, Timer() as timer, contextlib.nullcontext(x * x) as y, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z = y * x
    return z + y * (timer is not None)


register(with_several_contexts, one)


def with_an_object_that_carries_a_derivative(x):
    scaled = Scaled(x, x * x)
    with scaled as inner:
        y = inner.value * x
    return y * scaled.value + scaled.log[0]


register(with_an_object_that_carries_a_derivative, one)


def with_an_object_that_swallows(x):
    scaled = Scaled(x, 2.0)
    y = x * x
    with scaled:
        y = math.log(x - scaled.value) * x
    with Scaled(x, x) as other:
        z = math.log(other.value)
    return y * scaled.value + scaled.log[0] * z


register(with_an_object_that_swallows, one)


def with_a_generator_context(x):
    with announced("abc") as n:
        y = x * x
    return y * x + (n is None)


register(with_a_generator_context, one)


def with_suppress_not_needed(x):
    y = x
    with contextlib.suppress(ZeroDivisionError):
        y = 1.0 / x
    return y * y


register(with_suppress_not_needed, one)


def with_suppress_needed(x):
    y = x * 3
    with contextlib.suppress(ZeroDivisionError, KeyError):
        y = 1.0 / (x - x)
    return y * y


register(with_suppress_needed, one)


def with_around_a_helper_with_a_loop(v):
    def helper(w):
        with LOCK:
            t = 0.0
            for i in range(len(w)):
                t = t * 0.5 + w[i] ** 2
        return t

    with np.errstate(over="ignore"):
        a = helper(v)
        b = helper(v * 2.0)
    return a * b


register(with_around_a_helper_with_a_loop, lambda r: (arr(r, 4),))


def with_inside_a_branch_and_stores(v):
    out = np.zeros(3)
    for i in range(3):
        if v[i] > 0.8:
            with LOCK:
                out[i] = v[i] * v[0]
                if i == 2:
                    out[0] = out[i] * out[0]
        else:
            out[i] = v[i]
    return np.sum(out * v)


register(with_inside_a_branch_and_stores, lambda r: (np.array([1.2, 0.5, 1.5]),))


# --- try -------------------------------------------------------------------------------------------------


class Failed(Exception):
    """Raised by the programs."""


class Early(Failed):
    """Raised to leave early."""


def try_a_division(x, y):
    try:
        z = x / y
    except ZeroDivisionError:
        z = 5.0 * x
    return z * z * x


register(try_a_division, lambda r: (u(r), u(r)), (0, 1))
register(try_a_division, lambda r: (u(r), 0.0), 0, name="try_a_division_by_zero")


def try_the_domain_of_a_function(x, y):
    try:
        s = math.sqrt(x - y)
    except ValueError:
        s = x * y
    return s * x


register(try_the_domain_of_a_function, lambda r: (3.0 + u(r), u(r)), (0, 1))
register(try_the_domain_of_a_function, lambda r: (u(r), 3.0 + u(r)), (0, 1), name="try_outside_of_the_domain")


def try_returns_from_both(x):
    try:
        return math.log(x - 1.0)
    except ValueError:
        return x**3


register(try_returns_from_both, lambda r: (u(r, 1.5, 2.0),))
register(try_returns_from_both, lambda r: (u(r, 0.5, 0.9),), name="try_returns_from_the_handler")


def try_returns_from_the_body_only(x):
    try:
        return math.log(x - 1.0) * x
    except ValueError:
        pass
    y = x * x
    return y * 3


register(try_returns_from_the_body_only, lambda r: (u(r, 1.5, 2.0),))
register(try_returns_from_the_body_only, lambda r: (u(r, 0.5, 0.9),), name="try_falls_out_of_the_handler")


def try_returns_from_the_handler_only(x):
    try:
        y = math.log(x - 1.0) * x
    except ValueError as error:
        if not str(error):
            return 1.0
        return x * x
    else:
        y = y * x
    return y * 3


register(try_returns_from_the_handler_only, lambda r: (u(r, 1.5, 2.0),))
register(try_returns_from_the_handler_only, lambda r: (u(r, 0.5, 0.9),), name="try_returns_early_from_the_handler")


def try_in_a_loop(xs):
    s = 0.0
    for x in xs:
        try:
            v = math.log(x) * x
        except ValueError:
            v = x**2
        s = s * 1.1 * v + v
    return s


register(try_in_a_loop, lambda r: (np.array([0.7, -0.5, 1.7, -1.2, 2.0]),))
register(try_in_a_loop, lambda r: ([0.7, -0.5, 1.7, -1.2, 2.0],), tags="containers", name="try_in_a_loop_over_a_list")


def try_with_a_loop_inside(xs, limit):
    s = 1.0
    try:
        t = s
        for x in xs:
            t = t * x
            if t > limit:
                raise Failed("too large")
        s = t
    except Failed:
        s = np.sum(xs**2) * s
    return s


register(try_with_a_loop_inside, lambda r: (arr(r, 4), 100.0))
register(try_with_a_loop_inside, lambda r: (arr(r, 4), 0.01), name="try_with_a_loop_that_fails")


def try_with_loops_inside_a_loop(xs):
    y = 1.0
    for i in range(len(xs)):
        try:
            t = y
            for k in range(3):
                t = math.sin(t) * xs[i]
                if t < 0:
                    raise Early
            y = t * y
        except Early:
            y = y * xs[i] * 0.5
        y = y + xs[i] ** 2
    return y


register(try_with_loops_inside_a_loop, lambda r: (np.array([0.7, -0.5, 1.3, -1.2, 0.9]),))


def try_several_handlers(xs, table):
    s = 0.0
    for i in range(len(xs)):
        try:
            v = math.sqrt(xs[i]) / table[i]
        except ValueError:
            v = xs[i] * 3
        except (ZeroDivisionError, OverflowError) as error:
            assert error is not None
            v = xs[i] ** 3
        except IndexError:
            v = xs[i] * s
        s = s * 0.9 + v
    return s


register(try_several_handlers, lambda r: (np.array([0.7, -0.5, 1.7, 1.2, -2.0, 1.5]), [1.0, 2.0, 0.0, 3.0]))


def try_continue_and_break(xs):
    s = 1.0
    for x in xs:
        try:
            y = math.log(x)
            if y > 0.6:
                break
        except ValueError:
            s = s * x
            continue
        else:
            s = s + y
        s = s * 1.5
    return s


register(try_continue_and_break, lambda r: (np.array([0.7, -0.5, 1.7, -1.2, 2.0, 3.0]),))


def try_return_in_a_loop(xs):
    s = 1.0
    for x in xs:
        try:
            s = s * math.log(x)
        except ValueError:
            return s * x
    return s


register(try_return_in_a_loop, lambda r: (np.array([0.7, 1.7, -0.5, 2.0]),))
register(try_return_in_a_loop, lambda r: (np.array([0.7, 1.7, 2.0]),), name="try_return_in_a_loop_not_taken")
register(try_return_in_a_loop, lambda r: (np.array([-0.7]),), name="try_return_in_a_loop_at_once")


def try_nested(x, y):
    try:
        try:
            z = math.sqrt(x) / y
        except ZeroDivisionError:
            z = x * x
        w = math.log(z)
    except ValueError:
        w = x * y + 2.0
    return w * x


register(try_nested, lambda r: (u(r), u(r)), (0, 1))
register(try_nested, lambda r: (u(r), 0.0), 0, name="try_nested_inner")
register(try_nested, lambda r: (-u(r), u(r)), (0, 1), name="try_nested_outer")


def try_raises_again(x, y):
    try:
        try:
            z = x / y
        except ZeroDivisionError as error:
            raise Failed(f"no division of {x}") from error
    except Failed as failure:
        z = x**2 if failure.__cause__ is not None else 0.0
    return z * x


register(try_raises_again, lambda r: (u(r), u(r)), (0, 1))
register(try_raises_again, lambda r: (u(r), 0.0), 0, name="try_raises_another_exception")


def try_bare_raise(x, y):
    def divide(a, b):
        try:
            return a / b
        except ZeroDivisionError:
            raise

    try:
        return divide(x, y) * x
    except ArithmeticError:
        return x**2


register(try_bare_raise, lambda r: (u(r), u(r)), (0, 1))
register(try_bare_raise, lambda r: (u(r), 0.0), 0, name="try_bare_raise_is_caught")


def try_finally(x):
    calls = []
    try:
        y = math.exp(x) * x
    finally:
        calls.append(1)
    return y * len(calls)


register(try_finally, one)


def try_return_and_finally(x):
    seen = []

    def run(v):
        try:
            if v > 1.0:
                return v * v
            w = math.sqrt(v)
        except ValueError:
            return -v
        else:
            w = w * 2
        finally:
            seen.append(v)
        return w

    return run(x) + run(x - 5.0) * run(x * 0.1) + len(seen) * x


register(try_return_and_finally, lambda r: (u(r, 1.2, 2.0),))


def try_finally_in_a_loop(xs):
    s = 0.0
    done = 0
    for x in xs:
        try:
            if x < 0:
                continue
            s = s + math.log(x) * x
        finally:
            done = done + 1
            s = s * 1.1
    return s * done


register(try_finally_in_a_loop, lambda r: (np.array([0.7, -0.5, 1.7]),))


def cholesky_with_jitter(a):
    jitter = 1e-3
    for _ in range(12):
        try:
            factor = np.linalg.cholesky(a + jitter * np.eye(len(a)))
            break
        except np.linalg.LinAlgError:
            jitter = jitter * 10
    else:
        raise Failed("not positive definite")
    return np.sum(np.log(np.diag(factor)))


register(cholesky_with_jitter, lambda r: ((lambda b: b @ b.T + np.eye(3))(arr(r, 3, 3)),))
register(cholesky_with_jitter, lambda r: (-np.eye(3) + 0.1 * (lambda b: b + b.T)(arr(r, 3, 3)),), name="cholesky_fails")


def cholesky_with_scaled_jitter(a, scale):
    jitter = scale * 0.01
    while True:
        try:
            factor = np.linalg.cholesky(a + jitter * np.eye(3))
        except np.linalg.LinAlgError:
            jitter *= 10 * scale
            continue
        return np.sum(factor**2) * jitter


register(cholesky_with_scaled_jitter, lambda r: (-np.eye(3), u(r)), (0, 1))


def try_a_key(x, table, key):
    try:
        w = table[key]
    except KeyError:
        w = 2.0 * x
    return w * x


register(try_a_key, lambda r: (u(r), {"a": 3.0}, "a"))


def try_to_convert(x, text):
    try:
        scale = float(text)
    except ValueError:
        scale = x
    return scale * x


register(try_to_convert, lambda r: (u(r), "2.5"))
register(try_to_convert, lambda r: (u(r), "two"), name="try_to_convert_what_is_no_number")


def try_an_import(x):
    try:
        import no_such_module_at_all as fast
    except ImportError:
        fast = None
    if fast is None:
        return x * x
    return fast.square(x)


register(try_an_import, one)


def try_collects_into_a_list(xs):
    out = []
    for x in xs:
        try:
            out.append(math.log(x))
        except ValueError:
            out.append(x * x)
    return sum(out) * out[0]


register(try_collects_into_a_list, lambda r: (np.array([0.7, -0.5, 1.7]),))


def try_stores_into_an_array(xs):
    out = np.zeros(len(xs))
    for i in range(len(xs)):
        try:
            out[i] = math.log(xs[i])
        except ValueError:
            out[i] = xs[i] ** 2
    return np.sum(out * xs)


register(try_stores_into_an_array, lambda r: (np.array([0.7, -0.5, 1.7]),))


def try_whose_body_overwrites_what_it_reads(xs):
    y = 1.0
    z = 0.5
    for x in xs:
        z = z * y + x
        try:
            y = math.cos(y) * math.sqrt(x) * z
        except ValueError:
            pass
        z = math.sin(z) + y
    return y * z


register(try_whose_body_overwrites_what_it_reads, lambda r: (np.array([0.7, -0.5, 1.3, -0.2, 0.4]),))


def try_after_which_the_loop_variable_is_set(xs):
    y = 1.0
    s = 0.0
    for i in range(len(xs)):
        s = s + y * y
        try:
            y = y * 1.5
            t = math.log(xs[i])
            y = y + t
        except ValueError:
            y = xs[i] * 2
    return s * y


register(try_after_which_the_loop_variable_is_set, lambda r: (np.array([0.7, -0.5, 1.7, -1.0, 0.4]),))


def try_in_a_helper_called_twice(x, y):
    def safe(a, b):
        try:
            return a / b
        except ZeroDivisionError:
            return a * a * 2

    return safe(x, y) * safe(y, x - x) + safe(x, x)


register(try_in_a_helper_called_twice, lambda r: (u(r), u(r)), (0, 1))


def check(v, limit):
    if v > limit:
        raise Failed("too large")
    return v * v


def try_what_a_helper_raises(x, y):
    total = 0.0
    for limit in (0.1, 10.0):
        try:
            w = check(x * y, limit)
        except Failed:
            w = x + y
        total = total * x + w
    return total


register(try_what_a_helper_raises, lambda r: (u(r), u(r)), (0, 1))


def try_in_a_branch(x, y):
    if x > 0:
        try:
            z = math.sqrt(y)
        except ValueError:
            z = y * y
        else:
            if z > 10.0:
                z = x
    else:
        z = x
    return z * x


register(try_in_a_branch, lambda r: (u(r), -u(r)), (0, 1))


def try_with_float_arrays(a, b):
    with np.errstate(all="raise"):
        try:
            c = a / b
        except FloatingPointError:
            c = a * (b + 1.0)
    return np.sum(c * a)


register(try_with_float_arrays, lambda r: (arr(r, 3), arr(r, 3)), (0, 1))
register(try_with_float_arrays, lambda r: (arr(r, 3), np.array([1.0, 0.0, 2.0])), 0, name="try_with_float_arrays_fails")


def try_shapes(a, b):
    try:
        c = a @ b
    except ValueError:
        c = a * np.sum(b)
    return np.sum(c**2)


register(try_shapes, lambda r: (arr(r, 3), arr(r, 3)), (0, 1))
register(try_shapes, lambda r: (arr(r, 3), arr(r, 2)), (0, 1), name="try_shapes_that_do_not_fit")


def try_inside_while(x):
    k = 0
    y = x
    while k < 4:
        try:
            y = math.acosh(y)
        except ValueError:
            y = y * y + 1.5
        k += 1
    return y


register(try_inside_while, lambda r: (u(r, 1.5, 2.0),))


def try_with_with_inside(x):
    try:
        with LOCK:
            y = math.log(x - 1.0)
    except ValueError:
        y = x * x
    with LOCK:
        return y * x


register(try_with_with_inside, lambda r: (u(r, 0.4, 0.9),))


def try_nothing_that_raises(x):
    try:
        y = x * 2.0
        z = y + 1.0
    except ValueError:
        z = 0.0
    else:
        z = z * y
    return z


register(try_nothing_that_raises, one)


def try_with_the_start_outside(x, y):
    try:
        a = x * 2.0
        b = a + 1.0
        c = math.log(y - 1.0)
    except ValueError:
        c = b * a
    return c + a


register(try_with_the_start_outside, lambda r: (u(r), u(r, 0.4, 0.9)), (0, 1))


def try_what_is_known_to_fail(x):
    table = {"a": x}
    pair = (x, x * x)
    try:
        y = table["b"]
    except KeyError as error:
        y = table["a"] * len(str(error))
    try:
        z = pair[2]
    except IndexError:
        z = pair[1] * 2
    try:
        w = math.no_such_function(x)
    except AttributeError:
        w = x
    return y * z + w


register(try_what_is_known_to_fail, one)


class Counter:
    def __init__(self, rate):
        self.rate, self.total, self.failures = rate, 0.0, 0

    def add(self, value):
        try:
            step = math.log(value) * self.rate
            self.total = self.total + step
        except ValueError:
            self.failures = self.failures + 1
            self.total = self.total + value * self.failures
        finally:
            self.rate = self.rate * 0.9


def try_in_methods_of_an_object(xs, rate):
    counter = Counter(rate)
    for x in xs:
        counter.add(x)
    return counter.total * counter.rate


register(try_in_methods_of_an_object, lambda r: (np.array([0.7, -0.5, 1.7, -0.2]), u(r)), (0, 1))


def try_with_objects_made_inside(x):
    try:
        counter = Counter(x)
        counter.add(x * x)
        if x > 100.0:
            raise Failed
    except Failed:
        counter = Counter(2.0 * x)
    counter.add(x)
    return counter.total


register(try_with_objects_made_inside, one)


def recursive_try(x, n):
    if n == 0:
        return x
    try:
        y = math.log(recursive_try(x, n - 1)) * x
    except ValueError:
        y = x * x * n
    return y


register(recursive_try, lambda r: (u(r, 0.5, 0.9), 4), tags="recursion")


def try_collects_arrays(v):
    out = []
    for k in range(3):
        try:
            if k == 1:
                raise Early
            part = np.sin(v) * (k + 1)
            out.append(part)
        except Early:
            out.append(v * v)
    return np.sum(np.stack(out) * v)


register(try_collects_arrays, lambda r: (arr(r, 3),))


def try_counts_failures(xs):
    failures = []
    s = 0.0
    for x in xs:
        try:
            failures.append(1)
            t = math.log(x) * x
            failures.pop()
            s = s + t
        except ValueError:
            s = s * 0.5 + x
    return s * (1 + len(failures))


register(try_counts_failures, lambda r: (np.array([0.7, -0.5, 1.7]),))


def try_inside_a_with_in_a_loop_in_a_helper(xs):
    def safe(v):
        with LOCK:
            try:
                return math.sqrt(v)
            except ValueError:
                return v * v

    s = 1.5
    for x in xs:
        s = s * safe(x) + safe(s - 1.0)
    return s


register(try_inside_a_with_in_a_loop_in_a_helper, lambda r: (np.array([0.7, -0.5, 1.7]),))


def try_while_with_tapes(x):
    total = x
    for k in range(4):
        try:
            y = x + k
            n = 0
            while y > 0.3:
                y = y * 0.5 * x
                n += 1
                if n > 2:
                    raise Failed
            total = total * y
        except Failed:
            total = total + x**k
    return total


register(try_while_with_tapes, lambda r: (u(r, 0.9, 0.95),))


def try_match_together(x, kind):
    try:
        match kind:
            case "log":
                y = math.log(x - 5.0)
            case "square":
                y = x * x
            case _:
                raise KeyError(kind)
    except (ValueError, KeyError) as error:
        match error:
            case KeyError():
                y = x**3
            case ValueError():
                y = x
    return y * x


for _kind in ("log", "square", "cube"):
    register(try_match_together, lambda r, k=_kind: (u(r), k), name=f"try_match_together_{_kind}")


def try_assigned_on_one_path_only(x):
    y = x * 2
    try:
        z = math.log(y - 10.0)
        y = z
    except ValueError:
        pass
    return y * y


register(try_assigned_on_one_path_only, one)


def try_else_reads_what_the_body_assigned(x, limit):
    y = x
    try:
        y = y * x
        z = math.sqrt(y - limit)
    except ValueError:
        return x**3
    else:
        y = y * z
    return y + z


register(try_else_reads_what_the_body_assigned, lambda r: (u(r), 0.1))
register(try_else_reads_what_the_body_assigned, lambda r: (u(r), 10.0), name="try_else_is_skipped")


def try_swaps(xs):
    a, b = xs[0], xs[1]
    for k in range(len(xs)):
        try:
            a, b = b * math.log(xs[k]), a
        except ValueError:
            a, b = a * xs[k], b + a
    return a * b


register(try_swaps, lambda r: (np.array([1.7, 0.5, -1.7, 0.3, -0.4]),))


# --- global and nonlocal ---------------------------------------------------------------------------------

TOTAL = 0.0
CALLS = 0
LATEST = None
FACTOR = 3.0


def global_written_and_read(x):
    global CALLS, TOTAL
    CALLS += 1
    TOTAL = x * x
    y = TOTAL * 3
    TOTAL = TOTAL + y
    return TOTAL * x


register(global_written_and_read, one, outside=("TOTAL", "CALLS"))


def global_written_in_a_loop(x, n):
    global TOTAL

    def scaled_total(v):
        global CALLS
        CALLS = CALLS + 1
        return TOTAL * v

    TOTAL = 1.0
    for i in range(n):
        if i != 1:
            TOTAL = TOTAL * x + scaled_total(x)
    return TOTAL


register(global_written_in_a_loop, lambda r: (u(r), 4), outside=("TOTAL", "CALLS"))
register(
    global_written_in_a_loop,
    lambda r: (u(r), 0),
    name="global_written_in_a_loop_without_trips",
    outside=("TOTAL", "CALLS"),
)


def global_written_on_one_path(x):
    global CALLS, FACTOR
    CALLS += 1
    FACTOR = 2.0
    if x > 1.0:
        FACTOR = x * x
    return FACTOR * x


register(global_written_on_one_path, lambda r: (u(r, 1.1, 2.0),), outside=("FACTOR", "CALLS"))
register(
    global_written_on_one_path,
    lambda r: (u(r, 0.5, 0.9),),
    name="global_not_written_on_this_path",
    outside=("FACTOR", "CALLS"),
)


def global_counted_up(x):
    global CALLS
    before = CALLS
    CALLS += 1
    CALLS += 1
    return x ** (CALLS - before)


register(global_counted_up, one, outside=("CALLS",))


def global_that_was_none(x):
    global CALLS, LATEST
    CALLS += 1
    LATEST = x * x
    return LATEST * x


register(global_that_was_none, one, outside=("LATEST", "CALLS"))


def global_array(v):
    global LATEST
    LATEST = v * v
    w = LATEST * 2.0
    LATEST = w + LATEST
    total = np.sum(LATEST * v)
    LATEST = None
    return total


register(global_array, lambda r: (arr(r, 3),))


def global_in_a_nested_function(x):
    TOTAL = x

    def square(v):
        global CALLS, TOTAL
        CALLS += 1
        TOTAL = v * v
        return TOTAL * v

    return square(x) * TOTAL


register(global_in_a_nested_function, one, outside=("TOTAL", "CALLS"))


def remembering():
    kept = 1.0
    count = 0

    def step(x):
        nonlocal kept, count
        count += 1
        kept = x * x
        kept = kept * x + count / count
        return kept * kept

    return step


register(remembering(), one, name="nonlocal_of_a_function_that_has_returned")


TRIED = None


def global_in_a_try(x):
    global TRIED
    TRIED = x
    try:
        y = math.log(x - 5.0)
        TRIED = y
    except ValueError:
        TRIED = TRIED * x
    z = TRIED * TRIED
    TRIED = None
    return z


register(global_in_a_try, one)


def jump_out_of_a_loop_with_what_is_there(x, n):
    s = 0.0
    try:
        for i in range(n):
            s = s + math.sin(x * i)
            if s > 1.0:
                raise Early
    except Early:
        s = s * 2 + x
    return s * x


register(jump_out_of_a_loop_with_what_is_there, lambda r: (0.7, 5))
register(jump_out_of_a_loop_with_what_is_there, lambda r: (0.05, 5), name="jump_that_is_not_taken")


def jump_out_of_nested_loops(v):
    total = 1.0
    k = 0
    out = np.zeros(3)
    for r in range(2):
        try:
            for i in range(3):
                for j in range(3):
                    total = total * v[i] + v[j]
                    out[j] = total
                    if total > 3.0:
                        raise StopIteration
            k = k + 1
        except StopIteration:
            total = total * 0.5 + out[1]
        total = total + k
    return total * np.sum(out)


register(jump_out_of_nested_loops, lambda r: (np.array([0.8, 1.2, 1.1]),))
register(jump_out_of_nested_loops, lambda r: (np.array([0.3, 0.2, 0.4]),), name="jump_out_of_nested_loops_not_taken")


def jump_with_a_return_inside(x):
    y = x
    while True:
        try:
            y = y * x + 0.5
            if y > 4.0:
                return y * 2
            if y > 2.0:
                raise Early("much")
        except Early as early:
            y = y - x * len(str(early))
            if y < 0.0:
                return y * y


register(jump_with_a_return_inside, one)


def raised_in_a_helper_by_the_user_alone(x):
    y = x * x
    try:
        y = y * math.sin(x)
        z = check(y, 0.5)
    except Failed:
        z = x
    return z * x


register(raised_in_a_helper_by_the_user_alone, one)


@contextlib.contextmanager
def _doubled(value):
    yield value * 2.0


def context_that_yields_what_is_differentiated(x):
    total = 0.0
    for k in range(4):
        with _doubled(x * k) as y:
            if k == 2:
                continue
            total += y * x
    with _doubled(total) as y:
        return y * x


register(context_that_yields_what_is_differentiated, lambda r: (u(r),), tags="with loop")
