"""CSV and its relatives: the delimiter, the header and decimal commas, decided only when certain."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kullback.cli.inputs.found import Found
from kullback.cli.inputs.numbers import is_number, looks_numeric, numbers
from kullback.cli.inputs.table import Choice, Column, Table, is_position
from kullback.errors import InvalidInputError

__all__ = ["is_tabular", "read_delimited"]

Rows = list[list[str]]

_DELIMITERS: Final = ("\t", ";", ",", "|")
_DECIMAL_COMMA: Final = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*", re.ASCII)
_THOUSANDS: Final = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+\s*", re.ASCII)
_FEW: Final = 1000
_MISSING: Final = {"", "na", "n/a", "#n/a", "null", "none", "missing", "-", "--", "?", "."}


def read_delimited(
    text: str, name: str, choice: Choice, *, delimiter: str | None = None, header: bool | None = None
) -> Found:
    """Read a table of delimited text.

    Raises
    ------
    InvalidInputError
        If the rows do not fit together, or delimiter, header or decimal commas could be meant in two ways.
    """
    rows = _rows(text, name, delimiter)
    if len(rows) == 1 and len(rows[0]) > 1 and all(map(is_number, rows[0])) and choice.values is None:
        values, whole = numbers(rows[0], name)  # one row of numbers is a vector written sideways
        return Found(values, name, whole=whole)
    return _table(rows, name, choice, header).find(choice)


def is_tabular(text: str, name: str) -> bool:
    """Say whether every row of `text` fits a table that has a column of numbers.

    Raises
    ------
    InvalidInputError
        If it is one row with some numbers in it, which may be a table or a sentence.
    """
    if '"' not in text:  # then every line is a row, and a few tell most texts from tables
        head = "\n".join(text.split("\n", _FEW)[:_FEW])
        if len(head) < len(text) and not is_tabular(head, name):
            return False
    try:
        rows = _rows(text, name, None)
    except InvalidInputError:
        return False
    if len(rows) == 1:
        numeric = set(map(is_number, rows[0]))
        if len(numeric) > 1:
            raise InvalidInputError(
                f"{name} is one line that may be a table or a text; add --format csv or --format text."
            )
        return numeric == {True}
    body = rows[1:]
    return any(all(is_number(row[j]) for row in body) for j in range(len(rows[0])))


def _rows(text: str, name: str, delimiter: str | None) -> Rows:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise InvalidInputError(_nothing(name))
    if delimiter is not None:
        return _even(_parse(text, delimiter, name), name)
    first = lines[0] if lines[0].count('"') % 2 == 0 else text  # a quoted cell may go on in the next line
    candidates = _candidates(text, [d for d in _DELIMITERS if d in first], name)
    fitting = {d: rows for d, rows in candidates.items() if len({len(row) for row in rows}) == 1}
    if len(fitting) > 1:
        fitting = _telling(fitting)
    if len(fitting) > 1:
        raise InvalidInputError(
            f"{name} can be split in more than one way, at {' or at '.join(map(repr, fitting))}; quote the "
            "cells that hold such a sign, or save it separated by tabs (.tsv)."
        )
    if fitting:
        [(delimiter, rows)] = fitting.items()
        return rows if delimiter == "," else _with_points(rows, name)
    if candidates:
        return _even(next(iter(candidates.values())), name)
    return _blank_separated(lines) or _even(_parse(text, ",", name), name)


def _parse(text: str, delimiter: str, name: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InvalidInputError(f"{name}, line {reader.line_num}: {error}.") from None
    if not rows:
        raise InvalidInputError(_nothing(name))
    return rows


def _nothing(name: str) -> str:
    return f"{name} holds nothing but blanks; a distribution has at least one outcome."


def _candidates(text: str, delimiters: Sequence[str], name: str) -> dict[str, Rows]:
    """Split at each delimiter for which the quotes are in order."""
    rows: dict[str, Rows] = {}
    problem: InvalidInputError | None = None
    for delimiter in delimiters:
        try:
            rows[delimiter] = _parse(text, delimiter, name)
        except InvalidInputError as error:
            problem = error
    if problem is not None and not rows:
        raise problem
    return rows


def _even(rows: Rows, name: str) -> Rows:
    width = len(rows[0])
    for i, row in enumerate(rows, 1):
        if len(row) != width:
            raise InvalidInputError(
                f"{name}: row {i} has {len(row)} cells and the first has {width}; every row must have the "
                "same number, and cells that hold the delimiter must be quoted."
            )
    return rows


def _telling(fitting: dict[str, Rows]) -> dict[str, Rows]:
    """Keep the delimiters that leave a column of numbers, and of those the one that explains every comma."""
    telling = {
        d: rows
        for d, rows in fitting.items()
        if any(all(_numeric(row[j], d) for row in rows[1:] or rows) for j in range(len(rows[0])))
    }
    for d, rows in telling.items():
        commas = [cell for row in rows for cell in row if "," in cell]
        if d != "," and commas and all(map(_DECIMAL_COMMA.fullmatch, commas)):
            return {d: rows}
    return telling


def _numeric(cell: str, delimiter: str) -> bool:
    return is_number(cell) or (delimiter != "," and bool(_DECIMAL_COMMA.fullmatch(cell)))


def _with_points(rows: Rows, name: str) -> Rows:
    """Write decimal commas as points, column by column, where commas can be nothing else.

    ``1,234`` may also be a thousand and more; only a column with a comma that cannot group thousands is read.
    """
    for j in range(len(rows[0])):
        cells = [row[j] for row in rows]
        first = 0 if _numeric(cells[0], ";") else 1
        body = cells[first:]
        with_comma = [cell for cell in body if "," in cell]
        if not with_comma or not all(_numeric(cell, ";") or _THOUSANDS.fullmatch(cell) for cell in body):
            continue
        if all(map(_THOUSANDS.fullmatch, with_comma)) or not all(map(_DECIMAL_COMMA.fullmatch, with_comma)):
            raise InvalidInputError(
                f"{name}, column {j + 1}: {with_comma[0]!r} may be a decimal comma or groups of thousands; "
                "write 1.234 or 1234."
            )
        for row in rows[first:]:
            row[j] = row[j].replace(",", ".")
    return rows


def _blank_separated(lines: Sequence[str]) -> Rows | None:
    """Rows of a table whose columns stand apart by blanks, if one of its columns holds numbers."""
    rows = [line.split() for line in lines]
    width = len(rows[0])
    if width < 2 or any(len(row) != width for row in rows):
        return None
    if len(rows) == 1:
        return rows if all(map(is_number, rows[0])) else None
    return rows if any(all(is_number(row[j]) for row in rows[1:]) for j in range(width)) else None


@dataclass(frozen=True, slots=True)
class _Cells:
    """The body of one column, read when it is asked for."""

    texts: tuple[str, ...]
    where: str

    def cells(self) -> Sequence[str]:
        return self.texts

    def numbers(self) -> tuple[np.ndarray, bool]:
        return numbers(self.texts, self.where)


def _table(rows: Rows, name: str, choice: Choice, header: bool | None) -> Table:
    if header is None:
        header = _has_header(rows, name, choice)
    body = rows[1:] if header else rows
    if not body:
        raise InvalidInputError(f"{name} has a header and no rows below it.")
    columns = []
    for j, heading in enumerate(rows[0]):
        label = (heading.strip() if header else "") or str(j + 1)
        column = _Cells(tuple(row[j] for row in body), f"{name}, column {label!r}")
        numeric = all(map(is_number, column.texts))
        columns.append(Column(label, column.cells, column.numbers if numeric else None))
    return Table(name, tuple(columns))


def _has_header(rows: Rows, name: str, choice: Choice) -> bool:
    """Say whether the first row names the columns, from what is certain; ask where nothing is."""
    first = [cell.strip() for cell in rows[0]]
    chosen = {column for column in (choice.values, choice.labels) if column is not None}
    if any(name in first and not is_position(name, len(first)) for name in chosen):
        return True
    body = rows[1:]
    numeric = [j for j in range(len(first)) if body and all(is_number(row[j]) for row in body)]
    names = [first[j] for j in numeric if not is_number(first[j])]
    if len(names) > 1 and first[0] == names[0] == "":
        names = names[1:]  # pandas writes its index without a name
    odd = next((cell for cell in names if cell.casefold() in _MISSING or looks_numeric(cell)), None)
    if odd is not None:
        raise InvalidInputError(
            f"{name} begins with {odd!r} in a column of numbers. If that is the column's name, add --header; "
            "if it is a value, correct it."
        )
    if names:
        return True
    if numeric or (len(rows) == 1 and any(map(is_number, first))):
        return False
    return _has_header_of_text(rows, name, choice)


def _has_header_of_text(rows: Rows, name: str, choice: Choice) -> bool:
    width = len(rows[0])
    by_position = choice.values is not None and is_position(choice.values, width)
    if width > 1 and not by_position:
        return True  # without a column of numbers a column must be chosen, and it is chosen by its name
    j = int(choice.values or 1) - 1 if by_position else 0
    if any(row[j] == rows[0][j] for row in rows[1:]) or any(looks_numeric(row[j]) for row in rows):
        return False  # a symbol that comes again, or a column of numbers with something wrong in it
    raise InvalidInputError(
        f"{name} begins with {rows[0][j]!r}, which may be the column's name or its first symbol; say which: "
        "--header or --no-header."
    )
