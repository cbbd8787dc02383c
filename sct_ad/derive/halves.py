"""The two functions of a pullback: what the one records for the other, and who must have copies of what."""

from __future__ import annotations

from dataclasses import dataclass

import gast

from sct_ad import runtime
from sct_ad.analysis.alias import Memory, analyse_memory
from sct_ad.derive.again import computed_again, live_in
from sct_ad.derive.emission import Emission
from sct_ad.derive.gradient import parts_of_arguments
from sct_ad.derive.pairs import Pair, all_items
from sct_ad.derive.reads import Access
from sct_ad.derive.sweeps import Sweeps, function_of
from sct_ad.derive.units import surely_defined
from sct_ad.runtime import copies
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Array, Dict, List, Opaque, Scalar, Tuple


class AllMemory(Access):
    """Memory is named by its class also where nobody writes it."""

    def place(self, variable: str) -> str | None:
        """The class of memory that a variable refers to."""
        return self.memory.find(variable) if variable in self.memory.parent else None


@dataclass
class Known:
    """What is known of a function whose derivative is taken apart."""

    emission: Emission
    memory: Memory
    """The memory of the function itself."""
    order_sensitive: set[str]
    """Classes of it in which the memory layout decides what is a view."""
    copied: set[str]
    """Parameters that the first function works on copies of."""


