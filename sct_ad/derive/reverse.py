"""The reverse transformation: one function per statement kind of the core."""

from __future__ import annotations

import types
from dataclasses import replace

import gast
import numpy as np

from sct_ad import runtime
from sct_ad.analysis.alias import effects_of, is_gather, sources_of, unit_aliases, unit_ties, unit_writes
from sct_ad.analysis.distinct import has_repeats
from sct_ad.analysis.units import Foreign, Unit
from sct_ad.derive import containers, custom, surgery
from sct_ad.derive.accumulate import Accumulator, Cotangent
from sct_ad.derive.masks import NO_SIDES, Sides
from sct_ad.derive.opaque import refuse_unknown_method, refused_write
from sct_ad.derive.operation import check_atoms
from sct_ad.derive.pairs import Item, Pair
from sct_ad.derive.primitive import Primitive
from sct_ad.derive.shadows import ORDER_SENSITIVE, Shadows
from sct_ad.derive.units import Pairs
from sct_ad.errors import InternalError, NoRuleError, UnsupportedError
from sct_ad.rules.custom import with_cotangent
from sct_ad.runtime import sequences
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    Dict,
    List,
    Tuple,
    join,
)

_MOST_TRIES = 30
_ADD_AT, _SUBTRACT_AT = np.add.at, np.subtract.at


