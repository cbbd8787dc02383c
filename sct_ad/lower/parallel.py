"""Loops over Numba's `prange` -> parallel chunks of trips, where no trip can be seen by another one.

for i in range(len(x)):        ->  for chunk in prange(chunks):
    t = np.sin(x[i])                   bw_part = bw_parts[chunk]
    bx[i] += t                         for i in range(first + trips * chunk // chunks, ...):
    bw[k[i]] += t                          t = np.sin(x[i])
                                           bx[i] += t
                                           bw_part[k[i]] += t
                                   for chunk in range(chunks):
                                       bw += bw_parts[chunk]

Each trip has numbers and arrays of its own; what it writes of the arrays around it are elements at its own index, or at
its own places of a tape; what it adds up goes to sums of its chunk, which are added in order at the end. A loop for
which this cannot be shown stays as it is. `shared.py` shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.lower.shared import Shared, shared_by_trips
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import INT, Array, Scalar

Denote = Callable[[Any, str], Expr]


class Numba(NamedTuple):
    """What the text calls."""

    prange: Any
    threads: Any
    share: Any
    """`share(trips, chunk, chunks)`: how many trips are before those of a chunk."""


def parallel_loops(
    function: gast.FunctionDef, facts: Facts, denote: Denote, numba: Numba, raises: Callable[[gast.FunctionDef], bool]
) -> gast.FunctionDef:
    """Loops that the user wrote over `prange`, and their reverses, in parallel; `raises`: divisions may raise."""
    function = nodes.copy(function)
    checks = raises(function)
    supply = Names(nodes.names_in(function) | set(facts.types))

    def block(stmts: Block, after: Block) -> Block:
        found: Block = []
        for k, stmt in enumerate(stmts):
            rest = [*stmts[k + 1 :], *after]
            if isinstance(stmt, (gast.Try, gast.With)):
                found.append(stmt)
                continue
            if isinstance(stmt, gast.For) and _was_parallel(stmt):
                shared = shared_by_trips(stmt, function, rest, facts, checks)
                if shared is not None:
                    found += _Chunks(shared, facts, supply, denote).made(numba)
                    continue
            again = [stmt] if isinstance(stmt, (gast.For, gast.While)) else []
            for inner in nodes.blocks(stmt):
                inner[:] = block(inner, [*again, *rest])
            found.append(stmt)
        return found

    function.body = block(function.body, [])
    return function


def _was_parallel(stmt: gast.For) -> bool:
    """Whether the user's line has `prange`: it says that the loop may be parallel, and not that it can."""
    origin = nodes.origin_of(stmt)
    return origin is not None and "prange(" in origin.text.partition("#")[0]


