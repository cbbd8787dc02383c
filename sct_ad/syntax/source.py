"""From a function object to the text that it was compiled from, as a tree with absolute positions.

A file and a line number only suggest where a function stands: the file may have changed, and one line may hold
several lambdas. So a suggestion is compiled, and counts only if its bytecode is that of the function.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, TypeAlias

import gast

from sct_ad.errors import Span, UnsupportedError
from sct_ad.syntax.bytecode import same_code, same_outside
from sct_ad.syntax.nodes import walk
from sct_ad.syntax.text import compile_tree, in_factory, nested_codes, parse_text, room_for

_Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda"

_FUTURES = __future__.annotations.compiler_flag | __future__.barry_as_FLUFL.compiler_flag
_PYTEST_MARK = "@pytest_ar"

_captured: weakref.WeakKeyDictionary[FunctionType, list[str]] = weakref.WeakKeyDictionary()
_lock = threading.RLock()


@dataclass(frozen=True)
class Source:
    """A function's text: the file's lines (without newlines) and the function's tree, positions absolute."""

    file: str
    lines: tuple[str, ...]
    tree: gast.FunctionDef | gast.Lambda


class _Place(NamedTuple):
    """A function in a file, the top-level statement that holds it, and the imports of the file.

    A statement is compiled with the file's imports and nothing else: since Python 3.12 the bytecode of `np.sin(x)`
    depends on whether `np` is imported.
    """

    node: _Function
    statement: ast.stmt
    imports: tuple[ast.stmt, ...]

    @property
    def name(self) -> str:
        """The name that its code object bears."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def line(self) -> int:
        """The first line of its code object: that of its first decorator."""
        decorators = [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list
        return min(node.lineno for node in (self.node, *decorators))


def find_source(function: FunctionType, source: str | None = None) -> Source:
    """The text and tree of a function; `source` is its text where Python has kept none."""
    if not isinstance(function, FunctionType):
        raise UnsupportedError(
            f"{function!r} is not a function written in Python: it has no source text",
            hint="pass a function defined by def or lambda",
        )
    if source is not None:
        file, texts = f"<source of {function.__qualname__}>", iter([source.replace("\r\n", "\n")])
    else:
        file, texts = function.__code__.co_filename, _texts(function)
    seen = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            with _lock:  # the trees are shared, and marked for a while
                found = _find(function, file, text)
                if found is not None:
                    return _source(file, text, *found)
    raise _not_found(function, source, bool(seen))


def capture(function: FunctionType) -> None:
    """Remember the text that `function` stands in now, so that later edits of its file do no harm."""
    if isinstance(function, FunctionType):
        lines = _current_lines(function)
        if lines:
            with _lock:
                _captured[function] = lines


def span_of(source: Source, node: Any) -> Span:
    """Where a node stands, for messages; columns count characters. A node without position: the function's line."""
    if getattr(node, "lineno", None) is None:
        node = source.tree
    line, end_line = node.lineno, getattr(node, "end_lineno", None) or node.lineno
    text, end_text = _line(source, line), _line(source, end_line)
    end_column = getattr(node, "end_col_offset", None)
    end = len(end_text) if end_column is None else _characters(end_text, end_column)
    return Span(source.file, line, _characters(text, node.col_offset), end_line, end, text)


def _line(source: Source, line: int) -> str:
    return source.lines[line - 1] if 0 < line <= len(source.lines) else ""


def _characters(text: str, column: int) -> int:
    """A column in characters: the parser counts the bytes of UTF-8."""
    return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


# --- candidate texts -------------------------------------------------------------------------------------------


def _texts(function: FunctionType) -> Iterator[str]:
    """The texts that may hold a function, likeliest first: remembered, as imported, as the file is now."""
    file = function.__code__.co_filename
    with _lock:
        own = _captured.get(function)
        others = [lines for other, lines in _captured.items() if other.__code__.co_filename == file]
    entry = linecache.cache.get(file, ())
    earlier = entry[2] if len(entry) > 2 else None
    for lines in filter(None, (own, earlier)):
        yield "".join(lines)
    for lines in filter(None, (_current_lines(function), *others)):
        yield "".join(lines)


