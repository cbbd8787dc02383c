"""Derivatives by numbers alone: Richardson-extrapolated central differences and complex steps."""

from __future__ import annotations

import inspect
import itertools
import linecache
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sct_ad.arguments import Argnums, fixed_argnums
from sct_ad.errors import ArgumentError
from sct_ad.pytree import describe, flatten, is_leaf, map_structure, unflatten


@dataclass(frozen=True, slots=True)
class Precision:
    """How finely a function of this floating-point type can be differenced and compared."""

    eps: float
    first_step: float
    rtol: float
    atol: float


_DOUBLE = Precision(2.3e-16, 1e-2, 1e-6, 1e-8)
_SINGLE = Precision(1.2e-7, 1e-1, 1e-2, 1e-4)
_HALF = Precision(1e-3, 5e-1, 2e-1, 2e-2)
_numbers = itertools.count()
_LEVELS = 6  # halvings of the step in one extrapolation
_RESTARTS = 5  # smaller first steps tried where an extrapolation does not settle
_ROUNDING = 8.0  # roundings, in units of eps, that a function value is granted


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative, how far it may be off, and how far rounding alone may put it off.

    The derivative by a complex number z is the complex number c for which the real function changes by Re(c dz).
    """

    value: Any
    error: float
    rounding: float
    method: str


class Contraction:
    """A function at its arguments, contracted to one number; every evaluation gets arguments of its own."""

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], cotangent: Any = None
    ) -> None:
        if not isinstance(args, (tuple, list)):
            raise ArgumentError(f"args must be a tuple of the arguments, not {type(args).__name__}: write ({args!r},)")
        self.f, self.args, self.kwargs = f, tuple(args), dict(kwargs)
        value = f(*copied(self.args), **copied(self.kwargs))
        self.cotangents = _cotangents(value, cotangent)
        self.several = isinstance(value, (tuple, list))
        self.is_trivial = cotangent is None and not self.several and np.ndim(value) == 0 and not np.iscomplexobj(value)
        parts = value if self.several else (value,)
        self.complex_results = [np.iscomplexobj(part) for part in parts]
        self._contract(value)  # complains about results that are no numbers
        self.estimates: dict[tuple[int, int, bool | str], dict[tuple[int, ...], Estimate]] = {}
        """What has been found so far, by position, leaf and wish for complex steps."""
        self.precision = coarsest([*flatten(self.args)[0], *flatten(self.kwargs)[0], *flatten(value)[0]])

    def positions(self, argnums: Argnums) -> list[int]:
        """The positions of the parameters asked for."""
        fixed = fixed_argnums(argnums)
        asked = fixed if isinstance(fixed, tuple) else (fixed,)
        if not asked:
            raise ArgumentError("argnums is empty: name at least one parameter")
        return [self._position(each) for each in asked]

    def _position(self, argnum: int | str) -> int:
        if isinstance(argnum, str):
            names = list(inspect.signature(self.f).parameters)
            if argnum not in names[: len(self.args)]:
                raise ArgumentError(f"{argnum!r} is not a parameter given by position: {', '.join(names)}")
            return names.index(argnum)
        if not -len(self.args) <= argnum < len(self.args):
            raise ArgumentError(f"argnum {argnum} is out of range: {len(self.args)} arguments are given")
        return argnum % len(self.args)

    def checked(self, position: int) -> list[int]:
        """The indices of an argument's leaves that have a derivative."""
        leaves = flatten(self.args[position])[0]
        found = [index for index, leaf in enumerate(leaves) if np.asarray(leaf).dtype.kind in "fc"]
        if not found:
            raise ArgumentError(
                f"argument {self.name(position)} has no floating-point entry: {describe(self.args[position])}; "
                "pass a float or a float array"
            )
        return found

    def name(self, position: int) -> str:
        """The argument's name, or its position where the function does not tell."""
        try:
            return list(inspect.signature(self.f).parameters)[position]
        except (ValueError, TypeError, IndexError):
            return str(position)

    def evaluate(self, position: int, replaced: Mapping[int, Any]) -> Any:
        """The contracted value with some leaves of one argument replaced."""
        args = list(copied(self.args))
        leaves, structure = flatten(args[position])
        args[position] = unflatten(structure, [replaced.get(index, leaf) for index, leaf in enumerate(leaves)])
        with np.errstate(all="ignore"):
            return self._contract(self.f(*args, **copied(self.kwargs)))

    def _contract(self, value: Any) -> Any:
        """The sum of cotangents times results, of which the real part counts, in at least double precision."""
        parts = value if self.several else (value,)
        total: Any = 0.0
        for part, cotangent in zip(parts, self.cotangents, strict=True):
            array = np.asarray(part)
            if array.dtype.kind not in "fcbiu":
                raise ArgumentError(f"the function returns {describe(value)}: only numbers and arrays can be checked")
            total = total + (cotangent * array.astype(np.result_type(array.dtype, np.float64))).sum()
        return total

    def contracted(self) -> Callable[..., Any]:
        """The function, contracted if need be, whose keyword arguments may be given by position."""
        return self._with_source()

    def gradient(self, argnums: Argnums) -> Callable[..., Any]:
        """`sct_ad.grad` of the function, contracted if need be."""
        from sct_ad.api import grad

        if self.is_trivial:
            return grad(self.f, argnums)
        numbers = tuple(self.positions(argnums))
        return grad(self._with_source(), numbers if is_several(argnums) else numbers[0])

    def _with_source(self) -> Callable[..., Any]:
        """The contraction as a function with source, since that is what `grad` reads."""
        positional = [f"_x{i}" for i in range(len(self.args))]
        names = positional + [f"{name}=None" for name in self.kwargs]
        passed = positional + [f"{name}={name}" for name in self.kwargs]
        results = [f"_result[{i}]" for i in range(len(self.cotangents))] if self.several else ["_result"]
        sums = [f"_np.sum(_cotangent{i} * {result})" for i, result in enumerate(results)]
        terms = [
            f"_np.real({term})" if complex_ else term for term, complex_ in zip(sums, self.complex_results, strict=True)
        ]
        text = (
            f"def contraction({', '.join(names)}):\n"
            f"    _result = _function({', '.join(passed)})\n"
            f"    return {' + '.join(terms)}\n"
        )
        file = f"<sct_ad contraction {next(_numbers)}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        namespace: dict[str, Any] = {"_np": np, "_function": self.f, "__name__": "contraction"}
        namespace.update({f"_cotangent{i}": each for i, each in enumerate(self.cotangents)})
        exec(compile(text, file, "exec"), namespace)
        contraction: Callable[..., Any] = namespace["contraction"]
        return contraction


