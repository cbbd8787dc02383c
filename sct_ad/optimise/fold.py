"""Put temporaries back into the expressions that they were taken from."""

from __future__ import annotations

import gast

from sct_ad.analysis.facts import Facts
from sct_ad.optimise.cost import crowds, fits, is_cheap, is_free_beside_arrays, is_length
from sct_ad.optimise.footprint import Footprint, commute
from sct_ad.optimise.workspace import (
    Region,
    Workspace,
    all_blocks,
    is_adjoint,
    replace_reads,
    same_user_statement,
    single_target,
    tried_blocks,
)
from sct_ad.syntax.nodes import Block, Expr, Stmt, blocks, expressions, names_in, same, walk
from sct_ad.syntax.values import Array

MAX_ROUNDS = 4


def fold(fn: gast.FunctionDef, facts: Facts) -> gast.FunctionDef:
    """Substitute temporaries that are read once, or are trivial to compute, where nothing in between interferes.

    >>> from sct_ad.optimise.demonstrate import show
    >>> show(fold, "def f(x):\\n    t = x * x\\n    t1 = t + 1.0\\n    y = np.sin(t1)\\n    return y", {"t", "t1"})
    def f(x):
        y = np.sin(x * x + 1.0)
        return y
    """
    space = Workspace.of(fn, facts)
    for _ in range(MAX_ROUNDS):
        folder = _Folder(space)
        for block in all_blocks(space.fn):
            folder.fold_block(block)
        for block in tried_blocks(space.fn):
            folder.fold_neighbours(block)
        for block in all_blocks(space.fn):
            _restore_while_tests(space, block)
        if not folder.changed:
            break
        space.refresh()
    return space.leave()


class _Folder:
    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.changed = False
        self.indents = _indents(space.fn)

    def fold_block(self, block: Block) -> None:
        """Fold the definitions of one block, in order."""
        position = 0
        while position < len(block):
            if self._fold_definition(block, position):
                self.changed = True
            else:
                position += 1

    def fold_neighbours(self, block: Block) -> None:
        """In a try, where nothing may move past what may raise: fold definitions into the statement that follows."""
        position = len(block) - 2
        while position >= 0:
            name = single_target(block[position])
            if name is not None and self._is_foldable(name) and name not in names_in(block[position].value):
                region = self.space.region(block, position, name)
                if region is not None and region.uses == 1 and region.last == position + 1:
                    self.changed |= self._fold_once(block, position, name, region.last)
            position -= 1

    def _fold_definition(self, block: Block, position: int) -> bool:
        stmt = block[position]
        name = single_target(stmt)
        if name is None or not self._is_foldable(name) or name in self.space.footprints.statement(stmt).reads:
            return False
        cheap, light = is_cheap(stmt.value, self.space.facts), self._is_light(stmt)
        if self.space.definitions[name] == 1 and self.space.loads[name] != 1 and not cheap and not light:
            return False
        region = self.space.region(block, position, name, counted=True)
        if region is None or not region.users:
            return False
        if cheap and self._fold_everywhere(block, position, name, region):
            return True
        if region.uses == 1:
            return self._fold_once(block, position, name, region.last)
        return (
            light
            and self._is_worth_repeating(block, stmt, region)
            and self._fold_everywhere(block, position, name, region)
        )

    def _is_foldable(self, name: str) -> bool:
        return name in self.space.facts.temporaries

    def _is_light(self, stmt: Stmt) -> bool:
        """Whether it is how long a list is, or a scalar product, which costs nothing beside statements on arrays."""
        facts = self.space.facts
        return is_length(stmt.value, facts) or (is_adjoint(stmt) and is_free_beside_arrays(stmt.value, facts))

    def _is_worth_repeating(self, block: Block, stmt: Stmt, region: Region) -> bool:
        """Whether something light is used a few times, and a product in statements on arrays alone."""
        if region.uses > 3:
            return False
        if is_length(stmt.value, self.space.facts):
            return True
        return all(self._computes_array(block[index]) for index in region.users)

    def _computes_array(self, stmt: Stmt) -> bool:
        if not isinstance(stmt, (gast.Assign, gast.AugAssign)):
            return False
        return isinstance(self.space.facts.type_of(stmt.value), Array)

    def _fold_everywhere(self, block: Block, position: int, name: str, region: Region) -> bool:
        """Substitute at every use; the value must be the same there, and computing it again must cost nothing."""
        stmt = block[position]
        value = stmt.value
        if any(self.space.deferred(block[index], name) for index in region.users):
            return False
        if not self.space.unchanged(value, block, position, region.last):
            return False
        if is_cheap(value, self.space.facts):
            pass  # reads no content, so that only its names matter
        elif not self._undisturbed(value, block, position, region.last, name):
            return False
        if names_in(value) and any(not self._fits(stmt, block[index], name) for index in region.users):
            return False
        for index in region.users:
            self.space.replace(block[index], name, value)
        for read, times in self.space.footprints.expression(value).reads.items():
            self.space.loads[read] += times * (region.uses - 1)
        self._remove(block, position, name)
        return True

    def _undisturbed(self, value: Expr, block: Block, position: int, last: int, name: str) -> bool:
        """Whether the statements between leave the value as it is, and those around a use that is deeper down."""
        footprints = self.space.footprints
        wanted = footprints.expression(value)
        inside = footprints.statement(block[last]).reads[name] > footprints.own(block[last]).reads[name]
        between = [footprints.statement(stmt) for stmt in block[position + 1 : last + 1 if inside else last]]
        return wanted.effect_free and all(commute(wanted, other) for other in between)

    def _fold_once(self, block: Block, position: int, name: str, last: int) -> bool:
        """Move the definition down into its only use, or the use up to the definition."""
        stmt, user = block[position], block[last]
        space = self.space
        place = space.footprints.before(user, name) if name in space.footprints.own(user).reads else None
        wanted = space.footprints.expression(stmt.value)
        if place is None or wanted.barrier or not commute(wanted, place):
            return False
        if not wanted.effect_free and _is_conditional(user, name):
            return False
        if not self._fits(stmt, user, name):
            return False
        if not self._passes(wanted, block, position + 1, last):
            moved = space.footprints.statement(user)
            if blocks(user) or not self._passes(moved, block, position + 1, last):
                return False
            block.insert(position + 1, block.pop(last))
            last = position + 1
        replace_reads(user, name, stmt.value)
        space.footprints.forget(user)
        self._remove(block, position, name)
        return True

    def _passes(self, moved: Footprint, block: Block, start: int, stop: int) -> bool:
        return all(commute(moved, self.space.footprints.statement(block[index])) for index in range(start, stop))

    def _fits(self, stmt: Stmt, user: Stmt, name: str) -> bool:
        """Whether the folded line is one that a person would write."""
        value = stmt.value
        if isinstance(user, (gast.For, gast.While, gast.If)) and name not in self.space.footprints.own(user).reads:
            return True  # a trivial value, deeper down
        restores = same_user_statement(stmt, user)
        if not fits(user, value, self.indents.get(id(user), 4), restores):
            return False
        if restores:
            return True
        if isinstance(user, gast.Return) and is_adjoint(stmt):
            return isinstance(value, (gast.Name, gast.Constant))  # a gradient keeps the line that computes it
        return not (is_adjoint(user) and crowds(user, name, value))

    def _remove(self, block: Block, position: int, name: str) -> None:
        self.space.loads[name] = 0 if self.space.definitions[name] == 1 else self.space.loads[name]
        self.space.definitions[name] -= 1
        del block[position]


