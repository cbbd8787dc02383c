"""The forward transformation: each statement of the core is followed by the statement of its tangents.

Every active variable `x` has a tangent `dx` of the same shape and structure wherever it is defined. Views, aliases,
stores and containers need no rules: what is done to the primal is done to its tangent. So aliasing is right by
construction, and the tangent of an array that is written in place is written in the same place.
"""

from __future__ import annotations

import copy
import types
from dataclasses import replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.activity import Flow
from sct_ad.analysis.alias import analyse_memory, effects_of, sources_of
from sct_ad.analysis.units import Unit
from sct_ad.derive import custom_tangents
from sct_ad.derive.emission import Emission
from sct_ad.derive.opaque import recorders, refuse_opaque, refuse_outside, refuse_unknown_method, refused_write
from sct_ad.derive.shadows import order_sensitive
from sct_ad.derive.tangent_primitive import CompileHelper, TangentPrimitive
from sct_ad.derive.tangent_units import TangentUnits
from sct_ad.derive.try_blocks import shield
from sct_ad.errors import NoRuleError, UnsupportedError
from sct_ad.rules.mirrored import OF_TANGENTS, POSITIONS
from sct_ad.runtime import custom, sequences
from sct_ad.runtime.objects import object_like
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Scalar,
    Tuple,
    kind,
    may_carry_derivative,
)

_COPIES = (list, list.copy, copy.copy, sequences.take_items, dict, dict.copy)
_CONTAINERS = (Tuple, List, Dict)