def _current_lines(function: FunctionType) -> list[str]:
    """The lines of a function's file now; also of prompts, notebooks, zip files, doctests: all go by linecache."""
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    by_code = getattr(linecache, "_getlines_from_code", None)  # how the prompt and `python -c` keep text since 3.13
    return lines or (by_code(code) if by_code else [])


# --- the place in a text ---------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _places(file: str, text: str) -> tuple[_Place, ...]:
    """All functions of a text, in no particular order; none if it does not parse."""
    try:
        body = parse_text(text, file).body
    except SyntaxError:
        try:
            # A method or nested function by itself: indented. Dedenting would break strings that reach column 0.
            body = parse_text("if True:\n" + text, file).body[0].body  # type: ignore[attr-defined]
        except SyntaxError:
            return ()
        for statement in body:
            ast.increment_lineno(statement, -1)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    imports = tuple(_imports(body))
    return tuple(
        _Place(node, statement, imports) for statement in body for node in walk(statement) if isinstance(node, kinds)
    )


def _imports(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The imports in a module's own scope, also those under `if` and `try`."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _find(function: FunctionType, file: str, text: str) -> tuple[_Function, bool] | None:
    """The node whose bytecode is the function's, and whether its asserts are compiled away."""
    code = function.__code__
    places = [place for place in _places(file, text) if place.name == code.co_name]
    # Lines may have moved since; the bytecode decides, the line only says where to look first.
    places.sort(key=lambda place: (place.line != code.co_firstlineno, place.line))
    current = sys.flags.optimize
    for level in (current, *({0, 1, 2} - {current})):
        tried: set[tuple[int, int]] = set()
        for place in places:
            key = (id(place.statement), place.line)
            if key not in tried and _compiled(place, function, file, level):
                rivals = [p for p in places if (id(p.statement), p.line) == key]
                return _single(rivals, function, file, level).node, level > 0
            tried.add(key)
    if _PYTEST_MARK in function.__globals__:
        for place in places:
            if place.line == code.co_firstlineno and _rewritten(place, function, file):
                return place.node, False
    return None


def _compiled(place: _Place, function: FunctionType, file: str, level: int) -> bool:
    """Whether the text at a place compiles to the function's bytecode."""
    codes = _codes(place, function, file, level)
    return any(made.co_firstlineno == place.line and same_code(made, function.__code__) for made in codes)


def _codes(place: _Place, function: FunctionType, file: str, level: int) -> Iterator[CodeType]:
    """The code objects that a place's statement compiles to, by itself and with the function's free names around."""
    code = function.__code__
    statements = [place.statement]
    if code.co_freevars:
        statements.append(in_factory(place.statement, code.co_freevars))
    modules = [name for name in code.co_names if isinstance(function.__globals__.get(name), ModuleType)]
    # A text by itself lacks the imports that it was compiled with.
    guessed = tuple(ast.fix_missing_locations(ast.Import([ast.alias(name)])) for name in modules)
    for imports in (place.imports, guessed) if guessed and not place.imports else (place.imports,):
        for statement in statements:
            body = [*imports, *(() if statement in imports else (statement,))]
            try:
                made = compile_tree(body, file, code.co_flags & _FUTURES, level)
            except SyntaxError:  # `return` or `nonlocal` outside its function
                continue
            yield from nested_codes(made)


def _single(rivals: list[_Place], function: FunctionType, file: str, level: int) -> _Place:
    """The place among lambdas of one line: by bytecode, and by column where their bytecode is the same."""
    if len(rivals) > 1:
        rivals = _by_marked_lines(rivals, function, file, level) or rivals
    if len(rivals) > 1:
        rivals = _by_column(rivals, function.__code__) or rivals
    return rivals[0]


def _by_marked_lines(rivals: list[_Place], function: FunctionType, file: str, level: int) -> list[_Place]:
    """Moves each rival to a line of its own, compiles, and sees on which lines the function's bytecode comes up."""
    places = [(place.node, place.node.lineno, place.node.end_lineno or 0) for place in rivals]
    last = rivals[0].statement.end_lineno or 0
    try:
        for number, (node, line, end_line) in enumerate(places, start=1):
            node.lineno, node.end_lineno = last + number, last + number + end_line - line
        codes = _codes(rivals[0], function, file, level)
        lines = {made.co_firstlineno for made in codes if same_code(made, function.__code__)}
    finally:
        for node, line, end_line in places:
            node.lineno, node.end_lineno = line, end_line
    return [place for number, place in enumerate(rivals, start=1) if last + number in lines]


def _by_column(rivals: list[_Place], code: CodeType) -> list[_Place]:
    """The innermost rivals that span the positions of all instructions (known since Python 3.11)."""
    positions: list[tuple[Any, Any, Any, Any]] = list(getattr(code, "co_positions", tuple)())
    spans = [(line, column, end, last) for line, end, column, last in positions if line and end and last]
    if not spans:
        return []
    start = min((line, column) for line, column, _, _ in spans)
    stop = max((end, last) for _, _, end, last in spans)
    around = [
        place
        for place in rivals
        if (place.node.lineno, place.node.col_offset) <= start
        and stop <= (place.node.end_lineno or 0, place.node.end_col_offset or 0)
    ]
    return sorted(around, key=lambda place: (place.node.lineno, place.node.col_offset))[-1:]


def _rewritten(place: _Place, function: FunctionType, file: str) -> bool:
    """Whether all but the asserts compiles to the function's bytecode, whose asserts pytest has rewritten."""
    asserts = [node for node in ast.walk(place.node) if isinstance(node, ast.Assert)]
    lines = {line for node in asserts for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    made = [made for made in _codes(place, function, file, sys.flags.optimize) if made.co_firstlineno == place.line]
    return bool(lines) and any(same_outside(lines, candidate, function.__code__) for candidate in made)


# --- the answer ------------------------------------------------------------------------------------------------


def _source(file: str, text: str, node: _Function, without_asserts: bool) -> Source:
    with room_for(node):
        tree = gast.ast_to_gast(node)
        if without_asserts:
            tree = _WithoutAsserts().visit(tree)
    lines = text.split("\n")
    source = Source(file, tuple(lines[:-1] if text.endswith("\n") else lines), tree)
    if isinstance(node, ast.AsyncFunctionDef):
        raise UnsupportedError(
            "an async function cannot be differentiated", span_of(source, tree), "a plain def, called by the async one"
        )
    if isinstance(node, ast.FunctionDef):
        tree.decorator_list = []  # the function object at hand is the one below its decorators
    return source


class _WithoutAsserts(gast.NodeTransformer):
    """Drops the assert statements, as Python does under -O."""

    def visit_Assert(self, node: gast.Assert) -> gast.Pass:
        return gast.copy_location(gast.Pass(), node)


def _not_found(function: FunctionType, source: str | None, texts: bool) -> UnsupportedError:
    name, file, line = function.__qualname__, function.__code__.co_filename, function.__code__.co_firstlineno
    if source is not None:
        return UnsupportedError(
            f"the text passed as source= does not compile to '{name}'",
            hint=f"source= must be the whole text of '{name}', as it was executed",
        )
    if not texts or (file.startswith("<") and file.endswith(">")):
        return UnsupportedError(
            f"the source text of '{name}' is not known ({file}, line {line})",
            hint="define it in a file, or pass its text: source=...",
        )
    return UnsupportedError(
        f"'{name}' (line {line}) does not match {file}: the file was edited after its import, "
        "or a tool rewrote the function",
        hint="import the module again, or pass the text that was imported: source=...",
    )
