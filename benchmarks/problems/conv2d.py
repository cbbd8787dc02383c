"""A convolution with several channels as a sum over the kernel's offsets, and a rectifier."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def conv2d(kernel, bias, x):
    kh, kw, _, outputs = kernel.shape
    h, w = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((x.shape[0], h, w, outputs)) + bias
    for i in range(kh):
        for j in range(kw):
            y = y + x[:, i : i + h, j : j + w, :] @ kernel[i, j]
    return np.sum(np.maximum(y, 0.0) ** 2)


def conv2d_adjoint(kernel, bias, x):
    kh, kw, inputs, outputs = kernel.shape
    h, w = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((x.shape[0], h, w, outputs)) + bias
    for i in range(kh):
        for j in range(kw):
            y += x[:, i : i + h, j : j + w, :] @ kernel[i, j]
    np.maximum(y, 0.0, out=y)
    y *= 2.0  # from here on the cotangent of y
    bkernel = np.empty_like(kernel)
    flat = y.reshape(-1, outputs)
    for i in range(kh):
        for j in range(kw):
            bkernel[i, j] = x[:, i : i + h, j : j + w, :].reshape(-1, inputs).T @ flat
    return bkernel, flat.sum(axis=0)


def image(batch, height, width, inputs, outputs, size):
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(size, size, inputs, outputs)) / size
    return kernel, 0.1 * rng.normal(size=outputs), rng.normal(size=(batch, height, width, inputs))


CASE = Case(
    name="conv2d",
    primal=conv2d,
    adjoint=conv2d_adjoint,
    arguments=lambda: image(8, 28, 28, 8, 16, 3),
    small_arguments=lambda: image(2, 4, 3, 2, 2, 2),
    argnums=(0, 1),
    autograd_primal=as_written(conv2d),
    jax_primal=as_written(conv2d),
    note="8 images of 28 x 28, 8 to 16 channels, kernels of 3 x 3",
)
