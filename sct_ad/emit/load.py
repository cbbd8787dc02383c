"""From emitted text to a function: compiled, closed over the user's own cells, and readable in tracebacks."""

from __future__ import annotations

import ast
import hashlib
import itertools
import linecache
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterable
from types import CellType, CodeType, FunctionType, TracebackType
from typing import Any

from sct_ad.errors import InternalError, Span
from sct_ad.runtime.failures import TangentFailure
from sct_ad.syntax.text import compile_tree, in_factory, nested_codes, parse_text

_NOTE = "while differentiating "

_lock = threading.Lock()
_numbers: dict[str, itertools.count[int]] = {}
_loaded: dict[str, dict[int, Span]] = {}
"""Pseudo file of a loaded text -> its line -> the user's place; forgotten with the code."""
_uses: dict[str, int] = {}
"""Pseudo file -> how many functions were loaded from it that are still there."""

RAISED = (Exception, TangentFailure)
"""What comes out of loaded text and goes through `annotate_error`."""


def load(
    text: str,
    name: str,
    namespace: dict[str, object],
    function_globals: dict[str, Any],
    cells: dict[str, CellType] | None = None,
    defaults: tuple[Any, ...] | None = None,
    kwdefaults: dict[str, Any] | None = None,
    lines: dict[int, Span] | None = None,
    by_text: bool = False,
) -> FunctionType:
    """The function that `text`, one def called `name`, defines.

    A free name means the object in `namespace`, the shared cell in `cells`, or else what `function_globals` holds
    at the time of the call. Defaults are the objects given; those written in the text are for the reader.
    With `by_text`, the file of the function has a name that is the same in all processes.
    """
    cells = cells or {}
    both = sorted(namespace.keys() & cells.keys())
    if both:
        raise InternalError(f"names bound both to objects and to cells: {', '.join(both)}\n{text}")
    file = _register(text, name, lines or {}, by_text)
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


def load_variant(
    function: FunctionType,
    text: str,
    change: Callable[[ast.FunctionDef], None],
    constants: dict[str, object],
    live: Collection[str] = (),
) -> FunctionType:
    """A loaded function compiled anew after `change` has been at the tree of its def, the first in `text`.

    It keeps the function's file, free names and cells. The names in `constants`, which the change may put in, denote
    these objects, as constants of the code: nothing is found faster. Names in `live` are read from the globals.
    """
    code = function.__code__
    statement = ast.parse(text).body[0]
    assert isinstance(statement, ast.FunctionDef)
    change(statement)
    marks = {f"<{name}>": value for name, value in constants.items()}
    marked = _Marks(constants).visit(statement)
    cells = {n: cell for n, cell in zip(code.co_freevars, function.__closure__ or ()) if n not in live}
    made = _code_of(marked, code.co_filename, list(cells))
    made = made.replace(co_consts=tuple(marks.get(c, c) if type(c) is str else c for c in made.co_consts))
    closure = tuple(cells[name] for name in made.co_freevars)
    variant = FunctionType(made, function.__globals__, function.__name__, None, closure)
    variant.__dict__["loaded"] = function  # its file is forgotten when it goes
    return variant


class _Marks(ast.NodeTransformer):
    """Names -> strings that stand for them until the code is there: a tree cannot hold any object as a constant."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.copy_location(ast.Constant(f"<{node.id}>"), node) if node.id in self.names else node


def annotate_error(error: BaseException, lines: dict[int, Span] | None = None) -> None:
    """Note on an error, once, the user's line whose derivative the innermost loaded text was computing.

    `lines` serves texts that `load` got no lines for. Of a failure that no handler of the user's was to catch, the
    exception behind it is raised.
    """
    if isinstance(error, TangentFailure):
        assert error.__cause__ is not None
        annotate_error(error.__cause__, lines)
        raise error.__cause__ from None
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
    else:  # Python 3.10 prints no notes, unless the backport of exception groups has taught it to
        error.__notes__ = [*notes, note]
        if "exceptiongroup" not in sys.modules:
            _append_to_message(error, note)


def span_of(file: str, line: int) -> Span | None:
    """The user's place that a line of a loaded text stems from."""
    return _loaded.get(file, {}).get(line)


def _append_to_message(error: BaseException, note: str) -> None:
    """Put a note below an error's message, where the message is the error's one argument or there is none."""
    message = error.args[0] if error.args else ""
    if len(error.args) < 2 and isinstance(message, str) and str(error) == message:
        error.args = (f"{message}\n{note}" if message else note,)


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
    return _code_of(body[0], file, free)


def _code_of(statement: ast.FunctionDef, file: str, free: list[str]) -> CodeType:
    line = statement.lineno
    statement.decorator_list = []
    module = compile_tree([in_factory(statement, free)], file)
    return next(code for code in nested_codes(module) if code.co_name == statement.name and code.co_firstlineno == line)


def _register(text: str, name: str, lines: dict[int, Span], by_text: bool) -> str:
    """Gives the text a file name, under which linecache, and so tracebacks, inspect and pdb, find it."""
    with _lock:
        if by_text:
            file = f"<sct_ad {name} {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
        else:
            number = next(_numbers.setdefault(name, itertools.count(1)))
            file = f"<sct_ad {name} {number}>"
        _uses[file] = _uses.get(file, 0) + 1
        _loaded[file] = lines
        # No time stamp: linecache.checkcache then leaves the entry alone.
        linecache.cache[file] = (len(text), None, [line + "\n" for line in text.removesuffix("\n").split("\n")], file)
    return file


def _forget(file: str) -> None:
    # No lock: this may run in the garbage collector, while this very thread holds it.
    uses = _uses.get(file, 1) - 1
    if uses:
        _uses[file] = uses
        return
    _uses.pop(file, None)
    _loaded.pop(file, None)
    linecache.cache.pop(file, None)
