"""Small functions of one vector, written once for NumPy and for modules like it."""


def functions(np):
    """Functions by name, of a positive vector of four."""

    def horner(x):
        y = x * 0.0
        for c in (1.0, -0.5, 0.25, 2.0):
            y = y * x + c
        return y

    def newton_root(x):
        z = x
        for _ in range(3):
            z = z - (z * z - x) / (2.0 * z)
        return z

    def pendulum(x):
        angle, speed = x[0], x[1]
        for _ in range(3):
            speed = speed - 0.1 * x[2] * np.sin(angle)
            angle = angle + 0.1 * speed
        return np.stack([angle, speed])

    def attention(x):
        scores = np.outer(x, x)
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        return (weights / np.sum(weights, axis=1, keepdims=True)) @ x

    def layers(x):
        W = np.reshape(np.linspace(-1.0, 1.0, 16), (4, 4))
        return np.tanh(W @ np.tanh(W.T @ x + 0.1)) + x

    def branches(x):
        total = x[0] * 0.0
        for k in range(4):
            total = total + (x[k] ** 2 if k % 2 else np.sin(x[k]))
        return total * x

    def brusselator(x):
        u, v = x[:2], x[2:]
        return np.concatenate([1.0 + u**2 * v - 4.0 * u, 3.0 * u - u**2 * v])

    def gram(x):
        A = np.outer(x, x) + 3.0 * np.eye(4)
        return np.linalg.solve(A, x)

    def mixture(x):
        means = np.array([0.2, 0.9, 1.6])
        d = -0.5 * (x[:, None] - means) ** 2
        return np.log(np.sum(np.exp(d), axis=1))

    return {
        "horner": horner,
        "newton_root": newton_root,
        "pendulum": pendulum,
        "attention": attention,
        "layers": layers,
        "branches": branches,
        "brusselator": brusselator,
        "gram": gram,
        "mixture": mixture,
        "sin": lambda x: np.sin(x),
        "cos": lambda x: np.cos(x) * x,
        "tan": lambda x: np.tan(x * 0.5),
        "arcs": lambda x: np.arcsin(x * 0.4) + np.arccos(x * 0.3) * np.arctan(x),
        "arctan2": lambda x: np.arctan2(x, x[::-1] + 1.0),
        "hyperbolic": lambda x: np.sinh(x) / np.cosh(x[0]) + np.tanh(x),
        "area": lambda x: np.arcsinh(x) + np.arccosh(x + 1.5) + np.arctanh(x * 0.3),
        "exp": lambda x: np.exp(x) * np.expm1(-x),
        "log": lambda x: np.log(x) + np.log1p(x) * x,
        "log2": lambda x: np.log2(x) * np.log10(x + 1.0),
        "logaddexp": lambda x: np.logaddexp(x, x[::-1] * 2.0),
        "sqrt": lambda x: np.sqrt(x) + np.cbrt(x),
        "square": lambda x: np.square(x) * np.reciprocal(x + 1.0),
        "power": lambda x: x ** x[0] + 2.0**x,
        "powers": lambda x: x**3 - x**0.5 + x**-1.5,
        "quotient": lambda x: x / (1.0 + x[::-1] ** 2),
        "hypot": lambda x: np.hypot(x, x[0] * 2.0),
        "abs": lambda x: np.abs(x - 0.77) ** 3,
        "maximum": lambda x: np.maximum(x, 0.9) * x,
        "minimum": lambda x: np.minimum(x * x, x[::-1]),
        "where": lambda x: np.where(x > 0.8, x**2, np.sin(x)),
        "clip": lambda x: np.clip(x, 0.5, 1.2) * x,
        "sum": lambda x: np.sum(x**2) * x,
        "mean": lambda x: x - np.mean(x) ** 2,
        "variance": lambda x: x / (1.0 + np.var(x)),
        "deviation": lambda x: x * np.std(x),
        "cumsum": lambda x: np.cumsum(x) * x,
        "largest": lambda x: np.max(x) * x + np.min(x) ** 2,
        "norm": lambda x: x / np.linalg.norm(x),
        "dot": lambda x: np.dot(x, np.sin(x)) * x,
        "outer": lambda x: np.outer(x, x * x),
        "inner": lambda x: np.inner(np.outer(x, x), x),
        "matmul": lambda x: np.reshape(x, (2, 2)) @ np.reshape(x, (2, 2)),
        "einsum": lambda x: np.einsum("ij,j->i", np.outer(x, np.cos(x)), x),
        "tensordot": lambda x: np.tensordot(np.outer(x, x), x, 1),
        "kron": lambda x: np.kron(x[:2], x[2:] ** 2),
        "trace": lambda x: np.trace(np.outer(x, np.exp(x))) * x,
        "diagonal": lambda x: np.diag(np.outer(x, x) * x),
        "transposed": lambda x: np.reshape(x, (2, 2)).T * np.reshape(x, (2, 2)),
        "stack": lambda x: np.stack([x, x**2, np.sin(x)]),
        "concatenate": lambda x: np.concatenate([x[1:] * x[:-1], x]),
        "flipped": lambda x: x * x[::-1],
        "rolled": lambda x: x * np.roll(x, 1),
        "differences": lambda x: np.diff(x**2),
        "repeated": lambda x: np.repeat(x, 2) ** 2,
        "tiled": lambda x: np.tile(x, 2) ** 3,
        "taken": lambda x: x[np.array([0, 2, 2, 3])] * x,
        "sorted": lambda x: np.sort(x) * x,
        "triangle": lambda x: np.tril(np.outer(x, x)) @ x,
        "expanded": lambda x: (x[:, None] - x[None, :]) ** 3,
        "padded": lambda x: np.pad(x**2, 1),
        "inverse": lambda x: np.linalg.inv(np.diag(x) + 0.1 * np.outer(x, x)),
        "logdet": lambda x: np.linalg.slogdet(np.diag(x) + np.outer(x, x))[1] * x,
        "cholesky": lambda x: np.linalg.cholesky(np.diag(x + 1.0) + 0.1 * np.outer(x, x)),
        "convolved": lambda x: np.convolve(x, x),
        "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0),
        "sinc": lambda x: np.sinc(x),
        "interval": lambda x: np.sqrt(np.sum((x[1:] - x[:-1]) ** 2)) * x,
    }
