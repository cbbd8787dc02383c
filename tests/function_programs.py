"""Programs over functions: operators as functions, decorators, tables of functions, closures, recursion."""

import functools
import math
import operator

import numpy as np

from tests.program import arr, register, u

# --- operators as functions ------------------------------------------------------------------------------------------


def operators_as_functions(x, y):
    s = operator.add(x, y) * operator.sub(x, 2.0) + operator.truediv(y, x) - operator.neg(x)
    s = operator.pow(s, 2) + operator.mul(x, operator.abs(y)) + operator.pos(x)
    s = operator.iadd(s, x)
    if operator.gt(s, 0.0) and operator.not_(operator.lt(x, 0.0)):
        s = operator.imul(s, y)
    return s + operator.mod(x, 0.4) + operator.floordiv(y, 0.3)


register(operators_as_functions, lambda r: (u(r), u(r)), (0, 1), tags="function")


def operators_on_arrays(a, x):
    total = operator.matmul(a, x)
    total = operator.iadd(total, x)
    operator.setitem(total, 0, x[1] * 2)
    return functools.reduce(operator.add, total) + np.sum(operator.getitem(a, 1)) * operator.getitem(x, -1)


register(operators_on_arrays, lambda r: (arr(r, 3, 3), arr(r, 3)), (0, 1), tags="function")

SECOND = operator.itemgetter(1)
ENDS = operator.itemgetter(0, -1)
SUM_ALONG = operator.methodcaller("sum", axis=0)


def getters(xs):
    rows = [(xs[0], xs[1]), (xs[2], xs[0] * 2)]
    s = SECOND(rows[0]) * SECOND(rows[1])
    first, last = ENDS(xs)
    best = max(rows, key=operator.itemgetter(0))
    s += best[1] * first * last
    flat = operator.attrgetter("T")(np.outer(xs, xs))
    return s + np.sum(SUM_ALONG(flat) ** 2) + operator.methodcaller("dot", xs)(xs)


register(getters, lambda r: (arr(r, 3),), tags="function")


def map_of_operators(xs):
    return sum(map(operator.mul, xs, xs)) + sum(map(operator.neg, xs)) * functools.reduce(operator.mul, xs)


register(map_of_operators, lambda r: (arr(r, 3),), tags="function")

# --- partial ---------------------------------------------------------------------------------------------------------


def weighted(a, b, *, scale=1.5, shift=0.0):
    return scale * a * b * b + shift


DOUBLED = functools.partial(weighted, scale=2.0)


def partials(x, y):
    with_x = functools.partial(weighted, x)
    both = functools.partial(with_x, y, shift=x)
    power = functools.partial(pow, x)
    return with_x(y) + both(scale=y) + DOUBLED(x, y) + power(3) + functools.partial(DOUBLED, y)(2.0)


register(partials, lambda r: (u(r), u(r)), (0, 1), tags="function")


def partial_captures_its_arguments(x):
    y = x * 2
    held = functools.partial(weighted, y)
    y = y * y
    return held(3.0) + y


register(partial_captures_its_arguments, lambda r: (u(r),), tags="function")

# --- decorators ------------------------------------------------------------------------------------------------------


