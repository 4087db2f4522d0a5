"""TensorFlow Probability on JAX as records of its own arrays, under `jax.jit` and `jax.grad` too."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import jax.numpy as jnp
from tensorflow_probability.substrates import (  # type: ignore[import-untyped]  # it declares no types
    jax as tfp,
)

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps
from kullback.distributions.adapters.common import Convert, convert, expanded, independent
from kullback.distributions.adapters.common import alike as alike_of
from kullback.distributions.adapters.jax_arrays import (
    array,
    diagonal_normal,
    given,
    made,
    normal_vector,
    normal_vector_of_square_root,
)
from kullback.distributions.record import Distribution

__all__ = ["steps", "to_record"]

td, tb = tfp.distributions, tfp.bijectors

_alike = partial(alike_of, as_array=array)


def to_record(d: Any) -> Distribution | None:
    """The record of a distribution of TFP, or of a class derived from one; None for those unknown here."""
    return convert(d, _CONVERTERS)


def _given(family: type[Distribution]) -> Convert:
    return lambda d: given(family, d.probs, d.logits)


def _probs(family: type[Distribution]) -> Convert:
    """A record of probabilities, and of a total count where the family has one."""
    counted = family is not records.Geometric
    return lambda d: made(
        family, probs=d.probs_parameter(), **({"total_count": d.total_count} if counted else {})
    )


def _rate(d: Any, name: str = "rate") -> Any:
    """A positive parameter, which may have been given by its logarithm."""
    own = getattr(d, name)
    return jnp.exp(getattr(d, f"log_{name}")) if own is None else own


def _gamma(family: type[Distribution], rate: str = "rate") -> Convert:
    return lambda d: made(family, concentration=d.concentration, rate=_rate(d, rate))


def _moved(build: Convert) -> Convert:
    """A family on the positive numbers, moved by loc."""
    return lambda d: maps.mapped(_present(build(d)), maps.Shift(array(d.loc), 1.0))


def _present(record: Distribution | None) -> Distribution:
    if record is None:
        raise AssertionError("a family of the table has a record")
    return record


def _log_logistic(d: Any) -> Distribution:
    return made(records.LogLogistic, scale=jnp.exp(array(d.loc)), concentration=1 / array(d.scale))


def _skellam(d: Any) -> Distribution:
    return made(records.Skellam, rate1=_rate(d, "rate1"), rate2=_rate(d, "rate2"))


def _normal_vector(d: Any) -> Distribution:
    """A normal vector by the linear operator that is its scale."""
    operator = type(d.scale).__name__
    if operator in ("LinearOperatorDiag", "LinearOperatorScaledIdentity", "LinearOperatorIdentity"):
        return diagonal_normal(d.loc, d.scale.diag_part())
    build = normal_vector if operator == "LinearOperatorLowerTriangular" else normal_vector_of_square_root
    return build(d.loc, d.scale.to_dense())


def _low_rank(d: Any) -> Distribution:
    own = d.parameters
    factor, diagonal = array(own["cov_perturb_factor"]), array(own["cov_diag_factor"])
    centre = jnp.zeros_like(diagonal) if own["loc"] is None else own["loc"]
    return made(records.LowRankNormal, loc=centre, factor=factor, diagonal=diagonal)


def _matrix_normal(d: Any) -> Distribution:
    rows, columns = d.scale_row.to_dense(), d.scale_column.to_dense()
    return made(records.MatrixNormal, loc=d.loc, row_scale_tril=rows, column_scale_tril=columns)


def _wishart(d: Any) -> Distribution | None:
    """Wishart's distribution of the matrix; that of its Cholesky factor is another one."""
    plain = not d.input_output_cholesky
    return made(records.Wishart, df=d.df, scale_tril=d.scale.to_dense()) if plain else None


def _mixture(d: Any) -> Distribution:
    components = as_record(d.components_distribution)
    weights = array(d.mixture_distribution.probs_parameter())
    return records.Mixture.trusted(weights=weights, components=components)


def _vector_deterministic(d: Any) -> Distribution:
    return records.Independent(made(records.Delta, value=d.loc), 1)


def _transformed(d: Any) -> Distribution | None:
    base = as_record(d.distribution)
    batch = tuple(d.batch_shape)  # larger than the base's where the bijector brings a batch of its own
    record: Distribution | None = base if base.batch_shape == batch else expanded(base, batch)
    for step in steps(d.bijector):
        record = None if record is None else maps.mapped(record, step, tuple(d.event_shape))
    return record


def steps(bijector: Any, inverse: bool = False) -> list[maps.Map]:
    """The elementary maps of a bijector or of its inverse, in the order in which they are applied."""
    match bijector:
        case tb.Chain():
            parts = bijector.bijectors if inverse else reversed(bijector.bijectors)
            return [step for part in parts for step in steps(part, inverse)]
        case tb.Invert():
            return steps(bijector.bijector, not inverse)
        case tb.Identity():
            return []
    known = _MAPS.get(type(bijector))
    if known is not None:
        return [known(bijector, inverse)]
    foreign = tb.Invert(bijector) if inverse else bijector
    event = foreign.forward_min_event_ndims
    return [
        maps.Foreign(
            foreign,
            event,
            foreign.forward,
            foreign.inverse,
            lambda x, _: foreign.forward_log_det_jacobian(x, event_ndims=event),
        )
    ]


