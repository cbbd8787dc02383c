"""From text to tree to bytecode, without warnings on the way and without a limit on depth."""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from types import CodeType, FrameType
from typing import Any

_FRAMES_PER_LEVEL = 8
"""Python frames that a recursive visitor (gast's converters, astor) takes per level of a tree, generously."""

_PLAIN = frozenset({str, int, float, type(None)})
"""What is in a node that is no node: a test of the class is quick."""

_lock = threading.RLock()
_waiting_limits: list[int] = []


def parse_text(text: str, file: str) -> ast.Module:
    """The tree of a module's text; raises SyntaxError. `await` at top level is let through, as notebooks do."""
    with quietly():
        try:
            return ast.parse(text, file)
        except SyntaxError:
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree: ast.Module = compile(text, file, "exec", flags, dont_inherit=True)
            return tree


def compile_tree(body: list[ast.stmt], file: str, flags: int = 0, optimize: int = -1) -> CodeType:
    """The bytecode of a module of these statements; `flags` are those of `from __future__` imports."""
    module = ast.Module(body=body, type_ignores=[])
    with quietly(), room_for(module):
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code: CodeType = compile(module, file, "exec", flags, dont_inherit=True, optimize=optimize)
    return code


def in_factory(statement: ast.stmt, free: Collection[str]) -> ast.FunctionDef:
    """A function around `statement` whose parameters are `free`, so that these names compile to closure cells.

    Where it can be, the name of an inner def is declared global: its qualified name then stays bare, and what it
    says of its own name means the module's.
    """
    parameters = [ast.arg(arg=name) for name in sorted(free)]
    arguments = ast.arguments(posonlyargs=[], args=parameters, kwonlyargs=[], kw_defaults=[], defaults=[])
    body = [statement]
    if isinstance(statement, ast.FunctionDef) and statement.name not in free:
        body.insert(0, ast.Global([statement.name]))
    factory = ast.FunctionDef(name="factory", args=arguments, body=body, decorator_list=[])
    if sys.version_info >= (3, 12):
        factory.type_params = []
    for made in (*parameters, *body[:-1], factory):  # the statement, which may be long, has its places
        ast.copy_location(made, statement)
    return factory


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """The code objects of all functions and classes inside one, outer ones first."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested_codes(constant)


@contextmanager
def quietly() -> Iterator[None]:
    """Parsing the user's text a second time must not repeat its warnings (nor raise where they are errors)."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def room_for(tree: Any) -> Iterator[None]:
    """Raises the recursion limit, for a while, so that recursive visitors can walk `tree` (ast or gast)."""
    with _lock:
        before = sys.getrecursionlimit()
        _waiting_limits.append(before)
        sys.setrecursionlimit(max(before, _frames() + 200 + _FRAMES_PER_LEVEL * depth(tree)))
    try:
        yield
    finally:
        with _lock:
            # Another thread may still need its room: the last one out restores the lowest limit of all.
            _waiting_limits.sort()
            lowest = _waiting_limits[0]
            _waiting_limits.pop()
            if not _waiting_limits:
                with suppress(RecursionError):  # too deep just now: keep the room
                    sys.setrecursionlimit(lowest)


def depth(tree: Any) -> int:
    """The number of levels of a tree; walks it without recursion."""
    levels, nodes = 0, [tree]
    while nodes:
        levels += 1
        below: list[Any] = []
        for node in nodes:
            for value in vars(node).values():
                if value.__class__ in _PLAIN:
                    continue
                if isinstance(value, list):
                    below += [child for child in value if isinstance(child, ast.AST)]
                elif isinstance(value, ast.AST) and value._fields:
                    below.append(value)
        nodes = below
    return levels


def _frames() -> int:
    frame: FrameType | None = sys._getframe()
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count
