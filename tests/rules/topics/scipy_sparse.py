"""Test data of the rules of `scipy.sparse`."""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from tests.rules.array_cases import Call, numbers, regular

TOPIC = "scipy.sparse"
A = sp.csr_matrix(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))
SQUARE = sp.csc_matrix(regular(3, 3))
FIXED = {variant: "the matrix is not cut down" for variant in ("sizes 0", "sizes 1")}

CASES = {
    sp.csr_matrix.dot: [Call(A, numbers(3), leave_out=FIXED), Call(A, numbers(3, 2), leave_out=FIXED)],
    spl.spsolve: [Call(SQUARE, numbers(3), leave_out=FIXED), Call(SQUARE, numbers(3, 2), leave_out=FIXED)],
    spl.SuperLU.solve: [Call(spl.splu(SQUARE), numbers(3), *more, leave_out=FIXED | {"complex": "a real factorisation", "float32": "solved in double precision"}) for more in ((), ("N",), ("T",))],
}  # fmt: skip
