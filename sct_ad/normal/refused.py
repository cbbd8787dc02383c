"""The constructs that are refused, and what to write instead."""

from __future__ import annotations

import gast

REFUSED: dict[type, tuple[str, str]] = {
    gast.Try: ("try", "test the condition with if before the call that may fail"),
    gast.With: ("with", "take the body out of the with block, or enter the context outside of the function"),
    gast.AsyncFunctionDef: ("async def", "write a plain def; derivatives run synchronously"),
    gast.AsyncFor: ("async for", "write a plain for loop; derivatives run synchronously"),
    gast.AsyncWith: ("async with", "write plain code; derivatives run synchronously"),
    gast.Await: ("await", "write a plain call; derivatives run synchronously"),
    gast.Yield: ("yield", "collect the values in a list and return it"),
    gast.YieldFrom: ("yield from", "collect the values in a list and return it"),
    gast.ClassDef: ("a class definition inside a function", "define the class at module level"),
    gast.SetComp: ("a set comprehension", "build a list with a loop"),
}
if hasattr(gast, "Match"):
    REFUSED[gast.Match] = ("match", "write if and elif")
if hasattr(gast, "TryStar"):
    REFUSED[gast.TryStar] = ("try", "test the condition with if before the call that may fail")
