"""hessian: second derivatives of scalar functions, a Hessian-vector product for each number in the arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from sct_ad.arguments import Argnums
from sct_ad.columns import Point, by_chunks, by_columns, directions, refuse_drawing, same, tangent_chunks
from sct_ad.compiled import Compiled
from sct_ad.curvature import Directional, DirectionalOptions
from sct_ad.emit.numba.options import chosen_backend, refuse_backend
from sct_ad.jacobians import BlockDerivative, made
from sct_ad.pytree import flatten
from sct_ad.sparse.matrices import SparseHessian, sparse_made


class Hessian(BlockDerivative):
    """The Hessian of a scalar function: call it like the function itself."""

    OPERATOR = "hessian"
    RESULT = "Hessian"
    _inner: Directional

    def make_inner(self) -> Directional:
        """Hessian-vector products."""
        self._checked: WeakSet[Compiled] = WeakSet()
        options = DirectionalOptions(self.argnums, (self.argnums,), self._source, self.has_aux, "hessian", self.check)
        options = options._replace(several=self.chunk_size != 1, backend=self.backend)
        return Directional(self.primal, options)  # type: ignore[return-value]

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """By columns of Hessian-vector products; the value is not known."""
        point = self._inner.at(args, kwargs)
        aux: list[Any] = []
        like = point.parameters.tree(point.parameters.leaves)  # the gradient is like the arguments

        def push(*tangents: Any) -> tuple[Any, Any]:
            found = point.push(*tangents)
            if self.has_aux:
                found, aux[:] = found[0], found[1:]
            return like, found

        if point.compiled not in self._checked:
            self._check(point)
            self._checked.add(point.compiled)
        if point.compiled.batched:
            _, found = by_chunks(point.parameters, push, self.__name__, "hessian", self.chunk_size)
        else:
            _, found = by_columns(point.parameters, push, self.__name__, "hessian")
        return None, found, aux

    def _check(self, point: Point) -> None:
        """Refuse a function that is another one at each call: its columns would not belong together."""
        at_once = point.compiled.batched
        some = tangent_chunks(point.parameters, 1) if at_once else directions(point.parameters, False)
        for *_, tangents in some:
            first, again = (flatten(point.push(*tangents)) for _ in range(2))
            if not same(first[0], again[0]):
                refuse_drawing("hessian", self.__name__)
            return


def hessian(
    function: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    sparsity: Any = None,
    check: bool | str | None = None,
    chunk_size: int | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The Hessian of a scalar function, by forward mode over reverse mode; also a decorator.

    It is compiled once, and takes a Hessian-vector product for each number in the arguments. Where only the product
    with a vector is needed, `hvp` is cheaper by that factor.

    Args:
        function: a Python function that returns a float (with `has_aux`, a pair of a float and anything). It must give
            the same result each time.
        argnums: the parameter, by position or name, or a sequence of them.
        has_aux: whether the function returns `(value, aux)`; the result then is `(hessian, aux)`.
        source: the text of the function, where Python cannot find it.
        sparsity: "auto", or where the Hessian may have entries: a square matrix of booleans, dense or of
            `scipy.sparse`. The result is a `scipy.sparse.csr_array` then, from a few Hessian-vector products. With
            "auto" the pattern is found from the source at each call, for the branches taken there.
        check: "first" compares the first call with arguments of new types with differences of the gradient, as in
            `hvp`. For sparse Hessians, True compares the product with a vector in each call, and "first" in the first
            call with a pattern as well: a pattern that leaves out entries raises ArgumentError.
        chunk_size: how many columns are computed at once, by tangents with one more axis in front; 1 is one at a
            time. By default as many as fit into the processor's cache, and one with Numba.
        backend: "python", "numba" or "auto", as in `grad`.
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable with the function's signature. For an array of shape A it returns an array of shape A + A. For a
        container, or several argnums (a tuple), it is the structure of the arguments, and in each place of it the
        structure of the arguments again: `h["W"]["b"]` has the shape of `W` plus that of `b`.

    Raises:
        ArgumentError: an argument or result that cannot be differentiated, complex arguments included.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    >>> hessian(lambda x, a: a * x ** 3)(2.0, 5.0)
    60.0

    """
    chosen = chosen_backend(backend, numba_options)
    if sparsity is not None:
        refuse_backend("a sparse hessian", backend, "hessian(f, backend='numba'), which is dense")
        given = {"sparsity": sparsity, "check": check, "source": source}
        return sparse_made(SparseHessian, function, argnums, "has_aux" if has_aux else "", **given)
    given = {"has_aux": bool(has_aux), "source": source, "check": check, "chunk_size": chunk_size}
    return made(Hessian, function, argnums, **given, backend=chosen)
