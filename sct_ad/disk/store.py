"""A folder of entries: one `.py` file each, its first line a hash of the rest, its second line data, then the text.

Machine code is in `.code` files, whose first line is a hash of their name and of the rest.

Any number of processes may read and write at once: a file is complete when it gets its name. Whatever goes wrong with
the disk, the worst is that nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_HEAD = re.compile(r"# Emitted by sct_ad; sha256 of what follows: ([0-9a-f]{64})")
_MEGABYTE = 1 << 20
_DAY, _HOUR = 86_400.0, 3_600.0
_refused: set[str] = set()
_unseen: dict[str, int] = {}
"""Folder -> how many bytes this process has written since it looked at all files."""


@dataclass(frozen=True)
class Store:
    """The entries in one folder."""

    folder: str
    limit: int
    """How many bytes all files may take."""

    def read(self, key: str) -> tuple[Any, str] | None:
        """Data and text of an entry; None where there is none, or none that is as it was written."""
        path = self._path(key)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                whole = file.read()
            head, _, rest = whole.partition("\n")
            line, _, text = rest.partition("\n")
            found = _HEAD.fullmatch(head)
            if found is None or found[1] != _hash(rest):
                return None
            data = json.loads(line.removeprefix("# "))
            if data.pop("key", None) != key:
                return None
            self._touch(path)
        except (OSError, ValueError, AttributeError):
            return None
        return data, text

    def write(self, key: str, data: dict[str, Any], text: str) -> None:
        """Keep an entry, if the disk lets us."""
        line = json.dumps({"key": key, **data}, separators=(",", ":"), allow_nan=False)
        rest = f"# {line}\n{text}"
        whole = f"# Emitted by sct_ad; sha256 of what follows: {_hash(rest)}\n{rest}"
        with suppress(ValueError):
            self._keep(self._path(key), whole.encode("utf-8"))

    def read_code(self, name: str) -> bytes | None:
        """Machine code; None where there is none, or none that is as it was written."""
        path = self._path(name, ".code")
        try:
            with open(path, "rb") as file:
                head, _, content = file.read().partition(b"\n")
            if head != _head_of_code(name, content):
                return None
            self._touch(path)
        except OSError:
            return None
        return content

    def write_code(self, name: str, content: bytes) -> None:
        """Keep machine code, if the disk lets us."""
        self._keep(self._path(name, ".code"), _head_of_code(name, content) + b"\n" + content)

    def _path(self, key: str, ending: str = ".py") -> str:
        return os.path.join(self.folder, f"{key}{ending}")

    def _touch(self, path: str) -> None:
        """Tell that a file is used."""
        if time.time() - os.stat(path).st_mtime > _DAY:
            os.utime(path)

    def _keep(self, path: str, content: bytes) -> None:
        if len(content) > self.limit // 4:
            return
        with suppress(OSError, ValueError):
            self._put(path, content)
            since = _unseen.get(self.folder, self.limit) + len(content)
            if since > self.limit // 16:  # to look at all files each time would take long
                self._trim()
                since = 0
            _unseen[self.folder] = since

    def _put(self, path: str, content: bytes) -> None:
        name = os.path.join(self.folder, f"{os.getpid()}-{threading.get_ident()}-{time.time_ns()}.tmp")
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _trim(self) -> None:
        """Remove the oldest files while there are too many bytes, and what writers that died have left."""
        files, now = [], time.time()
        for entry in os.scandir(self.folder):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if entry.name.endswith((".py", ".code")):
                    files.append((status.st_mtime, status.st_size, entry.path))
                elif entry.name.endswith(".tmp") and now - status.st_mtime > _HOUR:
                    os.unlink(entry.path)
        total = sum(size for _, size, _ in files)
        if total <= self.limit:
            return
        for _, size, path in sorted(files):
            with suppress(OSError):
                os.unlink(path)
            total -= size
            if total <= 0.8 * self.limit:
                return


def opened() -> Store | None:
    """The user's store; None where caching is off or there is no folder that is safe."""
    if os.environ.get("SCT_AD_CACHE", "1").lower() in ("0", "off", "false", "no"):
        return None
    folder = os.environ.get("SCT_AD_CACHE_DIR") or _default_folder()
    if folder in _refused:
        return None
    if not _is_safe(folder):
        _refused.add(folder)
        return None
    return Store(folder, _limit())


def _default_folder() -> str:
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "sct_ad")


def _limit() -> int:
    try:
        return max(0, int(float(os.environ.get("SCT_AD_CACHE_SIZE", "64")) * _MEGABYTE))
    except (ValueError, OverflowError):
        return 64 * _MEGABYTE


def _is_safe(folder: str) -> bool:
    """Whether the folder is there, or can be made, and nobody else can put files into it."""
    try:
        if not os.path.isabs(folder):
            return False
        if not os.path.isdir(folder):
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
        if os.name == "posix":
            status = os.stat(folder)
            if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                what = f"the cache folder {folder} belongs to somebody else, or others can write to it: it is not used"
                warnings.warn(f"{what}\n  instead: chmod 700, or name another one in SCT_AD_CACHE_DIR", stacklevel=2)
                return False
    except (OSError, ValueError):
        return False
    return True


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _head_of_code(name: str, content: bytes) -> bytes:
    found = hashlib.sha256(name.encode() + b"\n" + content).hexdigest()
    return f"Compiled by Numba for sct_ad; sha256 of name and content: {found}".encode()