def is_several(argnums: Argnums) -> bool:
    """Whether argnums ask for a tuple of gradients."""
    return isinstance(fixed_argnums(argnums), tuple)


def _cotangents(value: Any, given: Any) -> list[Any]:
    """One cotangent for each result: 1.0 for a scalar, a fixed random array otherwise."""
    several = isinstance(value, (tuple, list))
    parts = list(value) if several else [value]
    if given is not None:
        cotangents = list(given) if several else [given]
        if [np.shape(each) for each in cotangents] != [np.shape(part) for part in parts]:
            raise ArgumentError("the cotangent has not the shape of the function's result")
        return cotangents
    generator = np.random.default_rng(20)
    if not several and np.ndim(value) == 0 and not np.iscomplexobj(value):
        return [1.0]
    return [_random(generator, part) for part in parts]


def _random(generator: np.random.Generator, part: Any) -> Any:
    """Numbers between 0.5 and 1.5 in size and of either sign, so that no entry is lost in a sum."""
    if not is_leaf(part):
        raise ArgumentError(f"the function returns {describe(part)}: only numbers and arrays can be checked")
    sign = np.where(generator.random(np.shape(part)) < 0.5, -1.0, 1.0)
    numbers = sign * generator.uniform(0.5, 1.5, np.shape(part))
    dtype = np.asarray(part).dtype
    if dtype.kind == "c":
        numbers = numbers + 1j * generator.uniform(0.5, 1.5, np.shape(part))
    return numbers.astype(dtype) if dtype.kind in "fc" and numbers.ndim else numbers[()]


