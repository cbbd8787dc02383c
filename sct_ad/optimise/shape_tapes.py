"""Tapes of shapes, where the reverse sweep reads nothing else of the arrays that were recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import same_shape
from sct_ad.runtime import unbroadcast
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt, blocks, copy, defines, names_in, origin_of, statements, walk
from sct_ad.syntax.values import INT, Abstract, Array, List, Tuple


@dataclass
class _Tape:
    """A list that is filled in one top-level statement and emptied in a later one."""

    start: Stmt
    appended: list[gast.Call] = field(default_factory=list)
    popped: list[gast.Assign] = field(default_factory=list)
    mentions: int = 0


def shape_tapes(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Record `x.shape` in the place of `x`, where it is read back for its shape alone.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.values import Array
    >>> from sct_ad.syntax.dims import Dim
    >>> x = Array("float64", (Dim("n"),))
    >>> text = "def f(x):\\n    tape = []\\n    for i in range(3):\\n        tape.append(x)\\n"
    >>> show(shape_tapes, text + "    for i in range(3):\\n        x = tape.pop()\\n        y = np.ones(x.shape)", x=x)
    def f(x):
        tape = []
        for i in range(3):
            tape.append(x.shape)
        for i in range(3):
            x_shape = tape.pop()
            y = np.ones(x_shape)

    Nothing is recorded where an argument surely has that shape.
    """
    tapes = _tapes(fn)
    if not tapes:
        return fn
    fn = copy(fn)
    tapes = _tapes(fn)
    supply = Names(names_in(fn.body) | {arg.id for arg in fn.args.args} | {fn.name})
    for stmt in reversed(list(fn.body)):
        if not blocks(stmt):
            continue
        inside = {id(inner) for inner in statements([stmt])}
        by_variable: dict[str, list[str]] = {}
        for name, tape in tapes.items():
            if tape.popped and all(id(pop) in inside for pop in tape.popped):
                by_variable.setdefault(tape.popped[0].targets[0].id, []).append(name)
        for variable, names in by_variable.items():
            position = next(k for k, other in enumerate(fn.body) if other is stmt)
            _Change(fn, facts, position, variable, {name: tapes[name] for name in names}, supply).make()
    return fn