class Halves:
    """What the two functions consist of, and who shares memory with whom."""

    def __init__(
        self,
        known: Known,
        forward: Block,
        outside: Block,
        reverse: Block,
        returned: list[Expr],
        tapes: set[str],
        copy: bool,
    ) -> None:
        self.known, self.acc, self.flat = known, known.emission, known.emission.flat
        self.body, self.outside, self.reverse = forward, outside, reverse
        self.returned, self.tapes, self.copy = returned, tapes, copy
        self.memory: Memory = analyse_memory([*forward, *outside, *reverse], self.acc.typer)
        self.access = AllMemory(self.acc.typer, self.memory, {})
        self.read: set[str] = set()
        """Classes of memory whose content the reverse sweep reads."""
        for stmt in nodes.statements(reverse):
            self.read |= self.access.contents(self.access.value_reads(stmt))
        self.stepped = self._stepped()
        again = computed_again(list(self.flat.parameters.values()), [*forward, *outside], reverse)
        self.back = [*again, *reverse]

    def _stepped(self) -> set[str]:
        """Classes of memory that the reverse sweep writes in place, apart from the lists that it pops."""
        found: set[str] = set()
        for stmt in nodes.statements(self.reverse):
            popped = self._popped(stmt)
            found |= {self.memory.find(v) for v in self.access.written(stmt) if v not in popped}
        return found

    def _popped(self, stmt: nodes.Stmt) -> set[str]:
        calls = [n for e in nodes.expressions(stmt) for n in nodes.walk(e) if isinstance(n, gast.Call)]
        owners = [getattr(c.func.value, "id", "") for c in calls if getattr(c.func, "attr", "") == "pop"]
        return self.tapes & set(owners)

    # The reverse function

    def taped(self, *seeds: str) -> list[str]:
        """What the reverse sweep reads of the forward sweep's variables, in the order in which they come to be."""
        known = list(self.flat.parameters.values())
        for stmt in nodes.statements([*parts_of_arguments(self.flat), *self.body, *self.outside]):
            known += sorted(nodes.defines(stmt))
        read = live_in(self.back) - set(seeds)
        taped = [name for name in dict.fromkeys(known) if name in read]
        given = self.flat.parameters.values()
        unsure = {n for n in taped if n not in given and not surely_defined([*self._entry(set()), *self.body], n)}
        self.acc.namespace.unsure |= unsure - self._outside_names()
        return taped

    def own_copies(self, taped: list[str]) -> Block:
        """Copies of what the reverse sweep pops or writes in place; all views of it are made anew with it."""
        groups: dict[str, list[str]] = {}
        made: Block = []
        for name in taped:
            root = self.memory.find(name) if name in self.memory.parent else None
            if root in self.stepped:
                groups.setdefault(root or "", []).append(name)
            elif name in self.tapes:
                made.append(nodes.assign(name, nodes.call(nodes.attribute(nodes.name(name), "copy"))))
        for names in groups.values():
            made += self._detached(names)
        return made

    def _detached(self, names: list[str]) -> Block:
        if len(names) == 1 and self._is_plain_array(names[0]):
            return [nodes.assign(names[0], self.acc.numpy("copy", nodes.name(names[0])))]
        detach = self.acc.bind(copies.detached, "detached")
        if len(names) == 1:
            return [nodes.assign(names[0], nodes.call(detach, nodes.name(names[0])))]
        own = self.acc.fresh("own")
        self.acc.typer.types[own] = Tuple(tuple(map(self._type, names)))
        all_of_it = nodes.call(detach, nodes.tuple_(list(map(nodes.name, names))))
        taken = [nodes.assign(n, nodes.subscript(nodes.name(own), nodes.constant(k))) for k, n in enumerate(names)]
        return [nodes.assign(own, all_of_it), *taken]

    def _type(self, name: str) -> Abstract:
        return self.acc.typer.types.get(name, UNKNOWN)

    def _is_plain_array(self, name: str) -> bool:
        type_ = self._type(name)
        memory = self.known.memory
        layout = name in memory.parent and memory.find(name) in self.known.order_sensitive
        return isinstance(type_, Array) and bool(type_.dtype) and type_.dtype != "object" and not layout

    # The forward function

    def forward(self, name: str, needed: list[str]) -> gast.FunctionDef:
        """The forward function: its result, and what is needed of its variables."""
        held = {self.memory.find(n) for n in needed if n in self.memory.parent} & (self.read | self.stepped)
        unsure = [
            n
            for n in needed
            if n not in self.flat.parameters.values() and not surely_defined([*self._entry(held), *self.body], n)
        ]
        outside = [s for s in self.outside if nodes.defines(s) & set(needed)]
        packed = [self._apart(expr, held) for expr in self.returned]
        packed.insert(1, nodes.tuple_([self._recorded(n, held) for n in needed]))
        body = [
            *self._entry(held),
            *(nodes.assign(n, nodes.constant(None)) for n in unsure if n not in self._outside_names()),
            *self.body,
            *outside,
            gast.Return(value=nodes.tuple_(packed)),
        ]
        return function_of(name, self.flat.signature, body)

    def _recorded(self, name: str, held: set[str]) -> Expr:
        """What goes on the tape for a variable: a copy of what lives outside of the function."""
        around = {self.memory.find(n) for n in self._found_outside() if n in self.memory.parent}
        own = name in self.memory.parent and self.memory.find(name) in held & around
        if not own or not self.copy or isinstance(self._type(name), (Opaque, Scalar)):
            return nodes.name(name)
        return self._copied(name)

    def held_outside(self) -> Block:
        """The reads of what lives outside, as copies where the reverse sweep reads the content."""
        found: Block = []
        for stmt in self.outside:
            (name,) = nodes.defines(stmt)
            own = self.copy and name in self.memory.parent and self.memory.find(name) in self.read
            if own and not isinstance(self._type(name), (Opaque, Scalar)):
                stmt = nodes.assign(name, nodes.substitute(self._copied(name), {name: stmt.value}))
            found.append(stmt)
        return found

    def _found_outside(self) -> set[str]:
        return {*self.acc.typer.outside, *self._outside_names()}

    def _outside_names(self) -> set[str]:
        return {n for s in self.outside for n in nodes.defines(s)}

    def _entry(self, held: set[str]) -> Block:
        """The arguments taken apart, and copied where the tape would hold memory that is the caller's."""
        entry = parts_of_arguments(self.flat)
        if not self.copy:
            return entry
        for variable in self.flat.parameters.values():
            if (
                variable in self.known.copied
                or variable not in self.memory.parent
                or self.memory.find(variable) not in held
            ):
                continue
            type_ = self._type(variable)
            if isinstance(type_, Opaque):
                continue
            entry.append(nodes.assign(variable, self._copied(variable)))
        return entry

    def _copied(self, variable: str) -> Expr:
        type_ = self._type(variable)
        if self._is_plain_array(variable):
            return self.acc.numpy("copy", nodes.name(variable))
        if isinstance(type_, (List, Dict, Tuple)):
            return nodes.call(self.acc.bind(runtime.copy_structure, "copy_structure"), nodes.name(variable))
        return nodes.call(self.acc.bind(copies.detached, "detached"), nodes.name(variable))

    def _apart(self, expr: Expr, held: set[str]) -> Expr:
        """A returned expression whose arrays the caller may write without touching the tape."""
        if isinstance(expr, gast.Name):
            if expr.id not in self.memory.parent or self.memory.find(expr.id) not in held:
                return nodes.copy(expr)
            if isinstance(self._type(expr.id), (Scalar, Opaque)):
                return nodes.copy(expr)
            return self._copied(expr.id)
        expr = nodes.copy(expr)
        if isinstance(expr, (gast.Tuple, gast.List)):
            expr.elts = [self._apart(item, held) for item in expr.elts]
        elif isinstance(expr, gast.Dict):
            expr.values = [self._apart(item, held) for item in expr.values]
        elif isinstance(expr, gast.Call):
            expr.args = [self._apart(item, held) for item in expr.args]
            for keyword in expr.keywords:
                keyword.value = self._apart(keyword.value, held)
        return expr


def known_of(sweeps: Sweeps) -> Known:
    """What the sweeps of a function know of it."""
    return Known(sweeps.acc, sweeps.memory, sweeps.shadows.order_sensitive, sweeps.copied)


def tapes_of(pair: Pair) -> set[str]:
    """The lists that the forward sweep appends to and the reverse sweep pops."""
    saves = [save for item in all_items(pair) for save in item.save]
    saves += [save for item in all_items(pair) for inner in item.inner for save in inner.save]
    saves += [save for item in all_items(pair) if item.region is not None for save in item.region.keep]
    return {save.tape for save in [*pair.save, *saves] if save.in_loop}
