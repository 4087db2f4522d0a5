"""What quadrature and long sums share: pieces cut until two rules agree, and the bound in the end."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from kullback.distributions.numerical.remainders import Remainder
from kullback.distributions.numerical.result import Bound
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.numerical.tails import End, is_finite_at, tail_at
from kullback.distributions.record import Distribution
from kullback.errors import InvalidInputError
from kullback.kernels.portable import expm1mx

__all__ = [
    "ROUNDING",
    "VANISHING",
    "InfiniteError",
    "Pieces",
    "Sums",
    "bound_of",
    "ends_of",
    "has_whole_mass",
    "infinite",
    "joined",
    "known_ends",
    "refined",
    "rounding_of",
    "settled",
    "terms",
    "unresolved",
    "usable",
]

ROUNDING: Final = 2.0**-53
#: A log density below this counts as −inf: so far out one of two may overflow before the other.
VANISHING: Final = -1e4
#: Where two rules of different order differ by less than this, relatively to the whole, it is rounding.
_TARGET: Final = 1e-13
_MOST_PIECES: Final = 3000
_MOST_ROUNDS: Final = 60
#: How far a density's own integral may be off 1 before it is refused.
_MASS: Final = 1e-4


class InfiniteError(Exception):
    """The divergence is infinite, for the reason that the message gives."""


class Sums(NamedTuple):
    """Totals over pieces, each ``(n,)``: the divergence, the rules' difference, rounding, and both masses."""

    value: Floats
    difference: Floats
    rounding: Floats
    p: Floats
    q: Floats


class Pieces(Protocol):
    """Pieces of the line, as one array per property."""

    def at(self, index: Any) -> Self:
        """Some of them."""

    def halves(self) -> Self:
        """Each cut in two."""


N = TypeVar("N", bound=Any)
P = TypeVar("P", bound=Pieces)


def joined(a: N, b: N) -> N:
    """Two named tuples of arrays, one behind the other."""
    one: N = type(a)(*(np.concatenate(x) for x in zip(a, b, strict=True)))
    return one


def terms(log_p: Floats, log_q: Floats, shift: Floats | float = 0.0) -> tuple[Floats, Floats, Floats]:
    """(p log(p/q) − p + q)·e^shift without cancellation, p·e^shift and q·e^shift, from the logarithms."""
    log_p = np.where(log_p < VANISHING, -inf, log_p)
    p, q = np.exp(log_p + shift), np.exp(log_q + shift)
    r = log_q - log_p
    near = np.abs(r) <= 1.5
    small = expm1mx(np, np.where(near, r, 0.0)) * p
    present = log_p > -inf
    far = np.where(present, p * np.where(present, -1.0 - r, 0.0), 0.0) + q
    # where p underflows and q has no mass the product is 0·∞: that p is possible decides
    return np.where(near, small, np.where(present & (log_q == -inf), inf, far)), p, q


def usable(log_p: Floats, log_q: Floats) -> Any:
    """Where both densities have values: numbers, or no mass of p, which leaves nothing but q's."""
    return np.isfinite(log_p) & np.isfinite(log_q) | (log_p < VANISHING) & (log_q < inf)


def rounding_of(log_p: Floats, log_q: Floats, p: Floats, q: Floats) -> Floats:
    """How far a term may be off when the logarithms are rounded: |log(p/q)|·δp + |p/q − 1|·δq."""
    size = np.abs(np.where(p > 0, p * (log_p - log_q), 0.0)) + np.abs(p - q)
    # families' constants are logarithms of gamma functions, which are right to some 5e-15
    depth = 48 + np.where(p > 0, np.abs(log_p), 0.0) + np.where(q > 0, np.abs(log_q), 0.0)
    rounding: Floats = ROUNDING * (size * depth)
    return rounding


