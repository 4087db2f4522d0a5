"""The door for compare(): one pair, with its method, its error and the reason of an infinity."""

import math

import numpy as np
import pytest

import kullback.distributions as kd
from kullback.distributions.answer import compare_distributions
from kullback.errors import ShapeError
from kullback.result import Bounded, Exact


def test_a_closed_form_is_exact() -> None:
    d = compare_distributions(kd.Normal(0, 1), kd.Normal(1, 2), ("prior", "posterior"))
    assert d.value == pytest.approx(math.log(2) + 2 / 8 - 0.5, rel=1e-15)
    assert (d.unit, d.method, d.names) == ("nats", "closed form", ("prior", "posterior"))
    assert isinstance(d.error, Exact)
    assert 0 < d.error.rounding < 1e-12


def test_a_finite_sum_is_exact_and_says_so() -> None:
    d = compare_distributions(kd.Binomial(3, 0.3), kd.Poisson(1.0))
    assert d.method == "finite sum"
    assert isinstance(d.error, Exact)


def test_a_number_has_bounds() -> None:
    d = compare_distributions(kd.Normal(0, 1), kd.StudentT(3.0))
    assert isinstance(d.error, Bounded)
    assert d.error.lower <= d.value <= d.error.upper


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        (kd.Normal(0, 1), kd.Gamma(1, 2), "mine has mass below 0, where yours has none"),
        (kd.Uniform(0, 3), kd.Uniform(1, 2), "mine has mass below 1 and above 2, where yours has none"),
        (kd.Poisson(2.0), kd.Binomial(5, 0.5), "mine has mass above 5, where yours has none"),
        (kd.Poisson(2.0), kd.Normal(0, 1), "where yours, on (−∞, ∞), has none"),
        (kd.Delta(1.0), kd.Normal(0, 1), "mine has mass on {1}"),
    ],
)
def test_an_infinity_says_which_part_q_misses(p: kd.Distribution, q: kd.Distribution, words: str) -> None:
    d = compare_distributions(p, q, ("mine", "yours"))
    assert d.value == math.inf
    assert words in d.diagnostics[0].message


def test_an_infinity_from_the_tails_says_so() -> None:
    d = compare_distributions(kd.HalfCauchy(1.0), kd.Exponential(1.0))
    assert d.value == math.inf
    assert "too fast for the tails of P" in d.diagnostics[0].message


def test_batches_are_sent_to_the_array_function() -> None:
    with pytest.raises(ShapeError, match=r"kullback.distributions.kl_divergence"):
        compare_distributions(kd.Normal(np.zeros(2), 1), kd.Normal(0, 1))
