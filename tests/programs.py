"""Ordinary numeric functions, as scientists write them, from simple to hard; many tests share them."""

import importlib
import logging
import math
from pathlib import Path

import numpy as np

from tests import other_module, other_module_aliases, other_module_inner
from tests.other_module import helper as imported_helper
from tests.program import PROGRAMS, arr, gauss, programs, register, u  # noqa: F401

# The modules *_programs.py and those of the folder ordinary register their programs when they are imported.
HERE = Path(__file__).parent
for path in sorted([*HERE.glob("*_programs.py"), *HERE.glob("ordinary/[!_]*.py")]):
    if not path.name.startswith("test_"):
        importlib.import_module(".".join(("tests", *path.relative_to(HERE).with_suffix("").parts)))

# --- scalars, straight line ------------------------------------------------------------------------------


def square(x):
    return x * x


register(square, lambda r: (u(r),), tags="scalar")


def polynomial(x):
    return 3.0 * x**3 - 2 * x**2 + x - 7


register(polynomial, lambda r: (u(r),), tags="scalar")


def two_arguments(x, y):
    z = x * y
    return z / (x + y) - y


register(two_arguments, lambda r: (u(r), u(r)), (0, 1), tags="scalar")


def operators(x, y):
    a = +x - -y
    b = a // 1.0
    c = (a * 7.0) % 3.1
    return a * c + b * x + x**y + 2**y + abs(x - 9.0)


register(operators, lambda r: (0.83, 1.37), (0, 1), tags="scalar")


def redefined(x):
    y = x
    y = y * y
    x = y + x
    y = x * y
    return y


register(redefined, lambda r: (u(r),), tags="scalar")


def augmented(x, y):
    z = x
    z += y
    z *= x
    z -= y * 2
    z /= x + 3
    z **= 2
    return z


register(augmented, lambda r: (u(r), u(r)), (0, 1), tags="scalar")


def multiple_assignment(x, y):
    a = b = x * y
    c, d = a + x, b - y
    c, d = d, c
    (e, f), g = (c * d, c), d
    return e * f / g + a


register(multiple_assignment, lambda r: (u(r), u(r)), (0, 1), tags="scalar")


def math_functions(x):
    a = math.sin(x) * math.cos(x) + math.tan(x / 3)
    b = math.exp(-x) + math.log(x) + math.sqrt(x) + math.log1p(x) + math.expm1(x)
    c = math.tanh(x) + math.sinh(x) - math.cosh(x) + math.atan(x)
    d = math.asin(x / 4) + math.acos(x / 5) + math.atan2(x, 2.0) + math.hypot(x, 1.5)
    e = math.log2(x) + math.log10(x) + math.log(x, 3.0) + math.pow(x, 1.7)
    return a + b * c + d * e + math.pi * x + math.e


register(math_functions, lambda r: (u(r),), tags="scalar math")


def more_math(x, y):
    a = math.asinh(x) + math.acosh(x + 2) + math.atanh(x / 7)
    b = math.erf(x) + math.erfc(y) + math.gamma(y + 1) + math.lgamma(x + 1)
    c = math.degrees(x) / 100 + math.radians(y) + math.fabs(x - 5) + math.floor(x) * y + math.ceil(y) * x
    return a * b + c + math.copysign(y, -x) + math.fmod(x * 5, 3.3)


register(more_math, lambda r: (0.72, 1.31), (0, 1), tags="scalar math")


def normal_density(x, mu, sigma):
    z = (x - mu) / sigma
    return math.exp(-0.5 * z**2) / (sigma * math.sqrt(2 * math.pi))


register(normal_density, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="scalar math")


def black_scholes(spot, strike, rate, sigma, time):
    d1 = (math.log(spot / strike) + (rate + sigma**2 / 2) * time) / (sigma * math.sqrt(time))
    d2 = d1 - sigma * math.sqrt(time)
    n1 = 0.5 * (1 + math.erf(d1 / math.sqrt(2)))
    n2 = 0.5 * (1 + math.erf(d2 / math.sqrt(2)))
    return spot * n1 - strike * math.exp(-rate * time) * n2


register(black_scholes, lambda r: (1.1, 1.0, 0.05, 0.3, 0.75), (0, 1, 2, 3, 4), tags="scalar math numerics")


def unused_argument(x, y):
    z = y * 3
    return x * x + 1.0


register(unused_argument, lambda r: (u(r), u(r)), (0, 1), tags="scalar")


def integer_parameter(x, n):
    return x**n + n * x


register(integer_parameter, lambda r: (u(r), 3), tags="scalar")


# --- branches --------------------------------------------------------------------------------------------


def piecewise(x):
    if x < 0.7:
        y = x * x
    elif x < 1.4:
        y = math.sin(x)
    else:
        y = 1.0 / x
    return y * 3


for point in (0.4, 1.1, 1.9):
    register(piecewise, lambda r, point=point: (point,), tags="scalar branch", name=f"piecewise_{point}")


def early_return(x):
    if x > 1.0:
        return x * x
    y = math.exp(x)
    if y > 2.0:
        return y - x
    return x / y


for point in (0.4, 0.8, 1.5):
    register(early_return, lambda r, point=point: (point,), tags="scalar branch", name=f"early_return_{point}")


def ternary(x, y):
    z = x * y if x > y else x / y
    return (z if z > 1 else z * z) + (2 * x if not x > 5 else 0.0)


register(ternary, lambda r: (1.7, 0.9), (0, 1), tags="scalar branch")


def boolean_values(x, y):
    zero = 0.0
    a = zero or x
    b = x and y
    c = zero and y
    d = x or y
    return a * b + d * 2 + c * x


register(boolean_values, lambda r: (u(r), u(r)), (0, 1), tags="scalar branch")


def chained_comparison(x, y):
    s = 0.0
    if 0 < x < 1 < y <= 3:
        s += x * y
    if x < 0 or y > 0 and not x > y:
        s += math.sin(x) * y
    if x < y != 2.0:
        s *= x
    return s


register(chained_comparison, lambda r: (0.6, 1.8), (0, 1), tags="scalar branch")


def walrus(x):
    if (y := x * x) > 0.1:
        z = y + (w := math.cos(y)) * w
    else:
        z = y
    return z * y


register(walrus, lambda r: (u(r),), tags="scalar branch")


def string_switch(x, kind):
    if kind == "tanh":
        y = math.tanh(x)
    elif kind == "softplus":
        y = math.log(1 + math.exp(x))
    elif kind in ("linear", "identity"):
        y = x
    else:
        raise ValueError(f"unknown activation {kind!r}")
    return y * x


for kind in ("tanh", "softplus", "identity"):
    register(string_switch, lambda r, kind=kind: (u(r), kind), tags="scalar branch", name=f"string_switch_{kind}")


def builtins_of_floats(x, y):
    a = abs(x - y) + min(x, y, 5.0) * max(x, y)
    b = pow(x, 2) + pow(y, x) + round(x, 1) * y + int(x * 10) * y
    c = float(x) + sum([x, y, x * y]) + sum((x, y), 1.5)
    p, q = divmod(x * 10, 3.0)
    return a * b + c + bool(x) * y + p * x + q


register(builtins_of_floats, lambda r: (0.72, 1.33), (0, 1), tags="scalar")


# --- loops -----------------------------------------------------------------------------------------------


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


register(energy, lambda r: (u(r), 20), tags="scalar loop")
register(energy, lambda r: (u(r), 0), tags="scalar loop empty", name="energy_no_trip")
register(energy, lambda r: (u(r), 1), tags="scalar loop", name="energy_one_trip")


def power_by_loop(x, n):
    y = 1.0
    for _ in range(n):
        y *= x
    return y


register(power_by_loop, lambda r: (u(r), 7), tags="scalar loop")


def loop_index_used(x):
    s = 0.0
    for i in range(2, 20, 3):
        s += i * x**i / math.factorial(i)
    return s + i * x


register(loop_index_used, lambda r: (u(r),), tags="scalar loop")


def backward_range(x):
    y = x
    for i in range(6, 0, -2):
        y = y / i + x
    for i in reversed(range(3)):
        y = y * math.cos(x + i)
    return y


register(backward_range, lambda r: (u(r),), tags="scalar loop")


def nested_loops(x, y):
    s = 0.0
    for i in range(4):
        t = x
        for j in range(i):
            t = t * y + j
        s += t / (i + 1)
    return s


register(nested_loops, lambda r: (u(r), u(r)), (0, 1), tags="scalar loop")


def branch_in_loop(x):
    s = 0.0
    for i in range(10):
        if x > 1.0:
            x = x / 1.7
        else:
            x = x * x + 0.6
        s += x
    return s


register(branch_in_loop, lambda r: (0.93,), tags="scalar loop branch")


def while_loop(x):
    n = 0
    while x < 100.0:
        x = x * x + 1.0
        n += 1
    return x * n


register(while_loop, lambda r: (0.9,), tags="scalar while")


def mandelbrot_like(a, b):
    x = 0.0
    y = 0.0
    n = 0
    while x * x + y * y < 4.0 and n < 30:
        x, y = x * x - y * y + a, 2 * x * y + b
        n += 1
    return x * x + y * y


register(mandelbrot_like, lambda r: (0.45, 0.61), (0, 1), tags="scalar while numerics")


def newton_root(a):
    x = 1.0
    for _ in range(30):
        step = (x * x * x - a) / (3.0 * x * x)
        x = x - step
        if abs(step) < 1e-13:
            break
    return x


register(newton_root, lambda r: (u(r),), tags="scalar loop break numerics")


def break_and_continue(x):
    s = 0.0
    for i in range(20):
        if i % 3 == 0:
            continue
        x = x * 1.1 + 0.01 * i
        if x > 4.0:
            s += 10 * x
            break
        s += x * x
    return s


register(break_and_continue, lambda r: (1.03,), tags="scalar loop break")


def return_from_loop(x):
    for i in range(50):
        x = x * 1.3
        if x > 9.0:
            return x * x + i
    return x


register(return_from_loop, lambda r: (0.9,), tags="scalar loop return")


def return_from_nested_loops(x):
    s = x
    for i in range(5):
        for j in range(5):
            s = s * 1.1 + x
            if i * j > 5:
                return s * s
            if j > i:
                break
        else:
            s = s + x * 3
    return s


register(return_from_nested_loops, lambda r: (u(r),), tags="scalar loop return")


def for_else(x, limit):
    y = x
    for i in range(6):
        y = y * x
        if y > limit:
            y = y + 3 * x
            break
    else:
        y = y * y
    return y


register(for_else, lambda r: (1.31, 3.0), tags="scalar loop else", name="for_else_broken")
register(for_else, lambda r: (1.31, 99.0), tags="scalar loop else", name="for_else_complete")


def while_else(x, limit):
    n = 0
    while n < 5:
        x = x * 1.2 + 0.1
        n += 1
        if x > limit:
            break
    else:
        x = math.sin(x)
    return x * x


register(while_else, lambda r: (0.8, 1.6), tags="scalar while else", name="while_else_broken")
register(while_else, lambda r: (0.8, 9.0), tags="scalar while else", name="while_else_complete")


def while_true(x):
    s = 0.0
    while True:
        x = math.sqrt(x)
        s += x
        if abs(x - 1) < 0.01:
            break
        if s > 100:
            return -x
    return s


register(while_true, lambda r: (7.3,), tags="scalar while break")


def bisection(c):
    low, high = 0.0, 3.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if middle**3 + middle - 2.0 > 0:
            high = middle
        else:
            low = middle
        if high - low < 1e-10:
            break
    return c * middle**2


register(bisection, lambda r: (u(r),), tags="scalar loop break numerics")


def loop_over_list(x):
    s = 0.0
    for c in [1.0, -2.5, 0.3]:
        s = s * x + c
    for k, (a, b) in enumerate([(1.0, 2.0), (3.0, 4.0)]):
        s += a * x**b * k
    for name in ("sin", "cos"):
        s += math.sin(x) if name == "sin" else math.cos(s)
    return s


register(loop_over_list, lambda r: (u(r),), tags="scalar loop")


def horner(coefficients, x):
    y = 0.0
    for c in reversed(coefficients):
        y = y * x + c
    return y


register(horner, lambda r: ([u(r), u(r), u(r), u(r)], u(r)), (0, 1), tags="loop list numerics")
register(horner, lambda r: (gauss(r, 5), u(r)), (0, 1), tags="loop array numerics", name="horner_array")
register(horner, lambda r: ((u(r), u(r), u(r)), u(r)), (0, 1), tags="loop tuple numerics", name="horner_tuple")


