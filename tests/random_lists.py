"""Random programs about lists of floats: changed, copied, sliced, aliased, in loops and branches."""

from __future__ import annotations

import random


class Generator:
    """Writes the text of a function f(p, x, y) of a list of floats and two floats."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.level, self.budget, self.count = [], 1, self.random.randint(5, 14), 0
        self.numbers = ["x", "y"]

    def emit(self, text):
        self.lines.append("    " * self.level + text)

    def list(self):
        return self.random.choice(["p", "a", "b"])

    def place(self, name):
        return self.random.choice(["0", "-1", f"len({name}) // 2"])

    def number(self, depth=0):
        choice, name = self.random.randint(0, 8), self.list()
        if choice < 2 or (depth > 1 and choice > 4):
            return self.random.choice(self.numbers)
        if choice < 4:
            return f"{name}[{self.place(name)}]"
        if choice == 4:
            return f"{self.random.uniform(0.3, 1.2):.2f}"
        if choice == 8:
            return f"sum({name}) / len({name})"
        one, two = self.number(depth + 1), self.number(depth + 1)
        return [f"({one} + {two})", f"({one} * {two})", f"math.sin({one})"][choice - 5]

    def new_list(self):
        one, two = self.list(), self.list()
        return self.random.choice(
            [
                f"list({one})", f"{one}[:]", f"{one}[1:] + [{self.number()}]", f"[v * {self.number()} for v in {one}]",
                f"{one}[::-1]", f"[{self.number()}, {self.number()}]", f"sorted({one})", f"({one} + {two})[:5]",
                f"[v + w for v, w in zip({one}, {two})] + [{self.number()}]", f"{one}.copy()",
            ]
        )  # fmt: skip

    def simple(self):
        """A statement of one line."""
        name, own, number = self.list(), self.random.choice(["a", "b"]), self.number()
        return self.random.choice(
            [
                f"{name}.append({number})", f"{name}[{self.place(name)}] = {number}", f"{own} = {self.new_list()}",
                f"{name}[{self.place(name)}] {self.random.choice(['+=', '*=', '-='])} {number}", f"{own} = {name}",
                f"{self.random.choice(self.numbers)} = {number}", f"add({name}, {number})", "grow()",
                f"if len({name}) > 2: x = {name}.pop({self.random.choice(['', '0', '-1', '1'])})",
                f"{name}.insert({self.random.choice(['0', '1', f'len({name})'])}, {number})",
                f"{name}.extend({self.new_list()}); del {name}[6:]", f"{name}.reverse()",
                f"{name}.sort({self.random.choice(['', 'reverse=True', 'key=lambda v: v * v - v'])})",
                f"{name}[:2] = [{number}, {self.number()}]", f"{name}[0], {name}[-1] = {name}[-1], {name}[0]",
                f"rows[{self.random.choice(['0', '1', '-1'])}][0] {self.random.choice(['=', '+='])} {number}",
                f"rows[{self.random.choice(['0', '1'])}] = {name}",
            ]
        )  # fmt: skip

    def statement(self):
        self.budget -= 1
        kind = self.random.randint(0, 9) if self.level < 3 else 9
        if kind > 3:
            self.emit(self.simple())
            return
        self.count += 1
        if kind == 0:
            self.emit(f"if {self.number()} > {self.random.uniform(0.3, 1.5):.2f}:")
        elif kind == 1:
            self.emit(f"for k{self.count} in range({self.random.randint(1, 3)}):")
        elif kind == 2:
            self.emit(f"for v{self.count} in {self.list()}[:3]:")
        else:
            self.emit(f"n{self.count} = 0")
            self.emit(f"while n{self.count} < 3 and {self.number()} < 2.0:")
        self.level += 1
        if kind == 3:
            self.emit(f"n{self.count} += 1")
        for _ in range(self.random.randint(1, 3)):
            self.statement()
        self.level -= 1

    def program(self):
        """The text."""
        self.emit("a, b = [x, y], [p[0], 0.5, x * y]")
        self.emit("rows = [[x, 1.0], [y, p[1]]]")
        self.emit("def grow(): a.append(a[-1] * 0.9)")
        while self.budget > 0:
            self.statement()
        self.emit("t = 0.0")
        self.emit("for w, l in enumerate([p, a, b, rows[0], rows[1]]):")
        self.emit("    for i, v in enumerate(l): t += v * math.cos(i + w) + 0.1 * v * v")
        self.emit("return t + x * y")
        head = "import math\n\n\ndef add(l, v):\n    l.append(v)\n    l[0] = l[0] + v * l[-1]\n\n\ndef f(p, x, y):\n"
        return head + "\n".join(self.lines) + "\n"
