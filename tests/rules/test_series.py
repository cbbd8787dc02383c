"""Rules of `numpy.polynomial` for series of many coefficients, along directions by the complex step.

The weights and the directions are relative, so that all coefficients count, however different their sizes are.
"""

import warnings

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.rules.series import BASES

SIZE, STEP = 40, 1e-40
TOLERANCE = 1e-10
POINTS = np.linspace(-0.9, 0.8, 5)


def _coefficients(random, *shape):
    return random.uniform(0.5, 1.5, shape) * random.choice([-1.0, 1.0], shape)


def _divisor(prefix, random, size):
    """A series that others can be divided by without growing errors: the last coefficient outweighs the others.

    With Laguerre polynomials errors grow all the same, the quotient's own as well: there the dividend is to be short.
    """
    found = 0.02 * _coefficients(random, size)
    found[-1] = 1.0
    return found / np.array([_growth(prefix, k) for k in range(size)])


def _growth(prefix, degree):
    """About how fast basis polynomials grow with the degree, as the square root of their norm."""
    steps = {"herm": 2.0, "herme": 1.0}.get(prefix)
    return 1.0 if steps is None else np.sqrt(np.prod(steps * np.arange(1.0, degree + 1)))


def _dividend(prefix, random, size):
    return _coefficients(random, size) / np.array([_growth(prefix, k) for k in range(size)])


