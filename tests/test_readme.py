"""The README's code runs, and prints what the README says."""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from pathlib import Path

import pytest

from sct_ad.errors import UnsupportedError

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```([^\n]*)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def printed(source, path, namespace):
    """What a block prints; it runs from a file, as a user's module would."""
    path.write_text(source, encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, str(path), "exec"), namespace)
    return out.getvalue()


def examples():
    """Pairs of a code block and the output block that follows it, or None."""
    followers = [*BLOCKS[1:], ("", "")]
    for (language, text), (next_language, next_text) in zip(BLOCKS, followers):
        if language == "python":
            yield text, next_text if next_language.endswith(" output") else None


def test_python_blocks(tmp_path):
    namespace = {"__name__": "readme"}
    found = list(examples())
    assert len(found) >= 4
    for number, (source, expected) in enumerate(found):
        output = printed(source, tmp_path / f"readme_{number}.py", namespace)
        assert output.rstrip() == (expected or "").rstrip(), source


@pytest.mark.parametrize("language", sorted({language for language, _ in BLOCKS}))
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
