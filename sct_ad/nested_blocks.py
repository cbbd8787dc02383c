"""Jacobians, Hessians, pullbacks and linear maps in functions that are differentiated.

They are written in terms of gradients, Hessian-vector products and `jvp`, whose derivatives are known (`nested`): the
pullback of `f` along `c` is the gradient of `sum(c * f(x))`, a Jacobian consists of such gradients or of tangents, a
Hessian of Hessian-vector products. Arguments and results are followed when the function is compiled, so that blocks are
in their places in tuples and dicts.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from sct_ad.api import Gradient, Options
from sct_ad.arguments import (
    fixed_argnums,
    innermost,
    is_differentiable,
    is_variadic,
    parameter_names,
    plain_function,
)
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.emit.load import load
from sct_ad.errors import ArgumentError
from sct_ad.hessians import Hessian, hessian
from sct_ad.jacobians import BlockDerivative, Jacfwd, Jacrev, jacfwd, jacrev
from sct_ad.linearized import Linearize, linearize
from sct_ad.modes import Jacobian, jacobian, value_and_jacobian
from sct_ad.pullbacks import Vjp, vjp
from sct_ad.pushforward import jvp
from sct_ad.specialise import calls, derivative_calls, library_blocks
from sct_ad.specialise.derivative_calls import EXPANDED, MAKERS
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.symbols import Partial, Record, Runtime, Sequence, Symbol, literal, symbol_type
from sct_ad.syntax.names import Names
from sct_ad.syntax.values import FLOAT, Array, Constant, Scalar, kind

Path = tuple[Any, ...]
"""The indices and keys that lead from a result to a part of it."""


class _Inside:
    """One call of a derivative in a function that is specialised."""

    def __init__(self, state: State, frame: Frame, node: Any, what: str, function: types.FunctionType) -> None:
        self.state, self.frame, self.node, self.what, self.function = state, frame, node, what, function

    def refuse(self, what: str, hint: str) -> Exception:
        """The error for a call that has no derivative, at the user's line."""
        return self.state.refuse(what, hint, self.state.span(self.frame, self.node))

    def constant(self, value: Any, name: str) -> Symbol:
        """A symbol for an object."""
        return Runtime(Constant(value), self.state.namespace.denote(value, name))

    def library(self, function: Any, *args: Symbol) -> Symbol:
        """A call of a function of the library."""
        return calls.invoke_function(self.state, self.frame, function, list(args), {}, self.node)

    def primal(self, args: list[Symbol]) -> Symbol:
        """The value of the function."""
        count = _positional(self.function, len(args))
        named = dict(zip(parameter_names(self.function)[count:], args[count:]))
        return calls.invoke_function(self.state, self.frame, self.function, args[:count], named, self.node)

    def called(self, args: list[Symbol], order: list[int], path: Path, paired: bool = False) -> types.FunctionType:
        """A part of the result as a function of the arguments in another order; `paired` with a cotangent."""
        names = _names(self.function, len(args))
        supply = Names(set(names))
        callee, cotangent, pair = map(supply.fresh, (_identifier(self.function), "cotangent", "paired"))
        count = _positional(self.function, len(args))
        passed = ", ".join([*names[:count], *(f"{name}={name}" for name in names[count:])])
        part = f"{callee}({passed})" + "".join(f"[{key!r}]" for key in path)
        parameters = [names[k] for k in order] + ([cotangent] if paired else [])
        name = f"{_identifier(self.function)}_part"
        result = f"{pair}({part}, {cotangent})" if paired else part
        text = f"def {name}({', '.join(parameters)}):\n    return {result}\n"
        return load(text, name, {callee: self.function, pair: library_blocks.paired}, {})

    def is_number(self, symbol: Symbol) -> bool:
        """Whether an argument or part of a result is a number, and no array; ValueError for what is neither."""
        type_ = symbol.type if isinstance(symbol, Runtime) else None
        if isinstance(type_, (Scalar, Array)) and kind(type_) == "float":
            return isinstance(type_, Scalar)
        raise ValueError(symbol)

    def moved(self, args: list[Symbol], place: int) -> Symbol:
        """An argument that a block is by."""
        found = _number(args[place])
        try:
            self.is_number(found)
        except ValueError:
            raise self.refuse(
                f"a call of a {self.what} by an argument that is neither a float nor an array of floats",
                "pass each array as an argument of its own, and choose it by argnums",
            ) from None
        return found


