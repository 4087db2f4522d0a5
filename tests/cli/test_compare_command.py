"""`kullback compare`: the answers, how they are shown, and what is refused."""

import json
import math
from pathlib import Path

import pytest

from kullback import Divergence


def value(result):
    """The value of a run with --json."""
    assert result.exit_code == 0, result.stderr
    return Divergence.from_json(result.stdout).value


def test_prints_how_the_inputs_were_read_and_the_answer(run):
    result = run("compare", "0.5,0.3,0.2", "0.4,0.4,0.2")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "A: 3 probabilities from '0.5,0.3,0.2'",
        "B: 3 probabilities from '0.4,0.4,0.2'",
        "D(A ‖ B) = 0.025267 nats (exact)",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "0.5,0.3,0.2",
        " 0.5, 0.3, 0.2 ",
        "0.5 0.3 0.2",
        "0.5;0.3;0.2",
        "5e-1,3E-1,.2",
        "1/2,3/10,1/5",
        "+0.5,0.3,0.2",
        "a=0.5,b=0.3,c=0.2",
        "a = 0.5 ; 'b'=0.3 ; \"c\"=1/5",
        "c=0.2,a=0.5,b=0.3",
        "5,3,2",
    ],
)
def test_typed_numbers_are_read_however_they_are_separated(run, divergence, typed):
    other = "a=4,b=4,c=2" if "=" in typed else "4,4,2"
    expected = divergence({"a": 5, "b": 3, "c": 2}, {"a": 4, "b": 4, "c": 2})
    assert value(run("compare", typed, other, "--json")) == pytest.approx(expected, rel=1e-14)


def test_labels_may_hold_any_sign_when_quoted(run):
    result = run("compare", '"x,y"=0.5,\'p;q="1"\'=0.25,"a ""b"""=0.25', "c=1", "--json")
    outcomes = [term["outcome"] for term in json.loads(result.stdout)["terms"]]
    assert outcomes == ["x,y", 'p;q="1"', 'a "b"', "c"]


@pytest.mark.parametrize(
    ("a", "b", "clue"),
    [
        ("0.5,0.6", "1,1", "'0.5,0.6' sums to 1.1, not 1"),
        ("0.5,0.6", "1,1", "--as counts"),
        ("-1.5,2", "1,1", "--as logits"),
        ("-0.7,-0.6862", "1,1", "--as logits"),
        ("nan,1", "1,1", "NaN"),
        ("inf,1.5", "1,1", "infinite"),
        ("-1,2", "1,1", "number 1 is -1, negative"),
        ("0,5; 0,3", "1,1", "decimal"),
        ("0,5, 0,3", "1,1", "decimal"),
        ("0,5 0,3", "1,1", "decimal"),
        ("0.5,,0.5", "1,1", "nothing between"),
        ("0.5,0.5,", "1,1", "nothing between"),
        ("1/0,1", "1,1", "'1/0'"),
        ("1/2/3,1", "1,1", "1/4"),
        ("1e400,1", "1,1", "larger than float64"),
        ("9" * 5000, "1,1", "larger than float64"),
        ("1e-400,1", "1,1", "--as log-probs"),
        ("1e308/1e-308,1", "1,1", "float64"),
        ("1e-308/1e308,1", "1,1", "float64"),
        ("a=0.5,b", "a=1", "label=value"),
        ("a=0,5;b=0,5", "a=1", "label=value"),
        ("a=0.5 b=0.5", "a=1", "label=value"),
        ("a=half,b=half", "a=1", "'half'"),
        ("a=0.5,a=0.5", "a=1", "'a' more than once"),
        ("0.5,0.3,0.2", "0.5,0.5", "3 outcomes"),
        ("0,0", "1,1", "sums to 0"),
        ("0.5,0.5", "٠.٥,٠.٥", "neither a file nor"),
        ("1_0,5", "1,1", "neither a file nor"),
        ("", "1,1", "an input is empty"),
        ("normal(0,1)", "0.5,0.5", "two named ones can be compared"),
        ("norml(0,1)", "student_t(3)", "Did you mean Normal(loc, scale)"),
        ("-", "-", "only once"),
    ],
)
def test_what_is_no_distribution_is_refused_with_its_value_and_a_way_out(run, a, b, clue):
    result = run("compare", a, b, stdin="")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert clue in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_log_probabilities_are_recognised_but_not_assumed(run):
    logs = ",".join(repr(math.log(x)) for x in (0.5, 0.3, 0.2))
    refused = run("compare", logs, "5,3,2")
    assert refused.exit_code == 2
    assert "--as log-probs" in refused.stderr
    assert value(run("compare", logs, "5,3,2", "--as-a", "log-probs", "--json")) < 1e-15


