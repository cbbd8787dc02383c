"""Live names: what emitted text reads from globals and closures at the time of the call is passed to the kernel.

Numba takes globals and closure variables for constants.
"""

from __future__ import annotations

import random
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.emit.numba.paths import chain_of
from sct_ad.errors import Span, UnsupportedError
from sct_ad.objects import is_users_module
from sct_ad.specialise.namespace import GlobalsView, Guard, Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

_PASSED = (int, float, complex, str, list, tuple, np.ndarray, np.generic, np.dtype)
"""What Numba takes as it is."""


@dataclass
class Live:
    """The parameters that the live names have become."""

    passed: dict[str, Expr] = field(default_factory=dict)
    """Parameter of the kernel -> the expression that reads the value outside."""
    guards: list[Guard] = field(default_factory=list)


def live_names(
    functions: Sequence[gast.FunctionDef],
    namespace: Namespace,
    stand_ins: Callable[[Any], Any],
    as_text: Callable[[Any], Any],
) -> tuple[list[gast.FunctionDef], Live]:
    """The functions with parameters in place of live names; calls between them pass these on.

    `stand_ins` tells what Numba is to call instead of a function of a library; None where it is that function.
    `as_text` is called for what f-strings format.
    """
    own = {function.name for function in functions}
    finder = _Finder(namespace, own, stand_ins, as_text)
    functions = [finder.replaced(function) for function in functions]
    if finder.live.passed:
        for function in functions:
            extra = list(finder.live.passed)
            function.args = nodes.parameters([*(arg.id for arg in function.args.args), *extra])
            for node in nodes.walk(function.body):
                if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in own:
                    node.args = [*node.args, *map(nodes.name, extra)]
    return functions, finder.live


