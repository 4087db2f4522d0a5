"""`scipy.stats` as records: frozen distributions, the new infrastructure, and a density for all others.

SciPy's loc and scale move and stretch a standard form, so a record is that form's image (see `maps`): a
member of the family where it is closed under such maps, `Affine` elsewhere. SciPy freezes parameters
unchecked; they are checked here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from scipy import stats  # type: ignore[import-untyped]  # SciPy ships no types

from kullback import distributions as records
from kullback.distributions.adapters import as_record, maps
from kullback.distributions.numerical.density import Density
from kullback.distributions.record import Distribution
from kullback.distributions.supports import Integers, Interval
from kullback.errors import UnknownRouteError, ValueRangeError

__all__ = ["to_record"]

Build = Callable[..., Distribution]


def to_record(x: Any) -> Distribution | None:
    """The record of a frozen distribution, or of one of the new infrastructure; None for anything else."""
    for cls in type(x).__mro__:
        convert = _CONVERTERS.get(f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}")
        if convert is not None:
            return convert(x)
    return None


# -- frozen, by loc, scale and shapes ------------------------------------------------------------------------


def _frozen(x: Any) -> Distribution:
    given = {name: np.asarray(value, dtype=float) for name, value in _arguments(x).items()}
    loc, scale = given.pop("loc", 0.0), given.pop("scale", 1.0)
    if not np.all(scale > 0):
        raise ValueRangeError(f"scipy.stats.{x.dist.name}: scale = {scale}; it must be positive.")
    return _moved(x, type(x.dist), given, loc, scale)


def _unfrozen(x: Any) -> Distribution | None:
    """A distribution without parameters, such as a histogram's; others would have to be frozen first."""
    return None if x.shapes else _density(x())


def _arguments(x: Any) -> dict[str, Any]:
    """The arguments of a frozen distribution by their names."""
    shapes = [name.strip() for name in (x.dist.shapes or "").split(",") if name.strip()]
    return {**dict(zip([*shapes, "loc", "scale"], x.args, strict=False)), **x.kwds}


def _moved(x: Any, generator: type, shapes: Mapping[str, Any], loc: Any, scale: Any) -> Distribution:
    """The record of loc + scale·(the standard form), or a density where that has no name."""
    build = _STANDARD.get(generator)
    record = None if build is None else build(**shapes)
    if record is None or (generator in _FIXED and np.any((loc != 0) | (scale != 1))):
        return _density(x)
    if generator is _kind("vonmises"):
        return records.VonMises(loc, shapes["kappa"]) if np.all(scale == 1) else _density(x)
    if generator in _REVERSED:  # loc − scale·X is the mirror image of scale·X − loc
        return maps.mapped(_shifted(record, -loc, scale), maps.Shift(0.0, -1.0)) or _density(x)
    return _shifted(record, loc, scale)


def _shifted(record: Distribution, loc: Any, scale: Any) -> Distribution:
    if np.all((np.asarray(loc) == 0) & (np.asarray(scale) == 1)):
        return record
    moved = maps.mapped(record, maps.Shift(np.asarray(loc, dtype=float), np.asarray(scale, dtype=float)))
    assert moved is not None  # every standard form has a density, or is discrete with scale 1
    return moved


def _kind(name: str) -> type:
    return type(getattr(stats, name))


_ONE: Final = np.float64(1.0)
_ZERO: Final = np.float64(0.0)

