"""What emitted text puts on tapes."""

import ast


def recorded(text):
    """How many values go on tapes."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    given = [call.args[0] for call in calls if getattr(call.func, "attr", "") == "append"]
    return sum(len(value.elts) if isinstance(value, ast.Tuple) else 1 for value in given)
