"""Emitting statements of a derivative: names, types, bound objects, the user's line."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import gast
import numpy as np

from sct_ad.analysis.alias import analyse_memory, effects_of
from sct_ad.analysis.dependence import Dependence
from sct_ad.analysis.facts import Facts
from sct_ad.analysis.realness import is_all_real
from sct_ad.errors import Span
from sct_ad.specialise.entry import Specialised
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block, Expr
from sct_ad.syntax.values import Abstract, Scalar, kind


class Emission:
    """Appends statements to `out` and notes the types of the variables that they define."""

    def __init__(self, flat: Specialised) -> None:
        self.flat, self.typer, self.namespace, self.temporaries = flat, flat.typer, flat.namespace, flat.temporaries
        self.out: Block = []
        self.origin: Span | None = None

    def emit(self, stmt: nodes.Stmt) -> None:
        """Append a statement that belongs to the current user line."""
        origin = replace(self.origin, adjoint=True) if self.origin else None
        self.out.append(nodes.with_origin(stmt, origin))

    def define(self, variable: str, value: Expr, type_: Abstract | None = None) -> gast.Name:
        """Emit `variable = value`."""
        self.typer.types[variable] = self.typer.type_of(value) if type_ is None else type_
        self.emit(nodes.assign(variable, value))
        return nodes.name(variable)

    def fresh(self, base: str) -> str:
        """A fresh variable of the derivative."""
        name = self.namespace.names.fresh(base)
        self.namespace.locals.add(name)
        self.temporaries.add(name)
        return name

    def facts(self, body: Block) -> Facts:
        """What the tidying passes may ask about the emitted body."""
        typer = self.typer
        return Facts(
            types=typer.types,
            memory=analyse_memory(body, typer).classes(),
            outside=typer.outside,
            temporaries=self.temporaries,
            unsure=self.namespace.unsure,
            resolve=typer.resolve,
            call_effects=lambda call: effects_of(call, typer),
            type_of=typer.type_of,
            dependence=lambda body: Dependence(body, typer, analyse_memory(body, typer)),
            denote=self.bind,
        )

    def bind(self, value: object, hint: str) -> Expr:
        """An expression that denotes an object in emitted text."""
        return self.namespace.denote(value, hint)

    def numpy(self, function: str, *args: Expr, **keywords: Expr) -> gast.Call:
        """`np.function(*args)`."""
        return nodes.call(nodes.attribute(self.bind(np, "np"), function), *args, **keywords)

    def may_be_complex(self, type_: Abstract) -> bool:
        """Whether a value of this type can be complex."""
        known = kind(type_)
        if known == "complex" and isinstance(type_, Scalar) and type_.dtype == "?":
            known = ""  # any number
        return known == "complex" or (not known and self.complex_occurs)

    @cached_property
    def complex_occurs(self) -> bool:
        """Whether anything in the program may be complex."""
        return not is_all_real(self.flat.function.body, self.typer, self.flat.parameter_types)
