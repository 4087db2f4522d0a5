"""The density ∝ e^(κ cos θ)·sin^m θ of an angle 0 ≤ θ ≤ π: its normaliser, mean cosine and divergence.

m = 0 is von Mises' distribution on the circle, m = n − 2 that of the angle to the mean direction on the
sphere of n-vectors; the normaliser is a modified Bessel function. All are integrals of an entire function,
for which a Gauss-Legendre rule converges geometrically once the interval is cut where e^(κ(cos θ − 1)) has
vanished.
"""

import math
from typing import Final

import numpy as np

from kullback.distributions.arithmetic import (
    Array,
    beside,
    constants,
    exp,
    expm1mx,
    log,
    log1p,
    namespace,
    select,
    square,
    sum_event,
)
from kullback.distributions.gamma import lgamma
from kullback.kernels.backend import to_numpy

__all__ = ["between_angles", "log_i0e", "log_ive", "log_mean_tilt", "mean_cosine_gap"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_HALVES: Final = tuple((0.25 + 0.25 * _NODES).tolist())
_PARTS: Final = tuple((0.5 * _WEIGHTS).tolist())
#: Beyond this many half-widths e^(−2κ sin²(θ/2)) is below 1e-17.
_WIDTHS: Final = 14.0


def _angles(kappa: Array, m: int) -> tuple[Array, Array]:
    """Cos θ − 1 and weight·sin^m θ of a rule for concentrations from κ to 4κ: both ``(..., n)``."""
    xp = namespace(kappa)
    reach = (_WIDTHS + 2 * math.sqrt(m)) / xp.sqrt(select(kappa > 1, kappa, 1.0))
    end = select(reach < math.pi, reach, math.pi)[..., None]
    half = constants(_HALVES, kappa) * end
    sine = 2 * xp.sin(half) * xp.cos(half)
    return -2 * square(xp.sin(half)), constants(_PARTS, kappa) * end * sine**m


def _log_integral(kappa: Array, m: int) -> Array:
    """Log ∫ e^(κ(cos θ − 1)) sin^m θ dθ."""
    drop, weights = _angles(kappa, m)
    return log(sum_event(weights * exp(kappa[..., None] * drop)))


def log_i0e(kappa: Array) -> Array:
    """log(I₀(κ) e^−κ) for κ ≥ 0, to about 1e-15 absolutely."""
    return _log_integral(kappa, 0) - math.log(math.pi)


def log_mean_tilt(kappa: Array, m: int) -> Array:
    """Log E e^(κ cos θ) under the density ∝ sin^m θ; for κ ≪ 1 it is about κ²/(2(m + 2))."""
    return between_angles(0.0 * kappa, kappa, m)


def mean_cosine_gap(kappa: Array, m: int) -> Array:
    """1 − E cos θ ≥ 0 under the density ∝ e^(κ cos θ) sin^m θ."""
    drop, weights = _angles(kappa, m)
    weights = weights * exp(kappa[..., None] * drop)
    return sum_event(-drop * weights) / sum_event(weights)


def between_angles(kappa: Array, other: Array, m: int) -> Array:
    """D(p ‖ q) = log E_p e^(Δ(cos θ − E_p cos θ)) between two such densities, Δ = κq − κp.

    Where the two are near, it is log(1 + E_p g(Δ(cos θ − E_p cos θ))) with g(y) = e^y − 1 − y ≥ 0, in which
    nothing cancels.
    """
    like = 0.0 * kappa + 0.0 * other
    a, b = beside(like, kappa + like, other + like)
    near = ((b < 4 * a) & (a < 4 * b)) | ((a < 16) & (b < 16))
    p, q = select(near, a, 0.0), select(near, b, 0.0)
    drop, weights = _angles(select(p < q, p, q), m)
    weights = weights * exp(p[..., None] * drop)
    total = sum_event(weights)
    mean = sum_event(drop * weights) / total
    spread = sum_event(weights * expm1mx((q - p)[..., None] * (drop - mean[..., None]))) / total
    a, b = select(near, 1.0, a), select(near, 1.0, b)
    far = _log_integral(b, m) - _log_integral(a, m) + (b - a) * mean_cosine_gap(a, m)
    return select(near, log1p(spread), far)


def log_ive(order: Array, x: Array) -> Array:
    """log(I_n(x) e^−x) for whole n ≥ 0 and x > 0, by its power series: all terms are positive.

    The series has as many terms as the largest x asks for, which must be a known value (not a traced one).
    """
    largest = float(np.max(np.asarray(to_numpy(x), dtype=float)))
    xp = namespace(x)
    half = log(0.5 * x)
    count = int(0.5 * largest + 8 * largest**0.5) + 24
    terms = [
        (2 * k + order) * half - lgamma(order + (k + 1.0)) - lgamma(0.0 * half + (k + 1.0)) - x
        for k in range(count)
    ]
    stacked = xp.stack(xp.broadcast_arrays(*terms), axis=-1)
    top = xp.max(stacked, axis=-1, keepdims=True)
    return xp.squeeze(top, axis=-1) + log(xp.sum(xp.exp(stacked - top), axis=-1))
