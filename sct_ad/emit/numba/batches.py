"""An `einsum` of two arrays as products of matrices: BLAS is faster than loops where the matrices are not tiny."""

from __future__ import annotations

_LARGE = 512
"""From so many multiplications per product of matrices on, BLAS is faster than loops."""


def batched_product(labels: list[str], result: str) -> str | None:
    """The text of a function that calls BLAS, or `loops` where sizes are small or broadcast; None if that is no use.

    Labels are those of the batch, in both operands and the result; those summed over, in both operands alone; and the
    rows and the columns, each in one operand and the result.

    >>> print(batched_product(["kij", "nkj"], "nki"))
    def as_product(subscripts, *operands):
        x, y = operands
        if x.shape[0] != y.shape[1] or x.shape[2] != y.shape[2]:
            return loops(subscripts, *operands)
        batch, rows, columns, inner = x.shape[0], y.shape[0], x.shape[1], x.shape[2]
        if rows * columns * inner < 512 or inner < 2 or rows < 2 or columns < 2:
            return loops(subscripts, *operands)
        left = np.ascontiguousarray(np.transpose(y, (1, 0, 2))).reshape((batch, rows, inner))
        right = np.ascontiguousarray(np.transpose(x, (0, 1, 2))).reshape((batch, columns, inner))
        out = np.empty((batch, rows, columns), dtype)
        for k in range(batch):
            np.dot(left[k], right[k].T, out[k])
        shaped = out.reshape((x.shape[0], y.shape[0], x.shape[1],))
        return np.ascontiguousarray(np.transpose(shaped, (1, 0, 2)))
    """
    if len(labels) != 2 or any(len(set(part)) != len(part) for part in (*labels, result)):
        return None
    x, y = labels
    batch = [label for label in result if label in x and label in y]
    inner = [label for label in x if label in y and label not in result]
    own = {name: [label for label in result if label in given and label not in batch] for name, given in _named(x, y)}
    if len(inner) + len(batch) + len(own["x"]) != len(x) or len(inner) + len(batch) + len(own["y"]) != len(y):
        return None
    if not (inner and own["x"] and own["y"]):
        return None
    # the columns are those of the operand whose label is last in the result, where one of theirs is
    first, second = ("y", "x") if result[-1] in own["x"] else ("x", "y")
    given = dict(_named(x, y))
    sizes = {label: f"{name}.shape[{given[name].index(label)}]" for name in "yx" for label in given[name]}
    alike = [f"x.shape[{x.index(label)}] != y.shape[{y.index(label)}]" for label in x if label in y]

    def product(group: list[str]) -> str:
        return " * ".join(sizes[label] for label in group) or "1"

    def matrices(name: str, rows: str, by_rows: bool) -> tuple[str, bool]:
        """A stack of matrices, and whether they are transposed: what is last in memory stays there."""
        last_inner = given[name][-1] in inner
        groups = [batch, own[name], inner] if last_inner else [batch, inner, own[name]]
        order = [given[name].index(label) for group in groups for label in group]
        shape = f"(batch, {rows}, inner)" if last_inner else f"(batch, inner, {rows})"
        text = f"np.ascontiguousarray(np.transpose({name}, ({''.join(f'{k}, ' for k in order)[:-2]}))).reshape({shape})"
        return text, last_inner != by_rows

    left, left_turned = matrices(first, "rows", True)
    right, right_turned = matrices(second, "columns", False)
    shaped = [*batch, *own[first], *own[second]]
    back = ", ".join(str(shaped.index(label)) for label in result)
    lines = [
        "def as_product(subscripts, *operands):",
        "    x, y = operands",
        f"    if {' or '.join(alike)}:",
        "        return loops(subscripts, *operands)",
        f"    batch, rows, columns, inner = "
        f"{product(batch)}, {product(own[first])}, {product(own[second])}, {product(inner)}",
        f"    if rows * columns * inner < {_LARGE} or inner < 2 or rows < 2 or columns < 2:",
        "        return loops(subscripts, *operands)",
        f"    left = {left}",
        f"    right = {right}",
        "    out = np.empty((batch, rows, columns), dtype)",
        "    for k in range(batch):",
        f"        np.dot(left[k]{'.T' * left_turned}, right[k]{'.T' * right_turned}, out[k])",
        f"    shaped = out.reshape(({''.join(f'{sizes[label]}, ' for label in shaped).strip()}))",
        f"    return np.ascontiguousarray(np.transpose(shaped, ({back})))",
    ]
    return "\n".join(lines)


def _named(x: str, y: str) -> list[tuple[str, str]]:
    return [("x", x), ("y", y)]
