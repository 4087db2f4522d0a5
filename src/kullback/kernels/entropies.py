"""Entropy, cross-entropy, mutual information and conditional divergence: what D(p ‖ q) is made of."""

from typing import Any

from kullback.errors import ShapeError
from kullback.kernels.arrange import Axis, over_events
from kullback.kernels.backend import Array, ArrayLike, Backend
from kullback.kernels.edges import at_least_zero, infinity_outside
from kullback.kernels.portable import minus_product, total
from kullback.units import Unit

__all__ = ["conditional_kl_divergence", "cross_entropy", "entropy", "mutual_information"]


def entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """H(p) = −Σ p log p, the entropy: the mean surprise −log p, between 0 and log n.

    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        In `unit`; never negative, and 0 exactly for a certain outcome. Relative error at most 5 u
        (measured; u = eps/2), near-certain outcomes included: the surprise of the likeliest outcome is formed
        from the mass of all others. The gradient is −log p − H; +inf at p = 0.

    References
    ----------
    Shannon (1948), A mathematical theory of communication, section 6.
    """
    return over_events(
        _entropy,
        ("p",),
        (p,),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def cross_entropy(
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
    """H(p, q) = −Σ p log q = H(p) + D(p ‖ q), the cross-entropy: the mean surprise under q of what p sends.

    Parameters and errors are those of `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        In `unit`; +inf where q = 0 < p. Relative error at most 6 u (measured),
        near-certain outcomes included.

    References
    ----------
    Cover & Thomas (2006), Elements of information theory, Theorem 5.4.3.
    """
    return over_events(
        _cross_entropy,
        ("p", "q"),
        (p, q),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        normalize=normalize,
        validate=validate,
    )


def mutual_information(
    joint: ArrayLike,
    *,
    axis: tuple[int, int] = (-2, -1),
    keepdims: bool = False,
    unit: Unit = "nats",
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """I(X; Y) = D(joint ‖ product of its marginals), the mutual information of a joint table.

    Parameters
    ----------
    joint
        Probabilities p(x, y), ``(..., k, n)``, that sum to one over both axes.
    axis
        The axes of X and of Y.
    keepdims, unit, normalize, validate
        As for `kl_divergence`; ``normalize=True`` takes a table of counts.

    Returns
    -------
    Array of shape (...)
        In `unit`; never negative. Relative error at most 8 u (measured), near independence too, because the
        rounding error of the product is known; an absolute error of about 100 u² remains (1e-30 for float64,
        4e-13 for float32).

    Raises
    ------
    ShapeError
        If `axis` is not two different axes; otherwise as `kl_divergence`.

    References
    ----------
    Cover & Thomas (2006), eq. 2.28.
    """
    if not (isinstance(axis, tuple) and len(axis) == 2):
        raise ShapeError(
            f"axis={axis!r}; mutual information has two, such as (-2, -1): that of X and that of Y."
        )
    return over_events(
        _mutual_information,
        ("joint",),
        (joint,),
        axis=axis,
        given=axis[0],
        keepdims=keepdims,
        unit=unit,
        weights=normalize,
        validate=validate,
    )


def conditional_kl_divergence(
    p_joint: ArrayLike,
    q_joint: ArrayLike,
    *,
    axis: Axis = (-2, -1),
    given: Axis = -2,
    keepdims: bool = False,
    unit: Unit = "nats",
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """D(P(Y|X) ‖ Q(Y|X) | P(X)) = Σ_x p(x) D(p(·|x) ‖ q(·|x)), the conditional divergence.

    By the chain rule it is what the marginals do not explain:
    D(p_joint ‖ q_joint) = D(p(x) ‖ q(x)) + conditional_kl_divergence(p_joint, q_joint).

    Parameters
    ----------
    p_joint, q_joint
        Probabilities p(x, y) and q(x, y) that sum to one over all of `axis`.
    axis
        All axes of the joint tables: those of X and those of Y.
    given
        The axis or axes of X, among `axis`.
    keepdims, unit, normalize, validate
        As for `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        In `unit`; never negative. An x with p(x) = 0 contributes 0; q(x, y) = 0 < p(x, y) makes it +inf.
        Relative error at most 6 u (measured): rows are compared without dividing them first.

    Raises
    ------
    ShapeError
        If `given` is not among `axis`; otherwise as `kl_divergence`.

    References
    ----------
    Cover & Thomas (2006), Theorem 2.5.3.
    """
    return over_events(
        _conditional,
        ("p_joint", "q_joint"),
        (p_joint, q_joint),
        axis=axis,
        given=given,
        keepdims=keepdims,
        unit=unit,
        weights=normalize,
        validate=validate,
    )


def _entropy(k: Backend, p: Array) -> Array:
    xp = k.xp
    # At p = 0 the slope of −p log p is infinite: that of 1 − p − (p log p − p + 1), which is 0 there.
    at_zero = xp.ones_like(p) - p - k.kernels.kl_terms(xp.where(p == 0, p, xp.ones_like(p)), xp.ones_like(p))
    terms = xp.where(p == 0, at_zero, p * _surprise(xp, p))
    return total(xp, terms) / total(xp, p)


def _cross_entropy(k: Backend, p: Array, q: Array) -> Array:
    xp = k.xp
    return total(xp, p * _surprise(xp, q)) / total(xp, p) + infinity_outside(k, p, q)


def _surprise(xp: Any, q: Array) -> Array:
    """−log(q/Q) with Q = Σq, and 0 at q = 0; where q has most of the mass, from what all others have."""
    mass = total(xp, q)[..., None]
    has_most = q > 0.6 * mass
    others = total(xp, xp.where(has_most, xp.zeros_like(q), q))[..., None]
    near = xp.log1p(-xp.where(has_most, others / mass, xp.zeros_like(q)))
    far = xp.log(xp.where(has_most | (q == 0), xp.ones_like(q), q / mass))
    return -(near + far)


def _mutual_information(k: Backend, joint: Array) -> Array:
    # D(joint ‖ a ⊗ b) is least at the marginals, so their rounding matters by its square only; that of their
    # product does not have product form, and is corrected for to first order.
    xp = k.xp
    of_x, of_y = total(xp, joint)[..., None], total(xp, xp.matrix_transpose(joint))[..., None, :]
    # The product of two rare marginals would underflow; weights may have any scale within the kernels' range.
    lift = 2.0 ** (360 if xp.finfo(joint.dtype).bits == 64 else 36)
    lifted = of_x * lift
    product = lifted * of_y
    rounding = -minus_product(xp, product, lifted, of_y) / xp.where(
        product > 0, product, xp.ones_like(product)
    )
    flat = (*joint.shape[:-2], -1)
    mass = total(xp, of_x[..., 0])
    correction = rounding * (product / lift - joint * mass[..., None, None])
    value = k.kernels.kl_divergence_of_weights(xp.reshape(joint, flat), xp.reshape(product, flat))
    value = value + total(xp, xp.reshape(correction, flat)) / (mass * mass)
    return at_least_zero(xp, value)


def _conditional(k: Backend, p: Array, q: Array) -> Array:
    # A row that p never visits has no conditional distribution, and no weight; ones stand in for it.
    xp = k.xp
    inside = xp.where(q == 0, xp.zeros_like(p), p)
    of_x = total(xp, inside)
    visited = of_x[..., None] > 0
    rows = [xp.where(visited, x, xp.ones_like(p + q)) for x in (inside, q)]
    finite = total(xp, of_x * k.kernels.kl_divergence_of_weights(*rows)) / total(xp, total(xp, p))
    return finite + total(xp, infinity_outside(k, p, q))
