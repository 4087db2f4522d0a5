"""How a number is written: with so many digits, and never as zero when it is not zero."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kullback.errors import InvalidInputError

__all__ = ["Number", "at_the_point", "check_digits", "decimals_to_resolve", "fixed", "number", "pair"]

_MOST_DIGITS: Final = 17  # all that a double has
_LARGE: Final = 1e9
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written: decimal digits, times a power of ten where it is far from one."""

    digits: str
    exponent: int = 0

    def __str__(self) -> str:
        power = f"×10{str(self.exponent).translate(_SUPERSCRIPTS)}" if self.exponent else ""
        return self.digits.replace("-", "−").replace("inf", "∞").replace("nan", "NaN") + power

    @property
    def negative(self) -> bool:
        """Whether it is written with a minus sign."""
        return self.digits.startswith("-")

    @property
    def as_written(self) -> Decimal:
        """What the written digits say, exactly."""
        return Decimal(self.digits).scaleb(self.exponent)


def number(x: float, digits: int) -> Number:
    """Write `x` with `digits` digits after the point, or as a power of ten where few of them would count.

    What needs fewer digits is written with fewer, so trailing zeros say that something was rounded.
    """
    if x == 0 or not math.isfinite(x):
        return Number("0" if x == 0 else str(float(x)))
    if _small(digits) <= abs(x) < _LARGE:
        return fixed(x, digits)
    return _scientific(x, digits)


def fixed(x: float, decimals: int) -> Number:
    """Write `x` with `decimals` digits after the point, unless that would make a zero of it."""
    if x == 0 or not math.isfinite(x):
        return number(x, decimals)
    text = f"{x:.{decimals}f}"
    return _scientific(x, decimals) if float(text) == 0 else Number(_without_idle_zeros(text, x))


def pair(p: float, q: float, digits: int) -> tuple[Number, Number]:
    """Write two numbers beside each other, with as many more digits as it takes to tell them apart."""
    for enough in range(digits, _MOST_DIGITS):
        written = number(p, enough), number(q, enough)
        if p == q or written[0] != written[1]:
            return written
    return _in_full(p), _in_full(q)


def decimals_to_resolve(x: float, digits: int, most: int = 12) -> int | None:
    """Say how many digits after the point, at least `digits`, show three that count of `x`.

    ``None`` where that takes more than `most`.
    """
    if x == 0 or not math.isfinite(x) or abs(x) >= _small(digits):
        return digits
    needed = max(digits, 2 - math.floor(math.log10(abs(x))))
    return needed if needed <= max(digits, most) else None


def at_the_point(numbers: Iterable[Number]) -> list[str]:
    """Write numbers in equal widths, with their decimal points below each other."""
    texts = [str(x) for x in numbers]
    before = [len(text.partition("×")[0].partition(".")[0]) for text in texts]
    lined_up = [" " * (max(before) - n) + text for n, text in zip(before, texts, strict=True)]
    width = max(map(len, lined_up), default=0)
    return [text.ljust(width) for text in lined_up]


def check_digits(digits: int) -> None:
    """Refuse a number of digits that cannot be written."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= _MOST_DIGITS:
        raise InvalidInputError(
            f"digits={digits!r}; it must be a whole number from 1 to {_MOST_DIGITS}, all that a double has."
        )


def _small(digits: int) -> float:
    """Below this, less than about half of the digits after the point would count."""
    return float(f"1e-{digits // 2 + 1}")


def _scientific(x: float, digits: int) -> Number:
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    exact = float(f"{x:.16e}".partition("e")[0])
    return Number(_without_idle_zeros(mantissa, exact), int(exponent))


def _in_full(x: float) -> Number:
    digits, _, exponent = repr(float(x)).partition("e")
    return Number(digits, int(exponent or 0))


def _without_idle_zeros(text: str, x: float) -> str:
    """Without the zeros at the end, where the number is this one up to its last bits (log₂ 2 is 1)."""
    exact = math.isclose(float(text), x, rel_tol=1e-15)
    return text.rstrip("0").rstrip(".") if "." in text and exact else text
