"""Distributions of torch as records: the same densities, divergences and slopes where torch's are right."""

import math

import mpmath
import pytest
import torch
from torch import distributions as td
from torch.distributions import transforms as tt
from torch.distributions.kl import _KL_REGISTRY
from torch_cases import Draw, name, one_of_each, others

from kullback import distributions as records
from kullback.distributions import kl_divergence
from kullback.distributions.adapters import as_record
from kullback.errors import InvalidTypeError

EACH = {type(d): d for d in one_of_each(1)}
OTHER = {type(d): d for d in one_of_each(2)}
#: torch says inf for the first, which is finite; the second is its recipe for families, not a family.
NOT_COMPARABLE = {(td.ContinuousBernoulli, td.Uniform), (td.ExponentialFamily, td.ExponentialFamily)}
PAIRS = sorted(set(_KL_REGISTRY) - NOT_COMPARABLE, key=str)
#: Families whose records have a divergence and no density; their divergences are compared below.
WITHOUT_DENSITY = (records.Categorical, records.Multinomial, records.Wishart)
CASES = [d for d in (*one_of_each(3), *others(4)) if not isinstance(as_record(d), WITHOUT_DENSITY)]


@pytest.fixture(autouse=True)
def _double():
    """torch's GeneralizedPareto compares with a constant of the default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values if len(values) > 1 else values[0], dtype=torch.float64)


@pytest.mark.parametrize("d", CASES, ids=name)
def test_densities_are_torchs(d):
    record = as_record(d)
    torch.manual_seed(5)
    x = d.sample((7,))
    # torch's Bessel function in the von Mises density is a polynomial, right to 1e-7
    rtol = 1e-6 if isinstance(d, td.VonMises) else 1e-10
    torch.testing.assert_close(record.log_prob(x), d.log_prob(x), rtol=rtol, atol=1e-10)
    assert (record.batch_shape, record.event_shape) == (tuple(d.batch_shape), tuple(d.event_shape))


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=[f"{p.__name__}-{q.__name__}" for p, q in PAIRS])
def test_divergences_are_torchs_for_every_pair_that_it_registers(p, q):
    ours, theirs = kl_divergence(EACH[p], OTHER[q]), td.kl_divergence(EACH[p], OTHER[q])
    torch.testing.assert_close(ours, theirs.expand(ours.shape), rtol=2e-10, atol=1e-12)
    assert ours.shape == EACH[p].batch_shape


def test_every_class_that_torch_registers_has_a_case():
    assert {cls for pair in set(_KL_REGISTRY) - NOT_COMPARABLE for cls in pair} <= set(EACH)


@pytest.mark.parametrize(
    ("p", "q", "truth"),
    [
        (td.Binomial(5, f64(1.0)), td.Binomial(5, f64(0.5)), 5 * mpmath.log(2)),
        (td.Binomial(5, f64(1.0)), td.Binomial(5, f64(1.0)), 0),
        (td.Poisson(f64(0.0)), td.Poisson(f64(0.5)), 0.5),
        (td.Geometric(f64(1.0)), td.Geometric(f64(1.0)), 0),
        (td.Bernoulli(f64(0.5)), td.Bernoulli(f64(1e-300)), mpmath.log(0.5) - mpmath.log(1e-300) / 2),
        (td.Normal(f64(0.0), f64(1e-200)), td.Normal(f64(0.0), f64(2e-200)), mpmath.log(2) - 0.375),
    ],
    ids=["binomial at 1", "binomial at 1 itself", "poisson at 0", "geometric at 1", "rare event", "scales"],
)
def test_what_torch_has_wrong(p, q, truth):
    """Truths by hand, from the definition; torch answers −inf, NaN, NaN, inf, 17.3, NaN or inf."""
    torch.testing.assert_close(kl_divergence(p, q), f64(float(truth)), rtol=1e-14, atol=1e-300)


def test_continuous_bernoulli_to_uniform_is_finite_where_torch_says_inf():
    p = td.ContinuousBernoulli(f64(0.3))
    with mpmath.workdps(30):
        eta = mpmath.log(mpmath.mpf(0.3) / (1 - mpmath.mpf(0.3)))
        constant = mpmath.log(eta / mpmath.expm1(eta))
        truth = mpmath.quad(lambda x: (eta * x + constant) * mpmath.exp(eta * x + constant), [0, 1])
    value = kl_divergence(p, td.Uniform(f64(0.0), f64(1.0)))
    assert float(value) == pytest.approx(float(truth), rel=1e-13)


# -- the facts that torch's own tests of kl_divergence hold it to ----------------------------------------


@pytest.mark.parametrize("p", EACH.values(), ids=name)
def test_a_distribution_is_at_distance_zero_from_itself(p):
    value = kl_divergence(p, p)
    assert value.shape == p.batch_shape
    assert bool((value >= 0).all())
    assert bool((value < 1e-13).all())


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (td.Bernoulli(f64(1.0)), td.Bernoulli(f64(0.0))),
        (td.Bernoulli(f64(0.0)), td.Bernoulli(f64(1.0))),
        (td.Categorical(f64(0.9, 0.1)), td.Categorical(f64(1.0, 0.0))),
        (td.Categorical(f64(0.9, 0.1)), td.Categorical(f64(0.0, 1.0))),
        (td.Uniform(f64(-1.0), f64(1.0)), td.Uniform(f64(0.0), f64(2.0))),
        (td.Pareto(f64(1.0), f64(2.0)), td.Pareto(f64(2.0), f64(2.0))),
        (td.Beta(f64(1.0), f64(2.0)), td.Uniform(f64(0.25), f64(1.0))),
        (td.Beta(f64(1.0), f64(2.0)), td.Pareto(f64(1.0), f64(2.0))),
        (td.Exponential(f64(1.0)), td.Beta(f64(1.0), f64(2.0))),
        (td.Gumbel(f64(-1.0), f64(2.0)), td.Gamma(f64(1.0), f64(2.0))),
        (td.Laplace(f64(-1.0), f64(2.0)), td.Uniform(f64(-1.0), f64(2.0))),
        (td.Normal(f64(-1.0), f64(2.0)), td.ContinuousBernoulli(f64(0.25))),
        (td.Poisson(f64(2.0)), td.Bernoulli(f64(0.75))),
        (td.Poisson(f64(2.0)), td.Binomial(5, f64(0.75))),
        (td.Binomial(5, f64(0.5)), td.Binomial(4, f64(0.5))),
    ],
    ids=lambda d: type(d).__name__,
)
def test_mass_that_q_misses_is_infinite(p, q):
    assert float(kl_divergence(p, q)) == math.inf


@pytest.mark.parametrize(
    "p",
    [
        td.Bernoulli(f64(0.0)),
        td.Bernoulli(f64(1.0)),
        td.Categorical(f64(0.0, 1.0)),
        td.Categorical(f64(1.0, 0.0)),
        td.OneHotCategorical(f64(1.0, 0.0)),
    ],
    ids=name,
)
def test_outcomes_that_cannot_happen_do_no_harm(p):
    assert float(kl_divergence(p, p)) == 0.0


def test_independent_sums_the_divergence_of_its_base():
    d = Draw(7, (2, 3))
    p, q = (td.Normal(d.between(-1, 1), d.between(0.5, 2)) for _ in range(2))
    apart = td.kl_divergence(p, q)
    for n in (0, 1, 2):
        together = kl_divergence(td.Independent(p, n), td.Independent(q, n))
        torch.testing.assert_close(together, apart.sum(tuple(range(-n, 0))) if n else apart)


def test_multivariate_normals_broadcast_over_batches_and_accept_low_rank():
    d = Draw(8, (2,))
    one = td.MultivariateNormal(d.between(-1, 1, 3)[0], scale_tril=d.factor(3)[0])
    many = td.LowRankMultivariateNormal(d.between(-1, 1, 3), d.between(-1, 1, 3, 2), d.between(0.5, 2, 3))
    for p, q in ((one, many), (many, one), (many, many.expand((5, 2)))):
        torch.testing.assert_close(kl_divergence(p, q), td.kl_divergence(p, q), rtol=1e-10, atol=1e-12)


def test_one_map_of_both_changes_nothing_and_keeps_shapes():
    base = td.Independent(td.Normal(torch.zeros(2, 3), torch.ones(2, 3)), 1)
    other = td.Independent(td.Laplace(torch.zeros(2, 3), torch.ones(2, 3)), 1)
    apart = kl_divergence(base, other)
    assert apart.shape == (2,)
    for step in (
        tt.AffineTransform(0.5, 2.0),
        tt.ExpTransform(),
        tt.TanhTransform(),
        tt.StickBreakingTransform(),
    ):
        p, q = (td.TransformedDistribution(x, [step]) for x in (base, other))
        torch.testing.assert_close(kl_divergence(p, q), apart, rtol=1e-9, atol=1e-12)


def test_the_slope_in_a_maps_own_parameter_is_right():
    loc = f64(0.5).requires_grad_()
    p = td.TransformedDistribution(td.Normal(f64(0.0), f64(1.0)), [tt.AffineTransform(loc, 2.0)])
    q = td.TransformedDistribution(td.Normal(f64(0.3), f64(1.0)), [tt.AffineTransform(f64(0.5), 2.0)])
    (slope,) = torch.autograd.grad(kl_divergence(p, q), loc)
    assert float(slope) == pytest.approx(-0.6 / 4, rel=1e-13)  # (loc − 0.5 − 0.6)/2² at loc = 0.5


def test_what_holds_at_equality_alone_is_not_used_where_a_slope_is_asked_for():
    def moved(loc):
        return td.TransformedDistribution(td.Exponential(f64(1.0)), [tt.AffineTransform(loc, 2.0)])

    assert isinstance(as_record(moved(f64(0.0))), records.Exponential)
    assert isinstance(as_record(moved(f64(0.0).requires_grad_())), records.Affine)


@pytest.mark.parametrize(
    "last", [tt.AffineTransform(f64(0.5), f64(2.0)), tt.SigmoidTransform().inv.inv], ids=["affine", "sigmoid"]
)
def test_images_under_different_maps_are_compared_numerically(last):
    """The truth by the change of variables done by hand: one Gaussian is wider before the same tanh."""
    p = td.TransformedDistribution(td.Normal(f64(0.0), f64(1.0)), [tt.TanhTransform(), last])
    q = td.TransformedDistribution(td.Normal(f64(0.3), f64(0.5)), [_Doubled(), tt.TanhTransform(), last])
    expected = td.kl_divergence(td.Normal(f64(0.0), f64(1.0)), td.Normal(f64(0.6), f64(1.0)))
    torch.testing.assert_close(kl_divergence(p, q), expected, rtol=1e-9, atol=0)


class _Doubled(tt.Transform):
    """2x, in a class that nobody knows."""

    domain = codomain = td.constraints.real
    bijective = True

    def _call(self, x):
        return 2 * x

    def _inverse(self, y):
        return y / 2

    def log_abs_det_jacobian(self, x, y):
        return torch.full_like(x, math.log(2))


def test_the_map_of_a_softmax_is_refused_because_it_forgets():
    p = td.TransformedDistribution(
        td.Independent(td.Normal(torch.zeros(3), torch.ones(3)), 1), [tt.SoftmaxTransform()]
    )
    with pytest.raises(InvalidTypeError, match="no distribution that is known"):
        kl_divergence(p, p)


# -- what was given, and its slopes ----------------------------------------------------------------------


def test_the_parametrisation_that_was_given_is_kept():
    p, q = f64(1e-30), f64(-80.0)
    given, other = td.Bernoulli(p), td.Bernoulli(logits=q)
    _ = given.logits, other.probs  # computed on demand, and remembered
    assert as_record(given).probs is p
    assert as_record(other).logits is q


GRADIENTS = [
    (lambda a, b: td.Normal(a, b), lambda: td.Normal(f64(0.2), f64(1.4))),
    (lambda a, b: td.Gamma(a, b), lambda: td.Gamma(f64(1.2), f64(0.4))),
    (lambda a, b: td.Beta(a, b), lambda: td.Beta(f64(1.2), f64(2.4))),
    (lambda a, b: td.Gumbel(a, b), lambda: td.Normal(f64(0.2), f64(1.4))),
    (lambda a, b: td.Dirichlet(torch.stack([a, b])), lambda: td.Dirichlet(f64(1.5, 0.5))),
    (lambda a, b: td.LogNormal(a, b), lambda: td.LogNormal(f64(0.2), f64(1.4))),
    (lambda a, b: td.HalfNormal(a * b), lambda: td.HalfNormal(f64(0.7))),
    (lambda a, b: td.Bernoulli(logits=a - b), lambda: td.Bernoulli(f64(0.3))),
    (lambda a, b: td.Categorical(logits=torch.stack([a, b])), lambda: td.Categorical(f64(0.3, 0.7))),
    (
        lambda a, b: td.MultivariateNormal(torch.stack([a, b]), torch.stack([a, b]).diag()),
        lambda: td.MultivariateNormal(f64(0.0, 0.0), torch.eye(2).double()),
    ),
    (
        lambda a, b: td.TransformedDistribution(td.Normal(a, b), [tt.AffineTransform(a, b)]),
        lambda: td.Normal(f64(0.2), f64(1.4)),
    ),
]


@pytest.mark.parametrize(("p", "q"), GRADIENTS)
def test_slopes_reach_the_callers_tensors(p, q):
    """Against central differences of the value, Richardson-extrapolated: right to about 1e-10."""
    a, b = f64(0.8).requires_grad_(), f64(1.7).requires_grad_()
    slopes = torch.autograd.grad(kl_divergence(p(a, b), q()), (a, b))

    def value(x, y):
        with torch.no_grad():
            return float(kl_divergence(p(f64(x), f64(y)), q()))

    def difference(along, h):
        step = (h, 0.0) if along == 0 else (0.0, h)
        return (value(0.8 + step[0], 1.7 + step[1]) - value(0.8 - step[0], 1.7 - step[1])) / (2 * h)

    for along, slope in enumerate(slopes):
        expected = (4 * difference(along, 5e-4) - difference(along, 1e-3)) / 3
        assert float(slope) == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_other_things_are_no_distributions():
    with pytest.raises(InvalidTypeError, match="no distribution that is known"):
        kl_divergence(torch.ones(3), td.Normal(0.0, 1.0))
    with pytest.raises(InvalidTypeError, match="LKJCholesky"):
        kl_divergence(td.LKJCholesky(3), td.LKJCholesky(3))
