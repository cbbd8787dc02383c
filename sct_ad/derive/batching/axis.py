"""The axis of directions: types that have it, values that get it, operands brought to the rank of their result."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.derive.emission import Emission
from sct_ad.runtime import batches
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    Abstract,
    Array,
    Dict,
    List,
    Scalar,
    Tuple,
    dims_of,
    kind,
    map_leaves,
    may_carry_derivative,
)

CONTAINERS = (Tuple, List, Dict)
_EXACT = ("float64", "complex128")


class NotBatched(Exception):
    """What cannot be done for several directions at once."""


class Axis:
    """The leading axis, of as many entries as there are directions."""

    def __init__(self, emission: Emission) -> None:
        self.emission, self.typer = emission, emission.typer
        self.count = emission.fresh("k")
        """The variable that holds how many directions there are."""
        self.size = Dim(("directions", self.count))

    def numpy(self, function: str, *args: Expr, **keywords: Expr) -> gast.Call:
        """`np.function(*args)`."""
        return self.emission.numpy(function, *args, **keywords)

    def type_with(self, type_: Abstract) -> Abstract:
        """The type of a value of this type that has the axis; in containers, each number and array has it."""
        return map_leaves(type_, self._leaf_with)

    def _leaf_with(self, type_: Abstract) -> Abstract:
        if not isinstance(type_, (Scalar, Array)) or not may_carry_derivative(type_):
            return type_
        dtype = type_.dtype
        if isinstance(type_, Scalar):
            dtype = dtype or {"float": "float64", "complex": "complex128"}.get(type_.kind, "")
        dims = dims_of(type_)
        return Array(dtype if dtype in _EXACT else "", None if dims is None else (self.size, *dims))

    def rank(self, expr: Expr) -> int:
        """The rank of what an expression stands for, without the axis."""
        return rank_of(self.typer.type_of(expr))

    def expanded(self, expr: Expr, rank: int, wanted: int) -> Expr:
        """A value with the axis, with axes of size 1 after it so that it broadcasts with values of rank `wanted`."""
        if wanted <= rank:
            return expr
        return nodes.subscript(expr, nodes.tuple_([nodes.whole(), *[nodes.constant(None)] * (wanted - rank)]))

    def shape(self, shape: Expr) -> Expr:
        """A shape, in front of which there is the axis."""
        type_ = self.typer.type_of(shape)
        count = nodes.name(self.count)
        if isinstance(shape, gast.Tuple):
            return nodes.tuple_([count, *nodes.copy(shape.elts)])
        if isinstance(type_, Scalar):
            return nodes.tuple_([count, nodes.copy(shape)])
        if isinstance(type_, Tuple):
            return nodes.binary(nodes.tuple_([count]), gast.Add(), nodes.copy(shape))
        raise NotBatched("a shape that is not known")

    def lifted(self, expr: Expr) -> Expr:
        """A value that is the same in all directions, with the axis."""
        type_ = self.typer.type_of(expr)
        if isinstance(expr, (gast.Tuple, gast.List)):
            return type(expr)(elts=list(map(self.lifted, expr.elts)), ctx=nodes.LOAD)
        if isinstance(expr, gast.Dict):
            return gast.Dict(keys=nodes.copy(expr.keys), values=list(map(self.lifted, expr.values)))
        if isinstance(type_, Scalar):
            return self._lifted_number(expr, type_)
        if not may_carry_derivative(type_) and not isinstance(type_, Array):
            return nodes.copy(expr)
        zeros = self._lifted_zeros(expr)
        if zeros is not None:
            return zeros
        if isinstance(type_, Array) and kind(type_) in ("float", "complex", "int", "bool"):
            first = nodes.subscript(nodes.copy(expr), nodes.constant(None))
            return self.numpy("repeat", first, nodes.name(self.count), axis=nodes.constant(0))
        repeated = self.emission.bind(batches.repeated, "repeated")
        return nodes.call(repeated, nodes.copy(expr), nodes.name(self.count))

    def _lifted_number(self, expr: Expr, type_: Scalar) -> Expr:
        count = nodes.name(self.count)
        value: Any = expr.value if isinstance(expr, gast.Constant) else None
        complex_ = type_.kind == "complex"
        dtype = {"dtype": nodes.name("complex")} if complex_ else {}
        if value is not None and value == 0 and type(value) in (int, float, complex):
            return self.numpy("zeros", count, **dtype)
        if type_.kind in ("int", "bool"):
            dtype = {"dtype": nodes.name("float")}
        return self.numpy("full", count, nodes.copy(expr), **dtype)

    def _lifted_zeros(self, expr: Expr) -> Expr | None:
        if not isinstance(expr, gast.Call) or expr.keywords or not expr.args:
            return None
        function = self.typer.resolve(expr.func)
        if function is np.zeros and len(expr.args) == 1:
            return self.numpy("zeros", self.shape(expr.args[0]))
        if function is np.zeros_like and len(expr.args) == 1:
            like = self.typer.type_of(expr.args[0])
            if isinstance(like, Array):
                whole = self.shape(nodes.attribute(nodes.copy(expr.args[0]), "shape"))
                dtype = [] if like.dtype == "float64" else [nodes.attribute(nodes.copy(expr.args[0]), "dtype")]
                return self.numpy("zeros", whole, *dtype)
        return None


def rank_of(type_: Abstract) -> int:
    """The rank of values of a type."""
    dims = dims_of(type_)
    if dims is None:
        raise NotBatched("a value of unknown rank")
    return len(dims)
