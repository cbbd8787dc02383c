"""Every rule has its forward mode: tangents are had from all rules, and are those that the cotangents imply."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from sct_ad.rules import registry
from sct_ad.rules.library import ON_DEMAND
from sct_ad.rules.registry import Rule

COMPLETE = {
    "arrays", "complex_numbers", "constant", "creation", "einsum", "emath", "factorisations", "fft", "folds", "grids",
    "histograms", "inlined", "joining", "linalg", "linear", "missing", "norms", "operators", "padding", "polynomials",
    "reductions", "running", "scalar", "scipy", "selection", "series", "sets", "shaping", "stacks", "statistics",
    "ufuncs",
}  # fmt: skip
"""The modules of `sct_ad.rules` in which every rule has a tangent."""
WITHOUT: dict[str, str] = {}
"""The names of rules that have none, and why."""


for _topic in ON_DEMAND:
    importlib.import_module(f"sct_ad.rules.scipy.{_topic}")


def rules() -> Iterator[tuple[str, Rule]]:
    """All rules of complete modules that have derivatives, with their names."""
    for rule in registry.registered():
        home = "" if rule.body is None else rule.body.__module__
        if not rule.zero and home.startswith("sct_ad.rules.") and home.split(".")[2] in COMPLETE:
            yield rule.name, rule


def has_tangent(rule: Rule) -> bool:
    """Whether forward mode is known, at least where the arguments are as it expects them."""
    return bool(rule.tangent or rule.linear or rule.reduces or rule.results or rule.elementwise)


def test_every_rule_has_a_tangent() -> None:
    assert {name for name, rule in rules() if not has_tangent(rule)} == set(WITHOUT)


def test_the_complete_modules_have_rules() -> None:
    assert {rule.body.__module__.split(".")[2] for _, rule in rules()} == COMPLETE - {"arrays", "constant", "inlined"}
