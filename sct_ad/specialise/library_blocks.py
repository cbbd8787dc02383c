"""Jacobians, Hessians, pullbacks and linear maps in a function to be differentiated, in plain Python.

They are made of gradients, of Hessian-vector products and of `jvp`, which have derivatives again. The functions are
inlined as a user's are; they are compiled, never run.
"""

import numpy as np

# mypy: ignore-errors


def held(x):
    """A variable of its own."""
    return x


def held_array(x):
    """An array of its own."""
    return x.copy()


def slope(push, part, x, rest, still):
    """The derivative by a number."""
    return push(part, (x, *rest), (1.0, *still))[1]


def columns(push, part, y, x, rest, still):
    """The Jacobian of an array by an array, one tangent after the other."""
    block = np.zeros((*y.shape, x.size), y.dtype)
    units = np.eye(x.size, dtype=x.dtype)
    for k in range(x.size):
        block[..., k] = push(part, (x, *rest), (like(units[k], x), *still))[1]
    return block if x.ndim == 1 else block.reshape((*y.shape, *x.shape))


def rows(gradient, y, x, rest):
    """The Jacobian of an array by an array, one cotangent after the other."""
    block = np.zeros((y.size, *x.shape), x.dtype)
    units = np.eye(y.size, dtype=y.dtype)
    for k in range(y.size):
        block[k] = gradient(x, *rest, like(units[k], y))
    return block if y.ndim == 1 else block.reshape((*y.shape, *x.shape))


def like(unit, x):
    """A vector in the shape of an array."""
    return unit if x.ndim == 1 else unit.reshape(x.shape)


def fewer(push, part, gradient, y, x, rest, still):
    """The Jacobian of an array by an array, in the mode that needs fewer sweeps."""
    if x.size < y.size:
        return columns(push, part, y, x, rest, still)
    return rows(gradient, y, x, rest)


def curvature_by_number(product, args):
    """The derivative of a gradient by a number."""
    return product(*args, 1.0)


def curvatures_of_number(product, x, args):
    """The derivative of the slope of a number by an array."""
    block = np.zeros(x.size, x.dtype)
    units = np.eye(x.size, dtype=x.dtype)
    for k in range(x.size):
        block[k] = product(*args, like(units[k], x))
    return like(block, x)


def curvatures(product, first, x, args):
    """The derivative of a gradient by an array."""
    block = np.zeros((*first.shape, x.size), first.dtype)
    units = np.eye(x.size, dtype=x.dtype)
    for k in range(x.size):
        block[..., k] = product(*args, like(units[k], x))
    return block if x.ndim == 1 else block.reshape((*first.shape, *x.shape))


def paired(y, cotangent):
    """The real part of a cotangent times what it is the cotangent of, summed."""
    if isinstance(y, (tuple, list)):
        total = 0.0
        for item, part in zip(y, cotangent):
            total = total + paired(item, part)
        return total
    if isinstance(y, dict):
        total = 0.0
        for key in y:
            total = total + paired(y[key], cotangent[key])
        return total
    if isinstance(y, (str, bool, int, type(None))):
        return 0.0
    if isinstance(y, np.ndarray) and not np.issubdtype(y.dtype, np.inexact):
        return 0.0
    return np.sum(np.real(y * cotangent))


def pulled(gradient, places, *args):
    """What a pullback returns: None in the place of each argument without derivative."""
    found = gradient(*args)
    return tuple([place if place is None else found[place] for place in places])


def pushed(push, function, primals, still, *tangents):
    """What a linear map returns."""
    return push(function, primals, (*still, *tangents))[1]
