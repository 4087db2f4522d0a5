"""The error function for arrays of any framework: torch and JAX have one, NumPy has none.

It is an even series near 0 and a continued fraction beyond, both of arithmetic alone, so that all frameworks
agree and are differentiable.
"""

import math
from functools import reduce
from typing import Final

from kullback.distributions.arithmetic import Array, exp, namespace, select

__all__ = ["erf"]

_NEAR: Final = 2.5
#: erf x = (2x/√π) e^(−x²) Σ (2x²)ᵏ/(2k + 1)!!: all terms are positive (Abramowitz & Stegun 1964, 7.1.6).
_SERIES: Final = tuple(2.0**k / math.prod(range(1, 2 * k + 2, 2)) for k in range(60))
_FRACTION: Final = 60


def erf(x: Array) -> Array:
    """(2/√π) ∫₀ˣ e^(−t²) dt, to about 1e-15."""
    size = namespace(x).abs(x)
    near = size <= _NEAR
    a = select(near, x, 0.0)
    w = a * a
    series = (2 / math.sqrt(math.pi)) * a * exp(-w) * reduce(lambda s, c: s * w + c, reversed(_SERIES))
    b = select(near, _NEAR + 1, size)
    # erfc b = e^(−b²)/√π · 1/(b + (1/2)/(b + (2/2)/(b + …))) (7.1.14)
    fraction = reduce(lambda s, k: b + 0.5 * k / s, range(_FRACTION, 0, -1), b)
    tail = exp(-b * b) / (math.sqrt(math.pi) * fraction)
    return select(near, series, select(x > 0, 1 - tail, tail - 1))
