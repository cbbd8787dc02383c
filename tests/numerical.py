"""Richardson finite differences over containers, and comparisons of containers; independent of the package.

Containers are tuples, lists, dicts, deques, and objects, whose fields are what `vars` and `__slots__` name.
"""

import copy
import enum
import math
import sys
import types
from collections import deque

import numpy as np


def is_object(value):
    """Whether the value is an instance of a class with fields of its own that no library defines."""
    kind = type(value)
    if isinstance(value, (type, enum.Enum, BaseException, types.FunctionType, tuple, list, dict, deque)):
        return False
    library = kind.__module__.partition(".")[0]
    if library in sys.stdlib_module_names or library == "numpy":
        return isinstance(value, types.SimpleNamespace)
    return hasattr(value, "__dict__") or any("__slots__" in vars(base) for base in kind.__mro__)


def fields(value):
    """The fields of an object, in the order in which they were assigned."""
    slots = [name for base in type(value).__mro__ for name in _slots(base) if hasattr(value, name)]
    return {**{name: getattr(value, name) for name in slots}, **getattr(value, "__dict__", {})}


def _slots(kind):
    slots = vars(kind).get("__slots__", ())
    return [name for name in ((slots,) if isinstance(slots, str) else slots) if not name.startswith("__")]


def is_leaf(value):
    return not isinstance(value, (list, tuple, dict, deque)) and not is_object(value)


def items(value):
    """Key and child of a container's children."""
    if is_object(value):
        return fields(value).items()
    return value.items() if isinstance(value, dict) else enumerate(value)


def child(value, key):
    """The child of a container under a key."""
    return getattr(value, key) if is_object(value) else value[key]


def map_leaves(function, value):
    """The container with `function` applied to each leaf."""
    if is_object(value):
        result = type(value).__new__(type(value))
        for name, item in fields(value).items():
            object.__setattr__(result, name, map_leaves(function, item))
        return result
    if isinstance(value, dict):
        result = copy.copy(value)  # the class, and what else it keeps, such as a default factory
        for key, item in value.items():
            result[key] = map_leaves(function, item)
        return result
    if isinstance(value, deque):
        return deque([map_leaves(function, item) for item in value], value.maxlen)
    if hasattr(value, "_fields"):
        return type(value)(*[map_leaves(function, item) for item in value])
    if isinstance(value, (list, tuple)):
        made = getattr(type(value), "_make", type(value))
        return made(map_leaves(function, item) for item in value)
    return function(value)


def leaves(value):
    """The leaves of a container, in order."""
    if is_leaf(value):
        return [value]
    return [leaf for _, item in items(value) for leaf in leaves(item)]


