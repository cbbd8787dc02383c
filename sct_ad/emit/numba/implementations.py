"""Everything that is registered for Numba, which takes a while to import."""

from sct_ad.emit.numba import (  # noqa: F401  they register what they define
    contractions,
    factors,
    linear,
    products,
    support,
    transposes,
    views,
)
