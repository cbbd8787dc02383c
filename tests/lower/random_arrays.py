"""Random straight and looping programs over arrays: broadcasting, views, in-place updates, reductions, dtypes."""

import linecache
import random

import numpy as np

SHAPES = {"x": 2, "y": 1, "z": 2, "s": 0}


def source(seed):
    """The text of a function of x (n, m), y (m,), z (n, 1) and a number s."""
    rng = random.Random(seed)
    return _Writer(rng).function()


def defined(text, file):
    """The function `f` of a text, whose source can be found; NumPy is `np` in it."""
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace = {"np": np}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"]


def arguments(seed, shape, dtype, order):
    """Random x, y, z of a program for an x of this shape, and s."""
    rng = np.random.default_rng(seed)
    rows, columns = shape
    made = [np.array(rng.normal(size=s) * 0.7, dtype, order=order) for s in (shape, (columns,), (rows, 1))]
    return (*made, 0.7)


class _Writer:
    def __init__(self, rng):
        self.rng = rng
        self.full, self.rows, self.columns, self.numbers = ["x"], ["y"], ["z"], ["s"]
        self.lines = []
        self.count = 0

    def function(self):
        for _ in range(self.rng.randint(3, 9)):
            self.statement("    ")
        if self.rng.random() < 0.4:
            self.lines.append("    for k in range(3):")
            kept = self.full[:], self.rows[:], self.columns[:], self.numbers[:]
            for _ in range(self.rng.randint(1, 4)):
                self.statement("        ", looping=True)
            self.full, self.rows, self.columns, self.numbers = kept
        total = " + ".join(f"np.sum({self.pick(names)} ** 2)" for names in (self.full, self.rows, self.columns))
        self.lines.append(f"    return {total} + {self.pick(self.numbers)} * 0.1")
        return "def f(x, y, z, s):\n    x = x * 1.0\n    y = y + 0.0\n" + "\n".join(self.lines) + "\n"

    def pick(self, names):
        return self.rng.choice(names)

    def new(self, names, looping):
        if looping:
            return self.pick(names) if names is not self.numbers else None
        self.count += 1
        return f"v{self.count}"

    def statement(self, indent, looping=False):
        kind = self.rng.choice("full full row column number store augmented augmented part rolled mask".split())
        line = getattr(self, "_" + kind)(looping)
        if line:
            self.lines.append(indent + line)

    def _full(self, looping):
        value = self.expression(2)
        name = self.new([n for n in self.full if n != "x"] or ["x"], looping)
        if not looping:
            self.full.append(name)
        return f"{name} = {value} + 0.0 * {self.pick(self.full[:1])}"

    def _row(self, looping):
        value = self.pick(
            [f"np.sum({self.expression(1)} + x * 0.0, axis=0)", f"np.mean({self.pick(self.full)}, axis=0)"]
        )
        name = self.new(self.rows, looping)
        if not looping:
            self.rows.append(name)
        return f"{name} = {value}"

    def _column(self, looping):
        value = f"np.sum({self.expression(1)} + x * 0.0, axis=1, keepdims=True) * 0.3"
        name = self.new(self.columns, looping)
        if not looping:
            self.columns.append(name)
        return f"{name} = {value}"

    def _number(self, looping):
        name = self.new(self.numbers, looping)
        if name is None:
            return None
        value = self.pick(
            [f"np.sum({self.expression(1)})", f"np.mean({self.pick(self.full)})", f"np.sum({self.pick(self.rows)})"]
        )
        self.numbers.append(name)
        return f"{name} = {value} * 0.1"

    def _store(self, looping):
        name = self.pick(self.full[1:] or self.full)
        return f"{name}[:, 1:] = {self.pick(self.full)}[:, :-1] * 0.5 + {self.pick(self.columns)}"

    def _augmented(self, looping):
        name = self.pick(self.full[1:] or self.full)
        return f"{name} {self.pick(['+=', '-=', '*='])} {self.expression(1)} * 0.3"

    def _part(self, looping):
        name, other = self.pick(self.full), self.pick(self.full)
        return (
            f"{name}[{self.pick(['1:', ':-1', '::2'])}] += 0.1 * np.sin({other}[{self.pick(['0', '-1'])}])"
            if False
            else (f"{name}[1:] += 0.1 * np.sin({other}[:-1])")
        )

    def _rolled(self, looping):
        return f"{self.pick(self.rows)}[1:] -= 0.2 * {self.pick(self.rows)}[:-1] * {self.number()}"

    def _mask(self, looping):
        name = self.pick(self.full)
        return f"{name}[:] = np.where({self.pick(self.full)} > {self.number()}, {self.expression(1)}, {name})"

    def number(self):
        return self.pick(["2", "0.5", "1.5", *self.numbers])

    def expression(self, depth):
        if depth == 0:
            return self.pick([*self.full, *self.full, *self.rows, *self.columns, *self.numbers, "2.0"])
        form = self.rng.randint(0, 8)
        a = self.expression(depth - 1)
        if form == 0:
            return f"np.tanh({a})"
        if form == 1:
            return f"({a}) / (1.5 + np.cos({self.pick(self.full)}) ** 2)"
        if form == 2:
            return f"np.exp(-({a}) ** 2)"
        if form == 3:
            return f"np.where({self.pick(self.full)} > 0.1, {a}, {self.expression(depth - 1)})"
        if form == 4:
            return f"np.maximum({a}, {self.pick(self.rows)})"
        if form == 5:
            return f"np.abs({a})"
        b = self.expression(depth - 1)
        return f"({a}) {self.pick(['+', '-', '*'])} ({b})"
