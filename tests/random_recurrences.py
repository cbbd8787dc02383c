"""Random programs over numbers, vectors and a matrix, with recurrences in loops and arrays that are written in them.

They are analytic, so that complex steps give their derivatives to the last digits.
"""

import random

import numpy as np

PARAMETERS = ("x", "y", "a", "b", "W")
BASE = {"vector": "a", "matrix": "W"}
FUNCTIONS = ("np.sin({})", "np.exp(-({}) ** 2)", "np.tanh({})", "np.cos({})")
NEIGHBOURS = (("1:-1", ":-2"), ("1:-1", "2:"), ("1:", ":-1"), ("2:", ":-2"))


def source(seed):
    """The text of a function of numbers x and y, vectors a and b, a matrix W with rows like these, and 2."""
    return Writer(random.Random(seed)).function()


def arguments(seed):
    """Random arguments, without the last."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([3, 4, 5]))
    shape = (n, n) if rng.random() < 0.3 else (4, n)
    vectors = [rng.normal(size=size) * 0.5 for size in (n, n, shape)]
    return [0.3 + rng.random(), -0.4 + rng.random(), *vectors]


def complex_step_gradient(function, args, number):
    """The derivative by one argument; all arrays are complex, so that stores keep imaginary parts."""
    wide = [arg if np.ndim(arg) == 0 else arg.astype(complex) for arg in args]
    found = np.zeros(np.shape(args[number]))
    for index in np.ndindex(*found.shape):
        moved = [np.copy(arg)[()] for arg in wide]
        if index:
            moved[number][index] += 1e-30j
        else:
            moved[number] = args[number] + 1e-30j
        found[index] = function(*moved, 2).imag / 1e-30
    return found[()]


class Writer:
    """Writes a program, line by line."""

    def __init__(self, rng):
        self.rng = rng
        self.names = {"number": ["x", "y"], "vector": ["a", "b"], "matrix": ["W"]}
        self.lines = []
        self.count = 0

    def function(self):
        """The whole text."""
        self.statements("    ", self.rng.randint(1, 4))
        if self.rng.random() < 0.8:
            self.loop()
        self.statements("    ", self.rng.randint(0, 2))
        numbers, vectors = self.names["number"][-3:], self.names["vector"][-3:]
        terms = [f"np.sum(np.sin({name}))" for name in vectors] + [f"np.sin({name})" for name in numbers]
        result = " + ".join([*terms, f"np.sum({self.names['matrix'][-1]} ** 2) * 0.01"])
        lines = ["def f(x, y, a, b, W, n):", "    a = a * 1.0", *self.lines, f"    return {result}"]
        return "\n".join(lines) + "\n"

    def new(self, kind):
        """A new variable."""
        self.count += 1
        self.names[kind].append(f"{kind[0]}{self.count}")
        return self.names[kind][-1]

    def atom(self, kind):
        """A variable of a kind or a smaller one, or a constant."""
        smaller = {
            "number": [*self.names["number"], "0.5", "2.0", "1.5"],
            "vector": [*self.names["vector"] * 2, *self.names["number"], "0.7"],
            "matrix": [*self.names["matrix"] * 2, *self.names["vector"], *self.names["number"]],
        }
        return self.rng.choice(smaller[kind])

    def term(self, kind, depth=0):
        """An expression of variables of a kind or smaller ones."""
        chance = self.rng.random()
        if depth > 2 or chance < 0.25:
            return self.atom(kind)
        left, right = self.term(kind, depth + 1), self.term(kind, depth + 1)
        if chance < 0.6:
            return f"{left} * {right}" if " " not in right else f"{left} * ({right})"
        if chance < 0.8:
            return f"({left} {self.rng.choice('+-')} {right})"
        if chance < 0.9:
            return f"{left} / (1.5 + ({right}) ** 2)"
        return self.rng.choice(FUNCTIONS).format(left)

    def value(self, kind):
        """An expression that surely is of a kind."""
        term, base = self.term(kind), BASE.get(kind)
        if base is None:
            return term
        return f"{term} * 1.0 + 0.0 * {base}" if self.rng.random() < 0.3 else f"({term}) * {base}"

    def statements(self, indent, count):
        """Some lines that make variables."""
        for _ in range(count):
            self.lines += [indent + line for line in self.statement()]

    def statement(self):
        """What makes a new variable."""
        rng, names = self.rng, self.names
        chance = rng.random()
        if chance < 0.5:
            kind = rng.choice(["number", "vector", "matrix"] if rng.random() < 0.6 else ["number", "vector"])
            value = self.value(kind)
            return [f"{self.new(kind)} = {value}"]
        if chance < 0.62:
            value = self.value("vector")
            return [f"{self.new('number')} = np.sum({value}) * 0.1"]
        if chance < 0.7:
            value = self.value("matrix")
            return [f"{self.new('vector')} = np.sum({value}, axis=0) * 0.1"]
        if chance < 0.8:
            start, other = rng.choice(names["vector"]), rng.choice(names["vector"])
            (to, by), factor = rng.choice(NEIGHBOURS), self.atom("number")
            new = self.new("vector")
            return [f"{new} = {start} * 1.0", f"{new}[{to}] {rng.choice(['+=', '=', '-='])} {other}[{by}] * {factor}"]
        if chance < 0.88:
            given = rng.choice(names["vector"])
            return [f"{self.new('vector')} = {given} @ (W.T @ W) * 0.2"]
        if chance < 0.94:
            given = rng.choice(names["vector"])
            return [f"{self.new('number')} = {given}[{rng.choice(['0', '1', '-1', '2'])}]"]
        given, test, factor = (rng.choice(names["number"]) for _ in range(3))
        new = self.new("number")
        return [f"{new} = {given}", f"if {test}.real > 0.2:", f"    {new} = {new} * {factor}"]

    def loop(self):
        """A recurrence of some variables, perhaps with one over elements inside."""
        rng = self.rng
        kinds = [rng.choice(["number", "vector"]) for _ in range(rng.randint(1, 3))]
        states = []
        for kind in kinds:
            start = rng.choice(self.names[kind])
            states.append(self.new(kind))
            self.lines.append(f"    {states[-1]} = {start} * 1.0")
        self.lines.append(f"    for k in range({rng.choice(['3', 'n', '2'])}):")
        kept = {kind: list(names) for kind, names in self.names.items()}
        self.statements("        ", rng.randint(0, 3))
        for state, kind in zip(states, kinds, strict=True):
            self.lines.append(f"        {state} = 0.6 * {state} + 0.3 * np.sin({self.term(kind)})")
        self.names = kept
        vectors = [state for state, kind in zip(states, kinds, strict=True) if kind == "vector"]
        if vectors and rng.random() < 0.5:
            state, factor, other = vectors[0], rng.choice(kept["number"]), rng.choice(kept["vector"])
            update = f"0.2 * {state}[j - 1] * {factor} * {state}[0]"
            update = update if rng.random() < 0.5 else f"0.1 * {state}[k] * {other}[j]"
            self.lines += [f"        for j in range(1, len({state})):", f"            {state}[j] -= {update}"]
