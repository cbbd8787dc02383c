"""What the passes of the lowering share about one function: facts, fresh names, and sizes known to be equal."""

from __future__ import annotations

import builtins
from collections.abc import Hashable
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.footprint import Footprints, parameters
from sct_ad.syntax import nodes
from sct_ad.syntax.dims import Dim, Dims, Size, is_any, is_not_one
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Abstract, Array


def root_of(view: Expr) -> gast.Name:
    """The variable that a view is of."""
    while isinstance(view, gast.Subscript):
        view = view.value
    return view


class Context:
    """One function being lowered."""

    def __init__(self, fn: gast.FunctionDef, facts: Facts, vector: bool = False, by_rows: bool = False) -> None:
        self.fn, self.facts, self.vector = fn, facts, vector
        self.by_rows = by_rows
        """Whether statements stay calls of NumPy, of fewer rows."""
        self.divides_strictly = any(
            isinstance(node, gast.Try) or isinstance(getattr(node, "op", None), (gast.FloorDiv, gast.Mod))
            for node in nodes.walk(fn)
        )
        """Whether a `/` may get the meaning of Python's, which raises; only ufuncs divide as NumPy does then."""
        self.names = Names({*nodes.names_in(fn), *facts.types, *facts.temporaries, "np"})
        self.footprints = Footprints(fn, facts)
        self.parameters = parameters(fn)
        self._lengths: dict[Hashable, Expr] = {}
        for name in self.parameters:
            found = facts.types.get(name)
            for axis, size in enumerate((isinstance(found, Array) and found.dims) or ()):
                if isinstance(size, Dim) and not size.less:
                    shape = nodes.attribute(nodes.name(name), "shape")
                    self._lengths.setdefault(size.key, nodes.subscript(shape, nodes.constant(axis)))

    def numpy(self, attr: str) -> Expr:
        """`np.attr`."""
        return nodes.attribute(self.facts.denote(np, "np"), attr)

    def new(self, how: str, sizes: list[Expr], dtype: str, *args: Expr) -> Expr:
        """`np.how(sizes, *args)` of a dtype, which is not mentioned where it is NumPy's own choice."""
        shape = nodes.copy(sizes[0]) if len(sizes) == 1 else nodes.tuple_(nodes.copy(sizes))
        return nodes.call(self.numpy(how), shape, *args, *([] if dtype == "float64" else [self.dtype(dtype)]))

    def dtype(self, dtype: str) -> Expr:
        """`np.float32`."""
        return self.numpy("bool_" if dtype == "bool" else dtype)

    def memory_of(self, view: Expr) -> str | None:
        """The alias class of the variable that a view is of."""
        return self.facts.memory.get(root_of(view).id)

    def fresh(self, base: str, type_: Abstract | None = None, alias_class: str | None = None) -> str:
        """A new variable; an array shares memory with nothing unless a class is given."""
        name = self.names.fresh(base)
        self.facts.temporaries.add(name)
        self.footprints.local.add(name)
        if type_ is not None:
            self.facts.types[name] = type_
        if isinstance(type_, Array) or alias_class is not None:
            self.facts.memory[name] = alias_class or name
        return name

    def array_type(self, expr: Expr) -> Array | None:
        """The type of an expression that surely is an array of known rank, at least 1."""
        found = self.facts.type_of(expr)
        return found if isinstance(found, Array) and found.dims else None

    def extent(self, size: Size) -> Expr | None:
        """An expression for a size: a number, or what a parameter tells."""
        if isinstance(size, int):
            return nodes.constant(size)
        if is_any(size):
            return None
        found = self._lengths.get(size.key)
        if found is None or not size.less:
            return nodes.copy(found)
        shorter = nodes.binary(nodes.copy(found), gast.Sub(), nodes.constant(size.less))
        return nodes.call(self.builtin("max"), shorter, nodes.constant(0))

    def extents(self, dims: Dims | None) -> list[Expr] | None:
        """Expressions for all sizes of a shape; None if one of them is not told by a parameter."""
        found = [self.extent(size) for size in dims or ()]
        return None if dims is None or None in found else [size for size in found if size is not None]

    def builtin(self, name: str) -> Expr:
        """A name that denotes a builtin."""
        return self.facts.denote(getattr(builtins, name), name)

    def function(self, call: gast.Call) -> tuple[Any, list[Expr]]:
        """What a call calls, and its positional arguments, the object of a method among them."""
        function = self.facts.resolve(call.func)
        args = list(call.args)
        if function is not None and self.footprints.is_method(call):
            args.insert(0, call.func.value)
        return function, args


class Sizes:
    """Which sizes are equal: by their identity, or since a statement has been executed that needs them to be."""

    def __init__(self, parent: Sizes | None = None) -> None:
        self._keys: dict[Hashable, Hashable] = dict(parent._keys) if parent else {}
        self._leader: dict[Dim, Size] = dict(parent._leader) if parent else {}

    def _find(self, size: Size) -> Size:
        seen: set[Size] = set()
        while isinstance(size, Dim):
            key = size.key
            while key in self._keys:
                key = self._keys[key]
            size = Dim(key, size.less)
            if size in seen or size not in self._leader:
                break
            seen.add(size)
            size = self._leader[size]
        return size

    def take(self, other: Sizes) -> None:
        """Know what another knows."""
        self._keys, self._leader = dict(other._keys), dict(other._leader)

    def same(self, left: Size, right: Size) -> bool:
        """Whether both are equal."""
        if is_any(left) or is_any(right):
            return False
        return self._find(left) == self._find(right)

    def unite(self, left: Size, right: Size) -> None:
        """Both are equal from now on."""
        a, b = self._find(left), self._find(right)
        if a == b or is_any(left) or is_any(right):
            return
        if not isinstance(b, Dim):
            a, b = b, a
        if isinstance(a, Dim) and isinstance(b, Dim) and not a.less and not b.less:
            self._keys[b.key] = a.key
        elif isinstance(b, Dim):
            self._leader[b] = a

    def all_same(self, left: Dims, right: Dims) -> bool:
        """Whether two shapes are equal."""
        return len(left) == len(right) and all(map(self.same, left, right))

    def may_be_united(self, left: Size, right: Size) -> bool:
        """Whether NumPy refuses to broadcast these sizes unless they are equal."""
        return is_not_one(left) and is_not_one(right) and not (isinstance(left, int) and isinstance(right, int))
