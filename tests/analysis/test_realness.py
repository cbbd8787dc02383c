"""Programs in which nothing can be complex, and those in which something may be although no type says so."""

import gast
import numpy as np
import pytest
from scipy import linalg

from sct_ad import grad
from sct_ad.analysis.realness import is_all_real, is_real_part
from sct_ad.analysis.typer import Typer
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import (
    UNKNOWN,
    Array,
    Dict,
    List,
    Matrix,
    Object,
    Opaque,
    Scalar,
)
from tests.numerical import assert_close, difference_gradient

N = Dim("n")
TYPES = {
    "x": Array("float64", (N,)), "a": Array("float64", (N, N)), "n": Scalar("int"), "items": List(None), "u": UNKNOWN,
    "s": Scalar("complex", "?"), "t": Array("", (N,)), "d": UNKNOWN, "k": Scalar("int"),
}  # fmt: skip


def real(source, parameters="x a n", **types):
    typer = Typer({**TYPES, **types}, {"np": np, "linalg": linalg})
    return is_all_real(gast.parse(source).body, typer, parameters.split())


REAL = [
    "u = x + 1.0",
    "items = [x, 2.0]\nu = items[k]\ns = np.sum(u)",
    "items = []\nitems.append(x)\nt = np.array(items)\ns = np.sum(t * x)",
    "d = {'a': x}\nu = d.get('b', 0.0)\nt = np.sqrt(u)",
    "u = items\nt = u.copy()\ns = t.sum()\nu = t.reshape(n, -1)",
    "get = d.get\nu = get('a')",
    "for k in range(n):\n    if k > 0:\n        u = x * k\n    s = np.sum(u)",
    "t = items[k]\nu = np.linalg.solve(a, t)\ns = np.max(np.abs(u))",
    "u = linalg.lstsq(a, x)\ns = u[1] * u[2]",
    "t = items[k]\ntry:\n    u = a @ t\nexcept ValueError:\n    raise ValueError('no')\ns = u.T",
]
PERHAPS_COMPLEX = [
    "u = x * 1j",
    "u = np.linalg.eigvals(a)",
    "u = np.linalg.eig(a)",
    "t = np.fft.fft(x)",
    "t = np.roots(x)",
    "t = np.emath.sqrt(x)",
    "t = linalg.sqrtm(a)",
    "t = x.astype(complex)",
    "u = complex(n, n)",
    "u = unknown(x)",
    "u = x.unheard_of(n)",
    "u = np.vectorize(n)(x)",
    "u = np.load('x.npy')",
]


@pytest.mark.parametrize("source", REAL)
def test_all_is_real(source):
    assert real(source, items=List(None, Array("float64", (N,))), d=Dict(None, Scalar("float")))


@pytest.mark.parametrize("source", PERHAPS_COMPLEX)
def test_something_may_be_complex(source):
    assert not real(source)


@pytest.mark.parametrize(
    "given",
    [
        UNKNOWN, Array("complex128", (N,)), Array("", (N,)), Array("object", (N,)), Scalar("complex"), List(None),
        List((Scalar("float"), Scalar("complex"))), Opaque(dict), Matrix(object, "complex128", (N, N)),
        Object(object, (("z", UNKNOWN),)),
    ],
)  # fmt: skip
def test_what_comes_in_may_be_complex(given):
    assert not real("u = p\np = 2.0 * x\ns = np.sum(p)", "x p", p=given)
    assert real("s = np.sum(x)", "x p", p=given)  # not looked at


def test_real_parts():
    for source in ("x.real", "-x.real", "x.real.T", "x.real[0]", "-x.real.T[1:]"):
        assert is_real_part(gast.parse(source, mode="eval").body)
    for source in ("x", "x.imag", "x.T", "x.real + y", "-x"):
        assert not is_real_part(gast.parse(source, mode="eval").body)


# Complex numbers that types do not show: the gradients of real arguments are real, and right. ------------------------


def turned_by_eigenvalues(a, x):
    w = np.linalg.eigvals(a) * x
    return np.sum(np.abs(w) ** 2)


def eigenvalues_in_a_list(a, x):
    items = [np.linalg.eigvals(a)]
    y = items[0] * x
    return np.sum((y * y).real)


def eigenvalues_in_a_dict(a, x):
    found = {}
    for k in range(3):
        found[k] = np.linalg.eigvals(a)[k] * x[k]
    total = 0.0
    for k in range(3):
        total = total + abs(found[k]) * x[k]
    return total


def a_dtype_that_is_chosen(a, x):
    t = x.astype("complex128" if x[0] > 0 else "float64")
    t = t * (x * x.sum())
    return abs(np.prod(t * np.linalg.eigvals(a)))


def square_roots_of_negative_numbers(a, x):
    s = np.emath.sqrt(-x) * x
    return np.sum(np.abs(s) ** 2 * x) + np.sum(a)


def a_transform_under_another_name(a, x):
    f, out = np.fft.fft, []
    for k in range(2):
        out.append(f(x * x[k]))
    return sum(np.sum(np.abs(part)) for part in out) * np.sum(a)


CONSTANT = 0.3 + 0.4j


def a_complex_global(a, x):
    product = 1.0
    for v in [x[0], CONSTANT]:
        product = product * v * x[1]
    return abs(product) * np.sum(a)


@pytest.mark.parametrize("argnum", [0, 1])
@pytest.mark.parametrize(
    "function",
    [
        turned_by_eigenvalues, eigenvalues_in_a_list, eigenvalues_in_a_dict, a_dtype_that_is_chosen,
        square_roots_of_negative_numbers, a_transform_under_another_name, a_complex_global,
    ],
)  # fmt: skip
def test_gradients_where_complex_numbers_hide(function, argnum):
    args = np.array([[1.0, 2.0, 0.3], [-1.5, 1.0, 0.2], [0.1, 0.4, 2.0]]), np.array([0.7, 1.1, 0.4])
    found = grad(function, argnums=argnum)(*args)
    assert found.dtype == np.float64
    assert_close(found, difference_gradient(function, args, argnum), 1e-7)
