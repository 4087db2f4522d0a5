"""Families on vectors, matrices, the simplex and the sphere; the last axes of a parameter are the event's."""

from dataclasses import dataclass
from math import inf, pi
from math import log as ln
from typing import ClassVar

from kullback.distributions import linalg
from kullback.distributions.arithmetic import Array, log, namespace, square, sum_event
from kullback.distributions.gamma import lgamma
from kullback.distributions.record import (
    NON_NEGATIVE,
    POSITIVE,
    REAL,
    Distribution,
    Rule,
    exactly_one,
    parameter,
)
from kullback.distributions.supports import Whole

__all__ = [
    "DiagonalNormal",
    "Dirichlet",
    "GaussianVector",
    "LowRankNormal",
    "MatrixNormal",
    "MultivariateNormal",
    "PowerSpherical",
    "SphericalUniform",
    "VonMisesFisher",
    "Wishart",
]

_FINITE_MATRIX = Rule("finite", lambda x: (x > -inf) & (x < inf))


@dataclass(frozen=True, eq=False)
class Dirichlet(Distribution):
    """Dirichlet(concentration): density ∝ Π xᵢ^(concentrationᵢ − 1) on the simplex; ``(..., n)``."""

    concentration: Array = parameter(POSITIVE, event=1)
    event_dims: ClassVar[int] = 1

    @property
    def support(self) -> Whole:
        """The simplex."""
        return Whole("simplex", self.event_shape)

    def log_prob(self, x: Array) -> Array:
        """lnΓ(Σa) − Σ lnΓ(aᵢ) + Σ (aᵢ − 1) log xᵢ."""
        a = self.concentration
        return lgamma(sum_event(a)) - sum_event(lgamma(a)) + sum_event((a - 1) * log(x))

    def mean(self) -> Array:
        """Concentration over its sum."""
        return self.concentration / namespace(self.concentration).sum(
            self.concentration, axis=-1, keepdims=True
        )


@dataclass(frozen=True, eq=False)
class GaussianVector(Distribution):
    """A normal vector, however its covariance is given."""

    event_dims: ClassVar[int] = 1

    def cholesky(self) -> Array:
        """The lower Cholesky factor of the covariance: ``(..., n, n)``."""
        raise NotImplementedError

    def full_covariance(self) -> Array:
        """The covariance matrix: ``(..., n, n)``."""
        factor = self.cholesky()
        return namespace(factor).matmul(factor, linalg.transpose(factor))

    @property
    def support(self) -> Whole:
        """All vectors."""
        return Whole("vectors", self.event_shape)

    def log_prob(self, x: Array) -> Array:
        """−½|L⁻¹(x − μ)|² − Σ log Lᵢᵢ − (n/2) log 2π: ``(..., n) -> (...)``."""
        factor = self.cholesky()
        z = linalg.solve_lower(factor, (x - self.location())[..., None])[..., 0]
        n = z.shape[-1]
        return -0.5 * sum_event(square(z)) - sum_event(log(linalg.diagonal(factor))) - 0.5 * n * ln(2 * pi)

    def location(self) -> Array:
        """The mean vector."""
        raise NotImplementedError

    def mean(self) -> Array:
        """The mean vector."""
        return self.location()


@dataclass(frozen=True, eq=False)
class MultivariateNormal(GaussianVector):
    """MultivariateNormal(loc, covariance=..., scale_tril=... or precision=...), matrices ``(..., n, n)``.

    The lower Cholesky factor `scale_tril` is the most accurate: a covariance loses digits with its condition.
    """

    loc: Array = parameter(REAL, event=1)
    covariance: Array = parameter(_FINITE_MATRIX, event=2, default=None)
    scale_tril: Array = parameter(_FINITE_MATRIX, event=2, default=None)
    precision: Array = parameter(_FINITE_MATRIX, event=2, default=None)

    def __post_init__(self) -> None:
        exactly_one(
            "MultivariateNormal",
            covariance=self.covariance,
            scale_tril=self.scale_tril,
            precision=self.precision,
        )
        super().__post_init__()

    def location(self) -> Array:
        """Loc."""
        return self.loc

    def cholesky(self) -> Array:
        """scale_tril, or the factor of the covariance."""
        if self.scale_tril is not None:
            return self.scale_tril
        if self.covariance is not None:
            return linalg.cholesky(self.covariance)
        return linalg.cholesky_of_inverse(self.precision)

    def full_covariance(self) -> Array:
        """The covariance, or what follows from the factor or the precision."""
        return super().full_covariance() if self.covariance is None else self.covariance


