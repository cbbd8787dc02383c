"""Accepted Python -> core: three-address statements in which every name, store and call stands by itself."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.errors import Span, UnsupportedError
from sct_ad.normal.check import check_core
from sct_ad.normal.exits import Exits
from sct_ad.normal.refused import REFUSED
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.source import Source, span_of

_POSITIONS = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_CONSUMERS = {"sum", "max", "min", "list", "tuple", "any", "all", "sorted"}


def lower(tree: gast.FunctionDef | gast.Lambda, source: Source) -> gast.FunctionDef:
    """The core of a function.

    The result's attribute `temporaries` names the variables made up here, `unset` those among them that are None
    only until an early exit gives them a value. Raises UnsupportedError for what core cannot say.
    """
    name = "lambda_" if isinstance(tree, gast.Lambda) else tree.name
    body = [_at(gast.Return(value=tree.body), tree.body)] if isinstance(tree, gast.Lambda) else tree.body
    _refuse(tree, source)
    taken = {n.id for n in nodes.walk(tree) if isinstance(n, gast.Name)} | {name}
    taken |= {n.name for n in nodes.walk(tree) if isinstance(n, gast.FunctionDef)}
    names = Names(taken)
    exits = Exits(names)
    plain = exits.body(nodes.copy(_without_docstring(body)) or [gast.Pass()])
    flat = _Flattener(source, names, exits.temporaries, tree).block(plain)
    core = gast.FunctionDef(
        name=name, args=tree.args, body=flat, decorator_list=[], returns=None, type_comment=None, type_params=[]
    )
    core.temporaries, core.unset = exits.temporaries, exits.unset
    check_core(core)
    return core


def _without_docstring(body: Block) -> Block:
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


def _refuse(tree: Any, source: Source) -> None:
    """Refuse what cannot be lowered, at its place; nested functions are looked at when they are called."""
    pending = [tree.body] if isinstance(tree, gast.Lambda) else list(tree.body)
    while pending:
        node = pending.pop(0)
        if type(node) in REFUSED:
            what, hint = REFUSED[type(node)]
            raise UnsupportedError(f"{what} is not supported", span_of(source, node), hint)
        if isinstance(node, (gast.FunctionDef, gast.Lambda)):
            if getattr(node, "decorator_list", None):
                raise UnsupportedError(
                    "a decorated nested function", span_of(source, node), "decorate it at module level"
                )
            continue
        for field in node._fields:
            value = getattr(node, field, None)
            pending += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, gast.AST)]


class _Flattener:
    """Flattens expressions; evaluation order is Python's."""

    def __init__(self, source: Source, names: Names, temporaries: set[str], tree: Any) -> None:
        self.source, self.names, self.temporaries = source, names, temporaries
        self.out: Block = []
        self.origin: Span | None = None
        args = tree.args
        params = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        self.locals = {a.id for a in params if a is not None} | temporaries
        _collect_locals(tree.body if isinstance(tree.body, list) else [tree.body], self.locals)

    # Emission

    def fresh(self, base: str = "t") -> str:
        """A temporary."""
        name = self.names.fresh(base)
        self.temporaries.add(name)
        self.locals.add(name)
        return name

    def emit(self, stmt: Stmt) -> None:
        """Append a core statement of the current user statement."""
        self.out.append(nodes.with_origin(stmt, self.origin))

    def define(self, value: Expr, base: str = "t") -> gast.Name:
        """The value in a temporary."""
        name = self.fresh(base)
        self.emit(nodes.assign(name, value))
        return nodes.name(name)

    def refuse(self, node: Any, what: str, hint: str) -> UnsupportedError:
        """An error at a node."""
        return UnsupportedError(what, span_of(self.source, node), hint)

    # Statements

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
            raise self.refuse(stmt, f"the statement '{type(stmt).__name__}'", "write it with the supported statements")
        method(stmt)

    def _Pass(self, stmt: gast.Pass) -> None:
        pass

    def _Break(self, stmt: gast.Break) -> None:
        self.emit(gast.Break())

    def _Global(self, stmt: gast.Global) -> None:
        self.emit(stmt)

    _Nonlocal = _Global

    def _Import(self, stmt: gast.Import | gast.ImportFrom) -> None:
        self.emit(stmt)

    _ImportFrom = _Import

    def _FunctionDef(self, stmt: gast.FunctionDef) -> None:
        self.emit(stmt)

    def _Return(self, stmt: gast.Return) -> None:
        self.emit(gast.Return(value=self.atom(stmt.value)))

    def _Expr(self, stmt: gast.Expr) -> None:
        value = self.value(stmt.value)
        if isinstance(value, gast.Call):
            self.emit(gast.Expr(value=value))
        elif not isinstance(value, (gast.Name, gast.Constant)):
            self.define(value)

    def _Delete(self, stmt: gast.Delete) -> None:
        for target in stmt.targets:
            if not isinstance(target, gast.Name):
                raise self.refuse(target, "del of an element", "build a new list or dict without it")

    def _Raise(self, stmt: gast.Raise) -> None:
        exc = None if stmt.exc is None else self.value(stmt.exc)
        cause = None if stmt.cause is None else self.atom(stmt.cause)
        self.emit(gast.Raise(exc=exc, cause=cause))

    def _Assert(self, stmt: gast.Assert) -> None:
        test = self.atom(stmt.test)
        error: Expr = nodes.name("AssertionError")
        args = [] if stmt.msg is None else [stmt.msg]
        failing = self.block([_at(gast.Raise(exc=nodes.call(error, *args), cause=None), stmt)])
        self.emit(gast.If(test=test, body=[gast.Pass()], orelse=failing))

    def _If(self, stmt: gast.If) -> None:
        test = self.atom(stmt.test)
        body, orelse = self.block(stmt.body), self.block(stmt.orelse)
        self.emit(gast.If(test=test, body=body or [gast.Pass()], orelse=orelse))

    def _While(self, stmt: gast.While) -> None:
        if isinstance(stmt.test, gast.Constant):
            self.emit(gast.While(test=stmt.test, body=self.block(stmt.body), orelse=[]))
            return
        flag = self.fresh("t")
        self.emit(nodes.assign(flag, self.value(stmt.test)))
        body = stmt.body
        tail = [body[-1]] if _is_exit(body[-1]) else []
        inner = self.block(body[: len(body) - len(tail)])
        outer, self.out = self.out, inner
        self.emit(nodes.assign(flag, self.value(stmt.test)))
        self.out = outer
        self.emit(gast.While(test=nodes.name(flag), body=inner + self.block(tail), orelse=[]))

    def _For(self, stmt: gast.For) -> None:
        iterable = self.atom(stmt.iter)
        target, head = stmt.target, []
        rebound: set[str] = set()
        _collect_locals(stmt.body, rebound)
        if not isinstance(target, gast.Name) or target.id in rebound:
            item = self.fresh(target.id if isinstance(target, gast.Name) else "item")
            head = [_at(gast.Assign(targets=[target], value=nodes.name(item), type_comment=None), stmt)]
            target = nodes.target(item)
        body = self.block([*head, *stmt.body])
        self.emit(gast.For(target=target, iter=iterable, body=body or [gast.Pass()], orelse=[], type_comment=None))

    # Assignments

    def _Assign(self, stmt: gast.Assign) -> None:
        if len(stmt.targets) == 1:
            self.assign(stmt.targets[0], stmt.value)
            return
        value = self.atom(stmt.value)
        for target in stmt.targets:
            self.assign(target, value)

    def _AnnAssign(self, stmt: gast.AnnAssign) -> None:
        if stmt.value is not None:
            self.assign(stmt.target, stmt.value)

    def assign(self, target: Expr, value: Expr) -> None:
        """`target = value`."""
        if isinstance(target, gast.Name):
            self.emit(nodes.assign(target.id, self.value(value)))
        elif isinstance(target, (gast.Tuple, gast.List)):
            self._unpack(target, value)
        elif isinstance(target, gast.Subscript):
            stored = self.atom(value)
            owner = self.atom(target.value)
            self.emit(nodes.assign(_at(nodes.subscript(owner, self.index(target.slice), store=True), target), stored))
        elif isinstance(target, gast.Attribute):
            stored = self.atom(value)
            owner = self.atom(target.value)
            to = gast.Attribute(value=owner, attr=target.attr, ctx=nodes.STORE)
            self.emit(nodes.assign(_at(to, target), stored))
        else:
            raise self.refuse(target, "this assignment target", "assign to names one by one")

    def _unpack(self, target: gast.Tuple | gast.List, value: Expr) -> None:
        elements = target.elts
        starred = [k for k, e in enumerate(elements) if isinstance(e, gast.Starred)]
        if isinstance(value, (gast.Tuple, gast.List)) and not starred and len(value.elts) == len(elements):
            if not any(isinstance(e, gast.Starred) for e in value.elts):
                self._unpack_display(elements, value.elts)
                return
        whole = self.atom(value)
        if isinstance(whole, gast.Name) and whole.id in _targets(target):
            whole = self.define(whole)
        for k, element in enumerate(elements):
            if not starred or k < starred[0]:
                item: Expr = nodes.subscript(whole, nodes.constant(k))
            elif k > starred[0]:
                item = nodes.subscript(whole, nodes.constant(k - len(elements)))
            else:
                behind = k - len(elements) + 1
                part = gast.Slice(
                    lower=nodes.constant(k), upper=nodes.constant(behind) if behind else None, step=None
                )
                item = nodes.call(nodes.name("list"), nodes.subscript(whole, part))
                element = element.value
            self.assign(element, _at(item, value))

    def _unpack_display(self, targets: list[Expr], values: list[Expr]) -> None:
        """`u, v = v, u`: all values first, unless no target is read by a later value."""
        written: set[str] = set()
        overlap = False
        for target, value in zip(targets, values, strict=True):
            overlap |= bool(written & nodes.names_in(value)) or not isinstance(target, gast.Name)
            written |= _targets(target)
        if not overlap and not any(isinstance(n, gast.Call) for n in nodes.walk(values)):
            for target, value in zip(targets, values, strict=True):
                self.assign(target, value)
            return
        held = [self.define(self.value(value)) for value in values]
        for target, name in zip(targets, held, strict=True):
            self.assign(target, name)

    def _AugAssign(self, stmt: gast.AugAssign) -> None:
        target = stmt.target
        if isinstance(target, gast.Name):
            to: Expr = nodes.target(target.id)
        elif isinstance(target, gast.Subscript):
            owner = self.atom(target.value)
            to = nodes.subscript(owner, self.index(target.slice), store=True)
        else:
            to = gast.Attribute(value=self.atom(target.value), attr=target.attr, ctx=nodes.STORE)
        value = self.atom(stmt.value)
        self.emit(gast.AugAssign(target=_at(to, target), op=stmt.op, value=value))

    # Expressions

    def atom(self, expr: Expr) -> Expr:
        """The value as an atom."""
        value = self.value(expr)
        if isinstance(value, (gast.Name, gast.Constant)) or _is_negative_number(value):
            return value
        path = nodes.dotted(value)
        if path is not None and path[0] not in self.locals:
            return value
        return self.define(value)

    def atoms(self, exprs: list[Expr]) -> list[Expr]:
        """Atoms for several expressions, evaluated from left to right."""
        rebinds = any(isinstance(n, gast.NamedExpr) for e in exprs[1:] for n in nodes.walk(e))
        found = []
        for expr in exprs:
            if isinstance(expr, gast.Starred):
                found.append(gast.Starred(value=self.atom(expr.value), ctx=nodes.LOAD))
                continue
            value = self.atom(expr)
            if rebinds and isinstance(value, gast.Name) and value.id in self.locals:
                value = self.define(value)
            found.append(value)
        return found

    def value(self, expr: Expr) -> Expr:
        """The expression as a core right-hand side."""
        method = getattr(self, "_expr_" + type(expr).__name__, None)
        if method is None:
            raise self.refuse(expr, f"the expression '{type(expr).__name__}'", "write it with supported expressions")
        return _at(method(expr), expr)

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
        left = self.atom(expr.left)
        result = self.fresh()
        self._compare_chain(result, left, list(zip(expr.ops, expr.comparators, strict=True)))
        return nodes.name(result)

    def _compare_chain(self, result: str, left: Expr, rest: list[Any]) -> None:
        (op, comparator), *later = rest
        right = self.atom(comparator)
        self.emit(nodes.assign(result, gast.Compare(left=left, ops=[op], comparators=[right])))
        if later:
            body = self._nested(lambda: self._compare_chain(result, right, later))
            self.emit(gast.If(test=nodes.name(result), body=body, orelse=[]))

    def _nested(self, run: Any) -> Block:
        outer, self.out = self.out, []
        run()
        made, self.out = self.out, outer
        return made

    def _expr_BoolOp(self, expr: gast.BoolOp) -> Expr:
        result = self.fresh()
        self._bool_chain(result, expr.op, expr.values)
        return nodes.name(result)

    def _bool_chain(self, result: str, op: Any, values: list[Expr]) -> None:
        self.emit(nodes.assign(result, self.value(values[0])))
        if len(values) > 1:
            later = self._nested(lambda: self._bool_chain(result, op, values[1:]))
            if isinstance(op, gast.And):
                self.emit(gast.If(test=nodes.name(result), body=later, orelse=[]))
            else:
                self.emit(gast.If(test=nodes.name(result), body=[gast.Pass()], orelse=later))

    def _expr_IfExp(self, expr: gast.IfExp) -> Expr:
        test = self.atom(expr.test)
        result = self.fresh()
        body = self._nested(lambda: self.emit(nodes.assign(result, self.value(expr.body))))
        orelse = self._nested(lambda: self.emit(nodes.assign(result, self.value(expr.orelse))))
        self.emit(gast.If(test=test, body=body, orelse=orelse))
        return nodes.name(result)

    def _expr_NamedExpr(self, expr: gast.NamedExpr) -> Expr:
        self.emit(nodes.assign(expr.target.id, self.value(expr.value)))
        return nodes.name(expr.target.id)

    def _expr_Call(self, expr: gast.Call) -> Expr:
        func = self._callee(expr.func)
        args = self.atoms(expr.args)
        keywords = [gast.keyword(arg=k.arg, value=self.atom(k.value)) for k in expr.keywords]
        return gast.Call(func=func, args=args, keywords=keywords)

    def _callee(self, func: Expr) -> Expr:
        if isinstance(func, gast.Attribute):
            path = nodes.dotted(func)
            if path is not None and path[0] not in self.locals:
                return func
            return _at(nodes.attribute(self.atom(func.value), func.attr), func)
        return self.atom(func)

    def _expr_Subscript(self, expr: gast.Subscript) -> Expr:
        owner = self.atom(expr.value)
        return nodes.subscript(owner, self.index(expr.slice))

    def index(self, expr: Expr) -> Expr:
        """An index whose parts are atoms."""
        if isinstance(expr, gast.Slice):
            lower, upper, step = (None if p is None else self.atom(p) for p in (expr.lower, expr.upper, expr.step))
            return gast.Slice(lower=lower, upper=upper, step=step)
        if isinstance(expr, gast.Tuple):
            return nodes.tuple_([self.index(e) for e in expr.elts])
        return self.atom(expr)

    def _expr_Attribute(self, expr: gast.Attribute) -> Expr:
        path = nodes.dotted(expr)
        if path is not None and path[0] not in self.locals:
            return nodes.copy(expr)
        return nodes.attribute(self.atom(expr.value), expr.attr)

    def _expr_Tuple(self, expr: gast.Tuple) -> Expr:
        return nodes.tuple_(self.atoms(expr.elts))

    def _expr_List(self, expr: gast.List) -> Expr:
        return gast.List(elts=self.atoms(expr.elts), ctx=nodes.LOAD)

    def _expr_Set(self, expr: gast.Set) -> Expr:
        return gast.Set(elts=self.atoms(expr.elts))

    def _expr_Dict(self, expr: gast.Dict) -> Expr:
        if any(key is None for key in expr.keys):
            raise self.refuse(expr, "** in a dict display", "write the entries one by one")
        keys, values = [], []
        for key, value in zip(expr.keys, expr.values, strict=True):
            keys.append(self.atom(key))
            values.append(self.atom(value))
        return gast.Dict(keys=keys, values=values)

    def _expr_JoinedStr(self, expr: gast.JoinedStr) -> Expr:
        return gast.JoinedStr(values=[self.value(v) for v in expr.values])

    def _expr_FormattedValue(self, expr: gast.FormattedValue) -> Expr:
        spec = None if expr.format_spec is None else self.value(expr.format_spec)
        return gast.FormattedValue(value=self.atom(expr.value), conversion=expr.conversion, format_spec=spec)

    def _expr_Lambda(self, expr: gast.Lambda) -> Expr:
        name = self.fresh("lambda_")
        body = [_at(gast.Return(value=expr.body), expr.body)]
        function = gast.FunctionDef(
            name=name, args=expr.args, body=body, decorator_list=[], returns=None, type_comment=None, type_params=[]
        )
        self.emit(_at(function, expr))
        return nodes.name(name)

    # Comprehensions

    def _expr_ListComp(self, expr: gast.ListComp | gast.GeneratorExp) -> Expr:
        result = self.fresh("items")
        self.emit(nodes.assign(result, gast.List(elts=[], ctx=nodes.LOAD)))
        append = nodes.attribute(nodes.name(result), "append")
        self._comprehension(expr, [_at(gast.Expr(value=nodes.call(append, expr.elt)), expr.elt)])
        return nodes.name(result)

    _expr_GeneratorExp = _expr_ListComp

    def _expr_DictComp(self, expr: gast.DictComp) -> Expr:
        result = self.fresh("items")
        self.emit(nodes.assign(result, gast.Dict(keys=[], values=[])))
        place = nodes.subscript(nodes.name(result), expr.key, store=True)
        self._comprehension(expr, [_at(nodes.assign(place, expr.value), expr.value)])
        return nodes.name(result)

    def _comprehension(self, expr: Any, inner: Block) -> None:
        """The loops of a comprehension, its targets renamed: they are local to it."""
        loops: Block = inner
        for generator in reversed(expr.generators):
            if generator.is_async:
                raise self.refuse(expr, "an async comprehension", "write a plain loop")
            for test in reversed(generator.ifs):
                loops = [_at(gast.If(test=test, body=loops, orelse=[]), test)]
            head = gast.For(
                target=generator.target, iter=generator.iter, body=loops, orelse=[], type_comment=None
            )
            loops = [_at(head, expr)]
        own = {t for g in expr.generators for t in _targets(g.target)}
        mapping = {name: self.names.fresh(name) for name in sorted(own)}
        self.temporaries |= set(mapping.values())
        self.locals |= set(mapping.values())
        first = loops[0].iter
        renamed = nodes.substitute(loops, mapping)
        renamed[0].iter = first
        self.out += self.block(renamed)


