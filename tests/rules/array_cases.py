"""Test data of the rules of array functions: one line for each function; and the check itself.

A new rule needs one line in the table of its topic. Sequences among the arguments are checked as variables and as
displays; everything is checked for all that the compiler may know of the arguments.
"""

import operator

import numpy as np

from sct_ad.runtime.linalg import cofactors, log_of_determinant
from sct_ad.testing import Call, check_rule
from tests.rules.pending import PENDING


def numbers(*shape, dtype=np.float64, seed=5):
    """Numbers between 0.3 and 2.3 in size, of either sign, all different."""
    size = int(np.prod(shape))
    generator = np.random.default_rng(seed)
    spread = 0.3 + 2.0 * generator.permutation(size) / max(size, 1) + generator.uniform(0.0, 0.4 / max(size, 1), size)
    return (spread * np.where(generator.random(size) < 0.5, -1.0, 1.0)).reshape(shape).astype(dtype)


def other(*shape, **keywords):
    """As `numbers`, but different ones."""
    return numbers(*shape, seed=11, **keywords)


def regular(*shape):
    """Matrices far from singular."""
    return numbers(*shape) + 4.0 * np.eye(shape[-1])


def definite(*shape):
    """Symmetric positive definite matrices with eigenvalues apart."""
    half = numbers(*shape)
    return half @ np.swapaxes(half, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1.0))


def along_axes(shape=(2, 3, 4), tuples=True, **keywords):
    """Calls over all kinds of axes, with and without keepdims."""
    found = [Call(numbers(4), **keywords), Call(numbers(1), **keywords), Call(numbers(4, dtype=np.float32), **keywords)]
    for kept in ({}, {"keepdims": True}):
        found += [Call(numbers(3, 2), axis=axis, **kept, **keywords) for axis in (None, 0, 1, -1, -2)]
        found += [Call(numbers(*shape), axis=axis, **kept, **keywords) for axis in (None, 1, -1)]
        if tuples:
            found += [
                Call(numbers(*shape), axis=axis, **kept, **keywords) for axis in ((0, 2), (0, 1), (-1, 1), (0, 1, 2))
            ]
    found.append(Call(numbers(3, 2, dtype=np.float32), axis=1, **keywords))
    found.append(Call(numbers(1, 3), axis=0, **keywords))
    if tuples:
        found += [Call(numbers(3), axis=(), **keywords), Call(numbers(2, 3), axis=(), keepdims=True, **keywords)]
    return found


SEQUENCES = [Call([0.5, 1.5, -2.0]), Call((0.5, 1.5, 3)), Call([[0.5, 1.5], [2.0, -1.0]]), Call([numbers(2), other(2)])]
CHOICE = np.array([[True, False, True], [True, True, False]])
WHERE = [
    Call(numbers(2, 3), where=CHOICE),
    Call(numbers(2, 3), axis=1, where=CHOICE, keepdims=True),
    Call(numbers(2, 3), axis=0, where=CHOICE[0, ::2].all()),
]
NUMBERS = [Call(1.5), Call(np.float64(1.5))]
EMPTY = [
    Call(np.zeros((0,))),
    Call(np.zeros((0, 3)), axis=0),
    Call(np.zeros((0, 3)), axis=1),
    Call(np.zeros((3, 0)), axis=1),
]

