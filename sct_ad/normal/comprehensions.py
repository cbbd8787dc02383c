"""Comprehensions -> loops over a list or dict that grows; any and all -> loops that stop early."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from sct_ad.normal import scopes
from sct_ad.normal.emission import Emission, at
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr


class Comprehensions(Emission):
    """One method per kind of comprehension; the targets are local to it: renamed where others bear their name.

    >>> from sct_ad.normal.demonstrate import show_body
    >>> show_body("y = [x * x for x in xs if x]")
    items = []
    for x in xs:
        if x:
            t = x * x
            items.append(t)
    y = items
    """

    def _expr_ListComp(self, expr: gast.ListComp | gast.GeneratorExp) -> Expr:
        result = self.fresh("items")
        self.emit(nodes.assign(result, gast.List(elts=[], ctx=nodes.LOAD)))
        append = nodes.attribute(nodes.name(result), "append")
        self._loops(expr, [at(gast.Expr(value=nodes.call(append, expr.elt)), expr.elt)])
        return nodes.name(result)

    def _expr_GeneratorExp(self, expr: gast.GeneratorExp) -> Expr:
        """A call of a generator function; the first iterable is evaluated here."""
        function, parameter = self.fresh("generator"), self.names.fresh("iterable")
        first = self.atom(expr.generators[0].iter)
        loops: Block = [at(gast.Expr(value=at(gast.Yield(value=expr.elt), expr.elt)), expr.elt)]
        for position, generator in reversed(list(enumerate(expr.generators))):
            for test in reversed(generator.ifs):
                loops = [at(gast.If(test=test, body=loops, orelse=[]), test)]
            iterable = generator.iter if position else at(nodes.name(parameter), generator.iter)
            head = gast.For(target=generator.target, iter=iterable, body=loops, orelse=[], type_comment=None)
            loops = [at(head, expr)]
        outer = {n.target.id for n in nodes.walk(expr) if isinstance(n, gast.NamedExpr)}
        declared: Block = [gast.Nonlocal(names=sorted(outer))] if outer else []
        made = gast.FunctionDef(
            name=function,
            args=nodes.parameters([parameter]),
            body=[*declared, *loops],
            decorator_list=[],
            returns=None,
            type_comment=None,
            type_params=[],
        )
        self.definition(at(made, expr))
        return nodes.call(nodes.name(function), first)

    def as_list(self, expr: Expr) -> Expr:
        """The expression, its generator replaced by a list, for a place that uses it up at once."""
        if isinstance(expr, gast.GeneratorExp):
            return at(gast.ListComp(elt=expr.elt, generators=expr.generators), expr)
        if isinstance(expr, gast.Starred):
            return at(gast.Starred(value=self.as_list(expr.value), ctx=nodes.LOAD), expr)
        return expr

    def _expr_DictComp(self, expr: gast.DictComp) -> Expr:
        result = self.fresh("items")
        self.emit(nodes.assign(result, gast.Dict(keys=[], values=[])))
        key, first = expr.key, []
        fixed = isinstance(key, gast.Name) and key.id not in scopes.rebound(expr.value, self.shared)
        if not fixed and not isinstance(key, gast.Constant):  # a key is evaluated before its value
            name = self.fresh("key")
            first = [at(nodes.assign(name, key), key)]
            key = nodes.name(name)
        place = nodes.subscript(nodes.name(result), key, store=True)
        self._loops(expr, [*first, at(nodes.assign(place, expr.value), expr.value)])
        return nodes.name(result)

    def short_circuit(self, expr: gast.Call) -> Expr | None:
        """`any` or `all` of a generator, as a loop that stops where they do."""
        func = expr.func
        if not isinstance(func, gast.Name) or func.id not in ("any", "all") or func.id in self.locals:
            return None
        if len(expr.args) != 1 or expr.keywords or not isinstance(expr.args[0], gast.GeneratorExp):
            return None
        generator = expr.args[0]
        found = self.fresh("found")
        self.emit(nodes.assign(found, nodes.constant(False)))
        set_found: Block = [at(nodes.assign(found, nodes.constant(True)), generator.elt)]
        body, orelse = (set_found, []) if func.id == "any" else ([gast.Pass()], set_found)
        self._loops(generator, [at(gast.If(test=generator.elt, body=body, orelse=orelse), generator.elt)], found)
        return nodes.name(found) if func.id == "any" else gast.UnaryOp(op=gast.Not(), operand=nodes.name(found))

    def _loops(self, expr: Any, inner: Block, stop: str | None = None) -> None:
        """Emit the loops of a comprehension around its innermost statements; `stop` is a flag that leaves them."""
        loops: Block = inner
        for generator in reversed(expr.generators):
            for test in reversed(generator.ifs):
                loops = [at(gast.If(test=test, body=loops, orelse=[]), test)]
            if stop is not None:
                loops.append(at(gast.If(test=nodes.name(stop), body=[at(gast.Break(), expr)], orelse=[]), expr))
            lazy = any(isinstance(node, gast.Lambda) for node in nodes.walk(generator.iter))  # sees what is bound later
            iterable = generator.iter if lazy else self.as_list(generator.iter)
            head = gast.For(target=generator.target, iter=iterable, body=loops, orelse=[], type_comment=None)
            loops = [at(head, expr)]
        own = {t for g in expr.generators for t in scopes.targets(g.target)}
        inside = Counter(nodes.mentions(loops))
        inside -= Counter(nodes.mentions(loops[0].iter))
        mapping = {n: n if inside[n] >= self.mentions[n] else self.names.fresh(n) for n in sorted(own)}
        self.temporaries |= set(mapping.values())
        self.locals |= set(mapping.values())
        first = loops[0].iter
        renamed = scopes.rename(loops, mapping)
        renamed[0].iter = first  # evaluated outside of the comprehension's scope
        self.out += self.block(renamed)
