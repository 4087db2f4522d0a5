"""D(p ‖ q) within families on an interval or on the positive numbers."""

from kullback.distributions.arithmetic import (
    Array,
    exp,
    expm1,
    expm1mx,
    kernels,
    log1p,
    log1pmx,
    log_ratio,
    namespace,
    scale_gap,
    select,
    square,
    sum_event,
)
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.families.bounded import Beta, ContinuousBernoulli, Kumaraswamy, Uniform
from kullback.distributions.families.multivariate import Dirichlet
from kullback.distributions.families.positive import InverseGaussian, Lindley, LogUniform, Pareto
from kullback.distributions.gamma import bregman_lgamma_excess
from kullback.distributions.registry import register_kl
from kullback.distributions.tilts import log_mean_exp, mean_under_tilt, tilted_rule
from kullback.kernels import portable

__all__ = [
    "beta",
    "between_dirichlets",
    "continuous_bernoulli",
    "dirichlet",
    "inverse_gaussian",
    "kumaraswamy",
    "lindley",
    "log_uniform",
    "pareto",
    "uniform",
]

_DIRICHLET = "Penny 2001, KL-divergences of Normal, Gamma, Dirichlet and Wishart densities, eq. 10"


@register_kl(Uniform, Uniform, source="log of the ratio of the lengths")
def uniform(p: Uniform, q: Uniform) -> Array:
    """log(1 + ((bq − bp) + (ap − aq))/(bp − ap)) where p lies inside q."""
    extra = ((q.high - p.high) + (p.low - q.low)) / (p.high - p.low)
    return log1p(select(extra > 0, extra, 0.0))


@register_kl(LogUniform, LogUniform, source="uniform, of log x")
def log_uniform(p: LogUniform, q: LogUniform) -> Array:
    """That of two uniform variables on the logarithms."""
    extra = (log_ratio(q.high, p.high) + log_ratio(p.low, q.low)) / log_ratio(p.high, p.low)
    return log1p(select(extra > 0, extra, 0.0))


@register_kl(Pareto, Pareto, source="shifted exponential, of log x")
def pareto(p: Pareto, q: Pareto) -> Array:
    """αq log(sp/sq) + αq/αp − 1 − log(αq/αp) where sp ≥ sq."""
    return q.alpha * log_ratio(p.scale, q.scale) + scale_gap(q.alpha, p.alpha)


@register_kl(Beta, Beta, source=_DIRICHLET)
def beta(p: Beta, q: Beta) -> Array:
    """The Dirichlet form for two outcomes."""
    xp = namespace(p.concentration1)
    a, b = (xp.stack(xp.broadcast_arrays(d.concentration1, d.concentration0), axis=-1) for d in (p, q))
    return between_dirichlets(a, b)


@register_kl(Dirichlet, Dirichlet, source=_DIRICHLET)
def dirichlet(p: Dirichlet, q: Dirichlet) -> Array:
    """The Bregman gap of Σ lnΓ(aᵢ) − lnΓ(Σ aᵢ)."""
    return between_dirichlets(p.concentration, q.concentration)


def between_dirichlets(a: Array, b: Array) -> Array:
    """Σ B_h(bᵢ; aᵢ) − B_h(B; A) + B·D(b/B ‖ a/A), with sums A, B: ``(..., n), (..., n) -> (...)``.

    B_h, the Bregman gap of lnΓ(x) − x log x + x, takes out what would cancel in the gaps of lnΓ.
    """
    xp = namespace(a, b)
    total_a, total_b = portable.total(xp, a), portable.total(xp, b)
    direction = kernels(b).kl_divergence_of_weights(b, a)
    gaps = xp.sum(bregman_lgamma_excess(b, a), axis=-1)
    size = portable.total(xp, b - a)
    return gaps - bregman_lgamma_excess(total_b, total_a, size) + total_b * direction


@register_kl(Kumaraswamy, Kumaraswamy, source="exponential, of −log(1 − xᵃ), at equal concentration1")
def kumaraswamy(p: Kumaraswamy, q: Kumaraswamy) -> Array:
    """bq/bp − 1 − log(bq/bp) at equal concentration1; others have no closed form."""
    require_equal(p.concentration1, q.concentration1)
    return scale_gap(q.concentration0, p.concentration0)


@register_kl(InverseGaussian, InverseGaussian, source="Tweedie 1957, from E x = μ and E 1/x = 1/μ + 1/λ")
def inverse_gaussian(p: InverseGaussian, q: InverseGaussian) -> Array:
    """½(r − 1 − log r) + λq(μp − μq)²/(2μpμq²), r = λq/λp."""
    away = (p.loc - q.loc) / q.loc
    shift = q.concentration / p.loc * square(away)
    return 0.5 * (scale_gap(q.concentration, p.concentration) + shift)


@register_kl(Lindley, Lindley, source="Ghitany, Atieh & Nadarajah 2008; Bregman gap of log(1 + θ) − 2 log θ")
def lindley(p: Lindley, q: Lindley) -> Array:
    """2(r − 1 − log r) − (s − 1 − log s), r = θq/θp, s = (1 + θq)/(1 + θp): at least half of it remains."""
    gap = q.rate - p.rate
    return 2 * scale_gap(q.rate, p.rate) + log1pmx(gap / (1 + p.rate))


_TILT = "Loaiza-Ganem & Cunningham 2019, arXiv:1907.06845; Bregman gap of log((e^η − 1)/η)"
_NEAR = 10.0


@register_kl(ContinuousBernoulli, ContinuousBernoulli, source=_TILT)
def continuous_bernoulli(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Array:
    """Log E_p exp(Δ(x − m)) with Δ = ηq − ηp and p's mean m.

    Where |Δ| is moderate, it is log(1 + E_p g(Δ(x − m))) with g(y) = e^y − 1 − y ≥ 0: nothing cancels.
    """
    a, b = p.eta(), q.eta()
    delta = _eta_gap(p, q)
    xp = namespace(delta)
    mean = mean_under_tilt(a)
    near = (xp.abs(a) <= _NEAR) & (xp.abs(b) <= _NEAR)
    small, step = select(near, a, 0.0), select(near, delta, 0.0)
    nodes, weights = tilted_rule(small)
    center = mean_under_tilt(small) - 0.5
    spread = sum_event(weights * expm1mx(step[..., None] * (nodes - center[..., None])))
    close = log1p(spread / sum_event(weights))
    # beyond, with θ = |η|: A(η) = max(η, 0) − log θ + log(1 − e^−θ), whose gap is that of −log θ and a small
    # rest
    same = ~near & (a * b > 0) & (xp.abs(delta) < 0.5 * xp.abs(a))
    theta = select(same, xp.abs(a), 1.0)
    change = select(same, delta * xp.sign(a), 0.0)
    decay = exp(-theta)
    shrink = decay / -expm1(-theta)
    # log(1 − e^−(θ + d)) − log(1 − e^−θ) − d·s, with s = e^−θ/(1 − e^−θ)
    rest = log1p(-shrink * expm1(-change)) - change * shrink
    tail = rest - log1pmx(change / theta)
    far = log_mean_exp(b) - log_mean_exp(a) - mean * delta
    return select(near, close, select(same, tail, far))


def _eta_gap(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Array:
    """ηq − ηp, from the probabilities themselves where both are given."""
    if p.probs is None or q.probs is None:
        return q.eta() - p.eta()
    odd = log1p((p.probs - q.probs) / (1 - p.probs))
    return log_ratio(q.probs, p.probs) - odd
