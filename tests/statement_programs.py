"""Programs about statements: match, with, try, writes of global names."""

import math
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


def match_does_not_take_arrays_for_sequences(v):
    match v:
        case [a, b, c]:
            return a
        case np.ndarray(shape=(n,)):
            return np.sum(v**2) * n
        case np.ndarray():
            return np.sum(v**3)


register(match_does_not_take_arrays_for_sequences, lambda r: (arr(r, 3),))
register(match_does_not_take_arrays_for_sequences, lambda r: (arr(r, 3, 2),), name="match_on_a_matrix")


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
