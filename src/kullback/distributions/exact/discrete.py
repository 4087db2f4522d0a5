"""D(p ‖ q) within families on the integers and on finite sets of outcomes."""

from kullback.distributions.arithmetic import (
    Array,
    exp,
    expm1mx,
    kernels,
    kl_terms,
    log1pmx,
    namespace,
    select,
)
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.families.discrete import (
    Bernoulli,
    BetaBinomial,
    Binomial,
    Categorical,
    DiscreteUniform,
    Geometric,
    Multinomial,
    NegativeBinomial,
    Poisson,
    Zipf,
)
from kullback.distributions.gamma import lgamma_increment
from kullback.distributions.registry import register_kl
from kullback.distributions.zeta import bregman_log_zeta
from kullback.errors import ShapeError
from kullback.kernels.backend import to_numpy

__all__ = [
    "bernoulli",
    "binomial",
    "categorical",
    "geometric",
    "multinomial",
    "negative_binomial",
    "poisson",
]

_COVER = "Cover & Thomas 2006, eq. 2.26"


def between_coins(p: Array, q: Array) -> Array:
    """P log(p/q) + (1 − p) log((1 − p)/(1 − q)), as two non-negative terms.

    The second is formed from the exact difference p − q: 1 − p and 1 − q are rounded.
    """
    rest = 1 - p
    certain = rest <= 0
    rest = select(certain, 1.0, rest)
    u = select(certain, 0.0, (p - q) / rest)
    return kl_terms(p, q) + select(certain, 1 - q, -rest * log1pmx(u))


@register_kl(Bernoulli, Bernoulli, source=_COVER)
def bernoulli(p: Bernoulli, q: Bernoulli) -> Array:
    """D(p ‖ q) of two coins, from probabilities or from logits."""
    if p.probs is not None and q.probs is not None:
        return between_coins(p.probs, q.probs)
    a, b = _logits(p), _logits(q)
    xp = namespace(a, b)
    a, b = xp.broadcast_arrays(a, b)
    zero = 0.0 * a
    return kernels(a).kl_divergence_from_logits(xp.stack((a, zero), axis=-1), xp.stack((b, zero), axis=-1))


def _logits(p: Bernoulli) -> Array:
    if p.logits is not None:
        return p.logits
    xp = namespace(p.probs)
    return xp.log(p.probs) - xp.log1p(-p.probs)


@register_kl(Binomial, Binomial, source=f"n times {_COVER}")
def binomial(p: Binomial, q: Binomial) -> Array:
    """n·D(one trial), at equal n. Other numbers of trials are a finite sum."""
    require_equal(p.total_count, q.total_count)
    return p.total_count * between_coins(p.probs, q.probs)


@register_kl(BetaBinomial, BetaBinomial, source=f"{_COVER}, with log(q/p) from increments of lnΓ")
def beta_binomial(p: BetaBinomial, q: BetaBinomial) -> Array:
    """E_p (q/p − 1 − log(q/p)) at equal n; other n are a finite sum, or infinite."""
    require_equal(p.total_count, q.total_count)
    n, a, b = p.total_count, p.concentration1, p.concentration0
    da, db = q.concentration1 - a, q.concentration0 - b
    total = 0.0 * (n + a + b + da + db)
    normaliser = lgamma_increment(a, da) + lgamma_increment(b, db) - lgamma_increment(a + b, da + db)
    both = lgamma_increment(n + a + b, da + db)
    for k in range(int(to_numpy(n).max()) + 1):
        inside = n >= k
        x = select(inside, k + 0.0 * n, 0.0)
        log_q_over_p = lgamma_increment(x + a, da) + lgamma_increment(n - x + b, db) - both - normaliser
        total = total + select(inside, exp(p.log_mass(x)) * expm1mx(log_q_over_p), 0.0)
    return total


@register_kl(Geometric, Geometric, source=f"the mean number of trials times {_COVER}")
def geometric(p: Geometric, q: Geometric) -> Array:
    """D(one trial)/p."""
    return between_coins(p.probs, q.probs) / p.probs


@register_kl(NegativeBinomial, NegativeBinomial, source=f"the mean number of trials times {_COVER}")
def negative_binomial(p: NegativeBinomial, q: NegativeBinomial) -> Array:
    """r·D(one trial)/(1 − p) at equal r; others have no closed form."""
    require_equal(p.total_count, q.total_count)
    return p.total_count * between_coins(p.probs, q.probs) / (1 - p.probs)


@register_kl(Poisson, Poisson, source="Kullback 1959, Information Theory and Statistics, table 2.1")
def poisson(p: Poisson, q: Poisson) -> Array:
    """λp log(λp/λq) − λp + λq."""
    return kl_terms(p.rate, q.rate)


@register_kl(DiscreteUniform, DiscreteUniform, source="log of the ratio of the counts")
def discrete_uniform(p: DiscreteUniform, q: DiscreteUniform) -> Array:
    """log(nq/np) where p lies inside q."""
    xp = namespace(p.low)
    extra = ((q.high - p.high) + (p.low - q.low)) / (p.high - p.low + 1)
    return xp.log1p(select(extra > 0, extra, 0.0))


@register_kl(Zipf, Zipf, source="Bregman gap of log ζ(s), Nielsen 2021, arXiv:2104.10548")
def zipf(p: Zipf, q: Zipf) -> Array:
    """Log ζ(sq) − log ζ(sp) + (sq − sp)·E log x."""
    return bregman_log_zeta(q.concentration, p.concentration)


@register_kl(Categorical, Categorical, source=_COVER)
def categorical(p: Categorical, q: Categorical) -> Array:
    """Σ p log(p/q) over the last axis: ``(..., n), (..., n) -> (...)``."""
    if p.outcomes != q.outcomes:
        raise ShapeError(
            f"P has {p.outcomes} outcomes and Q has {q.outcomes}; give both the same outcomes, with "
            "probability 0 for those that cannot happen."
        )
    if p.probs is not None and q.probs is not None:
        return kernels(p.probs).kl_divergence(p.probs, q.probs)
    a, b = (d.logits if d.probs is None else namespace(d.probs).log(d.probs) for d in (p, q))
    return kernels(a).kl_divergence_from_logits(a, b)


@register_kl(Multinomial, Multinomial, source=f"n times {_COVER}")
def multinomial(p: Multinomial, q: Multinomial) -> Array:
    """n·D(one draw) at equal n; other n have no outcome in common."""
    if p.probs.shape[-1] != q.probs.shape[-1]:
        raise ShapeError(f"P has {p.probs.shape[-1]} outcomes and Q has {q.probs.shape[-1]}.")
    one = kernels(p.probs).kl_divergence(p.probs, q.probs)
    alike = p.total_count == q.total_count
    return select(alike, select(p.total_count == 0, 0.0, p.total_count * one), float("inf"))
