"""Rules of `scipy.special`: complex arguments, float32, edges, far tails, and what is refused."""

import numpy as np
import pytest
from scipy import special as s

from sct_ad import grad
from sct_ad.errors import NoRuleError
from sct_ad.rules.evaluate import pull
from sct_ad.rules.registry import load_on_demand, lookup, qualified_name, registered
from sct_ad.syntax.values import Unknown
from tests.rules.covering import typed
from tests.rules.topics.scipy_special import CASES
from tests.rules.topics.scipy_stats import CASES as STATISTICS

X = np.array([0.7 + 0.4j, 1.3 - 0.6j, 0.4 - 0.2j])
STEP = np.array([0.6 - 0.8j, 1.0 + 0.3j, -0.2 + 0.9j])
DZ = np.array([0.7 + 0.5j, -1.2 + 0.8j, 0.3 - 0.4j])
COMPLEX = [
    *((getattr(s, name), ()) for name in (
        "gamma loggamma rgamma digamma expm1 log1p erf erfc erfi erfcx dawsn wofz ndtr log_ndtr exp1 expi spence sici shichi "
        "fresnel airy wrightomega lambertw"
    ).split()),
    *((getattr(s, name), (1.5,)) for name in (
        "jv yv iv kv hankel1 hankel2 jve yve ive kve hankel1e hankel2e jvp yvp ivp kvp h1vp h2vp hyp0f1"
    ).split()),
    *((getattr(s, name), (2,)) for name in (
        "spherical_jn spherical_yn spherical_in spherical_kn eval_legendre eval_chebyt eval_chebyu eval_chebyc "
        "eval_chebys eval_laguerre eval_sh_legendre eval_sh_chebyt eval_sh_chebyu"
    ).split()),
    (s.hyp1f1, (0.5, 1.5)), (s.hyp2f1, (0.5, 1.5, 2.5)), (s.eval_jacobi, (3, 0.5, 1.5)), (s.eval_gegenbauer, (3, 0.5)),
    (s.eval_genlaguerre, (3, 0.5)),
]  # fmt: skip


def cotangent(function, *args, dz=1.0):
    """The cotangent of the last argument; the other ones are constants, which have none."""
    z = function(*args)
    dz = tuple(dz * (k + 1) for k in range(len(z))) if isinstance(z, tuple) else dz
    with np.errstate(divide="ignore", invalid="ignore"):
        return list(lookup(function).pullback(z, dz, *args).values())[-1]


def contracted(function, *args, dz):
    z = function(*args)
    z = sum((k + 1) * part for k, part in enumerate(z)) if isinstance(z, tuple) else z
    return np.real(dz * z)


