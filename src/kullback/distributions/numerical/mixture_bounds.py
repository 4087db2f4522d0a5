"""An interval that contains D(p ‖ q) of mixtures of normal vectors in any dimension.

With the divergences of all pairs of components at hand, E_p log p and E_p log q are each bounded from both
sides: from below by the variational bound, log Σ ωᵦ e^(−D(pₐ ‖ qᵦ)) − H(pₐ) ≤ E_pₐ log q, from above by
Jensen's, E_pₐ log q ≤ log Σ ωᵦ ∫ pₐqᵦ (Durrieu, Thiran & Kelly 2012, sec. 3). Two more bounds are tighter
where components are far apart, or close: the variational upper bound, which matches p's components with q's
(Hershey & Olsen 2007, sec. 8); and the divergence of projections on lines, which can only be smaller (Cover &
Thomas 2006, theorem 2.8.1) and is found by quadrature.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from kullback.distributions.families.combined import Mixture
from kullback.distributions.families.real_line import Normal
from kullback.distributions.numerical.gaussians import Gaussians
from kullback.distributions.numerical.quadrature import integrate
from kullback.distributions.numerical.result import Bound
from kullback.distributions.numerical.rules import Floats
from kullback.kernels.portable import expm1mx

__all__ = ["METHOD", "enclose", "on_line"]

METHOD: Final = "mixture bounds"
_MOST_LINES: Final = 8
_ITERATIONS: Final = 200


def enclose(p: Gaussians, q: Gaussians) -> Bound:
    """The interval, and the variational approximation inside it as the value (Hershey & Olsen, eq. 20)."""
    to_q, to_p = _divergences(p, q), _divergences(p, p)
    entropies = _entropies(p)
    near_q, near_p = (_log_sum(x.log_weights() - d) for x, d in ((q, to_q), (p, to_p)))
    over_q, over_p = (_log_sum(x.log_weights() + _log_overlaps(p, x)) for x in (q, p))
    # E log p and E log q under each component of p, from below and from above
    below_p, below_q = near_p - entropies, near_q - entropies
    upper = min(float(p.weights @ (over_p - below_q)), _matched(p, q, to_q))
    lower = max(0.0, float(p.weights @ (below_p - over_q)), *(on_line(p, q, v).lower for v in _lines(p, q)))
    rounding = 1e-13 * (1.0 + upper)
    lower, upper = max(lower - rounding, 0.0), upper + rounding
    value = float(p.weights @ (near_p - near_q))
    return Bound(min(max(value, lower), upper), lower, upper, METHOD)


def _divergences(p: Gaussians, q: Gaussians) -> Floats:
    """D(pₐ ‖ qᵦ) of all pairs of components: ``(a, b)``, without cancellation."""
    solved = np.linalg.inv(q.factors)[None]
    whitened = solved @ p.factors[:, None]
    away = (solved @ (p.means[:, None] - q.means[None])[..., None])[..., 0]
    diagonals = np.diagonal(whitened, axis1=-2, axis2=-1)
    below = np.tril(whitened, -1)
    size = np.square(below).sum(axis=(-2, -1)) + np.square(away).sum(axis=-1)
    divergences: Floats = 0.5 * (size + expm1mx(np, 2 * np.log(diagonals)).sum(axis=-1))
    return divergences


def _entropies(p: Gaussians) -> Floats:
    diagonals = np.diagonal(p.factors, axis1=-2, axis2=-1)
    entropies: Floats = np.log(diagonals).sum(axis=-1) + 0.5 * p.dimension * np.log(2 * np.pi * np.e)
    return entropies


def _log_overlaps(p: Gaussians, q: Gaussians) -> Floats:
    """Log ∫ pₐqᵦ, the log density of the difference of two draws at 0: ``(a, b)``."""
    sums = np.linalg.cholesky(p.covariances()[:, None] + q.covariances()[None])
    away = p.means[:, None] - q.means[None]
    z = np.linalg.solve(sums, away[..., None])[..., 0]
    size = np.log(np.diagonal(sums, axis1=-2, axis2=-1)).sum(axis=-1)
    overlaps: Floats = -0.5 * np.square(z).sum(axis=-1) - size - 0.5 * p.dimension * np.log(2 * np.pi)
    return overlaps


def _log_sum(x: Floats) -> Floats:
    """Log Σ exp over the last axis."""
    top = x.max(axis=-1, keepdims=True)
    total: Floats = top[..., 0] + np.log(np.exp(x - top).sum(axis=-1))
    return total


def _matched(p: Gaussians, q: Gaussians, divergences: Floats) -> float:
    """Split both mixtures into pairs of components: the chain rule bounds D(p ‖ q) for every split.

    D ≤ Σ φ log(φ/ψ) + φ·D(pₐ ‖ qᵦ), where φ splits p's weights and ψ q's. Each step minimises over one.
    """
    split_p = p.weights[:, None] * q.weights
    best = np.inf
    for _ in range(_ITERATIONS):
        split_q = q.weights * split_p / split_p.sum(axis=0)
        share = np.log(split_q) - divergences
        split_p = p.weights[:, None] * np.exp(share - _log_sum(share)[:, None])
        present = split_p > 0
        ratio = np.log(np.where(present, split_p / split_q, 1.0))
        terms = np.where(present, split_p * (ratio + divergences), 0.0)
        bound = float(terms.sum())
        if not bound < best - 1e-12 * abs(best):
            break
        best = bound
    return min(best, float(p.weights @ (divergences @ q.weights)))


def _lines(p: Gaussians, q: Gaussians) -> Iterator[Floats]:
    """Directions in which the two may differ: between means, and where their covariances differ most."""
    mean_p, cov_p = p.moments()
    mean_q, cov_q = q.moments()
    whitening = np.linalg.inv(np.linalg.cholesky(cov_p))
    difference = whitening @ cov_q @ whitening.T
    _, vectors = np.linalg.eigh(difference)
    found = [
        whitening.T @ vectors[:, -1],
        whitening.T @ vectors[:, 0],
        np.linalg.solve(cov_p, mean_p - mean_q),
    ]
    centers = np.concatenate([p.means, q.means]) - mean_p
    _, _, main = np.linalg.svd(centers @ whitening.T, full_matrices=False)
    found += [whitening.T @ v for v in main]
    lengths = [float(np.linalg.norm(v)) for v in found]
    yield from [v / n for v, n in zip(found, lengths, strict=True) if n > 0][:_MOST_LINES]


def on_line(p: Gaussians, q: Gaussians, direction: Floats | None = None) -> Bound:
    """The divergence of both mixtures' projections on a line; of themselves in one dimension."""
    line = np.ones(1) if direction is None else direction
    return integrate(_projected(p, line), _projected(q, line))


def _projected(x: Gaussians, direction: Floats) -> Mixture:
    scales = np.linalg.norm(direction @ x.factors, axis=-1)
    return Mixture.trusted(
        weights=x.weights, components=Normal.trusted(loc=x.means @ direction, scale=scales)
    )
