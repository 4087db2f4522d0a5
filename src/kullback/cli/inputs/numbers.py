"""One number as people and programs write it: read exactly as meant, or refused.

Python's own `float` also takes ``1_000``, other scripts' digits and blanks, and turns what is too large into
infinity and what is too small into zero without a word; each of those would change an answer.
"""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kullback.errors import ValueRangeError

__all__ = ["is_number", "is_whole", "looks_numeric", "number", "numbers"]

_LITERAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPECIAL: Final = re.compile(r"[+-]?(?:inf|infinity|nan)", re.ASCII | re.IGNORECASE)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_ZERO: Final = re.compile(r"[+-]?[0.]+(?:e.*)?", re.ASCII | re.IGNORECASE)


def is_number(text: str) -> bool:
    """Say whether `text` is one number: decimal or scientific notation, ``inf`` or ``nan``."""
    text = text.strip()
    return bool(_LITERAL.fullmatch(text) or _SPECIAL.fullmatch(text))


def is_whole(text: str) -> bool:
    """Say whether `text` is a whole number, written without point or exponent."""
    return bool(_WHOLE.fullmatch(text.strip()))


def looks_numeric(text: str) -> bool:
    """Say whether `text` seems meant as a number, even one that is not read here (``0,5``, ``50%``)."""
    return is_number(text) or (not any(map(str.isalpha, text)) and any(map(str.isnumeric, text)))


def number(text: str, where: str) -> float:
    """Read one number, for which `is_number` holds.

    Raises
    ------
    ValueRangeError
        If it is too large for float64, or so small that it would become zero.
    """
    text = text.strip()
    value = float(text)
    if math.isinf(value) and not _SPECIAL.fullmatch(text):
        raise ValueRangeError(
            f"{where}: {_short(text)} is larger than float64 can hold (1.8e308); scale the values down."
        )
    if value == 0 and not _ZERO.fullmatch(text):
        raise ValueRangeError(
            f"{where}: {_short(text)} is smaller than float64 can hold (4.9e-324), and as 0 it would mean "
            "something else; give natural logarithms with --as log-probs."
        )
    return value


def numbers(texts: Sequence[str], where: str) -> tuple[NDArray[np.float64], bool]:
    """Read numbers into an array, and say whether all are written as whole numbers."""
    values = np.fromiter(_each(texts, where), dtype=np.float64, count=len(texts))
    return values, all(map(is_whole, texts))


def _each(texts: Iterable[str], where: str) -> Iterable[float]:
    return (number(text, where) for text in texts)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:16]}... ({len(text)} characters)"
