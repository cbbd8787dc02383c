"""`python -m benchmarks.jacobians`: Hessian-vector products, Hessians and Jacobians against JAX (jit) and autograd.

Times are medians of turns, in which all take part; ratios are taken within a turn. The cost of a derivative is its time
over that of the function itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.contenders import Refused, require
from benchmarks.timing import interleave, median, ratio
from sct_ad import hessian, hvp, jacfwd, jacobian, jacrev

Make = Callable[[Any], Callable[..., Any]]


def network(numpy: Any) -> Callable[..., Any]:
    """A network with one hidden layer, a function of the hidden weights."""

    def loss(W, V, X, Y):
        return numpy.sum((numpy.tanh(X @ W) @ V - Y) ** 2)

    return loss


def logistic(numpy: Any) -> Callable[..., Any]:
    """Logistic regression."""

    def loss(w, A, y):
        z = A @ w
        softplus = numpy.log1p(numpy.exp(-numpy.abs(z))) + numpy.maximum(z, 0.0)
        return numpy.mean(softplus - y * z) + 0.05 * numpy.sum(w**2)

    return loss


def curves(numpy: Any) -> Callable[..., Any]:
    """Few parameters, many values."""

    def model(p, t):
        return p[0] * numpy.exp(-p[1] * t) + p[2] * numpy.sin(p[3] * t)

    return model


def moments(numpy: Any) -> Callable[..., Any]:
    """Many parameters, few values."""

    def model(x, t):
        y = numpy.tanh(x * t)
        return numpy.stack([numpy.sum(y), numpy.sum(y**2), numpy.sum(y**3)])

    return model


class Case(NamedTuple):
    """A function, its arguments, the derivatives to compare, and how peers name theirs."""

    name: str
    make: Make
    arguments: tuple[Any, ...]
    ours: dict[str, Callable[..., Any]]
    peer: str
    vector: bool = False


def cases(small: bool = False) -> list[Case]:
    """All cases."""
    rng = np.random.default_rng(0)
    n = 4 if small else 100
    W, V = rng.normal(size=(n, n)) / n**0.5, rng.normal(size=(n, 3))
    net = W, V, rng.normal(size=(2 * n, n)), rng.normal(size=(2 * n, 3))
    A = rng.normal(size=(20 * n, 20))
    t = np.linspace(0.0, 2.0, 10 * n)
    regression = rng.normal(size=20), A, rng.integers(0, 2, 20 * n) * 1.0
    few, many = (np.array([1.0, 0.5, 2.0, 3.0]), t), (rng.normal(size=t.size), t)
    return [
        Case("hvp, network", network, net, {"hvp": hvp}, "hvp", True),
        Case("hessian, logistic", logistic, regression, {"hessian": hessian}, "hessian"),
        Case("jacobian, m > n", curves, few, {"jacobian": jacobian, "jacfwd": jacfwd}, "jacfwd"),
        Case("jacobian, m < n", moments, many, {"jacobian": jacobian, "jacrev": jacrev}, "jacrev"),
    ]


def by_jax(case: Case) -> Callable[..., Any]:
    """The derivative by JAX, compiled, with a NumPy array as the result."""
    require("jax")
    import jax

    jax.config.update("jax_enable_x64", True)
    f = case.make(jax.numpy)
    if case.vector:

        def product(x: Any, *rest: Any) -> Any:
            return jax.jvp(lambda x: jax.grad(f)(x, *rest[:-1]), (x,), (rest[-1],))[1]

        found = jax.jit(product)
    else:
        found = jax.jit(getattr(jax, case.peer)(f))
    return lambda *args: np.asarray(found(*args))


def by_autograd(case: Case) -> Callable[..., Any]:
    """The derivative by autograd."""
    require("autograd")
    import autograd
    import autograd.numpy

    f = case.make(autograd.numpy)
    if case.vector:
        return autograd.hessian_vector_product(f)  # type: ignore[no-any-return]
    return autograd.hessian(f) if case.peer == "hessian" else autograd.jacobian(f)  # type: ignore[no-any-return]


PEERS = {"JAX jit": by_jax, "autograd": by_autograd}


def compare(case: Case, seconds: float) -> dict[str, float]:
    """The seconds of the function, and what each derivative takes over the function, and peers over ours."""
    primal = case.make(np)
    arguments = (*case.arguments, np.ones_like(case.arguments[0])) if case.vector else case.arguments
    functions: dict[str, Callable[..., Any]] = {"primal": lambda *args: primal(*args[: len(case.arguments)])}
    functions.update({name: make(primal) for name, make in case.ours.items()})
    expected = functions[next(iter(case.ours))](*arguments)
    for name, peer in PEERS.items():
        try:
            functions[name] = peer(case)
        except Refused:
            continue
        np.testing.assert_allclose(functions[name](*arguments), expected, rtol=1e-8, atol=1e-10)
    samples = interleave(functions, arguments, seconds)
    first = next(iter(case.ours))
    found = {"primal": median(samples["primal"])}
    found.update({name: ratio(samples[name], samples["primal"]) for name in case.ours})
    found.update({name: ratio(samples[name], samples[first]) for name in PEERS if name in samples})
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jacobians")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--seconds", type=float, default=2.0, help="the time for each function")
    options = parser.parse_args(arguments)
    for case in cases(options.small):
        found = compare(case, 0.01 if options.small else options.seconds)
        print(f"{case.name}: primal {found['primal'] * 1e6:.1f} us")
        for name, number in found.items():
            if name in case.ours:
                print(f"    {name:<10}{number:8.2f} primals")
            elif name in PEERS:
                print(f"    {name:<10}{number:8.2f} times {next(iter(case.ours))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
