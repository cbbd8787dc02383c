"""Where the cotangent of a result with structure goes: each part of it to the variable that is returned there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.cotangents import ArrayOf, Attributes, Dynamic, Entries, Items, Number, Slot
from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.returned import given_at
from sct_ad.derive.sweeps import Sweeps
from sct_ad.errors import UnsupportedError
from sct_ad.specialise.parameters import Given
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import (
    NO_VALUE,
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Object,
    Same,
    Scalar,
    Tuple,
    kind,
)


class Seeds:
    """The cotangents of the returned variables, the statements that take them out of the one of the result, and what
    that one has to look like.
    """

    def __init__(self, sweeps: Sweeps, result: Expr, seed: str) -> None:
        self.sweeps, self.acc, self.seed = sweeps, sweeps.acc, seed
        self.found: list[tuple[Expr, Expr]] = []
        self.unpacked: Block = []
        self.acc.typer.types[seed] = UNKNOWN if isinstance(result, gast.Call) else self._type(result)
        self.slot = self._part(result, nodes.name(seed))

    def _type(self, expr: Expr) -> Abstract:
        """The type of a cotangent: that of its variable, a plain number for every kind of number."""
        type_ = self.acc.typer.type_of(expr)
        if isinstance(type_, Array) and type_.dims == () and kind(type_) in ("float", "complex"):
            return Scalar(kind(type_))
        if isinstance(type_, Scalar) and type_.dtype != "?":
            return Scalar("complex" if type_.kind == "complex" else "float")
        return replace(type_, value=NO_VALUE, size=None) if isinstance(type_, Scalar) else type_

    def _part(self, expr: Expr, path: Expr) -> Slot:
        """Enter the returned variables of a part of the result, whose cotangent is found at `path`."""
        given = given_at(self.sweeps.flat, expr)
        if given is not None:
            return self._given(given, path, ())
        if isinstance(expr, gast.Name):
            return self._variable(expr, path)
        if isinstance(expr, (gast.Tuple, gast.List)):
            kind_: type = tuple if isinstance(expr, gast.Tuple) else list
            return Items(kind_, tuple(self._item(item, path, k) for k, item in enumerate(expr.elts)))
        if isinstance(expr, gast.Dict):
            pairs = zip(expr.keys, expr.values, strict=True)
            return Entries(tuple((_key(key), self._item(item, path, _key(key))) for key, item in pairs))
        if isinstance(expr, gast.Call):
            return self._made(expr, path)
        return Dynamic()

    def _item(self, item: Expr, path: Expr, key: object) -> Slot:
        return self._part(item, nodes.subscript(nodes.copy(path), nodes.constant(key)))

    def _given(self, given: Given, path: Expr, around: tuple[object, ...]) -> Slot:
        """An object of the caller's, or a container of such, that is returned itself."""
        type_ = given.type
        if isinstance(type_, Same):
            again = (part for root in self.sweeps.flat.given.values() for part in root.all())
            found = next((p for p in again if isinstance(p.type, Object) and p.type.key == type_.key), None)
            return Dynamic() if found is None or type_.key in around else self._given(found, path, around)
        if given.variable:
            return self._variable(nodes.name(given.variable), path)
        if isinstance(type_, Object):
            around = (*around, type_.key)
            return Attributes(
                type_.cls,
                tuple(
                    (key, self._given(part, nodes.attribute(nodes.copy(path), key), around))
                    for key, part in given.parts
                ),
            )
        below = {
            key: self._given(part, nodes.subscript(nodes.copy(path), nodes.constant(key)), around)
            for key, part in given.parts
        }
        if isinstance(type_, Dict):
            return Entries(tuple(below.items()))
        if isinstance(type_, (Tuple, List)):
            return Items(tuple if isinstance(type_, Tuple) else list, tuple(below.values()))
        return Dynamic()

    def _made(self, call: gast.Call, path: Expr) -> Slot:
        """An object or a named tuple that is made to be returned."""
        function = self.acc.typer.resolve(call.func)
        if function is runtime.new_object:
            cls = self.acc.typer.type_of(call.args[0])
            parts = tuple((k.arg, self._part(k.value, nodes.attribute(nodes.copy(path), k.arg))) for k in call.keywords)
            if isinstance(cls, Constant) and isinstance(cls.value, type):
                return Attributes(cls.value, parts)
        elif isinstance(function, type) and hasattr(function, "_fields") and not call.keywords:
            return Items(function, tuple(self._item(item, path, k) for k, item in enumerate(call.args)))
        if nodes.names_in(call) & self.sweeps.active:
            raise UnsupportedError(
                "a result that is put together by a call", self.acc.origin, "return a tuple, list or dict of its parts"
            )
        return Dynamic()

    def _variable(self, variable: gast.Name, path: Expr) -> Slot:
        if variable.id not in self.sweeps.active:
            return Dynamic()
        type_ = self._type(variable)
        seed = self.seed
        if not isinstance(path, gast.Name):
            seed = self.acc.fresh(self.seed)
            self.acc.typer.types[seed] = type_
            self.unpacked.append(nodes.assign(seed, path))
        self.found.append((nodes.copy(variable), nodes.name(seed)))
        if isinstance(type_, Scalar) and type_.dtype != "?":
            return Number(type_.kind == "complex")
        return ArrayOf() if isinstance(type_, Array) and kind(type_) in ("float", "complex") else Dynamic()


def _key(node: Expr) -> object:
    """The key of an entry of a dict display."""
    if isinstance(node, gast.Tuple):
        return tuple(map(_key, node.elts))
    if isinstance(node, gast.UnaryOp):
        return -node.operand.value
    return node.value


def start_from_seeds(block: Block, acc: Accumulator, order_sensitive: Callable[[str], bool]) -> Block:
    """Shadows that start as zeros to which a seed is added: as copies of the seed.

    `bz = np.zeros_like(z); bz[...] += seed` -> `bz = np.copy(seed)`
    """
    found = list(block)
    for stmt in block:
        if not isinstance(stmt, gast.AugAssign) or not isinstance(stmt.target, gast.Subscript):
            continue
        shadow, seed = stmt.target.value, stmt.value
        if not (isinstance(shadow, gast.Name) and isinstance(seed, gast.Name) and _is_all(stmt.target.slice)):
            continue
        mentions = [s for s in found if shadow.id in nodes.names_in(s)]
        birth = mentions[0]
        if stmt not in mentions[1:2] or not isinstance(birth, gast.Assign) or order_sensitive(shadow.id):
            continue
        if acc.typer.type_of(shadow) != acc.typer.type_of(seed) or not _is_zeros(birth.value, acc):
            continue
        copied = nodes.assign(shadow.id, acc.numpy("copy", nodes.copy(seed)), nodes.origin_of(stmt))
        found[found.index(stmt)] = copied
        found.remove(birth)
    return found


def _is_all(index: Expr) -> bool:
    return isinstance(index, gast.Constant) and index.value is ...


def _is_zeros(value: Expr, acc: Accumulator) -> bool:
    return isinstance(value, gast.Call) and acc.typer.resolve(value.func) is np.zeros_like
