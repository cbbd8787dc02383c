"""Which elements places refer to: systems for parts that share elements have solutions, whatever the slices."""

import itertools
import textwrap

import numpy as np
import pytest

from sct_ad.analysis.dependence import element_of
from sct_ad.analysis.nests import Nests
from sct_ad.analysis.parts import Parts, ways_to_meet
from sct_ad.syntax import nodes
from tests.flat import flatten

PLACES = ["i", "i + 1", "-1", "1:", "i + 1:", ":i", "::2", "2::2", ":-1", "::-1", "[0, i]", "i, 1:", ":, i", "..., 1"]


def function_of(text, tmp_path):
    path = tmp_path / "places.py"
    path.write_text("import numpy as np\n\n" + textwrap.dedent(text))
    namespace = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize("pair", list(itertools.product(PLACES, repeat=2)), ids=" | ".join)
def test_parts_that_share_elements_may_meet(pair, tmp_path):
    one, other = pair
    text = f"""
        def f(A, i):
            t = A[{one}]
            A[{other}] = 0.0
            return np.sum(t)
        """
    A = np.arange(25.0).reshape(5, 5)
    flat = flatten(function_of(text, tmp_path), A, 1)
    nests = Nests(flat.function.body, flat.typer)
    found = []
    for stmt in nodes.statements(flat.function.body):
        place = element_of(stmt)
        if place is not None and getattr(place.value, "id", "") == "A":
            found.append(Parts(nests).of(place, nests.places[id(stmt)], 0))
    if len(found) < 2:
        return  # a gather is no load of the core
    read, written = (set(np.atleast_1d(eval(f"A[{index}]", {"A": A, "i": 1})).flat) for index in pair)
    nonempty = any(not nests.is_empty(equal, positive) for equal, positive in ways_to_meet(*found))
    assert nonempty or not read & written


def test_places_in_views_are_places_in_their_arrays(tmp_path):
    text = """
        def f(A, n):
            for i in range(n):
                row = A[i]
                half = row[1:]
                half[i] = 2.0
            return np.sum(A)
        """
    flat = flatten(function_of(text, tmp_path), np.ones((4, 4)), 2)
    nests = Nests(flat.function.body, flat.typer)
    stores = [
        s
        for s in nodes.statements(flat.function.body)
        if isinstance(getattr(s, "targets", [0])[0], nodes.gast.Subscript)
    ]
    (store,) = stores
    part = Parts(nests).of(store.targets[0], nests.places[id(store)], 0)
    row, column = part.axes
    assert part.root == "A"
    assert column.at[0].plus(row.at[0], -1).constant == 1 and not column.at[0].plus(row.at[0], -1).terms


def test_a_view_that_differs_from_trip_to_trip_is_no_array_of_its_own(tmp_path):
    text = """
        def f(A, n):
            for i in range(n):
                part = A.T if i > 1 else A
                part[i] = 2.0
            return np.sum(A)
        """
    flat = flatten(function_of(text, tmp_path), np.ones((4, 4)), 2)
    nests = Nests(flat.function.body, flat.typer)
    (store,) = [
        s
        for s in nodes.statements(flat.function.body)
        if isinstance(getattr(s, "targets", [0])[0], nodes.gast.Subscript)
    ]
    assert Parts(nests).of(store.targets[0], nests.places[id(store)], 0) is None
