"""The worked steps: right numbers in every format, sums that add up, and labels that mean only themselves."""

import math
import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from report_cases import (
    ALL,
    BOTH,
    BOUNDED,
    ESTIMATED,
    EXERCISE,
    HOSTILE,
    INFINITE,
    MANY,
    MINUSCULE,
    SAME,
    TINY,
    divergence,
)

from kullback.errors import InvalidInputError
from kullback.report.labels import display_width, labels
from kullback.report.records import Derivation, Name
from kullback.report.steps import derive
from kullback.result import Bounded, Estimated, Note

FORMATS = ("text", "markdown", "latex", "html")


def test_exercise_one_is_written_out_in_full():
    assert (
        EXERCISE.explain()
        == """\
D(P ‖ Q) = Σ p(x) · ln(p(x)/q(x))

  x    p(x) · ln(p(x)/q(x))
  0    0.5 · ln(0.5/0.4)    = 0.5 · 0.223144    =  0.111572
  1    0.3 · ln(0.3/0.4)    = 0.3 · (−0.287682) = −0.086305
  2    0.2 · ln(0.2/0.2)    = 0.2 · 0           =  0
  ─────────────────────────────────────────────────────────
  Sum                                           =  0.025267

D(P ‖ Q) = 0.025267 nats = 0.036453 bits

On average, coding P with a code made for Q costs 0.036453 extra bits per symbol."""
    )


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_every_number_of_exercise_one(format):
    text = re.sub(r"<[^>]*>", "", EXERCISE.explain(format)).replace("−", "-")
    numbers = "0.223144 0.111572 -0.287682 -0.086305 0.025267 0.036453"
    for number in numbers.split():
        assert number in text


@pytest.mark.parametrize(("unit", "log"), [("nats", "ln("), ("bits", "log₂("), ("bans", "log₁₀(")])
def test_the_logarithm_is_that_of_the_unit(unit, log):
    d = divergence([0.5, 0.5], [0.25, 0.75], unit=unit)
    text = d.explain()
    assert log in text
    expected = {"nats": "0.693147", "bits": "0.5 · 1 ", "bans": "0.301030"}[unit]
    assert expected in text
    assert text.count(f" {unit}") >= 1
    assert " bits" in text


def test_infinity_names_its_outcomes_and_the_way_out():
    text = INFINITE.explain()
    assert "0.2 · ln(0.2/0)" in text
    assert "0.2 · ∞" in text
    assert "Q gives probability 0 to c, which P allows" in text
    assert "Counts(q).smoothed(0.5, outcomes=labels_of_p)" in text
    assert "Counts(q).smoothed(0.5)." in divergence([0.5, 0.5], [1.0, 0.0]).explain()
    assert text.count("rules it out") == 0  # the note says the same, and is not said twice
    assert str(INFINITE) == "D(P ‖ Q) = ∞ (Q rules out c, which P allows)"


def test_many_outcomes_behind_an_infinity_are_counted():
    d = divergence([0.125] * 8, [0.0] * 7 + [1.0])
    assert "0, 1, 2, 3, 4 and 2 more" in str(d)


def test_zero_times_log_zero_is_explained_once():
    text = divergence([0.0, 0.0, 1.0], [0.25, 0.25, 0.5]).explain()
    assert text.count("tends to 0") == 1
    assert "0 · ln(0/0.25)" in text
    assert "tends to 0" not in EXERCISE.explain()


def test_identical_distributions():
    assert "D(P ‖ Q) = 0 nats\n" in SAME.explain()
    assert "are the same distribution" in SAME.explain()
    assert str(SAME) == "D(P ‖ Q) = 0 nats (exact)"


@pytest.mark.parametrize("d", [TINY, MINUSCULE])
@pytest.mark.parametrize("digits", [1, 2, 6, 12])
def test_nothing_that_is_not_zero_is_written_as_zero(d, digits):
    for block in derive(d, digits):
        if isinstance(block, Derivation):
            for row, part in zip(block.rows, d.terms.contributions, strict=True):
                assert (row.value.as_written == 0) == (part == 0)
            assert block.total.value.as_written != 0
    assert not re.search(r"= 0(\.0*)? (nats|bits)", d.explain(digits=digits))
    assert not re.search(r"= 0(\.0*)? ", str(d))


