"""Programs with Fourier transforms, polynomials, and linear filters of SciPy."""

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.polynomial import chebyshev
from numpy.polynomial.polynomial import polyfromroots, polymul
from scipy import signal
from scipy.fft import dct, idct

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
