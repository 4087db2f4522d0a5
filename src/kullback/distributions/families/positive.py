"""Families on the positive numbers (or above a positive one) that are no powers of gamma variables."""

from dataclasses import dataclass
from math import inf, pi
from math import log as ln
from typing import ClassVar

from kullback.distributions.arithmetic import Array, beside, exp, expm1, log, log1p, select, square
from kullback.distributions.families.gamma_power import Product
from kullback.distributions.features import (
    Expansion,
    Feature,
    Linear,
    Log,
    Log1pLinear,
    Log1pPower,
    LogSquaredDeviation,
    Power,
)
from kullback.distributions.gamma import digamma, lgamma, lgamma_increment, trigamma
from kullback.distributions.record import POSITIVE, REAL, Distribution, Rule, parameter
from kullback.distributions.supports import Interval

__all__ = [
    "BetaPrime",
    "BetaPrimePower",
    "Burr",
    "FisherSnedecor",
    "GeneralizedPareto",
    "HalfCauchy",
    "InverseGaussian",
    "Lindley",
    "LogLogistic",
    "LogNormal",
    "LogUniform",
    "Lomax",
    "Pareto",
    "RatioMember",
]


@dataclass(frozen=True, eq=False)
class LogNormal(Distribution):
    """exp of a Normal(loc, scale) variable."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, LogSquaredDeviation)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(0.0, inf)

    def expansion(self) -> Expansion:
        """−log(σ√2π) − log x − (log x − μ)²/(2σ²)."""
        constant = -log(self.scale) - 0.5 * ln(2 * pi)
        precision = 1 / self.scale / self.scale
        return Expansion(constant, ((-1.0, Log()), (-0.5 * precision, LogSquaredDeviation(self.loc))))

    def mean(self) -> Array:
        """exp(μ + σ²/2)."""
        return exp(self.loc + 0.5 * square(self.scale))

    def variance(self) -> Array:
        """mean²·(exp σ² − 1)."""
        return square(self.mean()) * expm1(square(self.scale))

    def landmarks(self) -> tuple[Array, ...]:
        """The quartiles of one scale, and the median."""
        return exp(self.loc - self.scale), exp(self.loc), exp(self.loc + self.scale)


@dataclass(frozen=True, eq=False)
class Pareto(Distribution):
    """Pareto(scale, alpha): P(X > x) = (scale/x)^alpha for x ≥ scale."""

    scale: Array = parameter(POSITIVE)
    alpha: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log,)

    @property
    def support(self) -> Interval:
        """From the scale upwards."""
        return Interval(self.scale, inf)

    def expansion(self) -> Expansion:
        """Log α − log s − (α + 1) log(x/s)."""
        return Expansion(log(self.alpha) - log(self.scale), ((-self.alpha - 1, Log(self.scale)),))

    def mean(self) -> Array:
        """α·s/(α − 1); infinite for α ≤ 1."""
        exists = self.alpha > 1
        alpha = select(exists, self.alpha, 2.0)
        return select(exists, self.scale * (alpha / (alpha - 1)), inf)

    def variance(self) -> Array:
        """s²·α/((α − 1)²(α − 2)); infinite for α ≤ 2."""
        exists = self.alpha > 2
        alpha = select(exists, self.alpha, 3.0)
        return select(exists, square(self.scale / (alpha - 1)) * (alpha / (alpha - 2)), inf)


@dataclass(frozen=True, eq=False)
class LogUniform(Distribution):
    """log X is uniform between log low and log high (the reciprocal distribution)."""

    low: Array = parameter(POSITIVE)
    high: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log,)

    @property
    def support(self) -> Interval:
        """Between the two ends."""
        return Interval(self.low, self.high)

    def expansion(self) -> Expansion:
        """−log log(b/a) − log x."""
        return Expansion(-log(log(self.high / self.low)), ((-1.0, Log()),))

    def mean(self) -> Array:
        """(b − a)/log(b/a)."""
        return (self.high - self.low) / log(self.high / self.low)

    def variance(self) -> Array:
        """(b² − a²)/(2 log(b/a)) − mean²."""
        second = 0.5 * (self.high - self.low) * (self.high + self.low) / log(self.high / self.low)
        return second - square(self.mean())


@dataclass(frozen=True, eq=False)
class InverseGaussian(Distribution):
    """InverseGaussian(loc μ, concentration λ): when a drifting Brownian motion reaches a level."""

    loc: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, Linear, Power)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(0.0, inf)

    def expansion(self) -> Expansion:
        """½ log(λ/2π) + λ/μ − (3/2) log x − λx/(2μ²) − λ/(2x)."""
        ratio = self.concentration / self.loc
        constant = 0.5 * log(self.concentration) - 0.5 * ln(2 * pi) + ratio
        terms = (
            (-1.5, Log()),
            (-0.5 * ratio / self.loc, Linear()),
            (-0.5 * self.concentration, Power(-1.0)),
        )
        return Expansion(constant, terms)

    def mean(self) -> Array:
        """Loc."""
        return self.loc

    def variance(self) -> Array:
        """μ³/λ."""
        return self.loc * square(self.loc) / self.concentration


@dataclass(frozen=True, eq=False)
class Lindley(Distribution):
    """Lindley(rate θ): density θ²/(1 + θ)·(1 + x)·e^(−θx)."""

    rate: Array = parameter(POSITIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear, Log1pLinear)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(0.0, inf)

    def expansion(self) -> Expansion:
        """2 log θ − log(1 + θ) + log(1 + x) − θx."""
        constant = 2 * log(self.rate) - log1p(self.rate)
        return Expansion(constant, ((1.0, Log1pLinear(1.0 + 0.0 * self.rate)), (-self.rate, Linear())))

    def mean(self) -> Array:
        """(θ + 2)/(θ(θ + 1))."""
        return (self.rate + 2) / (self.rate * (self.rate + 1))

    def variance(self) -> Array:
        """(θ² + 4θ + 2)/(θ(θ + 1))²."""
        t = self.rate
        return (t * t + 4 * t + 2) / square(t * (t + 1))


@dataclass(frozen=True, eq=False)
class RatioMember:
    """Which scale·(G_a/G_b)^(1/power) a variable is; G_a and G_b are independent gamma variables."""

    a: Array
    b: Array
    power: Product
    scale: Product


@dataclass(frozen=True, eq=False)
class BetaPrimePower(Distribution):
    """X > 0 with (X/scale)^power = G_a/G_b, a ratio of gamma variables (McDonald 1984)."""

    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, Log1pPower)

    def member(self) -> RatioMember:
        """Which power of which ratio this is."""
        raise NotImplementedError

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(0.0, inf)

    def expansion(self) -> Expansion:
        """Log c − log s − lnB(a, b) + (ac − 1) log(x/s) − (a + b) log(1 + (x/s)^c)."""
        m = self.member()
        c, s = m.power.value(), m.scale.value()
        constant = lgamma(m.a + m.b) - lgamma(m.a) - lgamma(m.b) + m.power.log_size() - m.scale.log_size()
        return Expansion(constant, ((m.a * c - 1, Log(s)), (-m.a - m.b, Log1pPower(c, s))))

    def moment(self, exponent: Array, scale: Array = 1.0) -> Array:
        """E (X/scale)^exponent; infinite where it does not exist."""
        m = self.member()
        r = exponent / m.power.value()
        log_s = m.scale.log_size() - log(scale)
        return ratio_moment(m.a, m.b, r, exponent * log_s)

    def mean(self) -> Array:
        """s·Γ(a + 1/c)Γ(b − 1/c)/(Γ(a)Γ(b)); infinite where b ≤ 1/c."""
        return self.moment(1.0)

    def variance(self) -> Array:
        """E X² − (E X)², infinite where the second moment is."""
        second, first = self.moment(2.0), self.moment(1.0)
        return select(second < inf, second - square(select(second < inf, first, 0.0)), inf)

    def landmarks(self) -> tuple[Array, ...]:
        """Where the logarithm of X is at its mean, and one standard deviation to either side."""
        m = self.member()
        c, log_s = m.power.value(), m.scale.log_size()
        a, b = beside(0.0 * (m.a + m.b), m.a, m.b)
        spread = (trigamma(a) + trigamma(b)) ** 0.5
        return tuple(exp(log_s + (digamma(a) - digamma(b) + n * spread) / c) for n in (-1, 0, 1))


def ratio_moment(a: Array, b: Array, r: Array, shift: Array) -> Array:
    """e^shift·E (G_a/G_b)^r; infinite where a + r ≤ 0 or b − r ≤ 0."""
    like = 0.0 * (a + b + r + shift)
    a, b, r, shift = beside(like, a, b, r, shift)
    exists = (a + r > 0) & (b - r > 0)
    r = select(exists, r, 0.0)
    return select(exists, exp(shift + lgamma_increment(a, r) + lgamma_increment(b, -r)), inf)


def mean_log_ratio(a: Array, b: Array) -> Array:
    """E log(G_a/G_b) = ψ(a) − ψ(b)."""
    return digamma(a) - digamma(b)


@dataclass(frozen=True, eq=False)
class BetaPrime(BetaPrimePower):
    """The odds x/(1 − x) of a Beta(concentration1, concentration0) variable."""

    concentration1: Array = parameter(POSITIVE)
    concentration0: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """The plain ratio."""
        return RatioMember(self.concentration1, self.concentration0, Product(), Product())


@dataclass(frozen=True, eq=False)
class FisherSnedecor(BetaPrimePower):
    """F(df1, df2): the ratio of two χ² variables, each divided by its degrees of freedom."""

    df1: Array = parameter(POSITIVE)
    df2: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """A ratio with scale df2/df1."""
        scale = Product(((self.df2, 1.0), (self.df1, -1.0)))
        return RatioMember(0.5 * self.df1, 0.5 * self.df2, Product(), scale)


@dataclass(frozen=True, eq=False)
class Lomax(BetaPrimePower):
    """Lomax(scale, concentration): P(X > x) = (1 + x/scale)^−concentration (Pareto of the second kind)."""

    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """An exponential variable over a gamma variable."""
        one = 1.0 + 0.0 * self.concentration
        return RatioMember(one, self.concentration, Product(), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class LogLogistic(BetaPrimePower):
    """LogLogistic(scale, concentration): exp of a logistic variable (Fisk's distribution)."""

    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """A power of the ratio of two exponential variables."""
        one = 1.0 + 0.0 * self.concentration
        return RatioMember(one, one, Product(((self.concentration, 1.0),)), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class Burr(BetaPrimePower):
    """Burr(scale, concentration1 c, concentration0 k): P(X > x) = (1 + (x/scale)^c)^−k (Singh & Maddala)."""

    scale: Array = parameter(POSITIVE)
    concentration1: Array = parameter(POSITIVE)
    concentration0: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """A power of a Lomax variable."""
        one = 1.0 + 0.0 * self.concentration0
        power = Product(((self.concentration1, 1.0),))
        return RatioMember(one, self.concentration0, power, Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class HalfCauchy(BetaPrimePower):
    """|Cauchy(0, scale)|."""

    scale: Array = parameter(POSITIVE)

    def member(self) -> RatioMember:
        """The square is a ratio of two χ²(1) variables."""
        half = 0.5 + 0.0 * self.scale
        return RatioMember(half, half, Product((), 2.0), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class GeneralizedPareto(Distribution):
    """GPD(loc, scale, concentration ξ): P(X > x) = (1 + ξz)^(−1/ξ), z = (x − loc)/scale ≥ 0.

    ξ > 0 is a shifted Lomax, ξ = 0 a shifted exponential distribution; ξ < 0 ends at loc − scale/ξ.
    """

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(Rule("finite", lambda x: abs(x) < inf))

    @property
    def support(self) -> Interval:
        """From loc, to loc − scale/ξ where ξ < 0."""
        bounded = self.concentration < 0
        end = self.loc - self.scale / select(bounded, self.concentration, 1.0)
        return Interval(self.loc, select(bounded, end, inf))

    def log_prob(self, x: Array) -> Array:
        """−log σ − (1 + 1/ξ) log(1 + ξz), whose limit at ξ = 0 is −log σ − z."""
        with self._quiet():
            z = (x - self.loc) / self.scale
            inside = (z >= 0) & (1 + self.concentration * z > 0)
            z = select(inside, z, 0.0)
            curved = self.concentration != 0
            xi = select(curved, self.concentration, 1.0)
            y = select(curved, log1p(select(curved, xi * z, 0.0)) / xi, z)
            return select(inside, -log(self.scale) - (1 + self.concentration) * y, -inf)
