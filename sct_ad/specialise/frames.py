"""Frames (one per inlined call) and the state of a specialisation: environment, emitted statements, names."""

from __future__ import annotations

import builtins
import operator
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import gast

from sct_ad.analysis.typer import Typer, constant_type
from sct_ad.analysis.units import Foreign, Unit
from sct_ad.errors import Span, UnsupportedError
from sct_ad.rules.typing.sizes import with_identity
from sct_ad.specialise import heap, identity
from sct_ad.specialise.identity import is_fresh, is_mutable
from sct_ad.specialise.namespace import Guard, Namespace
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import (
    Frozen,
    Instance,
    Iteration,
    Method,
    Partial,
    Poison,
    Record,
    Runtime,
    Sequence,
    Symbol,
    display,
    is_concrete,
    literal,
    symbol_type,
)
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr, Stmt
from sct_ad.syntax.source import Source, span_of
from sct_ad.syntax.values import (
    Abstract,
    Constant,
    Dict,
    List,
    forget_length,
    holds_objects,
)

if TYPE_CHECKING:
    from sct_ad.specialise.generators import Consumer

Environment = dict[str, Symbol]


class Unassigned(Exception):
    """Raised where a variable is read that only an earlier trip of the loop around can have assigned."""

    def __init__(self, variable: str, refusal: UnsupportedError) -> None:
        super().__init__(variable)
        self.variable, self.refusal = variable, refusal


class Unreachable(Exception):
    """Raised in the middle of a statement that is found never to complete."""


_INLINED = ("sct_ad.specialise.library", "sct_ad.specialise.array_library", "sct_ad.rules.inlined.")


def is_ours(place: Any) -> bool:
    """Whether globals are those of a module of our own whose functions and classes are inlined, and never run."""
    return isinstance(place, dict) and str(place.get("__name__")).startswith(_INLINED)


@dataclass(eq=False)
class Frame:
    """One activation of a user function, inlined into the flat function."""

    core: gast.FunctionDef
    source: Source
    function_globals: dict[str, Any]
    cells: dict[str, types.CellType] = field(default_factory=dict)
    parent: Frame | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """The user's local name -> the variable of the flat function."""
    is_root: bool = False
    consumer: Consumer | None = None
    """What loops over this call of a generator function."""

    def __post_init__(self) -> None:
        ordered = [a.id for a in _parameters(self.core.args)]
        self.nonlocals: set[str] = set()
        self.globals: set[str] = set()
        """The names that are declared global here."""
        for stmt in nodes.statements(self.core.body):
            ordered += sorted(nodes.defines(stmt))
            if isinstance(stmt, (gast.Nonlocal, gast.Global)):
                self.nonlocals |= set(stmt.names)
                self.globals |= set(stmt.names) if isinstance(stmt, gast.Global) else set()
        self.ordered_locals = [n for n in dict.fromkeys(ordered) if n not in self.nonlocals]
        self.locals = set(self.ordered_locals)
        self.is_library = is_ours(self.function_globals)
        self.mentions = Counter(nodes.mentions(self.core.body))
        self.temporaries: set[str] = getattr(self.core, "temporaries", set())
        self.expiring = _expiring(self.core.body, self.temporaries, self.mentions)
        self.has_closures = bool(nodes.every(self.core.body, gast.FunctionDef, gast.Lambda))

    def owner_of(self, name: str) -> Frame | None:
        """The frame whose local a name is."""
        if name in self.locals:
            return self
        if name in self.globals:
            return None
        return self.parent.owner_of(name) if self.parent else None

    def writes_outside(self, name: str) -> bool:
        """Whether assigning a name here assigns it in a module, or in an outer function that has returned."""
        if name not in self.nonlocals:
            return False
        return name in self.globals or self.parent is None or self.parent.owner_of(name) is None

    def cell_of(self, name: str) -> types.CellType | None:
        """The closure cell that a name reads, where the function object itself has one."""
        if name in self.globals:
            return None
        found = self.cells.get(name)
        return found if found is not None or self.parent is None else self.parent.cell_of(name)


