"""How long the arrays are that stand for tapes, and where those are made longer whose length is not known at first.

An array that is bound again inside of a loop costs Numba's counting of references on each trip, many times what the
entry costs. So room is made before a loop that tells how often it runs, for all of its trips; and a loop that does
not tell runs in pieces:

while t:                         while t:
    x_tape.append(x)        ->       if top == x_tape.size:
    ...                                  x_tape = longer(x_tape, top + 1)
                                     while t and top < x_tape.size:
                                         x_tape[top] = x
                                         ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.specialise.namespace import Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Array

_PURE = (gast.Name, gast.Constant, gast.BinOp, gast.Attribute, gast.Subscript, gast.UnaryOp, gast.Call)
_TESTS = (gast.Compare, gast.BoolOp, gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp, gast.Subscript)
_LOOPS = (gast.For, gast.While)
_PIECE = 1024
"""As many trips of a loop that may end early are run before room is made again."""


@dataclass
class Room:
    """Where room for entries of some tapes that share a counter is made."""

    names: list[str]
    top: str
    loop: Stmt
    amounts: list[Expr] = field(default_factory=list)
    """The most entries that a run of the loop writes, or a trip where it does not tell how many there are."""

    @property
    def needed(self) -> Expr:
        """How many entries there have to be room for, those in use among them."""
        total: Expr = nodes.name(self.top)
        for amount in self.amounts:
            total = nodes.binary(total, gast.Add(), nodes.copy(amount))
        return total

    def growth(self, longer: Callable[[], Expr], origin: nodes.Stmt) -> Stmt:
        """`if top + n > tape.size: tape = longer(tape, top + n)`."""
        return growth(self.names, self.needed, longer, origin)


def growth(names: Sequence[str], needed: Expr, longer: Callable[[], Expr], stmt: Stmt) -> Stmt:
    """Makes tapes longer that have no room."""
    full = _compared(needed, gast.Gt(), names[0])
    origin = nodes.origin_of(stmt)
    body = [nodes.assign(n, nodes.call(longer(), nodes.name(n), nodes.copy(needed)), origin) for n in names]
    return nodes.with_origin(gast.If(test=full, body=body, orelse=[]), origin)


def _compared(needed: Expr, op: gast.cmpop, name: str) -> Expr:
    """`needed > tape.size` or `needed <= tape.size`; `top + 1 > tape.size` is `top == tape.size`."""
    if isinstance(needed, gast.BinOp) and isinstance(needed.left, gast.Name) and _is_one(needed.right):
        needed, op = needed.left, gast.Eq() if isinstance(op, gast.Gt) else gast.Lt()
    size = nodes.attribute(nodes.name(name), "size")
    return gast.Compare(left=nodes.copy(needed), ops=[op], comparators=[size])


def exact_size(loops: Sequence[Stmt], facts: Facts, namespace: Namespace) -> Expr | None:
    """The most entries that a statement inside of loops writes, one a trip; None if that is not known before them.

    Loops whose number of trips depends on those around them count as often as they run at most, if that is no more
    than about twice of what they do.
    """
    if not loops or not all(isinstance(loop, gast.For) and _range_of(loop) is not None for loop in loops):
        return None
    if any(_is_left(loop) for loop in loops):
        return None
    changed = _changed(loops)
    sizes: list[Expr] = []
    for k, loop in enumerate(loops):
        trips = _range_of(loop)
        assert trips is not None
        if nodes.names_in(trips) & changed:
            widest = _widest(trips, loops[k - 1], changed) if k == len(loops) - 1 and k else None
            if widest is None:
                return None
            trips = widest
        if not is_known(trips.args, facts):
            return None
        sizes.append(length(trips, namespace))
    return nodes.product(sizes)


def _widest(trips: gast.Call, outer: Stmt, changed: set[str]) -> gast.Call | None:
    """`range(k)` inside of `for k in range(1, n)` -> `range(n - 1)`: the longest of the inner loop's ranges."""
    around = _range_of(outer)
    if around is None or len(around.args) > 2 or len(trips.args) > 2 or not isinstance(outer.target, gast.Name):
        return None
    variable = outer.target.id
    first = around.args[0] if len(around.args) == 2 else nodes.constant(0)
    last = nodes.binary(nodes.copy(around.args[-1]), gast.Sub(), nodes.constant(1))
    start, stop = trips.args if len(trips.args) == 2 else (nodes.constant(0), trips.args[0])
    if nodes.names_in(trips) & changed != {variable} or nodes.names_in(around) & changed:
        return None
    rising, falling = variable in nodes.names_in(stop), variable in nodes.names_in(start)
    if rising == falling or not _is_shifted(stop if rising else start, variable):
        return None
    if any(variable in nodes.defines(stmt) for stmt in nodes.statements(outer.body)):
        return None
    found = nodes.substitute(nodes.copy(trips), {variable: last if rising else first})
    assert isinstance(found, gast.Call)
    return found


