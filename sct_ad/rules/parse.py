"""Reading a rule: Python function -> checked template. A rule is read once, at its first use, and never run."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.errors import RuleError
from sct_ad.rules.vocabulary import StaticFunction, d, is_macro
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
"""The default of a parameter that has none."""
MISSING: Any = object()
"""What a name that is not defined denotes."""

_PURE = (
    gast.BoolOp, gast.BinOp, gast.UnaryOp, gast.IfExp, gast.Compare, gast.Call, gast.Constant, gast.Attribute,
    gast.Subscript, gast.Name, gast.List, gast.Tuple, gast.Slice, gast.Starred, gast.keyword,
    gast.boolop, gast.operator, gast.unaryop, gast.cmpop, gast.expr_context,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a primitive: its default, whether it takes all further positional arguments (`*xs`)."""

    name: str
    default: Any = REQUIRED
    variadic: bool = False
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """The checked body of a rule: `result` is the name that it gives to the primitive's result."""

    result: str
    body: Block
    function: types.FunctionType

    def denotes(self, identifier: str) -> Any:
        """The object that a free name of the rule denotes now; MISSING if none."""
        return denoted(self.function, identifier)


def denoted(function: types.FunctionType, identifier: str) -> Any:
    """The object that a free name of `function` denotes: closure cell, global or builtin; else MISSING."""
    freevars = function.__code__.co_freevars
    if identifier in freevars and function.__closure__:
        try:
            return function.__closure__[freevars.index(identifier)].cell_contents
        except ValueError:
            return MISSING
    if identifier in function.__globals__:
        return function.__globals__[identifier]
    return getattr(builtins, identifier, MISSING)


def parameters_of(function: types.FunctionType, skip: int = 1) -> tuple[Parameter, ...]:
    """The parameters of a rule's function but for the first `skip`, which stand for results and cotangents."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    padded = (REQUIRED,) * (len(names) - len(defaults)) + tuple(defaults)
    found = [Parameter(*pair) for pair in zip(names, padded, strict=True)]
    end = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & 0x04:
        found.append(Parameter(code.co_varnames[end], variadic=True))
    for name in code.co_varnames[code.co_argcount : end]:
        found.append(Parameter(name, (function.__kwdefaults__ or {}).get(name, REQUIRED), keyword_only=True))
    if code.co_flags & 0x08:
        raise _error(function, code.co_firstlineno, "a rule cannot take **keywords")
    return tuple(found[skip:])


def parameters_from_text(text: str) -> tuple[Parameter, ...]:
    """The parameters of a list such as `"arrays, axis=0"`; defaults are literals."""
    try:
        tree = ast.parse(f"def rule({text}): pass").body[0]
        assert isinstance(tree, ast.FunctionDef) and tree.args.kwarg is None
        args = tree.args
        names = [arg.arg for arg in args.posonlyargs + args.args]
        defaults = [REQUIRED] * (len(names) - len(args.defaults)) + [ast.literal_eval(e) for e in args.defaults]
        found = [Parameter(*pair) for pair in zip(names, defaults, strict=True)]
        if args.vararg:
            found.append(Parameter(args.vararg.arg, variadic=True))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            value = REQUIRED if default is None else ast.literal_eval(default)
            found.append(Parameter(arg.arg, value, keyword_only=True))
    except (SyntaxError, ValueError, AssertionError) as error:
        raise RuleError(f"not a parameter list with literal defaults: {text!r}") from error
    return tuple(found)


def parse_template(function: types.FunctionType, tangent: bool = False) -> Template:
    """The template of a rule's function; RuleError, with file and line, where it is no rule.

    A tangent template assigns `d[z]`, the result's tangent, and reads those of the parameters.
    """
    code = function.__code__
    if code.co_argcount < 1:
        raise _error(function, code.co_firstlineno, "a rule's first parameter stands for the result")
    if code.co_flags & 0x0C:
        raise _error(function, code.co_firstlineno, "a template takes no *args or **keywords: use @emitter")
    tree = gast.ast_to_gast(_definition(function))
    template = Template(code.co_varnames[0], tree.body, function)
    _Checker(template, tangent).check()
    return template


def _definition(function: types.FunctionType) -> ast.FunctionDef:
    """The tree of a rule's function, read from its file."""
    code = function.__code__
    first = code.co_firstlineno
    lines = linecache.getlines(code.co_filename, function.__globals__)[first - 1 :]
    text = "".join(inspect.getblock(lines)) if lines else ""
    above = "\n" * (first - 2) + ("if True:\n" if text[:1].isspace() else "\n" * min(first - 1, 1))
    try:
        tree = ast.parse(above + text)
    except SyntaxError as error:
        raise _error(function, first, "the file of the rule no longer parses") from error
    block = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.If) else tree.body
    found = block[0] if block else None
    if not isinstance(found, ast.FunctionDef) or found.name != function.__name__:
        raise _error(function, first, "no source for the rule: define it in a file")
    return found