class _Finder:
    def __init__(
        self, namespace: Namespace, own: set[str], stand_ins: Callable[[Any], Any], as_text: Callable[[Any], Any]
    ) -> None:
        self.namespace, self.own, self.stand_ins, self.as_text = namespace, own, stand_ins, as_text
        self.raising = 0
        """Whether the node visited is in the message of an exception."""
        self.live = Live()
        self.origin: Span | None = None
        self.local: set[str] = set()

    def replaced(self, function: gast.FunctionDef) -> gast.FunctionDef:
        function = nodes.copy(function)
        self.local = {arg.id for arg in function.args.args}
        self.local |= {
            node.id
            for node in nodes.walk(function.body)
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
        }
        for stmt in nodes.statements(function.body):
            self._refuse_stores(stmt)
        function.body = self._visit(function.body)
        return function

    def _refuse_stores(self, stmt: gast.stmt) -> None:
        goals = stmt.targets if isinstance(stmt, (gast.Assign, gast.Delete)) else [getattr(stmt, "target", None)]
        for goal in goals:
            if isinstance(goal, gast.Attribute):
                raise UnsupportedError(
                    "the Numba backend cannot assign to an attribute or a global",
                    nodes.origin_of(stmt),
                    "return the value, or use backend='python'",
                )

    def _visit(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._visit(item) for item in node]
        if not isinstance(node, gast.AST) or not node._fields:
            return node
        if isinstance(node, gast.stmt):
            self.origin = nodes.origin_of(node)
        if isinstance(node, gast.Raise):
            self.raising += 1
        elif isinstance(node, gast.FormattedValue) and node.conversion in (-1, ord("s")) and not self.raising:
            node.conversion = -1
            node.value = nodes.call(self.namespace.denote(self.as_text, "as_text"), node.value)
        if isinstance(node, (gast.Attribute, gast.Subscript)) and isinstance(node.ctx, gast.Load):
            found = self._attribute(node) if isinstance(node, gast.Attribute) else None
            found = found or self._of_object(node)
            if found is not None:
                return found
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id not in self.local:
            return self._name(node)
        for key, value in node.__dict__.items():
            if isinstance(value, (list, gast.AST)):
                node.__dict__[key] = self._visit(value)
        self.raising -= isinstance(node, gast.Raise)
        return node

    def _name(self, node: gast.Name) -> Expr:
        name, space = node.id, self.namespace
        if name in self.own:
            return node
        if name in space.objects:
            value = space.objects[name]
            other = self.stand_ins(value) if callable(value) else None
            if other is not None:
                return space.denote(other, other.__name__)
            return self._passed(name, node, value) if _is_mutable(value) else node
        if name in space.cells:
            value = _content(space.cells[name])
            guard = Guard(space.cells[name], (), value)
        elif name in space.function_globals:
            value = space.function_globals[name]
            guard = Guard(space.function_globals, (name,), value)
        else:  # a builtin
            return node
        return self._read(name, node, value, guard)

    def _attribute(self, node: gast.Attribute) -> Expr | None:
        """An attribute of a module of the user's, or a function that another one stands in for."""
        found = self._of_library(node)
        other = None if found is None else self.stand_ins(found)
        if other is not None:
            return self.namespace.denote(other, other.__name__)
        if not isinstance(node.value, gast.Name) or node.value.id in self.local:
            return None
        module = self.namespace.objects.get(node.value.id)
        if isinstance(module, GlobalsView):
            place = object.__getattribute__(module, "_namespace")
        elif isinstance(module, types.ModuleType) and is_users_module(module):
            place = vars(module)
        else:
            return None
        if node.attr not in place:
            return None
        value = place[node.attr]
        return self._read(f"{node.value.id}_{node.attr}", node, value, Guard(place, (node.attr,), value))

    def _of_object(self, node: Expr) -> Expr | None:
        """What constant attributes and keys find in an object or a dict outside of the function."""
        chain = chain_of(node)
        if chain is None or chain[0] in self.local or chain[0] in self.own:
            return None
        name, space = chain[0], self.namespace
        if name in space.objects:
            value = space.objects[name]
        else:
            value = _content(space.cells[name]) if name in space.cells else space.function_globals.get(name)
        if value is None or callable(value) or isinstance(value, (*_PASSED, types.ModuleType, GlobalsView)):
            return None
        if isinstance(value, np.random.Generator):  # not among those passed: that would import what few programs need
            return None
        return self._parameter("_".join([name, *(str(step[1]) for step in chain[1])]), node)

    def _of_library(self, node: gast.Attribute) -> Any:
        """What a dotted name denotes; None where it is no library's."""
        path = nodes.dotted(node)
        if path is None or path[0] in self.local:
            return None
        value = self.namespace.objects.get(path[0])
        if not isinstance(value, types.ModuleType) or is_users_module(value):
            return None
        for step in path[1:]:
            value = getattr(value, step, None)
        if isinstance(getattr(value, "__self__", None), (random.Random, np.random.RandomState)):
            raise UnsupportedError(
                f"under Numba {'.'.join(path)} draws from another generator",
                self.origin,
                "pass a generator made by np.random.default_rng, or use backend='python'",
            )
        return value

    def _read(self, hint: str, node: Expr, value: Any, guard: Guard) -> Expr:
        if isinstance(value, types.ModuleType) or callable(value):
            self.live.guards.append(guard)
            return self.namespace.denote(value, hint)
        return self._passed(hint, node, value)

    def _passed(self, hint: str, node: Expr, value: Any) -> Expr:
        if isinstance(value, list) and not value:
            raise UnsupportedError(
                f"the Numba backend cannot pass {hint}, an empty list: its items have no type",
                self.origin,
                "use backend='python'",
            )
        return self._parameter(hint, node)

    def _parameter(self, hint: str, node: Expr) -> Expr:
        for name, known in self.live.passed.items():
            if nodes.same(known, node):
                return nodes.name(name)
        name = hint if isinstance(node, gast.Name) else self.namespace.names.fresh(hint if hint.isidentifier() else "t")
        self.live.passed[name] = nodes.copy(node)
        return nodes.name(name)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _is_mutable(value: Any) -> bool:
    """Whether Numba would freeze something that can change."""
    return isinstance(value, (np.ndarray, list, dict, set))
