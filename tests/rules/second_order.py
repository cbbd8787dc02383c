"""Second derivatives of the calls that rules are checked at: Hessian-vector products against differences of gradients.

Each call stands in a function of its own, `f(x) = sum(w * z + v * z * z / 2)` with `z` the result: the cotangent of `z`
moves with `z`, so that the product needs the tangents of all that the rule's gradient is made of.
"""

import linecache
import sys
import warnings
from collections import deque

import numpy as np

from sct_ad import NoRuleError, grad, hvp
from sct_ad.rules.registry import ObjectsOf, qualified_name
from tests.directions import direction, moved, paired
from tests.rules import topics  # noqa: F401  it completes the table
from tests.rules.array_cases import TOPICS
from tests.rules.cases import ELEMENTWISE, GENERAL, SCALAR, cases_of

STEP = 2e-4
REFUSED = (
    "by the parameter of an incomplete gamma function",
    "by the parameters of an incomplete beta function",
    "by the degrees of freedom of Student's t",
    "a second derivative by the exponent",
    "by the degrees of freedom of the F distribution",
)
"""What has no second derivative: errors say so."""
EXCEPTIONS = {
    "sct_ad.runtime.scipy.matrix_functions.": "is the derivative of a function of matrices, this would be its third",
    "sct_ad.runtime.scipy.interpolate.spline_coefficients:scipy.interpolate:3": "periodic splines are refused",
    "sct_ad.runtime.scipy.special.rgamma_slope": "a third derivative of 1 / gamma(x), NaN at the poles of gamma(x)",
    "sct_ad.rules.registry.RegularGridInterpolator:scipy.interpolate:1": "of a cubic interpolant",
    "scipy.special.elliprd:scipy.special:": "not finite where two arguments are equal",
    "scipy.linalg.eigh:scipy.linalg:1": "of an eigenvector whose sign turns from step to step",
    "numpy.trim_zeros:sets:2": "of all zeros, which moves to none",
}
"""Beginnings of names of calls -> why there is no second derivative, or none that differences confirm."""
LISTED = list(dict.fromkeys([*ELEMENTWISE, *SCALAR, *GENERAL]))


class Call:
    """One call of a function: the program it stands in, its arguments, and those that are differentiated by."""

    def __init__(self, name, function, args, keywords, literal=()):
        self.name, self.function, self.displays = name, function, False
        given = {**dict(enumerate(args)), **keywords}
        self.moving = [key for key, value in given.items() if key not in literal and has_floats(value)]
        self.args = [given[key] for key in self.moving]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            self.result = function(*args, **keywords)
        self.given = given
        self.program = _program(self, given)

    def check(self):
        """The product along a random direction is the change of the gradient along it; the worst error, relative."""
        rng = np.random.default_rng(17)
        along = [direction(value, rng) for value in self.args]
        weights = [direction(value, rng) for value in self.args]
        positions = tuple(range(len(self.args)))
        gradient = grad(self.program, positions)
        try:
            gradient.source(*self.args)
        except NoRuleError:
            self.displays = True  # of sequences whose items must be known
            self.program = _program(self, self.given)
            gradient = grad(self.program, positions)

        def change(step):
            found = gradient(*[moved(value, each, step) for value, each in zip(self.args, along)])
            return paired(list(found), weights)[0]

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            product = hvp(self.program, positions)(*self.args, *along)
            got, size = paired(list(product), weights)
            steps = [change(k * STEP) - change(-k * STEP) for k in (1, 2, 3)]
            here = np.abs(paired(list(gradient(*self.args)), weights)[1])
        expected = (45.0 * steps[0] - 9.0 * steps[1] + steps[2]) / (60.0 * STEP)
        assert np.shape(got) == () and len(product) == len(self.args)
        allowed = 1e-6 * max(size, abs(expected), 1e-3 * here) + 1e-9
        assert abs(got - expected) <= allowed, f"{self.name}: {got!r}, but differences give {expected!r}"

    def reason(self, error):
        """Why it may fail with this error; None where it may not."""
        if any(self.name.startswith(name) for name in EXCEPTIONS):
            return next(why for name, why in EXCEPTIONS.items() if self.name.startswith(name))
        named = isinstance(error, NoRuleError) and self.program.__code__.co_filename in str(error)
        return next((why for why in REFUSED if named and why in str(error)), None)


