"""Cotangents: first write, later writes, unbroadcasting. The one place that knows all three.

A cotangent may be *lazy*: smaller than its variable and broadcastable to it. It is expanded only where an
operation needs the full shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import gast

from sct_ad import runtime
from sct_ad.analysis.alias import effects_of
from sct_ad.analysis.realness import is_real_part
from sct_ad.analysis.typer import Typer
from sct_ad.derive.emission import Emission
from sct_ad.derive.masks import NO_SIDES, Sides, either_side
from sct_ad.runtime.complex_numbers import real_part_if_real
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dims, fills, is_any, is_not_one, is_one
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Scalar,
    Unknown,
    dims_of,
    kind,
)


@dataclass(frozen=True)
class Cotangent:
    """The cotangent of one variable at one point of the reverse sweep; a variable without one has cotangent zero."""

    expr: Expr
    type: Abstract
    owned: bool
    """Whether its buffer belongs to this cotangent alone, so that it may be updated in place."""
    masked: bool = False
    """Whether a selection (`np.where`, a boolean index) may have set entries to zero that stay zero, whatever they
    are multiplied by: the side that was not taken contributes nothing, not even NaN."""
    whole: bool = False
    """Whether it has its variable's full shape, also where the types do not show that."""
    sides: Sides = NO_SIDES
    """The sides of the selections that have masked it; none where that is not known exactly."""


