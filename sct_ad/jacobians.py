"""Jacobians: jacrev by rows, one forward sweep and a reverse sweep for each entry of the result; jacfwd by columns."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from sct_ad.arguments import Argnums, fixed_argnums, fixed_check, refuse_argnums_first
from sct_ad.cache import CacheInfo
from sct_ad.chunks import checked_chunk_size, chunk_length, unit_chunks
from sct_ad.columns import ColumnOptions, Columns, by_chunks, by_columns
from sct_ad.derivative import Derivative, OfFunctionOrMethod, brief, differentiable
from sct_ad.emit.numba.options import Backend, chosen_backend
from sct_ad.errors import ArgumentError, SctError
from sct_ad.pullbacks import Pullback, Vjp, VjpOptions
from sct_ad.pytree import flatten, unflatten

FIRST_BLOCKS: list[Callable[..., None]] = []
"""What `check="first"` does to a whole: `check(derivative, checked, value, found)`; it is made of what is `checked`."""


class BlockDerivative(OfFunctionOrMethod):
    """A derivative in blocks, made by means of another object: call it like the function itself."""

    OPERATOR: ClassVar[str] = "jacobian"
    RESULT = "Jacobian"
    CALLABLE_WITHIN = True
    __name__: str
    __qualname__: str

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: int | str | tuple[int | str, ...] = 0,
        has_aux: bool = False,
        source: str | None = None,
        holomorphic: bool = False,
        with_value: bool = False,
        check: str | None = None,
        chunk_size: int | None = None,
        backend: Backend | None = None,
    ) -> None:
        function = differentiable(function, self.RESULT)
        self.primal, self.argnums, self.has_aux = function, argnums, has_aux
        self.holomorphic, self.with_value, self._source = holomorphic, with_value, source
        self.check = fixed_check(check, self.OPERATOR)
        self.chunk_size, self.backend = checked_chunk_size(chunk_size), backend
        self._inner = self.make_inner()
        functools.update_wrapper(self, self._inner, updated=())
        self.__wrapped__, self.__signature__ = function, self._inner.__signature__

    def make_inner(self) -> Derivative:
        """The derivative that the blocks are made of."""
        raise NotImplementedError

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """The value, its derivative, and a list of what the function returns besides."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are given as to the function itself."""
        try:
            value, found, aux = self.value_and_blocks(args, kwargs)
            if self.check is not None:
                self._check_first(value, found)
        except SctError as error:
            raise brief(error) from error.__cause__
        if self.with_value:
            return ((value, aux[0]) if aux else value), found
        return (found, aux[0]) if aux else found

    def inners(self) -> tuple[Derivative, ...]:
        """The derivatives that the blocks may be made of."""
        return (self._inner,)

    def _check_first(self, value: Any, found: Any) -> None:
        """Compare the blocks with what they are made of, where that has been checked in this call."""
        for checked in [each for inner in self.inners() for each in inner.taken_checks()][:1]:
            for check in FIRST_BLOCKS:
                check(self, checked, value, found)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, the general one."""
        return self._inner.source(*args, **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self._inner.stages(*args, **kwargs)

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of this object's cache."""
        return self._inner.cache_info()

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        self._inner.cache_clear()

    def __repr__(self) -> str:
        return f"<{self.OPERATOR} of {self.__qualname__}, argnums {self.argnums!r}>"

    def __reduce__(self) -> Any:
        return type(self), self.given()

    def given(self) -> tuple[Any, ...]:
        """What makes the same object again."""
        options = self.primal, self.argnums, self.has_aux, self._source, self.holomorphic, self.with_value
        return (*options, self.check, self.chunk_size, self.backend)


class Jacrev(BlockDerivative):
    """The Jacobian of a function in reverse mode: call it like the function itself."""

    OPERATOR = "jacrev"
    _inner: Vjp

    def make_inner(self) -> Vjp:
        """Value and pullback."""
        options = VjpOptions(self.argnums, self.has_aux, self._source, copy=False, check=self.check)
        several = self.chunk_size != 1 and self.backend is None
        return Vjp(self.primal, options._replace(several=several, backend=self.backend))

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """By rows."""
        value, pullback, *aux = self._inner(*args, **kwargs)
        return value, self.rows(value, pullback), aux

    def rows(self, value: Any, pullback: Pullback) -> Any:
        """The Jacobian, from a pullback."""
        if pullback.batched:
            return jacobian_by_chunks(value, pullback, isinstance(self.argnums, tuple), self.chunk_size)
        return jacobian_by_rows(value, pullback, isinstance(self.argnums, tuple), self.__name__, self.holomorphic)


