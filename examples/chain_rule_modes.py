"""The chain rule read forwards and backwards: what each costs, and source transformation against overloading.

    F1(x) = (x1 - x2, x1 x2),   F2(v) = (v1^2, v1 - v2),   F3(w) = (w1 - 8)^2 + (w2 - 3)^2

At x = (2, -1): v = (3, -2), w = (9, 5), F' = [20, -24].
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from sct_ad import grad


def F1(x):
    return np.array([x[0] - x[1], x[0] * x[1]])


def F2(v):
    return np.array([v[0] ** 2, v[0] - v[1]])


def F3(w):
    return (w[0] - 8.0) ** 2 + (w[1] - 3.0) ** 2


def F(x):
    return F3(F2(F1(x)))


def two_to_three(x):
    return np.array([x[0] + x[1], x[0] * x[1], x[0] ** 2 - x[1]])


def five_to_two(x):
    return np.array([x[0] * x[1] + x[2], x[3] * x[4] - x[0] ** 2])


def output(x, j, function):
    return function(x)[j]


def net(A, b, c, V, wbar):
    y = A @ V + b
    z = np.maximum(y, 0.0)
    w = c @ z
    return (w - wbar) ** 2


def net_signals(A, b, c, V):
    y = A @ V + b
    z = np.maximum(y, 0.0)
    return y, z, c @ z


def series(x, n):
    s = 0.0
    for k in range(n):
        x = 1.5 * x * (1.0 - x)
        s = s + x * x
    return s


class Dual:
    """A value and its tangent: forward mode by operator overloading."""

    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    @staticmethod
    def lift(x):
        """A number as a constant."""
        return x if isinstance(x, Dual) else Dual(x)

    def __add__(self, other):
        other = Dual.lift(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __neg__(self):
        return Dual(-self.value, -self.tangent)

    def __sub__(self, other):
        return self + -Dual.lift(other)

    def __rsub__(self, other):
        return Dual.lift(other) + -self

    def __mul__(self, other):
        other = Dual.lift(other)
        return Dual(self.value * other.value, self.tangent * other.value + self.value * other.tangent)

    def __pow__(self, n):
        return Dual(self.value**n, n * self.value ** (n - 1) * self.tangent)

    __radd__, __rmul__ = __add__, __mul__


def forward_jacobian(function, x):
    """The Jacobian, one column for each pass with dual numbers, and the number of passes."""
    columns = []
    for i in range(len(x)):
        outputs = function([Dual(value, float(k == i)) for k, value in enumerate(x)])
        columns.append([entry.tangent for entry in np.atleast_1d(outputs)])
    return np.array(columns).T, len(columns)


def backward_jacobian(function, x, m):
    """The Jacobian, one row for each gradient call, and the number of calls."""
    row = grad(output)
    rows = [row(x, j, function) for j in range(m)]
    return np.array(rows), len(rows)


def two_modes(x):
    """The gradient of F in both modes, with the number of passes each took."""
    v = F1(x)
    w = F2(v)
    gradient = grad(F)
    print(gradient.source(x))
    columns, passes = forward_jacobian(F, x)
    figures = {"v": v, "w": w, "forward": columns[0], "forward_passes": passes}
    figures |= {"backward": gradient(x), "backward_passes": 1}
    print(f"v = {v}, w = {w}")
    print(f"forward mode: {figures['forward']} in {passes} passes; backward mode: {figures['backward']} in one\n")
    return figures


def passes_by_shape():
    """Jacobians of functions with n inputs and m outputs in both modes, and the passes that each mode took."""
    figures = {}
    print(f"{'function':<16}{'n':>4}{'m':>4}{'forward':>10}{'backward':>10}")
    for function, x, m in ((two_to_three, [2.0, -1.0], 3), (five_to_two, [1.0, 2.0, 3.0, 4.0, 5.0], 2)):
        x = np.array(x)
        forward, n_passes = forward_jacobian(function, x)
        backward, m_passes = backward_jacobian(function, x, m)
        figures[function.__name__] = {
            "forward": forward,
            "backward": backward,
            "forward_passes": n_passes,
            "backward_passes": m_passes,
        }
        print(f"{function.__name__:<16}{len(x):>4}{m:>4}{n_passes:>10}{m_passes:>10}")
    return figures


def finite_differences(x):
    """The largest error of (F(x + h e_i) - F(x)) / h by h, and the number of evaluations it takes."""
    exact = grad(F)(x)
    errors = {}
    for exponent in range(1, 14):
        h = 10.0**-exponent
        start, evaluations, slopes = F(x), 1, []
        for i in range(len(x)):
            moved = x.copy()
            moved[i] += h
            slopes.append((F(moved) - start) / h)
            evaluations += 1
        errors[h] = float(np.abs(np.array(slopes) - exact).max())
    print(f"\nFinite differences, {evaluations} evaluations each; error by h:")
    for h, difference in errors.items():
        print(f"  h = {h:.0e}: {difference:.1e}")
    return {"errors": errors, "evaluations": evaluations}


def small_net():
    """The signals of the net of the notes on the way to the loss, and its gradients by its arguments."""
    A, b, c, V = np.array([[1.0, 0.0], [-2.0, 1.0]]), np.array([1.0, 0.0]), np.array([1.0, 1.0]), np.array([2.0, -1.0])
    y, z, w = net_signals(A, b, c, V)
    gradient = grad(net, argnums=(0, 1, 2))
    dA, db, dc = (d + 0.0 for d in gradient(A, b, c, V, 1.0))  # -0.0 + 0.0 is 0.0
    loss = net(A, b, c, V, 1.0)
    print("\n" + gradient.source(A, b, c, V, 1.0))
    print(f"y = {y.tolist()}, z = {z.tolist()}, w = {w}, loss {loss}")
    print(f"dA = {dA.tolist()}, db = {db.tolist()}, dc = {dc.tolist()}")
    return {"y": y, "z": z, "w": w, "loss": loss, "A": dA, "b": db, "c": dc}


def transformation_against_overloading(x=0.3, n=200):
    """The derivative of `series` both ways, and how many times longer each takes than the function itself."""
    gradient = grad(series)
    ways = {
        "function": lambda: series(x, n),
        "transformation": lambda: gradient(x, n),
        "overloading": lambda: series(Dual(x, 1.0), n).tangent,
    }
    values = {name: way() for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(50):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    cost = {name: statistics.median(t) / statistics.median(times["function"]) for name, t in times.items()}
    print("\n" + gradient.source(x, n))
    print("Cost against the function itself: " + ", ".join(f"{name} {c:.1f}" for name, c in cost.items()))
    return {"values": values, "cost": cost}


def main():
    """Print both modes, their costs and the alternatives; return the figures."""
    x = np.array([2.0, -1.0])
    return {
        "modes": two_modes(x),
        "passes": passes_by_shape(),
        "differences": finite_differences(x),
        "net": small_net(),
        "overloading": transformation_against_overloading(),
    }


if __name__ == "__main__":
    main()
