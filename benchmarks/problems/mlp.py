"""A 784-256-10 network with L2 regularisation on a batch of 64: nearly all time is in matrix products."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def loss(W1, W2, x, y, lam):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    return 0.5 * np.sum(r**2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


def loss_adjoint(W1, W2, x, y, lam):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    bW1 = lam * W1
    bW2 = lam * W2
    bW2 += r @ h.T
    bz = W2.T @ r
    bz *= 1.0 - h * h
    bW1 += bz @ x.T
    return bW1, bW2


def loss_autograd(np):
    def loss(W1, W2, x, y, lam):
        h = np.tanh(W1 @ x)
        r = W2 @ h - y
        return 0.5 * np.sum(r**2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))

    return loss


def loss_tangent(W1, W2, x, y, lam):
    h = np.tanh(np.dot(W1, x))
    r = np.dot(W2, h) - y
    return 0.5 * np.sum(r**2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


def network(inputs, hidden, outputs, batch):
    rng = np.random.default_rng(0)
    W1 = rng.normal(size=(hidden, inputs)) / np.sqrt(inputs)
    W2 = rng.normal(size=(outputs, hidden)) / np.sqrt(hidden)
    return W1, W2, rng.uniform(size=(inputs, batch)), rng.uniform(size=(outputs, batch)), 1e-3


CASE = Case(
    name="mlp",
    primal=loss,
    adjoint=loss_adjoint,
    arguments=lambda: network(784, 256, 10, 64),
    small_arguments=lambda: network(5, 4, 3, 2),
    argnums=(0, 1),
    autograd_primal=loss_autograd,
    jax_primal=loss_autograd,
    tangent_primal=loss_tangent,
)
