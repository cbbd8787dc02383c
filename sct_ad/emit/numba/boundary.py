"""Arguments and results at the boundary: containers of the caller's outside, arrays and numbers inside.

def loss_grad(params, x, bloss=1.0):
    bW, bb = loss_kernel(params["W"], params["b"], x, bloss)
    return {"W": bW, "b": bb}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.emit.numba.paths import chain_of, part_of
from sct_ad.emit.numba.shadows import shadows_apart
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import as_structure, new_object, object_like
from sct_ad.specialise.namespace import Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Constant, Dict, List, Object, Scalar, Tuple

_MOST_ITEMS = 32
"""Lists of more items than this are not made into tuples: Numba compiles code for each item of a tuple."""

_BUILDERS = (object_like, new_object)


@dataclass
class Given:
    """A parameter of the kernel: its name, and what is passed for it."""

    name: str
    passed: Expr
    type: Abstract = UNKNOWN


@dataclass
class Boundary:
    """The kernel of a derivative and what stands around it."""

    kernel: gast.FunctionDef
    given: list[Given]
    results: list[Expr]
    """What the kernel returns, one by one."""
    returned: Callable[[list[Expr]], Expr]
    """What the caller gets, made of the kernel's results."""
    before: Block = field(default_factory=list)


def split(
    function: gast.FunctionDef, types: dict[str, Abstract], names: Names, denoted: Callable[[str], Any], numpy: Expr
) -> Boundary:
    """Split a function into a kernel and its boundary; `denoted` tells what a free name stands for."""
    function = shadows_apart(_without_aliases(function, types), types, names, denoted, numpy)
    parameters = [arg.id for arg in function.args.args]
    body = list(function.body)
    rebound = {name for stmt in nodes.statements(body) for name in nodes.defines(stmt)}
    fixed = {name for name in parameters if name not in rebound}
    last = body.pop()
    assert isinstance(last, gast.Return)
    body, value = _inlined(body, last.value, denoted)
    leaves: list[Expr] = []
    returned = _Results(fixed, denoted, leaves).split(value)
    paths = _Paths({name: types.get(name, UNKNOWN) for name in fixed}, names)
    body = paths.rewritten(body)
    leaves = [paths.rewritten(leaf) for leaf in leaves]
    result = leaves[0] if len(leaves) == 1 else nodes.tuple_(leaves) if leaves else nodes.constant(None)
    body.append(nodes.with_origin(gast.Return(value=result), nodes.origin_of(last)))
    used = nodes.names_in(body)
    given = list(paths.given.values())
    for name in parameters:
        if name in used:
            type_ = types.get(name, UNKNOWN)
            given.append(Given(name, _as_argument(nodes.name(name), type_, name), type_))
    order = {name: k for k, name in enumerate(parameters)}
    given.sort(key=lambda item: order[_root(item.passed)])
    kernel = nodes.copy(function)
    kernel.body, kernel.args = body, nodes.parameters(item.name for item in given)
    return Boundary(kernel, given, leaves, returned)


def _without_aliases(function: gast.FunctionDef, types: dict[str, Abstract]) -> gast.FunctionDef:
    """The function with paths in place of names that only stand for containers among the arguments."""
    function = nodes.copy(function)
    bound = Counter(name for stmt in nodes.statements(function.body) for name in nodes.defines(stmt))
    fixed = {arg.id for arg in function.args.args if arg.id not in bound}
    for stmt in list(function.body):
        if not (isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)):
            continue
        name, chain = stmt.targets[0].id, chain_of(stmt.value)
        if bound[name] != 1 or chain is None or chain[0] not in fixed or not chain[1]:
            continue
        type_: Abstract | None = types.get(chain[0], UNKNOWN)
        for step in chain[1]:
            type_ = None if type_ is None else part_of(type_, step)
        if isinstance(type_, (Tuple, List, Dict, Object)):
            body = [other for other in function.body if other is not stmt]
            function.body = [
                nodes.with_origin(nodes.substitute(other, {name: stmt.value}), nodes.origin_of(other)) for other in body
            ]
    return function


def leaves(function: gast.FunctionDef, namespace: Namespace, denotes: Callable[[Any], Any]) -> list[Expr]:
    """The leaves of what a function returns, as far as they are seen in its last statement."""
    last = function.body[-1]
    assert isinstance(last, gast.Return)
    found: list[Expr] = []
    parameters = {arg.id for arg in function.args.args}
    rebound = {name for stmt in nodes.statements(function.body) for name in nodes.defines(stmt)}
    denoted = denoting(namespace, denotes)
    _Results(parameters - rebound, denoted, found).split(_inlined(function.body[:-1], last.value, denoted)[1])
    return found


