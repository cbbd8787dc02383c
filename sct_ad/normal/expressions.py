"""Expressions -> core right-hand sides; evaluation order and short circuits are Python's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sct_ad.normal.comprehensions import Comprehensions
from sct_ad.normal.emission import at
from sct_ad.normal.refused import USED_UP
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr


class Expressions(Comprehensions):
    """One method per kind of expression.

    >>> from sct_ad.normal.demonstrate import show_body
    >>> show_body("y = a * b + (c if d else 1)")
    t = a * b
    if d:
        t1 = c
    else:
        t1 = 1
    y = t + t1
    """

    def value(self, expr: Expr) -> Expr:
        """The expression as a core right-hand side."""
        method = getattr(self, "_expr_" + type(expr).__name__, None)
        if method is None:
            raise self.refuse(expr)
        return at(method(expr), expr)

    def into(self, name: str, expr: Expr) -> None:
        """`name = expr`, without a temporary where each branch of the expression can assign the name itself."""
        if isinstance(expr, gast.IfExp):
            self._choose(name, expr)
            return
        if isinstance(expr, gast.BoolOp):
            later: list[Expr] = expr.values[1:]
        elif isinstance(expr, gast.Compare) and len(expr.ops) > 1:
            later = expr.comparators[1:]
        else:
            self.emit(nodes.assign(name, self.value(expr)))
            return
        if name in nodes.names_in(later) or name in self.shared | self.captured:
            self.emit(nodes.assign(name, self.value(expr)))
        elif isinstance(expr, gast.BoolOp):
            self._bool_chain(name, expr.op, expr.values)
        else:
            self._compare(name, expr)

    def _expr_Name(self, expr: gast.Name) -> Expr:
        return nodes.name(expr.id)

    def _expr_Constant(self, expr: gast.Constant) -> Expr:
        return gast.Constant(value=expr.value, kind=None)

    def _expr_BinOp(self, expr: gast.BinOp) -> Expr:
        left, right = self.atoms([expr.left, expr.right])
        return nodes.binary(left, expr.op, right)

    def _expr_UnaryOp(self, expr: gast.UnaryOp) -> Expr:
        return gast.UnaryOp(op=expr.op, operand=self.atom(expr.operand))

    def _expr_Compare(self, expr: gast.Compare) -> Expr:
        if len(expr.ops) == 1:
            left, right = self.atoms([expr.left, expr.comparators[0]])
            return gast.Compare(left=left, ops=list(expr.ops), comparators=[right])
        result = self.fresh()
        self._compare(result, expr)
        return nodes.name(result)

    def _compare(self, result: str, expr: gast.Compare) -> None:
        left = self.atom(expr.left, expr.comparators[:1])
        self._compare_chain(result, left, list(expr.ops), list(expr.comparators))

    def _compare_chain(self, result: str, left: Expr, ops: list[Any], comparators: list[Expr]) -> None:
        right = self.atom(comparators[0], comparators[1:2])
        self.emit(nodes.assign(result, gast.Compare(left=left, ops=ops[:1], comparators=[right])))
        if len(ops) > 1:
            again = nodes.copy(right)
            body = self.nested(lambda: self._compare_chain(result, again, ops[1:], comparators[1:]))
            self.emit(gast.If(test=nodes.name(result), body=body, orelse=[]))

    def _expr_BoolOp(self, expr: gast.BoolOp) -> Expr:
        result = self.fresh()
        self._bool_chain(result, expr.op, expr.values)
        return nodes.name(result)

    def _bool_chain(self, result: str, op: Any, values: list[Expr]) -> None:
        self.emit(nodes.assign(result, self.value(values[0])))
        if len(values) > 1:
            later = self.nested(lambda: self._bool_chain(result, op, values[1:]))
            if isinstance(op, gast.And):
                self.emit(gast.If(test=nodes.name(result), body=later, orelse=[]))
            else:
                self.emit(gast.If(test=nodes.name(result), body=[gast.Pass()], orelse=later))

    def _expr_IfExp(self, expr: gast.IfExp) -> Expr:
        result = self.fresh()
        self._choose(result, expr)
        return nodes.name(result)

    def _choose(self, result: str, expr: gast.IfExp) -> None:
        test = self.atom(expr.test)
        body = self.nested(lambda: self.into(result, expr.body))
        orelse = self.nested(lambda: self.into(result, expr.orelse))
        self.emit(gast.If(test=test, body=body, orelse=orelse))

    def _expr_NamedExpr(self, expr: gast.NamedExpr) -> Expr:
        self.into(expr.target.id, expr.value)
        return nodes.name(expr.target.id)

    def _expr_Call(self, expr: gast.Call) -> Expr:
        short = self.short_circuit(expr)
        if short is not None:
            return short
        operands = [*expr.args, *(k.value for k in expr.keywords)]
        func = self._callee(expr.func, operands)
        uses_up = (func.id if isinstance(func, gast.Name) else getattr(func, "attr", "")) in USED_UP
        operands = [self.as_list(e) if uses_up or isinstance(e, gast.Starred) else e for e in operands]
        atoms = self.atoms(operands)
        keywords = [
            gast.keyword(arg=k.arg, value=value)
            for k, value in zip(expr.keywords, atoms[len(expr.args) :], strict=True)
        ]
        return gast.Call(func=func, args=atoms[: len(expr.args)], keywords=keywords)

    def _callee(self, func: Expr, later: list[Expr]) -> Expr:
        if isinstance(func, gast.Attribute):
            path = nodes.dotted(func)
            if path is not None and path[0] not in self.locals:
                return nodes.copy(func)
            return at(nodes.attribute(self.atom(func.value, later), func.attr), func)
        return self.atom(func, later)

    def _expr_Subscript(self, expr: gast.Subscript) -> Expr:
        owner = self.atom(expr.value, [expr.slice])
        make = nodes.unpacked if nodes.is_unpacked(expr) else nodes.subscript
        return make(owner, self.index(expr.slice))

    def index(self, expr: Expr, later: Any = ()) -> Expr:
        """An index whose parts are atoms."""
        parts: list[Expr] = []
        _index_parts(expr, parts)
        for part in parts:
            if isinstance(part, gast.Starred):
                raise self.refuse(part)
        return _with_parts(expr, iter(self.atoms(parts, later)))

    def _expr_Attribute(self, expr: gast.Attribute) -> Expr:
        path = nodes.dotted(expr)
        if path is not None and path[0] not in self.locals:
            return nodes.copy(expr)
        return nodes.attribute(self.atom(expr.value), expr.attr)

    def _expr_Tuple(self, expr: gast.Tuple) -> Expr:
        return nodes.tuple_(self.atoms([self.as_list(e) for e in expr.elts]))

    def _expr_List(self, expr: gast.List) -> Expr:
        return gast.List(elts=self.atoms([self.as_list(e) for e in expr.elts]), ctx=nodes.LOAD)

    def _expr_Set(self, expr: gast.Set) -> Expr:
        return gast.Set(elts=self.atoms([self.as_list(e) for e in expr.elts]))

    def _expr_Dict(self, expr: gast.Dict) -> Expr:
        if None in expr.keys:
            return self._unpacked_dict(expr)
        pairs = [part for pair in zip(expr.keys, expr.values, strict=True) for part in pair]
        atoms = self.atoms(pairs)
        return gast.Dict(keys=atoms[::2], values=atoms[1::2])

    def _unpacked_dict(self, expr: gast.Dict) -> Expr:
        """`{**a, k: v}`: a dict that is filled entry by entry."""
        first = next(position for position, key in enumerate(expr.keys) if key is None)
        result = self.fresh("items")
        start = self._expr_Dict(gast.Dict(keys=expr.keys[:first], values=expr.values[:first]))
        self.emit(at(nodes.assign(result, start), expr))
        for key, value in zip(expr.keys[first:], expr.values[first:], strict=True):
            if key is None:
                call = nodes.call(nodes.attribute(nodes.name(result), "update"), *self.atoms([value]))
                self.emit(at(gast.Expr(value=call), value))
            else:
                atoms = self.atoms([key, value])
                self.emit(at(nodes.assign(nodes.subscript(nodes.name(result), atoms[0], store=True), atoms[1]), value))
        return nodes.name(result)

    def _expr_JoinedStr(self, expr: gast.JoinedStr) -> Expr:
        held = iter(self.atoms(list(_formatted(expr))))
        return _with_formatted(expr, held)

    def _expr_Lambda(self, expr: gast.Lambda) -> Expr:
        name = self.fresh("lambda_")
        body = [at(gast.Return(value=nodes.copy(expr.body)), expr.body)]
        function = gast.FunctionDef(
            name=name, args=expr.args, body=body, decorator_list=[], returns=None, type_comment=None, type_params=[]
        )
        self.definition(at(function, expr))
        return nodes.name(name)

    def definition(self, function: gast.FunctionDef) -> None:
        """A nested function: its defaults are evaluated here, its body is left as it is."""
        function, args = nodes.copy(function), function.args
        function.decorator_list = []
        given = [d for d in args.kw_defaults if d is not None]
        atoms = self.atoms([*args.defaults, *given])
        later = iter(atoms[len(args.defaults) :])
        function.args.defaults = atoms[: len(args.defaults)]
        function.args.kw_defaults = [None if d is None else next(later) for d in args.kw_defaults]
        self.emit(function)


def _index_parts(expr: Expr, found: list[Expr]) -> None:
    if isinstance(expr, gast.Slice):
        found += [part for part in (expr.lower, expr.upper, expr.step) if part is not None]
    elif isinstance(expr, gast.Tuple):
        for element in expr.elts:
            _index_parts(element, found)
    else:
        found.append(expr)


def _with_parts(expr: Expr, parts: Iterator[Expr]) -> Expr:
    if isinstance(expr, gast.Slice):
        lower, upper, step = (None if p is None else next(parts) for p in (expr.lower, expr.upper, expr.step))
        return at(gast.Slice(lower=lower, upper=upper, step=step), expr)
    if isinstance(expr, gast.Tuple):
        return at(nodes.tuple_([_with_parts(element, parts) for element in expr.elts]), expr)
    return next(parts)


def _formatted(expr: gast.JoinedStr) -> Iterator[Expr]:
    for part in expr.values:
        if isinstance(part, gast.FormattedValue):
            yield part.value
            if part.format_spec is not None:
                yield from _formatted(part.format_spec)


def _with_formatted(expr: gast.JoinedStr, held: Iterator[Expr]) -> gast.JoinedStr:
    parts: list[Expr] = []
    for part in expr.values:
        if isinstance(part, gast.FormattedValue):
            value = next(held)
            spec = None if part.format_spec is None else _with_formatted(part.format_spec, held)
            parts.append(gast.FormattedValue(value=value, conversion=part.conversion, format_spec=spec))
        else:
            parts.append(nodes.copy(part))
    return gast.JoinedStr(values=parts)
