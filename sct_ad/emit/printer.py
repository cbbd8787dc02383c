"""From a tree to the text that people read: statements by `statement.py`, comments and origins by this layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gast

from sct_ad.emit.statement import docstring_lines, handler_lines, header_lines, statement_lines
from sct_ad.errors import Span
from sct_ad.syntax.nodes import Block, Stmt, origin_of
from sct_ad.syntax.text import room_for

_WIDTH = 110
_COMMENT_WIDTH = 100
_QUOTED = 60

_HEADED = (gast.For, gast.While, gast.If, gast.With, gast.FunctionDef)
_STRUCTURED = (*_HEADED, gast.Try, gast.Match, gast.ClassDef, gast.AsyncFunctionDef, gast.AsyncFor, gast.AsyncWith)

_BIRTHS = ("zeros", "zeros_like", "zeros_in_layout", "zero_shadow")
"""What makes the zeros that a cotangent starts from."""

_Key = tuple[str, int]


@dataclass
class _Line:
    """A line of text; `plain` if it is all of a simple statement, and so may share a column of comments."""

    text: str
    origin: Span | None = None
    comment: str = ""
    plain: bool = False


def print_function(fn: gast.FunctionDef) -> tuple[str, dict[int, Span]]:
    """The text of a function, and for each of its lines (from 1) the user's place that it stems from."""
    with room_for(fn):
        lines = _statement(fn, 0, None)
    _align(lines)
    text = "".join(f"{line.text}{line.comment}\n" for line in lines)
    return text, {number: line.origin for number, line in enumerate(lines, start=1) if line.origin is not None}


def _block(block: Block, level: int, said: _Key | None) -> list[_Line]:
    """The lines of a block; `said` is the user's line that the last comment above it quotes."""
    lines: list[_Line] = []
    for group in _groups(block):
        key = _key(group[0])
        printed = [_statement(stmt, level, said if key == said else None) for stmt in group]
        quoted = next((stmt for stmt in group if not _is_birth(stmt)), None)
        comment = _quote(quoted) if quoted is not None and key != said else ""
        if comment:
            first = printed[0][0]
            if len(group) == 1 and first.plain and len(first.text) + 2 + len(comment) <= _COMMENT_WIDTH:
                first.comment = "  " + comment
            else:
                lines.append(_Line(_indent(level) + comment))
        if comment:
            said = key
        elif key != said and isinstance(group[0], _STRUCTURED):
            said = None
        lines += [line for part in printed for line in part]
    return lines or [_Line(_indent(level) + "pass")]


def _groups(block: Block) -> Iterator[list[Stmt]]:
    """Runs of simple statements that are the adjoint of the same user line; all others by themselves."""
    run: list[Stmt] = []
    for stmt in block:
        if run and (_key(stmt) is None or _key(stmt) != _key(run[0]) or isinstance(stmt, _STRUCTURED)):
            yield run
            run = []
        if isinstance(stmt, _STRUCTURED):
            yield [stmt]
        else:
            run.append(stmt)
    if run:
        yield run


def _key(stmt: Stmt) -> _Key | None:
    origin = origin_of(stmt)
    return (origin.file, origin.line) if origin is not None and origin.adjoint else None


def _is_birth(stmt: Stmt) -> bool:
    """Whether the statement has nothing to do with what the user's line computes: a loop, or zeros to start from."""
    if isinstance(stmt, _STRUCTURED):
        return True
    value = stmt.value if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) else None
    if isinstance(value, (gast.Name, gast.Subscript)):  # another name in a loop over what the user loops over
        origin = origin_of(stmt)
        return origin is not None and origin.text.lstrip().startswith(("for ", "while "))
    if isinstance(value, gast.Constant):
        return value.value == 0
    if isinstance(value, gast.Call):
        function = value.func.attr if isinstance(value.func, gast.Attribute) else getattr(value.func, "id", "")
        return function in _BIRTHS
    return isinstance(value, gast.List) and not value.elts


def _quote(stmt: Stmt) -> str:
    """The comment that quotes the user's line of an adjoint statement."""
    origin = origin_of(stmt)
    words = " ".join(origin.text.split()) if origin is not None and origin.adjoint else ""
    if len(words) > _QUOTED:
        words = words[: _QUOTED - 3].rstrip() + "..."
    return f"# {words}" if words else ""


def _statement(stmt: Stmt, level: int, said: _Key | None) -> list[_Line]:
    """The lines of one statement, nested blocks included."""
    origin, width = origin_of(stmt), _WIDTH - len(_indent(level))
    if isinstance(stmt, gast.Try):
        return _try(stmt, level, said)
    if not isinstance(stmt, _HEADED):
        texts = statement_lines(stmt, width)
        plain = len(texts) == 1
        return [_Line(_indent(level) + text, origin, plain=plain) for text in texts]
    lines = [_Line(_indent(level) + text, origin) for text in header_lines(stmt, width)]
    body = list(stmt.body)
    docstring = _docstring(body, level + 1) if isinstance(stmt, gast.FunctionDef) else []
    lines += docstring
    if body or not docstring:
        lines += _block(body, level + 1, said)
    return lines + _otherwise(getattr(stmt, "orelse", []), level, said, isinstance(stmt, gast.If))


def _try(stmt: gast.Try, level: int, said: _Key | None) -> list[_Line]:
    """The lines of a try statement."""
    lines = [_Line(_indent(level) + "try:", origin_of(stmt)), *_block(list(stmt.body), level + 1, said)]
    for handler in stmt.handlers:
        lines += [_Line(_indent(level) + text, origin_of(stmt)) for text in handler_lines(handler)]
        lines += _block(list(handler.body), level + 1, said)
    return lines + _otherwise(stmt.orelse, level, said, False)


def _otherwise(orelse: Block, level: int, said: _Key | None, may_chain: bool) -> list[_Line]:
    """The `else:` or `elif` of a statement."""
    if not orelse:
        return []
    if may_chain and len(orelse) == 1 and isinstance(orelse[0], gast.If):
        lines = _statement(orelse[0], level, said)
        lines[0].text = _indent(level) + "el" + lines[0].text.lstrip()
        return lines
    return [_Line(_indent(level) + "else:"), *_block(orelse, level + 1, said)]


def _docstring(body: Block, level: int) -> list[_Line]:
    """Takes the docstring off a function's body and prints it."""
    first = body[0] if body else None
    if not (isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant)):
        return []
    texts = docstring_lines(first.value.value, _indent(level)) if isinstance(first.value.value, str) else None
    if texts is None:
        return []
    del body[0]
    return [_Line(text, origin_of(first)) for text in texts]


def _align(lines: list[_Line]) -> None:
    """Puts the trailing comments of neighbouring lines into one column, if all of them stay narrow enough."""
    run: list[_Line] = []
    gap = 0
    for line in [*lines, _Line("")]:
        same_block = bool(run) and line.plain and _margin(line) == _margin(run[0])
        gap = 0 if line.comment else gap + 1
        if run and not (same_block and gap <= 1):
            _align_run(run)
            run = []
        if line.comment:
            run.append(line)


def _align_run(run: list[_Line]) -> None:
    column = max(len(line.text) for line in run)
    if all(column + len(line.comment) <= _COMMENT_WIDTH for line in run):
        for line in run:
            line.comment = " " * (column - len(line.text)) + line.comment


def _margin(line: _Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def _indent(level: int) -> str:
    return "    " * level
