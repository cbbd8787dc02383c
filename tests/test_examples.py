"""Each example runs, prints the adjoint, and comes to the figures of the lecture that it follows."""

from __future__ import annotations

import contextlib
import importlib
import io
import math
from typing import Any, NamedTuple

import numpy as np
import pytest

NAMES = [
    "mlp_regularised",
    "autoencoder_838",
    "computational_graphs",
    "deep_relu",
    "chain_rule_modes",
    "digits",
    "objects",
    "custom_derivatives",
    "checkpointing",
    "optimise_with_scipy",
    "sparse_jacobian",
]


class Run(NamedTuple):
    """What an example's main() returned and printed."""

    figures: dict[str, Any]
    printed: str


@pytest.fixture(scope="module")
def run():
    """Runs an example by name, once."""
    runs: dict[str, Run] = {}

    def of(name: str) -> Run:
        if name not in runs:
            main = importlib.import_module(f"examples.{name}").main
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                figures = main()
            runs[name] = Run(figures, printed.getvalue())
        return runs[name]

    return of


@pytest.mark.parametrize("name", NAMES)
def test_prints_the_adjoint(run, name):
    assert "_grad(" in run(name).printed


# 1. MLP with one hidden layer and L2 regularisation.
@pytest.mark.parametrize("objective", ["squared", "squared_batch", "cross_entropy", "cross_entropy_batch"])
def test_mlp_equals_the_equations(run, objective):
    assert run("mlp_regularised").figures["errors"][objective] < 1e-13


@pytest.mark.parametrize("variable", ["o", "h", "z"])
def test_mlp_cotangents_of_intermediates(run, variable):
    assert run("mlp_regularised").figures["intermediate"][variable] < 1e-14


def test_mlp_keeps_intermediates_of_known_size(run):
    kept = run("mlp_regularised").figures["kept"]
    hidden, outputs = 64 * 128 * 8, 10 * 128 * 8
    assert kept, "the reverse sweep of an MLP reads its hidden layer"
    assert set(kept.values()) <= {hidden, outputs}
    assert hidden in kept.values()


def test_training_takes_memory_with_depth_and_inference_does_not(run):
    memory = run("mlp_regularised").figures["memory"]
    activations, peaks = memory["activations"], memory["peaks"]
    for inference, training in peaks.values():
        assert inference < training
    assert abs(peaks[16][0] - peaks[4][0]) < activations
    growth = (peaks[16][1] - peaks[8][1]) / 8 / activations
    assert 0.9 < growth < 3.0


def test_the_instrument_for_kept_intermediates():
    from examples.mlp_regularised import kept_by

    text = """
def loss_grad(W1, W2, x, y, lam, bloss=1.0):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    unread = 2.0
    bW1 = bloss * lam * W1
    br = bloss * r
    bW2 = np.outer(br, h)
    bz = (W2.T @ br) * (1.0 - h ** 2)
    bW1 += np.outer(bz, x)
    return bW1, bW2
"""
    assert kept_by(text) == ["h", "r"]


# 2. Backpropagation rules and the 8-3-8 autoencoder.
def test_autoencoder_has_59_parameters(run):
    assert run("autoencoder_838").figures["parameters"] == 59


def test_autoencoder_gradient_is_the_lectures_loop(run):
    assert run("autoencoder_838").figures["error"] < 1e-13


def test_autoencoder_learns_the_eight_vectors(run):
    figures = run("autoencoder_838").figures
    np.testing.assert_array_equal(figures["outputs"] > 0.5, np.eye(8) > 0.5)
    assert figures["codes"].shape == (8, 3)
    distances = np.linalg.norm(figures["codes"][:, None] - figures["codes"][None], axis=-1) + np.eye(8)
    assert distances.min() > 0.1


def test_gradients_vanish_with_the_logistic_function_and_not_with_relu(run):
    norms = run("autoencoder_838").figures["norms"]
    assert norms["logistic"][0] < 1e-4 * norms["logistic"][-1]
    assert norms["relu"][0] > 0.1 * norms["relu"][-1]


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_derivatives_of_activations(run, activation):
    assert run("autoencoder_838").figures["slopes"][activation] < 1e-15


def test_logistic_function_is_nowhere_steeper_than_a_quarter(run):
    assert run("autoencoder_838").figures["steepest"] == 0.25


# 3. Computational graphs and Algorithms 6.2 to 6.4.
@pytest.mark.parametrize("graph", ["a", "b", "c", "d"])
def test_graphs(run, graph):
    assert run("computational_graphs").figures["graphs"][graph] < 1e-14


def test_jacobian_of_tanh_is_diagonal(run):
    figures = run("computational_graphs").figures["tanh"]
    assert figures["jacobian"] < 1e-15
    assert figures["product"] < 1e-15


@pytest.mark.parametrize("depth", range(1, 7))
def test_net_equals_algorithm_6_4(run, depth):
    assert run("computational_graphs").figures["nets"][depth] < 1e-13


def test_chain_costs_linear_not_exponential_work(run):
    figures = run("computational_graphs").figures
    lines = figures["lines"]
    assert figures["three_times"] < 1e-15
    assert lines[40] - lines[20] == 2 * (lines[20] - lines[10]) == 4 * (lines[10] - lines[5]) > 0
    assert figures["paths"] == {5: 32, 10: 1024}


def test_the_instrument_for_executed_lines():
    from examples.computational_graphs import executed_lines

    def repeated(n):
        total = 0
        for k in range(n):
            total += k
        return total

    assert executed_lines(repeated, (7,), "repeated") - executed_lines(repeated, (4,), "repeated") == 6
    assert executed_lines(repeated, (7,), "another") == 0


