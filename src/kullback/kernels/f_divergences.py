"""Other measures of how far p is from q: Jensen-Shannon, Jeffreys, total variation, Hellinger, χ².

Each is computed from terms that cannot cancel, for the *normalised* vectors: q is scaled to v = q P/Q, whose
sum is P = Σp, and the difference d = p − v is formed as (p − q) + q (Q − P)/Q, which keeps its digits when p
and q are near each other.

Where a slope is vertical (p = 0 or q = 0), the gradient there is infinite, and all others stay finite.
"""

from typing import Any, Final

from kullback.kernels.arrange import Axis, over_events
from kullback.kernels.backend import Array, ArrayLike, Backend
from kullback.kernels.edges import infinity_outside, root, zero_with_slopes
from kullback.kernels.portable import total
from kullback.units import Unit, per_nat

__all__ = [
    "chi2_divergence",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "total_variation",
]

_PQ: Final = ("p", "q")


def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """JS(p, q) = ½ D(p ‖ m) + ½ D(q ‖ m) with m = (p + q)/2, the Jensen-Shannon divergence.

    Symmetric, finite for any two distributions, and at most log 2 (1 bit), up to the last rounding.
    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        In `unit`; never negative, and 0 exactly when p = q. Relative error at most 6 u (measured; u = eps/2),
        near p = q too.

    References
    ----------
    Lin (1991), Divergence measures based on the Shannon entropy, with equal weights.
    """
    return over_events(
        _js,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def js_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """√JS(p, q), the Jensen-Shannon distance: a metric, at most 1 when measured with ``unit="bits"``.

    The root is taken of `js_divergence` in `unit`, so ``js_distance(..., unit="bits") ** 2`` is in bits.
    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        Relative error at most 4 u (measured). At p = q the distance has a cone's tip and no gradient; 0 is
        returned there, which is one of its subgradients. Everywhere else the gradient is the true one.

    References
    ----------
    Endres & Schindelin (2003), A new metric for probability distributions.
    """
    scale = per_nat(unit)
    return over_events(
        lambda k, p, q: root(k.xp, scale * _js(k, p, q)),
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def jeffreys_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """J(p, q) = D(p ‖ q) + D(q ‖ p) = Σ (p − q) log(p/q), the Jeffreys divergence.

    Infinite when one of the two allows an outcome that the other rules out. Parameters and errors are those
    of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        In `unit`; the sum of the two divergences, which are not negative, so nothing cancels. Relative error
        at most 6 u (measured).

    References
    ----------
    Jeffreys (1946), An invariant form for the prior probability in estimation problems.
    """
    return over_events(
        _jeffreys,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def total_variation(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """TV(p, q) = ½ Σ |p − q|, the total variation distance.

    The largest difference in the probability of any event. Between 0 and 1, a metric, and a pure number.
    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        Relative error at most 5 u (measured). The slopes are half the sign of p − q (less their mean, because
        the vectors are divided by their sums), with the sign 0 where p = q.
    """
    return over_events(
        _total_variation,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def hellinger_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """H(p, q) = √(½ Σ (√p − √q)²), the Hellinger distance.

    Between 0 and 1, a metric, and a pure number. The root in front and the factor ½ are part of it here.
    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        Relative error at most 4 u (measured): the terms are formed as (p − q)²/(√p + √q)². At p = q the
        distance has a cone's tip and no gradient; 0 is returned there, which is one of its subgradients.
    """
    return over_events(
        _hellinger,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def chi2_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """χ²(p ‖ q) = Σ (p − q)²/q, the Pearson χ² divergence of p from q, a pure number.

    Infinite where q = 0 < p; twice the alpha divergence of order 2. Parameters and errors are those of
    `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        Relative error at most 6 u (measured).

    References
    ----------
    Pearson (1900); van Erven & Harremoës (2014), eq. 6.
    """
    return over_events(
        _chi2,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def _js(k: Backend, p: Array, q: Array) -> Array:
    # With s = (p − v)/(p + v) the term is (p + v)/2 · g(s), where g(s) = ½ Σ± (1 ± s) log(1 ± s) is even.
    xp = k.xp
    v, d = _balanced(xp, p, q)
    both = p + v
    whole = xp.where(both == 0, xp.ones_like(both), both)
    s = d / whole
    is_far = xp.abs(s) > _JS_NEAR
    near = xp.where(is_far, xp.zeros_like(s), s) ** 2
    # Far from 0 both D(p ‖ m) and D(q ‖ m) have terms that are large enough to be formed from m. A zero keeps
    # its own vertical slope, out of the division by the sums.
    unit = xp.ones_like(s)
    share_p = xp.where(is_far, xp.where(p == 0, p, 2 * p / whole), unit)
    share_q = xp.where(is_far, xp.where(q == 0, q, 2 * v / whole), unit)
    far = k.kernels.kl_terms(share_p, unit) + k.kernels.kl_terms(share_q, unit)
    g = xp.where(is_far, 0.5 * far, near * _js_series(near))
    return 0.5 * total(xp, both * g) / total(xp, p)


#: Below it the series of g(s)/s² is used, 1/(2k (2k − 1)) s^(2k − 2): its 14 terms err by 4^-28/812.
_JS_NEAR: Final = 0.25


def _js_series(z: Array) -> Array:
    series = 0.0 * z
    for k in range(14, 0, -1):
        series = series * z + 1 / (2 * k * (2 * k - 1))
    return series


def _jeffreys(k: Backend, p: Array, q: Array) -> Array:
    return k.kernels.kl_divergence(p, q) + k.kernels.kl_divergence(q, p)


def _total_variation(k: Backend, p: Array, q: Array) -> Array:
    xp = k.xp
    _, d = _balanced(xp, p, q)
    sign = xp.astype(d > 0, d.dtype) - xp.astype(
        d < 0, d.dtype
    )  # so that |d| has the slope 0 at 0 everywhere
    return 0.5 * total(xp, d * sign) / total(xp, p)


def _hellinger(k: Backend, p: Array, q: Array) -> Array:
    xp = k.xp
    v, d = _balanced(xp, p, q)
    roots = root(xp, p) + root(xp, v)
    difference = d / xp.where(roots == 0, xp.ones_like(roots), roots)
    square = 0.5 * total(xp, difference * difference + zero_with_slopes(k, p, q)) / total(xp, p)
    return root(xp, square)


def _chi2(k: Backend, p: Array, q: Array) -> Array:
    xp = k.xp
    v, d = _balanced(xp, p, q)
    inside = q != 0
    terms = xp.where(inside, d * (d / xp.where(inside, v, xp.ones_like(v))), xp.zeros_like(d))
    return total(xp, terms) / total(xp, p) + infinity_outside(k, p, q)


def _balanced(xp: Any, p: Array, q: Array) -> tuple[Array, Array]:
    """Scale q to the sum of p, v = q P/Q, and form p − v without cancellation."""
    change = total(xp, q - p) / total(xp, q)
    moved = q * change[..., None]
    return q - moved, (p - q) + moved