def has_floats(value):
    """Whether a value holds numbers that have derivatives."""
    if isinstance(value, (tuple, list)):
        return any(map(has_floats, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fc"
    return isinstance(value, (float, complex))


def is_literal(value):
    """Whether a value is written into the program."""
    if isinstance(value, (tuple, list)):
        return all(map(is_literal, value))
    return value is None or value is ... or type(value) in (int, bool, str)


def is_single(value):
    """Whether single precision would drown the differences."""
    if isinstance(value, (tuple, list, deque)):
        return any(map(is_single, value))
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype in (np.float32, np.complex64, np.float16)


def complexified(value):
    """Numbers with imaginary parts."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(complexified, value))
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        rng = np.random.default_rng(value.size)
        return value + 1j * rng.uniform(0.1, 0.6, value.shape)
    return complex(value, 0.3) if type(value) is float else value


def calls(variant=""):
    """All calls of the tables with something to differentiate by, in double precision."""
    for function in LISTED:
        for number, case in enumerate(cases_of(function)):
            yield from _made(f"scalar:{number}", function, case.args, case.keywords, case.constant, variant)
    for topic, table in TOPICS.items():
        for function, listed in table.items():
            for number, call in enumerate(listed):
                if variant != "complex" or "complex" not in call.leave_out:
                    yield from _made(f"{topic}:{number}", function, call.args, call.keywords, call.literal, variant)


def _made(place, function, args, keywords, literal, variant):
    if variant == "complex":
        args = tuple(a if k in literal else complexified(a) for k, a in enumerate(args))
        keywords = {k: a if k in literal else complexified(a) for k, a in keywords.items()}
    if any(map(is_single, [*args, *keywords.values()])):
        return
    try:
        call = Call(f"{qualified_name(function)}:{place}{variant}", function, args, keywords, literal)
    except Exception:
        if variant:
            return
        raise
    if call.moving and call.program is not None and not is_single(call.result):
        yield call


def _program(call, given):
    """The function that the call stands in; None where the result has no derivative."""
    scope = {"np": np, "function": call.function}
    names = {}
    for key, value in given.items():
        name = f"p{call.moving.index(key)}" if key in call.moving else f"k{key}"
        names[key] = name
        if key in call.moving and call.displays and isinstance(value, (tuple, list)):
            items = [f"{name}[{k}]" for k in range(len(value))]
            names[key] = f"({', '.join(items)},)" if isinstance(value, tuple) else f"[{', '.join(items)}]"
        if key not in call.moving:
            if is_literal(value):
                names[key] = repr(value)
            scope[name] = value
    shown = [names[key] for key in given if isinstance(key, int)]
    shown += [f"{key}={names[key]}" for key in given if not isinstance(key, int)]
    lines = [f"def program({', '.join(f'p{k}' for k in range(len(call.moving)))}):"]
    called = shown.pop(0) if isinstance(call.function, ObjectsOf) else "function"
    lines.append(f"    z = {called}({', '.join(shown)})")
    terms = list(_terms("z", call.result, scope))
    if not terms:
        return None
    lines.append(f"    return {' + '.join(terms)}")
    text = "\n".join(lines) + "\n"
    file = f"<{call.name} {id(call)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    return scope["program"]


def _terms(place, value, scope):
    if isinstance(value, (tuple, list)):
        for k, item in enumerate(value):
            yield from _terms(f"{place}[{k}]", item, scope)
    elif isinstance(value, dict) or not has_floats(value):
        return
    else:
        rng = np.random.default_rng(len(scope))
        for part in (".real", ".imag") if np.iscomplexobj(value) else ("",):
            linear, square = f"w{len(scope)}", f"v{len(scope)}"
            for name in (linear, square):
                scope[name] = rng.uniform(0.5, 1.5, np.shape(value)) if np.ndim(value) else rng.uniform(0.5, 1.5)
            at = f"{place}{part}"
            yield (
                f"np.sum({linear} * {at} + {square} * {at} * {at})"
                if np.ndim(value)
                else f"({linear} * {at} + {square} * {at} * {at})"
            )


def main(variant=""):
    """All calls: those that fail, and how many there are."""
    count = 0
    for call in calls(variant):
        count += 1
        try:
            call.check()
        except Exception as error:  # noqa: BLE001  all of them are shown
            if call.reason(error) is None:
                print(call.name, type(error).__name__, error, sep="\n    ")  # noqa: T201
    print(count, "calls")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
