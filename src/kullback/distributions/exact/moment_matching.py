"""The members of families that are closest to a distribution, where a formula says which they are.

Forward: argmin_q D(p ‖ q) over a family q(x) = h(x)·exp(θ·T(x) − A(θ)) is the member with E_q T = E_p T
(Wainwright & Jordan 2008, sec. 3.6), so all that is needed of p are expectations. Reverse: argmin_q D(q ‖ p)
of normal vectors with independent entries has the precisions of p (Bishop 2006, sec. 10.1.2).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, isfinite, log
from typing import Any, Final, TypeVar

import numpy as np

from kullback.distributions import linalg
from kullback.distributions.arithmetic import sum_event, times
from kullback.distributions.bessel import mean_cosine_gap
from kullback.distributions.exact.by_features import expected
from kullback.distributions.families.bounded import Beta, ContinuousBernoulli, Uniform
from kullback.distributions.families.circular import VonMises, WrappedCauchy
from kullback.distributions.families.combined import Independent, Mixture
from kullback.distributions.families.discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    DiscreteUniform,
    Geometric,
    NegativeBinomial,
    Poisson,
)
from kullback.distributions.families.gamma_power import (
    Chi,
    ChiSquared,
    ExpGamma,
    ExpInverseGamma,
    Exponential,
    Gamma,
    HalfNormal,
    InverseGamma,
    Levy,
    Maxwell,
    Nakagami,
    Rayleigh,
)
from kullback.distributions.families.multivariate import (
    DiagonalNormal,
    Dirichlet,
    GaussianVector,
    MultivariateNormal,
)
from kullback.distributions.families.positive import InverseGaussian, LogNormal, LogUniform, Pareto
from kullback.distributions.families.real_line import Laplace, Logistic, Normal, StudentT
from kullback.distributions.features import (
    AbsoluteDeviation,
    Feature,
    Linear,
    Log,
    LogComplement,
    LogSquaredDeviation,
    Power,
    SquaredDeviation,
    Tilt,
)
from kullback.distributions.gamma import digamma, trigamma
from kullback.distributions.record import Distribution
from kullback.distributions.registry import NotClosedError
from kullback.distributions.supports import Support
from kullback.distributions.tilts import mean_under_tilt
from kullback.errors import InvalidInputError

__all__ = ["Moments", "cross_entropy", "match_forward", "match_reverse"]

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Moments:
    """The expectations under one distribution p, or one mixture, as numbers."""

    p: Distribution

    def find(self, feature: Feature) -> float | None:
        """E_p of the feature, infinite or NaN where it does not exist; None where it is not known."""
        mixture = self.p if isinstance(self.p, Mixture) else None
        value = expected(self.p if mixture is None else mixture.components, feature)
        if value is not None and mixture is not None:
            value = sum_event(times(mixture.weights, value))
        return None if value is None else float(value)

    def of(self, feature: Feature) -> float:
        """E_p of the feature.

        Raises
        ------
        NotClosedError
            If it is not known.
        InvalidInputError
            If it is infinite, or does not exist.
        """
        value = self.find(feature)
        if value is None:
            raise NotClosedError
        if not isfinite(value):
            words = (type(feature).__doc__ or "").partition(", for")[0].rstrip(".")
            what = f"infinite ({value})" if abs(value) == inf else "undefined"
            raise InvalidInputError(
                f"the expectation of {words} under P ({type(self.p).__name__}) is {what}, and with it the "
                "divergence from P to every member of the family. Choose a family with heavier tails, or the "
                "other direction."
            )
        return value

    def mean(self) -> float:
        """E_p x."""
        return self.of(Linear())

    @property
    def support(self) -> Support:
        """Where p can put mass."""
        return self.p.support

    @cached_property
    def vector(self) -> tuple[Any, Any]:
        """The mean and the covariance of a normal vector, or of a mixture of them."""
        parts = self.p.components if isinstance(self.p, Mixture) else self.p
        if isinstance(parts, Independent) and isinstance(parts.base, Normal) and parts.reinterpreted == 1:
            shape = parts.base.batch_shape
            loc, scale = (np.broadcast_to(x, shape) for x in (parts.base.loc, parts.base.scale))
            parts = DiagonalNormal.trusted(loc=loc, scale=scale)
        if not isinstance(parts, GaussianVector):
            raise NotClosedError
        if not isinstance(self.p, Mixture):
            return parts.location(), parts.full_covariance()
        weights = self.p.weights
        mean = weights @ parts.location()
        away = parts.location() - mean
        spread = np.einsum("k,ki,kj->ij", weights, away, away)
        return mean, spread + np.einsum("k,kij->ij", weights, parts.full_covariance())


def cross_entropy(moments: Moments, q: Distribution) -> float | None:
    """−E_p log q, from the expectations of q's features; None where one is not known."""
    if q.features is None:
        return None
    expansion = q.expansion()
    total = -float(expansion.constant)
    for coefficient, feature in expansion.terms:
        value = moments.find(feature)
        if value is None:
            return None
        total -= float(times(np.asarray(coefficient, dtype=float), np.float64(value)))
    return total


