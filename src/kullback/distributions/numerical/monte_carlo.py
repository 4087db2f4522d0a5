"""D(p ‖ q) by draws from p: only when it is asked for by name, with a seed, and with its standard error."""

from math import inf
from typing import Any, Final

import numpy as np

from kullback.distributions.adapters import as_record
from kullback.distributions.numerical.rules import Floats
from kullback.distributions.numerical.sampling import draw
from kullback.distributions.record import Distribution, together
from kullback.errors import InvalidInputError, ShapeError
from kullback.result import Divergence, Estimated, Note

__all__ = ["METHOD", "estimate", "tail_shape"]

METHOD: Final = "monte carlo"
#: The quantile of the normal distribution for an interval that covers with 95 %.
_TWO_SIDED: Final = 1.959963984540054
#: From this tail shape on, the variance of log p/q is infinite and the standard error means nothing.
_HEAVY: Final = 0.5


def estimate(
    p: Any, q: Any, *, draws: int = 100_000, seed: int | None = None, rng: np.random.Generator | None = None
) -> Divergence:
    """D(p ‖ q) ≈ the mean of log p(x) − log q(x) over draws x from p, in nats.

    Parameters
    ----------
    p, q
        Single distributions. p must be of a family that can be drawn from.
    draws
        How many draws; at least 100.
    seed, rng
        Exactly one of them: the same seed gives the same answer.

    Returns
    -------
    Divergence
        With an `Estimated` error. Its diagnostics warn where the tail of log p/q is so heavy that the
        standard error cannot be trusted; the estimate may be negative.

    Raises
    ------
    InvalidInputError
        If not exactly one of `seed` and `rng` is given, or there are too few draws.
    ShapeError
        If p or q is a batch.
    UnknownRouteError
        If it is not known how to draw from p.
    """
    if (seed is None) == (rng is None):
        raise InvalidInputError(
            f"seed={seed} and rng={rng}: a random answer needs exactly one of the two, for example seed=0."
        )
    if draws < 100:
        raise InvalidInputError(f"draws={draws}; a standard error needs at least 100.")
    p, q, _ = together(*(x if isinstance(x, Distribution) else as_record(x) for x in (p, q)))
    if p.batch_shape or q.batch_shape:
        raise ShapeError(
            f"P and Q have the batch shapes {p.batch_shape} and {q.batch_shape}; pass single ones."
        )
    x = p.xp.asarray(draw(p, np.random.default_rng(seed) if rng is None else rng, draws))
    with np.errstate(all="ignore"):
        ratio = np.asarray(p.log_prob(x) - q.log_prob(x), dtype=float)
    if not np.all(np.isfinite(ratio)):
        reason = "some draws of P have no density under Q, so D(P ‖ Q) is infinite."
        error = Estimated(inf, (inf, inf))
        return Divergence(inf, "nats", METHOD, error, diagnostics=(Note("infinite", reason),))
    value, std_error = float(ratio.mean()), float(ratio.std(ddof=1) / np.sqrt(draws))
    interval = (value - _TWO_SIDED * std_error, value + _TWO_SIDED * std_error)
    return Divergence(value, "nats", METHOD, Estimated(std_error, interval), diagnostics=_notes(ratio))


def _notes(ratio: Floats) -> tuple[Note, ...]:
    shape = max(tail_shape(ratio), tail_shape(-ratio))
    if shape < _HEAVY:
        return ()
    return (
        Note(
            "heavy-tail",
            f"the tail of log p/q has the shape {shape:.2f}, at or above {_HEAVY}: its variance, and perhaps "
            "its mean, is infinite, and the standard error cannot be trusted. Use a deterministic method.",
        ),
    )


def tail_shape(x: Floats) -> float:
    """The shape k of a generalized Pareto distribution fitted to the largest values (Zhang & Stephens 2009).

    Moments of order 1/k and higher are infinite.
    """
    top = np.sort(x)[-min(len(x) // 5, int(3 * np.sqrt(len(x)))) - 1 :]
    excess = top[1:] - top[0]
    excess = excess[excess > 0]
    n = len(excess)
    if n < 5:
        return 0.0
    m = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4 + 0.5) - 1]
    theta = 1 / excess[-1] + (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * quartile)
    k = np.log1p(-theta[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-theta / k) - k - 1)
    weights = np.exp(likelihood - likelihood.max())
    best = float(theta @ weights / weights.sum())
    return float(np.log1p(-best * excess).mean())
