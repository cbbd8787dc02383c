"""Test data of the rules of discrete Fourier transforms."""

import numpy as np

from tests.rules.array_cases import Call, numbers, other

TOPIC = "fft"


def spectrum(*shape):
    """Complex numbers."""
    return numbers(*shape) + 1j * other(*shape)


def one_axis(make):
    """Calls of a transform along one axis."""
    return [
        *(Call(make(size)) for size in (4, 5)),
        *(Call(make(4), n) for n in (3, 5, 6)),
        *(Call(make(4), norm=norm) for norm in ("backward", "ortho", "forward")),
        *(Call(make(3, 2), axis=axis) for axis in (0, -2, 1)),
        Call(make(3, 2), 4, 0, "ortho"),
        Call(make(3, 2), n=2, axis=0),
    ]


def many_axes(make, pairs=False):
    """Calls of a transform along several axes."""
    found = [
        Call(make(2, 3)),
        Call(make(3, 2), (2, 3), axes=(0, 1)),
        Call(make(2, 3), norm="ortho"),
        Call(make(2, 3), norm="forward"),
        Call(make(2, 3), axes=(1, 0)),
        Call(make(2, 3, 2), axes=(0, -1)),
        Call(make(2, 3), s=(3, 4), axes=(-2, -1), norm="forward"),
    ]
    return found + ([] if pairs else [Call(make(3)), Call(make(2, 3), axes=(1,)), Call(make(2, 3, 2))])


REAL = ("rfft", "ihfft")
CASES = {
    **{getattr(np.fft, name): one_axis(numbers) for name in REAL},
    **{getattr(np.fft, name): one_axis(numbers)[:2] + one_axis(spectrum) for name in ("fft", "ifft", "irfft", "hfft")},
    np.fft.rfftn: many_axes(numbers),
    np.fft.rfft2: many_axes(numbers, pairs=True),
    **{getattr(np.fft, name): many_axes(numbers)[:2] + many_axes(spectrum) for name in ("fftn", "ifftn", "irfftn")},
    **{getattr(np.fft, name): many_axes(spectrum, pairs=True) for name in ("fft2", "ifft2", "irfft2")},
    np.fft.fftshift: [Call(numbers(5)), Call(numbers(2, 3)), Call(numbers(2, 3), axes=1), Call(spectrum(3), (0,))],
    np.fft.ifftshift: [Call(numbers(5)), Call(numbers(2, 3), 0)],
    np.fft.fftfreq: [Call(5, 0.5), Call(4, d=2.0)],
    np.fft.rfftfreq: [Call(5, 0.5), Call(4, d=2.0)],
}  # fmt: skip
CASES[np.fft.fftn].append(Call(spectrum(2, 3), axes=(0, 0)))
