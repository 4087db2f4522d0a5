"""Families on the circle, as angles."""

from dataclasses import dataclass
from math import log as ln
from math import pi

from kullback.distributions.arithmetic import Array, log, log1p, namespace
from kullback.distributions.bessel import log_i0e
from kullback.distributions.record import NON_NEGATIVE, REAL, Distribution, Rule, parameter
from kullback.distributions.supports import Interval

__all__ = ["VonMises", "WrappedCauchy"]


@dataclass(frozen=True, eq=False)
class VonMises(Distribution):
    """VonMises(loc, concentration κ): density ∝ e^(κ cos(x − loc)) on an interval of length 2π."""

    loc: Array = parameter(REAL)
    concentration: Array = parameter(NON_NEGATIVE)

    @property
    def support(self) -> Interval:
        """The angles from −π to π."""
        return Interval(-pi, pi)

    def log_prob(self, x: Array) -> Array:
        """κ (cos(x − μ) − 1) − log 2π I₀(κ)e^−κ, for any angle x."""
        half = namespace(x).sin(0.5 * (x - self.loc))
        return -2 * self.concentration * half * half - ln(2 * pi) - log_i0e(self.concentration)

    def landmarks(self) -> tuple[Array, ...]:
        """The angle of the peak, and about one standard deviation to either side."""
        return _around(self.loc, 1 / (1 + self.concentration) ** 0.5)


@dataclass(frozen=True, eq=False)
class WrappedCauchy(Distribution):
    """WrappedCauchy(loc, concentration ρ): a Cauchy variable modulo 2π, of mean length ρ < 1."""

    loc: Array = parameter(REAL)
    concentration: Array = parameter(Rule("at least 0 and below 1", lambda x: (x >= 0) & (x < 1)))

    @property
    def support(self) -> Interval:
        """The angles from −π to π."""
        return Interval(-pi, pi)

    def log_prob(self, x: Array) -> Array:
        """log(1 − ρ²) − log 2π − log((1 − ρ)² + 4ρ sin²((x − μ)/2)), for any angle x."""
        rho = self.concentration
        half = namespace(x).sin(0.5 * (x - self.loc))
        return log1p(-rho * rho) - ln(2 * pi) - log((1 - rho) * (1 - rho) + 4 * rho * half * half)

    def landmarks(self) -> tuple[Array, ...]:
        """The angle of the peak, and half of its width to either side."""
        return _around(self.loc, 1 - self.concentration)


def _around(angle: Array, width: Array) -> tuple[Array, ...]:
    """Three angles between −π and π: one, and two that are a width away from it."""
    angles = (angle - width, angle, angle + width)
    return tuple(x - 2 * pi * namespace(x).round(x / (2 * pi)) for x in angles)
