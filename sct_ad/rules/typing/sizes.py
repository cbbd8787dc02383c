"""Arithmetic on symbolic sizes.

A derived size gets a key computed from the sizes it came from, so that equal computations give equal sizes, in
whatever order and however often they are typed. Nothing derived from `ANY` is known to equal anything.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sct_ad.syntax.dims import (
    ANY,
    Dim,
    Dims,
    Size,
    is_any,
    is_exact,
    is_not_one,
    join_size,
    lower_bound,
)
from sct_ad.syntax.values import (
    NO_VALUE,
    Abstract,
    Array,
    Constant,
    List,
    Scalar,
    Tuple,
)

_FARTHEST = 200
"""How far from the ends the bounds of a slice may lie for its lengths to be compared with those of other slices."""


def fresh() -> Dim:
    """A size known to equal only itself."""
    return Dim(object())


def with_identity(value: Abstract) -> Abstract:
    """The type of a value that gets a name: a mask under a name chooses as many entries at every use."""
    if isinstance(value, Array) and value.dtype == "bool" and value.dims != () and value.chosen is None:
        return replace(value, chosen=fresh())
    return value


def fresh_dims(rank: int) -> Dims:
    """Dims of which only their number is known."""
    return tuple(fresh() for _ in range(rank))


def derived(operation: str, *parts: Hashable) -> Size:
    """A size that is a function of other sizes and of constants."""
    if any(isinstance(part, Dim) and is_any(part) for part in parts):
        return fresh()
    return Dim((operation, *parts))


def plus(size: Size, number: int) -> Size:
    """max(0, size + number), where an int of that size may itself be negative.

    To a difference that was perhaps cut off at 0 nothing can be added exactly.
    """
    if isinstance(size, int):
        return max(0, size + number)
    if number == 0:
        return size
    if is_any(size):
        return ANY
    if number < 0 or is_exact(size):
        less = size.less - number
        return Dim(size.key, less, not_one=size.least - less >= 2, least=size.least)
    return derived("sum", size.bare(), number)


def total(sizes: Iterable[Size]) -> Size:
    """The sum of sizes."""
    sizes = list(sizes)
    number = sum(s for s in sizes if isinstance(s, int))
    symbols = [s for s in sizes if isinstance(s, Dim)]
    if not symbols:
        return number
    if len(symbols) == 1:
        return plus(symbols[0], number)
    if any(map(is_any, symbols)):
        return fresh()
    least = sum(map(lower_bound, symbols)) + number
    # Of sizes that are 0 or 2 and more none adds up to 1.
    not_one = least > 1 or (number == 0 and all(map(is_not_one, symbols)))
    return Dim(("sum", frozenset(Counter(symbols).items()), number), not_one=not_one, least=max(0, least))


def _factors(sizes: Iterable[Size]) -> tuple[int, Counter[Dim]]:
    number, symbols = 1, Counter[Dim]()
    for size in sizes:
        if isinstance(size, int):
            number *= size
        elif isinstance(size.key, tuple) and size.key[0] == "product" and size.less == 0:
            number *= size.key[1]
            symbols.update(dict(size.key[2]))
        else:
            symbols[size] += 1
    return number, symbols


def _multiply(number: int, symbols: Counter[Dim]) -> Size:
    if number == 0 or not symbols:
        return number
    if number == 1 and sum(symbols.values()) == 1:
        return next(iter(symbols))
    if any(map(is_any, symbols)):
        return fresh()
    not_one = number != 1 or any(map(is_not_one, symbols))  # a product is 1 only where all factors are
    least = math.prod(lower_bound(size) ** times for size, times in symbols.items()) * number
    return Dim(("product", number, frozenset(symbols.items())), not_one=not_one, least=least)


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes."""
    sizes = [s for s in sizes if s != 1]
    return sizes[0] if len(sizes) == 1 else _multiply(*_factors(sizes))


