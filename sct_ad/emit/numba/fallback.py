"""backend="auto": Numba where it can, Python where it cannot, which a warning tells once for each function."""

from __future__ import annotations

import importlib.util
import threading
import types
import warnings
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from sct_ad.emit.numba.options import Backend
from sct_ad.errors import BackendWarning, NotCompiled, UnsupportedError

_told: WeakSet[types.FunctionType] = WeakSet()


def compile_or_fall_back(function: types.FunctionType, backend: Backend, compile_: Callable[..., Any]) -> Any:
    """What `compile_(backend=...)` makes for Numba, or for Python where Numba cannot be had or cannot compile it."""
    if importlib.util.find_spec("numba") is None:
        tell(function, "Numba is not installed")
        return compile_(backend=None)
    instead = Instead(function, lambda: compile_(backend=None))
    try:
        return compile_(backend=backend._replace(may_fall_back=False, instead=instead))
    except UnsupportedError as error:
        in_python = compile_(backend=None)  # what has no derivative at all raises here
        tell(function, _shown(error))
        return in_python


class Instead:
    """What is called where Numba has turned out not to compile a kernel: the derivative in Python."""

    def __init__(self, function: types.FunctionType, compile_: Callable[[], Any]) -> None:
        self.function, self.compile_ = function, compile_
        self.compiled: Any = None
        self.kernel = types.CellType()
        """Where the kernel is found; from the first failure on, what raises at once."""
        self.lock = threading.Lock()

    def __call__(self, error: NotCompiled, *args: Any) -> Any:
        """The derivative at these arguments, cotangents of the result included."""
        with self.lock:
            if self.compiled is None:
                tell(self.function, _shown(error))
                self.compiled = self.compile_()
                self.kernel.cell_contents = raising(error)
        return self.compiled.function(*args)


def raising(error: NotCompiled) -> Callable[..., Any]:
    """A function that raises an error again."""

    def kernel(*args: Any) -> Any:
        raise error.with_traceback(None)

    return kernel


def tell(function: types.FunctionType, why: str) -> None:
    """Warn, once for each function, that its derivative runs in Python."""
    if function not in _told:
        _told.add(function)
        warnings.warn(f"the derivative of {function.__name__} runs in Python: {why}", BackendWarning, stacklevel=6)


def _shown(error: UnsupportedError) -> str:
    place = f" ({error.span.where})" if error.span is not None else ""
    return f"{error.what}{place}"
