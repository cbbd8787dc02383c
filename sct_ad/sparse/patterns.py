"""Patterns of Jacobians and Hessians, found by running a function on sets of inputs beside its numbers."""

from __future__ import annotations

import types
from typing import Any, NamedTuple

import numpy as np

from sct_ad.arguments import check_differentiable, parameter_names, resolve_argnums
from sct_ad.compilation import the_compiler
from sct_ad.compiled import Compiled
from sct_ad.derivative import Derivative
from sct_ad.derive.requests import TangentRequest, single_parameters
from sct_ad.errors import ArgumentError
from sct_ad.pytree import flatten, unflatten
from sct_ad.sparse.bits import members, units
from sct_ad.sparse.interactions import recorded
from sct_ad.sparse.propagation import leaves as sets_in
from sct_ad.syntax.values import Abstract

Index = np.ndarray[Any, Any]

_WIDTH = 1 << 13
"""How many inputs are followed at a time, for Jacobians."""


class Pattern(NamedTuple):
    """Where a matrix may have entries that are not zero, by row and then by column."""

    rows: Index
    columns: Index
    shape: tuple[int, int]

    @property
    def is_full(self) -> bool:
        """Whether nothing is known to be zero."""
        return self.rows.size == self.shape[0] * self.shape[1]


def full(shape: tuple[int, int]) -> Pattern:
    """The pattern in which everything may be other than zero."""
    rows, columns = np.divmod(np.arange(shape[0] * shape[1]), max(shape[1], 1))
    return Pattern(rows, columns, shape)


class DependenceOptions(NamedTuple):
    """Of what dependences are asked for."""

    argnum: int | str
    operator: str
    source: str | None = None


class DependenceOn(Derivative):
    """What the result of a function depends on in one of its arguments."""

    OPERATOR = "jacobian"
    RESULT = "pattern"
    options: DependenceOptions

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse what the function does not have, and lists of arguments of any length."""
        if self._variadic:
            what = f"a sparse {self.options.operator} of a function with *args or **kwargs"
            raise ArgumentError(f"{what}\n  instead: name its parameters")
        self.parameter()

    def parameter(self) -> str:
        """The name of the argument."""
        names = parameter_names(self._function)
        found = single_parameters(resolve_argnums(self._function, self.options.argnum, names)[0])
        return next(iter(found))

    def position(self) -> int:
        """The place of the argument among all."""
        return parameter_names(self._function).index(self.parameter())

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments of a call in order."""
        return self._bound(args, kwargs)[1]

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile the function on sets."""
        compiler = the_compiler()
        from sct_ad.sparse.walker import Dependences

        name = self.parameter()
        check_differentiable(function, name, argument_types[name], False)
        request = TangentRequest((name,), name=function.__name__)
        asked = function, argument_types, request, Dependences, source, record, self.by_value
        compiled: Compiled = compiler.compile_dependences(*asked)
        return compiled

    def run(self, bound: tuple[Any, ...], first: int) -> tuple[Any, Any]:
        """Value and dependence on the inputs from number `first` on, as many as are followed at a time."""
        compiled = self._cached(None, bound)
        leaves, structure = flatten(bound[self.position()])
        seeds, start = [], -first
        for leaf in leaves:
            seeds.append(_seed(leaf, start))
            start += np.size(leaf)
        found: tuple[Any, Any] = compiled.function(*bound, unflatten(structure, seeds))
        return found


def _seed(leaf: Any, start: int) -> Any:
    made = units(np.shape(leaf), start)
    if not isinstance(leaf, np.ndarray):
        return made[()]
    if made.ndim > 1:
        ordered = np.empty_like(leaf, dtype=object, subok=False)
        ordered[...] = made
        return ordered
    return made


def inputs_in(argument: Any, operator: str, name: str) -> int:
    """How many numbers there are in an argument; ArgumentError unless all are real."""
    leaves, _ = flatten(argument)
    for leaf in leaves:
        if np.asarray(leaf).dtype.kind != "f":
            raise ArgumentError(
                f"a sparse {operator} of {name} with respect to an argument with {np.asarray(leaf).dtype} in it\n"
                "  instead: pass real numbers as floats, or leave out sparsity="
            )
    return sum(np.size(leaf) for leaf in leaves)


def jacobian_pattern(dependence: DependenceOn, bound: tuple[Any, ...], width: int) -> Pattern | None:
    """The pattern of a Jacobian at these arguments; None where it could not be found."""
    rows, columns, height = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)], 0
    try:
        for first in range(0, max(width, 1), _WIDTH):
            value, found = dependence.run(bound, first)
            sets = [each & ((1 << _WIDTH) - 1) for each in sets_in(found)]
            height = sum(np.size(leaf) for leaf in flatten(value)[0])
            if len(sets) != height:
                return None
            row, column = members(sets, _WIDTH)
            rows.append(row)
            columns.append(column + first)
    except Exception:  # whatever it is, a full pattern is right; the function's own errors come again
        return None
    row, column = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((column, row))
    return Pattern(row[order], column[order], (height, width))


def hessian_pattern(dependence: DependenceOn, bound: tuple[Any, ...], width: int) -> Pattern:
    """The pattern of a Hessian at these arguments; the full one where it could not be found."""
    try:
        with recorded() as interactions:
            dependence.run(bound, 0)
        rows, columns = members(interactions.rows(width), width)
    except Exception:  # whatever it is, a full pattern is right; the function's own errors come again
        return full((width, width))
    return Pattern(rows, columns, (width, width))


def given_pattern(given: Any, shape: tuple[int, int] | None, name: str) -> Pattern:
    """A pattern of the caller's: a dense array or a sparse matrix, whose entries that are stored count."""
    if hasattr(given, "tocoo"):
        coo = given.tocoo()
        rows, columns, found = np.asarray(coo.row), np.asarray(coo.col), tuple(coo.shape)
        pairs = np.unique(np.stack([rows, columns]).astype(np.intp), axis=1)
        rows, columns = pairs[0], pairs[1]
    else:
        dense = np.asarray(given)
        if dense.ndim != 2 or dense.dtype.kind not in "biuf":
            raise ArgumentError(
                f"{name}: sparsity must be 'auto', a matrix of booleans or a sparse matrix, not {given!r:.60}"
            )
        rows, columns = np.nonzero(dense)
        found = dense.shape
    if shape is not None and tuple(found) != shape:
        raise ArgumentError(f"{name}: the pattern has the shape {tuple(found)}, the derivative {shape}")
    return Pattern(rows, columns, (int(found[0]), int(found[1])))
