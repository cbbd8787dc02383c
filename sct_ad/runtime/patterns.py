"""What the patterns of a match statement ask about their subject."""

from __future__ import annotations

from typing import Any

_SEQUENCE, _MAPPING = 1 << 5, 1 << 6
"""The flags of a class that Python's own match looks at: Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING."""
SELF_MATCHING = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes whose one positional pattern is matched against the subject itself."""


def is_sequence(subject: Any) -> bool:
    """Whether a sequence pattern may match: lists, tuples, ranges; no text; arrays since NumPy 2.5."""
    return is_sequence_class(type(subject))


def is_mapping(subject: Any) -> bool:
    """Whether a mapping pattern may match."""
    return is_mapping_class(type(subject))


def is_sequence_class(cls: type) -> bool:
    """Whether a sequence pattern may match objects of a class."""
    return bool(cls.__flags__ & _SEQUENCE)


def is_mapping_class(cls: type) -> bool:
    """Whether a mapping pattern may match objects of a class."""
    return bool(cls.__flags__ & _MAPPING)


def part_name(cls: type, position: int) -> str | None:
    """The attribute that a class's positional pattern looks at; None for the subject itself."""
    names = getattr(cls, "__match_args__", None)
    if names is None and position == 0 and issubclass(cls, SELF_MATCHING):
        return None
    accepted = names or ()
    if position >= len(accepted):
        raise TypeError(f"{cls.__name__}() accepts {len(accepted)} positional sub-patterns ({position + 1} given)")
    return str(accepted[position])


def matched_part(subject: Any, cls: type, position: int) -> Any:
    """What a positional pattern of a class is matched against."""
    name = part_name(cls, position)
    return subject if name is None else getattr(subject, name)
