"""A function being rewritten: who reads a definition, and replacing a name by what defines it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.analysis.liveness import Liveness
from sct_ad.optimise.footprint import DEFERRED, WORLD, Footprint, Footprints, parameters
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt, blocks, copy, defines, names_in, origin_of, statements, walk
from sct_ad.syntax.nodes import name as name_node
from sct_ad.syntax.values import Abstract, Array


@dataclass(frozen=True, slots=True)
class Region:
    """The statements of one block in which a definition's value is read."""

    users: list[int]
    """Positions in the block of the statements that read the name, nested blocks included."""
    uses: int
    """How often they read it."""

    @property
    def last(self) -> int:
        """The position of the last statement that reads the name."""
        return self.users[-1]


class Workspace:
    """A private copy of a function with what the moving passes ask about it."""

    @staticmethod
    def of(fn: gast.FunctionDef, facts: Facts) -> Workspace:
        """The workspace that the pass before has left, if `fn` is the tree of that; else one of a copy of `fn`."""
        left, facts.workspace = facts.workspace, None
        if isinstance(left, Workspace) and left.fn is fn:
            left.refresh()
            return left
        return Workspace(fn, facts)

    def __init__(self, fn: gast.FunctionDef, facts: Facts) -> None:
        self.fn, self.facts = copy(fn), facts
        self.footprints = Footprints(self.fn, self.facts)
        self._settled: dict[int, Footprint] = {}
        self._count()

    def leave(self) -> gast.FunctionDef:
        """The function as it is now. All that was edited in place has been forgotten: the next pass goes on from it."""
        self.facts.workspace = self
        return self.fn

    def settle(self, stmt: Stmt) -> None:
        """Say that a simple statement is as simple as it gets, which holds until it is forgotten."""
        self._settled[id(stmt)] = self.footprints.statement(stmt)

    def is_settled(self, stmt: Stmt) -> bool:
        """Whether a simple statement is still as it was when it was settled."""
        return self._settled.get(id(stmt)) is self.footprints.statement(stmt)

    def refresh(self) -> None:
        """Look at the whole function anew, but at simple statements only where they are new or have been edited."""
        self.footprints.refresh()
        self._count()

    def _count(self) -> None:
        self._liveness: Liveness | None = None
        self._supply: Names | None = None
        self.definitions = self.footprints.definitions.copy()
        self.loads: Counter[str] = Counter()
        loads = self.loads
        for stmt in self.fn.body:
            for name, times in self.footprints.statement(stmt).reads.items():
                loads[name] += times
        self._adjoint_names: set[str] | None = None

    @property
    def adjoint_names(self) -> set[str]:
        """The names that adjoint statements bind, and no statement of the user, as of the last refresh or later."""
        if self._adjoint_names is None:
            self._adjoint_names = adjoint_names(self.fn, self.footprints.bound)
        return self._adjoint_names

    @property
    def liveness(self) -> Liveness:
        """What is live where, as of the last refresh."""
        if self._liveness is None:
            self._liveness = Liveness(self.fn, self.footprints.touched)
        return self._liveness

    def declare(self, base: str, type_: Abstract, is_fresh: bool) -> str:
        """The name of a new variable, which the facts know from now on; a fresh array has memory of its own."""
        if self._supply is None:
            self._supply = Names({*names_in(self.fn), self.fn.name, *self.facts.types})
        found = self._supply.fresh(base)
        self.facts.types[found] = type_
        self.facts.temporaries.add(found)
        if is_fresh and isinstance(type_, Array):
            self.facts.memory[found] = found
        self.footprints.local.add(found)
        return found

    def is_cotangent(self, stmt: Stmt) -> bool:
        """Whether an adjoint statement computes a cotangent, not a primal value once more."""
        if not is_adjoint(stmt):
            return False
        if isinstance(stmt, gast.AugAssign):
            return isinstance(stmt.op, (gast.Add, gast.Sub))
        if isinstance(stmt, gast.Assign):
            place = stmt.targets[0]
            return not isinstance(place, gast.Name) or place.id in self.adjoint_names
        return isinstance(stmt, gast.Expr)

    def in_place(self, name: str) -> bool:
        """Whether `name += e` keeps the object: surely an array, never a number."""
        found = self.facts.types.get(name)
        return isinstance(found, Array) and bool(found.ndim)

    def rebinds(self, stmt: Stmt, name: str) -> bool:
        """Whether the statement, or one nested in it, makes the name another object."""
        if name not in self.footprints.statement(stmt).defines:
            return False
        return not self.in_place(name) or any(
            name in defines(inner) and not isinstance(inner, gast.AugAssign) for inner in statements([stmt])
        )

    def region(
        self, block: Block, position: int, name: str, objects: bool = False, counted: bool = False
    ) -> Region | None:
        """Who reads what `block[position]` puts into `name`; None if anyone outside the block may, or if it changes.

        With `objects`, `name += e` on an array counts as reading it, since the object stays. With `counted`, the counts
        of reads and definitions are those of the function as it is now, and say when all readers have been found.
        """
        users: list[int] = []
        uses, footprint = 0, self.footprints.statement
        expected = self.loads[name] if counted and self.definitions[name] == 1 else -1
        for index in range(position + 1, len(block)):
            stmt = block[index]
            touched = footprint(stmt)
            times = touched.reads.get(name)
            if times:
                users.append(index)
                uses += times
                if uses == expected:
                    return Region(users, uses)
            if name in touched.defines and (not objects or self.rebinds(stmt, name)):
                return Region(users, uses) if _plainly_assigns(stmt, name) else None
        if self.definitions[name] == 1:
            closed = self.loads[name] == uses
        else:
            closed = not self.liveness.is_live_at_end(block, name)
        return Region(users, uses) if closed else None

    def unchanged(self, value: Expr, block: Block, start: int, last: int) -> bool:
        """Whether no name of `value` is bound anew after `start` and before the reads of `block[last]`."""
        if WORLD in self.footprints.expression(value).content:  # a global: an impure call may rebind it
            if any(self.footprints.statement(block[index]).impure for index in range(start + 1, last + 1)):
                return False
        names = names_in(value)
        for index in range(start + 1, last + 1):
            stmt = block[index]
            if index == last and not blocks(stmt):
                return True  # a simple statement reads before it binds
            if not names.isdisjoint(self.footprints.statement(stmt).defines):
                return False
        return True

    def replace(self, stmt: Stmt, name: str, value: Expr) -> None:
        """Put `value` wherever the statement, or one nested in it, reads `name`."""
        for inner in list(statements([stmt])):
            if name in names_in(_own_parts(inner)):
                replace_reads(inner, name, value)
        self.footprints.forget(stmt)

    def rename(self, stmt: Stmt, old: str, new: str) -> None:
        """Rename a variable in the statement and those in it, in place: lists of blocks stay valid."""
        touched = self.footprints.statement(stmt)
        read = touched.reads[old]
        if read or old in touched.defines:
            bound = sum(old in self.footprints.bound(inner) for inner in statements([stmt]))
            for node in walk(stmt):
                if isinstance(node, gast.Name) and node.id == old:
                    node.id = new
            self._recount(stmt, {old: (-read, -bound), new: (read, bound)})

    def rename_reads(self, stmt: Stmt, old: str, new: str) -> None:
        """Let a simple statement read another name."""
        read = self.footprints.statement(stmt).reads[old]
        replace_reads(stmt, old, name_node(new))
        self._recount(stmt, {old: (-read, 0), new: (read, 0)})

    @contextmanager
    def editing(self, stmt: Stmt) -> Iterator[None]:
        """Whatever the block of code does to the statement, the counts are right afterwards."""
        self._add(stmt, -1)
        yield
        self.footprints.forget(stmt)
        self._add(stmt, 1)
        self._liveness = None

    def _add(self, stmt: Stmt, sign: int) -> None:
        """Count what the statement, and those in it, read and bind, or count it no more."""
        for name, times in self.footprints.statement(stmt).reads.items():
            self.loads[name] += sign * times
        for inner in statements([stmt]):
            for name in self.footprints.bound(inner):
                self.definitions[name] += sign

    def drop(self, block: Block, position: int) -> None:
        """Remove a simple statement."""
        stmt = block.pop(position)
        for name, times in self.footprints.own(stmt).reads.items():
            self.loads[name] -= times
        self.definitions.subtract(self.footprints.bound(stmt))
        self._recount(stmt, {})

    def _recount(self, stmt: Stmt, changes: dict[str, tuple[int, int]]) -> None:
        for name, (read, bound) in changes.items():
            self.loads[name] += read
            self.definitions[name] += bound
        self.footprints.forget(stmt)
        self._liveness = None

    def deferred(self, stmt: Stmt, name: str) -> bool:
        """Whether the statement reads `name` inside a lambda, comprehension or nested function."""
        if not self.footprints.statement(stmt).reads[name]:
            return False
        return any(isinstance(node, (*DEFERRED, gast.FunctionDef)) and name in names_in(node) for node in walk(stmt))


