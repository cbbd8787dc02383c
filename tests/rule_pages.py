"""What of NumPy and SciPy is differentiated, as pages: computed from the rules and from the calls they are tested with.

`python -m tests.rule_pages` writes `docs/numpy.md` and `docs/scipy.md`. Whether Numba compiles a function is tried out where
Numba is installed, and else taken from the page as it is.
"""

import importlib
import importlib.util
import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import scipy

from sct_ad.rules.library import ON_DEMAND
from sct_ad.rules.refused import REFUSED
from sct_ad.rules.registry import load_on_demand, lookup
from sct_ad.rules.typing import method_function
from sct_ad.syntax.values import Array
from tests.rules import cases
from tests.rules.topics import TOPICS

DOCS = Path(__file__).parent.parent / "docs"
BASES = "polynomial chebyshev legendre hermite hermite_e laguerre"
NUMPY = {
    "numpy": np,
    "numpy.linalg": np.linalg,
    "numpy.fft": np.fft,
    "numpy.emath": np.emath,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
    **{f"numpy.polynomial.{name}": getattr(np.polynomial, name) for name in BASES.split()},
}
SCIPY = {f"scipy.{name}": importlib.import_module(f"scipy.{name}") for name in ON_DEMAND}
WIDTH = 120
ARRAY = Array("float64", (3,))
ROW = re.compile(r"^\| `([^|]*)` \|.*\| (yes|no|) \|$")


def public(space):
    """The callables of a module that users call, by the object: name and aliases."""
    found = {}
    for name in sorted(dir(space)):
        value = getattr(space, name) if not name.startswith("_") else None
        exception = isinstance(value, type) and issubclass(value, Exception)
        if callable(value) and not exception and not inspect.ismodule(value):
            found.setdefault(value, []).append(name)
    return found


def canonical(function, names):
    """The name that the function has itself, before its aliases."""
    own = getattr(function, "__name__", "")
    return [own, *(n for n in names if n != own)] if own in names else names


def keywords(rule):
    """What may be given besides the operands."""
    from sct_ad.rules.parse import REQUIRED

    return ", ".join(p.name for p in rule.parameters if p.default is not REQUIRED and not p.variadic)


def remark(rule):
    """The first paragraph of what the rule says of kinks and edges."""
    text = inspect.getdoc(rule.body) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


def calls_of(function):
    """The calls that the rule of a function is tested with."""
    listed = [call for topic in TOPICS.values() for call in topic.get(function, ())]
    return [(call.args, call.keywords) for call in listed] or [
        (case.args, dict(case.keywords)) for case in cases.cases_of(function)
    ]


def compiles(function):
    """Whether Numba compiles one of the calls, to the same value."""
    import numba

    for args, named in calls_of(function)[:12]:
        arrays = [k for k, arg in enumerate(args) if isinstance(arg, (float, np.ndarray))]
        names = {f"c{k}": arg for k, arg in enumerate(args) if k not in arrays} | {
            f"k_{n}": v for n, v in named.items()
        }
        given = [f"a{k}" if k in arrays else f"c{k}" for k in range(len(args))] + [f"{n}=k_{n}" for n in named]
        text = f"def program({', '.join(f'a{k}' for k in arrays)}):\n    return function({', '.join(given)})\n"
        scope = {"function": function, **names}
        exec(text, scope)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                found = numba.njit(scope["program"])(*(args[k] for k in arrays))
                expected = scope["program"](*(args[k] for k in arrays))
            except Exception:  # whatever Numba raises where it cannot
                continue
        if _alike(found, expected):
            return True
    return False


def _alike(found, expected):
    if isinstance(expected, (tuple, list)):
        return len(found) == len(expected) and all(map(_alike, found, expected))
    return np.shape(found) == np.shape(expected) and np.allclose(found, expected, equal_nan=True)


def known_to_numba():
    """Module and name -> "yes", "no" or nothing, of the page as it is."""
    path, found, title = DOCS / "numpy.md", {}, ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        title = line.removeprefix("## ") if line.startswith("## ") else title
        row = ROW.match(line)
        if row is not None:
            found[title, row[1]] = row[2]
    return found


def listed(names):
    """Names in lines of the page's width."""
    lines, line = [], ""
    for name in (f"`{name}`" for name in names):
        if line and len(line) + len(name) + 2 > WIDTH:
            lines.append(line + ",")
            line = ""
        line = f"{line}, {name}" if line else name
    return "\n".join([*lines, line])


def rows_of(title, space, cells):
    """The rows of a module's functions that have a rule, and the names of those without derivative."""
    rows, zero = [], []
    for function, names in public(space).items():
        names = canonical(function, names)
        rule = lookup(function)
        if rule is not None and rule.zero:
            zero += [f"{title}.{name}" for name in names]
        elif rule is not None:
            shown = "`, `".join(names)
            rows.append(f"| `{shown}` | " + " | ".join(cells((title, shown), function, rule)) + " |")
    return sorted(rows, key=lambda row: row.split("`")[1].lower()), zero


