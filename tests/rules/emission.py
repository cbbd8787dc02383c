"""The text that a rule emits at an imagined call, for tests."""

import ast
import builtins

import gast

from sct_ad.rules.registry import lookup
from sct_ad.rules.template import Site, bind_arguments, instantiate
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.names import Names

TYPES = {
    "x": values.FLOAT,
    "y": values.FLOAT,
    "z": values.FLOAT,
    "n": values.INT,
    "i": values.Scalar("int", "", 3),
    "A": values.Array("float64", (Dim("m"), Dim("n"))),
    "v": values.Array("float64", (Dim("n"),)),
    "F": values.Array("float32", (Dim("n"),)),
    "K": values.Array("int64", (Dim("n"),)),
    "s": values.Tuple((values.INT, values.INT)),
    "u": values.UNKNOWN,
}
"""The types of the variables that `emitted` knows; n, i, K and s carry no derivative."""


def emitted(function, *args, inactive="", types=(), **keywords):
    """The emitted lines; contributions as `bx += ...`."""
    known = {**TYPES, **dict(types)}
    names = Names({*known, "np", "math"})

    def type_of(node):
        return known.get(node.id, values.UNKNOWN) if isinstance(node, gast.Name) else values.UNKNOWN

    def is_active(node):
        return isinstance(node, gast.Name) and node.id not in inactive and values.may_carry_derivative(type_of(node))

    def bind(value, hint):
        assert not (hasattr(builtins, hint) and getattr(builtins, hint) is not value)
        return nodes.name(hint)

    rule = lookup(function)
    bound = bind_arguments(rule, [parse(a) for a in args], {k: parse(a) for k, a in keywords.items()})
    site = Site(nodes.name("z"), nodes.name("bz"), bound, is_active, type_of, names.fresh, bind)
    adjoint = instantiate(rule, site)
    lines = [text(statement) for statement in adjoint.statements]
    return lines + [f"b{text(receiver)} += {text(value)}" for receiver, value in adjoint.contributions]


def parse(source):
    """An expression as a gast node."""
    return gast.parse(source, mode="eval").body


def text(node):
    """A node as Python text."""
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(node)))
