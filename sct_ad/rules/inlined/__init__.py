"""Classes in plain Python that stand for classes of NumPy and SciPy where these are made in a function.

They are compiled as a user's class is, and never run. What they do not have is refused as a missing attribute.
"""


def refused(what: str, hint: str) -> None:
    """Where a call of this is inlined, it is the error that `what` cannot be differentiated; it is never run."""
