"""No pass changes the values of random programs, alone or after the others."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np
import pytest

from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.tidy import PASSES
from tests.optimise.derived import equal, facts_of, parse, run
from tests.optimise.random_programs import ARGUMENTS, MEMORY, USER, Generator

ROUNDING = {"simplify", "simplify again", "buffers", "reading order"}


def _is_tame(values: Any) -> bool:
    return all(np.all(np.isfinite(value)) and np.all(np.abs(value) < 1e6) for value in values)


def _check(expected: Any, fn: gast.FunctionDef, exact: bool, title: str) -> None:
    got = run(fn, ARGUMENTS)
    if exact:
        assert equal(expected[0], got[0]), f"{title}:\n{text_of(fn)}"
        assert equal(expected[2], got[2]), f"effects, {title}:\n{text_of(fn)}"
    else:
        for one, two in zip(expected[0], got[0], strict=True):
            assert np.allclose(one, two, rtol=1e-7, atol=1e-7), f"{title}:\n{text_of(fn)}"


@pytest.mark.parametrize("group", range(10))
def test_values_and_effects_stay(group: int) -> None:
    for seed in range(group * 6, group * 6 + 6):
        fn = parse(Generator(seed).program())
        expected = run(fn, ARGUMENTS)
        if not _is_tame(expected[0]):
            continue
        facts = facts_of(fn, ARGUMENTS, USER)
        facts.memory = dict(MEMORY)
        exact, tidied = True, fn
        for title, optimise in PASSES:
            _check(expected, optimise(fn, facts), title not in ROUNDING, f"seed {seed}, {title} alone")
            tidied = optimise(tidied, facts)
            exact = exact and title not in ROUNDING
            _check(expected, tidied, exact, f"seed {seed}, up to {title}")
