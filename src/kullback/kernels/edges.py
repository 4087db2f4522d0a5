"""Where p = 0 or q = 0: values and slopes for formulas that divide by, or take roots and logarithms of, both.

A formula is evaluated inside, with harmless numbers in place of zeros, and these take over at the zeros. Many
slopes there are vertical; they are borrowed from the primitives' `kl_terms`.
"""

from typing import Any

from kullback.kernels.backend import Array, Backend
from kullback.kernels.portable import total

__all__ = ["at_least_zero", "infinity_outside", "kl_terms_where", "root", "zero_with_slopes"]


def root(xp: Any, x: Array) -> Array:
    """√x, with the slope 0 at 0."""
    zero = x == 0
    return xp.where(zero, xp.zeros_like(x), xp.sqrt(xp.where(zero, xp.ones_like(x), x)))


def infinity_outside(k: Backend, p: Array, q: Array) -> Array:
    """+∞ for a row of p that goes outside the support of q, q = 0 < p, with the slopes there; otherwise 0.

    To be added to what the other outcomes make, so that their slopes stay finite.
    """
    return total(k.xp, kl_terms_where(k, (q == 0) & (p != 0), p, q))


def kl_terms_where(k: Backend, edge: Array, p: Array, q: Array) -> Array:
    """Where `edge`, p log(p/q) − p + q with its slopes; 0 elsewhere."""
    xp = k.xp
    unit = xp.ones_like(p + q)
    return k.kernels.kl_terms(xp.where(edge, p, unit), xp.where(edge, q, unit))


def zero_with_slopes(k: Backend, p: Array, q: Array) -> Array:
    """Nothing, with the slope −∞ in p where p = 0 < q, and in q where q = 0 < p: that of a root or power."""
    xp = k.xp
    if not k.differentiable:
        return xp.zeros_like(p)
    zero_p, zero_q = (p == 0) & (q != 0), (q == 0) & (p != 0)
    slope_p = kl_terms_where(k, zero_p, p, q) - xp.where(zero_p, q, xp.zeros_like(q))
    slope_q = kl_terms_where(k, zero_q, q, p) - xp.where(zero_q, p, xp.zeros_like(p))
    return slope_p + slope_q


def at_least_zero(xp: Any, x: Array) -> Array:
    """Take off a rounding error below 0, where the mathematics ends."""
    return xp.where(x < 0, xp.zeros_like(x), x)
