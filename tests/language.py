"""What of Python is differentiated: each construct, and the programs and refusals that show it.

`python -m tests.language` runs them and writes the table of the README; a test compares the two.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from sct_ad.errors import SctError
from tests.examine import BY_NAME, check_effects, check_value_and_gradients
from tests.refusals import REFUSALS, message

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- made by python -m tests.language -->", "<!-- end of what is made -->"


@dataclass(frozen=True)
class Row:
    """A construct as users call it; the programs that use it, and the refusals of what looks like it."""

    construct: str
    programs: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def row(construct: str, programs: str = "", refused: str = "") -> Row:
    return Row(construct, tuple(programs.split()), tuple(refused.split()))


LANGUAGE: dict[str, list[Row]] = {
    "Containers as arguments": [
        row("tuples, lists and dictionaries, nested", "mlp_list mlp_dict mlp_tuple nested_containers combinators_of_layers"),
        row("named tuples", "polygon_area histogram_of_soft_counts length_of_a_bezier_curve"),
        row("dataclasses, frozen or not, nested", "network_loss attention_loss value_of_book"),
        row("objects of your own classes", "loss_of_module polynomial_argument weights_of_a_tree log_joint_of_models"),
        row("leaves that are no numbers: `None`, strings, integers, booleans", "squared_norm_of_a_tree optional_gates"),
        row("`OrderedDict`, `SimpleNamespace`", "ordered_layers namespaces"),
        row("classes registered as containers", "registered_container"),
    ],
    "Containers inside": [
        row(
            "lists: `append`, `extend`, `insert`, `pop`, `remove`, item stores, `del`",
            "list_append list_store popped_and_extended inserted_and_reversed removed_and_deleted del_of_an_item",
        ),
        row(
            "lists: slices and their stores, `+`, `*`, copies",
            "slices_of_a_list slice_of_a_list_replaced lists_added_and_repeated copies_of_a_list",
        ),
        row("several names for one list; lists of lists", "rows_that_are_one_list two_names_at_once nested_lists_stored_into"),
        row("comprehensions of lists, nested", "comprehension matrix_product_of_lists extrapolated_slope"),
        row("comprehensions of dictionaries", "lstm_over_a_sequence"),
        row("generator expressions in `sum`, `max`, `tuple`, `np.array`", "mixture_log_likelihood arc_length_by_simpson"),
        row(
            "dictionaries: stores, `get`, `update`, `setdefault`, `items`, `keys`, `values`",
            "dict_of_values dict_item_replaced descent_on_a_dict configured mixture_heat_capacity",
        ),
        row("dictionaries under computed keys", "memo_of_subproblems breadth_first_costs"),
        row("`defaultdict`, `Counter`, `deque`", "grouped_sums weighted_by_counts moving_average_deque delayed_feedback"),
        row("`**` in dictionary displays", "kernels_with_options"),
        row("tuples and named tuples built and unpacked", "unpack_results named_tuples_made_inside recurrence_of_tuples"),
        row("arrays collected in a list and stacked", "lstm_over_a_sequence list_of_arrays_written"),
    ],
    "Loops over them": [
        row("ranges, arrays, tuples, lists", "nested_loops loop_over_rows loop_over_list loop_over_list backward_range"),
        row("`zip`, `enumerate`, `reversed`", "zip_and_enumerate zip_and_enumerate_lists lagged_products"),
        row("`sorted`, `max` and `min` with `key`", "sorted_lists largest_by_key rank_weighted trimmed_mean"),
        row("items of dictionaries", "mixture_heat_capacity forces_by_name"),
        row("lists of `(W, b)` layers", "mlp_list mlp_list_one_layer"),
        row(
            "`itertools`: `product`, `chain`, `accumulate`, `pairwise`, `islice`, `combinations`",
            "two_way_effects chained_and_sliced cumulative_products_by_accumulate coulomb_energy convolved_twice",
        ),
        row("`map`, `filter`, `functools.reduce`", "maps_and_filters ray_through_optics composed_activations"),
        row("`operator.*`", "getters convolved_twice"),
        row("`while`, `break`, `continue`, `else`, early `return`", "while_loop break_and_continue for_else_broken"),
    ],
    "Functions": [
        row("`*args`, `**kwargs`, in definitions and calls", "call_variadic pipeline_of_functions"),
        row("keyword-only, positional-only, defaults", "positional_only own_defaults fixed_point_with_callback"),
        row("nested functions, lambdas, late binding", "nested_def nested_def_late_binding lambdas late_binding"),
        row("closures, `nonlocal`", "call_closures nonlocal_counter counters_from_a_closure"),
        row("`global`", "global_counter"),
        row("functions as arguments, functions that return functions", "functions_passed composed_activations"),
        row("recursion, mutual recursion", "recursive_power mutual_recursion mutually_recursive tree_sum"),
        row("`functools.partial`, tables of functions", "lorenz_with_solver lorenz_with_midpoint loss_from_registry"),
        row("decorated functions (`functools.wraps`)", "decorated_layer_in_a_loop"),
        row("`lru_cache`, `singledispatch`", "poisson_log_likelihood dispatched_priors"),
        row("functions without source and rule", "", "no_source"),
    ],
    "Objects": [
        row("objects created inside, attributes read and written", "leapfrog_energy accumulator_object unrolled_training"),
        row("`__call__`, `__getitem__`, `__setitem__`, `__len__`", "network_made_inside relaxed_rod polynomial_algebra"),
        row("operators: `__add__`, `__matmul__`, `__lt__`, ...", "kepler_orbit rotated_twice shapes_from_a_registry"),
        row("inheritance, `super()`", "falling_with_drag shapes_from_a_registry portfolio_value"),
        row("properties, class attributes", "product_of_densities batch_norm_twice"),
        row("`staticmethod`, `classmethod`", "account_statement rotated_twice"),
        row("dataclasses made inside, `__post_init__`, `replace`", "kinetics runge_kutta_of_dataclasses symplectic_with_replace"),
        row("`__slots__`", "kepler_orbit"),
    ],
    "Statements": [
        row("assignment of all kinds, `:=`, `del`, annotations", "multiple_assignment augmented star_in_target walrus"),
        row("`if`, conditional expressions, `and`, `or`", "piecewise_0.4 ternary boolean_values chained_comparison"),
        row("`match`: literals, sequences, mappings, classes, guards", "rocket_stages reactor_by_match areas_by_match"),
        row("`try`, `except`, `else`, `finally`", "root_not_found try_else_finally lookup_with_fallback raised_half_way"),
        row("`with`: `np.errstate`, `suppress`, context managers of your own", "dispersion_relation ignored_failures"),
        row("generators, `yield`, `yield from`", "last_variance two_filters_in_a_row sum_of_flattened"),
        row("`assert`, `raise`, `import`, f-strings", "assert_and_pass loss_from_registry"),
        row("`async`, `await`", "", "async_function"),
    ],
    "Values": [
        row("views, aliases, buffer swaps", "view_written alias buffer_swap row_views"),
        row("stores into arrays by index, slice, mask, index array", "slice_stores mask_store fancy_store matrix_stores"),
        row("mixed `bool`, `int`, `float`", "kinds_of_numbers"),
        row("complex values in between", "rabi_population interference_of_two_slits goertzel_complex"),
        row("`float(x)`, `int(x)`, `x.item()`, arrays of no dimensions", "zero_dimensional bilinear"),
        row("NumPy scalars", "numpy_scalars_mixed"),
        row("`isinstance`, `type`, `hasattr`, `len`, `shape` in tests", "both_kinds any_all_len numpy_scalars_mixed"),
        row("`None` as a default, strings as switches", "optional_arguments string_switch_tanh optional_gates"),
        row("random draws", "dropout_with_a_generator noisy_training bootstrap_mean_of_squares monte_carlo_asian"),
    ],
}
