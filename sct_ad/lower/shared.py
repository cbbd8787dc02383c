"""What the trips of a loop share: whether they can run in any order, and at the same time."""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, Scalar

_ARRAYS = (np.zeros, np.empty, np.ones, np.full, np.zeros_like, np.empty_like, np.ones_like, np.full_like)
_PURE = (*_ARRAYS, np.sum, np.dot, np.outer, np.mean, np.prod, np.where, np.max, np.min, np.shape, np.size)
_MAY_RAISE = (np.zeros, np.empty, np.ones, np.full, np.dot, np.where, np.max, np.min)
_BUILTINS = ("range", "len", "min", "max", "abs", "float", "int", "bool", "complex")
_DIVISIONS = (gast.Div, gast.FloorDiv, gast.Mod, gast.Pow)


@dataclass
class Shared:
    """A loop whose trips can be done in any order."""

    loop: gast.For
    """The loop, with sums in the form `s += t`."""
    low: int
    high: Expr
    """The range of the index, upwards."""
    backwards: bool
    private: list[str] = field(default_factory=list)
    """Variables that each trip sets before it reads them, and nobody reads after the loop."""
    counters: dict[str, Expr] = field(default_factory=dict)
    """Variables that grow by the same amount, given here, in each trip."""
    sums: list[str] = field(default_factory=list)
    """Numbers and arrays that the trips only add to."""


class _NotShown(Exception):
    """The trips may depend on each other."""


def shared_by_trips(
    loop: gast.For, function: gast.FunctionDef, after: Block, facts: Facts, checks: bool
) -> Shared | None:
    """What trips share; None where it cannot be shown that they are independent. `after` is what may run later."""
    try:
        return _Trips(loop, function, after, facts, checks).shared()
    except _NotShown:
        return None


def exposed(block: Block) -> set[str]:
    """The names that a block may read before it has set them."""
    return _exposed(block)[0]


def _exposed(block: Block) -> tuple[set[str], set[str]]:
    """The names that may be read before they are set, and those that are set in any case."""
    read, done = set[str](), set[str]()
    for stmt in block:
        own = nodes.reads(stmt) | (nodes.defines(stmt) if isinstance(stmt, gast.AugAssign) else set())
        read |= own - done
        if isinstance(stmt, gast.If):
            parts = [_exposed(stmt.body), _exposed(stmt.orelse)]
            read |= (parts[0][0] | parts[1][0]) - done
            done |= parts[0][1] & parts[1][1]
        elif isinstance(stmt, gast.For):
            read |= _exposed(stmt.body)[0] - done - nodes.defines(stmt)
        else:
            for inner in nodes.blocks(stmt):
                read |= _exposed(inner)[0] - done
            if isinstance(stmt, (gast.Assign, gast.AugAssign)):
                done |= nodes.defines(stmt)
    return read, done


