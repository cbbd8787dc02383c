"""Slices that cover rows."""

import numpy as np
import pytest

from sct_ad.runtime.blocks import row_blocks


@pytest.mark.parametrize("size, length, width", [(8, 0, 1), (8, 8, 1), (8, 9, 1), (8, 9, 3), (2, 5, 3), (4, 5, 0)])
def test_all_rows_once_in_order(size, length, width):
    rows = np.arange(length)
    parts = [rows[part] for part in row_blocks(size, rows, width=width)]
    assert np.array_equal(np.concatenate([rows[:0], *parts]), rows)
    assert all(0 < len(part) * width <= max(size, width) or width == 0 for part in parts)


def test_lengths_agree():
    with pytest.raises(ValueError, match="9 and 8 rows"):
        row_blocks(4, np.ones(9), np.ones(9), np.ones(8))
