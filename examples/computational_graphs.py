"""Computational graphs, the chain rule for tensors, and back-propagation through a net of any depth.

The gradient of the net equals Algorithm 6.4 of Deep Learning (Goodfellow, Bengio, Courville): with a_k = W_k h_(k-1)
+ b_k, h_k = f(a_k) and J = L(h_l, y) + lambda Omega,

    g <- dL/dh_l;  for k = l, ..., 1:  g <- g * f'(a_k),  dJ/db_k = g + lambda dOmega/db_k,
                                       dJ/dW_k = g h_(k-1)' + lambda dOmega/dW_k,  g <- W_k' g
"""

from __future__ import annotations

import ast
import sys
from itertools import pairwise

import numpy as np

from sct_ad import grad


def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


# The four graphs.
def product(x, y):
    z = x * y
    return z


def logistic_regression(w, x, b):
    u1 = np.dot(w, x)
    u2 = u1 + b
    yhat = sigma(u2)
    return yhat


def relu_layer(X, W, b):
    U = X @ W
    H = np.maximum(0.0, U + b)
    return H


def prediction(w, x):
    yhat = np.dot(x, w)
    return yhat


def weight_decay(w, lam):
    u = w**2
    return lam * np.sum(u)


def regularised_regression(w, x, lam):
    return prediction(w, x), weight_decay(w, lam)


# Vector-Jacobian products: the gradient of a weighted sum of the outputs.
def weighted_tanh(x, v):
    return np.sum(v * np.tanh(x))


def weighted_relu_layer(X, W, b, V):
    return np.sum(V * relu_layer(X, W, b))


def weighted_regression(w, x, lam, v):
    yhat, u3 = regularised_regression(w, x, lam)
    return v[0] * yhat + v[1] * u3


def tanh_entry(x, i):
    return np.tanh(x)[i]


def objective(layers, x, y, lam):
    h = x
    Omega = 0.0
    for W, b in layers:
        h = np.tanh(W @ h + b)
        Omega = Omega + np.sum(W**2) + np.sum(b**2)
    return 0.5 * np.sum((h - y) ** 2) + lam * Omega


def f(w):
    return w * w - 0.5


def three_times(w):
    x = f(w)
    y = f(x)
    z = f(y)
    return z


def chain(w, depth):
    for k in range(depth):
        w = w * w - 0.5
    return w


def algorithm_6_4(layers, x, y, lam):
    """The book's algorithm for `objective`, with f = tanh, L = 1/2 |h - y|^2 and Omega = sum W^2 + sum b^2."""
    hs, pre_activations = [x], []
    for W, b in layers:
        pre_activations.append(W @ hs[-1] + b)
        hs.append(np.tanh(pre_activations[-1]))
    g = hs[-1] - y
    gradient = []
    for k in range(len(layers) - 1, -1, -1):
        W, b = layers[k]
        g = g * (1.0 - np.tanh(pre_activations[k]) ** 2)
        gradient.insert(0, (np.outer(g, hs[k]) + lam * 2.0 * W, g + lam * 2.0 * b))
        g = W.T @ g
    return gradient


def paths(depth):
    """The number of paths through a graph whose nodes each use the one before twice: the cost of a sum over paths."""
    return 1 if depth == 0 else paths(depth - 1) + paths(depth - 1)


