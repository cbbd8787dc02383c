"""Mechanics, heat, optics and the like, with classes for particles, forces, states and grids."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from tests.program import arr, register, u


class Orbit(NamedTuple):
    """What the integrator carries along."""

    position: np.ndarray
    velocity: np.ndarray
    time: float = 0.0


def named_tuple_advanced_in_a_loop(x0, v0):
    state = Orbit(x0, v0)
    for _ in range(6):
        acceleration = -state.position / np.sum(state.position**2) ** 1.5
        velocity = state.velocity + 0.1 * acceleration
        state = state._replace(position=state.position + 0.1 * velocity, velocity=velocity, time=state.time + 0.1)
    return np.sum(state.velocity**2) + state.time


register(named_tuple_advanced_in_a_loop, lambda r: (arr(r, 2, low=0.8), arr(r, 2)), (0, 1), tags="ordinary named_tuple")


def mean_field_magnetisation(coupling, h, beta):
    m = 0.5
    for iteration in range(200):
        new = math.tanh(beta * (coupling * m + h))
        if abs(new - m) < 1e-13:
            break
        m = new
    else:
        raise RuntimeError("no convergence")
    return new


register(mean_field_magnetisation, lambda r: (0.6, 0.3, 0.8), (0, 1, 2), tags="ordinary while")


def euler(f, y, dt):
    return y + dt * f(y)


def midpoint(f, y, dt):
    return y + dt * f(y + dt / 2 * f(y))


SOLVERS: dict[str, Callable] = {"euler": euler, "midpoint": midpoint}


def lorenz_field(y, sigma, rho, beta=8.0 / 3.0):
    return np.array([sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]])


def lorenz_with_solver(y0, sigma, rho, solver="euler"):
    field = partial(lorenz_field, sigma=sigma, rho=rho)
    step = SOLVERS[solver]
    y = y0
    for _ in range(5):
        y = step(field, y, 0.02)
    return float(np.sum(y * y))


register(lorenz_with_solver, lambda r: (arr(r, 3), 10.0, 28.0), (0, 1, 2), tags="ordinary functions partial")

register(
    lorenz_with_solver,
    lambda r: (arr(r, 3), 10.0, 28.0, "midpoint"),
    (0, 1, 2),
    tags="ordinary functions partial",
    name="lorenz_with_midpoint",
)


def rabi_population(detuning, omega, time):
    hamiltonian = 0.5 * np.array([[detuning, omega], [omega, -detuning]])
    state = np.array([1.0 + 0.0j, 0.0j])
    dt = time / 40
    for _ in range(40):
        k1 = -1j * (hamiltonian @ state)
        k2 = -1j * (hamiltonian @ (state + dt * k1))
        state = state + 0.5 * dt * (k1 + k2)
    return np.abs(state[1]) ** 2


register(rabi_population, lambda r: (u(r), u(r), 1.3), (0, 1, 2), tags="ordinary complex")


def interference_of_two_slits(separation, wavelength):
    intensity = 0.0
    for angle in (0.1, 0.2, 0.35):
        phase = 2 * math.pi * separation * math.sin(angle) / wavelength
        amplitude = 1.0 + complex(math.cos(phase), math.sin(phase))
        intensity += abs(amplitude) ** 2
    return intensity


register(interference_of_two_slits, lambda r: (u(r), u(r)), (0, 1), tags="ordinary complex")
