"""Derivatives that other functions compiled by Numba call: its types -> ours -> a compiled derivative.

@numba.njit
def descend(x, n):
    for _ in range(n):
        x = x - 0.1 * slope(x)  # slope = grad(f, backend="numba")
    return x
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils as numba_cgutils
from numba.core import errors as numba_errors
from numba.core import imputils
from numba.core.datamodel import models
from numba.extending import NativeValue, register_model, typeof_impl
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import unbox as unboxes
from numba.np.numpy_support import as_dtype

from sct_ad.derivative import Derivative, brief
from sct_ad.emit.load import load
from sct_ad.emit.numba.native import compiled, told
from sct_ad.emit.numba.progress import telling
from sct_ad.emit.numba.support import refuse_shared
from sct_ad.errors import ArgumentError, SctError
from sct_ad.specialise.signature import NeedsValues, abstract_of
from sct_ad.syntax.dims import Dim
from sct_ad.syntax.names import Names
from sct_ad.syntax.values import Abstract, Array, Constant, Scalar, Tuple, kind_of_dtype

numba_types: Any = numba.types
native_value: Any = NativeValue
lower_constant: Any = imputils.lower_constant
unbox: Any = unboxes
intrinsic: Any = numba_intrinsic
cgutils: Any = numba_cgutils


class DerivativeType(numba_types.Callable, numba_types.Dummy):  # type: ignore[misc]
    """The type, for Numba, of one derivative object."""

    def __init__(self, derivative: Derivative) -> None:
        self.derivative = derivative
        self.made: dict[Any, Any] = {}
        """Types of arguments -> the compiled function that takes them."""
        super().__init__(f"{derivative!r} at {id(derivative):#x}")

    @property
    def key(self) -> Any:
        """What tells the types of derivatives apart."""
        return id(self.derivative)

    def get_call_type(self, context: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """The signature of a call with arguments of these types, for which the derivative is compiled."""
        given = signature_of(self.derivative).bind(*args, **dict(kws))
        given.apply_defaults()
        own = tuple(map(_general, given.arguments.values()))
        if own not in self.made:
            self.made[own] = compiled_for(self.derivative, own)
        try:
            return numba_types.Dispatcher(self.made[own]).get_call_type(context, args, kws)
        except numba_errors.NumbaError as error:
            raise told(error) from None

    def get_call_signatures(self) -> Any:
        """None are known before a call."""
        return [], True

    def get_impl_key(self, signature: Any) -> Any:
        """The machine code of a signature that a call has."""
        for made in self.made.values():
            if signature.args in made.overloads:
                return made.get_overload(signature.args)
        raise AssertionError(signature)


register_model(DerivativeType)(models.OpaqueModel)


@typeof_impl.register(Derivative)
def _type_of(derivative: Derivative, context: Any) -> Any:
    if derivative.OPERATOR != "grad":
        raise numba_errors.NumbaTypeError(f"{derivative!r} cannot be called in compiled code, as those of grad can")
    if getattr(derivative.options, "backend", None) is None:
        raise numba_errors.NumbaTypeError(f"{derivative!r} is not for Numba; instead: backend='numba'")
    return DerivativeType(derivative)


@lower_constant(DerivativeType)
def _constant(context: Any, builder: Any, type_: Any, value: Any) -> Any:
    return context.get_dummy_value()


@unbox(DerivativeType)
def _unboxed(type_: Any, value: Any, context: Any) -> Any:
    return native_value(context.context.get_dummy_value())


def compiled_like(derivative: Derivative, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The derivative for arguments of these types, of any size, as a function of Numba's that takes no others."""
    if getattr(derivative.options, "backend", None) is None:
        raise ArgumentError("compiled() is for Numba\n  instead: backend='numba'")
    _, values = derivative.bound(args, kwargs)
    try:
        given = tuple(map(numba.typeof, values))
    except ValueError as error:
        raise ArgumentError(f"compiled() of {derivative.__name__}: {error}") from None
    found = compiled_for(derivative, given)
    with telling(found.py_func.__name__):
        found.compile(given)
    found.disable_compile()
    return found


def signature_of(derivative: Derivative) -> inspect.Signature:
    """The parameters that calls in compiled code have."""
    if derivative._variadic:
        raise ArgumentError(
            f"{derivative.__name__} takes any number of arguments, and a {derivative.RESULT} in compiled code cannot\n"
            "  instead: differentiate a function with plain parameters"
        )
    signature: inspect.Signature = derivative.__signature__
    return signature


def _general(type_: Any) -> Any:
    """The type without what Numba knows of a value; the default value of a parameter, as it is."""
    if not isinstance(type_, numba_types.Type):
        return numba_types.Omitted(type_)
    return numba_types.unliteral(type_)