def executed_lines(function, arguments, inside):
    """How many lines of the function called `inside` are executed during `function(*arguments)`."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        count += event == "line"
        return trace

    def start(frame, event, _):
        return trace if frame.f_code.co_name == inside else None

    previous = sys.gettrace()
    sys.settrace(start)
    try:
        function(*arguments)
    finally:
        sys.settrace(previous)
    return count


def largest_difference(some, others):
    """The largest difference between two sequences of arrays or floats."""
    return max(float(np.max(np.abs(a - b))) for a, b in zip(some, others))


def four_graphs(rng):
    """The largest error of the gradients of each graph against the derivatives worked out by hand."""
    errors = {}
    gradient = grad(product, argnums=(0, 1))
    errors["a"] = largest_difference(gradient(3.0, -2.0), (-2.0, 3.0))
    print(gradient.source(3.0, -2.0))

    w, x, b = rng.normal(size=3), rng.normal(size=3), 0.3
    gradient = grad(logistic_regression, argnums=(0, 1, 2))
    slope = sigma(w @ x + b) * (1.0 - sigma(w @ x + b))
    errors["b"] = largest_difference(gradient(w, x, b), (slope * x, slope * w, slope))
    print(gradient.source(w, x, b))

    X, W, b, V = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 2))
    gradient = grad(weighted_relu_layer, argnums=(0, 1, 2))
    G = V * (X @ W + b > 0.0)
    errors["c"] = largest_difference(gradient(X, W, b, V), (G @ W.T, X.T @ G, G.sum(axis=0)))
    print(gradient.source(X, W, b, V))

    w, x, lam = rng.normal(size=3), rng.normal(size=3), 0.1
    gradient, v = grad(weighted_regression), (0.7, -1.3)
    outputs = (grad(prediction)(w, x), grad(weight_decay)(w, lam), gradient(w, x, lam, v))
    errors["d"] = largest_difference(outputs, (x, 2.0 * lam * w, v[0] * x + v[1] * 2.0 * lam * w))
    print(gradient.source(w, x, lam, v))
    return errors


def tanh_jacobian(rng):
    """The Jacobian of tanh, row by row, and one vector-Jacobian product; their errors."""
    x, v = rng.normal(size=4), rng.normal(size=4)
    row = grad(tanh_entry)
    jacobian = np.array([row(x, i) for i in range(4)])
    expected = np.diag(1.0 - np.tanh(x) ** 2)
    print("Jacobian of tanh:\n", np.round(jacobian, 3), "\n")
    return {
        "jacobian": float(np.abs(jacobian - expected).max()),
        "product": float(np.abs(grad(weighted_tanh)(x, v) - v @ expected).max()),
    }


def nets_of_every_depth(rng):
    """The largest difference to Algorithm 6.4 for nets of 1 to 6 layers."""
    gradient = grad(objective)
    errors = {}
    for depth in range(1, 7):
        sizes = rng.integers(2, 6, size=depth + 1)
        layers = [(rng.normal(size=(m, n)), rng.normal(size=m)) for n, m in pairwise(sizes)]
        x, y = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
        pairs = zip(gradient(layers, x, y, 0.01), algorithm_6_4(layers, x, y, 0.01))
        errors[depth] = max(largest_difference(ours, theirs) for ours, theirs in pairs)
    print(gradient.source(layers, x, y, 0.01))
    print("Largest difference to Algorithm 6.4 by depth:", {k: f"{e:.1e}" for k, e in errors.items()}, "\n")
    return errors


def cost_of_depth():
    """Lines executed by the adjoint of `chain`, and paths through its graph, by depth."""
    gradient = grad(chain)
    inside = ast.parse(gradient.source(0.4, 5)).body[0].name
    for _ in range(3):  # from the third call on, all run the same code
        gradient(0.4, 5)
    lines = {depth: executed_lines(gradient, (0.4, depth), inside) for depth in (5, 10, 20, 40)}
    print(grad(three_times).source(0.4))
    print(gradient.source(0.4, 5))
    print(f"{'depth':>8}{'lines run':>12}{'paths':>16}")
    for depth, count in lines.items():
        print(f"{depth:>8}{count:>12}{2**depth:>16}")
    return lines


def main():
    """Print the adjoints of the graphs; return the figures."""
    rng = np.random.default_rng(2)
    w = 0.4
    chain_rule = 2.0 * f(f(w)) * 2.0 * f(w) * 2.0 * w
    return {
        "graphs": four_graphs(rng),
        "tanh": tanh_jacobian(rng),
        "nets": nets_of_every_depth(rng),
        "three_times": abs(grad(three_times)(w) - chain_rule),
        "lines": cost_of_depth(),
        "paths": {depth: paths(depth) for depth in (5, 10)},
    }


if __name__ == "__main__":
    main()
