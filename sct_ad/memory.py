"""Amounts of memory as numbers or as text."""

from __future__ import annotations

import re

from sct_ad.errors import ArgumentError

_UNITS = {
    "B": 1,
    **{unit: 10 ** (3 * k) for k, unit in enumerate(("kB", "MB", "GB", "TB"), 1)},
    **{unit: 2 ** (10 * k) for k, unit in enumerate(("KiB", "MiB", "GiB", "TiB"), 1)},
}


def bytes_of(memory: int | float | str | None) -> int | None:
    """The bytes of `200_000_000`, `"200MB"` or `"1.5 GiB"`.

    >>> bytes_of("1.5 kB"), bytes_of("2KiB"), bytes_of(12)
    (1500, 2048, 12)
    """
    if memory is None:
        return None
    amount = _read(memory) if isinstance(memory, str) else memory
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0 < amount < float("inf"):
        raise ArgumentError(
            f"memory must be a number of bytes or text, not {memory!r}\n"
            '  instead: memory="200MB"; the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB'
        )
    return max(int(amount), 1)


def _read(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    units = {unit.lower(): size for unit, size in _UNITS.items()}
    size = units.get(found[2].lower()) if found else None
    return float(found[1]) * size if found and size else None