def test_meaning_is_said_for_both_sides_or_for_each(run, divergence):
    weights = {"0": math.exp(1), "1": math.exp(-2), "2": math.exp(0.5)}
    logits = "1,-2,0.5"
    same = run("compare", "--as", "logits", logits, logits, "--json")
    assert value(same) == 0
    mixed = run("compare", logits, "0.2,0.3,0.5", "--as-a", "logits", "--json")
    expected = divergence(weights, {"0": 0.2, "1": 0.3, "2": 0.5})
    assert value(mixed) == pytest.approx(expected, rel=1e-13)
    other = run("compare", "0.2,0.3,0.5", "-1.5,-inf,0.2", "--as-b", "logits", "--json")
    assert value(other) == math.inf
    specific_wins = run("compare", "2,6", "0.5,1.5", "--as", "logits", "--as-a", "counts", "--as-b", "counts")
    assert "D(A ‖ B) = 0 nats" in specific_wins.stdout


def test_a_negative_number_is_an_input_and_no_option(run):
    assert run("compare", "-1,-2", "-2,-1", "--as", "logits").exit_code == 0
    assert run("compare", "--as", "logits", "--", "-1,-2", "-2,-1").exit_code == 0


@pytest.mark.parametrize(
    ("unit", "per_nat"), [("nats", 1), ("bits", 1 / math.log(2)), ("bans", 1 / math.log(10))]
)
def test_unit_and_direction(run, divergence, unit, per_nat):
    p, q = {"0": 5, "1": 3, "2": 2}, {"0": 4, "1": 4, "2": 2}
    args = ("compare", "5,3,2", "4,4,2", "--json", "--unit", unit)
    both = Divergence.from_json(run(*args, "--direction", "both").stdout)
    assert both.unit == unit
    assert both.value == pytest.approx(divergence(p, q) * per_nat, rel=1e-14)
    assert both.reverse.value == pytest.approx(divergence(q, p) * per_nat, rel=1e-14)
    assert value(run(*args, "--direction", "reverse")) == both.reverse.value


def test_json_is_strict_alone_and_says_what_was_read(run):
    result = run("compare", "a=1,b=0", "b=1", "--json", "--unit", "bits")

    def forbid(constant):
        raise AssertionError(constant)

    data = json.loads(result.stdout, parse_constant=forbid)
    assert result.stderr == ""
    assert {"value", "unit", "method", "error", "terms"} <= data.keys()
    assert [note["message"] for note in data["diagnostics"] if note["code"] == "input"] == [
        "A: 2 labelled probabilities from 'a=1,b=0'",
        "B: 1 labelled probability from 'b=1'",
    ]
    assert Divergence.from_json(result.stdout).value == math.inf


def test_infinity_is_an_answer_that_names_the_outcomes_and_how_to_smooth(run):
    result = run("compare", "a=3,b=2", "a=5")
    assert result.exit_code == 0
    assert "D(A ‖ B) = ∞" in result.stdout
    assert "rules out b" in result.stdout
    assert "add --smooth" in result.stdout
    assert "--smooth" in run("compare", "a=3,b=2", "a=5", "--explain").stdout
    assert "--smooth" not in run("compare", "0.5,0.5", "1.0,0.0").stdout  # these are no counts


def test_smoothing_covers_the_outcomes_of_both_sides(run, divergence):
    result = run("compare", "a=3,b=2", "b=1,c=4", "--smooth", "0.5", "--json")
    expected = divergence({"a": 3.5, "b": 2.5, "c": 0.5}, {"a": 0.5, "b": 1.5, "c": 4.5})
    assert value(result) == pytest.approx(expected, rel=1e-14)
    one_side = run("compare", "a=0.5,b=0.5", "b=5", "--smooth", "1", "--json")
    assert value(one_side) == pytest.approx(divergence({"a": 1, "b": 1}, {"a": 1, "b": 6}), rel=1e-14)
    by_position = run("compare", "3,0", "0,4", "--smooth", "1", "--json")
    assert value(by_position) == pytest.approx(divergence({"a": 4, "b": 1}, {"a": 1, "b": 5}), rel=1e-14)


