"""The reprojection errors of many observations at once: ADBench's bundle adjustment, gathered by index arrays."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def projected(cameras, points):
    r = cameras[:, :3]
    D = points - cameras[:, 3:6]
    angle = np.sqrt(np.sum(r**2, axis=1, keepdims=True))
    c, s = np.cos(angle), np.sin(angle)
    w = r / angle
    along = np.sum(w * D, axis=1, keepdims=True)
    Y = c * D + s * np.cross(w, D) + along * (1.0 - c) * w
    p = Y[:, :2] / Y[:, 2:]
    square = np.sum(p**2, axis=1, keepdims=True)
    distortion = 1.0 + cameras[:, 9:10] * square + cameras[:, 10:11] * square**2
    return cameras[:, 6:7] * distortion * p + cameras[:, 7:9]


def ba_batch(cameras, points, weights, camera_of, point_of, features):
    errors = weights[:, None] * (projected(cameras[camera_of], points[point_of]) - features)
    return 0.5 * np.sum(errors**2) + 0.5 * np.sum((1.0 - weights**2) ** 2)


def ba_batch_adjoint(cameras, points, weights, camera_of, point_of, features):
    seen, X = cameras[camera_of], points[point_of]
    r = seen[:, :3]
    D = X - seen[:, 3:6]
    angle = np.sqrt(np.sum(r**2, axis=1, keepdims=True))
    c, s = np.cos(angle), np.sin(angle)
    w = r / angle
    along = np.sum(w * D, axis=1, keepdims=True)
    wxD = np.cross(w, D)
    Y = c * D + s * wxD + along * (1.0 - c) * w
    depth = Y[:, 2:]
    p = Y[:, :2] / depth
    square = np.sum(p**2, axis=1, keepdims=True)
    k1, k2, focal = seen[:, 9:10], seen[:, 10:11], seen[:, 6:7]
    distortion = 1.0 + k1 * square + k2 * square**2
    distorted = distortion * p
    difference = focal * distorted + seen[:, 7:9] - features
    column = weights[:, None]
    bprojected = column**2 * difference
    bweights = weights * np.sum(difference**2, axis=1) - 2.0 * weights * (1.0 - weights**2)
    bseen = np.empty_like(seen)
    bseen[:, 7:9] = bprojected
    bseen[:, 6] = np.sum(bprojected * distorted, axis=1)
    bdistorted = focal * bprojected
    bdistortion = np.sum(bdistorted * p, axis=1, keepdims=True)
    bseen[:, 9:10] = bdistortion * square
    bseen[:, 10:11] = bdistortion * square**2
    bp = distortion * bdistorted + 2.0 * bdistortion * (k1 + 2.0 * k2 * square) * p
    bY = np.empty_like(Y)
    bY[:, :2] = bp / depth
    bY[:, 2:] = -np.sum(bp * p, axis=1, keepdims=True) / depth
    wbY = np.sum(w * bY, axis=1, keepdims=True)
    bD = c * bY - s * np.cross(w, bY) + wbY * (1.0 - c) * w
    bw = s * np.cross(D, bY) + (1.0 - c) * (wbY * D + along * bY)
    bangle = np.sum(bY * wxD, axis=1, keepdims=True) * c
    bangle += (along * wbY - np.sum(bY * D, axis=1, keepdims=True)) * s
    bseen[:, :3] = (bw - np.sum(bw * w, axis=1, keepdims=True) * w) / angle + bangle * w
    bseen[:, 3:6] = -bD
    bcameras, bpoints = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(bcameras, camera_of, bseen)
    np.add.at(bpoints, point_of, bD)
    return bcameras, bpoints, bweights


def scene(cameras, points, observations):
    rng = np.random.default_rng(0)
    views = np.empty((cameras, 11))
    views[:, :3] = rng.normal(size=(cameras, 3)) * 0.2
    views[:, 3:6] = rng.normal(size=(cameras, 3)) * 0.3
    views[:, 6] = rng.uniform(0.9, 1.1, size=cameras)
    views[:, 7:9] = rng.normal(size=(cameras, 2)) * 0.01
    views[:, 9:] = rng.normal(size=(cameras, 2)) * 0.05
    X = rng.normal(size=(points, 3)) + np.array([0.0, 0.0, 5.0])
    return (
        views,
        X,
        rng.uniform(0.5, 1.0, size=observations),
        rng.integers(0, cameras, size=observations),
        rng.integers(0, points, size=observations),
        rng.normal(size=(observations, 2)) * 0.3,
    )


CASE = Case(
    name="ba_batch",
    primal=ba_batch,
    adjoint=ba_batch_adjoint,
    arguments=lambda: scene(49, 1000, 4000),
    small_arguments=lambda: scene(2, 3, 5),
    argnums=(0, 1, 2),
    autograd_primal=as_written(ba_batch),
    jax_primal=as_written(ba_batch),
    note="4000 observations, 49 cameras, 1000 points",
)
