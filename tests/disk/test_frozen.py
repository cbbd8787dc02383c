"""What the machine code of a kernel depends on, and what cannot be told of it."""

import ctypes
import math

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from sct_ad import grad  # noqa: E402
from sct_ad.disk.frozen import Frozen  # noqa: E402
from sct_ad.disk.homes import Undescribed  # noqa: E402
from sct_ad.disk.machine_code import FailedBefore, MachineCode, _type_facts  # noqa: E402
from tests.disk.fresh import imported  # noqa: E402

TEXT = """
import math
import numpy as np
from numba import njit

FACTOR = 2.0
TABLE = np.array([1.0, 2.0])
PAIR = (1, 2.5)

@njit
def inner(x):
    return math.sin(x) + FACTOR

@njit(fastmath=False)
def called(x, k):
    return inner(x) * TABLE[k] + PAIR[1]

def made(c):
    def of_closure(x):
        return x * c
    return njit(of_closure)

closed = made(3.0)
"""


def name_of(folder, name="called", *edits):
    text = TEXT
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return Frozen((getattr(imported(folder, "frozen_part", text), name),)).digest()


def test_everything_that_is_reached_counts_by_value(tmp_path):
    first = name_of(tmp_path)
    assert first == name_of(tmp_path)
    edits = [
        ("FACTOR = 2.0", "FACTOR = 2.5"),
        ("FACTOR = 2.0", "FACTOR = 2"),
        ("[1.0, 2.0]", "[1.0, 2.5]"),
        ("[1.0, 2.0])", "[1.0, 2.0], np.float32)"),
        ("(1, 2.5)", "(1, 2.25)"),
        ("math.sin", "math.cos"),
        ("fastmath=False", "fastmath=True"),
        ("@njit\ndef inner", "@njit(error_model='numpy')\ndef inner"),
        ("@njit(fastmath=False)", "@njit('f8(f8, i8)')"),
        ("TABLE[k]", "TABLE[k - 1]"),
    ]
    names = [first, *(name_of(tmp_path, "called", edit) for edit in edits)]
    assert len({*names}) == len(names)


def test_closures_count_by_value(tmp_path):
    assert name_of(tmp_path, "closed") == name_of(tmp_path, "closed")
    assert name_of(tmp_path, "closed") != name_of(tmp_path, "closed", ("made(3.0)", "made(3.5)"))


def test_values_change_at_run_time(tmp_path):
    module = imported(tmp_path, "frozen_part", TEXT)
    first = Frozen((module.called,)).digest()
    module.TABLE[1] = 7.0
    second = Frozen((module.called,)).digest()
    module.FACTOR = 8.0
    assert len({first, second, Frozen((module.called,)).digest()}) == 3


def test_whether_older_values_may_be_in_what_is_called(tmp_path):
    module = imported(tmp_path, "frozen_part", TEXT)
    frozen = Frozen((module.called,))
    assert frozen.data and frozen.foreign == [module.called, module.inner]
    plain = Frozen((numba.njit(lambda x: math.sin(x)),))
    assert not plain.data


_sine = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(("sin", ctypes.CDLL(None)))
_large = np.zeros(10**5)


class Here(Exception):
    pass


def local_class():
    class Inside(Exception):
        pass

    return Inside


_inside = local_class()


@numba.njit
def of_pointer(x):
    return _sine(x)


@numba.njit
def of_large(x):
    return x + _large[0]


@numba.njit
def of_class(x):
    if x < 0.0:
        raise _inside()
    return x


@numba.vectorize
def of_ufunc(x):
    return x


@numba.njit
def calling_ufunc(x):
    return of_ufunc(x)


_derivative = grad(lambda x: x * x, backend="numba")


@numba.njit
def of_derivative(x):
    return _derivative(x)


@pytest.mark.parametrize("function", [of_pointer, of_large, of_class, calling_ufunc, of_derivative])
def test_what_cannot_be_told_by_its_value(function):
    with pytest.raises(Undescribed):
        Frozen((function,))


def test_types_of_arguments():
    types = numba.types
    row = types.Array(types.float64, 1, "C")
    some = [
        types.float64, types.float32, types.int64, types.boolean, types.unicode_type, types.none, types.Omitted(1.0),
        types.Omitted(1), row, types.Array(types.float64, 1, "A"), types.Array(types.float64, 1, "C", readonly=True),
        types.Array(types.float64, 1, "C", aligned=False), types.UniTuple(types.float64, 2), types.Tuple((row, types.int64)),
        types.List(types.float64, reflected=True), types.Optional(row), types.literal(3), types.literal("a"),
    ]  # fmt: skip
    assert len({*map(_type_facts, some)}) == len(some)
    record = numba.from_dtype(np.dtype([("a", "f8")]))
    for other in [record, types.Array(record, 1, "C"), numba.typeof(of_large), types.Omitted(None)]:
        with pytest.raises(Undescribed):
            _type_facts(other)


def test_a_failing_disk_is_no_failure(monkeypatch):
    def failing():
        raise OSError("no disk")

    monkeypatch.setattr("sct_ad.disk.machine_code.opened", failing)
    dispatcher = numba.njit(lambda x: x + 1.0)
    dispatcher._cache = MachineCode(dispatcher)
    assert dispatcher(1.0) == 2.0


def test_failures_are_kept_of_what_was_being_compiled(monkeypatch, tmp_path):
    monkeypatch.setenv("SCT_AD_CACHE", "1")
    monkeypatch.setenv("SCT_AD_CACHE_DIR", str(tmp_path / "cache"))
    dispatcher = imported(tmp_path, "frozen_part", TEXT).called
    place = MachineCode(dispatcher)
    given = (numba.float64, numba.int64)
    failure = numba.core.errors.TypingError("no such function")

    def interrupted():
        return place.load_overload(given, dispatcher.targetctx)

    assert interrupted() is None
    place.start()  # another call, which fails before anything is compiled
    place.keep_failure(failure)
    assert interrupted() is None
    place.keep_failure(MemoryError())
    assert interrupted() is None
    place.keep_failure(failure)
    with pytest.raises(FailedBefore, match="no such function"):
        interrupted()
    dispatcher.py_func.__globals__["FACTOR"] = 3.0
    assert interrupted() is None
