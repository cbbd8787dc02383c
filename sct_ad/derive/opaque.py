"""What is refused because nothing is known of what an object holds."""

from __future__ import annotations

from collections.abc import Iterable

import gast

from sct_ad.analysis.alias import sources_of
from sct_ad.analysis.typer import Typer
from sct_ad.errors import Span, UnsupportedError
from sct_ad.objects import is_plain
from sct_ad.runtime.custom import holding
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.values import Dict, List, Matrix, Opaque, Unknown


def refuse_opaque(body: Block, typer: Typer, active: set[str], displays: bool = True) -> None:
    """Objects that nothing is known of inside must not hold what is differentiated.

    Without `displays`, those of a list or dict may hold what nothing is known of: a derivative writes none of them.
    """
    for stmt in nodes.statements(body):
        for variable in sorted(nodes.defines(stmt) & active):
            if isinstance(stmt, gast.With):
                raise UnsupportedError(
                    "what a context manager makes of values that are differentiated",
                    nodes.origin_of(stmt),
                    "let its generator yield outside of try and with, or compute it before the with statement",
                )
            value = getattr(stmt, "value", None)
            if isinstance(value, gast.Call) and typer.resolve(value.func) is holding:
                raise UnsupportedError(
                    "an object whose numbers are differentiated by, given to a function with a derivative of its own",
                    nodes.origin_of(stmt),
                    "pass these numbers as arguments",
                )
            type_ = typer.types.get(variable)
            if isinstance(type_, Opaque) and is_plain(type_.cls):
                raise UnsupportedError(
                    f"an object of class '{type_.cls.__name__}' that is chosen or made by code not looked into",
                    nodes.origin_of(stmt),
                    "choose among its numbers, or write the loop",
                )
            if isinstance(type_, Matrix):
                raise UnsupportedError(
                    f"a {type_.cls.__name__} of values that are differentiated",
                    nodes.origin_of(stmt),
                    "use an array, or a sparse matrix of constants",
                )
            if isinstance(type_, Opaque):
                raise UnsupportedError(
                    f"a {type_.cls.__name__} of values that are differentiated",
                    nodes.origin_of(stmt),
                    "use a list, or a dict with constant keys",
                )
            is_display = isinstance(value, (gast.List, gast.Dict))
            if isinstance(type_, (List, Dict)) and isinstance(stmt, gast.Assign) and (displays or not is_display):
                _refuse_alias_of_unknown(stmt, typer, active)


def _refuse_alias_of_unknown(stmt: gast.Assign, typer: Typer, active: set[str]) -> None:
    """A list or dict must not be reached through a variable of which it is not known that it holds one."""
    for source in sources_of(stmt.value, typer):
        if source in active and isinstance(typer.types.get(source), Unknown):
            raise UnsupportedError(
                f"a list or dict under the name '{source}', which may also be something else",
                nodes.origin_of(stmt),
                "keep objects of different kinds in different variables",
            )


def refuse_unknown_method(call: gast.Call, typer: Typer, active: set[str], origin: Span | None) -> None:
    """A method of nobody knows what may change its object in any way."""
    owner = call.func.value if isinstance(call.func, gast.Attribute) else None
    if isinstance(owner, gast.Name) and owner.id in active and typer.resolve(call.func) is None:
        raise UnsupportedError(
            f"the method '{call.func.attr}' of an object of unknown type",
            origin,
            "keep lists, arrays and None in different variables",
        )


def recorders(body: Block, typer: Typer) -> set[str]:
    """Lists that live outside of the function, which does nothing with them but append to them."""
    found = set(typer.outside)
    for stmt in nodes.statements(body):
        call = stmt.value if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call) else None
        if call is not None and typer.resolve(call.func) is list.append:
            found -= nodes.names_in(call.args)
        elif getattr(getattr(stmt, "value", None), "attr", "") != "append":  # what is called so further on
            found -= nodes.names_in(nodes.expressions(stmt)) | nodes.defines(stmt)
    return found


def refuse_outside(names: Iterable[str], body: Block) -> None:
    """What lives outside of the function, the names given, has neither shadow nor tangent."""
    for name in sorted(names):
        stores = [s for s in nodes.statements(body) if name in nodes.names_in(s)]
        raise UnsupportedError(
            f"'{name}', which lives outside of the function and is given values that are differentiated",
            nodes.origin_of(stores[0]) if stores else None,
            "pass it as an argument, or copy it first",
        )


def refused_write(origin: Span | None) -> UnsupportedError:
    """The error for a call that changes a differentiated argument in a way that no rule tells."""
    return UnsupportedError(
        "a call that writes its argument in place and has no derivative rule",
        origin,
        "assign with an index store, x[...] = ..., instead",
    )