def numpy_page(numba_column):
    """The page on NumPy; `numba_column((module, name), function)` fills its last column."""
    parts, zero = [NUMPY_HEAD], []
    for title, space in NUMPY.items():
        rows, more = rows_of(
            title, space, lambda name, function, rule: (keywords(rule), remark(rule), numba_column(name, function))
        )
        zero += more
        if rows:
            parts += ["", f"## {title}", "", "| function | keywords | kinks and edges; remarks | Numba |"]
            parts += ["| --- | --- | --- | --- |", *rows]
    methods = [n for n in dir(np.ndarray) if not n.startswith("_") and lookup(method_function(ARRAY, n)) is not None]
    parts += ["", "## Methods of arrays", "", METHODS, "", listed(methods)]
    parts += ["", "## Results without a derivative", "", ZERO, "", listed(sorted(zero, key=str.lower))]
    refused = [(f"{t}.{canonical(f, n)[0]}", f) for t, s in NUMPY.items() for f, n in public(s).items() if f in REFUSED]
    parts += ["", "## Refused", "", "| function | why |", "| --- | --- |"]
    return "\n".join([*parts, *(f"| `{name}` | {REFUSED[function][0]} |" for name, function in refused), ""])


def scipy_page():
    """The page on SciPy."""
    load_on_demand()
    parts, zero = [SCIPY_HEAD], []
    for title, space in SCIPY.items():
        rows, more = rows_of(title, space, lambda name, function, rule: (keywords(rule), remark(rule)))
        zero += more
        if rows:
            parts += [
                "",
                f"## {title}",
                "",
                "| function | keywords | kinks and edges; remarks |",
                "| --- | --- | --- |",
                *rows,
            ]
    parts += ["", "## Distributions", "", DISTRIBUTIONS, "", "| distribution | methods |", "| --- | --- |"]
    for name in sorted(dir(SCIPY["scipy.stats"])):
        distribution = getattr(SCIPY["scipy.stats"], name)
        if hasattr(distribution, "rvs") and not isinstance(distribution, type):
            methods = [
                m for m in METHODS_OF_DISTRIBUTIONS.split() if lookup(getattr(distribution, m, None)) is not None
            ]
            parts += [f"| `{name}` | {', '.join(f'`{m}`' for m in methods)} |"] if methods else []
    return "\n".join([*parts, "", "## Results without a derivative", "", listed(sorted(zero, key=str.lower)), ""])


def main():
    """Write the pages."""
    known = known_to_numba()
    has_numba = importlib.util.find_spec("numba") is not None

    def column(name, function):
        return ("yes" if compiles(function) else "no") if has_numba else known.get(name, "")

    (DOCS / "numpy.md").write_text(numpy_page(column), encoding="utf-8")
    (DOCS / "scipy.md").write_text(scipy_page(), encoding="utf-8")


NUMPY_HEAD = f"""\
# NumPy

What is differentiated of NumPy {".".join(np.__version__.split(".")[:2])}, computed from the rules. The keywords are the
arguments besides the operands; all others are an error that names them. Where nothing is said of kinks, the derivative
is that of the formula. The last column says whether Numba compiles a call of the function itself.

Python's operators are the functions `np.add`, `np.multiply` and so on. `out=` and `where=`, the methods of ufuncs
(`reduce`, `accumulate`, `outer`, `at`, `reduceat`), what writes into its argument (`np.copyto`, `np.put`, `np.place`,
`np.putmask`, `np.put_along_axis`, `np.fill_diagonal`, `x.sort()`, `x.fill()`, `x.partition()`, `x.flat`), what calls a
function (`np.vectorize`, `np.apply_along_axis`, `np.apply_over_axes`, `np.fromfunction`, `np.piecewise`) and the objects
that are indexed (`np.r_`, `np.c_`) become stores, loops and calls of the functions below."""
SCIPY_HEAD = f"""\
# SciPy

What is differentiated of SciPy {".".join(scipy.__version__.split(".")[:2])}, computed from the rules. They are loaded when a
function to be differentiated uses a package of SciPy, and cost nothing before."""
METHODS = "Each is the function of its name, with the same keywords:"
ZERO = "They are constants of the derivative, whatever goes in:"
DISTRIBUTIONS = "With respect to the argument and all parameters, `loc` and `scale` included:"
METHODS_OF_DISTRIBUTIONS = "pdf logpdf pmf logpmf cdf logcdf sf logsf ppf isf entropy mean var std"

if __name__ == "__main__":
    main()
