"""What is computed again in the reverse sweep: which loops, from which state, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.derive.pairs import Item, Pair, Region, Save, all_items
from sct_ad.derive.reads import Access, around_both_sweeps, is_recomputed
from sct_ad.errors import Span, UnsupportedError
from sct_ad.runtime.checkpointing import checkpointed
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Array, List, Scalar, Tuple

LOOPS = (gast.For, gast.While)


@dataclass(frozen=True)
class Obstacle:
    """Why a statement cannot be computed again."""

    what: str
    origin: Span | None
    hint: str


def options_of(stmt: Stmt, access: Access) -> tuple[Expr, list[Expr | None]] | None:
    """The range of a checkpointed loop and its options, `every` and `snapshots`; None for any other statement."""
    if not isinstance(stmt, gast.For) or not isinstance(stmt.iter, gast.Call):
        return None
    if access.typer.resolve(stmt.iter.func) is not checkpointed:
        return None
    trips, *options = stmt.iter.args
    return trips, [None if isinstance(o, gast.Constant) and o.value is None else o for o in options]


def mark(pair: Pair, access: Access, has_reverse: Callable[[Item], bool]) -> None:
    """Give the loops that the user has marked their regions, and all of them plain headers."""
    for item in all_items(pair):
        if is_recomputed(item.primal, access.typer):
            if has_reverse(item):
                _refuse(obstacle_in(item, access), "function")
                item.region = Region()
            continue
        found = options_of(item.primal, access)
        if found is None:
            continue
        trips, (every, snapshots) = found
        old = item.primal
        item.primal = nodes.with_origin(
            gast.For(target=old.target, iter=trips, body=old.body, orelse=[], type_comment=None), nodes.origin_of(old)
        )
        if not has_reverse(item):
            continue
        if snapshots is not None and any(isinstance(inner.primal, gast.Break) for inner in _own(item)):
            what, hint = "snapshots= of a loop that may end early", "give every= only, or loop to the end"
            raise UnsupportedError(what, nodes.origin_of(old), hint)
        _refuse(obstacle_in(item, access), "loop")
        item.region = Region(every, snapshots)


def _refuse(obstacle: Obstacle | None, where: str) -> None:
    if obstacle is not None:
        raise UnsupportedError(f"{obstacle.what} in a checkpointed {where}", obstacle.origin, obstacle.hint)


def plan(pair: Pair, access: Access, budget: Any) -> bool:
    """Give the outermost loops that record something regions that keep within a budget; whether there are any."""
    found = False
    for item in pair.items:
        if not isinstance(item.primal, LOOPS):
            for inner in item.inner if item.region is None else ():
                found |= plan(inner, access, budget)
        elif item.region is None and any(map(_records, item.inner)):
            origin, obstacle = nodes.origin_of(item.primal), obstacle_in(item, access)
            line = origin.where if origin is not None else "an unknown line"
            if obstacle is None:
                item.region = Region(plan=budget.loop(line))
                found = True
            else:
                where = f" ({obstacle.origin.where})" if obstacle.origin is not None else ""
                item.measured = budget.loop(line, obstacle.what + where)
    return found


def _records(pair: Pair) -> bool:
    """Whether a block, or one inside it, records anything."""
    return bool(pair.save) or any(item.save or any(map(_records, item.inner)) for item in pair.items)


def obstacle_in(item: Item, access: Access) -> Obstacle | None:
    """What keeps a loop from being computed again, if anything does."""
    for inner in _inside(item):
        for stmt in [inner.primal, *inner.mirror]:
            found = _effect(stmt, access) or _shadow(stmt, inner, access)
            if found is not None:
                return found
    for inner in _inside(item):
        for variable in access.written(inner.primal):
            place = access.place(variable)
            if place is not None and not _copies(place, access) and not only_appends(place, item, access):
                what = f"a change of '{variable}', a container that is more than a list of numbers,"
                return Obstacle(what, nodes.origin_of(inner.primal), "use arrays, or lists of numbers")
    return None


def is_append(stmt: Stmt, access: Access) -> bool:
    """Whether a statement is `xs.append(x)`."""
    return (
        isinstance(stmt, gast.Expr)
        and isinstance(stmt.value, gast.Call)
        and access.typer.resolve(stmt.value.func) is list.append
    )


def only_appends(place: str, item: Item, access: Access) -> bool:
    """Whether all that a region does to a class of memory is to append to lists."""
    return all(
        is_append(inner.primal, access)
        for inner in _inside(item)
        for variable in access.written(inner.primal)
        if access.place(variable) == place
    )


def adds_slot(stmt: Stmt, access: Access) -> bool:
    """Whether a statement makes a slot in the shadow of a list, for the cotangent of a value."""
    if not (isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call) and len(stmt.value.args) == 1):
        return False
    func, (value,) = stmt.value.func, stmt.value.args
    appends = isinstance(func, gast.Attribute) and func.attr == "append" and isinstance(func.value, gast.Name)
    return appends and func.value.id in access.shadows and not nodes.names_in(value) & access.shadows.keys()


def _inside(item: Item) -> Iterator[Item]:
    for pair in item.inner:
        yield from all_items(pair)


def _own(item: Item) -> Iterator[Item]:
    """The statements in a loop that are in no other loop in it."""
    for pair in item.inner:
        for inner in pair.items:
            yield inner
            if not isinstance(inner.primal, LOOPS):
                yield from _own(inner)


def _effect(stmt: Stmt, access: Access) -> Obstacle | None:
    origin = nodes.origin_of(stmt)
    if isinstance(stmt, gast.Try):
        return Obstacle("a try statement", origin, "test for what may go wrong with if")
    if isinstance(stmt, gast.With):
        if around_both_sweeps(stmt, access.typer):
            return None
        return Obstacle("a with statement", origin, "put the with statement around the loop")
    if isinstance(stmt, (gast.Raise, gast.Assert)) or not access.has_effect(stmt):
        return None
    what = "a call or store that does something besides computing, which would happen again,"
    return Obstacle(what, origin, "move it out of what is computed again")


def _shadow(stmt: Stmt, inner: Item, access: Access) -> Obstacle | None:
    """Shadows of containers that the forward sweep changes, or makes: what they have gathered must not be lost."""
    origin = nodes.origin_of(inner.primal)
    hint = "use arrays, or append numbers to a list"
    for variable in access.written(stmt):
        if variable in access.shadows and not adds_slot(stmt, access):
            return Obstacle("a change of a list or dict of values that are differentiated", origin, hint)
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
        name = stmt.targets[0].id
        if name in access.shadows and is_birth(stmt, access):
            if not isinstance(access.typer.types[access.shadows[name]], Array):
                return Obstacle("a list or dict of values that are differentiated, made", origin, hint)
    return None


def is_birth(stmt: Stmt, access: Access) -> bool:
    """Whether a statement makes a new shadow."""
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
        return False
    return stmt.targets[0].id in access.shadows and not _is_alias(stmt.value, access)


def _is_alias(value: Expr, access: Access) -> bool:
    """Whether a shadow is a view of another one."""
    return isinstance(value, (gast.Name, gast.Subscript, gast.Attribute)) and bool(
        nodes.names_in(value) & access.shadows.keys()
    )


def _copies(place: str, access: Access) -> bool:
    """Whether a copy of each variable of a class of memory is all there is to it."""
    classes = access.memory.classes()
    found = [access.typer.types[v] for v, root in classes.items() if root == place and v in access.typer.types]
    types = [t for t in found if not (isinstance(t, Tuple) and _is_number(t.items))]
    if all(isinstance(t, Array) and t.dtype != "object" for t in types):
        return True
    return all(isinstance(t, List) and _is_number(t.element if t.items is None else t.items) for t in types)


def _is_number(type_: object) -> bool:
    return all(map(_is_number, type_)) if isinstance(type_, tuple) else isinstance(type_, Scalar)


def define_keep(
    item: Item, access: Access, inside: set[str], is_confined: Callable[[str], bool], in_loop: bool = True
) -> set[str]:
    """Note what a region keeps; returns all that it is computed from, kept or not."""
    assert item.region is not None
    exposed: set[str] = set()
    target = nodes.header_target(item.primal)
    for pair in item.inner:
        _live_in(pair, set() if target is None else {target.id}, exposed)
    for inner in _inside(item):
        for stmt in inner.mirror:
            stmt.adds_slot = adds_slot(stmt, access)
    item.region.handed_on = []
    if any(is_birth(stmt, access) for inner in _inside(item) for stmt in inner.mirror):
        own = {
            n for inner in _inside(item) for stmt in inner.mirror for n in nodes.defines(stmt) & access.shadows.keys()
        }
        exposed |= {name for name in own if not is_confined(name)}
        item.region.handed_on = sorted(exposed & own)
    written = {
        place
        for inner in _inside(item)
        for variable in access.written(inner.primal)
        if (place := access.place(variable)) is not None and not place.startswith("b:")
    }
    keep: list[Save] = []
    for name in sorted(exposed):
        if name in inside:
            keep.append(Save(nodes.name(name), name, False, in_loop))
    for name in sorted(exposed):
        place = access.place(name)
        if name not in access.shadows and place in written and isinstance(access.typer.types[name], (Array, List)):
            content = nodes.subscript(nodes.name(name), content_of(access.typer.types[name]))
            keep.append(Save(content, name, True, in_loop, length=only_appends(place, item, access)))
    item.region.keep = keep
    return exposed


def contents_in(item: Item, access: Access) -> set[str]:
    """The classes of memory whose content a region reads."""
    reads = [e for inner in _inside(item) for e in access.value_reads(inner.primal)]
    return {place for place in access.contents(reads) if not place.startswith("b:")}


def content_of(type_: object) -> Expr:
    """The index of all that an array or a list holds."""
    return nodes.whole() if isinstance(type_, List) else nodes.constant(...)


def _live_in(pair: Pair, assigned: set[str], exposed: set[str]) -> None:
    """Collect the names that a recording block may read before it assigns them; `assigned` grows."""
    for item in pair.items:
        for save in item.save:
            exposed |= nodes.names_in(save.place) - assigned
        if item.region is not None:
            for save in item.region.keep:
                exposed |= nodes.names_in(save.place) - assigned
        for stmt in [item.primal, *item.mirror]:
            exposed |= nodes.reads(stmt) - assigned
            if isinstance(stmt, gast.Assign):
                assigned |= nodes.defines(stmt)
        assigned |= {item.trips} if item.trips else set()
        if isinstance(item.primal, gast.If):
            sides = [set(assigned), set(assigned)]
            for inner, side in zip(item.inner, sides, strict=True):
                _live_in(inner, side, exposed)
            assigned |= sides[0] & sides[1]
        elif isinstance(item.primal, gast.With):
            _live_in(item.inner[0], assigned, exposed)
        elif item.inner:
            target = nodes.header_target(item.primal)
            _live_in(item.inner[0], assigned | (set() if target is None else {target.id}), exposed)
    for save in pair.save:
        exposed |= nodes.names_in(save.place) - assigned
