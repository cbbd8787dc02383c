"""Systems of linear inequalities over the integers: whether there surely is no solution.

Fourier-Motzkin elimination, with the rounding of constants that integers allow (Pugh, "The Omega test", 1991, sections
2.1 and 2.3). A system that is found to have no solution has none; of others nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

_MOST = 200
"""Larger systems are given up."""


@dataclass(frozen=True)
class Linear:
    """`constant + sum(coefficient * variable)`."""

    constant: int = 0
    terms: tuple[tuple[Hashable, int], ...] = field(default=())

    @classmethod
    def of(cls, variable: Hashable) -> Linear:
        """A variable by itself."""
        return cls(0, ((variable, 1),))

    def plus(self, other: Linear, times: int = 1) -> Linear:
        """The sum with a multiple of another one."""
        found = dict(self.terms)
        for variable, coefficient in other.terms:
            found[variable] = found.get(variable, 0) + times * coefficient
        kept = tuple((variable, c) for variable, c in found.items() if c)
        return Linear(self.constant + times * other.constant, kept)

    def times(self, factor: int) -> Linear:
        """A multiple."""
        return Linear().plus(self, factor)

    def coefficient(self, variable: Hashable) -> int:
        """The coefficient of a variable."""
        return next((c for found, c in self.terms if found == variable), 0)


def is_empty(equal: Iterable[Linear], positive: Iterable[Linear]) -> bool:
    """Whether surely no integers make all of `equal` zero and all of `positive` zero or more.

    >>> i, j = Linear.of("i"), Linear.of("j")
    >>> is_empty([i.plus(j, -2)], [j, Linear(-1).plus(i)])
    False
    >>> is_empty([i.plus(j, -1)], [i.plus(j, -1).plus(Linear(-1))])
    True
    """
    system = _without_equalities(list(equal), list(positive))
    return True if system is None else _eliminate(system)


def _without_equalities(equal: list[Linear], positive: list[Linear]) -> list[Linear] | None:
    """The inequalities after the equalities have been solved for variables; None where they contradict."""
    while equal:
        one = equal.pop()
        if not one.terms:
            if one.constant:
                return None
            continue
        common = math.gcd(*(c for _, c in one.terms))
        if one.constant % common:
            return None
        unit = next(((variable, c) for variable, c in one.terms if abs(c) == 1), None)
        if unit is None:  # as two inequalities
            positive += [one, one.times(-1)]
            continue
        variable, sign = unit
        value = one.times(-sign).plus(Linear.of(variable))  # what the variable is equal to
        equal = [_substituted(each, variable, value) for each in equal]
        positive = [_substituted(each, variable, value) for each in positive]
    return positive


def _substituted(one: Linear, variable: Hashable, value: Linear) -> Linear:
    coefficient = one.coefficient(variable)
    return one.plus(Linear.of(variable), -coefficient).plus(value, coefficient) if coefficient else one


def _eliminate(system: list[Linear]) -> bool:
    """Whether the inequalities contradict each other."""
    while True:
        system = list({_tightened(each) for each in system})
        if any(not each.terms and each.constant < 0 for each in system):
            return True
        system = [each for each in system if each.terms]
        if not system or len(system) > _MOST:
            return False
        variable = _cheapest(system)
        lower = [each for each in system if each.coefficient(variable) > 0]
        upper = [each for each in system if each.coefficient(variable) < 0]
        rest = [each for each in system if not each.coefficient(variable)]
        for low in lower:
            for high in upper:
                a, b = low.coefficient(variable), -high.coefficient(variable)
                rest.append(low.times(b).plus(high, a))
        system = rest


def _tightened(one: Linear) -> Linear:
    """The inequality divided by what its coefficients share; the constant is rounded down."""
    if not one.terms:
        return one
    common = math.gcd(*(c for _, c in one.terms))
    terms = sorted(((variable, c // common) for variable, c in one.terms), key=lambda term: str(term[0]))
    return Linear(one.constant // common, tuple(terms))


def _cheapest(system: list[Linear]) -> Hashable:
    """The variable whose elimination makes the fewest new inequalities."""
    counts: dict[Hashable, list[int]] = {}
    for each in system:
        for variable, c in each.terms:
            counts.setdefault(variable, [0, 0])[c < 0] += 1
    return min(counts, key=lambda variable: counts[variable][0] * counts[variable][1])
