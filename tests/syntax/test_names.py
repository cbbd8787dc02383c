"""Fresh names."""

from __future__ import annotations

from sct_ad.syntax.names import Names


def test_free_names_are_kept_and_then_taken():
    names = Names()
    assert [names.fresh("bx") for _ in range(3)] == ["bx", "bx1", "bx2"]


def test_users_names_keywords_and_builtins_are_never_given():
    names = Names(["t", "t1"])
    assert (names.fresh("t"), names.fresh("sum"), names.fresh("lambda")) == ("t2", "sum1", "lambda1")


def test_numbers_after_a_digit_are_set_apart():
    names = Names(["bW1"])
    assert (names.fresh("bW1"), names.fresh("bW1"), names.fresh("bW")) == ("bW1_1", "bW1_2", "bW")


def test_numbered_names_do_not_collide_with_given_ones():
    names = Names(["x", "x1", "x3"])
    assert [names.fresh("x") for _ in range(3)] == ["x2", "x4", "x5"]


def test_same_requests_give_same_names():
    requests = ["t", "bx", "t", "x_tape", "bx", "t"]
    first, second = Names({"bx", "a", "t"}), Names({"t", "a", "bx"})
    assert list(map(first.fresh, requests)) == list(map(second.fresh, requests))
