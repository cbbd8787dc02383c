"""A model as a class: the gradient with respect to an object, and gradient descent on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sct_ad import grad, value_and_grad


@dataclass(frozen=True)
class Dense:
    """One layer."""

    W: np.ndarray
    b: np.ndarray
    activation: str = "tanh"

    def __call__(self, x):
        z = self.W @ x + self.b
        return np.tanh(z) if self.activation == "tanh" else z


@dataclass(frozen=True)
class Network:
    """Layers one after another."""

    layers: tuple

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def loss(network, x, y):
    r = network(x) - y
    return 0.5 * np.sum(r**2)


def descended(network, gradient, rate):
    """The network after one step of gradient descent."""
    layers = zip(network.layers, gradient.layers)
    return Network(tuple(replace(layer, W=layer.W - rate * d.W, b=layer.b - rate * d.b) for layer, d in layers))


def main():
    """Print the gradient's source, and the loss before and after 200 steps."""
    rng = np.random.default_rng(3)
    network = Network(
        (Dense(rng.normal(size=(4, 2)), np.zeros(4)), Dense(rng.normal(size=(1, 4)), np.zeros(1), "none"))
    )
    x, y = np.array([0.5, -1.0]), np.array([0.25])
    print(grad(loss).source(network, x, y))
    before = loss(network, x, y)
    for _ in range(200):
        _, gradient = value_and_grad(loss)(network, x, y)
        network = descended(network, gradient, 0.05)
    after = loss(network, x, y)
    print(f"loss {before:.4f} before, {after:.2e} after; the gradient is a {type(gradient).__name__}")
    return {"before": before, "after": after, "gradient": gradient}


if __name__ == "__main__":
    main()
