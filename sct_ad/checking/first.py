"""`check="first"`: the first call of a derivative with arguments of new types, compared with all that is known of it.

Compared are the value of the forward sweep with a plain run of the function, to the bit; reverse with forward mode, by
the identity `<u, J v> = <J'u, v>`; both with Richardson-extrapolated differences along a random direction; and products
with Hessians with differences of the gradient, and with each other, `<w, H v> = <H w, v>`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sct_ad.api import Gradient, Options
from sct_ad.arguments import parameter_names, resolve_argnums
from sct_ad.checking.comparison import Outcome, Sides, examine, warn
from sct_ad.checking.occasions import FunctionFails, Numbers, Occasion, Parts, Sampled, fresh, identical, total
from sct_ad.checking.parameters import by_name, spread_call
from sct_ad.checking.suspects import calls_with_rules, named
from sct_ad.columns import Columns
from sct_ad.compiled import Compiled
from sct_ad.curvature import Directional
from sct_ad.derivative import Derivative, run
from sct_ad.derive.requests import single_parameters
from sct_ad.elementwise import Elementwise
from sct_ad.errors import CheckError
from sct_ad.hessians import Hessian
from sct_ad.jacobians import BlockDerivative
from sct_ad.linearized import Linearize
from sct_ad.pullbacks import Vjp, VjpOptions
from sct_ad.pushforward import Pushforward, PushforwardOptions, differentiable_positions
from sct_ad.pytree import flatten, leaves_like
from sct_ad.rules.custom import CustomFunction
from sct_ad.runtime.batches import repeated, taken


class Checked:
    """What a derivative has been checked at, for those who make a larger one of it."""

    def __init__(self, occasion: Occasion, parts: Parts, expected: float, size: float) -> None:
        self.occasion, self.parts, self.expected, self.size = occasion, parts, expected, size


class _Subject:
    """A derivative at the arguments of its first call."""

    def __init__(self, derivative: Any, names: list[str] | None, values: Numbers, compiled: Compiled) -> None:
        self.derivative, self.compiled = derivative, compiled
        self.function = derivative.function()
        self.names = names or parameter_names(self.function)
        self.resolved, self.single = _resolved(derivative, self.names, values)
        self.active = single_parameters(tuple(r for r in self.resolved if r is not None))
        self.has_aux = bool(derivative.options.has_aux)
        self.source = derivative.options.source
        self.occasion = Occasion(self.function, self.names, values, self.active, self.has_aux)
        kind = getattr(derivative.options, "operator", derivative.OPERATOR)
        self.what = f"{kind} of {derivative.__name__}"

    # Ways to derivatives, by the compiled text of an object; `values` are those of all parameters

    def pulled(self, made: Derivative, compiled: Compiled, single: bool, resolved: Any, values: Numbers) -> Any:
        """Value and derivatives by all leaves, in reverse mode."""
        occasion = self.occasion
        with occasion.quietly():
            found = run(compiled, fresh(values))
            if isinstance(made, Vjp):
                value, pullback = found[:2]
                cotangent = occasion.cotangent(value)
                back = taken(pullback.at_once(repeated(cotangent, 1)), 0) if pullback.batched else pullback(cotangent)
                return value, occasion.parts(by_name(resolved, False, back))
        value = None
        if made.options.with_value:
            value, found = found
            value = value[0] if self.has_aux else value
        elif self.has_aux:
            found = found[0]
        parts = occasion.parts(by_name(resolved, single, found))
        (weight,) = occasion.weights(occasion.value)
        return value, [part if weight == 1.0 else weight * part for part in parts]

    def pushed(self, made: Derivative, compiled: Compiled, values: Numbers, parts: Parts) -> Any:
        """Value and tangent, in forward mode."""
        occasion = self.occasion
        with occasion.quietly():
            if isinstance(made, Linearize):
                assert compiled.reverse is not None
                value, tape = run(compiled, fresh(values))[:2]
                return value, compiled.reverse(tape, *occasion.tangents(parts))
            value, tangent = _along(compiled, values, occasion.tangents(parts))[:2]
            return value, taken(tangent, 0) if compiled.batched else tangent

    def reverse(self) -> tuple[Callable[[Numbers], Any], Callable[[], Any]] | None:
        """Derivatives by all leaves, and the value of the forward sweep, from a pullback; None where it is refused."""
        options = VjpOptions(tuple(self.active), self.has_aux, self.source)
        found = self._made(lambda: Vjp(self.derivative.primal, options))
        if found is None:
            return None
        made, compiled = found
        return _reverse(lambda values: self.pulled(made, compiled, False, tuple(self.active), values), self.occasion)

    def forward(self) -> tuple[Callable[[Numbers, Parts], Any], Callable[[], Any]] | None:
        """The derivative along a direction, and the value of the forward sweep; None where it is refused."""
        active = tuple(map(self.names.index, self.active))
        options = PushforwardOptions(active, self.has_aux, self.source)
        found = self._made(lambda: Pushforward(self.derivative.primal, options))
        if found is None:
            return None
        made, compiled = found
        return _forward(lambda values, parts: self.pushed(made, compiled, values, parts), self.occasion)

    def _made(self, make: Callable[[], Any]) -> tuple[Any, Compiled] | None:
        """Another derivative of the function, which is tried out; None where it is refused or fails."""
        occasion = self.occasion
        try:
            made = make()
            args, kwargs = spread_call(self.function, self.names, occasion.values)
            _, values, compiled = made.prepared(args, kwargs)
            with occasion.quietly():
                tangents = occasion.tangents(occasion.direction(1)) if isinstance(made, Pushforward) else []
                run(compiled, [*fresh(tuple(values)), *tangents])
        except Exception:  # a rule for one mode alone, or an argument that the other one does not take
            return None
        return made, compiled


def _along(compiled: Compiled, values: Numbers, tangents: list[Any]) -> Any:
    """What a compiled derivative returns along tangents; where it takes several at once, there is one."""
    given = [repeated(tangent, 1) for tangent in tangents] if compiled.batched else tangents
    return run(compiled, [*fresh(values), *given])


def _resolved(derivative: Any, names: list[str], values: Numbers) -> tuple[Any, bool]:
    """The parameters that a derivative is asked for."""
    if isinstance(derivative, Pushforward):
        return tuple(names[k] for k in derivative.options.active), False
    if isinstance(derivative, (Vjp, Linearize)):
        return derivative.asked(names, values), False
    return resolve_argnums(derivative.function(), derivative.options.argnums, names)


def _reverse(pull: Callable[[Numbers], Any], occasion: Occasion) -> tuple[Callable[[Numbers], Any], Callable[[], Any]]:
    return lambda values: pull(values)[1], lambda: pull(occasion.values)[0]


def _forward(
    push: Callable[[Numbers, Parts], Any], occasion: Occasion
) -> tuple[Callable[[Numbers, Parts], Any], Callable[[], Any]]:
    def along(values: Numbers, parts: Parts) -> tuple[float, float]:
        return occasion.weighed(*push(values, parts))

    return along, lambda: push(occasion.values, occasion.direction(1))[0]


def check_first(derivative: Any, names: list[str] | None, values: Numbers, compiled: Compiled) -> Checked | None:
    """Compare a derivative at the arguments of its first call; CheckError names what disagrees."""
    with _generators_kept():
        try:
            subject = _Subject(derivative, names, values, compiled)
        except FunctionFails:
            return None  # so will the call
        if not subject.occasion.repeats:
            warn(f"check of {subject.what}: nothing is compared, as two runs of the function give different results")
            return None
        if not subject.occasion.entries:
            return None
        return _check_second(subject) if isinstance(derivative, Directional) else _check_derivative(subject)


@contextmanager
def _generators_kept() -> Iterator[None]:
    """A block that leaves the global generators of random numbers as they were."""
    before = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def _check_derivative(subject: _Subject) -> Checked | None:
    """Value, reverse and forward mode of a first derivative."""
    derivative, compiled, occasion = subject.derivative, subject.compiled, subject.occasion
    if isinstance(derivative, (Pushforward, Columns, Linearize)):
        forward: Any = _forward(lambda v, p: subject.pushed(derivative, compiled, v, p), occasion)
        own, reverse = forward, subject.reverse()
    else:
        reverse = _reverse(
            lambda v: subject.pulled(derivative, compiled, subject.single, subject.resolved, v), occasion
        )
        own, forward = reverse, subject.forward()
    if isinstance(derivative, Gradient) and not derivative.options.with_value:
        options = derivative.options._replace(with_value=True, check=None, memory=None)
        found = subject._made(lambda: Gradient(derivative.primal, options))
        if found is not None:
            made, other = found
            own = _reverse(lambda v: subject.pulled(made, other, subject.single, subject.resolved, v), occasion)
    return _compared(subject, own[1], reverse and reverse[0], forward and forward[0])


def _compared(subject: _Subject, value: Callable[[], Any], reverse: Any, forward: Any) -> Checked | None:
    occasion = subject.occasion
    _same_value(subject, value())
    sides = Sides(occasion.sampled, reverse, forward)
    return _settled(subject, examine(occasion, sides, subject.what), occasion.direction(1))


def _same_value(subject: _Subject, value: Any) -> None:
    """Refuse a forward sweep that gives another value than the function."""
    plain = subject.occasion.value
    if value is None or identical(value, plain):
        return
    ours, theirs = flatten(value)[0], flatten(plain)[0]
    k = next((k for k, pair in enumerate(zip(ours, theirs)) if not identical(*pair)), 0)
    pairs = ((theirs, plain), (ours, value))
    shown = [repr(each[k] if k < len(each) else whole)[:200] for each, whole in pairs]
    raise CheckError(
        f"check of {subject.what}: the value of the forward sweep is not that of the function\n"
        f"  function       {shown[0]}\n  forward sweep  {shown[1]}{_blamed(subject)}"
    )


def _settled(subject: _Subject, outcome: Outcome, parts: Parts) -> Checked | None:
    """Raise or warn of what a comparison has shown."""
    if outcome.complaint:
        raise CheckError(f"check of {outcome.complaint}{_blamed(subject)}")
    if outcome.doubt:
        warn(f"check of {outcome.doubt}")
        return None
    assert outcome.comparison is not None
    number = next(iter(outcome.comparison.numbers.values()))
    return Checked(subject.occasion, parts, number, outcome.comparison.size)


def _blamed(subject: _Subject) -> str:
    """The rules of the user's own that are wrong by themselves, a line for each."""
    if getattr(subject.derivative, "is_suspect", False):
        return ""
    found = []
    for function, args, kwargs, line in calls_with_rules(subject.occasion):
        try:
            kept = function.nondiff(len(args)) if isinstance(function, CustomFunction) else ()
            moving = tuple(k for k in differentiable_positions(args) if k not in kept)
            made: Any = Vjp(function, VjpOptions(moving))
            made.is_suspect = True
            names, values, compiled = made.prepared(args, kwargs)
            check_first(made, names, values, compiled)
        except CheckError:
            found.append(named(function, line))
        except Exception:  # what cannot be called by itself cannot be blamed
            continue
    return "".join(f"\n{line}" for line in found)


