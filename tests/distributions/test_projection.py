"""Projections against sums and integrals on grids, scipy's optimisers, and mpmath."""

import mpmath
import numpy as np
import pytest
from scipy import optimize, stats

from kullback.distributions import (
    Beta,
    Binomial,
    Categorical,
    Cauchy,
    Chi,
    ChiSquared,
    ContinuousBernoulli,
    Delta,
    DiagonalNormal,
    Dirichlet,
    ExpGamma,
    Exponential,
    Gamma,
    Geometric,
    Gumbel,
    HalfNormal,
    Independent,
    InverseGamma,
    InverseGaussian,
    Kumaraswamy,
    Laplace,
    Levy,
    LogNormal,
    Maxwell,
    Mixture,
    MultivariateNormal,
    Nakagami,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    Rayleigh,
    StudentT,
    Uniform,
    VonMises,
    Weibull,
    Wishart,
    WrappedCauchy,
    kl_divergence,
    project,
)
from kullback.errors import InvalidInputError, InvalidTypeError, ShapeError, UnknownRouteError

#: Two peaks of different weight and width.
MEANS, WIDTHS, WEIGHTS = np.array([-2.0, 2.0]), np.array([0.7, 0.5]), np.array([0.6, 0.4])
TWO_PEAKS = Mixture(WEIGHTS, Normal(MEANS, WIDTHS))

GRID = np.linspace(-15, 15, 30_001)


def two_peaks(x):
    return sum(w * stats.norm.pdf(x, m, s) for w, m, s in zip(WEIGHTS, MEANS, WIDTHS, strict=True))


def reverse_on_grid(parameters):
    """D(N(m, e^t) ‖ two peaks) as a sum over a fine grid, which for such densities is exact to rounding."""
    m, t = parameters
    q, p = stats.norm.pdf(GRID, m, np.exp(t)), two_peaks(GRID)
    inside = (q > 0) & (p > 0)
    return float(np.sum(q[inside] * np.log(q[inside] / p[inside])) * (GRID[1] - GRID[0]))


# -- the classic ---------------------------------------------------------------------------------------------


def test_the_forward_projection_of_a_mixture_has_its_moments():
    found = project(TWO_PEAKS, Normal)
    mean = np.sum(GRID * two_peaks(GRID)) * 1e-3
    variance = np.sum((GRID - mean) ** 2 * two_peaks(GRID)) * 1e-3
    np.testing.assert_allclose(found.closest.loc, mean, rtol=1e-12)
    np.testing.assert_allclose(found.closest.scale, variance**0.5, rtol=1e-12)
    p, q = two_peaks(GRID), stats.norm.pdf(GRID, mean, variance**0.5)
    np.testing.assert_allclose(found.divergence.value, np.sum(p * np.log(p / q)) * 1e-3, rtol=1e-11)
    assert (found.method, found.converged, found.other_minima) == ("moments", True, ())


def test_the_reverse_projection_of_a_mixture_is_one_peak_and_the_other_is_reported():
    found = project(TWO_PEAKS, Normal, direction="reverse")
    minima = [found, *found.other_minima]
    assert len(minima) == 2
    for one, mode in zip(minima, (-2.0, 2.0), strict=True):
        start = [mode, np.log(0.5)]
        best = optimize.minimize(
            reverse_on_grid, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15}
        )
        np.testing.assert_allclose(one.closest.loc, best.x[0], atol=1e-6)
        np.testing.assert_allclose(one.closest.scale, np.exp(best.x[1]), atol=1e-6)
        np.testing.assert_allclose(one.divergence.value, best.fun, rtol=1e-11)
        assert one.converged
    assert found.divergence.lower <= found.divergence.value <= found.divergence.upper
    assert "1 other local minimum" in str(found)


def test_forward_covers_and_reverse_seeks_a_mode():
    forward, reverse = (project(TWO_PEAKS, Normal, direction=d).closest for d in ("forward", "reverse"))
    assert stats.norm.pdf(2.0, forward.loc, forward.scale) > 0.05
    assert stats.norm.pdf(2.0, reverse.loc, reverse.scale) < 1e-6


def test_peaks_that_have_merged_leave_one_reverse_minimum():
    near = Mixture([0.5, 0.5], Normal([-0.3, 0.3], [1.0, 1.0]))
    found = project(near, Normal, direction="reverse")
    assert found.other_minima == ()
    np.testing.assert_allclose(found.closest.loc, 0.0, atol=1e-7)


def test_a_broad_minimum_between_two_near_peaks_can_be_the_best():
    p = Mixture([0.5, 0.5], Normal([-1.6, 1.6], [0.6, 0.6]))
    found = project(p, Normal, direction="reverse")
    np.testing.assert_allclose(found.closest.loc, 0.0, atol=1e-7)
    # 1.56797: scipy's Nelder-Mead from the right peak, on a sum over a fine grid
    places = sorted(float(other.closest.loc) for other in found.other_minima)
    np.testing.assert_allclose(places, [-1.56797, 1.56797], atol=1e-5)


