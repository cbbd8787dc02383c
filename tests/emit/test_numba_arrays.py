"""Functions over arrays that Numba does not know, in the forms that the backend compiles."""

import itertools

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from sct_ad import grad  # noqa: E402
from sct_ad.emit.numba import implementations  # noqa: E402, F401  registers the functions
from sct_ad.emit.numba.contractions import einsum, matmul, tensordot  # noqa: E402
from sct_ad.emit.numba.native import adapted  # noqa: E402
from sct_ad.emit.numba.reductions import ALONG  # noqa: E402
from sct_ad.runtime.broadcasting import last_written  # noqa: E402
from sct_ad.runtime.linalg import cofactors  # noqa: E402
from sct_ad.runtime.linear import cross_left, cross_right, dot_left, dot_right, matmul_left, matmul_right  # noqa: E402

AXES = [-1, (0, 2), (0, 1, 2)]


def random(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape)


def in_numba(parameters, expression, **names):
    space = dict(names)
    exec(f"def compiled({parameters}):\n    return {expression}\n", space)
    return numba.njit(space["compiled"])


def assert_same(found, expected):
    assert np.shape(found) == np.shape(expected)
    assert np.result_type(found) == np.result_type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if np.result_type(found) == np.float32 else 1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min"])
@pytest.mark.parametrize(
    ("axis", "keepdims"), [*itertools.product(AXES, [True]), *itertools.product(AXES[:-1], [False])]
)
def test_reductions_along_axes(name, axis, keepdims):
    original = getattr(np, name)
    run = in_numba("a", f"f(a, axis={axis!r}, keepdims={keepdims})", f=ALONG[original])
    a = random(3, 4, 5)
    special = a.copy()
    special[0, 1, 2], special[1, 1, 1] = np.nan, np.inf
    arrays = [a, special, a.astype(np.float32)]
    if axis == -1:
        arrays += [a[:, :, ::2], (10 * a).astype(np.int64)]
    if name == "mean":
        arrays.append(a + 1j * a)
    if name in ("sum", "prod"):
        arrays.append(np.zeros((0, 4, 5)))
    for array in arrays:
        assert_same(run(array), original(array, axis=axis, keepdims=keepdims))


def test_extremes_of_nothing_are_refused():
    run = in_numba("a", "f(a, axis=0, keepdims=True)", f=ALONG[np.max])
    with pytest.raises(ValueError, match="zero-size"):
        run(np.zeros((0, 3)))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("bij,bvj->bvi", [(3, 4, 4), (3, 6, 4)]),
        ("ii->i", [(4, 4)]),
        ("ii", [(4, 4)]),
        ("ij, jk", [(4, 3), (3, 2)]),
        ("ij->", [(4, 3)]),
        ("i,i->", [(4,), (4,)]),
        ("i,j->ij", [(4,), (3,)]),
        ("ij,jk,kl->il", [(4, 3), (3, 2), (2, 5)]),
        ("ij,j->i", [(4, 3), (1,)]),
        ("ba", [(4, 3)]),
        ("ij,jk->ik", [(4, 0), (0, 2)]),
    ],
)
def test_einsum(subscripts, shapes):
    operands = [random(*shape) for shape in shapes]
    names = ", ".join(f"x{k}" for k in range(len(operands)))
    run = in_numba(names, f"f({subscripts!r}, {names})", f=einsum)
    assert_same(run(*operands), np.einsum(subscripts, *operands))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("kij,nkj->nki", [(3, 4, 5), (60, 3, 5)]),
        ("nki,kij->nkj", [(60, 3, 5), (3, 5, 4)]),
        ("nki,nkj->kij", [(60, 3, 5), (60, 3, 4)]),
        ("nki,nkj->ikj", [(60, 3, 5), (60, 3, 4)]),
        ("abij,jcb->bica", [(2, 3, 7, 20), (20, 5, 3)]),
        ("ij,jk->ki", [(9, 10), (10, 11)]),
        ("ijk,jkl->il", [(9, 4, 5), (4, 5, 11)]),
        ("kij,nkj->nki", [(1, 40, 5), (60, 3, 5)]),
        ("kij,nkj->nki", [(3, 40, 1), (60, 3, 5)]),
    ],
)
def test_einsum_of_large_arrays(subscripts, shapes):
    x, y = (random(*shape) for shape in shapes)
    run = in_numba("x, y", f"f({subscripts!r}, x, y)", f=einsum)
    expected = np.ascontiguousarray(np.einsum(subscripts, x, y))
    np.testing.assert_allclose(run(x, y), expected, rtol=1e-10, atol=1e-12)
    assert run(x, y).flags.c_contiguous


