"""The rule language: static tests, hygiene, binding of arguments, and what is refused."""

import math

import numpy as np
import pytest

from sct_ad.errors import NoRuleError, RuleError
from sct_ad.rules.registry import (
    active,
    adjoint,
    d,
    dtype,
    emitter,
    is_array,
    is_python,
    is_scalar,
    is_sequence,
    kind,
    macro,
    ndim,
    pullback,
    same,
    static,
)
from sct_ad.rules.template import Adjoint
from sct_ad.syntax import nodes, values
from tests.rules.emission import emitted

SCALE = 2.5
SHIFT = (1, 2)


def primitive(*args, **keywords):
    """A function to hang rules on; every test makes its own copy."""


def fresh():
    return eval("lambda *args, **keywords: None")


def test_partial_derivatives():
    f = fresh()

    @adjoint(f, elementwise=True)
    def rule(z, x, y):
        d[x] = d[z] / y
        d[y] = -d[z] * z / y

    assert emitted(f, "x", "y") == ["bx += bz / y", "by += -bz * z / y"]
    assert emitted(f, "x", "2.0") == ["bx += bz / 2.0"]
    assert emitted(f, "n", "y") == ["by += -bz * z / y"]
    assert emitted(f, "x", "y", inactive="x") == ["by += -bz * z / y"]
    assert emitted(f, y="x", x="y") == ["by += bz / x", "bx += -bz * z / x"]
    assert emitted(f, "x", "x") == ["bx += bz / x", "bx += -bz * z / x"]
    assert emitted(f, "n", "2") == []


def test_locals_get_fresh_names_and_only_if_needed():
    f = fresh()

    @adjoint(f)
    def rule(z, x, y):
        A = x * y
        unused = np.exp(A)
        n = A + 1.0
        d[x] = d[z] * n * A
        d[y] = d[z] * unused

    assert emitted(f, "x", "y", inactive="y") == ["A1 = x * y", "n1 = A1 + 1.0", "bx += bz * n1 * A1"]
    assert emitted(f, "x", "y", inactive="x") == ["A1 = x * y", "unused = np.exp(A1)", "by += bz * unused"]
    assert emitted(f, "x", "y", inactive="xy") == []


def test_locals_that_are_assigned_again():
    f = fresh()

    @adjoint(f)
    def rule(z, x):
        t = x + 1.0
        t = t * t
        d[x] = d[z] * t

    assert emitted(f, "x") == ["t = x + 1.0", "t1 = t * t", "bx += bz * t1"]


def test_static_locals_become_literals():
    f = fresh()

    @adjoint(f)
    def rule(z, x, axis=-1):
        place = axis % ndim(x)
        other = place + 1 if place == 0 else place - 1
        if place == 0:
            d[x] = d[z] * place
        else:
            d[x] = np.expand_dims(d[z], (place, other))

    assert emitted(f, "A") == ["bA += np.expand_dims(bz, (1, 0))"]
    assert emitted(f, "A", "0") == ["bA += bz * 0"]
    assert emitted(f, "A", axis="n") == ["place = n % 2", "other = place + 1 if place == 0 else place - 1",
                                         "bA += np.expand_dims(bz, (place, other))"]  # fmt: skip


def test_global_numbers_become_literals_and_other_objects_are_bound():
    f = fresh()

    @adjoint(f)
    def rule(z, x):
        d[x] = d[z] * SCALE * np.sum(SHIFT) * math.pi * abs(x)

    assert emitted(f, "x") == ["bx += bz * 2.5 * np.sum((1, 2)) * math.pi * abs(x)"]


def test_closures_are_bound():
    f, factor = fresh(), 3.0

    @adjoint(f)
    def rule(z, x):
        d[x] = d[z] * factor

    assert emitted(f, "x") == ["bx += bz * 3.0"]


@pytest.mark.parametrize(
    "argument, answers",
    [
        ("x", "scalar python float rank0"),
        ("3.0", "scalar python float static rank0"),
        ("-3", "scalar python int static rank0"),
        ("n", "scalar python int rank0"),
        ("i", "scalar python int static rank0"),
        ("A", "array float rank2"),
        ("F", "array float float32 rank1"),
        ("K", "array int rank1"),
        ("(1, 2)", "sequence static rank1"),
        ("[x, y]", "sequence rank1"),
        ("[A, A]", "sequence rank3"),
        ("s", "sequence rank1"),
        ("None", "static none"),
        ("'same'", "static"),
        ("u", ""),
    ],
)
def test_static_questions(argument, answers):
    f = fresh()

    @adjoint(f)
    def rule(z, w, p):
        if is_array(p):
            d[w] = "array"
        if is_scalar(p):
            d[w] = "scalar"
        if is_sequence(p):
            d[w] = "sequence"
        if is_python(p):
            d[w] = "python"
        if kind(p) == "float":
            d[w] = "float"
        if kind(p) == "int":
            d[w] = "int"
        if dtype(p) == "float32":
            d[w] = "float32"
        if static(p):
            d[w] = "static"
        if ndim(p) == 0:
            d[w] = "rank0"
        elif ndim(p) == 1:
            d[w] = "rank1"
        elif ndim(p) == 2:
            d[w] = "rank2"
        elif ndim(p) == 3:
            d[w] = "rank3"
        if p is None:
            d[w] = "none"

    assert emitted(f, "x", argument) == [f"bx += '{answer}'" for answer in answers.split()]


