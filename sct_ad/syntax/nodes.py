"""Building, copying and walking gast nodes; `origin`, the user's span, travels with statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any, TypeAlias

import gast

from sct_ad.errors import Span

LOAD, STORE = gast.Load(), gast.Store()

_ATOMS = frozenset({str, int, float, complex, bool, bytes, type(None), type(...), tuple, Span})
_ATOMS |= {gast.Load, gast.Store, gast.Del, gast.Param}
"""What fields and marks of nodes often are, and is no node to be looked into: a test of the class is quick."""
_LEAVES = _ATOMS.union(gast.operator.__subclasses__(), gast.unaryop.__subclasses__(), gast.cmpop.__subclasses__())
"""The same, and nodes in which nothing is."""

Expr: TypeAlias = gast.expr
Stmt: TypeAlias = gast.stmt
Block: TypeAlias = list[gast.stmt]


def name(identifier: str) -> gast.Name:
    """A Name that is read."""
    return gast.Name(id=identifier, ctx=LOAD, annotation=None, type_comment=None)


def target(identifier: str) -> gast.Name:
    """A Name that is written."""
    return gast.Name(id=identifier, ctx=STORE, annotation=None, type_comment=None)


def constant(value: Any) -> Expr:
    """A literal that prints as itself: a negative number becomes a UnaryOp."""
    if isinstance(value, tuple):
        return tuple_([constant(item) for item in value])
    if type(value) in (int, float) and (value < 0 or str(value).startswith("-")):
        return gast.UnaryOp(op=gast.USub(), operand=constant(-value))
    return gast.Constant(value=value, kind=None)


def tuple_(items: Iterable[Expr]) -> gast.Tuple:
    """A tuple display."""
    return gast.Tuple(elts=list(items), ctx=LOAD)


def attribute(value: Expr, attr: str) -> gast.Attribute:
    """`value.attr`."""
    return gast.Attribute(value=value, attr=attr, ctx=LOAD)


def whole() -> Expr:
    """The slice `:`."""
    return gast.Slice(lower=None, upper=None, step=None)


def subscript(value: Expr, index: Expr, store: bool = False) -> gast.Subscript:
    """`value[index]`."""
    return gast.Subscript(value=value, slice=index, ctx=STORE if store else LOAD)


def unpacked(value: Expr, index: Expr) -> gast.Subscript:
    """`value[index]` in the place of what `a, b = value` takes: of a dict, its keys."""
    found = subscript(value, index)
    found.unpacked = True
    return found


def is_unpacked(expr: gast.Subscript) -> bool:
    """Whether an item is what unpacking gives."""
    return getattr(expr, "unpacked", False)


def call(func: Expr, *args: Expr, **keywords: Expr) -> gast.Call:
    """`func(*args, **keywords)`."""
    return gast.Call(
        func=func, args=list(args), keywords=[gast.keyword(arg=key, value=value) for key, value in keywords.items()]
    )


def binary(left: Expr, op: gast.operator, right: Expr) -> gast.BinOp:
    """`left op right`."""
    return gast.BinOp(left=left, op=op, right=right)


def assign(to: str | Expr, value: Expr, origin: Span | None = None) -> gast.Assign:
    """`to = value`; `to` is a variable's name or a target node."""
    return with_origin(
        gast.Assign(targets=[target(to) if isinstance(to, str) else to], value=value, type_comment=None), origin
    )


def with_origin(stmt: Stmt, origin: Span | None) -> Any:
    """The same statement, marked as stemming from the user's `origin`."""
    stmt.origin = origin
    return stmt


def origin_of(stmt: Stmt) -> Span | None:
    """The user's span that a statement stems from, if it has one."""
    return getattr(stmt, "origin", None)


def copy(node: Any) -> Any:
    """A deep copy of a node, positions and origins included; nodes without fields (operators) are shared."""
    cls = node.__class__
    if cls in _LEAVES:
        return node
    if cls is list:
        return [copy(item) for item in node]
    if not isinstance(node, gast.AST) or not node._fields:
        return node
    twin = cls.__new__(cls)
    fields, own = twin.__dict__, node.__dict__
    fields.update(own)
    for key, value in own.items():
        if value.__class__ not in _LEAVES:
            fields[key] = copy(value)
    return twin


def same(left: Any, right: Any) -> bool:
    """Whether two nodes are the same tree, positions and read/write context aside."""
    if left.__class__ is not right.__class__:
        return isinstance(left, gast.expr_context) and isinstance(right, gast.expr_context)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if not isinstance(left, gast.AST):
        return bool(left == right or (left != left and right != right))
    for field in left._fields:
        if field != "ctx" and not same(getattr(left, field, None), getattr(right, field, None)):
            return False
    return True


def walk(node: Any) -> Iterator[gast.AST]:
    """All nodes below and including `node` (or each of a list), parents first, in order of text; but no contexts."""
    pending = [node]
    pop, push, atoms, backwards = pending.pop, pending.append, _ATOMS, _backwards
    while pending:
        found = pop()
        cls = found.__class__
        if cls is list:
            pending.extend(found[::-1])
            continue
        fields = backwards[cls]
        if fields is None:
            continue
        yield found
        values = found.__dict__
        for field in fields:
            value = values.get(field)
            if value.__class__ not in atoms:
                push(value)


