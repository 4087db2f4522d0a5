"""`kullback compare` on named distributions: what is read, answered and refused."""

import json
import math

import pytest


def test_says_how_the_distributions_were_read_and_the_exact_answer(run):
    result = run("compare", "Gaussian(mu=0, sd=1/2)", "normal(1, 1)")
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "A: Normal(loc=0, scale=0.5)",
        "B: Normal(loc=1, scale=1)",
        f"D(A ‖ B) = {math.log(2) + 1.25 / 2 - 0.5:.6f} nats (closed form, exact)",
    ]


def test_units_directions_and_json(run):
    both = run(
        "compare", "exponential(1)", "exponential(2)", "--direction", "both", "--unit", "bits", "--json"
    )
    answer = json.loads(both.stdout)
    assert answer["value"] * math.log(2) == pytest.approx(1 - math.log(2), rel=1e-14)
    assert answer["reverse"]["value"] * math.log(2) == pytest.approx(math.log(2) - 0.5, rel=1e-14)


def test_a_numerical_answer_shows_its_bound(run):
    result = run("compare", "normal(0, 1)", "student_t(3)", "--json")
    error = json.loads(result.stdout)["error"]
    # by mpmath: quad of the normal density times the difference of the log densities, 30 digits
    assert error["lower"] <= 0.0691515984851762 <= error["upper"]
    assert "quadrature" in run("compare", "normal(0, 1)", "student_t(3)", "--explain").stdout


def test_infinity_says_which_part_is_missed(run):
    result = run("compare", "normal(0, 1)", "gamma(2, 1)")
    assert result.exit_code == 0
    assert "∞" in result.stdout
    assert "below 0" in result.stdout


@pytest.mark.parametrize(
    ("options", "clue"),
    [
        (["--as", "counts"], "--as"),
        (["--column", "x"], "--column"),
        (["--labels", "x"], "--labels"),
        (["--smooth", "0.5"], "--smooth"),
        (["--letters"], "--letters"),
    ],
)
def test_options_about_data_are_refused(run, options, clue):
    result = run("compare", "normal(0, 1)", "normal(1, 1)", *options)
    assert result.exit_code == 2
    assert clue in result.stderr


def test_a_file_of_that_name_is_a_file(run, tmp_path):
    (tmp_path / "notes(1)").write_text("abab")
    result = run("compare", "notes(1)", "a=0.5,b=0.5")
    assert "D(A ‖ B) = 0 nats" in result.stdout
