"""A network that learns to read handwritten digits: scikit-learn's 1,797 images of 8 x 8 pixels.

Needs scikit-learn for the images: `pip install sct_ad[examples]`.
"""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from sct_ad import value_and_grad


@value_and_grad
def loss(layers, images, labels):
    h = images
    for W, b in layers:
        scores = h @ W + b
        h = np.maximum(scores, 0.0)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_p = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def predict(layers, images):
    h = images
    for W, b in layers:
        scores = h @ W + b
        h = np.maximum(scores, 0.0)
    return np.argmax(scores, axis=1)


def accuracy(layers, images, labels):
    """The fraction of images whose digit is recognised."""
    return float(np.mean(predict(layers, images) == labels))


def load(rng):
    """Images with pixels in [0, 1] and their labels: four fifths to learn from, one fifth for the test."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = images[order] / 16.0, labels[order]
    cut = len(labels) * 4 // 5
    return (images[:cut], labels[:cut]), (images[cut:], labels[cut:])


def initial(sizes, rng):
    """Random layers [(W, b), ...] for the given sizes."""
    return [(rng.normal(size=(n, m)) * np.sqrt(2.0 / n), np.zeros(m)) for n, m in pairwise(sizes)]


def train(layers, images, labels, rng, epochs=20, batch=32, rate=0.1, momentum=0.9):
    """Stochastic gradient descent with momentum; the loss averaged over each epoch is printed."""
    velocity = [(np.zeros_like(W), np.zeros_like(b)) for W, b in layers]
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(labels))
        total = 0.0
        batches = [order[k : k + batch] for k in range(0, len(order), batch)]
        for chosen in batches:
            value, gradient = loss(layers, images[chosen], labels[chosen])
            total += value
            velocity = [
                (momentum * vW - rate * dW, momentum * vb - rate * db) for (vW, vb), (dW, db) in zip(velocity, gradient)
            ]
            layers = [(W + vW, b + vb) for (W, b), (vW, vb) in zip(layers, velocity)]
        print(f"  epoch {epoch:>2}: loss {total / len(batches):.4f}, {accuracy(layers, images, labels):.1%} learned")
    return layers


def main():
    """Train, print the progress and the adjoint; return the accuracy and the time."""
    start = time.perf_counter()
    rng = np.random.default_rng(0)
    (images, labels), (test_images, test_labels) = load(rng)
    layers = initial([64, 48, 10], rng)
    print(loss.source(layers, images[:32], labels[:32]))
    layers = train(layers, images, labels, rng)
    reached = accuracy(layers, test_images, test_labels)
    seconds = time.perf_counter() - start
    print(f"{reached:.1%} of {len(test_labels)} unseen digits recognised, after {seconds:.1f} s")
    return {"accuracy": reached, "seconds": seconds, "tested": len(test_labels)}


if __name__ == "__main__":
    main()