def quotient(dividend: Iterable[Size], divisor: Sequence[Size]) -> Size:
    """What -1 stands for in reshape: the size that makes up for the others."""
    left, above = _factors(dividend)
    right, below = _factors(divisor)
    common = above & below
    above, below = above - common, below - common
    if not below and right and left % right == 0:
        return _multiply(left // right, above)
    return derived("quotient", _multiply(left, above), _multiply(right, below))


def best(sizes: Iterable[Size]) -> Size:
    """The most telling of sizes that a correct program makes equal."""
    ranked = sorted(sizes, key=lambda s: (not isinstance(s, int), not is_not_one(s), is_any(s)))
    return ranked[0]


def either(sizes: Iterable[Size]) -> Size:
    """A size that is one of these."""
    sizes = list(sizes)
    result = sizes[0]
    for size in sizes[1:]:
        result = join_size(result, size)
    return result


def static(value: Abstract) -> Any:
    """The Python object that a value is known to be, else NO_VALUE."""
    if isinstance(value, (Constant, Scalar)):
        return value.value
    if isinstance(value, (Tuple, List)) and value.items is not None:
        items = [static(item) for item in value.items]
        if all(item is not NO_VALUE for item in items):
            return tuple(items) if isinstance(value, Tuple) else items
    return NO_VALUE


def static_int(value: Abstract) -> int | None:
    """The int that a value is known to be."""
    found = static(value)
    return int(found) if isinstance(found, (bool, int)) or type(found).__name__.startswith(("int", "uint")) else None


def int_size(value: Abstract) -> Size | None:
    """The size that an int is known to be."""
    number = static_int(value)
    if number is not None:
        return max(0, number)
    return value.size if isinstance(value, Scalar) and value.kind == "int" else None


def is_from_zero(value: Abstract) -> bool:
    """Whether a value surely is an int that is not negative."""
    number, size = static_int(value), int_size(value)
    return number >= 0 if number is not None else size is not None and is_exact(size)


def int_of(size: Size) -> Scalar:
    """The Python int that tells a size."""
    return Scalar("int", "", size if isinstance(size, int) else NO_VALUE, size)


def length(value: Abstract) -> Size:
    """An int as a length; one that equals nothing else where the int is unknown."""
    size = int_size(value)
    return fresh() if size is None else size


def dims_from(shape: Abstract) -> Dims | None:
    """The dims that a shape argument asks for; -1 stays -1. None where not even the rank is known."""
    if isinstance(shape, Scalar):
        return (-1 if static_int(shape) == -1 else length(shape),)
    if isinstance(shape, (Tuple, List)) and shape.items is not None:
        if all(isinstance(item, Scalar) for item in shape.items):
            return tuple(-1 if static_int(item) == -1 else length(item) for item in shape.items)
        return fresh_dims(len(shape.items))
    if isinstance(shape, Array) and shape.dims is not None and len(shape.dims) < 2:
        if not shape.dims:
            return (fresh(),)
        return fresh_dims(shape.dims[0]) if isinstance(shape.dims[0], int) else None
    return None


def axes_of(axis: Abstract, rank: int) -> tuple[int, ...] | None:
    """Axes counted from 0 for an int or a tuple of ints; None where unknown."""
    found = static(axis)
    if found is NO_VALUE or found is None:
        return None
    axes = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    if not all(-rank <= int(a) < rank for a in axes):
        raise IndexError("axis out of range")
    return tuple(int(a) % rank for a in axes)


def slice_size(size: Size, start: Abstract, stop: Abstract, step: Abstract) -> Size:
    """The length of `x[start:stop:step]` along a dimension."""
    bounds = [static(v) for v in (start, stop, step)]
    if all(b is not NO_VALUE for b in bounds):
        return _constant_slice(size, *bounds)
    if isinstance(size, Dim) and bounds[2] in (None, 1) and bounds[0] is not NO_VALUE and (bounds[0] or 0) >= 0:
        end = int_size(stop)
        # x[a:n - b] where n is the length of x: a negative n - b with b <= 2 still gives the empty slice.
        if isinstance(end, Dim) and end.key == size.key and size.less == 0 and 0 <= end.less <= 2 and not is_any(size):
            return plus(size, -end.less - (bounds[0] or 0))
    keys = [_bound_key(v) for v in (start, stop, step)]
    if any(k is None for k in keys) or (isinstance(size, Dim) and is_any(size)):
        return fresh()
    return derived("slice", size, *keys)


def _constant_slice(size: Size, start: int | None, stop: int | None, step: int | None) -> Size:
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if start is None and (step is None or step > 0):
        start = 0
    if step in (None, 1) and (start or 0) >= 0 and (stop is None or stop < 0):
        cut = (start or 0) - (stop or 0)
        return size if cut == 0 else plus(size, -cut)
    if step == -1 and start in (None, -1) and stop is None:
        return size
    whole, reach = size.bare(), abs(start or 0) + abs(stop or 0) + 3 * abs(step or 1)
    if is_any(size) or reach > _FARTHEST:
        return derived("slice", whole, start, stop, step)
    # The lengths for sizes 0, 1, ...; after these they stay as they are, or grow and are 2 and more.
    lengths = [len(range(*slice(start, stop, step).indices(n))) for n in range(2 * reach)]
    first = min(lower_bound(size), reach)
    possible = [length for n, length in enumerate(lengths) if n >= first and (n != 1 or not size.not_one)]
    not_one, least = 1 not in possible, min(possible)
    if lengths[reach:] != lengths[reach : reach + 1] * reach:
        return Dim(("slice", whole, start, stop, step), not_one=not_one, least=least)
    if least == max(possible):
        return least
    while lengths[-2:-1] == lengths[-1:]:
        lengths.pop()
    return Dim(("lengths", whole, tuple(lengths)), not_one=not_one, least=least)


def _bound_key(value: Abstract) -> Hashable:
    """A key that identifies a slice bound; None where two bounds of that key could differ."""
    found = static(value)
    if found is not NO_VALUE:
        return ("value", found)
    size = int_size(value)
    # A slice tells -1 from 0.
    if isinstance(size, Dim) and is_exact(size) and not is_any(size):
        return ("size", size.bare())
    return None
