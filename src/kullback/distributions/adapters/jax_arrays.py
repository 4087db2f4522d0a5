"""Records of JAX arrays from parameters that may be numbers, NumPy arrays or arrays of whole numbers."""

from typing import Any

import jax.numpy as jnp

from kullback import distributions as records
from kullback.distributions.arithmetic import Array
from kullback.distributions.record import Distribution

__all__ = ["array", "diagonal_normal", "given", "made", "normal_vector", "normal_vector_of_square_root"]


def array(x: Any) -> Array:
    """A floating array, or None for None."""
    if x is None:
        return None
    value = jnp.asarray(x)
    return value if jnp.issubdtype(value.dtype, jnp.floating) else value.astype(jnp.result_type(float))


def made(family: type[Distribution], **values: Any) -> Distribution:
    """A record of arrays, unchecked: the other library's own checks are the user's choice."""
    return family.trusted(**{name: array(value) for name, value in values.items()})


def given(family: type[Distribution], probs: Any, logits: Any) -> Distribution:
    """A record of the one parametrisation that was given."""
    return made(family, logits=logits) if probs is None else made(family, probs=probs)


def normal_vector(loc: Any, factor: Any) -> Distribution:
    """The normal vector loc + factor·Z; a lower factor's columns may have either sign."""
    factor = array(factor)
    signs = jnp.where(jnp.diagonal(factor, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    size = factor.shape[-1]
    centre = jnp.zeros(size, factor.dtype) if loc is None else loc
    return made(records.MultivariateNormal, loc=centre, scale_tril=factor * signs[..., None, :])


def normal_vector_of_square_root(loc: Any, root: Any) -> Distribution:
    """The normal vector loc + root·Z for any invertible matrix."""
    root = array(root)
    covariance = root @ jnp.swapaxes(root, -1, -2)
    centre = jnp.zeros(root.shape[-1], root.dtype) if loc is None else loc
    return made(records.MultivariateNormal, loc=centre, covariance=covariance)


def diagonal_normal(loc: Any, scale: Any) -> Distribution:
    """The normal vector with independent entries; a scale may have either sign."""
    scale = jnp.abs(array(scale))
    return made(records.DiagonalNormal, loc=jnp.zeros_like(scale) if loc is None else loc, scale=scale)
