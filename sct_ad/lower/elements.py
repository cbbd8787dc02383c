"""Elementwise expressions over arrays as trees: one element of the result from elements of the leaves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sct_ad.lower.context import Context
from sct_ad.lower.tables import CHEAP, CONSTANT_LIKE, CONSTANTS, COPIES, LIMITED, OTHERS, SUPPORTED, UFUNCS, VECTOR
from sct_ad.runtime.vector_math import whole_power
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dims
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Array, Constant, Scalar, kind, kind_of_dtype

_ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow, gast.FloorDiv, gast.Mod)
_BITWISE = (gast.BitAnd, gast.BitOr, gast.BitXor)
_ORDER = (gast.Eq, gast.NotEq, gast.Lt, gast.LtE, gast.Gt, gast.GtE)

Where = tuple[int | None, ...]
"""For each axis of an operand the axis of the result that it runs along; None for one that stays at 0."""


@dataclass(eq=False)
class Element:
    """An expression, as a function of the indices of its axes."""

    dims: Dims
    dtype: str
    """The dtype of its elements; "" for a Python number, which is weak in promotion."""


@dataclass(eq=False)
class Leaf(Element):
    """An element of an array: of a variable, or of a view of one."""

    expr: Expr
    key: str = ""

    def __post_init__(self) -> None:
        self.key = text(self.expr)


@dataclass(eq=False)
class Number(Element):
    """A scalar, which is the same for all elements."""

    expr: Expr
    kind: str = "float"


@dataclass(eq=False)
class Moved(Element):
    """An element of another expression, at permuted, left-out or new axes."""

    inner: Element
    where: Where
    sizes: list[Expr] = field(default_factory=list)
    """What is computed to know the shape, where no operand has it."""


@dataclass(eq=False)
class Apply(Element):
    """An operation on elements that are broadcast against each other."""

    operands: list[Element]
    build: Callable[[list[Expr]], Expr]
    common: str = ""
    """The dtype that operands are converted to first; "" if they are used as they are."""
    costly: bool = False
    exact: Callable[[list[Expr]], Expr] | None = None
    """What is built instead where an operand is beyond `WIDEST`, for which `build` is not meant."""


def text(expr: Expr) -> str:
    """The text of an expression, by which equal ones are known."""
    return ast.unparse(gast.gast_to_ast(nodes.copy(expr)))


def walk(element: Element, where: Where | None = None) -> Iterator[tuple[Element, Where]]:
    """All elements below, each with the loop axes that its own axes run along."""
    at = tuple(range(len(element.dims))) if where is None else where
    yield element, at
    for inner, place in operands_of(element, at):
        yield from walk(inner, place)


def operands_of(element: Element, at: Where) -> list[tuple[Element, Where]]:
    """The operands, each with the loop axes that its own axes run along."""
    if isinstance(element, Moved):
        return [(element.inner, tuple(None if axis is None else at[axis] for axis in element.where))]
    if isinstance(element, Apply):
        return [(operand, aligned(operand, at)) for operand in element.operands]
    return []


def aligned(operand: Element, at: Where) -> Where:
    """The loop axes of an operand that is broadcast to something at the axes `at`."""
    rank = len(operand.dims)
    return tuple(None if size == 1 else axis for size, axis in zip(operand.dims, at[len(at) - rank :], strict=True))


class Parser:
    """Reads elementwise expressions."""

    def __init__(self, context: Context) -> None:
        self.context, self.facts = context, context.facts

    def is_elementwise(self, call: gast.Call) -> bool:
        """Whether a call is of a function that is applied to elements, and gives an array."""
        function, _ = self.context.function(call)
        name = getattr(function, "__name__", "")
        if self.context.array_type(call) is None or getattr(np, name, None) is not function:
            return False
        return name in UFUNCS | COPIES | CONSTANTS | CONSTANT_LIKE | OTHERS

    def parse(self, expr: Expr) -> Element | None:
        """The expression as a tree; None if it is not elementwise, or too little is known of it."""
        found = self.facts.type_of(expr)
        if isinstance(found, Scalar):
            known = kind(found)
            return Number((), found.dtype, expr, known) if known else None
        if not isinstance(found, Array) or not found.dims or found.dtype not in SUPPORTED:
            return None
        return self._array(expr, found)

    def _array(self, expr: Expr, type_: Array) -> Element | None:
        if isinstance(expr, gast.Name):
            return Leaf(_dims(type_), type_.dtype, expr)
        if isinstance(expr, gast.Subscript):
            return self._subscript(expr, type_)
        if isinstance(expr, gast.Attribute) and expr.attr == "T":
            return self._reversed(expr.value, type_)
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, (*_ARITHMETIC, *_BITWISE)):
            return self._binary(expr, type_)
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, (gast.USub, gast.UAdd, gast.Invert)):
            return self._unary(expr, type_)
        if isinstance(expr, gast.Compare) and len(expr.ops) == 1 and isinstance(expr.ops[0], _ORDER):
            op = expr.ops[0]
            return self._apply(
                type_,
                [expr.left, expr.comparators[0]],
                lambda args: gast.Compare(left=args[0], ops=[op], comparators=[args[1]]),
                common="operands",
            )
        return self._call(expr, type_) if isinstance(expr, gast.Call) else None

    def _apply(
        self,
        type_: Array,
        args: list[Expr],
        build: Callable[[list[Expr]], Expr],
        common: str = "result",
        costly: bool = False,
    ) -> Element | None:
        operands = [self.parse(arg) for arg in args]
        if any(operand is None for operand in operands):
            return None
        known = [operand for operand in operands if operand is not None]
        wanted = type_.dtype if common == "result" else _common_dtype(known) if common == "operands" else ""
        if wanted is None or not all(_converts(operand, wanted) for operand in known):
            return None
        return Apply(_dims(type_), type_.dtype, known, build, wanted, costly)

    def _binary(self, expr: gast.BinOp, type_: Array) -> Element | None:
        op = expr.op
        whole = type_.dtype.startswith(("int", "bool"))
        if isinstance(op, _BITWISE):
            allowed = whole
        elif type_.dtype == "bool":
            allowed = False  # a sum of booleans is one of numbers in Numba
        else:
            allowed = not (whole and isinstance(op, (gast.FloorDiv, gast.Mod, gast.Pow)))
        if isinstance(op, gast.Pow):
            return self._power(expr, type_)
        if not allowed:
            return None
        named = {gast.FloorDiv: "floor_divide", gast.Mod: "remainder"}.get(type(op))
        if named is None and isinstance(op, gast.Div) and self.context.divides_strictly:
            named = "divide"
        if named is not None:
            return self._apply(type_, [expr.left, expr.right], self._named(named), costly=_costs(op))
        return self._apply(
            type_, [expr.left, expr.right], lambda args: nodes.binary(args[0], op, args[1]), costly=_costs(op)
        )

    def _power(self, expr: gast.BinOp, type_: Array) -> Element | None:
        """NumPy squares for an exponent of 2, and takes roots for 0.5."""
        exponent = expr.right.value if isinstance(expr.right, gast.Constant) else None
        if type(exponent) in (int, float) and exponent == 2:
            return self._apply(type_, [expr.left], _square)
        if type_.dtype not in ("float64", "float32"):
            return None
        if type(exponent) is float and exponent == 0.5:
            return self._apply(type_, [expr.left], self._named("sqrt"), costly=True)
        if type(exponent) is int and exponent > 0:
            convert = self._named(type_.dtype)
            return self._apply(
                type_,
                [expr.left],
                lambda args: (
                    convert([nodes.binary(args[0], gast.Pow(), nodes.constant(exponent))])
                    if type_.dtype == "float32"
                    else nodes.binary(args[0], gast.Pow(), nodes.constant(exponent))
                ),
                costly=True,
            )
        operands = [expr.left, expr.right]
        if type_.dtype == "float64" and self._is_double(expr.left) and self._is_whole(expr.right):
            power = self.facts.denote(whole_power, "whole_power")
            return self._apply(type_, operands, lambda args: nodes.call(nodes.copy(power), *args), costly=True)
        return self._apply(type_, operands, lambda args: nodes.binary(args[0], gast.Pow(), args[1]), costly=True)

    def _unary(self, expr: gast.UnaryOp, type_: Array) -> Element | None:
        op = expr.op
        if isinstance(op, gast.Invert):
            if type_.dtype != "bool":
                return None
            op = gast.Not()
        elif type_.dtype == "bool":
            return None
        return self._apply(type_, [expr.operand], lambda args: gast.UnaryOp(op=op, operand=args[0]))

    def _named(self, name: str) -> Callable[[list[Expr]], Expr]:
        return lambda args: nodes.call(self.context.numpy(name), *args)

    # Calls

    def _call(self, expr: gast.Call, type_: Array) -> Element | None:
        function, args = self.context.function(expr)
        keywords = {keyword.arg: keyword.value for keyword in expr.keywords}
        name = getattr(function, "__name__", "")
        if function is None or any(isinstance(arg, gast.Starred) for arg in args):
            return None
        if isinstance(function, np.ufunc):
            return self._ufunc(function, args, type_) if not keywords else None
        if (
            not (getattr(function, "__module__", None) or "numpy").startswith("numpy")
            or getattr(np, name, None) is not function
        ):
            return None
        if name in CONSTANT_LIKE or name in CONSTANTS:
            return self._constant(name, args, keywords, type_)
        if keywords:
            return None
        if name in COPIES and len(args) == 1:
            return self.parse(args[0]) if self.context.array_type(args[0]) == type_ else None
        if name == "where" and len(args) == 3:
            return self._where(args, type_)
        if name == "transpose" and len(args) == 1:
            return self._reversed(args[0], type_)
        if name == "outer" and len(args) == 2:
            return self._outer(args, type_)
        if name == "broadcast_to" and len(args) == 2:
            return self._broadcast(args[0], args[1], type_)
        if name == "clip" and len(args) == 3:
            inner = self._named("maximum")
            outer = self._named("minimum")
            return self._apply(type_, args, lambda a: outer([inner([a[0], a[1]]), a[2]]))
        return None

    def _ufunc(self, function: np.ufunc, args: list[Expr], type_: Array) -> Element | None:
        name = function.__name__
        if name not in UFUNCS or getattr(np, name, None) is not function or len(args) != function.nin:
            return None
        if name == "square":
            return self._apply(type_, args, _square)
        if name in ("add", "subtract", "multiply", "absolute", "negative", "sign") and type_.dtype == "bool":
            return None
        common = "result" if type_.dtype != "bool" else "operands" if function.nin == 2 else "none"
        if name.startswith("logical"):
            common = "none"
        made = self._apply(type_, args, self._named(name), common, costly=name not in CHEAP)
        vector = VECTOR.get(name) if self.context.vector else None
        if vector is not None and isinstance(made, Apply) and self._is_double(args[0]):
            made.exact = made.build if name in LIMITED else None
            made.build = lambda parts: nodes.call(self.facts.denote(vector, vector.__name__), *parts)
        return made

    def _is_whole(self, expr: Expr) -> bool:
        found = self.facts.type_of(expr)
        return isinstance(found, Scalar) and found.kind == "int"

    def _is_double(self, expr: Expr) -> bool:
        found = self.facts.type_of(expr)
        return isinstance(found, Array) and found.dtype == "float64"

    def _where(self, args: list[Expr], type_: Array) -> Element | None:
        condition, left, right = map(self.parse, args)
        if condition is None or left is None or right is None:
            return None
        if kind_of(condition) != "bool" and not self.context.by_rows:
            return None
        if not (_converts(left, type_.dtype) and _converts(right, type_.dtype)):
            return None

        def build(parts: list[Expr]) -> Expr:
            return gast.IfExp(test=parts[0], body=parts[1], orelse=parts[2])

        branches = [self._cast(branch, type_.dtype) for branch in (left, right)]
        return Apply(_dims(type_), type_.dtype, [condition, *branches], build)

    def _cast(self, element: Element, dtype: str) -> Element:
        return element if element.dtype == dtype else Apply(element.dims, dtype, [element], lambda a: a[0], dtype)

    def _outer(self, args: list[Expr], type_: Array) -> Element | None:
        left, right = map(self.parse, args)
        if left is None or right is None or len(left.dims) != 1 or len(right.dims) != 1:
            return None
        dims, product = _dims(type_), gast.Mult()
        column = Moved((dims[0], 1), left.dtype, left, (None if left.dims[0] == 1 else 0,))
        if type_.dtype == "bool" or not all(_converts(side, type_.dtype) for side in (left, right)):
            return None
        return Apply(dims, type_.dtype, [column, right], lambda a: nodes.binary(a[0], product, a[1]), type_.dtype)

    def _broadcast(self, arg: Expr, shape: Expr, type_: Array) -> Element | None:
        inner, dims = self.parse(arg), _dims(type_)
        sizes = self._shape(shape, len(dims))
        if inner is None or sizes is None or len(inner.dims) > len(dims):
            return None
        where = aligned(inner, tuple(range(len(dims))))
        return Moved(dims, type_.dtype, inner, where, sizes) if _converts(inner, type_.dtype) else None

    def _constant(self, name: str, args: list[Expr], keywords: dict[str, Expr], type_: Array) -> Element | None:
        shape = keywords.pop("shape", None) or (args.pop(0) if args else None)
        value: Expr | None = nodes.constant({"zeros": 0, "ones": 1}.get(name.partition("_")[0], 0))
        if name.startswith("full"):
            value = keywords.pop("fill_value", None) or (args.pop(0) if args else None)
        keywords.pop("dtype", None)
        if shape is None or value is None or keywords or len(args) > 1:  # the dtype is that of the result
            return None
        dims = _dims(type_)
        if name in CONSTANT_LIKE:
            if self.context.array_type(shape) is None:
                return None
            shape = nodes.attribute(shape, "shape")
        number, sizes = self.parse(value), self._shape(shape, len(dims))
        if not isinstance(number, Number) or sizes is None or not _converts(number, type_.dtype):
            return None
        return Moved(dims, type_.dtype, number, (), sizes)

    def _shape(self, shape: Expr, rank: int) -> list[Expr] | None:
        """The sizes that a shape consists of."""
        if isinstance(shape, gast.Tuple):
            return list(shape.elts) if len(shape.elts) == rank else None
        if isinstance(self.facts.type_of(shape), Scalar):
            return [shape] if rank == 1 else None
        if isinstance(shape, gast.Attribute) and shape.attr == "shape":
            return [nodes.subscript(shape, nodes.constant(axis)) for axis in range(rank)]
        return None

    # Axes

    def _reversed(self, arg: Expr, type_: Array) -> Element | None:
        inner = self.parse(arg)
        if inner is None or len(inner.dims) != len(_dims(type_)):
            return None
        return Moved(_dims(type_), inner.dtype, inner, tuple(reversed(range(len(inner.dims)))))

    def _subscript(self, expr: gast.Subscript, type_: Array) -> Element | None:
        parts = basic_parts(expr, self.context)
        if parts is None:
            return None
        kept = [part for part in parts if not is_new_axis(part)]
        if len(kept) == len(parts):
            if all(map(_is_whole, kept)):
                return self.parse(expr.value)  # x[:], x[...]
            return Leaf(_dims(type_), type_.dtype, expr) if is_view(expr, self.context) else None
        inner: Expr = expr.value
        if not all(map(_is_whole, kept)):
            inner = nodes.subscript(inner, kept[0] if len(kept) == 1 else nodes.tuple_(kept))
        element, dims = self.parse(inner), _dims(type_)
        kinds = [part for part in parts if is_new_axis(part) or isinstance(part, gast.Slice)]
        if element is None or len(kinds) != len(dims):
            return None
        where = [axis for axis, part in enumerate(kinds) if not is_new_axis(part)]
        places = tuple(None if size == 1 else axis for axis, size in zip(where, element.dims, strict=True))
        return Moved(dims, element.dtype, element, places)


def basic_parts(expr: gast.Subscript, context: Context) -> list[Expr] | None:
    """The parts of an index of integers, slices and new axes, one for each axis; None for any other index."""
    owner = context.array_type(expr.value)
    if owner is None or owner.dims is None:
        return None
    parts = list(expr.slice.elts) if isinstance(expr.slice, gast.Tuple) else [expr.slice]
    if not all(_is_basic(part, context) for part in parts):
        return None
    given = sum(not is_new_axis(part) and not _is_dots(part) for part in parts)
    rest = [nodes.whole() for _ in range(len(owner.dims) - given)]
    if not any(map(_is_dots, parts)):
        return parts + rest
    place = next(k for k, part in enumerate(parts) if _is_dots(part))
    return parts[:place] + rest + parts[place + 1 :]


def _is_basic(part: Expr, context: Context) -> bool:
    if isinstance(part, gast.Slice) or is_new_axis(part) or _is_dots(part):
        return True
    found = context.facts.type_of(part)
    return isinstance(found, Scalar) and found.kind == "int"


def is_new_axis(part: Expr) -> bool:
    """Whether a part of an index is None (or np.newaxis)."""
    return (isinstance(part, gast.Constant) and part.value is None) or (
        isinstance(part, gast.Attribute) and part.attr == "newaxis"
    )


def _is_dots(part: Expr) -> bool:
    return isinstance(part, gast.Constant) and part.value is ...


def _is_whole(part: Expr) -> bool:
    return isinstance(part, gast.Slice) and part.lower is None and part.upper is None and part.step is None


def is_view(expr: Expr, context: Context) -> bool:
    """Whether an expression is a variable, or a view of one by slices and integers."""
    while isinstance(expr, gast.Subscript):
        parts = basic_parts(expr, context)
        if parts is None or any(map(is_new_axis, parts)):
            return False
        expr = expr.value
    return isinstance(expr, gast.Name) and isinstance(context.facts.type_of(expr), Array)


def kind_of(element: Element) -> str:
    """bool, int, float or complex."""
    return element.kind if isinstance(element, Number) else kind_of_dtype(element.dtype)


def _dims(type_: Array) -> Dims:
    assert type_.dims is not None
    return type_.dims


def _square(args: list[Expr]) -> Expr:
    return nodes.binary(args[0], gast.Mult(), nodes.copy(args[0]))


def _costs(op: gast.operator) -> bool:
    return isinstance(op, (gast.Pow, gast.FloorDiv, gast.Mod))


_RANK = {"bool": 0, "int": 1, "float": 2, "complex": 3}


def _common_dtype(operands: list[Element]) -> str | None:
    """The dtype in which operands are compared; None if that is not known."""
    strong = {operand.dtype for operand in operands if operand.dtype}
    if "?" in strong or len(strong) > 1 or not strong:
        return "" if strong <= {"float64", "int64", "bool"} else None
    (dtype,) = strong
    weak = max((_RANK[kind_of(operand)] for operand in operands if not operand.dtype), default=0)
    if weak > _RANK[kind_of_dtype(dtype)]:
        return "" if dtype in ("int64", "bool") and weak == _RANK["float"] else None
    return dtype


def _converts(operand: Element, dtype: str) -> bool:
    """Whether an operand is of a dtype, or becomes so as NumPy would have it: no precision is made up or lost."""
    if not dtype or operand.dtype == dtype:
        return True
    own = kind_of(operand)
    if _RANK.get(own, 9) > _RANK[kind_of_dtype(dtype)]:
        return False
    if not operand.dtype:
        return True  # a Python number takes the dtype of what it meets
    if dtype == "float64":
        return operand.dtype in ("float32", "int64", "int32", "bool", "?")
    if dtype == "float32":
        return operand.dtype == "bool"
    if dtype == "complex128":
        return operand.dtype in ("float64", "int64", "bool")
    return dtype == "int64" and operand.dtype in ("bool", "int32")


def is_shape_constant(value: Any) -> bool:
    """Whether a type is that of a literal."""
    return isinstance(value, Constant)
