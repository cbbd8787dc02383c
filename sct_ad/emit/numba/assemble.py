"""Emitted functions -> the texts of a kernel, and of the Python function around it that callers call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CellType
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.emit.numba.boundary import Boundary, denoting, finished, split
from sct_ad.emit.numba.fallback import Instead
from sct_ad.emit.numba.live import live_names
from sct_ad.emit.numba.ranges import items_in_place
from sct_ad.emit.numba.texts import NativeTexts
from sct_ad.emit.pieces import Piece
from sct_ad.emit.printer import print_function
from sct_ad.errors import NotCompiled
from sct_ad.runtime import as_structure
from sct_ad.specialise.namespace import Guard, Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.values import UNKNOWN, Abstract


def native_texts(
    emitted: Sequence[gast.FunctionDef],
    namespace: Namespace,
    facts: Facts,
    parameter_types: dict[str, Abstract],
    result_types: Sequence[Abstract],
    denotes: Callable[[Any], Any],
    defaults: tuple[float, ...],
    guarded: bool,
) -> tuple[NativeTexts, list[Guard]]:
    """The texts of a derivative, the first of the functions emitted, and its helpers, the others; what they rely on.

    `result_types` are those of what it returns, one by one; `denotes` makes of an object of the namespace that which
    its name denotes in text. With `guarded`, there is a way out for where Numba cannot compile a kernel.
    """
    from sct_ad.emit.numba import implementations  # noqa: F401  they are registered
    from sct_ad.emit.numba.support import add_to_item, as_text, stand_in

    names = Names({*namespace.names.taken, *(name for tree in emitted for name in nodes.names_in(tree))})
    objects = namespace.objects
    denoted = denoting(namespace, denotes)
    parts = split(emitted[0], parameter_types, names, denoted, namespace.denote(np, "np"))
    trees = [
        items_in_place(tree, facts, lambda: namespace.denote(add_to_item, "add_to_item"))
        for tree in [parts.kernel, *emitted[1:]]
    ]
    trees[0].name = names.fresh(_kernel_name(emitted[0].name))
    trees, live = live_names(trees, namespace, stand_in, as_text)
    outside = _outside(emitted[0], parts, live.passed, trees[0].name, result_types, namespace, names)
    kernels = {tree.name for tree in trees}

    def piece(tree: gast.FunctionDef, cells: dict[str, CellType], defaults: tuple[float, ...] = ()) -> Piece:
        text, lines = print_function(tree)
        used = nodes.names_in(tree)
        known = {n: denotes(v) for n, v in objects.items() if n in used and n not in kernels and n != way_out}
        shared = {n: c for n, c in cells.items() if n in used and n not in kernels}
        return Piece(tree.name, text, known, shared, tuple(sorted(kernels & used)), defaults, lines)

    around, way_out = _guarded(outside, namespace) if guarded else (outside, "")
    within = None if live.passed else _structures_of_tuples(outside, denoting(namespace, denotes))
    texts = NativeTexts(
        piece(around, namespace.cells, defaults),
        tuple(piece(tree, {}) for tree in trees),
        tuple(map(error_model, trees)),
        None if within is None else piece(within, namespace.cells, defaults),
        tuple(live.passed),
        way_out,
    )
    return texts, live.guards


def _structures_of_tuples(function: gast.FunctionDef, denoted: Callable[[str], Any]) -> gast.FunctionDef:
    """The function with tuples in place of the lists that structures are made of: Numba's lists hold equal types."""
    function = nodes.copy(function)
    for call in nodes.walk(function.body):
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and denoted(call.func.id) is as_structure:
            call.args = [call.args[0], _of_tuples(call.args[1])]
    return function


def _of_tuples(value: nodes.Expr) -> nodes.Expr:
    return nodes.tuple_([_of_tuples(item) for item in value.elts]) if isinstance(value, gast.List) else value


def _kernel_name(name: str) -> str:
    return name.removesuffix("_grad") + "_kernel"


def error_model(tree: gast.FunctionDef) -> str:
    """How Numba divides: as NumPy does, unless that would make a number of a division of integers by zero."""
    for node in nodes.walk(tree):
        if isinstance(node, gast.Try):
            return "python"
        if isinstance(node, (gast.BinOp, gast.AugAssign)) and isinstance(node.op, (gast.FloorDiv, gast.Mod)):
            divisor = node.right if isinstance(node, gast.BinOp) else node.value
            if not (isinstance(divisor, gast.Constant) and divisor.value):
                return "python"
    return "numpy"


def _outside(
    main: gast.FunctionDef,
    parts: Boundary,
    live: dict[str, nodes.Expr],
    kernel: str,
    result_types: Sequence[Abstract],
    namespace: Namespace,
    names: Names,
) -> gast.FunctionDef:
    """The function that takes the caller's arguments, calls the kernel, and returns what the caller expects."""
    call = nodes.call(nodes.name(kernel), *[item.passed for item in parts.given], *live.values())
    count = len(parts.results)
    types_ = result_types if len(result_types) == count else [UNKNOWN] * count
    body: list[gast.stmt] = []
    if count == 1:
        results: list[nodes.Expr] = [call]
    else:
        held = names.fresh("results")
        results = [nodes.subscript(nodes.name(held), nodes.constant(k)) for k in range(count)]
        body.append(nodes.assign(held, call) if count else gast.Expr(value=call))
    numpy = namespace.denote(np, "np")
    results = [finished(result, type_, numpy) for result, type_ in zip(results, types_)]
    outside = nodes.copy(main)
    returned = parts.returned(results)
    plain = isinstance(returned, gast.Tuple) and len(returned.elts) == count > 1
    if plain and all(nodes.same(a, b) for a, b in zip(returned.elts, [*results])) and _untouched(results):  # type: ignore[attr-defined]
        body, returned = [], call
    outside.body = [*body, gast.Return(value=returned)]
    return outside


def _guarded(outside: gast.FunctionDef, namespace: Namespace) -> tuple[gast.FunctionDef, str]:
    """The function around a kernel with a way out for where Numba cannot compile it, and the name of that."""
    error, outside = namespace.names.fresh("error"), nodes.copy(outside)
    parameters = [nodes.name(arg.id) for arg in outside.args.args]
    way_out = namespace.denote(Instead, "in_python")
    called = nodes.call(way_out, nodes.name(error), *parameters)
    handler = gast.ExceptHandler(
        type=namespace.denote(NotCompiled, "NotCompiled"), name=nodes.target(error), body=[gast.Return(value=called)]
    )
    outside.body = [gast.Try(body=outside.body, handlers=[handler], orelse=[], finalbody=[])]
    return outside, way_out.id


def _untouched(results: list[nodes.Expr]) -> bool:
    return all(isinstance(result, gast.Subscript) for result in results)
