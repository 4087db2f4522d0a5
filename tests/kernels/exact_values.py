"""The textbook definitions, in 60 digits, of vectors divided by their sums; and their slopes by differences.

Nothing here is shared with the package: these are the formulas that lose all digits in floating point.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

Quantity = Callable[..., Any]


def shares(x: Sequence[Any]) -> list[Any]:
    values = [v if isinstance(v, mpmath.mpf) else mpf(float(v)) for v in x]
    whole = mpmath.fsum(values)
    return [v / whole for v in values]


def _entropic(p: Any, q: Any) -> Any:
    """p log(p/q) with the conventions for zeros."""
    if p == 0:
        return mpf(0)
    return mpf("inf") if q == 0 else p * mpmath.log(p / q)


def kl(p: Sequence[Any], q: Sequence[Any]) -> Any:
    return mpmath.fsum(_entropic(a, b) for a, b in zip(shares(p), shares(q), strict=True))


def js(p: Sequence[Any], q: Sequence[Any]) -> Any:
    p, q = shares(p), shares(q)
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return (kl(p, m) + kl(q, m)) / 2


def js_distance(p: Sequence[Any], q: Sequence[Any]) -> Any:
    return mpmath.sqrt(js(p, q))


def jeffreys(p: Sequence[Any], q: Sequence[Any]) -> Any:
    return kl(p, q) + kl(q, p)


def total_variation(p: Sequence[Any], q: Sequence[Any]) -> Any:
    return mpmath.fsum(abs(a - b) for a, b in zip(shares(p), shares(q), strict=True)) / 2


def hellinger(p: Sequence[Any], q: Sequence[Any]) -> Any:
    roots = [(mpmath.sqrt(a) - mpmath.sqrt(b)) ** 2 for a, b in zip(shares(p), shares(q), strict=True)]
    return mpmath.sqrt(mpmath.fsum(roots) / 2)


def chi2(p: Sequence[Any], q: Sequence[Any]) -> Any:
    pairs = list(zip(shares(p), shares(q), strict=True))
    if any(b == 0 < a for a, b in pairs):
        return mpf("inf")
    return mpmath.fsum((a - b) ** 2 / b for a, b in pairs if b)


def affinity(p: Sequence[Any], q: Sequence[Any], alpha: float) -> Any:
    """Σ p^α q^(1−α)."""
    a = mpf(alpha)
    pairs = list(zip(shares(p), shares(q), strict=True))
    if (alpha > 1 and any(y == 0 < x for x, y in pairs)) or (alpha < 0 and any(x == 0 < y for x, y in pairs)):
        return mpf("inf")
    return mpmath.fsum(x**a * y ** (1 - a) for x, y in pairs if x and y)


def alpha_divergence(p: Sequence[Any], q: Sequence[Any], alpha: float) -> Any:
    if alpha in (0, 1):
        return kl(p, q) if alpha else kl(q, p)
    return (affinity(p, q, alpha) - 1) / (mpf(alpha) * (mpf(alpha) - 1))


def renyi(p: Sequence[Any], q: Sequence[Any], alpha: float) -> Any:
    pairs = list(zip(shares(p), shares(q), strict=True))
    if alpha == 0:
        return -mpmath.log(mpmath.fsum(b for a, b in pairs if a))
    if alpha == 1:
        return kl(p, q)
    if alpha == math.inf:
        return (
            mpf("inf") if any(b == 0 < a for a, b in pairs) else mpmath.log(max(a / b for a, b in pairs if b))
        )
    power = affinity(p, q, alpha)
    return mpf("inf") if power == 0 else mpmath.log(power) / (mpf(alpha) - 1)


def entropy(p: Sequence[Any]) -> Any:
    return -mpmath.fsum(a * mpmath.log(a) for a in shares(p) if a)


def cross_entropy(p: Sequence[Any], q: Sequence[Any]) -> Any:
    return entropy(p) + kl(p, q)


def mutual_information(joint: Sequence[Sequence[Any]]) -> Any:
    flat = shares([v for row in joint for v in row])
    n = len(joint[0])
    rows = [flat[i : i + n] for i in range(0, len(flat), n)]
    of_x, of_y = (
        [mpmath.fsum(row) for row in rows],
        [mpmath.fsum(column) for column in zip(*rows, strict=True)],
    )
    return kl(flat, [a * b for a in of_x for b in of_y])


def conditional(p: Sequence[Sequence[Any]], q: Sequence[Sequence[Any]]) -> Any:
    """D(joint) less D(marginal): the other side of the chain rule."""
    flat_p, flat_q = [v for row in p for v in row], [v for row in q for v in row]
    n = len(p[0])
    marginals = [
        [mpmath.fsum(flat[i : i + n]) for i in range(0, len(flat), n)]
        for flat in map(shares, (flat_p, flat_q))
    ]
    return kl(flat_p, flat_q) - kl(*marginals)


def slopes(quantity: Quantity, *vectors: Sequence[float]) -> list[np.ndarray[Any, Any]]:
    """All partial derivatives of a quantity, by central differences; NaN for entries that are 0."""
    found = []
    exact = [[mpf(float(v)) for v in vector] for vector in vectors]
    for k, vector in enumerate(exact):
        row = []
        for i, v in enumerate(vector):
            if v == 0:
                row.append(math.nan)
                continue
            step = v * mpf(10) ** -20
            ends = []
            for sign in (1, -1):
                moved = [list(x) for x in exact]
                moved[k][i] = v + sign * step
                ends.append(quantity(*moved))
            row.append(float((ends[0] - ends[1]) / (2 * step)))
        found.append(np.array(row))
    return found
