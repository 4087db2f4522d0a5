"""The card in the terminal: it fits, its bars have the right sides and lengths, and names act on nothing."""

import io

import pytest
from report_cases import ALL, BOTH, EXERCISE, HOSTILE, INFINITE, MANY, divergence
from rich.cells import cell_len
from rich.console import Console


def _shown(d, width):
    console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(d)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [30, 40, 80, 200])
@pytest.mark.parametrize("d", ALL)
def test_no_line_is_wider_than_the_terminal(d, width):
    for line in _shown(d, width).splitlines():
        assert cell_len(line) <= width


def test_exercise_one():
    text = _shown(EXERCISE, 80)
    assert "D(P ‖ Q) = 0.025267 nats  (exact)" in text
    first, second, third = text.splitlines()[4:7]
    assert first.split()[1:6] == ["0", "0.5", "0.4", "0.111572", "│█████████"]
    assert second.split()[1:6] == ["1", "0.3", "0.4", "−0.086305", "███████│"]
    assert third.split()[1:6] == ["2", "0.2", "0.2", "0", "│"]
    assert "0.036453 extra bits" in text


def test_a_narrow_terminal_keeps_terms_and_bars():
    text = _shown(EXERCISE, 40)
    assert "0.4" not in text.splitlines()[4].replace("0.111572", "")
    assert "−0.086305" in text
    assert "█" in text


def test_both_directions_and_their_names_are_there():
    text = _shown(BOTH, 80)
    assert "D(English ‖ French)" in text
    assert "D(French ‖ English)" in text


def test_infinity_is_an_arrow_and_a_word():
    line = next(line for line in _shown(INFINITE, 80).splitlines() if "▶" in line)
    assert line.split()[1] == "c"
    assert "∞" in line


def test_the_rest_is_counted_and_summed():
    assert "988 others" in _shown(MANY, 80)


def test_the_smallest_term_that_is_not_zero_has_a_bar():
    d = divergence([0.5, 0.4999, 0.0001], [0.9, 0.0999, 0.0001 / 3 * 2.9])
    row = next(line for line in _shown(d, 80).splitlines() if line.startswith("│ 2"))
    assert row.strip("│ ").endswith(("▏", "│▏")) or "▏" in row


def test_names_are_no_markup():
    d = divergence([0.5, 0.5], [0.25, 0.75], ["[red]x[/red]", "[/]"], names=("[b]P[/b]", "[link=x]"))
    text = _shown(d, 80)
    for name in ("[red]x[/red]", "[/]", "[b]P[/b]", "[link=x]"):
        assert name in text
    assert "[b]P[/b]" in next(line for line in text.splitlines() if "term (nats)" in line)
    assert "\x1b" not in _shown(HOSTILE, 80)