class Accumulator(Emission):
    """Emits adjoint statements and keeps track of each variable's cotangent."""

    def __init__(self, flat: Specialised) -> None:
        super().__init__(flat)
        self.state: dict[str, Cotangent] = {}
        self.names: dict[str, str] = {}

    def canonical(self, variable: str) -> str:
        """The variable that holds another variable's cotangent where paths meet."""
        if variable not in self.names:
            self.names[variable] = self.fresh("b" + variable)
        return self.names[variable]

    def checkpoint(self) -> tuple[set[str], dict[str, str]]:
        """What `restart` needs to forget the names handed out since."""
        return set(self.namespace.names.taken), dict(self.names)

    def restart(self, checkpoint: tuple[set[str], dict[str, str]]) -> None:
        """Forget the names handed out since the checkpoint, so that another try uses the same ones."""
        taken, names = checkpoint
        self.namespace.names.taken = taken | set(self.namespace.objects) | set(self.namespace.cells)
        self.names = dict(names)

    # Reading

    def take(self, variable: str) -> Cotangent | None:
        """The cotangent of a variable about to be un-defined; its older value starts from zero."""
        return self.state.pop(variable, None)

    def type_of(self, variable: str) -> Abstract:
        """The type of a primal variable."""
        return self.typer.types.get(variable, UNKNOWN)

    def is_full(self, cotangent: Cotangent, variable: str) -> bool:
        """Whether a cotangent surely has its variable's shape."""
        type_ = self.type_of(variable)
        if isinstance(type_, Scalar) or cotangent.whole:
            return True
        return fills(dims_of(cotangent.type), dims_of(type_))

    def full(self, variable: str, cotangent: Cotangent) -> Cotangent:
        """The cotangent with its variable's full shape (read-only where it had to be broadcast)."""
        if self.is_full(cotangent, variable) or not isinstance(self.type_of(variable), Array):
            return cotangent
        if isinstance(cotangent.type, Array) and dims_of(self.type_of(variable)) is None:
            return cotangent
        value = self.numpy("broadcast_to", cotangent.expr, self._shape(variable))
        name = self.define(self.fresh("b" + variable), value, self._full_type(variable, cotangent))
        return Cotangent(name, self.typer.types[name.id], False, cotangent.masked, True)

    def _full_type(self, variable: str, cotangent: Cotangent) -> Abstract:
        dtype = getattr(cotangent.type, "dtype", "") or "float64"
        type_ = self.type_of(variable)
        return replace(type_, dtype="" if dtype == "?" else dtype) if isinstance(type_, Array) else type_

    def _shape(self, variable: str) -> Expr:
        if dims_of(self.type_of(variable)) == ():
            return nodes.tuple_([])  # a number may be there as well
        if dims_of(self.type_of(variable)) is None:
            return self.numpy("shape", nodes.name(variable))
        return nodes.attribute(nodes.name(variable), "shape")

    # Writing

    def contribute(
        self,
        variable: str,
        expr: Expr,
        owned: bool = False,
        masked: bool = False,
        whole: bool = False,
        sides: Sides = NO_SIDES,
    ) -> None:
        """Add an expression, broadcastable to the variable's shape, to the variable's cotangent."""
        type_ = self.typer.type_of(expr)
        expr, type_ = self.real_part(variable, expr, type_)
        present = self.state.get(variable)
        if present is None:
            self._first(variable, expr, type_, owned, masked, whole)
            self.state[variable] = replace(self.state[variable], sides=sides)
            return
        sides = either_side(present.masked, present.sides, masked, sides)
        masked = present.masked or masked
        if present.owned and self._fits_in_place(variable, present, type_):
            self.emit(gast.AugAssign(target=nodes.target(present.expr.id), op=gast.Add(), value=expr))
            self.state[variable] = replace(present, masked=masked, sides=sides)
        else:
            total = nodes.binary(nodes.copy(present.expr), gast.Add(), expr)
            name = self.canonical(variable)
            del self.state[variable]
            self.release(name)
            self.define(name, total)
            result = self.typer.types[name]
            whole = whole or self.is_full(present, variable)
            owned = isinstance(result, Array)
            self.state[variable] = Cotangent(nodes.name(name), result, owned, masked, whole, sides)

    def _first(self, variable: str, expr: Expr, type_: Abstract, owned: bool, masked: bool, whole: bool) -> None:
        if isinstance(expr, (gast.Name, gast.Constant)):
            if not owned and isinstance(expr, gast.Name):
                self._disown(expr.id)
            self.state[variable] = Cotangent(expr, type_, owned, masked, whole)
            return
        name = self.canonical(variable)
        self.release(name)
        self.define(name, expr, type_)
        fresh = isinstance(type_, Array) and not isinstance(expr, (gast.Subscript, gast.Attribute))
        fresh = fresh and not _may_be_view(expr, self.typer)
        self.state[variable] = Cotangent(nodes.name(name), type_, fresh, masked, whole)

    def _fits_in_place(self, variable: str, present: Cotangent, added: Abstract) -> bool:
        if not isinstance(present.type, Array) or not isinstance(present.expr, gast.Name):
            return False
        if not self.is_full(present, variable):
            return False
        return kind(present.type) == "complex" or not self.may_be_complex(added)

    def _disown(self, name: str) -> None:
        for variable, cotangent in self.state.items():
            if isinstance(cotangent.expr, gast.Name) and cotangent.expr.id == name:
                self.state[variable] = replace(cotangent, owned=False)

    def release(self, name: str) -> None:
        """Before `name` is assigned anew: whoever else's cotangent it holds moves out."""
        for variable, cotangent in list(self.state.items()):
            if isinstance(cotangent.expr, gast.Name) and cotangent.expr.id == name:
                moved = self.define(self.fresh("b" + variable), nodes.name(name), cotangent.type)
                self.state[variable] = replace(cotangent, expr=moved)

    def real_part(self, variable: str, expr: Expr, type_: Abstract) -> tuple[Expr, Abstract]:
        """The real part where a complex cotangent meets a real variable, found at run time where kinds are not known.

        To treat a real number as a complex one is right up to here. A rule may rely on it that the cotangent of its
        result is real if the result is.
        """
        mine, perhaps = kind(self.type_of(variable)), self.may_be_complex(type_) and not is_real_part(expr)
        if perhaps and mine in ("float", "int", "bool"):
            real = nodes.attribute(expr, "real")
            known = self.typer.type_of(real)
            scalar = isinstance(self.type_of(variable), Scalar) and not kind(known)
            return real, Scalar("float", "?") if scalar else known
        if not mine and perhaps:
            call = nodes.call(self.bind(real_part_if_real, "real_part_if_real"), expr, nodes.name(variable))
            return call, Array("", dims_of(type_)) if isinstance(type_, Array) else UNKNOWN
        return expr, type_

    def zero(self, variable: str) -> Expr:
        """A zero of the variable's shape, freshly made."""
        type_ = self.type_of(variable)
        if isinstance(type_, Scalar) and not _may_be_real(type_):
            return nodes.constant(0j if type_.kind == "complex" else 0.0)
        if isinstance(type_, Array) and kind(type_) in ("float", "complex"):
            return self.numpy("zeros_like", nodes.name(variable))
        if isinstance(type_, Array) and kind(type_) in ("int", "bool"):
            return self.numpy("zeros", self._shape(variable))
        return nodes.call(self.bind(runtime.zeros_like, "zeros_like"), nodes.name(variable))

    def zero_type(self, variable: str) -> Abstract:
        """The type of `zero`."""
        type_ = self.type_of(variable)
        if isinstance(type_, Scalar):
            return type_ if _may_be_real(type_) else Scalar("complex" if type_.kind == "complex" else "float")
        if isinstance(type_, Array) and kind(type_) in ("int", "bool"):
            return replace(type_, dtype="float64")
        return type_

    def buffer(self, variable: str) -> gast.Name:
        """The cotangent as a full array that may be written in place."""
        present, name = self.state.get(variable), self.canonical(variable)
        masked = present is not None and present.masked
        if present is None:
            self.release(name)
            self.define(name, self.zero(variable), self.zero_type(variable))
        elif not (present.owned and self.is_full(present, variable) and isinstance(present.expr, gast.Name)):
            del self.state[variable]
            self.release(name)
            self.define(name, self.owned_copy(variable, present), self.zero_type(variable))
        else:
            return present.expr
        self.state[variable] = Cotangent(nodes.name(name), self.typer.types[name], True, masked, True)
        return nodes.name(name)

    def owned_copy(self, variable: str, cotangent: Cotangent) -> Expr:
        """An expression for a full cotangent in a buffer of its own."""
        type_ = self.type_of(variable)
        if not isinstance(type_, Array):
            return nodes.copy(cotangent.expr)
        if type_.dims == ():
            return self.numpy("array", nodes.copy(cotangent.expr))
        if self.is_full(cotangent, variable):
            return nodes.call(nodes.attribute(nodes.copy(cotangent.expr), "copy"))
        return self.numpy("full_like", nodes.name(variable), nodes.copy(cotangent.expr))

    def settle(self, variable: str, owned: bool) -> None:
        """Put a variable's cotangent, zero included, into its canonical name with full shape."""
        name, present = self.canonical(variable), self.state.get(variable)
        if present is None:
            self.release(name)
            self.define(name, self.zero(variable), self.zero_type(variable))
            self.state[variable] = Cotangent(
                nodes.name(name), self.zero_type(variable), self._is_array(variable), False, True
            )
            return
        in_place = isinstance(present.expr, gast.Name) and present.expr.id == name
        if in_place and self.is_full(present, variable) and (present.owned or not owned):
            return
        if not self._is_array(variable):
            value: Expr = nodes.copy(present.expr)
            if isinstance(self.type_of(variable), Unknown) and not self.is_full(present, variable):
                value = nodes.call(self.bind(runtime.spread_over, "spread_over"), value, nodes.name(variable))
        elif (owned and not present.owned) or not self.is_full(present, variable):
            value = self.owned_copy(variable, present)
        else:
            value = nodes.copy(present.expr)
        keeps = self._is_array(variable) and not isinstance(value, gast.Name)
        del self.state[variable]
        self.release(name)
        self.define(name, value, self._settled_type(variable, present))
        owned = keeps or present.owned
        self.state[variable] = Cotangent(nodes.name(name), self.typer.types[name], owned, present.masked, True)

    def _settled_type(self, variable: str, present: Cotangent) -> Abstract:
        zero = self.zero_type(variable)
        return present.type if isinstance(zero, (Unknown, Scalar)) else zero

    def retype(self, variable: str, type_: Abstract) -> None:
        """Note a wider type of a settled cotangent."""
        present = self.state[variable]
        assert isinstance(present.expr, gast.Name)
        self.typer.types[present.expr.id] = type_
        self.state[variable] = replace(present, type=type_)

    def _is_array(self, variable: str) -> bool:
        return isinstance(self.type_of(variable), Array)

    # Unbroadcasting

    def reduce_to(self, variable: str, expr: Expr, result: str, whole: bool = False) -> Expr:
        """`expr`, of (or broadcastable to) the shape of `result`, summed to the shape of the operand `variable`.

        `whole` promises that `expr` has the shape of `result`, whatever the types show.
        """
        have, want = self.type_of(result), self.type_of(variable)
        full, small = dims_of(have), dims_of(want)
        if full is None or small is None:
            if isinstance(want, Scalar) and isinstance(have, Scalar):
                return expr
            return self._at_run_time(expr, variable, result, whole)
        plan = _reduction(full, small)
        if plan is None:
            return self._at_run_time(expr, variable, result, whole)
        lost, kept = plan
        if not lost and not kept:
            return expr
        if len(lost) == len(full):
            return self.numpy("sum", expr) if whole else self._sum_all(expr, full, result)
        widened = expr if whole else self._widen(expr, full, result, [*lost, *kept])
        if kept:
            widened = self._sum(widened, kept, keepdims=True)
        return self._sum(widened, lost) if lost else widened

    def _sum_all(self, expr: Expr, full: Dims, result: str) -> Expr:
        have = dims_of(self.typer.type_of(expr))
        if have == ():
            return nodes.binary(expr, gast.Mult(), nodes.attribute(nodes.name(result), "size"))
        return self.numpy("sum", self._widen(expr, full, result, range(len(full))))

    def _at_run_time(self, expr: Expr, variable: str, result: str, whole: bool) -> Expr:
        function = self.bind(runtime.unbroadcast, "unbroadcast")
        shape = [] if whole else [nodes.name(result)]
        return nodes.call(function, expr, nodes.name(variable), *shape)

    def _widen(self, expr: Expr, full: Dims, result: str, axes) -> Expr:  # type: ignore[no-untyped-def]
        """The expression broadcast to the result's shape, unless it already spans the axes to be summed."""
        have = dims_of(self.typer.type_of(expr))
        if have is not None:
            missing = len(full) - len(have)
            if missing == 0 and all(have[axis] == full[axis] for axis in axes) and _sound(full):
                return expr
        return self.numpy("broadcast_to", expr, self._shape(result))

    def _sum(self, expr: Expr, axes: list[int], keepdims: bool = False) -> Expr:
        axis = nodes.constant(axes[0] if len(axes) == 1 else tuple(axes))
        extra = {"keepdims": nodes.constant(True)} if keepdims else {}
        if isinstance(expr, (gast.Name, gast.Call, gast.Subscript, gast.Attribute)):
            return nodes.call(nodes.attribute(expr, "sum"), axis=axis, **extra)
        return self.numpy("sum", expr, axis=axis, **extra)


