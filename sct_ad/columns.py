"""Jacobians by columns: the derivative along each entry of the arguments, in the block structure of the result."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, NoReturn

import numpy as np

from sct_ad.arguments import check_differentiable, parameter_names, resolve_argnums
from sct_ad.chunks import Part, chunk_length, unit_chunks
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.derivative import Derivative, brief, run
from sct_ad.derive.requests import Items, TangentRequest, single_parameters
from sct_ad.derive.together import pays
from sct_ad.emit.numba.options import Backend
from sct_ad.errors import ArgumentError, SctError
from sct_ad.pytree import Structure, flatten, leaves_like, unflatten
from sct_ad.syntax.values import Abstract

Push = Callable[..., tuple[Any, Any]]
"""Tangents of the parameters, one for each -> the value and its tangent."""


class Parameters(NamedTuple):
    """The values of the parameters that move, and how a tuple of argnums puts them together."""

    resolved: tuple[str | Items, ...]
    single: bool
    leaves: dict[str, list[Any]]
    structures: dict[str, Structure]

    @classmethod
    def of(cls, resolved: tuple[str | Items, ...], single: bool, values: dict[str, Any]) -> Parameters:
        """The parameters of a call; `values` are those of all parameters, by name."""
        flat = {name: flatten(values[name]) for name in single_parameters(resolved)}
        return cls(resolved, single, {n: f[0] for n, f in flat.items()}, {n: f[1] for n, f in flat.items()})

    def tree(self, leaves: dict[str, list[Any]]) -> Any:
        """These leaves in the structure of the arguments; a tuple, if argnums were a sequence."""
        whole = {name: unflatten(self.structures[name], leaves[name]) for name in self.leaves}
        parts: list[Any] = []
        for item in self.resolved:
            if isinstance(item, Items):
                found = [whole[name] for name in item.names]
                parts.append(tuple(found) if item.keys is None else dict(zip(item.keys, found, strict=True)))
            else:
                parts.append(whole[item])
        return parts[0] if self.single else tuple(parts)


class Point(NamedTuple):
    """A derivative along tangents, at the arguments of one call."""

    parameters: Parameters
    push: Callable[..., tuple[Any, ...]]
    """Tangents of the parameters, one for each, to what the emitted function returns."""
    compiled: Compiled

    @classmethod
    def of(cls, derivative: Derivative, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Point:
        """The call of a derivative, whose `options.argnums` are the parameters that move, at these arguments."""
        try:
            names, bound, compiled = derivative.prepared(args, kwargs)
            names = names or parameter_names(derivative._function)
            resolved, single = resolve_argnums(derivative._function, derivative.options.argnums, names)
        except SctError as error:
            raise brief(error) from error.__cause__
        parameters = Parameters.of(resolved, single, dict(zip(names, bound, strict=True)))

        def push(*tangents: Any) -> Any:
            return run(compiled, [*bound, *tangents])

        return cls(parameters, push, compiled)


class ColumnOptions(NamedTuple):
    """What a Jacobian by columns was asked for."""

    argnums: int | str | tuple[int | str, ...] = 0
    has_aux: bool = False
    source: str | None = None
    holomorphic: bool = False
    operator: str = "jacfwd"
    check: str | None = None
    several: bool = False
    """Whether the tangents of several columns are passed at once, where that is possible."""
    backend: Backend | None = None


class Columns(Derivative):
    """The value of a function and its tangent along tangents of the parameters in `argnums`, compiled once."""

    OPERATOR = "jacfwd"
    RESULT = "Jacobian"
    options: ColumnOptions

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse argnums that the function does not have."""
        if not self._variadic:
            resolve_argnums(function, self.options.argnums, parameter_names(function), self.options.operator)

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile value and tangent for arguments of these types."""
        operator = self.options.operator
        resolved, _ = resolve_argnums(function, self.options.argnums, list(argument_types), operator)
        active = tuple(single_parameters(resolved))
        for name in active:
            check_differentiable(function, name, argument_types[name], self.options.holomorphic, operator)
        request = TangentRequest(active, self.options.has_aux, function.__name__)
        several = self.options.several and pays([argument_types[name] for name in active])
        chosen = self.options.backend
        return compiled_derivative(function, argument_types, request, source, record, self.by_value, several, chosen)

    def at(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Point:
        """The call of the derivative at these arguments: `push(*tangents)` is `(value, tangent)`, and aux."""
        return Point.of(self, args, kwargs)


class BlockMatrix:
    """A Jacobian that is filled column by column.

    The block for an entry of shape R of the value and one of shape A of an argument has the shape R + A.
    """

    def __init__(self, parameters: Parameters, value: Any, name: str, operator: str, holomorphic: bool) -> None:
        self.parameters, self.holomorphic = parameters, holomorphic
        self.leaves, self.structure = flatten(value)
        self.name, self.operator = name, operator
        self.blocks: list[dict[tuple[str, int], np.ndarray[Any, Any]]] = [{} for _ in self.leaves]
        for leaf, blocks in zip(self.leaves, self.blocks):
            result = np.asarray(leaf)
            if result.dtype.kind not in "fc":
                continue
            for name_, index, argument in moving(parameters):
                if argument.dtype.kind == "c" and result.dtype.kind == "c" and not holomorphic:
                    raise ArgumentError(
                        f"{operator} of {name}: result and argument are complex\n"
                        f"  instead: {operator}(f, holomorphic=True), if the function is holomorphic"
                        if operator != "hessian"
                        else f"hessian of {name}: an argument is complex\n"
                        "  instead: write the function of the real and the imaginary part"
                    )
                dtype = argument.dtype
                if result.dtype.kind == "c" and dtype.kind != "c":
                    dtype = np.result_type(dtype, np.complex64)
                blocks[name_, index] = np.empty((result.size, argument.size), dtype)

    def fill(self, name: str, index: int, entry: int, tangent: Any, turned: Any = None) -> None:
        """Fill in the column of one entry of an argument's leaf.

        `turned` is the tangent along the imaginary unit, of a complex entry: a real result changes by the real part of
        the derivative times a step.
        """
        found = leaves_like(self.structure, tangent)
        other = None if turned is None else leaves_like(self.structure, turned)
        for k, blocks in enumerate(self.blocks):
            block = blocks.get((name, index))
            if block is None:
                continue
            column = np.asarray(found[k])
            if other is not None and np.asarray(self.leaves[k]).dtype.kind != "c":
                column = column - 1j * np.asarray(other[k])
            block[:, entry] = column.reshape(-1)

    def fill_columns(self, parts: Sequence[Part], places: Sequence[tuple[str, int]], tangents: Any) -> None:
        """Fill in the columns of a chunk, whose tangents have the axis of directions; `places` are those of leaves."""
        found = leaves_like(self.structure, tangents)
        for k, blocks in enumerate(self.blocks):
            if not blocks:
                continue
            columns = np.asarray(found[k]).reshape(len(found[k]), -1).T
            for part in parts:
                blocks[places[part.leaf]][:, part.entries] = columns[:, part.rows]

    def tree(self) -> Any:
        """The blocks, in the structure of the value and inside of it in that of the arguments."""
        rows: list[Any] = []
        for leaf, blocks in zip(self.leaves, self.blocks):
            shape = np.shape(leaf)
            if np.asarray(leaf).dtype.kind not in "fc":
                rows.append(None)
                continue
            found = {
                name: [_unfolded(blocks.get((name, k)), shape, argument) for k, argument in enumerate(leaves)]
                for name, leaves in self.parameters.leaves.items()
            }
            rows.append(self.parameters.tree(found))
        return unflatten(self.structure, rows)


def _unfolded(block: Any, shape: tuple[int, ...], argument: Any) -> Any:
    if block is None:
        return argument
    found = block.reshape(shape + np.shape(argument))
    if found.ndim or isinstance(argument, np.ndarray):
        return found
    return found.item() if type(argument) in (float, complex) else found[()]


def moving(parameters: Parameters) -> Iterator[tuple[str, int, np.ndarray[Any, Any]]]:
    """The leaves that have tangents: the parameter, the number of the leaf in it, and the leaf as an array."""
    for name, leaves in parameters.leaves.items():
        for index, leaf in enumerate(leaves):
            array = np.asarray(leaf)
            if array.dtype.kind in "fc":
                yield name, index, array


def size_of(parameters: Parameters) -> int:
    """How many columns there are."""
    return sum(array.size for _, _, array in moving(parameters))


def directions(parameters: Parameters, holomorphic: bool) -> Iterator[tuple[tuple[str, int, int], bool, Sequence[Any]]]:
    """Unit tangents of all parameters, whose arrays are changed in place from one to the next.

    Yields the parameter, leaf and entry that is one; whether it is the imaginary unit instead; and the tangents.
    """
    units = {name: list(map(_zero, leaves)) for name, leaves in parameters.leaves.items()}
    structures = parameters.structures
    rest = {name: unflatten(structures[name], units[name]) for name in units}
    for name, index, array in moving(parameters):
        turns = (1.0, 1j) if array.dtype.kind == "c" and not holomorphic else (1.0,)
        unit = units[name][index]
        for entry in range(array.size):
            for turn in turns:
                if isinstance(unit, np.ndarray):
                    unit.reshape(-1)[entry] = turn
                    tree = rest[name]
                else:
                    replaced = [*units[name][:index], type(unit)(turn), *units[name][index + 1 :]]
                    tree = unflatten(structures[name], replaced)
                yield (name, index, entry), turn == 1j, [tree if other == name else rest[other] for other in rest]
            if isinstance(unit, np.ndarray):
                unit.reshape(-1)[entry] = 0.0


def no_direction(parameters: Parameters, count: int | None = None) -> list[Any]:
    """Tangents of zero; with an axis for so many directions, if their number is given."""

    def zero(leaf: Any) -> Any:
        return _zero(leaf) if count is None else np.zeros((count, *np.shape(leaf)), np.asarray(leaf).dtype)

    return [unflatten(parameters.structures[n], list(map(zero, leaves))) for n, leaves in parameters.leaves.items()]


def _zero(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return np.zeros(leaf.shape, leaf.dtype) if leaf.dtype.kind in "fc" else leaf
    return type(leaf)(0) if np.asarray(leaf).dtype.kind in "fc" else leaf


def by_columns(
    parameters: Parameters, push: Push, name: str, operator: str = "jacfwd", holomorphic: bool = False
) -> tuple[Any, Any]:
    """The value of a function and its Jacobian, from the tangent along each entry of the parameters."""
    matrix: BlockMatrix | None = None
    value: Any = None
    straight: Any = None
    for place, is_turned, tangents in directions(parameters, holomorphic):
        found, tangent = push(*tangents)
        if matrix is None:
            value, matrix = found, BlockMatrix(parameters, found, name, operator, holomorphic)
        elif not same(matrix.leaves, flatten(found)[0]):
            refuse_drawing(operator, name)
        if _is_complex(parameters, place) and not holomorphic:
            if is_turned:
                matrix.fill(*place, straight, tangent)
            else:
                straight = unflatten(*_copied(tangent))
        else:
            matrix.fill(*place, tangent)
    if matrix is None:
        value, _ = push(*no_direction(parameters))
        matrix = BlockMatrix(parameters, value, name, operator, holomorphic)
    return value, matrix.tree()


def by_chunks(
    parameters: Parameters, push: Push, name: str, operator: str = "jacfwd", chunk_size: int | None = None
) -> tuple[Any, Any]:
    """As `by_columns`, with a push that takes many tangents at once, with an axis of directions in front."""
    matrix: BlockMatrix | None = None
    value: Any = None
    places = [(name, index) for name, leaves in parameters.leaves.items() for index in range(len(leaves))]
    for parts, tangents in tangent_chunks(parameters, chunk_size):
        found, tangent = push(*tangents)
        if matrix is None:
            value, matrix = found, BlockMatrix(parameters, found, name, operator, False)
        elif not same(matrix.leaves, flatten(found)[0]):
            refuse_drawing(operator, name)
        matrix.fill_columns(parts, places, tangent)
    if matrix is None:
        value, _ = push(*no_direction(parameters, 1))
        matrix = BlockMatrix(parameters, value, name, operator, False)
    return value, matrix.tree()


def tangent_chunks(parameters: Parameters, chunk_size: int | None) -> Iterator[tuple[list[Part], list[Any]]]:
    """Unit tangents of all parameters in chunks, as `unit_chunks` gives them, in the structure of each parameter."""
    leaves = [leaf for each in parameters.leaves.values() for leaf in each]
    largest = max((np.size(leaf) for leaf in leaves), default=1)
    for parts, units in unit_chunks(leaves, chunk_length(size_of(parameters), largest, chunk_size)):
        rest = iter(units)
        yield (
            parts,
            [
                unflatten(parameters.structures[name], list(islice(rest, len(each))))
                for name, each in parameters.leaves.items()
            ],
        )


def refuse_drawing(operator: str, name: str) -> NoReturn:
    """Complain about a function that is another one at each call."""
    raise ArgumentError(
        f"{operator} of {name}: the result differs from call to call\n"
        "  instead: pass what is drawn at random as an argument"
    )


def _is_complex(parameters: Parameters, place: tuple[str, int, int]) -> bool:
    return bool(np.asarray(parameters.leaves[place[0]][place[1]]).dtype.kind == "c")


def _copied(tree: Any) -> tuple[Structure, list[Any]]:
    leaves, structure = flatten(tree)
    return structure, [leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]


def same(before: list[Any], now: list[Any]) -> bool:
    """Whether two lists of leaves are the same numbers to rounding; NaN is NaN."""
    return len(before) == len(now) and all(map(_same, before, now))


def _same(a: Any, b: Any) -> bool:
    if a is b or (type(a) is float and a == b):
        return True
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype.kind not in "fciub" or np.array_equal(a, b):
        return bool(a.shape == b.shape)
    if a.dtype.kind not in "fc":
        return False
    with np.errstate(all="ignore"):
        finite = np.isfinite(a) & np.isfinite(b)
        close = abs(a - b) <= (1e-6 if a.dtype.itemsize >= 8 else 1e-3) * np.max(abs(a), where=finite, initial=0.0)
        return bool(np.all(close | (a == b) | ((a != a) & (b != b))))


def parameters_at(
    derivative: Derivative, argnums: int | str | tuple[int | str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Parameters:
    """The parameters that move in a call of a derivative, which is not compiled for this."""
    names, values = derivative.bound(args, kwargs)
    resolved, single = resolve_argnums(derivative.function(), argnums, names)
    return Parameters.of(resolved, single, dict(zip(names, values, strict=True)))