@pytest.mark.parametrize("function, orders", COMPLEX, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("where", [X, -X.conj(), 12.0 * X])
def test_complex_arguments(function, orders, where):
    """The result changes by the real part of the cotangent times the step, holomorphic or not."""
    if abs(where[0]) > 5 and function in (s.hyp1f1, s.hyp2f1, s.gamma, s.exp1, s.expi):
        return
    rule = lookup(function)

    def total(x):
        return contracted(function, *orders, x, dz=DZ)

    step = 1e-4
    difference = [(total(where + h * STEP) - total(where - h * STEP)) / (2.0 * h) for h in (step, step / 2.0)]
    expected = (4.0 * difference[1] - difference[0]) / 3.0
    z = function(*orders, where)
    dz = tuple(DZ * (k + 1) for k in range(len(z))) if isinstance(z, tuple) else DZ
    found = pull(rule, z, dz, (*orders, where), {}, "constants", tuple(range(len(orders))))
    got = np.real(list(found.values())[-1] * STEP)
    assert got == pytest.approx(expected, rel=2e-7, abs=1e-9 * np.max(np.abs(np.concatenate(np.atleast_2d(z)))))


@pytest.mark.parametrize("function", [s.wofz, s.lambertw, s.hankel1, s.hankel2, s.hankel1e, s.hankel2e, s.h1vp, s.h2vp])
def test_complex_results_of_real_arguments(function):
    """Of which the interface takes the real part."""
    orders = () if function in (s.wofz, s.lambertw) else (1,)
    x, h = np.array([0.4, 1.3, 14.0]), 1e-4
    difference = [(function(*orders, x + k) - function(*orders, x - k)) / (2.0 * k) for k in (h, h / 2.0)]
    expected = np.real(DZ * (4.0 * difference[1] - difference[0]) / 3.0)
    assert np.real(cotangent(function, *orders, x, dz=DZ)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("function", list(CASES), ids=lambda f: getattr(f, "__name__", "unnamed"))
def test_types(function):
    """The type of the result is known, sizes included."""
    for call in CASES[function]:
        found = typed(function, call.args, call.keywords)
        if not call.keywords and not isinstance(function(*call.args), tuple):
            assert not isinstance(found, Unknown) and getattr(found, "dims", ()) is not None, found


def test_spherical_harmonics():
    theta, phi, h = np.array([0.3, 1.2]), 0.4, 1e-4
    got = lookup(s.sph_harm_y).pullback(s.sph_harm_y(3, 2, theta, phi), DZ[:2], 3, 2, theta, phi)
    by_theta = [(s.sph_harm_y(3, 2, theta + k, phi) - s.sph_harm_y(3, 2, theta - k, phi)) / (2 * k) for k in (h, h / 2)]
    by_phi = [(s.sph_harm_y(3, 2, theta, phi + k) - s.sph_harm_y(3, 2, theta, phi - k)) / (2 * k) for k in (h, h / 2)]
    assert got["theta"].real == pytest.approx((DZ[:2] * (4.0 * by_theta[1] - by_theta[0]) / 3.0).real, rel=1e-9)
    assert got["phi"].real == pytest.approx((DZ[:2] * (4.0 * by_phi[1] - by_phi[0]) / 3.0).real.sum(), rel=1e-9)


@pytest.mark.parametrize("package, cases", [("special", CASES), ("stats", STATISTICS)])
def test_every_rule_has_a_case(package, cases):
    load_on_demand()
    for rule in registered():
        if rule.body is not None and rule.body.__module__.startswith(f"sct_ad.rules.scipy.{package}"):
            missing = [function for function in rule.functions if function not in cases]
            assert not missing, f"add a line to tests/rules/topics/scipy_{package}.py"


# Edges ---------------------------------------------------------------------------------------------------------------


def test_products_with_logarithms_at_zero():
    assert cotangent(s.xlogy, np.zeros(2), np.array([0.0, 2.0])).tolist() == [0.0, 0.0]
    assert cotangent(s.xlog1py, np.zeros(2), np.array([-1.0, 2.0])).tolist() == [0.0, 0.0]
    assert cotangent(s.rel_entr, np.zeros(2), np.array([0.0, 2.0])).tolist() == [0.0, 0.0]
    assert cotangent(s.kl_div, np.zeros(2), np.array([0.0, 2.0])).tolist() == [1.0, 1.0]
    assert cotangent(s.entr, 0.0) == np.inf


def test_tails():
    far = np.array([-1e4, -800.0, -40.0, 40.0, 800.0])
    assert cotangent(s.expit, far).tolist()[:2] == [0.0, 0.0]
    assert cotangent(s.log_expit, far)[:2].tolist() == [1.0, 1.0]
    assert cotangent(s.log_expit, far)[3] == pytest.approx(np.exp(-40.0))
    assert cotangent(s.erf, far)[[0, 1, 3, 4]].max() == 0.0
    mills = -far[:3] + 1.0 / -far[:3] - 2.0 / (-far[:3]) ** 3  # DLMF 7.12.1
    assert cotangent(s.log_ndtr, far)[:3] == pytest.approx(mills, rel=2e-7)
    assert cotangent(s.log_ndtr, far)[0] == pytest.approx(mills[0], rel=1e-14)
    assert cotangent(s.log_ndtr, far)[4] == 0.0
    assert cotangent(s.erfcx, 1e8) == pytest.approx(-1e-16 / np.sqrt(np.pi), rel=1e-14)
    assert cotangent(s.dawsn, -1e8) == pytest.approx(-0.5e-16, rel=1e-14)


def test_logsumexp_of_minus_infinity():
    x = np.array([[0.3, -np.inf], [-np.inf, -np.inf], [1.0, 1.0]])
    got = lookup(s.logsumexp).pullback(s.logsumexp(x, axis=1), np.ones(3), x, axis=1)["a"]
    assert got == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.0], [0.5, 0.5]]), rel=1e-15)


