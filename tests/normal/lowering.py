"""Lowering for tests: of functions and of texts, back to text, and run."""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import io

import gast
import numpy as np

from sct_ad.normal.demonstrate import parse, text_of
from sct_ad.normal.denoted import Denoted
from sct_ad.normal.lower import lower
from sct_ad.syntax.source import find_source
from tests.numerical import fields, is_object


def lower_text(text):
    source = parse(text)
    return lower(source.tree, source)


def core_text(text):
    return text_of(lower_text(text))


def lower_function(function):
    source = find_source(function)
    return lower(source.tree, source)


def compiled(core, function):
    """The core as a function of the same globals and defaults."""
    tree = ast.parse(text_of(core))
    space = function.__globals__
    kept = space.get(core.name)
    code = compile(tree, f"<core of {core.name}>", "exec")
    constants = [n.value for n in gast.walk(core) if isinstance(n, gast.Constant)]
    space.update({c.name: c.value for c in constants if isinstance(c, Denoted) and not hasattr(builtins, c.name)})
    exec(code, space)
    made = space.pop(core.name)
    if kept is not None:
        space[core.name] = kept
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return made


def outcome(function, args):
    """What a call returns or raises, prints, and leaves in its arguments."""
    args = copy.deepcopy(args)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            result = plain(function(*args))
        except Exception as error:
            result = type(error), str(error), repr(error.__cause__)
    return result, printed.getvalue(), plain(args)


def plain(value):
    """Arrays as lists, so that results compare."""
    if isinstance(value, np.ndarray):
        return "array", str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return getattr(type(value), "_make", type(value))(plain(item) for item in value)
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if is_object(value):
        return type(value).__name__, plain(fields(value))
    return value


def statements(core):
    return [node for node in gast.walk(core) if isinstance(node, gast.stmt) and node is not core]
