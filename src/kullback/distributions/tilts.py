"""The exponential tilt e^(ηx) of the uniform density on the unit interval: its normaliser and moments.

Near η = 0 the closed forms cancel, and a Gauss-Legendre rule is exact to rounding; beyond, the closed forms
are.
"""

from typing import Final

import numpy as np

from kullback.distributions.arithmetic import Array, exp, expm1, log, log1p, namespace, select, square

__all__ = ["log_mean_exp", "mean_under_tilt", "variance_under_tilt"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: (node − ½ on the unit interval, weight)
RULE: Final = tuple(zip((0.5 * _NODES).tolist(), (0.5 * _WEIGHTS).tolist(), strict=True))
_NEAR: Final = 10.0


def log_mean_exp(eta: Array) -> Array:
    """Log ∫₀¹ e^(ηx) dx = log((e^η − 1)/η), 0 at η = 0."""
    near, small, large = _split(eta)
    center = log(sum(w * exp(small * t) for t, w in RULE)) + 0.5 * small
    size = namespace(eta).abs(large)
    return select(near, center, log1p(-exp(-size)) - log(size) + select(large > 0, large, 0.0))


def mean_under_tilt(eta: Array) -> Array:
    """The mean of x under the density ∝ e^(ηx): 1/(1 − e^−η) − 1/η."""
    near, small, large = _split(eta)
    weights = [w * exp(small * t) for t, w in RULE]
    center = 0.5 + sum(t * e for (t, _), e in zip(RULE, weights, strict=True)) / sum(weights)
    return select(near, center, -1 / expm1(-large) - 1 / large)


def variance_under_tilt(eta: Array) -> Array:
    """The variance of x under the density ∝ e^(ηx): 1/η² − 1/(4 sinh²(η/2))."""
    near, small, large = _split(eta)
    weights = [w * exp(small * t) for t, w in RULE]
    total = sum(weights)
    mean = sum(t * e for (t, _), e in zip(RULE, weights, strict=True)) / total
    center = sum(square(t - mean) * e for (t, _), e in zip(RULE, weights, strict=True)) / total
    size = namespace(eta).abs(large)
    return select(near, center, 1 / square(large) - exp(-size) / square(expm1(-size)))


def _split(eta: Array) -> tuple[Array, Array, Array]:
    """Whether η is near 0, and an argument for each of the two branches that is harmless in the other."""
    near = namespace(eta).abs(eta) <= _NEAR
    return near, select(near, eta, 0.0), select(near, _NEAR, eta)
