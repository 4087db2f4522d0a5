"""The expectations that the exact forms between different families need, family by family."""

from math import inf, pi
from typing import Any, Final

import numpy as np

from kullback.distributions.arithmetic import (
    Array,
    beside,
    exp,
    is_number,
    log,
    log1p,
    namespace,
    select,
    square,
)
from kullback.distributions.error_function import erf
from kullback.distributions.expectations import expectation, mean_log_prob
from kullback.distributions.families.bounded import Beta, ContinuousBernoulli, Kumaraswamy, Uniform
from kullback.distributions.families.discrete import Zipf
from kullback.distributions.families.gamma_power import (
    ChiSquared,
    Erlang,
    Exponential,
    Gamma,
    GammaPower,
    LogGammaPower,
    gamma_moment,
)
from kullback.distributions.families.positive import (
    BetaPrimePower,
    InverseGaussian,
    LogNormal,
    LogUniform,
    Pareto,
)
from kullback.distributions.families.real_line import Cauchy, Laplace, Logistic, Normal, StudentT
from kullback.distributions.features import (
    AbsoluteDeviation,
    Log,
    Log1pSquare,
    LogComplement,
    LogSquaredDeviation,
    Power,
    Tilt,
)
from kullback.distributions.gamma import digamma, lgamma_increment, trigamma
from kullback.distributions.tilts import log_mean_exp
from kullback.distributions.zeta import log_zeta_slope

__all__: list[str] = []

_EULER: Final = float(np.euler_gamma)


def finite_where(exists: Array, value: Array) -> Array:
    """The value where the expectation exists, +inf elsewhere."""
    return select(exists, value, inf)


# -- powers of gamma variables ---------------------------------------------------------------------


@expectation(GammaPower, Log)
def _(p: GammaPower, t: Log) -> Array:
    k, c, log_s = p.member().values()
    return log_s - log(t.scale) + digamma(k) / c


@expectation(GammaPower, LogSquaredDeviation)
def _(p: GammaPower, t: LogSquaredDeviation) -> Array:
    k, c, log_s = p.member().values()
    return square(log_s + digamma(k) / c - t.center) + trigamma(k) / (c * c)


@expectation(GammaPower, Power)
def _(p: GammaPower, t: Power) -> Array:
    k, c, log_s = p.member().values()
    return exp(t.exponent * (log_s - log(t.scale))) * gamma_moment(k, t.exponent / c)


def _gamma_tilt(p: Any, t: Tilt) -> Array:
    """E e^(r(X − m)) = e^(−rm)(1 − r·s)^−k, infinite from r·s = 1 on."""
    k, _, log_s = p.member().values()
    some = 0.0 * next(p.arrays())[1]
    gap = some + t.rate * exp(log_s)
    exists = gap < 1
    return finite_where(exists, exp(-k * log1p(-select(exists, gap, 0.0)) - t.rate * t.center))


for _family in (Gamma, Exponential, ChiSquared, Erlang):
    expectation(_family, Tilt)(_gamma_tilt)


@expectation(LogGammaPower, Tilt)
def _(p: LogGammaPower, t: Tilt) -> Array:
    k, c, m = p.member().values()
    return exp(t.rate * (m - t.center)) * gamma_moment(k, t.rate / c)


@expectation(Exponential, AbsoluteDeviation)
def _(p: Exponential, t: AbsoluteDeviation) -> Array:
    """E|X − m| = m − 1/λ + (2/λ)e^(−λm) for m ≥ 0, and 1/λ − m below."""
    mean = 1 / p.rate
    m = select(t.center > 0, t.center, 0.0)
    return select(t.center > 0, m - mean + 2 * mean * exp(-p.rate * m), mean - t.center)


@mean_log_prob(Logistic)
def _(p: Logistic) -> Array:
    return -2 - log(p.scale)


@mean_log_prob(StudentT)
def _(p: StudentT) -> Array:
    """The constant of log p less ½(ν + 1)(ψ((ν + 1)/2) − ψ(ν/2))."""
    half = 0.5 * p.df
    return p.expansion().constant - (half + 0.5) * (digamma(half + 0.5) - digamma(half))


