"""Array-style functions that scientists write, each with what it is differentiated by and small arguments."""

import numpy as np


def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def chain(x, y):
    z = np.exp(x) * np.sin(y) + x**2
    return np.sum(np.log(1.0 + z * z))


def softmaxreg(W, b, X, Y):
    Z = X @ W + b
    m = np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z - m)
    lse = m[:, 0] + np.log(np.sum(E, axis=1))
    return np.mean(lse - np.sum(Y * Z, axis=1))


def heat(u, n, c):
    for k in range(n):
        u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def heat2(u, n, c):
    for k in range(n):
        u[1:-1, 1:-1] += c * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
    return np.sum(u**2)


def mlp(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    r = h @ W2 + b2 - y
    return 0.5 * np.mean(np.sum(r**2, axis=1))


def blackscholes(S, K, T, r, v):
    d1 = (np.log(S / K) + (r + v * v / 2) * T) / (v * np.sqrt(T))
    d2 = d1 - v * np.sqrt(T)
    k1 = 1 / (1 + 0.2316419 * np.abs(d1))
    n1 = np.where(d1 > 0, 1 - np.exp(-d1 * d1 / 2) * k1, np.exp(-d1 * d1 / 2) * k1)
    n2 = 1 / (1 + np.exp(-1.702 * d2))
    return np.sum(S * n1 - K * np.exp(-r * T) * n2)


def kalman(F, H, Q, R, x, P, y):
    x = F @ x
    P = F @ P @ F.T + Q
    e = y - H @ x
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ e
    P = P - K @ H @ P
    return np.sum(x**2) + np.sum(P * P)


def batchnorm(X, g, b):
    mu = np.mean(X, axis=0)
    var = np.mean((X - mu) ** 2, axis=0)
    Z = (X - mu) / np.sqrt(var + 1e-5) * g + b
    return np.sum(np.tanh(Z) ** 2)


def kmeans(C, X):
    d = X[:, None, :] - C[None, :, :]
    D = np.sum(d**2, axis=2)
    return np.sum(np.min(D, axis=1))


def gmm(alpha, mu, L, X):
    D = X[:, None, :] - mu[None, :, :]
    q = np.sum((D * np.exp(L)[None, :, :]) ** 2, axis=2)
    s = alpha + np.sum(L, axis=1) - 0.5 * q
    m = np.max(s, axis=1)
    lse = m + np.log(np.sum(np.exp(s - m[:, None]), axis=1))
    a = np.max(alpha)
    return np.sum(lse) - X.shape[0] * (a + np.log(np.sum(np.exp(alpha - a))))


def poisson(w, X, y):
    eta = X @ w
    return np.sum(np.exp(eta) - y * eta) + 0.5 * np.sum(w**2)


def lasso32(w, X, y):
    r = X @ w - y
    return 0.5 * np.sum(r * r) + 0.1 * np.sum(np.abs(w))


def nbody(p, m):
    d = p[:, None, :] - p[None, :, :]
    r2 = np.sum(d * d, axis=2) + 1e-2
    return np.sum(m[:, None] * m[None, :] / np.sqrt(r2))


def attention(Q, K, V):
    S = Q @ K.T / np.sqrt(Q.shape[1])
    A = np.exp(S - S.max(axis=1, keepdims=True))
    A = A / A.sum(axis=1, keepdims=True)
    return np.sum((A @ V) ** 2)


def layernorm(x, g):
    mu = x.mean(axis=-1, keepdims=True)
    s = x.std(axis=-1, keepdims=True)
    return np.sum(g * (x - mu) / (s + 1e-6) * np.cos(x))


def variance(x):
    return np.var(x) + np.std(x) + np.linalg.norm(x)


def cumul(x):
    y = np.cumsum(x)
    return np.sum(y * y) + np.prod(x[:3])


def gather(x, idx):
    return np.sum(x[idx] ** 2)


def concat(x, y):
    z = np.concatenate([x, 2.0 * y])
    return np.sum(z * np.roll(z, 1))


def stacked(x):
    a = np.stack([x, x * x], axis=1)
    return np.sum(np.tanh(a.reshape(-1)))


def rmsnorm(x, w):
    return np.sum(np.maximum(x * w, 0.0) / np.sqrt(np.mean(x**2) + 1.0))


def einsum(A, B):
    return np.sum(np.einsum("ij,jk->ik", A, B) ** 2)


def batched(A, B):
    return np.sum(np.tanh(A @ B))


def loopsum(x, n):
    s = np.zeros_like(x)
    for i in range(n):
        s = s + np.sin(x * i)
        x = x * 0.9
    return np.sum(s**2)


def sums(x):
    a = np.sum(x**2, axis=(0, 2)) * np.sum(x, axis=-1).sum(axis=0)
    b = np.sum(x, keepdims=True) * x
    c = np.mean(x * x, axis=(0, 1), keepdims=True) + np.mean(b, axis=0) + np.mean(b, axis=2, keepdims=True)
    return np.sum(a) + np.sum(c**2) + np.mean(c)


def extremes(x):
    a = np.max(x, axis=0) * np.min(x, axis=0) + x.max(axis=2, keepdims=True) * x.min()
    return np.sum(a * np.prod(x, axis=(0, 2), keepdims=True)) + np.amax(x) + np.sum(np.prod(x * 0.5, axis=1))


def masks(x):
    m = (x > 0.2) & ~(x < -1.0) | (np.abs(x) > 1.5)
    few = np.sum(m, axis=0)
    if np.any(x > 0.0) and not np.all(m):
        x = np.where(m, x, 2.0)
    return np.sum(x / (1 + few)) * np.sum(m)


def waves(z, w):
    u = z * np.exp(1j * w) + np.conj(z)
    return np.sum(np.abs(u) ** 2) + np.sum(u).real


def transposed(A, v):
    B = A.T * v + np.outer(v, A[0]).T.T.T
    return np.sum(B @ A) + np.sum(A[:, 0] * v[::-1][:2])


def windows(x):
    y = np.zeros(x.shape[0] + 2)
    y[1:-1] = x
    y[0], y[-1] = 2.0 * x[0], x[-1]
    z = (y[2:] - y[:-2]) / 2.0
    z[::2] *= 3.0
    return np.sum(z**3) + np.sum(y[::-1][:3] ** 2)


def counted(x, n):
    k = np.arange(x.shape[0])
    return np.sum(x**3 * k + x**0.5 * 2 ** (k % 3)) + np.sum(np.full(x.shape[0], 2) * x / n)


def normal(rng, *shape):
    return rng.normal(size=shape)


def unit(rng, *shape):
    return rng.uniform(0.5, 1.5, size=shape)


def single(array):
    return array.astype(np.float32)


KERNELS = {
    "logsumexp": (logsumexp, 0, lambda r: (normal(r, 50),)),
    "chain": (chain, (0, 1), lambda r: (normal(r, 50), normal(r, 50))),
    "softmaxreg": (softmaxreg, (0, 1), lambda r: (normal(r, 5, 3), normal(r, 3), normal(r, 7, 5), normal(r, 7, 3))),
    "heat": (heat, (0, 2), lambda r: (normal(r, 12), 3, 0.1)),
    "heat2": (heat2, (0, 2), lambda r: (normal(r, 6, 7), 3, 0.1)),
    "mlp": (
        mlp,
        (0, 1, 2, 3),
        lambda r: (normal(r, 5, 4), normal(r, 4), normal(r, 4, 3), normal(r, 3), normal(r, 7, 5), normal(r, 7, 3)),
    ),
    "blackscholes": (blackscholes, (0, 1, 2, 3, 4), lambda r: (unit(r, 20), unit(r, 20), unit(r, 20), 0.05, 0.3)),
    "kalman": (
        kalman,
        (0, 2, 4, 5),
        lambda r: (
            unit(r, 3, 3) / 3,
            unit(r, 2, 3) / 2,
            np.eye(3),
            np.eye(2),
            normal(r, 3),
            np.eye(3) + 0.1,
            normal(r, 2),
        ),
    ),
    "batchnorm": (batchnorm, (0, 1, 2), lambda r: (normal(r, 8, 3), normal(r, 3), normal(r, 3))),
    "kmeans": (kmeans, (0, 1), lambda r: (normal(r, 3, 2), normal(r, 9, 2))),
    "gmm": (gmm, (0, 1, 2), lambda r: (normal(r, 3), normal(r, 3, 2), normal(r, 3, 2), normal(r, 9, 2))),
    "poisson": (poisson, 0, lambda r: (normal(r, 4) * 0.3, normal(r, 9, 4), unit(r, 9))),
    "lasso32": (
        lasso32,
        (0, 1),
        lambda r: (single(normal(r, 4) * 0.3), single(normal(r, 9, 4)), single(unit(r, 9))),
    ),
    "nbody": (nbody, (0, 1), lambda r: (normal(r, 5, 3), unit(r, 5))),
    "attention": (attention, (0, 1, 2), lambda r: (normal(r, 4, 3), normal(r, 5, 3), normal(r, 5, 2))),
    "layernorm": (layernorm, (0, 1), lambda r: (normal(r, 4, 5), normal(r, 5))),
    "variance": (variance, 0, lambda r: (normal(r, 9),)),
    "cumul": (cumul, 0, lambda r: (normal(r, 9),)),
    "gather": (gather, 0, lambda r: (normal(r, 9), np.array([1, 3, 3, 0]))),
    "concat": (concat, (0, 1), lambda r: (normal(r, 3), normal(r, 4))),
    "stacked": (stacked, 0, lambda r: (normal(r, 6),)),
    "rmsnorm": (rmsnorm, (0, 1), lambda r: (normal(r, 6), normal(r, 6))),
    "einsum": (einsum, (0, 1), lambda r: (normal(r, 3, 4), normal(r, 4, 2))),
    "batched": (batched, (0, 1), lambda r: (normal(r, 2, 3, 4), normal(r, 2, 4, 2))),
    "sums": (sums, 0, lambda r: (normal(r, 2, 3, 4),)),
    "extremes": (extremes, 0, lambda r: (unit(r, 2, 3, 4),)),
    "masks": (masks, 0, lambda r: (normal(r, 5, 4),)),
    "waves": (waves, (0, 1), lambda r: (normal(r, 4) + 1j * normal(r, 4), normal(r, 4))),
    "transposed": (transposed, (0, 1), lambda r: (normal(r, 2, 3), normal(r, 2))),
    "windows": (windows, 0, lambda r: (normal(r, 9),)),
    "counted": (counted, 0, lambda r: (unit(r, 6), 3)),
    "loopsum": (loopsum, 0, lambda r: (normal(r, 6), 4)),
}
