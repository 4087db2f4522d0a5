"""The exponential tilt e^(ηx) of the uniform density on the unit interval: its normaliser and moments.

Near η = 0 the closed forms cancel, and a Gauss-Legendre rule is exact to rounding; beyond, the closed forms
are.
"""

from typing import Final

import numpy as np

from kullback.distributions.arithmetic import (
    Array,
    constants,
    exp,
    expm1,
    log,
    log1p,
    namespace,
    select,
    square,
    sum_event,
)

__all__ = ["log_mean_exp", "mean_under_tilt", "tilted_rule", "variance_under_tilt"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: Nodes less ½ on the unit interval, and weights.
NODES: Final = tuple((0.5 * _NODES).tolist())
WEIGHTS: Final = tuple((0.5 * _WEIGHTS).tolist())
_NEAR: Final = 10.0


def log_mean_exp(eta: Array) -> Array:
    """Log ∫₀¹ e^(ηx) dx = log((e^η − 1)/η), 0 at η = 0."""
    near, small, large = _split(eta)
    _, weights = tilted_rule(small)
    center = log(sum_event(weights)) + 0.5 * small
    size = namespace(eta).abs(large)
    return select(near, center, log1p(-exp(-size)) - log(size) + select(large > 0, large, 0.0))


def mean_under_tilt(eta: Array) -> Array:
    """The mean of x under the density ∝ e^(ηx): 1/(1 − e^−η) − 1/η."""
    near, small, large = _split(eta)
    nodes, weights = tilted_rule(small)
    center = 0.5 + sum_event(nodes * weights) / sum_event(weights)
    return select(near, center, -1 / expm1(-large) - 1 / large)


def variance_under_tilt(eta: Array) -> Array:
    """The variance of x under the density ∝ e^(ηx): 1/η² − 1/(4 sinh²(η/2))."""
    near, small, large = _split(eta)
    nodes, weights = tilted_rule(small)
    total = sum_event(weights)
    mean = sum_event(nodes * weights) / total
    center = sum_event(square(nodes - mean[..., None]) * weights) / total
    size = namespace(eta).abs(large)
    return select(near, center, 1 / square(large) - exp(-size) / square(expm1(-size)))


def tilted_rule(eta: Array) -> tuple[Array, Array]:
    """The rule's nodes less ½, and its weights times e^(η(x − ½)): ``(n,), (..., n)``."""
    nodes = constants(NODES, eta)
    return nodes, constants(WEIGHTS, eta) * exp(eta[..., None] * nodes)


def _split(eta: Array) -> tuple[Array, Array, Array]:
    """Whether η is near 0, and an argument for each of the two branches that is harmless in the other."""
    near = namespace(eta).abs(eta) <= _NEAR
    return near, select(near, eta, 0.0), select(near, _NEAR, eta)
