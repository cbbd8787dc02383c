"""The variants of a call at which a rule must agree with itself, or with differences along a direction.

Layouts and precisions are compared with the rule's own cotangents at the same numbers, which finite differences have
confirmed. Sizes 1 and complex numbers are other points, and have differences of their own. A further kind of
derivative is a further function here.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sct_ad.checking.calls import Subject, cotangent_like, dtype_of, finished, is_single
from sct_ad.differences import Contraction, Estimate, coarsest, leaf_derivatives
from sct_ad.errors import NoRuleError

Mode = tuple[str, bool]
"""What the compiler knows, and whether sequences are written out in the call."""


class LeftOut(Exception):
    """A variant does not apply: the message is the reason."""


@dataclass
class Checked:
    """What the check of a rule covered."""

    done: list[str] = field(default_factory=list)
    """What was checked: "differences (constants)", "float32", "complex", ..."""
    left_out: dict[str, str] = field(default_factory=dict)
    """What was not, with the reason."""

    def attempt(self, name: str, check: Callable[[], None]) -> None:
        """Check a variant, and note that it was checked, or why it was left out."""
        try:
            check()
        except LeftOut as reason:
            self.left_out[name] = str(reason)
        except AssertionError as error:
            raise AssertionError(f"{error}\n  in the variant {name!r} of the call") from error
        else:
            self.done.append(name)


def check_single(subject: Subject, modes: list[Mode]) -> None:
    """Single precision in, single precision out, and the numbers those of double precision."""
    if not any(dtype.char in "fdFD" for dtype in map(dtype_of, arrays_of(subject))):
        raise LeftOut("no array of floats")
    arguments = changed(subject, single, every=True)
    z = value_of(subject, arguments)
    if any(dtype_of(part).kind in "fc" and not is_single(part) for part in parts_of(z)):
        raise LeftOut("the function's result is in double precision")
    doubles = changed(subject, lambda array: single(array).astype(array.dtype), every=True)
    expected = cotangents(subject, doubles, modes[0])
    numbers = any(
        type(value) in (int, float) for value in subject.arguments.values()
    )  # where nothing is known, NumPy's
    for mode in modes:
        found = raw(subject, arguments, z, mode)
        for key, part in found.items():
            for own, argument in zip(parts_of(part), parts_of(arguments[key])):
                right = own is None or not is_single(argument) or is_single(own) or (mode[0] == "nothing" and numbers)
                assert right, f"{subject.name}: the cotangent of {key!r} in float32 is {dtype_of(own)} in mode {mode}"
        compare(subject, finish(found, arguments), expected, mode, 2e-3)


def check_layout(layout: Callable[[np.ndarray[Any, Any]], Any]) -> Callable[[Subject, list[Mode]], None]:
    """The check that the layout of arguments, results and cotangents in memory changes nothing."""

    def check(subject: Subject, modes: list[Mode]) -> None:
        if not arrays_of(subject):
            raise LeftOut("no arrays")
        arguments = changed(subject, layout, every=True)
        z = value_of(subject, arguments)
        dz = in_layout(cotangent_like(z), layout)
        expected = cotangents(subject, subject.arguments, modes[0])
        for mode in modes:
            found = raw(subject, arguments, in_layout(z, layout), mode, dz)
            precise = not any(is_single(part) for part in [*parts_of(z), *parts_of(list(arguments.values()))])
            compare(subject, finish(found, arguments), expected, mode, 1e-10 if precise else 1e-5)

    return check


def check_scalars(form: Callable[[float], Any]) -> Callable[[Subject, list[Mode]], None]:
    """The check that numbers may come as NumPy scalars or arrays of no dimensions."""

    def check(subject: Subject, modes: list[Mode]) -> None:
        numbers = [key for key in subject.active if type(subject.arguments[key]) in (float, np.float64)]
        if not numbers:
            raise LeftOut("no number among the arguments")
        arguments = {**subject.arguments, **{key: form(subject.arguments[key]) for key in numbers}}
        z = value_of(subject, arguments)
        expected = cotangents(subject, subject.arguments, modes[0])
        for mode in modes:
            compare(subject, finish(accepted(subject, arguments, z, mode), arguments), expected, mode, 1e-10)

    return check


def check_ones(subject: Subject, modes: list[Mode]) -> None:
    """All arrays cut down to one entry in each dimension, by finite differences."""
    if not any(part.size > 1 for part in arrays_of(subject)):
        raise LeftOut("no array with more than one entry")
    arguments = changed(subject, lambda array: array[(slice(1),) * array.ndim], every=True)
    z = value_of(subject, arguments)
    if not all(np.isfinite(part).all() for part in parts_of(z)):
        raise LeftOut("the function's value is not finite")
    check_directions(subject, arguments, z, modes)


def check_empty(subject: Subject, modes: list[Mode]) -> None:
    """All arrays cut down to nothing: cotangents have the right shapes."""
    if not any(part.size and part.ndim for part in arrays_of(subject)):
        raise LeftOut("no array")
    arguments = changed(subject, lambda array: array[(slice(0),) * array.ndim], every=True)
    z = value_of(subject, arguments)
    if isinstance(z, tuple) and not z:
        raise LeftOut("the function has no results")
    for mode in modes:
        quiet(lambda: finish(accepted(subject, arguments, z, mode), arguments))  # noqa: B023  called at once


def check_forward(subject: Subject, modes: list[Mode], arguments: Mapping[int | str, Any] | None = None) -> None:
    """The dot-product identity: a cotangent times the tangent of the result is cotangents times tangents."""
    arguments = subject.arguments if arguments is None else arguments
    z = value_of(subject, arguments)
    dz = cotangent_like(z)
    chosen: list[list[int | str]] = [subject.active]
    if len(subject.active) > 1:
        chosen += [[key] for key in subject.active]
    for mode in modes:
        try:
            found = quiet(lambda: finish(raw(subject, arguments, z, mode, dz), arguments))  # noqa: B023  called at once
        except NoRuleError:
            continue  # what reverse mode refuses, the check of it has noted
        for seed, keys in enumerate(chosen):
            direction = directed(subject, arguments, np.random.default_rng(seed + 5))
            given = {key: in_types(direction[key], arguments[key]) for key in keys}
            try:
                change = quiet(lambda: subject.tangent(arguments, z, given, *mode))  # noqa: B023  called at once
            except NoRuleError as error:
                raise LeftOut(f"refused: {str(error).splitlines()[0]}") from None
            _check_tangent_types(subject, change, z)
            right = [_paired(c, v) for key in keys for c, v in zip(parts_of(found[key]), parts_of(direction[key]))]
            left = [_paired(c, v) for c, v in zip(parts_of(dz), parts_of(change), strict=True)]
            size = sum(size for _, size in [*left, *right])
            tolerance = 1e-3 if single_among(subject, arguments) or any(map(is_single, parts_of(z))) else 1e-9
            got, expected = sum(value for value, _ in left), sum(value for value, _ in right)
            if np.isnan(expected) and not np.isnan(got):
                continue  # it depends on an arbitrary choice, such as a phase, of which forward mode knows more
            assert abs(got - expected) <= tolerance * size + 1e-12, (
                f"{subject.name}: forward mode gives {got!r} along a direction in {keys}, reverse mode {expected!r}, "
                f"the compiler knowing {mode[0]}\n  at {list(arguments.values())!r}"
            )


def _paired(cotangent: Any, tangent: Any) -> tuple[float, float]:
    """The real part of cotangent times tangent, and its size before cancellation."""
    if tangent is None or cotangent is None:
        return 0.0, 0.0
    products = np.real(np.asarray(cotangent) * tangent)
    return float(np.sum(products)), float(np.sum(np.abs(products)))


def _check_tangent_types(subject: Subject, change: Any, z: Any) -> None:
    """The tangent has, or broadcasts to, the shape of its result, and has its precision."""
    parts = parts_of(change)
    assert len(parts) == len(parts_of(z)), f"{subject.name}: the tangent {change!r} of the result {z!r}"
    for own, result in zip(parts, parts_of(z)):
        fits = np.shape(own) == np.broadcast_shapes(np.shape(own), np.shape(result)) or np.ndim(own) == 0
        assert fits or np.broadcast_shapes(np.shape(own), np.shape(result)) == np.shape(result), (
            f"{subject.name}: the tangent of a result of shape {np.shape(result)} has shape {np.shape(own)}"
        )


def in_types(direction: Any, argument: Any) -> Any:
    """A direction as a tangent of the argument: in its types, and without what has no derivative."""
    if isinstance(argument, (tuple, list)):
        return type(argument)(map(in_types, direction, argument))
    if isinstance(argument, np.ndarray) and direction is not None:
        return np.asarray(direction, argument.dtype)
    return direction if direction is None else type(argument)(direction)


def check_complex(subject: Subject, modes: list[Mode], report: Checked) -> None:
    """Complex arguments, all and one at a time, by differences along random directions: the change is Re(c dz)."""
    if any(np.iscomplexobj(part) for key in subject.active for part in parts_of(subject.arguments[key])):
        return  # the call itself is complex
    choices: dict[str, list[int | str]] = {"complex": subject.active}
    if len(subject.active) > 1:
        choices |= {f"complex {key}": [key] for key in subject.active}
    for name, chosen in choices.items():
        draw = np.random.default_rng(17).uniform
        arguments = {
            key: mapped(functools.partial(lifted, draw=draw), value) if key in chosen else value
            for key, value in subject.arguments.items()
        }
        report.attempt(name, functools.partial(_check_at, subject, arguments, modes))


def _check_at(subject: Subject, arguments: Mapping[int | str, Any], modes: list[Mode]) -> None:
    check_directions(subject, arguments, value_of(subject, arguments), modes)
    with suppress(LeftOut):  # a rule without tangent is noted once, under "forward"
        check_forward(subject, modes, arguments)


def check_directions(subject: Subject, arguments: Mapping[int | str, Any], z: Any, modes: list[Mode]) -> None:
    """The change of the result along random directions is the real part of cotangents times directions."""
    dz = cotangent_like(z)
    refusals, done = [], 0
    directions = [directed(subject, arguments, np.random.default_rng(seed)) for seed in (1, 2)]
    estimates = [difference(subject, arguments, direction, dz) for direction in directions]
    for mode in modes:
        try:
            found = quiet(lambda: finish(raw(subject, arguments, z, mode, dz), arguments))  # noqa: B023  called at once
        except NoRuleError as error:
            refusals.append(str(error).splitlines()[0])
            continue
        done += 1
        for direction, estimate in zip(directions, estimates):
            terms = [
                np.real(c * v).sum()
                for key in subject.active
                for c, v in zip(parts_of(found[key]), parts_of(direction[key]))
                if v is not None
            ]
            got, size = float(sum(terms)), float(sum(map(abs, terms)))
            allowed = 1e-8 + 1e-6 * max(size, abs(estimate.value)) + estimate.rounding + 0.1 * estimate.error
            if single_among(subject, arguments):
                allowed += 1e-2 * max(size, abs(estimate.value)) + 1e-3
            assert abs(got - estimate.value) <= allowed, (
                f"{subject.name}: along a direction the result changes by {estimate.value!r} (differences, uncertain "
                f"by {estimate.error:.1g}), and by {got!r} according to the rule, the compiler knowing {mode[0]}\n"
                f"  at {list(arguments.values())!r}"
            )
    if not done:
        raise LeftOut(f"refused: {refusals[0]}")


def difference(subject: Subject, arguments: Mapping[int | str, Any], direction: Mapping[Any, Any], dz: Any) -> Estimate:
    """How fast the contracted result changes along a direction."""

    def along(t: float) -> Any:
        moved = {key: moved_by(value, direction.get(key), t) for key, value in arguments.items()}
        return quiet(lambda: subject.primal(moved))

    contraction = Contraction(along, (0.0,), {}, dz)
    contraction.precision = coarsest([*parts_of(list(arguments.values())), *contraction.cotangents])
    return leaf_derivatives(contraction, 0, 0, False)[()]


def directed(subject: Subject, arguments: Mapping[int | str, Any], generator: np.random.Generator) -> dict[Any, Any]:
    """A random direction for each active argument: real for real numbers, complex for complex ones."""

    def draw(leaf: Any) -> Any:
        kind = dtype_of(leaf).kind
        if kind not in "fc":
            return None
        numbers = generator.uniform(-1.0, 1.0, np.shape(leaf))
        return numbers + 1j * generator.uniform(-1.0, 1.0, np.shape(leaf)) if kind == "c" else numbers

    return {key: mapped(draw, arguments[key]) for key in subject.active}


def moved_by(value: Any, direction: Any, t: float) -> Any:
    """The value moved by t along the direction, in its own type."""
    if direction is None:
        return value
    if isinstance(value, (tuple, list)):
        return type(value)(moved_by(item, each, t) for item, each in zip(value, direction))
    moved = value + t * direction
    if isinstance(value, np.ndarray):
        return np.asarray(moved, value.dtype)
    return type(value)(moved)


def lifted(leaf: Any, draw: Callable[..., Any]) -> Any:
    """The leaf with imaginary parts between 0.2 and 0.7, of either sign."""
    if dtype_of(leaf).kind != "f":
        return leaf
    signs = np.where(draw(size=np.shape(leaf)) < 0.5, -1.0, 1.0)
    imaginary = 1j * signs * draw(0.2, 0.7, np.shape(leaf))
    if isinstance(leaf, (np.ndarray, np.generic)):
        raised = (leaf + imaginary).astype(np.result_type(leaf.dtype, np.complex64))
        return raised if isinstance(leaf, np.ndarray) else raised[()]
    return complex(leaf + imaginary)


def changed(subject: Subject, change: Callable[[Any], Any], every: bool) -> dict[int | str, Any]:
    """The arguments with their arrays changed, also those without derivatives."""
    return {
        key: mapped(lambda leaf: change(leaf) if isinstance(leaf, np.ndarray) else leaf, value)
        for key, value in subject.arguments.items()
        if every or key in subject.active
    }


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """The value with its leaves changed, in lists and tuples."""
    if type(value) in (tuple, list):
        return type(value)(mapped(change, item) for item in value)
    return change(value)


def value_of(subject: Subject, arguments: Mapping[int | str, Any]) -> Any:
    """The function's value, or the reason why there is none."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", COMPLEX_WARNING)
            return subject.primal(arguments)
    except Exception as error:  # whatever the function does not take
        text = str(error).splitlines() or [""]
        raise LeftOut(f"{subject.name} raises {type(error).__name__}: {text[0]}") from None