@mean_log_prob(BetaPrimePower)
def _(p: BetaPrimePower) -> Array:
    """From E log(x/s)^c = ψ(a) − ψ(b) and E log(1 + (x/s)^c) = ψ(a + b) − ψ(b)."""
    m = p.member()
    a, b, both = digamma(m.a), digamma(m.b), digamma(m.a + m.b)
    return p.expansion().constant + (m.a - 1 / m.power.value()) * (a - b) - (m.a + m.b) * (both - b)


@mean_log_prob(Kumaraswamy)
def _(p: Kumaraswamy) -> Array:
    """From E log x, and E log(1 − xᵃ) = −1/b."""
    a, b = p.concentration1, p.concentration0
    return log(a) + log(b) - (1 - 1 / a) * (_EULER + digamma(b + 1)) - (1 - 1 / b)


# -- the real line ---------------------------------------------------------------------------------


@expectation(Normal, Tilt)
def _(p: Normal, t: Tilt) -> Array:
    return exp(t.rate * (p.loc - t.center) + 0.5 * square(t.rate * p.scale))


@expectation(Normal, AbsoluteDeviation)
def _(p: Normal, t: AbsoluteDeviation) -> Array:
    """σ√(2/π)·e^(−d²/2) + σ·d·erf(d/√2), d = (μ − m)/σ (Leone, Nelson & Nottingham 1961)."""
    d = (p.loc - t.center) / p.scale
    return p.scale * ((2 / pi) ** 0.5 * exp(-0.5 * square(d)) + d * erf(d / 2**0.5))


@expectation(Laplace, AbsoluteDeviation)
def _(p: Laplace, t: AbsoluteDeviation) -> Array:
    distance = namespace(p.loc).abs(p.loc - t.center)
    return distance + p.scale * exp(-distance / p.scale)


@expectation(Laplace, Tilt)
def _(p: Laplace, t: Tilt) -> Array:
    """e^(r(μ − m))/(1 − r²b²) for |r|b < 1, else infinite."""
    gap = t.rate * p.scale
    exists = square(gap) < 1
    gap = select(exists, gap, 0.0)
    return finite_where(exists, exp(t.rate * (p.loc - t.center)) / ((1 - gap) * (1 + gap)))


@expectation(Logistic, Tilt)
def _(p: Logistic, t: Tilt) -> Array:
    """e^(r(μ − m))·Γ(1 − rs)Γ(1 + rs) for |r|s < 1, else infinite."""
    gap = t.rate * p.scale
    exists = square(gap) < 1
    gap = select(exists, gap, 0.0)
    one = 1.0 + 0.0 * gap
    size = lgamma_increment(one, gap) + lgamma_increment(one, -gap)
    return finite_where(exists, exp(t.rate * (p.loc - t.center) + size))


@expectation(Logistic, AbsoluteDeviation)
def _(p: Logistic, t: AbsoluteDeviation) -> Array:
    """2s·log(2 cosh(d/2)) = s(|d| + 2 log(1 + e^−|d|)), d = (μ − m)/s."""
    d = namespace(p.loc).abs((p.loc - t.center) / p.scale)
    return p.scale * (d + 2 * log1p(exp(-d)))


@expectation(Cauchy, Log1pSquare)
def _(p: Cauchy, t: Log1pSquare) -> Array:
    """E log(w² + (X − m)²) = log((γ + w)² + (μ − m)²) (Chyzak & Nielsen 2019)."""
    return log(square((p.scale + t.width) / t.width) + square((p.loc - t.center) / t.width))


# -- the positive numbers --------------------------------------------------------------------------


@expectation(LogNormal, Log)
def _(p: LogNormal, t: Log) -> Array:
    return p.loc - log(t.scale)


@expectation(LogNormal, LogSquaredDeviation)
def _(p: LogNormal, t: LogSquaredDeviation) -> Array:
    return square(p.loc - t.center) + square(p.scale)


@expectation(LogNormal, Power)
def _(p: LogNormal, t: Power) -> Array:
    return exp(t.exponent * (p.loc - log(t.scale)) + 0.5 * square(t.exponent * p.scale))


@expectation(Pareto, Log)
def _(p: Pareto, t: Log) -> Array:
    return log(p.scale / t.scale) + 1 / p.alpha


