"""Which terms are shown where there are too many: those with the largest part, and the rest as one sum."""

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from kullback.errors import InvalidInputError
from kullback.result import Divergence, Terms

__all__ = ["Selection", "infinite_outcomes", "select"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The positions that are `shown`, and the number and the sum of the `others`."""

    shown: tuple[int, ...]
    others: int = 0
    others_sum: float = 0.0


def select(terms: Terms, max_terms: int | None) -> Selection:
    """All terms in their own order, or, where there are more than `max_terms`, the largest parts first.

    Raises
    ------
    InvalidInputError
        If `max_terms` is neither ``None`` nor a positive whole number.
    """
    if max_terms is not None and (
        isinstance(max_terms, bool) or max_terms != int(max_terms) or max_terms < 1
    ):
        raise InvalidInputError(
            f"max_terms={max_terms!r}; it must be a positive whole number, or None to show every term."
        )
    n = len(terms)
    if max_terms is None or n <= max_terms:
        return Selection(tuple(range(n)))
    order = np.argsort(-np.abs(terms.contributions), kind="stable").tolist()
    others = order[max_terms:]
    return Selection(tuple(order[:max_terms]), len(others), math.fsum(terms.contributions[others].tolist()))


def infinite_outcomes(result: Divergence) -> tuple[Hashable, ...]:
    """The outcomes that make the value infinite: q rules them out and p allows them."""
    for note in result.diagnostics:
        if note.code == "infinite":
            return note.outcomes
    if result.terms is None:
        return ()
    terms = result.terms
    return tuple(terms.outcomes[i] for i in np.flatnonzero(np.isposinf(terms.contributions)))