def _is_shifted(expr: Expr, variable: str) -> bool:
    """Whether an expression is the variable plus or minus a constant."""
    if isinstance(expr, gast.BinOp) and isinstance(expr.op, (gast.Add, gast.Sub)):
        return isinstance(expr.right, gast.Constant) and _is_shifted(expr.left, variable)
    return isinstance(expr, gast.Name) and expr.id == variable


def place_for(around: Sequence[Stmt], facts: Facts, namespace: Namespace) -> tuple[Stmt, Expr, bool] | None:
    """The loop at which room is made for a statement inside of it, for how many entries, and whether before all trips.

    None where none of the loops tells: the statement itself makes room.
    """
    around = list(around)
    sometimes = False
    while around and not isinstance(around[-1], _LOOPS):
        around.pop()
        sometimes = True
    found: tuple[Stmt, Expr, bool] | None = None
    amount: Expr = nodes.constant(1)
    loops: list[Stmt] = []
    for loop in reversed(around):
        loops.append(loop)
        changed = _changed(loops)
        trips = _range_of(loop)
        fixed = trips is not None and is_known(trips.args, facts)
        same = fixed and not nodes.names_in(trips) & changed
        early = isinstance(loop, gast.For) and (sometimes or _is_left(loop))
        if isinstance(amount, gast.Constant):
            if isinstance(loop, gast.While) and _is_pure_test(loop.test):
                return loop, amount, False
            if early and trips is not None and len(trips.args) < 3 and same and not _is_short(trips):
                return loop, amount, False
        if trips is None or not fixed or nodes.names_in(amount) & changed or (early and not _is_short(trips)):
            return found
        size = _trips(trips, namespace)
        amount = size if _is_one(amount) else _times(size, amount)
        found = loop, amount, True
        if not same:
            return found
    return found


def _is_short(trips: gast.Call) -> bool:
    """Whether a loop runs a few times only."""
    only = trips.args[0]
    return len(trips.args) == 1 and isinstance(only, gast.Constant) and only.value < _PIECE


def _is_one(amount: Expr) -> bool:
    return isinstance(amount, gast.Constant) and amount.value == 1


def _times(size: Expr, amount: Expr) -> Expr:
    if isinstance(size, gast.Constant) and isinstance(amount, gast.Constant):
        return nodes.constant(size.value * amount.value)
    return nodes.binary(size, gast.Mult(), amount)


def _trips(trips: gast.Call, namespace: Namespace) -> Expr:
    """How often a loop runs."""
    only = trips.args[0]
    if len(trips.args) == 1 and isinstance(only, gast.Constant) and type(only.value) is int:
        return nodes.constant(max(only.value, 0))
    return length(trips, namespace)


