"""Objects of user classes: attributes, methods, properties and construction, as Python finds them."""

from __future__ import annotations

import abc
import dataclasses
import functools
import inspect
import types
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import gast

from sct_ad.objects import attributes_of, is_plain, original_of
from sct_ad.rules.custom import CustomFunction
from sct_ad.specialise import attributes, calls, heap, identity
from sct_ad.specialise.frames import Frame, State
from sct_ad.specialise.namespace import Guard, Item
from sct_ad.specialise.signature import abstract_of
from sct_ad.specialise.symbols import Instance, Partial, Record, Runtime, Sequence, Super, Symbol
from sct_ad.specialise.wrappers import unwrap
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Expr
from sct_ad.syntax.values import Constant, Opaque, holds_objects

_MISSING: Any = object()
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_ELSEWHERE = frozenset(["?"])
"""The home of what a container outside of the function is known to hold: changing it there is refused."""
_INITVAR = getattr(dataclasses, "_FIELD_INITVAR")  # noqa: B009


def outside(state: State, value: Any, hint: str) -> Instance:
    """The symbol of an object that lives outside of the function."""
    for key, other in state.outer_objects.items():
        if other is value:
            return Instance(key, type(value), value)
    key = state.namespace.names.fresh(hint if hint.isidentifier() else type(value).__name__.lower())
    state.outer_objects[key] = value
    return Instance(key, type(value), value)


def known(state: State, value: Any, guard: Guard, hint: str) -> Symbol:
    """The symbol of an object outside, or of a container with objects in it, found by way of `guard`."""
    state.namespace.guard(replace(guard, expected=value))
    if is_object(value):
        return outside(state, value, hint)
    type_ = abstract_of(value, ("outside", id(value)))
    holder = types.SimpleNamespace(held=value)
    state.namespace.guard(Guard(holder, ("held",), expected_type=type_))
    atom = state.namespace.denote(value, hint)
    state.typer.types[atom.id] = state.namespace.types[atom.id] = Opaque(type(value))
    keys = value if isinstance(value, dict) else range(len(value))
    items: list[tuple[Any, Symbol]] = []
    for key in keys:
        item = value[key]
        found = abstract_of(item, ("outside", id(value), key))
        if holds_objects(found):
            items.append((key, known(state, item, Guard(holder, ("held", Item(key))), f"{hint}_{key}")))
        else:
            place = Runtime(found, nodes.subscript(nodes.copy(atom), nodes.constant(key)))
            items.append((key, calls.constant_item(state, place)))
    if isinstance(value, dict):
        return Record(tuple(items), _ELSEWHERE)
    listed = isinstance(value, list)
    return Sequence(tuple(item for _, item in items), listed, _ELSEWHERE if listed else frozenset())


def hoist(state: State, value: Any, attrs: Iterable[str]) -> None:
    """At the start of the function, let a variable follow each attribute outside that is going to be changed."""
    instance = place_of(state, value)
    for attr in attrs:
        if hasattr(value, attr):
            state.bind(heap.variable_of(state, instance, attr), _live(state, instance, attr))


def place_of(state: State, value: Any) -> Instance:
    """An object, class or module outside, as what attributes are stored into."""
    return outside(state, value, getattr(value, "__name__", type(value).__name__).rpartition(".")[2].lower())


def followed(state: State, value: Any, attr: str) -> Symbol | None:
    """What a variable knows of an attribute outside that the function changes; None for what is read where it is."""
    classes = value.__mro__ if isinstance(value, type) else type(value).__mro__
    for holder in (value, *classes):
        if attr in state.hoisted_names(holder):
            _refuse_in_unit(state, attr)
            known = heap.attributes(state, place_of(state, holder)).get(attr)
            if known is not None:
                return state.env[known]
        if attr in getattr(holder, "__dict__", ()):
            return None
    return None


def inherit(state: State, instance: Instance) -> None:
    """At the birth of an object: attributes of its class that it is going to have of its own."""
    for cls, attr in sorted(state.shadowed, key=lambda pair: (pair[0].__qualname__, pair[1])):
        if issubclass(instance.cls, cls) and attr not in heap.attributes(state, instance):
            found = class_attribute(instance.cls, attr)
            state.bind(heap.variable_of(state, instance, attr), _bound(state, instance, instance.cls, attr, found))


def _live(state: State, instance: Instance, attr: str) -> Symbol:
    """An attribute of an object outside, read where it is."""
    atom = state.namespace.denote(instance.outside, instance.key)
    owner = Runtime(Constant(instance.outside), atom)
    return attributes.static_attribute(state, owner, nodes.attribute(atom, attr))


def class_attribute(cls: type, attr: str, behind: type | None = None) -> Any:
    """What the classes of an object hold under a name, unbound; _MISSING where they do not."""
    order = cls.__mro__
    if behind is not None:
        order = order[order.index(behind) + 1 :]
    return next((vars(base)[attr] for base in order if attr in vars(base)), _MISSING)


