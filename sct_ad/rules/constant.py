"""Functions of NumPy whose result never carries a derivative: queries, indices, constructors."""

from __future__ import annotations

import numpy as np

from sct_ad.rules.registry import zero_derivative
from sct_ad.runtime.sequences import sort_order

zero_derivative(
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.nonzero,
    np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.lexsort, np.unravel_index,
    np.ravel_multi_index, np.histogram_bin_edges,
)  # fmt: skip
zero_derivative(
    np.shape, np.ndim, np.size, np.all, np.any, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.iscomplex,
    np.isreal, np.iscomplexobj, np.isrealobj, np.isscalar, np.isposinf, np.isneginf, np.isin, np.shares_memory,
    np.may_share_memory, np.result_type, np.can_cast, np.dtype, np.finfo, np.iinfo, np.broadcast_shapes,
)  # fmt: skip
zero_derivative(
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity, np.tri,
    np.indices, np.tril_indices, np.triu_indices, np.diag_indices, np.ix_,
    sort_order, list.index, list.count, tuple.index, tuple.count,
)  # fmt: skip
