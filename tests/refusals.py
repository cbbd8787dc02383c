"""What looks like ordinary Python and is refused: calls of `grad`, with the line that the error must point at."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from sct_ad import grad
from sct_ad.errors import SctError, UnsupportedError
