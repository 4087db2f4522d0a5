"""D(p ‖ q) within families of vectors, matrices and directions."""

from kullback.distributions import linalg
from kullback.distributions.arithmetic import (
    Array,
    expm1mx,
    kl_terms,
    log1p,
    log1pmx,
    log_ratio,
    namespace,
    select,
    square,
    sum_event,
)
from kullback.distributions.families.multivariate import (
    DiagonalNormal,
    GaussianVector,
    LowRankNormal,
    MatrixNormal,
    MultivariateNormal,
    Wishart,
)
from kullback.distributions.gamma import bregman_lgamma_excess
from kullback.distributions.registry import register_kl

__all__ = ["between_vectors", "matrix_normal", "wishart"]

_PENNY = "Penny 2001, KL-divergences of Normal, Gamma, Dirichlet and Wishart densities"


@register_kl(DiagonalNormal, DiagonalNormal, source=f"{_PENNY}, eq. 2, summed")
def between_diagonals(p: DiagonalNormal, q: DiagonalNormal) -> Array:
    """The sum of the divergences of the entries."""
    return sum_event(_of_diagonals(p.scale, q.scale) + 0.5 * square((p.loc - q.loc) / q.scale))


@register_kl(GaussianVector, GaussianVector, source=f"{_PENNY}, eq. 4")
def between_vectors(p: GaussianVector, q: GaussianVector) -> Array:
    """The form that subtracts what both are given as: factors, precisions or covariances."""
    if _has_factor(p) and _has_factor(q):
        return _from_factors(p, q)
    a, b = (d.precision if isinstance(d, MultivariateNormal) else None for d in (p, q))
    if a is not None and b is not None:
        return _from_precisions(p, a, q, b)
    return _from_covariances(p, q)


def _has_factor(p: GaussianVector) -> bool:
    return isinstance(p, DiagonalNormal) or (isinstance(p, MultivariateNormal) and p.scale_tril is not None)


def _of_diagonals(a: Array, b: Array) -> Array:
    """½t² + t − log(1 + t), t = (a − b)/b: the divergence of two normals with one mean."""
    return 0.5 * square((a - b) / b) + kl_terms(b, a) / b


def _whitened(factor: Array, move: Array) -> Array:
    """|L⁻¹(μp − μq)|²."""
    return sum_event(square(linalg.solve_lower(factor, move[..., None])[..., 0]))


def _from_factors(p: GaussianVector, q: GaussianVector) -> Array:
    """½(|T below the diagonal|² + |Lq⁻¹(μp − μq)|²) + the diagonal's terms, T = Lq⁻¹(Lp − Lq)."""
    a, b = p.cholesky(), q.cholesky()
    below = linalg.lower_triangle(linalg.solve_lower(b, a - b), -1)
    spread = sum_event(_of_diagonals(linalg.diagonal(a), linalg.diagonal(b)))
    return 0.5 * (sum_event(square(below), 2) + _whitened(b, p.location() - q.location())) + spread


def _from_covariances(p: GaussianVector, q: GaussianVector) -> Array:
    """½ Σ (e − log(1 + e)) over the eigenvalues e of Lq⁻¹(Σp − Σq)Lq⁻ᵀ, and the whitened distance.

    Where p is much narrower than q in a direction, 1 + e has no digits left, and Cholesky factors serve.
    """
    b = q.cholesky()
    half = linalg.transpose(linalg.solve_lower(b, _covariance_gap(p, q)))
    gaps = linalg.eigenvalues(linalg.solve_lower(b, half))
    narrow = namespace(gaps).min(gaps, axis=-1) < -0.5
    near = 0.5 * sum_event(-log1pmx(select(narrow[..., None], 0.0, gaps)))
    a = p.cholesky()
    below = linalg.lower_triangle(linalg.solve_lower(b, a - b), -1)
    far = 0.5 * sum_event(square(below), 2) + sum_event(_of_diagonals(linalg.diagonal(a), linalg.diagonal(b)))
    return select(narrow, far, near) + 0.5 * _whitened(b, p.location() - q.location())


