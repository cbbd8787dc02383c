"""The folder of entries: who may use it, what is read back, and how large it gets."""

import os
import stat
import sys
import time
import warnings

import pytest

from sct_ad.disk import store
from sct_ad.disk.store import Store, opened

KEY, OTHER = "0" * 64, "1" * 64
TEXT = "def f(x):\n    return 'ü' + x  # x\x0b\n"

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    found = tmp_path / "deep" / "cache"
    monkeypatch.setenv("SCT_AD_CACHE", "1")
    monkeypatch.setenv("SCT_AD_CACHE_DIR", str(found))
    monkeypatch.setattr(store, "_refused", set())
    monkeypatch.setattr(store, "_unseen", {})
    return found


def test_what_is_written_is_read(folder):
    kept = opened()
    kept.write(KEY, {"n": [1, 2.5, None, "é\n"]}, TEXT)
    assert kept.read(KEY) == ({"n": [1, 2.5, None, "é\n"]}, TEXT)
    assert kept.read(OTHER) is None
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.py"]


def test_the_file_is_python_to_read(folder):
    opened().write(KEY, {}, TEXT)
    lines = (folder / f"{KEY}.py").read_text(encoding="utf-8").split("\n", 2)
    assert lines[0].startswith("# ") and lines[1].startswith("# ") and lines[2] == TEXT
    compile("\n".join(lines), "entry", "exec")


@posix
def test_the_folder_is_the_users_own(folder):
    opened()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_can_write_to_is_not_used(folder, mode):
    folder.mkdir(parents=True)
    folder.chmod(mode)
    with pytest.warns(UserWarning, match="chmod 700") as caught:
        assert opened() is None
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened() is None


@posix
def test_a_folder_of_somebody_else_is_not_used(folder, monkeypatch):
    folder.mkdir(parents=True, mode=0o700)
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.warns(UserWarning, match="somebody else"):
        assert opened() is None


@pytest.mark.parametrize("value", ["0", "off", "false"])
def test_it_can_be_turned_off(folder, monkeypatch, value):
    monkeypatch.setenv("SCT_AD_CACHE", value)
    assert opened() is None
    assert not folder.exists()


def test_where_entries_are(monkeypatch, tmp_path):
    monkeypatch.setenv("SCT_AD_CACHE", "1")
    monkeypatch.delenv("SCT_AD_CACHE_DIR", raising=False)
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    expected = {"linux": "XDG_CACHE_HOME", "win32": "LOCALAPPDATA", "darwin": "HOME/Library/Caches"}
    found = opened()
    if sys.platform in expected:
        assert found.folder == str(tmp_path / expected[sys.platform] / "sct_ad")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: str(tmp_path / "home"))
    assert opened().folder == str(tmp_path / "home" / ".cache" / "sct_ad")


def _changed(path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:80],
        lambda content: content + b"\n",
        lambda content: content.replace(b"return", b"yield "),
        lambda content: content.replace(b'"n":1', b'"n":2'),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.split(b"\n", 1)[1],
        lambda content: b"\xff" + content,
        lambda content: b"print('mine')\n",
    ],
)
def test_a_file_that_was_changed_is_not_read(folder, change):
    kept = opened()
    kept.write(KEY, {"n": 1}, TEXT)
    path = folder / f"{KEY}.py"
    _changed(path, change)
    assert kept.read(KEY) is None
    kept.write(KEY, {"n": 1}, TEXT)
    assert kept.read(KEY) == ({"n": 1}, TEXT)


def test_an_entry_under_another_name_is_not_read(folder):
    kept = opened()
    kept.write(KEY, {"n": 1}, TEXT)
    (folder / f"{KEY}.py").rename(folder / f"{OTHER}.py")
    assert kept.read(OTHER) is None


def test_what_is_no_file_is_not_read(folder):
    kept = opened()
    (folder / f"{KEY}.py").mkdir()
    assert kept.read(KEY) is None
    kept.write(KEY, {}, TEXT)
    assert kept.read(KEY) is None


def _age(folder, key, seconds):
    then = time.time() - seconds
    os.utime(folder / f"{key}.py", (then, then))


