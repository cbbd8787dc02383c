"""Signature -> compiled derivative, in memory, per derivative object; thread-safe."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

from sct_ad.compiled import Compiled
from sct_ad.rules import registry

_MOST_ENTRIES = 256


class CacheInfo(NamedTuple):
    """Counts of one derivative object's cache."""

    hits: int
    misses: int
    currsize: int


class Cache:
    """Compiled derivatives by dispatch key; an entry whose guards no longer hold is compiled again.

    Functions, other callables and strings among the arguments are part of the key, since code is specialised to them:
    the cache keeps them alive, in up to 256 entries, of which the oldest goes first. `clear` lets them go.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, tuple[Compiled, int]] = OrderedDict()
        self._lock = threading.RLock()
        self._misses = 0
        self.hits = [0]
        """How often an entry was found; a list, so that dispatch code can count in it."""

    def get(self, key: Hashable, compile_: Callable[[], Compiled]) -> Compiled:
        """The entry for a key, compiled now if it is missing or stale."""
        found = self._entries.get(key)
        if found is not None and found[1] == registry.revision() and found[0].holds():
            self.hits[0] += 1
            return found[0]
        with self._lock:
            found = self._entries.get(key)
            if found is not None and found[1] == registry.revision() and found[0].holds():
                self.hits[0] += 1
                return found[0]
            revision = registry.revision()
            compiled = compile_()
            self._misses += 1
            self._entries[key] = (compiled, revision)
            while len(self._entries) > _MOST_ENTRIES:
                self._entries.popitem(last=False)
            return compiled

    def info(self) -> CacheInfo:
        """Hits, misses and number of entries."""
        return CacheInfo(self.hits[0], self._misses, len(self._entries))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.hits[0] = self._misses = 0
