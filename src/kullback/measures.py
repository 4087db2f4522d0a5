"""What a person may hold: an array that says what it means, or a distribution whose density is known.

A measure holds values and, where they have names, the labels of its outcomes. It never changes the values;
whether they are valid is checked by the question that is asked of them.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from kullback.errors import DtypeError, LabelError, ShapeError, ValueRangeError

__all__ = ["Counts", "Known", "LogProbs", "Logits", "Measure", "Probs"]


@dataclass(frozen=True, eq=False)
class Measure:
    """One value per outcome, and what the values mean.

    Parameters
    ----------
    values
        A one-dimensional array (NumPy, PyTorch, JAX, ...), a sequence of numbers, a pandas or Polars Series,
        or a mapping ``{outcome: value}``. A mapping's keys and a pandas Series' index become the labels.
    labels
        The outcomes' names, one per value, each different. Labelled measures are aligned by name.
    """

    values: NDArray[Any]
    labels: tuple[Hashable, ...] | None = None

    meaning: ClassVar[str] = "values"
    #: The value of an outcome that this measure does not name.
    absent: ClassVar[float] = 0.0

    def __init__(self, values: object, labels: Iterable[Hashable] | None = None) -> None:
        found, own_labels = _values_and_labels(values)
        names = own_labels if labels is None else tuple(labels)
        if found.ndim != 1:
            raise ShapeError(
                f"{type(self).__name__} has shape {found.shape}; a measure is one-dimensional. Pass one row, "
                "ravel() a joint table, or use an array function (kullback.kl_divergence, axis=...)."
            )
        if names is not None:
            _check_labels(names, found.shape[0], type(self).__name__)
        object.__setattr__(self, "values", found)
        object.__setattr__(self, "labels", names)

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def __repr__(self) -> str:
        name = type(self).__name__
        inside = np.array2string(self.values, threshold=8, separator=", ")
        return (
            f"{name}({inside})" if self.labels is None else f"{name}({inside}, labels={_short(self.labels)})"
        )


class Probs(Measure):
    """Probabilities: non-negative numbers that sum to one."""

    meaning: ClassVar[str] = "probabilities"


class LogProbs(Measure):
    """Natural logarithms of probabilities, whose exponentials sum to one; ``-inf`` is impossible."""

    meaning: ClassVar[str] = "log-probabilities"
    absent: ClassVar[float] = -np.inf


class Logits(Measure):
    """Unnormalised log-probabilities: ``softmax(values)`` are the probabilities; ``-inf`` masks."""

    meaning: ClassVar[str] = "logits"
    absent: ClassVar[float] = -np.inf


class Counts(Measure):
    """How often each outcome was seen: non-negative numbers (or weights), not all zero.

    The exact question that counts answer is about the observed frequencies ``count / total``.
    """

    meaning: ClassVar[str] = "counts"

    @classmethod
    def of(cls, symbols: Iterable[Hashable]) -> Self:
        """Count the symbols of a text, of bytes, or of any iterable of hashable values."""
        from collections import Counter

        return cls(Counter(symbols))

    def smoothed(self, pseudocount: float = 0.5, outcomes: Iterable[Hashable] = ()) -> Probs:
        """Probabilities with `pseudocount` added to every outcome, so that none of them is zero.

        ``(count + pseudocount) / (total + k * pseudocount)`` over the k labelled outcomes, `outcomes` that
        were never counted included. One half is the estimator of Krichevsky & Trofimov (1981), one is
        Laplace's rule.

        Raises
        ------
        ValueRangeError
            If `pseudocount` is not a positive finite number, or a count is negative or not finite.
        LabelError
            If `outcomes` are named and the counts have no labels.
        """
        if not (np.isfinite(pseudocount) and pseudocount > 0):
            raise ValueRangeError(
                f"pseudocount={pseudocount!r}; it must be a positive finite number, such as 0.5 "
                "(Krichevsky-Trofimov) or 1 (Laplace)."
            )
        values = np.asarray(self.values, dtype=float)
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if wrong.size:
            raise ValueRangeError(
                f"counts[{wrong[0]}] = {values[wrong[0]]!r}; counts must be non-negative and finite. "
                "Correct or drop that entry."
            )
        labels = self.labels
        extra = tuple(dict.fromkeys(outcomes))
        if extra:
            if labels is None:
                raise LabelError(
                    "outcomes were named for counts without labels; label them: Counts({outcome: count})."
                )
            known = set(labels)
            extra = tuple(x for x in extra if x not in known)
            labels = labels + extra
            values = np.concatenate([values, np.zeros(len(extra))])
        if not len(values):
            raise ShapeError(
                "there are no outcomes to smooth; pass at least one count, or name the outcomes."
            )
        weights = values + pseudocount
        return Probs(weights / weights.sum(), labels)


@dataclass(frozen=True, slots=True)
class Known:
    """A distribution whose density is known: one of `kullback.distributions`, or another library's object."""

    distribution: object


def _values_and_labels(values: object) -> tuple[NDArray[Any], tuple[Hashable, ...] | None]:
    """Take values as they come: a measure's, a mapping's, a Series' (with its index), or any array's."""
    if isinstance(values, Measure):
        return values.values, values.labels
    if isinstance(values, Mapping):
        return np.asarray(list(values.values())), tuple(values.keys())
    if hasattr(values, "index") and hasattr(values, "to_numpy"):  # a pandas Series, without importing pandas
        index: Any = values.index
        labels = None if type(index).__name__ == "RangeIndex" else tuple(index.tolist())
        return np.asarray(values.to_numpy()), labels
    return to_numpy(values), None


def to_numpy(values: object) -> NDArray[Any]:
    """Bring any array to NumPy, whatever device or gradient it carries.

    Raises
    ------
    DtypeError
        For masked arrays, whose hidden entries have no defined meaning as probabilities.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise DtypeError(
            "the array is masked; a hidden entry is neither a zero nor absent. Pass values.compressed(), "
            "values.filled(0), or the array functions' where=~values.mask."
        )
    if hasattr(values, "detach"):  # a PyTorch tensor
        tensor: Any = values
        tensor = tensor.detach().cpu()
        if str(tensor.dtype) == "torch.bfloat16":  # NumPy has no bfloat16; float32 holds all its values
            tensor = tensor.float()
        return np.asarray(tensor.numpy())
    return np.asarray(values)


def _check_labels(labels: tuple[Hashable, ...], n: int, name: str) -> None:
    if len(labels) != n:
        raise LabelError(f"{name} has {n} values and {len(labels)} labels; give each value one label.")
    seen: set[Hashable] = set()
    for label in labels:
        if label in seen:
            raise LabelError(
                f"{name} has the label {label!r} more than once, so its value is ambiguous. "
                "Add the values of equal outcomes up first."
            )
        seen.add(label)


def _short(labels: tuple[Hashable, ...], limit: int = 6) -> str:
    shown = ", ".join(repr(x) for x in labels[:limit])
    return f"[{shown}, ...]" if len(labels) > limit else f"[{shown}]"