def test_removable_singularities():
    assert cotangent(s.spence, 1.0) == -1.0
    assert cotangent(s.sici, np.zeros(1)).tolist() == cotangent(s.shichi, np.zeros(1)).tolist() == [1.0]
    assert cotangent(s.exprel, 0.0) == 0.5
    assert cotangent(s.boxcox, 2.0, 0.0) == pytest.approx(0.5 * np.log(2.0) ** 2)
    assert cotangent(s.inv_boxcox, 2.0, 0.0) == pytest.approx(-2.0 * np.exp(2.0))
    assert cotangent(s.lambertw, 0.0) == 1.0
    assert cotangent(s.rgamma, np.array([0.0, -1.0, -2.0, -3.0])).tolist() == [1.0, -1.0, 2.0, -6.0]
    assert cotangent(s.agm, 1.0, 1.0) == pytest.approx(0.5)
    assert cotangent(s.ellipk, 0.0) == pytest.approx(np.pi / 8.0)
    assert cotangent(s.eval_legendre, 3, np.array([-1.0, 1.0])) == pytest.approx([6.0, 6.0])


@pytest.mark.parametrize(
    "function, args, position, expected",
    [(s.gammainc, (400.0, 420.0), "a", -0.011999490532292524), (s.gammainc, (5000.0, 4900.0), "a", -0.0020684190598600765)]
    + [(s.gammainc, (0.3, 2.5), "a", -0.0554834353068204678), (s.betainc, (30.0, 50.0, 0.8), "a", -5.2209082178536328e-17)]
    + [(s.betainc, (2.0, 5.0, 0.3), "b", 0.099444894569456877)],
)  # fmt: skip
def test_shape_parameters_against_many_digits(function, args, position, expected):
    """The references were computed with 50 digits."""
    assert lookup(function).pullback(function(*args), 1.0, *args)[position] == pytest.approx(expected, rel=1e-12)


def _numerically(f, x, width):
    h = 1e-3 * width
    return (8.0 * (f(x + h) - f(x - h)) - f(x + 2.0 * h) + f(x - 2.0 * h)) / (12.0 * h)


def test_complete_elliptic_integrals():
    """From a power series near 0 (DLMF 19.5.1, 19.5.2), by differences elsewhere, and at the ends."""
    m = np.array([-0.2, -0.11, -0.09, -1e-3, 0.0, 1e-9, 0.05, 0.0999, 0.1001, 0.2])
    square, of_k, of_e = 1.0, np.zeros(m.size), np.zeros(m.size)
    for n in range(1, 60):
        square *= ((2 * n - 1) / (2 * n)) ** 2
        of_k += np.pi / 2.0 * square * n * m ** (n - 1)
        of_e -= np.pi / 2.0 * square * n / (2 * n - 1) * m ** (n - 1)
    assert cotangent(s.ellipk, m) == pytest.approx(of_k, rel=1e-14)
    assert cotangent(s.ellipkm1, 1.0 - m) == pytest.approx(-of_k, rel=1e-13)
    assert cotangent(s.ellipe, m) == pytest.approx(of_e, rel=1e-14)
    for point in (-1e12, -1e7, -30.0, -0.5, 0.4, 0.8, 0.98):
        assert cotangent(s.ellipk, point) == pytest.approx(
            _numerically(s.ellipk, point, min(abs(point), 1.0 - point)), rel=3e-8
        )
        assert cotangent(s.ellipe, point) == pytest.approx(
            _numerically(s.ellipe, point, min(abs(point), 1.0 - point)), rel=3e-8
        )
    for point in (1e-300, 1e-10, 0.3, 5.0, 1e12):
        assert cotangent(s.ellipkm1, point) == pytest.approx(_numerically(s.ellipkm1, point, point), rel=3e-8)
    assert cotangent(s.ellipk, np.array([1.0, -np.inf])).tolist() == [np.inf, 0.0]
    assert np.isnan(cotangent(s.ellipk, np.array([1.5, np.nan]))).all()


