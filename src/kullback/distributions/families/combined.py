"""Distributions made of others: products, images under a map, mixtures, point masses."""

from dataclasses import dataclass
from math import inf

import numpy as np

from kullback.distributions.arithmetic import Array, is_number, log, namespace, select, square, sum_event
from kullback.distributions.record import NON_NEGATIVE, POSITIVE, REAL, Distribution, component, parameter
from kullback.distributions.supports import Integers, Interval, Point, Support, Whole
from kullback.errors import InvalidInputError, InvalidTypeError

__all__ = ["Affine", "Delta", "Independent", "Joint", "Mixture"]


@dataclass(frozen=True, eq=False)
class Delta(Distribution):
    """All mass at one value."""

    value: Array = parameter(REAL)

    @property
    def support(self) -> Point:
        """The value."""
        return Point(self.value)

    def mean(self) -> Array:
        """The value."""
        return self.value

    def variance(self) -> Array:
        """0."""
        return 0.0 * self.value


@dataclass(frozen=True, eq=False)
class Independent(Distribution):
    """Independent(base, n): the last n batch axes of `base` become axes of one draw."""

    base: Distribution = component()
    reinterpreted: int = 1

    def __post_init__(self) -> None:
        _require(self.base, "Independent", "base")
        if not 0 <= self.reinterpreted <= len(self.base.batch_shape):
            raise InvalidInputError(
                f"Independent: reinterpreted={self.reinterpreted}; the base has the batch shape "
                f"{self.base.batch_shape}, so it must be between 0 and {len(self.base.batch_shape)}."
            )

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The base's batch shape without its last axes."""
        shape = self.base.batch_shape
        return shape[: len(shape) - self.reinterpreted]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The axes taken from the batch, and the base's own."""
        shape = self.base.batch_shape
        return shape[len(shape) - self.reinterpreted :] + self.base.event_shape

    @property
    def support(self) -> Support:
        """A product of the base's supports; the base's own divergence sees what is missing."""
        return Whole("product", self.event_shape)

    def log_prob(self, x: Array) -> Array:
        """The sum of the base's over the last axes."""
        return sum_event(self.base.log_prob(x), self.reinterpreted)


@dataclass(frozen=True, eq=False)
class Joint(Distribution):
    """Independent parts of any kinds, side by side: a draw is a tuple of one draw of each."""

    parts: tuple[Distribution, ...] = component()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        for k, part in enumerate(self.parts):
            _require(part, "Joint", f"parts[{k}]")
        if not self.parts:
            raise InvalidInputError("Joint: there are no parts; pass at least one distribution.")

    @property
    def support(self) -> Support:
        """A product of the parts' supports."""
        return Whole("tuples", (len(self.parts),))


@dataclass(frozen=True, eq=False)
class Affine(Distribution):
    """loc + scale·X of a real-valued distribution."""

    base: Distribution = component()
    loc: Array = parameter(REAL, default=0.0)
    scale: Array = parameter(POSITIVE, default=1.0)

    @property
    def support(self) -> Interval:
        """The base's, moved and stretched."""
        inner = self.base.support
        if not isinstance(inner, Interval):
            raise InvalidTypeError("Affine: the base must have a density on an interval.")
        return Interval(_moved(inner.lower, self), _moved(inner.upper, self))

    def log_prob(self, x: Array) -> Array:
        """Log density of the base at (x − loc)/scale, minus log scale."""
        return self.base.log_prob((x - self.loc) / self.scale) - log(self.scale)

    def mean(self) -> Array | None:
        """Loc + scale·mean."""
        mean = self.base.mean()
        return None if mean is None else self.loc + self.scale * mean

    def variance(self) -> Array | None:
        """scale²·variance."""
        variance = self.base.variance()
        return None if variance is None else self.scale * self.scale * variance


@dataclass(frozen=True, eq=False)
class Mixture(Distribution):
    """Mixture(weights, components): a draw of one of the components; weights ``(..., k)`` sum to one.

    `components` has a last batch axis of length k.
    """

    weights: Array = parameter(NON_NEGATIVE, event=1)
    components: Distribution = component()

    def __post_init__(self) -> None:
        _require(self.components, "Mixture", "components")
        super().__post_init__()
        k, shape = int(self.weights.shape[-1]), self.components.batch_shape
        if not shape or shape[-1] != k:
            raise InvalidInputError(
                f"Mixture: there are {k} weights, and the components have the batch shape {shape}; its "
                "last axis must have one entry per weight."
            )

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The weights' and the components' batch shapes, without their last axes."""
        return np.broadcast_shapes(tuple(self.weights.shape)[:-1], self.components.batch_shape[:-1])

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of the components."""
        return self.components.event_shape

    @property
    def support(self) -> Support:
        """From the lowest to the highest end of the components' supports (which may leave gaps between)."""
        inner = self.components.support
        if not isinstance(inner, Interval | Integers):
            return inner
        ends = (inner.lower, inner.upper)
        lower, upper = (x if is_number(x) else f(x) for x, f in zip(ends, (_lowest, _highest), strict=True))
        return type(inner)(lower, upper)

    def log_prob(self, x: Array) -> Array:
        """Log Σ weightᵢ·densityᵢ(x): x ``(..., *event)``."""
        axis = -1 - len(self.event_shape)
        xp = namespace(self.weights)
        with self._quiet():
            parts = xp.log(self.weights) + self.components.log_prob(xp.expand_dims(x, axis=axis))
            top = xp.max(parts, axis=-1, keepdims=True)
            top = select(top > -inf, top, 0.0)
            return xp.squeeze(top, axis=-1) + xp.log(xp.sum(xp.exp(parts - top), axis=-1))

    def mean(self) -> Array | None:
        """Σ weightᵢ·meanᵢ, for numbers."""
        mean = self.components.mean()
        return None if mean is None or self.event_shape else sum_event(self.weights * mean)

    def variance(self) -> Array | None:
        """Σ weightᵢ·(varianceᵢ + (meanᵢ − mean)²), for numbers."""
        means, variances, mean = self.components.mean(), self.components.variance(), self.mean()
        if mean is None or means is None or variances is None:
            return None
        return sum_event(self.weights * (variances + square(means - mean[..., None])))


def _lowest(x: Array) -> Array:
    return namespace(x).min(x, axis=-1)


def _highest(x: Array) -> Array:
    return namespace(x).max(x, axis=-1)


def _moved(end: Array, by: Affine) -> Array:
    return by.loc + by.scale * end


def _require(x: object, family: str, name: str) -> None:
    if not isinstance(x, Distribution):
        raise InvalidTypeError(f"{family}: {name} is a {type(x).__name__}; it must be a distribution record.")