Rule = Callable[..., Parameters]
R = TypeVar("R", bound=Rule)

_FORWARD: Final[dict[type[Distribution], Rule]] = {}


def matched(family: type[Distribution]) -> Callable[[R], R]:
    """Register the decorated function ``f(moments, **fixed)`` as the parameters of the closest member.

    The parameters that it takes by name are those that a caller may hold fixed.
    """

    def decorate(rule: R) -> R:
        _FORWARD[family] = rule
        return rule

    return decorate


def match_forward(p: Distribution, family: type[Distribution], fixed: Mapping[str, Any]) -> Parameters | None:
    """The parameters of argmin_q D(p ‖ q); None where no formula gives them.

    Raises
    ------
    InvalidInputError
        If an expectation that they depend on is infinite.
    """
    rule = _FORWARD.get(family)
    needed = () if rule is None else tuple(rule.__annotations__)[1:-1]
    if rule is None or set(needed) != set(fixed):
        return None
    try:
        return rule(Moments(p), **fixed)
    except NotClosedError:
        return None


def match_reverse(p: Distribution, family: type[Distribution], fixed: Mapping[str, Any]) -> Parameters | None:
    """The parameters of argmin_q D(q ‖ p); None where no formula gives them."""
    if family is not DiagonalNormal or not isinstance(p, GaussianVector) or fixed:
        return None
    inverse = np.linalg.inv(p.cholesky())
    return {"loc": p.location(), "scale": 1 / np.sqrt(np.sum(np.square(inverse), axis=-2))}


def increasing(f: Callable[[float], float], target: float) -> float:
    """The x > 0 at which an increasing function takes a value, by bisection of log x to the last digit."""
    low, high = -690.0, 690.0
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return exp(middle)
        low, high = (middle, high) if f(exp(middle)) < target else (low, middle)


# -- the real line and the circle ----------------------------------------------------------------------------


@matched(Normal)
def _(m: Moments) -> Parameters:
    mean = m.mean()
    return {"loc": mean, "scale": m.of(SquaredDeviation(mean)) ** 0.5}


@matched(Laplace)
def _(m: Moments) -> Parameters:
    """The median, and the mean distance from it."""
    median = _center_of_symmetry(m.p)
    return {"loc": median, "scale": m.of(AbsoluteDeviation(median))}


def _center_of_symmetry(p: Distribution) -> float:
    if isinstance(p, Normal | Logistic | StudentT):
        return float(p.loc)
    if isinstance(p, Uniform):
        return float(p.mean())
    raise NotClosedError


@matched(ExpGamma)
def _(m: Moments) -> Parameters:
    return _gamma(m.of(Tilt(1.0, 0.0)), m.mean())


