# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of SciPy's functions of matrices: exponentials, roots, logarithms, polar factors."""

from __future__ import annotations

from scipy import linalg

from sct_ad.rules.macros import change_of
from sct_ad.rules.registry import active, adjoint, d, tangent
from sct_ad.rules.scipy.calls import python_adjoint
from sct_ad.runtime.linalg import transposed
from sct_ad.runtime.scipy.matrix_functions import (
    frechet_cotangents,
    frechet_tangent,
    matrix_function_cotangent,
    matrix_function_second,
    matrix_function_tangent,
    polar_cotangent,
    polar_tangent,
    power_exponent_cotangent,
    power_exponent_tangent,
    procrustes_cotangents,
    procrustes_tangent,
    root_cotangent,
    root_tangent,
)


def _matrix_function(name):
    @python_adjoint(getattr(linalg, name))
    def rule(z, A):
        d[A] = matrix_function_cotangent(d[z], A, name)


for _name in ("expm", "logm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm"):
    _matrix_function(_name)


@python_adjoint(linalg.sqrtm)
def sqrtm(z, A):
    """Of a real matrix the root can be complex: which it is is seen when the program runs."""
    d[A] = root_cotangent(d[z], z, A)


@python_adjoint(linalg.fractional_matrix_power)
def fractional_matrix_power(z, A, t):
    d[A] = matrix_function_cotangent(d[z], A, "fractional_matrix_power", t)
    d[t] = power_exponent_cotangent(d[z], z, A, t)


@python_adjoint(linalg.expm_frechet)
def expm_frechet(z, A, E, compute_expm=True):
    if compute_expm is True:
        both = frechet_cotangents(d[z], A, E)
        d[A] = both[0]
        d[E] = both[1]
    elif compute_expm is False:
        both = frechet_cotangents((None, d[z]), A, E)
        d[A] = both[0]
        d[E] = both[1]
    else:
        raise NotImplementedError("a compute_expm that is not known at compile time")


@python_adjoint(linalg.polar)
def polar(z, a, side="right"):
    d[a] = polar_cotangent(d[z][0], d[z][1], z[0], z[1], a, side)


@python_adjoint(linalg.orthogonal_procrustes)
def orthogonal_procrustes(z, A, B):
    both = procrustes_cotangents(d[z][0], d[z][1], A, B)
    d[A] = both[0]
    d[B] = both[1]


# Tangents ----------------------------------------------------------------------------------------------------------


def _tangent_of_function(name):
    @tangent(getattr(linalg, name))
    def template(z, A):
        d[z] = matrix_function_tangent(d[A], A, name)


for _name in ("expm", "logm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm"):
    _tangent_of_function(_name)


@tangent(linalg.sqrtm)
def sqrtm_change(z, A):
    d[z] = root_tangent(d[A], z)


@tangent(linalg.fractional_matrix_power)
def fractional_matrix_power_change(z, A, t):
    d[z] = matrix_function_tangent(d[A], A, "fractional_matrix_power", t)
    d[z] = power_exponent_tangent(d[t], z, A)


@tangent(linalg.expm_frechet)
def expm_frechet_change(z, A, E, compute_expm=True):
    d[z] = frechet_tangent(A, E, change_of(A), change_of(E), compute_expm)


@tangent(linalg.polar)
def polar_change(z, a, side="right"):
    d[z] = polar_tangent(d[a], z[0], a, side)


@tangent(linalg.orthogonal_procrustes)
def orthogonal_procrustes_change(z, A, B):
    d[z] = procrustes_tangent(A, B, change_of(A), change_of(B))


# Derivatives of derivatives: the second derivative is symmetric, and its transposes are those of the function ---------


@adjoint(matrix_function_cotangent)
def of_cotangent(z, cotangent, a, name, t=None):
    if active(t):
        raise NotImplementedError("a second derivative by the exponent")
    else:
        d[cotangent] = matrix_function_tangent(d[z], a, name, t)
        d[a] = matrix_function_second(transposed(a), cotangent, transposed(d[z]), name, t)


@tangent(matrix_function_cotangent)
def of_cotangent_change(z, cotangent, a, name, t=None):
    d[z] = matrix_function_cotangent(d[cotangent], a, name, t)
    d[z] = matrix_function_second(transposed(a), cotangent, transposed(d[a]), name, t)


@adjoint(matrix_function_tangent)
def of_tangent(z, da, a, name, t=None):
    if active(t):
        raise NotImplementedError("a second derivative by the exponent")
    else:
        d[da] = matrix_function_tangent(d[z], transposed(a), name, t)
        d[a] = matrix_function_second(transposed(a), transposed(da), d[z], name, t)


@tangent(matrix_function_tangent)
def of_tangent_change(z, da, a, name, t=None):
    d[z] = matrix_function_tangent(d[da], a, name, t)
    d[z] = matrix_function_second(a, da, d[a], name, t)
