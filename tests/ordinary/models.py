"""Finance, geometry, chemistry, games of life: state machines, option dicts, trees, registries, effects."""

import enum
import math

from tests.program import register, u


def option_on_a_tree(spot, strike, up, rate):
    down = 1.0 / up
    p = (math.exp(rate) - down) / (up - down)
    n = 4
    values = [max(spot * up**k * down ** (n - k) - strike, 0.0) for k in range(n + 1)]
    while len(values) > 1:
        values = [math.exp(-rate) * (p * b + (1 - p) * a) for a, b in zip(values, values[1:])]
    return values[0]


register(option_on_a_tree, lambda r: (1.03, 1.01, 1.1, 0.02), (0, 1, 2, 3), tags="ordinary lists comprehension")


class Phase(enum.Enum):
    """Where a reaction stands."""

    HEATING = "heating"
    HOLDING = "holding"
    COOLING = "cooling"


def reactor_state_machine(power, loss):
    phase, temperature, held = Phase.HEATING, 0.2, 0
    conversion = 0.0
    for _ in range(20):
        if phase is Phase.HEATING:
            temperature += power * 0.2
            if temperature > 1.0:
                phase = Phase.HOLDING
        elif phase is Phase.HOLDING:
            held += 1
            if held == 3:
                phase = Phase.COOLING
        else:
            temperature -= loss * temperature
        conversion += (1 - conversion) * 0.1 * math.exp(-1.0 / temperature)
    return conversion


register(reactor_state_machine, lambda r: (1.3, 0.2), (0, 1), tags="ordinary enum state_machine")


DEFAULTS = {"kind": "exponential", "scale": 1.0, "clip": None, "power": 2}


def configured(x, config):
    total = 0.0
    for step in config.get("steps", []):
        op, *rest = step
        if op == "scale":
            x = x * rest[0]
        elif op == "shift":
            x = x + rest[0]
        elif op == "bend":
            x = x + rest[1] * math.sin(rest[0] * x)
        total += x
    return total * config.get("weight", 1.0)


register(
    configured,
    lambda r: (u(r), {"steps": [("scale", u(r)), ("bend", u(r), 0.3), ("shift", u(r))], "weight": u(r)}),
    (0, 1),
    tags="ordinary options dict strings star",
)


def depth_first_sum(tree, decay):
    stack, total = [(tree, 1.0)], 0.0
    while stack:
        (value, children), weight = stack.pop()
        total += weight * value**2
        for child in children:
            stack.append((child, weight * decay))
    return total


register(
    depth_first_sum,
    lambda r: ((u(r), [(u(r), []), (u(r), [(u(r), [])])]), u(r)),
    (0, 1),
    tags="ordinary trees stack container_argument",
)


LOG = []

COUNTS = {"calls": 0}


def helper_that_logs(x, label):
    LOG.append((label, x))
    COUNTS["calls"] += 1
    return x * COUNTS["calls"]


def effects_in_helpers_and_branches(x):
    total = 0.0
    for k in range(3):
        if k != 1:
            total += helper_that_logs(x * k, f"step {k}")
        else:
            print("skipped", k)
    return total


register(effects_in_helpers_and_branches, lambda r: (u(r),), tags="ordinary effects", outside=(LOG, COUNTS))


def make_counter():
    count = 0

    def tick(by=1):
        nonlocal count
        count += by
        return count

    return tick


def counters_from_a_closure(x):
    tick, tock = make_counter(), make_counter()
    for _ in range(3):
        x = x + tick() * 0.1
        tock(tick())
    return x * tock(0)


register(counters_from_a_closure, lambda r: (u(r),), tags="ordinary closures nonlocal")


def mutually_recursive(x):
    def even(n, v):
        return v if n == 0 else odd(n - 1, v * x)

    def odd(n, v):
        return 1.0 if n == 0 else even(n - 1, v + x)

    return even(6, 1.0)


register(mutually_recursive, lambda r: (u(r),), tags="ordinary recursion closures")


def two_pointer_window(values, limit):
    """The largest sum of neighbours below a limit."""
    best = start = 0
    running = 0.0
    for end, value in enumerate(values):
        running += value
        while running > limit:
            running -= values[start]
            start += 1
        best = max(best, running)
    return best


register(two_pointer_window, lambda r: ([0.5, 0.9, 0.3, 1.1, 0.2], 1.8), tags="ordinary while lists")
