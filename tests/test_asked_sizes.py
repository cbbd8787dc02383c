"""Derivatives that are compiled for small sizes of arrays, since the rank of a cross product depends on them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from sct_ad import grad, hessian, value_and_grad
from sct_ad.specialise.signature import LARGEST_SMALL
from tests.disk.fresh import keeping
from tests.numerical import assert_close, difference_gradient

V, W = np.array([0.3, -0.4, 0.2]), np.array([1.1, 0.7, -0.5])


def torque(forces, arm):
    return np.sum(np.sin(arm[0] * np.cross(arm, forces)) ** 2)


def rotated(camera, x):
    w = camera[:3] / np.sqrt(camera[:3] @ camera[:3])
    return np.sum(np.cross(w, x - camera[3:6]) ** 3)


def signed_area(u, v):
    return np.cross(u, v) ** 2


class Frame:
    def __init__(self, axis):
        self.axis = axis

    def moment(self, x):
        return np.sum(np.cross(self.axis, x) ** 2)


def test_no_shape_is_looked_up_when_the_sizes_are_known() -> None:
    gradient = grad(torque, argnums=(0, 1))
    text = gradient.source(V, W)
    assert "unbroadcast" not in text
    assert "np.cross(" in text and "cross_left" not in text
    for k in range(2):
        assert_close(gradient(V, W)[k], difference_gradient(torque, (V, W), k))


def test_each_small_size_has_its_own() -> None:
    gradient = value_and_grad(torque)
    for _ in range(3):  # the general way, a shortcut made, a shortcut taken
        for size in (6, 7, LARGEST_SMALL, LARGEST_SMALL + 1, 40):
            forces = np.linspace(0.1, 1.0, 3 * size).reshape(size, 3)
            value, found = gradient(forces, W)
            assert value == torque(forces, W)
            assert_close(found, difference_gradient(torque, (forces, W)))
    assert gradient.cache_info().currsize == 4  # one for all that are large


def test_parts_of_larger_arrays_need_not_ask() -> None:
    gradient = grad(rotated, argnums=(0, 1))
    for size in (6, 7, 20):
        camera = np.linspace(0.1, 1.0, size)
        for k in range(2):
            assert_close(gradient(camera, V)[k], difference_gradient(rotated, (camera, V), k))
    assert gradient.cache_info().currsize == 1


def test_rows_and_single_vectors_take_turns() -> None:
    gradient = grad(torque)
    rows = np.arange(12.0).reshape(4, 3) / 10.0
    for _ in range(3):
        for forces in (V, rows, np.tile(rows, (8, 1)), rows[:1], rows[:0]):
            assert_close(gradient(forces, W), difference_gradient(torque, (forces, W)))


def test_vectors_in_the_plane() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            signed_area(V[:2], W[:2])
        except ValueError:
            pytest.skip("cross products in the plane are gone")
        gradient = grad(signed_area, argnums=(0, 1))
        for _ in range(3):
            found = gradient(V[:2], W[:2])
            for k in range(2):
                assert_close(found[k], difference_gradient(signed_area, (V[:2], W[:2]), k))


def test_objects_and_lists() -> None:
    def total(frame, points):
        return sum(frame.moment(p) for p in points)

    gradient = grad(total, argnums=1)
    for _ in range(3):
        for points in ([V, W], [W], [V, W, V + W]):
            found = gradient(Frame(W), points)
            for got, p in zip(found, points, strict=True):
                assert_close(got, difference_gradient(Frame(W).moment, (p,)))


def test_second_derivatives() -> None:
    found = hessian(rotated)(np.linspace(0.1, 1.0, 7), V)
    first = grad(rotated)
    for k in range(7):
        assert_close(
            found[k], difference_gradient(lambda c, k=k: first(c, V)[k], (np.linspace(0.1, 1.0, 7),)), rtol=1e-6
        )


def test_what_is_kept_on_disk(tmp_path, monkeypatch) -> None:
    one, two = grad(torque), grad(torque)
    with keeping(monkeypatch, tmp_path) as compiled:
        expected = one(V, W)
        assert compiled.taken() == 2  # the first asked for sizes
        assert np.array_equal(two(V, W), expected)
        assert compiled.taken() == 0
    assert one.source(V, W) == two.source(V, W)
    assert "unbroadcast" not in two.source(V, W)


def test_integers_and_sizes_may_both_be_asked_for() -> None:
    def both(x, n):
        points = []
        for k in range(n):
            points.append(np.cross(x, x + k))
        return sum([np.sum(p**2) * (k + 1) for k, p in enumerate(points)])

    gradient = grad(both)
    for n in (2, 3, 2):
        assert_close(gradient(V, n), difference_gradient(lambda x, n=n: both(x, n), (V,)))
