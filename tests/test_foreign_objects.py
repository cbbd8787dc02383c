"""Objects of NumPy and SciPy in a function: what cannot be differentiated of them is an error, never a zero."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.ndimage
import scipy.signal
import scipy.sparse

from sct_ad import grad
from sct_ad.errors import ArgumentError, SctError

KNOTS = np.arange(5.0)
CUBIC = np.poly1d([1.0, 2.0, 3.0])
SPLINE = scipy.interpolate.CubicSpline(KNOTS, np.sin(KNOTS))
MATRIX = scipy.sparse.csr_matrix(np.array([[1.0, 2.0], [0.0, 3.0]]))


def product_of_an_object(x):
    return (CUBIC * x[0])(2.0)


def sparse_of_values(x):
    made = scipy.sparse.csr_matrix((x, ([0, 1], [0, 1])))
    return np.sum(made @ np.ones(2))


def sparse_elementwise(x):
    return np.sum(MATRIX * x)


def spline_of_knots(x):
    return float(scipy.interpolate.CubicSpline(np.append(x, [3.0, 4.0]), KNOTS[:4])(0.5))


def other_axis(x):
    return np.sum(scipy.interpolate.CubicSpline(KNOTS[:2], np.stack([x, x]), axis=1)(0.5))


def interpolant_of_values(x):
    return float(scipy.interpolate.interp1d(KNOTS[:2], x)(0.5))


def method_that_has_no_rule(x):
    return SPLINE.integrate(0.0, x[0])


def attribute_that_is_missing(x):
    return np.sum(np.polynomial.Polynomial(x).linspace(5)[1])


def filter_by_its_width(x):
    return np.sum(scipy.ndimage.gaussian_filter(np.ones(5), x[0]))


def coefficients_of_filtfilt(x):
    return np.sum(scipy.signal.filtfilt(x, [1.0], np.ones(12)))


REFUSED = {
    product_of_an_object: "no derivative rule for",
    sparse_of_values: "a csr_matrix of values that are differentiated",
    sparse_elementwise: "operator.mul with a sparse matrix",
    spline_of_knots: "a derivative by the knots",
    other_axis: "along an axis other than 0",
    interpolant_of_values: "make what is called outside of the function",
    method_that_has_no_rule: "no derivative rule for",
    attribute_that_is_missing: "has no attribute 'linspace'",
    filter_by_its_width: "a derivative by sigma",
    coefficients_of_filtfilt: "a derivative by the coefficients of filtfilt",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_what_has_no_derivative_is_refused(function):
    with pytest.raises(SctError) as error:
        grad(function)(np.array([0.5, 1.5]))
    assert REFUSED[function] in str(error.value)


def test_a_sparse_matrix_has_no_gradient():
    with pytest.raises(ArgumentError):
        grad(lambda a, x: np.sum(a @ x))(MATRIX, np.ones(2))


def test_classes_that_are_stood_for_are_still_themselves():
    def value(x):
        p = np.poly1d(x)
        return p(2.0) if isinstance(p, np.poly1d) and type(p) is np.poly1d else 0.0 * x[0]

    assert np.array_equal(grad(value)(np.array([0.5, 1.5])), [2.0, 1.0])
