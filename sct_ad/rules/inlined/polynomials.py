"""`np.poly1d`, and the classes of `numpy.polynomial`, in plain Python over functions that have rules."""

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from sct_ad.objects import stand_in
from sct_ad.runtime.series import without_leading_zeros

# ruff: noqa: D102
# mypy: ignore-errors


class Poly1d:
    """`np.poly1d`: coefficients from the highest power down."""

    def __init__(self, c_or_r, r=False, variable=None):
        if isinstance(c_or_r, np.poly1d):
            self.coeffs = c_or_r.coeffs
        elif r:
            self.coeffs = without_leading_zeros(np.poly(c_or_r))
        else:
            self.coeffs = without_leading_zeros(c_or_r)

    @property
    def c(self):
        return self.coeffs

    @property
    def coef(self):
        return self.coeffs

    @property
    def coefficients(self):
        return self.coeffs

    @property
    def order(self):
        return len(self.coeffs) - 1

    @property
    def o(self):
        return len(self.coeffs) - 1

    @property
    def r(self):
        return np.roots(self.coeffs)

    @property
    def roots(self):
        return np.roots(self.coeffs)

    def __call__(self, val):
        return np.polyval(self.coeffs, val)

    def __len__(self):
        return len(self.coeffs) - 1

    def __getitem__(self, val):
        if val > len(self.coeffs) - 1 or val < 0:
            return 0.0
        return self.coeffs[len(self.coeffs) - 1 - val]

    def __neg__(self):
        return np.poly1d(-self.coeffs)

    def __pos__(self):
        return self

    def __add__(self, other):
        return np.poly1d(np.polyadd(self.coeffs, np.poly1d(other).coeffs))

    def __radd__(self, other):
        return np.poly1d(np.polyadd(self.coeffs, np.poly1d(other).coeffs))

    def __sub__(self, other):
        return np.poly1d(np.polysub(self.coeffs, np.poly1d(other).coeffs))

    def __rsub__(self, other):
        return np.poly1d(np.polysub(np.poly1d(other).coeffs, self.coeffs))

    def __mul__(self, other):
        if isinstance(other, np.poly1d):
            return np.poly1d(np.polymul(self.coeffs, other.coeffs))
        if np.isscalar(other):
            return np.poly1d(self.coeffs * other)
        return np.poly1d(np.polymul(self.coeffs, np.poly1d(other).coeffs))

    def __rmul__(self, other):
        if np.isscalar(other):
            return np.poly1d(other * self.coeffs)
        return np.poly1d(np.polymul(np.poly1d(other).coeffs, self.coeffs))

    def __truediv__(self, other):
        if isinstance(other, np.poly1d):
            divisor = other.coeffs
        elif np.isscalar(other):
            return np.poly1d(self.coeffs / other)
        else:
            divisor = np.poly1d(other).coeffs
        quotient, remainder = np.polydiv(self.coeffs, divisor)
        return np.poly1d(quotient), np.poly1d(remainder)

    def __pow__(self, val):
        result = np.poly1d([1.0])
        for _ in range(val):
            result = np.poly1d(np.polymul(self.coeffs, result.coeffs))
        return result

    def deriv(self, m=1):
        return np.poly1d(np.polyder(self.coeffs, m))

    def integ(self, m=1, k=0):
        return np.poly1d(np.polyint(self.coeffs, m, k))


