"""A deep network of ReLU layers: the toy network by hand, then any number of layers in a loop.

f_0 = beta_0 + Omega_0 x,   h_k = ReLU(f_(k-1)),   f_k = beta_k + Omega_k h_k

dL/df_(k-1) = [f_(k-1) > 0] * (Omega_k' dL/df_k),   dL/dOmega_k = dL/df_k h_k',   dL/dbeta_k = dL/df_k
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sct_ad import grad


def relu(f):
    return np.maximum(f, 0.0)


def toy_loss(beta0, Omega0, x, y):
    f0 = beta0 + Omega0 @ x
    h1 = relu(f0)
    L = -y * np.log(h1) - (1.0 - y) * np.log(1.0 - h1)
    return L


def loss_of_output(h1, y):
    return -y * np.log(h1) - (1.0 - y) * np.log(1.0 - h1)


def loss_of_activation(f0, y):
    return loss_of_output(relu(f0), y)


def deep_loss(hidden, output, x, y):
    h = x
    for beta, Omega in hidden:
        h = relu(beta + Omega @ h)
    beta, Omega = output
    f = beta + Omega @ h
    return 0.5 * np.sum((f - y) ** 2)


def lecture_toy(beta0, Omega0, x, y):
    """dL/dh1, dL/df0, dL/dbeta0 and dL/dOmega0 by the lecture's formulas."""
    f0 = beta0 + Omega0 @ x
    h1 = relu(f0)
    dL_dh1 = (h1 - y) / (h1 * (1.0 - h1))
    dL_df0 = (f0 > 0.0) * dL_dh1
    return dL_dh1, dL_df0, dL_df0, dL_df0 * x


def lecture_deep(hidden, output, x, y):
    """The lecture's recursion from the last layer to the first; gradients of all (beta, Omega), first to last."""
    layers = [*hidden, output]
    hs, fs = [x], []
    for beta, Omega in layers:
        fs.append(beta + Omega @ hs[-1])
        hs.append(relu(fs[-1]))
    dL_df = fs[-1] - y
    gradient = []
    for k in range(len(layers) - 1, -1, -1):
        gradient.insert(0, (dL_df, np.outer(dL_df, hs[k])))
        if k > 0:
            dL_df = (fs[k - 1] > 0.0) * (layers[k][1].T @ dL_df)
    return gradient


def toy_errors():
    """The largest difference to the lecture's formulas, for both labels."""
    beta0, Omega0, x = 0.1, np.array([0.5, -0.2]), np.array([1.0, 0.5])
    gradient = grad(toy_loss, argnums=(0, 1))
    errors = {}
    for y in (0.0, 1.0):
        f0 = float(beta0 + Omega0 @ x)
        dbeta0, dOmega0 = gradient(beta0, Omega0, x, y)
        ours = (grad(loss_of_output)(f0, y), grad(loss_of_activation)(f0, y), dbeta0, dOmega0)  # here h1 = f0 > 0
        theirs = lecture_toy(beta0, Omega0, x, y)
        errors[y] = max(float(np.max(np.abs(a - b))) for a, b in zip(ours, theirs))
    print(gradient.source(beta0, Omega0, x, 1.0))
    print(f"Toy network: at most {max(errors.values()):.1e} from the lecture's formulas\n")
    return errors


def deep_errors(rng):
    """The largest difference to the lecture's recursion by the number K of hidden layers."""
    gradient = grad(deep_loss, argnums=(0, 1))
    errors, silent = {}, {}
    for K in (1, 2, 5, 10, 20):
        sizes = [3] + [6] * K + [2]
        layers = [(0.1 * rng.normal(size=m), rng.normal(size=(m, n)) * np.sqrt(2.0 / n)) for n, m in pairwise(sizes)]
        arguments = (layers[:-1], layers[-1], rng.normal(size=3), rng.normal(size=2))
        dhidden, doutput = gradient(*arguments)
        pairs = list(zip([*dhidden, doutput], lecture_deep(*arguments)))
        errors[K] = max(float(np.abs(a - b).max()) for ours, theirs in pairs for a, b in zip(ours, theirs))
        silent[K] = sum(int(np.sum(beta == 0.0)) for beta, _ in dhidden) / (6 * K)
    print(gradient.source(*arguments))
    print(f"{'K':>4}{'difference':>14}{'units at rest':>16}")
    for K in errors:
        print(f"{K:>4}{errors[K]:>14.1e}{silent[K]:>16.0%}")
    return errors


def main():
    """Print the adjoints and how they compare with the lecture; return the figures."""
    return {"toy": toy_errors(), "deep": deep_errors(np.random.default_rng(3))}


if __name__ == "__main__":
    main()
