"""Symbolic sizes of arrays: when two are known to be equal, and what they broadcast to.

Each is the integer 1, another known integer, or a `Dim` with an identity, so that two equal dims are known to be equal
sizes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Dim:
    """A size known by identity only: max(0, size(key) - less).

    `not_one` promises that it is never 1, `least` that size(key) is never less than that.
    """

    key: Hashable
    less: int = 0
    not_one: bool = False
    least: int = 0

    def bare(self) -> Dim:
        """The size by its identity alone, as part of a key."""
        return Dim(self.key, self.less)


Size = int | Dim
Dims = tuple[Size, ...]


def is_one(size: Size) -> bool:
    """Whether the size is known to be 1."""
    return size == 1


def is_not_one(size: Size) -> bool:
    """Whether the size is known not to be 1."""
    return size != 1 if isinstance(size, int) else size.not_one


def lower_bound(size: Size) -> int:
    """What a size surely is not below."""
    return size if isinstance(size, int) else max(0, size.least - size.less)


def is_exact(size: Size) -> bool:
    """Whether the size is surely no difference that was cut off at 0, so that an int of that size is not negative."""
    return isinstance(size, int) or size.less <= size.least


ANY = Dim(("any",))
"""A size of which nothing is known, not even that it equals itself elsewhere: paths that met disagree on it."""


def same_size(left: Size, right: Size) -> bool:
    """Whether two sizes are known to be equal; never for `ANY`."""
    if isinstance(left, Dim) and isinstance(right, Dim):
        return left.key == right.key and left.less == right.less and left.key != ANY.key
    return left == right


def is_any(size: Size) -> bool:
    """Whether a size does not even equal itself."""
    return isinstance(size, Dim) and size.key == ANY.key


def equal_dims(left: Dims | None, right: Dims | None) -> bool:
    """Whether two shapes are known to be equal."""
    return left is not None and right is not None and len(left) == len(right) and all(map(same_size, left, right))


def fills(small: Dims | None, full: Dims | None) -> bool:
    """Whether what broadcasts to a shape surely has that shape: sizes that are not 1 are those that they meet."""
    if small is None or full is None or len(small) != len(full):
        return False
    return all(same_size(have, want) or is_not_one(have) for have, want in zip(small, full, strict=True))


def is_stretched(small: Dims | None, full: Dims | None) -> bool:
    """Whether what broadcasts to a shape is surely no larger, and lacks an axis of it or has size 1 along one."""
    if small is None or full is None:
        return False
    return len(small) < len(full) or any(is_one(have) and not is_one(want) for have, want in zip(small, full))


def join_size(left: Size, right: Size) -> Size:
    """The size that covers both."""
    if left == right:
        return left
    if isinstance(left, Dim) and same_size(left, right):
        assert isinstance(right, Dim)
        both = is_not_one(left) and is_not_one(right)
        return replace(left, not_one=both, least=min(left.least, right.least))
    return replace(ANY, not_one=is_not_one(left) and is_not_one(right))


def broadcast(left: Dims | None, right: Dims | None) -> Dims | None:
    """The dims of an elementwise operation's result; None where the rank is unknown."""
    if left is None or right is None:
        return None
    if len(left) < len(right):
        left, right = right, left
    extra = len(left) - len(right)
    return left[:extra] + tuple(map(_broadcast_size, left[extra:], right))


def _broadcast_size(left: Size, right: Size) -> Size:
    if same_size(left, right) or is_one(right):
        return left
    if is_one(left):
        return right
    if is_not_one(left):
        return right if isinstance(right, int) and is_not_one(right) else left
    if is_not_one(right):
        return right
    members = _members(left) | _members(right)
    return ANY if any(map(is_any, members)) else Dim(("broadcast", members))


def _members(size: Size) -> frozenset[Dim]:
    """The sizes that a broadcast size came from, so that broadcasting is associative and commutative."""
    assert isinstance(size, Dim)
    if isinstance(size.key, tuple) and size.key[0] == "broadcast" and size.less == 0:
        return size.key[1]
    return frozenset([size])