def adjoint_names(fn: gast.FunctionDef, bound_by: Callable[[Stmt], set[str]] = defines) -> set[str]:
    """The names that adjoint statements bind, and no statement of the user."""
    found: set[str] = set()
    primal_names = set(parameters(fn))
    for stmt in statements(fn.body):
        bound = bound_by(stmt)
        if bound and origin_of(stmt) is not None:
            (found if is_adjoint(stmt) else primal_names).update(bound)
    return found - primal_names


def made_up(fn: gast.FunctionDef, facts: Facts) -> set[str]:
    """The variables of the function that the user has not written: temporaries and cotangents."""
    bound = {name for stmt in statements(fn.body) for name in defines(stmt)}
    return (facts.temporaries | adjoint_names(fn)) & bound - set(parameters(fn))


def is_adjoint(stmt: Stmt) -> bool:
    """Whether the statement belongs to the reverse sweep's adjoint of a user line."""
    origin = origin_of(stmt)
    return origin is not None and origin.adjoint


def same_user_statement(one: Stmt, two: Stmt) -> bool:
    """Whether both are pieces of one statement that the user wrote."""
    first, second = origin_of(one), origin_of(two)
    if first is None or second is None or first.adjoint or second.adjoint:
        return False
    return (first.file, first.line, first.column) == (second.file, second.line, second.column)


