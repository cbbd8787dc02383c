"""Programs about complex numbers, as arguments and in between: gradients are those of JAX and autograd."""

import cmath

import numpy as np

from tests.program import arr, register, u


def waves(rng, *shape):
    """Complex numbers of size 0.4 to 1.4, at all angles away from the negative axis."""
    return rng.uniform(0.4, 1.4, shape) * np.exp(1j * rng.uniform(-2.5, 2.5, shape))


def wave(rng):
    """A Python complex number."""
    return complex(waves(rng))


def quadratic_map(z, c):
    for _ in range(4):
        z = z * z * 0.5 + c
    return abs(z) ** 2


def horner_at_a_complex_point(z, coefficients):
    p = 0j
    for a in coefficients:
        p = p * z + a
    return p.real * p.imag


def impedance_of_a_ladder(z, resistances):
    total = z
    for r in resistances:
        total = r + 1.0 / (1.0 / z + 1.0 / total)
    return abs(total)


def phases_and_sizes(z):
    r, phi = cmath.polar(z)
    turned = cmath.rect(r * 1.5, phi + 0.3)
    return turned.real * cmath.phase(z * z) + cmath.phase(turned)


def cmath_chain(z, w):
    s = cmath.sin(z) + cmath.exp(w) * cmath.sqrt(z) + cmath.log(w, 3.0) + cmath.log10(z) + cmath.tan(0.3 * w)
    t = cmath.asin(z) + cmath.acos(w) + cmath.atan(0.5 * z) + cmath.sinh(z) + cmath.cosh(w) + cmath.tanh(0.5 * z)
    u = cmath.asinh(0.4 * z) + cmath.acosh(z) + cmath.atanh(0.3 * w) + cmath.cos(z) + z**w + 2.0**z + w**3
    return (s * t.conjugate() + u).real


def real_and_imaginary_parts(z):
    x, y = z.real, z.imag
    return np.sum(x * x * y) + np.sum(np.real(z) * np.imag(z * z))


def quantum_expectation(psi, H):
    return np.vdot(psi, (H + H.conj().T) @ psi).real / np.vdot(psi, psi).real


def real_weights_of_complex_signals(x, z):
    y = z * x + x
    return np.sum(np.abs(np.exp(0.3j * y) * np.sin(z)) ** 2) + np.sum(np.angle(y) * x)


def real_numbers_stored_into_a_complex_array(x):
    z = np.zeros(3, complex)
    for i in range(3):
        z[i] = x[i]
    z[1] = z[1] * 1j + x[0]
    z *= 1.0 + 0.5j
    return np.sum(np.abs(z * z + z))


def complex_numbers_stored_by_parts(z):
    y = np.zeros((2, 3))
    for i in range(3):
        y[0, i] = z[i].real * z[i].imag
        y[1, i] = abs(z[i])
    return np.sum(y * y)


def in_place_on_complex_arrays(z, a):
    w = z.copy()
    w[0] *= a
    w[1] += w[0] * 1j
    w += a
    w.real[1] *= 2.0
    return np.sum(np.abs(w) ** 2)


def perhaps_complex(z):
    if z[0].real > 100.0:
        y = z.real
    else:
        y = z * 1j
    return np.sum(np.abs(y)) + np.sum(y.imag)


def perhaps_real(z):
    if z[0].real > -100.0:
        y = z.real
    else:
        y = z * 1j
    return np.sum(np.abs(y) * y.real) + np.sum(np.imag(y))


def becomes_complex_in_a_loop(x, n):
    y = x
    for _ in range(n):
        y = y * (0.5 + 1j) + x
    return np.sum(y.imag * y.real) if isinstance(x, np.ndarray) else y.imag * y.real


def number_that_becomes_complex(x, n):
    y = x
    for _ in range(n):
        y = y * (0.5 + 1j) + x
    return y.imag * y.real


def statistics_of_complex_numbers(z):
    return np.var(z) + np.std(z) + abs(np.mean(z)) + np.abs(np.prod(z)) + np.sum(np.abs(np.cumsum(z, axis=1)))


def elementary_functions(z):
    a = np.abs(np.sqrt(z)) + np.log(z).real + np.tanh(z).imag + np.arctan(0.4 * z).real + np.arccosh(z).real
    b = np.reciprocal(z).imag + np.square(z).real + np.abs(z**3) + (2.0**z).real + np.arcsinh(0.5 * z).imag
    return np.sum(a * b) + np.sum(np.real_if_close(z * np.conj(z)).real)


