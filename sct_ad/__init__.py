"""sct_ad: the derivative of a plain Python + NumPy function, as plain Python source."""

from sct_ad import first_checks  # noqa: F401  check="first"
from sct_ad.api import adjoint_source, grad, value_and_grad
from sct_ad.containers import register_container
from sct_ad.curvature import hvp
from sct_ad.elementwise import derivative
from sct_ad.errors import (
    ArgumentError,
    BackendWarning,
    CheckError,
    CheckWarning,
    InternalError,
    NoRuleError,
    RuleError,
    SctError,
    UnsupportedError,
)
from sct_ad.hessians import hessian
from sct_ad.implicit import custom_root, fixed_point
from sct_ad.jacobians import jacfwd, jacrev
from sct_ad.linearized import linearize
from sct_ad.modes import jacobian, value_and_jacobian
from sct_ad.objectives import objective
from sct_ad.odes import odeint
from sct_ad.pullbacks import vjp
from sct_ad.pushforward import jvp
from sct_ad.rules import registry as _registry
from sct_ad.rules.custom import custom_jvp, custom_vjp, stop_gradient, with_cotangent
from sct_ad.runtime.checkpointing import checkpoint, checkpointed

__version__ = "0.1.0"

_registry.LIBRARY += ["sct_ad.nested", "sct_ad.nested_blocks"]  # rules of calls of derivatives

__all__ = [
    "ArgumentError",
    "BackendWarning",
    "CheckError",
    "CheckWarning",
    "InternalError",
    "NoRuleError",
    "RuleError",
    "SctError",
    "UnsupportedError",
    "adjoint_source",
    "checkpoint",
    "checkpointed",
    "custom_jvp",
    "custom_root",
    "custom_vjp",
    "derivative",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "objective",
    "odeint",
    "register_container",
    "stop_gradient",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
    "with_cotangent",
]
