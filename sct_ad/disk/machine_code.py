"""Machine code on disk: where Numba looks for that of a kernel before it compiles, and puts it afterwards.

Numba's own cache knows a function by its file's time and size and by its bytecode. This one has hashes for names: of
the types of the arguments, of all that the kernel reaches by value (`frozen`), of the processor, of the versions and
settings of Numba and of what else has been taught to it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba.core import config, errors, imputils, types
from numba.core.caching import _Cache
from numba.core.typing import templates

from sct_ad.disk.fingerprints import Facts, digest, environment, environment_of_numba
from sct_ad.disk.frozen import Frozen
from sct_ad.disk.homes import Undescribed, stamp_of
from sct_ad.disk.store import opened
from sct_ad.emit.numba.isolated import content_of, rebuilt
from sct_ad.emit.numba.options import Backend

_loaded: dict[str, Any] = {}
"""Name -> what this process has loaded, or compiled and kept: code goes into a process once."""

_FAILURE = b"Numba has failed: "
_LONGEST_FAILURE = 20_000

_SETTINGS_OF_NO_CODE = (
    "CACHE_DIR", "CACHE_LOCATOR_CLASSES", "COLOR_SCHEME", "CUDA_", "DEFAULT_NUM_THREADS", "NUMBA_", "THREADING_",
)  # fmt: skip

_SIMPLE = (
    types.Boolean, types.BooleanLiteral, types.Complex, types.DType, types.Float, types.Integer, types.IntegerLiteral,
    types.NoneType, types.NumPyRandomGeneratorType, types.StringLiteral, types.UnicodeType,
)  # fmt: skip
"""Types of Numba's of which the name says all."""


def storing(backend: Backend) -> Callable[[Any], MachineCode] | None:
    """What makes of a function of Numba's the place of its machine code; None where there is to be none."""
    return MachineCode if backend.kept else None


class FailedBefore(errors.NumbaError):  # type: ignore[misc]
    """Raised where another process has found that Numba cannot compile a kernel, with what Numba has said."""


class MachineCode(_Cache):
    """The machine code of one kernel, for any types of arguments, in the user's store if there is one."""

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher
        self._missing: dict[Any, str] = {}
        """Types of arguments -> the name of what is being compiled for them."""

    # Whatever goes wrong with looking, loading and keeping, the worst is that Numba compiles.

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code for these types of arguments; None where it has to be compiled. Raises FailedBefore."""
        self.start()
        failure = None
        with suppress(Exception):
            store = opened()
            if store is None:
                return None
            target_context.refresh()
            frozen, name = self._described(sig, target_context)
            if name not in _loaded:
                content = store.read_code(name)
                if content is not None and content.startswith(_FAILURE):
                    failure = content.removeprefix(_FAILURE).decode()
                elif content is not None:
                    _loaded[name] = rebuilt(content, target_context, _is_library)
            if name in _loaded:
                return _loaded[name]
            if not (frozen.data and any(each.overloads for each in frozen.foreign)):  # of values that may be older
                self._missing[sig] = name
        if failure is not None:
            raise FailedBefore(failure, highlighting=False)
        return None

    def start(self) -> None:
        """Forget what was being compiled: a call begins."""
        self._missing.clear()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what Numba has compiled, unless something has changed meanwhile."""
        name = self._missing.pop(sig, None)
        if name is None:
            return
        with suppress(Exception):
            store = opened()
            if store is not None and self._described(sig, data.target_context)[1] == name:
                store.write_code(name, content_of(data, name[:32], _is_library))
                _loaded[name] = data._replace(metadata=None)  # in which Numba writes once

    def keep_failure(self, error: Exception) -> None:
        """Keep that Numba cannot compile a kernel, if that is what the error says."""
        with suppress(Exception):
            store, (sig, name) = opened(), self._missing.popitem()
            text = str(error).encode()
            if store is None or not isinstance(error, errors.NumbaError) or len(text) > _LONGEST_FAILURE:
                return
            if self._described(sig, self._dispatcher.targetctx)[1] == name:
                store.write_code(name, _FAILURE + text)

    def _described(self, sig: Any, target: Any) -> tuple[Frozen, str]:
        """All that code for these types is compiled from, and its name."""
        frozen = Frozen((self._dispatcher,))
        settings = [
            (name, repr(getattr(config, name)))
            for name in sorted(vars(config))
            if name.isupper() and not name.startswith(_SETTINGS_OF_NO_CODE)
        ]
        has_scipy = importlib.util.find_spec("scipy") is not None  # which has the linear algebra
        facts = (environment(), environment_of_numba(), target.codegen().magic_tuple(), settings, _taught(), has_scipy)
        return frozen, digest(facts, tuple(map(_type_facts, sig)), frozen.facts)

    @property
    def cache_path(self) -> str | None:
        """The user's store."""
        store = opened()
        return None if store is None else store.folder

    def enable(self) -> None:
        """It is, where there is one."""

    def disable(self) -> None:
        """It is, where there is none."""

    def flush(self) -> None:
        """Nothing in it can be out of date."""


def _is_library(module: str) -> bool:
    return stamp_of(module) is not None


def _type_facts(type_: Any) -> Facts:
    """A type of Numba's; Undescribed where its name does not say all."""
    if isinstance(type_, types.Omitted) and type(type_.value) in (bool, int, float, complex):
        return ("omitted", repr(type_.value))
    if type(type_) is types.Array:
        return ("array", str(type_), _type_facts(type_.dtype))
    if type(type_) in (types.UniTuple, types.Tuple):
        return ("tuple", *map(_type_facts, type_))
    if type(type_) is types.List:
        return ("list", str(type_), _type_facts(type_.dtype))
    if type(type_) is types.Optional:
        return ("optional", _type_facts(type_.type))
    if type(type_) in _SIMPLE:
        return (type(type_).__name__, str(type_))
    raise Undescribed(f"arguments of type {type_}")


def _taught() -> Facts:
    """The libraries that have taught functions to Numba; Undescribed where the user's own code has."""
    found: dict[Any, None] = {}
    for each in (*templates.builtin_registry.functions, *templates.builtin_registry.attributes):
        found[getattr(vars(each).get("_overload_func"), "__module__", None) or each.__module__] = None
    lowered = imputils.builtin_registry
    for kind in (lowered.functions, lowered.getattrs, lowered.setattrs, lowered.casts, lowered.constants):
        found.update(dict.fromkeys(getattr(implementation, "__module__", "numba") for implementation, *_ in kind))
    stamps = []
    for module in sorted(map(str, found)):
        if module.partition(".")[0] in ("abc", "numba", "sct_ad"):
            continue
        stamp = stamp_of(module)
        if stamp is None:
            raise Undescribed(f"what {module} has taught to Numba")
        stamps.append((module, stamp))
    return tuple(stamps)
