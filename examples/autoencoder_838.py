"""The 8-3-8 autoencoder, trained by gradients that equal the four equations of backpropagation.

E = 1/2 sum (a^L - t)^2,   a^l = sigma(z^l),   z^l = w^l a^(l-1) + b^l

(BP1)  delta^L = grad_a E * sigma'(z^L)              (BP3)  dE/db_j  = delta_j
(BP2)  delta^l = (w^(l+1))' delta^(l+1) * sigma'(z^l)  (BP4)  dE/dw_jk = a_k delta_j
"""

from __future__ import annotations

import numpy as np

from sct_ad import grad, value_and_grad


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0.0)


def logistic_slope(z):
    return logistic(z) * (1.0 - logistic(z))


def tanh_slope(z):
    return 1.0 - np.tanh(z) ** 2


def relu_slope(z):
    return float(z > 0.0)


ACTIVATIONS = {"logistic": (logistic, logistic_slope), "tanh": (tanh, tanh_slope), "relu": (relu, relu_slope)}


def error(layers, x, t):
    a = x
    for w, b in layers:
        a = logistic(w @ a + b)
    return 0.5 * np.sum((a - t) ** 2)


@value_and_grad
def total_error(layers, inputs, targets):
    E = 0.0
    for x, t in zip(inputs, targets):
        a = x
        for w, b in layers:
            a = logistic(w @ a + b)
        E = E + 0.5 * np.sum((a - t) ** 2)
    return E


def deep_error(layers, x, t, activation):
    a = x
    for w in layers:
        a = activation(w @ a)
    return 0.5 * np.sum((a - t) ** 2)


def lecture_gradient(layers, x, t):
    """(BP1) to (BP4) for one example, as the lecture's loop."""
    activations = [x]
    for w, b in layers:
        activations.append(logistic(w @ activations[-1] + b))
    output = activations[-1]
    delta = (output - t) * output * (1.0 - output)  # BP1; sigma'(z) = a (1 - a)
    gradient = []
    for k in range(len(layers) - 1, -1, -1):
        gradient.insert(0, (np.outer(delta, activations[k]), delta))  # BP4, BP3
        if k > 0:
            a = activations[k]
            delta = (layers[k][0].T @ delta) * a * (1.0 - a)  # BP2
    return gradient


def lecture_total(layers, inputs, targets):
    """The sum of the lecture's gradients over all examples."""
    total = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    for x, t in zip(inputs, targets):
        total = add(total, lecture_gradient(layers, x, t))
    return total


def add(layers, step, rate=1.0):
    """The parameters moved by `rate` times `step`."""
    return [(w + rate * dw, b + rate * db) for (w, b), (dw, db) in zip(layers, step)]


def difference(some, others):
    """The largest difference between two gradients."""
    return max(np.abs(p - q).max() for a, b in zip(some, others) for p, q in zip(a, b))


def autoencoder(rng):
    """Random parameters: 8x3 + 3 + 3x8 + 8 = 59 of them."""
    return [
        (rng.uniform(-1.0, 1.0, size=(3, 8)), rng.uniform(-1.0, 1.0, size=3)),
        (rng.uniform(-1.0, 1.0, size=(8, 3)), rng.uniform(-1.0, 1.0, size=8)),
    ]


def encode(layers, x):
    return logistic(layers[0][0] @ x + layers[0][1])


def decode(layers, code):
    return logistic(layers[1][0] @ code + layers[1][1])


def train(layers, vectors, rate=1.0, most=20_000):
    """Gradient descent until every output is on the right side of 0.5; the parameters and the number of steps."""
    for step in range(1, most + 1):
        E, gradient = total_error(layers, vectors, vectors)
        layers = add(layers, gradient, -rate)
        outputs = np.array([decode(layers, encode(layers, x)) for x in vectors])
        if step % 200 == 0:
            print(f"  step {step:>5}: error {E:.4f}")
        if np.array_equal(outputs > 0.5, vectors > 0.5):
            break
    return layers, step


def norms_by_layer(rng, depth=12, width=16):
    """The norm of the gradient in each layer of a deep net, for the logistic function and for ReLU."""
    x, t = rng.normal(size=width), rng.uniform(size=width)
    weights = [rng.normal(size=(width, width)) * np.sqrt(2.0 / width) for _ in range(depth)]
    gradient = grad(deep_error)
    norms = {}
    for name in ("logistic", "relu"):
        norms[name] = [float(np.linalg.norm(g)) for g in gradient(weights, x, t, ACTIVATIONS[name][0])]
    print(f"\nNorm of the gradient by layer, {depth} layers:\n{'layer':>8}{'logistic':>12}{'relu':>12}")
    for k in range(depth):
        print(f"{k + 1:>8}{norms['logistic'][k]:>12.1e}{norms['relu'][k]:>12.1e}")
    return norms


def slope_errors():
    """The largest error of the derivative of each activation, over points away from the kink of ReLU."""
    points = [-3.0, -0.5, 0.25, 2.0]
    errors = {}
    for name, (activation, slope) in ACTIVATIONS.items():
        derivative = grad(activation)
        errors[name] = max(abs(derivative(z) - slope(z)) for z in points)
        print(f"{name}: derivative at most {errors[name]:.1e} off\n{derivative.source(0.5)}")
    return errors


def main():
    """Print the adjoint, the training, the codes and the vanishing gradients; return the figures."""
    rng = np.random.default_rng(1)
    slopes = slope_errors()
    layers, vectors = autoencoder(rng), np.eye(8)
    parameters = sum(p.size for layer in layers for p in layer)
    one = grad(error)
    print(one.source(layers, vectors[0], vectors[0]))
    bp_error = max(difference(one(layers, x, x), lecture_gradient(layers, x, x)) for x in vectors)
    before = difference(total_error(layers, vectors, vectors)[1], lecture_total(layers, vectors, vectors))
    print(f"{parameters} parameters; gradient at most {max(bp_error, before):.1e} from (BP1) to (BP4)\nTraining:")
    layers, steps = train(layers, vectors)
    after = difference(total_error(layers, vectors, vectors)[1], lecture_total(layers, vectors, vectors))
    codes = np.array([encode(layers, x) for x in vectors])
    outputs = np.array([decode(layers, code) for code in codes])
    print(f"All outputs on the right side of 0.5 after {steps} steps. The codes:")
    for x, code in zip(vectors, codes):
        print("  " + "".join(str(int(bit)) for bit in x) + "  ->  " + "  ".join(f"{value:.2f}" for value in code))
    return {
        "slopes": slopes,
        "steepest": grad(logistic)(0.0),
        "parameters": parameters,
        "error": max(bp_error, before, after),
        "steps": steps,
        "outputs": outputs,
        "codes": codes,
        "norms": norms_by_layer(rng),
    }


if __name__ == "__main__":
    main()
