"""What the pipeline does besides for the Numba backend; the compiler imports it when that is asked for."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gast

from sct_ad.derive.gradient import Derived
from sct_ad.emit.numba.assemble import error_model, native_texts
from sct_ad.emit.numba.boundary import leaves
from sct_ad.emit.numba.options import Backend
from sct_ad.emit.numba.ranges import backward_ranges, whole_slices
from sct_ad.emit.numba.tapes import tapes_in_arrays
from sct_ad.emit.numba.texts import NativeTexts
from sct_ad.lower.entry import lower, lower_to_vectors
from sct_ad.lower.parallel import Numba, parallel_loops
from sct_ad.lower.remaining import spell_remaining
from sct_ad.optimise.tidy import Pass
from sct_ad.specialise.entry import Specialised
from sct_ad.specialise.namespace import Guard, Namespace
from sct_ad.syntax.values import Abstract

IN_PYTHON = ("contractions", "rebinding", "release", "one tape", "sums first")
"""Passes that do what loops over elements, or Numba itself, do better."""


def lowering(passes: Sequence[tuple[str, Pass]], namespace: Namespace, backend: Backend) -> list[tuple[str, Pass]]:
    """The passes with those for Numba, which need facts that know the types of all variables.

    They stand in front of the pass that gives temporaries their last names. New variables are `facts.temporaries`,
    with types in `facts.types`.
    """
    added: list[tuple[str, Pass]] = [
        ("tapes", partial(tapes_in_arrays, namespace=namespace)),
        ("backward ranges", backward_ranges),
        ("whole slices", whole_slices),
        ("loops", lower_to_vectors if backend.vectors else lower),
    ]
    if backend.parallel:
        added.append(("parallel", _parallel(namespace, backend)))
    added.append(("remaining", partial(spell_remaining, denote=lambda value: _denoted(value, namespace))))
    passes = [(name, run) for name, run in passes if name not in IN_PYTHON]
    last = next((k for k, (name, _) in enumerate(passes) if name == "names"), len(passes))
    return [*passes[:last], *added, *passes[last:]]


def _parallel(namespace: Namespace, backend: Backend) -> Pass:
    import numba

    from sct_ad.emit.numba.support import share

    strict = backend.keywords.get("error_model") == "python" or bool(backend.keywords.get("boundscheck"))
    return partial(
        parallel_loops,
        denote=namespace.denote,
        numba=Numba(numba.prange, numba.get_num_threads, share),
        raises=lambda function: strict or error_model(function) == "python",
    )


def _denoted(value: Any, namespace: Namespace) -> gast.expr:
    """A name for what stands for a function in what Numba compiles; NumPy itself is as it is."""
    if isinstance(value, types.ModuleType):
        return namespace.denote(value, "np")
    from sct_ad.emit.numba.contractions import CONTRACTIONS
    from sct_ad.emit.numba.missing import OF_WHAT_MAY_BE_MISSING
    from sct_ad.emit.numba.reductions import ALONG

    found = {**ALONG, **CONTRACTIONS, **OF_WHAT_MAY_BE_MISSING}[value]
    return namespace.denote(found, found.__name__)


def texts_of(
    argument_types: dict[str, Abstract],
    flat: Specialised,
    derived: Derived,
    emitted: list[gast.FunctionDef],
    backend: Backend,
    denotes: Callable[[Any], Any],
) -> tuple[NativeTexts, list[Guard]]:
    """The texts for Numba, and what they rely on; `denotes` makes of an object that which its name denotes in text."""
    facts = derived.facts
    result_types = [facts.type_of(leaf) for leaf in leaves(derived.function, flat.namespace, denotes)]
    given = {flat.parameters[name]: type_ for name, type_ in argument_types.items() if name in flat.parameters}
    return native_texts(
        emitted,
        flat.namespace,
        facts,
        {**facts.types, **given},
        result_types,
        denotes,
        derived.defaults,
        backend.instead is not None,
    )
