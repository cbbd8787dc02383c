"""The tables of the README say what the programs, events and refusals show."""

import pytest

from tests.examine import BY_NAME
from tests.language import BETWEEN, LANGUAGE, README, tables
from tests.live_events import EVENTS
from tests.program import programs
from tests.refusals import REFUSALS

ROWS = [row for rows in LANGUAGE.values() for row in rows]


def test_the_readme_is_computed():
    (written,) = BETWEEN.findall(README.read_text(encoding="utf-8"))
    assert written == tables(), "run python -m tests.language"


def test_rows_are_readable():
    (written,) = BETWEEN.findall(README.read_text(encoding="utf-8"))
    assert max(map(len, written.splitlines())) <= 120
    assert 50 <= len(ROWS) <= 90


def test_rows_name_what_there_is():
    assert {name for row in ROWS for name in row.programs} <= set(BY_NAME)
    assert {name for row in ROWS for name in row.events} <= set(EVENTS)
    assert {name for row in ROWS for name in row.refusals} == set(REFUSALS)
    assert len({row.construct for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_at_the_line_of_the_user(name):
    refusal = REFUSALS[name]
    error = refusal.error()
    first = refusal.function.__code__.co_firstlineno
    file, line = (error.filename, error.lineno) if isinstance(error, SyntaxError) else _place(error)
    assert file == refusal.function.__code__.co_filename
    assert first < line <= first + 8
    assert "\n  instead: " in str(error)


def _place(error):
    import re

    file, line = re.search(r" at (\S+):(\d+)", str(error)).groups()
    return file, int(line)


def test_enough_ordinary_programs():
    assert len(programs("ordinary")) >= 120
    assert len(BY_NAME) >= 400
