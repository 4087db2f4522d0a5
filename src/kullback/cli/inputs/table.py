"""A table of columns, from whichever format: which column holds the values, and which the labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from numpy.typing import NDArray

from kullback.cli.inputs.found import Found, counted
from kullback.cli.inputs.numbers import is_number, looks_numeric
from kullback.errors import InvalidInputError

__all__ = ["Choice", "Column", "Table", "is_position"]


def is_position(text: str, width: int) -> bool:
    """Say whether `text` is the number of a column, counted from 1."""
    return text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= width


@dataclass(frozen=True, slots=True)
class Choice:
    """Which column holds the values and which the labels, by name or number from 1; None where unsaid.

    `symbols` says that the values are symbols to be counted, numbers or not.
    """

    values: str | None = None
    labels: str | None = None
    symbols: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: its name, its cells as text, and how to read its numbers if it has them."""

    name: str
    cells: Callable[[], Sequence[str]]
    numbers: Callable[[], tuple[NDArray[Any], bool]] | None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns in their order, and the name of the source."""

    name: str
    columns: tuple[Column, ...]

    def find(self, choice: Choice) -> Found:
        """Take the chosen columns, or those that can only be meant.

        The one column of numbers holds the values, and the one column of text their labels; a table of one
        column of text holds symbols to be counted.

        Raises
        ------
        InvalidInputError
            If a chosen column does not exist, or more than one could be meant.
        """
        column = self._column(choice.values) if choice.values is not None else self._only_column()
        where = f"{self.name}, column {column.name!r}" if len(self.columns) > 1 else self.name
        if choice.symbols or column.numbers is None:
            return self._count(column, where, sure=choice.symbols)
        values, whole = column.numbers()
        return Found(values, where, self._labels(column, choice.labels), whole)

    def _only_column(self) -> Column:
        numeric = [c for c in self.columns if c.numbers is not None]
        if len(numeric) == 1:
            return numeric[0]
        if len(self.columns) == 1:
            return self.columns[0]
        if numeric:
            raise InvalidInputError(
                f"{self.name} has {len(numeric)} columns of numbers; choose one: {self._offer(numeric)}."
            )
        odd = self._nearly_numeric()
        raise InvalidInputError(
            f"{self.name} has no column of numbers{odd}. To count the symbols of a column, choose it: "
            f"{self._offer(self.columns)}."
        )

    def _nearly_numeric(self) -> str:
        for column in self.columns:
            cells = column.cells()
            wrong = [i for i, cell in enumerate(cells) if not is_number(cell)]
            if 0 < 2 * len(wrong) < len(cells) or any(looks_numeric(cells[i]) for i in wrong):
                at = wrong[0]
                return f": in column {column.name!r}, value {at + 1} is {cells[at]!r}"
        return ""

    def _column(self, wanted: str) -> Column:
        named = [c for c in self.columns if c.name == wanted]
        if len(named) == 1:
            return named[0]
        if len(named) > 1:
            raise InvalidInputError(
                f"{self.name} has {len(named)} columns called {wanted!r}; choose by number (1, 2, ...)."
            )
        if is_position(wanted, len(self.columns)):
            return self.columns[int(wanted) - 1]
        names = [c.name for c in self.columns]
        close = get_close_matches(wanted, names, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(map(repr, names[:12]))}."
        raise InvalidInputError(f"{self.name} has no column {wanted!r}. {hint}")

    def _labels(self, values: Column, wanted: str | None) -> tuple[str, ...] | None:
        if wanted is not None:
            return tuple(self._column(wanted).cells())
        text = [c for c in self.columns if c is not values and c.numbers is None]
        if len(text) > 1:
            raise InvalidInputError(
                f"{self.name} has {len(text)} columns of text; say which one names the outcomes: --labels "
                f"{' or --labels '.join(repr(c.name) for c in text[:6])}."
            )
        return tuple(text[0].cells()) if text else None

    def _count(self, column: Column, where: str, *, sure: bool) -> Found:
        cells = column.cells()
        odd = None if sure else next((i for i, cell in enumerate(cells) if looks_numeric(cell)), None)
        if odd is not None:
            raise InvalidInputError(
                f"{where}: value {odd + 1} is {cells[odd]!r}, and not every value is a plain number like "
                f"0.25 (value {_first_text(cells)}). Correct the column, or count its symbols with --as text."
            )
        return counted(cells, "symbols", where)

    def _offer(self, columns: Sequence[Column]) -> str:
        file = "-" if self.name == "standard input" else self.name
        shown = " or ".join(repr(f"{file}:{c.name}") for c in columns[:6])
        return shown + (", ..." if len(columns) > 6 else "")


def _first_text(cells: Sequence[str]) -> str:
    at = next(i for i, cell in enumerate(cells) if not is_number(cell))
    return f"{at + 1} is {cells[at]!r}"
