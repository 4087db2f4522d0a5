"""How densities end, from their formulas: what decides whether D(p ‖ q) is finite at an end of p's support.

Let σ → ∞ measure the way to an end: σ = log|x| to an infinite one, σ = −log|x − e| to a finite one e.
On that scale the mass per dσ of the families here behaves like

    exp(−rate·e^(growth·σ) − square·σ² − slope·σ)

to leading order, and the logarithm of p/q like a power of σ or like e^(growth·σ), the growth being q's. So
E_p[log p/q] can diverge in two ways only: p ends as a power, e^(−slope·σ), and q's growth reaches that slope;
or q ends doubly exponentially, and p has no exponential moment as large as that.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import Any

from kullback.distributions import features as f
from kullback.distributions.families.combined import Affine, Mixture
from kullback.distributions.families.discrete import Skellam
from kullback.distributions.families.positive import GeneralizedPareto
from kullback.distributions.families.real_line import GeneralizedExtremeValue
from kullback.distributions.numerical.beside import expansion_of
from kullback.distributions.numerical.elements import component
from kullback.distributions.record import Distribution
from kullback.distributions.supports import Integers, Interval

__all__ = ["End", "Tail", "is_finite_at", "tail_at"]


@dataclass(frozen=True)
class End:
    """An end of an interval: where it is (±inf allowed), and whether it is the upper one."""

    at: float
    is_upper: bool

    @property
    def direction(self) -> float:
        """The sign of x far out."""
        return 1.0 if self.is_upper else -1.0

    def __str__(self) -> str:
        if abs(self.at) == inf:
            return "x → ∞" if self.is_upper else "x → −∞"
        return f"x → {self.at:g} from {'below' if self.is_upper else 'above'}"


@dataclass(frozen=True, order=True)
class Tail:
    """exp(−rate·e^(growth·σ) − square·σ² − slope·σ) per dσ; growth inf: exp(−exp(rate·|x|)).

    A factorial's tail, exp(−|x| log|x|), has the growth 1 and the rate inf.

    Ordered from the heaviest to the lightest.
    """

    growth: float = 0.0
    rate: float = 0.0
    square: float = 0.0
    slope: float = 0.0


def is_finite_at(p: Tail, q: Tail) -> bool:
    """Whether E_p[log p/q] converges at an end where both supports end."""
    if q.growth == inf:
        return p.growth > 1 or (p.growth == 1 and p.rate > q.rate)
    return q.growth == 0 or p.growth > 0 or p.square > 0 or p.slope > q.growth


def tail_at(record: Distribution, end: End) -> Tail | None:
    """How the density ends there, or None where no formula tells."""
    match record:
        case Affine():
            return _moved(record, end)
        case Mixture():
            return _heaviest(record, end)
        case GeneralizedExtremeValue():
            return _extreme_value(float(record.concentration), float(record.scale), end)
        case GeneralizedPareto():
            return _generalized_pareto(float(record.concentration), float(record.scale), end)
        case Skellam():
            return Tail(1.0, inf)
        case _:
            expansion = expansion_of(record)
            return None if expansion is None else _of_expansion(expansion, end)


def _of_expansion(expansion: f.Expansion, end: End) -> Tail | None:
    """Add up what the features contribute, and keep what dominates."""
    growths: defaultdict[float, float] = defaultdict(float)
    square, doubly, factorials = 0.0, 0.0, 0.0
    slope = -1.0 if abs(end.at) == inf else 1.0  # dx = e^(±σ) dσ
    for coefficient, feature in expansion.terms:
        c = float(coefficient)
        if c == 0:
            continue
        part = _far(feature, end.direction) if abs(end.at) == inf else _near(feature, end.at)
        if part is None:
            return None
        kind, size = part
        if kind == "slope":
            slope -= c * size
        elif kind == "square":
            square -= c * size
        elif kind == "double":
            doubly = max(doubly, size)
        elif kind == "factorial":
            factorials += c
        elif kind != "constant":
            growths[float(kind)] += c * size
    if doubly:
        return Tail(inf, doubly)
    if factorials:
        return Tail(1.0, inf)
    growth = max((b for b, c in growths.items() if c != 0), default=0.0)
    return Tail(growth, -growths[growth] if growth else 0.0, square, slope)


#: What a feature contributes: size·σ, size·σ², size·e^(kind·σ), exp(size·|x|), |x| log|x|, or nothing.
Part = tuple[str | float, float]
_NOTHING: Part = ("constant", 0.0)


def _far(feature: f.Feature, sign: float) -> Part | None:
    """A feature as x → sign·∞."""
    match feature:
        case f.Linear():
            return 1.0, sign
        case f.SquaredDeviation():
            return 2.0, 1.0
        case f.AbsoluteDeviation():
            return 1.0, 1.0
        case f.Log() | f.Log1pLinear():
            return "slope", 1.0
        case f.Log1pSquare():
            return "slope", 2.0
        case f.Log1pPower(exponent):
            return "slope", max(float(exponent), 0.0)
        case f.LogSquaredDeviation():
            return "square", 1.0
        case f.Power(exponent, scale):
            e = float(exponent)
            return (e, float(scale) ** -e) if e > 0 else _NOTHING
        case f.Tilt(rate):
            return ("double", abs(float(rate))) if float(rate) * sign > 0 else _NOTHING
        case f.LogGammaShift():
            return "factorial", 1.0
        case f.Softplus(_, width):
            w = float(width)
            return (1.0, 1.0 / abs(w)) if w * sign > 0 else _NOTHING
        case _:
            return None


def _near(feature: f.Feature, at: float) -> Part | None:
    """A feature as x comes to a finite end, where σ = −log distance."""
    match feature:
        case f.Log() if at == 0:
            return "slope", -1.0
        case f.LogSquaredDeviation() if at == 0:
            return "square", 1.0
        case f.Power(exponent, scale) if at == 0:
            e = float(exponent)
            return (-e, float(scale) ** -e) if e < 0 else _NOTHING
        case f.Log1pPower(exponent) if at == 0:
            return "slope", max(-float(exponent), 0.0)
        case f.LogComplement() | f.LogComplementPower() if at == 1:
            return "slope", -1.0
        case f.LogitSquaredDeviation() if at in (0, 1):
            return "square", 1.0
        case _:
            return _NOTHING


def _moved(record: Affine, end: End) -> Tail | None:
    scale = float(record.scale)
    inner: Any = record.base.support
    at = end.at if abs(end.at) == inf else float(inner.upper if end.is_upper else inner.lower)
    tail = tail_at(record.base, End(at, end.is_upper))
    if tail is None:
        return None
    reach = -1.0 if abs(end.at) == inf else 1.0
    rate = tail.rate / scale if tail.growth == inf else tail.rate * scale ** (reach * tail.growth)
    return Tail(tail.growth, rate, tail.square, tail.slope)


def _heaviest(record: Mixture, end: End) -> Tail | None:
    tails = []
    for k, weight in enumerate(record.weights):
        one = component(record, k)
        support = one.support
        if weight == 0 or not isinstance(support, Interval | Integers):
            continue
        if float(support.upper if end.is_upper else support.lower) == end.at:
            tails.append(tail_at(one, end))
    known = [tail for tail in tails if tail is not None]
    return min(known) if known and len(known) == len(tails) else None


def _extreme_value(xi: float, scale: float, end: End) -> Tail:
    """exp(−y) with y = (1 + ξz)^(−1/ξ), times a power."""
    if xi == 0:
        return Tail(1.0, 1 / scale) if end.is_upper else Tail(inf, 1 / scale)
    bounded = abs(end.at) < inf
    if xi > 0:
        # y → 0 far above; towards the lower end y grows like distance^(−1/ξ)
        return Tail(1 / xi, (xi / scale) ** (-1 / xi)) if bounded else Tail(slope=1 / xi)
    return Tail(slope=-1 / xi) if bounded else Tail(-1 / xi, (-xi / scale) ** (-1 / xi))


def _generalized_pareto(xi: float, scale: float, end: End) -> Tail:
    """(1 + ξz)^(−1 − 1/ξ); e^−z for ξ = 0."""
    if not end.is_upper:
        return Tail(slope=1.0)
    return Tail(1.0, 1 / scale) if xi == 0 else Tail(slope=abs(1 / xi))
