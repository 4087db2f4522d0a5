"""NumPyro's, TFP's and distrax's distributions as records: densities, divergences, slopes under jit."""

import warnings

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # TFP's own, about JAX
    dx = pytest.importorskip("distrax")
    nd = pytest.importorskip("numpyro.distributions")
    nt = pytest.importorskip("numpyro.distributions.transforms")
    tfp = pytest.importorskip("tensorflow_probability.substrates.jax")

from kullback import distributions as records
from kullback.distributions import kl_divergence
from kullback.distributions.adapters import as_record
from kullback.distributions.adapters.maps import Image
from kullback.distributions.supports import Integers, Whole
from kullback.errors import InvalidTypeError

td, tb = tfp.distributions, tfp.bijectors
#: Families whose records have a divergence and no density; their divergences are compared below.
WITHOUT_DENSITY = (
    records.Categorical,
    records.MatrixNormal,
    records.Multinomial,
    records.PowerSpherical,
    records.SphericalUniform,
    records.VonMisesFisher,
    records.Wishart,
)


def numpyro_cases():
    probs, a, lower = jnp.array([0.3, 0.6]), jnp.array([1.5, 2.5]), jnp.array([[1.0, 0], [0.3, 0.8]])
    return [
        nd.Bernoulli(probs),
        nd.Bernoulli(logits=probs),
        nd.Beta(a, 2.0),
        nd.BetaBinomial(1.5, a, 5),
        nd.Binomial(5, probs),
        nd.Binomial(5, logits=probs),
        nd.Categorical(jnp.array([0.2, 0.3, 0.5])),
        nd.Categorical(logits=probs),
        nd.Cauchy(0.0, a),
        nd.Chi2(a),
        nd.Dirichlet(jnp.array([1.0, 2.0, 3])),
        nd.DiscreteUniform(0, 4),
        nd.Normal(0, 1).expand((2, 3)),
        nd.Exponential(a),
        nd.Gamma(a, 2.0),
        nd.GammaPoisson(a, 2.0),
        nd.NegativeBinomial2(a, 2.0),
        nd.NegativeBinomial(5, probs),
        nd.NegativeBinomial(5, logits=probs),
        nd.Geometric(probs),
        nd.Geometric(logits=probs),
        nd.Gumbel(0, a),
        nd.HalfCauchy(a),
        nd.HalfNormal(a),
        nd.Normal(jnp.zeros((2, 3)), 1.0).to_event(1),
        nd.InverseGamma(a, 2.0),
        nd.Kumaraswamy(a, 2.0),
        nd.Laplace(0, a),
        nd.Levy(1.0, a),
        nd.LogNormal(0, a),
        nd.LogUniform(a, 5.0),
        nd.Logistic(0, a),
        nd.LowRankMultivariateNormal(jnp.zeros(2), jnp.ones((2, 1)), a),
        nd.MatrixNormal(jnp.zeros((2, 2)), lower, lower),
        nd.MixtureSameFamily(nd.Categorical(probs / 0.9), nd.Normal(probs, a)),
        nd.Multinomial(5, jnp.array([0.2, 0.3, 0.5])),
        nd.MultivariateNormal(jnp.zeros(2), scale_tril=lower),
        nd.MultivariateNormal(jnp.zeros(2), precision_matrix=lower @ lower.T),
        nd.Normal(0, a),
        nd.Pareto(a, 3.0),
        nd.Poisson(a),
        nd.StudentT(a, 0, 1),
        nd.Uniform(0, a),
        nd.VonMises(0.0, a),
        nd.Weibull(a, 2.0),
        nd.Wishart(4.0, scale_tril=lower),
        nd.RelaxedBernoulli(0.5, probs),
        nd.BetaProportion(probs, 3.0),
        nd.OrderedLogistic(0.3, jnp.array([-1.0, 0, 1])),
        nd.TransformedDistribution(nd.Normal(0, a), [nt.AffineTransform(1.0, -2.0), nt.ExpTransform()]),
        nd.TransformedDistribution(nd.Gamma(a, 1.0), nt.PowerTransform(2.0)),
        nd.TransformedDistribution(nd.Normal(jnp.zeros(3), 1.0).to_event(1), nt.StickBreakingTransform()),
        nd.TransformedDistribution(nd.Laplace(0, a), nt.SoftplusTransform()),
    ]


