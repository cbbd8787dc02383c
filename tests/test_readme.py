"""The code in the README and in the guides runs, and prints what they say."""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from pathlib import Path

import pytest

from sct_ad.errors import UnsupportedError

ROOT = Path(__file__).parent.parent
TEXTS = ["README.md", "docs/rules.md"]


def blocks(text):
    """The fenced blocks of a text, as (language, content)."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", (ROOT / text).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


BLOCKS = blocks("README.md")


def printed(source, path, namespace):
    """What a block prints; it runs from a file, as a user's module would."""
    path.write_text(source, encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, str(path), "exec"), namespace)
    return out.getvalue()


def examples(text):
    """Pairs of a code block and the output block that follows it, or None."""
    found = blocks(text)
    followers = [*found[1:], ("", "")]
    for (language, text), (next_language, next_text) in zip(found, followers):
        if language == "python":
            yield text, next_text if next_language.endswith(" output") else None


@pytest.mark.parametrize("text", TEXTS)
def test_python_blocks(text, tmp_path):
    namespace = {"__name__": "guide"}
    found = list(examples(text))
    assert len(found) >= 4
    for number, (source, expected) in enumerate(found):
        output = printed(source, tmp_path / f"block_{number}.py", namespace)
        assert output.rstrip() == (expected or "").rstrip(), source


@pytest.mark.parametrize("language", sorted({language for text in TEXTS for language, _ in blocks(text)}))
def test_every_block_is_of_a_known_kind(language):
    assert language in {"sh", "console", "python", "text", "python output", "text output"}


def test_the_error_shown_is_the_one_that_is_printed(tmp_path):
    (shown,) = (text for language, text in BLOCKS if language == "text" and 'File "model.py"' in text)
    program = """\
import numpy as np
from sct_ad import grad


class Model:
    def total(self, x):
        self.cache = x * x
        s = np.sum(self.cache)
        del self.cache
        return s


grad(Model().total)(np.array([1.0, 2.0]))
"""
    path = tmp_path / "model.py"
    with pytest.raises(UnsupportedError) as caught:
        printed(program, path, {"__name__": "model"})
    lines = "".join(traceback.format_exception_only(caught.type, caught.value))
    assert lines.replace(str(path), "model.py") == shown


def test_the_two_commands():
    """The first two shell blocks are the two commands that the continuous integration runs as they stand."""
    commands = [text for language, text in BLOCKS if language == "sh"]
    assert len(commands) == 2
    assert "pip install" in commands[0] and "examples/first_gradient.py" in commands[0]
    assert commands[1].splitlines() == ['python -m pip install -e ".[test]"', "python -m pytest"]
