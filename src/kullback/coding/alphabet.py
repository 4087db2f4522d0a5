"""What a code is made for: outcomes with their weights, and symbols as positions in that list."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kullback.errors import InvalidInputError, InvalidTypeError, ShapeError
from kullback.kernels.validation import check_probabilities, check_weights
from kullback.measures import Counts, Measure, Probs

__all__ = ["Alphabet", "Model", "as_list"]

#: What a code can be made for: probabilities or counts, by outcome.
Model = Probs | Counts | Mapping[Any, float]

_NAMED: Final = 5  # how many symbols an error spells out


@dataclass(frozen=True, eq=False, slots=True)
class Alphabet:
    """The outcomes that a model allows, in its order, with their positive weights; `name` is for messages."""

    outcomes: tuple[Hashable, ...]
    weights: NDArray[np.float64]
    name: str = "the model"
    _position: dict[Hashable, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        positions = {outcome: i for i, outcome in enumerate(self.outcomes)}
        object.__setattr__(self, "_position", positions)

    @classmethod
    def of(cls, model: Model, name: str = "the model") -> "Alphabet":
        """Take the outcomes of a model that have a positive weight; the others have no code.

        Raises
        ------
        InvalidInputError
            If the weights are no probabilities or no counts.
        InvalidTypeError
            If the model is neither a measure of these two kinds nor a mapping.
        """
        if not isinstance(model, (Probs, Counts)):
            if not isinstance(model, Mapping):
                raise InvalidTypeError(
                    f"{name} is a {type(model).__name__}; a code is made for Probs(x), Counts(x) or a "
                    "mapping {symbol: probability}."
                )
            model = Probs(model)
        _check(model, name)
        weights = np.asarray(model.values, dtype=np.float64)
        labels = tuple(range(len(weights))) if model.labels is None else model.labels
        allowed = np.flatnonzero(weights)
        return cls(tuple(labels[i] for i in allowed.tolist()), weights[allowed], name)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The weights divided by their sum, shape ``(k,)``."""
        shares: NDArray[np.float64] = self.weights / self.weights.sum()
        return shares

    @property
    def information(self) -> NDArray[np.float64]:
        """−log₂ q of every outcome, in bits, shape ``(k,)``: finite even where q itself underflows."""
        bits: NDArray[np.float64] = np.log2(self.weights.sum()) - np.log2(self.weights)
        return np.maximum(bits, 0.0)  # the two logarithms round apart where q = 1

    def positions(self, symbols: Sequence[Hashable]) -> NDArray[np.int32]:
        """Write each symbol as its place in `outcomes`, shape ``(n,)``.

        Raises
        ------
        InvalidInputError
            If a symbol has probability zero: there is no code for it. The message names these symbols.
        """
        try:
            return np.fromiter(map(self._position.__getitem__, symbols), dtype=np.int32, count=len(symbols))
        except KeyError:
            raise InvalidInputError(self._no_code(symbols)) from None
        except TypeError:
            raise InvalidTypeError(
                "a symbol is not hashable, so it cannot be looked up in a model; make lists tuples, and "
                "arrays their tolist()."
            ) from None

    def symbols(self, positions: NDArray[np.int32]) -> list[Hashable]:
        """Give back the symbols at these places."""
        return list(map(self.outcomes.__getitem__, positions.tolist()))

    def _no_code(self, symbols: Sequence[Hashable]) -> str:
        missing = Counter(symbol for symbol in symbols if symbol not in self._position)
        shown = ", ".join(f"{symbol!r} ({times}×)" for symbol, times in missing.most_common(_NAMED))
        more = f" and {len(missing) - _NAMED} others" if len(missing) > _NAMED else ""
        return (
            f"{self.name} gives probability 0 to {shown}{more}: {missing.total() / len(symbols):.3g} of "
            f"the symbols, which no code made for {self.name} can store (the ideal length −log₂ 0 is "
            "infinite). Smooth its counts over the symbols too: Counts(...).smoothed(0.5, outcomes=symbols)."
        )


def as_list(symbols: Iterable[Hashable]) -> Sequence[Hashable]:
    """Take a text, bytes or any column of symbols as a sequence of plain Python values.

    Raises
    ------
    ShapeError
        If an array has more than one axis.
    InvalidTypeError
        If `symbols` is no sequence, or one without an order.
    """
    if isinstance(symbols, (str, bytes, list, tuple)):
        return symbols
    if isinstance(symbols, (set, frozenset, Mapping, Measure)) or not isinstance(symbols, Iterable):
        raise InvalidTypeError(
            f"the symbols are a {type(symbols).__name__}, which is no sequence; pass a text, bytes, a list, "
            "a one-dimensional array or a Series."
        )
    if getattr(symbols, "ndim", 1) != 1:
        raise ShapeError(
            f"the symbols have shape {tuple(getattr(symbols, 'shape', ()))}; a code takes one symbol after "
            "the other: ravel() them, or code each row by itself."
        )
    for method in ("tolist", "to_list"):  # NumPy, PyTorch and pandas have the first, Polars the second
        if hasattr(symbols, method):
            plain: list[Hashable] = getattr(symbols, method)()
            return plain
    return list(symbols)


def _check(model: Measure, name: str) -> None:
    if not len(model):
        raise ShapeError(f"{name} is empty; a code is made for at least one symbol.")
    if isinstance(model, Counts):
        check_weights(model.values, name)
    else:
        check_probabilities(model.values, name)
