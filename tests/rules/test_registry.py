"""The registry: registration, look-up, and that every rule of the library has a test case."""

import math
import operator
import threading

import numpy as np
import pytest

from sct_ad.errors import RuleError
from sct_ad.rules import library, registry
from sct_ad.rules.registry import adjoint, d, emitter, lookup, pullback, registered, revision, zero_derivative
from tests.rules import cases

HERE = ("operators", "scalar", "ufuncs", "constant")


def topic_rules():
    """The rules of the topics tested here, as (function, rule)."""
    found = []
    for rule in registered():
        if rule.body is not None and rule.body.__module__.rpartition(".")[2] in HERE:
            found += [(function, rule) for function in rule.functions]
    return found


@pytest.mark.parametrize("function, rule", topic_rules(), ids=lambda value: getattr(value, "__name__", ""))
def test_every_rule_has_a_case(function, rule):
    assert function in cases.ELEMENTWISE or function in cases.SCALAR or function in cases.GENERAL, (
        f"add a line for {registry.qualified_name(function)} to tests/rules/cases.py"
    )


@pytest.mark.parametrize("function", [*cases.ELEMENTWISE, *cases.SCALAR, *cases.GENERAL], ids=lambda f: f.__name__)
def test_every_case_has_a_rule(function):
    assert lookup(function) is not None


@pytest.mark.parametrize("rule", registered(), ids=lambda rule: rule.name)
def test_every_rule_of_the_library_is_well_formed(rule):
    assert isinstance(rule.parameters, tuple)
    assert rule.form in ("template", "emitter", "pullback", "zero")
    if rule.form == "template":
        assert rule.template.body


def test_every_elementwise_float_function_of_numpy_is_known():
    ufuncs = {u for u in vars(np).values() if isinstance(u, np.ufunc) and u.signature is None}
    floats = {u for u in ufuncs if any("d->" in t or "f->" in t or "dd->" in t for t in u.types)}
    assert not [u.__name__ for u in floats if lookup(u) is None]


def test_every_function_of_math_is_known():
    names = [name for name in dir(math) if callable(getattr(math, name)) and not name.startswith("_")]
    missing = {name for name in names if lookup(getattr(math, name)) is None}
    assert not missing


def test_every_arithmetic_operator_is_known():
    names = "add sub mul truediv floordiv mod pow neg pos abs lt le gt ge eq ne not_ is_ is_not contains invert".split()
    assert not [name for name in names if lookup(getattr(operator, name)) is None]


def test_aliases_share_the_rule():
    assert lookup(np.abs) is lookup(np.absolute)
    assert lookup(np.true_divide) is lookup(np.divide) is lookup(operator.truediv)
    for alias, name in [("asin", "arcsin"), ("pow", "power"), ("atan2", "arctan2"), ("acosh", "arccosh")]:
        if hasattr(np, alias):
            assert lookup(getattr(np, alias)) is lookup(getattr(np, name))


def test_lookup_of_anything():
    assert lookup(lambda x: x) is None
    assert lookup([]) is None
    assert lookup(None) is None


def test_registration_counts_and_replaces():
    def double(x):
        return 2.0 * x

    before = revision()

    @adjoint(double, elementwise=True)
    def first(z, x):
        d[x] = d[z] * 2.0

    assert revision() == before + 1
    assert lookup(double) is first
    assert first.pullback(6.0, 1.0, 3.0) == {"x": 2.0}

    @adjoint(double, elementwise=True)
    def second(z, x):
        d[x] = d[z] + d[z]

    assert revision() == before + 2
    assert lookup(double) is second
    assert first not in registered()
    zero_derivative(double)
    assert lookup(double).zero and lookup(double).kind == "zero"
    assert revision() == before + 3


def test_kinds_and_names():
    assert lookup(np.divide).kind == "elementwise"
    assert lookup(float).kind == "general"
    assert lookup(np.floor).kind == "zero"
    assert lookup(np.sqrt).singular and not lookup(np.exp).singular
    assert lookup(np.sqrt).name == "numpy.sqrt"
    assert lookup(math.erf).name == "math.erf"
    assert lookup(sum).name == "sum"
    assert lookup(operator.neg).name == "operator.neg"