class Jacfwd(BlockDerivative):
    """The Jacobian of a function in forward mode: call it like the function itself."""

    OPERATOR = "jacfwd"
    _inner: Columns

    def make_inner(self) -> Columns:
        """Value and tangent."""
        options = ColumnOptions(self.argnums, self.has_aux, self._source, self.holomorphic, check=self.check)
        options = options._replace(several=self.chunk_size != 1, backend=self.backend)
        return Columns(self.primal, options)

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """By columns."""
        parameters, push, compiled = self._inner.at(args, kwargs)
        aux: list[Any] = []

        def pushed(*tangents: Any) -> tuple[Any, Any]:
            value, tangent, *aux[:] = push(*tangents)
            return value, tangent

        if compiled.batched:
            value, found = by_chunks(parameters, pushed, self.__name__, chunk_size=self.chunk_size)
        else:
            value, found = by_columns(parameters, pushed, self.__name__, holomorphic=self.holomorphic)
        return value, found, aux


def jacobian_by_rows(value: Any, pullback: Pullback, several: bool, name: str, holomorphic: bool = False) -> Any:
    """The Jacobian in the structure of `value`, and inside of that in the structure of the arguments.

    The block for an entry of shape R of the value and one of shape A of an argument has the shape R + A. `several`
    says whether there is a tuple for several arguments.
    """
    rows = _Rows(value, pullback, several, name, holomorphic)
    return unflatten(rows.structure, [rows.block(place) for place in range(len(rows.leaves))])


def jacobian_by_chunks(value: Any, pullback: Pullback, several: bool, chunk_size: int | None) -> Any:
    """As `jacobian_by_rows`, from a pullback that takes many cotangents at once."""
    leaves, structure = flatten(value)
    counts = [np.size(leaf) if np.asarray(leaf).dtype.kind in "fc" else 0 for leaf in leaves]
    blocks: list[list[Any]] = [[] for _ in leaves]

    def pulled(units: list[Any]) -> tuple[list[Any], Any]:
        found = pullback.at_once(unflatten(structure, units))
        return flatten(found if several else found[0])

    inside: Any = None
    for parts, units in unit_chunks(leaves, chunk_length(sum(counts), max(counts, default=0), chunk_size)):
        entries, inside = pulled(units)
        for part in parts:
            rows = blocks[part.leaf] = blocks[part.leaf] or _room_for(entries, counts[part.leaf])
            for block, entry in zip(rows, entries):
                if isinstance(block, np.ndarray):
                    block[part.entries] = entry[part.rows]
    if not all(counts):
        entries, inside = pulled([np.zeros((1, *np.shape(leaf)), np.asarray(leaf).dtype) for leaf in leaves])
        blocks = [rows or _room_for(entries, 0) for rows in blocks]
    return unflatten(structure, [_block(leaf, rows, inside) for leaf, rows in zip(leaves, blocks)])


def _room_for(entries: list[Any], count: int) -> list[Any]:
    return [_rows_like(entry[0], count) if isinstance(entry, np.ndarray) else entry for entry in entries]


def _block(leaf: Any, rows: list[Any], inside: Any) -> Any:
    if np.asarray(leaf).dtype.kind not in "fc":
        return None
    return unflatten(inside, [_unfolded(block, np.shape(leaf)) for block in rows])


class _Rows:
    def __init__(self, value: Any, pullback: Pullback, several: bool, name: str, holomorphic: bool) -> None:
        self.leaves, self.structure = flatten(value)
        self.zeros = [np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else 0.0 for leaf in self.leaves]
        self.pullback, self.several, self.name, self.holomorphic = pullback, several, name, holomorphic

    def block(self, place: int) -> Any:
        """What belongs to one leaf of the value, in the structure of the arguments; None without derivative."""
        leaf = self.leaves[place]
        dtype = np.asarray(leaf).dtype
        if dtype.kind not in "fc":
            return None
        if np.ndim(leaf) == 0:
            return unflatten(*self.row(place, np.ones((), dtype)[()])[::-1])
        unit = np.zeros(leaf.shape, dtype)
        entries, row = unit.reshape(-1), self.rows(place, unit)
        blocks: list[Any] = []
        for k in range(max(entries.size, 1)):
            entries[k : k + 1] = 1.0
            found, structure = row()
            blocks = blocks or [_rows_like(entry, entries.size) for entry in found]
            for block, entry in zip(blocks, found):
                if isinstance(block, np.ndarray):
                    block[k : k + 1] = entry
            entries[k : k + 1] = 0.0
        return unflatten(structure, [_unfolded(block, leaf.shape) for block in blocks])

    def row(self, place: int, unit: Any) -> tuple[list[Any], Any]:
        """The derivatives of one number in the value, and the structure that they are in."""
        return self.rows(place, unit)()

    def rows(self, place: int, unit: Any) -> Callable[[], tuple[list[Any], Any]]:
        """A function that gives the derivatives of the entry where `unit` is one, which may move from call to call."""
        pull = self._pulled(place, unit)
        if np.asarray(unit).dtype.kind != "c":
            return pull
        turned = np.zeros_like(unit)
        pull_turned = self._pulled(place, turned if isinstance(unit, np.ndarray) else -1j * unit)

        def row() -> tuple[list[Any], Any]:
            entries, structure = pull()
            kinds = [np.asarray(entry).dtype.kind for entry in entries]
            if "c" in kinds and not self.holomorphic:
                raise ArgumentError(
                    f"jacrev of {self.name}: result and argument are complex\n"
                    "  instead: jacrev(f, holomorphic=True), if the function is holomorphic"
                )
            if "f" in kinds:  # the cotangent c gives the real part of c times the derivative
                if isinstance(unit, np.ndarray):
                    turned[...] = -1j * unit
                imaginary, _ = pull_turned()
                entries = [re + 1j * im if k == "f" else re for re, im, k in zip(entries, imaginary, kinds)]
            return entries, structure

        return row

    def _pulled(self, place: int, unit: Any) -> Callable[[], tuple[list[Any], Any]]:
        """A function that gives the leaves of the arguments' cotangents, and their structure."""
        pull = self.pullback.repeated(unflatten(self.structure, [*self.zeros[:place], unit, *self.zeros[place + 1 :]]))
        if self.several:
            return lambda: flatten(pull())
        alone = flatten(1.0)[1]

        def pulled() -> tuple[list[Any], Any]:
            (found,) = pull()
            return ([found], alone) if isinstance(found, np.ndarray) else flatten(found)

        return pulled


