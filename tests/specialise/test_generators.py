"""Generators: inlined where they are looped over; what cannot be done right is refused."""

import itertools

import numpy as np
import pytest

from sct_ad import UnsupportedError, grad, value_and_grad
from sct_ad.errors import SctError
from tests.flat import flatten, text_of

XS = np.array([1.5, 0.5, 2.0])


def squares(xs):
    for x in xs:
        print("before", x)
        yield x * x
        print("behind", x)


def test_effects_interleave_as_in_one_primal_call(capsys):
    def f(xs):
        total = 0.0
        for k, v in enumerate(squares(xs)):
            print("got", k)
            total += v
            if k == 1:
                print("leaves")
                break
        return total

    f(XS)
    expected = capsys.readouterr().out
    assert expected.count("before") == 2 and expected.count("behind") == 1
    grad(f)(XS)
    assert capsys.readouterr().out == expected


def test_lazy_map_and_filter_interleave_too(capsys):
    def shown(x):
        print("shown", x)
        return x * 2

    def f(xs):
        total = 0.0
        for v in filter(lambda v: v > 1.5, map(shown, xs)):
            print("got", v)
            total += v
        for v in map(shown, [xs[0], xs[1]]):
            print("got", v)
            total += v
        return total

    f(XS)
    expected = capsys.readouterr().out
    grad(f)(XS)
    assert capsys.readouterr().out == expected


def test_a_generator_leaves_a_plain_loop():
    def f(x):
        def doubled(n):
            for k in range(n):
                yield k * x

        s = 0.0
        for v in doubled(3):
            if s > 1.0:
                break
            s += v
        return s

    text = text_of(flatten(f, 1.0))
    assert "yield" not in text and text.count("for ") == 1 and "append" not in text


def counted(n):
    for k in range(n):
        yield float(k)


def endless(x):
    while True:
        yield x


def deep(n):
    yield float(n)
    if n > 0:
        yield from deep(n - 1)


def looped_twice(x):
    items, s = (v * x for v in [1.0, 2.0]), 0.0
    for v in items:
        s += v
    for v in items:
        s += v
    return s


def zip_looped_twice(x):
    pairs, s = zip([x, 1.0], [2.0, x]), 0.0
    for a, b in pairs:
        s += a * b
    return s + sum(a for a, b in pairs)


def looped_in_a_loop(x):
    items, s = counted(3), 0.0
    for _ in range(2):
        for v in items:
            s += v * x
    return s


def two_in_lockstep(x):
    return sum(a * b * x for a, b in zip(counted(3), counted(4)))


def without_end(x):
    return sum(endless(x))


def count_without_end(x):
    return x * sum(itertools.count())


def of_unknown_depth(x, n):
    return x * sum(deep(n))


def grouped(x):
    return sum(x * key for key, _ in itertools.groupby([1, 1, 2]))


def unknown_choice(x, n):
    return sum(a * b * x for a, b in itertools.combinations([x, 1.0, 2.0], n))


def unpacked_unknown(x, n):
    a, b = counted(n)
    return (a + b + 1.0) * x


def reversed_generator(x):
    return sum(reversed(counted(3))) * x


def advanced_by_hand(x):
    items = deep(x)
    return next(items) * next(items)


def beyond_the_end(x):
    it = iter([x])
    return next(it) * next(it)


def stored_through_an_iterator(x):
    a = np.ones(2) * x
    back = reversed(a)
    back[1] = x
    return np.sum(a)


def tuple_of_unknown_length(x, n):
    return sum(tuple(counted(n))) * x


def lists_summed(x):
    return sum([[x], [1.0]], [])[0]


def recursion_into_a_list(x, n):
    found = []

    def visit(k):
        found.append(k)
        return x if k == 0 else x * visit(k - 1)

    return visit(int(x) + n) * len(found)


def recursion_that_assigns(x, n):
    count = 0

    def visit(k):
        nonlocal count
        count += 1
        return x if k == 0 else x * visit(k - 1)

    return visit(n) * count


def recursion_of_lists(x, n):
    def collected(k):
        return [] if k == 0 else [x, *collected(k - 1)]

    return sum(collected(n))


REFUSALS = {
    tuple_of_unknown_length: "tuple() of something whose length is not known",
    lists_summed: "sum of lists",
    recursion_into_a_list: "recursion of 'visit', which changes a list or dict that it is given",
    recursion_that_assigns: "recursion of the nested function 'visit', which assigns outer names, has default values or holds iterators",
    recursion_of_lists: "recursion of 'collected', which returns a list, dict or object",
    advanced_by_hand: "a generator or iterator that was looped over already",
    beyond_the_end: "next of an iterator that has no more items",
    stored_through_an_iterator: "a store through an iterator",
    looped_twice: "a generator or iterator that was looped over already",
    zip_looped_twice: "a generator or iterator that was looped over already",
    looped_in_a_loop: "a generator or iterator that was looped over already",
    two_in_lockstep: "zip of more than one generator",
    without_end: None,
    count_without_end: "an iteration without end used up at once",
    of_unknown_depth: "recursion of the generator 'deep' whose depth is not known",
    grouped: "itertools.groupby",
    unknown_choice: "itertools.combinations with a length that is not known",
}


@pytest.mark.parametrize("function", [f for f in REFUSALS if REFUSALS[f]], ids=lambda f: f.__name__)
def test_refused(function):
    args = (1.5, 2)[: function.__code__.co_argcount]
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(*args)
    assert caught.value.what == REFUSALS[function]
    assert caught.value.span.file == __file__


def test_the_gradient_of_a_generator_function_is_refused():
    with pytest.raises(SctError, match="generator function"):
        grad(endless)(1.0)


def test_an_iterator_that_is_handed_on_is_used_up_there():
    def total(items):
        s = 0.0
        for item in items:
            s += item
        return s

    def f(x):
        items = (k * x for k in range(3))
        return total(items) + total(items)

    with pytest.raises(UnsupportedError, match="looped over already"):
        value_and_grad(f)(1.0)
