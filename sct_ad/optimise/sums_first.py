"""Where only the sum of a cotangent over its first axis is wanted, what is linear in it comes after the sum."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.products import Chain, built, chain_of, is_product, mixes_precisions
from sct_ad.optimise.workspace import Workspace, all_blocks, single_target
from sct_ad.runtime.einsum import read_subscripts
from sct_ad.syntax.dims import same_size
from sct_ad.syntax.nodes import (
    Block,
    Expr,
    Stmt,
    assign,
    attribute,
    call,
    constant,
    copy,
    every,
    name,
    origin_of,
    with_origin,
)
from sct_ad.syntax.values import UNKNOWN, Scalar, dims_of, kind


def sums_first(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Sum the factor that changes along the first axis, and multiply the sum.

    >>> from sct_ad.optimise.demonstrate import show
    >>> from sct_ad.syntax.dims import Dim
    >>> from sct_ad.syntax.values import Array
    >>> rows, row = Array("float64", (Dim("n"), Dim("m"))), Array("float64", (Dim("m"),))
    >>> lines = "bx = bz * w; by = np.sum(-bx, axis=0); return by"
    >>> show(sums_first, f"def f(bz, w): {lines}", adjoint=True, bz=rows, w=row, bx=rows, by=row)
    def f(bz, w):
        bt = np.sum(bz, axis=0)
        bx1 = bt * w
        by = -bx1
        return by
    """
    if not any(_is_sum(node, facts) for node in every(fn.body, gast.Call)):
        return fn
    space = Workspace.of(fn, facts)
    for block in all_blocks(space.fn):
        for stmt in list(block):
            found = _summed(stmt, space)
            if found is not None:
                _Cotangent(found, block, space).sum_first(stmt)
    return space.leave()


def _is_sum(node: Any, facts: Facts) -> bool:
    """Whether a call is `np.sum(x, axis=0)`."""
    if not isinstance(node, gast.Call) or len(node.args) != 1 or len(node.keywords) != 1:
        return False
    axis = node.keywords[0]
    is_first = axis.arg == "axis" and isinstance(axis.value, gast.Constant) and type(axis.value.value) is int
    return is_first and axis.value.value == 0 and facts.resolve(node.func) is np.sum


def _summed(stmt: Any, space: Workspace) -> str | None:
    """The cotangent of which a statement sums all rows, and which nothing else reads."""
    if not isinstance(stmt, (gast.Assign, gast.AugAssign)) or not _is_sum(stmt.value, space.facts):
        return None
    argument = stmt.value.args[0]
    if isinstance(argument, gast.UnaryOp) and isinstance(argument.op, gast.USub):
        argument = argument.operand
    return argument.id if isinstance(argument, gast.Name) and argument.id in space.adjoint_names else None


