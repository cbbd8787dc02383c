"""What all tests share: fixed seeds, and no floating-point state left behind by one test for the next."""

from __future__ import annotations

import os
import random
import zlib

import numpy as np
import pytest

from sct_ad.rules import registry

registry.load_library()  # tests ask parts of the compiler, which load nothing by themselves
os.environ["SCT_AD_CACHE"] = "0"  # nothing that tests compile is kept, nor found, in the user's folder


def pytest_addoption(parser):
    parser.addoption(
        "--part",
        metavar="K/N",
        help="of all programs and cases every N-th only, the K-th part (1 to N); other tests all",
    )


def pytest_collection_modifyitems(config, items):
    """Tests of one program run in one process, which then compiles its gradients once (with `--dist loadgroup`).

    No test is named by an address, which differs from process to process.
    """
    assert not [item.nodeid for item in items if " object at 0x" in item.nodeid]
    for item in items:
        if name := _program_of(item):
            item.add_marker(pytest.mark.xdist_group(name))
    if part := config.getoption("part"):
        chosen, number = map(int, part.split("/"))
        kept = [not hasattr(item, "callspec") or _part_of(item, number) == chosen for item in items]
        config.hook.pytest_deselected(items=[item for item, keep in zip(items, kept) if not keep])
        items[:] = [item for item, keep in zip(items, kept) if keep]


def _program_of(item):
    """The program that a test is about, if it is one of a series about all programs."""
    name = item.callspec.params.get("name") if hasattr(item, "callspec") else None
    return name if isinstance(name, str) else None


def _part_of(item, number):
    return zlib.crc32((_program_of(item) or item.nodeid).encode()) % number + 1


@pytest.fixture(autouse=True)
def _fixed_seeds():
    """Every test starts from the same random state, whatever ran before it."""
    random.seed(20)
    np.random.seed(20)
    before = np.geterr()
    yield
    np.seterr(**before)