REDUCTIONS = {
    np.sum: along_axes() + SEQUENCES + NUMBERS + EMPTY + WHERE + [Call(numbers(2, 3), 1), Call(numbers(2, 3), axis=1, initial=2.0)],
    np.mean: along_axes() + SEQUENCES + NUMBERS + WHERE + [Call(np.zeros((0, 3)), axis=1)],
    np.average: along_axes(tuples=False) + SEQUENCES + [
        Call(numbers(3), weights=abs(other(3))),
        Call(numbers(2, 3), weights=abs(other(2, 3))),
        Call(numbers(2, 3), 1, abs(other(2, 3))),
        Call(numbers(2, 3), axis=0, weights=abs(other(2, 3)), keepdims=True),
        Call(numbers(2, 3), axis=0, weights=abs(other(2))),
        Call(numbers(2, 3), axis=1, weights=abs(other(3))),
        Call(numbers(2, 3), axis=-1, weights=[1.0, 2.0, 0.5]),
        Call([0.5, 1.5], weights=[1.0, 2.0]),
        Call(numbers(2, 3, 2), axis=1, weights=abs(other(3))),
        Call(numbers(2, 3), axis=0, weights=abs(other(2)), keepdims=True),
        Call(numbers(2, 3), axis=1, weights=abs(other(3)), keepdims=True),
        Call(numbers(2, 3, 2), axis=(0, 2)),
    ],
    np.var: along_axes() + WHERE[:2] + along_axes(ddof=1)[:1] + [Call(numbers(3, 4), axis=1, ddof=1), Call(2.5)] + SEQUENCES,
    np.std: [c for c in along_axes() if np.shape(c.args[0]) not in ((1,), (1, 3))] + [Call(numbers(3, 4), axis=1, ddof=1)] + WHERE[:2] + SEQUENCES,
    np.max: along_axes() + SEQUENCES + NUMBERS + [Call(c.args[0], **c.keywords, initial=i) for c in WHERE for i in (-0.1, 9.0)] + [Call(numbers(2, 3), axis=1, initial=0.1)],
    np.min: along_axes() + SEQUENCES + NUMBERS + [Call(numbers(2, 3), axis=1, initial=0.1), Call(numbers(3), initial=-9.0)],
    np.amax: [Call(numbers(2, 3))],
    np.amin: [Call(numbers(2, 3), axis=1)],
    np.ptp: along_axes() + [Call([0.5, 2.0, 1.0])],
    np.median: along_axes() + SEQUENCES,
    np.prod: along_axes() + SEQUENCES + NUMBERS + EMPTY + WHERE + [Call(numbers(2, 3), axis=1, initial=2.0), Call(np.array([2.0, 0.0, 3.0])), Call(np.array([2.0, 0.0, 0.0]))],
    np.cumsum: [Call(numbers(4)), Call(numbers(2, 3)), Call(numbers(2, 3), 0), Call(numbers(2, 3), axis=-1)] + SEQUENCES + EMPTY
    + [Call(1.5), Call(numbers(2, 3, 2), axis=1), Call(numbers(3, dtype=np.float32))],
    np.cumprod: [Call(numbers(4)), Call(numbers(2, 3)), Call(numbers(2, 3), 0), Call(numbers(2, 3), axis=-1)] + SEQUENCES + EMPTY
    + [Call(np.array([2.0, 0.0, 3.0, 0.0, 1.5])), Call(numbers(2, 3, 2), axis=1), Call(1.5), Call(numbers(3, dtype=np.float32))],
    np.add.reduce: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), 1), Call(numbers(2, 3), axis=None), Call([0.5, 1.5])],
    np.multiply.reduce: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), 1, keepdims=True)],
    np.fmax.reduce: [Call(numbers(2, 3)), Call(numbers(2, 3), axis=None)],
    np.fmin.reduce: [Call(numbers(2, 3), 1, keepdims=True)],
    np.maximum.reduce: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), axis=None)],
    np.minimum.reduce: [Call(numbers(3)), Call(numbers(2, 3), 1)],
    np.maximum.accumulate: [Call(numbers(6)), Call(numbers(3, 4)), Call(numbers(3, 4), 1), Call(numbers(0))],
    np.minimum.accumulate: [Call(numbers(6)), Call(numbers(3, 4), axis=-1)],
    np.add.accumulate: [Call(numbers(3)), Call(numbers(3), axis=(0,)), Call(numbers(2, 3)), Call(numbers(2, 3), 1)],
    np.multiply.accumulate: [Call(numbers(3)), Call(numbers(3), axis=(0,)), Call(numbers(2, 3)), Call(np.array([2.0, 0.0, 3.0]))],
}  # fmt: skip

if hasattr(np, "cumulative_sum"):
    for _function in (np.cumulative_sum, np.cumulative_prod):
        REDUCTIONS[_function] = [Call(numbers(4)), Call(numbers(2, 3), axis=1), Call(numbers(2, 3), axis=-1)]
        REDUCTIONS[_function] += [
            Call(numbers(3), include_initial=True),
            Call(numbers(2, 3), axis=0, include_initial=True),
        ]
if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
    for _function in (np.var, np.std):
        REDUCTIONS[_function] += [
            Call(numbers(2, 3), axis=1, correction=1),
            Call(numbers(2, 3), mean=np.array([[0.5]])),
        ]
        REDUCTIONS[_function] += [Call(numbers(2, 3), axis=1, mean=other(2, 1), where=CHOICE)]
    REDUCTIONS[np.average] += [Call(numbers(2, 3, 2), axis=(0, 1), weights=abs(other(2, 3)))]
    REDUCTIONS[np.average] += [Call(numbers(2, 3, 2), axis=(1, 0), weights=abs(other(3, 2)), keepdims=True)]

