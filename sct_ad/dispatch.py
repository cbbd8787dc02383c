"""The way from a call to the emitted code, as short as Python allows.

A derivative object's class gets a `__call__` of its own: the emitted function for the argument types that were seen
last, behind one test of those types and of the guards. Whatever does not fit goes the general way.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from sct_ad.compiled import Compiled
from sct_ad.emit.load import RAISED, annotate_error, load_variant
from sct_ad.objects import is_plain, slots_of
from sct_ad.rules import registry
from sct_ad.specialise.guards import FAILURES, Bind, guard_tests
from sct_ad.specialise.signature import LARGEST_SMALL, dispatch_key
from sct_ad.syntax.names import Names

General = Callable[..., Any]

_MOST_TESTS = 40
"""Values of more parts are compared by their dispatch keys."""

_rewritten: weakref.WeakSet[type] = weakref.WeakSet()


def install(cls: type, call: General) -> None:
    """Let the objects of a class be called by `call`, until a rule is registered."""
    cls.__call__ = call  # type: ignore[method-assign, assignment]
    _rewritten.add(cls)


def uninstall(cls: type) -> None:
    """Let the objects of a class be called the general way again."""
    if "__call__" in vars(cls):
        del cls.__call__  # type: ignore[method-assign]


def _uninstall_all() -> None:
    for cls in list(_rewritten):
        uninstall(cls)


registry.subscribe(_uninstall_all)


def shortcut(
    compiled: Compiled, primal: FunctionType, args: tuple[Any, ...], general: General, hits: list[int], by_size: bool
) -> General | None:
    """A `__call__(self, ...)` for arguments of the same types as `args`; None where they need the general way.

    With `by_size`, small arrays are of the same types only if they have the same sizes.

    It counts its calls in `hits`. A keyword that is no parameter of the primal is a TypeError of Python's own.
    """
    code = primal.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    function = compiled.function
    emitted = ast.parse(compiled.text).body[0]
    assert isinstance(emitted, ast.FunctionDef)
    own_names = [a.arg for a in emitted.args.args]
    seed = own_names.pop() if compiled.finish is None else None
    if compiled.written or tuple(own_names) != names or len(names) != len(args):
        return None
    own_globals, cells = function.__globals__, _cells(function)
    read = [(g.path[0], g.expected) for g in compiled.guards if g.place is own_globals]
    live = {name for name, value in read if isinstance(name, str) and cells.get(name) is value}
    taken = {*names, *function.__code__.co_varnames, *cells} - live
    fresh = Names({n.id for n in ast.walk(emitted) if isinstance(n, ast.Name)} | taken)
    constants: dict[str, Any] = {}

    def bind(hint: str, value: Any) -> str:
        known = next((name for name, other in constants.items() if other is value), None)
        if known is None:
            constants[known := fresh.fresh(hint)] = value
        return known

    fits, rest, own, error = map(fresh.fresh, ("fits", "rest", "derivative", "error"))
    tests = [_type_test(name, value, bind, by_size) for name, value in zip(names, args)]
    if "" in tests:
        return None
    tests += guard_tests(compiled.guards, bind, (own_globals, taken))
    parameters = [own, *names]
    parameters.insert(code.co_argcount + 1, f"*{rest}")
    parameters.insert(code.co_posonlyargcount + 1, "/")
    missing = object()
    finished = "pass"
    if compiled.finish is not None:
        call = f"{bind('emitted', function)}({', '.join(names)})"
        finished = f"return {bind('finish', compiled.finish)}({call})"
    frame = ast.parse(
        f"def {emitted.name}({', '.join(parameters)}):\n"
        "    try:\n"
        f"        {fits} = {' and '.join([*tests, f'not {rest}'])}\n"
        f"    except {FAILURES}:\n"
        f"        {fits} = False\n"
        f"    if not {fits}:\n"
        f"        return {bind('again', _general_call(general, code, missing))}({', '.join([own, rest, *names])})\n"
        f"    {bind('hits', hits)}[0] += 1\n" + (f"    {seed} = 1.0\n" if seed else "") + "    try:\n"
        f"        {finished}\n"
        f"    except {bind('RAISED', RAISED)} as {error}:\n"
        f"        {bind('annotate_error', annotate_error)}({error})\n"
        "        raise\n"
    ).body[0]
    assert isinstance(frame, ast.FunctionDef)

    def put_in_front(function: ast.FunctionDef) -> None:
        for node in ast.walk(frame):
            if "lineno" in node._attributes:
                ast.copy_location(node, function)
        body = frame.body[-1]
        assert isinstance(body, ast.Try)
        if compiled.finish is None:
            body.body = function.body
        function.body, function.args = frame.body, frame.args

    made = load_variant(function, compiled.text, put_in_front, constants, live)
    made.__defaults__ = (missing,) * code.co_argcount
    made.__kwdefaults__ = dict.fromkeys(names[code.co_argcount :], missing)
    return made


def _cells(function: FunctionType) -> dict[str, Any]:
    """What a function's free names denote; a cell that is empty now denotes nothing."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        with suppress(ValueError):
            found[name] = cell.cell_contents
    return found


