"""What a local name stands for while a function is specialised."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gast

from sct_ad.analysis.typer import constant_type
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import UNKNOWN, Abstract, Constant, Dict, List, Opaque, Scalar, Tuple

if TYPE_CHECKING:
    from sct_ad.specialise.frames import Frame


@dataclass(frozen=True)
class Runtime:
    """A value that exists when the emitted code runs, denoted by an atom."""

    type: Abstract
    atom: Expr


@dataclass(frozen=True)
class Sequence:
    """A tuple or list display whose items are known one by one; it need not exist at run time."""

    items: tuple[Symbol, ...]
    is_list: bool = False
    homes: frozenset[str] = frozenset()
    """The variables that a list may have been bound to first."""
    names: tuple[str, ...] = ()
    """The fields of a named tuple."""
    maker: Expr | None = None
    """The class of a named tuple, as emitted text denotes it."""


@dataclass(frozen=True)
class Record:
    """A dict display whose entries are known one by one; it need not exist at run time."""

    items: tuple[tuple[Hashable, Symbol], ...]
    homes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Closure:
    """A nested function; its free variables live in `frame`, which is inlined into the same flat function."""

    node: gast.FunctionDef
    frame: Frame
    defaults: dict[str, Symbol] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """An object whose attributes are followed one by one: each is a variable, the same by every name for the object."""

    key: str
    cls: type
    outside: Any = field(default=None, compare=False)
    """The object itself, where it lives outside of the function."""


@dataclass(frozen=True)
class Super:
    """`super()` in a method: attributes are looked for behind `cls` in the object's classes."""

    owner: Symbol
    cls: type


@dataclass(frozen=True)
class Method:
    """An attribute of a run-time value that is going to be called."""

    owner: Symbol
    attr: str


@dataclass(frozen=True)
class Partial:
    """functools.partial over a known function."""

    function: Symbol
    args: tuple[Symbol, ...]
    keywords: dict[str, Symbol]


@dataclass(frozen=True)
class Frozen(Partial):
    """A distribution of SciPy with its parameters, by name."""


@dataclass(frozen=True, eq=False)
class Iteration:
    """enumerate, zip, reversed, map, iter, count, repeat or cycle of something, before it is looped over."""

    kind: str
    parts: tuple[Symbol, ...]
    position: str = ""
    """The variable that tells how far an `iter` has come."""
    token: object = field(default_factory=object)
    """Tells which iterator this is: what is known of one may be written down anew."""


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several functions, by a number that shows at run time."""

    which: Runtime
    items: tuple[Symbol, ...]


@dataclass(frozen=True, eq=False)
class Generator:
    """A call of a generator function; its body, in `frame`, runs where it is looped over."""

    frame: Frame
    key: Any
    parameters: tuple[str, ...]
    """The variables of its parameters."""


@dataclass(frozen=True)
class Poison:
    """A name that cannot be used: it stands for different functions on different paths, say."""

    reason: str
    hint: str = ""
    homes: frozenset[str] = frozenset()
    """The homes of a list or dict that could be read if it existed at run time."""


Symbol = (
    Runtime
    | Sequence
    | Record
    | Closure
    | Instance
    | Super
    | Method
    | Partial
    | Iteration
    | Generator
    | Choice
    | Poison
)


NONE = Runtime(Constant(None), nodes.constant(None))
"""What a call gives that returns nothing."""


def symbol_type(symbol: Symbol) -> Abstract:
    """The abstract value of a symbol as far as it can be materialised."""
    if isinstance(symbol, Runtime):
        return symbol.type
    if isinstance(symbol, Sequence):
        items = tuple(map(symbol_type, symbol.items))
        return List(items) if symbol.is_list else Tuple(items, symbol.names)
    if isinstance(symbol, Record):
        return Dict(tuple((key, symbol_type(item)) for key, item in symbol.items))
    return Opaque(symbol.cls) if isinstance(symbol, Instance) else UNKNOWN


def display(symbol: Symbol) -> Expr:
    """The expression that denotes a symbol at run time."""
    if isinstance(symbol, Runtime):
        return nodes.copy(symbol.atom)
    if isinstance(symbol, Sequence):
        items = [display(item) for item in symbol.items]
        if symbol.maker is not None:
            return nodes.call(nodes.copy(symbol.maker), *items)
        return gast.List(elts=items, ctx=nodes.LOAD) if symbol.is_list else nodes.tuple_(items)
    if isinstance(symbol, Record):
        keys = [nodes.constant(key) for key, _ in symbol.items]
        return gast.Dict(keys=keys, values=[display(item) for _, item in symbol.items])
    raise TypeError(type(symbol).__name__)


def is_concrete(symbol: Symbol) -> bool:
    """Whether a symbol can be materialised at run time."""
    if isinstance(symbol, Sequence):
        return all(map(is_concrete, symbol.items))
    if isinstance(symbol, Record):
        return all(is_concrete(item) for _, item in symbol.items)
    return isinstance(symbol, Runtime)


def literal(value: Any) -> Runtime:
    """A value that is known at compile time and can be written down."""
    return Runtime(constant_type(value), nodes.constant(value))


def truth(type_: Abstract) -> bool | None:
    """The truth value of a run-time value where its type decides it."""
    if isinstance(type_, Constant):
        return bool(type_.value)
    if isinstance(type_, Scalar) and type(type_.value) in (bool, int, float, complex):
        return bool(type_.value)
    return None
