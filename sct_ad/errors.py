"""The exceptions of sct_ad, and the span of user source that they point at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of user source: absolute lines (from 1) and columns (from 0, as in `ast`)."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""
    """The source line `line`, without its newline."""
    adjoint: bool = False
    """Whether the statement is part of the adjoint of that user line, not the line itself."""

    @property
    def where(self) -> str:
        """The place as `file:line`."""
        return f"{self.file}:{self.line}"


class SctError(Exception):
    """Base class of all errors that sct_ad raises on purpose."""


class UnsupportedError(SctError, SyntaxError):
    """Python that cannot be differentiated; points at the user's expression.

    Being a SyntaxError with file, line and end column, Python itself prints the user's line with carets.
    """

    def __init__(self, what: str, span: Span | None = None, hint: str = "") -> None:
        self.what, self.span, self.hint = what, span, hint
        message = f"{what}\n  instead: {hint}" if hint else what
        if span is None:
            super().__init__(message)
        else:
            end_column = span.end_column if span.end_line == span.line else len(span.text)
            details = (span.file, span.line, span.column + 1, span.text + "\n", span.line, end_column + 1)
            super().__init__(message, details)


class NotCompiled(UnsupportedError):
    """What Numba cannot compile, at the user's line."""


class NoRuleError(SctError, NotImplementedError):
    """A function with neither source nor derivative rule, whose derivative is needed."""


class RuleError(SctError, ValueError):
    """A derivative rule that is malformed."""


class ArgumentError(SctError, TypeError):
    """A derivative operator called with arguments that it cannot use."""


class CheckError(SctError, AssertionError):
    """A derivative that `check="first"` has found to disagree with the function or with another way to compute it."""


class CheckWarning(UserWarning):
    """Something that `check="first"` could not compare."""


class BackendWarning(UserWarning):
    """A derivative that runs in Python though Numba was asked for, by `backend="auto"`."""


class InternalError(SctError, AssertionError):
    """A broken promise inside sct_ad: our bug, to be reported with the text shown."""
