"""Shadows of arrays that are made again in the reverse sweep."""

from __future__ import annotations

import gast

from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.pairs import Region
from sct_ad.runtime import checkpointing
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import UNKNOWN, Abstract


class HandOver:
    """Arrays that are made again have new shadows; these take over what the shadows of the first ones have gathered.

    Of each such shadow, `end` is the one after the trips that are reversed next, and `start` the one before them.
    """

    def __init__(self, acc: Accumulator, region: Region) -> None:
        self.acc, self.names = acc, region.handed_on
        for name in self.names:
            type_ = self.acc.typer.types.get(name, UNKNOWN)
            if name not in region.before_rest:
                region.before_rest[name] = self._fresh(f"{name}_start", type_)
        self.starts = region.before_rest
        self.ends = {name: self._fresh(f"{name}_end", self.acc.typer.types.get(name, UNKNOWN)) for name in self.names}

    def first(self) -> Block:
        """Before the reverse sweep: the shadows as the forward sweep has left them."""
        return [nodes.assign(self.ends[name], nodes.name(name)) for name in self.names]

    def begin(self) -> Block:
        """Before the trips that are recorded."""
        return [nodes.assign(self.starts[name], nodes.name(name)) for name in self.names]

    def take_over(self) -> Block:
        """After the trips that are recorded."""
        function = self.acc.bind(checkpointing.take_over, "take_over")
        calls = [nodes.call(nodes.copy(function), nodes.name(name), nodes.name(self.ends[name])) for name in self.names]
        return [gast.Expr(value=call) for call in calls]

    def go_on(self) -> Block:
        """After they are reversed."""
        return [nodes.assign(self.ends[name], nodes.name(self.starts[name])) for name in self.names]

    def last(self) -> Block:
        """After the reverse sweep: the shadows as they were before the loop."""
        return [nodes.assign(name, nodes.name(self.ends[name])) for name in self.names]

    def _fresh(self, base: str, type_: Abstract) -> str:
        name = self.acc.fresh(base)
        self.acc.typer.types[name] = type_
        return name
