"""distrax's distributions as records of their own arrays, under `jax.jit` and `jax.grad` too."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import distrax  # type: ignore[import-untyped]  # it declares no types
import jax
import jax.numpy as jnp

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps, tfp
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

__all__ = ["to_record"]

_alike = partial(alike_of, as_array=array)


def to_record(d: Any) -> Distribution | None:
    """The record of a distribution of distrax, or of a class derived from one; None where none is known."""
    return convert(d, _CONVERTERS)


def _given(family: type[Distribution]) -> Convert:
    """A record of the parametrisation that was given; the other one is derived on demand."""
    return lambda d: given(family, d._probs, d._logits)


def _triangular(d: Any) -> Distribution:
    build = normal_vector if d.is_lower else normal_vector_of_square_root
    return build(d.loc, d.scale_tri)


def _low_rank(d: Any) -> Distribution:
    diagonal = array(d.scale_diag)
    root = diagonal[..., None] * jnp.eye(diagonal.shape[-1]) + d.scale_u_matrix @ jnp.swapaxes(
        d.scale_v_matrix, -1, -2
    )
    return normal_vector_of_square_root(d.loc, root)


def _mixture(d: Any) -> Distribution:
    components = as_record(d.components_distribution)
    return records.Mixture.trusted(weights=array(d.mixture_distribution.probs), components=components)


def _joint(d: Any) -> Distribution:
    leaves = jax.tree.leaves(d.distributions, is_leaf=lambda x: isinstance(x, distrax.Distribution))
    return records.Joint(tuple(map(as_record, leaves)))


def _transformed(d: Any) -> Distribution | None:
    base = as_record(d.distribution)
    batch = tuple(d.batch_shape)  # larger than the base's where the bijector brings a batch of its own
    record: Distribution | None = base if base.batch_shape == batch else expanded(base, batch)
    for step in _steps(d.bijector):
        record = None if record is None else maps.mapped(record, step, d.event_shape)
    return record


def _steps(bijector: Any, inverse: bool = False) -> list[maps.Map]:
    """The elementary maps, in the order in which they are applied."""
    match bijector:
        case distrax.Chain():
            parts = bijector.bijectors if inverse else reversed(bijector.bijectors)
            return [step for part in parts for step in _steps(part, inverse)]
        case distrax.Inverse():
            return _steps(bijector.bijector, not inverse)
        case distrax.Block() if bijector.bijector.event_ndims_in == 0:
            return _steps(bijector.bijector, inverse)
    wrapped = getattr(bijector, "_tfp_bijector", None)
    if wrapped is not None:
        return tfp.steps(wrapped, inverse)
    known = _MAPS.get(type(bijector))
    if known is not None:
        return [known(bijector, inverse)]
    if type(bijector) is distrax.Lambda and bijector._forward in _FUNCTIONS:
        forward, back = _FUNCTIONS[bijector._forward]
        return [back if inverse else forward]
    return [_foreign(distrax.Inverse(bijector) if inverse else bijector)]


def _foreign(bijector: Any) -> maps.Foreign:
    return maps.Foreign(
        bijector,
        bijector.event_ndims_in,
        bijector.forward,
        bijector.inverse,
        lambda x, _: bijector.forward_log_det_jacobian(x),
        lambda other: bool(bijector.same_as(other)),
    )


def _affine(bijector: Any, inverse: bool) -> maps.Map:
    loc, scale = bijector.shift, bijector.scale
    return maps.Shift(-loc / scale, 1 / scale) if inverse else maps.Shift(loc, scale)


_MAPS: Final[dict[type, Callable[[Any, bool], maps.Map]]] = {
    distrax.ScalarAffine: _affine,
    distrax.Shift: lambda b, inverse: maps.Shift(-b.shift if inverse else b.shift, 1.0),
    distrax.Sigmoid: lambda _, inverse: maps.Logit() if inverse else maps.Sigmoid(),
}
_FUNCTIONS: Final[dict[Any, tuple[maps.Map, maps.Map]]] = {
    jnp.exp: (maps.Exp(), maps.Log()),
    jnp.log: (maps.Log(), maps.Exp()),
    jax.nn.sigmoid: (maps.Sigmoid(), maps.Logit()),
}

_CONVERTERS: Final[dict[type, Convert]] = {
    distrax.Bernoulli: _given(records.Bernoulli),
    distrax.Beta: _alike(records.Beta, concentration1="alpha", concentration0="beta"),
    distrax.Categorical: _given(records.Categorical),
    distrax.Deterministic: _alike(records.Delta, value="loc"),
    distrax.Dirichlet: _alike(records.Dirichlet),
    distrax.Gamma: _alike(records.Gamma),
    distrax.Gumbel: _alike(records.Gumbel),
    distrax.Independent: lambda d: independent(d.distribution, d.reinterpreted_batch_ndims),
    distrax.Joint: _joint,
    distrax.Laplace: _alike(records.Laplace),
    distrax.Logistic: _alike(records.Logistic),
    distrax.MixtureSameFamily: _mixture,
    distrax.Multinomial: lambda d: made(records.Multinomial, total_count=d.total_count, probs=d.probs),
    distrax.MultivariateNormalDiag: lambda d: diagonal_normal(d.loc, d.scale_diag),
    distrax.MultivariateNormalDiagPlusLowRank: _low_rank,
    distrax.MultivariateNormalTri: _triangular,
    distrax.Normal: _alike(records.Normal),
    distrax.OneHotCategorical: _given(records.OneHotCategorical),
    distrax.Transformed: _transformed,
    distrax.Uniform: _alike(records.Uniform),
    distrax.VonMises: _alike(records.VonMises),
}
