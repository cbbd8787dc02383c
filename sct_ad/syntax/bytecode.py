"""Whether two code objects do the same, wherever they stand."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any

_FIELDS = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_exceptiontable")
_COUNTS = ("co_name", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount")
_KIND = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ITERABLE_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
_JUMPS = {*dis.hasjrel, *dis.hasjabs}
_LOCALS = ".<locals>."


def same_code(left: CodeType, right: CodeType) -> bool:
    """Whether two code objects are equal but for file, lines and the functions around them."""
    return (
        _same_head(left, right)
        and all(getattr(left, field, None) == getattr(right, field, None) for field in _FIELDS)
        and _same_constant(left.co_consts, right.co_consts)
    )


def same_outside(lines: set[int], left: CodeType, right: CodeType) -> bool:
    """Whether two code objects are equal but for what stands on the given lines."""
    if not _same_head(left, right) or left.co_freevars != right.co_freevars:
        return False
    mine, theirs = list(_instructions(left, lines)), list(_instructions(right, lines))
    return len(mine) == len(theirs) and all(
        name == other_name and _same_argument(lines, value, other)
        for (name, value), (other_name, other) in zip(mine, theirs, strict=True)
    )


def _same_head(left: CodeType, right: CodeType) -> bool:
    return left.co_flags & _KIND == right.co_flags & _KIND and all(
        getattr(left, field) == getattr(right, field) for field in _COUNTS
    )


def _instructions(code: CodeType, lines: set[int]) -> Iterator[tuple[str, Any]]:
    """Operations and operands outside `lines`; of jumps only the fact, since targets and layout shift."""
    place = {offset: line for start, stop, line in code.co_lines() for offset in range(start, stop, 2)}
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in ("NOP", "EXTENDED_ARG", "CACHE") or name.startswith("JUMP"):
            continue
        line = place.get(instruction.offset)
        if line is not None and line not in lines:
            jumps = instruction.opcode in _JUMPS
            yield "JUMP_IF" if "JUMP" in name else name, None if jumps else instruction.argval


def _same_argument(lines: set[int], left: Any, right: Any) -> bool:
    if isinstance(left, CodeType) and isinstance(right, CodeType):
        return same_outside(lines, left, right)
    return _same_constant(left, right)


def _same_constant(left: Any, right: Any) -> bool:
    """Equality that tells 1, 1.0 and True apart, and 0.0 from -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, CodeType):
        return same_code(left, right)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(_same_constant, left, right))
    if isinstance(left, frozenset):
        return {(type(item), repr(item)) for item in left} == {(type(item), repr(item)) for item in right}
    if isinstance(left, (float, complex)):
        return repr(left) == repr(right)
    if isinstance(left, str) and _LOCALS in left and _LOCALS in right:
        # Python 3.10 keeps the qualified names of nested functions as constants.
        return left.rpartition(_LOCALS)[2] == right.rpartition(_LOCALS)[2]
    return bool(left == right)