def tfp_cases():
    probs, a, lower = jnp.array([0.3, 0.6]), jnp.array([1.5, 2.5]), jnp.array([[1.0, 0], [0.3, -0.8]])
    z, f, o = jnp.zeros(2), jnp.float64, jnp.float64(2)
    return [
        td.Bernoulli(probs=probs),
        td.Bernoulli(logits=probs),
        td.Beta(a, o),
        td.BetaBinomial(f(5), a, o),
        td.Binomial(f(5), probs=probs),
        td.Categorical(logits=probs),
        td.Cauchy(z, a),
        td.Chi(a),
        td.Chi2(a),
        td.ContinuousBernoulli(probs=probs),
        td.Dirichlet(a),
        td.ExpGamma(a, o),
        td.ExpGamma(a, log_rate=o),
        td.ExpInverseGamma(a, o),
        td.Exponential(a),
        td.Gamma(a, o),
        td.Gamma(a, log_rate=o),
        td.GeneralizedExtremeValue(z, a, probs),
        td.GeneralizedPareto(z, a, probs),
        td.Geometric(probs=probs),
        td.Gumbel(z, a),
        td.HalfCauchy(z, a),
        td.HalfCauchy(z + 1, a),
        td.HalfNormal(a),
        td.Independent(td.Normal(jnp.zeros((2, 3)), f(1.0))),
        td.InverseGamma(a, o),
        td.InverseGaussian(a, o),
        td.Kumaraswamy(a, o),
        td.Laplace(z, a),
        td.LogLogistic(z, a),
        td.LogNormal(z, a),
        td.Logistic(z, a),
        td.LogitNormal(z, a),
        td.MixtureSameFamily(td.Categorical(probs=probs / 0.9), td.Normal(z, a)),
        td.Moyal(z, a),
        td.Multinomial(f(5), probs=probs / 0.9),
        td.MultivariateNormalDiag(z, a),
        td.MultivariateNormalTriL(z, lower),
        td.MultivariateNormalFullCovariance(z, lower @ lower.T),
        td.MultivariateNormalDiagPlusLowRankCovariance(z, a, jnp.ones((2, 1))),
        td.NegativeBinomial(f(5), probs=probs),
        td.Normal(z, a),
        td.OneHotCategorical(probs=probs / 0.9),
        td.Pareto(a, o),
        td.Poisson(a),
        td.Poisson(log_rate=a),
        td.PowerSpherical(jnp.array([0.0, 1.0, 0]), o),
        td.SphericalUniform(3, dtype=jnp.float64),
        td.StudentT(a, f(0), f(1)),
        td.Uniform(z, a),
        td.VonMises(z, a),
        td.VonMisesFisher(jnp.array([0.0, 1.0, 0]), o),
        td.Weibull(a, o),
        td.WishartTriL(f(4), jnp.abs(lower)),
        td.Zipf(a + 1, dtype=jnp.float64),
        td.TransformedDistribution(
            td.Normal(z, a), tb.Chain([tb.Exp(), tb.Shift(f(1.0)), tb.Scale(f(-2.0))])
        ),
        td.TransformedDistribution(td.Normal(z, a), tb.Softplus()),
        td.TransformedDistribution(td.MultivariateNormalTriL(z, lower), tb.SoftmaxCentered()),
        td.LogNormal(z, a),
        td.SinhArcsinh(z, a, skewness=f(0.3)),
        td.BatchBroadcast(td.Normal(f(0), a), (3, 2)),
    ]


