"""``kullback bits A B``: what it costs to store A with B's code, really encoded, and the other way round."""

import json
import math
import textwrap
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from kullback.cli.output import on_terminal, write
from kullback.errors import InvalidInputError

if TYPE_CHECKING:
    from kullback.coding import CodingCost

__all__ = ["bits"]

#: How many symbols are coded; a Python program holds larger messages better than a command does.
_LIMIT: Final = 1 << 24
_NAMED: Final = 8  # how many symbols without a code are spelled out

_UNITS: Final = {"characters": "character", "bytes": "byte", "words": "word"}

#: Each is executed by a test, so that it stays true.
_EXAMPLES: Final = """\b
Examples:
  kullback bits english.txt french.txt
  kullback bits english.txt french.txt --letters --lowercase
  kullback bits english.txt french.txt --symbols words --smooth 1 --json
  kullback bits --inline "to be or not to be" "to bee or not to bee"
  git log | kullback bits - english.txt --symbols bytes
"""


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    symbols: Sequence[Hashable]


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the two directions: `p` stored with the code of `q`.

    `missing` are the symbols of `p` that `q` lacks, with how often they occur: where there are any, D(p ‖ q)
    is infinite, and `cost` is that of the counts of `q` smoothed by `pseudocount`, or nothing.
    """

    p: str
    q: str
    length: int
    missing: dict[Hashable, int]
    pseudocount: float | None
    cost: "CodingCost | None"

    @property
    def divergence(self) -> float:
        return math.inf if self.missing or self.cost is None else self.cost.divergence


@click.command(short_help="Say what storing one text with the other's code costs.", epilog=_EXAMPLES)
@click.argument("a", type=click.Path(allow_dash=True))
@click.argument("b", type=click.Path(allow_dash=True))
@click.option(
    "--symbols",
    "symbol",
    type=click.Choice(list(_UNITS)),
    default="characters",
    show_default=True,
    help="What is counted and coded.",
)
@click.option("--letters", is_flag=True, help="Only letters (after Unicode's composition, NFC).")
@click.option("--lowercase", is_flag=True, help="Capital and small letters are the same.")
@click.option(
    "--smooth",
    metavar="ALPHA",
    type=click.FloatRange(0, 1e9),
    default=0.5,
    show_default=True,
    help="Added to every count of a side that lacks a symbol of the other, so that there is a code; 0: not.",
)
@click.option("--inline", is_flag=True, help="A and B are the texts themselves, not files.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
def bits(
    a: str, b: str, *, symbol: str, letters: bool, lowercase: bool, smooth: float, inline: bool, as_json: bool
) -> None:
    """Store A with the code that is best for B, and B with A's: the bits that it costs.

    On average D(A ‖ B) more per symbol. Here it is paid: both texts are encoded to bytes with both codes (the
    ideal one on paper, Huffman's, and a range coder's) and decoded again. A and B are text files; - is
    standard input. A symbol of A that B lacks makes the cost infinite: it is named, and B's counts are
    smoothed.
    """
    if math.isnan(smooth):
        raise click.BadParameter("nan is not a number.", param_hint="--smooth")
    if symbol == "bytes" and (letters or lowercase):
        raise click.UsageError("bytes are no letters; leave --letters and --lowercase, or --symbols, away.")
    if not inline and a == b == "-":
        raise click.UsageError("standard input can be read only once; give a file for A or for B.")
    unit = "letter" if letters and symbol == "characters" else _UNITS[symbol]
    splitting = _splitting(symbol, letters, lowercase)
    first, second = (
        _side(word, name, splitting, inline=inline)
        for word, name in zip((a, b), _names(a, b, inline), strict=True)
    )
    ways = _way(first, second, smooth), _way(second, first, smooth)
    if as_json:
        write(json.dumps(_to_dict(ways, symbol), ensure_ascii=False, allow_nan=False))
    else:
        write("\n\n".join(_drawn(way, unit) for way in ways))


def _splitting(symbol: str, letters: bool, lowercase: bool) -> Callable[[bytes, str], Sequence[Hashable]]:
    """Choose how bytes become symbols."""
    import unicodedata

    from kullback.cli.inputs.text import decode

    def split(data: bytes, name: str) -> Sequence[Hashable]:
        if symbol == "bytes":
            return data
        text = decode(data, name)
        if lowercase:
            text = text.lower()
        if letters:
            composed = unicodedata.normalize("NFC", text)
            text = "".join(character if character.isalpha() else " " for character in composed)
        if symbol == "words":
            return text.split()
        return text.replace(" ", "") if letters else text

    return split


def _names(a: str, b: str, inline: bool) -> tuple[str, str]:
    """Call the files by their names alone where that tells them apart."""
    from pathlib import PurePath

    short = [PurePath(word).name if word != "-" else "standard input" for word in (a, b)]
    if inline or a == b:
        return "A", "B"
    return (a, b) if short[0] == short[1] else (short[0], short[1])


def _side(word: str, name: str, split: Callable[[bytes, str], Sequence[Hashable]], *, inline: bool) -> _Side:
    """Read one input, and refuse one that leaves nothing to code or too much."""
    from kullback.cli.inputs.source import exists, find

    if inline:
        data = word.encode("utf-8", "surrogateescape")
    elif word != "-" and not exists(word):
        raise InvalidInputError(
            f"there is no file {word!r}. To take the words of the command line themselves as the texts, add "
            "--inline."
        )
    else:
        data = find(word, "text").data
    symbols = split(data, name)
    if not symbols:
        raise InvalidInputError(f"{name} has no symbols of the kind asked for; there is nothing to store.")
    if len(symbols) > _LIMIT:
        raise InvalidInputError(
            f"{name} has {len(symbols)} symbols, more than the {_LIMIT} that this command codes. Take a part "
            f"of it (head -c {_LIMIT} FILE | kullback bits - ...), or use kullback.coding in Python."
        )
    return _Side(name, symbols)


def _way(p: _Side, q: _Side, smooth: float) -> _Way:
    from kullback.coding import coding_cost
    from kullback.measures import Counts, Probs

    counted = Counter(q.symbols)
    missing = {symbol: n for symbol, n in Counter(p.symbols).most_common() if symbol not in counted}
    if missing and not smooth:
        return _Way(p.name, q.name, len(p.symbols), missing, None, None)
    model: Counts | Probs = Counts(counted)
    if missing:
        model = Counts(counted).smoothed(smooth, outcomes=missing)
    cost = coding_cost(p.symbols, q=model, names=(p.name, q.name))
    return _Way(p.name, q.name, len(p.symbols), missing, smooth if missing else None, cost)


def _drawn(way: _Way, unit: str) -> str:
    """Write one direction for people."""
    many = unit if way.length == 1 else f"{unit}s"
    parts = [_wrapped(f"{way.p}, {way.length} {many}, stored with the code of {way.q}", indent="")]
    if way.missing:
        parts.append(_wrapped(_without_code(way, unit)))
    if way.cost is None:
        parts.append(_wrapped("Nothing was stored; --smooth 0.5 makes a code that has them all."))
    else:
        parts += ["", _table(way.cost, unit), "", _wrapped(_in_words(way, way.cost, unit))]
    return "\n".join(parts)


def _wrapped(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, 80, initial_indent=indent, subsequent_indent="  ", break_on_hyphens=False)


def _without_code(way: _Way, unit: str) -> str:
    shown = ", ".join(f"{symbol!r} ({times}×)" for symbol, times in list(way.missing.items())[:_NAMED])
    more = f" and {len(way.missing) - _NAMED} others" if len(way.missing) > _NAMED else ""
    said = f"{way.q} has no {shown}{more}, so its code cannot store {way.p}: D = ∞ bits per {unit}."
    if way.pseudocount is None:
        return said
    return f"{said} With {way.pseudocount:g} added to every count of {way.q}, it can:"


def _table(cost: "CodingCost", unit: str) -> str:
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(f"bits per {unit}")
    for heading in ("own code", "other code", "extra", "own bytes", "other bytes"):
        table.add_column(heading, justify="right")
    for name, code in (
        ("ideal −log₂ q", cost.ideal),
        ("Huffman", cost.huffman),
        ("range coder", cost.range_coder),
    ):
        numbers = (f"{code.bits_with_p:.4f}", f"{code.bits_with_q:.4f}", f"{code.excess:+.4f}")
        table.add_row(name, *numbers, f"{code.bytes_with_p}", f"{code.bytes_with_q}")
    # wide enough for all columns: a narrow terminal breaks lines, where rich would cut numbers short
    console = Console(force_terminal=on_terminal(), highlight=False, width=100)
    with console.capture() as captured:
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _in_words(way: _Way, cost: "CodingCost", unit: str) -> str:
    real = cost.range_coder
    q = f"{way.q}, smoothed" if way.missing else way.q
    relative = real.bytes_with_q / real.bytes_with_p - 1 if real.bytes_with_p else math.inf
    percent = f" ({relative:+.1%})" if math.isfinite(relative) else ""
    return (
        f"D({way.p} ‖ {q}) = {cost.divergence:.4f} bits per {unit}; really stored, {real.excess:.4f} more: "
        f"{real.bytes_with_q} bytes instead of {real.bytes_with_p}{percent}."
    )


def _to_dict(ways: tuple[_Way, _Way], symbol: str) -> dict[str, Any]:
    return {"symbols": symbol, "unit": "bits", "directions": [_way_to_dict(way) for way in ways]}


def _way_to_dict(way: _Way) -> dict[str, Any]:
    data: dict[str, Any] = {
        "p": way.p,
        "q": way.q,
        "length": way.length,
        "value": "inf" if math.isinf(way.divergence) else way.divergence,
        "missing": [{"symbol": symbol, "count": times} for symbol, times in way.missing.items()],
        "pseudocount": way.pseudocount,
    }
    if way.cost is not None:
        codes = {"ideal": way.cost.ideal, "huffman": way.cost.huffman, "range": way.cost.range_coder}
        data["divergence_of_code"] = way.cost.divergence
        data["excess_bounds"] = way.cost.excess_bounds
        data["codes"] = {name: {**asdict(code), "excess": code.excess} for name, code in codes.items()}
    return data
