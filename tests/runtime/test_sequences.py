"""Cotangents of sequences at run time."""

import numpy as np
import pytest

from sct_ad.runtime import sequences
from sct_ad.runtime.cotangents import expand_reduced, zero_if_none
from sct_ad.runtime.sequences import add_to_shadow, product_cotangents, sum_cotangents, tie_cotangents


def test_shadows_are_added_to_item_by_item():
    array = np.zeros(2)
    shadow = [1.0, array, [2.0, 3.0]]
    add_to_shadow(shadow, (0.5, np.ones(2), [1.0, 1.0]))
    assert shadow[0] == 1.5 and shadow[2] == [3.0, 4.0]
    assert shadow[1] is array and array.tolist() == [1.0, 1.0]


def test_sums_of_items_of_several_shapes():
    parts = sum_cotangents(np.full((2, 3), 2.0), (np.ones(3), np.ones((2, 1)), 1.0, np.ones((2, 3))))
    assert [np.shape(part) for part in parts] == [(3,), (2, 1), (), (2, 3)]
    assert [float(np.sum(part)) for part in parts] == [12.0] * 4


def test_products_and_ties_keep_the_container():
    assert product_cotangents(1.0, (2.0, 0.0, 3.0)) == (0.0, 6.0, 0.0)
    assert product_cotangents(1.0, np.array([2.0, 3.0])).tolist() == [3.0, 2.0]
    assert tie_cotangents(1.0, 3.0, [3.0, 1.0, 3.0]) == [0.5, 0.0, 0.5]
    assert tie_cotangents(1.0, float("nan"), (1.0, 2.0)) == (0.0, 0.0)


def test_zeros_for_none():
    assert zero_if_none(2.0, 1.0) == 2.0
    assert zero_if_none(None, 1.0) == 0.0
    assert zero_if_none(None, [1.0, (2.0,)]) == [0.0, (0.0,)]
    assert zero_if_none(None, np.ones((1, 2))).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_expanded_cotangents_broadcast(axis, keepdims):
    x = np.ones((2, 3, 4))
    dz = np.sum(x, axis=axis, keepdims=keepdims)
    assert np.broadcast_shapes(np.shape(expand_reduced(dz, x, axis, keepdims)), x.shape) == x.shape


def test_a_stored_entry_is_undone():
    d = {"a": 1.0, "b": 2.0}
    sequences.restore_entry(d, "b", ...)
    sequences.restore_entry(d, "a", 3.0)
    assert d == {"a": 3.0}


def test_cotangents_of_a_copied_dict_go_back_to_the_keys_that_it_had():
    array = np.zeros(2)
    shadow = {"a": 1.0, "b": array}
    new = sequences.new_slots(shadow)
    assert new["a"] == 0.0
    assert new["b"] is array
    new.update(a=2.0, c=5.0)
    sequences.give_back(shadow, new)
    assert shadow["a"] == 3.0
    assert set(shadow) == {"a", "b"}