def distrax_cases():
    probs, a, lower = jnp.array([0.3, 0.6]), jnp.array([1.5, 2.5]), jnp.array([[1.0, 0], [0.3, -0.8]])
    z, o = jnp.zeros(2), jnp.float64(2)
    return [
        dx.Bernoulli(probs=probs),
        dx.Beta(a, o),
        dx.Categorical(logits=probs),
        dx.Dirichlet(a),
        dx.Gamma(a, o),
        dx.Gumbel(z, a),
        dx.Independent(dx.Normal(z, a), 1),
        dx.Laplace(z, a),
        dx.Logistic(z, a),
        dx.MixtureSameFamily(dx.Categorical(probs=probs / 0.9), dx.Normal(z, a)),
        dx.Multinomial(5, probs=probs / 0.9),
        dx.MultivariateNormalDiag(z, a),
        dx.MultivariateNormalTri(z, lower),
        dx.MultivariateNormalTri(z, lower.T, is_lower=False),
        dx.MultivariateNormalFullCovariance(z, lower @ lower.T),
        dx.MultivariateNormalDiagPlusLowRank(z, a, jnp.ones((2, 1))),
        dx.Normal(z, a),
        dx.OneHotCategorical(probs=probs / 0.9),
        dx.Uniform(z, a),
        dx.VonMises(z, a),
        dx.LogStddevNormal(z, a),
        dx.Transformed(dx.Normal(z, a), jnp.exp),
        dx.Transformed(dx.Normal(z, a), dx.Chain([tb.Exp(), dx.ScalarAffine(1.0, 2.0)])),
        dx.Transformed(dx.Independent(dx.Normal(z, a), 1), dx.Block(dx.Tanh(), 1)),
        dx.Transformed(dx.Normal(z, a), dx.Tanh()),
    ]


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def plain(d):
    """The record of NumPy arrays, which spares JAX compiling every operation; images keep JAX's maps."""
    record = as_record(d)
    if isinstance(record, Image):
        return record
    return record.with_arrays(np.asarray(x) for _, x in record.arrays())


def points(record):
    """A few points of the support of numbers, or of vectors that may be anything; None for other spaces."""
    support, ones = record.support, (1,) * len(record.batch_shape)
    if isinstance(support, Whole):
        return jnp.full(record.event_shape, 0.3) if support.name in ("vectors", "product") else None
    if isinstance(support, Integers):
        return jnp.maximum(support.lower, -1.0) + jnp.arange(2.0).reshape(2, *ones)
    lower, upper = jnp.maximum(support.lower, -2.0), jnp.minimum(support.upper, 3.0)
    return lower + (upper - lower) * jnp.array([0.1, 0.45, 0.8]).reshape(3, *ones)


def check_densities(cases):
    for d in cases:
        record = as_record(d)
        assert record.batch_shape == tuple(d.batch_shape), d
        x = None if isinstance(record, WITHOUT_DENSITY) else points(record)
        if x is None:
            continue
        assert record.event_shape == tuple(d.event_shape), d
        ours = record.log_prob(x) if isinstance(record, Image) else plain(d).log_prob(np.asarray(x))
        np.testing.assert_allclose(ours, d.log_prob(x), rtol=1e-9, atol=1e-10, err_msg=str(d))


@pytest.mark.parametrize("cases", [numpyro_cases, tfp_cases, distrax_cases])
def test_densities_are_the_librarys(cases):
    check_densities(cases())


def divergence(p, q):
    """The library's own divergence, or None where it has none."""
    try:
        if isinstance(p, nd.Distribution):
            return nd.kl_divergence(p, q)
        return p.kl_divergence(q)
    except (NotImplementedError, AttributeError, TypeError, ValueError):
        return None


