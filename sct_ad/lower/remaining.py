"""Calls that are left when the loops have been written, in words that Numba knows.

np.mean(x, axis=-1, keepdims=True)  ->  mean_along(x, axis=-1, keepdims=True)
x.sum(axis=(0, 1))                  ->  sum_along(x, axis=(0, 1))
x @ y, of stacks of matrices        ->  matmul(x, y)
x[[i, j]]                           ->  x[np.array([i, j])]
x.swapaxes(-1, -2)                  ->  np.transpose(x, (0, 2, 1))
np.tensordot(x, y, 1)               ->  tensordot(x, y, (1,), (0,))
x.reshape(n, -1), nothing written   ->  np.ascontiguousarray(x).reshape(n, -1)
np.zeros_like(x), x perhaps None    ->  zeros_like(x)
bd.get(key, ...)                    ->  bd.get(key)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import Footprints
from sct_ad.runtime.broadcasting import last_written
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, static_value
from sct_ad.syntax.values import Array, Scalar

_REDUCTIONS = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min}


def spell_remaining(function: gast.FunctionDef, facts: Facts, denote: Callable[[Any], Expr]) -> gast.FunctionDef:
    """The pass; `denote` gives a name to NumPy, or to what stands for a function of NumPy's in what is compiled."""
    function = nodes.copy(function)
    function.body = _Spelling(function, facts, denote).block(function.body)
    return function


def _is_ellipsis(node: object) -> bool:
    return isinstance(node, gast.Constant) and node.value is ...


def _compared(function: gast.FunctionDef) -> list[Expr]:
    """The operands of all comparisons."""
    found = [node for node in nodes.walk(function.body) if isinstance(node, gast.Compare)]
    return [part for node in found for part in (node.left, *node.comparators)]


