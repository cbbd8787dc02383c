"""Runs lowering on a text: the examples in the docstrings."""

from __future__ import annotations

import ast
from typing import Any

import gast

from sct_ad.normal.exits import Exits
from sct_ad.normal.matching import without_match
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.source import Source


def parse(text: str) -> Source:
    """The source of the first function of a text."""
    tree = gast.parse(text).body[0]
    return Source("<example>", tuple(text.splitlines()), tree.value if isinstance(tree, gast.Expr) else tree)


def text_of(tree: Any) -> str:
    """A function or a block as Python text."""
    stmts: Block = tree if isinstance(tree, list) else [tree]
    module = gast.Module(body=nodes.copy(stmts), type_ignores=[])
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(module)))


def show_exits(body: str) -> None:
    """Print a function's body with its exits rewritten."""
    source = parse("def f():\n" + "\n".join("    " + line for line in body.splitlines()))
    print(text_of(Exits(Names(nodes.names_in(source.tree))).body(source.tree.body)))


def show_match(body: str) -> None:
    """Print a function's body with its match statements rewritten."""
    source = parse("def f():\n" + "\n".join("    " + line for line in body.splitlines()))
    print(text_of(without_match(nodes.copy(source.tree.body), Names(nodes.names_in(source.tree)), set())))


def show(text: str) -> None:
    """Print the core of a function."""
    from sct_ad.normal.lower import lower  # whose docstring is shown by this function

    source = parse(text)
    print(text_of(lower(source.tree, source)))


def show_body(body: str) -> None:
    """Print the core of a function's body, without its last `return None`."""
    from sct_ad.normal.lower import lower

    source = parse("def f():\n" + "\n".join("    " + line for line in body.splitlines()))
    print(text_of(lower(source.tree, source).body[:-1]))
