"""One block of a transformer: normalisation, attention with several heads, and a network with GELU."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case, as_written

SLOPE = math.sqrt(2.0 / math.pi)


def normalised(x, gain, shift):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return gain * centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5) + shift


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(SLOPE * (x + 0.044715 * x**3)))


def transformer(Wqkv, Wo, W1, b1, W2, b2, gain, shift, x, heads):
    batch, length, width = x.shape
    z = normalised(x, gain[0], shift[0]) @ Wqkv
    z = z.reshape(batch, length, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
    q, k, v = z[0], z[1], z[2]
    a = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(width // heads))
    joined = (a @ v).transpose(0, 2, 1, 3).reshape(batch, length, width)
    x = x + joined @ Wo
    h = gelu(normalised(x, gain[1], shift[1]) @ W1 + b1)
    x = x + h @ W2 + b2
    return 0.5 * np.sum(x**2)


def normalised_adjoint(by, unit, scale, gain):
    """Cotangents of x, gain and shift; `unit` is what the gain multiplies, `scale` the inverse deviation."""
    bunit = by * gain
    mean = np.mean(bunit, axis=-1, keepdims=True)
    along = np.mean(bunit * unit, axis=-1, keepdims=True)
    return scale * (bunit - mean - along * unit), np.sum(by * unit, axis=(0, 1)), np.sum(by, axis=(0, 1))


def standardised(x):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scale = 1.0 / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)
    return centred * scale, scale


def transformer_adjoint(Wqkv, Wo, W1, b1, W2, b2, gain, shift, x, heads):
    batch, length, width = x.shape
    root = math.sqrt(width // heads)
    unit0, _ = standardised(x)
    n0 = gain[0] * unit0 + shift[0]
    z = (n0 @ Wqkv).reshape(batch, length, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
    q, k, v = z[0], z[1], z[2]
    a = softmax(q @ k.swapaxes(-1, -2) / root)
    joined = (a @ v).transpose(0, 2, 1, 3).reshape(batch, length, width)
    x = x + joined @ Wo
    unit1, scale1 = standardised(x)
    n1 = gain[1] * unit1 + shift[1]
    s = n1 @ W1 + b1
    t = np.tanh(SLOPE * (s + 0.044715 * s**3))
    h = 0.5 * s * (1.0 + t)
    bx = x + h @ W2 + b2
    bgain, bshift = np.empty_like(gain), np.empty_like(shift)
    rows = bx.reshape(-1, width)
    bW2 = h.reshape(-1, h.shape[-1]).T @ rows
    bb2 = rows.sum(axis=0)
    bs = bx @ W2.T
    bs *= 0.5 * (1.0 + t) + 0.5 * s * (1.0 - t**2) * (SLOPE * (1.0 + 3.0 * 0.044715 * s**2))
    flat = bs.reshape(-1, bs.shape[-1])
    bW1 = n1.reshape(-1, width).T @ flat
    bb1 = flat.sum(axis=0)
    through, bgain[1], bshift[1] = normalised_adjoint(bs @ W1.T, unit1, scale1, gain[1])
    bx = bx + through
    bWo = joined.reshape(-1, width).T @ bx.reshape(-1, width)
    bheads = (bx @ Wo.T).reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)
    ba = bheads @ v.swapaxes(-1, -2)
    ba -= np.sum(ba * a, axis=-1, keepdims=True)
    ba *= a
    ba /= root
    bz = np.empty_like(z)
    np.matmul(ba, k, out=bz[0])
    np.matmul(ba.swapaxes(-1, -2), q, out=bz[1])
    np.matmul(a.swapaxes(-1, -2), bheads, out=bz[2])
    bflat = bz.transpose(1, 3, 0, 2, 4).reshape(batch * length, 3 * width)
    bWqkv = n0.reshape(-1, width).T @ bflat
    bn0 = (bflat @ Wqkv.T).reshape(x.shape)
    bgain[0], bshift[0] = np.sum(bn0 * unit0, axis=(0, 1)), np.sum(bn0, axis=(0, 1))
    return bWqkv, bWo, bW1, bb1, bW2, bb2, bgain, bshift


def block(batch, length, width, hidden, heads):
    rng = np.random.default_rng(0)

    def matrix(rows, columns):
        return rng.normal(size=(rows, columns)) / math.sqrt(rows)

    return (
        matrix(width, 3 * width),
        matrix(width, width),
        matrix(width, hidden),
        0.1 * rng.normal(size=hidden),
        matrix(hidden, width),
        0.1 * rng.normal(size=width),
        1.0 + 0.1 * rng.normal(size=(2, width)),
        0.1 * rng.normal(size=(2, width)),
        rng.normal(size=(batch, length, width)),
        heads,
    )


CASE = Case(
    name="transformer",
    primal=transformer,
    adjoint=transformer_adjoint,
    arguments=lambda: block(4, 32, 64, 256, 4),
    small_arguments=lambda: block(2, 3, 4, 3, 2),
    argnums=(0, 1, 2, 3, 4, 5, 6, 7),
    autograd_primal=as_written(transformer),
    jax_primal=as_written(transformer),
    note="batch of 4, 32 positions, width 64, 4 heads, 256 hidden units",
)
