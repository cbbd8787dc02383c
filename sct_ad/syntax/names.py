"""Fresh names: readable, deterministic, never one that is taken."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable


def identifier(name: str) -> str:
    """The name of a function as a name in emitted text, which that of a lambda cannot be.

    >>> identifier("f"), identifier("<lambda>")
    ('f', 'lambda_')
    """
    return name if name.isidentifier() else "lambda_"


def operands(count: int) -> list[str]:
    """What the operands of a ufunc are called: NumPy does not tell it before 2.4.

    >>> operands(1), operands(2)
    (['x'], ['x1', 'x2'])
    """
    return ["x"] if count == 1 else [f"x{k + 1}" for k in range(count)]


class Names:
    """Hands out identifiers that are not yet taken.

    >>> names = Names({"x", "bx"})
    >>> names.fresh("bx"), names.fresh("bx"), names.fresh("t")
    ('bx1', 'bx2', 't')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken) | set(keyword.kwlist) | set(dir(builtins))
        self._numbers: dict[str, int] = {}
        """Up to which number all names with a stem are taken."""

    def restore(self, taken: Iterable[str]) -> None:
        """Let just these names be taken."""
        self.taken = set(taken)
        self._numbers.clear()

    def fresh(self, base: str) -> str:
        """`base` itself if it is free, else `base1`, `base2`, ...; the result is then taken."""
        candidate = base
        if base in self.taken:
            stem = base + "_" if base[-1:].isdigit() else base
            number = self._numbers.get(stem, 0)
            while candidate in self.taken:
                number += 1
                candidate = f"{stem}{number}"
            self._numbers[stem] = number
        self.taken.add(candidate)
        return candidate
