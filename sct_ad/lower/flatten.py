"""The first step: one elementwise expression, one reduction or one other call of arrays a statement."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.lower.context import Context
from sct_ad.lower.elements import Apply, Element, Moved, Parser, basic_parts, is_new_axis, is_view, walk
from sct_ad.lower.reductions import reduced_argument
from sct_ad.lower.spelling import spelled, spelled_argument, takes_list
from sct_ad.optimise.footprint import DEFERRED, Footprint, tape_class
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Scalar

_SKIPPED = (*DEFERRED, gast.IfExp, gast.BoolOp, gast.NamedExpr, gast.JoinedStr)


class Unclear(Exception):
    """Too little is known of an expression for it to be taken out of its statement."""


def flatten(fn: gast.FunctionDef, context: Context) -> gast.FunctionDef:
    """Take calls that are not elementwise out of expressions, in the order in which they are evaluated.

    `z = np.exp(X @ w + b) / np.sum(s * y)` -> `t = X @ w; t1 = np.sum(s * y); z = np.exp(t + b) / t1`.
    """
    fn = nodes.copy(fn)
    fn.body = _Flattener(context).block(fn.body)
    return fn


class _Flattener:
    def __init__(self, context: Context) -> None:
        self.context, self.parser = context, Parser(context)
        self.facts: Facts = context.facts
        self.before: Block = []

    def block(self, block: Block) -> Block:
        result: Block = []
        for stmt in block:
            if not isinstance(stmt, (gast.Try, gast.With)):
                for inner in nodes.blocks(stmt):
                    inner[:] = self.block(inner)
            result += self._statement(stmt)
        return result

    def _statement(self, stmt: Stmt) -> Block:
        if not self._is_ordered(stmt):
            return [stmt]
        self.before = []
        field = "test" if isinstance(stmt, gast.If) else "value"
        original = nodes.copy(getattr(stmt, field))
        try:
            self._rewrite(stmt)
        except Unclear:
            setattr(stmt, field, original)
            return [stmt]
        origin = nodes.origin_of(stmt)
        return [*(nodes.with_origin(new, origin) for new in self.before), stmt]

    def _is_ordered(self, stmt: Stmt) -> bool:
        """Whether evaluating the parts of a statement before the rest of it is the same."""
        if not isinstance(stmt, (gast.Assign, gast.AugAssign, gast.Expr, gast.Return, gast.If)):
            return False
        found = Footprint()
        for expr in [stmt.test] if isinstance(stmt, gast.If) else [stmt.value]:
            if expr is not None:
                found.add(self.context.footprints.expression(expr))
        return not found.impure and not found.barrier and all(w.startswith(tape_class("")) for w in found.writes)

    def _rewrite(self, stmt: Stmt) -> None:
        if isinstance(stmt, gast.If):
            stmt.test = self._value(stmt.test)
        elif isinstance(stmt, gast.AugAssign):
            into_array = self.context.array_type(_read(stmt.target)) is not None
            stmt.value = self._value(stmt.value)
            if into_array:
                stmt.value = self._operand(stmt.value)
                self._separate(stmt)
            elif self._reduces(stmt.value):
                stmt.value = self._taken(stmt.value)
        elif isinstance(stmt, gast.Assign):
            stmt.value = self._value(stmt.value)
            place = stmt.targets[0]
            if not isinstance(place, gast.Name) and self._reduces(stmt.value):
                stmt.value = self._taken(stmt.value)
            if isinstance(place, gast.Subscript) and self.context.array_type(_read(place)) is not None:
                stmt.value = self._operand(stmt.value)
                self._separate(stmt)
        elif isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call):
            call = stmt.value
            call.args = [self._whole(arg) for arg in call.args]
        elif isinstance(stmt, gast.Return) and stmt.value is not None:
            stmt.value = self._returned(stmt.value)

    def _returned(self, expr: Expr) -> Expr:
        if isinstance(expr, gast.Tuple):
            expr.elts = [self._returned(item) for item in expr.elts]
            return expr
        return self._whole(expr)

    def _separate(self, stmt: gast.Assign | gast.AugAssign) -> None:
        """`x[1:] += 2.0 * x[:-1]` -> `t = 2.0 * x[:-1]; x[1:] += t`, where elements written are read elsewhere."""
        place = _read(stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target)
        if isinstance(stmt.value, (gast.Name, gast.Constant)) or not is_view(place, self.context):
            if not isinstance(stmt.value, gast.Name):
                return
        written = self._classes(place)
        target, element = self.parser.parse(place), self.parser.parse(stmt.value)
        if element is None or target is None:
            return
        key, rank = getattr(target, "key", ""), len(target.dims)
        for inner, at in walk(element):
            expr = getattr(inner, "expr", None)
            if expr is not None and not written.isdisjoint(self._classes(expr)):
                if getattr(inner, "key", None) != key or at != tuple(range(rank)):
                    if is_view(stmt.value, self.context):
                        stmt.value = self._taken(nodes.call(nodes.attribute(stmt.value, "copy")), fresh=True)
                    else:
                        stmt.value = self._taken(stmt.value)
                    return

    def _classes(self, expr: Expr) -> set[str]:
        return self.context.footprints.expression(expr).content

    # Expressions

    def _value(self, expr: Expr) -> Expr:
        """The expression as one elementwise expression, reduction or call."""
        if isinstance(expr, (gast.Name, gast.Constant, *_SKIPPED)):
            return expr
        argument = reduced_argument(expr, self.context)
        if argument is not None:
            return self._with_argument(expr, argument, self._operand(self._value(argument)))
        if isinstance(expr, (gast.BinOp, gast.UnaryOp, gast.Compare)):
            return self._operator(expr)
        if isinstance(expr, gast.Call):
            return self._call(expr)
        if isinstance(expr, gast.Subscript):
            return self._subscript(expr)
        if isinstance(expr, gast.Attribute):
            return self._attribute(expr)
        if isinstance(expr, (gast.Tuple, gast.List)):
            expr.elts = [self._whole(item) for item in expr.elts]
        return expr

    def _operator(self, expr: Expr) -> Expr:
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, gast.MatMult):
            expr.left, expr.right = self._whole(expr.left), self._whole(expr.right)
        elif isinstance(expr, gast.BinOp):
            expr.left = self._operand(self._value(expr.left))
            expr.right = self._operand(self._value(expr.right))
        elif isinstance(expr, gast.UnaryOp):
            expr.operand = self._operand(self._value(expr.operand))
        else:
            expr.left = self._operand(self._value(expr.left))
            expr.comparators = [self._operand(self._value(item)) for item in expr.comparators]
        return self._with_costly_apart(expr)

    def _call(self, call: gast.Call) -> Expr:
        argument = spelled_argument(call, self.context)
        if argument is not None:
            return self._value(spelled(call, self.context, self._whole(argument)))
        if takes_list(call, self.context):
            call.args[0] = nodes.tuple_(call.args[0].elts)
        elementwise = self.parser.is_elementwise(call)
        step = self._element_operand if elementwise else self._whole
        if self.context.footprints.is_method(call):
            call.func.value = step(call.func.value)
        call.args = [step(arg) for arg in call.args]
        for keyword in call.keywords:
            keyword.value = step(keyword.value)
        return self._with_costly_apart(call) if elementwise else call

    def _element_operand(self, expr: Expr) -> Expr:
        return self._operand(self._value(expr))

    def _subscript(self, expr: gast.Subscript) -> Expr:
        owner = self._value(expr.value)
        parts = basic_parts(expr, self.context) if isinstance(self.facts.type_of(expr.value), Array) else None
        if parts is None:
            place = expr.slice.value if isinstance(expr.slice, gast.Constant) else None
            if isinstance(owner, gast.Tuple) and owner is not expr.value and type(place) is int:
                if -len(owner.elts) <= place < len(owner.elts):
                    return owner.elts[place]  # of a shape
            expr.value = owner if isinstance(owner, gast.Tuple) else self._whole(owner)
            expr.slice = self._index(expr.slice)
        elif any(map(is_new_axis, parts)) and all(isinstance(p, gast.Slice) or is_new_axis(p) for p in parts):
            expr.value = self._operand(owner)
        else:
            expr.value = self._whole(owner)
        return expr

    def _index(self, index: Expr) -> Expr:
        if isinstance(index, gast.Tuple):
            index.elts = [self._index(item) for item in index.elts]
            return index
        return index if isinstance(index, gast.Slice) else self._whole(index)

    def _attribute(self, expr: gast.Attribute) -> Expr:
        found = self.facts.type_of(expr.value)
        if not isinstance(found, Array):
            return expr
        if isinstance(expr.value, gast.Name) and expr.value.id in self.context.parameters:
            return expr
        if expr.attr in ("shape", "size") and (known := self.context.extents(found.dims)) is not None:
            return nodes.product(known) if expr.attr == "size" else nodes.tuple_(known)
        value = self._value(expr.value)
        expr.value = self._operand(value) if expr.attr == "T" else self._whole(value)
        return expr

    def _operand(self, expr: Expr) -> Expr:
        """The expression as part of an elementwise one: what is not elementwise is taken out."""
        if not isinstance(self.facts.type_of(expr), (Array, Scalar)):
            return expr  # a shape, a dtype
        if isinstance(expr, (gast.Name, gast.Constant)) or is_view(expr, self.context):
            return expr
        if self.parser.parse(expr) is not None and not self._reduces(expr):
            if not self.context.footprints.expression(expr).writes:
                return expr
        return self._taken(expr)

    def _whole(self, expr: Expr) -> Expr:
        """The expression as an argument of a call: any computation on arrays is taken out."""
        expr = self._value(expr)
        if isinstance(expr, (gast.Name, gast.Constant)) or is_view(expr, self.context):
            return expr
        if self._is_transposed(expr):
            return expr
        if self._reduces(expr):
            return self._taken(expr)
        if isinstance(expr, (gast.Tuple, gast.List, gast.Slice)):
            return expr
        return self._taken(expr) if isinstance(self.facts.type_of(expr), Array) else expr

    def _reduces(self, expr: Expr) -> bool:
        return reduced_argument(expr, self.context) is not None

    def _is_transposed(self, expr: Expr) -> bool:
        return isinstance(expr, gast.Attribute) and expr.attr == "T" and is_view(expr.value, self.context)

    def _with_argument(self, call: gast.Call, old: Expr, new: Expr) -> Expr:
        if call.args and call.args[0] is old:
            call.args[0] = new
        else:
            call.func.value = new
        return call

    def _with_costly_apart(self, expr: Expr) -> Expr:
        """Take out what would be computed again and again: costly functions of an operand that is broadcast."""
        element = self.parser.parse(expr)
        if element is None or not element.dims:
            return expr
        for child, inner in self._children(expr, element):
            if isinstance(child, gast.Name) or not inner.dims or not _repeats(inner, element):
                continue
            if any(isinstance(part, Apply) and part.costly for part, _ in walk(inner)):
                _replace(expr, child, self._taken(child))
        return expr

    def _children(self, expr: Expr, element: Element) -> list[tuple[Expr, Element]]:
        parts = [expr.left, expr.right] if isinstance(expr, gast.BinOp) else list(getattr(expr, "args", []))
        found = [(part, self.parser.parse(part)) for part in parts]
        return [(part, inner) for part, inner in found if inner is not None]

    def _taken(self, expr: Expr, fresh: bool = False) -> Expr:
        """A new variable, assigned the expression before the statement."""
        type_ = self.facts.type_of(expr)
        if isinstance(type_, Scalar):
            name = self.context.fresh("t", type_)
        else:
            if type_ == UNKNOWN:
                raise Unclear
            name = self.context.fresh("t", type_, None if fresh else self._alias_class(expr, type_))
        self.before.append(nodes.assign(name, expr))
        return nodes.name(name)

    def _alias_class(self, expr: Expr, type_: Abstract) -> str | None:
        """The class of memory that the value shares; None if it is new."""
        if self.parser.parse(expr) is not None and not is_view(expr, self.context) and not self._views(expr):
            return None
        if isinstance(expr, gast.Call):
            effects = self.facts.call_effects(expr)
            found = self.context.footprints.expression(expr)
            if not found.writes and (not effects.view_of or self._reduces(expr)):
                return None
        elif isinstance(expr, (gast.BinOp, gast.UnaryOp, gast.Compare)) and isinstance(type_, Array):
            return None
        classes = {c for c in self.context.footprints.expression(expr).content if not c.startswith(tape_class(""))}
        if len(classes) == 1:
            return classes.pop()
        raise Unclear

    def _views(self, expr: Expr) -> bool:
        element = self.parser.parse(expr)
        return isinstance(element, Moved) and not isinstance(expr, gast.Call)


def _repeats(inner: Element, outer: Element) -> bool:
    """Whether an operand is constant along a loop that is not the innermost of those it runs along."""
    rank = len(outer.dims)
    missing = [
        axis for axis in range(rank) if axis < rank - len(inner.dims) or inner.dims[axis - rank + len(inner.dims)] == 1
    ]
    missing = [axis for axis in missing if outer.dims[axis] != 1]
    running = [axis for axis in range(rank) if axis not in missing]
    return bool(missing) and bool(running) and min(missing) < max(running)


def _replace(expr: Expr, old: Expr, new: Expr) -> None:
    for key in expr._fields:
        value = getattr(expr, key, None)
        if value is old:
            setattr(expr, key, new)
        elif isinstance(value, list):
            setattr(expr, key, [new if item is old else item for item in value])


def _read(place: Expr) -> Expr:
    """A target as an expression that reads it."""
    if isinstance(place, gast.Name):
        return nodes.name(place.id)
    if isinstance(place, gast.Subscript):
        return nodes.subscript(place.value, place.slice)
    return place
