"""match -> tests, loads and branches: pattern matching in terms of isinstance, len, == and item access."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from sct_ad.normal.denoted import DICT, HASATTR, IS_MAPPING, IS_SEQUENCE, ISINSTANCE, LEN, LIST, MATCHED_PART, Denoted
from sct_ad.normal.emission import at
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt


def without_match(stmts: Block, names: Names, temporaries: set[str]) -> Block:
    """Statements whose matches have become branches; nested functions stay as they are.

    A subject is evaluated once, and so is each part of it that a pattern looks into; names are bound when their whole
    pattern has matched, before its guard is evaluated.

    >>> from sct_ad.normal.demonstrate import show_match
    >>> show_match("match x:\\n    case [a, _] if a:\\n        y = a\\n    case _:\\n        y = x")
    matched = is_sequence(x) and len(x) == 2
    if matched:
        a = x[0]
        matched = a
    if matched:
        y = a
    else:
        y = x
    """
    out: Block = []
    for stmt in stmts:
        if isinstance(stmt, (gast.FunctionDef, gast.ClassDef)):
            out.append(stmt)
            continue
        for field_ in ("body", "orelse", "finalbody"):
            inner = getattr(stmt, field_, None)
            if isinstance(inner, list):
                setattr(stmt, field_, without_match(inner, names, temporaries))
        for part in [*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())]:
            part.body = without_match(part.body, names, temporaries)
        out += _Match(stmt, names, temporaries).branches() if isinstance(stmt, gast.Match) else [stmt]
    return out


@dataclass
class _Steps:
    """What a pattern does, in order: tests, and between them parts of the subject put into variables."""

    actions: list[Expr | Stmt] = field(default_factory=list)
    """An expression is a test; a statement runs if all tests before it have succeeded."""
    captures: list[tuple[str, Expr, Any]] = field(default_factory=list)
    """Name, value and pattern node of what is bound once everything has matched."""


class _Match:
    """One match statement."""

    def __init__(self, stmt: gast.Match, names: Names, temporaries: set[str]) -> None:
        self.stmt, self.names, self.temporaries = stmt, names, temporaries

    def branches(self) -> Block:
        """The statements that do what the match does."""
        stmt, head = self.stmt, []
        subject: Expr = stmt.subject
        guards = [case.guard for case in stmt.cases if case.guard is not None]
        captured = {n for case in stmt.cases for n in captured_names(case.pattern)}
        stays = isinstance(subject, gast.Name) and subject.id not in captured
        if not stays or any(isinstance(n, (gast.Call, gast.NamedExpr)) for g in guards for n in nodes.walk(g)):
            name = self._fresh("subject")
            head.append(at(nodes.assign(name, subject), subject))
            subject = nodes.name(name)
        return [*head, *self._cases(stmt.cases, subject)]

    def _fresh(self, base: str) -> str:
        name = self.names.fresh(base)
        self.temporaries.add(name)
        return name

    def _cases(self, cases: list[Any], subject: Expr) -> Block:
        if not cases:
            return []
        case = cases[0]
        steps = _Steps()
        self._pattern(case.pattern, subject, steps)
        bind = [at(nodes.assign(name, nodes.copy(value)), node) for name, value, node in steps.captures]
        if not steps.actions and case.guard is None:
            return [*bind, *case.body]
        if not steps.actions:
            return [*bind, self._if(case, case.guard, case.body, self._cases(cases[1:], subject))]
        if case.guard is None and not any(isinstance(a, gast.stmt) for a in steps.actions):
            return [self._if(case, _all(steps.actions), [*bind, *case.body], self._cases(cases[1:], subject))]
        flag = self._fresh("matched")
        last: Block = bind
        if case.guard is not None:
            last = [*bind, at(nodes.assign(flag, case.guard), case.guard)]
        chain = self._chain(steps.actions, flag, last, case.pattern)
        return [*chain, self._if(case, nodes.name(flag), case.body, self._cases(cases[1:], subject))]

    def _chain(self, actions: list[Any], flag: str, last: Block, node: Any) -> Block:
        """`flag` is whether all tests succeed; then `last` runs."""
        tests = 0
        while tests < len(actions) and isinstance(actions[tests], gast.expr):
            tests += 1
        lets = tests
        while lets < len(actions) and isinstance(actions[lets], gast.stmt):
            lets += 1
        inner: Block = list(actions[tests:lets])
        inner += self._chain(actions[lets:], flag, last, node) if lets < len(actions) else last
        if not tests:
            return inner
        out = [at(nodes.assign(flag, _all(actions[:tests])), node)]
        return [*out, at(gast.If(test=nodes.name(flag), body=inner, orelse=[]), node)] if inner else out

    def _if(self, case: Any, test: Expr, body: Block, orelse: Block) -> Stmt:
        return at(gast.If(test=test, body=body, orelse=orelse), case.pattern)

    # Patterns

    def _pattern(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        getattr(self, "_" + type(pattern).__name__)(pattern, subject, steps)

    def _part(self, pattern: Any, value: Expr, steps: _Steps) -> None:
        """Match a part of the subject: under a name of its own if the pattern mentions it several times."""
        value = at(value, pattern)
        if isinstance(pattern, gast.MatchAs) and pattern.pattern is None:
            if pattern.name is not None:
                steps.captures.append((pattern.name, value, pattern))
            return
        if not isinstance(pattern, (gast.MatchValue, gast.MatchSingleton)):
            name = self._fresh("part")
            steps.actions.append(at(nodes.assign(name, value), pattern))
            value = nodes.name(name)
        self._pattern(pattern, value, steps)

    def _test(self, test: Expr, pattern: Any, steps: _Steps) -> None:
        steps.actions.append(at(test, pattern))

    def _MatchValue(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        self._test(_compare(subject, gast.Eq(), pattern.value), pattern, steps)

    def _MatchSingleton(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        self._test(_compare(subject, gast.Is(), nodes.constant(pattern.value)), pattern, steps)

    def _MatchAs(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        if pattern.pattern is not None:
            self._pattern(pattern.pattern, subject, steps)
        if pattern.name is not None:
            steps.captures.append((pattern.name, subject, pattern))

    def _MatchOr(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        found = []
        for alternative in pattern.patterns:
            own = _Steps()
            self._pattern(alternative, subject, own)
            found.append(own)
        names = [name for name, _, _ in found[0].captures]
        if not names and all(isinstance(a, gast.expr) for own in found for a in own.actions):
            tests = [_all(own.actions) if own.actions else nodes.constant(True) for own in found]
            self._test(gast.BoolOp(op=gast.Or(), values=tests), pattern, steps)
            return
        kept = {name: self._fresh(name) for name in names}
        flag = self._fresh("matched")
        later: Block = []
        for own in reversed(found):
            bind = [at(nodes.assign(kept[name], nodes.copy(value)), node) for name, value, node in own.captures]
            chain = self._chain(own.actions, flag, bind, pattern)
            if not own.actions:
                chain = [*bind, at(nodes.assign(flag, nodes.constant(True)), pattern)]
            again = gast.If(test=nodes.name(flag), body=[gast.Pass()], orelse=later)
            later = [*chain, at(again, pattern)] if later else chain
        steps.actions += later
        self._test(nodes.name(flag), pattern, steps)
        steps.captures += [(name, nodes.name(kept[name]), pattern) for name in names]

    def _MatchSequence(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        self._test(_call(IS_SEQUENCE, subject), pattern, steps)
        parts = pattern.patterns
        star = next((k for k, p in enumerate(parts) if isinstance(p, gast.MatchStar)), None)
        count = len(parts) if star is None else len(parts) - 1
        if star is None or count:
            op = gast.Eq() if star is None else gast.GtE()
            self._test(_compare(_call(LEN, subject), op, nodes.constant(count)), pattern, steps)
        for k, part in enumerate(parts):
            if star is None or k < star:
                self._part(part, nodes.subscript(nodes.copy(subject), nodes.constant(k)), steps)
            elif k > star:
                self._part(part, nodes.subscript(nodes.copy(subject), nodes.constant(k - len(parts))), steps)
            elif part.name is not None:
                behind = k - len(parts) + 1
                upper = None if behind == 0 else nodes.constant(behind)
                between = gast.Slice(lower=nodes.constant(k) if k else None, upper=upper, step=None)
                items = _call(LIST, nodes.subscript(nodes.copy(subject), between))
                steps.captures.append((part.name, at(items, part), part))

    def _MatchMapping(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        self._test(_call(IS_MAPPING, subject), pattern, steps)
        for key in pattern.keys:
            self._test(_compare(nodes.copy(key), gast.In(), subject), pattern, steps)
        for key, part in zip(pattern.keys, pattern.patterns, strict=True):
            self._part(part, nodes.subscript(nodes.copy(subject), nodes.copy(key)), steps)
        if pattern.rest is not None:
            rest = self._fresh("rest")
            steps.actions.append(at(nodes.assign(rest, _call(DICT, subject)), pattern))
            for key in pattern.keys:
                place = gast.Subscript(value=nodes.name(rest), slice=nodes.copy(key), ctx=gast.Del())
                steps.actions.append(at(gast.Delete(targets=[at(place, pattern)]), pattern))
            steps.captures.append((pattern.rest, nodes.name(rest), pattern))

    def _MatchClass(self, pattern: Any, subject: Expr, steps: _Steps) -> None:
        self._test(_call(ISINSTANCE, subject, nodes.copy(pattern.cls)), pattern, steps)
        for k, part in enumerate(pattern.patterns):
            self._part(part, _call(MATCHED_PART, subject, nodes.copy(pattern.cls), nodes.constant(k)), steps)
        for attr in pattern.kwd_attrs:
            self._test(_call(HASATTR, subject, nodes.constant(attr)), pattern, steps)
        for attr, part in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            self._part(part, nodes.attribute(nodes.copy(subject), attr), steps)


def captured_names(pattern: Any) -> list[str]:
    """The names that a pattern binds."""
    found: list[str] = []
    for node in nodes.walk(pattern):
        if isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name is not None:
            found.append(node.name)
        elif isinstance(node, gast.MatchMapping) and node.rest is not None:
            found.append(node.rest)
    return found


def _call(function: Denoted, *args: Expr) -> Expr:
    return nodes.call(gast.Constant(value=function, kind=None), *(nodes.copy(a) for a in args))


def _compare(left: Expr, op: Any, right: Expr) -> Expr:
    return gast.Compare(left=nodes.copy(left), ops=[op], comparators=[nodes.copy(right)])


def _all(tests: list[Any]) -> Expr:
    return tests[0] if len(tests) == 1 else at(gast.BoolOp(op=gast.And(), values=list(tests)), tests[0])
