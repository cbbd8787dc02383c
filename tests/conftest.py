"""What all tests share: fixed seeds, and no floating-point state left behind by one test for the next."""

from __future__ import annotations

import random

import numpy as np
import pytest


def pytest_collection_modifyitems(items):
    """Tests of one program run in one process, which then compiles its gradients once (with `--dist loadgroup`).

    No test is named by an address, which differs from process to process.
    """
    assert not [item.nodeid for item in items if " object at 0x" in item.nodeid]
    for item in items:
        params = getattr(item, "callspec", None)
        name = params.params.get("name") if params is not None else None
        if isinstance(name, str):
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(autouse=True)
def _fixed_seeds():
    """Every test starts from the same random state, whatever ran before it."""
    random.seed(20)
    np.random.seed(20)
    before = np.geterr()
    yield
    np.seterr(**before)
