"""D(p ‖ q) of mixtures of normal vectors in two or three dimensions, by adaptive cubature with a bound.

The integrand p log(p/q) − p + q ≥ 0 is integrated over a box that reaches so many standard deviations beyond
every component that what is outside is below rounding. On the scale s = asinh y of every coordinate y, wide
and narrow components need about as many boxes. A box has a product of Gauss-Kronrod rules; the difference
made by Gauss's weights along an axis is that axis's error, and boxes are bisected along the roughest axis.
"""

from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np

from kullback.distributions.numerical.gaussians import Gaussians
from kullback.distributions.numerical.pieces import Sums, bound_of, joined, rounding_of, terms
from kullback.distributions.numerical.result import Bound
from kullback.distributions.numerical.rules import Floats

__all__ = ["METHOD", "integrate"]

METHOD: Final = "cubature"
#: Relative difference of the rules at which boxes are fine enough.
_TARGET: Final = 1e-11
#: e^(−_REACH²/2) is 1e-42, and the log ratio there is at most some hundreds times larger than its moments.
_REACH: Final = 14.0
_MOST_POINTS: Final = 1_500_000
_AT_ONCE: Final = 100_000

#: Kronrod's rule with 15 points and Gauss's with 7 inside it (Piessens et al., QUADPACK 1983).
_HALF: Final = np.array(
    [
        (0.9914553711208126, 0.02293532201052922, 0.0),
        (0.9491079123427585, 0.06309209262997856, 0.1294849661688697),
        (0.8648644233597691, 0.1047900103222502, 0.0),
        (0.7415311855993945, 0.1406532597155259, 0.2797053914892766),
        (0.5860872354676911, 0.1690047266392679, 0.0),
        (0.4058451513773972, 0.1903505780647854, 0.3818300505051189),
        (0.2077849550078985, 0.2044329400752989, 0.0),
    ]
)
_NODES: Final[Floats] = np.concatenate([-_HALF[:, 0], [0.0], _HALF[::-1, 0]])
_FINE: Final[Floats] = np.concatenate([_HALF[:, 1], [0.2094821410847278], _HALF[::-1, 1]])
_COARSE: Final[Floats] = np.concatenate([_HALF[:, 2], [0.4179591836734694], _HALF[::-1, 2]])


class Boxes(NamedTuple):
    """Boxes of s = asinh y, by their lower and upper corners ``(n, d)``."""

    lower: Floats
    upper: Floats

    def at(self, index: Any) -> "Boxes":
        """Some of them."""
        return Boxes(self.lower[index], self.upper[index])

    def halves(self, axis: Any) -> "Boxes":
        """Each cut in two along its axis."""
        rows = np.arange(len(self.lower))
        middle = 0.5 * (self.lower + self.upper)[rows, axis]
        below, above = self.upper.copy(), self.lower.copy()
        below[rows, axis] = middle
        above[rows, axis] = middle
        return Boxes(np.concatenate([self.lower, above]), np.concatenate([below, self.upper]))


def integrate(p: Gaussians, q: Gaussians) -> Bound:
    """D(p ‖ q) and its bound, of mixtures in a frame in which p is about standard.

    Raises
    ------
    InvalidInputError
        If a density does not come out as integrating to one.
    """
    boxes = _around(p, q)
    sums, axis = _evaluate(p, q, boxes)
    spent = len(boxes.lower)
    most = _MOST_POINTS // len(_NODES) ** p.dimension
    while spent < most:
        total = float(sums.value.sum())
        rough = sums.difference > np.maximum(_TARGET * total / len(sums.value), 0.5 * sums.rounding)
        if sums.difference.sum() <= _TARGET * total or not rough.any():
            break
        halves = boxes.at(rough).halves(axis[rough])
        more, their_axis = _evaluate(p, q, halves)
        boxes = joined(boxes.at(~rough), halves)
        sums = joined(Sums(*(x[~rough] for x in sums)), more)
        axis = np.concatenate([axis[~rough], their_axis])
        spent += len(halves.lower)
    return bound_of(sums, (), METHOD)


def _around(p: Gaussians, q: Gaussians) -> Boxes:
    """Boxes that hold all of both mixtures, none much larger than a component that it meets."""
    centers = np.concatenate([p.means, q.means])
    widths = np.sqrt(np.concatenate([np.diagonal(x.covariances(), axis1=-2, axis2=-1) for x in (p, q)]))
    lower = np.arcsinh((centers - _REACH * widths).min(axis=0))
    upper = np.arcsinh((centers + _REACH * widths).max(axis=0))
    boxes = Boxes(lower[None], upper[None])
    near, far = np.arcsinh(centers - 5 * widths), np.arcsinh(centers + 5 * widths)
    for _ in range(200):
        size = boxes.upper - boxes.lower
        too_large = np.zeros(size.shape, dtype=bool)
        for a, b in zip(near, far, strict=True):
            meets = np.all((boxes.lower < b) & (boxes.upper > a), axis=-1)
            too_large |= meets[:, None] & (size > b - a)
        cut = too_large.any(axis=-1)
        if not cut.any():
            break
        axis = np.argmax(np.where(too_large, size, 0.0), axis=-1)
        boxes = joined(boxes.at(~cut), boxes.at(cut).halves(axis[cut]))
    return boxes


def _evaluate(p: Gaussians, q: Gaussians, boxes: Boxes) -> tuple[Sums, Any]:
    """Sums over boxes, and along which axis each is roughest."""
    at_once = max(_AT_ONCE // len(_NODES) ** p.dimension, 1)
    parts = [
        _evaluate_some(p, q, boxes.at(slice(k, k + at_once))) for k in range(0, len(boxes.lower), at_once)
    ]
    sums = Sums(*(np.concatenate(x) for x in zip(*(s for s, _ in parts), strict=True)))
    return sums, np.concatenate([axis for _, axis in parts])


def _evaluate_some(p: Gaussians, q: Gaussians, boxes: Boxes) -> tuple[Sums, Any]:
    d = p.dimension
    grid = np.stack(np.meshgrid(*[_NODES] * d, indexing="ij"), axis=-1).reshape(-1, d)
    half = 0.5 * (boxes.upper - boxes.lower)
    s = 0.5 * (boxes.upper + boxes.lower)[:, None] + half[:, None] * grid
    shift = np.log(np.cosh(s)).sum(axis=-1)
    y = np.sinh(s).reshape(-1, d).T
    log_p, log_q = (x.log_prob(y).reshape(shift.shape) for x in (p, q))
    f, mass_p, mass_q = terms(log_p, log_q, shift)
    volume = half.prod(axis=-1)
    weights = [_product([_COARSE - _FINE if j == i else _FINE for j in range(d)]) for i in range(d)]
    along = np.abs(np.stack([volume * (f @ w) for w in weights], axis=-1))
    fine = _product([_FINE] * d)
    rounding = volume * (rounding_of(log_p, log_q, mass_p, mass_q) @ fine)
    sums = Sums(
        volume * (f @ fine), along.sum(axis=-1), rounding, *(volume * (m @ fine) for m in (mass_p, mass_q))
    )
    return sums, np.argmax(along, axis=-1)


def _product(weights: list[Floats]) -> Floats:
    return reduce(np.multiply.outer, weights).ravel()
