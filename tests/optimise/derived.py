"""Hand-written derivative code for the tests, and the facts about it, read off one run on sample arguments.

A line's comment is the user's line that it stems from: `#: s = s + x` for the line itself, `#~ s = s + x` for its
adjoint. A line without a comment has the origin of the line before it.
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import math
import textwrap
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.errors import Span
from sct_ad.optimise.demonstrate import text_of
from sct_ad.rules.effects import Effects
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.nodes import Expr, dotted, names_in, statements
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    List,
    Opaque,
    Range,
    Scalar,
    Tuple,
)

LOG: list[Any] = []


def log(*values: Any) -> None:
    """The impure function of the test programs."""
    LOG.append(copy.deepcopy(values))


def world() -> dict[str, Any]:
    """The globals of the test programs."""
    return {"np": np, "math": math, "log": log}


def parse(text: str) -> gast.FunctionDef:
    """The text's function, with origins from its comments."""
    text = textwrap.dedent(text).strip("\n")
    lines = text.split("\n")
    fn = gast.parse(text).body[0]
    known: dict[str, int] = {}
    origin: dict[int, Span | None] = {}
    current: Span | None = None
    for number, line in enumerate(lines, 1):
        for mark in ("#:", "#~"):
            if mark in line:
                user = line.split(mark)[1].strip()
                place = known.setdefault(user, len(known) + 1)
                current = Span("user.py", place, 4, place, 4 + len(user), user, mark == "#~")
        origin[number] = current
    for stmt in statements(fn.body):
        stmt.origin = origin[stmt.lineno]
    return fn


def run(fn: gast.FunctionDef, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], list[Any]]:
    """The result, the arguments afterwards, and what was logged."""
    args = copy.deepcopy(args)
    LOG.clear()
    with np.errstate(all="ignore"):
        result = function_of(fn)(*args)
    return result, args, list(LOG)


def function_of(fn: gast.FunctionDef) -> Callable[..., Any]:
    """The function, executed from its text."""
    namespace = world()
    exec(compile(text_of(fn), f"<{fn.name}>", "exec"), namespace)
    return namespace[fn.name]


def _locals_of(fn: gast.FunctionDef, args: tuple[Any, ...]) -> dict[str, Any]:
    """The variables at the function's end, parameters with defaults included."""
    text = text_of(fn)
    tree = ast.parse(text)
    body = tree.body[0].body  # type: ignore[attr-defined]
    body[-1] = ast.parse("return locals()").body[0]
    namespace = world()
    exec(compile(ast.fix_missing_locations(tree), "<sample>", "exec"), namespace)
    with np.errstate(all="ignore"):
        return namespace[fn.name](*copy.deepcopy(args))


def facts_of(fn: gast.FunctionDef, args: tuple[Any, ...], user: str = "", **memory: str) -> Facts:
    """Facts as the analyses would give them; `user` names the variables that the user wrote."""
    values = _locals_of(fn, args)
    parameters = inspect.signature(function_of(fn)).parameters
    known = world() | values
    method_of = {name: getattr(np, name, None) for name in ("sum", "dot", "reshape", "copy", "ravel", "mean")}

    def resolve(func: Expr) -> Any:
        chain = dotted(func)
        if chain is None or (chain[0] in values and isinstance(func, gast.Attribute)):
            return method_of.get(getattr(func, "attr", ""))
        found: Any = world().get(chain[0], getattr(builtins, chain[0], None))
        for part in chain[1:]:
            found = getattr(found, part, None)
        return found

    def call_effects(call: Expr) -> Effects:
        if not isinstance(call, gast.Call):
            return Effects(pure=False)
        attr = getattr(call.func, "attr", "")
        function = resolve(call.func)
        if attr in ("append", "pop", "extend", "fill", "sort"):
            return Effects(mutates=(0,))
        if function == np.add.at:
            return Effects(mutates=(0,))
        if function is None or function is log:
            return Effects(pure=False)
        if function in (np.zeros_like, np.empty_like, np.ones_like, np.full_like, np.shape, np.size, np.ndim, len):
            return Effects(shape_only=(0,))
        if function in (np.reshape, np.ravel, np.transpose, np.broadcast_to, np.asarray):
            return Effects(view_of=(0,))
        return Effects()

    def type_of(expr: Expr) -> Abstract:
        if not names_in(expr) <= set(known) | set(dir(builtins)):
            return UNKNOWN
        if any(isinstance(n, gast.Call) and not call_effects(n).pure for n in ast_walk(expr)):
            return UNKNOWN
        text = ast.unparse(ast.fix_missing_locations(ast.Expression(gast.gast_to_ast(expr))))
        try:
            with np.errstate(all="ignore"):
                return abstract(eval(text, dict(known)))
        except Exception:
            return UNKNOWN

    facts = Facts(
        types={name: abstract(value) for name, value in values.items()},
        memory=_memory(values) | memory,
        temporaries=names_in(fn.body) - set(world()) - set(dir(builtins)) - set(parameters) - set(user.split()),
        resolve=resolve,
        call_effects=call_effects,
        type_of=type_of,
    )
    return facts


def ast_walk(node: Any) -> Any:
    """All nodes of a gast tree."""
    return gast.walk(node)


def _memory(values: dict[str, Any]) -> dict[str, str]:
    """Arrays and lists by the object that owns their memory."""
    owners: dict[int, str] = {}
    result: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, (np.ndarray, list)):
            root = value
            while isinstance(root, np.ndarray) and isinstance(root.base, np.ndarray):
                root = root.base
            result[name] = owners.setdefault(id(root), f"memory of {name}")
    return result


def abstract(value: Any) -> Abstract:
    """The abstract value of a concrete one; equal sizes count as equal dims."""
    if isinstance(value, np.ndarray):
        return Array(str(value.dtype), tuple(1 if n == 1 else Dim(("n", n), 0, True) for n in value.shape))
    if isinstance(value, np.generic):
        kinds = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}
        return Scalar(kinds[value.dtype.kind], str(value.dtype))
    if isinstance(value, (bool, int, float, complex)):
        return Scalar(type(value).__name__)
    if isinstance(value, tuple):
        return Tuple(tuple(map(abstract, value)))
    if isinstance(value, list):
        return List(None)
    if isinstance(value, range):
        return Range()
    return Constant(value) if value is None or isinstance(value, str) else Opaque(type(value))


def equal(one: Any, two: Any, rtol: float = 0.0) -> bool:
    """Whether results agree: structure, types, and values to the bit or to `rtol`."""
    if type(one) is not type(two):
        return False
    if isinstance(one, (tuple, list)):
        return len(one) == len(two) and all(equal(a, b, rtol) for a, b in zip(one, two))
    if isinstance(one, np.ndarray):
        if one.dtype != two.dtype or one.shape != two.shape:
            return False
    elif not isinstance(one, (int, float, complex, np.generic)):
        return bool(one == two)
    if rtol == 0.0:
        return bool(np.array_equal(one, two, equal_nan=True))
    return bool(np.allclose(one, two, rtol=rtol, atol=rtol, equal_nan=True))
