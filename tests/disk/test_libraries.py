"""Entries of functions that call those of installed libraries, which are known by their versions."""

import shutil
import sys
import time

import numpy as np
import pytest

import sct_ad
from sct_ad.disk import homes
from tests.disk.fresh import imported, keeping

LIBRARY = """
import numpy as np

__version__ = "1.0"
SCALE = 2.0
MODE = "sine"

class Layer:
    def __init__(self, w):
        self.w = w

    def apply(self, x):
        return self.w * x

def inner(x, a=3.0):
    return np.sin(x) * a

def outer(x):
    return inner(x) * (SCALE if MODE == "sine" else 1.0)
"""

MODULE = """
import library
from library import Layer, outer

class Mine(Layer):
    pass

def direct(x):
    return outer(x)

def by_module(x):
    return library.outer(x) * library.SCALE

def by_class(x):
    return Layer(2.0).apply(x)

def by_subclass(x):
    return Mine(3.0).apply(x)
"""
FUNCTIONS = ("direct", "by_module", "by_class", "by_subclass")


@pytest.fixture
def kept(monkeypatch, tmp_path):
    monkeypatch.setattr(homes, "_LOADED", time.time() + 1_000.0)
    monkeypatch.setattr(homes, "_stamps", {})
    for name in ("user_module", "library"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "site-packages").mkdir()
    with keeping(monkeypatch, tmp_path / "cache") as counter:
        imported(tmp_path / "site-packages", "library", LIBRARY)
        assert homes.stamp_of("library") is not None
        gradients(imported(tmp_path, "user_module", MODULE))
        assert counter.taken() == len(FUNCTIONS)
        yield counter


def gradients(module):
    return [sct_ad.grad(getattr(module, name))(0.7) for name in FUNCTIONS]


def expected(a=3.0, factor=2.0, scale=2.0, w=1.0):
    slope = float(np.cos(0.7)) * a * factor
    return [slope, slope * scale, 2.0 * w, 3.0 * w]


def test_the_same_library_is_found_again(kept, tmp_path):
    homes._stamps.clear()
    imported(tmp_path / "site-packages", "library")
    assert gradients(imported(tmp_path, "user_module")) == pytest.approx(expected(), rel=1e-14)
    assert kept.taken() == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [('"1.0"', '"1.1"'), ("return np.sin(x) * a", "return np.cos(x) * a"), ("self.w * x", "self.w * x * x")],
)
def test_another_version_is_another_library(kept, tmp_path, old, new):
    homes._stamps.clear()
    imported(tmp_path / "site-packages", "library", LIBRARY.replace(old, new))
    gradients(imported(tmp_path, "user_module"))
    assert kept.taken() == len(FUNCTIONS)


def test_what_a_program_changes_in_a_library_is_seen(kept, tmp_path):
    library = imported(tmp_path / "site-packages", "library")
    module = imported(tmp_path, "user_module")
    library.inner.__defaults__ = (5.0,)
    assert gradients(module) == pytest.approx(expected(a=5.0), rel=1e-14)
    library = imported(tmp_path / "site-packages", "library")
    module = imported(tmp_path, "user_module")
    library.MODE = "cosine"
    assert gradients(module) == pytest.approx(expected(factor=1.0), rel=1e-14)
    library = imported(tmp_path / "site-packages", "library")
    module = imported(tmp_path, "user_module")
    library.inner = lambda x: 4.0 * x
    assert gradients(module)[:2] == [8.0, 16.0]
    library = imported(tmp_path / "site-packages", "library")
    module = imported(tmp_path, "user_module")
    library.Layer.apply = lambda self, x: self.w * x * 7.0
    assert gradients(module)[2:] == pytest.approx(expected(w=7.0)[2:], rel=1e-14)
    library = imported(tmp_path / "site-packages", "library")
    module = imported(tmp_path, "user_module")
    library.SCALE = 3.0
    assert gradients(module) == pytest.approx(expected(factor=3.0, scale=3.0), rel=1e-14)


def test_a_library_that_moved_among_the_users_modules(kept, tmp_path):
    homes._stamps.clear()
    shutil.copy(tmp_path / "site-packages" / "library.py", tmp_path / "library.py")
    imported(tmp_path, "library")
    assert homes.stamp_of("library") is None
    assert gradients(imported(tmp_path, "user_module")) == pytest.approx(expected(), rel=1e-14)
    assert kept.taken() == len(FUNCTIONS)


def test_a_library_that_was_replaced_after_its_import_is_no_library(monkeypatch, kept, tmp_path):
    monkeypatch.setattr(homes, "_LOADED", time.time() - 1_000.0)
    homes._stamps.clear()
    assert homes.stamp_of("library") is None
