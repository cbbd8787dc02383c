"""derivative: that of a function of one number, at all elements of an array at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

import numpy as np

from sct_ad.columns import ColumnOptions, Columns, Point, same
from sct_ad.compiled import Compiled
from sct_ad.emit.numba.options import chosen_backend
from sct_ad.errors import ArgumentError
from sct_ad.jacobians import BlockDerivative, made
from sct_ad.pytree import is_leaf


class Elementwise(BlockDerivative):
    """The derivative of an elementwise function: call it like the function itself."""

    OPERATOR = "derivative"
    RESULT = "derivative"
    CALLABLE_WITHIN = False
    _inner: Columns

    def make_inner(self) -> Columns:
        """Value and tangent."""
        self._checked: WeakSet[Compiled] = WeakSet()
        options = ColumnOptions(self.argnums, self.has_aux, self._source, False, self.OPERATOR, self.check)
        return Columns(self.primal, options._replace(backend=self.backend))

    def value_and_blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """The tangent along ones."""
        point = self._inner.at(args, kwargs)
        if len(point.parameters.leaves) != 1 or isinstance(self.argnums, tuple):
            raise ArgumentError(f"derivative of {self.__name__}: name one parameter\n  instead: derivative(f, 0)")
        ((name, leaves),) = point.parameters.leaves.items()
        argument = point.parameters.tree(point.parameters.leaves)
        if len(leaves) != 1 or not is_leaf(argument):
            self._refuse(f"'{name}' is a container", "pass a number or an array, or use jacobian")
        value, found, *aux = point.push(_filled(argument, 1.0))
        if not (is_leaf(value) and is_leaf(found)):
            self._refuse("the result is a container", "return a number or an array, or use jacobian")
        if np.iscomplexobj(argument) and not np.iscomplexobj(value):
            self._refuse("the argument is complex and the result real", "use grad of the sum of the results")
        if not _covers(np.shape(value), np.shape(argument)):
            what = f"the result has shape {np.shape(value)}, and '{name}' {np.shape(argument)}"
            self._refuse(f"{what}: the function is not elementwise", "use grad or jacobian")
        if point.compiled not in self._checked:
            self._check(point, argument, found)
            self._checked.add(point.compiled)
        if type(value) in (float, complex):
            return value, type(value)(found), aux
        return value, found if type(found) is not np.ndarray or found.shape else found.copy(), aux

    def _check(self, point: Point, argument: Any, found: Any) -> None:
        """Refuse functions whose results depend on several elements; the first call for types of arguments tells."""
        if np.size(argument) < 2 and not np.iscomplexobj(argument):
            return
        numbers = np.random.default_rng(20).uniform(0.5, 1.5, np.shape(argument))
        numbers = numbers * (1.0 - 0.5j) if np.iscomplexobj(argument) else numbers
        tangent = _filled(argument, numbers)
        _, moved, *_ = point.push(tangent)
        if not same([moved], [found * tangent]):
            self._refuse("the results depend on several elements each", "use jacobian, or grad of the sum of results")

    def _refuse(self, what: str, instead: str) -> None:
        raise ArgumentError(f"derivative of {self.__name__}: {what}\n  instead: {instead}")


def _filled(argument: Any, number: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return np.full(argument.shape, number, argument.dtype)
    return type(argument)(number)


def _covers(result: tuple[int, ...], argument: tuple[int, ...]) -> bool:
    """Whether the argument is stretched to the result without being summed."""
    return len(argument) <= len(result) and all(a in (1, r) for a, r in zip(reversed(argument), reversed(result)))


def derivative(
    function: Callable[..., Any] | None = None,
    argnum: int | str = 0,
    has_aux: bool = False,
    *,
    source: str | None = None,
    check: str | None = None,
    backend: str = "python",
    numba_options: Mapping[str, Any] | None = None,
) -> Any:
    """The derivative of a function of one number, at all elements of an array at once; also a decorator.

    One forward sweep gives all derivatives. The function must work elementwise: each number in the result depends on
    one element of the argument. The first call with arguments of new types tries that out, and refuses others.

    Args:
        function: a function of floats, or one that works on arrays element by element.
        argnum: the parameter, by position or name.
        has_aux: whether the function returns `(value, aux)`; the result then is `(derivative, aux)`.
        source: the text of the function, where Python cannot find it.
        check: "first" compares the first call with arguments of new types with differences, as in `grad`.
        backend: "python", "numba" or "auto", as in `grad`.
        numba_options: keywords for `numba.njit`.

    Returns:
        A callable with the function's signature. The derivative has the shape of the function's result: a float for
        floats, an array for arrays. At complex numbers it is that of a holomorphic function.

    Raises:
        ArgumentError: an argument that cannot be differentiated, or a function that is not elementwise.
        UnsupportedError: Python that cannot be differentiated, at the user's line.
        NoRuleError: a function without derivative rule.

    >>> derivative(lambda x: x ** 3)(np.array([1.0, 2.0]))
    array([ 3., 12.])

    """
    chosen = chosen_backend(backend, numba_options)
    return made(Elementwise, function, argnum, has_aux=bool(has_aux), source=source, check=check, backend=chosen)
