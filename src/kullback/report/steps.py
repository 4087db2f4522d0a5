"""The calculation as a person would write it on paper, in text, Markdown, LaTeX or HTML."""

import math
from collections.abc import Callable, Hashable, Iterator
from decimal import Decimal
from typing import Final, Literal

from kullback._lazy import resolve
from kullback.errors import InvalidInputError
from kullback.report.labels import label, labels, plain
from kullback.report.numbers import Number, check_digits, decimals_to_resolve, fixed, number, pair
from kullback.report.records import (
    Block,
    Code,
    Conclusion,
    Derivation,
    Formula,
    Math,
    Name,
    Paragraph,
    Prose,
    Row,
)
from kullback.report.selection import Selection, infinite_outcomes, select
from kullback.result import Bounded, Divergence, Estimated, Exact, Note, Terms
from kullback.units import Unit

__all__ = [
    "LOGARITHM",
    "certainty",
    "derive",
    "divergence_of",
    "explain",
    "letters",
    "meaning",
    "remarks",
    "summary",
]

Writer = Callable[[tuple[Block, ...]], str]

_WRITERS: Final[dict[str, str]] = {
    "text": "kullback.report.writers.text:write",
    "markdown": "kullback.report.writers.markdown:write",
    "latex": "kullback.report.writers.latex:write",
    "html": "kullback.report.writers.html:write",
}

LOGARITHM: Final[dict[Unit, str]] = {"nats": "ln", "bits": "log₂", "bans": "log₁₀"}


def explain(
    result: Divergence,
    *,
    format: Literal["text", "markdown", "latex", "html"] = "text",
    digits: int = 6,
    max_terms: int | None = 20,
) -> str:
    """Write the worked steps of D(p ‖ q) in one of the formats.

    LaTeX needs the package amsmath (labels beyond Latin letters: XeLaTeX or LuaLaTeX); HTML is a fragment
    that styles itself and suits light and dark pages.

    Raises
    ------
    InvalidInputError
        If the format is unknown, or `digits` or `max_terms` are out of range.
    """
    if format not in _WRITERS:
        raise InvalidInputError(f"format={format!r} is none of {', '.join(map(repr, _WRITERS))}.")
    write: Writer = resolve(_WRITERS[format])
    return write(derive(result, digits, max_terms))


def summary(result: Divergence, *, digits: int = 6) -> str:
    """D(p ‖ q), its certainty, and D(q ‖ p) where it was asked for, in one line."""
    check_digits(digits)
    sentence = (divergence_of(result), Math((" = ", *_quantity(result.value, result.unit, digits))), " (")
    line: str = resolve("kullback.report.writers.text:inline")((*sentence, *certainty(result, digits), ")"))
    return line if result.reverse is None else f"{line}; {summary(result.reverse, digits=digits)}"


def derive(result: Divergence, digits: int = 6, max_terms: int | None = 20) -> tuple[Block, ...]:
    """The worked steps as records, from which every format is written; both directions where asked for."""
    check_digits(digits)
    blocks = (*_one_direction(result, digits, max_terms), *map(Paragraph, remarks(result, digits)))
    if result.reverse is None:
        return blocks
    said = {_identity(note) for note in result.diagnostics}
    return (
        *blocks,
        *_one_direction(result.reverse, digits, max_terms),
        *map(Paragraph, remarks(result.reverse, digits, said)),
    )


def divergence_of(result: Divergence) -> Math:
    """The quantity's own name, D(P ‖ Q)."""
    p, q = map(Name, map(label, result.names))
    return Math(("D(", p, " ‖ ", q, ")"))


def certainty(result: Divergence, digits: int) -> Prose:
    """How the value was found and how sure it is, in a few words."""
    missed = infinite_outcomes(result)
    if math.isinf(result.value) and missed:
        p, q = map(Name, map(label, result.names))
        return (q, " rules out ", *_listed(missed), ", which ", p, " allows")
    match result.error:
        case Exact():
            kind: Prose = ("exact",)
        case Bounded(lower, upper):
            kind = _between(result.value, lower, upper, digits)
        case Estimated(std_error, (low, high), level):
            kind = (
                "standard error ",
                number(std_error, digits),
                f", {100 * level:g} % interval ",
                number(low, digits),
                " to ",
                number(high, digits),
            )
    method = result.method
    return kind if kind == (method,) else (plain(method), ", ", *kind)


def _between(value: float, lower: float, upper: float, digits: int) -> Prose:
    """Where the true value lies: between the bounds, or so near the value that these would read alike."""
    low, high = number(lower, digits), number(upper, digits)
    if str(low) != str(high):
        return ("between ", low, " and ", high)
    return ("within ", number(max(upper - value, value - lower), 1))


