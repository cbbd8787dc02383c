"""Which names belong to a function, which of them others rebind, and renaming that respects scopes."""

from __future__ import annotations

from typing import Any

import gast

from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr

_COMPREHENSIONS = (gast.ListComp, gast.GeneratorExp, gast.DictComp, gast.SetComp)


def parameters(args: gast.arguments) -> set[str]:
    """The names of all parameters."""
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {a.id for a in found if a is not None}


def identifiers(tree: Any) -> set[str]:
    """Every identifier that stands anywhere in a tree."""
    found = nodes.names_in(tree)
    for node in nodes.walk(tree):
        if isinstance(node, gast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, (gast.Global, gast.Nonlocal)):
            found |= set(node.names)
        elif isinstance(node, gast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, gast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found


def bound(tree: Any) -> set[str]:
    """The names that statements bind in this scope; nested functions and comprehension targets have their own.

    >>> from sct_ad.normal.demonstrate import parse
    >>> sorted(bound(parse("def f():\\n    y = [z for x in xs]\\n    def g():\\n        w = 1").tree.body))
    ['g', 'y']
    """
    found: set[str] = set()
    pending = list(tree)
    while pending:
        node = pending.pop()
        if isinstance(node, gast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, (gast.Import, gast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, _COMPREHENSIONS):
            found |= {n.target.id for n in nodes.walk(node) if isinstance(n, gast.NamedExpr)}
        elif isinstance(node, gast.Name):
            if isinstance(node.ctx, (gast.Store, gast.Del)):
                found.add(node.id)
        elif not isinstance(node, gast.Lambda):
            pending += nodes.below(node)
    return found


def shared(body: list[Any]) -> set[str]:
    """The names that a call may rebind: global or nonlocal here, or nonlocal in a nested function."""
    return {name for node in nodes.every(body, gast.Global, gast.Nonlocal) for name in node.names}


def captured(body: list[Any]) -> set[str]:
    """The names that nested functions mention."""
    return nodes.names_in(nodes.every(body, gast.FunctionDef, gast.Lambda))


def rebound(tree: Any, shared_names: set[str]) -> set[str]:
    """The names that evaluating expressions, or running statements, may rebind."""
    found: set[str] = set()
    calls = False
    for node in nodes.walk(tree):
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
        calls = calls or isinstance(node, gast.Call)
    return found | shared_names if calls else found


def targets(target: Expr) -> set[str]:
    """The plain names that an assignment target binds."""
    return {n.id for n in nodes.walk(target) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}


def rename(node: Any, mapping: dict[str, str]) -> Any:
    """A copy with names replaced, positions kept; a lambda's parameters hide names of the same spelling.

    >>> from sct_ad.normal.demonstrate import parse, text_of
    >>> text_of(rename(parse("lambda x, y=x: x + z").tree, {"x": "x1", "z": "z1"}))
    'lambda x, y=x1: x + z1'
    """
    if isinstance(node, list):
        return [rename(item, mapping) for item in node]
    if not isinstance(node, gast.AST) or not node._fields:
        return node
    if isinstance(node, gast.Lambda):
        own = parameters(node.args)
        twin = nodes.copy(node)
        twin.args.defaults = rename(node.args.defaults, mapping)
        twin.args.kw_defaults = rename(node.args.kw_defaults, mapping)
        twin.body = rename(node.body, {old: new for old, new in mapping.items() if old not in own})
        return twin
    twin = node.__class__.__new__(node.__class__)
    for key, value in node.__dict__.items():
        twin.__dict__[key] = rename(value, mapping) if isinstance(value, (list, gast.AST)) else value
    if isinstance(node, gast.Name):
        twin.id = mapping.get(node.id, node.id)
    return twin


def calls_back(value: Expr, target: Expr, own: set[str]) -> bool:
    """Whether evaluating `value` may change what the store `target` is about to read.

    So may a call of one of our `own` nested functions, one that is handed the target's owner, a method of the owner,
    and one that writes to `out`. Functions of modules (`np.sum(a)`), builtins and reductions (`a.sum()`) do not.
    """
    owner = target
    while isinstance(owner, (gast.Subscript, gast.Attribute)):
        owner = owner.value
    name = owner.id if isinstance(owner, gast.Name) else None
    for node in nodes.walk(value):
        if isinstance(node, gast.Call):
            path = nodes.dotted(node.func)
            if path is None:
                if not isinstance(node.func, gast.Attribute) or name in nodes.names_in(node):
                    return True
            elif path[0] in own or any(k.arg == "out" for k in node.keywords):
                return True
            elif path[0] == name or (len(path) == 1 and name in nodes.names_in([node.args, node.keywords])):
                if path[-1] not in _PURE:
                    return True
    return False


_PURE = {"abs", "all", "any", "bool", "float", "int", "len", "max", "min", "pow", "range", "round", "sum", "tuple"}
_PURE |= {"argmax", "argmin", "copy", "count", "dot", "get", "index", "item", "mean", "prod", "std", "var"}
