"""D(p ‖ q) of distributions made of others: what is known of the parts carries over."""

from kullback._lazy import resolve
from kullback.distributions.arithmetic import Array, namespace, select, sum_event
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.exact.multivariate import between_vectors
from kullback.distributions.families.combined import Affine, Delta, Independent, Joint
from kullback.distributions.families.discrete import Count
from kullback.distributions.families.multivariate import DiagonalNormal, GaussianVector
from kullback.distributions.families.real_line import Normal
from kullback.distributions.record import Distribution
from kullback.distributions.registry import NotClosedError, register_kl
from kullback.errors import ShapeError

__all__ = ["affine", "delta", "independent", "joint"]

_CHAIN = "chain rule, Cover & Thomas 2006, theorem 2.5.3"
_INVARIANCE = "a divergence does not change under a one-to-one map"


def _between(p: Distribution, q: Distribution) -> Array:
    """D(p ‖ q) of parts, by whatever method serves them."""
    return resolve("kullback.distributions.divergence:kl_divergence")(p, q)


@register_kl(Independent, Independent, source=_CHAIN)
def independent(p: Independent, q: Independent) -> Array:
    """The sum over the axes that were taken from the batch."""
    if p.reinterpreted != q.reinterpreted:
        raise NotClosedError
    return sum_event(_between(p.base, q.base), p.reinterpreted)


@register_kl(Independent, GaussianVector, source="Penny 2001, eq. 4, for a diagonal covariance")
def independent_and_vector(p: Independent, q: GaussianVector) -> Array:
    """Independent normals are a normal vector."""
    return between_vectors(_as_vector(p), q)


@register_kl(GaussianVector, Independent, source="Penny 2001, eq. 4, for a diagonal covariance")
def vector_and_independent(p: GaussianVector, q: Independent) -> Array:
    """Independent normals are a normal vector."""
    return between_vectors(p, _as_vector(q))


def _as_vector(p: Independent) -> DiagonalNormal:
    base = p.base
    if not isinstance(base, Normal) or p.reinterpreted != 1:
        raise NotClosedError
    xp = namespace(base.loc)
    loc, scale = xp.broadcast_arrays(base.loc, base.scale)
    return DiagonalNormal.trusted(loc=loc, scale=scale)


@register_kl(Joint, Joint, source=_CHAIN)
def joint(p: Joint, q: Joint) -> Array:
    """The sum over the parts."""
    if len(p.parts) != len(q.parts):
        raise ShapeError(f"P has {len(p.parts)} parts and Q has {len(q.parts)}; they pair one to one.")
    return sum(_between(a, b) for a, b in zip(p.parts, q.parts, strict=True))


@register_kl(Affine, Affine, source=_INVARIANCE)
def affine(p: Affine, q: Affine) -> Array:
    """That of the bases, where both are moved and stretched alike."""
    require_equal(p.loc, q.loc)
    require_equal(p.scale, q.scale)
    return _between(p.base, q.base)


@register_kl(Delta, Delta, source="0 or infinite")
def delta(p: Delta, q: Delta) -> Array:
    """0 at equal values, +inf otherwise."""
    return select(p.value == q.value, 0.0 * p.value * q.value, float("inf"))


@register_kl(Delta, Count, source="−log q(x)")
def delta_and_count(p: Delta, q: Count) -> Array:
    """−log of q's probability of the value."""
    return -q.log_prob(p.value)
