"""Numbers typed on the command line: ``0.5,0.3,0.2``, ``1/3 2/3``, ``a=0.5,b=0.5``."""

import math
import re
from typing import Final

import numpy as np

from kullback.cli.inputs.found import Found
from kullback.cli.inputs.numbers import is_number, is_whole, number
from kullback.errors import InvalidInputError

__all__ = ["is_inline", "read_inline"]

_SPACES: Final = re.compile(r"\s+")
_PAIR: Final = re.compile(
    # Possessive (*+): what does not match is found out in one pass, however long it is.
    r"""\s*+(?: "(?P<double>(?:[^"]|"")*+)" | '(?P<single>(?:[^']|'')*+)' | (?P<bare>[^"'\s,;=][^,;=]*+) )
        \s*+=\s*+ (?P<value>[^\s,;=]++) \s*+(?:[,;]|\Z)""",
    re.VERBOSE,
)


def is_inline(text: str) -> bool:
    """Say whether `text` is meant as numbers typed in, and not as the name of a file."""
    if "=" in text:
        return True
    pieces = [piece for piece in re.split(r"[\s,;]+", text) if piece]
    return bool(pieces) and all(is_number(x) for piece in pieces for x in piece.split("/"))


def read_inline(text: str) -> Found:
    """Read typed numbers, with or without labels.

    Raises
    ------
    InvalidInputError
        If the text is no list of numbers, or could be meant in two ways.
    """
    return _labelled(text) if "=" in text else _plain(text)


def _plain(text: str) -> Found:
    pieces = _split(text)
    for piece in pieces:
        if not piece:
            raise InvalidInputError(
                f"{_short(text)} has nothing between two separators; write 0 for an impossible outcome."
            )
    values = np.array([_number(piece, text) for piece in pieces])
    return Found(values, _short(text), whole=all(map(is_whole, pieces)))


def _split(text: str) -> list[str]:
    """Split at the one kind of separator that is used: semicolons, commas or blanks.

    Decimal commas must not pass for separators, so two kinds at once are refused, and so are commas that
    separate whole numbers with a blank after some of them only: ``0,5, 0,3, 0,2``.
    """
    text = text.strip()
    separator = next((s for s in ";," if s in text), None)
    if separator is None:
        return _SPACES.split(text)
    pieces = text.split(separator)
    mixed = any(_SPACES.search(piece.strip()) or (separator == ";" and "," in piece) for piece in pieces)
    uneven = len({piece[:1].isspace() for piece in pieces[1:]}) > 1 and all(map(is_whole, pieces))
    if mixed or uneven:
        raise InvalidInputError(
            f"{_short(text)} mixes separators, so a comma may be meant as a decimal comma. Write decimal "
            "points and one kind of separator: 0.5,0.3,0.2"
        )
    return [piece.strip() for piece in pieces]


def _labelled(text: str) -> Found:
    labels: list[str] = []
    values: list[str] = []
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            raise InvalidInputError(
                f"{_short(text[at:])} is no list label=value,label=value; quote labels that hold a comma, "
                "a semicolon or '=', and write values with a decimal point: '\"b,c\"=0.5,d=0.5'"
            )
        labels.append(_label(pair))
        values.append(pair["value"])
        at = pair.end()
    read = np.array([_number(value, text) for value in values])
    return Found(read, _short(text), tuple(labels), whole=all(map(is_whole, values)))


def _label(pair: re.Match[str]) -> str:
    if pair["double"] is not None:
        return pair["double"].replace('""', '"')
    if pair["single"] is not None:
        return pair["single"].replace("''", "'")
    return pair["bare"].strip()


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 40 else f"{text[:36]} ...")


def _number(piece: str, text: str) -> float:
    """Read a number or a fraction of two, ``1/3``."""
    parts = piece.split("/")
    if len(parts) > 2 or not all(map(is_number, parts)):
        raise InvalidInputError(f"{piece!r} in {_short(text)} is not a number; write 0.25, 2.5e-1 or 1/4.")
    above, *below = (number(part, _short(text)) for part in parts)
    if not below:
        return above
    quotient = above / below[0] if below[0] else math.nan
    if not math.isfinite(quotient) or (quotient == 0) != (above == 0):
        raise InvalidInputError(f"{piece!r} in {_short(text)} is no number that float64 can hold.")
    return quotient