@matched(ExpInverseGamma)
def _(m: Moments) -> Parameters:
    return _gamma(m.of(Tilt(-1.0, 0.0)), -m.mean())


@matched(VonMises)
def _(m: Moments) -> Parameters:
    """The direction and the length of the mean vector: E cos(x − μ) = A(κ) (Mardia & Jupp 2000, sec. 5.3)."""
    x, y = _mean_vector(m.p)
    length = float(np.hypot(x, y))
    kappa = increasing(lambda k: 1 - float(mean_cosine_gap(np.float64(k), 0)), length)
    return {"loc": float(np.arctan2(y, x)), "concentration": kappa if length > 0 else 0.0}


def _mean_vector(p: Distribution) -> tuple[float, float]:
    """E cos x and E sin x."""
    one = p.components if isinstance(p, Mixture) else p
    if isinstance(one, VonMises):
        length = 1 - mean_cosine_gap(one.concentration, 0)
    elif isinstance(one, WrappedCauchy):
        length = one.concentration
    else:
        raise NotClosedError
    weights = p.weights if isinstance(p, Mixture) else 1.0
    x, y = (np.sum(weights * length * f(one.loc)) for f in (np.cos, np.sin))
    return float(x), float(y)


# -- the positive numbers ------------------------------------------------------------------------------------


def _gamma(mean: float, mean_log: float) -> Parameters:
    """Log k − ψ(k) = log E x − E log x and rate = k/E x (Minka 2002)."""
    gap = log(mean) - mean_log
    k = increasing(lambda k: digamma(k) - log(k), -gap)
    return {"concentration": k, "rate": k / mean}


@matched(Gamma)
def _(m: Moments) -> Parameters:
    return _gamma(m.mean(), m.of(Log()))


@matched(InverseGamma)
def _(m: Moments) -> Parameters:
    return _gamma(m.of(Power(-1.0)), -m.of(Log()))


@matched(Nakagami)
def _(m: Moments) -> Parameters:
    """That of the square, a gamma variable."""
    spread = m.of(Power(2.0))
    return {"concentration": _gamma(spread, 2 * m.of(Log()))["concentration"], "spread": spread}


@matched(ChiSquared)
def _(m: Moments) -> Parameters:
    return {"df": 2 * increasing(digamma, m.of(Log(2.0)))}


@matched(Chi)
def _(m: Moments) -> Parameters:
    return {"df": 2 * increasing(digamma, 2 * m.of(Log(2**0.5)))}


@matched(Exponential)
def _(m: Moments) -> Parameters:
    return {"rate": 1 / m.of(Power(1.0))}


@matched(HalfNormal)
def _(m: Moments) -> Parameters:
    return {"scale": m.of(Power(2.0)) ** 0.5}


@matched(Rayleigh)
def _(m: Moments) -> Parameters:
    return {"scale": (m.of(Power(2.0)) / 2) ** 0.5}


@matched(Maxwell)
def _(m: Moments) -> Parameters:
    return {"scale": (m.of(Power(2.0)) / 3) ** 0.5}


@matched(Levy)
def _(m: Moments) -> Parameters:
    return {"scale": 1 / m.of(Power(-1.0))}


@matched(LogNormal)
def _(m: Moments) -> Parameters:
    mean = m.of(Log())
    return {"loc": mean, "scale": m.of(LogSquaredDeviation(mean)) ** 0.5}


@matched(InverseGaussian)
def _(m: Moments) -> Parameters:
    mean = m.of(Power(1.0))
    return {"loc": mean, "concentration": mean / (m.of(Power(-1.0, mean)) - 1)}


@matched(Pareto)
def _(m: Moments) -> Parameters:
    """The lower end of p's support, for a larger scale misses mass and a smaller one spends it."""
    low, _ = _ends(m.support)
    if low <= 0:
        raise InvalidInputError(
            f"P ({type(m.p).__name__}) has mass down to {low:g}, where a Pareto, which begins above 0, has "
            "none: the divergence is infinite. Choose a family on the positive numbers."
        )
    return {"scale": low, "alpha": 1 / m.of(Log(low))}


