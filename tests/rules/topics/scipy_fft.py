"""Test data of the rules of `scipy.fft`."""

import scipy.fft

from sct_ad.runtime.scipy.fft import real_transform_cotangent
from tests.rules.array_cases import Call, numbers, other
from tests.rules.topics.fft import many_axes, one_axis, spectrum

TOPIC = "scipy.fft"
IGNORED = {"complex": "SciPy does not look at orthogonalize= for complex numbers"}


def real_transform():
    """Calls of a cosine or sine transform along one axis."""
    found = [
        Call(numbers(4)),
        Call(numbers(3, 2), axis=0),
        Call(numbers(2, 3), 2, 4),
        Call(numbers(4), n=3),
        Call(spectrum(3), 3),
    ]
    for kind in (1, 2, 3, 4):
        found += [Call(numbers(4), kind, norm=norm) for norm in ("backward", "ortho", "forward")]
        found += [
            Call(numbers(3), kind, norm=norm, orthogonalize=flag, leave_out=IGNORED)
            for norm, flag in (("ortho", False), (None, True))
        ]
    return found


def real_transforms():
    """Calls of a cosine or sine transform along several axes."""
    return [
        Call(numbers(2, 3)), Call(numbers(2, 3), norm="ortho"), Call(numbers(2, 3), 1, axes=(0, -1)), Call(numbers(2, 3), 3, axes=1),
        Call(numbers(2, 3), s=(3, 2), axes=(0, 1)), Call(numbers(2, 3), 3, s=(2,)), Call(numbers(2, 3), 1, norm="forward"),
    ]  # fmt: skip


CASES = {
    **{getattr(scipy.fft, name): one_axis(numbers) for name in ("rfft", "ihfft")},
    **{getattr(scipy.fft, name): one_axis(numbers)[:2] + one_axis(spectrum) for name in ("fft", "ifft", "irfft", "hfft")},
    **{getattr(scipy.fft, name): many_axes(numbers) for name in ("rfftn", "ihfftn")},
    **{getattr(scipy.fft, name): many_axes(spectrum) for name in ("fftn", "ifftn", "irfftn", "hfftn")},
    **{getattr(scipy.fft, name): many_axes(numbers, pairs=True) for name in ("rfft2", "ihfft2")},
    **{getattr(scipy.fft, name): many_axes(spectrum, pairs=True) for name in ("fft2", "ifft2", "irfft2", "hfft2")},
    **{getattr(scipy.fft, name): real_transform() for name in ("dct", "idct", "dst", "idst")},
    **{getattr(scipy.fft, name): real_transforms() for name in ("dctn", "idctn", "dstn", "idstn")},
    scipy.fft.fftshift: [Call(numbers(2, 3)), Call(numbers(2, 3), axes=1)],
    scipy.fft.ifftshift: [Call(numbers(5)), Call(numbers(2, 3), 0)],
    scipy.fft.fftfreq: [Call(5, 0.5), Call(4, d=2.0)],
    scipy.fft.rfftfreq: [Call(5, 0.5), Call(4, d=2.0)],
    real_transform_cotangent: [Call(numbers(4), other(4), "dct", 3), Call(numbers(2, 3), other(2, 3), "idstn", 1)],
}  # fmt: skip
