"""Riemann's zeta function above 1, by Euler and Maclaurin (Edwards 1974, sec. 6.4)."""

from functools import reduce
from math import log as ln
from typing import Final

from kullback.distributions.arithmetic import Array, exp, log

__all__ = ["log_zeta", "log_zeta_slope", "zeta"]

_N: Final = 12
#: B₂ⱼ/(2j)!
_BERNOULLI: Final = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
)


def zeta(s: Array) -> Array:
    """ζ(s) for s > 1, to about 4e-16 relatively."""
    head = sum(exp(-s * ln(k)) for k in reversed(range(1, _N)))
    power = exp(-s * ln(_N))
    rising, tail = s / _N, 0.0 * s
    for j, coefficient in enumerate(_BERNOULLI):
        tail = tail + coefficient * rising
        rising = reduce(lambda a, i: a * ((s + i) / _N), (2 * j + 1, 2 * j + 2), rising)
    return head + power * (_N / (s - 1) + 0.5 + tail)


def log_zeta(s: Array) -> Array:
    """Log ζ(s) for s > 1."""
    return log(zeta(s))


def log_zeta_slope(s: Array) -> Array:
    """ζ′(s)/ζ(s) for s > 1."""
    head = sum(-ln(k) * exp(-s * ln(k)) for k in reversed(range(2, _N)))
    power = exp(-s * ln(_N))
    rising, slope = s / _N, 1.0 / _N + 0.0 * s  # s(s + 1)…(s + 2j)/N^(2j + 1), and its derivative
    tail, tail_slope = 0.0 * s, 0.0 * s
    for j, coefficient in enumerate(_BERNOULLI):
        tail, tail_slope = tail + coefficient * rising, tail_slope + coefficient * slope
        for i in (2 * j + 1, 2 * j + 2):
            rising, slope = rising * ((s + i) / _N), slope * ((s + i) / _N) + rising / _N
    inner = _N / (s - 1) + 0.5 + tail
    inner_slope = -_N / ((s - 1) * (s - 1)) + tail_slope
    return (head + power * (inner_slope - ln(_N) * inner)) / zeta(s)
