"""Whatever may change what is compiled lets an entry be passed over; what changes nothing does not."""

import ast
import shutil
import sys

import numpy as np
import pytest

import sct_ad
from sct_ad.disk import fingerprints, homes
from sct_ad.rules import registry
from sct_ad.rules.registry import d
from tests.disk.fresh import imported, keeping

HELPERS = """
import numpy as np

RATE = 2.0

def scaled(x):
    return np.sin(x) * 0.5

def unused(x):
    return x
"""

MODULE = '''
"""A module of a user's."""
import enum
import functools
from dataclasses import dataclass
import numpy as np
import user_helpers
from user_helpers import scaled

GAIN = 1.5
MODE = "fast"
TABLE = {"low": 1.0, "high": 2.0}
WEIGHTS = np.array([0.5, 1.5, 2.5])

class Base:
    power = 2.0

    def gain(self, x):
        return x * 3.0

class Model(Base):
    def __init__(self, rate):
        self.rate = rate

    def predict(self, x):
        return self.gain(x) * self.rate ** self.power

class Kind(enum.Enum):
    SQUARE = 2.0

@dataclass
class Settings:
    rate: float = 0.25

MODEL = Model(1.25)
SETTINGS = Settings()

def local(x):
    return x * x

def called(x, a=3.0):
    return x * a

def make(c, inner):
    def closed(x):
        return c * inner(x) + x
    return closed

closed = make(0.75, local)
bound = functools.partial(called, a=4.0)

def plain(x):
    return local(x) + scaled(x)

def by_module(x):
    return user_helpers.scaled(x) * user_helpers.RATE

def with_global(x):
    return x * GAIN * (2.0 if MODE == "fast" else 3.0)

def with_default(x, y=2.0):
    return called(x) + y

def with_class(x):
    return Model(x).predict(x)

def with_object(x):
    return MODEL.predict(x) + SETTINGS.rate * x

def with_enum(x):
    return x * Kind.SQUARE.value

def with_table(x):
    return x * TABLE["low"]

def with_array(x):
    return np.sum(x * WEIGHTS)

def with_partial(x):
    return bound(x) * 2.0

def by_name(x):
    return getattr(user_helpers, "scaled")(x)

def with_builtin(x):
    return max(x, 0.25) * 2.0
'''

FUNCTIONS = [
    "plain", "closed", "by_module", "with_global", "with_default", "with_class", "with_object", "with_enum",
    "with_table", "with_array", "with_partial", "by_name",
    "with_builtin",
]  # fmt: skip


def gradients(module, names=FUNCTIONS):
    return {name: np.asarray(sct_ad.grad(getattr(module, name))(0.7)).tobytes() for name in names}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with the modules and with entries for all functions, and the gradients."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch, keeping(patch, folder / "cache") as counter:
        for name in ("user_module", "user_helpers"):
            patch.setitem(sys.modules, name, None)
        imported(folder, "user_helpers", HELPERS)
        found = gradients(imported(folder, "user_module", MODULE))
        assert counter.taken() == len(FUNCTIONS)
    return folder, found


@pytest.fixture
def kept(filled, monkeypatch, tmp_path):
    """Entries for all functions of the module; gives what is compiled from now on."""
    for name in ("user_module", "user_helpers"):
        monkeypatch.setitem(sys.modules, name, None)
    shutil.copytree(filled[0], tmp_path, dirs_exist_ok=True)
    with keeping(monkeypatch, tmp_path / "cache") as counter:
        imported(tmp_path, "user_helpers")
        yield counter


def test_nothing_changed(filled, kept, tmp_path):
    assert gradients(imported(tmp_path, "user_module")) == filled[1]
    assert kept.taken() == 0


