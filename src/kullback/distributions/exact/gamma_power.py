"""D(p ‖ q) between two powers of gamma variables, or between their logarithms: one form for every such pair.

A divergence does not change when x is replaced by a one-to-one function of it, so log x serves both kinds.
With r = c_q/c_p, ρ = r − 1, and z = log of the ratio of E_p (x/s_q)^c_q to k_q,

    D = k_q (e^z − 1 − z) + B_h(k_q; k_p) + k_q B(k_p + r; k_p + 1) + (ρ − log|r|) + ρ (k_q − k_p)/k_p,

where B and B_h are the Bregman gaps of lnΓ and of h(k) = lnΓ(k) − k log k + k (see
`kullback.distributions.gamma`). For r = 1 it is the gamma divergence in the orthogonal coordinates mean and
concentration; for k = 1 that of two Weibull or two Gumbel variables (Bauckhage 2013, arXiv:1310.3713). The
general one follows Stacy (1962).
"""

from math import inf

from kullback.distributions.arithmetic import (
    Array,
    beside,
    exp,
    expm1,
    expm1mx,
    is_number,
    log_ratio,
    select,
)
from kullback.distributions.families.gamma_power import GammaPower, LogGammaPower, Member
from kullback.distributions.gamma import bregman_lgamma, bregman_lgamma_excess, lgamma_increment
from kullback.distributions.registry import register_kl

__all__ = ["between_members"]

_SOURCE = "Stacy 1962, eq. 1; Bauckhage 2013, arXiv:1310.3713"


@register_kl(GammaPower, GammaPower, source=_SOURCE)
@register_kl(LogGammaPower, LogGammaPower, source=_SOURCE)
def between_members(p: GammaPower | LogGammaPower, q: GammaPower | LogGammaPower) -> Array:
    """D(p ‖ q); +inf where E_p (x/s_q)^c_q is."""
    a, b = p.member(), q.member()
    if not a.power.factors and not b.power.factors and a.power.constant == b.power.constant:
        return _same_power(a, b)
    return _any_power(a, b)


def _log_scale_gap(a: Member, b: Member) -> Array:
    """The difference of the logarithms of the two scales, part by part."""
    if len(a.shift) != len(b.shift):
        return a.values()[2] - b.values()[2]
    shifts = sum((w * (v - u) for (v, w), (u, _) in zip(a.shift, b.shift, strict=True)), 0.0)
    return shifts + a.scale.log_ratio(b.scale)


def _same_power(a: Member, b: Member) -> Array:
    """Two gamma variables, seen through one power."""
    kp, kq = a.concentration, b.concentration
    gap = b.power.constant * _log_scale_gap(a, b)
    if is_number(kp) and is_number(kq) and kp == kq:
        return kq * expm1mx(gap) if not is_number(gap) else 0.0
    kp, kq = beside(gap + 0.0 * kp + 0.0 * kq, kp, kq)
    return kq * expm1mx(gap + log_ratio(kp, kq)) + bregman_lgamma_excess(kq, kp)


def _any_power(a: Member, b: Member) -> Array:
    gap = _log_scale_gap(a, b)
    log_r = b.power.log_ratio(a.power)
    cq = b.power.value()
    sign = a.power.value() * cq
    kp, kq, gap, log_r, sign = beside(
        0.0 * gap + 0.0 * log_r + 0.0 * a.concentration + 0.0 * b.concentration,
        a.concentration,
        b.concentration,
        gap,
        log_r,
        sign,
    )
    alike = sign > 0
    rho = select(alike, expm1(log_r), -exp(log_r) - 1)
    exists = kp + 1 + rho > 0
    k, rho = select(exists, kp, 1.0), select(exists, rho, 0.0)
    size = select(alike, expm1mx(log_r), rho - log_r)  # ρ − log|r|
    shape = bregman_lgamma(k + 1 + rho, k + 1, rho)
    z = cq * gap + lgamma_increment(k + 1, rho) + log_ratio(k, kq)
    value = kq * expm1mx(z) + bregman_lgamma_excess(kq, k) + kq * shape + size + rho * ((kq - k) / k)
    return select(exists, value, inf)
