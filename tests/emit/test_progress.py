"""A line where Numba keeps an interactive user waiting, and nothing anywhere else."""

import io
import sys
import time

import pytest

pytest.importorskip("numba")

from sct_ad import grad  # noqa: E402
from sct_ad.emit.numba import progress  # noqa: E402


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Notebook(io.StringIO):
    __module__ = "ipykernel.iostream"


def cube(x, n):
    return x * x * x * n


@pytest.fixture
def waiting(monkeypatch):
    monkeypatch.delenv("SCT_AD_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "SECONDS", 0.01)

    def told(stream):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.telling("f_grad"):
            time.sleep(0.1)
        return stream.getvalue()

    return told


def test_it_is_told_at_terminals_and_in_notebooks(waiting):
    assert waiting(Terminal()) == waiting(Notebook()) == "compiling f_grad with Numba ...\n"
    assert waiting(io.StringIO()) == ""


@pytest.mark.parametrize("wish, told", [("1", True), ("0", False), ("off", False), ("yes", True)])
def test_a_variable_decides(waiting, monkeypatch, wish, told):
    monkeypatch.setenv("SCT_AD_PROGRESS", wish)
    assert bool(waiting(io.StringIO())) is told
    assert bool(waiting(Terminal())) is told


def test_what_is_quick_is_not_told(waiting, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", 5.0)
    assert waiting(Terminal()) == ""


def test_streams_that_are_closed_or_missing(monkeypatch, waiting):
    closed = Terminal()
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.telling("f_grad"):
            time.sleep(0.03)


def test_the_first_call_of_a_gradient_tells_its_name_once(monkeypatch, waiting):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    slope = grad(cube, backend="numba")
    for _ in range(3):
        slope(2.0, 3)
    assert stream.getvalue() == "compiling cube_grad with Numba ...\n"
