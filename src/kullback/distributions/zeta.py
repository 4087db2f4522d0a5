"""Riemann's zeta function above 1, by Euler and Maclaurin (Edwards 1974, sec. 6.4)."""

from functools import reduce
from math import log as ln
from typing import Final

import numpy as np

from kullback.distributions.arithmetic import Array, constants, exp, log1p, namespace, select, sum_event

__all__ = ["bregman_log_zeta", "log_zeta", "log_zeta_slope", "zeta"]

_N: Final = 12
_NODES, _WEIGHTS = (x.tolist() for x in np.polynomial.legendre.leggauss(20))
#: (t, weight·(1 − t)) on the unit interval
#: Nodes on the unit interval, and their weights times 1 − t.
_TIMES: Final = tuple(0.5 + 0.5 * t for t in _NODES)
_PARTS: Final = tuple(0.25 * w * (1 - t) for t, w in zip(_NODES, _WEIGHTS, strict=True))
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
    return 1 + _zeta_m1(s)


def _zeta_m1(s: Array) -> Array:
    """ζ(s) − 1, to the same relative accuracy for large s."""
    head = sum(exp(-s * ln(k)) for k in reversed(range(2, _N)))
    power = exp(-s * ln(_N))
    rising, tail = s / _N, 0.0 * s
    for j, coefficient in enumerate(_BERNOULLI):
        tail = tail + coefficient * rising
        rising = reduce(lambda a, i: a * ((s + i) / _N), (2 * j + 1, 2 * j + 2), rising)
    return head + power * (_N / (s - 1) + 0.5 + tail)


def log_zeta(s: Array) -> Array:
    """Log ζ(s) for s > 1."""
    return log1p(_zeta_m1(s))


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


def log_zeta_curvature(s: Array) -> Array:
    """(log ζ)″(s): the variance of log X for P(X = x) ∝ x^−s, as a sum of squares about the mean."""
    mean = -log_zeta_slope(s)
    head = sum((ln(k) - mean) * (ln(k) - mean) * exp(-s * ln(k)) for k in reversed(range(1, _N)))
    here = ln(_N) - mean
    scale = s - 1
    beyond = _N * (here * here + 2 * here / scale + 2 / (scale * scale)) / scale
    # with l = log x − mean, the derivative of x^−a (c₀ + c₁l + c₂l²) is
    # x^(−a − 1) ((c₁ − ac₀) + (2c₂ − ac₁)l − ac₂l²)
    c, a = (0.0 * s, 0.0 * s, 1.0 + 0.0 * s), s
    tail = 0.5 * here * here
    for coefficient in _BERNOULLI:
        c, a = _derived(c, a)
        tail = tail - coefficient * (c[0] + here * (c[1] + here * c[2]))
        c, a = _derived(c, a)
    return (head + exp(-s * ln(_N)) * (beyond + tail)) / zeta(s)


def _derived(c: tuple[Array, Array, Array], a: Array) -> tuple[tuple[Array, Array, Array], Array]:
    low, middle, high = c
    return ((middle - a * low) / _N, (2 * high - a * middle) / _N, -a * high / _N), a + 1


def bregman_log_zeta(y: Array, x: Array) -> Array:
    """Log ζ(y) − log ζ(x) − (log ζ)′(x)(y − x) ≥ 0 for x, y > 1: the integrated curvature."""
    d = y - x
    size = namespace(d).abs(d)
    near = (2 * size <= x - 1) & (2 * size <= y - 1)
    a, e = select(near, x, 2.0), select(near, d, 0.0)
    path = a[..., None] + constants(_TIMES, a) * e[..., None]
    close = e * e * sum_event(constants(_PARTS, a) * log_zeta_curvature(path))
    far = log_zeta(y) - log_zeta(x) - log_zeta_slope(x) * d
    return select(near, close, far)
