"""What an expression or a statement touches: the ground of every decision to move, merge or drop code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.syntax.nodes import (
    Expr,
    Stmt,
    below,
    blocks,
    defines,
    dotted,
    expressions,
    is_simple,
    names_in,
    statements,
    walk,
)
from sct_ad.syntax.values import Array, Scalar

SHAPE_ATTRIBUTES = frozenset({"shape", "dtype", "ndim", "size", "itemsize", "nbytes"})
WORLD = "*"
"""The alias class of everything outside the function."""
DEFERRED = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


class Counts(dict[str, int]):
    """How often there is what; of anything else, 0."""

    def __missing__(self, key: str) -> int:
        return 0


@dataclass(slots=True)
class Footprint:
    """The names and the memory that a piece of code reads and writes."""

    reads: Counts = field(default_factory=Counts)
    """How often each name is read."""
    defines: set[str] = field(default_factory=set)
    content: set[str] = field(default_factory=set)
    """Alias classes whose content is read; reading a shape does not count."""
    writes: set[str] = field(default_factory=set)
    """Alias classes that are written in place."""
    impure: bool = False
    """Has an effect that must happen once and in order."""
    barrier: bool = False
    """Nothing may be moved across it: jumps, and stores to unknown places."""

    def add(self, other: Footprint) -> None:
        """Take in what `other` touches."""
        reads = self.reads
        for name, times in other.reads.items():
            reads[name] = reads.get(name, 0) + times
        self.defines |= other.defines
        self.content |= other.content
        self.writes |= other.writes
        self.impure |= other.impure
        self.barrier |= other.barrier

    @property
    def effect_free(self) -> bool:
        """Whether evaluating it leaves no trace but its value."""
        return not (self.writes or self.impure or self.barrier)


def commute(one: Footprint, two: Footprint) -> bool:
    """Whether two neighbours may change places."""
    if one.barrier or two.barrier:
        return False
    if not one.defines.isdisjoint(two.reads) or not two.defines.isdisjoint(one.reads):
        return False
    if not one.defines.isdisjoint(two.defines) or not one.writes.isdisjoint(two.writes | two.content):
        return False
    if not two.writes.isdisjoint(one.content):
        return False
    if one.impure and (two.impure or two.content or two.writes):
        return False
    return not (two.impure and (one.content or one.writes))


def parameters(fn: gast.FunctionDef) -> list[str]:
    """The names of all parameters."""
    return [node.id for node in walk(fn.args) if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Param)]


def tapes_of(fn: gast.FunctionDef) -> set[str]:
    """The variables used only as `x = []`, `x.append(v)` and `x.pop()`."""
    born = Counter(name for stmt in _all_statements(fn) if (name := _born_by(stmt)))
    if not born:
        return set()
    proper, total = Counter(born), dict.fromkeys(born, 0)
    for node in walk(fn):
        cls = node.__class__
        if cls is gast.Name:
            if node.id in born:
                total[node.id] += 1
        elif cls is gast.Call:
            if owner := tape_operation(node):
                proper[owner] += 1
            elif getattr(node, "looks_at_tapes", False):
                proper.update(arg.id for arg in node.args)
    return {tape for tape in born if proper[tape] == total[tape]}


def _all_statements(node: Any) -> Iterator[Stmt]:
    """All statements below a node, also those of nested functions."""
    for key in ("body", "orelse", "finalbody", "handlers"):
        inside = getattr(node, key, None)
        for item in inside if isinstance(inside, list) else ():
            yield item
            if not is_simple(item):
                yield from _all_statements(item)


def _born_by(stmt: Stmt) -> str | None:
    """The name that `x = []` binds."""
    if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.List) and not stmt.value.elts:
        if len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
            return str(stmt.targets[0].id)
    return None


def tape_operation(call: gast.Call) -> str | None:
    """The variable whose `append(v)` or `pop()` this call is."""
    if isinstance(call.func, gast.Attribute) and isinstance(call.func.value, gast.Name) and not call.keywords:
        if (call.func.attr, len(call.args)) in (("append", 1), ("pop", 0)):
            return call.func.value.id
    return None


def tape_class(tape: str) -> str:
    """The alias class that stands for a tape's own entries."""
    return f"tape {tape}"


