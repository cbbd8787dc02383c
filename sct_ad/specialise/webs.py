"""Renaming apart: each variable of the result is one web of definitions that reach common uses."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import gast

from sct_ad.analysis.alias import base_of, holds_memory, sources_of
from sct_ad.analysis.typer import Typer
from sct_ad.specialise.entry import Specialised
from sct_ad.specialise.outdated import without_counts_of_written, without_earlier_sizes
from sct_ad.syntax import nodes
from sct_ad.syntax.names import Names
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Constant, Unknown, cover, join

Reaching = dict[str, frozenset[int]]


@dataclass
class _Definition:
    variable: str
    type: Abstract
    node: gast.Name | None
    position: int


def rename_apart(flat: Specialised) -> dict[str, Abstract]:
    """Rename in place: `x = a; y = x; x = b; z = x` -> `x = a; y = x; x1 = b; z = x1`; returns the types.

    A variable with several definitions that its own right-hand side reads gets a copy:
    `x = x * 2` in a loop -> `t = x * 2; x = t`.
    """
    webs = _Webs(flat)
    return webs.rename()


class _Webs:
    def __init__(self, flat: Specialised) -> None:
        self.flat = flat
        self.definitions: list[_Definition] = []
        self.parent: list[int] = []
        self.by_node: dict[int, int] = {}
        self.uses: dict[int, tuple[gast.Name, int]] = {}
        self._unshare(flat.function.body)
        reaching: Reaching = {}
        for variable, type_ in flat.parameter_types.items():
            reaching[variable] = frozenset([self._define(variable, type_, None)])
        self._block(flat.function.body, reaching)

    def _unshare(self, block: Block) -> None:
        """Every Name node becomes an object of its own, so that uses can be told apart."""
        for stmt in nodes.statements(block):
            for field in stmt._fields:
                value = getattr(stmt, field, None)
                if isinstance(stmt, gast.Try) and field == "handlers":
                    for handler in stmt.handlers:
                        handler.type, handler.name = nodes.copy(handler.type), nodes.copy(handler.name)
                elif field not in ("body", "orelse") and isinstance(value, (gast.AST, list)):
                    setattr(stmt, field, nodes.copy(value))

    def _define(self, variable: str, type_: Abstract, node: gast.Name | None) -> int:
        if node is not None and id(node) in self.by_node:
            return self.by_node[id(node)]
        number = len(self.definitions)
        self.definitions.append(_Definition(variable, type_, node, number))
        self.parent.append(number)
        if node is not None:
            self.by_node[id(node)] = number
        return number

    def _find(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def _use(self, expr: object, reaching: Reaching) -> None:
        for node in nodes.every(expr, gast.Name):
            if node.id in reaching:
                numbers = sorted(reaching[node.id])
                self.uses[id(node)] = (node, numbers[0])
                for other in numbers[1:]:
                    a, b = self._find(numbers[0]), self._find(other)
                    self.parent[max(a, b)] = min(a, b)

    def _block(self, block: Block, reaching: Reaching | None) -> Reaching | None:
        for stmt in block:
            if reaching is None:
                return None
            reaching = self._statement(stmt, reaching)
        return reaching

    def _statement(self, stmt: Stmt, reaching: Reaching) -> Reaching | None:
        if isinstance(stmt, gast.If):
            self._use(stmt.test, reaching)
            return _meet(self._block(stmt.body, dict(reaching)), self._block(stmt.orelse, dict(reaching)))
        if isinstance(stmt, (gast.For, gast.While)):
            return self._loop(stmt, reaching)
        self._use(nodes.expressions(stmt), reaching)
        if isinstance(stmt, gast.With):
            return self._block(stmt.body, self._bound(stmt, reaching))
        if isinstance(stmt, gast.Try):
            return self._try(stmt, reaching)
        if isinstance(stmt, gast.Raise):
            return None
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            node = stmt.targets[0]
            type_ = self.flat.definition_types.get(id(stmt), (stmt, UNKNOWN))[1]
            reaching = {**reaching, node.id: frozenset([self._define(node.id, type_, node)])}
        return reaching

    def _bound(self, stmt: Stmt, reaching: Reaching) -> Reaching:
        """With the definition that the header of a structured statement makes."""
        target = nodes.header_target(stmt)
        if target is None:
            return dict(reaching)
        type_ = self.flat.definition_types[id(stmt)][1]
        return {**reaching, target.id: frozenset([self._define(target.id, type_, target)])}

    def _try(self, stmt: gast.Try, reaching: Reaching) -> Reaching | None:
        """A handler that goes on does as if the body had not begun; one that leaves sees what the body has done."""
        handler = stmt.handlers[0]
        after = self._block(stmt.body, dict(reaching))
        begun = dict(reaching)
        if handler.leaves:
            for inner in nodes.statements(stmt.body):
                node = nodes.header_target(inner) or (inner.targets[0] if isinstance(inner, gast.Assign) else None)
                if isinstance(node, gast.Name) and id(node) in self.by_node:
                    begun[node.id] = begun.get(node.id, frozenset()) | {self.by_node[id(node)]}
        caught = self._block(handler.body, self._bound(stmt, begun))
        if after is not None:
            after = self._block(stmt.orelse, after)
        return _meet(after, caught)

    def _loop(self, stmt: gast.For | gast.While, reaching: Reaching) -> Reaching:
        if isinstance(stmt, gast.For):
            self._use(stmt.iter, reaching)
        head = reaching
        while True:
            inside = dict(head)
            if isinstance(stmt, gast.For):
                type_ = self.flat.definition_types[id(stmt)][1]
                inside[stmt.target.id] = frozenset([self._define(stmt.target.id, type_, stmt.target)])
            else:
                self._use(stmt.test, head)
            merged = _meet(head, self._block(stmt.body, inside))
            assert merged is not None
            if merged == head:
                return head
            head = merged

    def rename(self) -> dict[str, Abstract]:
        names = self.flat.namespace.names
        known = without_earlier_sizes(self.flat.function, [(d.node, d.type) for d in self.definitions])
        for definition, type_ in zip(self.definitions, known, strict=True):
            definition.type = type_
        groups: dict[int, list[_Definition]] = {}
        for definition in self.definitions:
            groups.setdefault(self._find(definition.position), []).append(definition)
        chosen: dict[int, str] = {}
        widened = dict(self.flat.widened)
        types: dict[str, Abstract] = {}
        seen: set[str] = set()
        for root, members in groups.items():
            variable = members[0].variable
            name = variable if variable not in seen else names.fresh(variable)
            seen.add(variable)
            chosen[root] = name
            if variable in self.flat.temporaries:
                self.flat.temporaries.add(name)
            self.flat.namespace.locals.add(name)
            type_ = members[0].type
            for other in members[1:]:
                type_ = join(type_, other.type)
            if variable in widened and not isinstance(type_, Constant):
                type_ = cover(type_, widened[variable])
                self.flat.widened[name] = type_
            types[name] = type_
        for definition in self.definitions:
            if definition.node is not None:
                definition.node.id = chosen[self._find(definition.position)]
        for node, number in self.uses.values():
            node.id = chosen[self._find(number)]
        several = {chosen[root] for root, members in groups.items() if len(members) > 1}
        self._free_parameters(several, types)
        split_self_reads(self.flat.function.body, several, types, names, self.flat.temporaries)
        typer_types = {**self.flat.namespace.types, **types}
        typer_types = without_counts_of_written(self.flat.function.body, typer_types, self.flat.namespace.objects)
        _retype(self.flat, typer_types)
        outside = frozenset(name.partition(".")[0] for name in self.flat.namespace.types)
        self.flat.typer = Typer(typer_types, self.flat.namespace.objects, outside)
        self.flat.typer.outside |= _behind(outside, self.flat)
        return typer_types

    def _free_parameters(self, several: set[str], types: dict[str, Abstract]) -> None:
        """Parameters that hold memory are never reassigned: their shape stays at hand for the gradient."""
        mapping: dict[str, str] = {}
        for variable in self.flat.parameter_types:
            if variable in several and isinstance(types[variable], (Array, Unknown)):
                mapping[variable] = self.flat.namespace.names.fresh(variable)
                self.flat.namespace.locals.add(mapping[variable])
        if not mapping:
            return
        body = self.flat.function.body
        for stmt in nodes.statements(body):
            for node in nodes.walk([*nodes.expressions(stmt), *getattr(stmt, "targets", [])]):
                if isinstance(node, gast.Name) and node.id in mapping:
                    node.id = mapping[node.id]
            bound = nodes.header_target(stmt)
            if bound is not None and bound.id in mapping:
                bound.id = mapping[bound.id]
        for variable, new in mapping.items():
            types[new] = types[variable]
            types[variable] = self.flat.parameter_types[variable]
            body.insert(0, nodes.assign(new, nodes.name(variable), nodes.origin_of(body[0])))
            several.discard(variable)
            several.add(new)


def _behind(outside: frozenset[str], flat: Specialised) -> set[str]:
    """The variables that hold something found in what lives outside: what is written through them is an effect."""
    sources: dict[str, set[str]] = {}
    for stmt in nodes.statements(flat.function.body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            name, value = stmt.targets[0].id, stmt.value
            if holds_memory(flat.typer.types.get(name, UNKNOWN)) and not _makes_container(value, flat.typer):
                sources[name] = set(sources_of(value, flat.typer))
                if isinstance(value, gast.Attribute):
                    sources[name].add(base_of(value) or "")
    known, found = {*outside, *flat.namespace.objects}, set[str]()
    while more := {name for name, bases in sources.items() if bases & (known | found)} - found:
        found |= more
    return found


def _makes_container(value: Expr, typer: Typer) -> bool:
    """Whether an expression makes a new container, though its items may be old ones."""
    if isinstance(value, gast.Call):
        function = typer.resolve(value.func)
        return any(function is copies for copies in (list, tuple, dict, sorted, list.copy, dict.copy, copy.copy))
    return isinstance(value, (gast.List, gast.Tuple, gast.Dict, gast.BinOp))


def _retype(flat: Specialised, types: dict[str, Abstract]) -> None:
    """The types of definitions after renaming, so that renaming can be done again."""
    flat.definition_types = {}
    for stmt in nodes.statements(flat.function.body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            flat.definition_types[id(stmt)] = (stmt, types[stmt.targets[0].id])
        else:
            bound = nodes.header_target(stmt)
            if bound is not None:
                flat.definition_types[id(stmt)] = (stmt, types[bound.id])


def _meet(left: Reaching | None, right: Reaching | None) -> Reaching | None:
    if left is None or right is None:
        return right if left is None else left
    variables = [*left, *(v for v in right if v not in left)]
    return {v: left.get(v, frozenset()) | right.get(v, frozenset()) for v in variables}


def split_self_reads(
    block: Block, several: set[str], types: dict[str, Abstract], names: Names, temporaries: set[str]
) -> None:
    """`x = x * 2` -> `t = x * 2; x = t` for variables with several definitions, in place."""
    position = 0
    while position < len(block):
        stmt = block[position]
        for inner in nodes.blocks(stmt):
            split_self_reads(inner, several, types, names, temporaries)
        if (
            isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and stmt.targets[0].id in several
            and not isinstance(stmt.value, (gast.Name, gast.Constant))
            and stmt.targets[0].id in nodes.names_in(stmt.value)
        ):
            temp = names.fresh("t")
            temporaries.add(temp)
            types[temp] = types[stmt.targets[0].id]
            block.insert(position, nodes.assign(temp, stmt.value, nodes.origin_of(stmt)))
            stmt.value = nodes.name(temp)
            position += 1
        position += 1