def doubling(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def scaled_by(factor, *, power=1):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return factor * function(*args, **kwargs) ** power

        return wrapper

    return decorate


@doubling
def decorated_cube(x):
    return x**3


@scaled_by(1.5, power=2)
@doubling
def decorated_twice(x, y=2.0):
    return x * y


@functools.lru_cache(maxsize=None)
def cached_square(x):
    return x * x


@functools.cache
def fibonacci_like(n, x):
    if n < 2:
        return x + n
    return fibonacci_like(n - 1, x) * 0.5 + fibonacci_like(n - 2, x) * x


def calls_of_decorated_functions(x):
    return decorated_cube(x) + decorated_twice(x) + decorated_twice(x, y=x) + cached_square(x) * cached_square(x + 1)


def recursion_through_a_cache(x):
    return fibonacci_like(6, x) + fibonacci_like(3, 2.0) * x


def decorated_nested_functions(x):
    @doubling
    def inner(v):
        return v * x

    @scaled_by(x, power=2)
    @doubling
    def outer(v):
        return inner(v) + v

    @functools.lru_cache(maxsize=None)
    def cached(v):
        return v * v * x

    @functools.cache
    def simple(v):
        return math.sin(v)

    return inner(x) + outer(2.0) + cached(x) + cached(x) + simple(x)


def local_decorator(x):
    calls = []

    def counting(function):
        def wrapper(*args):
            calls.append(1.0)
            return function(*args) * len(calls)

        return wrapper

    @counting
    def f(v):
        return v * v

    return f(x) + f(x * 2) * f(1.0)


@doubling
def decorated_target(x):
    return math.exp(x) * x


for function in (
    calls_of_decorated_functions,
    recursion_through_a_cache,
    decorated_nested_functions,
    local_decorator,
    decorated_target,
):
    register(function, lambda r: (u(r),), tags="function decorator")

# --- tables of functions ---------------------------------------------------------------------------------------------

ACTIVATIONS = {
    "tanh": np.tanh,
    "square": lambda v: v * v,
    "relu": lambda v: np.maximum(v, 0.0),
    "half": lambda v: v / 2,
}
STEPS = [math.sin, math.exp, lambda v: v**2]
LAYOUT = (("tanh", 2.0), ("square", 0.5))


def table_of_functions(x, kind):
    s = np.sum(ACTIVATIONS[kind](x)) + np.sum(ACTIVATIONS["square"](x))
    for name, weight in LAYOUT:
        s += weight * np.sum(ACTIVATIONS[name](x))
    for name in ("tanh", "half"):
        s += np.sum(ACTIVATIONS.get(name)(x))
    return s


register(table_of_functions, lambda r: (arr(r, 3), "tanh"), tags="function")
register(table_of_functions, lambda r: (arr(r, 3), "relu"), tags="function", name="table_of_functions_relu")


def list_of_functions(x):
    for step in STEPS:
        x = step(x) * 0.3
    x = STEPS[0](x) + STEPS[-1](x)
    for k, step in enumerate(STEPS):
        x = x + k * step(x) * 0.1
    return x


def local_table_of_functions(x):
    table = {"a": math.sin, "b": lambda v: v * x, "c": functools.partial(weighted, x)}
    table["d"] = math.cos
    s = 0.0
    for key in table:
        s += table[key](x)
    for key, function in table.items():
        if key in ("a", "c"):
            s *= function(s)
    return s


def functions_collected_in_a_loop(x):
    functions = []
    for k in (1.0, 2.0, 3.0):
        functions.append(lambda v, k=k: v * k)
    late = []
    for k in (1.0, 2.0, 3.0):
        late.append(lambda v: v * k)
    s = x
    for function in functions:
        s = function(s) + x
    for function in late:
        s = function(s) + x
    return s + functions[1](x) + late[0](x)


def functions_made_by_a_comprehension(x):
    functions = [lambda v, k=k: v**k for k in (1, 2, 3)]
    return sum(f(x) for f in functions) + [lambda v: v * k for k in (2.0, 3.0)][0](x)


for function in (
    list_of_functions,
    local_table_of_functions,
    functions_collected_in_a_loop,
    functions_made_by_a_comprehension,
):
    register(function, lambda r: (u(r),), tags="function")

# --- functions chosen at run time ------------------------------------------------------------------------------------


def closure_chosen_by_a_branch(x):
    def scaled_by_argument(a):
        def g(v):
            return v * a * v

        return g

    if x > 1:
        f = scaled_by_argument(x)
    else:
        f = scaled_by_argument(2.0)
    h = math.sin if x > 0.9 else (lambda v: v * v)
    k = math.cos if x > 1.5 else h
    return f(x) + f(1.5) * h(x) + k(x * 0.5)


def pair_from_a_chosen_function(x):
    def f(v):
        return v, v * x

    def g(v):
        return v * v, 1.0

    h = f if x > 1 else g
    a, b = h(x)
    return a * b


for function in (closure_chosen_by_a_branch, pair_from_a_chosen_function):
    register(function, lambda r: (u(r, 1.1, 1.4),), tags="function")
    register(function, lambda r: (u(r, 0.6, 0.8),), tags="function", name=function.__name__ + "_below")
register(closure_chosen_by_a_branch, lambda r: (u(r, 1.6, 1.8),), tags="function", name="closure_chosen_above")


def functions_in_turn(xs, n):
    functions = [math.sin, math.cos, lambda v: v * xs[0]]
    s = 0.0
    for k in range(n):
        s += functions[k % 3](xs[k]) + functions[-(k % 2)](xs[0])
        step = STEPS[k % 2]
        other = step if xs[k] > 1.0 else math.tanh
        s += other(xs[k])
    return s


register(functions_in_turn, lambda r: (arr(r, 4), 4), tags="function")


def reduction_chosen_at_run_time(x):
    h = np.sum if x[0] > 0.0 else np.prod
    return h(x) + h(x * 2)


register(reduction_chosen_at_run_time, lambda r: (arr(r, 3),), tags="function")

# --- functions that make functions -----------------------------------------------------------------------------------


def make_polynomial(*coefficients):
    def polynomial(x):
        total = 0.0
        for c in coefficients:
            total = total * x + c
        return total

    return polynomial


def compose(*functions):
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x

    return composed


CUBIC = make_polynomial(1.0, -2.0, 0.5, 3.0)


def functions_that_return_functions(x):
    own = make_polynomial(x, 2.0, x * x)
    both = compose(own, math.sin, lambda v: v * x)
    return CUBIC(x) + own(1.5) + both(0.7) + compose()(x)


def curried(x):
    def add(a):
        return lambda b: lambda c: a * b + c

    return add(x)(x * 2)(3.0) + add(2.0)(x)(x)


def counter_with_nonlocal(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total * 0.5 + v
        return total

    add(x)
    add(x * x)
    return add(1.0) * total


def closures_over_loop_variables(x):
    s = 0.0
    for k in range(3):

        def f(v):
            return v * k + x

        s += f(x)
        k = 2.0 * x
        s += f(s)
    return s


def rebound_function(x):
    def f(v):
        return v * 2

    g = f

    def f(v):
        return v * v

    return f(x) + g(x) * f(g(x))


def function_chosen_at_run_time(x):
    if x > 1.0:
        s = math.sin(x)
    else:
        s = math.cos(x)
    f = math.exp if True else math.sin
    return f(s)


def keywords_passed_on(x, y):
    def inner(a, /, b, *, c=1.0, **others):
        return a * b + c * others.get("d", 2.0)

    def middle(*args, **kwargs):
        return inner(*args, **{"d": y}, **kwargs) + inner(*args, **kwargs)

    return middle(x, y) + middle(x, b=y, c=x) + middle(*(x, 2.0), **{"c": y})


register(keywords_passed_on, lambda r: (u(r), u(r)), (0, 1), tags="function")

for function in (
    functions_that_return_functions,
    curried,
    counter_with_nonlocal,
    closures_over_loop_variables,
    rebound_function,
    function_chosen_at_run_time,
):
    register(function, lambda r: (u(r),), tags="function")

# --- recursion -------------------------------------------------------------------------------------------------------


def even_part(x, n):
    return 1.0 if n == 0 else x * odd_part(x, n - 1)


def odd_part(x, n):
    return x if n == 0 else math.sin(x) * even_part(x, n - 1) + x


def recursion_in_turn(x, n):
    return even_part(x, n) + odd_part(x, n)


register(recursion_in_turn, lambda r: (u(r), 5), tags="recursion")


def nested_recursion(x, y):
    def power(v, n):
        if n == 0:
            return 1.0
        return v * y * power(v, n - 1)

    n = 1
    while x * n < 3.0:
        n += 1
    return power(x, n) + power(y, n)


register(nested_recursion, lambda r: (u(r), u(r)), (0, 1), tags="recursion")


def nested_recursion_over_an_array(xs, w):
    def total(lo, hi):
        if hi - lo == 1:
            return xs[lo] * w
        middle = (lo + hi) // 2
        return total(lo, middle) * 0.5 + math.sin(total(middle, hi))

    return total(0, len(xs))


register(nested_recursion_over_an_array, lambda r: (arr(r, 5), u(r)), (0, 1), tags="recursion")


def newton(x, guess, tolerance):
    if abs(guess * guess - x) < tolerance:
        return guess
    return newton(x, 0.5 * (guess + x / guess), tolerance)


def recursion_until_converged(x):
    return newton(x, 1.0, 1e-14)


register(recursion_until_converged, lambda r: (u(r),), tags="recursion")


def nested_mutual_recursion(xs, w):
    def even(k):
        return w if k == len(xs) else xs[k] * odd(k + 1)

    def odd(k):
        return 2.0 if k == len(xs) else math.sin(xs[k]) + even(k + 1)

    return even(0) * odd(1)


def nested_recursion_through_a_cache(xs, w):
    @functools.lru_cache(maxsize=None)
    def mixed(k):
        if k < 2:
            return xs[k] * w
        return mixed(k - 1) + mixed(k - 2) * xs[2]

    return mixed(len(xs) + 1)


for function in (nested_mutual_recursion, nested_recursion_through_a_cache):
    register(function, lambda r: (arr(r, 4), u(r)), (0, 1), tags="recursion")


def recursion_that_captures_a_dict(params, x):
    scale = 0.5

    def apply(k, h):
        if k == len(x):
            return h
        return apply(k + 1, np.tanh(params["W"] @ h + scale * params["b"]))

    return np.sum(apply(0, x))


register(
    recursion_that_captures_a_dict, lambda r: ({"W": arr(r, 3, 3), "b": arr(r, 3)}, arr(r, 3)), (0, 1), tags="recursion"
)


def applied(m, k, function, x):
    if k == 0:
        return function(m)
    return applied(m * x, k - 1, function, x)


def recursion_with_a_function(x, n):
    kind = "double" if n else "single"

    def inner(m, k, function):
        if k == 0:
            return function(m) * (2.0 if kind == "double" else 1.0)
        return inner(m * x, k - 1, function)

    return applied(x, n, math.sin, x) + inner(x, n, math.cos)


register(recursion_with_a_function, lambda r: (u(r), 3), tags="recursion")

# --- what is decided at compile time ---------------------------------------------------------------------------------


def switched(x, kind="tanh", scale=None, shift=None):
    if kind.lower() == "tanh":
        y = np.tanh(x)
    elif kind.startswith("sq") or kind in ("power", "p"):
        y = x**2
    else:
        raise ValueError(f"unknown kind {kind!r}")
    if scale is not None:
        y = y * scale
    shift = shift or 0.5
    return float(np.sum(y + shift))


register(switched, lambda r: (arr(r, 3),), tags="decided")
register(switched, lambda r: (arr(r, 3), "square", 2.0), tags="decided", name="switched_square")
register(switched, lambda r: (arr(r, 3), "TANH", 2.0, 1.0), tags="decided", name="switched_upper")


def by_type(value):
    if isinstance(value, (list, tuple)):
        return sum(by_type(v) for v in value)
    if isinstance(value, dict):
        return sum(by_type(v) for v in value.values())
    if callable(value):
        return value(1.5)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return np.sum(value**2)
    if hasattr(value, "shape") and len(value.shape) == 1:
        return np.sum(value) * 3.0
    if type(value) is int or value is None:
        return 0.0
    if isinstance(value, float):
        return value * value
    return 2.0 * value


def decided_by_type(x, y):
    parts = [x, (y, 2), {"a": x, "b": None}, np.outer(y, y), lambda v: v * x, [y * 2.0]]
    total = 0.0
    for part in parts:
        total = total + by_type(part)
    return total


register(decided_by_type, lambda r: (u(r), arr(r, 2)), (0, 1), tags="decided")


def numbers_converted(x, a):
    n = int(x * 3.0)
    flag = bool(n)
    z = complex(x, a[0])
    s = float(a[1]) * n + a[2].item() * flag + (z * z).real + abs(z)
    s = s + np.float64(x) * np.array(x) + a.sum().item() + True * x
    return float(s) + round(x) + float(np.array([x]).item())


register(numbers_converted, lambda r: (u(r, 1.1, 1.3), arr(r, 3)), (0, 1), tags="decided")


def array_attributes_by_name(a):
    transposed = getattr(a, "T")
    missing = getattr(a, "no_such_attribute", None)
    s = np.sum(transposed @ a) * getattr(a, "ndim", 1)
    if missing is None and not hasattr(a, "units"):
        s = s * 2.0
    return s * a.size + a.shape[0]


register(array_attributes_by_name, lambda r: (arr(r, 2, 3),), tags="decided")


# --- random draws ----------------------------------------------------------------------------------------------------


def draws_from_a_seed(x):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=x.shape)
    mask = rng.random(x.shape) > 0.3
    s = 0.0
    for _ in range(3):
        s += np.sum(x * noise * mask) * rng.uniform(0.5, 1.0)
    return s + np.sum(x[rng.permutation(len(x))[:2]] ** 2)


register(draws_from_a_seed, lambda r: (arr(r, 4),), tags="random")


# --- recursion that is given a function -----------------------------------------------------------------


def adaptive_simpson(f, a, b, accuracy, depth):
    c, h = 0.5 * (a + b), b - a
    whole = h / 6.0 * (f(a) + 4.0 * f(c) + f(b))
    halves = h / 12.0 * (f(a) + 4.0 * f(0.5 * (a + c)) + 2.0 * f(c) + 4.0 * f(0.5 * (c + b)) + f(b))
    if depth <= 0 or abs(halves - whole) < 15.0 * accuracy:
        return halves + (halves - whole) / 15.0
    left = adaptive_simpson(f, a, c, 0.5 * accuracy, depth - 1)
    return left + adaptive_simpson(f, c, b, 0.5 * accuracy, depth - 1)


def integral_of_a_lambda(w, b):
    return adaptive_simpson(lambda t: math.exp(-w * t * t) * math.cos(t), 0.0, b, 1e-4, 6)


def integrals_of_closures(w, b):
    def waves(frequency):
        return lambda t: math.sin(frequency * t) * damping(t)

    def damping(t):
        return math.exp(-b * t)

    first = adaptive_simpson(waves(w), 0.0, 1.0, 1e-4, 4)
    return first * adaptive_simpson(waves(3.0 * b), 0.0, w, 1e-4, 4) + adaptive_simpson(math.sin, 0.0, b, 1e-3, 3)


def settled(f, x):
    y = f(x)
    return y if abs(y - x) < 1e-9 else settled(f, y)


def root_by_recursion(x, c):
    return settled(lambda t: 0.5 * (t + c / t), x) * x


for function in (integral_of_a_lambda, integrals_of_closures, root_by_recursion):
    register(function, lambda r: (u(r), u(r)), (0, 1), tags="recursion closure")
