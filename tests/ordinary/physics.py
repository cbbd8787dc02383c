"""Mechanics, heat, optics and the like, with classes for particles, forces, states and grids."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import combinations, pairwise
from operator import matmul
from typing import NamedTuple

import numpy as np

from tests.program import arr, register, u


class Particle:
    """A point mass on a line."""

    def __init__(self, position, velocity, mass=1.0):
        self.position = position
        self.velocity = velocity
        self.mass = mass

    def kick(self, force, dt):
        self.velocity += force / self.mass * dt

    def drift(self, dt):
        self.position += self.velocity * dt

    def kinetic_energy(self):
        return 0.5 * self.mass * self.velocity**2


def leapfrog_energy(stiffness, x0, v0):
    particle = Particle(x0, v0)
    dt = 0.1
    for _ in range(12):
        particle.kick(-stiffness * particle.position, dt / 2)
        particle.drift(dt)
        particle.kick(-stiffness * particle.position, dt / 2)
    return particle.kinetic_energy() + 0.5 * stiffness * particle.position**2


register(leapfrog_energy, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="ordinary objects")


def chain_of_particles(k, masses):
    particles = [Particle(float(i) * 1.1, 0.0, m) for i, m in enumerate(masses)]
    for _ in range(5):
        for left, right in pairwise(particles):
            stretch = right.position - left.position - 1.0
            left.kick(k * stretch, 0.1)
            right.kick(-k * stretch, 0.1)
        for p in particles:
            p.drift(0.1)
    return sum(p.kinetic_energy() for p in particles)


register(chain_of_particles, lambda r: (u(r), [u(r) for _ in range(3)]), (0, 1), tags="ordinary objects")


class Force:
    """What acts on a body at a height and a speed."""

    name = "force"

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, y, v):
        raise NotImplementedError

    def scaled(self, y, v, factor=1.0):
        return factor * self(y, v)


class Gravity(Force):
    name = "gravity"

    def __call__(self, y, v):
        return -self.strength / (1.0 + y / 100.0) ** 2


class Drag(Force):
    name = "drag"
    density = 1.2

    def __init__(self, strength, exponent):
        super().__init__(strength)
        self.exponent = exponent

    def __call__(self, y, v):
        return -math.copysign(0.5 * self.density * self.strength * abs(v) ** self.exponent, v)


def falling_with_drag(g, drag, exponent):
    forces = [Gravity(g), Drag(drag, exponent)]
    y, v = 50.0, 0.1
    for _ in range(10):
        a = sum(force(y, v) for force in forces)
        v += a * 0.1
        y += v * 0.1
    return y


register(falling_with_drag, lambda r: (9.8, 0.1, 1.7), (0, 1, 2), tags="ordinary objects inheritance")


def forces_by_name(g, drag):
    forces = {force.name: force for force in (Gravity(g), Drag(drag, 2.0))}
    weights = {"gravity": 1.0, "drag": 0.5}
    y, v = 10.0, 2.0
    for _ in range(5):
        for name, force in forces.items():
            v += force.scaled(y, v, factor=weights[name]) * 0.05
        y += v * 0.05
    return y * v


register(forces_by_name, lambda r: (9.8, u(r)), (0, 1), tags="ordinary objects inheritance")


class Vec2:
    """A vector in the plane."""

    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec2(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec2(self.x - other.x, self.y - other.y)

    def __neg__(self):
        return Vec2(-self.x, -self.y)

    def __mul__(self, factor):
        return Vec2(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __truediv__(self, factor):
        return self * (1.0 / factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    @property
    def norm(self):
        return math.sqrt(self.dot(self))


def kepler_orbit(mu, vy):
    r, v = Vec2(1.0, 0.0), Vec2(0.0, vy)
    dt = 0.05
    for _ in range(20):
        acceleration = -mu * r / r.norm**3
        v = v + dt * acceleration
        r = r + dt * v
    return 0.5 * v.dot(v) - mu / r.norm


register(kepler_orbit, lambda r: (u(r, 0.8, 1.2), u(r, 0.8, 1.1)), (0, 1), tags="ordinary objects operators")


def angular_momentum_of_vectors(r, v):
    pairs = [Vec2(*r), Vec2(*v)]
    a, b = pairs
    cross = a.x * b.y - a.y * b.x
    return cross * (a - b).norm


register(
    angular_momentum_of_vectors,
    lambda r: ((u(r), u(r)), (u(r, 2.0, 3.0), u(r))),
    (0, 1),
    tags="ordinary objects operators",
)


@dataclass(frozen=True)
class Phase:
    """Angle and angular velocity."""

    theta: float
    omega: float

    def plus(self, rate, dt):
        return Phase(self.theta + rate.theta * dt, self.omega + rate.omega * dt)


def pendulum_rate(state, length):
    return Phase(state.omega, -9.81 / length * math.sin(state.theta))


def runge_kutta_of_dataclasses(theta, length):
    state = Phase(theta, 0.0)
    dt = 0.05
    for _ in range(8):
        k1 = pendulum_rate(state, length)
        k2 = pendulum_rate(state.plus(k1, dt / 2), length)
        k3 = pendulum_rate(state.plus(k2, dt / 2), length)
        k4 = pendulum_rate(state.plus(k3, dt), length)
        mean = Phase(
            (k1.theta + 2 * k2.theta + 2 * k3.theta + k4.theta) / 6,
            (k1.omega + 2 * k2.omega + 2 * k3.omega + k4.omega) / 6,
        )
        state = state.plus(mean, dt)
    return state.theta


register(runge_kutta_of_dataclasses, lambda r: (u(r, 0.3, 1.0), u(r)), (0, 1), tags="ordinary dataclass")


def symplectic_with_replace(theta, length):
    state = Phase(theta=theta, omega=0.0)
    for _ in range(6):
        state = replace(state, omega=state.omega - 0.1 * 9.81 / length * math.sin(state.theta))
        state = replace(state, theta=state.theta + 0.1 * state.omega)
    return state.omega


register(symplectic_with_replace, lambda r: (u(r, 0.3, 1.0), u(r)), (0, 1), tags="ordinary dataclass")


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


def orbit_states(x, v, k, n):
    for _ in range(n):
        v = v - 0.1 * k * x
        x = x + 0.1 * v
        yield x, v


def mean_energy_from_a_generator(x, v, k):
    total, count = 0.0, 0
    for position, velocity in orbit_states(x, v, k, 9):
        total += 0.5 * velocity**2 + 0.5 * k * position**2
        count += 1
    return total / count


register(mean_energy_from_a_generator, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="ordinary generators")


def first_turning_point(x, v, k):
    previous = v
    for position, velocity in orbit_states(x, v, k, 100):
        if previous * velocity < 0.0:
            return position
        previous = velocity
    return x


register(first_turning_point, lambda r: (1.0, 0.7, 1.3), (0, 1, 2), tags="ordinary generators")


def rocket_stages(thrust, drag):
    v, height = 0.0, 0.0
    for step in range(12):
        match step // 4:
            case 0:
                a = thrust
            case 1:
                a = 0.5 * thrust
            case _:
                a = 0.0
        a -= 1.0 + drag * v * v
        v += 0.1 * a
        height += 0.1 * v
    return height


register(rocket_stages, lambda r: (u(r, 2.0, 3.0), u(r, 0.05, 0.2)), (0, 1), tags="ordinary match")


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


class Grid:
    """A rod divided into cells, indexed like an array."""

    def __init__(self, n, left, right):
        self.values = np.zeros(n)
        self.values[0] = left
        self.values[-1] = right

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]

    def __setitem__(self, i, value):
        self.values[i] = value


def relaxed_rod(left, right, omega):
    grid = Grid(6, left, right)
    for _ in range(8):
        for i in range(1, len(grid) - 1):
            grid[i] = (1 - omega) * grid[i] + omega * (grid[i - 1] + grid[i + 1]) / 2
    return grid[2] * grid[3]


register(relaxed_rod, lambda r: (u(r), u(r), u(r, 0.8, 1.2)), (0, 1, 2), tags="ordinary objects getitem store")


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


@dataclass
class Oscillator:
    """A damped oscillator; the number of steps is no parameter to fit."""

    mass: float
    damping: float
    stiffness: float = 4.0
    steps: int = 10
    label: str = "spring"

    def acceleration(self, x, v):
        return -(self.damping * v + self.stiffness * x) / self.mass

    def simulate(self, x, v, dt=0.05):
        for _ in range(self.steps):
            v = v + dt * self.acceleration(x, v)
            x = x + dt * v
        return x


def misfit_of_oscillator(oscillator, x0, observed):
    return (oscillator.simulate(x0, 0.0) - observed) ** 2


register(
    misfit_of_oscillator,
    lambda r: (Oscillator(u(r), u(r), 3.0), u(r), 0.3),
    (0, 1),
    tags="ordinary dataclass object_argument",
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


def lens(f):
    return np.array([[1.0, 0.0], [-1.0 / f, 1.0]])


def free_space(d):
    return np.array([[1.0, d], [0.0, 1.0]])


def ray_through_optics(f1, f2, d):
    system = [free_space(d), lens(f1), free_space(2 * d), lens(f2), free_space(d)]
    transfer = reduce(matmul, reversed(system))
    height, angle = transfer @ np.array([0.1, 0.02])
    return height**2 + 10 * angle


register(ray_through_optics, lambda r: (u(r, 1.0, 2.0), u(r, 1.0, 2.0), u(r)), (0, 1, 2), tags="ordinary reduce")


def mixture_heat_capacity(moles, temperature):
    tables = {"N2": (29.1, 0.0012), "O2": (29.4, 0.0021), "Ar": (20.8, 0.0)}
    total = sum(moles.values())
    result = 0.0
    for gas, n in moles.items():
        a, b = tables[gas]
        result += n / total * (a + b * temperature)
    return result


register(
    mixture_heat_capacity,
    lambda r: ({"N2": u(r), "O2": u(r), "Ar": u(r)}, 300.0),
    (0, 1),
    tags="ordinary dict container_argument",
)


def time_of_impact(height, v0, g=9.81):
    try:
        root = math.sqrt(v0 * v0 - 2 * g * height)
    except ValueError:
        return v0 * v0 / (2 * g)
    return (v0 - root) / g


register(time_of_impact, lambda r: (3.0, 2.0), (0, 1), tags="ordinary try", name="time_of_impact_never")

register(time_of_impact, lambda r: (0.1, 2.0), (0, 1), tags="ordinary try", name="time_of_impact_reached")


def dispersion_relation(k, depth):
    with np.errstate(over="ignore", invalid="ignore"):
        omega2 = 9.81 * k * np.tanh(k * depth)
        speed = np.sqrt(omega2) / k
    return np.sum(speed)


register(dispersion_relation, lambda r: (arr(r, 4), u(r)), (0, 1), tags="ordinary with")


def coulomb_energy(charges, positions):
    energy = 0.0
    for (qa, ra), (qb, rb) in combinations(zip(charges, positions), 2):
        energy += qa * qb / np.sqrt(np.sum((ra - rb) ** 2))
    return energy


register(
    coulomb_energy,
    lambda r: ([u(r), -u(r), u(r)], np.array([[0.0, 0.1], [1.2, 0.3], [0.4, 1.5]])),
    (0, 1),
    tags="ordinary itertools",
)


@dataclass
class Body:
    """Where a body is and what it weighs."""

    mass: float
    position: np.ndarray
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))

    @property
    def momentum(self):
        return self.mass * self.velocity


def three_bodies(masses, positions):
    bodies = [Body(m, positions[i].copy()) for i, m in enumerate(masses)]
    for _ in range(3):
        for i, a in enumerate(bodies):
            force = np.zeros(2)
            for j, b in enumerate(bodies):
                if i != j:
                    d = b.position - a.position
                    force = force + a.mass * b.mass * d / (0.1 + np.sum(d * d)) ** 1.5
            a.velocity = a.velocity + 0.1 * force / a.mass
        for body in bodies:
            body.position = body.position + 0.1 * body.velocity
    return np.sum(sum(body.momentum for body in bodies) ** 2) + np.sum(bodies[0].position ** 2)


register(
    three_bodies,
    lambda r: ([u(r), u(r), u(r)], np.array([[0.0, 0.1], [1.2, 0.3], [0.4, 1.5]])),
    (0, 1),
    tags="ordinary dataclass objects",
)