# -- moments: every family against scipy's maximum likelihood equations or a free search ---------------------

LOG_NORMAL, GAMMA = LogNormal(0.3, 0.6), Gamma(3.0, 2.0)
TWO_GAMMAS = Mixture([0.3, 0.7], Gamma([2.0, 9.0], [1.0, 2.0]))
TWO_BETAS = Mixture([0.3, 0.7], Beta([2.0, 5.0], [4.0, 1.5]))
TWO_ANGLES = Mixture([0.4, 0.6], VonMises([0.0, 1.5], [4.0, 9.0]))

BY_MOMENTS = [
    (TWO_PEAKS, Normal, {}),
    (Laplace(1.0, 2.0), Normal, {}),
    (StudentT(9.0, 0.5, 1.0), Normal, {}),
    (Normal(1.0, 2.0), Laplace, {}),
    (Uniform(-1.0, 3.0), Laplace, {}),
    (Normal(0.4, 0.7), ExpGamma, {}),
    (TWO_ANGLES, VonMises, {}),
    (WrappedCauchy(1.0, 0.5), VonMises, {}),
    (LOG_NORMAL, Gamma, {}),
    (TWO_GAMMAS, Gamma, {}),
    (LOG_NORMAL, InverseGamma, {}),
    (LOG_NORMAL, Nakagami, {}),
    (GAMMA, ChiSquared, {}),
    (GAMMA, Chi, {}),
    (LOG_NORMAL, Exponential, {}),
    (GAMMA, HalfNormal, {}),
    (GAMMA, Rayleigh, {}),
    (GAMMA, Maxwell, {}),
    (GAMMA, Levy, {}),
    (TWO_GAMMAS, LogNormal, {}),
    (GAMMA, InverseGaussian, {}),
    (TWO_BETAS, Beta, {}),
    (TWO_BETAS, ContinuousBernoulli, {}),
    (Poisson(3.0), Geometric, {}),
    (Geometric(0.2), Poisson, {}),
    (Geometric(0.2), NegativeBinomial, {"total_count": 2.0}),
    (Binomial(7, 0.3), Binomial, {"total_count": 9.0}),
]


def name(case):
    if isinstance(case, type):
        return case.__name__
    return type(case).__name__ if not isinstance(case, dict) else "_".join(case)


@pytest.mark.parametrize(("p", "family", "fixed"), BY_MOMENTS, ids=name)
def test_moments_minimise_the_forward_divergence(p, family, fixed):
    found = project(p, family, **fixed)
    assert found.method == "moments"
    closest = {key: float(x) for key, x in found.closest.arrays()}
    for key in (key for key in closest if key not in fixed):
        h = 1e-3 * max(abs(closest[key]), 0.1)
        f2, f1, f0, b1, b2 = (
            cross_entropy(p, family(**{**closest, key: closest[key] + k * h})) for k in (2, 1, 0, -1, -2)
        )
        slope, curvature = (8 * (f1 - b1) - (f2 - b2)) / 12, f1 + b1 - 2 * f0
        assert curvature > 0
        assert abs(slope / curvature) < 1e-4  # in steps h: where the lowest point lies


def cross_entropy(p, q):
    """−E_p log q by mpmath's quadrature or a sum, from the log densities alone."""
    support = p.support
    lower, upper = (float(x) for x in (support.lower, support.upper))
    if type(support).__name__ == "Integers":
        x = np.arange(lower, min(upper, 400.0) + 1)
        return -mpmath.fsum((np.exp(p.log_prob(x)) * q.log_prob(x)).tolist())
    lower, upper = max(lower, -400.0), min(upper, 400.0)
    near = np.array([1e-12, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 0.01, 0.05])
    edges = np.concatenate([[-400, -40], np.linspace(-20, 20, 401), [40, 400], lower + near, upper - near])
    edges = np.unique(np.clip(edges, lower, upper))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = 0.5 * np.diff(edges)[:, None]
    x = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes
    return -float(np.sum(half * weights * np.exp(p.log_prob(x)) * q.log_prob(x)))


def test_gamma_moments_satisfy_the_likelihood_equations():
    found = project(LOG_NORMAL, Gamma).closest
    k, rate = mpmath.mpf(float(found.concentration)), mpmath.mpf(float(found.rate))
    mean = mpmath.exp(mpmath.mpf(0.3) + mpmath.mpf(0.6) ** 2 / 2)
    np.testing.assert_allclose(float(k / rate / mean), 1, rtol=1e-14)
    np.testing.assert_allclose(float(mpmath.digamma(k) - mpmath.log(rate)), 0.3, rtol=1e-13)


