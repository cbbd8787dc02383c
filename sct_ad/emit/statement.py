"""One statement of a tree to its text: astor's where that says the same, Python's own otherwise."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import lru_cache
from itertools import pairwise
from typing import Any

import gast

from sct_ad.emit.layout import wrap
from sct_ad.emit.literals import as_ast, means
from sct_ad.errors import InternalError
from sct_ad.syntax.text import quietly

_PRODUCTS = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_EXPONENT = re.compile(r"e([+-]?)0*(?=\d)")


def statement_lines(statement: gast.stmt, width: int) -> list[str]:
    """The text of a statement, broken into lines only where it is wider than `width`.

    >>> from sct_ad.syntax import nodes
    >>> statement_lines(nodes.assign("x", nodes.constant((1, -1e-05))), 80)
    ['x = 1, -1e-5']
    >>> statement_lines(nodes.assign("x", nodes.constant((1, -1e-05))), 10)
    ['x = (', '    1,', '    -1e-5', ')']
    """
    tree = as_ast(statement)
    return _layout(_text(tree), width, tree)


def header_lines(statement: gast.stmt, width: int) -> list[str]:
    """The text of a structured statement down to its colon."""
    fields = {field: getattr(statement, field, None) for field in statement._fields}
    fields["body"] = [gast.Pass()]
    if "orelse" in fields:
        fields["orelse"] = []
    tree = as_ast(type(statement)(**fields))
    lines = [line for line in _text(tree).split("\n") if line][:-1]
    *decorators, header = lines
    candidate = wrap(header, width)
    return [*decorators, *(candidate if _with_body(decorators, candidate, tree) else [header])]


def handler_lines(handler: gast.ExceptHandler) -> list[str]:
    """The text of an except clause down to its colon."""
    clause = gast.ExceptHandler(type=handler.type, name=handler.name, body=[gast.Pass()])
    whole = gast.Try(body=[gast.Pass()], handlers=[clause], orelse=[], finalbody=[])
    lines = ast.unparse(ast.fix_missing_locations(as_ast(whole))).split("\n")
    return [line for line in lines if line.startswith("except")]


def docstring_lines(value: str, indent: str) -> list[str] | None:
    """A docstring as one writes it, in three quotes; None where that would change it."""
    escaped = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = f'"""{escaped}"""'
    statement = ast.Expr(ast.Constant(value))
    return (indent + text).split("\n") if means(text, statement) else None


def _with_body(decorators: list[str], header: list[str], tree: ast.stmt) -> bool:
    return means("\n".join([*decorators, *header, "    pass"]), tree)


def _layout(text: str, width: int, tree: ast.stmt) -> list[str]:
    if "\n" in text:
        return text.split("\n")
    lines = wrap(text, width)
    return lines if len(lines) == 1 or means("\n".join(lines), tree) else [text]


def _text(tree: ast.stmt) -> str:
    for printer in (_by_astor, _by_unparse):
        text = printer(tree)
        if text is not None and means(text, tree):
            return text
    raise InternalError(f"a statement without text: {ast.dump(tree)}")


def _by_astor(tree: ast.stmt) -> str | None:
    try:
        text = _generator().print(tree)
    except Exception:  # whatever it cannot print, Python prints
        return None
    return _spelled(text.strip("\n"))


def _by_unparse(tree: ast.stmt) -> str | None:
    try:
        return _spelled(ast.unparse(ast.fix_missing_locations(tree)).strip("\n"))
    except ValueError:
        return None


def _spelled(text: str) -> str:
    """Writes `1e-05` as `1e-5` and `lambda :` as `lambda:`, outside of strings."""
    if not (_EXPONENT.search(text) or "lambda :" in text):
        return text
    lines = text.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    for token, following in reversed(list(pairwise(tokens))):
        (row, start), (_, stop) = token.start, token.end
        line = lines[row - 1] if row <= len(lines) else ""
        if token.type == tokenize.NUMBER and token.string[:2].lower() != "0x":
            number = _EXPONENT.sub(lambda found: "e" + found[1].strip("+"), token.string)
            lines[row - 1] = line[:start] + number + line[stop:]
        elif token.string == "lambda" and following.string == ":":
            lines[row - 1] = line[:stop] + line[following.start[1] :]
    return "\n".join(lines)


@lru_cache(maxsize=1)
def _generator() -> Any:
    """Our astor, made at first use: importing it takes a while, and warns since Python 3.12."""
    with quietly():
        from astor.code_gen import SourceGenerator
        from astor.op_util import Precedence

    class Generator(SourceGenerator):  # type: ignore[misc]
        """astor's printer on one line, with the parentheses that a person would write."""

        @classmethod
        def print(cls, tree: ast.stmt) -> str:
            generator = cls("    ", False, lambda text, *_, **__: repr(text))
            generator.visit(tree)
            return "".join(generator.result)

        def visit_JoinedStr(self, node: Any, *_: Any, **__: Any) -> None:
            raise NotImplementedError("astor's way with f-strings needs classes that Python is about to drop")

        def visit_BinOp(self, node: Any) -> None:
            for child in (node.left, node.right):
                child._apart = isinstance(child, ast.BinOp) and _mixes(node.op, child.op)
            if getattr(node, "_apart", False):
                node._pp = Precedence.highest
            super().visit_BinOp(node)

        def visit_Tuple(self, node: Any) -> None:
            if len(node.elts) == 1 and self.get__pp(node) != Precedence.Subscript:
                node._pp = Precedence.highest
            super().visit_Tuple(node)

        def visit_Dict(self, node: Any) -> None:
            for key in node.keys:
                if key is not None:
                    key._pp = Precedence.Comma
            super().visit_Dict(node)

        def visit_ListComp(self, node: Any) -> None:
            node.elt._pp = Precedence.Comma
            super().visit_ListComp(node)

        def visit_GeneratorExp(self, node: Any) -> None:
            node.elt._pp = Precedence.Comma
            super().visit_GeneratorExp(node)

        def visit_SetComp(self, node: Any) -> None:
            node.elt._pp = Precedence.Comma
            super().visit_SetComp(node)

        def visit_DictComp(self, node: Any) -> None:
            node.key._pp = node.value._pp = Precedence.Comma
            super().visit_DictComp(node)

        def conditional_write(self, *stuff: Any) -> Any:
            return super().conditional_write(*(" -> " if part == " ->" else part for part in stuff))

        def _handle_numeric_constant(self, value: Any) -> None:
            if isinstance(value, complex):
                self.write(repr(value))
            else:
                super()._handle_numeric_constant(value)

    return Generator


def _mixes(outer: ast.operator, inner: ast.operator) -> bool:
    """Whether two operators bind equally but are not read as one: `(A @ x) * y`."""
    return (isinstance(outer, ast.MatMult) and isinstance(inner, _PRODUCTS)) or (
        isinstance(inner, ast.MatMult) and isinstance(outer, _PRODUCTS)
    )
