"""Sizes that hold for one trip of a loop, and counts of masks, are not relied on where they hold no longer."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.rules.typing import result_type
from sct_ad.rules.typing.indexing import indexed
from sct_ad.rules.typing.sizes import with_identity
from sct_ad.syntax.dims import Dim, same_size
from sct_ad.syntax.values import (
    Array,
    List,
    Tuple,
)
from tests import size_programs
from tests.program import programs

X, MASK = Array("float64", (Dim("n"),)), with_identity(Array("bool", (Dim("n"),)))
KNOWN = (
    "masks_in_a_list mask_among_the_arguments parts_of_equal_length "
    "mask_that_is_written mask_written_by_a_closure"  # in which no two arrays meet
).split()


@pytest.mark.parametrize("program", programs("sizes"), ids=lambda program: program.name)
def test_what_may_broadcast_is_summed_to_a_shape(program):
    assert program.function.__module__ == size_programs.__name__
    text = grad(program.function, program.argnums).source(*program.args())
    assert ("unbroadcast(" in text) == (program.name not in KNOWN), text


def test_a_mask_chooses_as_many_entries_at_every_use():
    assert same_size(indexed(X, [MASK]).dims[0], indexed(X, [MASK]).dims[0])
    opposite = result_type(np.logical_not, [MASK], {})
    assert same_size(indexed(X, [opposite]).dims[0], indexed(X, [result_type(np.invert, [MASK], {})]).dims[0])
    assert not same_size(indexed(X, [opposite]).dims[0], indexed(X, [MASK]).dims[0])


@pytest.mark.parametrize("function", [np.zeros_like, np.ones_like, np.flip, np.logical_or.accumulate])
def test_what_is_made_from_a_mask_chooses_otherwise(function):
    assert result_type(function, [MASK], {}).chosen is None


def test_masks_inside_of_results():
    found = result_type(np.broadcast_arrays, [MASK, X], {})
    assert isinstance(found, (Tuple, List)) and all(item.chosen is None for item in found.items)
