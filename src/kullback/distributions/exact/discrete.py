"""D(p ‖ q) within families on the integers and on finite sets of outcomes."""

from kullback.distributions.arithmetic import (
    Array,
    kl_terms,
    log1pmx,
    namespace,
    select,
)
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.families.discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    DiscreteUniform,
    Geometric,
    Multinomial,
    NegativeBinomial,
    Poisson,
    Zipf,
)
from kullback.distributions.registry import register_kl
from kullback.distributions.zeta import bregman_log_zeta
from kullback.errors import ShapeError
from kullback.kernels import portable

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
    return portable.kl_divergence_from_logits(
        xp, xp.stack((a, 0.0 * a), axis=-1), xp.stack((b, 0.0 * b), axis=-1)
    )


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
        return portable.kl_divergence(namespace(p.probs, q.probs), p.probs, q.probs)
    a, b = (d.logits if d.probs is None else namespace(d.probs).log(d.probs) for d in (p, q))
    return portable.kl_divergence_from_logits(namespace(a, b), a, b)


@register_kl(Multinomial, Multinomial, source=f"n times {_COVER}")
def multinomial(p: Multinomial, q: Multinomial) -> Array:
    """n·D(one draw) at equal n; other n have no outcome in common."""
    if p.probs.shape[-1] != q.probs.shape[-1]:
        raise ShapeError(f"P has {p.probs.shape[-1]} outcomes and Q has {q.probs.shape[-1]}.")
    one = portable.kl_divergence(namespace(p.probs, q.probs), p.probs, q.probs)
    alike = p.total_count == q.total_count
    return select(alike, select(p.total_count == 0, 0.0, p.total_count * one), float("inf"))