def assert_and_pass(x):
    assert x > 0, "positive"
    y = x * x
    z = y + 1
    del y
    if z > 100:
        pass
    elif z < 0:
        raise ValueError("negative")
    else:
        z = z * x
    y = z
    return y


register(assert_and_pass, lambda r: (u(r),), tags="scalar")


def prints(x):
    print("x =", x)
    y = x * x
    logging.getLogger(__name__).debug("y = %s", y)
    print(f"{y:.3f}", end="")
    return y * y


register(prints, lambda r: (u(r),), tags="scalar effects")


# --- arrays as values ------------------------------------------------------------------------------------


def sum_of_squares(x):
    return np.sum(x**2)


register(sum_of_squares, lambda r: (gauss(r, 5),), tags="array")
register(sum_of_squares, lambda r: (gauss(r, 3, 2),), tags="array", name="sum_of_squares_matrix")
register(sum_of_squares, lambda r: (gauss(r, 1),), tags="array size1", name="sum_of_squares_one")
register(sum_of_squares, lambda r: (gauss(r, 0),), tags="array empty", name="sum_of_squares_empty")
register(sum_of_squares, lambda r: (u(r),), tags="scalar", name="sum_of_squares_scalar")
register(sum_of_squares, lambda r: (gauss(r, 4).astype(np.float32),), tags="array float32", name="sum_of_squares_f32")


def array_methods(x):
    a = x.sum() + x.mean() + x.max() + x.min() + x.prod() / 10
    b = x.T.dot(x) if x.ndim == 1 else 0.0
    c = x.reshape(-1, 1).ravel().flatten().copy().cumsum()
    return a * b + c[-1] + c[0] + x.std() + x.var() + x.size + x.shape[0]


register(array_methods, lambda r: (arr(r, 4),), tags="array")


def ufuncs(x):
    a = np.sin(x) * np.cos(x) + np.tan(x / 3) + np.exp(-x) + np.log(x) + np.sqrt(x)
    b = np.tanh(x) + np.sinh(x) - np.cosh(x) + np.arctan(x) + np.arcsin(x / 4) + np.arccos(x / 5)
    c = np.log1p(x) + np.expm1(x) + np.log2(x) + np.log10(x) + np.square(x) + np.reciprocal(x) + np.cbrt(x)
    d = np.abs(x - 3) + np.sign(x) + np.floor(x) + np.arcsinh(x) + np.arccosh(x + 2) + np.arctanh(x / 7)
    return np.sum(a * b + c * d + np.exp2(x) + np.negative(x) + np.absolute(x) + np.fabs(x))


register(ufuncs, lambda r: (arr(r, 6),), tags="array")
register(ufuncs, lambda r: (u(r),), tags="scalar", name="ufuncs_scalar")


def binary_ufuncs(x, y):
    a = np.add(x, y) * np.subtract(x, y) + np.multiply(x, y) / np.divide(x, y) + np.power(x, y)
    b = np.arctan2(x, y) + np.hypot(x, y) + np.logaddexp(x, y) + np.maximum(x, y) + np.minimum(x, y)
    return np.sum(a + b + np.mod(x * 5, 1.7) * y + np.true_divide(y, x))


register(binary_ufuncs, lambda r: (arr(r, 4), arr(r, 4)), (0, 1), tags="array")


def broadcasting(a, b, c, d):
    z = a * b + c / b - d
    return np.sum(z * z * a) + np.sum(b**a)


register(broadcasting, lambda r: (arr(r, 3, 4), arr(r, 4), arr(r, 3, 1), u(r)), (0, 1, 2, 3), tags="array broadcast")
register(
    broadcasting,
    lambda r: (arr(r, 3, 4), arr(r, 1), arr(r, 1, 4), u(r)),
    (0, 1, 2, 3),
    tags="array broadcast size1",
    name="broadcasting_size_one",
)


def axis_reductions(x):
    a = np.sum(x, axis=0) * np.mean(x, axis=0)
    b = np.max(x, axis=1, keepdims=True) - np.min(x, axis=1, keepdims=True)
    c = np.prod(x, axis=1) + np.sum(x, axis=-1)
    d = np.std(x, axis=0) + np.var(x, axis=0, ddof=1)
    e = np.cumsum(x, axis=1) * x
    return np.sum(a * d) + np.sum(b * x) + np.dot(c, c) + np.sum(e) + np.cumsum(x)[2] + x.sum(axis=(0, 1))


register(axis_reductions, lambda r: (arr(r, 3, 4),), tags="array axis")


def linear_regression(w, b, X, y):
    residual = X @ w + b - y
    return np.mean(residual**2) + 0.1 * np.dot(w, w)


register(
    linear_regression,
    lambda r: (gauss(r, 3), u(r), gauss(r, 6, 3), gauss(r, 6)),
    (0, 1, 2),
    tags="array numerics",
)


