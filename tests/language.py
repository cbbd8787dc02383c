"""What of Python is differentiated: each construct, with the programs, events and refusals that show it.

`python -m tests.language` runs them all and writes the tables of the README; a test compares the two.
"""

import contextlib
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.examine import check_effects, check_value_and_gradients
from tests.live_events import World
from tests.refusals import REFUSALS
from tests.test_live_names import check_event

README = Path(__file__).parent.parent / "README.md"
BETWEEN = re.compile(r"(?<=<!-- computed by tests/language.py -->\n).*?(?=<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """A construct as users write it; programs that use it, events that it sees, and refusals of what looks like it."""

    construct: str
    programs: tuple
    refusals: tuple
    events: tuple

    def state(self):
        """The cell of the table: computed by running what the row names."""
        for name in self.programs:
            check_value_and_gradients(name)
            check_effects(name)
        with tempfile.TemporaryDirectory() as folder:
            for name in self.events:
                world = World(Path(folder))
                try:
                    check_event(name, world)
                finally:
                    world.close()
        refused = "refused: " + ", ".join(REFUSALS[name].message() for name in self.refusals)
        if self.refusals:
            return f"yes; {refused}" if self.programs else refused
        return "yes"


def row(construct, programs="", refused="", events=""):
    return Row(construct, tuple(programs.split()), tuple(refused.split()), tuple(events.split()))


def tables():
    """The text between the two marks in the README."""
    lines = []
    with contextlib.redirect_stdout(io.StringIO()):  # what the programs print
        for heading, rows in LANGUAGE.items():
            lines += ["", f"| {heading} | |", "| --- | --- |"]
            lines += [f"| {row.construct} | {row.state()} |" for row in rows]
    return "\n".join([*lines, "", ""])


LANGUAGE = {
    "Containers as arguments": [
        row(
            "tuples, lists and dictionaries, nested",
            "mlp_list mlp_dict mlp_tuple nested_containers combinators_of_layers",
        ),
        row("named tuples", "polygon_area named_tuples_made_inside named_tuple_replaced"),
        row("dataclasses, frozen or not, nested", "loss_of_a_network attention_loss value_of_book"),
        row("objects of your own classes", "loss_of_module polynomial_argument weights_of_a_tree log_joint_of_models"),
        row(
            "leaves that are no numbers: `None`, strings, integers, booleans",
            "optional_gates loss_of_a_network configured",
        ),
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
        row(
            "several names for one list; lists of lists",
            "rows_that_are_one_list two_names_at_once nested_lists_stored_into",
        ),
        row("comprehensions of lists, nested", "comprehension matrix_product_of_lists extrapolated_slope"),
        row("comprehensions of dictionaries", "lstm_over_a_sequence"),
        row(
            "generator expressions in `sum`, `max`, `tuple`, `np.array`", "mixture_log_likelihood arc_length_by_simpson"
        ),
        row(
            "dictionaries: stores, `get`, `update`, `setdefault`, `items`, `keys`, `values`",
            "dict_of_values dict_item_replaced descent_on_a_dict configured mixture_heat_capacity",
        ),
        row("dictionaries under computed keys", "breadth_first_costs remembered grid_under_pairs words_weighed"),
        row("`defaultdict`, `OrderedDict`", "grouped_sums sums_by_default ordered"),
        row("`deque` of values that are differentiated", "", "deque_of_values"),
        row("`**` in dictionary displays", "kernels_with_options"),
        row(
            "tuples and named tuples built and unpacked", "unpack_results named_tuples_made_inside recurrence_of_tuples"
        ),
        row("sets", "", "set_of_values"),
        row("arrays collected in a list and stacked", "lstm_over_a_sequence list_of_arrays_written"),
    ],
    "Loops over them": [
        row("ranges, arrays, tuples, lists", "nested_loops loop_over_rows loop_over_list backward_range"),
        row("`zip`, `enumerate`, `reversed`", "zip_and_enumerate zip_and_enumerate_lists lagged_products"),
        row("`sorted`, `max` and `min` with `key`", "sorted_lists largest_by_key rank_weighted trimmed_mean"),
        row("items of dictionaries", "mixture_heat_capacity forces_by_name"),
        row("lists of `(W, b)` layers", "mlp_list mlp_list_one_layer"),
        row(
            "`itertools`: `product`, `chain`, `accumulate`, `pairwise`, `islice`, `combinations`",
            "two_way_effects chained_and_sliced cumulative_products_by_accumulate coulomb_energy convolved_twice",
        ),
        row("`map`, `filter`, `functools.reduce`", "maps_and_filters ray_through_optics mapped_and_filtered reduced"),
        row("`operator.*`", "sorted_by_itemgetter convolved_twice"),
        row("`while`, `break`, `continue`, `else`, early `return`", "while_loop break_and_continue for_else_broken"),
    ],
    "Functions": [
        row("`*args`, `**kwargs`, in definitions and calls", "call_variadic pipeline_of_functions"),
        row("keyword-only, positional-only, defaults", "positional_only own_defaults fixed_point_with_callback"),
        row("nested functions, lambdas, late binding", "nested_def nested_def_late_binding lambdas late_binding"),
        row("closures, `nonlocal`", "call_closures nonlocal_counter counters_from_a_closure"),
        row("`global`", "global_counter"),
        row(
            "functions as arguments, functions that return functions",
            "functions_passed curried functions_that_return_functions",
        ),
        row("recursion, mutual recursion", "recursive_power mutual_recursion mutually_recursive tree_sum"),
        row("`functools.partial`, tables of functions", "lorenz_with_solver lorenz_with_midpoint loss_from_registry"),
        row("decorated functions (`functools.wraps`)", "decorated_layer_in_a_loop"),
        row("`lru_cache`", "poisson_log_likelihood recursion_through_a_cache"),
        row("functions without source and rule", "", "foreign_function"),
    ],
    "Objects": [
        row(
            "objects created inside, attributes read and written",
            "leapfrog_energy accumulator_object unrolled_training",
        ),
        row(
            "`__call__`, `__getitem__`, `__setitem__`, `__len__`", "network_made_inside relaxed_rod polynomial_algebra"
        ),
        row(
            "operators: `__add__`, `__matmul__`, `__lt__`, ...", "kepler_orbit rotated_twice total_ordering_of_objects"
        ),
        row("inheritance, `super()`", "falling_with_drag inheritance_and_super portfolio_value"),
        row("properties, class attributes", "product_of_densities batch_norm_twice"),
        row("`staticmethod`, `classmethod`", "account_statement rotated_twice"),
        row(
            "dataclasses made inside, `__post_init__`, `replace`",
            "kinetics runge_kutta_of_dataclasses symplectic_with_replace",
        ),
        row("`__slots__`", "kepler_orbit"),
        row("classes defined inside functions", "", "class_inside"),
    ],
    "Statements": [
        row("assignment of all kinds, `:=`, `del`, annotations", "multiple_assignment augmented star_in_target walrus"),
        row("`if`, conditional expressions, `and`, `or`", "piecewise_0.4 ternary boolean_values chained_comparison"),
        row("`match`: literals, sequences, mappings, classes, guards", "rocket_stages reactor_by_match areas_by_match"),
        row(
            "`try`, `except`, `else`, `finally`",
            "try_else_finally lookup_with_fallback raised_half_way robust_log_sum",
            "exception_that_carries_a_value",
        ),
        row(
            "`with`, context managers of your own",
            "dispersion_relation ignored_failures quantity_in_units timed_computation",
            "context_that_tries",
        ),
        row("generators, `yield`, `yield from`", "last_variance two_filters_in_a_row sum_of_flattened"),
        row("`assert`, `raise`, `import`, f-strings", "assert_and_pass loss_from_registry"),
        row("`async`, `await`", "", "coroutine"),
    ],
    "Values": [
        row("views, aliases, buffer swaps", "view_written alias buffer_swap row_views"),
        row(
            "stores into arrays by index, slice, mask, index array", "slice_stores mask_store fancy_store matrix_stores"
        ),
        row(
            "`out=`, `where=`",
            "outputs_of_ufuncs outputs_over_inputs leapfrog_with_buffers where_the_divisor_is_not_zero",
        ),
        row(
            "`np.add.at`, `np.put`, `np.copyto`, `x.sort()`, `x.fill()`, `x.flat`",
            "updates_at_repeated_places copies_and_puts sorted_and_filled_in_place flat_items",
        ),
        row("`np.vectorize`, `np.apply_along_axis`, `np.piecewise`", "vectorized_in_a_loop along_axes pieces"),
        row("`np.r_[...]`, `np.c_[...]`, indices of every form", "index_objects indices_of_every_form"),
        row("mixed `bool`, `int`, `float`", "kinds_of_numbers"),
        row("complex numbers", "goertzel_complex quadratic_map cmath_chain real_weights_of_complex_signals"),
        row("`float(x)`, `int(x)`, `x.item()`, arrays of no dimensions", "zero_dimensional bilinear"),
        row("arrays of `dtype=object`: their elements", refused="array_of_objects"),
        row("NumPy scalars", "numbers_converted draws_from_a_seed"),
        row("`x.item()` of what may be a `float` or a NumPy scalar", "", "number_of_either_kind"),
        row("`isinstance`, `type`, `hasattr`, `len`, `shape` in tests", "both_kinds any_all_len decided_by_type"),
        row("`None` as a default, strings as switches", "optional_arguments string_switch_tanh optional_gates"),
        row("random draws", "dropout_with_a_generator noisy_training bootstrap_mean_of_squares monte_carlo_asian"),
    ],
    "Effects": [
        row("`print`, logging", "prints logged_training"),
        row("counters, appends to outside lists and dictionaries", "effects_in_helpers_and_branches global_counter"),
        row("changes of outside objects", "watched_by_an_outside_object timed_computation decorated_layer_in_a_loop"),
        row("draws from random generators", "dropout_with_a_generator noisy_training"),
        row("arguments changed in place are left as they were", "heat_slices argument_extended descent_on_a_dict"),
    ],
    "Live names": [
        row("globals and closure cells", events="global_rebound array_replaced array_changed_in_place cell_changed"),
        row("lists, dictionaries, options", events="list_item_replaced list_extended option_changed switch_changed"),
        row("callees redefined, defaults changed", events="callee_redefined callee_monkey_patched default_changed"),
        row("modules reloaded", events="module_reloaded function_of_a_module_replaced"),
        row(
            "methods and classes patched, class attributes",
            events="method_monkey_patched property_monkey_patched class_redefined class_attribute_changed",
        ),
        row("attributes of objects", events="instance_attribute_changed object_in_a_list_changed none_attribute_set"),
    ],
}


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(BETWEEN.sub(lambda _: tables(), text), encoding="utf-8")
