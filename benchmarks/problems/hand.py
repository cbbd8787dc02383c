"""The core of ADBench's hand tracking: bones in a tree, their rotations, and linear blend skinning of the vertices.

The scalar that is differentiated is the sum of squared distances of the skinned vertices to measured points.
"""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def rotation(angles):
    """Rotations about x, y and z in turn."""
    cx, cy, cz = np.cos(angles)
    sx, sy, sz = np.sin(angles)
    return np.array(
        [
            [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
            [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
            [-sy, sx * cy, cx * cy],
        ]
    )


def hand(angles, translation, parents, offsets, vertices, weights, measured):
    bones = len(parents)
    R = np.zeros((bones, 3, 3))
    t = np.zeros((bones, 3))
    for b in range(bones):
        local = rotation(angles[b])
        if parents[b] < 0:
            R[b] = local
            t[b] = translation
        else:
            R[b] = R[parents[b]] @ local
            t[b] = R[parents[b]] @ offsets[b] + t[parents[b]]
    posed = np.einsum("bij,bvj->bvi", R, vertices) + t[:, None, :]
    skinned = np.sum(weights[:, :, None] * posed, axis=0)
    return np.sum((skinned - measured) ** 2)


def rotation_adjoint(angles, bR):
    cx, cy, cz = np.cos(angles)
    sx, sy, sz = np.sin(angles)
    (a, b, c), (d, e, f), (g, h, i) = bR
    bx = b * (cx * sy * cz + sx * sz) + c * (cx * sz - sx * sy * cz) + e * (cx * sy * sz - sx * cz)
    bx += h * cx * cy - f * (sx * sy * sz + cx * cz) - i * sx * cy
    by = cz * (b * sx * cy + c * cx * cy - a * sy) + sz * (e * sx * cy + f * cx * cy - d * sy)
    by -= g * cy + sy * (h * sx + i * cx)
    bz = d * cy * cz + e * (sx * sy * cz - cx * sz) + f * (cx * sy * cz + sx * sz)
    bz -= a * cy * sz + b * (sx * sy * sz + cx * cz) + c * (cx * sy * sz - sx * cz)
    return np.array([bx, by, bz])


def hand_adjoint(angles, translation, parents, offsets, vertices, weights, measured):
    bones = len(parents)
    R = np.zeros((bones, 3, 3))
    local = np.zeros((bones, 3, 3))
    t = np.zeros((bones, 3))
    for b in range(bones):
        local[b] = rotation(angles[b])
        if parents[b] < 0:
            R[b] = local[b]
            t[b] = translation
        else:
            R[b] = R[parents[b]] @ local[b]
            t[b] = R[parents[b]] @ offsets[b] + t[parents[b]]
    posed = np.einsum("bij,bvj->bvi", R, vertices) + t[:, None, :]
    skinned = np.sum(weights[:, :, None] * posed, axis=0)
    bposed = weights[:, :, None] * (2.0 * (skinned - measured))
    bt = bposed.sum(axis=1)
    bR = bposed.transpose(0, 2, 1) @ vertices
    bangles = np.empty_like(angles)
    btranslation = np.zeros_like(translation)
    for b in range(bones - 1, -1, -1):
        parent = parents[b]
        if parent < 0:
            btranslation += bt[b]
            bangles[b] = rotation_adjoint(angles[b], bR[b])
        else:
            bt[parent] += bt[b]
            bR[parent] += bt[b][:, None] * offsets[b] + bR[b] @ local[b].T
            bangles[b] = rotation_adjoint(angles[b], R[parent].T @ bR[b])
    return bangles, btranslation


def hand_lists(np):
    """Lists of small matrices, stacked at the end, in the place of stores."""

    def rotation(angles):
        cx, cy, cz = [np.cos(angles[k]) for k in range(3)]
        sx, sy, sz = [np.sin(angles[k]) for k in range(3)]
        return np.array(
            [
                [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
                [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
                [-sy, sx * cy, cx * cy],
            ]
        )

    def hand(angles, translation, parents, offsets, vertices, weights, measured):
        R, t = [], []
        for b, parent in enumerate(parents):
            local = rotation(angles[b])
            R.append(local if parent < 0 else R[parent] @ local)
            t.append(translation if parent < 0 else R[parent] @ offsets[b] + t[parent])
        posed = np.einsum("bij,bvj->bvi", np.array(R), vertices) + np.array(t)[:, None, :]
        skinned = np.sum(weights[:, :, None] * posed, axis=0)
        return np.sum((skinned - measured) ** 2)

    return hand


def skeleton(fingers, joints, vertices):
    rng = np.random.default_rng(0)
    parents = [-1]
    for _ in range(fingers):
        parents += [0, *range(len(parents), len(parents) + joints - 1)]
    bones = len(parents)
    weights = rng.uniform(size=(bones, vertices))
    return (
        rng.normal(size=(bones, 3)) * 0.3,
        rng.normal(size=3),
        tuple(parents),
        rng.normal(size=(bones, 3)),
        rng.normal(size=(bones, vertices, 3)),
        weights / weights.sum(axis=0),
        rng.normal(size=(vertices, 3)),
    )


CASE = Case(
    name="hand",
    primal=hand,
    adjoint=hand_adjoint,
    arguments=lambda: skeleton(5, 4, 544),
    small_arguments=lambda: skeleton(2, 2, 3),
    argnums=(0, 1),
    autograd_primal=hand_lists,
    note="21 bones, 544 vertices; autograd: lists in the place of stores",
)