def spreads_over(expr: Expr, variable: str) -> bool:
    """Whether an elementwise expression has an array variable among its operands, and so at least its shape."""
    if isinstance(expr, gast.Name):
        return expr.id == variable
    if isinstance(expr, gast.BinOp) and not isinstance(expr.op, gast.MatMult):
        return spreads_over(expr.left, variable) or spreads_over(expr.right, variable)
    return isinstance(expr, gast.UnaryOp) and spreads_over(expr.operand, variable)


def spans(have: Abstract, want: Abstract) -> bool:
    """Whether a rule's contribution of type `have` surely fills its operand: same rank, no axis of size 1 put in."""
    left, right = dims_of(have), dims_of(want)
    if left is None or right is None or len(left) != len(right):
        return False
    return all(not is_one(a) or is_one(b) for a, b in zip(left, right, strict=True))


def _may_be_real(type_: Scalar) -> bool:
    """Whether it shows at run time only that a number is complex."""
    return type_.kind == "complex" and type_.dtype == "?"


def _sound(dims: Dims) -> bool:
    return not any(map(is_any, dims))


def _reduction(full: Dims, small: Dims) -> tuple[list[int], list[int]] | None:
    """The axes of `full` that the smaller shape lacks, and those where it is 1; None where that is not known."""
    extra = len(full) - len(small)
    if extra < 0:
        return None
    kept = []
    for axis, size in enumerate(small):
        wide = full[axis + extra]
        if size == wide and _sound((size,)):
            continue
        if is_one(size):
            kept.append(axis + extra)
        elif not is_not_one(size):
            return None
    return list(range(extra)), kept


def _may_be_view(expr: Expr, typer: Typer) -> bool:
    if isinstance(expr, (gast.BinOp, gast.UnaryOp)):
        return False
    if isinstance(expr, gast.Call):
        effects, args = effects_of(expr, typer), typer.call_parts(expr)[1]
        of = [k for k in effects.view_of if k >= len(args) or not isinstance(args[k], gast.Constant)]
        return bool(of) or not effects.pure
    return True
