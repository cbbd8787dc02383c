"""One direction -> several directions in one sweep: what depends on them gets one more axis, in front.

Derivatives are linear in their tangents (in reverse mode: in the cotangent of the result). So few operations meet a
tangent, and each has a form that takes all of them at once:

dx = dW @ x      ->   dx = dW @ x            (k, m, n) by (n,)
dy = A @ dx      ->   dy = dx @ A.T          (k, n) by (n, m)
ds = np.sum(dy)  ->   ds = np.sum(dy, axis=1)
dA[i] = ds       ->   dA[:, i] = ds

The primal is computed once for all of them. What has no such form is called once for each direction
(`runtime.batches.mapped`); where not even that can be right, `NotBatched` is raised, and one direction goes at a time.
"""

from __future__ import annotations

from sct_ad.derive.batching.statements import batched_where_possible

__all__ = ["batched_where_possible"]