#: The standard forms (loc 0, scale 1) that have a record, by SciPy's name, from SciPy's shapes.
_FORMS: Final[dict[str, Build]] = {
    "arcsine": lambda: records.Beta(0.5 * _ONE, 0.5 * _ONE),
    "bernoulli": lambda p: records.Bernoulli(p),
    "beta": lambda a, b: records.Beta(a, b),
    "betabinom": lambda n, a, b: records.BetaBinomial(n, a, b),
    "betaprime": lambda a, b: records.BetaPrime(a, b),
    "binom": lambda n, p: records.Binomial(n, p),
    "burr12": lambda c, d: records.Burr(_ONE, c, d),
    "cauchy": lambda: records.Cauchy(_ZERO, _ONE),
    "chi": lambda df: records.Chi(df),
    "chi2": lambda df: records.ChiSquared(df),
    "erlang": lambda a: records.Gamma(a, _ONE),
    "expon": lambda: records.Exponential(_ONE),
    "f": lambda dfn, dfd: records.FisherSnedecor(dfn, dfd),
    "fisk": lambda c: records.LogLogistic(_ONE, c),
    "gamma": lambda a: records.Gamma(a, _ONE),
    "gengamma": lambda a, c: records.GeneralizedGamma(_ONE, a, c),
    "genextreme": lambda c: records.GeneralizedExtremeValue(_ZERO, _ONE, -c),
    "genpareto": lambda c: records.GeneralizedPareto(_ZERO, _ONE, c),
    "geom": lambda p: _shifted(records.Geometric(p), 1.0, 1.0),
    "gibrat": lambda: records.LogNormal(_ZERO, _ONE),
    "gumbel_l": lambda: records.Gumbel(_ZERO, _ONE),
    "gumbel_r": lambda: records.Gumbel(_ZERO, _ONE),
    "halfcauchy": lambda: records.HalfCauchy(_ONE),
    "halfnorm": lambda: records.HalfNormal(_ONE),
    "invgamma": lambda a: records.InverseGamma(a, _ONE),
    "invgauss": lambda mu: records.InverseGaussian(mu, _ONE),
    "invweibull": lambda c: records.Frechet(_ONE, c),
    "laplace": lambda: records.Laplace(_ZERO, _ONE),
    "levy": lambda: records.Levy(_ONE),
    "loggamma": lambda c: records.ExpGamma(c, _ONE),
    "logistic": lambda: records.Logistic(_ZERO, _ONE),
    "lognorm": lambda s: records.LogNormal(_ZERO, s),
    "lomax": lambda c: records.Lomax(_ONE, c),
    "loguniform": lambda a, b: records.LogUniform(a, b),
    "maxwell": lambda: records.Maxwell(_ONE),
    "moyal": lambda: records.Moyal(_ZERO, _ONE),
    "nakagami": lambda nu: records.Nakagami(nu, _ONE),
    "nbinom": lambda n, p: records.NegativeBinomial(n, 1 - p),
    "norm": lambda: records.Normal(_ZERO, _ONE),
    "pareto": lambda b: records.Pareto(_ONE, b),
    "planck": lambda lambda_: records.Geometric(-np.expm1(-lambda_)),
    "poisson": lambda mu: records.Poisson(mu),
    "powerlaw": lambda a: records.Beta(a, _ONE),
    "randint": lambda low, high: records.DiscreteUniform(low, high - 1),
    "rayleigh": lambda: records.Rayleigh(_ONE),
    "reciprocal": lambda a, b: records.LogUniform(a, b),
    "skellam": lambda mu1, mu2: records.Skellam(mu1, mu2),
    "t": lambda df: records.StudentT(df, _ZERO, _ONE),
    "truncexpon": lambda b: _shifted(records.ContinuousBernoulli(logits=-b), 0.0, b),
    "uniform": lambda: records.Uniform(_ZERO, _ONE),
    "vonmises": lambda kappa: records.VonMises(_ZERO, kappa),
    "wald": lambda: records.InverseGaussian(_ONE, _ONE),
    "weibull_max": lambda c: records.Weibull(_ONE, c),
    "weibull_min": lambda c: records.Weibull(_ONE, c),
    "wrapcauchy": lambda c: records.WrappedCauchy(_ZERO, c),
    "zipf": lambda a: records.Zipf(a),
}
_STANDARD: Final[dict[type, Build]] = {_kind(name): build for name, build in _FORMS.items()}
_REVERSED: Final = {_kind("gumbel_l"), _kind("weibull_max")}
#: From loc to loc + 2π: no one circle for different loc.
_FIXED: Final = {_kind("wrapcauchy")}


# -- anything else with a density in one dimension -----------------------------------------------------------