def in_pieces(loop: Stmt, rooms: Sequence[Room], longer: Callable[[], Expr], namespace: Namespace) -> str | None:
    """Make a loop run in pieces, each of as many trips as there is room for; returns the name of a new counter."""
    origin = nodes.origin_of(loop)
    inner = nodes.with_origin(loop.__class__.__new__(loop.__class__), origin)
    inner.__dict__.update(loop.__dict__)
    inner.orelse = []
    counter = None
    if isinstance(loop, gast.While):
        values = [nodes.copy(loop.test)]
        for room in rooms:
            values.append(_compared(room.needed, gast.LtE(), room.names[0]))
        inner.test = gast.BoolOp(op=gast.And(), values=values)
    else:
        counter = namespace.names.fresh("first")
        trips = _range_of(loop)
        assert trips is not None
        start, stop = trips.args if len(trips.args) == 2 else (nodes.constant(0), trips.args[0])
        piece = nodes.constant(_PIECE)
        end = nodes.binary(nodes.name(counter), gast.Add(), piece)
        last = nodes.call(namespace.builtin("min"), end, nodes.copy(stop))
        inner.iter = nodes.call(nodes.copy(trips.func), nodes.name(counter), last)
        loop.iter = nodes.call(nodes.copy(trips.func), start, stop, piece)  # type: ignore[attr-defined]
        loop.target = nodes.target(counter)  # type: ignore[attr-defined]
        for room in rooms:
            room.amounts = [_times(piece, amount) for amount in room.amounts]
    rest: Block = []
    if _is_left(loop, (gast.Break,)):
        inner.orelse = [nodes.with_origin(gast.Continue(), origin)]
        rest = [nodes.with_origin(gast.Break(), origin)]
    grown = [room.growth(longer, loop) for room in rooms]
    loop.body = [*grown, inner, *rest]  # type: ignore[attr-defined]
    return counter


def _is_left(loop: Stmt, exits: tuple[type, ...] = (gast.Break, gast.Continue)) -> bool:
    """Whether statements of a loop end it, or a trip, early; loops inside of it have their own."""

    def leaves(block: Block) -> bool:
        return any(
            isinstance(stmt, exits) or (not isinstance(stmt, _LOOPS) and any(map(leaves, nodes.blocks(stmt))))
            for stmt in block
        )

    return leaves(loop.body)  # type: ignore[attr-defined]


def _changed(loops: Sequence[Stmt]) -> set[str]:
    return {name for loop in loops for stmt in nodes.statements([loop]) for name in nodes.defines(stmt)}


def _range_of(loop: Stmt) -> gast.Call | None:
    trips = loop.iter if isinstance(loop, gast.For) else None
    if isinstance(trips, gast.Call) and isinstance(trips.func, gast.Name) and trips.func.id == "range":
        return trips if not trips.keywords else None
    return None


def _is_pure_test(test: Expr) -> bool:
    """Whether a test may be made twice."""
    return all(isinstance(node, _TESTS) for node in nodes.walk(test) if isinstance(node, gast.expr))


def is_known(args: list[Expr], facts: Facts) -> bool:
    """Whether numbers are made of names, shapes and lengths alone, whatever arrays hold."""
    for arg in args:
        for node in nodes.walk(arg):
            if isinstance(node, gast.Attribute) and node.attr not in ("shape", "size"):
                return False
            if isinstance(node, gast.Call):
                of_array = len(node.args) == 1 and isinstance(facts.type_of(node.args[0]), Array)
                if not (isinstance(node.func, gast.Name) and node.func.id == "len" and of_array):
                    return False
            if isinstance(node, gast.Subscript) and not isinstance(node.value, gast.Attribute):
                return False
            if isinstance(node, gast.expr) and not isinstance(node, _PURE):
                return False
    return True


def length(trips: gast.Call, namespace: Namespace) -> Expr:
    """How many numbers a range has."""
    if len(trips.args) == 1 and not isinstance(trips.args[0], (gast.BinOp, gast.UnaryOp)):
        return nodes.call(namespace.builtin("max"), nodes.copy(trips.args[0]), nodes.constant(0))
    return nodes.call(namespace.builtin("len"), nodes.copy(trips))
