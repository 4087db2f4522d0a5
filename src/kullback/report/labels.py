"""What outcomes are called on paper: one short line each, told apart, without characters that act."""

import datetime
import unicodedata
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["display_width", "has_right_to_left", "label", "labels", "plain"]

#: Controls, surrogates, line and paragraph separators, and format characters (which reverse or hide text).
_ACTING = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
#: Format characters that spelling needs: zero-width (non-)joiners, in Persian, Hindi and emoji.
_JOINERS = frozenset({"\u200c", "\u200d"})


def labels(outcomes: Mapping[int, Hashable], longest: int = 40) -> list[str]:
    """Name the outcomes at some positions; those that would look the same are told apart by position."""
    names = [label(outcome, longest) for outcome in outcomes.values()]
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} [{i}]" for i, name in zip(outcomes, names, strict=True)]


def label(outcome: Hashable, longest: int = 40) -> str:
    """Name one outcome: text as it is, quoted where its spaces would be lost, shortened in its middle."""
    text = plain(_text(outcome))
    if text != text.strip() or not text:
        text = f"'{text}'"
    if len(text) <= longest:
        return text
    end = (longest - 1) // 3
    return f"{text[: longest - 1 - end]}…{text[-end:]}"


def plain(text: str) -> str:
    """The text with every character escaped that would act on its surroundings instead of being seen."""
    return "".join(map(_visible, text))


def has_right_to_left(text: str) -> bool:
    """Whether the text holds letters that are written from right to left."""
    return any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)


def display_width(text: str) -> int:
    """How many columns of a fixed-width font the text takes."""
    return sum(map(_columns, text))


def _text(outcome: Any) -> str:
    if isinstance(outcome, tuple):
        inside = ", ".join(_text(part) for part in outcome)
        return f"({inside},)" if len(outcome) == 1 else f"({inside})"
    if isinstance(outcome, (datetime.datetime, datetime.date)):
        return outcome.isoformat()
    return repr(outcome) if isinstance(outcome, (bytes, bytearray)) else str(outcome)


def _visible(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _ACTING:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
