"""The answer to a question: a `Divergence`, and the three kinds of error that it can carry."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from kullback._lazy import resolve
from kullback.units import Unit, per_nat

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Bounded", "Divergence", "Error", "Estimated", "Exact", "Note", "Terms"]


@dataclass(frozen=True, slots=True)
class Exact:
    """The mathematical value, up to rounding: the true value lies within `rounding` of the stated one."""

    rounding: float = 0.0


@dataclass(frozen=True, slots=True)
class Bounded:
    """A deterministic answer: the true value lies between `lower` and `upper`, always."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Estimated:
    """A random answer: an estimate with a standard error, and an interval that covers with `level`."""

    std_error: float
    interval: tuple[float, float]
    level: float = 0.95


Error = Exact | Bounded | Estimated


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader of the value must know: a short `code` for programs, a `message` for people."""

    code: str
    message: str
    outcomes: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """One row per outcome: its probabilities, and its part ``p log(p/q)`` of the sum, in the result's unit.

    A part may be negative; only their sum may not. Arrays have shape ``(n,)``.
    """

    outcomes: tuple[Hashable, ...]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    contributions: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Terms):
            return NotImplemented
        return self.outcomes == other.outcomes and all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
            for name in ("p", "q", "contributions")
        )

    __hash__ = None  # type: ignore[assignment]  # arrays compare by value and are not hashable


@dataclass(frozen=True)
class Divergence:
    """How far apart two things are: D(p ‖ q), how it was found, how sure it is, and where it comes from.

    ``float(d)`` is its value; ``d.bits``, ``d.nats`` and ``d.bans`` read it in a unit; ``d.explain()`` writes
    the calculation out; ``d.plot()`` draws the terms; ``d.to_json()`` stores it.

    Attributes
    ----------
    value
        D(p ‖ q) in `unit`. Never negative for an `Exact` error; ``inf`` when `q` rules out what `p` allows.
    unit
        ``"nats"``, ``"bits"`` or ``"bans"``.
    method
        The name of the method that answered.
    error
        `Exact`, `Bounded` or `Estimated`, in `unit`.
    terms
        The parts of the sum, outcome by outcome, where the answer is a sum over outcomes.
    diagnostics
        What a reader must know: which outcomes make the value infinite, what was assumed.
    names
        What the two sides are called, `p` first.
    reverse
        D(q ‖ p), when both directions were asked for.
    """

    value: float
    unit: Unit
    method: str
    error: Error
    terms: Terms | None = None
    diagnostics: tuple[Note, ...] = ()
    names: tuple[str, str] = ("P", "Q")
    reverse: "Divergence | None" = field(default=None, repr=False)

    def __float__(self) -> float:
        return self.value

    @property
    def nats(self) -> float:
        """The value in nats (natural logarithm)."""
        return self.to("nats").value

    @property
    def bits(self) -> float:
        """The value in bits (base 2), the extra bits per symbol that coding p with q's code costs."""
        return self.to("bits").value

    @property
    def bans(self) -> float:
        """The value in bans (base 10)."""
        return self.to("bans").value

    def to(self, unit: Unit) -> Self:
        """Restate the same answer in another unit: value, error and terms."""
        factor = per_nat(unit) / per_nat(self.unit)
        if unit == self.unit:
            return self
        match self.error:
            case Exact(rounding):
                error: Error = Exact(rounding * factor)
            case Bounded(lower, upper):
                error = Bounded(lower * factor, upper * factor)
            case Estimated(std_error, (low, high), level):
                error = Estimated(std_error * factor, (low * factor, high * factor), level)
        terms = self.terms
        if terms is not None:
            terms = replace(terms, contributions=terms.contributions * factor)
        reverse = self.reverse and self.reverse.to(unit)
        return replace(self, value=self.value * factor, unit=unit, error=error, terms=terms, reverse=reverse)

    def explain(
        self,
        format: Literal["text", "markdown", "latex", "html"] = "text",
        *,
        digits: int = 6,
        max_terms: int | None = 20,
    ) -> str:
        """Write the calculation out, step by step, as a person would on paper.

        Parameters
        ----------
        format
            ``"text"``, ``"markdown"``, ``"latex"`` or ``"html"``.
        digits
            Digits after the decimal point, at most 17; more are shown where terms cancel, and powers of ten
            where few would count.
        max_terms
            How many terms to write out; the ones with the largest part come first when there are more, and
            the rest is summed in one line. ``None`` writes all.
        """
        text: str = resolve("kullback.report.steps:explain")(
            self, format=format, digits=digits, max_terms=max_terms
        )
        return text

    def plot(self, path: "str | PathLike[str] | None" = None, *, max_terms: int = 30) -> Any:
        """Draw p, q and the terms (needs the extra ``kullback[plot]``); save to `path` when it is given.

        Returns the Matplotlib figure.
        """
        return resolve("kullback.report.plots:plot")(self, path, max_terms=max_terms)

    def to_dict(self) -> dict[str, Any]:
        """All of the result as plain data that JSON can hold; infinity becomes the string ``"inf"``."""
        data: dict[str, Any] = resolve("kullback.report.store:to_dict")(self)
        return data

    def to_json(self, *, indent: int | None = None) -> str:
        """The result as strict JSON; `from_json` gives it back."""
        text: str = resolve("kullback.report.store:to_json")(self, indent=indent)
        return text

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Divergence":
        """Give back the result that `to_dict` stored."""
        result: Divergence = resolve("kullback.report.store:from_dict")(data)
        return result

    @classmethod
    def from_json(cls, text: str) -> "Divergence":
        """Give back the result that `to_json` stored."""
        result: Divergence = resolve("kullback.report.store:from_json")(text)
        return result

    def __str__(self) -> str:
        line: str = resolve("kullback.report.steps:summary")(self)
        return line

    def __rich__(self) -> Any:
        return resolve("kullback.report.terminal:panel")(self)

    def _repr_html_(self) -> str:
        return self.explain("html")

    def _repr_markdown_(self) -> str:
        return self.explain("markdown")
