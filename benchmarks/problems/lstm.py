"""An LSTM cell in a loop over time steps: small matrix products, many elementwise operations."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def lstm(Wx, Wh, b, xs, target):
    n = Wh.shape[0]
    h = np.zeros((xs.shape[1], n))
    c = np.zeros((xs.shape[1], n))
    for x in xs:
        z = x @ Wx + h @ Wh + b
        i = sigmoid(z[:, :n])
        f = sigmoid(z[:, n : 2 * n])
        o = sigmoid(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
    return 0.5 * np.sum((h - target) ** 2)


def lstm_adjoint(Wx, Wh, b, xs, target):
    n = Wh.shape[0]
    h = np.zeros((xs.shape[1], n))
    c = np.zeros((xs.shape[1], n))
    tape = []
    for x in xs:
        z = x @ Wx + h @ Wh + b
        i = sigmoid(z[:, :n])
        f = sigmoid(z[:, n : 2 * n])
        o = sigmoid(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        tape.append((h, c, i, f, o, g))
        c = f * c + i * g
        h = o * np.tanh(c)
    bWx, bWh, bb = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    bh = h - target
    bc = np.zeros_like(c)
    bz = np.empty((xs.shape[1], 4 * n))
    for x in xs[::-1]:
        tanh_c = np.tanh(c)
        h, c, i, f, o, g = tape.pop()
        bc += bh * o * (1.0 - tanh_c**2)
        bz[:, :n] = bc * g * i * (1.0 - i)
        bz[:, n : 2 * n] = bc * c * f * (1.0 - f)
        bz[:, 2 * n : 3 * n] = bh * tanh_c * o * (1.0 - o)
        bz[:, 3 * n :] = bc * i * (1.0 - g**2)
        bc *= f
        bWx += x.T @ bz
        bWh += h.T @ bz
        bb += bz.sum(axis=0)
        bh = bz @ Wh.T
    return bWx, bWh, bb


def lstm_autograd(np):
    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    def lstm(Wx, Wh, b, xs, target):
        n = Wh.shape[0]
        h = np.zeros((xs.shape[1], n))
        c = np.zeros((xs.shape[1], n))
        for x in xs:
            z = x @ Wx + h @ Wh + b
            i = sigmoid(z[:, :n])
            f = sigmoid(z[:, n : 2 * n])
            o = sigmoid(z[:, 2 * n : 3 * n])
            g = np.tanh(z[:, 3 * n :])
            c = f * c + i * g
            h = o * np.tanh(c)
        return 0.5 * np.sum((h - target) ** 2)

    return lstm


def lstm_tangent(Wx, Wh, b, xs, target):
    n = Wh.shape[0]
    h = np.zeros((xs.shape[1], n))
    c = np.zeros((xs.shape[1], n))
    for k in range(len(xs)):
        x = xs[k]
        z = np.dot(x, Wx) + np.dot(h, Wh) + b
        i = sigmoid(z[:, :n])
        f = sigmoid(z[:, n : 2 * n])
        o = sigmoid(z[:, 2 * n : 3 * n])
        g = np.tanh(z[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
    return 0.5 * np.sum((h - target) ** 2)


def sequence(steps, batch, inputs, hidden):
    rng = np.random.default_rng(0)
    Wx = rng.normal(size=(inputs, 4 * hidden)) / np.sqrt(inputs)
    Wh = rng.normal(size=(hidden, 4 * hidden)) / np.sqrt(hidden)
    b = 0.1 * rng.normal(size=4 * hidden)
    return Wx, Wh, b, rng.normal(size=(steps, batch, inputs)), rng.uniform(size=(batch, hidden))


def lstm_jax(np):
    from jax import lax

    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    def lstm(Wx, Wh, b, xs, target):
        n = Wh.shape[0]

        def step(state, x):
            h, c = state
            z = x @ Wx + h @ Wh + b
            i = sigmoid(z[:, :n])
            f = sigmoid(z[:, n : 2 * n])
            o = sigmoid(z[:, 2 * n : 3 * n])
            g = np.tanh(z[:, 3 * n :])
            c = f * c + i * g
            return (o * np.tanh(c), c), None

        zeros = np.zeros((xs.shape[1], n))
        (h, _), _ = lax.scan(step, (zeros, zeros), xs)
        return 0.5 * np.sum((h - target) ** 2)

    return lstm


CASE = Case(
    name="lstm",
    primal=lstm,
    adjoint=lstm_adjoint,
    arguments=lambda: sequence(20, 16, 32, 64),
    small_arguments=lambda: sequence(4, 2, 3, 2),
    argnums=(0, 1, 2),
    autograd_primal=lstm_autograd,
    jax_primal=lstm_jax,
    tangent_primal=lstm_tangent,
    note="20 steps, batch 16, 32 inputs, 64 units",
)
