"""What calls do besides returning a value: views, mutation, impurity."""

from __future__ import annotations

import builtins
import collections
import copy
import functools
import heapq
import operator
import types
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of one primitive, arguments counted by position (a method's object is argument 0)."""

    view_of: tuple[int, ...] = ()
    """Arguments whose memory the result may share."""
    mutates: tuple[int, ...] = ()
    """Arguments written in place."""
    pure: bool = True
    """False: must run once and in order (print, random draws, unknown functions)."""
    shape_only: tuple[int, ...] = ()
    """Arguments of which only shape and dtype are read, never the content."""
    read_only: bool = False
    """Whether the result, being a view, refuses to be written (np.diagonal, np.broadcast_to)."""


PURE, IMPURE = Effects(), Effects(pure=False)

_ALL = tuple(range(32))
_ON_FIRST = (0,)
_PURE_HOMES = ("numpy", "math", "cmath", "operator", "_operator", "builtins", "itertools", "scipy")
_IMPURE_HOMES = ("numpy.random", "scipy.optimize", "scipy.integrate", "scipy.io", "numpy.ctypeslib", "numpy.testing")


def _members(owner: Any, names: str) -> list[Any]:
    return [getattr(owner, name) for name in names.split() if hasattr(owner, name)]


_TABLE: dict[Any, Effects] = {}
_OBJECTS: WeakKeyDictionary[Any, Effects] = WeakKeyDictionary()
"""What is known of callable objects, as long as they live."""
_calls: dict[tuple[Any, ...], Effects] = {}
"""What has been found of calls of declared functions and of those written in C, for `call_effects`."""


def declare(functions: Iterable[Any], effects: Effects) -> None:
    """Say what calls of functions do."""
    _calls.clear()
    for function in functions:
        _TABLE[function] = effects


def declare_object(called: object, effects_: Effects) -> None:
    """Say what calls of one object do."""
    _OBJECTS[called] = effects_


def is_declared(called: object) -> bool:
    """Whether it is known what calls of one object do."""
    return called in _OBJECTS


# Views, and containers that hold what they are given.
declare(
    _members(
        np,
        "reshape ravel transpose permute_dims matrix_transpose swapaxes moveaxis rollaxis squeeze expand_dims "
        "asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require real imag "
        "split array_split hsplit vsplit dsplit unstack flip fliplr flipud rot90 "
        "trim_zeros polyder polyint",
    )
    + _members(np.polynomial.polyutils, "trimseq trimcoef")
    + _members(np.ndarray, "view getfield __getitem__ newbyteorder to_device __array__")
    + _members(np.linalg, "matrix_transpose")
    + _members(np.lib.stride_tricks, "as_strided")
    + _members(builtins, "tuple list sorted reversed iter enumerate getattr memoryview")
    + _members(list, "copy __getitem__")
    + _members(dict, "copy values items __getitem__")
    + [operator.getitem, copy.copy],
    Effects(view_of=_ON_FIRST),
)
declare(
    _members(np, "atleast_1d atleast_2d atleast_3d")
    + _members(builtins, "max min zip dict set frozenset")
    + [dict.get, operator.add, operator.mul, operator.concat],
    Effects(view_of=_ALL),
)

declare(
    _members(np, "diagonal diag broadcast_to")
    + _members(np.linalg, "diagonal")
    + _members(np.lib.stride_tricks, "sliding_window_view broadcast_to"),
    Effects(view_of=_ON_FIRST, read_only=True),
)
declare([np.broadcast_arrays], Effects(view_of=_ALL, read_only=True))
# What these show depends on the numbers, so that they cannot be mirrored on a shadow.
declare([np.trim_zeros, np.real_if_close], Effects(view_of=_ON_FIRST, read_only=True))

# Mutation. The result of an in-place operator is its first operand, where that is an array or a list.
declare(
    _members(np, "copyto put place putmask fill_diagonal put_along_axis")
    + _members(np.ndarray, "sort fill partition put resize setflags setfield itemset __setitem__ __setstate__")
    + _members(list, "append extend insert remove clear sort reverse __setitem__ __delitem__")
    + _members(dict, "update clear __setitem__ __delitem__")
    + _members(set, "add discard remove clear update")
    + _members(collections.deque, "append appendleft extend extendleft clear remove rotate insert")
    + _members(heapq, "heappush heapify")
    + [operator.setitem, operator.delitem],
    Effects(mutates=_ON_FIRST),
)
declare(
    _members(operator, "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift iconcat")
    + [list.pop, list.__iadd__, dict.pop, dict.popitem, dict.setdefault, set.pop, np.ndarray.byteswap]
    + _members(collections.deque, "pop popleft")
    + _members(heapq, "heappop heappushpop heapreplace"),
    Effects(view_of=_ON_FIRST, mutates=_ON_FIRST),
)
# Of one operand, as in `("ij->ji", x)` and `(x, [0, 1], [1, 0])`, einsum gives a view.
_TABLE[np.einsum] = Effects(view_of=(0, 1))
_TABLE[dict.setdefault] = Effects(view_of=(0, 2), mutates=_ON_FIRST)
_TABLE[next] = Effects(view_of=_ON_FIRST, mutates=_ON_FIRST, pure=False)

# Only shape and dtype are looked at.
declare(
    _members(np, "zeros_like ones_like empty_like full_like shape ndim size iscomplexobj isrealobj isscalar")
    + _members(builtins, "len isinstance type callable hasattr id"),
    Effects(shape_only=_ON_FIRST),
)
declare(_members(np, "may_share_memory shares_memory result_type can_cast broadcast_shapes"), Effects(shape_only=_ALL))

# Input and output, the state of the process, and functions that call functions.
declare(
    _members(
        builtins,
        "print input open exec eval compile setattr delattr __import__ breakpoint globals locals vars dir help "
        "map filter",
    )
    + _members(
        np,
        "save savez savez_compressed savetxt load loadtxt genfromtxt fromfile fromregex memmap open_memmap seterr "
        "seterrcall setbufsize set_printoptions printoptions errstate show_config info apply_along_axis "
        "apply_over_axes fromfunction frompyfunc vectorize piecewise fromiter nditer test",
    )
    + _members(np.ndarray, "tofile dump")
    + [functools.reduce, functools.partial],
    IMPURE,
)
declare([collections.defaultdict, collections.OrderedDict], Effects(view_of=_ALL))
declare([copy.deepcopy], PURE)
_HOLDERS = ("itertools",)

# What emitted text calls of this package, by module and name. These give results that share no memory with arguments:
_NEW = {
    "batches": "mapped repeated",
    "blocks": "row_blocks",
    "broadcasting": "last_written",
    "cotangents": "absolute_cotangent angle_cotangent imaginary_cotangent",
    "containers": "added as_gradient copy_in_layout copy_structure in_layout_of zero_shadow zero_tangent",
    "copies": "detached",
    "checkpointing": "advances binomial content_of interval reach recomputed reverse_parts split",
    "budget": "choose kept_bytes recorded_bytes size_of",
    "creation": "linspace_start linspace_stop logspace_cotangents logspace_tangent",
    "einsum": "einsum_cotangent_tangent read_subscripts",
    "fft": "doubled_inside",
    "scipy.fft": "real_transform real_transform_cotangent",
    "scipy.integrate": (
        "cumulative_simpson_cotangents cumulative_simpson_tangent cumulative_trapezoid_cotangents romb_cotangent "
        "simpson_cotangents simpson_tangent"
    ),
    "scipy.interpolate": (
        "grid_cotangent grid_tangent hermite_coefficients hermite_coefficients_cotangents "
        "hermite_coefficients_tangent linear_slope pchip_coefficients pchip_coefficients_cotangents "
        "pchip_coefficients_tangent piecewise_cotangents piecewise_tangent piecewise_value point_cotangent "
        "point_tangent spline_coefficients spline_coefficients_cotangent without_slopes"
    ),
    "scipy.signal": (
        "any_convolution correlation_cotangents_of filter_cotangents_tangent filtfilt_cotangent lfilter_cotangents "
        "lfilter_tangent resample_cotangent resample_poly_cotangent savgol_cotangent sosfilt_tangent "
        "sosfiltfilt_cotangent upfirdn_cotangents"
    ),
    "scipy.ndimage": (
        "any_correlation any_gaussian convolve1d_cotangent correlate1d_cotangent correlate_cotangents_nd "
        "correlate_cotangents_tangent gaussian1d_cotangent gaussian_cotangent gaussian_laplace_cotangent "
        "gaussian_magnitude_cotangent gaussian_magnitude_cotangent_tangent gaussian_magnitude_tangent "
        "laplace_cotangent slope_cotangent smoothed_slope uniform_cotangent weights1d_cotangent"
    ),
    "grids": (
        "coordinate_cotangent extended_difference_cotangents extended_interp_cotangents gradient_cotangents "
        "interp_cotangents periodic_interp_cotangents trapezoid_cotangents gradient_tangent interp_slopes "
        "periodic_interp_tangent"
    ),
    "histograms": (
        "edges_cotangents histogram_cotangents histogramdd_cotangents counts_tangent edges_tangent "
        "histogram_tangent histogramdd_tangent"
    ),
    "linalg": (
        "chain_cotangents chain_tangent cofactors cofactors_tangent divided_differences "
        "generalised_function_cotangent hermitian_change inverse_transposed kept_count log_of_determinant lower_only "
        "lstsq_cotangents "
        "pinv_cotangent power_cotangent singular_values_cotangent slogdet_cotangent slogdet_tangent solve_cotangents "
        "solve_tangent solved tensorinv_cotangent tensorinv_tangent tensorsolve_cotangents tensorsolve_tangent "
        "tensorsolve_cotangents_tangent triangle_only truncated_pinv_cotangent"
    ),
    "factorisations": (
        "cholesky_cotangent eig_cotangent eigh_cotangent eigvals_cotangent eigvalsh_cotangent "
        "generalised_eigh_cotangents "
        "hermitian_singular_values_cotangent qr_cotangent svd_cotangent triangular_factor_cotangent"
    ),
    "factor_tangents": (
        "cholesky_tangent eig_tangent eigh_tangent eigvals_tangent eigvalsh_tangent generalised_eigh_tangent "
        "hermitian_singular_values_tangent qr_tangent svd_tangent triangular_factor_tangent"
    ),
    "norms": (
        "cond_cotangent conjugate_sign matrix_norm_cotangent norm_cotangent vector_norm_cotangent vector_norm_slope"
    ),
    "linear": (
        "convolve_cotangents correlate_cotangents correlation_pair_tangent pair_tangent cross_left cross_right "
        "diagonal_cotangent dot_left dot_right inner_left inner_right kronecker_left kronecker_right matmul_left "
        "matmul_right tensordot_left "
        "tensordot_right trace_cotangent vecdot_cotangent"
    ),
    "indexing": "flat_index rounds",
    "padding": (
        "pad_constant_cotangents pad_copy_cotangent pad_ramp_cotangents pad_summary_cotangent pad_summary_tangent"
    ),
    "patterns": "is_mapping is_mapping_class is_sequence is_sequence_class part_name",
    "polynomials": (
        "poly_cotangent polydiv_cotangents polyfit_cotangents polymul_cotangents polyval_cotangents roots_cotangent "
        "slope_of sum_cotangent vander_cotangent"
    ),
    "quantile_tangents": "quantile_cotangents_tangent",
    "quantiles": (
        "found_places moves_of neighbours nanmedian_cotangent quantile_cotangents nanmedian_tangent quantile_tangent"
    ),
    "reduction_tangents": "products_of_others_tangent",
    "reductions": (
        "axis_count cumulative_product_cotangent deviations median_cotangent products_of_others "
        "reduceat_cotangent running_extreme_cotangent cumulative_product_tangent mean_of_ties median_tangent "
        "reduced_axes running_extreme_tangent"
    ),
    "sequence_tangents": (
        "chain_cotangents_tangent distance_cotangents_tangent product_cotangents_tangent scaled_items_tangent"
    ),
    "sequences": (
        "begins_with_integer distance_cotangents product_cotangents scaled_items sort_order tie_cotangents "
        "distance_tangent extreme_tangent product_tangent"
    ),
    "sets": (
        "found_cotangent found_cotangents trimmed_cotangent unique_rows_cotangent found_in_both_tangent "
        "found_tangent unique_rows_tangent"
    ),
    "recurrences": "factor_cotangent factors_cotangents steps times_x times_x_transposed",
    "series": (
        "basis_slopes fit_cotangents series_argument_cotangent series_coefficients_cotangent "
        "series_companion_cotangent series_converted_cotangent series_fit_cotangents series_integral_cotangents "
        "series_line_cotangents series_map_cotangent series_of_roots_cotangent series_points_cotangents "
        "series_power_cotangent series_product_cotangents series_roots_cotangent series_sum_cotangents "
        "series_times_x_cotangent series_vander_cotangent series_vander_cotangents spread_roots without_leading_zeros "
        "without_leading_zeros_cotangent"
    ),
    "series_second": (
        "series_integral_cotangents_tangent series_map_cotangent_tangent series_points_cotangents_tangent "
        "series_product_cotangents_tangent series_vander_cotangents_tangent"
    ),
    "shaping": (
        "choose_cotangents entry_cotangent gathered_cotangent inserted_cotangents moved_cotangent positions "
        "repeat_cotangent selected_cotangent sort_cotangent take_along_axis_cotangent take_cotangent "
        "tile_cotangent window_cotangent moved_tangent sort_tangent"
    ),
    "scipy.elliptic": (
        "ellipe_curvature ellipeinc_curvature_m ellipk_curvature ellipkinc_curvature_m ellipkm1_curvature elliprd_slope"
    ),
    "scipy.incomplete": (
        "betainc_slope_x betainc_slopes fdtr_slope_x fdtr_slopes gammainc_slope_a gammainc_slope_x stdtr_slope_df "
        "stdtr_slope_t t_score_df"
    ),
    "scipy.special": (
        "agm_slopes bessel_quotient box_cox_slope dawsn_slope diric_slope ellipe_slope ellipeinc_slope_m ellipk_slope "
        "ellipkinc_slope_m ellipkm1_slope erfcx_slope "
        "exp_difference expn_slope exprel_slope kelvin_cotangent kelvin_second log1p_ratio_slope logsumexp_cotangents "
        "logsumexp_weights "
        "multigammaln_slope rgamma_curvature rgamma_slope sinhc spence_slope struve_term trigamma wofz_slope"
    ),
    "complex_numbers": "sign_cotangent",
    "scipy.factors": (
        "banded_cholesky_cotangent cho_factor_cotangent eigh_banded_cotangent eigh_tridiagonal_cotangents "
        "eigvals_banded_cotangent eigvalsh_tridiagonal_cotangents generalised_eigvalsh_cotangents lu_cotangent "
        "lu_factor_cotangent pivoted_qr_cotangent rq_cotangent triangle_cotangent upper_factor_cotangent"
    ),
    "scipy.linear_systems": (
        "as_read banded_solve_cotangents circulant_solve_cotangents continuous_lyapunov_cotangents "
        "continuous_riccati_cotangents dense_of_bands diagonals_stored discrete_lyapunov_cotangents "
        "factored_cholesky_cotangents factored_lu_cotangents hermitian_banded_solve_cotangents "
        "hermitian_pinv_cotangent row_order stored_bands structured_solve_cotangents sylvester_cotangents "
        "toeplitz_product_cotangents toeplitz_product_cotangents_tangent toeplitz_solve_cotangents "
        "toeplitz_solve_cotangents_tangent triangular_solve_cotangents"
    ),
    "scipy.matrix_functions": (
        "frechet_cotangents frechet_tangent isometry_gradient matrix_function_cotangent matrix_function_second "
        "matrix_function_tangent polar_cotangent polar_tangent power_exponent_cotangent power_exponent_tangent "
        "procrustes_cotangents procrustes_tangent root_cotangent root_tangent"
    ),
    "scipy.structured": (
        "block_cotangents companion_cotangent companion_tangent fiedler_cotangent fiedler_tangent hankel_cotangents "
        "khatri_rao_cotangents leslie_cotangents placed_cotangent toeplitz_cotangents"
    ),
    "scipy.stats": (
        "dirichlet_cotangents dirichlet_tangent entropy_cotangents entropy_tangent kurtosis_slope moment_slope "
        "multivariate_normal_cotangents multivariate_normal_tangent over_probability sem_slope skew_slope "
        "variation_slope zscore_cotangent"
    ),
    "special": "bessel_i1 digamma kaiser_slope sinc_slope",
    "vector_math": "vector_cos vector_exp vector_log vector_sin vector_tanh whole_power",
    "statistics": (
        "average_cotangents average_cotangents_tangent correlation_cotangents covariance_cotangents "
        "variance_cotangents average_tangent correlation_tangent covariance_tangent variance_tangent "
        "weight_total_tangent"
    ),
    "series_tangents": (
        "fit_tangent last_coefficients poly_tangent polydiv_tangent polyfit_tangent polymul_tangent polyval_tangent "
        "roots_tangent series_bound_tangent series_companion_tangent series_fit_tangent series_grid_tangent "
        "series_line_tangent series_of_roots_tangent series_power_tangent series_product_tangent "
        "series_quotient_tangent series_roots_tangent series_sum_tangent series_vander_tangent series_vanders_tangent "
        "vander_tangent"
    ),
    "scipy.factor_tangents": (
        "banded_cholesky_tangent cho_factor_tangent eigh_banded_tangent eigh_tridiagonal_tangent "
        "eigvals_banded_tangent eigvalsh_tridiagonal_tangent generalised_eigvalsh_tangent lu_factor_tangent "
        "lu_tangent pivoted_qr_tangent rq_tangent triangle_tangent upper_factor_tangent"
    ),
    "scipy.system_tangents": (
        "banded_solve_tangent circulant_solve_tangent continuous_lyapunov_tangent continuous_riccati_tangent "
        "discrete_lyapunov_tangent factored_cholesky_banded_tangent factored_cholesky_tangent factored_lu_tangent "
        "hermitian_banded_solve_tangent structured_solve_tangent sylvester_tangent toeplitz_solve_tangent "
        "triangular_solve_tangent"
    ),
    "inverse_tangents": "lstsq_tangent pinv_tangent singular_values_tangent truncated_pinv_tangent",
}
# and these give out (views of) what they are given, or write into it.
_RUNTIME_HOME = "sct_ad.runtime"
_RUNTIME = {
    **{name: PURE for names in _NEW.values() for name in names.split()},
    **dict.fromkeys(
        "diagonal_view ediff1d_cotangents take_items new_slots as_structure einsum_cotangent first_entries "
        "item_cotangents out_of_rows pad_cotangent rows_and_back blocks reordered_cotangent "
        "checkpoint checkpointed pieces layers rows columns depths side_by_side rollaxis_cotangent "
        "transposed adjugated real_if_real zero_if_none filter_cotangents plane_cotangents hilbert_cotangent "
        "sosfilt_cotangents fitted fitting many_cotangent polyder_cotangent polyint_cotangents summed_to "
        "enough moments multiples without_trailing_zeros as_long read_entries as_reduced in_rows power_tangent "
        "trimmed_tangent".split(),
        Effects(view_of=_ON_FIRST),
    ),
    **dict.fromkeys(
        "diag_cotangent difference_cotangent expand_reduced sum_cotangents".split(),
        Effects(view_of=_ON_FIRST, read_only=True),
    ),
    **dict.fromkeys(["new_object", "object_like", "holding"], Effects(view_of=_ALL)),
    "add_unless_view": Effects(mutates=_ON_FIRST),
    **dict.fromkeys(
        "add_to_shadow give_back give_back_repeated put_back restore_entry shorten take_over thin refill".split(),
        Effects(mutates=_ON_FIRST),
    ),
    "replace_slots": Effects(view_of=_ON_FIRST, mutates=_ON_FIRST),
    "taken": Effects(view_of=_ON_FIRST),
    "view_or_zeros": Effects(view_of=(0, 1)),
    "series_quotient_cotangents": Effects(view_of=(0, 1)),
    **dict.fromkeys(["require_real", "plan", "stored_whole"], IMPURE),
    "real_part_if_real": Effects(view_of=_ON_FIRST, shape_only=(1,)),
    "spread_over": Effects(view_of=_ON_FIRST, shape_only=(1,), read_only=True),
    "unbroadcast": Effects(view_of=_ON_FIRST, shape_only=(1, 2), read_only=True),
    **dict.fromkeys(["zeros_like", "zeros_in_layout"], Effects(shape_only=_ON_FIRST)),
    **dict.fromkeys(["matched_part", "number_like"], Effects(view_of=_ON_FIRST)),
    "value_and_residuals": Effects(view_of=_ON_FIRST),
    **dict.fromkeys(["checked", "checked_tangents"], Effects(view_of=_ON_FIRST, shape_only=_ALL[2:])),
    **dict.fromkeys(["replaced", "replaced_tangent"], Effects(view_of=(0, 2))),
    "agreeing": Effects(view_of=_ON_FIRST),
    "tangent_cotangent": Effects(view_of=_ON_FIRST, shape_only=(1, 2), read_only=True),
}

# The position of `out` where it can be given by position.
_OUT = {
    **dict.fromkeys(
        _members(
            np,
            "sum prod mean std var nansum nanprod nanmean nanstd nanvar cumsum cumprod nancumsum nancumprod clip take "
            "compress",
        ),
        3,
    ),
    **dict.fromkeys(
        _members(
            np,
            "max min amax amin all any argmax argmin ptp median dot round around round_ nanmax nanmin outer nanmedian "
            "nanargmax nanargmin",
        ),
        2,
    ),
    **dict.fromkeys(_members(np, "fix isposinf isneginf"), 1),
    **dict.fromkeys(_members(np, "concatenate stack choose"), 2),
    **dict.fromkeys(_members(np, "trace"), 5),
    **dict.fromkeys(_members(np, "quantile percentile nanquantile nanpercentile"), 3),
}
_FIRST_PARAMETERS = ("a", "arr", "ary", "array", "m", "x", "v", "val", "dst", "tup", "iterable", "prototype", "object")


_CODE = (types.FunctionType, types.BuiltinFunctionType, type, np.ufunc)
_DISPATCHED = type(np.sum)
_KEPT = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, _DISPATCHED)
"""The kinds of functions whose calls' effects may be remembered."""


