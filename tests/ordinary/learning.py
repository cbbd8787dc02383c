"""Networks and their training, with layers as objects, dataclasses, dictionaries and closures."""

import logging
import math
from typing import Any, NamedTuple

import numpy as np

from tests.program import gauss, register, u

log = logging.getLogger("training")


class LSTMState(NamedTuple):
    h: np.ndarray
    c: np.ndarray


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_cell(params, state, x):
    gates = {name: x @ params["W" + name] + state.h @ params["U" + name] for name in ("i", "f", "o", "g")}
    c = sigmoid(gates["f"] + 1.0) * state.c + sigmoid(gates["i"]) * np.tanh(gates["g"])
    return LSTMState(sigmoid(gates["o"]) * np.tanh(c), c)


def lstm_over_a_sequence(params, xs):
    state = LSTMState(np.zeros(2), np.zeros(2))
    outputs = []
    for x in xs:
        state = lstm_cell(params, state, x)
        outputs.append(state.h)
    return np.sum(np.stack(outputs) ** 2)


register(
    lstm_over_a_sequence,
    lambda r: (
        {k: gauss(r, 3 if k[0] == "W" else 2, 2) for k in ("Wi", "Wf", "Wo", "Wg", "Ui", "Uf", "Uo", "Ug")},
        gauss(r, 3, 3),
    ),
    (0, 1),
    tags="ordinary named_tuple dict container_argument",
)


def dense(n_in, n_out):
    """The initialiser and the function of a layer."""

    def init(rng):
        return rng.normal(size=(n_in, n_out)) * 0.5, np.zeros(n_out)

    def apply(params, x):
        W, b = params
        return x @ W + b

    return init, apply


def elementwise(f):
    return (lambda rng: ()), (lambda params, x: f(x))


def serial(*layers):
    inits, applies = zip(*layers)

    def init(rng):
        return [i(rng) for i in inits]

    def apply(params, x):
        for p, a in zip(params, applies):
            x = a(p, x)
        return x

    return init, apply


INIT, APPLY = serial(dense(2, 3), elementwise(np.tanh), dense(3, 1))


def combinators_of_layers(params, x, y):
    return np.sum((APPLY(params, x) - y) ** 2)


register(
    combinators_of_layers,
    lambda r: (INIT(r), gauss(r, 4, 2), gauss(r, 4, 1)),
    (0, 1),
    tags="ordinary closures container_argument",
)


REGISTRY = {}


def loss_named(name):
    def enter(f):
        REGISTRY[name] = f
        return f

    return enter


@loss_named("squared")
def squared_loss(p, y):
    return np.mean((p - y) ** 2)


@loss_named("logcosh")
def logcosh_loss(p, y):
    return np.mean(np.log(np.cosh(p - y)))


def loss_from_registry(w, x, y, name="squared", weights=None):
    p = x @ w
    value = REGISTRY[name](p, y)
    if weights is not None:
        value = value + sum(weights.get(k, 0.0) * REGISTRY[k](p, y) for k in REGISTRY if k != name)
    return value


register(
    loss_from_registry,
    lambda r: (gauss(r, 2), gauss(r, 4, 2), gauss(r, 4), "logcosh"),
    (0, 1),
    tags="ordinary registry",
)

register(
    loss_from_registry,
    lambda r: (gauss(r, 2), gauss(r, 4, 2), gauss(r, 4), "squared", {"logcosh": 0.3}),
    (0, 1),
    tags="ordinary registry dict",
    name="loss_from_registry_weighted",
)


def adam_with_a_dict(w0, rate):
    state = {"m": 0.0, "v": 0.0, "t": 0}
    w = w0
    for _ in range(4):
        g = 2 * (w - 1.0) + 0.3 * math.cos(w)
        state["t"] += 1
        state["m"] = 0.9 * state["m"] + 0.1 * g
        state["v"] = 0.99 * state["v"] + 0.01 * g * g
        m = state["m"] / (1 - 0.9 ** state["t"])
        v = state["v"] / (1 - 0.99 ** state["t"])
        w -= rate * m / (math.sqrt(v) + 1e-8)
    return w


register(adam_with_a_dict, lambda r: (u(r, 2.0, 3.0), u(r, 0.05, 0.2)), (0, 1), tags="ordinary dict")


def dropout_with_a_generator(w, x, rng, rate=0.5):
    mask = rng.random(x.shape) > rate
    h = np.tanh(x * w) * mask / (1 - rate)
    noise = 0.1 * rng.normal(size=x.shape)
    return np.sum(h + noise * w)


register(
    dropout_with_a_generator,
    lambda r: (gauss(r, 6), gauss(r, 6), np.random.default_rng(3)),
    (0, 1),
    tags="ordinary random effects",
)


def noisy_training(w, X, y, seed):
    rng = np.random.default_rng(seed)
    for _ in range(3):
        i = int(rng.integers(len(y)))
        g = (X[i] @ w - y[i]) * X[i]
        w = w - 0.1 * g + 0.01 * rng.normal(size=w.shape) * w
    return np.sum(w * w)


register(noisy_training, lambda r: (gauss(r, 2), gauss(r, 5, 2), gauss(r, 5), 7), (0, 1, 2), tags="ordinary random")


def logged_training(w, X, y):
    history = []
    for epoch in range(3):
        residual = X @ w - y
        value = float(np.mean(residual**2))
        history.append(value)
        log.info("epoch %d: %.6f", epoch, value)
        w = w - 0.05 * X.T @ residual
    print(f"best of {len(history)}: {min(history):.6f}")
    return history[-1] + 0.1 * history[0]


register(logged_training, lambda r: (gauss(r, 2), gauss(r, 5, 2), gauss(r, 5)), (0, 1, 2), tags="ordinary effects")


def gated(x: np.ndarray, gate: Any = None, *, slope: float = 1.0) -> np.ndarray:
    """Leave x alone where there is no gate."""
    if gate is None:
        return x
    return x / (1.0 + np.exp(-slope * gate))


def optional_gates(xs, gates):
    return sum(np.sum(gated(x, g, slope=1.5) ** 2) for x, g in zip(xs, gates))


register(
    optional_gates,
    lambda r: ([gauss(r, 2), gauss(r, 2), gauss(r, 2)], [None, gauss(r, 2), None]),
    (0, 1),
    tags="ordinary none_default",
)
