"""Finance, geometry, chemistry, games of life: state machines, option dicts, trees, registries, effects."""

import abc
import enum
import functools
import itertools
import math
import operator
from collections import deque
from dataclasses import asdict, astuple, dataclass, field, fields
from types import SimpleNamespace

import numpy as np

from tests.program import register, u


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@dataclass(frozen=True)
class Market:
    spot: float
    rate: float
    volatility: float
    currency: str = "EUR"


@dataclass(frozen=True)
class Option:
    strike: float
    maturity: float
    kind: str = "call"

    def price(self, market):
        s, k, t = market.spot, self.strike, self.maturity
        d1 = (math.log(s / k) + (market.rate + 0.5 * market.volatility**2) * t) / (market.volatility * math.sqrt(t))
        d2 = d1 - market.volatility * math.sqrt(t)
        discounted = k * math.exp(-market.rate * t)
        if self.kind == "call":
            return s * normal_cdf(d1) - discounted * normal_cdf(d2)
        return discounted * normal_cdf(-d2) - s * normal_cdf(-d1)


def value_of_book(market, book):
    return sum(amount * option.price(market) for option, amount in book)


register(
    value_of_book,
    lambda r: (
        Market(1.1, 0.03, 0.25),
        [(Option(1.0, 0.5), 3.0), (Option(1.2, 1.5, "put"), -2.0)],
    ),
    (0, 1),
    tags="ordinary dataclass frozen object_argument",
)


class Instrument(abc.ABC):
    """Something with cash flows."""

    @abc.abstractmethod
    def flows(self):
        """Pairs of time and amount."""

    def present_value(self, rate):
        return sum(amount / (1 + rate) ** time for time, amount in self.flows())


class Bond(Instrument):
    def __init__(self, face, coupon, years):
        self.face = face
        self.coupon = coupon
        self.years = years

    def flows(self):
        for year in range(1, self.years):
            yield year, self.face * self.coupon
        yield self.years, self.face * (1 + self.coupon)


class Annuity(Instrument):
    def __init__(self, payment):
        self.payment = payment

    def flows(self):
        return [(k, self.payment) for k in range(1, 4)]


def portfolio_value(face, coupon, payment, rate):
    return sum(i.present_value(rate) for i in (Bond(face, coupon, 4), Annuity(payment)))


register(
    portfolio_value,
    lambda r: (u(r), 0.05, u(r), 0.03),
    (0, 1, 2, 3),
    tags="ordinary objects inheritance generators abstract",
)


class Account:
    """Balances that change, with a history."""

    fee = 0.01
    opened = 0

    def __init__(self, balance):
        self.balance = balance
        self.history = []
        Account.opened += 1

    def deposit(self, amount):
        self.balance += amount * (1 - self.fee)
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError("insufficient funds")
        self.balance -= amount * (1 + self.fee)
        self.history.append(("withdraw", amount))

    @staticmethod
    def interest(balance, rate):
        return balance * rate


def account_statement(start, rate, amounts):
    account = Account(start)
    refused = 0
    for amount in amounts:
        try:
            if amount >= 0:
                account.deposit(amount)
            else:
                account.withdraw(-amount)
        except ValueError:
            refused += 1
        account.balance += Account.interest(account.balance, rate)
    turnover = sum(amount for _, amount in account.history)
    return account.balance + 0.1 * turnover + refused


register(
    account_statement,
    lambda r: (1.0, 0.05, [0.5, -0.3, -9.0, 0.2]),
    (0, 1, 2),
    tags="ordinary objects try class_attribute staticmethod effects",
    outside=((Account, "opened"),),
)


def option_on_a_tree(spot, strike, up, rate):
    down = 1.0 / up
    p = (math.exp(rate) - down) / (up - down)
    n = 4
    values = [max(spot * up**k * down ** (n - k) - strike, 0.0) for k in range(n + 1)]
    while len(values) > 1:
        values = [math.exp(-rate) * (p * b + (1 - p) * a) for a, b in zip(values, values[1:])]
    return values[0]


register(option_on_a_tree, lambda r: (1.03, 1.01, 1.1, 0.02), (0, 1, 2, 3), tags="ordinary lists comprehension")


def monte_carlo_asian(spot, volatility, seed=5):
    rng = np.random.default_rng(seed)
    payoffs = []
    for path in range(4):
        prices = [spot]
        for z in rng.standard_normal(3):
            prices.append(prices[-1] * np.exp(volatility * z - 0.5 * volatility**2))
        payoffs.append(max(sum(prices) / len(prices) - 0.7, 0.0))
    return sum(payoffs) / len(payoffs)


