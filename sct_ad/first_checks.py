"""`check="first"` is imported when a derivative is to be checked, and not before."""

from __future__ import annotations

from typing import Any

from sct_ad.derivative import FIRST_CALLS
from sct_ad.jacobians import FIRST_BLOCKS


def check_call(*given: Any) -> Any:
    """`check_first`, whose module is imported now."""
    from sct_ad.checking.first import check_first

    return check_first(*given)


def check_whole(*given: Any) -> None:
    """`check_blocks`, whose module is imported now."""
    from sct_ad.checking.first import check_blocks

    check_blocks(*given)


FIRST_CALLS.append(check_call)
FIRST_BLOCKS.append(check_whole)
