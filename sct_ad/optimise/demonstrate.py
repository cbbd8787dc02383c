"""Runs a pass on a text: the examples in the passes' docstrings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.errors import Span
from sct_ad.rules.effects import Effects
from sct_ad.syntax.nodes import Expr, dotted, names_in, statements, with_origin
from sct_ad.syntax.values import FLOAT, Abstract, Array

Pass = Callable[[gast.FunctionDef, Facts], gast.FunctionDef]


def show(
    optimise: Pass,
    text: str,
    temporaries: Iterable[str] = (),
    adjoint: bool = False,
    loops: dict[str, str] | None = None,
    **types: Abstract,
) -> None:
    """Print `text` after the pass; calls are pure and every expression a float, but for the `types` of names."""
    fn = gast.parse(text).body[0]
    for stmt in statements(fn.body):
        with_origin(stmt, Span("<example>", 1, 0, 1, 0, "", adjoint))

    def type_of(expr: Expr) -> Abstract:
        wide = [types[name] for name in sorted(names_in(expr)) if name in types]
        return wide[0] if wide else FLOAT

    facts = Facts(types=types, temporaries=set(temporaries), type_of=type_of, call_effects=lambda call: Effects())
    facts.resolve, facts.loop_names = _resolve, loops or {}
    facts.memory = {name: name for name, found in types.items() if isinstance(found, Array)}
    print(text_of(optimise(fn, facts)))


def text_of(fn: gast.FunctionDef) -> str:
    """The function as Python text."""
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(fn)))


def _resolve(func: Expr) -> Any:
    import builtins

    import numpy as np

    chain = dotted(func)
    if chain is None:
        return None
    found: Any = np if chain[0] == "np" else getattr(builtins, chain[0], None)
    for part in chain[1:]:
        found = getattr(found, part, None)
    return found