class Reverse:
    """Walks a primal block backwards and builds the pair of sweeps."""

    def __init__(self, accumulator: Accumulator, shadows: Shadows, active: set[str], pairs: Pairs) -> None:
        self.acc, self.shadows, self.active, self.pairs = accumulator, shadows, active, pairs
        self.typer = accumulator.typer
        self.primitive = Primitive(accumulator, active, self.give)
        self.foreign: dict[tuple[int, str], Foreign] = {}
        """Call of a function with a derivative of its own, by identity, and "fwd" or "bwd" -> that function."""
        self.perhaps_view: str | None = None
        """The shadow of a result that is a view or a copy of its operand, which only the run shows."""

    def block(self, stmts: Block) -> Pair:
        """The pair for a block; `acc.state` goes from the end of the block to its start."""
        pair = Pair()
        self._shadows_of_block(stmts, pair)
        for stmt in reversed(stmts):
            self.acc.origin = nodes.origin_of(stmt)
            item = Item(stmt)
            outer, self.acc.out = self.acc.out, item.adjoint
            self._statement(stmt, item)
            self.acc.out = outer
            pair.items.insert(0, item)
        return pair

    def _shadows_of_block(self, stmts: Block, pair: Pair) -> None:
        """Shadows made in the reverse sweep: at the start of the reversed block that defines their object."""
        outer, self.acc.out = self.acc.out, pair.first
        for stmt in stmts:
            variable = _assigned(stmt)
            if variable and self.shadows.has(variable) and not self.shadows.in_forward_sweep(variable):
                self.acc.origin = nodes.origin_of(stmt)
                self.make_shadow(variable, stmt.value)
        self.acc.out = outer

    def make_shadow(self, variable: str, value: Expr | None) -> None:
        """Emit the statement that makes a variable's shadow."""
        mirror = None if value is None else self.shadows.mirror_of(variable, value)
        name = self.shadows.name(variable)
        self.acc.define(name, mirror or self.shadows.birth(variable, value), self.typer.types[name])

    def _statement(self, stmt: Stmt, item: Item) -> None:
        if isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(stmt.value, gast.Call):
            self._refuse_writing_unit(stmt.value)
            refuse_unknown_method(stmt.value, self.typer, self.active, self.acc.origin)
            if isinstance(stmt, gast.Assign) and self.typer.resolve(stmt.value.func) not in (list.pop, dict.pop):
                self._refuse_active_writes(stmt.value)
            if containers.pop(self, stmt, item):
                return
        if isinstance(stmt, gast.Assign):
            if isinstance(stmt.targets[0], gast.Name):
                self._assign(stmt, item)
            else:
                self._store(stmt, item)
        elif isinstance(stmt, gast.AugAssign):
            self._augmented(stmt)
        elif isinstance(stmt, gast.If):
            self._branch(stmt, item)
        elif isinstance(stmt, (gast.For, gast.While)):
            self._loop(stmt, item)
        elif isinstance(stmt, gast.Try):
            self._try(stmt, item)
        elif isinstance(stmt, gast.With):
            self._with(stmt, item)
        elif isinstance(stmt, gast.Expr):
            self._effect(stmt, item)

    # Structured statements

    def _branch(self, stmt: gast.If, item: Item) -> None:
        before = dict(self.acc.state)
        ends: list[tuple[Pair, dict[str, Cotangent]]] = []
        for inner in (stmt.body, stmt.orelse):
            self.acc.state = dict(before)
            pair = self.block(inner)
            ends.append((pair, self.acc.state))
        self._meet(ends, item)
        item.inner = [pair for pair, _ in ends]

    def _try(self, stmt: gast.Try, item: Item) -> None:
        """Either the body and `else` have run, or the handler has."""
        before = dict(self.acc.state)
        orelse = self.block(stmt.orelse)
        body = self.block(stmt.body)
        ran, self.acc.state = self.acc.state, before
        handler = self.block(stmt.handlers[0].body)
        if stmt.handlers[0].leaves:
            self.acc.state = ran
        else:
            self._meet([(body, ran), (handler, self.acc.state)], item)
        item.inner = [body, handler, orelse]

    def _with(self, stmt: gast.With, item: Item) -> None:
        item.inner = [self.block(stmt.body)]

    def _meet(self, ends: list[tuple[Pair, dict[str, Cotangent]]], item: Item) -> None:
        """Where the reversed paths come together: each has all cotangents under the same names."""
        self.acc.origin = None
        settled: set[str] = set()
        while differ := [v for v in _differences([state for _, state in ends]) if v not in settled]:
            for pair, state in ends:
                self.acc.state, self.acc.out = state, pair.last
                for variable in differ:
                    self.acc.settle(variable, owned=False)
            settled |= set(differ)  # whoever had to make room for them may differ now
        left, right = (state for _, state in ends)
        self.acc.state = {v: _merge(c, right[v]) for v, c in left.items()}
        for variable in sorted(settled):
            self.acc.retype(variable, self.acc.state[variable].type)
        self.acc.out = item.adjoint

    def _loop(self, stmt: gast.For | gast.While, item: Item) -> None:
        """Tried until the cotangents at the loop's head are the same on every trip; the last try is emitted."""
        entry = dict(self.acc.state)
        live: set[str] = set()
        shared: set[str] = set()
        """Cotangents that cannot keep a buffer of their own from trip to trip."""
        masked: set[str] = set()
        head_types: dict[str, Abstract] = {}
        checkpoint = self.acc.checkpoint()
        for _ in range(_MOST_TRIES):
            self.acc.restart(checkpoint)
            self.acc.state, item.adjoint = dict(entry), []
            self.acc.out, self.acc.origin = item.adjoint, None
            for variable in sorted(live):
                self.acc.settle(variable, owned=variable not in shared)
                found = self.acc.state[variable].type
                head_types[variable] = join(head_types.get(variable, found), found)
                self.acc.retype(variable, head_types[variable])
            head = {
                v: replace(c, owned=c.owned and v not in shared, masked=c.masked or v in masked, sides=NO_SIDES)
                for v, c in self.acc.state.items()
            }
            self.acc.state = dict(head)
            pair = self.block(stmt.body)
            after = dict(self.acc.state)
            touched = {v for v in {*head, *after} if not _same(head.get(v), after.get(v))}
            hidden = {v for v in live & set(after) if after[v].masked and not head[v].masked}
            lost = {v for v in live & set(after) if head[v].owned and not after[v].owned}
            self.acc.out, self.acc.origin = pair.last, None
            wider = dict(head_types)
            for variable in sorted(touched & live):
                self.acc.settle(variable, owned=variable not in shared)
                wider[variable] = join(head_types[variable], self.acc.state[variable].type)
            if touched <= live and lost <= shared and hidden <= masked and wider == head_types:
                break
            masked |= hidden
            live, shared, head_types = live | touched, shared | lost, wider
        else:
            raise UnsupportedError("a loop whose adjoint does not settle", nodes.origin_of(stmt))
        item.inner = [pair]
        self.acc.state = head
        self.acc.out = item.adjoint

    # Assignments

    def _assign(self, stmt: gast.Assign, item: Item) -> None:
        variable, value = stmt.targets[0].id, stmt.value
        if variable not in self.active:
            return
        if self.shadows.has(variable):
            self._assign_object(variable, value, item)
            return
        cotangent = self.acc.take(variable)
        if cotangent is None:
            return
        if isinstance(value, gast.Name):
            if value.id in self.active:
                self.give(
                    value.id,
                    cotangent.expr,
                    owned=cotangent.owned,
                    masked=cotangent.masked,
                    whole=self.acc.is_full(cotangent, variable),
                    sides=cotangent.sides,
                )
        elif isinstance(value, gast.Subscript):
            self._load(variable, value, cotangent)
        elif isinstance(value, gast.IfExp):
            raise UnsupportedError("a conditional expression in core", nodes.origin_of(stmt))
        elif isinstance(value, gast.Call) and isinstance(self.typer.resolve(value.func), Unit):
            self._recursive(variable, value, cotangent, item)
        elif isinstance(value, gast.Call) and isinstance(self.typer.resolve(value.func), Foreign):
            custom.apply(self, variable, value, cotangent, item)
        elif isinstance(value, gast.Call) and self.typer.resolve(value.func) is with_cotangent:
            surgery.apply(self, variable, value, cotangent)
        elif self._is_tuple_of_list(value):
            self.give(value.args[0].id, cotangent.expr)
        else:
            self.primitive.apply(variable, value, cotangent)

    def _is_tuple_of_list(self, value: Expr) -> bool:
        """Whether a value is `tuple(items)`: how many there are, only the run shows; its cotangent is a tuple, too."""
        if not isinstance(value, gast.Call) or len(value.args) != 1 or not isinstance(value.args[0], gast.Name):
            return False
        items = self.typer.type_of(value.args[0])
        return self.typer.resolve(value.func) is tuple and isinstance(items, List)

    def _assign_object(self, variable: str, value: Expr, item: Item) -> None:
        """A variable with a shadow: views and aliases need nothing but their mirrored shadow."""
        if self.shadows.in_forward_sweep(variable):
            outer, self.acc.out = self.acc.out, item.mirror
            self.make_shadow(variable, value)
            self.acc.out = outer
        if isinstance(value, gast.Name) or self.shadows.mirror_of(variable, value) is not None:
            if self.shadows.copied(value) is not None:
                containers.copied_items(self, variable, value)
            if isinstance(value, gast.Call) and self.typer.resolve(value.func) in ORDER_SENSITIVE:
                self.perhaps_view = self.shadows.name(variable)
                shadow_type = self.typer.types[self.perhaps_view]
                self.primitive.apply(
                    variable, value, Cotangent(nodes.name(self.perhaps_view), shadow_type, False, whole=True)
                )
                self.perhaps_view = None
            return
        shadow = nodes.name(self.shadows.name(variable))
        if isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            containers.display(self, value, shadow)
            return
        self.acc.state.pop(variable, None)
        if self.shadows.in_forward_sweep(variable):
            # The forward sweep's name is stepped back with its object; what is contributed must outlive that.
            shadow = self.acc.define(self.acc.fresh(shadow.id), shadow)
        cotangent = Cotangent(shadow, self.typer.types[shadow.id], owned=False, masked=self.shadows.selects)
        if isinstance(value, gast.Subscript):
            self._load(variable, value, cotangent)
        elif isinstance(value, gast.Call) and isinstance(self.typer.resolve(value.func), Unit):
            self._recursive(variable, value, cotangent, item)
        elif isinstance(value, gast.Call) and isinstance(self.typer.resolve(value.func), Foreign):
            custom.apply(self, variable, value, cotangent, item)
        elif isinstance(value, gast.Call) and self.typer.resolve(value.func) is with_cotangent:
            surgery.apply(self, variable, value, cotangent)
        else:
            self.primitive.apply(variable, value, cotangent)

    def give(
        self,
        variable: str,
        expr: Expr,
        owned: bool = False,
        masked: bool = False,
        whole: bool = False,
        sides: Sides = NO_SIDES,
    ) -> None:
        """A contribution to a variable: into its shadow, or to its cotangent."""
        if variable not in self.active:
            return
        if self.shadows.has(variable):
            shadow = self.shadows.name(variable)
            if isinstance(self.typer.types[variable], Array):
                expr, _ = self.acc.real_part(variable, expr, self.typer.type_of(expr))
            if self.perhaps_view is not None:
                add = self.acc.bind(runtime.add_unless_view, "add_unless_view")
                call = nodes.call(add, nodes.name(shadow), nodes.name(self.perhaps_view), expr)
                self.acc.emit(gast.Expr(value=call))
            elif isinstance(self.typer.types[variable], Array):
                self.acc.emit(gast.AugAssign(target=nodes.target(shadow), op=gast.Add(), value=expr))
            else:
                add = self.acc.bind(sequences.add_to_shadow, "add_to_shadow")
                self.acc.emit(gast.Expr(value=nodes.call(add, nodes.name(shadow), expr)))
        else:
            self.acc.contribute(variable, expr, owned, masked, whole, sides)

    # Element access

    def _load(self, variable: str, value: gast.Subscript, cotangent: Cotangent) -> None:
        """`z = x[index]`: the cotangent is added at the same place of `x`'s cotangent."""
        owner = value.value
        if isinstance(self.typer.type_of(owner), Constant):
            what = "no derivative rule for an index of an object, as in np.r_[...]"
            raise NoRuleError(f"{what}\n  instead: write np.concatenate, np.stack or np.linspace")
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            return
        self._refuse_objects(owner)
        container = not isinstance(self.typer.type_of(owner), Array)
        if container and not self.shadows.has(owner.id):
            hint = "use a list, an array or a dictionary, each under a name of its own"
            raise UnsupportedError("an element of an object of unknown type", self.acc.origin, hint)
        if self.shadows.has(owner.id):
            base = nodes.name(self.shadows.name(owner.id))
        else:
            cotangent = self._moved(variable, owner.id, cotangent)
            base = self.acc.buffer(owner.id)
        repeats = not container and has_repeats(value, self.typer, self.shadows.distinct)
        self._add_at(base, value, cotangent.expr, repeats)
        if owner.id in self.acc.state and (cotangent.masked or is_gather(value, self.typer)):
            self.acc.state[owner.id] = replace(self.acc.state[owner.id], masked=True, sides=NO_SIDES)

    def _refuse_objects(self, owner: gast.Name) -> None:
        """What an array of objects holds may be a number, which cannot be changed, or an array, which can."""
        if getattr(self.typer.type_of(owner), "dtype", "") == "object":
            raise UnsupportedError(
                "an element of an array of objects", self.acc.origin, "use an array of floats, or a list"
            )

    def _moved(self, variable: str, owner: str, cotangent: Cotangent) -> Cotangent:
        """A cotangent under another name where its own is the one that the owner's is about to be given."""
        if isinstance(cotangent.expr, gast.Name) and cotangent.expr.id == self.acc.canonical(owner):
            moved = self.acc.define(self.acc.fresh("b" + variable), cotangent.expr, cotangent.type)
            return replace(cotangent, expr=moved, owned=False)
        return cotangent

    def _add_at(self, base: gast.Name, place: gast.Subscript, expr: Expr, repeats: bool) -> None:
        index = nodes.copy(place.slice)
        if repeats:
            function = nodes.attribute(nodes.attribute(self.acc.bind(np, "np"), "add"), "at")
            self.acc.emit(gast.Expr(value=nodes.call(function, nodes.copy(base), nodes.index_value(index), expr)))
            return
        target = nodes.subscript(nodes.copy(base), index, store=True)
        self.acc.emit(gast.AugAssign(target=target, op=gast.Add(), value=expr))

    def _store(self, stmt: gast.Assign, item: Item) -> None:
        """`x[index] = v`: take the cotangent out, then zero it."""
        target, value = stmt.targets[0], stmt.value
        owner = target.value
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            return
        self._refuse_objects(owner)
        check_atoms([value], self.typer, self.active)
        if isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            raise InternalError("a store of a display")
        shadow = nodes.name(self.shadows.name(owner.id))
        place = nodes.subscript(shadow, nodes.copy(target.slice))
        if not isinstance(self.typer.type_of(owner), Array):
            if not isinstance(self.typer.type_of(owner), (List, Dict)):
                raise UnsupportedError(
                    "a store into an object of unknown type", self.acc.origin, "keep it in a variable"
                )
            containers.store_item(self, value, item, place)
            return
        taken: Expr | None = None
        if isinstance(value, gast.Name) and value.id in self.active:
            taken = self._take_stored(place, target, has_repeats(target, self.typer, self.shadows.distinct))
        zero = nodes.subscript(nodes.copy(shadow), nodes.copy(target.slice), store=True)
        self.acc.emit(nodes.assign(zero, nodes.constant(0.0)))
        if taken is not None:
            assert isinstance(value, gast.Name) and isinstance(taken, gast.Name)
            self.give_reduced(value.id, taken)

    def _take_stored(self, place: gast.Subscript, target: gast.Subscript, repeats: bool) -> Expr:
        type_ = self.typer.type_of(place)
        value: Expr = nodes.copy(place)
        if repeats:
            index = nodes.index_value(nodes.copy(target.slice))
            value = nodes.call(self.acc.bind(runtime.last_written, "last_written"), nodes.copy(place.value), index)
        elif isinstance(type_, Array) and not is_gather(place, self.typer):
            value = nodes.call(nodes.attribute(value, "copy"))
        return self.acc.define(self.acc.fresh("t"), value, type_)

    def give_reduced(self, variable: str, taken: gast.Name) -> None:
        """The cotangent of a stored region, reduced to the stored value's shape."""
        expr = self.acc.reduce_to(variable, taken, taken.id)
        self.give(variable, expr, owned=isinstance(expr, gast.Name), masked=self.shadows.selects)

    def _augmented(self, stmt: gast.AugAssign) -> None:
        """`x[index] += v` and `x += v`: linear, so the cotangent of `x` stays."""
        target, value = stmt.target, stmt.value
        owner = target if isinstance(target, gast.Name) else target.value
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            return
        if not isinstance(stmt.op, (gast.Add, gast.Sub)):
            raise UnsupportedError("this augmented assignment in core", nodes.origin_of(stmt))
        self._refuse_objects(owner)
        if not isinstance(value, gast.Name) or value.id not in self.active:
            return
        shadow: Expr = nodes.name(self.shadows.name(owner.id))
        if isinstance(target, gast.Subscript):
            place = nodes.subscript(shadow, nodes.copy(target.slice))
            taken = self._take_stored(place, target, has_repeats(target, self.typer, self.shadows.distinct))
        else:
            taken = self.acc.define(
                self.acc.fresh("t"), nodes.call(nodes.attribute(shadow, "copy")), self.typer.type_of(shadow)
            )
        assert isinstance(taken, gast.Name)
        if isinstance(stmt.op, gast.Add):
            self.give_reduced(value.id, taken)
        else:
            expr = self.acc.reduce_to(value.id, taken, taken.id)
            self.give(value.id, gast.UnaryOp(op=gast.USub(), operand=expr))

    # Calls for effect

    def _effect(self, stmt: gast.Expr, item: Item) -> None:
        call = stmt.value
        function, args, _ = self.typer.call_parts(call)
        owner = args[0] if args else None
        if not isinstance(owner, gast.Name) or owner.id not in self.active:
            self._refuse_active_writes(call)
            return
        if function is list.append:
            containers.append(self, owner.id, args[1], item)
            return
        if isinstance(function, types.BuiltinMethodType) and function in (_ADD_AT, _SUBTRACT_AT):
            self._added_at(owner.id, args[1], args[2], negative=function == _SUBTRACT_AT)
            return
        self._refuse_active_writes(call)

    def _added_at(self, variable: str, index: Expr, value: Expr, negative: bool) -> None:
        """`np.add.at(x, index, v)`: linear, and every repeated element counts."""
        if not isinstance(value, gast.Name) or value.id not in self.active:
            return
        place = nodes.subscript(nodes.name(self.shadows.name(variable)), nodes.copy(index))
        type_ = self.typer.type_of(place)
        taken = self.acc.define(self.acc.fresh("t"), nodes.call(nodes.attribute(place, "copy")), type_)
        expr = self.acc.reduce_to(value.id, taken, taken.id)
        self.give(value.id, gast.UnaryOp(op=gast.USub(), operand=expr) if negative else expr)

    def _refuse_active_writes(self, call: Expr) -> None:
        effects = effects_of(call, self.typer)
        _, args, _ = self.typer.call_parts(call)  # type: ignore[arg-type]
        written = {v for k in effects.mutates if k < len(args) for v in sources_of(args[k], self.typer)}
        if any(self.shadows.has(v) for v in written):
            raise refused_write(self.acc.origin)

    # Recursive user functions

    def _refuse_writing_unit(self, call: gast.Call) -> None:
        unit = self.typer.resolve(call.func)
        if not isinstance(unit, Unit):
            return
        for k in unit_writes(unit):
            if any(self.shadows.has(v) for v in sources_of(call.args[k], self.typer)):
                written = unit.parameters[k].removeprefix("outer ")
                raise UnsupportedError(
                    f"the recursive function '{unit.name}' writes into its argument '{written}'",
                    self.acc.origin,
                    "return a new array, or write the recursion as a loop",
                )

    def _recursive(self, variable: str, value: gast.Call, cotangent: Cotangent, item: Item) -> None:
        """`z = f(x)` becomes `pair = f_forward(x); z = pair[0]`; its adjoint is `f_reverse(pair[1], bz)`."""
        unit = self.typer.resolve(value.func)
        active = tuple(p for p, a in zip(unit.parameters, value.args, strict=True) if self.primitive.is_active(a))
        if not active:
            return
        if self.shadows.memory.has_identity(variable) and unit_aliases(unit):
            raise UnsupportedError(
                f"the recursive function '{unit.name}' may return its argument, which is written in place",
                self.acc.origin,
                "return a copy, x.copy()",
            )
        wanted = self.pairs.request(unit, active)
        if self.shadows.memory.has_identity(variable) and unit_ties(unit):
            raise UnsupportedError(
                f"the recursive function '{unit.name}' may return one array in several ways, which is written in place",
                self.acc.origin,
                "return copies, x.copy()",
            )
        both = self.acc.fresh(f"{variable}_pair")
        self.typer.types[both] = Tuple((self.typer.types[variable], UNKNOWN))
        origin = nodes.origin_of(item.primal)
        item.primal = nodes.assign(both, nodes.call(nodes.name(wanted.forward), *nodes.copy(value.args)), origin)
        item.mirror.insert(0, nodes.assign(variable, nodes.subscript(nodes.name(both), nodes.constant(0)), origin))
        tape = nodes.subscript(nodes.name(both), nodes.constant(1))
        seed = self.acc.full(variable, cotangent).expr
        call = nodes.call(nodes.name(wanted.reverse), tape, seed)
        by_parameter = dict(zip(unit.parameters, value.args, strict=True))
        given_types = tuple(self.typer.types[by_parameter[p].id] for p in active)
        given = self.acc.define(self.acc.fresh("t"), call, Tuple(given_types))
        for k, parameter in enumerate(active):
            self.give(by_parameter[parameter].id, nodes.subscript(nodes.copy(given), nodes.constant(k)))


def _assigned(stmt: Stmt) -> str | None:
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
        return stmt.targets[0].id
    return None


def _merge(left: Cotangent, right: Cotangent) -> Cotangent:
    return replace(
        left,
        owned=left.owned and right.owned,
        masked=left.masked or right.masked,
        type=join(left.type, right.type),
        whole=left.whole and right.whole,
        sides=left.sides if left.sides == right.sides else NO_SIDES,
    )


def _same(left: Cotangent | None, right: Cotangent | None) -> bool:
    if left is None or right is None:
        return left is right
    return (
        nodes.same(left.expr, right.expr)
        and left.owned == right.owned
        and left.type == right.type
        and left.whole == right.whole
        and left.masked == right.masked
        and left.sides == right.sides
    )


def _differences(states: list[dict[str, Cotangent]]) -> list[str]:
    left, right = states
    return sorted(v for v in {*left, *right} if v not in left or v not in right or not _same(left[v], right[v]))
