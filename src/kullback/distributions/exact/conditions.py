"""Conditions on parameters under which a closed form holds."""

import numpy as np

from kullback.distributions.arithmetic import Array
from kullback.distributions.registry import NotClosedError
from kullback.kernels.backend import gather, is_traced, to_numpy

__all__ = ["require_equal"]


def require_equal(a: Array, b: Array) -> None:
    """Go on only where two parameters are known to be equal, and no derivative in them is asked for.

    A form that holds at equality alone has the wrong slope in these parameters.

    Raises
    ------
    NotClosedError
        Otherwise: the next method answers.
    """
    backend, _ = gather(["a", "b"], [a, b])
    sloped = any(getattr(x, "requires_grad", False) for x in (a, b))
    if sloped or is_traced(backend, a, b) or not np.all(to_numpy(a) == to_numpy(b)):
        raise NotClosedError
