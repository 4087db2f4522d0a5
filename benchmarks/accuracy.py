"""How right the answers are: the largest error against mpmath, as P and Q draw near each other."""

from collections.abc import Iterable
from dataclasses import dataclass

import mpmath
import numpy as np

from benchmarks.peers import Array, Peer

#: Relative gaps between p and q; float32 cannot hold the smaller ones.
GAPS = {"float64": (1.0, 1e-3, 1e-6, 1e-9, 1e-12), "float32": (1.0, 1e-3, 1e-6)}
_ROWS, _N = 8, 200


@dataclass(frozen=True)
class Accuracy:
    """The largest relative error over some rows, in units of rounding u = eps/2."""

    peer: str
    question: str
    dtype: str
    gap: float
    error: float
    negative: bool


def accuracies(peers: Iterable[Peer]) -> list[Accuracy]:
    """Every peer on every gap, from probabilities and from logits."""
    peers = list(peers)
    found = []
    for dtype, gaps in GAPS.items():
        for gap in gaps:
            for question, draw, truth in (
                ("probabilities", _probabilities, _exact),
                ("logits", _logits, _exact_from_logits),
            ):
                p, q = draw(gap, dtype)
                true = [truth(*rows) for rows in zip(p, q, strict=True)]
                for peer in peers:
                    prepare = getattr(peer, question)
                    if prepare is not None:
                        got = np.asarray(prepare(p, q)(), dtype=float).tolist()
                        error = _relative_error(got, true) / float(np.finfo(dtype).eps / 2)
                        found.append(Accuracy(peer.name, question, dtype, gap, error, min(got) < 0))
    return found


def _relative_error(got: Iterable[float], true: Iterable[mpmath.mpf]) -> float:
    with mpmath.workdps(60):
        return float(max(abs(mpmath.mpf(x) / t - 1) for x, t in zip(got, true, strict=True)))


def _probabilities(gap: float, dtype: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    p = rng.exponential(size=(_ROWS, _N))
    q = p * (1 + gap * rng.uniform(-0.9, 0.9, size=p.shape))
    first, second = ((x / x.sum(-1, keepdims=True)).astype(dtype) for x in (p, q))
    return first, second


def _logits(gap: float, dtype: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    a = rng.normal(scale=2.0, size=(_ROWS, _N)).astype(dtype)
    return a, (a + gap * rng.normal(size=a.shape)).astype(dtype)


def _exact(p: Array, q: Array) -> mpmath.mpf:
    """The divergence of the two vectors as stored, each divided by its exact sum."""
    with mpmath.workdps(60):
        x, y = ([mpmath.mpf(float(v)) for v in vector] for vector in (p, q))
        total_p, total_q = mpmath.fsum(x), mpmath.fsum(y)
        cross = mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(x, y, strict=True))
        return cross / total_p + mpmath.log(total_q / total_p)


def _exact_from_logits(a: Array, b: Array) -> mpmath.mpf:
    with mpmath.workdps(60):
        x, y = ([mpmath.mpf(float(v)) for v in vector] for vector in (a, b))
        weights = [mpmath.exp(v) for v in x]
        total_p, total_q = mpmath.fsum(weights), mpmath.fsum(mpmath.exp(v) for v in y)
        mean = mpmath.fsum(w * (v - z) for w, v, z in zip(weights, x, y, strict=True)) / total_p
        return mean + mpmath.log(total_q / total_p)
