"""What was found in a source, and what it was read as."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kullback.errors import InvalidInputError
from kullback.measures import Measure

if TYPE_CHECKING:
    from kullback.distributions import Distribution

__all__ = ["Found", "Named", "Reading", "counted"]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Values as a source holds them, before anything says what they mean.

    Attributes
    ----------
    values
        One number per outcome, shape ``(n,)``.
    where
        Where they stand, for messages: ``p.csv, column 'count'``.
    labels
        The outcomes' names, where the source has them.
    whole
        Whether every value is written as a whole number (``3``, not ``3.0``).
    counted
        What the values count, where the program itself counted them: ``characters`` or ``symbols``.
    """

    values: NDArray[Any]
    where: str
    labels: tuple[str, ...] | None = None
    whole: bool = False
    counted: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A measure, and the sentence that tells a person what it was read from and as."""

    measure: Measure
    said: str
    counted: str | None = None

    @property
    def text(self) -> bool:
        """Whether the characters or letters of a text were counted."""
        return self.counted in ("characters", "letters")


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A named distribution, and how it would be written with the names of its parameters."""

    record: "Distribution"
    said: str


def counted(symbols: Iterable[str], what: str, where: str) -> Found:
    """Count symbols; the outcomes come in the order in which they are first met."""
    table = Counter(symbols)
    if not table:
        raise InvalidInputError(f"{where} is empty; there are no {what} to count.")
    values = np.fromiter(table.values(), dtype=np.int64, count=len(table))
    return Found(values, where, tuple(table), whole=True, counted=what)