# 4. Deep ReLU net.
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_toy_relu_network(run, label):
    assert run("deep_relu").figures["toy"][label] < 1e-14


@pytest.mark.parametrize("hidden_layers", [1, 2, 5, 10, 20])
def test_deep_relu_network(run, hidden_layers):
    assert run("deep_relu").figures["deep"][hidden_layers] < 1e-12


# 5. Chain rule, forward and backward mode.
def test_both_modes_give_the_gradient(run):
    modes = run("chain_rule_modes").figures["modes"]
    assert modes["v"].tolist() == [3.0, -2.0]
    assert modes["w"].tolist() == [9.0, 5.0]
    assert modes["forward"].tolist() == [20.0, -24.0]
    assert modes["backward"].tolist() == [20.0, -24.0]
    assert (modes["forward_passes"], modes["backward_passes"]) == (2, 1)


def test_jacobian_of_two_to_three(run):
    figures = run("chain_rule_modes").figures["passes"]["two_to_three"]
    expected = [[1.0, 1.0], [-1.0, 2.0], [4.0, -1.0]]
    assert figures["forward"].tolist() == expected
    assert figures["backward"].tolist() == expected
    assert (figures["forward_passes"], figures["backward_passes"]) == (2, 3)


def test_jacobian_of_five_to_two(run):
    figures = run("chain_rule_modes").figures["passes"]["five_to_two"]
    expected = [[2.0, 1.0, 1.0, 0.0, 0.0], [-2.0, 0.0, 0.0, 5.0, 4.0]]
    assert figures["forward"].tolist() == expected
    assert figures["backward"].tolist() == expected
    assert (figures["forward_passes"], figures["backward_passes"]) == (5, 2)


def test_finite_differences_have_a_best_step(run):
    figures = run("chain_rule_modes").figures["differences"]
    errors = list(figures["errors"].values())
    best = errors.index(min(errors))
    assert figures["evaluations"] == 3
    assert 0 < best < len(errors) - 1
    assert 1e-10 < errors[best] < 1e-4
    assert errors[0] > 1e3 * errors[best] < errors[-1]


def test_small_net(run):
    figures = run("chain_rule_modes").figures["net"]
    assert figures["y"].tolist() == [3.0, -5.0]
    assert figures["z"].tolist() == [3.0, 0.0]
    assert figures["w"] == 3.0
    assert figures["loss"] == 4.0
    assert figures["A"].tolist() == [[8.0, -4.0], [0.0, 0.0]]
    assert figures["b"].tolist() == [4.0, 0.0]
    assert figures["c"].tolist() == [12.0, 0.0]
    printed = run("chain_rule_modes").printed
    assert "y = [3.0, -5.0], z = [3.0, 0.0], w = 3.0, loss 4.0" in printed
    assert "dA = [[8.0, -4.0], [0.0, 0.0]], db = [4.0, 0.0], dc = [12.0, 0.0]" in printed
    assert "-0.0" not in printed


def test_transformation_and_overloading_agree(run):
    figures = run("chain_rule_modes").figures["overloading"]
    values = figures["values"]
    assert values["transformation"] == pytest.approx(values["overloading"], rel=1e-12)
    assert set(figures["cost"]) == {"function", "transformation", "overloading"}


# The digits.
def test_digits_are_learned(run):
    figures = run("digits").figures
    assert figures["accuracy"] >= 0.95
    assert figures["tested"] == 360
    assert figures["seconds"] < 60.0
    assert "epoch" in run("digits").printed


# Objects.
def test_gradient_descent_on_an_object(run):
    figures = run("objects").figures
    assert figures["after"] < 1e-20 < figures["before"]
    assert type(figures["gradient"]).__name__ == "Network"
    assert [layer.activation for layer in figures["gradient"].layers] == ["tanh", "none"]


# Derivatives of one's own.
def test_custom_derivatives_are_right(run):
    figures = run("custom_derivatives").figures
    assert max(figures[name] for name in ("root", "softplus", "quantised")) < 1e-13
    assert len(figures["sizes"]) == 30 and max(figures["sizes"]) <= 3.0


def test_states_computed_again_give_the_same_gradient_in_less_memory(run):
    figures = run("checkpointing").figures
    assert np.array_equal(figures["stored"], figures["segments"])
    assert np.array_equal(figures["stored"], figures["budget"])
    assert figures["segments bytes"] < figures["stored bytes"] / 3
    assert figures["budget bytes"] < 700_000 < figures["stored bytes"]
    assert figures["report"].predicted_steps == figures["report"].actual_steps > 0


def test_optimisers_find_the_optima(run):
    assert all(error < 1e-4 for error in run("optimise_with_scipy").figures.values())


# Newton's method.
def test_newton_converges_quadratically(run):
    figures = run("newton").figures
    norms = figures["norms"]
    assert norms[-1] < 1e-14 and all(after < before**1.4 for before, after in zip(norms[2:5], norms[3:6]))
    assert figures["error"] < 1e-15
    assert figures["norms_cg"][-1] < 1e-12 and figures["products"] < 400


def test_newton_with_sparse_jacobians_solves_the_bratu_problem(run):
    figures = run("sparse_jacobian").figures
    theta = 1.5171645990507543  # the smaller root of theta = sqrt(2) cosh(theta / 4)
    assert abs(figures["middle"] - 2.0 * math.log(math.cosh(theta / 4.0))) < 1e-6
    assert (figures["jacobian"], figures["hessian"]) == (2995, 2998)