def test_the_oldest_go_when_there_are_too_many_bytes(folder):
    kept = Store(opened().folder, 40_000)
    for k in range(9):
        kept.write(f"{k:064}", {}, "#" * 4_000 + "\n")
        _age(folder, f"{k:064}", 1_000 * (10 - k))
    assert len(list(folder.iterdir())) == 9
    for k in range(9, 12):
        kept.write(f"{k:064}", {}, "#" * 4_000 + "\n")
    left = sorted(int(path.stem) for path in folder.iterdir())
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 40_000
    assert left == list(range(12 - len(left), 12))
    kept.write(KEY, {}, "#" * 20_000)  # more than one may have
    assert sorted(int(path.stem) for path in folder.iterdir()) == left


def test_not_all_files_are_looked_at_each_time(folder, monkeypatch):
    kept, looked = Store(opened().folder, 160_000), []
    monkeypatch.setattr(Store, "_trim", lambda self: looked.append(1))
    for k in range(9):
        kept.write(f"{k:064}", {}, "#" * 4_000 + "\n")
    assert len(looked) == 1 + 8 // 3


def test_the_size_is_an_option(folder, monkeypatch):
    assert opened().limit == 64 << 20
    monkeypatch.setenv("SCT_AD_CACHE_SIZE", "0.5")
    assert opened().limit == 1 << 19
    for value in ("none", "nan", "inf"):
        monkeypatch.setenv("SCT_AD_CACHE_SIZE", value)
        assert opened().limit == 64 << 20


def test_reading_makes_an_entry_young_once_a_day(folder):
    kept = opened()
    kept.write(KEY, {}, TEXT)
    path = folder / f"{KEY}.py"
    _age(folder, KEY, 3_600)
    before = path.stat().st_mtime
    assert kept.read(KEY) and path.stat().st_mtime == before
    _age(folder, KEY, 100_000)
    assert kept.read(KEY) and path.stat().st_mtime > before


def test_what_dead_writers_left_goes(folder):
    kept = opened()
    for name, age in (("old.tmp", 10_000), ("new.tmp", 10)):
        (folder / name).write_text("")
        then = time.time() - age
        os.utime(folder / name, (then, then))
    kept.write(KEY, {}, TEXT)
    assert sorted(path.name for path in folder.iterdir()) == [f"{KEY}.py", "new.tmp"]


@pytest.mark.parametrize("name", ["open", "replace", "scandir", "stat", "unlink", "fdopen"])
def test_what_goes_wrong_with_the_disk_is_silent(folder, monkeypatch, name):
    kept = opened()
    kept.write(KEY, {}, TEXT)

    def full(*args, **keywords):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, full)
    kept.write(OTHER, {}, TEXT)
    assert kept.read(KEY) in (({}, TEXT), None)


def test_a_folder_that_cannot_be_made(folder, monkeypatch):
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("a file")
    assert opened() is None
    monkeypatch.setenv("SCT_AD_CACHE_DIR", "relative")
    assert opened() is None


CODE = bytes(range(256)) * 3


def test_machine_code_is_read_as_it_was_written(folder):
    kept = opened()
    kept.write_code(KEY, CODE)
    assert kept.read_code(KEY) == CODE and kept.read_code(OTHER) is None and kept.read(KEY) is None
    (path,) = folder.iterdir()
    assert path.name == f"{KEY}.code" and stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    for changed in (content + b"x", content[:-1], content.replace(CODE[:9], CODE[1:10]), b"", b"\n" + content):
        path.write_bytes(changed)
        assert kept.read_code(KEY) is None
    path.write_bytes(content)
    path.rename(folder / f"{OTHER}.code")
    assert kept.read_code(OTHER) is None


def test_machine_code_counts(folder):
    kept = Store(str(folder), 20_000)
    opened()
    for k in range(8):
        kept.write_code(str(k), bytes(4_000))
        os.utime(folder / f"{k}.code", (k + 1, k + 1))
        kept.write(str(k), {}, "x" * 500)
        os.utime(folder / f"{k}.py", (k + 1, k + 1))
    names = {path.name for path in folder.iterdir()}
    assert {"7.code", "7.py"} <= names and "0.code" not in names and "0.py" not in names
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 20_000
    kept.write_code("large", bytes(6_000))
    assert kept.read_code("large") is None
