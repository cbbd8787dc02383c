"""Test data of the rules of `scipy.special`."""

import numpy as np
from scipy import special as s

from sct_ad.runtime.scipy import elliptic, incomplete
from sct_ad.runtime.scipy import special as slopes
from tests.rules.array_cases import Call, numbers, other

TOPIC = "scipy.special"

V = numbers(4)  # of either sign
P = np.abs(numbers(4))
B = np.array([[0.4], [1.7]])  # broadcasts
U = np.array([0.1, 0.35, 0.6, 0.92])
N = np.array([0, 1, 2, 5])


REAL = (
    "exp2 exp10 expm1 exprel expit log_expit softplus erf erfc erfi erfcx dawsn ndtr log_ndtr cosm1 sindg cosdg tandg cotdg "
    "gamma gammaln rgamma digamma j0 j1 i0 i1 i0e i1e ellipe spherical cbrt"
)
POSITIVE = (
    "log1p entr y0 y1 k0 k1 k0e k1e exp1 expi spence loggamma ber bei ker kei berp beip kerp keip itstruve0 "
    "it2struve0 itmodstruve0 wrightomega"
)
UNIT = "erfinv erfcinv ndtri logit ellipk ellipkm1 ellipe"
PAIRS = "xlogy xlog1py rel_entr kl_div beta betaln poch gammainc gammaincc boxcox boxcox1p powm1 agm huber pseudo_huber"
CASES = {}


def add(names, *cases):
    """The same calls for several functions, where SciPy has them."""
    for name in names.split():
        if hasattr(s, name):
            CASES.setdefault(getattr(s, name), []).extend(cases)


