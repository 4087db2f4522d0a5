"""Densities where a point alone says too little: close to an end, and far from the origin.

A number close to 1 cannot tell its distance from 1 to better than 1e-16, and a beta density may have a tenth
of its mass there. So densities are asked at an anchor plus an offset, and both of a pair are moved to the
origin.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from kullback.distributions import features as f
from kullback.distributions.families.bounded import Uniform, UnitInterval
from kullback.distributions.families.combined import Affine
from kullback.distributions.families.gamma_power import Gumbel, Moyal
from kullback.distributions.families.positive import GeneralizedPareto
from kullback.distributions.families.real_line import LocationScale
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.record import Distribution

__all__ = ["centered", "is_exact_beside", "log_prob_beside"]

_MOVABLE = (LocationScale, Affine, Gumbel, Moyal, GeneralizedPareto)


def centered(p: Distribution, q: Distribution) -> tuple[Distribution, Distribution, float]:
    """Both moved by one distance, p's location to 0, if both can be; and the distance."""
    if not all(isinstance(x, (*_MOVABLE, Uniform)) for x in (p, q)):
        return p, q, 0.0
    distance = getattr(p, "low", None) if isinstance(p, Uniform) else getattr(p, "loc", None)
    return _moved(p, distance), _moved(q, distance), float(np.asarray(distance))


def _moved(record: Any, distance: Any) -> Any:
    if isinstance(record, Uniform):
        return Uniform.trusted(low=record.low - distance, high=record.high - distance)
    return replace(record, loc=record.loc - distance)


def is_exact_beside(record: Distribution, anchor: float) -> bool:
    """Whether the density at an anchor plus an offset keeps the digits of the offset."""
    return anchor == 0 or (anchor == 1 and isinstance(record, UnitInterval))


def log_prob_beside(record: Distribution, anchor: Floats, offset: Floats) -> Floats:
    """Log density at anchor + offset."""
    value: Floats = np.asarray(record.log_prob(anchor + offset), dtype=float)
    if not isinstance(record, UnitInterval):
        return value
    near_one = (anchor == 1) & (offset < 0) & (offset > -0.5)
    if np.any(near_one):
        value = np.array(np.broadcast_to(value, near_one.shape))
        value[near_one] = _near_one(record, -offset[near_one])
    return value


def _near_one(record: UnitInterval, d: Floats) -> Floats:
    """Log density at 1 − d, from its features."""
    expansion = record.expansion()
    total: Floats = np.zeros_like(d) + expansion.constant
    for coefficient, feature in expansion.terms:
        if coefficient != 0:
            total = total + coefficient * _feature_near_one(feature, d)
    return total


def _feature_near_one(feature: f.Feature, d: Floats) -> Any:
    match feature:
        case f.Log():
            return np.log1p(-d)
        case f.LogComplement():
            return np.log(d)
        case f.LogComplementPower(exponent):
            return np.log(-np.expm1(exponent * np.log1p(-d)))
        case f.LogitSquaredDeviation(center):
            return np.square(np.log1p(-d) - np.log(d) - center)
        case _:
            return feature(1 - d)
