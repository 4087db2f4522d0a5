"""What an integral has beyond its last panel, from the slopes of the two log densities there."""

from math import exp, expm1, inf, isfinite, log
from typing import NamedTuple

import numpy as np

from kullback.distributions.numerical.rules import Floats
from kullback.kernels.portable import expm1mx

__all__ = ["Remainder", "remainder"]

#: Slopes come from differences of numbers in the hundreds: below this none can be told from zero.
_LEVEL = 1e-9
#: The logarithm of the greatest distance, which is in both log densities.
_DEEPEST = 700.0
#: e to this power is 0.
_NOTHING = -745.0


class Remainder(NamedTuple):
    """The divergence beyond, how far that may be off, and both masses."""

    value: float
    error: float
    p: float
    q: float


class _Edge(NamedTuple):
    """Logarithms of p and q per dτ at the edge, how fast they fall outwards, and the growth of log p/q."""

    log_p: float
    log_q: float
    fall_p: float
    fall_q: float
    #: d log(log p/q)/dτ where that is an exponential of τ; 0 where log p/q is linear, or negative.
    growth: float


def remainder(log_p: Floats, log_q: Floats, h: float, converges: bool) -> Remainder | None:
    """The integral of p log(p/q) − p + q beyond an edge, given logarithms per dτ there, and h, 2h, 3h before.

    Both densities are continued as exponentials of τ, which power laws are; log p/q as a linear function of
    τ, or as an exponential where it grows like one. The error is what it changes to take the slopes one
    step earlier. None if nothing can be told; an infinite value if the integral diverges, unless it is
    known that it `converges`.
    """
    a, b = [float(x) for x in log_p], [float(x) for x in log_q]
    if max(a[0], b[0]) < _NOTHING and a[0] <= a[1] and b[0] <= b[1] and (converges or a[0] == -inf):
        return Remainder(0.0, 0.0, 0.0, 0.0)
    edge, before = _edge(a, b, h), _edge(a[1:], b[1:], h)
    margin = edge.fall_p - edge.growth
    if not converges and edge.log_p > -inf:
        if edge.growth and margin < -_LEVEL:
            return Remainder(inf, 0.0, 0.0, 0.0)
        if margin <= _LEVEL:
            return None
    found = _continued(edge)
    earlier = _continued(before._replace(log_p=edge.log_p, log_q=edge.log_q))
    if found is None or earlier is None:
        return None
    value, p, q = found
    # where log p/q is small, it is the difference of two rounded numbers
    r = a[0] - b[0]
    rounding = 2.0**-52 * (abs(a[0]) + abs(b[0]) + 2 * _DEEPEST) if abs(r) < 1 else 0.0
    # what a slope changes within h it may change as often as h goes into the length of the tail
    length = max(1.0, 1 / (h * max(min(edge.fall_p, edge.fall_q), _LEVEL)))
    error = (
        4 * length * abs(value - earlier[0]) + 1e-9 * value + rounding * (rounding * p + abs(p - q) + value)
    )
    return Remainder(value, error, p, q)


def _edge(a: list[float], b: list[float], h: float) -> _Edge:
    falls = [(x[1] - x[0]) / h if x[0] > -inf else inf for x in (a, b)]
    return _Edge(a[0], b[0], falls[0], falls[1], _growth([x - y for x, y in zip(a, b, strict=True)], h))


def _growth(r: list[float], h: float) -> float:
    """The rate of log p/q, if it looks like an exponential of τ at three points (outermost first)."""
    if not (isfinite(r[0]) and r[0] > r[1] > 0):
        return 0.0
    ratio = log(r[0] / r[1])
    if not r[1] > r[2] or log((r[0] - r[1]) / (r[1] - r[2])) < 0.5 * ratio:
        return 0.0
    return ratio / h if ratio > 1e-6 else 0.0


def _continued(edge: _Edge) -> tuple[float, float, float] | None:
    """The divergence and both masses beyond the edge."""
    p, q = exp(min(edge.log_p, 700.0)), exp(min(edge.log_q, 700.0))
    if (p > 0 and edge.fall_p <= _LEVEL) or (q > 0 and edge.fall_q <= _LEVEL):
        return None
    mass_p = p / edge.fall_p if p > 0 else 0.0
    mass_q = q / edge.fall_q if q > 0 else 0.0
    if p == 0:
        return mass_q, mass_p, mass_q
    r = edge.log_p - edge.log_q
    if edge.growth:
        margin = edge.fall_p - edge.growth
        value = p * r / margin - mass_p + mass_q if margin > _LEVEL else inf
        return (max(value, 0.0), mass_p, mass_q) if isfinite(value) else None
    # p is mass_p·e^(−s) of a standard exponential s, and log p/q is r + drift·s: all of it in closed form
    drift = edge.fall_q / edge.fall_p - 1 if q > 0 else (edge.fall_q - edge.fall_p) / edge.fall_p
    value = mass_p * (r + drift - 1) + mass_q
    if abs(r) < 1 and q > 0:  # the same without cancellation
        value = mass_p * (_expm1mx(-r) + drift * (drift - expm1(-r)) / (1 + drift))
    return max(value, 0.0), mass_p, mass_q


def _expm1mx(x: float) -> float:
    """eˣ − 1 − x ≥ 0."""
    return float(expm1mx(np, np.float64(x)))