@pytest.mark.parametrize(("cases", "least"), [(numpyro_cases, 20), (tfp_cases, 60), (distrax_cases, 40)])
def test_divergences_are_the_librarys_for_every_pair_that_it_knows(cases, least):
    cases, compared = cases(), 0
    for p in cases:
        for q in cases:
            if isinstance(p, nd.Kumaraswamy) and isinstance(q, nd.Beta):
                continue  # NumPyro cuts a series after ten terms; see below
            if tuple(p.event_shape) != tuple(q.event_shape) or (theirs := divergence(p, q)) is None:
                continue
            images = any(isinstance(as_record(d), Image) for d in (p, q))
            ours = kl_divergence(p, q) if images else kl_divergence(plain(p), plain(q))
            finite = np.isfinite(theirs)
            got, want = np.broadcast_arrays(np.asarray(ours), np.asarray(theirs))
            np.testing.assert_allclose(got[finite], want[finite], rtol=1e-8, atol=1e-9, err_msg=f"{p} {q}")
            compared += 1
    assert compared >= least


PAIRS = [
    (lambda m, s: nd.Normal(m, s), lambda: nd.Normal(0.2, 1.4)),
    (lambda m, s: td.Normal(m, s), lambda: td.Gumbel(jnp.float64(0.2), jnp.float64(1.4))),
    (lambda m, s: td.Weibull(m, s), lambda: td.Weibull(jnp.float64(1.2), jnp.float64(0.4))),
    (lambda m, s: dx.Gamma(m, s), lambda: dx.Gamma(1.2, 0.4)),
    (lambda m, s: dx.Transformed(dx.Normal(m, s), jnp.exp), lambda: nd.LogNormal(0.2, 1.4)),
]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_slopes_flow_under_jit(p, q):
    """Against central differences of the value, Richardson-extrapolated: right to about 1e-10."""

    def value(at):
        return kl_divergence(p(at[0], at[1]), q())

    at, fast = jnp.array([0.8, 1.7]), jax.jit(value)
    slopes = jax.jit(jax.grad(value))(at)
    np.testing.assert_allclose(fast(at), value(at), rtol=1e-14)
    for along in range(2):
        unit = jnp.eye(2)[along]
        wide, narrow = ((fast(at + h * unit) - fast(at - h * unit)) / (2 * h) for h in (1e-3, 5e-4))
        np.testing.assert_allclose(slopes[along], (4 * narrow - wide) / 3, rtol=1e-8)


def test_point_masses_are_taken_and_weighted_ones_refused():
    assert isinstance(as_record(nd.Delta(jnp.array(1.0))), records.Delta)
    with pytest.raises(InvalidTypeError, match="Delta"):
        as_record(nd.Delta(jnp.array(1.0), log_density=0.5))


def test_one_map_of_both_changes_nothing():
    p, q = nd.Normal(0.0, 1.0), nd.Laplace(0.3, 2.0)
    apart = kl_divergence(p, q)
    for step in (nt.ExpTransform(), nt.SoftplusTransform(), nt.AffineTransform(1.0, -2.0)):
        images = (nd.TransformedDistribution(x, step) for x in (p, q))
        np.testing.assert_allclose(kl_divergence(*images), apart, rtol=1e-12)


def test_kumaraswamy_to_beta_where_numpyro_is_negative():
    p, q = nd.Kumaraswamy(1.5, 2.0), nd.Beta(1.5, 2.0)
    with mpmath.workdps(30):
        log_p = lambda x: mpmath.log(3) + mpmath.log(x) / 2 + mpmath.log1p(-(x ** mpmath.mpf(1.5)))  # noqa: E731 - a formula
        log_q = lambda x: mpmath.log(x) / 2 + mpmath.log1p(-x) - mpmath.log(mpmath.beta(1.5, 2))  # noqa: E731 - a formula
        truth = mpmath.quad(lambda x: mpmath.exp(log_p(x)) * (log_p(x) - log_q(x)), [0, 0.5, 1])
    assert float(nd.kl_divergence(p, q)) < 0
    assert float(kl_divergence(p, q)) == pytest.approx(float(truth), rel=1e-12)
