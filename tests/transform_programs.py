"""Programs with Fourier transforms, polynomials, and linear filters of SciPy."""

import numpy as np
import scipy.fft
import scipy.interpolate
import scipy.ndimage
import scipy.sparse
from numpy.polynomial import Chebyshev, Laguerre, Legendre, Polynomial, chebyshev
from numpy.polynomial.polynomial import polyfromroots, polymul
from scipy import integrate, signal
from scipy.fft import dct, idct
from scipy.sparse.linalg import splu, spsolve

from tests.program import arr, gauss, register


def spectral_derivative(u, length):
    k = 2.0j * np.pi * np.fft.rfftfreq(u.size, length / u.size)
    slope = np.fft.irfft(k * np.fft.rfft(u), n=u.size)
    return np.sum(slope**2) / u.size


def heat_by_fourier(u, kappa, steps):
    n = u.shape[0]
    k = 2.0 * np.pi * np.fft.fftfreq(n)
    decay = np.exp(-kappa * (k[:, None] ** 2 + k[None, :] ** 2))
    for step in range(steps):
        v = np.fft.ifft2(np.fft.fft2(u) * decay).real
        if step % 2 == 0:
            u = v + 0.1 * np.sin(v)
        else:
            u = v
    return np.sum(u**3)


def power_in_a_band(x):
    spectrum = np.fft.fftshift(np.fft.fft(x, norm="ortho"))
    power = np.abs(spectrum) ** 2
    power[0] = 0.0
    return np.sum(np.log(1.0 + power))


def filtered_row_by_row(x, gains):
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        out[i] = np.fft.irfft(np.fft.rfft(x[i]) * gains, n=x.shape[1])
    return np.sum(out**2)


def convolution_by_transform(x, y):
    n = x.size + y.size - 1
    z = scipy.fft.irfft(scipy.fft.rfft(x, n) * scipy.fft.rfft(y, n), n)
    return np.sum(z**2)


def compressed(x, threshold):
    c = dct(x, norm="ortho")
    for i in range(c.size):
        if abs(c[i]) < threshold:
            c[i] = 0.0
    y = idct(c, norm="ortho")
    return np.sum(np.sqrt(1.0 + y**2))


def fitted_and_extrapolated(x, y, t):
    c = np.polyfit(x, y, 2)
    slope = np.polyder(c)
    return np.polyval(c, t) + np.polyval(slope, t) ** 2


def chebyshev_series(c, x):
    value = chebyshev.chebval(x, c)
    area = chebyshev.chebint(c)
    total = 0.0
    for k in range(c.size):
        total += area[k] * c[k]
    return np.sum(value**2) + total


def roots_pushed_apart(r):
    p = polyfromroots(r)
    q = polymul(p, [1.0, 2.0])
    return np.sum(q**2) + np.prod(np.roots(np.poly(r))).real


register(spectral_derivative, lambda r: (gauss(r, 8), 2.0), (0, 1), tags="transform")
register(heat_by_fourier, lambda r: (gauss(r, 4, 4), 0.2, 3), (0, 1), tags="transform loop")
register(power_in_a_band, lambda r: (gauss(r, 5),), tags="transform store")
register(filtered_row_by_row, lambda r: (gauss(r, 2, 5), arr(r, 3)), (0, 1), tags="transform loop store")
register(convolution_by_transform, lambda r: (gauss(r, 4), gauss(r, 3)), (0, 1), tags="transform")
register(compressed, lambda r: (gauss(r, 5), 0.3), tags="transform loop")
register(fitted_and_extrapolated, lambda r: (np.arange(5.0), gauss(r, 5), 5.5), (0, 1, 2), tags="polynomial")
register(chebyshev_series, lambda r: (gauss(r, 4), arr(r, 3, high=0.9)), (0, 1), tags="polynomial loop")
register(roots_pushed_apart, lambda r: (np.array([0.5, -1.2, 2.0]) + arr(r, 3, high=0.5),), tags="polynomial")


def smoothed_image(image, sigma, steps):
    for _ in range(steps):
        blurred = scipy.ndimage.gaussian_filter(image, sigma)
        image = image + 0.2 * scipy.ndimage.laplace(blurred, mode="nearest")
    edges = scipy.ndimage.sobel(image, axis=0) ** 2 + scipy.ndimage.sobel(image, axis=1, mode="wrap") ** 2
    return np.sum(np.sqrt(1.0 + edges))


def blind_deconvolution(image, kernel, seen):
    total = 0.0
    for k in range(seen.shape[0]):
        r = scipy.signal.convolve2d(image[k], kernel, mode="same", boundary="symm") - seen[k]
        total += np.sum(r**2)
    return total + 0.1 * np.sum(signal.fftconvolve(image[0], kernel) ** 2)


def second_order_sections(x, poles):
    sos = np.zeros((2, 6))
    for k in range(2):
        sos[k, 0] = 1.0
        sos[k, 1] = poles[k] ** 2
        sos[k, 3] = 1.0
        sos[k, 4] = -poles[k]
    y = signal.sosfilt(sos, x)
    b, a = np.array([1.0, 0.5]), np.array([1.0, poles[0]])
    z, last = signal.lfilter(b, a, y, zi=poles[1:] * y[:1])
    return np.sum(z**2) + last[0] * np.sum(signal.filtfilt([1, 2], [3, 1], x, padlen=2))


