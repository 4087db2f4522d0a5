"""NumPyro's distributions as records of their own arrays, under `jax.jit` and `jax.grad` too."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from numpyro import distributions as nd  # type: ignore[import-untyped]  # it declares no types
from numpyro.distributions import transforms as nt  # type: ignore[import-untyped]  # likewise

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps
from kullback.distributions.adapters.common import Convert, convert, expanded, independent
from kullback.distributions.adapters.common import alike as alike_of
from kullback.distributions.adapters.jax_arrays import array, made
from kullback.distributions.record import Distribution

__all__ = ["to_record"]

_alike = partial(alike_of, as_array=array)


def to_record(d: Any) -> Distribution | None:
    """The record of a distribution of NumPyro, or of a class derived from one; None where none is known."""
    return convert(d, _CONVERTERS)


def _probs(family: type[Distribution]) -> Convert:
    return lambda d: made(family, probs=d.probs)


def _logits(family: type[Distribution]) -> Convert:
    return lambda d: made(family, logits=d.logits)


def _gamma_poisson(d: Any) -> Distribution:
    """A Poisson variable with a gamma rate is negative binomial."""
    return made(records.NegativeBinomial, total_count=d.concentration, probs=1 / (1 + array(d.rate)))


def _normal_vector(d: Any) -> Distribution:
    return made(records.MultivariateNormal, loc=d.loc, scale_tril=d.scale_tril)


def _delta(d: Any) -> Distribution | None:
    """A point mass; a Delta with a weight of its own is no probability distribution."""
    unweighted = isinstance(d.log_density, int | float) and d.log_density == 0
    record = made(records.Delta, value=d.v)
    return (records.Independent(record, d.event_dim) if d.event_dim else record) if unweighted else None


def _levy(d: Any) -> Distribution | None:
    return maps.mapped(made(records.Levy, scale=d.scale), maps.Shift(array(d.loc), 1.0))


def _mixture(d: Any) -> Distribution:
    components = as_record(d.component_distribution)
    return records.Mixture.trusted(weights=array(d.mixing_distribution.probs), components=components)


def _transformed(d: Any) -> Distribution | None:
    record: Distribution | None = as_record(d.base_dist)
    for step, image_shape in _steps(nt.ComposeTransform(list(d.transforms))):
        if record is None:
            return None
        record = maps.mapped(record, step, image_shape(record.event_shape))
    return record


_Step = tuple[maps.Map, Callable[[Any], tuple[int, ...]]]


def _steps(transform: Any) -> list[_Step]:
    """The elementary maps, in the order in which they are applied, and the shapes of their images."""
    inverse = isinstance(transform, nt._InverseTransform)
    origin = transform.inv if inverse else transform
    if isinstance(origin, nt.ComposeTransform):
        parts = [part.inv for part in reversed(origin.parts)] if inverse else origin.parts
        return [step for part in parts for step in _steps(part)]
    if isinstance(origin, nt.IdentityTransform):
        return []
    if isinstance(origin, nt.IndependentTransform) and origin.base_transform.domain.event_dim == 0:
        return _steps(origin.base_transform.inv if inverse else origin.base_transform)
    known = (_INVERSES if inverse else _MAPS).get(type(origin))
    if known is not None:
        return [(known(origin), tuple)]
    foreign = maps.Foreign(
        transform, transform.domain.event_dim, transform, transform.inv, transform.log_abs_det_jacobian
    )
    return [(foreign, transform.forward_shape)]


_MAPS: Final[dict[type, Callable[[Any], maps.Map]]] = {
    nt.AffineTransform: lambda t: maps.Shift(t.loc, t.scale),
    nt.ExpTransform: lambda _: maps.Exp(),
    nt.SigmoidTransform: lambda _: maps.Sigmoid(),
    nt.SoftplusTransform: lambda _: maps.Softplus(),
    nt.PowerTransform: lambda t: maps.Power(t.exponent),
}
_INVERSES: Final[dict[type, Callable[[Any], maps.Map]]] = {
    nt.AffineTransform: lambda t: maps.Shift(-t.loc / t.scale, 1 / t.scale),
    nt.ExpTransform: lambda _: maps.Log(),
    nt.SigmoidTransform: lambda _: maps.Logit(),
    nt.PowerTransform: lambda t: maps.Power(1 / t.exponent),
}

_CONVERTERS: Final[dict[type, Convert]] = {
    nd.BernoulliLogits: _logits(records.Bernoulli),
    nd.BernoulliProbs: _probs(records.Bernoulli),
    nd.Beta: _alike(records.Beta),
    nd.BetaBinomial: _alike(records.BetaBinomial),
    nd.BinomialLogits: _alike(records.Binomial),
    nd.BinomialProbs: _alike(records.Binomial),
    nd.CategoricalLogits: _logits(records.Categorical),
    nd.CategoricalProbs: _probs(records.Categorical),
    nd.Cauchy: _alike(records.Cauchy),
    nd.Chi2: _alike(records.ChiSquared),
    nd.Delta: _delta,
    nd.Dirichlet: _alike(records.Dirichlet),
    nd.DiscreteUniform: _alike(records.DiscreteUniform),
    nd.ExpandedDistribution: lambda d: expanded(as_record(d.base_dist), d.batch_shape),
    nd.Exponential: _alike(records.Exponential),
    nd.Gamma: _alike(records.Gamma),
    nd.GammaPoisson: _gamma_poisson,
    nd.GeometricLogits: _alike(records.Geometric),
    nd.GeometricProbs: _alike(records.Geometric),
    nd.Gumbel: _alike(records.Gumbel),
    nd.HalfCauchy: _alike(records.HalfCauchy),
    nd.HalfNormal: _alike(records.HalfNormal),
    nd.Independent: lambda d: independent(d.base_dist, d.reinterpreted_batch_ndims),
    nd.InverseGamma: _alike(records.InverseGamma),
    nd.Kumaraswamy: _alike(records.Kumaraswamy),
    nd.Laplace: _alike(records.Laplace),
    nd.Levy: _levy,
    nd.LogNormal: _alike(records.LogNormal),
    nd.LogUniform: _alike(records.LogUniform),
    nd.Logistic: _alike(records.Logistic),
    nd.LowRankMultivariateNormal: _alike(records.LowRankNormal, factor="cov_factor", diagonal="cov_diag"),
    nd.MatrixNormal: _alike(
        records.MatrixNormal, row_scale_tril="scale_tril_row", column_scale_tril="scale_tril_column"
    ),
    nd.MixtureSameFamily: _mixture,
    nd.MultinomialLogits: _alike(records.Multinomial),
    nd.MultinomialProbs: _alike(records.Multinomial),
    nd.MultivariateNormal: _normal_vector,
    nd.NegativeBinomialProbs: _alike(records.NegativeBinomial),
    nd.Normal: _alike(records.Normal),
    nd.Pareto: _alike(records.Pareto),
    nd.Poisson: _alike(records.Poisson),
    nd.StudentT: _alike(records.StudentT),
    nd.TransformedDistribution: _transformed,
    nd.Uniform: _alike(records.Uniform),
    nd.VonMises: _alike(records.VonMises),
    nd.Weibull: _alike(records.Weibull),
    nd.Wishart: _alike(records.Wishart, df="concentration"),
}
