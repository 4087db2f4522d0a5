"""Whether values are probabilities, counts or logits: certain from the values, said by the user, or asked."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kullback.cli.inputs.found import Found, Reading
from kullback.errors import InvalidInputError, NormalizationError
from kullback.measures import Counts, Logits, LogProbs, Measure, Probs

__all__ = ["understand"]

_KINDS: Final[dict[str, type[Measure]]] = {
    "probs": Probs,
    "log-probs": LogProbs,
    "logits": Logits,
    "counts": Counts,
}

_SINGULAR: Final = {Probs: "probability", LogProbs: "log-probability", Logits: "logit", Counts: "count"}


def understand(found: Found, meaning: str | None) -> Reading:
    """Give values their meaning, and say what it is.

    Raises
    ------
    InvalidInputError
        If `meaning` does not go with the values, or is None and the values may be several things.
    """
    if found.counted is not None:
        return _understand_counted(found, meaning)
    if meaning == "text":
        raise InvalidInputError(
            f"{found.where} holds numbers, and --as text counts the symbols of a text or a column. Drop "
            "--as text, or name a text file."
        )
    if not found.values.size:
        raise InvalidInputError(f"{found.where} is empty; a distribution has at least one outcome.")
    kind = _KINDS[meaning] if meaning is not None else _certain(found)
    if kind is Probs:
        _check_sum(found, asked=meaning is not None)
    measure = kind(found.values, found.labels)
    n = len(measure)
    plural = kind.meaning if n > 1 else _SINGULAR[kind]
    labelled = "labelled " if found.labels is not None else ""
    return Reading(measure, f"{n:,} {labelled}{plural} from {found.where}")


def _understand_counted(found: Found, meaning: str | None) -> Reading:
    if meaning not in (None, "text", "counts"):
        raise InvalidInputError(
            f"{found.where} is text, whose {found.counted} are counted; it holds no numbers that could be "
            f"{_KINDS[str(meaning)].meaning}."
        )
    total, different = int(found.values.sum()), len(found.values)
    blank = any(label.isspace() for label in found.labels or ())
    also = " (blanks and line ends too)" if blank and found.counted == "characters" else ""
    said = f"{total:,} {found.counted}{also}, {different:,} different, from {found.where}"
    return Reading(Counts(found.values, found.labels), said, found.counted)


def _certain(found: Found) -> type[Measure]:
    values = found.values.astype(float)
    if found.whole and values.min() >= 0:
        return Probs if values.sum() == 1 else Counts  # 0s and a single 1: the two mean the same
    if values.min() >= 0 and _sums_to_one(found.values):
        return Probs
    raise InvalidInputError(f"{_problem(found, values)} {_offer(values)}.")


def _check_sum(found: Found, *, asked: bool) -> None:
    """Refuse probabilities whose sum is wrong, in words that help at a command line."""
    values = found.values.astype(float)
    if asked and np.isfinite(values).all() and values.min() >= 0 and not _sums_to_one(found.values):
        raise NormalizationError(
            f"{_problem(found, values)} If they are counts or weights, --as counts divides by their sum."
        )


def _sums_to_one(values: NDArray[Any]) -> bool:
    from kullback.kernels.validation import check_probabilities

    if not np.isfinite(values).all():
        return False
    try:
        check_probabilities(values.astype(float), "values")
    except NormalizationError:
        return False
    return True


def _problem(found: Found, values: NDArray[np.float64]) -> str:
    for test, word in ((np.isnan, "not a number"), (np.isinf, "infinite"), (np.signbit, "negative")):
        wrong = np.flatnonzero(test(values) & (values != 0))
        if wrong.size:
            at = f"{found.labels[wrong[0]]!r}" if found.labels is not None else f"number {wrong[0] + 1}"
            return f"{found.where}: {at} is {values[wrong[0]]:g}, {word}, so these are no probabilities."
    return f"{found.where} sums to {values.sum():.10g}, not 1, so these are no probabilities."


def _offer(values: NDArray[np.float64]) -> str:
    if np.isnan(values).any():
        return "No kind of value may be NaN; correct it"
    if values.min() >= 0 and np.isfinite(values).all():
        return "Say what they are: --as counts (divided by their sum) or --as logits"
    with np.errstate(over="ignore"):
        total = np.exp(values).sum()
    if abs(total - 1) < 1e-6:
        return "Say what they are: --as log-probs (their exponentials sum to 1) or --as logits"
    return "Say what they are: --as logits, if they are unnormalised logarithms"
