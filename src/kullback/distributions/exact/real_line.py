"""D(p ‖ q) within families on the real line or the circle, and within those that are images of them."""

from functools import reduce
from math import factorial
from typing import Final

from kullback.distributions.arithmetic import (
    Array,
    expm1,
    expm1mx,
    kl_terms,
    log,
    log1p,
    log_ratio,
    maximum,
    namespace,
    scale_gap,
    select,
    square,
)
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.families.bounded import LogitNormal
from kullback.distributions.families.circular import WrappedCauchy
from kullback.distributions.families.positive import HalfCauchy, LogLogistic, LogNormal
from kullback.distributions.families.real_line import Cauchy, Laplace, Logistic, Normal
from kullback.distributions.registry import register_kl

__all__ = ["cauchy", "half_cauchy", "laplace", "log_logistic", "logistic", "normal", "wrapped_cauchy"]

_NORMAL = "Kullback & Leibler 1951; Cover & Thomas 2006, sec. 8.5"
_CAUCHY = "Chyzak & Nielsen 2019, arXiv:1905.10965, theorem 1"
_LOGISTIC = "∫ log(u + a(1 − u)) du = a log a/(a − 1) − 1, at equal scales"


@register_kl(Normal, Normal, source=_NORMAL)
@register_kl(LogNormal, LogNormal, source=f"{_NORMAL}, of log x")
@register_kl(LogitNormal, LogitNormal, source=f"{_NORMAL}, of log(x/(1 − x))")
def normal(p: Normal | LogNormal | LogitNormal, q: Normal | LogNormal | LogitNormal) -> Array:
    """½(t² + δ²) + t − log(1 + t), t = (σp − σq)/σq, δ = (μp − μq)/σq: three non-negative terms."""
    t = (p.scale - q.scale) / q.scale
    delta = (p.loc - q.loc) / q.scale
    return 0.5 * (square(t) + square(delta)) + kl_terms(q.scale, p.scale) / q.scale


@register_kl(Laplace, Laplace, source="Gil, Alajaji & Linder 2013, table 3")
def laplace(p: Laplace, q: Laplace) -> Array:
    """r(e^−d − 1 + d) + r − 1 − log r, with r = bp/bq and d = |μp − μq|/bp."""
    distance = namespace(p.loc).abs(p.loc - q.loc)
    return p.scale / q.scale * expm1mx(-distance / p.scale) + scale_gap(p.scale, q.scale)


@register_kl(Cauchy, Cauchy, source=_CAUCHY)
def cauchy(p: Cauchy, q: Cauchy) -> Array:
    """log(((γp + γq)² + (μp − μq)²)/(4γpγq)) = log(1 + ((γp − γq)² + (μp − μq)²)/(4γpγq))."""
    return _cauchy_gap(p.scale, q.scale, p.loc - q.loc)


@register_kl(HalfCauchy, HalfCauchy, source=f"{_CAUCHY}; the sign is independent of |x|")
def half_cauchy(p: HalfCauchy, q: HalfCauchy) -> Array:
    """That of Cauchy variables centred at 0."""
    return _cauchy_gap(p.scale, q.scale, 0.0 * p.scale)


def _cauchy_gap(a: Array, b: Array, shift: Array) -> Array:
    larger = maximum(a, b)
    gap, move = (a - b) / larger, shift / larger
    excess = 0.25 * (square(gap) + square(move)) * (larger / a) * (larger / b)
    fits = excess < 1e100  # beyond, the 1 is below rounding, and squares may overflow
    size = select(fits, 1.0, maximum(namespace(gap).abs(gap), namespace(move).abs(move)))
    parts = square(gap / size) + square(move / size)
    ratio = namespace(a).abs(log_ratio(a, b))
    far = 2 * log(size) + log(0.25 * select(fits, 1.0, parts)) + ratio
    return select(fits, log1p(select(fits, excess, 0.0)), far)


@register_kl(Logistic, Logistic, source=_LOGISTIC)
def logistic(p: Logistic, q: Logistic) -> Array:
    """d·coth(d/2) − 2 with d = (μp − μq)/s, at equal scales s; others have no closed form."""
    require_equal(p.scale, q.scale)
    return 2 * _x_coth_m1(0.5 * (p.loc - q.loc) / q.scale)


@register_kl(LogLogistic, LogLogistic, source=f"{_LOGISTIC}, of log x")
def log_logistic(p: LogLogistic, q: LogLogistic) -> Array:
    """That of two logistic variables, at equal concentrations; others have no closed form."""
    require_equal(p.concentration, q.concentration)
    return 2 * _x_coth_m1(0.5 * q.concentration * log_ratio(p.scale, q.scale))


#: x·coth x − 1 = Σ 2k x²ᵏ/(2k + 1)! over Σ x²ᵏ/(2k + 1)!, for |x| ≤ 2.
_ODD: Final = tuple(1.0 / factorial(2 * k + 1) for k in range(16))
_GAP: Final = tuple(2.0 * k / factorial(2 * k + 1) for k in range(1, 16))


def _x_coth_m1(x: Array) -> Array:
    size = namespace(x).abs(x)
    near = size <= 2
    w = square(select(near, x, 0.0))
    series = (
        w * reduce(lambda s, c: s * w + c, reversed(_GAP)) / reduce(lambda s, c: s * w + c, reversed(_ODD))
    )
    large = select(near, 3.0, size)
    return select(near, series, large - 1 - 2 * large / expm1(-2 * large) - 2 * large)


@register_kl(WrappedCauchy, WrappedCauchy, source="Jensen's formula for log|1 − ρz| on the circle")
def wrapped_cauchy(p: WrappedCauchy, q: WrappedCauchy) -> Array:
    """log(1 + ((ρp − ρq)² + 4ρpρq sin²(Δ/2)) / ((1 − ρp²)(1 − ρq²)))."""
    a, b = p.concentration, q.concentration
    sine = namespace(p.loc).sin(0.5 * (p.loc - q.loc))
    excess = square(a - b) + 4 * a * b * square(sine)
    return log1p(excess / ((1 - a) * (1 + a)) / ((1 - b) * (1 + b)))
