"""What tells one state of code from another: bytecode, source lines, this package, Python and what else counts."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import linecache
import os
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from sct_ad.disk.homes import OWN, Undescribed, has_changed

FORMAT = 1
"""Grows whenever entries are written in another way."""

Facts = tuple[Any, ...]
"""Nested tuples of numbers and strings, whose repr is the same in every process."""


def code_facts(code: CodeType, first: int | None = None) -> Facts:
    """A code object as data: all but its file, and lines counted from its first."""
    first = code.co_firstlineno if first is None else first
    return (
        code.co_name,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        code.co_firstlineno - first,
        code.co_code,
        code.co_linetable,
        getattr(code, "co_exceptiontable", b""),
        tuple(_constant_facts(constant, first) for constant in code.co_consts),
    )


def _constant_facts(constant: Any, first: int) -> Facts:
    if isinstance(constant, CodeType):
        return code_facts(constant, first)
    if isinstance(constant, tuple):
        return ("tuple", *(_constant_facts(item, first) for item in constant))
    if isinstance(constant, frozenset):
        return ("frozenset", *sorted(repr(_constant_facts(item, first)) for item in constant))
    return (type(constant).__name__, repr(constant))


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested_codes(constant)


def names_in(code: CodeType) -> list[str]:
    """The names that code reads of globals, builtins and attributes, and the strings that may be such names."""
    found: dict[str, None] = {}
    for each in nested_codes(code):
        found.update(dict.fromkeys(each.co_names))
        found.update(dict.fromkeys(c for c in each.co_consts if type(c) is str and len(c) < 80 and c.isidentifier()))
    return list(found)


def lines_of(function: FunctionType) -> tuple[str, ...]:
    """The source lines that a function stands on, as far as they are known."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        return ()
    last = max((line for each in nested_codes(code) for _, _, line in each.co_lines() if line), default=0)
    return tuple(lines[code.co_firstlineno - 1 : last])


@functools.lru_cache(maxsize=1)
def environment() -> str:
    """A hash of what everything that is compiled depends on: this package, Python, NumPy and the machine."""
    return digest(
        FORMAT,
        package_facts(),
        (sys.version, sys.implementation.name, sys.flags.optimize, sys.platform, sys.byteorder, sys.maxsize),
        getattr(sys.implementation, "_multiarch", ""),
        (np.__version__, np.dtype(np.intp).itemsize, np.dtype(int).itemsize, np.dtype(np.longdouble).itemsize),
        (_installed("gast"), _installed("astor")),
    )


@functools.lru_cache(maxsize=1)
def environment_of_numba() -> str:
    """A hash of what Numba compiles with: itself and LLVM."""
    from importlib import metadata  # which takes a tenth of what importing this package takes

    return digest(_installed("numba"), _installed("llvmlite"), *map(metadata.version, ("numba", "llvmlite")))


def _installed(package: str) -> Facts:
    """The state of a package, which need not be imported yet."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Undescribed(f"{package}, which is nowhere")
    status = os.stat(spec.origin)
    if has_changed(status):
        raise Undescribed(f"{package}, which was installed after this process had begun")
    return status.st_size, status.st_mtime_ns


def package_facts() -> Facts:
    """The state of this package: its version, and the names, sizes and times of its files."""
    package = sys.modules[OWN]
    return (getattr(package, "__version__", ""), tuple(_files(os.path.dirname(str(package.__file__)))))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
            status = entry.stat()
            if has_changed(status):
                raise Undescribed(f"{entry.path}, which was edited after it was imported")
            yield entry.name, status.st_size, status.st_mtime_ns
        elif entry.is_dir() and entry.name != "__pycache__":
            yield entry.name, 0, 0
            yield from _files(entry.path)


def digest(*facts: Any) -> str:
    """A hash of facts."""
    return hashlib.sha256(repr(facts).encode("utf-8", "backslashreplace")).hexdigest()
