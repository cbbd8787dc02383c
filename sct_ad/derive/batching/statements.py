"""A derived function of one direction -> the same function of several, which have an axis in front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace

import gast

from sct_ad import runtime
from sct_ad.analysis.alias import analyse_memory, effects_of
from sct_ad.derive.apart import definitions_apart
from sct_ad.derive.batching.axis import CONTAINERS, Axis, NotBatched
from sct_ad.derive.batching.expressions import Expressions
from sct_ad.derive.batching.moved import moved_variables
from sct_ad.derive.batching.subscripts import with_axis
from sct_ad.derive.emission import Emission
from sct_ad.derive.gradient import Derived
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Dict, List, Scalar, Tuple, dims_of, may_carry_derivative

_IN_LAYOUT = (runtime.in_layout_of, runtime.copy_in_layout, runtime.zeros_in_layout)


def batched_where_possible(
    flat: Specialised, derived: Derived, given: Sequence[str], place: int | None, kept: Set[str] = frozenset()
) -> Derived:
    """The derived function, whose parameters `given` have the axis of directions; itself where that is impossible.

    What it returns has the axis too, of a tuple the item at `place` alone. The variables `kept` stay as they are.
    """
    try:
        return _batched(flat, derived, given, place, kept)
    except NotBatched:
        return derived


def _batched(flat: Specialised, derived: Derived, given: Sequence[str], place: int | None, kept: Set[str]) -> Derived:
    if derived.units:
        raise NotBatched("a recursive function")
    head, body = derived.head, derived.function.body[len(derived.head) :]
    emission = Emission(flat)
    body = _apart(body, emission)
    _refuse_layouts(body, emission)
    found = _Statements(emission, head, body, set(given))
    if found.moved & kept:
        raise NotBatched("a variable with and without the axis")
    new = found.function_body(place)
    typer = emission.typer
    for name in found.moved:
        typer.types[name] = found.axis.type_with(typer.types.get(name, UNKNOWN))
    function = nodes.copy(derived.function)
    function.body = [*nodes.copy(head), *new]
    return replace(derived, function=function, facts=emission.facts(new), batched=True)


def _apart(body: Block, emission: Emission) -> Block:
    """The body with one type for each variable: a cotangent may be of lower rank at first, and filled up later."""
    body, new = definitions_apart(body, emission)
    types = emission.typer.types
    for stmt in nodes.statements(body):
        for name in nodes.defines(stmt) & new:
            types[name] = emission.typer.type_of(stmt.value)
    return body


def _refuse_layouts(body: Block, emission: Emission) -> None:
    """Arrays whose order in memory decides what is a view of what have no axis in front."""
    for node in nodes.walk(body):
        if isinstance(node, gast.Call) and any(emission.typer.resolve(node.func) is each for each in _IN_LAYOUT):
            raise NotBatched("an array whose order in memory matters")


class _Statements:
    def __init__(self, emission: Emission, head: Block, body: Block, given: set[str]) -> None:
        self.emission, self.typer, self.body = emission, emission.typer, body
        self.memory = analyse_memory(body, self.typer)
        self.axis = Axis(emission)
        roots = set(given)
        for stmt in head:
            if nodes.names_in(stmt.value) & given:
                roots.add(stmt.targets[0].id)
        self.leaf = self._leaf(sorted(roots))
        self.moved = moved_variables(body, roots, self.typer, self.memory)
        self.over = Expressions(self.axis, self.moved, self.memory)
        self.out: Block = []
        self.definitions = Counter(name for stmt in nodes.statements(body) for name in nodes.defines(stmt))

    def _leaf(self, names: list[str]) -> Expr:
        """An array that has the axis."""
        for name in names:
            found = _first_leaf(nodes.name(name), self.typer.types.get(name, UNKNOWN))
            if found is not None:
                return found
        raise NotBatched("no number to count the directions by")

    def function_body(self, place: int | None) -> Block:
        """The statements, behind one that counts the directions."""
        self.typer.types[self.axis.count] = Scalar("int")
        found = self.block(self.body[:-1])
        origin = nodes.origin_of(self.body[-1])
        returned = self.body[-1].value
        if place is None:
            value = self._returned(returned)
        else:
            value = nodes.copy(returned)
            value.elts[place] = self._returned(returned.elts[place])
            for k, item in enumerate(returned.elts):
                if k != place and self.over.depends(item):
                    raise NotBatched("a value that depends on the direction")
        returns = nodes.with_origin(gast.Return(value=value), origin)
        count = nodes.assign(self.axis.count, nodes.call(nodes.name("len"), self.leaf))
        used = self.axis.count in nodes.names_in([*found, returns])
        return [*([count] if used else []), *found, returns]

    def _returned(self, expr: Expr) -> Expr:
        if isinstance(expr, (gast.Tuple, gast.List)):
            return type(expr)(elts=list(map(self._returned, expr.elts)), ctx=nodes.LOAD)
        if isinstance(expr, gast.Dict):
            return gast.Dict(keys=nodes.copy(expr.keys), values=list(map(self._returned, expr.values)))
        if isinstance(expr, gast.Constant) and expr.value is None:
            return nodes.copy(expr)
        if isinstance(expr, gast.Call) and not isinstance(self.typer.type_of(expr), (Array, Scalar)):
            return self._structure(expr)
        return self.over.held(expr)

    def _structure(self, call: gast.Call) -> Expr:
        """A named tuple, or an object of the caller's class."""
        function = self.typer.resolve(call.func)
        kept = 1 if function is runtime.new_object else 0
        if not kept and not (isinstance(function, type) and hasattr(function, "_fields")):
            return self.over.held(call)
        args = [*nodes.copy(call.args[:kept]), *map(self._returned, call.args[kept:])]
        return nodes.call(nodes.copy(call.func), *args, **{k.arg: self._returned(k.value) for k in call.keywords})

    # Statements

    def block(self, body: Block) -> Block:
        """A block over all directions."""
        outer, self.out = self.out, []
        for stmt in body:
            self.statement(stmt)
        found, self.out = self.out, outer
        return found

    def emit(self, stmt: Stmt, like: Stmt) -> None:
        """Append a statement that stems from the same line as another one."""
        self.out.append(nodes.with_origin(stmt, nodes.origin_of(like)))

    def statement(self, stmt: Stmt) -> None:
        """One statement."""
        if nodes.blocks(stmt):
            self._structured(stmt)
        elif not self._touches(stmt):
            self.out.append(nodes.copy(stmt))
        elif isinstance(stmt, gast.Assign):
            self._assign(stmt)
        elif isinstance(stmt, gast.AugAssign):
            self._augmented(stmt)
        elif isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call):
            self._call(stmt)
        else:
            raise NotBatched(type(stmt).__name__)

    def _touches(self, stmt: Stmt) -> bool:
        return bool((nodes.reads(stmt) | nodes.defines(stmt)) & self.moved)

    def _structured(self, stmt: Stmt) -> None:
        new = nodes.copy(stmt)
        if isinstance(stmt, (gast.If, gast.While)):
            if self.over.depends(stmt.test):
                raise NotBatched("a condition that depends on the direction")
            new.test = self.over.value(stmt.test)
        elif isinstance(stmt, gast.For):
            new.iter = self._iterated(stmt.iter)
        elif isinstance(stmt, gast.With) and any(self.over.depends(item.context_expr) for item in stmt.items):
            raise NotBatched("a context that depends on the direction")
        for name in ("body", "orelse"):
            if getattr(stmt, name, None):
                setattr(new, name, self.block(getattr(stmt, name)))
        if isinstance(stmt, gast.Try):
            for clause, handler in zip(stmt.handlers, new.handlers):
                handler.body = self.block(clause.body)
        self.emit(new, stmt)

    def _iterated(self, expr: Expr) -> Expr:
        """What a loop goes over: of an array with the axis, the entries along the next one."""
        if not self.over.depends(expr):
            return self.over.value(expr)
        type_ = self.typer.type_of(expr)
        if isinstance(type_, CONTAINERS):
            return self.over.value(expr)
        if isinstance(type_, Array) and type_.dims:
            if any(map(self.memory.has_identity, nodes.names_in(expr))):
                raise NotBatched("a loop over an array that is written")
            return self.axis.numpy("swapaxes", self.over.value(expr), nodes.constant(0), nodes.constant(1))
        if isinstance(expr, gast.Call) and self.typer.resolve(expr.func) in (zip, enumerate, reversed):
            return nodes.call(nodes.copy(expr.func), *map(self._iterated, expr.args))
        raise NotBatched("a loop over what is not known")

    def _assign(self, stmt: gast.Assign) -> None:
        (target,) = stmt.targets
        if isinstance(target, gast.Name):
            moved = target.id in self.moved
            if moved:
                self._check_rank(target.id, stmt.value)
            self.emit(nodes.assign(target.id, (self.over.held if moved else self.over.value)(stmt.value)), stmt)
        elif isinstance(target, gast.Subscript):
            self._store(target, stmt)
        else:
            raise NotBatched("an assignment to an attribute, or to several names")

    def _check_rank(self, name: str, value: Expr) -> None:
        """Be sure that the rank that a variable is taken to have is that of its value."""
        known, found = dims_of(self.typer.types.get(name, UNKNOWN)), dims_of(self.typer.type_of(value))
        if known is None or (found is None and self.definitions[name] == 1):
            return
        if found is None or len(found) != len(known):
            raise NotBatched("a variable of several ranks")

    def _store(self, target: gast.Subscript, stmt: gast.Assign) -> None:
        owner = self.typer.type_of(target.value)
        if not self.over.depends(target.value):
            if self.over.depends(stmt.value):
                raise NotBatched("a store into what is the same in all directions")
            self.out.append(nodes.copy(stmt))
        elif isinstance(owner, CONTAINERS):
            place = nodes.subscript(self.over.value(target.value), self.over.value(target.slice), store=True)
            self.emit(nodes.assign(place, self.over.held(stmt.value)), stmt)
        elif not isinstance(owner, Array):
            raise NotBatched("a store into what is not known")
        else:
            place_ = self._place(target)
            value = self._fitting(stmt.value, target)
            if place_ is not None:
                self.emit(nodes.assign(place_, value), stmt)
            else:
                self._each(stmt, [target.value, stmt.value])

    def _place(self, target: gast.Subscript) -> Expr | None:
        whole = with_axis(target.slice, self.over.value(target.slice), self.typer)
        return None if whole is None else nodes.subscript(self.over.value(target.value), whole, store=True)

    def _fitting(self, value: Expr, target: Expr) -> Expr:
        """A value as it is stored into a place of an array."""
        if not self.over.depends(value):
            return self.over.value(value)
        rank, wanted = self.axis.rank(value), self.axis.rank(target)
        if rank > wanted:
            raise NotBatched("a store of a value of higher rank")
        return self.over.aligned(value, wanted)

    def _augmented(self, stmt: gast.AugAssign) -> None:
        target = stmt.target
        type_ = self.typer.type_of(target)
        if isinstance(target, gast.Name):
            if isinstance(type_, Scalar):
                value = nodes.binary(nodes.name(target.id), stmt.op, nodes.copy(stmt.value))
                self.emit(nodes.assign(target.id, self.over.held(value)), stmt)
            elif isinstance(type_, Array):
                new = gast.AugAssign(
                    target=nodes.target(target.id), op=stmt.op, value=self._fitting(stmt.value, target)
                )
                self.emit(new, stmt)
            else:
                raise NotBatched("an update of what is not known")
            return
        assert isinstance(target, gast.Subscript)
        owner = self.typer.type_of(target.value)
        if not self.over.depends(target.value):
            raise NotBatched("an update of what is the same in all directions")
        if isinstance(owner, CONTAINERS):
            self._item_updated(stmt, target, type_)
        elif isinstance(owner, Array) and isinstance(type_, (Array, Scalar)):
            place = self._place(target)
            if place is None:
                self._each(stmt, [target.value, stmt.value])
            else:
                value = self._fitting(stmt.value, target)
                self.emit(gast.AugAssign(target=place, op=stmt.op, value=value), stmt)
        else:
            raise NotBatched("an update of what is not known")

    def _item_updated(self, stmt: gast.AugAssign, target: gast.Subscript, type_: Abstract) -> None:
        """`xs[i] += v`: a number is replaced, an array is written."""
        place = nodes.subscript(self.over.value(target.value), self.over.value(target.slice), store=True)
        if isinstance(type_, Scalar):
            item = nodes.subscript(nodes.copy(target.value), nodes.copy(target.slice))
            value = nodes.binary(item, stmt.op, nodes.copy(stmt.value))
            self.emit(nodes.assign(place, self.over.held(value)), stmt)
        elif isinstance(type_, Array):
            value = self._fitting(stmt.value, target)
            self.emit(gast.AugAssign(target=place, op=stmt.op, value=value), stmt)
        else:
            raise NotBatched("an update of what is not known")

    def _call(self, stmt: gast.Expr) -> None:
        """A call for what it does."""
        call = stmt.value
        _, args, _ = self.typer.call_parts(call)
        effects = effects_of(call, self.typer)
        owner = self.typer.type_of(args[0]) if args else UNKNOWN
        if isinstance(owner, CONTAINERS):
            self.emit(gast.Expr(value=self.over.value(call)), stmt)
        elif isinstance(owner, Array) and effects.mutates == (0,) and self.over.depends(args[0]):
            self._each(stmt, [arg for arg in args if self.over.depends(arg)])
        else:
            raise NotBatched("a call that changes something")

    def _each(self, stmt: Stmt, parts: list[Expr]) -> None:
        """The statement once for each direction, with its entry of each of the parts in place of these."""
        index = self.emission.fresh("j")
        self.typer.types[index] = Scalar("int")
        renamed: dict[str, str] = {}
        rows: Block = []
        for part in parts:
            if not self.over.depends(part):
                continue
            if not isinstance(part, gast.Name) or not isinstance(self.typer.type_of(part), (Array, Scalar)):
                raise NotBatched("a part that is not a variable")
            name = renamed[part.id] = self.emission.fresh(part.id)
            self.typer.types[name] = self.typer.type_of(part)
            rows.append(nodes.assign(name, nodes.subscript(nodes.name(part.id), nodes.name(index))))
        single = nodes.substitute(stmt, renamed)
        if nodes.names_in(single) & self.moved:
            raise NotBatched("a part that is not known")
        counted = nodes.call(nodes.name("range"), nodes.name(self.axis.count))
        body = [nodes.with_origin(each, nodes.origin_of(stmt)) for each in [*rows, single]]
        loop = gast.For(target=nodes.target(index), iter=counted, body=body, orelse=[], type_comment=None)
        self.emit(loop, stmt)


def _first_leaf(expr: Expr, type_: Abstract) -> Expr | None:
    """An expression for the first number or array in a value."""
    if isinstance(type_, (Array, Scalar)):
        return expr if may_carry_derivative(type_) else None
    items: list[tuple[object, Abstract]] = []
    if isinstance(type_, (Tuple, List)):
        items = list(enumerate(type_.items or ()))
    elif isinstance(type_, Dict):
        items = list(type_.items or ())
    for key, item in items:
        found = _first_leaf(nodes.subscript(expr, nodes.constant(key)), item)
        if found is not None:
            return found
    return None
