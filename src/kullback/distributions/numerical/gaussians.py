"""Normal vectors and their mixtures as plain arrays, in a common frame of as few dimensions as they need."""

from dataclasses import dataclass
from math import log, pi
from typing import Any, Final

import numpy as np

from kullback.distributions.families.combined import Independent, Mixture
from kullback.distributions.families.multivariate import GaussianVector
from kullback.distributions.families.real_line import Normal
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.record import Distribution

__all__ = ["Gaussians", "as_gaussians", "in_common_frame", "is_gaussian"]

#: What is smaller than this, in units of standard deviations, is rounding and no direction of its own.
_NO_DIRECTION: Final = 1e-13


@dataclass(frozen=True, eq=False)
class Gaussians:
    """Σ weightᵢ·N(meanᵢ, LᵢLᵢᵀ): weights ``(k,)``, means ``(k, d)``, Cholesky factors ``(k, d, d)``."""

    weights: Floats
    means: Floats
    factors: Floats

    @property
    def dimension(self) -> int:
        """The length of a draw."""
        return int(self.means.shape[-1])

    def covariances(self) -> Floats:
        """Σᵢ: ``(k, d, d)``."""
        covariances: Floats = self.factors @ np.swapaxes(self.factors, -1, -2)
        return covariances

    def moments(self) -> tuple[Floats, Floats]:
        """The mean ``(d,)`` and covariance ``(d, d)`` of the whole mixture."""
        mean = self.weights @ self.means
        away = self.means - mean
        spread = self.covariances() + away[:, :, None] * away[:, None, :]
        return mean, np.tensordot(self.weights, spread, axes=1)

    def mapped(self, matrix: Floats, origin: Floats) -> "Gaussians":
        """The mixture of ``matrix @ (x − origin)``: matrix ``(r, d)``, r ≤ d."""
        moved = matrix @ self.factors
        triangular = np.linalg.qr(np.swapaxes(moved, -1, -2), mode="r")
        factors = np.swapaxes(triangular, -1, -2)
        signs = np.sign(np.diagonal(factors, axis1=-2, axis2=-1))
        return Gaussians(self.weights, (self.means - origin) @ matrix.T, factors * signs[:, None, :])

    def log_prob(self, x: Floats) -> Floats:
        """Log density: ``(d, n) -> (n,)``, one row per coordinate."""
        inverse = np.linalg.inv(self.factors)
        constant = self.log_weights() + np.log(np.diagonal(inverse, axis1=-2, axis2=-1)).sum(axis=-1)
        parts = np.empty((len(constant), x.shape[1]))
        for part, mean, rows in zip(parts, self.means, inverse, strict=True):
            away = x - mean[:, None]
            # sums of rows are many times faster than products of a tiny matrix with a long one
            part[:] = sum(
                np.square(sum(row[j] * away[j] for j in range(i + 1))) for i, row in enumerate(rows)
            )
        parts = constant[:, None] - 0.5 * (parts + self.dimension * log(2 * pi))
        top = parts.max(axis=0)
        total: Floats = top + np.log(np.exp(parts - top).sum(axis=0))
        return total

    def log_weights(self) -> Floats:
        """The weights' logarithms."""
        weights: Floats = np.log(self.weights)
        return weights


def is_gaussian(record: Distribution) -> bool:
    """Whether a record is a normal vector, or a mixture of such."""
    inner = record.components if isinstance(record, Mixture) else record
    return isinstance(inner, GaussianVector) or (
        isinstance(inner, Independent) and isinstance(inner.base, Normal) and inner.reinterpreted == 1
    )


def as_gaussians(record: Any) -> Gaussians:
    """The arrays of a single record that `is_gaussian`; components of weight 0 are left out."""
    mixed = isinstance(record, Mixture)
    inner = record.components if mixed else record
    if isinstance(inner, Independent):
        base: Any = inner.base
        means, scale = np.broadcast_arrays(base.loc, base.scale)
        factors = scale[..., None] * np.eye(scale.shape[-1])
    else:
        means, factors = np.asarray(inner.location()), np.asarray(inner.cholesky())
    d = means.shape[-1]
    k = len(record.weights) if mixed else 1
    means = np.broadcast_to(means, (k, d)) if mixed else means.reshape(1, d)
    factors = np.broadcast_to(factors, (k, d, d)) if mixed else factors.reshape(1, d, d)
    weights = np.asarray(record.weights) if mixed else np.ones(1)
    present = weights > 0
    return Gaussians(weights[present], means[present], factors[present])


def in_common_frame(p: Gaussians, q: Gaussians) -> tuple[Gaussians, Gaussians]:
    """The same divergence in the fewest dimensions.

    In a frame in which one component of p is standard, directions in which all components have mean 0 and
    variance 1, independently of the others, cancel in p/q. What is left is turned and scaled so that p as a
    whole is standard.
    """
    first = np.linalg.inv(p.factors[0])
    a, b = p.mapped(first, p.means[0]), q.mapped(first, p.means[0])
    identity = np.eye(p.dimension)
    rows = [x for one in (a, b) for x in (one.means, *(one.covariances() - identity))]
    _, sizes, directions = np.linalg.svd(np.concatenate(rows), full_matrices=False)
    basis = directions[sizes > _NO_DIRECTION * max(1.0, float(sizes.max()))]
    if len(basis) == 0:
        basis = directions[:1]
    origin = np.zeros(p.dimension)
    a, b = a.mapped(basis, origin), b.mapped(basis, origin)
    mean, covariance = a.moments()
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    return a.mapped(whitening, mean), b.mapped(whitening, mean)
