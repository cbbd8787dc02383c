"""The gradient of each rule's primitive, as a ratio to the primitive itself: `python -m benchmarks.rules`.

The calls are those that the rules are tested with, on larger arrays where the primitive takes them. Primitive and
gradient are both contracted with a fixed cotangent, so that a gradient that needs no value of the primitive can be
the faster of the two.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import interleave, median, ratio
from sct_ad import grad
from sct_ad.rules.registry import ObjectsOf, qualified_name
from sct_ad.testing import Call
from tests.rules import cases
from tests.rules.topics import TOPICS

ENTRIES = (60, 250, 1000, 4000)
"""About how many entries an enlarged array has, in steps; matrices have this many divided by `MATRIX`."""
MATRIX = 4
ENOUGH = 0.001
"""An array is not enlarged further once the primitive takes so many seconds."""
SLOW = 4.0


@dataclass(frozen=True)
class Measured:
    """A gradient's time over the primal's, at the call that is written out."""

    name: str
    call: str
    ratio: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.ratio:7.1f}  {self.seconds * 1e6:9.1f} us  {self.name}{self.call}"


def calls() -> Iterator[tuple[str, Any, Call]]:
    """Topic, function and the largest of the calls that its rule is tested with."""
    for topic, functions in TOPICS.items():
        for function, listed in functions.items():
            if not isinstance(function, ObjectsOf):  # what objects compute is measured where functions compute it
                yield from ((topic, function, call) for call in _largest(listed))
    for function in dict.fromkeys((*cases.ELEMENTWISE, *cases.SCALAR, *cases.GENERAL)):
        plain = [Call(*c.args, literal=c.constant, **c.keywords) for c in cases.cases_of(function)]
        yield from (("elementwise", function, call) for call in _largest(plain))


def _largest(found: Sequence[Call]) -> list[Call]:
    """The call with the largest float64 arguments, in a list; none where a rule is not tested by calls."""
    usable = [call for call in found if any(is_active(arg) for arg in call.args)]
    return sorted(usable, key=lambda call: sum(np.size(arg) for arg in call.args if is_active(arg)))[-1:]


def is_active(arg: Any) -> bool:
    """Whether an argument is a float or an array of floats; sequences are left as constants."""
    return isinstance(arg, (float, np.ndarray)) and np.asarray(arg).dtype.kind in "fc"


def enlarged(topic: str, entries: int, arg: Any) -> Any:
    """An array with more entries along each axis; for linear algebra a matrix as well conditioned as the small one."""
    if not isinstance(arg, np.ndarray) or arg.size < 2:
        return arg
    square = "linalg" in topic and arg.ndim >= 2 and arg.shape[-1] == arg.shape[-2]
    if "linalg" in topic:
        entries //= MATRIX
    times = max(1, int(np.ceil((entries / arg.size) ** (1.0 / sum(n > 1 for n in arg.shape)))))
    grown = np.tile(arg, [times if n > 1 else 1 for n in arg.shape])
    if arg.dtype.kind not in "fc":
        return grown
    varied = grown * np.random.default_rng(0).uniform(0.9, 1.1, grown.shape).astype(arg.real.dtype)
    if square:
        varied = varied / times + 4.0 * np.eye(grown.shape[-1], dtype=arg.dtype)
        if np.allclose(arg, np.swapaxes(arg, -1, -2)):
            varied = 0.5 * (varied + np.swapaxes(varied, -1, -2))
    return varied


def _largest_taken(topic: str, function: Any, call: Call) -> tuple[Call, Any]:
    """The call with arguments as large as the primitive takes without a complaint and in a short time."""
    attempt, result = call, function(*call.args, **call.keywords)
    for entries in ENTRIES:
        larger = Call(*(enlarged(topic, entries, arg) for arg in call.args), literal=call.literal, **call.keywords)
        started = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                attempt, result = larger, function(*larger.args, **larger.keywords)
        except Exception:  # whatever the primitive says to arguments of other sizes
            break
        if time.perf_counter() - started > ENOUGH:
            break
    return attempt, result


def programs(topic: str, function: Any, call: Call) -> tuple[Callable[..., Any], tuple[Any, ...], str]:
    """The contracted call as a function of its float arguments, those, and the call in words."""
    attempt, result = _largest_taken(topic, function, call)
    active = [k for k, arg in enumerate(attempt.args) if is_active(arg) and k not in attempt.literal]
    shown = [_shown(f"a{k}", arg, k in active) for k, arg in enumerate(attempt.args)]
    shown += [f"{name}={value!r}" if _prints(value) else f"{name}={name}_" for name, value in call.keywords.items()]
    several = isinstance(result, (tuple, list))
    parts = [f"np.sum(weights[{k}] * z[{k}])" for k in range(len(result))] if several else ["np.sum(weights * z)"]
    complex_ = any(np.iscomplexobj(part) for part in (result if several else (result,)))
    total = " + ".join(parts)
    text = (
        f"def program({', '.join(f'a{k}' for k in active)}):\n"
        f"    z = function({', '.join(shown)})\n    return {f'({total}).real' if complex_ else total}\n"
    )
    outside = {f"a{k}": arg for k, arg in enumerate(attempt.args) if k not in active}
    outside |= {f"{name}_": value for name, value in call.keywords.items()}
    weights = tuple(map(_weights, result)) if several else _weights(result)
    program = _defined(text, function=function, weights=weights, np=np, **outside)
    sizes = ", ".join("x".join(map(str, np.shape(attempt.args[k]))) or "float" for k in active)
    return program, tuple(attempt.args[k] for k in active), sizes


def _shown(name: str, arg: Any, active: bool) -> str:
    if isinstance(arg, (list, tuple)) and any(isinstance(item, np.ndarray) for item in arg):
        items = "".join(f"{name}[{k}], " for k in range(len(arg)))
        return f"[{items}]" if isinstance(arg, list) else f"({items})"
    return repr(arg) if _prints(arg) and not active else name


def _prints(value: Any) -> bool:
    return (
        value is None or isinstance(value, (bool, int, str)) or (isinstance(value, tuple) and all(map(_prints, value)))
    )


def _weights(result: Any) -> Any:
    return np.random.default_rng(1).uniform(0.5, 1.5, np.shape(result))


_numbers = itertools.count()
_folder = tempfile.TemporaryDirectory()


def _defined(text: str, **names: Any) -> Callable[..., Any]:
    """The function of a module text that is written to a file, where its source is found."""
    path = Path(_folder.name) / f"program_{next(_numbers)}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module).update(names)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = module.program
    return found


def measure(topic: str, function: Any, call: Call, seconds: float) -> Measured:
    """The time of the gradient over the time of the primal."""
    program, arguments, sizes = programs(topic, function, call)
    gradient = grad(program, tuple(range(len(arguments))))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        samples = interleave({"primal": program, "gradient": gradient}, arguments, seconds)
    found = ratio(samples["gradient"], samples["primal"])
    return Measured(qualified_name(function), f"({sizes})", found, median(samples["primal"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rules of the topics named on the command line, or all, and print the slowest first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description=__doc__.partition("\n")[0])
    parser.add_argument("topic", nargs="*", help=f"any of: {', '.join(['elementwise', *TOPICS])} (default: all)")
    parser.add_argument("--seconds", type=float, default=0.1, help="time for each function (default 0.1)")
    options = parser.parse_args(arguments)
    found, failed = [], []
    for topic, function, call in calls():
        if options.topic and topic not in options.topic:
            continue
        try:
            found.append(measure(topic, function, call, options.seconds))
            print(found[-1], file=sys.stderr, flush=True)  # all of them take many minutes
        except Exception as error:  # the rest is measured all the same
            failed.append(f"{qualified_name(function)}: {type(error).__name__}: {str(error).splitlines()[0]}")
    found.sort(key=lambda measured: -measured.ratio)
    slow = [measured for measured in found if measured.ratio > SLOW]
    print(f"{len(found)} rules; the gradient takes more than {SLOW:g} times as long as the primal in {len(slow)}:\n")
    for measured in slow:
        print(measured)
    print(f"\nmedian of all: {np.median([measured.ratio for measured in found]):.2f}")
    print("\n".join(["", "not measured:", *failed]) if failed else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
