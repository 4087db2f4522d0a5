"""Distributions of torch with random interior parameters, batches of three, one of each class."""

from collections.abc import Iterator

import torch
from torch import distributions as td
from torch.distributions import transforms as tt
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli


class Draw:
    """Random parameters: reproducible, away from the ends of their ranges."""

    def __init__(self, seed: int, shape: tuple[int, ...] = (3,)) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.shape = shape

    def between(self, low: float, high: float, *event: int) -> torch.Tensor:
        u = torch.rand(*self.shape, *event, generator=self.random, dtype=torch.float64)
        return low + (high - low) * u

    def probs(self, n: int) -> torch.Tensor:
        weights = self.between(0.1, 1.0, n)
        return weights / weights.sum(-1, keepdim=True)

    def factor(self, n: int) -> torch.Tensor:
        lower = torch.tril(self.between(-0.5, 0.5, n, n), -1)
        return lower + torch.diag_embed(self.between(0.5, 1.5, n))


def one_of_each(seed: int) -> Iterator[td.Distribution]:
    """Every class of torch that D(p ‖ q) is registered for there, by its own constructor."""
    d = Draw(seed)
    real, positive, unit = (
        (lambda: d.between(-1, 1)),
        (lambda: d.between(0.6, 2.5)),
        lambda: d.between(0.2, 0.8),
    )
    yield td.Bernoulli(unit())
    yield td.Beta(positive(), positive())
    yield td.Binomial(6, unit())
    yield td.Categorical(d.probs(4))
    yield td.Cauchy(real(), positive())
    yield td.Chi2(positive())
    yield td.ContinuousBernoulli(d.between(0.1, 0.4))
    yield td.Dirichlet(d.between(0.5, 3, 3))
    yield td.Exponential(positive())
    yield td.Gamma(positive(), positive())
    yield td.Geometric(unit())
    yield td.Gumbel(real(), positive())
    yield td.HalfCauchy(positive())
    yield td.HalfNormal(positive())
    yield td.Independent(td.Normal(d.between(-1, 1, 2), d.between(0.5, 2, 2)), 1)
    yield td.InverseGamma(positive(), positive())
    yield td.Laplace(real(), positive())
    yield td.LogNormal(real(), positive())
    yield td.LowRankMultivariateNormal(d.between(-1, 1, 3), d.between(-1, 1, 3, 1), d.between(0.5, 2, 3))
    yield td.MultivariateNormal(d.between(-1, 1, 3), scale_tril=d.factor(3))
    yield td.Normal(real(), positive())
    yield td.OneHotCategorical(d.probs(4))
    yield td.Pareto(positive(), d.between(2.5, 4))
    yield td.Poisson(positive())
    yield td.TransformedDistribution(td.Laplace(real(), positive()), [tt.TanhTransform()])
    yield td.Uniform(d.between(0.1, 0.4), d.between(0.5, 0.9))
    yield td.Wishart(d.between(3.5, 5), scale_tril=d.factor(3))


