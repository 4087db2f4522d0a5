"""A result as a picture: p and q outcome by outcome, and the terms that they give (Matplotlib).

Nothing global is changed, and little is left to it: the figure has its own canvas, colours and sizes.
"""

import io
import math
import os
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from kullback.errors import InvalidInputError, MissingExtraError
from kullback.report.labels import display_width, label, labels
from kullback.report.numbers import decimals_to_resolve, fixed, number
from kullback.report.selection import select
from kullback.report.steps import LOGARITHM, divergence_of, letters, meaning
from kullback.report.writers.text import inline
from kullback.result import Divergence, Terms

try:
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
except ModuleNotFoundError as error:
    raise MissingExtraError(
        "plotting needs Matplotlib, which is not installed; run: pip install 'kullback[plot]'"
    ) from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FORMATS", "Picture", "plot"]

FORMATS: Final = ("png", "svg", "pdf")

#: Okabe & Ito (2008): told apart with every kind of colour vision.
_BLUE, _VERMILION, _INK, _GREY, _PALE = "#0072B2", "#D55E00", "#222222", "#6b6b6b", "#dddddd"
_DIGITS: Final = 4
_MOST_ROWS: Final = 1000
#: A font of boxes for characters that no font has.
_PLACEHOLDERS: Final = "Last Resort"

# Lengths in inches.
_WIDTH, _ROW, _MARGIN, _GUTTER, _FOOT, _LINE, _HEADING = 9.0, 0.27, 0.3, 0.45, 0.45, 0.2, 0.36
_CHARACTER = 0.083  # at 9 points


class Picture(Figure):
    """A figure that shows itself in a notebook without pyplot."""

    def _repr_png_(self) -> bytes:
        return _drawn(self, "png")