class Series:
    """What the classes of `numpy.polynomial` share; the functions of the basis are attributes of each class."""

    def __init__(self, coef, domain=None, window=None, symbol="x", kept=None):
        self.coef = np.atleast_1d(coef) * 1.0 if kept is None else kept
        self.domain = self.usual() if domain is None else domain
        self.window = self.usual() if window is None else window
        self.mapped = domain is not None or window is not None

    def usual(self):
        return (-1.0, 1.0)

    def mapparms(self):
        if not self.mapped:
            return 0.0, 1.0
        old, new = self.domain, self.window
        length = old[1] - old[0]
        return (old[1] * new[0] - old[0] * new[1]) / length, (new[1] - new[0]) / length

    def __call__(self, arg):
        if not self.mapped:
            return self.val(arg, self.coef)
        off, scl = self.mapparms()
        return self.val(off + scl * np.asarray(arg), self.coef)

    def alike(self, coef):
        if self.mapped:
            return self.made(None, self.domain, self.window, "x", coef)
        return self.made(None, None, None, "x", coef)

    def other(self, other):
        if isinstance(other, type(self)):
            return other.coef
        return np.atleast_1d(other)

    def __neg__(self):
        return self.alike(-self.coef)

    def __pos__(self):
        return self

    def __add__(self, other):
        return self.alike(self.add(self.coef, self.other(other)))

    def __radd__(self, other):
        return self.alike(self.add(self.other(other), self.coef))

    def __sub__(self, other):
        return self.alike(self.sub(self.coef, self.other(other)))

    def __rsub__(self, other):
        return self.alike(self.sub(self.other(other), self.coef))

    def __mul__(self, other):
        return self.alike(self.mul(self.coef, self.other(other)))

    def __rmul__(self, other):
        return self.alike(self.mul(self.other(other), self.coef))

    def __truediv__(self, other):
        return self.alike(self.coef / other)

    def __floordiv__(self, other):
        return self.alike(self.div(self.coef, self.other(other))[0])

    def __mod__(self, other):
        return self.alike(self.div(self.coef, self.other(other))[1])

    def __divmod__(self, other):
        quo, rem = self.div(self.coef, self.other(other))
        return self.alike(quo), self.alike(rem)

    def __pow__(self, other):
        return self.alike(self.power(self.coef, other))

    def __len__(self):
        return len(self.coef)

    def copy(self):
        return self.alike(self.coef)

    def degree(self):
        return len(self.coef) - 1

    def truncate(self, size):
        return self.alike(self.coef[:size])

    def deriv(self, m=1):
        scl = self.mapparms()[1]
        return self.alike(self.der(self.coef, m, scl))

    def integ(self, m=1, k=(), lbnd=None):
        off, scl = self.mapparms()
        start = 0 if lbnd is None else off + scl * lbnd
        return self.alike(self.integral(self.coef, m, k, start, 1.0 / scl))

    def roots(self):
        roots = self.zeros(self.coef)
        if not self.mapped:
            return roots
        old, new = self.window, self.domain
        length = old[1] - old[0]
        return (old[1] * new[0] - old[0] * new[1]) / length + (new[1] - new[0]) / length * roots

    @classmethod
    def fit(cls, x, y, deg, domain=None, rcond=None, full=False, w=None, window=None, symbol="x"):
        if domain is None:
            domain = [np.min(x), np.max(x)]
        if len(domain) == 0:
            result = cls([0.0], None, window)
        else:
            result = cls([0.0], domain, window)
        if result.mapped:
            off, scl = result.mapparms()
            result.coef = result.least_squares(off + scl * np.asarray(x), y, deg, rcond=rcond, w=w)
        else:
            result.coef = result.least_squares(x, y, deg, rcond=rcond, w=w)
        return result

    @classmethod
    def fromroots(cls, roots, domain=(), window=None, symbol="x"):
        if len(domain) == 0:
            result = cls([0.0], None, window)
        else:
            result = cls([0.0], domain, window)
        if result.mapped:
            off, scl = result.mapparms()
            result.coef = result.from_roots(off + scl * np.asarray(roots)) / scl ** len(roots)
        else:
            result.coef = result.from_roots(roots)
        return result

    @classmethod
    def basis(cls, deg, domain=None, window=None, symbol="x"):
        return cls([0.0] * deg + [1.0], domain, window)

    @classmethod
    def identity(cls, domain=None, window=None, symbol="x"):
        result = cls([0.0], domain, window)
        off, scl = result.mapparms()
        result.coef = result.line(-off / scl, 1.0 / scl)
        return result


class SeriesFromZero(Series):
    """The same for polynomials that are orthogonal from 0 on."""

    def usual(self):
        return (0.0, 1.0)


def _of_basis(original, module, prefix):
    """The class that stands for one of `numpy.polynomial`."""
    names = {
        "val": "val", "der": "der", "integral": "int", "add": "add", "sub": "sub", "mul": "mul", "div": "div",
        "power": "pow", "zeros": "roots", "from_roots": "fromroots", "least_squares": "fit", "line": "line",
    }  # fmt: skip
    functions = {own: staticmethod(getattr(module, prefix + name)) for own, name in names.items()}
    base = SeriesFromZero if original is np.polynomial.Laguerre else Series
    found = type(original.__name__, (base,), {**functions, "__module__": __name__})
    found.made = original
    return found


stand_in(np.poly1d, Poly1d)
BASES = {
    np.polynomial.Polynomial: (polynomial, "poly"),
    np.polynomial.Chebyshev: (chebyshev, "cheb"),
    np.polynomial.Legendre: (legendre, "leg"),
    np.polynomial.Hermite: (hermite, "herm"),
    np.polynomial.HermiteE: (hermite_e, "herme"),
    np.polynomial.Laguerre: (laguerre, "lag"),
}
for _original, _functions in BASES.items():
    stand_in(_original, _of_basis(_original, *_functions))
