"""Random derivative-like programs: aliases, views, stores, tapes, loops and branches, for the passes to survive."""

from __future__ import annotations

import random

import numpy as np

SCALARS = ["x", "y", "t1", "t2", "t3", "t4", "bx", "by", "bt1"]
ARRAYS = ["a", "v", "c", "b", "w", "t5", "ba"]
MEMORY = {"a": "A", "v": "A", "c": "A", "b": "B", "w": "B", "t5": "T", "ba": "BA"}
INDICES = ["i", "j", "t6", "t7"]
USER = "x y a v c b w i j"
ARGUMENTS = (0.7, -0.4, np.arange(1.0, 7.0) / 4, np.arange(6.0) - 2.5, 2, 3)
ADJOINT, PRIMAL = True, False


class Generator:
    """Writes one program; b... are set by adjoint lines only, the user's names by primal lines only."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth, self.fresh = 0, 0

    def program(self) -> str:
        """The text of `def f(x, y, a, b, i, j)`."""
        self.lines = ["def f(x, y, a, b, i, j):"]
        for line in ["v = a[:]", "c = a", "w = b[::-1]", "t5 = a * 2.0", "t6 = i", "t7 = 1", "t8 = x > y"]:
            self.emit(line, PRIMAL)
        for name in ["t1", "t2", "t3", "t4"]:
            self.emit(f"{name} = {self.pick('x', 'y', '0.5')}", PRIMAL)
        for name in ["bx", "by", "bt1"]:
            self.emit(f"{name} = {self.pick('x', '0.0')}", ADJOINT)
        self.emit("ba = np.zeros_like(a)", ADJOINT)
        self.block(4, 16)
        results = self.random.sample([*SCALARS, *ARRAYS, "t6", "i", "t8"], self.random.randint(1, 5))
        self.emit(f"return ({', '.join(results)},)", PRIMAL)
        return "\n".join(self.lines)

    def pick(self, *choices: str) -> str:
        """One of the choices."""
        return self.random.choice(choices)

    def emit(self, text: str, adjoint: bool | None = None) -> None:
        """Write a line; an assignment's kind follows from its target."""
        if adjoint is None:
            target = text.split()[0]
            adjoint = target.startswith("b") and target != "b" or (target[0] == "t" and self.random.random() < 0.5)
        self.lines.append("    " * (self.depth + 1) + text + ("  #~ u" if adjoint else "  #: u") + self.pick(*"0123"))

    def block(self, least: int, most: int) -> None:
        """Write a run of statements."""
        for _ in range(self.random.randint(least, most)):
            self.statement()

    def nested(self, header: str, least: int, most: int) -> None:
        """Write a structured statement."""
        self.emit(header, PRIMAL)
        self.depth += 1
        self.block(least, most)
        self.depth -= 1

    def atom(self) -> str:
        """A scalar name or constant."""
        return self.pick(*SCALARS * 4, "0.5", "1.0", "2.0", "1.5")

    def index(self) -> str:
        """An index."""
        return self.pick(*INDICES, *INDICES, "0", "1", "2")

    def scalar(self) -> str:
        """A scalar expression."""
        array, atom = self.pick(*ARRAYS), self.atom()
        return self.pick(
            *[f"{atom} {op} {self.atom()}" for op in "+-*"],
            f"{array}[{self.index()}]",
            f"{array}[{self.index()}] * {atom}",
            f"math.sin({atom})",
            f"np.sum({array})",
            f"-{self.pick(*SCALARS)}",
            *[atom] * 3,
        )

    def array(self) -> str:
        """A fresh array."""
        one, two = self.pick(*ARRAYS), self.pick(*ARRAYS)
        return self.pick(
            f"{one} * {self.atom()}", f"{one} + {two}", f"{one} * {two}", f"np.zeros_like({one})", f"-{one}"
        )

    def statement(self) -> None:
        """Write one statement of a random kind."""
        kinds = {
            "scalar": 36, "index": 8, "store": 10, "array in place": 6, "array": 5, "accumulate": 6, "zero": 4,
            "effect": 2, "alias": 2, "flag": 3, "if": 6, "for": 5, "tape": 4, "while": 2,
        }  # fmt: skip
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        if self.depth >= 3 and kind in ("if", "for", "tape", "while"):
            kind = "scalar"
        getattr(self, "_" + kind.replace(" ", "_"))()

    def _scalar(self) -> None:
        self.emit(f"{self.pick(*SCALARS, 't1', 't2', 't3', 't4')} = {self.scalar()}")

    def _index(self) -> None:
        self.emit(f"{self.pick('t6', 't7')} = {self.pick('(i + 1) % 6', 'j', 'i', '1', 'i - 1')}")

    def _store(self) -> None:
        self.emit(f"{self.pick(*ARRAYS)}[{self.index()}] {self.pick('=', '=', '+=', '-=')} {self.atom()}", None)

    def _array_in_place(self) -> None:
        self.emit(f"{self.pick(*ARRAYS)} {self.pick('+=', '*=')} {self.pick(self.pick(*ARRAYS), self.atom())}")

    def _array(self) -> None:
        self.emit(f"{self.pick('t5', 'ba')} = {self.array()}")

    def _accumulate(self) -> None:
        self.emit(f"{self.pick('bx', 'by', 'bt1', 'x')} {self.pick('+=', '-=')} {self.scalar()}")

    def _zero(self) -> None:
        self.emit(self.pick("bx = 0.0", "bt1 = 0.0", "ba = np.zeros_like(a)"))

    def _effect(self) -> None:
        self.emit(f"log({self.atom()})", PRIMAL)

    def _alias(self) -> None:
        self.emit("c = a")

    def _flag(self) -> None:
        self.emit(self.pick(f"t8 = {self.atom()} > {self.atom()}", "t8 = not t8"))

    def _if(self) -> None:
        self.nested(f"if {self.pick(f'{self.atom()} > {self.atom()}', 't8', 'not t8')}:", 1, 4)
        if self.random.random() < 0.5:
            self.nested("else:", 1, 3)

    def _for(self) -> None:
        self.nested(f"for {self.pick('i', 'j')} in range({self.pick('0', '2', '3')}):", 1, 5)
        if self.random.random() < 0.3:
            self.depth += 1
            self.emit("if t8:", PRIMAL)
            self.lines.append("    " * (self.depth + 2) + "break")
            self.depth -= 1

    def _tape(self) -> None:
        self.fresh += 1
        tape, header = f"p{self.fresh}", f"for {self.pick('i', 'j')} in range({self.pick('0', '2', '3')}):"
        self.emit(f"{tape} = []", PRIMAL)
        self.emit(header, PRIMAL)
        self.depth += 1
        self.emit(f"{tape}.append({self.atom()})", PRIMAL)
        self.block(1, 4)
        self.depth -= 1
        self.nested(header, 0, 3)
        self.depth += 1
        self.emit(f"{self.pick('x', 'y', 't1', 't2', 'bx')} = {tape}.pop()")
        self.block(1, 3)
        self.depth -= 1

    def _while(self) -> None:
        self.fresh += 1
        counter = f"n{self.fresh}"
        test = f"t8 = {counter} < {self.pick('1', '3')}"
        self.emit(f"{counter} = 0", PRIMAL)
        self.emit(test, PRIMAL)
        self.nested("while t8:", 1, 3)
        self.depth += 1
        self.emit(f"{counter} = {counter} + 1", PRIMAL)
        self.emit(test, PRIMAL)
        self.depth -= 1