def _covariance_gap(p: GaussianVector, q: GaussianVector) -> Array:
    """Σp − Σq; for low ranks from the differences of the parts."""
    if isinstance(p, LowRankNormal) and isinstance(q, LowRankNormal) and p.factor.shape == q.factor.shape:
        xp = namespace(p.factor)
        change = p.factor - q.factor
        gap = xp.matmul(change, linalg.transpose(p.factor)) + xp.matmul(q.factor, linalg.transpose(change))
        return gap + linalg.diagonal_matrix(p.diagonal - q.diagonal)
    return p.full_covariance() - q.full_covariance()


def _from_precisions(p: GaussianVector, a: Array, q: GaussianVector, b: Array) -> Array:
    """½ Σ (f − log(1 + f)) over the eigenvalues f of M⁻¹(Pq − Pp)M⁻ᵀ, Pp = MMᵀ, and δᵀPqδ/2."""
    xp = namespace(a, b)
    m = linalg.cholesky(a)
    half = linalg.transpose(linalg.solve_lower(m, b - a))
    gaps = linalg.eigenvalues(linalg.solve_lower(m, half))
    move = (p.location() - q.location())[..., None]
    distance = sum_event(square(xp.matmul(linalg.transpose(linalg.cholesky(b)), move)), 2)
    return 0.5 * (sum_event(-log1pmx(gaps)) + distance)


@register_kl(MatrixNormal, MatrixNormal, source=f"{_PENNY}, eq. 4, for a Kronecker product of factors")
def matrix_normal(p: MatrixNormal, q: MatrixNormal) -> Array:
    """The vector form with T = A ⊗ B − 1, A and B the whitened column and row factors."""
    a = linalg.solve_lower(q.column_scale_tril, p.column_scale_tril - q.column_scale_tril)
    b = linalg.solve_lower(q.row_scale_tril, p.row_scale_tril - q.row_scale_tril)
    da, db = linalg.diagonal(a), linalg.diagonal(b)
    size_a, size_b = sum_event(square(1 + da)), sum_event(square(1 + db))
    off_a = sum_event(square(linalg.lower_triangle(a, -1)), 2)
    off_b = sum_event(square(linalg.lower_triangle(b, -1)), 2)
    below = size_a * off_b + off_a * size_b + off_a * off_b
    t = da[..., :, None] + db[..., None, :] + da[..., :, None] * db[..., None, :]
    spread = sum_event(0.5 * square(t) - log1pmx(t), 2)
    half = linalg.solve_lower(q.row_scale_tril, p.loc - q.loc)
    white = linalg.solve_lower(q.column_scale_tril, linalg.transpose(half))
    return 0.5 * (below + sum_event(square(white), 2)) + spread


@register_kl(Wishart, Wishart, source=f"{_PENNY}, eq. 14")
def wishart(p: Wishart, q: Wishart) -> Array:
    """(νq/2)(tr M − n − log|M|) with M = (νp/νq)Vq⁻¹Vp, plus the gap of Σⱼ lnΓ((ν − j)/2) less entropy."""
    n = p.scale_tril.shape[-1]
    below = linalg.lower_triangle(linalg.solve_lower(q.scale_tril, p.scale_tril - q.scale_tril), -1)
    ratio = log_ratio(p.df, q.df)
    logs = log_ratio(linalg.diagonal(p.scale_tril), linalg.diagonal(q.scale_tril))
    spread = sum_event(expm1mx(2 * logs + ratio[..., None])) + p.df / q.df * sum_event(square(below), 2)
    x, y, gap = 0.5 * p.df, 0.5 * q.df, 0.5 * (q.df - p.df)
    freedom = sum(
        bregman_lgamma_excess(y - 0.5 * j, x - 0.5 * j, gap) + _entropy_loss(x, gap, 0.5 * j)
        for j in range(n)
    )
    return 0.5 * q.df * spread + freedom


def _entropy_loss(x: Array, gap: Array, shift: float) -> Array:
    """The gap of x log x at x − shift less that at x: ≥ 0, as the curvature 1/x falls."""
    if not shift:
        return 0.0
    return _entropy(x - shift, gap) - _entropy(x, gap)


def _entropy(x: Array, gap: Array) -> Array:
    u = gap / x
    small = namespace(u).abs(u) <= 1
    near, far = select(small, u, 0.0), select(small, 0.0, u)
    return x * select(small, square(near) + (1 + near) * log1pmx(near), (1 + far) * log1p(far) - far)
