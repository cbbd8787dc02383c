"""Whether a user's function surely does nothing but compute, as its text tells."""

from __future__ import annotations

import builtins
import types
from typing import Any

import gast
import numpy as np

from sct_ad.errors import SctError
from sct_ad.rules import registry
from sct_ad.rules.effects import effects
from sct_ad.specialise import calls
from sct_ad.syntax import nodes

_METHODS = {name for cls in (np.ndarray, list, dict, tuple, str) for name in dir(cls) if not name.startswith("_")}
_UNSAFE = {"tofile", "dump", "shuffle", "choice", "random", "normal", "uniform"}


def is_effect_free(function: types.FunctionType, seen: frozenset[types.CodeType] = frozenset()) -> bool:
    """Whether all calls in a function are of pure functions; False where that cannot be seen."""
    if function.__code__ in seen:
        return True
    seen = seen | {function.__code__}
    try:
        core, _ = calls.lowered(function)
    except SctError:
        return False
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    for node in nodes.walk(core.body):
        if isinstance(node, (gast.Global, gast.Nonlocal, gast.With, gast.Try)):
            return False
        if isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Store):
            return False
        if isinstance(node, gast.Call) and not _is_pure_call(node.func, function, cells, core, seen):
            return False
    return True


def _is_pure_call(
    func: Any,
    function: types.FunctionType,
    cells: dict[str, Any],
    core: gast.FunctionDef,
    seen: frozenset[types.CodeType],
) -> bool:
    path = nodes.dotted(func)
    local = {name for stmt in nodes.statements(core.body) for name in nodes.defines(stmt)}
    if path is None or path[0] in local or path[0] in function.__code__.co_varnames:
        return isinstance(func, gast.Attribute) and func.attr in _METHODS - _UNSAFE
    if path[0] in cells:
        try:
            value = cells[path[0]].cell_contents
        except ValueError:
            return False
    else:
        value = function.__globals__.get(path[0], getattr(builtins, path[0], None))
    for attr in path[1:]:
        value = getattr(value, attr, None)
    if value is None:
        return False
    if isinstance(value, types.FunctionType) and registry.lookup(value) is None:
        home = (value.__module__ or "").partition(".")[0]
        return home not in ("numpy", "scipy", "logging", "random") and is_effect_free(value, seen)
    return bool(effects(value).pure)
