"""What a derivative object asks of the backend; knows Numba by name only."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from sct_ad.errors import ArgumentError

BACKENDS = ("python", "numba", "auto")

_OPTIONS = (
    "boundscheck",
    "cache",
    "error_model",
    "fast_math",
    "fastmath",
    "forceinline",
    "inline",
    "locals",
    "looplift",
    "no_cpython_wrapper",
    "nogil",
    "parallel",
)


class Backend(NamedTuple):
    """The Numba backend as it was asked for."""

    may_fall_back: bool = False
    """Whether Python takes over where Numba cannot."""
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords for njit, as items, so that they can be hashed where their values can."""

    instead: Any = None
    """What is called instead of a kernel that cannot be compiled."""

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords for njit."""
        return {name: value for name, value in self.options if name not in ("cache", "fast_math")}

    @property
    def kept(self) -> bool:
        """Whether what is compiled may be kept on disk."""
        return bool(dict(self.options).get("cache", True)) and all(_is_plain(value) for _, value in self.options)

    @property
    def vectors(self) -> bool:
        """Whether exp, log, tanh, sin and cos are to become vector instructions."""
        return dict(self.options).get("fast_math") == "vector"

    @property
    def parallel(self) -> bool:
        """Whether loops over `prange` are to run in parallel."""
        return bool(self.keywords.get("parallel"))


def is_installed() -> bool:
    """Whether there is Numba."""
    return importlib.util.find_spec("numba") is not None


def refuse_backend(operator: str, backend: str, instead: str) -> None:
    """Refuse Numba for an operator that has no derivative in one function."""
    if backend != "python":
        if backend not in BACKENDS:
            chosen_backend(backend, None)
        raise ArgumentError(f"{operator} is for backend='python'\n  instead: {instead}")


def chosen_backend(backend: str, numba_options: Mapping[str, Any] | None) -> Backend | None:
    """What the arguments `backend` and `numba_options` of an operator ask for; None is Python.

    >>> chosen_backend("numba", {"fastmath": True})
    Backend(may_fall_back=False, options=(('fastmath', True),), instead=None)
    """
    if backend not in BACKENDS:
        raise ArgumentError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, not {backend!r}")
    if numba_options is not None and not isinstance(numba_options, Mapping):
        raise ArgumentError(f"numba_options must be a dict, not {numba_options!r}")
    options = dict(numba_options or {})
    for name in options:
        if name not in _OPTIONS:
            raise ArgumentError(f"numba_options knows no {name!r}\n  instead: one of {', '.join(_OPTIONS)}")
    if options.get("fast_math", "vector") != "vector":
        raise ArgumentError(f"fast_math must be 'vector', not {options['fast_math']!r}")
    if not isinstance(options.get("cache", True), bool):
        raise ArgumentError(f"cache must be True or False, not {options['cache']!r}")
    if backend == "python":
        if options:
            raise ArgumentError("numba_options without Numba\n  instead: backend='numba'")
        return None
    if backend == "numba" and not is_installed():
        raise ArgumentError("backend='numba' needs Numba, which is not installed\n  instead: pip install sct-ad[numba]")
    return Backend(backend == "auto", tuple(sorted(options.items())))


def _is_plain(value: Any) -> bool:
    """Whether a value is written in another process as it is here."""
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    return all(map(_is_plain, value)) if isinstance(value, (set, frozenset)) else type(value) in (bool, int, str)


def lock_of(backend: Backend | None) -> AbstractContextManager[Any]:
    """Numba's own lock, which a thread may have already that compiles a call of a derivative: so it comes first."""
    if backend is None:
        return nullcontext()
    from sct_ad.emit.numba.native import LOCK

    return LOCK