def has_attribute(state: State, owner: Instance, attr: str) -> bool:
    """Whether an object has an attribute, of its own or from its class."""
    if heap.variable_of(state, owner, attr) in state.unsure:
        raise state.refuse(
            f"a test for the attribute '{attr}', which the object has on some paths only",
            "give the attribute a value on all paths, such as None",
        )
    state.missed.add(heap.variable_of(state, owner, attr))
    if attr in heap.attributes(state, owner) or (owner.outside is not None and attr in attributes_of(owner.outside)):
        return True
    found = class_attribute(owner.cls, attr)
    return found is not _MISSING and not isinstance(found, _SLOTS)


def attribute(state: State, owner: Instance, attr: str, user: Expr) -> Symbol:
    """`owner.attr`: a property, an attribute of the object, or one of its class."""
    found = class_attribute(owner.cls, attr)
    if isinstance(found, property):
        return _property(state, owner, attr, found, user)
    known = heap.attributes(state, owner).get(attr)
    if known is not None:
        return state.checked(state.env[known])
    if owner.outside is not None and attr in attributes_of(owner.outside):
        return _live(state, owner, attr)
    if attr == "__class__":
        return calls.symbol_of(state, owner.cls, owner.cls.__name__)
    if attr == "__dict__":
        return Record(tuple((name, state.env[v]) for name, v in heap.attributes(state, owner).items()))
    state.missed.add(heap.variable_of(state, owner, attr))
    if isinstance(found, functools.cached_property):
        value = calls.invoke_function(state, None, found.func, [owner], {}, user)  # type: ignore[arg-type]
        state.bind(heap.variable_of(state, owner, attr), value)
        return state.env[heap.variable_of(state, owner, attr)]
    if found is not _MISSING and not isinstance(found, _SLOTS):
        return _bound(state, owner, owner.cls, attr, found)
    fallback = class_attribute(owner.cls, "__getattr__")
    if isinstance(fallback, types.FunctionType):
        name = Runtime(Constant(attr), nodes.constant(attr))
        return calls.invoke_function(state, None, fallback, [owner, name], {}, user)  # type: ignore[arg-type]
    what = f"'{owner.cls.__name__}' object has no attribute '{attr}'"
    raise state.failing(AttributeError, what, what, hint="give the attribute its first value in __init__")


def _property(state: State, owner: Instance, attr: str, found: property, user: Expr) -> Symbol:
    if not isinstance(found.fget, types.FunctionType):
        raise state.refuse(f"the property '{attr}', whose getter is no plain function", "write a method")
    _guard(state, owner.cls, attr, found)
    return calls.invoke_function(state, None, found.fget, [owner], {}, user)  # type: ignore[arg-type]


def _guard(state: State, place: Any, attr: str, found: Any) -> None:
    """Note that a class, or an object outside, must still give this under the name when the derivative is called."""
    if isinstance(found, classmethod) or (
        isinstance(found, (types.FunctionType, CustomFunction)) and not isinstance(place, type)
    ):
        state.namespace.guard(Guard(place, (attr, "__func__"), expected=getattr(found, "__func__", found)))
    else:
        expected = found.__func__ if isinstance(found, staticmethod) else found
        state.namespace.guard(Guard(place, (attr,), expected=expected))


def _bound(state: State, owner: Symbol, cls: type, attr: str, found: Any) -> Symbol:
    """What a class holds under a name, as an attribute of one of its objects."""
    function = unwrap(found) if not isinstance(found, (staticmethod, classmethod)) else found
    place = owner.outside if isinstance(owner, Instance) and owner.outside is not None else cls
    if isinstance(function, (types.FunctionType, CustomFunction)):
        _guard(state, place if function is found else cls, attr, found)
        return Partial(calls.symbol_of(state, function, attr), (owner,), {})
    if isinstance(found, (staticmethod, classmethod)):
        _guard(state, place, attr, found)
        hint = attr if original_of(cls) is cls else getattr(found.__func__, "__name__", attr)
        inner = calls.symbol_of(state, found.__func__, hint)
        if isinstance(found, staticmethod):
            return inner
        return Partial(inner, (calls.symbol_of(state, cls, cls.__name__),), {})
    if hasattr(type(found), "__get__") and not isinstance(found, type):
        raise state.refuse(
            f"the descriptor '{attr}' of class '{cls.__name__}'", "use a property, or a plain attribute or method"
        )
    atom = state.namespace.denote(place, cls.__name__ if place is cls else owner.key)  # type: ignore[union-attr]
    return attributes.static_attribute(state, Runtime(Constant(place), atom), nodes.attribute(atom, attr))


