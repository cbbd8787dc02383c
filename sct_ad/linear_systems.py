"""The linear systems of implicit derivatives: dense for small ones, by products with vectors for large ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct_ad.errors import ArgumentError

Vector = np.ndarray[Any, Any]
Product = Callable[[Vector], Vector]
LinearSolve = str | Callable[[Product, Vector], Any] | None

_DENSE_UP_TO = 500
_FARTHEST = 1e-2
"""How long a Newton step from a solution may be, relative to its largest number, or to 1."""
_LEFT = 1e-6
"""What an iteration may leave of the right-hand side."""


class Solver:
    """Solves `J dx = b` or `J^T w = b`, where `J` is known by its products."""

    def __init__(self, linear_solve: LinearSolve, name: str, residual: str) -> None:
        if linear_solve not in (None, "dense", "gmres") and not callable(linear_solve):
            raise ArgumentError(
                f"linear_solve is {linear_solve!r}\n  instead: 'dense', 'gmres', or a function (matvec, b) -> x"
            )
        self.linear_solve, self.name, self.residual = linear_solve, name, residual

    def solve(self, product: Product, b: Vector, unknowns: Vector, residual: Vector, transposed: bool) -> Vector:
        """The solution for a right-hand side.

        Args:
            product: the product of the matrix of this system with a vector.
            b: the right-hand side.
            unknowns: the solution of the equations, at which `residual` is left of them.
            residual: the value of the equations there.
            transposed: whether the matrix is `J^T`.

        """
        if callable(self.linear_solve):
            found = np.asarray(self.linear_solve(product, b), np.float64).reshape(b.shape)
            return self._checked(product, b, found, "linear_solve")
        if self.linear_solve == "gmres" or (self.linear_solve is None and b.size > _DENSE_UP_TO):
            return self._by_products(product, b)
        matrix = np.stack([product(unit) for unit in np.eye(b.size)], axis=1) if b.size else np.zeros((0, 0))
        return self._dense(matrix, b, unknowns, residual, transposed)

    def _dense(self, matrix: Vector, b: Vector, unknowns: Vector, residual: Vector, transposed: bool) -> Vector:
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            raise self._singular(0.0) from None
        size = np.linalg.norm(matrix, 1) * np.linalg.norm(inverse, 1) if b.size else 1.0
        if not size * np.finfo(float).eps < 1.0:
            raise self._singular(0.0 if np.isnan(size) else float(1.0 / size))
        step = np.max(np.abs((inverse.T if transposed else inverse) @ residual), initial=0.0)
        if step > _FARTHEST * np.max(np.abs(unknowns), initial=1.0):
            raise np.linalg.LinAlgError(
                f"the derivative of {self.name}: what it returned does not solve {self.residual} = 0, a Newton step "
                f"from there has the length {step:.2g}\n  instead: let it converge, with a smaller tolerance"
            )
        return np.linalg.solve(matrix, b)

    def _by_products(self, product: Product, b: Vector) -> Vector:
        try:
            from scipy.sparse.linalg import LinearOperator, gmres
        except ImportError:
            raise ArgumentError("linear systems by products need SciPy\n  instead: linear_solve='dense'") from None
        operator = LinearOperator((b.size, b.size), matvec=lambda v: product(np.ravel(v)), dtype=np.float64)
        restart = min(b.size, 60)
        found, _ = gmres(operator, b, rtol=1e-12, atol=0.0, restart=restart, maxiter=max(20, 10 * b.size // restart))
        return self._checked(product, b, np.asarray(found), "GMRES")

    def _checked(self, product: Product, b: Vector, found: Vector, how: str) -> Vector:
        left = np.linalg.norm(product(found) - b)
        if not left <= _LEFT * np.linalg.norm(b):
            raise np.linalg.LinAlgError(
                f"the derivative of {self.name}: {how} did not solve the system with the Jacobian of {self.residual}, "
                "which may be singular\n  instead: linear_solve='dense', or a function with a preconditioner"
            )
        return found

    def _singular(self, condition: float) -> Exception:
        return np.linalg.LinAlgError(
            f"the derivative of {self.name}: the Jacobian of {self.residual} with respect to the unknowns is singular "
            f"or not finite (reciprocal condition {condition:.1g}): the equations do not define these as functions of "
            "the parameters there"
        )
