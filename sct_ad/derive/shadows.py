"""Shadows: the cotangents of objects with identity, born with the object and mirrored by every view and alias."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field, replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.alias import Memory, effects_of, is_gather, sources_of
from sct_ad.analysis.distinct import distinct_indices
from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Callee
from sct_ad.derive.accumulate import Accumulator
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import sequences
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Dict,
    List,
    Scalar,
    Tuple,
    kind,
    may_carry_derivative,
)

ORDER_SENSITIVE = (np.reshape, np.ravel, np.ascontiguousarray, np.asfortranarray, np.require, np.array)


@dataclass
class Shadows:
    """Which variables have a shadow, what it is called, and in which sweep it is made."""

    accumulator: Accumulator
    memory: Memory
    active: set[str]
    parameters: set[str]
    names: dict[str, str] = field(default_factory=dict)
    """Shadow -> the variable that it mirrors."""
    mirrored_forward: set[str] = field(default_factory=set)
    """Alias classes whose shadows must be made in the forward sweep, since a variable of theirs is reassigned."""
    order_sensitive: set[str] = field(default_factory=set)
    """Alias classes in which the memory layout decides whether an operation makes a view or a copy."""
    either: set[str] = field(default_factory=set)
    """Alias classes of containers that hold numbers as well as arrays, none of which is written in place."""
    distinct: frozenset[str] = frozenset()
    """Index arrays that name no element twice."""
    selects: bool = False
    """Whether the function stores or loads through boolean or integer arrays."""

    @property
    def typer(self) -> Typer:
        """Types of primal and adjoint variables."""
        return self.accumulator.typer

    def analyse(self, body: Block) -> None:
        """Decide, class by class, in which sweep shadows are made."""
        self._find_either(body)
        self.distinct = distinct_indices(body, self.typer)
        count: dict[str, int] = dict.fromkeys(self.parameters, 1)
        stores: set[str] = set()
        for stmt in nodes.statements(body):
            for variable in nodes.defines(stmt) if not isinstance(stmt, gast.AugAssign) else ():
                count[variable] = count.get(variable, 0) + 1
            stores |= self._written_containers(stmt)
        outliving = _outliving(body)
        for variable in self.active:
            if not self.has(variable):
                continue
            root = self.memory.find(variable)
            if count.get(variable, 0) > 1 or root in stores or variable in outliving:
                self.mirrored_forward.add(root)
        self.order_sensitive = order_sensitive(body, self.typer, self.memory)
        self.selects = any(is_gather(node, self.typer) for node in nodes.every(list(body), gast.Subscript))
        for stmt in nodes.statements(body):
            if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
                target = stmt.targets[0].id
                self._refuse_perhaps_number(target, stmt)
                if self.has(target) and any(
                    count.get(v, 0) > 1 for v in nodes.names_in(stmt.value) if v in self.typer.types
                ):
                    if self.mirror_of(target, stmt.value) is not None:
                        self.mirrored_forward.add(self.memory.find(target))

    def _refuse_perhaps_number(self, target: str, stmt: gast.Assign) -> None:
        """An item that may be a number or an array: a number's cotangent is in its slot, that of an array in itself."""
        if not self.has(target) or not isinstance(stmt.value, gast.Subscript):
            return
        if self.typer.types[target] == Array() and isinstance(self.typer.type_of(stmt.value.value), (List, Dict)):
            raise UnsupportedError(
                "an item that may be a number or an array",
                nodes.origin_of(stmt),
                "convert what comes from functions of unknown type with float(...) or np.asarray(...)",
            )

    def _find_either(self, body: Block) -> None:
        """Classes in which a variable may stand for a number or for an array in a container: both are values there."""
        roots = {v: root for v, root in self.memory.classes().items() if v in self.typer.types}
        holding = {root for v, root in roots.items() if isinstance(self.typer.types[v], (List, Dict))}
        for variable in sorted(self.active & roots.keys()):
            if roots[variable] in holding and may_be_number(self.typer.types[variable]):
                self.either.add(roots[variable])
        for stmt in nodes.statements(body) if self.either else ():
            for owner in self._written_arrays(stmt):
                if self.memory.find(owner) in self.either:
                    raise UnsupportedError(
                        "arrays that are written in place, in a list or dict that holds numbers too",
                        nodes.origin_of(stmt),
                        "keep numbers and arrays in different containers",
                    )

    def _written_arrays(self, stmt: Stmt) -> list[str]:
        """The arrays that a statement writes in place."""
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        owners = [target.value] if isinstance(target, gast.Subscript) else []
        owners += [target] if isinstance(stmt, gast.AugAssign) and isinstance(target, gast.Name) else []
        if isinstance(stmt, (gast.Expr, gast.Assign)) and isinstance(stmt.value, gast.Call):
            _, args, _ = self.typer.call_parts(stmt.value)
            owners += [args[k] for k in effects_of(stmt.value, self.typer).mutates if k < len(args)]
        arrays = [owner for owner in owners if isinstance(self.typer.type_of(owner), Array)]
        return [v for owner in arrays for v in sources_of(owner, self.typer)]

    def _written_containers(self, stmt: Stmt) -> set[str]:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Subscript):
            owner = stmt.targets[0].value
        elif isinstance(stmt, (gast.Expr, gast.Assign)) and isinstance(stmt.value, gast.Call):
            owner = stmt.value.func.value if isinstance(stmt.value.func, gast.Attribute) else None
        else:
            return set()
        if isinstance(owner, gast.Name) and isinstance(self.typer.type_of(owner), (List, Dict)):
            return {self.memory.find(owner.id)}
        return set()

    def has(self, variable: str) -> bool:
        """Whether an active variable's cotangent is a shadow."""
        if variable not in self.active:
            return False
        type_ = self.typer.types.get(variable, UNKNOWN)
        if isinstance(type_, (Tuple, List, Dict)):
            return may_carry_derivative(type_)
        if not isinstance(type_, Array) or not self.memory.has_identity(variable):
            return False
        return not (may_be_number(type_) and self.memory.find(variable) in self.either)

    def name(self, variable: str) -> str:
        """The variable's shadow."""
        name = self.accumulator.canonical(variable)
        self.names[name] = variable
        self.typer.types[name] = _slots(self.typer.types[variable])
        return name

    def in_forward_sweep(self, variable: str) -> bool:
        """Whether the variable's shadow is made in the forward sweep."""
        return self.memory.find(variable) in self.mirrored_forward

    def mirror_of(self, variable: str, value: Expr) -> Expr | None:
        """The expression that makes the shadow of a view or alias; None where the value is a new object."""
        shared = [v for v in sources_of(value, self.typer) if v in self.active and self.has(v)]
        if not shared or isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            return None
        if isinstance(value, gast.Subscript) and is_gather(value, self.typer):
            return None
        if isinstance(value, gast.Attribute) and value.attr == "imag" and kind(self.typer.type_of(value)) != "int":
            # The change of a result is the real part of cotangent times change: z.imag gets -cotangent.imag.
            raise UnsupportedError(
                "the view .imag of an array that is written in place",
                self.accumulator.origin,
                "take it of a copy, z.copy().imag; write z[...] = x + 1j * y",
            )
        copied = self.copied(value)
        if copied is not None:
            return self._copy_of_slots(value, copied)
        if isinstance(value, gast.Call):
            function, args, _ = self.typer.call_parts(value)
            if isinstance(function, Callee) or any(k.arg == "out" for k in value.keywords):
                return None
            if effects_of(value, self.typer).read_only:
                return self._writable_view(function, args, shared)
            if function in ORDER_SENSITIVE:
                names = {v: self.name(v) for v in shared}
                operand, result = nodes.substitute(args[0], names), nodes.substitute(value, names)
                return nodes.call(self.accumulator.bind(runtime.view_or_zeros, "view_or_zeros"), operand, result)
        return nodes.substitute(value, {v: self.name(v) for v in shared})

    def copied(self, value: Expr) -> list[Expr] | None:
        """The lists whose items an expression puts into a new list; None for any other expression."""
        if isinstance(value, gast.Subscript):
            is_slice = isinstance(value.slice, gast.Slice) and isinstance(self.typer.type_of(value.value), List)
            return [value.value] if is_slice else None
        if isinstance(value, gast.BinOp):
            sides = [e for e in (value.left, value.right) if isinstance(self.typer.type_of(e), (List, Tuple))]
            return sides if sides and isinstance(value.op, (gast.Add, gast.Mult)) else None
        if isinstance(value, gast.Call):
            function, args, _ = self.typer.call_parts(value)
            new = (list, list.copy, copy.copy, sequences.take_items, dict, dict.copy)
            if args and any(function is f for f in new):
                return [args[0]] if isinstance(self.typer.type_of(args[0]), (List, Tuple, Dict)) else None
        return None

    def _copy_of_slots(self, value: Expr, lists: list[Expr]) -> Expr:
        """The shadow of a new list of old items; a list without shadow has zeros for the new one."""
        new = self.accumulator.bind(sequences.new_slots, "new_slots")
        shadows: dict[str, Expr | str] = {}
        for operand in lists:
            assert isinstance(operand, gast.Name)
            if self.has(operand.id):
                shadows[operand.id] = self.name(operand.id)
            else:
                zero_shadow = self.accumulator.bind(runtime.zero_shadow, "zero_shadow")
                shadows[operand.id] = nodes.call(zero_shadow, nodes.name(operand.id))
        return nodes.call(new, nodes.substitute(value, shadows))

    def _writable_view(self, function: object, args: list[Expr], shared: list[str]) -> Expr:
        """The mirror of a view that NumPy makes read-only."""
        of_matrix = len(args) == 1 and getattr(self.typer.type_of(args[0]), "ndim", 0) == 2
        if of_matrix and function in (np.diag, np.diagonal):
            view = self.accumulator.bind(runtime.diagonal_view, "diagonal_view")
            return nodes.call(view, nodes.name(self.name(shared[0])))
        raise UnsupportedError(
            "a read-only view of an array that is written in place",
            self.accumulator.origin,
            "take the view of a copy, x.copy()",
        )

    def birth(self, variable: str, value: Expr | None) -> Expr:
        """The expression that makes a new object's shadow, all zeros."""
        if isinstance(value, (gast.List, gast.Tuple, gast.Dict)):
            return self._element(value)
        type_ = self.typer.types[variable]
        if isinstance(type_, (List, Tuple, Dict)):
            return nodes.call(self.accumulator.bind(runtime.zero_shadow, "zero_shadow"), nodes.name(variable))
        if value is None and isinstance(type_, Array) and self.memory.find(variable) in self.order_sensitive:
            return nodes.call(self.accumulator.bind(runtime.zeros_in_layout, "zeros_in_layout"), nodes.name(variable))
        return self.accumulator.zero(variable)

    def _element(self, item: Expr) -> Expr:
        if isinstance(item, gast.Name) and self.has(item.id):
            return nodes.name(self.name(item.id))
        if isinstance(item, gast.Name) and item.id in self.active:
            return self.accumulator.zero(item.id)
        if isinstance(item, (gast.Tuple, gast.List)):
            return gast.List(elts=[self._element(e) for e in item.elts], ctx=nodes.LOAD)
        if isinstance(item, gast.Dict):
            return gast.Dict(keys=nodes.copy(item.keys), values=[self._element(v) for v in item.values])
        return nodes.constant(0.0)

    element = _element


