"""Families on the integers and on finite sets of outcomes."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from kullback.distributions.arithmetic import Array, exp, log, log1p, namespace, select, square
from kullback.distributions.bessel import log_ive
from kullback.distributions.features import Expansion, Feature, Linear, Log, LogGammaShift
from kullback.distributions.gamma import lgamma
from kullback.distributions.record import (
    COUNT,
    NON_NEGATIVE,
    POSITIVE,
    PROBABILITY,
    REAL,
    WEIGHTS,
    Distribution,
    Rule,
    exactly_one,
    parameter,
)
from kullback.distributions.supports import Integers, Support, Whole
from kullback.distributions.zeta import log_zeta

__all__ = [
    "Bernoulli",
    "BetaBinomial",
    "Binomial",
    "Categorical",
    "DiscreteUniform",
    "Geometric",
    "Multinomial",
    "NegativeBinomial",
    "OneHotCategorical",
    "Poisson",
    "Skellam",
    "Zipf",
]

_POSITIVE_PROBABILITY = Rule("above 0 and at most 1", lambda x: (x > 0) & (x <= 1))
_BELOW_ONE = Rule("at least 0 and below 1", lambda x: (x >= 0) & (x < 1))


def xlogy(x: Array, y: Array) -> Array:
    """x·log y, 0 where x = 0."""
    present = x != 0
    return select(present, x * log(select(present, y, 1.0)), 0.0)


def log_binomial(n: Array, k: Array) -> Array:
    """Log of the binomial coefficient n over k."""
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)


@dataclass(frozen=True, eq=False)
class Count(Distribution):
    """X on the non-negative integers, or on some of them."""

    @property
    def support(self) -> Support:
        """0, 1, 2, ..."""
        return Integers(0.0, inf)

    def log_prob(self, x: Array) -> Array:
        """Log P(X = x), −inf outside the support."""
        support: Any = self.support
        with self._quiet():
            inside = support.contains(x)
            return select(inside, self.log_mass(select(inside, x, support.point())), -inf)

    def reach(self) -> Support:
        """The support, or a wider one whose ends do not depend on whether a probability is 0 or 1."""
        return self.support

    def log_mass(self, x: Array) -> Array:
        """Log P(X = x) on the support."""
        return self.expansion()(x)


@dataclass(frozen=True, eq=False)
class Bernoulli(Count):
    """Bernoulli(probs) or Bernoulli(logits=...): 1 with probability probs, else 0."""

    probs: Array = parameter(PROBABILITY, default=None)
    logits: Array = parameter(REAL, default=None)

    def __post_init__(self) -> None:
        exactly_one("Bernoulli", probs=self.probs, logits=self.logits)
        super().__post_init__()

    @property
    def support(self) -> Integers:
        """The outcomes that can happen: 0, 1, or both."""
        if self.probs is None:
            return Integers(0.0, 1.0)
        return Integers(
            select(self.probs == 1, 1.0, 0.0 * self.probs),
            select(self.probs == 0, 0.0, 1.0 + 0.0 * self.probs),
        )

    def reach(self) -> Integers:
        """0 and 1."""
        return Integers(0.0, 1.0)

    def log_mass(self, x: Array) -> Array:
        """X log p + (1 − x) log(1 − p)."""
        if self.probs is None:
            z = select(x == 1, -self.logits, 1.0 * self.logits)
            return -(log1p(exp(-namespace(z).abs(z))) + select(z > 0, z, 0.0))
        one = x == 1
        return select(one, log(select(one, self.probs, 1.0)), log1p(-select(one, 0.0, self.probs)))

    def mean(self) -> Array:
        """Probs."""
        return 1 / (1 + exp(-self.logits)) if self.probs is None else self.probs

    def variance(self) -> Array:
        """p(1 − p)."""
        p = self.mean()
        return p * (1 - p)


@dataclass(frozen=True, eq=False)
class Binomial(Count):
    """Binomial(total_count, probs): successes in total_count trials."""

    total_count: Array = parameter(COUNT)
    probs: Array = parameter(PROBABILITY)

    @property
    def support(self) -> Integers:
        """The outcomes that can happen: 0, …, n; only 0 or only n where the probability is 0 or 1."""
        n = self.total_count + 0.0 * self.probs
        return Integers(select(self.probs == 1, n, 0.0), select(self.probs == 0, 0.0, n))

    def reach(self) -> Integers:
        """0, ..., n."""
        return Integers(0.0, self.total_count)

    def log_mass(self, x: Array) -> Array:
        """Log (n over x) + x log p + (n − x) log(1 − p)."""
        n, p = self.total_count, self.probs
        fail = n - x
        present = fail != 0
        failures = select(present, fail * log1p(-select(present, p, 0.0)), 0.0)
        return log_binomial(n, x) + xlogy(x, p) + failures

    def mean(self) -> Array:
        """n·p."""
        return self.total_count * self.probs

    def variance(self) -> Array:
        """n·p(1 − p)."""
        return self.total_count * self.probs * (1 - self.probs)


@dataclass(frozen=True, eq=False)
class BetaBinomial(Count):
    """BetaBinomial(total_count, concentration1, concentration0): binomial with a Beta probability."""

    total_count: Array = parameter(COUNT)
    concentration1: Array = parameter(POSITIVE)
    concentration0: Array = parameter(POSITIVE)

    @property
    def support(self) -> Integers:
        """0, ..., n."""
        return Integers(0.0, self.total_count)

    def log_mass(self, x: Array) -> Array:
        """Log (n over x) + lnB(x + a, n − x + b) − lnB(a, b)."""
        n, a, b = self.total_count, self.concentration1, self.concentration0
        joint = lgamma(x + a) + lgamma(n - x + b) - lgamma(n + a + b)
        return log_binomial(n, x) + joint - (lgamma(a) + lgamma(b) - lgamma(a + b))

    def mean(self) -> Array:
        """n·a/(a + b)."""
        a, b = self.concentration1, self.concentration0
        return self.total_count * (a / (a + b))

    def variance(self) -> Array:
        """n·ab(a + b + n)/((a + b)²(a + b + 1))."""
        n, a, b = self.total_count, self.concentration1, self.concentration0
        return n * (a / (a + b)) * (b / (a + b)) * ((a + b + n) / (a + b + 1))


@dataclass(frozen=True, eq=False)
class DiscreteUniform(Count):
    """DiscreteUniform(low, high): each integer from low to high, both included."""

    low: Array = parameter(Rule("a whole number", lambda x: x % 1 == 0))
    high: Array = parameter(Rule("a whole number", lambda x: x % 1 == 0))

    @property
    def support(self) -> Integers:
        """low, ..., high."""
        return Integers(self.low, self.high)

    def log_mass(self, x: Array) -> Array:
        """−log(high − low + 1)."""
        return -log(self.high - self.low + 1) + 0.0 * x

    def mean(self) -> Array:
        """The middle."""
        return 0.5 * (self.low + self.high)

    def variance(self) -> Array:
        """(n² − 1)/12 for n integers."""
        n = self.high - self.low + 1
        return (square(n) - 1) / 12


@dataclass(frozen=True, eq=False)
class Geometric(Count):
    """Geometric(probs): failures before the first success, 0, 1, 2, ..."""

    probs: Array = parameter(_POSITIVE_PROBABILITY)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear,)

    @property
    def support(self) -> Integers:
        """All counts; 0 alone where success is certain."""
        return Integers(0.0, select(self.probs == 1, 0.0, inf))

    def expansion(self) -> Expansion:
        """Log p + x log(1 − p)."""
        return Expansion(log(self.probs), ((log1p(-self.probs), Linear()),))

    def log_mass(self, x: Array) -> Array:
        """Log p + x log(1 − p)."""
        present = x != 0
        return log(self.probs) + select(present, x * log1p(-select(present, self.probs, 0.0)), 0.0)

    def mean(self) -> Array:
        """(1 − p)/p."""
        return (1 - self.probs) / self.probs

    def variance(self) -> Array:
        """(1 − p)/p²."""
        return (1 - self.probs) / self.probs / self.probs


@dataclass(frozen=True, eq=False)
class NegativeBinomial(Count):
    """NegativeBinomial(total_count r, probs): mass ∝ Γ(x + r)/x!·probs^x, mean r·probs/(1 − probs)."""

    total_count: Array = parameter(POSITIVE)
    probs: Array = parameter(_BELOW_ONE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear, LogGammaShift)

    @property
    def support(self) -> Integers:
        """All counts; 0 alone for probs = 0."""
        return Integers(0.0, select(self.probs == 0, 0.0, inf))

    def expansion(self) -> Expansion:
        """R log(1 − p) − lnΓ(r) + lnΓ(x + r) − lnΓ(x + 1) + x log p."""
        r, p = self.total_count, self.probs
        constant = r * log1p(-p) - lgamma(r)
        terms = ((log(p), Linear()), (1.0, LogGammaShift(r)), (-1.0, LogGammaShift(1.0)))
        return Expansion(constant, terms)

    def log_mass(self, x: Array) -> Array:
        """R log(1 − p) − lnΓ(r) + lnΓ(x + r) − lnΓ(x + 1) + x log p."""
        r = self.total_count
        return lgamma(x + r) - lgamma(r) - lgamma(x + 1.0) + r * log1p(-self.probs) + xlogy(x, self.probs)

    def mean(self) -> Array:
        """r·p/(1 − p)."""
        return self.total_count * (self.probs / (1 - self.probs))

    def variance(self) -> Array:
        """r·p/(1 − p)²."""
        return self.mean() / (1 - self.probs)


@dataclass(frozen=True, eq=False)
class Poisson(Count):
    """Poisson(rate)."""

    rate: Array = parameter(NON_NEGATIVE)
    features: ClassVar[tuple[type[Feature], ...] | None] = (Linear, LogGammaShift)

    @property
    def support(self) -> Integers:
        """All counts; 0 alone for rate 0."""
        return Integers(0.0, select(self.rate == 0, 0.0, inf))

    def expansion(self) -> Expansion:
        """−λ + x log λ − lnΓ(x + 1)."""
        return Expansion(-self.rate, ((log(self.rate), Linear()), (-1.0, LogGammaShift(1.0))))

    def log_mass(self, x: Array) -> Array:
        """−λ + x log λ − lnΓ(x + 1)."""
        return xlogy(x, self.rate) - self.rate - lgamma(x + 1.0)

    def mean(self) -> Array:
        """Rate."""
        return self.rate

    def variance(self) -> Array:
        """Rate."""
        return self.rate


@dataclass(frozen=True, eq=False)
class Skellam(Count):
    """Skellam(rate1, rate2): the difference of two independent Poisson variables."""

    rate1: Array = parameter(POSITIVE)
    rate2: Array = parameter(POSITIVE)

    @property
    def support(self) -> Integers:
        """All integers."""
        return Integers(-inf, inf)

    def log_mass(self, x: Array) -> Array:
        """−(√λ₁ − √λ₂)² + (x/2) log(λ₁/λ₂) + log(I_|x|(2√λ₁λ₂) e^(−2√λ₁λ₂))."""
        xp = namespace(self.rate1)
        a, b = xp.sqrt(self.rate1), xp.sqrt(self.rate2)
        return -square(a - b) + x * (log(a) - log(b)) + log_ive(xp.abs(x), 2 * a * b)

    def mean(self) -> Array:
        """rate1 − rate2."""
        return self.rate1 - self.rate2

    def variance(self) -> Array:
        """rate1 + rate2."""
        return self.rate1 + self.rate2


@dataclass(frozen=True, eq=False)
class Zipf(Count):
    """Zipf(concentration s): P(X = x) ∝ x^−s for x = 1, 2, ..., s > 1 (the zeta distribution)."""

    concentration: Array = parameter(Rule("above 1 and finite", lambda x: (x > 1) & (x < inf)))
    features: ClassVar[tuple[type[Feature], ...] | None] = (Log,)

    @property
    def support(self) -> Integers:
        """1, 2, ..."""
        return Integers(1.0, inf)

    def expansion(self) -> Expansion:
        """−log ζ(s) − s log x."""
        return Expansion(-log_zeta(self.concentration), ((-self.concentration, Log()),))


@dataclass(frozen=True, eq=False)
class Categorical(Distribution):
    """Categorical(probs) or Categorical(logits=...): one of n outcomes, numbered from 0; ``(..., n)``.

    `probs` sum to one on the last axis up to rounding; `logits` are log-probabilities up to a constant, −inf
    masks.
    """

    probs: Array = parameter(NON_NEGATIVE, event=1, default=None)
    logits: Array = parameter(WEIGHTS, event=1, default=None)

    def __post_init__(self) -> None:
        exactly_one(type(self).__name__, probs=self.probs, logits=self.logits)
        super().__post_init__()

    @property
    def outcomes(self) -> int:
        """How many outcomes there are."""
        values = self.logits if self.probs is None else self.probs
        return int(values.shape[-1])

    @property
    def support(self) -> Support:
        """N labelled outcomes; the form itself sees which of them have probability 0."""
        return Whole("outcomes", (self.outcomes,))


@dataclass(frozen=True, eq=False)
class OneHotCategorical(Categorical):
    """A categorical draw as a vector with one 1."""


@dataclass(frozen=True, eq=False)
class Multinomial(Distribution):
    """Multinomial(total_count, probs): how often each of n outcomes came; probs ``(..., n)``."""

    total_count: Array = parameter(COUNT)
    probs: Array = parameter(NON_NEGATIVE, event=1)
    event_dims: ClassVar[int] = 1

    @property
    def support(self) -> Support:
        """Vectors of n counts."""
        return Whole("counts", (int(self.probs.shape[-1]),))
