"""`torch.distributions` as records, which hold the very tensors of the original: gradients flow into them.

Where torch computes one parametrisation from the other on demand (`probs` and `logits`), the record takes the
one that was given, which is the accurate one.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import torch
from torch import distributions as td
from torch.distributions import transforms as tt
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps
from kullback.distributions.record import Distribution

__all__ = ["to_record"]


def to_record(d: Any) -> Distribution | None:
    """The record of a distribution of torch, or of a class derived from one; None for those unknown here."""
    for cls in type(d).__mro__:
        convert = _CONVERTERS.get(cls)
        if convert is not None:
            return convert(d)
    return None


def _alike(family: type[Distribution]) -> Callable[[Any], Distribution]:
    """Convert a class whose attributes are called as the record's fields are."""
    names = [f.name for f in fields(family)]
    return lambda d: family.trusted(**{name: getattr(d, name) for name in names})


def _given(family: type[Distribution]) -> Callable[[Any], Distribution]:
    """Convert a class that was given `probs` or `logits`."""

    def convert(d: Any) -> Distribution:
        own = getattr(d, "_categorical", d)
        name = "probs" if own.__dict__.get("probs") is own._param else "logits"
        return family.trusted(**{name: getattr(own, name)})

    return convert


def _normal_vector(d: td.MultivariateNormal) -> Distribution:
    return records.MultivariateNormal.trusted(loc=d.loc, scale_tril=d.scale_tril)


def _low_rank(d: td.LowRankMultivariateNormal) -> Distribution:
    return records.LowRankNormal.trusted(loc=d.loc, factor=d.cov_factor, diagonal=d.cov_diag)


def _multinomial(d: td.Multinomial) -> Distribution:
    probs = d.probs
    count = torch.full(d.batch_shape, d.total_count, dtype=probs.dtype, device=probs.device)
    return records.Multinomial.trusted(total_count=count, probs=probs)


def _independent(d: td.Independent[Any]) -> Distribution:
    base = as_record(d.base_dist)
    n = d.reinterpreted_batch_ndims
    return records.Independent(base, n) if n else base


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

_CONVERTERS: Final[dict[type, Callable[[Any], Distribution | None]]] = {
    td.Bernoulli: _given(records.Bernoulli),
    td.Beta: _alike(records.Beta),
    td.Binomial: _alike(records.Binomial),
    td.Categorical: _given(records.Categorical),
    td.Cauchy: _alike(records.Cauchy),
    td.Chi2: _alike(records.ChiSquared),
    td.ContinuousBernoulli: _given(records.ContinuousBernoulli),
    td.Dirichlet: _alike(records.Dirichlet),
    td.Exponential: _alike(records.Exponential),
    td.FisherSnedecor: _alike(records.FisherSnedecor),
    td.Gamma: _alike(records.Gamma),
    td.Geometric: _alike(records.Geometric),
    td.Gumbel: _alike(records.Gumbel),
    td.HalfCauchy: _alike(records.HalfCauchy),
    td.HalfNormal: _alike(records.HalfNormal),
    td.Independent: _independent,
    td.InverseGamma: _alike(records.InverseGamma),
    td.Kumaraswamy: _alike(records.Kumaraswamy),
    td.Laplace: _alike(records.Laplace),
    td.LogNormal: _alike(records.LogNormal),
    td.LowRankMultivariateNormal: _low_rank,
    td.MixtureSameFamily: _mixture,
    td.Multinomial: _multinomial,
    td.MultivariateNormal: _normal_vector,
    td.NegativeBinomial: _alike(records.NegativeBinomial),
    td.Normal: _alike(records.Normal),
    td.OneHotCategorical: _given(records.OneHotCategorical),
    td.Pareto: _alike(records.Pareto),
    td.Poisson: _alike(records.Poisson),
    td.StudentT: _alike(records.StudentT),
    td.TransformedDistribution: _transformed,
    td.Uniform: _alike(records.Uniform),
    td.VonMises: _alike(records.VonMises),
    td.Weibull: _alike(records.Weibull),
    td.Wishart: _alike(records.Wishart),
    LogitRelaxedBernoulli: _logit_relaxed,
}
if hasattr(td, "GeneralizedPareto"):  # from torch 2.9 on
    _CONVERTERS[td.GeneralizedPareto] = _alike(records.GeneralizedPareto)