def meaning(result: Divergence, digits: int) -> Prose:
    """What the value means: the extra bits that a code made for the wrong distribution costs."""
    p, q = map(Name, map(label, result.names))
    if math.isnan(result.value):
        return ("The value is not a number, so it has no meaning.",)
    if math.isinf(result.value):
        missed = infinite_outcomes(result)
        if not missed:
            return ("No finite number of bits is enough to code ", p, " with a code made for ", q, ".")
        gap = "codeword for it" if len(missed) == 1 else "codewords for them"
        return (
            *(q, " gives probability 0 to ", *_listed(missed), ", which ", p, " allows: a code made for ", q),
            f" has no {gap}, and no finite number of extra bits is enough. If ",
            *(q, " was estimated from counts, smooth them: ", _smoothing(result), "."),
        )
    if result.value < 0:
        return ("The estimate is negative, which the divergence itself cannot be: no difference was found.",)
    if result.value == 0 and isinstance(result.error, Exact):
        return (p, " and ", q, " are the same distribution: a code made for ", q, " costs nothing extra.")
    bits = number(result.bits, digits)
    unit = " extra bit per symbol" if str(bits) == "1" else " extra bits per symbol"
    return ("On average, coding ", p, " with a code made for ", q, " costs ", bits, unit + ".")


def _smoothing(result: Divergence) -> Code:
    """The call that leaves no outcome at zero; with labels it must be told those that were never counted."""
    p, q = letters(result)
    terms = result.terms
    by_position = terms is None or terms.outcomes == tuple(range(len(terms)))
    return Code(f"Counts({q}).smoothed(0.5{'' if by_position else f', outcomes=labels_of_{p}'})")


def remarks(
    result: Divergence, digits: int, said: frozenset[object] | set[object] = frozenset()
) -> Iterator[Prose]:
    """What the value means, how sure it is, and the notes that it carries, except those already `said`."""
    yield meaning(result, digits)
    unit = f" {result.unit}."
    match result.error:
        case Bounded(lower, upper):
            where = _between(result.value, lower, upper, digits)
            yield (
                "The true value lies ",
                *where,
                unit if where[0] == "between " else f" {result.unit} of that.",
            )
        case Estimated(std_error, (low, high), level):
            spread = ("This is an estimate with a standard error of ", number(std_error, digits))
            ends = (number(low, digits), " to ", number(high, digits))
            yield (*spread, f"; its {100 * level:g} % interval is ", *ends, unit)
        case Exact():
            pass
    for note in result.diagnostics:
        explained = note.code == "infinite" and result.terms is not None  # by the meaning, outcome by outcome
        if not explained and _identity(note) not in said:
            yield ("Note: ", plain(" ".join(note.message.split())))


def _identity(note: Note) -> object:
    """What makes two notes one: the two directions say the same things with the names exchanged."""
    return note.code, frozenset(note.outcomes)


def _one_direction(result: Divergence, digits: int, max_terms: int | None) -> Iterator[Block]:
    p, q = letters(result)
    ratio = f"{LOGARITHM[result.unit]}({p}(x)/{q}(x))"
    term = Math((f"{p}(x) · {ratio}",))
    sum_or_mean = Math((f"E[{ratio}]",)) if result.terms is None else Math(("Σ ",)) + term
    yield Formula(divergence_of(result) + Math((" = ",)) + sum_or_mean)
    if tuple(result.names) not in {("P", "Q"), ("Q", "P")}:
        sides = [Name(label(name)) for name in result.names]
        what = "density" if result.terms is None else "probability"
        where = (Math((f"{p}(x)",)), f" is the {what} of x in ", sides[0], ", ", Math((f"{q}(x)",)))
        yield Paragraph((*where, f" its {what} in ", sides[1], "."))
    if result.terms is None:
        drawn_from = Name(label(result.names[0]))
        yield Paragraph(("E is the mean over x drawn from ", drawn_from, f", found by: {result.method}."))
    else:
        yield from _derivation(result, result.terms, term, digits, max_terms)
    yield Conclusion(divergence_of(result) + Math((" = ", *_answer(result, digits))))


