"""D(p ‖ q) of two distributions on the integers, many or infinitely many, by a sum with a bound.

What is summed is p log(p/q) − p + q ≥ 0 over all of q's support. The integers are cut into blocks of 2^k,
small ones near a landmark and long ones far out. A short block is summed term by term. On a long one the
terms are smooth, and a rule of 21 of its integers sums every polynomial of degree 20 exactly, as Gauss's
rules integrate them; the difference to a rule of 11 of them bounds its error, and blocks are bisected until
that is small. So a sum of 1e12 terms costs a few thousand. What lies beyond the last block is integrated from
the slopes of log p and log q there.
"""

from functools import cache
from math import frexp, isfinite, log
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.polynomial.legendre import legvander

from kullback.distributions.numerical.hints import hints
from kullback.distributions.numerical.pieces import (
    InfiniteError,
    Sums,
    bound_of,
    ends_of,
    infinite,
    joined,
    known_ends,
    refined,
    rounding_of,
    settled,
    terms,
    unresolved,
    usable,
)
from kullback.distributions.numerical.remainders import Remainder, remainder
from kullback.distributions.numerical.result import Bound
from kullback.distributions.numerical.rules import NODES, Floats
from kullback.distributions.numerical.tails import End
from kullback.distributions.record import Distribution
from kullback.distributions.supports import missing, what_is_missing

__all__ = ["METHOD", "add_up", "block_rule"]

METHOD: Final = "bounded sum"
#: Blocks up to this length are summed term by term.
_SHORT: Final = 256
#: How far a sum goes before the rest is integrated.
_FARTHEST: Final = 2.0**960
#: e to this power is 0; below the other, −inf tells that numbers end, above, that there is no mass.
_NOTHING: Final = -760.0
_UNDERFLOW: Final = -600.0


class Blocks(NamedTuple):
    """Runs of integers start, start + direction, …, `length` of them; each field ``(n,)``."""

    start: Floats
    direction: Floats
    length: Floats

    def at(self, index: Any) -> "Blocks":
        """Some of them."""
        return Blocks(*(x[index] for x in self))

    def halves(self) -> "Blocks":
        """Each cut in two."""
        half = 0.5 * self.length
        near, far = (
            self._replace(length=half),
            Blocks(self.start + self.direction * half, self.direction, half),
        )
        return Blocks(*(np.concatenate(x) for x in zip(near, far, strict=True)))

    def distance(self, x: float) -> Floats:
        """How far each is from x."""
        ahead = (x - self.start) * self.direction
        distance: Floats = np.maximum(np.maximum(-ahead, ahead - self.length), 0.0)
        return distance


def add_up(p: Distribution, q: Distribution) -> Bound:
    """D(p ‖ q) of two single distributions on integers, with its bound.

    Raises
    ------
    InvalidInputError
        If the probabilities do not sum to one, if one is NaN, or if it cannot be told whether the sum
        converges.
    """
    if missing(p.support, q.support):
        return infinite(what_is_missing(p.support, q.support), METHOD)
    try:
        return _solved(p, q)
    except InfiniteError as reason:
        return infinite(reason, METHOD)


def _solved(p: Distribution, q: Distribution) -> Bound:
    converges = known_ends(p, q)
    lower, upper = ends_of(q)
    anchors = [round(x) for record in (p, q) for x in hints(record)]
    blocks = _near_anchors(_cover(lower.at, upper.at, anchors), anchors)
    beyond = []
    for end in (lower, upper):
        if not isfinite(end.at):
            blocks, rest = _beyond(p, q, blocks, anchors, end, end in converges)
            beyond.append(rest)

    def evaluate(some: Blocks) -> Sums:
        return _evaluate(p, q, some)

    blocks, sums = refined(blocks, evaluate(blocks), evaluate, sum(r.value for r in beyond))
    return bound_of(sums, beyond, METHOD)


# -- blocks ------------------------------------------------------------------------------------------------