def every(node: Any, *classes: type) -> list[Any]:
    """All nodes of some classes below and including `node` (or each of a list), in the order of `walk`, but faster."""
    found: list[Any] = []
    pending = [node]
    pop, push, atoms, backwards = pending.pop, pending.append, _ATOMS, _backwards
    while pending:
        item = pop()
        cls = item.__class__
        if cls is list:
            pending += item[::-1]
            continue
        fields = backwards[cls]
        if fields is None:
            continue
        if cls in classes:
            found.append(item)
        values = item.__dict__
        for field in fields:
            value = values.get(field)
            if value.__class__ not in atoms:
                push(value)
    return found


def below(node: gast.AST) -> list[gast.AST]:
    """The nodes right below one, the last one first; but no contexts."""
    found: list[gast.AST] = []
    values = node.__dict__
    for field in _backwards[node.__class__] or ():
        value = values.get(field)
        if value.__class__ is list:
            found += [item for item in reversed(value) if isinstance(item, gast.AST)]
        elif isinstance(value, gast.AST):
            found.append(value)
    return found


class _Backwards(dict[type, tuple[str, ...] | None]):
    """The fields of a class of nodes in which there may be nodes, the last one first; None for other classes."""

    flat = frozenset({"id", "attr", "ctx", "kind", "type_comment"})

    def __missing__(self, cls: type) -> tuple[str, ...] | None:
        fields = reversed(cls._fields) if issubclass(cls, gast.AST) else None  # type: ignore[attr-defined]
        self[cls] = None if fields is None else tuple(field for field in fields if field not in self.flat)
        return self[cls]


_backwards = _Backwards()


_SIMPLE = frozenset({gast.Assign, gast.AugAssign, gast.Expr, gast.Pass, gast.Return, gast.Break, gast.Continue})
"""Common statements without nested blocks."""


def is_simple(stmt: Stmt) -> bool:
    """Whether it is a common statement without nested blocks."""
    return stmt.__class__ in _SIMPLE


def blocks(stmt: Stmt) -> list[Block]:
    """The nested blocks of a structured statement."""
    if stmt.__class__ in _SIMPLE:
        return []
    if isinstance(stmt, gast.If):
        return [stmt.body, stmt.orelse]
    if isinstance(stmt, (gast.For, gast.While, gast.With)):
        return [stmt.body]
    if isinstance(stmt, gast.Try):
        return [stmt.body, *(handler.body for handler in stmt.handlers), stmt.orelse]
    return []


def statements(block: Block) -> Iterator[Stmt]:
    """All statements of a block, nested ones included, in order of text."""
    for stmt in block:
        yield stmt
        if stmt.__class__ not in _SIMPLE:
            for inner in blocks(stmt):
                yield from statements(inner)


def expressions(stmt: Stmt) -> list[Expr]:
    """The expressions that a statement itself evaluates (not those of its nested blocks)."""
    if isinstance(stmt, gast.Assign):
        return [stmt.value, *(t for t in stmt.targets if not isinstance(t, gast.Name))]
    if isinstance(stmt, gast.AugAssign):
        return [stmt.value, stmt.target]
    if isinstance(stmt, (gast.If, gast.While)):
        return [stmt.test]
    if isinstance(stmt, gast.For):
        return [stmt.iter]
    if isinstance(stmt, (gast.Expr, gast.Return)):
        return [stmt.value] if stmt.value is not None else []
    if isinstance(stmt, gast.Raise):
        return [e for e in (stmt.exc, stmt.cause) if e is not None]
    if isinstance(stmt, gast.Assert):
        return [e for e in (stmt.test, stmt.msg) if e is not None]
    if isinstance(stmt, gast.Delete):
        return [t for t in stmt.targets if not isinstance(t, gast.Name)]
    if isinstance(stmt, gast.With):
        return [item.context_expr for item in stmt.items]
    if isinstance(stmt, gast.Try):
        return [handler.type for handler in stmt.handlers if handler.type is not None]
    return []


def header_target(stmt: Stmt) -> gast.Name | None:
    """The name that a structured statement binds itself: of a loop, a context, or a caught exception."""
    if isinstance(stmt, gast.For):
        return stmt.target
    if isinstance(stmt, gast.With):
        return stmt.items[0].optional_vars
    if isinstance(stmt, gast.Try) and stmt.handlers:
        return stmt.handlers[0].name
    return None


def names_in(node: Any) -> set[str]:
    """All identifiers of the Names in a node or list of nodes."""
    found: set[str] = set()
    pending = [node]
    while pending:
        item = pending.pop()
        cls = item.__class__
        if cls is gast.Name:
            found.add(item.id)
        elif cls is list:
            pending += item
        elif cls not in _LEAVES and isinstance(item, gast.AST):
            for value in item.__dict__.values():
                if value.__class__ not in _LEAVES:
                    pending.append(value)
    return found