def _density(x: Any) -> Distribution:
    """A record of what SciPy itself computes."""
    (lower, upper), quantile = x.support(), getattr(x, "icdf", None) or x.ppf
    if np.ndim(lower) or np.ndim(quantile(0.5)):
        raise UnknownRouteError(
            f"{x!r} is a batch of a family that has no record here; only single distributions of it can be "
            "compared."
        )
    points = [float(quantile(level)) for level in (0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999)]
    near = tuple(sorted({point for point in points if np.isfinite(point)}))
    if _is_discrete(x):
        return Density(x.logpmf, Integers(float(lower), float(upper)), near)
    return Density(x.logpdf, Interval(float(lower), float(upper)), near)


def _is_discrete(x: Any) -> bool:
    if hasattr(x, "dist"):
        return isinstance(x.dist, stats.rv_discrete)
    return "DiscreteDistribution" in [cls.__name__ for cls in type(x).__mro__]


# -- the new infrastructure ----------------------------------------------------------------------------------


def _new(x: Any) -> Distribution:
    """Normal, Uniform, ..., and what `make_distribution` makes of an older one."""
    values = {name: np.asarray(value, dtype=float) for name, value in x._parameters.items()}
    build = _NEW.get(type(x).__name__)
    if build is not None and type(x).__module__.startswith("scipy."):
        return build(**values)
    for member in vars(type(x)).values():
        older = getattr(member, "__self__", None)
        if isinstance(older, stats.rv_continuous | stats.rv_discrete):
            return _moved(x, type(older), values, _ZERO, _ONE)
    return _density(x)


def _new_shifted(x: Any) -> Distribution:
    own = x._parameters
    shift = maps.Shift(np.asarray(own["loc"]), np.asarray(own["scale"]))  # a negative scale, too
    return maps.mapped(as_record(x._dist), shift) or _density(x)


def _new_mapped(x: Any) -> Distribution:
    known = maps.Exp() if x._g is np.exp else maps.Log() if x._g is np.log else None
    return (None if known is None else maps.mapped(as_record(x._dist), known)) or _density(x)


_NEW: Final[dict[str, Build]] = {
    "Binomial": lambda n, p: records.Binomial(n, p),
    "Logistic": lambda: records.Logistic(_ZERO, _ONE),
    "Normal": lambda mu, sigma: records.Normal(mu, sigma),
    "StandardNormal": lambda: records.Normal(_ZERO, _ONE),
    "Uniform": lambda a, b, ab: records.Uniform(a, b),
}


# -- several dimensions --------------------------------------------------------------------------------------


def _normal_vector(x: Any) -> Distribution:
    factor = getattr(x.cov_object, "_factor", None)  # Covariance.from_cholesky: the factor as it was given
    if factor is not None:
        return records.MultivariateNormal(x.mean, scale_tril=factor)
    return records.MultivariateNormal(x.mean, covariance=x.cov_object.covariance)


def _matrix_normal(x: Any) -> Distribution:
    rows, columns = np.linalg.cholesky(x.rowcov), np.linalg.cholesky(x.colcov)
    return records.MatrixNormal(x.mean, row_scale_tril=rows, column_scale_tril=columns)


_CONVERTERS: Final[dict[str, Callable[[Any], Distribution | None]]] = {
    "_distn_infrastructure.rv_continuous": _unfrozen,
    "_distn_infrastructure.rv_discrete": _unfrozen,
    "_distn_infrastructure.rv_frozen": _frozen,
    "_distribution_infrastructure.Mixture": _density,
    "_distribution_infrastructure.MonotonicTransformedDistribution": _new_mapped,
    "_distribution_infrastructure.ShiftedScaledDistribution": _new_shifted,
    "_distribution_infrastructure.TransformedDistribution": _density,
    "_distribution_infrastructure.UnivariateDistribution": _new,
    "_multivariate.dirichlet_frozen": lambda x: records.Dirichlet(x.alpha),
    "_multivariate.matrix_normal_frozen": _matrix_normal,
    "_multivariate.multinomial_frozen": lambda x: records.Multinomial(x.n, x.p),
    "_multivariate.multivariate_normal_frozen": _normal_vector,
    "_multivariate.uniform_direction_frozen": lambda x: records.SphericalUniform(x.dim),
    "_multivariate.vonmises_fisher_frozen": lambda x: records.VonMisesFisher(x.mu, x.kappa),
    "_multivariate.wishart_frozen": lambda x: records.Wishart(x.df, x.C),
}
