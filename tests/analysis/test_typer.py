"""Types of expressions, and what callees denote."""

import math

import gast
import numpy as np
import pytest

from sct_ad.analysis.typer import Typer
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.values import (
    FLOAT,
    Array,
    Constant,
    Scalar,
)

N, M = Dim("n", 0, True), Dim("m", 0, True)
TYPES = {"x": FLOAT, "A": Array("float64", (N, M)), "b": Array("float32", (M,)), "k": Scalar("int")}


def expression(text):
    return gast.ast_to_gast(__import__("ast").parse(text, mode="eval")).body


@pytest.fixture
def typer():
    return Typer(dict(TYPES), {"np": np, "math": math})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x * 2.0", FLOAT),
        ("math.sin(x)", FLOAT),
        ("A * x", Array("float64", (N, M))),
        ("A @ b", Array("float64", (N,))),
        ("A.T", Array("float64", (M, N))),
        ("A[k]", Array("float64", (M,))),
        ("b * b", Array("float32", (M,))),
        ("np.sum(A, axis=0)", Array("float64", (M,))),
        ("np.sum(A)", Scalar("float", "float64")),
        ("b[k]", Scalar("float", "float32")),
    ],
)
def test_types(typer, text, expected):
    assert typer.type_of(expression(text)) == expected


def test_callees(typer):
    assert typer.resolve(expression("np.linalg.norm")) is np.linalg.norm
    assert typer.resolve(expression("A.sum")) is np.sum
    assert typer.resolve(expression("len")) is len
    assert typer.resolve(expression("unheard_of")) is None


def test_methods_become_functions(typer):
    function, args, keywords = typer.call_parts(expression("A.sum(axis=1)"))
    assert function is np.sum and args[0].id == "A" and list(keywords) == ["axis"]


def test_builtins_are_constants(typer):
    assert typer.type_of(expression("len")) == Constant(len)


def test_sums_and_products_of_floats_are_remembered_by_their_types() -> None:
    types = {
        "x": FLOAT,
        "a": Array("float32", (Dim("n"), 1)),
        "b": Array("float64", (Dim("m"),)),
        "h": Scalar("float", "", 0.5),
    }
    typer = Typer(dict(types), {})
    for _ in range(2):
        for text in (
            "x * 2.0",
            "2.0 * x",
            "a * 2.0",
            "a / x",
            "a + b",
            "b - a",
            "h * 2.0",
            "h * 3.0",
            "0.5 * 4.0",
            "1.5 + 2.0",
        ):
            expr = gast.parse(text).body[0].value
            assert typer.type_of(expr) == Typer(dict(types), {}).type_of(expr), text
    assert typer.type_of(gast.parse("h * 3.0").body[0].value).value == 1.5
    typer.types["a"] = Array("float64", (3,))
    assert typer.type_of(gast.parse("a * 2.0").body[0].value) == Array("float64", (3,))
