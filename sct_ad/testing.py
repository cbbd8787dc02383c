"""What tests of derivatives need: checks of gradients and of derivative rules against finite differences."""

from __future__ import annotations

from sct_ad.checking.gradients import check_grads, numerical_gradient
from sct_ad.checking.rules import Call, Checked, check_rule, check_rules

__all__ = ["Call", "Checked", "check_grads", "check_rule", "check_rules", "numerical_gradient"]