def denoting(namespace: Namespace, denotes: Callable[[Any], Any]) -> Callable[[str], Any]:
    """What a free name of emitted text denotes; None for live names."""
    objects = namespace.objects
    return lambda name: denotes(objects[name]) if name in objects else None


def _root(passed: Expr) -> str:
    found = next(node for node in nodes.walk(passed) if isinstance(node, gast.Name) and node.id not in ("np", "tuple"))
    return found.id


def _inlined(body: Block, value: Expr, denoted: Callable[[str], Any]) -> tuple[Block, Expr]:
    """What is returned, with names that only stand for structures replaced by these."""
    counts: dict[str, int] = {}
    for stmt in nodes.statements(body):
        for name in nodes.defines(stmt):
            counts[name] = counts.get(name, 0) + 1
    for stmt in reversed(list(body)):
        if not (isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)):
            continue
        name = stmt.targets[0].id
        if counts[name] != 1 or not _is_structure(stmt.value, denoted) or name not in nodes.names_in(value):
            continue
        rest = [other for other in body if other is not stmt]
        after = rest[body.index(stmt) :]
        changed = {n for other in nodes.statements(after) for n in nodes.defines(other)}
        if name in nodes.names_in(rest) or changed & nodes.names_in(stmt.value):
            continue
        body, value = rest, nodes.substitute(value, {name: stmt.value})
    return body, value


def _is_structure(value: Expr, denoted: Callable[[str], Any]) -> bool:
    return isinstance(value, (gast.Tuple, gast.List, gast.Dict)) or _builds(value, denoted)


def _builds(value: Expr, denoted: Callable[[str], Any]) -> bool:
    """Whether an expression makes an object or a NamedTuple of its arguments."""
    if not isinstance(value, gast.Call) or not isinstance(value.func, gast.Name):
        return False
    callee = denoted(value.func.id)
    return callee in _BUILDERS or (isinstance(callee, type) and issubclass(callee, tuple) and callee is not tuple)


class _Results:
    """Takes a returned expression apart: structure outside, leaves inside."""

    def __init__(self, fixed: set[str], denoted: Callable[[str], Any], leaves: list[Expr]) -> None:
        self.fixed, self.denoted, self.leaves = fixed, denoted, leaves

    def split(self, value: Expr) -> Callable[[list[Expr]], Expr]:
        """What builds the expression again of the kernel's results."""
        if isinstance(value, (gast.Tuple, gast.List)) and not any(isinstance(e, gast.Starred) for e in value.elts):
            parts = [self.split(item) for item in value.elts]
            made = nodes.tuple_ if isinstance(value, gast.Tuple) else _list
            return lambda results: made([part(results) for part in parts])
        if isinstance(value, gast.Dict) and None not in value.keys:
            keys, parts = value.keys, [self.split(item) for item in value.values]
            return lambda results: gast.Dict(keys=keys, values=[part(results) for part in parts])
        if _builds(value, self.denoted):
            return self._built(value)
        if self._stays_outside(value):
            return lambda results: value
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Name):
            if self.denoted(value.func.id) is as_structure and self._is_fixed(value.args[0]):
                part = self.split(value.args[1])
                return lambda results: nodes.call(value.func, value.args[0], part(results))
        self.leaves.append(value)
        number = len(self.leaves) - 1
        return lambda results: results[number]

    def _built(self, value: gast.Call) -> Callable[[list[Expr]], Expr]:
        first = 1 if self.denoted(value.func.id) in _BUILDERS else 0
        args = [self.split(item) for item in value.args[first:]]
        keywords = {keyword.arg: self.split(keyword.value) for keyword in value.keywords}
        kept = value.args[:first]
        return lambda results: nodes.call(
            value.func,
            *kept,
            *[part(results) for part in args],
            **{key: part(results) for key, part in keywords.items()},
        )

    def _is_fixed(self, value: Expr) -> bool:
        names = nodes.names_in(value)
        return bool(names) and names <= self.fixed and chain_of(value) is not None

    def _stays_outside(self, value: Expr) -> bool:
        """Constants, and what runtime functions make of arguments alone."""
        if isinstance(value, gast.Constant):
            return True
        if not (isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and not value.keywords):
            return False
        module = getattr(self.denoted(value.func.id), "__module__", None) or ""
        return module.startswith("sct_ad.runtime") and bool(value.args) and all(map(self._is_fixed, value.args))


