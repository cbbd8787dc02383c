"""What one pass leaves for the next: a tree to go on in, and what is known of its statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import gast
import pytest

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.footprint import Footprints
from sct_ad.optimise.tidy import PASSES, tidy
from sct_ad.optimise.workspace import Workspace
from sct_ad.syntax.nodes import copy, statements
from tests.optimise.derived import facts_of, parse
from tests.optimise.machine_code import PROGRAMS
from tests.optimise.random_programs import ARGUMENTS, MEMORY, USER, Generator


def all_programs() -> Iterator[tuple[str, str, tuple[Any, ...], Any]]:
    for name, (text, args, user) in PROGRAMS.items():
        yield name, text, args, user
    for seed in range(30):
        yield f"seed {seed}", Generator(seed).program(), ARGUMENTS, USER


def facts_for(text: str, args: tuple[Any, ...], user: Any) -> Facts:
    facts = facts_of(parse(text), args, user)
    if args is ARGUMENTS:
        facts.memory = dict(MEMORY)
    return facts


def check(space: Workspace, title: str) -> None:
    """What the workspace knows is what one finds who looks for the first time, and no node has two places."""
    space.refresh()
    fresh = Footprints(space.fn, space.facts)
    assert (space.footprints.tapes, space.footprints.local) == (fresh.tapes, fresh.local), title
    for stmt in statements(space.fn.body):
        assert space.footprints.statement(stmt) == fresh.statement(stmt), (title, gast.dump(stmt))
    anew = Workspace(space.fn, space.facts)
    for counts in ("definitions", "loads"):
        assert +getattr(space, counts) == +getattr(anew, counts), (title, counts)
    places = Counter(id(node) for node in gast.walk(space.fn) if node._fields)
    assert set(places.values()) == {1}, title


@pytest.mark.parametrize(("name", "text", "args", "user"), list(all_programs()))
def test_what_is_left_is_true(name: str, text: str, args: tuple[Any, ...], user: Any) -> None:
    fn, facts = parse(text), facts_for(text, args, user)
    for title, optimise in PASSES:
        fn = optimise(fn, facts)
        if isinstance(facts.workspace, Workspace):
            check(facts.workspace, title)


@pytest.mark.parametrize(("name", "text", "args", "user"), list(all_programs()))
def test_passes_by_themselves_come_to_the_same(name: str, text: str, args: tuple[Any, ...], user: Any) -> None:
    alone, facts = parse(text), facts_for(text, args, user)
    for _, optimise in PASSES:
        alone, facts.workspace = optimise(copy(alone), facts), None
    assert text_of(tidy(parse(text), facts_for(text, args, user))) == text_of(alone)


def test_a_workspace_of_another_tree_is_not_used() -> None:
    fn = parse("def f(x):\n    y = x * x\n    return y")
    facts = facts_of(fn, (1.0,))
    space = Workspace.of(fn, facts)
    assert space.fn is not fn
    left = space.leave()
    assert Workspace.of(fn, facts) is not space
    space.leave()
    assert Workspace.of(left, facts) is space
    assert facts.workspace is None