def _restore_while_tests(space: Workspace, block: Block) -> None:
    """`c = e; while c: ...; c = e` -> `while e: ...`."""
    position = 0
    while position < len(block):
        loop = block[position]
        if isinstance(loop, gast.While) and isinstance(loop.test, gast.Name) and _restore_test(space, block, position):
            position -= 1
        position += 1


def _restore_test(space: Workspace, block: Block, position: int) -> bool:
    loop = block[position]
    flag = loop.test.id
    ends_with_break = loop.body and isinstance(loop.body[-1], gast.If) and isinstance(loop.body[-1].body[0], gast.Break)
    tail = len(loop.body) - (2 if ends_with_break else 1)
    if tail < 0 or position == 0 or flag not in space.facts.temporaries:
        return False
    first, again = block[position - 1], loop.body[tail]
    if single_target(first) != flag or single_target(again) != flag or not same(first.value, again.value):
        return False
    if space.definitions[flag] != 2 or space.loads[flag] != 1:
        return False
    if not space.footprints.expression(first.value).effect_free:
        return False
    loop.test = first.value
    del loop.body[tail], block[position - 1]
    if not loop.body:
        loop.body.append(gast.Pass())
    space.refresh()
    return True


def _is_conditional(stmt: Stmt, name: str) -> bool:
    """Whether the use may be skipped when the statement runs."""
    branching = (gast.IfExp, gast.BoolOp, gast.Compare)
    return any(isinstance(node, branching) and name in names_in(node) for node in walk(expressions(stmt)))


def _indents(fn: gast.FunctionDef) -> dict[int, int]:
    """How far each statement is indented."""
    result: dict[int, int] = {}

    def visit(block: Block, indent: int) -> None:
        for stmt in block:
            result[id(stmt)] = indent
            for inner in blocks(stmt):
                visit(inner, indent + 4)

    visit(fn.body, 4)
    return result
