"""Powers of gamma variables, X = scale·G^(1/power) with G ~ Gamma(concentration, 1), and their logarithms.

Many named families are of this kind (Stacy 1962, eq. 1; a negative power gives the inverse families). Each
says which member it is, and has its density, moments and divergences from that.
"""

from dataclasses import dataclass
from functools import reduce
from math import inf, sqrt
from math import lgamma as ln_gamma
from math import log as ln
from typing import ClassVar

from kullback.distributions.arithmetic import Array, beside, exp, expm1, is_number, log, log_ratio, select
from kullback.distributions.features import Expansion, Feature, Linear, Log, Power, Tilt
from kullback.distributions.gamma import bregman_lgamma, digamma, lgamma, lgamma_increment, trigamma
from kullback.distributions.record import POSITIVE, REAL, Distribution, Rule, parameter
from kullback.distributions.supports import Interval

__all__ = [
    "Chi",
    "ChiSquared",
    "Erlang",
    "ExpGamma",
    "ExpInverseGamma",
    "Exponential",
    "Frechet",
    "Gamma",
    "GammaPower",
    "GeneralizedGamma",
    "Gumbel",
    "HalfNormal",
    "InverseGamma",
    "Levy",
    "LogGammaPower",
    "Maxwell",
    "Member",
    "Moyal",
    "Nakagami",
    "Product",
    "Rayleigh",
    "Weibull",
]


@dataclass(frozen=True, eq=False)
class Product:
    """A number other than 0 as constant·Π valueᵏ, so that the ratio of two of them rounds neither."""

    factors: tuple[tuple[Array, float], ...] = ()
    constant: float = 1.0

    def value(self) -> Array:
        """The product itself."""
        return reduce(lambda a, f: a * (f[0] if f[1] == 1 else f[0] ** f[1]), self.factors, self.constant)

    def log_size(self) -> Array:
        """log|constant·Π valueᵏ|."""
        return sum((k * log(abs(a)) for a, k in self.factors), ln(abs(self.constant)))

    def log_ratio(self, other: "Product") -> Array:
        """log|self/other|: factor by factor where the two are made alike, which keeps small differences."""
        if [k for _, k in self.factors] != [k for _, k in other.factors]:
            return self.log_size() - other.log_size()
        alike = abs(self.constant) == abs(other.constant)
        pairs = zip(self.factors, other.factors, strict=True)
        return sum(
            (k * log_ratio(abs(a), abs(b)) for (a, k), (b, _) in pairs),
            0.0 if alike else ln(abs(self.constant / other.constant)),
        )


@dataclass(frozen=True, eq=False)
class Member:
    """Which member of the kind: the concentration, the power, and the scale.

    The logarithm of the scale is that of `scale` plus Σ weight·value over `shift`; only the logarithms of
    such variables have a shift. A concentration that a family fixes is a plain number.
    """

    concentration: Array
    power: Product
    scale: Product = Product()
    shift: tuple[tuple[Array, float], ...] = ()

    def values(self) -> tuple[Array, Array, Array]:
        """The concentration, the power and the logarithm of the scale."""
        location = sum((w * v for v, w in self.shift), self.scale.log_size())
        return self.concentration, self.power.value(), location


@dataclass(frozen=True, eq=False)
class GammaPower(Distribution):
    """X > 0 with (X/scale)^power ~ Gamma(concentration, 1)."""

    features: ClassVar[tuple[type[Feature], ...] | None] = (Log, Power)

    def member(self) -> Member:
        """Which power of which gamma variable this is."""
        raise NotImplementedError

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(0.0, inf)

    def expansion(self) -> Expansion:
        """log|c| − lnΓ(k) − log s + (kc − 1) log(x/s) − (x/s)^c."""
        member = self.member()
        k, c, log_s = member.values()
        s = member.scale.value()
        constant = member.power.log_size() - lgamma(k) - log_s
        return Expansion(constant, ((k * c - 1, Log(s)), (-1.0, Power(c, s))))

    def mean(self) -> Array:
        """s·Γ(k + 1/c)/Γ(k); infinite where k + 1/c ≤ 0."""
        k, c, log_s = self.member().values()
        return exp(log_s) * gamma_moment(k, 1 / c)

    def variance(self) -> Array:
        """s²·(Γ(k + 2/c)/Γ(k) − (Γ(k + 1/c)/Γ(k))²), by the second difference of lnΓ."""
        k, c, log_s = self.member().values()
        k, d = beside(log_s, k, 1 / c)
        exists = k + 2 * d > 0
        a, d = select(exists, k, 1.0), select(exists, d, 1.0)
        first = exp(log_s + lgamma_increment(a, d))
        middle = a + d
        curvature = bregman_lgamma(middle + d, middle, d) + bregman_lgamma(a, middle, -d)
        return select(exists, first * first * expm1(curvature), inf)

    def landmarks(self) -> tuple[Array, ...]:
        """Where the logarithm of X is at its mean, and one standard deviation to either side."""
        k, c, log_s = self.member().values()
        k, c = beside(log_s, k, c)
        return tuple(exp(log_s + (digamma(k) + n * trigamma(k) ** 0.5) / c) for n in (-1, 0, 1))


