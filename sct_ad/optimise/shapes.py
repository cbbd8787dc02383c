"""Shapes asked of an array that is there anyway, so that an array needed for its shape alone is not computed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import SHAPE_ATTRIBUTES, parameters
from sct_ad.optimise.products import alike, same_shape
from sct_ad.optimise.workspace import Workspace, single_target
from sct_ad.runtime import zeros_in_layout
from sct_ad.syntax.nodes import Expr, every
from sct_ad.syntax.values import Array


def shapes(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Ask a parameter or an earlier array of equal type for the shape of one that is used for nothing else.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> like = Array("float64", (Dim("n"),))
    >>> show(shapes, "def f(x):\\n    t = x * x\\n    return np.zeros(t.shape)", {"t"}, x=like, t=like)
    def f(x):
        t = x * x
        return np.zeros(x.shape)
    """
    space = Workspace.of(fn, facts)
    asked = {id(stmt): _asked_for_shape(stmt, space) for stmt in space.fn.body}
    times: Counter[str] = Counter(node.id for nodes in asked.values() for node in nodes)
    known = [name for name in parameters(space.fn) if space.definitions[name] == 1 and name not in facts.unsure]
    for stmt in space.fn.body:
        for node in asked[id(stmt)]:
            if times[node.id] == space.loads[node.id] and space.definitions[node.id] == 1:
                node.id = next((other for other in known if _stands_in(other, node.id, facts)), node.id)
                space.footprints.forget(stmt)
        name = single_target(stmt)
        if name is None or name in facts.unsure:
            continue
        if space.definitions[name] == 1 and times[name] < space.loads[name]:
            known.append(name)
    return space.leave()


def _stands_in(other: str, name: str, facts: Facts) -> bool:
    """Whether two variables surely have the same dtype and shape."""
    one, two = facts.types.get(other), facts.types.get(name)
    return isinstance(one, Array) and isinstance(two, Array) and alike(one, two) and same_shape(one, two)


def _asked_for_shape(node: Any, space: Workspace) -> list[gast.Name]:
    """The local names of which only the shape or dtype is read, below a node."""
    found: list[gast.Name] = []
    for inner in every(node, gast.Attribute, gast.Call):
        if isinstance(inner, gast.Attribute):
            found += _name(inner.value, space) if inner.attr in SHAPE_ATTRIBUTES else []
        elif not space.footprints.is_method(inner):
            if space.facts.resolve(inner.func) is zeros_in_layout:  # asks for the strides too
                continue
            for position in space.facts.call_effects(inner).shape_only:
                if position < len(inner.args):
                    found += _name(inner.args[position], space)
    return found


def _name(expr: Expr, space: Workspace) -> list[gast.Name]:
    return [expr] if isinstance(expr, gast.Name) and expr.id in space.footprints.local else []