@pytest.mark.parametrize(
    "p, q, outcome",
    [
        ("1", "2", "both"),
        ("1", "n", "one"),  # or: decided by the operand that is known
        ("n", "1", "one"),
        ("3", "n", "neither"),
        ("n", "n", "neither"),
        ("u", "u", "neither"),
        ("None", "None", "none"),
        ("x", "None", "none"),
        ("A", "x", "something"),
    ],
)
def test_a_test_that_is_not_decidable_counts_as_false(p, q, outcome):
    f = fresh()

    @adjoint(f)
    def rule(z, w, p, q):
        if p == 1 and q == 2:
            d[w] = "both"
        elif p == 1 or q == 1:
            d[w] = "one"
        elif q is None or p is None:
            d[w] = "none"
        elif is_array(p) and p is not None and q is not None:
            d[w] = "something"
        else:
            d[w] = "neither"

    assert emitted(f, "y", p, q) == [f"by += '{outcome}'"]


def test_more_static_tests():
    f = fresh()

    @adjoint(f)
    def rule(z, x, p):
        if isinstance(p, tuple) and len(p) == 2:
            d[x] = "pair"
        elif p in ("same", "valid"):
            d[x] = "word"
        elif not static(p):
            d[x] = "unknown"
        elif -1 <= p < 3:
            d[x] = "small"
        else:
            d[x] = "else"

    assert [emitted(f, "x", p)[0][7:-1] for p in ("(0, 1)", "'same'", "n", "i", "2", "-1", "None")] == [
        "pair", "word", "unknown", "else", "small", "small", "else",
    ]  # fmt: skip


def test_same_and_active():
    f = fresh()

    @adjoint(f)
    def rule(z, x, y):
        if same(x, y):
            d[x] = 2.0 * d[z]
        elif active(y):
            d[x] = d[z]
        else:
            d[x] = d[z] * y

    assert emitted(f, "x", "x") == ["bx += 2.0 * bz"]
    assert emitted(f, "x", "y") == ["bx += bz"]
    assert emitted(f, "x", "n") == ["bx += bz * n"]


def test_a_question_in_an_expression_is_answered_at_run_time_if_need_be():
    f = fresh()

    @adjoint(f)
    def rule(z, x, y):
        d[x] = d[z] * ndim(x)
        d[y] = d[z] * kind(y)

    assert emitted(f, "A", "n") == ["bA += bz * 2"]
    assert emitted(f, "u", "n") == ["bu += bz * ndim(u)"]
    with pytest.raises(NoRuleError, match="kind of an argument is not known"):
        emitted(f, "n", "u")


def test_refusals_in_branches():
    f = fresh()

    @adjoint(f)
    def rule(z, x, mode="plain"):
        if mode == "plain":
            d[x] = d[z]
        else:
            raise NotImplementedError("modes other than plain")

    assert emitted(f, "x") == ["bx += bz"]
    with pytest.raises(NoRuleError, match=r"lambda>: modes other than plain"):
        emitted(f, "x", "'wild'")


def test_macros_build_expressions():
    f = fresh()

    @macro
    def twice(site, expression):
        return nodes.binary(expression, nodes.gast.Add(), nodes.copy(expression))

    @adjoint(f)
    def rule(z, x):
        d[x] = twice(d[z] * x)

    assert emitted(f, "x") == ["bx += bz * x + bz * x"]


def test_constants_are_folded_exactly():
    f = fresh()

    @adjoint(f)
    def rule(z, x, k):
        d[x] = d[z] * k * x ** (k - 1) + (k / 3)

    assert emitted(f, "x", "3") == ["bx += bz * 3 * x ** 2 + 3 / 3"]
    assert emitted(f, "x", "n") == ["bx += bz * n * x ** (n - 1) + n / 3"]


def test_defaults_are_filled_in():
    f = fresh()

    @adjoint(f)
    def rule(z, x, shape=(2, -1), *, order="C", keep=None):
        d[x] = np.reshape(d[z], shape, order, keep)

    assert emitted(f, "x") == ["bx += np.reshape(bz, (2, -1), 'C', None)"]
    assert emitted(f, "x", keep="True", shape="s") == ["bx += np.reshape(bz, s, 'C', True)"]


@pytest.mark.parametrize(
    "args, keywords, message",
    [
        (["x"], {}, "does not give the argument y"),
        (["x", "y", "n"], {}, "takes 2 arguments, the call gives 3"),
        (["x", "y"], {"out": "A"}, "does not know the argument out"),
        (["x", "y"], {"x": "A"}, "does not know the argument x"),
    ],
)
def test_calls_that_do_not_fit(args, keywords, message):
    f = fresh()

    @adjoint(f)
    def rule(z, x, y):
        d[x] = d[z]

    with pytest.raises(NoRuleError, match=message):
        emitted(f, *args, **keywords)


