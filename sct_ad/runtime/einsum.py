"""Einsum subscripts, read and turned around: at compile time where they are known, else at run time."""

from __future__ import annotations

from typing import Any

import numpy as np

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read_subscripts(subscripts: str, ranks: list[int]) -> tuple[list[str], str, str] | None:
    """One letter per axis for each operand and the result, without ellipses; None if they do not fit the ranks.

    The third string holds the letters that stand for axes of an ellipsis.

    >>> read_subscripts("...ij,jk", [3, 2])
    (['aij', 'jk'], 'aik', 'a')
    """
    text = subscripts.replace(" ", "")
    left, arrow, result = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        return None
    used = set(text)
    spare = "".join(c for c in _LETTERS if c not in used)
    hidden = [rank - len(s.replace("...", "")) for s, rank in zip(inputs, ranks, strict=True)]
    if any(n < 0 or (n > 0 and "..." not in s) for n, s in zip(hidden, inputs, strict=True)):
        return None
    batch = spare[: max(hidden, default=0)]
    full = [s.replace("...", batch[len(batch) - n :]) for n, s in zip(hidden, inputs, strict=True)]
    if not arrow:
        letters = "".join(s.replace("...", "") for s in inputs)
        result = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return full, result.replace("...", batch), batch


def einsum_cotangent(cotangent: Any, subscripts: str, number: int, *operands: Any) -> Any:
    """The cotangent of operand `number` of `np.einsum(subscripts, *operands)`."""
    found = read_subscripts(subscripts, [np.ndim(x) for x in operands])
    if found is None:
        raise ValueError(f"einsum subscripts {subscripts!r} do not fit operands")
    inputs, result, _ = found
    mine, operand = inputs[number], np.asarray(operands[number])
    others = [k for k in range(len(operands)) if k != number]
    wide = {c: n for s, x in zip(inputs, operands, strict=True) for c, n in zip(s, np.shape(x), strict=True) if n != 1}
    given = np.broadcast_to(cotangent, [wide.get(c, 1) for c in result])
    arrays, labels = [given, *(np.asarray(operands[k]) for k in others)], [result, *(inputs[k] for k in others)]
    letters = "".join(dict.fromkeys(mine))
    known = "".join(c for c in letters if any(c in s for s in labels))
    taken = np.einsum(",".join(labels) + "->" + known, *arrays)
    taken = np.reshape(taken, [taken.shape[known.index(c)] if c in known else 1 for c in letters])
    return _placed(taken, letters, mine, operand, wide)


def _placed(taken: Any, letters: str, mine: str, operand: Any, wide: dict[str, int]) -> Any:
    """What belongs to each letter, at the operand's axes: summed where the operand has size 1, put on diagonals."""
    sizes = {c: min(n for k, n in zip(mine, operand.shape, strict=True) if k == c) for c in letters}
    for axis, c in enumerate(letters):
        if sizes[c] == 1 and wide.get(c, 1) != 1:
            repeated = taken.shape[axis] == 1  # broadcast from 1: the sum is a multiple
            taken = np.sum(taken, axis=axis, keepdims=True) * (wide[c] if repeated else 1)
    taken = np.broadcast_to(taken, [sizes[c] for c in letters])
    if letters == mine:
        return taken
    result = np.zeros(operand.shape, dtype=np.result_type(operand, taken))
    grid = np.ix_(*(np.arange(sizes[c]) for c in letters))
    result[tuple(grid[letters.index(c)] for c in mine)] = taken
    return result


def einsum_cotangent_tangent(
    cotangent: Any, subscripts: str, number: int, operands: Any, of_cotangent: Any, changes: Any
) -> Any:
    """The tangent of `einsum_cotangent(cotangent, subscripts, number, *operands)`, linear in all but operand `number`.

    None is the tangent of what does not change.
    """
    given = np.zeros_like(cotangent) if of_cotangent is None else of_cotangent
    total = np.array(einsum_cotangent(given, subscripts, number, *operands))
    for k, change in enumerate(changes or ()):
        if k != number and change is not None:
            moved = [*operands[:k], change, *operands[k + 1 :]]
            total = total + einsum_cotangent(cotangent, subscripts, number, *moved)
    return total
