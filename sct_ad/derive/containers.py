"""Lists, tuples and dicts in the reverse transformation: their shadows are lists and dicts of cotangents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from sct_ad import runtime
from sct_ad.derive.pairs import Item
from sct_ad.derive.shadows import may_be_number
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import sequences
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr, Stmt
from sct_ad.syntax.values import Abstract, Array, Dict, List, Scalar, Tuple, dict_values, elements

if TYPE_CHECKING:
    from sct_ad.analysis.typer import Typer
    from sct_ad.derive.reverse import Reverse


def copied_items(reverse: Reverse, variable: str, value: Expr) -> None:
    """A new list of old items: the cotangents of numbers go back to where these came from."""
    give_back, own = reverse.acc.bind(sequences.give_back, "give_back"), nodes.name(reverse.shadows.name(variable))
    lists = reverse.shadows.copied(value) or []
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Mult):
        give_back = reverse.acc.bind(sequences.give_back_repeated, "give_back_repeated")
    for k, operand in enumerate(lists):
        assert isinstance(operand, gast.Name)
        if not reverse.shadows.has(operand.id) or not _holds_numbers(reverse.typer.type_of(operand)):
            continue
        given: list[Expr] = [own]
        if k == 1:
            start = nodes.call(reverse.acc.namespace.builtin("len"), nodes.copy(lists[0]))
            given = [nodes.subscript(own, gast.Slice(lower=start, upper=None, step=None))]
        if isinstance(value, gast.Subscript):
            given.append(nodes.index_value(value.slice))
        elif isinstance(value, gast.Call) and len(value.args) > 1:
            given.append(value.args[1])
        shadow = nodes.name(reverse.shadows.name(operand.id))
        reverse.acc.emit(gast.Expr(value=nodes.call(nodes.copy(give_back), shadow, *map(nodes.copy, given))))


def display(reverse: Reverse, value: gast.Tuple | gast.List | gast.Dict, shadow: Expr) -> None:
    """`xs = [a, b]`: each item gets what its slot has gathered."""
    keyed = value.values if isinstance(value, gast.Dict) else value.elts
    keys = value.keys if isinstance(value, gast.Dict) else map(nodes.constant, range(len(keyed)))
    for key, element in zip(keys, keyed):
        place = nodes.subscript(nodes.copy(shadow), nodes.copy(key))
        if isinstance(element, (gast.Tuple, gast.List, gast.Dict)):
            display(reverse, element, place)
        elif isinstance(element, gast.Name) and element.id in reverse.active and not reverse.shadows.has(element.id):
            reverse.give(element.id, place)


def store_item(reverse: Reverse, value: Expr, item: Item, place: gast.Subscript) -> None:
    """`xs[k] = v` in a list or dict: the slot gets the shadow of `v`, and in reverse the one that it had."""
    if isinstance(place.slice, gast.Slice):
        replace_items(reverse, value, item, place.value)
        return
    to = nodes.subscript(nodes.copy(place.value), nodes.copy(place.slice), store=True)
    before: Expr = nodes.constant(0.0)
    numbers = isinstance(reverse.typer.type_of(place), Scalar) and isinstance(reverse.typer.type_of(value), Scalar)
    if may_be_new(place, reverse.typer):
        _store_entry(reverse, value, item, place, numbers)
        return
    if not (isinstance(reverse.typer.type_of(place), Scalar) and isinstance(reverse.typer.type_of(value), Scalar)):
        outer, reverse.acc.out = reverse.acc.out, item.mirror
        before = reverse.acc.define(reverse.acc.fresh("bslot"), nodes.copy(place), reverse.typer.type_of(place))
        reverse.acc.emit(nodes.assign(nodes.copy(to), reverse.shadows.element(value)))
        reverse.acc.out = outer
    taken = _taken_slot(reverse, value, place)
    reverse.acc.emit(nodes.assign(to, before))
    if taken is not None:
        assert isinstance(value, gast.Name)
        reverse.give_reduced(value.id, taken)


def _taken_slot(reverse: Reverse, value: Expr, place: gast.Subscript) -> gast.Name | None:
    """What the slot of a stored number, or of an array without identity, has gathered."""
    if not (isinstance(value, gast.Name) and value.id in reverse.active and not reverse.shadows.has(value.id)):
        return None
    taken = reverse.acc.define(reverse.acc.fresh("t"), nodes.copy(place), reverse.typer.type_of(value))
    assert isinstance(taken, gast.Name)
    return taken


def may_be_new(place: gast.Subscript, typer: Typer) -> bool:
    """Whether a store may put a key into a dict that it did not have."""
    owner = typer.type_of(place.value)
    return isinstance(owner, Dict) and owner.items is None


def _store_entry(reverse: Reverse, value: Expr, item: Item, place: gast.Subscript, numbers: bool) -> None:
    """`d[k] = v` of a key that may be new: in reverse the slot is what it was, or is gone again."""
    outer, reverse.acc.out = reverse.acc.out, item.mirror
    before: Expr = nodes.constant(0.0)
    if not numbers:
        slot = nodes.call(nodes.attribute(nodes.copy(place.value), "get"), nodes.copy(place.slice), nodes.constant(...))
        before = reverse.acc.define(reverse.acc.fresh("bslot"), slot, reverse.typer.type_of(place))
    to = nodes.subscript(nodes.copy(place.value), nodes.copy(place.slice), store=True)
    reverse.acc.emit(nodes.assign(to, reverse.shadows.element(value)))
    reverse.acc.out = outer
    taken = _taken_slot(reverse, value, place)
    if numbers:
        reverse.acc.emit(nodes.assign(nodes.copy(to), before))
    else:
        restore = reverse.acc.bind(sequences.restore_entry, "restore_entry")
        call = nodes.call(restore, nodes.copy(place.value), nodes.copy(place.slice), nodes.copy(before))
        reverse.acc.emit(gast.Expr(value=call))
    if taken is not None:
        assert isinstance(value, gast.Name)
        reverse.give_reduced(value.id, taken)


def replace_items(reverse: Reverse, value: Expr, item: Item, shadow: Expr) -> None:
    """`xs[:] = ys`: all slots at once."""
    assert isinstance(value, gast.Name)
    replace_slots = reverse.acc.bind(sequences.replace_slots, "replace_slots")
    has = reverse.shadows.has(value.id)
    new, hint = (sequences.new_slots, "new_slots") if has else (runtime.zero_shadow, "zero_shadow")
    slots = nodes.call(reverse.acc.bind(new, hint), nodes.name(reverse.shadows.name(value.id) if has else value.id))
    outer, reverse.acc.out = reverse.acc.out, item.mirror
    call = nodes.call(replace_slots, nodes.copy(shadow), slots)
    before = reverse.acc.define(reverse.acc.fresh("bslots"), call, reverse.typer.type_of(shadow))
    reverse.acc.out = outer
    back = nodes.call(nodes.copy(replace_slots), nodes.copy(shadow), nodes.copy(before))
    if not (has and _holds_numbers(reverse.typer.type_of(value))):
        reverse.acc.emit(gast.Expr(value=back))
    else:
        taken = reverse.acc.define(reverse.acc.fresh("t"), back, reverse.typer.type_of(shadow))
        give_back = reverse.acc.bind(sequences.give_back, "give_back")
        reverse.acc.emit(
            gast.Expr(value=nodes.call(give_back, nodes.name(reverse.shadows.name(value.id)), nodes.copy(taken)))
        )


def append(reverse: Reverse, variable: str, value: Expr, item: Item) -> None:
    """`xs.append(v)`: the shadow list grows with the list and shrinks with it."""
    shadow = nodes.name(reverse.shadows.name(variable))
    element = reverse.shadows.element(value)
    item.mirror.append(
        nodes.with_origin(gast.Expr(value=nodes.call(nodes.attribute(shadow, "append"), element)), reverse.acc.origin)
    )
    popped = nodes.call(nodes.attribute(nodes.copy(shadow), "pop"))
    if isinstance(value, gast.Name) and value.id in reverse.active and not reverse.shadows.has(value.id):
        type_ = reverse.typer.types[value.id]
        taken = reverse.acc.define(reverse.acc.fresh("t"), popped, type_)
        reverse.give(value.id, taken, owned=isinstance(type_, Array))
    else:
        reverse.acc.emit(gast.Expr(value=popped))
        if isinstance(value, (gast.Tuple, gast.List)) and any(n in reverse.active for n in nodes.names_in(value)):
            raise UnsupportedError(
                "append of a tuple of active values", reverse.acc.origin, "append each value to a list of its own"
            )


def pop(reverse: Reverse, stmt: Stmt, item: Item) -> bool:
    """`v = xs.pop(k)`: the shadow list shrinks with the list; its slot comes back with the cotangent of `v`."""
    function, args, _ = reverse.typer.call_parts(stmt.value)
    if function not in (list.pop, dict.pop) or not isinstance(args[0], gast.Name) or args[0].id not in reverse.active:
        return False
    assert isinstance(stmt, gast.Assign)
    variable, shadow = stmt.targets[0].id, nodes.name(reverse.shadows.name(args[0].id))
    popped = nodes.call(nodes.attribute(shadow, "pop"), *nodes.copy(args[1:]))
    slot: Expr = nodes.constant(0.0)
    if reverse.shadows.has(variable):
        slot = nodes.name(reverse.shadows.name(variable))
        mirror: Stmt = nodes.assign(slot.id, popped)
    else:
        mirror = gast.Expr(value=popped)
        cotangent = reverse.acc.take(variable)
        if cotangent is not None:
            slot = reverse.acc.owned_copy(variable, reverse.acc.full(variable, cotangent))
        elif isinstance(reverse.typer.types[variable], Array):
            slot = reverse.acc.zero(variable)
    item.mirror.append(nodes.with_origin(mirror, reverse.acc.origin))
    if function is dict.pop:
        reverse.acc.emit(nodes.assign(nodes.subscript(nodes.copy(shadow), nodes.copy(args[1]), store=True), slot))
    else:
        put_back = reverse.acc.bind(sequences.put_back, "put_back")
        reverse.acc.emit(gast.Expr(value=nodes.call(put_back, nodes.copy(shadow), slot, *nodes.copy(args[1:]))))
    return True


def _holds_numbers(type_: Abstract) -> bool:
    """Whether a list or tuple may hold numbers, whose cotangents a new list of its items does not share."""
    assert isinstance(type_, (List, Tuple, Dict))
    held = dict_values(type_) if isinstance(type_, Dict) else elements(type_)
    return any(not isinstance(item, (Array, List, Tuple, Dict)) or may_be_number(item) for item in held)