def raw(subject: Subject, arguments: Mapping[int | str, Any], z: Any, mode: Mode, dz: Any = None) -> dict[Any, Any]:
    """The cotangents as they come out of the emitted text."""
    return subject.cotangents(arguments, z, cotangent_like(z) if dz is None else dz, *mode)


def accepted(subject: Subject, arguments: Mapping[int | str, Any], z: Any, mode: Mode) -> dict[Any, Any]:
    """As `raw`, where the rule may refuse."""
    try:
        return raw(subject, arguments, z, mode)
    except NoRuleError as error:
        raise LeftOut(f"refused: {str(error).splitlines()[0]}") from None


def cotangents(subject: Subject, arguments: Mapping[int | str, Any], mode: Mode) -> dict[Any, Any]:
    """The cotangents at arguments that are known to work."""
    return finish(raw(subject, arguments, subject.primal(arguments), mode), arguments)


def finish(found: Mapping[Any, Any], arguments: Mapping[int | str, Any]) -> dict[Any, Any]:
    """The cotangents in the types of their arguments."""
    return {key: finished(part, arguments[key]) for key, part in found.items()}


def compare(subject: Subject, found: Any, expected: Any, mode: Mode, tolerance: float) -> None:
    """Agreement of all cotangents, relative to the largest entry of each."""
    for key in found:
        for own, right in zip(parts_of(found[key]), parts_of(expected[key]), strict=True):
            scale = np.max(np.abs(right), initial=0.0) + 1.0
            fits = np.allclose(own, right, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
            assert fits, (
                f"{subject.name}: the cotangent of {key!r} is {own!r}, and {right!r} at the same numbers in the call "
                f"as given, the compiler knowing {mode[0]}"
            )


def parts_of(value: Any) -> list[Any]:
    """A value's leaves."""
    if isinstance(value, (tuple, list)):
        return [part for item in value for part in parts_of(item)]
    return [value]


def arrays_of(subject: Subject) -> list[np.ndarray[Any, Any]]:
    """All arrays among the arguments."""
    return [part for part in parts_of(list(subject.arguments.values())) if isinstance(part, np.ndarray)]


def single(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An array in single precision."""
    return array.astype({"d": np.float32, "D": np.complex64}.get(array.dtype.char, array.dtype))


def single_among(subject: Subject, arguments: Mapping[int | str, Any]) -> bool:
    """Whether some active argument is in single precision."""
    return any(is_single(part) for key in subject.active for part in parts_of(arguments[key]))


def strided(step: int) -> Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]:
    """Arrays with gaps between the entries, or backwards in memory."""

    def layout(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if array.ndim == 0:
            return array
        if step < 0:
            backwards = (slice(None, None, -1),) * array.ndim
            return array[backwards].copy()[backwards]
        wide = np.zeros(tuple(step * n for n in array.shape), array.dtype)
        view = wide[(slice(None, None, step),) * array.ndim]
        view[...] = array
        return view

    return layout


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An array that cannot be written."""
    array = array.copy()
    array.flags.writeable = False
    return array


def in_layout(value: Any, layout: Callable[[Any], Any]) -> Any:
    """A result or cotangent with its arrays in a layout."""
    return mapped(lambda leaf: layout(leaf) if isinstance(leaf, np.ndarray) else leaf, value)


def quiet(call: Callable[[], Any]) -> Any:
    """The result of a call with NumPy's floating-point warnings silenced."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return call()


COMPLEX_WARNING: Any = getattr(np, "exceptions", np).ComplexWarning
VARIANTS: dict[str, Callable[[Subject, list[Mode]], None]] = {
    "forward": check_forward,
    "float32": check_single,
    "Fortran order": check_layout(np.asfortranarray),
    "strided": check_layout(strided(2)),
    "reversed": check_layout(strided(-1)),
    "read-only": check_layout(read_only),
    "NumPy scalars": check_scalars(np.float64),
    "arrays of no dimensions": check_scalars(np.array),
    "sizes 1": check_ones,
    "sizes 0": check_empty,
}
"""By name, what is checked besides the call as it is given; complex arguments come after them."""
