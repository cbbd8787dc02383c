"""The pages on NumPy and SciPy say what the rules say."""

import re

import numpy as np
import pytest
import scipy

from tests.rule_pages import DOCS, known_to_numba, numpy_page, scipy_page


def computed():
    known = known_to_numba()
    return {"numpy": numpy_page(lambda name, function: known.get(name, "")), "scipy": scipy_page()}


@pytest.mark.parametrize("name, version", [("numpy", np.__version__), ("scipy", scipy.__version__)])
def test_the_pages_are_computed(name, version):
    written, found = (DOCS / f"{name}.md").read_text(encoding="utf-8"), computed()[name]
    if f" {'.'.join(version.split('.')[:2])}, computed" in written:
        assert found == written, "run python -m tests.rule_pages"
    else:  # another version has other names, and SciPy's functions other keywords; all else is the same
        ours, theirs = _rows(found, name == "numpy"), _rows(written, name == "numpy")
        common = ours.keys() & theirs.keys()
        assert len(common) > 0.8 * len(ours)
        assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}


def _rows(text, with_keywords):
    """Section and first name of a row -> its remarks, and its keywords."""
    found, section = {}, ""
    for line in text.splitlines():
        section = line if line.startswith("## ") else section
        match = re.match(r"\| `([^`]*)`[^|]* \| (.*?) \|(.*?)\|", line)
        if match and not section.startswith(("## Refused", "## Distributions")):
            found[section, match[1]] = (match[3], match[2] if with_keywords else "")
    return found


def test_every_row_has_been_tried_with_numba():
    assert set(known_to_numba().values()) == {"yes", "no"}
