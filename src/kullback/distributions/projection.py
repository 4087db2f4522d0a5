"""The member of a family that is closest to a distribution, in either direction of the divergence.

Forward, argmin_q D(p ‖ q), q must spread over all that p does: mass-covering, and what maximum likelihood
finds. Reverse, argmin_q D(q ‖ p), q must stay where p has mass: mode-seeking, and what variational inference
finds. The two differ most where p has several modes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, fields
from math import inf, isfinite
from typing import Any, Final, Literal, cast

import numpy as np

from kullback.distributions.adapters import as_record
from kullback.distributions.arithmetic import Array
from kullback.distributions.divergence import Answer, solve
from kullback.distributions.exact.moment_matching import (
    Moments,
    cross_entropy,
    match_forward,
    match_reverse,
)
from kullback.distributions.families.combined import Mixture
from kullback.distributions.numerical.elements import component
from kullback.distributions.numerical.minimum import Minimum, minimise
from kullback.distributions.record import Distribution
from kullback.distributions.supports import missing, what_is_missing
from kullback.errors import (
    InvalidInputError,
    InvalidTypeError,
    ShapeError,
    UnknownRouteError,
)
from kullback.kernels.backend import to_numpy

__all__ = ["Projection", "project"]

Direction = Literal["forward", "reverse"]


@dataclass(frozen=True, eq=False)
class Projection:
    """The closest member of a family, with how it was found.

    `divergence` holds the value in nats, its method, and bounds where it was found numerically; it is None
    where a formula gives the member and no method its divergence. `method` is "member" (p is one itself),
    "moments" or "precisions" (a formula), or "minimisation". `other_minima` are further local minima, the
    best first.
    """

    closest: Distribution
    divergence: Answer | None
    direction: Direction
    method: str
    converged: bool = True
    other_minima: tuple["Projection", ...] = ()

    def __str__(self) -> str:
        name = type(self.closest).__name__
        pair = f"D(P ‖ {name})" if self.direction == "forward" else f"D({name} ‖ P)"
        count = len(self.other_minima)
        several = f"; {count} other local {'minimum' if count == 1 else 'minima'}" if count else ""
        state = "" if self.converged else "; the search did not converge"
        values = ", ".join(f"{key}={_short(x)}" for key, x in self.closest.arrays())
        size = "unknown" if self.divergence is None else f"{float(self.divergence.value):.6g} nats"
        return f"{name}({values}): {pair} = {size} ({self.method}{several}{state})"


def project(
    p: Any, family: type[Distribution], *, direction: Direction = "forward", **fixed: Any
) -> Projection:
    """The member q of a family with the smallest D(p ‖ q), or D(q ‖ p) for ``direction="reverse"``.

    Forward, the moments of p decide wherever they are known and the family is an exponential one; the rest
    is found by Newton's method from several starts, on the divergence that `kl_divergence` computes.

    Parameters
    ----------
    p
        One distribution (no batch): a record, a `Mixture`, or a distribution of another library.
    family
        A class of this package: ``Normal``.
    direction
        "forward": argmin D(p ‖ q), which covers p's mass. "reverse": argmin D(q ‖ p), which seeks a mode.
    **fixed
        Parameters of the family that are held, by name: ``project(p, StudentT, df=3.0)``.

    Returns
    -------
    Projection
        The closest member, as a record of NumPy's float64, its divergence, and further local minima.

    Raises
    ------
    InvalidInputError
        If the divergence is infinite for every member, as from Cauchy to normal distributions.
    UnknownRouteError
        If the family has parameters that no formula gives and that cannot be searched: vectors, counts.
    ShapeError
        If p is a batch.

    Examples
    --------
    >>> from kullback.distributions import Mixture, Normal, project
    >>> p = Mixture([0.5, 0.5], Normal([-2.0, 2.0], [1.0, 1.0]))
    >>> print(project(p, Normal).closest.scale.round(6))
    2.236068
    """
    record = _single(p)
    _check(family, direction, fixed)
    if type(record) is family and not fixed:
        return Projection(record, solve(record, record), direction, "member")
    match = match_forward if direction == "forward" else match_reverse
    found = match(record, family, fixed)
    if found is not None:
        closest = _member(family, found)
        method = "moments" if direction == "forward" else "precisions"
        return Projection(closest, _divergence(record, closest, direction), direction, method)
    return _search(record, family, direction, fixed)


def _single(p: Any) -> Distribution:
    """One distribution of any library, in NumPy's float64."""
    record = p if isinstance(p, Distribution) else as_record(p)
    if record.batch_shape:
        raise ShapeError(
            f"P is a batch of shape {record.batch_shape}; project takes one distribution at a time."
        )
    return record.with_arrays(iter([np.asarray(to_numpy(x), dtype=float) for _, x in record.arrays()]))