PRODUCTS = [
    Call(numbers(3), other(3)),
    Call(numbers(2, 3), other(3)),
    Call(numbers(2), other(2, 3)),
    Call(numbers(2, 3), other(3, 4)),
    Call(numbers(2, 1), other(1, 3)),
    Call(numbers(2, 3, dtype=np.float32), other(3, 4, dtype=np.float32)),
    Call(numbers(2, 0), other(0, 3)),
    Call(numbers(2, 2, 3), other(3, 4)),
    Call(numbers(2, 2, 3), other(3)),
    Call(numbers(2, 3), other(2, 3, 2)),
    Call(numbers(2, 1, 3), other(2, 3, 2)),
    Call(numbers(3), other(2, 3, 2)),
    Call([0.5, 1.5], other(2)),
    Call([[0.5, 1.5]], [[1.0, 2.0], [2.0, -1.0]]),
]
LINEAR = {
    operator.matmul: PRODUCTS[:-2],
    np.matmul: PRODUCTS + [Call(numbers(1, 2, 3), other(4, 3, 2)), Call(numbers(2, 1, 2, 3), other(3, 3, 1))],
    np.dot: PRODUCTS + [Call(1.5, other(2, 3)), Call(numbers(3), 2.5), Call(1.5, 2.5), Call(np.array(1.5), numbers(2))],
    np.inner: [Call(numbers(3), other(3)), Call(numbers(2, 3), other(3)), Call(numbers(3), other(2, 3))]
    + [Call(numbers(2, 3), other(4, 3)), Call(numbers(2, 2, 3), other(4, 3)), Call(1.5, other(2, 2)), Call(numbers(2), 2.5)]
    + [Call(1.5, 2.5), Call([0.5, 1.5], [1.0, 2.0])],
    np.outer: [Call(numbers(3), other(2)), Call(numbers(2, 2), other(3)), Call(1.5, other(2)), Call(np.zeros(0), other(2))]
    + [Call([0.5, 1.5], (1.0, 2.0))],
    np.vdot: [Call(numbers(2, 3), other(3, 2)), Call(numbers(3), other(3)), Call(numbers(2, 3), other(2, 3)), Call(numbers(6), other(2, 3)), Call([0.5, 1.5], [1.0, 2.0])],
    np.tensordot: [Call(numbers(2, 3), other(3, 4), 1), Call(numbers(2, 3), other(2, 3)), Call(numbers(2), other(3), 0)]
    + [Call(numbers(3), other(3), 1), Call(numbers(2, 3), other(3), 1), Call(numbers(3), other(3, 2), axes=1)]
    + [Call(numbers(2, 3, 4), other(4, 3, 2), ([2, 1], [0, 1])), Call(numbers(2, 3, 4), other(3, 5), (1, 0)), Call(numbers(2, 3, 4), other(3, 4))]
    + [Call(numbers(2, 3, 4), other(4, 2), axes=((0, 2), (1, 0))), Call(numbers(2, 3, 4), other(2, 4, 3), ((-1, 0), (1, 0)))],
    np.multiply.outer: [Call(numbers(3), other(2)), Call(numbers(2, 2), other(3)), Call(1.5, other(2))],
    np.add.outer: [Call(numbers(3), other(2)), Call(numbers(2, 2), other(3)), Call(1.5, other(2))],
    np.subtract.outer: [Call(numbers(3), other(2)), Call(numbers(2), other(3, 2))],
    np.kron: [Call(numbers(2), other(3)), Call(numbers(2, 2), other(1, 3)), Call(numbers(2), other(2, 2)), Call(1.5, other(2))],
    np.cross: [Call(numbers(3), other(3)), Call(numbers(2, 3), other(2, 3)), Call(numbers(2, 3), other(3))]
    + [Call(numbers(3, 2), other(3, 2), axis=0), Call(numbers(3, 2), other(3), axisa=0), Call(numbers(2, 3), other(3, 2), axisb=0, axisc=0)],
    np.convolve: [Call(2.0, other(2)), Call(numbers(2), 1.5), Call(numbers(4), other(2)), Call(numbers(2), other(4), "same"), Call(numbers(5), other(3), mode="valid"), Call(numbers(2), other(4), "valid"), Call(numbers(4), other(3), "same")],
    np.correlate: [Call(numbers(4), other(2)), Call(numbers(2), other(5)), Call([0.5, 2.0], [1.0, 0.5])]
    + [Call(numbers(n), other(m), mode) for n, m in ((4, 2), (2, 4), (3, 4)) for mode in ("full", "same")],
    np.trace: [Call(numbers(3, 3)), Call(numbers(3, 3), dtype=np.float64), Call(numbers(2, 3)), Call(numbers(3, 3), 1), Call(numbers(2, 3), -1), Call(numbers(2, 2, 3))]
    + [Call(numbers(2, 2, 3), axis1=1, axis2=2), Call(numbers(2, 2, dtype=np.float32)), Call([[0.5, 1.0], [2.0, 3.0]])],
    np.diag: [Call(numbers(3)), Call(numbers(3), 1), Call(numbers(3, 3)), Call(numbers(2, 3)), Call(numbers(3, 3), -1), Call([0.5, 1.5])],
    np.diagonal: [Call(numbers(3, 3)), Call(numbers(2, 3), 1), Call(numbers(2, 3, 4), 0, 0, 2), Call(numbers(2, 3, 4), axis1=1, axis2=2, offset=-1)],
    np.diagflat: [Call(numbers(3)), Call(numbers(2, 2), 1)],
    np.tril: [Call(numbers(3, 3)), Call(numbers(2, 3), -1), Call(numbers(2, 2, 2)), Call(numbers(3))],
    np.triu: [Call(numbers(3, 3)), Call(numbers(2, 3), k=1), Call(numbers(2, 2, 2)), Call(numbers(3))],
}  # fmt: skip
for _name in ("matmul", "outer", "tensordot"):
    if hasattr(np.linalg, _name):
        _other = other(3) if _name == "outer" else other(3, 2)
        LINEAR[getattr(np.linalg, _name)] = [
            Call(
                numbers(3) if _name == "outer" else numbers(2, 3),
                _other,
                **({"axes": 1} if _name == "tensordot" else {}),
            )
        ]