def plot(result: Divergence, path: str | os.PathLike[str] | None = None, *, max_terms: int = 30) -> Picture:
    """Draw p and q and the terms of D(p ‖ q), sorted by size; save to `path` when it is given.

    The suffix of `path` (``.png``, ``.svg``, ``.pdf``) names the format; the file appears whole or not.

    Raises
    ------
    InvalidInputError
        If the result has no terms, the suffix names no format, or `max_terms` is out of range.
    MissingExtraError
        If Matplotlib is not installed.
    """
    target = None if path is None else Path(path)
    if target is not None and _suffix(target) not in FORMATS:
        raise InvalidInputError(
            f"{target.name!r} does not end in a known format; end it in .png, .svg or .pdf."
        )
    if result.terms is None:
        raise InvalidInputError(
            f"the method {result.method!r} gives no terms to draw; print the result, or see explain()."
        )
    figure = _figure(result, _rows(result.terms, max_terms))
    if target is not None:
        _save(figure, target)
    return figure


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the picture; the line for the other outcomes has no p and q of its own."""

    name: str
    part: float
    sides: tuple[float, float] | None


def _rows(terms: Terms, max_terms: int) -> list[_Row]:
    """From the largest part to the smallest, and the others below."""
    selection = select(terms, max_terms)
    if len(selection.shown) > _MOST_ROWS:
        raise InvalidInputError(
            f"max_terms={max_terms!r} would draw {len(selection.shown)} rows; a picture has room for "
            f"{_MOST_ROWS}. Pass a smaller max_terms."
        )
    names = labels({i: terms.outcomes[i] for i in selection.shown}, longest=24)
    rows = [
        _Row(name, float(terms.contributions[i]), (float(terms.p[i]), float(terms.q[i])))
        for name, i in zip(names, selection.shown, strict=True)
    ]
    rows.sort(key=lambda row: -row.part)
    if selection.others:
        rows.append(_Row(f"{selection.others} others", selection.others_sum, None))
    return rows


def _figure(result: Divergence, rows: list[_Row]) -> Picture:
    """Two panels on common rows: the probabilities on the left, the terms on the right."""
    sentence = textwrap.wrap(inline(meaning(result, 6)), 100, break_long_words=False)
    top = _MARGIN + 0.3 + _LINE * len(sentence) + _HEADING
    height = top + _ROW * len(rows) + _FOOT
    figure = Picture(figsize=(_WIDTH, height), facecolor="white")
    FigureCanvasAgg(figure)

    value = number(result.value, 6)
    unit = f" {result.unit}" if math.isfinite(result.value) else ""
    title = f"{inline((divergence_of(result),))} = {value}{unit}"
    _write(figure, _MARGIN, height - _MARGIN, title, size=14, va="top", weight="bold")
    for i, line in enumerate(sentence):
        _write(figure, _MARGIN, height - _MARGIN - 0.32 - _LINE * i, line, size=9, va="top", color=_GREY)

    longest = max(display_width(_readable(row.name)[0]) for row in rows)
    names = _MARGIN + _CHARACTER * longest + 0.15
    panel = (_WIDTH - names - _GUTTER - _MARGIN) / 2
    probabilities = _panel(figure, names, panel, height, len(rows))
    parts = _panel(figure, names + panel + _GUTTER, panel, height, len(rows))
    for i, row in enumerate(rows):
        middle = _FOOT + _ROW * (len(rows) - i - 0.5)
        _write(figure, names - 0.15, middle, row.name, ha="right", va="center_baseline")
    heading = _FOOT + _ROW * len(rows) + 0.1
    _draw_probabilities(probabilities, rows)
    _name_the_sides(figure, result, names, heading)
    p, q = letters(result)
    formula = f"{p} · {LOGARITHM[result.unit]}({p}/{q}), {result.unit}"
    _write(figure, names + panel + _GUTTER, heading, formula, color=_GREY)
    _draw_parts(parts, rows, panel, result.value)
    return figure


def _panel(figure: Figure, left: float, width: float, height: float, rows: int) -> "Axes":
    axes = figure.add_axes((left / _WIDTH, _FOOT / height, width / _WIDTH, _ROW * rows / height))
    axes.set_facecolor("white")
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _draw_probabilities(axes: "Axes", rows: list[_Row]) -> None:
    """A filled dot for p, a ring for q, and the gap between them as a line."""
    known = [(y, *row.sides) for y, row in enumerate(rows) if row.sides is not None]
    y, p, q = np.array(known).T
    most = max(p.max(), q.max()) or 1.0
    axes.set_xlim(-0.03 * most, 1.05 * most)
    step = _round_step(most)
    for tick in np.arange(0, 1.05 * most, step):
        axes.axvline(tick, color=_PALE, linewidth=0.8, zorder=0)
        axes.text(
            tick,
            len(rows) - 0.4,
            str(number(float(f"{tick:.12g}"), _DIGITS)),
            **_style(8, _GREY),
            ha="center",
            va="top",
        )
    axes.hlines(y, p, q, color=_GREY, linewidth=1.2, zorder=1)
    axes.plot(q, y, linestyle="none", marker="o", markersize=6.5, color=_VERMILION, markerfacecolor="white")
    axes.plot(p, y, linestyle="none", marker="o", markersize=5, color=_BLUE)


def _name_the_sides(figure: Figure, result: Divergence, left: float, bottom: float) -> None:
    p, q = (label(name, 18) for name in result.names)
    first = f"● {p}"
    _write(figure, left, bottom, first, color=_BLUE)
    _write(figure, left + _CHARACTER * display_width(first) + 0.25, bottom, f"○ {q}", color=_VERMILION)


def _draw_parts(axes: "Axes", rows: list[_Row], width: float, value: float) -> None:
    """Bars to both sides of zero, each with its number; an infinite one is an arrow out of the panel.

    The sum of the others has no bar: it is no term, and would often dwarf those that are.
    """
    decimals = decimals_to_resolve(value, _DIGITS)
    texts = [
        str(number(row.part, _DIGITS) if decimals is None else fixed(row.part, decimals)) for row in rows
    ]
    finite = [row.part for row in rows if row.sides is not None and math.isfinite(row.part)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    infinite = any(math.isinf(row.part) for row in rows)
    if high == low:
        high = 1.0
    room = _CHARACTER * max(map(len, texts)) + 0.15
    before, after = (room if low < 0 else 0.1), room
    per_inch = (high - low) / (width - before - after)
    high_end = high + (0.5 * after * per_inch if infinite else 0.0)
    axes.set_xlim(low - before * per_inch, high + after * per_inch)
    gap = 0.06 * per_inch
    for y, (row, text) in enumerate(zip(rows, texts, strict=True)):
        color = _BLUE if row.part >= 0 else _VERMILION
        if row.sides is None:
            axes.text(gap, y, f"{text} in all", **_style(8, _GREY), ha="left", va="center_baseline")
            continue
        if math.isinf(row.part):
            axes.plot([0, high_end], [y, y], color=_BLUE, linewidth=6, solid_capstyle="butt")
            axes.plot([high_end], [y], marker=">", markersize=11, color=_BLUE)
            axes.text(high_end + 3 * gap, y, "∞", **_style(12, _INK), ha="left", va="center_baseline")
            continue
        axes.barh(y, row.part, height=0.55, color=color, linewidth=0)
        side: Literal["left", "right"] = "left" if row.part >= 0 else "right"
        x = row.part + (gap if row.part >= 0 else -gap)
        axes.text(x, y, text, **_style(8, _INK), ha=side, va="center_baseline")
    axes.axvline(0, color=_INK, linewidth=0.9)


def _round_step(most: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that takes three to seven steps to `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    ratio = most / power
    return power * (0.2 if ratio < 1.5 else 0.5 if ratio < 3.5 else 1.0 if ratio < 7 else 2.0)


# Text ------------------------------------------------------------------------------------------------------


def _write(figure: Figure, x: float, y: float, text: str, *, size: float = 9, **style: Any) -> None:
    """Write at inches from the lower left corner."""
    readable, families = _readable(text)
    width, height = figure.get_size_inches()
    style = {**_style(size, _INK), "fontfamily": families, **style}
    figure.text(x / width, y / height, readable, **style)


def _style(size: float, color: str) -> dict[str, Any]:
    """Plain words in the font that comes with Matplotlib: a dollar sign or a backslash means itself."""
    return {
        "fontsize": size,
        "color": color,
        "fontfamily": ["DejaVu Sans"],
        "parse_math": False,
        "usetex": False,
    }


def _readable(text: str) -> tuple[str, list[str]]:
    """The text, and fonts that have its characters; what no installed font has is written as a code."""
    text = text.replace("\u200e", "")  # nothing here reorders text, so there is nothing to keep in place
    families = ["DejaVu Sans"]
    missing = set(text) - _characters(font_manager.findfont("DejaVu Sans"))
    for entry in font_manager.fontManager.ttflist if missing else ():
        if entry.style == "normal" and entry.weight == 400 and not entry.name.startswith(_PLACEHOLDERS):
            found = missing & _characters(entry.fname)
            if found:
                families.append(entry.name)
                missing -= found
        if not missing:
            break
    escaped = "".join(c.encode("unicode_escape").decode("ascii") if c in missing else c for c in text)
    return escaped, families


@cache
def _characters(path: str) -> frozenset[str]:
    """The characters that a scalable font file has."""
    font = font_manager.get_font(path)
    return frozenset(map(chr, font.get_charmap())) if font.scalable else frozenset()


# Files -----------------------------------------------------------------------------------------------------


def _suffix(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _save(figure: Figure, path: Path) -> None:
    """Write the whole file beside its place, then put it there in one step."""
    data = _drawn(figure, _suffix(path))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _drawn(figure: Figure, kind: str) -> bytes:
    memory = io.BytesIO()
    figure.savefig(memory, format=kind, dpi=150, facecolor="white")
    return memory.getvalue()