def _scale(bijector: Any, inverse: bool) -> maps.Map:
    scale = jnp.exp(bijector.log_scale) if bijector.scale is None else array(bijector.scale)
    return maps.Shift(0.0, 1 / scale if inverse else scale)


def _shift(bijector: Any, inverse: bool) -> maps.Map:
    loc = array(bijector.shift)
    return maps.Shift(-loc if inverse else loc, 1.0)


def _power(bijector: Any, inverse: bool) -> maps.Map:
    return maps.Power(1 / bijector.power if inverse else bijector.power)


def _pair(forward: maps.Map, back: maps.Map) -> Callable[[Any, bool], maps.Map]:
    return lambda _, inverse: back if inverse else forward


_MAPS: Final[dict[type, Callable[[Any, bool], maps.Map]]] = {
    tb.Exp: _pair(maps.Exp(), maps.Log()),
    tb.Log: _pair(maps.Log(), maps.Exp()),
    tb.Power: _power,
    tb.Reciprocal: _pair(maps.Power(-1.0), maps.Power(-1.0)),
    tb.Scale: _scale,
    tb.Shift: _shift,
}

_CONVERTERS: Final[dict[type, Convert]] = {
    td.BatchBroadcast: lambda d: expanded(as_record(d.distribution), tuple(d.batch_shape)),
    td.Bernoulli: _given(records.Bernoulli),
    td.Beta: _alike(records.Beta),
    td.BetaBinomial: _alike(records.BetaBinomial),
    td.Binomial: _probs(records.Binomial),
    td.Categorical: _given(records.Categorical),
    td.Cauchy: _alike(records.Cauchy),
    td.Chi: _alike(records.Chi),
    td.Chi2: _alike(records.ChiSquared),
    td.ContinuousBernoulli: _given(records.ContinuousBernoulli),
    td.Deterministic: _alike(records.Delta, value="loc"),
    td.Dirichlet: _alike(records.Dirichlet),
    td.ExpGamma: _gamma(records.ExpGamma),
    td.ExpInverseGamma: _gamma(records.ExpInverseGamma, rate="scale"),
    td.Exponential: _alike(records.Exponential),
    td.Gamma: _gamma(records.Gamma),
    td.GeneralizedExtremeValue: _alike(records.GeneralizedExtremeValue),
    td.GeneralizedPareto: _alike(records.GeneralizedPareto),
    td.Geometric: _probs(records.Geometric),
    td.Gumbel: _alike(records.Gumbel),
    td.HalfCauchy: _moved(_alike(records.HalfCauchy)),
    td.HalfNormal: _alike(records.HalfNormal),
    td.Independent: lambda d: independent(d.distribution, int(d.reinterpreted_batch_ndims)),
    td.InverseGamma: _gamma(records.InverseGamma, rate="scale"),
    td.InverseGaussian: _alike(records.InverseGaussian),
    td.Kumaraswamy: _alike(records.Kumaraswamy),
    td.Laplace: _alike(records.Laplace),
    td.LogLogistic: _log_logistic,
    td.LogNormal: _alike(records.LogNormal),
    td.Logistic: _alike(records.Logistic),
    td.LogitNormal: _alike(records.LogitNormal),
    td.MatrixNormalLinearOperator: _matrix_normal,
    td.MixtureSameFamily: _mixture,
    td.Moyal: _alike(records.Moyal),
    td.Multinomial: _probs(records.Multinomial),
    td.MultivariateNormalDiagPlusLowRankCovariance: _low_rank,
    td.MultivariateNormalLinearOperator: _normal_vector,
    td.NegativeBinomial: _probs(records.NegativeBinomial),
    td.Normal: _alike(records.Normal),
    td.OneHotCategorical: _given(records.OneHotCategorical),
    td.Pareto: _alike(records.Pareto, alpha="concentration"),
    td.Poisson: lambda d: made(records.Poisson, rate=_rate(d)),
    td.PowerSpherical: _alike(records.PowerSpherical),
    td.Skellam: _skellam,
    td.SphericalUniform: lambda d: records.SphericalUniform(int(d.dimension)),
    td.StudentT: _alike(records.StudentT),
    td.TransformedDistribution: _transformed,
    td.Uniform: _alike(records.Uniform),
    td.VectorDeterministic: _vector_deterministic,
    td.VonMises: _alike(records.VonMises),
    td.VonMisesFisher: _alike(records.VonMisesFisher),
    td.Weibull: _alike(records.Weibull),
    td.WishartLinearOperator: _wishart,
    td.Zipf: _alike(records.Zipf, concentration="power"),
}
