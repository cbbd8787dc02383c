"""Parsing, compiling, and room for deep trees."""

from __future__ import annotations

import ast
import sys
import threading
import warnings

import pytest

from sct_ad.syntax.text import compile_tree, depth, in_factory, nested_codes, parse_text, room_for


def test_parsing_is_silent_and_lets_notebooks_await():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body = parse_text("x = '\\d'\ny = x is 'a'\n", "user.py").body
        compile_tree(body, "user.py")
        parse_text("await f()\n", "cell")
    with pytest.raises(SyntaxError):
        parse_text("x = (", "user.py")


def test_factory_makes_closures_and_keeps_names_bare():
    function = parse_text("def f(x):\n    return x + k + f\n", "m").body[0]
    codes = {code.co_name: code for code in nested_codes(compile_tree([in_factory(function, ["k"])], "m"))}
    assert codes["f"].co_freevars == ("k",) and "f" in codes["f"].co_names
    assert getattr(codes["f"], "co_qualname", "f") == "f"
    codes = {code.co_name: code for code in nested_codes(compile_tree([in_factory(function, ["f"])], "m"))}
    assert codes["f"].co_freevars == ("f",)


def test_room_is_given_and_taken_back():
    before = sys.getrecursionlimit()
    tree = parse_text("x = " + " + ".join("y" * 500), "m")
    assert depth(tree) >= 500
    with room_for(tree):
        assert sys.getrecursionlimit() > 4000
        with room_for(tree):
            ast.unparse(tree)
        assert sys.getrecursionlimit() > 4000
    assert sys.getrecursionlimit() == before


def test_room_is_not_taken_from_other_threads():
    before = sys.getrecursionlimit()
    tree = parse_text("x = " + " + ".join("y" * 500), "m")
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with room_for(tree):
            inside.set()
            leave.wait()
            ast.unparse(tree)

    thread = threading.Thread(target=hold)
    with room_for(tree):
        thread.start()
        inside.wait()
    assert sys.getrecursionlimit() > 4000
    leave.set()
    thread.join()
    assert sys.getrecursionlimit() == before