@pytest.mark.parametrize("d", [MINUSCULE, divergence([0.1, 0.9], [math.nextafter(0.1, 1), 0.9])])
def test_numbers_that_differ_are_written_differently(d):
    row = next(b for b in derive(d) if isinstance(b, Derivation)).rows[0]
    _, _, p, _, q, _ = row.expressions[0].symbols
    assert p != q


@pytest.mark.parametrize("d", ALL)
@pytest.mark.parametrize("max_terms", [1, 5, 20, None])
@pytest.mark.parametrize("digits", [3, 6])
def test_what_is_shown_adds_up_or_says_why_not(d, max_terms, digits):
    blocks = derive(d, digits, max_terms)
    text = d.explain(digits=digits, max_terms=max_terms)
    directions = [x for x in (d, d.reverse) if x is not None and x.terms is not None]
    tables = [b for b in blocks if isinstance(b, Derivation)]
    assert len(tables) == len(directions)
    for table, direction in zip(tables, directions, strict=True):
        if math.isinf(direction.value):
            continue
        added = sum((row.value.as_written for row in table.rows), Decimal(0))
        if table.total.relation == "=":
            # Only numbers too small for the column's digits may be left over.
            assert abs(added - table.total.value.as_written) <= Decimal(10) ** -digits
        else:
            assert re.search("rounded as written|rounding shows", text)


def test_of_many_outcomes_the_largest_parts_come_first_and_the_rest_is_summed():
    table = next(b for b in derive(MANY, 6, 8) if isinstance(b, Derivation))
    parts = sorted(MANY.terms.contributions, key=abs, reverse=True)
    assert len(table.rows) == 9
    for row, part in zip(table.rows[:8], parts, strict=False):
        assert float(row.value.as_written) == pytest.approx(part, abs=5e-7)
    assert table.rows[8].head == ("the other 992",)
    assert float(table.rows[8].value.as_written) == pytest.approx(math.fsum(parts[8:]), abs=5e-7)


def test_the_largest_parts_may_be_negative():
    d = divergence([0.1, 0.3, 0.6], [0.09, 0.6, 0.31])
    table = next(b for b in derive(d, 6, 2) if isinstance(b, Derivation))
    assert [row.head[0] for row in table.rows] == [Name("2"), Name("1"), "the other 1"]


def test_a_small_part_of_a_large_sum_is_not_written_as_zero():
    d = divergence([0.5, 0.5 - 2.0**-30, 2.0**-30], [0.25, 0.75 - 2.0**-31, 2.0**-31])
    row = next(b for b in derive(d) if isinstance(b, Derivation)).rows[2]
    assert str(row.value) == "6.45544×10⁻¹⁰"  # 2⁻³⁰ ln 2


def test_terms_that_are_all_shown_keep_their_order():
    table = next(b for b in derive(INFINITE) if isinstance(b, Derivation))
    assert [row.head[0].text for row in table.rows] == ["a", "b", "c", "d"]


def test_both_directions_are_written_with_their_names():
    text = BOTH.explain()
    assert "D(English ‖ French) = 0.036453 bits" in text
    assert f"D(French ‖ English) = {BOTH.reverse.value:.6f} bits" in text
    assert "coding French with a code made for English" in text
    assert str(BOTH).count("‖") == 2


def test_the_reverse_of_p_and_q_keeps_their_letters():
    d = divergence([0.5, 0.5], [0.25, 0.75], both=True)
    assert "D(Q ‖ P) = Σ q(x) · ln(q(x)/p(x))" in d.explain()


def test_notes_are_not_repeated_for_the_reverse():
    d = replace(BOTH, diagnostics=(Note("seen", "of A and B"),))
    d = replace(d, reverse=replace(BOTH.reverse, diagnostics=(Note("seen", "of B and A"),)))
    assert d.explain().count("Note: ") == 1


def test_errors_of_other_kinds_are_said():
    text = ESTIMATED.explain()
    assert "standard error of 0.01; its 95 % interval is −0.02 to 0.017 nats" in text.replace("\n", " ")
    assert "The estimate is negative" in text
    assert "Note: k = 3 *used*" in text
    assert "E is the mean over x drawn from P, found by: nearest-neighbours." in text
    expected = (
        "D(P ‖ Q) = −0.003 nats (nearest-neighbours, standard error 0.01, 95 % interval −0.02 to 0.017)"
    )
    assert str(ESTIMATED) == expected
    assert "between 0.2 and 0.3 bans" in BOUNDED.explain()
    assert str(BOUNDED) == "D(P ‖ Q) = 0.25 bans (quadrature, between 0.2 and 0.3)"
    tight = replace(BOUNDED, error=Bounded(0.25 - 2e-12, 0.25 + 1e-12))
    assert str(tight) == "D(P ‖ Q) = 0.25 bans (quadrature, within 2×10⁻¹²)"
    assert "The true value lies within 2×10⁻¹² bans of that." in tight.explain()


