"""The registry of derivative rules, and the decorators that fill it.

Writing rules::

    from sct_ad.rules.registry import adjoint, d, emitter, macro, pullback, zero_derivative
    from sct_ad.rules.registry import active, dtype, is_array, is_python, is_scalar, is_sequence, kind, ndim, same
    from sct_ad.rules.registry import static

    @adjoint(np.divide, operator.truediv, elementwise=True, singular=True)
    def divide(z, x, y):                  # the result, then the primitive's parameters with their defaults
        d[x] = d[z] / y
        d[y] = -d[z] * z / y

    @adjoint(np.transpose)
    def transpose(z, a, axes=None):       # not elementwise: the expression broadcasts to the shape of the parameter
        if axes is None:                  # chosen at compile time; a test that is not decidable counts as false
            d[a] = np.transpose(d[z])
        elif static(axes):
            d[a] = np.transpose(d[z], inverse_permutation(axes))     # a @macro: inverse_permutation(site, axes)
        else:
            d[a] = np.transpose(d[z], np.argsort(axes))

    @emitter(np.concatenate, params="arrays, axis=0, out=None")
    def concatenate(site): ...            # -> template.Adjoint, built from nodes
    @pullback(np.linalg.svd)
    def svd_pullback(dz, z, a): ...       # -> tuple of cotangents, called at run time; None means zero
    zero_derivative(np.floor, np.argmax)

Forward mode follows from an elementwise rule, and from what is said of others::

    linear_in("a", np.sum)                # the tangent is the function itself, applied to the tangent
    linear_in("a | b", np.dot)            # linear in each of two factors; "x y" would be: in both together
    reduction(np.prod)                    # sums, along the axes, of entrywise multiples
    elementwise_results(2, math.modf)     # a tuple of two, each elementwise
    @tangent(np.linalg.inv)               # anything else: d[z] is the tangent of the result, d[a] that of an argument
    def inv_tangent(z, a):
        d[z] = -z @ d[a] @ z

What is called by gradients alone, and has no rule, gets its tangent from `sct_ad.rules.gradients.pushed`.

Statements of a template: `d[p] = e`, `name = e`, `if` / `elif` / `else` with a static test, `pass`, and
`raise NotImplementedError("...")` (the compiler then raises NoRuleError with that text). Free names are bound to what
they denote in the rule's module; a global number becomes a literal. `singular=True` says that the derivative can be
infinite or NaN where the primal is finite (sqrt at 0): a cotangent that a rule with `selects=True`, such as that of
`np.where`, has masked to zero must be masked again after such a rule, since 0 * inf is NaN.

Reading::

    rule = lookup(np.divide)              # Rule | None; np.asin is np.arcsin, so aliases need no rule
    rule.parameters, rule.elementwise, rule.zero, rule.kind, rule.singular, rule.selects, rule.name
    rule.pullback(z, dz, *args)           # {"x": ..., "y": ...} by running what the rule emits (for tests)
    revision()                            # grows with each registration
"""

from __future__ import annotations

import importlib
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sct_ad.errors import RuleError
from sct_ad.rules.effects import home_of
from sct_ad.rules.parse import Parameter, Template, parameters_from_text, parameters_of, parse_template
from sct_ad.rules.vocabulary import (
    active,
    d,
    dtype,
    is_array,
    is_python,
    is_scalar,
    is_sequence,
    kind,
    macro,
    ndim,
    same,
    static,
)

__all__ = [
    "LIBRARY", "ObjectsOf", "Rule", "active", "adjoint", "called_objects", "d", "dtype", "elementwise_results",
    "emitter", "gradient_tangent", "is_array", "is_python", "is_scalar", "is_sequence", "kind", "linear_in",
    "load_library", "load_on_demand", "loading", "lookup", "lookup_tangent", "macro", "ndim", "on_demand", "pullback",
    "reduction", "registered", "renew", "revision", "same", "static", "tangent", "tangent_emitter", "zero_derivative",
]  # fmt: skip


