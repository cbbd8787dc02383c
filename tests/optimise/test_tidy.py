"""The tidier as a whole: the three texts of the design, from code as a machine writes it."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from sct_ad.optimise.demonstrate import text_of
from sct_ad.optimise.tidy import PASSES, tidy
from tests.optimise.derived import equal, facts_of, parse, run

ENERGY = """
def energy_grad(x, n, bs=1.0):
    s = 0.0                         #: s = 0.0
    x_tape = []                     #: for i in range(n):
    t = range(n)
    for i in t:
        x_tape.append(x)            #: x = math.sin(x) * 1.1
        t1 = math.sin(x)
        x = t1 * 1.1
        t2 = x * x                  #: s = s + x * x
        s = s + t2
    bx = 0.0                        #~ return s
    for i in reversed(t):           #~ for i in range(n):
        bt2 = bs                    #~ s = s + x * x
        bx += bt2 * x
        bx += bt2 * x
        x = x_tape.pop()            #~ x = math.sin(x) * 1.1
        bx1 = bx
        bx = 0.0
        bt1 = bx1 * 1.1
        bx += bt1 * math.cos(x)
    return bx                       #~ def energy(x, n):
"""
ENERGY_TIDY = """
def energy_grad(x, n, bs=1.0):
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = math.sin(x) * 1.1
    bx = 0.0
    for i in reversed(range(n)):
        bx += bs * 2.0 * x
        x = x_tape.pop()
        bx = bx * 1.1 * math.cos(x)
    return bx
"""

LOSS = """
def loss_grad(W1, W2, x, y, lam, bloss=1.0):
    t = W1 @ x                      #: h = np.tanh(W1 @ x)
    h = np.tanh(t)
    t1 = W2 @ h                     #: r = W2 @ h - y
    r = t1 - y
    t2 = r ** 2                     #: return 0.5 * np.sum(r ** 2) + lam / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    t3 = np.sum(t2)
    t4 = 0.5 * t3
    t5 = lam / 2
    t6 = W1 ** 2
    t7 = np.sum(t6)
    t8 = W2 ** 2
    t9 = np.sum(t8)
    t10 = t7 + t9
    t11 = t5 * t10
    loss = t4 + t11
    bW1 = np.zeros_like(W1)         #~ return 0.5 * np.sum(r ** 2) + lam / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    bW2 = np.zeros_like(W2)
    bt4 = bloss
    bt11 = bloss
    bt10 = bt11 * t5
    bt7 = bt10
    bt9 = bt10
    bt8 = bt9
    bW2 += bt8 * 2.0 * W2
    bt6 = bt7
    bW1 += bt6 * 2.0 * W1
    bt3 = bt4 * 0.5
    bt2 = bt3
    br = bt2 * 2.0 * r
    bt1 = br                        #~ r = W2 @ h - y
    bW2 += np.outer(bt1, h)
    bh = W2.T @ bt1
    bt = bh * (1.0 - h ** 2)        #~ h = np.tanh(W1 @ x)
    bW1 += np.outer(bt, x)
    return (bW1, bW2)
"""
LOSS_TIDY = """
def loss_grad(W1, W2, x, y, lam, bloss=1.0):
    h = np.tanh(W1 @ x)
    r = W2 @ h - y
    bW1 = bloss * lam * W1
    bW2 = bloss * lam * W2
    br = bloss * r
    bW2 += np.outer(br, h)
    bt = (W2.T @ br) * (1.0 - h ** 2)
    bW1 += np.outer(bt, x)
    return bW1, bW2
"""

SWEEP = """
def sweep_grad(A, n, bsum=1.0):
    t = n - 1                       #: for i in range(1, n - 1):
    t1 = range(1, t)
    for i in t1:
        t2 = i - 1                  #: A[i] = (A[i - 1] + A[i + 1]) / 3.0
        t3 = A[t2]
        t4 = i + 1
        t5 = A[t4]
        t6 = t3 + t5
        t7 = t6 / 3.0
        A[i] = t7
    t8 = np.sum(A)                  #: return np.sum(A)
    bA = np.zeros_like(A)           #~ return np.sum(A)
    bt8 = bsum
    bA += bt8
    for i in reversed(t1):          #~ for i in range(1, n - 1):
        t2 = i - 1                  #~ A[i] = (A[i - 1] + A[i + 1]) / 3.0
        t4 = i + 1
        bt7 = bA[i]
        bA[i] = 0.0
        bt6 = bt7 / 3.0
        bt3 = bt6
        bt5 = bt6
        bA[t4] += bt5
        bA[t2] += bt3
    return bA
"""
SWEEP_TIDY = """
def sweep_grad(A, n, bsum=1.0):
    bA = np.full(A.shape, bsum)
    for i in reversed(range(1, n - 1)):
        bt = bA[i] / 3.0
        bA[i] = 0.0
        bA[i - 1] += bt
        bA[i + 1] += bt
    return bA
"""

rng = np.random.default_rng(0)
W1, W2 = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
DESIGN = {
    "energy": (ENERGY, ENERGY_TIDY, (0.3, 5), "s i"),
    "loss": (LOSS, LOSS_TIDY, (W1, W2, rng.normal(size=3), rng.normal(size=2), 0.1), "h r loss"),
    "sweep": (SWEEP, SWEEP_TIDY, (rng.normal(size=7), 7), "i"),
}


@pytest.mark.parametrize("name", DESIGN)
def test_the_texts_of_the_design(name: str) -> None:
    text, expected, args, user = DESIGN[name]
    fn = parse(text)
    before = text_of(fn)
    tidied = tidy(fn, facts_of(fn, args, user))
    assert text_of(tidied) == ast.unparse(ast.parse(expected))
    assert text_of(fn) == before, "the input was changed"
    assert equal(run(fn, args)[0], run(tidied, args)[0], 1e-13)


@pytest.mark.parametrize("left_out", range(len(PASSES)))
@pytest.mark.parametrize("name", DESIGN)
def test_no_pass_is_needed_for_correctness(name: str, left_out: int) -> None:
    text, _, args, user = DESIGN[name]
    fn = tidied = parse(text)
    facts = facts_of(fn, args, user)
    for index, (_, optimise) in enumerate(PASSES):
        if index != left_out:
            tidied = optimise(tidied, facts)
    assert equal(run(fn, args)[0], run(tidied, args)[0], 1e-13)
