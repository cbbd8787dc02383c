"""The facts about one core function that later stages ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sct_ad.rules.effects import Effects
from sct_ad.syntax.nodes import Expr, Stmt, name
from sct_ad.syntax.values import UNKNOWN, Abstract


@dataclass
class Facts:
    """Side tables keyed by variable name; variables have been renamed apart, so a name has one type."""

    types: dict[str, Abstract] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    """Variable that may hold mutable memory -> its alias class. Different classes never share memory.
    A variable that is not listed holds an immutable value (float, tuple of floats, range, string)."""
    outside: frozenset[str] = frozenset()
    """Names of live globals and closure variables: a store through one of them is an effect."""
    temporaries: set[str] = field(default_factory=set)
    """Variables that the compiler made up; the user never wrote their names."""
    loop_names: dict[str, str] = field(default_factory=dict)
    """Target of a reversed loop -> target of the loop that it reverses."""
    unsure: set[str] = field(default_factory=set)
    """Variables from tapes that may be None."""
    releases: bool = False
    """Whether arrays are let go as soon as possible."""
    workspace: object = None
    """What the last pass left of the tree that it made, for the next pass to go on with."""
    resolve: Callable[[Expr], object | None] = lambda func: None
    """What a callee expression denotes (`np.sin`; for a method of an array the equal NumPy function); None: unknown."""
    call_effects: Callable[[Expr], Effects] = lambda call: Effects(pure=False)
    """The effects of a Call node; arguments counted with a method's object as argument 0."""
    dependence: Callable[[list[Stmt]], Any] = lambda body: None
    """The `Dependence` of a body's loads and stores; None where nothing is known of them."""
    denote: Callable[[object, str], Expr] = lambda value, hint: name(hint)
    """An expression that denotes an object in the emitted text: its name, or one like the hint."""
    type_of: Callable[[Expr], Abstract] = lambda expr: UNKNOWN
    """The abstract value of any (nested) pure expression over typed variables."""
