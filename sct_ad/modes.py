"""jacobian: by rows or by columns, whichever are fewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sct_ad.arguments import Argnums
from sct_ad.columns import parameters_at, size_of
from sct_ad.derivative import Derivative
from sct_ad.emit.numba.options import chosen_backend, refuse_backend
from sct_ad.errors import ArgumentError, NoRuleError, UnsupportedError
from sct_ad.jacobians import BlockDerivative, Jacfwd, Jacrev, made
from sct_ad.pytree import flatten
from sct_ad.sparse.matrices import SparseJacobian, sparse_made

_MODES = (None, "fwd", "rev")


class Jacobian(Jacrev):
    """The Jacobian of a function: call it like the function itself."""

    OPERATOR = "jacobian"

    def __init__(self, *options: Any, mode: str | None = None, **named: Any) -> None:
        if mode not in _MODES:
            raise ArgumentError(f"jacobian: mode must be 'fwd', 'rev' or None, not {mode!r}\n  instead: mode='fwd'")
        self.mode = mode
        super().__init__(*options, **named)
        self._forward = Jacfwd(*self.given())
        self._sizes: dict[int, int] = {}
        """How many numbers were in the result, by their number in the arguments."""
        self._only_rows = False

    def inners(self) -> tuple[Derivative, ...]:
        """The derivatives that the blocks may be made of."""
        return (self._inner, self._forward._inner)

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """By columns where these are known to be fewer than the rows."""
        if self.mode == "fwd":
            return self._forward.value_and_blocks(args, kwargs)
        if self.mode == "rev" or self._only_rows:
            return super().value_and_blocks(args, kwargs)
        columns = size_of(parameters_at(self._inner, self.argnums, args, kwargs))
        if columns == 1 or columns < self._sizes.get(columns, 0):
            found = self._by_columns(args, kwargs)
            if found is not None:
                self._sizes[columns] = _numbers(found[0])
                return found
        value, pullback, *aux = self._inner(*args, **kwargs)
        self._sizes[columns] = rows = _numbers(value)
        if columns < rows and not self._only_rows:
            found = self._by_columns(args, kwargs)
            if found is not None:
                return found
        return value, self.rows(value, pullback), aux

    def _by_columns(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]] | None:
        """None where only reverse mode can do it."""
        try:
            return self._forward.value_and_blocks(args, kwargs)
        except (NoRuleError, UnsupportedError):
            self._only_rows = True
            return None

    def _shown(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BlockDerivative | Any:
        """What is taken for these arguments."""
        if self.mode == "fwd":
            return self._forward
        if self.mode is None and not self._only_rows and (args or kwargs):
            columns = size_of(parameters_at(self._inner, self.argnums, args, kwargs))
            if columns == 1 or columns < self._sizes.get(columns, 0):
                return self._forward
        return self._inner

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments, in the mode that a call with them takes, as far as is known."""
        return self._shown(args, kwargs).source(*args, **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self._shown(args, kwargs).stages(*args, **kwargs)

    def cache_clear(self) -> None:
        """Forget all compiled derivatives, and the sizes of results."""
        super().cache_clear()
        self._forward.cache_clear()
        self._sizes.clear()

    def __repr__(self) -> str:
        kind = "value_and_jacobian" if self.with_value else "jacobian"
        mode = "" if self.mode is None else f", mode {self.mode!r}"
        return f"<{kind} of {self.__qualname__}, argnums {self.argnums!r}{mode}>"

    def __reduce__(self) -> Any:
        return _again, (self.given(), self.mode)


def _again(given: tuple[Any, ...], mode: str | None) -> Jacobian:
    return Jacobian(*given, mode=mode)


def _numbers(value: Any) -> int:
    leaves = map(np.asarray, flatten(value)[0])
    return sum(leaf.size for leaf in leaves if leaf.dtype.kind in "fc")


def jacobian(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    mode: str | None = None,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    chunk_size: int | None = None,
    sparsity: Any = None,
    check: bool | str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The Jacobian of a function, by forward or reverse mode, whichever needs fewer sweeps; also a decorator.

    Args:
        function: a Python function, or any other callable that `grad` takes, with a result as `vjp` allows it: numbers
            and arrays in tuples, lists, dicts and objects.
        argnums: the parameter, by position or name, or a sequence of them.
        mode: "fwd", a sweep for each number in the arguments; "rev", one for each number in the result; None, the
            cheaper of the two, by the sizes of result and arguments. The first call with arguments of a new size runs
            the function's forward sweep to find out.
        has_aux: whether the function returns `(value, aux)`; the result then is `(jacobian, aux)`.
        source: the text of the function, where Python cannot find it.
        holomorphic: whether the function is a holomorphic one of complex arguments.
        chunk_size: how many rows or columns are computed at once, by (co)tangents with one more axis in front; 1 is
            one at a time. By default as many as fit into the processor's cache.
        sparsity: "auto", or where the Jacobian may have entries: a matrix of booleans, dense or of `scipy.sparse`,
            with a row for each number in the result and a column for each number in the argument. The result is a
            `scipy.sparse.csr_array` of that shape then, computed in few sweeps. With "auto" the pattern is found from
            the source at each call, for the branches taken there; `jacobian(f, sparsity="auto").pattern(x)` gives it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`. For sparse
            Jacobians, True compares the product with a vector to that of forward mode in each call, and "first" in the
            first call with a pattern as well: a pattern that leaves out entries raises ArgumentError.
        backend: "python", "numba" or "auto", as in `grad`; sparse Jacobians are for "python".
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable with the function's signature. For an array result of shape R and an array argument of shape A the
        Jacobian is an array of shape R + A. Results with structure give that structure, with the Jacobian of the part
        in each place; inside of it there is a tuple, if `argnums` is a sequence, and then the argument's structure.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated, or another mode.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    chosen = chosen_backend(backend, numba_options)
    if sparsity is not None:
        refuse_backend("a sparse jacobian", backend, "jacfwd(f, backend='numba'), which is dense")
        refused = "has_aux" if has_aux else "holomorphic" if holomorphic else ""
        given = {"sparsity": sparsity, "mode": mode, "check": check, "source": source}
        return sparse_made(SparseJacobian, function, argnums, refused, **given)
    given = {"mode": mode, "has_aux": bool(has_aux), "source": source, "holomorphic": bool(holomorphic)}
    return made(Jacobian, function, argnums, **given, check=check, chunk_size=chunk_size, backend=chosen)


def value_and_jacobian(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    mode: str | None = None,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    check: str | None = None,
    chunk_size: int | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """Like `jacobian`, but returns `(value, jacobian)`; with `has_aux`, `((value, aux), jacobian)`."""
    given: dict[str, Any] = {"mode": mode, "has_aux": bool(has_aux), "source": source, "holomorphic": bool(holomorphic)}
    given["backend"] = chosen_backend(backend, numba_options)
    return made(Jacobian, function, argnums, with_value=True, **given, check=check, chunk_size=chunk_size)