@expectation(Pareto, LogSquaredDeviation)
def _(p: Pareto, t: LogSquaredDeviation) -> Array:
    return square(log(p.scale) + 1 / p.alpha - t.center) + 1 / square(p.alpha)


@expectation(Pareto, Power)
def _(p: Pareto, t: Power) -> Array:
    """α/(α − e)·(s/s′)^e; infinite from e = α on."""
    exists = t.exponent < p.alpha
    rest = select(exists, p.alpha - t.exponent, 1.0)
    return finite_where(exists, p.alpha / rest * exp(t.exponent * log(p.scale / t.scale)))


@expectation(LogUniform, Log)
def _(p: LogUniform, t: Log) -> Array:
    return 0.5 * (log(p.low / t.scale) + log(p.high / t.scale))


@expectation(LogUniform, LogSquaredDeviation)
def _(p: LogUniform, t: LogSquaredDeviation) -> Array:
    middle = 0.5 * (log(p.low) + log(p.high))
    return square(middle - t.center) + square(log(p.high / p.low)) / 12


@expectation(LogUniform, Power)
def _(p: LogUniform, t: Power) -> Array:
    """The mean of e^(ey) over log low ≤ y ≤ log high."""
    width = t.exponent * log(p.high / p.low)
    return exp(t.exponent * log(p.low / t.scale) + log_mean_exp(width))


@expectation(InverseGaussian, Power)
def _(p: InverseGaussian, t: Power) -> Array | None:
    """E X = μ and E 1/X = 1/μ + 1/λ; the other powers are Bessel functions."""
    if is_number(t.exponent) and t.exponent == 1.0:
        return p.loc / t.scale
    if is_number(t.exponent) and t.exponent == -1.0:
        return t.scale * (1 / p.loc + 1 / p.concentration)
    return None


@expectation(BetaPrimePower, Log)
def _(p: BetaPrimePower, t: Log) -> Array:
    m = p.member()
    return m.scale.log_size() - log(t.scale) + (digamma(m.a) - digamma(m.b)) / m.power.value()


@expectation(BetaPrimePower, LogSquaredDeviation)
def _(p: BetaPrimePower, t: LogSquaredDeviation) -> Array:
    m, c = p.member(), p.member().power.value()
    center = m.scale.log_size() + (digamma(m.a) - digamma(m.b)) / c
    return square(center - t.center) + (trigamma(m.a) + trigamma(m.b)) / (c * c)


@expectation(BetaPrimePower, Power)
def _(p: BetaPrimePower, t: Power) -> Array:
    return p.moment(t.exponent, t.scale)


# -- intervals -------------------------------------------------------------------------------------


@expectation(Beta, Log)
def _(p: Beta, t: Log) -> Array:
    a, b = p.concentration1, p.concentration0
    return digamma(a) - digamma(a + b) - log(t.scale)


@expectation(Beta, LogComplement)
def _(p: Beta, t: LogComplement) -> Array:
    a, b = p.concentration1, p.concentration0
    return digamma(b) - digamma(a + b)


@expectation(Beta, LogSquaredDeviation)
def _(p: Beta, t: LogSquaredDeviation) -> Array:
    a, b = p.concentration1, p.concentration0
    return square(digamma(a) - digamma(a + b) - t.center) + trigamma(a) - trigamma(a + b)


@expectation(Beta, Power)
def _(p: Beta, t: Power) -> Array:
    """Γ(a + e)Γ(a + b)/(Γ(a)Γ(a + b + e)); infinite for a + e ≤ 0."""
    like = 0.0 * (p.concentration1 + p.concentration0 + t.exponent)
    a, b, e = beside(like, p.concentration1 + like, p.concentration0 + like, t.exponent + like)
    exists = a + e > 0
    e = select(exists, e, 0.0)
    size = lgamma_increment(a, e) - lgamma_increment(a + b, e) - e * log(t.scale)
    return finite_where(exists, exp(size))


@expectation(Kumaraswamy, Log)
def _(p: Kumaraswamy, t: Log) -> Array:
    a, b = p.concentration1, p.concentration0
    return (-_EULER - digamma(b + 1)) / a - log(t.scale)


