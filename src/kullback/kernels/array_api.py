"""Primitives for arrays of any other library that follows the array API standard.

They are the portable formulas in the arrays' own namespace. A library that differentiates such arrays sees
through them; only PyTorch and JAX have rules of their own.
"""

from array_api_compat import array_namespace

from kullback.kernels import portable
from kullback.kernels.portable import Array

__all__ = [
    "expm1mx",
    "kl_divergence",
    "kl_divergence_from_logits",
    "kl_divergence_of_weights",
    "kl_terms",
    "log1pmx",
    "log_ratio",
]


def log_ratio(p: Array, q: Array) -> Array:
    """log(p/q) elementwise, accurate near p = q; 0/0 gives 0, 0/q −inf and p/0 +inf."""
    return portable.log_ratio(array_namespace(p, q), p, q)


def kl_terms(p: Array, q: Array) -> Array:
    """Bregman terms p log(p/q) − p + q ≥ 0; p = 0 gives q, and q = 0 < p gives +inf."""
    return portable.kl_terms(array_namespace(p, q), p, q)


def kl_divergence(p: Array, q: Array) -> Array:
    """D(p ‖ q) of the normalised vectors in nats: ``(..., n), (..., n) -> (...)``."""
    return portable.kl_divergence(array_namespace(p, q), p, q)


def kl_divergence_of_weights(p: Array, q: Array) -> Array:
    """D(p/Σp ‖ q/Σq) in nats for weights whose sums differ: ``(..., n), (..., n) -> (...)``."""
    return portable.kl_divergence_of_weights(array_namespace(p, q), p, q)


def kl_divergence_from_logits(a: Array, b: Array) -> Array:
    """D(softmax a ‖ softmax b) in nats: ``(..., n), (..., n) -> (...)``."""
    return portable.kl_divergence_from_logits(array_namespace(a, b), a, b)


def log1pmx(t: Array) -> Array:
    """log(1 + t) − t ≤ 0 elementwise, without cancellation near 0."""
    return portable.log1pmx(array_namespace(t), t)


def expm1mx(x: Array) -> Array:
    """eˣ − 1 − x ≥ 0 elementwise, without cancellation near 0."""
    return portable.expm1mx(array_namespace(x), x)