def _collect_locals(block: Any, found: set[str]) -> None:
    """Names that statements bind in this scope; comprehension targets have a scope of their own."""
    pending = list(block)
    while pending:
        node = pending.pop()
        if isinstance(node, gast.FunctionDef):
            found.add(node.name)
            continue
        if isinstance(node, (gast.Import, gast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, (gast.Lambda, gast.ListComp, gast.GeneratorExp, gast.DictComp, gast.SetComp)):
            found |= {n.target.id for n in nodes.walk(node) if isinstance(n, gast.NamedExpr)}
            continue
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
        for field in node._fields:
            value = getattr(node, field, None)
            pending += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, gast.AST)]


def _targets(target: Expr) -> set[str]:
    return {n.id for n in nodes.walk(target) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}


def _is_negative_number(expr: Expr) -> bool:
    return (
        isinstance(expr, gast.UnaryOp)
        and isinstance(expr.op, gast.USub)
        and isinstance(expr.operand, gast.Constant)
        and type(expr.operand.value) in (int, float)
    )


def _is_exit(stmt: Stmt) -> bool:
    return isinstance(stmt, gast.If) and len(stmt.body) == 1 and isinstance(stmt.body[0], gast.Break)


def _at(new: Any, old: Any) -> Any:
    for key in _POSITIONS:
        if getattr(old, key, None) is not None and getattr(new, key, None) is None:
            setattr(new, key, getattr(old, key))
    return new
