from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

isa: str
log_ratio: np.ufunc
kl_terms: np.ufunc
kl_divergence: np.ufunc
kl_divergence_and_grad: np.ufunc
kl_divergence_from_logits: np.ufunc
kl_divergence_from_logits_and_grad: np.ufunc

def fast(p: object, q: object, threads: int = 1, /) -> NDArray[Any] | np.float64 | np.float32 | None: ...
def unchecked(p: object, q: object, threads: int = 1, /) -> NDArray[Any] | np.float64 | np.float32 | None: ...
def unchecked_logits(
    a: object, b: object, threads: int = 1, /
) -> NDArray[Any] | np.float64 | np.float32 | None: ...
def isa_levels() -> tuple[str, ...]: ...
def variant(isa: str, /) -> ModuleType: ...
def sum_tolerance(dtype: str, n: int, /) -> float: ...