add(REAL, Call(V), Call(0.7))
add(POSITIVE, Call(P), Call(0.7))
add(UNIT, Call(U), Call(0.7))
add(PAIRS, Call(P, B), Call(0.7, 1.2))
add("erfcx dawsn", Call(np.array([-3.0, 9.5, 12.0, 300.0])))
add("rgamma", Call(np.array([0.0, -1.0, -2.0, -2.3])))
add("digamma", Call(np.array([-0.6, 20.0])))
add("log_ndtr", Call(np.array([-40.0, -5.0, 5.0])))
add("exprel", Call(np.array([-30.0, -1e-3, 1e-9, 20.0])))
add("boxcox boxcox1p", Call(P, np.array([1e-7, -0.3, 0.05, 3.0])), Call(P, 0.0))
add("inv_boxcox inv_boxcox1p", Call(P, B), Call(P, np.array([1e-7, -0.1, 0.02, 1.0])), Call(0.7, 1.2))
add("ndtri_exp", Call(np.log(U)), Call(-30.0))
add("xlogy xlog1py", Call(np.zeros(2), U[:2], literal=(0,)))
add("radian", Call(P, U, V))
add("diric", Call(V, 5), Call(V, 4), Call(np.array([1e-5, 6.28, 3.0]), 3), Call(1.3, 2))
add("polygamma", Call(2, P), Call(N, P), Call(0, 0.7), Call(1, np.array([30.0, 0.01])))
add("multigammaln", Call(P + 3.0, 3), Call(np.abs(numbers(2, 2)) + 1.0, 2), Call(2.5, 1))
add("factorial", Call(P), Call(2.5), Call(np.array([0.5, -1.5])))
add("binom", Call(P + 3.0, U), Call(4.5, 2.2))
add(
    "comb",
    Call(P + 3.0, U),
    Call(4.5, 2.2),
    Call(np.array([5.5, 2.5]), 4.2),
    Call(P + 3.0, U, repetition=True, literal=("repetition",)),
)
add("perm", Call(P + 3.0, U), Call(np.array([5.5, 2.5]), 4.2))
add("gammainc gammaincc", Call(np.array([0.1, 3.0, 50.0, 50.0, 2000.0]), np.array([2.0, 9.0, 40.0, 70.0, 2050.0])))
add("gammaincinv gammainccinv chdtr chdtrc chdtri stdtrit", Call(P, U), Call(1.3, 0.4))
add(
    "betainc betaincc",
    Call(P, 1.2 * P, U),
    Call(0.7, 1.2, 0.3),
    Call(np.array([20.0, 300.0]), 30.0, np.array([0.35, 0.9])),
)
add("betaincinv betainccinv", Call(P, 1.2 * P, U), Call(0.7, 1.2, 0.3))
add("zeta", Call(2, P), Call(2.5, P, literal=(0,)))
add("voigt_profile", Call(V, P, U), Call(0.5, 0.8, 0.3), Call(np.array([30.0, 0.0]), 0.7, 0.2))
add("owens_t", Call(V, P), Call(0.7, -1.2))
add("sici shichi fresnel itj0y0 iti0k0 it2j0y0 it2i0k0 itairy airye kelvin", Call(P), Call(0.7))
add("airy", Call(P), Call(0.7))
add("airy fresnel", Call(V))
add("expn", Call(N, P), Call(3, 0.7), Call(0, P))
add("jv yv iv kv jve yve ive kve struve modstruve", Call(2, P), Call(N, P), Call(0.5, 1.2, literal=(0,)))
add("jv jve iv ive", Call(1, V))
add("yn kn", Call(2, P), Call(0, 0.7), Call(N, P))
add("jvp yvp ivp kvp", Call(1, P), Call(0, P, 2), Call(2, 0.7, n=0))
add(
    "spherical_jn spherical_yn spherical_in spherical_kn",
    Call(1, P),
    Call(N, P),
    Call(2, P, derivative=True, literal=("derivative",)),
    Call(0, 0.7),
)
add("pbdv pbwa", Call(1, P))
add("pbdv pbvv pbwa", Call(0.5, P, literal=(0,)), Call(0.5, 0.7, literal=(0,)))
add("hyp0f1", Call(2, V), Call(1.5, 0.7, literal=(0,)))
add("hyp1f1 hyperu", Call(1, 3, P), Call(0.5, 1.5, 0.7, literal=(0, 1)))
add("hyp2f1", Call(1, 2, 3, U), Call(0.5, 1.5, 2.5, -0.7, literal=(0, 1, 2)))
add("wright_bessel log_wright_bessel", Call(1, 2, P), Call(0.5, 1.5, 0.7, literal=(0, 1)))
add("wrightomega", Call(V))
add("ellipk ellipe", Call(np.array([-2.0, 0.0, 0.99])))
add(
    "ellipkinc ellipeinc",
    Call(V, U),
    Call(np.array([2.0, 5.0, -4.0]), 0.5),
    Call(0.5, np.array([0.0, 1.0, -3.0])[:2] * 0.999),
)
add("ellipj", Call(P, U), Call(0.7, 0.4), Call(np.array([3.0, 7.0]), 0.6))
add("elliprc", Call(P, U), Call(0.7, 0.7))
add("elliprf elliprg", Call(P, U, 1.5), Call(0.7, 0.7, 0.7))
for (
    _name
) in "legendre chebyt chebyu chebyc chebys laguerre hermite hermitenorm sh_legendre sh_chebyt sh_chebyu".split():
    add(f"eval_{_name}", Call(3, V), Call(N, U), Call(0, 0.7), Call(4, np.array([-1.0, 1.0])))