# Second derivatives


def _check_second(subject: _Subject) -> Checked | None:
    """The gradient, and then its derivative along a direction."""
    derivative, occasion = subject.derivative, subject.occasion
    options = Options(tuple(subject.active), True, subject.has_aux, subject.source)
    found = subject._made(lambda: Gradient(derivative.primal, options))
    if found is None:
        return None
    made, compiled = found
    resolved = tuple(subject.active)
    pulled, value = _reverse(lambda v: subject.pulled(made, compiled, False, resolved, v), occasion)
    forward = subject.forward()
    if _compared(subject, value, pulled, forward and forward[0]) is None:
        return None
    weights, parts = occasion.direction(2), occasion.direction(1)

    def product(values: Numbers, direction: Parts) -> list[Any]:
        with occasion.quietly():
            result = _along(subject.compiled, values, occasion.tangents(direction))
        result = result[0] if subject.has_aux else result
        result = taken(result, 0) if subject.compiled.batched else result
        return occasion.parts(by_name(subject.resolved, subject.single, result))

    def sample(values: Numbers, direction: Parts) -> Sampled:
        def at(step: float) -> tuple[float, float]:
            try:
                return total(weights, pulled(occasion.moved(values, direction, step)))
            except Exception:  # whatever the function does not take
                return np.nan, np.nan

        return at

    sides = Sides(
        sample,
        lambda values: product(values, weights),
        lambda values, direction: total(weights, product(values, direction)),
        ("the product H w", "the product H v", "finite differences of the gradient"),
    )
    return _settled(subject, examine(occasion, sides, subject.what), parts)


