"""Divergences with an order α: the alpha divergences and Rényi's, from D(q ‖ p) through D(p ‖ q) and beyond.

The order is a Python number, by which the formula is chosen: there is one without cancellation for each.
"""

import math
from numbers import Real
from typing import Any, Final

from kullback.errors import InvalidInputError
from kullback.kernels.arrange import Axis, over_events
from kullback.kernels.backend import Array, ArrayLike, Backend
from kullback.kernels.edges import at_least_zero, infinity_outside, kl_terms_where, zero_with_slopes
from kullback.kernels.portable import expm1mx, log1pmx, total
from kullback.units import Unit

__all__ = ["alpha_divergence", "renyi_divergence"]

_PQ: Final = ("p", "q")


def alpha_divergence(
    p: ArrayLike,
    q: ArrayLike,
    alpha: float,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """D_α(p ‖ q) = (Σ p^α q^(1−α) − 1) / (α (α − 1)), the alpha divergence in Cichocki & Amari's convention.

    α = 1 is D(p ‖ q) and α = 0 is D(q ‖ p), the limits; α = 2 is χ²/2, α = ½ is 4 H² (Hellinger), α = −1 is
    Neyman's χ²/2. Amari's own ±1 convention has α_Amari = 1 − 2α. Swapping p and q turns α into 1 − α.

    Parameters
    ----------
    p, q
        Probabilities, as for `kl_divergence`, with the same options.
    alpha
        The order: any finite Python number.

    Returns
    -------
    Array of shape (...)
        A pure number (nats at α = 0 and 1); never negative, 0 exactly when p = q. +inf for α ≥ 1 where
        q = 0 < p, and for α ≤ 0 where p = 0 < q. Relative error at most 8 u (measured; u = eps/2) where
        p and q are near each other, and up to u (1 + |2α − 1|) max|log(p/q)| besides where they are not.

    Raises
    ------
    InvalidInputError
        If `alpha` is not a finite number; otherwise as `kl_divergence`.

    References
    ----------
    Cichocki & Amari (2010), Families of alpha- beta- and gamma-divergences, eq. 5.
    """
    order = _order(alpha)
    if not math.isfinite(order):
        raise InvalidInputError(
            f"alpha={alpha!r}; the alpha divergence has finite orders, and renyi_divergence a limit at inf."
        )
    return over_events(
        lambda k, p, q: _alpha(k, p, q, order),
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def renyi_divergence(
    p: ArrayLike,
    q: ArrayLike,
    alpha: float,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """D_α(p ‖ q) = log(Σ p^α q^(1−α)) / (α − 1), the Rényi divergence of order α.

    α = 1 is D(p ‖ q), α = 0 is −log Σ_{p>0} q, α = ∞ is log max p/q; in between it grows with α.

    Parameters
    ----------
    p, q
        Probabilities, as for `kl_divergence`, with the same options.
    alpha
        The order: a Python number from 0 to ``math.inf``.

    Returns
    -------
    Array of shape (...)
        In `unit`; never negative; for α > 0 it is 0 exactly when p = q. +inf for α ≥ 1 where q = 0 < p, and
        for α < 1 where no outcome is possible in both. Relative error as for `alpha_divergence`. For α = 0
        the gradient with respect to p is 0, because only the set of possible outcomes counts.

    Raises
    ------
    InvalidInputError
        If `alpha` is negative or NaN; otherwise as `kl_divergence`.

    References
    ----------
    van Erven & Harremoës (2014), Rényi divergence and Kullback-Leibler divergence, Theorems 3-6.
    """
    order = _order(alpha)
    if not order >= 0:
        raise InvalidInputError(
            f"alpha={alpha!r}; the Rényi divergence has orders from 0 to inf. For negative ones swap: "
            "D_(-a)(p, q) = -a/(1 + a) * D_(1+a)(q, p)."
        )
    return over_events(
        lambda k, p, q: _renyi(k, p, q, order),
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def _alpha(k: Backend, p: Array, q: Array, alpha: float) -> Array:
    p, q, alpha, beta = _from_one_half(p, q, alpha)
    if beta == 0:
        return k.kernels.kl_divergence(p, q)
    finite = _alpha_inside(k, p, q, alpha, beta)
    return finite + infinity_outside(k, p, q) if beta > 0 else finite


def _from_one_half(p: Array, q: Array, alpha: float) -> tuple[Array, Array, float, float]:
    """Swap p and q if α < ½, so that α ≥ ½; and α − 1, without the rounding of 1 − α."""
    return (p, q, alpha, alpha - 1) if alpha >= 0.5 else (q, p, 1 - alpha, -alpha)


def _alpha_inside(k: Backend, p: Array, q: Array, alpha: float, beta: float) -> Array:
    """The alpha divergence of the normalised vectors, without outcomes that make it infinite; ½ ≤ α ≠ 1.

    The terms A(p, q) = [p^α q^(1−α) − αp − (1−α)q] / (α(α−1)) ≥ 0 of the vectors as they are add up to
    P^α Q^(1−α) D_α + A(P, Q) exactly.
    """
    xp = k.xp
    mass = total(xp, p)
    excess = total(xp, q - p) / mass  # (Q − P)/P enters by its square, so its rounding is harmless
    log_ratio = -xp.log1p(excess)
    of_sums = (expm1mx(xp, beta * log_ratio) / beta - log1pmx(xp, excess)) / alpha
    terms = total(xp, _alpha_terms(k, p, q, alpha, beta)) / mass
    return at_least_zero(xp, (terms - of_sums) * xp.exp(-beta * log_ratio))


def _alpha_terms(k: Backend, p: Array, q: Array, alpha: float, beta: float) -> Array:
    """A(p, q) as [p log(p/q) − p + q + p ψ(βx)/β] / α with β = α − 1, x = log(p/q), ψ(x) = eˣ − 1 − x.

    For α > 1 neither part is negative; for ½ ≤ α < 1 the second takes away at most half of the first.
    """
    xp = k.xp
    inside = (p != 0) & (q != 0)
    a, b = xp.where(inside, p, xp.ones_like(p)), xp.where(inside, q, xp.ones_like(q))
    exponent = beta * k.kernels.log_ratio(a, b)
    is_huge = exponent > 60  # eˣ − 1 − x is eˣ, and is multiplied by p in two steps: p eˣ may be finite
    half = xp.exp(xp.where(is_huge, 0.5 * exponent, xp.zeros_like(exponent)))
    bend = xp.where(
        is_huge, a * half * half, a * expm1mx(xp, xp.where(is_huge, xp.zeros_like(exponent), exponent))
    )
    terms = (k.kernels.kl_terms(a, b) + bend / beta) / alpha
    if beta > 0:  # p = 0 has the slope −1/β
        edge = xp.where(q == 0, xp.zeros_like(terms), q / alpha - p / beta)
    else:  # q/α at p = 0, and p/(1 − α) at q = 0, with vertical slopes
        edge = kl_terms_where(k, p == 0, p, q) / alpha
        edge = xp.where(q == 0, kl_terms_where(k, q == 0, q, p) / -beta, edge)
    return xp.where(inside, terms, edge)


def _renyi(k: Backend, p: Array, q: Array, alpha: float) -> Array:
    xp = k.xp
    if alpha == 1:
        return k.kernels.kl_divergence(p, q)
    if alpha == 0:
        return _renyi_of_order_zero(xp, p, q)
    if alpha == math.inf:
        return _renyi_of_order_infinity(k, p, q)
    # Near p = q the sum Σ p^α q^(1−α) is 1 + small; elsewhere it is summed as it is.
    small = alpha * (alpha - 1) * _alpha_inside(k, *_from_one_half(p, q, alpha))
    is_near = xp.abs(small) <= 0.5
    near = xp.log1p(xp.where(is_near, small, xp.zeros_like(small)))
    finite = xp.where(is_near, near, _log_affinity(k, p, q, alpha)) / (alpha - 1)
    return finite + infinity_outside(k, p, q) if alpha > 1 else finite


def _log_affinity(k: Backend, p: Array, q: Array, alpha: float) -> Array:
    """Over the outcomes that both have, log Σ p^α q^(1−α) of the normalised vectors, without overflow."""
    xp = k.xp
    inside = (p != 0) & (q != 0)
    a, b = xp.where(inside, p, xp.ones_like(p)), xp.where(inside, q, xp.ones_like(q))
    exponent = (alpha - 1) * k.kernels.log_ratio(a, b)
    top = xp.max(xp.where(inside, exponent, xp.zeros_like(exponent)), axis=-1, keepdims=True)
    top = xp.where(top > 60, top, xp.zeros_like(top))  # taken out only where it could overflow
    terms = a * xp.exp(exponent - top)
    outside = -zero_with_slopes(k, p, q) if alpha < 1 else xp.zeros_like(terms)
    mass = total(xp, p)
    excess = total(xp, q - p) / mass  # not from two rounded sums: large orders multiply it
    in_both = total(xp, xp.where(inside, terms, outside))
    if alpha > 1:  # where nothing is in both, the divergence is infinite without this
        in_both = xp.where(in_both == 0, xp.ones_like(in_both), in_both)
    log_sum = top[..., 0] + xp.log(in_both)
    return log_sum - xp.log(mass) + (alpha - 1) * xp.log1p(excess)


def _renyi_of_order_zero(xp: Any, p: Array, q: Array) -> Array:
    # −log Q(p > 0), from the mass where p = 0 if that is the smaller one.
    nothing = xp.zeros_like(p + q)
    missed = total(xp, xp.where(p == 0, q, nothing)) / total(xp, q)
    kept = total(xp, xp.where(p == 0, nothing, q)) / total(xp, q)
    mostly_kept = missed < 0.5
    near = xp.log1p(-xp.where(mostly_kept, missed, xp.zeros_like(missed)))
    return xp.where(mostly_kept, -near, -xp.log(xp.where(mostly_kept, xp.ones_like(kept), kept)))


def _renyi_of_order_infinity(k: Backend, p: Array, q: Array) -> Array:
    # The largest ratio is at least 1, and an outcome with p = 0 has ratio 0.
    xp = k.xp
    ratio = k.kernels.log_ratio(p, q)
    possible = xp.where(p == 0, xp.full_like(ratio, -math.inf), ratio)
    excess = total(xp, q - p) / total(xp, p)
    return at_least_zero(xp, xp.max(possible, axis=-1) + xp.log1p(excess))


def _order(alpha: object) -> float:
    """Take the order as the Python number that it must be: the formula is chosen by it."""
    if isinstance(alpha, bool) or not isinstance(alpha, Real):
        raise InvalidInputError(
            f"alpha={alpha!r} is not a Python number; all rows have one order. Call once per order."
        )
    return float(alpha)