add("eval_legendre eval_laguerre eval_chebyt", Call(2.5, U, literal=(0,)))
add(
    "eval_genlaguerre eval_gegenbauer",
    Call(3, 1.5, V, literal=(1,)),
    Call(N, 0.5, U, literal=(1,)),
    Call(0, 0.5, 0.7, literal=(1,)),
)
add("eval_jacobi", Call(3, 1.5, 0.5, V, literal=(1, 2)), Call(N, 0.5, 1, U, literal=(1,)))
add("eval_sh_jacobi", Call(3, 2.5, 1.5, V, literal=(1, 2)), Call(N, 2.5, 1, U, literal=(1,)))
add("lpmv", Call(1, 3, U), Call(0, N, U), Call(2, 1, U))
add("bdtr bdtrc bdtri nbdtr nbdtrc", Call(2, 5, U), Call(1.0, 4, 0.3, literal=(0,)))
add("pdtr pdtrc pdtri", Call(2, U), Call(N, 0.7))
add("gdtr gdtrc", Call(P, U, P[::-1].copy()), Call(0.7, 1.5, 2.0))
add("gdtrix", Call(P, P[::-1].copy(), U))
add("fdtr fdtrc", Call(P, 3.0 * P, P[::-1].copy()), Call(2.0, 5.5, 1.3))
add("fdtri", Call(P, 3.0 * P, U))
add("stdtr", Call(P, V), Call(3.5, -0.7), Call(40.0, np.array([0.5, -6.0])))
add(
    "logsumexp", Call(V), Call(numbers(2, 3), axis=1), Call(numbers(2, 3), 0, keepdims=True), Call(numbers(2, 3, 2), axis=(0, 2)), Call([0.5, 1.5]),
    Call(numbers(2, 3), b=np.abs(other(2, 3))), Call(numbers(3), axis=1, b=np.abs(other(2, 3))), Call(numbers(2, 3), axis=0, b=P[:1], keepdims=True),
    Call(numbers(2, 3), axis=1, b=other(2, 3), return_sign=True), Call(numbers(3), return_sign=True),  Call(0.7),
)  # fmt: skip
add(
    "softmax log_softmax",
    Call(V),
    Call(numbers(2, 3), axis=1),
    Call(numbers(2, 3)),
    Call(numbers(2, 3, 2), axis=(0, 2)),
    Call([0.5, 1.5]),
)
add(
    "sph_harm_y lambertw wofz hankel1 hankel2 hankel1e hankel2e h1vp h2vp"
)  # complex results are checked in test_scipy_special.py

THIRD = {"complex": "third derivatives are refused", "float32": "third derivatives are in double precision"}
INTEGERS = {"float32": "functions of integers are in double precision"}
REAL = {"complex": "the integrals are real"}
INCOMPLETE = [
    Call(V, U, leave_out=REAL),
    Call(np.array([4.0, -1.2]), np.array([0.1, -3.0]), leave_out=REAL),
    Call(0.7, 0.0, leave_out=REAL),
]
CASES |= {
    incomplete.gammainc_slope_x: [Call(P + 1.0, P)],
    incomplete.gammainc_slope_a: [Call(np.array([2, 3, 1, 4]), P, leave_out=INTEGERS)],
    incomplete.betainc_slope_x: [Call(P + 1.0, P + 0.5, U)],
    incomplete.betainc_slopes: [Call(2, 3, U, leave_out=INTEGERS), Call(2, 3, 0.4)],
    incomplete.fdtr_slope_x: [Call(3, 4, P)],
    incomplete.stdtr_slope_t: [Call(P + 1.0, V)],
    incomplete.stdtr_slope_df: [Call(3, V, leave_out=INTEGERS)],
    s.elliprd: [Call(P, P[::-1] + 0.7, P + 0.3), Call(0.7, 0.7, 0.7), Call(0.7, 1.2, 0.7), Call(1.2, 0.7, 0.7)],
    slopes.rgamma_slope: [Call(np.array([0.0, -1.0, -2.0, -2.3, 1.7]))],
    slopes.rgamma_curvature: [Call(np.array([-2.3, 1.7]), leave_out=THIRD)],
    slopes.ellipk_slope: [Call(np.array([-2.0, 0.0, 0.05, 0.3, 0.9]))],
    slopes.ellipkm1_slope: [Call(np.array([3.0, 1.0, 0.95, 0.7, 0.1]))],
    slopes.ellipe_slope: [Call(np.array([-2.0, 0.0, 0.05, 0.3, 0.9]))],
    slopes.ellipkinc_slope_m: INCOMPLETE,
    slopes.ellipeinc_slope_m: INCOMPLETE,
    elliptic.elliprd_slope: [Call(P + 0.1, P, P[::-1] + 0.7, P + 0.3), Call(0.8, 1.1, 0.7, 1.9)],
    incomplete.fdtr_slopes: [],  # second derivatives by the degrees of freedom are refused
}
