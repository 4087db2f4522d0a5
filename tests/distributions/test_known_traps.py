"""Pairs that other libraries answer wrongly, each with the true value worked out by hand or by mpmath."""

import math

import numpy as np
import pytest
import torch
from mpmath import mp, mpf

import kullback.distributions as kd
from kullback.distributions import kl_divergence
from kullback.errors import ShapeError


def test_certain_outcomes() -> None:
    assert kl_divergence(kd.Binomial(5, 1), kd.Binomial(5, 0.5)) == pytest.approx(5 * math.log(2), rel=1e-15)
    assert kl_divergence(kd.Binomial(5, 1), kd.Binomial(5, 1)) == 0
    assert kl_divergence(kd.Binomial(5, 0), kd.Binomial(5, 0.25)) == pytest.approx(5 * math.log(4 / 3))
    assert kl_divergence(kd.Binomial(5, 0.5), kd.Binomial(5, 1)) == math.inf
    assert kl_divergence(kd.Poisson(0), kd.Poisson(2.5)) == 2.5
    assert kl_divergence(kd.Poisson(0), kd.Poisson(0)) == 0
    assert kl_divergence(kd.Poisson(2.5), kd.Poisson(0)) == math.inf
    assert kl_divergence(kd.Geometric(1), kd.Geometric(1)) == 0
    assert kl_divergence(kd.Geometric(1), kd.Geometric(0.25)) == pytest.approx(math.log(4), rel=1e-15)
    assert kl_divergence(kd.Bernoulli(1), kd.Bernoulli(0.5)) == pytest.approx(math.log(2), rel=1e-15)
    assert kl_divergence(kd.Bernoulli(0.5), kd.Bernoulli(1)) == math.inf


def test_tiny_probabilities_are_not_clamped() -> None:
    mp.dps = 30
    half = mpf(1) / 2
    true = half * mp.log(half / mpf(1e-300)) + half * mp.log(half)
    assert kl_divergence(kd.Bernoulli(0.5), kd.Bernoulli(1e-300)) == pytest.approx(float(true), rel=1e-15)


def test_normal_scales_that_overflow_when_squared() -> None:
    assert kl_divergence(kd.Normal(0, 1e200), kd.Normal(0, 1e-200)) == math.inf  # ½·10⁸⁰⁰ overflows
    narrow = kl_divergence(kd.Normal(0, 1e-200), kd.Normal(0, 1e200))
    assert narrow == pytest.approx(400 * math.log(10) - 0.5, rel=1e-15)
    assert kl_divergence(kd.Normal(0, 1e200), kd.Normal(1e200, 2e200)) == pytest.approx(
        float(kl_divergence(kd.Normal(0, 1), kd.Normal(1, 2))), rel=1e-15
    )


def test_bounded_families_inside_each_other_are_finite() -> None:
    inside = kl_divergence(kd.ContinuousBernoulli(0.3), kd.Uniform(0, 1))
    assert float(inside) == pytest.approx(0.02938620223212907, rel=1e-13)
    assert kl_divergence(kd.Uniform(0, 1), kd.ContinuousBernoulli(0.3)) > 0
    assert kl_divergence(kd.ContinuousBernoulli(0.5), kd.Uniform(0, 1)) == 0


def test_different_numbers_of_outcomes_do_not_broadcast() -> None:
    with pytest.raises(ShapeError, match="1 outcomes and Q has 3"):
        kl_divergence(kd.Categorical(np.array([1.0])), kd.Categorical(np.array([0.2, 0.3, 0.5])))
    with pytest.raises(ShapeError, match="shape"):
        kl_divergence(kd.Dirichlet(np.ones(1)), kd.Dirichlet(np.ones(3)))


def test_an_exponential_is_not_answered_the_other_way_round() -> None:
    value = kl_divergence(kd.Exponential(2.0), kd.Exponential(1.0))
    assert float(value) == pytest.approx(math.log(2) + 0.5 - 1, rel=1e-15)


def test_wishart_has_a_gradient_in_p() -> None:
    df = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
    factor = torch.tensor([[1.0, 0.0], [0.5, 2.0]], dtype=torch.float64, requires_grad=True)
    q = kd.Wishart(torch.tensor(4.0, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    kl_divergence(kd.Wishart(df, factor), q).backward()
    assert df.grad is not None
    assert factor.grad is not None
    assert bool(torch.isfinite(df.grad))
    assert bool((factor.grad != 0).any())


def test_masked_logits() -> None:
    p = kd.Categorical(logits=np.array([0.0, 1.0, -np.inf]))
    q = kd.Categorical(logits=np.array([0.3, 0.1, -np.inf]))
    two = kl_divergence(
        kd.Categorical(logits=np.array([0.0, 1.0])), kd.Categorical(logits=np.array([0.3, 0.1]))
    )
    assert kl_divergence(p, q) == pytest.approx(float(two), rel=1e-15)
    assert kl_divergence(kd.Categorical(logits=np.zeros(3)), q) == math.inf


def test_a_point_mass_under_a_density_is_infinitely_far() -> None:
    assert kl_divergence(kd.Delta(0.0), kd.Normal(0, 1)) == math.inf
    assert kl_divergence(kd.Delta(2.0), kd.Poisson(1.0)) == pytest.approx(1 + math.log(2), rel=1e-14)
    assert kl_divergence(kd.Delta(2.5), kd.Poisson(1.0)) == math.inf
    assert kl_divergence(kd.Delta(2.0), kd.Delta(2.0)) == 0
