"""Loop nests: the statements of one group, computed element by element in one pass."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.errors import Span
from sct_ad.lower.context import Context
from sct_ad.lower.elements import Apply, Element, Leaf, Moved, Number, Where, kind_of, operands_of, text, walk
from sct_ad.lower.members import Member
from sct_ad.runtime.vector_math import WIDEST
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Size, same_size
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import kind_of_dtype

_MISMATCH = "operands could not be broadcast together"
_EMPTY = "zero-size array to reduction operation which has no identity"


class Nest:
    """Writes the loops of one group of statements; `kept` are the arrays that are needed after them.

    With `watched`, a variable of that name counts arguments that are too large for functions for vector instructions.
    """

    def __init__(self, context: Context, members: list[Member], kept: set[str], watched: str | None = None) -> None:
        self.watched = watched
        self.context, self.members, self.kept = context, members, kept
        self.space = members[0].space
        self.rank = len(self.space)
        self.indices = [context.fresh("ijk"[axis] if axis < 3 else f"i{axis}") for axis in range(self.rank)]
        self.before: Block = []
        self.enter: list[Block] = [[] for _ in range(self.rank + 1)]
        """What is done at each depth before the loop inside."""
        self.leave: list[Block] = [[] for _ in range(self.rank + 1)]
        self.after: Block = []
        self.current: dict[str, Expr] = {}
        """The element of an array that has been computed in this step."""
        self.arrays: dict[str, Expr] = {}
        self.numbers: dict[str, Expr] = {}
        self.extents: list[Expr] = []
        self.made = {m.name for m in members if m.name is not None and m.reduction is None}
        self.tests: list[Expr] | None = [] if any(m.is_assumed for m in members) else None
        """What has to hold for the loops to be right, where broadcasting is possible as well."""

    def statements(self) -> Block:
        """The nest, with what comes before and after it."""
        if self.watched is not None:
            self.before.append(nodes.assign(self.watched, nodes.constant(0)))
        self._measure()
        measured = len(self.before)
        for member in self.members:
            self._member(member)
        body: Block = [*self.enter[self.rank], *self.leave[self.rank]]
        for axis in reversed(range(self.rank)):
            if self.space[axis] == 1:
                body = [*self.enter[axis], *body, *self.leave[axis]]
                continue
            loop = gast.For(
                target=nodes.target(self.indices[axis]),
                iter=nodes.call(self.context.builtin("range"), nodes.copy(self.extents[axis])),
                body=body or [gast.Pass()],
                orelse=[],
                type_comment=None,
            )
            body = [*self.enter[axis], loop, *self.leave[axis]]
        origin = self._origin()
        whole = [nodes.with_origin(stmt, origin) for stmt in [*self.before, *body, *self.after]]
        if not self.tests:
            return whole
        test = self.tests[0] if len(self.tests) == 1 else gast.BoolOp(op=gast.And(), values=self.tests)
        otherwise = [nodes.copy(member.stmt) for member in self.members]
        chosen = gast.If(test=test, body=whole[measured:], orelse=otherwise)
        return [*whole[:measured], nodes.with_origin(chosen, origin)]

    def _origin(self) -> Span | None:
        return next((found for m in self.members if (found := nodes.origin_of(m.stmt)) is not None), None)

    def changes(self) -> bool:
        """Whether the loops cannot be run twice: they write what was there before, or bind a name they have read."""
        return bool(self._old()) or any(m.target is not None and m.target.key not in self.made for m in self.members)

    # Before the loops

    def _measure(self) -> None:
        """How often the loops run, and whether all operands are as long."""
        told = [self._told(axis) for axis in range(self.rank)]
        for value, _ in told:
            if not isinstance(value, (gast.Constant, gast.Name)):
                value = self._bound(value, "n", 0)
            self.extents.append(value)
        done: set[tuple[str, int, int]] = set()
        for access in (access for member in self.members for access in member.accesses):
            for k, (length, axis) in enumerate(zip(access.leaf.dims, access.where, strict=True)):
                if axis is None or self._is_made(access.leaf) or (access.leaf.key, k, axis) in done:
                    continue
                done.add((access.leaf.key, k, axis))
                if not same_size(length, told[axis][1]):
                    self._refuse_unless_equal(self._length(access.leaf, k), self.extents[axis])

    def _told(self, axis: int) -> tuple[Expr, Size]:
        """How often a loop runs, and the size that this is known as."""
        space = self.space[axis]
        if isinstance(space, int):
            return nodes.constant(space), space
        for access in (access for member in self.members for access in member.accesses):
            for k, at in enumerate(access.where):
                if at == axis and not self._is_made(access.leaf):
                    return self._length(access.leaf, k), access.leaf.dims[k]
        return next((nodes.copy(m.sizes[axis]), m.space[axis]) for m in self.members if axis in m.sizes)

    def _is_made(self, leaf: Leaf) -> bool:
        """Whether an array is one that the loops make; a first reading may still mean the old one of this name."""
        return isinstance(leaf.expr, gast.Name) and leaf.expr.id in self.made and leaf.expr.id not in self._old()

    def _old(self) -> set[str]:
        return {
            m.name
            for m in self.members
            if m.name is not None
            and any(isinstance(a.leaf.expr, gast.Name) and a.leaf.expr.id == m.name for a in m.accesses)
        }

    def _length(self, leaf: Leaf, axis: int) -> Expr:
        return nodes.subscript(nodes.attribute(self._array(leaf), "shape"), nodes.constant(axis))

    def _refuse_unless_equal(self, left: Expr, right: Expr) -> None:
        if self.tests is not None:
            self.tests.append(gast.Compare(left=left, ops=[gast.Eq()], comparators=[nodes.copy(right)]))
            return
        test = gast.Compare(left=left, ops=[gast.NotEq()], comparators=[nodes.copy(right)])
        self.before.append(self._raise_if(test, _MISMATCH))

    def _raise_if(self, test: Expr, message: str) -> gast.If:
        error = nodes.call(self.context.builtin("ValueError"), nodes.constant(message))
        return gast.If(test=test, body=[gast.Raise(exc=error, cause=None)], orelse=[])

    def _array(self, leaf: Leaf) -> Expr:
        """A variable for the array or view."""
        if isinstance(leaf.expr, gast.Name):
            return nodes.name(leaf.expr.id)
        if leaf.key not in self.arrays:
            name = self.context.fresh("v", self.context.facts.type_of(leaf.expr), self.context.memory_of(leaf.expr))
            self.before.append(nodes.assign(name, nodes.copy(leaf.expr)))
            self.arrays[leaf.key] = nodes.name(name)
        return nodes.copy(self.arrays[leaf.key])

    def _bound(self, value: Expr, base: str, depth: int) -> Expr:
        """A variable that is assigned the value at a depth of the nest."""
        name = self.context.fresh(base)
        (self.enter[depth] if depth else self.before).append(nodes.assign(name, value))
        return nodes.name(name)

    # Elements

    def value(self, element: Element, at: Where) -> tuple[Expr, int]:
        """An expression for the element, and how deep in the nest it is known."""
        if isinstance(element, Number):
            return self._number(element), 0
        if isinstance(element, Leaf):
            return self._loaded(element, at)
        if isinstance(element, Moved):
            value, depth = self.value(element.inner, operands_of(element, at)[0][1])
            return _converted(value, element.inner, element.dtype, self.context), depth
        assert isinstance(element, Apply)
        found = [self.value(operand, place) for operand, place in operands_of(element, at)]
        depth = max((d for _, d in found), default=0)
        twice = element.build.__name__ == "_square"
        if element.exact is not None and self.watched is not None:
            found = [(self._watch(value, d), d) for value, d in found]
        args = []
        for (value, d), operand in zip(found, element.operands, strict=True):
            if not isinstance(value, (gast.Name, gast.Constant)) and (d < depth or twice):
                value = self._bound(value, "e", d)
            args.append(_converted(value, operand, element.common, self.context))
        build = element.build if element.exact is None or self.watched is not None else element.exact
        return build(args), depth

    def _watch(self, value: Expr, depth: int) -> Expr:
        """Count the value if it is too large."""
        assert self.watched is not None
        if not isinstance(value, (gast.Name, gast.Constant)):
            value = self._bound(value, "e", depth)
        size = nodes.call(self.context.numpy("absolute"), nodes.copy(value))
        is_wide = gast.Compare(left=size, ops=[gast.Gt()], comparators=[nodes.constant(WIDEST)])
        total = nodes.binary(nodes.name(self.watched), gast.Add(), is_wide)
        (self.enter[depth] if depth else self.before).append(nodes.assign(self.watched, total))
        return value

    def _number(self, element: Number) -> Expr:
        if isinstance(element.expr, (gast.Name, gast.Constant)):
            return nodes.copy(element.expr)
        if isinstance(element.expr, gast.UnaryOp) and isinstance(element.expr.operand, gast.Constant):
            return nodes.copy(element.expr)
        key = text(element.expr)
        if key not in self.numbers:
            self.numbers[key] = self._bound(nodes.copy(element.expr), "c", 0)
        return nodes.copy(self.numbers[key])

    def _loaded(self, leaf: Leaf, at: Where) -> tuple[Expr, int]:
        if leaf.key in self.current:
            return nodes.copy(self.current[leaf.key]), self.rank
        depth = max((axis + 1 for axis in at if axis is not None), default=0)
        return nodes.subscript(self._array(leaf), self._index(at)), depth

    def _index(self, at: Where) -> Expr:
        parts = [self._step_along(axis) for axis in at]
        return parts[0] if len(parts) == 1 else nodes.tuple_(parts)

    def _step_along(self, axis: int | None) -> Expr:
        return nodes.constant(0) if axis is None or self.space[axis] == 1 else nodes.name(self.indices[axis])

    # Statements

    def _member(self, member: Member) -> None:
        if member.reduction is not None:
            self._reduce(member)
        elif member.target is not None:
            self._store(member)
        else:
            self._define(member)

    def _define(self, member: Member) -> None:
        assert member.name is not None
        name, element = member.name, member.element
        value, _ = self.value(element, member.at())
        value = _converted(value, element, element.dtype, self.context)
        if name in self.kept:
            out = name
            if name in self._old():
                out = self.context.fresh(name, self.context.facts.types.get(name))
                self.after.append(nodes.assign(name, nodes.name(out)))
            self.before.append(nodes.assign(out, self.context.new("empty", self.extents, element.dtype)))
            value = self._atom(value, name)
            self._put(nodes.name(out), tuple(range(self.rank)), value)
        self.current[name] = self._atom(value, name)

    def _atom(self, value: Expr, base: str) -> Expr:
        if isinstance(value, (gast.Name, gast.Constant)):
            return value
        return self._bound(value, base + "_i", self.rank)

    def _store(self, member: Member) -> None:
        target, element = member.target, member.element
        assert target is not None
        value, _ = self.value(element, member.at())
        if member.op is not None:
            before, _ = self.value(target, member.place)
            common = target.dtype if target.dtype == "float32" and not element.dtype else ""
            value = _converted(value, element, common, self.context)
            if isinstance(member.op, gast.Div) and self.context.divides_strictly:
                value = nodes.call(self.context.numpy("divide"), before, value)
            else:
                value = nodes.binary(before, member.op, value)
        value = self._atom(value, "e")
        if target.key not in self.made or target.key in self.kept:
            where: Expr = self._array(target)
            if target.key in self.made and target.key in self._old():
                where = self.after[-1].value
            self._put(where, member.place, value)
        self.current[target.key] = _as_stored(value, element, target, self.context)

    def _put(self, array: Expr, at: Where, value: Expr) -> None:
        place = nodes.subscript(array, self._index(at), store=True)
        self.enter[self.rank].append(nodes.assign(place, nodes.copy(value)))

    # Reductions

    def _reduce(self, member: Member) -> None:
        reduction = member.reduction
        assert reduction is not None and member.name is not None
        value, _ = self.value(member.element, member.at())
        value = _converted(value, member.element, member.element.dtype, self.context)
        count = self._count(reduction.axes) if reduction.kind == "mean" else None
        kept = [axis for axis in range(self.rank) if axis not in reduction.axes]
        if reduction.kind in ("max", "min"):
            self._refuse_empty(reduction.axes)
        start = _START[reduction.kind](self.context, reduction.dtype)
        whole = not kept and not reduction.keepdims
        if kept == list(range(len(kept))):
            depth = len(kept)
            total = self._accumulate(reduction.kind, value, start, depth)
            result = self._finished(total, count, reduction.dtype)
            if whole:
                self.leave[0].append(nodes.assign(member.name, result))
                return
            at: Where = tuple(None if axis in reduction.axes else axis for axis in range(self.rank))
            sizes = self._sizes_of_result(member)
            self.before.append(nodes.assign(member.name, self.context.new("empty", sizes, reduction.dtype)))
            place = nodes.subscript(nodes.name(member.name), self._index(self._shortened(at, member)), store=True)
            self.leave[depth].append(nodes.assign(place, result))
            return
        sizes = self._sizes_of_result(member)
        at = self._shortened(tuple(None if a in reduction.axes else a for a in range(self.rank)), member)
        double = reduction.dtype == "float32" and reduction.kind in ("sum", "mean", "prod")
        out = self.context.fresh(member.name) if double else member.name
        dtype = "float64" if double else reduction.dtype
        zero = isinstance(start, gast.Constant) and not start.value and dtype != "bool"
        new = self.context.new("zeros", sizes, dtype) if zero else self.context.new("full", sizes, dtype, start)
        self.before.append(nodes.assign(out, new))
        place = nodes.subscript(nodes.name(out), self._index(at), store=True)
        old = nodes.subscript(nodes.name(out), self._index(at))
        self.enter[self.rank] += self._step(reduction.kind, place, old, self._atom(value, "e"))
        array: Expr = nodes.name(out)
        if count is not None:
            array = nodes.call(self.context.numpy("divide"), array, count)
        if double:
            array = nodes.call(nodes.attribute(array, "astype"), self.context.numpy("float32"))
        if count is not None or double:
            self.leave[0].append(nodes.assign(member.name, array))

    def _shortened(self, at: Where, member: Member) -> Where:
        assert member.reduction is not None
        return at if member.reduction.keepdims else tuple(axis for axis in at if axis is not None)

    def _sizes_of_result(self, member: Member) -> list[Expr]:
        reduction = member.reduction
        assert reduction is not None
        sizes = [nodes.constant(1) if axis in reduction.axes else self.extents[axis] for axis in range(self.rank)]
        return sizes if reduction.keepdims else [s for k, s in enumerate(sizes) if k not in reduction.axes]

    def _count(self, axes: tuple[int, ...]) -> Expr:
        result = nodes.copy(self.extents[axes[0]])
        for axis in axes[1:]:
            result = nodes.binary(result, gast.Mult(), nodes.copy(self.extents[axis]))
        return result

    def _refuse_empty(self, axes: tuple[int, ...]) -> None:
        for axis in axes:
            if not isinstance(self.extents[axis], gast.Constant):
                zero = gast.Compare(
                    left=nodes.copy(self.extents[axis]), ops=[gast.Eq()], comparators=[nodes.constant(0)]
                )
                self.before.append(self._raise_if(zero, _EMPTY))

    def _accumulate(self, kind: str, value: Expr, start: Expr, depth: int) -> Expr:
        """The total at a depth of the nest; the innermost loop has one of its own, which rounds less."""
        total: Expr | None = None
        levels = [depth] if self.rank - depth < 2 else [depth, self.rank - 1]
        names = [self.context.fresh("total") for _ in levels]
        for name, level in zip(names, levels, strict=True):
            (self.enter[level] if level else self.before).append(nodes.assign(name, nodes.copy(start)))
        value = self._atom(value, "e")
        self.enter[self.rank] += self._step(kind, nodes.target(names[-1]), nodes.name(names[-1]), value)
        if len(levels) > 1:
            self.leave[levels[1]] += self._step(
                kind, nodes.target(names[0]), nodes.name(names[0]), nodes.name(names[1])
            )
        total = nodes.name(names[0])
        return total

    def _step(self, kind: str, place: Expr, old: Expr, value: Expr) -> Block:
        if kind in ("sum", "mean"):
            return [nodes.assign(place, nodes.binary(old, gast.Add(), value))]
        if kind == "prod":
            return [nodes.assign(place, nodes.binary(old, gast.Mult(), value))]
        if kind in ("any", "all"):
            test = value if kind == "any" else gast.UnaryOp(op=gast.Not(), operand=value)
            return [gast.If(test=test, body=[nodes.assign(place, nodes.constant(kind == "any"))], orelse=[])]
        beyond = gast.Gt() if kind == "max" else gast.Lt()
        larger = gast.Compare(left=nodes.copy(value), ops=[beyond], comparators=[old])
        is_nan = gast.Compare(left=nodes.copy(value), ops=[gast.NotEq()], comparators=[nodes.copy(value)])
        test = gast.BoolOp(op=gast.Or(), values=[larger, is_nan])
        return [gast.If(test=test, body=[nodes.assign(place, nodes.copy(value))], orelse=[])]

    def _finished(self, total: Expr, count: Expr | None, dtype: str) -> Expr:
        if count is not None:
            total = nodes.call(self.context.numpy("divide"), total, count)
        if dtype in ("float32",):
            return nodes.call(self.context.numpy(dtype), total)
        return total


def written(context: Context, members: list[Member], kept: set[str]) -> Block:
    """The loops of a group; a second time without functions for vector instructions, if they turn out not to do."""
    nest = Nest(context, members, kept)
    limited = any(isinstance(part, Apply) and part.exact is not None for m in members for part, _ in walk(m.element))
    if not limited or nest.changes() or nest.tests is not None:
        return nest.statements()
    watched = context.fresh("wide")
    first = Nest(context, members, kept, watched).statements()
    test = gast.Compare(left=nodes.name(watched), ops=[gast.Gt()], comparators=[nodes.constant(0)])
    return [*first, gast.If(test=test, body=nest.statements(), orelse=[])]


def _zero(context: Context, dtype: str) -> Expr:
    return nodes.constant({"int": 0, "complex": 0j}.get(kind_of_dtype(dtype), 0.0))


def _infinite(negative: bool) -> Any:
    def start(context: Context, dtype: str) -> Expr:
        value: Expr = context.numpy("inf")
        if dtype == "float32":
            value = nodes.call(context.numpy("float32"), value)
        return gast.UnaryOp(op=gast.USub(), operand=value) if negative else value

    return start


_START: dict[str, Any] = {
    "sum": _zero,
    "mean": _zero,
    "prod": lambda context, dtype: nodes.constant(1.0),
    "any": lambda context, dtype: nodes.constant(False),
    "all": lambda context, dtype: nodes.constant(True),
    "max": _infinite(True),
    "min": _infinite(False),
}


def _converted(value: Expr, element: Element, dtype: str, context: Context) -> Expr:
    """The element as one of a dtype."""
    if not dtype or element.dtype == dtype:
        return value
    if isinstance(value, gast.Constant) and type(value.value) in (int, bool) and dtype in ("float64", "float32"):
        value = nodes.constant(float(value.value))
    if dtype == "float32":
        return nodes.call(context.numpy("float32"), value)
    if kind_of_dtype(dtype) == "float" and kind_of(element) != "float" and not isinstance(value, gast.Constant):
        return nodes.call(context.numpy(dtype), value)
    return value


def _as_stored(value: Expr, element: Element, target: Leaf, context: Context) -> Expr:
    """What is read back from an array after a store."""
    if target.dtype == "float32" and element.dtype not in ("float32", ""):
        return nodes.call(context.numpy("float32"), value)
    return _converted(value, element, target.dtype, context) if element.dtype != target.dtype else value
