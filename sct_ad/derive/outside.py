"""What a reverse sweep that runs later reads of live globals and closure variables: the values of the forward sweep."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.derive.emission import Emission
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr


class Outside:
    """Reads of what lives outside, replaced by variables that the forward sweep assigns at its end."""

    def __init__(self, emission: Emission) -> None:
        self.acc = emission
        self.types = emission.namespace.types
        self.names: dict[str, str] = {}
        """Dotted name of something outside -> the variable."""
        self.reads: Block = []
        """The statements that assign the variables."""

    def replace(self, block: Block) -> Block:
        """The block with variables in place of what lives outside."""
        block = nodes.copy(block)
        for stmt in nodes.statements(block):
            self._below(stmt)
        return block

    def _below(self, node: Any) -> None:
        for key in node._fields:
            child = getattr(node, key, None)
            if isinstance(child, list):
                for k, item in enumerate(child):
                    if isinstance(item, gast.AST) and not isinstance(item, gast.stmt):
                        child[k] = self._replaced(item)
            elif isinstance(child, gast.AST) and not isinstance(child, gast.stmt):
                setattr(node, key, self._replaced(child))

    def _replaced(self, node: Any) -> Any:
        chain = nodes.dotted(node) if isinstance(node, (gast.Name, gast.Attribute)) else None
        place = ".".join(chain) if chain else ""
        if place in self.types and isinstance(getattr(node, "ctx", None), gast.Load):
            return nodes.name(self._variable(place, node))
        self._below(node)
        return node

    def _variable(self, place: str, expr: Expr) -> str:
        if place not in self.names:
            name = self.names[place] = self.acc.fresh(place.rpartition(".")[2])
            self.acc.typer.types[name] = self.acc.typer.type_of(expr)
            self.reads.append(nodes.assign(name, nodes.copy(expr)))
        return self.names[place]
