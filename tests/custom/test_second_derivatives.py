"""Second and third derivatives through functions that bring a derivative of their own."""

import functools

import numpy as np
import pytest

from sct_ad import (
    NoRuleError,
    UnsupportedError,
    checkpoint,
    checkpointed,
    custom_jvp,
    custom_vjp,
    grad,
    hessian,
    hvp,
    jvp,
    stop_gradient,
    with_cotangent,
)
from sct_ad.rules.registry import d, pullback, tangent

X, V = np.array([0.7, 0.2, -0.4]), np.array([1.0, -0.3, 0.5])
SEEN: list = []


def agrees_with_differences(function, x=X, v=V, rtol=1e-7):
    gradient, step = grad(function), 1e-5
    near, far = (np.asarray(gradient(x + s * v)) - gradient(x - s * v) for s in (step, 2 * step))
    expected = (8 * near - far) / (12 * step)
    size = np.max(np.abs(expected), initial=1.0)
    product = hvp(function)(x, v)
    np.testing.assert_allclose(product, expected, rtol=0, atol=rtol * size)
    np.testing.assert_allclose(jvp(grad(function), (x,), (v,))[1], product, rtol=1e-12)
    full = hessian(function)(x)
    np.testing.assert_allclose(full @ v if np.ndim(x) else full * v, product, rtol=1e-12, atol=1e-14)


# custom_vjp


@custom_vjp
def bent(x):
    return np.sin(x) * x


def bent_fwd(x):
    return np.sin(x) * x, (x, np.cos(x))


def bent_bwd(residuals, bz):
    x, c = residuals
    return (bz * (c * x + np.sin(x)),)


bent.defvjp(bent_fwd, bent_bwd)


@functools.partial(custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return x**n


power.defvjp(lambda x, n: (power(x, n), x), lambda n, x, bz: (bz * n * x ** (n - 1),))


@custom_vjp
def sums(x, y):
    return np.cumsum(x * x)


def sums_bwd(x, bz):
    """A loop over a store, and None for an argument."""
    bx, total = np.zeros_like(bz), 0.0
    for k in reversed(range(len(bz))):
        total = total + bz[k]
        bx[k] = 2 * x[k] * total
    return [bx, None]


sums.defvjp(lambda x, y: (np.cumsum(x * x), x), sums_bwd)


@custom_vjp
def tripled(x):
    return 3.0 * x


def tripled_bwd(residuals, bz):
    bz *= 3.0
    return (bz,)


tripled.defvjp(lambda x: (3.0 * x, None), tripled_bwd)


@custom_vjp
def energy(params):
    return params["a"] * np.sum(params["b"] ** 2)


energy.defvjp(
    lambda p: (p["a"] * np.sum(p["b"] ** 2), p),
    lambda p, bz: ({"a": bz * np.sum(p["b"] ** 2), "b": 2 * bz * p["a"] * p["b"]},),
)


def looped(x):
    total = 0.0
    for _ in range(3):
        x = bent(x) + tripled(x) * 0.1
        total = total + np.sum(power(x, 2))
    return total


def stored(x):
    y, z = np.zeros(3), x * 1.0
    for k in range(3):
        y[k] = power(x[k], 3) * np.sum(z)
        z = bent(z)
    return np.sum(y * y)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(bent(x * x) * x),
        lambda x: np.sum(power(x, 3) * power(x * x, 2)),
        lambda x: np.sum(sums(x, x) * np.sin(x)),
        lambda x: np.sum(tripled(x * x) * np.sin(x)),
        lambda x: energy({"a": x[0] * x[1], "b": x * x}) * x[2],
        looped,
        stored,
    ],
)
def test_through_custom_vjp(function):
    agrees_with_differences(function)


def test_of_numbers():
    agrees_with_differences(lambda x: bent(x * x) * power(x, 3), 0.7, 1.0)
    assert abs(grad(grad(grad(lambda x: power(x, 5))))(2.0) - 60 * 4.0) < 1e-9


def test_a_direction_that_reverse_mode_did_not_take():
    def f(x, y):
        return np.sum(x * x * bent(y))

    (_, product) = jvp(grad(f), (X, X), (None, V))
    np.testing.assert_allclose(product, 2 * X * (X * np.cos(X) + np.sin(X)) * V)


def test_forward_mode_by_itself_is_still_refused():
    with pytest.raises(NoRuleError, match="forward mode through bent, which has a custom_vjp"):
        jvp(lambda x: np.sum(bent(x)), (X,), (V,))


def test_the_second_derivative_is_that_of_bwd():
    @custom_vjp
    def flat(x):
        return np.round(x)

    flat.defvjp(lambda x: (np.round(x), x), lambda x, bz: (bz * np.sin(x),))
    np.testing.assert_allclose(hvp(lambda x: np.sum(flat(x)))(X, V), np.cos(X) * V)


@custom_vjp
def unlike(x):
    return x * x


unlike.defvjp(lambda x: (unlike(x), x), lambda x, bz: (5.0 * bz * x,))


def test_fwd_that_calls_a_function_whose_derivative_is_another_one():
    with pytest.raises(ValueError, match="calls the function, whose statements have another derivative"):
        hvp(lambda x: np.sum(unlike(x) * x))(X, V)


# custom_jvp


