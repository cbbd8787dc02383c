"""Shadows of arguments that are containers, as variables: one for each number and array.

bp = zero_shadow(p)            ->  bp_0 = 0.0
                                   bp_1 = np.zeros_like(p[1])
bp[0] += 2.0 * t               ->  bp_0 += 2.0 * t
return as_structure(p, bp)     ->  return as_structure(p, [bp_0, bp_1])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sct_ad.emit.numba.paths import Step, chain_of, part_of
from sct_ad.runtime import as_structure, zero_shadow
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Dict, List, Scalar, Tuple, kind

_MOST_LEAVES = 64


def shadows_apart(
    function: gast.FunctionDef, types: dict[str, Abstract], names: Names, denoted: Callable[[str], Any], numpy: Expr
) -> gast.FunctionDef:
    """The pass; `numpy` denotes NumPy."""
    body: Block = list(function.body)
    parameters = {arg.id for arg in function.args.args}
    place = 0
    while place < len(body):
        stmt = body[place]
        found = _shadowed(stmt, types, parameters, denoted)
        shadow = None if found is None else _Shadow(*found, names, denoted, numpy)
        if shadow is not None and shadow.leaves and shadow.fits(body, stmt):
            births = [nodes.with_origin(birth, nodes.origin_of(stmt)) for birth in shadow.births()]
            body = [*shadow.rewritten(body[:place]), *births, *shadow.rewritten(body[place + 1 :])]
        place += 1
    twin = nodes.copy(function)
    twin.body = body
    return twin


def _shadowed(
    stmt: nodes.Stmt, types: dict[str, Abstract], parameters: set[str], denoted: Callable[[str], Any]
) -> tuple[str, Expr, Abstract, Expr] | None:
    """If a statement makes the shadow of an argument: the name, the argument, its type, what is called."""
    value = stmt.value if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) else None
    if not (isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and len(value.args) == 1):
        return None
    chain = chain_of(value.args[0])
    if denoted(value.func.id) is not zero_shadow or chain is None or chain[0] not in parameters:
        return None
    type_: Abstract | None = types.get(chain[0], UNKNOWN)
    for step in chain[1]:
        type_ = None if type_ is None else part_of(type_, step)
    return None if type_ is None else (stmt.targets[0].id, value.args[0], type_, value.func)


class _Shadow:
    """A shadow in parts."""

    def __init__(
        self,
        name: str,
        template: Expr,
        type_: Abstract,
        make: Expr,
        names: Names,
        denoted: Callable[[str], Any],
        numpy: Expr,
    ) -> None:
        self.name, self.template, self.type, self.names = name, template, type_, names
        self.denoted, self.numpy = denoted, numpy
        self.leaves: dict[tuple[Step, ...], str] | None = {}
        self.make = make
        self._find((), type_)

    def _find(self, path: tuple[Step, ...], type_: Abstract) -> None:
        if self.leaves is None:
            return
        if isinstance(type_, (Tuple, List)) and type_.items is not None:
            for k, item in enumerate(type_.items):
                self._find((*path, ("item", k)), item)
        elif isinstance(type_, Dict) and type_.items is not None:
            for key, item in type_.items:
                self._find((*path, ("item", key)), item)
        elif (isinstance(type_, (Scalar, Array)) or (isinstance(type_, List) and path)) and len(
            self.leaves
        ) < _MOST_LEAVES:
            hint = "_".join([self.name, *(str(step[1]) for step in path)])
            self.leaves[path] = self.names.fresh(hint if hint.isidentifier() else self.name)
        elif not path or not self._has_room():
            self.leaves = None

    def _has_room(self) -> bool:
        return self.leaves is not None and len(self.leaves) < _MOST_LEAVES

    def _leaf(self, node: Expr) -> str | None:
        """The variable of a leaf that a path leads to."""
        chain = chain_of(node)
        if chain is None or chain[0] != self.name or not chain[1]:
            return None
        path: list[Step] = []
        type_: Abstract | None = self.type
        for step in chain[1]:
            if type_ is not None and isinstance(type_, (Tuple, List)) and type_.items is not None:
                if not isinstance(step[1], int):
                    return None
                step = ("item", step[1] % len(type_.items)) if type_.items else step
            path.append(step)
            type_ = None if type_ is None else part_of(type_, step)
        return (self.leaves or {}).get(tuple(path))

    def _whole(self, node: Any) -> bool:
        """Whether a node gives the shadow the structure of the argument."""
        if not (isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and len(node.args) == 2):
            return False
        shadow = node.args[1]
        is_own = isinstance(shadow, gast.Name) and shadow.id == self.name
        return is_own and self.denoted(node.func.id) is as_structure

    def fits(self, body: Block, birth: nodes.Stmt) -> bool:
        """Whether all that is done with the shadow can be done with its parts."""
        count = sum(
            isinstance(node, gast.Name) and node.id == self.name
            for stmt in body
            if stmt is not birth
            for node in nodes.walk(stmt)
        )
        good = 0
        pending: list[Any] = [stmt for stmt in body if stmt is not birth]
        while pending:
            node = pending.pop()
            if isinstance(node, list):
                pending.extend(node)
            elif isinstance(node, gast.AST):
                if self._whole(node) or (isinstance(node, gast.Subscript) and self._leaf(node) is not None):
                    good += 1
                    continue
                pending.extend(value for value in node.__dict__.values() if isinstance(value, (list, gast.AST)))
        return good == count > 0

    def births(self) -> Block:
        """The parts, at first."""
        found: Block = []
        for path, name in (self.leaves or {}).items():
            source, type_ = self.template, self.type
            for step in path:
                source = nodes.subscript(source, nodes.constant(step[1]))
                type_ = part_of(type_, step) or UNKNOWN
            found.append(nodes.assign(name, self._zero(nodes.copy(source), type_)))
        return found

    def _zero(self, source: Expr, type_: Abstract) -> Expr:
        """What a part starts from."""
        if isinstance(type_, List):
            return nodes.call(self.make, source)
        if not isinstance(type_, Array):
            return nodes.constant(0j if kind(type_) == "complex" else 0.0)
        if kind(type_) in ("float", "complex"):
            return nodes.call(nodes.attribute(self.numpy, "zeros_like"), source)
        return nodes.call(nodes.attribute(self.numpy, "zeros"), nodes.attribute(source, "shape"))

    def rewritten(self, node: Any) -> Any:
        """A copy with paths into the shadow replaced by its parts."""
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST) or not node._fields:
            return node
        if isinstance(node, gast.Subscript):
            leaf = self._leaf(node)
            if leaf is not None:
                return gast.Name(id=leaf, ctx=node.ctx, annotation=None, type_comment=None)
        if self._whole(node):
            return nodes.call(node.func, node.args[0], self._display((), self.type))
        twin = node.__class__.__new__(node.__class__)
        for key, value in node.__dict__.items():
            twin.__dict__[key] = self.rewritten(value) if isinstance(value, (list, gast.AST)) else value
        return twin

    def _display(self, path: tuple[Step, ...], type_: Abstract) -> Expr:
        """The shadow as a display of its parts."""
        leaf = (self.leaves or {}).get(path)
        if leaf is not None:
            return nodes.name(leaf)
        if isinstance(type_, (Tuple, List)) and type_.items is not None:
            items = [self._display((*path, ("item", k)), item) for k, item in enumerate(type_.items)]
            return gast.List(elts=items, ctx=nodes.LOAD)
        if isinstance(type_, Dict) and type_.items is not None:
            keys = [nodes.constant(key) for key, _ in type_.items]
            return gast.Dict(keys=keys, values=[self._display((*path, ("item", k)), item) for k, item in type_.items])
        return nodes.constant(None)
