"""The second step: statements over the same elements share one loop nest, and what only they read is no array."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import gast

from sct_ad.lower.context import Context, Sizes
from sct_ad.lower.elements import Leaf, Moved, Number
from sct_ad.lower.members import Member, fits, member_of, passes
from sct_ad.lower.nests import written
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Stmt


@dataclass(eq=False)
class Group:
    """Statements that become one loop nest."""

    members: list[Member]

    @property
    def stmts(self) -> list[Stmt]:
        """The statements, in order."""
        return [member.stmt for member in self.members]


class Nests:
    """Groups become loop nests over elements."""

    def takes(self, member: Member) -> bool:
        """Whether a statement may be in a group."""
        return True

    def fits(self, member: Member, others: list[Member], sizes: Sizes) -> bool:
        """Whether a statement may join others, after them."""
        return fits(member, others, sizes)

    def write(self, context: Context, members: list[Member], kept: set[str]) -> Block:
        """The statements of a group; `kept` are the arrays made by it that are needed afterwards."""
        if len(members) == 1 and _is_copy(members[0]):
            return [members[0].stmt]
        return written(context, members, kept)


def fuse(fn: gast.FunctionDef, context: Context, loops: Nests | None = None) -> gast.FunctionDef:
    """Turn elementwise statements, stores and reductions into loops, as few as may be."""
    fuser = _Fuser(context, loops or Nests())
    fuser.block(fn.body, Sizes())
    fuser.count(fn)
    for block, items in fuser.found:
        block[:] = [stmt for item in items for stmt in fuser.written(item)]
    return fn


class _Fuser:
    def __init__(self, context: Context, loops: Nests) -> None:
        self.context, self.loops = context, loops
        self.found: list[tuple[Block, list[Stmt | Group]]] = []
        self.reads: Counter[str] = Counter()
        self.binds: Counter[str] = Counter()

    def block(self, block: Block, sizes: Sizes) -> None:
        """Find the groups of a block and of those in it."""
        items: list[Stmt | Group] = []
        for stmt in block:
            if not isinstance(stmt, (gast.Try, gast.With)):
                for inner in nodes.blocks(stmt):
                    self.block(inner, Sizes(sizes))
            member = member_of(stmt, self.context, sizes)
            if member is not None and self.loops.takes(member):
                self._join(items, member, sizes)
            else:
                items.insert(self._place(items, stmt), stmt)
        self.found.append((block, self._merged(items, sizes)))

    def _join(self, items: list[Stmt | Group], member: Member, sizes: Sizes) -> None:
        for item in reversed(items):
            if isinstance(item, Group) and self.loops.fits(member, item.members, sizes):
                item.members.append(member)
                return
            if not passes(member.stmt, item.stmts if isinstance(item, Group) else [item], self.context):
                break
        items.append(Group([member]))

    def _merged(self, items: list[Stmt | Group], sizes: Sizes) -> list[Stmt | Group]:
        """Groups put into earlier ones, now that more sizes are known to be equal."""
        result: list[Stmt | Group] = []
        for item in items:
            if not isinstance(item, Group) or not self._joins_earlier(result, item, sizes):
                result.append(item)
        return result

    def _joins_earlier(self, items: list[Stmt | Group], group: Group, sizes: Sizes) -> bool:
        for item in reversed(items):
            if isinstance(item, Group):
                together = list(item.members)
                for member in group.members:
                    if not self.loops.fits(member, together, sizes):
                        break
                    together.append(member)
                else:
                    item.members = together
                    return True
            between = item.stmts if isinstance(item, Group) else [item]
            if not all(passes(stmt, between, self.context) for stmt in group.stmts):
                return False
        return False

    def _place(self, items: list[Stmt | Group], stmt: Stmt) -> int:
        """Where a statement goes: in front of loops that others may still join, if it may."""
        place = len(items)
        if nodes.blocks(stmt):
            return place
        while place:
            item = items[place - 1]
            if not isinstance(item, Group) or not passes(stmt, item.stmts, self.context):
                break
            place -= 1
        return place

    def count(self, fn: gast.FunctionDef) -> None:
        """How many statements read and bind each name."""
        self.binds.update(self.context.parameters)
        for stmt in nodes.statements(fn.body):
            self.reads.update(nodes.reads(stmt))
            self.binds.update(nodes.defines(stmt))

    def written(self, item: Stmt | Group) -> Block:
        """The statements of a group, or the one that is none."""
        if not isinstance(item, Group):
            return [item]
        return self.loops.write(self.context, item.members, self._kept(item))

    def _kept(self, group: Group) -> set[str]:
        """The arrays made by a group that are needed after it, or by its next run."""
        reads: Counter[str] = Counter()
        binds: Counter[str] = Counter()
        bound: set[str] = set()
        kept: set[str] = set()
        for member in group.members:
            read = nodes.reads(member.stmt)
            reads.update(read)
            binds.update(nodes.defines(member.stmt))
            if member.name is not None and member.name in read:
                kept.add(member.name)
            bound |= nodes.defines(member.stmt)
        return kept | {n for n in bound if reads[n] != self.reads[n] or binds[n] != self.binds[n]}


def _is_copy(member: Member) -> bool:
    """Whether the statement only copies or fills memory, which calls do best."""
    if member.reduction is not None or member.target is not None:
        return False
    element = member.element
    return isinstance(element, Leaf) or (isinstance(element, Moved) and isinstance(element.inner, Number))