def _expiring(block: Block, temporaries: set[str], mentions: Counter[str]) -> dict[int, list[str]]:
    """Statement -> the temporaries that are mentioned there for the last time, having been defined in its block."""
    found: dict[int, list[str]] = {}
    left = Counter[str]()
    for stmt in block:
        for inner in nodes.blocks(stmt):
            found.update(_expiring(inner, temporaries, mentions))
        here = Counter(name for name in nodes.mentions(stmt) if name in temporaries)
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
        for name, count in here.items():
            if isinstance(target, gast.Name) and target.id == name and name not in left:
                left[name] = mentions[name]
            if name in left:
                left[name] -= count
                if left[name] == 0:
                    found.setdefault(id(stmt), []).append(name)
    return found


def _parameters(args: gast.arguments) -> list[gast.Name]:
    extra = [a for a in (args.vararg, args.kwarg) if a is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]


@dataclass
class Watch:
    """What a try body does, in the order of its statements, while it is specialised."""

    loops: int
    """How many loops are around the try statement."""
    emitted: list[Stmt] = field(default_factory=list)
    changes: list[tuple[str, int]] = field(default_factory=list)
    """Variables of displays and functions that are bound anew or changed, and how much was emitted before that."""

    def changed_before(self, raises: Callable[[Stmt], bool]) -> set[str]:
        """What is changed before a statement that may raise."""
        last = max((k for k, stmt in enumerate(self.emitted) if raises(stmt)), default=-1)
        return {name for name, position in self.changes if position <= last}


