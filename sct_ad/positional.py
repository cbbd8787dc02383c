"""Derivatives by all positional arguments of a call: an object for each number of them."""

from __future__ import annotations

import types
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from sct_ad.arguments import is_differentiable
from sct_ad.cache import CacheInfo
from sct_ad.derivative import Derivative
from sct_ad.errors import ArgumentError
from sct_ad.syntax.values import Abstract

_MOST_REMEMBERED = 64


class OfPositional(Derivative):
    """A derivative that, unless its options say otherwise, is one by the positional arguments of each call."""

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        self._by_count: dict[int, OfPositional] = {}
        super().__init__(function, options)

    @property
    def _is_open(self) -> bool:
        """Whether the number of positional arguments decides what is differentiated."""
        return self.options.positional is None

    def positional(self, argument_types: dict[str, Abstract]) -> tuple[str | None, ...]:
        """The positional parameters of a call, None in the place of each that has no derivative."""
        names = list(argument_types)[: self.options.positional]
        found = tuple(name if is_differentiable(argument_types[name]) else None for name in names)
        if not any(found):
            raise ArgumentError(
                f"{self.OPERATOR} of {self.__name__}: no positional argument holds real or complex numbers\n"
                "  instead: pass floats or float arrays by position"
            )
        return found

    def _for(self, count: int) -> OfPositional:
        found = self._by_count.get(count)
        if found is None:
            cls = type(self).__bases__[0]
            found = self._by_count[count] = cls(self.primal, self.options._replace(positional=count))
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are given as to the function itself."""
        if self._is_open:
            return self._for(len(args))(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments; without arguments, for what the annotations say."""
        return self._looked_into(args, kwargs).source(*args, **kwargs)

    def stages(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Every stage of the pipeline as text, by name, in order."""
        return self._looked_into(args, kwargs).stages(*args, **kwargs)

    def _looked_into(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self._is_open:
            return super()
        bare = self._is_bare(args, kwargs)
        return self._for(self._function.__code__.co_argcount if bare else len(args))

    def cache_info(self) -> CacheInfo:
        """Hits, misses and size of this object's cache."""
        infos = [super().cache_info(), *(made.cache_info() for made in self._by_count.values())]
        return CacheInfo(*map(sum, zip(*infos)))

    def cache_clear(self) -> None:
        """Forget all compiled derivatives."""
        super().cache_clear()
        for made in self._by_count.values():
            made.cache_clear()


_remembered: OrderedDict[Hashable, OfPositional] = OrderedDict()
_lock = Lock()
Made = TypeVar("Made", bound=OfPositional)


def object_of(cls: type[Made], function: Callable[..., Any], options: Any) -> Made:
    """The derivative object for a function; those of the functions that were used last are kept alive."""
    known = isinstance(function, (types.FunctionType, types.MethodType))  # others may be equal and yet differ
    key = cls, function if known else id(function), options
    with _lock:
        found = _remembered.get(key)
        if found is not None:
            _remembered.move_to_end(key)
            return found  # type: ignore[return-value]
    made = cls(function, options)
    with _lock:
        _remembered[key] = made
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return made
