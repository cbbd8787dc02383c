"""Expressions over values that have the axis of directions."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.alias import Memory, effects_of
from sct_ad.derive.batching.axis import CONTAINERS, Axis, NotBatched
from sct_ad.derive.batching.functions import GIVE_BACK, HANDLERS, OF_CONTAINERS
from sct_ad.derive.batching.moved import depends
from sct_ad.derive.batching.products import matrix_product
from sct_ad.derive.batching.subscripts import with_axis
from sct_ad.derive.reads import SHAPE_ATTRIBUTES
from sct_ad.runtime import batches
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Array, Scalar, may_carry_derivative


class Expressions:
    """Rewrites expressions; `moved` are the variables that have the axis."""

    def __init__(self, axis: Axis, moved: set[str], memory: Memory) -> None:
        self.axis, self.moved, self.memory, self.typer = axis, moved, memory, axis.typer

    def depends(self, expr: Expr) -> bool:
        """Whether a value differs from direction to direction."""
        return depends(expr, self.moved, self.typer)

    def type_of(self, expr: Expr) -> Abstract:
        """The type of a value, without the axis."""
        return self.typer.type_of(expr)

    def rank(self, expr: Expr) -> int:
        """The rank of a value, without the axis."""
        return self.axis.rank(expr)

    def value(self, expr: Expr) -> Expr:
        """The expression for all directions at once; what does not depend on them is as it was."""
        if not self.depends(expr):
            return self._without_shapes(expr)
        if isinstance(expr, gast.Name):
            return nodes.name(expr.id)
        method = getattr(self, "_" + type(expr).__name__, None)
        if method is None:
            raise NotBatched(type(expr).__name__)
        found: Expr = method(expr)
        return found

    def held(self, expr: Expr) -> Expr:
        """A value that is kept, in a variable or container: with the axis, and a number is no view of an array."""
        if not self.depends(expr):
            if not may_carry_derivative(self.type_of(expr)):
                return self._without_shapes(expr)
            if isinstance(expr, gast.Name) and self.memory.has_identity(expr.id):
                raise NotBatched("an array that is the same in all directions, and written in one of them")
            return self.axis.lifted(expr)
        if isinstance(expr, (gast.Tuple, gast.List)):
            return type(expr)(elts=list(map(self.held, expr.elts)), ctx=nodes.LOAD)
        if isinstance(expr, gast.Dict):
            return gast.Dict(keys=nodes.copy(expr.keys), values=list(map(self.held, expr.values)))
        found = self.value(expr)
        if isinstance(self.type_of(expr), Scalar) and self._may_be_view(expr):
            return nodes.call(nodes.attribute(found, "copy"))
        return found

    def _may_be_view(self, expr: Expr) -> bool:
        """Whether a number may share memory with an array, once it has the axis."""
        if isinstance(expr, gast.Subscript):
            return isinstance(self.type_of(expr.value), Array)
        if isinstance(expr, gast.Attribute):
            return self._may_be_view(expr.value)
        if isinstance(expr, gast.Call):
            function, args, _ = self.typer.call_parts(expr)
            gives = (_hashable(function) and function in GIVE_BACK) or 0 in effects_of(expr, self.typer).view_of
            return bool(args) and gives and self._may_be_view(args[0])
        return False

    def aligned(self, expr: Expr, rank: int) -> Expr:
        """A value, with axes of size 1 behind that of the directions so that it broadcasts with values of a rank."""
        found = self.value(expr)
        return self.axis.expanded(found, self.rank(expr), rank) if self.depends(expr) else found

    def _without_shapes(self, expr: Expr) -> Expr:
        """The shape of a value is that without the axis."""
        if not nodes.names_in(expr) & self.moved:
            return nodes.copy(expr)
        if isinstance(expr, gast.Attribute) and self.depends(expr.value):
            return self._of_shape(self.value(expr.value), expr.attr)
        if isinstance(expr, gast.Call) and len(expr.args) == 1 and self.depends(expr.args[0]):
            function = self.typer.resolve(expr.func)
            owner = self.value(expr.args[0])
            if isinstance(self.type_of(expr.args[0]), CONTAINERS):
                return nodes.call(nodes.copy(expr.func), owner)
            if function is len:
                return nodes.subscript(nodes.attribute(owner, "shape"), nodes.constant(1))
            return self._of_shape(owner, "shape" if function is np.shape else "ndim")
        twin: Expr = expr.__class__.__new__(expr.__class__)
        for key, value in expr.__dict__.items():
            twin.__dict__[key] = self._parts_without_shapes(value)
        return twin

    def _parts_without_shapes(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self._parts_without_shapes(item) for item in part]
        if isinstance(part, gast.keyword):
            return gast.keyword(arg=part.arg, value=self._without_shapes(part.value))
        return self._without_shapes(part) if isinstance(part, gast.expr) else nodes.copy(part)

    def _of_shape(self, owner: Expr, attr: str) -> Expr:
        if attr == "dtype":
            return nodes.attribute(owner, attr)
        if attr == "shape":
            behind = gast.Slice(lower=nodes.constant(1), upper=None, step=None)
            return nodes.subscript(nodes.attribute(owner, attr), behind)
        if attr == "ndim":
            return nodes.binary(nodes.attribute(owner, attr), gast.Sub(), nodes.constant(1))
        assert attr in SHAPE_ATTRIBUTES
        return nodes.attribute(nodes.subscript(owner, nodes.constant(0)), attr)

    # One function for each kind of expression

    def _BinOp(self, expr: gast.BinOp) -> Expr:
        if isinstance(self.type_of(expr), CONTAINERS):
            if not isinstance(expr.op, gast.Add):
                raise NotBatched("arithmetic of containers")
            return nodes.binary(self.held(expr.left), expr.op, self.held(expr.right))
        if isinstance(expr.op, gast.MatMult):
            return matrix_product(self, expr.left, expr.right)
        rank = self.rank(expr)
        return nodes.binary(self.aligned(expr.left, rank), expr.op, self.aligned(expr.right, rank))

    def _UnaryOp(self, expr: gast.UnaryOp) -> Expr:
        if isinstance(expr.op, gast.Not):
            raise NotBatched("a condition")
        return gast.UnaryOp(op=expr.op, operand=self.value(expr.operand))

    def _IfExp(self, expr: gast.IfExp) -> Expr:
        if self.depends(expr.test):
            raise NotBatched("a condition")
        test = self._without_shapes(expr.test)
        return gast.IfExp(test=test, body=self.held(expr.body), orelse=self.held(expr.orelse))

    def _Tuple(self, expr: gast.Tuple) -> Expr:
        return self.held(expr)

    _List = _Dict = _Tuple

    def _Attribute(self, expr: gast.Attribute) -> Expr:
        owner = self.type_of(expr.value)
        if isinstance(owner, (Array, Scalar)):
            if expr.attr in ("real", "imag"):
                return nodes.attribute(self.value(expr.value), expr.attr)
            if expr.attr == "T":
                return self._function(np.transpose, [expr.value], {}, expr)
        raise NotBatched(f"the attribute {expr.attr}")

    def _Subscript(self, expr: gast.Subscript) -> Expr:
        if self.depends(expr.slice):
            raise NotBatched("an index that depends on the direction")
        owner, index = self.type_of(expr.value), self._without_shapes(expr.slice)
        if isinstance(owner, CONTAINERS):
            return nodes.subscript(self.value(expr.value), index)
        if not isinstance(owner, Array) or not isinstance(self.type_of(expr), (Array, Scalar)):
            raise NotBatched("an item of what is not known")
        whole = with_axis(expr.slice, index, self.typer)
        if whole is not None:
            return nodes.subscript(self.value(expr.value), whole)
        getitem = nodes.attribute(self.axis.emission.bind(np, "np"), "ndarray")
        called = [self.value(expr.value), nodes.index_value(index)]
        return self._mapped(nodes.attribute(getitem, "__getitem__"), called, [True, False], {})

    def _Call(self, expr: gast.Call) -> Expr:
        function, args, keywords = self.typer.call_parts(expr)
        if function is None or None in keywords or any(isinstance(arg, gast.Starred) for arg in args):
            raise NotBatched("a call that is not known")
        return self._function(function, args, keywords, expr)

    def _function(self, function: Any, args: list[Expr], keywords: dict[str, Expr], expr: Expr) -> Expr:
        if any(function is each for each in OF_CONTAINERS):
            if isinstance(self.type_of(args[0]), CONTAINERS):
                return self._of_container(function, args, keywords, expr)
        handler = HANDLERS.get(function) if _hashable(function) else None
        found = handler(self, args, keywords) if handler else None
        if found is None and isinstance(function, np.ufunc) and not keywords:
            found = self._ufunc(function, args, expr)
        return self._once_for_each(function, args, keywords, expr) if found is None else found

    def _ufunc(self, function: np.ufunc, args: list[Expr], expr: Expr) -> Expr | None:
        """An elementwise function of NumPy or SciPy."""
        if len(args) != function.nin or function.nout != 1 or function is np.matmul:
            return None
        rank, name = self.rank(expr), function.__name__
        if getattr(np, name, None) is function:
            func: Expr = nodes.attribute(self.axis.emission.bind(np, "np"), name)
        else:
            func = self.axis.emission.bind(function, name)
        return nodes.call(func, *(self.aligned(arg, rank) for arg in args))

    def _of_container(self, function: Any, args: list[Expr], keywords: dict[str, Expr], expr: Expr) -> Expr:
        assert isinstance(expr, gast.Call)
        if keywords:
            raise NotBatched("a call of a container's method with keywords")
        if self.typer.is_method(expr.func):
            func: Expr = nodes.attribute(self.value(args[0]), expr.func.attr)
            return nodes.call(func, *map(self.held, args[1:]))
        return nodes.call(nodes.copy(expr.func), *map(self.held, args))

    def _once_for_each(self, function: Any, args: list[Expr], keywords: dict[str, Expr], expr: Expr) -> Expr:
        """A call for each direction, whose results are stacked."""
        if not isinstance(expr, gast.Call):
            raise NotBatched("what is no call")
        effects = effects_of(expr, self.typer)
        if not effects.pure or effects.mutates:
            raise NotBatched("a call that changes something")
        viewed = (base for k in effects.view_of if k < len(args) for base in nodes.names_in(args[k]))
        if any(map(self.memory.has_identity, viewed)):
            raise NotBatched("a view of an array that is written")
        given = [*args, *keywords.values()]
        moved = [self.depends(arg) for arg in given]
        if getattr(function, "__objclass__", None) is np.ndarray and not isinstance(self.type_of(args[0]), Array):
            raise NotBatched("a method of an array, of a number")
        if nodes.dotted(expr.func) is not None and not self.typer.is_method(expr.func):
            func = nodes.copy(expr.func)
        else:
            func = self.axis.emission.bind(function, getattr(function, "__name__", "function"))
        values = list(map(self.value, args))
        return self._mapped(func, values, moved, {name: self.value(arg) for name, arg in keywords.items()})

    def _mapped(self, func: Expr, args: list[Expr], moved: list[bool], keywords: dict[str, Expr]) -> Expr:
        places = nodes.tuple_([nodes.constant(0 if each else None) for each in moved])
        mapped = self.axis.emission.bind(batches.mapped, "mapped")
        return nodes.call(mapped, func, places, *args, **keywords)


def _hashable(function: Any) -> bool:
    try:
        hash(function)
    except TypeError:
        return False
    return True
