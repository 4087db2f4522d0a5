"""D(p ‖ q) between two lists of outcomes, exactly: from probabilities, from logarithms, from frequencies.

Each function answers for one way of holding the numbers, without leaving it: probabilities are not sent
through logarithms, logarithms not through probabilities that would underflow, counts not divided first.
"""

from collections.abc import Hashable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kullback.discrete.align import align
from kullback.kernels import numpy as kernel
from kullback.kernels.validation import (
    check_log_probabilities,
    check_logits,
    check_probabilities,
    check_weights,
)
from kullback.measures import Counts, Logits, LogProbs, Measure
from kullback.result import Divergence, Exact, Note, Terms

__all__ = ["from_frequencies", "from_logarithms", "from_probabilities"]

Vector = NDArray[np.float64]
Names = tuple[str, str]

#: Above the kernels' relative rounding error (measured: 5 u for vectors, 8 u for logits; u = eps/2).
_ROUNDING: Final = 5 * np.finfo(float).eps


def from_probabilities(p: Measure, q: Measure, names: Names) -> Divergence:
    """D(p ‖ q) of two probability vectors, in nats. Relative error below 5 u."""
    both = align(p, q, names)
    weights_p = _probabilities(both.p, names[0])
    weights_q = _probabilities(both.q, names[1])
    value = float(kernel.kl_divergence(weights_p, weights_q))
    terms = _terms(both.outcomes, weights_p, weights_q)
    return _divergence(value, "exact", terms, names, both.notes, missed=(weights_p > 0) & (weights_q == 0))


def from_frequencies(p: Measure, q: Measure, names: Names) -> Divergence:
    """D(p ‖ q) of the observed frequencies count/total, in nats; probabilities may stand on either side.

    Exact for what was observed. As a statement about where the counts came from it is the plug-in estimate,
    which is biased; the result's note says so.
    """
    both = align(p, q, names)
    weights_p, weights_q = (
        _counts(side, name) if isinstance(side, Counts) else _probabilities(side, name)
        for side, name in zip((both.p, both.q), names, strict=True)
    )
    value = float(kernel.kl_divergence_of_weights(weights_p, weights_q))
    terms = _terms(both.outcomes, weights_p / weights_p.sum(), weights_q / weights_q.sum())
    notes = (*both.notes, _observed(both.p, both.q, names))
    missed = (weights_p > 0) & (weights_q == 0)
    return _divergence(value, "plug-in", terms, names, notes, missed=missed)


def from_logarithms(p: Measure, q: Measure, names: Names) -> Divergence:
    """D(p ‖ q) where a side is held as logits or log-probabilities, in nats. Relative error below 8 u.

    A side held as probabilities or counts enters through its logarithm, whose rounding (half a unit in the
    last place of each) is part of the stated error.
    """
    both = align(p, q, names)
    a, b = _logarithms(both.p, names[0]), _logarithms(both.q, names[1])
    value = float(kernel.kl_divergence_from_logits(a, b))
    log_p, log_q = _log_softmax(a), _log_softmax(b)
    prob_p, prob_q = np.exp(log_p), np.exp(log_q)
    with np.errstate(invalid="ignore"):  # -inf − -inf where both rule an outcome out
        contributions = np.where(prob_p > 0, prob_p * (log_p - log_q), 0.0)
    terms = Terms(both.outcomes, prob_p, prob_q, contributions)
    rounding = _rounded_logarithms(both.p, a, both.q, b, terms, value)
    missed = np.isfinite(a) & ~np.isfinite(b)
    notes = both.notes
    if isinstance(both.p, Counts) or isinstance(both.q, Counts):
        notes = (*notes, _observed(both.p, both.q, names))
    return _divergence(value, "exact", terms, names, notes, missed=missed, more_rounding=rounding)


def _probabilities(measure: Measure, name: str) -> Vector:
    check_probabilities(measure.values, name)
    return measure.values.astype(np.float64)


def _counts(measure: Measure, name: str) -> Vector:
    check_weights(measure.values, name)
    return measure.values.astype(np.float64)