class Forward(Emission):
    """Walks a primal block and emits it together with its tangents."""

    NUMERIC = True
    """Whether tangents are numbers of the types of their primals."""

    def __init__(
        self, flat: Specialised, inputs: set[str], result: Expr, units: TangentUnits, helpers: CompileHelper | None
    ) -> None:
        super().__init__(flat)
        self.roots: dict[str, str] = {}
        """Parameters that are passed with a tangent -> these."""
        self.tangent_only = False
        """Whether the value is not asked for."""
        self.units, self.body = units, flat.function.body[:-1]
        self.memory = analyse_memory(flat.function.body, flat.typer)
        flow = Flow(self.body, flat.typer, self.memory, nodes.names_in(result))
        self.active = flow.varied(inputs) & flow.useful(nodes.names_in(result))
        if units.customs is not None:
            self.active -= recorders(self.body, flat.typer)
        self.names: dict[str, str] = {}
        self.order_sensitive = order_sensitive(self.body, self.typer, self.memory)
        refuse_opaque(self.body, self.typer, self.active, displays=units.customs is None)
        refuse_outside(filter(self.has_identity, self.typer.outside & self.active), self.body)
        self.primitive = TangentPrimitive(self, helpers)
        self.definitions: list[tuple[str, Expr]] = []
        self.singular: set[int] = set()
        """The identities of tangent statements that may divide numbers by zero where the primal is finite."""

    def has_identity(self, variable: str) -> bool:
        """Whether a variable is a container, or an array whose memory is written in place."""
        type_ = self.typer.types.get(variable, UNKNOWN)
        return isinstance(type_, _CONTAINERS) or self.memory.has_identity(variable)

    # Names

    def tangent(self, variable: str) -> str:
        """The variable that holds the tangent of a variable."""
        if variable not in self.names:
            self.names[variable] = self.fresh("d" + variable)
            self.typer.types[self.names[variable]] = tangent_type(self.typer.types.get(variable, UNKNOWN))
            if variable in self.namespace.unsure:
                self.namespace.unsure.add(self.names[variable])
        return self.names[variable]

    def is_active(self, expr: Expr) -> bool:
        """Whether an operand, or an item of a display, has a tangent."""
        if isinstance(expr, (gast.Tuple, gast.List)):
            return any(map(self.is_active, expr.elts))
        if isinstance(expr, gast.Dict):
            return any(map(self.is_active, expr.values))
        return (
            isinstance(expr, gast.Name)
            and expr.id in self.active
            and may_carry_derivative(self.typer.types.get(expr.id, UNKNOWN))
        )

    def tangent_of(self, expr: Expr) -> Expr:
        """The tangent of an atom or of a display of atoms; zeros for what is not active."""
        if isinstance(expr, gast.Tuple):
            return nodes.tuple_(map(self.tangent_of, expr.elts))
        if isinstance(expr, gast.List):
            return gast.List(elts=list(map(self.tangent_of, expr.elts)), ctx=nodes.LOAD)
        if isinstance(expr, gast.Dict):
            return gast.Dict(keys=nodes.copy(expr.keys), values=list(map(self.tangent_of, expr.values)))
        if self.is_active(expr):
            return nodes.name(self.tangent(expr.id))
        return self.zero(expr)

    def zero(self, expr: Expr) -> Expr:
        """The tangent of an atom that is not active."""
        type_ = self.typer.type_of(expr)
        if isinstance(type_, Scalar):
            return nodes.constant(0j if type_.kind == "complex" else 0.0)
        if isinstance(type_, Constant) or not isinstance(expr, gast.Name):
            return nodes.constant(0.0)
        if expr.id in self.namespace.unsure and not may_carry_derivative(type_):
            return nodes.constant(0.0)  # on a tape, where nobody asks for it
        if isinstance(type_, Array) and kind(type_) in ("float", "complex") and expr.id not in self.namespace.unsure:
            return self.numpy("zeros_like", nodes.copy(expr))
        if isinstance(type_, Array) and kind(type_) in ("int", "bool") and expr.id not in self.namespace.unsure:
            return self.numpy("zeros", nodes.attribute(nodes.copy(expr), "shape"))
        return nodes.call(self.bind(runtime.zero_tangent, "zero_tangent"), nodes.copy(expr))

    # Blocks

    def block(self, stmts: Block) -> Block:
        """A block with its tangents."""
        outer, self.out = self.out, []
        for stmt in stmts:
            self.origin = nodes.origin_of(stmt)
            self._statement(stmt)
        found, self.out = self.out, outer
        return found

    def keep(self, stmt: Stmt) -> None:
        """Emit a primal statement."""
        self.out.append(stmt)

    def _statement(self, stmt: Stmt) -> None:
        if nodes.blocks(stmt):
            self._structured(stmt)
            return
        if isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(stmt.value, gast.Call):
            refuse_unknown_method(stmt.value, self.typer, self.active, self.origin)
            if self._mutating_call(stmt):
                return
        if isinstance(stmt, gast.Assign):
            if isinstance(stmt.targets[0], gast.Name):
                self._assign(stmt)
            else:
                self._store(stmt)
        elif isinstance(stmt, gast.AugAssign):
            self._augmented(stmt)
        else:
            self.keep(stmt)

    def _structured(self, stmt: Stmt) -> None:
        origin = nodes.origin_of(stmt)
        new: Stmt
        if isinstance(stmt, gast.If):
            body, orelse = self.block(stmt.body), self.block(stmt.orelse)
            new = gast.If(test=stmt.test, body=body or [gast.Pass()], orelse=orelse)
        elif isinstance(stmt, gast.For):
            body = self.block(stmt.body)
            new = gast.For(target=stmt.target, iter=stmt.iter, body=body, orelse=[], type_comment=None)
        elif isinstance(stmt, gast.While):
            new = gast.While(test=stmt.test, body=self.block(stmt.body), orelse=[])
        elif isinstance(stmt, gast.With):
            new = gast.With(items=stmt.items, body=self.block(stmt.body), type_comment=None)
        else:
            assert isinstance(stmt, gast.Try)
            clause, body = stmt.handlers[0], self.block(stmt.body)
            body = shield(body, clause, self.singular, self)
            handler = gast.ExceptHandler(
                type=clause.type, name=clause.name, body=self.block(clause.body) or [gast.Pass()]
            )
            handler.__dict__.update({**clause.__dict__, "body": handler.body})
            new = gast.Try(body=body, handlers=[handler], orelse=self.block(stmt.orelse), finalbody=[])
        self.keep(nodes.with_origin(new, origin))

    # Assignments

    def _assign(self, stmt: gast.Assign) -> None:
        variable, value = stmt.targets[0].id, stmt.value
        if variable not in self.active:
            self.keep(stmt)
        elif isinstance(value, (gast.Tuple, gast.List, gast.Dict, gast.Name, gast.Constant)):
            self.define_before(stmt, self.tangent_of(value))
        elif isinstance(value, gast.Call) and isinstance(self.typer.resolve(value.func), Unit):
            self._recursive(variable, value, stmt)
        elif isinstance(value, gast.Call) and self._arranges(value):
            self.define_before(stmt, self._arranged(value))
        elif isinstance(value, gast.Call) and custom_tangents.has_pushforward(value, self.typer):
            custom_tangents.apply(self, stmt)
        elif self._mirrored(value):
            self.define_before(stmt, self._in_tangents(value))
        elif isinstance(value, gast.Subscript):
            self._load(stmt)
        else:
            self._primitive(stmt)

    def define_before(self, stmt: gast.Assign, expr: Expr) -> None:
        """`y = x` with its tangent: first the tangent where the statement overwrites what that reads."""
        variable = stmt.targets[0].id
        if variable in nodes.names_in(expr):
            self.define_tangent(variable, expr)
            self.keep(stmt)
        else:
            self.keep(stmt)
            self.define_tangent(variable, expr)

    def define_tangent(self, variable: str, expr: Expr) -> None:
        """Emit `dx = expr`."""
        name = self.tangent(variable)
        self.definitions.append((name, expr))
        self.emit(nodes.assign(name, expr))

    def settle(self) -> None:
        """The types of tangents, as wide as their definitions: they were taken for those of the primals."""
        changed = True
        while changed:
            changed = False
            for name, expr in self.definitions:
                before, found = self.typer.types[name], self.typer.type_of(expr)
                if isinstance(before, Scalar):
                    wider = _wider(before, found)
                    self.typer.types[name], changed = wider, changed or wider != before

    def _mirrored(self, value: Expr) -> bool:
        """Whether a value is a view of an active array that is written, or made of containers."""
        if isinstance(value, gast.Subscript):
            owner = self.typer.type_of(value.value)
            return isinstance(owner, _CONTAINERS) and self.is_active(value.value)
        if isinstance(value, gast.BinOp):
            return isinstance(self.typer.type_of(value), _CONTAINERS)
        if isinstance(value, gast.Call):
            function, args, _ = self.typer.call_parts(value)
            if args and any(function is f for f in (*_COPIES, dict.get)):
                return isinstance(self.typer.type_of(args[0]), _CONTAINERS)
        return False

    def _arranges(self, call: gast.Call) -> bool:
        """Whether a call is one of those that arrange cotangents, whatever these are."""
        function = self.typer.resolve(call.func)
        return isinstance(function, types.FunctionType) and (function in POSITIONS or function is object_like)

    def _arranged(self, call: gast.Call) -> Expr:
        """The same call over tangents."""
        function, args, keywords = self.typer.call_parts(call)
        if function is runtime.copy_in_layout:
            in_layout_of = self.bind(runtime.in_layout_of, "in_layout_of")
            return nodes.call(in_layout_of, nodes.copy(args[0]), self.tangent_of(args[0]))
        places = POSITIONS.get(function, ())
        given = [self.tangent_of(arg) if k in places else nodes.copy(arg) for k, arg in enumerate(args)]
        named = {name: self.tangent_of(arg) if not places else nodes.copy(arg) for name, arg in keywords.items()}
        called = nodes.copy(call.func)
        if function in OF_TANGENTS:
            given += [nodes.copy(args[0])] * (function is custom.replaced)
            called = self.bind(OF_TANGENTS[function], OF_TANGENTS[function].__name__)
        return nodes.call(called, *given, **named)

    def _in_tangents(self, value: Expr) -> Expr:
        """The same expression over tangents."""
        containers = value
        if isinstance(value, gast.Call) and self.typer.call_parts(value)[0] is dict.get:
            return self._item_or_default(value)
        if isinstance(value, gast.Subscript):
            containers = value.value
        elif isinstance(value, gast.Call):
            containers = self.typer.call_parts(value)[1][0]
        renamed: dict[str, Expr] = {}
        for name in nodes.names_in(containers):
            if name in self.active:
                renamed[name] = nodes.name(self.tangent(name))
            elif isinstance(self.typer.types.get(name), _CONTAINERS):
                renamed[name] = self.zero(nodes.name(name))
        if isinstance(value, gast.Subscript):
            return nodes.subscript(nodes.substitute(containers, renamed), nodes.copy(value.slice))
        return nodes.substitute(value, renamed)

    def _item_or_default(self, value: gast.Call) -> Expr:
        """`d.get(key, default)`; `...` stands for an entry that is missing, in either dict."""
        _, args, _ = self.typer.call_parts(value)
        missing = len(args) < 3 or (isinstance(args[2], gast.Constant) and args[2].value is ...)
        default = [nodes.copy(e) for e in args[2:]] if missing else [self.tangent_of(args[2])]
        return nodes.call(nodes.attribute(self.tangent_of(args[0]), "get"), nodes.copy(args[1]), *default)

    def _load(self, stmt: gast.Assign) -> None:
        """`z = x[index]`."""
        value, owner = stmt.value, stmt.value.value
        if isinstance(self.typer.type_of(owner), Constant):
            what = "no derivative rule for an index of an object, as in np.r_[...]"
            raise NoRuleError(f"{what}\n  instead: write np.concatenate, np.stack or np.linspace")
        if not self.is_active(owner):
            self.define_after_zero(stmt)
            return
        self._refuse_objects(owner)
        self.define_before(stmt, nodes.subscript(nodes.name(self.tangent(owner.id)), nodes.copy(value.slice)))

    def define_after_zero(self, stmt: gast.Assign) -> None:
        """A definition by what is not active, of a variable that is active by another one."""
        self.keep(stmt)
        self.define_tangent(stmt.targets[0].id, self.zero(nodes.name(stmt.targets[0].id)))

    def _refuse_objects(self, owner: Expr) -> None:
        if getattr(self.typer.type_of(owner), "dtype", "") == "object":
            raise UnsupportedError(
                "an element of an array of objects", self.origin, "use an array of floats, or a list"
            )

    # Stores

    def _store(self, stmt: gast.Assign) -> None:
        """`x[index] = v`."""
        self.keep(stmt)
        target = stmt.targets[0]
        owner = target.value
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            return
        self._refuse_objects(owner)
        place = nodes.subscript(nodes.name(self.tangent(owner.id)), nodes.copy(target.slice), store=True)
        zero_is_enough = isinstance(self.typer.type_of(owner), Array) and not self.is_active(stmt.value)
        self.emit(nodes.assign(place, nodes.constant(0.0) if zero_is_enough else self.tangent_of(stmt.value)))

    def _augmented(self, stmt: gast.AugAssign) -> None:
        """`x[index] += v` and `x += v`."""
        self.keep(stmt)
        target = stmt.target
        owner = target if isinstance(target, gast.Name) else target.value
        if not isinstance(owner, gast.Name) or owner.id not in self.active or not self.is_active(stmt.value):
            return
        if not isinstance(stmt.op, (gast.Add, gast.Sub)):
            raise UnsupportedError("this augmented assignment in core", self.origin)
        self._refuse_objects(owner)
        name = nodes.target(self.tangent(owner.id))
        place = (
            name
            if isinstance(target, gast.Name)
            else nodes.subscript(nodes.name(name.id), nodes.copy(target.slice), store=True)
        )
        self.emit(gast.AugAssign(target=place, op=stmt.op, value=self.tangent_of(stmt.value)))

    def _mutating_call(self, stmt: Stmt) -> bool:
        """`xs.append(v)`, `v = xs.pop()`, `np.add.at(x, k, v)`; True where everything is done."""
        call = stmt.value
        function, args, _ = self.typer.call_parts(call)
        if self._arranges(call):
            if isinstance(stmt, gast.Assign):
                return False
            self.keep(stmt)
            if any(map(self.is_active, args)):
                self.emit(gast.Expr(value=self._arranged(call)))
            return True
        effects = effects_of(call, self.typer)
        written = [args[k] for k in effects.mutates if k < len(args)]
        written += [k.value for k in call.keywords if k.arg == "out"]
        touched = {v for e in written for v in sources_of(e, self.typer)} & self.active
        if not touched or isinstance(function, Unit):  # a unit's tangent function writes value and tangent
            return False
        owner = args[0]
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            raise refused_write(self.origin)
        name = nodes.name(self.tangent(owner.id))
        if function is list.append:
            again = nodes.call(nodes.attribute(name, "append"), self.tangent_of(args[1]))
        elif function in (list.pop, dict.pop):
            default = [self.tangent_of(args[2])] if len(args) > 2 else []
            again = nodes.call(nodes.attribute(name, "pop"), *nodes.copy(args[1:2]), *default)
            if isinstance(stmt, gast.Assign) and stmt.targets[0].id in self.active:
                self.keep(stmt)
                self.define_tangent(stmt.targets[0].id, again)
                return True
        elif is_at(function):
            if not self.is_active(args[2]):
                self.keep(stmt)
                return True
            again = nodes.call(nodes.copy(call.func), name, nodes.copy(args[1]), self.tangent_of(args[2]))
        else:
            raise refused_write(self.origin)
        self.keep(stmt)
        self.emit(gast.Expr(value=again))
        return True

    # Calls

    def _recursive(self, variable: str, value: gast.Call, stmt: gast.Assign) -> None:
        """`z = f(x)` becomes `z, dz = f_jvp(x, dx)`."""
        pair = self.recursive_pair(value)
        if pair is None:
            self.define_after_zero(stmt)
        else:
            self.take_pair(variable, pair)

    def recursive_pair(self, value: gast.Call) -> Expr | None:
        """`f_jvp(x, dx)` for a call `f(x)`; None where nothing in it is active."""
        unit = self.typer.resolve(value.func)
        active = tuple(p for p, a in zip(unit.parameters, value.args, strict=True) if self.is_active(a))
        if not active:
            return None
        by_parameter = dict(zip(unit.parameters, value.args, strict=True))
        function = self.units.request(unit, active)
        changes = [self.tangent_of(by_parameter[p]) for p in active]
        return nodes.call(nodes.name(function), *nodes.copy(value.args), *changes)

    def take_pair(self, variable: str, call: gast.Call, firsts: bool = False) -> None:
        """`z, dz = call`, or of pairs the first items, `(z, _), (dz, _) = call`."""
        both = self.fresh(f"{variable}_pair")
        own = self.typer.types[variable]
        types_ = (own, tangent_type(own))
        self.typer.types[both] = Tuple(tuple(Tuple((t, UNKNOWN)) for t in types_) if firsts else types_)
        value, tangent = (nodes.subscript(nodes.name(both), nodes.constant(k)) for k in (0, 1))
        if firsts:
            value, tangent = (nodes.subscript(part, nodes.constant(0)) for part in (value, tangent))
        self.out.append(nodes.assign(both, call, self.origin))
        self.out.append(nodes.assign(variable, value, self.origin))
        self.emit(nodes.assign(self.tangent(variable), tangent))

    def _primitive(self, stmt: gast.Assign) -> None:
        """The tangent that the rule of a primitive gives."""
        self.primitive.apply(stmt)


