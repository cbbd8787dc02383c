"""What stands under Numba for functions of `sct_ad.runtime`, and for variables without values, beside Python."""

import numpy as np
import pytest

pytest.importorskip("numba")

from sct_ad import grad  # noqa: E402
from sct_ad.emit.numba import implementations  # noqa: E402, F401  registers the functions
from sct_ad.emit.numba.missing import or_zero  # noqa: E402
from sct_ad.emit.numba.native import adapted  # noqa: E402
from sct_ad.errors import ArgumentError, UnsupportedError  # noqa: E402
from sct_ad.runtime import as_gradient  # noqa: E402
from sct_ad.runtime.reductions import cumulative_product_cotangent, deviations, products_of_others  # noqa: E402
from tests.emit.test_numba_arrays import assert_same, in_numba, random  # noqa: E402
from tests.numerical import assert_close  # noqa: E402

ZEROS = np.array([[2.0, 0.0, 3.0], [0.5, 1.0, -1.0]])


@pytest.mark.parametrize("original", [products_of_others, deviations])
def test_functions_of_all_entries(original):
    run = in_numba("x", "f(x)", f=adapted(original))
    for x in (random(5), random(2, 3), ZEROS, ZEROS[0] * 0.0, np.zeros(0), random(2, 3).T, random(2, 3)[:, ::2]):
        assert_same(run(x), original(x))
    assert_same(run(random(4).astype(np.float32)), original(random(4).astype(np.float32)))
    assert_same(run(random(4) + 1j), original(random(4) + 1j))


def test_equal_entries_deviate_by_nothing():
    run = in_numba("x", "f(x)", f=adapted(deviations))
    np.testing.assert_array_equal(run(np.full(7, 0.1)), np.zeros(7))


@pytest.mark.parametrize("x", [random(5), ZEROS, ZEROS[0], np.zeros(3), np.zeros(0), random(4) * 1j])
def test_cotangent_of_cumulative_products(x):
    run = in_numba("c, x", "f(c, x)", f=adapted(cumulative_product_cotangent))
    cotangent = np.broadcast_to(1.5, (x.size,)).astype(x.dtype)
    assert_same(run(cotangent, x), cumulative_product_cotangent(cotangent, x))


@pytest.mark.parametrize("primal", [np.array(1.0 + 2.0j), np.array(1.0), np.zeros(2, np.complex64)])
def test_gradients_of_other_arrays(primal):
    run = in_numba("c, x", "f(c, x)", f=adapted(as_gradient))
    cotangent = 2.0 - 1.0j if np.iscomplexobj(primal) else 2.0
    assert_same(run(cotangent, primal), as_gradient(cotangent, primal))


def test_a_real_array_has_no_complex_gradient():
    run = in_numba("c, x", "f(c, x)", f=adapted(as_gradient))
    with pytest.raises(Exception, match="No implementation"):
        run(1.0j, np.zeros(2))


def test_no_value_is_recorded_as_zero():
    run = in_numba("x, there", "f(x if there else None)", f=adapted(or_zero))
    assert run(2.5, True) == 2.5 and run(2.5, False) == 0.0
    assert run(3, True) == 3 and run(3, False) == 0


def gathered(x, rows, columns):
    return np.sum(x[:, rows, columns] ** 2 * np.arange(1.0, 4.0)) + np.sum(x[rows, 1] ** 3)


def test_gathers_along_several_axes():
    rows, columns = np.array([1, 0, 1]), np.array([0, -1, 0])
    found = grad(gathered, backend="numba")(random(2, 2, 3), rows, columns)
    assert_close(found, grad(gathered)(random(2, 2, 3), rows, columns), 1e-13)


def turned(x):
    y = x * 2.0
    r = y.T.ravel()
    r[0] = 1.0
    return np.sum(y**2) + np.sum(r**3)


def test_a_copy_where_numpy_makes_a_view_is_refused():
    assert_close(grad(turned, backend="numba")(random(2, 3)), grad(turned)(random(2, 3)), 1e-13)
    with pytest.raises(ArgumentError, match="makes a view"):
        grad(turned, backend="numba")(random(1, 3))


def looked_up(x):
    d = {}
    d[0] = x * 2.0
    found = d.get(1, ...)
    return np.sum(d[0] ** 2) if found is ... else np.sum(d[0])


def test_a_comparison_with_an_ellipsis_keeps_its_meaning():
    try:
        found = grad(looked_up, backend="numba")(random(3))
    except UnsupportedError:
        return
    assert_close(found, grad(looked_up)(random(3)), 1e-13)


def polynomial(x, t):
    total = np.zeros(len(t))
    for j in range(len(x)):
        total = total + x[j] * t**j + t ** (j - 2)
    return np.sum(total**2)


def test_powers_that_a_loop_counts():
    x, t = random(40), np.abs(random(6)) + 0.5
    found = grad(polynomial, argnums=(0, 1), backend="numba")
    assert "whole_power(" in found.source(x, t)
    assert_close(found(x, t), grad(polynomial, argnums=(0, 1))(x, t), 1e-12)


def steps(xs):
    previous, total = None, 0.0
    for x in xs:
        if previous is not None:
            total = total + (x - previous) ** 2 * total + x
        previous = x
    return total


def products_of_records(xs):
    top, total = None, 1.0
    for x in xs:
        if top is None or x > top:
            top = x * x
        total = total * top
    return total


@pytest.mark.parametrize("function", [steps, products_of_records])
def test_none_of_the_users_own_is_none(function):
    x = np.array([0.3, 0.5, 0.2, 0.9, 0.7])
    assert_close(grad(function, backend="numba")(x), grad(function)(x), 1e-12)
