"""Forward and reverse sweep of one flat function: analyses, transformation, recording, assembly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gast

from sct_ad import runtime
from sct_ad.analysis.activity import Flow
from sct_ad.analysis.alias import analyse_memory, base_of, sources_of
from sct_ad.analysis.dependence import Dependence
from sct_ad.analysis.facts import Facts
from sct_ad.derive import regions
from sct_ad.derive.accumulate import Accumulator
from sct_ad.derive.assemble import Assembler
from sct_ad.derive.decisions import decide
from sct_ad.derive.half_done import refuse_half_done_stores
from sct_ad.derive.liveness import Liveness
from sct_ad.derive.opaque import refuse_opaque, refuse_outside
from sct_ad.derive.pairs import Pair, all_items
from sct_ad.derive.reads import Access
from sct_ad.derive.reverse import Reverse
from sct_ad.derive.shadows import Shadows
from sct_ad.derive.storage import Storage, has_reverse
from sct_ad.derive.units import Pairs
from sct_ad.errors import UnsupportedError
from sct_ad.runtime import sequences
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Array


class Sweeps:
    """What is known of one function, and its two sweeps."""

    def __init__(self, flat: Specialised, inputs: set[str], result: Expr, pairs: Pairs) -> None:
        flat = decide(flat, inputs, result)
        self.flat, self.body = flat, flat.function.body[:-1]
        self.memory = analyse_memory(flat.function.body, flat.typer)
        flow = Flow(self.body, flat.typer, self.memory, nodes.names_in(result))
        self.active = flow.varied(inputs) & flow.useful(nodes.names_in(result))
        refuse_opaque(self.body, flat.typer, self.active)
        self._refuse_kept_outside()
        self.half_done = refuse_half_done_stores(self.body, flat.typer, self.memory, self.active)
        self.acc = Accumulator(flat)
        self.shadows = Shadows(self.acc, self.memory, self.active, set(flat.parameters.values()))
        refuse_outside(filter(self.shadows.has, flat.typer.outside & self.active), self.body)
        self.shadows.analyse(self.body)
        self.reverse = Reverse(self.acc, self.shadows, self.active, pairs)
        self.assembler = Assembler(self.acc)
        self.forward_shadows: Block = []
        self.releases = False
        """Whether functions are called that are computed again, so that arrays are let go as soon as possible."""
        self.given: dict[str, str] = {}
        self.copied: set[str] = set()
        """Parameters that the forward sweep works on copies of."""

    def _refuse_kept_outside(self) -> None:
        """A container kept outside of the function must not be changed in place: the reverse sweep steps it back."""
        for stmt in nodes.statements(self.body):
            if isinstance(stmt, gast.Expr) and self.flat.typer.resolve(stmt.value.func) is setattr:
                for variable in nodes.names_in(stmt.value.args[-1]):
                    array = isinstance(self.flat.typer.types.get(variable), Array)
                    if self.memory.has_identity(variable) and not array:
                        raise UnsupportedError(
                            "a container that is changed in place and kept outside of the function",
                            nodes.origin_of(stmt),
                            "keep a copy of it, copy.copy(x)",
                        )

    def pair(self, seeds: list[tuple[Expr, Expr]]) -> Pair:
        """The pair of sweeps for results and their cotangents."""
        returns = self.flat.function.body[-1]
        self.acc.origin = nodes.origin_of(returns)
        self.acc.out = []
        into_shadows: Block = []
        for result, seed in seeds:
            if not (isinstance(result, gast.Name) and result.id in self.active):
                continue
            if self.shadows.has(result.id):
                into_shadows.append(self._into_shadow(result.id, nodes.copy(seed)))
            else:
                self.acc.contribute(result.id, nodes.copy(seed), whole=True)
        converted = self.acc.out
        pair = self.reverse.block(self.body)
        pair.first = [*converted, *pair.first]
        self._parameter_shadows(pair)
        pair.first += into_shadows
        self.access = Access(self.acc.typer, self.memory, self.shadows.names)
        return pair

    def _into_shadow(self, variable: str, seed: Expr) -> nodes.Stmt:
        shadow = self.shadows.name(variable)
        if isinstance(self.acc.typer.types[variable], Array):
            whole = nodes.subscript(nodes.name(shadow), nodes.constant(...), store=True)
            return gast.AugAssign(target=whole, op=gast.Add(), value=seed)
        add = self.acc.bind(sequences.add_to_shadow, "add_to_shadow")
        return gast.Expr(value=nodes.call(add, nodes.name(shadow), seed))

    def _parameter_shadows(self, pair: Pair) -> None:
        """Shadows of parameters whose memory is written, or that are containers."""
        self.acc.out = []
        for variable in self.flat.parameters.values():
            if self.shadows.has(variable):
                self.reverse.make_shadow(variable, None)
        for stmt in self.acc.out:
            primal = self.shadows.names[stmt.targets[0].id]
            (self.forward_shadows if self.shadows.in_forward_sweep(primal) else pair.first).append(stmt)
        made = len(self.acc.out) - len(self.forward_shadows)
        pair.first = pair.first[len(pair.first) - made :] + pair.first[: len(pair.first) - made]

    def blocks(self, pair: Pair, roots: list[Expr], closing: Block, budget: Any = None) -> tuple[Block, Block]:
        """Forward and reverse sweep as text; `closing` and `roots` are read after them."""
        reads = [e for s in closing for e in nodes.expressions(s)]
        Liveness(self.access, [*roots, *reads]).prune(pair)
        regions.mark(pair, self.access, has_reverse)
        assigned = {*self.flat.parameters.values(), *self.flat.namespace.types}
        settled: Dependence | None = Dependence(self.body, self.acc.typer, self.memory)
        if budget is not None or any(item.region is not None for item in all_items(pair)):
            settled = None  # what is computed again puts earlier states back
        storage = Storage(pair, self.access, self.acc, self.half_done, settled)
        storage.run(pair, set(assigned))
        if budget is not None and regions.plan(pair, self.access, budget):
            storage = Storage(pair, self.access, self.acc, self.half_done, settled)
            storage.run(pair, assigned)
        self._refuse_kept_arrays(pair)
        self.releases = any(item.region is not None and isinstance(item.primal, gast.With) for item in all_items(pair))
        copies = self._copies_on_entry(pair)
        forward = self.assembler.forward(pair, top=True)
        reverse = self.assembler.reverse(pair)
        entry: Block = [nodes.assign(name, nodes.name(variable)) for variable, name in self.given.items()]
        entry += copies
        entry += [nodes.assign(name, nodes.constant(None)) for name in sorted(storage.unassigned)]
        return [*entry, *self.forward_shadows, *forward], reverse

    def _refuse_kept_arrays(self, pair: Pair) -> None:
        """What an object outside keeps must not be stepped back: the function has left it there as it is."""
        items = list(all_items(pair))
        kept_states = [save for item in items if item.region is not None for save in item.region.keep]
        places = [save.place for item in items for save in item.save] + [save.place for save in kept_states]
        stepped = {base_of(place) for place in places if isinstance(place, gast.Subscript)}
        roots = {self.memory.find(name) for name in stepped if name in self.memory.parent}
        outside = {self.memory.find(name) for name in self.acc.typer.outside if name in self.memory.parent}
        for item in items:
            for save in item.save:
                if isinstance(save.place, gast.Subscript) and self.memory.find(base_of(save.place) or "") in outside:
                    raise UnsupportedError(
                        "an array outside of the function that is changed in place",
                        nodes.origin_of(item.primal),
                        "pass the array as an argument, or copy it first",
                    )
        for item in items:
            call = item.primal.value if isinstance(item.primal, gast.Expr) else None
            if not isinstance(call, gast.Call) or not roots:
                continue
            function, args, _ = self.acc.typer.call_parts(call)
            keeps = function is setattr or (args and base_of(args[0]) in self.acc.typer.outside)
            kept = [v for arg in args[1:] for v in sources_of(arg, self.acc.typer)] if keeps else []
            if any(self.memory.find(v) in roots for v in kept if v in self.memory.parent):
                raise UnsupportedError(
                    "an array that is changed in place and kept outside of the function",
                    nodes.origin_of(item.primal),
                    "keep a copy there: y.copy()",
                )

    def _copies_on_entry(self, pair: Pair) -> Block:
        """Copies of the caller's arrays that the kept forward sweep writes."""
        changed = {v for item in all_items(pair) for v in self.access.written(item.primal) if self.access.place(v)}
        written = {self.memory.find(v) for v in changed}
        copies: Block = []
        for variable in self.flat.parameters.values():
            if variable in self.memory.parent and self.memory.find(variable) in written:
                if self.memory.find(variable) in self.shadows.order_sensitive:
                    value = nodes.call(self.acc.bind(runtime.copy_in_layout, "copy_in_layout"), nodes.name(variable))
                elif isinstance(self.acc.typer.types[variable], Array):
                    value = nodes.call(nodes.attribute(nodes.name(variable), "copy"))
                else:
                    value = nodes.call(self.acc.bind(runtime.copy_structure, "copy_structure"), nodes.name(variable))
                copies.append(nodes.assign(variable, value))
                self.copied.add(variable)
        return copies

    def has_sensitive_layout(self, shadow: str) -> bool:
        """Whether the memory layout of a shadow decides what is a view of it."""
        primal = self.shadows.names.get(shadow, shadow)
        return primal in self.memory.parent and self.memory.find(primal) in self.shadows.order_sensitive

    def as_given(self, variable: str) -> str:
        """The name of a container parameter as it was passed, whatever the function does to it."""
        if not self.memory.has_identity(variable):
            return variable
        if variable not in self.given:
            self.given[variable] = self.acc.fresh(variable)
            self.acc.typer.types[self.given[variable]] = self.acc.typer.types[variable]
        return self.given[variable]

    def facts(self, body: Block) -> Facts:
        """What the tidying passes may ask about the emitted body."""
        return replace(self.acc.facts(body), releases=self.releases)


def arguments(names: list[str], defaults: list[Expr]) -> gast.arguments:
    """The parameter list of an emitted function."""
    params = [gast.Name(id=n, ctx=gast.Param(), annotation=None, type_comment=None) for n in names]
    return gast.arguments(
        args=params, posonlyargs=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=defaults
    )


def function_of(name: str, parameters: list[str], body: Block, defaults: Sequence[Expr] = ()) -> gast.FunctionDef:
    """An emitted function."""
    return gast.FunctionDef(
        name=name,
        args=arguments(parameters, list(defaults)),
        body=body,
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
