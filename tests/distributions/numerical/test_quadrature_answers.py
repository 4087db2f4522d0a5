"""What quadrature answers: infinite divergences with their reason, densities without a family, refusals."""

import math

import jax
import numpy as np
import pytest
import torch
from mpmath import mp, mpf

from kullback import distributions as kd
from kullback.distributions.divergence import solve as answer_for
from kullback.distributions.numerical import Density, solve
from kullback.distributions.supports import Integers, Interval
from kullback.errors import InvalidInputError, InvalidTypeError


def mixture(weights: list[float], locs: list[float], scales: list[float]) -> kd.Mixture:
    return kd.Mixture(weights, kd.Normal(locs, scales))


def truth(log_p, log_q, points: list[float]) -> float:
    """E_p[log p − log q] by mpmath's quadrature."""
    mp.dps = 25
    return float(mp.quad(lambda x: mp.exp(log_p(x)) * (log_p(x) - log_q(x)), points))


# -- infinite ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "q", "where"),
    [
        (kd.Cauchy(0.0, 1.0), kd.Logistic(0.0, 1.0), "x → −∞"),  # E|X| diverges like a logarithm
        (kd.StudentT(2.0), mixture([0.5, 0.5], [0.0, 1.0], [1.0, 2.0]), "x → −∞"),  # E X² only just
        (kd.StudentT(3.0), kd.Gumbel(0.0, 1.0), "x → −∞"),
        (kd.Logistic(0.0, 1.0), kd.Gumbel(0.0, 1.0), "x → −∞"),  # e^x against e^−x: only just
        (kd.Pareto(1.0, 0.5), kd.Weibull(1.0, 0.5), "x → ∞"),
        (kd.InverseGamma(1.0, 1.0), kd.Lindley(1.0), "x → ∞"),
        (kd.Gamma(1.0, 1.0), kd.InverseGaussian(1.0, 1.0), "x → 0 from above"),  # E 1/X
        (kd.Zipf(2.0), kd.Geometric(0.5), "x → ∞"),
        (kd.LogNormal(0.0, 1.0), kd.Affine(kd.ExpGamma(1.0, 1.0), 0.0, 1.0), "Q"),
        (kd.GeneralizedPareto(0.0, 1.0, 1.0), kd.Exponential(1.0), "x → ∞"),
        (kd.GeneralizedExtremeValue(0.0, 1.0, 0.5), mixture([1.0], [0.0], [1.0]), "x → ∞"),
    ],
)
def test_infinite_divergences_say_where(p: kd.Distribution, q: kd.Distribution, where: str) -> None:
    answer = solve(p, q)
    assert answer.value == answer.lower == answer.upper == math.inf
    assert where in answer.note


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (kd.StudentT(1.01), kd.Logistic(0.0, 1.0)),
        (kd.StudentT(2.01), mixture([0.5, 0.5], [0.0, 1.0], [1.0, 2.0])),
        (kd.Logistic(0.0, 1.0), kd.Affine(kd.Gumbel(0.0, 1.02))),
        (kd.Gamma(1.01, 1.0), kd.InverseGaussian(1.0, 1.0)),
        (kd.Zipf(2.02), kd.Geometric(0.5)),
        (kd.GeneralizedExtremeValue(0.0, 1.0, 0.49), mixture([1.0], [0.0], [1.0])),
    ],
)
def test_divergences_that_only_just_converge_are_finite(p: kd.Distribution, q: kd.Distribution) -> None:
    answer = solve(p, q)
    assert math.isfinite(answer.upper)
    assert answer.upper - answer.lower < 1e-6 * answer.value


def test_a_gap_in_a_mixture_that_p_reaches_is_found() -> None:
    gappy = kd.Mixture([0.5, 0.5], kd.Uniform([0.0, 2.0], [1.0, 3.0]))
    answer = solve(kd.Uniform(0.0, 3.0), gappy)
    assert answer.value == math.inf
    assert "Q has no mass at x = " in answer.note
    assert solve(gappy, kd.Uniform(0.0, 3.0)).value == pytest.approx(math.log(1.5), rel=1e-14)


