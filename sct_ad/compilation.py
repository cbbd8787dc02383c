"""Compiled derivatives: from disk where they are there; else the compiler is imported, which takes a while, and run."""

from __future__ import annotations

import types
from functools import partial

from sct_ad.compiled import Compiled, Record
from sct_ad.derive.requests import AnyRequest
from sct_ad.disk import kept
from sct_ad.emit.numba.options import Backend, lock_of
from sct_ad.rules import registry
from sct_ad.syntax.values import Abstract
from sct_ad.undisturbed import undisturbed


def compiled_derivative(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: AnyRequest,
    source: str | None = None,
    record: Record | None = None,
    by_value: bool = False,
    several: bool = False,
    backend: Backend | None = None,
    block_size: int | None = None,
) -> Compiled:
    """What `compiler.compile_derivative` makes of the same arguments, which may be on disk; thread-safe."""
    several &= backend is None
    asked = function, argument_types, request, source, record, by_value, several
    if backend is not None and backend.may_fall_back:
        from sct_ad.emit.numba.fallback import compile_or_fall_back  # as all of Numba's part, when it is asked for

        again = partial(compiled_derivative, *asked, block_size=block_size)
        return compile_or_fall_back(function, backend, again)
    make = partial(_made, *asked, backend=backend, block_size=block_size)
    if record is not None or (backend is not None and not backend.kept):  # stages are seen as they are made
        return make()
    with lock_of(backend), undisturbed():
        return kept(make, source is not None)


def _made(function: types.FunctionType, *asked: object, **options: object) -> Compiled:
    made: Compiled = the_compiler().compile_derivative(function, *asked, **options)
    return made


def the_compiler() -> types.ModuleType:
    """The compiler, imported with all rules now, and not before: what is on disk does without."""
    registry.load_library()
    from sct_ad import compiler

    return compiler


def know_source(function: types.FunctionType, source: str) -> None:
    """Let the compiler know the text of a function that Python cannot find."""
    from sct_ad.specialise.calls import lowered

    lowered(function, source)
