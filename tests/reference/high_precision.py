"""The definitions, in as many digits as they need: what every implementation is held to.

Nothing here is shared with the package. The plain sum Σ p log(p/q) loses digits, so enough are carried: 60,
or 700 where the probabilities themselves span 1e-300 to 1.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import mpmath
import numpy as np
from mpmath import mpf

Row = tuple[float, ...]


class Answer(NamedTuple):
    """D, and its derivatives by each entry of the first and of the second argument."""

    value: mpf
    by_p: list[mpf]
    by_q: list[mpf]


@cache
def of_weights(p: Row, q: Row, digits: int = 60) -> Answer:
    """D of p/Σp from q/Σq, where q has no zeros."""
    with mpmath.workdps(digits):
        x, y = [mpf(v) for v in p], [mpf(v) for v in q]
        mass_p, mass_q = mpmath.fsum(x), mpmath.fsum(y)
        x, y = [v / mass_p for v in x], [v / mass_q for v in y]
        logs = [mpmath.log(a / b) if a else -mpmath.inf for a, b in zip(x, y, strict=True)]
        value = _without_noise(mpmath.fsum(a * log for a, log in zip(x, logs, strict=True) if a))
        return Answer(
            value,
            [(log - value) / mass_p for log in logs],
            [(1 - a / b) / mass_q for a, b in zip(x, y, strict=True)],
        )


@cache
def of_logits(a: Row, b: Row) -> Answer:
    """D of softmax a from softmax b, where −inf may mask a logit of a, or of both."""
    with mpmath.workdps(60):
        x, y = _log_softmax(a), _log_softmax(b)
        p, q = [mpmath.exp(v) for v in x], [mpmath.exp(v) for v in y]
        logs = [v - w if s else mpf(0) for v, w, s in zip(x, y, p, strict=True)]
        value = _without_noise(mpmath.fsum(s * log for s, log in zip(p, logs, strict=True)))
        return Answer(
            value,
            [s * (log - value) for s, log in zip(p, logs, strict=True)],
            [t - s for s, t in zip(p, q, strict=True)],
        )


def _log_softmax(a: Row) -> list[mpf]:
    x = [mpf(v) for v in a]
    log_sum = mpmath.log(mpmath.fsum(mpmath.exp(v) for v in x))
    return [v - log_sum for v in x]


def _without_noise(value: mpf) -> mpf:
    """What a sum of terms of size 1 leaves in its last digits is 0."""
    return value if abs(value) > mpf(10) ** (5 - mpmath.mp.dps) else mpf(0)


def row(x: np.ndarray) -> Row:
    return tuple(x.tolist())


def error(found: float, exact: mpf, u: float) -> float:
    """The relative error in units of u, the unit roundoff of the dtype.

    Where D is 0, an implementation may have what the rounding of a sum does by its square, squared.
    """
    if exact == 0:
        return 0.0 if abs(found) <= u**4 else np.inf
    return float(abs((mpf(float(found)) - exact) / exact)) / u


def norm_error(found: Sequence[float], exact: Sequence[mpf], u: float) -> float:
    """The error of a vector relative to its norm, in units of u."""
    difference = mpmath.norm([mpf(float(f)) - e for f, e in zip(found, exact, strict=True)])
    size = mpmath.norm(list(exact))
    if size < 1e-30:  # nothing but noise in the last digits carried, or beyond every dtype
        return 0.0 if difference < 1e-25 else np.inf
    return float(difference / size) / u