def order_sensitive(body: Block, typer: Typer, memory: Memory) -> set[str]:
    """Alias classes in which the memory layout decides whether an operation makes a view or a copy."""
    found: set[str] = set()
    for node in nodes.every(list(body), gast.Call):
        if typer.resolve(node.func) in ORDER_SENSITIVE:
            found |= {memory.find(v) for v in sources_of(node, typer)}
    return found


def may_be_number(type_: Abstract) -> bool:
    """Whether a value may be an array on one path and a number on another."""
    return isinstance(type_, Array) and not type_.dtype and not type_.dims


def _outliving(body: Block) -> set[str]:
    """Variables that are bound inside a loop or branch and mentioned outside of it; `x += e` leaves an object bound."""
    everywhere = Counter(nodes.mentions(body))
    found: set[str] = set()
    for stmt in nodes.statements(body):
        for block in nodes.blocks(stmt):
            inside = Counter(nodes.mentions(block))
            bound = (inner for inner in block if not isinstance(inner, gast.AugAssign))
            defined = {name for inner in bound for name in nodes.defines(inner)}
            found |= {name for name in defined if everywhere[name] > inside[name]}
    return found


def _slots(type_: Abstract) -> Abstract:
    """The type of a container's shadow: what a slot for a float gathers may be a NumPy scalar."""
    if isinstance(type_, Scalar):
        return replace(type_, dtype="?", value=NO_VALUE, size=None) if type_.kind == "float" else type_
    if isinstance(type_, Tuple):
        return replace(type_, items=tuple(map(_slots, type_.items)))
    if isinstance(type_, List):
        return List(None if type_.items is None else tuple(map(_slots, type_.items)), _slots(type_.element))
    if isinstance(type_, Dict):
        entries = None if type_.items is None else tuple((key, _slots(item)) for key, item in type_.items)
        return Dict(entries, _slots(type_.element), type_.key)
    return type_
