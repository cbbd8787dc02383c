"""Tests of the command line."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import sct_ad
from sct_ad.__main__ import main

MODEL = """\
import math
import numpy as np
import sct_ad

print("imported")
LIMIT = 3


def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


def loss(W, x, *, lam=0.1):
    return 0.5 * np.sum((W @ x) ** 2) + lam * np.sum(W ** 2)


@sct_ad.grad(argnums="y", has_aux=True)
def decorated(x, y):
    return x * y, x


@sct_ad.value_and_grad(has_aux=True)
def valued(x, y):
    return x * y, x


class Net:
    @staticmethod
    def square(x):
        return x * x

    @sct_ad.grad(argnums="x")
    def cube(self, x):
        return x**3


net = Net()


async def fetch(x):
    return x
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    """The path of a module with functions to dump."""
    path = tmp_path / "dumped_model.py"
    path.write_text(MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield str(path)
    sys.modules.pop("dumped_model", None)


def defined(text, name):
    """The function of that name in an emitted text."""
    namespace = {"np": np, "math": __import__("math")}
    exec(text, namespace)
    return namespace[name]


@pytest.mark.parametrize("by", ["path", "module"])
def test_dump_prints_a_function_that_runs(model, capsys, by):
    target = model if by == "path" else "dumped_model"
    assert main(["dump", f"{target}:energy", "--args", "0.5, 10"]) == 0
    out, err = capsys.readouterr()
    assert "imported" not in out and "imported" in err
    assert out.endswith("\n") and not out.endswith("\n\n")
    gradient = defined(out, "energy_grad")(0.5, 10)
    step = 1e-6
    f = sys.modules["dumped_model"].energy
    assert gradient == pytest.approx((f(0.5 + step, 10) - f(0.5 - step, 10)) / (2.0 * step), rel=1e-6)


def test_dump_without_arguments_prints_the_general_text(model, capsys):
    assert main(["dump", f"{model}:energy"]) == 0
    assert "def energy_grad(" in capsys.readouterr().out


def test_keywords_and_several_argnums(model, capsys):
    args = ["dump", f"{model}:loss", "--args", "np.ones((2, 3)), np.ones(3), lam=math.pi"]
    assert main([*args, "--argnums", "0,1"]) == 0
    by_position = capsys.readouterr().out
    assert main([*args, "--argnums", "W,x"]) == 0
    assert capsys.readouterr().out == by_position
    assert main([*args, "--argnums", "x"]) == 0
    assert capsys.readouterr().out != by_position


def test_value(model, capsys):
    args = ["dump", f"{model}:energy", "--args", "0.5, 10"]
    assert main(args) == 0
    gradient = capsys.readouterr().out
    assert main([*args, "--value"]) == 0
    assert capsys.readouterr().out != gradient


def test_a_gradient_keeps_what_it_was_asked_for(model, capsys):
    def dumped(name, *options):
        assert main(["dump", f"{model}:{name}", "--args", "2.0, 3.0", *options]) == 0
        return defined(capsys.readouterr().out, f"{name}_grad")(2.0, 3.0)

    assert dumped("decorated") == (2.0, 2.0)
    assert dumped("decorated", "--value") == ((6.0, 2.0), 2.0)
    assert dumped("decorated", "--argnums", "x") == (3.0, 2.0)
    assert dumped("valued") == dumped("valued", "--value") == ((6.0, 2.0), 3.0)
    assert dumped("valued", "--argnums", "0,1") == ((6.0, 2.0), (3.0, 2.0))


def test_a_function_inside_a_class(model, capsys):
    assert main(["dump", f"{model}:Net.square", "--args", "2.0"]) == 0
    assert "square_grad" in capsys.readouterr().out


def test_a_gradient_of_a_method(model, capsys):
    for options in ([], ["--value"], ["--argnums", "1"]):
        assert main(["dump", f"{model}:net.cube", "--args", "2.0", *options]) == 0
        assert "def cube_grad(self, x, bcube=1.0):" in capsys.readouterr().out


def test_a_stage_by_name_and_an_unknown_one(model, capsys):
    args = ["dump", f"{model}:energy", "--args", "0.5, 10", "--stage"]
    assert main([*args, "nonsense"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert "there is no stage 'nonsense'; the stages are: " in err
    stages = err.rpartition(": ")[2].strip().split(", ")
    assert len(stages) > 2
    for stage in stages:
        assert main([*args, stage]) == 0
        assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    "target, options, message",
    [
        ("MODEL", [], "names no function"),
        ("MODEL:", [], "names no function"),
        ("MODEL:missing", [], "has no function 'missing'"),
        ("MODEL:LIMIT", [], "is not a function but of type int"),
        ("MODEL.py:energy", [], "there is no file"),
        ("no_such_module_here:f", [], "there is no module 'no_such_module_here'"),
        ("no_such_module_here.inner:f", [], "there is no module"),
        ("MODEL:energy", ["--args", "1.0, oops"], "NameError: name 'oops' is not defined"),
        ("MODEL:energy", ["--args", "1.0)"], "cannot be evaluated: SyntaxError"),
        ("MODEL:energy", ["--argnums", "5"], "ArgumentError"),
        ("MODEL:energy", ["--argnums", "q"], "'q'"),
        ("MODEL:energy", ["--args", "1.0, 2, 3, 4"], "ArgumentError"),
        ("MODEL:fetch", [], "async"),
    ],
)
def test_what_cannot_be_done_exits_with_2(model, capsys, target, options, message):
    assert main(["dump", target.replace("MODEL", model), *options]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "text, message",
    [
        ("raise ValueError('mine')", "ValueError: mine"),
        ("x = (", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_imported(tmp_path, capsys, text, message):
    path = tmp_path / "broken_model.py"
    path.write_text(text + "\n")
    assert main(["dump", f"{path}:f"]) == 2
    err = capsys.readouterr().err
    assert "cannot be imported" in err and message in err


@pytest.mark.parametrize("packages", [["single"], ["outer", "inner"], []])
def test_a_file_with_relative_imports_is_told_its_module(tmp_path, monkeypatch, capsys, packages):
    folder = tmp_path
    for package in packages or ["without_init"]:
        folder = folder / package
        folder.mkdir()
        if packages:
            (folder / "__init__.py").touch()
    (folder / "helper.py").write_text("def half(x):\n    return x / 2\n")
    (folder / "use.py").write_text("from .helper import half\n\ndef f(x):\n    return half(x) * x\n")
    assert main(["dump", f"{folder / 'use.py'}:f"]) == 2
    hint = capsys.readouterr().err.splitlines()[-1]
    module = ".".join([*(packages or ["without_init"]), "use"])
    assert hint == f"  instead: python -m sct_ad dump {module}:function, in the directory {tmp_path}"
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["dump", f"{module}:f"]) == 0
    assert "f_grad" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"sct_ad {sct_ad.__version__}\n"


@pytest.mark.parametrize(
    "argv", [[], ["dump"], ["dump", "m:f", "--argnums", "a-b"], ["dump", "m:f", "--argnums", ""], ["nonsense"]]
)
def test_a_wrong_command_line_exits_with_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: python -m sct_ad" in capsys.readouterr().err


def test_as_a_command(model):
    run = subprocess.run(
        [sys.executable, "-m", "sct_ad", "dump", f"{model}:energy", "--args", "0.5, 10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, "def energy_grad(" in run.stdout) == (0, True), run.stderr
    run = subprocess.run(
        [sys.executable, "-m", "sct_ad", "dump", f"{model}:no"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