def _logarithms(measure: Measure, name: str) -> Vector:
    """Natural logarithms, up to a constant, of what a measure holds."""
    match measure:
        case LogProbs():
            check_log_probabilities(measure.values, name)
            return measure.values.astype(np.float64)
        case Logits():
            check_logits(measure.values, name)
            return measure.values.astype(np.float64)
        case Counts():
            weights = _counts(measure, name)
        case _:
            weights = _probabilities(measure, name)
    with np.errstate(divide="ignore"):  # log 0 = -inf is meant
        return np.log(weights)


def _log_softmax(a: Vector) -> Vector:
    shifted = a - a.max()
    normalised: Vector = shifted - np.log(np.sum(np.exp(shifted)))
    return normalised


def _terms(outcomes: tuple[Hashable, ...], p: Vector, q: Vector) -> Terms:
    """The parts p log(p/q) of vectors that sum to one up to rounding, which is divided out here.

    With P = Σp and x = (Σq − P)/P the part is (p/P)(log(p/q) + log(1 + x)): the ratio of the sums enters by
    its logarithm and cannot hide a small log(p/q). Where it is below the rounding of the terms themselves it
    is left out, so that log(0.2/0.2) reads 0.
    """
    total = p.sum()
    log_ratio = kernel.log_ratio(p, q)
    with np.errstate(invalid="ignore"):  # 0 · -inf
        contributions = np.where(p > 0, p * log_ratio / total, 0.0)
        shift = np.log1p((q - p).sum() / total)
        if abs(shift) > 8 * np.finfo(float).eps * np.abs(contributions).sum():
            contributions = np.where(p > 0, p * (log_ratio + shift) / total, 0.0)
    return Terms(outcomes, p, q, contributions)


def _divergence(
    value: float,
    method: str,
    terms: Terms,
    names: Names,
    notes: tuple[Note, ...],
    *,
    missed: NDArray[np.bool_],
    more_rounding: float = 0.0,
) -> Divergence:
    """Put the answer together, naming the outcomes `missed` by q that make it infinite."""
    if missed.any():
        outcomes = tuple(terms.outcomes[i] for i in np.flatnonzero(missed))
        return Divergence(value, "nats", method, Exact(), terms, (*notes, _infinite(outcomes, names)), names)
    error = Exact(_ROUNDING * value + more_rounding)
    return Divergence(value, "nats", method, error, terms, notes, names)


def _infinite(outcomes: tuple[Hashable, ...], names: Names) -> Note:
    shown = ", ".join(repr(outcome) for outcome in outcomes[:5]) + (", ..." if len(outcomes) > 5 else "")
    return Note(
        "infinite",
        f"{names[1]} gives probability 0 to {shown}, which {names[0]} allows, so D({names[0]} ‖ {names[1]}) "
        "is infinite. To smooth counts, use Counts(...).smoothed(0.5, outcomes=...) with every outcome.",
        outcomes,
    )


def _observed(p: Measure, q: Measure, names: Names) -> Note:
    which = " and ".join(
        f"{name} ({measure.values.sum(dtype=float):.6g} counted)"
        for measure, name in zip((p, q), names, strict=True)
        if isinstance(measure, Counts)
    )
    return Note(
        "observed-frequencies",
        f"Exact for the observed frequencies of {which}; as an estimate of the divergence between their "
        "sources it is biased, and carries no sampling error here.",
    )


def _rounded_logarithms(p: Measure, a: Vector, q: Measure, b: Vector, terms: Terms, value: float) -> float:
    """How far the logarithms that were taken here, of probabilities or counts, can move the value.

    To first order: ∂D/∂a_i = p_i (log(p_i/q_i) − D) and ∂D/∂b_i = q_i − p_i, each logarithm being off by at
    most half a unit in its last place, u |a_i|.
    """
    if not np.isfinite(value):
        return 0.0
    bound = 0.0
    if not isinstance(p, (LogProbs, Logits)):
        possible = np.isfinite(a)
        slope = np.abs(terms.contributions - terms.p * value)
        bound += float(np.sum(slope[possible] * np.abs(a[possible])))
    if not isinstance(q, (LogProbs, Logits)):
        possible = np.isfinite(b)
        bound += float(np.sum(np.abs(terms.q - terms.p)[possible] * np.abs(b[possible])))
    return bound * float(np.finfo(float).eps) / 2
