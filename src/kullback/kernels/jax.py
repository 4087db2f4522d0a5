"""Primitives for JAX arrays, with their own rules for differentiation.

Each has one rule, for forward mode, which JAX transposes for reverse mode and differentiates again for second
order. The slopes come from the accurate `log_ratio`: automatic differentiation of the value alone would lose
the digits that the value keeps where p ≈ q.

XLA on the CPU takes subnormal numbers for zeros, and so do these.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero

from kullback.kernels import portable

__all__ = [
    "expm1mx",
    "kl_divergence",
    "kl_divergence_from_logits",
    "kl_divergence_of_weights",
    "kl_terms",
    "log1pmx",
    "log_ratio",
]

Value: TypeAlias = Callable[[Array, Array], Array]
#: (p, q, value) -> how each row's value (or each element) changes with its own p and q.
Slopes: TypeAlias = Callable[[Array, Array, Array], tuple[Array, Array]]


def log_ratio(p: Array, q: Array) -> Array:
    """log(p/q) elementwise, accurate near p = q; 0/0 gives 0, 0/q −inf and p/0 +inf."""
    return _log_ratio(*_paired(p, q))


def kl_terms(p: Array, q: Array) -> Array:
    """Bregman terms p log(p/q) − p + q ≥ 0; p = 0 gives q, and q = 0 < p gives +inf.

    The slopes are log(p/q) and 1 − p/q.
    """
    return _kl_terms(*_paired(p, q))


def kl_divergence(p: Array, q: Array) -> Array:
    """D(p ‖ q) of the normalised vectors in nats: ``(..., n), (..., n) -> (...)``.

    The slopes are those of exactly this function: (log(p/q) + log(Q/P) − D)/P and 1/Q − p/(qP), with P = Σp
    and Q = Σq. Where p = 0 < q, ∂p is −inf, unless nothing depends on that row; the other slopes stay finite.
    """
    return _kl_divergence(*_paired(p, q))


def kl_divergence_of_weights(p: Array, q: Array) -> Array:
    """D(p/Σp ‖ q/Σq) in nats for weights whose sums differ: ``(..., n), (..., n) -> (...)``."""
    return _kl_divergence_of_weights(*_paired(p, q))


def kl_divergence_from_logits(a: Array, b: Array) -> Array:
    """D(softmax a ‖ softmax b) in nats: ``(..., n), (..., n) -> (...)``.

    The slopes are p (log(p/q) − D) and q − p with p = softmax a and q = softmax b, and 0 for a masked logit.
    """
    return _kl_divergence_from_logits(*_paired(a, b))


def log1pmx(t: Array) -> Array:
    """log(1 + t) − t ≤ 0 elementwise, without cancellation near 0."""
    value: Array = portable.log1pmx(jnp, t)
    return value


def expm1mx(x: Array) -> Array:
    """eˣ − 1 − x ≥ 0 elementwise, without cancellation near 0."""
    value: Array = portable.expm1mx(jnp, x)
    return value


def _paired(p: Array, q: Array) -> tuple[Array, Array]:
    """Give both one shape and dtype by operations that JAX can differentiate, so that the rules need not."""
    dtype = jnp.promote_types(p.dtype, q.dtype)
    p, q = jnp.broadcast_arrays(p.astype(dtype), q.astype(dtype))
    return p, q


def _primitive(formula: Callable[..., Any], slopes: Slopes, *, of_rows: bool) -> Value:
    """Make a differentiable function of arrays ``(..., n)``, with one value per element or one per row.

    It is compiled as a whole: one operation at a time, JAX would spend most of its time between them.
    """

    @jax.custom_jvp
    def value(p: Array, q: Array) -> Array:
        result: Array = formula(jnp, p, q)
        return result

    def jvp(arguments: tuple[Array, Array], changes: tuple[Any, Any]) -> tuple[Array, Any]:
        p, q = arguments
        result = value(p, q)
        # An argument that does not move at all must not meet an infinite slope.
        moving = [
            portable.times(jnp, slope, change)
            for slope, change in zip(slopes(p, q, result), changes, strict=True)
            if not isinstance(change, SymbolicZero)
        ]
        terms = sum(moving, start=jnp.zeros_like(p))
        return result, portable.total(jnp, terms) if of_rows else terms

    value.defjvp(jvp, symbolic_zeros=True)
    compiled: Value = jax.jit(value)
    return compiled


def _log_ratio_slopes(p: Array, q: Array, _: Array) -> tuple[Array, Array]:
    absent = (p == 0) & (q == 0)
    return (
        jnp.where(absent, 0.0, 1 / jnp.where(absent, 1.0, p)),
        jnp.where(absent, 0.0, -1 / jnp.where(absent, 1.0, q)),
    )


def _kl_terms_slopes(p: Array, q: Array, _: Array) -> tuple[Array, Array]:
    edge = jnp.where(p > 0, -jnp.inf, 1.0)
    return _log_ratio(p, q), jnp.where(q == 0, edge, (q - p) / jnp.where(q == 0, 1.0, q))


def _kl_divergence_slopes(p: Array, q: Array, kl: Array) -> tuple[Array, Array]:
    return portable.kl_divergence_slopes(jnp, p, q, kl, _log_ratio(p, q))


def _kl_divergence_of_weights_slopes(p: Array, q: Array, kl: Array) -> tuple[Array, Array]:
    sums = jnp.log(q.sum(-1, keepdims=True)) - jnp.log(p.sum(-1, keepdims=True))
    log_pq = _with_slopes_of(portable.log_ratio_of_weights(jnp, p, q), _log_ratio(p, q) + sums)
    return portable.kl_divergence_of_weights_slopes(jnp, p, q, kl, log_pq)


def _kl_divergence_from_logits_slopes(a: Array, b: Array, kl: Array) -> tuple[Array, Array]:
    by_a, by_b = portable.kl_divergence_from_logits_slopes(jnp, a, b)
    p, q, log_pq = jax.nn.softmax(a), jax.nn.softmax(b), jax.nn.log_softmax(a) - jax.nn.log_softmax(b)
    log_pq = jnp.where(jnp.isfinite(log_pq), log_pq, 0.0)
    return _with_slopes_of(by_a, p * (log_pq - kl[..., None])), _with_slopes_of(by_b, q - p)


def _with_slopes_of(accurate: Array, plain: Array) -> Array:
    """Give the value of `accurate` the derivatives of `plain`, the same quantity with fewer right digits."""
    accurate = jax.lax.stop_gradient(accurate)
    plain = jnp.where(jnp.isfinite(accurate), plain, 0.0)
    return accurate + (plain - jax.lax.stop_gradient(plain))


_log_ratio: Final = _primitive(portable.log_ratio, _log_ratio_slopes, of_rows=False)
_kl_terms: Final = _primitive(portable.kl_terms, _kl_terms_slopes, of_rows=False)
_kl_divergence: Final = _primitive(portable.kl_divergence, _kl_divergence_slopes, of_rows=True)
_kl_divergence_of_weights: Final = _primitive(
    portable.kl_divergence_of_weights, _kl_divergence_of_weights_slopes, of_rows=True
)
_kl_divergence_from_logits: Final = _primitive(
    portable.kl_divergence_from_logits, _kl_divergence_from_logits_slopes, of_rows=True
)
