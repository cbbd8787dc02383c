"""The text that rules of array functions emit: variables of all ranks, and displays of them."""

import gast

from sct_ad.rules.registry import lookup
from sct_ad.rules.template import Site, bind_arguments, instantiate
from sct_ad.syntax import nodes, values
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.names import Names
from tests.rules.emission import parse, text


def array(*names, dtype="float64"):
    """An array whose sizes are known by name, and not to be 1; numbers are sizes that are known."""
    return values.Array(dtype, tuple(n if isinstance(n, int) else Dim(n, 0, True) for n in names))


TYPES = {
    "x": values.FLOAT,
    "y": values.FLOAT,
    "s": values.Scalar("float", "float64"),
    "n": values.INT,
    "v": array("n"),
    "w": array("m"),
    "three": array(3),
    "A": array("m", "n"),
    "B": array("n", "k"),
    "S": array("n", "n"),
    "P": array("b", "m", "n"),
    "Q": array("b", "n", "k"),
    "F": array("m", "n", dtype="float32"),
    "K": array("k", dtype="int64"),
    "U": values.Array("float64", None),
    "xs": values.List(None, values.FLOAT),
    "vs": values.List(None, array("n")),
}
"""The types of the variables; n and K carry no derivative."""


def emitted(function, *args, z="u", inactive="", **keywords):
    """The emitted lines, contributions as `bx += ...`; the result has the type of the variable `z`."""
    types = {**TYPES, "z": TYPES.get(z, values.UNKNOWN)}
    names = Names({*types, "np", "bz"})

    def type_of(node):
        return types.get(node.id, values.UNKNOWN) if isinstance(node, gast.Name) else values.UNKNOWN

    def is_active(node):
        if isinstance(node, (gast.Tuple, gast.List)):
            return any(map(is_active, node.elts))
        return isinstance(node, gast.Name) and node.id not in inactive and values.may_carry_derivative(type_of(node))

    def bind(value, hint):
        return nodes.name(hint)

    rule = lookup(function)
    bound = bind_arguments(rule, [parse(a) for a in args], {k: parse(a) for k, a in keywords.items()})
    site = Site(nodes.name("z"), nodes.name("bz"), bound, is_active, type_of, names.fresh, bind)
    adjoint = instantiate(rule, site)
    lines = [text(statement) for statement in adjoint.statements]
    return lines + [f"b{text(receiver)} += {text(value)}" for receiver, value in adjoint.contributions]
