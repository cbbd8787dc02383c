"""Networks and their training, with layers as objects, dataclasses, dictionaries and closures."""

import logging
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from sct_ad import register_container
from tests.program import arr, gauss, register, u

log = logging.getLogger("training")


class Module:
    """What has parameters and is called."""

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        raise NotImplementedError


class Linear(Module):
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def forward(self, x):
        return x @ self.W + self.b


class Activation(Module):
    table = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0), "softplus": lambda x: np.log1p(np.exp(x))}

    def __init__(self, kind):
        self.kind = kind

    def forward(self, x):
        return self.table[self.kind](x)


class Sequential(Module):
    def __init__(self, *modules):
        self.modules = modules

    def forward(self, x):
        for module in self.modules:
            x = module(x)
        return x


def loss_of_module(model, x, y):
    return np.mean((model(x) - y) ** 2)


register(
    loss_of_module,
    lambda r: (
        Sequential(Linear(gauss(r, 2, 3), gauss(r, 3)), Activation("tanh"), Linear(gauss(r, 3, 1), gauss(r, 1))),
        gauss(r, 4, 2),
        gauss(r, 4, 1),
    ),
    (0, 1),
    tags="ordinary objects object_argument inheritance",
)


def network_made_inside(W1, b1, W2, x):
    model = Sequential(Linear(W1, b1), Activation("softplus"), Linear(W2, 0.1))
    return np.sum(model(x) ** 2)


register(
    network_made_inside,
    lambda r: (gauss(r, 2, 3), gauss(r, 3), gauss(r, 3, 2), gauss(r, 4, 2)),
    (0, 1, 2),
    tags="ordinary objects inheritance",
)


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray
    kind: str = "tanh"


@dataclass
class Network:
    layers: list
    decay: float = 0.01
    name: str = "net"

    def __call__(self, x):
        for layer in self.layers:
            z = x @ layer.W + layer.b
            if layer.kind == "tanh":
                x = np.tanh(z)
            elif layer.kind == "linear":
                x = z
            else:
                raise ValueError(f"unknown layer {layer.kind!r}")
        return x

    def penalty(self):
        return self.decay * sum(np.sum(layer.W**2) for layer in self.layers)


def make_network(r):
    return Network([Layer(gauss(r, 2, 3), gauss(r, 3)), Layer(gauss(r, 3, 1), gauss(r, 1), "linear")])


def loss_of_a_network(net, x, y):
    return np.sum((net(x)[:, 0] - y) ** 2) + net.penalty()


register(
    loss_of_a_network,
    lambda r: (make_network(r), gauss(r, 4, 2), gauss(r, 4)),
    (0, 1),
    tags="ordinary dataclass object_argument",
)


@dataclass(frozen=True)
class Attention:
    Q: np.ndarray
    K: np.ndarray
    V: np.ndarray
    scale: float = field(default=1.0)
    heads: int = 1

    def __call__(self, x):
        scores = (x @ self.Q) @ (x @ self.K).T * self.scale
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        weights = weights / np.sum(weights, axis=1, keepdims=True)
        return weights @ (x @ self.V)


def attention_loss(block, x):
    return np.sum(np.sin(block(x)))


register(
    attention_loss,
    lambda r: (Attention(gauss(r, 3, 2), gauss(r, 3, 2), gauss(r, 3, 2), 0.7), gauss(r, 4, 3)),
    (0, 1),
    tags="ordinary dataclass object_argument frozen",
)


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


def combinators_made_inside(W1, W2, x):
    _, apply = serial(dense(2, 3), elementwise(lambda z: np.log(1 + z * z)), dense(3, 1))
    return np.sum(apply([(W1, 0.1), (), (W2, 0.2)], x))


