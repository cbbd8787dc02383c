"""Every pass, one after another, leaves the values of small derivative programs as they were."""

from __future__ import annotations

import pytest

from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.tidy import PASSES, tidy
from tests.optimise.derived import equal, facts_of, parse, run
from tests.optimise.machine_code import PROGRAMS

ROUNDING = {"simplify": 1e-13, "simplify again": 1e-13, "buffers": 1e-13, "reading order": 1e-13}
"""Passes that may reorder the arithmetic of adjoints."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_pass_keeps_the_values(name: str) -> None:
    text, args, user = PROGRAMS[name]
    fn = parse(text)
    facts = facts_of(fn, args, user)
    expected, tolerance = run(fn, args), 0.0
    for title, optimise in PASSES:
        before = text_of(fn)
        facts.workspace = None  # so that the pass has a tree of its own
        after = optimise(fn, facts)
        assert text_of(fn) == before, f"{title} changed its input"
        tolerance = max(tolerance, ROUNDING.get(title, 0.0))
        got = run(after, args)
        assert equal(expected[0], got[0], tolerance), f"{title}:\n{before}\n->\n{text_of(after)}"
        assert equal(expected[2], got[2]), f"{title} changed the effects:\n{text_of(after)}"
        fn = after


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_pass_alone_keeps_the_values(name: str) -> None:
    text, args, user = PROGRAMS[name]
    fn = parse(text)
    facts = facts_of(fn, args, user)
    expected = run(fn, args)
    for title, optimise in PASSES:
        after = optimise(fn, facts)
        got = run(after, args)
        assert equal(expected[0], got[0], ROUNDING.get(title, 0.0)), f"{title}:\n{text_of(after)}"
        assert equal(expected[2], got[2]), title


@pytest.mark.parametrize("name", PROGRAMS)
def test_tidying_is_deterministic(name: str) -> None:
    text, args, user = PROGRAMS[name]
    facts = facts_of(parse(text), args, user)
    assert text_of(tidy(parse(text), facts)) == text_of(tidy(parse(text), facts))
