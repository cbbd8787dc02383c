"""Which variables may share memory, and which memory is written: values against objects with identity.

Alias classes are computed by unification (Steensgaard 1996): coarse, but it errs towards identity only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import gast

from sct_ad.analysis.typer import Typer
from sct_ad.analysis.units import Foreign, Unit
from sct_ad.rules.effects import Effects, call_effects, home_of
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.values import Abstract, Array, Dict, List, Opaque, Scalar, Tuple, Unknown, may_carry_derivative


@dataclass
class Memory:
    """Alias classes of variables; a class is named by one of its variables."""

    parent: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    """Classes that some statement writes in place."""

    def find(self, variable: str) -> str:
        """The class of a variable."""
        self.parent.setdefault(variable, variable)
        while self.parent[variable] != variable:
            self.parent[variable] = self.parent[self.parent[variable]]
            variable = self.parent[variable]
        return variable

    def unite(self, left: str, right: str) -> None:
        """Both may share memory."""
        a, b = self.find(left), self.find(right)
        if a != b:
            self.parent[b] = a
            if b in self.written:
                self.written.add(a)

    def write(self, variable: str) -> None:
        """The variable's memory is written in place."""
        self.written.add(self.find(variable))

    def has_identity(self, variable: str) -> bool:
        """Whether the variable's memory is written anywhere."""
        return variable in self.parent and self.find(variable) in self.written

    def classes(self) -> dict[str, str]:
        """Variable -> class, for all variables that hold memory."""
        return {v: self.find(v) for v in list(self.parent)}


_OF_TAPE = Effects(view_of=(0,), mutates=(0,))
"""Of `next(tape)`, where the tape is an iterator over a list."""


def holds_memory(type_: Abstract) -> bool:
    """Whether values of this type can be written in place or viewed, or hold such values."""
    return isinstance(type_, (Array, Tuple, List, Dict, Unknown, Opaque))


def effects_of(call: Expr, typer: Typer) -> Effects:
    """The effects of a Call node; unknown functions are impure."""
    assert isinstance(call, gast.Call)
    if getattr(call, "reads_tape", False):
        return _OF_TAPE
    function, args, keywords = typer.call_parts(call)
    if isinstance(function, Foreign):
        return function.effects
    if isinstance(function, Unit):
        views = tuple(range(len(args))) if unit_aliases(function) else ()
        return Effects(view_of=views, mutates=unit_writes(function), pure=unit_is_pure(function))
    if function is None:
        return Effects(pure=False)
    effects = call_effects(function, len(args), list(keywords))
    if any(k < len(args) and base_of(args[k]) in typer.outside for k in effects.mutates):
        return replace(effects, pure=False)
    return effects


def unit_aliases(unit: Unit) -> bool:
    """Whether a recursive function may return (a view of) an argument; assumed until its body is known."""
    if unit.flat is None:
        return True
    if unit.aliases is not None:
        return unit.aliases
    unit.aliases = False  # of its own recursive calls, while their answer is being found
    function = unit.flat.function
    memory = analyse_memory(function.body, unit.flat.typer)
    given = {memory.find(v) for v in unit.flat.parameters.values() if v in memory.parent}
    returned = nodes.names_in(function.body[-1])
    unit.aliases = any(memory.find(v) in given for v in returned if v in memory.parent)
    return unit.aliases


def unit_writes(unit: Unit) -> tuple[int, ...]:
    """The arguments that a recursive function writes in place; assumed to be all until its body is known."""
    if unit.flat is None:
        return tuple(range(len(unit.parameters)))
    if unit.writes is None:
        unit.writes = ()  # by its own recursive calls, while the answer is being found
        memory = analyse_memory(unit.flat.function.body, unit.flat.typer)
        variables = [unit.flat.parameters[name] for name in unit.parameters]
        unit.writes = tuple(k for k, variable in enumerate(variables) if memory.has_identity(variable))
    return unit.writes


