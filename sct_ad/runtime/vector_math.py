"""exp, log, tanh, sin, cos and powers without branches or calls: in a loop, LLVM turns them into vector instructions.

Each but the last is within 2 units in the last place of the exact value (see tests/runtime/test_vector_math.py), sin
and cos up to `WIDEST`; NaN, infinities, zeros and subnormal numbers come out as in NumPy. The reductions are those of
Cody and Waite (Software Manual for the Elementary Functions, 1980): exp(x) = 2^k exp(r) with r = x - k log 2, log(x) =
k log 2 + log(m) with log(m) = 2 artanh(s), s = (m - 1) / (m + 1), and sin(x) from the sine or cosine of
r = x - k pi / 2. The remaining polynomials are Taylor series, long enough for what is left out to be below rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SHIFT = 6755399441055744.0
"""1.5 * 2^52: adding it rounds to an integer, which then is in the lowest bits."""
_SHIFT_BITS = 0x4338000000000000
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
"""log 2 with 21 zero bits at the end, so that products with exponents are exact."""
_LN2_LOW = 1.9082149292705877e-10
_ONE_BITS = 0x3FF0000000000000
_HALF_ROOT_BITS = 0x3FE6A09E667F3BCD
"""The bits of the square root of 1/2."""
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32)
"""pi / 2 in pieces of 33 bits, and what is left, so that products with integers below 2^20 are exact."""
WIDEST = 1e6
"""Up to this size sines and cosines may be asked for; the reduction is wrong beyond."""


def vector_exp(x: Any) -> Any:
    """`np.exp(x)` of a number."""
    inside = np.float64(-746.0 if x < -746.0 else 710.0 if x > 710.0 else x)
    shifted = np.float64(inside * _LOG2_E + _SHIFT)
    k = shifted - _SHIFT
    r = (inside - k * _LN2_HIGH) - k * _LN2_LOW
    exponent = shifted.view(np.int64) - _SHIFT_BITS
    first = exponent >> 1
    one, two = np.int64((first + 1023) << 52), np.int64((exponent - first + 1023) << 52)
    return (1.0 + (r + _exp_bend(r))) * one.view(np.float64) * two.view(np.float64)


def _exp_bend(r: Any) -> Any:
    """exp(r) - 1 - r for |r| <= log(2) / 2."""
    s = r * r
    low = 1.0 / 6.0 + r * (1.0 / 24.0)
    middle = 1.0 / 120.0 + r * (1.0 / 720.0) + s * (1.0 / 5040.0 + r * (1.0 / 40320.0))
    high = 1.0 / 362880.0 + r * (1.0 / 3628800.0) + s * (1.0 / 39916800.0 + r * (1.0 / 479001600.0))
    rest = s * (low + s * (middle + s * s * (high + s * s * (1.0 / 6227020800.0))))
    return 0.5 * s + r * rest


def vector_log(x: Any) -> Any:
    """`np.log(x)` of a number."""
    tiny = x < 2.2250738585072014e-308
    bits = np.float64(x * 18014398509481984.0 if tiny else x).view(np.int64)
    exponent = (bits - _HALF_ROOT_BITS) >> 52
    f = np.int64(bits - (exponent << 52)).view(np.float64) - 1.0
    k = np.int64(exponent + _SHIFT_BITS).view(np.float64) - _SHIFT
    k = k - 54.0 if tiny else k
    s = np.divide(f, 2.0 + f)
    z = s * s
    half = 0.5 * f * f
    w = z * z
    odd = 2.0 / 3.0 + w * (2.0 / 7.0 + w * (2.0 / 11.0 + w * (2.0 / 15.0 + w * (2.0 / 19.0))))
    even = 2.0 / 5.0 + w * (2.0 / 9.0 + w * (2.0 / 13.0 + w * (2.0 / 17.0 + w * (2.0 / 21.0))))
    series = z * (odd + z * even)
    result = k * _LN2_HIGH - ((half - (s * (half + series) + k * _LN2_LOW)) - f)
    result = x if x == np.inf else result
    result = -np.inf if x == 0.0 else result
    return np.nan if x < 0.0 or x != x else result


def vector_tanh(x: Any) -> Any:
    """`np.tanh(x)` of a number: y / (y + 2) with y = exp(2 |x|) - 1, whose rounding errors are made good."""
    size = x if x > 0.0 else -x
    twice = np.float64(2.0 * (size if size < 22.0 else 22.0))
    shifted = np.float64(twice * _LOG2_E + _SHIFT)
    k = shifted - _SHIFT
    near = twice - k * _LN2_HIGH
    r = near - k * _LN2_LOW
    r_error = (near - r) - k * _LN2_LOW
    scale = np.int64((shifted.view(np.int64) - _SHIFT_BITS + 1023) << 52).view(np.float64)
    bend = _exp_bend(r)
    grown = r + bend
    growth = scale * grown + (scale - 1.0)
    error = scale * ((bend - (grown - r)) + r_error * (1.0 + grown)) + (scale * grown - (growth - (scale - 1.0)))
    below = growth + 2.0
    result = np.divide(growth, below)
    result = result + np.divide(error * (1.0 - result), below)
    result = result if size == size else x
    return result if x > 0.0 else x if x == 0.0 else -result


def vector_sin(x: Any) -> Any:
    """`np.sin(x)` of a number no larger than `WIDEST`."""
    result = _sine_or_cosine(x, 0)
    return x if x == 0.0 else result


def vector_cos(x: Any) -> Any:
    """`np.cos(x)` of a number no larger than `WIDEST`."""
    return _sine_or_cosine(x, 1)


def whole_power(x: Any, exponent: Any) -> Any:
    """`x ** exponent` of a double and a whole number; small ones by squaring, rounded up to `exponent` times."""
    if 0.0 <= exponent < 32.0:
        n = np.int64(exponent)
        second = x * x
        fourth = second * second
        eighth = fourth * fourth
        found = (x if n & 1 else 1.0) * (second if n & 2 else 1.0) * (fourth if n & 4 else 1.0)
        return found * (eighth if n & 8 else 1.0) * (eighth * eighth if n & 16 else 1.0)
    return x**exponent


def _sine_or_cosine(x: Any, turns: Any) -> Any:
    """The sine of x + turns * pi / 2, by those of r = x - k * pi / 2 with its rounding error."""
    first, second, third, fourth = _HALF_PI
    shifted = np.float64(x * 0.6366197723675814 + _SHIFT)
    k = shifted - _SHIFT
    u = x - k * first
    v = k * second
    a = u - v
    back = a - u
    error = (u - (a - back)) - (v + back)
    v = k * third
    b = a - v
    back = b - a
    error = error + ((a - (b - back)) - (v + back)) - k * fourth
    r = b + error
    low = (b - r) + error
    z = r * r
    w = z * z
    sine = (
        -1.0 / 6.0
        + z * (1.0 / 120.0)
        + w
        * (
            (-1.0 / 5040.0 + z * (1.0 / 362880.0))
            + w
            * (
                (-1.0 / 39916800.0 + z * (1.0 / 6227020800.0))
                + w * (-1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0))
            )
        )
    )
    cosine = (1.0 / 24.0 - z * (1.0 / 720.0)) + w * (
        (1.0 / 40320.0 - z * (1.0 / 3628800.0))
        + w * ((1.0 / 479001600.0 - z * (1.0 / 87178291200.0)) + w * (1.0 / 20922789888000.0))
    )
    half = 0.5 * z
    one = 1.0 - half
    odd = r + (r * z * sine + low * one)
    even = one + (((1.0 - one) - half) + (w * cosine - r * low))
    quarter = shifted.view(np.int64) + turns
    result = even if quarter & 1 else odd
    return -result if quarter & 2 else result