@pytest.mark.parametrize(
    ("options", "clue"),
    [
        (["--smooth", "0.5"], "neither input is counts"),
        (["--smooth", "0"], "--smooth"),
        (["--smooth", "nan"], "finite"),
        (["--fail-above", "nan"], "finite"),
        (["--fail-above", "-1"], "--fail-above"),
        (["--method", "exat"], "'exact'"),
        (["--unit", "bit"], "'bits'"),
        (["--unti", "bits"], "--unit"),
        (["--as", "text"], "--as text"),
        (["--labels", "x"], "names none"),
        (["--json", "--explain"], "--json"),
        (["--plot", "x.bmpp"], ".svg"),
        (["--plot", "no/such/folder/x.png"], "cannot be written"),
    ],
)
def test_options_that_do_not_fit_are_refused(run, options, clue):
    result = run("compare", "0.5,0.5", "0.4,0.6", *options)
    assert result.exit_code == 2
    assert clue in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("a", "b", "limit", "code"),
    [
        ("0.5,0.5", "0.4,0.6", "0.0204", 1),
        ("0.5,0.5", "0.4,0.6", "0.0205", 0),
        ("0.5,0.5", "0.5,0.5", "0", 0),
        ("1,1", "1,0", "1e300", 1),
    ],
)
def test_gate(run, a, b, limit, code):
    result = run("compare", a, b, "--fail-above", limit)
    assert result.exit_code == code
    assert "D(A ‖ B)" in result.stdout
    assert ("Gate failed" in result.stderr) == bool(code)


def test_gate_holds_for_both_directions_and_with_json(run):
    args = ("compare", "1,0", "1,1", "--fail-above", "1")
    assert run(*args).exit_code == 0
    both = run(*args, "--direction", "both", "--json")
    assert both.exit_code == 1
    assert "D(B ‖ A)" in both.stderr
    assert Divergence.from_json(both.stdout).value == pytest.approx(math.log(2))


def test_explain_writes_the_steps(run):
    result = run("compare", "0.5,0.3,0.2", "0.4,0.4,0.2", "--explain")
    assert "0.5/0.4" in result.stdout
    assert "0.025267 nats" in result.stdout
    assert "0.036453 bits" in result.stdout


def test_plot_draws_a_file_and_says_so(run):
    result = run("compare", "0.5,0.3,0.2", "0.4,0.4,0.2", "--plot", "terms.png")
    assert result.exit_code == 0
    assert "terms.png" in result.stdout
    assert Path("terms.png").read_bytes().startswith(b"\x89PNG")
    quiet = run("compare", "0.5,0.3,0.2", "0.4,0.4,0.2", "--plot", "terms.svg", "--json")
    json.loads(quiet.stdout)
    assert "<svg" in Path("terms.svg").read_text(encoding="utf-8")


def test_names_are_used_throughout(run):
    result = run("compare", "0.5,0.5", "0.4,0.6", "--names", "old", "new")
    assert result.stdout.startswith("old: 2")
    assert "D(old ‖ new)" in result.stdout


def test_labels_on_one_side_only_are_matched_by_position_and_this_is_said(run):
    result = run("compare", "a=0.5,b=0.5", "0.5,0.5")
    assert "matched by position" in result.stdout


def test_counted_symbols_are_never_matched_by_position(run):
    Path("t.txt").write_text("abab\n", encoding="utf-8")
    for pair in (("t.txt", "1,2,3"), ("1,2,3", "t.txt")):
        result = run("compare", *pair)
        assert result.exit_code == 2
        assert "Label the numbers" in result.stderr


def test_numbers_that_are_also_a_file_are_refused(run):
    Path("10").write_text("1\n", encoding="utf-8")
    result = run("compare", "10", "20")
    assert result.exit_code == 2
    assert "./10" in result.stderr


def test_debug_shows_where_an_error_happened_and_nothing_else_does(run):
    from click.testing import CliRunner

    from kullback.cli import main

    result = CliRunner().invoke(main, ["--debug", "compare", "0.5,0.6", "1,1"])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def test_an_unforeseen_error_is_one_message_and_code_2(run, monkeypatch):
    def broken(request):
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("kullback.cli.inputs.read.read", broken)
    result = run("compare", "1,1", "1,1")
    assert result.exit_code == 2
    assert "ZeroDivisionError: odd" in result.stderr
    assert "--debug" in result.stderr