def unit_ties(unit: Unit) -> frozenset[str]:
    """The variables that a unit returns whose memory may be reached in other ways, too: through another one of them.

    What stands for their derivatives must share memory as they do, where that is written.
    """
    if unit.tied is None:
        flat = unit.flat
        memory = analyse_memory(flat.function.body, flat.typer)
        held = [v for v in nodes.names_in(flat.function.body[-1].value) if v in memory.parent]
        held = [v for v in held if may_carry_derivative(flat.typer.types[v])]
        count = Counter(map(memory.find, held))
        unit.tied = frozenset(
            v for v in held if count[memory.find(v)] > 1 or not isinstance(flat.typer.types[v], Array)
        )
    return unit.tied


def unit_is_pure(unit: Unit) -> bool:
    """Whether a call of a unit does nothing to the world; assumed not to until its body is known."""
    if unit.flat is None:
        return False
    if unit.pure is None:
        unit.pure = True  # as for its own recursive calls
        function = unit.flat.function
        unit.pure = is_pure(function.body, unit.flat.typer, set(unit.flat.parameters.values()))
    return unit.pure


def is_pure(body: Block, typer: Typer, parameters: set[str]) -> bool:
    """Whether a block does nothing to the world, and surely writes nothing but what it was given or has made."""
    own = {v for stmt in nodes.statements(body) for v in nodes.defines(stmt)} | parameters
    for stmt in nodes.statements(body):
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        if isinstance(stmt, gast.Raise) or (isinstance(target, gast.Subscript) and base_of(target) not in own):
            return False
        for call in nodes.every(nodes.expressions(stmt), gast.Call):
            effects = effects_of(call, typer)
            _, args, _ = typer.call_parts(call)
            if not effects.pure or any(k < len(args) and base_of(args[k]) not in own for k in effects.mutates):
                return False
    return True


def base_of(expr: Expr) -> str | None:
    """The variable through which a place such as `x[i].attr` is reached."""
    while isinstance(expr, (gast.Subscript, gast.Attribute)):
        expr = expr.value
    return expr.id if isinstance(expr, gast.Name) else None


def is_gather(expr: gast.Subscript, typer: Typer) -> bool:
    """Whether an index copies (boolean mask or integer array), so that the result is no view."""
    if not isinstance(typer.type_of(expr.value), Array):
        return False
    parts = expr.slice.elts if isinstance(expr.slice, gast.Tuple) else [expr.slice]
    return any(_is_index_array(typer.type_of(p)) for p in parts if not isinstance(p, gast.Slice))


def is_view(expr: Expr, typer: Typer) -> bool:
    """Whether an expression is surely a view of an array, `x[i]`, `x[1:, k]` or `x.T`."""
    if not isinstance(expr, (gast.Subscript, gast.Attribute)) or not isinstance(typer.type_of(expr), Array):
        return False
    owner = typer.type_of(expr.value)
    if not isinstance(owner, Array) or owner.dtype in ("", "object"):
        return False
    if isinstance(expr, gast.Attribute):
        return expr.attr == "T"
    parts = expr.slice.elts if isinstance(expr.slice, gast.Tuple) else [expr.slice]
    return all(isinstance(part, gast.Slice) or _is_basic(part, typer) for part in parts)


def _is_basic(part: Expr, typer: Typer) -> bool:
    if isinstance(part, gast.Constant) and (part.value is None or part.value is ...):
        return True
    type_ = typer.type_of(part)
    return isinstance(type_, Scalar) and type_.kind == "int"


def _is_index_array(type_: Abstract) -> bool:
    """Whether an index is an array, or a tuple of several indices with an array among them."""
    if isinstance(type_, Tuple):
        return any(map(_is_index_array, type_.items))
    return isinstance(type_, (Array, List))


