"""Densities where a point alone says too little: close to an end, and far from the origin.

A number close to 1 cannot tell its distance from 1 to better than 1e-16, and a beta density may have a tenth
of its mass there. So densities are asked at an anchor plus an offset, and both of a pair are moved to the
origin.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from kullback.distributions import features as f
from kullback.distributions.families.bounded import Uniform, UnitInterval
from kullback.distributions.families.combined import Affine
from kullback.distributions.families.gamma_power import Gumbel, Moyal
from kullback.distributions.families.positive import GeneralizedPareto
from kullback.distributions.families.real_line import GeneralizedExtremeValue, LocationScale
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.record import Distribution

__all__ = ["centered", "expansion_of", "is_exact_beside", "log_prob_beside"]

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
    if isinstance(record, (GeneralizedExtremeValue, GeneralizedPareto)) and anchor == _curved_end(record):
        return True
    return anchor == 0 or (anchor == 1 and isinstance(record, UnitInterval))


def log_prob_beside(record: Distribution, anchor: Floats, offset: Floats) -> Floats:
    """Log density at anchor + offset."""
    if isinstance(record, (GeneralizedExtremeValue, GeneralizedPareto)):
        return _curved(record, anchor, offset)
    value = _log_prob(record, anchor + offset)
    if not isinstance(record, UnitInterval):
        return value
    near_one = (anchor == 1) & (offset < 0) & (offset > -0.5)
    if np.any(near_one):
        value = np.array(np.broadcast_to(value, near_one.shape))
        value[near_one] = _near_one(record, -offset[near_one])
    return value


@lru_cache(maxsize=8)
def expansion_of(record: Distribution) -> f.Expansion | None:
    """The record's expansion, if it has one; kept, because its constants are dear, and are wanted often."""
    return None if type(record).expansion is Distribution.expansion else record.expansion()


def _log_prob(record: Distribution, x: Floats) -> Floats:
    expansion = expansion_of(record)
    if expansion is None or type(record).log_prob is not Distribution.log_prob:
        return np.asarray(record.log_prob(x), dtype=float)
    support: Any = record.support
    inside = support.contains(x)
    value: Floats = np.where(inside, expansion(np.where(inside, x, support.point())), -np.inf)
    return value


def _curved(record: GeneralizedExtremeValue | GeneralizedPareto, anchor: Floats, offset: Floats) -> Floats:
    """Log density of the two families whose end is where 1 + ξz = 0, which the distance from it tells."""
    end = _curved_end(record)
    value: Floats = np.asarray(record.log_prob(anchor + offset), dtype=float)
    at_end = (anchor == end) & (record.support.contains(anchor + offset))
    if np.any(at_end):
        xi = float(record.concentration)
        y = np.log(np.abs(offset[at_end]) * (abs(xi) / float(record.scale))) / xi
        bulk = np.exp(-y) if isinstance(record, GeneralizedExtremeValue) else 0.0
        value = np.array(np.broadcast_to(value, at_end.shape))
        value[at_end] = -np.log(float(record.scale)) - (1 + xi) * y - bulk
    return value


def _curved_end(record: GeneralizedExtremeValue | GeneralizedPareto) -> float:
    """The end of the support where the density is a power of the distance; NaN for none."""
    xi, support = float(record.concentration), record.support
    if xi == 0 or (xi > 0 and isinstance(record, GeneralizedPareto)):
        return float("nan")
    return float(support.upper if xi < 0 else support.lower)


def _near_one(record: UnitInterval, d: Floats) -> Floats:
    """Log density at 1 − d, from its features."""
    expansion: Any = expansion_of(record)
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