def _general_call(general: General, code: CodeType, missing: object) -> Callable[..., Any]:
    """The general way for the arguments of a shortcut, those that are `missing` left out again."""
    first, count = code.co_posonlyargcount, code.co_argcount
    names = code.co_varnames[: count + code.co_kwonlyargcount]

    def again(gradient: Any, rest: tuple[Any, ...], *values: Any) -> Any:
        all_there = not any(value is missing for value in values[:count])
        first_named = count if all_there else first
        positional = [value for value in values[:first_named] if value is not missing]
        named = zip(names[first_named:], values[first_named:])
        return general(gradient, *positional, *rest, **{n: value for n, value in named if value is not missing})

    return again


def _type_test(name: str, value: Any, bind: Bind, by_size: bool) -> str:
    """The text of a test that holds exactly for values of the same dispatch key; "" where that does not tell sizes."""
    tests: list[str] = []
    if _add_tests(name, value, bind, tests, set(), by_size) and len(tests) <= _MOST_TESTS:
        return " and ".join(tests)
    return "" if by_size else _key_test(name, value, bind)


def _size_test(length: str, n: int, by_size: bool) -> str:
    """The text of a test that holds for sizes like `n`."""
    if n < 2 or (by_size and n <= LARGEST_SMALL):
        return f"{length} == {n}"
    if by_size:
        return f"{length} > {LARGEST_SMALL}"
    return f"{length} > 3" if n > 3 else f"1 < {length} < 4"


def _key_test(name: str, value: Any, bind: Bind) -> str:
    return f"{bind('key_of', dispatch_key)}({name}) == {bind('key', dispatch_key(value))}"


def _add_tests(path: str, value: Any, bind: Bind, tests: list[str], seen: set[int], by_size: bool) -> bool:
    """Add a test for each part of a value, which `path` leads to; False where they would not say enough."""
    cls = type(value)
    tests.append(f"{bind('type', type)}({path}) is {bind(cls.__name__, cls)}")
    if cls is float or cls is int:
        return True
    if cls is np.ndarray:
        tests.append(f"{path}.dtype is {bind('dtype', value.dtype)}")
        tests.append(f"{path}.ndim == {value.ndim}")
        lengths = [f"{path}.size"] if value.ndim == 1 else [f"{path}.shape[{k}]" for k in range(value.ndim)]
        tests += [_size_test(length, n, by_size) for length, n in zip(lengths, value.shape)]
        return True
    if cls is bool or value is None:
        tests[-1] = f"{path} is {value}"
        return True
    if cls is str:
        tests.append(f"{path} == {bind('text', value)}")
        return True
    if cls is tuple or cls is list:
        tests.append(f"{bind('len', len)}({path}) == {len(value)}")
        return all(_add_tests(f"{path}[{k}]", item, bind, tests, seen, by_size) for k, item in enumerate(value))
    if is_plain(cls) and id(value) not in seen and not slots_of(cls):
        seen.add(id(value))
        names = list(vars(value))
        tests.append(f"{bind('list', list)}({path}.__dict__) == {bind('names', names)}")
        if not all(map(str.isidentifier, names)) or any(hasattr(getattr(cls, n, None), "__set__") for n in names):
            return False
        return all(_add_tests(f"{path}.{n}", item, bind, tests, seen, by_size) for n, item in vars(value).items())
    tests[-1] = _key_test(path, value, bind)
    return not isinstance(value, (tuple, list, dict)) and not is_plain(cls) and cls is not MethodType
