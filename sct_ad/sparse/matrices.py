"""Sparse Jacobians and Hessians: a sweep for each colour of columns or rows, and the entries read from the sums."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from sct_ad.arguments import Argnums, fixed_argnums, fixed_check, refuse_argnums_first
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.derivative import MadeByOperator, OfFunctionOrMethod, brief
from sct_ad.errors import ArgumentError, NoRuleError, SctError, UnsupportedError
from sct_ad.pullbacks import Vjp, VjpOptions
from sct_ad.pushforward import Pushforward, PushforwardOptions
from sct_ad.pytree import flatten, unflatten
from sct_ad.sparse.colouring import Colours, colour_columns, colour_symmetric, lone_entries
from sct_ad.sparse.patterns import (
    DependenceOn,
    DependenceOptions,
    Pattern,
    full,
    given_pattern,
    hessian_pattern,
    inputs_in,
    jacobian_pattern,
)

_MOST_REMEMBERED = 8
_TOLERANCE = 1e-6
_MODES = (None, "fwd", "rev")


def _scipy_sparse() -> Any:
    try:
        import scipy.sparse
    except ImportError:
        raise ArgumentError("sparsity= needs SciPy\n  instead: pip install scipy, or leave out sparsity=") from None
    return scipy.sparse


class SparseDerivative(OfFunctionOrMethod):
    """A sparse matrix of derivatives: call it like the function itself.

    With `sparsity="auto"` the pattern is found anew at each call, as branches, indices and zeros in constant matrices
    may differ; the colouring of a pattern that was seen before is kept.
    """

    OPERATOR: ClassVar[str] = "Jacobian"
    RESULT = "sparse Jacobian"
    __name__: str
    __qualname__: str

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: Argnums = 0,
        sparsity: Any = "auto",
        mode: str | None = None,
        check: bool | str | None = None,
        source: str | None = None,
    ) -> None:
        if isinstance(function, MadeByOperator):
            raise UnsupportedError(f"a {self.RESULT} of a {function.RESULT}", hint="differentiate the function itself")
        argnum = fixed_argnums(argnums)
        if isinstance(argnum, tuple):
            raise ArgumentError(
                f"a sparse {self.OPERATOR} with respect to several arguments\n"
                "  instead: one argnum; the argument may be a tuple, list or dict of arrays"
            )
        if mode not in _MODES:
            raise ArgumentError(f"mode must be 'fwd', 'rev' or None, not {mode!r}\n  instead: mode='fwd'")
        if isinstance(sparsity, str) and sparsity != "auto":
            raise ArgumentError(f"sparsity must be 'auto' or a matrix, not {sparsity!r}\n  instead: sparsity='auto'")
        self._sparse = _scipy_sparse()
        self.primal, self.argnum, self.sparsity, self.mode = function, argnum, sparsity, mode
        self.check: bool | str = True if check is True else fixed_check(check, self.OPERATOR.lower()) or False
        self._first = "first" if self.check == "first" else None
        self._source = source
        self._dependence: DependenceOn = DependenceOn(function, DependenceOptions(argnum, self.OPERATOR, source))  # type: ignore[assignment]
        self._given = None if isinstance(sparsity, str) else given_pattern(sparsity, None, self._dependence.__name__)
        self._colourings: OrderedDict[Any, Any] = OrderedDict()
        functools.update_wrapper(self, self._dependence, updated=())
        self.__wrapped__, self.__signature__ = function, self._dependence.__signature__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The matrix at these arguments, which are given as to the function itself."""
        try:
            bound = self._dependence.bound(args, kwargs)
            width = inputs_in(bound[self._dependence.position()], self.OPERATOR, self.__name__)
            pattern, data = self.entries(bound, width)
        except SctError as error:
            raise brief(error) from error.__cause__
        return self._matrix(pattern, data)

    def pattern(self, *args: Any, **kwargs: Any) -> Any:
        """Where the matrix at these arguments may have entries, as a `csr_array` of booleans, from the source.

        The union of the patterns at several points, `p + q`, is what to pass as `sparsity=` where a function branches.
        """
        try:
            bound = self._dependence.bound(args, kwargs)
            width = inputs_in(bound[self._dependence.position()], self.OPERATOR, self.__name__)
            found = self.found_pattern(bound, width)
        except SctError as error:
            raise brief(error) from error.__cause__
        return self._matrix(found, np.ones(found.rows.size, dtype=bool))

    def _matrix(self, pattern: Pattern, data: Any) -> Any:
        return self._sparse.csr_array((data, (pattern.rows, pattern.columns)), shape=pattern.shape)

    def entries(self, bound: tuple[Any, ...], width: int) -> tuple[Pattern, Any]:
        """The pattern, and the entries in it."""
        raise NotImplementedError

    def found_pattern(self, bound: tuple[Any, ...], width: int) -> Pattern:
        """The pattern from the source."""
        raise NotImplementedError

    def is_compared(self, pattern: Pattern) -> bool:
        """Whether a call with this pattern, which may be a new one, is compared with a product."""
        return self.check is True or (self.check == "first" and _key(pattern) not in self._colourings)

    def remembered(self, pattern: Pattern, make: Callable[[], Any]) -> Any:
        """What was made for this pattern before, or what is made now."""
        key = _key(pattern)
        found = self._colourings.pop(key, None)
        found = make() if found is None else found
        self._colourings[key] = found
        while len(self._colourings) > _MOST_REMEMBERED:
            self._colourings.popitem(last=False)
        return found

    def compare(self, pattern: Pattern, data: Any, along: Any, direction: Any) -> None:
        """Refuse a pattern that leaves entries out, as far as a random direction shows it."""
        product = np.bincount(pattern.rows, data * direction[pattern.columns], minlength=pattern.shape[0])
        scale = np.bincount(pattern.rows, np.abs(data * direction[pattern.columns]), minlength=pattern.shape[0])
        bound = np.abs(along) + scale
        precision = np.finfo(np.asarray(data).dtype).eps if np.asarray(data).size else 1e-16
        wrong = ~(np.abs(along - product) <= max(_TOLERANCE, 1e3 * precision) * bound)
        wrong &= np.isfinite(along) | np.isfinite(product)
        if wrong.any():
            raise ArgumentError(
                f"the sparse {self.OPERATOR} of {self.__name__} is wrong in row {int(np.argmax(wrong))}: "
                "the pattern leaves out entries\n"
                "  instead: sparsity='auto', or the union of the patterns at more points"
            )

    def drawing(self) -> ArgumentError:
        """The complaint about a function that is another one at each call."""
        return ArgumentError(
            f"{self.OPERATOR} of {self.__name__}: the result differs from call to call\n"
            "  instead: pass what is drawn at random as an argument"
        )

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text that finds the pattern for these arguments."""
        return self._dependence.source(*args, **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self._dependence.stages(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.RESULT} of {self.__qualname__}, argnums {self.argnum!r}>"

    def __reduce__(self) -> Any:
        return type(self), (self.primal, self.argnum, self.sparsity, self.mode, self.check, self._source)


def _key(pattern: Pattern) -> tuple[Any, ...]:
    return pattern.shape, pattern.rows.tobytes(), pattern.columns.tobytes()


class SparseJacobian(SparseDerivative):
    """The Jacobian of a function as a sparse matrix, by columns or rows."""

    def found_pattern(self, bound: tuple[Any, ...], width: int) -> Pattern:
        """The pattern from the source; a full one where it could not be found."""
        found = jacobian_pattern(self._dependence, bound, width)
        return full((self._height(bound), width)) if found is None else found

    @functools.cached_property
    def _forward(self) -> Any:
        return Pushforward(
            self.primal, PushforwardOptions((self._dependence.position(),), source=self._source, check=self._first)
        )

    @functools.cached_property
    def _reverse(self) -> Any:
        return Vjp(self.primal, VjpOptions((self.argnum,), source=self._source, copy=False, check=self._first))

    def _height(self, bound: tuple[Any, ...]) -> int:
        value = self._pulled(bound)[0] if self.mode == "rev" else self._value(bound)
        return sum(np.size(leaf) for leaf in flatten(value)[0])

    def _value(self, bound: tuple[Any, ...]) -> Any:
        leaves, structure = flatten(bound[self._dependence.position()])
        zeros = [np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else 0.0 for leaf in leaves]
        try:
            return self._forward.push(bound, [unflatten(structure, zeros)])[0]
        except (NoRuleError, UnsupportedError):
            if self.mode == "fwd":
                raise
            return self._pulled(bound)[0]

    def _pulled(self, bound: tuple[Any, ...]) -> Any:
        return self._reverse(*bound)

    def entries(self, bound: tuple[Any, ...], width: int) -> tuple[Pattern, Any]:
        """By columns or rows, whichever have fewer colours."""
        pattern = self._given if self._given is not None else self.found_pattern(bound, width)
        if pattern.shape[1] != width:
            raise ArgumentError(
                f"{self.__name__}: the pattern has {pattern.shape[1]} columns, the argument {width} numbers"
            )
        is_compared = self.is_compared(pattern)
        columns, rows = self.remembered(pattern, lambda: self._colours(pattern))
        data = None
        if rows is None or (columns is not None and columns.max(initial=-1) <= rows.max(initial=-1)):
            try:
                data = self._by_columns(bound, pattern, columns)
            except (NoRuleError, UnsupportedError):  # which a rule for reverse mode alone may cause
                if self.mode == "fwd":
                    raise
                rows = colour_columns(pattern.columns, pattern.rows, pattern.shape[::-1])
        if data is None:
            data = self._by_rows(bound, pattern, rows)
        if is_compared:
            direction = np.random.default_rng(0).uniform(1.0, 2.0, width)
            self.compare(pattern, data, self._along(bound, direction), direction)
        return pattern, data

    def _colours(self, pattern: Pattern) -> tuple[Colours | None, Colours | None]:
        """Colours of columns and of rows, unless the mode is fixed or the other one cannot be better."""
        height, width = pattern.shape
        if pattern.is_full:
            by_columns = self.mode == "fwd" or (self.mode is None and width <= height)
            return (np.arange(width), None) if by_columns else (None, np.arange(height))
        columns = rows = None
        if self.mode != "rev":
            columns = colour_columns(pattern.rows, pattern.columns, pattern.shape)
        least = int(np.bincount(pattern.columns, minlength=1).max()) if pattern.rows.size else 0
        if self.mode == "rev" or (columns is not None and self.mode is None and least <= columns.max(initial=-1)):
            rows = colour_columns(pattern.columns, pattern.rows, (width, height))
        return columns, rows

    def _along(self, bound: tuple[Any, ...], direction: Any) -> Any:
        try:
            return self._pushed(bound, direction)[1]
        except (NoRuleError, UnsupportedError):  # <u, J v> = <J'u, v> then, which needs no rows
            height = self._height(bound)
            return np.array([self._pulled_back(bound, row) @ direction for row in np.eye(height)])

    def _pushed(self, bound: tuple[Any, ...], direction: Any) -> tuple[Any, Any]:
        """Value and tangent as vectors."""
        value, tangent = self._forward.push(bound, [spread(bound[self._dependence.position()], direction)])
        return vector(value), vector(tangent)

    def _pulled_back(self, bound: tuple[Any, ...], direction: Any) -> Any:
        value, pullback = self._pulled(bound)
        return vector(pullback(spread(value, direction))[0])

    def _by_columns(self, bound: tuple[Any, ...], pattern: Pattern, colours: Colours) -> Any:
        """A tangent for each colour, along the sum of its columns."""
        data: Any = None
        first: Any = None
        own = colours[pattern.columns]
        for colour in range(int(colours.max(initial=-1)) + 1):
            value, tangent = self._pushed(bound, colours == colour)
            if first is None:
                first, data = value, np.zeros(pattern.rows.size, tangent.dtype)
                self._check_result(value, pattern)
            elif not np.array_equal(first, value, equal_nan=True):
                raise self.drawing()
            here = own == colour
            data[here] = tangent[pattern.rows[here]]
        return np.zeros(0) if data is None else data

    def _by_rows(self, bound: tuple[Any, ...], pattern: Pattern, colours: Colours) -> Any:
        """A cotangent for each colour, along the sum of its rows."""
        value, pullback = self._pulled(bound)
        self._check_result(vector(value), pattern)
        data: Any = np.zeros(pattern.rows.size, vector(value).dtype)
        own = colours[pattern.rows]
        for colour in range(int(colours.max(initial=-1)) + 1):
            cotangent = vector(pullback(spread(value, colours == colour))[0])
            here = own == colour
            data[here] = cotangent[pattern.columns[here]]
        return data

    def _check_result(self, value: Any, pattern: Pattern) -> None:
        if value.dtype.kind != "f":
            raise ArgumentError(
                f"a sparse Jacobian of {self.__name__}, whose result is of dtype {value.dtype}\n"
                "  instead: return real numbers as floats, or leave out sparsity="
            )
        if value.size != pattern.shape[0]:
            raise ArgumentError(
                f"{self.__name__}: the pattern has {pattern.shape[0]} rows, the result {value.size} numbers"
            )


class SparseHessian(SparseDerivative):
    """The Hessian of a scalar function as a sparse matrix, by Hessian-vector products."""

    OPERATOR = "Hessian"
    RESULT = "sparse Hessian"

    @functools.cached_property
    def _product(self) -> Any:
        return Directional(
            self.primal, DirectionalOptions(self.argnum, (self.argnum,), self._source, check=self._first)
        )

    def found_pattern(self, bound: tuple[Any, ...], width: int) -> Pattern:
        """The pattern from the source; a full one where it could not be found."""
        return hessian_pattern(self._dependence, bound, width)

    def entries(self, bound: tuple[Any, ...], width: int) -> tuple[Pattern, Any]:
        """From a product for each colour."""
        pattern = self._given if self._given is not None else self.found_pattern(bound, width)
        if pattern.shape != (width, width):
            raise ArgumentError(
                f"{self.__name__}: the pattern has the shape {pattern.shape}, the Hessian {(width, width)}"
            )
        is_compared = self.is_compared(pattern)
        pattern, colours, alone = self.remembered(pattern, lambda: _symmetric(pattern))
        found = self._products(bound, colours)
        if is_compared:
            direction = np.random.default_rng(0).uniform(1.0, 2.0, width)
        rows, columns = pattern.rows, pattern.columns
        if not rows.size:
            data = np.zeros(0)
        else:
            data = np.where(alone, found[colours[columns], rows], found[colours[rows], columns])
        if is_compared:
            self.compare(pattern, data, self._along(bound, direction), direction)
        return pattern, data

    def _along(self, bound: tuple[Any, ...], direction: Any) -> Any:
        seed = spread(bound[self._dependence.position()], direction)
        return vector(self._product.along(bound, (seed,), {}))

    def _products(self, bound: tuple[Any, ...], colours: Colours) -> Any:
        count = int(colours.max(initial=-1)) + 1
        found = [self._along(bound, colours == colour) for colour in range(count)]
        if found and not np.array_equal(found[0], self._along(bound, colours == 0), equal_nan=True):
            raise self.drawing()
        return np.array(found)


def sparse_made(cls: type[SparseDerivative], function: Any, argnums: Argnums, refused: str, **options: Any) -> Any:
    """The derivative object of a function, or a decorator if there is none; `refused` does not fit."""
    if function is None:
        return functools.partial(_decorated, cls, argnums=argnums, refused=refused, options=options)
    return _decorated(function=function, cls=cls, argnums=argnums, refused=refused, options=options)


def _decorated(
    cls: type[SparseDerivative], function: Any, argnums: Argnums, refused: str, options: dict[str, Any]
) -> SparseDerivative:
    try:
        if refused:
            raise ArgumentError(f"sparsity= together with {refused}\n  instead: leave out one of them")
        refuse_argnums_first(function, cls.OPERATOR.lower())
        return cls(function, argnums, **options)
    except SctError as error:
        raise brief(error) from error.__cause__


def _symmetric(pattern: Pattern) -> tuple[Pattern, Colours, Any]:
    """The pattern with what is missing to symmetry, its colours, and which entries are read in their own row."""
    size = pattern.shape[0]
    if pattern.is_full:
        return pattern, np.arange(size), np.ones(pattern.rows.size, dtype=bool)
    pairs = np.concatenate(
        [np.stack([pattern.rows, pattern.columns]), np.stack([pattern.columns, pattern.rows])], axis=1
    )
    rows, columns = np.unique(pairs, axis=1)
    whole = Pattern(rows, columns, pattern.shape)
    plain = colour_columns(rows, columns, pattern.shape)
    if rows.size > size * np.sqrt(size) * 4:  # many entries: a star colouring takes long, and gains little
        return whole, plain, np.ones(rows.size, dtype=bool)
    stars = colour_symmetric(rows, columns, size)
    alone = lone_entries(rows, columns, stars, size)
    mirrored = lone_entries(columns, rows, stars, size)
    if stars.max(initial=-1) >= plain.max(initial=-1) or not (alone | mirrored).all():
        return whole, plain, np.ones(rows.size, dtype=bool)
    return whole, stars, alone


def vector(tree: Any) -> Any:
    """All numbers of a tree, one after the other."""
    leaves = [np.ravel(leaf) for leaf in flatten(tree)[0]]
    return leaves[0] if len(leaves) == 1 else np.concatenate(leaves) if leaves else np.zeros(0)


def spread(tree: Any, numbers: Any) -> Any:
    """A tree like the given one, with these numbers in it."""
    leaves, structure = flatten(tree)
    parts, start = [], 0
    for leaf in leaves:
        part = numbers[start : start + np.size(leaf)]
        start += np.size(leaf)
        if isinstance(leaf, np.ndarray):
            parts.append(part.reshape(leaf.shape).astype(leaf.dtype))
        else:
            parts.append(type(leaf)(part[0]))
    return unflatten(structure, parts)
