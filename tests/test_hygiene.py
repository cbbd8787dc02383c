"""Hygiene of emitted text: no clash with the user's names, nothing foreign, nothing random, nothing left over."""

import ast
import builtins
import contextlib
import copy
import importlib
import inspect
import os
import subprocess
import sys
import textwrap
import zlib

import pytest

from sct_ad import grad, value_and_grad
from tests.examine import BY_NAME, call, text_of
from tests.numerical import assert_close, identical
from tests.programs import PROGRAMS

HELPERS_WITH_ONE = {"add_into"}
"""Functions that multiply by 1.0 themselves: a factor whose default that is."""

FIRST_OF = {}
for _program in PROGRAMS:
    FIRST_OF.setdefault(_program.function.__code__, _program.name)
NAMES = list(FIRST_OF.values())

HOSTILE = """
t t1 t2 t3 s bs bx bt bz bloss x_tape t_tape tape i_tape d dx dz z out _ stack _stack np_ math_ value result grad
cond flag branch exit_ n_trips count i j shadow bA A w x saved old tmp a b c y unbroadcast expand zeros pop append
list range reversed len sum float int tuple zip enumerate min max abs print slice isinstance np numpy math sct_ad
operator runtime lambda_ inner args kwargs self cls __ _t b_ bb bbx b1 x1 x_old x_shadow dims axis ndim site
""".split()


def source_tree(program):
    """The program's definition when it is a plain top-level function without nested scopes, else None."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(program.function)))
    except SyntaxError:
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    scopes = (ast.Lambda, ast.FunctionDef, ast.ListComp, ast.DictComp, ast.GeneratorExp)
    if any(isinstance(node, scopes) for node in ast.walk(tree) if node is not tree.body[0]):
        return None
    return None if program.function.__closure__ else tree


def rename(program, shift):
    """The program's text with all its local names replaced by hostile ones."""
    tree = source_tree(program)
    function = tree.body[0]
    code = program.function.__code__
    used = {*code.co_names, function.name}
    hostile = [name for name in HOSTILE if name not in used]
    hostile = hostile[shift:] + hostile[:shift]
    table = dict(zip(code.co_varnames, hostile))
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = table.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = table.get(node.arg, node.arg)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler)):
            node.name = table.get(node.name, node.name)
        elif isinstance(node, ast.MatchMapping):
            node.rest = table.get(node.rest, node.rest)
    return ast.unparse(tree) + "\n"


def renamable(program):
    """A copy in another module would assign globals of its own, so programs with `global` stay as they are."""
    code, tree = program.function.__code__, source_tree(program)
    if tree is None or len(code.co_varnames) > 30:
        return False
    return not any(isinstance(node, ast.Global) for node in ast.walk(tree))


RENAMABLE = [name for name in NAMES if renamable(BY_NAME[name])]


@pytest.fixture(scope="module")
def renamed(tmp_path_factory):
    """Renamed copies of the programs, as modules that see the globals of the originals."""
    folder = tmp_path_factory.mktemp("renamed")
    sys.path.insert(0, str(folder))
    made = []

    def make(name, shift):
        program = BY_NAME[name]
        module = f"renamed_{name.replace('.', '_')}_{shift}"
        body = rename(program, shift)
        used = [n for n in dict.fromkeys(program.function.__code__.co_names) if not hasattr(builtins, n)]
        used = [n for n in used if n in program.function.__globals__ and n != program.function.__name__]
        imports = f"from {program.function.__module__} import {', '.join(used)}\n\n\n" if used else ""
        (folder / f"{module}.py").write_text(imports + body)
        importlib.invalidate_caches()
        made.append(module)
        return getattr(importlib.import_module(module), program.function.__name__)

    yield make
    sys.path.remove(str(folder))
    for module in made:
        sys.modules.pop(module, None)