register(monte_carlo_asian, lambda r: (u(r, 1.0, 2.0), 0.2), (0, 1), tags="ordinary random lists")


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


def reactor_by_match(power, loss):
    state = ("heating", 0)
    temperature = 0.3
    for _ in range(12):
        match state:
            case ("heating", _) if temperature > 1.0:
                state = ("holding", 3)
            case ("heating", n):
                temperature += 0.2 * power
                state = ("heating", n + 1)
            case ("holding", 0):
                state = ("cooling", 0)
            case ("holding", n):
                state = ("holding", n - 1)
                temperature *= 1.01
            case _:
                temperature *= 1 - loss
    return temperature


register(reactor_by_match, lambda r: (1.3, 0.2), (0, 1), tags="ordinary match state_machine")


DEFAULTS = {"kind": "exponential", "scale": 1.0, "clip": None, "power": 2}


def kernel_from_options(d, **options):
    unknown = [name for name in options if name not in DEFAULTS]
    if unknown:
        raise TypeError(f"unknown options {unknown}")
    settings = {**DEFAULTS, **options}
    value = (d / settings["scale"]) ** settings["power"]
    if settings["clip"] is not None:
        value = min(value, settings["clip"])
    match settings["kind"]:
        case "exponential":
            return math.exp(-value)
        case "inverse":
            return 1.0 / (1.0 + value)
        case kind:
            raise ValueError(f"unknown kind {kind!r}")


def kernels_with_options(d, scale):
    return kernel_from_options(d, scale=scale) + kernel_from_options(d, kind="inverse", power=3, clip=9.0)


register(kernels_with_options, lambda r: (u(r), u(r)), (0, 1), tags="ordinary options kwargs match dict")


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


def evaluate(tree, env):
    """The value of an expression given as nested tuples."""
    match tree:
        case float() | int():
            return tree
        case str(name):
            return env[name]
        case ("+", a, b):
            return evaluate(a, env) + evaluate(b, env)
        case ("*", a, b):
            return evaluate(a, env) * evaluate(b, env)
        case ("sin", a):
            return math.sin(evaluate(a, env))
        case _:
            raise ValueError(tree)


EXPRESSION = ("+", ("*", "x", ("sin", "y")), ("*", 2.0, ("+", "x", 1)))


def expression_tree(x, y):
    return evaluate(EXPRESSION, {"x": x, "y": y})


register(expression_tree, lambda r: (u(r), u(r)), (0, 1), tags="ordinary match recursion trees")


def constants_of_an_expression(tree):
    return evaluate(tree, {"x": 0.7})


register(
    constants_of_an_expression,
    lambda r: (("+", ("*", u(r), "x"), ("sin", ("*", u(r), u(r)))),),
    tags="ordinary match recursion trees container_argument",
)


class Node:
    """A binary tree with weights at its nodes."""

    def __init__(self, weight, left=None, right=None):
        self.weight = weight
        self.left = left
        self.right = right

    def total(self, depth=0):
        result = self.weight * 0.5**depth
        for child in (self.left, self.right):
            if child is not None:
                result += child.total(depth + 1) ** 2
        return result


def weights_of_a_tree(root, x):
    return root.total() * x


register(
    weights_of_a_tree,
    lambda r: (Node(u(r), Node(u(r), right=Node(u(r))), Node(u(r))), u(r)),
    (0, 1),
    tags="ordinary objects trees object_argument recursion",
)


def tree_grown_inside(x, depth=3):
    def grow(w, depth):
        if depth == 0:
            return Node(w)
        return Node(w, grow(w * x, depth - 1), grow(w + x, depth - 1))

    return grow(1.0, depth).total()


register(tree_grown_inside, lambda r: (u(r, 0.4, 0.9),), tags="ordinary objects trees recursion")


def flatten(tree):
    for item in tree:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item


def sum_of_flattened(tree, x):
    return sum(v**2 * x for v in flatten(tree))


