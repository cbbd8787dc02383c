"""Accepted Python -> core: three-address statements in which every name, store and call stands by itself."""

from __future__ import annotations

import gast

from sct_ad.normal import generators, scopes
from sct_ad.normal.check import check_core
from sct_ad.normal.emission import at
from sct_ad.normal.exits import Exits
from sct_ad.normal.jumps import with_jumps
from sct_ad.normal.matching import without_match
from sct_ad.normal.refused import refuse
from sct_ad.normal.statements import Statements
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block
from sct_ad.syntax.source import Source


def lower(tree: gast.FunctionDef | gast.Lambda, source: Source) -> gast.FunctionDef:
    """The core of a function; UnsupportedError for what core cannot say.

    The result's attribute `temporaries` names the variables made up here, `unset` those among them that are None
    only until an early exit gives them a value, and `stopped`, for a generator function, the flag that it tests after
    each `yield`: whether the loop that consumes it was left.

    >>> from sct_ad.normal.demonstrate import show
    >>> show("def f(x):\\n    if x > 0:\\n        return x\\n    return 2 * x + 1")
    def f(x):
        t = x > 0
        if t:
            result = x
        else:
            t1 = 2 * x
            result = t1 + 1
        return result
    """
    if isinstance(tree, gast.Lambda):
        name, body = "lambda_", [at(gast.Return(value=tree.body), tree.body)]
    else:
        name, body = tree.name, _without_docstring(tree.body)
    refuse(body, source)
    names, temporaries = Names(scopes.identifiers(tree) | {name}), set[str]()
    body = with_jumps(without_match(nodes.copy(body), names, temporaries), names, temporaries)
    exits = Exits(names, temporaries)
    generator = generators.is_generator(body)
    if generator:
        stopped = names.fresh("stopped")
        temporaries.add(stopped)
        body = generators.plain_yields(body, stopped, names, source)
    plain = exits.body(nodes.copy(body) or [gast.Pass()])
    if generator:
        plain = [nodes.assign(stopped, nodes.constant(False)), *generators.merge_flags(plain[:-1], stopped, exits)]
        plain.append(gast.Return(value=nodes.constant(None)))
    flat = Statements(source, names, exits.temporaries, tree.args, body)
    core = gast.FunctionDef(
        name=name,
        args=tree.args,
        body=flat.block(plain),
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    core.temporaries, core.unset = exits.temporaries, exits.unset
    core.stopped = stopped if generator else None
    check_core(core)
    return core


def _without_docstring(body: Block) -> Block:
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body
