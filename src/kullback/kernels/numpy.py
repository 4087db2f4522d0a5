"""Primitives for NumPy arrays: compiled where the core was built, else the portable formulas.

Shapes follow NumPy's broadcasting; the last axis holds the outcomes. float64 and float32 keep their type,
half types give float32, and float32 is accumulated in double precision. Nothing is validated here.

`threads` shares the rows of large contiguous arrays (or one long row) among that many threads of the compiled
core; the portable formulas take no notice of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kullback.kernels import blocks, native, portable
from kullback.kernels.portable import Array

__all__ = [
    "expm1mx",
    "kl_divergence",
    "kl_divergence_and_grad",
    "kl_divergence_from_logits",
    "kl_divergence_from_logits_and_grad",
    "kl_divergence_of_weights",
    "kl_terms",
    "log1pmx",
    "log_ratio",
]

ValueAndGrad: TypeAlias = tuple[Array, NDArray[Any], NDArray[Any]]

_core: Final = native.core


def log_ratio(p: ArrayLike, q: ArrayLike) -> Array:
    """log(p/q) elementwise, accurate to 3 u even near p = q; 0/0 gives 0, 0/q −inf and p/0 +inf."""
    return _each(portable.log_ratio, p, q) if _core is None else _core.log_ratio(p, q)


def kl_terms(p: ArrayLike, q: ArrayLike) -> Array:
    """Bregman terms p log(p/q) − p + q ≥ 0, accurate to 5 u; p = 0 gives q, and q = 0 < p gives +inf."""
    return _each(portable.kl_terms, p, q) if _core is None else _core.kl_terms(p, q)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, threads: int = 1) -> Array:
    """D(p ‖ q) of the normalised vectors in nats: ``(..., n), (..., n) -> (...)``, accurate to 5 u."""
    if _core is None:
        return _rows(_portable_kl, p, q)
    value = _core.unchecked(p, q, threads)
    return _core.kl_divergence(p, q) if value is None else value


def kl_divergence_and_grad(p: ArrayLike, q: ArrayLike) -> ValueAndGrad:
    """D(p ‖ q) and, for each row, its gradients: ``(..., n), (..., n) -> (...), (..., n), (..., n)``.

    ∂/∂p = (log(p/q) + log(Q/P) − D)/P and ∂/∂q = 1/Q − p/(qP), with P and Q the sums of the row. Where one
    row of p meets many of q, each of the many divergences has its own gradient by p.
    """
    if _core is not None:
        value, by_p, by_q = _core.kl_divergence_and_grad(p, q)
        return value, by_p, by_q
    return _rows_with_grad(_portable_kl_and_grad, p, q)


def kl_divergence_from_logits(a: ArrayLike, b: ArrayLike, *, threads: int = 1) -> Array:
    """D(softmax a ‖ softmax b) in nats: ``(..., n), (..., n) -> (...)``, accurate to 8 u.

    A logit of −inf is an outcome of probability 0; masked in b alone it makes the divergence infinite.
    """
    if _core is None:
        return _rows(partial(portable.kl_divergence_from_logits, np), a, b)
    value = _core.unchecked_logits(a, b, threads)
    return _core.kl_divergence_from_logits(a, b) if value is None else value


def kl_divergence_from_logits_and_grad(a: ArrayLike, b: ArrayLike) -> ValueAndGrad:
    """D(softmax a ‖ softmax b) and, for each row, ∂/∂a = p (log(p/q) − D) and ∂/∂b = q − p."""
    if _core is not None:
        value, by_a, by_b = _core.kl_divergence_from_logits_and_grad(a, b)
        return value, by_a, by_b
    return _rows_with_grad(_portable_logits_and_grad, a, b)


def kl_divergence_of_weights(p: ArrayLike, q: ArrayLike) -> Array:
    """D(p/Σp ‖ q/Σq) in nats for weights whose sums differ: ``(..., n), (..., n) -> (...)``."""
    return _rows(partial(portable.kl_divergence_of_weights, np), p, q)


def log1pmx(t: ArrayLike) -> Array:
    """log(1 + t) − t ≤ 0 elementwise, without cancellation near 0."""
    return _each(portable.log1pmx, t)


def expm1mx(x: ArrayLike) -> Array:
    """eˣ − 1 − x ≥ 0 elementwise, without cancellation near 0."""
    return _each(portable.expm1mx, x)


def _each(formula: Callable[..., Array], *arrays: ArrayLike) -> Array:
    with np.errstate(all="ignore"):
        return blocks.elementwise(partial(formula, np), *arrays, dtype=_dtype(arrays))


def _rows(formula: Callable[..., Array], *arrays: ArrayLike) -> Array:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    value = np.empty(shape[:-1], _dtype(arrays))
    with np.errstate(all="ignore"):
        blocks.over_rows(lambda *block: (formula(*block),), *arrays, out=(value,))
    return value[()]


def _rows_with_grad(formula: Callable[..., ValueAndGrad], *arrays: ArrayLike) -> ValueAndGrad:
    shape, dtype = np.broadcast_shapes(*map(np.shape, arrays)), _dtype(arrays)
    value, by_p, by_q = np.empty(shape[:-1], dtype), np.empty(shape, dtype), np.empty(shape, dtype)
    with np.errstate(all="ignore"):
        blocks.over_rows(formula, *arrays, out=(value, by_p, by_q))
    return value[()], by_p, by_q


def _dtype(arrays: tuple[ArrayLike, ...]) -> np.dtype[Any]:
    return np.result_type(np.float32, *(np.asarray(x).dtype for x in arrays))


def _portable_kl(p: NDArray[np.float64], q: NDArray[np.float64]) -> Array:
    """The portable formula, for long rows piece by piece: what it needs of a row are sums."""
    sums = [portable.row_sums(np, p[..., piece], q[..., piece]) for piece in blocks.pieces(p.shape[-1])]
    excess, mass, surplus = (np.sum(np.stack(part, axis=-1), axis=-1) for part in zip(*sums, strict=True))
    return portable.kl_divergence_of_sums(np, excess, mass, surplus)


def _portable_kl_and_grad(p: NDArray[np.float64], q: NDArray[np.float64]) -> ValueAndGrad:
    value = portable.kl_divergence(np, p, q)
    by_p, by_q = portable.kl_divergence_slopes(np, p, q, value, portable.log_ratio(np, p, q))
    return value, by_p, by_q


def _portable_logits_and_grad(a: NDArray[np.float64], b: NDArray[np.float64]) -> ValueAndGrad:
    value = portable.kl_divergence_from_logits(np, a, b)
    by_a, by_b = portable.kl_divergence_from_logits_slopes(np, a, b)
    return value, by_a, by_b