EINSUM = {
    np.einsum: [
        Call("ij,jk->ik", numbers(2, 3), other(3, 4)),
        Call("ij,jk", numbers(2, 3), other(3, 4)),
        Call("i,i", numbers(3), other(3)),
        Call("i,j->ij", numbers(3), other(2)),
        Call("ij->", numbers(2, 3)),
        Call("ij->i", numbers(2, 3)),
        Call("ij->j", numbers(2, 3)),
        Call("ij->ji", numbers(2, 3)),
        Call("ii", numbers(3, 3)),
        Call("ii->i", numbers(3, 3)),
        Call("iij->j", numbers(2, 2, 3)),
        Call("ij,ij->", numbers(2, 3), other(2, 3)),
        Call("ijk,k->i", numbers(2, 3, 2), other(2)),
        Call("bij,bjk->bik", numbers(2, 2, 3), other(2, 3, 2)),
        Call("i,ij,j->", numbers(2), other(2, 3), numbers(3)),
        Call("ij,kl->il", numbers(2, 3), other(2, 2)),
        Call("...i,i->...", numbers(2, 3), other(3)),
        Call("...ij,...jk->...ik", numbers(2, 2, 3), other(2, 3, 2)),
        Call("...ij,...jk->...ik", numbers(2, 2, 3), other(3, 2)),
        Call("...ij,...jk->...ik", numbers(1, 2, 3), other(2, 3, 2)),
        Call("i...->...", numbers(2, 3)),
        Call("ij,ij->ij", numbers(1, 3), other(2, 3)),
        Call("ij, j -> i", numbers(2, 3), other(3)),
        Call("ij,jk->ik", numbers(2, 3), other(3, 4), optimize=True),
        Call("ij,j->i", [[0.5, 1.5]], other(2)),
        Call("ij,j", numbers(2, 3, dtype=np.float32), other(3, dtype=np.float32)),
        Call("ij,j->i", numbers(0, 3), other(3)),
        Call("ij,j->i", numbers(2, 3), [1, 2, 3]),
        Call(numbers(2, 3), [0, 1], [1, 0]),
        Call(numbers(2, 3), [0, 1], other(3, 2), [1, 2]),
        Call(numbers(2, 3), [Ellipsis, 1], other(3), [1], [Ellipsis]),
    ],
}

ORDERS = dict.fromkeys(("Fortran order", "strided", "reversed"), "another order")
SHAPING = {
    np.reshape: [Call(numbers(2, 3), (3, 2)), Call(numbers(6), (2, -1)), Call(numbers(2, 3), -1), Call(1.5, (1, 1)), Call(numbers(1), ())]
    + [Call(numbers(2, 3), (3, 2), order="F"), Call([0.5, 1.5], (2, 1)), Call(numbers(0, 3), (3, 0))],
    np.ravel: [*(Call(numbers(2, 3), order, leave_out=ORDERS) for order in "AK"), Call(numbers(2, 3)), Call(numbers(2, 3), "F"), Call(1.5), Call([[0.5, 1.5]])],
    np.ndarray.flatten: [Call(numbers(2, 3)), Call(numbers(2, 3), "F")],
    np.squeeze: [Call(numbers(1, 3)), Call(numbers(1, 1)), Call(numbers(2, 1), 1)],
    np.expand_dims: [Call(numbers(3), 0), Call(numbers(3), axis=(0, 2)), Call(numbers(2, 3), -1), Call(1.5, 0)],
    np.atleast_1d: [Call(1.5), Call(numbers(2)), Call([0.5, 1.5])],
    np.atleast_2d: [Call(1.5), Call(numbers(2)), Call(numbers(2, 2))],
    np.atleast_3d: [Call(1.5), Call(numbers(2)), Call(numbers(2, 2)), Call(numbers(2, 2, 2))],
    np.broadcast_to: [Call(numbers(3), (2, 3)), Call(numbers(2, 1), (2, 3)), Call(1.5, (2, 2)), Call(numbers(0, 3), (0, 3))],
    np.transpose: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3, 4)), Call(numbers(2, 3, 4), (1, 2, 0)), Call(numbers(2, 3, 4), (-1, 0, 1))]
    + [Call(numbers(2, 3), (1, 0)), Call(numbers(2, 3), (0, 1)), Call([[0.5, 1.5]])],
    np.swapaxes: [Call(numbers(2, 3), 0, 1), Call(numbers(2, 3, 4), 0, -1), Call(numbers(2, 3), -1, 0), Call(numbers(2, 3), 1, 1)],
    np.moveaxis: [Call(numbers(2, 3, 4), 0, -1), Call(numbers(2, 3, 4), (0, 1), (2, 0)), Call(numbers(2, 3), 1, 0)],
    np.rollaxis: [Call(numbers(2, 3, 4), 2), Call(numbers(2, 3, 4), 0, 3), Call(numbers(2, 3, 4), 1, 1)],
    np.flip: [Call(numbers(3)), Call(numbers(2, 3)), Call(numbers(2, 3), 0), Call(numbers(2, 3), -1), Call(numbers(2, 3), (0, 1)), Call([0.5, 1.5])],
    np.flipud: [Call(numbers(2, 3))],
    np.fliplr: [Call(numbers(2, 3))],
    np.rot90: [Call(numbers(2, 3)), Call(numbers(2, 3), 2), Call(numbers(2, 3, 2), 1, (1, 2))],
    np.roll: [Call(numbers(4), 1), Call(numbers(2, 3), -2), Call(numbers(2, 3), 1, 1), Call(numbers(2, 3), (1, 2), axis=(0, 1)), Call([0.5, 1.5, 2.0], 1)],
    np.tile: [Call(numbers(2), 3), Call(numbers(2, 3), (2, 1)), Call(numbers(2), (3, 2)), Call(numbers(2, 3), 2), Call(1.5, 2)],
    np.repeat: [Call(numbers(3), 2), Call(numbers(2, 3), 2), Call(numbers(2, 3), 2, 1), Call(numbers(3), [1, 0, 2]), Call(1.5, 3), Call(numbers(2, 3), 2, axis=0)]
    + [Call(np.zeros(0), 2)],
    np.lib.stride_tricks.sliding_window_view: [Call(numbers(4), 2), Call(numbers(3, 4), (2, 2)), Call(numbers(3, 4), 3, axis=-1), Call(numbers(5, 2), (2, 2), axis=(0, 0))],
    np.resize: [Call(numbers(3), (2, 4)), Call(numbers(2, 3), 2), Call([0.5, 1.5], 3)],
}  # fmt: skip
for _name in ("permute_dims", "matrix_transpose"):
    if hasattr(np, _name):
        _axes = [(1, 2, 0)] if _name == "permute_dims" else []
        SHAPING[getattr(np, _name)] = [Call(numbers(2, 3, 4), *_axes)] + ([] if _axes else [Call(numbers(2, 3))])
