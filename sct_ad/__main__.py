"""The command line: `python -m sct_ad dump module:function` prints the emitted adjoint of a function."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import math
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import sct_ad
from sct_ad.api import Gradient
from sct_ad.derivative import BoundDerivative, MadeByOperator
from sct_ad.errors import SctError

_EPILOG = """\
examples:
  python -m sct_ad dump package.module:function
  python -m sct_ad dump path/to/file.py:function --args "1.0, np.ones((3, 2))" --argnums 0,1
  python -m sct_ad dump path/to/file.py:function --args "1.0, n=10" --stage core
"""


class CommandError(Exception):
    """What was asked for cannot be done; the message says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 2 for what cannot be done."""
    options = _parser().parse_args(argv)
    try:
        text = dump(options.target, options.argnums, options.args, options.stage, options.value)
    except CommandError as error:
        print(f"sct_ad: {error}", file=sys.stderr)
        return 2
    except SctError as error:
        print("".join(traceback.format_exception_only(type(error), error)).rstrip(), file=sys.stderr)
        return 2
    print(text.rstrip("\n"))
    return 0


def dump(
    target: str, argnums: Any = None, args: str | None = None, stage: str | None = None, value: bool = False
) -> str:
    """The emitted adjoint of a target such as `module:function`, or one stage of its derivation."""
    function = _load(target)
    arguments, keywords = _evaluate(args) if args is not None else ((), {})
    gradient = _differentiate(function, argnums, value)
    if stage is None:
        return str(gradient.source(*arguments, **keywords))
    stages = gradient.stages(*arguments, **keywords)
    if stage not in stages:
        raise CommandError(f"there is no stage {stage!r}; the stages are: {', '.join(stages)}")
    return str(stages[stage])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sct_ad",
        description="Gradients of plain Python + NumPy functions, as plain Python source.",
    )
    parser.add_argument("--version", action="version", version=f"sct_ad {sct_ad.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    command = commands.add_parser(
        "dump",
        help="print the emitted adjoint of a function",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("target", help="module:function or path/to/file.py:function")
    command.add_argument(
        "--argnums", type=_argnums, help="parameters to differentiate by: 0 (default), or 0,2, or names such as W,b"
    )
    command.add_argument(
        "--args",
        help='arguments to specialise on, as in a call: "1.0, np.ones((3, 2)), n=10" (np and math are in scope)',
    )
    command.add_argument("--stage", metavar="NAME", help="print this stage of the derivation instead of the result")
    command.add_argument("--value", action="store_true", help="the adjoint that also returns the function's value")
    return parser


def _argnums(text: str) -> int | str | tuple[int | str, ...]:
    """The argnums that a text such as `0`, `W` or `0,2` stands for.

    >>> _argnums("0"), _argnums("W,b"), _argnums("1,")
    (0, ('W', 'b'), (1,))
    """
    words = [word.strip() for word in text.split(",")]
    if len(words) > 1 and not words[-1]:
        words.pop()
        single = False
    else:
        single = len(words) == 1
    numbers = tuple(int(word) if word.lstrip("-").isdigit() else word for word in words)
    if not all(isinstance(each, int) or each.isidentifier() for each in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is not a position, a parameter's name, or a list of them")
    return numbers[0] if single else numbers


def _load(target: str) -> Any:
    """The function that a target names; what its module prints while it is imported goes to stderr."""
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise CommandError(f"{target!r} names no function: write module:function or path/to/file.py:function")
    with contextlib.redirect_stdout(sys.stderr):
        found: Any = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise CommandError(f"{place} has no function {name!r}") from None
    if not callable(found):
        raise CommandError(f"{target} is not a function but of type {type(found).__name__}")
    return found


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise CommandError(f"there is no file {path}")
    sys.path.insert(0, str(path.resolve().parent))  # a script finds its neighbours
    name = path.stem if path.stem not in sys.modules else f"{path.stem} (dumped)"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _run(lambda: spec.loader.exec_module(module), str(path))  # type: ignore[union-attr]
    return module


def _import_module(name: str) -> ModuleType:
    try:
        known = importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        known = False
    if not known:
        raise CommandError(f"there is no module {name!r}")
    module: ModuleType = _run(lambda: importlib.import_module(name), name)
    return module


def _run(action: Callable[[], Any], place: str) -> Any:
    """Run a user's module, whatever it may raise."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise CommandError(f"{place} cannot be imported: {_short(error)}{_remedy(error, place)}") from error


def _remedy(error: BaseException, place: str) -> str:
    """What to write instead of the path of a file that belongs to a package."""
    if not (place.endswith(".py") and isinstance(error, ImportError) and "relative import" in str(error)):
        return ""
    path = Path(place).resolve()
    root = path.parent.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    module = ".".join(path.relative_to(root).with_suffix("").parts)
    return f"\n  instead: python -m sct_ad dump {module}:function, in the directory {root}"


def _evaluate(text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments written as in a call."""

    def collect(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs

    try:
        result: tuple[tuple[Any, ...], dict[str, Any]]
        result = eval(f"collect({text})", {"collect": collect, "np": np, "math": math})
    except Exception as error:
        raise CommandError(f"--args {text!r} cannot be evaluated: {_short(error)}") from error
    return result


def _differentiate(function: Any, argnums: Any, value: bool) -> Any:
    """The gradient object of a function; a derivative is taken as it is, or a gradient made anew if asked."""
    if isinstance(function, BoundDerivative):
        return BoundDerivative(_differentiate(function.__func__, argnums, value), function.__self__)
    if isinstance(function, MadeByOperator) and argnums is None and not value:
        return function
    options: dict[str, Any] = {}
    if isinstance(function, Gradient):
        given = function.options
        options = {"argnums": given.argnums, "has_aux": given.has_aux, "source": given.source}
        value, function = value or given.with_value, function.primal
    if argnums is not None:
        options["argnums"] = argnums
    return (sct_ad.value_and_grad if value else sct_ad.grad)(function, **options)


def _short(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
