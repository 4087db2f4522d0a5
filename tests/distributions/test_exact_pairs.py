"""Every exact pair of scalar families, at moderate parameters and near p = q, against mpmath."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import kullback.distributions as kd
from kullback.distributions.divergence import exact_answer

ROWS = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
PAIRS = sorted({(a, b) for a, _, b, _, _ in ROWS})


def computed(family_p: str, p: list[float], family_q: str, q: list[float]) -> float:
    answer = exact_answer(getattr(kd, family_p)(*p), getattr(kd, family_q)(*q))
    assert answer is not None, f"{family_p} ‖ {family_q} has no exact form"
    return float(answer.value)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " ‖ ".join(pair))
def test_every_exact_pair_is_right_to_1e_13(pair: tuple[str, str]) -> None:
    for a, p, b, q, value in ROWS:
        if (a, b) == pair:
            true = float(value)
            assert computed(a, p, b, q) == pytest.approx(true, rel=1e-13, abs=0)


def test_no_exact_divergence_is_negative() -> None:
    for a, p, b, q, _ in ROWS:
        assert computed(a, p, b, q) >= 0, (a, p, b, q)
    for family, parameters in {(a, tuple(p)) for a, p, _, _, _ in ROWS}:
        record = getattr(kd, family)(*parameters)
        assert float(kd.kl_divergence(record, record)) == 0, family


def test_there_are_at_least_200_finite_exact_pairs_between_different_families() -> None:
    """Pairs that are infinite by their supports do not count, and neither does a family with itself."""
    assert len([1 for a, b in PAIRS if a != b]) >= 400
    assert len([1 for a, b in PAIRS if a == b]) >= 40


def test_each_family_near_itself_is_in_the_table() -> None:
    gaps = Counter(a for a, p, b, q, _ in ROWS if a == b and np.allclose(p, q, rtol=0.01))
    assert set(gaps.values()) == {3}
    assert len(gaps) >= 40
