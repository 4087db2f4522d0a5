"""Families on the whole real line, by location and scale."""

from dataclasses import dataclass
from math import inf, nan, pi
from math import log as ln
from typing import Any, ClassVar

from kullback.distributions.arithmetic import Array, exp, log, log1p, namespace, select, square
from kullback.distributions.features import (
    AbsoluteDeviation,
    Expansion,
    Feature,
    Linear,
    Log1pSquare,
    Softplus,
    SquaredDeviation,
)
from kullback.distributions.gamma import lgamma
from kullback.distributions.record import POSITIVE, REAL, Distribution, Rule, parameter
from kullback.distributions.supports import Interval

__all__ = [
    "Cauchy",
    "GeneralizedExtremeValue",
    "Laplace",
    "LocationScale",
    "Logistic",
    "Normal",
    "StudentT",
]


@dataclass(frozen=True, eq=False)
class LocationScale(Distribution):
    """Real X, of which (X − loc)/scale has a fixed distribution."""

    @property
    def support(self) -> Interval:
        """All real numbers."""
        return Interval()

    def landmarks(self) -> tuple[Array, ...]:
        """The location, and one scale to either side."""
        here: Any = self
        return here.loc - here.scale, here.loc, here.loc + here.scale


@dataclass(frozen=True, eq=False)
class Normal(LocationScale):
    """Normal(loc, scale): mean loc, standard deviation scale."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (SquaredDeviation,)

    def expansion(self) -> Expansion:
        """−log(σ√2π) − (x − μ)²/(2σ²)."""
        precision = 1 / self.scale / self.scale
        return Expansion(
            -log(self.scale) - 0.5 * ln(2 * pi), ((-0.5 * precision, SquaredDeviation(self.loc)),)
        )

    def mean(self) -> Array:
        """Loc."""
        return self.loc

    def variance(self) -> Array:
        """scale²."""
        return square(self.scale)


@dataclass(frozen=True, eq=False)
class Laplace(LocationScale):
    """Laplace(loc, scale): density e^(−|x − loc|/scale) / (2 scale)."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (AbsoluteDeviation,)

    def expansion(self) -> Expansion:
        """−log 2b − |x − μ|/b."""
        return Expansion(-log(self.scale) - ln(2.0), ((-1 / self.scale, AbsoluteDeviation(self.loc)),))

    def mean(self) -> Array:
        """Loc."""
        return self.loc

    def variance(self) -> Array:
        """2·scale²."""
        return 2 * square(self.scale)


@dataclass(frozen=True, eq=False)
class Logistic(LocationScale):
    """Logistic(loc, scale): P(X ≤ x) = 1/(1 + e^(−(x − loc)/scale))."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear, Softplus)

    def expansion(self) -> Expansion:
        """−log s − z − 2 log(1 + e^−z), z = (x − μ)/s."""
        terms = ((-1 / self.scale, Linear(self.loc)), (-2.0, Softplus(self.loc, -self.scale)))
        return Expansion(-log(self.scale), terms)

    def mean(self) -> Array:
        """Loc."""
        return self.loc

    def variance(self) -> Array:
        """π²·scale²/3."""
        return (pi * pi / 3) * square(self.scale)


@dataclass(frozen=True, eq=False)
class Cauchy(LocationScale):
    """Cauchy(loc, scale): density scale / (π (scale² + (x − loc)²))."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log1pSquare,)

    def expansion(self) -> Expansion:
        """−log πγ − log(1 + ((x − μ)/γ)²)."""
        return Expansion(-log(self.scale) - ln(pi), ((-1.0, Log1pSquare(self.loc, self.scale)),))

    def mean(self) -> Array:
        """NaN: a Cauchy variable has no mean."""
        return self.loc * nan

    def variance(self) -> Array:
        """Infinite."""
        return self.scale * inf


@dataclass(frozen=True, eq=False)
class StudentT(LocationScale):
    """StudentT(df, loc, scale): density ∝ (1 + ((x − loc)/scale)²/df)^(−(df + 1)/2)."""

    df: Array = parameter(POSITIVE)
    loc: Array = parameter(REAL, default=0.0)
    scale: Array = parameter(POSITIVE, default=1.0)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log1pSquare,)

    def expansion(self) -> Expansion:
        """lnΓ((ν+1)/2) − lnΓ(ν/2) − ½ log νπ − log s − ½(ν+1) log(1 + z²/ν)."""
        half = 0.5 * self.df
        width = namespace(self.df).sqrt(self.df) * self.scale
        constant = lgamma(half + 0.5) - lgamma(half) - 0.5 * ln(pi) - log(width)
        return Expansion(constant, ((-half - 0.5, Log1pSquare(self.loc, width)),))

    def mean(self) -> Array:
        """loc; NaN for df ≤ 1, where there is no mean."""
        return select(self.df > 1, self.loc, nan)

    def variance(self) -> Array:
        """scale²·df/(df − 2); infinite for df ≤ 2."""
        exists = self.df > 2
        return select(exists, square(self.scale) * (self.df / (select(exists, self.df, 3.0) - 2)), inf)


@dataclass(frozen=True, eq=False)
class GeneralizedExtremeValue(LocationScale):
    """GEV(loc, scale, concentration ξ): P(X ≤ x) = exp(−(1 + ξz)^(−1/ξ)), z = (x − loc)/scale.

    ξ > 0 is a shifted Fréchet, ξ < 0 a shifted reversed Weibull distribution, and ξ = 0 Gumbel.
    """

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(Rule("finite", lambda x: abs(x) < inf))

    @property
    def support(self) -> Interval:
        """Above loc − scale/ξ for ξ > 0, below it for ξ < 0, everything for ξ = 0."""
        curved = self.concentration != 0
        end = self.loc - self.scale / select(curved, self.concentration, 1.0)
        return Interval(
            select(self.concentration > 0, end, -inf + 0.0 * self.loc),
            select(self.concentration < 0, end, inf + 0.0 * self.loc),
        )

    def log_prob(self, x: Array) -> Array:
        """−log σ − (1 + 1/ξ) log(1 + ξz) − (1 + ξz)^(−1/ξ), whose limit at ξ = 0 is Gumbel's."""
        with self._quiet():
            z = (x - self.loc) / self.scale
            inside = 1 + self.concentration * z > 0
            z = select(inside, z, 0.0)
            curved = self.concentration != 0
            xi = select(curved, self.concentration, 1.0)
            y = select(curved, log1p(select(curved, xi * z, 0.0)) / xi, z)
            value = -log(self.scale) - (1 + self.concentration) * y - exp(-y)
            return select(inside, value, -inf)
