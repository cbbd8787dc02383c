"""From emitted text to a function: compiled, closed over the user's own cells, and readable in tracebacks."""

from __future__ import annotations

import ast
import itertools
import linecache
import threading
import weakref
from collections.abc import Iterable
from types import CellType, CodeType, FunctionType, TracebackType
from typing import Any

from sct_ad.errors import InternalError, Span
from sct_ad.syntax.text import compile_tree, in_factory, nested_codes, parse_text

_NOTE = "while differentiating "

_lock = threading.Lock()
_numbers: dict[str, itertools.count[int]] = {}
_loaded: dict[str, dict[int, Span]] = {}
"""Pseudo file of a loaded text -> its line -> the user's place; forgotten with the code."""


def load(
    text: str,
    name: str,
    namespace: dict[str, object],
    function_globals: dict[str, Any],
    cells: dict[str, CellType] | None = None,
    defaults: tuple[Any, ...] | None = None,
    kwdefaults: dict[str, Any] | None = None,
    lines: dict[int, Span] | None = None,
) -> FunctionType:
    """The function that `text`, one def called `name`, defines.

    A free name means the object in `namespace`, the shared cell in `cells`, or else what `function_globals` holds
    at the time of the call. Defaults are the objects given; those written in the text are for the reader.
    """
    cells = cells or {}
    both = sorted(namespace.keys() & cells.keys())
    if both:
        raise InternalError(f"names bound both to objects and to cells: {', '.join(both)}\n{text}")
    file = _register(text, name, lines or {})
    try:
        code = _compile(text, name, file, [*namespace, *cells])
    except BaseException:
        _forget(file)
        raise
    weakref.finalize(code, _forget, file).atexit = False
    closure = tuple(cells[free] if free in cells else CellType(namespace[free]) for free in code.co_freevars)
    function = FunctionType(code, function_globals, name, defaults, closure)
    function.__kwdefaults__ = dict(kwdefaults) if kwdefaults else None
    function.__qualname__ = name
    return function


def annotate_error(error: BaseException, lines: dict[int, Span] | None = None) -> None:
    """Note on an error, once, the user's line whose derivative the innermost loaded text was computing.

    `lines` serves texts that `load` got no lines for.
    """
    notes = getattr(error, "__notes__", [])
    if any(str(note).startswith(_NOTE) for note in notes):
        return
    span = None
    for file, line in _places(error.__traceback__):
        if file in _loaded:
            span = (_loaded[file] or lines or {}).get(line, span)
    if span is None:
        return
    note = f"{_NOTE}{span.where}: {span.text.strip()}"
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:  # Python 3.10
        error.__notes__ = [*notes, note]


def _places(traceback: TracebackType | None) -> Iterable[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _compile(text: str, name: str, file: str, free: list[str]) -> CodeType:
    """The code object of the def, as if inside a function that has the names in `free`."""
    try:
        body = parse_text(text, file).body
    except SyntaxError as error:
        raise InternalError(f"emitted text that does not parse: {error}\n{text}") from error
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != name:
        raise InternalError(f"not the text of one def {name}:\n{text}")
    statement = body[0]
    line = statement.lineno
    statement.decorator_list = []
    module = compile_tree([in_factory(statement, free)], file)
    return next(code for code in nested_codes(module) if code.co_name == name and code.co_firstlineno == line)


def _register(text: str, name: str, lines: dict[int, Span]) -> str:
    """Gives the text a file name, under which linecache, and so tracebacks, inspect and pdb, find it."""
    with _lock:
        number = next(_numbers.setdefault(name, itertools.count(1)))
        file = f"<sct_ad {name} {number}>"
        _loaded[file] = lines
        # No time stamp: linecache.checkcache then leaves the entry alone.
        linecache.cache[file] = (len(text), None, [line + "\n" for line in text.removesuffix("\n").split("\n")], file)
    return file


def _forget(file: str) -> None:
    # No lock: this may run in the garbage collector, while this very thread holds it.
    _loaded.pop(file, None)
    linecache.cache.pop(file, None)
