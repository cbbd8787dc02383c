"""Second and third derivatives of recursive functions: against differences of gradients, and in closed form."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from sct_ad import grad, hessian, hvp, jvp
from tests.numerical import leaves


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def even(x, n):
    return x if n == 0 else math.sin(odd(x * x, n - 1))


def odd(x, n):
    return math.cos(x) if n == 0 else x * even(x + 0.5, n - 1)


def product_of_halves(a):
    if len(a) == 1:
        return a[0] ** 2
    middle = len(a) // 2
    return product_of_halves(a[:middle]) * math.sin(product_of_halves(a[middle:])) + a[0]


def total(tree, x):
    if isinstance(tree, dict):
        return total(tree["left"], x) * total(tree["right"], x) * tree["weight"]
    return math.exp(tree * x)


def smoothed(a, n):
    """An array of its own on each level, written in place, with a loop that records."""
    if n == 0:
        return a * a
    b = np.zeros(len(a))
    for k in range(len(a)):
        b[k] = a[k] * a[k - 1]
        b[k] *= math.sin(b[k])
    c = smoothed(b, n - 1)
    c[0] = c[0] * a[1]
    return c


def helper(x, n):
    s = 0.0
    for k in range(n):
        s += power(x * s + k, 3)
    return s


def transform(re, im):
    """A pair of arrays, whose shadows are made in the forward sweep and written in the reverse sweep."""
    n = len(re)
    if n == 1:
        return re.copy(), im.copy()
    er, ei = transform(re[::2], im[::2])
    tr, ti = transform(re[1::2], im[1::2])
    out_re, out_im = np.zeros(n), np.zeros(n)
    for k in range(n // 2):
        c, s = math.cos(2 * math.pi * k / n), -math.sin(2 * math.pi * k / n)
        ur, ui = c * tr[k] - s * ti[k], c * ti[k] + s * tr[k]
        out_re[k], out_im[k] = er[k] + ur, ei[k] + ui
        out_re[k + n // 2], out_im[k + n // 2] = er[k] - ur, ei[k] - ui
    return out_re, out_im


def spectrum(signal):
    re, im = transform(signal, signal * signal)
    return np.sum((re**2 + im**2) * np.arange(len(re)))


def arranged(a):
    """Quicksort: arrays of numbers and of truth values that one of the two branches does not make."""
    if len(a) <= 1:
        return a.copy()
    rest = a[1:]
    return np.concatenate([arranged(rest[rest < a[0]]), a[:1], arranged(rest[rest >= a[0]])])


def node_value(tree, x):
    return x if tree is None else math.sin(tree.w * node_value(tree.left, x)) + tree.w * node_value(tree.right, x)


@dataclass
class Node:
    w: float
    left: object = None
    right: object = None


X = np.array([0.7, -0.4, 1.1, 0.3])
V = np.array([0.2, 1.0, -0.5, 0.4])
TREE = {"left": {"left": 0.3, "right": 0.5, "weight": 1.5}, "right": -0.2, "weight": 0.8}

CASES = {
    "scalars": (lambda x: power(x, 5) * x, 0.8, 1.0),
    "mutual": (lambda x: even(x, 5), 0.8, 1.0),
    "halves": (product_of_halves, X, V),
    "tree": (lambda x: total(TREE, x), 0.8, 1.0),
    "arrays": (lambda x: np.sum(smoothed(x, 2) * x), X, V),
    "in a loop": (lambda x: helper(x, 4), 0.3, 1.0),
    "masks": (lambda x: np.sum(arranged(x) ** 3 * np.arange(1.0, 5.0)), X, V),
    "objects": (lambda x: node_value(Node(0.5, Node(1.2), Node(0.3, Node(0.4))), x), 0.7, 1.0),
    "pairs of arrays": (spectrum, X, V),
}


@pytest.mark.parametrize("name", CASES)
def test_products_against_differences_of_gradients(name):
    function, x, v = CASES[name]
    gradient, step = grad(function), 1e-5
    near, far = (np.asarray(gradient(x + s * v)) - gradient(x - s * v) for s in (step, 2 * step))
    expected = (8 * near - far) / (12 * step)
    product = hvp(function)(x, v)
    size = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(product, expected, rtol=0, atol=1e-7 * size)
    np.testing.assert_allclose(jvp(grad(function), (x,), (v,))[1], expected, rtol=0, atol=1e-7 * size)
    full = hessian(function)(x)
    np.testing.assert_allclose(full @ v if np.ndim(x) else full * v, product, rtol=1e-12)
    np.testing.assert_allclose(full, np.transpose(full), rtol=1e-10, atol=1e-12)


def test_derivatives_of_all_orders_in_closed_form():
    assert hvp(power)(2.0, 5, 1.0) == 5 * 4 * 2.0**3
    assert grad(grad(power))(2.0, 5) == 5 * 4 * 2.0**3
    assert grad(grad(grad(power)))(2.0, 5) == 5 * 4 * 3 * 2.0**2
    assert grad(grad(grad(grad(power))))(2.0, 5) == 5 * 4 * 3 * 2 * 2.0


def test_third_derivative_of_halves():
    def along(x):
        return np.sum(hvp(product_of_halves)(x, V) * V)

    third, step = grad(along)(X), 1e-5
    for k, unit in enumerate(np.eye(len(X))):
        near = (along(X + step * unit) - along(X - step * unit)) / (2 * step)
        assert abs(third[k] - near) < 1e-6 * max(1.0, abs(near))


@pytest.mark.parametrize("name", ["masks", "pairs of arrays"])
def test_third_derivatives_along_directions(name):
    function = CASES[name][0]
    twice, step = hvp(lambda x: function(x * x) ** 2), 1e-5
    third = jvp(lambda x: twice(x, V), (X,), (V,))[1]
    near, far = (twice(X + s * V, V) - twice(X - s * V, V) for s in (step, 2 * step))
    expected = (8 * near - far) / (12 * step)
    np.testing.assert_allclose(third, expected, rtol=0, atol=1e-7 * np.max(np.abs(expected)))


def grown(params, x, n):
    return x if n == 0 else np.tanh(params["w"] @ grown(params, x, n - 1) + params["b"])


def test_containers_of_arrays():
    def loss(params, x):
        return np.sum(grown(params, x, 3) ** 2)

    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}
    change = {"w": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}
    x, step = rng.normal(size=3), 1e-6
    product = hvp(loss)(params, x, change)

    def at(s):
        return grad(loss)({key: params[key] + s * change[key] for key in params}, x)

    for found, right, left in zip(leaves(product), leaves(at(step)), leaves(at(-step)), strict=True):
        np.testing.assert_allclose(found, (right - left) / (2 * step), rtol=0, atol=1e-7)


def marked(x, marks, n):
    if n == 0:
        return x
    marks[n] = n
    return math.sin(marked(x * x, marks, n - 1))


def with_marks(x, n):
    marks = np.zeros(6, dtype=int)
    return marked(x, marks, n) * np.sum(marks)


def test_recursion_that_writes_into_its_arguments():
    value, tangent = jvp(with_marks, (0.9, 4), (1.0, None))
    assert value == with_marks(0.9, 4)
    near = (with_marks(0.9 + 1e-6, 4) - with_marks(0.9 - 1e-6, 4)) / 2e-6
    assert abs(tangent - near) < 1e-7
    assert abs(grad(with_marks)(0.9, 4) - near) < 1e-7
    near = (grad(with_marks)(0.9 + 1e-6, 4) - grad(with_marks)(0.9 - 1e-6, 4)) / 2e-6
    assert abs(hvp(with_marks)(0.9, 4, 1.0) - near) < 1e-6


def counted(x, n):
    found = []

    def visit(k):
        found.append(k)
        return x if k == 0 else x * visit(k - 1)

    return visit(n) * len(found)


def test_recursion_that_changes_a_list():
    assert grad(counted)(1.5, 2) == 3 * 3 * 1.5**2
    assert hvp(counted)(1.5, 2, 1.0) == 3 * 3 * 2 * 1.5


def views(n, x):
    if n == 0:
        a = np.zeros(3)
        return a, a[1:], x
    a, b, y = views(n - 1, x * x)
    return a, b, y * 2.0


def written_through_one_of_two(x, n):
    a, b, y = views(n, x)
    a[1] = x * x * x
    return b[0] + y


def test_results_that_share_memory():
    value, tangent = jvp(written_through_one_of_two, (1.3, 3), (1.0, None))
    near = (written_through_one_of_two(1.3 + 1e-6, 3) - written_through_one_of_two(1.3 - 1e-6, 3)) / 2e-6
    assert abs(tangent - near) < 1e-6 * near
    with pytest.raises(Exception, match="may return one array in several ways") as raised:
        grad(written_through_one_of_two)(1.3, 3)
    assert "instead: return copies, x.copy()" in str(raised.value)
