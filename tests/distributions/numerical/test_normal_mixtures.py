"""Mixtures of normal vectors: cubature in two and three dimensions, intervals in more, their common frame."""

import math

import numpy as np
import pytest

from kullback import distributions as kd
from kullback.distributions.numerical import cubature, mixture_bounds, solve
from kullback.distributions.numerical.gaussians import Gaussians, as_gaussians, in_common_frame
from kullback.errors import UnknownRouteError


def drawn(rng: np.random.Generator, components: int, dimension: int, spread: float = 1.5) -> Gaussians:
    a = 0.4 * rng.normal(size=(components, dimension, dimension)) + np.eye(dimension)
    factors = np.linalg.cholesky(a @ np.swapaxes(a, -1, -2) + 0.1 * np.eye(dimension))
    means = spread * rng.normal(size=(components, dimension))
    return Gaussians(rng.dirichlet(np.ones(components)), means, factors)


def record(x: Gaussians) -> kd.Mixture:
    return kd.Mixture(x.weights, kd.MultivariateNormal(x.means, scale_tril=x.factors))


def single(x: Gaussians) -> kd.MultivariateNormal:
    return kd.MultivariateNormal(x.means[0], scale_tril=x.factors[0])


@pytest.mark.parametrize("seed", range(12))
def test_cubature_holds_its_bound_where_the_answer_is_known(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = drawn(rng, 1, 2), drawn(rng, 1, 2)
    true = float(kd.kl_divergence(single(p), single(q)))
    answer = cubature.integrate(*in_common_frame(p, q))
    assert answer.lower <= true <= answer.upper
    assert answer.upper - answer.lower < 1e-8 * true


def test_cubature_in_three_dimensions() -> None:
    rng = np.random.default_rng(5)
    p, q = drawn(rng, 1, 3, 0.5), drawn(rng, 1, 3, 0.5)
    true = float(kd.kl_divergence(single(p), single(q)))
    answer = cubature.integrate(*in_common_frame(p, q))
    assert answer.lower <= true <= answer.upper
    assert answer.upper - answer.lower < 1e-3 * true


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_contains_what_cubature_finds(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    p, q = (drawn(rng, int(rng.integers(1, 5)), 2, rng.choice([0.3, 1.0, 4.0])) for _ in range(2))
    frame = in_common_frame(p, q)
    with np.errstate(all="ignore"):
        exact, interval = cubature.integrate(*frame), mixture_bounds.enclose(*frame)
    assert interval.lower <= exact.upper
    assert exact.lower <= interval.upper
    assert interval.lower <= interval.value <= interval.upper


def test_the_interval_is_narrow_for_well_separated_components() -> None:
    """Ten standard deviations apart, components do not meet: the divergence is that of matched parts."""
    rng = np.random.default_rng(0)
    means = 20.0 * np.eye(4)[:3]
    p = Gaussians(np.array([0.2, 0.3, 0.5]), means, drawn(rng, 3, 4).factors)
    q = Gaussians(np.array([0.4, 0.4, 0.2]), means, drawn(rng, 3, 4).factors)
    parts = [
        float(kd.kl_divergence(*(kd.MultivariateNormal(x.means[k], scale_tril=x.factors[k]) for x in (p, q))))
        for k in range(3)
    ]
    true = float(p.weights @ (np.log(p.weights / q.weights) + parts))
    answer = solve(record(p), record(q))
    assert answer.method == "mixture bounds"
    assert answer.lower - 1e-9 <= true <= answer.upper + 1e-9
    assert answer.value == pytest.approx(true, rel=1e-6)


def test_directions_in_which_nothing_differs_are_left_out() -> None:
    """In ten dimensions, with one covariance and means on a line, it is a question of one dimension."""
    rng = np.random.default_rng(1)
    factor = drawn(rng, 1, 10).factors[0]
    line = rng.normal(size=10)
    p, q = ([-1.0, 2.0], [0.3, 0.7]), ([0.5], [1.0])
    high, low = [], []
    for places, weights in (p, q):
        means = np.array(places)[:, None] * line
        high.append(
            kd.Mixture(weights, kd.MultivariateNormal(means, scale_tril=np.stack([factor] * len(means))))
        )
        size = float(np.linalg.norm(np.linalg.solve(factor, line)))
        low.append(kd.Mixture(weights, kd.Normal(size * np.array(places), 1.0)))
    answer, plain = solve(*high), solve(*low)
    assert answer.method == "quadrature"
    assert answer.value == pytest.approx(float(plain.value), rel=1e-11)


def test_mixtures_with_themselves_and_with_normals() -> None:
    rng = np.random.default_rng(2)
    p = drawn(rng, 3, 2)
    assert solve(record(p), record(p)).value == 0
    whole = kd.MultivariateNormal(*p.moments())
    narrow = solve(record(p), whole)
    assert 0 < narrow.lower <= narrow.upper < math.inf
    assert narrow.upper - narrow.lower < 1e-7


def test_diagonal_and_independent_normals_are_normal_vectors() -> None:
    means, scales = np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[1.0, 0.5], [0.7, 2.0]])
    q = kd.DiagonalNormal([1.0, 0.0], [2.0, 2.0])
    one = solve(kd.Mixture([0.4, 0.6], kd.DiagonalNormal(means, scales)), q)
    two = solve(kd.Mixture([0.4, 0.6], kd.Independent(kd.Normal(means, scales), 1)), q)
    assert one.value == two.value
    assert as_gaussians(q).factors.shape == (1, 2, 2)


def test_components_of_weight_zero_are_left_out() -> None:
    rng = np.random.default_rng(3)
    p, q = drawn(rng, 2, 2), drawn(rng, 1, 2)
    padded = Gaussians(
        np.array([*p.weights, 0.0]), *(np.concatenate([x, x[:1]]) for x in (p.means, p.factors))
    )
    assert solve(record(padded), record(q)).value == solve(record(p), record(q)).value


def test_what_no_method_serves_says_so() -> None:
    p = kd.Mixture([0.5, 0.5], kd.Dirichlet([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]]))
    with pytest.raises(UnknownRouteError, match="no deterministic method"):
        solve(p, kd.Dirichlet([1.0, 1.0, 1.0]))