class _Checker:
    """The grammar of templates as a predicate."""

    def __init__(self, template: Template, tangent: bool) -> None:
        self.template = template
        self.result = template.result
        self.parameters = {p.name for p in parameters_of(template.function)}
        self.assigned, self.read = self.parameters, {self.result}
        if tangent:
            self.assigned, self.read = self.read, self.assigned
        self.locals: set[str] = set()

    def check(self) -> None:
        body = self.template.body
        if body and isinstance(body[0], gast.Expr) and isinstance(body[0].value, gast.Constant):
            del body[0]
        if not body:
            self.fail(None, "a rule without statements: use zero_derivative")
        self.block(body)

    def block(self, body: Block) -> None:
        for stmt in body:
            if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1:
                self.expression(stmt.value)
                self.target(stmt.targets[0])
            elif isinstance(stmt, gast.If):
                self.expression(stmt.test, test=True)
                self.block(stmt.body)
                self.block(stmt.orelse)
            elif isinstance(stmt, gast.Raise):
                if refusal(stmt) is None:
                    self.fail(stmt, 'only `raise NotImplementedError("...")` can be raised')
            elif not isinstance(stmt, gast.Pass):
                self.fail(stmt, "a rule consists of `d[x] = ...`, `name = ...`, `if`, `raise` and `pass`")

    def target(self, target: Expr) -> None:
        if isinstance(target, gast.Name):
            if target.id in self.parameters or target.id == self.result:
                self.fail(target, f"parameter {target.id} cannot be assigned")
            self.locals.add(target.id)
        elif not (self.is_d(target) and isinstance(target.slice, gast.Name) and target.slice.id in self.assigned):
            what = f"d[{self.result}]" if self.assigned == {self.result} else "d[parameter]"
            self.fail(target, f"what is assigned must be a name or {what}")

    def expression(self, expression: Expr, test: bool = False) -> None:
        inside: set[int] = set()
        for node in nodes.walk(expression):
            if not isinstance(node, _PURE):
                self.fail(node, f"{type(node).__name__} is not part of the rule language")
            if self.is_d(node):
                if test or not (isinstance(node.slice, gast.Name) and node.slice.id in self.read):
                    what = f"d[{self.result}], the result's cotangent," if self.result in self.read else "d[parameter]"
                    self.fail(node, f"only {what} can be read")
                inside.add(id(node.value))
            elif isinstance(node, gast.Name) and id(node) not in inside:
                self.free_name(node)
            elif isinstance(node, gast.Call):
                self.call(node)

    def free_name(self, node: Any) -> None:
        if node.id not in self.parameters | self.locals | {self.result} and self.template.denotes(node.id) is d:
            self.fail(node, "d is used as d[...] only")

    def call(self, node: Any) -> None:
        path = nodes.dotted(node.func)
        if path is None or path[0] in self.parameters | self.locals | {self.result}:
            return
        called = self.template.denotes(path[0])
        if isinstance(called, types.ModuleType):
            for attr in path[1:]:
                called = getattr(called, attr, MISSING)
                if called is MISSING:
                    self.fail(node, f"there is no {'.'.join(path)}")
        if (isinstance(called, StaticFunction) or is_macro(called)) and node.keywords:
            self.fail(node, f"{'.'.join(path)} takes positional arguments only")

    def is_d(self, node: Any) -> bool:
        return isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and (
            node.value.id not in self.parameters and self.template.denotes(node.value.id) is d
        )  # fmt: skip

    def fail(self, node: Any, why: str) -> None:
        line = getattr(node, "lineno", None) or self.template.function.__code__.co_firstlineno
        raise _error(self.template.function, line, why)


def refusal(stmt: Any) -> str | None:
    """The text of `raise NotImplementedError("text")`; None for any other statement."""
    exc = getattr(stmt, "exc", None)
    if isinstance(exc, gast.Call) and isinstance(exc.func, gast.Name) and exc.func.id == "NotImplementedError":
        if len(exc.args) == 1 and isinstance(exc.args[0], gast.Constant) and isinstance(exc.args[0].value, str):
            return str(exc.args[0].value)
    return None


def _error(function: Callable[..., Any], line: int, why: str) -> RuleError:
    filename = function.__code__.co_filename
    text = linecache.getline(filename, line).strip()
    return RuleError(f"rule {function.__name__}: {why}\n  {filename}:{line}: {text}")
