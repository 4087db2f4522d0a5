"""`torch.distributions` as records, which hold the very tensors of the original: gradients flow into them.

Where torch computes one parametrisation from the other on demand (`probs` and `logits`), the record takes the
one that was given, which is the accurate one.
"""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import distributions as td
from torch.distributions import transforms as tt
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps
from kullback.distributions.adapters.common import Convert, alike, convert, independent
from kullback.distributions.record import Distribution

__all__ = ["to_record"]


def to_record(d: Any) -> Distribution | None:
    """The record of a distribution of torch, or of a class derived from one; None for those unknown here."""
    return convert(d, _CONVERTERS)


def _given(family: type[Distribution]) -> Callable[[Any], Distribution]:
    """Convert a class that was given `probs` or `logits`."""

    def convert(d: Any) -> Distribution:
        own = getattr(d, "_categorical", d)
        name = "probs" if own.__dict__.get("probs") is own._param else "logits"
        return family.trusted(**{name: getattr(own, name)})

    return convert


def _normal_vector(d: td.MultivariateNormal) -> Distribution:
    return records.MultivariateNormal.trusted(loc=d.loc, scale_tril=d.scale_tril)


def _multinomial(d: td.Multinomial) -> Distribution:
    probs = d.probs
    count = torch.full(d.batch_shape, d.total_count, dtype=probs.dtype, device=probs.device)
    return records.Multinomial.trusted(total_count=count, probs=probs)


def _mixture(d: td.MixtureSameFamily) -> Distribution:
    components = as_record(d.component_distribution)
    return records.Mixture.trusted(weights=d.mixture_distribution.probs, components=components)


def _logit_relaxed(d: Any) -> Distribution:
    """The logit of Maddison et al.'s (2017, appendix B) binary concrete variable: a logistic one."""
    return records.Logistic.trusted(loc=d.logits / d.temperature, scale=(0 * d.logits + 1) / d.temperature)


def _transformed(d: td.TransformedDistribution) -> Distribution | None:
    record: Distribution | None = as_record(d.base_dist)
    for step, image_shape in _steps(tt.ComposeTransform(list(d.transforms))):
        if record is None or step is None:
            return None
        record = maps.mapped(record, step, image_shape(record.event_shape))
    return record


#: A map, None for one that is not one-to-one; and the shape of its image's draw from that of the origin's.
_Step = tuple[maps.Map | None, Callable[[Any], tuple[int, ...]]]


def _steps(transform: Any) -> list[_Step]:
    """The elementary maps, in the order in which they are applied."""
    inverse = isinstance(transform, tt._InverseTransform)
    origin = transform.inv if inverse else transform
    if isinstance(origin, tt.ComposeTransform):
        parts = [part.inv for part in reversed(origin.parts)] if inverse else origin.parts
        return [step for part in parts for step in _steps(part)]
    if isinstance(origin, tt.IndependentTransform) and origin.base_transform.domain.event_dim == 0:
        return _steps(origin.base_transform.inv if inverse else origin.base_transform)
    known = (_INVERSES if inverse else _MAPS).get(type(origin))
    if known is not None:
        return [(known(origin), tuple)]
    return [(_foreign(transform) if transform.bijective else None, transform.forward_shape)]


def _foreign(transform: Any) -> maps.Foreign:
    return maps.Foreign(
        transform,
        event=transform.domain.event_dim,
        to_image=transform,
        from_image=transform.inv,
        log_determinant=transform.log_abs_det_jacobian,
        lift=torch.as_tensor,
    )


#: Transforms of numbers that this package knows itself; others are used as they are.
_MAPS: Final[dict[type, Callable[[Any], maps.Map]]] = {
    tt.AffineTransform: lambda t: maps.Shift(t.loc, t.scale),
    tt.ExpTransform: lambda _: maps.Exp(),
    tt.SigmoidTransform: lambda _: maps.Sigmoid(),
    tt.TanhTransform: lambda _: maps.Tanh(),
    tt.SoftplusTransform: lambda _: maps.Softplus(),
    tt.PowerTransform: lambda t: maps.Power(t.exponent),
}

#: Their inverses, of those whose inverse is known itself.
_INVERSES: Final[dict[type, Callable[[Any], maps.Map]]] = {
    tt.AffineTransform: lambda t: maps.Shift(-t.loc / t.scale, 1 / t.scale),
    tt.ExpTransform: lambda _: maps.Log(),
    tt.SigmoidTransform: lambda _: maps.Logit(),
    tt.PowerTransform: lambda t: maps.Power(1 / t.exponent),
}

_CONVERTERS: Final[dict[type, Convert]] = {
    td.Bernoulli: _given(records.Bernoulli),
    td.Beta: alike(records.Beta),
    td.Binomial: alike(records.Binomial),
    td.Categorical: _given(records.Categorical),
    td.Cauchy: alike(records.Cauchy),
    td.Chi2: alike(records.ChiSquared),
    td.ContinuousBernoulli: _given(records.ContinuousBernoulli),
    td.Dirichlet: alike(records.Dirichlet),
    td.Exponential: alike(records.Exponential),
    td.FisherSnedecor: alike(records.FisherSnedecor),
    td.Gamma: alike(records.Gamma),
    td.Geometric: alike(records.Geometric),
    td.Gumbel: alike(records.Gumbel),
    td.HalfCauchy: alike(records.HalfCauchy),
    td.HalfNormal: alike(records.HalfNormal),
    td.Independent: lambda d: independent(d.base_dist, d.reinterpreted_batch_ndims),
    td.InverseGamma: alike(records.InverseGamma),
    td.Kumaraswamy: alike(records.Kumaraswamy),
    td.Laplace: alike(records.Laplace),
    td.LogNormal: alike(records.LogNormal),
    td.LowRankMultivariateNormal: alike(records.LowRankNormal, factor="cov_factor", diagonal="cov_diag"),
    td.MixtureSameFamily: _mixture,
    td.Multinomial: _multinomial,
    td.MultivariateNormal: _normal_vector,
    td.NegativeBinomial: alike(records.NegativeBinomial),
    td.Normal: alike(records.Normal),
    td.OneHotCategorical: _given(records.OneHotCategorical),
    td.Pareto: alike(records.Pareto),
    td.Poisson: alike(records.Poisson),
    td.StudentT: alike(records.StudentT),
    td.TransformedDistribution: _transformed,
    td.Uniform: alike(records.Uniform),
    td.VonMises: alike(records.VonMises),
    td.Weibull: alike(records.Weibull),
    td.Wishart: alike(records.Wishart),
    LogitRelaxedBernoulli: _logit_relaxed,
}
if hasattr(td, "GeneralizedPareto"):  # from torch 2.9 on
    _CONVERTERS[td.GeneralizedPareto] = alike(records.GeneralizedPareto)
