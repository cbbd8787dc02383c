"""Machine code as bytes: what it does is the same, and it has no names that others may have."""

import ctypes
import pickle
import zlib

import numpy as np
import pytest

numba = pytest.importorskip("numba")

import llvmlite.binding as llvm  # noqa: E402

from sct_ad.disk.homes import stamp_of  # noqa: E402
from sct_ad.emit.numba import isolated  # noqa: E402
from sct_ad.emit.numba.isolated import NotKept, content_of, rebuilt  # noqa: E402

TOKEN = "0123456789abcdef"


def is_library(module):
    return stamp_of(module) is not None


@numba.njit
def falling(x, n):
    return 1.0 if n < 1.0 else x[int(n) % len(x)] * falling(x, n - 1.0) + falling(x, n - 2.0)


@numba.njit
def kernel(x, n):
    if n < 0.0:
        raise ValueError("below zero", n)
    return np.sort(x) * falling(x, n), (n, falling(x, n + 1.0))


X = np.array([0.5, 0.25, 1.5])


def result_of(function, *args):
    function(*args)
    return next(iter(function.overloads.values()))


def test_it_does_the_same():
    result = result_of(kernel, X, 3.0)
    found = rebuilt(content_of(result, TOKEN, is_library), kernel.targetctx, is_library)
    assert found.signature == result.signature
    for n in (0.0, 3.0, 7.0):
        (array, pair), (expected, expected_pair) = found.entry_point(X, n), kernel(X, n)
        assert np.array_equal(array, expected) and pair == expected_pair
    with pytest.raises(ValueError, match="below zero") as caught:
        found.entry_point(X, -1.0)
    assert caught.value.args == ("below zero", -1.0)


def test_only_what_callers_need_has_a_name():
    content = content_of(result_of(kernel, X, 3.0), TOKEN, is_library)
    _, shared, described, *_ = pickle.loads(zlib.decompress(content))
    module = llvm.parse_bitcode(shared)
    internal = llvm.Linkage.internal
    named = {f.name for f in module.functions if not f.is_declaration and f.linkage != internal}
    expected = (described.llvm_func_name, described.llvm_cpython_wrapper_name, described.llvm_cfunc_wrapper_name)
    assert named == {*expected} and all(TOKEN in name for name in named)
    variables = [v for v in module.global_variables if not v.is_declaration]
    assert all(TOKEN in v.name or v.linkage in isolated._LOCAL for v in variables)


def test_what_holds_for_one_process_only():
    sine = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(("sin", ctypes.CDLL(None)))
    with pytest.raises(NotKept, match="points into this process"):
        content_of(result_of(numba.njit(lambda x: sine(x)), 1.0), TOKEN, is_library)


def test_objects_of_the_users_are_not_loaded():
    content = content_of(result_of(kernel, X, 3.0), TOKEN, is_library)
    with pytest.raises(NotKept, match="numba"):
        rebuilt(content, kernel.targetctx, lambda module: not module.startswith("numba"))


def test_functions_that_this_process_does_not_have(monkeypatch):
    content = content_of(result_of(kernel, X, 3.0), TOKEN, is_library)
    monkeypatch.setattr(isolated.llvm, "address_of_symbol", lambda name: None)
    with pytest.raises(NotKept, match="code that calls .*Py"):
        rebuilt(content, kernel.targetctx, is_library)
