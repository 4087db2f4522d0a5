"""Distributions written as text: what is read, and what is refused with which advice."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.distributions.adapters.text import describe, parse
from kullback.errors import KullbackError


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("normal(0, 1)", "Normal(loc=0, scale=1)"),
        (" NORMAL ( -0.5 ,1e-1 ) ", "Normal(loc=-0.5, scale=0.1)"),
        ("gaussian(mu=1, sigma=1/3)", "Normal(loc=1, scale=0.333333333333)"),
        ("student_t(3)", "StudentT(df=3, loc=0, scale=1)"),
        ("StudentT(3, scale=2)", "StudentT(df=3, loc=0, scale=2)"),
        ("t(nu=3)", "StudentT(df=3, loc=0, scale=1)"),
        ("Gamma(concentration=2, rate=1.5)", "Gamma(concentration=2, rate=1.5)"),
        ("chi2(3)", "ChiSquared(df=3)"),
        ("expon(2)", "Exponential(rate=2)"),
        ("bernoulli(logits=-2)", "Bernoulli(logits=-2)"),
        ("dirichlet([1, 2, 1/2])", "Dirichlet(concentration=[1, 2, 0.5])"),
        (
            "mvn([0, 1], cov=[[2, 0.3], [0.3, 1]])",
            "MultivariateNormal(loc=[0, 1], covariance=[[2, 0.3], [0.3, 1]])",
        ),
        (
            "mixture([0.3, 0.7], [normal(0, 1), normal(3, 1)])",
            "Mixture(weights=[0.3, 0.7], components=Normal(loc=[0, 3], scale=[1, 1]))",
        ),
        ("affine(gamma(2, 1), loc=1)", "Affine(base=Gamma(concentration=2, rate=1), loc=1, scale=1)"),
        ("joint([normal(0, 1), poisson(2)])", "Joint(parts=[Normal(loc=0, scale=1), Poisson(rate=2)])"),
        ("spherical_uniform(3)", "SphericalUniform(dimension=3)"),
        (
            "independent(normal([0, 1], 1), 1)",
            "Independent(base=Normal(loc=[0, 1], scale=1), reinterpreted=1)",
        ),
    ],
)
def test_is_read(text, read):
    assert describe(parse(text)) == read
    assert describe(parse(describe(parse(read)))) == read if "Mixture" not in read else True


def test_components_of_a_mixture_are_a_batch():
    mixture = parse("mixture([0.25, 0.75], [normal(0, 1), normal(3, 2)])")
    assert mixture.batch_shape == ()
    np.testing.assert_array_equal(mixture.components.scale, [1, 2])


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("norml(0, 1)", "Did you mean Normal(loc, scale)"),
        ("qqq(1)", "Known are Affine, Bernoulli"),
        ("normal(0, scal=1)", "Did you mean scale?"),
        ("gamma(2, theta=1)", "Gamma(concentration, rate)"),
        ("normal(0)", "lacks scale: Normal(loc, scale)"),
        ("normal(0, 1, 2)", "too many parameters: Normal(loc, scale)"),
        ("normal(0, loc=1)", "has loc twice"),
        ("normal(loc=0, 1)", "without a name behind a named one"),
        ("normal(0, 1", "needs a comma or ')'"),
        ("normal(0 1)", "needs a comma or ')'"),
        ("normal(0, 1) or 2", "goes on behind the distribution: 'or 2'"),
        ("normal", "lacks the parameters of normal: Normal(loc, scale)"),
        ("normal(0, 1/0)", "below a slash"),
        ("normal(0, -1)", "scale = -1.0; scale must be positive"),
        ("normal(nan, 1)", "loc = nan; loc must be finite"),
        ("normal(0, 1e999)", "scale = inf"),
        ("normal(__import__('os').getcwd(), 1)", "'__import__'"),
        ("normal([1, [2]], 1)", "rows that differ in length"),
        ("normal(normal(0, 1), 1)", "must be a number"),
        ("student_t()", "StudentT(df, loc=0.0, scale=1.0)"),
        ("bernoulli()", "exactly one of probs, logits"),
        ("categorical([0.5, 0.6])", "probs sums to 1.1"),
        ("mixture([0.5, 0.6], [normal(0, 1), normal(1, 1)])", "weights sums to 1.1"),
        ("mixture([0.5, 0.5], [normal(0, 1), cauchy(1, 1)])", "of one family"),
        ("independent(normal([0], 1), 0.5)", "whole number"),
        ("[" * 100, "nested deeper"),
        ("mixture(" * 100, "nested deeper"),
        ("3", "is no distribution"),
        ("", "its end"),
    ],
)
def test_is_refused_with_advice(text, clue):
    with pytest.raises(KullbackError) as caught:
        parse(text)
    assert clue in str(caught.value)


@given(st.text("normal(gamixtue,=[]01.-/_ )", max_size=40))
def test_any_text_is_read_or_refused(text):
    with suppress(KullbackError):
        assert parse(text) is not None
