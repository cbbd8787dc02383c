"""To be recorded: what the reverse sweep reads and the forward sweep overwrites, and nothing else.

A forward data-flow analysis in the manner of Hascoet, Naumann and Pascual, "To be recorded analysis in
reverse-mode automatic differentiation" (2005): `needs` holds the names, and classes of memory, whose present
value some adjoint of an earlier statement reads. Whoever overwrites one of them records it first.
"""

from __future__ import annotations

import gast

from sct_ad.analysis.dependence import Dependence
from sct_ad.analysis.typer import Typer
from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.definitions import all_defined, all_defined_in, defined
from sct_ad.derive.half_done import half_done_refusal
from sct_ad.derive.needs import Content, Contents, Needs
from sct_ad.derive.pairs import Item, Pair, Rewind, Save
from sct_ad.derive.reads import Access, around_both_sweeps
from sct_ad.derive.recomputing import Recomputing, without_copies
from sct_ad.derive.regions import contents_in, define_keep
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import sequences
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array, Dict, List, Scalar

_BINDING = (gast.For, gast.With, gast.Try)


class Storage:
    """Decides what each statement and block of a pair records."""

    def __init__(
        self,
        pair: Pair,
        access: Access,
        accumulator: Accumulator,
        half_done: set[int],
        settled: Dependence | None,
    ) -> None:
        self.access, self.acc, self.half_done = access, accumulator, half_done
        self.typer: Typer = accumulator.typer
        self.contents = Contents(access, settled)
        self.recomputing = Recomputing(self, access, self.typer, self.contents)
        self.primal: set[str] = set()
        """Names that the forward sweep defines more than once in time: candidates for recording."""
        self.unassigned: set[str] = set()
        """Names recorded where they may be unassigned; the forward sweep starts them as None."""
        self._collect(pair)
        self.readers: dict[str, list[Pair]] = {}
        """Name -> path to the innermost block that holds all its definitions and adjoint reads."""
        self.mirrored: dict[str, list[Pair]] = {}
        """Shadow -> path to the innermost block that holds all statements of the forward sweep that mention it."""
        self.targets: dict[int, set[str]] = {}
        """Body of a for loop -> the loop's target."""
        self.reassigned: set[str] = set()
        """Names that the reverse sweep assigns."""
        self.content: set[str] = set()
        """Names whose content, and not their shape alone, the reverse sweep reads."""
        self.exposed: dict[int, set[str]] = {}
        self._locate(pair, [])

    # Where names are defined and read

    def _collect(self, pair: Pair) -> None:
        for item in pair.items:
            for stmt in [item.primal, *item.mirror]:
                self.primal |= defined(stmt)
            for inner in item.inner:
                self._collect(inner)

    def _locate(self, pair: Pair, path: list[Pair]) -> None:
        here = [*path, pair]
        for item in pair.items:
            for stmt in [item.primal, *item.mirror]:
                self._note(defined(stmt), here if not isinstance(stmt, _BINDING) else [*here, _bound_in(item)])
            for stmt in item.mirror:
                for name in (nodes.reads(stmt) | nodes.defines(stmt)) & self.access.shadows.keys():
                    self.mirrored[name] = _common(self.mirrored.get(name, here), here)
            for stmt in item.adjoint:
                self._note(nodes.reads(stmt), here)
                self.content |= self.access.read(nodes.expressions(stmt))
                self.reassigned |= defined(stmt)
            if item.inner:
                self._note(nodes.names_in(nodes.expressions(item.primal)), here)
            for witness in filter(None, (item.trips, item.caught)):  # of an earlier analysis of the same block
                self.primal.add(witness)
                self.readers[witness] = here
            if isinstance(item.primal, gast.For):
                self.targets[id(item.inner[0])] = {item.primal.target.id}
            for inner in item.inner:
                self._locate(inner, here)
        for stmt in [*pair.first, *pair.last]:
            self._note(nodes.reads(stmt), here)
            self.content |= self.access.read(nodes.expressions(stmt))

    def _note(self, names: set[str], path: list[Pair]) -> None:
        for name in names & self.primal:
            known = self.readers.get(name)
            self.readers[name] = list(path) if known is None else _common(known, path)

    # The analysis

    def run(self, pair: Pair, parameters: set[str]) -> None:
        """Annotate the pair with saves; top-level code is not in a loop."""
        self._block(pair, set(), None, set(parameters))

    def _adjoint_needs(self, block: Block) -> Needs:
        needs: Needs = set()
        for stmt in block:
            exprs = [*self.access.value_reads(stmt)]
            needs |= nodes.reads(stmt) & self.primal
            for name in self.access.read(exprs):
                needs |= self.contents.to_read(name)
        return needs

    def _block(self, pair: Pair, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        needs = needs | self._adjoint_needs(pair.last)
        for item in pair.items:
            item.save = []
            needs = self._item(pair, item, needs, loop, assigned)
        needs |= self._adjoint_needs(pair.first)
        if loop is not None:
            needs = self._save_block(pair, needs, loop)
        return needs

    def _item(self, pair: Pair, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        if isinstance(item.primal, gast.If):
            return self._branch(item, needs, loop, assigned)
        if isinstance(item.primal, (gast.For, gast.While)):
            return self._loop(pair, item, needs, loop, assigned)
        if isinstance(item.primal, gast.Try):
            return self._try(pair, item, needs, loop, assigned)
        if isinstance(item.primal, gast.With):
            return self._with(item, needs, loop, assigned)
        for stmt in [item.primal, *item.mirror]:
            needs = self._overwrite(stmt, item, needs, loop, assigned)
            assigned |= defined(stmt)
        return needs | self._adjoint_needs(item.adjoint)

    def _overwrite(self, stmt: Stmt, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        for name in sorted(defined(stmt) & needs):
            if name not in assigned:
                self.unassigned.add(name)
            item.save.append(Save(nodes.name(name), name, False, loop is not None))
        needs = needs - defined(stmt)
        for variable in self.access.written(stmt):
            place = self.access.place(variable)
            if place is not None and not place.startswith("b:") and self.contents.overwrites(stmt, place, needs):
                needs = needs | self._save_memory(stmt, variable, item, loop)
        return needs

    def _save_memory(self, stmt: Stmt, variable: str, item: Item, loop: Pair | None) -> set[str]:
        """Record the part of memory that a statement overwrites."""
        if id(stmt) in self.half_done:
            raise half_done_refusal(variable, stmt)
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        if isinstance(target, gast.Subscript):
            place = nodes.subscript(nodes.copy(target.value), nodes.copy(target.slice))
            copied = isinstance(self.typer.type_of(place), Array)
        elif isinstance(self.typer.types.get(variable), (List, Dict)):
            return self._undo_list(stmt, variable, item) & self.primal
        else:
            place = nodes.subscript(nodes.name(variable), nodes.constant(...))
            copied = True
        if isinstance(self.typer.type_of(place.value), (List, Dict)):
            copied = False
        item.save.append(Save(place, variable, copied, loop is not None))
        return nodes.names_in(place) & self.primal

    def _undo_list(self, stmt: Stmt, variable: str, item: Item) -> set[str]:
        call = stmt.value if isinstance(stmt, (gast.Expr, gast.Assign)) else None
        if isinstance(call, gast.Call) and self.typer.resolve(call.func) is list.append:
            undo = gast.Expr(value=nodes.call(nodes.attribute(nodes.name(variable), "pop")))
            undone = any(nodes.same(s, undo) for s in item.adjoint)
            if not undone:
                item.adjoint.append(nodes.with_origin(undo, nodes.origin_of(stmt)))
            return {variable}
        if isinstance(stmt, gast.Assign) and self.typer.resolve(stmt.value.func) is list.pop:
            value = nodes.name(stmt.targets[0].id)
            put_back = self.acc.bind(sequences.put_back, "put_back")
            undo = gast.Expr(value=nodes.call(put_back, nodes.name(variable), value, *nodes.copy(stmt.value.args)))
            if not any(nodes.same(s, undo) for s in item.adjoint):
                item.adjoint.append(nodes.with_origin(undo, nodes.origin_of(stmt)))
            return nodes.names_in(undo)
        if isinstance(stmt, gast.Assign) and self.typer.resolve(stmt.value.func) is dict.pop:
            place = nodes.subscript(nodes.name(variable), nodes.copy(stmt.value.args[0]), store=True)
            undo = nodes.assign(place, nodes.name(stmt.targets[0].id))
            if not any(nodes.same(s, undo) for s in item.adjoint):
                item.adjoint.append(nodes.with_origin(undo, nodes.origin_of(stmt)))
            return nodes.names_in(undo)
        raise UnsupportedError(
            "this change of a list or dict whose earlier content the gradient needs",
            nodes.origin_of(stmt),
            "build a new list, or use append",
        )

    def _branch(self, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        sides = []
        known = []
        for inner in item.inner:
            own = set(assigned)
            sides.append(self._block(inner, set(needs), loop, own))
            known.append(own)
        assigned |= known[0] & known[1]
        needs = sides[0] | sides[1]
        if has_reverse(item):
            needs |= nodes.names_in(nodes.expressions(item.primal)) & self.primal
        return needs | self._adjoint_needs(item.adjoint)

    def _try(self, pair: Pair, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        """A handler starts in the state in which the body did: what the reverse sweep needs of that is put back."""
        body, handler, orelse = item.inner
        leaves = item.primal.handlers[0].leaves
        item.rewind = []
        ran, caught = set(assigned), set(assigned)
        after = self._block(body, set(needs), loop, ran)
        if not leaves:
            for name in sorted(all_defined_in(body) & needs):
                if name not in assigned:
                    self.unassigned.add(name)
                item.rewind.append(Rewind(name))
        after = self._block(orelse, after, loop, ran)
        caught |= defined(item.primal)
        failed = self._block(handler, set(needs), loop, caught)
        after |= set() if leaves else failed
        assigned |= ran if leaves else ran & caught
        needs, item.in_loop = after, loop is not None
        if not leaves and has_reverse(item):
            item.caught = item.caught or self._witness(pair, "caught", Scalar("bool"))
            needs.add(item.caught)
        return needs | self._adjoint_needs(item.adjoint)

    def _with(self, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        if item.region is not None:
            known = set(assigned)
            head = self._block(item.inner[0], set(needs), None, assigned)
            needs = self._region(item, needs, head, known, loop is not None)
            return needs | self._adjoint_needs(item.adjoint)
        assigned |= defined(item.primal)
        needs = self._block(item.inner[0], needs, loop, assigned)
        if has_reverse(item) and around_both_sweeps(item.primal, self.typer):
            needs |= nodes.names_in(nodes.expressions(item.primal)) & self.primal
        return needs | self._adjoint_needs(item.adjoint)

    def _loop(self, pair: Pair, item: Item, needs: Needs, loop: Pair | None, assigned: set[str]) -> Needs:
        stmt, body = item.primal, item.inner[0]
        target = {stmt.target.id} if isinstance(stmt, gast.For) else set()
        for name in sorted(target & needs):
            if name not in assigned:
                self.unassigned.add(name)
            item.save.append(Save(nodes.name(name), name, False, loop is not None))
        head = needs - target
        while True:
            _clear(body)
            after = self._block(body, set(head), body, assigned | target)
            grown = head | (after - target)
            if grown == head:
                break
            head = grown
        needs = set(head) if item.region is None else self._region(item, needs - target, head, assigned)
        if has_reverse(item):
            if isinstance(stmt, gast.While) or _exits(body):
                item.trips = item.trips or self._witness(pair, "trips", Scalar("int"))
            if item.trips:
                needs.add(item.trips)
            if isinstance(stmt, gast.For):
                needs |= nodes.names_in(stmt.iter) & self.primal
        return needs | self._adjoint_needs(item.adjoint)

    def _region(self, item: Item, before: Needs, head: Needs, assigned: set[str], in_loop: bool = True) -> Needs:
        """What is computed again needs what it is computed from, and not what it computes."""
        assert item.region is not None
        bound = defined(item.primal)
        inside = bound.union(*map(all_defined_in, item.inner))
        body = item.inner[0]

        def is_confined(name: str) -> bool:
            return body in self.readers.get(name, [body]) and body in self.mirrored.get(name, [body])

        exposed = define_keep(item, self.access, inside, is_confined, in_loop)
        unsure = {name for name in exposed & inside if name not in assigned}
        self.unassigned |= unsure
        for save in item.region.keep:
            save.unsure = bool(nodes.names_in(save.place) & unsure)
        # the last trips of a loop are recorded the first time, and reversed from the state that the loop leaves
        left = head if isinstance(item.primal, (gast.For, gast.While)) else head - inside
        needs = before | left | (exposed & self.primal - inside)
        needs |= set(item.region.handed_on)
        options = [option for option in (item.region.every, item.region.snapshots) if option is not None]
        needs |= nodes.names_in(options) & self.primal
        return needs | {Content(place) for place in contents_in(item, self.access)}

    def _witness(self, pair: Pair, base: str, type_: Scalar) -> str:
        """A variable of the forward sweep that tells the reverse sweep which way it went."""
        name = self.acc.fresh(base)
        self.exposed.clear()
        self.readers[name] = [pair]
        self.typer.types[name] = type_
        self.primal.add(name)
        return name

    # Values of one trip

    def exposed_in(self, loop: Pair) -> set[str]:
        """Names that a loop's body may read before it assigns them (what is carried from trip to trip)."""
        if id(loop) not in self.exposed:
            found: set[str] = set()
            _expose(loop, set(), found)
            self.exposed[id(loop)] = found
        return self.exposed[id(loop)]

    def _save_block(self, pair: Pair, needs: Needs, loop: Pair) -> Needs:
        """At the end of a block inside a loop: what is confined to the block is recorded or recomputed here."""
        pair.save, pair.recompute = [], []
        exposed = self.exposed_in(loop)
        confined = [n for n, path in self.readers.items() if path and path[-1] is pair and n not in exposed]
        keep: list[str] = []
        values = without_copies(pair)
        again: dict[str, Expr] = {}
        there: set[str] = set()
        for name in self._in_order(pair, confined):
            if name not in needs:
                continue
            value, source = self.recomputing.recomputable(name, pair, needs | there, loop)
            if value is None:
                value = self.recomputing.twin(name, pair, confined, values, needs)
            if value is not None and not _goes_back_to(name, value, again):
                again[name] = value
                self.content |= self.access.read(value)
                needs = (
                    needs
                    | (nodes.names_in(value) & self.primal - {name} - there)
                    | self.recomputing.rereads(value, source)
                )
            elif name not in self.loop_targets(pair):
                keep.append(name)
            needs = needs - {name}
            there.add(name)
        pair.recompute = [nodes.assign(name, again[name]) for name in _users_first(again)]
        for name in keep:
            if not _surely_assigned(pair, name):
                self.unassigned.add(name)
            pair.save.append(Save(nodes.name(name), name, False, True))
        return needs

    def _in_order(self, pair: Pair, names: list[str]) -> list[str]:
        """Users before what they use, so that needs of recomputation are known in time."""
        order = {n: k for k, n in enumerate(n for item in pair.items for n in sorted(all_defined(item)))}
        return sorted(names, key=lambda n: -order.get(n, -1))

    def loop_targets(self, pair: Pair) -> set[str]:
        """Targets of for loops whose body is this block: the reversed loop assigns them itself."""
        return self.targets.get(id(pair), set())


def _goes_back_to(name: str, value: Expr, again: dict[str, Expr]) -> bool:
    """Whether an expression is computed from a name, with what else is computed again."""
    used = nodes.names_in(value)
    return name in used or any(_goes_back_to(name, again[other], again) for other in used & again.keys())


def _users_first(again: dict[str, Expr]) -> list[str]:
    """The names in their order, but each after all whose expressions use it: an element is read at a later index."""
    users: dict[str, list[str]] = {name: [] for name in again}
    for name, value in again.items():
        for used in sorted(nodes.names_in(value) & again.keys()):
            users[used].append(name)
    order: dict[str, None] = {}

    def put(name: str) -> None:
        if name not in order:
            for user in users[name]:
                put(user)
            order[name] = None

    for name in again:
        put(name)
    return list(order)


def _bound_in(item: Item) -> Pair:
    """The block in which the name bound by a structured statement is known."""
    return item.inner[1] if isinstance(item.primal, gast.Try) else item.inner[0]


def has_reverse(item: Item) -> bool:
    """Whether the reversed form of a structured statement does anything."""
    return any(
        inner.first or inner.last or inner.save or any(i.adjoint or i.save or has_reverse(i) for i in inner.items)
        for inner in item.inner
    )


def _exits(body: Pair) -> bool:
    return any(
        isinstance(i.primal, gast.If) and any(isinstance(j.primal, gast.Break) for j in i.inner[0].items)
        for i in body.items
    )


def _common(left: list[Pair], right: list[Pair]) -> list[Pair]:
    shared = []
    for a, b in zip(left, right):
        if a is not b:
            break
        shared.append(a)
    return shared


def _clear(pair: Pair) -> None:
    for item in pair.items:
        item.save = []
        for inner in item.inner:
            _clear(inner)


def _expose(pair: Pair, assigned: set[str], exposed: set[str]) -> None:
    for item in pair.items:
        for stmt in [item.primal, *item.mirror]:
            exposed |= nodes.reads(stmt) - assigned
            if not isinstance(stmt, _BINDING):
                assigned |= defined(stmt)
        assigned |= {witness for witness in (item.trips, item.caught) if witness}
        if isinstance(item.primal, gast.If):
            sides = [set(assigned), set(assigned)]
            for inner, side in zip(item.inner, sides):
                _expose(inner, side, exposed)
            assigned |= sides[0] & sides[1]
        elif isinstance(item.primal, gast.Try):
            ran, caught = set(assigned), assigned | defined(item.primal)
            _expose(item.inner[0], ran, exposed)
            _expose(item.inner[1], caught, exposed)
            _expose(item.inner[2], ran, exposed)
            assigned |= ran if item.primal.handlers[0].leaves else ran & caught
        elif isinstance(item.primal, gast.With):
            assigned |= defined(item.primal)
            _expose(item.inner[0], assigned, exposed)
        elif item.inner:
            _expose(item.inner[0], assigned | defined(item.primal), exposed)


def _surely_assigned(pair: Pair, name: str) -> bool:
    assigned: set[str] = set()
    _expose(pair, assigned, set())
    return name in assigned