def test_a_method_that_corrects_the_sum_is_said_to():
    d = replace(EXERCISE, value=0.02, method="corrected", error=Estimated(0.01, (0.0, 0.04)))
    text = d.explain()
    assert "The terms add up to 0.025267; the method corrected corrects that sum." in text


def test_questions_that_cannot_be_written_are_refused():
    for wrong in (0, -1, 18, 2.5, True):
        with pytest.raises(InvalidInputError, match="digits="):
            EXERCISE.explain(digits=wrong)
    for wrong in (0, -3, 2.5, True):
        with pytest.raises(InvalidInputError, match="max_terms="):
            EXERCISE.explain(max_terms=wrong)
    with pytest.raises(InvalidInputError, match="'pdf' is none of"):
        EXERCISE.explain("pdf")


# Labels that attack ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("d", ALL)
def test_no_character_acts_on_its_surroundings(format, d):
    for text in (d.explain(format), str(d)):
        text.encode("utf-8")
        for character in set(text) - {"\n", "\u200e"}:
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(character)


def test_columns_line_up_whatever_the_labels_are():
    lines = HOSTILE.explain().splitlines()
    rows = [line for line in lines if " = 0.066667 · " in line]
    assert len(rows) == 15
    assert len({display_width(line.partition(" = 0.066667 ·")[0]) for line in rows}) == 1


def test_labels_that_look_alike_are_told_apart():
    assert labels({0: "1", 5: 1, 6: 2}) == ["1 [0]", "1 [5]", "2"]
    long = "x" * 60
    assert len(set(labels({0: long + "a" + long, 1: long + "b" + long}))) == 2


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.names: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "bdi":
            self.names.append(data)


def test_html_holds_labels_as_text_and_only_its_own_tags():
    page = _Page()
    page.feed(HOSTILE.explain("html"))
    assert page.open == []
    own = "div p span bdi strong table thead tbody tfoot tr th td code sup"
    assert page.tags <= set(own.split())
    for label in ("<script>alert(1)</script>", "a&b", "a|b", "`code`", "שלום", "$P$ <b>&", "' '", "''"):
        assert label in page.names


def test_html_styles_itself_without_colours_that_vanish_on_dark_pages():
    html = EXERCISE.explain("html")
    assert re.findall(r"(?<![-\w])color:([^;\"]*)", html) == ["inherit"]
    assert "class=" in html
    assert "http" not in html


def test_markdown_holds_labels_as_text_and_one_table():
    markdown_it = pytest.importorskip("markdown_it")
    html = markdown_it.MarkdownIt("commonmark").enable("table").render(HOSTILE.explain("markdown"))
    page = _Page()
    page.feed(html)
    assert page.tags <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code"}
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert len(rows) == 17
    assert all(len(re.findall("<t[hd]", row)) == 4 for row in rows)
    for shown in ("&lt;script&gt;alert(1)&lt;/script&gt;", "a&amp;b", "a|b", "`code`", "_under_ *star*"):
        assert f">{shown}</td>" in html


def test_latex_escapes_what_acts_in_it():
    latex = HOSTILE.explain("latex")
    assert r"\textbackslash{}input\{x\} \$x\textasciicircum{}2\$ \%" in latex
    assert r"a\&b" in latex
    assert r"\_under\_ *star*" in latex
    body = re.sub(r"\\[\\{}$%&#_]", "", latex)
    assert body.count("{") == body.count("}")
    assert body.count("$") % 2 == 0
    for row in re.findall(r"^.*\\phantom.*$", latex, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)&", row)) == 3


def test_latex_formulas_are_understood_by_an_independent_parser():
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")
    latex = BOTH.explain("latex") + TINY.explain("latex") + INFINITE.explain("latex")
    cells = [cell for row in re.findall(r"^.*\\\\$", latex, re.MULTILINE) for cell in row[:-2].split("&")]
    formulas = re.findall(r"\\\[\n(D\(.*)\n\\\]", latex) + [cell for cell in cells if "phantom" not in cell]
    assert len(formulas) > 20
    for formula in formulas:
        if formula.strip():
            parser.parse(f"${formula.strip()}$")