def super_of(state: State, frame: Frame) -> Super:
    """`super()` in a method that is being inlined."""
    inner: Frame | None = frame
    while inner is not None and "__class__" not in inner.cells:
        inner = inner.parent
    if inner is None or not inner.ordered_locals:
        raise state.refuse("super() outside of a method")
    first = inner.core.args.posonlyargs + inner.core.args.args
    owner = state.lookup(inner, first[0].id)
    if not isinstance(owner, Instance):
        raise state.refuse("super() in a class method", "name the base class")
    return Super(owner, inner.cells["__class__"].cell_contents)


def super_attribute(state: State, owner: Super, attr: str, user: Expr) -> Symbol:
    """`super().attr`."""
    assert isinstance(owner.owner, Instance)
    cls = owner.owner.cls
    found = class_attribute(cls, attr, owner.cls)
    if isinstance(found, property):
        return _property(state, owner.owner, attr, found, user)
    if attr == "__init__" and (found is object.__init__ or is_generated(found)):
        return Partial(calls.symbol_of(state, found, attr), (owner.owner,), {})
    holder = next((base for base in cls.__mro__ if vars(base).get(attr) is found), cls)
    if found is _MISSING:
        raise state.refuse(f"no base class of '{cls.__name__}' has the attribute '{attr}'")
    return _bound(state, owner.owner, holder, attr, found)


def store(state: State, owner: Instance, attr: str, symbol: Symbol) -> None:
    """`owner.attr = symbol`."""
    found = class_attribute(owner.cls, attr)
    if isinstance(found, property):
        if not isinstance(found.fset, types.FunctionType):
            raise state.refuse(f"property '{attr}' of '{owner.cls.__name__}' object has no setter")
        _guard(state, owner.cls, attr, found)
        calls.invoke_function(state, None, found.fset, [owner, symbol], {}, None)  # type: ignore[arg-type]
        return
    if not isinstance(owner.cls.__setattr__, types.WrapperDescriptorType):
        if is_frozen(owner.cls):
            raise state.refuse(f"cannot assign to field '{attr}' of the frozen '{owner.cls.__name__}'")
        raise state.refuse(
            f"an attribute store into an object of '{owner.cls.__name__}', which defines __setattr__",
            "give the class plain attributes or properties",
        )
    set_attribute(state, owner, attr, symbol)


def set_attribute(state: State, owner: Instance, attr: str, symbol: Symbol) -> None:
    """Give an attribute a value, whatever the class says."""
    heap.change(state, owner)
    state.changed.add(owner.key)
    variable = heap.variable_of(state, owner, attr)
    if owner.outside is None and variable not in state.env and _is_value(class_attribute(owner.cls, attr)):
        raise identity.Reconsider(shadowed=(owner.cls, attr))
    state.unsure.discard(variable)
    if owner.outside is not None:
        _refuse_in_unit(state, attr)
        known = state.hoisted_names(owner.outside)
        if attr not in known:
            raise identity.Reconsider(stored=(owner.outside, attr))
        symbol = _emit_store(state, owner, attr, symbol)
    state.bind(variable, symbol)


def _refuse_in_unit(state: State, attr: str) -> None:
    """A recursive function does not know what the others have stored."""
    if state.is_unit:
        raise state.refuse(
            f"the attribute '{attr}' of an object outside, which the function changes, in recursion", "write a loop"
        )


def _is_value(found: Any) -> bool:
    """Whether a class holds plain data under a name, which an object may get a value of its own in place of."""
    functions = (types.FunctionType, staticmethod, classmethod, property, functools.cached_property, *_SLOTS)
    return found is not _MISSING and not isinstance(found, functions)


def _emit_store(state: State, owner: Instance, attr: str, symbol: Symbol) -> Symbol:
    """The store into an object outside is an effect, and done where it stands."""
    if not isinstance(symbol, Runtime):
        raise state.refuse(
            f"a store of a container or object into the attribute '{attr}' of an object outside of the function",
            "pass the object as an argument, or return what is to be kept",
        )
    value = symbol if isinstance(symbol.atom, (gast.Name, gast.Constant)) else None
    value = value or state.temporary(symbol.atom, symbol.type)
    setter = state.namespace.builtin("setattr")
    target = state.namespace.denote(owner.outside, owner.key)
    call = nodes.call(setter, target, nodes.constant(attr), nodes.copy(value.atom))
    state.emit(gast.Expr(value=call))
    return value


def is_frozen(cls: type) -> bool:
    """Whether a class is a frozen dataclass."""
    return dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]


def is_generated(init: Any) -> bool:
    """Whether an `__init__` is one that `dataclass` wrote."""
    code = getattr(init, "__code__", None)
    return isinstance(code, types.CodeType) and code.co_filename == "<string>" and code.co_varnames[:1] == ("self",)


