"""A network with one hidden layer and L2 regularisation: its gradients, and the memory that training takes.

    z = W1 x,  h = tanh(z),  o = W2 h,  L = l(o, y),  s = lambda/2 (|W1|^2 + |W2|^2),  J = L + s

and by the chain rule, from J back to the parameters:

    dJ/do = dL/do                        dJ/dh = W2' dJ/do
    dJ/dW2 = dJ/do h' + lambda W2        dJ/dz = dJ/dh * tanh'(z)
    dJ/dW1 = dJ/dz x' + lambda W1
"""

from __future__ import annotations

import ast
import sys
import tracemalloc

import numpy as np

from sct_ad import grad


# The four objectives, as one would write them. A minibatch is a matrix with one column per example.
def squared(W1, W2, x, y, lam):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    L = 0.5 * np.sum((o - y) ** 2)
    s = lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return L + s


def squared_batch(W1, W2, X, Y, lam):
    h = np.tanh(W1 @ X)
    o = W2 @ h
    L = 0.5 * np.sum((o - Y) ** 2) / X.shape[1]
    s = lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return L + s


def cross_entropy(W1, W2, x, label, lam):
    h = np.tanh(W1 @ x)
    o = W2 @ h
    L = np.log(np.sum(np.exp(o))) - o[label]
    s = lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return L + s


def cross_entropy_batch(W1, W2, X, labels, lam):
    n = X.shape[1]
    h = np.tanh(W1 @ X)
    o = W2 @ h
    o = o - np.max(o, axis=0)
    log_p = o - np.log(np.sum(np.exp(o), axis=0))
    L = -np.mean(log_p[labels, np.arange(n)])
    s = lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return L + s


# The same objective as a function of each intermediate variable.
def squared_of_o(o, W1, W2, y, lam):
    return 0.5 * np.sum((o - y) ** 2) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))


def squared_of_h(h, W1, W2, y, lam):
    return squared_of_o(W2 @ h, W1, W2, y, lam)


def squared_of_z(z, W1, W2, y, lam):
    return squared_of_h(np.tanh(z), W1, W2, y, lam)


def predict(W1, W2, X):
    return W2 @ np.tanh(W1 @ X)


def deep_squared(layers, X, Y):
    h = X
    for W in layers:
        h = np.tanh(W @ h)
    return 0.5 * np.sum((h - Y) ** 2)


def deep_predict(layers, X):
    h = X
    for W in layers:
        h = np.tanh(W @ h)
    return h


def lecture_gradients(W1, W2, X, dJ_do, lam):
    """The equations above, given the derivative of the loss by the outputs (one column per example)."""
    z = W1 @ X
    h = np.tanh(z)
    dJ_dW2 = dJ_do @ h.T + lam * W2
    dJ_dh = W2.T @ dJ_do
    dJ_dz = dJ_dh * (1 - np.tanh(z) ** 2)
    dJ_dW1 = dJ_dz @ X.T + lam * W1
    return dJ_dW1, dJ_dW2


def softmax(o):
    e = np.exp(o - o.max(axis=0))
    return e / e.sum(axis=0)


def one_hot(labels, classes):
    return np.eye(classes)[:, labels]


def gradient_errors(rng):
    """The largest difference between sct_ad and the lecture's equations for each objective."""
    W1, W2, lam = rng.normal(size=(5, 4)), rng.normal(size=(3, 5)), 0.1
    x, y, label = rng.normal(size=4), rng.normal(size=3), 2
    X, Y, labels = rng.normal(size=(4, 6)), rng.normal(size=(3, 6)), rng.integers(3, size=6)
    o, batch_o, n = predict(W1, W2, x), predict(W1, W2, X), X.shape[1]
    cases = {
        "squared": (squared, x, y, o - y),
        "squared_batch": (squared_batch, X, Y, (batch_o - Y) / n),
        "cross_entropy": (cross_entropy, x, label, softmax(o) - one_hot(label, 3)),
        "cross_entropy_batch": (cross_entropy_batch, X, labels, (softmax(batch_o) - one_hot(labels, 3)) / n),
    }
    errors = {}
    for name, (objective, inputs, targets, dJ_do) in cases.items():
        gradient = grad(objective, argnums=(0, 1))
        arguments = (W1, W2, inputs, targets, lam)
        columns = inputs.reshape(4, -1), dJ_do.reshape(3, -1)
        expected = lecture_gradients(W1, W2, *columns, lam)
        errors[name] = max(np.abs(a - b).max() for a, b in zip(gradient(*arguments), expected))
        print(f"--- {name}: at most {errors[name]:.1e} from the lecture's equations\n")
        print(gradient.source(*arguments))
    return errors