@dataclass(eq=False)
class Rule:
    """The derivative rule of one or several primitives that share it."""

    functions: tuple[Any, ...]
    form: str
    """One of "template", "emitter", "pullback", "zero", and "tangent" for a rule of forward mode alone."""
    body: Any = None
    """The decorated function; None for a zero derivative."""
    elementwise: bool = False
    singular: bool = False
    selects: bool = False
    """Whether zeros in the contributions mark entries that were not chosen, and that nothing may turn into NaN."""
    real_is_constant: bool = False
    """Whether the derivative is zero at real arguments, as that of `np.imag`."""
    params: str | None = field(default=None, repr=False)
    matrices: bool = False
    """Whether sparse matrices and linear operators can be among the arguments."""
    of_class: bool = False
    """Whether it is the rule of calling the objects of a class: the object is the first of its parameters."""
    like: str | tuple[str, ...] = ""
    """The parameter whose type the result has; a tuple of parameters for a tuple; "" where that is not said."""
    linear: tuple[tuple[str, ...], ...] = ()
    """Groups of parameters: the result is linear in those of each group together; `*xs` for each item of `xs`."""
    reduces: bool = False
    """Whether the contribution to the argument is, entry by entry, a multiple of `d[z]` spread along the axes."""
    results: int = 0
    """How many results of an elementwise function a tuple holds; 0 for a result that is no tuple."""
    tangent: Any = None
    """The decorated tangent template, or emitter `f(site) -> Tangent`."""
    tangent_is_emitter: bool = False

    @property
    def zero(self) -> bool:
        """Whether the result never carries a derivative."""
        return self.form == "zero"

    @property
    def kind(self) -> str:
        """How the differentiator treats the contributions: "zero", "elementwise" or "general"."""
        return "zero" if self.zero else "elementwise" if self.elementwise else "general"

    @property
    def name(self) -> str:
        """The primitive as users know it: `numpy.divide`."""
        return " / ".join(map(qualified_name, self.functions[:1]))

    @property
    def of_library(self) -> bool:
        """Whether the rule is one of this package's own."""
        return self.body is None or (self.body.__module__ or "").startswith("sct_ad.")

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The primitive's parameters, as the rule lists them."""
        if self.params is not None:
            return parameters_from_text(self.params)
        if self.body is None:
            return ()
        return parameters_of(self.body, 2 if self.form == "pullback" else 1)

    @cached_property
    def template(self) -> Template:
        """The rule's text, read and checked at first use."""
        assert self.form == "template" and self.body is not None
        return parse_template(self.body)

    @cached_property
    def tangent_template(self) -> Template:
        """The text of the tangent template, read and checked at first use."""
        return parse_template(self.tangent, tangent=True)

    def pullback(self, z: Any, dz: Any, *args: Any, **keywords: Any) -> dict[str, Any]:
        """The cotangents of the float arguments, in their shapes, by running what the rule emits."""
        from sct_ad.rules.evaluate import pull  # evaluation is for tests and users; the compiler never needs it

        return pull(self, z, dz, args, keywords)


_rules: dict[Any, Rule] = {}
_gradient_tangents: dict[Any, Rule] = {}
_lock = threading.RLock()
_revision = 0
_on_demand: dict[str, str] = {}
LIBRARY = ["sct_ad.rules.library"]
"""The modules that register the rules of this package."""
_LIBRARY_HOMES = ("sct_ad.", "numpy", "scipy.", "math", "cmath", "operator", "functools", "itertools", "statistics")
_ON_DEMAND_HOMES = ("scipy.", "sct_ad.runtime.scipy.")
_loading = threading.local()
_has_library = False
_extended = False
_listeners: list[Callable[[], None]] = []


