# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of elliptic integrals and functions, DLMF 19 and 22, by the symmetric integrals of Carlson.

The derivatives by the parameter m are integrals themselves, of sin**2 over a power of 1 - m sin**2, and those are R_D
(DLMF 19.25.13): nothing cancels at m = 0 or m = 1, as it does in the classical formulas.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from sct_ad.rules.registry import adjoint, d, tangent
from sct_ad.runtime.broadcasting import unbroadcast
from sct_ad.runtime.scipy.elliptic import (
    ellipe_curvature,
    ellipeinc_curvature_m,
    ellipk_curvature,
    ellipkinc_curvature_m,
    ellipkm1_curvature,
    elliprd_slope,
)
from sct_ad.runtime.scipy.special import (
    agm_slopes,
    ellipe_slope,
    ellipeinc_slope_m,
    ellipk_slope,
    ellipkinc_slope_m,
    ellipkm1_slope,
)


@adjoint(special.ellipk, elementwise=True, singular=True)
def ellipk(z, m):
    d[m] = d[z] * ellipk_slope(m)


@adjoint(ellipk_slope, elementwise=True, singular=True)
def of_ellipk_slope(z, m):
    d[m] = d[z] * ellipk_curvature(z, m)


@adjoint(ellipkm1_slope, elementwise=True, singular=True)
def of_ellipkm1_slope(z, p):
    d[p] = d[z] * ellipkm1_curvature(z, p)


@adjoint(ellipe_slope, elementwise=True, singular=True)
def of_ellipe_slope(z, m):
    d[m] = d[z] * ellipe_curvature(m)


@adjoint(special.ellipkm1, elementwise=True, singular=True)
def ellipkm1(z, p):
    d[p] = d[z] * ellipkm1_slope(p)


@adjoint(special.ellipe, elementwise=True, singular=True)
def ellipe(z, m):
    d[m] = d[z] * ellipe_slope(m)


@adjoint(special.ellipkinc, elementwise=True, singular=True)
def ellipkinc(z, phi, m):
    d[phi] = d[z] / np.sqrt(1.0 - m * np.sin(phi) ** 2)
    d[m] = d[z] * ellipkinc_slope_m(phi, m)


@adjoint(special.ellipeinc, elementwise=True)
def ellipeinc(z, phi, m):
    d[phi] = d[z] * np.sqrt(1.0 - m * np.sin(phi) ** 2)
    d[m] = d[z] * ellipeinc_slope_m(phi, m)


@adjoint(special.elliprc, elementwise=True, singular=True)
def elliprc(z, x, y):
    """The case y = z of R_F; NaN where the principal value is meant, at negative y."""
    d[x] = -d[z] * special.elliprd(y, y, x) / 6.0
    d[y] = -d[z] * special.elliprd(x, y, y) / 3.0


@adjoint(special.elliprf, elementwise=True, singular=True)
def elliprf(z, x, y, w):
    """DLMF 19.18.1."""
    d[x] = -d[z] * special.elliprd(y, w, x) / 6.0
    d[y] = -d[z] * special.elliprd(w, x, y) / 6.0
    d[w] = -d[z] * special.elliprd(x, y, w) / 6.0


@adjoint(special.elliprd, elementwise=True, singular=True)
def elliprd(z, x, y, w):
    """By partial fractions under the integral DLMF 19.16.5, homogeneous of degree -3/2."""
    by_x = elliprd_slope(z, x, y, w)
    by_y = elliprd_slope(z, y, x, w)
    d[x] = d[z] * by_x
    d[y] = d[z] * by_y
    d[w] = -d[z] * (1.5 * z + x * by_x + y * by_y) / w


@adjoint(elliprd_slope, elementwise=True, singular=True)
def of_elliprd_slope(slope, z, x, y, w):
    """Not finite where x = w."""
    other = special.elliprd(y, w, x)
    by_y = elliprd_slope(other, y, w, x)
    by_w = elliprd_slope(other, w, y, x)
    by_x = -(1.5 * other + y * by_y + w * by_w) / x
    d[z] = d[slope] / (2.0 * (w - x))
    d[x] = d[slope] * (slope - 0.5 * by_x) / (w - x)
    d[y] = -d[slope] * by_y / (2.0 * (w - x))
    d[w] = -d[slope] * (slope + 0.5 * by_w) / (w - x)


@adjoint(ellipkinc_slope_m, elementwise=True, singular=True)
def of_ellipkinc_slope_m(z, phi, m):
    d[phi] = d[z] * 0.5 * np.sin(phi) ** 2 / (1.0 - m * np.sin(phi) ** 2) ** 1.5
    d[m] = d[z] * ellipkinc_curvature_m(phi, m)


@adjoint(ellipeinc_slope_m, elementwise=True, singular=True)
def of_ellipeinc_slope_m(z, phi, m):
    d[phi] = -d[z] * 0.5 * np.sin(phi) ** 2 / (1.0 - m * np.sin(phi) ** 2) ** 0.5
    d[m] = d[z] * ellipeinc_curvature_m(phi, m)


@adjoint(special.elliprg, elementwise=True, singular=True)
def elliprg(z, x, y, w):
    """DLMF 19.16.3, differentiated under the integral."""
    d[x] = d[z] * (special.elliprf(x, y, w) - x * special.elliprd(y, w, x) / 3.0) / 4.0
    d[y] = d[z] * (special.elliprf(x, y, w) - y * special.elliprd(w, x, y) / 3.0) / 4.0
    d[w] = d[z] * (special.elliprf(x, y, w) - w * special.elliprd(x, y, w) / 3.0) / 4.0


@adjoint(special.agm, elementwise=True, singular=True)
def agm(z, a, b):
    slopes = agm_slopes(a, b)
    d[a] = d[z] * slopes[0]
    d[b] = d[z] * slopes[1]


@adjoint(special.ellipj)
def ellipj(z, u, m):
    """Of sn, cn, dn and the amplitude ph, DLMF 22.13; u is the incomplete integral of the first kind at ph."""
    amplitude = d[z][0] * z[1] - d[z][1] * z[0] - d[z][2] * m * z[0] * z[1] / z[2] + d[z][3]
    d[u] = unbroadcast(amplitude * z[2], u)
    explicit = d[z][2] * z[0] ** 2 / (2.0 * z[2])
    d[m] = unbroadcast(-amplitude * z[2] * ellipkinc_slope_m(z[3], m) - explicit, m)


@tangent(special.ellipj)
def ellipj_change(z, u, m):
    """The amplitude moves with u and with m, the others with it."""
    moved = d[u] * z[2]
    d[z] = (moved * z[1], -moved * z[0], -moved * m * z[0] * z[1] / z[2], moved)
    turned = -d[m] * z[2] * ellipkinc_slope_m(z[3], m)
    explicit = d[m] * z[0] ** 2 / (2.0 * z[2])
    d[z] = (turned * z[1], -turned * z[0], -turned * m * z[0] * z[1] / z[2] - explicit, turned)