def logistic_regression(w, b, X, y):
    z = np.dot(X, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


register(
    logistic_regression,
    lambda r: (gauss(r, 3), u(r), gauss(r, 6, 3), (r.random(6) > 0.5).astype(float)),
    (0, 1),
    tags="array numerics",
)
register(
    logistic_regression,
    lambda r: tuple(a.astype(np.float32) for a in (gauss(r, 3), arr(r, 1), gauss(r, 6, 3), r.integers(0, 2, 6))),
    (0, 1),
    tags="array numerics float32",
    name="logistic_regression_f32",
)


def softmax_cross_entropy(W, x, label):
    logits = W @ x
    shifted = logits - np.max(logits)
    return np.log(np.sum(np.exp(shifted))) - shifted[label]


register(softmax_cross_entropy, lambda r: (gauss(r, 4, 3), gauss(r, 3), 2), (0, 1), tags="array numerics")


def softmax_batch(W, b, X, labels):
    logits = X @ W + b
    logits = logits - logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


register(
    softmax_batch,
    lambda r: (gauss(r, 3, 4), gauss(r, 4), gauss(r, 5, 3), np.array([0, 3, 1, 3, 2])),
    (0, 1, 2),
    tags="array numerics",
)


def mlp_regularised(W1, W2, x, y, lam):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    return 0.5 * np.sum(r**2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


register(
    mlp_regularised,
    lambda r: (gauss(r, 4, 3), gauss(r, 2, 4), gauss(r, 3), gauss(r, 2), 0.1),
    (0, 1, 2, 3, 4),
    tags="array numerics",
)


def linear_algebra(A, B, x, y):
    a = np.outer(x, y) @ B
    b = np.inner(x, y) * np.matmul(A, B)
    c = A.T @ x + np.dot(B, y) + x @ A
    d = np.einsum("ij,jk,k->i", A, B, x) + np.einsum("ii->i", A) + np.vdot(x, y)
    return np.sum(a * b) + c @ d + np.trace(A) + np.einsum("i,i", x, y)


register(
    linear_algebra, lambda r: (gauss(r, 3, 3), gauss(r, 3, 3), gauss(r, 3), gauss(r, 3)), (0, 1, 2, 3), tags="array"
)


def shapes(x):
    a = np.reshape(x, (2, 6)) @ x.reshape(6, 2)
    b = np.transpose(x) @ x
    c = np.expand_dims(x, 1).squeeze() + np.squeeze(x[None], axis=0)
    d = np.concatenate([x, 2 * x], axis=0) * np.vstack((x, x**2))
    e = np.stack([x, x * x]).transpose(1, 0, 2).sum(axis=1)
    f = np.hstack([x, x]) + np.broadcast_to(x[0, 0], (3, 8)) + np.swapaxes(x, 0, 1).ravel()[:8]
    return np.sum(a) * np.sum(b**2) + np.sum(c * e) + d.sum() + np.sum(f**2)


register(shapes, lambda r: (arr(r, 3, 4),), tags="array")


def selection(x, y):
    a = np.where(x > y, x * y, x / y)
    b = np.clip(x, 0.5, 1.2)
    c = np.maximum(x, 1.0) * np.minimum(y, 1.0)
    d = np.where(x > 1.0, 1.0, 0.0) * y
    return np.sum(a * b + c + d)


register(selection, lambda r: (arr(r, 8), arr(r, 8)), (0, 1), tags="array")


def indexing(x):
    a = x[0] * x[-1] + x[1:3] * x[-3:-1]
    b = x[::2].sum() * x[::-1][1].sum()
    c = x[:, 1] + x[..., 0] + x[:, None, 2][:, 0]
    d = x[1, 2] * x[2][1]
    return np.sum(a) + b + np.sum(c * c) + d


register(indexing, lambda r: (arr(r, 4, 3),), tags="array index")


def fancy_indexing(x):
    index = np.array([0, 2, 2, 1, 2])
    a = x[index] * np.arange(5.0)
    b = x[x > 1.0]
    c = x[[1, 1, 0]] ** 2
    return np.sum(a) + np.sum(b**2) + c.sum() + np.sum(np.take(x, index) ** 3)


register(fancy_indexing, lambda r: (np.array([0.4, 1.3, 0.8, 1.6]),), tags="array index")


def loop_over_rows(X, w):
    total = 0.0
    for row in X:
        z = row @ w
        total += math.tanh(z) * row[0]
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            total += X[i, j] ** 2 * w[j]
    return total


register(loop_over_rows, lambda r: (gauss(r, 4, 3), gauss(r, 3)), (0, 1), tags="array loop")


# --- arrays with identity: stores ------------------------------------------------------------------------


def fill_zeros(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = x**i / (i + 1)
    return np.sum(y)


register(fill_zeros, lambda r: (u(r), 5), tags="store loop")
register(fill_zeros, lambda r: (u(r), 0), tags="store loop empty", name="fill_zeros_none")


def recurrence(x, n):
    y = np.empty(n)
    y[0] = x
    y[1] = x * x
    for i in range(2, n):
        y[i] = y[i - 1] * y[i - 2] + math.sin(y[i - 1])
    return y[-1] + y[2]


register(recurrence, lambda r: (u(r), 6), tags="store loop")


def sweep(A, n):
    for i in range(1, n - 1):
        A[i] = (A[i - 1] + A[i + 1]) / 3.0
    return np.sum(A)


register(sweep, lambda r: (gauss(r, 7), 7), tags="store loop mutated_argument")


def nonlinear_sweep(a, n):
    for i in range(1, n):
        a[i] = math.sin(a[i]) * a[i - 1]
        a[i - 1] = a[i] * a[i - 1] + a[i]
    return np.sum(a * a)


register(nonlinear_sweep, lambda r: (gauss(r, 6), 6), tags="store loop mutated_argument")


def overwrite(x, y):
    a = np.zeros(4)
    a[1] = x
    a[1] = a[1] * y
    a[1] = a[1] * a[1]
    a[2] = a[1] + x
    a[1] = 3.0
    return np.sum(a * np.arange(4.0))


register(overwrite, lambda r: (u(r), u(r)), (0, 1), tags="store")


def slice_stores(x):
    y = np.zeros_like(x)
    y[1:-1] = x[2:] - x[:-2]
    y[0] = x[0] * 2
    y[-1] = y[0] * x[-1]
    y[::2] = y[::2] * x[::2]
    y[1:3] += x[:2]
    y[...] = y * x
    return np.sum(y**2)


register(slice_stores, lambda r: (gauss(r, 6),), tags="store slice")


def matrix_stores(x, A):
    M = np.zeros((3, 4))
    M[0] = x
    M[:, 1] = A[:, 0]
    M[1:, 2:] = A[1:, :2] * x[2:]
    M[2, 3] = M[0, 0] * M[1, 1]
    M[:, 0] = M[:, 1] * M[:, 2]
    M[1, :] *= 2.0
    M[-1, ::2] -= x[::2]
    M[:, None, 3] += A[:, 2:3]
    return np.sum(M**2) + M[2] @ x


register(matrix_stores, lambda r: (gauss(r, 4), gauss(r, 3, 3)), (0, 1), tags="store slice")


def augmented_stores(x, y):
    a = np.ones(5)
    a[0] += x[0]
    a[1] -= x[1] * y
    a[2] *= x[2]
    a[3] /= x[3]
    a[4] **= 2
    a[1:4] *= y
    a[::2] -= x[::2]
    a[1:] /= a[0] + 3.0
    a += x
    a *= a
    a -= 2 * x
    a /= y
    a **= 3
    return np.sum(a)


register(augmented_stores, lambda r: (arr(r, 5), u(r)), (0, 1), tags="store augmented")


def mask_store(x):
    y = x.copy()
    y[x < 0] = 0.0
    mask = x > 0.5
    y[mask] *= 3.0
    y[mask] = y[mask] ** 2 + x[mask]
    y[~mask] -= 1.0
    return np.sum(y * x)


register(mask_store, lambda r: (np.array([0.9, -1.2, 0.3, 2.1, -0.4, 0.7]),), tags="store mask")


def leaky_relu_by_mask(x, slope):
    out = np.empty_like(x)
    positive = x > 0
    out[positive] = x[positive]
    out[np.logical_not(positive)] = slope * x[np.logical_not(positive)]
    return out.sum() + (out**2).mean()


register(leaky_relu_by_mask, lambda r: (gauss(r, 3, 3), 0.2), (0, 1), tags="store mask")


def fancy_store(x, v):
    index = np.array([3, 0, 1])
    y = np.zeros(5)
    y[index] = v * x[index]
    y[[1, 4]] = x[[0, 2]] ** 2
    y[index] += v
    return np.sum(y**2)


register(fancy_store, lambda r: (arr(r, 4), arr(r, 3)), (0, 1), tags="store fancy")


def repeated_fancy_store(x, v):
    index = np.array([1, 0, 1, 2])
    y = x * 2
    y[index] = v
    z = x.copy()
    z[index] += v
    np.add.at(z, index, v * v)
    return np.sum(y * z * x)


register(repeated_fancy_store, lambda r: (arr(r, 3), arr(r, 4)), (0, 1), tags="store fancy repeated")


def pairs_store(x):
    A = np.zeros((3, 3))
    rows, columns = np.array([0, 1, 2]), np.array([2, 0, 1])
    A[rows, columns] = x
    A[columns, rows] -= x**2
    A[np.arange(3), np.arange(3)] = x[::-1] * 3
    return np.sum(A @ A * np.arange(9.0).reshape(3, 3)) + A[rows, columns] @ x


register(pairs_store, lambda r: (arr(r, 3),), tags="store fancy")


def store_from_itself(x):
    y = x * 1.0
    y[1:] = y[:-1] * y[1:]
    y[:-1] = y[1:]
    y[0], y[1] = y[1], y[0] * y[2]
    return np.sum(y * np.arange(1.0, 6.0))


register(store_from_itself, lambda r: (arr(r, 5),), tags="store slice overlap")


def fill_and_full(x):
    a = np.full(3, x)
    b = np.full((2, 3), 1.5)
    b[1] = a * x
    b[0].fill(0.5)
    c = np.eye(3) * x + np.ones((3, 3)) + np.linspace(0.0, 1.0, 3) * x + np.arange(3) * a
    d = np.full_like(c, 2.0) + np.ones_like(c) * x
    return np.sum(b @ c @ d)


register(fill_and_full, lambda r: (u(r),), tags="store")


# --- arrays with identity: views and aliases -------------------------------------------------------------


def alias(x):
    a = x * 2
    b = a
    b[0] = a[1] * a[0]
    a[1] = b[0] + 1.0
    return np.sum(a * b)


register(alias, lambda r: (arr(r, 3),), tags="alias")


def alias_of_argument(x):
    y = x
    y[0] = x[1] * x[0]
    x[1] = y[0] ** 2
    return np.sum(y * x)


register(alias_of_argument, lambda r: (arr(r, 3),), tags="alias mutated_argument")


def view_written(x):
    a = x * x
    v = a[1:3]
    v[0] = x[0] * 3
    v *= 2.0
    w = v[::-1]
    w[0] = a[0] * w[1]
    return np.sum(a**2)


register(view_written, lambda r: (arr(r, 4),), tags="view")


def view_read_after_base_written(x):
    a = x.copy()
    v = a[1:]
    a[1] = x[0] * x[2]
    s = np.sum(v**2)
    a[2:] = 5.0
    return s + np.sum(v * x[1:])


register(view_read_after_base_written, lambda r: (arr(r, 4),), tags="view")


def row_views(A):
    B = A * 1.0
    for i in range(1, B.shape[0]):
        row = B[i]
        previous = B[i - 1]
        row[0] = previous[1] * row[0]
        row[1:] += previous[:-1] ** 2
    return np.sum(B * A)


register(row_views, lambda r: (arr(r, 4, 3),), tags="view loop")


def rows_written_by_iteration(A, v):
    B = A.copy()
    for k, row in enumerate(B):
        row *= v
        row[k] = row[0] * row[1]
    for row, factor in zip(B, [1.0, 2.0, 3.0]):
        row += factor * v
    return np.sum(B**2)


register(rows_written_by_iteration, lambda r: (arr(r, 3, 3), arr(r, 3)), (0, 1), tags="view loop")


def reshape_written(x):
    a = x + 1.0
    m = a.reshape(2, 3)
    m[0, 1] = x[0] * x[1]
    flat = m.ravel()
    flat[4] *= x[4]
    t = m.T
    t[2] = t[0] * t[1]
    return np.sum(a**2) + m[1, 2]


register(reshape_written, lambda r: (arr(r, 6),), tags="view")


def transpose_written(A):
    B = A * A
    T = B.T
    T[0] = A[1] * 2
    for i in range(3):
        T[i, i] = B[0, i] * A[i, i]
    V = np.transpose(B)[1:]
    V[:, 0] += 1.5 * A[0, 0]
    return np.sum(B * A) + np.sum(T @ A)


register(transpose_written, lambda r: (arr(r, 3, 3),), tags="view")


def newaxis_written(x):
    a = x * 2
    column = a[:, np.newaxis]
    column[1, 0] = x[0] ** 2
    column[2:] *= column[0]
    wide = a[None, :]
    wide[0, :2] += x[1:3]
    return np.sum(a * x)


register(newaxis_written, lambda r: (arr(r, 4),), tags="view")


def copy_is_not_a_view(x):
    a = x * 1.5
    b = a.copy()
    c = a[1:].copy()
    d = np.array(a)
    e = a[[0, 1]]
    a[0] = 0.0
    a[1] = x[2] * x[2]
    e[0] = 7.0
    return np.sum(a * b) + np.sum(c**2) + np.sum(d * a) + np.sum(e * x[:2])


register(copy_is_not_a_view, lambda r: (arr(r, 4),), tags="view")


def asarray_is_an_alias(x):
    a = x * 1.5
    b = np.asarray(a)
    b[0] = a[1] * a[0]
    c = np.atleast_1d(a)
    c[1] *= 2
    return np.sum(a * x)


register(asarray_is_an_alias, lambda r: (arr(r, 3),), tags="view")


def branch_dependent_alias(x, flag):
    a = x * 2.0
    b = x * 3.0
    c = a if flag else b
    c[0] = x[1] * x[2]
    if c[1] > 0:
        d = a
    else:
        d = c
    d[2] *= c[0]
    return np.sum(a * a) + np.sum(b * x) + np.sum(c)


register(branch_dependent_alias, lambda r: (arr(r, 3), True), tags="alias branch", name="branch_alias_true")
register(branch_dependent_alias, lambda r: (arr(r, 3), False), tags="alias branch", name="branch_alias_false")


def swap_rows(A):
    B = A.copy()
    B[[0, 1]] = B[[1, 0]]
    saved = B[1].copy()
    B[1] = B[2]
    B[2] = saved
    B[0, :] *= B[1, 0]
    return np.sum(B * np.arange(9.0).reshape(3, 3) * A)


register(swap_rows, lambda r: (arr(r, 3, 3),), tags="store fancy")


def buffer_swap(x, n):
    u_now = x * 1.0
    u_next = np.zeros_like(x)
    for step in range(n):
        for i in range(1, len(x) - 1):
            u_next[i] = u_now[i] + 0.1 * (u_now[i - 1] - 2 * u_now[i] + u_now[i + 1]) * u_now[i]
        u_next[0] = u_now[0]
        u_next[-1] = u_now[-1] * 0.9
        u_now, u_next = u_next, u_now
    return np.sum(u_now**2)


register(buffer_swap, lambda r: (arr(r, 6), 3), tags="swap loop")
register(buffer_swap, lambda r: (arr(r, 6), 4), tags="swap loop", name="buffer_swap_even")


def wave_three_buffers(x, c):
    old, now, new = x.copy(), x.copy(), np.zeros(len(x))
    for _ in range(5):
        new[1:-1] = 2 * now[1:-1] - old[1:-1] + c * (now[2:] - 2 * now[1:-1] + now[:-2])
        old, now, new = now, new, old
    return np.sum(now * now) + old[2]


register(wave_three_buffers, lambda r: (arr(r, 7), 0.3), (0, 1), tags="swap loop numerics")


def list_of_arrays_written(x):
    parts = [x * 1.0, x * 2.0, np.zeros(3)]
    for part in parts:
        part[0] = part[1] * x[2]
    parts[2][1] = x[0]
    parts[0] += parts[1]
    first, *rest = parts
    rest[0][2] = first[0] * 3
    return np.sum(parts[0] * parts[1]) + np.sum(parts[2])


register(list_of_arrays_written, lambda r: (arr(r, 3),), tags="alias list")


def heat_loops(T, k, steps):
    n, m = T.shape
    for _ in range(steps):
        new = T.copy()
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                new[i, j] = T[i, j] + k * (T[i + 1, j] + T[i - 1, j] + T[i, j + 1] + T[i, j - 1] - 4.0 * T[i, j])
        T = new
    return np.sum(T * T)


register(heat_loops, lambda r: (gauss(r, 5, 4), 0.15, 3), (0, 1), tags="store loop numerics")


def heat_slices(T, k, steps):
    for _ in range(steps):
        T[1:-1, 1:-1] += k * (T[2:, 1:-1] + T[:-2, 1:-1] + T[1:-1, 2:] + T[1:-1, :-2] - 4.0 * T[1:-1, 1:-1])
    return (T**2).sum()


register(heat_slices, lambda r: (gauss(r, 5, 4), 0.15, 4), (0, 1), tags="store loop numerics mutated_argument")


def burgers(v, nu, steps):
    w = v.copy()
    for _ in range(steps):
        w[1:-1] = w[1:-1] - 0.1 * w[1:-1] * (w[1:-1] - w[:-2]) + nu * 0.1 * (w[2:] - 2 * w[1:-1] + w[:-2])
        w[0] = w[-2]
        w[-1] = w[1]
    return np.mean(w**2)


register(burgers, lambda r: (arr(r, 7), 0.4, 4), (0, 1), tags="store loop numerics")


# --- calls -----------------------------------------------------------------------------------------------

SCALE = 2.0


def helper(x):
    return x * SCALE + 1.0


def call_helper(x):
    return helper(x) * helper(x * x)


register(call_helper, lambda r: (u(r),), tags="call")


def call_same_name_elsewhere(x):
    a = helper(x)
    b = other_module.helper(x)
    c = imported_helper(x + 1)
    d = other_module_inner.helper(x)
    return a * b + c * d + SCALE * other_module.SCALE * x + other_module.layered(x)


register(call_same_name_elsewhere, lambda r: (u(r),), tags="call module")


def smooth_max(a, b, sharpness=10.0, *, offset=0.0):
    return math.log(math.exp(sharpness * a) + math.exp(sharpness * b)) / sharpness + offset


def call_with_keywords(x, y):
    s = smooth_max(x, y)
    t = smooth_max(b=x, a=y * 2, sharpness=3.0)
    w = smooth_max(x, y, 5.0, offset=x * y)
    return s * t + w + other_module.scale(y) + other_module.scale(x, factor=y)


register(call_with_keywords, lambda r: (u(r), u(r)), (0, 1), tags="call")


def own_defaults(x, scale=1.5, *, power=2):
    return scale * x**power


register(own_defaults, lambda r: (u(r),), tags="call")
register(own_defaults, lambda r: (u(r), u(r)), (0, 1), tags="call", name="own_defaults_given")


def several_results(x):
    return x * x, math.sin(x), [x, 2 * x]


def unpack_results(x):
    a, b, (c, d) = several_results(x)
    result = several_results(a)
    first, *others = result
    return a * b + c * d + result[0] * first + others[0] + others[1][1]


register(unpack_results, lambda r: (u(r),), tags="call tuple")


def normalise(a):
    total = 0.0
    for i in range(len(a)):
        total += a[i]
    for i in range(len(a)):
        a[i] = a[i] / total


def add_into(out, a, factor=1.0):
    out += factor * a
    return out


def call_mutating_helpers(x):
    y = x * x
    normalise(y)
    out = np.zeros(len(x))
    other_module.fill_squares(out, y)
    z = add_into(out, x, factor=y[0])
    z[1] = x[2]
    other_module_inner.decay(out[1:], 0.5)
    return np.sum(out * y)


register(call_mutating_helpers, lambda r: (arr(r, 4),), tags="call mutation")


def helper_mutates_own_argument(x):
    normalise(x)
    add_into(x[:2], x[1:3])
    return np.sum(x**2)


register(helper_mutates_own_argument, lambda r: (arr(r, 4),), tags="call mutation mutated_argument")


def pick_row(A, i):
    return A[i]


def returned_view_written(A):
    B = A * 2
    row = pick_row(B, 1)
    row[0] = A[0, 0] * A[1, 1]
    pick_row(B, 0)[1] *= row[0]
    return np.sum(B * B)


register(returned_view_written, lambda r: (arr(r, 3, 2),), tags="call mutation view")


def clamp_calls(x):
    s = 0.0
    for t in (x, x * 3, -x):
        s += other_module_inner.clamp(t, 0.2, 1.9) * t
    return s


register(clamp_calls, lambda r: (0.9,), tags="call branch")


def nested_def(x, y):
    factor = x * 2

    def inner(z):
        return z * factor + y

    def outer(z):
        return inner(z) * inner(z + 1)

    return outer(x) + inner(y)


register(nested_def, lambda r: (u(r), u(r)), (0, 1), tags="call closure")


def nested_def_late_binding(x):
    k = x

    def inner(z):
        return z * k

    a = inner(2.0)
    k = x * x
    b = inner(3.0)
    return a * b


register(nested_def_late_binding, lambda r: (u(r),), tags="call closure")


def nonlocal_counter(x):
    total = 0.0

    def add(value):
        nonlocal total
        total += value * value

    for i in range(3):
        add(x + i)
    return total


register(nonlocal_counter, lambda r: (u(r),), tags="call closure")


def lambdas(x):
    f = lambda t: t * t + x
    g = lambda t, s=2.0: f(t) * s
    return g(x) + g(x, s=f(x)) + (lambda z: z * 3)(x)


register(lambdas, lambda r: (u(r),), tags="call lambda")

cube = lambda x: x * x * x
register(cube, lambda r: (u(r),), tags="lambda", name="cube")

pair_of_lambdas = (lambda x: math.sin(x) * x, lambda x: math.cos(x) - x)
register(pair_of_lambdas[0], lambda r: (u(r),), tags="lambda", name="first_of_two_lambdas")
register(pair_of_lambdas[1], lambda r: (u(r),), tags="lambda", name="second_of_two_lambdas")


def make_quadratic(a, b):
    def quadratic(x):
        return a * x * x + b * x

    return quadratic


steep = make_quadratic(3.0, 1.0)
flat = make_quadratic(0.5, -1.0)
register(steep, lambda r: (u(r),), tags="closure", name="steep")
register(flat, lambda r: (u(r),), tags="closure", name="flat")


def call_closures(x):
    return steep(x) * flat(x)


register(call_closures, lambda r: (u(r),), tags="call closure")


def apply_twice(f, x):
    return f(f(x))


def functions_passed(x):
    a = apply_twice(math.sin, x)
    b = apply_twice(helper, x)
    c = apply_twice(lambda t: t * x, x)
    return a * b + c + other_module.compose(cube, x / 3)


register(functions_passed, lambda r: (u(r),), tags="call higher_order")


def simpson(f, a, b, n):
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        s += f(a + i * h) * (4 if i % 2 else 2)
    return s * h / 3


def integral(a, b):
    return simpson(lambda t: math.exp(-a * t * t), 0.0, b, 6)


register(integral, lambda r: (u(r), u(r)), (0, 1), tags="call higher_order numerics")

ACTIVATIONS = (math.tanh, helper, lambda z: z * z)


def functions_in_tuple(x):
    for f in ACTIVATIONS:
        x = f(x) * 0.7
    for f in [math.sin, math.exp]:
        x = x + f(x)
    return x


register(functions_in_tuple, lambda r: (u(r),), tags="call higher_order")


def function_parameter(f, x):
    return f(x) * x


register(function_parameter, lambda r: (math.exp, u(r)), 1, tags="call higher_order")
register(function_parameter, lambda r: (helper, u(r)), 1, tags="call higher_order", name="function_parameter_own")


def recursive_power(x, n):
    if n == 0:
        return 1.0
    half = recursive_power(x, n // 2)
    if n % 2 == 0:
        return half * half
    return half * half * x


register(recursive_power, lambda r: (u(r), 11), tags="call recursion")


def continued_fraction(x, depth):
    return x if depth == 0 else 1.0 / (x + continued_fraction(x * 1.1, depth - 1))


register(continued_fraction, lambda r: (u(r), 6), tags="call recursion")


def tree_sum(a):
    if len(a) == 1:
        return a[0] * a[0]
    middle = len(a) // 2
    left, right = tree_sum(a[:middle]), tree_sum(a[middle:])
    return left * math.cos(right) + right


register(tree_sum, lambda r: (arr(r, 7),), tags="call recursion")


def smooth_in_place(a, depth):
    if depth == 0 or len(a) < 2:
        return
    a[0] = 0.5 * (a[0] + a[-1]) * a[0]
    smooth_in_place(a[1:], depth - 1)
    a[-1] *= a[0]


def recursion_in_place(x):
    y = x * 1.0
    smooth_in_place(y, 3)
    return np.sum(y**2)


register(recursion_in_place, lambda r: (arr(r, 5),), tags="call recursion mutation")


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def ping(x, n):
    return x if n == 0 else pong(x * x, n - 1)


def pong(x, n):
    return x + 1 if n == 0 else ping(math.sin(x), n - 1)


def mutual_recursion(x):
    y = ping(x, 5)
    return y * 2 if is_even(4) else y


register(mutual_recursion, lambda r: (u(r),), tags="call recursion")


def variadic(*values, power=2):
    s = 0.0
    for v in values:
        s += v**power
    return s


def call_variadic(x, y):
    pair = (x, y)
    return variadic(x, y, x * y) * variadic(*pair, power=3)


register(call_variadic, lambda r: (u(r), u(r)), (0, 1), tags="call")


def positional_only(x, /, y, *, z=2.0):
    return x * y**z


register(positional_only, lambda r: (u(r), u(r)), (0, 1), tags="call")


def star_in_target(x):
    first, *middle, last = [x, x * x, x + 1, x * 3]
    (a, *b), c = (first, last), middle
    return a * b[0] + c[0] * c[1]


register(star_in_target, lambda r: (u(r),), tags="tuple")


def comprehension(x):
    squares = [x * i for i in range(4)]
    total = sum(v * v for v in squares)
    table = {name: x**k for k, name in enumerate("abc")}
    big = [v for v in squares if v > 0.1]
    return total + table["c"] * len(big) + sum(big)


register(comprehension, lambda r: (u(r),), tags="comprehension")


def list_append(x, n):
    history = []
    for i in range(n):
        x = math.sin(x) + 0.3
        history.append(x)
    s = 0.0
    for i, h in enumerate(history):
        s += i * h * history[-1]
    return s + sum(history) + np.sum(np.array(history) ** 2)


register(list_append, lambda r: (u(r), 4), tags="list loop")


def list_store(x):
    values = [0.0] * 4
    values[0] = x
    for i in range(1, 4):
        values[i] = values[i - 1] * x + i
    values[2] += values[1]
    values[1], values[3] = values[3], values[1] * 2
    return values[0] * values[1] - values[2] * values[3]


register(list_store, lambda r: (u(r),), tags="list store")


def dict_of_values(x):
    state = {"position": x, "velocity": 1.0}
    for _ in range(4):
        state["velocity"] -= 0.1 * state["position"]
        state["position"] += 0.1 * state["velocity"]
    state["energy"] = 0.5 * (state["position"] ** 2 + state["velocity"] ** 2)
    return state["energy"] * x


register(dict_of_values, lambda r: (u(r),), tags="dict store")


def zip_and_enumerate(xs, ys):
    s = 0.0
    for x, y in zip(xs, ys):
        s += x * y
    for i, x in enumerate(xs):
        s += i * x**2
    for i, (x, y) in enumerate(zip(xs, ys), start=1):
        s *= 1 + x * y / i
    for x in reversed(xs):
        s = s * 0.9 + math.sin(x)
    return s


register(zip_and_enumerate, lambda r: (arr(r, 4), arr(r, 4)), (0, 1), tags="loop array")
register(
    zip_and_enumerate, lambda r: ([u(r), u(r)], [u(r), u(r)]), (0, 1), tags="loop list", name="zip_and_enumerate_lists"
)
register(zip_and_enumerate, lambda r: ((u(r),), (u(r),)), (0, 1), tags="loop tuple size1", name="zip_and_enumerate_one")


def for_target_after_loop(xs):
    for x in xs:
        y = x * x
    for i in range(3):
        y = y + x * i
    return y * x + i


register(for_target_after_loop, lambda r: (arr(r, 3),), tags="loop")


def target_rebound(x):
    s = 0.0
    for i in range(4):
        i = i * x
        s += i * i
        x = x * 1.1
    return s + i


register(target_rebound, lambda r: (u(r),), tags="loop")


def any_all_len(x):
    s = 0.0
    if any(x > 1.0) and not all(x > 1.0):
        s += x[0] * len(x)
    if np.any(x > 100) or np.all(x > 0):
        s += x[1] ** 2
    if isinstance(s, float) and x.ndim == 1 and x.shape == (4,):
        s *= x.max()
    return s + sorted([3.0, 1.0])[0] * x[2]


register(any_all_len, lambda r: (np.array([0.4, 1.3, 0.9, 1.6]),), tags="branch array")


def shadowed_names(x):
    sum = x * 2
    np = sum + 1
    math = np * sum
    bx = math - x
    t = bx * bx
    x_tape = t + np
    _stack = x_tape * x
    d = {"t": _stack}
    bs = d["t"] * bx
    return bs + t


register(shadowed_names, lambda r: (u(r),), tags="names")


# --- numerics: networks ----------------------------------------------------------------------------------


def relu(z):
    return np.maximum(z, 0.0)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def mlp_list(params, x, y):
    h = x
    for W, b in params[:-1]:
        h = np.tanh(h @ W + b)
    W, b = params[-1]
    out = h @ W + b
    return 0.5 * np.sum((out - y) ** 2) / len(x)


def layers(r, *sizes):
    return [(gauss(r, m, n), gauss(r, n)) for m, n in zip(sizes, sizes[1:])]


register(
    mlp_list,
    lambda r: (layers(r, 3, 4, 4, 2), gauss(r, 5, 3), gauss(r, 5, 2)),
    (0, 1),
    tags="network containers",
)
register(
    mlp_list,
    lambda r: (layers(r, 3, 2), gauss(r, 1, 3), gauss(r, 1, 2)),
    (0,),
    tags="network containers size1",
    name="mlp_list_one_layer",
)
register(
    mlp_list,
    lambda r: (
        [(W.astype(np.float32), b.astype(np.float32)) for W, b in layers(r, 3, 4, 2)],
        gauss(r, 5, 3).astype(np.float32),
        gauss(r, 5, 2).astype(np.float32),
    ),
    (0,),
    tags="network containers float32",
    name="mlp_list_f32",
)


def mlp_dict(params, x):
    h = sigmoid(params["W1"] @ x + params["b1"])
    o = params["W2"] @ h + params["b2"]
    return np.sum(o**2) + params["scale"] * np.sum(params["W1"] ** 2)


register(
    mlp_dict,
    lambda r: (
        {"W1": gauss(r, 4, 3), "b1": gauss(r, 4), "W2": gauss(r, 2, 4), "b2": gauss(r, 2), "scale": u(r)},
        gauss(r, 3),
    ),
    (0, 1),
    tags="network containers",
)


def mlp_tuple(weights, x):
    for W in weights:
        x = relu(W @ x + 0.3)
    return np.sum(x)


register(
    mlp_tuple,
    lambda r: ((arr(r, 4, 3), arr(r, 3, 4) - 0.8, arr(r, 2, 3)), arr(r, 3)),
    (0, 1),
    tags="network containers",
)


def nested_containers(model):
    total = 0.0
    for block in model["blocks"]:
        total = total + np.sum(block["w"] ** 2) * block["gain"]
        for shift in block["shifts"]:
            total = total * 1.1 + shift
    return total * model["temperature"]


register(
    nested_containers,
    lambda r: (
        {
            "blocks": [
                {"w": gauss(r, 2), "gain": u(r), "shifts": (u(r), u(r))},
                {"w": gauss(r, 3), "gain": u(r), "shifts": ()},
            ],
            "temperature": u(r),
        },
    ),
    tags="containers empty",
)


def dense_softmax_loss(params, X, labels):
    hidden = X
    for i, (W, b) in enumerate(params):
        hidden = np.dot(hidden, W) + b
        if i < len(params) - 1:
            hidden = relu(hidden)
    hidden -= hidden.max(axis=1, keepdims=True)
    probabilities = np.exp(hidden) / np.sum(np.exp(hidden), axis=1, keepdims=True)
    loss = 0.0
    for n in range(len(labels)):
        loss -= np.log(probabilities[n, labels[n]])
    return loss / len(labels)


register(
    dense_softmax_loss,
    lambda r: (layers(r, 3, 5, 4), gauss(r, 4, 3), [0, 3, 1, 2]),
    0,
    tags="network containers",
)


def dropout_net(W, x):
    rng = np.random.default_rng(7)
    h = np.tanh(W @ x)
    mask = rng.random(h.shape) < 0.5
    h = h * mask / 0.5
    return np.sum(h**2) + np.sum(h)


register(dropout_net, lambda r: (gauss(r, 5, 3), gauss(r, 3)), (0, 1), tags="network random")


def rnn(Wx, Wh, b, xs):
    h = np.zeros(Wh.shape[0])
    loss = 0.0
    for t in range(xs.shape[0]):
        h = np.tanh(Wx @ xs[t] + Wh @ h + b)
        loss += np.sum(h**2)
    return loss


register(
    rnn, lambda r: (gauss(r, 3, 2), gauss(r, 3, 3), gauss(r, 3), gauss(r, 4, 2)), (0, 1, 2, 3), tags="network loop"
)


def rnn_states(Wx, Wh, xs, h0):
    states = np.zeros((len(xs) + 1, len(h0)))
    states[0] = h0
    for t in range(len(xs)):
        states[t + 1] = np.tanh(xs[t] @ Wx + states[t] @ Wh)
    return np.mean((states[1:] - xs[:, :1]) ** 2)


register(
    rnn_states,
    lambda r: (gauss(r, 2, 3), gauss(r, 3, 3), gauss(r, 4, 2), gauss(r, 3)),
    (0, 1, 2, 3),
    tags="network store",
)


def lstm(params, xs):
    Wf, Wi, Wo, Wc = params
    n = Wf.shape[0]
    h = np.zeros(n)
    c = np.zeros(n)
    for x in xs:
        z = np.concatenate((h, x))
        f = sigmoid(Wf @ z)
        i = sigmoid(Wi @ z)
        o = sigmoid(Wo @ z)
        c = f * c + i * np.tanh(Wc @ z)
        h = o * np.tanh(c)
    return np.sum(h * c)


register(
    lstm, lambda r: (tuple(gauss(r, 2, 5) for _ in range(4)), gauss(r, 3, 3)), (0, 1), tags="network loop containers"
)


def gru_scalar(w, xs):
    h = 0.1
    for x in xs:
        z = 1 / (1 + math.exp(-(w[0] * x + w[1] * h)))
        r = 1 / (1 + math.exp(-(w[2] * x + w[3] * h)))
        candidate = math.tanh(w[4] * x + w[5] * (r * h))
        h = (1 - z) * h + z * candidate
    return h * h


register(gru_scalar, lambda r: (gauss(r, 6), gauss(r, 5)), (0, 1), tags="network loop")


def attention(Q, K, V):
    scores = Q @ K.T / math.sqrt(K.shape[1])
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    weights = np.exp(scores)
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ V) ** 2)


register(attention, lambda r: (gauss(r, 3, 4), gauss(r, 5, 4), gauss(r, 5, 2)), (0, 1, 2), tags="network array")


def layer_norm(x, gain, bias):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    y = (x - mean) / np.sqrt(variance + 1e-5) * gain + bias
    return np.sum(y**3)


register(layer_norm, lambda r: (gauss(r, 3, 4), gauss(r, 4), gauss(r, 4)), (0, 1, 2), tags="network array")


def conv2d_loops(image, kernel, bias):
    n, m = image.shape
    p, q = kernel.shape
    out = np.zeros((n - p + 1, m - q + 1))
    for i in range(n - p + 1):
        for j in range(m - q + 1):
            s = bias
            for a in range(p):
                for b in range(q):
                    s += image[i + a, j + b] * kernel[a, b]
            out[i, j] = s if s > 0 else 0.1 * s
    return np.sum(out**2)


register(conv2d_loops, lambda r: (gauss(r, 4, 5), gauss(r, 2, 3), 0.3), (0, 1, 2), tags="network loop store")


def conv2d_patches(image, kernels):
    total = 0.0
    for kernel in kernels:
        out = np.empty((3, 3))
        for i in range(3):
            for j in range(3):
                patch = image[i : i + 2, j : j + 2]
                out[i, j] = np.sum(patch * kernel)
        pooled = np.max(out[:2, :2]) + out[2].mean()
        total += pooled**2
    return total


register(conv2d_patches, lambda r: (gauss(r, 4, 4), gauss(r, 2, 2, 2)), (0, 1), tags="network loop store")


def conv1d(x, w):
    n, k = len(x), len(w)
    y = np.zeros(n + k - 1)
    for i in range(n):
        y[i : i + k] += x[i] * w
    return np.sum(y**2)


register(conv1d, lambda r: (gauss(r, 6), gauss(r, 3)), (0, 1), tags="loop store numerics")


def gradient_descent_inside(w, X, y, rate):
    for _ in range(3):
        residual = X @ w - y
        w = w - rate * (X.T @ residual) / len(y)
    return np.sum((X @ w - y) ** 2)


register(
    gradient_descent_inside,
    lambda r: (gauss(r, 2), gauss(r, 5, 2), gauss(r, 5), 0.2),
    (0, 1, 2, 3),
    tags="loop numerics",
)


def momentum_in_place(w, target):
    velocity = np.zeros_like(w)
    for _ in range(4):
        velocity *= 0.9
        velocity -= 0.1 * (w - target) * w
        w += velocity
    return np.sum((w - target) ** 2)


register(momentum_in_place, lambda r: (gauss(r, 3), gauss(r, 3)), (0, 1), tags="loop store mutated_argument")


# --- numerics: dynamics ----------------------------------------------------------------------------------


def pendulum(state, g):
    theta, omega = state
    return omega, -g * math.sin(theta)


def runge_kutta(theta, omega, g):
    h = 0.1
    for _ in range(5):
        k1 = pendulum((theta, omega), g)
        k2 = pendulum((theta + h / 2 * k1[0], omega + h / 2 * k1[1]), g)
        k3 = pendulum((theta + h / 2 * k2[0], omega + h / 2 * k2[1]), g)
        k4 = pendulum((theta + h * k3[0], omega + h * k3[1]), g)
        theta = theta + h / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        omega = omega + h / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    return theta**2 + omega**2


register(runge_kutta, lambda r: (0.9, 0.4, 9.8), (0, 1, 2), tags="numerics loop call")


def lotka_volterra(y, rates):
    return np.array([rates[0] * y[0] - rates[1] * y[0] * y[1], rates[2] * y[0] * y[1] - rates[3] * y[1]])


def rk4_arrays(y, rates, steps):
    h = 0.05
    trajectory = np.zeros((steps + 1, 2))
    trajectory[0] = y
    for n in range(steps):
        k1 = lotka_volterra(y, rates)
        k2 = lotka_volterra(y + 0.5 * h * k1, rates)
        k3 = lotka_volterra(y + 0.5 * h * k2, rates)
        k4 = lotka_volterra(y + h * k3, rates)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        trajectory[n + 1] = y
    return np.mean(trajectory**2)


register(rk4_arrays, lambda r: (arr(r, 2), arr(r, 4), 4), (0, 1), tags="numerics loop call store")


def lorenz_euler(x, y, z):
    sigma, rho, beta = 10.0, 28.0, 8.0 / 3.0
    for _ in range(20):
        x, y, z = x + 0.01 * sigma * (y - x), y + 0.01 * (x * (rho - z) - y), z + 0.01 * (x * y - beta * z)
    return x * y * z


register(lorenz_euler, lambda r: (1.0, 1.2, 0.9), (0, 1, 2), tags="numerics loop scalar")


def adaptive_steps(y, tolerance):
    t, h = 0.0, 0.3
    while t < 1.0:
        if t + h > 1.0:
            h = 1.0 - t
        coarse = y + h * (-2.0 * y * y)
        half = y + 0.5 * h * (-2.0 * y * y)
        fine = half + 0.5 * h * (-2.0 * half * half)
        if abs(fine - coarse) > tolerance:
            h = 0.5 * h
            continue
        y = 2 * fine - coarse
        t = t + h
    return y


register(adaptive_steps, lambda r: (0.9, 0.01), tags="numerics while scalar")


def leapfrog_springs(x, v, stiffness):
    n = len(x)
    force = np.zeros(n)
    for _ in range(4):
        force[:] = 0.0
        for i in range(n - 1):
            stretch = x[i + 1] - x[i] - 1.0
            force[i] += stiffness * stretch
            force[i + 1] -= stiffness * stretch
        v += 0.1 * force
        x += 0.1 * v
    return 0.5 * np.sum(v**2) + np.sum(x * force)


register(
    leapfrog_springs,
    lambda r: (np.arange(4.0) * 1.2 + 0.1 * gauss(r, 4), gauss(r, 4), 2.0),
    (0, 1, 2),
    tags="numerics loop store mutated_argument",
)


def lennard_jones(positions):
    n = len(positions)
    energy = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            delta = positions[i] - positions[j]
            r2 = np.dot(delta, delta)
            inv6 = (1.0 / r2) ** 3
            energy += 4.0 * (inv6 * inv6 - inv6)
    return energy


register(
    lennard_jones,
    lambda r: (1.3 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]]) + 0.1 * gauss(r, 4, 3),),
    tags="numerics loop",
)


