"""Values that are had again without a record: views, and elements that are restored or never overwritten."""

import math
import random

import numpy as np
import pytest

from sct_ad import grad
from tests.numerical import assert_close, difference_gradient
from tests.tapes import recorded

A0 = np.random.default_rng(1).normal(size=(5, 5))


def updated_rows(A):
    A = A.copy()
    s = 0.0
    for k in range(1, len(A)):
        row = A[k - 1]
        s += row @ row
        A[k] += 0.5 * row * row
        A[0] = np.sin(A[k])
    return s


def test_a_view_is_taken_again_and_not_kept():
    text = grad(updated_rows).source(A0)
    assert "row_tape" not in text and "[k - 1]" in text.split("reversed")[1], text
    assert_close(grad(updated_rows)(A0), difference_gradient(updated_rows, (A0,)), 1e-5)


def an_element_beside_its_row(A):
    A = A.copy()
    s = 0.0
    for _ in range(2):
        for i in range(1, len(A)):
            factor = A[i, 0] * 2.0
            s += factor * (A[i, 1:] @ A[i, 1:])
            A[i - 1] = A[i] * factor
    return s


def test_elements_are_read_again_where_their_memory_is_restored_anyway():
    text = grad(an_element_beside_its_row).source(A0)
    assert "tape.append((A1[i - 1].copy(), A1[i, 1:] @ A1[i, 1:]))" in text, text
    assert_close(grad(an_element_beside_its_row)(A0), difference_gradient(an_element_beside_its_row, (A0,)), 1e-5)


def squares_of_elements(x):
    x = x.copy()
    s = 0.0
    for i in range(1, len(x)):
        x[i] = x[i - 1] * x[i - 1] + 0.5 * x[i]
        s += x[i - 1] * x[i - 1]
    return s


def test_equal_loads_are_made_once():
    text = grad(squares_of_elements).source(A0[0])
    reverse = text.split("reversed")[1]
    assert reverse.count("x1[i - 1]\n") == 1 and reverse.count("2.0 * t") == 2, text
    assert_close(grad(squares_of_elements)(A0[0]), difference_gradient(squares_of_elements, (A0[0],)), 1e-5)


def overwritten_behind_in_the_same_trip(A):
    A = A.copy()
    s = 0.0
    for i in range(1, len(A)):
        t = A[i, 0] * 2.0
        A[i, 0] = t * A[i - 1, 0]
        s += t * (A[i] @ A[i])
        A[i] = A[i - 1] * 0.5
    return s


def swapped_buffers(A, steps):
    u, v = A.copy(), A * 2.0
    for _ in range(steps):
        for i in range(1, len(A) - 1):
            v[i] = 0.5 * u[i - 1] + u[i] * u[i + 1]
        u, v = v, u
    return np.sum(u**2)


def views_that_move(A):
    A = A.copy()
    s = 0.0
    n = len(A)
    for k in range(1, n):
        part = A[n - k - 1 :]
        t = part[0]
        s += t @ t
        part[1] = np.sin(t)
    return s + np.sum(A**2)