def _check(family: Any, direction: str, fixed: dict[str, Any]) -> None:
    if not (isinstance(family, type) and issubclass(family, Distribution)):
        raise InvalidTypeError(
            f"family={family!r} is no class of kullback.distributions; pass one, such as Normal."
        )
    if direction not in ("forward", "reverse"):
        raise InvalidInputError(f'direction={direction!r}; it must be "forward" or "reverse".')
    names = [f.name for f in fields(family)]
    for name in fixed:
        if name not in names:
            raise InvalidInputError(
                f"{family.__name__} has no parameter {name!r} to be fixed; it has {', '.join(names)}."
            )


def _member(family: type[Distribution], parameters: dict[str, Any]) -> Distribution:
    return family(**{name: np.asarray(x, dtype=float) for name, x in parameters.items()})


def _divergence(p: Distribution, q: Distribution, direction: Direction) -> Answer | None:
    """D in the direction asked for; None where no method knows it.

    Raises
    ------
    InvalidInputError
        If it is infinite: then it is for every member.
    """
    first, second = (p, q) if direction == "forward" else (q, p)
    try:
        answer = solve(first, second)
    except UnknownRouteError:
        return None
    if float(answer.value) < inf:
        return answer
    if bool(np.any(missing(first.support, second.support))):
        why = what_is_missing(first.support, second.support)
    else:
        why = answer.source or "the integral does not converge"
    names = {"P": type(first).__name__, "Q": type(second).__name__}
    why = re.sub(r"\b[PQ]\b", lambda side: names[side[0]], why)
    other = "reverse" if direction == "forward" else "forward"
    raise InvalidInputError(
        f"D({names['P']} ‖ {names['Q']}) is infinite for every {type(q).__name__} that was met: {why}. "
        f'Choose a family whose support and tails fit, or direction="{other}".'
    )


# -- the search ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """How a parameter is written as a number without bounds."""

    value: Callable[[float], float]
    inverse: Callable[[float], float]


def _sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


_FREE: Final = Scale(lambda x: x, lambda x: x)
_LOGARITHM: Final = Scale(lambda x: float(np.exp(x)), lambda x: float(np.log(x)))
_LOGIT: Final = Scale(_sigmoid, lambda x: float(np.log(x) - np.log1p(-x)))

#: By the words of a parameter's rule.
_SCALES: Final = {
    "finite": _FREE,
    "positive and finite": _LOGARITHM,
    "non-negative and finite": _LOGARITHM,
    "between 0 and 1": _LOGIT,
    "between 0 and 1, both excluded": _LOGIT,
    "above 0 and at most 1": _LOGIT,
    "at least 0 and below 1": _LOGIT,
}


@dataclass(frozen=True)
class Hint:
    """A place where p has mass, and over what distance."""

    center: float
    spread: float


class Coordinates:
    """A family's members as vectors without bounds; a location counts spreads of p from its center."""

    def __init__(self, family: type[Distribution], fixed: dict[str, Any], frame: Hint) -> None:
        self.family, self.fixed, self.frame = family, fixed, frame
        self.fields = [f for f in _needed(family) if f.name not in fixed]
        for f in self.fields:
            if "rule" not in f.metadata or f.metadata["event"] or f.metadata["rule"].words not in _SCALES:
                raise UnknownRouteError(
                    f"{family.__name__}'s {f.name} can be neither computed from P's moments nor searched; "
                    f"fix it by name, project(p, {family.__name__}, {f.name}=...), or choose another family."
                )
        self.names = [f.name for f in self.fields]

    def member(self, x: Any) -> Distribution:
        """The member at x."""
        values = {
            f.name: np.float64(self._of(f).value(float(v))) for f, v in zip(self.fields, x, strict=True)
        }
        return self.family(**values, **self.fixed)

    def at(self, **values: float) -> Any:
        """The vector of these parameters; what is not given is 0."""
        return np.array(
            [self._of(f).inverse(values[f.name]) if f.name in values else 0.0 for f in self.fields]
        )

    def _of(self, f: "Field[Any]") -> Scale:
        if f.name == "loc":
            c, s = self.frame.center, self.frame.spread
            return Scale(lambda x: c + s * x, lambda x: (x - c) / s)
        return _SCALES[f.metadata["rule"].words]

    def is_movable(self) -> bool:
        """Whether loc and scale are those of x itself, not of its logarithm."""
        if not {"loc", "scale"} <= set(self.names):
            return False
        support = cast(Any, self.member(np.zeros(len(self.names))).support)
        far = self.frame.center - 1e6 * self.frame.spread
        return bool(support.contains(np.float64(far)))

    def near(self, hint: Hint) -> Any:
        """A member with about this center and spread: by location and scale, or by mean and variance."""
        if self.is_movable():
            return self.at(loc=hint.center, scale=hint.spread)
        return minimise(lambda x: self._mismatch(x, hint), np.zeros(len(self.names))).at

    def _mismatch(self, x: Any, hint: Hint) -> float:
        member = self.member_or_none(x)
        mean, variance = (None, None) if member is None else (member.mean(), member.variance())
        if mean is None or variance is None or not (isfinite(mean) and 0 < variance < inf):
            return inf
        shift = (float(mean) - hint.center) / hint.spread
        return float(np.log1p(shift * shift) + np.log(variance / hint.spread**2) ** 2)

    def member_or_none(self, x: Any) -> Distribution | None:
        """The member at x, if rounding leaves there one."""
        try:
            with np.errstate(all="ignore"):
                return self.member(x)
        except InvalidInputError:
            return None


