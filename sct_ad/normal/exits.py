"""Exits: break, continue, early return and loop-else become flags, branches and one result variable.

Works on the user's tree, before expressions are flattened. Afterwards a loop is left early only by `if flag: break` as
the last statement of its body, and a function returns only in its last statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import gast

from sct_ad.normal.emission import at
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt


class Falls(Enum):
    """Whether control reaches the end of a block."""

    ALWAYS = 1
    MAYBE = 2
    NEVER = 3


@dataclass
class _Loop:
    """The loop that is being rewritten."""

    stop: str
    skip: str
    stops: bool = False
    guards_skip: bool = False


@dataclass
class Exits:
    """Rewrites one function body; `temporaries` and `unset` collect what it made up."""

    names: Names
    temporaries: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    """The variable for the result, under "result", where an early exit needs one."""
    unset: set[str] = field(default_factory=set)
    """Variables that are None only until an early exit has given them their value."""

    def body(self, stmts: Block) -> Block:
        """A function body that returns once, at its end.

        >>> from sct_ad.normal.demonstrate import show_exits
        >>> show_exits("if c:\\n    return a\\nreturn b")
        if c:
            result = a
        else:
            result = b
        return result
        """
        last = stmts[-1]
        jumps = any(hasattr(node, "thrown") for node in nodes.walk(stmts))
        if not jumps and not _has_exit(stmts, returns=True):
            new, _ = self._sequence(stmts, None)
            return [*new, gast.Return(value=nodes.constant(None))]
        if not jumps and isinstance(last, gast.Return) and not _has_exit(stmts[:-1], returns=True):
            new, _ = self._sequence(stmts[:-1], None)
            return [*new, _return(last)]
        self.result, self.done = self._fresh("result"), self._fresh("done")
        self.made["result"] = self.result
        self.guards_done = False
        new, falls = self._sequence(stmts, None)
        head: Block = []
        if falls is not Falls.NEVER:
            head.append(at(nodes.assign(self.result, nodes.constant(None)), stmts[0]))
        elif self.guards_done:
            head.append(at(nodes.assign(self.result, nodes.constant(None)), stmts[0]))
            self.unset.add(self.result)
        if self.guards_done:
            head.append(at(nodes.assign(self.done, nodes.constant(False)), stmts[0]))
        else:
            new = _without_flag(new, self.done)
        return [*head, *new, at(gast.Return(value=nodes.name(self.result)), stmts[-1])]

    def _fresh(self, base: str) -> str:
        name = self.names.fresh(base)
        self.temporaries.add(name)
        return name

    def _sequence(self, stmts: Block, loop: _Loop | None) -> tuple[Block, Falls]:
        out: Block = []
        for position, stmt in enumerate(stmts):
            rest = stmts[position + 1 :]
            if isinstance(stmt, gast.Return):
                return out + self._return(stmt, loop), Falls.NEVER
            if isinstance(stmt, gast.Break):
                assert loop is not None
                loop.stops = True
                return [*out, at(nodes.assign(loop.stop, nodes.constant(True)), stmt)], Falls.NEVER
            if isinstance(stmt, gast.Continue):
                assert loop is not None
                return [*out, at(nodes.assign(loop.skip, nodes.constant(True)), stmt)], Falls.NEVER
            if isinstance(stmt, gast.Raise):
                return [*out, stmt], Falls.NEVER
            if isinstance(stmt, gast.If):
                if not _has_exit([stmt], returns=True, own_loop=True):
                    out.append(self._plain_if(stmt, loop))
                    continue
                return self._branch(stmt, rest, loop, out)
            if isinstance(stmt, (gast.Try, gast.With)):
                made, falls = self._guard(stmt, rest, loop)
                out += made
                if falls is None:
                    continue
                return out, falls
            if isinstance(stmt, (gast.For, gast.While)):
                made, stop = self._loop(stmt)
                out += made
                rest = self._else_of_loop(stmt, stop) + rest
                if _has_exit(stmt.body, returns=True):
                    return self._after_returning_loop(stmt, rest, loop, out)
                later, falls = self._sequence(rest, loop)
                return out + later, falls
            out.append(stmt)
        return out, Falls.ALWAYS

    def _plain_if(self, stmt: gast.If, loop: _Loop | None) -> Stmt:
        body, _ = self._sequence(stmt.body, loop)
        orelse, _ = self._sequence(stmt.orelse, loop)
        return _if(stmt, stmt.test, body, orelse)

    def _guard(self, stmt: gast.Try | gast.With, rest: Block, loop: _Loop | None) -> tuple[Block, Falls | None]:
        """A try or with, and what follows it if it may be left early; None if what follows is still to be done."""
        made = self._try(stmt, loop) if isinstance(stmt, gast.Try) else self._with(stmt, loop)
        if not _has_exit([stmt], returns=True, own_loop=True):
            return made, None
        if isinstance(stmt, gast.Try) and _handlers_leave(stmt) and not stmt.finalbody:
            # What follows runs only after the body: it need not be looked at for exceptions.
            later, falls = self._sequence(stmt.orelse + rest, loop)
            made[-1].orelse = self._thrown(stmt, self._after(_plain(stmt), stmt, later, loop), loop)
        elif not rest:
            sure = _never_ends([stmt]) or (isinstance(stmt, gast.With) and _never_ends(stmt.body))
            return made, Falls.NEVER if sure else Falls.MAYBE
        else:
            later, falls = self._sequence(rest, loop)
            made += self._guarded(stmt, [stmt], later, loop)
        ends = falls is Falls.NEVER or (isinstance(stmt, gast.Try) and _never_ends([stmt]))
        return made, Falls.NEVER if ends else Falls.MAYBE

    def _after(self, before: Block, stmt: Stmt, later: Block, loop: _Loop | None) -> Block:
        """`later`, run if `before` has not exited."""
        if _has_exit(before, returns=True, own_loop=True):
            return self._guarded(stmt, before, later, loop)
        return later

    def _with(self, stmt: gast.With, loop: _Loop | None) -> Block:
        body, _ = self._sequence(stmt.body, loop)
        return [at(gast.With(items=stmt.items, body=body or [gast.Pass()], type_comment=None), stmt)]

    def _try(self, stmt: gast.Try, loop: _Loop | None) -> Block:
        """`finally` becomes a handler that raises again, and statements that follow."""
        if stmt.finalbody:
            protected: Block = stmt.body
            if stmt.handlers:
                inner = nodes.copy(stmt)
                inner.finalbody = []
                protected = [inner]
            failing, _ = self._sequence(nodes.copy(stmt.finalbody), None)
            final, _ = self._sequence(stmt.finalbody, None)
            failing.append(at(gast.Raise(exc=None, cause=None), stmt))
            again = gast.ExceptHandler(type=None, name=None, body=failing)
            body, _ = self._sequence(protected, loop)
            new = gast.Try(body=body or [gast.Pass()], handlers=[at(again, stmt)], orelse=[], finalbody=[])
            return [at(new, stmt), *final]
        body, _ = self._sequence(stmt.body, loop)
        handlers = []
        for handler in stmt.handlers:
            caught, _ = self._sequence(nodes.copy(handler.body), loop)
            made = gast.ExceptHandler(type=handler.type, name=handler.name, body=caught or [gast.Pass()])
            handlers.append(at(made, handler))
        orelse: Block = []
        if not _handlers_leave(stmt) or not _has_exit([stmt], returns=True, own_loop=True):  # else done with the rest
            orelse, _ = self._sequence(stmt.orelse, loop)
            orelse = self._thrown(stmt, self._after(_plain(stmt), stmt, orelse, loop), loop)
        new = gast.Try(body=body or [gast.Pass()], handlers=handlers, orelse=orelse, finalbody=[])
        flag = getattr(stmt, "thrown", None)
        head = [] if flag is None else [at(nodes.assign(flag, nodes.constant(False)), stmt)]
        return [*head, at(new, stmt)]

    def _thrown(self, stmt: gast.Try, otherwise: Block, loop: _Loop | None) -> Block:
        """What follows a body that has not ended with an exception: its handler, if it has jumped there."""
        flag = getattr(stmt, "thrown", None)
        if flag is None:
            return otherwise
        back: Block = [at(nodes.assign(self.done, nodes.constant(False)), stmt)]
        if loop is not None:
            back.append(at(nodes.assign(loop.stop, nodes.constant(False)), stmt))
        handled, _ = self._sequence(nodes.copy(stmt.handlers[0].body), loop)
        return [_if(stmt, nodes.name(flag), [*back, *handled], otherwise)]

    def _return(self, stmt: gast.Return, loop: _Loop | None) -> Block:
        flag = getattr(stmt, "thrown", None)
        if flag is None:
            value = stmt.value if stmt.value is not None else nodes.constant(None)
            out: Block = [at(nodes.assign(self.result, value), stmt)]
        else:
            out = [*stmt.bind, at(nodes.assign(flag, nodes.constant(True)), stmt)]
        out.append(at(nodes.assign(self.done, nodes.constant(True)), stmt))
        if loop is not None:
            loop.stops = True
            out.append(at(nodes.assign(loop.stop, nodes.constant(True)), stmt))
        return out

    def _branch(self, stmt: gast.If, rest: Block, loop: _Loop | None, out: Block) -> tuple[Block, Falls]:
        """What follows an `if` that may exit moves into the branch that does not, or behind a guard."""
        if _never_ends(stmt.body):
            body, _ = self._sequence(stmt.body, loop)
            orelse, falls = self._sequence(stmt.orelse + rest, loop)
            return [*out, _if(stmt, stmt.test, body, orelse)], Falls.NEVER if falls is Falls.NEVER else Falls.MAYBE
        if _never_ends(stmt.orelse):
            body, falls = self._sequence(stmt.body + rest, loop)
            orelse, _ = self._sequence(stmt.orelse, loop)
            return [*out, _if(stmt, stmt.test, body, orelse)], Falls.NEVER if falls is Falls.NEVER else Falls.MAYBE
        body, _ = self._sequence(stmt.body, loop)
        orelse, _ = self._sequence(stmt.orelse, loop)
        both = [*out, _if(stmt, stmt.test, body, orelse)]
        if not rest:
            return both, Falls.MAYBE
        later, falls = self._sequence(rest, loop)
        both += self._guarded(stmt, [stmt], later, loop)
        return both, Falls.NEVER if falls is Falls.NEVER else Falls.MAYBE

    def _guarded(self, stmt: Stmt, before: Block, later: Block, loop: _Loop | None) -> Block:
        """`later`, run only if `before` has not exited."""
        if not later:
            return []
        flags: list[str] = []
        if loop is None:
            self.guards_done = True
            flags.append(self.done)
        else:
            if _has_exit(before, returns=True, continues=False, own_loop=True):
                flags.append(loop.stop)
            if _has_exit(before, returns=False, breaks=False, own_loop=True):
                loop.guards_skip = True
                flags.append(loop.skip)
        test: Expr = nodes.name(flags[0])
        if len(flags) == 2:
            test = gast.BoolOp(op=gast.Or(), values=[nodes.name(f) for f in flags])
        return [at(gast.If(test=gast.UnaryOp(op=gast.Not(), operand=test), body=later, orelse=[]), stmt)]

    def _else_of_loop(self, stmt: gast.For | gast.While, stop: str | None) -> Block:
        if not stmt.orelse or stop is None:
            return list(stmt.orelse)
        test = gast.UnaryOp(op=gast.Not(), operand=nodes.name(stop))
        return [at(gast.If(test=test, body=stmt.orelse, orelse=[]), stmt)]

    def _after_returning_loop(self, stmt: Stmt, rest: Block, loop: _Loop | None, out: Block) -> tuple[Block, Falls]:
        """After a loop with a `return` inside: leave the outer loop too, or skip what follows."""
        if loop is None:
            if not rest:
                return out, Falls.MAYBE
            self.guards_done = True
            later, falls = self._sequence(rest, None)
            test = gast.UnaryOp(op=gast.Not(), operand=nodes.name(self.done))
            guarded = [at(gast.If(test=test, body=later, orelse=[]), stmt)] if later else []
            return out + guarded, Falls.NEVER if falls is Falls.NEVER else Falls.MAYBE
        self.guards_done = True
        leave = at(gast.If(test=nodes.name(self.done), body=[at(gast.Break(), stmt)], orelse=[]), stmt)
        later, falls = self._sequence([leave, *rest], loop)
        return out + later, falls

    def _loop(self, stmt: gast.For | gast.While) -> tuple[Block, str | None]:
        loop = _Loop(self._fresh("stop"), self._fresh("skip"))
        body, _ = self._sequence(stmt.body, loop)
        out: Block = []
        if loop.guards_skip:
            body.insert(0, at(nodes.assign(loop.skip, nodes.constant(False)), stmt))
        else:
            body = _without_flag(body, loop.skip)
        if loop.stops:
            out.append(at(nodes.assign(loop.stop, nodes.constant(False)), stmt))
            body.append(at(gast.If(test=nodes.name(loop.stop), body=[gast.Break()], orelse=[]), stmt))
        body = body or [gast.Pass()]
        if isinstance(stmt, gast.For):
            new: Stmt = gast.For(target=stmt.target, iter=stmt.iter, body=body, orelse=[], type_comment=None)
        else:
            new = gast.While(test=stmt.test, body=body, orelse=[])
        return [*out, at(new, stmt)], loop.stop if loop.stops else None


def _return(stmt: gast.Return) -> Stmt:
    return at(gast.Return(value=stmt.value if stmt.value is not None else nodes.constant(None)), stmt)


def _if(stmt: Stmt, test: Expr, body: Block, orelse: Block) -> Stmt:
    return at(gast.If(test=test, body=body or [gast.Pass()], orelse=orelse), stmt)


def _has_exit(
    stmts: Block, returns: bool = False, own_loop: bool = False, breaks: bool = True, continues: bool = True
) -> bool:
    """Whether a block holds a return, or (own_loop) a break or continue of the loop that it stands in."""
    for stmt in stmts:
        if isinstance(stmt, gast.Return) and returns:
            return True
        if own_loop and ((isinstance(stmt, gast.Break) and breaks) or (isinstance(stmt, gast.Continue) and continues)):
            return True
        if isinstance(stmt, gast.If):
            if _has_exit(stmt.body + stmt.orelse, returns, own_loop, breaks, continues):
                return True
        elif isinstance(stmt, (gast.For, gast.While)):
            if _has_exit(stmt.body, returns) or _has_exit(stmt.orelse, returns, own_loop, breaks, continues):
                return True
        elif isinstance(stmt, (gast.With, gast.Try)):
            inner = _plain(stmt) + [s for block in _other_blocks(stmt) for s in block]
            if _has_exit(inner, returns, own_loop, breaks, continues):
                return True
    return False


def _plain(stmt: Stmt) -> Block:
    """The body of a try or with as the user wrote it, without jumps to its handler."""
    return getattr(stmt, "plain", None) or stmt.body


def _other_blocks(stmt: Stmt) -> list[Block]:
    """The blocks of a try besides its body."""
    if not isinstance(stmt, gast.Try):
        return []
    return [*(handler.body for handler in stmt.handlers), stmt.orelse, stmt.finalbody]


def _handlers_leave(stmt: gast.Try) -> bool:
    """Whether control never falls out of a handler."""
    return all(_never_ends(handler.body) for handler in stmt.handlers)


def _never_ends(stmts: Block) -> bool:
    """Whether control surely leaves a block before its end."""
    for stmt in stmts:
        if isinstance(stmt, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
            return True
        if isinstance(stmt, gast.If) and _never_ends(stmt.body) and _never_ends(stmt.orelse):
            return True
        if (
            isinstance(stmt, gast.Try)
            and (_never_ends(stmt.body) or _never_ends(stmt.orelse))
            and _handlers_leave(stmt)
        ):
            return True
    return False


def _without_flag(stmts: Block, flag: str) -> Block:
    """The block without assignments to a flag that nobody reads."""
    out: Block = []
    for stmt in stmts:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and stmt.targets[0].id == flag:
            continue
        for field_ in ("body", "orelse"):
            inner = getattr(stmt, field_, None)
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With, gast.Try)) and inner:
                setattr(stmt, field_, _without_flag(inner, flag) or ([gast.Pass()] if field_ == "body" else []))
        for handler in getattr(stmt, "handlers", []):
            handler.body = _without_flag(handler.body, flag) or [gast.Pass()]
        out.append(stmt)
    return out
