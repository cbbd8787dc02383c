"""Random directions in the structure of arguments, and the pairing of gradients with them."""

import copy

import numpy as np

from sct_ad.objects import attributes_of, is_plain
from tests.numerical import leaves


def direction(value, rng):
    """A direction in the structure of a value: numbers of the same types in place of floats, the rest as it is."""
    if isinstance(value, (tuple, list)):
        items = [direction(item, rng) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        twin = copy.copy(value)
        for key, item in value.items():
            twin[key] = direction(item, rng)
        return twin
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
        twin = copy.copy(value)
        for name, item in attributes_of(value).items():
            object.__setattr__(twin, name, direction(item, rng))
        return twin
    return value


def paired(cotangents, tangents):
    """The real part of cotangents times tangents, summed, and the sum of the sizes of its terms."""
    total, size = 0.0, 0.0
    for cotangent, tangent in zip(leaves(cotangents), leaves(tangents), strict=True):
        if isinstance(tangent, (np.ndarray, np.generic, float, complex)) and np.asarray(tangent).dtype.kind in "fc":
            terms = np.real(np.asarray(cotangent) * tangent)
            total, size = total + float(np.sum(terms)), size + float(np.sum(np.abs(terms)))
    return total, size


def moved(value, along, step):
    """The value a step along a direction."""
    if isinstance(value, (tuple, list)):
        items = [moved(item, each, step) for item, each in zip(value, along, strict=True)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        result = copy.copy(value)
        for key, item in value.items():
            result[key] = moved(item, along[key], step)
        return result
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return (value + step * along).astype(value.dtype)
    if isinstance(value, (float, complex, np.inexact)):
        return type(value)(value + step * along)
    if is_plain(type(value)):
        result = copy.copy(value)
        for name, item in attributes_of(value).items():
            object.__setattr__(result, name, moved(item, attributes_of(along)[name], step))
        return result
    return value
