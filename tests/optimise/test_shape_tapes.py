"""Tapes keep shapes, where nothing else of what was recorded is read."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sct_ad import grad, hvp
from sct_ad.optimise.shape_tapes import shape_tapes
from sct_ad.testing import check_grads
from tests.optimise.before_after import becomes, stays

A = np.array([1.0, 2.0, 3.0])


def test_shapes_are_recorded_and_one_is_there_before_the_loop_where_it_is_read_after_it() -> None:
    becomes(
        shape_tapes,
        """
        def f(a):
            y = np.append(a, 1.0)
            tape = []
            for i in range(3):
                tape.append(y)
                y = y * 2.0
            for i in range(3):
                y = tape.pop()
                t = np.zeros_like(y)
            return t + np.ones(y.shape)
        """,
        """
        def f(a):
            y = np.append(a, 1.0)
            tape = []
            for i in range(3):
                tape.append(y.shape)
                y = y * 2.0
            y_shape = y.shape
            for i in range(3):
                y_shape = tape.pop()
                t = np.zeros(y_shape)
            return t + np.ones(y_shape)
        """,
        (A,),
    )


def test_an_argument_of_the_same_shape_is_asked_for_it() -> None:
    becomes(
        shape_tapes,
        """
        def f(a):
            y = a * 2.0
            tape = []
            for i in range(3):
                tape.append(y)
                y = y * a
            for i in range(3):
                y = tape.pop()
                t = np.zeros_like(y)
            return t + np.ones(y.shape)
        """,
        """
        def f(a):
            y = a * 2.0
            for i in range(3):
                y = y * a
            for i in range(3):
                t = np.zeros(a.shape)
            return t + np.ones(a.shape)
        """,
        (A,),
    )


def test_an_argument_that_is_bound_anew_is_not_asked() -> None:
    becomes(
        shape_tapes,
        """
        def f(a):
            y = a * 2.0
            tape = []
            for i in range(3):
                tape.append(y)
                y = y * a
            a = np.append(a, a)
            for i in range(3):
                y = tape.pop()
                t = np.zeros_like(y)
            return t
        """,
        """
        def f(a):
            y = a * 2.0
            tape = []
            for i in range(3):
                tape.append(y.shape)
                y = y * a
            a = np.append(a, a)
            for i in range(3):
                y_shape = tape.pop()
                t = np.zeros(y_shape)
            return t
        """,
        (A,),
    )


@pytest.mark.parametrize(
    "read", ["t = t + y", "t = np.zeros(y.shape) + y", "t = np.zeros_like(y[1:])", "t = y.T"], ids=range(4)
)
def test_what_is_read_is_recorded(read: str) -> None:
    stays(
        shape_tapes,
        f"""
        def f(a):
            y = a * 2.0
            t = a
            tape = []
            for i in range(3):
                tape.append(y)
                y = y * a
            for i in range(3):
                y = tape.pop()
                {read}
            return t
        """,
        (A,),
    )


def convolution(kernel, x):
    y = np.zeros(x.shape[0] - kernel.shape[0] + 1)
    for i in range(kernel.shape[0]):
        y = y + x[i : i + len(y)] * kernel[i]
    return np.sum(np.maximum(y, 0.1) ** 2)


def maybe_unassigned(x, n):
    for i in range(n):
        if i > 0:
            x = x + np.sum(y) * x[::-1]  # noqa: F821
        y = x[1:] + x[:-1]
    return np.sum(x**2)


def broadcast_in_a_loop(x, y):
    for i in range(3):
        x = x[i:] * y[: max(len(y) - i, 1)] + y[:1]
    return np.sum(x**2)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (convolution, (np.array([0.3, -0.2, 0.5]), np.linspace(0.1, 1.0, 9))),
        (convolution, (np.array([0.3, -0.2, 0.5]), np.linspace(0.1, 1.0, 3))),
        (maybe_unassigned, (np.array([0.3, -0.2, 0.5]), 3)),
        (broadcast_in_a_loop, (np.linspace(0.1, 1.0, 6), np.array([0.7]))),
        (broadcast_in_a_loop, (np.linspace(0.1, 1.0, 4), np.linspace(0.1, 1.0, 4))),
    ],
)
def test_gradients_and_second_derivatives(function, arguments) -> None:
    active = tuple(k for k, a in enumerate(arguments) if isinstance(a, np.ndarray))
    check_grads(function, arguments, argnums=active, order=2)


def test_the_tape_of_a_convolution_is_small() -> None:
    kernel, x = np.ones(40), np.linspace(0.0, 1.0, 20_000)
    gradient = grad(convolution, argnums=0)
    assert "y.shape" in gradient.source(kernel, x)
    gradient(kernel, x)
    tracemalloc.start()
    gradient(kernel, x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * x.nbytes
    assert np.all(np.isfinite(hvp(convolution, argnums=0)(kernel, x, kernel)))


def shifted(x, steps):
    y = np.zeros(len(x))
    for _ in range(steps):
        y = np.sin(np.concatenate((x[:1], (y * x)[:-1])))
    return np.sum(y * y)


def grown(x, steps):
    y = x * 1.0
    for _ in range(steps):
        y = np.concatenate((x[:1], np.sin((y * 2.0)[:-1] * 0.5), x[1:2]))
    return np.sum(y * y)


@pytest.mark.parametrize("function", [shifted, grown])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_gradients_with_shapes_of_arguments(function, size) -> None:
    check_grads(function, (np.linspace(0.5, 1.5, size), 3), argnums=0)
