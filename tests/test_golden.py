"""Golden texts: what is emitted, to the byte; run with UPDATE_GOLDEN=1 to write them anew, then read the difference."""

import ast
import inspect
import math
import os
import pathlib
import types

import numpy as np
import pytest

from sct_ad import compiler, grad, runtime
from sct_ad.runtime import broadcasting, sequences
from tests.golden.cases import CASES
from tests.numerical import assert_close, difference_gradient

FOLDER = pathlib.Path(__file__).parent / "golden"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))


def arguments(name):
    return CASES[name][1](np.random.default_rng(7))


def emitted(name):
    function, _, argnums = CASES[name]
    return grad(function, argnums=argnums).source(*arguments(name))


def executed(text):
    """The function that the text defines, given NumPy, math and what emitted text may call."""
    parts = (runtime, broadcasting, sequences)
    namespace = {key: value for part in parts for key, value in vars(part).items() if inspect.isfunction(value)}
    namespace |= {"np": np, "math": math}
    exec(compile(text, "<golden>", "exec"), namespace)
    first = ast.parse(text).body[0].name
    assert isinstance(namespace[first], types.FunctionType)
    return namespace[first]


@pytest.mark.parametrize("name", CASES)
def test_the_emitted_text_is_the_golden_one(name):
    path, text = FOLDER / f"{name}.txt", emitted(name)
    if UPDATE:
        path.write_text(text)
    assert text == path.read_text(), f"changed; if on purpose, run with UPDATE_GOLDEN=1\n{text}"


@pytest.mark.parametrize("name", CASES)
def test_the_golden_text_computes_the_gradient(name):
    function, _, argnums = CASES[name]
    expected = grad(function, argnums=argnums)(*arguments(name))
    gradient = executed((FOLDER / f"{name}.txt").read_text())(*arguments(name))
    assert_close(gradient, expected, 1e-15)
    pairs = [(argnums, gradient)] if isinstance(argnums, int) else list(zip(argnums, gradient, strict=True))
    if name == "kink":  # differences do not see the choice made on the kink itself
        return
    for argnum, part in pairs:
        assert_close(part, difference_gradient(function, arguments(name), argnum))


@pytest.mark.parametrize("name", CASES)
def test_no_optimisation_changes_the_numbers(name, monkeypatch):
    function, _, argnums = CASES[name]
    expected = grad(function, argnums=argnums)(*arguments(name))
    monkeypatch.setattr(compiler, "PASSES", [])
    plain = grad(function, argnums=argnums)
    assert_close(plain(*arguments(name)), expected, 1e-12)
    assert plain.source(*arguments(name)) != (FOLDER / f"{name}.txt").read_text()


def test_every_golden_text_has_a_case():
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)