def _rows_like(entry: Any, count: int) -> Any:
    """Room for so many rows like this one; what has no derivative stays as it is."""
    found = np.asarray(entry)
    return np.empty((count, *found.shape), found.dtype) if found.dtype.kind in "fc" else entry


def _unfolded(block: Any, shape: tuple[int, ...]) -> Any:
    return block.reshape(shape + block.shape[1:]) if isinstance(block, np.ndarray) else block


def made(cls: type[BlockDerivative], function: Any, argnums: Argnums, **options: Any) -> Any:
    """The derivative object of a function, or a decorator if there is none."""
    try:
        fixed = fixed_argnums(argnums)
        if function is None:
            return functools.partial(made, cls, argnums=fixed, **options)
        refuse_argnums_first(function, cls.OPERATOR)
        return cls(function, fixed, **options)
    except SctError as error:
        raise brief(error) from error.__cause__


def jacrev(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    check: str | None = None,
    chunk_size: int | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The Jacobian of a function in reverse mode; also a decorator.

    It suits functions with few numbers in the result and many in the arguments: the function runs once, and a reverse
    sweep for each number in the result.

    Args:
        function: a Python function, or any other callable that `grad` takes, with a result as `vjp` allows it: numbers
            and arrays in tuples, lists, dicts and objects.
        argnums: the parameter, by position or name, or a sequence of them.
        has_aux: whether the function returns `(value, aux)`; the result then is `(jacobian, aux)`.
        source: the text of the function, where Python cannot find it.
        holomorphic: whether the function is a holomorphic one of complex arguments. The Jacobian of a complex result
            with respect to real arguments is complex without it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.
        chunk_size: how many rows are computed at once, by cotangents with one more axis in front; 1 is one at a time.
            By default as many as fit into the processor's cache.
        backend: "python", "numba" or "auto", as in `grad`. With Numba the function runs again for each number in the
            result; it must give the same result each time.
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable with the function's signature. For an array result of shape R and an array argument of shape A the
        Jacobian is an array of shape R + A. Results with structure give that structure, with the Jacobian of the part
        in each place; inside of it there is a tuple, if `argnums` is a sequence, and then the argument's structure.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    given: dict[str, Any] = {"has_aux": bool(has_aux), "source": source, "holomorphic": bool(holomorphic)}
    given["backend"] = chosen_backend(backend, numba_options)
    return made(Jacrev, function, argnums, **given, check=check, chunk_size=chunk_size)


def jacfwd(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    check: str | None = None,
    chunk_size: int | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The Jacobian of a function in forward mode; also a decorator.

    It suits functions with few numbers in the arguments and many in the result: the function runs once, with its
    tangent, for each number in the arguments. It must give the same result each time.

    Args:
        function: a Python function, or any other callable that `grad` takes, with a result as `jvp` allows it.
        argnums: the parameter, by position or name, or a sequence of them.
        has_aux: whether the function returns `(value, aux)`; the result then is `(jacobian, aux)`.
        source: the text of the function, where Python cannot find it.
        holomorphic: whether the function is a holomorphic one of complex arguments.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.
        chunk_size: how many columns are computed at once, by tangents with one more axis in front; 1 is one at a
            time. By default as many as fit into the processor's cache, and one with Numba.
        backend: "python", "numba" or "auto", as in `grad`.
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable with the function's signature. Its result has the structure, shapes and types of that of `jacrev`:
        arrays of shape R + A for a result of shape R and an argument of shape A.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated, or a result that differs between calls.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    given: dict[str, Any] = {"has_aux": bool(has_aux), "source": source, "holomorphic": bool(holomorphic)}
    given["backend"] = chosen_backend(backend, numba_options)
    return made(Jacfwd, function, argnums, **given, check=check, chunk_size=chunk_size)