def _derivation(
    result: Divergence, terms: Terms, term: Math, digits: int, max_terms: int | None
) -> Iterator[Block]:
    """The table of terms with its sum, and what must be said for it to be read right."""
    selection = select(terms, max_terms)
    decimals = decimals_to_resolve(result.value, digits)
    written = _Written(terms, selection, digits, decimals, LOGARITHM[result.unit])
    rows = written.rows()
    total = written.term(result.value)
    adds_up = _adds_up(rows, total, decimals)
    total_row = Row(("Sum",), (), "=" if adds_up else "≈", total)
    yield Derivation("x", term, rows, total_row)
    p = letters(result)[0]
    if (terms.p == 0).any():
        zero = Math((f"{p}(x) = 0",))
        limit = Math((f"{p} log {p}",))
        yield Paragraph(
            ("A term with ", zero, " is 0, because ", limit, " tends to 0 as ", Math((p,)), " does.")
        )
    if not adds_up:
        yield Paragraph(_why_not(result, terms, digits, decimals))


class _Written:
    """The terms of one sum, written with the same number of digits."""

    def __init__(
        self, terms: Terms, selection: Selection, digits: int, decimals: int | None, log: str
    ) -> None:
        self.terms = terms
        self.selection = selection
        self.digits = decimals or digits
        self.decimals = decimals
        self.log = log

    def rows(self) -> tuple[Row, ...]:
        shown = self.selection.shown
        names = labels({i: self.terms.outcomes[i] for i in shown})
        rows = [self.row(name, i) for name, i in zip(names, shown, strict=True)]
        if self.selection.others:
            head = f"the other {self.selection.others}"
            rows.append(Row((head,), (), "=", self.term(self.selection.others_sum)))
        return tuple(rows)

    def row(self, name: str, i: int) -> Row:
        """One term: p · log(p/q) = p · (the logarithm) = the part."""
        p, q, part = (float(x[i]) for x in (self.terms.p, self.terms.q, self.terms.contributions))
        p_number, q_number = pair(p, q, self.digits)
        product = Math((p_number, f" · {self.log}(", p_number, "/", q_number, ")"))
        if p == 0:
            return Row((Name(name),), (product,), "=", self.term(part))
        log_ratio = number(part / p, self.digits)
        factor = ("(", log_ratio, ")") if log_ratio.negative else (log_ratio,)
        return Row((Name(name),), (product, Math((p_number, " · ", *factor))), "=", self.term(part))

    def term(self, part: float) -> Number:
        return number(part, self.digits) if self.decimals is None else fixed(part, self.decimals)


def _adds_up(rows: tuple[Row, ...], total: Number, decimals: int | None) -> bool:
    """Whether the terms, as they are written, come to the sum as it is written."""
    if not total.as_written.is_finite():
        return True
    written = sum((row.value.as_written for row in rows), Decimal(0))
    return (written if decimals is None else round(written, decimals)) == total.as_written


def _why_not(result: Divergence, terms: Terms, digits: int, decimals: int | None) -> Prose:
    """Why the written terms do not come to the written sum: rounding of the writing, or of the terms."""
    added = math.fsum(terms.contributions.tolist())
    last_place = 10.0**-decimals if decimals is not None else abs(result.value) * 10.0**-digits
    if abs(added - result.value) <= last_place:
        return ("Each term is rounded as written; the unrounded terms add up to the sum.",)
    if isinstance(result.error, Exact):
        return (
            *("The terms nearly cancel, so their own rounding shows when they are added up: "),
            *(number(added, digits), ". The value was computed without that loss."),
        )
    method = Name(label(result.method))
    return ("The terms add up to ", number(added, digits), "; the method ", method, " corrects that sum.")


def _answer(result: Divergence, digits: int) -> tuple[str | Number, ...]:
    """The value, and the same in a second unit: bits, or nats where it is in bits already."""
    first = _quantity(result.value, result.unit, digits)
    if result.value == 0 or not math.isfinite(result.value):
        return first
    second: Unit = "nats" if result.unit == "bits" else "bits"
    return (*first, " = ", *_quantity(result.to(second).value, second, digits))


def _quantity(value: float, unit: Unit, digits: int) -> tuple[str | Number, ...]:
    return (number(value, digits), f" {unit}") if math.isfinite(value) else (number(value, digits),)


def letters(result: Divergence) -> tuple[str, str]:
    """The letters for the two sides: their own where they are called P and Q, in either order."""
    return ("q", "p") if tuple(result.names) == ("Q", "P") else ("p", "q")


def _listed(outcomes: tuple[Hashable, ...], most: int = 5) -> Prose:
    """Some outcomes by name, and how many more."""
    names = labels(dict(enumerate(outcomes[:most])))
    listed: list[str | Name] = []
    for i, name in enumerate(names):
        last = i == len(outcomes) - 1
        listed += [(" and " if last else ", ") if i else "", Name(name)]
    more = len(outcomes) - len(names)
    return (*listed, f" and {more} more") if more else tuple(listed)