if hasattr(np.linalg, "matrix_transpose"):
    SHAPING[np.linalg.matrix_transpose] = [Call(numbers(2, 3, 4))]

CONDITIONS = [np.array([True, False, False]), np.array([True, True, False])]
SELECTION = {
    np.sort_complex: [],  # tested with complex numbers
    np.partition: [Call(numbers(5), 2), Call(numbers(4, 2), (1, 2), axis=0), Call(numbers(2, 3), 1, axis=None), Call(numbers(2, 3), -1, kind="introselect")],
    np.choose: [Call(np.array([0, 1, 0]), [numbers(3), other(3)]), Call(np.array([[0, 1, 1]]), (numbers(2, 3), 1.5)), Call(np.array([0, 3, -1]), [numbers(3), other(2, 3)], mode="wrap")]
    + [Call(np.array([0, 3, -1]), [numbers(3), 2.5], mode="clip"), Call(np.array([0, 1, 1]), numbers(2, 3)), Call(1, [numbers(2), other(2)])],
    np.sort: [Call(numbers(2, 3), kind="stable"), Call(numbers(4)), Call(numbers(2, 3)), Call(numbers(3, 2), 0), Call(numbers(2, 3), axis=None), Call([0.5, -1.0, 2.0]), Call(np.zeros(0))],
    np.take: [Call(numbers(4), [0, 2, 2]), Call(numbers(2, 3), [[0, 1], [1, 1]], 1), Call(numbers(2, 3), 2), Call(numbers(2, 3), 1, axis=0)]
    + [Call(numbers(4), np.array([5, -1]), mode="wrap"), Call(numbers(2, 3), np.array([1, 7]), -1, mode="clip"), Call([0.5, 1.5], [1, 1])],
    np.take_along_axis: [Call(numbers(2, 3), np.array([[0, 0], [2, 1]]), 1), Call(numbers(2, 3), np.array([[1, 0, 1]]), 0), Call(numbers(2, 3), np.array([[1]]), 1)]
    + [Call(numbers(2, 3), np.array([5, 0]), None)],
    np.compress: [Call([True, False, True], numbers(3)), Call([False, True], numbers(2, 3), 0)],
    np.delete: [Call(numbers(4), 1), Call(numbers(3, 4), [0, 2], 1), Call(numbers(2, 3), slice(1, 4)), Call([0.5, 1.5], 0)],
    np.insert: [Call(numbers(4), 1, 2.0), Call(numbers(4), [3, 1], other(2)), Call(numbers(2, 3), 1, other(2), axis=1), Call(numbers(2, 3), 1, 0.5, axis=0), Call([0.5, 1.5], 1, [2.5])],
    np.extract: [Call(np.array([True, False, True]), numbers(3)), Call(np.eye(2, dtype=bool), numbers(2, 2))],
    np.ndarray.item: [Call(numbers(1)), Call(numbers(1, 1)), Call(numbers(3), 1), Call(numbers(2, 3), 4), Call(numbers(2, 3), 1, -1), Call(numbers(2, 3), (0, 2))],
    np.select: [Call(CONDITIONS, [numbers(3), other(3)]), Call(CONDITIONS, (numbers(3), 1.5), 2.5), Call(CONDITIONS, [numbers(3), 0], default=numbers(1))],
}  # fmt: skip

