"""Tangents of the functions that gradients of reductions call; None is the tangent of what does not change."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct_ad.runtime.reductions import cumulative_product_tangent, in_rows, reduced_axes


def products_of_others_tangent(x: Any, axis: Any, change: Any) -> Any:
    """The tangent of `products_of_others(x, axis)`: of the products before times those after; exact at zeros."""
    x = np.asarray(x)
    if x.ndim == 0:
        return np.zeros_like(x)
    rows, changes = in_rows(x, axis), in_rows(change, axis)
    before, of_before = _products_before(rows, changes)
    after, of_after = _products_before(rows[..., ::-1], changes[..., ::-1])
    return out_of_rows(of_before * after[..., ::-1] + before * of_after[..., ::-1], x, axis)


def _products_before(rows: Any, changes: Any) -> tuple[Any, Any]:
    """For each entry of a row the product of those before it, and its tangent."""
    products, moved = np.ones_like(rows), np.zeros(rows.shape, np.result_type(rows, changes))
    if rows.shape[-1] > 1:
        products[..., 1:] = np.cumprod(rows[..., :-1], axis=-1)
        moved[..., 1:] = cumulative_product_tangent(changes[..., :-1], rows[..., :-1], -1)
    return products, moved


def out_of_rows(rows: Any, x: Any, axis: Any) -> Any:
    """What `in_rows(x, axis)` has made of `x`, turned back."""
    x = np.asarray(x)
    axes = reduced_axes(x, axis)
    order = [k for k in range(x.ndim) if k not in axes] + list(axes)
    return rows.reshape([x.shape[k] for k in order]).transpose(np.argsort(order))