def effects(function: Any) -> Effects:
    """The effects of a function that is not the user's; unknown functions are impure."""
    try:
        known = _TABLE.get(function)
    except TypeError:  # not hashable
        known = None
    if known is None and not isinstance(function, _CODE):
        with suppress(TypeError):  # not hashable, or no weak references
            known = _OBJECTS.get(function)
    if known is not None:
        return known
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return Effects(mutates=_ON_FIRST) if function.__name__ == "at" else PURE
    home = home_of(function)
    if home.startswith(_RUNTIME_HOME):
        return _RUNTIME.get(getattr(function, "__name__", ""), Effects(view_of=_ALL))
    if getattr(function, "__name__", "") == "shuffle" and home.startswith(("numpy.random", "random")):
        return Effects(mutates=_ON_FIRST if getattr(function, "__self__", None) is not None else (1,), pure=False)
    if home.startswith(_IMPURE_HOMES) or home.partition(".")[0] not in _PURE_HOMES:
        return IMPURE
    return Effects(view_of=_ALL) if home in _HOLDERS else PURE


def home_of(function: Any) -> str:
    """The module that a function, class or method belongs to."""
    if isinstance(function, np.ufunc):
        return "numpy"
    cls = getattr(function, "__objclass__", None)
    owner = getattr(function, "__self__", None)
    if cls is not None:
        found = cls.__module__
    elif owner is not None and not isinstance(owner, type(builtins)):
        found = (owner if isinstance(owner, type) else type(owner)).__module__
    else:
        found = getattr(function, "__module__", None) or ""
    return found if isinstance(found, str) else ""