class Footprints:
    """Footprints of one function's code, remembered per statement."""

    def __init__(self, fn: gast.FunctionDef, facts: Facts) -> None:
        self.fn, self.facts = fn, facts
        self.tapes = tapes_of(fn)
        self._known: dict[int, tuple[Stmt, Footprint]] = {}
        self._structured: set[int] = set()
        self.definitions = self._definitions(defines)
        """How often each name was bound when the whole function was looked at last, parameters included."""
        self.local = set(self.definitions)

    def refresh(self) -> None:
        """Find out anew what follows from the function as a whole: its tapes, its names, what is in its blocks."""
        for place in self._structured:
            self._known.pop(place, None)
        self._structured.clear()
        tapes, self.definitions = tapes_of(self.fn), self._definitions(self.bound)
        local = set(self.definitions)
        gone = self.local - local
        self.tapes, self.local, before = tapes, local, self.tapes
        if tapes != before or (gone and any(not gone.isdisjoint(self.statement(s).reads) for s in self.fn.body)):
            self._known.clear()

    def _definitions(self, bound_by: Callable[[Stmt], set[str]]) -> Counter[str]:
        """How often each name is bound, parameters included."""
        found = Counter(parameters(self.fn))
        for stmt in statements(self.fn.body):
            for name in bound_by(stmt):
                found[name] += 1
        return found

    def forget(self, stmt: Stmt) -> None:
        """Recompute the statement, and those in it, when next asked: it has been edited."""
        for inner in statements([stmt]):
            self._known.pop(id(inner), None)

    def statement(self, stmt: Stmt) -> Footprint:
        """The footprint of a statement with all its nested blocks."""
        known = self._known.get(id(stmt))
        if known is None:
            result = self._own(stmt)
            if not is_simple(stmt):
                self._structured.add(id(stmt))
                for block in blocks(stmt):
                    for inner in block:
                        result.add(self.statement(inner))
            known = self._known[id(stmt)] = (stmt, result)
        return known[1]

    def own(self, stmt: Stmt) -> Footprint:
        """The footprint of a statement without its nested blocks."""
        return self.statement(stmt) if is_simple(stmt) else self._own(stmt)

    def bound(self, stmt: Stmt) -> set[str]:
        """The names that a statement itself binds."""
        return self.statement(stmt).defines if is_simple(stmt) else defines(stmt)

    def touched(self, stmt: Stmt) -> tuple[Iterable[str], Iterable[str]]:
        """The names that a statement itself reads and binds."""
        own = self.own(stmt)
        return own.reads, own.defines

    def _own(self, stmt: Stmt) -> Footprint:
        result = Footprint(defines=set(defines(stmt)))
        if isinstance(stmt, gast.Assign):
            self._visit(stmt.value, result)
            for place in stmt.targets:
                self._store(place, result)
        elif isinstance(stmt, gast.AugAssign):
            self._visit(stmt.value, result)
            self._visit(stmt.target, result)
            if not isinstance(stmt.target, gast.Name):
                self._store(stmt.target, result, counted=True)
            elif stmt.target.id in self.facts.memory:
                result.writes.add(self.facts.memory[stmt.target.id])
        elif isinstance(stmt, (gast.If, gast.While)):
            self._visit(stmt.test, result)
        elif isinstance(stmt, gast.For):
            self._visit(stmt.iter, result)
        elif isinstance(stmt, gast.Expr):
            self._visit(stmt.value, result)
        elif not isinstance(stmt, gast.Pass):
            result.barrier = True
            headed = (gast.Return, gast.Raise, gast.Assert, gast.Try, gast.With)
            own = expressions(stmt) if isinstance(stmt, headed) else walk(stmt)
            for node in own:
                if isinstance(node, gast.expr):
                    self._visit(node, result)
        return result

    def expression(self, expr: Expr) -> Footprint:
        """The footprint of evaluating an expression."""
        result = Footprint()
        self._visit(expr, result)
        return result

    def before(self, stmt: Stmt, name: str) -> Footprint | None:
        """What a statement evaluates before it first reads `name`; None where that cannot be said."""
        if isinstance(stmt, gast.Assign):
            ordered: list[Any] = [stmt.value, *stmt.targets]
        elif isinstance(stmt, gast.AugAssign):
            ordered = [stmt.target, stmt.value]
        elif isinstance(stmt, gast.If):
            ordered = [stmt.test]
        elif isinstance(stmt, gast.For):
            ordered = [stmt.iter]
        elif isinstance(stmt, (gast.Expr, gast.Return)):
            ordered = [stmt.value]
        elif isinstance(stmt, gast.Raise):
            ordered = [stmt.exc, stmt.cause]
        else:
            return None
        result = Footprint()
        return result if any(self._until(expr, name, result) for expr in ordered) and not result.barrier else None

    def _until(self, node: Any, name: str, result: Footprint) -> bool:
        if isinstance(node, gast.Name) and node.id == name:
            return True
        if not isinstance(node, gast.AST):
            return False
        if name not in names_in(node):
            if isinstance(node, gast.expr):
                self._visit(node, result)
            elif isinstance(node, gast.keyword):
                self._visit(node.value, result)
            return False
        if isinstance(node, (*DEFERRED, gast.NamedExpr)):
            result.barrier = True
        for key in node._fields:
            value = getattr(node, key, None)
            for child in value if isinstance(value, list) else [value]:
                if self._until(child, name, result):
                    return True
        return False

    def _store(self, place: Expr, result: Footprint, counted: bool = False) -> None:
        """Add what writing to a target touches."""
        if isinstance(place, gast.Name):
            return
        if isinstance(place, gast.Subscript) and not counted:
            self._visit(place.slice, result)
        root: Any = place
        while isinstance(root, (gast.Subscript, gast.Attribute)):
            root = root.value
        if isinstance(place, (gast.Subscript, gast.Attribute)) and not counted:
            self._visit(place.value, result, content=not isinstance(place.value, gast.Name))
        owner = self.facts.memory.get(root.id) if isinstance(root, gast.Name) else None
        if isinstance(root, gast.Name) and root.id in self.facts.outside:
            result.impure = True
        if owner is None:
            result.barrier = True
        else:
            result.writes.add(owner)

    def _visit(self, node: Any, result: Footprint, content: bool = True) -> None:
        if isinstance(node, gast.Name):
            result.reads[node.id] += 1
            if content:
                owner = self.facts.memory.get(node.id)
                if owner is not None:
                    result.content.add(owner)
                elif node.id not in self.local:
                    result.content.add(WORLD)
        elif isinstance(node, gast.Call):
            self._call(node, result)
        elif isinstance(node, gast.Attribute):
            self._visit(node.value, result, content and node.attr not in SHAPE_ATTRIBUTES)
        elif isinstance(node, gast.Subscript):
            self._visit(node.value, result, content)
            self._visit(node.slice, result)
        elif isinstance(node, gast.NamedExpr):
            result.barrier = True
            self._visit(node.value, result)
        elif isinstance(node, gast.AST):
            for child in reversed(below(node)):
                self._visit(child, result)

    def is_method(self, call: gast.Call) -> bool:
        """Whether the callee is a method of a local value or of an expression's value."""
        if not isinstance(call.func, gast.Attribute):
            return False
        chain = dotted(call.func)
        return chain is None or chain[0] in self.local

    def _call(self, call: gast.Call, result: Footprint) -> None:
        owner = tape_operation(call)
        if owner in self.tapes:
            result.reads[str(owner)] += 1
            result.content.add(tape_class(str(owner)))
            result.writes.add(tape_class(str(owner)))
            for arg in call.args:
                self._visit(arg, result)
            if not call.args and owner in self.facts.memory:  # what is popped may have been written meanwhile
                result.content.add(self.facts.memory[str(owner)])
            return
        effects = self.facts.call_effects(call)
        arguments = list(call.args)
        if self.is_method(call):
            arguments.insert(0, call.func.value)
        else:
            chain = dotted(call.func)
            if chain is not None:
                result.reads[chain[0]] += 1
            else:
                self._visit(call.func, result)
        for position, argument in enumerate(arguments):
            self._visit(argument, result, content=not self._only_shape(effects.shape_only, position, argument))
        for keyword in call.keywords:
            self._visit(keyword.value, result)
        for position in effects.mutates:
            written = self._classes(arguments[position]) if position < len(arguments) else set()
            result.writes |= written
            result.barrier |= not written
        result.impure |= not effects.pure

    def _only_shape(self, shape_only: tuple[int, ...], position: int, argument: Expr) -> bool:
        """Whether a call looks at the argument's shape alone; how long a list is, is its content."""
        return position in shape_only and isinstance(self.facts.type_of(argument), (Array, Scalar))

    def _classes(self, argument: Expr) -> set[str]:
        """The alias classes that writing into an argument may write."""
        root: Any = argument
        while isinstance(root, (gast.Subscript, gast.Attribute)):
            root = root.value
        if isinstance(root, gast.Name):
            return {self.facts.memory[root.id]} if root.id in self.facts.memory else set()
        return {c for c in self.expression(argument).content if not c.startswith(tape_class(""))}