def test_the_parts_of_ps_support_that_q_misses_are_named() -> None:
    assert "below 0" in solve(kd.Normal(0.0, 1.0), kd.HalfCauchy(1.0)).note
    assert "above 1" in solve(kd.Gamma(2.0, 1.0), kd.Kumaraswamy(2.0, 2.0)).note


# -- finite ------------------------------------------------------------------------------------------------


def test_a_mixture_with_peaks_a_million_times_narrower() -> None:
    p = mixture([0.2, 0.8], [0.0, 5.0], [1.0, 1e-6])
    q = mixture([0.6, 0.4], [0.0, 5.0], [1.0, 1e-6])
    peaks = 0.2 * math.log(0.2 / 0.6) + 0.8 * math.log(0.8 / 0.4)  # as if they did not overlap
    answer = solve(p, q)
    assert answer.lower < peaks + 1e-5
    assert answer.value == pytest.approx(peaks, abs=2e-5)
    assert answer.upper - answer.lower < 1e-7  # doubles near 5 are 1e-9 of the narrow peak apart


def test_a_mixture_against_mpmath() -> None:
    p, q = mixture([0.3, 0.7], [0.0, 3.0], [1.0, 0.5]), kd.Laplace(1.0, 2.0)

    def log_p(x):
        parts = ((0.3, 0, 1), (0.7, 3, mpf("0.5")))
        return mp.log(sum(mpf(w) * mp.npdf(x, m, s) for w, m, s in parts))

    true = truth(log_p, lambda x: -mp.log(4) - abs(x - 1) / 2, [-12, -3, 0, 1, 2, 3, 4, 6, 12])
    answer = solve(p, q)
    assert answer.lower - 1e-15 <= true <= answer.upper + 1e-15
    assert answer.upper - answer.lower < 1e-12


def test_far_from_the_origin_nothing_is_lost() -> None:
    near = solve(kd.Normal(0.0, 1e-3), kd.Logistic(1e-3, 1e-3))
    far = solve(kd.Normal(1e8, 1e-3), kd.Logistic(1e8 + 2.0**-10, 1e-3))
    same = solve(kd.Normal(0.0, 1e-3), kd.Logistic(2.0**-10, 1e-3))
    assert far.value == pytest.approx(float(same.value), rel=1e-13)
    assert near.value != far.value


def test_equal_densities_have_divergence_zero() -> None:
    for p in (kd.StudentT(3.0), kd.Beta(0.1, 0.2), mixture([0.3, 0.7], [0.0, 3.0], [1.0, 0.5])):
        assert solve(p, p).value == 0


def test_a_density_is_any_function() -> None:
    laplace = Density(lambda x: -np.abs(x) - math.log(2.0), Interval(), points=(0.0,))
    true = float(kd.kl_divergence(kd.Normal(0.5, 2.0), kd.Laplace(0.0, 1.0)))
    answer = solve(kd.Normal(0.5, 2.0), laplace)
    assert answer.lower <= true <= answer.upper
    assert answer.upper - answer.lower < 1e-12


def test_a_normaliser_that_is_slightly_off_is_in_the_bound() -> None:
    true = float(kd.kl_divergence(kd.Laplace(0.0, 1.0), kd.Normal(0.5, 2.0)))
    off = Density(lambda x: -np.abs(x) - math.log(2.0) + 1e-6, Interval(), points=(0.0,))
    answer = solve(off, kd.Normal(0.5, 2.0))
    assert abs(answer.value - true) > 1e-8
    assert answer.lower <= true <= answer.upper


def test_a_density_on_counts() -> None:
    fair = Density(lambda k: np.where(k >= 0, -(k + 1) * math.log(2.0), -np.inf), Integers())
    true = float(kd.kl_divergence(kd.Geometric(0.3), kd.Geometric(0.5)))
    answer = solve(kd.Geometric(0.3), fair)
    assert answer.lower <= true <= answer.upper
    assert answer.upper - answer.lower < 1e-12


def test_tails_of_densities_are_judged_by_their_slopes() -> None:
    heavy = Density(lambda x: -np.log(math.pi) - np.log1p(x * x), Interval(), points=(-1.0, 0.0, 1.0))
    light = Density(lambda x: -0.5 * x * x - 0.5 * math.log(2 * math.pi), Interval(), (-1.0, 0.0, 1.0))
    assert solve(heavy, light).value == math.inf
    assert solve(light, heavy).value == pytest.approx(
        float(solve(kd.Normal(0.0, 1.0), kd.Cauchy(0.0, 1.0)).value), rel=1e-12
    )


