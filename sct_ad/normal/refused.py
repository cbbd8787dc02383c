"""What core cannot say: the constructs that are refused, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sct_ad.errors import UnsupportedError
from sct_ad.syntax import nodes
from sct_ad.syntax.source import Source, span_of

REFUSED: dict[str, tuple[str, str]] = {
    "TryStar": ("except*", "write except, and raise one exception at a time"),
    "guarded yield": ("yield inside try or with", "yield after the try or with statement"),
    "finally": ("return, break or continue in finally", "leave the function or loop after the try statement"),
    "AsyncFunctionDef": ("async def", "write a plain def; derivatives run synchronously"),
    "AsyncFor": ("async for", "write a plain for loop; derivatives run synchronously"),
    "AsyncWith": ("async with", "write plain code; derivatives run synchronously"),
    "Await": ("await", "write a plain call; derivatives run synchronously"),
    "yield": ("a yield inside an expression", "give the yield a line of its own; send() is not supported"),
    "compound yield": ("a yield inside this statement", "collect the values in a list and return it"),
    "ClassDef": ("a class definition inside a function", "define the class at module level"),
    "TypeAlias": ("a type alias inside a function", "define the alias at module level"),
    "TemplateStr": ("a template string", "write an f-string"),
    "SetComp": ("a set comprehension", "build a list with a loop"),
    "async comprehension": ("an async comprehension", "write a plain comprehension; derivatives run synchronously"),
    "delete": ("del of an attribute", "keep the value in a local variable"),
    "Starred": ("a starred expression here", "write the elements one by one"),
}
"""By the class name of the node, or a name of our own: what it is, and what to write instead."""

USED_UP = {"array", "asarray", "dict", "extend", "frozenset", "fromiter", "fsum", "join", "list", "max", "min", "prod"}
USED_UP |= {"set", "sorted", "sum", "tuple", "update"}
"""Functions and methods that use up an iterable before they return, so that a list serves as well as a generator."""


def refusal(node: Any, source: Source, kind: str = "") -> UnsupportedError:
    """The error for a node: of its own kind, or of another kind in the table."""
    what, hint = REFUSED.get(
        kind or type(node).__name__, (f"'{type(node).__name__}'", "write it with plain statements")
    )
    return UnsupportedError(f"{what} is not supported", span_of(source, node), hint)


def refuse(body: list[Any], source: Source) -> None:
    """Raise UnsupportedError at the first construct that core cannot say; nested functions wait until they are called.

    >>> from sct_ad.normal.demonstrate import parse
    >>> source = parse("def f(x):\\n    del x.y\\n    return x")
    >>> refuse(source.tree.body, source)
    Traceback (most recent call last):
    sct_ad.errors.UnsupportedError: del of an attribute is not supported
      instead: keep the value in a local variable
    """
    for node in own_nodes(body):
        if type(node).__name__ in REFUSED and not isinstance(node, gast.Starred):
            raise refusal(node, source)
        if isinstance(node, (gast.Try, gast.With)):
            yielded = next((n for n in own_nodes([node]) if isinstance(n, (gast.Yield, gast.YieldFrom))), None)
            if yielded is not None:
                raise refusal(yielded, source, "guarded yield")
        if isinstance(node, gast.Try):
            leaving = next(_exits_of(node.finalbody), None)
            if leaving is not None:
                raise refusal(leaving, source, "finally")
        if isinstance(node, gast.Delete):
            for target in node.targets:
                if isinstance(target, gast.Attribute):
                    raise refusal(target, source, "delete")
        if isinstance(node, (gast.ListComp, gast.DictComp, gast.GeneratorExp)):
            if any(generator.is_async for generator in node.generators):
                raise refusal(node, source, "async comprehension")


def _exits_of(stmts: list[Any], in_loop: bool = False) -> Iterator[Any]:
    """The statements that leave a block for another place than its end; nested functions have their own."""
    for stmt in stmts:
        if isinstance(stmt, gast.Return) or (isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop):
            yield stmt
        if not isinstance(stmt, gast.FunctionDef):
            loops = isinstance(stmt, (gast.For, gast.While))
            yield from _exits_of(getattr(stmt, "body", []), in_loop or loops)
            yield from _exits_of(getattr(stmt, "orelse", []), in_loop)
            for part in getattr(stmt, "handlers", []):
                yield from _exits_of(part.body, in_loop)
            yield from _exits_of(getattr(stmt, "finalbody", []), in_loop)


def own_nodes(body: list[Any]) -> Iterator[Any]:
    """The nodes of a function in order of text, without the bodies of nested functions."""
    pending = list(reversed(body))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (gast.FunctionDef, gast.Lambda)):
            pending += [d for d in (*node.args.kw_defaults, *node.args.defaults) if d is not None]
            pending += getattr(node, "decorator_list", ())
            continue
        pending += nodes.below(node)
