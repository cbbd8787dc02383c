"""Colourings of patterns: which columns or rows can be computed in one sweep.

Columns without a common row can share a sweep (Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices,
IMA Journal of Applied Mathematics 13 (1974)): a colouring at distance two of the bipartite graph. For symmetric
matrices a star colouring is enough (Coleman and More, Estimation of sparse Hessian matrices and graph coloring
problems, Mathematical Programming 28 (1984)). The survey is Gebremedhin, Manne and Pothen, What color is your
Jacobian?, SIAM Review 47 (2005).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Colours = np.ndarray[Any, Any]
Index = np.ndarray[Any, Any]


def colour_columns(rows: Index, columns: Index, shape: tuple[int, int]) -> Colours:
    """A colour for each column, so that columns of one colour have no row in common; -1 for empty columns.

    Greedy, in the natural order and with the fullest columns first; the better of the two.
    """
    counts = np.bincount(columns, minlength=shape[1])
    order = np.argsort(columns, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)])
    by_column = rows[order]
    inside = [by_column[starts[k] : starts[k + 1]].tolist() for k in range(shape[1])]
    natural = _greedy(inside, range(shape[1]), shape[0])
    least = int(np.bincount(rows, minlength=1).max()) if rows.size else 0
    if natural.max(initial=-1) + 1 <= least:
        return natural
    fullest = _greedy(inside, np.argsort(-counts, kind="stable").tolist(), shape[0])
    return fullest if fullest.max(initial=-1) < natural.max(initial=-1) else natural


def _greedy(inside: list[list[int]], order: Iterable[int], row_count: int) -> Colours:
    """The lowest colour that no row of a column has yet; the colours of a row are the bits of a number."""
    taken = [0] * row_count
    found = np.full(len(inside), -1)
    for column in order:
        rows = inside[column]
        if not rows:
            continue
        used = 0
        for row in rows:
            used |= taken[row]
        lowest = ~used & (used + 1)
        for row in rows:
            taken[row] |= lowest
        found[column] = lowest.bit_length() - 1
    return found


def colour_symmetric(rows: Index, columns: Index, size: int) -> Colours:
    """A star colouring of a symmetric pattern: neighbours differ, and no path of four vertices has two colours.

    Greedy, algorithm 4.1 of the survey. Vertices without entries have the colour -1.
    """
    neighbours: list[list[int]] = [[] for _ in range(size)]
    present = np.zeros(size, dtype=bool)
    for row, column in zip(rows.tolist(), columns.tolist()):
        present[row] = True
        if row != column:
            neighbours[row].append(column)
    order = np.argsort([-len(each) for each in neighbours], kind="stable").tolist()
    best: Colours | None = None
    for each in (range(size), order):
        found = _stars(neighbours, present, each)
        if best is None or found.max(initial=-1) < best.max(initial=-1):
            best = found
    assert best is not None
    return best


def _stars(neighbours: list[list[int]], present: Colours, order: Iterable[int]) -> Colours:
    return _Stars(neighbours, present, order).found()


class _Stars:
    """Sets of colours are the bits of numbers: those that occur once or more, or twice or more, around a vertex."""

    def __init__(self, neighbours: list[list[int]], present: Colours, order: Iterable[int]) -> None:
        self.neighbours, self.colours = neighbours, [-1] * len(neighbours)
        self.once, self.twice = [0] * len(neighbours), [0] * len(neighbours)
        self.ends = [0] * len(neighbours)
        """The colours of those neighbours that have another neighbour of the vertex's own colour."""
        for vertex in order:
            if present[vertex]:
                self._colour(vertex, self._lowest(vertex))

    def found(self) -> Colours:
        """A colour for each vertex."""
        return np.array(self.colours, dtype=np.intp)

    def _lowest(self, vertex: int) -> int:
        used = self.once[vertex]
        for near in self.neighbours[vertex]:
            colour = self.colours[near]
            # The vertex would join two that are alike: nothing that is around them may look like it.
            joins = colour < 0 or self.twice[vertex] >> colour & 1
            used |= self.once[near] if joins else self.ends[near]
        return (~used & (used + 1)).bit_length() - 1

    def _colour(self, vertex: int, colour: int) -> None:
        self.colours[vertex] = colour
        bit = 1 << colour
        for near in self.neighbours[vertex]:
            other = self.colours[near]
            if other >= 0 and self.twice[vertex] >> other & 1:
                self.ends[near] |= bit
            if not self.once[near] & bit:
                self.once[near] |= bit
            elif not self.twice[near] & bit:
                self.twice[near] |= bit
                for end in self.neighbours[near] if other >= 0 else ():
                    if self.colours[end] == colour:
                        self.ends[end] |= 1 << other
            elif other >= 0:
                self.ends[vertex] |= 1 << other


def lone_entries(rows: Index, columns: Index, colours: Colours, size: int) -> np.ndarray[Any, Any]:
    """For each entry, whether it is the only one of its row in columns of its colour, and so can be read there."""
    count = int(colours.max(initial=-1)) + 1
    key = rows * max(count, 1) + colours[columns]
    return np.bincount(key, minlength=size * max(count, 1))[key] == 1
