"""Draws from single distributions, for Monte Carlo, by NumPy's generators."""

from typing import Any

import numpy as np

from kullback.distributions.families.bounded import Beta, LogitNormal, Uniform
from kullback.distributions.families.combined import Affine, Mixture
from kullback.distributions.families.discrete import Binomial, Geometric, NegativeBinomial, Poisson
from kullback.distributions.families.gamma_power import GammaPower, LogGammaPower
from kullback.distributions.families.multivariate import GaussianVector
from kullback.distributions.families.positive import BetaPrimePower, LogNormal, Pareto
from kullback.distributions.families.real_line import Cauchy, Laplace, Logistic, Normal, StudentT
from kullback.distributions.numerical.elements import component
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.record import Distribution
from kullback.errors import UnknownRouteError

__all__ = ["draw"]


def draw(record: Distribution, rng: np.random.Generator, n: int) -> Floats:
    """Draw n times from a single distribution: ``(n,)``, or ``(n, d)`` from vectors.

    Raises
    ------
    UnknownRouteError
        If it is not known how to draw from the family.
    """
    found: Floats = np.asarray(_draw(record, rng, n), dtype=float)
    return found


def _draw(record: Any, rng: np.random.Generator, n: int) -> Any:
    match record:
        case Normal(loc, scale):
            return rng.normal(loc, scale, n)
        case Laplace(loc, scale):
            return rng.laplace(loc, scale, n)
        case Logistic(loc, scale):
            return rng.logistic(loc, scale, n)
        case Cauchy(loc, scale):
            return loc + scale * rng.standard_cauchy(n)
        case StudentT(df, loc, scale):
            return loc + scale * rng.standard_t(df, n)
        case LogNormal(loc, scale):
            return rng.lognormal(loc, scale, n)
        case LogitNormal(loc, scale):
            return 1 / (1 + np.exp(-rng.normal(loc, scale, n)))
        case Pareto(scale, alpha):
            return scale * np.exp(rng.standard_exponential(n) / alpha)
        case Uniform(low, high):
            return rng.uniform(low, high, n)
        case Beta(a, b):
            return rng.beta(a, b, n)
        case GammaPower() | LogGammaPower():
            k, power, log_scale = record.member().values()
            x = log_scale + np.log(rng.standard_gamma(k, n)) / power
            return np.exp(x) if isinstance(record, GammaPower) else x
        case BetaPrimePower():
            m = record.member()
            ratio = np.log(rng.standard_gamma(m.a, n)) - np.log(rng.standard_gamma(m.b, n))
            return np.exp(m.scale.log_size() + ratio / m.power.value())
        case Poisson(rate):
            return rng.poisson(rate, n)
        case Geometric(probs):
            return rng.geometric(probs, n) - 1
        case Binomial(count, probs):
            return rng.binomial(int(count), probs, n)
        case NegativeBinomial(count, probs):
            return rng.negative_binomial(count, 1 - probs, n)
        case Affine(base, loc, scale):
            return loc + scale * draw(base, rng, n)
        case Mixture():
            return _from_mixture(record, rng, n)
        case GaussianVector():
            factor = np.asarray(record.cholesky())
            return record.location() + rng.standard_normal((n, len(factor))) @ factor.T
        case _:
            raise UnknownRouteError(
                f"drawing from {type(record).__name__} is not known here; use another method, or kullback's "
                "estimators from samples."
            )


def _from_mixture(record: Mixture, rng: np.random.Generator, n: int) -> Floats:
    counts = rng.multinomial(n, record.weights / np.sum(record.weights))
    parts = [draw(component(record, k), rng, int(m)) for k, m in enumerate(counts) if m]
    return np.concatenate(parts)
