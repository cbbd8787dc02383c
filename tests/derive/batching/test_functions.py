"""Functions over several directions: against one direction at a time, and against differences."""

import numpy as np
import pytest

from sct_ad import jacfwd, jacrev
from sct_ad.jacobians import Jacfwd, Jacrev
from tests.numerical import assert_close

RNG = np.random.default_rng(5)
V, W = RNG.normal(size=4), RNG.normal(size=4)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4))
T = RNG.normal(size=(2, 3, 4))
S = RNG.normal(size=(2, 4, 3))
K = np.array([2, 0, 2])
MASK = np.array([True, False, True, True])

CASES = {
    "matrix by vector": (lambda x, y: x @ y, A, V),
    "vector by matrix": (lambda x, y: x @ y, V, B),
    "matrix by matrix": (lambda x, y: x @ y, A, B),
    "vector by vector": (lambda x, y: np.array([x @ y, y @ x]), V, W),
    "stack by vector": (lambda x, y: x @ y, T, V),
    "vector by stack": (lambda x, y: x @ y, V, S),
    "stack by stack": (lambda x, y: x @ y, T, S),
    "matrix by stack": (lambda x, y: x @ y, A, S),
    "stack by matrix": (lambda x, y: x @ y, T, B),
    "np.dot": (lambda x, y: np.dot(x, y) + np.dot(2.0, x) @ y, A, V),
    "np.matmul": (lambda x, y: np.matmul(x, y), A, B),
    "np.outer": (lambda x, y: np.outer(x, y), V, W),
    "einsum": (lambda x, y: np.einsum("ij,j->i", x, y), A, V),
    "einsum without arrow": (lambda x, y: np.einsum("ij,jk", x, y), A, B),
    "einsum, trace": (lambda x, y: np.einsum("ii", x) * y, B, V),
    "broadcasting": (lambda x, y: x * y + y / (2.0 + x**2), A, V),
    "broadcasting to higher rank": (lambda x, y: x * y - y, T, V),
    "a number with an array": (lambda x, y: x[0] * y + x[1], V, A),
    "where": (lambda x, y: np.where(MASK, x, y), V, W),
    "where with a number": (lambda x, y: np.where(MASK, x[0], y), V, A),
    "elementwise": (lambda x, y: np.exp(x) * np.sin(y) + np.maximum(x, y) + np.hypot(x, y), V, W),
    "sums": (lambda x, y: np.array([np.sum(x), np.sum(x[0] * y), x.mean()]), A, V),
    "sums along axes": (lambda x, y: x.sum(axis=0) + np.sum(x, axis=-1).sum() + np.mean(x, 0) * y, A, V),
    "sums with axes kept": (lambda x, y: x - np.sum(x, axis=1, keepdims=True) * y, A, V),
    "sums along two axes": (lambda x, y: np.sum(x, axis=(0, 2)) * y[0], T, V),
    "cumsum": (lambda x, y: np.cumsum(x) + np.cumsum(y, axis=-1), V, W),
    "cumsum along axes": (lambda x, y: np.cumsum(x, axis=0) * y, A, V),
    "transposes": (lambda x, y: x.T @ (x @ y[0]) + x.transpose(1, 0)[0].sum(), A, B),
    "axes": (lambda x, y: np.swapaxes(x, 0, 1) + np.moveaxis(x, 2, 0).sum() * y.T[:, None, :2].sum(), T, B),
    "transpose with axes": (lambda x, y: np.transpose(x, (1, 0, 2)) * y, T, V),
    "reshape": (lambda x, y: x.reshape(2, -1) * y[0] + np.reshape(x, (2, 6)), A, V),
    "ravel": (lambda x, y: x.ravel() * y[0] + y.ravel()[1], A, V),
    "reshape to the shape of another": (lambda x, y: x.reshape(y.shape) * y, B.ravel(), B),
    "new axes": (lambda x, y: x[:, None] * y[None, :] + np.expand_dims(x, 1) + np.squeeze(x[:, None], 1), V, W),
    "broadcast_to": (lambda x, y: np.broadcast_to(x, (3, 4)) * y, V, W),
    "full": (lambda x, y: np.full((2, 3), x[0]) + np.full_like(A[:2, :3], y[1]) + np.ones_like(x)[0], V, W),
    "stack": (lambda x, y: np.stack([x, y, W]), V, W),
    "stack along the last axis": (lambda x, y: np.stack([x, 2.0 * y], axis=-1), V, W),
    "concatenate": (lambda x, y: np.concatenate([x, y, np.arange(3)]), V, W),
    "concatenate along an axis": (lambda x, y: np.concatenate((x, y), axis=1) + np.vstack([x[:1], x[1:]]).sum(), A, A),
    "array of numbers": (lambda x, y: np.array([x[0] * y[1], 3.0, y[0]]), V, W),
    "array of rows": (lambda x, y: np.array([x, y, x * y]), V, W),
    "slices": (lambda x, y: x[1:] * y[:-1] + x[::-1][1:], V, W),
    "slices of a matrix": (lambda x, y: x[1, :] * y + x[:, 2].sum() + x[..., 0].sum(), A, V),
    "index arrays": (lambda x, y: x[K] * y[K] + x[[0, 1, 3]], V, W),
    "index arrays of a matrix": (lambda x, y: x[K] * y + x[:, K].sum() + x[K, K].sum(), A, V),
    "index arrays apart": (lambda x, y: x[K[:2], :, K[:2]] * y[:3], RNG.normal(size=(3, 3, 3)), V),
    "a mask": (lambda x, y: x[MASK] * y[MASK], V, W),
    "take": (lambda x, y: np.take(x, K) + np.take(x, K, axis=0) * y[:3], V, W),
    "take along an axis": (lambda x, y: np.take(x, K, axis=1) * y[0], A, V),
    "flip and roll": (lambda x, y: np.flip(x, 0) + np.roll(x, 1) * y + np.roll(y, 2, axis=0), V, W),
    "roll along an axis": (lambda x, y: np.roll(x, 1, axis=1) * y + np.flip(x, axis=0), A, V),
    "triangles": (lambda x, y: np.tril(x) @ y + np.triu(x, 1).sum(), B, V),
    "solve": (lambda x, y: np.linalg.solve(x + 5.0 * np.eye(4), y), B, V),
    "solve for a matrix": (lambda x, y: np.linalg.solve(x + 5.0 * np.eye(4), y), B, B.T),
    "inverse": (lambda x, y: np.linalg.inv(x + 5.0 * np.eye(4)) @ y, B, V),
    "conversions": (lambda x, y: np.array([float(x[0]), x[1].item(), y.astype(float)[2], np.float64(y[0])]), V, W),
    "absolute values": (lambda x, y: abs(x) * y + np.array([abs(x[0]), y[1]])[0], V, W),
    "a function for one at a time": (lambda x, y: np.kron(x, y) + np.trace(x) + np.diag(x).sum(), B, np.ones((1, 1))),
    "a product of all": (lambda x, y: np.prod(x) * y, V, W),
}


