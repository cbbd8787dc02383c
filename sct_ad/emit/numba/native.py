"""njit for emitted functions: what their free names denote in Numba, quiet compilation, errors at the user's line."""

from __future__ import annotations

import builtins
import dis
import re
import types
from collections.abc import Callable, Collection
from typing import Any
from weakref import WeakKeyDictionary

import numba
import numpy as np
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.ir import Loc

from sct_ad.emit.load import span_of
from sct_ad.emit.numba.progress import telling
from sct_ad.emit.numba.support import IMPLEMENTED, REPLACED
from sct_ad.errors import NotCompiled, Span, UnsupportedError
from sct_ad.objects import is_users_module
from sct_ad.syntax.text import quietly

_PLACE = re.compile(r'File "(<sct_ad [^"]*>)", line (\d+)')
_CALL = re.compile(r"at (<sct_ad [^>]*>) \((\d+)\)")
LOCK = global_compiler_lock
"""Numba's own, and so the one that its threads wait for."""
_adapted: WeakKeyDictionary[types.FunctionType, Any] = WeakKeyDictionary()


def compiled(
    function: types.FunctionType,
    keywords: dict[str, Any],
    store: Callable[[Dispatcher], Any] | None = None,
    shown: str | None = None,
) -> Any:
    """The njit version of a function whose free names are adapted; errors are those of sct_ad.

    `store(dispatcher)` is where machine code is looked for, and kept; `shown` is what users call the function.
    """
    dispatcher = numba.njit(**keywords)(function)
    if store is not None:
        dispatcher._cache = store(dispatcher)
    compile_ = dispatcher._compile_for_args

    def compile_quietly(*args: Any, **kwargs: Any) -> Any:
        if store is not None:
            dispatcher._cache.start()
        try:
            with LOCK, quietly(), telling(shown or function.__name__):
                return compile_(*args, **kwargs)
        except Exception as error:  # inside of Numba anything may fail
            if store is not None:
                dispatcher._cache.keep_failure(error)
            raise told(error) from None

    dispatcher._compile_for_args = compile_quietly
    return dispatcher


def told(error: BaseException) -> NotCompiled:
    """An error of Numba's as one of ours, at the user's line."""
    text = str(error)
    places = [*_typed(error), *_CALL.findall(text), *_PLACE.findall(text)]
    span: Span | None = None
    for found, line in reversed(places):
        span = span or span_of(found, int(line))
    return NotCompiled(f"Numba cannot compile this: {reason(text)}", span, "use backend='python' or backend='auto'")


def _typed(error: BaseException) -> list[tuple[str, int]]:
    """The places in emitted text that Numba was at, where its message does not say so: it keeps them as it goes."""
    found = []
    frame = error.__traceback__
    while frame is not None:
        place = frame.tb_frame.f_locals.get("loc")
        if isinstance(place, Loc):
            found.append((place.filename, place.line))
        frame = frame.tb_next
    return found


def reason(text: str) -> str:
    """What a message of Numba's says, in a line.

    >>> reason("Failed in nopython mode pipeline (step: nopython frontend)\\nUntyped global name 'f': Cannot\\n\\nFile")
    "Untyped global name 'f': Cannot"
    """
    lines = [line.strip(" >-\t") for line in text.split("\n")]
    lines = [line for line in lines if line and not line.startswith(("Failed in", "File", "During", "def ", "<source"))]
    found = lines[0] if lines else "no reason is given"
    if found.startswith("No implementation of function"):
        signature = next((line for line in lines[1:3] if "(" in line), "")
        found = f"{found.removesuffix(' found for signature:')} for {signature}" if signature else found
    return found if len(found) <= 300 else found[:297] + "..."


def adapted(value: Any) -> Any:
    """What a free name of compiled text denotes: plain functions become compiled ones."""
    try:
        if value in REPLACED:
            return REPLACED[value]
    except TypeError:  # cannot be hashed
        return value
    if isinstance(value, types.FunctionType) and not _is_known(value):
        return _adapted_function(value)
    return value