def gravity_forces(masses, positions):
    n = len(masses)
    forces = np.zeros((n, 2))
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            dx = positions[j, 0] - positions[i, 0]
            dy = positions[j, 1] - positions[i, 1]
            distance = math.sqrt(dx * dx + dy * dy + 0.01)
            f = masses[i] * masses[j] / distance**3
            forces[i, 0] += f * dx
            forces[i, 1] += f * dy
    return np.sum(forces[:, 0] ** 2 + forces[:, 1] ** 2)


register(gravity_forces, lambda r: (arr(r, 3), gauss(r, 3, 2)), (0, 1), tags="numerics loop store")


def kepler_anomaly(mean_anomaly, eccentricity):
    E = mean_anomaly
    delta = 1.0
    while abs(delta) > 1e-12:
        delta = (E - eccentricity * math.sin(E) - mean_anomaly) / (1 - eccentricity * math.cos(E))
        E -= delta
    return math.cos(E)


register(kepler_anomaly, lambda r: (1.2, 0.3), (0, 1), tags="numerics while scalar")


def logistic_map(r, x):
    orbit = np.zeros(8)
    for k in range(8):
        x = r * x * (1 - x)
        orbit[k] = x
    return orbit.mean() * orbit[-1]


register(logistic_map, lambda r: (2.9, 0.3), (0, 1), tags="numerics loop store")