def test_einsum_of_large_arrays_in_other_orders():
    x, y = random(3, 4, 5), random(60, 3, 10)[::-1, :, ::2]
    run = in_numba("x, y", "f('kij,nkj->nki', x, y)", f=einsum)
    np.testing.assert_allclose(run(np.asfortranarray(x), y), np.einsum("kij,nkj->nki", x, y), rtol=1e-10, atol=1e-12)


def test_einsum_of_large_complex_and_single_arrays():
    x, y = random(12, 3, 8), random(12, 3, 9)
    run = in_numba("x, y", "f('nki,nkj->kij', x, y)", f=einsum)
    np.testing.assert_allclose(run(x + 1j, y * 1j), np.einsum("nki,nkj->kij", x + 1j, y * 1j), rtol=1e-10)
    single = run(x.astype(np.float32), y.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, np.einsum("nki,nkj->kij", x, y), rtol=1e-4, atol=1e-5)


def test_einsum_refuses_sizes_that_differ():
    run = in_numba("x, y", "f('ij,jk->ik', x, y)", f=einsum)
    with pytest.raises(ValueError, match="broadcast"):
        run(random(2, 3), random(4, 2))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 3, 4), (1, 4, 5)),
        ((3, 4), (2, 4, 5)),
        ((6, 2, 3, 4), (2, 4, 5)),
        ((6, 1, 3, 4), (1, 2, 4, 5)),
        ((0, 3, 4), (0, 4, 5)),
        ((2, 0, 4), (2, 4, 5)),
        ((2, 3, 0), (2, 0, 5)),
    ],
)
def test_products_of_stacks(left, right):
    x, y = random(*left), random(*right)
    run = in_numba("x, y", "f(x, y)", f=matmul)
    assert_same(run(x, y), x @ y)
    turned = np.swapaxes(np.ascontiguousarray(np.swapaxes(x, -1, -2)), -1, -2)
    assert_same(run(turned, y), x @ y)


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [((2, 3, 4), (2, 3, 5), ((0, 1), (0, 1))), ((2, 3, 4), (4, 5), ((2,), (0,))), ((2, 3), (3, 2), ((0, 1), (1, 0)))],
)
def test_tensordot(left, right, axes):
    x, y = random(*left), random(*right)
    run = in_numba("x, y", f"f(x, y, {axes[0]}, {axes[1]})", f=tensordot)
    assert_same(run(x, y), np.tensordot(x, y, axes))


@pytest.mark.parametrize("rank", [3, 2, 1, 0])
def test_cofactors(rank):
    a = random(3, rank) @ random(rank, 3) if rank else np.zeros((3, 3))
    assert_same(in_numba("a", "f(a)", f=adapted(cofactors))(a), cofactors(a))


@pytest.mark.parametrize("index", [[0, 2], [1, 1], [2, -1, 0]])
def test_last_written(index):
    run = in_numba("x, index", "f(x, index)", f=adapted(last_written))
    for x in (random(3), random(3, 2)):
        assert_same(run(x, np.array(index)), last_written(x, index))


