"""A density without a family: anything that can say its logarithm at a point."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.distributions.arithmetic import Array
from kullback.distributions.record import Distribution
from kullback.distributions.supports import Integers, Interval

__all__ = ["Density"]


@dataclass(frozen=True, eq=False)
class Density(Distribution):
    """A density on an interval, or a mass function on integers, given by a function for its logarithm.

    Parameters
    ----------
    log_density
        ``(n,) -> (n,)``: NumPy arrays of float64 in and out; −inf where there is no mass.
    on
        `Interval` or `Integers`: where it can put mass.
    points
        Where it peaks, has a kink or a jump, and some distance to either side of a peak that tells its
        width: numerical methods look there first.
    """

    log_density: Callable[[Any], Any]
    on: Interval | Integers
    points: tuple[float, ...] = ()

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """(): a single density."""
        return ()

    @property
    def xp(self) -> Any:
        """NumPy's namespace."""
        return np

    @property
    def support(self) -> Interval | Integers:
        """Where it can put mass."""
        return self.on

    def log_prob(self, x: Array) -> Array:
        """What `log_density` says."""
        return self.log_density(x)

    def landmarks(self) -> tuple[Array, ...]:
        """The points."""
        return self.points
