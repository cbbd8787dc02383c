"""Both modes of a derivative and finite differences along one direction, compared; where they part, and whose fault."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sct_ad.checking.occasions import Numbers, Occasion, Parts, Sampled, total
from sct_ad.differences import Estimate
from sct_ad.errors import CheckWarning

_NEARBY = 1e-3
_UNCERTAIN = 1e-2
"""The relative error of differences that say nothing."""


@dataclass(frozen=True)
class Sides:
    """The ways to the derivative of a function along a direction, as far as there are several."""

    sample: Callable[[Numbers, Parts], Sampled]
    """The function along a direction, which is differenced."""
    reverse: Callable[[Numbers], list[object]] | None = None
    """The derivatives by all leaves."""
    forward: Callable[[Numbers, Parts], tuple[float, float]] | None = None
    """The derivative along a direction, and the size of the terms in it."""
    names: tuple[str, str, str] = ("reverse mode", "forward mode", "finite differences")


@dataclass
class Comparison:
    """What came out along one direction."""

    numbers: dict[str, float]
    """By the name of the way."""
    estimate: Estimate
    apart: list[tuple[str, str]] = field(default_factory=list)
    """The ways that disagree."""
    excess: float = 0.0
    """By how much of what is allowed."""
    size: float = 0.0
    uncertain: bool = False

    def __str__(self) -> str:
        width = max(map(len, self.numbers))
        lines = [f"  {name:{width}}  {number!r}" for name, number in self.numbers.items()]
        lines[-1] += f" (uncertain by {self.estimate.error:.1g})"
        return "\n".join(lines)


def compare(occasion: Occasion, sides: Sides, values: Numbers, parts: Parts) -> Comparison:
    """The derivative along a direction, in each way that there is."""
    sample = sides.sample(values, parts)
    reverse, forward, differences = sides.names
    numbers, size = {}, 0.0
    if sides.reverse is not None:
        numbers[reverse], size = total(parts, sides.reverse(values))
    if sides.forward is not None:
        numbers[forward], terms = sides.forward(values, parts)
        size = max(size, terms)
    estimate, precision = occasion.estimate(sample), occasion.precision
    numbers[differences] = float(estimate.value)
    value = sample(0.0)[1]
    found = Comparison(numbers, estimate, size=size)
    floor = precision.atol * value
    found.uncertain = not estimate.error <= _UNCERTAIN * max(size, abs(estimate.value)) + floor
    names = list(numbers)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            allowed = precision.rtol * size + floor
            if other == differences:
                allowed += estimate.rounding + estimate.error
            difference = abs(numbers[one] - numbers[other])
            alike = numbers[one] == numbers[other] or (np.isnan(numbers[one]) and np.isnan(numbers[other]))
            if not (alike or difference <= allowed):
                found.apart.append((one, other))
                worth = difference / allowed if allowed and np.isfinite(difference) else np.inf
                found.excess = max(found.excess, worth)
    return found


@dataclass(frozen=True)
class Outcome:
    """What a comparison has shown: a complaint, or what could not be compared, or nothing."""

    complaint: str = ""
    doubt: str = ""
    comparison: Comparison | None = None


def examine(occasion: Occasion, sides: Sides, what: str) -> Outcome:
    """Compare along a random direction; at a kink, at arguments nearby too."""
    values, parts = occasion.values, occasion.direction(1)
    found = compare(occasion, sides, values, parts)
    if not found.apart and not found.uncertain:
        return Outcome(comparison=found)
    kink = occasion.kink(sides.sample(values, parts), found.size)
    if found.apart and not kink and not found.uncertain:
        return Outcome(complaint=_complaint(occasion, sides, values, parts, found, what, ""))
    reason = kink or "finite differences are too uncertain here"
    for step in (_NEARBY, -_NEARBY):
        nearby = occasion.moved(values, occasion.direction(3), step)
        try:
            again = compare(occasion, sides, nearby, parts)
        except Exception:  # the function may not be defined there
            continue
        if again.uncertain or occasion.kink(sides.sample(nearby, parts), again.size):
            continue
        if again.apart:
            return Outcome(complaint=_complaint(occasion, sides, nearby, parts, again, what, " near the arguments"))
        return Outcome(doubt=f"{what} could be compared near the arguments only, where it is right: {reason}\n{found}")
    return Outcome(doubt=f"{what} could not be compared: {reason}\n{found}")


def _complaint(
    occasion: Occasion, sides: Sides, values: Numbers, parts: Parts, found: Comparison, what: str, where: str
) -> str:
    worst, place, alone = found, "", parts
    if len(occasion.entries) > 1:
        each = [occasion.alone(parts, k) for k in range(len(occasion.entries))]
        several = [compare(occasion, sides, values, direction) for direction in each]
        k = int(np.argmax([one.excess for one in several]))
        if several[k].apart:
            worst, alone, place = several[k], each[k], occasion.entries[k].path
    else:
        place = occasion.entries[0].path
    if place:
        k = next(k for k, entry in enumerate(occasion.entries) if entry.path == place)
        worst, index = _narrowed(occasion, sides, values, list(alone), k, worst)
        place = f"\n  with respect to {place}{index}"
    return f"{what} is wrong{where}: {_verdict(sides, worst)}{place}, along a random direction\n{worst}"


def _narrowed(
    occasion: Occasion, sides: Sides, values: Numbers, parts: list[object], k: int, found: Comparison
) -> tuple[Comparison, str]:
    """The comparison along one entry of an array, if that is wrong by itself, and the entry's index."""
    part = np.asarray(parts[k])
    if part.ndim == 0:
        return found, ""
    chosen = np.arange(part.size)
    while chosen.size > 1:
        for half in np.array_split(chosen, 2):
            fewer = np.zeros_like(part)
            fewer.reshape(-1)[half] = part.reshape(-1)[half]
            one = compare(occasion, sides, values, [*parts[:k], fewer, *parts[k + 1 :]])
            if one.apart:
                chosen, found = half, one
                break
        else:
            return found, ""
    where = np.unravel_index(int(chosen[0]), part.shape)
    return found, f"[{', '.join(str(int(i)) for i in where)}]" if part.size > 1 else ""


def _verdict(sides: Sides, found: Comparison) -> str:
    """Which of the ways disagree, in words."""
    reverse, forward, differences = sides.names
    apart = set(found.apart)
    if (reverse, forward) not in apart and {(reverse, differences), (forward, differences)} <= apart:
        return f"{reverse} and {forward} disagree with {differences}"
    if (reverse, forward) in apart:
        others = [n for n in (reverse, forward) if (n, differences) in apart]
        if len(others) == 1:
            right = forward if others[0] == reverse else reverse
            return f"{others[0]} disagrees with {right} and with {differences}"
        return f"{reverse} disagrees with {forward}"
    return f"{found.apart[0][0]} disagrees with {differences}"


def warn(text: str) -> None:
    """A warning at the line that called the derivative."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("sct_ad"):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, CheckWarning, stacklevel=level)
