"""Random programs about dicts of floats, of lists and of dicts: changed, copied, aliased, in loops and branches."""

from __future__ import annotations

import random


class Generator:
    """Writes the text of a function f(p, x, y) of a dict of floats and two floats."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.level, self.budget, self.count = [], 1, self.random.randint(5, 14), 0
        self.numbers, self.positions = ["x", "y"], ["1", "len(a)"]

    def emit(self, text):
        self.lines.append("    " * self.level + text)

    def dict(self):
        return self.random.choice(["p", "a", "b"])

    def key(self):
        position = self.random.choice(self.positions)
        known = ['"a"', '"b"', '"c"', f"name({position})", f'f"k{{{position}}}"', '"ab"[len(a) % 2]']
        return self.random.choice(known)

    def number(self, depth=0):
        choice, name, key = self.random.randint(0, 10), self.dict(), self.key()
        if choice < 2 or (depth > 1 and choice > 4):
            return self.random.choice(self.numbers)
        if choice < 4:
            return self.random.choice([f"{name}.get({key}, {self.random.uniform(0.3, 1.2):.2f})", 'p["a"]', 'p["b"]'])
        if choice == 4:
            return f"{self.random.uniform(0.3, 1.2):.2f}"
        if choice > 7:
            return [f"sum({name}.values())", f"sum(g.get({key}, [x]))", f"t.get({key}, b).get({self.key()}, y)"][
                choice - 8
            ]
        one, two = self.number(depth + 1), self.number(depth + 1)
        return [f"({one} + {two})", f"({one} * {two})", f"math.sin({one})"][choice - 5]

    def new_dict(self):
        one, two, key, number = self.dict(), self.dict(), self.key(), self.number()
        return self.random.choice(
            [
                f"dict({one})", f"{one}.copy()", f"{{**{one}, {key}: {number}}}", f"{{k: v * {number} for k, v in {one}.items()}}",
                f"{one} | {two}", f"{{{key}: {number}, {self.key()}: {self.number()}}}", f"dict(zip({one}, {two}.values()))",
                f"dict(sorted({one}.items()))", f"{{k: {two}.get(k, {number}) for k in {one}}}", "{}",
                f"{{k[0]: v + {number} for k, v in list({one}.items())[:3]}}",
            ]
        )  # fmt: skip

    def simple(self):
        """A statement of one line."""
        name, own, number, key = self.dict(), self.random.choice(["a", "b"]), self.number(), self.key()
        other = self.key()
        return self.random.choice(
            [
                f"{name}[{key}] = {number}", f"{name}[{key}] = {number}", f"{own} = {self.new_dict()}", f"{own} = {name}",
                f"if {key} in {name}: {name}[{key}] {self.random.choice(['+=', '*=', '-='])} {number}",
                f"{self.random.choice(self.numbers)} = {number}", f"put({name}, {key}, {number})", "grow()",
                f"x = {name}.pop({key}, {number})", f"if {key} in {name}: del {name}[{key}]",
                f"y = y * {name}.setdefault({key}, {number})", f"{name}.update({self.new_dict()})",
                f"{name}.update([({key}, {number}), ({other}, x)])", f"{name} |= {self.new_dict()}",
                f"if len({own}) > 3: {own}.clear()", f"if {name}: x = x + {name}.popitem()[1] * 0.3",
                f"g.setdefault({key}, []).append({number})", f"g[{key}] = [{number}, x]",
                f"if {key} in g: g[{key}][0] {self.random.choice(['=', '+=', '*='])} {number}",
                f"if {key} in g: g[{other}] = g[{key}]", f"t[{key}] = {name}", f"t.setdefault({key}, {{}})[{other}] = {number}",
                f"{own} = t.get({key}, {name})", f"w[{key}] += {number}", f"w[{key}] *= {number}", f"x = x * w[{key}]",
                f"if {key} in t: t[{key}][{other}] = {number}",
            ]
        )  # fmt: skip

    def statement(self):
        self.budget -= 1
        kind = self.random.randint(0, 11) if self.level < 3 else 11
        if kind > 4:
            self.emit(self.simple())
            return
        self.count += 1
        number, position = None, None
        if kind == 0:
            self.emit(f"if {self.number()} > {self.random.uniform(0.3, 1.5):.2f}:")
        elif kind == 1:
            position = f"i{self.count}"
            self.emit(f"for {position} in range({self.random.randint(0, 3)}):")
        elif kind == 2:
            number = f"v{self.count}"
            self.emit(f"for {number} in list({self.dict()}.values())[:3]:")
        elif kind == 3:
            number, name = f"v{self.count}", self.random.choice(["a.items()", "list(p.items())", "b.copy().items()"])
            self.emit(f"for k{self.count}, {number} in sorted({name})[:3]:")
        else:
            self.emit(f"n{self.count} = 0")
            self.emit(f"while n{self.count} < 3 and {self.number()} < 2.0:")
        self.level += 1
        kept = list(self.numbers), list(self.positions)
        if kind == 4:
            self.emit(f"n{self.count} += 1")
            position = f"n{self.count}"
        self.numbers += [number] if number else []
        self.positions += [position] if position else []
        for _ in range(self.random.randint(1, 3)):
            self.statement()
        self.numbers, self.positions = kept
        self.level -= 1

    def program(self):
        """The text."""
        start = self.random.choice(["{}", '{"a": x, "k1": 0.5}', "{name(k): x * k for k in range(3)}"])
        self.emit(f'a, b = {start}, {{"b": x * y, "a": p["b"]}}')
        self.emit(f'g, t, w = {{"a": [x, 0.7]}}, {self.random.choice(["{}", "dict(a=b)"])}, defaultdict(lambda: 0.8)')
        self.emit('def grow(): a[f"k{len(a)}"] = sum(a.values()) * 0.9 + x')
        while self.budget > 0:
            self.statement()
        self.emit("s = 0.0")
        self.emit("for n, d in enumerate([p, a, b, w]):")
        self.emit("    for i, v in enumerate(d.values()): s += v * math.cos(i + n) + 0.1 * v * v")
        self.emit("for n, k in enumerate(g): s += sum(g[k]) * math.sin(n + 1) + 0.1 * g[k][0] * g[k][-1]")
        self.emit("for n, k in enumerate(t): s += sum(t[k].values()) * math.sin(n + 2)")
        self.emit("return s + x * y")
        head = "import math\nfrom collections import defaultdict\n\n\ndef name(k):\n    return 'abc'[k % 3]\n\n\n"
        head += "def put(d, k, v):\n    d[k] = v\n    d['a'] = d.get('a', 0.3) + v * d[k]\n\n\ndef f(p, x, y):\n"
        return head + "\n".join(self.lines) + "\n"