def _names(function: types.FunctionType, count: int) -> list[str]:
    own = parameter_names(function)
    return own if len(own) == count and not is_variadic(function) else [f"x{k}" for k in range(count)]


def _positional(function: types.FunctionType, count: int) -> int:
    """How many of so many arguments are passed by position; the others are by the names of parameters."""
    keywords = function.__code__.co_kwonlyargcount
    return count - keywords if keywords and not is_variadic(function) else count


def _identifier(function: types.FunctionType) -> str:
    return function.__name__ if function.__name__.isidentifier() else "function"


def _places(function: types.FunctionType, argnums: Any, count: int) -> tuple[int, ...]:
    names = parameter_names(function)
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    return tuple(names.index(k) if isinstance(k, str) else k % count for k in several)


def _with_text(function: Any, source: str | None, operator: str) -> types.FunctionType:
    """A plain function, whose text is known from here on."""
    found = plain_function(function, operator)
    if source is not None:
        calls.lowered(innermost(function) or found, source)
    return found


# Jacobians and Hessians


def _blocks(
    state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Symbol:
    """A call of a Jacobian or Hessian."""
    assert isinstance(value, BlockDerivative)
    inside = _Inside(state, frame, node, value.RESULT, _with_text(value.primal, value._source, value.OPERATOR))
    if value.holomorphic:
        raise inside.refuse(f"a call of a {value.RESULT} with holomorphic=True", "leave it out, for real arguments")
    given = derivative_calls.positional(state, value, args, keywords)
    places = _places(inside.function, value.argnums, len(given))
    single = not isinstance(value.argnums, tuple)
    if isinstance(value, Hessian):
        return _hessian(inside, given, places, single, value.has_aux)
    result, whole, path = _value(inside, given, value.has_aux)
    mode = "fwd" if isinstance(value, Jacfwd) else value.mode if isinstance(value, Jacobian) else "rev"

    def leaf(symbol: Symbol, at: Path) -> Symbol:
        blocks = tuple(_block(inside, given, place, symbol, at, mode) for place in places)
        return blocks[0] if single else Sequence(blocks)

    found = _over(inside, whole, path, leaf)
    if value.with_value:
        return Sequence((result, found))
    return Sequence((found, result.items[1])) if isinstance(result, Sequence) and path else found


def _over(inside: _Inside, symbol: Symbol, path: Path, leaf: Callable[[Symbol, Path], Symbol]) -> Symbol:
    """The structure of a result with something else in the place of each number and array."""
    if isinstance(symbol, Sequence):
        items = tuple(_over(inside, item, (*path, k), leaf) for k, item in enumerate(symbol.items))
        return Sequence(items, is_list=symbol.is_list, names=symbol.names, maker=symbol.maker)
    if isinstance(symbol, Record):
        return Record(tuple((key, _over(inside, item, (*path, key), leaf)) for key, item in symbol.items))
    type_ = symbol.type if isinstance(symbol, Runtime) else None
    if isinstance(type_, (Scalar, Array)) and kind(type_) in ("int", "bool"):
        return literal(None)
    if isinstance(type_, Constant) and not isinstance(type_.value, (float, complex)):
        return literal(None)
    try:
        inside.is_number(symbol)
    except ValueError:
        raise inside.refuse(
            f"a call of a {inside.what} of a function with this result",
            "return floats and arrays of floats, in tuples, lists or dicts of known length",
        ) from None
    return leaf(symbol, path)


def _block(inside: _Inside, args: list[Symbol], place: int, y: Symbol, path: Path, mode: str | None) -> Symbol:
    """The derivative of one number or array by another."""
    x = inside.moved(args, place)
    order = [place, *(k for k in range(len(args)) if k != place)]
    rest = Sequence(tuple(args[k] for k in order[1:]))
    still = Sequence((literal(None),) * len(order[1:]))
    push = inside.constant(jvp, "jvp")

    def part() -> Symbol:
        return inside.constant(inside.called(args, order, path), f"{_identifier(inside.function)}_part")

    def gradient(paired: bool) -> Symbol:
        made = Gradient(inside.called(args, order, path, paired), Options(0))  # type: ignore[arg-type]
        return inside.constant(made, f"{_identifier(inside.function)}_grad")

    if inside.is_number(x):
        return inside.library(library_blocks.slope, push, part(), x, rest, still)
    if inside.is_number(y):
        return calls.invoke(inside.state, inside.frame, gradient(False), [x, *rest.items], {}, inside.node)
    if mode == "fwd":
        return inside.library(library_blocks.columns, push, part(), y, x, rest, still)
    if mode == "rev":
        return inside.library(library_blocks.rows, gradient(True), y, x, rest)
    return inside.library(library_blocks.fewer, push, part(), gradient(True), y, x, rest, still)


def _hessian(inside: _Inside, args: list[Symbol], places: tuple[int, ...], single: bool, has_aux: bool) -> Symbol:
    if _positional(inside.function, len(args)) < len(args):
        raise inside.refuse(
            "a call of a Hessian of a function with keyword-only parameters", "make them plain parameters"
        )
    if has_aux:
        raise inside.refuse("a call of a Hessian with has_aux=True", "leave it out, and call the function for the rest")
    name = _identifier(inside.function)
    rows = []
    for place in places:
        first, row = inside.moved(args, place), []
        for other in places:
            x = inside.moved(args, other)
            made = Directional(inside.function, DirectionalOptions(place, (other,)))  # type: ignore[arg-type]
            product, given = inside.constant(made, f"{name}_hvp"), Sequence(tuple(args))
            if inside.is_number(x):
                row.append(inside.library(library_blocks.curvature_by_number, product, given))
            elif inside.is_number(first):
                row.append(inside.library(library_blocks.curvatures_of_number, product, x, given))
            else:
                row.append(inside.library(library_blocks.curvatures, product, first, x, given))
        rows.append(row[0] if single else Sequence(tuple(row)))
    return rows[0] if single else Sequence(tuple(rows))


# Pullbacks and linear maps


def _number(symbol: Symbol) -> Symbol:
    """A literal float as a float of which the value is not known."""
    if isinstance(symbol, Runtime) and isinstance(symbol.type, Constant) and type(symbol.type.value) is float:
        return Runtime(FLOAT, symbol.atom)
    return symbol


def _held(inside: _Inside, symbol: Symbol) -> Symbol:
    """An argument as it is now, whatever is done to the variable and to the array later."""
    if isinstance(symbol, Sequence):
        items = tuple(_held(inside, item) for item in symbol.items)
        return Sequence(items, is_list=symbol.is_list, names=symbol.names, maker=symbol.maker)
    if isinstance(symbol, Record):
        return Record(tuple((key, _held(inside, item)) for key, item in symbol.items))
    symbol = _number(symbol)
    type_ = symbol.type if isinstance(symbol, Runtime) else None
    if isinstance(type_, Constant):
        return symbol
    if isinstance(type_, (Scalar, Array)):
        held = library_blocks.held_array if isinstance(type_, Array) else library_blocks.held
        return inside.library(held, symbol)
    raise inside.refuse(
        f"a call of a {inside.what} with this argument",
        "pass numbers and arrays, and tuples, lists or dicts of known length",
    )


def _pullback(
    inside: _Inside, args: list[Symbol], shift: int, argnums: Any = None, has_aux: bool = False, **_: Any
) -> Symbol:
    """Value and pullback by the arguments after the first `shift` ones, or by those in `argnums`."""
    args = [_held(inside, arg) for arg in args]
    result, whole, path = _value(inside, args, has_aux)
    if argnums is None:
        places = [k if is_differentiable(symbol_type(args[k])) else None for k in range(shift, len(args))]
    else:
        places = list(_places(inside.function, argnums, len(args)))
    active = tuple(k for k in places if k is not None)
    if not active:
        raise inside.refuse("a pullback of a function without floats among its arguments", "pass floats")
    paired = inside.called(args, list(range(len(args))), path, paired=True)
    gradient = inside.constant(Gradient(paired, Options(active)), f"{_identifier(inside.function)}_reverse")  # type: ignore[arg-type]
    where = Sequence(tuple(literal(None if k is None else active.index(k)) for k in places))
    pulled = inside.constant(library_blocks.pulled, "pulled")
    return _with_map(result, whole, path, Partial(pulled, (gradient, where, *args), {}))


def _linear_map(inside: _Inside, args: list[Symbol], shift: int, has_aux: bool = False, **_: Any) -> Symbol:
    """Value and linear map by the arguments after the first `shift` ones."""
    args = [_held(inside, arg) for arg in args]
    result, whole, path = _value(inside, args, has_aux)
    part = inside.constant(inside.called(args, list(range(len(args))), path), f"{_identifier(inside.function)}_part")
    still = Sequence((literal(None),) * shift)
    given = (inside.constant(jvp, "jvp"), part, Sequence(tuple(args)), still)
    return _with_map(result, whole, path, Partial(inside.constant(library_blocks.pushed, "pushed"), given, {}))


def _value(inside: _Inside, args: list[Symbol], has_aux: bool) -> tuple[Symbol, Symbol, Path]:
    """What the function returns, the part of it that is differentiated, and the way there."""
    result = inside.primal(args)
    if not has_aux:
        return result, result, ()
    if not isinstance(result, Sequence) or len(result.items) != 2:
        raise inside.refuse("has_aux of a function that does not return a pair", "return (value, aux)")
    return result, result.items[0], (0,)


def _with_map(result: Symbol, whole: Symbol, path: Path, made: Symbol) -> Symbol:
    aux = (result.items[1],) if path and isinstance(result, Sequence) else ()
    return Sequence((whole, made, *aux))


def _called(expand: Callable[..., Symbol], what: str) -> derivative_calls.Expansion:
    """The expansion of `vjp(f, *primals)` and its like."""

    def expansion(
        state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
    ) -> Symbol:
        shown = value.__name__
        if len(args) < 2:
            raise state.refuse(f"{shown} without arguments", f"write {shown}(f, x)", state.span(frame, node))
        options = {name: derivative_calls.static(state, arg, shown) for name, arg in keywords.items()}
        source = options.pop("source", None)
        function, text, captured = derivative_calls.plain(state, frame, args[0], shown, node)
        function = _with_text(function, source or text, shown)
        if "argnums" in options:
            options["argnums"] = derivative_calls.shifted(options["argnums"], len(captured))
        inside = _Inside(state, frame, node, what, function)
        return expand(inside, [*captured, *args[1:]], len(captured), **options)

    return expansion


def _object(expand: Callable[..., Symbol], what: str) -> derivative_calls.Expansion:
    """The expansion of a call of an object that `vjp(f)`, or its like, has made."""

    def expansion(
        state: State, frame: Frame, value: Any, args: list[Symbol], keywords: dict[str, Symbol], node: Any
    ) -> Symbol:
        function = _with_text(value._function, value.options.source, value.OPERATOR)
        given = derivative_calls.positional(state, value, args, keywords)
        argnums = getattr(value.options, "argnums", None)
        if argnums is None and len(given) > len(args):
            argnums = tuple(range(len(args)))
        inside = _Inside(state, frame, node, what, function)
        options = {} if argnums is None else {"argnums": argnums}
        return expand(inside, given, 0, has_aux=value.options.has_aux, **options)

    return expansion


EXPANDED[vjp] = _called(_pullback, "pullback")
EXPANDED[linearize] = _called(_linear_map, "linear map")
EXPANDED[Vjp] = _object(_pullback, "pullback")
EXPANDED[Linearize] = _object(_linear_map, "linear map")
EXPANDED.update(dict.fromkeys((Jacrev, Jacfwd, Hessian), _blocks))


def _maker(operator: Callable[..., Any]) -> derivative_calls.Maker:
    """What makes Jacobians and Hessians of nested functions."""

    def make(function: Any, source: str | None, shift: int, argnums: Any = 0, *options: Any, **named: Any) -> Any:
        if named.get("sparsity") is not None:
            raise ArgumentError(f"{operator.__name__} with sparsity inside of a function\n  instead: leave it out")
        chosen = derivative_calls.shifted(fixed_argnums(argnums), shift)
        return operator(function, chosen, *options, **{**named, "source": named.get("source") or source})

    return make


MAKERS.update({operator: _maker(operator) for operator in (jacobian, jacrev, jacfwd, value_and_jacobian, hessian)})
