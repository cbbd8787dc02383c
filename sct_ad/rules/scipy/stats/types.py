"""The types of what distributions and descriptive statistics return, and of what emitted text calls for them."""

from __future__ import annotations

from typing import Any

from scipy import stats

from sct_ad.rules.typing.constructors import as_array
from sct_ad.rules.typing.probe import shaped
from sct_ad.rules.typing.reductions import reduced_dims
from sct_ad.rules.typing.table import FALSE, ZERO, rule
from sct_ad.runtime.scipy import stats as cotangents
from sct_ad.syntax.dims import Dims, broadcast
from sct_ad.syntax.values import (
    UNKNOWN,
    Abstract,
    Array,
    Constant,
    List,
    Range,
    Scalar,
    Tuple,
    dims_of,
)


def of_elements(function: Any, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A method of a univariate distribution: it broadcasts all its arguments, and is of double precision."""
    dims: Dims | None = ()
    for value in (*args, *keywords.values()):
        if not isinstance(value, Constant):
            dims = broadcast(dims, dims_of(as_array(value) if isinstance(value, (Tuple, List, Range)) else value))
    return Scalar("float", "float64") if dims == () else Array("float64", dims)


@rule(cotangents.over_probability)
def quotient(function: Any, slope: Abstract, log_probability: Abstract, inside: Abstract) -> Abstract:
    """`over_probability(slope, log_probability, inside)`."""
    return of_elements(function, slope, log_probability, inside)


@rule(stats.gmean, stats.hmean, stats.sem, stats.variation, stats.skew, stats.kurtosis)
def reduction(function: Any, a: Abstract, axis: Abstract = ZERO, *args: Abstract, **keywords: Abstract) -> Abstract:
    """A statistic along an axis, 0 by default."""
    found = as_array(a)
    dims = reduced_dims(found.dims, axis, keywords.pop("keepdims", FALSE))
    return shaped(function, dims, [Array(found.dtype, (1,))])


@rule(stats.zscore)
def scores(function: Any, a: Abstract, *args: Abstract, **keywords: Abstract) -> Abstract:
    """`zscore(a)`: the shape of `a`."""
    return shaped(function, as_array(a).dims, [as_array(a)])


@rule(
    cotangents.sem_slope,
    cotangents.variation_slope,
    cotangents.skew_slope,
    cotangents.kurtosis_slope,
    cotangents.moment_slope,
)
def slope(function: Any, a: Abstract, *args: Abstract) -> Abstract:
    """The derivative of a statistic by each entry."""
    return a if isinstance(a, Array) and a.dtype.startswith("float") else UNKNOWN


@rule(cotangents.zscore_cotangent)
def scores_cotangent(function: Any, dz: Abstract, z: Abstract, a: Abstract, *args: Abstract) -> Abstract:
    """The cotangent of `a` in its standard scores."""
    return slope(function, a)


@rule(cotangents.multivariate_normal_cotangents)
def normal(function: Any, dz: Abstract, x: Abstract, mean: Abstract, cov: Abstract) -> Abstract:
    """The cotangents of points, mean and covariance."""
    return Tuple((_like(x), _like(mean), _like(cov)))


@rule(cotangents.dirichlet_cotangents)
def dirichlet(function: Any, dz: Abstract, x: Abstract, alpha: Abstract) -> Abstract:
    """The cotangents of points and concentrations."""
    return Tuple((_like(x), _like(alpha)))


@rule(cotangents.entropy_cotangents)
def entropy(function: Any, dz: Abstract, z: Abstract, pk: Abstract, qk: Abstract, *args: Abstract) -> Abstract:
    """The cotangents of both distributions."""
    return Tuple((_like(pk), _like(qk)))


def _like(primal: Abstract) -> Abstract:
    """Double precision in the shape of a primal."""
    if isinstance(primal, Array) and primal.dims is not None and primal.dtype == "float64":
        return Array("float64", primal.dims)
    return Scalar("float", "float64") if isinstance(primal, Scalar) and primal.kind == "float" else UNKNOWN
