"""The compiled core: the quantities of `portable` for NumPy's float64 and float32, in one pass.

It is optional. Without a compiler at build time `available` is False, `reason` says why, and
`kullback.kernels.numpy` serves with the same formulas in NumPy.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["available", "core", "fast", "reason"]

core: ModuleType | None
available: bool
reason: str

try:  # by name, because `from ... import` would blame a circular import for a file that isn't there
    core = import_module("kullback.kernels.native._core")
except ImportError as error:
    core = None
    available = False
    reason = (
        f"the compiled core was not built, or does not load here ({error}); the same formulas run in NumPy. "
        "To build it, install a C++17 compiler (g++ or clang++) and reinstall kullback from source."
    )
else:
    available = True
    reason = ""


def _nothing_is_fast(
    p: object, q: object, threads: int = 1, /
) -> NDArray[Any] | np.float64 | np.float32 | None:
    return None


#: D(p ‖ q) of valid rows in simple arrays, checked in the same pass; None for all else: Python finds out why.
fast = _nothing_is_fast if core is None else core.fast
