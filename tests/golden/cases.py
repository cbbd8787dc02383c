"""The functions whose emitted gradients are kept as golden texts, with arguments for them."""

import math
from dataclasses import dataclass

import numpy as np

CASES = {}


def case(make, argnums=0):
    """Register a function with its arguments."""

    def register(function):
        CASES[function.__name__] = (function, make, argnums)
        return function

    return register


def gauss(rng, *shape):
    return rng.normal(size=shape)


@case(lambda r: (0.3, 5))
def energy(x, n):
    s = 0.0
    for i in range(n):
        x = math.sin(x) * 1.1
        s = s + x * x
    return s


@case(lambda r: (gauss(r, 4, 3), gauss(r, 2, 4), gauss(r, 3), gauss(r, 2), 0.1), (0, 1))
def loss(W1, W2, x, y, lam):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    return 0.5 * np.sum(r**2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


@case(lambda r: (gauss(r, 7), 7))
def sweep(A, n):
    for i in range(1, n - 1):
        A[i] = (A[i - 1] + A[i + 1]) / 3.0
    return np.sum(A)


@case(lambda r: ([(gauss(r, 3, 4), gauss(r, 4)), (gauss(r, 4, 2), gauss(r, 2))], gauss(r, 5, 3), gauss(r, 5, 2)))
def mlp(layers, x, y):
    h = x
    for W, b in layers:
        h = np.tanh(h @ W + b)
    return np.mean((h - y) ** 2)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@case(lambda r: (gauss(r, 12, 5), gauss(r, 12), gauss(r, 4, 2), gauss(r, 3), gauss(r, 3)), (0, 1))
def lstm(W, b, xs, h, c):
    n = len(h)
    for x in xs:
        z = W @ np.concatenate((x, h)) + b
        c = sigmoid(z[:n]) * c + sigmoid(z[n : 2 * n]) * np.tanh(z[2 * n : 3 * n])
        h = sigmoid(z[3 * n :]) * np.tanh(c)
    return np.sum(h**2)


@case(lambda r: (gauss(r, 5, 6), 0.1, 3), (0, 1))
def heat_loops(T, k, steps):
    for _ in range(steps):
        new = T.copy()
        for i in range(1, T.shape[0] - 1):
            for j in range(1, T.shape[1] - 1):
                new[i, j] = T[i, j] + k * (T[i + 1, j] + T[i - 1, j] + T[i, j + 1] + T[i, j - 1] - 4.0 * T[i, j])
        T = new
    return np.sum(T**2)


@case(lambda r: (gauss(r, 5, 6), 0.1, 3), (0, 1))
def heat_slices(T, k, steps):
    for _ in range(steps):
        T[1:-1, 1:-1] += k * (T[2:, 1:-1] + T[:-2, 1:-1] + T[1:-1, 2:] + T[1:-1, :-2] - 4.0 * T[1:-1, 1:-1])
    return np.sum(T**2)


@case(lambda r: (2.0,))
def newton(a):
    x = 1.0
    while True:
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


@case(lambda r: (gauss(r, 6), 4))
def swapped_buffers(u, steps):
    old = u
    new = np.zeros(len(u))
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            new[i] = old[i - 1] * old[i + 1]
        old, new = new, old
    return np.sum(old)


@case(lambda r: (gauss(r, 6),))
def aliasing_view(x):
    y = x * x
    middle = y[1:-1]
    middle *= 2.0
    middle[0] = y[0] * y[-1]
    return np.sum(y * x)


@case(lambda r: (np.array([-2.0, 0.5, 0.0, 3.0]), 0.7), (0, 1))
def kink(x, a):
    return np.sum(np.where(x > 0.0, x * x, a * x))


@case(lambda r: (1.3, 5))
def recursion(x, n):
    if n == 0:
        return x
    return math.sin(x) * recursion(x * 0.9, n - 1)


@case(lambda r: (gauss(r, 4, 3), gauss(r, 3), gauss(r, 4)), (0, 1))
def softmax_regression(X, w, y):
    z = X @ w
    p = np.exp(z - np.max(z))
    p /= np.sum(p)
    return -np.sum(y * np.log(p))


class Layer:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, x):
        return np.tanh(self.W @ x + self.b)


@case(
    lambda r: ([Layer(gauss(r, 4, 3), gauss(r, 4)), Layer(gauss(r, 2, 4), gauss(r, 2))], gauss(r, 3), gauss(r, 2)),
)
def layers_loss(layers, x, y):
    for layer in layers:
        x = layer(x)
    return np.sum((x - y) ** 2)


@dataclass
class Parameters:
    slope: float
    weights: np.ndarray
    name: str = "fit"


@case(lambda r: (Parameters(0.5, gauss(r, 3)), gauss(r, 5, 3), gauss(r, 5)))
def dataclass_loss(params, x, y):
    r = params.slope * (x @ params.weights) - y
    return 0.5 * r @ r + np.sum(params.weights**2)


class Model:
    def __init__(self, W, rate):
        self.W, self.rate = W, rate

    def predict(self, x):
        return np.tanh(self.W @ x)

    def loss(self, x, y):
        r = self.predict(x) - y
        return np.sum(r**2) + self.rate * np.sum(self.W**2)


@case(lambda r: (Model(gauss(r, 2, 3), 0.1), gauss(r, 3), gauss(r, 2)))
def method_loss(self, x, y):
    return self.loss(x, y)