@pytest.mark.parametrize(
    ("function", "rest"),
    [(overwritten_behind_in_the_same_trip, ()), (swapped_buffers, (3,)), (views_that_move, ())],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_overwritten_is_not_read_again(function, rest):
    assert_close(grad(function)(A0, *rest), difference_gradient(function, (A0, *rest), 0), 1e-5)


def test_views_of_shadows_are_taken_again():
    text = grad(swapped_buffers).source(A0, 3)
    assert "tape.append((bv, v, bu, u))" in text and "bu[i + 1] += " in text, text


class Writer:
    """Writes random programs over a matrix `A` and a vector `x`, in loops of 3 trips or less."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.views = 0

    def index(self, known):
        name, shift = self.random.choice([*known, ""]), self.random.choice([0, 0, 1, 2, -1])
        if not name:
            return str(shift)
        return self.random.choice([f"{name} + {abs(shift)}", f"{name} - {abs(shift)}", f"n - 1 - {name}", name])

    def number(self, known):
        return self.random.choice(
            [f"A[{self.index(known)}, {self.index(known)}]", f"x[{self.index(known)}]", "np.cos(s)"]
        )

    def row(self, known):
        k = self.index(known)
        return self.random.choice([f"A[{k}, 1:]", f"A[1:, {k}]", f"A[{k}][:-1]", "x[1:]"])

    def statements(self, known):
        choice = self.random.randrange(6)
        if choice == 0:
            return [
                f"A[{self.index(known)}, {self.index(known)}] = {self.number(known)} * np.sin({self.number(known)})"
            ]
        if choice == 1:
            return [f"x[{self.index(known)}] {self.random.choice(['=', '+='])} np.sin({self.number(known)})"]
        if choice == 2:
            return [f"s += {self.number(known)} * np.sin({self.number(known)})"]
        if choice == 3:
            sign = self.random.choice(["=", "+=", "-="])
            return [f"{self.row(known)} {sign} np.sin({self.row(known)}) * np.cos({self.number(known)})"]
        if choice == 4:
            self.views += 1
            view = f"w{self.views}"
            return [
                f"{view} = A[{self.index(known)}]",
                f"{view}[{self.random.choice(known)}] = np.sin({self.number(known)})",
                f"s += {view}[1] ** 2",
            ]
        one, other = self.index(known), self.index(known)
        return [f"A[[{one}, {other}]] = A[[{other}, {one}]]"]

    def block(self, known):
        lines = []
        for _ in range(self.random.randint(2, 3)):
            if len(known) < 2 and self.random.random() < (1.0 if not known else 0.5):
                name, low = "ij"[len(known)], self.random.choice(["0", "1", *known])
                lines.append(f"for {name} in range({low}, n):")
                lines += ["    " + line for line in self.block([*known, name])]
            else:
                lines += self.statements(known)
        return lines


@pytest.mark.parametrize("seed", range(16))
def test_gradients_of_random_stores_and_views(seed, tmp_path):
    lines = Writer(seed).block([])
    text = (
        "def f(A, x, n):\n    s = 0.1\n" + "".join(f"    {line}\n" for line in lines) + "    return s + np.sum(A * A)\n"
    )
    path = tmp_path / "stores.py"
    path.write_text("import numpy as np\n\n" + text)
    namespace = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    f = namespace["f"]
    x0 = A0[:, 0] * 0.5
    before = A0.copy(), x0.copy()
    found = grad(f, (0, 1))(A0, x0, 3)
    assert np.array_equal(A0, before[0]) and np.array_equal(x0, before[1])
    for argnum in (0, 1):
        expected = difference_gradient(lambda A, x, n: f(A.copy(), x.copy(), n), (A0, x0, 3), argnum)
        assert_close(found[argnum], expected, 1e-5)


def square_of_what_was_written(b, x, n):
    p = b * 1.0
    for _ in range(n):
        v = b * 1.0
        v[1:-1] -= b[:-2] * x
        p = 0.6 * p + v * v
    return np.sum(np.sin(p))


def read_through_a_view(b, x, n):
    p = b * 1.0
    for _ in range(n):
        v = 2.0 * b
        w = v[1:]
        w[0] = x
        p = 0.6 * p + np.cos(v)
    return np.sum(np.sin(p))


@pytest.mark.parametrize("function", [square_of_what_was_written, read_through_a_view])
def test_an_array_that_is_written_later_is_not_computed_again(function):
    args = (np.array([0.3, -0.4, 0.7, 0.5]), 0.6)
    for k in (0, 1):
        expected = difference_gradient(lambda b, x: function(b, x, 3), args, k)
        assert_close(grad(function, argnums=k)(*args, 3), expected)


def distance(x, cx):
    d = x - cx
    return np.sqrt(d * d + 1.0), d


def the_same_difference_twice(x, w):
    s = 0.0
    for _ in range(4):
        r, d = distance(x, 2.0)
        q, e = distance(x, 2.0)
        x = x + 0.1 * d / r**3 - w * e / q
        s = s + d * e
    return s


def the_same_difference_of_something_else(x, w):
    s = 0.0
    for _ in range(4):
        r, d = distance(x, 2.0)
        x = x + 0.1 * d / r**3
        q, e = distance(x, 2.0)
        x = x - w * e / q
        s = s + d * e
    return s


def of_two_zeros(x, w):
    s = 0.0
    for _ in range(3):
        a, b = 0.0, -0.0
        d = a / x
        e = b / x
        x = x * (1.0 + math.copysign(0.1, e)) + 0.3 * math.copysign(w, d)
        s = s + x * x * math.copysign(1.0, d) + math.copysign(x, e) * w
    return s


@pytest.mark.parametrize(
    ("function", "count"), [(the_same_difference_twice, 4), (the_same_difference_of_something_else, 5)]
)
def test_numbers_that_copies_show_to_be_equal_are_kept_once(function, count):
    text = grad(function, (0, 1)).source(0.7, 0.3)
    assert recorded(text) == count, text
    for k, found in enumerate(grad(function, (0, 1))(0.7, 0.3)):
        assert_close(found, difference_gradient(function, (0.7, 0.3), k), 1e-6)


def test_zeros_of_either_sign_are_two_numbers():
    for k, found in enumerate(grad(of_two_zeros, (0, 1))(0.7, 0.3)):
        assert_close(found, difference_gradient(of_two_zeros, (0.7, 0.3), k), 1e-6)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def gated(x, w):
    for k in range(3):
        x = np.tanh(w @ x) * sigmoid(x) + w[k] / (2.0 + np.sum(np.cos(x)))
    return np.sum(x)


def weighted(x, w):
    for _ in range(3):
        d = np.exp(x[:, None] - x)
        x = x + 0.1 * np.sum(np.sin(w[0] / d) * d, axis=1)
    return np.sum(x**2)


def test_quotients_are_computed_again():
    x, w = A0[1], 0.3 * A0
    text = grad(gated, (0, 1)).source(x, w)
    assert "1.0 / (1.0 + " in text.split("reversed")[0] and "1.0 / " in text.split("reversed")[1], text
    again = grad(weighted, (0, 1)).source(x, w)
    assert "t2 = w[0] / d\n" in again.split("reversed")[1] and recorded(again) == 2, again
    for function in (gated, weighted):
        for k, found in enumerate(grad(function, (0, 1))(x, w)):
            assert_close(found, difference_gradient(function, (x, w), k), 1e-5)


def stretched(x, w):
    for _ in range(3):
        d = np.exp(x[:, None] - x)
        x = x + 0.1 * np.sum(d * w[0], axis=1)
    return np.sum(x**2)


def test_a_product_is_not_computed_again_for_its_shape():
    text = grad(stretched).source(A0[1], A0)
    assert "* w[0]).shape" not in text and "* t).shape" not in text, text
    assert_close(grad(stretched)(A0[1], A0), difference_gradient(stretched, (A0[1], A0)), 1e-5)
