"""grad and value_and_grad: arguments checked, derivative objects returned."""

from __future__ import annotations

import functools
import importlib
import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sct_ad.arguments import (
    Argnums,
    check_differentiable,
    fixed_argnums,
    fixed_check,
    parameter_names,
    refuse_argnums_first,
    resolve_argnums,
)
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled
from sct_ad.derivative import Derivative, brief
from sct_ad.derive.requests import Request, single_parameters
from sct_ad.emit.numba.options import Backend, chosen_backend, is_installed
from sct_ad.errors import ArgumentError, SctError
from sct_ad.memory import bytes_of
from sct_ad.runtime.budget import Budget, Ledger, MemoryReport
from sct_ad.syntax.values import Abstract


class Options(NamedTuple):
    """What a gradient was asked for."""

    argnums: int | str | tuple[int | str, ...] = 0
    with_value: bool = False
    has_aux: bool = False
    source: str | None = None
    holomorphic: bool = False
    memory: int | None = None
    check: str | None = None
    backend: Backend | None = None
    block_size: int | None = None


class Gradient(Derivative):
    """The gradient of a function: call it like the function itself.

    The first call with arguments of new types compiles; later ones run the emitted text, `source(*args)`.
    """

    OPERATOR = "grad"
    RESULT = "gradient"
    CALLABLE_WITHIN = True
    options: Options

    def check_options(self, function: types.FunctionType) -> None:
        """Refuse argnums that the function does not have."""
        if not self._variadic:
            resolve_argnums(function, self.options.argnums, parameter_names(function))

    @functools.cached_property
    def _ledger(self) -> Ledger:
        return Ledger()

    def memory_report(self) -> MemoryReport:
        """What the loops of the last call kept, recorded and computed again, for a gradient with a budget `memory`."""
        if self.options.memory is None:
            raise ArgumentError("a memory report without a budget\n  instead: grad(f, memory='200MB')")
        latest = self._ledger.latest
        return MemoryReport(self.options.memory) if latest is None else latest.report()

    def compile_for(
        self, function: types.FunctionType, argument_types: dict[str, Abstract], source: str | None, record: Any
    ) -> Compiled:
        """Compile the gradient for arguments of these types."""
        argnums, with_value, has_aux, _, holomorphic, memory, _, backend, block_size = self.options
        resolved, single = resolve_argnums(function, argnums, list(argument_types))
        for name in single_parameters(resolved):
            check_differentiable(function, name, argument_types[name], holomorphic)
        budget = None if memory is None else Budget(memory, self._ledger)
        request = Request(resolved, single, with_value, has_aux, function.__name__, holomorphic, budget)
        by_value = self.by_value
        given = function, argument_types, request, source, record, by_value
        return compiled_derivative(*given, backend=backend, block_size=block_size)

    def compiled(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient for arguments of these types as a function of Numba's, which takes no others.

        It is for `backend="numba"`, takes all arguments by position, and holds for what the function found in globals
        and closures when this was called.
        """
        from sct_ad.within_njit import compiled_like  # imports Numba

        return compiled_like(self, args, kwargs)

    def __repr__(self) -> str:
        kind = "value_and_grad" if self.options.with_value else "grad"
        return f"<{kind} of {self.__qualname__}, argnums {self.options.argnums!r}>"


def _options(
    argnums: Argnums,
    with_value: bool,
    has_aux: bool,
    source: str | None,
    holomorphic: bool = False,
    memory: int | str | None = None,
    check: str | None = None,
    backend: Backend | None = None,
    block_size: int | None = None,
) -> Options:
    if source is not None and not isinstance(source, str):
        raise ArgumentError(f"source must be text, not {source!r}\n  instead: source=inspect.getsource(f)")
    operator = "value_and_grad" if with_value else "grad"
    checked = fixed_check(check, operator)
    size = bytes_of(memory)
    if size is not None and backend is not None:
        raise ArgumentError("a budget of memory is for backend='python'\n  instead: leave out memory or backend")
    rows = _fixed_block_size(block_size, backend)
    return Options(fixed_argnums(argnums), with_value, has_aux, source, bool(holomorphic), size, checked, backend, rows)


def _fixed_block_size(block_size: Any, backend: Backend | None) -> int | None:
    """The number of elements in a block, checked."""
    if block_size is None:
        return None
    if backend is not None:
        raise ArgumentError("a block_size is for backend='python'\n  instead: leave out block_size or backend")
    if isinstance(block_size, bool) or not isinstance(block_size, int) or block_size < 1:
        raise ArgumentError(f"block_size must be a positive integer, not {block_size!r}\n  instead: block_size=8192")
    return block_size


def _know_in_njit(backend: Backend | None) -> None:
    """Let Numba know derivatives, which functions that it compiles then can call."""
    if backend is not None and is_installed():
        importlib.import_module("sct_ad.within_njit")


def _differentiate(function: Callable[..., Any] | None, options: Options) -> Gradient:
    """The derivative object of a function, or an error without the compiler's frames."""
    try:
        refuse_argnums_first(function, "grad")
        _know_in_njit(options.backend)
        return Gradient(function, options)  # type: ignore[arg-type, return-value]
    except SctError as error:
        raise brief(error) from error.__cause__


def grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    memory: int | str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
    block_size: int | None = None,
) -> Any:
    """The gradient of a scalar function; also a decorator, `@grad` or `@grad(argnums=(0, 2))`.

    Args:
        function: a Python function that returns a float (with `has_aux`, a pair of a float and anything); also a
            method, a callable object, a `functools.partial`, whose bound arguments are constants, or a function of
            NumPy or `math` that has a rule.
        argnums: the parameter, by position or name, or a sequence of them. The name of `*args` or `**kwargs` stands
            for everything that is passed that way: the gradient is a tuple or a dict.
        has_aux: whether the function returns `(value, aux)`; the result then is `(gradient, aux)`.
        source: the text of the function, where Python cannot find it.
        holomorphic: whether the function is a holomorphic one with a complex result, whose complex derivative is asked
            for. Without it the result must be real, and the gradient with respect to a complex `z` is the complex
            number `c` for which the result changes by the real part of `c * dz`.
        memory: the bytes that loops may take for what they record, as a number or as text, `"200MB"`. Each loop either
            records all trips, or keeps some of its states and computes trips again, whichever fits; the gradient is
            the same to the bit. `memory_report()` then tells what was kept and computed again.
        check: "first" compares the first call with arguments of new types: the value with a plain run of the function,
            to the bit, reverse with forward mode, and both with finite differences. What disagrees raises CheckError.
            The function runs some dozens of times for this, on copies of the arguments; later calls cost no more than
            without it.
        backend: "python" runs the emitted text; "numba" compiles a text made from the same statements by `numba.njit`,
            for loops and scalars at the speed of C; "auto" is "numba", and with a warning "python" where Numba cannot
            compile the text or is not installed.
        numba_options: keywords for `numba.njit` such as `{"fastmath": True}`.
        block_size: for large arrays: how many elements are computed at a time, such as 8192. Chains of elementwise
            operations then go over blocks of rows that stay in the processor's cache, and their temporaries take no
            more memory than a block. The value and elements are the same to the bit; sums over rows in the gradient are
            rounded in another order.

    Returns:
        A callable with the function's signature. One argnum gives one gradient, a sequence gives a tuple; each has
        the type, dtype, shape and container structure of its argument.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated.
        CheckError: a derivative that `check="first"` has found to be wrong.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    """
    chosen = chosen_backend(backend, numba_options)
    options = _options(argnums, False, has_aux, source, holomorphic, memory, check, chosen, block_size)
    return functools.partial(_differentiate, options=options) if function is None else _differentiate(function, options)


def value_and_grad(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    holomorphic: bool = False,
    memory: int | str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
    block_size: int | None = None,
) -> Any:
    """Like `grad`, but returns `(value, gradient)`; with `has_aux`, `((value, aux), gradient)`."""
    chosen = chosen_backend(backend, numba_options)
    options = _options(argnums, True, has_aux, source, holomorphic, memory, check, chosen, block_size)
    return functools.partial(_differentiate, options=options) if function is None else _differentiate(function, options)


def adjoint_source(
    function: Callable[..., Any],
    *args: Any,
    argnums: Argnums = 0,
    with_value: bool = False,
    has_aux: bool = False,
    source: str | None = None,
    **kwargs: Any,
) -> str:
    """The emitted text of the gradient for these arguments; without arguments, for what the annotations say."""
    return _differentiate(function, _options(argnums, with_value, has_aux, source)).source(*args, **kwargs)