def test_dirichlet_moments_satisfy_their_equations():
    a = np.array([[200.0, 100.0, 10.0], [2.0, 9.0, 0.4]])
    found = project(Mixture([0.25, 0.75], Dirichlet(a)), Dirichlet)
    logs = [[mpmath.digamma(x) - mpmath.digamma(sum(row)) for x in row] for row in a.tolist()]
    expected = [0.25 * one + 0.75 * other for one, other in zip(*logs, strict=True)]
    alpha = [mpmath.mpf(float(x)) for x in found.closest.concentration]
    for x, e in zip(alpha, expected, strict=True):
        np.testing.assert_allclose(
            float(mpmath.digamma(x) - mpmath.digamma(sum(alpha))), float(e), rtol=1e-13
        )


def test_a_pareto_and_a_uniform_begin_where_p_does():
    p = Pareto(2.0, 3.0)
    assert project(Mixture([1.0], Pareto([2.0], [3.0])), Pareto).closest.scale == 2.0
    np.testing.assert_allclose(
        project(Mixture([1.0], Pareto([2.0], [3.0])), Pareto).closest.alpha, 3.0, rtol=1e-14
    )
    assert project(p, Pareto).method == "member"
    uniform = project(Beta(2.0, 2.0), Uniform)
    assert (uniform.closest.low, uniform.closest.high) == (0.0, 1.0)


def test_a_member_is_its_own_projection():
    found = project(GAMMA, Gamma, direction="reverse")
    assert (found.method, float(found.divergence.value)) == ("member", 0.0)
    np.testing.assert_allclose(project(Exponential(2.0), Gamma).closest.concentration, 1.0, rtol=1e-13)


# -- vectors -------------------------------------------------------------------------------------------------

COVARIANCE = np.array([[2.0, 1.1, 0.2], [1.1, 1.5, -0.3], [0.2, -0.3, 0.7]])


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_independent_normals_keep_variances_forward_and_precisions_in_reverse(direction):
    p = MultivariateNormal([1.0, 2.0, 3.0], covariance=COVARIANCE)
    found = project(p, DiagonalNormal, direction=direction).closest

    def divergence(log_scale):
        d, s = np.diag(np.exp(2 * log_scale)), COVARIANCE
        a, b = (s, d) if direction == "forward" else (d, s)
        return 0.5 * (np.trace(np.linalg.solve(b, a)) - 3 + np.linalg.slogdet(b)[1] - np.linalg.slogdet(a)[1])

    best = optimize.minimize(divergence, np.zeros(3), options={"gtol": 1e-9})
    np.testing.assert_allclose(found.scale, np.exp(best.x), rtol=1e-7)
    np.testing.assert_allclose(found.loc, [1.0, 2.0, 3.0])


def test_a_mixture_of_normal_vectors_has_the_moments_of_its_draws():
    parts = MultivariateNormal([[0.0, 1.0, 0.0], [3.0, 1.0, -1.0]], covariance=[COVARIANCE, np.eye(3)])
    found = project(Mixture([0.25, 0.75], parts), MultivariateNormal).closest
    mean = np.array([2.25, 1.0, -0.75])
    second = 0.25 * (COVARIANCE + np.outer([0, 1, 0], [0, 1, 0])) + 0.75 * (
        np.eye(3) + np.outer([3, 1, -1], [3, 1, -1])
    )
    np.testing.assert_allclose(found.loc, mean, rtol=1e-14)
    np.testing.assert_allclose(found.full_covariance(), second - np.outer(mean, mean), rtol=1e-13)


def test_independent_normals_are_taken_as_a_vector():
    found = project(Independent(Normal([0.0, 1.0], [2.0, 3.0]), 1), MultivariateNormal).closest
    np.testing.assert_allclose(found.full_covariance(), [[4.0, 0.0], [0.0, 9.0]])


def test_a_mixture_of_categoricals_is_averaged():
    p = Mixture([0.25, 0.75], Categorical([[0.5, 0.5], [0.1, 0.9]]))
    np.testing.assert_allclose(project(p, Categorical).closest.probs, [0.2, 0.8])


# -- the search ----------------------------------------------------------------------------------------------


def test_the_search_finds_weibulls_minimum_in_both_directions():
    for direction, expected in (("forward", best_weibull(False)), ("reverse", best_weibull(True))):
        found = project(GAMMA, Weibull, direction=direction)
        assert (found.method, found.converged) == ("minimisation", True)
        np.testing.assert_allclose(found.closest.scale, expected.x[0], rtol=2e-6)
        np.testing.assert_allclose(found.closest.concentration, expected.x[1], rtol=2e-6)
        np.testing.assert_allclose(found.divergence.value, expected.fun, rtol=1e-8)