def adjoint(
    *functions: Any,
    elementwise: bool = False,
    singular: bool = False,
    selects: bool = False,
    real_is_constant: bool = False,
    like: str | tuple[str, ...] = "",
) -> Callable[[Callable[..., None]], Rule]:
    """Register the decorated template as the rule of `functions`.

    `like` names a parameter that has the dtype and shape of the result; a tuple of names is for a tuple of results.
    """

    def register(body: Callable[..., None]) -> Rule:
        rule = Rule(_callables(functions), "template", _plain(body), elementwise, singular, selects, like=like)
        rule.real_is_constant = real_is_constant
        return _register(rule)

    return register


def emitter(
    *functions: Any, params: str, elementwise: bool = False, selects: bool = False
) -> Callable[[Callable[..., Any]], Rule]:
    """Register the decorated `f(site) -> Adjoint` as the rule of `functions` with the parameter list `params`."""

    def register(body: Callable[..., Any]) -> Rule:
        rule = Rule(_callables(functions), "emitter", _plain(body), elementwise, selects=selects, params=params)
        return _register(rule)

    return register


def pullback(
    *functions: Any, params: str | None = None, like: str | tuple[str, ...] = ""
) -> Callable[[Callable[..., Any]], Rule]:
    """Register the decorated `f_pullback(dz, z, *args) -> tuple of cotangents`, which is called and not inlined.

    `like` as in `adjoint`.
    """

    def register(body: Callable[..., Any]) -> Rule:
        return _register(Rule(_callables(functions), "pullback", _plain(body), params=params, like=like))

    return register


def linear_in(parameters: str, *functions: Any) -> None:
    """Say that the results of functions with rules are linear in parameters, from which forward mode follows.

    `"a"`: linear in `a`; `"a | b"`: in each, the other one being fixed, as products are; `"x y"`: in both together;
    `"*operands"`: in each item of a variadic parameter.
    """
    groups = tuple(tuple(group.split()) for group in parameters.split("|"))
    for rule in _rules_of(functions):
        _check_names(rule, {name.lstrip("*") for group in groups for name in group})
        rule.linear = groups


def reduction(*functions: Any) -> None:
    """Say that functions with rules reduce along `axis`, each entry contributing by itself.

    The contribution to an argument must be, entry by entry, a multiple of the cotangent that is spread along the axes.
    """
    for rule in _rules_of(functions):
        rule.reduces = True


def elementwise_results(count: int, *functions: Any) -> None:
    """Say that functions with rules give a tuple of so many results, each an elementwise function of the arguments."""
    for rule in _rules_of(functions):
        rule.results = count


