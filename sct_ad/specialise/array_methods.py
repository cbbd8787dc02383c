"""Special methods of arrays called by their names, and attributes of arrays that are assigned to."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sct_ad.specialise import building, calls, expressions, flat, knowledge, library, stores
from sct_ad.specialise.frames import State
from sct_ad.specialise.knowledge import WHOLE, Keywords, known
from sct_ad.specialise.symbols import Runtime, Symbol, display, literal
from sct_ad.syntax import nodes
from sct_ad.syntax.values import Array, kind

_OPERATORS: dict[str, gast.operator] = {
    "add": gast.Add(),
    "sub": gast.Sub(),
    "mul": gast.Mult(),
    "truediv": gast.Div(),
    "floordiv": gast.FloorDiv(),
    "mod": gast.Mod(),
    "pow": gast.Pow(),
    "matmul": gast.MatMult(),
    "and": gast.BitAnd(),
    "or": gast.BitOr(),
    "xor": gast.BitXor(),
    "lshift": gast.LShift(),
    "rshift": gast.RShift(),
}
_COMPARISONS: dict[str, gast.cmpop] = {
    "__eq__": gast.Eq(),
    "__ne__": gast.NotEq(),
    "__lt__": gast.Lt(),
    "__le__": gast.LtE(),
    "__gt__": gast.Gt(),
    "__ge__": gast.GtE(),
}
_UNARY: dict[str, gast.unaryop] = {"__neg__": gast.USub(), "__pos__": gast.UAdd(), "__invert__": gast.Invert()}
_BUILTINS = ("abs", "float", "int", "bool", "complex", "divmod", "len")
_ITEMS = {"__getitem__": library.getitem, "__setitem__": library.setitem, "__contains__": library.contains}


def call(state: State, owner: Runtime, attr: str, args: list[Symbol], keywords: Keywords, node: Any) -> Symbol | None:
    """A special method, `view`, or what else becomes an operator or an index; None for other methods."""
    if attr == "view":
        return _view(state, owner, args, keywords)
    if attr == "setflags" and isinstance(owner.type, Array):
        raise state.refuse("ndarray.setflags, which changes an array's flags", "leave it out")
    if not (attr.startswith("__") and attr.endswith("__")) or keywords:
        return None
    name = attr[2:-2]
    if name in _OPERATORS and len(args) == 1:
        return expressions.binary(state, owner, _OPERATORS[name], args[0], node)
    if name == "pow" or not args:
        return _of_one(state, owner, attr, node)
    if name[:1] == "r" and name[1:] in _OPERATORS:
        return expressions.binary(state, args[0], _OPERATORS[name[1:]], owner, node)
    if name[:1] == "i" and name[1:] in _OPERATORS and isinstance(owner.type, Array):
        return augmented(state, owner, _OPERATORS[name[1:]], args[0])
    if attr in _COMPARISONS:
        left, right = (display(state.runtime(side)) for side in (owner, args[0]))
        return expressions.typed(state, gast.Compare(left=left, ops=[_COMPARISONS[attr]], comparators=[right]), node)
    if attr in _ITEMS:
        return calls.from_library(state, _ITEMS[attr], owner, *args)
    if name == "divmod":
        return calls.primitive(state, state.namespace.builtin(name), [owner, *args], {}, node)
    return _of_one(state, owner, attr, node) if attr == "__deepcopy__" else None


def _of_one(state: State, owner: Runtime, attr: str, node: Any) -> Symbol | None:
    """A special method without arguments."""
    if attr in _UNARY:
        return expressions.typed(state, gast.UnaryOp(op=_UNARY[attr], operand=display(owner)), node)
    if attr[2:-2] in _BUILTINS:
        return calls.primitive(state, state.namespace.builtin(attr[2:-2]), [owner], {}, node)
    if attr in ("__copy__", "__deepcopy__") and isinstance(owner.type, Array):
        return calls.primitive(state, nodes.attribute(display(owner), "copy"), [], {}, node)
    return owner if attr == "__array__" and isinstance(owner.type, Array) else None


def augmented(state: State, owner: Runtime, op: gast.operator, value: Symbol) -> Runtime:
    """`owner op= value` in place."""
    array = building.named(state, owner)
    stores.refuse_foreign(state, array)
    operand = display(building.named(state, expressions.as_operand(state, array, value)))
    state.emit(gast.AugAssign(target=nodes.target(array.atom.id), op=op, value=operand))
    return array


def set_part(state: State, owner: Runtime, attr: str, op: gast.operator, value: Symbol) -> None:
    """`x.real op= value`, `x.imag op= value`."""
    if attr not in ("real", "imag") or kind(owner.type) not in ("float", "complex"):
        raise state.refuse(f"assignment to the attribute '{attr}' of an array", "give what is changed its own name")
    if kind(owner.type) == "float" and attr == "imag":
        raise state.refuse("assignment to the imaginary part of an array of real numbers", "make it complex")
    if kind(owner.type) == "float":
        augmented(state, owner, op, value)
    elif attr == "real":
        augmented(state, building.attribute(state, owner, attr), op, value)
    else:
        copied = building.method(state, building.named(state, owner), "copy")
        old = building.named(state, building.attribute(state, copied, attr))
        set_attribute(state, owner, attr, building.binary(state, old, op, expressions.as_operand(state, owner, value)))


def _view(state: State, owner: Runtime, args: list[Symbol], keywords: Keywords) -> Symbol | None:
    """`x.view()` -> `x[...]`."""
    given = [known(a) for a in (*args, *keywords.values())]
    own = np.dtype(knowledge.dtype_of(owner)) if knowledge.dtype_of(owner) else None
    for value in given:
        if value is np.ndarray:
            continue
        try:
            same = own is not None and np.dtype(value) == own
        except TypeError:
            same = False
        if not same:
            raise state.refuse("a view of another dtype", "convert the array: x.astype(...)")
    return building.item(state, owner, WHOLE) if isinstance(owner.type, Array) else owner


def set_attribute(state: State, owner: Runtime, attr: str, value: Symbol) -> None:
    """`x.attr = value` for an array."""
    array = building.named(state, owner)
    if attr == "flat":
        flat.store_all(state, array, value)
    elif attr == "real" and kind(array.type) == "float":
        building.store(state, array, WHOLE, value)
    elif attr == "real" and kind(array.type) == "complex":
        building.store(state, building.named(state, building.attribute(state, array, attr)), WHOLE, value)
    elif attr == "imag" and kind(array.type) == "complex":
        real = building.named(state, building.attribute(state, array, "real"))
        imaginary = building.binary(state, literal(1j), gast.Mult(), expressions.as_operand(state, array, value))
        building.store(state, array, WHOLE, building.binary(state, real, gast.Add(), imaginary))
    elif attr in ("shape", "dtype", "strides"):
        remedy = {"shape": "x = x.reshape(...)", "dtype": "x = x.astype(...)"}.get(attr, "make a new array")
        raise state.refuse(f"assignment to the {attr} of an array", f"write {remedy}")
    else:
        raise state.refuse(f"assignment to the attribute '{attr}' of an array", "store into the array, x[...] = v")