def _is_known(function: types.FunctionType) -> bool:
    """Whether Numba knows a function itself."""
    return function in IMPLEMENTED or (function.__module__ or "").partition(".")[0] in ("numpy", "numba")


def _adapted_function(function: types.FunctionType) -> Any:
    if not _is_ours(function) and _formats(function.__code__):
        raise UnsupportedError(
            f"the Numba backend cannot call {function.__name__}, which formats text",
            hint="leave the f-string out, or use backend='python'",
        )
    if not _is_ours(function):
        _refuse_data(function)
    with LOCK:
        if function not in _adapted:
            _adapted[function] = numba.njit(nogil=True)(_placeholder)  # for what is recursive
            inlined = function.__module__ == "sct_ad.runtime.vector_math"  # else loops get no vector instructions
            _adapted[function] = numba.njit(nogil=True, forceinline=inlined)(rebound(function))
        return _adapted[function]


def _refuse_data(function: types.FunctionType) -> None:
    """Refuse a function that reads what may change: Numba would take it for constant."""
    code, own = function.__code__, function.__globals__
    names = set(_names(code))
    around: dict[str, Any] = {f"the global {name}": own[name] for name in _global_names(code) & own.keys()}
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            around[f"{name} of the function around it"] = cell.cell_contents
        except ValueError:  # nothing yet
            continue
    for module in [value for value in around.values() if isinstance(value, types.ModuleType)]:
        if is_users_module(module):
            around.update({f"{module.__name__}.{name}": vars(module)[name] for name in names & vars(module).keys()})
    for what, value in around.items():
        if _is_data(value):
            raise UnsupportedError(
                f"the Numba backend cannot call {function.__name__}, which reads {what}",
                hint="pass it as an argument, or use backend='python'",
            )


def _placeholder() -> None:
    """Stands for a function while those are adapted that it calls."""


def rebound(function: types.FunctionType, kept: Collection[str] = ()) -> types.FunctionType:
    """The function with globals of its own, in which all that it calls is adapted; it keeps the cells named."""
    code = function.__code__
    names = set(_names(code))
    space: dict[str, Any] = {"__builtins__": builtins, "__name__": function.__globals__.get("__name__", "__main__")}
    for name in names:
        if name in function.__globals__:
            value = function.__globals__[name]
            if _is_data(value) and not _is_ours(function):
                continue  # an attribute of the same name
            space[name] = adapted(value)
        elif hasattr(builtins, name) and adapted(getattr(builtins, name)) is not getattr(builtins, name):
            space[name] = adapted(getattr(builtins, name))
    cells = zip(code.co_freevars, function.__closure__ or ())
    closure = tuple(cell if n in kept else types.CellType(adapted(cell.cell_contents)) for n, cell in cells)
    made = types.FunctionType(code, space, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _is_ours(function: types.FunctionType) -> bool:
    return function.__module__.startswith("sct_ad.") if function.__module__ else False


def _is_data(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.ndarray, np.generic, list, dict, tuple))


def _names(code: types.CodeType) -> list[str]:
    found = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += _names(constant)
    return found


def _global_names(code: types.CodeType) -> set[str]:
    """The names that code reads from globals, and not as attributes."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname.startswith("LOAD_GLOBAL")}
    return found.union(
        *(_global_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    )


def _formats(code: types.CodeType) -> bool:
    """Whether there are f-strings, whose values Numba does not all write as Python does."""
    inner = any(_formats(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return inner or any(step.opname.startswith("FORMAT_") for step in dis.get_instructions(code))


def is_compiled(value: Any) -> bool:
    """Whether a value is a function of Numba's."""
    return isinstance(value, Dispatcher)


Compile = Callable[[types.FunctionType, dict[str, Any]], Any]