def gamma_moment(k: Array, r: Array) -> Array:
    """E Gʳ = Γ(k + r)/Γ(k) for G ~ Gamma(k, 1); infinite where k + r ≤ 0."""
    if is_number(k) and is_number(r):
        return exp(ln_gamma(k + r) - ln_gamma(k)) if k + r > 0 else inf
    k, r = beside(k + r, k, r)
    exists = k + r > 0
    a, b = select(exists, k, 1.0), select(exists, r, 1.0)
    return select(exists, exp(lgamma_increment(a, b)), inf)


@dataclass(frozen=True, eq=False)
class Gamma(GammaPower):
    """Gamma(concentration, rate): density ∝ x^(concentration − 1)·e^(−rate·x)."""

    concentration: Array = parameter(POSITIVE)
    rate: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """X·rate is a gamma variable."""
        return Member(self.concentration, Product(), Product(((self.rate, -1.0),)))

    def mean(self) -> Array:
        """Concentration / rate."""
        return self.concentration / self.rate

    def variance(self) -> Array:
        """Concentration / rate²."""
        return self.concentration / self.rate / self.rate


@dataclass(frozen=True, eq=False)
class Erlang(Gamma):
    """Erlang: a gamma distribution, the time of the k-th event of a Poisson process."""

    concentration: Array = parameter(Rule("a positive whole number", lambda x: (x >= 1) & (x % 1 == 0)))
    rate: Array = parameter(POSITIVE)


@dataclass(frozen=True, eq=False)
class Exponential(GammaPower):
    """Exponential(rate): density rate·e^(−rate·x)."""

    rate: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """Gamma with concentration 1."""
        return Member(1.0, Product(), Product(((self.rate, -1.0),)))


@dataclass(frozen=True, eq=False)
class ChiSquared(GammaPower):
    """χ²(df): the sum of df squared standard normals."""

    df: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """Gamma with concentration df/2 and scale 2."""
        return Member(0.5 * self.df, Product(), Product((), 2.0))


@dataclass(frozen=True, eq=False)
class Chi(GammaPower):
    """χ(df): the length of a standard normal vector of df entries."""

    df: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """The square is χ²(df)."""
        return Member(0.5 * self.df, Product((), 2.0), Product((), sqrt(2.0)))


@dataclass(frozen=True, eq=False)
class HalfNormal(GammaPower):
    """|N(0, scale²)|."""

    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """The square is scale²·χ²(1)."""
        return Member(0.5, Product((), 2.0), Product(((self.scale, 1.0),), sqrt(2.0)))


@dataclass(frozen=True, eq=False)
class Rayleigh(GammaPower):
    """The length of a vector of two independent N(0, scale²)."""

    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """The square is scale²·χ²(2)."""
        return Member(1.0, Product((), 2.0), Product(((self.scale, 1.0),), sqrt(2.0)))


@dataclass(frozen=True, eq=False)
class Maxwell(GammaPower):
    """The length of a vector of three independent N(0, scale²)."""

    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """The square is scale²·χ²(3)."""
        return Member(1.5, Product((), 2.0), Product(((self.scale, 1.0),), sqrt(2.0)))


@dataclass(frozen=True, eq=False)
class Nakagami(GammaPower):
    """Nakagami(concentration m, spread Ω): X² ~ Gamma(m, rate m/Ω)."""

    concentration: Array = parameter(POSITIVE)
    spread: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """The square is a gamma variable with mean Ω."""
        return Member(
            self.concentration, Product((), 2.0), Product(((self.spread, 0.5), (self.concentration, -0.5)))
        )


