"""Calls of functions with a `custom_jvp` are decided: by the rule where they are active, else by the function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from sct_ad.analysis.activity import Flow
from sct_ad.analysis.alias import Memory, analyse_memory
from sct_ad.analysis.units import Foreign
from sct_ad.errors import UnsupportedError
from sct_ad.rules.marks import DIFFERENTIATED, constant_argument
from sct_ad.runtime.custom import holding
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt


def decide(flat: Specialised, inputs: set[str], result: Expr) -> Specialised:
    """The function with one side of each `if differentiated`, where `inputs` are differentiated by.

    The same function may be decided in several ways, so that it is left as it is.
    """
    resolve = flat.typer.resolve

    def is_open(stmt: Stmt) -> bool:
        return isinstance(stmt, gast.If) and isinstance(stmt.test, gast.Name) and resolve(stmt.test) is DIFFERENTIATED

    if not any(map(is_open, nodes.statements(flat.function.body))):
        return flat
    memory = analyse_memory(flat.function.body, flat.typer)
    flow = Flow(flat.function.body[:-1], flat.typer, memory, nodes.names_in(result))
    varied = flow.varied(inputs)
    active = varied & flow.useful(nodes.names_in(result))

    def choose(block: Block) -> Block:
        chosen: Block = []
        for stmt in block:
            if is_open(stmt):
                differentiated = any(nodes.defines(s) & active for s in nodes.statements(stmt.orelse))
                if differentiated:
                    _check(stmt, flat, memory, varied)
                chosen += choose(stmt.body if differentiated else stmt.orelse)
            elif nodes.blocks(stmt):
                chosen.append(_with_blocks(stmt, choose))
            else:
                chosen.append(stmt)
        return chosen

    function = _twin(flat.function)
    function.body = choose(flat.function.body)
    return replace(flat, function=function)


def _twin(node: Any) -> Any:
    """A node with the same fields."""
    twin = node.__class__.__new__(node.__class__)
    twin.__dict__.update(node.__dict__)
    return twin


def _with_blocks(stmt: Stmt, change: Callable[[Block], Block]) -> Stmt:
    twin = _twin(stmt)
    twin.body = change(stmt.body) or [gast.Pass()]
    if hasattr(stmt, "orelse"):
        twin.orelse = change(stmt.orelse)
    if isinstance(stmt, gast.Try):
        twin.handlers = [_twin(handler) for handler in stmt.handlers]
        for handler in twin.handlers:
            handler.body = change(handler.body) or [gast.Pass()]
    return twin


def _check(stmt: gast.If, flat: Specialised, memory: Memory, varied: set[str]) -> None:
    """Refuse what the rule would be wrong for."""
    for inner in nodes.statements([*stmt.body, *stmt.orelse]):
        if not isinstance(inner, gast.Assign) or not isinstance(inner.value, gast.Call):
            continue
        function = flat.typer.resolve(inner.value.func)
        depends = function in (constant_argument, holding) and nodes.names_in(inner.value.args) & varied
        if depends:
            raise UnsupportedError(
                "an argument in nondiff_argnums that depends on what is differentiated by",
                nodes.origin_of(stmt),
                "take it out of nondiff_argnums, or pass stop_gradient(x)",
            )
        if inner in stmt.orelse and isinstance(function, Foreign) and function.effects.view_of:
            if any(memory.has_identity(v) for v in nodes.defines(inner)):
                raise UnsupportedError(
                    f"{function.__name__}, which may return its argument, where that is written in place",
                    nodes.origin_of(stmt),
                    f"copy what it returns, {function.__name__}(x).copy(), and what it is given",
                )
