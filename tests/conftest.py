"""What all tests share: fixed seeds, and no floating-point state left behind by one test for the next."""

from __future__ import annotations

import random

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _fixed_seeds():
    """Every test starts from the same random state, whatever ran before it."""
    random.seed(20)
    np.random.seed(20)
    before = np.geterr()
    yield
    np.seterr(**before)
