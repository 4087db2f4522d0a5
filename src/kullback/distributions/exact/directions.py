"""D(p ‖ q) within families of angles and of directions.

A density that depends on the angle to a mean direction alone gives D(p ‖ q) = κq·E cos θ·(1 − μp·μq) plus the
divergence of the angles' densities (Mardia & Jupp 2000, sec. 9.3; Diethe 2015, arXiv:1502.07104).
"""

from kullback.distributions.arithmetic import Array, namespace, select, square, sum_event
from kullback.distributions.bessel import between_angles, log_mean_tilt, mean_cosine_gap
from kullback.distributions.exact.conditions import require_equal
from kullback.distributions.exact.intervals import between_dirichlets
from kullback.distributions.families.circular import VonMises
from kullback.distributions.families.multivariate import PowerSpherical, SphericalUniform, VonMisesFisher
from kullback.distributions.registry import register_kl

__all__ = ["von_mises", "von_mises_fisher"]

_MARDIA = "Mardia & Jupp 2000, sec. 9.3; Diethe 2015, arXiv:1502.07104"
_POWER = "De Cao & Aziz 2020, arXiv:2006.04437, sec. 2"


@register_kl(VonMises, VonMises, source=_MARDIA)
def von_mises(p: VonMises, q: VonMises) -> Array:
    """2κq·A(κp)·sin²(Δ/2) + the gap of log I₀ between κp and κq, A(κ) = I₁(κ)/I₀(κ)."""
    sine = namespace(p.loc).sin(0.5 * (p.loc - q.loc))
    turn = 2 * q.concentration * (1 - mean_cosine_gap(p.concentration, 0)) * square(sine)
    return turn + between_angles(p.concentration, q.concentration, 0)


@register_kl(VonMisesFisher, VonMisesFisher, source=_MARDIA)
def von_mises_fisher(p: VonMisesFisher, q: VonMisesFisher) -> Array:
    """½κq·A(κp)·|μp − μq|² + the divergence of the angles."""
    m = p.mean_direction.shape[-1] - 2
    length = 1 - mean_cosine_gap(p.concentration, m)
    turn = 0.5 * q.concentration * length * sum_event(square(p.mean_direction - q.mean_direction))
    return turn + between_angles(p.concentration, q.concentration, m)


@register_kl(VonMisesFisher, SphericalUniform, source=_MARDIA)
def to_uniform(p: VonMisesFisher, q: SphericalUniform) -> Array:
    """The divergence of the angles, to κq = 0."""
    return between_angles(p.concentration, 0.0 * p.concentration, q.dimension - 2)


@register_kl(SphericalUniform, VonMisesFisher, source=_MARDIA)
def from_uniform(p: SphericalUniform, q: VonMisesFisher) -> Array:
    """The divergence of the angles, from κp = 0."""
    return log_mean_tilt(q.concentration, p.dimension - 2)


@register_kl(SphericalUniform, SphericalUniform, source="one distribution")
def uniform(p: SphericalUniform, q: SphericalUniform) -> Array:
    """0: there is one uniform distribution on a sphere."""
    return namespace(p.anchor).zeros_like(p.anchor)


def _betas(p: PowerSpherical, n: int) -> Array:
    """(1 + cos θ)/2 is a Beta((n − 1)/2 + κ, (n − 1)/2) variable."""
    xp = namespace(p.concentration)
    half = 0.5 * (n - 1) + 0.0 * p.concentration
    return xp.stack((half + p.concentration, half), axis=-1)


@register_kl(PowerSpherical, SphericalUniform, source=_POWER)
def power_to_uniform(p: PowerSpherical, q: SphericalUniform) -> Array:
    """That of the Beta variable of the angle, to the one for κ = 0."""
    a = _betas(p, q.dimension)
    return between_dirichlets(a, 0.0 * a + 0.5 * (q.dimension - 1))


@register_kl(PowerSpherical, PowerSpherical, source=f"{_POWER}, at one mean direction")
def power_spherical(p: PowerSpherical, q: PowerSpherical) -> Array:
    """That of the Beta variables of the angle, at one mean direction; others have no closed form."""
    require_equal(p.mean_direction, q.mean_direction)
    n = p.mean_direction.shape[-1]
    return between_dirichlets(_betas(p, n), _betas(q, n))


@register_kl(PowerSpherical, VonMisesFisher, source=_POWER)
def power_to_von_mises_fisher(p: PowerSpherical, q: VonMisesFisher) -> Array:
    """D(p ‖ uniform) − κq·E cos θ·(μp·μq) + log E e^(κq cos θ) under the uniform distribution."""
    n = p.mean_direction.shape[-1]
    a = _betas(p, n)
    to_uniform = between_dirichlets(a, 0.0 * a + 0.5 * (n - 1))
    length = p.concentration / (p.concentration + (n - 1))
    along = sum_event(p.mean_direction * q.mean_direction)
    total = to_uniform - q.concentration * length * along + log_mean_tilt(q.concentration, n - 2)
    return select(total < 0, 0.0, total)  # below zero there is nothing but rounding
