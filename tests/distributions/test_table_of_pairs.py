"""The documentation's table says what the package does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kullback.distributions as kd
from kullback.distributions.registry import registered_forms
from kullback.distributions.table import exact_pairs, families, render

PAIRS = {(pair.p.__name__, pair.q.__name__): pair for pair in exact_pairs()}


def test_every_pair_that_is_held_against_mpmath_is_in_the_table():
    reference = Path(__file__).with_name("reference.json")
    rows = json.loads(reference.read_text(encoding="utf-8"))
    assert {(a, b) for a, _, b, _, _ in rows} <= set(PAIRS)


def test_at_least_200_pairs_of_two_families_are_in_the_table():
    assert len([1 for a, b in PAIRS if a != b]) >= 200
    assert all(pair.source for pair in PAIRS.values())


@pytest.mark.parametrize(
    ("p", "q", "method"),
    [
        ("Normal", "Normal", "closed form"),
        ("Weibull", "Nakagami", "closed form"),
        ("Gamma", "LogNormal", "expectations"),
        ("Binomial", "Poisson", "finite sum"),
    ],
)
def test_the_method_is_named(p, q, method):
    assert PAIRS[p, q].method == method


@pytest.mark.parametrize(
    ("p", "q"),
    [("Normal", "Gamma"), ("Poisson", "Binomial"), ("StudentT", "Logistic"), ("Poisson", "Normal")],
)
def test_pairs_that_are_infinite_or_numerical_are_not_in_the_table(p, q):
    assert (p, q) not in PAIRS


def test_the_page_names_every_form_and_every_family():
    page = subprocess.run(
        [sys.executable, "-m", "kullback.distributions.table"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert page == render()
    for form in (
        f for f in registered_forms() if f.p.__module__.startswith("kullback.distributions.families")
    ):
        assert form.source.replace("|", "\\|") in page
    named = {name for pair in PAIRS for name in pair}
    assert named <= {family.__name__ for family in families()} <= set(kd.__all__)
