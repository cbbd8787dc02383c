"""Where the shapes of operands are known, no cotangent is summed to a shape at run time."""

import pytest

from sct_ad import grad
from tests.programs import PROGRAMS

SLICE = "a slice has length 1 for some sizes, and then broadcasts"
PATHS = "the shape, or whether it is an array at all, differs from path to path or from trip to trip"
UNKNOWN = {
    SLICE: ("matrix_stores conv2d_patches red_black haar_in_place"),
    PATHS: "blur kmeans_loss kmeans_loss_empty scalar_becomes_array image_pyramid",
}
REASONS = {name: reason for reason, names in UNKNOWN.items() for name in names.split()}
HERE = [program for program in PROGRAMS if program.function.__module__ == "tests.programs"]


@pytest.mark.parametrize("program", HERE, ids=lambda program: program.name)
def test_no_sum_to_a_shape_at_run_time(program):
    argnums = program.argnums if len(program.argnums) > 1 else program.argnums[0]
    with program.undone():
        text = grad(program.function, argnums).source(*program.args())
    assert ("unbroadcast(" in text) == (program.name in REASONS), text


def test_the_reasons_name_programs():
    assert set(REASONS) <= {program.name for program in HERE}
