"""Pullbacks that run the function again for each cotangent: those of Numba, which would have to hand over its tapes."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sct_ad.columns import refuse_drawing
from sct_ad.compilation import compiled_derivative
from sct_ad.compiled import Compiled, Record
from sct_ad.derive.requests import PullbackRequest, SeededRequest, TangentRequest
from sct_ad.emit.numba.options import Backend
from sct_ad.pytree import flatten
from sct_ad.runtime import copy_structure
from sct_ad.syntax.values import Abstract


def compile_recomputed(
    function: types.FunctionType,
    argument_types: dict[str, Abstract],
    request: PullbackRequest,
    source: str | None,
    record: Record | None,
    by_value: bool,
    backend: Backend,
) -> Compiled:
    """A pair like that of a pullback: the value alone, and value and cotangents at the arguments that are kept."""
    asked = SeededRequest(request.argnums, request.has_aux, request.name)
    alone = TangentRequest((), request.has_aux, request.name)
    pulled = compiled_derivative(function, argument_types, asked, source, record, by_value, backend=backend)
    value = compiled_derivative(function, argument_types, alone, source, None, by_value, backend=backend)

    def forward(*args: Any) -> Any:
        held = copy.deepcopy(args) if request.copy else args
        found, _, *aux = value.function(*args)
        return (copy_structure(found), (held, copy.deepcopy(found)), *aux)  # it may be an argument itself

    def holds() -> bool:
        return value.holds() and pulled.holds()

    first: Any = forward
    return replace(
        pulled,
        function=first,
        reverse=_reverse(pulled.function, request.name),
        text=f"{pulled.text}\n\n{value.text}",
        guards=[*pulled.guards, *value.guards],
        holds=holds,
        kernel=None,
    )


def _reverse(pulled: Callable[..., Any], name: str) -> Any:
    def reverse(kept: tuple[Any, ...], cotangent: Any) -> Any:
        args, value = kept
        again, found = pulled(*args, cotangent)
        if not _is_same(again, value):
            refuse_drawing("vjp", name)
        return found

    return reverse


def _is_same(found: Any, expected: Any) -> bool:
    """Whether two results are the same, but for rounding: they are those of two texts."""
    (found, structure), (expected, other) = flatten(found), flatten(expected)
    return bool(structure == other) and all(map(_is_close, found, expected))


def _is_close(found: Any, expected: Any) -> bool:
    if np.shape(found) != np.shape(expected) or np.asarray(expected).dtype.kind not in "fciub":
        return bool(np.all(np.equal(found, expected)))
    scale = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
    return bool(np.allclose(found, expected, rtol=1e-4, atol=1e-6 * float(scale), equal_nan=True))