def test_arithmetic_geometric_mean():
    """Against differences, and Euler's theorem on homogeneous functions."""
    a, b = np.meshgrid([1e-150, 1e-8, 0.3, 1.0, 1.0 + 1e-9, 50.0, 1e150], [1e-100, 0.5, 1.0, 3e5])
    z = s.agm(a, b)
    got = lookup(s.agm).pullback(z, np.ones(a.shape), a, b)
    assert a * got["a"] + b * got["b"] == pytest.approx(z, rel=1e-13)
    expected = np.vectorize(lambda a, b: _numerically(lambda t: s.agm(t, b), a, a))(a, b)
    assert got["a"] == pytest.approx(expected, rel=1e-8)
    assert lookup(s.agm).pullback(s.agm(-2.0, -3.0), 1.0, -2.0, -3.0)["a"] == pytest.approx(
        cotangent(s.agm, 3.0, 2.0), rel=1e-15
    )
    assert np.isnan(cotangent(s.agm, np.array([0.0, -1.0, np.nan]), np.array([1.0, 1.0, 1.0]))).all()


def test_bessel_functions_of_order_1_near_0_and_far_out():
    x = np.array([0.0, 1e-300, 1e-9, -2.5, 40.0])
    for function, order2 in (
        (s.j1, lambda x: (s.j0(x) - s.jv(2, x)) / 2.0),
        (s.i1, lambda x: (s.i0(x) + s.iv(2, x)) / 2.0),
    ):
        assert cotangent(function, x) == pytest.approx(order2(x), rel=1e-13)
    x = np.array([1e-100, 1e-9, 2.5, 40.0])
    assert cotangent(s.y1, x) == pytest.approx((s.y0(x) - s.yv(2, x)) / 2.0, rel=1e-12)
    assert cotangent(s.k1, x) == pytest.approx(-(s.k0(x) + s.kv(2, x)) / 2.0, rel=1e-12)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function, args, what",
    [(s.jv, (0.5, 1.0), "the order v"), (s.hyp2f1, (0.5, 1.0, 2.0, 0.3), "the parameters a, b and c"), (s.zeta, (2.5, 1.0), "the argument x")]
    + [(s.eval_legendre, (1.5, 0.3), "the degree n"), (s.polygamma, (1.0, 2.0), "the order n"), (s.expn, (1.0, 2.0), "the order n")],
)  # fmt: skip
def test_parameters_without_derivative_are_named(function, args, what):
    with pytest.raises(NoRuleError, match=rf"scipy\.special\.{function.__name__}: {what}"):
        lookup(function).pullback(function(*args), 1.0, *args)


# The text ------------------------------------------------------------------------------------------------------------


def erf_energy(x):
    return np.sum(s.erf(x) ** 2)


def test_text():
    text = grad(erf_energy).source(np.ones(3))
    assert "np.exp(-(x ** 2))" in text or "np.exp(-x ** 2)" in text, text
    assert "unbroadcast" not in text


def test_names():
    assert qualified_name(s.sph_harm_y) == "scipy.special.sph_harm_y"  # SciPy 1.15 has not given it a name
    assert qualified_name(s.gamma) == "scipy.special.gamma"