# What is changed in the module or its helpers, and the functions that this concerns.
CHANGES = {
    "body": ("user_module", "return local(x) + scaled(x)", "return local(x) - scaled(x)", "plain"),
    "callee": ("user_module", "return x * x", "return x * x * x", "plain closed"),
    "callee in another module": ("user_helpers", "np.sin(x) * 0.5", "np.cos(x) * 0.5", "plain by_module by_name"),
    "closure's function": ("user_module", "make(0.75, local)", "make(0.75, called)", "closed"),
    "string": ("user_module", 'MODE = "fast"', 'MODE = "slow"', "with_global"),
    "type of a global": ("user_module", "GAIN = 1.5", "GAIN = np.float64(1.5)", "with_global"),
    "method of a base": ("user_module", "return x * 3.0", "return x * 4.0", "with_class with_object"),
    "override": (
        "user_module",
        "        self.rate = rate\n",
        "        self.rate = rate\n\n    def gain(self, x):\n        return x * 5.0\n",
        "with_class with_object",
    ),
    "class attribute": ("user_module", "power = 2.0", "power = 3.0", "with_class with_object"),
    "class attribute hidden": (
        "user_module",
        "class Model(Base):\n",
        "class Model(Base):\n    power = 4.0\n",
        "with_class with_object",
    ),
    "default of a callee": ("user_module", "a=3.0", "a=3.5", "with_default with_partial"),
    "own default": ("user_module", "y=2.0", "y=2.5", "with_default"),
    "bound argument": ("user_module", "a=4.0", "a=5.0", "with_partial"),
    "enum": ("user_module", "SQUARE = 2.0", "SQUARE = 3.0", "with_enum"),
    "class made a subclass": ("user_module", "class Base:", "class Base(dict):", "with_class with_object"),
    "keys": ("user_module", '{"low"', '{"lower": 0.0, "low"', "with_table"),
    "rank": ("user_module", "np.array([0.5, 1.5, 2.5])", "np.array([[0.5], [1.5]])", "with_array"),
    "dtype": ("user_module", "2.5])", "2.5], np.float32)", "with_array"),
    "builtin hidden": ("user_module", 'MODE = "fast"', 'MODE = "fast"\nmax = min', "with_builtin"),
    "comment on a line": ("user_module", "return local(x) + scaled(x)", "return local(x) + scaled(x)  # so", "plain"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(change, filled, kept, tmp_path):
    file, old, new, concerned = CHANGES[change]
    concerned = concerned.split()
    text = {"user_module": MODULE, "user_helpers": HELPERS}[file]
    assert text.count(old) == 1
    (tmp_path / f"{file}.py").write_text(text.replace(old, new))
    imported(tmp_path, "user_helpers")
    module = imported(tmp_path, "user_module")
    for name in FUNCTIONS:
        try:
            found = gradients(module, [name])[name]
        except sct_ad.SctError:
            found = None
        assert kept.taken() == (name in concerned), name
        assert name in concerned or found == filled[1][name]


def mutations(text):
    """The text with one number or operator changed, for each of them."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            start, end, new = node.col_offset, node.end_col_offset, repr(node.value + 1)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Add)):
            line = lines[node.lineno - 1]
            sign = "*" if isinstance(node.op, ast.Mult) else "+"
            start = line.index(sign, node.left.end_col_offset)
            end, new = start + 1, "-"
        else:
            continue
        changed = list(lines)
        line = changed[node.lineno - 1]
        changed[node.lineno - 1] = line[:start] + new + line[end:]
        yield "".join(changed)


@pytest.mark.parametrize("file", ["user_module", "user_helpers"])
def test_no_change_gives_a_wrong_number(file, kept, tmp_path):
    text = {"user_module": MODULE, "user_helpers": HELPERS}[file]
    changed = list(mutations(text))
    assert len(changed) > {"user_module": 35, "user_helpers": 2}[file]
    compiled = 0
    for each in changed:
        (tmp_path / f"{file}.py").write_text(each)
        imported(tmp_path, "user_helpers")
        module = imported(tmp_path, "user_module")
        for name in FUNCTIONS:
            function = getattr(module, name)
            slope = (function(0.7 + 1e-6) - function(0.7 - 1e-6)) / 2e-6
            assert sct_ad.grad(function)(0.7) == pytest.approx(slope, rel=1e-7, abs=1e-7), (name, each)
        compiled += kept.taken()
    assert compiled < 0.4 * len(changed) * len(FUNCTIONS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GAIN = 1.5", "GAIN = 1.75"),
        ("Model(1.25)", "Model(1.5)"),
        ('"low": 1.0', '"low": 1.5'),
        ("0.5, 1.5", "1.0, 2.0"),
    ],
)
def test_numbers_that_are_read_where_they_are_may_change(old, new, filled, kept, tmp_path, monkeypatch):
    module = imported(tmp_path, "user_module", MODULE.replace(old, new))
    found = gradients(module)
    assert kept.taken() == 0
    monkeypatch.setenv("SCT_AD_CACHE", "0")
    assert found == gradients(module) != filled[1]


def test_lines_above_may_change(kept, tmp_path):
    module = imported(tmp_path, "user_module", MODULE.replace("import enum", "import enum\n\n\nimport math"))
    gradients(module)
    assert kept.taken() == 0


def test_argument_types_and_options_count(kept, tmp_path):
    module = imported(tmp_path, "user_module")
    for ask in (
        lambda f: sct_ad.grad(f)(np.float64(0.7)),
        lambda f: sct_ad.grad(f)(np.ones(1)[0]),
        lambda f: sct_ad.value_and_grad(f)(0.7),
        lambda f: sct_ad.grad(f, holomorphic=True)(0.7 + 0.2j),
        lambda f: sct_ad.jvp(f, (0.7,), (1.0,)),
        lambda f: sct_ad.vjp(f, 0.7),
        lambda f: sct_ad.hvp(f)(0.7, 1.0),
        lambda f: sct_ad.grad(f, argnums=(0,))(0.7),
        lambda f: sct_ad.grad(f, memory="1MB")(0.7),
    ):
        ask(module.plain)
        first = kept.taken()
        ask(module.plain)
        assert kept.taken() <= first
    assert kept.count == 0
    sct_ad.grad(module.with_array)(np.ones(3))
    assert kept.taken() == 1
    sct_ad.grad(module.with_array)(np.ones((2, 1)))
    assert kept.taken() == 1
    sct_ad.grad(module.with_array)(np.ones(5)[:3])
    assert kept.taken() == 0


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [(np, "__version__", "9.0"), (sys, "version", "4.0"), (fingerprints, "package_facts", lambda: ("0.2",))],
)
def test_versions_count(owner, name, value, kept, monkeypatch, tmp_path):
    module = imported(tmp_path, "user_module")
    monkeypatch.setattr(owner, name, value)
    fingerprints.environment.cache_clear()
    try:
        gradients(module, ["plain"])
    finally:
        fingerprints.environment.cache_clear()
    assert kept.taken() == 1


def test_an_edited_package_keeps_nothing(kept, monkeypatch, tmp_path):
    monkeypatch.setattr(homes, "_LOADED", 0.0)
    fingerprints.environment.cache_clear()
    for _ in range(2):
        gradients(imported(tmp_path, "user_module"), ["plain"])
        assert kept.taken() == 1


def test_rules_of_others_turn_it_off(kept, monkeypatch, tmp_path):
    rules = dict(registry._rules)
    try:

        @registry.adjoint(imported(tmp_path, "user_module").local)
        def local(z, x):
            d[x] = 100.0 * d[z]

        assert registry.is_extended()
        gradients(imported(tmp_path, "user_module"), ["plain"])
        assert kept.taken() == 1
    finally:
        registry._rules.clear()
        registry._rules.update(rules)
        registry.renew()


@pytest.mark.parametrize(
    "register",
    [
        lambda f: registry.zero_derivative(f),
        lambda f: registry.linear_in("a", np.sum),
        lambda f: registry.pullback(f, params="x")(lambda dz, z, x: (dz,)),
    ],
)
def test_every_way_to_register_is_noted(register, kept, tmp_path):
    rules = dict(registry._rules)
    linear = registry.lookup(np.sum).linear
    try:
        register(imported(tmp_path, "user_module").local)
    finally:
        registry._rules.clear()
        registry._rules.update(rules)
        registry.lookup(np.sum).linear = linear
        registry.renew()
    assert registry.is_extended()


def test_a_patched_library_is_seen(kept, monkeypatch, tmp_path):
    def sin(x):
        return x * 7.0

    monkeypatch.setattr(np, "sin", sin)
    found = sct_ad.grad(imported(tmp_path, "user_module").by_module)(0.7)
    assert kept.taken() == 1
    assert found == 0.5 * 7.0 * 2.0