def refined(pieces: P, sums: Sums, evaluate: Callable[[P], Sums], rest: float) -> tuple[P, Sums]:
    """Bisect the pieces whose two rules differ, until they agree to rounding or there are too many."""
    stuck = 0
    for _ in range(_MOST_ROUNDS):
        total, difference = float(sums.value.sum()) + rest, float(sums.difference.sum())
        rough = sums.difference > np.maximum(_TARGET * total / len(sums.value), 0.5 * sums.rounding)
        if difference <= _TARGET * total or not rough.any() or len(rough) > _MOST_PIECES or stuck > 1:
            break
        halves = pieces.at(rough).halves()
        pieces = joined(pieces.at(~rough), halves)
        sums = joined(Sums(*(x[~rough] for x in sums)), evaluate(halves))
        # many pieces that gain nothing from being cut: what is left is rounding
        stuck = stuck + 1 if rough.sum() > 40 and sums.difference.sum() > 0.6 * difference else 0
    return pieces, sums


def has_whole_mass(sums: Sums, beyond: Sequence[Remainder]) -> bool:
    """Whether both densities come out as integrating to one."""
    return all(abs(mass - 1) < _MASS for mass in _masses(sums, beyond))


def bound_of(sums: Sums, beyond: Sequence[Remainder], method: str) -> Bound:
    """The value and its bound.

    Raises
    ------
    InvalidInputError
        If p or q does not integrate to one.
    """
    masses = _masses(sums, beyond)
    if not has_whole_mass(sums, beyond):
        raise InvalidInputError(
            f"P's probabilities add up to {masses[0]:.9g} and Q's to {masses[1]:.9g}, where 1 is expected: "
            "one is not normalised, or has a peak that no landmark points at (see Density)."
        )
    value = float(sums.value.sum()) + sum(r.value for r in beyond)
    error = float(sums.difference.sum() + sums.rounding.sum()) + sum(r.error for r in beyond)
    # p and q off by factors 1 + a and 1 + b: D changes by aD, and by (a − b)²/2 to second order
    error += 2 * abs(masses[0] - 1) * value + (masses[0] - masses[1]) ** 2 + 8 * ROUNDING * value
    return Bound(value, max(value - error, 0.0), value + error, method)


def _masses(sums: Sums, beyond: Sequence[Remainder]) -> tuple[float, float]:
    return (
        float(sums.p.sum()) + sum(r.p for r in beyond),
        float(sums.q.sum()) + sum(r.q for r in beyond),
    )


def infinite(reason: object, method: str) -> Bound:
    """+inf, and why."""
    return Bound(inf, inf, inf, method, str(reason))


def ends_of(record: Distribution) -> tuple[End, End]:
    """Both ends of the support."""
    support: Any = record.support
    return End(float(support.lower), False), End(float(support.upper), True)


def known_ends(p: Distribution, q: Distribution) -> frozenset[End]:
    """The ends of p's support at which E_p[log p/q] is known to converge, from the densities' formulas.

    Raises
    ------
    InfiniteError
        If it diverges at one.
    """
    known = set()
    for end in ends_of(p):
        if end not in ends_of(q):
            known.add(end)  # q goes on beyond: nothing can be singular there
            continue
        tail_p, tail_q = tail_at(p, end), tail_at(q, end)
        if tail_p is None or tail_q is None:
            continue
        if not is_finite_at(tail_p, tail_q):
            raise InfiniteError(_diverges(end))
        known.add(end)
    return frozenset(known)


def settled(rest: Remainder | None, where: object) -> Remainder:
    """What lies beyond an edge, if that could be told.

    Raises
    ------
    InfiniteError
        If it diverges.
    InvalidInputError
        If nothing can be told.
    """
    if rest is None:
        raise InvalidInputError(
            f"whether D(P ‖ Q) converges as {where} cannot be told from the densities there; register an "
            "exact form (register_kl)."
        )
    if rest.value == inf:
        raise InfiniteError(_diverges(where))
    return rest


def unresolved(x: float, log_p: float, log_q: float) -> Exception:
    """What is wrong where a term is not finite: a part of p's support that q misses, or no number at all."""
    if log_p > -inf and log_q == -inf:
        return InfiniteError(f"Q has no mass at x = {x:g}, where P has")
    return InvalidInputError(
        f"the log densities at x = {x:g} are {log_p:g} for P and {log_q:g} for Q; they must be numbers "
        "there, or −inf where there is no mass."
    )


def _diverges(where: object) -> str:
    return f"the expectation of log p/q diverges as {where}: there P's tail is too heavy for Q's"