@custom_jvp
def log1pexp(x):
    return np.log1p(np.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return log1pexp(x), dx / (1 + np.exp(-x))


@custom_jvp
def tanh(x):
    return np.tanh(x)


tanh.defjvps(lambda dx, y, x: dx * (1 - y * y))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(log1pexp(x * x) * x),
        lambda x: np.sum(tanh(x) * x * tanh(log1pexp(x))),
        lambda x: np.sum(tanh(bent(x)) * power(tanh(x), 3)),
    ],
)
def test_through_custom_jvp(function):
    agrees_with_differences(function)


@custom_jvp
def product(x, y):
    return x * y


@product.defjvp
def product_jvp(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    return x * y, 2.0 * dx * y + 3.0 * x * dy


@custom_jvp
def rounded(x):
    return np.round(x)


@rounded.defjvp
def rounded_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return rounded(x), dx * np.exp(-x * x)


def test_the_statements_of_the_rule_are_differentiated_as_in_jax():
    # bx = 2 y + product(x, y), of which the second is what the rule returns, x * y
    np.testing.assert_allclose(grad(grad(lambda x: product(x, 2.0) * x))(1.5), 2.0 + 4.0)
    # what the rule returns is called: its derivative is the rule's again
    slope, second = np.exp(-X * X), -2 * X * np.exp(-X * X)
    np.testing.assert_allclose(hvp(lambda x: np.sum(rounded(x) * x))(X, V), (2 * slope + second * X) * V)


@custom_jvp
def linear(x):
    return 3.0 * x


@linear.defjvp
def linear_jvp(primals, tangents):
    return linear(primals[0]), linear(tangents[0])


def test_a_rule_that_calls_its_function_with_tangents_is_refused():
    def f(x):
        return np.sum(linear(x) * x)

    for attempt in (lambda: hvp(f)(X, V), lambda: jvp(f, (X,), (V,))):
        with pytest.raises(
            (UnsupportedError, NoRuleError), match="the rule of linear, which calls linear with tangents"
        ):
            attempt()


def test_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def programs(np, custom_jvp):
        @custom_jvp
        def step(x):
            return np.round(x)

        @step.defjvp
        def step_jvp(primals, tangents):
            (x,), (dx,) = primals, tangents
            y = step(x)
            return y, dx * (np.exp(-x * x) - 0.1 * y)

        @custom_jvp
        def mixed(x, y):
            return x * y

        @mixed.defjvp
        def mixed_jvp(primals, tangents):
            (x, y), (dx, dy) = primals, tangents
            return step(x) * y, 2.0 * dx * step(y) + 3.0 * x * dy

        return [lambda x: np.sum(step(3 * x) * x), lambda x: np.sum(mixed(x, np.sin(x)) * mixed(2.0, x))]

    for ours, theirs in zip(programs(np, custom_jvp), programs(jax.numpy, jax.custom_jvp), strict=True):
        expected = jax.jvp(jax.grad(theirs), (X,), (V,))[1]
        np.testing.assert_allclose(hvp(ours)(X, V), expected, rtol=1e-12)
        third = jax.jvp(lambda x, f=theirs: jax.jvp(jax.grad(f), (x,), (V,))[1], (X,), (V,))[1]
        found = jvp(lambda x, f=hvp(ours): f(x, V), (X,), (V,))[1]
        np.testing.assert_allclose(found, third, rtol=1e-12)


# Cotangents, rules and recomputation


def shrunk(b):
    return None if np.sum(b) > 100 else b * b * b


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(with_cotangent(x * x, lambda b: np.clip(b, -0.5, 0.5) * b) * x),
        lambda x: np.sum(with_cotangent(x * x, shrunk) * x),
        lambda x: np.sum(with_cotangent(x * x, SEEN.append) * x),
    ],
)
def test_through_with_cotangent(function):
    agrees_with_differences(function)


def test_what_is_recorded_are_cotangents():
    SEEN.clear()
    hvp(lambda x: np.sum(with_cotangent(x * x, SEEN.append) * x))(X, V)
    assert len(SEEN) == 1
    np.testing.assert_array_equal(SEEN[0], X)


def test_stop_gradient_stops_every_derivative():
    np.testing.assert_allclose(hvp(lambda x: np.sum(stop_gradient(x) * x * x))(X, V), 2 * X * V)


@checkpoint
def block(x):
    for _ in range(3):
        x = np.sin(x) * x + x
    return x


def segments(x):
    total = 0.0
    for _ in checkpointed(range(7), every=2):
        x = np.sin(x) * x + x * 0.5
        total = total + np.sum(x * x)
    return total


def test_through_recomputation():
    agrees_with_differences(lambda x: np.sum(block(x) * block(x * x)))
    agrees_with_differences(segments)
    gradient = grad(segments, memory="1KB")
    np.testing.assert_allclose(jvp(gradient, (X,), (V,))[1], hvp(segments)(X, V))


def cubed(x):
    return x**3


def cubed_too(x):
    return x**3


def test_rules_of_the_user():
    @pullback(cubed)
    def cubed_pullback(dz, z, x):
        return (3 * dz * x * x,)

    @pullback(cubed_too)
    def cubed_too_pullback(dz, z, x):
        return (3 * dz * x * x,)

    @tangent(cubed_too)
    def cubed_too_tangent(z, x):
        d[z] = 3 * d[x] * x * x

    agrees_with_differences(lambda x: np.sum(cubed_too(x) * x))
    with pytest.raises(NoRuleError, match=r"(?s)no tangent rule for .*cubed at .*register one with") as raised:
        hvp(lambda x: np.sum(cubed(x) * x))(X, V)
    assert "test_second_derivatives.py" in str(raised.value)
