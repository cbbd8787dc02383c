"""Logarithms of determinants, whose derivative is an inverse, without the determinant."""

from __future__ import annotations

from collections import Counter

import gast
import numpy as np

from sct_ad.analysis.alias import analyse_memory
from sct_ad.runtime.linalg import log_of_determinant
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, kind


def resolve_log_determinants(flat: Specialised) -> bool:
    """`t = np.linalg.det(a); u = np.log(t)` -> `u = log_of_determinant(a)`; returns whether anything changed.

    The inverse is its second argument, where the statements before have computed it.
    """
    body = flat.function.body
    found = [(block, stmt) for block in _blocks(body) for stmt in block if _argument(flat, stmt, np.log)]
    if not found:
        return False
    memory = analyse_memory(body, flat.typer)
    mentions = Counter(node.id for node in nodes.walk(body) if isinstance(node, gast.Name))
    changed = False
    for block, stmt in found:
        before = block[: block.index(stmt)]
        value = _argument(flat, stmt, np.log)
        assert value is not None
        made = next((s for s in reversed(before) if value.id in nodes.defines(s)), None)
        matrix = _argument(flat, made, np.linalg.det)
        if matrix is None or mentions[value.id] != 2 or value.id not in flat.temporaries:
            continue
        if not _is_real_matrix(flat, matrix) or memory.has_identity(matrix.id):
            continue
        if _binds(before[before.index(made) :], matrix.id):
            continue
        call = nodes.call(flat.namespace.denote(log_of_determinant, "log_of_determinant"), nodes.copy(matrix))
        inverse = _inverse(flat, before, matrix.id)
        if inverse is not None and not memory.has_identity(inverse):
            call.args.append(nodes.name(inverse))
        stmt.value = call
        block.remove(made)
        changed = True
    return changed


def _blocks(block: Block) -> list[Block]:
    return [block, *(inner for stmt in nodes.statements(block) for inner in nodes.blocks(stmt))]


def _argument(flat: Specialised, stmt: Stmt | None, function: object) -> gast.Name | None:
    """The variable that a statement `u = function(x)` calls a function of."""
    value = stmt.value if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) else None
    if not isinstance(value, gast.Call) or len(value.args) != 1 or value.keywords:
        return None
    if not isinstance(value.args[0], gast.Name) or flat.typer.resolve(value.func) is not function:
        return None
    return value.args[0]


def _is_real_matrix(flat: Specialised, expr: Expr) -> bool:
    found = flat.typer.type_of(expr)
    return isinstance(found, Array) and found.ndim == 2 and kind(found) == "float"


def _inverse(flat: Specialised, before: Block, matrix: str) -> str | None:
    """The variable that already holds the inverse of a matrix."""
    for position, stmt in enumerate(before):
        argument = _argument(flat, stmt, np.linalg.inv)
        if argument is not None and argument.id == matrix:
            name = str(stmt.targets[0].id)
            if not _binds(before[position:], matrix) and not _binds(before[position + 1 :], name):
                return name
    return None


def _binds(block: Block, name: str) -> bool:
    return any(name in nodes.defines(stmt) for stmt in nodes.statements(block))
