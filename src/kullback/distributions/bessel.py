"""Logarithms of modified Bessel functions, without overflow."""

import math
from functools import reduce
from typing import Final

import numpy as np

from kullback.distributions.arithmetic import Array, exp, log, namespace, select
from kullback.distributions.gamma import lgamma
from kullback.kernels.backend import to_numpy

__all__ = ["LARGE", "SERIES", "log_i0e", "log_ive"]

#: From here on the asymptotic series below serves.
LARGE: Final = 30.0
#: Π (2j − 1)²/(8j): I₀(x)e^−x √(2πx) = 1 + 1/(8x) + 9/(128x²) + … (Abramowitz & Stegun 1964, 9.7.1).
SERIES: Final = tuple(math.prod((2 * j - 1) ** 2 / (8 * j) for j in range(1, k + 1)) for k in range(16))
#: cos θ − 1 on 64 angles: the trapezoidal rule for a periodic function is exact to rounding below LARGE.
_COSINES: Final = tuple((-2 * np.sin(np.pi * np.arange(64) / 64) ** 2).tolist())


def log_i0e(x: Array) -> Array:
    """log(I₀(x) e^−x) for x ≥ 0, to about 1e-15 absolutely."""
    large = x >= LARGE
    small, big = select(large, 0.0, x), select(large, x, LARGE)
    mean = sum(exp(small * c) for c in _COSINES) / len(_COSINES)
    series = reduce(lambda a, c: a / big + c, reversed(SERIES))
    return select(large, log(series) - 0.5 * log(2 * math.pi * big), log(mean))


def log_ive(order: Array, x: Array) -> Array:
    """log(I_n(x) e^−x) for whole n ≥ 0 and x > 0, by its power series: all terms are positive.

    The series has as many terms as the largest x asks for, which must be a known value (not a traced one).
    """
    largest = float(np.max(np.asarray(to_numpy(x), dtype=float)))
    xp = namespace(x)
    half = log(0.5 * x)
    count = int(0.5 * largest + 8 * largest**0.5) + 24
    terms = [(2 * k + order) * half - lgamma(order + (k + 1.0)) - lgamma(k + 1.0) - x for k in range(count)]
    stacked = xp.stack(xp.broadcast_arrays(*terms), axis=-1)
    top = xp.max(stacked, axis=-1, keepdims=True)
    return xp.squeeze(top, axis=-1) + log(xp.sum(xp.exp(stacked - top), axis=-1))