def others(seed: int) -> Iterator[td.Distribution]:
    """Further classes, parametrisations, and transforms."""
    d = Draw(seed)
    real, positive, unit = (
        (lambda: d.between(-1, 1)),
        (lambda: d.between(0.6, 2.5)),
        lambda: d.between(0.2, 0.8),
    )
    normal = td.Normal(d.between(-1, 1, 2), d.between(0.5, 2, 2))
    gaussians = td.Normal(d.between(-2, 2, 4), d.between(0.5, 2, 4))
    affine = tt.AffineTransform(real(), -positive())
    stretch = tt.AffineTransform(0.0, positive())
    yield td.Bernoulli(logits=real())
    yield td.Binomial(6, logits=real())
    yield td.Categorical(logits=d.between(-1, 1, 4))
    yield td.ContinuousBernoulli(logits=real())
    yield td.FisherSnedecor(positive(), positive())
    yield td.Geometric(logits=real())
    yield td.Kumaraswamy(positive(), positive())
    yield td.LogisticNormal(d.between(-1, 1, 2), d.between(0.5, 2, 2))
    yield td.MixtureSameFamily(td.Categorical(d.probs(4)), gaussians)
    yield td.Multinomial(5, d.probs(3))
    yield td.MultivariateNormal(d.between(-1, 1, 3), precision_matrix=torch.linalg.inv(_square(d.factor(3))))
    yield td.MultivariateNormal(d.between(-1, 1, 3), covariance_matrix=_square(d.factor(3)))
    yield td.NegativeBinomial(positive(), unit())
    yield td.NegativeBinomial(positive(), logits=real())
    yield td.OneHotCategorical(logits=d.between(-1, 1, 4))
    yield td.RelaxedBernoulli(torch.tensor(0.7, dtype=torch.float64), unit())
    yield td.StudentT(positive(), real(), positive())
    yield td.VonMises(real(), positive())
    yield td.Weibull(positive(), positive())
    yield LogitRelaxedBernoulli(torch.tensor(0.7, dtype=torch.float64), logits=real())
    yield td.Normal(real(), positive()).expand((2, 3))
    if hasattr(td, "GeneralizedPareto"):
        yield td.GeneralizedPareto(real(), positive(), unit())
    for base, steps in (
        (td.Uniform(torch.zeros(3).double(), torch.ones(3).double()), [tt.SigmoidTransform().inv, affine]),
        (td.Normal(real(), positive()), [affine]),
        (td.Normal(real(), positive()), [affine, tt.ExpTransform()]),
        (td.Normal(real(), positive()), [tt.SigmoidTransform()]),
        (td.Normal(real(), positive()), [tt.ComposeTransform([affine, tt.ExpTransform()]).inv.inv]),
        (td.Normal(real(), positive()), [tt.SoftplusTransform()]),
        (td.Normal(real(), positive()), [tt.ExpTransform(), tt.PowerTransform(-unit())]),
        (td.LogNormal(real(), positive()), [tt.ExpTransform().inv]),
        (td.Uniform(unit(), 1 + unit()), [affine]),
        (td.Uniform(unit(), 1 + unit()), [tt.ExpTransform()]),
        (td.Gumbel(real(), positive()), [affine]),
        (td.Gumbel(real(), positive()), [tt.AffineTransform(real(), positive())]),
        (td.Gumbel(real(), positive()), [tt.ExpTransform()]),
        (td.Exponential(positive()), [tt.ExpTransform()]),
        (td.Exponential(positive()), [tt.AffineTransform(real(), positive())]),
        (td.Gamma(positive(), positive()), [tt.PowerTransform(-positive())]),
        (td.Gamma(positive(), positive()), [tt.ExpTransform().inv]),
        (td.InverseGamma(positive(), positive()), [tt.ExpTransform().inv]),
        *((base, [stretch]) for base in _positive(positive, real)),
        (normal, [tt.StickBreakingTransform()]),
        (td.MultivariateNormal(d.between(-1, 1, 3), scale_tril=d.factor(3)), [tt.ExpTransform()]),
        (td.Independent(normal, 1), [tt.ExpTransform()]),
        (td.Independent(normal, 1), [tt.AffineTransform(0.5, -2.0, event_dim=1)]),
    ):
        yield td.TransformedDistribution(base, steps)


def _positive(positive, real):
    yield td.Chi2(positive())
    yield td.Gamma(positive(), positive())
    yield td.InverseGamma(positive(), positive())
    yield td.HalfNormal(positive())
    yield td.LogNormal(real(), positive())
    yield td.Pareto(positive(), positive())


def _square(factor: torch.Tensor) -> torch.Tensor:
    return factor @ factor.mT


def name(d: td.Distribution) -> str:
    """A short name for the ids of tests."""
    steps = [type(t).__name__ for t in d.transforms] if type(d) is td.TransformedDistribution else []
    base = [type(d.base_dist).__name__] if steps else []
    return "-".join([type(d).__name__, *base, *steps])
