"""Optimisers, root finders, quadrature, interpolation, signals."""

import functools
import itertools
import math
import operator
from collections import namedtuple
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

import numpy as np

from tests.program import arr, gauss, register, u


class ConvergenceError(Exception):
    """Raised with the best value so far."""

    def __init__(self, best):
        super().__init__(f"stopped at {best}")
        self.best = best


def newton(f, df, x, tol=1e-12, limit=30):
    for _ in range(limit):
        step = f(x) / df(x)
        x = x - step
        if abs(step) < tol:
            return x
    raise ConvergenceError(x)


def root_by_newton(a, b):
    return newton(lambda x: x**3 - a * x - b, lambda x: 3 * x**2 - a, 2.0)


register(root_by_newton, lambda r: (u(r), u(r)), (0, 1), tags="ordinary lambda higher_order")


def bisection(f, low, high, steps=20):
    for _ in range(steps):
        middle = (low + high) / 2
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def refined_after_bisection(a):
    f = lambda x: math.cos(x) - a * x
    x = bisection(f, 0.0, 2.0)
    for _ in range(3):
        x -= f(x) / (-math.sin(x) - a)
    return x


register(refined_after_bisection, lambda r: (u(r),), tags="ordinary higher_order")


def simpson(f, a, b, n=8):
    h = (b - a) / n
    odd = sum(f(a + i * h) for i in range(1, n, 2))
    even = sum(f(a + i * h) for i in range(2, n, 2))
    return h / 3 * (f(a) + 4 * odd + 2 * even + f(b))


def arc_length_by_simpson(a, b, k):
    return simpson(lambda t: math.sqrt(1 + (k * math.cos(k * t)) ** 2), a, b)


register(arc_length_by_simpson, lambda r: (0.1, u(r, 1.0, 2.0), u(r)), (0, 1, 2), tags="ordinary higher_order")


class Polynomial:
    """Coefficients from the lowest power up."""

    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    @property
    def degree(self):
        return len(self.coefficients) - 1

    def __call__(self, x):
        result = 0.0
        for c in reversed(self.coefficients):
            result = result * x + c
        return result

    def __add__(self, other):
        pairs = itertools.zip_longest(self.coefficients, other.coefficients, fillvalue=0.0)
        return Polynomial(*(a + b for a, b in pairs))

    def __mul__(self, other):
        product = [0.0] * (self.degree + other.degree + 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                product[i + j] += a * b
        return Polynomial(*product)

    def derivative(self):
        return Polynomial(*(k * c for k, c in enumerate(self.coefficients) if k > 0))

    def __getitem__(self, k):
        return self.coefficients[k]


def polynomial_algebra(a, b, x):
    p = Polynomial(1.0, a, b)
    q = Polynomial(b, 2.0)
    r = p * q + q
    return r(x) + r.derivative()(x) * r[1]


register(polynomial_algebra, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="ordinary objects operators getitem")


def polynomial_argument(p, x):
    return p(x) * p.degree + p[0]


register(
    polynomial_argument, lambda r: (Polynomial(u(r), u(r), u(r)), u(r)), (0, 1), tags="ordinary objects object_argument"
)


@dataclass
class Dual:
    """A number with a derivative along; arithmetic with plain numbers works from both sides."""

    value: float
    slope: float = 0.0

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __pow__(self, n):
        return Dual(self.value**n, n * self.value ** (n - 1) * self.slope)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)


def forward_mode_by_hand(x, a):
    t = Dual(x, 1.0)
    y = a * t**3 + (2.0 + t * t).sin() * t
    return y.slope


register(forward_mode_by_hand, lambda r: (u(r), u(r)), (0, 1), tags="ordinary dataclass operators isinstance")


def line_search(f, x, direction, t=1.0):
    while f(x + t * direction) > f(x) - 0.1 * t * direction**2:
        t *= 0.5
    return t


def descent_with_line_search(x, curvature):
    f = lambda z: curvature * z**4 + z**2
    for _ in range(3):
        g = 4 * curvature * x**3 + 2 * x
        x = x - line_search(f, x, -g) * g
    return f(x)


register(descent_with_line_search, lambda r: (0.9, 1.3), (0, 1), tags="ordinary while higher_order")


def bilinear(table, x, y):
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    return (
        (1 - fx) * (1 - fy) * table[i, j]
        + fx * (1 - fy) * table[i + 1, j]
        + (1 - fx) * fy * table[i, j + 1]
        + fx * fy * table[i + 1, j + 1]
    )


register(bilinear, lambda r: (gauss(r, 4, 4), 1.3, 2.6), (0, 1, 2), tags="ordinary int_conversion")


def biquad(signal, b, a):
    x1 = x2 = y1 = y2 = 0.0
    for x in signal:
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2
        x1, x2 = x, x1
        y1, y2 = y, y1
        yield y


def energy_after_filter(signal, b, a):
    return sum(y * y for y in biquad(signal, b, a))


register(
    energy_after_filter,
    lambda r: ([u(r) for _ in range(6)], [0.3, 0.2, 0.1], [-0.4, 0.2]),
    (0, 1, 2),
    tags="ordinary generators container_argument",
)


def two_filters_in_a_row(signal, b, a):
    return max(biquad(biquad(signal, b, a), b, a))


register(
    two_filters_in_a_row,
    lambda r: ([u(r) for _ in range(5)], [0.3, 0.2, 0.1], [-0.4, 0.2]),
    (0, 1, 2),
    tags="ordinary generators",
)


def discrete_fourier_power(signal, frequency):
    re = im = 0.0
    for n, s in enumerate(signal):
        angle = 2 * math.pi * frequency * n
        re += s * math.cos(angle)
        im -= s * math.sin(angle)
    return re**2 + im**2


