"""Breaking a line that is too long, inside its brackets or inside new ones."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from itertools import pairwise, takewhile

_INDENT = 4
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_KEYWORDS = {"not", "and", "or", "if", "else", "in", "is", "for", "lambda", "return", "yield", "await"}
_LEVELS = (
    {"for"},
    {"if", "else"},
    {"or"},
    {"and"},
    {"==", "!=", "<", "<=", ">", ">=", "in", "is"},
    {"|"},
    {"&"},
    {"+", "-"},
    {"*", "/", "//", "%", "@"},
)
"""Operators to break before, loosest first."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A token: its text, where it starts, how many brackets it is in, whether it stands between two operands."""

    text: str
    start: int
    depth: int
    infix: bool


def wrap(text: str, width: int) -> list[str]:
    """A statement, or the header of one, as lines of at most `width` columns, as far as that goes.

    >>> for line in wrap("total = first_term * weight + second_term", 30): print(line)
    total = (
        first_term * weight
        + second_term
    )
    >>> wrap("f(first, second, third)", 20)
    ['f(', '    first, second,', '    third', ')']
    """
    if len(text) <= width:
        return [text]
    words = _words(text)
    outer = [word for word in words if word.depth == 0]
    if len(outer) > 1 and outer[1].text == ",":  # several targets
        end = next((word.start for word in outer if word.text == "="), 0)
        if end > width:
            return ["(", *_indented(_fill(text[:end].rstrip(), width - _INDENT)), ") " + text[end:]]
    start, stop = _expression(text, words)
    inner = text[start:stop]
    if inner and _break_points(_words(inner))[0]:
        return [text[:start] + "(", *_indented(_fill(inner, width - _INDENT)), ")" + text[stop:]]
    return _inside_brackets(text, width)


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    depth = 0
    operand = False  # whether the last word ends an operand
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT):
                continue
            bracket = token.type == tokenize.OP  # text inside an f-string may look like one
            depth -= bracket and token.string in _CLOSING
            words.append(_Word(token.string, token.start[1], depth, operand))
            depth += bracket and token.string in _OPENING
            operand = token.string in _CLOSING if bracket else token.string not in _KEYWORDS
    except (tokenize.TokenError, SyntaxError):
        return []
    return words


def _expression(text: str, words: list[_Word]) -> tuple[int, int]:
    """Where the expression stands that new brackets may go around: a value, a test, what is returned."""
    if not words:
        return 0, 0
    if words[0].text in ("if", "elif", "while", "return"):
        stop = len(text) - (words[0].text != "return")
        return (words[1].start, stop) if len(words) > 1 else (0, 0)
    outer = list(takewhile(lambda word: word.text != "lambda", (word for word in words if word.depth == 0)))
    equals = [word for word in outer if word.text.endswith("=") and word.text not in _LEVELS[4]]
    if words[0].text not in ("def", "for", "with", "class", "lambda") and equals:
        after = equals[-1].start + len(equals[-1].text)
        return after + 1, len(text)
    return 0, 0


def _break_points(words: list[_Word]) -> tuple[list[int], bool]:
    """Where to break an expression, after its outer commas or before its loosest outer operators; whether to fill."""
    outer = [word for word in words if word.depth == 0]
    commas = [word.start + 1 for word in outer if word.text == ","]
    if commas:
        return commas, True
    for level in _LEVELS:
        found = [word.start for word in outer if word.infix and word.text in level]
        if found:
            return found, level is _LEVELS[-1]
    return [], False


def _fill(text: str, width: int) -> list[str]:
    """An expression that stands inside brackets, as lines."""
    if len(text) <= width:
        return [text]
    points, filled = _break_points(_words(text))
    if not points:
        return _inside_brackets(text, width)
    edges = [0, *points, len(text)]
    parts = [text[start:stop].strip() for start, stop in pairwise(edges)]
    lines: list[str] = []
    broken = False  # whether the last part took several lines
    for part in filter(None, parts):
        # Arguments and factors fill a line; terms of a sum get a line each.
        if filled and lines and not broken and len(lines[-1]) + 1 + len(part) <= width:
            lines[-1] += " " + part
        else:
            pieces = _fill(part.removesuffix(","), width - 1)
            broken = len(pieces) > 1
            lines += pieces
            lines[-1] += "," * part.endswith(",")
    return lines


def _inside_brackets(text: str, width: int) -> list[str]:
    """Breaks inside the outermost brackets that hold most."""
    pairs = []
    opened = 0
    for word in _words(text):
        if word.depth == 0 and word.text in _OPENING:
            opened = word.start
        elif word.depth == 0 and word.text in _CLOSING and word.start > opened + 1:
            pairs.append((opened + 1, word.start))
    if not pairs:
        return [text]
    start, stop = max(pairs, key=lambda pair: pair[1] - pair[0])
    if start > width:
        return [text]
    return [text[:start], *_indented(_fill(text[start:stop], width - _INDENT)), text[stop:]]


def _indented(lines: list[str]) -> list[str]:
    return [" " * _INDENT + line for line in lines]