class _Change:
    """The shapes of one variable's values in the place of these, from one top-level statement on."""

    def __init__(
        self,
        fn: gast.FunctionDef,
        facts: Facts,
        position: int,
        variable: str,
        tapes: dict[str, _Tape],
        supply: Names,
    ) -> None:
        self.fn, self.facts, self.variable, self.tapes, self.supply = fn, facts, variable, tapes, supply
        self.before, self.after = fn.body[:position], fn.body[position:]
        self.pops = [pop for tape in tapes.values() for pop in tape.popped]

    def make(self) -> None:
        """Change the function, if nothing but the shape is read."""
        rank = self._rank()
        if not rank or not self._only_popped():
            return
        asked = self._asked()
        if asked is None or not asked:
            return
        local = self._read_where_popped()
        if not local and not self._surely_there():
            return
        stand_in = self._stand_in()
        if stand_in is not None:
            self._take_from(stand_in, asked)
            return
        shape = self.supply.fresh(f"{self.variable}_shape")
        self.facts.types[shape] = type_ = Tuple((INT,) * rank)
        self.facts.temporaries.add(shape)
        for name, tape in self.tapes.items():
            self.facts.types[name] = List(None, type_)
            for call in tape.appended:
                call.args[0] = nodes.attribute(call.args[0], "shape")
        for pop in self.pops:
            pop.targets[0].id = shape
        for expr in asked:
            self._ask(expr, shape)
        if not local:
            given = nodes.attribute(nodes.name(self.variable), "shape")
            first = nodes.with_origin(nodes.assign(shape, given), origin_of(self.pops[0]))
            self.fn.body.insert(len(self.before), first)

    def _stand_in(self) -> str | None:
        """An argument, never bound anew, that surely has the shape of all that is recorded."""
        bound = {name for stmt in statements(self.fn.body) for name in defines(stmt)}
        types = [self.facts.types.get(name) for name in self._recorded() or ()]
        for name in (arg.id for arg in self.fn.args.args if arg.id not in bound):
            found = self.facts.types.get(name)
            if isinstance(found, Array) and all(type_ and same_shape(found, type_) for type_ in types):
                return name
        return None

    def _take_from(self, stand_in: str, asked: list[Expr]) -> None:
        """Ask an argument for the shape, and record nothing."""
        for expr in asked:
            for node in walk(expr):
                if self._is(node):
                    node.id = stand_in  # type: ignore[attr-defined]
            if _is_zeros(expr):
                expr.func.attr = "zeros"
                expr.args[0] = nodes.attribute(expr.args[0], "shape")
        gone = {id(call) for tape in self.tapes.values() for call in tape.appended} | {id(pop) for pop in self.pops}
        gone |= {id(tape.start) for tape in self.tapes.values()}
        for block in _blocks(self.fn.body):
            left = [stmt for stmt in block if id(stmt) not in gone and id(getattr(stmt, "value", None)) not in gone]
            block[:] = left or [gast.Pass()]

    def _recorded(self) -> list[str] | None:
        """The variables whose values are recorded, and the one that takes them; None if there are other values."""
        recorded = [self.variable]
        for tape in self.tapes.values():
            for call in tape.appended:
                if not isinstance(call.args[0], gast.Name):
                    return None
                recorded.append(call.args[0].id)
        return recorded

    def _rank(self) -> int | None:
        """The known rank, at least 1, of all that is recorded; None otherwise."""
        recorded = self._recorded()
        if recorded is None:
            return None
        types = [self.facts.types.get(name) for name in recorded]
        ranks = {found.ndim if isinstance(found, Array) else None for found in types}
        if (
            len(ranks) > 1
            or not _may_be_none(self.fn).isdisjoint(recorded)
            or not self.facts.unsure.isdisjoint(recorded)
        ):
            return None
        return ranks.pop()

    def _only_popped(self) -> bool:
        """Whether from here on the variable is bound by taking from these tapes alone, which are full by then."""
        wanted = {id(pop) for pop in self.pops}
        bound = [stmt for stmt in statements(self.after) if self.variable in defines(stmt)]
        filled = [call for stmt in statements(self.after) for call in walk(stmt) if isinstance(call, gast.Call)]
        late = {id(call) for tape in self.tapes.values() for call in tape.appended} & {id(call) for call in filled}
        return {id(stmt) for stmt in bound} == wanted and not late

    def _asked(self) -> list[Expr] | None:
        """The expressions from here on that ask for the shape; None if something else is read."""
        found: list[Expr] = []
        names = 0
        for stmt in self.after:
            for node in walk(stmt):
                if isinstance(node, gast.Name) and node.id == self.variable and isinstance(node.ctx, gast.Load):
                    names += 1
                elif isinstance(node, gast.Attribute) and node.attr == "shape" and self._is(node.value):
                    found.append(node)
                elif isinstance(node, gast.Call) and self._takes_shapes(node):
                    found += [node] * sum(map(self._is, node.args))
        return found if len(found) == names else None

    def _takes_shapes(self, call: gast.Call) -> bool:
        """Whether a call of a runtime function takes shapes in the place of its arguments, or is of zeros."""
        if not any(map(self._is, call.args)) or call.keywords:
            return False
        if isinstance(call.func, gast.Attribute) and call.func.attr == "zeros_like" and len(call.args) == 1:
            found = self.facts.types.get(self.variable)
            root = call.func.value
            return isinstance(found, Array) and found.dtype == "float64" and nodes.dotted(root) is not None
        if self.facts.resolve(call.func) is not unbroadcast or self._is(call.args[0]):
            return False
        return all(map(_has_shape, map(self.facts.type_of, call.args[1:])))

    def _is(self, node: Expr) -> bool:
        return isinstance(node, gast.Name) and node.id == self.variable

    def _read_where_popped(self) -> bool:
        """Whether every read follows a pop in the same block, so that nothing of before is read."""
        reads = 0
        for block in _blocks(self.after):
            taken = False
            for stmt in block:
                if any(stmt is pop for pop in self.pops):
                    taken = True
                elif taken:
                    reads += _reads(stmt, self.variable)
        return reads == sum(_reads(stmt, self.variable) for stmt in self.after)

    def _surely_there(self) -> bool:
        """Whether the variable is an array before the first pop, as far as can be seen at a glance."""
        given = {arg.id for arg in self.fn.args.args}
        return self.variable in given or any(
            isinstance(stmt, gast.Assign) and self.variable in defines(stmt) for stmt in self.before
        )

    def _ask(self, expr: Expr, shape: str) -> None:
        """Let the expression read the shape, in place."""
        if isinstance(expr, gast.Attribute):
            _become_name(self.after, expr, shape)
            return
        for argument in expr.args:
            if self._is(argument):
                argument.id = shape
        if _is_zeros(expr):
            expr.func.attr = "zeros"