class _Spelling:
    def __init__(self, function: gast.FunctionDef, facts: Facts, denote: Callable[[Any], Expr]) -> None:
        self.facts, self.denote = facts, denote
        self.footprints = Footprints(function, facts)
        self.missing = nodes.set_to_none(function.body)
        self.compares = any(_is_ellipsis(part) for part in _compared(function))
        """Whether the function itself asks for `...`."""
        self.written: set[str] = set()
        """The memory that is written from the current statement on, of those of the function's own block."""

    def block(self, block: Block) -> Block:
        """The statements of the function."""
        after: list[set[str]] = []
        for stmt in reversed(block):
            writes = {name for inner in nodes.statements([stmt]) for name in self.footprints.statement(inner).writes}
            after.append(writes | (after[-1] if after else set()))
        found: Block = []
        for stmt, self.written in zip(block, reversed(after), strict=True):
            found.append(self.spelled(stmt))
        return found

    def spelled(self, node: Any) -> Any:
        """The node with all calls in it spelled."""
        if isinstance(node, list):
            return [self.spelled(item) for item in node]
        if not isinstance(node, gast.AST) or not node._fields:
            return node
        found = self._other(node)
        for key, value in found.__dict__.items():
            if isinstance(value, (list, gast.AST)):
                found.__dict__[key] = self.spelled(value)
        return found

    def _other(self, node: Any) -> Any:
        if isinstance(node, gast.Call):
            found = self._swapped(node) or self._at_places(node) or self._tensordot(node) or self._reshaped(node)
            return found or self._of_missing(node) or self._entry(node) or self._reduction(node)
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult):
            if self._is_stack(node.left) or self._is_stack(node.right):
                return nodes.call(self.denote(np.matmul), node.left, node.right)
        if isinstance(node, gast.Subscript):
            node.slice = self._index(node)
        return node

    def _reduction(self, call: gast.Call) -> gast.Call:
        """A reduction along axes that Numba has no words for."""
        original, args = self.facts.resolve(call.func), list(call.args)
        if isinstance(call.func, gast.Attribute) and isinstance(self.facts.type_of(call.func.value), Array):
            original = _REDUCTIONS.get(call.func.attr)
            args.insert(0, call.func.value)
        if not any(original is known for known in _REDUCTIONS.values()) or not 1 <= len(args) <= 2:
            return call
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if len(args) == 2:
            keywords["axis"] = args.pop()
        if not keywords or not keywords.keys() <= {"axis", "keepdims"}:
            return call
        if original is np.sum and keywords.keys() == {"axis"} and not isinstance(keywords["axis"], gast.Tuple):
            return call  # Numba knows it
        if not isinstance(self.facts.type_of(args[0]), Array):
            return call
        return nodes.call(self.denote(original), *args, **keywords)

    def _of_missing(self, call: gast.Call) -> Expr | None:
        """Zeros like a variable that may have no value yet."""
        if self.facts.resolve(call.func) is not np.zeros_like or len(call.args) != 1 or call.keywords:
            return None
        array = call.args[0]
        if not (isinstance(array, gast.Name) and array.id in self.missing):
            return None
        return nodes.call(self.denote(np.zeros_like), array)

    def _entry(self, call: gast.Call) -> Expr | None:
        """An entry of a dict of shadows, or None: `...` has another type than entries have."""
        if not (isinstance(call.func, gast.Attribute) and call.func.attr == "get" and len(call.args) == 2):
            return None
        if not _is_ellipsis(call.args[1]) or self.compares:
            return None
        return nodes.call(call.func, call.args[0])

    def _swapped(self, call: gast.Call) -> Expr | None:
        """Two axes swapped, of an array of known rank."""
        args = list(call.args)
        if isinstance(call.func, gast.Attribute) and call.func.attr == "swapaxes" and len(args) == 2:
            args.insert(0, call.func.value)
        elif self.facts.resolve(call.func) is not np.swapaxes or len(args) != 3:
            return None
        found = self.facts.type_of(args[0])
        axes = [static_value(axis) for axis in args[1:]]
        if not isinstance(found, Array) or not found.ndim or call.keywords:
            return None
        if not all(type(axis) is int and -found.ndim <= axis < found.ndim for axis in axes):
            return None
        one, other = (axis % found.ndim for axis in axes)
        order = list(range(found.ndim))
        order[one], order[other] = order[other], order[one]
        transposed = nodes.attribute(self.denote(np), "transpose")
        return nodes.call(transposed, args[0], nodes.constant(tuple(order)))

    def _tensordot(self, call: gast.Call) -> Expr | None:
        """A product summed over axes that are known."""
        if self.facts.resolve(call.func) is not np.tensordot or not 2 <= len(call.args) <= 3:
            return None
        ranks: list[int] = [getattr(self.facts.type_of(arg), "ndim", None) or 0 for arg in call.args[:2]]
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        axes = static_value(call.args[2] if len(call.args) == 3 else given.get("axes", nodes.constant(2)))
        if not all(ranks) or not given.keys() <= {"axes"}:
            return None
        left, right = ranks
        if type(axes) is int and 0 < axes <= min(left, right):
            axes = tuple(range(left - axes, left)), tuple(range(axes))
        if not isinstance(axes, tuple) or len(axes) != 2:
            return None
        pairs = [one if isinstance(one, tuple) else (one,) for one in axes]
        if len(pairs[0]) != len(pairs[1]) or not all(type(k) is int for one in pairs for k in one):
            return None
        places = [tuple(k % rank for k in one) for one, rank in zip(pairs, ranks)]
        return nodes.call(self.denote(np.tensordot), *call.args[:2], *map(nodes.constant, places))

    def _reshaped(self, call: gast.Call) -> Expr | None:
        """A new shape for an array that may not be contiguous, where no statement could tell a copy from a view."""
        if not (isinstance(call.func, gast.Attribute) and call.func.attr == "reshape"):
            return None
        array = call.func.value
        if not isinstance(self.facts.type_of(array), Array) or not self._is_not_written(array):
            return None
        contiguous = nodes.attribute(self.denote(np), "ascontiguousarray")
        call.func = nodes.attribute(nodes.call(contiguous, array), "reshape")
        return call

    def _is_not_written(self, array: Expr) -> bool:
        content = self.footprints.expression(array).content
        return bool(content) and content.isdisjoint(self.written)

    def _at_places(self, call: gast.Call) -> Expr | None:
        """`last_written(x, [i, j])` at an array of integers."""
        if self.facts.resolve(call.func) is not last_written or len(call.args) != 2:
            return None
        call.args = [call.args[0], self._array(call.args[1])]
        return call

    def _is_stack(self, operand: Expr) -> bool:
        found = self.facts.type_of(operand)
        return isinstance(found, Array) and (found.ndim or 0) > 2

    def _index(self, node: gast.Subscript) -> Expr:
        """Lists of integers as arrays."""
        if not isinstance(self.facts.type_of(node.value), Array):
            return node.slice
        if isinstance(node.slice, gast.Tuple):
            parts = [self._array(part) for part in node.slice.elts]
            return nodes.tuple_(parts)
        return self._array(node.slice)

    def _array(self, part: Expr) -> Expr:
        if not (isinstance(part, gast.List) and part.elts):
            return part
        types_ = [self.facts.type_of(item) for item in part.elts]
        if not all(isinstance(found, Scalar) and found.kind == "int" for found in types_):
            return part
        return nodes.call(nodes.attribute(self.denote(np), "array"), part)