def _list(items: list[Expr]) -> Expr:
    return gast.List(elts=items, ctx=nodes.LOAD)


def _is_leaf(type_: Abstract) -> bool:
    return isinstance(type_, (Scalar, Array))


class _Paths:
    """Replaces paths into containers among the parameters by parameters of the kernel."""

    def __init__(self, types: dict[str, Abstract], names: Names) -> None:
        self.types, self.names = types, names
        self.given: dict[str, Given] = {}

    def rewritten(self, node: Any) -> Any:
        """A copy with all paths that lead to a leaf, or to what Numba takes as a whole, replaced."""
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST) or not node._fields:
            return node
        if isinstance(node, (gast.Attribute, gast.Subscript)) and isinstance(node.ctx, gast.Load):
            found = self._replaced(node)
            if found is not None:
                return found
        twin = node.__class__.__new__(node.__class__)
        for key, value in node.__dict__.items():
            twin.__dict__[key] = self.rewritten(value) if isinstance(value, (list, gast.AST)) else value
        return twin

    def _replaced(self, node: Expr) -> Expr | None:
        chain = chain_of(node)
        if chain is None or chain[0] not in self.types:
            return None
        name, steps = chain
        type_: Abstract | None = self.types[name]
        if not isinstance(type_, (Object, Dict, List, Tuple)):
            return None
        for step in steps:
            type_ = part_of(type_, step) if type_ is not None else None
        if type_ is None or isinstance(type_, Constant):
            return None
        if not _is_leaf(type_) and not isinstance(type_, (Tuple, List)):
            return None
        key = repr(chain)
        if key not in self.given:
            hint = "_".join([name, *(str(step[1]).replace("-", "last") for step in steps)])
            hint = hint if hint.isidentifier() else name
            self.given[key] = Given(self.names.fresh(hint), _as_argument(node, type_, hint), type_)
        return nodes.name(self.given[key].name)


def _as_argument(value: Expr, type_: Abstract, name: str) -> Expr:
    """An argument in a form that Numba takes: short lists of different things as tuples."""
    if isinstance(type_, (Dict, Object)):
        raise UnsupportedError(
            f"the Numba backend cannot pass {name} as a whole: it is {_named(type_)}",
            hint="read its items by constant keys or attributes, or use backend='python'",
        )
    _refuse_lists(type_, name)
    return nodes.copy(value)


def _refuse_lists(type_: Abstract, name: str) -> None:
    """Refuse lists, wherever they are in an argument, whose items have no type, or several."""
    if not isinstance(type_, (Tuple, List)):
        return
    items = type_.items or ()
    if isinstance(type_, List) and type_.items == ():
        raise UnsupportedError(
            f"the Numba backend cannot pass {name}, an empty list: its items have no type",
            hint="use backend='python'",
        )
    if isinstance(type_, List) and len({_kind_of_leaf(item) for item in items}) > 1:
        raise UnsupportedError(
            f"the Numba backend cannot pass {name}, a list of things of several types",
            hint="pass a tuple, or use backend='python'",
        )
    for item in items:
        _refuse_lists(item, name)


def _kind_of_leaf(type_: Abstract) -> object:
    if isinstance(type_, Scalar):
        return type_.kind, type_.dtype
    if isinstance(type_, Array):
        return type_.dtype, type_.ndim
    return type(type_)


def _named(type_: Abstract) -> str:
    return "a dict" if isinstance(type_, Dict) else f"an object of class {type_.cls.__name__}"  # type: ignore[attr-defined]


def finished(result: Expr, type_: Abstract, numpy: Expr) -> Expr:
    """A result as Python code would have it: Numba makes Python numbers of NumPy's, and doubles of single precision."""
    if isinstance(type_, Scalar) and type_.dtype not in ("", "?"):
        return nodes.call(nodes.attribute(numpy, np.dtype(type_.dtype).type.__name__), result)
    if isinstance(type_, Array) and type_.dtype and (type_.dims == () or type_.dtype in ("float32", "complex64")):
        return nodes.call(
            nodes.attribute(numpy, "asarray"), result, nodes.attribute(numpy, np.dtype(type_.dtype).type.__name__)
        )
    return result
