"""The reprojection error of one observation: ADBench's bundle adjustment, one camera, one point.

A camera has a rotation (Rodrigues' vector), a centre, a focal length, a principal point and two coefficients of radial
distortion. The scalar that is differentiated is half the square of the weighted error.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case


def rotated(r, X):
    square = r @ r
    if square > 0.0:
        angle = math.sqrt(square)
        c, s = math.cos(angle), math.sin(angle)
        w = r / angle
        return c * X + s * np.cross(w, X) + (w @ X) * (1.0 - c) * w
    return X + np.cross(r, X)


def projected(camera, X):
    Y = rotated(camera[:3], X - camera[3:6])
    p = Y[:2] / Y[2]
    square = p @ p
    distortion = 1.0 + camera[9] * square + camera[10] * square**2
    return camera[6] * distortion * p + camera[7:9]


def ba(camera, X, weight, feature):
    error = weight * (projected(camera, X) - feature)
    return 0.5 * np.sum(error**2)


def ba_adjoint(camera, X, weight, feature):
    r, D = camera[:3], X - camera[3:6]
    square = r @ r
    angle = math.sqrt(square)
    if square > 0.0:
        c, s = math.cos(angle), math.sin(angle)
        w = r / angle
        wD, wxD = w @ D, np.cross(w, D)
        Y = c * D + s * wxD + wD * (1.0 - c) * w
    else:
        Y = D + np.cross(r, D)
    p = Y[:2] / Y[2]
    p2 = p @ p
    k1, k2 = camera[9], camera[10]
    distortion = 1.0 + k1 * p2 + k2 * p2**2
    distorted = distortion * p
    error = weight * (camera[6] * distorted + camera[7:9] - feature)
    bcamera = np.empty_like(camera)
    bweight = error @ error / weight
    bprojected = weight * error
    bcamera[7:9] = bprojected
    bcamera[6] = bprojected @ distorted
    bdistorted = camera[6] * bprojected
    bdistortion = bdistorted @ p
    bcamera[9] = bdistortion * p2
    bcamera[10] = bdistortion * p2**2
    bp = distortion * bdistorted + 2.0 * bdistortion * (k1 + 2.0 * k2 * p2) * p
    bY = np.empty_like(Y)
    bY[:2] = bp / Y[2]
    bY[2] = -(bp @ p) / Y[2]
    if square > 0.0:
        wbY = w @ bY
        bD = c * bY - s * np.cross(w, bY) + wbY * (1.0 - c) * w
        bw = s * np.cross(D, bY) + (1.0 - c) * (wbY * D + wD * bY)
        bangle = (bY @ wxD) * c + (wD * wbY - bY @ D) * s
        bcamera[:3] = (bw - (bw @ w) * w) / angle + bangle * w
    else:
        bD = bY - np.cross(r, bY)
        bcamera[:3] = np.cross(D, bY)
    bcamera[3:6] = -bD
    return bcamera, bD, bweight


def ba_functional(np):
    def rotated(r, X):
        square = np.dot(r, r)
        angle = np.sqrt(square)
        c, s = np.cos(angle), np.sin(angle)
        w = r / angle
        cross = np.array([w[1] * X[2] - w[2] * X[1], w[2] * X[0] - w[0] * X[2], w[0] * X[1] - w[1] * X[0]])
        return c * X + s * cross + np.dot(w, X) * (1.0 - c) * w

    def ba(camera, X, weight, feature):
        Y = rotated(camera[:3], X - camera[3:6])
        p = Y[:2] / Y[2]
        square = np.dot(p, p)
        distortion = 1.0 + camera[9] * square + camera[10] * square**2
        error = weight * (camera[6] * distortion * p + camera[7:9] - feature)
        return 0.5 * np.sum(error**2)

    return ba


def observation():
    camera = np.array([0.3, -0.4, 0.2, 0.1, 0.5, -0.3, 1.2, 0.02, -0.03, 0.1, -0.05])
    return camera, np.array([0.6, -0.2, 3.0]), 0.8, np.array([0.3, 0.1])


CASE = Case(
    name="ba",
    primal=ba,
    adjoint=ba_adjoint,
    arguments=observation,
    small_arguments=observation,
    argnums=(0, 1, 2),
    autograd_primal=ba_functional,
    jax_primal=ba_functional,
    note="one observation; autograd and JAX: the branch that is taken, np.cross written out",
)
