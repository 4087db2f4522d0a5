"""The worked steps as data: what is said, before it is decided in which format.

A line of mathematics is a sequence of symbols (plain strings, in Unicode notation), numbers and names. A
sentence is a sequence of words, numbers, names, and mathematics in between.
"""

from dataclasses import dataclass

from kullback.report.numbers import Number

__all__ = [
    "Block",
    "Code",
    "Conclusion",
    "Derivation",
    "Formula",
    "Math",
    "Name",
    "Paragraph",
    "Prose",
    "Row",
]


@dataclass(frozen=True, slots=True)
class Name:
    """What someone called an outcome or a side; it may hold any visible characters, and means only itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """An expression in Python, to be written as it is."""

    text: str


Symbols = tuple[str | Number | Name, ...]


@dataclass(frozen=True, slots=True)
class Math:
    """A line of mathematics."""

    symbols: Symbols

    def __add__(self, other: "Math") -> "Math":
        return Math(self.symbols + other.symbols)


Prose = tuple[str | Number | Name | Code | Math, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A definition, standing alone."""

    math: Math


@dataclass(frozen=True, slots=True)
class Row:
    """One term: what it belongs to, the expressions that are equal to it, and what it comes to."""

    head: Prose
    expressions: tuple[Math, ...]
    relation: str
    value: Number


@dataclass(frozen=True, slots=True)
class Derivation:
    """Terms below each other, and their sum below the line."""

    heads: str
    expression: Math
    rows: tuple[Row, ...]
    total: Row


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The answer, standing alone."""

    math: Math


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two."""

    prose: Prose


Block = Formula | Derivation | Conclusion | Paragraph
