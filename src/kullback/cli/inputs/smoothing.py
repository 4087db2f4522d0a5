"""Counts raised by a pseudocount, so that no outcome that either side names is impossible."""

from dataclasses import replace

from kullback.cli.inputs.found import Reading
from kullback.errors import InvalidInputError
from kullback.measures import Counts

__all__ = ["smoothed"]


def smoothed(pair: tuple[Reading, Reading], pseudocount: float) -> tuple[Reading, Reading]:
    """Add `pseudocount` to every outcome of the sides that are counts, over the outcomes of both sides.

    Raises
    ------
    InvalidInputError
        If neither side is counts, or `pseudocount` is not a positive number.
    """
    first, second = _smoothed(pair[0], pair[1], pseudocount), _smoothed(pair[1], pair[0], pseudocount)
    if first is pair[0] and second is pair[1]:
        raise InvalidInputError(
            "--smooth adds to counts, and neither input is counts; for weights, add --as counts."
        )
    return first, second


def _smoothed(side: Reading, other: Reading, pseudocount: float) -> Reading:
    counts = side.measure
    if not isinstance(counts, Counts):
        return side
    outcomes = (other.measure.labels or ()) if counts.labels is not None else ()
    measure = counts.smoothed(pseudocount, outcomes)
    return replace(side, measure=measure, said=f"{side.said}; each count raised by {pseudocount:g}")