register(discrete_fourier_power, lambda r: (arr(r, 5), 0.23), (0, 1), tags="ordinary loop")


def goertzel_complex(signal, frequency):
    z = np.exp(-2j * np.pi * frequency)
    total = 0j
    for s in reversed(signal):
        total = total * z + s
    return (total * np.conj(total)).real


register(goertzel_complex, lambda r: ([u(r) for _ in range(5)], 0.23), (0, 1), tags="ordinary complex")


def convolve(a, b):
    out = [0.0 for _ in range(len(a) + len(b) - 1)]
    for (i, x), (j, y) in itertools.product(enumerate(a), enumerate(b)):
        out[i + j] += x * y
    return out


def convolved_twice(a, b):
    return functools.reduce(operator.add, (c**2 for c in convolve(convolve(a, b), b)))


register(
    convolved_twice,
    lambda r: ([u(r) for _ in range(3)], [u(r), u(r)]),
    (0, 1),
    tags="ordinary itertools reduce operator",
)


@contextmanager
def scaled_units(scale):
    yield 1.0 / scale


def quantity_in_units(x, scale):
    with scaled_units(scale) as factor, nullcontext(2.0) as two:
        y = x * factor
        y = y**two
    return y * scale


register(quantity_in_units, lambda r: (u(r), u(r)), (0, 1), tags="ordinary with contextmanager")


def ignored_failures(values, x):
    total = 0.0
    for v in values:
        with suppress(ZeroDivisionError):
            total += x / v
    return total


register(ignored_failures, lambda r: ([1.0, 0, 2.0], u(r)), 1, tags="ordinary with suppress")


class Timer:
    """A context manager that notes what happened."""

    events = []

    def __init__(self, label):
        self.label = label

    def __enter__(self):
        self.events.append(f"start {self.label}")
        return self

    def __exit__(self, kind, value, traceback):
        self.events.append(f"end {self.label} {kind is None}")
        return False


def timed_computation(x):
    with Timer("outer"):
        y = x * x
        with Timer("inner") as timer:
            y = y + math.sin(x) * len(timer.label)
    return y


register(timed_computation, lambda r: (u(r),), tags="ordinary with effects", outside=(Timer.events,))


def edit_distance_soft(a, b, costs):
    table = [[float(i + j) for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            same = 0.0 if a[i - 1] == b[j - 1] else costs["replace"]
            options = (table[i - 1][j] + costs["delete"], table[i][j - 1] + costs["insert"], table[i - 1][j - 1] + same)
            table[i][j] = -math.log(sum(math.exp(-o) for o in options))
    return table[-1][-1]


register(
    edit_distance_soft,
    lambda r: ("ab", "acb", {"replace": u(r), "delete": u(r), "insert": u(r)}),
    2,
    tags="ordinary strings dict",
)


def fixed_point(g, x, *, relax=1.0, callback=None, limit=60):
    for k in range(limit):
        new = (1 - relax) * x + relax * g(x)
        if callback is not None:
            callback(k, new)
        if abs(new - x) < 1e-14:
            break
        x = new
    return new


def fixed_point_with_callback(a, b):
    seen = []
    x = fixed_point(lambda t: a * math.cos(t) + b, 0.5, relax=0.9, callback=lambda k, v: seen.append(v), limit=6)
    return x + sum(seen) / len(seen)


register(fixed_point_with_callback, lambda r: (0.4, 0.3), (0, 1), tags="ordinary closures callback keyword_only")


Point = namedtuple("Point", "x y")


def polygon_area(corners):
    closed = corners + corners[:1]
    return 0.5 * sum(a.x * b.y - b.x * a.y for a, b in itertools.pairwise(closed))


register(
    polygon_area,
    lambda r: ([Point(0.1, 0.2), Point(2.0, 0.4), Point(1.4, 1.9)],),
    tags="ordinary named_tuple itertools container_argument",
)


def zero_dimensional(x):
    a = np.array(x)
    b = np.asarray(a * a)
    c = np.zeros(())
    c[...] = b
    c += a
    return (b * c).item() + float(a)


register(zero_dimensional, lambda r: (u(r),), tags="ordinary zero_d item")


def kinds_of_numbers(x, n=3, flag=True):
    y = x * flag + n * True
    z = y / 2 + n // 2 - (n % 2) * x
    k = int(z) + round(x) + bool(n)
    return z * k + float(n) * abs(complex(x, n)) ** 2


register(kinds_of_numbers, lambda r: (1.3,), tags="ordinary numbers int_conversion complex")


def scalar_or_array(x):
    if hasattr(x, "shape") and x.ndim > 0:
        return np.sum(x * x) / x.shape[0]
    elif type(x) is float:
        return x * x
    raise TypeError(type(x).__name__)


def both_kinds(x, a):
    return scalar_or_array(x) + scalar_or_array(a) * len(a)


register(both_kinds, lambda r: (u(r), arr(r, 3)), (0, 1), tags="ordinary isinstance hasattr")


def richardson_table(f, x, h, levels):
    table = [[(f(x + h / 2**k) - f(x - h / 2**k)) / (2 * h / 2**k)] for k in range(levels)]
    for k in range(1, levels):
        for j in range(1, k + 1):
            table[k].append(table[k][j - 1] + (table[k][j - 1] - table[k - 1][j - 1]) / (4**j - 1))
    return table[-1][-1]


def extrapolated_slope(x, a):
    return richardson_table(lambda t: math.exp(a * t), x, 0.5, 3)


register(extrapolated_slope, lambda r: (u(r), u(r)), (0, 1), tags="ordinary comprehension lists")
