"""The few operations of linear algebra that the multivariate forms need, batched, in any framework."""

from typing import Any

import numpy as np
from array_api_compat import device

from kullback.distributions.arithmetic import Array, namespace

__all__ = [
    "cholesky",
    "cholesky_of_inverse",
    "diagonal",
    "diagonal_matrix",
    "eigenvalues",
    "lower_triangle",
    "solve_lower",
    "transpose",
]


def transpose(a: Array) -> Array:
    """Aᵀ of the last two axes."""
    return namespace(a).matrix_transpose(a)


def diagonal(a: Array) -> Array:
    """The diagonal: ``(..., n, n) -> (..., n)``."""
    return namespace(a).linalg.diagonal(a)


def diagonal_matrix(d: Array) -> Array:
    """A matrix with the diagonal d: ``(..., n) -> (..., n, n)``."""
    xp = namespace(d)
    return d[..., None] * _identity(xp, d.shape[-1], d)


def lower_triangle(a: Array, offset: int = 0) -> Array:
    """The lower triangle; the diagonal is left out for offset −1."""
    return namespace(a).tril(a, k=offset)


def cholesky(a: Array) -> Array:
    """The lower Cholesky factor of a positive definite matrix."""
    return namespace(a).linalg.cholesky(a)


def cholesky_of_inverse(precision: Array) -> Array:
    """The lower Cholesky factor of the inverse of a positive definite matrix.

    With J the reversal of rows and J P J = M Mᵀ, the inverse of P is (J M⁻ᵀ J)(J M⁻ᵀ J)ᵀ, and J M⁻ᵀ J is
    lower.
    """
    xp = namespace(precision)
    flipped = xp.flip(precision, axis=(-2, -1))
    upper = transpose(solve_lower(cholesky(flipped), _identity(xp, precision.shape[-1], precision)))
    return xp.flip(upper, axis=(-2, -1))


def eigenvalues(a: Array) -> Array:
    """The eigenvalues of a symmetric matrix that is symmetric only up to rounding."""
    return namespace(a).linalg.eigvalsh(0.5 * (a + transpose(a)))


def solve_lower(a: Array, b: Array) -> Array:
    """A⁻¹b for a lower triangular A: ``(..., n, n), (..., n, m) -> (..., n, m)``."""
    xp = namespace(a, b)
    return xp.linalg.solve(*_broadcast(xp, a, b))


def _broadcast(xp: Any, a: Array, b: Array) -> tuple[Array, Array]:
    batch = np.broadcast_shapes(tuple(a.shape)[:-2], tuple(b.shape)[:-2])
    return xp.broadcast_to(a, batch + tuple(a.shape)[-2:]), xp.broadcast_to(b, batch + tuple(b.shape)[-2:])


def _identity(xp: Any, n: int, like: Array) -> Array:
    return xp.eye(n, dtype=like.dtype, device=device(like))
