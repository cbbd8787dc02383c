"""Statements -> core statements."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.normal import scopes
from sct_ad.normal.denoted import BASE_EXCEPTION, ISINSTANCE
from sct_ad.normal.emission import at
from sct_ad.normal.expressions import Expressions
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.source import span_of

_COMPARING = (gast.Name, gast.Constant, gast.Compare, gast.BoolOp, gast.BinOp, gast.UnaryOp)
_HARMLESS = (*_COMPARING, gast.operator, gast.unaryop, gast.boolop, gast.cmpop, gast.expr_context)
_MAY_RAISE = (gast.Div, gast.FloorDiv, gast.Mod, gast.Pow, gast.MatMult, gast.LShift, gast.RShift)


class Statements(Expressions):
    """One method per kind of statement.

    >>> from sct_ad.normal.demonstrate import show_body
    >>> show_body("while x * x > y:\\n    a[i], x = x, x / 2")
    t1 = x * x
    t = t1 > y
    while t:
        t2 = x
        t3 = x / 2
        a[i] = t2
        x = t3
        t4 = x * x
        t = t4 > y
    """

    def block(self, stmts: Block) -> Block:
        """The core of a block."""
        outer, self.out = self.out, []
        for stmt in stmts:
            previous = self.origin
            if getattr(stmt, "lineno", None) is not None:
                self.origin = span_of(self.source, stmt)
            self.statement(stmt)
            self.origin = previous
        made, self.out = self.out, outer
        return made

    def statement(self, stmt: Stmt) -> None:
        """Dispatch on the kind of statement."""
        method = getattr(self, "_" + type(stmt).__name__, None)
        if method is None:
            raise self.refuse(stmt)
        method(stmt)

    def _Pass(self, stmt: gast.Pass) -> None:
        pass

    def _as_it_is(self, stmt: Stmt) -> None:
        self.emit(stmt)

    _Break = _Global = _Nonlocal = _Import = _ImportFrom = _as_it_is

    def _FunctionDef(self, stmt: gast.FunctionDef) -> None:
        decorators = self.atoms(stmt.decorator_list)
        self.definition(stmt)
        for decorator in reversed(decorators):
            decorated = nodes.call(decorator, nodes.name(stmt.name))
            self.emit(nodes.assign(stmt.name, at(decorated, decorator)))

    def _Return(self, stmt: gast.Return) -> None:
        self.emit(gast.Return(value=self.atom(stmt.value)))

    def _Expr(self, stmt: gast.Expr) -> None:
        if isinstance(stmt.value, gast.Yield):
            self.emit(gast.Expr(value=gast.Yield(value=self.atom(stmt.value.value))))
            return
        value = self.value(stmt.value)
        if isinstance(value, gast.Call):
            self.emit(gast.Expr(value=value))
        elif not isinstance(value, (gast.Name, gast.Constant)):
            self.define(value)

    def _Delete(self, stmt: gast.Delete) -> None:
        """Names may stay bound; `del xs[k]` is a call of `xs.__delitem__`."""
        for target in stmt.targets:
            if isinstance(target, gast.Subscript):
                index = target.slice
                if isinstance(index, gast.Slice):
                    parts = [nodes.constant(None) if p is None else p for p in (index.lower, index.upper, index.step)]
                    index = nodes.call(nodes.name("slice"), *parts)
                call = nodes.call(nodes.attribute(target.value, "__delitem__"), index)
                self._Expr(at(gast.Expr(value=at(call, target)), target))

    def _Raise(self, stmt: gast.Raise) -> None:
        if stmt.cause is None or isinstance(stmt.cause, (gast.Name, gast.Constant)):
            exc = None if stmt.exc is None else self.value(stmt.exc)
            self.emit(gast.Raise(exc=exc, cause=stmt.cause))
            return
        exc, cause = self.atoms([stmt.exc, stmt.cause])
        self.emit(gast.Raise(exc=exc, cause=cause))

    def _With(self, stmt: gast.With) -> None:
        """One context after the other; what it gives is bound to a name."""
        first, others = stmt.items[0], stmt.items[1:]
        context = self.value(first.context_expr)
        target, head = first.optional_vars, []
        if target is not None and not isinstance(target, gast.Name):
            name = self.fresh("entered")
            head = [at(nodes.assign(target, nodes.name(name)), target)]
            target = nodes.target(name)
        inner = stmt.body
        if others:
            inner = [at(gast.With(items=others, body=stmt.body, type_comment=None), stmt)]
        body = self.block([*head, *inner])
        item = gast.withitem(context_expr=context, optional_vars=target)
        self.emit(gast.With(items=[item], body=body or [gast.Pass()], type_comment=None))

    def _Try(self, stmt: gast.Try) -> None:
        """One handler, which finds out by isinstance which of several clauses it is."""
        body = self.block(stmt.body)
        types: list[Expr] = [self._exception_type(handler.type) for handler in stmt.handlers]
        name = stmt.handlers[0].name
        caught: Block = stmt.handlers[0].body
        if len(stmt.handlers) > 1:
            name = nodes.target(self.fresh("error"))
            caught = self._clauses(stmt.handlers, types, name.id)
        type_ = types[0] if len(types) == 1 else nodes.tuple_([t for type_ in types for t in _members(type_)])
        handler = gast.ExceptHandler(type=type_, name=name, body=self.block(caught) or [gast.Pass()])
        orelse = self.block(stmt.orelse)
        self.emit(gast.Try(body=body or [gast.Pass()], handlers=[handler], orelse=orelse, finalbody=[]))

    def _exception_type(self, expr: Expr | None) -> Expr:
        if expr is None:
            return gast.Constant(value=BASE_EXCEPTION, kind=None)
        return nodes.tuple_([self.atom(e) for e in expr.elts]) if isinstance(expr, gast.Tuple) else self.atom(expr)

    def _clauses(self, handlers: list[Any], types: list[Expr], error: str) -> Block:
        """`if isinstance(error, A): ... elif isinstance(error, B): ...`, the last one without a test."""
        handler = handlers[0]
        bind = [] if handler.name is None else [at(nodes.assign(handler.name, nodes.name(error)), handler)]
        body: Block = [*bind, *handler.body]
        if len(handlers) == 1:
            return body
        test = nodes.call(gast.Constant(value=ISINSTANCE, kind=None), nodes.name(error), nodes.copy(types[0]))
        orelse = self._clauses(handlers[1:], types[1:], error)
        return [at(gast.If(test=at(test, handler), body=body, orelse=orelse), handler)]

    def _Assert(self, stmt: gast.Assert) -> None:
        test = self.atom(stmt.test)
        args = [] if stmt.msg is None else [stmt.msg]
        error = nodes.call(nodes.name("AssertionError"), *args)
        failing = self.block([at(gast.Raise(exc=error, cause=None), stmt)])
        self.emit(gast.If(test=test, body=[gast.Pass()], orelse=failing))

    def _If(self, stmt: gast.If) -> None:
        test = self.atom(stmt.test)
        body, orelse = self.block(stmt.body), self.block(stmt.orelse)
        self.emit(gast.If(test=test, body=body or [gast.Pass()], orelse=orelse))

    def _While(self, stmt: gast.While) -> None:
        if isinstance(stmt.test, gast.Constant):
            self.emit(gast.While(test=stmt.test, body=self.block(stmt.body), orelse=[]))
            return
        flag = self.fresh()
        self.into(flag, stmt.test)
        body, tail = stmt.body, []
        if _is_exit(body[-1]):
            body, tail = body[:-1], body[-1:]
        inner = self.block(body)
        if tail and not _is_harmless(stmt.test):  # a loop that is left does not evaluate its test again
            stays = gast.UnaryOp(op=gast.Not(), operand=nodes.copy(tail[0].test))
            inner += self.nested(lambda: self.into(flag, gast.BoolOp(op=gast.And(), values=[stays, stmt.test])))
            tail = []
        else:
            inner += self.nested(lambda: self.into(flag, stmt.test))
        self.emit(gast.While(test=nodes.name(flag), body=inner + self.block(tail), orelse=[]))

    def _For(self, stmt: gast.For) -> None:
        target, head = stmt.target, []
        moved = scopes.bound(stmt.body) | scopes.rebound(stmt.body, self.shared)
        iterable = self.atom(stmt.iter)
        if isinstance(iterable, gast.Name) and iterable.id in moved | scopes.targets(target):
            iterable = self.define(iterable)
        if not isinstance(target, gast.Name) or target.id in moved:
            item = self.fresh(target.id if isinstance(target, gast.Name) else "item")
            head = [at(gast.Assign(targets=[target], value=nodes.name(item), type_comment=None), stmt)]
            target = nodes.target(item)
        body = self.block([*head, *stmt.body])
        self.emit(gast.For(target=target, iter=iterable, body=body or [gast.Pass()], orelse=[], type_comment=None))

    def _Assign(self, stmt: gast.Assign) -> None:
        if len(stmt.targets) == 1:
            self.assign(stmt.targets[0], stmt.value)
            return
        value = self.atom(stmt.value, stmt.targets[:-1])
        for target in stmt.targets:
            self.assign(target, value)

    def _AnnAssign(self, stmt: gast.AnnAssign) -> None:
        if stmt.value is not None:
            self.assign(stmt.target, stmt.value)

    def assign(self, target: Expr, value: Expr) -> None:
        """`target = value`."""
        if isinstance(target, gast.Name):
            self.into(target.id, value)
        elif isinstance(target, (gast.Tuple, gast.List)):
            self._unpack(target, self.as_list(value))
        elif isinstance(target, gast.Subscript):
            stored = self.atom(value, [target])
            owner = self.atom(target.value, [target.slice])
            place = nodes.subscript(owner, self.index(target.slice), store=True)
            self.emit(nodes.assign(at(place, target), stored))
        elif isinstance(target, gast.Attribute):
            stored = self.atom(value, [target])
            place = gast.Attribute(value=self.atom(target.value), attr=target.attr, ctx=nodes.STORE)
            self.emit(nodes.assign(at(place, target), stored))
        else:
            raise self.refuse(target)

    def _unpack(self, target: gast.Tuple | gast.List, value: Expr) -> None:
        elements = target.elts
        starred = next((k for k, e in enumerate(elements) if isinstance(e, gast.Starred)), None)
        if isinstance(value, (gast.Tuple, gast.List)) and starred is None and len(value.elts) == len(elements):
            if not any(isinstance(e, gast.Starred) for e in value.elts):
                self._unpack_display(elements, value.elts)
                return
        whole = self.atom(value)
        if isinstance(whole, gast.Name) and whole.id in scopes.targets(target):
            whole = self.define(whole)
        items: list[Expr] = []
        for k in range(len(elements)):
            if starred is None or k < starred:
                item: Expr = nodes.unpacked(whole, nodes.constant(k))
            elif k > starred:
                item = nodes.unpacked(whole, nodes.constant(k - len(elements)))
            else:
                behind = k - len(elements) + 1
                upper = nodes.constant(behind) if behind else None
                part = nodes.unpacked(whole, gast.Slice(lower=nodes.constant(k), upper=upper, step=None))
                item = self._list_of(part)
            items.append(at(item, value))
        plain = [e.value if isinstance(e, gast.Starred) else e for e in elements]
        stores = any(isinstance(n, (gast.Subscript, gast.Attribute)) for n in nodes.walk(plain))
        if stores:  # one may change what is unpacked
            items = [self.define(self.value(item)) for item in items]
        for element, item in zip(plain, items, strict=True):
            self.assign(element, item)

    def _list_of(self, value: Expr) -> Expr:
        if "list" in self.locals:
            return gast.List(elts=[gast.Starred(value=value, ctx=nodes.LOAD)], ctx=nodes.LOAD)
        return nodes.call(nodes.name("list"), value)

    def _unpack_display(self, targets: list[Expr], values: list[Expr]) -> None:
        """`u, v = v, u`: all values first, unless no target is read by a later value."""
        written: set[str] = set()
        overlap = any(isinstance(n, (gast.Call, gast.NamedExpr)) for n in nodes.walk(values))
        for target, value in zip(targets, values, strict=True):
            overlap |= bool(written & nodes.names_in(value)) or not isinstance(target, gast.Name)
            written |= scopes.targets(target)
        if not overlap:
            for target, value in zip(targets, values, strict=True):
                self.assign(target, value)
            return
        held = [self.define(self.value(self.as_list(value))) for value in values]
        for target, name in zip(targets, held, strict=True):
            self.assign(target, name)

    def _AugAssign(self, stmt: gast.AugAssign) -> None:
        target, behind = stmt.target, [stmt.value]
        if isinstance(target, gast.Name):
            to: Expr = nodes.target(target.id)
            early = target.id in scopes.rebound(stmt.value, self.shared)
        else:
            base = self.atom(target.value, behind if isinstance(target, gast.Attribute) else [target.slice, *behind])
            early = scopes.calls_back(stmt.value, target, self.functions)
            if isinstance(target, gast.Attribute):
                to = gast.Attribute(value=base, attr=target.attr, ctx=nodes.STORE)
            else:
                to = nodes.subscript(base, self.index(target.slice, behind), store=True)
        if not early:
            value = self.atom(stmt.value)
            self.emit(gast.AugAssign(target=at(to, target), op=stmt.op, value=value))
            return
        # The value changes what the target holds, but the target is read first.
        place = nodes.copy(to)
        place.ctx = nodes.LOAD
        held = self.define(at(place, target))
        value = self.atom(stmt.value)
        self.emit(gast.AugAssign(target=nodes.target(held.id), op=stmt.op, value=value))
        self.emit(nodes.assign(at(to, target), held))


def _members(type_: Expr) -> list[Expr]:
    return list(type_.elts) if isinstance(type_, gast.Tuple) else [type_]


def _is_exit(stmt: Stmt) -> bool:
    return isinstance(stmt, gast.If) and len(stmt.body) == 1 and isinstance(stmt.body[0], gast.Break)


def _is_harmless(test: Expr) -> bool:
    """Whether a test may be evaluated once more than Python does: numbers compared, nothing that acts or raises."""
    found = list(nodes.walk(test))
    return all(isinstance(n, _HARMLESS) for n in found) and not any(isinstance(n, _MAY_RAISE) for n in found)