def test_starred_arguments_are_refused():
    with pytest.raises(NoRuleError, match="numpy.sin cannot take a starred argument"):
        from sct_ad.rules.registry import lookup
        from sct_ad.rules.template import bind_arguments

        bind_arguments(lookup(np.sin), [nodes.gast.Starred(value=nodes.name("xs"), ctx=nodes.LOAD)], {})


def test_pullbacks_are_called_once():
    f = fresh()

    @pullback(f)
    def f_pullback(dz, z, x, n, y, *, scale=1.0):
        return dz, None, dz

    assert emitted(f, "x", "n", "A", scale="y") == [
        "cotangents = f_pullback(bz, z, x, n, A, scale=y)",
        "bx += zero_if_none(cotangents[0], x)",
        "bA += zero_if_none(cotangents[2], A)",
        "by += zero_if_none(cotangents[3], y)",
    ]
    assert emitted(f, "n", "n", "2.0") == []


def test_emitters_see_displays():
    f = fresh()

    @emitter(f, params="arrays, axis=0")
    def rule(site):
        parts = site.arguments["arrays"].elts
        return Adjoint([], [(part, nodes.subscript(site.cotangent, nodes.constant(k))) for k, part in enumerate(parts)])

    assert emitted(f, "[x, 2.0, y]") == ["bx += bz[0]", "by += bz[2]"]


REFUSED = {
    "loop": "def rule(z, x):\n    for i in x: d[x] = i",
    "consists of": "def rule(z, x):\n    d[x] += d[z]",
    "must be a name or d": "def rule(z, x):\n    d[y] = d[z]",
    "parameter x cannot": "def rule(z, x):\n    x = 2.0\n    d[x] = d[z]",
    "parameter z cannot": "def rule(z, x):\n    z = 2.0\n    d[x] = d[z]",
    "only d.z., the result": "def rule(z, x, y):\n    d[x] = d[y]",
    "d is used as": "def rule(z, x):\n    d[x] = np.sum(d)",
    "Lambda is not part": "def rule(z, x):\n    d[x] = (lambda: d[z])()",
    "ListComp is not part": "def rule(z, x):\n    d[x] = [v for v in d[z]]",
    "first parameter": "def rule():\n    pass",
    "use @emitter": "def rule(z, *xs):\n    pass",
    "cannot take ..keywords": "def rule(z, x, **more):\n    d[x] = d[z]",
    "without statements": 'def rule(z, x):\n    "Nothing."',
    "can be raised": "def rule(z, x):\n    raise ValueError('no')",
    "there is no np.sinn": "def rule(z, x):\n    d[x] = d[z] * np.sinn(x)",
    "positional arguments only": "def rule(z, x):\n    d[x] = d[z] * ndim(p=x)",
}
REFUSED["consists of "] = REFUSED.pop("loop")


@pytest.mark.parametrize("message", REFUSED)
def test_malformed_rules_are_refused_at_registration(message, tmp_path):
    path = tmp_path / "rules_of_a_user.py"
    path.write_text(REFUSED[message] + "\n")
    namespace = {"np": np, "d": d, "ndim": ndim, "__name__": "rules_of_a_user"}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    f = fresh()
    with pytest.raises(RuleError, match=message) as caught:
        adjoint(f)(namespace["rule"])
    assert "rules_of_a_user.py:" in str(caught.value)
    from sct_ad.rules.registry import lookup

    assert lookup(f) is None


def test_a_rule_without_source_is_refused():
    namespace = {"d": d, "__name__": "nowhere"}
    exec("def rule(z, x):\n    d[x] = d[z]", namespace)
    with pytest.raises(RuleError, match="define it in a file"):
        adjoint(fresh())(namespace["rule"])


def test_a_free_name_that_is_not_defined():
    f = fresh()

    @adjoint(f)
    def rule(z, x):
        d[x] = d[z] * not_defined_anywhere  # noqa: F821

    with pytest.raises(RuleError, match="not_defined_anywhere is not defined in tests.rules.test_template"):
        emitted(f, "x")


def test_a_rule_is_not_a_function_to_call():
    f = fresh()

    @adjoint(f)
    def rule(z, x):
        d[x] = other(d[z])

    other = rule
    with pytest.raises(RuleError, match="other is a rule, not a function"):
        emitted(f, "x")


def test_types_of_arguments_without_rank():
    unknown_rank = values.Array("float64", None)
    f = fresh()

    @adjoint(f)
    def rule(z, x):
        if ndim(x) == 2:
            d[x] = d[z].T
        else:
            d[x] = np.transpose(d[z])

    assert emitted(f, "R", types={"R": unknown_rank}) == ["bR += np.transpose(bz)"]
    assert emitted(f, "A") == ["bA += bz.T"]