class _Chunks:
    """The text of one parallel loop."""

    def __init__(self, shared: Shared, facts: Facts, supply: Names, denote: Denote) -> None:
        self.loop, self.shared, self.facts, self.supply, self.denote = shared.loop, shared, facts, supply, denote
        self.before: Block = []
        self.first: Block = []
        """What a chunk does before its trips."""
        self.last: Block = []
        self.after: Block = []
        self.renamed: dict[str, str] = {}

    def fresh(self, hint: str, type_: Any = INT) -> str:
        """A new variable."""
        name = self.supply.fresh(hint)
        self.facts.temporaries.add(name)
        self.facts.types[name] = type_
        return name

    def given(self, hint: str, value: Expr, to: Block, type_: Any = INT) -> Expr:
        """A new variable with a value."""
        name = self.fresh(hint, type_)
        to.append(nodes.assign(name, value))
        return nodes.name(name)

    def made(self, numba: Numba) -> Block:
        """The statements that stand for the loop."""
        loop, shared, numpy = self.loop, self.shared, self.denote(np, "np")
        integer = nodes.attribute(numpy, "int64")
        trips = nodes.call(nodes.name("max"), _plus(shared.high, -shared.low), nodes.constant(0))
        trips = self.given("trips", trips, self.before)
        count = nodes.call(integer, nodes.call(self.denote(numba.threads, "get_num_threads")))
        chunks = self.given("chunks", count, self.before)
        number = self.fresh("number")
        chunk = self.given("chunk", nodes.call(integer, nodes.name(number)), self.first)
        body = self._body(trips, chunks, chunk)
        share = self.denote(numba.share, "share")
        ends = [_plus(nodes.call(share, trips, k, chunks), shared.low) for k in (chunk, _plus(chunk, 1))]
        inner = nodes.copy(loop)
        inner.target = nodes.target(self.renamed[loop.target.id])
        inner.iter, inner.body = nodes.call(nodes.name("range"), *ends), body
        outer = nodes.copy(loop)
        outer.target, outer.body = nodes.target(number), [*self.first, inner, *self.last]
        outer.iter = nodes.call(self.denote(numba.prange, "prange"), chunks)
        origin = nodes.origin_of(loop)
        return [nodes.with_origin(stmt, origin) for stmt in [*self.before, outer, *self.after]]

    def _body(self, trips: Expr, chunks: Expr, chunk: Expr) -> Block:
        """The statements of a trip."""
        loop, shared = self.loop, self.shared
        index = loop.target.id
        self.renamed = {name: self.fresh(name, self.facts.types.get(name, INT)) for name in (index, *shared.private)}
        own = nodes.name(self.renamed[index])
        begin: Block = []
        for name, steps in shared.counters.items():
            done = _plus(own, -shared.low)
            if shared.backwards:
                done = nodes.binary(_plus(trips, -1), gast.Sub(), done)
            self.renamed[name] = self.fresh(name)
            value = nodes.binary(nodes.name(name), gast.Add(), _times(done, steps))
            begin.append(nodes.assign(self.renamed[name], value))
            self.after.append(_added(name, _times(trips, steps)))
        totals: Block = []
        for name in shared.sums:
            totals.append(self._summed(name, chunks, chunk))
        if totals:
            k = self.fresh("chunk")
            totals = [nodes.substitute(stmt, {chunk.id: nodes.name(k)}) for stmt in totals]  # type: ignore[attr-defined]
            every = nodes.copy(loop)
            every.target, every.iter, every.body = (
                nodes.target(k),
                nodes.call(nodes.name("range"), chunks),
                totals,
            )
            self.after.append(every)
        body = [nodes.with_origin(nodes.substitute(s, self.renamed), nodes.origin_of(s)) for s in loop.body]
        return [*begin, *body]

    def _summed(self, name: str, chunks: Expr, chunk: Expr) -> Stmt:
        """Let chunks have sums of their own; returns what adds that of one chunk."""
        type_, numpy = self.facts.types[name], self.denote(np, "np")
        zeros, whole = nodes.attribute(numpy, "zeros"), nodes.name(name)
        if isinstance(type_, Array):
            shape = nodes.binary(nodes.tuple_([chunks]), gast.Add(), nodes.attribute(whole, "shape"))
            made = nodes.call(zeros, shape, nodes.attribute(whole, "dtype"))
            parts = self.given(f"{name}_parts", made, self.before, Array(type_.dtype, None))
            part = self.given(f"{name}_part", nodes.subscript(parts, chunk), self.first, type_)
            self.renamed[name] = part.id  # type: ignore[attr-defined]
            return _added(name, nodes.subscript(parts, chunk))
        assert isinstance(type_, Scalar)
        dtype, zero = ("complex128", 0j) if type_.kind == "complex" else ("float64", 0.0)
        made = nodes.call(zeros, chunks, nodes.attribute(numpy, dtype))
        parts = self.given(f"{name}_parts", made, self.before, Array(dtype, None))
        part = self.given(f"{name}_part", nodes.constant(zero), self.first, type_)
        self.renamed[name] = part.id  # type: ignore[attr-defined]
        self.last.append(nodes.assign(nodes.subscript(parts, chunk, store=True), part))
        return _added(name, nodes.subscript(parts, chunk))


def _added(name: str, value: Expr) -> Stmt:
    return gast.AugAssign(target=nodes.target(name), op=gast.Add(), value=value)


def _plus(value: Expr, number: int) -> Expr:
    if not number:
        return value
    return nodes.binary(value, gast.Add() if number > 0 else gast.Sub(), nodes.constant(abs(number)))


def _times(value: Expr, steps: Expr) -> Expr:
    return value if isinstance(steps, gast.Constant) and steps.value == 1 else nodes.binary(value, gast.Mult(), steps)