def test_registration_from_threads_loses_nothing():
    functions = [eval("lambda x: x") for _ in range(80)]
    before = revision()

    def register(part):
        for function in part:
            zero_derivative(function)

    threads = [threading.Thread(target=register, args=(functions[k::8],)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert revision() == before + 80
    assert all(lookup(function).zero for function in functions)


def test_a_pullback_is_called():
    def norm(x, y, scale=1.0):
        return scale * math.sqrt(x * x + y * y)

    @pullback(norm)
    def norm_pullback(dz, z, x, y, scale=1.0):
        return dz * scale**2 * x / z, dz * scale**2 * y / z, None

    assert lookup(norm) is norm_pullback
    got = norm_pullback.pullback(5.0, 1.0, 3.0, 4.0)
    assert got == {"x": 0.6, "y": 0.8}
    assert norm_pullback.pullback(10.0, 1.0, 3.0, 4.0, scale=2.0) == {"x": 1.2, "y": 1.6, "scale": 0.0}


def test_an_emitter_has_a_parameter_list():
    def chain(*values, depth=1):
        return values[0]

    @emitter(chain, params="*values, depth=1")
    def rule(site):
        from sct_ad.rules.template import Adjoint

        return Adjoint([], [(site.arguments["values"].elts[0], site.cotangent)])

    assert [p.name for p in rule.parameters] == ["values", "depth"]
    assert rule.pullback(1.0, 3.0, 1.0, 2.0) == {"values": (3.0, None)}


@pytest.mark.parametrize("params", ["x, **kw", "x=np.inf", "x,,", "3"])
def test_a_parameter_list_must_be_plain(params):
    with pytest.raises(RuleError, match="not a parameter list"):

        @emitter(len, params=params)
        def rule(site): ...


def test_registration_needs_functions():
    with pytest.raises(RuleError, match="registered for functions"):
        adjoint(3)(lambda z, x: None)
    with pytest.raises(RuleError, match="at least one function"):
        adjoint()(lambda z, x: None)
    with pytest.raises(RuleError, match="hashable"):
        zero_derivative(type("Unhashable", (), {"__hash__": None, "__call__": lambda self: 0})())
    with pytest.raises(RuleError, match="plain function"):
        adjoint(math.sin)(math.cos)
    assert lookup(math.sin).body.__name__ == "sin"


def test_the_words_of_the_language_do_not_run():
    with pytest.raises(RuleError, match="never run"):
        d["x"]
    with pytest.raises(RuleError, match="never run"):
        d["x"] = 1.0
    with pytest.raises(RuleError, match="never run"):
        registry.ndim(3)


def test_the_topics_are_loaded():
    assert {"operators", "scalar", "ufuncs", "constant"} <= set(library.TOPICS)


def foreign(x, y):
    raise AssertionError("a rule for its type alone")


def test_results_are_like_arguments():
    from sct_ad.rules.typing import result_type
    from sct_ad.syntax.values import FLOAT, INT, UNKNOWN, Array, Scalar, Tuple

    matrix, whole = Array("float32", (2, 3)), Array("int64", (3,))

    def rule(z, x, y=0.0):
        d[x] = d[z]

    for like, args, expected in [
        ("x", [matrix, FLOAT], matrix),
        ("y", [matrix, FLOAT], FLOAT),
        ("y", [matrix], UNKNOWN),
        ("x", [Scalar("float", "", 1.5), FLOAT], FLOAT),
        ("x", [whole, FLOAT], Array("", (3,))),
        ("x", [INT, FLOAT], UNKNOWN),
        (("y", "x"), [matrix, FLOAT], Tuple((FLOAT, matrix))),
        ("", [matrix, FLOAT], UNKNOWN),
    ]:
        adjoint(foreign, like=like)(rule)
        assert result_type(foreign, args, {}) == expected
    adjoint(foreign, elementwise=True)(rule)
    assert result_type(foreign, [matrix, whole], {}) == Array("", (2, 3))
    assert result_type(foreign, [FLOAT, FLOAT], {}) == UNKNOWN
    with pytest.raises(RuleError, match="no parameter 'w'"):
        adjoint(foreign, like=("x", "w"))(rule)
    with pytest.raises(RuleError, match="no parameter 'w'"):
        pullback(foreign, like="w")(lambda dz, z, x, y: (dz, None))