register(smoothed_image, lambda r: (gauss(r, 4, 3), 0.7, 2), tags="filter loop")
register(
    blind_deconvolution, lambda r: (gauss(r, 2, 4, 4), gauss(r, 3, 2), gauss(r, 2, 4, 4)), (0, 1), tags="filter loop"
)
register(second_order_sections, lambda r: (gauss(r, 6), arr(r, 2, high=0.6)), (0, 1), tags="filter loop store")


def polynomial_objects(c, x):
    p = np.poly1d(c)
    q = p * p - 2.0 * p.deriv() + [1.0, 2.0]
    total = (p.integ(k=0.5) + q)(x) + p[1] * p.order
    for k in range(3):
        total = total + np.poly1d([x, 1.0, k])(0.5) / (k + 1)
    return total


def fitted_series(x, y, t):
    p = Polynomial.fit(x, y, 2)
    q = Chebyshev(p.coef, domain=[0.0, 4.0])
    return np.sum((p.deriv() * 0.5 + p)(t)) + q.integ(lbnd=1.0)(t[0]) * q.degree()


def laguerre_of_roots(r, t):
    p = Laguerre.fromroots(r) ** 2
    if isinstance(p, Laguerre) and p.degree() > 3:
        return np.sum(p(t)) + p.coef[1]
    return 0.0


def pendulum_on_a_spline(x, v, steps):
    for _ in range(steps):
        v = v - 0.1 * SLOPE(x)
        x = x + 0.1 * v
        if x > 3.5:
            v = -v
    return x * v + TABLE([[x, 0.5]])[0] + LINE(x) + float(SLOPE.c[0, 0]) + CUBIC(x) * SERIES(v)


def diffusion_on_a_graph(u, rates):
    total = 0.0
    for k in range(rates.size):
        flow = LAPLACIAN @ u
        u = u - rates[k] * flow * (1.0 + u**2)
        total += np.sum(LAPLACIAN.T.dot(u) ** 2) * 0.1
    return total + np.sum(spsolve(SHIFTED, u) * u) + np.sum(FACTORS.solve(u)) + np.sum(u @ SHIFTED)


def sampled_energy(y, x, dx):
    power = np.zeros((2, y.size))
    power[0] = y**2
    power[1] = integrate.cumulative_trapezoid(y, x, initial=0)
    first = integrate.simpson(power, x=x)
    return first[0] * first[1] + integrate.trapezoid(y, dx=dx) * integrate.cumulative_simpson(y, dx=dx)[-1]


KNOTS = np.arange(5.0)
SLOPE = scipy.interpolate.CubicSpline(KNOTS, np.sin(KNOTS))
LINE = scipy.interpolate.interp1d(KNOTS, np.cos(KNOTS), fill_value="extrapolate")
TABLE = scipy.interpolate.RegularGridInterpolator((KNOTS, KNOTS[:3]), np.outer(np.sin(KNOTS), np.cos(KNOTS[:3])))
CUBIC, SERIES = np.poly1d([0.5, 1.0, -2.0]), Legendre([0.5, 1.0, 0.3])
LAPLACIAN = scipy.sparse.diags([[-1.0] * 3, [2.0] * 4, [-1.0] * 3], [-1, 0, 1], format="csr")
SHIFTED = (LAPLACIAN + scipy.sparse.identity(4)).tocsc()
FACTORS = splu(SHIFTED)

register(polynomial_objects, lambda r: (gauss(r, 3), 0.7), (0, 1), tags="polynomial object loop")
register(fitted_series, lambda r: (np.arange(5.0), gauss(r, 5), arr(r, 2)), (0, 1, 2), tags="polynomial object")
register(laguerre_of_roots, lambda r: (gauss(r, 2), arr(r, 2)), (0, 1), tags="polynomial object")
register(pendulum_on_a_spline, lambda r: (1.3, 0.2, 4), (0, 1), tags="interpolant loop")
register(diffusion_on_a_graph, lambda r: (gauss(r, 4), arr(r, 3, high=0.5)), (0, 1), tags="sparse loop")
register(sampled_energy, lambda r: (gauss(r, 4), np.cumsum(arr(r, 4)), 0.3), (0, 1, 2), tags="integral store")


def calibrated_curve(rates, knots, t):
    spline = scipy.interpolate.CubicSpline(KNOTS, rates, bc_type="natural")
    curve = scipy.interpolate.PchipInterpolator(knots, np.cumsum(rates**2))
    total = 1.0 + spline.derivative()(1.3)
    for k in range(t.size):
        if spline(t[k]) > 0.0:
            total += curve(t[k], 1)
        else:
            total += spline(t[k]) ** 2
    return total


register(
    calibrated_curve,
    lambda r: (gauss(r, 5), np.cumsum(arr(r, 5)) - 0.5, arr(r, 3, high=2.5)),
    (0, 1, 2),
    tags="interpolant object loop",
)
