"""The rule of a `custom_jvp` inside of a derivative that is differentiated again, as in JAX.

The first derivative is that of the tangent, the second one that of the statements of the rule: `primal_of(x)` then is
`x` with all that it depends on, `tangent_of(x)` is zero, and `with_tangent(value, tangent)` changes as the value does.
"""

from __future__ import annotations

from sct_ad.rules.marks import (
    moving_primal,
    no_tangent,
    primal_of,
    tangent_of,
    with_checked_tangent,
    with_moving_value,
    with_tangent,
)
from sct_ad.specialise.namespace import Namespace
from sct_ad.syntax import nodes
from sct_ad.syntax.nodes import Block

_INSTEAD = (
    (primal_of, moving_primal),
    (tangent_of, no_tangent),
    (with_tangent, with_moving_value),
    (with_checked_tangent, with_moving_value),
)


def with_moving_rules(body: Block, namespace: Namespace) -> Block:
    """The emitted body, in which the statements of rules are statements like any other."""
    renamed: dict[str, str] = {}
    for first, second in _INSTEAD:
        for name in [name for name, value in namespace.objects.items() if value is first]:
            renamed[name] = namespace.denote(second, second.__name__).id
    return nodes.substitute(body, renamed) if renamed else body