register(
    sum_of_flattened,
    lambda r: ([u(r), (u(r), [u(r)]), u(r)], u(r)),
    (0, 1),
    tags="ordinary generators yield_from recursion container_argument",
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


class Quaternion:
    """A rotation; products compose."""

    def __init__(self, w, x, y, z):
        self.w, self.x, self.y, self.z = w, x, y, z

    @classmethod
    def about(cls, axis, angle):
        s = math.sin(angle / 2)
        return cls(math.cos(angle / 2), *(s * a for a in axis))

    def __mul__(self, o):
        return Quaternion(
            self.w * o.w - self.x * o.x - self.y * o.y - self.z * o.z,
            self.w * o.x + self.x * o.w + self.y * o.z - self.z * o.y,
            self.w * o.y - self.x * o.z + self.y * o.w + self.z * o.x,
            self.w * o.z + self.x * o.y - self.y * o.x + self.z * o.w,
        )

    def conjugate(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    def __matmul__(self, vector):
        turned = self * Quaternion(0.0, *vector) * self.conjugate()
        return turned.x, turned.y, turned.z

    def __iter__(self):
        return iter((self.w, self.x, self.y, self.z))


def rotated_twice(a, b, v):
    rotation = Quaternion.about((0.0, 0.0, 1.0), a) * Quaternion.about((1.0, 0.0, 0.0), b)
    x, y, z = rotation @ v
    return x + 2 * y * z + rotation.w


register(
    rotated_twice,
    lambda r: (u(r), u(r), (u(r), u(r), u(r))),
    (0, 1, 2),
    tags="ordinary objects operators classmethod star_call",
)


class Shape:
    registry = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Shape.registry[cls.__name__.lower()] = cls

    def area(self):
        raise NotImplementedError

    def __lt__(self, other):
        return self.area() < other.area()


class Circle(Shape):
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        return math.pi * self.radius**2


class Rectangle(Shape):
    def __init__(self, width, height):
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height


class Square(Rectangle):
    def __init__(self, side):
        super().__init__(side, side)


def area_by_class_pattern(shape):
    match shape:
        case Circle(radius=r):
            return math.pi * r * r
        case Square(width=w):
            return w * w
        case Rectangle(width=w, height=h):
            return w * h


def areas_by_match(a, b):
    return area_by_class_pattern(Circle(a)) + area_by_class_pattern(Rectangle(a, b)) * area_by_class_pattern(Square(b))


register(areas_by_match, lambda r: (u(r), u(r)), (0, 1), tags="ordinary objects match class_pattern")


@dataclass
class Reaction:
    rate: float
    order: int = 1
    products: list = field(default_factory=list)
    constant: float = field(init=False)

    def __post_init__(self):
        self.constant = self.rate / (1 + self.order)

    def speed(self, c):
        return self.constant * c**self.order


def kinetics(k1, k2, c0):
    reactions = [Reaction(k1, products=["B"]), Reaction(k2, order=2)]
    c = c0
    for _ in range(8):
        c = c - 0.1 * sum(reaction.speed(c) for reaction in reactions)
    reactions[0].products.append("C")
    return c * len(reactions[0].products) + len(reactions[1].products)


register(kinetics, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="ordinary dataclass post_init default_factory")


@dataclass
class Parameters:
    growth: float = 0.8
    capacity: float = 2.0
    harvest: float = 0.1

    def items(self):
        return ((f.name, getattr(self, f.name)) for f in fields(self))


def logistic_population(parameters, n0):
    n = n0
    for _ in range(6):
        n += 0.2 * (parameters.growth * n * (1 - n / parameters.capacity) - parameters.harvest * n)
    return n + 0.01 * sum(value**2 for name, value in parameters.items())


register(
    logistic_population,
    lambda r: (Parameters(u(r), 2.5), u(r)),
    (0, 1),
    tags="ordinary dataclass object_argument getattr",
)


def as_tuple_and_dict(parameters):
    a, b, c = astuple(parameters)
    return a * b + c * asdict(parameters)["growth"]


register(as_tuple_and_dict, lambda r: (Parameters(u(r), u(r), u(r)),), tags="ordinary dataclass asdict")


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


EVALUATIONS = 0


def global_counter(x):
    global EVALUATIONS
    for _ in range(3):
        EVALUATIONS += 1
        x = x * 1.1 + 0.01 * EVALUATIONS
    return x * x


register(global_counter, lambda r: (u(r),), tags="ordinary effects global", outside=("EVALUATIONS",))


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


class Monitor:
    """An object of the module that collects what passes by."""

    def __init__(self):
        self.seen = 0
        self.largest = -math.inf

    def watch(self, value):
        self.seen += 1
        self.largest = max(self.largest, value)
        return value


MONITOR = Monitor()


def watched_by_an_outside_object(x):
    y = MONITOR.watch(x * x)
    for _ in range(2):
        y = MONITOR.watch(math.sin(y) + y)
    return y


register(watched_by_an_outside_object, lambda r: (u(r),), tags="ordinary effects objects", outside=(MONITOR,))


def namespaces(p, x):
    q = SimpleNamespace(slope=p.slope * 2, offset=p.offset)
    q.offset += x
    return q.slope * x + q.offset**2


register(
    namespaces, lambda r: (SimpleNamespace(slope=u(r), offset=u(r)), u(r)), (0, 1), tags="ordinary objects namespace"
)


def pipeline(x, *stages, **scales):
    for stage in stages:
        x = stage(x)
    for name in sorted(scales):
        x = x * scales[name]
    return x


def pipeline_of_functions(x, a, b):
    return pipeline(x, math.sin, lambda t: a * t + b, math.exp, second=b, first=a)


register(pipeline_of_functions, lambda r: (u(r), u(r), u(r)), (0, 1, 2), tags="ordinary variadic kwargs")


def late_binding(x):
    late = [lambda t: t * k for k in range(3)]
    early = [lambda t, k=k: t * k for k in range(3)]
    return sum(f(x) for f in late) + sum(f(x * x) for f in early)


register(late_binding, lambda r: (u(r),), tags="ordinary closures late_binding")


def mutually_recursive(x):
    def even(n, v):
        return v if n == 0 else odd(n - 1, v * x)

    def odd(n, v):
        return 1.0 if n == 0 else even(n - 1, v + x)

    return even(6, 1.0)


register(mutually_recursive, lambda r: (u(r),), tags="ordinary recursion closures")


def maps_and_filters(xs, threshold):
    big = list(filter(lambda v: v > 1.0, xs))
    squares = list(map(lambda v: v * v * threshold, big))
    products = map(operator.mul, xs, reversed(xs))
    return sum(squares) + max(products) + functools.reduce(lambda a, b: a * b + 0.1, xs, threshold)


register(maps_and_filters, lambda r: ([0.6, 1.4, 1.9, 0.8], u(r)), (0, 1), tags="ordinary map filter reduce operator")


def chained_and_sliced(xs, ys):
    total = 0.0
    for k, v in enumerate(itertools.chain(xs, ys, [1.0])):
        total += v / (k + 1)
    for a, b in itertools.islice(itertools.pairwise(itertools.chain(xs, ys)), 2):
        total += a * b
    return total * sum(itertools.accumulate(ys))


register(chained_and_sliced, lambda r: ([u(r), u(r)], [u(r), u(r)]), (0, 1), tags="ordinary itertools")


def sorted_by_itemgetter(rows):
    rows = sorted(rows, key=operator.itemgetter(1))
    total = sum(map(operator.itemgetter(0), rows))
    return total * rows[0][0] + operator.mul(rows[1][1], 2.0)


register(sorted_by_itemgetter, lambda r: ([(u(r), 0.9), (u(r), 0.4), (u(r), 1.6)],), tags="ordinary operator sorted")


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


def breadth_first_costs(costs, rate):
    graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
    reached = {"a": costs["a"]}
    queue = deque(["a"])
    while queue:
        here = queue.popleft()
        for there in graph[here]:
            cost = reached[here] * rate + costs[there]
            if there not in reached or cost < reached[there]:
                reached[there] = cost
                queue.append(there)
    return reached["d"]


register(
    breadth_first_costs,
    lambda r: ({"a": 0.3, "b": 1.4, "c": 0.6, "d": 0.9}, 1.1),
    (0, 1),
    tags="ordinary dict deque strings",
)


def try_else_finally(x, values):
    order = []
    total = 0.0
    for v in values:
        try:
            y = x / v
        except ZeroDivisionError:
            order.append("failed")
            y = 10.0 * x
        else:
            order.append("fine")
            y = y * y
        finally:
            order.append("done")
        total += y
    return total * len(order)


register(try_else_finally, lambda r: (u(r), [2.0, 0.0, 4]), 0, tags="ordinary try")


def lookup_with_fallback(x, table):
    total = 0.0
    for key in ("a", "b", "c"):
        try:
            total += table[key] * x
        except KeyError:
            total -= x * x
    return total


register(lookup_with_fallback, lambda r: (u(r), {"a": u(r), "c": u(r)}), (0, 1), tags="ordinary try dict")


def raised_half_way(x, limit):
    values = [x]
    try:
        for k in range(10):
            if values[-1] > limit:
                raise StopIteration(k)
            values.append(values[-1] * x)
    except StopIteration:
        values.append(1.0)
    return sum(values) * values[-2]


register(raised_half_way, lambda r: (1.4, 5.0), 0, tags="ordinary try lists")


def cleaned_up_in_finally(x):
    state = {"open": True, "value": x}
    try:
        state["value"] = state["value"] ** 2
    finally:
        state["open"] = False
        state["value"] += x
    return state["value"] * (2.0 if state["open"] else 3.0)


register(cleaned_up_in_finally, lambda r: (u(r),), tags="ordinary try dict")