@dataclass(frozen=True, eq=False)
class Weibull(GammaPower):
    """Weibull(scale, concentration): P(X > x) = exp(−(x/scale)^concentration)."""

    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """(X/scale)^concentration is a standard exponential."""
        return Member(1.0, Product(((self.concentration, 1.0),)), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class Frechet(GammaPower):
    """Fréchet(scale, concentration): P(X ≤ x) = exp(−(x/scale)^−concentration)."""

    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """1/X is Weibull."""
        return Member(1.0, Product(((self.concentration, 1.0),), -1.0), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class InverseGamma(GammaPower):
    """1/X ~ Gamma(concentration, rate)."""

    concentration: Array = parameter(POSITIVE)
    rate: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """rate/X is a gamma variable."""
        return Member(self.concentration, Product((), -1.0), Product(((self.rate, 1.0),)))


@dataclass(frozen=True, eq=False)
class Levy(GammaPower):
    """Lévy(scale): the time at which a Brownian motion first reaches √scale."""

    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """Inverse gamma with concentration 1/2."""
        return Member(0.5, Product((), -1.0), Product(((self.scale, 1.0),), 0.5))


@dataclass(frozen=True, eq=False)
class GeneralizedGamma(GammaPower):
    """(X/scale)^power ~ Gamma(concentration, 1); the power may be negative (Stacy 1962)."""

    scale: Array = parameter(POSITIVE)
    concentration: Array = parameter(POSITIVE)
    power: Array = parameter(Rule("finite and not 0", lambda x: (abs(x) < inf) & (x != 0)))

    def member(self) -> Member:
        """The general member."""
        return Member(self.concentration, Product(((self.power, 1.0),)), Product(((self.scale, 1.0),)))


@dataclass(frozen=True, eq=False)
class LogGammaPower(Distribution):
    """Real X with exp(c·(X − m)) ~ Gamma(k, 1): the logarithm of a `GammaPower`, whose log scale is m."""

    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear, Tilt)

    def member(self) -> Member:
        """Which power of which gamma variable exp(X) is."""
        raise NotImplementedError

    @property
    def support(self) -> Interval:
        """All real numbers."""
        return Interval()

    def expansion(self) -> Expansion:
        """log|c| − lnΓ(k) + kc(x − m) − exp(c(x − m))."""
        member = self.member()
        k, c, m = member.values()
        return Expansion(member.power.log_size() - lgamma(k), ((k * c, Linear(m)), (-1.0, Tilt(c, m))))

    def mean(self) -> Array:
        """M + ψ(k)/c."""
        k, c, m = self.member().values()
        return m + digamma(k) / c

    def variance(self) -> Array:
        """ψ′(k)/c²."""
        k, c, _ = self.member().values()
        return trigamma(k) / (c * c)


@dataclass(frozen=True, eq=False)
class Gumbel(LogGammaPower):
    """Gumbel(loc, scale), of largest values: P(X ≤ x) = exp(−exp(−(x − loc)/scale))."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """exp(−(X − loc)/scale) is a standard exponential."""
        return Member(1.0, Product(((self.scale, -1.0),), -1.0), shift=((self.loc, 1.0),))


@dataclass(frozen=True, eq=False)
class Moyal(LogGammaPower):
    """Moyal(loc, scale): exp(−(X − loc)/scale) ~ χ²(1)."""

    loc: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """Half of a χ²(1) variable is a gamma variable with concentration 1/2."""
        return Member(
            0.5, Product(((self.scale, -1.0),), -1.0), shift=((self.loc, 1.0), (self.scale, -ln(2.0)))
        )


@dataclass(frozen=True, eq=False)
class ExpGamma(LogGammaPower):
    """The logarithm of a Gamma(concentration, rate) variable."""

    concentration: Array = parameter(POSITIVE)
    rate: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """rate·exp(X) is a gamma variable."""
        return Member(self.concentration, Product(), Product(((self.rate, -1.0),)))


@dataclass(frozen=True, eq=False)
class ExpInverseGamma(LogGammaPower):
    """The logarithm of an InverseGamma(concentration, rate) variable."""

    concentration: Array = parameter(POSITIVE)
    rate: Array = parameter(POSITIVE)

    def member(self) -> Member:
        """rate·exp(−X) is a gamma variable."""
        return Member(self.concentration, Product((), -1.0), Product(((self.rate, 1.0),)))