def create(
    state: State, frame: Frame, cls: type, args: list[Symbol], keywords: dict[str, Symbol], node: Any
) -> Instance:
    """`cls(*args, **keywords)`."""
    plain = type(cls) in (type, abc.ABCMeta) or type(cls).__call__ is type.__call__
    maker: Any = cls.__new__
    if not plain or (maker is not object.__new__ and cls is not types.SimpleNamespace):
        raise state.refuse(
            f"making an object of class '{cls.__name__}', which defines __new__", "make it outside, and pass it"
        )
    instance = Instance(state.namespace.names.fresh(state.naming or cls.__name__.lower().strip("_")), cls)
    state.naming = ""
    heap.born(state, instance)
    inherit(state, instance)
    init = class_attribute(cls, "__init__")
    if cls is types.SimpleNamespace:
        for name, symbol in keywords.items():
            set_attribute(state, instance, name, symbol)
    elif init is object.__init__:
        if args or keywords:
            raise state.refuse(f"{cls.__name__}() takes no arguments")
    elif is_generated(init):
        _guard(state, cls, "__init__", init)
        set_fields(state, frame, instance, init, args, keywords, node)
    elif isinstance(init, types.FunctionType):
        _guard(state, cls, "__init__", init)
        calls.invoke_function(state, frame, init, [instance, *args], keywords, node)
    else:
        raise state.refuse(f"making an object of class '{cls.__name__}'", "make it outside, and pass it")
    return instance


def set_fields(
    state: State,
    frame: Frame,
    instance: Instance,
    init: types.FunctionType,
    args: list[Symbol],
    keywords: dict[str, Symbol],
    node: Any,
) -> None:
    """What the `__init__` does that `dataclass` wrote for a class, or for one of its bases."""
    cls: Any = next(base for base in instance.cls.__mro__ if vars(base).get("__init__") is init)
    try:
        bound = inspect.signature(init).bind(instance, *args, **keywords).arguments
    except TypeError as error:
        raise state.refuse(f"{cls.__name__}(): {error}", span=state.span(frame, node)) from None
    later: list[Symbol] = []
    for name, field in cls.__dataclass_fields__.items():
        if field._field_type is getattr(dataclasses, "_FIELD_CLASSVAR"):  # noqa: B009
            continue
        if field.init and name in bound:
            symbol = bound[name]
        elif field.default is not dataclasses.MISSING:
            symbol = calls.symbol_of(state, field.default, name)
        elif field.default_factory is not dataclasses.MISSING:
            factory = calls.symbol_of(state, field.default_factory, getattr(field.default_factory, "__name__", name))
            symbol = calls.invoke(state, frame, factory, [], {}, node)
        else:
            continue
        if field._field_type is _INITVAR:
            later.append(symbol)
        else:
            set_attribute(state, instance, name, symbol)
    after = class_attribute(instance.cls, "__post_init__")
    if isinstance(after, types.FunctionType):
        _guard(state, instance.cls, "__post_init__", after)
        calls.invoke_function(state, frame, after, [instance, *later], {}, node)


def copied(state: State, owner: Instance, given: dict[str, Symbol] | None = None) -> Instance:
    """A shallow copy, some attributes replaced."""
    twin = Instance(state.namespace.names.fresh(state.naming or owner.key.rstrip("*")), owner.cls)
    heap.born(state, twin)
    values = {attr: state.env[v] for attr, v in heap.attributes(state, owner).items()}
    if owner.outside is not None:
        values = {attr: attribute(state, owner, attr, nodes.constant(None)) for attr in attributes_of(owner.outside)}
    for attr, symbol in {**values, **(given or {})}.items():
        state.bind(heap.variable_of(state, twin, attr), symbol)
    return twin


def method_of(state: State, owner: Symbol, name: str) -> Symbol | None:
    """A special method of an object, looked up in its class as Python does; None where it has none."""
    if not isinstance(owner, Instance):
        return None
    found = class_attribute(owner.cls, name)
    if found is _MISSING or found is None or not isinstance(unwrap(found), types.FunctionType):
        return None
    return _bound(state, owner, owner.cls, name, found)


def is_object(value: Any) -> bool:
    """Whether a value that exists at compile time is an object that is looked into."""
    return is_plain(type(value)) and not isinstance(value, type)


def call_special(state: State, owner: Symbol, name: str, args: list[Symbol], user: Any) -> Symbol | None:
    """`owner.name(*args)` for a special method; None where there is none."""
    method = method_of(state, owner, name)
    return None if method is None else calls.invoke(state, None, method, args, {}, user)  # type: ignore[arg-type]


def is_not_implemented(symbol: Symbol | None) -> bool:
    """Whether a special method declined, or is not there."""
    declined = isinstance(symbol, Runtime) and isinstance(symbol.type, Constant) and symbol.type.value is NotImplemented
    return symbol is None or declined