def sources_of(expr: Expr, typer: Typer) -> list[str]:
    """The variables whose memory the value of an expression may share."""
    if isinstance(expr, gast.Name):
        return [expr.id]
    if isinstance(expr, gast.Subscript) and is_gather(expr, typer):
        return []
    if isinstance(expr, (gast.Subscript, gast.Attribute)):
        return sources_of(expr.value, typer) if holds_memory(typer.type_of(expr)) else []
    if isinstance(expr, (gast.Tuple, gast.List)):
        return [v for item in expr.elts for v in sources_of(item, typer)]
    if isinstance(expr, gast.Dict):
        return [v for item in expr.values for v in sources_of(item, typer)]
    if isinstance(expr, gast.BinOp):
        sides = [expr.left, expr.right]
        of_sequence = any(isinstance(typer.type_of(side), (List, Tuple)) for side in sides)
        makes_sequence = of_sequence and isinstance(typer.type_of(expr), (List, Tuple))
        return [v for side in sides for v in sources_of(side, typer)] if makes_sequence else []
    if isinstance(expr, gast.IfExp):
        return sources_of(expr.body, typer) + sources_of(expr.orelse, typer)
    if isinstance(expr, gast.Call):
        function, args, _ = typer.call_parts(expr)
        effects = effects_of(expr, typer)
        if function is None:
            return [v for a in [*args, *(k.value for k in expr.keywords)] for v in sources_of(a, typer)]
        copies = home_of(function).startswith("numpy")  # of tuples and lists, NumPy makes new arrays
        found = [
            v
            for k in effects.view_of
            if k < len(args) and not (copies and isinstance(typer.type_of(args[k]), (List, Tuple)))
            for v in sources_of(args[k], typer)
        ]
        for keyword in expr.keywords:
            if keyword.arg == "out":
                found += sources_of(keyword.value, typer)
        return found
    return []


def analyse_memory(body: Block, typer: Typer) -> Memory:
    """Alias classes of a flat core function."""
    memory = Memory()
    for variable, type_ in typer.types.items():
        if holds_memory(type_):
            memory.find(variable)
    for stmt in nodes.statements(body):
        _statement(stmt, memory, typer)
    return memory


def _statement(stmt: Stmt, memory: Memory, typer: Typer) -> None:
    if isinstance(stmt, gast.Assign):
        target = stmt.targets[0]
        if isinstance(target, gast.Name):
            if holds_memory(typer.types.get(target.id, Unknown())):
                memory.find(target.id)
                _unite_all(memory, [target.id, *sources_of(stmt.value, typer)], typer)
        else:
            owners = sources_of(target.value, typer)
            for owner in owners:
                memory.write(owner)
            if not isinstance(typer.type_of(target.value), Array):
                _unite_all(memory, [*owners, *sources_of(stmt.value, typer)], typer)
    elif isinstance(stmt, gast.AugAssign):
        target = stmt.target
        for owner in [target.id] if isinstance(target, gast.Name) else sources_of(target.value, typer):
            memory.write(owner)
    for call in nodes.every(nodes.expressions(stmt), gast.Call):
        _call(call, memory, typer)


def _unite_all(memory: Memory, variables: list[str], typer: Typer) -> None:
    held = [v for v in variables if not isinstance(typer.types.get(v), Scalar) and v in typer.types]
    for other in held[1:]:
        memory.unite(held[0], other)


def _call(node: gast.Call, memory: Memory, typer: Typer) -> None:
    if mutates := effects_of(node, typer).mutates:
        function, args, _ = typer.call_parts(node)
        kept = [args[0], *args[2:]] if function in (dict.pop, dict.setdefault) else args  # keys are not written
        for k in mutates:
            if k < len(args):
                owners = sources_of(args[k], typer)
                for owner in owners:
                    memory.write(owner)
                if not isinstance(typer.type_of(args[k]), Array):
                    _unite_all(memory, [*owners, *(v for a in kept for v in sources_of(a, typer))], typer)
    for keyword in node.keywords:
        if keyword.arg == "out":
            for owner in sources_of(keyword.value, typer):
                memory.write(owner)
