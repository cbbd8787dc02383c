"""Every operation that the shared programs perform, typed from the types of its operands and then performed."""

from __future__ import annotations

import ast
import operator
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct_ad.rules.typing import attribute_type, method_arguments, method_function, result_type
from sct_ad.rules.typing.indexing import Slice, indexed
from sct_ad.syntax.values import Abstract, Unknown
from tests import array_programs, container_programs, program, programs
from tests.rules.covering import Sizes, abstract, covers, is_precise, loose, symbolic

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip
UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_, ast.Invert: operator.invert}
COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip


class Checker:
    """Performs operations and compares each result with its type."""

    def __init__(self) -> None:
        self.imprecise: dict[str, int] = {}
        self.count = 0

    def call(self, function: Any, args: Any, keywords: Any) -> Any:
        found = [
            result_type(
                function, [abstract(a, d, k) for a in args], {n: abstract(a, d, k) for n, a in keywords.items()}
            )
            for d, k in ((symbolic, True), (loose, False))
        ]
        return self._compare(function, found, function(*args, **keywords), (args, keywords))

    def method(self, owner: Any, attr: str, args: Any, keywords: Any) -> Any:
        if isinstance(owner, types.ModuleType):
            return self.call(getattr(owner, attr), args, keywords)
        type_ = abstract(owner)
        function = method_function(type_, attr)
        if function is None:
            return getattr(owner, attr)(*args, **keywords)
        given = [type_, *map(abstract, args)]
        given, named = method_arguments(function, attr, given, {k: abstract(v) for k, v in keywords.items()})
        return self._compare(
            function, [result_type(function, given, named)], getattr(owner, attr)(*args, **keywords), args
        )

    def item(self, owner: Any, index: Any) -> Any:
        found = [self._indexed(owner, index, d, k) for d, k in ((symbolic, True), (symbolic, False), (loose, False))]
        return self._compare("index", found, owner[index], (owner, index))

    def _indexed(self, owner: Any, index: Any, dim: Any, known: bool) -> Abstract:
        def part(value: Any) -> Abstract:
            if isinstance(value, slice):
                return Slice(*(abstract(b, known=known) for b in (value.start, value.stop, value.step)))
            return abstract(value, dim, known)

        is_tuple = isinstance(index, tuple)
        return indexed(abstract(owner, dim), [part(i) for i in index] if is_tuple else [part(index)], is_tuple)

    def attribute(self, owner: Any, attr: str) -> Any:
        value = getattr(owner, attr)
        if isinstance(owner, (np.ndarray, np.generic, float, int)):
            self._compare(
                f".{attr}", [attribute_type(abstract(owner, d), attr) for d in (symbolic, loose)], value, owner
            )
        return value

    def _compare(self, function: Any, found: list[Abstract], value: Any, given: Any) -> Any:
        for type_ in found:
            assert covers(type_, value, Sizes()), (function, given, type_, value)
        self.count += 1
        if isinstance(value, (np.ndarray, np.generic, float, int)) and not is_precise(found[0]):
            if not isinstance(function, (types.FunctionType, type)) or getattr(function, "__module__", "").startswith(
                "numpy"
            ):
                self.imprecise[str(function)] = self.imprecise.get(str(function), 0) + 1
        return value


class Instrument(ast.NodeTransformer):
    """Routes operations through the checker."""

    def _to(self, method: str, *args: ast.expr) -> ast.expr:
        return ast.Call(ast.Attribute(ast.Name("CHECKER", ast.Load()), method, ast.Load()), list(args), [])

    def _function(self, function: Any, *args: ast.expr) -> ast.expr:
        name = function.__name__ if hasattr(operator, function.__name__) else function.__name__ + "_"
        denoted = ast.Attribute(ast.Name("OPERATOR", ast.Load()), name, ast.Load())
        return self._to("call", denoted, ast.Tuple(list(args), ast.Load()), ast.Dict([], []))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._function(BINARY[type(node.op)], self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand = self.visit(node.operand)
        return node if isinstance(node.operand, ast.Constant) else self._function(UNARY[type(node.op)], operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) > 1 or type(node.ops[0]) not in COMPARE:
            return node
        return self._function(COMPARE[type(node.ops[0])], node.left, node.comparators[0])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            return node
        keywords = ast.Dict([ast.Constant(k.arg) for k in node.keywords], [k.value for k in node.keywords])
        args = ast.Tuple(node.args, ast.Load())
        func = node.func
        if isinstance(func, ast.Call) and isinstance(func.func, ast.Attribute) and func.func.attr == "attribute":
            return self._to("method", *func.args, args, keywords)
        return self._to("call", func, args, keywords)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return self._to("attribute", node.value, ast.Constant(node.attr)) if isinstance(node.ctx, ast.Load) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return self._to("item", node.value, node.slice)

    def visit_Slice(self, node: ast.Slice) -> ast.expr:
        self.generic_visit(node)
        bounds = [ast.Constant(None) if b is None else b for b in (node.lower, node.upper, node.step)]
        return ast.Call(ast.Name("slice", ast.Load()), bounds, [])


def _instrumented(checker: Checker) -> list[Any]:
    """The programs of all modules, which are run a second time and register the same names."""
    registered = program.PROGRAMS[:]
    program.PROGRAMS.clear()
    for source in (programs, array_programs, container_programs):
        path = Path(source.__file__)
        tree = ast.parse(path.read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                node.body = [Instrument().visit(stmt) for stmt in node.body]
        module = types.ModuleType(f"instrumented_{path.stem}")
        module.__dict__.update(CHECKER=checker, OPERATOR=operator, __file__=str(path))
        sys.modules[module.__name__] = module
        exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
    found = program.PROGRAMS[:]
    program.PROGRAMS[:] = registered
    return found


CHECKER = Checker()


@pytest.mark.parametrize("program", _instrumented(CHECKER), ids=lambda p: p.name)
def test_each_operation_has_the_type_that_was_inferred(program: Any, capsys: Any) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        program.function(*program.args())


def test_the_types_of_numbers_and_arrays_are_known() -> None:
    """Runs last: what the programs met whose type was not known."""
    assert CHECKER.count == 0 or sum(CHECKER.imprecise.values()) <= CHECKER.count / 100, CHECKER.imprecise


def test_unknown_is_allowed() -> None:
    assert covers(Unknown(), 1.0, Sizes())
