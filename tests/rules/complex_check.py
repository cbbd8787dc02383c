"""Check of rules at complex points: dL = Re(c * dx) along the real and the imaginary direction of each entry."""

import numpy as np

from sct_ad.errors import NoRuleError
from sct_ad.rules.evaluate import KNOWLEDGE, is_float
from sct_ad.rules.registry import lookup
from tests.rules.array_cases import pulled

STEP = 2e-4


def complex_numbers(*shape, seed=1):
    """Complex numbers of size about 1."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=shape) + 1j * generator.normal(size=shape)


def any_like(z, seed=9):
    """A cotangent for a result: complex for complex numbers."""
    if isinstance(z, (tuple, list)):
        return tuple(any_like(part, seed + k) for k, part in enumerate(z))
    given = complex_numbers(*np.shape(z), seed=seed)
    given = given if np.iscomplexobj(z) else given.real
    return given if np.ndim(z) else given[()]


def loss(z, dz):
    """The real function whose cotangent in `z` is `dz`."""
    if isinstance(z, (tuple, list)):
        return sum(map(loss, z, dz))
    return float(np.sum(np.asarray(dz) * z).real)


def differences(value, args, position):
    """The cotangent of an argument by central differences, extrapolated."""
    x = np.asarray(args[position])
    found = np.zeros(x.shape, complex)
    for index in np.ndindex(x.shape):
        for direction in (1.0, 1.0j) if np.iscomplexobj(x) else (1.0,):
            slopes = []
            for step in (STEP, 2 * STEP):
                ends = []
                for way in (step, -step):
                    moved = x.astype(complex if np.iscomplexobj(x) else float)
                    moved[index] += way * direction
                    moved = moved if x.ndim else moved[()]
                    ends.append(value(*args[:position], moved, *args[position + 1 :]))
                slopes.append((ends[0] - ends[1]) / (2 * step))
            found[index] += (4 * slopes[0] - slopes[1]) / 3 * (1 if direction == 1.0 else -1j)
    return found


def check_complex(function, *args, literal=(), cotangent=any_like, rtol=1e-6, **keywords):
    """Check a rule at real or complex arguments, for all that the compiler may know of them."""
    rule = lookup(function)
    z = function(*args, **keywords)
    dz = cotangent(z)
    active = [
        k for k, arg in enumerate(args) if is_float(arg) and not isinstance(arg, (list, tuple)) and k not in literal
    ]
    checked = 0
    for knowledge in KNOWLEDGE:
        try:
            found = pulled(rule, z, dz, args, keywords, knowledge, False, literal)
        except NoRuleError:
            if knowledge == "constants":
                raise
            continue
        checked += 1
        for k in active:
            expected = differences(lambda *moved: loss(function(*moved, **keywords), dz), args, k)
            part = np.broadcast_to(0.0 if found[f"a{k}"] is None else found[f"a{k}"], np.shape(args[k]))
            part = part if np.iscomplexobj(args[k]) else np.real(part)
            scale = max(1.0, np.max(np.abs(expected), initial=0.0))
            np.testing.assert_allclose(part, expected, rtol=rtol, atol=rtol * scale, err_msg=f"{knowledge} {k}")
    assert checked