register(
    combinators_made_inside,
    lambda r: (gauss(r, 2, 3), gauss(r, 3, 1), gauss(r, 4, 2)),
    (0, 1, 2),
    tags="ordinary closures",
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


def counted(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return f(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


@counted
def hidden(x, *, gain):
    return np.tanh(gain * x)


def decorated_layer_in_a_loop(x, gain):
    for _ in range(3):
        x = hidden(x, gain=gain)
    return np.sum(x)


register(
    decorated_layer_in_a_loop,
    lambda r: (gauss(r, 3), u(r)),
    (0, 1),
    tags="ordinary decorators effects",
    outside=(hidden,),
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


class Momentum:
    """An optimiser with state of its own."""

    def __init__(self, rate, beta=0.9):
        self.rate, self.beta = rate, beta
        self.velocity = None
        self.steps = 0

    def step(self, w, g):
        if self.velocity is None:
            self.velocity = np.zeros_like(w)
        self.velocity = self.beta * self.velocity + g
        self.steps += 1
        return w - self.rate * self.velocity


def unrolled_training(w, X, y, rate):
    optimiser = Momentum(rate)
    for epoch in range(3):
        residual = X @ w - y
        w = optimiser.step(w, X.T @ residual / len(y))
    assert optimiser.steps == 3
    return np.sum((X @ w - y) ** 2)


register(
    unrolled_training,
    lambda r: (gauss(r, 2), gauss(r, 5, 2), gauss(r, 5), 0.05),
    (0, 1, 2, 3),
    tags="ordinary objects none_default",
)


class Standardiser:
    """Scales columns; keeps what it has seen."""

    def __init__(self, eps=1e-3):
        self.eps = eps
        self.mean = self.std = None

    def fit(self, X):
        self.mean = X.mean(axis=0)
        self.std = X.std(axis=0)
        return self

    def transform(self, X):
        return (X - self.mean) / (self.std + self.eps)

    def fit_transform(self, X):
        return self.fit(X).transform(X)


def fitted_and_transformed(X, w):
    scaler = Standardiser()
    Z = scaler.fit_transform(X)
    return np.sum(np.tanh(Z @ w)) + np.sum(scaler.mean)


register(fitted_and_transformed, lambda r: (gauss(r, 4, 2), gauss(r, 2)), (0, 1), tags="ordinary objects fluent")


class BatchNorm:
    momentum = 0.1

    def __init__(self, gamma, beta):
        self.gamma = gamma
        self.beta = beta
        self.running = 0.0
        self.training = True

    def __call__(self, x):
        if self.training:
            mean = x.mean()
            self.running = (1 - self.momentum) * self.running + self.momentum * mean
        else:
            mean = self.running
        return self.gamma * (x - mean) + self.beta

    def eval(self):
        self.training = False


def batch_norm_twice(gamma, beta, xs):
    norm = BatchNorm(gamma, beta)
    first = sum(np.sum(norm(x) ** 2) for x in xs)
    norm.eval()
    return first + np.sum(norm(xs[0]) ** 3)


register(
    batch_norm_twice,
    lambda r: (u(r), u(r), [gauss(r, 3), gauss(r, 3)]),
    (0, 1, 2),
    tags="ordinary objects class_attribute",
)


def minibatches(X, y, size):
    for start in range(0, len(y), size):
        yield X[start : start + size], y[start : start + size]


def loss_over_minibatches(w, X, y):
    total = 0.0
    for number, (xb, yb) in enumerate(minibatches(X, y, 2)):
        total += np.mean((xb @ w - yb) ** 2) / (number + 1)
    return total


register(
    loss_over_minibatches,
    lambda r: (gauss(r, 2), gauss(r, 5, 2), gauss(r, 5)),
    (0, 1, 2),
    tags="ordinary generators",
)


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


def ordered_layers(params, x):
    for name, W in params.items():
        x = x @ W
        if not name.startswith("out"):
            x = np.tanh(x)
    return np.sum(x)


register(
    ordered_layers,
    lambda r: (OrderedDict([("hidden", gauss(r, 2, 3)), ("out", gauss(r, 3, 2))]), gauss(r, 3, 2)),
    (0, 1),
    tags="ordinary dict container_argument",
)


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


class Packed:
    """Weights in one array; what is derived from them is no parameter."""

    def __init__(self, values, name="packed"):
        self.values = values
        self.name = name

    def slope(self):
        return self.values[0]


register_container(Packed, lambda p: ((p.values,), p.name), lambda name, children: Packed(children[0], name))


def registered_container(packed, layers, x):
    y = packed.slope() * x + np.sum(packed.values[1:] ** 2)
    for layer in layers:
        y = y * layer.values[0] + layer.slope()
    return y


register(
    registered_container,
    lambda r: (Packed(arr(r, 3)), [Packed(arr(r, 2), "first"), Packed(arr(r, 2))], u(r)),
    (0, 1, 2),
    tags="ordinary objects object_argument",
)
