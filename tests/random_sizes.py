"""Random programs about arrays whose sizes come from slices, indices of loops, and masks, some of them rewritten."""

from __future__ import annotations

import random


class Generator:
    """Writes the text of a function f(x, y) of two arrays of the same few numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.level, self.arrays, self.masks, self.index = [], 1, ["x", "y"], [], None

    def emit(self, text):
        self.lines.append("    " * self.level + text)

    def bound(self):
        choices = ["", "0", "1", "2", "-1", "-2"]
        if self.index:
            choices += [self.index, f"{self.index} + 1", f"{self.index} - 1", f"len(x) - {self.index}"] * 2
        return self.random.choice(choices)

    def part(self):
        """An expression of an array."""
        name, choice = self.random.choice(self.arrays), self.random.randint(0, 9)
        if choice < 5:
            return f"{name}[{self.bound()}:{self.bound()}]"
        if choice < 8 and self.masks:
            return f"{name}[{self.random.choice(['', '', '~'])}{self.random.choice(self.masks)}]"
        if choice == 8:
            return f"np.concatenate([{name}, {self.random.choice(self.arrays)}])"
        return name

    def assign(self, name, text, among):
        self.emit(f"{name} = {text}")
        if name not in among:
            among.append(name)

    def simple(self):
        choice = self.random.randint(0, 9)
        if choice < 3:
            self.assign(self.random.choice("uvw"), f"{self.part()} * 1.5", self.arrays)
        elif choice == 3:
            limit = f"0.3 * {self.index} - 0.4" if self.index else self.random.choice(["-0.3", "0.15", "0.4"])
            self.assign(self.random.choice("mk"), f"{self.random.choice('xy')} > {limit}", self.masks)
        elif choice == 4 and self.masks:
            self.emit(f"{self.random.choice(self.masks)}[{self.random.choice(['0', '-1'])}] = True")
        elif choice == 5:
            self.emit(f"z[{self.bound()}:{self.bound()}] {self.random.choice(['=', '+=', '*='])} {self.part()}")
        else:
            self.emit(f"s = s + np.sum({self.part()} * {self.part()})")

    def block(self, statements):
        self.level += 1
        for _ in range(statements):
            self.statement()
        self.level -= 1

    def statement(self):
        choice = self.random.randint(0, 9)
        if choice == 0 and self.level < 3:
            outer, self.index = self.index, "ij"[self.level - 1]
            trips = ["range(3)", "range(len(x))", "range(2, -1, -1)", "range(0, 4, 2)"]
            self.emit(f"for {self.index} in {self.random.choice([*trips, f'range({outer}, 3)'] if outer else trips)}:")
            self.block(self.random.randint(2, 4))
            self.index = outer
        elif choice == 1 and self.index and self.level < 4:
            self.emit(f"if {self.index} {self.random.choice(['== 0', '== 1', '% 2 == 0'])}:")
            self.block(self.random.randint(1, 2))
        else:
            self.simple()

    def program(self):
        first = ["s, z = 0.0, np.ones(len(x))", "u, v, w = x * 1.0, y[:1], x * y"]
        self.lines += ["    " + text for text in first]
        self.arrays += ["u", "v", "w"]
        for _ in range(self.random.randint(4, 8)):
            self.statement()
        last = "    return s + np.sum(z * z) + np.sum(u) + np.sum(0.3 * v) + np.sum(w * w)"
        return "\n".join(["import numpy as np", "", "", "def f(x, y):", *self.lines, last, ""])