def tangent(*functions: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give functions with rules the decorated tangent template: `d[z] = -z @ d[a] @ z`.

    `d[z]` is the sum of all that is assigned to it. A statement that reads the tangent of an inactive argument is left
    out. The parameters, after the result, are those of the rule, in any order and number.
    """

    def register(body: Callable[..., None]) -> Callable[..., None]:
        plain = _plain(body)
        for rule in _rules_of(functions):
            _check_names(rule, {parameter.name for parameter in parameters_of(plain, 1)})
            rule.tangent, rule.tangent_is_emitter = plain, False
            rule.__dict__.pop("tangent_template", None)
            if not plain.__module__.startswith("sct_ad."):
                rule.tangent_template  # noqa: B018  a user's rule is checked at once
        return body

    return register


def tangent_emitter(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give functions with rules the decorated `f(site) -> Tangent`."""

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        for rule in _rules_of(functions):
            rule.tangent, rule.tangent_is_emitter = body, True
        return body

    return register


def gradient_tangent(function: Callable[..., Any], rule: Rule) -> None:
    """Give a function without rule, which only gradients call, a rule of forward mode."""
    with _lock:
        _gradient_tangents[function] = rule


def _rules_of(functions: tuple[Any, ...]) -> list[Rule]:
    """The rules that functions have; a rule stands for itself. What was compiled without the tangent is outdated."""
    _note_who()
    load_library()
    found: dict[int, Rule] = {}
    for function in functions:
        rule = function if isinstance(function, Rule) else _registered(function)
        if rule is None:
            raise RuleError(f"{qualified_name(function)} has no rule to add a tangent to: register the adjoint first")
        found[id(rule)] = rule
    if not _is_loading():
        renew()
    return list(found.values())


def _check_names(rule: Rule, names: set[str]) -> None:
    unknown = names - {parameter.name for parameter in rule.parameters}
    if unknown:
        raise RuleError(f"the rule of {rule.name} has no parameter {min(unknown)!r}")


def zero_derivative(*functions: Any) -> None:
    """Say that the results of `functions` never carry a derivative."""
    for function in _callables(functions):
        _register(Rule((function,), "zero"))


def called_objects(*classes: type, params: str) -> Callable[[Callable[..., Any]], Rule]:
    """Register the decorated `f(site) -> Adjoint` as the rule of calling objects of these classes and subclasses.

    The first parameter in `params` is the object itself, which the rule may look at: it is known at compile time.
    """

    def register(body: Callable[..., Any]) -> Rule:
        rule = Rule(tuple(map(ObjectsOf, classes)), "emitter", _plain(body), params=params, of_class=True)
        return _register(rule)

    return register


@dataclass(frozen=True)
class ObjectsOf:
    """Stands in the table of rules for all objects of a class."""

    cls: type

    @property
    def __name__(self) -> str:
        return self.cls.__name__

    def __call__(self, called: Any, *args: Any, **keywords: Any) -> Any:
        """What the object gives: calling it as a function of itself and its arguments."""
        return called(*args, **keywords)


def _registered(function: Any) -> Rule | None:
    try:
        found = _rules.get(function)
    except TypeError:  # not hashable
        found = None
    return _rule_of_object(function) if found is None else found


def _rule_of_object(value: Any) -> Rule | None:
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)):
        return None
    for cls in type(value).__mro__[:-1]:
        found = _rules.get(ObjectsOf(cls))
        if found is not None:
            return found
    return None


def load_library() -> None:
    """Load the rules of this package, whose own come first: those of users take their place."""
    global _has_library
    if not _has_library and not _is_loading():
        with loading():
            for module in LIBRARY:
                importlib.import_module(module)  # which waits where another thread is at it
        _has_library = True


@contextmanager
def loading() -> Iterator[None]:
    """While this thread loads rules that nothing can have been compiled without."""
    _loading.depth = _is_loading() + 1
    try:
        yield
    finally:
        _loading.depth -= 1


def _is_loading() -> int:
    return getattr(_loading, "depth", 0)


def lookup(function: Any) -> Rule | None:
    """The rule of a callable, or None; rules of a package that is imported are loaded when they are first asked for."""
    if not _has_library and not _is_users(function):
        load_library()
    found = _registered(function)
    if (
        found is None
        and _on_demand
        and (isinstance(function, (np.ufunc, ObjectsOf)) or home_of(function).startswith(_ON_DEMAND_HOMES))
    ):
        load_on_demand([package for package in _on_demand if package in sys.modules])
        found = _registered(function)
    return found


def lookup_tangent(function: Any) -> Rule | None:
    """The rule that forward mode has for a callable: its rule, or that of a function which only gradients call."""
    found = lookup(function)
    if found is None and isinstance(function, types.FunctionType):
        found = _gradient_tangents.get(function)
    return found


def on_demand(topics: dict[str, str]) -> None:
    """Say which module holds the rules of a package, to be loaded once somebody else has imported the package."""
    _on_demand.update(topics)


def load_on_demand(packages: Iterable[str] | None = None) -> None:
    """Load the rules of these packages, by default of all for which there are rules, importing the packages."""
    load_library()
    with _lock, loading():
        for package in list(_on_demand if packages is None else packages):
            if package in _on_demand:  # still, now that the lock is ours
                importlib.import_module(_on_demand[package])
                _on_demand.pop(package, None)  # others wait for the lock until the rules are there


def revision() -> int:
    """A number that grows with each registration."""
    return _revision


def is_extended() -> bool:
    """Whether anybody but this package has registered a rule, or said something of one."""
    return _extended


