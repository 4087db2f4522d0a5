"""Log densities as sums of coefficients times features of x, and the features.

If log q(x) = c + Σⱼ cⱼ Tⱼ(x), then D(p ‖ q) needs nothing of p but its entropy and the expectations of q's
features under p. A feature knows its value at x; what its expectation is under a family is said in
`kullback.distributions.expectations`.
"""

from dataclasses import dataclass
from typing import Any

from kullback.distributions.arithmetic import (
    Array,
    exp,
    expm1,
    log,
    log1p,
    namespace,
    select,
    square,
    times,
)
from kullback.distributions.gamma import lgamma

__all__ = [
    "AbsoluteDeviation",
    "Cosine",
    "Expansion",
    "Feature",
    "Linear",
    "Log",
    "Log1pLinear",
    "Log1pPower",
    "Log1pSquare",
    "LogComplement",
    "LogComplementPower",
    "LogGammaShift",
    "LogSquaredDeviation",
    "LogitSquaredDeviation",
    "Power",
    "Softplus",
    "SquaredDeviation",
    "Tilt",
]


@dataclass(frozen=True, eq=False)
class Feature:
    """A function of x whose expectation may be known."""

    def __call__(self, x: Array) -> Array:
        """The feature's value at x."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Linear(Feature):
    """x − center."""

    center: Array = 0.0

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return x - self.center


@dataclass(frozen=True, eq=False)
class SquaredDeviation(Feature):
    """(x − center)²."""

    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return square(x - self.center)


@dataclass(frozen=True, eq=False)
class AbsoluteDeviation(Feature):
    """|x − center|."""

    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return namespace(x).abs(x - self.center)


@dataclass(frozen=True, eq=False)
class Log(Feature):
    """log(x/scale), for x > 0."""

    scale: Array = 1.0

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return log(x / self.scale)


@dataclass(frozen=True, eq=False)
class LogComplement(Feature):
    """log(1 − x), for x < 1."""

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return log1p(-x)


@dataclass(frozen=True, eq=False)
class LogSquaredDeviation(Feature):
    """(log x − center)²."""

    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return square(log(x) - self.center)


@dataclass(frozen=True, eq=False)
class Power(Feature):
    """(x/scale)^exponent, for x > 0."""

    exponent: Array
    scale: Array = 1.0

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return exp(self.exponent * log(x / self.scale))


@dataclass(frozen=True, eq=False)
class Tilt(Feature):
    """exp(rate·(x − center))."""

    rate: Array
    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return exp(self.rate * (x - self.center))


@dataclass(frozen=True, eq=False)
class Softplus(Feature):
    """log(1 + exp((x − center)/width)); the width may be negative."""

    center: Array
    width: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        z = (x - self.center) / self.width
        xp = namespace(z)
        return log1p(exp(-xp.abs(z))) + select(z > 0, z, 0.0)


@dataclass(frozen=True, eq=False)
class Log1pSquare(Feature):
    """log(1 + ((x − center)/width)²)."""

    center: Array
    width: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        z = (x - self.center) / self.width
        xp = namespace(z)
        far = xp.abs(z) > 1e6  # where z² would overflow in the end, 2 log|z| is the same to rounding
        return select(far, 2 * log(select(far, xp.abs(z), 1.0)), log1p(square(select(far, 0.0, z))))


@dataclass(frozen=True, eq=False)
class Log1pLinear(Feature):
    """log(1 + x/scale), for x > −scale."""

    scale: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return log1p(x / self.scale)


@dataclass(frozen=True, eq=False)
class Log1pPower(Feature):
    """log(1 + (x/scale)^exponent), for x > 0."""

    exponent: Array
    scale: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        z = self.exponent * log(x / self.scale)
        return log1p(exp(-namespace(z).abs(z))) + select(z > 0, z, 0.0)


@dataclass(frozen=True, eq=False)
class LogComplementPower(Feature):
    """log(1 − x^exponent), for 0 < x < 1."""

    exponent: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return log(-expm1(self.exponent * log(x)))


@dataclass(frozen=True, eq=False)
class LogitSquaredDeviation(Feature):
    """(log(x/(1 − x)) − center)², for 0 < x < 1."""

    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return square(log(x) - log1p(-x) - self.center)


@dataclass(frozen=True, eq=False)
class LogGammaShift(Feature):
    """lnΓ(x + shift): for whole x ≥ 0 and shift = 1 the logarithm of the factorial."""

    shift: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return lgamma(x + self.shift)


@dataclass(frozen=True, eq=False)
class Cosine(Feature):
    """cos(x − center)."""

    center: Array

    def __call__(self, x: Array) -> Array:
        """The value at x."""
        return namespace(x).cos(x - self.center)


@dataclass(frozen=True, eq=False)
class Expansion:
    """constant + Σ coefficient·feature(x)."""

    constant: Array
    terms: tuple[tuple[Array, Feature], ...]

    def __call__(self, x: Array) -> Array:
        """The sum at x; a coefficient 0 removes its term, infinite or not."""
        total: Any = self.constant + 0.0 * x
        for coefficient, feature in self.terms:
            total = total + times(coefficient, feature(x))
        return total