# Derivatives that are made of those


def check_blocks(derivative: BlockDerivative, checked: Checked, value: Any, found: Any) -> None:
    """Compare a Jacobian, a Hessian or an elementwise derivative with the products that it is made of."""
    occasion, parts = checked.occasion, checked.parts
    if isinstance(derivative, Elementwise):
        product = found * parts[0]
        got, size = total(occasion.weights(value), [product])
    else:
        weights = occasion.direction(2) if isinstance(derivative, Hessian) else occasion.weights(value)
        got = size = 0.0
        rows = _rows(derivative, occasion, value, found)
        for weight, row in zip(weights, rows, strict=True):
            if weight is None:
                continue
            for block, part in zip(row, parts):
                product = np.tensordot(np.asarray(block), np.asarray(part), axes=np.ndim(part))
                one, terms = total([weight], [product])
                got, size = got + one, size + terms
    precision = occasion.precision
    allowed = precision.rtol * max(size, checked.size)
    if not (abs(got - checked.expected) <= allowed or (np.isnan(got) and np.isnan(checked.expected))):
        raise CheckError(
            f"check of {derivative.OPERATOR} of {derivative.__name__} is wrong: it is not made of its products\n"
            f"  product with the whole  {got!r}\n  product                 {checked.expected!r}"
        )


def _rows(derivative: Any, occasion: Occasion, value: Any, found: Any) -> list[Any]:
    """For each leaf of the value, the derivatives by each leaf that moves."""
    resolved, single = resolve_argnums(derivative._inner.function(), derivative.argnums, occasion.names)
    if isinstance(derivative, Hessian):
        given = [occasion.values[occasion.names.index(name)] for name in occasion.active]
        trees = by_name(resolved, single, found)
        kept: list[Any] = []
        for name, tree in zip(occasion.active, given):
            leaves = leaves_like(flatten(tree)[1], trees[name])
            kept += [leaves[entry.index] for entry in occasion.entries if entry.name == name]
    else:
        kept = leaves_like(flatten(value)[1], found)
    return [None if row is None else occasion.parts(by_name(resolved, single, row)) for row in kept]