# -- intervals, counts and vectors ---------------------------------------------------------------------------


@matched(Uniform)
def _(m: Moments) -> Parameters:
    low, high = _ends(m.support)
    return {"low": low, "high": high}


@matched(LogUniform)
def _(m: Moments) -> Parameters:
    low, high = _ends(m.support)
    return {"low": low, "high": high}


@matched(DiscreteUniform)
def _(m: Moments) -> Parameters:
    low, high = _ends(m.support)
    return {"low": low, "high": high}


def _ends(support: Support) -> tuple[float, float]:
    low, high = (float(getattr(support, end, inf)) for end in ("lower", "upper"))
    return low, high


@matched(Beta)
def _(m: Moments) -> Parameters:
    a, b = _dirichlet(np.array([m.of(Log()), m.of(LogComplement())]))
    return {"concentration1": a, "concentration0": b}


@matched(ContinuousBernoulli)
def _(m: Moments) -> Parameters:
    mean = m.mean()
    size = increasing(lambda eta: float(mean_under_tilt(np.float64(eta))), max(mean, 1 - mean))
    return {"logits": size if mean > 0.5 else -size if mean < 0.5 else 0.0}


@matched(Bernoulli)
def _(m: Moments) -> Parameters:
    return {"probs": m.mean()}


@matched(Binomial)
def _(m: Moments, total_count: Any) -> Parameters:
    return {"total_count": total_count, "probs": m.mean() / float(total_count)}


@matched(Poisson)
def _(m: Moments) -> Parameters:
    return {"rate": m.mean()}


@matched(Geometric)
def _(m: Moments) -> Parameters:
    return {"probs": 1 / (1 + m.mean())}


@matched(NegativeBinomial)
def _(m: Moments, total_count: Any) -> Parameters:
    mean = m.mean()
    return {"total_count": total_count, "probs": mean / (mean + float(total_count))}


@matched(Categorical)
def _(m: Moments) -> Parameters:
    parts = m.p.components if isinstance(m.p, Mixture) else None
    if not isinstance(m.p, Mixture) or not isinstance(parts, Categorical) or parts.probs is None:
        raise NotClosedError
    return {"probs": m.p.weights @ parts.probs}


@matched(Dirichlet)
def _(m: Moments) -> Parameters:
    parts = m.p.components if isinstance(m.p, Mixture) else None
    if not isinstance(m.p, Mixture) or not isinstance(parts, Dirichlet):
        raise NotClosedError
    a = parts.concentration
    mean_logs = digamma(a) - digamma(np.sum(a, axis=-1, keepdims=True))
    return {"concentration": _dirichlet(m.p.weights @ mean_logs)}


def _dirichlet(mean_logs: Any) -> Any:
    """The α with ψ(αᵢ) − ψ(Σα) = E log xᵢ, by Newton's method after one step of the fixed point (Minka)."""
    alpha = np.array([increasing(digamma, g + digamma(1.0)) for g in mean_logs])
    for _ in range(200):
        total = float(alpha.sum())
        gap = mean_logs - digamma(alpha) + digamma(total)
        curvature = -trigamma(alpha)
        common = np.sum(gap / curvature) / (1 / trigamma(total) + np.sum(1 / curvature))
        step = -(gap - common) / curvature
        alpha = np.where(alpha + step > 0, alpha + step, 0.5 * alpha)
        if np.all(np.abs(step) <= 1e-15 * alpha):
            break
    return alpha


@matched(MultivariateNormal)
def _(m: Moments) -> Parameters:
    mean, covariance = m.vector
    return {"loc": mean, "scale_tril": linalg.cholesky(covariance)}


@matched(DiagonalNormal)
def _(m: Moments) -> Parameters:
    mean, covariance = m.vector
    return {"loc": mean, "scale": np.sqrt(np.diagonal(covariance))}