GRIDS = {
    np.diff: [Call(numbers(4)), Call(numbers(1)), Call(np.zeros(0)), Call(numbers(5), 2), Call(numbers(2, 3)), Call(numbers(3, 2), axis=0)]
    + [Call(numbers(3, dtype=np.float32)), Call(numbers(2), 3), Call(np.zeros((0, 3)))]
    + [Call(numbers(3), prepend=0.5), Call(numbers(2, 3), prepend=other(2, 1), append=0.5), Call(numbers(3, 2), 2, 0, append=other(2, 2)), Call([0.5, 2.0], append=[1.0])],
    np.trapezoid if hasattr(np, "trapezoid") else np.trapz: [Call(numbers(4)), Call(numbers(4), np.array([0.0, 0.5, 2.0, 2.5]))]
    + [Call(numbers(2, 3), dx=0.5), Call(numbers(3, 2), np.array([0.0, 0.5, 2.0]), axis=0), Call([0.5, 1.5], [0.0, 2.0])]
    + [Call(numbers(2, 3), abs(other(2, 3)), axis=1), Call(numbers(2), abs(other(3, 2)))],
    np.ediff1d: [Call(numbers(4)), Call(numbers(2, 2)), Call(numbers(3), to_end=other(2), to_begin=0.5), Call([0.5, 2.0], 1.5)],
    np.unwrap: [Call(3.0 * numbers(5)), Call(3.0 * numbers(4, 2), axis=0), Call(numbers(2, 4), discont=2.0, period=1.5), Call(numbers(1))],
    np.gradient: [Call(numbers(4), np.array([0.0, 0.5, 2.0, 2.2])), Call(numbers(4), np.array([0.0, 0.5, 2.0, 2.2]), edge_order=2), Call(numbers(2, 4), [0.0, 0.5, 2.0, 2.2], axis=1)] + [Call(numbers(4)), Call(numbers(2)), Call(numbers(4), 0.5), Call(numbers(5), edge_order=2), Call(numbers(3, 4), axis=1), Call(numbers(3, 4), axis=-2, edge_order=2)]
    + [Call(numbers(4), np.array([0, 1, 3, 4])), Call(numbers(4), [0, 1, 3, 4], edge_order=2), Call([0.5, 2.0, 1.0])],
    np.interp: [Call(np.array([0.3, 1.2, -1.0, 5.0]), np.array([0.0, 1.0, 2.5]), numbers(3), 0.5, -1.5), Call(np.array([0.3, -1.0]), np.array([0.0, 1.0, 2.5]), numbers(3), right=2.0)]
    + [Call(numbers(2, 3), np.array([1.5, -1.0, 0.2]), numbers(3), period=3.0), Call(numbers(2), [0.5, 1.0], [0.5, 2.0], period=-2.5)] + [Call(np.array([0.3, 1.2, -1.0, 5.0]), np.array([0.0, 1.0, 2.5]), numbers(3)), Call(0.7, [0.0, 1.0], [0.5, 2.0]), Call(0.7, [1.0], [2.0])],
    np.meshgrid: [Call(numbers(2), other(3)), Call(numbers(2), other(3), indexing="ij"), Call(numbers(2), other(3), numbers(1)), Call(numbers(2), 1.5)]
    + [Call(numbers(2), other(3), sparse=True), Call(numbers(2))],
    np.broadcast_arrays: [Call(numbers(3), other(2, 1)), Call(1.5, numbers(2))],
}  # fmt: skip

PAIRS = [([numbers(2), other(3)],), ((numbers(2), other(3), numbers(1)),), ([numbers(2)],), ([numbers(2), [0.5, 1.5]],)]
EQUALS = [([numbers(2), other(2)],), ((numbers(2), other(2), np.ones(2)),)]
MATRICES = [([numbers(2, 3), other(2, 3)],), ((numbers(2, 3), other(2, 3), np.ones((2, 3))),)]
JOINING = {
    np.concatenate: [Call(*c) for c in PAIRS + MATRICES] + [Call(*c, axis=axis) for c in MATRICES for axis in (1, -1, -2, None)]
    + [Call([numbers(2, 2), other(2, 3), np.ones((2, 1))], 1), Call([numbers(2), np.arange(3), other(2)]), Call(numbers(2, 3, 2), axis=1)]
    + [Call([np.zeros(0), numbers(2)]), Call([numbers(2, dtype=np.float32), other(3, dtype=np.float32)]), Call([np.arange(2.0), np.arange(3), [1.0]])],
    np.append: [Call(numbers(2), other(3)), Call(numbers(2, 2), other(3)), Call(numbers(2, 3), other(1, 3), 0), Call(numbers(2), 1.5), Call(numbers(2), [1.0, 2.0])],
    np.stack: [Call(*c, **k) for c in EQUALS + MATRICES for k in ({}, {"axis": 1}, {"axis": -1})] + [Call([0.5, 1.5]), Call(numbers(2, 3))],
    np.vstack: [Call(*c) for c in EQUALS + MATRICES] + [Call([numbers(3), other(2, 3)]), Call([0.5, 1.5]), Call(numbers(2, 3))],
    np.hstack: [Call(*c) for c in PAIRS + MATRICES] + [Call([0.5, 1.5]), Call([0.5, numbers(2)]), Call((numbers(2, 1), other(2, 2)))],
    np.column_stack: [Call(*c) for c in EQUALS + MATRICES] + [Call([numbers(2), other(2, 3)])],
    np.dstack: [Call(*c) for c in EQUALS + MATRICES] + [Call([numbers(2, 2, 1), other(2, 2)])],
    np.block: [Call([numbers(3), other(2)]), Call([[numbers(2, 3), other(2, 1)], [numbers(1, 3), 2.0]]), Call([1.5, 2.0]), Call(numbers(2, 3)), Call([[numbers(2)], [other(2)]])]
    + [Call([[[numbers(2, 2)]], [[other(2, 2)]]])],
    np.split: [Call(numbers(4), 2), Call(numbers(4), [1, 3]), Call(numbers(2, 4), 2, axis=1)],
    np.array_split: [Call(numbers(5), 2)],
    np.vsplit: [Call(numbers(4, 2), 2)],
    np.dsplit: [Call(numbers(1, 2, 4), 2)],
    np.hsplit: [Call(numbers(4), 2), Call(numbers(2, 4), [1])],
}  # fmt: skip

if hasattr(np, "unstack"):
    JOINING[np.unstack] = [Call(numbers(2, 3)), Call(numbers(2, 3), axis=1)]

