"""Test data of rules: a module for each module of rules, with `TOPIC`, the name below `sct_ad.rules`, and `CASES`.

`CASES` has for each function the calls at which its rule is checked: `{np.fft.fft: [Call(numbers(4)), ...]}`.
"""

import importlib
import pkgutil

from tests.rules.array_cases import TOPICS

MODULES = [importlib.import_module(module.name) for module in pkgutil.iter_modules(__path__, f"{__name__}.")]
for _topic in MODULES:
    TOPICS[_topic.TOPIC] = _topic.CASES