def sum_of_sizes_feeds_back(x, y):
    s = 0.0
    for i in range(3):
        z = x * 2.5 + y
        s = s + np.sum(np.abs(z)) * 0.3
        if i == 1:
            y = y + s
    return s


def containers_of_complex_numbers(p):
    return (p["a"] * np.sum(p["b"][0]) * p["b"][1]).real


def single_precision(z):
    return np.sum(np.abs(z * 2.0 + 1.0))


def complex_scalar_of_numpy(z):
    return np.abs(z * z + 0.5) * z.conjugate().imag


def array_without_dimensions(z):
    return np.abs(z) ** 3


def built_from_two_floats(a, b):
    z = complex(a, b)
    for w in [z, z * z, complex(b)]:
        z = z * w + a
    return abs(z)


def sum_over_entries(z):
    s = 0.0
    for w in z:
        s += abs(w - 1.0) if w.real > 0.0 else abs(w + 1.0) ** 2
    return s


def factor_that_is_real_on_one_path(x, turned):
    factor = 1.0
    if turned:
        factor = 1j
    return np.sum(x) * factor * factor.conjugate() * np.prod(x)


def choice_by_the_real_part(z):
    return np.sum(np.abs(np.where(z.real > 0, z, 2 * z * 1j)))


def damped_oscillators(frequencies, weights):
    t = 0.7
    return np.abs(np.sum(weights * np.exp((1j * frequencies - 0.2) * t)))


class Filter:
    def __init__(self, poles, gain):
        self.poles, self.gain = poles, gain

    def response(self, w):
        h = self.gain
        for p in self.poles:
            h = h / (1j * w - p)
        return abs(h)


def filter_response(f):
    return f.response(0.3) + f.response(1.1) ** 2


register(quadratic_map, lambda r: (wave(r), wave(r)), (0, 1))
register(horner_at_a_complex_point, lambda r: (wave(r), [1.0, 0.5j, -0.3]))
register(impedance_of_a_ladder, lambda r: (wave(r), arr(r, 3)), (0, 1))
register(phases_and_sizes, lambda r: (0.7 + 0.4j,))
register(cmath_chain, lambda r: (0.7 + 0.4j, 0.5 - 0.6j), (0, 1))
register(real_and_imaginary_parts, lambda r: (waves(r, 4),))
register(quantum_expectation, lambda r: (waves(r, 3), waves(r, 3, 3)), (0, 1))
register(real_weights_of_complex_signals, lambda r: (arr(r, 3), waves(r, 2, 3)), (0, 1))
register(real_numbers_stored_into_a_complex_array, lambda r: (arr(r, 3),))
register(complex_numbers_stored_by_parts, lambda r: (waves(r, 3),))
register(in_place_on_complex_arrays, lambda r: (waves(r, 2, 3), u(r)), (0, 1))
register(perhaps_complex, lambda r: (waves(r, 3),))
register(perhaps_real, lambda r: (waves(r, 3),))
register(becomes_complex_in_a_loop, lambda r: (arr(r, 3), 2))
register(number_that_becomes_complex, lambda r: (u(r), 2))
register(statistics_of_complex_numbers, lambda r: (waves(r, 2, 3),))
register(elementary_functions, lambda r: (waves(r, 4),))
register(sum_of_sizes_feeds_back, lambda r: (u(r), wave(r)), (0, 1))
register(containers_of_complex_numbers, lambda r: ({"a": wave(r), "b": [waves(r, 3), u(r)]},))
register(single_precision, lambda r: (waves(r, 3).astype(np.complex64),), tags="float32")
register(complex_scalar_of_numpy, lambda r: (np.complex128(wave(r)),))
register(array_without_dimensions, lambda r: (np.array(wave(r)),))
register(built_from_two_floats, lambda r: (u(r), u(r)), (0, 1))
register(sum_over_entries, lambda r: (waves(r, 4),))
register(factor_that_is_real_on_one_path, lambda r: (arr(r, 3), False))
register(choice_by_the_real_part, lambda r: (waves(r, 4),))
register(damped_oscillators, lambda r: (arr(r, 3), arr(r, 3)), (0, 1))
register(filter_response, lambda r: (Filter([-0.5 + 1j, -0.3 - 0.8j], u(r)),))