def test_where_slopes_cannot_decide_an_error_is_raised() -> None:
    """E X² of Student's t with 2 degrees of freedom diverges, and with 2 + 1e-12 it does not."""
    t = Density(lambda x: -1.5 * np.log1p(x * x / 2) - 1.5 * math.log(2.0), Interval(), (-1.0, 0.0, 1.0))
    normal = Density(lambda x: -0.5 * x * x - 0.5 * math.log(2 * math.pi), Interval(), (-1.0, 0.0, 1.0))
    with pytest.raises(InvalidInputError, match="cannot be told"):
        solve(t, normal)


# -- refusals ----------------------------------------------------------------------------------------------


def test_a_density_that_is_not_normalised_is_refused() -> None:
    twice = Density(lambda x: -np.abs(x), Interval(), (0.0,))
    with pytest.raises(InvalidInputError, match="P's probabilities add up to 2"):
        solve(twice, kd.Laplace(0.0, 1.0))


def test_a_peak_that_is_overlooked_is_refused() -> None:
    def needle(x):
        return np.logaddexp(
            math.log(0.5) - 0.5 * x * x - 0.9189385332046727,
            math.log(0.5) - 0.5 * ((x - 1234.5) / 1e-9) ** 2 - math.log(1e-9) - 0.9189385332046727,
        )

    with pytest.raises(InvalidInputError, match="no landmark"):
        solve(Density(needle, Interval(), (0.0,)), kd.Cauchy(0.0, 1.0))
    found = solve(Density(needle, Interval(), (0.0, 1234.5, 1234.5 + 1e-9)), kd.Cauchy(0.0, 1.0))
    assert math.isfinite(found.upper)


def test_a_density_that_is_nan_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="nan for P"):
        solve(Density(lambda x: np.where(x > 1, np.nan, -x), Interval(0.0, math.inf)), kd.Lindley(1.0))


def test_gradients_are_refused_not_dropped() -> None:
    scale = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(InvalidTypeError, match="no gradient"):
        answer_for(kd.Normal(0.0, scale), kd.StudentT(3.0))
    with torch.no_grad():
        assert answer_for(kd.Normal(0.0, scale), kd.StudentT(3.0)).method == "quadrature"
    with pytest.raises(InvalidTypeError, match="while a function is traced"):
        jax.grad(lambda s: answer_for(kd.Normal(0.0, s), kd.StudentT(3.0)).value)(1.0)


# -- batches -----------------------------------------------------------------------------------------------


def test_batches_broadcast_and_keep_framework_and_dtype() -> None:
    p = kd.Normal(torch.tensor([[0.0], [1.0]]), torch.tensor([1.0, 2.0, 3.0]))
    answer = answer_for(p, kd.StudentT(3.0))
    assert answer.value.shape == (2, 3)
    assert answer.value.dtype == torch.float32
    assert bool(((answer.lower < answer.value) & (answer.value < answer.upper)).all())
    one = solve(kd.Normal(1.0, 3.0), kd.StudentT(3.0))
    assert answer.lower[1, 2] <= float(one.value) <= answer.upper[1, 2]


def test_batches_of_mixtures_are_taken_apart() -> None:
    p = kd.Mixture([[0.3, 0.7], [1.0, 0.0]], kd.Normal([0.0, 3.0], [1.0, 0.5]))
    both = solve(p, kd.Cauchy(0.0, 1.0))
    assert both.value.shape == (2,)
    assert both.value[1] == pytest.approx(
        float(solve(kd.Normal(0.0, 1.0), kd.Cauchy(0.0, 1.0)).value), rel=1e-12
    )
    assert both.value[0] == pytest.approx(
        float(solve(mixture([0.3, 0.7], [0.0, 3.0], [1.0, 0.5]), kd.Cauchy(0.0, 1.0)).value), rel=1e-12
    )


def test_no_batch_entries_give_no_answers() -> None:
    assert solve(kd.Normal(np.zeros(0), np.ones(0)), kd.StudentT(3.0)).value.shape == (0,)