def call_effects(function: Any, n_args: int, keywords: Sequence[str]) -> Effects:
    """The effects of one call, given the number of its positional arguments and the names of the others.

    Keyword arguments are counted on after the positional ones, in the order of `keywords`: in `np.add(x, y, out=z)`
    argument 2 is mutated, and is what the result is a view of.
    """
    if not isinstance(function, _KEPT):
        return _call_effects(function, n_args, list(keywords))
    key = (function, n_args, *keywords)
    found = _calls.get(key)
    if found is None:
        found = _call_effects(function, n_args, list(keywords))
        if _is_permanent(function):
            _calls[key] = found
    return found


def _is_permanent(function: Any) -> bool:
    """Whether a function lives as long as its module; others, such as methods of a user's object, may not."""
    if isinstance(function, (np.ufunc, _DISPATCHED)) or function in _TABLE:
        return True
    if isinstance(function, types.FunctionType):
        return (function.__module__ or "").startswith(_RUNTIME_HOME)
    return isinstance(getattr(function, "__self__", None), types.ModuleType)


def _call_effects(function: Any, n_args: int, keywords: list[str]) -> Effects:
    known = effects(function)
    view_of = _present(known.view_of, n_args, keywords)
    mutates = _present(known.mutates, n_args, keywords)
    out = _out_position(function, n_args, keywords)
    if out is not None:
        view_of, mutates = (*view_of, *out), (*mutates, *out)
    pure = known.pure and "key" not in keywords
    if function is np.einsum and n_args > 2:
        view_of = tuple(k for k in view_of if k == 0 and n_args == 3)
    if "copy" in keywords:
        # `copy=False` may hand out the argument itself; nan_to_num then even writes into it.
        view_of = tuple({*view_of, *(range(n_args) if function is np.meshgrid else (0,))})
        mutates = (0, *mutates) if function is np.nan_to_num else mutates
    if "overwrite_input" in keywords:
        mutates = (0, *mutates)
    elif any(name.startswith("overwrite_") for name in keywords):  # SciPy's, of any argument
        mutates = (*range(n_args), *mutates)
    shape_only = _present(known.shape_only, n_args, keywords)
    return replace(known, view_of=view_of, mutates=mutates, pure=pure, shape_only=shape_only)


def _present(positions: tuple[int, ...], n_args: int, keywords: list[str]) -> tuple[int, ...]:
    """The positions of a call that has so many arguments; the first parameter may be given by keyword."""
    if positions == _ALL:
        return tuple(range(n_args + len(keywords)))
    found = [p for p in positions if p < n_args]
    if n_args == 0 and 0 in positions:
        found += [n_args + k for k, name in enumerate(keywords) if name in _FIRST_PARAMETERS] or range(len(keywords))
    return tuple(found)


def _out_position(function: Any, n_args: int, keywords: list[str]) -> tuple[int, ...] | None:
    """The positions of the arguments that receive the result, if there are any."""
    if "out" in keywords:
        return (n_args + keywords.index("out"),)
    if isinstance(function, np.ufunc):
        return tuple(range(function.nin, n_args)) or None
    position = out_position(function, n_args)
    return None if position is None else (position,)


def out_position(function: Any, n_args: int) -> int | None:
    """The position of `out` among so many positional arguments of a function that is no ufunc."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        position = {"reduce": 3, "accumulate": 3, "reduceat": 4}.get(function.__name__)
    else:
        try:
            position = _OUT.get(function)
        except TypeError:
            return None
    return position if position is not None and position < n_args else None
