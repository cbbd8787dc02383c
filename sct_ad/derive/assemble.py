"""The pair of sweeps -> one block: forward sweep, then reverse sweep."""

from __future__ import annotations

import gast

from sct_ad.analysis.raising import half_done
from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.containers import may_be_new
from sct_ad.derive.pairs import Item, Pair, Save
from sct_ad.derive.reads import around_both_sweeps, is_recomputed
from sct_ad.derive.segments import Segments
from sct_ad.runtime import sequences
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Abstract, Array, List, Scalar


class Assembler:
    """Weaves records and restores into the two sweeps."""

    def __init__(self, accumulator: Accumulator) -> None:
        self.acc = accumulator
        self.loop_names: dict[str, str] = {}
        """Target of a reversed loop -> target of the loop that it reverses."""
        self.segments = Segments(self)

    def forward(self, pair: Pair, top: bool = False) -> Block:
        """The forward sweep of a block."""
        out: Block = []
        for item in pair.items:
            if _is_exit(item):
                out += self._records(pair)
            stmts = self._forward_item(item)
            if top:
                out += [nodes.assign(tape, gast.List(elts=[], ctx=nodes.LOAD)) for tape in _tapes(item)]
            out += stmts
        if not (pair.items and _is_exit(pair.items[-1])):
            out += self._records(pair)
        return out

    def _records(self, pair: Pair) -> Block:
        return [self._record(save) for save in pair.save]

    def _forward_item(self, item: Item) -> Block:
        stmt = item.primal
        out = [self._record(save) for save in item.save]
        if item.region is not None:
            return [*out, *self.segments.forward(item)]
        if isinstance(stmt, gast.Pass):
            return [*out, *item.mirror]
        if not item.inner:
            return [*out, stmt, *item.mirror]
        bodies = [self.forward(inner) for inner in item.inner]
        origin = nodes.origin_of(stmt)
        if isinstance(stmt, gast.Try):
            return [*out, *self._forward_try(item, bodies)]
        if isinstance(stmt, gast.With):
            again = is_recomputed(stmt, self.acc.typer)
            return [*out, *(bodies[0] if again else self._forward_with(item, bodies[0]))]
        if isinstance(stmt, gast.If):
            if not any(bodies):
                return out
            new: Stmt = gast.If(test=stmt.test, body=bodies[0] or [gast.Pass()], orelse=bodies[1])
        else:
            if item.trips:
                out.append(nodes.assign(item.trips, nodes.constant(0)))
                self.acc.typer.types[item.trips] = Scalar("int")
                one = nodes.constant(1)
                bodies[0].insert(0, gast.AugAssign(target=nodes.target(item.trips), op=gast.Add(), value=one))
            if not bodies[0]:
                return out
            if isinstance(stmt, gast.For):
                new = gast.For(target=stmt.target, iter=stmt.iter, body=bodies[0], orelse=[], type_comment=None)
            else:
                new = gast.While(test=stmt.test, body=bodies[0], orelse=[])
        out.append(nodes.with_origin(new, origin))
        return [*out, self.segments.measured(item)] if item.measured is not None else out

    def _forward_with(self, item: Item, body: Block) -> Block:
        """A context that swallows an exception would leave the body half done: that ends the call."""
        stmt, origin = item.primal, nodes.origin_of(item.primal)
        around: Block = []
        after: Block = []
        if stmt.swallows:
            flag = self.acc.fresh("finished")
            self.acc.typer.types[flag] = Scalar("bool")
            around = [nodes.assign(flag, nodes.constant(False))]
            body = [*body, nodes.assign(flag, nodes.constant(True))]
            text = f"the context manager at {origin.where if origin else 'an unknown line'} has swallowed an exception"
            error = nodes.call(self.acc.namespace.builtin("RuntimeError"), nodes.constant(text))
            test = gast.UnaryOp(op=gast.Not(), operand=nodes.name(flag))
            after = [gast.If(test=test, body=[gast.Raise(exc=error, cause=None)], orelse=[])]
        new = gast.With(items=stmt.items, body=body or [gast.Pass()], type_comment=None)
        return [*around, nodes.with_origin(new, origin), *after]

    def _forward_try(self, item: Item, bodies: list[Block]) -> Block:
        """Before a handler goes on, the program state is put back to where the body began."""
        (clause,) = item.primal.handlers
        body, handled, orelse = bodies
        around: Block = []
        back: Block = []
        if item.caught:
            around.append(nodes.assign(item.caught, nodes.constant(False)))
            back.append(nodes.assign(item.caught, nodes.constant(True)))
        typer = self.acc.typer
        early = half_done(body, typer.type_of, typer.resolve)
        assigned = {name for stmt in early for name in nodes.defines(stmt)}
        for rewind in item.rewind:
            if rewind.variable not in assigned:
                continue
            rewind.noted = rewind.noted or self.acc.fresh(f"{rewind.variable}_kept")
            self.acc.typer.types[rewind.noted] = self.acc.typer.types[rewind.variable]
            around.append(nodes.assign(rewind.noted, nodes.name(rewind.variable)))
            back.append(nodes.assign(rewind.variable, nodes.name(rewind.noted)))
        if item.in_loop and not clause.leaves:
            tapes = [tape for inner in item.inner[0].items for tape in _tapes(inner)]
            for tape in sorted(set(tapes) & nodes.names_in(early)):
                height = self.acc.fresh("height")
                self.acc.typer.types[height] = Scalar("int")
                length = nodes.call(self.acc.namespace.builtin("len"), nodes.name(tape))
                around.append(nodes.assign(height, length))
                above = gast.Slice(lower=nodes.name(height), upper=None, step=None)
                place = gast.Subscript(value=nodes.name(tape), slice=above, ctx=gast.Del())
                back.append(gast.Delete(targets=[place]))
        handler = gast.ExceptHandler(type=clause.type, name=clause.name, body=[*back, *handled] or [gast.Pass()])
        new = gast.Try(body=body or [gast.Pass()], handlers=[handler], orelse=orelse, finalbody=[])
        return [*around, nodes.with_origin(new, nodes.origin_of(item.primal))]

    def _record(self, save: Save) -> Stmt:
        value = nodes.copy(save.place)
        if self._may_lack(save.place):
            value = nodes.call(nodes.attribute(value.value, "get"), value.slice, nodes.constant(...))
        if save.copied:
            value = nodes.call(nodes.attribute(value, "copy"))
        if not save.tape:
            save.tape = self.acc.fresh(f"{save.base}_tape" if save.in_loop else f"{save.base}_old")
            type_ = self.acc.typer.type_of(save.place)
            self.acc.typer.types[save.tape] = List(None, type_) if save.in_loop else type_
        if save.in_loop:
            return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(save.tape), "append"), value))
        return nodes.assign(save.tape, value)

    def _restore(self, save: Save) -> Stmt:
        value: Expr = nodes.name(save.tape)
        if save.in_loop:
            value = nodes.call(nodes.attribute(value, "pop"))
        place = save.place
        if self._may_lack(place):
            restore = self.acc.bind(sequences.restore_entry, "restore_entry")
            return gast.Expr(value=nodes.call(restore, nodes.copy(place.value), nodes.copy(place.slice), value))
        if isinstance(place, gast.Subscript):
            return nodes.assign(nodes.subscript(nodes.copy(place.value), nodes.copy(place.slice), store=True), value)
        return nodes.assign(place.id, value)

    def _may_lack(self, place: Expr) -> bool:
        """Whether the place is an item of a dict that may not have its key yet."""
        return isinstance(place, gast.Subscript) and may_be_new(place, self.acc.typer)

    def reverse(self, pair: Pair) -> Block:
        """The reverse sweep of a block."""
        self._rename_recomputed(pair)
        out = [self._restore(save) for save in reversed(pair.save)]
        out += list(reversed(pair.recompute))
        out += pair.first
        for item in reversed(pair.items):
            out += item.adjoint
            if item.region is not None:
                out += self.segments.reverse(item)
            elif item.inner:
                out += self._reverse_structured(item)
            out += nodes.substitute([self._restore(save) for save in reversed(item.save)], item.renamed)
        return out + pair.last

    def _reverse_structured(self, item: Item) -> Block:
        stmt = item.primal
        if isinstance(stmt, gast.For):
            name = self.acc.fresh(stmt.target.id)
            self.loop_names[name] = stmt.target.id
            self.acc.typer.types[name] = Scalar("int")
            rename_in_reverse(item.inner[0], {stmt.target.id: name})
            bodies = [self.reverse(item.inner[0])]
        else:
            bodies = [self.reverse(inner) for inner in item.inner]
        if not any(bodies):
            return []
        origin = nodes.origin_of(stmt)
        if isinstance(stmt, gast.With):
            if not around_both_sweeps(stmt, self.acc.typer):
                return bodies[0]
            context = gast.withitem(context_expr=nodes.copy(stmt.items[0].context_expr), optional_vars=None)
            again = gast.With(items=[context], body=bodies[0], type_comment=None)
            return [nodes.with_origin(nodes.substitute(again, item.renamed), origin)]
        if isinstance(stmt, gast.Try):
            body, handled, orelse = bodies
            if not item.caught:
                return [*orelse, *body]
            witness = nodes.name(item.renamed.get(item.caught, item.caught))
            either = gast.If(test=witness, body=handled, orelse=[*orelse, *body])
            if not handled:
                either = gast.If(test=gast.UnaryOp(op=gast.Not(), operand=witness), body=[*orelse, *body], orelse=[])
            return [nodes.with_origin(either, origin)]
        if isinstance(stmt, gast.If):
            test = nodes.substitute(stmt.test, item.renamed)
            return [nodes.with_origin(gast.If(test=test, body=bodies[0] or [gast.Pass()], orelse=bodies[1]), origin)]
        if isinstance(stmt, gast.For):
            trips: Expr = nodes.substitute(stmt.iter, item.renamed)
            if item.trips:
                counter = item.renamed.get(item.trips, item.trips)
                count = gast.Slice(lower=None, upper=nodes.name(counter), step=None)
                trips = nodes.subscript(trips, count)
            backwards = nodes.call(self.acc.namespace.builtin("reversed"), trips)
        else:
            assert item.trips is not None
            name = self.acc.fresh("_")
            self.acc.typer.types[name] = Scalar("int")
            count = nodes.name(item.renamed.get(item.trips, item.trips))
            backwards = nodes.call(self.acc.namespace.builtin("range"), count)
        new = gast.For(target=nodes.target(name), iter=backwards, body=bodies[0], orelse=[], type_comment=None)
        return [nodes.with_origin(new, origin)]

    def rename(self, pair: Pair, mapping: dict[str, str]) -> None:
        """Rename what the reverse sweep of a block reads; the forward sweep keeps its names."""
        rename_in_reverse(pair, mapping)

    def tapes_in(self, pair: Pair) -> list[str]:
        """The tapes of a block, those of its own and those of its statements."""
        return [*(tape for item in pair.items for tape in _tapes(item)), *(save.tape for save in pair.save)]

    def _rename_recomputed(self, pair: Pair) -> None:
        """Recomputed values get names of their own, so that the forward sweep's may die; equal ones share one."""
        twins = self._equal_values(pair)
        pair.recompute = [stmt for stmt in pair.recompute if stmt.targets[0].id not in twins]
        mapping: dict[str, str] = {}
        for stmt in pair.recompute:
            old = stmt.targets[0].id
            mapping[old] = self.acc.fresh("t" if old in self.acc.temporaries else old)
            self.acc.typer.types[mapping[old]] = self.acc.typer.types[old]
        mapping.update({name: mapping[twin] for name, twin in twins.items()})
        if mapping:
            pair.recompute = nodes.substitute(pair.recompute, mapping)
            rename_in_reverse(pair, mapping)

    def _equal_values(self, pair: Pair) -> dict[str, str]:
        """Recomputed variable -> another one that is the same part of the same array, or the same number."""
        found: dict[str, str] = {}
        values: list[tuple[str, Expr]] = []
        for stmt in reversed(pair.recompute):  # what others use comes last
            name, value = stmt.targets[0].id, nodes.substitute(stmt.value, found)
            types = self.acc.typer.types
            twin = next((n for n, other in values if nodes.same(other, value) and _is_like(types[n], types[name])), "")
            if not twin:
                values.append((name, value))
            elif isinstance(types[name], Scalar) or isinstance(value, gast.Subscript):
                found[name] = twin
        return found


