"""Functions of NumPy whose result never carries a derivative: queries, indices, constructors."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.rules.custom import stop_gradient
from sct_ad.rules.registry import zero_derivative
from sct_ad.runtime import zero_shadow
from sct_ad.runtime.indexing import flat_index, rounds
from sct_ad.runtime.sequences import begins_with_integer, sort_order


def _members(names: str) -> list[Any]:
    """Functions by name, as far as this version of NumPy has them and does not warn of them."""
    return [vars(np)[name] for name in names.split() if name in vars(np)]


zero_derivative(
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.nonzero,
    np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.lexsort, np.unravel_index,
    np.ravel_multi_index,
)  # fmt: skip
zero_derivative(
    np.shape, np.ndim, np.size, np.all, np.any, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.iscomplex,
    np.isreal, np.iscomplexobj, np.isrealobj, np.isscalar, np.isposinf, np.isneginf, np.isin, np.shares_memory,
    np.may_share_memory, np.result_type, np.can_cast, np.dtype, np.finfo, np.iinfo, np.broadcast_shapes,
)  # fmt: skip
zero_derivative(
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity, np.tri,
    np.indices, np.tril_indices, np.triu_indices, np.diag_indices, np.ix_,
    begins_with_integer, flat_index, rounds, sort_order, list.index, list.count, tuple.index, tuple.count,
)  # fmt: skip
zero_derivative(*_members(
    "hamming hanning blackman bartlett einsum_path tril_indices_from triu_indices_from diag_indices_from mask_indices "
    "in1d ndindex iterable isfortran packbits unpackbits bitwise_count alltrue sometrue round_",
))  # fmt: skip

zero_derivative(stop_gradient)

# Questions about types, and numbers that are none of the real line.
zero_derivative(*_members(
    "issubdtype isdtype promote_types min_scalar_type common_type typename mintypecode find_common_type issctype "
    "issubclass_ issubsctype maximum_sctype obj2sctype sctype2char busdaycalendar busday_count busday_offset is_busday "
    "datetime_data datetime64 timedelta64 format_parser byte_bounds bool_ bool int8 int16 int32 int64 intp intc int_ "
    "byte short long longlong uint8 uint16 uint32 uint64 uint uintp uintc ubyte ushort ulong ulonglong str_ bytes_",
))  # fmt: skip

# Text, files, and the state of NumPy: what is read from them depends on no argument.
zero_derivative(*_members(
    "array2string array_repr array_str base_repr binary_repr datetime_as_string format_float_positional "
    "format_float_scientific printoptions get_printoptions set_printoptions set_string_function disp info lookfor "
    "source who save savez savez_compressed savetxt load loadtxt genfromtxt fromfile fromregex fromstring recfromcsv "
    "recfromtxt safe_eval DataSource errstate seterr geterr seterrcall geterrcall geterrobj getbufsize setbufsize "
    "compare_chararrays get_include show_config show_runtime test",
))  # fmt: skip

zero_derivative(zero_shadow)