def _note_who() -> None:
    """Note who has called what calls the caller: a function of this module, or one that it has made."""
    global _extended
    if not str(sys._getframe(3).f_globals.get("__name__")).startswith("sct_ad."):
        _extended = True


def subscribe(listener: Callable[[], None]) -> None:
    """Have a function called after each registration."""
    with _lock:
        _listeners.append(listener)


def registered() -> list[Rule]:
    """All rules that are in force, each once, in order of registration."""
    load_library()
    with _lock:
        return list(dict.fromkeys(_rules.values()))


def qualified_name(function: Any) -> str:
    """`numpy.divide`, `math.sin`, `abs`, `scipy.stats.norm.pdf`: how an error names a function."""
    if is_of_scipy(function):
        return _name_in_scipy(function)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{qualified_name(owner)}.{function.__name__}"
    named = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    name = named or getattr(type(function), "__name__", "function")
    module = getattr(function, "__module__", None) or ("numpy" if type(function).__name__ == "ufunc" else "")
    module = {"builtins": "", "_operator": "operator"}.get(module, module)
    return f"{module}.{name}" if module else str(name)


def _is_users(function: Any) -> bool:
    """Whether it is a plain function of somebody else's, for which the library has no rule."""
    return isinstance(function, types.FunctionType) and not home_of(function).startswith(_LIBRARY_HOMES)


def is_of_library(function: Any) -> bool:
    """Whether a function is one of this package's own."""
    return home_of(function).startswith("sct_ad.")


def is_of_scipy(function: Any) -> bool:
    """Whether a function is one of SciPy's; its ufuncs do not say so."""
    if isinstance(function, np.ufunc):
        return getattr(sys.modules.get("scipy.special"), function.__name__, None) is function
    return home_of(function).startswith("scipy.")


def _name_in_scipy(function: Any) -> str:
    """Without the private modules in which SciPy keeps its functions."""
    name = getattr(function, "__name__", None) or _name_in_special(function)
    if isinstance(function, np.ufunc):
        return f"scipy.special.{name}"
    owner = getattr(getattr(function, "__self__", None), "name", None)
    own = f"{owner}.{name}" if isinstance(owner, str) else getattr(function, "__qualname__", name)
    return ".".join([*(part for part in home_of(function).split(".") if not part.startswith("_")), own])


def _name_in_special(function: Any) -> str:
    """Of a function that does not know its name, as `sph_harm_y` of SciPy 1.15."""
    special = getattr(sys.modules.get("scipy.special"), "__dict__", {})
    return next((name for name, value in special.items() if value is function), type(function).__name__)


def _register(rule: Rule) -> Rule:
    _note_who()
    if not rule.of_library:
        load_library()
        names = {parameter.name for parameter in rule.parameters}  # a user's rule is checked at once
        unknown = set((rule.like,) if isinstance(rule.like, str) else rule.like) - names - {""}
        if unknown:
            raise RuleError(f"like={rule.like!r}: the rule of {rule.name} has no parameter {min(unknown)!r}")
        if rule.form == "template":
            rule.template  # noqa: B018
    with _lock:
        for function in rule.functions:
            _rules[function] = rule
    if not _is_loading():  # nothing can have been compiled with functions whose rules were not loaded
        renew()
    return rule


def renew() -> None:
    """Let everything that was compiled before be compiled anew."""
    global _revision
    with _lock:
        _revision += 1
        listeners = list(_listeners)
    for listener in listeners:
        listener()


def _callables(functions: tuple[Any, ...]) -> tuple[Any, ...]:
    for function in functions:
        if not callable(function):
            raise RuleError(f"a rule is registered for functions, not for {function!r}")
        try:
            hash(function)
        except TypeError:
            raise RuleError(f"a rule needs a hashable function, not {function!r}") from None
    if not functions:
        raise RuleError("a rule needs at least one function: @adjoint(np.sin)")
    return functions


def _plain(body: Any) -> types.FunctionType:
    if not isinstance(body, types.FunctionType):
        raise RuleError(f"a rule is a plain function (def), not {body!r}")
    return body
