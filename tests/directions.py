"""Random directions in the structure of arguments, and the pairing of gradients with them."""

import copy

import numpy as np

from sct_ad.objects import is_plain
from tests.numerical import leaves


def direction(value, rng):
    """A direction in the structure of a value: numbers of the same types in place of floats, the rest as it is."""
    if isinstance(value, (tuple, list)):
        items = [direction(item, rng) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        moved = copy.copy(value)
        for key, item in value.items():
            moved[key] = direction(item, rng)
        return moved
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        numbers = rng.normal(size=value.shape)
        if value.dtype.kind == "c":
            numbers = numbers + 1j * rng.normal(size=value.shape)
        return numbers.astype(value.dtype)
    if isinstance(value, (complex, np.complexfloating)):
        return type(value)(complex(rng.normal(), rng.normal()))
    if isinstance(value, (float, np.floating)):
        return type(value)(rng.normal())
    if is_plain(type(value)):
        moved = copy.copy(value)
        for name, item in vars(value).items():
            object.__setattr__(moved, name, direction(item, rng))
        return moved
    return value


def paired(cotangents, tangents):
    """The real part of cotangents times tangents, summed, and the sum of the sizes of its terms."""
    total, size = 0.0, 0.0
    for cotangent, tangent in zip(leaves(cotangents), leaves(tangents), strict=True):
        if isinstance(tangent, (np.ndarray, np.generic, float, complex)) and np.asarray(tangent).dtype.kind in "fc":
            terms = np.real(np.asarray(cotangent) * tangent)
            total, size = total + float(np.sum(terms)), size + float(np.sum(np.abs(terms)))
    return total, size