def coarsest(leaves: Sequence[Any]) -> Precision:
    """The precision of the coarsest floating-point type among the leaves."""
    dtypes = [np.asarray(leaf).dtype for leaf in leaves]
    sizes = [dtype.itemsize // (2 if dtype.kind == "c" else 1) for dtype in dtypes if dtype.kind in "fc"]
    return {2: _HALF, 4: _SINGLE}.get(min(sizes, default=8), _DOUBLE)


def copied(tree: Any) -> Any:
    """The tree with arrays of its own, in containers of its own."""
    return map_structure(lambda leaf: leaf.copy(order="K") if isinstance(leaf, np.ndarray) else leaf, tree)


def leaf_derivatives(
    function: Contraction, position: int, index: int, complex_step: bool | str
) -> dict[tuple[int, ...], Estimate]:
    """The derivative by every entry of one leaf, in reading order."""
    key = position, index, complex_step
    if key not in function.estimates:
        function.estimates[key] = _leaf_derivatives(function, position, index, complex_step)
    return function.estimates[key]


def _leaf_derivatives(
    function: Contraction, position: int, index: int, complex_step: bool | str
) -> dict[tuple[int, ...], Estimate]:
    leaf = flatten(function.args[position])[0][index]
    estimates = {}
    if complex_step == "auto" and (np.iscomplexobj(leaf) or any(function.complex_results)):
        complex_step = False
    for where in np.ndindex(np.shape(leaf)):
        if np.iscomplexobj(leaf):
            estimates[where] = _complex_difference(function, position, index, where)
            continue
        estimate = _difference(function, position, index, where)
        if complex_step:
            exact = _complex_step(function, position, index, where)
            if exact is not None and _agree(exact, estimate, function.precision):
                estimate = Estimate(exact, 0.0, estimate.rounding, "complex step")
            elif complex_step is True:
                raise AssertionError(f"check_grads: no complex step at entry {where}: {exact} against {estimate.value}")
            else:
                complex_step = False
        estimates[where] = estimate
    return estimates


def _agree(exact: float, estimate: Estimate, precision: Precision) -> bool:
    """Whether a complex step confirms the difference, to what the difference knows."""
    allowed = 10.0 * (estimate.error + estimate.rounding) + precision.rtol * abs(estimate.value)
    return bool(abs(exact - estimate.value) <= min(allowed, 1e-3 * abs(exact) + 1e-6))


def _moved(leaf: Any, where: tuple[int, ...], step: Any) -> Any:
    """The leaf with one entry moved by a step; a complex step makes it complex."""
    if isinstance(leaf, np.ndarray):
        lifted = isinstance(step, complex) and leaf.dtype.kind != "c"
        moved = leaf.astype(complex) if lifted else leaf.copy(order="K")
        moved[where] += step
        return moved
    if isinstance(leaf, np.generic) and (leaf.dtype.kind == "c" or not isinstance(step, complex)):
        return type(leaf)(leaf + step)
    return leaf + step


def _complex_step(function: Contraction, position: int, index: int, where: tuple[int, ...]) -> float | None:
    """The imaginary part's growth along one entry, or None where the function does not run on complex numbers."""
    leaf = flatten(function.args[position])[0][index]
    if np.asarray(leaf).dtype.itemsize < 8:
        return None
    step = 1e-30 * max(1.0, abs(float(np.asarray(leaf)[where])))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = complex(function.evaluate(position, {index: _moved(leaf, where, step * 1j)}))
        except Exception:  # whatever goes wrong, the answer is that the function does not run on complex numbers
            return None
    slope = value.imag / step
    return slope if np.isfinite(slope) else None


def _complex_difference(function: Contraction, position: int, index: int, where: tuple[int, ...]) -> Estimate:
    """The derivative c by a complex entry x + iy, for a change by Re(c dz): that by x minus i times that by y."""
    real = _difference(function, position, index, where)
    imaginary = _difference(function, position, index, where, 1j)
    value = complex(real.value, -imaginary.value)
    return Estimate(value, real.error + imaginary.error, real.rounding + imaginary.rounding, real.method)


def _difference(
    function: Contraction, position: int, index: int, where: tuple[int, ...], direction: complex = 1.0
) -> Estimate:
    """Central differences extrapolated to step 0, from smaller first steps until the estimate settles."""
    leaf = flatten(function.args[position])[0][index]
    precision, size = function.precision, max(1.0, abs(np.asarray(leaf)[where]))

    def sample(step: float) -> tuple[float, float, float]:
        """The difference quotient at a step, the step as represented, and the size of the values."""
        right, left = _moved(leaf, where, step * direction), _moved(leaf, where, -step * direction)
        width = float(abs(np.asarray(right)[where] - np.asarray(left)[where]))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = [_real(function.evaluate(position, {index: moved})) for moved in (right, left)]
        except (ArithmeticError, ValueError, AssertionError):  # outside of the function's domain
            return np.nan, width, np.nan
        return (values[0] - values[1]) / width if width else np.nan, width, max(map(abs, values))

    best, step = Estimate(np.nan, np.inf, 0.0, "finite differences"), precision.first_step * size
    for _ in range(_RESTARTS + 1):
        found = _extrapolated(sample, step, precision)
        if found.error < best.error:
            best = found
        if best.error <= max(0.1 * (precision.rtol * abs(best.value) + precision.atol), 2.0 * best.rounding):
            break
        step /= 2.0**_LEVELS
    return best


def extrapolated_along(sampled: Callable[[float], tuple[float, float]], precision: Precision) -> Estimate:
    """The derivative at 0 of a function of a step, which gives a number and the size of what was summed up to it."""

    def sample(step: float) -> tuple[float, float, float]:
        try:
            (right, above), (left, below) = sampled(step), sampled(-step)
        except (ArithmeticError, ValueError, AssertionError):  # outside of the function's domain
            return np.nan, 2.0 * step, np.nan
        return (right - left) / (2.0 * step), 2.0 * step, max(above, below)

    best, step = Estimate(np.nan, np.inf, 0.0, "finite differences"), precision.first_step
    for _ in range(_RESTARTS + 1):
        found = _extrapolated(sample, step, precision)
        if found.error < best.error:
            best = found
        if best.error <= max(0.1 * (precision.rtol * abs(best.value) + precision.atol), 2.0 * best.rounding):
            break
        step /= 2.0**_LEVELS
    return best


def _real(number: Any) -> float:
    return float(number.real)


def _extrapolated(sample: Callable[[float], tuple[float, float, float]], step: float, precision: Precision) -> Estimate:
    """Neville's scheme in the squared step: of all the table's entries, the one whose neighbours agree best."""
    best, previous = Estimate(np.nan, np.inf, 0.0, "finite differences"), list[float]()
    for level in range(_LEVELS):
        quotient, width, size = sample(step / 2.0**level)
        if not np.isfinite(quotient):
            previous = []
            continue
        rounding = _ROUNDING * precision.eps * size / width
        row, factor = [quotient], 1.0
        for coarse in previous:
            factor *= 4.0
            row.append(row[-1] + (row[-1] - coarse) / (factor - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarse)) + rounding
            if error < best.error:
                best = Estimate(row[-1], error, rounding, "finite differences")
        previous = row
        settled = best.error <= 1e-3 * (precision.rtol * abs(best.value) + precision.atol)
        if len(row) > 2 and settled:
            break
    return best
