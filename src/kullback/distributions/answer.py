"""The door for `kullback.compare`: D(p ‖ q) of two single distributions as a `Divergence`."""

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np

from kullback.distributions.adapters import ADAPTERS, as_record
from kullback.distributions.divergence import Answer, solve
from kullback.distributions.numerical.monte_carlo import estimate
from kullback.distributions.record import Distribution
from kullback.distributions.registry import registered_forms
from kullback.distributions.supports import missing, what_is_missing
from kullback.errors import ShapeError
from kullback.kernels.backend import to_numpy
from kullback.measures import Known
from kullback.result import Bounded, Divergence, Error, Exact, Note

__all__ = ["compare_distributions", "from_densities", "from_draws", "is_distribution"]

#: What the tests against mpmath hold every exact form to, relatively; sums of terms of both signs are held to
#: it relatively to the larger of the value and 1.
_ROUNDING: Final = 1e-13


def is_distribution(x: object) -> bool:
    """Whether `x` is a record, comes from a library that an adapter serves, or has a registered form."""
    if isinstance(x, Distribution):
        return True
    if any(cls.__module__.partition(".")[0] in ADAPTERS for cls in type(x).__mro__):
        return True
    return any(isinstance(x, (form.p, form.q)) for form in registered_forms())


def from_densities(p: Known, q: Known, names: tuple[str, str]) -> Divergence:
    """D(p ‖ q) of what two `Known` measures hold; see `compare_distributions`."""
    return compare_distributions(p.distribution, q.distribution, names)


def from_draws(p: Known, q: Known, names: tuple[str, str], rng: np.random.Generator) -> Divergence:
    """D(p ‖ q) of what two `Known` measures hold, estimated from draws; see `numerical.monte_carlo`."""
    return replace(estimate(p.distribution, q.distribution, rng=rng), names=names)


def compare_distributions(p: Any, q: Any, names: tuple[str, str] = ("P", "Q")) -> Divergence:
    """D(p ‖ q) in nats: exact where a form is known, else with a bound.

    Parameters
    ----------
    p, q
        Distributions of this package, or of a library that an adapter knows; single ones, not batches.
    names
        What to call the two.

    Raises
    ------
    ShapeError
        If p or q is a batch of distributions.
    UnknownRouteError
        If neither an exact form nor a deterministic numerical method serves the pair.
    """
    found = solve(p, q)
    if math.prod(np.shape(to_numpy(found.value))) != 1:
        raise ShapeError(
            f"{names[0]} and {names[1]} are batches of distributions (together of shape "
            f"{tuple(np.shape(found.value))}); compare() answers about one pair. Index them, or use "
            "kullback.distributions.kl_divergence, which returns an array."
        )
    value = _number(found.value)
    notes = _notes(p, q, found, names) if math.isinf(value) else ()
    return Divergence(value, "nats", found.method, _error(found, value), diagnostics=notes, names=names)


def _number(x: Any) -> float:
    return float(np.asarray(to_numpy(x)).reshape(()))


def _error(found: Answer, value: float) -> Error:
    if math.isinf(value):  # that is decided, not measured
        return Exact()
    if found.lower is not None and found.upper is not None:
        return Bounded(_number(found.lower), _number(found.upper))
    return Exact(_ROUNDING * (value if found.method == "closed form" else max(value, 1.0)))


def _notes(p: Any, q: Any, found: Answer, names: tuple[str, str]) -> tuple[Note, ...]:
    """Why the value is infinite: which part of p's support q misses, or else p's heavy tails."""
    a, b = (x if isinstance(x, Distribution) else as_record(x) for x in (p, q))
    outside = missing(a.support, b.support)
    if outside is not False and bool(np.all(to_numpy(outside))):
        words = what_is_missing(a.support, b.support, names)
        return (Note("infinite", f"{words}, so D({names[0]} ‖ {names[1]}) is infinite."),)
    if found.lower is not None and found.source:  # the numerical methods say where
        return (Note("infinite", f"{found.source}; so D(P ‖ Q) is infinite."),)
    return (
        Note(
            "infinite",
            f"{names[1]}'s log density falls too fast for the tails of {names[0]}: its mean under {names[0]} "
            f"is −∞, so D({names[0]} ‖ {names[1]}) is infinite.",
        ),
    )
