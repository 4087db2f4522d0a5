"""Sums over many or infinitely many integers: the rules, and answers against brute force and mpmath."""

import math

import numpy as np
import pytest
from mpmath import mp, mpf

from kullback import distributions as kd
from kullback.distributions.numerical import solve
from kullback.distributions.numerical.sums import block_rule


@pytest.mark.parametrize("length", [1, 256, 512, 1024, 2**14, 2**15, 2**20])
def test_block_rules_sum_polynomials_exactly(length: int) -> None:
    nodes, fine, coarse = block_rule(length)
    assert np.all(nodes == np.rint(nodes))
    assert nodes[0] >= 0
    assert nodes[-1] < length
    every = (np.arange(length) + 0.5) / length
    at = (nodes + 0.5) / length
    for degree in (0, 1, 2, 5, 10, 19, 20):
        exact = math.fsum(every**degree)
        assert fine @ at**degree == pytest.approx(exact, rel=1e-13)
        if degree <= 10:
            assert coarse @ at**degree == pytest.approx(exact, rel=1e-13)


def brute(p: kd.Distribution, q: kd.Distribution, last: int) -> float:
    x = np.arange(last + 1.0)
    log_p, log_q = p.log_prob(x), q.log_prob(x)
    present = log_p > -np.inf
    return math.fsum((np.exp(log_p) * (log_p - log_q))[present])


@pytest.mark.parametrize(
    ("p", "q", "last"),
    [
        (kd.Poisson(3.0), kd.NegativeBinomial(4.0, 0.5), 200),
        (kd.NegativeBinomial(0.3, 0.9), kd.Poisson(2.0), 2000),
        (kd.Poisson(2e4), kd.NegativeBinomial(50.0, 0.99), 30_000),
        (kd.Mixture([0.3, 0.7], kd.Poisson([3.0, 900.0])), kd.Geometric(0.01), 3000),
        (kd.Geometric(1e-3), kd.Mixture([0.5, 0.5], kd.Geometric([1e-2, 1e-4])), 80_000),
    ],
)
def test_infinite_sums_agree_with_brute_force(p: kd.Distribution, q: kd.Distribution, last: int) -> None:
    answer = solve(p, q)
    assert answer.method == "bounded sum"
    assert answer.value == pytest.approx(brute(p, q, last), rel=1e-9)
    assert answer.lower <= answer.value <= answer.upper
    assert answer.upper - answer.lower < 1e-6 * answer.value


def test_a_trillion_terms_cost_no_more_than_a_few() -> None:
    p, q = 1e-12, 3e-12
    answer = solve(kd.Geometric(p), kd.Geometric(q))
    mp.dps = 40
    a, b = mpf(p), mpf(q)
    true = mp.log(a / b) + (1 - a) / a * mp.log((1 - a) / (1 - b))
    assert answer.lower <= true <= answer.upper
    assert answer.upper - answer.lower < 1e-12


def test_tails_of_powers_are_summed_to_infinity() -> None:
    """Σ k^−1.05 needs e^700 terms for 15 digits."""
    s, r = mpf("1.05"), mpf("1.07")
    mp.dps = 30
    true = (s - r) * mp.zeta(s, derivative=1) / mp.zeta(s) + mp.log(mp.zeta(r) / mp.zeta(s))
    answer = solve(kd.Zipf(1.05), kd.Zipf(1.07))
    assert float(answer.lower) <= true <= float(answer.upper)
    assert answer.upper - answer.lower < 1e-9


def test_a_heavy_tail_against_a_light_one() -> None:
    """E_p X = ζ(s − 1)/ζ(s) gives what D(Zipf ‖ Geometric) is."""
    s, g = mpf("2.05"), mpf("0.5")
    mp.dps = 30
    mean = mp.zeta(s - 1) / mp.zeta(s)
    true = s * mp.zeta(s, derivative=1) / mp.zeta(s) - mp.log(mp.zeta(s)) - mp.log(g) - mean * mp.log(1 - g)
    answer = solve(kd.Zipf(2.05), kd.Geometric(0.5))
    assert float(answer.lower) <= true <= float(answer.upper)
    assert answer.upper - answer.lower < 1e-9 * answer.value


def test_both_tails_of_skellam() -> None:
    p, q = kd.Skellam(3.0, 4.0), kd.Skellam(4.5, 2.0)
    x = np.arange(-60.0, 61.0)
    log_p = p.log_prob(x)
    answer = solve(p, q)
    assert answer.value == pytest.approx(math.fsum(np.exp(log_p) * (log_p - q.log_prob(x))), rel=1e-12)


def test_long_finite_sums() -> None:
    p, q = kd.Binomial(2e5, 0.3), kd.BetaBinomial(2e5, 3.0, 5.0)
    answer = solve(p, q)
    assert answer.value == pytest.approx(brute(p, q, 200_000), rel=1e-8)
    assert answer.upper - answer.lower < 1e-6