def _cover(lower: float, upper: float, anchors: list[int]) -> Blocks:
    """All integers from lower to upper in blocks that grow away from the ends, or from the middle."""
    if isfinite(lower) and isfinite(upper):
        count = upper - lower + 1
        up = count // 2
        return joined(_growing(lower, 1.0, up), _growing(upper, -1.0, count - up))
    if isfinite(lower):
        return _growing(lower, 1.0, _FARTHEST)
    if isfinite(upper):
        return _growing(upper, -1.0, _FARTHEST)
    middle = float(sorted(anchors)[len(anchors) // 2]) if anchors else 0.0
    return joined(_growing(middle, 1.0, _FARTHEST), _growing(middle - 1.0, -1.0, _FARTHEST))


def _growing(start: float, direction: float, count: float) -> Blocks:
    """`count` integers from `start` on, in blocks of 2^k whose length is at most their distance."""
    lengths = []
    done = 0.0
    while done < count:
        length = 2.0 ** (frexp(min(max(done, _SHORT), count - done))[1] - 1)
        lengths.append(length)
        done += length
    size = np.array(lengths)
    offset = np.concatenate([[0.0], np.cumsum(size)[:-1]])
    return Blocks(start + direction * offset, np.full(len(size), direction), size)


def _near_anchors(blocks: Blocks, anchors: list[int]) -> Blocks:
    """Bisect the blocks that are longer than their distance from an anchor."""
    for _ in range(1000):
        near = np.zeros(len(blocks.length), dtype=bool)
        for x in anchors:
            near |= blocks.length > np.maximum(blocks.distance(float(x)), _SHORT)
        if not near.any():
            break
        blocks = joined(blocks.at(~near), blocks.at(near).halves())
    return blocks


# -- sums --------------------------------------------------------------------------------------------------


@cache
def block_rule(length: int) -> tuple[Floats, Floats, Floats]:
    """Integers in 0, …, length − 1 and two rules' weights there, for polynomials of degree 20 and 10."""
    if length <= _SHORT:
        ones = np.ones(length)
        return np.arange(float(length)), ones, ones
    k = np.rint(0.5 * (NODES + 1) * length - 0.5)
    fine = _weights((2 * k + 1 - length) / length, length)
    coarse = np.zeros_like(fine)
    coarse[::2] = _weights((2 * k[::2] + 1 - length) / length, length)
    return k, fine, coarse


def _weights(t: Floats, length: int) -> Floats:
    """Weights at the nodes t that sum Legendre's polynomials over all t_k = (2k + 1 − n)/n exactly."""
    degrees = np.arange(len(t))
    if length <= 2**14:
        every = (2 * np.arange(length) + 1.0 - length) / length
        sums = legvander(every, len(t) - 1).sum(axis=0)
    else:
        # Euler and Maclaurin for the midpoint rule: ∫ − (h²/24)[P′] + (7h⁴/5760)[P‴]; odd ones sum to 0
        h, j = 2 / length, degrees.astype(float)
        first = j * (j + 1) / 2
        third = first * (j - 1) * (j + 2) / 4 * (j - 2) * (j + 3) / 6
        sums = length / 2 * (2.0 * (j == 0) - h**2 / 12 * first + 7 * h**4 / 2880 * third)
        sums[1::2] = 0.0
    found: Floats = np.linalg.solve(legvander(t, len(t) - 1).T, sums)
    return found


def _evaluate(p: Distribution, q: Distribution, blocks: Blocks) -> Sums:
    rules = [block_rule(int(n)) for n in blocks.length]
    sizes = [len(k) for k, _, _ in rules]
    offset, fine, coarse = (np.concatenate(x) for x in zip(*rules, strict=True))
    x = np.repeat(blocks.start, sizes) + np.repeat(blocks.direction, sizes) * offset
    log_p, log_q = (np.asarray(record.log_prob(x), dtype=float) for record in (p, q))
    # far out a term underflows where a block of them does not
    length = np.repeat(blocks.length, sizes)
    fine, coarse = fine / length, coarse / length
    f, mass_p, mass_q = terms(log_p, log_q, np.log(length))
    bad = ~np.isfinite(f)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        raise unresolved(float(x[k]), float(log_p[k]), float(log_q[k]))
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def add(values: Floats) -> Floats:
        total: Floats = np.add.reduceat(values, firsts)
        return total

    rounding = add(np.abs(fine) * rounding_of(log_p, log_q, mass_p, mass_q))
    return Sums(
        add(fine * f), np.abs(add((fine - coarse) * f)), rounding, add(fine * mass_p), add(fine * mass_q)
    )


# -- beyond the last block ---------------------------------------------------------------------------------


def _beyond(
    p: Distribution, q: Distribution, blocks: Blocks, anchors: list[int], end: End, converges: bool
) -> tuple[Blocks, Remainder]:
    """Leave away the blocks beyond which numbers have ended, and find what lies beyond the others.

    Raises
    ------
    InfiniteError
        If the sum diverges there, or q has no mass.
    InvalidInputError
        If that cannot be told.
    """
    outwards = blocks.direction == end.direction
    others, side = blocks.at(~outwards), blocks.at(outwards)
    side = side.at(np.argsort(side.start * end.direction))
    last = side.start + end.direction * (side.length - 1)
    log_p, log_q = (np.asarray(record.log_prob(last), dtype=float) for record in (p, q))
    stop = _numbers_end(last, log_p, log_q)
    empty = np.maximum(log_p, log_q) + np.log(side.length) < _NOTHING
    occupied = np.flatnonzero(~empty | np.any([side.distance(float(x)) == 0 for x in anchors], axis=0))
    stop = min(stop, int(occupied[-1]) + 2 if len(occupied) else 1)
    side = side.at(slice(0, stop))
    edge = abs(float(last[stop - 1])) + 0.5  # a term stands for the unit around it
    h = max(0.2, 0.01 * log(edge))
    x = end.direction * np.rint(edge * np.exp(-h * np.arange(4)))
    log_p, log_q = (np.asarray(r.log_prob(x), dtype=float) + np.log(np.abs(x)) for r in (p, q))
    return joined(others, side), settled(remainder(log_p, log_q, h, converges), end)


def _numbers_end(last: Floats, log_p: Floats, log_q: Floats) -> int:
    """How many blocks come before logarithms overflow."""
    good = usable(log_p, log_q)
    if good.all():
        return len(good)
    k = int(np.argmin(good))
    if k == 0 or log_q[k - 1] > _UNDERFLOW:
        raise unresolved(float(last[k]), float(log_p[k]), float(log_q[k]))
    return k