def _is_zeros(expr: Expr) -> bool:
    """Whether it is `np.zeros_like(x)`."""
    return isinstance(expr, gast.Call) and isinstance(expr.func, gast.Attribute) and expr.func.attr == "zeros_like"


def _may_be_none(fn: gast.FunctionDef) -> set[str]:
    """The names that are bound to None anywhere, as those are that may be unassigned when they are recorded."""
    return {
        name
        for stmt in statements(fn.body)
        if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Constant) and stmt.value.value is None
        for name in defines(stmt)
    }


def _has_shape(found: Abstract) -> bool:
    """Whether it is surely an array of rank 1 or more, or a shape already."""
    if isinstance(found, Tuple):
        return bool(found.items) and all(item == INT for item in found.items)
    return isinstance(found, Array) and bool(found.ndim)


def _become_name(block: Block, expr: Expr, name: str) -> None:
    for stmt in block:
        for node in walk(stmt):
            for key in node._fields:
                child = getattr(node, key, None)
                if child is expr:
                    setattr(node, key, nodes.name(name))
                elif isinstance(child, list):
                    child[:] = [nodes.name(name) if item is expr else item for item in child]


def _tapes(fn: gast.FunctionDef) -> dict[str, _Tape]:
    """The lists that are made empty at the top, and do nothing but take and give back."""
    found = {
        stmt.targets[0].id: _Tape(stmt)
        for stmt in fn.body
        if isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and isinstance(stmt.value, gast.List)
        and not stmt.value.elts
    }
    used = dict.fromkeys(found, 0)
    for stmt in statements(fn.body) if found else ():
        call = stmt.value if isinstance(stmt, (gast.Expr, gast.Assign)) else None
        if not isinstance(call, gast.Call):
            continue
        name = _method(call, "append")
        if name in found and isinstance(stmt, gast.Expr) and len(call.args) == 1:
            found[name].appended.append(call)
            used[name] += 1
        name = _method(call, "pop")
        if name in found and isinstance(stmt, gast.Assign) and not call.args and len(stmt.targets) == 1:
            if isinstance(stmt.targets[0], gast.Name):
                found[name].popped.append(stmt)
                used[name] += 1
    for stmt in fn.body if found else ():
        for node in walk(stmt):
            if isinstance(node, gast.Name) and node.id in found:
                found[node.id].mentions += 1
    kept = {name: tape for name, tape in found.items() if tape.mentions == used[name] + 1 and tape.appended}
    return {n: t for n, t in kept.items() if t.popped and len({pop.targets[0].id for pop in t.popped}) == 1}


def _method(call: gast.Call, method: str) -> str:
    """The name whose method of this name is called; empty for anything else."""
    if isinstance(call.func, gast.Attribute) and call.func.attr == method:
        return str(call.func.value.id) if isinstance(call.func.value, gast.Name) else ""
    return ""


def _blocks(block: Block) -> list[Block]:
    return [block, *(inner for stmt in statements(block) for inner in blocks(stmt))]


def _reads(stmt: Stmt, name: str) -> int:
    return sum(
        isinstance(node, gast.Name) and node.id == name and isinstance(node.ctx, gast.Load) for node in walk(stmt)
    )
