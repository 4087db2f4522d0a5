"""Monte Carlo by name: it covers the truth as often as it says, and warns where it cannot."""

import math

import numpy as np
import pytest

from kullback import distributions as kd
from kullback.distributions.numerical.monte_carlo import estimate, tail_shape
from kullback.distributions.numerical.sampling import draw
from kullback.errors import InvalidInputError, UnknownRouteError
from kullback.result import Estimated

DRAWN = [
    kd.Normal(1.0, 2.0),
    kd.Laplace(1.0, 2.0),
    kd.Logistic(1.0, 2.0),
    kd.StudentT(5.0, 1.0, 2.0),
    kd.LogNormal(0.3, 0.4),
    kd.Pareto(1.2, 4.5),
    kd.Uniform(1.0, 3.0),
    kd.Beta(2.0, 3.0),
    kd.Gamma(2.0, 3.0),
    kd.Weibull(2.0, 1.5),
    kd.Gumbel(1.0, 2.0),
    kd.Lomax(2.0, 4.5),
    kd.Poisson(3.0),
    kd.Geometric(0.3),
    kd.Binomial(7.0, 0.3),
    kd.NegativeBinomial(2.5, 0.4),
    kd.Affine(kd.Gamma(2.0, 3.0), 5.0, 2.0),
    kd.Mixture([0.3, 0.7], kd.Normal([0.0, 5.0], [1.0, 2.0])),
]


@pytest.mark.parametrize("p", DRAWN, ids=lambda p: type(p).__name__)
def test_draws_have_the_familys_mean_and_variance(p: kd.Distribution) -> None:
    x = draw(p, np.random.default_rng(0), 40_000)
    spread = math.sqrt(float(p.variance()))
    assert abs(x.mean() - float(p.mean())) < 5 * spread / 200
    assert x.std() == pytest.approx(spread, rel=0.1)


def test_vectors_are_drawn_with_their_covariance() -> None:
    factor = np.array([[1.0, 0.0], [0.5, 2.0]])
    x = draw(kd.MultivariateNormal([1.0, -1.0], scale_tril=factor), np.random.default_rng(0), 40_000)
    assert np.cov(x.T) == pytest.approx(factor @ factor.T, abs=0.1)
    assert x.mean(axis=0) == pytest.approx([1.0, -1.0], abs=0.05)


def test_intervals_cover_as_often_as_they_say() -> None:
    p, q = kd.Gamma(2.0, 1.0), kd.Gamma(3.0, 1.5)
    true = float(kd.kl_divergence(p, q))
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        error = estimate(p, q, draws=400, rng=rng).error
        assert isinstance(error, Estimated)
        hits += error.interval[0] <= true <= error.interval[1]
    assert 0.91 * 400 <= hits <= 0.98 * 400


def test_one_seed_gives_one_answer_and_none_is_refused() -> None:
    p, q = kd.Normal(0.0, 1.0), kd.Cauchy(0.0, 1.0)
    assert estimate(p, q, seed=1) == estimate(p, q, seed=1)
    assert estimate(p, q, seed=1).value != estimate(p, q, seed=2).value
    with pytest.raises(InvalidInputError, match="exactly one"):
        estimate(p, q)
    with pytest.raises(InvalidInputError, match="exactly one"):
        estimate(p, q, seed=1, rng=np.random.default_rng(1))


def test_a_heavy_tail_of_the_log_ratio_is_warned_of() -> None:
    warned = estimate(kd.StudentT(2.5), kd.Normal(0.0, 1.0), seed=0).diagnostics
    assert [note.code for note in warned] == ["heavy-tail"]
    assert estimate(kd.Normal(0.0, 1.0), kd.StudentT(2.5), seed=0).diagnostics == ()


def test_the_tail_shape_is_that_of_a_pareto_distribution() -> None:
    rng = np.random.default_rng(0)
    for alpha in (1.0, 2.0, 5.0):
        assert tail_shape(rng.pareto(alpha, 200_000)) == pytest.approx(1 / alpha, abs=0.1)
    assert abs(tail_shape(rng.standard_exponential(200_000))) < 0.1


def test_draws_outside_qs_support_make_it_infinite() -> None:
    found = estimate(kd.Uniform(0.0, 2.0), kd.Uniform(0.0, 1.0), seed=0)
    assert found.value == math.inf
    assert found.diagnostics[0].code == "infinite"


def test_families_that_cannot_be_drawn_from_say_so() -> None:
    with pytest.raises(UnknownRouteError, match="drawing from VonMises"):
        estimate(kd.VonMises(0.0, 1.0), kd.VonMises(0.0, 2.0), seed=0)
