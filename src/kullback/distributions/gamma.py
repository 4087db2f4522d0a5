"""The gamma function's logarithm, its derivative, and their Bregman gaps, for arrays of any framework.

The frameworks' own polygamma functions differ in accuracy (one trigamma is right to 1e-10 only), so all of it
stands here once: a shift of the argument by ten, and Stirling's series beyond (Abramowitz & Stegun 1964,
6.1.41). Differentiation goes through these sums and keeps their accuracy. Arguments are positive.

The gap B(y; x) = lnΓ(y) − lnΓ(x) − ψ(x)(y − x) ≥ 0 needs no subtraction at all. lnΓ(x) is lnΓ(x + 10) minus
ten logarithms, and the gap of −log is u − log1p(u) with u = (y − x)/x; Stirling's series is z log z − z,
whose gap is y log(y/x) − y + x, minus half a logarithm, plus powers z⁻ᵐ, whose gap is a polynomial with
positive terms.
"""

import math
from functools import reduce
from typing import Final

import numpy as np

from kullback.distributions.arithmetic import (
    Array,
    constants,
    is_number,
    log,
    log1p,
    log1pmx,
    namespace,
    select,
    sum_event,
)

__all__ = ["bregman_lgamma", "bregman_lgamma_excess", "digamma", "lgamma", "lgamma_increment", "trigamma"]

_SHIFT: Final = 10
#: B₂ₖ / (2k(2k−1)), the coefficients of z^(1−2k) in lnΓ; at z ≥ 10 the first one left out is below 1e-16.
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_STEPS: Final = tuple(float(k) for k in range(1, _SHIFT))
_DIGAMMA_2: Final = 1 - float(np.euler_gamma)
_LARGE: Final = 2.0 * _SHIFT
_HALF_LOG_2PI: Final = 0.5 * math.log(2 * math.pi)


def lgamma(x: Array) -> Array:
    """lnΓ(x) for x > 0, to about 4e-16 absolutely (relatively where it is above 1)."""
    if is_number(x):
        return math.lgamma(x)
    large = x >= _SHIFT
    small, z = select(large, 2.0, x), select(large, x, _LARGE)
    stirling = (z - 0.5) * log(z) - z + _HALF_LOG_2PI + _tail(z)
    # from lnΓ(2) = 0 and ψ(2) = 1 − γ, by a gap that is a sum of non-negative terms
    return select(large, stirling, (small - 2) * _DIGAMMA_2 + bregman_lgamma(small, 2.0 + 0.0 * small))


def digamma(x: Array) -> Array:
    """ψ(x) = d lnΓ(x)/dx for x > 0, to about 2e-15 absolutely."""
    if is_number(x):
        return float(digamma(np.float64(x)))
    large = x >= _SHIFT
    small = select(large, 1.0, x)
    z = select(large, x, small + _SHIFT)
    steps = 1 / small + sum_event(1 / (small[..., None] + constants(_STEPS, small)))
    return log(z) + _digamma_rest(z) - select(large, 0.0, steps)


def _digamma_rest(z: Array) -> Array:
    """ψ(z) − log z for z ≥ 10."""
    w = 1 / (z * z)
    terms = [-(2 * k + 1) * c for k, c in enumerate(_STIRLING)]
    return w * reduce(lambda a, c: a * w + c, reversed(terms)) - 0.5 / z


def trigamma(x: Array) -> Array:
    """ψ′(x) for x > 0, to about 1e-15 relatively: the variance of the logarithm of a gamma variable."""
    if is_number(x):
        return float(trigamma(np.float64(x)))
    z = x + _SHIFT
    w = 1 / (z * z)
    terms = [(2 * k + 1) * (2 * k + 2) * c for k, c in enumerate(_STIRLING)]
    tail = reduce(lambda a, c: a * w + c, reversed(terms))
    steps = 1 / (x * x) + sum_event(1 / (x[..., None] + constants(_STEPS, x)) ** 2)
    return steps + (1 / z + 0.5 * w + w / z * tail)


def lgamma_increment(x: Array, r: Array) -> Array:
    """lnΓ(x + r) − lnΓ(x), which keeps its relative accuracy where r is small; x > 0 and x + r > 0."""
    return r * digamma(x) + bregman_lgamma(x + r, x, r)


