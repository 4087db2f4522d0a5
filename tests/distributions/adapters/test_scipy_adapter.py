"""Distributions of scipy.stats as records: the same densities, by SciPy's own conventions."""

import numpy as np
import pytest
from scipy import stats

from kullback.distributions.adapters import as_record
from kullback.distributions.adapters import scipy as adapter
from kullback.distributions.numerical.density import Density

SHAPES = {
    "betabinom": (5, 1.5, 2.5),
    "bernoulli": (0.3,),
    "beta": (1.5, 2.5),
    "betaprime": (1.5, 2.5),
    "binom": (6, 0.3),
    "burr12": (1.5, 2.5),
    "f": (3.5, 5.5),
    "gengamma": (1.5, -2.5),
    "genextreme": (-0.3,),
    "genpareto": (-0.3,),
    "geom": (0.3,),
    "loguniform": (0.5, 2.5),
    "nbinom": (2.5, 0.3),
    "erlang": (3,),
    "randint": (-2, 5),
    "reciprocal": (0.5, 2.5),
    "skellam": (1.5, 2.5),
    "wrapcauchy": (0.3,),
    "zipf": (2.5,),
}


def frozen():
    for name in adapter._FORMS:
        family = getattr(stats, name)
        shapes = SHAPES.get(name, (1.7,) if family.shapes else ())
        yield family(*shapes)
        if isinstance(family, stats.rv_continuous):
            yield family(*shapes, scale=1.4)
            yield family(*shapes, loc=0.6, scale=1.4)
        else:
            yield family(*shapes, loc=2)


def name(x):
    return f"{x.dist.name}{x.kwds}"


@pytest.mark.parametrize("x", [*frozen()], ids=name)
def test_densities_are_scipys(x):
    record = as_record(x)
    at = x.rvs(50, random_state=1)
    log_density = x.logpdf if isinstance(x.dist, stats.rv_continuous) else x.logpmf
    np.testing.assert_allclose(record.log_prob(at), log_density(at), rtol=1e-11, atol=1e-11)
    assert record.batch_shape == ()
    on_a_circle = x.dist.name in ("vonmises", "wrapcauchy") and "scale" in x.kwds
    assert isinstance(record, Density) == on_a_circle