def same_line(one: Stmt, two: Stmt) -> bool:
    """Whether both belong to the adjoint of the same user line."""
    first, second = origin_of(one), origin_of(two)
    if first is None or second is None:
        return first is second
    return (first.file, first.line, first.adjoint) == (second.file, second.line, second.adjoint)


def single_target(stmt: Stmt) -> str | None:
    """The name that `name = value` binds."""
    if stmt.__class__ is gast.Assign and len(stmt.targets) == 1 and stmt.targets[0].__class__ is gast.Name:
        return str(stmt.targets[0].id)
    return None


def all_blocks(fn: gast.FunctionDef) -> list[Block]:
    """Every block of the function, outer ones first, but for what an exception may leave half done."""
    tried = {id(s) for stmt in statements(fn.body) if isinstance(stmt, gast.Try) for s in statements(stmt.body)}
    found = [fn.body]
    for stmt in statements(fn.body):
        if id(stmt) not in tried:
            found += [block for block in blocks(stmt) if not (isinstance(stmt, gast.Try) and block is stmt.body)]
    return found


def tried_blocks(fn: gast.FunctionDef) -> list[Block]:
    """The bodies of try statements, and the blocks in them."""
    found: list[Block] = []
    for stmt in statements(fn.body):
        if isinstance(stmt, gast.Try):
            found += [stmt.body, *(block for inner in statements(stmt.body) for block in blocks(inner))]
    return list({id(block): block for block in found}.values())


def fill_bodies(fn: gast.FunctionDef) -> None:
    """Give each structured statement whose body was emptied a body that Python accepts, in place."""
    for stmt in statements(fn.body):
        if isinstance(stmt, gast.If) and not stmt.body and stmt.orelse:
            stmt.test, stmt.body, stmt.orelse = negation(stmt.test), stmt.orelse, []
        elif isinstance(stmt, (gast.If, gast.For, gast.While, gast.With, gast.Try)) and not stmt.body:
            stmt.body.append(gast.Pass())
        for handler in getattr(stmt, "handlers", ()):
            handler.body = handler.body or [gast.Pass()]


def negation(test: Expr) -> Expr:
    """`not test`, without a double `not`."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    return gast.UnaryOp(op=gast.Not(), operand=test)


def replace_reads(node: Any, name: str, value: Expr) -> int:
    """Replace, in place, each read of `name` below `node` (nested statements excepted); how many were replaced."""
    count = 0
    for key in node._fields:
        child = getattr(node, key, None)
        if isinstance(child, list):
            for index, item in enumerate(child):
                if _reads_as(item, name):
                    child[index] = copy(value)
                    count += 1
                elif isinstance(item, gast.AST) and not isinstance(item, gast.stmt):
                    count += replace_reads(item, name, value)
        elif _reads_as(child, name):
            setattr(node, key, copy(value))
            count += 1
        elif isinstance(child, gast.AST) and not isinstance(child, gast.stmt):
            count += replace_reads(child, name, value)
    return count


def _reads_as(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name and isinstance(node.ctx, gast.Load)


def _plainly_assigns(stmt: Stmt, name: str) -> bool:
    return single_target(stmt) == name


def _own_parts(stmt: Stmt) -> list[Any]:
    inner = {id(s) for block in blocks(stmt) for s in block}
    parts: list[Any] = []
    for key in stmt._fields:
        value = getattr(stmt, key, None)
        parts += [v for v in (value if isinstance(value, list) else [value]) if id(v) not in inner]
    return parts