def widen(value):
    """Single precision becomes double, so that differences are accurate; the rest stays."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype in (np.float32, np.complex64):
        return value.astype(np.float64 if value.dtype == np.float32 else np.complex128)
    return value


def is_float(value):
    """Whether a value is or consists of real or complex floating-point numbers."""
    return isinstance(value, (float, complex, np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "fc"


def shifted(value, leaf, entry, step):
    """A copy of the container with `step` added to one entry of one leaf."""
    count = iter(range(10**9))

    def shift(item):
        if next(count) != leaf:
            return copy.deepcopy(item)
        if not isinstance(item, np.ndarray):
            return type(item)(item + step)
        moved = item.copy(order="K")  # the layout decides whether ravel and reshape give views
        moved[entry] += step
        return moved

    return map_leaves(shift, value)


def derivative(function, scale=1.0, step=4e-3, levels=3):
    """d/ds of function(s) at 0 by central differences, extrapolated."""
    table = []
    for level in range(levels):
        h = step * scale / 2**level
        row = [(function(h) - function(-h)) / (2 * h)]
        for order in range(level):
            row.append(row[-1] + (row[-1] - table[-1][order]) / (4 ** (order + 1) - 1))
        table.append(row)
    return table[-1][-1]


def difference_gradient(function, args, argnum=0, step=4e-3):
    """The gradient of a scalar function by one argument, in the structure of the argument, in float64."""
    wide = map_leaves(widen, tuple(args))
    index = iter(range(10**9))

    def of_leaf(value):
        leaf = next(index)
        if not is_float(value):
            return value

        def by_entry(entry, size):
            """The derivative by an entry; by z = x + iy the number c for which the change is the real part of c dz."""

            def along(s, direction=1.0):
                moved = copy.deepcopy(wide[:argnum]) + (shifted(wide[argnum], leaf, entry, s * direction),)
                return float(function(*moved, *copy.deepcopy(wide[argnum + 1 :])))

            slope = derivative(along, max(1.0, size), step)
            if not np.iscomplexobj(value):
                return slope
            return complex(slope, -derivative(lambda s: along(s, 1j), max(1.0, size), step))

        if not isinstance(value, np.ndarray):
            return by_entry((), abs(value))
        result = np.zeros(value.shape, complex if np.iscomplexobj(value) else float)
        for entry in np.ndindex(value.shape):
            result[entry] = by_entry(entry, abs(value[entry]))
        return result

    return map_leaves(of_leaf, wide[argnum])


def assert_close(actual, expected, rtol=1e-6, path="gradient"):
    """Both containers agree, entry by entry, relative to each leaf's largest entry; NaN equals nothing."""
    if not is_leaf(expected):
        assert type(actual) is type(expected), f"{path}: {type(actual)} instead of {type(expected)}"
        keys, expected_keys = [key for key, _ in items(actual)], [key for key, _ in items(expected)]
        assert set(keys) == set(expected_keys), f"{path}: the items {keys} instead of {expected_keys}"
        for key, item in items(expected):
            assert_close(child(actual, key), item, rtol, f"{path}[{key!r}]")
        return
    if not is_float(expected):
        assert identical(actual, expected), f"{path}: {actual!r} instead of {expected!r}"
        return
    assert np.shape(actual) == np.shape(expected), f"{path}: shape {np.shape(actual)}, not {np.shape(expected)}"
    if np.size(expected) == 0:
        return
    largest = max(1e-3, float(np.max(np.abs(expected))))
    error = np.abs(np.asarray(actual, dtype=np.asarray(expected).dtype) - expected)
    worst = float(np.max(error))
    assert not math.isnan(worst), f"{path}: NaN in {actual} or {expected}"
    assert worst <= rtol * largest, f"{path}: off by {worst:.3g}\n  got      {actual}\n  expected {expected}"


def assert_like(gradient, argument, path="gradient"):
    """The gradient has the containers, types, shapes and dtypes of the argument."""
    if isinstance(argument, np.ndarray):
        assert type(gradient) is np.ndarray, f"{path}: {type(gradient)}"
        assert gradient.dtype == argument.dtype, f"{path}: {gradient.dtype} instead of {argument.dtype}"
        assert gradient.shape == argument.shape, f"{path}: {gradient.shape} instead of {argument.shape}"
        return
    assert type(gradient) is type(argument), f"{path}: {type(gradient)} instead of {type(argument)}"
    if not is_leaf(argument):
        assert len(list(items(gradient))) == len(list(items(argument))), path
        for key, item in items(argument):
            assert_like(child(gradient, key), item, f"{path}[{key!r}]")


def identical(a, b):
    """Bit for bit the same leaves in the same containers."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(identical(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple, deque)):
        return len(a) == len(b) and all(map(identical, a, b))
    if is_object(a):
        return a is b or identical(fields(a), fields(b))
    if isinstance(a, (float, complex, np.ndarray, np.generic)):
        left, right = np.asarray(a), np.asarray(b)
        return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    if isinstance(a, np.random.Generator):
        return a.bit_generator.state == b.bit_generator.state
    return a is b or a == b
