"""Where a distribution can put its mass: small values that know what they contain, and what another misses.

`missing` answers the question that decides whether D(p ‖ q) is infinite: does p's support reach outside q's?
"""

from dataclasses import dataclass
from math import inf
from typing import Any

from kullback.distributions.arithmetic import Array, is_number, namespace

__all__ = ["Integers", "Interval", "Point", "Support", "Whole", "missing", "what_is_missing"]


@dataclass(frozen=True, eq=False)
class Interval:
    """The real numbers between two ends, each a number or a batch of numbers; ±inf for none.

    Ends are compared as if closed: a single point carries no mass of a density.
    """

    lower: Array = -inf
    upper: Array = inf

    def contains(self, x: Array) -> Array:
        """Whether each x lies inside, its ends included."""
        return (x >= self.lower) & (x <= self.upper)

    def point(self) -> Array:
        """Some point inside."""
        bounded_below = not (is_number(self.lower) and self.lower == -inf)
        bounded_above = not (is_number(self.upper) and self.upper == inf)
        if bounded_below and bounded_above:
            return 0.5 * self.lower + 0.5 * self.upper
        return self.lower + 1.0 if bounded_below else self.upper - 1.0 if bounded_above else 0.0

    def __str__(self) -> str:
        return f"({_end(self.lower)}, {_end(self.upper)})"


@dataclass(frozen=True, eq=False)
class Integers:
    """The integers from `lower` to `upper`, both included; `upper` may be inf."""

    lower: Array = 0.0
    upper: Array = inf

    def contains(self, x: Array) -> Array:
        """Whether each x is one of the integers."""
        return (x >= self.lower) & (x <= self.upper) & (x == namespace(x).round(x))

    def point(self) -> Array:
        """Some point inside."""
        return self.lower

    def __str__(self) -> str:
        return f"{{{_end(self.lower)}, ..., {_end(self.upper)}}}"


@dataclass(frozen=True, eq=False)
class Point:
    """A single value, which carries all of the mass."""

    at: Array

    def contains(self, x: Array) -> Array:
        """Whether each x is that value."""
        return x == self.at

    def __str__(self) -> str:
        return f"{{{_end(self.at)}}}"


@dataclass(frozen=True)
class Whole:
    """A space without parts that a density could miss: all vectors, a simplex, a sphere, a cone of matrices.

    `name` and `event_shape` tell spaces apart: between different ones no divergence is defined.
    """

    name: str
    event_shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}{list(self.event_shape)}"


Support = Interval | Integers | Point | Whole


def missing(p: Support, q: Support) -> Any:
    """Where p's support reaches outside q's, so that D(p ‖ q) is infinite: an array, or a plain bool."""
    match p, q:
        case (Interval(low, high), Interval(a, b)) | (Integers(low, high), Integers(a, b)):
            return _either(_less(low, a), _less(b, high))
        case Point(at), Point(other):
            return at != other
        case Point(at), Integers():
            outside = q.contains(at)
            return ~outside
        case Whole(), Whole():
            return False
        case _:
            return True


def what_is_missing(p: Support, q: Support, names: tuple[str, str] = ("P", "Q")) -> str:
    """Say which part of p's support q misses, for single distributions of known values."""
    one, other = names
    if not isinstance(p, Interval | Integers) or type(p) is not type(q):
        return f"{one} has mass on {p}, where {other}, on {q}, has none"
    parts = []
    if bool(_less(p.lower, q.lower)):
        parts.append(f"below {_end(q.lower)}")
    if bool(_less(q.upper, p.upper)):
        parts.append(f"above {_end(q.upper)}")
    return f"{one} has mass {' and '.join(parts)}, where {other} has none"


def _less(a: Array, b: Array) -> Any:
    """Whether a < b; a plain bool where no array is needed to tell."""
    if a is b or (is_number(a) and a == inf) or (is_number(b) and b == -inf):
        return False
    return a < b


def _either(a: Any, b: Any) -> Any:
    if a is True or b is True:
        return True
    if a is False:
        return b
    return a if b is False else a | b


def _end(x: Array) -> str:
    if is_number(x) or x.ndim == 0:
        value = float(x)
        return {inf: "∞", -inf: "−∞"}.get(value, f"{value:g}")
    return f"an end per batch entry (shape {tuple(x.shape)})"
