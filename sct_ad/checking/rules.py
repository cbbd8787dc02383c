"""Checks of derivative rules: one call of a function, for all that the compiler may know and in many guises.

The rule is run through the text that it would emit. At the call as it is given, its cotangents are compared with finite
differences, entry by entry. Then the call is varied: other precision, memory layout, read-only arrays, NumPy scalars,
sizes 1 and 0, complex numbers. `check_rule` returns what was checked, and why what was left out was left out.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from sct_ad.checking.calls import Subject, cotangent_like, finished, same
from sct_ad.checking.gradients import compare_gradient
from sct_ad.checking.variants import VARIANTS, Checked, check_complex
from sct_ad.differences import Contraction, copied
from sct_ad.errors import NoRuleError
from sct_ad.rules.evaluate import KNOWLEDGE
from sct_ad.rules.registry import qualified_name, registered

__all__ = ["Call", "Checked", "check_rule", "check_rules"]


class Call:
    """One call of a function at which its rule is checked, for `check_rules`.

    `literal` are the positions and keywords of arguments that are constants in the text of the program; `leave_out`
    says which variants do not apply, and why: `{"complex": "eigenvectors are determined up to a phase only"}`.
    """

    def __init__(
        self, *args: Any, literal: Iterable[int | str] = (), leave_out: Mapping[str, str] | None = None, **keywords: Any
    ) -> None:
        self.args, self.keywords, self.literal, self.leave_out = args, keywords, tuple(literal), dict(leave_out or {})


def check_rule(
    function: Any,
    args: Iterable[Any],
    kwargs: Mapping[str, Any] | None = None,
    *,
    literal: Iterable[int | str] = (),
    leave_out: Mapping[str, str] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Checked:
    """Check the derivative rule of `function` at one call; return what was checked, or raise AssertionError.

    Every float, array of floats, and sequence of them among the arguments is differentiated, but for those whose
    positions or keywords are in `literal`: these are constants in the text of the program. The rule is run with all
    that the compiler may know of the call: constants, types, and nothing; sequences as variables and written out.

    The variants of the call that are checked by themselves: float32, Fortran-ordered, strided and reversed arrays,
    read-only arrays, NumPy scalars and arrays of no dimensions in place of numbers, all sizes 1, all sizes 0, and
    complex arguments, all of them and one at a time. A variant that the function itself does not take is left out, and
    so are those in `leave_out`, a dictionary from their names to the reasons; see the result's `left_out`.

    >>> import numpy as np
    >>> checked = check_rule(np.multiply, (np.array([1.0, 2.0]), 3.0))
    >>> "float32" in checked.done, "complex" in checked.done
    (True, True)
    """
    subject = Subject(function, tuple(args), dict(kwargs or {}), tuple(literal))
    report = Checked(left_out=dict(leave_out or {}))
    modes = _check_differences(subject, report, rtol, atol)
    if not subject.active:
        return report
    for name, check in VARIANTS.items():
        if name not in report.left_out:
            report.attempt(name, functools.partial(check, subject, modes))
    if "complex" not in report.left_out:
        check_complex(subject, modes, report)
    return report


def check_rules(cases: Mapping[Any, Iterable[Call]], *modules: str) -> dict[Any, list[Checked]]:
    """Check the rules of functions at calls; every function with a rule in one of the `modules` must have some.

    `cases` maps functions to calls: `{np.multiply: [Call(x, 3.0), Call(x, y)]}`.
    """
    missing = [function for function in _functions_of(modules) if function not in cases]
    if missing:
        raise AssertionError(f"check_rules: no call to check for {', '.join(map(qualified_name, missing))}")
    return {
        function: [
            check_rule(function, call.args, call.keywords, literal=call.literal, leave_out=call.leave_out)
            for call in calls
        ]
        for function, calls in cases.items()
    }


def _functions_of(modules: tuple[str, ...]) -> list[Any]:
    """The functions whose rules stand in these modules; those that are constant have nothing to check."""
    for module in modules:
        if module not in sys.modules:
            raise AssertionError(f"check_rules: the module {module} has not been imported")
    rules = [rule for rule in registered() if rule.body is not None and rule.body.__module__ in modules]
    return [function for rule in rules for function in rule.functions]


def _check_differences(
    subject: Subject, report: Checked, rtol: float | None, atol: float | None
) -> list[tuple[str, bool]]:
    """Compare with finite differences; what the compiler may know, and how sequences stand in the call."""
    keys, positions = list(subject.arguments), [list(subject.arguments).index(key) for key in subject.active]

    def primal(*values: Any) -> Any:
        return subject.primal(dict(zip(keys, values, strict=True)))

    values = tuple(subject.arguments.values())
    z = primal(*copied(values))
    dz = cotangent_like(z)
    sequences = any(isinstance(subject.arguments[key], (tuple, list)) for key in subject.active)
    contraction = Contraction(primal, values, {}, dz) if positions else None
    modes = []
    for knowledge in KNOWLEDGE:
        for displays in (False, True) if sequences else (False,):
            name = f"differences ({knowledge}{', displays' if displays else ''})"
            if knowledge == "nothing" and sequences:
                report.left_out[name] = "a container of unknown type is refused before any rule is asked"
                continue

            def gradient(*values: Any, knowledge: str = knowledge, displays: bool = displays) -> tuple[Any, ...]:
                arguments = dict(zip(keys, values, strict=True))
                z, given = primal(*values), copied(dz)
                found = subject.cotangents(arguments, z, given, knowledge, displays)
                assert same(given, dz), f"{subject.name}: the rule changes the cotangent that it is given"
                _check_types(subject, arguments, z, found)
                return tuple(finished(part, arguments[key]) for key, part in found.items())

            try:
                if contraction is None:
                    gradient(*copied(values))
                else:
                    compare_gradient(contraction, gradient, positions, rtol, atol)
            except NoRuleError as error:
                needed = knowledge == "constants" or (knowledge == "types" and subject.rule.elementwise)
                if needed and (displays or not sequences):
                    raise
                report.left_out[name] = f"refused: {str(error).splitlines()[0]}"
            except AssertionError as error:
                call = f"{subject.name} at {list(subject.arguments.values())!r}"
                raise AssertionError(f"{error}\n  the rule of {call}, the compiler knowing {knowledge}") from error
            else:
                report.done.append(name)
                modes.append((knowledge, displays))
    assert modes, f"{subject.name}: refused whatever the compiler knows"
    return modes


def _check_types(subject: Subject, arguments: Mapping[int | str, Any], z: Any, found: Mapping[int | str, Any]) -> None:
    """Python floats give Python floats where the function does."""
    python = all(type(value) in (float, int) for value in arguments.values())
    for part in found.values():
        if python and type(z) is float and part is not None:
            assert isinstance(part, (float, int, complex)), f"{subject.name}: the cotangent {part!r} of a Python float"