def tangent_type(type_: Abstract) -> Abstract:
    """The type of the tangent of a value."""
    if isinstance(type_, Scalar):
        return Scalar(type_.kind, type_.dtype) if type_.kind in ("float", "complex") else Scalar("float", "?")
    if isinstance(type_, Array):
        return replace(type_, chosen=None) if kind(type_) in ("float", "complex") else Array("", type_.dims)
    if isinstance(type_, Tuple):
        return replace(type_, items=tuple(map(tangent_type, type_.items)))
    if isinstance(type_, List):
        items = None if type_.items is None else tuple(map(tangent_type, type_.items))
        return List(items, tangent_type(type_.element))
    if isinstance(type_, Dict):
        entries = None if type_.items is None else tuple((key, tangent_type(item)) for key, item in type_.items)
        return Dict(entries, tangent_type(type_.element), type_.key)
    return UNKNOWN


def _wider(type_: Scalar, found: Abstract) -> Scalar:
    """The type of a number's tangent that may also be of another type."""
    if isinstance(found, Scalar) and (found.dtype == type_.dtype or type_.dtype == "?"):
        return type_
    return replace(type_, dtype="?")


def is_at(function: object) -> bool:
    """Whether this is `np.add.at` or `np.subtract.at`."""
    owner = getattr(function, "__self__", None)
    return owner in (np.add, np.subtract) and getattr(function, "__name__", "") == "at"
