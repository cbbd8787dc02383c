"""What an error about a missing rule tells to write works as it stands."""

import linecache
import textwrap

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import NoRuleError

halved = np.frompyfunc(lambda x: 0.5 * x, 1, 1)


def loss(x):
    return 3.0 * halved(x)


def test_the_lines_that_register_a_rule():
    with pytest.raises(NoRuleError, match="no derivative rule for .*at .*test_rule_hint.py:16") as error:
        grad(loss)(2.0)
    lines = textwrap.dedent(str(error.value).partition("1.0:\n")[2])
    text = lines.replace("1.0", "0.5") + "\n"
    linecache.cache["<hint>"] = (len(text), None, text.splitlines(True), "<hint>")
    exec(compile(text, "<hint>", "exec"), {"halved": halved, "__name__": "hint"})
    assert grad(loss)(2.0) == 1.5