def compiled_for(derivative: Derivative, given: tuple[Any, ...]) -> Any:
    """The derivative for arguments of these types of Numba's: a compiled function of the primal's parameters."""
    try:
        parameters = signature_of(derivative).parameters
        known = {name: abstract(type_, name, name) for name, type_ in zip(parameters, given, strict=True)}
        found = derivative._compile_types(known)
        assert found.kernel is not None
        return _with_checks(derivative, given, found.kernel(), found.written)
    except NeedsValues:
        raise ArgumentError(
            f"the {derivative.RESULT} of {derivative.__name__} depends on the values of integers, which a compiled "
            "function does not have\n  instead: call it in Python"
        ) from None
    except SctError as error:
        raise brief(error) from error.__cause__


def abstract(type_: Any, key: Any, name: str) -> Abstract:
    """What is known of a value of one of Numba's types; sizes are not, as one compiled function serves all.

    >>> abstract(numba.float32, "x", "x")
    Scalar(kind='float', dtype='float32', value=?, size=None)
    """
    if isinstance(type_, numba_types.Omitted):
        return abstract_of(type_.value, key)
    if isinstance(type_, numba_types.Boolean):
        return Scalar("bool")
    if isinstance(type_, numba_types.NoneType):
        return Constant(None)
    if isinstance(type_, numba_types.Number):
        plain = {numba.float64: Scalar("float"), numba.complex128: Scalar("complex")}
        plain[numba.int64] = Scalar("int", size=Dim(key))
        dtype = as_dtype(type_).name
        return plain.get(type_) or Scalar(kind_of_dtype(dtype), dtype)
    if isinstance(type_, numba_types.Array):
        return Array(as_dtype(type_.dtype).name, tuple(Dim((key, axis)) for axis in range(type_.ndim)))
    if isinstance(type_, numba_types.BaseTuple) and not isinstance(type_, numba_types.BaseNamedTuple):
        return Tuple(tuple(abstract(item, (key, k), name) for k, item in enumerate(type_)))
    raise ArgumentError(
        f"a derivative in a compiled function takes numbers, arrays and tuples of these, and '{name}' is {type_}\n"
        "  instead: pass the parts, or call the derivative in Python"
    )


def _with_checks(derivative: Derivative, given: tuple[Any, ...], kernel: Any, written: tuple[int, ...]) -> Any:
    """`def f_grad(x, y): return gradient(x, y)`, in front of which arrays are compared that must not overlap."""
    parameters = list(signature_of(derivative).parameters.values())
    listed = [parameter.name for parameter in parameters]
    names = Names({*listed})
    called, refuse = names.fresh(derivative.OPERATOR), names.fresh("refuse_shared")
    mark = names.fresh("of_this_process")
    arrays = [[*_arrays(type_, name)] for type_, name in zip(given, listed)]
    pairs: dict[frozenset[str], str] = {}
    for k in written:
        for paths in arrays:
            for own in arrays[k]:
                for path in paths:
                    if path != own:
                        pairs.setdefault(frozenset({own, path}), f"{refuse}({own}, {path})")
    lines = [f"{mark}()", *pairs.values(), f"return {called}({', '.join(listed)})"]
    name = f"{derivative.__name__}_{derivative.OPERATOR}" if derivative.__name__.isidentifier() else "derivative"
    text = f"def {name}({', '.join(listed)}):\n" + "".join(f"    {line}\n" for line in lines)
    defaults = tuple(p.default for p in parameters if p.default is not p.empty)
    plain = load(text, name, {called: kernel, refuse: refuse_shared, mark: of_this_process}, {}, None, defaults or None)
    return compiled(_globals_of_its_own(plain), {"nogil": True})


@intrinsic
def of_this_process(context: Any) -> Any:
    """Let Numba's own cache see that it cannot keep what calls a derivative: it would not see the function change."""

    def mark(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        name = "numba.dynamic.globals.sct_ad"
        if name not in builder.module.globals:
            found = cgutils.add_global_variable(builder.module, ir.IntType(8), name)
            found.linkage, found.initializer = "weak", ir.Constant(ir.IntType(8), 0)
        return context.get_dummy_value()

    return numba_types.void(), mark


def _globals_of_its_own(function: types.FunctionType) -> types.FunctionType:
    space = {"__builtins__": __builtins__, "__name__": __name__}
    made = types.FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    made.__dict__["loaded"] = function
    return made


def _arrays(type_: Any, path: str) -> Iterator[str]:
    """The paths to the arrays in a value."""
    if isinstance(type_, numba_types.Array):
        yield path
    if isinstance(type_, numba_types.BaseTuple):
        for k, item in enumerate(type_):
            yield from _arrays(item, f"{path}[{k}]")
