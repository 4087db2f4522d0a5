"""The frameworks that the public functions are tested in, each as a way to make its arrays."""

from collections.abc import Callable
from typing import Any

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)

MAKERS: dict[str, Callable[[Any], Any]] = {
    "numpy": np.asarray,
    "torch": lambda x: torch.tensor(np.asarray(x)),
    "jax": jnp.asarray,
    "strict": lambda x: array_api_strict.asarray(np.asarray(x)),
}


def numbers(x: Any) -> np.ndarray[Any, Any]:
    """Any framework's array, in NumPy."""
    if isinstance(x, torch.Tensor):
        x = x.detach()
        x = x.float() if x.dtype == torch.bfloat16 else x
    return np.asarray(x)
