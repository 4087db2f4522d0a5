"""A result in the terminal: the answer, its terms with bars, and what must be known about it (rich)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from kullback.report.labels import label, labels
from kullback.report.numbers import Number, at_the_point, decimals_to_resolve, fixed, number, pair
from kullback.report.selection import select
from kullback.report.steps import certainty, divergence_of, letters, remarks
from kullback.report.writers.text import inline, name
from kullback.result import Divergence, Terms

__all__ = ["Card", "panel"]

_DIGITS = 6
#: Below this many columns p and q give way to the terms and their bars.
_WIDE = 60
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Card:
    """What rich draws for a result; it fits itself to the width that there is."""

    result: Divergence
    max_terms: int | None = 12

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Panel(self._inside(options.max_width), border_style="dim", expand=False, padding=(0, 1))

    def _inside(self, width: int) -> Group:
        parts = _one_direction(self.result, self.max_terms, width)
        if self.result.reverse is not None:
            parts += [Text(), *_one_direction(self.result.reverse, self.max_terms, width)]
        return Group(*parts)


def panel(result: Divergence, *, max_terms: int | None = 12) -> Card:
    """Draw a result for a terminal of any width; colours only repeat what signs and words say."""
    return Card(result, max_terms)


def _one_direction(result: Divergence, max_terms: int | None, width: int) -> list[RenderableType]:
    value = number(result.value, _DIGITS)
    unit = f" {result.unit}" if math.isfinite(result.value) else ""
    headline = Text(f"{inline((divergence_of(result),))} = {value}{unit}", style="bold")
    headline.append(f"  ({inline(certainty(result, _DIGITS))})", style="not bold dim")
    parts: list[RenderableType] = [headline]
    if result.terms is not None:
        parts += [Text(), _table(result, result.terms, max_terms, width), Text()]
    return [*parts, *(Text(inline(remark)) for remark in remarks(result, _DIGITS))]


def _table(result: Divergence, terms: Terms, max_terms: int | None, width: int) -> Table:
    """The terms, largest parts first where there are more than `max_terms`."""
    wide = width >= _WIDE
    selection = select(terms, max_terms)
    names = labels({i: terms.outcomes[i] for i in selection.shown}, longest=max(6, width // 4))
    parts = [float(terms.contributions[i]) for i in selection.shown]
    sides = [pair(float(terms.p[i]), float(terms.q[i]), _DIGITS) for i in selection.shown]
    if selection.others:
        names.append(f"{selection.others} others")
        parts.append(selection.others_sum)
    bars = _Bars.across(parts, cells=16 if wide else 8)
    own_names = set(result.names) != {"P", "Q"}
    headings = [label(n, 10) for n in result.names] if own_names else [f"{x}(x)" for x in letters(result)]
    columns: list[tuple[str, Sequence[str | Text]]] = [("x", [Text(name(text)) for text in names])]
    if wide:
        columns.append((headings[0], at_the_point(p for p, _ in sides)))
        columns.append((headings[1], at_the_point(q for _, q in sides)))
    decimals = decimals_to_resolve(result.value, _DIGITS)
    columns.append((f"term ({result.unit})", at_the_point(_written(part, decimals) for part in parts)))
    columns.append(("", [bars.draw(part) for part in parts]))
    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0), header_style="dim")
    for heading, _ in columns:
        table.add_column(Text(heading), overflow="fold")
    for row in zip_longest(*(cells for _, cells in columns), fillvalue=""):
        table.add_row(*row)
    return table


def _written(part: float, decimals: int | None) -> Number:
    return number(part, _DIGITS) if decimals is None else fixed(part, decimals)


@dataclass(frozen=True, slots=True)
class _Bars:
    """Bars to both sides of one zero line, at one scale; an infinite part is an arrow."""

    left: int
    right: int
    scale: float

    @classmethod
    def across(cls, parts: Iterable[float], cells: int) -> "_Bars":
        """Share `cells` between the negative and the positive side as the parts need them."""
        finite = [part for part in parts if math.isfinite(part)]
        low, high = min([0.0, *finite]), max([0.0, *finite])
        scale = cells / (high - low) if high > low else 0.0
        return cls(math.ceil(-low * scale), max(1, math.ceil(high * scale)), scale)

    def draw(self, part: float) -> Text:
        if math.isinf(part):
            return Text(" " * self.left + "│" + "█" * (self.right - 1) + "▶", style="bold red")
        length = round(8 * abs(part) * self.scale)
        length = max(length, 1) if part else 0
        whole, eighths = divmod(length, 8)
        if part < 0:  # no blocks grow from the right, so the left side goes by halves
            bar = ("▐" if eighths >= 4 or not whole else "") + "█" * whole
            return Text(f"{bar:>{self.left}}│", style="magenta")
        return Text(" " * self.left + "│" + "█" * whole + _EIGHTHS[eighths].strip(), style="cyan")