@expectation(Kumaraswamy, LogSquaredDeviation)
def _(p: Kumaraswamy, t: LogSquaredDeviation) -> Array:
    a, b = p.concentration1, p.concentration0
    center = (-_EULER - digamma(b + 1)) / a
    return square(center - t.center) + (pi * pi / 6 - trigamma(b + 1)) / square(a)


@expectation(Kumaraswamy, Power)
def _(p: Kumaraswamy, t: Power) -> Array:
    return p.moment(t.exponent) * exp(-t.exponent * log(t.scale))


@expectation(ContinuousBernoulli, Tilt)
def _(p: ContinuousBernoulli, t: Tilt) -> Array:
    eta = p.eta()
    return exp(log_mean_exp(eta + t.rate) - log_mean_exp(eta) - t.rate * t.center)


@expectation(Uniform, Tilt)
def _(p: Uniform, t: Tilt) -> Array:
    return exp(t.rate * (p.low - t.center) + log_mean_exp(t.rate * (p.high - p.low)))


@expectation(Uniform, AbsoluteDeviation)
def _(p: Uniform, t: AbsoluteDeviation) -> Array:
    """((b − m)|b − m| − (a − m)|a − m|)/(2(b − a))."""
    a, b = p.low - t.center, p.high - t.center
    size = namespace(a).abs
    return 0.5 * (b * size(b) - a * size(a)) / (p.high - p.low)


@expectation(Uniform, Log)
def _(p: Uniform, t: Log) -> Array:
    """(b log b − a log a)/(b − a) − 1."""
    width = p.high - p.low
    return (_x_log(p.high) - _x_log(p.low)) / width - 1 - log(t.scale)


@expectation(Uniform, LogComplement)
def _(p: Uniform, t: LogComplement) -> Array:
    return (_x_log(1 - p.low) - _x_log(1 - p.high)) / (p.high - p.low) - 1


@expectation(Uniform, LogSquaredDeviation)
def _(p: Uniform, t: LogSquaredDeviation) -> Array:
    """The mean of y² − 2y + 2, y = log x − center, between the ends: ∫ y² dx = x(y² − 2y + 2)."""
    high, low = (_x_quadratic(x, t.center) for x in (p.high, p.low))
    return (high - low) / (p.high - p.low)


@expectation(Uniform, Power)
def _(p: Uniform, t: Power) -> Array:
    """(b^(e + 1) − a^(e + 1))/((e + 1)(b − a)); infinite for a = 0 and e ≤ −1."""
    touches = p.low <= 0
    exists = ~touches | (t.exponent > -1)
    n = t.exponent + 1
    from_zero = touches & exists
    e = select(from_zero, n, 1.0)
    at_zero = exp((e - 1) * log(select(from_zero, p.high, 1.0) / t.scale)) / e
    low, high = select(touches, 1.0, p.low), select(touches, 2.0, p.high)
    ratio = log(high / low)
    # ∫ x^e dx = b^(e + 1)·∫ e^((e + 1)y) dy over the logarithms, with y from 0 to log(b/a)
    inside = exp(n * log(low) + log_mean_exp(n * ratio) - t.exponent * log(t.scale)) * ratio / (high - low)
    return finite_where(exists, select(touches, at_zero, inside))


@expectation(Uniform, Log1pSquare)
def _(p: Uniform, t: Log1pSquare) -> Array:
    """With z = (x − m)/w: ∫ log(1 + z²) dz = z log(1 + z²) − 2z + 2 arctan z."""
    a, b = (p.low - t.center) / t.width, (p.high - t.center) / t.width
    xp = namespace(a)

    def antiderivative(z: Array) -> Array:
        return z * log1p(square(z)) - 2 * z + 2 * xp.atan(z)

    return (antiderivative(b) - antiderivative(a)) / (b - a)


@expectation(Zipf, Log)
def _(p: Zipf, t: Log) -> Array:
    """−ζ′(s)/ζ(s)."""
    return -log_zeta_slope(p.concentration) - log(t.scale)


def _x_log(x: Array) -> Array:
    positive = x > 0
    return select(positive, x * log(select(positive, x, 1.0)), 0.0)


def _x_quadratic(x: Array, center: Array) -> Array:
    positive = x > 0
    y = log(select(positive, x, 1.0)) - center
    return select(positive, x * (square(y) - 2 * y + 2), 0.0)
