"""The benchmarks compute what they claim to; their times are nobody's test."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import blocks, checkpointing, jacobians, scale, sparse
from benchmarks.case import Case, as_tuple
from benchmarks.contenders import CONTENDERS, Refused, prepare
from benchmarks.memory import peak
from benchmarks.problems import CASES
from benchmarks.run import geometric_mean, in_units, main
from benchmarks.timing import interleave, median, ratio
from sct_ad import grad

COMPILED = {"sct_ad numba", "numba by hand"}
"""Compiling by Numba takes seconds for each case; what it compiles is tested as it is."""

CASE_PARAMETERS = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def finite_differences(case: Case, arguments: tuple) -> tuple:
    """Central differences, extrapolated once, in every entry of every differentiated argument."""
    argnums = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    gradients = []
    for position in argnums:
        value = np.asarray(arguments[position], dtype=float)
        gradient = np.zeros_like(value)

        def slope(index, h, position=position, value=value):
            outcomes = []
            for step in (h, -h):
                moved = value.copy()
                moved[index] += step
                changed = list(arguments)
                changed[position] = moved if value.ndim else float(moved)
                outcomes.append(case.primal(*changed))
            return (outcomes[0] - outcomes[1]) / (2.0 * h)

        for index in np.ndindex(value.shape):
            gradient[index] = (4.0 * slope(index, 5e-4) - slope(index, 1e-3)) / 3.0
        gradients.append(gradient)
    return tuple(gradients)


def assert_same(gradients, expected, rtol, atol=0.0):
    gradients, expected = as_tuple(gradients), as_tuple(expected)
    assert len(gradients) == len(expected)
    for a, b in zip(gradients, expected):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


@CASE_PARAMETERS
def test_adjoint_by_hand_against_finite_differences(case):
    arguments = case.small_arguments()
    assert_same(case.adjoint(*arguments), finite_differences(case, arguments), rtol=1e-7, atol=1e-9)


@CASE_PARAMETERS
def test_functions_leave_their_arguments_alone(case):
    arguments = case.small_arguments()
    before = copy.deepcopy(arguments)
    case.primal(*arguments)
    case.adjoint(*arguments)
    for a, b in zip(arguments, before):
        np.testing.assert_array_equal(a, b)


@CASE_PARAMETERS
def test_spellings_for_peers_are_the_same_function(case):
    arguments = case.small_arguments()
    value = case.primal(*arguments)
    if case.autograd_primal is not None:
        assert case.autograd_primal(np)(*arguments) == pytest.approx(value, rel=1e-13)
    if case.tangent_primal is not None:
        assert case.tangent_primal(*arguments) == pytest.approx(value, rel=1e-13)
    if case.loop_adjoint is not None:
        assert_same(case.loop_adjoint(*arguments), case.adjoint(*arguments), rtol=1e-11, atol=1e-13)


@CASE_PARAMETERS
def test_sct_ad_equals_the_adjoint_by_hand(case):
    from sct_ad import grad

    arguments = case.small_arguments()
    assert_same(grad(case.primal, argnums=case.argnums)(*arguments), case.adjoint(*arguments), rtol=1e-12, atol=1e-14)


@CASE_PARAMETERS
@pytest.mark.parametrize("name", [name for name in CONTENDERS if name not in ("sct_ad", *COMPILED)])
def test_a_peer_agrees_or_says_why_not(case, name):
    arguments = case.small_arguments()
    try:
        _, gradients, _ = prepare(name, case, arguments)
    except Refused as refusal:
        assert str(refusal)
    else:
        assert_same(gradients, case.adjoint(*arguments), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["gmm", "ba"])
def test_numba_compiles_the_objectives_of_adbench(name):
    pytest.importorskip("numba")
    case = CASES[name]
    arguments = case.small_arguments()
    gradients = grad(case.primal, argnums=case.argnums, backend="numba")(*arguments)
    assert_same(gradients, case.adjoint(*arguments), rtol=1e-12)
    assert_same(gradients, finite_differences(case, arguments), rtol=1e-6)


def test_an_adjoint_by_hand_is_compiled_by_numba_if_it_is_installed():
    case = CASES["trisolv"]
    arguments = case.small_arguments()
    try:
        _, gradients, seconds = prepare("numba by hand", case, arguments)
    except Refused as refusal:
        assert str(refusal) == "numba is not installed"
    else:
        assert_same(gradients, case.adjoint(*arguments), rtol=1e-12)
        assert seconds > 0.0


def test_peak_memory_is_that_of_the_call():
    def twice(n):
        a = np.zeros(n)
        b = a + 1.0
        return b[:1].copy()

    assert peak(twice, (100_000,)) == pytest.approx(1_600_000, rel=0.01)


def test_geometric_mean():
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert np.isnan(geometric_mean([]))


def test_interleave_lets_the_slow_drop_out(monkeypatch):
    now = 0.0

    def lasting(seconds):
        def function():
            nonlocal now
            now += seconds

        return function

    monkeypatch.setattr("benchmarks.timing.time", SimpleNamespace(perf_counter=lambda: now))
    samples = interleave({"fast": lasting(1e-3), "slow": lasting(5e-3)}, (), seconds=0.013, rounds=30)
    assert len(samples["fast"]) == len(samples["slow"]) < 30
    assert samples["fast"] == pytest.approx([1e-3] * len(samples["fast"]))
    assert samples["slow"][:3] == pytest.approx([5e-3] * 3) and set(samples["slow"][3:]) == {None}


def test_ratio_is_taken_within_rounds():
    assert ratio([2.0, 20.0, None], [1.0, 10.0, 7.0]) == 2.0
    assert median([3.0, None, 1.0, 2.0]) == 2.0


def test_units():
    assert [in_units(t) for t in (2.5, 0.0123, 4.56e-5, 3.8e-7)] == ["2.5 s", "12.3 ms", "45.6 us", "380 ns"]


def test_run_prints_a_line_for_each_case(capsys):
    assert main(["small", "--seconds", "0.01"]) == 0
    printed = capsys.readouterr().out
    assert "by hand" in printed
    assert any(line.startswith("small ") for line in printed.splitlines())


def test_run_writes_a_page_with_a_chart(capsys, tmp_path):
    page = tmp_path / "benchmarks.md"
    assert main(["small", "trisolv", "--quick", "--only", "autograd", "--seconds", "0.01", "--write", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert "| small |" in written and "loops over floats" in written and "geometric mean" in written
    picture = ElementTree.fromstring((tmp_path / "benchmarks.svg").read_text(encoding="utf-8"))
    assert picture.tag.endswith("svg")


def test_run_names_the_cases_when_one_is_unknown(capsys):
    with pytest.raises(SystemExit):
        main(["smal"])
    assert "scalar_loop" in capsys.readouterr().err


def test_blocks_are_compared(capsys):
    assert blocks.main(["--small"]) == 0
    assert capsys.readouterr().out.count("1000") == len(blocks.CHAINS)
    for chain in blocks.CHAINS[:3]:
        args = chain.arguments(200)
        found = grad(chain.function, chain.argnums, block_size=64)(*args)
        for one, other in zip(found, grad(chain.function, chain.argnums)(*args), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10)


def test_sparse_prints_its_table(capsys):
    assert sparse.main(["--sizes", "20", "--seconds", "0.01"]) == 0
    assert capsys.readouterr().out.count("given") == len(sparse.CASES)


def test_scale_prints_its_tables_and_writes_a_page(capsys, tmp_path):
    page = tmp_path / "scale.md"
    assert scale.main(["--small", "--write", str(page)]) == 0
    assert capsys.readouterr().out.count("exponent") == 9
    assert "First call by number of loops" in page.read_text(encoding="utf-8")
    ElementTree.fromstring((tmp_path / "scale_memory.svg").read_text(encoding="utf-8"))


def test_exponent_is_that_of_the_larger_sizes():
    assert scale.exponent([(1.0, 9.0), (10.0, 9.0), (100.0, 90.0), (1000.0, 900.0)]) == pytest.approx(1.0)


def test_checkpointing_prints_its_table(capsys):
    assert checkpointing.main(["--small"]) == 0
    assert capsys.readouterr().out.count("scalar_state") == 2


def test_jacobians_prints_its_table(capsys):
    assert jacobians.main(["--small"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("primals") == 6 and "hvp, network" in printed