@dataclass
class State:
    """Everything that changes while one function is specialised."""

    namespace: Namespace
    typer: Typer
    environment: Environment | None = field(default_factory=dict)
    """None where the code is unreachable."""
    out: Block = field(default_factory=list)
    definition_types: dict[int, tuple[Stmt, Abstract]] = field(default_factory=dict)
    temporaries: set[str] = field(default_factory=set)
    assignable: set[str] = field(default_factory=set)
    """The variables of what the user's functions name, who may assign them anew while an iterator holds their value."""
    widened: dict[str, Abstract] = field(default_factory=dict)
    """Lists into which elements were put after their definition."""
    stack: list[tuple[Any, Any, Any]] = field(default_factory=list)
    """Code, widened and exact argument types of the calls being inlined."""
    units: dict[Any, Unit] = field(default_factory=dict)
    foreign: dict[Any, Foreign] = field(default_factory=dict)
    """Function with a derivative of its own, and types of arguments -> what is known of such calls."""
    origin: Span | None = None
    made: frozenset[str] = frozenset()
    """Homes of containers that are made at run time where they are born."""
    changed_in_loops: list[set[str]] = field(default_factory=list)
    """For each loop being specialised, the homes of the containers that it changes."""
    own_rules: list[Any] = field(default_factory=list)
    """The functions with a custom_jvp whose rules are being inlined."""
    outer_names: dict[tuple[int, str], str] = field(default_factory=dict)
    """Place and name of what is assigned outside of the function -> the variable that follows it."""
    watches: list[Watch] = field(default_factory=list)
    """One for each try body around what is being specialised."""
    births: dict[str, set[str]] = field(default_factory=dict)
    """Variable of a run-time container -> where it may have been made: a variable, or ELSEWHERE."""
    escaped: set[str] = field(default_factory=set)
    """Births of containers that other run-time objects hold too."""
    children: dict[str, set[str]] = field(default_factory=dict)
    """The variable of a display -> the variables of its items."""
    item_names: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Variable of a display and key of an item -> the item's variable."""
    objects: dict[str, dict[str, str]] = field(default_factory=dict)
    """Key of an object -> its attributes -> their variables."""
    owners: dict[str, str] = field(default_factory=dict)
    """Variable of an attribute -> key of its object."""
    given: dict[str, Expr] = field(default_factory=dict)
    """Key of an object that was passed in -> how it is reached from the parameters."""
    changed: set[str] = field(default_factory=set)
    """Objects that were given attributes, and homes of containers that were changed."""
    showing: list[str] = field(default_factory=list)
    """Objects that are just being made at run time, the outermost first."""
    shown: set[str] = field(default_factory=set)
    """Objects that code which is not looked into may hold."""
    split: dict[str, set[str]] = field(default_factory=dict)
    """Objects that may be the same as others, depending on the path taken."""
    outer_objects: dict[str, Any] = field(default_factory=dict)
    """Key of an object outside of the function -> the object."""
    hoisted: dict[int, tuple[Any, set[str]]] = field(default_factory=dict)
    """Objects outside, by identity, and those of their attributes that the function changes."""
    shadowed: set[tuple[type, str]] = field(default_factory=set)
    """Attributes of classes that objects are given of their own: from their birth on, a variable follows these."""
    is_unit: bool = False
    """Whether a recursive function is specialised that stays one."""
    by_value: bool = False
    """Whether integers that come from outside are known by their values."""
    unpacked: dict[str, str] = field(default_factory=dict)
    """Key of an object that is being unpacked -> variable of the list of its items."""
    missed: set[str] = field(default_factory=set)
    """Variables of attributes that were asked for while their object did not have them."""
    unsure: set[str] = field(default_factory=set)
    """Variables of attributes that an object has on some paths only."""
    unrollable: int = 0
    """How many of the loops around could be written out."""
    marks: list[tuple[Any, ...]] = field(default_factory=list)
    """The options of the loop about to be specialised, if it is a checkpointed one."""
    naming: str = ""
    """The name that an object about to be made is assigned to."""

    @property
    def env(self) -> Environment:
        """The environment of reachable code."""
        assert self.environment is not None
        return self.environment

    def snapshot(self) -> tuple[Any, ...]:
        """The names that are taken now, to be given to `restore` before a block is specialised once more."""
        objects = {key: dict(own) for key, own in self.objects.items()}
        names = set(self.namespace.names.taken), set(self.temporaries), dict(self.item_names)
        return *names, objects, dict(self.owners)

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Give names free again that were made up since."""
        taken, temporaries, item_names, objects, owners = snapshot
        denoted = self.namespace.objects.keys() | self.namespace.cells.keys()  # these stay what they are
        self.namespace.names.restore(taken | denoted)
        self.temporaries = set(temporaries)
        self.widened = {n: t for n, t in self.widened.items() if n in taken}
        self.item_names = dict(item_names)
        self.objects, self.owners = {key: dict(own) for key, own in objects.items()}, dict(owners)

    def refuse(self, what: str, hint: str = "", span: Span | None = None) -> UnsupportedError:
        """An error at the user's line that is being specialised."""
        return UnsupportedError(what, span or self.origin, hint)

    def failing(
        self, error: type[Exception], message: Any, what: str, span: Span | None = None, hint: str = ""
    ) -> Exception:
        """What cannot work: in a try body, what Python raises there when it runs; elsewhere an error now."""
        if not self.watches:
            return self.refuse(what, hint, span)
        args = [] if message is None else [nodes.constant(message)]
        made = nodes.call(self.namespace.builtin(error.__name__), *args)
        self.emit(gast.Raise(exc=made, cause=None))
        return Unreachable()

    def emit(self, stmt: Stmt) -> Stmt:
        """Append a statement, as stemming from the current user line."""
        if nodes.origin_of(stmt) is None:
            nodes.with_origin(stmt, self.origin)
        self.out.append(stmt)
        for watch in self.watches:
            watch.emitted.append(stmt)
        return stmt

    def note_change(self, variable: str) -> None:
        """A variable whose value exists at compile time only is bound anew, or its container changes."""
        for watch in self.watches:
            in_loop = len(self.changed_in_loops) > watch.loops
            watch.changes.append((variable, 0 if in_loop else len(watch.emitted)))

    def define(self, variable: str, value: Expr, type_: Abstract) -> Runtime:
        """Emit `variable = value` and enter the variable into the environment."""
        type_ = with_identity(type_)
        stmt = self.emit(nodes.assign(variable, value))
        self.definition_types[id(stmt)] = (stmt, type_)
        if isinstance(value, (gast.List, gast.Dict, gast.Tuple)):
            identity.escape(self, value)
        if isinstance(type_, (List, Dict)):
            self.births.setdefault(variable, set()).update(identity.births_of(self, variable, value))
        symbol = Runtime(type_, nodes.name(variable))
        self.env[variable] = symbol
        self.typer.types[variable] = type_
        return symbol

    def fresh(self, base: str) -> str:
        """A fresh variable that the user never wrote."""
        name = self.namespace.names.fresh(base)
        self.temporaries.add(name)
        self.namespace.locals.add(name)
        return name

    def temporary(self, value: Expr, type_: Abstract, base: str = "t") -> Runtime:
        """The value in a fresh variable."""
        return self.define(self.fresh(base), value, type_)

    def variable(self, frame: Frame, local: str) -> str:
        """The flat function's variable for a user's local name."""
        if local in frame.nonlocals:
            owner = frame.parent.owner_of(local) if frame.parent and local not in frame.globals else None
            if owner is None:
                raise self.refuse(
                    f"the outer name '{local}' bound otherwise than by =",
                    "bind a local name, and assign it to that one",
                )
            frame = owner
        if local not in frame.variables:
            name = self.namespace.names.fresh(local)
            frame.variables[local] = name
            self.namespace.locals.add(name)
            if local in frame.temporaries or not frame.is_root:
                self.temporaries.add(name)
            if local not in frame.temporaries and not frame.is_library:
                self.assignable.add(name)
        return frame.variables[local]

    def parameter(self, name: str) -> str:
        """The variable of an item of `*args` or `**kwargs`, such as `args[0]`."""
        variable = self.namespace.names.fresh(_identifier(name).strip("_"))
        self.namespace.locals.add(variable)
        self.assignable.add(variable)
        return variable

    def enter(self, frame: Frame) -> None:
        """Give all locals of a frame their variables, so that names do not depend on the path taken first."""
        for local in frame.ordered_locals:
            self.variable(frame, local)

    def assign(self, frame: Frame, local: str, symbol: Symbol) -> None:
        """Bind a user's name to a symbol."""
        if local not in frame.temporaries:
            symbol = self._captured(symbol)
        if frame.writes_outside(local):
            from sct_ad.specialise import outer_names

            outer_names.write(self, frame, local, symbol)
            return
        self.bind(self.variable(frame, local), symbol)

    def _captured(self, symbol: Symbol) -> Symbol:
        """What functions and iterators hold, under names that are not assigned again while they are held."""
        if isinstance(symbol, Runtime):
            return symbol
        if isinstance(symbol, Partial):
            keywords = {k: self._held(v) for k, v in symbol.keywords.items()}
            held = tuple(map(self._held, symbol.args))
            return replace(symbol, function=self._held(symbol.function), args=held, keywords=keywords)
        if isinstance(symbol, Method):
            return Method(self._held(symbol.owner), symbol.attr)
        if isinstance(symbol, Iteration):
            held = tuple(map(self._held, symbol.parts))
            return symbol if all(map(operator.is_, held, symbol.parts)) else replace(symbol, parts=held)
        return symbol

    def _held(self, symbol: Symbol) -> Symbol:
        if isinstance(symbol, Runtime) and nodes.names_in(symbol.atom) & self.assignable:
            return self.temporary(nodes.copy(symbol.atom), symbol.type)
        if isinstance(symbol, Sequence) and not symbol.homes:
            return replace(symbol, items=tuple(map(self._held, symbol.items)))
        return self._captured(symbol)

    def variable_read(self, frame: Frame, name: str) -> str:
        """The flat function's variable that a name means where it is read: perhaps one of an outer function."""
        if frame.writes_outside(name):
            from sct_ad.specialise import outer_names

            return outer_names.variable_of(self, frame, name)
        return self.variable(frame.owner_of(name) or frame, name)

    def bind(self, variable: str, symbol: Symbol) -> None:
        """Bind a variable of the flat function to a symbol."""
        if isinstance(symbol, Runtime):
            self.define(variable, nodes.copy(symbol.atom), symbol.type)
        elif isinstance(symbol, (Sequence, Record)):
            self.note_change(variable)
            self._bind_display(variable, symbol)
        else:
            self.note_change(variable)
            self.env[variable] = self._kept(symbol) if isinstance(symbol, Iteration) else symbol
            self.typer.types.pop(variable, None)

    def _kept(self, symbol: Symbol) -> Symbol:
        """An iterator that is used later, over containers under names of their own."""
        if isinstance(symbol, Iteration):
            return replace(symbol, parts=tuple(map(self._kept, symbol.parts)))
        if isinstance(symbol, Runtime) and isinstance(symbol.type, Dict):
            return self.temporary(display(symbol), symbol.type)
        return symbol

    def _bind_display(self, variable: str, symbol: Sequence | Record) -> None:
        homes: frozenset[str] = frozenset()
        if is_mutable(symbol):
            fresh = symbol.homes <= {variable} or is_fresh(self, symbol)
            homes = frozenset([variable]) if fresh else symbol.homes
            if fresh and variable in self.made and is_concrete(symbol):
                self.define(variable, display(symbol), forget_length(symbol_type(symbol)))
                return
        if isinstance(symbol, Sequence):
            bound = self._bind_items(variable, list(enumerate(symbol.items)))
            self.env[variable] = replace(symbol, items=tuple(bound), homes=homes)
        else:
            bound = self._bind_items(variable, list(symbol.items))
            self.env[variable] = Record(tuple(zip([key for key, _ in symbol.items], bound, strict=True)), homes)

    def item_variables(self, variable: str) -> set[str]:
        """The variables of a display's items, and of their items."""
        found = self.children.get(variable, set())
        return found.union(*map(self.item_variables, found))

    def forget(self, variables: Iterable[str]) -> None:
        """Variables that are never read again hold their containers no longer."""
        for variable in variables:
            for name in (variable, *self.item_variables(variable)):
                if isinstance(self.env.get(name), (Sequence, Record, Iteration, Instance)):
                    del self.env[name]

    def _bind_items(self, variable: str, items: list[tuple[Any, Symbol]]) -> list[Symbol]:
        """Each item of a display in a variable of its own, named after the display's."""
        targets = [self._item_variable(variable, key) for key, _ in items]
        settled = [self.settle(item, set(targets)) for _, item in items]
        self.children[variable] = set(targets)
        bound: list[Symbol] = []
        for name, item in zip(targets, settled, strict=True):
            self.namespace.names.taken.add(name)
            self.namespace.locals.add(name)
            self.temporaries.add(name)
            self.bind(name, item)
            bound.append(self.env[name])
        self.typer.types.pop(variable, None)
        return bound

    def _item_variable(self, variable: str, key: Any) -> str:
        """The variable of a display's item, the same one whenever the display is bound."""
        found = self.item_names.get((variable, key))
        if found is None:
            base = f"{variable}_{key if isinstance(key, int) else _identifier(key)}"
            taken = self.namespace.names.taken
            found = self.item_names[variable, key] = base if base not in taken else self.namespace.names.fresh(base)
        return found

    def settle(self, item: Symbol, targets: set[str]) -> Symbol:
        """An item that does not read a variable about to be overwritten."""
        if isinstance(item, Runtime) and nodes.names_in(item.atom) & targets:
            return self.temporary(nodes.copy(item.atom), item.type)
        return item

    def runtime(self, symbol: Symbol, what: str = "this value") -> Runtime:
        """The symbol as one run-time value; a display of a Sequence is an expression, not a variable."""
        if isinstance(symbol, Runtime):
            return symbol
        self.checked(symbol)
        if isinstance(symbol, Instance):
            return heap.as_runtime(self, symbol)
        if isinstance(symbol, (Sequence, Record)):
            if is_concrete(symbol):
                return Runtime(symbol_type(symbol), display(symbol))
            if all(heap.keys_in(part) for part in identity.parts(symbol) if not is_concrete(part)):
                return heap.shown(self, symbol)
        if isinstance(symbol, Frozen):
            what_for = "give its methods the parameters instead: norm.logpdf(x, mu, s)"
            raise self.refuse("a frozen distribution used as data", what_for)
        raise self.refuse(
            f"{what} is a function or iterator used as data",
            "call it here, or register a rule for the function that receives it",
        )

    def lookup(self, frame: Frame, name: str) -> Symbol:
        """What a user's name stands for."""
        owner = frame.owner_of(name)
        if owner is not None:
            variable = self.variable(owner, name)
            if variable not in self.env:
                what = f"'{name}' may be used before it is assigned"
                refusal = self.refuse(what, f"assign '{name}' before this line")
                raise Unassigned(variable, refusal) if self.changed_in_loops else refusal
            return self.checked(self.env[variable])
        cell = frame.cell_of(name)
        place = frame.function_globals if cell is None else cell
        written = self.outer_names.get((id(place), name))
        if written is not None and written in self.env:
            return self.checked(self.env[written])
        if cell is not None:
            return self.outside(cell, (), cell.cell_contents, name, cell)
        if name in frame.function_globals:
            value = frame.function_globals[name]
            return self.outside(frame.function_globals, (name,), value, name, None)
        if hasattr(builtins, name):
            return Runtime(constant_type(getattr(builtins, name)), nodes.name(name))
        raise self.refuse(f"name '{name}' is not defined")

    def checked(self, symbol: Symbol) -> Symbol:
        """A symbol that is read, unless it is not known what it stands for."""
        if isinstance(symbol, Poison):
            if symbol.homes - self.made:
                raise identity.Reconsider(symbol.homes)
            raise self.refuse(symbol.reason, symbol.hint)
        return symbol

    def outside(self, place: Any, path: tuple[str, ...], value: Any, name: str, cell: types.CellType | None) -> Symbol:
        """What lives in a cell or in globals, as it is when the call begins or, unhoisted, where it is read."""
        if is_ours(place):
            return Runtime(Constant(value), self.namespace.denote(value, name))
        found = abstract_of(value, (id(place), *path))
        if holds_objects(found):
            from sct_ad.specialise import instances

            return instances.known(self, value, Guard(place, path), name)
        if self.by_value and type(value) is int:
            self.namespace.guard(Guard(place, path, expected=value))
            return literal(value)
        if isinstance(found, Constant):
            self.namespace.guard(Guard(place, path, expected=value))
            if value is None or isinstance(value, (str, type(...))):
                return Runtime(found, nodes.constant(value))
            return Runtime(found, self.namespace.denote(value, name))
        self.namespace.guard(Guard(place, path, expected_type=found))
        if cell is not None:
            atom: Expr = self.namespace.share_cell(cell, name)
        else:
            atom = self.namespace.live_global(place, name)
        chain = nodes.dotted(atom)
        assert chain is not None
        key = ".".join(chain)
        self.typer.types[key] = self.namespace.types[key] = found
        return Runtime(found, atom)

    def hoisted_names(self, place: Any) -> set[str]:
        """The names or attributes of a place outside that variables follow, since the function changes them."""
        return self.hoisted.get(id(place), (None, set()))[1]

    @contextmanager
    def at(self, frame: Frame, stmt: Any) -> Iterator[None]:
        """While a user statement is specialised: errors and emitted statements point at it."""
        previous = self.origin
        self.origin = previous if frame.is_library else nodes.origin_of(stmt) or previous
        try:
            yield
        finally:
            self.origin = previous

    def span(self, frame: Frame, expr: Any) -> Span | None:
        """The user's span of an expression, where it has one."""
        placed = getattr(expr, "lineno", None) and getattr(expr, "end_lineno", None)
        if placed and not frame.is_library:
            return span_of(frame.source, expr)
        return self.origin


def _identifier(key: Any) -> str:
    return "".join(c if c.isalnum() else "_" for c in str(key)) or "_"


def refused(what: str, hint: str) -> Callable[[State, list[Symbol], dict[str, Symbol]], Any]:
    """A call that is refused, in a table of what calls of functions become."""

    def refuse(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol:
        raise state.refuse(what, hint)

    return refuse
