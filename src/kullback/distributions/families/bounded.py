"""Families on an interval: uniform, and those on the unit interval."""

from dataclasses import dataclass
from math import log as ln
from math import pi
from typing import ClassVar

from kullback.distributions.arithmetic import Array, exp, expm1, log, log1p, select, square
from kullback.distributions.features import (
    Expansion,
    Feature,
    Linear,
    Log,
    LogComplement,
    LogComplementPower,
    LogitSquaredDeviation,
)
from kullback.distributions.gamma import lgamma, lgamma_increment
from kullback.distributions.record import OPEN_UNIT, POSITIVE, REAL, Distribution, exactly_one, parameter
from kullback.distributions.supports import Interval
from kullback.distributions.tilts import log_mean_exp, mean_under_tilt, variance_under_tilt

__all__ = ["Beta", "ContinuousBernoulli", "Kumaraswamy", "LogitNormal", "Uniform", "UnitInterval"]


@dataclass(frozen=True, eq=False)
class Uniform(Distribution):
    """Uniform(low, high)."""

    low: Array = parameter(REAL)
    high: Array = parameter(REAL)
    features: ClassVar[tuple[type[Feature], ...] | None] = ()

    @property
    def support(self) -> Interval:
        """Between the two ends."""
        return Interval(self.low, self.high)

    def expansion(self) -> Expansion:
        """−log(b − a)."""
        return Expansion(-log(self.high - self.low), ())

    def mean(self) -> Array:
        """The middle."""
        return 0.5 * self.low + 0.5 * self.high

    def variance(self) -> Array:
        """(b − a)²/12."""
        return square(self.high - self.low) / 12


@dataclass(frozen=True, eq=False)
class UnitInterval(Distribution):
    """X between 0 and 1."""

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Beta(UnitInterval):
    """Beta(concentration1 a, concentration0 b): density ∝ x^(a − 1)(1 − x)^(b − 1)."""

    concentration1: Array = parameter(POSITIVE)
    concentration0: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, LogComplement)

    def expansion(self) -> Expansion:
        """−lnB(a, b) + (a − 1) log x + (b − 1) log(1 − x)."""
        a, b = self.concentration1, self.concentration0
        constant = lgamma(a + b) - lgamma(a) - lgamma(b)
        return Expansion(constant, ((a - 1, Log()), (b - 1, LogComplement())))

    def mean(self) -> Array:
        """a/(a + b)."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    def variance(self) -> Array:
        """ab/((a + b)²(a + b + 1))."""
        a, b = self.concentration1, self.concentration0
        return (a / (a + b)) * (b / (a + b)) / (a + b + 1)


@dataclass(frozen=True, eq=False)
class Kumaraswamy(UnitInterval):
    """Kumaraswamy(concentration1 a, concentration0 b): P(X > x) = (1 − x^a)^b."""

    concentration1: Array = parameter(POSITIVE)
    concentration0: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, LogComplementPower)

    def expansion(self) -> Expansion:
        """Log a + log b + (a − 1) log x + (b − 1) log(1 − x^a)."""
        a, b = self.concentration1, self.concentration0
        return Expansion(log(a) + log(b), ((a - 1, Log()), (b - 1, LogComplementPower(a))))

    def moment(self, exponent: Array) -> Array:
        """E X^exponent = Γ(1 + e/a)Γ(1 + b)/Γ(1 + b + e/a); infinite where e ≤ −a."""
        r = exponent / self.concentration1
        b = self.concentration0 + 0.0 * r
        exists = r > -1
        r = select(exists, r, 0.0)
        one = 1.0 + 0.0 * b
        return select(exists, exp(lgamma_increment(one, r) - lgamma_increment(1 + b, r)), float("inf"))

    def mean(self) -> Array:
        """b·B(1 + 1/a, b)."""
        return self.moment(1.0)

    def variance(self) -> Array:
        """E X² − (E X)²."""
        return self.moment(2.0) - square(self.moment(1.0))

    def landmarks(self) -> tuple[Array, ...]:
        """The quartiles."""
        a, b = self.concentration1, self.concentration0
        return tuple(exp(log(-expm1(ln(k / 4) / b)) / a) for k in (3, 2, 1))


@dataclass(frozen=True, eq=False)
class ContinuousBernoulli(UnitInterval):
    """Density ∝ e^(ηx) on the unit interval, η = log(probs/(1 − probs)) (Loaiza-Ganem & Cunningham 2019)."""

    probs: Array = parameter(OPEN_UNIT, default=None)
    logits: Array = parameter(REAL, default=None)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear,)

    def __post_init__(self) -> None:
        exactly_one("ContinuousBernoulli", probs=self.probs, logits=self.logits)
        super().__post_init__()

    def eta(self) -> Array:
        """The natural parameter."""
        return log(self.probs) - log1p(-self.probs) if self.logits is None else self.logits

    def expansion(self) -> Expansion:
        """ηx − log((e^η − 1)/η)."""
        eta = self.eta()
        return Expansion(-log_mean_exp(eta), ((eta, Linear()),))

    def mean(self) -> Array:
        """1/(1 − e^−η) − 1/η, ½ at η = 0."""
        return mean_under_tilt(self.eta())

    def variance(self) -> Array:
        """1/η² − 1/(4 sinh²(η/2)), 1/12 at η = 0."""
        return variance_under_tilt(self.eta())


@dataclass(frozen=True, eq=False)
class LogitNormal(UnitInterval):
    """1/(1 + e^−Z) of a Normal(loc, scale) variable Z."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, LogComplement, LogitSquaredDeviation)

    def expansion(self) -> Expansion:
        """−log(σ√2π) − log x − log(1 − x) − (logit x − μ)²/(2σ²)."""
        precision = 1 / self.scale / self.scale
        terms = (
            (-1.0, Log()),
            (-1.0, LogComplement()),
            (-0.5 * precision, LogitSquaredDeviation(self.loc)),
        )
        return Expansion(-log(self.scale) - 0.5 * ln(2 * pi), terms)

    def landmarks(self) -> tuple[Array, ...]:
        """Where the normal variable is one scale from its mean, and at it."""
        return tuple(1 / (1 + exp(-(self.loc + k * self.scale))) for k in (-1.0, 0.0, 1.0))
