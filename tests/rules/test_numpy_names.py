"""Every public callable of NumPy is decided: it has a rule or a zero derivative, or is refused with a reason."""

import numpy as np
import pytest

from sct_ad import grad
from sct_ad.errors import NoRuleError, SctError
from sct_ad.rules.refused import REFUSED
from sct_ad.rules.registry import lookup

FOLLOWED = {
    "ndenumerate", "vectorize", "apply_along_axis", "apply_over_axes", "fromfunction", "piecewise", "copyto", "put",
    "place", "putmask", "put_along_axis", "fill_diagonal",
}  # fmt: skip
"""What the compiler itself turns into loops or stores."""


def public():
    found = {name: value for name, value in vars(np).items() if not name.startswith("_") and callable(value)}
    return sorted(n for n, value in found.items() if not (isinstance(value, type) and issubclass(value, Exception)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", public())
def test_every_callable_is_decided(name):
    function = getattr(np, name)
    if name not in FOLLOWED:
        assert lookup(function) is not None or function in REFUSED, f"numpy.{name}: a rule, a zero, or a reason why not"


def test_what_is_refused_has_no_rule():
    assert not [function for function in REFUSED if lookup(function) is not None]


def matrix(x):
    return np.sum(np.matrix(x))


def strided(x):
    return np.sum(np.lib.stride_tricks.as_strided(x, (2,), (8,)))


@pytest.mark.parametrize("function, reason, instead", [
    (matrix, "np.matrix is not supported", "use a two-dimensional np.array"),
    (strided, "strides are not looked into", "use sliding_window_view"),
])  # fmt: skip
def test_the_error_says_why_and_what_to_write_instead(function, reason, instead):
    with pytest.raises(NoRuleError, match=reason) as caught:
        grad(function)(np.ones(4))
    assert isinstance(caught.value, SctError)
    assert instead in str(caught.value)