class _Cotangent:
    """A cotangent that is only summed: what is added to it."""

    def __init__(self, variable: str, block: Block, space: Workspace) -> None:
        self.variable, self.block, self.space, self.facts = variable, block, space, space.facts
        self.dims = dims_of(space.facts.types.get(variable, UNKNOWN)) or ()
        self.gains = 0
        """How many products with all rows are spared."""
        self.sums: dict[str, str] = {}
        """Variable whose content stays as it is -> the name of its sum."""
        self.before: list[Stmt] = []
        """The sums that are named before the contribution that is looked at."""

    def sum_first(self, stmt: Any) -> None:
        """Let the statement read a cotangent that has been summed from the start, if that spares anything."""
        contributions = self._contributions(stmt)
        if not contributions or len(self.dims) < 2:
            return
        footprints = self.space.footprints
        self.written = {class_ for each in self.space.fn.body for class_ in footprints.statement(each).writes}
        sums, named = [], []
        for each in contributions:
            sums.append(self._sum_of(each.value))
            named.append((each, self.before))
            self.before = []
        if not self.gains or any(value is None for value in sums):
            return
        short = self.space.declare(self.variable, self.facts.type_of(stmt.value), is_fresh=True)
        for each, value in zip(contributions, sums, strict=True):
            each.value = value
            place = each.targets[0] if isinstance(each, gast.Assign) else each.target
            place.id = short
            self.space.footprints.forget(each)
        for each, before in named:
            start = self.block.index(each)
            self.block[start:start] = [with_origin(total, origin_of(each)) for total in before]
        argument = stmt.value.args[0]
        whole = name(short)
        stmt.value = gast.UnaryOp(op=gast.USub(), operand=whole) if isinstance(argument, gast.UnaryOp) else whole
        if isinstance(stmt.value, gast.Name) and isinstance(stmt, gast.Assign):
            stmt.value = call(attribute(whole, "copy"))
        self.space.footprints.forget(stmt)
        self.space.refresh()

    def _contributions(self, stmt: Stmt) -> list[Any] | None:
        """The statements that make the cotangent and add to it; None where others mention it."""
        found = [each for each in self.block if self._contributes(each)]
        mentions = sum(node.id == self.variable for node in every(self.space.fn.body, gast.Name))
        is_all = found and mentions == len(found) + 1 and isinstance(found[0], gast.Assign)
        return found if is_all and all(isinstance(each, gast.AugAssign) for each in found[1:]) else None

    def _contributes(self, stmt: Stmt) -> bool:
        if isinstance(stmt, gast.AugAssign):
            return isinstance(stmt.target, gast.Name) and stmt.target.id == self.variable
        return single_target(stmt) == self.variable

    def _sum_of(self, value: Expr) -> Expr | None:
        """The sum of a contribution over its rows."""
        found = self._of_product(value) or self._of_contraction(value)
        if found is not None:
            self.gains += 1
            return found
        return self._sum(value) if self._has_all_rows(value) else None

    def _of_product(self, value: Expr) -> Expr | None:
        if not is_product(value) or kind(self.facts.type_of(value)) != "float":
            return None
        chain = chain_of(copy(value), self.facts)
        is_whole = [len(dims_of(self.facts.type_of(factor)) or ()) == len(self.dims) for factor, _ in chain.factors]
        rows = [item for item, whole in zip(chain.factors, is_whole) if whole]
        others = [item for item, whole in zip(chain.factors, is_whole) if not whole]
        if mixes_precisions(chain, self.facts) or not rows or rows[0][1]:
            return None
        if all(isinstance(self.facts.type_of(factor), Scalar) for factor, _ in others):
            return None
        inner = built(Chain(rows), self.facts)
        if not self._has_all_rows(inner):
            return None
        chain.factors = [(self._named_sum(inner), False), *others]
        return built(chain, self.facts)

    def _of_contraction(self, value: Any) -> Expr | None:
        """`np.einsum("nki,kij->nkj", x, y)` -> `np.einsum("ki,kij->kj", np.sum(x, axis=0), y)`."""
        if not isinstance(value, gast.Call) or self.facts.resolve(value.func) is not np.einsum or len(value.args) != 3:
            return None
        text, *operands = value.args
        ranks = [len(dims_of(self.facts.type_of(operand)) or ()) for operand in operands]
        if value.keywords or not isinstance(text, gast.Constant) or not all(isinstance(x, gast.Name) for x in operands):
            return None
        labels = read_subscripts(str(text.value), ranks)
        if labels is None or not labels[1] or kind(self.facts.type_of(value)) != "float":
            return None
        (one, two), result, _ = labels
        row = result[0]
        for k, (own, other) in enumerate(((one, two), (two, one))):
            if own[:1] == row and own.count(row) == 1 and row not in other and self._has_all_rows(operands[k]):
                shorter = [one, two]
                shorter[k] = own[1:]
                operands[k] = self._named_sum(operands[k])
                return call(value.func, constant(f"{','.join(shorter)}->{result[1:]}"), *map(copy, operands))
        return None

    def _has_all_rows(self, value: Expr) -> bool:
        """Whether a value is not stretched along the axis of the sum."""
        dims = dims_of(self.facts.type_of(value)) or ()
        return len(dims) == len(self.dims) and same_size(dims[0], self.dims[0])

    def _named_sum(self, value: Expr) -> Expr:
        """The sum of a value over its rows, under a name if that of a variable can be read again."""
        if not isinstance(value, gast.Name) or self.space.definitions[value.id] != 1:
            return self._sum(value)
        if self.facts.memory.get(value.id) in self.written:
            return self._sum(value)
        if value.id not in self.sums:
            total = self._sum(value)
            self.sums[value.id] = self.space.declare("bt", self.facts.type_of(total), is_fresh=True)
            self.before.append(assign(self.sums[value.id], total))
        return name(self.sums[value.id])

    def _sum(self, value: Expr) -> Expr:
        numpy = self.facts.denote(np, "np")
        total = call(attribute(copy(numpy), "sum"), copy(value))
        total.keywords = [gast.keyword(arg="axis", value=constant(0))]
        return total