# --- numerics: linear algebra by hand --------------------------------------------------------------------


def spd(r, n):
    A = gauss(r, n, n)
    return A @ A.T + n * np.eye(n)


def cholesky_loops(A):
    n = A.shape[0]
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, j] = math.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    logdet = 0.0
    for i in range(n):
        logdet += 2 * math.log(L[i, i])
    return logdet + L[2, 0] * L[1, 0]


register(cholesky_loops, lambda r: (spd(r, 3),), tags="numerics loop store")


def cholesky_in_place(A):
    n = len(A)
    for k in range(n):
        A[k, k] = math.sqrt(A[k, k])
        A[k + 1 :, k] /= A[k, k]
        for j in range(k + 1, n):
            A[j:, j] -= A[j:, k] * A[j, k]
    return np.sum(np.tril(A) ** 2 * np.arange(1.0, n + 1))


register(cholesky_in_place, lambda r: (spd(r, 4),), tags="numerics loop store mutated_argument")


def gaussian_elimination(A, b):
    A = A.copy()
    x = b.copy()
    n = len(b)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(A[i, k]) > abs(A[p, k]):
                p = i
        if p != k:
            for j in range(n):
                A[k, j], A[p, j] = A[p, j], A[k, j]
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            x[i] -= factor * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return np.sum(x**2)


