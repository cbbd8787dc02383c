"""What of NumPy's functions that write in place or call back is refused, and what a call gives that must stay true."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import UnsupportedError

BUFFER = np.zeros(3)


def where_without_out(x):
    return np.sum(np.multiply(x, x, where=x > 0))


def cast_to_integers(x):
    return np.sum(np.multiply(x, 2.0, out=np.empty(3, dtype=int)))


def reduction_into_another_rank(x):
    return np.sum(np.sum(x, out=np.empty(3)))


def output_outside(x):
    return np.sum(np.multiply(x, x, out=BUFFER))


def copied_outside(x):
    np.copyto(BUFFER, x)
    return np.sum(BUFFER)


def output_that_is_no_array(x):
    return np.add(x, x, out=[0.0, 0.0, 0.0])


def strict_casting(x):
    return np.sum(np.multiply(x, x, casting="safe"))


def copied_with_a_cast(x):
    k = np.zeros(3, dtype=int)
    np.copyto(k, x)
    return np.sum(x * k)


def resized(x):
    x.resize((3, 1))
    return np.sum(x)


def reshaped_by_assignment(x):
    x.shape = (3, 1)
    return np.sum(x)


def bytes_swapped(x):
    return np.sum(x.byteswap())


def field_set(x):
    x.setfield(1.0, np.float64)
    return np.sum(x)


def seen_as_integers(x):
    return np.sum(x) * x.view(np.int64)[0]


def flags_changed(x):
    x.setflags(write=False)
    return np.sum(x)


def memory_looked_at(x):
    return np.sum(x) if x.flags.c_contiguous else np.sum(2 * x)


def transposed_by_assignment(x):
    x.T = x
    return np.sum(x)


def shuffled(x):
    np.random.default_rng(0).shuffle(x)
    return np.sum(x * np.arange(3))


def objects(x):
    return np.sum(np.frompyfunc(abs, 1, 1)(x).astype(float))


def iterated_with_flags(x):
    return sum(item**2 for item in np.nditer(x, flags=["multi_index"]))


def joined_by_a_directive(x):
    return np.sum(np.r_["0,2", x, x])


def powers_folded(x):
    return np.power.reduce(x * x + 1)


def subtracted_along_several_axes(x):
    return np.subtract.reduce(np.outer(x, x), axis=(0, 1))


def multiplied_at_rows_and_a_slice(x):
    a = np.outer(x, x)
    np.multiply.at(a, ([0, 0], slice(None)), x)
    return np.sum(a)


def single_precision_vectorized(x):
    return np.sum(np.vectorize(lambda a: a * a)(x.astype(np.float32)).astype(float))


def lists_vectorized(x):
    return np.sum(np.vectorize(lambda a: [a, a])(x))


def more_functions_than_conditions(x):
    return np.sum(np.piecewise(x, [x < 0], [np.sin, np.cos, np.tan]))


REFUSED = {
    where_without_out: "np.multiply with where= and without out=",
    cast_to_integers: "cannot cast the result of np.multiply from float64 to the dtype int64",
    reduction_into_another_rank: "np.sum with an output of another shape",
    output_outside: "a store into an object that is not local",
    copied_outside: "a store into an object that is not local",
    output_that_is_no_array: "out= with anything but an array",
    strict_casting: "np.multiply with casting='safe'",
    copied_with_a_cast: "cannot cast the result of np.copyto from float64",
    resized: "ndarray.resize",
    reshaped_by_assignment: "assignment to the shape of an array",
    bytes_swapped: "ndarray.byteswap",
    field_set: "ndarray.setfield",
    seen_as_integers: "a view of another dtype",
    flags_changed: "ndarray.setflags",
    memory_looked_at: "the attribute 'flags' of an array",
    transposed_by_assignment: "assignment to the attribute 'T' of an array",
    shuffled: "a call that writes its argument in place",
    objects: "np.frompyfunc",
    iterated_with_flags: "np.nditer",
    joined_by_a_directive: "np.r_ with a directive",
    powers_folded: "np.power.reduce",
    subtracted_along_several_axes: "np.subtract.reduce along more than one axis",
    multiplied_at_rows_and_a_slice: "np.multiply.at with an index of several parts",
    single_precision_vectorized: "np.vectorize on arrays of single precision",
    lists_vectorized: "np.vectorize of a function that gives no number",
    more_functions_than_conditions: "np.piecewise with 1 conditions and 3 functions",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(np.array([0.5, -0.7, 1.1]))
    assert REFUSED[function] in str(caught.value)
    assert caught.value.hint
    assert caught.value.lineno is not None
    assert np.all(BUFFER == 0.0)


def cut_to_integers(x):
    return np.sum(np.vectorize(lambda a: a if a < 0 else 0)(x))


def test_vectorize_does_not_cut_to_integers():
    with pytest.raises(TypeError, match="otypes"):
        grad(cut_to_integers)(np.array([0.5, -0.7]))
    assert np.array_equal(grad(cut_to_integers)(np.array([-0.7, -0.5])), [1.0, 1.0])


def masked_division(x, y):
    return np.sum(np.divide(x, y, out=np.zeros(3), where=y != 0))


def test_masked_entries_are_not_computed():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.0, 4.0])
    bx, by = grad(masked_division, argnums=(0, 1))(x, y)  # warnings are errors here
    assert np.array_equal(bx, [0.5, 0.0, 0.25])
    assert np.array_equal(by, [-0.25, 0.0, -3.0 / 16])


def shuffled_index(x):
    order = np.arange(3)
    np.random.default_rng(0).shuffle(order)
    return np.sum(x[order] * np.arange(3))


def test_an_index_may_be_shuffled():
    order = np.arange(3)
    np.random.default_rng(0).shuffle(order)
    expected = np.zeros(3)
    expected[order] = np.arange(3)
    assert np.array_equal(grad(shuffled_index)(np.ones(3)), expected)


def scattered(x, k, n):
    z = np.zeros(n)
    np.add.at(z, k, x)
    return np.sum(z**2)


def test_adding_at_an_index_is_gathered():
    text = grad(scattered).source(np.ones(3), np.array([0, 2, 2]), 4)
    assert "bx = bz[k]" in text or "bz[k].copy()" in text, text