ARRAYS = [
    Call([0.5, 1.5]),
    Call((0.5, 2, 1.5)),
    Call([[0.5, 1.5], [2.0, 3.0]]),
    Call(1.5),
    Call(numbers(2, 3)),
    Call([numbers(2), other(2)]),
    Call([[numbers(2)], [[0.5, 1.0]]]),
]
KAISER = {"complex": "the windows have real parameters"}
CREATION = {
    np.array: ARRAYS + [Call([0.5, 1.5], dtype=np.float32), Call(numbers(2), ndmin=2), Call([0.5, 1.5], ndmin=3), Call([0.5, 1], np.float64), Call(numbers(2), copy=True), Call([])],
    np.asarray: ARRAYS + [Call(numbers(2), dtype=np.float32)],
    np.asanyarray: ARRAYS[:2],
    np.ascontiguousarray: [*ARRAYS[:2], Call(numbers(2, 3).T), Call(1.5)],
    np.asfortranarray: [Call(numbers(2, 3))],
    np.asarray_chkfinite: [Call(numbers(2, 3))],
    np.copy: [Call(numbers(2)), Call([0.5, 1.5])],
    np.ndarray.copy: [Call(numbers(2))],
    np.ndarray.astype: [Call(numbers(2), np.float64), Call(numbers(2, dtype=np.float32), np.float64)],
    np.ndarray.tolist: [Call(numbers(2)), Call(numbers(2, 3))],
    np.float64: [Call(1.5), Call(numbers(2)), Call(np.float32(1.5))],
    np.float32: [],  # rounding drowns the differences; it shares the rule of float64
    np.float16: [],
    np.complex64: [],
    np.complex128: [],
    np.clongdouble: [],
    np.longdouble: [],
    np.full: [Call((2, 3), 1.5), Call(3, 1.5), Call((2, 3), numbers(3))],
    np.full_like: [Call(np.zeros((2, 3)), 1.5), Call(np.zeros((2, 3)), numbers(2, 1))],
    np.require: [Call(numbers(2, 3)), Call([0.5, 1.5], requirements=["C"])],
    np.real_if_close: [Call(numbers(3))],
    np.linspace: [Call(0.5, 2.0, 4), Call(0.5, 2.0), Call(0.5, 2.0, 1), Call(0.5, 2.0, 4, False), Call(numbers(2), other(2), 3), Call(0.5, other(2), 3)]
    + [Call(numbers(2), other(2), 3, axis=1), Call(np.array(0.5), 2, 3)],
    np.logspace: [Call(0.5, 1.5, 4, base=2.5), Call(numbers(2), 1.5, 3, base=abs(other(2)), axis=1), Call(0.5, 1.5, 4), Call(0.5, 1.5, 4, endpoint=False, base=2), Call(numbers(2), other(2), 3, axis=1)],
    np.geomspace: [Call(0.5, 3.0, 4), Call(-0.5, -3.0, 4, endpoint=False), Call(abs(numbers(2)), abs(other(2)), 3)],
    np.kaiser: [Call(4, 2.5, leave_out=KAISER), Call(5, 0.3, leave_out=KAISER), Call(1, 2.5, leave_out=KAISER)],
    np.arange: [Call(0.5, 2.7, 0.5), Call(0.5, 3, 1), Call(2.5), Call(0.5, 3.2), Call(2.2, step=0.3), Call(2.0, -1.1, -0.4)],
}  # fmt: skip
if hasattr(np, "astype"):
    CREATION[np.astype] = [Call(numbers(2), np.float64)]

STATISTICS = {
    np.quantile: [Call(numbers(2, 5), 0.37, axis=1, method=m) for m in ("hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf")]
    + [Call(numbers(2, 5), 0.3, axis=1, method=m, literal=(1,)) for m in ("lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation")] + [Call(numbers(6), 0.3), Call(numbers(3, 4), [0.1, 0.65], axis=1), Call(numbers(3, 4), 0.5, axis=(0, 1), keepdims=True, literal=(1,))]
    + [Call(numbers(1), 0.3, literal=(1,)), Call(numbers(3, 4), 1.0, axis=0, literal=(1,)), Call([0.5, 2.0, 1.0], 0.3), Call(numbers(4), 0, literal=(1,))],
    np.percentile: [Call(numbers(6), 30), Call(numbers(3, 4), [10, 65], axis=1), Call(numbers(3, 4), 50.0, literal=(1,))],
    np.cov: [Call(numbers(2, 4), aweights=abs(other(4))), Call(numbers(2, 4), fweights=np.array([1, 2, 1, 3])), Call(numbers(2, 3), None, True, False, 0, np.array([1, 2, 1]), abs(other(3)))] + [Call(numbers(2, 5)), Call(numbers(5)), Call(numbers(5), other(5)), Call(numbers(5, 2), rowvar=False), Call(numbers(2, 5), other(2, 5), bias=True), Call(numbers(2, 5), ddof=0)]
    + [Call(numbers(5, 2), other(5, 1), rowvar=False), Call([0.5, 2.0, 1.0], [1.0, 0.5, 0.2])],
    np.corrcoef: [Call(numbers(2, 5)), Call(numbers(5), other(5)), Call(numbers(5, 3), rowvar=False)],
}  # fmt: skip