def rename_in_reverse(pair: Pair, mapping: dict[str, str]) -> None:
    """Rename what the reverse sweep of a block reads; the forward sweep keeps its names."""
    pair.first = nodes.substitute(pair.first, mapping)
    pair.last = nodes.substitute(pair.last, mapping)
    pair.recompute = nodes.substitute(pair.recompute, mapping)
    for item in pair.items:
        item.adjoint = nodes.substitute(item.adjoint, mapping)
        item.renamed = {**item.renamed, **mapping}
        for inner in item.inner:
            rename_in_reverse(inner, mapping)


def _is_like(one: Abstract, other: Abstract) -> bool:
    """Whether two variables hold numbers, or arrays, of the same kind."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.kind, one.dtype) == (other.kind, other.dtype)
    return isinstance(one, Array) and isinstance(other, Array) and (one.dtype, one.ndim) == (other.dtype, other.ndim)


def _is_exit(item: Item) -> bool:
    return isinstance(item.primal, gast.If) and any(
        isinstance(inner.primal, gast.Break) for pair in item.inner for inner in pair.items
    )


def _tapes(item: Item) -> list[str]:
    own = [save.tape for save in item.save if save.in_loop]
    if item.region is not None:
        own += [save.tape for save in item.region.keep if save.in_loop]
        if item.region.plan is None or item.trips:
            return own  # the others are made where they are needed
    for inner in item.inner:
        for nested in inner.items:
            own += _tapes(nested)
        own += [save.tape for save in inner.save if save.in_loop]
    return own
