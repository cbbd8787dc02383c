"""Machine code of Numba's <-> bytes that any process may load beside anything else.

Numba numbers the functions that it compiles, from 1 in each process, and the loader takes a function of the same name
that is there already for the one that it is to load. So nothing that is kept here has a name but what a caller needs,
and these names are made of a token that tells one code from all others.
"""

from __future__ import annotations

import copy
import io
import pickle
import zlib
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from numba.core import compiler, environment, funcdesc

mangled: Any = funcdesc.default_mangler
Environment: Any = environment.Environment
rebuild: Any = compiler.CompileResult._rebuild
_ENVIRONMENT = "_ZN08NumbaEnv"
_OF_NUMBA = ("_ZN", ".numba.unresolved")
"""How the names of functions begin that Numba has compiled, or is going to."""
_LOCAL = (llvm.Linkage.internal, llvm.Linkage.private)


class NotKept(Exception):
    """Raised where machine code holds for one process only."""


def content_of(result: Any, token: str, is_library: Callable[[str], bool]) -> bytes:
    """What Numba has compiled, as bytes; NotKept where it would not do in another process.

    `is_library(module)` tells whether what a module holds is the same in each process.
    """
    library = result.library
    if result.objectmode or result.lifted or library.has_dynamic_globals:
        raise NotKept("code that calls Python, or points into this process")
    module = library._final_module.clone()
    before, described = result.fndesc, _renamed(result.fndesc, token)
    entries = {
        before.llvm_func_name: described.llvm_func_name,
        before.llvm_cpython_wrapper_name: described.llvm_cpython_wrapper_name,
        before.llvm_cfunc_wrapper_name: described.llvm_cfunc_wrapper_name,
    }
    kept, needed = [], []
    for function in module.functions:
        if function.is_declaration:
            needed.append(function.name)
            continue
        if function.name in entries:
            function.name = entries[function.name]
            kept.append(function)
        else:
            function.linkage = "internal"
    constants = {described.env_name: list(result.environment.consts)}
    for variable in module.global_variables:
        if variable.is_declaration:
            needed.append(variable.name)
        if variable.is_declaration or variable.linkage in _LOCAL:
            continue
        if not variable.name.startswith(_ENVIRONMENT):
            raise NotKept(f"a variable {variable.name}")
        found = Environment._memo.get(variable.name)
        is_own = variable.name == before.env_name
        variable.name = described.env_name if is_own else f"{described.env_name}.{len(constants)}"
        if found is not None and not is_own:
            constants[variable.name] = list(found.consts)
    needed = [name for name in needed if not name.startswith("llvm.")]
    if any(name.startswith(_OF_NUMBA) for name in needed):
        raise NotKept("code that calls what was compiled apart from it")
    for function in kept:
        function.linkage = "linkonce_odr"  # as Numba has it for what is linked
    shared = module.as_bitcode()
    for function in kept:
        function.linkage = "external"
    code = library.codegen._tm.emit_object(module)
    signature, start_again = result.signature, tuple(dict.fromkeys(result.reload_init))
    content = pickle.dumps((code, shared, described, signature, start_again, constants, needed), protocol=4)
    _Loader(content, is_library).load()
    return zlib.compress(content, 3)


def rebuilt(content: bytes, target: Any, is_library: Callable[[str], bool]) -> Any:
    """What `content_of` was given, for Numba's target context."""
    loader = _Loader(zlib.decompress(content), is_library)
    code, shared, described, signature, start_again, constants, needed = loader.load()
    for start in start_again:
        start()
    engine = target.codegen()._engine
    missing = [name for name in needed if not (llvm.address_of_symbol(name) or engine.is_symbol_defined(name))]
    if missing:
        raise NotKept(f"code that calls {', '.join(missing)}")
    environments = [_environment(name, consts) for name, consts in constants.items()]
    library = (described.mangled_name, "object", (code, shared))
    others = tuple(environments[1:])
    return rebuild(target, library, described, environments[0], signature, False, (), "", (), others)


def _renamed(described: Any, token: str) -> Any:
    """Numba's description of a function, under names made of the token."""
    found = copy.copy(described)
    found.typemap = found.calltypes = found.global_dict = None
    found.modname, found.qualname, found.doc = __name__, described.qualname.rpartition(".")[2], ""
    found.unique_name = f"{found.qualname}${token}"
    found.mangled_name = mangled(f"sct_ad.{token}", found.argtypes)
    found.env_name = mangled(f".NumbaEnv.sct_ad.{token}", found.argtypes)
    return found


def _environment(name: str, constants: list[Any]) -> Any:
    found = Environment({"__name__": __name__})
    found.consts[:] = constants
    found.env_name = name
    Environment._memo[name] = found
    return found


class _Loader(pickle.Unpickler):
    """Loads what consists of objects and functions of libraries."""

    def __init__(self, content: bytes, is_library: Callable[[str], bool]) -> None:
        super().__init__(io.BytesIO(content))
        self.is_library = is_library

    def find_class(self, module: str, name: str) -> Any:
        """What a library's module holds."""
        if not self.is_library(module):
            raise NotKept(f"{module}.{name}")
        return super().find_class(module, name)