class _Trips:
    def __init__(self, loop: gast.For, function: gast.FunctionDef, after: Block, facts: Facts, checks: bool) -> None:
        self.original, self.function, self.after, self.facts, self.checks = loop, function, after, facts, checks
        self.loop = self._with_additions(loop)
        self.index = loop.target.id
        self.stmts = list(nodes.statements(self.loop.body))
        self.bound = {name for stmt in self.stmts for name in nodes.defines(stmt)}
        self.low = 0

    def _with_additions(self, loop: gast.For) -> gast.For:
        """The loop with `s += t` in place of `s = s + t`, for numbers."""

        def block(stmts: Block) -> Block:
            found: Block = []
            for stmt in stmts:
                for inner in nodes.blocks(stmt):
                    inner[:] = block(inner)
                found.append(self._added(stmt))
            return found

        loop = nodes.copy(loop)
        loop.body = block(loop.body)
        return loop

    def _added(self, stmt: Stmt) -> Stmt:
        value = stmt.value if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 else None
        if not isinstance(value, gast.BinOp) or not isinstance(value.op, (gast.Add, gast.Sub)):
            return stmt
        goal = stmt.targets[0]
        if not isinstance(goal, gast.Name) or not isinstance(self._type(goal.id), Scalar):
            return stmt
        if not isinstance(value.left, gast.Name) or value.left.id != goal.id:
            return stmt
        return nodes.with_origin(gast.AugAssign(target=goal, op=value.op, value=value.right), nodes.origin_of(stmt))

    def shared(self) -> Shared:
        found = self._range()
        self._need(self.index not in self.bound and not self._known_after(self.index))
        for stmt in self.stmts:
            self._check_statement(stmt)
        open_ = exposed(self.loop.body)
        for name in sorted(self.bound):
            steps = self._steps(name)
            if name not in open_ and not self._known_after(name):
                self._need(self._may_be_private(name))
                found.private.append(name)
            elif steps is not None:
                found.counters[name] = steps
            else:
                self._need(self._is_sum(name))
                found.sums.append(name)
        for name in sorted(self._stored()):
            if name in found.private or name in found.sums or self._is_own(name) or self._is_tape(name, found.counters):
                continue
            self._need(self._is_sum(name))
            found.sums.append(name)
        found.sums = list(dict.fromkeys(found.sums))
        for name in self._stored() | set(found.sums):
            if name not in found.private and isinstance(self._type(name), Array):
                self._need_alone(name)
        return found

    def _need(self, holds: Any) -> None:
        if not holds:
            raise _NotShown

    def _type(self, name: str) -> Any:
        return self.facts.types.get(name)

    def _known_after(self, name: str) -> bool:
        return name in exposed(self.after)

    # The loop

    def _range(self) -> Shared:
        call = self.loop.iter
        self._need(isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and call.func.id == "range")
        args, step = list(call.args), 1
        if len(args) == 3:
            step = nodes.integer(args.pop()) or 0
        self._need(step in (1, -1) and not call.keywords)
        start, stop = (nodes.constant(0), args[0]) if len(args) == 1 else args
        least = nodes.integer(start if step == 1 else stop)
        self._need(least is not None)
        self.low = (least or 0) + (step == -1)
        self._need(self.low >= 0)  # else an index may count from the end
        return Shared(self.loop, self.low, stop if step == 1 else _one_more(start), step == -1)

    def _check_statement(self, stmt: Stmt) -> None:
        """Refuse statements that may do more than bind names and store elements."""
        self._need(isinstance(stmt, (gast.Assign, gast.AugAssign, gast.If, gast.For, gast.While, gast.Pass)))
        if isinstance(stmt, (gast.Assign, gast.AugAssign)):
            goals = stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]
            self._need(len(goals) == 1)
            goal = goals[0]
            element = isinstance(goal, gast.Subscript) and isinstance(goal.value, gast.Name)
            self._need(element or isinstance(goal, gast.Name))
            self._need(not (self.checks and isinstance(stmt, gast.AugAssign) and isinstance(stmt.op, _DIVISIONS)))
        for node in nodes.walk(nodes.expressions(stmt)):
            self._need(not isinstance(node, (gast.Lambda, gast.ListComp, gast.GeneratorExp, gast.NamedExpr)))
            self._need(not (self.checks and isinstance(node, gast.BinOp) and isinstance(node.op, _DIVISIONS)))
            self._need(not self._may_raise(node))
        if isinstance(stmt, (gast.Assign, gast.AugAssign)):
            plain = isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
            self._need(plain or self._is_number(stmt.value))  # else the shapes may differ

    def _may_raise(self, node: gast.AST) -> bool:
        """Whether an operation may raise, which Numba loses in parallel loops, or do more than compute."""
        if isinstance(node, gast.BinOp):
            return not (self._is_number(node.left) or self._is_number(node.right))
        if isinstance(node, gast.Compare):
            return not all(map(self._is_number, [node.left, *node.comparators]))
        if isinstance(node, gast.Subscript):
            items = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
            return not all(map(self._is_one_axis, items))
        if isinstance(node, gast.Call):
            numbers = sum(map(self._is_number, node.args))
            callee = self.facts.resolve(node.func)
            if isinstance(node.func, gast.Name) and node.func.id == "range" and len(node.args) == 3:
                return nodes.integer(node.args[2]) in (None, 0)
            if isinstance(node.func, gast.Name) and node.func.id in ("min", "max"):
                return numbers != len(node.args) or numbers < 2
            one_array = len(node.args) - numbers <= 1 and not any(callee is other for other in _MAY_RAISE)
            return not self._is_pure(node) or not one_array
        return False

    def _is_number(self, expr: Expr) -> bool:
        return isinstance(self.facts.type_of(expr), Scalar)

    def _is_pure(self, call: gast.Call) -> bool:
        """Whether a call neither writes nor raises, and makes a number or a new array."""
        if any(keyword.arg not in ("dtype", "axis") for keyword in call.keywords):
            return False
        if isinstance(call.func, gast.Name) and call.func.id in _BUILTINS:
            return True
        callee = self.facts.resolve(call.func)
        if isinstance(call.func, gast.Attribute) and call.func.attr == "copy" and not call.args:
            return True
        if isinstance(callee, np.ufunc):
            return len(call.args) <= callee.nin
        if isinstance(callee, (types.BuiltinFunctionType, types.BuiltinMethodType)) and callee.__module__ == "math":
            return getattr(math, callee.__name__, None) is callee and not self.checks
        return any(callee is pure for pure in _PURE) or _is_number_type(callee)

    # Names

    def _may_be_private(self, name: str) -> bool:
        """Whether a variable that each trip sets holds a number, an array of its own, or a view that is only read."""
        if isinstance(self._type(name), Scalar):
            return True
        loops = any(isinstance(stmt, gast.For) and name in nodes.defines(stmt) for stmt in self.stmts)
        if loops:
            return all(
                _is_range(stmt) for stmt in self.stmts if isinstance(stmt, gast.For) and name in nodes.defines(stmt)
            )
        if not isinstance(self._type(name), Array):
            return False
        values = [stmt.value for stmt in self.stmts if isinstance(stmt, gast.Assign) and name in nodes.defines(stmt)]
        if all(map(self._is_new, values)):
            return True
        if name in self._stored() or any(
            isinstance(s, gast.AugAssign) and name in nodes.defines(s) for s in self.stmts
        ):
            return False
        stored = self._stored()
        return all(isinstance(v, gast.Subscript) and not nodes.names_in(v.value) & stored for v in values)

    def _is_new(self, value: Expr) -> bool:
        """Whether an expression makes a new array."""
        if isinstance(value, (gast.BinOp, gast.UnaryOp)):
            return True
        return isinstance(value, gast.Call) and self._is_pure(value)

    def _steps(self, name: str) -> Expr | None:
        """How much a trip adds to a counter; None where that is not always the same."""
        if not isinstance(self._type(name), Scalar) or self._type(name).kind != "int":
            return None
        return self._steps_in(self.loop.body, name)

    def _steps_in(self, block: Block, name: str) -> Expr | None:
        total, terms = 0, list[Expr]()
        for stmt in block:
            if name not in {n for each in nodes.statements([stmt]) for n in nodes.defines(each)}:
                continue
            if isinstance(stmt, gast.For) and _is_range(stmt) and name not in nodes.defines(stmt):
                varying = nodes.names_in(stmt.iter) & (self.bound | {self.index})
                inner = self._steps_in(stmt.body, name)
                if varying or inner is None:
                    return None
                length = nodes.call(nodes.name("len"), nodes.copy(stmt.iter))
                terms.append(length if nodes.integer(inner) == 1 else nodes.binary(length, gast.Mult(), inner))
            elif isinstance(stmt, gast.AugAssign) and isinstance(stmt.op, (gast.Add, gast.Sub)):
                if nodes.integer(stmt.value) is None:
                    return None
                number = nodes.integer(stmt.value) or 0
                total += number if isinstance(stmt.op, gast.Add) else -number
            else:
                return None
        if total or not terms:
            terms.append(nodes.constant(total))
        return functools.reduce(lambda left, right: nodes.binary(left, gast.Add(), right), terms)

    def _is_sum(self, name: str) -> bool:
        """Whether a number or an array is only added to."""
        type_ = self._type(name)
        if isinstance(type_, Array):
            if type_.dims == () or not type_.dtype.startswith(("float", "complex")):
                return False
        elif (
            not isinstance(type_, Scalar)
            or type_.kind not in ("float", "complex")
            or type_.dtype not in ("", "?", "float64")
        ):
            return False
        for stmt in self.stmts:
            inside = nodes.names_in(nodes.expressions(stmt)) | nodes.defines(stmt)
            if name not in inside:
                continue
            if not isinstance(stmt, gast.AugAssign) or not isinstance(stmt.op, (gast.Add, gast.Sub)):
                return False
            goal = stmt.target
            owner = goal.value if isinstance(goal, gast.Subscript) else goal
            if not (isinstance(owner, gast.Name) and owner.id == name) or name in nodes.names_in(stmt.value):
                return False
            if isinstance(goal, gast.Subscript) and name in nodes.names_in(goal.slice):
                return False
        return True

    # Arrays

    def _stored(self) -> set[str]:
        """The arrays into whose elements trips store."""
        found = set()
        for stmt in self.stmts:
            goal = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
            if isinstance(goal, gast.Subscript):
                found.add(goal.value.id)
        return found

    def _accesses(self, name: str) -> Iterator[Expr | None]:
        """The indices of an array in the loop; None for a use as a whole."""
        for stmt in self.stmts:
            exprs = nodes.expressions(stmt)
            inside = [node for node in nodes.walk(exprs) if isinstance(node, gast.Name) and node.id == name]
            found = [
                node.slice
                for node in nodes.walk(exprs)
                if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and node.value.id == name
            ]
            sizes = sum(
                1
                for node in nodes.walk(exprs)
                if isinstance(node, gast.Attribute)
                and node.attr in ("shape", "size", "ndim", "dtype")
                and isinstance(node.value, gast.Name)
                and node.value.id == name
            )
            yield from found
            if len(inside) != len(found) + sizes or name in nodes.defines(stmt):
                yield None

    def _is_own(self, name: str) -> bool:
        """Whether each trip uses elements of an array at its own index of one axis."""
        if not isinstance(self._type(name), Array):
            return False
        places: set[tuple[int, int]] | None = None
        for index in self._accesses(name):
            if index is None:
                return False
            found = self._own_places(index)
            places = found if places is None else places & found
        return bool(places)

    def _own_places(self, index: Expr) -> set[tuple[int, int]]:
        """The axes at which an index is the loop's variable and a constant, with that constant."""
        found: set[tuple[int, int]] = set()
        for axis, item in enumerate(index.elts if isinstance(index, gast.Tuple) else [index]):
            offset = self._offset(item)
            if offset is not None and self.low + offset >= 0:
                found.add((axis, offset))
            if offset is None and not self._is_one_axis(item):
                break
        return found

    def _is_one_axis(self, item: Expr) -> bool:
        if isinstance(item, gast.Slice):
            return True
        type_ = self.facts.type_of(item)
        return isinstance(type_, Scalar) and type_.kind == "int"

    def _offset(self, item: Expr) -> int | None:
        if isinstance(item, gast.Name):
            return 0 if item.id == self.index else None
        if isinstance(item, gast.BinOp) and isinstance(item.op, (gast.Add, gast.Sub)):
            if isinstance(item.left, gast.Name) and item.left.id == self.index:
                number = nodes.integer(item.right)
                return number if number is None or isinstance(item.op, gast.Add) else -number
        return None

    def _is_tape(self, name: str, counters: dict[str, Expr]) -> bool:
        """Whether an array is written at the places that a counter goes through, once each, and not read."""
        if not isinstance(self._type(name), Array):
            return False
        tops = {index.id if isinstance(index, gast.Name) else "" for index in self._accesses(name) if index is not None}
        if len(tops) != 1 or None in set(self._accesses(name)):
            return False
        top = tops.pop()
        made_up = top in self.facts.temporaries  # it starts at 0; one of the user's may count from the end
        return made_up and top in counters and self._goes_up(self.loop.body, name, top)

    def _goes_up(self, block: Block, name: str, top: str) -> bool:
        """Whether each store at a counter comes before it counts on, in the same block, and it counts up alone."""
        open_ = False
        for stmt in block:
            if top in nodes.defines(stmt):
                if not (isinstance(stmt, gast.AugAssign) and isinstance(stmt.op, gast.Add)):
                    return False
                if (nodes.integer(stmt.value) or 0) < 1:
                    return False
                open_ = False
                continue
            inner = nodes.blocks(stmt)
            if inner:
                if open_ and top in {n for each in nodes.statements([stmt]) for n in nodes.defines(each)}:
                    return False
                if not all(self._goes_up(each, name, top) for each in inner):
                    return False
            elif name in nodes.names_in(nodes.expressions(stmt)):
                if not isinstance(stmt, gast.Assign) or name in nodes.names_in(stmt.value):
                    return False
                open_ = True
        return not open_

    def _need_alone(self, name: str) -> None:
        """Refuse an array that another name in the loop may stand for too."""
        held = {name}
        edges = list(self._ties())
        while True:
            more = {n for left, right in edges if held & {left, *right} for n in (left, *right)} | held
            if more == held:
                break
            held = more
        used = {n for stmt in self.stmts for n in nodes.reads(stmt) | nodes.defines(stmt)}
        self._need(used & held <= {name})
        parameters = {arg.id for arg in self.function.args.args}
        before = self.function.body[: self.function.body.index(self.original)] if self._is_outermost() else []
        copied = {n for s in before if isinstance(s, gast.Assign) and self._is_new(s.value) for n in nodes.defines(s)}
        self._need(not held & parameters - copied)
        self._need(held <= parameters | {n for s in nodes.statements(self.function.body) for n in nodes.defines(s)})

    def _is_outermost(self) -> bool:
        return any(stmt is self.original for stmt in self.function.body)

    def _ties(self) -> Iterator[tuple[str, set[str]]]:
        """Names that may stand for the same memory as others, by the statements that bind them."""
        for stmt in nodes.statements(self.function.body):
            bound, value = nodes.defines(stmt), nodes.expressions(stmt)
            if isinstance(stmt, gast.Assign):
                goal = stmt.targets[0]
                if isinstance(goal, gast.Name) and (
                    isinstance(self._type(goal.id), Scalar) or self._is_new(stmt.value)
                ):
                    continue
                if isinstance(goal, gast.Subscript) and isinstance(goal.value, gast.Name):
                    if isinstance(self._type(goal.value.id), Array):
                        value = []  # a copy
            elif not isinstance(stmt, gast.For) and all(map(self._is_pure, _calls_in(value))):
                continue
            others = self._held(nodes.names_in(value) | bound)
            for name in others:
                yield name, others
            for call in _calls_in(nodes.expressions(stmt)):
                if not self._is_pure(call):
                    others = self._held(nodes.names_in(call) | bound)
                    yield from ((name, others) for name in others)

    def _held(self, names: set[str]) -> set[str]:
        """The variables among names that may hold arrays or containers."""
        variables = {n for s in nodes.statements(self.function.body) for n in nodes.defines(s)}
        variables |= {arg.id for arg in self.function.args.args}
        return {n for n in names & variables if not isinstance(self._type(n), Scalar)}


def _calls_in(exprs: Any) -> list[gast.Call]:
    return [node for node in nodes.walk(exprs) if isinstance(node, gast.Call)]


def _one_more(expr: Expr) -> Expr:
    """`n` for `n - 1`."""
    if isinstance(expr, gast.BinOp) and isinstance(expr.op, gast.Sub) and nodes.integer(expr.right) == 1:
        return expr.left
    return nodes.binary(expr, gast.Add(), nodes.constant(1))


def _is_range(stmt: Stmt) -> bool:
    call = stmt.iter if isinstance(stmt, gast.For) else None
    return isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and call.func.id == "range"


def _is_number_type(callee: Any) -> bool:
    return isinstance(callee, type) and issubclass(callee, np.number)
