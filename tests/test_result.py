import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from kullback.result import Bounded, Divergence, Estimated, Exact, Terms

LN2 = 0.6931471805599453094172321

TERMS = Terms(("a", "b"), np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([LN2, 0.0]))
ONE_BIT = Divergence(LN2, "nats", "exact", Exact(1e-16), TERMS)


def test_a_divergence_is_its_value():
    assert float(ONE_BIT) == LN2
    assert math.isclose(ONE_BIT.bits, 1, rel_tol=1e-15)
    assert math.isclose(ONE_BIT.bans, 0.30102999566398119521, rel_tol=1e-15)
    assert ONE_BIT.nats == LN2


def test_restating_in_a_unit_takes_everything_along():
    both = replace(ONE_BIT, reverse=replace(ONE_BIT, value=2 * LN2))
    bits = both.to("bits")
    assert bits.unit == "bits"
    assert bits.error == Exact(1e-16 / LN2)
    assert bits.terms is not None
    assert bits.terms.contributions.tolist() == pytest.approx([1, 0])
    assert bits.terms.p is TERMS.p
    assert bits.reverse is not None
    assert bits.reverse.bits == pytest.approx(2)
    assert bits.reverse.unit == "bits"


def test_bounds_and_estimates_are_restated_too():
    bounded = replace(ONE_BIT, error=Bounded(0.0, 2 * LN2)).to("bits").error
    assert bounded == Bounded(0.0, pytest.approx(2))
    estimated = replace(ONE_BIT, error=Estimated(LN2, (0.0, 3 * LN2), 0.9)).to("bits").error
    assert estimated == Estimated(pytest.approx(1), (0.0, pytest.approx(3)), 0.9)


def test_the_same_unit_is_the_same_object():
    assert ONE_BIT.to("nats") is ONE_BIT


def test_a_divergence_is_frozen():
    with pytest.raises(FrozenInstanceError):
        ONE_BIT.value = 0.0


def test_terms_compare_by_value():
    same = Terms(("a", "b"), TERMS.p.copy(), TERMS.q.copy(), TERMS.contributions.copy())
    assert same == TERMS
    assert replace(same, q=np.array([0.4, 0.6])) != TERMS
    assert len(TERMS) == 2