OF_SERIES = {
    "mulx": lambda p, r: ((_coefficients(r, SIZE),), ()),
    "mul": lambda p, r: ((_coefficients(r, SIZE), _coefficients(r, SIZE - 7)), ()),
    "mul of a longer": lambda p, r: ((_coefficients(r, 5), _coefficients(r, SIZE)), ()),
    "div": lambda p, r: ((_dividend(p, r, 12 if p == "lag" else SIZE), _divisor(p, r, 6)), ()),
    "div by a number": lambda p, r: ((_dividend(p, r, SIZE), _divisor(p, r, 1)), ()),
    "pow": lambda p, r: ((_coefficients(r, SIZE // 4),), (3,)),
    "fromroots": lambda p, r: ((r.uniform(-1.0, 1.0, SIZE),), ()),
    "companion": lambda p, r: ((_coefficients(r, SIZE),), ()),
    "2poly": lambda p, r: ((_coefficients(r, SIZE),), ()),
    "poly2": lambda p, r: ((_coefficients(r, SIZE),), ()),
    "vander": lambda p, r: ((POINTS,), (SIZE,)),
    "vander2d": lambda p, r: ((POINTS, POINTS[::-1]), ((3, 9),)),
    "vander3d": lambda p, r: ((POINTS, POINTS[::-1], POINTS**2), ((3, 9, 4),)),
    "val": lambda p, r: ((POINTS, _coefficients(r, SIZE, 3)), ()),
    "val with each its own": lambda p, r: ((POINTS, _coefficients(r, SIZE, 5)), (False,)),
    "val2d": lambda p, r: ((POINTS, POINTS[::-1], _coefficients(r, 12, 9)), ()),
    "val3d": lambda p, r: ((POINTS, POINTS[::-1], POINTS**2, _coefficients(r, 9, 4, 6, 2)), ()),
    "grid2d": lambda p, r: ((POINTS, POINTS[:3], _coefficients(r, 12, 9)), ()),
    "grid3d": lambda p, r: ((POINTS, POINTS[:1], POINTS[:3] ** 2, _coefficients(r, 9, 4, 6, 2)), ()),
}


def _program(function, weights, count, rest):
    """The weighted sum of a function of `count` arrays and of constants."""
    if isinstance(weights, tuple):

        def program(a, b):
            z = function(a, b)
            return np.sum(weights[0] * z[0]) + np.sum(weights[1] * z[1])
    elif count == 1:

        def program(a):
            return np.sum(weights * function(a, *rest))
    elif count == 2:

        def program(a, b):
            return np.sum(weights * function(a, b, *rest))
    elif count == 3:

        def program(a, b, c):
            return np.sum(weights * function(a, b, c, *rest))
    else:

        def program(a, b, c, d):
            return np.sum(weights * function(a, b, c, d))

    return program


def _compared(function, arguments, rest, random):
    """What the gradients say along a direction, what the complex step says, and the size of the terms of their sum."""
    z = function(*arguments, *rest)
    parts = z if isinstance(z, tuple) else (z,)
    weights = tuple(_coefficients(random, *part.shape) / np.where(part == 0, 1.0, np.abs(part)) for part in parts)
    directions = [_coefficients(random, *a.shape) * a for a in arguments]
    program = _program(function, weights if isinstance(z, tuple) else weights[0], len(arguments), rest)
    gradients = grad(program, tuple(range(len(arguments))))(*arguments)
    assert all(g.shape == a.shape and g.dtype == a.dtype for g, a in zip(gradients, arguments))
    moved = function(*(a + 1j * STEP * d for a, d in zip(arguments, directions)), *rest)
    slopes = [part.imag / STEP for part in (moved if isinstance(moved, tuple) else (moved,))]
    expected = sum(np.sum(w * s[: len(w)]) for w, s in zip(weights, slopes))
    found = sum(np.sum(g * d) for g, d in zip(gradients, directions))
    return found, expected, sum(np.sum(np.abs(g * d)) for g, d in zip(gradients, directions))


def _function(prefix, name):
    return getattr(BASES[prefix], f"{name}{prefix}" if name == "poly2" else f"{prefix}{name}")


def _of_bases(names):
    """All bases with all names; powers are not converted to powers."""
    return [(prefix, name) for prefix in BASES for name in names if prefix != "poly" or name not in ("2poly", "poly2")]


@pytest.mark.parametrize(("prefix", "case"), _of_bases(OF_SERIES))
def test_many_coefficients(prefix, case):
    random = np.random.default_rng(5)
    arguments, rest = OF_SERIES[case](prefix, random)
    function = _function(prefix, case.partition(" ")[0])
    found, expected, size = _compared(function, arguments, rest, random)
    assert abs(found - expected) <= TOLERANCE * size


@pytest.mark.parametrize(("prefix", "name"), _of_bases(["mulx", "mul", "pow", "2poly", "poly2"]))
def test_what_is_cut_off_has_a_derivative(prefix, name):
    """A series loses its last zeros; in other directions than this it would not have lost them."""
    function = _function(prefix, name)
    c, other = np.array([0.5, -2.0, 0.7, 0.0, 0.0]), np.array([1.5, 0.3, 0.0])
    arguments, rest = ((c, other) if name == "mul" else (c,)), ((2,) if name == "pow" else ())
    z = function(*arguments, *rest)
    weights = np.linspace(1.0, 2.0, len(z))
    gradients = grad(_program(function, weights, len(arguments), rest), tuple(range(len(arguments))))(*arguments)
    for k, gradient in enumerate(gradients):
        for place in range(len(gradient)):
            moved = [a.astype(complex) for a in arguments]
            moved[k][place] += 1j * STEP
            slope = function(*moved, *rest)[: len(z)].imag / STEP
            np.testing.assert_allclose(gradient[place], np.dot(weights[: len(slope)], slope), rtol=1e-12, atol=1e-12)


def test_more_than_the_default_power():
    def program(c):
        return np.sum(np.polynomial.chebyshev.chebpow(c, 20, None))

    c = np.array([0.3, 0.7])
    moved = np.polynomial.chebyshev.chebpow(c + 1j * STEP * c, 20, None).imag / STEP
    np.testing.assert_allclose(np.dot(grad(program)(c), c), np.sum(moved), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 60])
def test_roots_of_both_signs(size):
    """Products of (x - root) in the order of the roots would have coefficients of 1e17 on the way to those of 1e8."""
    roots = np.concatenate([-np.ones(size - size // 2), np.ones(size // 2)])
    for function, last in ((np.polynomial.polynomial.polyfromroots, slice(None)), (np.poly, slice(None, None, -1))):

        def program(r):
            return np.sum(weights * function(r))

        weights = np.random.default_rng(0).uniform(0.5, 1.5, size + 1)
        found = grad(program)(roots)
        for k in range(size):
            others = [1]
            for root in np.delete(roots, k).astype(int).tolist():  # exactly
                others = [b - root * a for a, b in zip([*others, 0], [0, *others])]
            expected = -sum(w * c for w, c in zip(weights[last], others))
            scale = sum(w * abs(c) for w, c in zip(weights[last], others))
            assert abs(found[k] - expected) <= 1e-13 * scale


@pytest.mark.parametrize("prefix", BASES)
def test_a_companion_matrix_of_less_coefficients(prefix):
    def program(c):
        return np.sum(weights * companion(c))

    companion = getattr(BASES[prefix], f"{prefix}companion")
    weights = np.arange(4.0).reshape(2, 2) + 1.0
    shorter = np.array([0.5, -2.0, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = grad(program)(np.append(shorter, 0.0))
    np.testing.assert_array_equal(found, np.append(grad(program)(shorter), 0.0))
