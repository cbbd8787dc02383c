"""Objects that core names directly, whatever the user's names mean where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sct_ad.runtime import patterns


@dataclass(frozen=True, eq=False)
class Denoted:
    """The value of a Constant that stands for an object; it prints as the object's name."""

    name: str
    value: Any

    def __repr__(self) -> str:
        return self.name


ISINSTANCE, LEN, LIST, DICT, HASATTR = (Denoted(f.__name__, f) for f in (isinstance, len, list, dict, hasattr))
BASE_EXCEPTION = Denoted("BaseException", BaseException)
IS_SEQUENCE, IS_MAPPING, MATCHED_PART = (
    Denoted(f.__name__, f) for f in (patterns.is_sequence, patterns.is_mapping, patterns.matched_part)
)
