"""Tests of sct_ad.pytree."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import NamedTuple

import numpy as np
import pytest

from sct_ad.errors import ArgumentError
from sct_ad.pytree import describe, flatten, is_leaf, leaves_with_paths, map_structure, unflatten


class Layer(NamedTuple):
    W: np.ndarray
    b: float


TREES = [
    1.0,
    (),
    [],
    {},
    None,
    "relu",
    (1.0, 2),
    [1.0, [2.0, (3.0, None)]],
    {"W": 1.0, 3: {"b": 2.0}, ("a", 1): [4.0]},
    Layer(1.0, 2.0),
    [Layer(1.0, 2.0), Layer(3.0, None)],
    OrderedDict(b=1.0, a=(2.0,)),
]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_a_tree_survives_flattening(tree):
    leaves, structure = flatten(tree)
    again = unflatten(structure, leaves)
    assert again == tree
    assert type(again) is type(tree)
    assert structure_of(again) == structure
    assert hash(structure_of(again)) == hash(structure)


def structure_of(tree):
    return flatten(tree)[1]


def test_leaves_are_numbers_and_arrays_and_nothing_else():
    array = np.zeros((2, 3))
    tree = [1, 2.0, 3j, True, np.float32(4.0), array, None, "text", np.sin, object]
    leaves, structure = flatten(tree)
    assert leaves[:5] == tree[:5]
    assert leaves[5] is array
    assert len(leaves) == 6
    assert unflatten(structure, list("abcdef")) == [*"abcdef", None, "text", np.sin, object]


def test_is_leaf():
    assert is_leaf(np.zeros(0)) and is_leaf(np.int8(1)) and is_leaf(False)
    assert not is_leaf(None) and not is_leaf([1.0]) and not is_leaf("1.0")


def test_a_defaultdict_keeps_its_factory():
    tree = defaultdict(list, a=1.0)
    again = map_structure(lambda x: -x, tree)
    assert again == {"a": -1.0}
    assert again["missing"] == []


def test_map_structure_over_several_trees():
    left, right = {"W": [1.0, 2.0], "name": "dense"}, {"W": [10.0, 20.0], "name": "dense"}
    assert map_structure(lambda x, y: x + y, left, right) == {"W": [11.0, 22.0], "name": "dense"}


@pytest.mark.parametrize("other", [[1.0], [1.0, 2.0, 3.0], (1.0, 2.0), [1.0, None], {"a": 1.0}, 1.0], ids=repr)
def test_map_structure_refuses_another_structure(other):
    with pytest.raises(ArgumentError, match="different structure"):
        map_structure(max, [1.0, 2.0], other)


@pytest.mark.parametrize("leaves, word", [([1.0], "few"), ([1.0, 2.0, 3.0], "many")])
def test_unflatten_counts_its_leaves(leaves, word):
    with pytest.raises(ArgumentError, match=f"too {word}"):
        unflatten(structure_of((0.0, 0.0)), leaves)


def test_a_structure_holds_no_leaf():
    assert structure_of([np.ones(2), 5.0]) == structure_of([0.0, np.zeros((3, 3))])
    assert structure_of(["relu", 1.0]) != structure_of(["tanh", 1.0])


def test_paths():
    tree = {"layers": [Layer(1.0, 2.0)], "scale": (3.0,), "name": "net"}
    assert dict(leaves_with_paths(tree)) == {"['layers'][0].W": 1.0, "['layers'][0].b": 2.0, "['scale'][0]": 3.0}
    assert list(leaves_with_paths(7.0)) == [("", 7.0)]


def test_describe():
    assert describe({"a": [1.0, (2.0,)], "b": Layer(np.ones(2), 0.0), "c": None}) == (
        "{'a': [*, (*,)], 'b': Layer(*, *), 'c': None}"
    )