def best_weibull(reverse):
    nodes, weights = np.polynomial.legendre.leggauss(2000)
    x, w = 12.5 * (nodes + 1), 12.5 * weights

    def divergence(parameters):
        logs = [
            stats.gamma.logpdf(x, 3, scale=0.5),
            stats.weibull_min.logpdf(x, parameters[1], scale=parameters[0]),
        ]
        p, q = logs[::-1] if reverse else logs
        return float(np.sum(w * np.exp(p) * (p - q)))

    return optimize.minimize(
        divergence, [1.5, 2.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15}
    )


def test_a_mixtures_laplace_stands_at_the_median():
    found = project(TWO_PEAKS, Laplace).closest
    median = optimize.brentq(lambda x: WEIGHTS @ stats.norm.cdf(x, MEANS, WIDTHS) - 0.5, -3, 3, xtol=1e-14)
    np.testing.assert_allclose(found.loc, median, atol=1e-7)
    np.testing.assert_allclose(found.scale, np.sum(np.abs(GRID - median) * two_peaks(GRID)) * 1e-3, rtol=1e-6)


def test_a_parameter_can_be_held():
    found = project(Normal(1.0, 2.0), StudentT, df=3.0)
    assert found.closest.df == 3.0
    np.testing.assert_allclose(found.closest.loc, 1.0, atol=1e-6)
    x = np.linspace(-60, 62, 20_001)
    p = stats.norm.pdf(x, 1, 2)

    def divergence(scale):
        return float(
            np.sum(p * (stats.norm.logpdf(x, 1, 2) - stats.t.logpdf(x, 3, 1, scale))) * (x[1] - x[0])
        )

    best = optimize.minimize_scalar(divergence, bounds=(0.5, 3), method="bounded", options={"xatol": 1e-9})
    np.testing.assert_allclose(found.closest.scale, best.x, rtol=1e-6)


@pytest.mark.parametrize(
    ("p", "family"),
    [(Normal(1.0, 2.0), Gumbel), (Beta(2.0, 3.0), Kumaraswamy), (Normal(0.0, 1.0), Cauchy)],
    ids=name,
)
def test_no_neighbour_of_what_the_search_finds_is_closer(p, family):
    found = project(p, family)
    assert found.converged
    least = float(found.divergence.value)
    for key, x in found.closest.arrays():
        for factor in (-1e-3, 1e-3):
            values = {k: float(v) for k, v in found.closest.arrays()}
            values[key] = float(x) + factor * max(1.0, abs(float(x)))
            assert float(kl_divergence(p, family(**values))) > least


def test_a_search_finds_the_same_in_any_unit():
    small, large = (
        project(Mixture(WEIGHTS, Normal(s * MEANS, s * WIDTHS)), Normal, direction="reverse").closest
        for s in (1e-6, 1e6)
    )
    np.testing.assert_allclose(small.loc / 1e-6, large.loc / 1e6, rtol=1e-6)
    np.testing.assert_allclose(small.scale / 1e-6, large.scale / 1e6, rtol=1e-6)


def test_other_libraries_distributions_are_taken():
    found = project(stats.gamma(3.0, scale=0.5), LogNormal)
    np.testing.assert_allclose(found.closest.loc, project(GAMMA, LogNormal).closest.loc, rtol=1e-13)


# -- what has no answer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "family", "direction", "words"),
    [
        (Cauchy(0.0, 1.0), Normal, "forward", "undefined"),
        (StudentT(1.5, 0.0, 1.0), Normal, "forward", "infinite"),
        (Normal(0.0, 1.0), Exponential, "forward", "below 0"),
        (Exponential(1.0), Normal, "reverse", "below 0"),
        (Normal(0.0, 1.0), Cauchy, "reverse", "infinite for every Cauchy"),
        (Poisson(3.0), Normal, "forward", "has mass on"),
        (Exponential(1.0), Pareto, "forward", "down to 0"),
    ],
    ids=name,
)
def test_infinite_everywhere_is_an_error_that_says_why(p, family, direction, words):
    with pytest.raises(InvalidInputError, match=words):
        project(p, family, direction=direction)


def test_a_point_mass_is_far_from_every_density():
    with pytest.raises(InvalidInputError):
        project(Delta(1.0), Normal)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ShapeError, match="batch of shape"):
        project(Normal([0.0, 1.0], 1.0), Laplace)
    with pytest.raises(InvalidTypeError, match="no class"):
        project(GAMMA, "gamma")
    with pytest.raises(InvalidInputError, match="direction='both'"):
        project(GAMMA, LogNormal, direction="both")
    with pytest.raises(InvalidInputError, match="no parameter 'mean'"):
        project(GAMMA, LogNormal, mean=1.0)
    with pytest.raises(UnknownRouteError, match="fix it"):
        project(MultivariateNormal([0.0, 0.0], covariance=np.eye(2)), Wishart)
