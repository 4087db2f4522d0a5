"""The stated bound holds: against mpmath, and against exact forms at drawn parameters, wild ones included."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import kullback.distributions as kd
from kullback.distributions.divergence import exact_answer
from kullback.distributions.numerical import solve

HERE = Path(__file__).parent
Row = list


def rows(file: Path) -> list[Row]:
    return json.loads(file.read_text(encoding="utf-8"))


def relative_bounds(table: list[Row]) -> list[float]:
    """Hold every row to its bound, and return the relative bounds of divergences that are not tiny."""
    found = []
    for a, p, b, q, text in table:
        true = float(text)
        answer = solve(getattr(kd, a)(*p), getattr(kd, b)(*q))
        assert answer.lower <= answer.value <= answer.upper
        slack = 2e-16 * true  # the reference is rounded, too
        assert answer.lower - slack <= true <= answer.upper + slack, (a, p, b, q, true, answer)
        if 1e-3 < true < np.inf:
            found.append(float((answer.upper - answer.lower) / true))
    return found


def test_the_bound_holds_for_pairs_without_an_exact_form() -> None:
    table = rows(HERE / "numerical_reference.json")
    assert len(table) >= 100
    assert np.median(relative_bounds(table)) < 1e-12


def test_the_bound_holds_for_every_exact_pair() -> None:
    """They have the right answer beside them: close and far ones, Skellam's slow ones left out."""
    table = [row for row in rows(HERE.parent / "reference.json") if "Skellam" not in row]
    assert len(table) > 500
    assert np.median(relative_bounds(table)) < 1e-12


LINE = {"Normal": "rp", "Laplace": "rp", "Logistic": "rp", "Cauchy": "rp", "StudentT": "prp", "Gumbel": "rp"}
LINE |= {"Moyal": "rp", "ExpGamma": "pp"}
HALF_LINE = {"Gamma": "pp", "Exponential": "p", "ChiSquared": "p", "Chi": "p", "HalfNormal": "p"}
HALF_LINE |= {"Rayleigh": "p", "Maxwell": "p", "Nakagami": "pp", "Weibull": "pp", "Frechet": "pp"}
HALF_LINE |= {"InverseGamma": "pp", "Levy": "p", "GeneralizedGamma": "ppp", "LogNormal": "rp"}
HALF_LINE |= {"InverseGaussian": "pp", "Lindley": "p", "BetaPrime": "pp", "FisherSnedecor": "pp"}
HALF_LINE |= {"Lomax": "pp", "LogLogistic": "pp", "Burr": "ppp", "HalfCauchy": "p"}
UNIT = {"Beta": "pp", "Kumaraswamy": "pp", "ContinuousBernoulli": "u", "LogitNormal": "rp"}
COUNTS = {"Poisson": "p", "Geometric": "u", "NegativeBinomial": "pu"}
GROUPS = (LINE, HALF_LINE, HALF_LINE, UNIT, {"VonMises": "rp"}, COUNTS, {"Zipf": "z"}, {"Pareto": "pp"})


def drawn_pair(rng: np.random.Generator, wide: float) -> tuple[kd.Distribution, kd.Distribution]:
    """Two members of one group; three in ten are one family 1e-2 to 1e-9 apart."""
    make: dict[str, Callable[[], float]] = {
        "r": lambda: rng.normal() * np.exp(wide * rng.normal()),
        "p": lambda: np.exp(wide * rng.normal()),
        "u": lambda: rng.beta(0.7, 0.7),
        "z": lambda: 1 + np.exp(wide * rng.normal()),
    }
    group = GROUPS[rng.integers(len(GROUPS))]
    a, b = rng.choice(sorted(group), 2)
    p = [float(make[kind]()) for kind in group[a]]
    q = [float(make[kind]()) for kind in group[b]]
    if rng.random() < 0.3:
        b, q = a, [x * (1 + 10 ** rng.uniform(-9, -2) * rng.normal()) for x in p]
    return getattr(kd, a)(*p), getattr(kd, b)(*q)


@pytest.mark.parametrize(("seed", "wide"), [(1, 0.6), (2, 1.0), (3, 1.5)])
def test_the_bound_holds_at_drawn_parameters(seed: int, wide: float) -> None:
    """Poles at ends, tails without a mean, scales apart by 1e4: the exact forms know the answer."""
    rng = np.random.default_rng(seed)
    held = 0
    while held < 200:
        p, q = drawn_pair(rng, wide)
        exact = exact_answer(p, q)
        if exact is None:
            continue
        true = float(exact.value)
        if not true < 1e100:  # beyond, some expectations overflow that others hold to be finite
            continue
        answer = solve(p, q)
        slack = 1e-13 * true  # what exact forms are right to
        assert answer.lower - slack <= true <= answer.upper + slack, (p, q, true, answer)
        held += 1