def intermediate_errors(rng):
    """The largest difference to dJ/do, dJ/dh and dJ/dz of the lecture."""
    W1, W2, x, y = rng.normal(size=(5, 4)), rng.normal(size=(3, 5)), rng.normal(size=4), rng.normal(size=3)
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    dJ_do = o - y
    dJ_dh = W2.T @ dJ_do
    dJ_dz = dJ_dh * (1 - np.tanh(z) ** 2)
    cases = {"o": (squared_of_o, o, dJ_do), "h": (squared_of_h, h, dJ_dh), "z": (squared_of_z, z, dJ_dz)}
    errors = {}
    for name, (objective, at, expected) in cases.items():
        errors[name] = float(np.abs(grad(objective)(at, W1, W2, y, 0.1) - expected).max())
        print(f"dJ/d{name}: at most {errors[name]:.1e} from the lecture's equation")
    return errors


def kept_by(source):
    """Names that an emitted adjoint computes in its forward sweep and reads in its reverse sweep.

    The reverse sweep begins where the last parameter is first read: the cotangent of the result, 1.0 by default.
    """
    function = ast.parse(source).body[0]
    names = [[n for n in ast.walk(statement) if isinstance(n, ast.Name)] for statement in function.body]
    seed = function.args.args[-1].arg
    start = next(k for k, used in enumerate(names) if any(n.id == seed for n in used))
    computed = {n.id for used in names[:start] for n in used if isinstance(n.ctx, ast.Store)}
    read = {n.id for used in names[start:] for n in used if isinstance(n.ctx, ast.Load)}
    return sorted(computed & read)


def bytes_of_locals(function, arguments, names, inside):
    """The bytes of the arrays in the local variables `names` when the function called `inside` returns."""
    sizes = {}

    def watch(frame, event, _):
        if event == "return" and frame.f_code.co_name == inside:
            values = {name: frame.f_locals[name] for name in names}
            sizes.update({name: value.nbytes for name, value in values.items() if isinstance(value, np.ndarray)})

    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        function(*arguments)
    finally:
        sys.setprofile(previous)
    return sizes


def peak_bytes(function, *arguments):
    """The most memory in use at once during a call, beyond what was in use before."""
    function(*arguments)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = function(*arguments)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    del result
    return peak - before


def kept_intermediates(rng):
    """Which intermediates training keeps for the reverse sweep, and their bytes; inference keeps none."""
    W1, W2 = rng.normal(size=(64, 32)), rng.normal(size=(10, 64))
    arguments = (W1, W2, rng.normal(size=(32, 128)), rng.normal(size=(10, 128)), 0.1)
    gradient = grad(squared_batch, argnums=(0, 1))
    source = gradient.source(*arguments)
    name = ast.parse(source).body[0].name
    sizes = bytes_of_locals(gradient, arguments, kept_by(source), inside=name)
    print("\nKept for the reverse sweep (32-64-10, 128 examples):")
    for variable, size in sizes.items():
        print(f"  {variable:<8} {size:>8} bytes")
    return sizes


def memory_by_depth(rng):
    """Peak bytes of inference and of training, and the bytes of one layer's activations, for nets of several depths."""
    X, Y = rng.normal(size=(20, 500)), rng.normal(size=(20, 500))
    gradient = grad(deep_squared)
    peaks = {}
    print(f"\nPeak memory in bytes, width 20, 500 examples; the activations of one layer take {X.nbytes}:")
    print(f"{'depth':>8}{'inference':>12}{'training':>12}")
    for depth in (4, 8, 16):
        layers = [rng.normal(size=(20, 20)) / 5 for _ in range(depth)]
        peaks[depth] = (peak_bytes(deep_predict, layers, X), peak_bytes(gradient, layers, X, Y))
        print(f"{depth:>8}{peaks[depth][0]:>12}{peaks[depth][1]:>12}")
    return {"activations": X.nbytes, "peaks": peaks}


def main():
    """Print the gradients and the memory; return the figures."""
    rng = np.random.default_rng(0)
    errors = gradient_errors(rng)
    intermediate = intermediate_errors(rng)
    return {
        "errors": errors,
        "intermediate": intermediate,
        "kept": kept_intermediates(rng),
        "memory": memory_by_depth(rng),
    }


if __name__ == "__main__":
    main()
