# ruff: noqa: D103
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
"""Rules of what marks values for the differentiator, from which those of forward mode follow."""

from __future__ import annotations

from sct_ad.rules.custom import with_cotangent
from sct_ad.rules.marks import (
    constant_argument,
    moving_primal,
    no_tangent,
    primal_of,
    tangent_of,
    with_checked_tangent,
    with_moving_value,
    with_tangent,
)
from sct_ad.rules.registry import adjoint, d, tangent, zero_derivative
from sct_ad.runtime.custom import tangent_cotangent


@adjoint(moving_primal, elementwise=True)
def moving_primal_rule(z, x):
    d[x] = d[z]


@adjoint(tangent_of, elementwise=True)
def tangent_of_rule(z, x):
    d[x] = d[z]


@adjoint(with_tangent, elementwise=True)
def with_tangent_rule(z, value, tangent):
    d[tangent] = d[z]


@adjoint(with_moving_value, elementwise=True)
def with_moving_value_rule(z, value, tangent):
    d[value] = d[z]


@adjoint(with_checked_tangent)
def with_checked_tangent_rule(z, value, tangent):
    d[tangent] = tangent_cotangent(d[z], tangent, value)


@tangent(with_checked_tangent)
def with_checked_tangent_forward(z, value, tangent):
    d[z] = tangent_cotangent(d[tangent], tangent, value)


@adjoint(with_cotangent, elementwise=True)
def with_cotangent_rule(z, x, function, captured=()):
    d[x] = d[z]  # in forward mode; reverse mode calls the function


zero_derivative(constant_argument, primal_of, no_tangent)