register(
    gaussian_elimination,
    lambda r: (np.array([[0.1, 2.0, -1.0], [3.0, 0.5, 0.7], [1.0, 1.4, 2.2]]), gauss(r, 3)),
    (0, 1),
    tags="numerics loop store",
)


def lu_with_row_swaps(A):
    U = A * 1.0
    n = U.shape[0]
    sign = 1.0
    for k in range(n - 1):
        p = k + np.argmax(np.abs(U[k:, k]))
        if p != k:
            U[[k, p]] = U[[p, k]]
            sign = -sign
        U[k + 1 :] -= np.outer(U[k + 1 :, k] / U[k, k], U[k])
    return sign * np.prod(np.diag(U))


register(
    lu_with_row_swaps,
    lambda r: (np.array([[0.2, 1.1, -0.4], [2.0, 0.3, 0.9], [-1.0, 0.8, 1.5]]),),
    tags="numerics loop store fancy",
)


def tridiagonal_solve(lower, diagonal, upper, rhs):
    n = len(diagonal)
    c = np.zeros(n - 1)
    d = np.zeros(n)
    c[0] = upper[0] / diagonal[0]
    d[0] = rhs[0] / diagonal[0]
    for i in range(1, n):
        w = diagonal[i] - lower[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = upper[i] / w
        d[i] = (rhs[i] - lower[i - 1] * d[i - 1]) / w
    for i in reversed(range(n - 1)):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d**2)


register(
    tridiagonal_solve,
    lambda r: (gauss(r, 4), 4 + arr(r, 5), gauss(r, 4), gauss(r, 5)),
    (0, 1, 2, 3),
    tags="numerics loop store",
)


def power_iteration(A, v):
    for _ in range(2):
        w = A @ v
        v = w / np.linalg.norm(w)
    return v @ A @ v / (v @ v)


register(power_iteration, lambda r: (spd(r, 3), arr(r, 3)), (0, 1), tags="numerics loop")


def gram_schmidt(A):
    Q = np.zeros(A.shape)
    for j in range(A.shape[1]):
        v = A[:, j].copy()
        for i in range(j):
            v -= np.dot(Q[:, i], A[:, j]) * Q[:, i]
        Q[:, j] = v / math.sqrt(v @ v)
    return np.sum(Q * np.arange(Q.size).reshape(Q.shape))


register(gram_schmidt, lambda r: (gauss(r, 4, 3),), tags="numerics loop store view")


def matrix_exponential(A, t):
    term = np.eye(A.shape[0])
    total = term.copy()
    for k in range(1, 12):
        term = term @ A * (t / k)
        total += term
    return np.sum(total**2)


register(matrix_exponential, lambda r: (0.5 * gauss(r, 3, 3), 0.7), (0, 1), tags="numerics loop")


def matrix_power_recursive(A, n):
    if n == 1:
        return A
    half = matrix_power_recursive(A, n // 2)
    return half @ half if n % 2 == 0 else half @ half @ A


def trace_of_power(A):
    return np.trace(matrix_power_recursive(A, 7))


register(trace_of_power, lambda r: (0.6 * gauss(r, 3, 3),), tags="numerics recursion call")


def gaussian_process(X, y, length, noise):
    n = len(X)
    K = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            K[i, j] = math.exp(-0.5 * (X[i] - X[j]) ** 2 / length**2)
    K += noise * np.eye(n)
    alpha = np.linalg.solve(K, y)
    return 0.5 * y @ alpha + 0.5 * math.log(np.linalg.det(K)) + 0.5 * n * math.log(2 * math.pi)


register(
    gaussian_process,
    lambda r: (np.arange(4.0) + 0.2 * gauss(r, 4), gauss(r, 4), 0.9, 0.3),
    (0, 1, 2, 3),
    tags="numerics linalg",
)


def gaussian_process_vectorised(X, y, log_length, log_noise):
    squared = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=2)
    K = np.exp(-0.5 * squared / np.exp(2 * log_length)) + np.exp(log_noise) * np.eye(len(y))
    return 0.5 * np.dot(y, np.linalg.inv(K) @ y) + 0.5 * np.log(np.linalg.det(K))


register(
    gaussian_process_vectorised,
    lambda r: (gauss(r, 4, 2), gauss(r, 4), 0.1, -1.0),
    (0, 1, 2, 3),
    tags="numerics linalg",
)


def kalman_filter(zs, A, Q, R):
    x = np.zeros(2)
    P = np.eye(2)
    H = np.array([[1.0, 0.0]])
    loglik = 0.0
    for z in zs:
        x = A @ x
        P = A @ P @ A.T + Q
        innovation = z - (H @ x)[0]
        S = (H @ P @ H.T)[0, 0] + R
        K = P @ H.T[:, 0] / S
        x = x + K * innovation
        P = P - np.outer(K, H @ P)
        loglik -= 0.5 * (math.log(2 * math.pi * S) + innovation**2 / S)
    return loglik


register(
    kalman_filter,
    lambda r: (gauss(r, 4), np.array([[1.0, 0.1], [-0.2, 0.9]]), 0.1 * np.eye(2), 0.5),
    (0, 1, 2, 3),
    tags="numerics loop",
)


def multivariate_normal(x, mean, L):
    z = np.linalg.solve(L @ L.T, x - mean)
    return -0.5 * (x - mean) @ z - np.sum(np.log(np.abs(np.diag(L))))


register(
    multivariate_normal,
    lambda r: (gauss(r, 3), gauss(r, 3), np.tril(gauss(r, 3, 3)) + 2 * np.eye(3)),
    (0, 1, 2),
    tags="numerics linalg",
)


def norms(x, A):
    a = np.linalg.norm(x) + np.linalg.norm(x - 1.0, ord=1)
    b = np.linalg.norm(A) * np.linalg.norm(A, axis=1)[0]
    return a * b


register(norms, lambda r: (arr(r, 4), gauss(r, 3, 2)), (0, 1), tags="numerics linalg")


def least_squares_normal_equations(X, y, ridge):
    d = X.shape[1]
    w = np.linalg.solve(X.T @ X + ridge * np.eye(d), X.T @ y)
    return np.sum((X @ w - y) ** 2)


register(
    least_squares_normal_equations,
    lambda r: (gauss(r, 5, 2), gauss(r, 5), 0.4),
    (0, 1, 2),
    tags="numerics linalg",
)


# --- numerics: other ordinary programs -------------------------------------------------------------------


def total_variation(u_image, noisy, weight):
    dx = u_image[1:, :] - u_image[:-1, :]
    dy = u_image[:, 1:] - u_image[:, :-1]
    smooth = np.sum(np.sqrt(dx**2 + 0.01)) + np.sum(np.sqrt(dy**2 + 0.01))
    return 0.5 * np.sum((u_image - noisy) ** 2) + weight * smooth


register(total_variation, lambda r: (gauss(r, 4, 5), gauss(r, 4, 5), 0.3), (0, 1, 2), tags="numerics array")