def bregman_lgamma(y: Array, x: Array, gap: Array | None = None) -> Array:
    """lnΓ(y) − lnΓ(x) − ψ(x)(y − x) ≥ 0 for x, y > 0: only non-negative terms are added.

    `gap` is y − x where the caller knows it better than the difference does.
    """
    xp = namespace(y, x)
    y, x, d = xp.broadcast_arrays(y, x, y - x if gap is None else gap)
    gaps = log1pmx(d[..., None] / (x[..., None] + constants(_STEPS, x)))
    return -sum_event(gaps) + _log_gap(y, x, d) + _bregman_stirling(y + _SHIFT, x + _SHIFT, d)


def bregman_lgamma_excess(y: Array, x: Array, gap: Array | None = None) -> Array:
    """B(y; x) − (y log(y/x) − y + x) ≥ 0: the gap of h(x) = lnΓ(x) − x log x + x.

    `gap` is y − x where the caller knows it better.
    """
    d = y - x if gap is None else gap
    near = (d <= 4 * x) & (d >= -0.8 * x)
    large = near & (y >= _SHIFT) & (x >= _SHIFT)
    small = near & ~large
    a, b, e = select(large, y, _LARGE), select(large, x, _LARGE), select(large, d, 0.0)
    value = _bregman_tail(a, b, e) - 0.5 * log1pmx(e / b)  # y log y is never formed
    a, b, e = select(small, y, 1.0), select(small, x, 1.0), select(small, d, 0.0)
    value = select(small, bregman_lgamma(a, b, e) - b * _entropy_gap(e / b), value)
    a, b, e = select(near, 1.0, y), select(near, 1.0, x), select(near, 0.0, d)
    return select(near, value, _excess(a) - _excess(b) - e * _excess_slope(b))


def _log_gap(y: Array, x: Array, d: Array) -> Array:
    """U − log(1 + u) ≥ 0 for u = d/x, the gap of −log; 1 + u is y/x."""
    near = d >= -0.5 * x
    u = d / x
    far = u - (log(select(near, 1.0, y)) - log(select(near, 1.0, x)))
    return select(near, -log1pmx(select(near, u, 0.0)), far)


def _excess(x: Array) -> Array:
    """h(x) = lnΓ(x) − x log x + x."""
    large = x >= _SHIFT
    z, a = select(large, x, _LARGE), select(large, 1.0, x)
    return select(large, _HALF_LOG_2PI - 0.5 * log(z) + _tail(z), lgamma(a) - a * log(a) + a)


def _excess_slope(x: Array) -> Array:
    """h′(x) = ψ(x) − log x < 0."""
    large = x >= _SHIFT
    z, a = select(large, x, _LARGE), select(large, 1.0, x)
    return select(large, _digamma_rest(z), digamma(a) - log(a))


def _entropy_gap(u: Array) -> Array:
    """(1 + u) log(1 + u) − u ≥ 0."""
    small = namespace(u).abs(u) <= 1
    near, far = select(small, u, 0.0), select(small, 0.0, u)
    return select(small, near * near + (1 + near) * log1pmx(near), (1 + far) * log1p(far) - far)


def _tail(z: Array) -> Array:
    """Σ B₂ₖ/(2k(2k−1)) z^(1−2k)."""
    w = 1 / (z * z)
    return reduce(lambda a, c: a * w + c, reversed(_STIRLING)) / z


def _bregman_stirling(y: Array, x: Array, d: Array) -> Array:
    u = d / x
    return x * _entropy_gap(u) - 0.5 * log1pmx(u) + _bregman_tail(y, x, d)


def _bregman_tail(y: Array, x: Array, d: Array) -> Array:
    """The gap of Stirling's series. With w = x/y, x^m·gap(z^−m) = (1−w)²/w · Σ_{j<m} (m−j) wʲ."""
    w = x / y
    square_over_w = (d / y) * (d / x)
    total = 0.0 * d
    for k in reversed(range(len(_STIRLING))):
        m = 2 * k + 1
        powers = reduce(lambda a, c: a * w + c, [float(m - j) for j in reversed(range(m))])
        total = total / (x * x) + _STIRLING[k] * powers
    return square_over_w * total / x
