# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of `scipy.fft`: Fourier transforms as in `numpy.fft`, cosine and sine transforms."""

from __future__ import annotations

import scipy.fft

from sct_ad.rules import fft
from sct_ad.rules.arrays import array_adjoint, array_emitter
from sct_ad.rules.registry import Rule, adjoint, d, linear_in, tangent, zero_derivative
from sct_ad.rules.template import Adjoint, Site
from sct_ad.rules.typing import transforms
from sct_ad.runtime.scipy.fft import real_transform, real_transform_cotangent
from sct_ad.syntax import nodes

fft.register(scipy.fft, "x", ", overwrite_x=False, workers=None, *, plan=None", __name__)
transforms.register(scipy.fft)
transforms.same_shape(scipy.fft.fftshift, scipy.fft.ifftshift, names=("x",))
transforms.like(real_transform_cotangent, 1)


def _register_real(name: str, several: bool) -> Rule:
    """Cosine and sine transforms of the types 1 to 4.

    With `orthogonalize` (as by default with norm="ortho") the types 1 and 4 are symmetric, and the types 2 and 3 are
    transposes of each other: with norm="ortho" as well, the transpose is the inverse.
    """
    function = getattr(scipy.fft, name)
    inverse = name[1:] if name.startswith("i") else "i" + name
    size, axis = ("s", "axes") if several else ("n", "axis")

    def emit(site: Site) -> Adjoint:
        fft.refuse_overwriting(site, name)
        x = site.arguments["x"]
        options = {
            key: nodes.copy(site.arguments[key])
            for key, default in (("type", 2), (axis, None if several else -1), ("norm", None), ("orthogonalize", None))
            if site.known(site.arguments[key]) != default
        }
        known = {key: site.known(site.arguments[key]) for key in (size, "norm", "orthogonalize")}
        if known[size] is None and known["norm"] == "ortho" and known["orthogonalize"] in (None, True):
            package = site.bind(scipy.fft, "fft")
            call = nodes.call(nodes.attribute(package, inverse), nodes.copy(site.cotangent), **options)
            return Adjoint([], [(x, call)])
        helper = site.bind(real_transform_cotangent, "real_transform_cotangent")
        if known[size] is not None:
            options[size] = nodes.copy(site.arguments[size])
        call = nodes.call(helper, nodes.copy(site.cotangent), nodes.copy(x), nodes.constant(name), **options)
        return Adjoint([], [(x, call)])

    default = "None" if several else "-1"
    last = "workers=None, *, orthogonalize=None" if several else "workers=None, orthogonalize=None"
    params = f"x, type=2, {size}=None, {axis}={default}, norm=None, overwrite_x=False, {last}"
    return array_emitter(function, params=params)(emit)


for _name in ("dct", "idct", "dst", "idst"):
    _register_real(_name, several=False)
    _register_real(_name + "n", several=True)


@array_adjoint(scipy.fft.fftshift)
def fftshift(z, x, axes=None):  # noqa: D103
    d[x] = scipy.fft.ifftshift(d[z]) if axes is None else scipy.fft.ifftshift(d[z], axes)


@array_adjoint(scipy.fft.ifftshift)
def ifftshift(z, x, axes=None):  # noqa: D103
    d[x] = scipy.fft.fftshift(d[z]) if axes is None else scipy.fft.fftshift(d[z], axes)


fft.register_frequencies(
    scipy.fft.fftfreq, scipy.fft.rfftfreq, params="n, d=1.0, *, xp=None, device=None", topic=__name__
)
zero_derivative(scipy.fft.next_fast_len, *[f for f in [getattr(scipy.fft, "prev_fast_len", None)] if f is not None])

linear_in("x", *(getattr(scipy.fft, name + end) for name in ("dct", "idct", "dst", "idst") for end in ("", "n")))
linear_in("x", scipy.fft.fftshift, scipy.fft.ifftshift)


@adjoint(real_transform_cotangent)
def transposed(  # type: ignore[no-untyped-def]
    z, cotangent, x, name, type=2, n=None, axis=-1, norm=None, orthogonalize=None, s=None, axes=None
):
    """The transpose of the transpose; of `x` only the shape counts."""
    d[cotangent] = real_transform(d[z], name, type, n, axis, norm, orthogonalize, s, axes)


@tangent(real_transform_cotangent)
def transposed_change(  # type: ignore[no-untyped-def]  # noqa: D103
    z, cotangent, x, name, type=2, n=None, axis=-1, norm=None, orthogonalize=None, s=None, axes=None
):
    d[z] = real_transform_cotangent(d[cotangent], x, name, type, n, axis, norm, orthogonalize, s, axes)