@dataclass(frozen=True, eq=False)
class DiagonalNormal(GaussianVector):
    """Independent normals as one vector: DiagonalNormal(loc, scale), both ``(..., n)``."""

    loc: Array = parameter(REAL, event=1)
    scale: Array = parameter(POSITIVE, event=1)

    def location(self) -> Array:
        """Loc."""
        return self.loc

    def cholesky(self) -> Array:
        """The scales on the diagonal."""
        return linalg.diagonal_matrix(self.scale)


@dataclass(frozen=True, eq=False)
class LowRankNormal(GaussianVector):
    """LowRankNormal(loc, factor, diagonal): covariance F·Fᵀ + diag; factor ``(..., n, k)``."""

    loc: Array = parameter(REAL, event=1)
    factor: Array = parameter(_FINITE_MATRIX, event=2)
    diagonal: Array = parameter(POSITIVE, event=1)

    def location(self) -> Array:
        """Loc."""
        return self.loc

    def cholesky(self) -> Array:
        """The factor of the full covariance."""
        return linalg.cholesky(self.full_covariance())

    def full_covariance(self) -> Array:
        """F·Fᵀ + diag(diagonal)."""
        f = self.factor
        return namespace(f).matmul(f, linalg.transpose(f)) + linalg.diagonal_matrix(self.diagonal)


@dataclass(frozen=True, eq=False)
class MatrixNormal(Distribution):
    """MatrixNormal(loc, row_scale_tril, column_scale_tril): covariance of vec X = columns ⊗ rows."""

    loc: Array = parameter(REAL, event=2)
    row_scale_tril: Array = parameter(_FINITE_MATRIX, event=2)
    column_scale_tril: Array = parameter(_FINITE_MATRIX, event=2)
    event_dims: ClassVar[int] = 2

    @property
    def support(self) -> Whole:
        """All matrices."""
        return Whole("matrices", self.event_shape)


@dataclass(frozen=True, eq=False)
class Wishart(Distribution):
    """Wishart(df, scale_tril): Σ xxᵀ of df normal vectors; ``(..., n, n)``."""

    df: Array = parameter(POSITIVE)
    scale_tril: Array = parameter(_FINITE_MATRIX, event=2)
    event_dims: ClassVar[int] = 2

    @property
    def support(self) -> Whole:
        """Positive definite matrices."""
        return Whole("positive definite matrices", self.event_shape)


@dataclass(frozen=True, eq=False)
class SphericalUniform(Distribution):
    """The uniform distribution on the unit sphere of n-vectors, n ≥ 2.

    `anchor` is any array of the framework, dtype and batch shape that answers shall have.
    """

    dimension: int = 3
    anchor: Array = parameter(REAL, default=0.0)
    event_dims: ClassVar[int] = 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The number of coordinates."""
        return (self.dimension,)

    @property
    def support(self) -> Whole:
        """The unit sphere."""
        return Whole("sphere", self.event_shape)


@dataclass(frozen=True, eq=False)
class VonMisesFisher(Distribution):
    """VonMisesFisher(mean_direction, concentration): density ∝ e^(κ μ·x) on the unit sphere."""

    mean_direction: Array = parameter(REAL, event=1)
    concentration: Array = parameter(NON_NEGATIVE)
    event_dims: ClassVar[int] = 1

    @property
    def support(self) -> Whole:
        """The unit sphere."""
        return Whole("sphere", self.event_shape)


@dataclass(frozen=True, eq=False)
class PowerSpherical(Distribution):
    """PowerSpherical(mean_direction, concentration): density ∝ (1 + μ·x)^κ (De Cao & Aziz 2020)."""

    mean_direction: Array = parameter(REAL, event=1)
    concentration: Array = parameter(NON_NEGATIVE)
    event_dims: ClassVar[int] = 1

    @property
    def support(self) -> Whole:
        """The unit sphere."""
        return Whole("sphere", self.event_shape)
