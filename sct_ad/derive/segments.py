"""Regions as text: a forward sweep that keeps some states, a reverse sweep that computes segments again from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from sct_ad.derive.hand_over import HandOver
from sct_ad.derive.pairs import Item, Pair, Save, all_items
from sct_ad.derive.reads import is_recomputed
from sct_ad.derive.regions import content_of
from sct_ad.runtime import budget, checkpointing
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, List, Scalar

if TYPE_CHECKING:
    from sct_ad.derive.assemble import Assembler


class Segments:
    """Writes the loops of both sweeps for statements with a region."""

    def __init__(self, assembler: Assembler) -> None:
        self.assembler, self.acc = assembler, assembler.acc

    # The forward sweep

    def forward(self, item: Item) -> Block:
        """A loop that keeps the state now and then, and records nothing."""
        region = item.region
        assert region is not None
        keeping = [self._keep(save) for save in region.keep]
        if isinstance(item.primal, gast.With):
            return [*keeping, *self.plain(item.inner[0])]
        if region.plan is not None:
            return self._budgeted(item, keeping)
        if region.snapshots is not None:
            part = region.first = self._fresh("part")
            body = [*keeping, self._over(item, self._part_of(item, nodes.name(part)), self.plain(item.inner[0]))]
            parts = nodes.call(nodes.attribute(self._schedule(item), "forward"))
            return [self._loop(part, parts, body, item)]
        if item.trips is None:
            first = region.first = self._fresh("first")
            body = [*keeping, self._over(item, self._segment(item, first), self.plain(item.inner[0]))]
            return [self._loop(first, self._starts(item), body, item)]
        position = nodes.binary(nodes.name(item.trips), gast.Mod(), self._every(item))
        due = gast.Compare(left=position, ops=[gast.Eq()], comparators=[nodes.constant(0)])
        return self._counted(item, due, keeping)

    def _budgeted(self, item: Item, keeping: Block) -> Block:
        """A loop whose plan is made when it begins; its last trips are recorded at once."""
        region = item.region
        assert region is not None
        region.variable = self._fresh("plan")
        places = [save.place if isinstance(save.place, gast.Name) else save.place.value for save in region.keep]
        size = nodes.call(self.acc.bind(budget.kept_bytes, "kept_bytes"), *nodes.copy(places))
        count = nodes.constant(None) if item.trips else self._count(item)
        made = nodes.call(nodes.attribute(self.acc.bind(region.plan, "memory"), "plan"), count, size)
        out: Block = [nodes.with_origin(nodes.assign(region.variable, made), nodes.origin_of(item.primal))]
        plan = nodes.name(region.variable)
        if item.trips:
            crowded = nodes.call(nodes.attribute(plan, "crowded"), nodes.name(item.trips))
            due = nodes.call(nodes.attribute(plan, "keeps"), nodes.name(item.trips))
            thin = self.acc.bind(budget.thin, "thin")
            thinning = [gast.Expr(value=nodes.call(thin, nodes.name(save.tape))) for save in region.keep]
            return [*out, *self._counted(item, due, keeping or [gast.Pass()], _when(crowded, thinning))]
        part = region.first = self._fresh("part")
        body = [*keeping, self._over(item, self._part_of(item, nodes.name(part)), self.plain(item.inner[0]))]
        out.append(self._loop(part, nodes.call(nodes.attribute(plan, "forward")), body, item))
        out += HandOver(self.acc, region).begin()
        rest = nodes.attribute(nodes.copy(plan), "rest")
        out += nodes.copy(self._recorded(item, item.inner[0], self._part_of(item, rest)))
        return [*out, self._note(region.variable, "measure", item)]

    def _note(self, plan: str, what: str, item: Item, *more: Expr) -> Stmt:
        return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(plan), what), *more, self._recorded_bytes(item)))

    def _recorded_bytes(self, item: Item) -> Expr:
        tapes = [nodes.name(tape) for inner in item.inner for tape in self.assembler.tapes_in(inner)]
        looked = nodes.call(self.acc.bind(budget.recorded_bytes, "recorded_bytes"), *tapes)
        looked.looks_at_tapes = True
        return looked

    def measured(self, item: Item) -> Stmt:
        """The note of what a loop has recorded that cannot be computed again."""
        memory = self.acc.bind(item.measured, "memory")
        return gast.Expr(value=nodes.call(nodes.attribute(memory, "stored_whole"), self._recorded_bytes(item)))

    def _counted(self, item: Item, due: Expr, keeping: Block, thinning: Block | None = None) -> Block:
        """A loop of which is not known how many trips it will make."""
        assert item.region is not None and item.trips is not None
        self.acc.typer.types[item.trips] = Scalar("int")
        one = gast.AugAssign(target=nodes.target(item.trips), op=gast.Add(), value=nodes.constant(1))
        head: Block = [gast.If(test=due, body=keeping, orelse=[])] if keeping else []
        body = [*(thinning or []), *head, one, *self.plain(item.inner[0])]
        stmt = item.primal
        new: Stmt
        if isinstance(stmt, gast.For):
            new = gast.For(
                target=nodes.copy(stmt.target), iter=nodes.copy(stmt.iter), body=body, orelse=[], type_comment=None
            )
        else:
            new = gast.While(test=nodes.copy(stmt.test), body=body, orelse=[])
        return [nodes.assign(item.trips, nodes.constant(0)), nodes.with_origin(new, nodes.origin_of(stmt))]

    def plain(self, pair: Pair) -> Block:
        """A block as the user wrote it, which records nothing."""
        out: Block = []
        for item in pair.items:
            stmt, mirror = item.primal, nodes.copy(item.mirror)
            if isinstance(stmt, gast.Pass):
                out += mirror
                continue
            if not item.inner:
                out += [_twin(stmt), *mirror]
                continue
            bodies = [self.plain(inner) for inner in item.inner]
            if not any(bodies):
                continue
            new: Stmt
            if isinstance(stmt, gast.If):
                new = gast.If(test=nodes.copy(stmt.test), body=bodies[0] or [gast.Pass()], orelse=bodies[1])
            elif isinstance(stmt, gast.For):
                target, trips = nodes.copy(stmt.target), nodes.copy(stmt.iter)
                new = gast.For(target=target, iter=trips, body=bodies[0], orelse=[], type_comment=None)
            elif isinstance(stmt, gast.While):
                new = gast.While(test=nodes.copy(stmt.test), body=bodies[0], orelse=[])
            elif is_recomputed(stmt, self.acc.typer):
                out += bodies[0]
                continue
            else:
                new = gast.With(items=nodes.copy(stmt.items), body=bodies[0], type_comment=None)
            out.append(nodes.with_origin(new, nodes.origin_of(stmt)))
        return out

    # The reverse sweep

    def reverse(self, item: Item) -> Block:
        """Segment by segment, from the last: its state, the segment again with records, and back."""
        region = item.region
        assert region is not None
        self._rename(item)
        pair = item.inner[0]
        if region.snapshots is not None or region.plan is not None:
            return self._planned(item, pair)
        if isinstance(item.primal, gast.With):
            hand = HandOver(self.acc, region)
            begin = [*hand.first(), *(self._take(save) for save in region.keep), *hand.begin()]
            recorded = self.assembler.forward(pair)
            recorded = [*self._empty_tapes(item), *recorded]
            return [*begin, *recorded, *hand.take_over(), *self.assembler.reverse(pair), *hand.go_on(), *hand.last()]
        first = self._fresh("first")
        if region.first:
            self.assembler.loop_names[first] = region.first
        segment = self._segment(item, first)
        hand = HandOver(self.acc, region)
        body = [self._take(save) for save in region.keep]
        body += [*hand.begin(), *self._recorded(item, pair, segment), *hand.take_over()]
        body += [self._back(item, pair, segment), *hand.go_on()]
        backwards = nodes.call(self.acc.namespace.builtin("reversed"), self._starts(item))
        loop = self._loop(first, backwards, body, item)
        return [*self._empty_tapes(item), *hand.first(), loop, *hand.last()]

    def _planned(self, item: Item, pair: Pair) -> Block:
        assert item.region is not None
        part = self._fresh("part")
        if item.region.first:
            self.assembler.loop_names[part] = item.region.first

        def ask(name: str) -> Expr:
            return nodes.attribute(nodes.name(part), name)

        def taking(name: str) -> Expr:
            return self._part_of(item, ask(name))

        keep = item.region.keep
        kept = {save.place.id for save in keep if isinstance(save.place, gast.Name)}
        budgeted = item.region.plan is not None
        body: Block = [self._restore(save) for save in keep]
        if budgeted and not item.trips:
            body = [gast.If(test=ask("restore"), body=body or [gast.Pass()], orelse=[])]
        again = self._over(item, taking("before"), self.plain(pair))
        body.append(nodes.substitute(again, self._own_names(item.primal, item.inner, kept)))
        body.append(gast.If(test=ask("keep"), body=[self._keep(save) for save in keep] or [gast.Pass()], orelse=[]))
        hand = HandOver(self.acc, item.region)
        body += _when(ask("restore"), hand.begin())
        body += self._recorded(item, pair, taking("taped"))
        if budgeted and item.trips:
            body.append(self._note(item.region.variable, "recorded", item, nodes.name(part)))
        both = gast.BoolOp(op=gast.And(), values=[ask("restore"), ask("reverses")])
        body += _when(both, hand.take_over())
        body.append(self._back(item, pair, taking("own")))
        body += _when(ask("reverses"), hand.go_on())
        drops: Block = [self._drop(save) for save in keep]
        body.append(gast.If(test=ask("done"), body=drops or [gast.Pass()], orelse=[]))
        if budgeted:
            trips = [nodes.name(item.trips)] if item.trips else []
            parts = nodes.call(nodes.attribute(nodes.name(item.region.variable), "reverse"), *trips)
            tapes = self._empty_tapes(item) if item.trips else []
            return [*tapes, *hand.first(), self._loop(part, parts, body, item), *hand.last()]
        parts = nodes.call(nodes.attribute(self._schedule(item), "reverse"))
        loop = self._loop(part, parts, body, item)
        return [*self._empty_tapes(item), *hand.first(), loop, *hand.last()]

    def _recorded(self, item: Item, pair: Pair, trips: Expr) -> Block:
        """The trips again, with records."""
        body = self.assembler.forward(pair)
        return [self._over(item, trips, body)] if body else []

    def _back(self, item: Item, pair: Pair, trips: Expr) -> Stmt:
        target = nodes.header_target(item.primal)
        name = self._fresh("_" if target is None else target.id, Scalar("int"))
        if target is not None:
            self.assembler.loop_names[name] = self.assembler.loop_names[target.id]
            self.assembler.rename(pair, {target.id: name})
        backwards = nodes.call(self.acc.namespace.builtin("reversed"), trips)
        body = self.assembler.reverse(pair)
        return gast.For(target=nodes.target(name), iter=backwards, body=body, orelse=[], type_comment=None)

    def _rename(self, item: Item) -> None:
        """What a region computes again gets names of its own, so that what the forward sweep has computed may die."""
        region = item.region
        assert region is not None
        kept = {save.place.id for save in region.keep if isinstance(save.place, gast.Name)}
        mapping = {**item.renamed, **self._own_names(item.primal, item.inner, kept)}
        item.primal = _header(item.primal, mapping)
        for pair in item.inner:
            _rename(pair, mapping)
        region.every, region.snapshots = nodes.substitute([region.every, region.snapshots], mapping)
        for save in region.keep:
            save.place = nodes.substitute(save.place, mapping)
        item.trips = mapping.get(item.trips, item.trips) if item.trips else None

    def _own_names(self, stmt: Stmt, pairs: list[Pair], kept: set[str]) -> dict[str, str]:
        """Fresh names for all that a statement defines and does not keep."""
        headers = [stmt, *(item.primal for pair in pairs for item in all_items(pair))]
        targets = {target.id for header in headers if (target := nodes.header_target(header)) is not None}
        mapping: dict[str, str] = {}
        for old in sorted((_names(pairs) | targets) - kept):
            type_ = self.acc.typer.types.get(old, UNKNOWN)
            mapping[old] = self._fresh("t" if old in self.acc.temporaries else old, type_)
            if old in targets:
                self.assembler.loop_names[mapping[old]] = self.assembler.loop_names.get(old, old)
        return mapping

    # Pieces

    def _trips(self, item: Item) -> Expr:
        """All trips of a loop, in order."""
        stmt = item.primal
        if isinstance(stmt, gast.While):
            assert item.trips is not None
            return nodes.call(self.acc.namespace.builtin("range"), nodes.name(item.trips))
        if item.trips is None:
            return nodes.copy(stmt.iter)
        count = gast.Slice(lower=None, upper=nodes.name(item.trips), step=None)
        return nodes.subscript(nodes.copy(stmt.iter), count)

    def _count(self, item: Item) -> Expr:
        if item.trips is not None:
            return nodes.name(item.trips)
        return nodes.call(self.acc.namespace.builtin("len"), nodes.copy(item.primal.iter))

    def _every(self, item: Item) -> Expr:
        assert item.region is not None
        every = item.region.every
        if isinstance(every, gast.Constant):
            return nodes.copy(every)
        interval = self.acc.bind(checkpointing.interval, "interval")
        if isinstance(item.primal, gast.For):
            count: Expr = nodes.call(self.acc.namespace.builtin("len"), nodes.copy(item.primal.iter))
        else:
            count = nodes.constant(0)
        return nodes.call(interval, count, *([] if every is None else [nodes.copy(every)]))

    def _starts(self, item: Item) -> Expr:
        range_ = self.acc.namespace.builtin("range")
        starts = nodes.call(range_, nodes.constant(0), self._count(item), self._every(item))
        starts.starts = True
        return starts

    def _segment(self, item: Item, first: str) -> Expr:
        start = nodes.name(first)
        end = nodes.binary(nodes.name(first), gast.Add(), self._every(item))
        segment = nodes.subscript(self._trips(item), gast.Slice(lower=start, upper=end, step=None))
        if item.trips is None:
            segment.segment = self.acc.namespace.builtin("min")
        return segment

    def _part_of(self, item: Item, part: Expr) -> Expr:
        return nodes.subscript(self._trips(item), part)

    def _schedule(self, item: Item) -> Expr:
        assert item.region is not None and item.region.snapshots is not None
        every = [] if item.region.every is None else [nodes.copy(item.region.every)]
        binomial = self.acc.bind(checkpointing.binomial, "binomial")
        return nodes.call(binomial, self._count(item), nodes.copy(item.region.snapshots), *every)

    def _over(self, item: Item, trips: Expr, body: Block) -> Stmt:
        target = nodes.header_target(item.primal)
        name = self.acc.fresh("_") if target is None else target.id
        self.acc.typer.types[name] = Scalar("int")
        new = gast.For(target=nodes.target(name), iter=trips, body=body or [gast.Pass()], orelse=[], type_comment=None)
        return nodes.with_origin(new, nodes.origin_of(item.primal))

    def _loop(self, name: str, over: Expr, body: Block, item: Item) -> Stmt:
        new = gast.For(target=nodes.target(name), iter=over, body=body, orelse=[], type_comment=None)
        return nodes.with_origin(new, nodes.origin_of(item.primal))

    def _fresh(self, base: str, type_: object = UNKNOWN) -> str:
        name = self.acc.fresh(base)
        self.acc.typer.types[name] = type_  # type: ignore[assignment]
        return name

    def _keep(self, save: Save) -> Stmt:
        """Put a state where it is kept; a copy of memory that is written."""
        value = nodes.copy(save.place)
        if save.unsure and isinstance(value, gast.Subscript):
            value = nodes.call(self.acc.bind(checkpointing.content_of, "content_of"), value.value)
        elif save.length:
            value = nodes.call(self.acc.namespace.builtin("len"), value.value)
        elif save.copied and not isinstance(self.acc.typer.type_of(save.place), List):
            value = nodes.call(nodes.attribute(value.value, "copy"))
        if not save.tape:
            type_ = self.acc.typer.type_of(save.place)
            save.tape = self._fresh(f"{save.base}_kept", List(None, type_) if save.in_loop else type_)
        if not save.in_loop:
            return nodes.assign(save.tape, value)
        return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(save.tape), "append"), value))

    def _take(self, save: Save) -> Stmt:
        if not save.in_loop:
            return self._put(save, nodes.name(save.tape))
        return self._put(save, nodes.call(nodes.attribute(nodes.name(save.tape), "pop")))

    def _restore(self, save: Save) -> Stmt:
        return self._put(save, nodes.subscript(nodes.name(save.tape), nodes.constant(-1)))

    def _drop(self, save: Save) -> Stmt:
        return gast.Expr(value=nodes.call(nodes.attribute(nodes.name(save.tape), "pop")))

    def _put(self, save: Save, value: Expr) -> Stmt:
        if save.unsure and isinstance(save.place, gast.Subscript):
            refill = self.acc.bind(checkpointing.refill, "refill")
            return gast.Expr(value=nodes.call(refill, nodes.copy(save.place.value), value))
        if save.length:
            shorten = self.acc.bind(checkpointing.shorten, "shorten")
            return gast.Expr(value=nodes.call(shorten, nodes.copy(save.place.value), value))
        if isinstance(save.place, gast.Subscript):
            index = content_of(self.acc.typer.type_of(save.place.value))
            return nodes.assign(nodes.subscript(nodes.copy(save.place.value), index, store=True), value)
        return nodes.assign(save.place.id, value)

    def _empty_tapes(self, item: Item) -> Block:
        return [
            nodes.assign(tape, gast.List(elts=[], ctx=nodes.LOAD))
            for inner in item.inner
            for tape in self.assembler.tapes_in(inner)
        ]


def _when(test: Expr, body: Block) -> Block:
    return [gast.If(test=test, body=body, orelse=[])] if body else []


def _names(pairs: list[Pair]) -> set[str]:
    """All names that the forward sweep of blocks defines."""
    found: set[str] = set()
    for pair in pairs:
        for item in all_items(pair):
            for stmt in [item.primal, *item.mirror]:
                found |= nodes.defines(stmt) if not isinstance(stmt, gast.AugAssign) else set()
            found |= {item.trips} if item.trips else set()
    return found


def _twin(stmt: Stmt) -> Stmt:
    """A copy that is another node, too, where there is nothing in it to copy."""
    return nodes.with_origin(gast.Break(), nodes.origin_of(stmt)) if isinstance(stmt, gast.Break) else nodes.copy(stmt)


def _header(stmt: Stmt, mapping: dict[str, str]) -> Stmt:
    """A structured statement without its body, renamed."""
    twin = stmt.__class__.__new__(stmt.__class__)
    twin.__dict__.update({key: [] if key in ("body", "orelse") else value for key, value in stmt.__dict__.items()})
    return nodes.substitute(twin, mapping)


def _rename(pair: Pair, mapping: dict[str, str]) -> None:
    """Rename in both sweeps of a block."""
    for item in pair.items:
        item.primal = _header(item.primal, mapping) if item.inner else nodes.substitute(_twin(item.primal), mapping)
        item.mirror = nodes.substitute([s for s in item.mirror if not getattr(s, "adds_slot", False)], mapping)
        item.adjoint = nodes.substitute(item.adjoint, mapping)
        item.trips = mapping.get(item.trips, item.trips) if item.trips else None
        item.renamed = {}
        saves = list(item.save)
        if item.region is not None:
            saves += item.region.keep
            options = [item.region.every, item.region.snapshots]
            item.region.every, item.region.snapshots = nodes.substitute(options, mapping)
        for save in saves:
            save.place = nodes.substitute(save.place, mapping)
        for inner in item.inner:
            _rename(inner, mapping)
    for save in pair.save:
        save.place = nodes.substitute(save.place, mapping)
    pair.first, pair.last = nodes.substitute(pair.first, mapping), nodes.substitute(pair.last, mapping)
    pair.recompute = nodes.substitute(pair.recompute, mapping)