STACKS = {
    np.linalg.multi_dot: [Call([numbers(2, 3), other(3, 4)]), Call((numbers(2, 3), other(3, 4), numbers(4, 2))), Call([numbers(3), other(3, 2), numbers(2)])]
    + [Call([numbers(2, 3), other(3, 2), numbers(2)])],
}  # fmt: skip
if hasattr(np, "vecdot"):
    AXES = [Call(numbers(3, 2), other(3, 4, 2), axis=0), Call(numbers(3, 2), other(3), axis=0)]
    VECTORS = [Call(numbers(3), other(3)), Call(numbers(2, 3), other(3)), Call(numbers(2, 1, 3), other(2, 3))]
    STACKS |= {
        np.vecdot: [*VECTORS, *AXES, Call(numbers(3, 2), other(2, 3, 2), axis=-2)], np.linalg.vecdot: [*VECTORS, Call(numbers(2, 3), other(2, 3), axis=0)],
        np.linalg.cross: [*VECTORS, Call(numbers(3, 2), other(3, 2), axis=0)],
        np.linalg.trace: [Call(numbers(3, 3)), Call(numbers(2, 3, 4), offset=1)],
        np.linalg.diagonal: [Call(numbers(3, 3)), Call(numbers(2, 3, 4), offset=1)],
    }  # fmt: skip
if hasattr(np, "matvec"):
    STACKS |= {
        np.matvec: [Call(numbers(2, 3), other(3)), Call(numbers(4, 2, 3), other(3)), Call(numbers(2, 3), other(4, 3))],
        np.vecmat: [Call(numbers(2), other(2, 3)), Call(numbers(4, 2), other(2, 3)), Call(numbers(2), other(4, 2, 3))],
    }  # fmt: skip

LINALG = {
    np.linalg.solve: [Call(regular(3, 3), other(3)), Call(regular(3, 3), other(3, 2)), Call(regular(2, 3, 3), other(2, 3, 2)), Call(regular(3, 3), other(2, 3, 2)), Call([[2.0, 1.0], [0.5, 3.0]], [1.0, 2.0])]
    + [Call(regular(2, 3, 3), other(3, 2)[None]), Call(regular(1, 1), other(1)), Call(np.zeros((0, 0)), np.zeros((0, 2)))],
    np.linalg.inv: [Call(regular(3, 3)), Call(regular(2, 3, 3)), Call([[2.0, 1.0], [0.5, 3.0]]), Call(regular(1, 1)), Call(np.zeros((0, 2, 2)))],
    np.linalg.det: [Call(regular(3, 3)), Call(numbers(2, 3, 3)), Call(numbers(1, 1)), Call(np.array([[1.0, 2.0], [2.0, 4.0]])), Call(np.diag([1.0, 0.0, 0.0])), Call([[2.0, 1.0], [0.5, 3.0]])],
    np.linalg.pinv: [Call(regular(3, 3)), Call(numbers(2, 3)), Call(numbers(3, 2)), Call(numbers(2, 2, 3)), Call(numbers(3, 2), 0.5, literal=(1,)), Call(definite(3, 3), hermitian=True)]
    + [Call(definite(3, 3), rcond=0.3, hermitian=True)],
    np.linalg.slogdet: [Call(regular(3, 3)), Call(regular(2, 3, 3)), Call(-abs(numbers(1, 1)))],
    np.linalg.matrix_power: [Call(numbers(2, 2), n) for n in (0, 1, 2, 3, 5)] + [Call(regular(2, 2), -2), Call(numbers(2, 2, 2), 3)],
    np.linalg.lstsq: [Call(numbers(*shape), other(shape[0], *more), rcond=None) for shape in ((2, 3), (3, 2), (2, 2)) for more in ((), (2,))],
    np.linalg.tensorsolve: [Call(numbers(2, 2, 4), other(2, 2)), Call(numbers(2, 4, 2), other(2, 2), axes=(1,))],
    np.linalg.tensorinv: [Call(numbers(2, 2, 4)), Call(numbers(4, 2, 2), ind=1)],
    cofactors: [Call(regular(3, 3)), Call(regular(2, 2, 2))],
    log_of_determinant: [Call(definite(3, 3)), Call(definite(1, 1))],
}  # fmt: skip

_RUNNING = "cumsum cumprod cumulative_sum cumulative_prod".split()
RUNNING = {f: REDUCTIONS.pop(f) for f in [getattr(np, name) for name in _RUNNING if hasattr(np, name)]}
RUNNING |= {f: REDUCTIONS.pop(f) for f in list(REDUCTIONS) if f.__name__ == "accumulate"}
FOLDS = {f: REDUCTIONS.pop(f) for f in list(REDUCTIONS) if f.__name__ == "reduce"}

TOPICS = {
    "reductions": REDUCTIONS, "running": RUNNING, "linear": LINEAR, "einsum": EINSUM, "shaping": SHAPING, "selection": SELECTION, "joining": JOINING,
    "grids": GRIDS, "creation": CREATION, "linalg": LINALG, "statistics": STATISTICS, "stacks": STACKS,
}  # fmt: skip
"""Topic -> function -> calls; the modules of tests/rules/topics add theirs, each under the name of its module of rules."""


def check(function, *args, literal=(), leave_out=None, **keywords):
    """Check the rule of a function at some arguments against finite differences, and at variants of them."""
    return check_rule(
        function, args, keywords, literal=literal, leave_out={**PENDING.get(function, {}), **(leave_out or {})}
    )
