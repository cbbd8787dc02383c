import numpy as np
import pytest

from sct_ad.runtime.indexing import flat_index, rounds


@pytest.mark.parametrize(
    "where",
    [0, -1, np.int64(4), slice(1, 5, 2), slice(None, None, -1), ..., [0, 0, -6], np.array([[1, 2], [3, 5]]), []],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_flat_index_picks_what_flat_does(where, order):
    x = np.asarray(np.arange(6.0).reshape(2, 3), order=order)
    picked = x[flat_index(where, x.shape)]
    expected = x.ravel()[np.asarray(where, dtype=int) if isinstance(where, list) else where]
    assert np.array_equal(picked, expected)
    assert np.shape(picked) == np.shape(expected)


def test_flat_index_takes_masks():
    x = np.arange(6.0).reshape(2, 3)
    mask = x.ravel() > 2
    assert np.array_equal(x[flat_index(mask, x.shape)], x.ravel()[mask])
    with pytest.raises(IndexError):
        flat_index(mask[:4], x.shape)


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_flat_index_has_the_modes_of_put(mode):
    where = np.array([0, -2, 7, -9]) if mode != "raise" else np.array([0, -2, 5])
    x, y = np.zeros((2, 3)), np.zeros((2, 3))
    np.put(x, where, np.arange(1.0, 5.0), mode=mode)
    y[flat_index(where, y.shape, mode)] = np.arange(1.0, 1.0 + len(where))
    assert np.array_equal(x, y)


@pytest.mark.parametrize("where", [6, -7, [0, 6]])
def test_flat_index_beyond_the_end(where):
    with pytest.raises(IndexError):
        flat_index(where, (2, 3))


@pytest.mark.parametrize("seed", range(5))
def test_rounds_name_no_element_twice_and_keep_the_order(seed):
    index = np.random.default_rng(seed).integers(-4, 4, size=9)
    turns = rounds(index, (4,))
    assert sorted(np.concatenate(turns)) == list(range(9))
    for turn in turns:
        assert len(set(index[turn] % 4)) == len(turn)
    for k in range(4):
        places = [p for turn in turns for p in turn if index[p] % 4 == k]
        assert places == sorted(places)


def test_rounds_of_several_index_arrays():
    turns = rounds((np.array([0, 1, 0, -2]), np.array([1, 1, 1, 1])), (2, 3))
    assert [list(turn) for turn in turns] == [[0, 1], [2], [3]]
    assert rounds(np.array([], dtype=int), (3,)) == []
