"""Functions of NumPy that get no derivative rule, with the reason, and what to write instead. Data only."""

from __future__ import annotations

from typing import Any

import numpy as np

_REFUSED: list[tuple[Any, str, str, str]] = [
    (np, "matrix asmatrix bmat mat", "np.matrix is not supported", "use a two-dimensional np.array, or np.block"),
    (np, "memmap recarray record chararray void object_", "only plain arrays are supported", "use np.array"),
    (np, "ndarray", "it makes an array of uninitialised memory, or on a foreign buffer", "use np.empty or np.asarray"),
    (np, "frombuffer from_dlpack fromiter", "what the numbers are made of is not followed", "use np.array"),
    (np.lib.stride_tricks, "as_strided", "strides are not looked into", "index the array, or use sliding_window_view"),
    (np, "nditer nested_iters flatiter broadcast", "iterators of NumPy are not followed", "loop over np.ndindex"),
    (np, "ufunc generic number inexact floating complexfloating flexible character integer signedinteger "
         "unsignedinteger", "it is an abstract class", "use a function, or a dtype such as np.float64"),
    (np, "frompyfunc", "its results are arrays of objects", "use np.vectorize, or a loop"),
    (np, "poly1d", "polynomial objects are not looked into", "use np.polyval and its relatives on coefficients"),
    (np, "product", "it is deprecated", "use np.prod"),
    (np, "cumproduct", "it is deprecated", "use np.cumprod"),
    (np, "row_stack", "it is deprecated", "use np.vstack"),
    (np, "msort", "it is deprecated", "use np.sort(x, axis=0)"),
    (np, "asfarray", "it is deprecated", "use np.asarray(x, dtype=float)"),
    (np, "fastCopyAndTranspose", "it is deprecated", "use x.T.copy()"),
    (np, "get_array_wrap add_docstring add_newdoc add_newdoc_ufunc deprecate deprecate_with_doc set_numeric_ops "
         "seterrobj", "it is no function of numbers", "leave it out of functions that are differentiated"),
]  # fmt: skip

REFUSED: dict[Any, tuple[str, str]] = {
    vars(owner)[name]: (reason, instead)  # names that NumPy still knows, but warns of, are not in there
    for owner, names, reason, instead in _REFUSED
    for name in names.split()
    if name in vars(owner) and vars(owner)[name] is not np.vstack
}
"""Function -> why it has no rule, and what to write instead."""


def refusal_of(function: object) -> tuple[str, str] | None:
    """Why a function has no rule, and what to write instead; None for all that could have one."""
    try:
        return REFUSED.get(function)
    except TypeError:  # not hashable
        return None