def by_differences(f, args, k, step=1e-6):
    def at(t, entry):
        moved = args[k].copy()
        moved.ravel()[entry] += t
        return f(*args[:k], moved, *args[k + 1 :])

    columns = [(at(step, e) - at(-step, e)) / (2 * step) for e in range(args[k].size)]
    return np.stack(columns, -1).reshape(columns[0].shape + args[k].shape)


@pytest.mark.parametrize("name", CASES)
def test_all_directions_at_once(name):
    f, *args = CASES[name]
    made = {}
    for operator, cls in ((jacfwd, Jacfwd), (jacrev, Jacrev)):
        made[cls] = at_once = operator(f, (0, 1))
        found = at_once(*args)
        alone = operator(f, (0, 1), chunk_size=1)(*args)
        for k, (together, single) in enumerate(zip(found, alone)):
            assert_close(together, single, 1e-12)
            assert_close(together, by_differences(f, args, k), 1e-7)
    (_, _, compiled) = made[Jacfwd]._inner.at(tuple(args), {})
    assert compiled.batched
    assert made[Jacrev]._inner(*args)[1].batched


@pytest.mark.parametrize("name", sorted(set(CASES) - {"index arrays apart", "a function for one at a time"}))
def test_no_direction_alone_where_there_is_a_form(name):
    f, *args = CASES[name]
    assert "mapped" not in jacfwd(f, (0, 1)).source(*args)
