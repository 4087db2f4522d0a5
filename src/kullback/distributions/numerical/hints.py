"""Where to look first: points at which densities peak, or about as far from a peak as it is wide."""

import math
from typing import Any

import numpy as np

from kullback.distributions.families.combined import Affine, Mixture
from kullback.distributions.numerical.elements import component
from kullback.distributions.record import Distribution

__all__ = ["hints"]


def hints(record: Distribution) -> list[float]:
    """Landmarks, the mean and a standard deviation to either side, and the ends of a mixture's components."""
    if isinstance(record, Mixture):
        parts = [component(record, k) for k, weight in enumerate(record.weights) if weight > 0]
        found = [x for one in parts for x in (*hints(one), *_ends(one))]
    elif isinstance(record, Affine):
        found = [float(record.loc) + float(record.scale) * x for x in hints(record.base)]
    else:
        found = [float(x) for mark in record.landmarks() for x in np.ravel(mark)]
        found += _by_moments(record)
    return [x for x in found if math.isfinite(x)]


def _by_moments(record: Distribution) -> list[float]:
    mean, variance = record.mean(), record.variance()
    if mean is None:
        return []
    width = 0.0 if variance is None else math.sqrt(abs(float(variance)))
    around = [float(mean) + k * width for k in (-1.0, 0.0, 1.0)]
    # what falls on an end but for rounding is no landmark
    return [x for x in around if all(abs(x - end) > 1e-6 * width for end in _ends(record))]


def _ends(record: Distribution) -> tuple[float, float]:
    support: Any = record.support
    return float(support.lower), float(support.upper)