def mentions(node: Any) -> list[str]:
    """The identifiers of the Names in a node or list of nodes, one for each Name, in order of text."""
    return [found.id for found in every(node, gast.Name)]


def reads(stmt: Stmt) -> set[str]:
    """The names that a statement itself reads; a store into `x[i]` reads `x` and `i`."""
    return names_in(expressions(stmt))


def defines(stmt: Stmt) -> set[str]:
    """The plain names that a statement itself binds."""
    if isinstance(stmt, gast.Assign):
        if len(stmt.targets) == 1:
            goal = stmt.targets[0]
            if isinstance(goal, gast.Name) and isinstance(goal.ctx, gast.Store):
                return {goal.id}
        found = (node for goal in stmt.targets for node in walk(goal) if isinstance(node, gast.Name))
        return {node.id for node in found if isinstance(node.ctx, gast.Store)}
    if isinstance(stmt, gast.AugAssign):
        return {stmt.target.id} if isinstance(stmt.target, gast.Name) else set()
    if isinstance(stmt, gast.For):
        return names_in(stmt.target)
    if isinstance(stmt, (gast.With, gast.Try)):
        bound = header_target(stmt)
        return set() if bound is None else {bound.id}
    if isinstance(stmt, gast.FunctionDef):
        return {stmt.name}
    if isinstance(stmt, (gast.Import, gast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in stmt.names}
    return set()


def set_to_none(block: Block) -> set[str]:
    """The variables that a statement sets to None."""
    found = [stmt for stmt in statements(block) if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1]
    empty = [stmt.targets[0] for stmt in found if isinstance(stmt.value, gast.Constant) and stmt.value.value is None]
    return {goal.id for goal in empty if isinstance(goal, gast.Name)}


def rewrite(node: Any, change: Callable[[Any], Any]) -> None:
    """Put `change(e)` for each expression e below a node, inner ones first, in place; but for nested statements."""
    for key in node._fields:
        child = getattr(node, key, None)
        if isinstance(child, list):
            for index, item in enumerate(child):
                if isinstance(item, gast.AST) and not isinstance(item, gast.stmt):
                    rewrite(item, change)
                    child[index] = change(item)
        elif isinstance(child, gast.AST):
            rewrite(child, change)
            setattr(node, key, change(child))


def substitute(node: Any, mapping: dict[str, Any]) -> Any:
    """A copy with each Name in `mapping` replaced: by another name (str) or, where it is read, by an expression."""
    cls = node.__class__
    if cls in _LEAVES:
        return node
    if cls is list:
        return [substitute(item, mapping) for item in node]
    if isinstance(node, gast.Name) and node.id in mapping:
        new = mapping[node.id]
        if isinstance(new, str):
            return gast.Name(id=new, ctx=node.ctx, annotation=None, type_comment=None)
        return copy(new)
    if not isinstance(node, gast.AST) or not node._fields:
        return node
    twin = cls.__new__(cls)
    fields = twin.__dict__
    for key, value in node.__dict__.items():
        fields[key] = value if value.__class__ in _LEAVES else substitute(value, mapping)
    return twin


def dotted(node: Expr) -> tuple[str, ...] | None:
    """`("np", "linalg", "norm")` for `np.linalg.norm`; None for anything else."""
    if node.__class__ is gast.Name:
        return (node.id,)
    parts: list[str] = []
    while node.__class__ is gast.Attribute:
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if node.__class__ is gast.Name else None


def parameters(names: Iterable[str]) -> gast.arguments:
    """Plain positional parameters."""
    params = [gast.Name(id=n, ctx=gast.Param(), annotation=None, type_comment=None) for n in names]
    return gast.arguments(
        args=params, posonlyargs=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
    )


def index_value(index: Expr) -> Expr:
    """An index as an ordinary expression: slices become `slice(...)` calls."""
    if isinstance(index, gast.Tuple):
        return tuple_([index_value(e) for e in index.elts])
    if isinstance(index, gast.Slice):
        parts = [p if p is not None else constant(None) for p in (index.lower, index.upper, index.step)]
        return call(name("slice"), *parts)
    return index


def integer(expr: Expr) -> int | None:
    """The value of a whole number's literal, also of a negative one; None for anything else."""
    if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub):
        inner = integer(expr.operand)
        return None if inner is None else -inner
    return expr.value if isinstance(expr, gast.Constant) and type(expr.value) is int else None


def product(factors: list[Expr]) -> Expr:
    """`a * b * c`; 1 for none."""
    return reduce(lambda left, right: binary(left, gast.Mult(), right), factors) if factors else constant(1)


def static_value(expr: Expr | None) -> Any:
    """The value of a literal, also of a negative number or a tuple of them."""
    if expr is None:
        return None
    if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.USub) and isinstance(expr.operand, gast.Constant):
        return -expr.operand.value
    if isinstance(expr, gast.Tuple):
        return tuple(static_value(item) for item in expr.elts)
    return expr.value if isinstance(expr, gast.Constant) else NotImplemented