def _needed(family: type[Distribution]) -> Iterator["Field[Any]"]:
    """The fields that make a member: of alternatives (probs or logits) the first."""
    alternatives = [f.name for f in fields(family) if f.default is None]
    yield from (f for f in fields(family) if f.default is not None or f.name == alternatives[0])


def _search(p: Distribution, family: type[Distribution], direction: Direction, fixed: Any) -> Projection:
    held = {name: np.asarray(x, dtype=float) for name, x in fixed.items()}
    hints = list(dict.fromkeys(_hints(p)))
    frame = Coordinates(family, held, hints[0])
    objective = _objective(p, frame, direction)
    minima = [minimise(objective, x) for x in _starts(p, frame, hints, direction, objective)]
    found = [m for m in minima if isfinite(m.value)]
    if not found:
        _divergence(p, frame.member(frame.near(hints[0])), direction)
        raise InvalidInputError(
            f"no {family.__name__} was found with a finite {direction} divergence for P "
            f"({type(p).__name__}); those tried have the means and variances of P or of its components."
        )
    distinct = _distinct(found)
    results = []
    for minimum in distinct:
        closest = frame.member(minimum.at)
        answer = _divergence(p, closest, direction)
        results.append(Projection(closest, answer, direction, "minimisation", minimum.converged))
    best, *others = results
    further = tuple(o for o in others if o.converged)
    return Projection(
        best.closest, best.divergence, direction, best.method, best.converged, other_minima=further
    )


def _objective(p: Distribution, frame: Coordinates, direction: Direction) -> Callable[[Any], float]:
    """D as a function of the coordinates, up to a constant where the cross-entropy alone has a formula."""
    moments = Moments(p)

    def objective(x: Any) -> float:
        q = frame.member_or_none(x)
        if q is None:
            return inf
        first, second = (p, q) if direction == "forward" else (q, p)
        if bool(np.any(missing(first.support, second.support))):
            return inf
        with np.errstate(all="ignore"):
            value = cross_entropy(moments, q) if direction == "forward" else None
            return float(solve(first, second).value) if value is None else value

    return objective


def _starts(
    p: Distribution,
    frame: Coordinates,
    hints: list[Hint],
    direction: Direction,
    objective: Callable[[Any], float],
) -> list[Any]:
    """Where to begin: at every hint for the reverse direction, which has several minima; else at the best."""
    starts = [x for x in (frame.near(hint) for hint in hints) if isfinite(objective(x))]
    plain = np.zeros(len(frame.names))
    if not starts and isfinite(objective(plain)):
        starts = [plain]
    return starts if direction == "reverse" else sorted(starts, key=objective)[:1]


def _hints(p: Distribution) -> Iterator[Hint]:
    """Center and spread of p as a whole, of each of a mixture's components, or at a density's landmarks."""
    yield _hint(p)
    if p.mean() is None:
        points = sorted(float(x) for x in p.landmarks() if np.ndim(x) == 0)
        for a, b, c in zip(points[:-2], points[1:-1], points[2:], strict=True):
            if a < b < c:
                yield Hint(b, 0.5 * min(b - a, c - b))
    if isinstance(p, Mixture):
        for k in range(p.weights.shape[-1]):
            if p.weights[k] > 0:
                yield _hint(component(p, k))


def _hint(p: Distribution) -> Hint:
    mean, variance = p.mean(), p.variance()
    if mean is not None and variance is not None and isfinite(mean) and 0 < variance < inf:
        return Hint(float(mean), float(variance) ** 0.5)
    points = [float(x) for x in p.landmarks() if np.ndim(x) == 0 and isfinite(x)]
    points += [end for side in ("lower", "upper") if isfinite(end := float(getattr(p.support, side, inf)))]
    low, high = min(points, default=0.0), max(points, default=0.0)
    return Hint(0.5 * low + 0.5 * high, 0.5 * (high - low) or 1.0)


def _distinct(minima: list[Minimum]) -> list[Minimum]:
    """Each place once, the lowest first."""
    kept: list[Minimum] = []
    for m in sorted(minima, key=lambda m: m.value):
        if all(float(np.max(np.abs(m.at - other.at))) > 1e-3 for other in kept):
            kept.append(m)
    return kept


def _short(x: Array) -> str:
    return f"{float(x):.6g}" if x.ndim == 0 else np.array2string(x, precision=6, separator=", ")