def edit_distance(costs, gap):
    n, m = costs.shape
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        D[i, 0] = D[i - 1, 0] + gap
    for j in range(1, m + 1):
        D[0, j] = D[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = min(D[i - 1, j] + gap, D[i, j - 1] + gap, D[i - 1, j - 1] + costs[i - 1, j - 1])
    return D[n, m]


register(edit_distance, lambda r: (arr(r, 4, 3), 0.71), (0, 1), tags="numerics loop store")


def soft_dtw(a, b, gamma):
    n, m = len(a), len(b)
    R = np.full((n + 1, m + 1), 1e6)
    R[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            d = (a[i] - b[j]) ** 2
            r0, r1, r2 = R[i, j], R[i, j + 1], R[i + 1, j]
            lowest = min(r0, r1, r2)
            z = math.exp(-(r0 - lowest) / gamma) + math.exp(-(r1 - lowest) / gamma) + math.exp(-(r2 - lowest) / gamma)
            R[i + 1, j + 1] = d + lowest - gamma * math.log(z)
    return R[n, m]


register(soft_dtw, lambda r: (gauss(r, 4), gauss(r, 3), 0.5), (0, 1, 2), tags="numerics loop store")


def viterbi_score(emissions, transitions):
    scores = emissions[0]
    for t in range(1, len(emissions)):
        scores = np.max(scores[:, None] + transitions, axis=0) + emissions[t]
    return scores.max()


register(viterbi_score, lambda r: (gauss(r, 4, 3), gauss(r, 3, 3)), (0, 1), tags="numerics loop")


def forward_algorithm(start, transitions, emissions, observations):
    alpha = start * emissions[:, observations[0]]
    loglik = 0.0
    for o in observations[1:]:
        total = alpha.sum()
        loglik += math.log(total)
        alpha = (alpha / total) @ transitions * emissions[:, o]
    return loglik + math.log(alpha.sum())


register(
    forward_algorithm,
    lambda r: (arr(r, 2), arr(r, 2, 2), arr(r, 2, 3), [0, 2, 1, 1]),
    (0, 1, 2),
    tags="numerics loop",
)


def bessel_series(x, order):
    total = 0.0
    term = (x / 2) ** order / math.factorial(order)
    for k in range(1, 15):
        total += term
        term *= -(x * x / 4) / (k * (k + order))
    return total


register(bessel_series, lambda r: (u(r), 2), tags="numerics loop scalar")


def exponential_until_converged(x):
    total, term, k = 1.0, 1.0, 1
    while abs(term) > 1e-14:
        term = term * x / k
        total += term
        k += 1
    return total


register(exponential_until_converged, lambda r: (u(r),), tags="numerics while scalar")


def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-9:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


register(arithmetic_geometric_mean, lambda r: (1.3, 0.6), (0, 1), tags="numerics while scalar")


def dft_power(signal):
    n = len(signal)
    power = np.zeros(n)
    for k in range(n):
        re, im = 0.0, 0.0
        for t in range(n):
            angle = 2.0 * math.pi * k * t / n
            re += signal[t] * math.cos(angle)
            im -= signal[t] * math.sin(angle)
        power[k] = re * re + im * im
    return np.sum(power * np.arange(n)) + power[1] ** 0.5


register(dft_power, lambda r: (gauss(r, 5),), tags="numerics loop store")


def ising_energy(spins, coupling, field):
    n = spins.shape[0]
    energy = 0.0
    for i in range(n):
        for j in range(n):
            neighbours = spins[(i + 1) % n, j] + spins[i, (j + 1) % n]
            energy -= coupling[i, j] * spins[i, j] * neighbours
    return energy - field * spins.sum()


register(ising_energy, lambda r: (gauss(r, 3, 3), gauss(r, 3, 3), 0.4), (0, 1, 2), tags="numerics loop")


def soft_life(grid, steps):
    n, m = grid.shape
    for _ in range(steps):
        new = np.zeros((n, m))
        for i in range(n):
            for j in range(m):
                count = 0.0
                for di in (-1, 0, 1):
                    for dj in (-1, 0, 1):
                        if di == 0 and dj == 0:
                            continue
                        count += grid[(i + di) % n, (j + dj) % m]
                new[i, j] = grid[i, j] * math.exp(-((count - 2.5) ** 2)) + 0.5 * math.exp(-((count - 3.0) ** 2))
        grid = new
    return grid.sum()


register(soft_life, lambda r: (r.random((3, 3)), 2), tags="numerics loop store")


def blur(image, kernel):
    padded = np.zeros((image.shape[0] + 2, image.shape[1] + 2))
    padded[1:-1, 1:-1] = image
    out = np.zeros_like(image)
    for di in range(3):
        for dj in range(3):
            out += kernel[di, dj] * padded[di : di + image.shape[0], dj : dj + image.shape[1]]
    return np.sum((out - image) ** 2)


register(blur, lambda r: (gauss(r, 4, 3), gauss(r, 3, 3)), (0, 1), tags="numerics loop store")


def interpolate(x, knots, values):
    total = 0.0
    for xi in x:
        k = np.searchsorted(knots, xi) - 1
        t = (xi - knots[k]) / (knots[k + 1] - knots[k])
        total += ((1 - t) * values[k] + t * values[k + 1]) ** 2
    return total


register(
    interpolate,
    lambda r: (np.array([0.35, 1.7, 2.2]), np.array([0.0, 0.9, 2.1, 3.0]), gauss(r, 4)),
    (0, 1, 2),
    tags="numerics loop index",
)


def de_casteljau(points, t):
    points = points.copy()
    n = len(points)
    for level in range(1, n):
        for i in range(n - level):
            points[i] = (1 - t) * points[i] + t * points[i + 1]
    return points[0] @ points[0]


register(de_casteljau, lambda r: (gauss(r, 4, 2), 0.35), (0, 1), tags="numerics loop store view")


def kmeans_loss(points, centres):
    loss = 0.0
    for p in points:
        best = None
        for c in centres:
            d = np.sum((p - c) ** 2)
            if best is None or d < best:
                best = d
        loss += best
    return loss


register(kmeans_loss, lambda r: (gauss(r, 5, 2), gauss(r, 3, 2)), (0, 1), tags="numerics loop")


def kmeans_vectorised(points, centres):
    distances = np.sum((points[:, None] - centres[None]) ** 2, axis=-1)
    nearest = np.argmin(distances, axis=1)
    return distances[np.arange(len(points)), nearest].sum() + np.min(distances, axis=1).mean()


register(kmeans_vectorised, lambda r: (gauss(r, 5, 2), gauss(r, 3, 2)), (0, 1), tags="numerics array")


def cumulative_products(x):
    survival = 1.0
    expected = 0.0
    for i, hazard in enumerate(x):
        expected += i * survival * hazard
        survival *= 1.0 - hazard
    return expected + np.sum(np.cumprod(1.0 - x)) + survival


register(cumulative_products, lambda r: (arr(r, 5, low=0.1, high=0.9),), tags="numerics loop")


def running_maximum(x):
    best = x[0]
    total = 0.0
    for value in x[1:]:
        best = max(best, value)
        total += best * value
    return total


register(running_maximum, lambda r: (gauss(r, 6),), tags="numerics loop")


def bubble_sort_weighted(x):
    a = x.copy()
    n = len(a)
    for i in range(n):
        swapped = False
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                swapped = True
        if not swapped:
            break
    return np.sum(a * np.arange(1.0, n + 1)) + a[0] ** 3


register(bubble_sort_weighted, lambda r: (gauss(r, 5),), tags="numerics loop store")


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


register(rosenbrock, lambda r: (gauss(r, 5),), tags="numerics loop")
register(rosenbrock, lambda r: (gauss(r, 1),), tags="numerics loop size1", name="rosenbrock_one")
register(rosenbrock, lambda r: ([u(r), u(r), u(r)],), tags="numerics loop list", name="rosenbrock_list")


def rosenbrock_sliced(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


register(rosenbrock_sliced, lambda r: (gauss(r, 5),), tags="numerics array")
register(
    rosenbrock_sliced, lambda r: (gauss(r, 5).astype(np.float32),), tags="numerics array float32", name="rosenbrock_f32"
)


def monte_carlo_option(spot, sigma):
    rng = np.random.default_rng(3)
    payoff = 0.0
    for _ in range(8):
        path = spot
        for _ in range(3):
            path *= math.exp(-0.5 * sigma**2 * 0.3 + sigma * math.sqrt(0.3) * rng.standard_normal())
        payoff += max(path - 0.95, 0.0)
    return payoff / 8


register(monte_carlo_option, lambda r: (1.0, 0.3), (0, 1), tags="numerics loop random")


def binomial_tree(spot, strike, up, rate, n):
    down = 1.0 / up
    p = (math.exp(rate) - down) / (up - down)
    values = np.zeros(n + 1)
    for j in range(n + 1):
        values[j] = max(spot * up**j * down ** (n - j) - strike, 0.0)
    for i in range(n, 0, -1):
        for j in range(i):
            values[j] = math.exp(-rate) * (p * values[j + 1] + (1 - p) * values[j])
    return values[0]


register(binomial_tree, lambda r: (1.0, 0.97, 1.13, 0.02, 4), (0, 1, 2, 3), tags="numerics loop store")


def ray_march(ox, oy, angle):
    x, y = ox, oy
    travelled = 0.0
    for _ in range(12):
        distance = math.sqrt((x - 3.0) ** 2 + (y - 0.2) ** 2) - 0.7
        if distance < 1e-6 or travelled > 10.0:
            break
        x += 0.8 * distance * math.cos(angle)
        y += 0.8 * distance * math.sin(angle)
        travelled += distance
    return travelled + x * y


register(ray_march, lambda r: (0.1, 0.3, 0.05), (0, 1, 2), tags="numerics loop break scalar")


def simple_regression_statistics(x, y):
    mx, my = x.mean(), y.mean()
    sxy = ((x - mx) * (y - my)).sum()
    slope = sxy / ((x - mx) ** 2).sum()
    intercept = my - slope * mx
    correlation = sxy / np.sqrt(((x - mx) ** 2).sum() * ((y - my) ** 2).sum())
    return slope * intercept + correlation**2


register(simple_regression_statistics, lambda r: (gauss(r, 5), gauss(r, 5)), (0, 1), tags="numerics array")


def poisson_glm(beta, X, counts):
    eta = X @ beta
    return np.sum(np.exp(eta) - counts * eta) + 0.5 * beta.dot(beta)


register(
    poisson_glm,
    lambda r: (0.3 * gauss(r, 3), gauss(r, 5, 3), np.array([0, 2, 1, 4, 1])),
    (0, 1),
    tags="numerics array",
)


def gaussian_mixture(weights, means, sigmas, data):
    total = 0.0
    w = np.exp(weights) / np.sum(np.exp(weights))
    for x in data:
        z = (x - means) / sigmas
        terms = np.log(w) - 0.5 * z**2 - np.log(sigmas)
        top = np.max(terms)
        total += top + np.log(np.sum(np.exp(terms - top)))
    return -total


register(
    gaussian_mixture,
    lambda r: (gauss(r, 3), gauss(r, 3), arr(r, 3), gauss(r, 4)),
    (0, 1, 2, 3),
    tags="numerics loop",
)


def robust_loss(x, delta):
    total = 0.0
    for v in x:
        a = abs(v)
        total += 0.5 * v * v if a <= delta else delta * (a - 0.5 * delta)
    return total


register(robust_loss, lambda r: (np.array([0.3, -1.9, 1.1, -0.2]), 0.8), (0, 1), tags="numerics loop branch")


def elliptic_sor(phi, rho, omega):
    n = phi.shape[0]
    for sweep_number in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                residual = phi[i - 1, j] + phi[i + 1, j] + phi[i, j - 1] + phi[i, j + 1] - 4 * phi[i, j] - rho[i, j]
                phi[i, j] += omega * residual / 4
    return np.sum(phi**2)


register(
    elliptic_sor,
    lambda r: (gauss(r, 4, 4), gauss(r, 4, 4), 1.3),
    (0, 1, 2),
    tags="numerics loop store mutated_argument",
)


def red_black(phi):
    for colour in range(2):
        phi[1 + colour : -1 : 2] = 0.5 * (phi[colour:-2:2] + phi[2 + colour :: 2]) * phi[1 + colour : -1 : 2]
    return np.sum(phi**2)


register(red_black, lambda r: (gauss(r, 8),), tags="numerics store slice mutated_argument")


def histogram_soft(x, n_bins):
    counts = np.zeros(n_bins)
    for v in x:
        k = int(v * n_bins)
        fraction = v * n_bins - k
        counts[k] += 1 - fraction
        if k + 1 < n_bins:
            counts[k + 1] += fraction
    p = counts / counts.sum()
    return -np.sum(p * np.log(p + 0.1))


register(histogram_soft, lambda r: (np.array([0.13, 0.42, 0.71, 0.55, 0.9]), 4), tags="numerics loop store index")


def group_means(values, groups):
    totals = np.zeros(3)
    np.add.at(totals, groups, values)
    counts = np.bincount(groups, minlength=3)
    means = totals / counts
    return np.sum((values - means[groups]) ** 2) + means[0] * means[2]


register(group_means, lambda r: (gauss(r, 6), np.array([0, 1, 0, 2, 2, 1])), tags="numerics store fancy repeated")


def embedding(table, tokens, w):
    vectors = table[tokens]
    pooled = vectors.mean(axis=0)
    return np.tanh(pooled @ w) + np.sum(vectors[0] * table[tokens[1]])


register(embedding, lambda r: (gauss(r, 4, 3), np.array([2, 0, 2, 3]), gauss(r, 3)), (0, 2), tags="network array index")


def batch_norm_running(x, momentum):
    mean = np.zeros(x.shape[1])
    total = 0.0
    for batch in (x[:2], x[2:4], x[4:]):
        m = batch.mean(axis=0)
        mean = momentum * mean + (1 - momentum) * m
        total += np.sum((batch - mean) ** 2 / (batch.var(axis=0) + 0.1))
    return total


register(batch_norm_running, lambda r: (gauss(r, 6, 3), 0.8), (0, 1), tags="network loop")


def polynomial_least_squares(coefficients, xs, ys):
    loss = 0.0
    for x, y in zip(xs, ys):
        prediction = 0.0
        for k, c in enumerate(coefficients):
            prediction += c * x**k
        loss += (prediction - y) ** 2
    return loss / len(xs)


register(polynomial_least_squares, lambda r: (gauss(r, 4), arr(r, 5), gauss(r, 5)), (0, 1, 2), tags="numerics loop")


def long_sum(x):
    return (
        x
        + x**2
        + math.sin(x)
        + math.cos(2 * x)
        + x * 3
        + x / 5
        + math.exp(-x)
        + x**3
        + math.sqrt(x)
        + x * x
        - x * 0.1
        + x**4 / 7
        - math.log(x)
        + 1 / x
        + 2.0**x
        - x**0.5
        + math.tanh(x) * x
        + x**1.5
        - 2 * x
        + 1
    )


register(long_sum, lambda r: (u(r),), tags="scalar")


def deep_composition(w):
    def f(v):
        return math.sin(v) + 0.5 * v

    return f(f(f(f(f(f(w))))))


register(deep_composition, lambda r: (0.4,), tags="scalar call closure")


# --- more of NumPy and of the language -------------------------------------------------------------------

register(other_module_aliases.aliased, lambda r: (u(r), arr(r, 3)), (0, 1), tags="call module")


def products_of_all_ranks(s, v, A, T):
    a = np.dot(s, v) + np.dot(A, v) + v @ A + np.dot(v, A)
    b = T @ A + A @ T + np.matmul(T, T)
    c = (T @ v).sum(axis=0) + v @ T.sum(axis=0) + np.inner(A, A)[0] + np.inner(v, A)
    d = np.einsum("bij,jk->bik", T, A) + np.einsum("...ij->...ji", T)
    e = np.einsum("bij,bij->b", T, T) @ np.einsum("bii->b", T) + np.einsum("i,j->ij", v, v)[0, 1]
    return np.sum(a * c) + np.sum(b * d) + e + np.outer(A, v).sum() + np.dot(v, v) * np.dot(s, s)


register(
    products_of_all_ranks,
    lambda r: (u(r), gauss(r, 3), gauss(r, 3, 3), gauss(r, 2, 3, 3)),
    (0, 1, 2, 3),
    tags="array",
)


def reductions_of_all_kinds(T):
    a = T.sum(axis=(0, 2)) + T.mean(axis=(0, 2)) + T.max(axis=(0, 2)) - T.min(axis=(0, 2))
    b = np.sum(T, axis=1, keepdims=True) * np.mean(T, keepdims=True) + np.var(T, axis=(1, 2), keepdims=True)
    c = np.prod(T, axis=2) + np.std(T, axis=-1, ddof=1) + np.cumsum(T, axis=1)[:, :, 0]
    d = np.prod(T[0]) + T.prod(axis=0).sum() + np.max(T) * np.min(T) + np.average(T)
    return np.sum(a**2) + np.sum(b * T) + np.sum(c) + d


register(reductions_of_all_kinds, lambda r: (arr(r, 2, 3, 4),), tags="array axis")


def joins_and_shapes(x, A):
    a = np.concatenate((A, x[None, :]), axis=0)
    b = np.concatenate([A, A * 2, x.reshape(3, 1)], axis=1)
    c = np.stack((x, x * 2, A[0]), axis=-1) + np.vstack([x, A[1:]])
    d = np.hstack((A, x[:, np.newaxis])) if A.ndim == 2 else A
    e = np.broadcast_to(x, (2, 3)).T @ np.ones((2, 3)) + np.squeeze(A[None, :, :])
    f = A.transpose().reshape(-1)[1:4] * np.ravel(A)[2:5] + np.expand_dims(x, 0)[0] + A.flatten()[:3]
    return a.sum() * b.mean() + np.sum(c * e) + np.sum(d**2) + f @ x + np.atleast_2d(x)[0, 1]


register(joins_and_shapes, lambda r: (arr(r, 3), arr(r, 3, 3)), (0, 1), tags="array")


def constructors(x, y):
    a = np.linspace(x, y, 4)
    b = np.full((2, 2), x * y) + np.eye(2) * y
    c = np.array([x, y, x * y]) * np.arange(3.0)
    d = np.array([[x, 1.0], [2.0, y]]) @ b
    e = np.asarray([x, 2 * x]) + np.zeros(2) + np.ones_like(b[0]) * y
    f = np.empty((2,))
    f[:] = y
    g = np.full_like(c, x) + np.float64(2.0) * x
    return np.sum(a**2) + np.sum(d) + np.sum(c * g) + e @ f + np.zeros_like(a).sum()


register(constructors, lambda r: (u(r), u(r)), (0, 1), tags="array")


def conversions(x, y):
    a = x.astype(np.float64) * y.astype(float)
    b = np.asarray(x, dtype=np.float64) + np.array(y, dtype=float)
    c = float(a[0]) * a.dtype.itemsize + np.float64(b[1]) + float(np.sum(a)) + a.item(1)
    return np.sum(a * b) * c + x.astype(int).sum()


register(
    conversions,
    lambda r: (arr(r, 3).astype(np.float32), arr(r, 3)),
    (0, 1),
    tags="array float32",
)


def linear_algebra_routines(A, B):
    X = np.linalg.solve(A, B)
    Y = np.linalg.inv(A) @ B
    return np.sum(X * Y) + np.linalg.det(A) + np.linalg.norm(B) + np.linalg.norm(X, axis=0).sum() + np.trace(Y)


register(linear_algebra_routines, lambda r: (spd(r, 3), gauss(r, 3, 3)), (0, 1), tags="array linalg")


def sum_starts_as_integer(xs):
    total = 0
    product = 1
    for x in xs:
        total += x * x
        product = product * x
    return total * product


register(sum_starts_as_integer, lambda r: (arr(r, 4),), tags="loop types")
register(sum_starts_as_integer, lambda r: ([u(r), u(r)],), tags="loop types", name="sum_starts_as_integer_list")


def scalar_becomes_array(A):
    total = 0
    largest = 1.0
    for row in A:
        total = total + row * largest
        largest = largest * row[0]
    return np.sum(total**2) * largest


register(scalar_becomes_array, lambda r: (arr(r, 3, 2),), tags="loop types")


def shape_grows_in_loop(x):
    history = x
    for _ in range(3):
        history = np.concatenate([history, history[-2:] * history[0]])
    return np.sum(history**2) + history.shape[0] * x[0]


register(shape_grows_in_loop, lambda r: (arr(r, 3),), tags="loop types")


def types_differ_by_branch(x, flag):
    if flag:
        y = x[0] * 2
        scale = 3
    else:
        y = x * x
        scale = x[1]
    return np.sum(y) * scale


register(types_differ_by_branch, lambda r: (arr(r, 3), True), tags="branch types", name="types_differ_true")
register(types_differ_by_branch, lambda r: (arr(r, 3), False), tags="branch types", name="types_differ_false")


def defined_in_one_branch(x):
    if x > 0.3:
        y = x * x
        found = True
    else:
        found = False
    if found:
        return y * x
    return x


register(defined_in_one_branch, lambda r: (u(r),), tags="branch")


def optional_arguments(x, weights=None, bias=None):
    if weights is None:
        weights = np.ones(len(x)) / len(x)
    total = weights @ x**2
    if bias is not None:
        total += bias * total
    return total


register(optional_arguments, lambda r: (arr(r, 3),), tags="branch call")
register(optional_arguments, lambda r: (arr(r, 3), arr(r, 3), 0.3), (0, 1, 2), tags="branch", name="optional_given")


def matrix_product_of_lists(A, B):
    n, k, m = len(A), len(B), len(B[0])
    C = [[0.0 for _ in range(m)] for _ in range(n)]
    for i in range(n):
        for j in range(m):
            for p in range(k):
                C[i][j] += A[i][p] * B[p][j]
    total = 0.0
    for row in C:
        for value in row:
            total += value * value
    return total


register(
    matrix_product_of_lists,
    lambda r: ([[u(r), u(r)], [u(r), u(r)]], [[u(r)], [u(r)]]),
    (0, 1),
    tags="list loop comprehension",
)


def list_methods(x):
    stack = [x, x * x]
    stack.append(x + 1)
    stack.extend([2 * x, 3 * x])
    top = stack.pop()
    stack.insert(0, top * x)
    first = stack.pop(0)
    stack.reverse()
    joined = stack + [first] * 2
    return joined[0] * joined[-1] + sum(joined[1:3]) * len(joined) + max(joined)


register(list_methods, lambda r: (u(r),), tags="list")


def recurrence_of_tuples(x, n):
    state = (x, 1.0)
    for i in range(n):
        a, b = state
        state = (a * b + i, b + 0.1 * a)
    return state[0] * state[1]


register(recurrence_of_tuples, lambda r: (u(r), 4), tags="tuple loop")


def fibonacci_swap(x, y, n):
    while n > 0:
        x, y = y, x + y * 0.5
        n -= 1
    return x * y


register(fibonacci_swap, lambda r: (u(r), u(r), 6), (0, 1), tags="while tuple scalar")


def nested_while_and_breaks(x):
    total = 0.0
    i = 0
    while i < 5:
        y = x
        j = 0
        while True:
            y = y * 0.7 + 0.01 * i
            j += 1
            if y < 0.3:
                break
            if j > 4:
                total += y
                break
        if total > 50.0:
            return total
        i += 1
        if i == 2:
            continue
        total += y * j
    return total * x


register(nested_while_and_breaks, lambda r: (1.21,), tags="while break")


def loop_with_array_state(A, x, tolerance):
    r = x - A @ x
    n = 0
    while np.sqrt(np.sum(r * r)) > tolerance and n < 10:
        x = x + 0.4 * r
        r = np.ones(len(x)) - A @ x
        n += 1
    return np.sum(x * x) + n


register(
    loop_with_array_state,
    lambda r: (np.array([[1.5, 0.2], [0.1, 1.2]]), arr(r, 2), 0.02),
    (0, 1),
    tags="while array",
)


def conjugate_gradient(A, b):
    x = np.zeros_like(b)
    r = b.copy()
    p = r.copy()
    rs = r @ r
    for _ in range(len(b)):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        new = r @ r
        if new < 1e-20:
            break
        p = r + (new / rs) * p
        rs = new
    return np.sum(x**2)


register(conjugate_gradient, lambda r: (spd(r, 3), gauss(r, 3)), (0, 1), tags="numerics loop store")


def adam_steps(theta, target, rate):
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    for t in range(1, 4):
        g = 2 * (theta - target)
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        theta = theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return np.sum((theta - target) ** 2)


register(adam_steps, lambda r: (gauss(r, 3), 3 + arr(r, 3), 0.1), (0, 1, 2), tags="numerics loop")


def update_parameters(params, grads, rate):
    for (W, b), (dW, db) in zip(params, grads):
        W -= rate * dW
        b -= rate * db


def one_step_of_training(params, x, rate):
    (W, b), (V, c) = params
    h = np.tanh(x @ W + b)
    out = h @ V + c
    dV, dc = np.outer(h, out), out
    dh = (V @ out) * (1 - h**2)
    update_parameters(params, [(np.outer(x, dh), dh), (dV, dc)], rate)
    return np.sum((np.tanh(x @ params[0][0] + params[0][1]) @ params[1][0] + params[1][1]) ** 2)


register(
    one_step_of_training,
    lambda r: (layers(r, 2, 3, 2), gauss(r, 2), 0.1),
    (0, 1, 2),
    tags="network containers mutation mutated_argument",
)


def sorted_loss(x):
    order = np.argsort(x)
    y = x[order]
    gaps = y[1:] - y[:-1]
    rows, columns = np.nonzero(np.outer(x, x) > 1.0)
    return np.sum(gaps**2) + x[rows] @ x[columns] + np.sort(x)[0] * y[-1]


register(sorted_loss, lambda r: (np.array([0.9, -1.3, 1.7, 0.2]),), tags="array index")


def image_pyramid(image, levels):
    total = 0.0
    for level in range(levels):
        total += np.sum(image**2) / 4**level
        image = 0.25 * (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2])
    return total + image[0, 0]


register(image_pyramid, lambda r: (gauss(r, 8, 8), 3), tags="loop slice numerics")


def haar_in_place(x):
    n = len(x)
    scratch = np.empty(n)
    while n > 1:
        half = n // 2
        for i in range(half):
            scratch[i] = (x[2 * i] + x[2 * i + 1]) * 0.7
            scratch[half + i] = (x[2 * i] - x[2 * i + 1]) * x[0]
        x[:n] = scratch[:n]
        n = half
    return np.sum(x * np.arange(1.0, len(x) + 1) * x)


register(haar_in_place, lambda r: (arr(r, 8),), tags="while store mutated_argument")


def fft_recursive(re, im):
    n = len(re)
    if n == 1:
        return re.copy(), im.copy()
    er, ei = fft_recursive(re[::2], im[::2])
    orr, oi = fft_recursive(re[1::2], im[1::2])
    out_re, out_im = np.zeros(n), np.zeros(n)
    for k in range(n // 2):
        c, s = math.cos(2 * math.pi * k / n), -math.sin(2 * math.pi * k / n)
        tr, ti = c * orr[k] - s * oi[k], c * oi[k] + s * orr[k]
        out_re[k], out_im[k] = er[k] + tr, ei[k] + ti
        out_re[k + n // 2], out_im[k + n // 2] = er[k] - tr, ei[k] - ti
    return out_re, out_im


def spectral_energy(signal):
    re, im = fft_recursive(signal, np.zeros(len(signal)))
    power = re**2 + im**2
    return np.sum(power * np.arange(len(power)))


register(spectral_energy, lambda r: (gauss(r, 4),), tags="recursion store call numerics")


def ackermann_like(x, m, n):
    if m == 0:
        return x * (n + 1)
    if n == 0:
        return ackermann_like(x * 1.1, m - 1, 1)
    return ackermann_like(ackermann_like(x, m, n - 1) * 0.5, m - 1, n)


register(ackermann_like, lambda r: (u(r), 2, 2), tags="recursion call")


def float32_mixed(x, y):
    h = np.zeros(3, dtype=x.dtype)
    h[:] = x * 2
    h += x
    z = h * y
    for i in range(3):
        z[i] *= h[i]
    return z.sum()


register(
    float32_mixed,
    lambda r: (arr(r, 3).astype(np.float32), arr(r, 3).astype(np.float32)),
    (0, 1),
    tags="store float32 loop",
)
register(sweep, lambda r: (gauss(r, 6).astype(np.float32), 6), tags="store float32 mutated_argument", name="sweep_f32")
register(heat_slices, lambda r: (gauss(r, 3, 3), 0.2, 0), (0, 1), tags="loop empty", name="heat_slices_no_steps")
register(
    rnn,
    lambda r: (gauss(r, 1, 1), gauss(r, 1, 1), gauss(r, 1), gauss(r, 2, 1)),
    (0, 1, 2, 3),
    tags="size1 network",
    name="rnn_ones",
)
register(cumulative_products, lambda r: (np.zeros(0),), tags="empty loop", name="cumulative_products_empty")
register(kmeans_loss, lambda r: (np.zeros((0, 2)), gauss(r, 2, 2)), (0, 1), tags="empty loop", name="kmeans_loss_empty")
register(
    softmax_cross_entropy, lambda r: (gauss(r, 1, 1), gauss(r, 1), 0), (0, 1), tags="size1", name="softmax_one_class"
)
