"""Exceptions of emitted text that no handler of the user's should catch."""


class TangentFailure(BaseException):
    """An exception of a tangent, its cause, raised in a try block whose handler is for those of the primal."""
