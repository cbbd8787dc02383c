"""A user's module on disk, imported anew as another process would, and how much is compiled for it."""

import importlib.util
import linecache
import sys
from contextlib import contextmanager

import sct_ad.compiler
from sct_ad.rules import registry


class Counter:
    """How many derivatives were compiled."""

    def __init__(self):
        self.count = 0

    def taken(self):
        count, self.count = self.count, 0
        return count


@contextmanager
def keeping(monkeypatch, folder):
    """Lets derivatives be kept in a folder, and counts those that are compiled."""
    counter = Counter()
    monkeypatch.setenv("SCT_AD_CACHE", "1")
    monkeypatch.setenv("SCT_AD_CACHE_DIR", str(folder))
    monkeypatch.setattr(registry, "_extended", False)
    monkeypatch.setattr(sct_ad.compiler, "_flat", _counted(sct_ad.compiler._flat, counter))
    yield counter


def _counted(function, counter):
    def counting(*args, **keywords):
        counter.count += 1
        return function(*args, **keywords)

    return counting


def imported(folder, name, text=None):
    """A module imported anew from its file, which is written first where a text is given."""
    path = folder / f"{name}.py"
    if text is not None:
        path.write_text(text)
    linecache.checkcache(str(path))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    code = compile(path.read_text(), str(path), "exec")  # no bytecode of an earlier text
    exec(code, vars(module))
    return module