@pytest.mark.parametrize("name", RENAMABLE)
def test_hostile_local_names_change_nothing(name, renamed):
    program = BY_NAME[name]
    function = renamed(name, zlib.crc32(name.encode()) % len(HOSTILE))
    with program.undone(), module_left_alone(function):
        value, gradients = value_and_grad(function, argnums=program.argnums)(*program.args())
    assert identical(value, program.primal(*program.args()))
    assert_close(gradients, call(grad, name, program.argnums, *program.args()), 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_text_compiles_and_fits_the_page(name):
    for operator in (grad, value_and_grad):
        text = text_of(operator, name)
        compile(text, name, "exec")
        assert "\t" not in text and text.endswith("\n")
        for line in text.splitlines():
            assert len(line) <= 120 and line == line.rstrip(), line


@pytest.mark.parametrize("name", NAMES)
def test_text_has_nothing_left_over(name):
    program = BY_NAME[name].function
    own = inspect.getsource(program)
    if {*program.__code__.co_names, program.__name__} & HELPERS_WITH_ONE:
        own += " 1.0"
    for function in ast.walk(ast.parse(text_of(grad, name))):
        if isinstance(function, ast.FunctionDef):
            _assert_no_dead_names(function, own)


def _assert_no_dead_names(function, own):
    """Each local name that is assigned is read somewhere, and nothing of compile time has reached the text."""
    read, written = set(), set()
    blocks = [node for node in ast.walk(function) if isinstance(node, (ast.With, ast.ExceptHandler))]
    needed = [node.body[0] for node in blocks]  # what is entered or caught, with nothing left to do
    reductions = [node for node in ast.walk(function) if getattr(getattr(node, "func", None), "attr", "") == "reduce"]
    meant = [keyword for call in reductions for keyword in call.keywords]  # `axis` is 0 unless it is None
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else written).add(node.id)
        elif isinstance(node, ast.keyword):
            none = node.arg in ("axis", "out", "dtype") and _is_none(node.value) and node not in meant
            assert not none, ast.unparse(function)
            assert not (node.arg == "keepdims" and _is_constant(node.value, False)), ast.unparse(function)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and "1.0" not in own:
            one = _is_constant(node.left, 1.0) or _is_constant(node.right, 1.0)
            assert not one, f"multiplied by 1.0: {ast.unparse(node)}"
        elif isinstance(node, ast.Pass) and "pass" not in own and node not in needed:
            raise AssertionError(f"pass in\n{ast.unparse(function)}")
    forced = set()  # names that Python's syntax asks for: loop targets and parts of an unpacking
    for node in ast.walk(function):
        if isinstance(node, ast.Try):  # whether a value can be had decides what comes next, though nobody reads it
            inside = [part for stmt in node.body for part in ast.walk(stmt)]
            forced.update(n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        target = node.target if isinstance(node, ast.For) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.For) or isinstance(target, (ast.Tuple, ast.List)):
            forced.update(part.id for part in ast.walk(target) if isinstance(part, ast.Name))
    unused = written - read - forced - _added_to_in_place(function)
    assert not unused, f"{unused} unused in\n{ast.unparse(function)}"


def _added_to_in_place(function):
    """Names that are added to and hold an array that another name, or a tape, refers to as well."""
    shared = (ast.Call, ast.Name, ast.Subscript)
    aliases = {
        node.targets[0].id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, shared)
    }
    added = {
        node.target.id
        for node in ast.walk(function)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return aliases & added


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _is_constant(node, value):
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value


@contextlib.contextmanager
def module_left_alone(function):
    """What the module of a function holds is the same at the end of the block."""
    after = function.__globals__
    before = dict(after)
    yield
    assert list(before) == list(after)
    assert all(before[key] is after[key] for key in before if not key.startswith("__"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RENAMABLE])
def test_the_users_module_is_not_touched(name):
    program = BY_NAME[name]
    with module_left_alone(program.function), program.undone():
        grad(program.function, argnums=program.argnums)(*program.args())


SCRIPT = """
import hashlib, sys
from tests.programs import PROGRAMS
from sct_ad import grad
digest = hashlib.sha256()
chosen = PROGRAMS[:: int(sys.argv[2])]
texts = {}
for program in chosen if sys.argv[1] == "forwards" else chosen[::-1]:
    texts[program.name] = grad(program.function, argnums=program.argnums).source(*program.args())
for name in sorted(texts):
    digest.update(texts[name].encode())
print(digest.hexdigest())
"""


def test_text_is_the_same_in_every_process_and_order():
    digests = set()
    for seed, order in [("0", "forwards"), ("1", "backwards"), ("2", "forwards")]:
        environment = dict(os.environ, PYTHONHASHSEED=seed)
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, order, "19"], cwd=root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout.splitlines()[-1])
    assert len(digests) == 1


def test_gradient_objects_share_no_state_between_functions():
    a, b = BY_NAME["square"], BY_NAME["energy"]
    first = grad(a.function)
    expected = copy.deepcopy(first(*a.args()))
    grad(b.function)(*b.args())
    assert first(*a.args()) == expected
