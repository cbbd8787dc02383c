"""The types of what `scipy.special`'s Python functions return, and the functions that emitted text calls for them."""

from __future__ import annotations

import inspect
from typing import Any

from scipy import special

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.operators import elementwise
from sct_ad.rules.typing.probe import shaped, unit_type, with_dims
from sct_ad.rules.typing.reductions import reduced_dims
from sct_ad.rules.typing.table import FALSE, NONE, members, rule
from sct_ad.runtime.scipy import elliptic, incomplete
from sct_ad.runtime.scipy import special as slopes
from sct_ad.syntax.dims import broadcast
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Scalar,
    Tuple,
    dims_of,
)

_OF_SEVERAL = ("agm_slopes", "betainc_slopes", "fdtr_slopes", "kelvin_cotangent", "logsumexp_cotangents")
_SLOPES = [
    function
    for module in (elliptic, incomplete, slopes)
    for name, function in vars(module).items()
    if inspect.isfunction(function) and not name.startswith("_") and name not in _OF_SEVERAL
]


@rule(
    *members(
        special,
        "comb perm factorial lambertw polygamma zeta diric softplus spherical_jn spherical_yn spherical_in "
        "spherical_kn sph_harm_y jvp yvp ivp kvp h1vp h2vp",
    ),
    *_SLOPES,
)
def broadcasting(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A function of elements that is no ufunc."""
    return elementwise(function, list(args), keywords)


@rule(special.multigammaln)
def multigammaln(function: Any, a: Abstract, d: Abstract) -> Abstract:
    """`multigammaln(a, d)`, which is defined for large `a` only."""
    return elementwise(special.gammaln, [a])


@rule(slopes.agm_slopes, incomplete.betainc_slopes, incomplete.fdtr_slopes)
def several(function: Any, *args: Abstract) -> Abstract:
    """Two derivatives of the broadcast shape."""
    dims = dims_of(args[0])
    for value in args[1:]:
        dims = broadcast(dims, dims_of(value))
    found = unit_type(function, args)
    return Tuple(tuple(with_dims(like, dims) for like in found.items)) if isinstance(found, Tuple) else UNKNOWN


@rule(special.softmax, special.log_softmax)
def along(function: Any, x: Abstract, axis: Abstract = NONE) -> Abstract:
    """`softmax(x, axis)`: the shape of x."""
    return x if isinstance(x, Scalar) else shaped(function, as_array(x).dims, [as_array(x)])


@rule(special.logsumexp)
def logsumexp(
    function: Any,
    a: Abstract,
    axis: Abstract = NONE,
    b: Abstract = NONE,
    keepdims: Abstract = FALSE,
    return_sign: Abstract = FALSE,
) -> Abstract:
    """`logsumexp(a, axis)`; `a` and `b` are broadcast first."""
    found = [as_array(a)] if b == NONE else [as_array(a), as_array(b)]
    dims = broadcast(*(value.dims for value in found)) if len(found) == 2 else found[0].dims
    dims = reduced_dims(dims, axis, keepdims)
    keywords = {"return_sign": return_sign} if b == NONE else {"b": found[1], "return_sign": return_sign}
    like = unit_type(function, [Array(value.dtype, ()) for value in found[:1]], keywords)
    if isinstance(like, Tuple):
        return Tuple(tuple(with_dims(_part(item), dims) for item in like.items))
    return with_dims(_part(like), dims)


def _part(like: Abstract | None) -> Abstract | None:
    """A number, where the trial's array of rank 0 stands for one."""
    if isinstance(like, Array) and like.dims == () and like.dtype.startswith("float"):
        return Scalar("float", like.dtype)
    return like