@pytest.mark.parametrize(
    ("shape", "index", "expression"),
    [
        ((2, 3, 3), ([1, 2, 1], [0, -1, 0]), "f(x, (slice(None), *index))"),
        ((3, 2), ([1, 2, -2, 0],), "f(x, (index[0], slice(None)))"),
        ((3, 2), ([1, 2, -2, 0],), "f(x, (index[0], 1))"),
        ((3, 2), ([1, 2, -2, 0], [0, 1, 0, 1]), "f(x, index)"),
        ((3,), ([1, 2, -2, 0],), "f(x, index)"),
        ((3, 2), ([1, 2, -2, 0],), "f(x, index)"),
        ((3, 2), ([], []), "f(x, index)"),
    ],
)
def test_last_written_at_several_axes(shape, index, expression):
    x, index = random(*shape), tuple(np.array(part, np.int64) for part in index)
    run = in_numba("x, index", expression, f=adapted(last_written))
    assert_same(run(x, index), eval(expression, {"f": last_written, "x": x, "index": index}))


@pytest.mark.parametrize(("left", "right"), [((3,), (3,)), ((4, 3), (3,)), ((4,), (4, 3)), ((4, 3), (3, 5))])
@pytest.mark.parametrize("original", [matmul_left, matmul_right, dot_left, dot_right])
def test_cotangents_of_products(original, left, right):
    x, y = random(*left), random(*right)
    cotangent = 0.3 * (x @ y) + 1.0
    run = in_numba("c, x, y", "f(c, x, y)", f=adapted(original))
    assert_same(run(cotangent, x, y), original(cotangent, x, y))


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_cotangents_of_products_of_other_numbers(dtype):
    unit = dtype(1.0) if dtype is np.float32 else dtype(1.0 + 0.5j)
    x, y = random(4, 6).astype(dtype)[:, ::2] * unit, random(3).astype(dtype) / unit
    for original in (matmul_left, matmul_right):
        run = in_numba("c, x, y", "f(c, x, y)", f=adapted(original))
        assert_same(run(x @ y, x, y), original(x @ y, x, y))


@pytest.mark.parametrize(("left", "right"), [((3,), (3,)), ((4, 3), (4, 3)), ((4, 3), (1, 3)), ((1, 3), (4, 3))])
@pytest.mark.parametrize("original", [cross_left, cross_right])
def test_cotangents_of_cross_products(original, left, right):
    x, y = random(*left), random(*right)
    cotangent = random(*np.cross(x, y).shape)
    run = in_numba("c, x, y", "f(c, x, y)", f=adapted(original))
    assert_same(run(cotangent, x, y), original(cotangent, x, y))


@pytest.mark.parametrize(("left", "right"), [((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((6, 1, 3, 4), (2, 4, 5))])
@pytest.mark.parametrize("original", [matmul_left, matmul_right])
def test_cotangents_of_products_of_stacks(original, left, right):
    x, y = random(*left), random(*right)
    cotangent = random(*(x @ y).shape)
    run = in_numba("c, x, y", "f(c, x, y)", f=adapted(original))
    assert_same(run(cotangent, x, y), original(cotangent, x, y))


def attention(q, k, v):
    scores = q @ k.swapaxes(-1, -2)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    a = e / np.sum(e, axis=-1, keepdims=True)
    joined = (a @ v).transpose(1, 0, 2).reshape(q.shape[1], -1)
    return np.sum(np.mean(joined**2, axis=(0, 1)))


def pivoted(a):
    a = a.copy()
    a[[0, 2]] = a[[2, 0]]
    return np.log(np.linalg.det(a[:3, :3] @ a[:3, :3].T)) + np.sum(a[0] * a[1])


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(attention, (random(2, 3, 4), random(2, 5, 4) / 2, random(2, 5, 6))), (pivoted, (random(4, 3),))],
)
def test_gradients_that_need_them(function, arguments):
    argnums = tuple(range(len(arguments)))
    found = grad(function, argnums=argnums, backend="numba")(*arguments)
    expected = grad(function, argnums=argnums)(*arguments)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
